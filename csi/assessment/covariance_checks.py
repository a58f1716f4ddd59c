"""Checks of a covariance structure that need nothing but the fit: whether it is possible at all.

They stand in the table of `csi.assessment.admissibility` where a fit by PLS has others.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from csi.admissibility import EXPLOSIVE, LARGE, usual_error
from csi.assessment.solution_checks import (
    Answer,
    Check,
    collinear,
    judged,
    paths,
    r2,
    sign_of_construct,
)
from csi.core.types import Array
from csi.covariance_findings import (
    ILL_CONDITIONED,
    RESPONDENTS_A_PARAMETER,
    condition,
    explosive_errors,
    impossible_correlations,
    indefinite,
    negative_variances,
    relative_errors,
    turned_constructs,
)
from csi.covariance_fit import CovarianceFit
from csi.errors import listing
from csi.estimators.sem.identified import moving_together

SAME = "negative error variances of a covariance structure are looked at instead"


def convergence(fit: CovarianceFit) -> Check:
    """Whether the search ended at a minimum."""
    ended = fit.convergence
    answer: Answer = "yes" if ended.converged else "no"
    return Check(
        "convergence", "", ended.change, ended.tolerance, answer, f"The search has {ended.how}."
    )


def loadings(_: CovarianceFit) -> Check:
    """Say why loadings are left out: an item of two constructs may well have one above 1."""
    return Check("loadings", "", np.nan, 1.0, "not computed", "", SAME)


def reliability(_: CovarianceFit) -> Check:
    """Say why reliabilities are left out: they leave 0 to 1 where a variance is negative."""
    return Check("reliability", "", np.nan, 1.0, "not computed", "", SAME)


def heywood(fit: CovarianceFit) -> Check:
    """Whether a variance is below zero; the value is in shares of the whole variance."""
    solution = fit.solution
    rows, place = solution.compiled.rows, solution.compiled.place
    C = np.abs(np.einsum("gvv->gv", solution.structure.matrices(solution.theta).C))
    variances = [
        (solution.values[i] / C[row.group, place[row.left]], row.left)
        for i, row in enumerate(rows)
        if row.operator == "~~" and row.left == row.right and row.value != solution.values[i]
    ]
    if not variances:
        return Check("heywood", "", np.nan, 0.0, "not computed", "", "no variance is estimated")
    value, name = min(variances)
    negative = negative_variances(solution)
    about = listing([each.name for each in negative]) if negative else name
    fine = (
        f"The smallest variance is that of {name}, {value:.3f} of what it would be without causes."
    )
    return judged("heywood", about, float(value), 0.0, map(str, negative), fine)


def construct_corr(fit: CovarianceFit) -> Check:
    """Whether constructs can correlate as they do."""
    found = list(impossible_correlations(fit.solution))
    found += [text for text in indefinite(fit.solution) if "of the constructs" in text]
    smallest = _smallest(fit.estimates.construct_corr)
    fine = f"The smallest eigenvalue of the construct correlations is {smallest:.3f}."
    return judged("construct_corr", "", smallest, 0.0, found, fine)


def implied(fit: CovarianceFit) -> Check:
    """Whether items and errors can covary as the model implies."""
    found = [text for text in indefinite(fit.solution) if "of the constructs" not in text]
    C = fit.solution.structure.matrices(fit.solution.theta).C[0]
    p = len(fit.solution.compiled.items)
    with np.errstate(invalid="ignore"):
        sd = np.sqrt(np.diag(C)[:p])
    smallest = _smallest(C[:p, :p] / np.outer(sd, sd))
    fine = f"The smallest eigenvalue of the indicator correlations implied is {smallest:.3g}."
    return judged("implied", "", smallest, 0.0, found, fine)


def _smallest(matrix: Array) -> float:
    return float(np.linalg.eigvalsh(matrix)[0]) if np.isfinite(matrix).all() else np.nan


def orientation(fit: CovarianceFit) -> Check:
    """Whether each construct points with its items."""
    plain = sign_of_construct(fit)
    found = list(turned_constructs(fit.model, fit.estimates))
    return judged("sign_of_construct", plain.about, plain.value, 0.0, found, plain.sentence)


def standard_errors(fit: CovarianceFit) -> Check:
    """Whether the answers say anything of the paths; by their analytic standard errors."""
    solution = fit.solution
    rows, relative = solution.compiled.rows, relative_errors(solution)
    at = [i for i, row in enumerate(rows) if row.operator == "~" and relative[i] > 0]
    if not at:
        why = "the model has no path with a standard error"
        return Check("standard_errors", "", np.nan, EXPLOSIVE, "not computed", "", why)
    worst = max(at, key=relative.__getitem__)
    about = f"{rows[worst].right} -> {rows[worst].left}"
    times = float(relative[worst] / usual_error(relative[at], solution.n))
    answer: Answer = "no" if times > EXPLOSIVE else "doubtful" if times > LARGE else "yes"
    fine = f"The largest standard error of a path is that of {about}, {relative[worst]:.3f}."
    text = " ".join(explosive_errors(fit.model, fit.estimates, solution)) or fine
    return Check("standard_errors", about, times, EXPLOSIVE, answer, text)


def conditioning(fit: CovarianceFit) -> Check:
    """Whether parameters can be told apart."""
    number = condition(fit.solution)
    names = listing(moving_together(fit.solution))
    text = f"The condition number of the scaled information is {number:.3g}"
    answer: Answer = "yes" if number <= ILL_CONDITIONED else "doubtful"
    about = "" if answer == "yes" else names
    more = "." if answer == "yes" else f": {names} can move together."
    return Check("condition", about, number, ILL_CONDITIONED, answer, text + more)


def respondents(fit: CovarianceFit) -> Check:
    """Whether there are enough respondents for the parameters."""
    share = fit.solution.n / max(fit.solution.n_parameters, 1)
    answer: Answer = "yes" if share >= RESPONDENTS_A_PARAMETER else "doubtful"
    text = f"There are {share:.1f} respondents a parameter."
    return Check("respondents", "", share, float(RESPONDENTS_A_PARAMETER), answer, text)


POSSIBLE: tuple[Callable[[CovarianceFit], Check], ...] = (
    convergence, loadings, construct_corr, implied, reliability, r2, paths, heywood, orientation,
)  # fmt: skip
CERTAIN: tuple[Callable[[CovarianceFit], Check], ...] = (
    standard_errors, collinear, conditioning, respondents,
)  # fmt: skip

"""What about a fitted covariance structure is impossible, doubtful or imprecise.

References
----------
Chen, F., Bollen, K. A., Paxton, P., Curran, P. J. and Kirby, J. B. (2001). Improper
solutions in structural equation models: causes, consequences, and strategies.
Sociological Methods & Research 29(4), 468-508. doi:10.1177/0049124101029004003

Kolenikov, S. and Bollen, K. A. (2012). Testing negative error variances: is a Heywood
case a symptom of misspecification? Sociological Methods & Research 41(1), 124-167.
doi:10.1177/0049124112442138

Bentler, P. M. and Chou, C.-P. (1987). Practical issues in structural modeling.
Sociological Methods & Research 16(1), 78-117. doi:10.1177/0049124187016001004
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from csi.admissibility import (
    EXPLOSIVE,
    ROUNDING,
    Finding,
    collinear_predictors,
    doubtful_data,
    large_paths,
    lost_precision,
    near_collinear,
    usual_error,
)
from csi.core.moments import Moments
from csi.core.types import Array
from csi.errors import (
    ConvergenceWarning,
    DataQualityWarning,
    InadmissibleWarning,
    PrecisionWarning,
    listing,
)
from csi.estimators.base import Estimates
from csi.estimators.sem.auxiliary import auxiliary_of
from csi.estimators.sem.categories import doubts
from csi.estimators.sem.identified import moving_together
from csi.estimators.sem.ordered_answers import OrderedAnswers
from csi.estimators.sem.solution import Solution
from csi.estimators.sem.table import Row
from csi.spec import Model

SIGNIFICANT = -1.645
"""z of a variance below which it is negative, at 5 percent on one side."""

ILL_CONDITIONED = 1e6
"""Condition number of the scaled information above which parameters can hardly be told apart."""

RESPONDENTS_A_PARAMETER = 5
"""What Bentler and Chou (1987) ask for at least, of normal data."""


def covariance_findings(
    model: Model, moments: Moments, estimates: Estimates, solution: Solution
) -> list[Finding]:
    """Return everything worth a warning about a covariance structure, most serious first."""
    settled = estimates.convergence.converged
    unsettled = [] if settled else [f"The search has {estimates.convergence.how}."]
    return [
        *((ConvergenceWarning, text) for text in unsettled),
        *((InadmissibleWarning, text) for text in inadmissible(model, estimates, solution)),
        *((PrecisionWarning, text) for text in imprecise(solution)),
        *((PrecisionWarning, text) for text in lost_precision(moments)),
        *about_categories(solution),
        *((DataQualityWarning, text) for text in doubtful_data(model, moments)),
    ]


def about_categories(solution: Solution) -> list[Finding]:
    """Say what about ordered answers is impossible or doubtful."""
    if not isinstance(solution.evidence, OrderedAnswers):
        return []
    names = solution.compiled.items
    return [each for own in solution.evidence.statistics_of for each in doubts(own, names)]


def inadmissible(model: Model, estimates: Estimates, solution: Solution) -> list[str]:
    """Say what is impossible, or not to be believed as it stands."""
    return [
        *(str(each) for each in negative_variances(solution)),
        *variances_at_zero(solution),
        *impossible_correlations(solution),
        *covarying_with_nothing(solution),
        *indefinite(solution),
        *worse_than_nothing(solution),
        *large_paths(model, estimates),
        *near_collinear(model, estimates),
        *explosive_errors(model, estimates, solution),
        *turned_constructs(model, estimates),
    ]


@dataclass(frozen=True, slots=True)
class NegativeVariance:
    """A variance that is estimated below zero.

    Attributes
    ----------
    name : str
        Item or construct.
    what : str
        What kind of variance: ``"error variance"``, ``"residual variance"`` or
        ``"variance"``.
    value, se : float
        Estimate and standard error.
    group : int or None
        Number of the group, from 1; None if there is one only.
    """

    name: str
    what: str
    value: float
    se: float
    group: int | None

    @property
    def significant(self) -> bool:
        """Whether chance alone would hardly make it so small."""
        return bool(self.value / self.se < SIGNIFICANT) if self.se > 0 else False

    def __str__(self) -> str:
        known = np.isfinite(self.se) and self.se > 0
        error = f" (standard error {self.se:.3g})" if known else ""
        where = f" in group {self.group}" if self.group else ""
        text = f"The {self.what} of {self.name}{where} is {self.value:.3g}{error}, below zero: "
        text += "a Heywood case. "
        if not known:
            return text + f"Fix it at zero ('{self.name} ~~ 0*{self.name}') or change the model."
        z = self.value / self.se
        if self.significant:
            return text + (
                f"It is significantly negative (z = {z:.2f}), so the model is wrong for "
                f"{self.name}: look for a second construct behind it, or an error it shares."
            )
        return text + (
            f"It is not significantly negative (z = {z:.2f}), so chance may have made it: ask "
            f"more respondents or items, or fix it at zero ('{self.name} ~~ 0*{self.name}')."
        )


def negative_variances(solution: Solution) -> list[NegativeVariance]:
    """Return the variances that are below zero."""
    rows, values = solution.compiled.rows, solution.values
    variances = np.array([row.operator == "~~" and row.left == row.right for row in rows])
    size = np.einsum("gvv->gv", np.abs(solution.structure.matrices(solution.theta).C))
    usual = np.array([size[row.group, solution.compiled.place[row.left]] for row in rows])
    below = np.flatnonzero(variances & (values < -ROUNDING * usual))
    if not len(below):
        return []
    se = standard_errors(solution)
    several = len(solution.evidence.sizes) > 1
    return [
        NegativeVariance(
            rows[i].left, _kind(solution, rows[i]), float(values[i]), float(se[i]),
            rows[i].group + 1 if several else None,
        )
        for i in below
    ]  # fmt: skip


def variances_at_zero(solution: Solution) -> Iterator[str]:
    """Name the variances that would be below zero if the search had been allowed there."""
    if not solution.n_binding:
        return
    implied = np.einsum("gvv->gv", solution.structure.matrices(solution.theta).C)
    for row, value in zip(solution.compiled.rows, solution.values, strict=True):
        usual = abs(implied[row.group, solution.compiled.place[row.left]])
        variance = row.operator == "~~" and row.left == row.right
        if variance and row.value is None and abs(value) <= ROUNDING * usual:
            yield (
                f"The {_kind(solution, row)} of {row.left} is zero, where the search was kept from "
                f"going below: a Heywood case. Fix it at zero ('{row.left} ~~ 0*{row.left}'), ask "
                "more respondents or items, or change the model."
            )


def without_index(model: Model, solution: Solution) -> list[str]:
    """Name the constructs whose own variance, or that of an item's error, is negative."""
    negative = {each.name for each in negative_variances(solution)}
    return [c.name for c in model.constructs if negative & {c.name, *c.indicators}]


def _kind(solution: Solution, row: Row) -> str:
    at = solution.compiled.place[row.left]
    explained = bool((solution.structure.matrices(solution.theta).A[row.group, at] != 0).any())
    if not explained:
        return "variance"
    return "error variance" if at < len(solution.compiled.items) else "residual variance"


def standard_errors(solution: Solution) -> Array:
    """Return standard errors of the rows; NaN where the information has no inverse."""
    try:
        return solution.errors_of(solution.rates)
    except np.linalg.LinAlgError:
        return np.full(len(solution.values), np.nan)


def impossible_correlations(solution: Solution) -> Iterator[str]:
    """Name correlations above one in size, of constructs and of what is left over."""
    names, p = _variables(solution)
    for where, C, S in _by_group(solution):
        latent = [(i, j, "correlation") for i, j in _above_one(C) if min(i, j) >= p]
        known = {(i, j) for i, j, _ in latent}
        left = [(i, j, "residual correlation") for i, j in _above_one(S) if (i, j) not in known]
        for i, j, what in (*latent, *left):
            value = (C if what == "correlation" else S)[i, j]
            value /= np.sqrt((C if what == "correlation" else S)[[i, j], [i, j]].prod())
            remedy = "merge the two" if min(i, j) >= p else "drop one of them"
            yield (
                f"The {what} of {names[i]} and {names[j]}{where} is {value:.3f}, above 1 in size: "
                f"they are not told apart; {remedy}, or use more respondents."
            )


def _variables(solution: Solution) -> tuple[list[str], int]:
    """Return the variables of the model, and how many of them are items.

    Auxiliary variables are none: they covary with what is left of items and nothing else,
    so that these covariances say nothing of their own.
    """
    whole = solution.compiled
    beside = auxiliary_of(whole.rows)
    names = [name for name in whole.variables if name not in beside]
    return names, len(whole.items) - len(beside)


def _by_group(solution: Solution) -> Iterator[tuple[str, Array, Array]]:
    """Yield where it is, C and S of each group, of the variables of the model."""
    found = solution.structure.matrices(solution.theta)
    at = [solution.compiled.place[name] for name in _variables(solution)[0]]
    grid = np.ix_(at, at)
    for g, (C, S) in enumerate(zip(found.C, found.S, strict=True)):
        yield (f" in group {g + 1}" if len(found.C) > 1 else ""), C[grid], S[grid]


def _above_one(cov: Array) -> list[tuple[int, int]]:
    variances = np.diag(cov)
    positive = (variances[:, None] > 0) & (variances > 0)
    limit = (1 + ROUNDING) ** 2 * np.outer(variances, variances)
    above = np.triu(positive & (cov**2 > limit), 1)
    return [(int(i), int(j)) for i, j in np.argwhere(above)]


def covarying_with_nothing(solution: Solution) -> Iterator[str]:
    """Name what covaries though one of the two has no variance left."""
    names = _variables(solution)[0]
    for where, C, S in _by_group(solution):
        size = np.sqrt(np.abs(np.outer(np.diag(C), np.diag(C))))
        constant = np.diag(S) == 0
        for i, j in np.argwhere(np.triu(np.abs(S) > ROUNDING * size, 1)):
            if constant[i] or constant[j]:
                first, other = (i, j) if constant[i] else (j, i)
                yield (
                    f"{names[first]} ~~ {names[other]}{where} is {S[i, j]:.3g}, but nothing is "
                    f"left of {names[first]} that could vary. Free its variance, or drop this "
                    "covariance."
                )


def indefinite(solution: Solution) -> Iterator[str]:
    """Say which matrices of covariances no data could have."""
    names, p = _variables(solution)
    for where, C, S in _by_group(solution):
        parts = {
            "covariances of the constructs": (C[p:, p:], names[p:]),
            "covariances of the items that the model implies": (C[:p, :p], names[:p]),
            "covariances of the errors": (S[:p, :p], names[:p]),
        }
        for what, (cov, of) in parts.items():
            smallest, involved = _smallest(cov)
            negative = bool((np.diag(cov) < 0).any())  # named one by one
            if smallest < -ROUNDING and not (negative and what == "covariances of the errors"):
                yield (
                    f"The {what}{where} are not positive definite (smallest eigenvalue "
                    f"{smallest:.3g}, in units of the standard deviations; "
                    f"{listing([of[i] for i in involved])}): no data can have them."
                )


def _smallest(cov: Array) -> tuple[float, NDArray[np.intp]]:
    """Return the smallest eigenvalue of a scaled matrix, and who is in its direction."""
    size = np.sqrt(np.abs(np.diag(cov)))
    some = np.flatnonzero(size > 0)
    if not len(some):
        return 0.0, some
    scaled = cov[np.ix_(some, some)] / np.outer(size[some], size[some])
    values, vectors = np.linalg.eigh(scaled)
    weight = np.abs(vectors[:, 0])
    return float(values[0]), some[weight > weight.max() / 3]


def worse_than_nothing(solution: Solution) -> Iterator[str]:
    """Name what is explained by less than nothing: R2 below zero."""
    found = solution.structure.matrices(solution.theta)
    names, several = solution.compiled.variables, len(found.C) > 1
    for g, (A, S, C) in enumerate(zip(found.A, found.S, found.C, strict=True)):
        explained = np.flatnonzero((A != 0).any(axis=1) & (np.diag(C) > 0))
        for i in explained:
            r2 = 1 - S[i, i] / C[i, i]
            if r2 < -ROUNDING:
                where = f" in group {g + 1}" if several else ""
                yield (
                    f"R2 of {names[i]}{where} is {r2:.3f}, below 0: its causes and what they leave "
                    "of it are related. Drop the covariance between them, or the path."
                )


def explosive_errors(model: Model, estimates: Estimates, solution: Solution) -> Iterator[str]:
    """Name standard errors that are many times the usual of their kind, and why.

    Errors are compared in units of the standard deviations of both variables, with
    the median of their kind, but at most ``1 / sqrt(n)``.
    """
    rows, relative = solution.compiled.rows, relative_errors(solution)
    tied = collinear_predictors(model, estimates)
    for operator in ("=~", "<~", "~", "~~"):
        at = [i for i, row in enumerate(rows) if row.operator == operator and relative[i] > 0]
        usual = usual_error(relative[at], solution.n)
        large = [i for i in at if relative[i] > EXPLOSIVE * usual]
        for target, i in {rows[i].left: i for i in sorted(large, key=relative.__getitem__)}.items():
            known = operator == "~" and target in tied
            cause = (
                f"near-collinear predictors of {target}: {', '.join(tied[target][1])}"
                if known
                else "the answers say next to nothing of it"
            )
            yield (
                f"The standard error of {rows[i]} is {relative[i]:.3g} standard deviations, "
                f"{relative[i] / usual:.0f} times the usual: {cause}. Merge constructs that are "
                "alike, or leave one out."
            )


def relative_errors(solution: Solution) -> Array:
    """Return standard errors of the rows as if all variables had variance one."""
    found, place = solution.structure.matrices(solution.theta).C, solution.compiled.place
    se = standard_errors(solution)
    unit = np.ones(len(se))
    with np.errstate(invalid="ignore", divide="ignore"):
        sd = np.sqrt(np.einsum("gvv->gv", found))
        for i, row in enumerate(solution.compiled.rows):
            left = sd[row.group, place[row.left]] if row.left in place else 1.0
            right = sd[row.group, place[row.right]] if row.right in place else 1.0
            unit[i] = {
                "=~": left / right, "~~": 1 / (left * right), "~1": 1 / left,
                "~": right / left, "<~": right / left,
            }.get(row.operator, np.nan)  # fmt: skip
        return se * unit


def turned_constructs(model: Model, estimates: Estimates) -> Iterator[str]:
    """Name constructs that point with one item, against most of the others."""
    for j, construct in enumerate(model.constructs):
        if construct.higher_order or construct.kind == "composite":
            continue
        at = np.flatnonzero(model.blocks[:, j])
        loadings = estimates.loadings[at, j]
        against = [model.indicators[i] for i in at[loadings < 0]]
        if len(against) * 2 > len(at):
            first = model.indicators[at[0]]
            yield (
                f"{construct.name} points the other way than most of its items: it goes with "
                f"{first}, but {listing(against)} load negatively, so its paths have the "
                f"other sign as well. Declare {first} with reverse=[...] if it is asked the other "
                "way round, or put another item first."
            )


def imprecise(solution: Solution) -> Iterator[str]:
    """Say what makes all estimates less certain than they look."""
    number = condition(solution)
    if number > ILL_CONDITIONED:
        names = listing(moving_together(solution))
        remedy = "merge constructs that are alike, or fit fewer paths"
        if solution.judged is solution:
            remedy = (
                "merge constructs that are alike, fit fewer paths, or fit the paths after the "
                "measurement, with csi.SAM()"
            )
        yield (
            "The parameters are close to not identified (condition number of the scaled "
            f"information {number:.1e}): {names} can move together and the fit hardly changes. Do "
            f"not read them one by one; {remedy}."
        )
    thresholds = sum(row.operator == "|" and row.value is None for row in solution.compiled.rows)
    n, q = solution.n, solution.n_parameters - thresholds
    if n < RESPONDENTS_A_PARAMETER * q:
        yield (
            f"{n:g} respondents for {q} parameters: fewer than {RESPONDENTS_A_PARAMETER} a "
            "parameter, so standard errors and tests are rough. Use a bootstrap, more respondents "
            "or a simpler model."
        )


def condition(solution: Solution) -> float:
    """Return the condition number of the information, parameters in units of their curvature."""
    H = solution.information
    diagonal = np.diag(H)
    if not len(H):
        return 1.0
    if not (np.isfinite(H).all() and (diagonal > 0).all()):
        return np.inf
    unit = 1 / np.sqrt(diagonal)
    values = np.linalg.eigvalsh(H * np.outer(unit, unit))
    return float(values[-1] / values[0]) if values[0] > 0 else np.inf

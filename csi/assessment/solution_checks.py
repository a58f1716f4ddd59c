"""Checks of a solution that need nothing but the fit: whether it is possible at all.

Each returns a `Check`; `csi.assessment.admissibility` puts them into a table.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from csi.admissibility import (
    INFLATED,
    ROUNDING,
    collinear_predictors,
    doubtful_signs,
    impossible_correlations,
    large_loadings,
    large_paths,
    near_collinear,
    overexplained,
    own_loadings,
)
from csi.core.implied import construct_correlations, indicator_correlations
from csi.core.near_dependency import near_dependency
from csi.core.types import Array
from csi.errors import listing
from csi.results import Fit

Answer = Literal["yes", "doubtful", "no", "not computed"]


@dataclass(frozen=True, slots=True)
class Check:
    """One check of a solution.

    Attributes
    ----------
    check : str
        What is looked at.
    about : str
        Constructs, items or paths the value belongs to.
    value : float
        The worst number found; NaN if there is none.
    limit : float
        What it is held against.
    admissible : {"yes", "doubtful", "no", "not computed"}
        The answer.
    sentence : str
        The same in words.
    why : str
        Why it was not computed.
    """

    check: str
    about: str
    value: float
    limit: float
    admissible: Answer
    sentence: str
    why: str = ""


def judged(
    check: str, about: str, value: float, limit: float, found: Iterable[str], fine: str
) -> Check:
    """Return a check by the sentences of what was found, or that says that all is well."""
    found = list(found)
    if np.isnan(value) and not found:
        return Check(check, about, value, limit, "not computed", "", "not all numbers are finite")
    return Check(check, about, value, limit, "no" if found else "yes", " ".join(found) or fine)


def convergence(fit: Fit) -> Check:
    """Whether the iteration has settled."""
    ended = fit.convergence
    how = f"The iteration has {ended.how}." if ended.iterations else "Nothing had to be iterated."
    answer: Answer = "yes" if ended.converged else "no"
    return Check("convergence", "", ended.change, ended.tolerance, answer, how)


def loadings(fit: Fit) -> Check:
    """Whether a loading is above one."""
    own, size = own_loadings(fit.model, fit.estimates), fit.model.blocks.sum(axis=0)
    compared = np.abs(own) * (size > 1 if (size > 1).any() else 1)  # single items load one
    i, j = np.unravel_index(compared.argmax(), own.shape)
    item, construct = fit.model.indicators[i], fit.model.names[j]
    fine = f"The largest loading is that of {item} on {construct}, {own[i, j]:.3f}."
    found = large_loadings(fit.model, fit.estimates)
    return judged("loadings", item, abs(float(own[i, j])), 1.0, found, fine)


def construct_corr(fit: Fit) -> Check:
    """Whether constructs can correlate as they do."""
    C = fit.estimates.construct_corr
    smallest = _smallest_eigenvalue(C)
    found = impossible_correlations(fit.model, fit.estimates) if np.isfinite(smallest) else []
    about = listing(np.array(fit.model.names)[near_dependency(C)]) if found else ""
    fine = f"The smallest eigenvalue of the construct correlations is {smallest:.3f}."
    return judged("construct_corr", about, smallest, 0.0, found, fine)


def implied(fit: Fit) -> Check:
    """Whether indicators can correlate as the model implies."""
    model, estimates = fit.model, fit.estimates
    P = construct_correlations(estimates.construct_corr, estimates.paths, model.design)
    common = np.array([c.kind == "reflective" and not c.higher_order for c in model.constructs])
    loadings = own_loadings(model, estimates)
    Sigma = indicator_correlations(fit.moments.corr, loadings, P, model.blocks, common)
    smallest = _smallest_eigenvalue(Sigma)
    text = f"The smallest eigenvalue of the indicator correlations implied is {smallest:.3g}"
    found = [f"{text}: no data can have them."] if smallest < -ROUNDING else []
    return judged("implied", "", smallest, 0.0, found, f"{text}.")


def _smallest_eigenvalue(matrix: Array) -> float:
    return float(np.linalg.eigvalsh(matrix)[0]) if np.isfinite(matrix).all() else np.nan


def reliability(fit: Fit) -> Check:
    """Whether reliabilities lie within 0 and 1."""
    table = fit.reliability
    rho, at = table["rho_a"].to_numpy(np.float64), np.flatnonzero(table["basis"] == "estimated")
    if not len(at):
        why = "rho_A is defined for reflective constructs in Mode A only"
        return Check("reliability", "", np.nan, 1.0, "not computed", "", why)
    worst = at[np.nan_to_num(np.abs(rho[at] - 0.5), nan=np.inf).argmax()]
    name, value = fit.model.names[worst], float(rho[worst])
    corrected = bool(table["corrected"].to_numpy()[worst])
    if 0 < value <= 1:
        text = f"All reliabilities rho_A lie within 0 and 1; that of {name} is {value:.3f}."
        return Check("reliability", name, value, 1.0, "yes", text)
    used = "" if corrected else "; nothing was corrected with it"
    text = f"The reliability rho_A of {name} is {value:.3f}, outside 0 to 1{used}."
    return Check("reliability", name, value, 1.0, "no" if corrected else "doubtful", text)


def r2(fit: Fit) -> Check:
    """Whether more than everything is explained."""
    j = int(np.nan_to_num(fit.estimates.r2, nan=-np.inf).argmax())
    name, value = fit.model.names[j], float(fit.estimates.r2[j])
    found = overexplained(fit.model, fit.estimates)
    return judged("r2", name, value, 1.0, found, f"The largest R2 is that of {name}, {value:.3f}.")


def paths(fit: Fit) -> Check:
    """Above 1 a path may be right, if its predictors are not collinear."""
    names, B = fit.model.names, fit.estimates.paths
    i, j = np.unravel_index(np.abs(B).argmax(), B.shape)
    about, value = f"{names[i]} -> {names[j]}", float(B[i, j])
    if abs(value) <= 1:
        text = f"The largest path is {about}, {value:.3f}."
        return Check("paths", about, abs(value), 1.0, "yes", text)
    large = {names[target] for _, target in np.argwhere(np.abs(B) > 1)}
    tied = collinear_predictors(fit.model, fit.estimates)
    if any(tied.get(target, (np.inf, ()))[0] > INFLATED for target in large):
        text = " ".join(large_paths(fit.model, fit.estimates))
        return Check("paths", about, abs(value), 1.0, "no", text)
    text = f"The path {about} is {value:.3f}, above 1 in size, though its predictors are not tied."
    return Check("paths", about, abs(value), 1.0, "doubtful", text)


def heywood(fit: Fit) -> Check:
    """Variances that are left of items and constructs once they are explained."""
    r2 = dict(zip(fit.model.names, fit.estimates.r2.tolist(), strict=True))
    left = {name: 1 - explained for name, explained in r2.items() if not np.isnan(explained)}
    own = own_loadings(fit.model, fit.estimates)
    for j, construct in enumerate(fit.model.constructs):
        if construct.kind == "reflective" and not construct.higher_order:
            at = np.flatnonzero(fit.model.blocks[:, j])
            left |= {fit.model.indicators[i]: 1 - float(own[i, j] ** 2) for i in at}
    if not left:
        why = "no construct is explained or reflective"
        return Check("heywood", "", np.nan, 0.0, "not computed", "", why)
    name = min(left, key=left.__getitem__)
    below = [f"{each} ({value:.3f})" for each, value in left.items() if value < -ROUNDING]
    found = [f"The error variance is negative of {listing(below)}."] if below else []
    fine = f"The smallest error variance is that of {name}, {left[name]:.3f}."
    return judged("heywood", name, left[name], 0.0, found, fine)


def sign_of_construct(fit: Fit) -> Check:
    """Whether each construct points with its strongest item."""
    own = own_loadings(fit.model, fit.estimates)[:, fit.model.blocks.any(axis=0)]
    names = np.array(fit.model.names)[fit.model.blocks.any(axis=0)]
    strongest = np.take_along_axis(own, np.abs(own).argmax(axis=0)[None], axis=0)[0]
    j = int(strongest.argmin())
    found = doubtful_signs(fit.model, fit.estimates)
    fine = "Every construct points with its strongest item."
    return judged("sign_of_construct", names[j], float(strongest[j]), 0.0, found, fine)


def collinear(fit: Fit) -> Check:
    """Whether predictors of a construct can be told apart."""
    tied = collinear_predictors(fit.model, fit.estimates)
    if not tied:
        text = "No construct has several predictors."
        return Check("collinear", "", 1.0, INFLATED, "yes", text)
    target = max(tied, key=lambda name: tied[name][0])
    inflation, names = tied[target]
    fine = f"The largest variance inflation is {inflation:.1f}, among the predictors of {target}."
    found = near_collinear(fit.model, fit.estimates)
    about = f"{target}: {', '.join(names)}"
    return judged("collinear", about, inflation, INFLATED, found, fine)

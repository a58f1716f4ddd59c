"""What is computed but not to be believed, and data that deserve a second look.

Each function returns sentences; `findings` says which kind of warning each is.
"""

from __future__ import annotations

import numpy as np

from csi.core.collinearity import variance_inflation
from csi.core.moments import Moments
from csi.core.near_dependency import near_dependency
from csi.core.types import Array
from csi.errors import (
    ConvergenceWarning,
    CsiWarning,
    DataQualityWarning,
    InadmissibleWarning,
    PrecisionWarning,
    listing,
)
from csi.estimators.base import Estimates
from csi.spec import Model

IDENTICAL = 1 - 1e-10
COLLINEAR = 1e-10
TINY_RELATIVE_VARIANCE = 1e-14
REVERSED = -0.3
"""Mean correlation with the rest of its block below which an item looks reversed."""

ROUNDING = 1e-9
"""By how much a number may exceed its bound."""

INFLATED = 10.0
"""Variance inflation above which predictors can hardly be told apart (Belsley et al. 1980)."""

LARGE, EXPLOSIVE = 10.0, 100.0
"""Times the usual from which a standard error is doubtful, and from which it means nothing."""

Finding = tuple[type[CsiWarning], str]


def findings(model: Model, moments: Moments, estimates: Estimates) -> list[Finding]:
    """Return everything worth a warning about a fit, most serious first."""
    convergence = estimates.convergence
    unsettled = [] if convergence.converged else [f"The iteration has {convergence.how}."]
    return [
        *((ConvergenceWarning, text) for text in unsettled),
        *((InadmissibleWarning, text) for text in inadmissible(model, estimates)),
        *((PrecisionWarning, text) for text in lost_precision(moments)),
        *((DataQualityWarning, text) for text in doubtful_data(model, moments)),
    ]


def inadmissible(model: Model, estimates: Estimates) -> list[str]:
    """Say what about the estimates is impossible, or not to be believed as it stands."""
    return [
        *unreliable(model, estimates),
        *large_loadings(model, estimates),
        *impossible_correlations(model, estimates),
        *overexplained(model, estimates),
        *large_paths(model, estimates),
        *near_collinear(model, estimates),
        *doubtful_signs(model, estimates),
    ]


def unreliable(model: Model, estimates: Estimates) -> list[str]:
    """Name reliabilities outside 0 to 1."""
    return [
        f"The reliability rho_A of {name} is {rho:.3f}, outside 0 to 1."
        for name, rho in zip(model.names, estimates.reliability, strict=True)
        if not 0 < rho <= 1
    ]


def large_loadings(model: Model, estimates: Estimates) -> list[str]:
    """Name loadings above one in size."""
    own = own_loadings(model, estimates)
    return [
        f"The loading of {model.indicators[i]} on {model.names[j]} is {own[i, j]:.3f}, above 1."
        for i, j in np.argwhere(np.abs(own) > 1 + ROUNDING)
    ]


def impossible_correlations(model: Model, estimates: Estimates) -> list[str]:
    """Say which construct correlations cannot be."""
    C = estimates.construct_corr
    above = np.argwhere(np.triu(np.abs(C) > 1 + ROUNDING, 1))
    found = [
        f"The corrected correlation of {model.names[i]} and {model.names[j]} is {C[i, j]:.3f}, "
        "above 1."
        for i, j in above
    ]
    smallest = float(np.linalg.eigvalsh(C)[0])
    if smallest < -ROUNDING:
        found.append(
            "The construct correlations are not positive semidefinite (smallest eigenvalue "
            f"{smallest:.3g})."
        )
    return found


def overexplained(model: Model, estimates: Estimates) -> list[str]:
    """Name R2 above one."""
    return [
        f"R2 of {name} is {r2:.3f}, above 1."
        for name, r2 in zip(model.names, estimates.r2, strict=True)
        if r2 > 1 + ROUNDING
    ]


def large_paths(model: Model, estimates: Estimates) -> list[str]:
    """Name paths above one in size."""
    return [
        f"The path {model.names[i]} -> {model.names[j]} is {estimates.paths[i, j]:.3f}, above "
        "1 in size: the predictors are too collinear to be told apart."
        for i, j in np.argwhere(np.abs(estimates.paths) > 1)
    ]


def near_collinear(model: Model, estimates: Estimates) -> list[str]:
    """Name predictors that can hardly be told apart."""
    found = []
    for target, (inflation, names) in collinear_predictors(model, estimates).items():
        if inflation <= INFLATED:
            continue
        size = f"variance inflation {inflation:.1f}, above {INFLATED:g}"
        found.append(
            f"Near-collinear predictors of {target}: {', '.join(names)} "
            f"({size if np.isfinite(inflation) else 'no correlations of any data'}). Their paths "
            "cannot be told apart; merge them, leave one out, or read their total effects."
        )
    return found


def collinear_predictors(
    model: Model, estimates: Estimates
) -> dict[str, tuple[float, tuple[str, ...]]]:
    """Return the largest variance inflation among the predictors of each construct.

    Returns
    -------
    dict of str to (float, tuple of str)
        By construct with several predictors: the inflation, infinite where the
        corrected correlations of the predictors are no correlations of any data;
        and the predictors in the strongest dependency among them.
    """
    found = {}
    for j, name in enumerate(model.names):
        at = np.flatnonzero(model.design[:, j])
        if len(at) < 2:
            continue
        R = estimates.construct_corr[np.ix_(at, at)]
        largest = float(variance_inflation(R).max())
        involved = tuple(model.names[i] for i in at[near_dependency(R)])
        found[name] = (np.inf if np.isnan(largest) else largest, involved)
    return found


def usual_error(se: Array, n: float) -> float:
    """Return what a standard error of a path is compared with.

    The median over the paths, but at most ``1 / sqrt(n)``, about that of a path
    whose predictors are not collinear: where a matrix of correlations is almost
    singular, more than half of the errors may be large.
    """
    known = se[np.isfinite(se)]
    return float(min([*np.median(known, keepdims=True), n**-0.5])) if len(known) else np.nan


def large_errors(
    model: Model, estimates: Estimates, se: Array, n: float, times: float = EXPLOSIVE
) -> list[str]:
    """Name paths whose standard errors are many times the usual, and why.

    Parameters
    ----------
    model : Model
        The model.
    estimates : Estimates
        Estimates of the whole sample.
    se : (r,) array
        Standard errors in the order of ``model.paths``.
    n : float
        Respondents.
    times : float
        How many times the usual standard error is worth saying.
    """
    usual, found = usual_error(se, n), []
    tied = collinear_predictors(model, estimates)
    for target in model.names:
        into = [k for k, path in enumerate(model.paths) if path.target == target]
        worst = max(into, key=lambda k: np.nan_to_num(se[k], posinf=0.0), default=None)
        if worst is None or not se[worst] > times * usual:
            continue
        cause = (
            f"near-collinear predictors of {target}: {', '.join(tied[target][1])}"
            if target in tied
            else f"the correlation of {model.paths[worst].source} and {target} is unstable"
        )
        found.append(
            f"The standard error of {model.paths[worst]} is {se[worst]:.3g}, "
            f"{se[worst] / usual:.0f} times the usual: {cause}. Merge them or leave one out."
        )
    return found


def doubtful_signs(model: Model, estimates: Estimates) -> list[str]:
    """Name blocks whose strongest item points against the composite."""
    own = own_loadings(model, estimates)
    strongest = np.abs(own).argmax(axis=0)
    return [
        f"The sign of {name} is doubtful: its strongest item, {model.indicators[i]}, loads "
        f"{own[i, j]:.3f}. Declare reversed items with reverse=[...]."
        for j, (name, i) in enumerate(zip(model.names, strongest, strict=True))
        if own[i, j] < 0
    ]


def own_loadings(model: Model, estimates: Estimates) -> Array:
    """Return (p, k) loadings of items on their own construct, zero elsewhere."""
    return np.where(model.blocks, estimates.loadings, 0.0)


def doubtful_data(model: Model, moments: Moments) -> list[str]:
    """Say which items look duplicated, dependent or reversed."""
    found = _not_positive(moments)
    for j, construct in enumerate(model.constructs):
        members = np.flatnonzero(model.blocks[:, j])
        if len(members) < 2:
            continue
        names = [model.indicators[i] for i in members]
        block = moments.corr[np.ix_(members, members)]
        off = block - np.eye(len(members))
        i, k = divmod(int(off.argmax()), len(members))
        if off[i, k] > IDENTICAL:
            found.append(
                f"{names[i]} and {names[k]} of {construct.name} are identical; drop one of them."
            )
        elif np.linalg.eigvalsh(block)[0] < COLLINEAR:
            found.append(f"The items of {construct.name} are collinear: {listing(names)}.")
        found += _reversed(construct.name, names, off)
    return found


def _reversed(construct: str, names: list[str], off: Array) -> list[str]:
    """Items that run against the rest of their block."""
    rest = off.sum(axis=0) / (len(names) - 1)
    if len(names) == 2 and rest[0] < REVERSED:
        return [
            f"{names[0]} and {names[1]} of {construct} correlate {rest[0]:.2f}: one of the two is "
            "scored the other way round. Read the questions and declare it with reverse=[...]."
        ]
    return [
        f"{names[i]} correlates {rest[i]:.2f} with the other items of {construct}: "
        f"reverse-coded? Declare reverse=[{names[i]!r}]."
        for i in np.flatnonzero(rest < REVERSED)
    ]


def _not_positive(moments: Moments) -> list[str]:
    smallest = float(np.linalg.eigvalsh(moments.corr)[0])
    if smallest > -1e-8:
        return []
    return [
        "The pairwise correlations of the items are not positive semidefinite (smallest "
        f"eigenvalue {smallest:.3g}): no complete sample has them. Use missing='mean' or "
        "'listwise', or leave out the items with most missing answers."
    ]


def lost_precision(moments: Moments) -> list[str]:
    """Say which items are spread too finely around their mean for the arithmetic."""
    if moments.mean is None:
        return []
    relative = np.diagonal(moments.cov) / np.maximum(moments.mean**2, 1e-300)
    return [
        f"{name} varies by less than 1e-7 of its mean, so most digits of its covariances are "
        "lost. Subtract a constant from it first."
        for name, share in zip(moments.columns, relative, strict=True)
        if share < TINY_RELATIVE_VARIANCE
    ]

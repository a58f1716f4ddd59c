"""What is computed but not to be believed, and data that deserve a second look.

Each function returns sentences; `findings` says which kind of warning each is.
"""

from __future__ import annotations

import numpy as np

from csi.core.moments import Moments
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
    found = []
    for name, rho in zip(model.names, estimates.reliability, strict=True):
        if not 0 < rho <= 1:
            found.append(f"The reliability rho_A of {name} is {rho:.3f}, outside 0 to 1.")
    own = np.where(model.blocks, estimates.loadings, 0.0)
    for i, j in zip(*np.nonzero(np.abs(own) > 1 + 1e-9), strict=True):
        found.append(
            f"The loading of {model.indicators[i]} on {model.names[j]} is {own[i, j]:.3f}, above 1."
        )
    found += _impossible_correlations(model, estimates.construct_corr)
    for name, r2 in zip(model.names, estimates.r2, strict=True):
        if r2 > 1 + 1e-9:
            found.append(f"R2 of {name} is {r2:.3f}, above 1.")
    for i, j in np.argwhere(np.abs(estimates.paths) > 1):
        found.append(
            f"The path {model.names[i]} -> {model.names[j]} is {estimates.paths[i, j]:.3f}, above "
            "1 in size: the predictors are too collinear to be told apart."
        )
    return found + _doubtful_signs(model, own)


def _impossible_correlations(model: Model, C: Array) -> list[str]:
    above = np.argwhere(np.triu(np.abs(C) > 1 + 1e-9, 1))
    found = [
        f"The corrected correlation of {model.names[i]} and {model.names[j]} is {C[i, j]:.3f}, "
        "above 1."
        for i, j in above
    ]
    smallest = float(np.linalg.eigvalsh(C)[0])
    if smallest < -1e-9:
        found.append(
            "The construct correlations are not positive semidefinite (smallest eigenvalue "
            f"{smallest:.3g})."
        )
    return found


def _doubtful_signs(model: Model, own: Array) -> list[str]:
    """Blocks whose strongest item points against the composite."""
    strongest = np.abs(own).argmax(axis=0)
    return [
        f"The sign of {name} is doubtful: its strongest item, {model.indicators[i]}, loads "
        f"{own[i, j]:.3f}. Declare reversed items with reverse=[...]."
        for j, (name, i) in enumerate(zip(model.names, strongest, strict=True))
        if own[i, j] < 0
    ]


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

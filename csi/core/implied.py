"""Correlations of the indicators as a model implies them.

The batch axis is last, as everywhere in `csi.core`::

    R      (p, p, ...)  observed correlations of the indicators
    l      (p, ...)     loading of each indicator on its own construct
    C      (k, k, ...)  observed correlations of the constructs
    B      (k, k, ...)  paths; B[i, j] is the direct effect of i on j
    P      (k, k, ...)  correlations of the constructs as the paths imply them
    Sigma  (p, p, ...)  correlations of the indicators as the model implies them

Indicators i and j of different constructs correlate ``l_i P l_j``. Within a
block, a common factor makes them correlate ``l_i l_j``; a composite leaves
them as they were observed.

References
----------
Dijkstra, T. K. and Henseler, J. (2015). Consistent and asymptotically normal
PLS estimators for linear structural equations. Computational Statistics & Data
Analysis 81, 10-23. doi:10.1016/j.csda.2014.07.008
"""

from __future__ import annotations

from typing import Literal

import numpy as np

from csi.core.structural import reachable
from csi.core.types import Array, Mask

Residuals = Literal["estimated", "unit"]


def construct_correlations(
    C: Array, B: Array, design: Mask, residuals: Residuals = "unit"
) -> Array:
    """Return P: correlations of the constructs as the paths imply them.

    Constructs nothing points to correlate as observed; residuals are
    uncorrelated.

    Parameters
    ----------
    C, B : (k, k, ...) arrays
        Observed correlations of the constructs, and paths.
    design : (k, k) mask
        Paths there are; no cycle among them.
    residuals : {"unit", "estimated"}
        ``"unit"`` gives residuals the variance that makes the implied variance
        of their construct one, so that P is the correlation matrix of a
        population the model holds in. ``"estimated"`` takes ``1 - R2`` for it
        and writes ones into the diagonal afterwards, as cSEM does; where the
        paths do not reproduce the correlations of the predictors that is no
        matrix of any population.
    """
    P = np.zeros(C.shape)
    exogenous = np.flatnonzero(~design.any(axis=0))
    P[np.ix_(exogenous, exogenous)] = C[np.ix_(exogenous, exogenous)]
    for j in np.argsort(reachable(design).sum(axis=0), kind="stable"):  # causes before effects
        causes = np.flatnonzero(design[:, j])
        if not len(causes):
            continue
        b = B[causes, j]
        P[:, j] = np.einsum("m...,im...->i...", b, P[:, causes])
        P[j] = P[:, j]
        P[j, j] = 1.0
        if residuals == "estimated":
            P[j, j] += (b * (P[causes, j] - C[causes, j])).sum(axis=0)
    P[np.arange(len(P)), np.arange(len(P))] = 1.0
    return P


def indicator_correlations(
    R: Array, loadings: Array, P: Array, blocks: Mask, common: Mask
) -> Array:
    """Return Sigma: correlations of the indicators.

    Parameters
    ----------
    R : (p, p, ...) array
        Observed correlations, which composites reproduce within their block.
    loadings : (p, k, ...) array
        Loadings; those on other constructs are not read.
    P : (k, k, ...) array
        Correlations of the constructs, implied or as observed.
    blocks : (p, k) mask
        The one construct of each indicator.
    common : (k,) mask
        Constructs that are common factors; the others are composites.
    """
    owner = blocks.argmax(axis=1)
    own = loadings[np.arange(len(owner)), owner]
    Sigma: Array = P[owner[:, None], owner]
    Sigma *= own[:, None]
    Sigma *= own
    for block in blocks.T[~common]:
        rows = np.ix_(block, block)
        Sigma[rows] = R[rows]
    Sigma[np.arange(len(owner)), np.arange(len(owner))] = 1.0
    return Sigma


def degrees_of_freedom(blocks: Mask, design: Mask, common: Mask, saturated: bool = False) -> int:
    """Return how many correlations of the indicators the model does not spend on parameters.

    A common factor spends a loading for each indicator; a composite its
    weights, less one for its scale, and the correlations within its block; a
    single indicator nothing. The structure spends its paths and the
    correlations of constructs nothing points to, or, saturated, the
    correlations of all constructs.

    Examples
    --------
    >>> import numpy as np
    >>> blocks = np.repeat(np.eye(2, dtype=bool), 3, axis=0)
    >>> design = np.array([[False, True], [False, False]])
    >>> factors = np.array([True, True])
    >>> degrees_of_freedom(blocks, design, factors)
    8
    >>> degrees_of_freedom(blocks, design, ~factors)
    4
    """
    size = blocks.sum(axis=0)
    measured = np.where(common, size, _pairs(size) + size - 1)[size > 1].sum()
    exogenous = (~design.any(axis=0)).sum()
    structural = _pairs(len(design)) if saturated else design.sum() + _pairs(exogenous)
    return int(_pairs(len(blocks)) - measured - structural)


def _pairs(number: object) -> np.ndarray:
    count = np.asarray(number)
    pairs: np.ndarray = count * (count - 1) // 2
    return pairs

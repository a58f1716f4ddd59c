"""Reliability and discriminant validity of blocks of indicators.

Notation as in `csi.core.pls`, the batch axis last.

References
----------
Henseler, J., Ringle, C. M. and Sarstedt, M. (2015). A new criterion for
assessing discriminant validity in variance-based structural equation modeling.
Journal of the Academy of Marketing Science 43(1), 115-135.
doi:10.1007/s11747-014-0403-8
"""

from __future__ import annotations

import numpy as np

from csi.core.types import Array, Mask


def block_sums(R: Array, blocks: Mask) -> Array:
    """Return (k, k, ...) sums of the entries of R by blocks of rows and columns."""
    B = blocks.astype(np.float64)
    by_row = np.tensordot(B.T, R, axes=1)
    sums: Array = np.einsum("jm,lj...->lm...", B, by_row)
    return sums


def cronbach_alpha(sums: Array, size: Array) -> Array:
    """Standardised alpha of every block; one for a single indicator.

    Parameters
    ----------
    sums : (k, k, ...) array
        From `block_sums` of the correlations.
    size : (k,) array
        Indicators of each block.
    """
    own = _own(sums)
    p = _column(size, own)
    with np.errstate(divide="ignore", invalid="ignore"):
        alpha: Array = np.where(p > 1, p / (p - 1) * (1 - p / own), 1.0)
    return alpha


def composite_reliability(loadings: Array, blocks: Mask) -> Array:
    """rho_C of every block from its loadings (p, k, ...)."""
    own = np.where(_column(blocks, loadings, 2), loadings, 0.0)
    first, squares = own.sum(axis=0), (own**2).sum(axis=0)
    reliability: Array = first**2 / (first**2 + _column(blocks.sum(axis=0), squares) - squares)
    return reliability


def average_variance_extracted(loadings: Array, blocks: Mask) -> Array:
    """Mean squared loading of every block."""
    squares = np.where(_column(blocks, loadings, 2), loadings**2, 0.0).sum(axis=0)
    ave: Array = squares / _column(blocks.sum(axis=0), squares)
    return ave


def heterotrait_monotrait(sums: Array, size: Array) -> Array:
    """HTMT of every pair of blocks.

    The mean correlation of indicators of different constructs over the
    geometric mean of the mean correlations within both; a single indicator
    correlates one with itself.

    Parameters
    ----------
    sums : (k, k, ...) array
        From `block_sums` of the absolute correlations, as SmartPLS and seminr
        take them, or of the correlations themselves.
    size : (k,) array
        Indicators of each block.

    Returns
    -------
    (k, k, ...) array
        Diagonal without meaning.
    """
    own = _own(sums)
    p = _column(size, own)
    with np.errstate(divide="ignore", invalid="ignore"):
        within = np.where(p > 1, (own - p) / (p * (p - 1)), 1.0)
        between = sums / (p[:, None] * p)
        htmt: Array = between / np.sqrt(within[:, None] * within)
    return htmt


def _own(sums: Array) -> Array:
    return np.einsum("kk...->k...", sums)


def _column(values: Array | Mask, like: Array, axes: int = 1) -> Array:
    """Add batch axes to an array that has none."""
    column: Array = values.reshape(*values.shape, *(1,) * (like.ndim - axes))
    return column

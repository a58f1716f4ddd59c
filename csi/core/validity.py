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
    members = [np.flatnonzero(block) for block in blocks.T]
    by_row = np.stack([R[rows].sum(axis=0) for rows in members])
    return np.stack([by_row[:, columns].sum(axis=1) for columns in members], axis=1)


def cronbach_alpha(R: Array, blocks: Mask) -> Array:
    """Standardised alpha of every block, (k, ...); one for a single indicator."""
    own = np.empty((blocks.shape[1], *R.shape[2:]))
    for j, block in enumerate(blocks.T):
        rows = np.flatnonzero(block)
        own[j] = R[np.ix_(rows, rows)].sum(axis=(0, 1))
    p = _column(blocks.sum(axis=0), own)
    with np.errstate(divide="ignore", invalid="ignore"):
        alpha: Array = np.where(p > 1, p / (p - 1) * (1 - p / own), 1.0)
    return alpha


def composite_reliability(own: Array, size: Array) -> Array:
    """rho_C of every block.

    Parameters
    ----------
    own : (p, k, ...) array
        Loadings of indicators on their construct, zero elsewhere.
    size : (k,) array
        Indicators of each block.
    """
    first, squares = own.sum(axis=0) ** 2, (own**2).sum(axis=0)
    reliability: Array = first / (first + _column(size, squares) - squares)
    return reliability


def average_variance_extracted(own: Array, size: Array) -> Array:
    """Mean squared loading of every block; arguments as for `composite_reliability`."""
    squares = (own**2).sum(axis=0)
    ave: Array = squares / _column(size, squares)
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
    own = np.einsum("kk...->k...", sums)
    p = _column(size, own)
    with np.errstate(divide="ignore", invalid="ignore"):
        within = np.where(p > 1, (own - p) / (p * (p - 1)), 1.0)
        between = sums / (p[:, None] * p)
        htmt: Array = between / np.sqrt(within[:, None] * within)
    return htmt


def _column(values: Array, like: Array) -> Array:
    """Add batch axes to (k,) values."""
    column: Array = values.reshape(-1, *(1,) * (like.ndim - 1))
    return column

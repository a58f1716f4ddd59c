"""Reliability and discriminant validity of blocks of indicators.

Notation as in `csi.core.pls`, the batch axis last.

References
----------
Cronbach, L. J. (1951). Coefficient alpha and the internal structure of tests.
Psychometrika 16(3), 297-334. doi:10.1007/BF02310555
Henseler, J., Ringle, C. M. and Sarstedt, M. (2015). A new criterion for
assessing discriminant validity in variance-based structural equation modeling.
Journal of the Academy of Marketing Science 43(1), 115-135.
doi:10.1007/s11747-014-0403-8
Roemer, E., Schuberth, F. and Henseler, J. (2021). HTMT2 - an improved criterion
for assessing discriminant validity in structural equation modeling. Industrial
Management & Data Systems 121(12), 2637-2650. doi:10.1108/IMDS-02-2021-0082
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


def raw_alpha(R: Array, sd: Array, blocks: Mask) -> Array:
    """Alpha of the answers as they are, from their covariances.

    Parameters
    ----------
    R : (p, p, ...) array
        Correlations of the indicators.
    sd : (p, ...) array
        Their standard deviations, up to a factor that all share.
    blocks : (p, k) mask
        Indicators of each construct.

    Returns
    -------
    (k, ...) array
        One for a single indicator.
    """
    own, trace = np.empty((2, blocks.shape[1], *R.shape[2:]))
    for j, block in enumerate(blocks.T):
        rows = np.flatnonzero(block)
        inside, spread = R[np.ix_(rows, rows)], sd[rows]
        own[j] = np.einsum("i...,ij...,j...->...", spread, inside, spread)
        trace[j] = (spread**2).sum(axis=0)
    p = _column(blocks.sum(axis=0), own)
    with np.errstate(divide="ignore", invalid="ignore"):
        alpha: Array = np.where(p > 1, p / (p - 1) * (1 - trace / own), 1.0)
    return alpha


def principal_reliability(R: Array) -> float:
    """Dillon-Goldstein rho of a block from the loadings on its first principal component.

    Parameters
    ----------
    R : (q, q) array
        Correlations of the indicators of one block.

    Returns
    -------
    float
    """
    values, vectors = np.linalg.eigh(R)
    loadings = vectors[:, -1:] * np.sqrt(values[-1])
    return float(composite_reliability(loadings, np.array([len(R)]))[0])


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


@np.errstate(divide="ignore", invalid="ignore", over="ignore")  # NaN says that it is undefined
def geometric_heterotrait_monotrait(R: Array, blocks: Mask) -> Array:
    """HTMT2 of every pair of blocks: HTMT with geometric instead of arithmetic means.

    Parameters
    ----------
    R : (p, p, ...) array
        Correlations of the indicators.
    blocks : (p, k) mask
        Indicators of each construct.

    Returns
    -------
    (k, k, ...) array
        NaN where a correlation that enters is not positive; diagonal without
        meaning.
    """
    sums = block_sums(np.log(np.where(R > 0, R, np.nan)), blocks)
    own = np.einsum("kk...->k...", sums)
    p = _column(blocks.sum(axis=0), own)
    within = np.where(p > 1, own / (p * (p - 1)), 0.0)
    htmt2: Array = np.exp(sums / (p[:, None] * p) - (within[:, None] + within) / 2)
    return htmt2


def _column(values: Array, like: Array) -> Array:
    """Add batch axes to (k,) values."""
    column: Array = values.reshape(-1, *(1,) * (like.ndim - 1))
    return column

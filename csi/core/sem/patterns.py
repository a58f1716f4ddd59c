"""Respondents sorted by which items they answered.

Under normality everything that rows with holes say about means and covariances
is in the moments of each pattern of answered items. Notation::

    h              patterns; p items
    answered_h     (p,)    which items the respondents of pattern h answered
    n_h, m_h, S_h          their number, means and covariances (divisor n_h)
    W_h            (p, p)  inverse of the answered part of Sigma

Vectors and matrices of a pattern have p rows and columns, zero where an item was
not answered, so that all patterns are handled in one array.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from csi.core.types import Array, Mask
from csi.errors import DataError

Codes = NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Patterns:
    """Moments of the respondents who answered the same items.

    Attributes
    ----------
    answered : (h, p) mask
        Which items; the pattern without holes is first, if it occurs.
    n : (h,) array
        Respondents, or the sum of their weights.
    mean : (h, p) array
        Means; zero where not answered.
    cov : (h, p, p) array
        Covariances about them with divisor n; zero where not answered.
    of_row : (rows,) array of int
        Pattern of each row; -1 for rows that are not used.
    weights : (rows,) array
        Weight of each row in ``n``; zero for rows that are not used.
    frequency : bool
        Whether a weight says how many respondents a row stands for.
    n_empty : int
        Rows that were dropped because they hold no answer.
    """

    answered: Mask
    n: Array
    mean: Array
    cov: Array
    of_row: Codes
    weights: Array
    frequency: bool
    n_empty: int

    @property
    def total(self) -> float:
        """Respondents with an answer."""
        return float(self.n.sum())

    @cached_property
    def together(self) -> Array:
        """Respondents who answered both items of each pair, (p, p)."""
        seen = self.answered.astype(np.float64)
        counts: Array = (seen * self.n[:, None]).T @ seen
        return counts

    @property
    def coverage(self) -> Array:
        """Share of the respondents who answered both items of each pair, (p, p)."""
        return self.together / self.total

    def rescaled(self, centre: Array, scale: Array) -> Patterns:
        """Return the patterns of (answers - centre) / scale."""
        mean = np.where(self.answered, (self.mean - centre) / scale, 0.0)
        return replace(self, mean=mean, cov=self.cov / np.multiply.outer(scale, scale))


def find_patterns(
    rows: Array, weights: Array | None = None, *, frequency: bool = False
) -> Patterns:
    """Sort respondents by what they answered.

    Parameters
    ----------
    rows : (n, p) array
        Answers; NaN where missing.
    weights : (n,) array, optional
        Non-negative weights. Rows of weight zero are not used.
    frequency : bool
        Whether a weight says how many respondents a row stands for. Otherwise
        weights are scaled to sum to the number of rows that are used, as lavaan
        does; only their proportions matter.

    Returns
    -------
    Patterns

    Raises
    ------
    DataError
        If no row holds an answer.

    Examples
    --------
    >>> import numpy as np
    >>> rows = np.array([[1.0, 2.0], [3.0, np.nan], [5.0, 6.0], [np.nan, np.nan]])
    >>> found = find_patterns(rows)
    >>> found.n
    array([2., 1.])
    >>> found.mean
    array([[3., 4.],
           [3., 0.]])
    >>> found.of_row
    array([ 0,  1,  0, -1])
    """
    seen = ~np.isnan(rows)
    some = seen.any(axis=1)
    given = np.ones(len(rows)) if weights is None else weights
    used = np.flatnonzero(some & (given > 0))
    if not len(used):
        raise DataError(f"None of {len(rows)} rows holds an answer. Give rows with answers.")
    scale = 1.0 if frequency else len(used) / given[used].sum()
    w = np.zeros(len(rows))
    w[used] = given[used] * scale
    answered, pattern = _distinct(seen[used])
    n, mean, cov = _moments(rows[used], w[used], answered, pattern)
    of_row = np.full(len(rows), -1, dtype=np.intp)
    of_row[used] = pattern
    return Patterns(answered, n, mean, cov, of_row, w, frequency, int((~some).sum()))


def padded_inverses(Sigma: Array, answered: Mask) -> tuple[Array, Array]:
    """Invert the answered part of covariance matrices, for each pattern.

    Parameters
    ----------
    Sigma : (..., p, p) array
        Covariances.
    answered : (h, p) mask
        Answered items of each pattern.

    Returns
    -------
    W : (h, ..., p, p) array
        Inverses, zero where an item was not answered.
    log_det : (h, ...) array
        Logarithms of the determinants of the answered parts. Where such a part
        is not positive definite, it is infinite and the inverse NaN.
    """
    p = answered.shape[1]
    both = answered[:, :, None] & answered[:, None, :]
    both = both.reshape(len(answered), *(1,) * (Sigma.ndim - 2), p, p)
    root = _roots(np.where(both, Sigma, np.eye(p)))
    inverse = np.linalg.inv(root)
    W = np.where(both, inverse.swapaxes(-1, -2) @ inverse, 0.0)
    log_det = 2 * np.log(np.diagonal(root, axis1=-2, axis2=-1)).sum(axis=-1)
    return W, np.where(np.isnan(log_det), np.inf, log_det)


def _distinct(seen: Mask) -> tuple[Mask, Codes]:
    """Return the distinct rows of a mask, fewest holes in the first items first."""
    packed = np.packbits(~seen, axis=1)
    _, first, pattern = np.unique(packed, axis=0, return_index=True, return_inverse=True)
    return seen[first], pattern.reshape(-1)


def _moments(rows: Array, w: Array, answered: Mask, pattern: Codes) -> tuple[Array, Array, Array]:
    """Return the sum of weights, means and covariances of each pattern."""
    order = np.argsort(pattern, kind="stable")
    x, w = np.nan_to_num(rows[order]), w[order, None]
    ends = np.cumsum(np.bincount(pattern))
    starts = np.concatenate([[0], ends[:-1]])
    n = np.add.reduceat(w, starts)[:, 0]
    mean = np.add.reduceat(x * w, starts) / n[:, None]
    x -= mean[pattern[order]]
    scaled = x * w
    cov = np.empty((*mean.shape, mean.shape[1]))
    for h, (start, end) in enumerate(zip(starts, ends, strict=True)):
        cov[h] = scaled[start:end].T @ x[start:end] / n[h]
    return n, np.where(answered, mean, 0.0), cov


def _roots(matrices: Array) -> Array:
    """Return Cholesky factors; NaN where a matrix is not positive definite."""
    try:
        return np.asarray(np.linalg.cholesky(matrices), np.float64)
    except np.linalg.LinAlgError:
        definite = np.linalg.eigvalsh(matrices)[..., 0] > 0
        safe = np.where(definite[..., None, None], matrices, np.eye(matrices.shape[-1]))
        return np.where(definite[..., None, None], np.linalg.cholesky(safe), np.nan)

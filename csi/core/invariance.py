"""Whether two groups form their composites alike, and how their scores differ.

Notation, with the batch of permutations last::

    S     (p, p)     covariances of the items over both groups
    U, V  (p, k, B)  weights of the items in the composites of the first and the second group
    c     (k, B)     correlation of both composites of a construct over everybody, without its
                     sign: which way a composite points is a convention
    Y     (n, k)     scores of everybody, made with one set of weights

References
----------
Henseler, J., Ringle, C. M. and Sarstedt, M. (2016). Testing measurement
invariance of composites using partial least squares. International Marketing
Review 33(3), 405-431. doi:10.1108/IMR-09-2014-0304
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from csi.core.types import Array


@dataclass(frozen=True, slots=True, eq=False)
class Scores:
    """Means and variances of scores in B groups.

    Attributes
    ----------
    mean, variance : (k, B) arrays
        The variance has the divisor n - 1.
    """

    mean: Array
    variance: Array


def composite_correlations(U: Array, V: Array, S: Array) -> Array:
    """Return (k, B) correlations of the composites U and V.

    Examples
    --------
    >>> import numpy as np
    >>> U, V = np.ones((2, 1, 1)), np.array([-1.0, -3.0]).reshape(2, 1, 1)
    >>> composite_correlations(U, V, np.eye(2)).round(6)
    array([[0.894427]])
    """
    SU, SV = np.tensordot(S, U, axes=1), np.tensordot(S, V, axes=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        c: Array = (V * SU).sum(axis=0) / np.sqrt((U * SU).sum(axis=0) * (V * SV).sum(axis=0))
    return np.abs(c)


def score_products(Y: Array, weights: Array | None = None) -> Array:
    """Return what the means and variances of scores are summed from, for each respondent.

    Parameters
    ----------
    Y : (n, k) array
        Scores; NaN where there is none.
    weights : (n,) array, optional
        Survey weights.

    Returns
    -------
    (n, 4k) array
        Whether there is a score, its weight, and the weighted score and square.
    """
    seen = np.isfinite(Y)
    v = np.where(seen, 1.0 if weights is None else weights[:, None], 0.0)
    known = np.where(seen, Y, 0.0)
    return np.concatenate([seen, v, v * known, v * known**2], axis=1)


def score_moments(sums: Array) -> Scores:
    """Return the means and variances of groups from (4k, B) sums of `score_products`.

    Examples
    --------
    >>> import numpy as np
    >>> found = score_moments(score_products(np.array([[1.0], [2.0], [6.0]])).sum(axis=0)[:, None])
    >>> found.mean.round(12), found.variance.round(12)  # divisor n - 1
    (array([[3.]]), array([[7.]]))
    """
    n, total, first, second = np.split(sums, 4)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = first / total
        variance = (second / total - mean**2) * (n / (n - 1))
    return Scores(mean, variance)

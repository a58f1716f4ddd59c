"""Differences of two independent estimates.

Notation, for one number in each row::

    a*, b*  (q, A) and (q, B)  bootstrap replicates of both estimates; NaN where there is none
    s, t    (q,)               their standard errors
    f, g                       degrees of freedom behind them

References
----------
Henseler, J., Ringle, C. M. and Sinkovics, R. R. (2009). The use of partial least
squares path modeling in international marketing. Advances in International
Marketing 20, 277-319. doi:10.1108/S1474-7979(2009)0000020014

Sarstedt, M., Henseler, J. and Ringle, C. M. (2011). Multigroup analysis in
partial least squares (PLS) path modeling. Advances in International Marketing
22, 195-218. doi:10.1108/S1474-7979(2011)0000022012
"""

from __future__ import annotations

import numpy as np
from scipy.special import stdtr

from csi.core.types import Array

ROUNDING = 1e-12
"""Difference, relative to their size, up to which two numbers are equal."""


def apart(a: Array, b: Array) -> Array:
    """Return a - b, and exactly zero where they differ by rounding only.

    Examples
    --------
    >>> import numpy as np
    >>> apart(np.array([0.1 + 0.2, 1.0]), np.array([0.3, 0.75]))
    array([0.  , 0.25])
    """
    difference = a - b
    near = np.abs(difference) <= ROUNDING * np.maximum(np.abs(a), np.abs(b))
    return np.where(near, 0.0, difference)


def share_not_above(a: Array, b: Array) -> Array:
    """Return the share of pairs of replicates in which a is not above b (Henseler's PLS-MGA).

    Every replicate is first turned about the mean of its group, 2 mean - a*. The
    result has one side: it is near 0 where a is above b and near 1 where it is
    below.

    Parameters
    ----------
    a, b : (q, A) and (q, B) arrays
        Replicates.

    Returns
    -------
    (q,) array
        NaN where a group has no replicate.

    Examples
    --------
    >>> import numpy as np
    >>> share_not_above(np.array([[1.0, 3.0]]), np.array([[2.0, 0.0]]))
    array([0.25])
    """
    return np.array(
        [_share(x[np.isfinite(x)], y[np.isfinite(y)]) for x, y in zip(a, b, strict=True)]
    )


def _share(x: Array, y: Array) -> float:
    if not len(x) or not len(y):
        return np.nan
    turned, other = 2 * x.mean() - x, np.sort(2 * y.mean() - y)
    below = np.searchsorted(other, turned - ROUNDING * np.abs(turned), side="left")
    return float(1 - below.mean() / len(y))


def welch(difference: Array, s: Array, t: Array, f: float, g: float) -> Array:
    """Return two-sided p values of no difference, from standard errors.

    Student's t with the degrees of freedom of Welch and Satterthwaite: the
    parametric test of groups whose errors are not equal.

    Parameters
    ----------
    difference : (q,) array
    s, t : (q,) arrays
        Standard errors of both estimates.
    f, g : float
        Their degrees of freedom.

    Returns
    -------
    (q,) array
        NaN where an error is missing or both are zero.

    Examples
    --------
    >>> import numpy as np
    >>> welch(np.array([2.0]), np.array([1.0]), np.array([0.0]), 9, 9).round(4)
    array([0.0766])
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        variance = s**2 + t**2
        freedom = variance**2 / (s**4 / f + t**4 / g)
        p: Array = 2 * stdtr(freedom, -np.abs(difference) / np.sqrt(variance))
    return p

"""Probabilities of two standard normal variables that correlate.

The distribution function follows from two values of Owen's (1956) T, which
SciPy computes to the last digit whatever the correlation. Notation::

    h, k             limits
    rho              correlation, strictly between -1 and 1
    Phi2(h, k, rho)  probability of x < h and y < k
    phi2(h, k, rho)  density at (h, k), which is also the derivative of Phi2 by rho

All arguments broadcast.

References
----------
Owen, D. B. (1956). Tables for computing bivariate normal probabilities. Annals
of Mathematical Statistics 27(4), 1075-1090. doi:10.1214/aoms/1177728074
"""

from __future__ import annotations

import numpy as np
from scipy.special import ndtr, owens_t

from csi.core.types import Array

INFINITE = 40.0
"""A limit beyond which nothing is left in double precision: stands for infinity."""

_TINY = 1e-150
_ROOT_2_PI = np.sqrt(2 * np.pi)


def distribution(h: Array, k: Array, rho: Array) -> Array:
    """Return Phi2, with an absolute error of 2e-16.

    Limits lie between -INFINITE and INFINITE.

    Examples
    --------
    >>> import numpy as np
    >>> middle = np.array(0.0)
    >>> round(float(distribution(middle, middle, np.array(0.5))), 12)  # 1/4 + arcsin(rho) / 2 pi
    0.333333333333
    """
    h, k = (np.where(np.abs(limit) < _TINY, _TINY, limit) for limit in (h, k))
    ratio = k / h
    residual_sd = np.sqrt((1 - rho) * (1 + rho))
    return (  # type: ignore[no-any-return]
        (ndtr(h) + ndtr(k) - (ratio < 0)) / 2
        - owens_t(h, (ratio - rho) / residual_sd)
        - owens_t(k, (1 / ratio - rho) / residual_sd)
    )


def density(h: Array, k: Array, rho: Array) -> tuple[Array, Array]:
    """Return phi2 and its derivative by rho."""
    rest = (1 - rho) * (1 + rho)
    form = (h * h - 2 * rho * h * k + k * k) / rest
    value = np.exp(-form / 2) / (2 * np.pi * np.sqrt(rest))
    return value, value * (rho * (1 - form) + h * k) / rest


def normal_density(x: Array) -> Array:
    """Return the density of one standard normal variable."""
    return np.exp(-x * x / 2) / _ROOT_2_PI  # type: ignore[no-any-return]


def interval(low: Array, high: Array) -> Array:
    """Return the probability of low < x < high, precise in either tail."""
    side = np.where(low + high > 0, -1.0, 1.0)
    return np.abs(ndtr(side * high) - ndtr(side * low))  # type: ignore[no-any-return]

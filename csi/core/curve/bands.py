"""Pointwise and simultaneous bands of a fitted curve and of its slope.

Both are linear in the coefficients, ``F beta``. The simultaneous band is the
pointwise one widened to the quantile of ``max_t |F(t) (b - beta)| / se(t)`` over
the window, with b drawn from the normal distribution of the coefficients: it
holds the whole curve of the window at once with the stated probability.

The spline is smooth. Bands allow for its bias on average over the curve, not at a
sharp kink of the true curve, which they round off the more visibly the larger the
sample; coverage by simulation is printed by docs/studies_curve_bands.py.

References
----------
Ruppert, D., Wand, M. P. and Carroll, R. J. (2003). Semiparametric regression.
Cambridge University Press, section 6.5. doi:10.1017/CBO9780511755453

Krivobokova, T., Kneib, T. and Claeskens, G. (2010). Simultaneous confidence
bands for penalized spline estimators. Journal of the American Statistical
Association 105(490), 852-863. doi:10.1198/jasa.2010.tm09165
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from scipy.special import ndtri

from csi.core.curve.shape_fit import Reading
from csi.core.curve.smooth import SmoothFit
from csi.core.types import Array, Mask

DRAWS = 10_000
"""Curves drawn for the simultaneous band."""


@dataclass(frozen=True, slots=True, eq=False)
class Band:
    """A function on a grid, with its uncertainty.

    Attributes
    ----------
    value, se : (m,) arrays
        Estimate and standard error at each point.
    critical : float
        Standard errors on either side of the simultaneous band.
    lower, upper : (m,) arrays
        Pointwise limits.
    all_lower, all_upper : (m,) arrays
        Limits of the simultaneous band; it is meant for the window only.
    """

    value: Array
    se: Array
    critical: float
    lower: Array
    upper: Array
    all_lower: Array
    all_upper: Array


@dataclass(frozen=True, slots=True, eq=False)
class SmoothCurve:
    """A smooth curve and its slope on a grid of true scores.

    Attributes
    ----------
    grid : (m,) array
        True scores in points.
    curve : Band
        Outcome at each of them.
    slope : Band
        Outcome per point.
    """

    grid: Array
    curve: Band
    slope: Band


def smooth_curve(
    fit: SmoothFit,
    grid: Array,
    window: tuple[float, float],
    rng: Generator,
    *,
    level: float = 0.95,
    draws: int = DRAWS,
    unconditional: bool = True,
) -> SmoothCurve:
    """Evaluate a P-spline and its slope, with bands.

    Parameters
    ----------
    fit : SmoothFit
        The fitted spline.
    grid : (m,) array
        True scores, increasing.
    window : pair of float
        True scores between which the simultaneous bands hold.
    rng : numpy.random.Generator
        Random numbers of the draws, used for curve and slope alike.
    level : float, default 0.95
        Of the bands.
    draws : int, default 10000
        Curves drawn.
    unconditional : bool, default True
        Whether errors allow for not knowing the smoothing parameter; without,
        they are those of mgcv's default.

    Returns
    -------
    SmoothCurve

    References
    ----------
    Marra and Wood (2012), doi:10.1111/j.1467-9469.2011.00760.x, for the standard
    errors; Ruppert, Wand and Carroll (2003), doi:10.1017/CBO9780511755453, for
    the simultaneous band.

    Examples
    --------
    >>> from csi.core.curve.smooth import smooth_fit
    >>> from csi.core.resample import stream
    >>> x = np.arange(101.0)
    >>> fit = smooth_fit(np.eye(101), x, 20 + 0.6 * x, np.full(101, 4.0))
    >>> smooth_curve(fit, np.array([20.0, 50.0]), (10, 90), stream(1)).curve.value.round(6)
    array([32., 50.])
    """
    root = _root(fit.unconditional if unconditional else fit.covariance)
    normal = rng.standard_normal((draws, root.shape[1]), dtype=np.float32)
    inside = (grid >= window[0]) & (grid <= window[1])
    curve, slope = (
        _band(F @ fit.beta, F @ root, inside, normal, level)
        for F in (fit.spline.values(grid), fit.spline.slopes(grid))
    )
    return SmoothCurve(grid, curve, slope)


def slope_reading(found: SmoothCurve, window: tuple[float, float]) -> Reading:
    """Read a zone where the band of the slope lies below it on both sides within the window."""
    inside = (found.grid >= window[0]) & (found.grid <= window[1])
    lower, upper = found.slope.all_lower[inside], found.slope.all_upper[inside]
    before = np.maximum.accumulate(lower)
    after = np.maximum.accumulate(lower[::-1])[::-1]
    flat = found.grid[inside][upper < np.minimum(before, after)]
    if not len(flat):
        return Reading("derivative band", False)
    return Reading("derivative band", True, float(flat[0]), float(flat[-1]))


def largest_deviation(spread: Array, normal: NDArray[np.float32]) -> Array:
    """Return the (draws,) maxima over points of ``|N| / se``.

    Parameters
    ----------
    spread : (m, k) array
        Root of the covariance at m points.
    normal : (draws, k) array
        Standard normal numbers.
    """
    se = np.sqrt((spread**2).sum(axis=1, keepdims=True))
    drawn = (spread / se).astype(np.float32) @ normal.T
    largest: Array = np.maximum(drawn.max(axis=0), -drawn.min(axis=0)).astype(np.float64)
    return largest


def _band(
    value: Array, spread: Array, inside: Mask, normal: NDArray[np.float32], level: float
) -> Band:
    se = np.sqrt((spread**2).sum(axis=1))
    critical = float(np.quantile(largest_deviation(spread[inside], normal), level))
    one, every = ndtri(0.5 + level / 2) * se, critical * se
    return Band(value, se, critical, value - one, value + one, value - every, value + every)


def _root(covariance: Array) -> Array:
    """Return a root of a covariance, columns without variance left out."""
    found, vectors = np.linalg.eigh(covariance)
    kept = found > 1e-12 * found[-1]
    root: Array = vectors[:, kept] * np.sqrt(found[kept])
    return root

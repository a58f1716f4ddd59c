"""A curve of a few straight pieces in the true score, and its curvature.

With coefficients ``beta = (intercept, slope, bends)`` and knots c the curve is
``m(T) = beta_0 + beta_1 T + sum_k beta_k+1 (T - c_k)_+``; on the calibrated axis
each term is replaced by its mean given the observed score. Leading axes of beta
are samples.
"""

from __future__ import annotations

import numpy as np

from csi.core.curve.bins import Bins
from csi.core.curve.calibration import Calibration
from csi.core.curve.hinges import hinge_means
from csi.core.types import Array

RIDGE = 1e-10
"""Added to the scaled squares of the terms, lest two that are alike cannot be told apart."""


def fitted_bends(X: Array, H: Array, mean: Array, variance: Array) -> Array:
    """Fit curves of straight pieces by weighted least squares.

    Parameters
    ----------
    X : (B, g) array
        Calibrated axis.
    H : (B, g, k) array
        Expected hinges.
    mean, variance : (B, g) arrays
        Of the bins.

    Returns
    -------
    (B, k + 2) array
        Coefficients.
    """
    terms = np.concatenate([X[:, :, None], H], axis=2)
    weight = 1 / variance
    share = (weight / weight.sum(axis=1, keepdims=True))[:, None]
    middle, level = share @ terms, (share @ mean[:, :, None])[:, 0]
    apart = (terms - middle) * np.sqrt(weight)[:, :, None]
    length = np.sqrt(np.einsum("bgk,bgk->bk", apart, apart))
    apart /= np.where(length > 0, length, 1.0)[:, None]
    square = apart.transpose(0, 2, 1) @ apart + RIDGE * np.eye(apart.shape[2])
    y = ((mean - level) * np.sqrt(weight))[:, :, None]
    slopes = np.linalg.solve(square, apart.transpose(0, 2, 1) @ y)[:, :, 0]
    slopes = slopes / np.where(length > 0, length, 1.0)
    intercept = level - (middle[:, 0] * slopes).sum(axis=1, keepdims=True)
    return np.asarray(np.concatenate([intercept, slopes], axis=1))


def bends(bins: Bins, calibration: Calibration, knots: Array) -> Array:
    """Return the coefficients of the curve of one sample."""
    seen = np.isfinite(bins.variance)
    H = hinge_means(calibration, knots)[seen]
    parts = calibration.X[seen], H, bins.mean[seen], bins.variance[seen]
    beta: Array = fitted_bends(*(part[None] for part in parts))[0]
    return beta


def values(beta: Array, knots: Array, t: Array) -> Array:
    """Return the outcome at true scores, (..., m) of (..., k + 2) coefficients."""
    terms = np.column_stack([np.ones_like(t), t, np.maximum(t[:, None] - knots, 0)])
    return np.asarray(beta @ terms.T)


def curvature(beta: Array, knots: Array, window: tuple[float, float]) -> Array:
    """Return the curvature index of curves.

    It is the slope over the upper third of the window less the slope over the lower
    third, as a share of the slope over all of it: positive where the curve bends upwards,
    zero for a line.

    Parameters
    ----------
    beta : (..., k + 2) array
        Coefficients.
    knots : (k,) array
        Where the curves bend.
    window : (float, float)
        True scores.
    """
    at = values(beta, knots, np.linspace(*window, 4))
    rise = np.diff(at, axis=-1)
    return np.asarray(3 * (rise[..., 2] - rise[..., 0]) / (at[..., 3] - at[..., 0]))

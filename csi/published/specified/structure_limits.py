"""Limits of effects and explained variance in a covariance structure, by the delta method."""

from __future__ import annotations

import numpy as np

from csi.core.types import Array
from csi.covariance_fit import CovarianceFit, estimate_columns
from csi.estimators.sem.composed import Places, composed
from csi.published.specified.one_number import OneNumber

STEP = 1e-5
"""Share of a parameter, or of a tenth where it is smaller, by which it is moved either way."""


def structure_limits(fit: CovarianceFit, number: OneNumber, level: float) -> tuple[float, float]:
    """Return limits of a standardised effect, or of explained variance.

    The covariance of the parameters is that of the fit: from the Hessian, and robust
    where the fit's errors are. Derivatives are central differences.

    Parameters
    ----------
    fit : CovarianceFit
        The fit.
    number : OneNumber
        A path, a total effect or an R2.
    level : float
        Confidence level.

    Returns
    -------
    tuple of float
        Lower and upper limit; NaN where the covariance is not known.
    """
    theta = fit.solution.theta
    step = STEP * np.maximum(np.abs(theta), 0.1)
    moved = np.vstack([theta + np.diag(step), theta - np.diag(step)])
    above, below = np.split(_numbers(fit, number, moved), 2)
    error = fit.solution.errors_of(((above - below) / (2 * step))[None])
    limits = estimate_columns(np.array([number.value(fit)]), error, level)
    return float(limits["lower"][0]), float(limits["upper"][0])


def _numbers(fit: CovarianceFit, number: OneNumber, theta: Array) -> Array:
    """Return the number for each of (B, q) parameters."""
    solution, cov = fit.solution, fit.moments.cov
    places = Places.of(fit.model, solution.compiled)
    each = np.broadcast_to(cov, (len(theta), *cov.shape))
    return number.implied(composed(solution.structure, theta, places, each), fit.model)

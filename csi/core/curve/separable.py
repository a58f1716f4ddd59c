"""Least squares of curves that are linear in all but one or two parameters.

``m(t) = sum_k beta_k f_k(t; theta)``: for given theta the coefficients follow by
weighted regression, so only theta is searched, first over a table of candidates
and then from the best of them without derivatives, because a kink has none where
it meets a bin. Standard errors are those of the curve linearised at its optimum.

References
----------
Golub, G. and Pereyra, V. (2003). Separable nonlinear least squares: the variable
projection method and its applications. Inverse Problems 19(2), R1-R26.
doi:10.1088/0266-5611/19/2/201
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize

from csi.core.curve.binned_means import BinnedMeans, Regression, regress
from csi.core.types import Array
from csi.errors import EstimationError

STARTS = 3
"""Candidates from which the search goes on."""

RIDGE = 1e-10
"""Relative ridge that keeps candidates apart from the singular ones among them."""

Basis = Callable[[Array, Array], Array]
"""From (p,) parameters and (s,) true scores to (s, q) functions."""

Gradient = Callable[[Array, Array, Array], Array]
"""From parameters, (q,) coefficients and true scores to (s, p) derivatives of the curve."""


@dataclass(frozen=True, slots=True, eq=False)
class Family:
    """Curves with the same functions.

    Attributes
    ----------
    basis : callable
        The functions, which `beta` multiplies.
    gradient : callable
        Derivatives of the curve by theta.
    low, high : (p,) arrays
        Limits of theta.
    apart : float
        What consecutive parameters must differ by, minus infinity where they need not.
    """

    basis: Basis
    gradient: Gradient
    low: Array
    high: Array
    apart: float = -np.inf


@dataclass(frozen=True, slots=True, eq=False)
class SeparableFit:
    """A curve of a family.

    Attributes
    ----------
    theta : (p,) array
        Parameters that are not linear.
    beta : (q,) array
        Coefficients.
    covariance : (q + p, q + p) array
        Of coefficients and parameters; not a number where the data cannot tell them
        apart or theta ran into a limit.
    rss : float
        Weighted sum of squared residuals.
    settled : bool
        Whether theta is inside its limits and determined by the data.
    """

    theta: Array
    beta: Array
    covariance: Array
    rss: float
    settled: bool


def separable_fit(family: Family, data: BinnedMeans, T: Array, candidates: Array) -> SeparableFit:
    """Fit a curve, starting from the best of the (m, p) candidates."""
    order = np.argsort(profile(family, data, T, candidates), kind="stable")
    found = [_refined(family, data, T, candidates[i]) for i in order[:STARTS]]
    theta = min(found, key=lambda one: one[1])[0]
    at_theta = regress(data.P @ family.basis(theta, T), data)
    covariance = _linearised(family, data, T, theta, at_theta)
    inside = bool(np.isfinite(covariance).all())
    return SeparableFit(theta, at_theta.beta, covariance, at_theta.rss, inside)


def profile(family: Family, data: BinnedMeans, T: Array, candidates: Array) -> Array:
    """Return the (m,) weighted sums of squared residuals at m candidates."""
    X = data.P @ np.stack([family.basis(theta, T) for theta in candidates])
    X = X / np.maximum(np.sqrt((X**2).sum(axis=1, keepdims=True)), 1e-300)
    gram = np.swapaxes(X, 1, 2) @ X + RIDGE * np.eye(X.shape[2])
    seen = np.swapaxes(X, 1, 2) @ data.y
    beta = np.linalg.solve(gram, seen[..., None])[..., 0]
    rss: Array = data.y @ data.y - (seen * beta).sum(axis=1)
    return rss


def _refined(family: Family, data: BinnedMeans, T: Array, start: Array) -> tuple[Array, float]:
    """Search theta from a candidate; infinite where theta is out of its limits."""

    def cost(theta: Array) -> float:
        if (np.diff(theta) < family.apart).any():
            return np.inf
        try:
            return regress(data.P @ family.basis(theta, T), data).rss
        except EstimationError:
            return np.inf

    step = 0.02 * (family.high - family.low)
    corners = np.vstack([start, start + np.diag(np.where(start + step > family.high, -step, step))])
    best = minimize(
        cost,
        start,
        method="Nelder-Mead",
        bounds=list(zip(family.low, family.high, strict=True)),
        options={"initial_simplex": corners, "xatol": 1e-7, "fatol": 1e-9, "maxfev": 400},
    )
    return best.x, float(best.fun)


def _linearised(
    family: Family, data: BinnedMeans, T: Array, theta: Array, at_theta: Regression
) -> Array:
    """Return the covariance of coefficients and theta together."""
    p, q = len(theta), len(at_theta.beta)
    unknown = np.full((q + p, q + p), np.nan)
    span = 1e-6 * (family.high - family.low)
    if (theta < family.low + span).any() or (theta > family.high - span).any():
        return unknown
    slopes = family.gradient(theta, at_theta.beta, T)
    try:
        return regress(data.P @ np.hstack([family.basis(theta, T), slopes]), data).covariance
    except EstimationError:
        return unknown

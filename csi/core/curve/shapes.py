"""Curves of the literature, fitted for comparison.

Straight line, cubic, power and four-parameter logistic, each by weighted least
squares of bin means on its expectation given the observed score (see
`csi.core.curve.binned_means`), and isotonic regression on the raw axis; curves
with kinks are in `csi.core.curve.kinked`. None of them is a test of a zone: how
often each is read as one where there is none stands in
`csi.core.curve.false_zones`. Variances of the means are taken as known: standard
errors are not scaled by the residuals.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from scipy.optimize import isotonic_regression
from scipy.special import expit

from csi.core.curve.binned_means import regress
from csi.core.curve.kinked import candidates, one_kink, two_kinks
from csi.core.curve.separable import Family
from csi.core.curve.shape_fit import NO_RULE, Problem, Reading, ShapeFit
from csi.core.types import Array

POWERS = (0.1, 12.0)
"""Limits of the exponent."""

WIDTHS = (1.0, 60.0)
"""Limits of the width of a logistic curve, in points."""

BEYOND = 40.0
"""Points beyond the window where the middle of a logistic curve may lie."""

ONE_SIDED = 1.6449
"""Normal quantile of the usual one-sided test."""

FLAT = 10.0
"""Points from which a block of isotonic regression is read as flat."""


def shape_fits(problem: Problem, rng: Generator) -> tuple[ShapeFit, ...]:
    """Fit line, cubic, one kink, two kinks, power and logistic.

    Without the kinks where the window is too narrow for two of them.

    Parameters
    ----------
    problem : Problem
        Bins, grid and window.
    rng : numpy.random.Generator
        Random numbers for the test of two kinks.

    Returns
    -------
    tuple of ShapeFit

    Raises
    ------
    EstimationError
        If there are too few distinct scores for one of the curves.
    """
    straight = line(problem)
    kinked: tuple[ShapeFit, ...] = ()
    if len(candidates(problem)) > 1:
        bent = one_kink(problem)
        kinked = bent, two_kinks(problem, straight, bent, rng)
    return straight, cubic(problem), *kinked, power(problem), logistic(problem)


def line(problem: Problem) -> ShapeFit:
    """Fit a straight line; parameters are its level at 0 and its slope."""
    return _polynomial("line", problem, ("level at 0", "slope"), (0.0, 1.0), NO_RULE)


def cubic(problem: Problem) -> ShapeFit:
    """Fit a cubic in ``z = (t - 50) / 50``.

    Two readings: as in the literature, a zone if the coefficient of z^3 is positive,
    one-sided at 5 per cent, and the slope is smallest inside the window; and a zone if
    the slopes at both ends of the window are also larger than that, each one-sided at
    5 per cent. No edges follow from either.

    References
    ----------
    Dong, S., Ding, M., Grewal, R. and Zhao, P. (2011). Functional forms of the
    satisfaction-loyalty relationship. International Journal of Research in
    Marketing 28(1), 38-50.
    """
    names = ("constant", "linear", "quadratic", "cubic")
    fit = _polynomial("cubic", problem, names, (50.0, 50.0), NO_RULE)
    low, high = problem.window
    b2, b3 = fit.estimate[2:]
    inside = bool(b3 > 0 and low < 50 - 50 * b2 / (3 * b3) < high)
    signed = inside and bool(b3 > ONE_SIDED * fit.se[3])
    rising = inside and all(steeper(fit, (end - 50) / 50) > ONE_SIDED for end in (low, high))
    return replace(fit, readings=(Reading("cubic sign", signed), Reading("cubic", rising)))


def steeper(fit: ShapeFit, z: float) -> float:
    """Return the t value of how much steeper a cubic is at z than where it is flattest."""
    b2, b3 = fit.estimate[2:]
    u = b2 + 3 * b3 * z
    by = np.array([2 * u / (3 * b3), 2 * u * z / b3 - u**2 / (3 * b3**2)])
    return float(u**2 / (3 * b3) / np.sqrt(by @ fit.covariance[2:, 2:] @ by))


def power(problem: Problem) -> ShapeFit:
    """Fit ``L0 + (L1 - L0) (t / 100)^gamma``, which has no zone."""

    def basis(theta: Array, T: Array) -> Array:
        return np.column_stack([np.ones(len(T)), _share(T) ** theta])

    def gradient(theta: Array, beta: Array, T: Array) -> Array:
        s = _share(T)
        steep: Array = beta[1] * s**theta * np.log(s)
        return steep[:, None]

    def slope(t: Array) -> Array:
        rise: Array = beta[1] * gamma * _share(t) ** (gamma - 1) / 100
        return rise

    family = Family(basis, gradient, np.array(POWERS[:1]), np.array(POWERS[1:]))
    fit = problem.separable(family, np.geomspace(*POWERS, 30)[:, None])
    beta, gamma = fit.beta, fit.theta[0]
    return ShapeFit.of(
        "power",
        problem,
        lambda t: basis(fit.theta, t) @ beta,
        slope,
        ("level at 0", "level at 100", "exponent"),
        *_ends(np.concatenate([beta, fit.theta]), fit.covariance),
        fit.rss,
        (NO_RULE,),
    )


def logistic(problem: Problem) -> ShapeFit:
    """Fit ``L0 + (L1 - L0) / (1 + exp(-(t - middle) / width))``, which has no zone.

    Where the outcome is nearly straight in the score the width runs into its limit
    and the four parameters are not determined; the curve itself is.
    """

    def basis(theta: Array, T: Array) -> Array:
        return np.column_stack([np.ones(len(T)), expit((T - theta[0]) / theta[1])])

    def gradient(theta: Array, beta: Array, T: Array) -> Array:
        z = (T - theta[0]) / theta[1]
        steep = -beta[1] * expit(z) * expit(-z) / theta[1]
        return np.column_stack([steep, steep * z])

    low = np.array([problem.window[0] - BEYOND, WIDTHS[0]])
    high = np.array([problem.window[1] + BEYOND, WIDTHS[1]])
    middles, widths = np.meshgrid(np.linspace(low[0], high[0], 18), np.geomspace(*WIDTHS, 8))
    family = Family(basis, gradient, low, high)
    fit = problem.separable(family, np.column_stack([middles.ravel(), widths.ravel()]))
    return ShapeFit.of(
        "logistic",
        problem,
        lambda t: basis(fit.theta, t) @ fit.beta,
        lambda t: -gradient(fit.theta, fit.beta, t)[:, 0],
        ("lower level", "upper level", "middle", "width"),
        *_ends(np.concatenate([fit.beta, fit.theta]), fit.covariance),
        fit.rss,
        (NO_RULE,),
    )


def isotonic(
    x: Array,
    mean: Array,
    variance: Array,
    *,
    grid: Array,
    window: tuple[float, float],
    n: int,
    increasing: bool = True,
) -> ShapeFit:
    """Fit isotonic regression on the raw axis.

    Parameters
    ----------
    x, mean, variance : (g,) arrays
        Observed scores, means of their bins and variances, infinite where nobody is.
    grid : (m,) array
        Where the curve is given, interpolated between occupied bins.
    window : pair of float
        Scores between which a flat block counts.
    n : int
        Respondents.
    increasing : bool, default True
        Whether the curve rises.

    Returns
    -------
    ShapeFit
        Without slope, and without parameters but the levels of the blocks.
    """
    some = np.isfinite(variance)
    weights = 1 / variance[some]
    found = isotonic_regression(mean[some], weights=weights, increasing=increasing)
    blocks = found.blocks
    rss = float((weights * (mean[some] - found.x) ** 2).sum())
    problem = Problem.of(np.eye(len(x)), x, mean, variance, grid=grid, window=window, n=n)
    return ShapeFit.of(
        "isotonic",
        problem,
        lambda t: np.interp(t, x[some], found.x),
        lambda t: np.full(len(t), np.nan),
        [f"level from {start:g}" for start in x[some][blocks[:-1]]],
        found.x[blocks[:-1]],
        np.diag(1 / np.add.reduceat(weights, blocks[:-1])),
        rss,
        (_flat_block(x[some], blocks, window),),
    )


def _polynomial(
    shape: str, problem: Problem, names: tuple[str, ...], unit: tuple[float, float], read: Reading
) -> ShapeFit:
    """Fit a polynomial in ``(t - unit[0]) / unit[1]``."""
    powers = np.arange(len(names))

    def basis(t: Array) -> Array:
        terms: Array = ((t - unit[0]) / unit[1])[:, None] ** powers
        return terms

    found = regress(problem.data.P @ basis(problem.T), problem.data)
    falling = found.beta[1:] * powers[1:] / unit[1]
    return ShapeFit.of(
        shape,
        problem,
        lambda t: basis(t) @ found.beta,
        lambda t: basis(t)[:, :-1] @ falling,
        names,
        found.beta,
        found.covariance,
        found.rss,
        (read,),
    )


def _share(t: Array) -> Array:
    """Return scores as shares of 100, kept off zero, where powers have no slope."""
    share: Array = np.clip(t / 100, 1e-6, None)
    return share


def _ends(estimate: Array, covariance: Array) -> tuple[Array, Array]:
    """Turn level and rise, the first two parameters, into two levels."""
    turn = np.eye(len(estimate))
    turn[1, 0] = 1
    return turn @ estimate, turn @ covariance @ turn.T


def _flat_block(x: Array, blocks: NDArray[np.intp], window: tuple[float, float]) -> Reading:
    """Read the longest block between two others as a zone if it is long enough."""
    low = np.maximum(x[blocks[1:-2]], window[0])
    high = np.minimum(x[blocks[2:-1] - 1], window[1])
    if len(low) == 0 or (high - low).max() < FLAT:
        return Reading("flat block", False)
    longest = int((high - low).argmax())
    return Reading("flat block", True, float(low[longest]), float(high[longest]))

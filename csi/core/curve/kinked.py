"""Curves of straight pieces with one or two kinks, and how they are usually read.

``m(t) = b0 + b1 t + sum_j g_j (t - c_j)_+`` is regressed on its expectation given
the observed score; the kinks are those of the smallest weighted sum of squares
over the whole window, found among all candidates two points apart and refined.
Standard errors are those of the curve linearised at the kinks (Muggeo 2003).

References
----------
Muggeo, V. M. R. (2003). Estimating regression models with unknown break-points.
Statistics in Medicine 22(19), 3055-3071. doi:10.1002/sim.1545

Davies, R. B. (1987). Hypothesis testing when a nuisance parameter is present only
under the alternative. Biometrika 74(1), 33-43. doi:10.1093/biomet/74.1.33
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.random import Generator
from scipy.special import ndtr

from csi.core.curve.separable import Family, SeparableFit
from csi.core.curve.shape_fit import NO_RULE, Problem, Reading, ShapeFit
from csi.core.types import Array

STEP = 2.0
"""Points between candidates, and the least distance of two kinks."""

ONE_SIDED = 1.6449
"""Normal quantile of the usual one-sided test."""

LEVEL = 0.05
"""Of the tests that are read."""

DRAWS = 499
"""Samples from a straight line in the test of two kinks."""


def one_kink(problem: Problem) -> ShapeFit:
    """Fit two straight pieces; one kink makes no zone."""
    fit = problem.separable(_pieces(problem, 1), candidates(problem)[:, None])
    return _shape("one kink", problem, fit)


def two_kinks(problem: Problem, line: ShapeFit, bent: ShapeFit, rng: Generator) -> ShapeFit:
    """Fit three straight pieces and read them by three usual rules.

    Parameters
    ----------
    problem : Problem
        Bins, grid and window.
    line, bent : ShapeFit
        The fits without and with one kink, for BIC.
    rng : numpy.random.Generator
        Random numbers of the test against a line.
    """
    knots = candidates(problem)
    i, j = np.triu_indices(len(knots), 1)
    fit = problem.separable(_pieces(problem, 2), np.column_stack([knots[i], knots[j]]))
    shape = _shape("two kinks", problem, fit)
    first, second = fit.beta[2:]
    falls, rises = fit.beta[2:] / np.sqrt(np.diag(fit.covariance)[2:4])
    ordered = bool(first < 0 < second)
    read = {
        "sup-F": ordered and sup_f(problem, rng) < LEVEL,
        "pairwise t": bool(falls < -ONE_SIDED and rises > ONE_SIDED),
        "BIC": ordered and shape.bic < min(line.bic, bent.bic),
    }
    readings = tuple(_reading(rule, zone, fit.theta) for rule, zone in read.items())
    return replace(shape, readings=readings)


def candidates(problem: Problem) -> Array:
    """Return possible kinks in the window, two points apart."""
    low, high = problem.window
    return np.arange(low + STEP, high - STEP + 1e-9, STEP)


def kink_statistics(problem: Problem, kinks: Array) -> Array:
    """Return the (k,) t statistics of one kink more, at each of these kinks."""
    return _left(problem, kinks)[0] @ problem.data.y


def davies(statistics: Array) -> float:
    """Return the upper bound of Davies on the p value of the largest t of a process.

    Parameters
    ----------
    statistics : (k,) array
        Normal statistics at increasing places of the kink.

    Returns
    -------
    float
        Two-sided p value for "there is no kink". A small one says that the curve
        bends somewhere, not that it has a zone.

    References
    ----------
    Davies (1987), doi:10.1093/biomet/74.1.33. R: ``segmented::davies.test``.

    Examples
    --------
    >>> round(davies(np.array([0.5, 1.0, 2.0, 1.5])), 4)
    0.1535
    """
    top = np.abs(statistics).max()
    crossings = np.abs(np.diff(statistics)).sum() * np.exp(-(top**2) / 2) / np.sqrt(8 * np.pi)
    return float(min(2 * (ndtr(-top) + crossings), 1.0))


def sup_f(problem: Problem, rng: Generator, draws: int = DRAWS) -> float:
    """Return the p value of the best two kinks against a straight line, by simulation."""
    _, root = _left(problem, candidates(problem))
    noise = rng.standard_normal((draws, root.shape[0])) @ root.T
    best = pair_gains(problem, np.vstack([problem.data.y, noise])).max(axis=1)
    return float((1 + (best[1:] >= best[0]).sum()) / (1 + draws))


def pair_gains(problem: Problem, outcomes: Array) -> Array:
    """Return by how much each pair of kinks fits better than a line.

    Parameters
    ----------
    problem : Problem
        Bins and window.
    outcomes : (m, g) array
        Means of the occupied bins over their standard errors, in m samples.

    Returns
    -------
    (m, p) array
        Chi-square statistics with two degrees of freedom, for all pairs of candidates.
    """
    knots = candidates(problem)
    Q, root = _left(problem, knots)
    spread, z = Q @ root, outcomes @ Q.T
    i, j = np.triu_indices(len(knots), 1)
    r = (spread @ spread.T)[i, j]
    both = z[:, i] ** 2 + z[:, j] ** 2 - 2 * r * z[:, i] * z[:, j]
    gains: Array = both / np.maximum(1 - r**2, 1e-9)
    return gains


def _pieces(problem: Problem, kinks: int) -> Family:
    """Return the family of straight pieces with kinks in the window."""

    def basis(theta: Array, T: Array) -> Array:
        hinges = np.maximum(T[:, None] - theta, 0)
        return np.column_stack([np.ones(len(T)), T, hinges])

    def gradient(theta: Array, beta: Array, T: Array) -> Array:
        turned: Array = -beta[2:] * (T[:, None] > theta)
        return turned

    low, high = (np.full(kinks, end) for end in problem.window)
    return Family(basis, gradient, low, high, STEP)


def _shape(shape: str, problem: Problem, fit: SeparableFit) -> ShapeFit:
    """Give level, slopes of the pieces and kinks instead of coefficients."""
    kinks = len(fit.theta)
    turn = np.eye(2 + 2 * kinks)
    turn[1 : 2 + kinks, 1 : 2 + kinks] = np.tri(1 + kinks)
    estimate = turn @ np.concatenate([fit.beta, fit.theta])
    slopes = estimate[1 : 2 + kinks]
    names = [
        "level at 0",
        *(f"slope {i}" for i in range(1, kinks + 2)),
        *(f"kink {i}" for i in range(1, kinks + 1)),
    ]
    return ShapeFit.of(
        shape,
        problem,
        lambda t: (
            fit.beta[0] + fit.beta[1] * t + np.maximum(t[:, None] - fit.theta, 0) @ fit.beta[2:]
        ),
        lambda t: slopes[(t[:, None] > fit.theta).sum(axis=1)],
        names,
        estimate,
        turn @ fit.covariance @ turn.T,
        fit.rss,
        (NO_RULE,),
    )


def _left(problem: Problem, kinks: Array) -> tuple[Array, Array]:
    """Hinges without the line, of length one in standard errors; root of the noise of the means."""
    data, T = problem.data, problem.T
    line, _ = np.linalg.qr(data.P @ np.column_stack([np.ones(len(T)), T]))
    hinges = data.P @ np.maximum(T[:, None] - kinks, 0)
    for _ in range(2):
        hinges = hinges - line @ (line.T @ hinges)
    root = np.eye(len(data.y)) if data.meat is None else _square_root(data.meat)
    length = np.sqrt(((root.T @ hinges) ** 2).sum(axis=0))
    return (hinges / np.maximum(length, 1e-12)).T, root


def _square_root(covariance: Array) -> Array:
    found, vectors = np.linalg.eigh(covariance)
    root: Array = vectors * np.sqrt(np.maximum(found, 0))
    return root


def _reading(rule: str, zone: bool, kinks: Array) -> Reading:
    return Reading(rule, True, float(kinks[0]), float(kinks[1])) if zone else Reading(rule, False)

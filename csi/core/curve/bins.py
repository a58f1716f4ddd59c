"""Respondents gathered in bins of the 0-100 score.

Everything after this step costs the same for 250 and for a million
respondents. Notation::

    g    bins: x = 0, 1, ..., 100
    w_i  weight of respondent i, one without weights
    s2   variance of the mean outcome in a bin, linearised for weights

The spread of the outcome within a bin is smoothed over neighbouring bins,
because a bin with three respondents does not know its own.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from csi.core.types import Array

Codes = NDArray[np.intp]

SCORES = np.arange(101.0)
"""Middle of the bins."""

BANDWIDTH = 10.0
"""Points over which the spread of the outcome is smoothed."""

FLOOR = 0.25
"""Share of the mean variance below which the variance of one respondent is not believed."""


@dataclass(frozen=True, slots=True, eq=False)
class Bins:
    """Outcomes by bin of the score.

    Attributes
    ----------
    x : (g,) array
        Scores in the middle of the bins.
    weight : (g,) array
        Summed weights.
    mean : (g,) array
        Mean outcome; 0 where nobody is.
    variance : (g,) array
        Variance of that mean; infinite where nobody is.
    n : int
        Respondents.
    scatter : (c, g) array or None
        For each cluster the weighted sum of its residuals in each bin, divided by the
        weight of the bin: their outer products sum to the covariance of the means.
    size : (g,) array or None
        Respondents without weights whose mean would vary as much; the weights themselves
        by default.
    """

    x: Array
    weight: Array
    mean: Array
    variance: Array
    n: int
    scatter: Array | None = None
    size: Array | None = None


def bin_of(score: Array) -> Codes:
    """Return the bin of each score; halves go up, whatever rounding did to them."""
    return np.clip(np.floor(score + 0.5 + 1e-9), 0, 100).astype(np.intp)


def gather(
    score: Array,
    outcome: Array,
    weights: Array | None = None,
    copies: Array | None = None,
    clusters: Codes | None = None,
) -> Bins:
    """Gather respondents in bins.

    Parameters
    ----------
    score, outcome : (n,) arrays
        Score in points from 0 to 100, and what is to be explained.
    weights : (n,) array, optional
        Sampling or frequency weights.
    copies : (n,) array, optional
        Respondents each row stands for: the weights themselves where these are frequencies.
    clusters : (n,) array of whole numbers, optional
        Cluster of each respondent, numbered from 0.

    Returns
    -------
    Bins
    """
    code = bin_of(score)
    copies = np.ones(len(score)) if copies is None else copies
    w = copies if weights is None else weights
    weight, total, square = (_by_bin(code, v) for v in (w, w * outcome, w * outcome**2))
    some = weight > 0
    mean = np.divide(total, weight, out=np.zeros(101), where=some)
    within = np.maximum(square - weight * mean**2, 0)
    squares = _by_bin(code, np.divide(w**2, copies, out=np.zeros_like(w), where=copies > 0))
    size = np.divide(weight**2, squares, out=np.zeros(101), where=some)
    spread = _smoothed(within, weight, _by_bin(code, copies))
    variance = np.divide(spread, size, out=np.full(101, np.inf), where=some)
    scatter = None
    if clusters is not None:
        level = local_mean(mean, weight)
        residual = w * (outcome - level[code])
        number = int(clusters.max()) + 1
        sums = np.bincount(clusters * 101 + code, residual, number * 101).reshape(-1, 101)
        sums *= np.sqrt(number / max(number - 1, 1))
        scatter = np.divide(sums, weight, out=np.zeros_like(sums), where=some)
    return Bins(SCORES, weight, mean, variance, round(copies.sum()), scatter, size)


def _by_bin(code: Codes, values: Array) -> Array:
    return np.bincount(code, values, 101).astype(np.float64)


def local_mean(mean: Array, weight: Array, bandwidth: float = 4.0) -> Array:
    """Return a running straight-line fit to the means, for residuals."""
    apart = SCORES[:, None] - SCORES
    kernel = np.exp(-0.5 * (apart / bandwidth) ** 2) * weight
    s0, s1, s2 = (kernel.sum(1), (kernel * -apart).sum(1), (kernel * apart**2).sum(1))
    t0, t1 = kernel @ mean, (kernel * -apart) @ mean
    ridge = s0 + 1e-12
    det = s0 * s2 - s1**2 + 1e-6 * ridge**2 * bandwidth**2
    level: Array = ((s2 + 1e-6 * ridge * bandwidth**2) * t0 - s1 * t1) / det
    return level


def _smoothed(within: Array, weight: Array, count: Array) -> Array:
    """Return the variance of one respondent's outcome at each score, smoothed and floored."""
    kernel = np.exp(-0.5 * ((SCORES[:, None] - SCORES) / BANDWIDTH) ** 2)
    freedom = np.where(count > 1, weight * (1 - 1 / np.maximum(count, 1)), 0.0)
    if freedom.sum() <= 0:
        return np.ones(101)
    overall = within.sum() / freedom.sum()
    spread = (kernel @ within + 1e-9 * overall) / (kernel @ freedom + 1e-9)
    return np.asarray(np.maximum(spread, FLOOR * overall if overall > 0 else 1.0))

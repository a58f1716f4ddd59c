"""Slopes in windows of every width on the calibrated axis.

The axis X is cut about every `STEP` points; a window reaches from one cut to any
later one. Its local slope is that of the least-squares line through the means of
its bins, an average of the slopes of the curve there with positive weights. The
intervals of all windows hold at once: limits are wider by the penalty
sqrt(2 log(e / share)) in windows with a small share of the respondents, of which
there are many (Duembgen and Spokoiny 2001).

References
----------
Duembgen, L. and Spokoiny, V. G. (2001). Multiscale testing of qualitative hypotheses.
Annals of Statistics 29(1), 124-152. doi:10.1214/aos/996986504
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from csi.core.curve.bins import Bins
from csi.core.types import Array

STEP = 6.0
"""Points between cuts, about; narrower windows cost power and show no narrower zones."""

TAIL = 0.05
"""Share of respondents beyond the outermost cuts."""

FEWEST = 10.0
"""Respondents from which a window has a slope."""

Places = NDArray[np.intp]


@dataclass(frozen=True, slots=True, eq=False)
class Contrasts:
    """Slopes, or differences of two slopes, as weights of the bins.

    Attributes
    ----------
    weight : (q, g) array
        What the means of the bins are multiplied by.
    error : (q,) array
        Standard errors.
    """

    weight: Array
    error: Array

    def standardised(self, means: Array) -> Array:
        """Return (m, q) contrasts of (m, g) means, in standard errors."""
        return np.asarray(means @ (self.weight / self.error[:, None]).T)


@dataclass(frozen=True, slots=True, eq=False)
class Windows:
    """Windows that have a slope.

    Attributes
    ----------
    cuts : (e,) array
        Points on the axis, from the first occupied bin to the last.
    begin, end : (w,) arrays of int
        Cuts between which each window lies.
    share : (w,) array
        Share of the respondents in each.
    weight : (w, g) array
        What the means of the bins are multiplied by to give the slopes.
    """

    cuts: Array
    begin: Places
    end: Places
    share: Array
    weight: Array


@dataclass(frozen=True, slots=True, eq=False)
class LocalSlopes:
    """Local slopes with intervals that hold at once.

    Attributes
    ----------
    low, high : (w,) arrays
        Where the windows begin and end, in points of true satisfaction.
    slope, error : (w,) arrays
        Slopes of their least-squares lines and standard errors.
    lower, upper : (w,) arrays
        Limits.
    """

    low: Array
    high: Array
    slope: Array
    error: Array
    lower: Array
    upper: Array


def windows(X: Array, bins: Bins) -> Windows:
    """Return all windows with enough respondents at two points of the axis or more."""
    share = bins.weight / bins.weight.sum()
    cuts = _cuts(X, share)
    place = np.searchsorted(cuts[1:-1], X, side="right")
    pairs = np.array(list(combinations(range(len(cuts)), 2)), dtype=np.intp).reshape(-1, 2)
    begin, end = pairs.T
    inside = (place >= begin[:, None]) & (place < end[:, None]) & (share > 0)
    trust = inside * np.where(inside, 1 / bins.variance, 0.0)
    total = np.maximum(trust.sum(axis=1, keepdims=True), 1e-300)
    apart = X - (trust @ X)[:, None] / total
    spread = (trust * apart**2).sum(axis=1)
    held = inside @ share
    kept = (held * bins.n >= FEWEST) & (spread > 1e-9 * total[:, 0])
    weight = (trust * apart)[kept] / spread[kept, None]
    return Windows(cuts, begin[kept], end[kept], held[kept], weight)


def contrasts(weight: Array, bins: Bins) -> Contrasts:
    """Return contrasts of the bins with their errors; those of clusters count if larger."""
    variance = weight**2 @ np.where(bins.weight > 0, bins.variance, 0.0)
    if bins.scatter is not None:
        variance = np.maximum(variance, ((bins.scatter @ weight.T) ** 2).sum(axis=0))
    return Contrasts(weight, np.sqrt(variance))


def draw_errors(bins: Bins, rng: np.random.Generator, draws: int) -> Array:
    """Return (draws, g) errors of the means of the bins."""
    if bins.scatter is not None:
        return np.asarray(rng.standard_normal((draws, len(bins.scatter))) @ bins.scatter)
    sd = np.sqrt(np.where(bins.weight > 0, bins.variance, 0.0))
    return np.asarray(rng.standard_normal((draws, len(sd))) * sd)


def local_slopes(found: Windows, bins: Bins, errors: Array, level: float = 0.95) -> LocalSlopes:
    """Return the slope of every window.

    Parameters
    ----------
    found : Windows
        All windows.
    bins : Bins
        Outcomes by bin of the score.
    errors : (m, g) array
        Drawn errors of the means of the bins, for the critical value.
    level : float
        Probability that all intervals hold.
    """
    each = contrasts(found.weight, bins)
    penalty = np.sqrt(2 * np.log(np.e / found.share))
    slope = found.weight @ bins.mean
    worst = (np.abs(each.standardised(errors)) - penalty).max(axis=1, initial=-np.inf)
    critical = np.quantile(worst, level) if len(slope) else np.nan
    reach = (critical + penalty) * each.error
    low, high = found.cuts[found.begin], found.cuts[found.end]
    return LocalSlopes(low, high, slope, each.error, slope - reach, slope + reach)


def _cuts(X: Array, share: Array) -> Array:
    """Return the ends of the occupied bins and evenly spaced cuts between them."""
    some = share > 0
    reached = np.cumsum(share[some]) - share[some] / 2
    low, high = np.interp([TAIL, 1 - TAIL], reached, X[some])
    number = max(round((high - low) / STEP), 1) + 1
    ends = X[some][[0, -1]]
    return np.unique(np.concatenate([ends, np.linspace(low, high, number)]))

"""The best zone of many samples, each with a calibration of its own.

`csi.core.curve.zone_search` goes through all pairs of kinks for many outcomes with
one basis. Here every sample has its own basis, and only zones are wanted. Notation
as in `csi.core.curve.hinges`, with samples first: ``R (B, k, k)``, ``z, a, l (B, k)``
and ``b (B,)``.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from csi.core.curve.hinges import SHORTEST
from csi.core.curve.zone_search import WIDTH
from csi.core.types import Array, Mask


@dataclass(frozen=True, slots=True, eq=False)
class Bases:
    """Hinges of B samples without the line.

    Attributes
    ----------
    R : (B, k, k) array
        Products of the hinges, each of length one.
    z : (B, k) array
        What each kink adds, in standard errors.
    shift, length : (B, k) arrays
        Slope of each hinge on X, and its length before scaling; infinite where a hinge
        is a line.
    slope, line_variance : (B,) arrays
        Slope of the straight line, and its variance.
    """

    R: Array
    z: Array
    shift: Array
    length: Array
    slope: Array
    line_variance: Array


@dataclass(frozen=True, slots=True, eq=False)
class ZoneReplicates:
    """The best zone of each sample; NaN where no pair of kinks makes one.

    Attributes
    ----------
    gain : (B,) array
        By how much it fits better than the straight line.
    low, high : (B,) arrays
        Where it begins and ends.
    below, inside, above : (B,) arrays
        Slopes.
    average : (B,) array
        Slope over the whole window.
    """

    gain: Array
    low: Array
    high: Array
    below: Array
    inside: Array
    above: Array
    average: Array

    @property
    def ratio(self) -> Array:
        """Slope in the zone as a share of the average slope."""
        return np.asarray(self.inside / self.average)

    @property
    def found(self) -> Mask:
        """Where there is a zone."""
        return np.isfinite(self.gain)


def bases(X: Array, H: Array, mean: Array, variance: Array) -> Bases:
    """Take the line out of the hinges of each sample.

    Parameters
    ----------
    X : (B, g) array
        Calibrated axis.
    H : (B, g, k) array
        Expected hinges.
    mean, variance : (B, g) arrays
        Of the bins.
    """
    root = 1 / np.sqrt(variance)
    precision = root**2
    total = precision.sum(axis=1, keepdims=True)
    x = X - (precision * X).sum(axis=1, keepdims=True) / total
    along = precision * x
    size = (along * x).sum(axis=1)
    y = mean - (precision * mean).sum(axis=1, keepdims=True) / total
    middle = np.matmul((precision / total)[:, None], H)
    shift = np.matmul((along / size[:, None])[:, None], H)
    Q = (H - middle - x[:, :, None] * shift) * root[:, :, None]
    length = np.sqrt(np.einsum("bgk,bgk->bk", Q, Q))
    kept = length > SHORTEST * length.max(axis=1, keepdims=True)
    scale = np.divide(1.0, length, out=np.zeros_like(length), where=kept)
    R = np.matmul(Q.transpose(0, 2, 1), Q) * scale[:, :, None] * scale[:, None]
    z = np.matmul((root * y)[:, None], Q)[:, 0] * scale
    slope = (along * y).sum(axis=1) / size
    return Bases(R, z, shift[:, 0], np.where(kept, length, np.inf), slope, 1 / size)


def best_zones(knots: Array, given: Bases, window: tuple[float, float]) -> Array:
    """Find the best zone of each sample among all pairs of kinks far enough apart.

    Parameters
    ----------
    knots : (k,) array
        Possible kinks.
    given : Bases
        From `bases`.
    window : (float, float)
        True scores over which the average slope is taken.

    Returns
    -------
    (7, B) array
        Rows as in `ZoneReplicates`.
    """
    best = np.full((6, len(given.z)), np.nan)
    best[0] = -np.inf
    for low in range(len(knots)):
        wide = np.searchsorted(knots, knots[low] + WIDTH - 1e-9)
        if wide < len(knots):
            _improve(best, knots, given, low, int(wide))
    gain, start, end, first, second, inside = best
    gain = np.where(np.isfinite(gain), gain, np.nan)
    below, above = inside - first, inside + second
    a, c = window
    rise = below * (start - a) + inside * (end - start) + above * (c - end)
    return np.stack([gain, start, end, below, inside, above, rise / (c - a)])


def _improve(best: Array, knots: Array, given: Bases, low: int, wide: int) -> None:
    """Compare the best zones so far with those that begin at one kink."""
    r = np.clip(given.R[:, low, wide:], -1 + 1e-9, 1 - 1e-9)
    spread = 1 / (1 - r**2)
    one, others = given.z[:, low, None], given.z[:, wide:]
    first, second = (one - r * others) * spread, (others - r * one) * spread
    unit = 1 / given.length[:, low, None]
    u = (1 - given.shift[:, low, None]) * unit
    v = -given.shift[:, wide:] / given.length[:, wide:]
    inside = given.slope[:, None] + u * first + v * second
    pulled_u, pulled_v = (u - r * v) * spread, (v - r * u) * spread
    variance = given.line_variance[:, None] + u * pulled_u + v * pulled_v
    gain = one * first + others * second
    shaped = (first < 0) & (second > 0)
    pull = np.minimum(inside, 0) / variance
    gain -= pull**2 * variance
    first -= pulled_u * pull
    second -= pulled_v * pull
    gain = np.where(shaped & (first < 0) & (second > 0), gain, -np.inf)
    at = gain.argmax(axis=1)
    rows = np.arange(len(at))
    better = gain[rows, at] > best[0]
    rows, at = rows[better], at[better]
    chosen = (
        gain[rows, at],
        np.full(len(at), knots[low]),
        knots[wide + at],
        first[rows, at] * unit[rows, 0],
        second[rows, at] / given.length[rows, wide + at],
        np.maximum((inside - pull * variance)[rows, at], 0),
    )
    best[:, rows] = np.stack(chosen)

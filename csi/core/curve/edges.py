"""Where a zone begins and ends, and how steep the curve is below, in and above it.

Intervals hold every value that is not refuted: an edge c, if the best zone with
that edge is not worse than the best of all by more than a critical value (they end at
the nearest places that are refuted, as nothing between two places is looked at); a
slope s, if some pair of kinks fits as well once its slope is s. The critical
value for edges is a little larger than that of chi2 (1), because edges are the
place of a maximum and not the centre of a parabola; simulations chose it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from csi.core.curve.bins import Bins
from csi.core.curve.hinges import Hinges
from csi.core.curve.zone_search import Flags, PairFits, Pairs, Places, fit_pairs, pairs
from csi.core.curve.zone_test import standardised
from csi.core.types import Array

SLOPE_CUT = 3.84
"""Twice the loss of log likelihood with which a slope is not refuted."""


@dataclass(frozen=True, slots=True, eq=False)
class Estimate:
    """A number with the interval of values that are not refuted."""

    value: float
    lower: float
    upper: float


@dataclass(frozen=True, slots=True, eq=False)
class Zone:
    """The best approximating curve of three straight pieces.

    Attributes
    ----------
    low, high : Estimate
        Where the zone begins and ends.
    below, inside, above : Estimate
        Slopes of the three pieces.
    average : float
        Slope over the whole window.
    intercept : float
        Of the first piece.
    open_low, open_high : bool
        Whether an interval of an edge ends where the data end.
    """

    low: Estimate
    high: Estimate
    below: Estimate
    inside: Estimate
    above: Estimate
    average: float
    intercept: float
    open_low: bool
    open_high: bool

    @property
    def ratio(self) -> float:
        """Slope in the zone as a share of the average slope."""
        return self.inside.value / self.average if self.average else np.nan

    def at(self, t: Array) -> Array:
        """Return the outcome at true scores."""
        first = (self.inside.value - self.below.value) * np.maximum(t - self.low.value, 0)
        second = (self.above.value - self.inside.value) * np.maximum(t - self.high.value, 0)
        return np.asarray(self.intercept + self.below.value * t + first + second)


def edge_cut(n: int) -> float:
    """Return twice the loss of log likelihood with which an edge is not refuted."""
    return 4.6 if 500 <= n <= 20_000 else 5.5


def design_effect(basis: Hinges, bins: Bins) -> float:
    """Return by how much clusters inflate the variance of what kinks add."""
    if bins.scatter is None:
        return 1.0
    spread = (((bins.scatter * basis.root) @ basis.Q.T) ** 2).sum(axis=0)
    return max(float(spread.mean()), 1.0)


def best_zone(basis: Hinges, bins: Bins, window: tuple[float, float]) -> Zone | None:
    """Estimate the zone, or return None where no pair of kinks makes one."""
    found = pairs(basis, window)
    z, b = standardised(basis, bins)
    fits = fit_pairs(found, z, b)
    gain = np.where(fits.zone, fits.gain, -np.inf)
    if not len(gain) or not np.isfinite(gain.max()):
        return None
    best = int(gain.argmax())
    effect = design_effect(basis, bins)
    cut = edge_cut(bins.n) * effect
    low, open_low = _edge(basis.knots, found.i, _by_edge(found, z, gain, True), best, cut)
    high, open_high = _edge(basis.knots, found.j, _by_edge(found, z, gain, False), best, cut)
    loss = SLOPE_CUT * effect
    kept = gain >= gain[best] - loss
    spare = (loss - gain[best] + fits.gain)[kept]
    lines = b - basis.line_variance * fits.pull
    below, inside, above = _slopes(basis, found, fits, lines)
    free = inside[0] + fits.pull * inside[1], inside[1]
    under, over = (_not_refuted(slope, spare, kept, best) for slope in (below, above))
    within = _not_refuted(free, spare + (fits.pull**2 * inside[1])[kept], kept, best)
    slope = 0.0 if fits.pull[best] < 0 else float(inside[0][best])
    within = Estimate(slope, max(within.lower, 0.0), within.upper)
    a, c = window
    first, second, third = (slope.value for slope in (under, within, over))
    parts = first * (low.value - a) + second * (high.value - low.value) + third * (c - high.value)
    i, j = found.i[best], found.j[best]
    intercept = (
        float(basis.start @ (basis.root * bins.mean))
        - fits.pull[best] * float(basis.start @ basis.line)
        - fits.first[best] * basis.start_shift[i] / basis.length[i]
        - fits.second[best] * basis.start_shift[j] / basis.length[j]
    )
    return Zone(
        low, high, under, within, over, parts / (c - a), float(intercept), open_low, open_high
    )


def _by_edge(found: Pairs, z: Array, gain: Array, lower: bool) -> Array:
    """Return the best gain with a kink at each place, which may be a kink of size zero."""
    here, other = (found.i, found.j) if lower else (found.j, found.i)
    allowed = found.wide & ((z[other] > 0) if lower else (z[other] < 0))
    without = np.where(allowed, z[other] ** 2, -np.inf)
    best = np.full(len(z), -np.inf)
    np.maximum.at(best, here, np.maximum(gain, without))
    return best


def _edge(
    knots: Array, place: Places, profile: Array, best: int, cut: float
) -> tuple[Estimate, bool]:
    possible = knots[np.isfinite(profile)]
    kept = np.flatnonzero(profile[np.isfinite(profile)] >= profile.max() - cut)
    first, last = max(kept[0] - 1, 0), min(kept[-1] + 1, len(possible) - 1)
    at_end = kept[0] == 0 or kept[-1] == len(possible) - 1
    lower, upper = possible[first], possible[last]
    return Estimate(float(knots[place[best]]), float(lower), float(upper)), bool(at_end)


def _slopes(
    basis: Hinges, found: Pairs, fits: PairFits, b: Array
) -> tuple[tuple[Array, Array], tuple[Array, Array], tuple[Array, Array]]:
    """Return slope and variance of each pair below, between and above its kinks."""
    i, j = found.i, found.j
    u0, v0 = -basis.shift[i] / basis.length[i], -basis.shift[j] / basis.length[j]
    pieces = (
        (u0, v0),
        (u0 + 1 / basis.length[i], v0),
        (u0 + 1 / basis.length[i], v0 + 1 / basis.length[j]),
    )
    below, inside, above = (
        (
            b + u * fits.first + v * fits.second,
            basis.line_variance + (u * u + v * v - 2 * found.r * u * v) * found.spread,
        )
        for u, v in pieces
    )
    return below, inside, above


def _not_refuted(slope: tuple[Array, Array], spare: Array, kept: Flags, best: int) -> Estimate:
    """Return a slope with every value that some pair of kinks allows."""
    value, variance = slope
    reach = np.sqrt(variance[kept] * spare)
    lower, upper = (value[kept] - reach).min(), (value[kept] + reach).max()
    return Estimate(float(value[best]), float(lower), float(upper))

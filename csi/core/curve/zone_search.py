"""The best curve with a zone against the best curve without one.

A zone is a pair of kinks within the window, first downwards and then upwards, at
least `WIDTH` points apart, with a slope between them that is not negative. Pairs
that bend in another order, single kinks and the straight line have no zone; their
kinks may also lie beyond the window, so that a bend out there does not make a
zone inside. ``D`` is by how much the
best zone fits better, in units of twice the log likelihood. Notation as in
`csi.core.curve.hinges`; leading axes of z and b are samples.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from csi.core.curve.hinges import Hinges
from csi.core.types import Array

WIDTH = 6.0
"""Points below which two kinks are a step of a staircase and not a zone."""

SAMPLES = 512
"""Samples handled at a time, so that they stay near the processor."""

Places = NDArray[np.intp]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """All pairs of kinks, with what does not depend on the outcomes.

    Attributes
    ----------
    i, j : (p,) arrays
        Places of the kinks, i below j, ordered by i.
    start : (k + 1,) array
        Where the pairs with each lower kink begin.
    r : (p,) array
        Product of the two hinges.
    spread : (p,) array
        1 / (1 - r^2).
    wide : (p,) array of bool
        Whether far enough apart for a zone, and both within the window.
    u, v : (p,) arrays
        What the coefficients are multiplied by in the slope between the kinks.
    variance : (p,) array
        Of that slope.
    pull_first, pull_second : (p,) arrays
        Covariances of the coefficients with it.
    """

    i: Places
    j: Places
    start: Places
    r: Array
    spread: Array
    wide: Flags
    u: Array
    v: Array
    variance: Array
    pull_first: Array
    pull_second: Array


def pairs(
    basis: Hinges, window: tuple[float, float] = (-np.inf, np.inf), width: float = WIDTH
) -> Pairs:
    """Prepare all pairs of kinks; those of a zone lie within the window."""
    i, j = np.triu_indices(len(basis.knots), 1)
    r = np.clip((basis.R)[i, j], -1 + 1e-9, 1 - 1e-9)
    spread = 1 / (1 - r**2)
    u = (1 - basis.shift[i]) / basis.length[i]
    v = -basis.shift[j] / basis.length[j]
    variance = basis.line_variance + (u**2 + v**2 - 2 * r * u * v) * spread
    wide = basis.knots[j] - basis.knots[i] >= width - 1e-9
    wide &= (basis.knots[i] >= window[0]) & (basis.knots[j] <= window[1])
    start = np.searchsorted(i, np.arange(len(basis.knots) + 1))
    pull = (u - r * v) * spread, (v - r * u) * spread
    return Pairs(i, j, start, r, spread, wide, u, v, variance, *pull)


@dataclass(frozen=True, slots=True, eq=False)
class PairFits:
    """Every pair of kinks fitted to one sample.

    Attributes
    ----------
    gain : (p,) array
        Fall of the weighted sum of squares, with the slope between the kinks kept from being
        negative where the pair is a zone.
    zone : (p,) array of bool
        Whether the pair is a zone.
    first, second : (p,) arrays
        Coefficients of the scaled hinges.
    inside : (p,) array
        Slope between the kinks.
    pull : (p,) array
        How far that slope was pulled up to zero, divided by its variance; not positive.
    """

    gain: Array
    zone: Flags
    first: Array
    second: Array
    inside: Array
    pull: Array


def fit_pairs(found: Pairs, z: Array, b: float) -> PairFits:
    """Fit every pair of kinks to one sample."""
    zi, zj = z[found.i], z[found.j]
    first = (zi - found.r * zj) * found.spread
    second = (zj - found.r * zi) * found.spread
    gain = zi * first + zj * second
    inside = b + found.u * first + found.v * second
    below = np.where((first < 0) & (second > 0) & found.wide, np.minimum(inside, 0), 0.0)
    pull = below / found.variance
    first = first - found.pull_first * pull
    second = second - found.pull_second * pull
    gain = gain - pull * pull * found.variance
    zone = (first < 0) & (second > 0) & found.wide
    return PairFits(gain, zone, first, second, inside - pull * found.variance, pull)


def advantage(found: Pairs, z: Array, b: Array) -> Array:
    """Return D, by how much the best zone fits better than anything without one.

    Parameters
    ----------
    found : Pairs
        All pairs of kinks.
    z : (m, k) array
        What each kink adds, for m samples.
    b : (m,) array
        Slopes of the straight lines.

    Returns
    -------
    (m,) array
        Minus infinity where no pair is a zone.
    """
    parts = [
        _advantage(found, z[at : at + SAMPLES].T, b[at : at + SAMPLES])
        for at in range(0, len(z), SAMPLES)
    ]
    return np.concatenate(parts)


def _advantage(found: Pairs, z: Array, b: Array) -> Array:
    """Go through the lower kinks; z is (k, m), so that samples lie side by side."""
    z = np.ascontiguousarray(z)
    none = (z**2).max(axis=0, initial=0.0)
    zone = np.full(z.shape[1], -np.inf)
    for low in range(len(z) - 1):
        here = slice(found.start[low], found.start[low + 1])
        r, spread = found.r[here, None], found.spread[here, None]
        one, others = z[low], z[low + 1 :]
        first = r * others
        np.subtract(one, first, out=first)
        first *= spread
        second = r * one
        np.subtract(others, second, out=second)
        second *= spread
        gain = others * second
        gain += one * first
        shaped = (first < 0) & (second > 0)
        at = np.flatnonzero(shaped & found.wide[here, None] & (gain > zone))
        parts = first.ravel()[at], second.ravel()[at], gain.ravel()[at]
        _raise(zone, found, here.start, at, parts, b)
        np.putmask(gain, shaped, 0.0)
        np.maximum(none, gain.max(axis=0), out=none)
    return np.asarray(zone - none)


def _raise(
    zone: Array, found: Pairs, start: int, at: Places, parts: tuple[Array, Array, Array], b: Array
) -> None:
    """Raise the best gains among zones, the slope between the kinks not negative."""
    first, second, gain = parts
    place, sample = np.divmod(at, len(zone))
    place += start
    below = np.minimum(b[sample] + found.u[place] * first + found.v[place] * second, 0)
    pull = below / found.variance[place]
    kept = first < found.pull_first[place] * pull
    kept &= second > found.pull_second[place] * pull
    np.maximum.at(zone, sample[kept], (gain - pull * below)[kept])

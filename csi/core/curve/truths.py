"""Curves that simulated customers follow, by name.

Every curve leads from a true satisfaction score t, 0 to 100, to the mean loyalty
at that score in points from 0 to 100, and mostly runs from about 10 to about 90.
A curve has no zone if it bends upwards up to some score and downwards after it,
so that its slope rises and then falls; stairs whose treads are narrower than the
narrowest zone count as having none.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from types import MappingProxyType

import numpy as np
from scipy.special import expit, ndtr

from csi.core.types import Array


@dataclass(frozen=True, slots=True)
class Truth:
    """A curve from true satisfaction to mean loyalty, both 0 to 100.

    Attributes
    ----------
    name : str
        What it is called.
    function : callable
        Takes an array of true scores, returns the mean loyalty at each.
    zone : bool
        Whether it has a zone.
    low, high : float
        Where its zone begins and ends; NaN without a zone, and where the curve is smooth.
    slopes : tuple of three floats, or empty
        Below, in and above the zone, in points of loyalty per point.
    """

    name: str
    function: Callable[[Array], Array] = field(repr=False)
    zone: bool = False
    low: float = np.nan
    high: float = np.nan
    slopes: tuple[float, ...] = ()

    def __call__(self, t: Array) -> Array:
        """Return the mean loyalty at true scores."""
        return self.function(t)


def broken(t: Array, start: float, kinks: tuple[float, ...], slopes: tuple[float, ...]) -> Array:
    """Return straight pieces that begin at ``start`` and change slope at the kinks."""
    value = start + slopes[0] * t
    for kink, before, after in zip(kinks, slopes[:-1], slopes[1:], strict=True):
        value = value + (after - before) * np.maximum(t - kink, 0)
    return np.asarray(value)


def rounded(
    t: Array, start: float, kinks: tuple[float, ...], slopes: tuple[float, ...], radius: float
) -> Array:
    """Return straight pieces whose slope changes smoothly round the kinks."""
    value = start + slopes[0] * t
    for kink, before, after in zip(kinks, slopes[:-1], slopes[1:], strict=True):
        value = value + (after - before) * radius * np.logaddexp(0, (t - kink) / radius)
    return np.asarray(value)


def power(t: Array, exponent: float, start: float = 10.0, rise: float = 80.0) -> Array:
    """Return a power of the share of the scale; convex above one, concave below."""
    return np.asarray(start + rise * (np.maximum(t, 0) / 100) ** exponent)


def saturating(t: Array, scale: float) -> Array:
    """Return an exponential approach to a limit."""
    return np.asarray(10 + 85 * -np.expm1(-t / scale))


def exploding(t: Array, scale: float) -> Array:
    """Return exponential growth from 10 to 90."""
    return np.asarray(10 + 80 * np.expm1(t / scale) / np.expm1(100 / scale))


def normal_rise(t: Array, middle: float, spread: float) -> Array:
    """Return the S of a normal distribution."""
    return np.asarray(10 + 80 * ndtr((t - middle) / spread))


def logistic_rise(t: Array, middle: float, spread: float) -> Array:
    """Return the S of a logistic distribution."""
    return np.asarray(5 + 90 * expit((t - middle) / spread))


def step(t: Array, at: float) -> Array:
    """Return two levels with a jump between them."""
    return np.where(t < at, 30.0, 75.0)


def stairs(t: Array, tread: float) -> Array:
    """Return flat treads with jumps between them, rising by 0.8 a point on the whole."""
    return np.asarray(10 + 0.8 * tread * np.floor(t / tread + 0.5))


def cubic(t: Array, middle: float, slope: float, bend: float, level: float) -> Array:
    """Return a cubic that is flattest at its middle, where it has this slope and level."""
    apart = t - middle
    return np.asarray(level + slope * apart + bend * apart**3)


def _pieces(name: str, start: float, kinks: tuple[float, ...], slopes: tuple[float, ...]) -> Truth:
    return Truth(name, partial(broken, start=start, kinks=kinks, slopes=slopes))


def _zone(
    name: str, start: float, kinks: tuple[float, float], slopes: tuple[float, float, float]
) -> Truth:
    curve = partial(broken, start=start, kinks=kinks, slopes=slopes)
    return Truth(name, curve, True, *kinks, slopes)


NO_ZONE = (
    _pieces("linear", 10, (), (0.8,)),
    _pieces("weak", 45, (), (0.3,)),
    _pieces("flat", 60, (), (0.0,)),
    Truth("power1.5", partial(power, exponent=1.5)),
    Truth("quadratic", partial(power, exponent=2.0)),
    Truth("power3", partial(power, exponent=3.0)),
    Truth("exponential", partial(exploding, scale=30.0)),
    _pieces("hockey40", 10, (40,), (0.2, 1.2)),
    _pieces("hockey60", 10, (60,), (0.3, 1.6)),
    _pieces("hockey75", 10, (75,), (0.4, 2.0)),
    _pieces("hockey85", 10, (85,), (0.5, 2.4)),
    _pieces("convex_pieces", 10, (45, 75), (0.2, 0.8, 1.8)),
    Truth("power0.4", partial(power, exponent=0.4)),
    Truth("power0.6", partial(power, exponent=0.6)),
    Truth("saturating", partial(saturating, scale=35.0)),
    _pieces("kink40", 10, (40,), (1.4, 0.4)),
    _pieces("kink50", 10, (50,), (1.3, 0.4)),
    _pieces("kink60", 10, (60,), (1.1, 0.3)),
    _pieces("kink75", 10, (75,), (1.0, 0.2)),
    _pieces("concave_pieces", 10, (45, 75), (1.3, 0.7, 0.1)),
    Truth("sigmoid", partial(normal_rise, middle=60.0, spread=18.0)),
    Truth("logistic", partial(logistic_rise, middle=70.0, spread=8.0)),
    Truth("step", partial(step, at=70.0)),
    Truth("stairs", partial(stairs, tread=5.0)),
    _pieces("ceiling", 15, (76,), (1.05, 0.0)),
    _pieces("hockey_ceiling", 10, (50, 85), (0.2, 2.0, 0.0)),
)
"""Curves without a zone."""

ZONES = (
    _zone("z10", 2, (62, 72), (0.9, 0.05, 1.35)),
    _zone("z20", 4, (55, 75), (0.9, 0.05, 1.6)),
    Truth(
        "z20s",
        partial(rounded, start=4, kinks=(55, 75), slopes=(0.9, 0.05, 1.6), radius=2.0),
        True, 55, 75, (0.9, 0.05, 1.6),
    ),
    _zone("z20w", 6, (55, 75), (0.9, 0.35, 1.2)),
    _zone("z30", 8, (48, 78), (0.9, 0.05, 1.6)),
    Truth(
        "zcub", partial(cubic, middle=62.0, slope=0.03, bend=0.0003, level=77.0), True,
    ),
)  # fmt: skip
"""Curves with a zone."""

TRUTHS = MappingProxyType({truth.name: truth for truth in (*NO_ZONE, *ZONES)})
"""All curves by name."""

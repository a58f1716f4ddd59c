"""Satisfaction of simulated customers, and the items they answer.

Notation::

    S          latent satisfaction; 0 to 100 are the ends of the scale
    y_j        answer to item j, 1 to K_j: the number of cuts of j below
               S + offset_j + style + e_j, plus one
    W          composite, sum of w_j (y_j - 1) / (K_j - 1) 100, weights summing to one
    T = E[W | S]   the true score
    sigma      standard deviation of e_j, up to the item's own factor

The reliability var(T) / var(W) is stated and sigma found for it. The style, which
makes some respondents answer all items higher, counts as error: it is shared by the
items, so that coefficients computed from them overrate the reliability.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, get_args

import numpy as np
from scipy.optimize import brentq
from scipy.special import betainc, ndtr, stdtr

from csi.core.types import Array
from csi.errors import OptionError

Latent = Literal["beta", "heavy", "bimodal", "normal", "beta52", "t"]
Errors = Literal["normal", "t4", "t6"]
Sampler = Callable[[np.random.Generator, int], Array]

STYLE = 15.0
"""Points by which yea-sayers answer every item higher."""

EDGES = np.linspace(-100, 200, 6_001)
"""Cells of S for which true scores and their spread are computed."""

CENTRES = (EDGES[1:] + EDGES[:-1]) / 2

_SIGMAS = (0.1, 300.0)
"""Item errors between which the one of a reliability is looked for, in points."""

_FREEDOM = {"t4": 4, "t6": 6}


@dataclass(frozen=True, slots=True)
class Satisfaction:
    """A distribution of satisfaction and the items that measure it.

    Attributes
    ----------
    latent : {"beta", "heavy", "bimodal", "normal", "beta52", "t"}
        Distribution of S: Beta(3, 1.1), with mean 73, standard deviation 20 and
        skewness -0.8; Laplace; two normal ones; normal; Beta(5, 2); t with 5 degrees
        of freedom.
    reliability : float
        Of the composite, above 0. With 1 nothing is rounded: W and T are S, cut off at
        the ends of the scale.
    weights : tuple of float
        Of the items in the composite, summing to one; there are as many items.
    levels : int or tuple of int
        Answers to choose from, of all items or of each.
    offsets : tuple of float
        Points by which each item is answered higher; none by default.
    factors : tuple of float
        Errors of the items relative to each other; equal by default.
    cuts : tuple of tuples of float
        For each item the points of S at which the next answer begins; half-way between
        neighbouring answers by default.
    errors : {"normal", "t4", "t6"}
        Their distribution.
    yea_sayers : float
        Share of respondents who answer every item `STYLE` points higher.
    """

    latent: Latent = "beta"
    reliability: float = 0.8
    weights: tuple[float, ...] = (0.35, 0.33, 0.32)
    levels: int | tuple[int, ...] = 10
    offsets: tuple[float, ...] = ()
    factors: tuple[float, ...] = ()
    cuts: tuple[tuple[float, ...], ...] = ()
    errors: Errors = "normal"
    yea_sayers: float = 0.0

    def __post_init__(self) -> None:
        """Refuse what cannot be drawn."""
        if self.latent not in get_args(Latent):
            raise OptionError(f"latent is {self.latent!r}. Known: {', '.join(get_args(Latent))}.")
        if self.errors not in get_args(Errors):
            raise OptionError(f"errors is {self.errors!r}. Known: {', '.join(get_args(Errors))}.")
        if not 0 < self.reliability <= 1:
            raise OptionError(f"The reliability is {self.reliability}. It is above 0 and up to 1.")
        if not np.isclose(sum(self.weights), 1):
            raise OptionError(f"The weights sum to {sum(self.weights):g}. Let them sum to 1.")
        for name in ("offsets", "factors", "cuts"):
            if len(getattr(self, name)) not in (0, len(self.weights)):
                raise OptionError(f"Give {name} for each of the {len(self.weights)} items.")
        if any(len(cut) != k - 1 for cut, k in zip(self.cuts, self.grades, strict=False)):
            raise OptionError("An item with K answers has K - 1 cuts.")
        unlike = (self.offsets, self.factors, self.cuts, self.yea_sayers)
        if self.exact and any(unlike):
            raise OptionError("With reliability 1 items have no offsets, factors, cuts or style.")

    @property
    def exact(self) -> bool:
        """Whether the composite is the true score."""
        return self.reliability == 1

    @property
    def grades(self) -> tuple[int, ...]:
        """Answers to choose from, item by item."""
        if isinstance(self.levels, tuple):
            return self.levels
        return (self.levels,) * len(self.weights)

    def composite(self, items: Array) -> Array:
        """Return W, in points from 0 to 100, of (n, j) answers."""
        span = np.array(self.grades) - 1.0
        return np.asarray((items - 1) @ (100 * np.array(self.weights) / span))


TYPICAL = Satisfaction()
"""Satisfaction as surveys find it: skewed, by three items in ten grades, with reliability 0.8."""


@dataclass(frozen=True, slots=True, eq=False)
class Measured:
    """What follows from a `Satisfaction`.

    Attributes
    ----------
    sigma : (j,) array
        Standard deviations of the item errors.
    T : (s,) array
        True scores at the `CENTRES` of the cells of S.
    probability : (s,) array
        Share of customers in each cell.
    """

    sigma: Array
    T: Array
    probability: Array


@lru_cache(maxsize=256)
def measured(satisfaction: Satisfaction) -> Measured:
    """Find the item errors of a stated reliability, and the true scores.

    Raises
    ------
    OptionError
        If the style alone makes the composite less reliable than that.
    """
    below = _LATENTS[satisfaction.latent][0](EDGES[1:-1])
    probability = np.diff(below, prepend=0.0, append=1.0)
    if satisfaction.exact:
        none = np.zeros(len(satisfaction.weights))
        return Measured(none, np.clip(CENTRES, 0, 100), probability)
    sigma = _sigma(satisfaction, probability)
    factors = np.array(satisfaction.factors or (1.0,) * len(satisfaction.weights))
    return Measured(sigma * factors, _moments(satisfaction, sigma)[0], probability)


def draw_latent(satisfaction: Satisfaction, n: int, rng: np.random.Generator) -> Array:
    """Draw S of n customers."""
    return _LATENTS[satisfaction.latent][1](rng, n)


def true_score(satisfaction: Satisfaction, S: Array) -> Array:
    """Return T of customers with these latent scores."""
    if satisfaction.exact:
        return np.clip(S, 0, 100)
    return np.interp(S, CENTRES, measured(satisfaction).T)


def draw_answers(satisfaction: Satisfaction, S: Array, rng: np.random.Generator) -> Array:
    """Draw the answers of customers with these latent scores.

    Returns
    -------
    (n, j) array
        From 1 on; whole numbers unless the reliability is 1.
    """
    spans = np.array(satisfaction.grades) - 1.0
    if satisfaction.exact:
        return np.asarray(1 + np.clip(S, 0, 100)[:, None] / 100 * spans)
    if satisfaction.yea_sayers:
        S = S + STYLE * (rng.random(len(S)) < satisfaction.yea_sayers)
    items = np.empty((len(S), len(spans)), order="F")
    error = draw_errors(satisfaction.errors, (len(spans), len(S)), rng)
    sigma = measured(satisfaction).sigma
    for j, (offset, cuts) in enumerate(_items(satisfaction)):
        position = S + offset + sigma[j] * error[j]
        if satisfaction.cuts:
            items[:, j] = 1 + np.searchsorted(cuts, position)
        else:
            items[:, j] = 1 + np.clip(np.rint(position * (spans[j] / 100)), 0, spans[j])
    return items


def draw_errors(kind: Errors, size: tuple[int, ...], rng: np.random.Generator) -> Array:
    """Draw errors of variance one."""
    if kind == "normal":
        return rng.standard_normal(size)
    freedom = _FREEDOM[kind]
    drawn: Array = rng.standard_t(freedom, size) * np.sqrt((freedom - 2) / freedom)
    return drawn


def error_below(kind: Errors, x: Array) -> Array:
    """Return the probability that an error of variance one is below x."""
    if kind == "normal":
        return np.asarray(ndtr(x))
    freedom = _FREEDOM[kind]
    return np.asarray(stdtr(freedom, x / np.sqrt((freedom - 2) / freedom)))


def _items(satisfaction: Satisfaction) -> Iterator[tuple[float, Array]]:
    """Yield the offset and the cuts of each item."""
    for j, levels in enumerate(satisfaction.grades):
        offset = satisfaction.offsets[j] if satisfaction.offsets else 0.0
        middle = (np.arange(levels - 1) + 0.5) / (levels - 1) * 100
        yield offset, np.array(satisfaction.cuts[j]) if satisfaction.cuts else middle


def _sigma(satisfaction: Satisfaction, probability: Array) -> float:
    def excess(log_sigma: float) -> float:
        mean, variance = _moments(satisfaction, float(np.exp(log_sigma)))
        between = probability @ (mean - probability @ mean) ** 2
        within = probability @ variance
        return float(between / (between + within)) - satisfaction.reliability

    low, high = np.log(_SIGMAS)
    best = excess(low)
    if best < 0:
        raise OptionError(
            f"No item error gives the composite a reliability of {satisfaction.reliability:g}; it "
            f"is at most {best + satisfaction.reliability:.3f}. Lower it, or let fewer respondents "
            "be yea-sayers."
        )
    return float(np.exp(brentq(excess, low, high, xtol=1e-9)))


def _moments(satisfaction: Satisfaction, sigma: float) -> tuple[Array, Array]:
    """Return mean and variance of the composite at each centre, over styles and errors."""
    share = satisfaction.yea_sayers
    plain = _moments_of_style(satisfaction, sigma, 0.0)
    if not share:
        return plain
    higher = _moments_of_style(satisfaction, sigma, STYLE)
    mean, variance = ((1 - share) * a + share * b for a, b in zip(plain, higher, strict=True))
    return mean, variance + share * (1 - share) * (higher[0] - plain[0]) ** 2


def _moments_of_style(
    satisfaction: Satisfaction, sigma: float, style: float
) -> tuple[Array, Array]:
    mean, variance = np.zeros_like(CENTRES), np.zeros_like(CENTRES)
    factors = satisfaction.factors or (1.0,) * len(satisfaction.weights)
    for (offset, cuts), weight, factor in zip(
        _items(satisfaction), satisfaction.weights, factors, strict=True
    ):
        apart = (CENTRES[:, None] + offset + style - cuts) / (sigma * factor)
        above = error_below(satisfaction.errors, apart)
        value = 100 / len(cuts)
        mean_j = value * above.sum(axis=1)
        square = value**2 * (above * (2 * np.arange(len(cuts)) + 1)).sum(axis=1)
        mean += weight * mean_j
        variance += weight**2 * (square - mean_j**2)
    return mean, variance


def _laplace(x: Array) -> Array:
    apart = (x - 70) / 12
    tail = 0.5 * np.exp(-np.abs(apart))
    return np.where(apart < 0, tail, 1 - tail)


def _two_normal(rng: np.random.Generator, n: int) -> Array:
    lower = rng.random(n) < 0.4
    return np.where(lower, 45.0, 82.0) + np.where(lower, 10.0, 8.0) * rng.standard_normal(n)


_LATENTS: dict[str, tuple[Callable[[Array], Array], Sampler]] = {
    "beta": (
        lambda x: betainc(3, 1.1, np.clip(x / 100, 0, 1)),
        lambda rng, n: 100 * rng.beta(3, 1.1, n),
    ),
    "heavy": (_laplace, lambda rng, n: rng.laplace(70, 12, n)),
    "bimodal": (lambda x: 0.4 * ndtr((x - 45) / 10) + 0.6 * ndtr((x - 82) / 8), _two_normal),
    "normal": (lambda x: ndtr((x - 70) / 16), lambda rng, n: rng.normal(70, 16, n)),
    "beta52": (
        lambda x: betainc(5, 2, np.clip(x / 100, 0, 1)),
        lambda rng, n: 100 * rng.beta(5, 2, n),
    ),
    "t": (lambda x: stdtr(5, (x - 70) / 13), lambda rng, n: 70 + 13 * rng.standard_t(5, n)),
}
"""Distribution functions of S, and how it is drawn."""

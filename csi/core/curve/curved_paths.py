"""Answers to the items of constructs, one of which follows a curve of another.

Notation, besides that of `csi.core.simulate`::

    x_i      answer to item i as a share of its scale
    T(eta)   true score of a construct: 100 times the mean of E[x_i | eta] over its items
    v        what the curve, and other causes, make of the true scores of the causes
    M        true score of the effect: l(v) + noise, cut off at 0 and 100

l is chosen so that E[M] = v in spite of the ends. The items of the effect are
answered at the eta whose true score is M. An item without error cannot be: its
answer is one of the two grades next to M, drawn so that their mean is M.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.polynomial.hermite_e import hermegauss
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from csi.core.simulate import Distribution, continuous, grade_cuts
from csi.core.types import Array, Mask

Grades = NDArray[np.int64]

GRID = np.linspace(-12, 12, 1_001)
"""Values of normal variables at which smooth functions of them are tabulated."""

NODES = ndtri((np.arange(2_000) + 0.5) / 2_000)
"""A standard normal construct in 2,000 equally likely values."""

NEARLY_EXACT = 0.9999
"""Loading from which a smaller error would change nothing."""

_REACH = 12.0
"""Standard deviations beyond which noise is not looked for."""


@dataclass(frozen=True, slots=True, eq=False)
class ItemSet:
    """How the items of one construct are answered.

    Attributes
    ----------
    loading : (j,) array
        On the construct.
    levels : (j,) array of whole numbers
        Grades to choose from; 0 where answers are not rounded.
    mean, sd : (j,) arrays
        Of the answers, as shares of the scale, when the construct is standard normal.
    distribution : {"beta", "normal"}
        Their shape.
    """

    loading: Array
    levels: Grades
    mean: Array
    sd: Array
    distribution: Distribution

    def part(self, which: Mask) -> ItemSet:
        """Return some of the items."""
        loading, levels = self.loading[which], self.levels[which]
        return ItemSet(loading, levels, self.mean[which], self.sd[which], self.distribution)


def true_score(items: ItemSet, eta: Array) -> Array:
    """Return the mean answer, 0 to 100, of respondents with these values of the construct."""
    return _moments(items, eta)[0]


def reliability(items: ItemSet, eta: Array) -> float:
    """Return the share of the variance of the mean answer that true scores have.

    ``eta`` holds equally likely values of the construct.
    """
    T, variance = _moments(items, eta)
    return float(T.var() / (T.var() + variance.mean()))


def reliable_loading(items: ItemSet, wanted: float) -> float:
    """Return the loading of all items that gives a normal construct this reliability."""
    if wanted == 1:
        return 1.0
    return _bisected(lambda loading: reliability(with_loading(items, loading), NODES), wanted)


def with_loading(items: ItemSet, loading: float) -> ItemSet:
    """Return the items with the same loading for all."""
    return replace(items, loading=np.full(len(items.mean), loading))


def effect_items(items: ItemSet, mean: float, sd: float) -> ItemSet:
    """Return the items of an effect whose true score has this mean and standard deviation."""
    most = 0.95 * np.sqrt(mean / 100 * (1 - mean / 100))
    spread = np.minimum(sd / 100 / items.loading, most)
    return replace(items, mean=np.full_like(items.loading, mean / 100), sd=spread)


def effect_reliability(items: ItemSet, M: Array) -> float:
    """Return the reliability of the mean answer of an effect, given equally likely M."""
    _, variance = _moments(items, standing(items, M))
    return float(M.var() / (M.var() + variance.mean()))


def reliable_effect_loading(items: ItemSet, M: Array, wanted: float) -> float | None:
    """Return the loading that gives an effect this reliability; None if rounding forbids it."""

    def reached(loading: float) -> float:
        same = effect_items(with_loading(items, loading), float(M.mean()), float(M.std()))
        return effect_reliability(same, M)

    return _bisected(reached, wanted) if reached(NEARLY_EXACT) >= wanted else None


def standing(items: ItemSet, M: Array) -> Array:
    """Return the values of the construct whose true scores are M."""
    reach = _REACH / float(items.loading.min())
    eta = np.linspace(-reach, reach, 4_001)
    return np.interp(M, true_score(items, eta), eta)


def exact_shares(levels: int, M: Array, z: Array) -> Array:
    """Answer an item without error: M itself, or one of the grades next to it by chance z."""
    if not levels:
        return np.asarray(M / 100)
    last = levels - 1
    return np.asarray(np.minimum(np.floor(M / 100 * last + ndtr(z)), last) / last)


def bounded(v: Array, noise: float, z: Array) -> Array:
    """Add normal noise to v, of mean v within 0 and 100.

    Parameters
    ----------
    v : (n,) array
        Means, 0 to 100.
    noise : float
        Standard deviation before what lies beyond the ends is moved there.
    z : (n,) array
        Standard normal values.
    """
    if not noise:
        return v
    level = np.linspace(-_REACH * noise, 100 + _REACH * noise, 6_001)
    mean = _part_above(level, noise) - _part_above(level - 100, noise)
    return np.asarray(np.clip(np.interp(v, mean, level) + noise * z, 0, 100))


def _part_above(level: Array, sd: float) -> Array:
    """Return the mean of the positive part of a normal variable."""
    a = level / sd
    return np.asarray(level * ndtr(a) + sd * np.exp(-0.5 * a**2) / np.sqrt(2 * np.pi))


def _moments(items: ItemSet, eta: Array) -> tuple[Array, Array]:
    """Return mean and variance of the mean answer, 0 to 100, given the construct."""
    mean, variance = np.zeros_like(eta), np.zeros_like(eta)
    for i in range(len(items.mean)):
        graded = _graded_moments if items.levels[i] else _continuous_moments
        of_item = graded(items, i, eta)
        mean += of_item[0]
        variance += of_item[1]
    p = len(items.mean)
    return 100 / p * mean, (100 / p) ** 2 * variance


def _graded_moments(items: ItemSet, i: int, eta: Array) -> tuple[Array, Array]:
    loading, levels = items.loading[i], int(items.levels[i])
    cuts = grade_cuts(levels, float(items.mean[i]), float(items.sd[i]), items.distribution)
    apart = loading * eta[:, None] - cuts
    error = np.sqrt(1 - loading**2)
    above = ndtr(apart / error) if error else (apart > 0).astype(np.float64)
    mean = above.sum(axis=1) / (levels - 1)
    square = (above * (2 * np.arange(levels - 1) + 1)).sum(axis=1) / (levels - 1) ** 2
    return mean, square - mean**2


def _continuous_moments(items: ItemSet, i: int, eta: Array) -> tuple[Array, Array]:
    loading, mean, sd = (float(v[i]) for v in (items.loading, items.mean, items.sd))
    if items.distribution == "normal":
        share = mean + sd * loading * eta
        return share, np.full_like(eta, sd**2 * (1 - loading**2))
    x, weight = hermegauss(24)
    weight = weight / weight.sum()
    table = continuous(GRID, mean, sd, "beta")
    at = np.interp(GRID[:, None] + np.sqrt(1 - loading**2) * x, GRID, table)
    first, second = at @ weight, at**2 @ weight
    where = loading * eta
    return np.interp(where, GRID, first), np.interp(where, GRID, second - first**2)


def _bisected(increasing: Callable[[float], float], wanted: float) -> float:
    low, high = 1e-3, NEARLY_EXACT
    for _ in range(30):
        middle = (low + high) / 2
        low, high = (middle, high) if increasing(middle) < wanted else (low, middle)
    return (low + high) / 2

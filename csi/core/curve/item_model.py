"""How rated items answer to what a customer really feels.

A latent score S, in points of the scale, meets the error of each item; the
answer is the category in which the sum falls::

    y_j = k   if   c_jk <= S + e_j < c_j,k+1,   e_j normal with sd sigma_j

The true score is the mean of the composite such a customer would give,
``T(S) = E[sum_j w_j y_j | S]``, in points from 0 to 100. Cuts lie half-way
between neighbouring answers at first; `matched_cuts` moves them until each item
has the distribution of answers that was observed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.special import ndtr

from csi.core.curve.bins import bin_of
from csi.core.types import Array

GRID = np.linspace(-15, 115, 101)
"""Latent scores."""

RARE = 1e-6
"""Share of answers below which a category is as good as never used."""

MOST_VALUES = 2048
"""Values of a composite told apart while items are added up."""


@dataclass(frozen=True, slots=True, eq=False)
class Items:
    """What is known of the items of a composite.

    Attributes
    ----------
    weights : (j,) array
        Of the composite, summing to one.
    values : tuple of (K_j,) arrays
        Answers of each item in points from 0 to 100, increasing.
    shares : tuple of (K_j,) arrays
        How frequent each answer is.
    error : (j,) array
        Standard deviation of the error of the answers to each item, up to a common factor.
    """

    weights: Array
    values: tuple[Array, ...]
    shares: tuple[Array, ...]
    error: Array


def halfway_cuts(items: Items) -> list[Array]:
    """Return cuts half-way between neighbouring answers."""
    return [(values[1:] + values[:-1]) / 2 for values in items.values]


def matched_cuts(items: Items, sigma: Array, density: Array) -> list[Array]:
    """Return cuts with which each item has its observed distribution of answers.

    Parameters
    ----------
    items : Items
        With observed shares.
    sigma : (j,) array
        Error of each item.
    density : (s,) array
        Probabilities of the latent scores.
    """
    found = []
    for shares, sd in zip(items.shares, sigma, strict=True):
        places = np.linspace(GRID[0] - 4 * sd, GRID[-1] + 4 * sd, 200)
        reached = density @ ndtr((places - GRID[:, None]) / sd)
        below = np.clip(np.cumsum(shares)[:-1], RARE, 1 - RARE)
        found.append(np.interp(below, reached, places))
    return found


def answer_probabilities(cuts: Array, sd: float) -> Array:
    """Return (s, K) probabilities of the answers of one item at each latent score."""
    below = ndtr((cuts - GRID[:, None]) / sd)
    edges = np.zeros((len(GRID), 1))
    return np.diff(below, prepend=edges, append=edges + 1)


@dataclass(frozen=True, slots=True, eq=False)
class Answering:
    """The composite that each latent score gives.

    Attributes
    ----------
    chance : (g, s) array
        Probability of each bin of the composite at each latent score.
    T : (s,) array
        True score: mean of the composite.
    variance : (s,) array
        Variance of the composite.
    """

    chance: Array
    T: Array
    variance: Array


def answering(items: Items, sigma: Array, cuts: Sequence[Array]) -> Answering:
    """Return the distribution of the composite at each latent score."""
    chance = np.ones((1, len(GRID)))
    T, variance = np.zeros(len(GRID)), np.zeros(len(GRID))
    joins = _joins(tuple(items.weights.tolist()), tuple(tuple(v.tolist()) for v in items.values))
    for j, (w, answers) in enumerate(zip(items.weights, items.values, strict=True)):
        probability = answer_probabilities(cuts[j], float(sigma[j]))
        mean = probability @ answers
        T += w * mean
        variance += w**2 * (probability @ answers**2 - mean**2)
        both = chance[:, None] * np.ascontiguousarray(probability.T)
        chance = joins[j] @ both.reshape(-1, len(GRID))
    return Answering(chance, T, variance)


def item_variances(items: Items, sigma: Array, cuts: Sequence[Array]) -> Array:
    """Return the (j, s) error variances of the items at each latent score."""
    chances = [answer_probabilities(cut, float(sd)) for cut, sd in zip(cuts, sigma, strict=True)]
    return np.stack(
        [
            chance @ answers**2 - (chance @ answers) ** 2
            for chance, answers in zip(chances, items.values, strict=True)
        ]
    )


def composite_variance(items: Items, sigma: Array, cuts: Sequence[Array]) -> Array:
    """Return the error variance of the composite at each latent score."""
    total: Array = items.weights**2 @ item_variances(items, sigma, cuts)
    return total


def unique_shares(cov: Array) -> Array:
    """Return each item's share of variance that it has for itself, under one common factor.

    A loading follows from every two other items, ``l_j^2 = s_jk s_jl / s_kl``; their sums are
    divided, so that no single small covariance matters. Two items have equal shares.

    Parameters
    ----------
    cov : (j, j) array
        Covariances of the items.
    """
    sd = np.sqrt(np.diagonal(cov))
    R = cov / np.outer(sd, sd)
    p = len(R)
    if p == 2:
        return np.full(2, 1 - R[0, 1])
    off = R - np.eye(p)
    twice = off @ off  # sum over k of r_jk r_kl
    common = np.empty(p)
    for j in range(p):
        others = np.delete(np.arange(p), j)
        among = off[np.ix_(others, others)].sum()
        through = off[j, others].sum() ** 2 - (off[j, others] ** 2).sum()
        common[j] = through / among if among > 0 else twice[j, j] / (p - 1)
    return 1 - np.clip(common, 0.02, 0.98)


def congeneric_reliability(cov: Array, weights: Array) -> float:
    """Return the reliability of a composite of items with one common factor."""
    unique = unique_shares(cov) * np.diagonal(cov)
    return float(1 - (weights**2 * unique).sum() / (weights @ cov @ weights))


@lru_cache(maxsize=32)
def _joins(weights: tuple[float, ...], values: tuple[tuple[float, ...], ...]) -> tuple[Any, ...]:
    """Return for each item which sums of the items so far are one; of all items, which one bin."""
    reached, found = np.zeros(1), []
    for w, answers in zip(weights, values, strict=True):
        reached, place = _merged((reached[:, None] + w * np.array(answers)).ravel())
        found.append((place, len(reached)))
    found[-1] = bin_of(reached)[place], 101
    return tuple(
        sparse.csr_array(
            (np.ones(len(place)), (place, np.arange(len(place)))), (number, len(place))
        )
        for place, number in found
    )


def _merged(values: Array) -> tuple[Array, NDArray[np.intp]]:
    """Join equal values, and near ones where there are too many; also say which is where."""
    rounded = np.round(values, 9)
    kept, place = np.unique(rounded, return_inverse=True)
    if len(kept) > MOST_VALUES:
        step = (kept[-1] - kept[0]) / MOST_VALUES
        place = ((rounded - kept[0]) / step).astype(np.intp)
        _, place = np.unique(place, return_inverse=True)
        kept = np.bincount(place, rounded) / np.bincount(place)
    return kept, place

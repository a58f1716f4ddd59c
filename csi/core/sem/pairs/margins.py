"""Ordered and continuous items, each on its own: the first of two steps.

An ordered item is a standard normal variable that was cut into categories; a
continuous item is normal itself. Notation, of n respondents, o ordered and c
continuous items among p::

    w     (n,)        weights with sum n
    cuts  (o, C + 1)  thresholds between -INFINITE and INFINITE; items with fewer than C
                      categories are filled up with INFINITE: categories nobody is in
    z     (n, c)      standardised answers, 0 where there is none
    Y     (n, p)      z, and the expected normal variable of each category
    s1    (n, m1)     scores: derivatives of each respondent's log-likelihoods by thresholds
                      or mean, item by item, and then by variances of continuous items

Categories are those that were chosen. One that nobody chose has no threshold
of its own and is left out, as in Mplus and, of numbers, in lavaan.

References
----------
Olsson, U. (1979). Maximum likelihood estimation of the polychoric correlation
coefficient. Psychometrika 44(4), 443-460. doi:10.1007/BF02296207
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from csi.core.design import Codes
from csi.core.sem.pairs.bivariate_normal import INFINITE, normal_density
from csi.core.types import Array, Mask

CELLS = 2**20
"""Numbers made of rows at a time, 8 MB."""

_DEPENDENT = 1e-8


@dataclass(frozen=True, slots=True, eq=False)
class Margins:
    """What each item says on its own.

    Attributes
    ----------
    is_ordered : (p,) array of bool
        Which items are ordered.
    w : (n,) array
        Weights with sum n.
    answered : (n, p) array
        1 where there is an answer, else 0.
    categories : tuple of o arrays
        The codes that were chosen.
    codes : (n, o) array of int
        Position of each answer among them; C where there is no answer.
    counts, cuts : (o, C) and (o, C + 1) arrays
        Weighted answers in each category, and its limits.
    mean, var : (p,) arrays
        Of the continuous items, divisor n; 0 and 1 of the ordered ones.
    z : (n, c) array
        Standardised answers to the continuous items.
    """

    is_ordered: Mask
    w: Array
    answered: Array
    categories: tuple[Array, ...]
    codes: Codes
    counts: Array
    cuts: Array
    mean: Array
    var: Array
    z: Array

    @property
    def ordered(self) -> Codes:
        """Places of the ordered items among all."""
        return np.flatnonzero(self.is_ordered)

    @property
    def continuous(self) -> Codes:
        """Places of the continuous items among all."""
        return np.flatnonzero(~self.is_ordered)

    @property
    def undefined(self) -> Mask:
        """Items that do not vary, or that nobody answered, (p,)."""
        constant = ~(self.var > 0)
        constant[self.ordered] = [len(codes) < 2 for codes in self.categories]
        return constant

    @property
    def places(self) -> tuple[list[Codes], Codes]:
        """Places among s1 of the thresholds or mean of each item, and of the variances."""
        sizes = np.ones(len(self.var), dtype=np.intp)
        sizes[self.ordered] = [len(codes) - 1 for codes in self.categories]
        ends = np.cumsum(sizes)
        first = [np.arange(end - size, end) for end, size in zip(ends, sizes, strict=True)]
        return first, ends[-1] + np.arange(len(self.continuous))

    @property
    def n_own(self) -> int:
        """Number of statistics of single items, m1."""
        return sum(len(codes) - 1 for codes in self.categories) + 2 * len(self.continuous)

    @property
    def together(self) -> Array:
        """Weighted answers to both items of each pair, (p, p)."""
        return self.answered.T @ (self.answered * self.w[:, None])

    def by_item(self, of_ordered: Sequence[Array]) -> tuple[Array, ...]:
        """Return what ordered items have, with nothing for the continuous ones."""
        remaining = iter(of_ordered)
        return tuple(next(remaining) if known else np.empty(0) for known in self.is_ordered)

    def thresholds(self) -> list[Array]:
        """Return the thresholds of each ordered item."""
        return [
            cuts[1 : len(codes)] for cuts, codes in zip(self.cuts, self.categories, strict=True)
        ]

    def parts(self, width: int) -> Iterator[slice]:
        """Yield as many rows at a time as hold CELLS numbers, ``width`` in each row."""
        size = max(CELLS // max(width, 1), 1)
        for start in range(0, len(self.w), size):
            yield slice(start, start + size)

    def normal_scores(self) -> tuple[Array, Array]:
        """Return Y, and the variance (p,) of its columns if the answers are normal."""
        density = normal_density(self.cuts)
        share = self.counts / np.maximum(self.counts.sum(axis=1, keepdims=True), 1)
        middle = (density[:, :-1] - density[:, 1:]) / np.where(share > 0, share, 1)
        Y, variance = np.zeros(self.answered.shape), np.ones(len(self.is_ordered))
        Y[:, self.ordered] = np.pad(middle, ((0, 0), (0, 1)))[np.arange(len(middle)), self.codes]
        Y[:, self.continuous] = self.z
        variance[self.ordered] = (share * middle**2).sum(axis=1)
        return Y, variance

    def scores(self, part: slice) -> Array:
        """Return s1 of some respondents, without weights."""
        first, variances = self.places
        s1 = np.zeros((len(self.w[part]), self.n_own))
        for item, codes, table in zip(
            self.ordered, self.codes[part].T, self._category_scores(), strict=True
        ):
            s1[:, first[item]] = table[codes]
        z, sd = self.z[part], np.sqrt(self.var[self.continuous])
        answered = self.answered[part][:, self.continuous]
        s1[:, [first[item][0] for item in self.continuous]] = z / sd
        s1[:, variances] = (z**2 - answered) / (2 * sd**2)
        return s1

    def inverse_bread(self) -> Array:
        """Return the inverse of the sums of s1 s1' within each item, (m1, m1)."""
        first, variances = self.places
        inverse = np.zeros((self.n_own, self.n_own))
        for item, n, table in zip(self.ordered, self.counts, self._category_scores(), strict=True):
            own = first[item]
            inverse[np.ix_(own, own)] = np.linalg.inv((table[:-1] * n[:, None]).T @ table[:-1])
        for place, item in enumerate(self.continuous):
            own = np.array([first[item][0], variances[place]])
            inverse[np.ix_(own, own)] = np.linalg.inv(self._moment_products(place, item))
        return inverse

    def _category_scores(self) -> Iterator[Array]:
        """Yield scores by category, (C + 1, thresholds); the last of whoever did not answer."""
        for limits, n, codes in zip(self.cuts, self.counts, self.categories, strict=True):
            density = normal_density(limits[1 : len(codes)])
            share = n[: len(codes)] / n.sum()
            table = np.zeros((len(n) + 1, len(density)))
            below = np.arange(len(density))
            table[below, below] = density / share[:-1]
            table[below + 1, below] = -density / share[1:]
            yield table

    def _moment_products(self, place: int, item: int) -> Array:
        """Return the sums of products of the scores of one mean and variance.

        Where these depend on each other, as with two different answers, what the
        sums are expected to be.
        """
        z, answered, var = self.z[:, place], self.answered[:, item], self.var[item]
        s = np.array([z * np.sqrt(var), (z**2 - answered) / 2]) / var
        sums: Array = (s * self.w) @ s.T
        if sums[0, 1] ** 2 > (1 - _DEPENDENT) * sums[0, 0] * sums[1, 1]:
            return np.diag([1 / var, 1 / (2 * var**2)]) * (self.w @ answered)
        return sums


def margins(rows: Array, is_ordered: Mask, weights: Array | None = None) -> Margins:
    """Find categories and thresholds, means and variances of (n, p) answers."""
    w = np.ones(len(rows)) if weights is None else weights
    rows, w = rows[w > 0], w[w > 0]
    w = w * (len(w) / w.sum())
    answered = (~np.isnan(rows)).astype(np.float64)
    categories, codes = _coded(rows[:, is_ordered])
    counts, cuts = _cut(categories, codes, w)
    mean, var = np.zeros(len(is_ordered)), np.ones(len(is_ordered))
    other = ~is_ordered
    mean[other], var[other], z = _standardised(rows[:, other], answered[:, other], w)
    return Margins(is_ordered, w, answered, categories, codes, counts, cuts, mean, var, z)


def _coded(rows: Array) -> tuple[tuple[Array, ...], Codes]:
    answered = ~np.isnan(rows)
    chosen = tuple(np.unique(x[seen]) for x, seen in zip(rows.T, answered.T, strict=True))
    codes = np.full(rows.shape, max((len(values) for values in chosen), default=1), dtype=np.intp)
    for item, (values, seen) in enumerate(zip(chosen, answered.T, strict=True)):
        codes[seen, item] = np.searchsorted(values, rows[seen, item])
    return chosen, codes


def _cut(categories: tuple[Array, ...], codes: Codes, w: Array) -> tuple[Array, Array]:
    most = max((len(chosen) for chosen in categories), default=1)
    counts = np.zeros((len(categories), most))
    cuts = np.full((len(categories), most + 1), INFINITE)
    cuts[:, 0] = -INFINITE
    for item, chosen in enumerate(categories):
        counts[item] = np.bincount(codes[:, item], w, most + 1)[:most]
        share = counts[item, : len(chosen)].cumsum()
        cuts[item, 1 : len(chosen)] = ndtri(share[:-1] / share[-1:])
    return counts, cuts


def _standardised(rows: Array, answered: Array, w: Array) -> tuple[Array, Array, Array]:
    x = np.where(answered > 0, rows, 0)
    n = w @ answered
    mean = w @ x / np.where(n > 0, n, 1)
    deviation = (x - mean) * answered
    var = w @ deviation**2 / np.where(n > 0, n, 1)
    return mean, var, deviation / np.sqrt(np.where(var > 0, var, 1))

"""Polychoric correlations: pairs of ordered items, by their contingency tables.

Notation of one pair, beyond that of `margins`::

    n    (C, C)  contingency table
    pi   (C, C)  probabilities of its cells
    phi  (C, C)  derivatives of pi by rho
    s2           phi / pi at the cell of a respondent; sum n phi / pi is zero at the maximum

A table of two by two with one empty cell gets half an answer there, taken from
its neighbours so that the margins stay; larger tables stay as they are. No cell
counts as less probable than SMALLEST. Both are as in lavaan.

References
----------
Olsson, U. (1979). Maximum likelihood estimation of the polychoric correlation
coefficient. Psychometrika 44(4), 443-460. doi:10.1007/BF02296207

Joreskog, K. G. (1994). On the estimation of polychoric correlations and their
asymptotic covariance matrix. Psychometrika 59(3), 381-389. doi:10.1007/BF02296131
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from csi.core.design import Codes
from csi.core.sem.pairs.bivariate_normal import density, distribution, normal_density
from csi.core.sem.pairs.margins import Margins
from csi.core.sem.pairs.search import maximised
from csi.core.types import Array

SMALLEST = float(np.sqrt(np.finfo(np.float64).eps))
"""A cell is not taken for less probable, so that one stray answer cannot decide alone."""


@dataclass(frozen=True, slots=True, eq=False)
class OrderedPairs:
    """All pairs of two ordered items.

    Attributes
    ----------
    margins : Margins
        The items on their own.
    a, b : (pairs,) arrays of int
        Numbers of both items among the ordered ones.
    tables : (pairs, C, C) array
        Contingency tables, with nothing added.
    """

    margins: Margins
    a: Codes
    b: Codes
    tables: Array

    @property
    def ends(self) -> tuple[Codes, Codes]:
        """Places of both items among all."""
        return self.margins.ordered[self.a], self.margins.ordered[self.b]

    @property
    def empty_cells(self) -> Codes:
        """Cells of each table in which nobody is."""
        sizes = np.array([len(codes) for codes in self.margins.categories], dtype=np.intp)
        empty: Codes = sizes[self.a] * sizes[self.b] - np.count_nonzero(self.tables, axis=(1, 2))
        return empty

    def correlations(self, start: Array) -> Array:
        """Maximise the likelihood of each pair."""
        tables = self._gaps_filled()

        def score(rho: Array, some: Codes) -> tuple[Array, Array]:
            pi, phi, change = self._cells(rho, some)
            n, ratio = tables[some], phi / pi
            curve = n * (change / pi - ratio**2)
            return (n * ratio).sum(axis=(1, 2)), curve.sum(axis=(1, 2))

        return maximised(score, start)

    def scores(self, rho: Array, part: slice) -> Array:
        """Return s2 of some respondents, (rows, pairs), without weights."""
        pi, phi, _ = self._cells(rho)
        ratio = np.pad(phi / pi, ((0, 0), (0, 1), (0, 1)))
        codes = self.margins.codes[part]
        return ratio[np.arange(len(rho)), codes[:, self.a], codes[:, self.b]]

    def bread(self, rho: Array) -> tuple[Array, Array]:
        """Return the sums of s2 squared, and of s2 with the scores of the items, (pairs, m1)."""
        pi, phi, _ = self._cells(rho)
        weight = self.tables * phi / pi
        crossed = np.zeros((len(rho), self.margins.n_own))
        self._cross(self.a, self.b, rho, weight / pi, crossed)
        self._cross(self.b, self.a, rho, (weight / pi).swapaxes(1, 2), crossed)
        return (weight * phi / pi).sum(axis=(1, 2)), crossed

    def _cross(self, a: Codes, b: Codes, rho: Array, weight: Array, crossed: Array) -> None:
        """Add sums of s2 with derivatives of the pair's log-likelihood by thresholds of a."""
        cut, other, r = self.margins.cuts[a], self.margins.cuts[b], rho[:, None, None]
        tau = cut[:, 1:-1, None]
        below = ndtr((other[:, None, :] - r * tau) / np.sqrt((1 - r) * (1 + r)))
        rate = normal_density(tau) * np.diff(below, axis=2)
        sums = ((weight[:, :-1] - weight[:, 1:]) * rate).sum(axis=2)
        places = self.margins.places[0]
        for pair, item in enumerate(self.margins.ordered[a]):
            crossed[pair, places[item]] += sums[pair, : len(places[item])]

    def _cells(self, rho: Array, some: Codes | slice = slice(None)) -> tuple[Array, Array, Array]:
        """Return pi, phi and the derivative of phi for some pairs."""
        first, second = self.margins.cuts[self.a[some]], self.margins.cuts[self.b[some]]
        h, k, r = first[:, 1:-1, None], second[:, None, 1:-1], rho[:, None, None]
        below = _framed(distribution(h, k, r))
        below[:, 1:, -1] = ndtr(first[:, 1:])
        below[:, -1, 1:] = ndtr(second[:, 1:])
        phi, change = (_differences(_framed(at_corner)) for at_corner in density(h, k, r))
        return np.maximum(_differences(below), SMALLEST), phi, change

    def _gaps_filled(self) -> Array:
        """Return the tables with something in a single empty cell of two by two."""
        two = np.array([len(codes) == 2 for codes in self.margins.categories], dtype=bool)
        single = np.flatnonzero(two[self.a] & two[self.b] & (self.empty_cells == 1))
        if not len(single):
            return self.tables
        filled, small = self.tables.copy(), self.tables[single, :2, :2]
        on_diagonal = (small[:, 0, 0] == 0) | (small[:, 1, 1] == 0)
        least = np.where(small > 0, small, np.inf).min(axis=(1, 2))
        moved = np.where(on_diagonal, 1, -1) * np.minimum(0.5, least / 2)
        filled[single, :2, :2] += moved[:, None, None] * np.array([[1, -1], [-1, 1]])
        return filled


def ordered_pairs(margins: Margins) -> OrderedPairs:
    """Count the answers of all pairs of ordered items."""
    o, C = margins.counts.shape
    joint = np.zeros((o * C, o * C))
    for part in margins.parts(o * C):
        chosen = (margins.codes[part, :, None] == np.arange(C)).astype(np.float64)
        chosen = chosen.reshape(len(chosen), o * C)
        joint += (chosen * margins.w[part, None]).T @ chosen
    a, b = np.triu_indices(o, 1)
    return OrderedPairs(margins, a, b, joint.reshape(o, C, o, C)[a, :, b])


def _framed(inner: Array) -> Array:
    return np.pad(inner, ((0, 0), (1, 1), (1, 1)))


def _differences(at_corners: Array) -> Array:
    return np.diff(np.diff(at_corners, axis=1), axis=2)

"""Pearson's correlations: pairs of continuous items, beside ordered ones.

With means and variances held at what the items say on their own, the derivative
of the log-likelihood of standardised x and y by rho is the sum of::

    s2 = (rho (1 - rho^2) + (1 + rho^2) x y - rho (x^2 + y^2)) / (1 - rho^2)^2

It is zero at the plain product of x and y, unless some answered one item only.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from csi.core.design import Codes
from csi.core.sem.pairs.margins import Margins
from csi.core.sem.pairs.search import maximised
from csi.core.types import Array, Mask

_PERFECT = 1 - 1e-10
"""Largest correlation of answers that were all answered; keeps s2 finite."""


@dataclass(frozen=True, slots=True, eq=False)
class ContinuousPairs:
    """All pairs of two continuous items.

    Attributes
    ----------
    margins : Margins
        The items on their own.
    a, b : (pairs,) arrays of int
        Numbers of both items among the continuous ones.
    """

    margins: Margins
    a: Codes
    b: Codes

    @property
    def ends(self) -> tuple[Codes, Codes]:
        """Places of both items among all."""
        return self.margins.continuous[self.a], self.margins.continuous[self.b]

    def correlations(self, start: Array) -> Array:
        """Maximise the likelihood of each pair."""
        n, product, squares = self._sums()

        def score(rho: Array, some: Codes) -> tuple[Array, Array]:
            at = holes[some]
            rest = (1 - rho) * (1 + rho)
            slope = n[at] * rho * rest + (1 + rho**2) * product[at] - rho * squares[at]
            change = n[at] * (1 - 3 * rho**2) + 2 * rho * product[at] - squares[at]
            return slope / rest**2, change / rest**2 + 4 * rho * slope / rest**3

        rho = np.clip(product / np.where(n > 0, n, 1), -_PERFECT, _PERFECT)
        whole: Mask = np.asarray(self.margins.answered.all(axis=0))
        holes = np.flatnonzero(~whole[np.array(self.ends)].all(axis=0))
        rho[holes] = maximised(score, start[holes])
        return rho

    def scores(self, rho: Array, part: slice) -> Array:
        """Return s2 of some respondents, (rows, pairs), without weights."""
        x, y, both = self._rows(part)
        rest = (1 - rho) * (1 + rho)
        s2 = rho * rest + (1 + rho**2) * x * y - rho * (x**2 + y**2)
        return both * s2 / rest**2

    def bread(self, rho: Array) -> tuple[Array, Array]:
        """Return the sums of s2 squared, and of s2 with the scores of the items, (pairs, m1)."""
        squares, crossed = np.zeros(len(rho)), np.zeros((len(rho), self.margins.n_own))
        for part in self.margins.parts(len(rho)):
            s2 = self.scores(rho, part)
            weighted = s2 * self.margins.w[part, None]
            squares += (weighted * s2).sum(axis=0)
            x, y, _ = self._rows(part)
            self._cross(self.a, rho, weighted, (x, y), crossed)
            self._cross(self.b, rho, weighted, (y, x), crossed)
        return squares, crossed

    def _cross(
        self, a: Codes, rho: Array, weighted: Array, answers: tuple[Array, Array], crossed: Array
    ) -> None:
        """Add sums of s2 with derivatives by the mean and the variance of one item."""
        first, variances = self.margins.places
        own, other = answers
        item = self.margins.continuous[a]
        slope = (own - rho * other) / ((1 - rho) * (1 + rho))
        var, pairs = self.margins.var[item], np.arange(len(a))
        mean = (weighted * slope).sum(axis=0) / np.sqrt(var)
        crossed[pairs, [first[i][0] for i in item]] += mean
        crossed[pairs, variances[a]] += (weighted * (slope * own - 1)).sum(axis=0) / (2 * var)

    def _rows(self, part: slice) -> tuple[Array, Array, Array]:
        z, answered = self.margins.z[part], self.margins.answered[part][:, self.margins.continuous]
        return z[:, self.a], z[:, self.b], answered[:, self.a] * answered[:, self.b]

    def _sums(self) -> tuple[Array, Array, Array]:
        """Return answers to both items, sums of their products, and of their squares."""
        z, w = self.margins.z, self.margins.w[:, None]
        answered = self.margins.answered[:, self.margins.continuous]
        n, product, square = answered.T @ (answered * w), z.T @ (z * w), (z**2 * w).T @ answered
        return n[self.a, self.b], product[self.a, self.b], (square + square.T)[self.a, self.b]


def continuous_pairs(margins: Margins) -> ContinuousPairs:
    """Pair the continuous items."""
    return ContinuousPairs(margins, *np.triu_indices(margins.z.shape[1], 1))

"""Polyserial correlations: pairs of an ordered and a continuous item.

Notation of one pair, beyond that of `margins`::

    z          standardised answer to the continuous item
    low, high  cuts on either side of the answer to the ordered item
    u          (cut - rho z) / r, r = sqrt(1 - rho^2): the cut once z is known
    pi         probability of the answer once z is known, Phi(u_high) - Phi(u_low)
    s2         derivative of log pi by rho

Mean and variance of the continuous item and the thresholds of the ordered one
are held at what the items say on their own (the two-step estimate).

References
----------
Olsson, U., Drasgow, F. and Dorans, N. J. (1982). The polyserial correlation
coefficient. Psychometrika 47(3), 337-347. doi:10.1007/BF02294164
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from csi.core.design import Codes
from csi.core.sem.pairs.bivariate_normal import interval, normal_density
from csi.core.sem.pairs.margins import Margins
from csi.core.sem.pairs.search import maximised
from csi.core.types import Array

_TINY = float(np.finfo(np.float64).tiny)


@dataclass(frozen=True, slots=True, eq=False)
class _Rows:
    """Some respondents to some pairs, all (pairs, rows)."""

    z: Array
    cuts: tuple[Array, Array]
    codes: Codes
    w: Array

    def conditional(self, rho: Array) -> tuple[Array, list[Array], list[Array]]:
        """Return pi, densities at both u, and derivatives of both u by rho."""
        r = np.sqrt((1 - rho) * (1 + rho))
        u = [(cut - rho * self.z) / r for cut in self.cuts]
        rates = [(cut * rho - self.z) / r**3 for cut in self.cuts]
        return np.maximum(interval(*u), _TINY), [normal_density(limit) for limit in u], rates

    def derivatives(self, rho: Array) -> tuple[Array, Array]:
        """Return s2 and its derivative by rho."""
        pi, densities, rates = self.conditional(rho)
        rest = (1 - rho) * (1 + rho)
        change = []
        for cut, density, rate in zip(self.cuts, densities, rates, strict=True):
            u = (cut - rho * self.z) / np.sqrt(rest)
            bend = cut / rest**1.5 + 3 * rho * rate / rest
            change.append(density * (bend - u * rate**2))
        s2 = (densities[1] * rates[1] - densities[0] * rates[0]) / pi
        return s2, (change[1] - change[0]) / pi - s2**2


@dataclass(frozen=True, slots=True, eq=False)
class MixedPairs:
    """All pairs of an ordered and a continuous item.

    Attributes
    ----------
    margins : Margins
        The items on their own.
    a, b : (pairs,) arrays of int
        Numbers of the one among the ordered and of the other among the continuous items.
    """

    margins: Margins
    a: Codes
    b: Codes

    @property
    def ends(self) -> tuple[Codes, Codes]:
        """Places of both items among all."""
        return self.margins.ordered[self.a], self.margins.continuous[self.b]

    def correlations(self, start: Array) -> Array:
        """Maximise the likelihood of each pair."""

        def score(rho: Array, some: Codes) -> tuple[Array, Array]:
            sums = np.zeros((2, len(rho)))
            for part in self.margins.parts(len(rho)):
                rows = self._rows(part, some)
                for at, derivative in enumerate(rows.derivatives(rho[:, None])):
                    sums[at] += (rows.w * derivative).sum(axis=1)
            return sums[0], sums[1]

        return maximised(score, start)

    def scores(self, rho: Array, part: slice) -> Array:
        """Return s2 of some respondents, (rows, pairs), without weights."""
        rows = self._rows(part)
        return np.where(rows.w > 0, rows.derivatives(rho[:, None])[0], 0).T

    def bread(self, rho: Array) -> tuple[Array, Array]:
        """Return the sums of s2 squared, and of s2 with the scores of the items, (pairs, m1)."""
        squares, crossed = np.zeros(len(rho)), np.zeros((len(rho), self.margins.n_own))
        for part in self.margins.parts(len(rho)):
            rows = self._rows(part)
            weighted = rows.w * rows.derivatives(rho[:, None])[0]
            squares += (weighted**2 / np.where(rows.w > 0, rows.w, 1)).sum(axis=1)
            self._cross(rows, rho[:, None], weighted, crossed)
        return squares, crossed

    def _cross(self, rows: _Rows, rho: Array, weighted: Array, crossed: Array) -> None:
        """Add sums of s2 with derivatives of the pair's log-likelihood."""
        pi, densities, _ = rows.conditional(rho)
        r, (first, variances) = np.sqrt((1 - rho) * (1 + rho)), self.margins.places
        i, j = self.ends
        var, z = self.margins.var[j], rows.z
        slope = z + rho / r * (densities[1] - densities[0]) / pi
        pairs = np.arange(len(i))
        crossed[pairs, [first[item][0] for item in j]] += (weighted * slope).sum(1) / np.sqrt(var)
        crossed[pairs, variances[self.b]] += (weighted * (slope * z - 1)).sum(1) / (2 * var)
        low, high = (weighted * density / (r * pi) for density in densities)
        for pair, item in enumerate(i):
            size = len(first[item])
            above = np.bincount(rows.codes[pair], high[pair], size + 1)[:size]
            below = np.bincount(rows.codes[pair], low[pair], size + 1)[1 : size + 1]
            crossed[pair, first[item]] += above - below

    def _rows(self, part: slice, some: Codes | slice = slice(None)) -> _Rows:
        a, b, known = self.a[some], self.b[some], self.margins
        answered = known.answered[part].T
        both = answered[known.ordered[a]] * answered[known.continuous[b]]
        codes = np.minimum(known.codes[part].T[a], known.counts.shape[1] - 1)
        cuts = known.cuts[a[:, None], codes], known.cuts[a[:, None], codes + 1]
        return _Rows(known.z[part].T[b], cuts, codes, both * known.w[part])


def mixed_pairs(margins: Margins) -> MixedPairs:
    """Pair each ordered item with each continuous one."""
    o, c = len(margins.cuts), margins.z.shape[1]
    return MixedPairs(margins, np.repeat(np.arange(o), c), np.tile(np.arange(c), o))

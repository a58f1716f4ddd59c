"""Sampling units dealt at random into buckets, so that a million rows resample like a thousand.

A bucket is one larger sampling unit. Whatever is a sum over respondents is a
sum over buckets, and buckets dealt at random differ from each other by as much
as sampling makes them differ (random groups). Notation::

    N_h  units of stratum h: clusters, or respondents without clusters
    G_h  its buckets, at least 2; G altogether, in proportion to N_h - 2 otherwise
    t_g  (m,)  sums of bucket g;  T_h their sum over the stratum

Buckets hold one unit more or less than each other. Where they do, the mean of
the stratum stands in for the difference, t_g - (N_hg - N_h / G_h) T_h / N_h:
what the strata differ in is no sampling error.

References
----------
Wolter, K. M. (2007). Introduction to variance estimation, 2nd ed., chapter 2.
Springer. doi:10.1007/978-0-387-35099-8
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise

import numpy as np

from csi.core.design import Codes, Design, lonely_strata, units
from csi.core.products import Products
from csi.core.resample import stream
from csi.core.types import Array
from csi.errors import DataError, OptionError

DEALING = 2**32 - 1
"""Key of the stream that deals: a block of resamples that no run reaches."""

MOST_RESPONDENTS = 2**28
"""Respondents beyond which they are not dealt one by one."""

MOST_ROWS = 2**14
"""Rows read at a time."""


@dataclass(frozen=True, eq=False)
class Dealt:
    """Rows in the order of the buckets they were dealt into.

    Attributes
    ----------
    rows : (N,) array of int
        Rows of bucket 0, bucket 1 and so on; as often as it has copies each.
    ends : (G + 1,) array of int
        Where the rows of each bucket start, and where the last ends.
    stratum : (G,) array of int
        Stratum of each bucket.
    size : (G,) array
        Units in it.
    """

    rows: Codes
    ends: Codes
    stratum: Codes
    size: Array

    def __len__(self) -> int:
        return len(self.size)


def deal(copies: Array, design: Design | None, number: int, seed: int) -> Dealt:
    """Deal sampling units into buckets, within their strata.

    All rows of a cluster share its bucket; the copies of a row are dealt one by
    one, unless they are of one cluster.

    Parameters
    ----------
    copies : (n,) array of whole numbers
        Respondents each row stands for; rows of zero copies are left aside.
    design : Design or None
        Clusters and strata; without them every respondent is a unit.
    number : int
        Buckets.
    seed : int
        The same seed deals the same way.

    Raises
    ------
    OptionError
        If there are more buckets than units, or fewer than two for a stratum.
    DataError
        If a stratum holds one unit only.

    Examples
    --------
    >>> import numpy as np
    >>> deal(np.ones(10), None, 3, seed=1).size
    array([4., 3., 3.])
    """
    kept = np.flatnonzero(copies > 0)
    taken, copies = (design or Design()).take(kept), copies[kept]
    lonely = lonely_strata(taken, copies)
    if lonely is not None:
        raise DataError([lonely])
    standing, of_unit, stratum, found = units(taken, copies)
    _check(number, copies, standing, len(found), taken.clusters is not None)
    unit = np.repeat(np.arange(len(standing)), standing.astype(np.intp))
    shuffled = stream(seed, DEALING).permutation(unit)
    dealt = shuffled[np.argsort(stratum[shuffled], kind="stable")]
    size = _sizes(np.bincount(stratum[unit]), number)
    starts = np.concatenate([[0], np.cumsum(size)])
    rows, ends = dealt, starts
    if taken.clusters is not None:
        bucket = np.empty(len(unit), dtype=np.intp)
        bucket[dealt] = np.repeat(np.arange(number), size)
        rows, ends = _members(bucket[of_unit], copies, number)
    return Dealt(kept[rows], ends, stratum[dealt[starts[:-1]]], size.astype(np.float64))


def _check(number: int, copies: Array, standing: Array, strata: int, clustered: bool) -> None:
    """Refuse buckets that cannot be filled."""
    total, what = float(standing.sum()), "clusters" if clustered else "respondents"
    if copies.sum() > MOST_RESPONDENTS:
        raise OptionError(
            f"The rows stand for {copies.sum():.4g} respondents, too many to be dealt one by one. "
            "Leave out buckets: the bootstrap draws how often each row is there at once."
        )
    if number > total:
        raise OptionError(
            f"There are {number} buckets for {total:g} {what}. Give {total:g} at most, one for "
            "each, or leave out buckets."
        )
    if number < 2 * strata:
        raise OptionError(
            f"There are {number} buckets in {strata} strata. Give at least {2 * strata}: a stratum "
            "of less than two shows no sampling error."
        )


def _sizes(of_strata: Codes, number: int) -> Codes:
    """Return how many units each bucket gets, stratum by stratum."""
    spare = of_strata - 2
    share = (number - 2 * len(of_strata)) * spare / max(spare.sum(), 1)
    buckets = 2 + np.floor(share).astype(np.intp)
    largest_remainders = np.argsort(np.floor(share) - share, kind="stable")
    buckets[largest_remainders[: number - buckets.sum()]] += 1
    return np.concatenate(
        [n // g + (np.arange(g) < n % g) for n, g in zip(of_strata, buckets, strict=True)]
    )


def _members(bucket: Codes, copies: Array, number: int) -> tuple[Codes, Codes]:
    """Return rows in the order of their bucket, with their copies, and where each bucket ends."""
    each = np.repeat(np.arange(len(bucket)), copies.astype(np.intp))
    rows = each[np.argsort(bucket[each], kind="stable")]
    return rows, np.searchsorted(bucket[rows], np.arange(number + 1))


@dataclass(frozen=True, eq=False)
class Bucketed(Products):
    """The table T of buckets in the place of the table of rows.

    Nothing is kept but a line for each bucket; rows are read some at a time.

    Attributes
    ----------
    dealt : Dealt
        The rows of each bucket.
    """

    dealt: Dealt = field(kw_only=True)

    @cached_property
    def table(self) -> Array:
        """(G, m) sums of the products of the rows of each bucket."""
        ends, rows = self.dealt.ends, self.dealt.rows
        sums = np.zeros((len(self.dealt), len(self._cells[0])))
        for bucket, (first, last) in enumerate(pairwise(ends.tolist())):
            for start in range(first, last, MOST_ROWS):
                sums[bucket] += self._summed(rows[start : min(start + MOST_ROWS, last)])
        return self._levelled(sums)

    def _summed(self, rows: Codes) -> Array:
        """Return the (m,) sums of some rows: cells of the cross products of a few columns."""
        Z = self._columns(rows)
        weighted = Z if self.weights is None else Z * self.weights[rows, None]
        cells: Array = (Z.T @ weighted)[self._cells]
        return cells

    def _columns(self, rows: Codes) -> Array:
        given = self.rows[rows]
        X, one = given - self.centre, np.ones((len(given), 1))
        if self.complete:
            return np.concatenate([one, X], axis=1)
        S = (~np.isnan(given)).astype(np.float64)
        X = np.nan_to_num(X)
        return np.concatenate([one, X, S, *([X**2] if self.missing == "pairwise" else [])], axis=1)

    @cached_property
    def _cells(self) -> tuple[Codes, Codes]:
        """Which columns the products of the table are made of."""
        p = self.p
        one, X, S, squares = np.zeros(p, dtype=np.intp), *(1 + np.arange(3 * p).reshape(3, p))
        i, j = np.triu_indices(p)
        a, b = np.divmod(np.arange(p * p), p)
        cells = [(one[:1], one[:1]), (one, X), (X[i], X[j])]
        if not self.complete:
            cells += [(one, S), (S[i], S[j]), (X[a], S[b])]
            if self.missing == "pairwise":
                cells.append((squares[a], S[b]))
        rows, columns = (np.concatenate(each) for each in zip(*cells, strict=True))
        return rows, columns

    def _levelled(self, sums: Array) -> Array:
        """Give buckets of one stratum the same number of units."""
        stratum, size = self.dealt.stratum, self.dealt.size
        units_there, buckets = np.bincount(stratum, size), np.bincount(stratum)
        totals = np.zeros((len(buckets), sums.shape[1]))
        np.add.at(totals, stratum, sums)
        more = (size - (units_there / buckets)[stratum]) / units_there[stratum]
        levelled: Array = sums - more[:, None] * totals[stratum]
        return levelled

"""The infinitesimal jackknife: sampling errors from derivatives instead of resamples.

A statistic is a function of sums over respondents. To first order unit u moves
it by its derivative along what u adds to the sums, and the sampling variance is
a quadratic form in the derivatives. Notation::

    t_hu   (m,)    sums of unit u of stratum h;  tbar_h their mean over the n_h units
    T      (m,)    sums of the sample
    Sigma  (m, m)  sum_h n_h / (n_h - 1) sum_u (t_hu - tbar_h) (t_hu - tbar_h)'
    D      (m, r)  directions, D D' = Sigma
    d_r            derivative of f along D_r, from f at T + e D_r and T + 2 e D_r and their
                   mirror images (the five-point formula, off by the fourth power of e)

    V = sum_r d_r^2

Of few units the deviations themselves are the directions; of many a triangular
factor of Sigma, so that the number of evaluations does not grow with n. Every
direction is a reweighting of the units, so that each step is a sample too: one
with weights that differ from 1 by about `STEP`. Units are clusters, or
respondents without clusters, and count as drawn with replacement.

References
----------
Jaeckel, L. A. (1972). The infinitesimal jackknife. Memorandum MM 72-1215-11,
Bell Laboratories.

Binder, D. A. (1983). On the variances of asymptotically normal estimators from
complex surveys. International Statistical Review 51(3), 279-292.
doi:10.2307/1402588
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.linalg.lapack import dpstrf

from csi.core.design import Codes, Design, lonely_strata, units
from csi.core.products import EXACT, Products
from csi.core.types import Array
from csi.errors import DataError

MOST = 2048
"""Units, and rows, read at a time."""

STEP = 1e-3
"""How far to go for a derivative, in standard deviations of a unit."""

AT, WEIGHT = (-2, -1, 1, 2), (1 / 12, -8 / 12, 8 / 12, -1 / 12)
"""Five-point formula: steps from the sample, and what the values there count."""

ROUNDING = 1e-12
"""Error relative to its statistic, and variance relative to its mean square, of rounding only."""

DEPENDENT = 1e-11
"""Share of its variance that a sum must have apart from the others to be a direction."""

Table = NDArray[Any]

Read = Callable[[Codes], Table]
"""From positions of rows to what one respondent of each adds to the sums, (m, len)."""


@dataclass(frozen=True, eq=False)
class Directions:
    """Where the sums of a sample may move to.

    Attributes
    ----------
    totals : (m,) array
        Sums T of the sample.
    moves : (m, r) array
        Directions D.
    units : float
        Sampling units.
    strata : int
        Strata.
    """

    totals: Array
    moves: Array
    units: float
    strata: int

    @property
    def df(self) -> int:
        """Degrees of freedom: units less strata."""
        return round(self.units) - self.strata

    @property
    def step(self) -> float:
        """How far to go along each direction."""
        return STEP * float(np.sqrt(self.units))

    def steps(self, most: int) -> Iterator[Array]:
        """Yield the sums at all steps along some directions, (m, 4 b) with 4 b <= most."""
        size, totals = most // len(AT), self.totals[:, None]
        for start in range(0, self.moves.shape[1], size):
            ahead = self.step * self.moves[:, start : start + size]
            yield np.concatenate([totals + times * ahead for times in AT], axis=1)

    def derivatives(self, values: Array) -> Array:
        """Return the (q, b) derivatives of statistics from their (q, 4 b) values at the steps."""
        by_step = values.reshape(len(values), len(AT), -1)
        slope: Array = np.einsum("s,qsb->qb", WEIGHT, by_step) / self.step
        return slope


def standard_errors(derivatives: Array, estimate: Array) -> Array:
    """Return the (q,) standard errors of statistics from their (q, r) derivatives."""
    error = np.sqrt((derivatives**2).sum(axis=1))
    return np.where(error <= ROUNDING * np.abs(estimate), 0.0, error)


def directions(read: Read, copies: Array, design: Design | None = None) -> Directions:
    """Find out where sampling moves the sums.

    Parameters
    ----------
    read : callable
        From positions of rows to what one respondent of each adds to the sums.
    copies : (n,) array
        Respondents each row stands for; rows of zero copies are left aside.
    design : Design, optional
        Clusters and strata; without them every respondent is a unit.

    Raises
    ------
    DataError
        If a stratum holds one unit only.

    Examples
    --------
    >>> import numpy as np
    >>> x = np.array([1.0, 2.0, 6.0])
    >>> found = directions(lambda rows: x[None, rows], np.ones(3))
    >>> float(found.totals[0]), float(np.sum(found.moves**2))  # n s^2
    (9.0, 21.0)
    """
    kept = np.flatnonzero(copies > 0)
    taken = (design or Design()).take(kept)
    lonely = lonely_strata(taken, copies[kept])
    if lonely is not None:
        raise DataError([lonely])
    standing, of_unit, stratum, found = units(taken, copies[kept])
    if taken.clusters is None:
        order = np.argsort(stratum, kind="stable")
        standing, stratum = standing[order], stratum[order]
        blocks = _respondents(read, kept[order], bool((standing == 1).all()))
    else:  # clusters are numbered stratum by stratum
        blocks = _clusters(read, kept, copies, of_unit, len(standing))
    m = len(read(kept[:1]))
    few = len(standing) <= m
    totals, moves = (_of_few if few else _of_many)(blocks, standing, stratum, m)
    return Directions(totals.sum(axis=1), moves, float(standing.sum()), len(found))


def reader(products: Products) -> Read:
    """Return what reads rows of the table of `Products`, without keeping it."""

    def read(rows: Codes) -> Table:
        given = products.rows[rows].T
        X: Table = given - products.centre[:, None]
        if products.complete:
            X = _compact(X)
            return _weighted([np.ones_like(X[:1]), *_pairs(X)], products, rows)
        S = (~np.isnan(given)).astype(np.float64)
        X = np.nan_to_num(X)
        parts = [np.ones_like(X[:1]), *_pairs(X), *_pairs(S), *(x * S for x in X)]
        if products.missing == "pairwise":
            parts += [x**2 * S for x in X]
        return _weighted(parts, products, rows)

    return read


def _compact(X: Table) -> Table:
    """Return whole numbers in single precision if sums of squares of products are exact in it."""
    largest = max(float(np.abs(X).max()), 1.0)
    exact = largest**4 * X.shape[1] <= EXACT and bool((np.round(X) == X).all())
    return X.astype(np.float32) if exact else X


def _pairs(X: Table) -> list[Table]:
    """Return X and the products of its rows, each with itself and those below."""
    return [X, *(x * X[i:] for i, x in enumerate(X))]


def _weighted(parts: list[Table], products: Products, rows: Codes) -> Table:
    table: Table = np.concatenate(parts)
    return table if products.weights is None else table * products.weights[rows]


def _respondents(read: Read, rows: Codes, single: bool) -> Iterator[Table]:
    for start in range(0, len(rows), MOST):
        t = read(rows[start : start + MOST])
        yield t if single else t.astype(np.float64)


def _clusters(
    read: Read, kept: Codes, copies: Array, of_unit: Codes, number: int
) -> Iterator[Table]:
    order = np.argsort(of_unit, kind="stable")
    rows, unit = kept[order], of_unit[order]
    for first in range(0, number, MOST):
        last = min(first + MOST, number)
        at = slice(*np.searchsorted(unit, [first, last]))
        yield _cluster_sums(read, rows[at], copies, unit[at] - first, last - first)


def _cluster_sums(read: Read, rows: Codes, copies: Array, unit: Codes, number: int) -> Array:
    sums = np.zeros((len(read(rows[:1])), number))
    for start in range(0, len(rows), MOST):
        at = slice(start, start + MOST)
        starts = np.flatnonzero(np.diff(unit[at], prepend=-1))
        t = read(rows[at]) * copies[rows[at]]
        sums[:, unit[at][starts]] += np.add.reduceat(t, starts, axis=1)
    return sums


def _of_few(
    blocks: Iterator[Table], standing: Array, stratum: Codes, m: int
) -> tuple[Array, Array]:
    """Return totals of strata, and the deviation of each unit as a direction."""
    t = np.concatenate(list(blocks), axis=1, dtype=np.float64)
    size = np.bincount(stratum, standing)
    totals = np.zeros((m, len(size)))
    _add(totals, t, standing, stratum)
    share = (size / (size - 1))[stratum] * standing
    return totals, (t - (totals / size)[:, stratum]) * np.sqrt(share)


def _of_many(
    blocks: Iterator[Table], standing: Array, stratum: Codes, m: int
) -> tuple[Array, Array]:
    """Return totals of strata, and the columns of a triangular factor of Sigma."""
    size = np.bincount(stratum, standing)
    factor = size / (size - 1)
    share = factor[stratum] * standing
    even = bool((share == share[0]).all())  # then blocks stay in single precision
    totals, sigma, start = np.zeros((m, len(size))), np.zeros((m, m)), 0
    for t in blocks:
        at = slice(start, start := start + t.shape[1])
        _add(totals, t, standing[at], stratum[at])
        scaled = t if even else t * np.sqrt(share[at])
        sigma += scaled @ scaled.T
    sigma *= share[0] if even else 1.0
    squares = np.diagonal(sigma).copy()
    sigma -= (totals * (factor / size)) @ totals.T
    return totals, _factor(sigma, squares)


def _add(totals: Array, t: Table, standing: Array, stratum: Codes) -> None:
    """Add the sums of units, which stand in the order of their strata, to those of the strata."""
    if stratum[0] == stratum[-1]:
        totals[:, stratum[0]] += t @ standing.astype(t.dtype)
        return
    starts = np.flatnonzero(np.diff(stratum, prepend=-1))
    totals[:, stratum[starts]] += np.add.reduceat(t * standing, starts, axis=1)


def _factor(sigma: Array, squares: Array) -> Array:
    """Return D (m, r) with D D' = Sigma, r its rank."""
    varying = np.flatnonzero(np.diagonal(sigma) > ROUNDING * squares)
    scale = np.sqrt(np.diagonal(sigma)[varying])
    alike = sigma[np.ix_(varying, varying)] / (scale * scale[:, None])
    triangle, pivots, rank, _ = dpstrf(alike, lower=1, tol=DEPENDENT)
    D = np.zeros((len(sigma), rank))
    order = pivots - 1
    D[varying[order]] = np.tril(triangle)[:, :rank] * scale[order, None]
    return D

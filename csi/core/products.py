"""Means and correlations of many resamples, from one matrix product.

A resample is a multiplier for each row. Its moments are sums over rows of the
items and of their products, so that the rows are read once, whatever the
number of resamples. Notation::

    X  (n, p)  answers less a number near their mean; zero where there is none
    S  (n, p)  one where there is an answer
    M  (B, n)  multipliers
    T  (n, m)  products of the columns of X and S, times the survey weight
    M T        everything the moments of B resamples need

Answers in whole numbers and whole multipliers make the sums exact, in single
precision as long as they stay below 2^24.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from csi.core.types import Array, Mask

EXACT = 2**24
"""Whole numbers up to here are exact in single precision."""

FLAT = 1e-12
"""Share of its mean square below which the variance of an item counts as zero."""

Missing = Literal["listwise", "pairwise", "mean"]


@dataclass(frozen=True, slots=True, eq=False)
class Samples:
    """Moments of B resamples; NaN where an item is constant.

    Attributes
    ----------
    mean, sd : (p, B) arrays
        Means and standard deviations, divisor n; with pairwise moments n - 1.
    R : (p, p, B) array
        Correlations.
    n : float or (B,) array
        Respondents that each resample stands for; infinite if that is not known.
    """

    mean: Array
    sd: Array
    R: Array
    n: float | Array = np.inf

    @property
    def constant(self) -> Mask:
        """(p, B) items that do not vary."""
        return ~(self.sd > 0)


@dataclass(frozen=True, eq=False)
class Products:
    """The table T of a set of rows, and what its columns mean.

    Attributes
    ----------
    rows : (n, p) array
        Answers; NaN where missing.
    respondents : float
        How many the rows stand for.
    weights : (n,) array or None
        Survey weights that stay with a respondent in every resample.
    missing : {"listwise", "pairwise", "mean"}
        What moments are made of where answers are missing.
    """

    rows: Array
    respondents: float
    weights: Array | None = None
    missing: Missing = "listwise"

    @property
    def p(self) -> int:
        """Items."""
        return int(self.rows.shape[1])

    @cached_property
    def centre(self) -> Array:
        """(p,) means; whole numbers near them where answers are whole."""
        mean: Array = (np.mean if self.complete else np.nanmean)(self.rows, axis=0)
        broken = np.rint(self.rows) != self.rows
        if not self.complete:
            broken &= ~np.isnan(self.rows)
        # most surveys hold whole numbers only, which is seen faster than column by column
        whole = ~broken.any(axis=0) if broken.any() else np.ones(self.p, dtype=bool)
        return np.where(whole, np.rint(mean), mean)

    @cached_property
    def complete(self) -> bool:
        """Whether no answer is missing."""
        return not np.isnan(self.rows).any()

    @cached_property
    def table(self) -> NDArray[Any]:
        """(n, m) products, in single precision where that is exact."""
        X = np.nan_to_num(self.rows - self.centre)
        pairs = np.triu_indices(self.p)
        parts = [np.ones((len(X), 1)), X, X[:, pairs[0]] * X[:, pairs[1]]]
        if not self.complete:
            S = (~np.isnan(self.rows)).astype(np.float64)
            parts += [S, S[:, pairs[0]] * S[:, pairs[1]], _all_pairs(X, S)]
            if self.missing == "pairwise":
                parts.append(_all_pairs(X**2, S))
        table = np.column_stack(parts)
        if self.weights is not None:
            return np.ascontiguousarray(table * self.weights[:, None])
        whole = bool((table == np.round(table)).all()) and np.abs(table).max() <= EXACT
        return np.ascontiguousarray(table.astype(np.float32 if whole else np.float64))

    @cached_property
    def largest(self) -> float:
        """Largest size of a number in the table."""
        return float(np.abs(self.table).max())

    def sums(self, multipliers: Iterable[NDArray[Any]]) -> Array:
        """Return the (m, B) sums of resamples that come in pieces of (b, n) multipliers."""
        return np.concatenate([self._product(piece) for piece in multipliers], axis=1)

    def _product(self, multipliers: NDArray[Any]) -> Array:
        table = self.table
        single = table.dtype == multipliers.dtype == np.float32
        if single and multipliers.sum(axis=1).max() * self.largest <= EXACT:
            return np.asarray(table.T @ multipliers.T, dtype=np.float64)
        sums: Array = self._double.T @ multipliers.T.astype(np.float64)
        return sums

    @cached_property
    def _double(self) -> Array:
        """Give the table in double precision, for sums too large to be exact in single."""
        return self.table.astype(np.float64, copy=False)

    @np.errstate(divide="ignore", invalid="ignore")  # NaN says that nobody answered
    def samples(self, sums: Array) -> Samples:
        """Turn (m, B) sums into moments."""
        if self.complete:
            return self._complete(sums)
        return self._pairwise(sums) if self.missing == "pairwise" else self._filled(sums)

    def _complete(self, sums: Array) -> Samples:
        p, size = self.p, sums[0]
        first, cov = sums[1 : p + 1], sums[p + 1 :] * size
        diagonal = _diagonal(p)
        squares = cov[diagonal]
        for i, row in _rows(p):
            cov[row] -= first[i] * first[i:]
        return self._of_packed(first / size, cov, squares, size)

    def _of_packed(self, mean: Array, cov: Array, squares: Array, size: Array) -> Samples:
        """Return the moments of packed covariances times ``size`` squared."""
        p = self.p
        diagonal = _diagonal(p)
        sd = _root(cov[diagonal], squares)
        with np.errstate(divide="ignore"):
            scale = 1 / np.where(sd > 0, sd, np.nan)
        for i, row in _rows(p):
            cov[row] *= scale[i] * scale[i:]
        cov[diagonal] = np.where(sd > 0, 1.0, np.nan)
        centre = self.centre[:, None]
        return Samples(mean + centre, sd / size, cov[_unpacking(p)], self.respondents)

    def _filled(self, sums: Array) -> Samples:
        """Missing answers count as the mean of their item."""
        p, part = self.p, self._parts(sums)
        n = part["S"]
        mean = part["X"] / n
        cross = _square(part["XS"], p)
        rows, columns = np.triu_indices(p)
        cov = (
            part["XX"]
            - mean[rows] * cross[columns, rows]
            - mean[columns] * cross[rows, columns]
            + mean[rows] * mean[columns] * part["SS"]
        )
        return self._of_packed(mean, cov, part["XX"][rows == columns], np.sqrt(sums[0]))

    def _pairwise(self, sums: Array) -> Samples:
        """Available-case means and variances, pairwise-complete correlations."""
        p, part = self.p, self._parts(sums)
        unpacking = _unpacking(p)
        both, product = part["SS"][unpacking], part["XX"][unpacking]
        first, second = _square(part["XS"], p) / both, _square(part["XXS"], p) / both
        spread = _root(second - first**2, second)
        R = (product / both - first * first.swapaxes(0, 1)) / (spread * spread.swapaxes(0, 1))
        at = np.arange(p)
        n = part["S"] * (self.respondents / sums[0])
        sd = spread[at, at] * np.sqrt(n / (n - 1))
        R[at, at] = np.where(sd > 0, 1.0, np.nan)
        centre = self.centre[:, None]
        return Samples(part["X"] / part["S"] + centre, sd, R, self.respondents)

    def _parts(self, sums: Array) -> dict[str, Array]:
        p, packed = self.p, self.p * (self.p + 1) // 2
        sizes = {"1": 1, "X": p, "XX": packed, "S": p, "SS": packed, "XS": p * p, "XXS": p * p}
        parts, start = {}, 0
        for name, size in sizes.items():
            parts[name] = sums[start : start + size]
            start += size
        return parts


def _all_pairs(X: Array, S: Array) -> Array:
    pairs: Array = np.einsum("ni,nj->nij", X, S).reshape(len(X), -1)
    return pairs


def _square(packed: Array, p: int) -> Array:
    square: Array = packed.reshape(p, p, -1)
    return square


def _unpacking(p: int) -> NDArray[np.intp]:
    """(p, p) positions of the pairs in a packed upper triangle."""
    at = np.zeros((p, p), dtype=np.intp)
    at[np.triu_indices(p)] = np.arange(p * (p + 1) // 2)
    return np.maximum(at, at.T)


def _rows(p: int) -> Iterator[tuple[int, slice]]:
    """Yield where the rows of an upper triangle stand when it is packed."""
    return ((i, slice(start, start + p - i)) for i, start in enumerate(_diagonal(p).tolist()))


def _diagonal(p: int) -> NDArray[np.intp]:
    """Positions of the diagonal in a packed upper triangle."""
    i = np.arange(p)
    return i * p - i * (i - 1) // 2


def _root(variance: Array, squares: Array) -> Array:
    """Square root of variances; zero for those that are rounding only."""
    root: Array = np.sqrt(np.where(variance > FLAT * squares, variance, 0.0))
    return root

"""Resamples as multipliers of rows, drawn block by block.

A bootstrap replicate is a number for each row: how often its respondents were
drawn. Whatever is a sum over respondents is then one matrix product for a
whole block of replicates. Notation::

    B    replicates of a block, `BLOCK`; the last block of a run is used in part
    n    rows; N respondents, of whom row i stands for copies[i]
    n_h  primary sampling units in stratum h: clusters, or respondents without clusters
    m_h  units drawn, with replacement, from stratum h

Block b is drawn from ``stream(seed, b)`` and from nothing else. Replicates
therefore do not depend on who computes them or in which order, and a run of
1,000 is the beginning of a run of 10,000. The size of a block and the way of
drawing are part of that contract.

References
----------
Efron, B. and Tibshirani, R. J. (1993). An introduction to the bootstrap.
Chapman & Hall. doi:10.1201/9780429246593

Rao, J. N. K., Wu, C. F. J. and Yue, K. (1992). Some recent work on resampling
methods for complex surveys. Survey Methodology 18(2), 209-217.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from numbers import Integral
from typing import Any, Literal, Protocol

import numpy as np
from numpy.random import SFC64, Generator, SeedSequence
from numpy.typing import NDArray

from csi.core.checks import as_numbers
from csi.core.design import Codes, Design, lonely_strata, units
from csi.core.types import Array
from csi.errors import DataError, OptionError, listing

Multipliers = NDArray[np.float32] | NDArray[np.float64]
Counts = NDArray[np.int64]

BLOCK = 512
"""Replicates drawn from one stream."""

CELLS = 2**21
"""Numbers drawn at a time; with more rows a block comes in pieces."""

CROWDED = 8
"""Respondents per row from which the rows' counts are drawn instead of the respondents."""

EXACT = 2**24
"""Whole numbers up to here are exact in single precision."""


def stream(seed: int, *key: int) -> Generator:
    """Return the random numbers of one block, or of another purpose with its own key."""
    return Generator(SFC64(SeedSequence(seed, spawn_key=key)))


def check_seed(rng: object) -> int:
    """Return the seed that a user's ``rng`` stands for, or refuse what is none.

    Parameters
    ----------
    rng : int, numpy.random.Generator or None
        A seed; a generator, from which one is drawn; or None for a new one.

    Raises
    ------
    OptionError
        If it is anything else.
    """
    if rng is None:
        return int(SeedSequence().generate_state(1, np.uint64)[0])
    if isinstance(rng, Generator):
        return int(rng.integers(2**63))
    if isinstance(rng, Integral) and not isinstance(rng, bool) and int(rng) >= 0:
        return int(rng)
    raise OptionError(
        f"rng is {rng!r}. Give a whole number from 0, a numpy Generator, or None for numbers "
        "that are new each time."
    )


class Resamples(Protocol):
    """Replicates as multipliers of rows: what the engine reads."""

    @property
    def n(self) -> int:
        """Rows."""

    @property
    def whole(self) -> bool:
        """Whether multipliers are whole numbers."""

    def pieces(self, b: int) -> Iterator[Multipliers]:
        """Yield block b from its first replicate to its last, a few at a time if n is large."""

    def block(self, b: int) -> Multipliers:
        """Return block b as a whole."""


class _Streamed(ABC):
    """Replicates of n rows drawn from one stream for each block."""

    n: int
    seed: int

    @abstractmethod
    def _draw(self, rng: Generator, size: int) -> NDArray[Any]:
        """Return the next (size, n) replicates of a stream."""

    def pieces(self, b: int) -> Iterator[NDArray[Any]]:
        """Yield block b from its first replicate to its last, a few at a time if n is large."""
        rng = stream(self.seed, b)
        size = _piece(self.n)
        for start in range(0, BLOCK, size):
            yield self._draw(rng, min(size, BLOCK - start))

    def block(self, b: int) -> NDArray[Any]:
        """Return block b, a (BLOCK, n) array."""
        pieces = list(self.pieces(b))
        return pieces[0] if len(pieces) == 1 else np.concatenate(pieces)


@dataclass(frozen=True, eq=False)
class Simple(_Streamed):
    """Respondents drawn with replacement, as many as there are.

    Attributes
    ----------
    n : int
        Rows.
    seed : int
        Seed of the streams.
    copies : (n,) array of whole numbers, optional
        Respondents each row stands for, one by default. They are in the
        multipliers, which count draws: frequency weights are not applied again.
    """

    n: int
    seed: int
    copies: Array | None = None

    @property
    def whole(self) -> bool:
        """Whether multipliers are whole numbers: they count draws."""
        return True

    @cached_property
    def _pool(self) -> _Pool:
        return _Pool(np.ones(self.n) if self.copies is None else self.copies)

    def _draw(self, rng: Generator, size: int) -> Multipliers:
        return _exact(self._pool.draw(rng, size, self._pool.total), self._pool.total)


@dataclass(frozen=True, eq=False)
class Designed(_Streamed):
    """Sampling units drawn with replacement within their strata.

    All rows of a unit share its multiplier. ``"rescaled"`` draws
    ``m_h = n_h - 1`` units and multiplies by ``n_h / (n_h - 1)``, which makes the
    variance of an estimated total that of Taylor linearisation;
    ``"with_replacement"`` draws ``m_h = n_h`` and falls short of it by the
    factor ``(n_h - 1) / n_h``.

    Attributes
    ----------
    design : Design
        Clusters and strata of the rows.
    n : int
        Rows.
    seed : int
        Seed of the streams.
    copies : (n,) array of whole numbers, optional
        Respondents each row stands for, as in `Simple`; rows of zero copies are
        outside the design.
    method : {"rescaled", "with_replacement"}
        How many units are drawn.

    Raises
    ------
    DataError
        If a stratum holds one unit only.
    """

    design: Design
    n: int
    seed: int
    copies: Array | None = None
    method: Literal["rescaled", "with_replacement"] = "rescaled"

    def __post_init__(self) -> None:
        if self.method not in ("rescaled", "with_replacement"):
            raise OptionError(f"method is {self.method!r}. Give 'rescaled' or 'with_replacement'.")
        lonely = lonely_strata(self.design.take(self._kept), self._copies[self._kept])
        if lonely is not None:
            raise DataError([lonely])

    @property
    def whole(self) -> bool:
        """Whether multipliers are whole numbers."""
        return self.method == "with_replacement"

    @property
    def df(self) -> int:
        """Degrees of freedom: units less strata."""
        return sum(pool.total - 1 for _, _, pool in self._strata)

    @cached_property
    def _copies(self) -> Array:
        return np.ones(self.n) if self.copies is None else self.copies

    @cached_property
    def _kept(self) -> Codes:
        return np.flatnonzero(self._copies > 0)

    @cached_property
    def _strata(self) -> list[tuple[Codes, Codes, _Pool]]:
        """Rows of each stratum, the unit of each among those of the stratum, and the units."""
        copies, of_unit, stratum, found = units(
            self.design.take(self._kept), self._copies[self._kept]
        )
        members = _positions(stratum, len(found))
        rows = _positions(stratum[of_unit], len(found))
        return [
            (self._kept[at], np.searchsorted(unit, of_unit[at]), _Pool(copies[unit]))
            for at, unit in zip(rows, members, strict=True)
        ]

    def _draw(self, rng: Generator, size: int) -> Multipliers:
        multipliers = np.zeros((size, self.n))
        for rows, unit, pool in self._strata:
            drawn = pool.total - (self.method == "rescaled")
            counts = pool.draw(rng, size, drawn) * (pool.total / drawn)
            multipliers[:, rows] = np.take(counts, unit, axis=1)
        if self.design.clusters is not None and self.copies is not None:
            multipliers *= self.copies
        most = int(self._copies.max()) * self.n
        return _exact(multipliers, most) if self.whole else multipliers


@dataclass(frozen=True, eq=False)
class Given:
    """Resamples that were drawn elsewhere; make them with `Given.of`.

    Attributes
    ----------
    resamples : (B, size) or (B, n) array of int
        Positions of the rows drawn, or how often each row was drawn.
    n : int
        Rows.
    kind : {"rows", "counts"}
        Which of the two.
    """

    resamples: Codes
    n: int
    kind: Literal["rows", "counts"]

    @classmethod
    def of(
        cls,
        resamples: object,
        n: int,
        kind: Literal["rows", "counts"] = "rows",
        size: int | None = None,
    ) -> Given:
        """Check resamples and take them.

        Parameters
        ----------
        resamples : array_like
            One resample in each row: (B, size) positions of rows counted from
            0, or (B, n) counts of draws.
        n : int
            Rows.
        kind : {"rows", "counts"}
            Which of the two was given.
        size : int, optional
            Respondents in a resample, n by default.

        Raises
        ------
        OptionError
            If they are no resamples of these rows.
        """
        if kind not in ("rows", "counts"):
            raise OptionError(f"kind is {kind!r}. Give 'rows' or 'counts'.")
        size = n if size is None else size
        given = _whole_table(resamples, size if kind == "rows" else n, kind)
        if kind == "rows":
            _check_positions(given, n)
        else:
            _check_counts(given, size)
        return cls(given, n, kind)

    @property
    def whole(self) -> bool:
        """Whether multipliers are whole numbers: they count draws."""
        return True

    @property
    def number(self) -> int:
        """How many resamples there are."""
        return len(self.resamples)

    def pieces(self, b: int) -> Iterator[Multipliers]:
        """Yield the resamples of block b, a few at a time if n is large."""
        block = self.resamples[b * BLOCK : (b + 1) * BLOCK]
        size = _piece(self.n)
        for start in range(0, len(block), size):
            yield self._counts(block[start : start + size])

    def block(self, b: int) -> Multipliers:
        """Return the resamples of block b; the last block may be short."""
        return self._counts(self.resamples[b * BLOCK : (b + 1) * BLOCK])

    def _counts(self, resamples: Codes) -> Multipliers:
        counts = _tally(resamples, self.n) if self.kind == "rows" else resamples
        return _exact(counts, int(counts.max(initial=0)))


@dataclass(frozen=True, eq=False)
class Permuted(_Streamed):
    """Labels of groups in random order, for tests in which groups are alike.

    Attributes
    ----------
    labels : (n,) array of int
        Number of the group of each respondent.
    seed : int
        Seed of the streams.
    strata : (n,) array of int, optional
        Respondents exchange their labels within a stratum only.
    """

    labels: Codes
    seed: int
    strata: Codes | None = None

    @property
    def n(self) -> int:  # type: ignore[override]
        """Respondents."""
        return len(self.labels)

    @cached_property
    def _compact(self) -> NDArray[np.integer[Any]]:
        small = self.labels.min() >= 0 and self.labels.max() < 2**7
        return self.labels.astype(np.int8 if small else np.intp)

    @cached_property
    def _strata(self) -> list[Codes]:
        """Respondents of each stratum."""
        strata = np.zeros(self.n) if self.strata is None else self.strata
        found, codes = np.unique(strata, return_inverse=True)
        return _positions(codes, len(found))

    def _draw(self, rng: Generator, size: int) -> NDArray[np.integer[Any]]:
        labels = np.tile(self._compact, (size, 1))
        for members in self._strata:
            labels[:, members] = rng.permuted(labels[:, members], axis=1)
        return labels


class _Pool:
    """Units to draw from, of which unit u is there ``copies[u]`` times."""

    def __init__(self, copies: Array) -> None:
        self.copies = copies
        self.total = int(copies.sum())
        self.number = len(copies)
        self.crowded = self.total > CROWDED * np.count_nonzero(copies)
        several = not self.crowded and bool((copies != 1).any())
        self.places = np.repeat(np.arange(self.number), copies.astype(np.intp)) if several else None

    def draw(self, rng: Generator, size: int, drawn: int) -> Counts:
        """Return how often each unit is among ``drawn``, (size, number)."""
        if self.crowded:
            return self._crowd(rng, size, drawn)
        kind = np.uint16 if self.total <= 2**16 else np.int64
        at = rng.integers(self.total, size=(size, drawn), dtype=kind)
        return _tally(at if self.places is None else self.places[at], self.number)

    def _crowd(self, rng: Generator, size: int, drawn: int) -> Counts:
        counts = np.zeros((size, self.number), dtype=np.int64)
        there = np.flatnonzero(self.copies)
        share = self.copies[there] / self.total
        counts[:, there] = rng.multinomial(drawn, share, size=size)
        return counts


def _piece(n: int) -> int:
    """Replicates that are drawn at a time."""
    return min(BLOCK, max(1, CELLS // n))


def _tally(drawn: NDArray[np.integer[Any]], number: int) -> Counts:
    """Count in each row of ``drawn`` how often it holds 0 to number - 1."""
    first = np.arange(len(drawn))[:, None] * number
    cells = np.bincount((drawn + first).ravel(), minlength=len(drawn) * number)
    return cells.reshape(len(drawn), number)


def _exact(counts: NDArray[Any], most: int) -> Multipliers:
    """Return whole numbers up to ``most`` in single precision if that holds them."""
    return counts.astype(np.float32) if most <= EXACT else counts.astype(np.float64)


def _positions(codes: Codes, number: int) -> list[Codes]:
    """Return where each code from 0 to number - 1 stands, in increasing order."""
    ends = np.cumsum(np.bincount(codes, minlength=number))
    return np.split(np.argsort(codes, kind="stable"), ends[:-1])


def _whole_table(given: object, columns: int, kind: str) -> Codes:
    """Return a table of whole numbers with so many columns, or refuse what is none."""
    table = as_numbers(given)
    if table is None or not (np.abs(table) < 2**53).all() or (table != np.round(table)).any():
        raise OptionError(
            f"The resamples are not whole numbers throughout: {_found(given, table)}. Give "
            f"{'positions of rows' if kind == 'rows' else 'counts of draws'}, or another kind=."
        )
    if table.ndim != 2 or table.shape[1] != columns or not len(table):
        raise OptionError(
            f"The resamples have shape {table.shape}. Give one resample in each row, with "
            f"{columns} {'positions' if kind == 'rows' else 'counts'}."
        )
    return table.astype(np.intp)


def _found(given: object, table: Array | None) -> str:
    if table is None:
        return f"found {type(given).__name__} with something else in it"
    return f"found {listing(table[~(table == np.round(table)) | ~np.isfinite(table)])}"


def _check_positions(positions: Codes, n: int) -> None:
    outside = positions[(positions < 0) | (positions >= n)]
    if len(outside):
        raise OptionError(
            f"The resamples name rows outside 0 to {n - 1}: {listing(np.unique(outside))}. "
            "Positions count from 0; subtract 1 from those that count from 1."
        )


def _check_counts(counts: Codes, size: int) -> None:
    drawn = counts.sum(axis=1)
    wrong = np.flatnonzero((drawn != size) | (counts < 0).any(axis=1))
    if len(wrong):
        b = wrong[0]
        raise OptionError(
            f"Counts of a resample are from 0 and sum to {size}; {len(wrong)} of {len(counts)} "
            f"resamples do not, the first being resample {b} with sum {drawn[b]} and smallest "
            f"count {counts[b].min()}. Correct them, or give their size."
        )

"""Sums over respondents who come in batches and are not kept.

What moments are made of are sums over pairs of columns, so that the memory needed
does not depend on the number of rows. Notation::

    w   weight of a respondent; s_i one if column i was answered
    x_i answer less a whole number near the mean of the first batch; zero if there is none

    both    sum w s_i s_j        one     sum w x_i s_j
    square  sum w x_i^2 s_j      product sum w x_i x_j

Sums of whole numbers are exact, so that neither the size of the batches nor
their order changes a digit.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from csi.core.checks import check_names, checked_rows, checked_weights
from csi.core.types import Array, Mask
from csi.errors import DataError, OptionError, listing


@dataclass(frozen=True, slots=True, eq=False)
class PairSums:
    """Sums over respondents for each pair of p columns, (p, p) arrays.

    Attributes
    ----------
    both, one, square, product : (p, p) arrays
        See the notation above.
    """

    both: Array
    one: Array
    square: Array
    product: Array

    @classmethod
    def of(cls, X: Array, seen: Mask | None, w: Array) -> PairSums:
        """Sum over the rows of X; ``seen`` is None if nothing is missing."""
        weighted = X * w[:, None]
        product = weighted.T @ X
        if seen is None:
            each = np.ones(X.shape[1])
            squares = np.diagonal(product)
            one, square = (np.outer(row, each) for row in (weighted.sum(axis=0), squares))
            return cls(np.full(product.shape, w.sum()), one, square, product)
        S = seen.astype(np.float64)
        return cls((S * w[:, None]).T @ S, weighted.T @ S, (weighted * X).T @ S, product)

    def __add__(self, other: PairSums) -> PairSums:
        return PairSums(
            self.both + other.both, self.one + other.one, self.square + other.square,
            self.product + other.product,
        )  # fmt: skip

    def products_about(self, mean: Array) -> Array:
        """Return sums of w (x_i - mean_i) (x_j - mean_j) over those who answered both."""
        cross = self.one.T * mean[:, None]
        return self.product - cross - cross.T + self.both * np.outer(mean, mean)

    def deviations_from(self, mean: Array) -> Array:
        """Return sums of w (x_i - mean_i) over those who answered i and j."""
        return self.one - mean[:, None] * self.both

    def squares_about(self, mean: Array) -> Array:
        """Return sums of w (x_i - mean_i)^2 over those who answered i and j."""
        column = mean[:, None]
        return self.square - 2 * column * self.one + column**2 * self.both


@dataclass(frozen=True, slots=True, eq=False)
class Tally:
    """Everything moments need of respondents.

    Attributes
    ----------
    n, sum_w, sum_w2 : float
        Respondents, and the sums of their weights and squared weights.
    answered : (p,) array
        Respondents who answered each column.
    centre : (p,) array
        What was subtracted from the answers.
    sums : PairSums
        Sums with the weights.
    errors : PairSums
        Sums with the squares of sampling weights, and else as ``sums``.
    complete : bool
        Whether everybody answered everything.
    """

    n: float
    sum_w: float
    sum_w2: float
    answered: Array
    centre: Array
    sums: PairSums
    errors: PairSums
    complete: bool

    def __add__(self, other: Tally) -> Tally:
        return Tally(
            self.n + other.n, self.sum_w + other.sum_w, self.sum_w2 + other.sum_w2,
            self.answered + other.answered, self.centre, self.sums + other.sums,
            self.errors + other.errors, self.complete and other.complete,
        )  # fmt: skip

    @property
    def mean(self) -> Array:
        """(p,) means of the answers less the centre."""
        return np.diagonal(self.sums.one) / np.diagonal(self.sums.both)

    @property
    def mean_cov(self) -> Array:
        """(p, p) sampling covariance of the means, respondents drawn with replacement."""
        factor = np.sqrt(self.answered / (self.answered - 1)) / np.diagonal(self.sums.both)
        covariance: Array = self.errors.products_about(self.mean) * np.outer(factor, factor)
        return covariance


def tally(batches: object, columns: Sequence[str], frequency: bool) -> Tally:
    """Sum over the respondents of all batches.

    Parameters
    ----------
    batches : iterable
        Of (n_b, p) arrays or dataframes, or of pairs of one with (n_b,) weights.
    columns : sequence of str
        Names of the columns; those of dataframes are looked up.
    frequency : bool
        Whether a weight says how many respondents a row stands for.

    Raises
    ------
    DataError
        If a batch is not what it must be, or there are fewer than 2 respondents.
    OptionError
        If there are no batches to read one after the other.
    """
    check_names(columns)
    total: Tally | None = None
    centre = np.zeros(len(columns))
    for rows, w in _read(_iterable(batches), columns, frequency):
        centre = _whole_means(rows) if total is None else centre
        part = _counted(rows - centre, w, frequency, centre)
        total = part if total is None else total + part
    if total is None or total.n < 2:
        found = 0 if total is None else total.n
        raise DataError(f"Moments need at least 2 respondents; found {found:g}. Give more rows.")
    few = listing(columns[int(j)] for j in np.flatnonzero(total.answered < 2))
    if few:
        raise DataError(f"Fewer than 2 respondents answered {few}. Leave out these columns.")
    return total


def _iterable(batches: object) -> Iterable[object]:
    one_table = hasattr(batches, "columns") or getattr(batches, "ndim", 3) < 3
    if isinstance(batches, Iterable) and not isinstance(batches, str) and not one_table:
        return batches
    raise OptionError(
        f"batches is a {type(batches).__name__}. Give a list of arrays or dataframes, or what "
        "yields them one after the other; rows that are at hand go to Moments.from_rows."
    )


def _read(
    batches: Iterable[object], columns: Sequence[str], frequency: bool
) -> Iterator[tuple[Array, Array | None]]:
    """Yield the rows and weights of batches that hold any; weights must come with all or none."""
    weighted = None
    for number, batch in enumerate(batches, 1):
        given, weights = batch if isinstance(batch, tuple) and len(batch) == 2 else (batch, None)
        if weighted not in {None, weights is not None}:
            raise DataError(
                f"Batch {number} comes {'without' if weights is None else 'with'} weights, "
                "unlike those before. Give weights with every batch, or with none."
            )
        weighted = weights is not None
        try:
            rows = checked_rows(_ordered(given, columns), columns)
            w = checked_weights(weights, rows, frequency) if weighted else None
        except DataError as problem:
            raise DataError(f"Batch {number}: {problem}") from None
        if len(rows):
            yield rows, w


def _ordered(table: Any, columns: Sequence[str]) -> Any:
    """Return the columns of a dataframe in the order asked for; arrays as they are."""
    if not hasattr(table, "columns"):
        return table
    missing = [name for name in columns if name not in table.columns]
    if missing:
        raise DataError(
            f"The rows lack {listing(missing)}. Known columns: {listing(table.columns, 30)}."
        )
    return table[list(columns)]


def _whole_means(rows: Array) -> Array:
    seen = (~np.isnan(rows)).sum(axis=0)
    means: Array = np.round(np.nan_to_num(rows).sum(axis=0) / np.maximum(seen, 1))
    return means


def _counted(rows: Array, w: Array | None, frequency: bool, centre: Array) -> Tally:
    seen = ~np.isnan(rows)
    complete = bool(seen.all())
    X = rows if complete else np.nan_to_num(rows)
    weights = np.ones(len(rows)) if w is None else w
    sampling = w is not None and not frequency
    copies = np.sign(weights) if sampling else weights
    sums = PairSums.of(X, None if complete else seen, weights)
    errors = PairSums.of(X, None if complete else seen, weights**2) if sampling else sums
    n, answered = float(copies.sum()), copies @ seen
    sum_w = float(weights.sum())
    sum_w2 = float(weights @ weights) if sampling else sum_w
    return Tally(n, sum_w, sum_w2, answered, centre, sums, errors, complete)

"""What was observed, as estimators see it: counts, means and covariances.

Rows are kept where there are any, for scores and resampling; no estimator
needs them, so a matrix printed in an article is as good an input as a survey.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np

from csi.core.batches import tally
from csi.core.checks import (
    LARGEST,
    check_names,
    check_positive_semidefinite,
    checked_rows,
    checked_weights,
    labelled,
    square,
    vector,
)
from csi.core.design import Design, sampling_covariance
from csi.core.types import Array, Mask
from csi.errors import DataError, OptionError, listing

FLAT_SHARE = 1e-12
"""Share of an item's variance below which it is constant among the answers of another item."""


@dataclass(frozen=True, eq=False)
class Moments:
    """Means and covariances of a set of columns.

    Attributes
    ----------
    columns : tuple of str
        Names, p of them.
    n : float
        Respondents (the sum of frequency weights).
    sum_w, sum_w2 : float
        Sum of the weights of the respondents and of their squares; both ``n``
        without weights and with frequency weights.
    mean : (p,) array or None
        Weighted means; None when a matrix was given without them.
    cov : (p, p) array
        Weighted covariances with divisor n - 1.
    mean_cov : (p, p) array
        Sampling covariance of the means.
    units : {"raw", "standard"}
        ``"standard"`` when only correlations are known.
    rows, weights : arrays or None
        (n, p) answers, NaN where missing, and the (n,) weights behind them.
    frequency : bool
        Whether weights say how many respondents a row stands for.
    design : Design or None
        Clusters and strata of the respondents, where there are rows.
    """

    columns: tuple[str, ...]
    n: float
    sum_w: float
    sum_w2: float
    mean: Array | None
    cov: Array
    mean_cov: Array
    units: Literal["raw", "standard"] = "raw"
    rows: Array | None = None
    weights: Array | None = None
    frequency: bool = False
    design: Design | None = None

    @classmethod
    def from_rows(
        cls,
        rows: Array,
        columns: Sequence[str],
        *,
        weights: Array | None = None,
        frequency: bool = False,
        filled: Mask | None = None,
        design: Design | None = None,
    ) -> Moments:
        """Compute moments of respondents; missing answers make them pairwise.

        Parameters
        ----------
        rows : (n, p) array
            Answers; NaN where missing.
        columns : sequence of str
            Names of the columns.
        weights : (n,) array, optional
            Non-negative weights.
        frequency : bool
            Whether a weight says how many respondents a row stands for;
            otherwise it is a sampling weight and only its proportions matter.
        filled : (n, p) mask, optional
            Cells that hold the mean of an item instead of an answer; they tell
            nothing of the sampling error of the mean.
        design : Design, optional
            Clusters and strata of the respondents.

        Returns
        -------
        Moments

        Raises
        ------
        DataError
            If answers or weights are not what they must be, or a stratum
            holds one cluster only.
        OptionError
            If ``columns`` are no names.
        """
        rows = checked_rows(rows, columns)
        w = np.ones(len(rows)) if weights is None else checked_weights(weights, rows, frequency)
        _check_rest(rows, frequency, filled, design)
        copies = w if frequency else (w > 0).astype(np.float64)
        n = float(copies.sum())
        if n < 2:
            raise DataError(f"Moments need at least 2 respondents; found {n:g}. Give more rows.")
        holes = np.isnan(rows)
        seen = ~holes if filled is None else ~holes & ~filled
        everyone = bool(seen.all())
        answered = np.full(len(columns), n) if everyone else copies @ seen
        if answered.min() < 2:
            few = listing(columns[int(j)] for j in np.flatnonzero(answered < 2))
            raise DataError(f"Fewer than 2 respondents answered {few}. Leave out these columns.")
        mean, cov = _pairwise(rows, w, n, columns) if holes.any() else _complete(rows, w, n)
        if design is None and (weights is None or frequency) and everyone:
            mean_cov = cov / n
        else:
            influence = _influence(rows, mean, w, seen)
            mean_cov = sampling_covariance(influence, answered, copies, design)
        return cls(
            tuple(columns), n, float(w.sum()), float(w.sum() if frequency else w @ w), mean, cov,
            mean_cov, rows=rows, weights=None if weights is None else w,
            frequency=weights is not None and frequency, design=design,
        )  # fmt: skip

    @classmethod
    def from_batches(
        cls, batches: Iterable[object], columns: Sequence[str], *, frequency: bool = False
    ) -> Moments:
        """Compute the moments of respondents who come in batches, without keeping them.

        The memory needed is that of one batch. The moments are those of
        ``from_rows``, but without rows: they can be fitted, not resampled.
        Answers are taken as they are, so codes of missing answers must be NaN.

        Parameters
        ----------
        batches : iterable
            Of (n_b, p) arrays or dataframes, or of pairs ``(rows, weights)``.
            The columns of dataframes are looked up by name.
        columns : sequence of str
            Names of the columns.
        frequency : bool
            Whether a weight says how many respondents a row stands for.

        Returns
        -------
        Moments

        Raises
        ------
        DataError
            If answers or weights are not what they must be.
        OptionError
            If these are no batches, or ``columns`` are no names.

        Examples
        --------
        >>> import csi
        >>> frame = csi.simulate(csi.models.acsi(), n=1000, rng=1)
        >>> parts = (frame[start : start + 100] for start in range(0, 1000, 100))
        >>> csi.Moments.from_batches(parts, csi.models.acsi().indicators).n
        1000.0
        """
        _check_flag(frequency)
        found = tally(batches, columns, frequency)
        n, mean, sums = found.n, found.mean, found.sums
        product = sums.products_about(mean)
        if found.complete:
            cov = product * (n / (n - 1) / found.sum_w)
        else:
            count = np.diagonal(sums.both) * (n / found.sum_w)
            first, second = sums.deviations_from(mean), sums.squares_about(mean)
            first, second, product = (each / sums.both for each in (first, second, product))
            cov = _pairwise_cov(first, second, product, count, columns)
        return cls(
            tuple(columns), n, found.sum_w, found.sum_w2, mean + found.centre, (cov + cov.T) / 2,
            found.mean_cov,
        )  # fmt: skip

    @classmethod
    def from_covariance(
        cls,
        cov: Array,
        names: Sequence[str] | None = None,
        n: float | None = None,
        means: Sequence[float] | Array | None = None,
    ) -> Moments:
        """Take a covariance matrix as it was printed.

        Parameters
        ----------
        cov : (p, p) array_like
            Covariances, divisor n - 1.
        names : sequence of str
            Names of the columns; those of the matrix by default, if it is a
            labelled dataframe. A labelled matrix is read by its labels.
        n : float
            Respondents behind it; cannot be left out.
        means : sequence of float, optional
            Means of the columns; indices need them.

        Returns
        -------
        Moments

        Raises
        ------
        DataError
            If the matrix is not a covariance matrix.
        OptionError
            If ``n`` is not a number of respondents.

        Examples
        --------
        >>> import csi
        >>> csi.Moments.from_covariance([[4.0, 1.0], [1.0, 1.0]], ["a", "b"], n=100).n
        100.0
        """
        cov, names = labelled(cov, names, "covariance")
        matrix = square(cov, names, "covariance")
        check_positive_semidefinite(matrix)
        return cls._printed(matrix, names, n, means, "raw")

    @classmethod
    def from_correlation(
        cls,
        corr: Array,
        names: Sequence[str] | None = None,
        n: float | None = None,
        means: Sequence[float] | Array | None = None,
        sds: Sequence[float] | Array | None = None,
    ) -> Moments:
        """Take a correlation matrix as it was printed.

        Parameters
        ----------
        corr : (p, p) array_like
            Correlations.
        names : sequence of str
            Names of the columns; those of the matrix by default, if it is a
            labelled dataframe. A labelled matrix is read by its labels.
        n : float
            Respondents behind it; cannot be left out.
        means, sds : sequence of float, optional
            Means and standard deviations of the columns; indices need both.

        Returns
        -------
        Moments

        Raises
        ------
        DataError
            If the matrix is not a correlation matrix.
        OptionError
            If ``n`` is not a number of respondents.

        Examples
        --------
        >>> import csi
        >>> csi.Moments.from_correlation([[1.0, 0.5], [0.5, 1.0]], ["a", "b"], n=100).units
        'standard'
        """
        corr, names = labelled(corr, names, "correlation")
        matrix = square(corr, names, "correlation")
        if np.abs(np.diagonal(matrix) - 1).max() > 1e-6 or np.abs(matrix).max() > 1 + 1e-6:
            raise DataError(
                "The correlation matrix holds values that are no correlations: diagonal "
                f"{matrix.diagonal().min():g} to {matrix.diagonal().max():g}, largest size "
                f"{np.abs(matrix).max():g}. If these are covariances, use Moments.from_covariance."
            )
        check_positive_semidefinite(matrix)
        if sds is None:
            return cls._printed(matrix, names, n, means, "standard")
        spread = vector(sds, names, "standard deviations")
        if (spread <= 0).any():
            raise DataError(
                f"Standard deviations must be positive; found {listing(spread[spread <= 0])}."
            )
        if spread.max() > LARGEST or spread.min() < 1 / LARGEST:
            raise DataError(
                f"Standard deviations of {spread.min():g} to {spread.max():g} overflow. Give the "
                "columns other units."
            )
        return cls._printed(matrix * np.outer(spread, spread), names, n, means, "raw")

    @classmethod
    def _printed(
        cls,
        cov: Array,
        names: Sequence[str],
        n: float | None,
        means: Sequence[float] | Array | None,
        units: Literal["raw", "standard"],
    ) -> Moments:
        real = isinstance(n, int | float | np.integer | np.floating) and not isinstance(n, bool)
        if not real or n is None or not 1 < n <= LARGEST:
            raise OptionError(f"n is {n!r}. Give the number of respondents behind the matrix.")
        mean = None if means is None else vector(means, names, "means")
        count = float(n)
        return cls(tuple(names), count, count, count, mean, cov, cov / count, units)

    @cached_property
    def sd(self) -> Array:
        """Standard deviations, divisor n - 1."""
        return np.sqrt(np.diagonal(self.cov))

    @cached_property
    def corr(self) -> Array:
        """Correlations, with an exact unit diagonal."""
        matrix: Array = self.cov / np.outer(self.sd, self.sd)
        np.fill_diagonal(matrix, 1.0)
        return matrix

    @property
    def effective_n(self) -> float:
        """Kish's effective sample size, (sum w)^2 / sum w^2 over the respondents."""
        return self.sum_w**2 / self.sum_w2

    def select(self, names: Sequence[str]) -> Moments:
        """Return the moments of some columns, in the order asked for."""
        check_names(names)
        if tuple(names) == self.columns:
            return self
        missing = [name for name in names if name not in self.columns]
        if missing:
            raise DataError(
                f"The moments lack {listing(missing)}. Known columns: {listing(self.columns, 30)}."
            )
        at = np.array([self.columns.index(name) for name in names])
        grid = np.ix_(at, at)
        return Moments(
            tuple(names), self.n, self.sum_w, self.sum_w2,
            None if self.mean is None else self.mean[at], self.cov[grid], self.mean_cov[grid],
            self.units, None if self.rows is None else self.rows[:, at], self.weights,
            self.frequency, self.design,
        )  # fmt: skip

    def __repr__(self) -> str:
        source = "rows" if self.rows is not None else "a matrix"
        return f"<Moments of {len(self.columns)} columns, n={self.n:g}, from {source}>"


def _check_flag(frequency: object) -> None:
    if not isinstance(frequency, bool | np.bool_):
        raise OptionError(f"frequency is {frequency!r}. Give True or False.")


def _check_rest(rows: Array, frequency: object, filled: object, design: object) -> None:
    """Refuse what goes with the rows but does not fit them."""
    _check_flag(frequency)
    mask = isinstance(filled, np.ndarray) and filled.dtype == bool and filled.shape == rows.shape
    if filled is not None and not mask:
        raise OptionError("filled marks cells of the rows. Give a mask of their shape.")
    if design is not None and not isinstance(design, Design):
        raise OptionError(f"design is {design!r}. Give a csi.core.design.Design.")
    codes = [] if design is None else [design.clusters, design.strata]
    if any(each is not None and np.shape(each) != (len(rows),) for each in codes):
        raise DataError(f"The design must name a cluster or stratum for each of {len(rows)} rows.")


def _complete(rows: Array, w: Array, n: float) -> tuple[Array, Array]:
    total = w.sum()
    mean = w @ rows / total
    centred = rows - mean
    cov = (centred * w[:, None]).T @ centred * (n / (n - 1) / total)
    return mean, (cov + cov.T) / 2


def _influence(rows: Array, mean: Array, w: Array, seen: Mask) -> Array:
    """How much each respondent moves each mean."""
    deviation = np.where(seen, rows - mean, 0.0)
    moved: Array = deviation * w[:, None] / (w @ seen)
    return moved


def _pairwise(rows: Array, w: Array, n: float, columns: Sequence[str]) -> tuple[Array, Array]:
    """Available-case means and variances, pairwise-complete correlations."""
    seen = (~np.isnan(rows)).astype(np.float64)
    weighted = seen * w[:, None]
    mean = (weighted * np.nan_to_num(rows)).sum(axis=0) / weighted.sum(axis=0)
    centred = np.where(seen > 0, rows - mean, 0.0)
    total = weighted.T @ seen
    first = (centred * w[:, None]).T @ seen / total
    second = (centred**2 * w[:, None]).T @ seen / total
    product = (centred * w[:, None]).T @ centred / total
    count = weighted.sum(axis=0) * (n / w.sum())
    return mean, _pairwise_cov(first, second, product, count, columns)


def _pairwise_cov(
    first: Array, second: Array, product: Array, count: Array, columns: Sequence[str]
) -> Array:
    """Return covariances from means of deviations, squares and products over pairs."""
    variance = second - first**2
    _check_spread(variance, second, columns)
    spread = np.sqrt(variance)
    corr = (product - first * first.T) / (spread * spread.T)
    sd = np.sqrt(np.diagonal(second) * count / (count - 1))
    cov: Array = corr * np.outer(sd, sd)
    return cov


def _check_spread(variance: Array, second: Array, columns: Sequence[str]) -> None:
    """Refuse an item that is constant among those who answered another one."""
    flat = np.argwhere(~(variance > FLAT_SHARE * np.diagonal(second)[:, None]))
    if len(flat):
        i, j = flat[0]
        raise DataError(
            f"{columns[i]} is constant among the respondents who answered {columns[j]}, so their "
            "correlation cannot be computed pairwise. Leave one out, or use missing='mean'."
        )

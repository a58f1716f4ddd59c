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

from csi.core.types import Array
from csi.errors import DataError, Issue, OptionError, listing

SMALLEST_EIGENVALUE = -1e-8
"""Rounding in print makes eigenvalues slightly negative; below this it is no matrix of data."""

LARGEST = 1e100
"""Means beyond, and variances beyond its square or below its inverse square, overflow."""

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

    @classmethod
    def from_rows(
        cls,
        rows: Array,
        columns: Sequence[str],
        *,
        weights: Array | None = None,
        frequency: bool = False,
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

        Returns
        -------
        Moments
        """
        w = np.ones(len(rows)) if weights is None else np.asarray(weights, dtype=np.float64)
        n = float(w.sum()) if frequency else float(len(rows))
        mean, cov, influence = (
            _pairwise(rows, w, n, columns) if np.isnan(rows).any() else _complete(rows, w, n)
        )
        if influence is None and (weights is None or frequency):
            mean_cov = cov / n
        else:
            influence = _influence(rows, mean, w) if influence is None else influence
            if frequency:  # a row of weight w is w respondents, each of them an influence / w
                influence = influence / np.sqrt(np.where(w > 0, w, 1.0))[:, None]
            mean_cov = influence.T @ influence * (n / (n - 1))
        return cls(
            tuple(columns), n, float(w.sum()), float(w.sum() if frequency else w @ w), mean, cov,
            mean_cov, rows=rows, weights=weights,
        )  # fmt: skip

    @classmethod
    def from_covariance(
        cls,
        cov: Array,
        names: Sequence[str],
        n: float | None = None,
        means: Sequence[float] | Array | None = None,
    ) -> Moments:
        """Take a covariance matrix as it was printed.

        Parameters
        ----------
        cov : (p, p) array_like
            Covariances, divisor n - 1.
        names : sequence of str
            Names of the columns.
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
        matrix = _square(cov, names, "covariance")
        _check_positive_semidefinite(matrix)
        return cls._printed(matrix, names, n, means, "raw")

    @classmethod
    def from_correlation(
        cls,
        corr: Array,
        names: Sequence[str],
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
            Names of the columns.
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
        matrix = _square(corr, names, "correlation")
        if np.abs(np.diagonal(matrix) - 1).max() > 1e-6 or np.abs(matrix).max() > 1 + 1e-6:
            raise DataError(
                "The correlation matrix holds values that are no correlations: diagonal "
                f"{matrix.diagonal().min():g} to {matrix.diagonal().max():g}, largest size "
                f"{np.abs(matrix).max():g}. If these are covariances, use Moments.from_covariance."
            )
        _check_positive_semidefinite(matrix)
        if sds is None:
            return cls._printed(matrix, names, n, means, "standard")
        spread = _vector(sds, names, "standard deviations")
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
        mean = None if means is None else _vector(means, names, "means")
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
        )  # fmt: skip

    def __repr__(self) -> str:
        source = "rows" if self.rows is not None else "a matrix"
        return f"<Moments of {len(self.columns)} columns, n={self.n:g}, from {source}>"


def _complete(rows: Array, w: Array, n: float) -> tuple[Array, Array, None]:
    total = w.sum()
    mean = w @ rows / total
    centred = rows - mean
    cov = (centred * w[:, None]).T @ centred * (n / (n - 1) / total)
    return mean, (cov + cov.T) / 2, None


def _influence(rows: Array, mean: Array, w: Array) -> Array:
    """How much each respondent moves each mean."""
    observed = ~np.isnan(rows)
    deviation = np.where(observed, rows - mean, 0.0)
    moved: Array = deviation * w[:, None] / (observed * w[:, None]).sum(axis=0)
    return moved


def _pairwise(
    rows: Array, w: Array, n: float, columns: Sequence[str]
) -> tuple[Array, Array, Array]:
    """Available-case means and variances, pairwise-complete correlations."""
    seen = (~np.isnan(rows)).astype(np.float64)
    weighted = seen * w[:, None]
    mean = (weighted * np.nan_to_num(rows)).sum(axis=0) / weighted.sum(axis=0)
    centred = np.where(seen > 0, rows - mean, 0.0)
    total = weighted.T @ seen
    first = (centred * w[:, None]).T @ seen / total
    second = (centred**2 * w[:, None]).T @ seen / total
    variance = second - first**2
    _check_spread(variance, second, columns)
    spread = np.sqrt(variance)
    product = (centred * w[:, None]).T @ centred / total - first * first.T
    corr = product / (spread * spread.T)
    count = weighted.sum(axis=0) * (n / w.sum())
    sd = np.sqrt(np.diagonal(second) * count / (count - 1))
    return mean, corr * np.outer(sd, sd), _influence(rows, mean, w)


def _check_spread(variance: Array, second: Array, columns: Sequence[str]) -> None:
    """Refuse an item that is constant among those who answered another one."""
    flat = np.argwhere(~(variance > FLAT_SHARE * np.diagonal(second)[:, None]))
    if len(flat):
        i, j = flat[0]
        raise DataError(
            f"{columns[i]} is constant among the respondents who answered {columns[j]}, so their "
            "correlation cannot be computed pairwise. Leave one out, or use missing='mean'."
        )


def _square(given: object, names: Sequence[str], what: str) -> Array:
    matrix = _numbers(given, f"{what} matrix")
    unsuited = isinstance(names, str) or not isinstance(names, Iterable)
    if unsuited or getattr(names, "ndim", 1) != 1 or not hasattr(names, "__len__"):
        raise OptionError(f"names is {names!r}. Give a list with the name of each column.")
    odd = [name for name in names if not isinstance(name, str)]
    if odd:
        raise OptionError(f"names holds {odd[0]!r}. Names are text.")
    p = len(names)
    if matrix.shape != (p, p):
        raise DataError(
            f"The {what} matrix has shape {matrix.shape}, but {p} names were given. "
            "Give one name for each row and column."
        )
    if p == 0 or len(set(names)) < p:
        raise DataError(f"Names of the {what} matrix must be given, each once: {listing(names)}.")
    issues = list(_matrix_issues(matrix, names, what))
    if issues:
        raise DataError(issues)
    return (matrix + matrix.T) / 2


def _matrix_issues(matrix: Array, names: Sequence[str], what: str) -> list[Issue]:
    found = []
    finite = np.abs(matrix) <= LARGEST**2
    if not finite.all():
        i, j = np.argwhere(~finite)[0]
        text = (
            f"The {what} matrix is not finite at {names[i]}, {names[j]}: {matrix[i, j]:g}. Correct "
            "it, or leave that column out."
        )
        return [Issue("matrix-not-finite", None, (), text)]
    off = np.abs(matrix - matrix.T)
    if off.max() > 1e-6 * max(1.0, np.abs(matrix).max()):
        i, j = divmod(int(off.argmax()), len(names))
        text = (
            f"The {what} matrix is not symmetric: {names[i]}, {names[j]} is {matrix[i, j]:g} "
            f"but {names[j]}, {names[i]} is {matrix[j, i]:g}. Fill in both triangles alike."
        )
        found.append(Issue("matrix-not-symmetric", None, (), text))
    low = [
        f"{name} ({value:g})"
        for name, value in zip(names, np.diagonal(matrix), strict=True)
        if value < LARGEST**-2
    ]
    if low:
        text = (
            f"The {what} matrix has no positive diagonal at {listing(low)}. A variance is "
            "positive; correct it, or leave that column out."
        )
        found.append(Issue("matrix-diagonal", None, (), text))
    return found


def _check_positive_semidefinite(matrix: Array) -> None:
    scale = np.sqrt(np.diagonal(matrix))
    smallest = float(np.linalg.eigvalsh(matrix / np.outer(scale, scale))[0])
    if smallest < SMALLEST_EIGENVALUE:
        raise DataError(
            "The matrix cannot come from data: it is not positive semidefinite, its smallest "
            f"eigenvalue (as correlations) is {smallest:.3g}. Look for a misprint, or a matrix "
            "of pairwise correlations; more printed digits help."
        )


def _vector(given: Sequence[float] | Array, names: Sequence[str], what: str) -> Array:
    values = _numbers(given, what)
    if values.shape != (len(names),) or not (np.abs(values) <= LARGEST).all():
        raise DataError(
            f"{len(names)} finite {what} are needed, one for each column; found "
            f"{listing(values.ravel())}."
        )
    return values


def _numbers(given: object, what: str) -> Array:
    numbers = as_numbers(given)
    if numbers is None:
        raise DataError(
            f"The {what} must be numbers; found {type(given).__name__} with something else in it. "
            "Convert it to an array of numbers."
        )
    return numbers


def as_numbers(given: object) -> Array | None:
    """Return an array of floats, or None where text, dates or the like would be coerced."""
    try:
        array = np.array(given)
        return array.astype(np.float64) if array.dtype.kind in "iufO" else None
    except (TypeError, ValueError, OverflowError):
        return None

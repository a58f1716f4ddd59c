"""What was observed, as estimators see it: counts, means and covariances.

Rows are kept where there are any, for scores and resampling; no estimator
needs them, so a matrix printed in an article is as good an input as a survey.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np

from csi.core.types import Array
from csi.errors import DataError, Issue, OptionError, listing

SMALLEST_EIGENVALUE = -1e-8
"""Rounding in print makes eigenvalues slightly negative; below this it is no matrix of data."""


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
        Sum of the weights and of their squares; both ``n`` without weights.
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
            _pairwise(rows, w, n) if np.isnan(rows).any() else _complete(rows, w, n)
        )
        if (weights is None and influence is None) or frequency:
            mean_cov = cov / n
        else:
            influence = _influence(rows, mean, w) if influence is None else influence
            mean_cov = influence.T @ influence * (n / (n - 1))
        return cls(
            tuple(columns), n, float(w.sum()), float(w @ w), mean, cov, mean_cov,
            rows=rows, weights=weights,
        )  # fmt: skip

    @classmethod
    def from_covariance(
        cls,
        cov: Array,
        names: Sequence[str],
        n: float,
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
            Respondents behind it.
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
        n: float,
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
            Respondents behind it.
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
        return cls._printed(matrix * np.outer(spread, spread), names, n, means, "raw")

    @classmethod
    def _printed(
        cls,
        cov: Array,
        names: Sequence[str],
        n: float,
        means: Sequence[float] | Array | None,
        units: Literal["raw", "standard"],
    ) -> Moments:
        if isinstance(n, bool) or not isinstance(n, int | float | np.number) or not 1 < n < np.inf:
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
        """Kish's effective sample size, (sum w)^2 / sum w^2, scaled to ``n``."""
        rows = self.n if self.weights is None else len(self.weights)
        return self.n / rows * self.sum_w**2 / self.sum_w2

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


def _pairwise(rows: Array, w: Array, n: float) -> tuple[Array, Array, Array]:
    """Available-case means and variances, pairwise-complete correlations."""
    seen = (~np.isnan(rows)).astype(np.float64)
    weighted = seen * w[:, None]
    mean = (weighted * np.nan_to_num(rows)).sum(axis=0) / weighted.sum(axis=0)
    centred = np.where(seen > 0, rows - mean, 0.0)
    total = weighted.T @ seen
    first = (centred * w[:, None]).T @ seen / total
    second = (centred**2 * w[:, None]).T @ seen / total
    spread = np.sqrt(second - first**2)
    product = (centred * w[:, None]).T @ centred / total - first * first.T
    corr = product / (spread * spread.T)
    count = seen.sum(axis=0) * (n / len(rows))
    sd = np.sqrt(np.diagonal(second) * count / (count - 1))
    return mean, corr * np.outer(sd, sd), _influence(rows, mean, w)


def _square(given: object, names: Sequence[str], what: str) -> Array:
    try:
        matrix = np.array(given, dtype=np.float64)
    except (TypeError, ValueError):
        raise DataError(f"The {what} matrix holds something that is not a number.") from None
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
    if not np.isfinite(matrix).all():
        rows, cols = np.nonzero(~np.isfinite(matrix))
        text = f"The {what} matrix is not finite at {names[rows[0]]}, {names[cols[0]]}."
        return [Issue("matrix-not-finite", None, (), text)]
    off = np.abs(matrix - matrix.T)
    if off.max() > 1e-6 * max(1.0, np.abs(matrix).max()):
        i, j = divmod(int(off.argmax()), len(names))
        text = (
            f"The {what} matrix is not symmetric: {names[i]}, {names[j]} is {matrix[i, j]:g} "
            f"but {names[j]}, {names[i]} is {matrix[j, i]:g}. Fill in both triangles alike."
        )
        found.append(Issue("matrix-not-symmetric", None, (), text))
    low = [name for name, value in zip(names, np.diagonal(matrix), strict=True) if value <= 0]
    if low:
        text = f"The {what} matrix has no positive diagonal at {listing(low)}."
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
    try:
        values = np.array(given, dtype=np.float64)
    except (TypeError, ValueError):
        raise DataError(f"The {what} hold something that is not a number.") from None
    if values.shape != (len(names),) or not np.isfinite(values).all():
        raise DataError(
            f"{len(names)} finite {what} are needed, one for each column; found {listing(values)}."
        )
    return values

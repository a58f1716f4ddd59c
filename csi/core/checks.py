"""What is given as numbers: answers, weights, printed matrices. Refuse what is none of them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence, Set
from decimal import Decimal
from numbers import Real
from typing import Any, cast

import numpy as np

from csi.core.types import Array
from csi.errors import DataError, Issue, OptionError, listing

SMALLEST_EIGENVALUE = -1e-8
"""Rounding in print makes eigenvalues slightly negative; below this it is no matrix of data."""

LARGEST = 1e100
"""Means beyond, and variances beyond its square or below its inverse square, overflow."""

SPREAD = 1e-30, 1e30
"""Standard deviations between which fourth powers, and products of two of these, are numbers."""

ASYMMETRY = 1e-6
"""Difference between a correlation above the diagonal and its twin below that is rounding."""


def checked_rows(given: object, columns: Sequence[str]) -> Array:
    """Return answers as an (n, p) array of floats, or refuse what is none."""
    check_names(columns)
    ready = isinstance(given, np.ndarray) and given.dtype == np.float64
    rows: Array = given if ready else _numbers(given, "rows")  # type: ignore[assignment]
    if not len(columns) or len(set(columns)) < len(columns):
        raise DataError(f"Names of the columns must be given, each once: {listing(columns)}.")
    if rows.ndim != 2 or rows.shape[1] != len(columns):
        raise DataError(
            f"The rows have shape {rows.shape}, but {len(columns)} names were given. Give one row "
            "for each respondent and one name for each column."
        )
    infinite = np.flatnonzero(np.isinf(rows).any(axis=0))
    if len(infinite):
        names = listing(columns[int(j)] for j in infinite)
        raise DataError(f"Infinite values in {names}. Make them NaN or correct them.")
    return rows


def checked_weights(given: object, rows: Array, frequency: bool) -> Array:
    """Return weights of rows as floats, or refuse what is none."""
    w = _numbers(given, "weights")
    if w.shape != (len(rows),):
        raise DataError(
            f"The weights have shape {w.shape}, but there are {len(rows)} rows. Give one for each."
        )
    bad = np.flatnonzero(~((w >= 0) & (w <= LARGEST)))
    if len(bad):
        raise DataError(
            f"Weights must be finite and not negative; found {listing(w[bad])} (rows "
            f"{listing(bad)}). Correct them."
        )
    if frequency and (w != np.round(w)).any():
        raise DataError(
            "Frequency weights must be whole numbers; found "
            f"{listing(w[w != np.round(w)])}. Leave out frequency=True for sampling weights."
        )
    return w


def check_names(names: object) -> None:
    """Refuse what is no ordered list of texts."""
    suited = isinstance(names, Collection) and not isinstance(names, str | Set | Mapping)
    if not suited or getattr(names, "ndim", 1) != 1:
        raise OptionError(f"names is {names!r}. Give a list with the name of each column.")
    odd = [name for name in cast("Collection[object]", names) if not isinstance(name, str)]
    if odd:
        raise OptionError(f"names holds {odd[0]!r}. Names are text.")


def labelled(matrix: Any, names: Sequence[str] | None, what: str) -> tuple[Any, Sequence[str]]:
    """Return a matrix and its names; a dataframe is brought into the order of the names."""
    if not (hasattr(matrix, "columns") and hasattr(matrix, "index")):
        if names is None:
            raise OptionError(
                f"The {what} matrix has no labels and names is None. Give a list of names, one "
                "for each column."
            )
        return matrix, names
    if names is not None:
        check_names(names)
    rows, columns = [str(name) for name in matrix.index], [str(name) for name in matrix.columns]
    if names is None and columns != rows:
        raise DataError(
            f"The rows of the {what} matrix are called {listing(rows)}, its columns "
            f"{listing(columns)}. Give both the same names in the same order."
        )
    if names is None:
        return matrix.to_numpy(), columns
    orders = [_order(labels, list(names), what) for labels in (rows, columns)]
    return matrix.to_numpy()[np.ix_(*orders)], list(names)


def _order(labels: list[str], wanted: list[str], what: str) -> list[int]:
    """Return where each name stands on one side of a dataframe; as it is if it only counts."""
    if sorted(labels) == sorted(wanted) and len(set(wanted)) == len(wanted):
        return [labels.index(name) for name in wanted]
    if all(label.isdigit() for label in labels):
        return list(range(len(labels)))
    raise DataError(
        f"The {what} matrix is labelled {listing(labels)}, but the names given are "
        f"{listing(wanted)}. Leave names out, or give those of the matrix."
    )


def square(given: object, names: Sequence[str], what: str) -> Array:
    """Return a printed matrix as floats, symmetric to the last digit, or refuse it."""
    matrix = _numbers(given, f"{what} matrix")
    check_names(names)
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
    variance = np.diagonal(matrix)
    spread = np.sqrt(np.where(variance > 0, variance, np.inf))
    off = np.abs(matrix - matrix.T) / spread / spread[:, None]
    if off.max() > ASYMMETRY:
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


def check_positive_semidefinite(matrix: Array) -> None:
    """Refuse a matrix that no data can have."""
    scale = np.sqrt(np.diagonal(matrix))
    smallest = float(np.linalg.eigvalsh(matrix / np.outer(scale, scale))[0])
    if smallest < SMALLEST_EIGENVALUE:
        raise DataError(
            "The matrix cannot come from data: it is not positive semidefinite, its smallest "
            f"eigenvalue (as correlations) is {smallest:.3g}. Look for a misprint, or a matrix "
            "of pairwise correlations; more printed digits help."
        )


def check_spread(sd: Array, names: Sequence[str]) -> None:
    """Refuse standard deviations whose fourth powers overflow."""
    odd = np.flatnonzero((sd < SPREAD[0]) | (sd > SPREAD[1]))
    if len(odd):
        raise DataError(
            f"The standard deviation of {names[int(odd[0])]} is {sd[odd[0]]:.3g}: covariance "
            "structures rest on its fourth power, which overflows. Measure it in another unit."
        )


def vector(given: Sequence[float] | Array, names: Sequence[str], what: str) -> Array:
    """Return one finite number for each name, or refuse what is given."""
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
    """Return a new array of floats, or None where text, truth values or dates would be coerced."""
    try:
        array = np.array(given)
        if array.dtype.kind in "iuf" and hasattr(given, "__array__"):
            return array.astype(np.float64, copy=False)
        cells = np.array(given, dtype=object)
        numbers = np.array([_number(cell) for cell in cells.flat], dtype=np.float64)
        return numbers.reshape(cells.shape)
    except (TypeError, ValueError, OverflowError):
        return None


def _number(cell: object) -> float:
    if cell is None or type(cell).__name__ == "NAType":
        return np.nan
    if isinstance(cell, bool) or not isinstance(cell, Real | Decimal):
        raise TypeError
    return float(cell)


def check_level(level: object) -> float:
    """Return a confidence level, or refuse what is none."""
    real = isinstance(level, Real) and not isinstance(level, bool)
    if not real or not 0 < level < 1:  # type: ignore[operator]
        raise OptionError(f"level is {level!r}. Give a confidence level between 0 and 1, as 0.95.")
    return float(level)  # type: ignore[arg-type]

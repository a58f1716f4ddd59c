"""Dataframes of any kind, with usable column names."""

from __future__ import annotations

import os
from collections import Counter
from typing import Any

import narwhals as nw
import numpy as np

from csi.errors import (
    ArgumentTypeError,
    DataError,
    OptionError,
    kind_of,
    listing,
)

LARGEST_MATRIX = 5_000
"""Columns up to which a square dataframe is looked at as a possible correlation matrix."""


def eager(frame: object, clean_names: bool) -> tuple[nw.DataFrame[Any], frozenset[str]]:
    """Return the frame with unique text names, and the names that occur twice."""
    if isinstance(frame, str | os.PathLike):
        raise ArgumentTypeError(f"{os.fspath(frame)!r} is a path. Use csi.read_survey(path).")
    if isinstance(frame, dict | list | tuple | np.ndarray):
        raise ArgumentTypeError(
            f"{kind_of(frame)} is no dataframe. Wrap it: pandas.DataFrame(...) with one "
            "named column per item."
        )
    _refuse_matrix(frame)
    frame, ambiguous = _plain_names(frame, clean_names)
    try:
        return nw.from_native(frame, eager_only=True), ambiguous
    except TypeError:
        pass
    except Exception as error:
        raise DataError(f"The dataframe cannot be read: {error}") from None
    kind = f"{type(frame).__module__.split('.')[0]} {type(frame).__name__}"
    if hasattr(frame, "collect") or hasattr(frame, "compute") or hasattr(frame, "fetchall"):
        raise OptionError(
            f"A {kind} has not been computed yet. Collect it first (.collect(), .compute(), .pl())."
        )
    raise ArgumentTypeError(
        f"A {kind} is no dataframe. Accepted: pandas, Polars, PyArrow, Modin or cuDF dataframes."
    )


def _refuse_matrix(frame: Any) -> None:
    """Refuse a correlation matrix that is given as if it were respondents."""
    if not hasattr(frame, "iloc") or getattr(frame, "ndim", 0) != 2:
        return
    rows, columns = frame.shape
    if not 1 < rows == columns < LARGEST_MATRIX or list(frame.index) != list(frame.columns):
        return
    try:
        matrix = frame.to_numpy(dtype=np.float64)
    except (TypeError, ValueError):
        return
    if np.allclose(np.diagonal(matrix), 1) and np.allclose(matrix, matrix.T, equal_nan=True):
        raise DataError(
            "This dataframe is a correlation matrix, not respondents: its rows and columns have "
            "the same names. Use csi.Moments.from_correlation(frame, n=...)."
        )


def _plain_names(frame: Any, clean_names: bool) -> tuple[Any, frozenset[str]]:
    if not hasattr(frame, "iloc") or not hasattr(frame, "columns"):
        try:
            table = nw.from_native(frame, eager_only=True, pass_through=True)
        except nw.exceptions.DuplicateError as problem:
            found = " ".join(str(problem).split())
            raise DataError(f"Columns share a name ({found}). Rename or drop them.") from None
        if not clean_names or not isinstance(table, nw.DataFrame):
            return frame, frozenset()
        return _cleaned(table)
    if getattr(frame.columns, "nlevels", 1) > 1:
        first = listing(map(repr, frame.columns), 2)
        raise DataError(
            f"The columns have {frame.columns.nlevels} levels: {first}. Flatten the columns first, "
            "for instance with frame.columns = ['_'.join(map(str, c)) for c in frame.columns]."
        )
    names = [clean(str(name)) if clean_names else str(name) for name in frame.columns]
    if any(new is not old for new, old in zip(names, frame.columns, strict=True)):
        frame = frame.set_axis(names, axis=1)
    repeated = frame.columns.duplicated(keep=False)
    if not repeated.any():
        return frame, frozenset()
    return frame.loc[:, ~repeated], frozenset(frame.columns[repeated])


def _cleaned(table: nw.DataFrame[Any]) -> tuple[Any, frozenset[str]]:
    names = [clean(name) for name in table.columns]
    repeated = frozenset(name for name, number in Counter(names).items() if number > 1)
    kept = {old: new for old, new in zip(table.columns, names, strict=True) if new not in repeated}
    return table.select(list(kept)).rename(kept).to_native(), repeated


def clean(name: str) -> str:
    """Return a column name without blanks at its ends and in one Unicode form."""
    import unicodedata  # noqa: PLC0415 - rarely needed

    return unicodedata.normalize("NFC", name.replace("\u00a0", " ")).strip()

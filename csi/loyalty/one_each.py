"""What is given of each respondent beside a fit or a curve, and the groups that it makes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from numbers import Real
from typing import Any, TypeVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from csi.core.curve.bins import Codes
from csi.errors import ArgumentTypeError, DataError

Cells = NDArray[np.object_]
Kind = TypeVar("Kind", bound=np.generic)


def one_each(what: str, given: object, instead: str = "") -> Cells:
    """Return a list of labels or numbers, None where there is none, or refuse what is no list."""
    listed = hasattr(given, "__len__") and hasattr(given, "__getitem__")
    named = isinstance(given, str | bytes | Mapping)
    if listed and not named and getattr(given, "ndim", 1) == 1:
        values: Cells = np.fromiter(given, dtype=object)  # type: ignore[call-overload]
        values[pd.isna(values)] = None
        if _hashable(values):
            return values
    raise ArgumentTypeError(
        f"{what} is a {type(given).__name__}. Give one value for each respondent{instead}."
    )


def of_those_used(what: str, values: NDArray[Kind], rows: Codes, read: int) -> NDArray[Kind]:
    """Return what was given of the respondents used, or of all of the survey."""
    if len(values) == len(rows):
        return values
    if len(values) == read:
        found: NDArray[Kind] = values[rows]
        return found
    raise DataError(
        f"{what} holds {len(values)} values, but {len(rows)} respondents are used, of {read} in "
        "the survey. Give one for each of them."
    )


def rows_by(values: Cells) -> Iterator[tuple[Any, Codes]]:
    """Yield each group and the places of its members; those without a value are in none."""
    codes, names = pd.factorize(values, use_na_sentinel=True)
    order = np.argsort(codes, kind="stable")
    ends = np.searchsorted(codes[order], np.arange(len(names) + 1))
    place = {name: k for k, name in enumerate(names)}
    for name in in_order(names):
        k = place[name]
        yield name, order[ends[k] : ends[k + 1]]


def in_order(names: Iterable[object]) -> list[Any]:
    """Return groups by number where all have one, else by text."""
    known: list[Any] = list(names)
    numbered = all(isinstance(name, Real) for name in known)
    return sorted(known, key=None if numbered else str)


def _hashable(values: Cells) -> bool:
    try:
        return len(set(values.tolist())) >= 0
    except TypeError:
        return False

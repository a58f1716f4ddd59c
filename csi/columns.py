"""One column of any dataframe as numbers, or what stands in the way.

Nothing is coerced: text, truth values, dates and unlabelled categories are
refused with the cells that were found and the way out.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Mapping, Sequence
from typing import Any, Literal

import narwhals as nw
import numpy as np
from numpy.typing import NDArray

from csi.core.types import Array
from csi.errors import Alike, DataError, Issue, listing

Parse = Literal["leading_number"]

_LEADING_NUMBER = re.compile(
    r"\s*([-+]?\d+(?:\.\d+)?)(?![,.:/–—-]\d)(?=\s*(?:$|[-–—=:.,;)（(、：]|\s))"
)
_DECIMAL_COMMA = re.compile(r"\s*[-+]?\d+,\d+\s*")
_LARGEST = 1e100
_SMALLEST = 1e-100


def read_column(
    series: nw.Series[Any], name: str, labels: Mapping[str, float], parse: Parse | None
) -> Array | Issue:
    """Return the answers of a column as floats, NaN where missing, or the problem.

    Parameters
    ----------
    series : narwhals Series
        The column.
    name : str
        What to call it in messages.
    labels : mapping of str to float
        Numbers behind text answers.
    parse : {"leading_number"} or None
        Whether ``"7 - Very satisfied"`` may be read as 7.
    """
    dtype = series.dtype
    if dtype == nw.Boolean:
        return _refuse(
            "boolean", name, f"{name} holds truth values (true/false). Convert it to 0 and 1 and "
            "declare scale={" + repr(name) + ": (0, 1)}.",
            Alike(name, "columns hold truth values (true/false)",
                  "Convert them to 0 and 1 and declare scale={item: (0, 1)}."),
        )  # fmt: skip
    if dtype.is_temporal():
        return _refuse(
            "not-an-answer", name,
            f"{name} holds dates or times ({dtype}), not answers. Leave it out of the model, or "
            "compute a number from it.",
        )  # fmt: skip
    if dtype.is_numeric():
        return _checked(series.cast(nw.Float64()).to_numpy().astype(np.float64), name)
    if isinstance(dtype, nw.Categorical | nw.Enum):
        return _read_categories(series, name, labels)
    return _read_cells(series.to_list(), name, labels, parse)


def numbered(
    series: nw.Series[Any], name: str, what: str
) -> tuple[NDArray[np.intp], list[Hashable]]:
    """Return a number for each cell, -1 where it is missing, and what the numbers stand for.

    Parameters
    ----------
    series : narwhals Series
        The column.
    name, what : str
        What to call the column and its values in messages.

    Raises
    ------
    DataError
        If there are lists or the like in it.
    """
    cells = series.to_list()
    kinds = {type(cell) for cell in cells}
    odd = [kind.__name__ for kind in kinds if kind.__hash__ is None or issubclass(kind, tuple)]
    if odd:
        raise DataError(
            f"Column {name!r} holds values of kind {listing(sorted(odd))}, which cannot name "
            f"{what}. Give text, numbers or dates."
        )
    number: dict[Hashable, int] = {}
    codes = np.array([number.setdefault(cell, len(number)) for cell in cells], dtype=np.intp)
    present = [cell for cell in number if not is_missing(cell)]
    new = {cell: i for i, cell in enumerate(present)}
    known = np.array([-1 if is_missing(cell) else new[cell] for cell in number], dtype=np.intp)
    return known[codes], [_whole(cell) for cell in present]


def _whole(cell: Hashable) -> Hashable:
    return int(cell) if isinstance(cell, float) and cell.is_integer() else cell


def _read_categories(
    series: nw.Series[Any], name: str, labels: Mapping[str, float]
) -> Array | Issue:
    labelled = series.cast(nw.String()).to_list()
    cells = [cell if isinstance(cell, str) else None for cell in labelled]
    known = {cell for cell in cells if cell is not None}
    if labels and known <= labels.keys():
        return _mapped(cells, labels, name)
    if not nw.is_ordered_categorical(series):
        return _refuse(
            "unordered-category", name,
            f"{name} is an unordered category with labels {_quote(known)}. Its labels have no "
            "numbers; declare labels={label: number}, or convert it.",
            Alike(f"{name} ({_quote(known)})", "columns are unordered categories",
                  "Labels have no numbers; declare labels={label: number}, or convert them."),
        )  # fmt: skip
    numbers = {label: _plain_number(label) for label in known}
    if any(value is None for value in numbers.values()):
        return _refuse(
            "category-labels", name,
            f"{name} is an ordered category with text labels {_quote(known)}. Their positions are "
            "not answers; declare labels={label: number}.",
            Alike(f"{name} ({_quote(known)})", "columns are ordered categories with text labels",
                  "Their positions are not answers; declare labels={label: number}."),
        )  # fmt: skip
    known_numbers = {label: value for label, value in numbers.items() if value is not None}
    return _mapped(cells, known_numbers, name)


def _read_cells(
    cells: Sequence[object], name: str, labels: Mapping[str, float], parse: Parse | None
) -> Array | Issue:
    present = [cell for cell in cells if not is_missing(cell)]
    if not present:
        return np.full(len(cells), np.nan)
    if all(_is_number(cell) for cell in present):
        return _checked(np.array([_float(cell) for cell in cells]), name)
    if not all(isinstance(cell, str) for cell in present):
        kinds = sorted({type(cell).__name__ for cell in present})
        found = f"mixes kinds of values ({', '.join(kinds)})"
        if len(kinds) == 1:
            found = f"holds values of kind {kinds[0]}, not answers"
        return _refuse("mixed-kinds", name, f"{name} {found}. Convert it to numbers.")
    texts = [cell if isinstance(cell, str) else None for cell in cells]
    numbers = {text: _number_behind(text, labels, parse) for text in texts if text is not None}
    unread = [text for text, number in numbers.items() if number is None]
    if not unread:
        return _mapped(
            texts, {text: float(n) for text, n in numbers.items() if n is not None}, name
        )
    if parse is None:
        return _refuse_text(texts, name, labels)
    return _refuse(
        "text", name,
        f"{name} holds {_quote(unread)}, which does not begin with one plain number. Declare "
        "labels={label: number} for such answers.",
    )  # fmt: skip


def _number_behind(text: str, labels: Mapping[str, float], parse: Parse | None) -> float | None:
    """Return the number of a text answer: its label, or the number written there."""
    if text in labels:
        return labels[text]
    if parse == "leading_number":
        match = _LEADING_NUMBER.match(text)
        return float(match[1]) if match else None if text.strip() else np.nan
    return _plain_number(text) if labels and text.isascii() else None


def _refuse_text(texts: Sequence[str | None], name: str, labels: Mapping[str, float]) -> Issue:
    present = [text for text in texts if text is not None]
    strange = [text for text in present if _plain_number(text) is None or not text.isascii()]
    unknown = [text for text in strange if text not in labels]
    rows = tuple(i for i, text in enumerate(texts) if text in set(strange[:5]))[:5]
    shown = _quote(unknown or strange or present)
    if '"ImportId"' in "".join(present[:3]):
        hint = (
            "Rows 1-2 look like Qualtrics headers; read the file with csi.read_survey, which "
            "takes them as labels."
        )
    elif any(_DECIMAL_COMMA.fullmatch(text) for text in strange):
        hint = "These look like decimal commas; read the file with decimal=','."
    elif any(not text.isascii() and _plain_number(text) is not None for text in strange):
        hint = "These look like full-width digits; convert them to ordinary ones."
    elif any(_LEADING_NUMBER.match(text) for text in strange):
        hint = (
            "Declare parse='leading_number' to read the leading number, or labels={label: number}."
        )
    elif labels:
        hint = "The declared labels do not cover them; add these."
    elif strange:
        hint = "Declare labels={label: number}, or declare these cells missing before."
    else:
        hint = (
            "The numbers are stored as text; declare parse='leading_number' to read them, or "
            "convert them, for instance with pandas.to_numeric."
        )
    alike = Alike(f"{name} ({shown})", "columns are text", hint)
    return Issue("text", name, rows, f"{name} is text: {shown}. {hint}", alike)


def _checked(values: Array, name: str) -> Array | Issue:
    infinite = np.flatnonzero(np.isinf(values))
    if len(infinite):
        return Issue(
            "infinite", name, tuple(infinite[:5].tolist()),
            f"{name} holds inf in row {listing(infinite)} (counted from 0). Make it missing or "
            "correct it.",
        )  # fmt: skip
    size = np.abs(values)
    odd = np.flatnonzero((size > _LARGEST) | ((size > 0) & (size < _SMALLEST)))
    if len(odd):
        return Issue(
            "magnitude", name, tuple(odd[:5].tolist()),
            f"{name} holds {values[odd[0]]:g} in row {odd[0]} (counted from 0): a magnitude "
            "overflow, not an answer. Correct it.",
        )  # fmt: skip
    return values


def _mapped(cells: Sequence[str | None], numbers: Mapping[str, float], name: str) -> Array | Issue:
    values = [np.nan if cell is None else numbers.get(cell, np.nan) for cell in cells]
    return _checked(np.array(values, dtype=np.float64), name)


def is_missing(cell: object) -> bool:
    """Return whether a cell is None, NaN, or the missing value of pandas."""
    if isinstance(cell, float | np.floating):
        return bool(np.isnan(cell))
    return cell is None or type(cell).__name__ in ("NAType", "NaTType")


def _is_number(cell: object) -> bool:
    return isinstance(cell, int | float | np.integer | np.floating) and not isinstance(cell, bool)


def _float(cell: Any) -> float:
    try:
        return np.nan if is_missing(cell) else float(cell)
    except OverflowError:
        return np.inf


def _plain_number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _quote(cells: Sequence[object] | set[str]) -> str:
    shown = dict.fromkeys(sorted(cells) if isinstance(cells, set) else cells)
    return listing(repr(cell) for cell in shown)


def _refuse(code: str, name: str, text: str, alike: Alike | None = None) -> Issue:
    return Issue(code, name, (), text, alike)

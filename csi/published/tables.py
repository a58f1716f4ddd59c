"""Printed tables, in whatever form users have them."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from csi.errors import ArgumentTypeError, DataError, Issue, OptionError, listing
from csi.files import read_cells_as_printed
from csi.published.numerals import Numeral, check_decimals
from csi.published.quantities import QUANTITIES, quantity

PRINTED = (
    "printed", "value", "estimate", "published", "coefficient", "beta", "数值", "估计值", "系数",
)  # fmt: skip
"""Names a column of printed numbers may have."""

_PAIRS = (("source", "target"), ("from", "to"), ("construct", "other"))
_SINGLE = ("label", "indicator", "item", "construct", "measure", "name", "标签", "题项", "变量")
_QUANTITY = ("quantity", "指标", "统计量")
_NOTHING = ("None", "nan", "NaN", "sNaN", "<NA>", "NaT")
"""What cells without content are written as."""

_JOINED = {"route": " -> ", "pair": " ~ "}


@dataclass(frozen=True, slots=True)
class Cell:
    """One printed number of a table.

    Attributes
    ----------
    quantity : str
        What it is a value of.
    label : str
        Of what, as csi writes it.
    printed : Numeral
        The number.
    """

    quantity: str
    label: str
    printed: Numeral


@dataclass(frozen=True, slots=True)
class PrintedTable:
    """Numbers somebody printed.

    Attributes
    ----------
    cells : tuple of Cell
        In the order of print.
    """

    cells: tuple[Cell, ...]

    @property
    def quantities(self) -> tuple[str, ...]:
        """What is printed, each once."""
        return tuple(dict.fromkeys(cell.quantity for cell in self.cells))

    def __len__(self) -> int:
        return len(self.cells)

    @classmethod
    def read(cls, given: object, decimals: int | None = None) -> PrintedTable:
        """Read a table.

        Parameters
        ----------
        given : mapping, DataFrame, path or PrintedTable
            A mapping ``{"path": {"Image -> Loyalty": ".195"}}``; a DataFrame, or a
            CSV file, with the columns quantity, label (or source and target) and
            printed.
        decimals : int, optional
            Digits after the decimal point of numbers not given as text.

        Returns
        -------
        PrintedTable

        Raises
        ------
        DataError
            Lists every cell that cannot be read.
        OptionError
            If this is no table, or names an unknown quantity.
        """
        known = check_decimals(decimals)
        if isinstance(given, PrintedTable):
            return given
        if isinstance(given, str | os.PathLike):
            given = _of_file(os.fspath(given))
        if isinstance(given, pd.DataFrame):
            entries = list(_of_frame(given))
        elif isinstance(given, Mapping):
            entries = list(_of_mapping(given))
        else:
            raise ArgumentTypeError(
                f"The printed table is a {type(given).__name__}. Give a mapping such as "
                "{'path': {'Image -> Loyalty': '.195'}}, a DataFrame with the columns quantity, "
                "label and printed, or the path of such a CSV file."
            )
        return _table(entries, known)


def _table(entries: list[tuple[str, str, object]], decimals: int | None) -> PrintedTable:
    cells, wrong = [], []
    for name, label, printed in entries:
        try:
            cells.append(Cell(name, quantity(name).label(label), Numeral.read(printed, decimals)))
        except DataError as error:
            wrong.append(f"{name} of {label[:80]!r}: {error}")
    if wrong:
        raise DataError([Issue("printed-number", None, (), text) for text in wrong])
    if not cells:
        raise DataError("The printed table is empty. Give at least one printed number.")
    _check_once(cells)
    return PrintedTable(tuple(_as_exact_as_their_like(cells, entries, decimals)))


def _as_exact_as_their_like(
    cells: list[Cell], entries: list[tuple[str, str, object]], decimals: int | None
) -> Iterator[Cell]:
    """Give numbers that are no text the decimals of the longest of their quantity."""
    longest: dict[str, int] = {}
    for cell in cells:
        longest[cell.quantity] = max(longest.get(cell.quantity, 0), cell.printed.decimals)
    for cell, (_, _, given) in zip(cells, entries, strict=True):
        if isinstance(given, str) or decimals is not None:
            yield cell
        else:
            yield replace(cell, printed=cell.printed.with_decimals(longest[cell.quantity]))


def _check_once(cells: list[Cell]) -> None:
    seen: set[tuple[str, str]] = set()
    twice = []
    for cell in cells:
        key = (cell.quantity, cell.label)
        if key in seen:
            twice.append(f"{cell.quantity} of {cell.label}")
        seen.add(key)
    if twice:
        named = listing(dict.fromkeys(twice))
        raise DataError(f"The printed table holds {named} twice. Keep one of them.")


def _of_mapping(given: Mapping[Any, Any]) -> Iterator[tuple[str, str, object]]:
    for name, told in given.items():
        numbers = told.to_dict() if isinstance(told, pd.Series) else told
        if not isinstance(numbers, Mapping):
            raise OptionError(
                f"The printed numbers of {name!r} are a {type(numbers).__name__}. Give a mapping "
                "from labels to numbers, such as {'Image -> Loyalty': '.195'}."
            )
        known = quantity(name).name
        for label, printed in numbers.items():
            parts = label if isinstance(label, tuple) else (label,)
            yield known, _joined(known, [str(part) for part in parts]), printed


def _of_frame(frame: pd.DataFrame) -> Iterator[tuple[str, str, object]]:
    columns = {_folded(name): name for name in frame.columns}
    value = next((columns[name] for name in PRINTED if name in columns), None)
    keys = _keys(columns)
    if value is None or not keys:
        raise OptionError(
            f"The printed table has the columns {listing(frame.columns, 8)}. It needs label (or "
            "source and target) and printed, and quantity where it holds more than paths."
        )
    kind = next((columns[name] for name in _QUANTITY if name in columns), None)
    _check_distinct(frame, [value, *(columns[key] for key in keys), *([kind] if kind else [])])
    names = ["path"] * len(frame) if kind is None else frame[kind].tolist()
    rows = zip(*(frame[columns[key]].tolist() for key in keys), strict=True)
    for name, parts, printed in zip(names, rows, frame[value].tolist(), strict=True):
        if not _is_blank(printed):
            known = quantity(name).name
            labels = ["" if _is_blank(part) else str(part) for part in parts]
            yield known, _joined(known, labels), printed


def _check_distinct(frame: pd.DataFrame, used: list[Any]) -> None:
    folded = list(map(_folded, frame.columns))
    twice = [name for name in used if folded.count(_folded(name)) > 1]
    if twice:
        raise OptionError(
            f"The printed table has several columns called {twice[0]!r}. Keep one of them."
        )


def _folded(name: object) -> str:
    return str(name).strip().casefold()


def _is_blank(cell: object) -> bool:
    """Whether nothing stands in a cell."""
    text = str(cell).strip()
    return not text or (not isinstance(cell, str) and text in _NOTHING)


def _keys(columns: Mapping[str, object]) -> tuple[str, ...]:
    for pair in _PAIRS:
        if set(pair) <= columns.keys():
            return pair
    return next(((name,) for name in _SINGLE if name in columns), ())


def _joined(name: str, parts: list[str]) -> str:
    return _JOINED.get(QUANTITIES[name].shape, " ").join(parts)


def _of_file(path: str) -> pd.DataFrame:
    """Read a file; the cells of a text file stay text, with the zeros at their end."""
    return read_cells_as_printed(path).frame

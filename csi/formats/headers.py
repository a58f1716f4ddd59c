"""Which row of a table names its columns: the first with cells, or one below titles."""

from __future__ import annotations

import re
import reprlib
from collections.abc import Sequence
from dataclasses import dataclass

from csi.errors import OptionError, listing

LOOKED_AT = 30
"""Rows among which the names are looked for."""

_NUMBER = re.compile(r"\s*[+-]?[0-9]+(?:[.,][0-9]+)?\s*")


@dataclass(frozen=True, slots=True)
class Header:
    """Where the names of the columns stand.

    Attributes
    ----------
    position : int
        Row of the names, counted from 0.
    note : str
        The sentence that names what was left out above it; empty if nothing was.
    """

    position: int
    note: str


def check_header(header: object) -> None:
    """Refuse what cannot be the number of a row, counted from 1."""
    if header is not None and (type(header) is not int or header < 1):
        raise OptionError(
            f"header is {header!r}. Give the row of the column names as a number, counted from 1 "
            "as a spreadsheet shows it."
        )


def find_header(rows: Sequence[Sequence[object]], header: int | None, name: str) -> Header:
    """Find the row of names.

    Parameters
    ----------
    rows : sequence of sequences
        The first rows of the table, blank ones among them; `LOOKED_AT` or as many as
        ``header`` says.
    header : int or None
        The row as the caller counts it, from 1; None to find it.
    name : str
        The file, for messages.

    Returns
    -------
    Header

    Raises
    ------
    OptionError
        If there is no such row, or nothing stands in it.
    """
    if header is None:
        position = names_position(rows)
    else:
        _check_row(rows, header, name)
        position = header - 1
    above = [cell for row in rows[:position] for cell in row if _is_filled(cell)]
    note = (
        f"Row {position + 1} was read as the names of the columns; what stands above it was left "
        f"out: {listing(map(reprlib.repr, above), 3)}."
    )
    return Header(position, note if above else "")


def names_position(rows: Sequence[Sequence[object]]) -> int:
    """Return the first row with cells or, where that is a title, the row of names below it.

    A title is a single cell. The names are then the first row of which most
    cells are filled, if all are texts and a number stands somewhere below.
    """
    filled = [[cell for cell in row if _is_filled(cell)] for row in rows[:LOOKED_AT]]
    first = next((at for at, cells in enumerate(filled) if cells), 0)
    if not filled or len(filled[first]) != 1:
        return first
    widest = max(map(len, filled))
    below = range(first + 1, len(filled))
    names = next((at for at in below if 2 * len(filled[at]) > widest), first)
    named = len(filled[names]) > 1 and all(map(_is_text, filled[names]))
    answered = any(not _is_text(cell) for cells in filled[names + 1 :] for cell in cells)
    return names if named and answered else first


def _check_row(rows: Sequence[Sequence[object]], header: int, name: str) -> None:
    if header > len(rows):
        found = f"{name!r} has {len(rows)} rows"
    elif not any(map(_is_filled, rows[header - 1])):
        found = f"row {header} of {name!r} is blank"
    else:
        return
    raise OptionError(
        f"header is {header}, but {found}. Give the row of the column names, counted from 1 as a "
        "spreadsheet shows it."
    )


def _is_filled(cell: object) -> bool:
    return cell is not None and (not isinstance(cell, str) or bool(cell.strip()))


def _is_text(cell: object) -> bool:
    return isinstance(cell, str) and not _NUMBER.fullmatch(cell)

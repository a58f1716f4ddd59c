"""Excel workbooks: guarded opening, one sheet, cells as they are stored."""

from __future__ import annotations

import datetime
import warnings
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pandas as pd

from csi.errors import FileFormatError, OptionError, did_you_mean, listing
from csi.extras import load_extra
from csi.formats.headers import find_header
from csi.formats.survey_file import (
    NA_TEXTS,
    SurveyFile,
    joined,
    na_note,
    without_empty_unnamed,
)

LARGEST_UNPACKED = 1_000_000_000
"""Most bytes a workbook may unpack to."""

_SUSPECT_SIZE = 100_000_000
_SUSPECT_RATIO = 200
_SHOWN_DIGITS = ".15G"
_OLE = bytes.fromhex("d0cf11e0a1b11ae1")


def read_sheet(path: Path, sheet: str | int | None, header: int | None = None) -> SurveyFile:
    """Read the cells of one sheet, from the row that names the columns.

    Parameters
    ----------
    path : Path
        An existing .xlsx file.
    sheet : str, int or None
        Name of the sheet or its position, counted from 0; None takes the first.
    header : int or None
        Row of the column names, counted from 1; None to find it.

    Returns
    -------
    SurveyFile
        Cells as stored; see `with_types`.

    Raises
    ------
    FileFormatError
        If it is not a workbook, is protected, holds macros or unpacks to an unlikely size.
    OptionError
        If there is no such sheet or row.
    """
    _check_package(path)
    openpyxl = load_extra("openpyxl")
    with warnings.catch_warnings(), path.open("rb") as content:
        warnings.simplefilter("ignore")
        try:
            book = openpyxl.load_workbook(content, read_only=True, data_only=True)
            chosen, note = _choose(book.worksheets, sheet, path)
            chosen.reset_dimensions()
            rows = [_trimmed(row) for row in chosen.iter_rows(values_only=True)]
        except (FileFormatError, OptionError):
            raise
        except Exception as problem:
            raise FileFormatError(
                f"{path.name!r} is not a readable Excel workbook ({problem}). Open it in Excel and "
                "save it anew as .xlsx."
            ) from problem
    if not any(rows):
        raise FileFormatError(
            f"The sheet of {path.name!r} is empty. Name another with sheet=, or fill it."
        )
    names = find_header(rows, header, path.name)
    return SurveyFile(_table(rows[names.position :])).noted(note, names.note)


def with_types(file: SurveyFile) -> SurveyFile:
    """Give each column of cells the type that all its cells have, or make it text."""
    na_words = {}
    columns = []
    for name, cells in file.frame.items():
        na_words[str(name)] = {cell for cell in cells if isinstance(cell, str) and _is_na(cell)}
        columns.append(_typed([None if _is_na(cell) else cell for cell in cells]))
    frame = joined(columns, file.frame.columns)
    return SurveyFile(frame, file.codebook, file.notes).noted(na_note(na_words))


def _is_na(cell: object) -> bool:
    return cell is None or (isinstance(cell, str) and cell in NA_TEXTS)


def _typed(cells: list[Any]) -> pd.Series:
    kinds = {type(cell) for cell in cells if cell is not None}
    if kinds <= {int, float}:
        return pd.to_numeric(pd.Series(cells, dtype=object))
    if len(kinds) > 1:
        return pd.Series([None if cell is None else _shown(cell) for cell in cells])
    if bool in kinds and None in cells:
        return pd.Series(cells, dtype=object)
    return pd.Series(cells)


def _shown(cell: object) -> str:
    """Return a cell as Excel shows it and writes it to CSV."""
    if isinstance(cell, bool):
        return str(cell).upper()
    if isinstance(cell, float):
        return format(cell, _SHOWN_DIGITS)
    if isinstance(cell, datetime.datetime) and cell.time() == datetime.time():
        return str(cell.date())
    return str(cell)


def _check_package(path: Path) -> None:
    """Refuse what is no workbook, is protected, or would unpack to an unlikely size."""
    with path.open("rb") as content:
        if content.read(len(_OLE)) == _OLE:
            raise FileFormatError(
                f"{path.name!r} is protected by a password or an old .xls workbook. Remove the "
                "password, or save it as .xlsx."
            )
    try:
        with zipfile.ZipFile(path) as package:
            parts = package.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        raise FileFormatError(
            f"{path.name!r} is not an Excel workbook. Check its name, or save it as .xlsx."
        ) from None
    if any(part.filename.endswith("vbaProject.bin") for part in parts):
        raise FileFormatError(f"{path.name!r} holds macros. Save it as .xlsx without them.")
    unpacked = sum(part.file_size for part in parts)
    packed = max(sum(part.compress_size for part in parts), 1)
    suspect = unpacked > _SUSPECT_SIZE and unpacked > _SUSPECT_RATIO * packed
    if unpacked > LARGEST_UNPACKED or suspect:
        raise FileFormatError(
            f"{path.name!r} would unpack from {packed:,} to {unpacked:,} bytes, which is not "
            "credible for a survey. Save the answers as CSV or Parquet."
        )


def _choose(sheets: list[Any], sheet: str | int | None, path: Path) -> tuple[Any, str]:
    """Return the sheet asked for, and a note that names it."""
    names = [one.title for one in sheets]
    if not names:
        raise FileFormatError(f"{path.name!r} has no sheet with cells. Save the table as a sheet.")
    if sheet is None:
        others = f", the first of {len(names)}" if len(names) > 1 else ""
        return sheets[0], f"Excel file read: sheet {names[0]!r}{others}."
    position = names.index(sheet) if isinstance(sheet, str) and sheet in names else sheet
    if type(position) is int and 0 <= position < len(names):
        return sheets[position], f"Excel file read: sheet {names[position]!r}."
    raise OptionError(
        f"{path.name!r} has no sheet {sheet!r}. Its sheets: {listing(map(repr, names), 10)}; "
        "positions count from 0." + did_you_mean(str(sheet), names)
    )


def _trimmed(row: Iterable[object]) -> list[object]:
    cells = list(row)
    while cells and cells[-1] in (None, ""):
        cells.pop()
    return cells


def _table(rows: list[list[object]]) -> pd.DataFrame:
    while not rows[-1]:
        rows.pop()
    width = max(len(row) for row in rows)
    padded = [row + [None] * (width - len(row)) for row in rows]
    frame = pd.DataFrame(padded[1:], columns=range(width), dtype=object)
    frame = frame.astype(object).where(frame.notna(), None)
    frame.columns = pd.Index([_heading(cell) for cell in padded[0]], dtype=object)
    return without_empty_unnamed(frame)


def _heading(cell: object) -> str:
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return "" if cell is None else str(cell)

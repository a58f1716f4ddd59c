"""Text files with separators: separator, row of names, decimal comma, numbers.

Nothing is coerced: a column becomes numeric only when every cell of it is a
number or one of ``NA_TEXTS``; all other columns stay text, so that later
checks can name the cells that are in the way.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import pandas as pd

from csi.errors import FileFormatError, OptionError, listing
from csi.formats.encodings import given_encoding, guess_encoding
from csi.formats.headers import LOOKED_AT, find_header, names_position
from csi.formats.survey_file import (
    NA_TEXTS,
    SurveyFile,
    joined,
    na_note,
    without_empty_unnamed,
)

_SEPARATORS = (";", "\t", "|", ",")
_NO_SEPARATOR = "\x1f"
_SAMPLE = 1 << 17
_LEAST_SHARE = 0.5
_POINT = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_COMMA = re.compile(r"[+-]?(?:[0-9]+(?:,[0-9]*)?|,[0-9]+)(?:[eE][+-]?[0-9]+)?")
_LONG_INTEGER = re.compile(r"[+-]?[0-9]{16,}")


@dataclass(frozen=True, slots=True)
class TextFormat:
    """How a text file is written.

    Attributes
    ----------
    encoding : str
        Name of the encoding.
    guessed : bool
        Whether the encoding is a guess from the bytes of a file that is not Unicode.
    sep : str
        What separates the cells.
    """

    encoding: str
    guessed: bool
    sep: str

    @property
    def note(self) -> str:
        """The sentence that reports it."""
        sep = "no separator" if self.sep == _NO_SEPARATOR else f"separator {self.sep!r}"
        encoding = "utf-8" if self.encoding == "utf-8-sig" else self.encoding
        why = " (a guess: the file is not UTF-8)" if self.guessed else ""
        return f"Text file read with {sep} and encoding {encoding}{why}."


def text_format(
    path: Path, sep: str | None, encoding: str | None, header: int | None = None
) -> TextFormat:
    """Find encoding and separator of a text file, as far as they are not given.

    Parameters
    ----------
    path : Path
        An existing file.
    sep, encoding : str or None
        What the caller knows.
    header : int or None
        Row of the column names, counted from 1, if the caller knows it.

    Returns
    -------
    TextFormat

    Raises
    ------
    FileFormatError
        If the file is not text or cannot be decoded.
    OptionError
        If an encoding or separator cannot be one.
    """
    if sep is not None and (not isinstance(sep, str) or len(sep) != 1 or sep in '"\r\n'):
        raise OptionError(f"sep is {sep!r}. Give one character, such as ';'.")
    name = given_encoding(path, encoding) if encoding is not None else guess_encoding(path)
    guessed = encoding is None and name in ("gb18030", "cp1252")
    return TextFormat(name, guessed, sep or _guess_separator(path, name, header))


def read_cells(path: Path, form: TextFormat, header: int | None = None) -> SurveyFile:
    """Read the cells of a text file as text, from the row that names the columns."""
    start, note = _start(path, form, header)
    try:
        with path.open(encoding=form.encoding, newline="") as lines:
            for _ in range(start - 1):
                lines.readline()
            cells = pd.read_csv(
                lines,
                sep=form.sep,
                header=None,
                dtype=str,
                na_filter=False,
                skip_blank_lines=form.sep != _NO_SEPARATOR,
            )
    except pd.errors.EmptyDataError:
        raise _empty(path) from None
    except pd.errors.ParserError as problem:
        raise _ragged(path, form, start, str(problem)) from None
    frame = cells.iloc[1:].reset_index(drop=True)
    frame.columns = pd.Index([str(name) for name in cells.iloc[0]], dtype=object)
    if form.sep == _NO_SEPARATOR:
        filled = (frame.iloc[:, 0] != "").to_numpy().nonzero()[0]
        frame = frame.iloc[: filled[-1] + 1 if len(filled) else 0]
    frame = without_empty_unnamed(frame)
    if frame.columns.empty:
        raise _empty(path)
    return SurveyFile(frame).noted(form.note, note)


def with_numbers(file: SurveyFile, sep: str, decimal: str | None) -> SurveyFile:
    """Turn columns of numbers into numeric ones.

    Parameters
    ----------
    file : SurveyFile
        Cells as text.
    sep : str
        The separator; a decimal comma is looked for with ``;`` and tab only.
    decimal : {".", ",", None}
        The decimal mark, None to find it column by column.

    Returns
    -------
    SurveyFile
    """
    looks_for_comma = decimal is None and sep in (";", "\t")
    columns, na_words, commas = [], {}, []
    for name, cells in file.frame.items():
        answers = set(cells.unique())
        na_words[str(name)] = answers.intersection(NA_TEXTS)
        answers = answers.difference(NA_TEXTS)
        kept = cells.where(~cells.isin(NA_TEXTS))
        if decimal != "," and _all_numbers(answers, _POINT):
            kept = pd.to_numeric(kept)
        elif (decimal == "," or looks_for_comma) and _all_numbers(answers, _COMMA):
            kept = pd.to_numeric(kept.str.replace(",", ".", regex=False))
            commas += [str(name)] if any("," in answer for answer in answers) else []
        columns.append(kept)
    comma_note = f"Decimal commas were read in: {listing(commas)}." if commas else ""
    return SurveyFile(joined(columns, file.frame.columns), file.codebook, file.notes).noted(
        comma_note, na_note(na_words)
    )


def _all_numbers(answers: set[str], form: re.Pattern[str]) -> bool:
    """Whether all are numbers that a float can hold without loss."""
    return all(form.fullmatch(answer) and not _LONG_INTEGER.fullmatch(answer) for answer in answers)


def _empty(path: Path) -> FileFormatError:
    return FileFormatError(f"{path.name!r} is empty. Give a file with a row of column names.")


def _guess_separator(path: Path, encoding: str, header: int | None) -> str:
    with path.open(encoding=encoding, newline="") as lines:
        sample = lines.read(_SAMPLE)
    start = 0 if header is None else header - 1
    tables = {sep: _split(sample, sep)[start:] for sep in _SEPARATORS}
    fits = {sep: _fit(rows) for sep, rows in tables.items()}
    if header is None and max(share for share, _ in fits.values()) < _LEAST_SHARE:
        fits = {sep: _fit(rows[names_position(rows) :]) for sep, rows in tables.items()}
    best = max(_SEPARATORS, key=fits.__getitem__)
    return best if fits[best][1] > 1 else _NO_SEPARATOR


def _split(sample: str, sep: str) -> list[list[str]]:
    """Return the rows of a sample, without the last if that may be cut off."""
    try:
        rows = list(csv.reader(io.StringIO(sample, newline=""), delimiter=sep))
    except csv.Error:
        return []
    return rows[:-1] if len(sample) == _SAMPLE else rows


def _fit(rows: list[list[str]]) -> tuple[float, int]:
    """Share of rows as wide as the first, and that width."""
    widths = [len(row) for row in rows if row]
    if not widths or widths[0] == 1:
        return 0.0, 1
    return widths.count(widths[0]) / len(widths), widths[0]


def _start(path: Path, form: TextFormat, header: int | None) -> tuple[int, str]:
    """Return the line in which the names begin, counted from 1, and a note on what is above."""
    try:
        records = list(islice(_records(path, form), header or LOOKED_AT))
    except csv.Error as problem:
        raise _unsplittable(path, str(problem)) from None
    found = find_header([row for _, row in records], header, path.name)
    return (records[found.position][0] if records else 1), found.note


def _ragged(path: Path, form: TextFormat, start: int, problem: str) -> FileFormatError:
    """Say in which line the rows stop being as wide as the header."""
    widths = ((line, len(row)) for line, row in _records(path, form) if row and line >= start)
    try:
        header = next(widths, (1, 0))[1]
        line, width = next((line, width) for line, width in widths if width > header)
    except (StopIteration, csv.Error):
        return _unsplittable(path, problem)
    elsewhere = " If the names stand in another row, pass header=." if width > 2 * header else ""
    return FileFormatError(
        f"Line {line} of {path.name!r} has {width} cells, the header has {header}. Put texts that "
        f"hold the separator in double quotes, or pass sep= or decimal=.{elsewhere}"
    )


def _unsplittable(path: Path, problem: str) -> FileFormatError:
    return FileFormatError(
        f"{path.name!r} cannot be split into cells ({problem.strip()}). Look for a quotation "
        "mark that is not closed, or pass sep=."
    )


def _records(path: Path, form: TextFormat) -> Iterator[tuple[int, list[str]]]:
    """Yield first line and cells of every row, blank ones too."""
    with path.open(encoding=form.encoding, newline="") as lines:
        reader = csv.reader(lines, delimiter=form.sep)
        line = 1
        for row in reader:
            yield line, row
            line = reader.line_num + 1

"""Text files with separators: encoding, separator, decimal comma, numbers.

Nothing is coerced: a column becomes numeric only when every cell of it is a
number or one of ``NA_TEXTS``; all other columns stay text, so that later
checks can name the cells that are in the way.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from csi.errors import FileFormatError, OptionError, listing
from csi.formats.survey_file import (
    NA_TEXTS,
    SurveyFile,
    joined,
    na_note,
    without_empty_unnamed,
)

_SEPARATORS = (";", "\t", "|", ",")
_NO_SEPARATOR = "\x1f"
_CHUNK = 1 << 20
_SAMPLE = 1 << 17
_POINT = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_COMMA = re.compile(r"[+-]?(?:[0-9]+(?:,[0-9]*)?|,[0-9]+)(?:[eE][+-]?[0-9]+)?")
_LONG_INTEGER = re.compile(r"[+-]?[0-9]{16,}")
_HANZI = re.compile("(?<![A-Za-z])[\u4e00-\u9fff\u3001-\u3011\uff01-\uff1f](?![A-Za-z])")
_BEYOND_ASCII = re.compile("[^\x00-\x7f]")


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


def text_format(path: Path, sep: str | None, encoding: str | None) -> TextFormat:
    """Find encoding and separator of a text file, as far as they are not given.

    Parameters
    ----------
    path : Path
        An existing file.
    sep, encoding : str or None
        What the caller knows.

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
    name = _given_encoding(path, encoding) if encoding is not None else _guess_encoding(path)
    guessed = encoding is None and name in ("gb18030", "cp1252")
    return TextFormat(name, guessed, sep or _guess_separator(path, name))


def read_cells(path: Path, form: TextFormat) -> SurveyFile:
    """Read the cells of a text file as text; the first row names the columns."""
    try:
        with path.open(encoding=form.encoding, newline="") as lines:
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
        raise _ragged(path, form, str(problem)) from None
    frame = cells.iloc[1:].reset_index(drop=True)
    frame.columns = pd.Index([str(name) for name in cells.iloc[0]], dtype=object)
    if form.sep == _NO_SEPARATOR:
        filled = (frame.iloc[:, 0] != "").to_numpy().nonzero()[0]
        frame = frame.iloc[: filled[-1] + 1 if len(filled) else 0]
    frame = without_empty_unnamed(frame)
    if frame.columns.empty:
        raise _empty(path)
    return SurveyFile(frame, notes=(form.note,))


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


def _given_encoding(path: Path, encoding: str) -> str:
    try:
        "".encode(encoding)
        name = codecs.lookup(encoding).name
    except (LookupError, TypeError, ValueError):
        raise OptionError(
            f"encoding is {encoding!r}, which is not known. Give 'utf-8', 'gb18030', 'cp1252' "
            "or another name that Python knows."
        ) from None
    name = "utf-8-sig" if name == "utf-8" else name
    position = _first_undecodable(path, name)
    if position is None:
        return name
    guess = _guess_encoding(path).replace("utf-8-sig", "utf-8")
    raise FileFormatError(
        f"{path.name!r} is not {encoding}: byte {position} cannot be read. "
        f'It looks like {guess}; pass encoding="{guess}".'
    )


def _guess_encoding(path: Path) -> str:
    with path.open("rb") as content:
        head = content.read(_SAMPLE)
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        candidates = ["utf-16"]
    elif b"\x00" in head:
        raise _not_text(path)
    else:
        candidates = ["utf-8-sig", "gb18030", "cp1252"]
    failures = []
    for name in candidates:
        position = _first_undecodable(path, name)
        if position is None and (name != "gb18030" or _reads_as_chinese(path)):
            return name
        failures.append(f"{name} (byte {position})" if position is not None else name)
    raise FileFormatError(
        f"{path.name!r} cannot be read as {', '.join(failures)}. If you know its encoding, pass "
        'it, for instance encoding="gb18030" or encoding="big5"; if it is not a text file, save '
        "it as one."
    )


def _first_undecodable(path: Path, encoding: str) -> int | None:
    """Position of the first byte that cannot be decoded, if there is one."""
    decoder = codecs.getincrementaldecoder(encoding)()
    start = 0
    with path.open("rb") as content:
        while True:
            chunk = content.read(_CHUNK)
            held = len(decoder.getstate()[0])
            try:
                text = decoder.decode(chunk, final=not chunk)
            except UnicodeDecodeError as problem:
                return start - held + problem.start
            except UnicodeError:
                return start
            if "\x00" in text:
                raise _not_text(path)
            if not chunk:
                return None
            start += len(chunk)


def _reads_as_chinese(path: Path) -> bool:
    """Whether most characters beyond ASCII are common Chinese ones, not beside a letter.

    Western text in a one-byte code often decodes as GB 18030 too, but each of
    its accented letters then swallows the letter after it.
    """
    hanzi = beyond = 0
    with path.open(encoding="gb18030", newline="") as lines:
        while text := lines.read(_CHUNK):
            beyond += len(_BEYOND_ASCII.findall(text))
            found = "".join(_HANZI.findall(text))
            hanzi += len(found.encode("gb2312", errors="ignore")) // 2
    return 2 * hanzi > beyond


def _empty(path: Path) -> FileFormatError:
    return FileFormatError(f"{path.name!r} is empty. Give a file with a row of column names.")


def _not_text(path: Path) -> FileFormatError:
    return FileFormatError(
        f"{path.name!r} is not a text file: it holds NUL bytes. Save it as CSV; if it is UTF-16 "
        'without a byte-order mark, pass encoding="utf-16-le".'
    )


def _guess_separator(path: Path, encoding: str) -> str:
    with path.open(encoding=encoding, newline="") as lines:
        sample = lines.read(_SAMPLE)
    cut = len(sample) == _SAMPLE
    fits = {sep: _fit(sample, sep, cut) for sep in _SEPARATORS}
    best = max(_SEPARATORS, key=fits.__getitem__)
    return best if fits[best][1] > 1 else _NO_SEPARATOR


def _fit(sample: str, sep: str, cut: bool) -> tuple[float, int]:
    """Share of rows as wide as the header, and that width."""
    try:
        widths = [len(row) for row in csv.reader(io.StringIO(sample, newline=""), delimiter=sep)]
    except csv.Error:
        return 0.0, 1
    widths = [width for width in (widths[:-1] if cut else widths) if width]
    if not widths or widths[0] == 1:
        return 0.0, 1
    return widths.count(widths[0]) / len(widths), widths[0]


def _ragged(path: Path, form: TextFormat, problem: str) -> FileFormatError:
    """Say in which line the rows stop being as wide as the header."""
    widths = _widths(path, form)
    try:
        header = next(widths, (1, 0))[1]
        line, width = next((line, width) for line, width in widths if width > header)
    except (StopIteration, csv.Error):
        return FileFormatError(
            f"{path.name!r} cannot be split into cells ({problem.strip()}). Look for a quotation "
            "mark that is not closed, or pass sep=."
        )
    return FileFormatError(
        f"Line {line} of {path.name!r} has {width} cells, the header has {header}. Put texts that "
        "hold the separator in double quotes, or pass sep= or decimal=."
    )


def _widths(path: Path, form: TextFormat) -> Iterator[tuple[int, int]]:
    """Yield first line and number of cells of every row."""
    with path.open(encoding=form.encoding, newline="") as lines:
        reader = csv.reader(lines, delimiter=form.sep)
        line = 1
        for row in reader:
            if row:
                yield line, len(row)
            line = reader.line_num + 1

"""Survey files of any supported kind as a table, a codebook and notes.

Nothing is judged here: columns that are not numbers stay as they are, for the
checks of the survey to name.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable
from pathlib import Path

import pandas as pd

from csi.errors import ArgumentTypeError, FileFormatError, OptionError
from csi.extras import load_extra
from csi.formats.delimited import read_cells, text_format, with_numbers
from csi.formats.exports import with_platform_answers, without_header_rows
from csi.formats.headers import check_header
from csi.formats.kinds import check_kind
from csi.formats.statistical import SUFFIXES as STATISTICAL
from csi.formats.statistical import read_statistical
from csi.formats.survey_file import SurveyFile
from csi.formats.workbooks import read_sheet, with_types

__all__ = ["SurveyFile", "read_file"]

_TEXT = (".csv", ".tsv", ".txt")
_ARROW = (".parquet", ".feather", ".arrow")
_SUPPORTED = (*_TEXT, ".xlsx", *STATISTICAL, *_ARROW)
_REFUSED = {
    ".xls": "Old Excel workbooks are not read; save it as .xlsx.",
    ".xlsm": "Workbooks with macros are not read; save it as .xlsx.",
    ".xlsb": "Binary workbooks are not read; save it as .xlsx.",
    ".pkl": "Pickle is not supported, by design: loading a pickle runs code.",
    ".pickle": "Pickle is not supported, by design: loading a pickle runs code.",
    ".rds": "R objects are not read; write them with write.csv() or haven::write_sav().",
}


def read_file(
    path: str | Path,
    *,
    sheet: str | int | None = None,
    sep: str | None = None,
    decimal: str | None = None,
    encoding: str | None = None,
    header: int | None = None,
    max_bytes: int = 2_000_000_000,
) -> SurveyFile:
    r"""Read a survey file.

    Parameters
    ----------
    path : str or Path
        A .csv, .tsv, .txt, .xlsx, .sav, .zsav, .por, .dta, .parquet, .feather or
        .arrow file. Exports of Qualtrics, SurveyMonkey and LimeSurvey are recognised.
    sheet : str or int, optional
        Excel: name of the sheet, or its position counted from 0. The first by default.
    sep : str, optional
        Text: what separates the cells. Found from the first rows by default.
    decimal : {".", ","}, optional
        Text: the decimal mark. By default a comma is found where the separator
        is ``;`` or a tab and every number of a column agrees.
    encoding : str, optional
        Text, SPSS and Stata: name of the encoding. By default UTF-8, UTF-16 with a
        byte-order mark, GB 18030 and Windows-1252 are tried in this order.
    header : int, optional
        Text and Excel: the row of the column names, counted from 1 as a spreadsheet shows
        it. By default the first row with cells, or the one that follows below a title.
    max_bytes : int
        Largest file that is read.

    Returns
    -------
    SurveyFile
        The table, the codebook if the file has one, and what was done on reading.

    Raises
    ------
    FileFormatError
        If the file is missing, too large, or not what its suffix says.
    OptionError
        If an option has no meaning for this kind of file, or a library is not installed.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from csi.files import read_file
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder, "answers.csv")
    ...     _ = path.write_text("CUSA1;CUSA2\n7;8,5\n9;10\n")
    ...     file = read_file(path)
    >>> file.frame["CUSA2"].tolist()
    [8.5, 10.0]
    >>> print(*file.notes, sep="\n")
    Text file read with separator ';' and encoding utf-8.
    Decimal commas were read in: CUSA2.
    """
    if not isinstance(path, str | Path):
        raise ArgumentTypeError(
            f"The path of a survey file is a {type(path).__name__}. Give text or a pathlib.Path; "
            "tables go to csi.survey() as they are."
        )
    file = Path(path)
    suffix = file.suffix.lower()
    _check_file(file, max_bytes)
    check_kind(file)
    _check_suffix(file)
    given = {"sheet": sheet, "sep": sep, "decimal": decimal, "encoding": encoding}
    _check_options(suffix, {**given, "header": header})
    check_header(header)
    if suffix in _TEXT:
        return _read_text(file, sep, decimal, encoding, header)
    if suffix == ".xlsx":
        sheet_cells = without_header_rows(read_sheet(file, sheet, header))
        return with_platform_answers(with_types(sheet_cells))
    if suffix in STATISTICAL:
        return with_platform_answers(read_statistical(file, encoding))
    return with_platform_answers(_read_arrow(file))


def read_cells_as_printed(path: str) -> SurveyFile:
    """Read a table whose numbers say by their zeros how exact they are.

    Parameters
    ----------
    path : str
        As for `read_file`. Cells of a text file stay text; those of other files are
        what the file makes of them.

    Returns
    -------
    SurveyFile
    """
    file = Path(path)
    if file.suffix.lower() not in _TEXT or not file.is_file():
        return read_file(path)
    return read_cells(file, text_format(file, None, None))


def _read_text(
    path: Path,
    sep: str | None,
    decimal: str | None,
    encoding: str | None,
    header: int | None,
) -> SurveyFile:
    if decimal not in (None, ".", ","):
        raise OptionError(f"decimal is {decimal!r}. Give '.' or ','.")
    form = text_format(path, sep, encoding, header)
    if decimal is not None and decimal == form.sep:
        raise OptionError(
            f"The cells of {path.name!r} are separated by {form.sep!r}, which cannot be the "
            "decimal mark too. Pass sep= or another decimal=."
        )
    cells = without_header_rows(read_cells(path, form, header))
    return with_platform_answers(with_numbers(cells, form.sep, decimal))


def _read_arrow(path: Path) -> SurveyFile:
    load_extra("pyarrow")
    read: Callable[[Path], pd.DataFrame] = (
        pd.read_parquet if path.suffix.lower() == ".parquet" else pd.read_feather
    )
    try:
        frame = read(path)
    except Exception as problem:
        raise FileFormatError(
            f"{path.name!r} cannot be read as {path.suffix.lower()} ({problem}). Check that it is "
            "what its name says."
        ) from problem
    kind = f"{path.suffix[1:].capitalize()} file read."
    if isinstance(frame.index, pd.RangeIndex):
        return SurveyFile(frame, notes=(kind,))
    named = [name for name in frame.index.names if name is not None]
    note = f"The row index was made into columns: {', '.join(map(str, named))}." if named else ""
    return SurveyFile(frame.reset_index(drop=not named)).noted(kind, note)


def _check_file(path: Path, max_bytes: int) -> None:
    """Refuse what is missing, no regular file, unreadable, empty or too large."""
    if isinstance(max_bytes, bool) or not isinstance(max_bytes, int) or max_bytes < 1:
        raise OptionError(f"max_bytes is {max_bytes!r}. Give a positive whole number.")
    try:
        if not path.exists():
            raise FileFormatError(f"File not found: {str(path)!r}.{_close_names(path)}")
        if not path.is_file():
            kind = "a directory" if path.is_dir() else "not a regular file"
            raise FileFormatError(f"{str(path)!r} is {kind}. Name one survey file.")
        size = path.stat().st_size
        with path.open("rb"):
            pass
    except OSError as problem:
        raise FileFormatError(
            f"{str(path)!r} cannot be opened: {problem.strerror}. Check its permissions."
        ) from None
    if size == 0:
        raise FileFormatError(f"{path.name!r} is empty. Give a file with a row of column names.")
    if size > max_bytes:
        raise FileFormatError(
            f"{path.name!r} has {size:,} bytes, more than the limit of {max_bytes:,}. Save the "
            "columns you need as Parquet, or raise max_bytes."
        )


def _close_names(path: Path) -> str:
    try:
        names = {entry.stem: entry.name for entry in path.absolute().parent.iterdir()}
    except (OSError, ValueError):
        return " Its folder does not exist either."
    close = difflib.get_close_matches(path.stem, names, n=1)
    return f" Did you mean {names[close[0]]!r}?" if close else " Check the spelling and the folder."


def _check_suffix(path: Path) -> None:
    suffix = path.suffix.lower()
    if suffix not in _SUPPORTED:
        refused = _REFUSED.get(
            suffix, f"Files of kind {suffix or 'without suffix'!r} are not read."
        )
        raise FileFormatError(
            f"{path.name!r} cannot be read. {refused} Supported: {', '.join(_SUPPORTED)}."
        )


def _check_options(suffix: str, given: dict[str, str | int | None]) -> None:
    """Refuse options that would be ignored."""
    meant = {
        "sheet": (".xlsx",),
        "sep": _TEXT,
        "decimal": _TEXT,
        "encoding": (*_TEXT, *STATISTICAL),
        "header": (*_TEXT, ".xlsx"),
    }
    for option, value in given.items():
        if value is not None and suffix not in meant[option]:
            raise OptionError(
                f"{option}= has no meaning for a {suffix} file. Leave it out; it belongs to "
                f"{', '.join(meant[option])}."
            )

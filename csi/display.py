"""How tables and numbers are shown; the only place where anything is rounded.

Every function takes a tidy DataFrame and returns text: a monospace table, HTML,
LaTeX or CSV; `write_excel` writes a workbook. Whatever stands in a cell or a
header is shown as text, never run: HTML and LaTeX are escaped, and neither a
CSV cell nor an Excel cell becomes a formula. An index is shown when it has a
name or holds text, and left out when it only counts rows.
"""

from __future__ import annotations

import datetime
import html
import io
import math
import os
import re
import secrets
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_EVEN, Decimal
from numbers import Real
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from csi.errors import FileFormatError, OptionError

if TYPE_CHECKING:
    import pandas as pd

MOST_DIGITS = 15
"""Decimals beyond these are noise in double precision."""

EXCEL_ROWS, EXCEL_COLUMNS, EXCEL_TEXT = 1_048_576, 16_384, 32_767
"""What one sheet and one cell can hold."""

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")
_LATEX = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    "[": "{[}",  # \\[ and \\* would be read as arguments of the line break
    "*": "{*}",
    **{sign: f"\\{sign}" for sign in "&%$#_{}"},
}
_STYLE = (
    "<style>.csi-summary th,.csi-summary td{text-align:left;padding:.2em .8em}"
    ".csi-summary .num{text-align:right;font-variant-numeric:tabular-nums}"
    ".csi-summary caption{text-align:left;font-weight:bold;padding:.3em .8em}</style>"
)


@dataclass(frozen=True, slots=True)
class _Column:
    """A header, its cells, and whether they are numbers."""

    header: str
    values: tuple[object, ...]
    numeric: bool

    def cells(self, digits: int) -> list[str]:
        shown = _SHOWN_AS.get(self.header.partition("_")[0], _shown) if self.numeric else _shown
        return [shown(value, digits) for value in self.values]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Summary:
    """What there is to say about a result, ready to be shown.

    Attributes
    ----------
    title : str
        Its heading.
    facts : tuple of (str, str)
        Names and values of single facts, such as ``("Respondents", "250")``.
    tables : tuple of (str, DataFrame)
        Headings and tables at full precision.
    notes : tuple of str
        Remarks and warnings, one paragraph each.
    digits : int
        Decimals in the tables.
    widths : mapping of str to int
        Columns whose cells go on in the next line of text beyond so many letters.

    Examples
    --------
    >>> from csi.display import Summary
    >>> print(Summary("A fit", (("Respondents", "250"),), (), ("It converged.",)))
    A fit
    =====
    Respondents  250
    <BLANKLINE>
    It converged.
    """

    title: str
    facts: tuple[tuple[str, str], ...] = ()
    tables: tuple[tuple[str, pd.DataFrame], ...] = ()
    notes: tuple[str, ...] = ()
    digits: int = 3
    widths: Mapping[str, int] = field(default_factory=dict)

    def __str__(self) -> str:
        heading = f"{self.title}\n{'=' * _width(self.title)}"
        widest = max((_width(name) for name, _ in self.facts), default=0)
        facts = "\n".join(f"{_pad(name, widest)}  {value}" for name, value in self.facts)
        opening = f"{heading}\n{facts}" if facts else heading
        tables = [
            text_table(frame, digits=self.digits, title=title, widths=self.widths)
            for title, frame in self.tables
        ]
        return "\n\n".join([opening, *tables, *self.notes])

    def __repr__(self) -> str:
        return f"<Summary {self.title}: {len(self.tables)} tables, {len(self.notes)} notes>"

    def _repr_html_(self) -> str:
        return self.to_html()

    def to_html(self) -> str:
        """Return the summary as an HTML fragment with its own style."""
        facts = "".join(
            f'<tr><th scope="row">{_html(name)}</th><td>{_html(value)}</td></tr>'
            for name, value in self.facts
        )
        parts = [f"<h3>{_html(self.title)}</h3>", f"<table>{facts}</table>" if facts else ""]
        parts += [
            html_table(frame, digits=self.digits, caption=title) for title, frame in self.tables
        ]
        parts += [f"<p>{_html(note)}</p>" for note in self.notes]
        return f'<div class="csi-summary">{_STYLE}{"".join(parts)}</div>'

    def to_latex(self) -> str:
        """Return the summary as LaTeX; it needs the package booktabs and no other."""
        facts = [f"{latex_text(name)} & {latex_text(value)}" for name, value in self.facts]
        parts = [_latex_float("ll", "", facts, self.title, "")] if facts else []
        parts += [
            latex_table(frame, digits=self.digits, caption=title) for title, frame in self.tables
        ]
        parts += [f"\\noindent {latex_text(note)}\n" for note in self.notes]
        return "\n".join(parts)


def number(value: object, digits: int = 3) -> str:
    """Return a number as a table shows it.

    Parameters
    ----------
    value : object
        A number, a truth value, or nothing (None, NaN).
    digits : int
        Decimals of numbers that are not whole by type, 0 to 15.

    Returns
    -------
    str
        Empty for a missing value. Halves go to the even digit. Sizes outside
        [1e-4, 1e6) are written with an exponent, zero excepted.

    Raises
    ------
    OptionError
        If the value is not a number or ``digits`` is out of range.

    Examples
    --------
    >>> from csi.display import number
    >>> number(0.71449), number(-0.00012), number(250), number(None)
    ('0.714', '0.000', '250', '')
    """
    _check_digits(digits)
    if _missing(value):
        return ""
    if isinstance(value, bool | np.bool_):
        return "yes" if value else "no"
    if isinstance(value, int | np.integer):
        return str(int(value))
    if not isinstance(value, Real | Decimal):
        raise OptionError(f"{value!r} is not a number. Show text as it is.")
    return _decimal(float(value), digits)


def text_table(
    frame: pd.DataFrame,
    *,
    digits: int = 3,
    title: str = "",
    widths: Mapping[str, int] | None = None,
) -> str:
    """Return a table for a terminal, columns aligned also for Chinese text.

    Parameters
    ----------
    frame : DataFrame
        The table.
    digits : int
        Decimals shown.
    title : str
        Line above the table; none if empty.
    widths : mapping of str to int, optional
        Columns whose cells go on in the next line beyond so many letters.

    Returns
    -------
    str

    Examples
    --------
    >>> import pandas as pd
    >>> from csi.display import text_table
    >>> print(text_table(pd.DataFrame({"construct": ["Image", "满意度"], "r2": [None, 0.6804]})))
    construct     r2
    ---------  -----
    Image
    满意度     0.680
    """
    _check_digits(digits)
    columns = _columns(frame)
    broken = [
        [_in_lines(one_line(cell), (widths or {}).get(c.header)) for cell in c.cells(digits)]
        for c in columns
    ]
    heights = [max(map(len, row)) for row in zip(*broken, strict=True)]
    lines: list[list[str]] = []
    for column, rows in zip(columns, broken, strict=True):
        filled = [
            row + [""] * (height - len(row)) for row, height in zip(rows, heights, strict=True)
        ]
        cells = [one_line(column.header), *(line for row in filled for line in row)]
        width = max(map(_width, cells))
        padded = [_pad(cell, width, right=column.numeric) for cell in cells]
        lines.append([padded[0], "-" * width, *padded[1:]])
    body = ["  ".join(line).rstrip() for line in zip(*lines, strict=True)]
    if len(frame) == 0:
        body.append("(no rows)")
    return "\n".join([one_line(title), *body] if title else body)


def html_table(
    frame: pd.DataFrame, *, digits: int = 3, caption: str = "", classes: str = ""
) -> str:
    """Return a table as HTML in which every text is escaped.

    Parameters
    ----------
    frame : DataFrame
        The table.
    digits : int
        Decimals shown.
    caption : str
        Caption; none if empty.
    classes : str
        Value of the class attribute of the table. Cells and headers of numeric
        columns are of class ``num``.

    Returns
    -------
    str

    Examples
    --------
    >>> import pandas as pd
    >>> from csi.display import html_table
    >>> html_table(pd.DataFrame({"n": [250]}))[-56:]
    '<tbody><tr><td class="num">250</td></tr></tbody></table>'
    """
    _check_digits(digits)
    columns = _columns(frame)
    kinds = [' class="num"' if column.numeric else "" for column in columns]
    head = "".join(
        f'<th scope="col"{kind}>{_html(column.header)}</th>'
        for kind, column in zip(kinds, columns, strict=True)
    )
    rows = [
        "".join(f"<td{kind}>{_html(cell)}</td>" for kind, cell in zip(kinds, row, strict=True))
        for row in _rows(columns, digits)
    ]
    body = "".join(f"<tr>{row}</tr>" for row in rows)
    named = f' class="{_html(classes)}"' if classes else ""
    above = f"<caption>{_html(caption)}</caption>" if caption else ""
    return f"<table{named}>{above}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def latex_table(frame: pd.DataFrame, *, digits: int = 3, caption: str = "", label: str = "") -> str:
    r"""Return a table as LaTeX; it needs the package booktabs and no other.

    Parameters
    ----------
    frame : DataFrame
        The table.
    digits : int
        Decimals shown.
    caption : str
        Caption; none if empty.
    label : str
        Name for ``\ref``; characters that LaTeX does not take there become hyphens.

    Returns
    -------
    str

    Examples
    --------
    >>> import pandas as pd
    >>> from csi.display import latex_table
    >>> print(latex_table(pd.DataFrame({"item_1": ["a&b"], "95% CI": [-0.5]}), digits=2))
    \begin{table}[htbp]
    \centering
    \begin{tabular}{lr}
    \toprule
    item\_1 & 95\% CI \\
    \midrule
    a\&b & $-$0.50 \\
    \bottomrule
    \end{tabular}
    \end{table}
    <BLANKLINE>
    """
    _check_digits(digits)
    columns = _columns(frame)
    escaped = [_latex_number if column.numeric else latex_text for column in columns]
    rows = [
        " & ".join(escape(cell) for escape, cell in zip(escaped, row, strict=True))
        for row in _rows(columns, digits)
    ]
    head = " & ".join(latex_text(column.header) for column in columns)
    alignment = "".join("r" if column.numeric else "l" for column in columns)
    return _latex_float(alignment, head, rows, caption, label)


def csv_text(frame: pd.DataFrame) -> str:
    r"""Return a table as CSV at full precision.

    Text that a spreadsheet would take for a formula gets a leading apostrophe.

    Parameters
    ----------
    frame : DataFrame
        The table.

    Returns
    -------
    str

    Examples
    --------
    >>> import pandas as pd
    >>> from csi.display import csv_text
    >>> csv_text(pd.DataFrame({"firm": ["=A1"], "index": [-0.1]}))
    "firm,index\n'=A1,-0.1\n"
    """
    columns = _columns(frame)
    cells = [[_guarded(column.header), *map(_exact, column.values)] for column in columns]
    rows = zip(*(map(_csv, column) for column in cells), strict=True)
    return "".join(",".join(row) + "\n" for row in rows)


def write_excel(
    frames: Mapping[str, pd.DataFrame], path: str | os.PathLike[str], *, digits: int = 3
) -> None:
    """Write tables to an Excel workbook, one sheet each.

    Numbers keep full precision and are shown rounded; text stays text, also when
    it looks like a formula or an address. An existing file is replaced.

    Parameters
    ----------
    frames : mapping of str to DataFrame
        Sheet names and tables. Names are brought under the rules of Excel.
    path : str or path
        The file.
    digits : int
        Decimals shown.

    Raises
    ------
    OptionError
        If xlsxwriter is not installed or a table is larger than a sheet.
    FileFormatError
        If the file cannot be written.
    """
    _check_digits(digits)
    try:
        import xlsxwriter  # noqa: PLC0415 - optional and slow to import
    except ImportError:
        raise OptionError(
            "Excel files are written by xlsxwriter, which is not installed. Run "
            "pip install 'csi[io]', or write CSV."
        ) from None
    content = io.BytesIO()
    settings = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(content, settings) as book:
        book.set_properties({"created": datetime.datetime(2000, 1, 1)})
        for name, frame in zip(_sheet_names(frames), frames.values(), strict=True):
            _fill_sheet(book, book.add_worksheet(name), frame, digits)
    _replace_file(Path(path), content.getvalue())


def atomic_write(path: str | os.PathLike[str], text: str) -> None:
    r"""Write a text file whole or not at all, as UTF-8 with ``\n`` line ends.

    Parameters
    ----------
    path : str or path
        The file; an existing one is replaced.
    text : str
        What it shall hold.

    Raises
    ------
    FileFormatError
        If the folder does not exist or the file cannot be written.
    """
    _replace_file(Path(path), text.encode("utf-8", "replace"))


def _replace_file(path: Path, content: bytes) -> None:
    folder = path.parent
    if not folder.is_dir():
        raise FileFormatError(f"Folder {str(folder)!r} does not exist; create it first.")
    draft = folder / f".csi-{secrets.token_hex(6)}.tmp"
    try:
        draft.write_bytes(content)
        os.replace(draft, path)
    except OSError as problem:
        raise FileFormatError(
            f"File {str(path)!r} cannot be written: {problem.strerror}. Close it in other "
            "programs, or choose another name."
        ) from problem
    finally:
        draft.unlink(missing_ok=True)


def _decimal(value: float, digits: int) -> str:
    if not math.isfinite(value):
        return str(value)
    if value and not 1e-4 <= abs(value) < 1e6:
        return f"{value:.{digits}e}"
    rounded = Decimal(repr(value)).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_EVEN)
    return f"{abs(rounded) if rounded == 0 else rounded:f}"


def _shown(value: object, digits: int) -> str:
    countable = isinstance(value, Real | Decimal | np.bool_)
    return number(value, digits) if countable or _missing(value) else str(value)


def _shown_p(value: Any, digits: int) -> str:
    """Return a p value; "<0.001" where rounding would leave nothing, or nearly."""
    least = 10.0**-digits
    small = not _missing(value) and value < least
    return f"<{least:.{digits}f}" if small else _shown(value, digits)


def _shown_df(value: Any, digits: int) -> str:
    """Return degrees of freedom, which are whole unless a test is adjusted."""
    whole = not _missing(value) and float(value).is_integer()
    return str(int(value)) if whole else _shown(value, digits)


_SHOWN_AS = {"p": _shown_p, "df": _shown_df}
"""How columns are shown by the first word of their name, if they hold numbers."""


def _exact(value: object) -> str:
    """Full precision: the shortest text that reads back as the same number."""
    if _missing(value):
        return ""
    if isinstance(value, float | np.floating):
        return repr(float(value))
    if isinstance(value, Real | Decimal | np.bool_):
        return str(value)
    return _guarded(str(value))


def _guarded(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text


def _csv(cell: str) -> str:
    """Quote where needed; the csv module would leave a lone carriage return bare."""
    special = any(mark in cell for mark in ',"\r\n') or cell != cell.strip()
    return '"{}"'.format(cell.replace('"', '""')) if special else cell


def _missing(value: object) -> bool:
    """None, NaN, and the missing values of pandas, without importing it."""
    if isinstance(value, float | np.floating | Decimal):
        return math.isnan(value)
    return value is None or type(value).__name__ in ("NAType", "NaTType")


def _check_digits(digits: int) -> None:
    if not isinstance(digits, int | np.integer) or not 0 <= digits <= MOST_DIGITS:
        raise OptionError(f"digits is {digits!r}. Give a whole number from 0 to {MOST_DIGITS}.")


def _columns(frame: pd.DataFrame) -> list[_Column]:
    """Columns of a frame by position, since headers may repeat, with a telling index first."""
    index = [
        _column(name if name is not None else "", frame.index.get_level_values(level))
        for level, name in enumerate(frame.index.names)
    ]
    telling = [column for column in index if column.header or not column.numeric]
    body = [_column(name, frame.iloc[:, j]) for j, name in enumerate(frame.columns)]
    return telling + body if len(frame) else [c for c in telling if c.header] + body


def _column(name: object, values: Iterable[object]) -> _Column:
    header = " ".join(map(str, name)) if isinstance(name, tuple) else str(name)
    held = tuple(values)
    present = [value for value in held if not _missing(value)]
    numeric = all(
        isinstance(value, Real | Decimal) and not isinstance(value, bool) for value in present
    )
    return _Column(header, held, numeric and bool(present))


def _rows(columns: Sequence[_Column], digits: int) -> Iterator[tuple[str, ...]]:
    return zip(*(column.cells(digits) for column in columns), strict=True)


def _html(text: str) -> str:
    return html.escape(one_line(text), quote=True)


def latex_text(text: str) -> str:
    """Return text as LaTeX shows it literally."""
    return "".join(_LATEX.get(character, character) for character in one_line(text))


def _latex_number(cell: str) -> str:
    size, _, power = cell.partition("e")
    if power:
        return f"${size}\\times 10^{{{int(power)}}}$"
    return cell.replace("-", "$-$").replace("<", "$<$")


def _latex_float(alignment: str, head: str, rows: Iterable[str], caption: str, label: str) -> str:
    name = re.sub(r"[^A-Za-z0-9:.-]", "-", label)
    lines = [r"\begin{table}[htbp]", r"\centering"]
    lines += [f"\\caption{{{latex_text(caption)}}}"] if caption else []
    lines += [f"\\label{{{name}}}"] if label else []
    lines += [f"\\begin{{tabular}}{{{alignment}}}", r"\toprule"]
    lines += [f"{head} \\\\", r"\midrule"] if head else []
    lines += [f"{row} \\\\" for row in rows]
    return "\n".join([*lines, r"\bottomrule", r"\end{tabular}", r"\end{table}", ""])


def one_line(text: str) -> str:
    """Return text with blanks for control characters, which would break a table apart."""
    if text.isprintable():
        return text
    return "".join(" " if unicodedata.category(c) in ("Cc", "Zl", "Zp") else c for c in text)


def _width(text: str) -> int:
    """Columns of a terminal that a text takes."""
    if text.isascii():
        return len(text)
    return sum(
        0
        if unicodedata.category(c) in ("Mn", "Me", "Cf")
        else 2
        if unicodedata.east_asian_width(c) in "WF"
        else 1
        for c in text
    )


def _in_lines(text: str, widest: int | None) -> list[str]:
    """Break text between words, so that it takes few columns of a terminal."""
    if widest is None:
        return [text]
    lines = [""]
    for word in text.split(" "):
        longer = f"{lines[-1]} {word}" if lines[-1] else word
        if lines[-1] and _width(longer) > widest:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines


def _pad(text: str, width: int, *, right: bool = False) -> str:
    blanks = " " * (width - _width(text))
    return blanks + text if right else text + blanks


def _sheet_names(names: Iterable[str]) -> list[str]:
    taken: set[str] = {"history"}  # a name Excel keeps for itself
    legal: list[str] = []
    for name in names:
        plain = re.sub(r"[\[\]:*?/\\]", "_", one_line(name)).strip("' ") or "Sheet"
        number_, legal_name = 2, plain[:31].rstrip("' ")
        while legal_name.lower() in taken:
            mark = f" ({number_})"
            number_, legal_name = number_ + 1, plain[: 31 - len(mark)] + mark
        taken.add(legal_name.lower())
        legal.append(legal_name)
    return legal


def _fill_sheet(book: Any, sheet: Any, frame: pd.DataFrame, digits: int) -> None:
    columns = _columns(frame)
    if len(frame) >= EXCEL_ROWS or len(columns) > EXCEL_COLUMNS:
        raise OptionError(
            f"A table of {len(frame)} rows and {len(columns)} columns does not fit an Excel "
            f"sheet ({EXCEL_ROWS - 1} rows, {EXCEL_COLUMNS} columns). Write CSV instead."
        )
    bold = book.add_format({"bold": True})
    decimals = "." + "0" * digits if digits else ""
    plain = book.add_format({"num_format": f"0{decimals}"})
    exponent = book.add_format({"num_format": f"0{decimals}E+00"})
    for j, column in enumerate(columns):
        sheet.write_string(0, j, _storable(column.header), bold)
        for i, value in enumerate(column.values, 1):
            _fill_cell(sheet, (i, j), value, exponent if "e" in _shown(value, digits) else plain)
        widest = max(map(_width, [column.header, *column.cells(digits)[:1000]]))
        sheet.set_column(j, j, min(max(widest + 2, 8), 60))
    sheet.freeze_panes(1, 0)


def _fill_cell(sheet: Any, at: tuple[int, int], value: Any, decimals: object) -> None:
    whole = isinstance(value, int | np.integer) and not isinstance(value, bool)
    if _missing(value):
        return
    if isinstance(value, bool | np.bool_):
        sheet.write_boolean(*at, bool(value))
    elif whole and abs(int(value)) < 10**15:
        sheet.write_number(*at, int(value))
    elif isinstance(value, Real | Decimal) and not whole and math.isfinite(value):
        sheet.write_number(*at, float(value), decimals)
    else:
        sheet.write_string(*at, _storable(str(value)))


def _storable(text: str) -> str:
    return text.encode("utf-8", "replace").decode("utf-8")[:EXCEL_TEXT]

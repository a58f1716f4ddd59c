"""What a file is by its first bytes, whatever its name says."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import NamedTuple

from csi.errors import FileFormatError


class Kind(NamedTuple):
    """A kind of file that its first bytes give away.

    Attributes
    ----------
    name : str
        In words, with its article.
    suffixes : tuple of str
        What such a file may be called.
    remedy : str
        What to do with it; empty where a better name is enough.
    """

    name: str
    suffixes: tuple[str, ...]
    remedy: str = ""


_EXPORT = "Open it in the program it comes from and save the table as .xlsx or .csv."
_ZIP = b"PK\x03\x04"
_PARQUET = b"PAR1"
_SIGNATURES = {
    bytes.fromhex("d0cf11e0a1b11ae1"): Kind(
        "an old Excel workbook (.xls) or one protected by a password",
        (".xls", ".xlsx", ".xlsm", ".xlsb"),
        "Open it in Excel and save it as .xlsx without a password.",
    ),
    b"$FL2@(#)": Kind("an SPSS file", (".sav", ".zsav")),
    b"$FL3@(#)": Kind("a compressed SPSS file", (".zsav", ".sav")),
    b"<stata_dta>": Kind("a Stata file", (".dta",)),
    _PARQUET: Kind("a Parquet file", (".parquet",)),
    b"ARROW1\x00\x00": Kind("an Arrow file", (".arrow", ".feather")),
    b"%PDF-": Kind("a PDF document", (".pdf",), _EXPORT),
}
_PACKAGES = {
    "xl/workbook.xml": Kind("an Excel workbook", (".xlsx", ".xlsm")),
    "xl/workbook.bin": Kind("a binary Excel workbook", (".xlsb",), _EXPORT),
    "word/document.xml": Kind("a Word document", (".docx",), _EXPORT),
    "mimetype": Kind("an OpenDocument file", (".ods",), _EXPORT),
}
_ARCHIVE = Kind("a ZIP archive", (".zip",), "Unpack it and name the survey file inside.")
_DAMAGED = Kind(
    "a damaged ZIP archive or workbook",
    (".zip",),
    "Save it anew in the program it comes from.",
)
_CHECKED_ON_OPENING = (".xlsx",)


def check_kind(path: Path) -> None:
    """Refuse a file whose first bytes contradict its suffix.

    Parameters
    ----------
    path : Path
        An existing file.

    Raises
    ------
    FileFormatError
        Says what the file is, and how to name it or what to do with it.
    """
    suffix = path.suffix.lower()
    kind = _kind(path, suffix)
    if kind is None or suffix in kind.suffixes:
        return
    remedy = kind.remedy or f"Rename it to {path.with_suffix(kind.suffixes[0]).name!r}."
    raise FileFormatError(f"{path.name!r} is {kind.name}, not what its name says. {remedy}")


def _kind(path: Path, suffix: str) -> Kind | None:
    with path.open("rb") as content:
        head = content.read(16)
        content.seek(-min(path.stat().st_size, 4), 2)
        tail = content.read()
    if head.startswith(_ZIP):
        return None if suffix in _CHECKED_ON_OPENING else _package(path)
    if head.startswith(_PARQUET) and tail != _PARQUET:  # a column may be called so
        return None
    return next((kind for mark, kind in _SIGNATURES.items() if head.startswith(mark)), None)


def _package(path: Path) -> Kind:
    """Tell apart what is packed as ZIP."""
    try:
        with zipfile.ZipFile(path) as package:
            names = set(package.namelist())
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return _DAMAGED
    return next((kind for part, kind in _PACKAGES.items() if part in names), _ARCHIVE)

"""What is checked before a report or an export is written."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal

from csi.declared import check_flags
from csi.errors import ArgumentTypeError, OptionError
from csi.groups import Fits
from csi.results import Fit
from csi.storage import check_target

Kind = Literal["report", "json", "excel", "latex", "diagram", "plot", "methods"]

LONGEST_SHOWN = 80
"""Letters of a name that a refusal repeats."""

_WRITTEN: dict[Kind, tuple[str, tuple[str, ...]]] = {
    "report": ("A report is written as HTML, which a browser prints as PDF", (".html", ".htm")),
    "json": ("A fit is stored as JSON", (".json",)),
    "excel": ("Tables are written as an Excel workbook", (".xlsx",)),
    "latex": ("Tables are written as LaTeX", (".tex",)),
    "plot": ("A plot is saved as PNG, SVG or PDF", (".png", ".svg", ".pdf")),
    "diagram": ("A path diagram is saved as SVG", (".svg",)),
    "methods": ("A methods section is written as text or BibTeX", (".txt", ".md", ".bib")),
}


def check_output(path: str | os.PathLike[str], kind: Kind, overwrite: bool) -> None:
    """Refuse a file that must not be replaced or whose name promises another format."""
    check_path(path)
    check_flags(overwrite=overwrite)
    check_target(path, overwrite)
    written, endings = _WRITTEN[kind]
    ending = Path(path).suffix
    if ending.lower() not in endings:
        raise OptionError(
            f"{written}, but {os.fspath(path)!r} ends in {ending or 'nothing'!r}. Name a file that "
            f"ends in {' or '.join(endings)}."
        )


def check_title(title: object) -> None:
    """Refuse a heading that is no text."""
    if not isinstance(title, str):
        raise ArgumentTypeError(f"title is a {type(title).__name__}. Give text, or leave it out.")


def check_path(path: object) -> None:
    """Refuse what cannot be the name of a file or folder on this computer."""
    if not isinstance(path, str | os.PathLike):
        raise ArgumentTypeError(
            f"The file or folder to write is a {type(path).__name__}. Give text or a path."
        )
    name = os.fsdecode(path)
    try:
        usable = bool(os.fsencode(name)) and "\0" not in name
        Path(name).exists()
    except (OSError, ValueError):
        usable = False
    if not usable:
        raise OptionError(
            f"{name[:LONGEST_SHOWN]!r} cannot be the name of a file or folder: it is empty or too "
            "long, or holds a sign that names must not have. Choose another name."
        )


def check_fits(fit: object, fits: object, done: str) -> None:
    """Refuse what is no fit, or no fits by group, in the words of what was to be done."""
    if not isinstance(fit, Fit):
        raise ArgumentTypeError(
            f"A {type(fit).__name__} cannot be {done}. Give the result of csi.fit(), and those "
            "of csi.fit_by() as fits=."
        )
    if not isinstance(fits, Fits | None):
        raise ArgumentTypeError(
            f"fits is a {type(fits).__name__}. Give the result of csi.fit_by(), or leave it out."
        )

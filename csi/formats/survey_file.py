"""What every reader of survey files returns."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import pandas as pd

from csi.codebook import Codebook
from csi.errors import listing

NA_TEXTS = ("", "NA", "N/A", "NaN", "null", ".")
"""Cells of text files and workbooks that are taken as missing."""


@dataclass(frozen=True, slots=True, eq=False)
class SurveyFile:
    """A survey file as it was read.

    Attributes
    ----------
    frame : DataFrame
        One row per respondent. Columns of numbers are numeric, all others are as found.
    codebook : Codebook or None
        What the file itself says of its columns.
    notes : tuple of str
        What was done on reading, one sentence each.
    """

    frame: pd.DataFrame
    codebook: Codebook | None = None
    notes: tuple[str, ...] = ()

    def noted(self, *sentences: str) -> SurveyFile:
        """Return the same file with further notes; empty ones are left out."""
        return replace(self, notes=self.notes + tuple(filter(None, sentences)))

    def __repr__(self) -> str:
        rows, columns = self.frame.shape
        return f"<SurveyFile {rows} rows, {columns} columns, {len(self.notes)} notes>"


def joined(columns: Iterable[pd.Series], names: pd.Index) -> pd.DataFrame:
    """Return a table of the columns, whose names may repeat."""
    frame = pd.concat(list(columns), axis=1)
    frame.columns = names
    return frame


def without_empty_unnamed(frame: pd.DataFrame) -> pd.DataFrame:
    """Leave out columns that have neither a name nor a cell."""
    kept = [
        position
        for position, name in enumerate(frame.columns)
        if name != "" or bool((frame.iloc[:, position].fillna("") != "").any())
    ]
    return frame.iloc[:, kept]


def na_note(words: Mapping[str, set[str]]) -> str:
    """Return the note that some texts of these columns were taken as missing, or nothing."""
    found = {name: texts - {""} for name, texts in words.items() if texts - {""}}
    read = ", ".join(sorted(map(repr, set().union(*found.values()))))
    return f"Cells that read {read} were taken as missing in: {listing(found)}." if found else ""


def language_of(texts: Iterable[str]) -> str:
    """Guess the language of wordings: ``zh`` when most hold Chinese characters, else ``en``."""
    wordings = [text for text in texts if text.strip()]
    chinese = sum(bool(_HAN.search(text)) and not _KANA.search(text) for text in wordings)
    return "zh" if 2 * chinese > len(wordings) else "en"


_HAN = re.compile("[\u4e00-\u9fff]")
_KANA = re.compile("[\u3040-\u30ff]")

"""Exports of survey platforms: extra header rows, answer codes, unfinished answers.

Qualtrics writes three header rows (code, wording, import id), SurveyMonkey two
(question, then answer option or "Response"), LimeSurvey one, with answers such
as ``A3``.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

import pandas as pd

from csi.codebook import Codebook
from csi.errors import listing
from csi.formats.survey_file import SurveyFile, joined, language_of
from csi.spec import Item

_RESPONSE = {"response", "open-ended response"}
_RESPONDENT = {"respondent id", "respondentid", "respondent_id"}
_UNNAMED = re.compile(r"Unnamed: \d+|")
_LIME_NAME = re.compile(r"[A-Za-z]\w*\[\w+\]")
_LIME_COLUMNS = {"submitdate", "lastpage", "startlanguage"}
_LIME_ANSWER = re.compile(r"A\d{1,3}")


def without_header_rows(file: SurveyFile) -> SurveyFile:
    """Take the second and third header row of an export for what they are.

    Parameters
    ----------
    file : SurveyFile
        Cells that are not typed yet.

    Returns
    -------
    SurveyFile
        Without the extra rows; wordings in the codebook (Qualtrics) or in the
        names (SurveyMonkey).
    """
    if _is_qualtrics(file.frame):
        return _qualtrics(file)
    if _is_surveymonkey(file.frame):
        return _surveymonkey(file)
    return file


def with_platform_answers(file: SurveyFile) -> SurveyFile:
    """Read LimeSurvey's answer codes as numbers, and count answers not meant for analysis."""
    decoded = _limesurvey(file) if _is_limesurvey(file.frame) else file
    return decoded.noted(*_incomplete(decoded.frame))


def _row(frame: pd.DataFrame, position: int) -> list[str]:
    if position >= len(frame):
        return []
    return ["" if pd.isna(cell) else str(cell).strip() for cell in frame.iloc[position]]


def _is_qualtrics(frame: pd.DataFrame) -> bool:
    return any(cell.startswith("{") and '"ImportId"' in cell for cell in _row(frame, 1))


def _qualtrics(file: SurveyFile) -> SurveyFile:
    wordings = dict(zip(map(str, file.frame.columns), _row(file.frame, 0), strict=True))
    language = language_of(wordings.values())
    items = [Item(name, text={language: text} if text else {}) for name, text in wordings.items()]
    return replace(
        file,
        frame=file.frame.iloc[2:].reset_index(drop=True),
        codebook=Codebook(tuple(items), language=language),
    ).noted(
        "Rows 2-3 were Qualtrics header rows: the wordings were taken as labels, the import ids "
        "were left out."
    )


def _is_surveymonkey(frame: pd.DataFrame) -> bool:
    names, second = list(map(str, frame.columns)), _row(frame, 0)
    if not second:
        return False
    ids = [at for at, name in enumerate(names) if name.strip().lower() in _RESPONDENT]
    continued = any(
        _UNNAMED.fullmatch(name) and cell for name, cell in zip(names, second, strict=True)
    )
    marked = any(cell.lower() in _RESPONSE for cell in second)
    if ids:
        return not second[ids[0]] and (continued or marked)
    return continued and marked and not any(cell.isdecimal() for cell in second)


def _surveymonkey(file: SurveyFile) -> SurveyFile:
    names = _combined(list(map(str, file.frame.columns)), _row(file.frame, 0))
    frame = file.frame.iloc[1:].reset_index(drop=True)
    frame.columns = pd.Index(names, dtype=object)
    return replace(file, frame=frame).noted(
        "Row 2 was a SurveyMonkey header row: questions and answer options were joined into "
        "column names."
    )


def _combined(questions: Sequence[str], options: Sequence[str]) -> list[str]:
    """Name columns "question - option"; a blank question is the one before it."""
    names = []
    question = ""
    for given, option in zip(questions, options, strict=True):
        question = question if _UNNAMED.fullmatch(given) else given
        plain = not option or option.lower() in _RESPONSE
        names.append(question if plain else f"{question} - {option}")
    return names


def _is_limesurvey(frame: pd.DataFrame) -> bool:
    return any(name in _LIME_COLUMNS or _LIME_NAME.fullmatch(name) for name in frame.columns)


def _limesurvey(file: SurveyFile) -> SurveyFile:
    columns, decoded = [], []
    for name, answers in file.frame.items():
        if _all_coded(answers):
            decoded.append(str(name))
            columns.append(pd.to_numeric(answers.str.removeprefix("A")))
        else:
            columns.append(answers)
    if not decoded:
        return file
    frame = joined(columns, file.frame.columns)
    return replace(file, frame=frame).noted(
        f"LimeSurvey answers A1, A2, ... were read as 1, 2, ... in {len(decoded)} columns: "
        f"{listing(decoded)}."
    )


def _all_coded(answers: pd.Series) -> bool:
    given = answers.dropna().unique()
    return len(given) > 0 and all(
        isinstance(answer, str) and _LIME_ANSWER.fullmatch(answer) for answer in given
    )


def _incomplete(frame: pd.DataFrame) -> list[str]:
    """Sentences on preview rows and unfinished answers; nothing is dropped."""
    notes = []
    if {"ResponseId", "DistributionChannel"} & set(frame.columns):
        previews = _equal(frame, "DistributionChannel", {"preview"}) | _equal(
            frame, "Status", {"survey preview", "1", "1.0"}
        )
        unfinished = _equal(frame, "Finished", {"0", "0.0", "false"})
        notes.append(_counted(previews, "previews made by the author, not answers"))
        notes.append(_counted(unfinished, "unfinished answers"))
    if "submitdate" in frame.columns:
        missing = _column(frame, "submitdate").isna()
        notes.append(_counted(missing, "incomplete answers (submitdate is empty)"))
    return notes


def _equal(frame: pd.DataFrame, name: str, values: set[str]) -> pd.Series:
    if name not in frame.columns:
        return pd.Series(False, index=frame.index)
    return _column(frame, name).astype(str).str.lower().isin(values)


def _column(frame: pd.DataFrame, name: str) -> pd.Series:
    return frame.iloc[:, list(frame.columns).index(name)]


def _counted(marked: pd.Series, what: str) -> str:
    count = int(marked.sum())
    return f"{count} of {len(marked)} rows are {what}; they were kept." if count else ""

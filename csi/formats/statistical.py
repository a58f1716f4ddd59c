"""Files of SPSS and Stata: answers as stored, and a codebook from the metadata.

User-missing codes stay in the data and are named in the codebook, so that the
audit can say how many respondents did not know.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from csi.codebook import Codebook
from csi.errors import FileFormatError, OptionError
from csi.extras import load_extra
from csi.formats.survey_file import SurveyFile, language_of
from csi.spec import Item

SUFFIXES = (".sav", ".zsav", ".por", ".dta")


def read_statistical(path: Path, encoding: str | None) -> SurveyFile:
    """Read a file of SPSS or Stata.

    Parameters
    ----------
    path : Path
        An existing .sav, .zsav, .por or .dta file.
    encoding : str or None
        Encoding of its texts where the file itself names a wrong one.

    Returns
    -------
    SurveyFile
        With a codebook of all columns; scales stay open, as the file does not state them.

    Raises
    ------
    FileFormatError
        If the content is not what the suffix says.
    """
    pyreadstat = load_extra("pyreadstat")
    suffix = path.suffix.lower()
    options = {} if suffix == ".por" else {"user_missing": True, "encoding": encoding}
    if suffix == ".por" and encoding is not None:
        raise OptionError("encoding= has no meaning for a .por file. Leave it out.")
    read = {".por": pyreadstat.read_por, ".dta": pyreadstat.read_dta}.get(
        suffix, pyreadstat.read_sav
    )
    try:
        frame, metadata = read(path, apply_value_formats=False, **options)
    except Exception as problem:
        raise FileFormatError(
            f"{path.name!r} cannot be read as {suffix} ({problem}). Check that it is what its "
            'name says; if the texts are the trouble, pass encoding="gb18030".'
        ) from problem
    if not frame.columns.is_unique or any(not isinstance(name, str) for name in frame.columns):
        raise FileFormatError(
            f"{path.name!r} is damaged: its columns have no clear names. Save it anew in the "
            "program it comes from."
        )
    frame, extended = _without_extended(frame, metadata)
    frame = _without_empty_texts(frame)
    por_note = "Declared missing values of a .por file arrive as missing."
    return SurveyFile(frame, _codebook(frame, metadata)).noted(
        _read_note(suffix, encoding or metadata.file_encoding),
        f"{extended} extended missing values (.a to .z) were taken as missing." if extended else "",
        por_note if suffix == ".por" else "",
    )


def _read_note(suffix: str, encoding: str | None) -> str:
    kind = "Stata" if suffix == ".dta" else "SPSS"
    return f"{kind} file read{f' with encoding {encoding.lower()}' if encoding else ''}."


def _without_extended(frame: pd.DataFrame, metadata: Any) -> tuple[pd.DataFrame, int]:
    """Replace the letters that stand for Stata's extended missing values, and count them."""
    count = 0
    columns = {}
    for name, letters in metadata.missing_user_values.items():
        if metadata.readstat_variable_types.get(name) != "string" and name in frame:
            marked = frame[name].isin(letters)
            count += int(marked.sum())
            columns[name] = pd.to_numeric(frame[name].where(~marked))
    return frame.assign(**columns), count


def _without_empty_texts(frame: pd.DataFrame) -> pd.DataFrame:
    """Replace empty texts, which is how SPSS and Stata store a text not given."""
    texts = frame.columns[[pd.api.types.is_string_dtype(kind) for kind in frame.dtypes]]
    return frame.assign(**{name: frame[name].where(frame[name] != "") for name in texts})


def _codebook(frame: pd.DataFrame, metadata: Any) -> Codebook:
    wordings = {name: text for name, text in metadata.column_names_to_labels.items() if text}
    language = language_of(wordings.values())
    items = tuple(
        Item(
            name,
            text={language: wordings[name]} if name in wordings else {},
            missing_codes=_missing_codes(frame[name], metadata.missing_ranges.get(name, [])),
            labels=_numeric_labels(metadata.variable_value_labels.get(name, {})),
        )
        for name in frame.columns
    )
    return Codebook(items, language=language)


def _missing_codes(answers: pd.Series, ranges: list[dict[str, Any]]) -> tuple[float, ...]:
    """Return the declared single codes, and of declared ranges the codes that occur."""
    codes: set[float] = set()
    for interval in ranges:
        low, high = interval["lo"], interval["hi"]
        if isinstance(low, str) or isinstance(high, str):
            continue
        if low == high:
            codes.add(float(low))
        else:
            codes.update(map(float, answers[answers.between(low, high)].unique()))
    return tuple(sorted(codes))


def _numeric_labels(labels: dict[Any, str]) -> dict[float, str]:
    return {
        float(answer): label
        for answer, label in labels.items()
        if isinstance(answer, int | float) and label
    }

"""Whether a file holds the answers that were published."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np

from csi.core.types import Array
from csi.data import SurveyData
from csi.datasets.facts import Dataset
from csi.errors import DataError, did_you_mean, listing


def check_columns(dataset: Dataset, data: SurveyData, shown: str) -> None:
    """Refuse a file without the columns that the data set is known for."""
    lacking = [name for name in dataset.columns if name not in data]
    if lacking:
        near = did_you_mean(lacking[0], [name for name in data.columns if name])
        raise DataError(
            f"{shown} lacks {len(lacking)} of the {len(dataset.columns)} columns of "
            f"{dataset.name}: {listing(lacking)}.{near} Its columns are "
            f"{listing(data.columns, 8)}. See {dataset.facts['page']}"
        )


def is_published(dataset: Dataset, data: SurveyData) -> bool:
    """Return whether these are the published answers, respondent by respondent, in any order."""
    expected: str = dataset.facts["answers"]
    return fingerprint(data, dataset.columns) == expected


def fingerprint(data: SurveyData, columns: Sequence[str]) -> str:
    """Return the SHA-256 of the answers, whatever file holds them.

    Rows are sorted and written as little-endian doubles, a cell that is no number as
    infinity. The same answers have the same fingerprint as a text file, a workbook or a
    selection of columns, in any order of the respondents.
    """
    answers = np.column_stack([_numbers(data, name) for name in columns])
    ordered = answers[np.lexsort(answers.T)]
    return hashlib.sha256(ordered.astype("<f8").tobytes()).hexdigest()


def _numbers(data: SurveyData, column: str) -> Array:
    import pandas as pd  # noqa: PLC0415 - a fetched file only

    read = pd.to_numeric(data.column(column).to_pandas(), errors="coerce").to_numpy(float)
    return np.where(np.isnan(read), np.inf, read)

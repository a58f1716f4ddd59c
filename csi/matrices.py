"""Printed matrices: correlations or covariances of items in a file."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence

import numpy as np

from csi.core.moments import Moments
from csi.core.types import Array
from csi.errors import DataError, DataQualityWarning, FileFormatError, listing, warn
from csi.files import read_file

BESIDE = {
    "mean": "means", "means": "means", "m": "means", "均值": "means", "平均值": "means",
    "sd": "sds", "sds": "sds", "std": "sds", "s.d.": "sds", "标准差": "sds",
    "n": "n", "样本量": "n",
}  # fmt: skip
"""Names that rows beside the matrix may have."""

UNLIKE = 0.01
"""Share by which standard deviations may differ from those of printed variances."""

_MINUS = str.maketrans(dict.fromkeys("−–—‐‑﹣", "-"))
_EMPTY = ("", "-", "nan", "None", "<NA>")


def read_moments(path: str, n: float | None = None) -> Moments:
    r"""Read a printed matrix of correlations or covariances from a file.

    The first row and the first column name the items. One triangle may be empty, or
    hold dashes. Rows named mean, sd and n may stand below; others are left out with a
    warning. Stars behind numbers do no harm. Where every variance is one, these are
    correlations.

    Parameters
    ----------
    path : str or Path
        A file that `csi.read_survey` reads, such as .csv or .xlsx.
    n : float, optional
        Respondents behind the matrix, if no row of the file says so.

    Returns
    -------
    Moments
        Without rows; in the units of the questionnaire if these are covariances or
        standard deviations are given.

    Raises
    ------
    FileFormatError
        If the file holds no square table.
    DataError
        If a cell holds no number, a row stands there twice, or the matrix is not what it
        must be.
    OptionError
        If the number of respondents is not known.

    Examples
    --------
    >>> import csi, tempfile
    >>> from pathlib import Path
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder, "printed.csv")
    ...     _ = path.write_text("item,A,B\nA,1,\nB,.5,1\nmean,7,8\nsd,1.5,2\nn,250,\n")
    ...     csi.read_moments(path)
    <Moments of 2 columns, n=250, from a matrix>
    """
    names, rows = _table(path)
    at = dict(rows)
    beside = {
        BESIDE[label.casefold()]: row
        for label, row in rows
        if label.casefold() in BESIDE and label not in names
    }
    _warn_of_others(names, rows)
    matrix = _whole(np.array([at[name] for name in names]), names)
    n = _respondents(beside) if n is None else n
    means, sds = beside.get("means"), beside.get("sds")
    if (np.abs(np.diagonal(matrix) - 1) < 1e-12).all():
        return Moments.from_correlation(matrix, names, n=n, means=means, sds=sds)
    _check_spread(matrix, sds)
    if (np.diagonal(matrix) < 1).all():
        warn(
            "Every number on the diagonal is below 1, so these are taken for covariances. If they "
            "are correlations with roots of the AVE on the diagonal, write 1 there.",
            DataQualityWarning,
        )
    return Moments.from_covariance(matrix, names, n=n, means=means)


def _table(path: str) -> tuple[list[str], list[tuple[str, Array]]]:
    """Return the names of the columns, and labels and numbers of the rows."""
    frame = read_file(path).frame
    names = [str(name).strip() for name in frame.columns[1:]]
    labels = [str(label).strip() for label in frame.iloc[:, 0]]
    lacking = [name for name in names if name not in labels]
    if not names or lacking:
        raise FileFormatError(
            f"{path} holds no square table: no row is named {listing(lacking) or 'anything'}. "
            "The first row and the first column name the items."
        )
    _check_once(path, labels, names)
    columns = [list(map(_number, frame.iloc[:, j + 1])) for j in range(len(names))]
    wrong = [
        f"{label}, {name}: {cell!r}"
        for j, name in enumerate(names)
        for label, cell, number in zip(labels, frame.iloc[:, j + 1], columns[j], strict=True)
        if number is None
    ]
    if wrong:
        raise DataError(f"{path} has cells that hold no number: {listing(wrong)}. Correct them.")
    return names, list(zip(labels, np.array(columns, dtype=np.float64).T, strict=True))


def _number(cell: object) -> float | None:
    """Return the number in a cell, NaN if it is empty, None if it holds something else."""
    text = unicodedata.normalize("NFKC", str(cell)).translate(_MINUS).strip(" \t*†‡")
    if text in _EMPTY:
        return np.nan
    plain = text.replace(",", ".") if text.count(",") == 1 and "." not in text else text
    try:
        return float(plain)
    except ValueError:
        return None


def _check_once(path: str, labels: Sequence[str], names: Sequence[str]) -> None:
    """Refuse names, and rows that mean the same, that stand there twice."""
    meant = [label if label in names else BESIDE.get(label.casefold(), "") for label in labels]
    for kind, given in (("columns", list(names)), ("rows", [each for each in meant if each])):
        twice = [name for name in dict.fromkeys(given) if given.count(name) > 1]
        if twice:
            raise DataError(f"{path} has several {kind} for {listing(twice)}. Keep one of them.")


def _warn_of_others(names: Sequence[str], rows: Sequence[tuple[str, Array]]) -> None:
    """Say which rows are neither items nor known beside the matrix."""
    others = [label for label, _ in rows if label not in names and label.casefold() not in BESIDE]
    if others:
        warn(
            f"Rows left out, as they are neither items of the first row nor mean, sd or n: "
            f"{listing(others)}.",
            DataQualityWarning,
        )


def _respondents(beside: Mapping[str, Array]) -> float | None:
    """Return the number of respondents, None if no row says it."""
    known = np.unique(beside.get("n", np.empty(0)))
    known = known[np.isfinite(known)]
    if len(known) > 1:
        raise DataError(
            f"The row n holds {known[0]:g} to {known[-1]:g}. Decide on one number and pass n=."
        )
    return float(known[0]) if len(known) else None


def _check_spread(matrix: Array, sds: Array | None) -> None:
    """Refuse standard deviations that are not those of the variances."""
    if sds is not None and not np.allclose(sds**2, np.diagonal(matrix), rtol=2 * UNLIKE):
        raise DataError(
            "The diagonal is not one and holds no squares of the row sd. Write 1 there if these "
            "are correlations; leave out the row sd if they are covariances."
        )


def _whole(matrix: Array, names: Sequence[str]) -> Array:
    """Fill an empty triangle from the other one."""
    if np.isnan(np.diagonal(matrix)).all():
        raise DataError(
            "The diagonal of the matrix is empty. Write 1 there if these are correlations, the "
            "variances if they are covariances."
        )
    whole: Array = np.where(np.isnan(matrix), matrix.T, matrix)
    if np.isnan(whole).any():
        i, j = np.argwhere(np.isnan(whole))[0]
        raise DataError(
            f"The matrix has no number for {names[i]} and {names[j]}. Give one triangle whole."
        )
    return whole

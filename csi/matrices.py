"""Printed matrices: correlations or covariances of items in a file."""

from __future__ import annotations

import numpy as np
import pandas as pd

from csi.core.moments import Moments
from csi.core.types import Array
from csi.errors import DataError, FileFormatError, listing
from csi.files import read_file

BESIDE = {
    "mean": "means", "means": "means", "均值": "means", "平均值": "means",
    "sd": "sds", "sds": "sds", "std": "sds", "标准差": "sds",
    "n": "n", "样本量": "n",
}  # fmt: skip
"""Names that rows beside the matrix may have."""


def read_moments(path: str, n: float | None = None) -> Moments:
    r"""Read a printed matrix of correlations or covariances from a file.

    The first row and the first column name the items. The upper triangle may be
    empty. Rows named mean, sd and n may stand below. Where every variance is one,
    these are correlations.

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
        If the matrix is not what it must be.
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
    frame = read_file(path).frame
    names = [str(name).strip() for name in frame.columns[1:]]
    labels = [str(label).strip() for label in frame.iloc[:, 0]]
    numbers = frame.iloc[:, 1:].apply(pd.to_numeric, errors="coerce").to_numpy(np.float64)
    beside = {
        BESIDE[label.casefold()]: numbers[i]
        for i, label in enumerate(labels)
        if label.casefold() in BESIDE and label not in names
    }
    at = {label: i for i, label in enumerate(labels)}
    lacking = [name for name in names if name not in at]
    if not names or lacking:
        raise FileFormatError(
            f"{path} holds no square table: no row is named {listing(lacking) or 'anything'}. "
            "The first row and the first column name the items."
        )
    matrix = _whole(numbers[[at[name] for name in names]], names)
    if n is None and "n" in beside:
        n = float(np.nanmax(beside["n"])) if np.isfinite(beside["n"]).any() else None
    means = beside.get("means")
    if (np.abs(np.diagonal(matrix) - 1) < 1e-12).all():
        return Moments.from_correlation(matrix, names, n=n, means=means, sds=beside.get("sds"))
    return Moments.from_covariance(matrix, names, n=n, means=means)


def _whole(matrix: Array, names: list[str]) -> Array:
    """Fill an empty triangle from the other one."""
    empty = np.isnan(matrix)
    whole: Array = np.where(empty, matrix.T, matrix)
    if np.isnan(whole).any():
        i, j = np.argwhere(np.isnan(whole))[0]
        raise DataError(
            f"The matrix has no number for {names[i]} and {names[j]}. Give one triangle whole."
        )
    return whole

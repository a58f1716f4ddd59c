"""Tables of a covariance structure: what it misses most, and all there are for exports."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from csi.assessment.diagnostics import attempt
from csi.covariance_fit import CovarianceFit

MOST = 10
"""Residuals and modification indices shown."""

NOTABLE = 3.841
"""Modification index that chance exceeds once in twenty times."""

_KINDS = {"=~": "loading", "~~": "covariance", "~": "regression"}
IN_LATEX = {
    "Parameters": ["left", "operator", "right", "estimate", "se", "z", "p", "std_all"],
    "Standardised solution": ["left", "operator", "right", "estimate", "se", "z", "p"],
    "Modification indices": ["left", "operator", "right", "mi", "p", "epc", "sepc_all"],
}
"""Columns that fit a printed page."""


def largest_residuals(fit: CovarianceFit, most: int = MOST) -> pd.DataFrame:
    """Return the pairs of items that the model misses most: indicator, other, z."""
    matrix = fit.residuals("standardized")
    i, j = np.triu_indices(len(matrix), 1)
    items = np.array(matrix.columns)
    z = matrix.to_numpy()[i, j]
    table = pd.DataFrame({"indicator": items[i], "other": items[j], "z": z}).dropna()
    table = table[table["z"].abs().round(10) > 0]
    order = table["z"].abs().sort_values(ascending=False, kind="stable").index
    return table.loc[order[:most]].reset_index(drop=True)


def largest_indices(fit: CovarianceFit, most: int = MOST) -> pd.DataFrame:
    """Return what would improve the fit most: kind, parameter, mi, p, epc, sepc_all."""
    table = fit.modification_indices(NOTABLE).head(most)
    names = [
        " ".join(each)
        for each in table[["left", "operator", "right"]].itertuples(index=False, name=None)
    ]
    columns = [c for c in ("mi", "mi_scaled", "p", "epc", "sepc_all") if c in table]
    kinds = [_KINDS[operator] for operator in table["operator"]]
    return table[columns].assign(kind=kinds, parameter=names)[["kind", "parameter", *columns]]


def structure_tables(fit: CovarianceFit) -> dict[str, pd.DataFrame]:
    """Return the tables of a covariance structure by caption, those that it has."""
    wanted: dict[str, Callable[[], pd.DataFrame]] = {
        "Overall fit": lambda: fit.fit_measures,
        "Parameters": lambda: fit.parameters,
        "Standardised solution": fit.standardized,
        "Modification indices": lambda: fit.modification_indices(NOTABLE),
        "Standardised residuals": lambda: largest_residuals(fit, len(fit.model.indicators) ** 2),
        "Reliability by the model": lambda: fit.reliability,
    }
    found = {caption: attempt(compute).value for caption, compute in wanted.items()}
    return {
        caption: _without_blank_labels(table)
        for caption, table in found.items()
        if table is not None and len(table)
    }


def _without_blank_labels(table: pd.DataFrame) -> pd.DataFrame:
    named = "label" not in table or table["label"].astype(bool).any()
    return table if named else table.drop(columns="label")

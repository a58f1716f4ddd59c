"""Models that lavaan fitted, as discrepancies to be minimised."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from lavaan_studies import expected_parameters, rows

from csi.core.sem.normal import Normal
from csi.estimators.sem.compiled import Compiled, compiled
from csi.estimators.sem.table import Row


class Problem(NamedTuple):
    """A compiled model, its discrepancy, the moments, and what lavaan estimated."""

    model: Compiled
    discrepancy: Normal
    cov: np.ndarray
    mean: np.ndarray | None
    estimates: np.ndarray

    def start(self) -> np.ndarray:
        return self.model.start(self.cov, self.mean)


def problem(entry: dict[str, Any], samples: list[np.ndarray] | None = None) -> Problem:
    """Set up a fit of lavaan, on its own rows or on samples of them, given by row numbers."""
    table = expected_parameters(entry)
    table = table[table["op"] != ":="]
    constructs = list(dict.fromkeys(table["lhs"][table["op"].isin(["=~", "<~"])]))
    named = (set(table["lhs"]) | set(table["rhs"])) - set(constructs)
    data = rows(entry["data"])
    items = [name for name in data if name in named]
    n_groups = int(table["group"].max())
    model = compiled(_rows(table), items, constructs, n_groups)
    X = data[items].to_numpy(dtype=float)
    if samples is not None:
        groups = [[X[sample]] for sample in samples]
    elif n_groups > 1:
        groups = [[X[data[entry["group"]] == name] for name in data[entry["group"]].unique()]]
    else:
        groups = [[X]]
    cov = np.array([[np.cov(x.T, bias=True) for x in each] for each in groups])
    mean = np.array([[x.mean(axis=0) for x in each] for each in groups])
    share = np.array([len(x) for x in groups[0]], dtype=float)
    mean = mean if (table["op"] == "~1").any() else None
    return Problem(
        model, normal(model, cov, mean, share / share.sum()), cov, mean, table["est"].to_numpy()
    )


def normal(
    model: Compiled, cov: np.ndarray, mean: np.ndarray | None, share: Any = (1.0,)
) -> Normal:
    """Return the discrepancy of maximum likelihood, items in units of their deviations."""
    unit = np.sqrt(np.einsum("bgii->bgi", cov)).mean(axis=(0, 1))
    S = cov / (unit[:, None] * unit)
    sign, size = np.linalg.slogdet(S)
    offset = np.where(sign > 0, size, 0.0) + len(unit)
    mean = None if mean is None else mean / unit
    return Normal(model.structure, S, mean, np.array(share), unit, None, offset)


def _rows(table: Any) -> list[Row]:
    return [
        Row(
            row.lhs, row.op, row.rhs, row.group - 1, "", None if row.free else row.est,
            label=row.label if row.free and isinstance(row.label, str) else "",
        )
        for row in table.itertuples()
    ]  # fmt: skip

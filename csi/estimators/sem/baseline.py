"""The baseline model: items that do not correlate; auxiliary variables stay as they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from csi.estimators.sem.auxiliary import KIND
from csi.estimators.sem.table import Row


def baseline_rows(rows: Sequence[Row], items: Sequence[str], means: bool) -> list[Row]:
    """Return variances and intercepts of all items, and covariances of observed causes."""
    found = []
    for group in sorted({row.group for row in rows}):
        own = [row for row in rows if row.group == group and (row.exogenous or row.kind == KIND)]
        moments = [replace(row, label="") for row in own]
        known = {row.left for row in moments if row.left == row.right}
        found += [Row(name, "~~", name, group, "residuals") for name in items if name not in known]
        found += [row for row in moments if row.operator == "~~"]
        if means:
            found += [Row(name, "~1", "", group, "intercepts") for name in items]
    return found

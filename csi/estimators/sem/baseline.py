"""The baseline model: items that do not correlate; auxiliary variables stay as they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from csi.estimators.sem.auxiliary import KIND
from csi.estimators.sem.table import Row


def baseline_rows(rows: Sequence[Row], items: Sequence[str], means: bool) -> list[Row]:
    """Return variances and intercepts of all items, and covariances of observed causes.

    Of ordered items thresholds in place of both.
    """
    ordered = {row.left for row in rows if row.operator == "|"}
    follow = {row.operator for row in rows if row.follows}
    value = 0.0 if "~~" in follow else 1.0
    found = []
    for group in sorted({row.group for row in rows}):
        own = [row for row in rows if row.group == group and _stays(row, items)]
        moments = [replace(row, label="") for row in own]
        known = {row.left for row in moments if row.left == row.right}
        found += [
            Row(name, "~~", name, group, "residuals", value, follows=value == 0)
            if name in ordered
            else Row(name, "~~", name, group, "residuals")
            for name in items
            if name not in known
        ]
        found += [row for row in moments if row.operator == "~~"]
        found += [
            replace(row, label="", value=None if row.operator == "|" else 1.0)
            for row in rows
            if row.group == group and row.operator in ("|", "~*~")
        ]
        if means:
            found += [
                Row(name, "~1", "", group, "intercepts", 0.0 if name in ordered else None)
                for name in items
            ]
    return found


def _stays(row: Row, items: Sequence[str]) -> bool:
    """Whether it is a moment of observed causes, fixed or not, or of an auxiliary variable."""
    causes = row.kind == "covariances" and row.left in items and row.right in items
    return row.exogenous or row.kind == KIND or causes

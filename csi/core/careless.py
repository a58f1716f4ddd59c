"""Signs of careless answering. They flag respondents; nobody is dropped.

References
----------
Meade, A. W. and Craig, S. B. (2012). Identifying careless responses in survey
data. Psychological Methods 17(3), 437-455. doi:10.1037/a0028085
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from csi.core.types import Array, Mask

FEWEST_ITEMS = 5
"""Items below which equal answers say nothing."""

SECONDS_PER_ITEM = 2.0
FAST_SHARE_OF_MEDIAN = 1 / 3


def longest_string(rows: Array) -> NDArray[np.int64]:
    """Length of the longest run of equal answers of each respondent; missing ends a run."""
    longest = np.zeros(len(rows), dtype=np.int64)
    run = np.zeros(len(rows), dtype=np.int64)
    for j in range(rows.shape[1]):
        same = rows[:, j] == rows[:, j - 1] if j else np.zeros(len(rows), dtype=bool)
        run = np.where(np.isnan(rows[:, j]), 0, np.where(same, run + 1, 1))
        longest = np.maximum(longest, run)
    return longest


def straight_lining(rows: Array) -> Mask:
    """Whether a respondent gave one and the same answer to all items, five at least."""
    answered = (~np.isnan(rows)).sum(axis=1)
    filled = np.where(np.isnan(rows), np.inf, rows)
    lowest = filled.min(axis=1, initial=np.inf)
    highest = np.where(np.isnan(rows), -np.inf, rows).max(axis=1, initial=-np.inf)
    flagged: Mask = (answered >= FEWEST_ITEMS) & (lowest == highest)
    return flagged


def duplicated(rows: Array) -> Mask:
    """Whether an earlier respondent gave exactly the same answers to five items or more."""
    answered = (~np.isnan(rows)).sum(axis=1)
    _, first = np.unique(np.nan_to_num(rows, nan=np.inf), axis=0, return_index=True)
    repeated = np.ones(len(rows), dtype=bool)
    repeated[first] = False
    flagged: Mask = repeated & (answered >= FEWEST_ITEMS)
    return flagged


def speeding(seconds: Array, n_items: int) -> Mask:
    """Whether a respondent took under a third of the median, or two seconds an item."""
    if np.isnan(seconds).all():
        return np.zeros(len(seconds), dtype=bool)
    limit = max(FAST_SHARE_OF_MEDIAN * float(np.nanmedian(seconds)), SECONDS_PER_ITEM * n_items)
    flagged: Mask = seconds < limit
    return flagged

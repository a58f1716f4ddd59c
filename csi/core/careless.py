"""Signs of careless answering. They flag respondents; nobody is dropped.

References
----------
Meade, A. W. and Craig, S. B. (2012). Identifying careless responses in survey
data. Psychological Methods 17(3), 437-455. doi:10.1037/a0028085
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from csi.core.types import Array, Mask

FEWEST_ITEMS = 5
"""Items below which equal answers say nothing."""

SECONDS_PER_ITEM = 2.0
FAST_SHARE_OF_MEDIAN = 1 / 3

AT_A_TIME = 2**13
"""Respondents looked at together, so that what is made of their answers stays in the cache."""

_ODD = np.uint64(0x9E3779B97F4A7C15)
"""2^64 divided by the golden ratio: products with it spread over all bits."""


def longest_string(rows: Array) -> NDArray[np.int64]:
    """Length of the longest run of equal answers of each respondent; missing ends a run."""
    return np.concatenate([_longest_string(part) for part in _parts(rows)])


def straight_lining(rows: Array) -> Mask:
    """Whether a respondent gave one and the same answer to all items, five at least."""
    return np.concatenate([_straight_lining(part) for part in _parts(rows)])


def duplicated(rows: Array) -> Mask:
    """Whether an earlier respondent gave exactly the same answers to five items or more."""
    answered = (~np.isnan(rows)).sum(axis=1)
    flagged: Mask = (_earliest_alike(rows) < np.arange(len(rows))) & (answered >= FEWEST_ITEMS)
    return flagged


def _earliest_alike(rows: Array) -> NDArray[np.intp]:
    """First respondent with the same answers: sorted by a hash, then compared cell by cell."""
    hashes = np.concatenate([_hashes(_comparable(part)) for part in _parts(rows)])
    _, first, alike = np.unique(hashes, return_index=True, return_inverse=True)
    earliest = first[alike]
    later = np.flatnonzero(earliest < np.arange(len(rows)))
    if not (_comparable(rows[later]) == _comparable(rows[earliest[later]])).all():
        _, first, alike = np.unique(
            _comparable(rows), axis=0, return_index=True, return_inverse=True
        )
        earliest = first[alike.ravel()]
    return earliest


def _comparable(rows: Array) -> Array:
    """Return answers of which equal ones have the same bytes, as -0.0 and 0.0 have not."""
    return np.nan_to_num(rows, nan=np.inf) + 0.0


def _hashes(rows: Array) -> NDArray[np.uint64]:
    """Mix the bytes of each row into one number."""
    mixed = np.zeros(len(rows), dtype=np.uint64)
    for cells in np.ascontiguousarray(rows.T).view(np.uint64):
        mixed = (mixed ^ cells) * _ODD
        mixed ^= mixed >> np.uint64(32)
    return mixed


def _longest_string(rows: Array) -> NDArray[np.int64]:
    longest = np.zeros(len(rows), dtype=np.int64)
    run = np.zeros(len(rows), dtype=np.int64)
    for j in range(rows.shape[1]):
        same = rows[:, j] == rows[:, j - 1] if j else np.zeros(len(rows), dtype=bool)
        run = np.where(np.isnan(rows[:, j]), 0, np.where(same, run + 1, 1))
        longest = np.maximum(longest, run)
    return longest


def _straight_lining(rows: Array) -> Mask:
    missing = np.isnan(rows)
    lowest = np.where(missing, np.inf, rows).min(axis=1, initial=np.inf)
    highest = np.where(missing, -np.inf, rows).max(axis=1, initial=-np.inf)
    answered = rows.shape[1] - missing.sum(axis=1)
    flagged: Mask = (answered >= FEWEST_ITEMS) & (lowest == highest)
    return flagged


def _parts(rows: Array) -> Iterator[Array]:
    """Cut respondents into parts, one at least."""
    starts = range(0, max(len(rows), 1), AT_A_TIME)
    return (rows[start : start + AT_A_TIME] for start in starts)


def speeding(seconds: Array, n_items: int) -> Mask:
    """Whether a respondent took under a third of the median, or two seconds an item."""
    if np.isnan(seconds).all():
        return np.zeros(len(seconds), dtype=bool)
    limit = max(FAST_SHARE_OF_MEDIAN * float(np.nanmedian(seconds)), SECONDS_PER_ITEM * n_items)
    flagged: Mask = seconds < limit
    return flagged

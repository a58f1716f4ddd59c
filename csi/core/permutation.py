"""Tests by exchanging respondents between two groups.

If two groups were drawn from one population, every way to hand their labels to
the respondents was as likely as the one that was seen. Notation::

    d   (q,)    statistics of the groups as they are
    d*  (q, B)  statistics after each permutation; NaN where one could not be computed
    n   (q,)    permutations in which it could

The groups as they are count as one more permutation, (count + 1) / (n + 1), so
that a test at 5 % errs in at most 5 % of samples, however few permutations
there are. Values closer than ``SLACK`` count as equal.

References
----------
Phipson, B. and Smyth, G. K. (2010). Permutation p-values should never be zero.
Statistical Applications in Genetics and Molecular Biology 9(1), article 39.
doi:10.2202/1544-6115.1585
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from csi.core.resample import Permuted
from csi.core.types import Array

SLACK = 1e-9
"""Difference, relative to 1 or to the statistic if that is larger, up to which values are equal."""


@dataclass(frozen=True, eq=False)
class Members:
    """The members of one group after each permutation, as multipliers of rows.

    Attributes
    ----------
    permuted : Permuted
        Labels of the respondents.
    group : int
        The label that counts.
    copies : (n,) array of whole numbers, optional
        Respondents each row stands for, one by default; respondents of a row
        stand together.
    """

    permuted: Permuted
    group: int
    copies: Array | None = None

    @property
    def n(self) -> int:
        """Rows."""
        return self.permuted.n if self.copies is None else len(self.copies)

    @property
    def whole(self) -> bool:
        """Whether multipliers are whole numbers: they count members."""
        return True

    def pieces(self, b: int) -> Iterator[NDArray[Any]]:
        """Yield block b from its first permutation to its last, a few at a time if n is large."""
        return (self.among(labels) for labels in self.permuted.pieces(b))

    def block(self, b: int) -> NDArray[Any]:
        """Return block b as a whole."""
        pieces = list(self.pieces(b))
        return pieces[0] if len(pieces) == 1 else np.concatenate(pieces)

    @property
    def observed(self) -> NDArray[Any]:
        """(1, n) multipliers of the group as it is."""
        return self.among(self.permuted.labels[None])

    def among(self, labels: NDArray[np.integer]) -> NDArray[Any]:
        """Return the multipliers that belong to (b, N) labels of respondents."""
        chosen: NDArray[np.bool_] = labels == self.group
        if self.copies is None:
            return chosen.astype(np.float32)
        counts: NDArray[Any] = np.add.reduceat(chosen, self._starts, axis=1, dtype=np.float64)
        return counts

    @cached_property
    def _starts(self) -> NDArray[np.intp]:
        """First respondent of each row."""
        assert self.copies is not None
        return np.cumsum(self.copies, dtype=np.intp) - self.copies.astype(np.intp)


def two_sided(d: Array, permuted: Array, slack: float = SLACK) -> Array:
    """Return p values of no difference: shares of absolute values at least as large.

    Parameters
    ----------
    d : (q,) array
    permuted : (q, B) array
    slack : float
        Difference up to which values count as equal.

    Returns
    -------
    (q,) array
        NaN where there is no statistic or no permutation.

    Examples
    --------
    >>> import numpy as np
    >>> two_sided(np.array([2.0]), np.array([[-3.0, -1.0, 0.0, 1.0]]))
    array([0.4])
    """
    size = np.abs(d)
    near = size - slack * np.maximum(size, 1.0)
    return _p(np.abs(permuted) >= near[:, None], d, permuted)


def lower_tail(d: Array, permuted: Array, slack: float = SLACK) -> Array:
    """Return p values against small statistics: shares of values at most as large.

    Parameters and result are those of `two_sided`.
    """
    near = d + slack * np.maximum(np.abs(d), 1.0)
    return _p(permuted <= near[:, None], d, permuted)


def equal_tailed(d: Array, permuted: Array, slack: float = SLACK) -> Array:
    """Return twice the smaller of both tails, at most one: the test that `limits` show.

    Parameters and result are those of `two_sided`.
    """
    both = lower_tail(d, permuted, slack), lower_tail(-d, -permuted, slack)
    twice: Array = 2 * np.minimum(*both)
    return np.minimum(1.0, twice)


def lower_limit(permuted: Array, share: float) -> Array:
    """Return the value below which `lower_tail` is at most ``share``.

    Parameters
    ----------
    permuted : (q, B) array
    share : float
        Probability of values below.

    Returns
    -------
    (q,) array
        Order statistic number ``share (n + 1)``, rounded down; NaN if that is zero.

    Examples
    --------
    >>> import numpy as np
    >>> lower_limit(np.arange(99.0)[None], 0.05)
    array([4.])
    """
    known = np.isfinite(permuted).sum(axis=1)
    at = np.floor(share * (known + 1) + 1e-9).astype(np.intp) - 1
    ordered = np.sort(permuted, axis=1)
    found = np.take_along_axis(ordered, np.maximum(at, 0)[:, None], axis=1)[:, 0]
    return np.where(at < 0, np.nan, found)


def _p(counted: NDArray[np.bool_], d: Array, permuted: Array) -> Array:
    known = np.isfinite(permuted).sum(axis=1)
    p = (counted.sum(axis=1) + 1) / (known + 1)
    return np.where(np.isfinite(d) & (known > 0), p, np.nan)

"""Correlations of ordered and continuous items, in two steps.

Polychoric (both items ordered), polyserial (one) and Pearson's (none): each
maximises the likelihood of its pair of normal variables, with thresholds, means
and variances held at what the items say on their own. All pairs of a kind are
solved at once, to the last digits.

References
----------
Olsson, U. (1979). Maximum likelihood estimation of the polychoric correlation
coefficient. Psychometrika 44(4), 443-460. doi:10.1007/BF02296207

Muthen, B. (1984). A general structural equation model with dichotomous, ordered
categorical, and continuous latent variable indicators. Psychometrika 49(1),
115-132. doi:10.1007/BF02294210
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike

from csi.core.design import Codes
from csi.core.sem.pairs.continuous import continuous_pairs
from csi.core.sem.pairs.margins import Margins, margins
from csi.core.sem.pairs.mixed import mixed_pairs
from csi.core.sem.pairs.ordered import OrderedPairs, ordered_pairs
from csi.core.sem.pairs.search import BOUND
from csi.core.types import Array, Mask


class Pairs(Protocol):
    """Pairs of items of one kind."""

    @property
    def ends(self) -> tuple[Codes, Codes]:
        """Places of both items among all."""

    def correlations(self, start: Array) -> Array:
        """Maximise the likelihood of each pair."""

    def scores(self, rho: Array, part: slice) -> Array:
        """Return s2 of some respondents, (rows, pairs), without weights."""

    def bread(self, rho: Array) -> tuple[Array, Array]:
        """Return the sums of s2 squared, and of s2 with the scores of the items, (pairs, m1)."""


@dataclass(frozen=True, slots=True, eq=False)
class Correlated:
    """Correlations of all pairs of items.

    Attributes
    ----------
    margins : Margins
        The items on their own.
    kinds : tuple of Pairs
        Two ordered items, one, none.
    corr : (p, p) array
        Correlations; NaN where one cannot be told.
    """

    margins: Margins
    kinds: tuple[OrderedPairs, Pairs, Pairs]
    corr: Array

    @property
    def at_bound(self) -> Mask:
        """Correlations of ordered items that ended at the bound, (p, p)."""
        ordered = self.margins.is_ordered
        pair = (ordered | ordered[:, None]) & ~np.eye(len(ordered), dtype=bool)
        return pair & (np.abs(self.corr) >= BOUND)

    @property
    def empty_cells(self) -> Codes:
        """Cells in which nobody is, of the tables of two ordered items, (p, p)."""
        pairs = self.kinds[0]
        i, j = pairs.ends
        cells = np.zeros(self.corr.shape, dtype=np.intp)
        cells[i, j] = cells[j, i] = pairs.empty_cells
        return cells


def polychoric(rows: Array, ordered: Mask, weights: ArrayLike | None = None) -> Array:
    """Return polychoric, polyserial and Pearson's correlations of answers.

    Parameters
    ----------
    rows : (n, p) array
        Answers; of an ordered item any numbers in the order of its categories.
        With NaN, each item and each pair counts the respondents who answered it.
    ordered : (p,) array of bool
        Which items are ordered.
    weights : (n,) array, optional
        Sampling weights on any scale.

    Returns
    -------
    (p, p) array
        Correlations; NaN with an item that does not vary, and for a pair that
        nobody answered. Where the answers want a perfect correlation of an
        ordered item, 0.999 or -0.999.

    Notes
    -----
    As lavaan estimates them. A table of two by two with one empty cell gets half
    an answer there, with its margins kept; larger tables are taken as they are.

    References
    ----------
    Olsson, U. (1979). Maximum likelihood estimation of the polychoric correlation
    coefficient. Psychometrika 44(4), 443-460. doi:10.1007/BF02296207

    Examples
    --------
    Halves that agree in two answers of three correlate by the cosine of 60 degrees.

    >>> import numpy as np
    >>> answers = np.array([[1, 1]] * 4 + [[0, 0]] * 4 + [[1, 0]] * 2 + [[0, 1]] * 2, dtype=float)
    >>> polychoric(answers, np.array([True, True])).round(9)
    array([[1. , 0.5],
           [0.5, 1. ]])
    """
    return correlated(rows, ordered, weights).corr


def correlated(rows: Array, ordered: Mask, weights: ArrayLike | None = None) -> Correlated:
    """Maximise the likelihood of each pair; as `polychoric`, with what it rests on."""
    own = margins(rows, ordered, None if weights is None else np.asarray(weights, dtype=np.float64))
    kinds = ordered_pairs(own), mixed_pairs(own), continuous_pairs(own)
    together = own.together
    start = _first_guess(own, together)
    upper = np.zeros_like(start)
    for pairs in kinds:
        upper[pairs.ends] = pairs.correlations(start[pairs.ends])
    corr = upper + upper.T + np.eye(len(upper))
    unknown = own.undefined | own.undefined[:, None] | (together == 0)
    return Correlated(own, kinds, np.where(unknown, np.nan, corr))


def _first_guess(own: Margins, together: Array) -> Array:
    """Return covariances of expected normal variables, over their shrunken variances."""
    Y, variance = own.normal_scores()
    scale = np.where(variance > 0, variance, 1)
    guess = Y.T @ (Y * own.w[:, None]) / scale / scale[:, None]
    return np.clip(guess / np.where(together > 0, together, 1), -0.9, 0.9)

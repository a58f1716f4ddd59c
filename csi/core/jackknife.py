"""Estimates without one sampling unit at a time, by taking it out of the sums.

Whatever is a function of sums over respondents needs no rows again: the sums
without a unit are the sums less its own. Notation::

    t_hg  (m,)  sums of unit g of stratum h;  T_h their sum over the n_h units, T over strata
    T_(hg)      sums without unit g of stratum h, where the units left stand for all of it::

                T - T_h + n_h / (n_h - 1) (T_h - t_hg)

    theta_(hg)  a statistic of T_(hg);  theta_h its mean over the units of stratum h

Units are clusters, or respondents without clusters. In a sample without strata
the units left stand for themselves only, T - t_g. Identical respondents that
share a row are left out, one of them, once; their result counts for each.
Units count as drawn with replacement; there is no finite population correction.

References
----------
Rao, J. N. K. and Wu, C. F. J. (1988). Resampling inference with complex survey
data. Journal of the American Statistical Association 83(401), 231-241.
doi:10.1080/01621459.1988.10478591

Rust, K. F. and Rao, J. N. K. (1996). Variance estimation for complex surveys
using replication techniques. Statistical Methods in Medical Research 5(3),
283-310. doi:10.1177/096228029600500305
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from csi.core.design import Codes, Design, lonely_strata, units
from csi.core.types import Array
from csi.errors import DataError

MOST = 4096
"""Units left out, or rows read, at a time."""

Products = Array | Callable[[Codes], Array]
"""What each row adds to the sums, (n, m), or a function that returns it for some rows."""


@dataclass(frozen=True, eq=False)
class LeftOut:
    """The sampling units, and the sums without each.

    Attributes
    ----------
    multiplicity : (G,) array
        Respondents whose leaving out gives the same sums; 1 for a cluster.
    stratum : (G,) array of int
        Stratum of each unit, from 0 to H - 1.
    size : (G,) array
        Units in that stratum.
    totals : (H, m) array
        Sums of each stratum.
    stratified : bool
        Whether the units left stand for their whole stratum.
    shares : callable
        From positions of units to the sums that leave with each, (len, m).
    """

    multiplicity: Array
    stratum: Codes
    size: Array
    totals: Array
    stratified: bool
    shares: Callable[[Codes], Array]

    def blocks(self, most: int = MOST) -> Iterator[Array]:
        """Yield the sums without each unit, in the order of units, ``most`` units at a time."""
        for start in range(0, len(self.stratum), most):
            yield self._without(np.arange(start, min(start + most, len(self.stratum))))

    @property
    def sums(self) -> Array:
        """Sums without each unit, (G, m)."""
        return self._without(np.arange(len(self.stratum)))

    def _without(self, at: Codes) -> Array:
        total, share = self.totals.sum(axis=0), self.shares(at)
        if not self.stratified:
            left: Array = total - share
            return left
        size = self.size[at][:, None]
        scaled: Array = total + (self.totals[self.stratum[at]] - size * share) / (size - 1)
        return scaled


def leave_out(products: Products, copies: Array, design: Design | None = None) -> LeftOut:
    """Prepare to leave out each sampling unit.

    Parameters
    ----------
    products : (n, m) array or callable
        What each row adds to the sums, for all its copies together; or a
        function that returns this for given positions of rows.
    copies : (n,) array
        Respondents each row stands for; rows of zero copies are left aside.
    design : Design, optional
        Clusters and strata; without them every respondent is a unit.

    Raises
    ------
    DataError
        If a stratum holds one unit only.

    Examples
    --------
    >>> leave_out(np.array([[1.0], [2.0], [6.0]]), np.ones(3)).sums.ravel()
    array([8., 7., 3.])
    """
    kept = np.flatnonzero(copies > 0)
    taken = (design or Design()).take(kept)
    lonely = lonely_strata(taken, copies[kept])
    if lonely is not None:
        raise DataError([lonely])
    multiplicity, of_unit, stratum, found = units(taken, copies[kept])
    size = np.bincount(stratum, multiplicity)[stratum].astype(np.float64)
    read = products if callable(products) else products.__getitem__
    if taken.clusters is None:
        totals = _summed(read, kept, stratum, len(found))
        shares = _shares_of_respondents(read, kept, copies)
    else:
        clusters = _summed(read, kept, of_unit, len(stratum))
        totals = _summed(clusters.__getitem__, np.arange(len(stratum)), stratum, len(found))
        shares = clusters.__getitem__
    stratified = taken.strata is not None
    return LeftOut(multiplicity, stratum, size, totals, stratified, shares)


def influence(left_out: LeftOut, values: Array) -> Array:
    """Return how much each unit moves statistics, ``(n_h - 1) (theta_h - theta_(hg))``.

    Parameters
    ----------
    left_out : LeftOut
        The units.
    values : (q, G) array
        Statistics without each unit.

    Returns
    -------
    (q, G) array
        Zero on average over each stratum; NaN in a stratum with a NaN.
    """
    centre = _stratum_means(left_out, values)[:, left_out.stratum]
    moved: Array = (left_out.size - 1) * (centre - values)
    return moved


def standard_errors(left_out: LeftOut, values: Array) -> Array:
    """Return the jackknife standard errors of statistics.

    The square root of ``sum_h (n_h - 1) / n_h sum_g (theta_(hg) - theta_h)^2``.

    Parameters
    ----------
    left_out : LeftOut
        The units.
    values : (q, G) array
        Statistics without each unit; a NaN among them makes the error NaN.

    Returns
    -------
    (q,) array

    Examples
    --------
    >>> x = np.array([[1.0, 1.0], [2.0, 1.0], [6.0, 1.0]])
    >>> left_out = leave_out(x, np.ones(3))
    >>> sums, n = left_out.sums.T
    >>> float(standard_errors(left_out, np.array([sums / n]))[0])  # s / sqrt(3)
    1.527525...
    """
    size = left_out.size
    weight = left_out.multiplicity / (size * (size - 1))
    return np.sqrt(influence(left_out, values) ** 2 @ weight)


def bias(left_out: LeftOut, values: Array, estimate: Array) -> Array:
    """Return the jackknife estimate of bias, ``sum_h (n_h - 1) (theta_h - theta)``.

    Parameters
    ----------
    left_out : LeftOut
        The units.
    values : (q, G) array
        Statistics without each unit.
    estimate : (q,) array
        Statistics of the whole sample.

    Returns
    -------
    (q,) array
        To be subtracted from the estimate.
    """
    size = np.bincount(left_out.stratum, left_out.multiplicity)
    return (_stratum_means(left_out, values) - estimate[:, None]) @ (size - 1)


def _stratum_means(left_out: LeftOut, values: Array) -> Array:
    """Mean over the units of each stratum, (q, H)."""
    share = left_out.multiplicity / left_out.size
    return np.array([np.bincount(left_out.stratum, share * row) for row in values])


def _shares_of_respondents(
    read: Callable[[Codes], Array], kept: Codes, copies: Array
) -> Callable[[Codes], Array]:
    def shares(at: Codes) -> Array:
        rows = kept[at]
        share: Array = read(rows) / copies[rows, None]
        return share

    return shares


def _summed(read: Callable[[Codes], Array], rows: Codes, codes: Codes, number: int) -> Array:
    """Sum what is read of the rows by code, (number, m), some rows at a time."""
    sums = np.zeros((number, read(rows[:1]).shape[1]))
    for start in range(0, len(rows), MOST):
        part = read(rows[start : start + MOST])
        np.add.at(sums, codes[start : start + MOST], part)
    return sums

"""Standard errors from replicate weights, and limits by Student's t.

A replicate is a set of weights made from the full-sample weights so that the
spread of an estimate over the replicates tells its sampling error. Notation::

    theta    (q,)    estimates with the full-sample weights
    theta_r  (q, R)  estimates with replicate r
    c        (q,)    centre: theta, or the mean of theta_r over r with a_r > 0

    V = s sum_r a_r (theta_r - c)^2

with a factor s common to all replicates and factors a_r of their own::

    kind       s                     replicate r
    jk1        (R - 1) / R           leaves out unit r
    jkn        1, a_r = (n_h-1)/n_h  leaves out a unit of stratum h, of n_h units
    jk2        1                     leaves out one unit of the pair r, doubles the other
    brr        1 / R                 doubles one unit of every pair, as a Hadamard matrix says
    fay        1 / (R (1 - f)^2)     multiplies by 2 - f and f instead of 2 and 0
    sdr        4 / R                 successive differences
    bootstrap  1 / (R - 1)           draws units anew

References
----------
Lumley, T. (2004). Analysis of complex survey samples. Journal of Statistical
Software 9(8). doi:10.18637/jss.v009.i08

Wolter, K. M. (2007). Introduction to variance estimation, 2nd ed., chapters 3
to 5. Springer. doi:10.1007/978-0-387-35099-8
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
from scipy.special import stdtr, stdtrit

from csi.core.design import Codes, Design, units
from csi.core.intervals import Limits
from csi.core.resample import BLOCK
from csi.core.types import Array

Kind = Literal["bootstrap", "jk1", "jkn", "jk2", "brr", "fay", "sdr"]

Centre = Literal["estimate", "mean"]

ALIKE = 1e-3
"""Relative difference between factors up to which published weights were rounded."""

DEPENDENT = 1e-5
"""Share of the largest singular value below which replicates depend on each other."""


def scale_factor(kind: Kind, number: int, fay: float = 0.0) -> float:
    """Return the factor s of a kind of replicates.

    Parameters
    ----------
    kind : {"bootstrap", "jk1", "jkn", "jk2", "brr", "fay", "sdr"}
        How replicates were made.
    number : int
        Replicates, R.
    fay : float
        Fay's f.

    Examples
    --------
    >>> scale_factor("fay", 16, 0.5)
    0.25
    """
    return {
        "bootstrap": 1 / max(number - 1, 1),
        "jk1": (number - 1) / number,
        "jkn": 1.0,
        "jk2": 1.0,
        "brr": 1 / number,
        "fay": 1 / (number * (1 - fay) ** 2),
        "sdr": 4 / number,
    }[kind]


def stratum_factors(factors: Array) -> Array | None:
    """Return a_r of a jackknife in strata as the replicate factors themselves show them.

    Parameters
    ----------
    factors : (R, n) array
        Replicate weights divided by the full-sample weights: 0 for the unit
        left out, n_h / (n_h - 1) for others of its stratum, 1 elsewhere.

    Returns
    -------
    (R,) array or None
        None if they hold anything else, as adjusted weights do.
    """
    most = factors.max(axis=1, keepdims=True)
    known = [np.abs(factors - value) <= ALIKE * most for value in (0.0, 1.0, most)]
    plain = np.logical_or.reduce(known).all() and (most > 1 + ALIKE).all()
    return 1 / most[:, 0] if plain else None


def replication_errors(
    estimate: Array,
    replicates: Array,
    scale: float,
    rscales: Array,
    centre: Centre = "estimate",
    *,
    partial: bool = False,
) -> Array:
    """Return standard errors, the square root of V.

    Parameters
    ----------
    estimate : (q,) array
        theta.
    replicates : (q, R) array
        theta_r; NaN where one could not be computed.
    scale : float
        s.
    rscales : (R,) array
        a_r.
    centre : {"estimate", "mean"}
        c.
    partial : bool
        Whether the replicates that could be computed stand for all; otherwise
        a NaN makes the error NaN.

    Returns
    -------
    (q,) array

    Examples
    --------
    >>> import numpy as np
    >>> replicates = np.array([[1.0, 2.0, 6.0]])
    >>> replication_errors(np.array([3.0]), replicates, 1 / 2, np.ones(3)) ** 2
    array([7.])
    """
    known = ~np.isnan(replicates)
    used = known & (rscales > 0)
    values = np.where(known, replicates, 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        middle = (values * used).sum(axis=1) / used.sum(axis=1) if centre == "mean" else estimate
        squares = np.where(known, (replicates - middle[:, None]) ** 2, 0.0) @ rscales
        squares *= rscales.sum() / (known @ rscales)
    return np.sqrt(np.where(known.all(axis=1) | partial, scale * squares, np.nan))


def replicate_df(weights: Array) -> float:
    """Return the degrees of freedom of replicates, their rank less one.

    For a jackknife or bootstrap of units in strata this is the number of units
    less the number of strata, if there are enough replicates.

    Parameters
    ----------
    weights : (R, n) array
        Replicate weights, or their factors.

    Examples
    --------
    >>> import numpy as np
    >>> replicate_df(np.array([[0, 1.5, 1.5], [1.5, 0, 1.5], [1.5, 1.5, 0]]))
    2.0
    """
    mean = weights.mean(axis=0)
    moved = weights - mean
    # the mean is as long as their root mean square, lest small differences drown in it
    length = np.sqrt((moved**2).sum() / len(moved) / (mean @ mean))
    span = np.vstack([moved, length * mean])
    square = span @ span.T if span.shape[0] <= span.shape[1] else span.T @ span
    spread = np.linalg.eigvalsh(square)
    return float((spread > DEPENDENT**2 * spread[-1]).sum() - 1)


def t_limits(estimate: Array, se: Array, level: float, df: float) -> Limits:
    """Return two-sided confidence limits by Student's t.

    Examples
    --------
    >>> import numpy as np
    >>> t_limits(np.array([0.0]), np.array([1.0]), 0.95, 10).upper
    array([2.228...])
    """
    width = se * stdtrit(df, (1 + level) / 2)
    return Limits(estimate - width, estimate + width)


def t_p_values(estimate: Array, se: Array, df: float) -> Array:
    """Return two-sided p values of ``estimate = 0``; one for 0 with no error."""
    t = np.divide(np.abs(estimate), se, out=np.full_like(se, np.inf), where=se != 0)
    t = np.where(estimate == 0, 0.0, t)
    p: Array = np.maximum(2 * stdtr(df, -t), np.finfo(np.float64).tiny)
    return np.where(np.isnan(se), np.nan, p)


@dataclass(frozen=True, eq=False)
class Factors:
    """Replicates as given multipliers of rows.

    Attributes
    ----------
    multipliers : (R, n) array
        One replicate in each row.
    """

    multipliers: Array

    @property
    def n(self) -> int:
        """Rows."""
        return int(self.multipliers.shape[1])

    @property
    def whole(self) -> bool:
        """Whether multipliers count draws; weights do not."""
        return False

    def pieces(self, b: int) -> Iterator[Array]:
        """Yield block b."""
        yield self.block(b)

    def block(self, b: int) -> Array:
        """Return the replicates of block b."""
        return self.multipliers[b * BLOCK : (b + 1) * BLOCK]


@dataclass(frozen=True, eq=False)
class DeleteOne:
    """The rows without each sampling unit, in the order of `csi.core.jackknife.leave_out`.

    Attributes
    ----------
    copies : (n,) array
        Respondents each row stands for.
    design : Design or None
        Clusters and strata; without them every respondent is a unit.
    """

    copies: Array
    design: Design | None

    @property
    def n(self) -> int:
        """Rows."""
        return len(self.copies)

    @property
    def whole(self) -> bool:
        """Whether multipliers count respondents: not where others stand for a whole stratum."""
        return self._taken.strata is None

    def pieces(self, b: int) -> Iterator[Array]:
        """Yield block b."""
        yield self.block(b)

    def block(self, b: int) -> Array:
        """Return the multipliers without the units of block b."""
        number = len(self._units[0])
        these = range(b * BLOCK, min((b + 1) * BLOCK, number))
        return np.stack([self._without(unit) for unit in these])

    def _without(self, unit: int) -> Array:
        standing, of_unit, stratum, _ = self._units
        own = of_unit == unit
        left = self.copies[self._kept].copy()
        left[own] = 0 if self._taken.clusters is not None else left[own] - 1
        if self._taken.strata is not None:
            size = standing[stratum == stratum[unit]].sum()
            left[stratum[of_unit] == stratum[unit]] *= size / (size - 1)
        multipliers = np.zeros(self.n)
        multipliers[self._kept] = left
        return multipliers

    @cached_property
    def _kept(self) -> Codes:
        return np.flatnonzero(self.copies > 0)

    @cached_property
    def _taken(self) -> Design:
        return (self.design or Design()).take(self._kept)

    @cached_property
    def _units(self) -> tuple[Array, Codes, Codes, Codes]:
        return units(self._taken, self.copies[self._kept])

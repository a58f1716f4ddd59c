"""Independent estimates in order: differences, possible ranks, and letters for what is alike.

::

    estimate, error  (g,)    independent, approximately normal, standard errors taken as known
    s_ij = sqrt(error_i^2 + error_j^2),   z_ij = (estimate_i - estimate_j) / s_ij
    open  (g, g)  mask of the hypotheses "i is not above j" that still stand

A rank is 1 plus the number of groups above. Group j can have any rank between
1 plus the number of groups significantly above it and g minus the number of
groups significantly below it, and these sets hold for all groups together when
no true hypothesis is rejected anywhere (Klein, Wright and Wieczorek 2020;
Mogstad, Romano, Shaikh and Wilhelm 2024). The critical value is the quantile
of the largest of the open z_ij under equal means, found by drawing normal
estimates with the given errors; after rejections it is found again for what is
still open, until nothing more is rejected. With unequal errors there is no
exact formula: the studentised range with Tukey and Kramer's correction is
conservative (Hayter 1984), the drawn quantile is not. The draws are always the
same, and the quantile is the order statistic that keeps the level on average
over draws.

Ranks of resamples are not used. Where groups are nearly tied, the bootstrap
distribution of a rank is not that of its error, and its percentiles cover the
true rank too seldom (Hall and Miller 2009; Mogstad et al. 2024).

References
----------
Klein, M., Wright, T. and Wieczorek, J. (2020). A joint confidence region for an
overall ranking of populations. Journal of the Royal Statistical Society C
69(3), 589-606. doi:10.1111/rssc.12402

Mogstad, M., Romano, J. P., Shaikh, A. M. and Wilhelm, D. (2024). Inference for
ranks with applications to mobility across neighbourhoods and academic
achievement across countries. Review of Economic Studies 91(1), 476-518.
doi:10.1093/restud/rdad006

Hall, P. and Miller, H. (2009). Using the bootstrap to quantify the authority of
an empirical ranking. Annals of Statistics 37(6B), 3929-3959.
doi:10.1214/09-AOS699

Hayter, A. J. (1984). A proof of the conjecture that the Tukey-Kramer multiple
comparisons procedure is conservative. Annals of Statistics 12(1), 61-75.
doi:10.1214/aos/1176346392

Piepho, H.-P. (2004). An algorithm for a letter-based representation of
all-pairwise comparisons. Journal of Computational and Graphical Statistics
13(2), 456-466. doi:10.1198/1061860043515
"""

from __future__ import annotations

import string
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from csi.core.types import Array, Mask

Positions = NDArray[np.intp]

MOST_DRAWS, FEWEST_DRAWS = 200_000, 4_000
DIFFERENCES = 40_000_000
"""Differences drawn for one critical value, which bounds its time for many groups."""

SEED = 20040661
CHUNK = 512


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """Differences of all pairs of g estimates.

    Attributes
    ----------
    first, second : (g(g-1)/2,) arrays of int
        Positions of the two groups, the first before the second.
    difference, error, p : (g(g-1)/2,) arrays
        First minus second, its standard error, and the two-sided p value.
    """

    first: Positions
    second: Positions
    difference: Array
    error: Array
    p: Array


@dataclass(frozen=True, slots=True, eq=False)
class RankLimits:
    """The ranks that are possible.

    Attributes
    ----------
    low, high : (g,) arrays of int
        Best and worst possible rank; 1 is the largest estimate.
    """

    low: Positions
    high: Positions


def normal_value(level: float) -> float:
    """Return how many standard errors a normal interval reaches to either side."""
    return float(ndtri((1 + level) / 2))


def two_sided(z: Array) -> Array:
    """Return two-sided p values of standard normal statistics."""
    p: Array = 2 * ndtr(-np.abs(z))
    return p


def pairwise(estimate: Array, error: Array) -> Pairs:
    """Compare every estimate with every later one."""
    first, second = np.triu_indices(len(estimate), k=1)
    difference = estimate[first] - estimate[second]
    spread = np.hypot(error[first], error[second])
    return Pairs(first, second, difference, spread, two_sided(difference / spread))


def simultaneous_value(error: Array, level: float) -> float:
    """Return how many standard errors all pairwise differences reach to either side together.

    Parameters
    ----------
    error : (g,) array
        Standard errors of the estimates.
    level : float
        Probability that all g(g-1)/2 intervals hold.
    """
    g = len(error)
    if g == 2:
        return normal_value(level)
    return _quantile(_drawn(error), _scale(error), ~np.eye(g, dtype=bool), g, level)


def rank_limits(estimate: Array, error: Array, level: float, simultaneous: bool) -> RankLimits:
    """Return the possible ranks of independent estimates.

    Parameters
    ----------
    estimate, error : (g,) arrays
        Estimates and their standard errors.
    level : float
        Probability that the limits hold.
    simultaneous : bool
        For all groups together, or for each group by itself.
    """
    X, g = _drawn(error), len(estimate)
    if simultaneous:
        above = _above(estimate, error, X, g, level)
        return RankLimits(1 + above.sum(axis=0), g - above.sum(axis=1))
    low, high = np.empty(g, dtype=np.intp), np.empty(g, dtype=np.intp)
    for j in range(g):
        order = np.r_[j, np.delete(np.arange(g), j)]
        above = _above(estimate[order], error[order], X[order], 1, level)
        low[j], high[j] = 1 + above[:, 0].sum(), g - above[0].sum()
    return RankLimits(low, high)


def _above(estimate: Array, error: Array, X: Array, rows: int, level: float) -> Mask:
    """(g, g) mask of "i is above j", among hypotheses that concern the first ``rows`` groups."""
    scale = _scale(error)
    z = (estimate[:, None] - estimate) * scale
    concerned = np.arange(len(error)) < rows
    family = (concerned[:, None] | concerned) & ~np.eye(len(error), dtype=bool)
    still = family
    while True:
        exact = len(error) == 2
        critical = normal_value(level) if exact else _quantile(X, scale, still, rows, level)
        standing = still & (z <= critical)
        if exact or (standing == still).all():
            return family & ~standing
        still = standing


def _quantile(X: Array, scale: Array, still: Mask, rows: int, level: float) -> float:
    """Quantile of the largest of the open statistics; Bonferroni's beyond all draws."""
    place = int(np.ceil(level * (X.shape[1] + 1))) - 1
    if place >= X.shape[1]:
        return float(-ndtri((1 - level) / still.sum()))
    largest = np.concatenate([_largest(part, scale, still, rows) for part in _chunks(X)])
    return float(np.partition(largest, place)[place])


def _largest(X: Array, scale: Array, still: Mask, rows: int) -> Array:
    """(draws,) largest of the open statistics in each draw."""
    largest = np.full(X.shape[1], -np.inf)
    for i in range(min(rows, len(X) - 1)):
        z = (X[i] - X[i + 1 :]) * scale[i, i + 1 :, None]
        for signed, kept in ((z, still[i, i + 1 :]), (-z, still[i + 1 :, i])):
            if kept.any():
                part = signed if kept.all() else signed[kept]
                np.maximum(largest, part.max(axis=0), out=largest)
    return largest


def _drawn(error: Array) -> Array:
    """(g, draws) normal estimates of equal means, the same on every call."""
    g = len(error)
    draws = int(np.clip(DIFFERENCES // max(1, g * (g - 1) // 2), FEWEST_DRAWS, MOST_DRAWS))
    return np.random.default_rng(SEED).standard_normal((g, draws)) * error[:, None]


def _chunks(X: Array) -> Iterator[Array]:
    return (np.ascontiguousarray(X[:, at : at + CHUNK]) for at in range(0, X.shape[1], CHUNK))


def _scale(error: Array) -> Array:
    scale: Array = 1 / np.hypot(error[:, None], error)
    return scale


def letters(different: Mask) -> tuple[str, ...]:
    """Give letters to groups so that two share one exactly if they are not told apart.

    Insert-and-absorb (Piepho 2004): a column of letters starts with all groups;
    a column that holds a group and others it differs from is split into one
    without the group and one without the others; columns within another one are
    absorbed.

    Parameters
    ----------
    different : (g, g) mask
        Which groups differ; symmetric, the best group first.

    Returns
    -------
    tuple of str
        Letters of each group: a to z, then a2 to z2 and so on.

    Examples
    --------
    >>> import numpy as np
    >>> letters(np.array([[0, 0, 1], [0, 0, 0], [1, 0, 0]], dtype=bool))
    ('a', 'ab', 'b')
    """
    columns = np.ones((1, len(different)), dtype=bool)
    for i, others in enumerate(different):
        split = columns[:, i] & (columns & others).any(axis=1)
        if split.any():
            without, within = columns[split], columns[split] & ~others
            without[:, i] = False
            columns = _absorbed(columns[~split], np.concatenate([without, within]))
    columns = columns[np.lexsort(~columns.T[::-1])]
    names = np.array([_letter(k) for k in range(len(columns))])
    return tuple("".join(names[held]) for held in columns.T)


def _absorbed(columns: Mask, new: Mask) -> Mask:
    """Add new columns, without those that repeat another column or lie within one."""
    new = np.unique(new, axis=0)
    both = np.concatenate([columns, new])
    shared = new.astype(np.float32) @ both.T.astype(np.float32)
    within = (shared == new.sum(axis=1)[:, None]).sum(axis=1)
    return np.concatenate([columns, new[within == 1]])


def _letter(k: int) -> str:
    turn, at = divmod(k, 26)
    return string.ascii_lowercase[at] + (str(turn + 1) if turn else "")

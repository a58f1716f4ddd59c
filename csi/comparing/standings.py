"""Firms in order: which differ, which ranks are possible."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from csi.comparing.group_indices import adjusted, check_adjustment, group_indices
from csi.core.checks import check_level
from csi.core.ranking import letters, normal_value, pairwise, rank_limits, simultaneous_value
from csi.core.types import Array
from csi.declared import check_flags
from csi.display import html_table
from csi.errors import OptionError

Adjustment = Literal["none", "bonferroni", "holm", "hochberg", "bh", "by"]

MOST_RANKED = 500
"""Groups whose pairs can be compared in seconds."""


@dataclass(frozen=True, eq=False, repr=False)
class Standing:
    """Groups in order of an index, with what is uncertain about the order.

    Attributes
    ----------
    table : DataFrame
        One row for each group, the best first: group, estimate, se, lower,
        upper (the group by itself, a normal interval whatever kind the
        bootstrap has), rank, rank_low, rank_high (best and worst
        possible rank), letters (groups that share one are not told apart), n.
    pairs : DataFrame
        One row for each pair, the better group first: group_a, group_b,
        difference, se, lower, upper, p, p_adjusted, distinguishable.
    by, construct : str
        What the groups are, and the index.
    adjust : str
        How the p values were adjusted.
    level : float
        Level of intervals, rank limits and tests.
    ascending : bool
        Whether low indices come first.
    simultaneous : bool
        Whether rank limits and intervals of differences hold for all groups
        together or each by itself.
    """

    table: pd.DataFrame
    pairs: pd.DataFrame
    by: str
    construct: str
    adjust: str
    level: float
    ascending: bool
    simultaneous: bool

    def __repr__(self) -> str:
        apart = int(self.pairs["distinguishable"].sum())
        return (
            f"<Standing of {len(self.table)} groups by {self.by} on {self.construct}: "
            f"{apart} of {len(self.pairs)} pairs told apart ({self.adjust}, {self.level:.0%})>"
        )

    def _repr_html_(self) -> str:
        caption = f"{self.construct} by {self.by}"
        return html_table(self.table.rename(columns={"group": self.by}), digits=1, caption=caption)


def rank(
    source: object,
    construct: str = "Satisfaction",
    *,
    adjust: Adjustment = "holm",
    level: float = 0.95,
    ascending: bool = False,
    simultaneous: bool = True,
) -> Standing:
    """Rank groups by an index, with possible ranks and groups that are not told apart.

    Groups are independent samples, so the variance of a difference is the sum
    of two variances. From `csi.fit_by` come standard errors with outer weights
    held fixed; from its bootstrap, errors that include those of the weights.

    Possible ranks are those that no test excludes: a group can be ranked
    between 1 plus the number of groups significantly above it and the number of
    groups less those significantly below it [1]_ [2]_. The percentiles of ranks
    in bootstrap samples are no substitute: among nearly tied groups they leave
    out the true rank too often.

    Parameters
    ----------
    source : Fits, bootstrap of Fits, or mapping of names to fits
        The groups.
    construct : str
        Whose index to rank by.
    adjust : {"none", "bonferroni", "holm", "hochberg", "bh", "by"}
        Adjustment of the p values for all pairs, on which ``distinguishable``
        and the letters rest. The first four but "none" bound the probability of
        any false difference, "bh" and "by" the share of false ones.
    level : float
        Confidence level; a pair is distinguishable if its adjusted p value is
        below 1 - level.
    ascending : bool
        Low indices first, as for complaints.
    simultaneous : bool
        Whether rank limits and intervals of differences hold for all groups
        together, or for each by itself.

    Returns
    -------
    Standing
        With ``.table`` and ``.pairs``.

    Raises
    ------
    OptionError
        If the construct or an option is unknown, or there are not 2 to 500
        groups.
    DataError
        If a group has no such index.

    Warns
    -----
    DataQualityWarning
        If groups of one survey share clusters: where respondents of a cluster are
        alike, errors of differences are then too large.

    Notes
    -----
    Rank limits come from the largest of all standardised differences, stepwise,
    whatever ``adjust`` says: they claim directions, for which Holm's procedure
    is not known to keep its level. The two can therefore differ at the margin.
    Letters follow [3]_.

    References
    ----------
    .. [1] Klein, M., Wright, T. and Wieczorek, J. (2020). A joint confidence
       region for an overall ranking of populations. Journal of the Royal
       Statistical Society C 69(3), 589-606. doi:10.1111/rssc.12402
    .. [2] Mogstad, M., Romano, J. P., Shaikh, A. M. and Wilhelm, D. (2024).
       Inference for ranks with applications to mobility across neighbourhoods
       and academic achievement across countries. Review of Economic Studies
       91(1), 476-518. doi:10.1093/restud/rdad006
    .. [3] Piepho, H.-P. (2004). An algorithm for a letter-based representation
       of all-pairwise comparisons. Journal of Computational and Graphical
       Statistics 13(2), 456-466. doi:10.1198/1061860043515

    Examples
    --------
    >>> import csi
    >>> fits = csi.fit_by(csi.models.acsi(), csi.demo_survey(), by="firm")
    >>> standing = csi.rank(fits)
    >>> standing.table[["group", "rank", "rank_low", "rank_high"]].columns.tolist()
    ['group', 'rank', 'rank_low', 'rank_high']
    """
    check_adjustment(adjust)
    check_level(level)
    check_flags(ascending=ascending, simultaneous=simultaneous)
    given = group_indices(source)
    if len(given.groups) > MOST_RANKED:
        raise OptionError(
            f"{len(given.groups)} groups are too many to compare every pair; at most "
            f"{MOST_RANKED} can be ranked. Rank within industries."
        )
    own = given.of(construct).sort_values("estimate", ascending=ascending, kind="stable")
    own = own.reset_index(drop=True)
    estimate, error = own["estimate"].to_numpy(np.float64), own["se"].to_numpy(np.float64)
    pairs = _pairs(own["group"].to_numpy(), estimate, error, adjust, level, simultaneous)
    table = _table(own, -estimate if ascending else estimate, error, level, simultaneous)
    table.insert(8, "letters", _letters(pairs, len(own)))
    return Standing(
        table, pairs, given.by, construct, adjust, level, bool(ascending), bool(simultaneous)
    )


def _pairs(
    groups: NDArray[Any],
    estimate: Array,
    error: Array,
    adjust: str,
    level: float,
    simultaneous: bool,
) -> pd.DataFrame:
    found = pairwise(estimate, error)
    reach = simultaneous_value(error, level) if simultaneous else normal_value(level)
    p_adjusted = adjusted(found.p, adjust)
    return pd.DataFrame(
        {
            "group_a": groups[found.first],
            "group_b": groups[found.second],
            "difference": found.difference,
            "se": found.error,
            "lower": found.difference - reach * found.error,
            "upper": found.difference + reach * found.error,
            "p": found.p,
            "p_adjusted": p_adjusted,
            "distinguishable": p_adjusted < 1 - level,
        }
    )


def _table(
    own: pd.DataFrame, goodness: Array, error: Array, level: float, simultaneous: bool
) -> pd.DataFrame:
    """Rows in order; of equal estimates both have the better rank."""
    limits = rank_limits(goodness, error, level, simultaneous)
    reach = normal_value(level) * error
    return pd.DataFrame(
        {
            "group": own["group"],
            "estimate": own["estimate"],
            "se": error,
            "lower": own["estimate"] - reach,
            "upper": own["estimate"] + reach,
            "rank": 1 + (goodness > goodness[:, None]).sum(axis=1),
            "rank_low": limits.low,
            "rank_high": limits.high,
            "n": own["n"],
        }
    )


def _letters(pairs: pd.DataFrame, g: int) -> list[str]:
    different = np.zeros((g, g), dtype=bool)
    different[np.triu_indices(g, k=1)] = pairs["distinguishable"]
    return list(letters(different | different.T))

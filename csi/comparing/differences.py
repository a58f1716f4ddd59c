"""Differences between groups: tables of what two bootstraps and a permutation say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from typing import Any, Literal

import numpy as np
import pandas as pd

from csi.comparing.group_indices import adjusted
from csi.core import intervals
from csi.core.design import units
from csi.core.differences import apart, share_not_above, welch
from csi.core.intervals import limits, p_values
from csi.core.jackknife import influence
from csi.core.types import Array, Mask
from csi.display import html_table, number
from csi.resampling.bootstraps import Bootstrap, Bootstraps, warn_of_lost
from csi.resampling.inference import undefined
from csi.resampling.quantities import Quantities
from csi.results import Fit, Table

Adjustment = Literal["none", "holm", "hochberg", "bonferroni", "bh", "by"]
Interval = Literal["percentile", "basic", "normal", "bca"]
Pair = tuple[Any, Any]


@dataclass(frozen=True, slots=True, eq=False)
class Permutation:
    """How often exchanged respondents make differences as large as those that were seen.

    Attributes
    ----------
    p : (q,) array
        Two-sided p values.
    failed : (q,) array of int
        Permutations in which the number could not be computed.
    number : int
        Permutations.
    failures : mapping of str to int
        How many failed or are inadmissible, by reason.
    """

    p: Array
    failed: Array
    number: int
    failures: Mapping[str, int]


@dataclass(frozen=True, eq=False, repr=False)
class Comparison:
    """Groups compared number by number.

    Every table has one row for each number and each pair of groups:

    ======================= =====================================================
    group_a, group_b        the groups
    a, b, difference        both estimates, and a - b
    se, lower, upper        of the difference, from the bootstrap of both groups
    p_bootstrap             two-sided, belongs to the limits
    p_permutation           two-sided; missing where respondents cannot be exchanged
    p_adjusted              p_permutation, or else p_bootstrap, adjusted for all rows
    p_welch                 two-sided, from Student's t and both standard errors
    p_henseler              share of pairs of resamples in which a is not above b:
                            one-sided, near 1 where a is below b
    failed                  resamples and permutations without the number
    ======================= =====================================================

    Attributes
    ----------
    by : str
        What the groups are.
    fits : mapping of group to Fit
        Their fits.
    bootstraps : Bootstraps
        Their resamples, independent of each other.
    permutations : mapping of pair to Permutation
        Pairs whose respondents were exchanged.
    adjust : str
        How p values are adjusted.
    interval, level
        Kind and level of the confidence limits.
    """

    by: str
    fits: Mapping[Any, Fit]
    bootstraps: Bootstraps
    permutations: Mapping[Pair, Permutation]
    adjust: Adjustment
    interval: Interval
    level: float

    @property
    def pairs(self) -> list[Pair]:
        """The pairs of groups, in the order of the tables."""
        return list(combinations(self.fits, 2))

    @cached_property
    def quantities(self) -> Quantities:
        """What the numbers are about."""
        return Quantities.of(next(iter(self.fits.values())))

    def family(self, name: str) -> pd.DataFrame:
        """Return the table of a family of numbers by its name.

        Parameters
        ----------
        name : str
            A name in ``quantities.families``, such as ``"paths"`` or ``"total"``.
        """
        self.quantities.check(name)
        labels, at = self.quantities.families[name], self.quantities.places[name]
        table = pd.concat([self._rows(pair, labels, at) for pair in self.pairs], ignore_index=True)
        tested = table["p_permutation"].fillna(table["p_bootstrap"]).to_numpy(np.float64)
        table.insert(
            table.columns.get_loc("p_welch"),  # type: ignore[arg-type]
            "p_adjusted",
            _adjusted(tested, table["se"].to_numpy(np.float64) > 0.0, self.adjust),
        )
        for key in ("indicator", "construct"):
            if key in labels and "other" not in labels:
                return table.set_axis(table[key].to_list(), axis=0)
        return table

    @Table
    def paths(self) -> pd.DataFrame:
        """Direct effects: group_a, group_b, source, target, a, b, difference, ..."""
        return self.family("paths")

    @Table
    def effects(self) -> pd.DataFrame:
        """Direct, indirect and total effects: group_a, group_b, source, target, effect, ...

        P values are adjusted within each kind of effect.
        """
        parts = {"direct": "paths", "indirect": "indirect", "total": "total"}
        return self._stacked("effect", parts, 4)

    @Table
    def specific_effects(self) -> pd.DataFrame:
        """Indirect effects along each route: group_a, group_b, source, target, route, ..."""
        return self.family("specific")

    @Table
    def weights(self) -> pd.DataFrame:
        """Outer weights of standardised items: group_a, group_b, construct, indicator, ..."""
        return self.family("weights")

    @Table
    def loadings(self) -> pd.DataFrame:
        """Loadings: group_a, group_b, construct, indicator, a, b, difference, ..."""
        return self.family("loadings")

    @Table
    def r2(self) -> pd.DataFrame:
        """Explained variance: group_a, group_b, construct, a, b, difference, ..."""
        return self.family("r2")

    @Table
    def construct_corr(self) -> pd.DataFrame:
        """Correlations of the constructs: group_a, group_b, construct, other, ..."""
        return self.family("construct_corr")

    @Table
    def reliability(self) -> pd.DataFrame:
        """Reliability of reflective constructs: group_a, group_b, construct, criterion, ...

        P values are adjusted within each criterion.
        """
        parts = {name: name for name in ("alpha", "rho_a", "rho_c", "ave")}
        return self._stacked("criterion", parts, 3)

    @Table
    def indices(self) -> pd.DataFrame:
        """0-100 indices: group_a, group_b, construct, a, b, difference, ..."""
        return self.family("indices")

    @Table
    def impacts(self) -> pd.DataFrame:
        """Impacts on 0-100: group_a, group_b, source, target, a, b, difference, ..."""
        return self.family("impacts")

    def _stacked(self, column: str, families: Mapping[str, str], at: int) -> pd.DataFrame:
        tables = []
        for value, name in families.items():
            table = self.family(name)
            table.insert(at, column, value)
            tables.append(table)
        return pd.concat(tables, ignore_index=True)

    def _rows(self, pair: Pair, labels: pd.DataFrame, at: slice) -> pd.DataFrame:
        """Return the rows of one pair, all columns but the adjusted p values."""
        a, b = (self.bootstraps[group] for group in pair)
        x, y = a.draws.part.values[at], b.draws.part.values[at]
        estimates = a.draws.estimate[at], b.draws.estimate[at]
        difference, drawn = apart(*estimates), apart(x, y)
        bent = self._acceleration(pair, at)
        found = limits(difference, drawn, self.interval, self.level, **bent)
        errors = intervals.standard_errors(x), intervals.standard_errors(y)
        permutation = self.permutations.get(pair)
        names = pd.DataFrame({"group_a": [pair[0]] * len(labels), "group_b": pair[1]})
        return pd.concat([names, labels], axis=1).assign(
            a=estimates[0], b=estimates[1], difference=difference,
            se=intervals.standard_errors(drawn), lower=found.lower, upper=found.upper,
            p_bootstrap=p_values(difference, drawn, self.interval, **bent),
            p_permutation=np.nan if permutation is None else permutation.p[at],
            p_welch=welch(difference, *errors, *map(_freedom, (a.fit, b.fit))),
            p_henseler=share_not_above(x, y),
            failed=undefined(drawn) + (0 if permutation is None else permutation.failed[at]),
        )  # fmt: skip

    def _acceleration(self, pair: Pair, at: slice) -> dict[str, Array]:
        if self.interval != "bca":
            return {}
        first, second = (self._pulls[group] for group in pair)
        pull = np.concatenate([first[0][at], -second[0][at]], axis=1)
        return {"acceleration": intervals.acceleration(pull, np.r_[first[1], second[1]])}

    @cached_property
    def _pulls(self) -> Mapping[Any, tuple[Array, Array]]:
        """How far each sampling unit moves the numbers of its group, and how many do the same."""
        return {group: _pull(member) for group, member in self.bootstraps.items()}

    def __repr__(self) -> str:
        pairs = "" if len(self.fits) == 2 else f", {len(self.pairs)} pairs"
        permuted = max((found.number for found in self.permutations.values()), default=0)
        boots = next(iter(self.bootstraps.values())).draws.number
        return (
            f"<Comparison of {len(self.fits)} groups by {self.by}{pairs}: {boots} resamples, "
            f"{permuted} permutations, {self.adjust}>"
        )

    def _repr_html_(self) -> str:
        family = "indices" if "indices" in self.quantities.families else "paths"
        shown = self.family(family).drop(columns=["p_welch", "p_henseler", "failed"])
        digits = 1 if family == "indices" else 3
        for name in ("p_bootstrap", "p_permutation", "p_adjusted"):
            shown[name] = shown[name].map(lambda p: number(p, 4))
        return html_table(shown.reset_index(drop=True), digits=digits, caption=repr(self)[1:-1])


def _adjusted(p: Array, varies: Mask, adjust: str) -> Array:
    """Adjust p values; what cannot vary is no test and does not count."""
    tested = np.isfinite(p) & varies
    found = p.copy()
    if tested.any():
        found[tested] = adjusted(p[tested], adjust)
    return found


def _pull(member: Bootstrap) -> tuple[Array, Array]:
    left_out, without = member.engine.left_out, member.engine.jackknife().values
    warn_of_lost(without)
    return influence(left_out, without) / left_out.size, left_out.multiplicity


def _freedom(fit: Fit) -> float:
    """Return the degrees of freedom behind standard errors: sampling units less strata."""
    answers = fit.data
    assert answers is not None
    if answers.sampling is None:
        return float(answers.copies.sum()) - 1
    standing, _, _, strata = units(answers.sampling, answers.copies)
    return float(standing.sum()) - len(strata)

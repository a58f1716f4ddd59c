"""What is known of the numbers of a fit: estimate, error, limits, p value.

Every way of resampling ends in five vectors; the tables are read off them.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from csi.core.replicates import t_limits, t_p_values
from csi.core.types import Array
from csi.display import Summary, html_table
from csi.errors import OptionError
from csi.resampling.quantities import MOST_ROUTES, Quantities
from csi.results import Fit, Table, as_count


@dataclass(frozen=True, eq=False)
class Known:
    """Five vectors over the numbers of a fit.

    Attributes
    ----------
    estimate, se, lower, upper, p : (q,) arrays
        Estimates, standard errors, confidence limits, and two-sided p values of
        the hypothesis that the number is zero.
    failed : (q,) array of int
        Resamples in which the number could not be computed.
    """

    estimate: Array
    se: Array
    lower: Array
    upper: Array
    p: Array
    failed: Array

    @classmethod
    def student(cls, estimate: Array, se: Array, failed: Array, level: float, df: float) -> Known:
        """Return limits and p values of Student's t."""
        ends = t_limits(estimate, se, level, df)
        return cls(estimate, se, ends.lower, ends.upper, t_p_values(estimate, se, df), failed)

    def some(self, at: slice) -> Known:
        """Return some of the numbers."""
        return Known(
            self.estimate[at], self.se[at], self.lower[at], self.upper[at], self.p[at],
            self.failed[at],
        )  # fmt: skip

    def table(self, labels: pd.DataFrame) -> pd.DataFrame:
        """Return the numbers beside what they are about."""
        return labels.assign(
            estimate=self.estimate, se=self.se, lower=self.lower, upper=self.upper, p=self.p,
            failed=self.failed,
        )  # fmt: skip


class Inference(ABC):
    """Tables of estimates with their uncertainty, one row for each number.

    Each has columns estimate, se, lower, upper, p (of the hypothesis that the
    number is zero) and failed (resamples in which it could not be computed).
    """

    fit: Fit

    @cached_property
    def quantities(self) -> Quantities:
        """What the numbers are about."""
        return Quantities.of(self.fit)

    @property
    @abstractmethod
    def known(self) -> Known:
        """The vectors behind the tables."""

    def some(self, at: slice) -> Known:
        """Return some of the vectors' numbers."""
        return self.known.some(at)

    def family(self, name: str) -> pd.DataFrame:
        """Return the table of a family of numbers by its name."""
        self.quantities.check(name)
        labels, at = self.quantities.families[name], self.quantities.places[name]
        table = self.some(at).table(labels)
        key = list(labels.columns)
        if key == ["construct"]:
            return table.set_axis(table["construct"].to_list(), axis=0)
        if key == ["construct", "indicator"]:
            return table.set_axis(table["indicator"].to_list(), axis=0)
        return table

    @Table
    def paths(self) -> pd.DataFrame:
        """Direct effects: source, target, estimate, se, lower, upper, p, failed."""
        return self.family("paths")

    @Table
    def weights(self) -> pd.DataFrame:
        """Outer weights of the items: construct, indicator, estimate, ..."""
        return self.family("weights")

    @Table
    def loadings(self) -> pd.DataFrame:
        """Correlations of items with their construct: construct, indicator, estimate, ..."""
        return self.family("loadings")

    @Table
    def effects(self) -> pd.DataFrame:
        """Direct, indirect and total effects: source, target, effect, estimate, ..."""
        parts = {"direct": "paths", "indirect": "indirect", "total": "total"}
        tables = []
        for effect, name in parts.items():
            table = self.family(name)
            table.insert(2, "effect", effect)
            tables.append(table)
        return pd.concat(tables, ignore_index=True)

    @Table
    def specific_effects(self) -> pd.DataFrame:
        """Indirect effects along each route: source, target, route, estimate, ...

        Raises
        ------
        OptionError
            If there are too many routes.
        """
        if self.quantities.routes_left_out:
            raise OptionError(
                f"The model has more than {MOST_ROUTES} indirect routes, so effects along each "
                "were not computed. Their sums are in effects."
            )
        return self.family("specific")

    @Table
    def r2(self) -> pd.DataFrame:
        """Explained variance: construct, estimate, ..."""
        return self.family("r2")

    @Table
    def construct_corr(self) -> pd.DataFrame:
        """Correlations of the constructs: construct, other, estimate, ..."""
        return self.family("construct_corr")

    @Table
    def htmt(self) -> pd.DataFrame:
        """Heterotrait-monotrait ratios of absolute correlations: construct, other, estimate, ...

        For constructs measured by reflective or single items.
        """
        return self.family("htmt")

    @Table
    def reliability(self) -> pd.DataFrame:
        """Reliability of reflective constructs: construct, criterion, estimate, ...

        Criteria are alpha (of standardised items), rho_a (where PLS defines it),
        rho_c and ave.
        """
        tables = []
        for criterion in ("alpha", "rho_a", "rho_c", "ave"):
            table = self.family(criterion)
            table.insert(1, "criterion", criterion)
            tables.append(table)
        return pd.concat(tables, ignore_index=True)

    @Table
    def parameters(self) -> pd.DataFrame:
        """Free parameters and definitions of a covariance structure: left, operator, right, ...

        Raises
        ------
        OptionError
            If the model was not fitted by `csi.CBSEM`.
        """
        return self.family("parameters")

    @Table
    def standardized(self) -> pd.DataFrame:
        """The same standardised, loadings of marker items among them: left, operator, right, ...

        Raises
        ------
        OptionError
            If the model was not fitted by `csi.CBSEM`.
        """
        return self.family("standardized")

    @Table
    def indices(self) -> pd.DataFrame:
        """0-100 indices: construct, estimate, se, lower, upper, p, failed, n."""
        return self.family("indices").assign(n=as_count(self.fit.n))

    @Table
    def impacts(self) -> pd.DataFrame:
        """Points the target moves per point of the source: source, target, estimate, ..."""
        return self.family("impacts")

    def summary(self) -> Summary:
        """Return the main tables as a summary that prints as text and shows itself in Jupyter."""
        effects = self.effects.query("effect != 'direct'")
        tables = [("Paths", self.paths), ("Indirect and total effects", effects)]
        tables += [("Loadings", self.loadings), ("Reliability", self.reliability)]
        if self.fit.has_indices:
            tables.insert(0, ("Indices (0-100)", self.indices.drop(columns="p")))
        notes = [f"{number} failed or inadmissible: {why}" for why, number in self._failures]
        shown = tuple((title, table.reset_index(drop=True)) for title, table in tables)
        return Summary(repr(self)[1:-1], (), shown, tuple(notes))

    @property
    def _failures(self) -> Iterable[tuple[str, int]]:
        """How often what went wrong."""
        failures: Mapping[str, int] = getattr(self, "failures", {})
        return failures.items()

    def _repr_html_(self) -> str:
        name = "indices" if self.fit.has_indices else "paths"
        hidden = ["failed", "p"] if name == "indices" else ["failed"]  # no index is zero
        table = self.family(name).drop(columns=hidden).reset_index(drop=True)
        return html_table(table, digits=1 if name == "indices" else 3, caption=repr(self)[1:-1])


def stacked(members: dict[Any, Inference], name: str) -> pd.DataFrame:
    """Return a table of every group below one another, the group in front."""
    parts: list[pd.DataFrame] = []
    for group, member in members.items():
        part = getattr(member, name).reset_index(drop=True)
        part.insert(0, "group", [group] * len(part))
        parts.append(part)
    return pd.concat(parts, ignore_index=True)


def undefined(values: Array) -> Array:
    """Count the numbers of each row that are NaN or infinite."""
    count: Array = (~np.isfinite(values)).sum(axis=1)
    return count

"""Indices of independent groups, read from fits or from their bootstrap."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from numbers import Real
from typing import Any

import numpy as np
import pandas as pd

from csi.comparing.pooling import warn_of_shared_clusters
from csi.core.checks import LARGEST
from csi.core.types import Array
from csi.declared import check_choice
from csi.errors import ArgumentTypeError, DataError, OptionError, did_you_mean, listing
from csi.results import Fit

ADJUSTMENTS = {
    "bonferroni": "bonferroni",
    "holm": "holm",
    "hochberg": "simes-hochberg",
    "bh": "fdr_bh",
    "by": "fdr_by",
}
"""Our names of adjustments for many comparisons, and those of statsmodels."""


@dataclass(frozen=True, slots=True, eq=False)
class GroupIndices:
    """Indices of g independent groups.

    Attributes
    ----------
    by : str
        What the groups are, such as ``"firm"``.
    groups : list
        Their names, in the order of the source.
    table : DataFrame
        group, construct, estimate, se, n; n is missing where the source does
        not say.
    """

    by: str
    groups: list[Any]
    table: pd.DataFrame

    @property
    def constructs(self) -> list[str]:
        """Constructs that any group has."""
        return list(dict.fromkeys(self.table["construct"]))

    def of(self, construct: object) -> pd.DataFrame:
        """Return the indices of one construct, one row for each group in order.

        Raises
        ------
        OptionError
            If no group has the construct.
        DataError
            If a group lacks it, or lacks its standard error.
        """
        known = self.constructs
        if construct not in known:
            raise OptionError(
                f"There is no construct {construct!r}. Name one of them as construct=: "
                f"{listing(known, 20)}." + did_you_mean(str(construct), known)
            )
        own = self.table[self.table["construct"] == construct].set_index("group")
        lacking = [group for group in self.groups if group not in own.index]
        if lacking:
            raise DataError(
                f"{listing(lacking)} has no {construct}. Leave these groups out, or name a "
                "construct that all have."
            )
        own = own.loc[self.groups].reset_index()
        usable = np.isfinite(own["estimate"]) & np.isfinite(own["se"]) & (own["se"] > 0)
        if not usable.all():
            raise DataError(
                f"{construct} of {listing(own['group'][~usable])} has no index with a positive "
                "standard error. Leave these groups out."
            )
        return own


def group_indices(source: object, least: int = 2) -> GroupIndices:
    """Read the indices of groups.

    Parameters
    ----------
    source : Fits, bootstrap of Fits, or mapping of names to fits
        Anything with a table ``indices`` that holds a column ``group``, or a
        mapping of group names to things with a table ``indices``. The value is
        in the column ``index`` or ``estimate``.
    least : int
        Groups there must be.

    Raises
    ------
    ArgumentTypeError
        If there are no groups in the source.
    OptionError
        If there are fewer groups.

    Warns
    -----
    DataQualityWarning
        If groups of one survey share clusters.
    """
    if isinstance(source, Mapping) and not hasattr(source, "indices"):
        table, by = _stacked(source), "group"
    else:
        table, by = getattr(source, "indices", None), str(getattr(source, "by", "group"))
    if not isinstance(table, pd.DataFrame) or "group" not in table:
        found = getattr(type(source), "__name__", "thing")
        raise ArgumentTypeError(
            f"Groups are needed, and a {found} holds none. Give csi.fit_by(model, data, by=...), "
            "its bootstrap, or a mapping of names to fits such as {'2023': fit, '2024': other}."
        )
    groups = list(dict.fromkeys(table["group"]))
    if len(groups) < least:
        raise OptionError(
            f"There is one group only, {by} {listing(groups)}. Give at least two to compare."
        )
    if isinstance(source, Mapping):
        members = {name: getattr(member, "fit", member) for name, member in source.items()}
        warn_of_shared_clusters({k: fit for k, fit in members.items() if isinstance(fit, Fit)})
    value = "index" if "index" in table else "estimate"
    table = table.rename(columns={value: "estimate"}).reset_index(drop=True)
    columns = ["group", "construct", "estimate", "se", "n"]
    return GroupIndices(by, groups, table.reindex(columns=columns))


def _stacked(source: Mapping[Any, object]) -> pd.DataFrame | None:
    parts: list[pd.DataFrame] = []
    for name, fit in source.items():
        part = getattr(fit, "indices", None)
        if not isinstance(part, pd.DataFrame) or "group" in part:
            return None
        parts.append(part.reset_index(drop=True).assign(group=[name] * len(part)))
    return pd.concat(parts, ignore_index=True) if parts else None


def adjusted(p: Array, adjust: str) -> Array:
    """Return p values adjusted for all that were computed together; NaN does not count."""
    corrected, known = p.copy(), ~np.isnan(p)
    if adjust == "none" or not known.any():
        return corrected
    from statsmodels.stats.multitest import multipletests  # noqa: PLC0415 - slow to import

    corrected[known] = multipletests(p[known], method=ADJUSTMENTS[adjust])[1]
    return corrected


def check_adjustment(adjust: object) -> None:
    """Refuse unknown adjustments."""
    check_choice("adjust", adjust, ["none", *ADJUSTMENTS])


def check_positive(name: str, value: object, example: str) -> float:
    """Return a positive finite number, or refuse what is none."""
    number = isinstance(value, Real) and not isinstance(value, bool)
    if not number or not 0 < value <= LARGEST:  # type: ignore[operator]
        raise OptionError(f"{name} is {value!r}. Give a positive number, such as {example}.")
    return float(value)  # type: ignore[arg-type]


def chosen_constructs(given: object, known: Sequence[str]) -> list[str]:
    """Return construct names from one name or several."""
    if isinstance(given, str):
        return [given]
    if not isinstance(given, Sequence) or not given:
        raise ArgumentTypeError(
            f"construct is {given!r}. Name one or list several of: {listing(known, 20)}."
        )
    return list(dict.fromkeys(given))

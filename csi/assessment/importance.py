"""Importance and performance: where one more point pays most for a target construct."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from csi.assessment.inputs import check_boot, check_fit
from csi.core.structural import total_effects
from csi.core.types import Array
from csi.declared import check_flags
from csi.display import Summary, number
from csi.errors import InadmissibleWarning, OptionError, listing, warn
from csi.hundred import OnHundred
from csi.resampling.inference import Inference
from csi.results import Fit, Table
from csi.target import target_of

QUADRANTS = (
    ("low priority", "possible overkill"),
    ("concentrate here", "keep up the good work"),
)
"""By importance (low, high), then by performance (low, high)."""


@dataclass(frozen=True, eq=False, repr=False)
class ImportancePerformance:
    """Importance and performance of everything that leads to a target.

    Attributes
    ----------
    fit : Fit
        The fit.
    target : str
        The construct to be moved.
    standardized : bool
        Whether importances are in standard deviations instead of points.
    boot : Inference or None
        Where the confidence limits come from.
    """

    fit: Fit
    target: str
    standardized: bool
    boot: Inference | None

    @Table
    def constructs(self) -> pd.DataFrame:
        """One row a construct.

        Columns construct, importance, lower, upper, performance,
        performance_lower, performance_upper, quadrant.
        """
        importance = self._importance
        performance = self._hundred.indices(self._index_weights)[self._drivers]
        columns = {"construct": self._names, "importance": importance}
        columns |= self._limits("total" if self.standardized else "impacts", "source", "")
        columns |= {"performance": performance}
        columns |= self._limits("indices", "construct", "performance_")
        columns |= {"quadrant": _quadrants(importance, performance)}
        return pd.DataFrame(columns, index=self._names)

    @Table
    def items(self) -> pd.DataFrame:
        """One row an item: construct, indicator, importance, performance.

        In points, the importance of an item is the importance of its construct
        times the item's share of the unstandardised index weights: the items of a
        construct add up to the construct. In standard deviations it is the total
        effect times the outer weight of the standardised item.
        """
        V = self._item_weights[:, self._drivers]
        j, i = np.nonzero(self.fit.model.composition[:, self._drivers].T)
        indicators = self.fit.model.indicators
        return pd.DataFrame(
            {
                "construct": [self._names[at] for at in j],
                "indicator": [indicators[at] for at in i],
                "importance": self._importance[j] * V[i, j],
                "performance": self._hundred.mean[i],
            }
        )

    @property
    def means(self) -> tuple[float, float]:
        """Mean importance and mean performance of the constructs, which part the quadrants."""
        table = self.constructs
        return float(table["importance"].mean()), float(table["performance"].mean())

    @cached_property
    def negative(self) -> dict[str, list[str]]:
        """Items with negative weights, by construct."""
        model, V = self.fit.model, self._point_weights
        at = [*self._drivers, model.names.index(self.target)]
        found = {model.names[j]: np.flatnonzero(V[:, j] < 0) for j in at}
        return {
            name: [model.indicators[i] for i in rows] for name, rows in found.items() if len(rows)
        }

    @cached_property
    def _hundred(self) -> OnHundred:
        return OnHundred.of(self.fit.model, self.fit.moments, self.fit.scale)

    @cached_property
    def _point_weights(self) -> Array:
        return self._hundred.weights(self.fit.estimates, "unstandardized")

    @property
    def _index_weights(self) -> Array:
        return self._hundred.weights(self.fit.estimates, self.fit.index_weights)

    @property
    def _item_weights(self) -> Array:
        return self.fit.estimates.weights if self.standardized else self._point_weights

    @cached_property
    def _drivers(self) -> list[int]:
        """Places of the constructs that lead to the target."""
        model = self.fit.model
        leads = model.reachable[:, model.names.index(self.target)]
        return [int(j) for j in np.flatnonzero(leads)]

    @property
    def _names(self) -> list[str]:
        return [self.fit.model.names[j] for j in self._drivers]

    @property
    def _importance(self) -> Array:
        estimates, at = self.fit.estimates, self.fit.model.names.index(self.target)
        if self.standardized:
            return total_effects(estimates.paths)[self._drivers, at]
        return self._hundred.impacts(estimates)[self._drivers, at]

    def _limits(self, family: str, key: str, prefix: str) -> dict[str, Array]:
        """Return confidence limits of the drivers, NaN without a bootstrap."""
        ends = (f"{prefix}lower", f"{prefix}upper")
        if self.boot is None:
            return dict.fromkeys(ends, np.full(len(self._drivers), np.nan))
        table = self.boot.family(family)
        if "target" in table:
            table = table[table["target"] == self.target]
        known = table.set_index(key).loc[self._names]
        return dict(zip(ends, known[["lower", "upper"]].to_numpy().T, strict=True))

    def __repr__(self) -> str:
        return f"<ImportancePerformance of {len(self._drivers)} constructs for {self.target}>"

    def summary(self) -> Summary:
        """Return both tables as a summary that prints as text and shows itself in Jupyter."""
        unit = "standard deviations" if self.standardized else "points on 0-100"
        importance, performance = self.means
        facts = (
            ("target", self.target),
            ("importance in", unit),
            ("mean importance", number(importance)),
            ("mean performance", number(performance, 1)),
        )
        constructs = self.constructs.reset_index(drop=True).dropna(axis=1, how="all")
        tables = (("Constructs", constructs), ("Items", self.items))
        return Summary("Importance and performance", facts, tables, self._notes)

    @property
    def _notes(self) -> tuple[str, ...]:
        named = [f"{name} ({listing(items)})" for name, items in self.negative.items()]
        told = f"Items with negative weights, where nothing is to be read: {listing(named)}."
        return (told,) if named else ()

    def __str__(self) -> str:
        return str(self.summary())

    def _repr_html_(self) -> str:
        return self.summary().to_html()


def importance_performance(
    fit: Fit,
    target: str | None = None,
    *,
    standardized: bool = False,
    boot: Inference | None = None,
) -> ImportancePerformance:
    """Compare how much constructs and items matter for a target with how good they are.

    Importance is the total effect on the target, in points of the target per
    point of the driver on 0-100 (`Fit.impacts`); performance is the 0-100 index.
    Both are parted at their means over the drivers: what matters more than the
    mean and performs worse is where to concentrate.

    Parameters
    ----------
    fit : Fit
        The fit; its items need declared scale ends.
    target : str, optional
        The construct to be moved; satisfaction by default.
    standardized : bool
        Give importances in standard deviations of the target per standard
        deviation of the driver. Drivers with other scales or spreads can then not
        be compared by what a point costs.
    boot : Bootstrap, optional
        What `csi.bootstrap` returned for this fit; its limits are taken over.

    Returns
    -------
    ImportancePerformance
        Its tables are ``constructs`` and ``items``.

    Raises
    ------
    OptionError
        If the target is unknown or nothing leads to it, the fit has no means, or
        ``boot`` belongs to another fit.
    DataError
        If an item has no declared scale ends.

    Warns
    -----
    InadmissibleWarning
        If an item has a negative weight: more of the item would then lower its
        construct, and an index may leave 0 to 100.

    Notes
    -----
    An item counts by its unstandardised weight, the outer weight divided by the
    item's standard deviation, as in Ringle and Sarstedt (2016). cSEM (`doIPMA`) does
    the same with the answers as they are, 1 to 10. seminrExtras weights 0-100 items by
    the outer weights of standardised items, in the performance and in the spreads that
    turn standardised effects into points; it parts priorities at the median
    importance. ``fit.with_index_weights("standardized")`` gives its performance.

    References
    ----------
    Martilla, J. A. and James, J. C. (1977). Importance-performance analysis.
    Journal of Marketing 41(1), 77-79. doi:10.1177/002224297704100112

    Ringle, C. M. and Sarstedt, M. (2016). Gain more insight from your PLS-SEM
    results: the importance-performance map analysis. Industrial Management & Data
    Systems 116(9), 1865-1886. doi:10.1108/IMDS-10-2015-0449

    Examples
    --------
    >>> import csi
    >>> from csi.assessment.importance import importance_performance
    >>> fit = csi.fit(csi.models.acsi(), csi.demo_survey())
    >>> importance_performance(fit).constructs[["importance", "performance"]].round(2)
                  importance  performance
    Expectations        0.65        76.37
    Quality             0.76        78.36
    Value               0.35        73.26
    """
    check_fit("importance_performance", fit)
    check_flags(standardized=standardized)
    found = ImportancePerformance(fit, chosen_target(fit, target), bool(standardized), boot)
    check_boot(fit, boot)
    _warn_of(found)
    return found


def chosen_target(fit: Fit, target: str | None) -> str:
    """Return the target, satisfaction by default, or refuse one that nothing leads to."""
    model = fit.model
    name = target_of(model) if target is None else model.construct(target).name
    if not model.reachable[:, model.names.index(name)].any():
        leads = [
            other for other in model.names if model.reachable[:, model.names.index(other)].any()
        ]
        raise OptionError(
            f"Nothing in the model leads to {name!r}, so nothing is important for it. Name a "
            f"target that something leads to: {listing(leads, 20)}."
        )
    return name


def _warn_of(found: ImportancePerformance) -> None:
    if found.negative:
        named = [f"{name} ({listing(items)})" for name, items in found.negative.items()]
        warn(
            f"importance-performance is not interpretable for {listing(named)}: these items have "
            "negative weights, so that better items would make a worse construct. Look for "
            "reversed or collinear items; Mode A or equal weights avoid it.",
            InadmissibleWarning,
        )


def _quadrants(importance: Array, performance: Array) -> list[str]:
    """Say in which quadrant each construct lies; one construct alone lies in none."""
    if len(importance) < 2:
        return [""] * len(importance)
    rows = (importance >= importance.mean()).astype(int)
    columns = (performance >= performance.mean()).astype(int)
    return [QUADRANTS[i][j] for i, j in zip(rows, columns, strict=True)]

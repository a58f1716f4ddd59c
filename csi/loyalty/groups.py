"""Whether the curves of several groups differ."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd

from csi.comparing.group_indices import adjusted, check_adjustment
from csi.core.checks import check_level
from csi.core.curve.bends import values
from csi.core.curve.detection import NARROWEST, TAIL
from csi.core.curve.group_curves import (
    FEW,
    MANY,
    MANY_KNOTS,
    Group,
    GroupCurve,
    Wald,
    calibrated_group,
    common_knots,
    common_window,
    compare,
    group_curves,
    window_knots,
)
from csi.core.intervals import limits
from csi.core.resample import check_seed, stream
from csi.core.types import Array
from csi.declared import check_flags
from csi.display import Summary, number
from csi.loyalty.parts import Part, parts_of
from csi.resampling.bootstrapping import check_number
from csi.results import Table
from csi.single_thread import one_thread

GROUPS = 7
"""Key of the random numbers of groups."""

FEWEST_BOOT, MOST_BOOT = 199, 20_000


@dataclass(frozen=True, eq=False, repr=False)
class CurveComparison:
    """Curves of several groups, and whether they differ.

    Attributes
    ----------
    parts : tuple of Part
        The groups.
    calibrated : tuple of Group
        What their scores say about true satisfaction.
    fitted : tuple of GroupCurve
        Their curves, and those of samples drawn anew.
    within : tuple of GroupCurve
        The same with knots at the ends and thirds of the shared window: drawn, and read
        for slopes and curvature.
    window : (float, float)
        True scores that all groups share; empty if the first is higher.
    level : float
        Of intervals.
    adjust : str
        How p values of pairs are adjusted.
    """

    parts: tuple[Part, ...]
    calibrated: tuple[Group, ...]
    fitted: tuple[GroupCurve, ...]
    within: tuple[GroupCurve, ...]
    window: tuple[float, float]
    level: float
    adjust: str

    @Table
    def tests(self) -> pd.DataFrame:
        """Tests that groups have one curve: test, group_a, group_b, statistic, df, p, p_adjusted.

        ``curve``: slopes and bends are equal, levels may differ. ``shape``: bends are
        equal, levels and first slopes may differ. The first rows are of all groups,
        the others of pairs, adjusted within each test.
        """
        rows = [
            _row(test, ("all", "all"), compare(self.fitted, shape=test == "shape"))
            for test in ("curve", "shape")
        ]
        if len(self.parts) > 2:
            for test in ("curve", "shape"):
                rows += self._pairs(test)
        table = pd.DataFrame(rows)
        table["p_adjusted"] = table["p_adjusted"].fillna(table["p"])
        return table

    def _pairs(self, test: str) -> list[dict[str, Any]]:
        rows = []
        for a, b in combinations(range(len(self.parts)), 2):
            found = compare((self.fitted[a], self.fitted[b]), shape=test == "shape")
            rows.append(_row(test, (self.parts[a].name, self.parts[b].name), found))
        p = adjusted(np.array([row["p"] for row in rows]), self.adjust)
        return [{**row, "p_adjusted": own} for row, own in zip(rows, p, strict=True)]

    @Table
    def groups(self) -> pd.DataFrame:
        """Each group: group, n, reliability, satisfaction, slope, lower, upper, curvature, ...

        ``satisfaction`` is the mean true score, ``slope`` the average over the shared
        window, ``curvature`` the slope in its upper third less that in its lower third,
        as a share of the average slope, with curvature_lower and curvature_upper. Slope
        and curvature are missing if the groups share fewer than 18 points.
        """
        rows = []
        for part, group, curve in self._each():
            density, T = group.calibration.density, group.calibration.T
            rows.append(
                {
                    "group": part.name,
                    "n": part.observed.n,
                    "reliability": part.reliability,
                    "satisfaction": float(density @ T),
                    **self._bent(curve),
                }
            )
        return pd.DataFrame(rows)

    def _bent(self, curve: GroupCurve) -> dict[str, float]:
        names = ("slope", "lower", "upper", "curvature", "curvature_lower", "curvature_upper")
        if self.window[1] - self.window[0] < NARROWEST:
            return dict.fromkeys(names, np.nan)
        found, drawn = curve.summary(self.window)
        band = limits(found, drawn, "percentile", self.level)
        each = np.column_stack([found, band.lower, band.upper]).ravel()
        return dict(zip(names, each.tolist(), strict=True))

    @Table
    def curves(self) -> pd.DataFrame:
        """The curves at whole true scores: group, satisfaction, loyalty, lower, upper.

        Straight pieces between thirds of the shared window, with pointwise percentile
        limits that contain the error of the calibration; each group within its own window.
        """
        tables = []
        for part, group, curve in self._each():
            low, high = group.calibration.window(TAIL)
            t = np.arange(np.ceil(low), np.floor(high) + 1)
            at, drawn = (values(b, curve.knots, t) for b in (curve.beta, curve.replicates))
            band = limits(at, np.ascontiguousarray(drawn.T), "percentile", self.level)
            table = pd.DataFrame({"satisfaction": t, "loyalty": at})
            table["lower"], table["upper"] = band.lower, band.upper
            table.insert(0, "group", [part.name] * len(t))
            tables.append(table)
        return pd.concat(tables, ignore_index=True)

    def _each(self) -> Iterator[tuple[Part, Group, GroupCurve]]:
        return zip(self.parts, self.calibrated, self.within, strict=True)

    @property
    def knots(self) -> Array:
        """True scores at which the curves may bend."""
        return self.fitted[0].knots

    def summary(self) -> Summary:
        """Return what there is to say, as text."""
        knots = ", ".join(number(float(knot), 0) for knot in self.knots)
        facts = (("Curves may bend at", knots), ("Adjusted by", self.adjust))
        notes = (
            "A difference of curves is no effect of what made the groups: groups differ in other "
            "things too.",
        )
        tables = (("Tests", self.tests), ("Groups", self.groups))
        return Summary("Curves of groups", facts, tables, notes)

    def __str__(self) -> str:
        return str(self.summary())

    def __repr__(self) -> str:
        p = number(float(self.tests["p"].iloc[0]), 3)
        return f"<CurveComparison of {len(self.parts)} groups: p = {p} of one curve>"

    def _repr_html_(self) -> str:
        return self.summary().to_html()


def _row(test: str, names: tuple[object, object], found: Wald) -> dict[str, Any]:
    statistic, df, p = found.statistic, found.df, found.p
    return {
        "test": test, "group_a": names[0], "group_b": names[1],
        "statistic": statistic, "df": df, "p": p, "p_adjusted": np.nan,
    }  # fmt: skip


def compare_curves(
    curves: object,
    by: object = None,
    *,
    tertiles: bool = False,
    cause: str = "Satisfaction",
    effect: str = "Loyalty",
    adjust: str = "holm",
    level: float = 0.95,
    n_boot: int = 999,
    rng: int | np.random.Generator | None = None,
) -> CurveComparison:
    """Test whether the curve from satisfaction to loyalty differs between groups.

    Groups may be markets with more and with less competition, firms, waves, or customers
    low, middle and high in a moderator. Groups with one curve but different satisfaction
    have different curves on the observed score, whose error pulls each towards its own
    mean; so each group is calibrated with its own reliability and its own distribution.

    Parameters
    ----------
    curves : mapping of group to Curve or Fit, or one Curve or Fit
        Such as what `csi.fit_by` returns; or one to be split.
    by : (n,) sequence, optional
        Group of each respondent of the one curve, or a moderator.
    tertiles : bool
        Cut the moderator in three groups of equal weight.
    cause, effect : str
        Constructs, where fits are given.
    adjust : {"holm", "hochberg", "bonferroni", "bh", "by", "none"}
        How p values of pairs are adjusted.
    level : float
        Of intervals.
    n_boot : int
        Samples drawn anew in each group, from 199.
    rng : int or numpy.random.Generator, optional
        Seed.

    Returns
    -------
    CurveComparison
        ``.tests``, ``.groups``, ``.curves``.

    Raises
    ------
    OptionError
        If there are fewer than two groups, or an option has no meaning.
    DataError
        If a group is too small, or outcomes are of different kinds.

    Notes
    -----
    A Wald test of slopes and bends at the quartiles of all customers (at five knots where
    every group has more than 4,000), levels left free. Covariances come from samples drawn
    anew, with reliability, calibration and fit done again. Exchanging respondents between
    groups at random is no test here: it breaks down where satisfaction differs.

    References
    ----------
    Carroll, R. J., Ruppert, D., Stefanski, L. A. and Crainiceanu, C. M. (2006).
    Measurement error in nonlinear models. Chapman & Hall. doi:10.1201/9781420010138

    Examples
    --------
    >>> import csi
    >>> from csi.loyalty.groups import compare_curves
    >>> fits = csi.fit_by(csi.models.acsi(), csi.demo_survey(), by="firm")
    >>> found = compare_curves(fits, rng=1)
    >>> found.tests[["test", "group_a", "df"]].head(2)
        test group_a  df
    0  curve     all  12
    1  shape     all   9
    """
    check_flags(tertiles=tertiles)
    check_adjustment(adjust)
    check_level(level)
    check_number("n_boot", n_boot, FEWEST_BOOT, MOST_BOOT)
    seed = check_seed(rng)
    parts = parts_of(curves, by, cause, effect, tertiles=tertiles)
    many = min(part.observed.n for part in parts) > MANY
    with one_thread():
        groups = tuple(_calibrated(part, many) for part in parts)
        knots = common_knots(groups, MANY_KNOTS if many else FEW)
        window = common_window(groups, TAIL)
        sets = knots, window_knots(window)
        curves = [
            group_curves(group, sets, check_seed(stream(seed, GROUPS, g)), n_boot)
            for g, group in enumerate(groups)
        ]
    fitted, within = zip(*curves, strict=True)
    return CurveComparison(parts, groups, fitted, within, window, level, adjust)


def _calibrated(part: Part, many: bool) -> Group:
    bins = part.observed.bins()
    return calibrated_group(part.source(bins), part.observed.items(), part.reliability, many)

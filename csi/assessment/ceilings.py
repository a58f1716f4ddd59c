"""Necessary conditions of a target: ceilings, effect sizes, bottlenecks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, get_args

import numpy as np
import pandas as pd

from csi.core.checks import as_numbers
from csi.core.necessity import TIE, Ceiling, CeilingName, Scope
from csi.core.types import Array
from csi.declared import check_choice
from csi.display import Summary, number
from csi.errors import OptionError
from csi.results import Table
from csi.spec import Model

SIZES = {0.1: "small", 0.3: "medium", 0.5: "large", np.inf: "very large"}
"""What effects below these bounds are called (Dul 2016, p. 30); without any, ``"none"``."""

LEAST_EFFECT, LEVEL = 0.1, 0.05
"""A condition counts as necessary from this effect size on, with a smaller p value than that."""

Unit = Literal["percent", "percentile", "actual"]

DECIMALS: dict[Unit, int] = {"percent": 1, "percentile": 1, "actual": 2}
"""Decimals of a bottleneck table."""

MARKS = ("NN: not necessary. NA: no level suffices, or there is no ceiling.",)

_ROW: dict[str, Any] = {
    "effect_size": np.nan, "p": np.nan, "size": "", "necessary": False, "accuracy": np.nan,
    "zone": np.nan, "scope": np.nan, "intercept": np.nan, "slope": np.nan,
    "condition_inefficiency": np.nan, "outcome_inefficiency": np.nan,
    "why": "no spread: all respondents have the same score",
}  # fmt: skip


@dataclass(frozen=True, eq=False, repr=False)
class NecessaryConditions:
    """Conditions of a target, with their ceilings.

    Attributes
    ----------
    model : Model
        Whose constructs they are.
    target : str
        The outcome.
    causes : tuple of str
        The conditions.
    ceilings : tuple of {"ce_fdh", "cr_fdh"}
        The ceilings.
    scores : DataFrame
        Scores of the causes and of the target, one row for each complete respondent.
    shares : (n,) array
        What share of them all each respondent stands for.
    scopes : mapping of str to Scope
        Range of each cause and of the target; causes without spread are left out.
    p : mapping of (str, str) to float
        p values by cause and ceiling.
    untested : str
        Why there are no p values; empty if there are.
    steps : int
        Steps from the lowest to the highest outcome in ``bottlenecks``.
    """

    model: Model
    target: str
    causes: tuple[str, ...]
    ceilings: tuple[CeilingName, ...]
    scores: pd.DataFrame
    shares: Array
    scopes: Mapping[str, Scope]
    p: Mapping[tuple[str, str], float]
    untested: str
    steps: int

    @Table
    def table(self) -> pd.DataFrame:
        """One row for each cause and ceiling.

        Columns construct, ceiling, effect_size, p, size, necessary, accuracy (share
        of respondents on or below the ceiling), zone, scope (areas), intercept, slope
        (of CR-FDH), condition_inefficiency, outcome_inefficiency (shares of their
        ranges), why.
        """
        return pd.DataFrame([self._row(*key) for key in self._keys])

    @Table
    def bottlenecks(self) -> pd.DataFrame:
        """What every outcome requires, from the lowest to the highest: see `required`."""
        return self.required(np.linspace(0, 100, self.steps + 1))

    def required(self, outcome: object = 80.0) -> pd.DataFrame:
        """Return the levels of the causes without which an outcome is out of reach.

        Parameters
        ----------
        outcome : float or sequence of float
            Outcomes in percent of the range of the target.

        Returns
        -------
        DataFrame
            Columns outcome, outcome_level (in units of the scores), construct,
            ceiling, percent (of the range of the cause), percentile (percentage of
            respondents up to the level), actual (in units of the scores), below
            (share of respondents who do not reach the level), why. Where a cause is
            not necessary for an outcome, ``below`` is 0, where no level of it
            suffices, ``below`` is 1; the levels are NaN then, and ``why`` says it.
        """
        wanted = _percentages(outcome)
        rows = [self._required(each, *key) for each in wanted for key in self._keys]
        return pd.DataFrame(rows)

    def bottleneck(self, ceiling: CeilingName = "ce_fdh", unit: Unit = "percent") -> pd.DataFrame:
        """Return the bottleneck table of a ceiling as it is printed, a column for each cause.

        Parameters
        ----------
        ceiling : {"ce_fdh", "cr_fdh"}
            The ceiling.
        unit : {"percent", "percentile", "actual"}
            Required levels in percent of the range, as a percentile of the
            respondents, or in units of the scores.

        Returns
        -------
        DataFrame
            Outcomes and levels rounded to one decimal, actual levels to two; ``"NN"`` where a cause
            is not necessary, ``"NA"`` where no level of it suffices or it has no
            ceiling. ``bottlenecks`` holds all digits.
        """
        check_choice("ceiling", ceiling, self.ceilings)
        check_choice("unit", unit, get_args(Unit))
        rows = self.bottlenecks.query("ceiling == @ceiling")
        marks = rows["why"].map({"not necessary": "NN"}).fillna("NA")
        levels = rows[unit].round(DECIMALS[unit])
        cells = levels.astype(object).where(levels.notna(), marks).to_numpy()
        table = pd.DataFrame(cells.reshape(self.steps + 1, -1), columns=list(self.causes))
        table.insert(0, "outcome", rows["outcome"].unique().round(DECIMALS["percent"]))
        return table

    def ceiling(self, construct: str, name: CeilingName) -> Ceiling | None:
        """Return the ceiling over a cause; None if its scores have no spread."""
        check_choice("construct", construct, self.causes)
        check_choice("ceiling", name, self.ceilings)
        return self._ceilings.get((construct, name))

    @cached_property
    def _ceilings(self) -> dict[tuple[str, str], Ceiling]:
        y = self._scores(self.target)
        return {
            (cause, name): Ceiling.over(self._scores(cause), y, name, scope)
            for cause, scope in self.scopes.items()
            for name in self.ceilings
        }

    @property
    def _keys(self) -> list[tuple[str, CeilingName]]:
        return [(cause, name) for cause in self.causes for name in self.ceilings]

    def _scores(self, construct: str) -> Array:
        return self.scores[construct].to_numpy()

    def _row(self, cause: str, name: CeilingName) -> dict[str, Any]:
        labels = {"construct": cause, "ceiling": name}
        ceiling = self._ceilings.get((cause, name))
        if ceiling is None:
            return labels | _ROW
        fitting = ceiling.on_or_below(self._scores(cause), self._scores(self.target))
        p, effect = self.p.get((cause, name), np.nan), ceiling.effect_size
        unused, free = ceiling.inefficiency
        return labels | {
            "effect_size": effect,
            "p": p,
            "size": size_of(effect),
            "necessary": effect >= LEAST_EFFECT and p < LEVEL,
            "accuracy": float(self.shares @ fitting),
            "zone": ceiling.zone,
            "scope": ceiling.scope.area,
            "intercept": ceiling.intercept,
            "slope": ceiling.slope,
            "condition_inefficiency": unused,
            "outcome_inefficiency": free,
            "why": self.untested,
        }

    def _required(self, outcome: float, cause: str, name: CeilingName) -> dict[str, Any]:
        row = {
            "outcome": outcome, "outcome_level": np.nan, "construct": cause, "ceiling": name,
            "percent": np.nan, "percentile": np.nan, "actual": np.nan, "below": np.nan,
            "why": "no spread",
        }  # fmt: skip
        ceiling = self._ceilings.get((cause, name))
        if ceiling is None:
            return row
        scope, x = ceiling.scope, self._scores(cause)
        row["outcome_level"] = scope.y_low + outcome / 100 * scope.height
        level = float(ceiling.required(np.array([row["outcome_level"]]))[0])
        if not np.isfinite(level):
            why, below = ("out of reach", 1.0) if np.isnan(level) else ("not necessary", 0.0)
            return row | {"below": below, "why": why}
        slack = TIE * scope.width
        return row | {
            "percent": 100 * (level - scope.x_low) / scope.width,
            "percentile": 100 * float(self.shares @ (x <= level + slack)),
            "actual": level,
            "below": float(self.shares @ (x < level - slack)),
            "why": "",
        }

    def __repr__(self) -> str:
        return (
            f"<NecessaryConditions of {self.target}: {', '.join(self.causes)}; "
            f"{len(self.scores)} respondents>"
        )

    def summary(self) -> Summary:
        """Return effects and bottlenecks as a summary that prints as text and shows in Jupyter."""
        facts = (
            ("target", self.target),
            ("respondents", str(len(self.scores))),
            ("necessary", f"d at least {LEAST_EFFECT:g} and p below {LEVEL:g}"),
        )
        shown = ["construct", "ceiling", "effect_size", "p", "size", "necessary", "accuracy"]
        whole = self.table
        tables = [("Effect sizes", whole[shown].dropna(axis=1, how="all"))]
        tables += [
            (f"Bottlenecks of {name}, in percent of the ranges", self._printed(name))
            for name in self.ceilings
        ]
        reasons = tuple(f"{why}." for why in dict.fromkeys(whole["why"]) if why)
        return Summary("Necessary conditions", facts, tuple(tables), (*MARKS, *reasons))

    def _printed(self, ceiling: CeilingName) -> pd.DataFrame:
        """Return a bottleneck table with levels as text."""
        return self.bottleneck(ceiling).map(_printed)

    def __str__(self) -> str:
        return str(self.summary())

    def _repr_html_(self) -> str:
        return self.summary().to_html()


def _printed(level: object) -> str:
    return level if isinstance(level, str) else number(level, DECIMALS["percent"])


def size_of(effect: float) -> str:
    """Return what an effect size is called."""
    return next(name for bound, name in SIZES.items() if effect < bound) if effect > 0 else "none"


def _percentages(given: object) -> list[float]:
    numbers = as_numbers(given)
    if numbers is None or numbers.ndim > 1 or not numbers.size or not _within(numbers):
        raise OptionError(
            f"outcome is {given!r}. Give percentages of the range of the target, 0 to 100."
        )
    return [float(number) for number in numbers.ravel()]


def _within(percentages: Array) -> bool:
    return bool(((percentages >= 0) & (percentages <= 100)).all())

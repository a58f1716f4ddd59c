"""Loyalty at levels of satisfaction: the tables, how they are shown and said."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from csi.core.contrasts import Trend, critical_value, differences, ratios, wilson
from csi.core.group_shares import Groups, Means
from csi.core.types import Array
from csi.declared import check_choice
from csi.display import Summary, number
from csi.loyalty.level_bands import Levels, Rule
from csi.loyalty.level_sentences import Language, sentence
from csi.results import Table

Event = Literal["repurchase", "switching"]
RATIOS: tuple[Literal["risk", "odds"], ...] = ("risk", "odds")


@dataclass(frozen=True, slots=True, eq=False)
class Counts:
    """Respondents of groups.

    Attributes
    ----------
    n, events : (g,) arrays of int
        Respondents, and those with the event.
    part : (g,) array
        Weighted share of all respondents.
    """

    n: NDArray[np.intp]
    events: NDArray[np.intp]
    part: Array


@dataclass(frozen=True, eq=False, repr=False)
class LoyaltyLevels:
    """Loyalty at levels of satisfaction, and ratios between them.

    Attributes
    ----------
    cause, effect : str
        Satisfaction and the outcome.
    event : {"repurchase", "switching"}
        Whose shares and ratios are given.
    rule : Rule
        Which answers count as the event.
    trend : Trend
        How the share changes from level to level: slope, error, statistic, df, p.
    level : float
        Confidence level.
    n, dropped : int
        Respondents used, and those without an answer to either question.
    design : str
        How sampling errors were found.
    notes : tuple of str
        What to bear in mind.
    bands : Levels
        The levels.
    counts, shares, means : Counts, Groups, Means
        Numbers of the levels; behind them in counts and shares those of the highest
        levels taken together, as `contrasts` compares them.
    """

    cause: str
    effect: str
    event: Event
    rule: Rule
    trend: Trend
    level: float
    n: int
    dropped: int
    design: str
    notes: tuple[str, ...]
    bands: Levels
    counts: Counts
    shares: Groups
    means: Means

    @Table
    def levels(self) -> pd.DataFrame:
        """One row a level of satisfaction, from the lowest.

        Columns level, low, high, n (respondents), part (weighted share of all
        respondents), events (respondents with the event), share (weighted share with
        the event), share_lower, share_upper (Wilson), mean (of the outcome, in its own
        units), mean_lower, mean_upper (Student's t; NaN for one respondent).
        """
        bands, k = self.bands, len(self.bands.labels)
        lower, upper = wilson(self.shares, self.level)
        reach = critical_value(self.level, self.means.df) * self.means.error
        return pd.DataFrame(
            {
                "level": bands.labels,
                "low": bands.low,
                "high": bands.high,
                "n": self.counts.n[:k],
                "part": self.counts.part[:k],
                "events": self.counts.events[:k],
                "share": self.shares.share[:k],
                "share_lower": lower[:k],
                "share_upper": upper[:k],
                "mean": self.means.mean,
                "mean_lower": self.means.mean - reach,
                "mean_upper": self.means.mean + reach,
            }
        )

    @Table
    def contrasts(self) -> pd.DataFrame:
        """One row a contrast: adjacent levels from the top, then top boxes.

        Columns contrast, higher, lower (levels compared), share_higher, share_lower,
        difference (points of 100), risk_ratio, odds_ratio, each with _lower and
        _upper, p (of a risk ratio of 1), adjusted (half a respondent was added to
        each of the four cells, because one was empty).
        """
        kinds, higher, lower = zip(*_pairs(len(self.bands.labels)), strict=True)
        at, below = list(higher), list(lower)
        A = np.zeros((len(at), len(self.shares.share)))
        rows = np.arange(len(at))
        A[rows, at], A[rows, below] = self._sign, -self._sign
        points = differences(self.shares, A, self.level)
        risk, odds = (ratios(self.shares, A, kind, self.level) for kind in RATIOS)
        names, share = self.bands.names, self.shares.share
        table = pd.DataFrame(
            {
                "contrast": kinds,
                "higher": [names[j] for j in at],
                "lower": [names[j] for j in below],
                "share_higher": share[at],
                "share_lower": share[below],
                "difference": 100 * points.estimate,
                "difference_lower": 100 * points.lower,
                "difference_upper": 100 * points.upper,
            }
        )
        for name, found in (("risk_ratio", risk), ("odds_ratio", odds)):
            table[name] = found.estimate
            table[f"{name}_lower"] = found.lower
            table[f"{name}_upper"] = found.upper
        return table.assign(p=risk.p, adjusted=risk.adjusted)

    @Table
    def steps(self) -> pd.DataFrame:
        """One row for each two steps that follow each other, compared.

        Columns upper_step, lower_step, ratio (risk ratio of the upper step over that
        of the lower: above 1 the upper step is the larger), lower, upper, p (of a ratio
        of 1), adjusted. Empty for two levels.
        """
        labels, shares = self.bands.labels, self.shares
        tops = range(len(labels) - 1, 1, -1)
        A = np.zeros((len(tops), len(shares.share)))
        for row, top in enumerate(tops):
            A[row, top - 2 : top + 1] = (self._sign, -2 * self._sign, self._sign)
        found = ratios(shares, A, "risk", self.level)
        return pd.DataFrame(
            {
                "upper_step": [f"{labels[j]} against {labels[j - 1]}" for j in tops],
                "lower_step": [f"{labels[j - 1]} against {labels[j - 2]}" for j in tops],
                "ratio": found.estimate,
                "lower": found.lower,
                "upper": found.upper,
                "p": found.p,
                "adjusted": found.adjusted,
            }
        )

    @property
    def _sign(self) -> int:
        """Which way round ratios are: shares of switching fall with satisfaction."""
        return 1 if self.event == "repurchase" else -1

    def sentence(self, language: Language = "en") -> str:
        """Say how the highest level compares with the one below.

        Parameters
        ----------
        language : {"en", "zh"}
            English or Chinese.

        Returns
        -------
        str
        """
        check_choice("language", language, get_args(Language))
        top = self.contrasts.iloc[0]
        return sentence(top, self.cause, self.rule, self.event, self.level, language)

    def __repr__(self) -> str:
        return (
            f"<LoyaltyLevels of {self.cause} for {self.effect}: {len(self.bands.labels)} levels, "
            f"n={self.n}>"
        )

    def summary(self) -> Summary:
        """Return the tables as a summary that prints as text and shows itself in Jupyter."""
        facts = (
            ("satisfaction", self.cause),
            ("outcome", self.effect),
            ("event", f"{self.event}: {self.rule}"),
            ("respondents", str(self.n)),
            ("without an answer", str(self.dropped)),
            ("sampling errors", self.design),
            ("confidence level", number(self.level, 2)),
        )
        tables = (
            ("Levels", self.levels), ("Contrasts", self.contrasts), ("Steps", self.steps),
            ("Trend, points per level", self._trend_row),
        )  # fmt: skip
        remarks = (self.sentence(), *self.notes)
        shown = tuple((title, table) for title, table in tables if len(table))
        return Summary("Loyalty by level of satisfaction", facts, shown, remarks)

    @property
    def _trend_row(self) -> pd.DataFrame:
        trend = self.trend
        points = {"slope": 100 * trend.slope, "se": 100 * trend.error}
        tested = {"statistic": trend.statistic, "df": trend.df, "p": trend.p}
        return pd.DataFrame([points | tested])

    def __str__(self) -> str:
        return str(self.summary())

    def _repr_html_(self) -> str:
        return self.summary().to_html()


def _pairs(k: int) -> list[tuple[str, int, int]]:
    """Return kind, higher and lower of every contrast, as places in `Levels.names`."""
    adjacent = [("adjacent", j, j - 1) for j in range(k - 1, 0, -1)]
    boxes = [("top box", k - 1, k), ("top two boxes", k + 1, k + 2)]
    return adjacent + (boxes if k > 2 else [])

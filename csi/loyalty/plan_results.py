"""The zone that is planned for, and what a survey finds of it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import pandas as pd

from csi.core.curve.planned import Distribution
from csi.core.curve.power import MOST
from csi.core.curve.truths import broken
from csi.core.types import Array
from csi.declared import check_choice
from csi.display import Summary
from csi.loyalty.plan_sentences import Language, sentence

Outcome = Literal["score", "binary"]
Asked = Literal["power", "n", "width", "table"]
Row = tuple[float, int | None, float, float | None]


@dataclass(frozen=True, slots=True)
class PlannedZone:
    """The zone to be found, and the survey in which it is looked for.

    Attributes
    ----------
    width, centre : float
        Points of true satisfaction.
    slopes : tuple of three floats
        Below, in and above the zone: points of loyalty per point of satisfaction, or
        percentage points of its probability.
    reliability : float
        Of the satisfaction score.
    items, levels : int
        Items of the score, and answers to choose from.
    distribution : {"beta", "heavy", "bimodal", "normal"}
        Of satisfaction without measurement error.
    mean, sd : float
        Of that distribution, in points.
    outcome : {"score", "binary"}
        Whether loyalty is a score from 0 to 100 or happens or not.
    noise : float or None
        Standard deviation of a loyalty score at one level of satisfaction.
    """

    width: float
    centre: float
    slopes: tuple[float, float, float]
    reliability: float
    items: int
    levels: int
    distribution: Distribution
    mean: float
    sd: float
    outcome: Outcome
    noise: float | None

    @property
    def edges(self) -> tuple[float, float]:
        """Where the zone begins and ends."""
        return self.centre - self.width / 2, self.centre + self.width / 2

    def curve(self, t: Array) -> Array:
        """Return mean loyalty, 0 to 100, at true scores; it is 50 half-way up."""
        between = broken(np.array([0.0, 100.0]), 0.0, self.edges, self.slopes)
        start = 50 - (between[0] + between[1]) / 2
        return np.clip(broken(t, float(start), self.edges, self.slopes), 0, 100)

    def variance(self, mean: Array) -> Array:
        """Return the variance of the outcome where its mean is this."""
        if self.noise is None:
            return np.asarray(mean * (100 - mean))
        return np.full(len(mean), self.noise**2)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class ZonePlan:
    """What a survey finds of a quality-insensitive zone.

    Attributes
    ----------
    asked : {"power", "n", "width", "table"}
        What was to be found.
    n : int or None
        Respondents; None if a million are not enough, and in a table of several.
    power : float or None
        Probability that the zone is found; None in a table of several.
    zone : PlannedZone
        The zone and the survey. Its width is NaN if no zone is found.
    level : float
        Error rate of the test of "no zone".
    rows : tuple
        Of the table.
    """

    asked: Asked
    n: int | None
    power: float | None
    zone: PlannedZone
    level: float
    rows: tuple[Row, ...]

    @property
    def table(self) -> pd.DataFrame:
        """One row for each survey: reliability, n, width, power."""
        found = pd.DataFrame(list(self.rows), columns=["reliability", "n", "width", "power"])
        return found.astype({"n": "Int64"})

    @property
    def width(self) -> float:
        """Points of the zone."""
        return self.zone.width

    def sentence(self, language: Language = "en") -> str:
        """Return the result in words.

        Parameters
        ----------
        language : {"en", "zh"}
            English or Chinese.

        Raises
        ------
        OptionError
            If the language is another one.
        """
        check_choice("language", language, get_args(Language))
        facts = {
            "width": f"{self.zone.width:g}", "low": f"{self.zone.edges[0]:g}",
            "high": f"{self.zone.edges[1]:g}", "reliability": f"{self.zone.reliability:.3g}",
            "n": "" if self.n is None else f"{self.n:,}", "about": _roughly(self.n),
            "most": f"{MOST:,}", "power": "" if self.power is None else f"{100 * self.power:.0f}",
        }  # fmt: skip
        kind = self.asked
        if (kind == "n" and self.n is None) or (kind == "width" and math.isnan(self.zone.width)):
            return sentence(f"no {kind}", facts, language)
        return sentence(kind, facts, language)

    def __repr__(self) -> str:
        if self.asked == "table":
            return f"<ZonePlan {len(self.rows)} surveys for a zone of {self.width:g} points>"
        size = f"over {MOST:,}" if self.n is None else f"{self.n:,}"
        wide = "no zone" if math.isnan(self.width) else f"a zone of {self.width:g} points"
        return f"<ZonePlan {size} respondents find {wide} with probability {self.power:.0%}>"

    def summary(self) -> Summary:
        """Return the plan as text."""
        zone = self.zone
        slopes = ", ".join(f"{slope:g}" for slope in zone.slopes)
        noise = "" if zone.noise is None else f", standard deviation {zone.noise:g} points"
        facts = (
            ("Slopes below, in and above the zone", slopes),
            ("Satisfaction", f"{zone.distribution}, mean {zone.mean:g}, sd {zone.sd:g}"),
            ("Items", f"{zone.items} of {zone.levels} answers"),
            ("Outcome", f"{zone.outcome}{noise}"),
            ("Error rate of the test", f"{self.level:g}"),
        )
        return Summary("Plan for a zone", facts, (("Surveys", self.table),), (self.sentence(),))

    def __str__(self) -> str:
        return str(self.summary())

    def _repr_html_(self) -> str:
        return self.summary().to_html()


def _roughly(n: int | None) -> str:
    """Return a number to two digits, rounded up."""
    if n is None:
        return ""
    step = 10 ** max(len(str(n)) - 2, 0)
    return f"{math.ceil(n / step) * step:,}"

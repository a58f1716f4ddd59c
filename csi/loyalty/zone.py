"""The quality-insensitive zone: what may be said of it, and what may not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
import pandas as pd

from csi.core.curve.detection import RATIO, Detection
from csi.core.curve.edges import Estimate
from csi.core.curve.power_here import PowerHere
from csi.display import Summary, number

Verdict = Literal["detected", "certified", "no evidence", "no support"]

USUAL_POWER = 0.80
"""Probability of finding what there is with which surveys are planned."""

NOTHING = Estimate(np.nan, np.nan, np.nan)


def decimals(slope: float) -> int:
    """Return with how many decimals slopes of this size are shown: those of shares are small."""
    return 4 if abs(slope) < 0.1 else 3


@dataclass(frozen=True, eq=False, repr=False)
class Zone:
    """An interior stretch in which loyalty barely answers to satisfaction.

    Attributes
    ----------
    verdict : {"detected", "certified", "no evidence", "no support"}
        *detected*: "no curve without a zone" is refuted and the slope in the zone is at
        most half the average slope. *certified*: detected, and even the upper limit of
        the slope in the zone is below ``margin``. *no evidence*: neither is known; it
        does not say that there is no zone. *no support*: satisfaction is too narrowly
        spread for a zone and a stretch on either side of it.
    p_value : float
        Of the test of "no zone"; NaN without support.
    detection : Detection
        Estimates behind the tables.
    sign : float
        -1 where the outcome falls as satisfaction rises.
    margin : float
        Slope below which the zone counts as insensitive.
    level : float
        Confidence level.
    ask : callable or None
        Finds what the sample could have shown; it takes about a second.
    """

    verdict: Verdict
    p_value: float
    detection: Detection
    sign: float
    margin: float
    level: float
    ask: Callable[[], PowerHere | None] | None = None

    @cached_property
    def could_show(self) -> PowerHere | None:
        """For "no evidence": what this sample could have shown; None where it does not apply."""
        return self.ask() if self.ask is not None and self.verdict == "no evidence" else None

    @property
    def power(self) -> float | None:
        """For "no evidence": probability of detecting a zone of 20 points here.

        It lies in the middle of the window, with these respondents, this reliability and
        the average slope that was observed.
        """
        return None if self.could_show is None else self.could_show.power

    @property
    def n_needed(self) -> int | None:
        """For "no evidence": respondents with which that probability is 80 %."""
        return None if self.could_show is None else self.could_show.n_needed

    @property
    def narrowest(self) -> float | None:
        """For "no evidence": points of the narrowest zone that is detected with 80 %."""
        return None if self.could_show is None else self.could_show.narrowest

    @property
    def found(self) -> bool:
        """Whether a zone may be claimed."""
        return self.verdict in ("detected", "certified")

    @property
    def low(self) -> float:
        """Where the best approximating zone begins; NaN if there is none."""
        return self._edges[0].value

    @property
    def high(self) -> float:
        """Where it ends."""
        return self._edges[1].value

    @property
    def low_interval(self) -> tuple[float, float]:
        """Where it may begin."""
        return self._edges[0].lower, self._edges[0].upper

    @property
    def high_interval(self) -> tuple[float, float]:
        """Where it may end."""
        return self._edges[1].lower, self._edges[1].upper

    @property
    def ratio(self) -> float:
        """Slope in the zone as a share of the average slope."""
        zone = self.detection.zone
        return np.nan if zone is None else zone.ratio

    @property
    def window(self) -> tuple[float, float]:
        """True scores between which a zone was looked for."""
        return self.detection.window

    @property
    def table(self) -> pd.DataFrame:
        """Edges and slopes: quantity, estimate, lower, upper."""
        names = ("zone begins", "zone ends", "slope below", "slope in the zone", "slope above")
        found = [*self._edges, *(self._turned(slope) for slope in self._slopes)]
        zone = self.detection.zone
        average = np.nan if zone is None else self.sign * zone.average
        return pd.DataFrame(
            {
                "quantity": [*names, "average slope", "ratio"],
                "estimate": [*(e.value for e in found), average, self.ratio],
                "lower": [*(e.lower for e in found), np.nan, np.nan],
                "upper": [*(e.upper for e in found), np.nan, np.nan],
            }
        )

    @property
    def _edges(self) -> tuple[Estimate, Estimate]:
        zone = self.detection.zone
        return (NOTHING, NOTHING) if zone is None else (zone.low, zone.high)

    @property
    def _slopes(self) -> tuple[Estimate, Estimate, Estimate]:
        zone = self.detection.zone
        return (NOTHING,) * 3 if zone is None else (zone.below, zone.inside, zone.above)

    def _turned(self, slope: Estimate) -> Estimate:
        if self.sign > 0:
            return slope
        return Estimate(-slope.value, -slope.upper, -slope.lower)

    @property
    def why(self) -> str:
        """What the verdict rests on, in a sentence or two."""
        low, high = (number(edge, 0) for edge in self.window)
        if self.verdict == "no support":
            return (
                f"{100 - 200 * self.detection.share:g}% of the true scores lie between {low} and "
                f"{high}: too narrow for a zone with a stretch on either side of it. Nothing is "
                "said of scores beyond."
            )
        if self.found:
            return self._claim()
        return f"{self._obstacle()} {self._reach()}".strip()

    @property
    def _p(self) -> str:
        return "p < 0.001" if self.p_value < 0.001 else f"p = {number(self.p_value, 3)}"

    def _claim(self) -> str:
        ends = [
            f"{number(edge.value, 0)} ({number(edge.lower, 0)} to {number(edge.upper, 0)})"
            for edge in self._edges
        ]
        said = (
            f"Loyalty barely answers to satisfaction between {ends[0]} and {ends[1]} points: the "
            f"slope there is {self.ratio:.0%} of the average ({self._p})."
        )
        if self.verdict == "certified":
            upper = self._slopes[1].upper
            said += f" Its upper limit, {upper:.3g}, is below the margin of {self.margin:.3g}."
        return said

    def _obstacle(self) -> str:
        if self.detection.zone is None:
            return "No curve with a flatter stretch inside fits better than one without."
        if self.p_value > 1 - self.level:
            return f"A curve without a zone explains the answers as well ({self._p})."
        return (
            "The curve has a flatter stretch, but its slope is "
            f"{self.ratio:.0%} of the average; more than {RATIO:.0%} is not called insensitive."
        )

    def _reach(self) -> str:
        if self.power is None:
            return "This does not show that there is no zone."
        said = (
            "This does not show that there is no zone: one of 20 points would be found with "
            f"probability {self.power:.0%} here"
        )
        if self.n_needed is not None:
            said += self._needed(self.power, f"{self.n_needed:,} respondents")
        if self.narrowest is not None:
            said += f"; the narrowest zone found with 80% has {number(self.narrowest, 0)} points"
        return said + "."

    @staticmethod
    def _needed(power: float, respondents: str) -> str:
        """Hold the probability against the usual one, as it is shown."""
        if round(power, 2) > USUAL_POWER:
            return f", more than the usual 80%, for which {respondents} are enough"
        return f"; {respondents} make that 80%" if round(power, 2) < USUAL_POWER else ""

    def __repr__(self) -> str:
        if not self.found:
            return f"<Zone: {self.verdict}>"
        return f"<Zone: {self.verdict}, {self.low:.0f} to {self.high:.0f}>"

    def summary(self) -> Summary:
        """Return the verdict and the table as text."""
        facts = (("Verdict", self.verdict), ("p of no zone", number(self.p_value, 3)))
        tables = (("Edges and slopes", self.table),) if self.found else ()
        return Summary("Insensitive zone", facts, tables, (self.why,), decimals(self.margin))

    def __str__(self) -> str:
        return str(self.summary())

    def _repr_html_(self) -> str:
        return self.summary().to_html()


def judged(
    detection: Detection,
    sign: float,
    margin: float | None,
    level: float,
    ask: Callable[[], PowerHere | None] | None = None,
) -> Zone:
    """Say what may be claimed of a zone."""
    zone = detection.zone
    average = np.nan if zone is None else zone.average
    limit = RATIO * average if margin is None else margin
    verdict: Verdict = "no evidence"
    if not detection.supported:
        verdict = "no support"
    elif detection.detected(1 - level):
        certified = zone is not None and zone.inside.upper <= limit
        verdict = "certified" if certified else "detected"
    return Zone(verdict, detection.p, detection, sign, limit, level, ask)

"""What is said of a loyalty curve and its zone, in reports and pictures."""

from __future__ import annotations

import math
import re

from csi.display import number
from csi.reporting.curve_results import StoredCurve
from csi.reporting.document import SMALLEST_P
from csi.reporting.phrases import Phrases

VERDICTS = {
    "detected": "insensitive zone from {low} to {high}",
    "certified": "certified insensitive zone from {low} to {high}",
    "no evidence": "no evidence of an insensitive zone",
    "no support": "satisfaction is too narrowly spread to look for a zone",
}
UNITS = {
    "points": "{effect} (0-100)",
    "share": "{effect} (share of customers)",
    "count": "{effect} (mean count)",
}


def verdict(curve: StoredCurve, say: Phrases) -> str:
    """Return the verdict in a few words."""
    zone = curve.zone
    return say(VERDICTS[zone.verdict], low=number(zone.low, 0), high=number(zone.high, 0))


def verdict_with_p(curve: StoredCurve, say: Phrases) -> str:
    """Return the verdict in a few words, with the p value of the test where there is one."""
    said, p = verdict(curve, say), curve.zone.p_value
    return said if math.isnan(p) else say("{verdict} ({p})", verdict=said, p=p_equals(p))


def p_equals(p: float) -> str:
    """Return a p value with its sign, such as ``p = 0.012``."""
    return f"p < {SMALLEST_P}" if p < SMALLEST_P else f"p = {number(p)}"


def why(curve: StoredCurve, say: Phrases) -> str:
    """Return what the verdict rests on."""
    sentences = re.split(r"(?<=\.) (?=[A-Z])", curve.zone.why)
    return say.joined(map(say.known, sentences))


def axis_names(say: Phrases, cause: str, effect: str, unit: str) -> tuple[str, str]:
    """Return what the horizontal and the upright axis of a curve are called."""
    across = say("True score of {cause} (0-100)", cause=cause)
    return across, say(UNITS[unit], effect=effect)


def slope_name(say: Phrases, cause: str, effect: str, scale: str) -> str:
    """Return what the upright axis of the slopes is called."""
    phrase = "Slope: {effect} per point of {cause}"
    if scale == "logit":
        phrase = "Slope: log odds of {effect} per point of {cause}"
    return say(phrase, effect=effect, cause=cause)

"""The section of a report on a loyalty curve, and its tables."""

from __future__ import annotations

import numpy as np
import pandas as pd
from markupsafe import Markup

from csi.display import number
from csi.reporting.curve_picture import curve_picture
from csi.reporting.curve_results import StoredCurve
from csi.reporting.curve_words import axis_names, slope_name, verdict, why
from csi.reporting.document import Block, Section, Subject

EDGES = 2
"""Rows of the table of a zone that are edges; slopes follow."""

_FINEST = 4
"""Decimals of what is shown, so that next to nothing is shown as zero."""

_AXIS = "{effect} against {cause} without measurement error. The dark band holds the curve with {level} at each score, the light one as a whole. Nothing is shown outside {low} to {high}, where {share} of the customers are."  # noqa: E501 - a key
_RAW_AXIS = "{effect} against {cause}; measurement error was not corrected. The dark band holds the curve with {level} at each score, the light one as a whole. Nothing is shown outside {low} to {high}, where {share} of the customers are."  # noqa: E501 - a key
_DOTS = "Dots are the means of those with the same or neighbouring observed scores, larger the more there are."  # noqa: E501 - a key
_DASHED = "The dashed line is the curve through them, which measurement error has bent."
_SHADED = "The zone is shaded; bars on the axis are the {level} limits of its edges."
_CHANCE = "The flattest stretch inside the curve lies between {low} and {high}; without evidence it may be chance, and its edges and slopes are not shown."  # noqa: E501 - a key
_CHANGED = "A verdict that changes with them is a weak one. A zone that only the raw axis shows is made by the distribution of {cause}."  # noqa: E501 - a key
_CAVEAT = "Answers from one interview share errors that no calibration removes, and a curve is no proof of cause: what customers would do if they were more satisfied was not tried."  # noqa: E501 - a key


def curve_in_short(subject: Subject) -> list[str]:
    """Return the verdict in a sentence, if there is a curve."""
    curve = subject.curve
    if curve is None:
        return []
    phrase = "{effect} as {cause} rises: {verdict} (see Loyalty curve)."
    return [_verdict(subject, curve, phrase)]


def curve_section(subject: Subject) -> list[Section]:
    """Return the section on the loyalty curve, if there is one."""
    curve, say = subject.curve, subject.say
    if curve is None:
        return []
    said = _verdict(subject, curve, "{effect} as {cause} rises: {verdict}.")
    blocks = [
        Block("text", say.joined([said, why(curve, say)])),
        _picture(subject, curve),
        *_zone(subject, curve),
        _at_some_scores(subject, curve),
        *_sensitivity(subject, curve),
        Block("note", say(_CAVEAT)),
        subject.table(curve_settings(subject, curve), say("How the curve was made")),
    ]
    return [Section("curve", say("Loyalty curve"), tuple(blocks))]


def curve_sheets(subject: Subject, curve: StoredCurve) -> dict[str, pd.DataFrame]:
    """Return the tables of a curve by caption, at full precision."""
    tables = {
        "Loyalty curve": curve.table,
        "Zone": curve.zone.table,
        "Curve on raw scores": curve.raw.rename(columns={"satisfaction": "score"}),
        "Means by score": curve.points.rename(columns={"weight": "sum_of_weights"}),
    }
    if "sensitivity" in curve.tables:
        tables["Sensitivity"] = _named(curve.sensitivity())
    return {**tables, "Curve settings": curve_settings(subject, curve)}


def curve_settings(subject: Subject, curve: StoredCurve) -> pd.DataFrame:
    """Return how a curve was made: setting, value."""
    say, asked = subject.say, curve.settings
    low, high = (number(end, 1) for end in curve.window)
    test = "{method}, {draws} draws for each null hypothesis"
    source = say.known(curve.reliability_source)
    facts = [
        ("test of a zone", say(test, method=asked.method.upper(), draws=f"{asked.draws:,}")),
        ("seed", str(asked.seed)),
        (
            "reliability of the score",
            say("{value} ({source})", value=number(curve.reliability), source=source),
        ),
        (
            "window",
            say(
                "{low} to {high}; {share} of the customers are beyond each end",
                low=low, high=high, share=f"{100 * asked.tail:.10g}%",
            ),
        ),
        ("confidence level", curve.percent),
        ("margin", number(curve.zone.sign * curve.zone.margin).replace("-", "−")),
        ("outcome", say(curve.unit)),
        ("scale of the outcome", "" if asked.scale == "identity" else say(asked.scale)),
        ("direction", "" if asked.direction == "rising" else say(asked.direction)),
        ("monotone", say("yes") if asked.monotone else ""),
        ("respondents used", f"{curve.n:,}"),
        ("respondents left out", f"{curve.dropped:,}" if curve.dropped else ""),
    ]  # fmt: skip
    rows = [(say(name), value) for name, value in facts if value]
    return pd.DataFrame(rows, columns=["setting", "value"])


def at_some_scores(curve: StoredCurve) -> pd.DataFrame:
    """Return the curve at every tenth point of true satisfaction."""
    table = curve.table
    return table[np.isin(table["satisfaction"], np.arange(0, 101, 10))].reset_index(drop=True)


def _verdict(subject: Subject, curve: StoredCurve, phrase: str) -> str:
    cause, effect = subject.label(curve.cause), subject.label(curve.effect)
    return subject.say(phrase, effect=effect, cause=cause, verdict=verdict(curve, subject.say))


def _picture(subject: Subject, curve: StoredCurve) -> Block:
    say, level = subject.say, curve.percent
    cause, effect = subject.label(curve.cause), subject.label(curve.effect)
    low, high = (number(end, 0) for end in curve.window)
    share = f"{100 * (1 - 2 * curve.settings.tail):.10g}%"
    axis = _AXIS if curve.corrected else _RAW_AXIS
    told = [
        say(axis, effect=effect, cause=cause, level=level, low=low, high=high, share=share),
        say(_DOTS),
        *([say(_DASHED)] if curve.corrected else []),
        *([say(_SHADED, level=level)] if curve.zone.found else []),
    ]
    caption = say.joined(told)
    axes = axis_names(say, cause, effect, curve.unit)
    return Block("figure", caption, Markup(curve_picture(curve, axes, caption)))


def _zone(subject: Subject, curve: StoredCurve) -> list[Block]:
    """Return edges and slopes of a zone that may be claimed; of another only where it is."""
    say, zone = subject.say, curve.zone
    if not zone.found:
        if zone.detection.zone is None:
            return []
        ends = {"low": number(zone.low, 0), "high": number(zone.high, 0)}
        return [Block("note", say(_CHANCE, **ends))]
    table = zone.table.rename(columns={"estimate": "estimated"}).round(_FINEST)
    table["quantity"] = [say(quantity) for quantity in table["quantity"]]
    cause, effect = subject.label(curve.cause), subject.label(curve.effect)
    slopes = slope_name(say, cause, effect, curve.settings.scale)
    digits = 4 if curve.unit == "share" else 3
    parts = ((table[:EDGES], say("Edges of the zone"), 0), (table[EDGES:], slopes, digits))
    return [
        subject.table(part, caption, digits, level=curve.percent) for part, caption, digits in parts
    ]


def _at_some_scores(subject: Subject, curve: StoredCurve) -> Block:
    table = at_some_scores(curve).round(_FINEST)
    table["satisfaction"] = table["satisfaction"].astype(int)
    columns = ["satisfaction", "loyalty", "lower", "upper", "slope", "slope_lower", "slope_upper"]
    cause, effect = subject.label(curve.cause), subject.label(curve.effect)
    heads = [cause, effect, "lower", "upper", "slope", "lower", "upper"]
    caption = subject.say("The curve at some scores, with its slope there")
    digits = 4 if curve.unit == "share" else 2
    return subject.table(
        table[columns].set_axis(heads, axis=1), caption, digits, level=curve.percent
    )


def _sensitivity(subject: Subject, curve: StoredCurve) -> list[Block]:
    """Return the answers under other settings, if they were asked for."""
    if "sensitivity" not in curve.tables:
        return []
    say = subject.say
    table = _named(curve.sensitivity())
    words = {c: [say.known(text) for text in table[c]] for c in ("what", "verdict")}
    caption = say("The same question under other settings")
    note = say(_CHANGED, cause=subject.label(curve.cause))
    return [subject.table(table.assign(**words), caption), Block("note", note)]


def _named(table: pd.DataFrame) -> pd.DataFrame:
    return table.rename(columns={"low": "zone_low", "high": "zone_high"})

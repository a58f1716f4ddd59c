"""The sections of a report on numbers under every specification."""

from __future__ import annotations

import pandas as pd
from markupsafe import Markup

from csi.display import number
from csi.published.specified.results import SpecificationCurve
from csi.reporting.document import Block, Section, Subject
from csi.reporting.published_words import (
    choice,
    dimension,
    heading,
    joined,
    labelled,
    number_in_words,
    signed,
)
from csi.reporting.specification_picture import Drawn, beyond, specification_picture

_SPREAD = "{number} was computed under {count} specifications: the median is {median}, the estimates lie between {low} and {high}, and {share} of them have the sign of the median."  # noqa: E501 - a key
_INDICES = "{number} was computed under {count} specifications: the median is {median}, and the estimates lie between {low} and {high}."  # noqa: E501 - a key
_MOVED = "Of all choices, that of the {choice} moves it most: two specifications that differ in nothing else lie {distance} apart (median)."  # noqa: E501 - a key
_CAPTION = "{number} under every specification, from the lowest estimate to the highest, with {level} limits where there are any; below, the choices behind each of them."  # noqa: E501 - a key
_READING = "Range of medians is how far the medians of the choices lie apart, with the company each keeps; alone is the median distance of two specifications that differ in this choice and in nothing else."  # noqa: E501 - a key
_SHADED = "Shaded is what csi.fit(model, data) does."
_RIM = "Marks with a dark rim at the edge stand for estimates beyond the picture."
_RENAMED = {
    "median": "median_estimate",
    "low": "lowest_estimate",
    "high": "highest_estimate",
    "moves": "range_of_medians",
}
_UPRIGHT = {
    "path": "Standardised effect",
    "total": "Standardised total effect",
    "index": "Index (0-100)",
    "impact": "Points per point",
    "r2": "R²",
}


def specification_sections(subject: Subject) -> list[Section]:
    """Return a section for every specification curve."""
    curves = subject.specifications
    return [
        _section(subject, curve, place if len(curves) > 1 else 0)
        for place, curve in enumerate(curves, start=1)
    ]


def by_choice(subject: Subject, curve: SpecificationCurve) -> pd.DataFrame:
    """Return the estimates by each choice, in the words of the report."""
    table = curve.by_choice
    pairs = zip(table["dimension"], table["choice"], strict=True)
    told = table.assign(
        dimension=[heading(dimension(subject.say, name)) for name in table["dimension"]],
        choice=[choice(subject, name, value) for name, value in pairs],
    )
    return told.rename(columns=_RENAMED)


def spread(curve: SpecificationCurve) -> dict[str, str]:
    """Return median, range and share of the same sign as a text shows them."""
    low, high = curve.range
    return {
        "median": _shown(curve, curve.median),
        "low": _shown(curve, low),
        "high": _shown(curve, high),
        "share": percent(curve.share_same_sign),
    }


def percent(share: float) -> str:
    """Return a share in whole percent; all only where it is all."""
    whole = round(100 * share)
    return f"{min(whole, 99) if share < 1 else whole}%"


def _section(subject: Subject, curve: SpecificationCurve, place: int) -> Section:
    say = subject.say
    blocks = [
        Block("text", say.joined(_in_words(subject, curve))),
        _picture(subject, curve),
        _by_choice(subject, curve),
        Block("note", say(_READING)),
    ]
    if curve.left_out:
        names = (_pair(subject, text) for text in curve.left_out)
        told = say("Not combined, as it cannot be: {names}.", names=joined(say, names))
        blocks.append(Block("note", told))
    title, key = say("Specification curve"), "specifications"
    if place:
        title = say("Specification curve: {number}", number=_called(subject, curve))
        key = f"{key}-{place}"
    return Section(key, title, tuple(blocks))


def _in_words(subject: Subject, curve: SpecificationCurve) -> list[str]:
    """Return how far a number depends on what was chosen."""
    say, name = subject.say, number_in_words(subject, curve.number)
    phrase = _INDICES if curve.number.kind == "index" else _SPREAD
    told = [say(phrase, number=name, count=len(curve.computed), **spread(curve))]
    first = curve.by_choice.iloc[0]
    if first["alone"] > 0:
        what = dimension(say, first["dimension"])
        told.append(say(_MOVED, choice=what, distance=_shown(curve, first["alone"])))
    told += _beside_zero(subject, curve)
    if curve.failed:
        phrase = "{failed} of the specifications could not be estimated."
        told.append(say(phrase, failed=curve.failed))
    doubtful = sum(not each.failed and not each.admissible for each in curve.computed)
    if doubtful:
        told.append(say("Inadmissible estimates: {count}.", count=doubtful))
    return told


def _beside_zero(subject: Subject, curve: SpecificationCurve) -> list[str]:
    """Return how many intervals leave out zero, where zero has a meaning."""
    count = int(curve.table[["lower", "upper"]].notna().all(axis=1).sum())
    if not count or curve.number.kind == "index":
        return []
    apart = round(count * curve.share_excluding_zero)
    phrase = "{apart} of {count} intervals at the {level} level leave out zero."
    return [subject.say(phrase, apart=apart, count=count, level=level_of(curve))]


def _called(subject: Subject, curve: SpecificationCurve) -> str:
    """Return what a number is, and of what, as headings and captions name it."""
    phrase = "{kind}, {ends}"
    ends = labelled(subject, curve.number.label)
    return subject.say(phrase, kind=_upright(subject, curve), ends=ends)


def _upright(subject: Subject, curve: SpecificationCurve) -> str:
    """Return what the upright axis of a picture is called."""
    kind = _UPRIGHT[curve.number.kind]
    return kind if kind == "R²" else subject.say(kind)


def _picture(subject: Subject, curve: SpecificationCurve) -> Block:
    say, known = subject.say, [each for each in curve.computed if not each.failed]
    told = [
        say(_CAPTION, number=_called(subject, curve), level=level_of(curve)),
        say("The dashed line is the median."),
        *([say(_SHADED)] if any(each.specification.default for each in curve.computed) else []),
        *([] if all(each.admissible for each in known)
          else [say("Hollow marks are inadmissible estimates.")]),
        *([say("Crosses at the foot could not be estimated.")] if curve.failed else []),
        *([say(_RIM)] if beyond(curve) else []),
    ]  # fmt: skip
    caption = say.joined(told)
    drawn = Drawn(
        _upright(subject, curve),
        lambda dimension_: heading(dimension(say, dimension_)),
        lambda dimension_, value: choice(subject, dimension_, value),
    )
    return Block("figure", caption, Markup(specification_picture(curve, drawn, caption)))


def _by_choice(subject: Subject, curve: SpecificationCurve) -> Block:
    """Return the estimates by each choice; what moves next to nothing is shown as zero."""
    table, digits = by_choice(subject, curve), _digits(curve)
    return subject.table(table.round(digits), subject.say("Estimates by choice"), digits)


def _pair(subject: Subject, text: str) -> str:
    """Return an estimator and a rule for missing answers that do not go together."""
    estimator, _, rule = text.rpartition(" with ")
    return subject.say(
        "{estimator} with {missing}",
        estimator=choice(subject, "estimator", estimator),
        missing=choice(subject, "missing", rule),
    )


def level_of(curve: SpecificationCurve) -> str:
    """Return the confidence level as it is written, such as ``95%``."""
    return f"{100 * curve.level:.10g}%"


def _digits(curve: SpecificationCurve) -> int:
    return 1 if curve.number.kind == "index" else 3


def _shown(curve: SpecificationCurve, value: float) -> str:
    return signed(number(value, _digits(curve)))

"""What printed numbers, choices and slips are called in a report."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Protocol

from csi.published.audits.settings import DIMENSIONS
from csi.published.quantities import QUANTITIES
from csi.published.specified.one_number import OneNumber
from csi.reporting.chinese_published_words import CHOICES, COMPOSED, SLIPS
from csi.reporting.phrases import Phrases

_DIMENSIONS = {
    "scheme": "inner weighting scheme",
    "correction": "correction for attenuation",
    "items": "units of the items",
    "stopped": "end of the iteration",
    "information": "information matrix",
    "scaling": "scaling of the constructs",
    "missing": "missing answers",
    "index_weights": "index weights",
}
_MODES = re.compile(r"([AB]): (.+); else [AB]")
_NEXT_CHOICE = re.compile(rf", (?=(?:{'|'.join(DIMENSIONS)}) )")
_IN_LABELS = re.compile(r"( -> | ~ )")
_NUMBERS = {
    "path": "The standardised effect {ends}",
    "total": "The standardised total effect {ends}",
    "index": "The index of {ends}",
    "impact": "The impact {ends} (points per point)",
    "r2": "The explained variance of {ends}",
}
_NAMED_BY_USERS = ("model",)
"""Dimensions whose choices have names that users gave, but for one."""


class Voice(Protocol):
    """A language, and what constructs are called in it, such as those of a report."""

    @property
    def say(self) -> Phrases:
        """The language."""

    @property
    def label(self) -> Callable[[str], str]:
        """Returns what a construct is called."""


def dimension(say: Phrases, name: str) -> str:
    """Return what there is to choose, as it stands within a sentence."""
    return say(_DIMENSIONS.get(name, name))


def heading(text: str) -> str:
    """Return a text with a capital at its start, as names of settings have."""
    return text[:1].upper() + text[1:]


def choice(voice: Voice, name: str, value: str) -> str:
    """Return what was chosen of a dimension, constructs by their labels."""
    found = _MODES.fullmatch(value) if name == "modes" else None
    if found is not None:
        labels = joined(voice.say, map(voice.label, found[2].split(", ")))
        phrases = {
            "B": "B for {names}, A otherwise",
            "A": "A for {names}, B otherwise",
        }
        return voice.say(phrases[found[1]], names=labels)
    if voice.say.language == "en" or (name in _NAMED_BY_USERS and value != "as given"):
        return value
    for pattern, chinese in COMPOSED:
        if re.fullmatch(pattern, value):
            return re.sub(pattern, chinese, value)
    return CHOICES.get(value, value)


def elsewhere(voice: Voice, text: str) -> str:
    """Return the choices that an audit names in one text, in the words of the report."""
    found = []
    for part in _NEXT_CHOICE.split(text):
        name = next((n for n in DIMENSIONS if part.startswith(f"{n} ")), "")
        if not name:
            return voice.say.known(text)
        value = choice(voice, name, part.removeprefix(f"{name} "))
        told = dimension(voice.say, name)
        found.append(voice.say("{name}: {value}", name=told, value=value))
    return ("; " if voice.say.language == "en" else "；").join(found)


def quantity_name(say: Phrases, name: str) -> str:
    """Return what a printed quantity is called."""
    return say.header({"estimate": "estimated", "measure": "measure"}.get(name, name))


def label_of(voice: Voice, name: str, label: str) -> str:
    """Return of what a number is printed, constructs by their labels."""
    if QUANTITIES[name].shape in ("item", "parameter", "measure"):
        return label
    return labelled(voice, label)


def labelled(voice: Voice, text: str) -> str:
    """Return the ends of a route or a pair by their labels."""
    signs = {" -> ": " → ", " ~ ": " – "}
    return "".join(signs.get(part) or voice.label(part) for part in _IN_LABELS.split(text))


def slip_and_meant(voice: Voice, text: str) -> tuple[str, str]:
    """Return the slip behind a printed number, and the number meant."""
    if not text:
        return "", ""
    slip, _, meant = text.rpartition(": ")
    other = slip.removeprefix("the number of ")
    if other != slip:
        slip = voice.say("the number of {label}", label=labelled(voice, other))
    elif voice.say.language == "zh":
        slip = SLIPS[slip]
    return slip, signed(meant)


def signed(text: str) -> str:
    """Return a number with the minus sign of print."""
    return text.replace("-", "−")


def number_in_words(voice: Voice, number: OneNumber) -> str:
    """Return what a specification curve is about, such as an effect."""
    return voice.say(_NUMBERS[number.kind], ends=labelled(voice, number.label))


def joined(say: Phrases, names: Iterable[str]) -> str:
    """Return names in a row."""
    return (", " if say.language == "en" else "、").join(names)

"""What verdicts are about, in the words of a report."""

from __future__ import annotations

import re
from collections.abc import Iterable

from csi.assessment.verdicts import ARROW, COMMA, MOST_NAMED, Summed, Verdict, Word
from csi.reporting.document import Subject

_JOINTS = re.compile("( -> | – |, |: |; )")
_OF_ALL = "Admissibility"
"""Area whose checks are each about everything at once, so that their number says nothing."""
_IN_WORDS = {
    "en": {ARROW: " → "},
    "zh": {ARROW: " → ", COMMA: "、", ": ": "：", "; ": "；"},
}


def about(subject: Subject, summed: Summed) -> str:
    """Say which numbers a verdict rests on, of how many, or why there are none."""
    say, found = subject.say, (summed.worst, *summed.others, *summed.milder)
    several = summed.checked > 1 and summed.worst.rule.area != _OF_ALL
    text = where(subject, found) if several or any(v.names for v in found) else ""
    if summed.worst.word == "not computed":
        colon = ": " if say.language == "en" else "："
        return colon.join(filter(None, [text, say.known(summed.worst.why)]))
    if several:
        text = say("worst of {count}: {names}", count=summed.checked, names=text)
    missing = [say("{count} not computed", count=summed.missing)] if summed.missing else []
    return semicolon(subject).join(filter(None, [text, *missing]))


def where(subject: Subject, verdicts: Iterable[Verdict]) -> str:
    """Return what verdicts are about; those of a second word follow after that word."""
    found: dict[Word, dict[str, None]] = {}
    told: set[str] = set()
    for v in verdicts:
        name = names(subject, v) or subject.say("the model")
        if name not in told:
            found.setdefault(v.word, {})[name] = None
            told.add(name)
    (_, first), *rest = found.items()
    later = [
        subject.say("{verdict}: {names}", verdict=subject.say.known(word), names=_some(subject, n))
        for word, n in rest
    ]
    return semicolon(subject).join([_some(subject, first), *later])


def _some(subject: Subject, different: Iterable[str]) -> str:
    named = list(different)
    shown = named[:MOST_NAMED]
    if len(named) > MOST_NAMED:
        shown.append(subject.say("{count} more", count=len(named) - MOST_NAMED))
    return semicolon(subject).join(shown)


def semicolon(subject: Subject) -> str:
    """Return what parts the members of a list."""
    return "; " if subject.say.language == "en" else "；"


def names(subject: Subject, verdict: Verdict) -> str:
    """Return what a verdict is about, constructs by their labels."""
    words = _IN_WORDS[subject.say.language]
    link = words.get(verdict.link, verdict.link)
    return link.join(_labelled(subject, name) for name in verdict.names)


def _labelled(subject: Subject, name: str) -> str:
    """Return a name, or several in one text, with labels for constructs."""
    if name in subject.fit.model.names:
        return subject.label(name)
    words = _IN_WORDS[subject.say.language]
    return "".join(words.get(part, subject.label(part)) for part in _JOINTS.split(name))

"""The gravest faults of a model in plain words, for those who know no criteria."""

from __future__ import annotations

from csi.assessment.verdicts import DASH, Summed, Verdict
from csi.reporting.document import Subject
from csi.reporting.judged import Judged
from csi.reporting.places import names, semicolon

MOST_FAULTS, MOST_PLACES = 2, 2
"""Faults that are told, and places named of each."""

_IMPOSSIBLE = "some estimates are impossible numbers"
_UNTIDY = "the questions about {about} do not go together well"
_ALIKE = "respondents hardly tell {about} apart"
_MISFIT = "the model misses part of how the answers hang together"
_BLIND = "the model predicts new answers no better than averages do"
_CONFUSED = "drivers overlap, so that their influences can hardly be told apart ({about})"

PLAIN = {
    "convergence": "the estimation has not settled",
    **dict.fromkeys(
        ("loadings", "reliability", "r2", "paths", "construct_corr", "implied", "heywood"),
        _IMPOSSIBLE,
    ),
    "orientation": "the direction of a score is in doubt ({about})",
    "signs": "an influence has an unexpected sign ({about})",
    **dict.fromkeys(("standard_errors", "path_vif"), _CONFUSED),
    "resamples": "too many resamples failed for the intervals to mean anything",
    "direction": "some questions run against the others of their group ({about})",
    "indicator": "some questions hardly measure what they are meant to ({about})",
    **dict.fromkeys(("rho_c", "rho_a", "alpha", "ave", "unidimensional"), _UNTIDY),
    "item_vif": "some questions say the same ({about})",
    "full_vif": "some scores move together, whatever they are about ({about})",
    **dict.fromkeys(("htmt", "htmt2"), _ALIKE),
    "explained": "the model explains little of {about}",
    "effect": "some influences add nothing ({about})",
    **dict.fromkeys(
        (
            "srmr_saturated", "srmr", "exact_srmr", "exact_d_uls", "exact_d_g", "nfi", "rms_theta",
            "cfi", "tli", "rmsea",
        ),
        _MISFIT,
    ),
    **dict.fromkeys(("q2", "cvpat_mean"), _BLIND),
}  # fmt: skip
"""What it means that a rule is failed, by its key; rules that are at most doubtful are left out."""

_OTHERWISE = "{criterion} ({about})"


def gravest(subject: Subject, judged: Judged) -> list[str]:
    """Return in a sentence the first faults of a model, none where nothing failed."""
    found: dict[str, Summed] = {}
    for summed in judged.by_rule:
        if summed.worst.word == "failed":
            key = summed.worst.rule.key
            found.setdefault(PLAIN.get(key, key), summed)
    if not found:
        return []
    told = [_in_words(subject, summed) for summed in list(found.values())[:MOST_FAULTS]]
    return [subject.say("The gravest: {faults}.", faults=semicolon(subject).join(told))]


def _in_words(subject: Subject, summed: Summed) -> str:
    say, rule = subject.say, summed.worst.rule
    plain = PLAIN.get(rule.key, _OTHERWISE)
    return say(plain, about=_places(subject, summed), criterion=say.known(rule.criterion))


def _places(subject: Subject, summed: Summed) -> str:
    """Return the first places of a fault in one line."""
    say, comma = subject.say, ", " if subject.say.language == "en" else "、"
    named = dict.fromkeys(_place(subject, v) for v in (summed.worst, *summed.others) if v.names)
    places = list(named)[:MOST_PLACES]
    if len(named) > MOST_PLACES:
        places.append(say("{count} more", count=len(named) - MOST_PLACES))
    return comma.join(places) or say("the model")


def _place(subject: Subject, v: Verdict) -> str:
    say = subject.say
    if v.link == DASH and len(v.names) == 2:
        one, other = map(subject.label, v.names)
        return say("{one} and {other}", one=one, other=other)
    return names(subject, v)

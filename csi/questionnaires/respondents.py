"""Who is interviewed: screening questions, quotas, and what is asked of the person."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise
from numbers import Real

from csi.errors import ArgumentTypeError, OptionError
from csi.parts import is_count
from csi.questionnaires.naming import Naming, check_phrase
from csi.questionnaires.questions import Question, choice
from csi.questionnaires.words import Words

Quotas = Mapping[str, Mapping[str, float]]

MOST_FIRMS = 50
"""Firms that can be listed in one question."""

ADMINISTRATION = ("RESPONDENT", "INTERVIEWER", "DATE", "SECONDS")
"""Columns of the answers that are filled in by whoever runs the survey."""

_AGES = (18, 25, 35, 45, 55, 65)
_ENOUGH = 1e-6


def screening(named: Naming, firms: Sequence[str], quotas: Quotas, say: Words) -> list[Question]:
    """Return what is asked to find out whether somebody is to be interviewed."""
    used = say("used", subject=named.subject, period=named.period)
    asked = [choice("USED", used, [say("yes"), say("no")], say, closing=[2.0], refusable=False)]
    if len(firms) > 1:
        offered = [*firms, say("another firm")]
        last = float(len(offered))
        asked.append(choice("FIRM", say("firm"), offered, say, closing=[last], refusable=False))
    return asked + [
        choice(name, _personal(name, say), list(groups), say, note=say("quota"))
        for name, groups in quotas.items()
    ]


def demographics(quotas: Quotas, say: Words) -> list[Question]:
    """Return what is asked of the person, unless it was asked for a quota."""
    ages = [say("years", low=low, high=high - 1) for low, high in pairwise(_AGES)]
    offered = {
        "GENDER": [say("female"), say("male"), say("other")],
        "AGE": [*ages, say("and over", low=_AGES[-1])],
    }
    return [
        choice(name, _personal(name, say), labels, say)
        for name, labels in offered.items()
        if name not in quotas
    ]


def firm_names(firms: object, say: Words) -> tuple[str, ...]:
    """Return the names of the firms, from a number or a list."""
    if is_count(firms):
        if not 1 <= firms <= MOST_FIRMS:  # type: ignore[operator]
            raise OptionError(f"firms is {firms}. Give 1 to {MOST_FIRMS}, or their names.")
        return tuple(say("firm number", number=number) for number in range(1, firms + 1))  # type: ignore[operator]
    if isinstance(firms, str) or not isinstance(firms, Sequence) or not firms:
        raise ArgumentTypeError(f"firms is {firms!r}. Give a number, or a list of names.")
    names = tuple(check_phrase("firms", name) for name in firms)
    if len(names) > MOST_FIRMS or len(set(names)) < len(names):
        raise OptionError(f"firms names {len(names)} firms. Name at most {MOST_FIRMS}, each once.")
    return names


def check_quotas(quotas: object) -> dict[str, dict[str, float]]:
    """Return the share that each group shall have, or refuse what is none."""
    if quotas is None:
        return {}
    if not isinstance(quotas, Mapping):
        raise ArgumentTypeError(
            f"quotas is {quotas!r}. Give shares by group, such as {{'AGE': {{'18-39': 0.4, "
            "'40 and over': 0.6}}}}."
        )
    return {_column(name): _shares(name, given) for name, given in quotas.items()}


def _column(name: object) -> str:
    """Refuse a quota whose column a spreadsheet would take for a formula."""
    column = check_phrase("quotas", name)
    if column[0] in "=+-@":
        raise OptionError(
            f"The quota {column!r} begins like a formula of a spreadsheet. Give its column another "
            "name."
        )
    return column


def _shares(name: str, given: object) -> dict[str, float]:
    listed = dict(given) if isinstance(given, Mapping) else {}
    numbers = all(isinstance(s, Real) and not isinstance(s, bool) for s in listed.values())
    if len(listed) < 2 or not numbers or not all(0 < share < 1 for share in listed.values()):
        raise OptionError(
            f"The quota {name!r} is {given!r}. Give two groups or more with their shares, such as "
            "{'18-39': 0.4, '40 and over': 0.6}."
        )
    if abs(math.fsum(listed.values()) - 1) > _ENOUGH:
        raise OptionError(
            f"The shares of the quota {name!r} sum to {math.fsum(listed.values()):g}. They must "
            "sum to 1."
        )
    return {check_phrase("quotas", group): float(share) for group, share in listed.items()}


def _personal(name: str, say: Words) -> str:
    known = {"GENDER": "gender", "AGE": "age"}
    return say(known[name]) if name in known else say("group", name=name)

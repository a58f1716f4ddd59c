"""What a rule says of a number, and the table of all verdicts.

A verdict is ``passed``, ``doubtful``, ``failed`` or ``not computed``; every table of
an assessment is turned into verdicts by one of the functions in
`csi.assessment.judging`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from csi.assessment.rules import RULES, Rule

Word = Literal["failed", "doubtful", "passed", "not computed"]

WORDS: tuple[Word, ...] = ("failed", "doubtful", "not computed", "passed")
"""From worst to best."""

MARKS: dict[Word, str] = {"failed": "✗", "doubtful": "?", "passed": "✓", "not computed": "–"}
"""Signs by which verdicts are told apart without colour."""

ARROW, DASH, COMMA = " -> ", " – ", ", "


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a rule says of one number of a fit.

    Attributes
    ----------
    rule : Rule
        The rule.
    names : tuple of str
        Constructs or items it is about; none for the whole model.
    word : {"passed", "doubtful", "failed", "not computed"}
        The verdict.
    value, lower, upper : float
        The number and its limits; NaN where there are none. An upper limit alone
        is one that the number is held against.
    link : str
        How the names are joined.
    severity : float
        How far the number is on the wrong side, to find the worst of many.
    why : str
        Why it was not computed.
    """

    rule: Rule
    names: tuple[str, ...]
    word: Word
    value: float = np.nan
    lower: float = np.nan
    upper: float = np.nan
    link: str = ARROW
    severity: float = -np.inf
    why: str = ""

    @property
    def about(self) -> str:
        """The names in one line."""
        return self.link.join(self.names)

    @property
    def todo(self) -> str:
        """What to do: nothing if it is passed."""
        return self.rule.todo if self.word in ("failed", "doubtful") else self.why


@dataclass(frozen=True, slots=True)
class Scale:
    """Where good ends and bad begins.

    Attributes
    ----------
    good, bad : float
        A number is passed up to ``good`` and failed beyond ``bad``; doubtful between.
    high : bool
        Whether high numbers are the good ones.
    """

    good: float
    bad: float
    high: bool = True

    def __call__(self, value: float) -> Word:
        """Judge a number."""
        sign = 1.0 if self.high else -1.0
        if not np.isfinite(value):
            return "failed" if np.isinf(value) else "not computed"
        if sign * value >= sign * self.good:
            return "passed"
        return "failed" if sign * value < sign * self.bad else "doubtful"

    def severity(self, value: float) -> float:
        """Return how far a number is from good, on its wrong side."""
        return float(self.good - value if self.high else value - self.good)


def not_computed(key: str, why: str, names: tuple[str, ...] = ()) -> Verdict:
    """Return a verdict that says why there is none."""
    return Verdict(RULES[key], names, "not computed", why=why)


COLUMNS = (
    "area", "criterion", "about", "value", "lower", "upper", "limit", "rule", "verdict", "source",
    "todo",
)  # fmt: skip


def each(verdicts: Iterable[Verdict]) -> pd.DataFrame:
    """Return a row for every verdict."""
    return pd.DataFrame([_row(v, v.about) for v in verdicts], columns=list(COLUMNS))


def _row(v: Verdict, about: str) -> tuple[object, ...]:
    rule, upper, limit = v.rule, v.upper, np.nan
    if np.isnan(v.lower):
        upper, limit = np.nan, v.upper
    return (
        rule.area, rule.criterion, about, v.value, v.lower, upper, limit, rule.rule, v.word,
        rule.source, v.todo,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Summed:
    """All verdicts under one rule.

    Attributes
    ----------
    worst : Verdict
        The worst of them.
    checked : int
        How many numbers were judged.
    others : tuple of Verdict
        Those as bad as the worst, the worst left out, worst first.
    missing : int
        How many could not be computed.
    milder : tuple of Verdict
        Those that are doubtful, if the worst is failed.
    """

    worst: Verdict
    checked: int
    others: tuple[Verdict, ...] = ()
    missing: int = 0
    milder: tuple[Verdict, ...] = ()


def by_rule(verdicts: Iterable[Verdict]) -> list[Summed]:
    """Bring verdicts together, one for each rule, in the order of the rules."""
    groups: dict[str, list[Verdict]] = {}
    for verdict in verdicts:
        groups.setdefault(verdict.rule.key, []).append(verdict)
    return [_summed(groups[key]) for key in RULES if key in groups]


def _summed(verdicts: list[Verdict]) -> Summed:
    order = sorted(verdicts, key=lambda v: (_rank(v, verdicts), -v.severity))
    worst = order[0]
    as_bad = tuple(v for v in order[1:] if v.word == worst.word and worst.word != "passed")
    milder = tuple(v for v in order if v.word == "doubtful" and worst.word == "failed")
    missing = sum(v.word == "not computed" for v in verdicts)
    return Summed(worst, len(verdicts) - missing, as_bad, missing, milder)


def _rank(verdict: Verdict, among: list[Verdict]) -> int:
    """Rank a verdict; what was not computed comes last where anything was."""
    if verdict.word == "not computed" and any(v.word != "not computed" for v in among):
        return len(WORDS)
    return WORDS.index(verdict.word)


def table(verdicts: Iterable[Verdict]) -> pd.DataFrame:
    """Return a row for every rule, judged by the worst number under it."""
    summed = by_rule(verdicts)
    found = pd.DataFrame([_row(s.worst, about(s)) for s in summed], columns=list(COLUMNS))
    found.insert(COLUMNS.index("verdict") + 1, "checked", [s.checked for s in summed])
    return found


MOST_NAMED = 5
"""Numbers that are named one by one; the rest are counted."""


def about(summed: Summed) -> str:
    """Say which numbers a verdict rests on: the worst, others as bad, and those in doubt."""
    text = _named([summed.worst, *summed.others])
    return f"{text}; doubtful: {_named(summed.milder)}" if text and summed.milder else text


def _named(verdicts: Sequence[Verdict]) -> str:
    text = "; ".join(v.about for v in verdicts[:MOST_NAMED] if v.about)
    left = len(verdicts) - MOST_NAMED
    return f"{text}; {left} more" if left > 0 else text

"""The page of a report on its assessment: counts, verdicts, what to do, tests and tables."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import groupby

import numpy as np
import pandas as pd
from markupsafe import Markup

from csi.assessment.verdicts import MARKS, Summed, Verdict, Word, by_rule
from csi.display import number, one_line
from csi.reporting.behind import tables_behind
from csi.reporting.document import Block, Section, Subject
from csi.reporting.gravest import gravest
from csi.reporting.judged import Judged
from csi.reporting.places import about, semicolon, where

_MISSED: tuple[Word, ...] = ("failed", "doubtful")
_SQUARES = re.compile(r"\b([RQf])2(?=\b|_)")


def assessment_in_short(subject: Subject) -> list[str]:
    """Return in a few sentences what the assessment found, if there is one."""
    if subject.judged is None:
        return []
    count, say = subject.judged.count, subject.say
    number_judged = sum(count.values()) - count["not computed"]
    if not any(count[word] for word in _MISSED):
        phrase = "The model passed all {count} rules by which it was judged (see Assessment)."
        return [say(phrase, count=number_judged)]
    phrase = (
        "Of {count} rules {passed} are passed, {doubtful} doubtful and {failed} failed "
        "(see Assessment)."
    )
    counts = {word: count[word] for word in ("passed", "doubtful", "failed")}
    return [say(phrase, count=number_judged, **counts), *gravest(subject, subject.judged)]


def assessment_section(subject: Subject) -> list[Section]:
    """Return the page on the assessment, if there is one."""
    judged, say = subject.judged, subject.say
    if judged is None:
        return []
    blocks = [
        Block("text", _counted(subject, judged)),
        Block("note", say.joined([_reading(subject, judged), say(_CONVENTIONS)])),
        Block("table", say("Verdicts"), _verdicts(subject, judged.by_rule)),
        Block("note", _sources(subject, judged.by_rule)),
        _todo(subject, judged.by_rule),
        *tables_behind(subject, judged),
        Block("note", _how(subject, judged)),
    ]
    return [Section("assessment", say("Assessment"), tuple(blocks))]


def _counted(subject: Subject, judged: Judged) -> str:
    count = judged.count
    phrase = "{count} rules were looked at: {failed} failed, {doubtful} doubtful, {passed} passed, {missing} not computed."  # noqa: E501 - a key
    return subject.say(
        phrase, count=sum(count.values()), failed=count["failed"], doubtful=count["doubtful"],
        passed=count["passed"], missing=count["not computed"],
    )  # fmt: skip


_CONVENTIONS = "Limits are conventions of the literature, not proofs: read what is doubtful with the questions and the purpose in mind."  # noqa: E501 - a key


def _reading(subject: Subject, judged: Judged) -> str:
    phrase = "Each rule judges all numbers it is about by the worst of them, which is shown with where it stands and, where there is one, its {level} interval; others with the same verdict are named after it, and then those in doubt."  # noqa: E501 - a key
    return subject.say(phrase, level=judged.made.percent)


def _how(subject: Subject, judged: Judged) -> str:
    made = judged.made
    phrase = "The assessment drew {resamples} resamples for intervals and {n_boot} for the test of exact fit; items were predicted in {folds} folds, dealt {repeats} times. The seed was {seed}."  # noqa: E501 - a key
    return subject.say(
        phrase, resamples=f"{made.resamples:,}", n_boot=f"{made.n_boot:,}", folds=made.folds,
        repeats=made.repeats, seed=made.seed,
    )  # fmt: skip


def _verdicts(subject: Subject, rules: Iterable[Summed]) -> Markup:
    """Return the verdicts by area; marks and words tell them apart without colour."""
    say = subject.say
    headers = (
        ("", say.header("criterion")), ("", say.header("verdict")), ("num", say.header("value")),
        ("num", say("Interval or limit")), ("", say.header("worst")),
        ("prose", say("Rule and source")),
    )  # fmt: skip
    head = Markup("").join(
        Markup('<th scope="col" class="{}">{}</th>').format(kind, text) for kind, text in headers
    )
    body = Markup("").join(
        _area(subject, area, list(members))
        for area, members in groupby(rules, key=lambda summed: summed.worst.rule.area)
    )
    whole = Markup('<table class="verdicts"><thead><tr>{}</tr></thead>{}</table>')
    return whole.format(head, body)


def _area(subject: Subject, area: str, rules: list[Summed]) -> Markup:
    rows = Markup("").join(_row(subject, summed) for summed in rules)
    heading = Markup('<tr class="area"><th colspan="6" scope="rowgroup">{}</th></tr>')
    return Markup("<tbody>{}{}</tbody>").format(heading.format(subject.say.known(area)), rows)


def _row(subject: Subject, summed: Summed) -> Markup:
    v = summed.worst
    cells = Markup(
        '<tr class="{}"><th scope="row">{}</th><td class="word"><span class="whole">{}</span></td>'
        '<td class="num told">{}</td><td class="num">{}</td><td class="about">{}</td>'
        '<td class="prose">{} <span class="source">{}</span></td></tr>'
    )
    return cells.format(
        v.word.replace(" ", "-"), _told(subject, v.rule.criterion), verdict_text(subject, v.word),
        _value(subject, v), _interval(subject, v.lower, v.upper), one_line(about(subject, summed)),
        _told(subject, v.rule.rule), subject.say.known(_cited(v)),
    )  # fmt: skip


def _told(subject: Subject, text: str) -> str:
    """Return a text of a rule, squares set as in the rest of the report."""
    return _SQUARES.sub(r"\1²", subject.say.known(text))


def _value(subject: Subject, v: Verdict) -> str:
    """Return the number judged; where the iteration ended in words."""
    iterations = subject.fit.convergence.iterations
    if v.rule.key != "convergence" or v.word == "not computed":
        return shown(v.value)
    if not iterations:
        return subject.say("nothing to iterate")
    phrase = "after {count} iterations" if v.word == "passed" else "not after {count} iterations"
    return subject.say(phrase, count=iterations)


def _cited(verdict: Verdict) -> str:
    """Return a source without its number in a register, such as its DOI."""
    return re.split(", (?=doi:|ISBN|in )", verdict.rule.source)[0]


def _sources(subject: Subject, rules: Iterable[Summed]) -> str:
    cited = sorted({subject.say.known(summed.worst.rule.source) for summed in rules})
    return subject.say("Sources: {sources}.", sources="; ".join(cited))


def verdict_text(subject: Subject, word: Word) -> str:
    """Return a verdict as its mark and its word."""
    return f"{MARKS[word]} {subject.say.known(word)}"


def shown(value: float) -> str:
    """Return a number as the page shows it."""
    return number(value).replace("-", "−").replace("inf", "∞")


def _interval(subject: Subject, lower: float, upper: float) -> str:
    ends = {"low": shown(lower), "high": shown(upper)}
    if np.isnan(lower):
        return "" if np.isnan(upper) else subject.say("up to {high}", **ends)
    return subject.say("from {low}" if np.isnan(upper) else "{low} to {high}", **ends)


def _todo(subject: Subject, rules: Iterable[Summed]) -> Block:
    """Return what to do about everything failed or doubtful, the failed first."""
    missed = [s for word in _MISSED for s in rules if s.worst.word == word]
    if not missed:
        return Block("text", subject.say("Nothing is failed or doubtful."))
    advised: dict[str, list[Summed]] = {}
    for summed in missed:
        advised.setdefault(summed.worst.rule.todo, []).append(summed)
    rows = [_advice(subject, todo, group) for todo, group in advised.items()]
    table = pd.DataFrame(rows, columns=["criterion", "verdict", "worst", "todo"], dtype=object)
    return subject.table(table, subject.say("What to do"))


def _advice(subject: Subject, todo: str, rules: list[Summed]) -> tuple[object, ...]:
    """Return the rules that share a remedy, their verdicts, where they are missed, the remedy."""
    criteria = semicolon(subject).join(_told(subject, s.worst.rule.criterion) for s in rules)
    words = dict.fromkeys(s.worst.word for s in rules)
    marked = Markup("<br>").join(_marked(subject, word) for word in words)
    found = [v for s in rules for v in (s.worst, *s.others, *s.milder)]
    found.sort(key=lambda v: _MISSED.index(v.word))
    return criteria, marked, where(subject, found), _told(subject, todo)


def _marked(subject: Subject, word: Word) -> Markup:
    return Markup('<span class="whole">{}</span>').format(verdict_text(subject, word))


def verdict_sheets(subject: Subject, judged: Judged) -> dict[str, pd.DataFrame]:
    """Return the verdicts and the single checks by caption, in the language of the subject."""
    sheets = {"Verdicts": judged.table, "Checks": judged.checks}
    if subject.say.language == "en":
        return sheets
    checks = [by_rule([v])[0] for v in judged.verdicts]
    verdicts = _translated(subject, sheets["Verdicts"], judged.by_rule)
    return {
        "Verdicts": verdicts.rename(columns={"about": "worst"}),
        "Checks": _translated(subject, sheets["Checks"], checks),
    }


def _translated(subject: Subject, sheet: pd.DataFrame, rules: Iterable[Summed]) -> pd.DataFrame:
    known = subject.say.known
    columns = ("area", "criterion", "rule", "verdict", "source", "todo")
    words = {column: sheet[column].map(known) for column in columns}
    told = [about(subject, summed) for summed in rules]
    return sheet.assign(**words, about=told).rename(columns={"source": "reference"})

"""The page of a report on its assessment: counts, verdicts, what to do, tests and prediction."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import groupby

import numpy as np
import pandas as pd
from markupsafe import Markup

from csi.assessment.verdicts import ARROW, COMMA, MARKS, MOST_NAMED, Summed, Verdict, Word
from csi.display import number, one_line
from csi.reporting.document import Block, Section, Subject
from csi.reporting.judged import Judged

_JOINTS = re.compile("( -> | – |, |: |; )")
_IN_WORDS = {
    "en": {ARROW: " → "},
    "zh": {ARROW: " → ", COMMA: "、", ": ": "：", "; ": "；"},
}
_MISSED: tuple[Word, ...] = ("failed", "doubtful")

_CAPTIONS = {
    "exact_fit": "Test of exact fit: p is small where the model does not reproduce the correlations; beyond the critical value the test rejects.",  # noqa: E501 - a key
    "prediction": "Prediction of items out of sample: errors of the model, of the linear model, and of the item means",  # noqa: E501 - a key
    "predictive_ability": "Predictive ability: difference of the mean losses of the model and its benchmark; below zero the model is better",  # noqa: E501 - a key
}
_SHOWN = {
    "exact_fit": ("index", "estimate", "critical", "p"),
    "prediction": ("construct", "indicator", "q2_predict", "rmse", "rmse_lm", "rmse_mean"),
    "predictive_ability": ("construct", "benchmark", "difference", "lower", "upper", "p"),
}  # fmt: skip
_BENCHMARKS = {"mean": "item means", "lm": "linear model"}
_RENAMED = {"index": "criterion", "estimate": "estimated", "why": "reason"}


def assessment_in_short(subject: Subject) -> list[str]:
    """Return in a sentence what the assessment found, if there is one."""
    if subject.judged is None:
        return []
    count, say = subject.judged.count, subject.say
    number_judged = sum(count.values()) - count["not computed"]
    if not any(count[word] for word in _MISSED):
        phrase = "The model passed all {count} criteria by which it was judged (see Assessment)."
        return [say(phrase, count=number_judged)]
    phrase = "By {count} criteria the model was judged: {failed} failed, {doubtful} doubtful (see Assessment)."  # noqa: E501 - a key
    return [say(phrase, count=number_judged, failed=count["failed"], doubtful=count["doubtful"])]


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
        *(_part(subject, judged, name) for name in _CAPTIONS if name in judged.tables),
        Block("note", _how(subject, judged)),
    ]
    return [Section("assessment", say("Assessment"), tuple(blocks))]


def _counted(subject: Subject, judged: Judged) -> str:
    count = judged.count
    phrase = "{count} criteria were looked at: {failed} failed, {doubtful} doubtful, {passed} passed, {missing} not computed."  # noqa: E501 - a key
    return subject.say(
        phrase, count=sum(count.values()), failed=count["failed"], doubtful=count["doubtful"],
        passed=count["passed"], missing=count["not computed"],
    )  # fmt: skip


_CONVENTIONS = "Limits are conventions of the literature, not proofs: read what is doubtful with the questions and the purpose in mind."  # noqa: E501 - a key


def _reading(subject: Subject, judged: Judged) -> str:
    phrase = "A criterion is judged by its worst number, which is shown with what it is about and, where there is one, its {level} interval; those that are as bad are named after it."  # noqa: E501 - a key
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
        ("num", say("Interval or limit")), ("", say.header("about")),
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
        '<td class="num">{}</td><td class="num">{}</td><td class="about">{}</td>'
        '<td class="prose">{} <span class="source">{}</span></td></tr>'
    )
    known = subject.say.known
    return cells.format(
        v.word.replace(" ", "-"), known(v.rule.criterion), verdict_text(subject, v.word),
        shown(v.value), _interval(subject, v.lower, v.upper), one_line(_about(subject, summed)),
        known(v.rule.rule), _cited(v),
    )  # fmt: skip


def _cited(verdict: Verdict) -> str:
    """Return a source without its number in a register, such as its DOI."""
    return re.split(", (?=doi:|ISBN|in )", verdict.rule.source)[0]


def _sources(subject: Subject, rules: Iterable[Summed]) -> str:
    cited = sorted({summed.worst.rule.source for summed in rules})
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


def _about(subject: Subject, summed: Summed) -> str:
    """Say which numbers a verdict rests on, or why there are none."""
    say, found = subject.say, (summed.worst, *summed.others)
    different = dict.fromkeys(told for v in found if (told := names(subject, v)))
    named = list(different)[:MOST_NAMED]
    if len(different) > MOST_NAMED:
        named.append(say("{count} more", count=len(different) - MOST_NAMED))
    text = ("; " if say.language == "en" else "；").join(named)
    if summed.worst.word != "not computed":
        return text
    colon = ": " if say.language == "en" else "："
    return colon.join(filter(None, [text, say.known(summed.worst.why)]))


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


def _todo(subject: Subject, rules: Iterable[Summed]) -> Block:
    """Return what to do about everything failed or doubtful, the failed first."""
    say, criteria = subject.say, dict[tuple[Word, str, str], list[str]]()
    for word in _MISSED:
        for summed in rules:
            if summed.worst.word == word:
                about = _about(subject, summed) or say("the model")
                advised = (word, about, say.known(summed.worst.rule.todo))
                criteria.setdefault(advised, []).append(say.known(summed.worst.rule.criterion))
    if not criteria:
        return Block("text", say("Nothing is failed or doubtful."))
    semicolon = "; " if say.language == "en" else "；"
    rows = [
        (semicolon.join(named), _marked(subject, word), about, todo)
        for (word, about, todo), named in criteria.items()
    ]
    table = pd.DataFrame(rows, columns=["criterion", "verdict", "about", "todo"], dtype=object)
    return subject.table(table, say("What to do"))


def _marked(subject: Subject, word: Word) -> Markup:
    return Markup('<span class="whole">{}</span>').format(verdict_text(subject, word))


def _part(subject: Subject, judged: Judged, name: str) -> Block:
    """Return the table of a test, with the columns that a reader needs."""
    say, table = subject.say, judged.tables[name]
    columns = [column for column in _SHOWN[name] if column in table]
    if "why" in table and any(table["why"]):
        columns.append("why")
    table = table[columns].rename(columns=_RENAMED)
    if "benchmark" in table:
        table["benchmark"] = [say.known(_BENCHMARKS.get(x, x)) for x in table["benchmark"]]
    if "construct" in table:
        table["construct"] = table["construct"].replace("all", say("all constructs"))
    if "reason" in table:
        table["reason"] = [say.known(why) for why in table["reason"]]
    return subject.table(table, say(_CAPTIONS[name]), level=judged.made.percent)


def verdict_sheets(subject: Subject, judged: Judged) -> dict[str, pd.DataFrame]:
    """Return the verdicts and the single checks by caption, in the language of the subject."""
    checks = [Summed(v, 1, ()) for v in judged.verdicts]
    sheets = {"Verdicts": judged.table, "Checks": judged.checks}
    if subject.say.language == "en":
        return sheets
    told = {"Verdicts": judged.by_rule, "Checks": checks}
    return {name: _translated(subject, sheet, told[name]) for name, sheet in sheets.items()}


def _translated(subject: Subject, sheet: pd.DataFrame, rules: Iterable[Summed]) -> pd.DataFrame:
    known = subject.say.known
    words = {c: sheet[c].map(known) for c in ("area", "criterion", "rule", "verdict", "todo")}
    about = [_about(subject, summed) for summed in rules]
    return sheet.assign(**words, about=about).rename(columns={"source": "reference"})

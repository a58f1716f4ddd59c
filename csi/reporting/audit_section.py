"""The section of a report on a published table: its settings, and numbers that none gives."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd
from markupsafe import Markup

from csi.published.audits.audit import Audit
from csi.published.quantities import QUANTITIES
from csi.reporting.document import Block, Section, Subject
from csi.reporting.phrases import Phrases
from csi.reporting.published_words import (
    choice,
    dimension,
    elsewhere,
    heading,
    joined,
    label_of,
    quantity_name,
    signed,
    slip_and_meant,
)

_COMPARED = "Of {total} printed numbers {agreeing} agree to every printed digit with the best of {tried} settings that were tried."  # noqa: E501 - a key
_INPUT = "The correlations were printed with {decimals} decimals; numbers agree if correlations that would be printed alike may give them."  # noqa: E501 - a key
_NOTHING = "No setting that was tried reproduces this table. Other data, another model, or a program that does something else are behind it."  # noqa: E501 - a key
_SLIPS = "A slip is told where one explains the printed number. Numbers of csi have one decimal more than the table."  # noqa: E501 - a key


def audit_section(subject: Subject) -> list[Section]:
    """Return the section on a published table, if one was audited."""
    audit, say = subject.audit, subject.say
    if audit is None:
        return []
    near = "Settings that reproduce the table"
    if audit.verdict == "not reproduced":
        near = "Settings that come nearest to the table"
    blocks = [
        Block("text", say.joined(_in_words(subject, audit))),
        subject.table(settings_behind(subject, audit), say(near)),
        *_left_open(subject, audit),
        *_suspects(subject, audit),
        *(Block("note", note) for note in _notes(subject, audit)),
        subject.table(_printed_beside(subject, audit), say("The table, printed and computed")),
    ]
    return [Section("published", say("A published table"), tuple(blocks))]


def settings_behind(subject: Subject, audit: Audit) -> pd.DataFrame:
    """Return the settings that an audit names, and how it reads the table: setting, value."""
    say = subject.say
    rows = [
        (heading(dimension(say, name)), choice(subject, name, value))
        for name, value in audit.choices.items()
    ]
    rows += [
        (say("{quantity}, read as", quantity=quantity_name(say, name)), say.known(reading))
        for name, reading in audit.readings.items()
        if len(QUANTITIES[name].readings) > 1
    ]
    if audit.best.cut == "truncated":
        rows.append((heading(say("digits")), say("cut off, not rounded")))
    if audit.best.turned:
        rows.append((heading(say("signs turned round")), subject.labels(audit.best.turned)))
    return pd.DataFrame(rows, columns=["setting", "value"])


def left_open(subject: Subject, audit: Audit) -> pd.DataFrame:
    """Return what a table cannot tell apart: dimension, named, equally_possible."""
    say, rows = subject.say, []
    for row in audit.undecided.to_dict("records"):
        name = row["dimension"]
        others = (choice(subject, name, other) for other in row["equally_possible"])
        told = heading(dimension(say, name)), choice(subject, name, row["named"])
        rows.append((*told, say(" or ").join(others)))
    return pd.DataFrame(rows, columns=["dimension", "named", "equally_possible"])


def _printed_beside(subject: Subject, audit: Audit) -> pd.DataFrame:
    """Return every printed number beside ours: quantity, number_of, printed, ours, difference."""
    table = _shown(subject, audit, audit.cells)
    return table[["quantity", "number_of", "printed", "ours", "difference", "agrees"]]


def _shown(subject: Subject, audit: Audit, cells: pd.DataFrame) -> pd.DataFrame:
    """Return cells in words, with one decimal more than was printed."""
    printed = {(c.quantity, c.label): c.printed for c in audit.bench.table.cells}
    ends = zip(cells["quantity"], cells["label"], strict=True)
    numbers = [printed[end] for end in ends]
    slips = [slip_and_meant(subject, text) for text in cells["slip"]]
    return pd.DataFrame(
        {
            "quantity": [quantity_name(subject.say, name) for name in cells["quantity"]],
            "number_of": [
                label_of(subject, name, label)
                for name, label in zip(cells["quantity"], cells["label"], strict=True)
            ],
            "printed": [signed(text) for text in cells["printed"]],
            "ours": [
                shown_decimals(value, number.decimals + 1)
                for value, number in zip(cells["ours"], numbers, strict=True)
            ],
            "difference": [
                shown_decimals(value, number.decimals + 1)
                for value, number in zip(cells["difference"], numbers, strict=True)
            ],
            "agrees": marked(subject.say, cells["agrees"]),
            "slip": [slip for slip, _ in slips],
            "meant": [meant for _, meant in slips],
            "elsewhere": [elsewhere(subject, text) for text in cells["elsewhere"]],
        }
    )


def shown_decimals(value: float, decimals: int) -> str:
    """Return a number with some decimals; nothing where there is none."""
    if np.isnan(value):
        return ""
    text = f"{value:.{decimals}f}"
    return signed(text if float(text) else text.removeprefix("-"))


def marked(say: Phrases, agreeing: Iterable[bool]) -> pd.Series[Any]:
    """Return whether numbers agree, those that do not in bold."""
    no = Markup("<strong>{}</strong>").format(say("no"))
    return pd.Series([say("yes") if agrees else no for agrees in agreeing], dtype=object)


def _in_words(subject: Subject, audit: Audit) -> list[str]:
    say, tried = subject.say, f"{len(audit.scored):,}"
    numbers = {"total": len(audit.bench.table), "agreeing": audit.best.agreeing}
    told = [
        say("Verdict: {verdict}.", verdict=say.known(audit.verdict)),
        say(_COMPARED, tried=tried, **numbers),
    ]
    if subject.fit.estimator != audit.estimator:
        told.append(say("The estimates of this report were made with other settings than these."))
    return told


def _left_open(subject: Subject, audit: Audit) -> list[Block]:
    table, say = left_open(subject, audit), subject.say
    if table.empty:
        return []
    note = say("These choices give the same printed digits.")
    return [subject.table(table, say("What the table leaves open")), Block("note", note)]


def _suspects(subject: Subject, audit: Audit) -> list[Block]:
    """Return the numbers that are not reproduced, each with the slip that explains it."""
    say, cells = subject.say, audit.suspects
    if cells.empty:
        return [Block("note", say("Numbers of csi have one decimal more than the table."))]
    table = _shown(subject, audit, cells).drop(columns="agrees")
    empty = [name for name in ("slip", "meant", "elsewhere") if not any(table[name])]
    caption = say("Numbers that are not reproduced")
    return [subject.table(table.drop(columns=empty), caption), Block("note", say(_SLIPS))]


def _notes(subject: Subject, audit: Audit) -> list[str]:
    say, notes = subject.say, []
    if audit.input_decimals is not None:
        notes.append(say(_INPUT, decimals=audit.input_decimals))
    if audit.verdict == "not reproduced":
        notes.append(say(_NOTHING))
    elif len(audit.never):
        names = (
            say(
                "{quantity} of {label}",
                quantity=quantity_name(say, cell["quantity"]),
                label=label_of(subject, cell["quantity"], cell["label"]),
            )
            for cell in audit.never.to_dict("records")
        )
        phrase = "No setting that comes near the table reproduces: {names}."
        notes.append(say(phrase, names=joined(say, names)))
    failed = sum(bool(scored.failure) for scored in audit.scored)
    if failed:
        notes.append(say("Settings that could not be fitted: {count}.", count=failed))
    return notes

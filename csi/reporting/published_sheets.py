"""Audits and specification curves in workbooks and LaTeX."""

from __future__ import annotations

import pandas as pd

from csi.published.audits.audit import Audit
from csi.published.audits.settings import DIMENSIONS
from csi.published.specified.results import SpecificationCurve
from csi.reporting.audit_section import left_open, settings_behind
from csi.reporting.document import Subject
from csi.reporting.published_words import (
    choice,
    dimension,
    elsewhere,
    heading,
    label_of,
    quantity_name,
    slip_and_meant,
)
from csi.reporting.specification_section import by_choice

Sheets = dict[str, pd.DataFrame]

_OF_CELLS = {"label": "number_of", "ours_printed": "as_printed"}
_OF_COMPUTED = {
    "limits": "how limits were found",
    "converged": "converged",
    "admissible": "admissible",
    "warnings": "number of warnings",
    "warned": "warnings",
    "family": "kind of estimator",
    "default": "default of csi",
}
"""What columns of a specification curve are called where they are translated."""

_IN_LATEX = ["quantity", "label", "printed", "ours_printed", "agrees"]
_BY_CHOICE = ["dimension", "choice", "specifications", "median", "low", "high"]


def published_sheets(subject: Subject) -> Sheets:
    """Return tables of an audit and of specification curves, by caption, at full precision."""
    sheets = {} if subject.audit is None else _of_audit(subject, subject.audit)
    for place, curve in enumerate(subject.specifications, start=1):
        further = f" ({place})" if place > 1 else ""
        own = _of_curve(subject, curve)
        sheets |= {f"{subject.say(name)}{further}": table for name, table in own.items()}
    return sheets


def published_in_latex(subject: Subject) -> Sheets:
    """Return the tables that fit a printed page, by caption."""
    tables: Sheets = {}
    if subject.audit is not None:
        tables["Published table"] = subject.audit.cells[_IN_LATEX]
        tables["Settings behind the published table"] = settings_behind(subject, subject.audit)
        open_ = left_open(subject, subject.audit)
        tables |= {"What the published table leaves open": open_} if len(open_) else {}
    for curve in subject.specifications:
        tables[f"Specifications by choice: {curve.number}"] = curve.by_choice[_BY_CHOICE]
    return tables


def _of_audit(subject: Subject, audit: Audit) -> Sheets:
    say, english = subject.say, subject.say.language == "en"
    undecided = audit.undecided.assign(
        equally_possible=[" / ".join(others) for others in audit.undecided["equally_possible"]]
    )
    return {
        say("Published table"): audit.cells if english else _cells(subject, audit.cells),
        say("Settings tried"): audit.settings if english else _settings(subject, audit.settings),
        say("Left open"): undecided if english else _titled(subject, left_open(subject, audit)),
    }


def _cells(subject: Subject, cells: pd.DataFrame) -> pd.DataFrame:
    """Return printed numbers and ours in the words of the report."""
    slips = [slip_and_meant(subject, text) for text in cells["slip"]]
    told = cells.rename(columns=_OF_CELLS).assign(
        quantity=[quantity_name(subject.say, name) for name in cells["quantity"]],
        number_of=[
            label_of(subject, name, label)
            for name, label in zip(cells["quantity"], cells["label"], strict=True)
        ],
        slip=[slip for slip, _ in slips],
        elsewhere=[elsewhere(subject, text) for text in cells["elsewhere"]],
    )
    told.insert(list(told).index("slip") + 1, "meant", [meant for _, meant in slips])
    return _titled(subject, told)


def _settings(subject: Subject, tried: pd.DataFrame) -> pd.DataFrame:
    """Return every setting tried in the words of the report."""
    say = subject.say
    told = _chosen(subject, tried.rename(columns={"why_not": "reason"}), DIMENSIONS)
    cut = {"rounded": say("rounded"), "truncated": say("cut off, not rounded")}
    turned = [
        subject.labels(names.split(", ")) if names else "" for names in tried["turned"].tolist()
    ]
    told = told.assign(digits=tried["digits"].map(cut).tolist(), turned=turned)
    renamed = {"of": say("Printed numbers"), "digits": say("digits"),
               "turned": say("signs turned round")}  # fmt: skip
    return _titled(subject, told.rename(columns=renamed))


def _of_curve(subject: Subject, curve: SpecificationCurve) -> Sheets:
    if subject.say.language == "en":
        return {"Specifications": curve.table, "Specifications by choice": curve.by_choice}
    return {
        "Specifications": _computed(subject, curve),
        "Specifications by choice": _titled(subject, by_choice(subject, curve)),
    }


def _computed(subject: Subject, curve: SpecificationCurve) -> pd.DataFrame:
    """Return every specification in the words of the report."""
    say = subject.say
    table = _chosen(subject, curve.table, curve.dimensions)
    told = table.assign(
        limits=[say.known(text) for text in table["limits"]],
        warned=[_sentences(subject, text) for text in table["warned"]],
        why=[say.known(text) for text in table["why"]],
        family=[choice(subject, "estimator", name) for name in table["family"]],
    )
    titles = {name: say(words) for name, words in _OF_COMPUTED.items()}
    renamed = told.rename(columns=titles | {"estimate": "estimated", "why": "reason"})
    return _titled(subject, renamed)


def _sentences(subject: Subject, text: str) -> str:
    return " | ".join(subject.say.known(part) for part in text.split(" | "))


def _chosen(subject: Subject, table: pd.DataFrame, dimensions: tuple[str, ...]) -> pd.DataFrame:
    """Return a table whose choices, and their columns, are in the words of the report."""
    there = [name for name in dimensions if name in table]
    told = {name: [choice(subject, name, value) for value in table[name]] for name in there}
    titles = {name: heading(dimension(subject.say, name)) for name in there}
    return table.assign(**told).rename(columns=titles)


def _titled(subject: Subject, table: pd.DataFrame) -> pd.DataFrame:
    return table.rename(columns=subject.say.header)

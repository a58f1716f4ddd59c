"""From a data file of the catalogue to a model.

Keys of a file::

    title, citation, notes    what it is, where it comes from, what to know about it
    country, year             year of introduction or of the source; null if not known
    status                    "sourced" or "reconstructed", for constructs, paths, items
    scale, missing_codes      lowest and highest answer; don't-know codes of all questions
    complaint_type            "incidence" (counted), "handling" (rated) or null
    constructs                name, label by language, and its items, or ``of``: the
                              constructs a higher-order construct is built from
    paths                     [source, target, expected sign: "+", "-" or "?"]
    other_items               questions that are asked but measure no construct
    same_as                   another file, which supplies every key not stated here
    borrows                   another file, which supplies what is only named here

Keys of a question: name, text and anchors by language and, where they apply,
question (the sentence that a questionnaire prints, by language), scale, labels of
single answers, missing_codes of its own, asked_if, and computed_from. A construct
or question given as a mere name is that of the file named by ``borrows``, else by
``same_as``. Wording is a paraphrase, never the sentence that an institute asks. All
questions are scored so that a high answer is more of what the text names.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from importlib.resources import files
from typing import Any

from csi.builders import higher_order, reflective
from csi.errors import ArgumentTypeError, ModelError, did_you_mean
from csi.spec import Construct, Item, Model, Path

Columns = Mapping[str, Sequence[str]]
Record = Mapping[str, Any]


def build(name: str, columns: Columns | None = None) -> Model:
    """Return the model of a file.

    Parameters
    ----------
    name : str
        Name of the file without ``.json``.
    columns : mapping of str to sequence of str, optional
        The user's column names, by construct.

    Returns
    -------
    Model
    """
    record = read(name)
    own = _own_columns(record, columns)
    constructs: list[Construct] = []
    questions: list[Item] = []
    renamed: dict[str, str] = {}
    for entry in record["constructs"]:
        known = [_item(question, record) for question in entry.get("items", ())]
        named = own.get(entry["name"], tuple(item.name for item in known))
        carried = _carried(known, named)
        constructs.append(_construct(entry, named))
        questions += [replace(carried.get(column, Item(column)), name=column) for column in named]
        renamed |= dict.fromkeys((item.name for item in known), "")
        renamed |= {item.name: column for column, item in carried.items()}
    others = [_item(question, record) for question in record["other_items"]]
    return Model(
        tuple(constructs),
        tuple(Path(*path) for path in record["paths"]),
        items=_once([*questions, *_followed(others, renamed)]),
        scale=tuple(record["scale"]),
        title=record["title"],
        citation=record["citation"],
        status=dict(record["status"]),
        complaint_type=record["complaint_type"],
    )


@cache
def read(name: str) -> Record:
    """Return the contents of a file, with what it takes from another filled in.

    Parameters
    ----------
    name : str
        Name of the file without ``.json``.

    Returns
    -------
    mapping
        Shared between callers: look, do not write.
    """
    stated = json.loads((files(__package__) / f"{name}.json").read_text(encoding="utf-8"))
    base = read(stated["same_as"]) if "same_as" in stated else {}
    record = {**base, **stated}
    lender = stated.get("borrows", stated.get("same_as"))
    lent = _parts(read(lender)) if lender else {}
    record["constructs"] = [_filled(entry, lent) for entry in record["constructs"]]
    record["other_items"] = [_filled(entry, lent) for entry in record.get("other_items", ())]
    return record


def _construct(entry: Record, indicators: Sequence[str]) -> Construct:
    if "of" in entry:
        return higher_order(entry["name"], entry["of"], label=entry["label"])
    return reflective(entry["name"], indicators, label=entry["label"])


def _item(question: Record, record: Record) -> Item:
    return Item(
        question["name"],
        text=dict(question["text"]),
        scale=tuple(question["scale"]) if "scale" in question else None,
        anchors={language: tuple(ends) for language, ends in question["anchors"].items()},
        missing_codes=tuple(question.get("missing_codes", record["missing_codes"])),
        asked_if=question.get("asked_if", ""),
        labels={float(answer): label for answer, label in question.get("labels", {}).items()},
        question=dict(question.get("question", {})),
        computed_from=tuple(question.get("computed_from", ())),
    )


def _own_columns(record: Record, columns: Columns | None) -> dict[str, tuple[str, ...]]:
    """Check the user's columns: known constructs, and texts for names."""
    if columns is None:
        return {}
    if not isinstance(columns, Mapping):
        raise ArgumentTypeError(
            f"items= is {columns!r}, which does not say which construct has which columns. "
            "Give a mapping such as {'Satisfaction': ['s1', 's2', 's3']}."
        )
    entries = {entry["name"]: entry for entry in record["constructs"]}
    for name in columns:
        if name not in entries:
            raise ModelError(
                f"items= names an unknown construct {name!r}. Known constructs: "
                f"{', '.join(entries)}.{did_you_mean(str(name), entries)}"
            )
        if "of" in entries[name]:
            parts = entries[name]["of"]
            raise ModelError(
                f"items= gives columns to {name!r}, which is built from the constructs "
                f"{', '.join(parts)}. Give the columns to those."
            )
    return {name: _column_names(name, given) for name, given in columns.items()}


def _column_names(construct: str, given: object) -> tuple[str, ...]:
    names = (given,) if isinstance(given, str) else given
    listed = tuple(names) if isinstance(names, Iterable) else ()
    if not listed or not all(isinstance(name, str) for name in listed):
        raise ArgumentTypeError(
            f"items= gives {given!r} as the columns of {construct!r}. Give one or more column "
            "names as text."
        )
    return listed


def _carried(known: Sequence[Item], columns: Sequence[str]) -> dict[str, Item]:
    """Match columns to the questions of the catalogue: by name, the rest by position."""
    by_name = {item.name: item for item in known}
    kept = {column: by_name[column] for column in columns if column in by_name}
    rest = [column for column in columns if column not in kept]
    free = [item for item in known if item.name not in kept]
    return kept | (dict(zip(rest, free, strict=True)) if len(rest) == len(free) else {})


def _followed(others: Iterable[Item], renamed: Mapping[str, str]) -> list[Item]:
    """Let skip logic follow renamed columns; drop questions that hang on one left out."""
    followed = []
    for item in others:
        column, _, answers = item.asked_if.partition(" ")
        now = renamed.get(column, column)
        if now or not item.asked_if:
            followed.append(replace(item, asked_if=f"{now} {answers}".strip()))
    return followed


def _once(items: Iterable[Item]) -> tuple[Item, ...]:
    unique: dict[str, Item] = {}
    for item in items:
        unique.setdefault(item.name, item)
    return tuple(unique.values())


def _filled(entry: str | Record, lent: Mapping[str, Record]) -> Record:
    whole = lent[entry] if isinstance(entry, str) else entry
    if "items" not in whole:
        return whole
    return {**whole, "items": [_filled(question, lent) for question in whole["items"]]}


def _parts(record: Record) -> dict[str, Record]:
    """Index the constructs and questions of a model by name."""
    questions = [question for entry in record["constructs"] for question in entry.get("items", ())]
    named = [*record["constructs"], *questions, *record["other_items"]]
    return {entry["name"]: entry for entry in named}

"""The page of a reproduction: every printed table beside our numbers, and where it comes from."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pandas as pd

from csi.display import atomic_write
from csi.errors import ArgumentTypeError, kind_of
from csi.published.quantities import QUANTITIES
from csi.published.reproducing import ReproducedTable, Reproduction
from csi.reporting.audit_section import marked, shown_decimals
from csi.reporting.checks import check_output
from csi.reporting.document import Block, Section, Typesetter
from csi.reporting.html import rendered
from csi.reporting.phrases import Phrases
from csi.reporting.published_words import labelled, quantity_name, signed
from csi.studies.folders import Study

_CALLED = "A table is called reproduced if each of its numbers, printed with as many decimals, is the number that was printed."  # noqa: E501 - a key


def write_reproduction(
    found: Reproduction,
    path: str | os.PathLike[str],
    *,
    language: str = "en",
    overwrite: bool = False,
) -> None:
    """Write printed tables beside our numbers as a page of their own.

    The file holds its style, runs no script and loads nothing. Titles, sources and notes
    of the studies stay in their own language.

    Parameters
    ----------
    found : Reproduction
        What `csi.reproduce` returned.
    path : str or path
        File to write; its name ends in ``.html`` or ``.htm``.
    language : {"en", "zh"}
        Language of headings and verdicts.
    overwrite : bool
        Whether to replace an existing file.

    Raises
    ------
    OptionError
        If it is no reproduction, the file exists and is not to be replaced, its name ends
        otherwise, or the language is not known.
    FileFormatError
        If the folder does not exist or the file cannot be written.

    Examples
    --------
    >>> import csi, pathlib, tempfile
    >>> from csi.reporting.reproduction_page import write_reproduction
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "servqual.html"
    >>> write_reproduction(csi.reproduce("servqual-utilities"), path)
    >>> "reproduced to every printed digit" in path.read_text(encoding="utf-8")
    True
    """
    if not isinstance(found, Reproduction):
        raise ArgumentTypeError(
            f"{kind_of(found)} is no reproduction. Give the result of csi.reproduce()."
        )
    say = Phrases(language)
    check_output(path, "report", overwrite)
    atomic_write(path, reproduction_page(found, say))


def reproduction_page(found: Reproduction, say: Phrases) -> str:
    """Return the page as HTML, in which every text is escaped."""
    several = len(found.studies) > 1
    title = found.studies[0].title
    if several:
        title = say("{count} published studies beside csi", count=len(found.studies))
    parts = [(study.title, _study(found, study, say)) for study in found.studies]
    if several:
        parts = [(say("Studies"), [_whole(found, study, say) for study in found.studies])]
    figures = _figures(found, say)
    return rendered(
        say,
        title,
        "" if several else say("Printed tables beside csi"),
        figures,
        [(say("Agreement"), [_agreement(found, say)]), *parts],
    )


def _figures(found: Reproduction, say: Phrases) -> list[tuple[str, str]]:
    total = sum(len(entry.entries) for entry in found.tables)
    agreeing = sum(entry.agreeing for entry in found.tables)
    whole = sum(entry.reproduced for entry in found.tables)
    told = say("{agreeing} of {total}", agreeing=whole, total=len(found.tables))
    return [
        (say("Agree to every printed digit"), f"{agreeing:,}"),
        (say("Printed numbers"), f"{total:,}"),
        (say("Tables reproduced"), told),
    ]


def _agreement(found: Reproduction, say: Phrases) -> Section:
    """Return how far each table agrees."""
    table = found.agreement
    shown = pd.DataFrame(
        {
            say("Published table"): table["table"],
            "program": table["program"],
            "printed_numbers": table["numbers"],
            "agreeing": table["agree"],
            "largest_difference": [_tiny(value) for value in table["largest_difference"]],
            "verdict": [say.known(verdict) for verdict in table["verdict"]],
        }
    )
    if len(found.studies) > 1:
        shown.insert(0, say("Study"), table["study"])
    blocks = (_set(say, shown, say("All tables")), Block("note", say(_CALLED)))
    return Section("agreement", say("Agreement"), blocks)


def _study(found: Reproduction, study: Study, say: Phrases) -> list[Section]:
    """Return a section for each table of a study, and one on where it comes from."""
    tables = [
        Section(f"table-{place}", entry.stated.title, tuple(_table(entry, say, "")))
        for place, entry in enumerate(_own(found, study), start=1)
    ]
    return [*tables, Section("source", say("Where it comes from"), tuple(_source(study, say)))]


def _whole(found: Reproduction, study: Study, say: Phrases) -> Section:
    """Return a study with all its tables in one section."""
    tables = [
        block
        for entry in _own(found, study)
        for block in _table(entry, say, f"{entry.stated.title} · ")
    ]
    return Section(study.name, study.title, (*_source(study, say), *tables))


def _own(found: Reproduction, study: Study) -> list[ReproducedTable]:
    return [entry for entry in found.tables if entry.study == study.name]


def _table(entry: ReproducedTable, say: Phrases, title: str) -> Iterator[Block]:
    """Yield the verdict on a table, the table itself, and its source."""
    stated = entry.stated
    caption = title + say("Program: {program}", program=stated.program)
    verdict = say("Verdict: {verdict}.", verdict=say.known(entry.verdict))
    yield _set(say, _numbers(entry.table, say), caption)
    yield Block("text", verdict)
    yield Block("note", say("Source of the numbers: {source}", source=stated.source))
    if stated.notes:
        yield Block("note", say("Note: {note}", note=stated.notes))
    yield Block("note", say("Licence of the figures: {licence}", licence=stated.licence))


def _numbers(table: pd.DataFrame, say: Phrases) -> pd.DataFrame:
    """Return printed numbers beside ours, ours with one decimal more."""
    places = [decimals + 1 for decimals in table["decimals"]]
    voice = Typesetter(say, str)
    return pd.DataFrame(
        {
            "quantity": [quantity_name(say, name) for name in table["quantity"]],
            "number_of": [
                labelled(voice, label) if QUANTITIES[name].shape in ("route", "pair") else label
                for name, label in zip(table["quantity"], table["label"], strict=True)
            ],
            "printed": [signed(text) for text in table["printed"]],
            "ours": list(map(shown_decimals, table["ours"], places)),
            "difference": [_tiny(value) for value in table["difference"]],
            "agrees": marked(say, table["agrees"]),
        }
    )


def _source(study: Study, say: Phrases) -> Iterator[Block]:
    yield Block("text", say("Study: {citation}", citation=study.citation))
    for citation in study.also:
        yield Block("text", say("Also: {citation}", citation=citation))
    told = say(
        "Moments ({n} respondents): {provenance}",
        n=f"{study.moments.n:,.10g}",
        provenance=study.provenance,
    )
    yield Block("text", told)
    yield Block("text", say("Licence: {licence}", licence=study.licence))


def _set(say: Phrases, table: pd.DataFrame, caption: str) -> Block:
    return Typesetter(say, str).table(table, caption)


def _tiny(value: float) -> str:
    """Return a difference by its size, as most are of a last digit."""
    return signed(f"{value:.0e}") if value else "0"

"""Write a page for every published study, from the same files as the tests.

The documentation build writes the pages; ``python docs/make_replications.py`` does so by itself.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import csi
from csi.published.agreement import Compared
from csi.published.reproducing import ReproducedTable, Reproduction
from csi.studies import Study

FOLDER = Path(__file__).parent / "replications"
TOTALS = "agreement.txt"
"""What the committed first page includes."""

SPECIAL = re.compile(r"([\\`*_<|$\[\]])")
DOI = re.compile(r"doi:(10\.\d{4,9}/[^\s;,]*[^\s;,.:)])")


def write(folder: Path = FOLDER) -> list[Path]:
    """Write the table of agreement and a page for each study; return the files."""
    whole = csi.reproduce()
    pages = {TOTALS: totals(whole)}
    for study in whole.studies:
        own = [table for table in whole.tables if table.study == study.name]
        pages[f"{study.name}.md"] = page(study, own)
    for name, text in pages.items():
        (folder / name).write_text(text, encoding="utf-8")
    return [folder / name for name in pages]


def totals(whole: Reproduction) -> str:
    """Return the table of agreement of all studies."""
    agreement = whole.agreement
    found = f"{agreement['agree'].sum():,} of {agreement['numbers'].sum():,} printed numbers"
    tables = f"{sum(table.reproduced for table in whole.tables)} of {len(whole.tables)} tables"
    head = ["study", "table", "program", "numbers", "decimals", "largest difference", "verdict"]
    rows = [
        [
            f"[{row.study}]({row.study}.md)",
            plain(row.table),
            plain(row.program),
            str(row.numbers),
            row.decimals,
            f"{row.largest_difference:.0e}",
            row.verdict,
        ]
        for row in agreement.itertuples()
    ]
    return (
        f"{found} agree to every digit, and {tables} are reproduced whole.\n\n{grid(head, rows)}\n"
    )


def page(study: Study, tables: Sequence[ReproducedTable]) -> str:
    """Return the page of a study."""
    return "\n\n".join([*_head(study, tables), *(part for t in tables for part in _table(t)), ""])


def _head(study: Study, tables: Sequence[ReproducedTable]) -> Iterator[str]:
    yield f"# {plain(study.title)}"
    yield cited(study.citation)
    yield f'```python\nimport csi\n\ncsi.reproduce("{study.name}")\n```'
    verdicts = [[plain(t.stated.title), plain(t.stated.program), t.verdict] for t in tables]
    yield grid(["table", "program", "verdict"], verdicts)
    yield "## What was observed"
    yield f"{study.moments.n:g} respondents, {len(study.moments.columns)} items. " + cited(
        study.provenance
    )
    yield f"Licence: {cited(study.licence)}"
    if study.also:
        yield "Figures below stand in these works as well:"
        yield "\n".join(f"- {cited(other)}" for other in study.also)
    yield "## What was believed"
    for name, model in study.models.items():
        if len(study.models) > 1:
            yield f"Model `{name}`:"
        yield f"```text\n{model}\n```"


def _table(table: ReproducedTable) -> Iterator[str]:
    stated = table.stated
    yield f"## {plain(stated.title)}"
    facts = [
        f"Program: {plain(stated.program)}",
        f"Printed in: {cited(stated.source)}",
        f"Licence: {cited(stated.licence)}",
        f"Model and estimator: `{stated.model}`, `{_call(table)}`",
        *(f"Read as: {name}, {plain(way)}" for name, way in stated.readings.items()),
        f"Verdict: **{table.verdict}**",
    ]
    yield "\n".join(f"- {fact}" for fact in facts)
    if stated.notes:
        yield cited(stated.notes)
    head = ["quantity", "label", "printed", "ours", "difference", "decimals"]
    yield grid(head, map(_row, table.entries))


def _call(table: ReproducedTable) -> str:
    given = ", ".join(f"{name}={value!r}" for name, value in table.stated.settings.items())
    return f"csi.{table.stated.estimator}({given})"


def _row(entry: Compared) -> list[str]:
    printed = entry.cell.printed
    agreed = f"{entry.agrees_to if entry.agrees_to >= 0 else 'none'} of {printed.decimals}"
    return [
        entry.cell.quantity,
        f"`{entry.cell.label}`",
        printed.text,
        f"{entry.ours:.{printed.decimals + 1}f}",
        f"{entry.difference:+.0e}",
        agreed if entry.agrees else f"**{agreed}**",
    ]


def grid(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table in Markdown."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def plain(text: str) -> str:
    """Return text in which no character has a meaning in Markdown."""
    return SPECIAL.sub(r"\\\1", text)


def cited(text: str) -> str:
    """Return text with links to what is cited."""
    parts = DOI.split(text)
    linked = [f"[doi:{plain(doi)}](https://doi.org/{doi})" for doi in parts[1::2]]
    return "".join(
        piece for pair in zip(map(plain, parts[::2]), [*linked, ""], strict=True) for piece in pair
    )


if __name__ == "__main__":
    write()

"""What ``csi fetch`` does; `csi.cli` says what can be asked."""

from __future__ import annotations

import shlex
from argparse import Namespace

from csi import datasets
from csi.commands import Outcome
from csi.data import SurveyData
from csi.datasets.facts import dataset
from csi.display import text_table
from csi.errors import OptionError, listing

_TO_FETCH = "csi fetch NAME downloads one of them, or reads your own copy with --file FILE."


def fetch_command(options: Namespace) -> Outcome:
    """Fetch a data set, or list those that can be fetched."""
    if options.name is None or options.list:
        if options.file or options.folder:
            raise OptionError("--file and --folder need the name of a data set. See: csi fetch")
        return Outcome(f"{_listed()}\n\n{_TO_FETCH}")
    data = datasets.fetch(options.name, folder=options.folder, file=options.file)
    return Outcome(_told(options, data), python=True)


def _listed() -> str:
    table = datasets.catalogue()[["name", "rows", "title", "licence"]]
    return text_table(table, title="Data sets that can be fetched")


def _told(options: Namespace, data: SurveyData) -> str:
    known = dataset(options.name)
    kept = options.file or datasets.path(options.name, folder=options.folder)
    lines = [
        f"{known.facts['title']}",
        f"{data.n_rows:,} respondents, {len(data.columns)} columns: {listing(data.columns, 8)}",
        f"File: {kept}",
        *(remark for remark in data.audit["remark"][:1]),
        f"Licence: {known.facts['licence']}",
        f"Cite: {known.facts['citation']}",
    ]
    return "\n".join([*lines, "", _next(options, str(kept))])


def _next(options: Namespace, kept: str) -> str:
    known = dataset(options.name)
    given = f", file={kept!r}" if options.file else ""
    given += f", folder={options.folder!r}" if options.folder else ""
    lines = ["To go on:", f"  data = csi.datasets.fetch({options.name!r}{given})   in Python"]
    if known.facts["model"]:
        codes = ",".join(map(str, known.facts["missing_codes"]))
        coded = f" --missing-codes {codes}" if codes else ""
        lines.append(f"  csi fit {shlex.quote(kept)} --model {known.facts['model']}{coded}")
    return "\n".join(lines)

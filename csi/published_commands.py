"""What ``csi reproduce`` and ``csi audit`` do; `csi.arguments` says what can be asked."""

from __future__ import annotations

from argparse import Namespace

import pandas as pd

from csi import studies
from csi.commands import Outcome, check_outputs, model_named, survey_of
from csi.core.moments import Moments
from csi.data import SurveyData
from csi.display import text_table
from csi.errors import OptionError
from csi.matrices import read_moments
from csi.published.audits.audit import Audit
from csi.published.audits.auditing import audit
from csi.published.reproducing import reproduce
from csi.reporting import report, to_excel
from csi.reporting.checks import check_output
from csi.reporting.reproduction_page import write_reproduction
from csi.spec import Model


def reproduce_command(options: Namespace) -> Outcome:
    """Put printed tables beside our numbers, or list the studies that have some."""
    if options.all and options.study:
        raise OptionError("--all is every study. Leave it out to name some of them.")
    if not options.all and not options.study:
        if options.report:
            raise OptionError("--report needs a study: csi reproduce NAME --report FILE, or --all.")
        return Outcome(f"{_listed()}\n\ncsi reproduce NAME shows one of them, --all the agreement.")
    if options.report:
        check_output(options.report, "report", options.overwrite)
    found = reproduce(None if options.all else options.study)
    notes: tuple[str, ...] = ()
    if options.report:
        write_reproduction(found, options.report, language=options.language, overwrite=True)
        notes = (f"written: {options.report}",)
    if options.markdown:
        text = markdown(found.by_program)
    elif options.all:
        text = text_table(_shown(found.by_program), title="Printed numbers beside csi")
    else:
        text = str(found)
    return Outcome(text, 0, notes)


def audit_command(options: Namespace) -> Outcome:
    """Find the settings behind a printed table; exit code 1 if none reproduces it."""
    check_outputs(options)
    data, model = _observed(options)
    found = audit(options.printed, data, model, progress=False if options.quiet else None)
    notes = _write(options, found)
    text = "" if options.quiet else str(found)
    return Outcome(text, int(found.verdict == "not reproduced"), notes)


def _write(options: Namespace, found: Audit) -> tuple[str, ...]:
    """Write the fit with the best setting, and the audit with it."""
    if options.report:
        report(
            found.fit, options.report, audit=found, title=options.title,
            language=options.language, overwrite=True,
        )  # fmt: skip
    if options.excel:
        to_excel(found.fit, options.excel, audit=found, language=options.language, overwrite=True)
    return tuple(f"written: {path}" for path in (options.report, options.excel) if path)


def markdown(table: pd.DataFrame) -> str:
    """Return a table for a Markdown page."""
    shown = _shown(table)
    lines = [[str(name).replace("_", " ") for name in shown], ["---"] * shown.shape[1]]
    lines += [[str(cell) for cell in row] for row in shown.itertuples(index=False)]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _shown(table: pd.DataFrame) -> pd.DataFrame:
    digits = table["largest_difference"].map("{:.0e}".format)
    counts = {name: table[name].map("{:,}".format) for name in ("numbers", "agree")}
    return table.assign(largest_difference=digits, **counts)


def _listed() -> str:
    table = studies.catalogue().query("numbers > 0")
    return text_table(
        table[["name", "title", "n", "items", "numbers"]], title="Studies with printed tables"
    )


def _observed(options: Namespace) -> tuple[Moments | SurveyData, Model]:
    """Return what was observed and believed: of a study, a printed matrix or a survey."""
    if options.study:
        if options.file or options.matrix or options.n is not None:
            raise OptionError(
                "--study has its own data. Leave out the file, --matrix and --n, or --study."
            )
        own = studies.study(options.study)
        return own.moments, model_named(options.model) if options.model else own.model
    if not options.file or not options.model:
        raise OptionError(
            "An audit needs the data and the model: csi audit --printed TABLE.csv FILE --model "
            "NAME, or --study NAME."
        )
    if options.n is not None and not options.matrix:
        raise OptionError(
            "--n belongs to a printed matrix. Give --matrix as well, or leave it out."
        )
    model = model_named(options.model)
    if options.matrix:
        return read_moments(options.file, options.n), model
    return survey_of(options), model

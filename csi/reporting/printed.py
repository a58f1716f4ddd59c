"""What a terminal shows of a fit, its groups and their bootstraps."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from csi.display import Summary, text_table
from csi.groups import Fits
from csi.reporting.document import Subject, p_text
from csi.reporting.overviews import index_overview, path_overview, standing_of, standing_table
from csi.reporting.resampled import Resampled, Resampling
from csi.reporting.uncertainty import resampling_facts
from csi.resampling.bootstraps import Bootstraps


def printed(subject: Subject) -> str:
    """Return a fit, and its groups if there are any, as text."""
    summary = subject.fit.summary()
    tables = tuple((title, _with_short_p(table)) for title, table in summary.tables)
    summary = replace(summary, tables=tables)
    if subject.boot is not None:
        summary = _with_intervals(summary, subject, subject.boot)
    parts = [str(summary)]
    if subject.fits is not None:
        parts += [*_of_groups(subject, subject.fits), *_skipped(subject.fits)]
    return "\n\n".join(parts)


def interval_tables(boot: Resampled) -> dict[str, pd.DataFrame]:
    """Return indices and paths with their intervals, by title."""
    tables = {"Paths": boot.paths}
    if boot.fit.has_indices:
        indices = boot.indices.rename(columns={"estimate": "index"}).drop(columns="p")
        tables = {"Indices (0-100)": indices.assign(n=boot.fit.indices["n"]), **tables}
    return {title: _shown(table) for title, table in tables.items()}


def _shown(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table for a terminal: p values as text, failures only where there are any."""
    table = table.reset_index(drop=True)
    if not table["failed"].any():
        table = table.drop(columns="failed")
    return _with_short_p(table)


def _with_short_p(table: pd.DataFrame) -> pd.DataFrame:
    return table.assign(p=table["p"].map(p_text)) if "p" in table else table


def _with_intervals(summary: Summary, subject: Subject, boot: Resampled) -> Summary:
    facts = (*summary.facts, *resampling_facts(subject))
    tables = dict(summary.tables) | interval_tables(boot)
    how = Resampling.of(boot)
    notes = tuple(
        f"{count} of {how.number} resamples: {why}." for why, count in how.failures.items()
    )
    return replace(
        summary, facts=facts, tables=tuple(tables.items()), notes=(*summary.notes, *notes)
    )


def _of_groups(subject: Subject, fits: Fits) -> list[str]:
    if not subject.fit.has_indices:
        paths = path_overview(fits, subject.boots)
        return [text_table(paths, title=f"Paths by {fits.by}")]
    overview = text_table(index_overview(fits), digits=1, title=f"Indices by {fits.by}")
    title = f"Index of {subject.target} by {fits.by}"
    if subject.boots is not None:
        ranked = _ranked(subject, fits, subject.boots)
        return [text_table(ranked, digits=1, title=title), overview]
    own = fits.indices[fits.indices["construct"] == subject.target].drop(columns="construct")
    ordered = own.sort_values("index", ascending=False, kind="stable").astype({"group": str})
    return [text_table(ordered.reset_index(drop=True), title=title), overview]


def _ranked(subject: Subject, fits: Fits, boots: Bootstraps) -> pd.DataFrame:
    """Return the places of bootstrapped groups; their intervals only, if they have none."""
    standing = standing_of(boots, subject.target)
    if isinstance(standing, str):
        own = boots.indices[boots.indices["construct"] == subject.target]
        own = own.rename(columns={"estimate": "index"}).astype({"group": str})
        return own[["group", "index", "lower", "upper"]].sort_values("index", ascending=False)
    return standing_table(standing, boots, fits, subject.say.places)


def _skipped(fits: Fits) -> list[str]:
    skipped = fits.skipped.astype({"group": str})
    return [text_table(skipped, title="Groups that were not estimated")] if len(skipped) else []

"""Printed tables of published studies beside our numbers, digit by digit."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np
import pandas as pd

from csi.display import Summary
from csi.errors import CsiWarning, OptionError
from csi.estimators.base import Estimator
from csi.estimators.cbsem import CBSEM
from csi.estimators.pls import PLS
from csi.estimators.sums import Sums
from csi.fitting import fit
from csi.published.agreement import Compared, agreement_frame, compared
from csi.published.tables import PrintedTable
from csi.results import Fit
from csi.studies.folders import Study, StudyTable, names, study

_ESTIMATORS: dict[str, type] = {"PLS": PLS, "CBSEM": CBSEM, "Sums": Sums}


@dataclass(frozen=True, eq=False, repr=False)
class ReproducedTable:
    """A printed table beside our numbers.

    Attributes
    ----------
    study : str
        Name of the study.
    stated : StudyTable
        What was printed, where, and with which settings.
    entries : tuple of Compared
        Every number beside ours.
    """

    study: str
    stated: StudyTable
    entries: tuple[Compared, ...]

    @property
    def agreeing(self) -> int:
        """Numbers that agree to every printed digit."""
        return sum(entry.agrees for entry in self.entries)

    @property
    def reproduced(self) -> bool:
        """Whether all of them do."""
        return self.agreeing == len(self.entries)

    @property
    def largest_difference(self) -> float:
        """Largest difference between printed and ours; NaN if we have none of a number."""
        return float(np.max([abs(entry.difference) for entry in self.entries]))

    @property
    def decimals(self) -> str:
        """Decimals that were printed, such as ``3`` or ``2-4``."""
        printed = sorted({entry.cell.printed.decimals for entry in self.entries})
        return "-".join(str(end) for end in dict.fromkeys((printed[0], printed[-1])))

    @property
    def verdict(self) -> str:
        """What may be said of the table."""
        total, agreeing = len(self.entries), self.agreeing
        if agreeing == total:
            return "reproduced to every printed digit"
        units = np.max([abs(e.difference) / e.cell.printed.unit for e in self.entries])
        if units <= 1.5:
            return f"{agreeing} of {total} to every digit, the rest within one of the last"
        return f"not reproduced: {agreeing} of {total} to every digit"

    @property
    def table(self) -> pd.DataFrame:
        """One row per number: quantity, label, printed, ours, difference, agrees_to, agrees."""
        return agreement_frame(self.entries)

    def __repr__(self) -> str:
        return f"<ReproducedTable {self.stated.title}, {self.stated.program}: {self.verdict}>"


@dataclass(frozen=True, eq=False, repr=False)
class Reproduction:
    """Printed tables of one or several studies beside our numbers.

    Attributes
    ----------
    studies : tuple of Study
        Whose tables they are.
    tables : tuple of ReproducedTable
        Every printed table.
    """

    studies: tuple[Study, ...]
    tables: tuple[ReproducedTable, ...]

    @cached_property
    def numbers(self) -> pd.DataFrame:
        """One row per printed number: study, table, program, and the columns of each table."""
        parts = [
            entry.table.assign(
                study=entry.study, table=entry.stated.title, program=entry.stated.program
            )
            for entry in self.tables
        ]
        whole = pd.concat(parts, ignore_index=True)
        front = ["study", "table", "program"]
        return whole[[*front, *(name for name in whole if name not in front)]]

    @property
    def agreement(self) -> pd.DataFrame:
        """One row per table: how many of its numbers agree, and the verdict."""
        rows = [
            {
                "study": entry.study,
                "table": entry.stated.title,
                "program": entry.stated.program,
                "origin": entry.stated.origin,
                "numbers": len(entry.entries),
                "decimals": entry.decimals,
                "agree": entry.agreeing,
                "largest_difference": entry.largest_difference,
                "verdict": entry.verdict,
            }
            for entry in self.tables
        ]
        return pd.DataFrame(rows)

    @property
    def by_program(self) -> pd.DataFrame:
        """One row per study and program: how many printed numbers agree to every digit."""
        groups = self.agreement.groupby(["study", "program", "origin"], sort=False)
        totals = {"numbers": "sum", "agree": "sum", "largest_difference": "max"}
        return groups.agg(totals).reset_index()

    @property
    def reproduced(self) -> bool:
        """Whether every number of every table agrees to every printed digit."""
        return all(entry.reproduced for entry in self.tables)

    def summary(self) -> Summary:
        """Return the agreement, every number that differs, and sources and notes."""
        numbers = self.numbers
        differ = numbers[~numbers["agrees"]].drop(columns=["program", "agrees"])
        shown = [("Tables", _shown(self.agreement))]
        if len(self.studies) == 1:
            shown += [(entry.stated.title, _printed(entry.table)) for entry in self.tables]
        elif len(differ):
            shown.append(("Numbers that differ", _printed(differ)))
        return Summary(self._title, self._facts, tuple(shown), tuple(self._notes), digits=4)

    @property
    def _title(self) -> str:
        if len(self.studies) == 1:
            return self.studies[0].title
        return f"{len(self.studies)} published studies beside csi"

    @property
    def _facts(self) -> tuple[tuple[str, str], ...]:
        total = sum(len(entry.entries) for entry in self.tables)
        agree = sum(entry.agreeing for entry in self.tables)
        whole = sum(entry.reproduced for entry in self.tables)
        facts = [
            ("Printed numbers", f"{total:,}"),
            ("Agree to every printed digit", f"{agree:,}"),
            ("Tables reproduced", f"{whole} of {len(self.tables)}"),
        ]
        if len(self.studies) == 1:
            own = self.studies[0]
            facts += [("Respondents", f"{own.moments.n:g}"), ("Source", own.citation)]
            facts += [("Moments", own.provenance), ("Licence", own.licence)]
        return tuple(facts)

    @property
    def _notes(self) -> Iterable[str]:
        for entry in self.tables:
            stated = entry.stated
            if len(self.studies) == 1 or (stated.notes and not entry.reproduced):
                text = f"{stated.title} ({stated.program}): {stated.source}"
                yield f"{text.rstrip('.')}. {stated.notes}".strip()

    def write(
        self, path: str | os.PathLike[str], *, language: str = "en", overwrite: bool = False
    ) -> None:
        """Write every table beside our numbers as an HTML page of its own.

        Parameters
        ----------
        path : str or path
            File to write; its name ends in ``.html`` or ``.htm``.
        language : {"en", "zh"}
            Language of headings and verdicts.
        overwrite : bool
            Whether to replace an existing file.

        Raises
        ------
        OptionError
            If the file exists and is not to be replaced, its name ends otherwise, or the
            language is not known.
        FileFormatError
            If the folder does not exist or the file cannot be written.
        """
        from csi.reporting.reproduction_page import (  # noqa: PLC0415 - writes results
            write_reproduction,
        )

        write_reproduction(self, path, language=language, overwrite=overwrite)

    def __repr__(self) -> str:
        names = ", ".join(study.name for study in self.studies)
        whole = sum(entry.reproduced for entry in self.tables)
        return f"<Reproduction of {names}: {whole} of {len(self.tables)} tables to every digit>"

    def __str__(self) -> str:
        return str(self.summary())

    def _repr_html_(self) -> str:
        return self.summary().to_html()


def reproduce(name: str | Sequence[str] | None = None) -> Reproduction:
    """Compute the printed tables of a published study, and compare digit by digit.

    A table is called reproduced when each of its numbers, printed with as many
    decimals as the original, is the number of the original. Nothing else is.

    Parameters
    ----------
    name : str or sequence of str, optional
        Studies, as in `csi.studies.catalogue`; all of them by default.

    Returns
    -------
    Reproduction
        ``agreement`` has one row per table, ``numbers`` one per printed number.

    Raises
    ------
    OptionError
        If there is no such study, or it has no printed tables.

    Examples
    --------
    >>> import csi
    >>> found = csi.reproduce("ecsi-mobi")
    >>> found.agreement["program"].iloc[0]
    'SmartPLS 2.0.M3'
    >>> found.tables[0].verdict
    'reproduced to every printed digit'
    """
    wanted = _wanted(name)
    studies = tuple(study(one) for one in wanted)
    tables = [entry for own in studies for entry in _reproduced(own.name)]
    if not tables:
        raise OptionError(f"No tables are known of {', '.join(wanted) or 'no study'}.")
    return Reproduction(studies, tuple(tables))


def _wanted(name: object) -> list[str]:
    if name is None:
        return names()
    if isinstance(name, str):
        return [name]
    if not isinstance(name, Sequence):
        raise OptionError(f"name is {name!r}. Name a study, such as 'ecsi-mobi', or several.")
    return list(name)


@cache
def _reproduced(name: str) -> tuple[ReproducedTable, ...]:
    own = study(name)
    fits: dict[str, Fit] = {}
    found = []
    for table in own.tables:
        key = f"{table.model} {table.estimator} {sorted(table.settings.items(), key=str)}"
        if key not in fits:
            fits[key] = _fitted(own, table)
        numbers = PrintedTable.read(table.numbers)
        entries = compared(fits[key], numbers, dict(table.readings))
        found.append(ReproducedTable(name, table, tuple(entries)))
    return tuple(found)


def _fitted(own: Study, table: StudyTable) -> Fit:
    """Fit as the program did; where it stopped early or overstepped, so do we."""
    estimator: Estimator = _ESTIMATORS[table.estimator](**table.settings)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CsiWarning)
        return fit(own.models[table.model], own.moments, estimator)


def _shown(agreement: pd.DataFrame) -> pd.DataFrame:
    digits = agreement["largest_difference"].map("{:.0e}".format)
    return agreement.assign(largest_difference=digits)


def _printed(table: pd.DataFrame) -> pd.DataFrame:
    """Show our numbers with one decimal more than was printed."""
    ours = [f"{v:.{d + 1}f}" for v, d in zip(table["ours"], table["decimals"], strict=True)]
    gaps = table["difference"].map("{:.0e}".format)
    shown = table.assign(ours=ours, difference=gaps)
    return shown.drop(columns=[name for name in ("decimals", "agrees") if name in shown])

"""What a report knows of an assessment, whether it was made here or read from a file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import pandas as pd

from csi.assessment import verdicts
from csi.assessment.assessment import Assessment
from csi.assessment.diagnostics import attempt
from csi.assessment.mediation import ALL
from csi.assessment.shown import verdict_table
from csi.assessment.verdicts import WORDS, Summed, Verdict, Word
from csi.errors import ArgumentTypeError, OptionError
from csi.reporting.resampled import StoredInference, apart
from csi.results import Fit, Table

PARTS = (
    "predictors", "mediation", "residuals", "exact_fit", "prediction", "predictive_ability",
)  # fmt: skip
"""Parts of an assessment that have a table of their own in reports and files."""

MOST_RESIDUALS = 10
"""Residuals that are shown, the largest."""


@dataclass(frozen=True, slots=True)
class Made:
    """How an assessment was made.

    Attributes
    ----------
    seed : int
        Seed of everything random.
    resamples : int
        Resamples behind the intervals.
    n_boot : int
        Resamples of the tests.
    folds, repeats : int
        Folds of the prediction, and how often they were dealt.
    level : float
        Confidence level.
    """

    seed: int
    resamples: int
    n_boot: int
    folds: int
    repeats: int
    level: float

    @property
    def percent(self) -> str:
        """The level as it is written, such as ``95%``."""
        return f"{100 * self.level:.10g}%"


@dataclass(frozen=True, eq=False)
class Judged:
    """Verdicts on a fit, the tables behind them, and how they were made.

    Attributes
    ----------
    verdicts : tuple of Verdict
        What every rule says of every number.
    made : Made
        How.
    tables : mapping of str to DataFrame
        Tables of those of `PARTS` that were computed.
    """

    verdicts: tuple[Verdict, ...]
    made: Made
    tables: Mapping[str, pd.DataFrame] = field(default_factory=dict)

    @classmethod
    def of(cls, assessment: Assessment | StoredAssessment) -> Judged:
        """Return what there is to tell of an assessment."""
        if isinstance(assessment, StoredAssessment):
            return assessment.judged
        found = {
            "predictors": attempt(lambda: _predictors(assessment)).value,
            "mediation": attempt(lambda: _mediation(assessment)).value,
            "residuals": attempt(lambda: _residuals(assessment)).value,
            "exact_fit": getattr(assessment.exact_fit, "table", None),
            "prediction": getattr(assessment.prediction, "items", None),
            "predictive_ability": getattr(assessment.predictive_ability, "table", None),
        }
        tables = {name: table for name, table in found.items() if table is not None and len(table)}
        return cls(assessment.judged, _made(assessment), tables)

    @cached_property
    def by_rule(self) -> list[Summed]:
        """The verdicts brought together, one for each rule."""
        return verdicts.by_rule(self.verdicts)

    @property
    def table(self) -> pd.DataFrame:
        """One row for each rule."""
        return verdicts.table(self.verdicts)

    @property
    def checks(self) -> pd.DataFrame:
        """One row for each number judged."""
        return verdicts.each(self.verdicts)

    @property
    def count(self) -> Mapping[Word, int]:
        """How many rules are failed, doubtful, not computed and passed."""
        told = [summed.worst.word for summed in self.by_rule]
        return {word: told.count(word) for word in WORDS}


def _predictors(assessment: Assessment) -> pd.DataFrame:
    """Return overlap and effect size of each path: source, target, vif, f2, why."""
    vif, f2 = assessment.vif, assessment.f2
    both = f2.merge(vif, on=["source", "target"], suffixes=("_f2", ""))
    why = both["why"].where(both["why"] != "", both["why_f2"])
    return both[["source", "target", "vif", "f2"]].assign(why=why)


def _mediation(assessment: Assessment) -> pd.DataFrame:
    """Return indirect effects, all routes together: source, target, indirect, lower, ..."""
    table = assessment.mediation
    together = table[table["route"] == ALL].rename(columns={"estimate": "indirect"})
    columns = ["source", "target", "indirect", "lower", "upper", "total", "vaf", "kind", "why"]
    return together[columns].reset_index(drop=True)


def _residuals(assessment: Assessment) -> pd.DataFrame:
    return assessment.residuals.dropna().head(MOST_RESIDUALS)


def _made(assessment: Assessment) -> Made:
    boot = assessment.boot
    return Made(
        assessment.seed, 0 if boot is None else boot.draws.number, assessment.n_boot,
        assessment.folds, assessment.repeats, float(assessment.level),
    )  # fmt: skip


@dataclass(frozen=True, eq=False, repr=False)
class StoredAssessment:
    """An assessment read back from JSON: its verdicts, and the tables of its tests.

    Attributes
    ----------
    fit : Fit
        The fit, without respondents.
    boot : StoredInference or None
        The bootstrap that was stored with it.
    judged : Judged
        Verdicts, tables, and how they were made.
    """

    fit: Fit
    boot: StoredInference | None
    judged: Judged

    @Table
    def table(self) -> pd.DataFrame:
        """One row for each rule, labelled by its key: area, criterion, about, value, lower, ..."""
        return self.judged.table.set_axis([s.worst.rule.key for s in self.judged.by_rule])

    @Table
    def verdicts(self) -> pd.DataFrame:
        """One row for each number judged: area, criterion, about, value, ..., verdict, todo."""
        return self.judged.checks

    @property
    def count(self) -> Mapping[Word, int]:
        """How many rules are failed, doubtful, not computed and passed."""
        return self.judged.count

    @property
    def made(self) -> Made:
        """Seed, resamples and folds."""
        return self.judged.made

    @property
    def tables(self) -> Mapping[str, pd.DataFrame]:
        """Tables behind the verdicts, by name."""
        return {name: table.copy() for name, table in self.judged.tables.items()}

    def __repr__(self) -> str:
        told = ", ".join(f"{number} {word}" for word, number in self.count.items() if number)
        return f"<StoredAssessment: {told}>"

    def _repr_html_(self) -> str:
        return verdict_table(self.judged.by_rule, repr(self)[1:-1])


def judged(fit: Fit, assessment: object) -> Judged | None:
    """Return what was given as an assessment, or refuse that of another fit."""
    if assessment is None:
        return None
    if not isinstance(assessment, Assessment | StoredAssessment):
        raise ArgumentTypeError(
            f"assessment is a {type(assessment).__name__}. Give the result of csi.assess(fit), or "
            "leave it out."
        )
    other = assessment.fit
    if other is not fit and apart(other, fit):
        raise OptionError(
            f"assessment belongs to another fit, {other!r}, that differs in {apart(other, fit)}. "
            f"Give csi.assess(fit) of the fit itself, {fit!r}."
        )
    return Judged.of(assessment)

"""An assessment: every diagnostic of a fit, and what the rules say of it."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from csi.assessment import verdicts
from csi.assessment.collecting import collected
from csi.assessment.diagnostics import Diagnostics
from csi.assessment.folds import MOST_REPEATS
from csi.assessment.inputs import check_boot, check_fit
from csi.assessment.shown import WIDEST, printed_row, verdict_table
from csi.assessment.verdicts import WORDS, Verdict, Word
from csi.core.checks import check_level
from csi.core.resample import check_seed
from csi.display import Summary
from csi.errors import OptionError
from csi.resampling.bootstrapping import FEWEST, MOST, check_number
from csi.resampling.bootstraps import Bootstrap
from csi.results import Fit, Table

if TYPE_CHECKING:
    pass


def assess(
    fit: Fit,
    boot: Bootstrap | None = None,
    *,
    n_boot: int = 2000,
    folds: int = 10,
    repeats: int = 10,
    level: float = 0.95,
    rng: int | np.random.Generator | None = None,
) -> Assessment:
    """Judge whether a fitted model may be believed.

    Looks at everything a reviewer asks for, judges it by the customary rules, and
    says what is wrong and what to do: admissibility, reliability, discriminant
    validity, collinearity, overall fit with its bootstrap test, prediction out of
    sample, curvature and endogeneity of paths. What cannot be computed says why
    and stops nothing.

    Parameters
    ----------
    fit : Fit
        The fit.
    boot : Bootstrap, optional
        Its bootstrap, for the intervals; otherwise one is made.
    n_boot : int
        Resamples of the bootstrap and of the exact-fit test; 0 for estimates
        without intervals and tests.
    folds, repeats : int
        Folds of the prediction out of sample, and how often they are dealt anew.
    level : float
        Confidence level, if no bootstrap is given.
    rng : int, numpy.random.Generator or None
        Seed of everything random.

    Returns
    -------
    Assessment
        Shows itself as one table of verdicts; its tables hold the rest.

    Raises
    ------
    ArgumentTypeError
        If it is no fit, or no bootstrap.
    OptionError
        If an option has no meaning, or the bootstrap belongs to another fit.

    References
    ----------
    Hair, J. F., Risher, J. J., Sarstedt, M. and Ringle, C. M. (2019). When to use
    and how to report the results of PLS-SEM. European Business Review 31(1), 2-24.
    doi:10.1108/EBR-11-2018-0203

    Benitez, J., Henseler, J., Castillo, A. and Schuberth, F. (2020). How to perform
    and report an impactful analysis using partial least squares. Information &
    Management 57(2), 103168. doi:10.1016/j.im.2019.05.003

    Examples
    --------
    >>> import csi
    >>> fit = csi.fit(csi.models.acsi(), csi.demo_survey())
    >>> assessment = csi.assess(fit, n_boot=200, rng=1)
    >>> assessment.table.columns[:3].to_list()
    ['area', 'criterion', 'about']
    >>> assessment.missed.columns.to_list()
    ['criterion', 'about', 'value', 'verdict', 'todo']
    """
    check_fit("assess", fit)
    check_boot(fit, boot)
    if not isinstance(boot, Bootstrap | None):
        raise OptionError(
            f"boot is a {type(boot).__name__}, and an assessment needs the resamples themselves. "
            "Give the result of csi.bootstrap(fit), or leave it out."
        )
    check_number("n_boot", n_boot, 0, MOST)
    if n_boot:
        check_number("n_boot", n_boot, FEWEST, MOST)
    check_number("folds", folds, 2)
    check_number("repeats", repeats, 1, MOST_REPEATS)
    level = check_level(level) if boot is None else boot.level
    return Assessment(fit, boot, n_boot, folds, repeats, level, check_seed(rng))


INADMISSIBLE = "Assessment of an inadmissible solution, to be mended first"
"""What is said before the counts where nothing below is to be relied on."""


@dataclass(frozen=True, eq=False, repr=False)
class Assessment(Diagnostics):
    """What every rule says of a fit, and the tables behind it.

    Tables are computed when they are first asked for. What cannot be computed is
    NaN with the reason beside it, or listed in ``not_computed``.

    Attributes
    ----------
    fit : Fit
        The fit.
    given : Bootstrap or None
        A bootstrap that was given.
    n_boot, folds, repeats : int
        Resamples; folds of the prediction, and how often they were dealt.
    level : float
        Confidence level.
    seed : int
        Seed of everything random.
    """

    @Table
    def table(self) -> pd.DataFrame:
        """One row for each rule: area, criterion, about, value, lower, upper, limit, rule, ...

        The value is the worst of those ``checked``; ``limit`` is what it is held
        against where a test sets that; ``source`` says who set the rule, ``todo``
        what to do, or why nothing was computed. Rows are labelled by the keys of the
        rules: ``assessment.table.loc["htmt", "verdict"]``.
        """
        keys = [summed.worst.rule.key for summed in verdicts.by_rule(self.judged)]
        return verdicts.table(self.judged).set_axis(keys)

    @Table
    def verdicts(self) -> pd.DataFrame:
        """One row for each number judged: area, criterion, about, value, ..., verdict, todo."""
        return verdicts.each(self.judged)

    @Table
    def missed(self) -> pd.DataFrame:
        """The rules that are failed or doubtful: criterion, about, value, verdict, todo."""
        table = self.table
        rows = table[table["verdict"].isin(["failed", "doubtful"])]
        return rows[["criterion", "about", "value", "verdict", "todo"]].reset_index(drop=True)

    @property
    def count(self) -> Mapping[Word, int]:
        """How many rules are failed, doubtful, not computed and passed."""
        told = self.table["verdict"]
        return {word: int((told == word).sum()) for word in WORDS}

    @cached_property
    def judged(self) -> tuple[Verdict, ...]:
        """Every verdict as a value."""
        return tuple(collected(self))

    def summary(self) -> Summary:
        """Return the verdicts as a summary that prints as text, at most 100 columns wide.

        For each rule it shows the worst number, what is needed, and the verdict; below
        the tables stands what to do, and why anything was not computed.
        """
        shown = pd.DataFrame([printed_row(each) for each in verdicts.by_rule(self.judged)])
        tables = [
            (str(area), _telling(rows.drop(columns="area")))
            for area, rows in shown.groupby("area", sort=False)
        ]
        table = self.table
        listed = pd.concat([self.missed, table[table["verdict"] == "not computed"]])
        notes = [
            textwrap.fill(f"{_told(rows)}{_joined(str(todo))}", 100, break_on_hyphens=False)
            for todo, rows in listed.groupby("todo", sort=False)
        ]
        return Summary(self._title, (), tuple(tables), tuple(notes), widths=WIDEST)

    @property
    def _title(self) -> str:
        told = ", ".join(f"{number} {word}" for word, number in self.count.items() if number)
        failed = (self.table["area"] == "Admissibility") & (self.table["verdict"] == "failed")
        return f"{INADMISSIBLE if failed.any() else 'Assessment'}: {told}"

    def __repr__(self) -> str:
        return f"<{self._title}>"

    def __str__(self) -> str:
        return str(self.summary())

    def _repr_html_(self) -> str:
        return verdict_table(verdicts.by_rule(self.judged), self._title)


def _telling(rows: pd.DataFrame) -> pd.DataFrame:
    """Leave out intervals where no rule of an area has one."""
    kept = rows if rows["interval"].any() else rows.drop(columns="interval")
    return kept.reset_index(drop=True)


def _joined(todo: str) -> str:
    """Join what to do, a sentence, or why there is no number, a part of one."""
    return f". {todo}" if todo.endswith(".") else f": {todo}."


def _told(rules: pd.DataFrame) -> str:
    """Return in words which rules were missed, by what."""
    return "; ".join(
        f"{row['criterion']} {row['verdict']}" + (f" ({row['about']})" if row["about"] else "")
        for row in rules.to_dict("records")
    )

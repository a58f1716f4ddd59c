"""What an audit of a printed table found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from csi.display import Summary
from csi.estimators.base import Estimator
from csi.published.audits.scoring import Bench, Scored
from csi.published.audits.settings import DIMENSIONS
from csi.published.audits.slips import slip
from csi.published.numerals import printed_as
from csi.results import Fit

FEW = 0.1
"""Share of numbers that may differ where the rest tells the settings."""

FEWEST = 10
"""Digits that must agree for each number called wrong: fewer are made to agree by chance."""

SLIPS = 2
"""Numbers that may differ in a short table, if so many digits agree."""

MOST_ROWS = 10
"""Settings shown in a summary."""


@dataclass(frozen=True, eq=False, repr=False)
class Audit:
    """Which settings reproduce a printed table, and which of its numbers none does.

    Attributes
    ----------
    bench : Bench
        The table, the model and the data.
    scored : tuple of Scored
        Every setting that was tried, the best first.
    input_decimals : int or None
        Decimals with which the correlations were printed, if they were.
    """

    bench: Bench
    scored: tuple[Scored, ...]
    input_decimals: int | None = None

    @property
    def best(self) -> Scored:
        """The setting that reproduces most, and of those the most usual."""
        return self.scored[0]

    @property
    def choices(self) -> dict[str, str]:
        """The best setting in words, by dimension."""
        return dict(self.best.setting.choices)

    @property
    def estimator(self) -> Estimator:
        """The estimator of the best setting, to be given to `csi.fit`."""
        return self.best.setting.estimator

    @cached_property
    def fit(self) -> Fit:
        """The fit with the best setting."""
        return self.bench.fit(self.best.setting)

    @property
    def readings(self) -> Mapping[str, str]:
        """How each quantity is read."""
        return self.best.readings

    @property
    def verdict(self) -> str:
        """``reproduced``, ``reproduced but for n numbers`` or ``not reproduced``."""
        total, agreeing = len(self.bench.table), self.best.agreeing
        if agreeing == total:
            return "reproduced"
        if self._nearly:
            left = total - agreeing
            return f"reproduced but for {left} number{'s' if left > 1 else ''}"
        return "not reproduced"

    @property
    def settings(self) -> pd.DataFrame:
        """Every setting tried, the best first: agreeing, of, mean_units_off, and its choices."""
        rows = [
            {
                "agreeing": scored.agreeing,
                "of": len(self.bench.table),
                "mean_units_off": np.nan if scored.failure else self.bench.off(scored),
                **{name: scored.setting.choices.get(name, "") for name in DIMENSIONS},
                "digits": scored.cut,
                "turned": ", ".join(scored.turned),
                "why_not": scored.failure,
            }
            for scored in self.scored
        ]
        table = pd.DataFrame(rows)
        return table.drop(columns=[name for name in DIMENSIONS if not any(table[name])])

    @property
    def undecided(self) -> pd.DataFrame:
        """What the table leaves open: dimension, named, equally_possible."""
        alike = [s for s in self.scored if s.agreeing == self.best.agreeing and not s.failure]
        rows = []
        for name in DIMENSIONS:
            named = self.best.setting.choices.get(name, "")
            others = dict.fromkeys(s.setting.choices.get(name, "") for s in alike)
            rest = [other for other in others if other and other != named]
            if rest:
                rows.append({"dimension": name, "named": named, "equally_possible": rest})
        return pd.DataFrame(rows, columns=["dimension", "named", "equally_possible"])

    @property
    def cells(self) -> pd.DataFrame:
        """One row per number: quantity, label, printed, ours, difference, agrees, slip, elsewhere.

        ``slip`` is the simple slip of the pen that explains a difference, with the
        number meant; ``elsewhere`` names what must change for a setting that reproduces
        the number, among those that agree with half as many numbers as the best.
        """
        rows = []
        for i, cell in enumerate(self.bench.table.cells):
            ours, agrees = float(self.best.ours[i]), bool(self.best.matched[i])
            rows.append(
                {
                    "quantity": cell.quantity,
                    "label": cell.label,
                    "printed": cell.printed.text,
                    "ours": ours,
                    "ours_printed": printed_as(ours, cell.printed.decimals, self.best.cut),
                    "difference": ours - cell.printed.value,
                    "agrees": agrees,
                    "slip": "" if agrees or not self._nearly else self._slip(i),
                    "elsewhere": "" if agrees else self._elsewhere(i),
                }
            )
        return pd.DataFrame(rows)

    @property
    def suspects(self) -> pd.DataFrame:
        """The numbers that the best setting does not reproduce, as in ``cells``."""
        cells = self.cells
        return cells[~cells["agrees"]].reset_index(drop=True)

    @property
    def never(self) -> pd.DataFrame:
        """The numbers that no setting near the table reproduces, as in ``cells``."""
        suspects = self.suspects
        return suspects[suspects["elsewhere"] == ""].reset_index(drop=True)

    @property
    def _nearly(self) -> bool:
        total = len(self.bench.table)
        alike = zip(self.bench.table.cells, self.best.matched, strict=True)
        digits = sum(cell.printed.digits for cell, agrees in alike if agrees)
        few = max(min(SLIPS, digits // FEWEST), FEW * total)
        return total - self.best.agreeing <= few and digits >= FEWEST

    def _slip(self, i: int) -> str:
        cell = self.bench.table.cells[i]
        others = {
            other.label: float(self.best.ours[j])
            for j, other in enumerate(self.bench.table.cells)
            if j != i and other.quantity == cell.quantity
        }
        return slip(cell.printed, float(self.best.ours[i]), others)

    def _elsewhere(self, i: int) -> str:
        """Name the setting nearest to the best that reproduces a number."""
        own = self.best.setting.choices
        near = self.best.agreeing / 2
        able = [s for s in self.scored if s.matched[i] and s.agreeing >= near]
        if not able:
            return ""
        nearest = max(able, key=lambda s: len(set(s.setting.choices.items()) & set(own.items())))
        other = [
            f"{name} {value}"
            for name, value in nearest.setting.choices.items()
            if own.get(name) != value
        ]
        return ", ".join(other) or "other reading or signs"

    def summary(self) -> Summary:
        """Return the verdict, the settings, what is left open, and suspect numbers."""
        tables: list[tuple[str, pd.DataFrame]] = []
        if len(self.suspects):
            shown = self.suspects.drop(columns=["ours", "agrees"])
            gaps = shown["difference"].map("{:+.2g}".format)
            tables.append(("Numbers that are not reproduced", shown.assign(difference=gaps)))
        if len(self.undecided):
            told = self.undecided["equally_possible"].map(_or)
            tables.append(
                ("What the table leaves open", self.undecided.assign(equally_possible=told))
            )
        tried = self.settings.head(MOST_ROWS).drop(columns="why_not")
        tables.append((f"The best of {len(self.scored):,} settings tried", _without_blanks(tried)))
        return Summary(
            "Audit of a printed table", self._facts, tuple(tables), self._notes, digits=2
        )

    @property
    def _facts(self) -> tuple[tuple[str, str], ...]:
        facts = [
            ("Verdict", self.verdict),
            ("Agree to every printed digit", f"{self.best.agreeing} of {len(self.bench.table)}"),
            *((name.capitalize(), value) for name, value in self.choices.items()),
        ]
        readings = (f"{name}: {way}" for name, way in self.readings.items())
        facts.append(("Read as", "; ".join(readings)))
        if self.best.cut == "truncated":
            facts.append(("Digits", "cut off, not rounded"))
        if self.best.turned:
            facts.append(("Signs turned round", ", ".join(self.best.turned)))
        return tuple(facts)

    @property
    def _notes(self) -> tuple[str, ...]:
        notes = []
        if self.input_decimals is not None:
            notes.append(
                f"The correlations were printed with {self.input_decimals} decimals; numbers agree "
                "if correlations that would be printed alike may give them."
            )
        if self.verdict == "not reproduced":
            notes.append(
                "No setting that was tried reproduces this table. Other data, another model, or a "
                "program that does something else are behind it."
            )
        elif len(self.never) and self._nearly:
            named = ", ".join(f"{c.quantity} of {c.label}" for c in self.never.itertuples())
            notes.append(f"No setting that comes near the table reproduces: {named}.")
        failed = sum(bool(scored.failure) for scored in self.scored)
        if failed:
            notes.append(
                f"{failed} settings could not be fitted; column why_not of settings says why."
            )
        return tuple(notes)

    def __repr__(self) -> str:
        told = ", ".join(f"{name} {value}" for name, value in self.choices.items())
        return f"<Audit: {self.verdict}; {told}>"

    def __str__(self) -> str:
        return str(self.summary())

    def _repr_html_(self) -> str:
        return self.summary().to_html()


def _or(values: Sequence[str]) -> str:
    return " or ".join(values)


def _without_blanks(table: pd.DataFrame) -> pd.DataFrame:
    empty = [name for name in table if not any(table[name].astype(str) != "")]
    return table.drop(columns=empty)

"""What comes of doing an analysis in every way: table, spread, and which choice matters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from csi.display import Summary, number
from csi.errors import listing
from csi.published.specified.choices import Specification
from csi.published.specified.one_number import OneNumber
from csi.results import Table, as_count

DIMENSIONS = ("model", "estimator", "scheme", "modes", "missing", "index_weights")
"""What there may be to choose, in the order of tables and pictures."""


@dataclass(frozen=True)
class Computed:
    """A specification and what came of it.

    Attributes
    ----------
    specification : Specification
        What was chosen.
    estimate, lower, upper : float
        The number and its limits; NaN where there are none.
    limits : str
        How the limits were found.
    n : float
        Respondents used; NaN where the model could not be estimated.
    converged, admissible : bool
        Whether the iteration settled, and whether the estimates may be believed.
    warned : tuple of str
        What was warned of, each once.
    why : str
        Why there is no number, or why it has no limits.
    """

    specification: Specification
    estimate: float = np.nan
    lower: float = np.nan
    upper: float = np.nan
    limits: str = "none"
    n: float = np.nan
    converged: bool = False
    admissible: bool = False
    warned: tuple[str, ...] = ()
    why: str = ""

    @property
    def failed(self) -> bool:
        """Whether there is no number."""
        return not np.isfinite(self.estimate)

    @property
    def row(self) -> dict[str, Any]:
        """Everything but the choices, by column."""
        chosen = self.specification
        return {
            "estimate": self.estimate,
            "lower": self.lower,
            "upper": self.upper,
            "limits": self.limits,
            "n": as_count(self.n),
            "converged": self.converged,
            "admissible": self.admissible,
            "warnings": len(self.warned),
            "warned": " | ".join(self.warned),
            "why": self.why,
            "family": chosen.family,
            "default": chosen.default,
        }


@dataclass(frozen=True, eq=False, repr=False)
class SpecificationCurve:
    """One number under every specification.

    Attributes
    ----------
    number : OneNumber
        What was asked for.
    computed : tuple of Computed
        Every specification, lowest estimate first, failed ones last.
    level : float
        Confidence level of the limits.
    n_boot : int
        Resamples of each specification; 0 where there are none.
    seed : int
        Where they were drawn from.
    left_out : tuple of str
        Estimators with rules for missing answers that they cannot do with.
    labels : mapping of str to str
        What the constructs are called in Chinese, where the model says so.
    """

    number: OneNumber
    computed: tuple[Computed, ...]
    level: float
    n_boot: int
    seed: int
    left_out: tuple[str, ...] = ()
    labels: Mapping[str, str] | None = None

    @property
    def dimensions(self) -> tuple[str, ...]:
        """What there was to choose, even if only one thing was chosen."""
        known = self.computed[0].specification.choices
        return tuple(name for name in DIMENSIONS if name in known)

    @Table
    def table(self) -> pd.DataFrame:
        """One row per specification, by estimate; failed ones last.

        Columns are the choices (estimator, scheme, modes, missing, and, where there is
        something to choose, model and index_weights), then estimate, lower, upper, limits
        (how they were found), n, converged, admissible, warnings (how many), warned (which),
        why (there is no number, or no limits), family and default.
        """
        rows = [
            {name: each.specification.choices[name] for name in self.dimensions} | each.row
            for each in self.computed
        ]
        return pd.DataFrame(rows)

    @cached_property
    def _estimates(self) -> Any:
        return np.array([each.estimate for each in self.computed if not each.failed])

    @property
    def median(self) -> float:
        """Median of the estimates."""
        return float(np.median(self._estimates))

    @property
    def range(self) -> tuple[float, float]:
        """Smallest and largest estimate."""
        return float(self._estimates.min()), float(self._estimates.max())

    @property
    def share_same_sign(self) -> float:
        """Share of the estimates that have the sign of their median."""
        return float((np.sign(self._estimates) == np.sign(self.median)).mean())

    @property
    def share_excluding_zero(self) -> float:
        """Share of the intervals that do not hold zero; NaN where there are none."""
        table = self.table.dropna(subset=["lower", "upper"])
        return float(((table["lower"] > 0) | (table["upper"] < 0)).mean())

    @property
    def failed(self) -> int:
        """Specifications without a number."""
        return len(self.computed) - len(self._estimates)

    @Table
    def by_choice(self) -> pd.DataFrame:
        """Estimates by each choice: dimension, choice, specifications, median, low, high.

        Two columns say how far the choice moves the number. ``moves`` is the range of the
        medians of its dimension, to which the company adds that a choice keeps (where only
        CBSEM can do with fiml, fiml seems to do what CBSEM does). ``alone`` is the median
        distance of two specifications that differ in this choice and in nothing else that
        both had to choose. Dimensions come in the order of the latter, the one that matters
        most first.
        """
        table = self.table.dropna(subset=["estimate"])
        names = [name for name in self.dimensions if table[name].nunique() > 1]
        parts = [_by_choice(table, name, self.dimensions) for name in names or ["estimator"]]
        whole = pd.concat(parts, ignore_index=True)
        return whole.sort_values("alone", ascending=False, kind="stable", ignore_index=True)

    def tables(self) -> dict[str, pd.DataFrame]:
        """Return all tables by name, for a workbook."""
        return {"Specifications": self.table, "By choice": self.by_choice}

    def summary(self) -> Summary:
        """Return what there is to say, as text."""
        low, high = self.range
        facts = [
            ("Number", f"{self.number}: {self.number.means}"),
            ("Specifications", f"{len(self.computed)}, {self.failed} of them failed"),
            ("Median", number(self.median)),
            ("Range", f"{number(low)} to {number(high)}"),
            ("Same sign", f"{self.share_same_sign:.0%} of the estimates"),
        ]
        if np.isfinite(self.share_excluding_zero) and self.number.kind != "index":
            told = f"{self.share_excluding_zero:.0%} of the intervals at {self.level:.0%}"
            facts.append(("Zero excluded", told))
        if self.n_boot:
            facts.append(("Resamples", f"{self.n_boot}, seed {self.seed}"))
        hidden = ["limits", "converged", "warned", "why", "family", "default"]
        tables = (
            ("By choice", self.by_choice),
            ("Specifications", self.table.drop(columns=hidden)),
        )
        return Summary("Specification curve", tuple(facts), tables, tuple(self._notes()))

    def _notes(self) -> list[str]:
        notes = [
            f"Failed: {' / '.join(filter(None, each.specification.choices.values()))}. {each.why}"
            for each in self.computed
            if each.failed
        ]
        doubtful = sum(not each.failed and not each.admissible for each in self.computed)
        if doubtful:
            notes.append(f"{doubtful} estimates are inadmissible; see the column warned.")
        bare = sum(not each.failed and np.isnan(each.lower) for each in self.computed)
        if bare:
            whys = dict.fromkeys(e.why for e in self.computed if not e.failed and e.why)
            notes.append(" ".join([f"{bare} estimates have no limits.", *whys]))
        if self.left_out:
            notes.append(f"Not combined, as it cannot be: {listing(self.left_out, 20)}.")
        return notes

    def plot(self, *, language: str = "en", ax: Any = None) -> Any:
        """Draw estimates and choices; see `csi.plot_specifications`."""
        from csi.plots.specifications import (  # noqa: PLC0415 - draws results, not made by it
            plot_specifications,
        )

        return plot_specifications(self, language=language, ax=ax)

    def __repr__(self) -> str:
        low, high = self.range
        failed = f", {self.failed} failed" if self.failed else ""
        return (
            f"<SpecificationCurve {self.number}: {len(self.computed)} specifications{failed}, "
            f"median {number(self.median)}, {number(low)} to {number(high)}>"
        )

    def __str__(self) -> str:
        return str(self.summary())

    def _repr_html_(self) -> str:
        return self.summary().to_html()


def _by_choice(table: pd.DataFrame, name: str, dimensions: Sequence[str]) -> pd.DataFrame:
    """Return one row per choice of a dimension, by their medians."""
    some = table[table[name] != ""]
    found = some.groupby(name, sort=False)["estimate"].agg(["size", "median", "min", "max"])
    found = found.sort_values("median", kind="stable").reset_index()
    found.columns = pd.Index(["choice", "specifications", "median", "low", "high"])
    found.insert(0, "dimension", name)
    moves = float(found["median"].max() - found["median"].min())
    return found.assign(moves=moves, alone=_alone(some, name, dimensions))


def _alone(table: pd.DataFrame, name: str, dimensions: Sequence[str]) -> float:
    """Return the median distance of pairs that differ in one choice only; 0 without any."""
    i, j = np.triu_indices(len(table), 1)
    alike = table[name].to_numpy()[i] != table[name].to_numpy()[j]
    for other in dimensions:
        if other != name:
            one, two = table[other].to_numpy()[i], table[other].to_numpy()[j]
            alike &= (one == two) | (one == "") | (two == "")
    estimates = table["estimate"].to_numpy()
    distances = np.abs(estimates[i] - estimates[j])[alike]
    return float(np.median(distances)) if len(distances) else 0.0

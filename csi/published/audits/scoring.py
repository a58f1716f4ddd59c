"""How well a setting reproduces a printed table."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product

import numpy as np
from numpy.typing import NDArray

from csi.core.moments import Moments
from csi.core.types import Array, Mask
from csi.declared import Missing
from csi.errors import CsiError, CsiWarning, DataError, Issue, did_you_mean, listing
from csi.fitting import fit_class
from csi.published.agreement import ROUNDING
from csi.published.audits.settings import Setting
from csi.published.numerals import Cut
from csi.published.quantities import Reading, quantity
from csi.published.tables import Cell, PrintedTable
from csi.results import Fit
from csi.spec import Model

CUTS: tuple[Cut, ...] = ("rounded", "truncated")

MOST_UNITS = 1e3
"""Units of the last digit beyond which a number is simply wrong."""

FEW_CONSTRUCTS = 10
"""Constructs up to which every way of turning them round is tried."""


@dataclass(frozen=True, slots=True, eq=False)
class Scored:
    """A setting and what it makes of a printed table of m numbers.

    Attributes
    ----------
    setting : Setting
        How the model was fitted.
    ours : (m,) array
        Our numbers, NaN where there is none.
    matched : (m,) mask
        Which of them would be printed as the table has them.
    readings : mapping of str to str
        How each quantity is read.
    cut : {"rounded", "truncated"}
        How numbers were shortened.
    turned : tuple of str
        Constructs whose signs are the other way round in print.
    failure : str
        Why the model could not be fitted; empty if it could.
    """

    setting: Setting
    ours: Array
    matched: Mask
    readings: Mapping[str, str] = field(default_factory=dict)
    cut: Cut = "rounded"
    turned: tuple[str, ...] = ()
    failure: str = ""

    @property
    def agreeing(self) -> int:
        """Numbers that agree to every printed digit."""
        return int(self.matched.sum())


@dataclass(frozen=True, slots=True, eq=False)
class Bench:
    """A printed table, and the model and data to try settings on.

    Attributes
    ----------
    table : PrintedTable
        What was printed.
    model : Model
        What was believed.
    moments : callable
        Moments of the answers, by rule for missing ones and whether weights are heeded.
    scale : (p, 2) array
        Ends of the items, NaN where not known.
    slack : (m,) array
        What printed input leaves open of each number, beside its own rounding.
    """

    table: PrintedTable
    model: Model
    moments: Callable[[Missing | None, bool], Moments]
    scale: Array
    slack: Array

    def fit(self, setting: Setting) -> Fit:
        """Fit a setting; what is inadmissible is fitted all the same."""
        moments = self.moments(setting.missing, setting.weighted)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", CsiWarning)
            estimates = setting.estimator.estimate(self.model, moments)
        return fit_class(estimates)(
            self.model, moments.select(self.model.indicators), setting.estimator, estimates, None,
            self.scale,
        )  # fmt: skip

    def score(self, setting: Setting) -> Scored:
        """Put a setting to the test."""
        try:
            found = self.fit(setting)
        except CsiError as error:
            nothing = np.full(len(self.table), np.nan)
            return Scored(setting, nothing, np.zeros(len(nothing), dtype=bool), failure=str(error))
        ways = {name: self._ways(found, name) for name in self.table.quantities}
        read = [self._read(setting, ways, cut) for cut in CUTS]
        return max(read, key=lambda scored: scored.agreeing)

    def _ways(self, found: Fit, name: str) -> list[tuple[str, Array]]:
        """Return our numbers of a quantity by every reading of it."""
        cells = [cell for cell in self.table.cells if cell.quantity == name]
        return [
            (reading.name, numbers_of(found, reading, cells)) for reading in quantity(name).readings
        ]

    def _read(
        self, setting: Setting, ways: Mapping[str, list[tuple[str, Array]]], cut: Cut
    ) -> Scored:
        """Take for every quantity the first reading that agrees best, whatever the signs."""
        ours, readings = np.full(len(self.table), np.nan), {}
        for name, tried in ways.items():
            at = self.places(name)
            best = max(tried, key=lambda way: self._matches(at, way[1], cut).sum())
            readings[name], ours[at] = best
        matched = self._matches(np.arange(len(ours)), ours, cut)
        return Scored(setting, ours, matched, readings, cut)

    def places(self, name: str) -> NDArray[np.intp]:
        """Where the numbers of a quantity stand in the table."""
        return np.array([i for i, c in enumerate(self.table.cells) if c.quantity == name])

    def off(self, scored: Scored) -> float:
        """Mean difference in units of the last digit, whatever the signs."""
        return float(self.units_off(np.arange(len(self.table)), scored.ours).mean())

    def units_off(self, at: NDArray[np.intp], ours: Array) -> Array:
        """Differences in units of the last digit, whatever the signs."""
        cells = [self.table.cells[i].printed for i in at]
        gaps = np.abs(np.abs(ours) - np.abs([cell.value for cell in cells]))
        units: Array = np.minimum(gaps / np.array([cell.unit for cell in cells]), MOST_UNITS)
        return np.where(np.isfinite(units), units, MOST_UNITS)

    def _matches(self, at: NDArray[np.intp], ours: Array, cut: Cut) -> Mask:
        """Say which numbers would be printed so, whatever the signs."""
        cells = [self.table.cells[i].printed for i in at]
        unit = np.array([cell.unit for cell in cells])
        above = np.abs(ours) - np.abs([cell.value for cell in cells])
        slack = self.slack[at] + ROUNDING * unit
        low, high = (-0.5, 0.5) if cut == "rounded" else (0.0, 1.0)
        with np.errstate(invalid="ignore"):
            within: Mask = (above >= low * unit - slack) & (above <= high * unit + slack)
        return within

    def with_signs(self, scored: Scored) -> Scored:
        """Turn constructs round where that makes the signs agree, and heed signs."""
        printed = np.array([cell.printed.value for cell in self.table.cells])
        near_zero = np.abs(printed) < np.array([c.printed.unit for c in self.table.cells]) / 2
        with np.errstate(invalid="ignore"):
            agree = np.where(near_zero, 0.0, np.sign(scored.ours) * np.sign(printed))
        ends = [_constructs_of(cell, self.model) for cell in self.table.cells]
        turned = _turned(agree, ends, self.model.names, scored.matched)
        factor = np.array([(-1) ** sum(name in turned for name in own) for own in ends])
        ours = scored.ours * factor
        right = (np.sign(ours) * np.sign(printed) >= 0) | near_zero
        return Scored(
            scored.setting, ours, scored.matched & right, scored.readings, scored.cut, turned
        )


def numbers_of(found: Fit, reading: Reading, cells: Sequence[Cell]) -> Array:
    """Return our numbers for printed cells, NaN where a fit has none."""
    try:
        values = reading.values(found)
    except CsiError:
        return np.full(len(cells), np.nan)
    return np.array([values.get(cell.label, np.nan) for cell in cells])


def check_labels(table: PrintedTable, found: Sequence[Fit]) -> None:
    """Refuse printed numbers of something that no reading of any fit has, all of them at once."""
    issues = []
    for name in table.quantities:
        known, lacking = _labels(name, found)
        labels = [cell.label for cell in table.cells if cell.quantity == name]
        for label in labels:
            if label not in known:
                text = f"The printed table has {name} of {label!r}, which the model does not. "
                text += f"It has {listing(sorted(known), 4) or 'none'}."
                text += (
                    did_you_mean(label, known) or (not known and lacking and f" {lacking}") or ""
                )
                issues.append(Issue("unknown-label", None, (), text))
    if issues:
        raise DataError(issues)


def _labels(name: str, found: Sequence[Fit]) -> tuple[set[str], str]:
    """Return everything that some reading of a quantity has a number of, and what another lacks."""
    known: set[str] = set()
    lacking = ""
    for fit in found:
        for reading in quantity(name).readings:
            try:
                known |= reading.values(fit).keys()
            except CsiError as problem:
                lacking = lacking or str(problem)
    return known, lacking


def _constructs_of(cell: Cell, model: Model) -> tuple[str, ...]:
    """Return the constructs whose direction the sign of a number depends on."""
    shape = quantity(cell.quantity).shape
    if shape == "route" and cell.quantity not in ("f2", "vif"):
        return tuple(cell.label.split(" -> "))
    if cell.quantity == "construct_corr":
        return tuple(cell.label.split(" ~ "))
    if shape == "item":
        return tuple(c.name for c in model.constructs if cell.label in c.indicators)[:1]
    return ()


def _turned(
    agree: Array, ends: Sequence[tuple[str, ...]], names: Sequence[str], matched: Mask
) -> tuple[str, ...]:
    """Return the fewest constructs to turn round so that most signs agree."""
    free = [name for name in names if any(name in own for own in ends)]
    if not (agree[matched] < 0).any():
        return ()
    membership = np.array([[name in own for name in free] for own in ends])
    if len(free) <= FEW_CONSTRUCTS:
        ways = np.array(sorted(product((0, 1), repeat=len(free)), key=sum))
    else:
        ways = np.vstack([np.zeros(len(free), dtype=int), np.eye(len(free), dtype=int)])
    signs = (-1.0) ** (membership.astype(int) @ ways.T)
    right = ((signs * agree[:, None] >= 0) & matched[:, None]).sum(axis=0)
    best = ways[int(np.argmax(right))]
    return tuple(name for name, turn in zip(free, best, strict=True) if turn)

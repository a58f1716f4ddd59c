"""A population in the user's words, checked and turned into arrays.

Paths are stated by name, everything else for all items at once, by construct
or by indicator, in points from 0 to 100; see `csi.simulation.simulate`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from csi.core import simulate as core
from csi.core.simulate import Distribution, Population
from csi.core.types import Array, Mask
from csi.errors import ArgumentTypeError, OptionError, did_you_mean, listing
from csi.spec import Model

AnswerKind = Literal["integer", "continuous"]

SETTINGS = ("paths", "loadings", "means", "sds", "missing")
"""What is stated of a population, and what groups can differ in."""

SHARE_OF_ONES = 15.0
"""Per cent who answer 1 to a 0/1 item, such as whether one has complained."""

MOST_GRADES = 1_001
"""Whole numbers on the longest scale that answers are rounded to."""

SMALLEST_SD = 0.1
"""Points of the 0-100 scale below which a beta distribution cannot be computed well."""

_SIGNS = {"+": 1.0, "-": -1.0, "?": 0.0}


@dataclass(frozen=True, slots=True)
class Form:
    """How indicators become answers.

    Attributes
    ----------
    distribution : {"beta", "normal"}
        Shape of the answers.
    answers : {"integer", "continuous"}
        Whether they are rounded.
    together : float
        How far missing answers come from the same respondents, 0 to 1.
    codes : tuple of float
        Codes of missing answers; NaN when there are none.
    """

    distribution: Distribution
    answers: AnswerKind
    together: float
    codes: tuple[float, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Grid:
    """The scales of p items.

    Attributes
    ----------
    low, high : (p,) arrays
        Ends.
    reversed : (p,) mask
        Items scored the other way round.
    binary : (p,) mask
        Items with two possible answers.
    alone : (p,) mask
        Items that are the only one of their construct.
    """

    low: Array
    high: Array
    reversed: Mask
    binary: Mask
    alone: Mask


@dataclass(frozen=True, slots=True, eq=False)
class Stated:
    """A population as the user puts it.

    Attributes
    ----------
    paths : mapping of (str, str) to float
        Coefficients that were stated, by source and target.
    loadings, means, sds, missing : (p,) arrays
        Values of the items; means and sds in points from 0 to 100.
    """

    paths: Mapping[tuple[str, str], float]
    loadings: Array
    means: Array
    sds: Array
    missing: Array

    @classmethod
    def default(cls, grid: Grid) -> Stated:
        """Return what holds unless something else is stated."""
        p = len(grid.low)
        return cls(
            paths={},
            loadings=np.where(grid.alone, 1.0, 0.8),
            means=np.where(grid.binary, SHARE_OF_ONES, 75.0),
            sds=np.full(p, 20.0),
            missing=np.zeros(p),
        )

    def updated(self, model: Model, grid: Grid, settings: Mapping[str, Any]) -> Stated:
        """Return it with some settings in the place of what was stated."""
        none = np.zeros(len(grid.low), dtype=bool)
        exempt = {"loadings": grid.alone, "means": grid.binary, "sds": none, "missing": none}
        values = {
            name: _per_item(model, settings.get(name), getattr(self, name), spared, name)
            for name, spared in exempt.items()
        }
        return Stated({**self.paths, **_named_paths(model, settings.get("paths"))}, **values)

    def population(self, model: Model, grid: Grid, form: Form) -> Population:
        """Check that such a population can exist, and return it in arrays."""
        columns = model.indicators
        _check_range("loadings", columns, self.loadings, np.abs(self.loadings) <= 1, "from -1 to 1")
        inside = (self.means > 0) & (self.means < 100)
        _check_range("means", columns, self.means, inside, "between 0 and 100")
        _check_range("sds", columns, self.sds, self.sds >= SMALLEST_SD, f"{SMALLEST_SD} or more")
        share = (self.missing >= 0) & (self.missing < 1)
        _check_range("missing", columns, self.missing, share, "from 0 to below 1")
        if form.distribution == "beta":
            _check_spread(columns, self.means, self.sds, grid.binary)
        B = _coefficients(model, self.paths)
        L = np.where(model.blocks, self.loadings[:, None], 0.0)
        return Population(B, L, self.means / 100, self.sds / 100, self.missing)


def read_grid(model: Model, form: Form) -> Grid:
    """Read the scales of the items and refuse what answers cannot be drawn for."""
    _check_measured(model)
    items = [model.item(name) for name in model.indicators]
    unknown = [item.name for item in items if item.scale is None]
    if unknown:
        raise OptionError(
            f"No scale is known of {listing(unknown)}. Give the model one: "
            "csi.model(..., scale=(1, 10))."
        )
    low, high = np.array([item.scale for item in items], dtype=np.float64).T
    if form.answers == "integer":
        _check_grades(model.indicators, low, high)
    _check_codes(form.codes, model.indicators, low, high)
    alone = (model.blocks & (model.blocks.sum(axis=0) == 1)).any(axis=1)
    binary = (high - low == 1) & (form.answers == "integer")
    return Grid(low, high, np.array([item.direction == "-" for item in items]), binary, alone)


def _coefficients(model: Model, paths: Mapping[tuple[str, str], float]) -> Array:
    """Return (k, k) coefficients, stated or by default, and refuse R2 above one."""
    B, signs = np.zeros(model.design.shape), np.zeros(model.design.shape)
    free = np.ones(len(model.names), dtype=bool)
    for path in model.paths:
        at = model.names.index(path.source), model.names.index(path.target)
        signs[at] = _SIGNS[path.expected_sign]
        if (path.source, path.target) in paths:
            B[at] = paths[path.source, path.target]
            free[at[1]] = False
    _check_all_stated(model, paths, free)
    with np.errstate(over="ignore", invalid="ignore"):
        filled = core.fill_paths(B, signs, free)
        left = core.residual_variance(filled)
    impossible = [j for j in core.causal_order(model.design) if not left[j] >= 0]
    if impossible:
        j = impossible[0]
        raise OptionError(
            f"The paths to {model.names[j]} imply R2 = {1 - left[j]:.4g}, above 1: no standardised "
            "construct can be explained so well. Make these paths smaller."
        )
    return filled


def _named_paths(model: Model, paths: object) -> dict[tuple[str, str], float]:
    if paths is None:
        return {}
    if not isinstance(paths, Mapping):
        raise ArgumentTypeError(
            f"paths is {paths!r}. Give a mapping such as {{('Satisfaction', 'Loyalty'): 0.6}}."
        )
    known = {str(path): (path.source, path.target) for path in model.paths}
    found: dict[tuple[str, str], float] = {}
    for key, value in paths.items():
        ends = key if isinstance(key, tuple) else [end.strip() for end in str(key).split("->")]
        name = " -> ".join(map(str, ends))
        if name not in known:
            raise OptionError(
                f"paths names {name!r}, which the model lacks. Its paths: "
                f"{listing(known, 30)}.{did_you_mean(name, known)}"
            )
        if known[name] in found:
            raise OptionError(f"paths states {name!r} twice. Keep one of them.")
        found[known[name]] = number(value, f"paths, {name}")
    return found


def _per_item(model: Model, given: object, before: Array, exempt: Mask, what: str) -> Array:
    """Replace values: a number all but the exempt, a mapping those it names."""
    if given is None:
        return before
    if not isinstance(given, Mapping):
        return np.where(exempt, before, number(given, what))
    known = (*model.names, *model.indicators)
    for name in given:
        if name not in known:
            raise OptionError(
                f"{what} names {name!r}, which is no construct or indicator of the model. "
                f"Constructs: {', '.join(model.names)}.{did_you_mean(str(name), known)}"
            )
    values = before.copy()
    for name in sorted(given, key=lambda name: name in model.indicators):
        inside = model.blocks[:, model.names.index(name)] if name in model.names else None
        at = np.array([i == name for i in model.indicators]) if inside is None else inside
        values[at] = number(given[name], f"{what}, {name}")
    return values


def number(value: object, what: str) -> float:
    """Return a finite number, or refuse the argument ``what``."""
    if isinstance(value, bool) or not isinstance(value, int | float | np.number):
        raise ArgumentTypeError(f"{what}: {value!r} is not a number. Give a number.")
    if not np.isfinite(value):
        raise OptionError(f"{what}: {value!r} is not finite. Give an ordinary number.")
    return float(value)


def _check_measured(model: Model) -> None:
    for construct in model.constructs:
        if construct.kind == "composite" or construct.higher_order:
            kind = "higher-order" if construct.higher_order else "composite"
            raise OptionError(
                f"{construct.name} is a {kind} construct. Only reflective and single-item "
                "constructs can be simulated; state it as reflective(), or leave it out."
            )
    shared = [
        name for name, row in zip(model.indicators, model.blocks, strict=True) if row.sum() > 1
    ]
    if shared:
        raise OptionError(
            f"{shared[0]} measures more than one construct. Simulated indicators measure one "
            "each; give every construct its own."
        )


def _check_grades(columns: tuple[str, ...], low: Array, high: Array) -> None:
    whole = (low == low.round()) & (high == high.round()) & (high - low < MOST_GRADES)
    if not whole.all():
        i = int(np.flatnonzero(~whole)[0])
        raise OptionError(
            f"{columns[i]} is answered from {low[i]:g} to {high[i]:g}, which is no scale of at "
            f"most {MOST_GRADES:,} whole numbers. Use answers='continuous'."
        )


def _check_codes(
    codes: tuple[float, ...], columns: tuple[str, ...], low: Array, high: Array
) -> None:
    for code in codes:
        hit = np.flatnonzero((low <= code) & (code <= high))
        if len(hit):
            i = int(hit[0])
            raise OptionError(
                f"missing_code {code:g} is an answer of {columns[i]}, whose scale is {low[i]:g} "
                f"to {high[i]:g}. Choose a code off every scale, such as 98."
            )


def _check_range(
    what: str, columns: tuple[str, ...], values: Array, right: Mask, allowed: str
) -> None:
    wrong = np.flatnonzero(~right)
    if len(wrong):
        i = int(wrong[0])
        raise OptionError(f"{what} of {columns[i]} is {values[i]:g}. It must be {allowed}.")


def _check_spread(columns: tuple[str, ...], means: Array, sds: Array, binary: Mask) -> None:
    most = np.sqrt(means * (100 - means))
    wrong = np.flatnonzero((sds >= most) & ~binary)
    if len(wrong):
        i = int(wrong[0])
        raise OptionError(
            f"{columns[i]} cannot have mean {means[i]:g} and standard deviation {sds[i]:g}: on "
            f"0-100 with that mean it stays below {most[i]:.4g}. Make sds smaller."
        )


def _check_all_stated(model: Model, paths: Mapping[tuple[str, str], float], free: Mask) -> None:
    for j, target in enumerate(model.names):
        left_out = [
            str(path) for path in model.paths
            if path.target == target and (path.source, path.target) not in paths
        ]  # fmt: skip
        if left_out and not free[j]:
            raise OptionError(
                f"paths states some effects on {target}, but not {listing(left_out)}. State all "
                "of them; 0 is no effect."
            )

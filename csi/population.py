"""A population in the user's words, checked and turned into arrays.

Paths are stated by name, everything else for all items at once, by construct
or by indicator, in points from 0 to 100; see `csi.simulation.simulate`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from csi.core import simulate as core
from csi.core.simulate import Distribution, Population
from csi.core.types import Array, Mask
from csi.curved_population import CurvedPopulation, settle, with_reliability
from csi.errors import OptionError, listing
from csi.spec import Model
from csi.stated_curves import Function, StatedCurve
from csi.stated_values import (
    named_curves,
    named_items,
    named_paths,
    per_item,
    stated_noise,
    stated_reliability,
)

AnswerKind = Literal["integer", "continuous"]

SETTINGS = (
    "paths", "loadings", "means", "sds", "missing", "curves", "noise", "reliability",
)  # fmt: skip
"""What is stated of a population, and what groups can differ in."""

SHARE_OF_ONES = 15.0
"""Per cent who answer 1 to a 0/1 item, such as whether one has complained."""

MOST_GRADES = 1_001
"""Whole numbers on the longest scale that answers are rounded to."""

SMALLEST_SD = 0.1
"""Points of the 0-100 scale below which a beta distribution cannot be computed well."""

NOISE = 15.0
"""Points by which true scores scatter round a curve, unless something else is stated."""

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
    clip : bool
        Whether curves that leave 0 to 100 are cut off there, not refused.
    """

    distribution: Distribution
    answers: AnswerKind
    together: float
    codes: tuple[float, ...]
    clip: bool = False


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
    curves : mapping of (str, str) to callable
        Curves that were stated, by cause and effect.
    noise : (k,) array
        Scatter round the curve that leads to each construct, in points.
    reliability : (k,) array
        Of the mean answers to each construct; NaN where loadings are stated.
    shaped : (p,) mask
        Items whose own means or sds were stated by name.
    """

    paths: Mapping[tuple[str, str], float]
    loadings: Array
    means: Array
    sds: Array
    missing: Array
    curves: Mapping[tuple[str, str], Function]
    noise: Array
    reliability: Array
    shaped: Mask

    @classmethod
    def default(cls, model: Model, grid: Grid) -> Stated:
        """Return what holds unless something else is stated."""
        p, k = model.blocks.shape
        return cls(
            paths={},
            loadings=np.where(grid.alone, 1.0, 0.8),
            means=np.where(grid.binary, SHARE_OF_ONES, 75.0),
            sds=np.full(p, 20.0),
            missing=np.zeros(p),
            curves={},
            noise=np.full(k, NOISE),
            reliability=np.full(k, np.nan),
            shaped=np.zeros(p, dtype=bool),
        )

    def updated(self, model: Model, grid: Grid, form: Form, settings: Mapping[str, Any]) -> Stated:
        """Return it with some settings in the place of what was stated."""
        none = np.zeros(len(grid.low), dtype=bool)
        exempt = {"loadings": grid.alone, "means": grid.binary, "sds": none, "missing": none}
        values = {
            name: per_item(model, settings.get(name), getattr(self, name), spared, name)
            for name, spared in exempt.items()
        }
        curves = {**self.curves, **named_curves(model, settings.get("curves"), form.clip)}
        shaped = [named_items(model, settings.get(name)) for name in ("means", "sds")]
        return Stated(
            {**self.paths, **named_paths(model, settings.get("paths"))},
            **values,
            curves=curves,
            noise=stated_noise(model, settings.get("noise"), self.noise, curves),
            reliability=stated_reliability(model, grid.alone, settings, self.reliability),
            shaped=self.shaped | shaped[0] | shaped[1],
        )

    def population(self, model: Model, grid: Grid, form: Form) -> Population | CurvedPopulation:
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
        curves = _checked_curves(model, self, form.clip)
        effects = [curve.effect for curve in curves]
        B, signs, free = _stated_coefficients(model, self.paths, effects)
        L = np.where(model.blocks, self.loadings[:, None], 0.0)
        linear = Population(B, L, self.means / 100, self.sds / 100, self.missing)
        levels = np.zeros(len(columns), dtype=np.int64)
        if form.answers == "integer":
            levels = (grid.high - grid.low).astype(np.int64) + 1
        order = tuple(core.causal_order(model.design))
        plain = CurvedPopulation(linear, model.blocks, levels, form.distribution, order, {})
        reliable = with_reliability(plain, self.reliability, effects)
        if curves:
            bent = settle(model, reliable, curves, free, signs, self.reliability)
            _check_explained(model, bent.linear.B, effects)
            return bent
        filled = _filled(B, signs, free)
        _check_explained(model, filled, [])
        return replace(reliable.linear, B=filled)


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


def _stated_coefficients(
    model: Model, paths: Mapping[tuple[str, str], float], effects: list[int]
) -> tuple[Array, Array, Mask]:
    """Return (k, k) stated coefficients and expected signs, and whose paths are not stated."""
    B, signs = np.zeros(model.design.shape), np.zeros(model.design.shape)
    free = np.ones(len(model.names), dtype=bool)
    free[effects] = False
    for path in model.paths:
        at = model.names.index(path.source), model.names.index(path.target)
        if at[1] in effects:
            continue
        signs[at] = _SIGNS[path.expected_sign]
        if (path.source, path.target) in paths:
            B[at] = paths[path.source, path.target]
            free[at[1]] = False
    _check_all_stated(model, paths, free | np.isin(np.arange(len(free)), effects))
    return B, signs, free


def _filled(B: Array, signs: Array, free: Mask) -> Array:
    with np.errstate(over="ignore", invalid="ignore"):
        return core.fill_paths(B, signs, free)


def _check_explained(model: Model, B: Array, effects: list[int]) -> None:
    """Refuse R2 above one."""
    with np.errstate(over="ignore", invalid="ignore"):
        left = core.residual_variance(B)
    order = [j for j in core.causal_order(model.design) if j not in effects]
    impossible = [j for j in order if not left[j] >= 0]
    if impossible:
        j = impossible[0]
        raise OptionError(
            f"The paths to {model.names[j]} imply R2 = {1 - left[j]:.4g}, above 1: no standardised "
            "construct can be explained so well. Make these paths smaller."
        )


def _checked_curves(model: Model, stated: Stated, clip: bool) -> list[StatedCurve]:
    """Return the curves by places, and refuse what contradicts them."""
    found: dict[str, StatedCurve] = {}
    for (cause, effect), function in stated.curves.items():
        at, block = model.names.index(effect), model.blocks[:, model.names.index(effect)]
        if effect in found:
            raise OptionError(
                f"Two curves lead to {effect}. State one; other causes add by paths, in points "
                "per point."
            )
        if (cause, effect) in stated.paths:
            raise OptionError(
                f"Both a curve and a path are stated of {cause} -> {effect}. Keep one of them."
            )
        if (stated.shaped & block).any():
            raise OptionError(
                f"means or sds are stated of {effect}, but follow from the curve that leads to "
                "it. Leave them out, or change the curve and noise."
            )
        if (stated.loadings[block] <= 0).any():
            raise OptionError(
                f"A loading of {effect}, to which a curve leads, is not above 0. Raise it."
            )
        slopes = np.array([stated.paths.get((other, effect), 0.0) for other in model.names])
        place = model.names.index(cause)
        found[effect] = StatedCurve(place, at, function, slopes, float(stated.noise[at]), clip)
    return list(found.values())


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

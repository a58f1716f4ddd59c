"""What a printed number may be a value of.

A quantity has labels, such as ``Image -> Loyalty`` for a path, and readings: ways
of computing it that go by the same name in print. The first reading is ours.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Literal, get_args

from csi.core.index import Convention
from csi.errors import DataError, OptionError, did_you_mean, listing
from csi.published import readings as read
from csi.published.readings import Values, parameter_label
from csi.results import Fit

Ways = dict[str, Callable[[Fit], Values]]
Shape = Literal["route", "pair", "item", "construct", "parameter", "measure"]

EXAMPLES: dict[Shape, str] = {
    "route": "Satisfaction -> Loyalty",
    "pair": "Satisfaction ~ Loyalty",
    "item": "CUSA1",
    "construct": "Satisfaction",
    "parameter": "Loyalty ~ Satisfaction",
    "measure": "rmsea",
}
ALIASES = {
    "path coefficient": "path", "beta": "path", "coefficient": "path", "direct effect": "path",
    "total effect": "total", "indirect effect": "indirect", "outer weight": "weight",
    "outer loading": "loading", "factor loading": "loading", "r square": "r2", "r squared": "r2",
    "adjusted r2": "r2_adjusted", "adjusted r square": "r2_adjusted",
    "cronbach's alpha": "alpha", "cronbach alpha": "alpha", "composite reliability": "rho_c",
    "rhoa": "rho_a", "rho a": "rho_a", "rhoc": "rho_c", "rho c": "rho_c",
    "average variance extracted": "ave", "latent variable correlation": "construct_corr",
    "construct correlation": "construct_corr", "index score": "index", "f square": "f2",
    "fit measure": "measure",
    "路径系数": "path", "总效应": "total", "间接效应": "indirect", "外部权重": "weight",
    "权重": "weight", "载荷": "loading", "因子载荷": "loading", "外部载荷": "loading",
    "决定系数": "r2", "指数": "index",
    "组合信度": "rho_c", "平均方差提取量": "ave", "潜变量相关": "construct_corr",
}  # fmt: skip
"""Names that papers give to quantities, small and in the singular."""

LONGEST = 1000
"""Letters beyond which a label is none."""

_BETWEEN: dict[Shape, str] = {
    "route": r"\s*(?:-+>|=+>|→|⟶|⇒|➔)\s*",
    "pair": r"\s*(?:<-+>|↔|~~?|,|，|、|&|\bwith\b)\s*",
    "parameter": r"\s*(=~|~~|<~|~1|~)\s*",
}


@dataclass(frozen=True, slots=True)
class Reading:
    """One way of computing a quantity: its name in words, and a function of a fit."""

    name: str
    values: Callable[[Fit], Values]


@dataclass(frozen=True, slots=True)
class Quantity:
    """Something that papers print.

    Attributes
    ----------
    name : str
        What it is called in tables of csi.
    shape : {"route", "pair", "item", "construct", "parameter", "measure"}
        What its labels are about.
    readings : tuple of Reading
        Ways of computing it, ours first.
    """

    name: str
    shape: Shape
    readings: tuple[Reading, ...]

    def reading(self, name: str) -> Reading:
        """Return a reading by its name."""
        known = {reading.name: reading for reading in self.readings}
        if name not in known:
            raise OptionError(
                f"{self.name} has no reading {name!r}. Known: {', '.join(known)}."
                + did_you_mean(name, known)
            )
        return known[name]

    def label(self, given: str) -> str:
        """Read a label as users write it, and write it as csi does."""
        if len(given) > LONGEST:
            raise DataError(
                f"A label of {len(given):,} letters is none of {self.name}. Shorten it."
            )
        plain = " ".join(given.split())
        if self.shape not in _BETWEEN:
            return plain
        parts = [part.strip() for part in re.split(_BETWEEN[self.shape], plain)]
        if self.shape == "route" and len(parts) == 1:
            parts = [part.strip() for part in plain.split("~")][::-1]
        if len(parts) != (3 if self.shape == "parameter" else 2) or not parts[0]:
            raise DataError(
                f"{given!r} is no label of {self.name}. Write it as {EXAMPLES[self.shape]!r}."
            )
        if self.shape == "parameter":
            return parameter_label(*parts)
        return " -> ".join(parts) if self.shape == "route" else " ~ ".join(sorted(parts))


def quantity(name: object) -> Quantity:
    """Return a quantity by its name, or by one that papers give it."""
    plain = _plain(name) if isinstance(name, str) else ""
    known = ALIASES.get(plain, plain)
    if known not in QUANTITIES:
        raise OptionError(
            f"There is no quantity {name!r}. Known: {listing(QUANTITIES, len(QUANTITIES))}."
            + did_you_mean(str(name), QUANTITIES)
        )
    return QUANTITIES[known]


def _plain(name: str) -> str:
    """Write a name small, in the singular, without hyphens and blanks at its ends."""
    folded = name.strip().casefold().replace("²", "2").replace("’", "'")
    spaced = " ".join(folded.replace("-", " ").split())
    return folded if folded in QUANTITIES else spaced.removesuffix("s")


def _known() -> Iterator[tuple[str, Shape, Ways]]:
    """Yield every quantity with its readings, ours first."""
    direct: Ways = {"direct effect, standardised": read.paths}
    total: Ways = {"total effect, standardised": read.totals}
    point: Ways = {"total effect, points on 0-100 per point": read.points}
    adjusted: Ways = {"adjusted R2": read.explained_adjusted}
    rho_c: Ways = {"from loadings on the composite": partial(read.criterion, name="rho_c")}
    yield "path", "route", direct | total | point
    yield "total", "route", total | point
    yield "indirect", "route", {"standardised": read.indirect}
    yield (
        "weight",
        "item",
        {
            "of standardised items": read.weights,
            "of items in their own units": read.raw_weights,
            "of items in their own units, variances with n": read.population_weights,
            "of standardised items, summing to one": read.shares,
            "of items in their own units, summing to one": read.raw_shares,
        },
    )
    yield (
        "raw_weight",
        "item",
        {
            "variances with n": read.population_weights,
            "variances with n - 1": read.raw_weights,
        },
    )
    yield (
        "loading",
        "item",
        {
            "on the construct": read.loadings,
            "correlation with the composite": read.composite_loadings,
        },
    )
    yield "r2", "construct", {"R2": read.explained, **adjusted}
    yield "r2_adjusted", "construct", {**adjusted, "R2": read.explained}
    yield (
        "construct_corr",
        "pair",
        {
            "of the constructs": read.correlations,
            "of the composites": read.composite_correlations,
        },
    )
    yield "index", "construct", dict(_indices())
    yield (
        "alpha",
        "construct",
        {
            "of standardised items": partial(read.criterion, name="alpha"),
            "of the answers as they are": partial(read.criterion, name="alpha_raw"),
        },
    )
    yield "rho_a", "construct", {"Dijkstra and Henseler": partial(read.criterion, name="rho_a")}
    yield "rho_c", "construct", {**rho_c, "from the first principal component": read.principal_rho}
    yield "ave", "construct", {"mean squared loading": partial(read.criterion, name="ave")}
    yield (
        "htmt",
        "pair",
        {
            "of absolute correlations": partial(read.heterotrait, name="htmt"),
            "of correlations": partial(read.heterotrait, name="htmt_signed"),
            "HTMT2": partial(read.heterotrait, name="htmt2"),
        },
    )
    yield (
        "f2",
        "route",
        {
            "composites kept": partial(read.effect_sizes, refit=False),
            "fitted anew without the path": partial(read.effect_sizes, refit=True),
        },
    )
    yield (
        "vif",
        "route",
        {
            "of the constructs": partial(read.inflation, column="vif"),
            "of the composites": partial(read.inflation, column="vif_composites"),
        },
    )
    for column in ("estimate", "se", "z", "std_lv", "std_all"):
        yield column, "parameter", {column: partial(read.parameters, column=column)}
    yield "measure", "measure", {"of the fit": read.measures}


def _indices() -> Iterator[tuple[str, Callable[[Fit], Values]]]:
    for ends, found in (("declared ends", False), ("ends of the answers found", True)):
        for convention in get_args(Convention):
            name = f"{convention} weights, {ends}"
            yield name, partial(read.index, convention=convention, found_ends=found)


QUANTITIES: dict[str, Quantity] = {
    name: Quantity(name, shape, tuple(Reading(*entry) for entry in ways.items()))
    for name, shape, ways in _known()
}

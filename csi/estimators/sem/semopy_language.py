"""A covariance structure in the language of semopy.

Items become x1, x2, ..., constructs f1, f2, ... and parameters p1, p2, ..., so that
nothing depends on what semopy makes of names. semopy keeps four matrices::

    Sigma = Lambda (I - B)^-1 Psi (I - B)^-T Lambda' + Theta

Variables that point to something ("inner") have their covariances in Psi, the others
in Theta, and there is no place for a covariance of an inner variable with another.
Where the model has one, the other variable gets a construct of its own that is
identical with it, an inner one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations

from csi.estimators.sem.compiled import Compiled
from csi.estimators.sem.table import Row

ARROWS = ("=~", "<~", "~")


@dataclass(frozen=True, slots=True)
class Translation:
    """A model in the language of semopy.

    Attributes
    ----------
    text : str
        The model, one parameter in each line.
    items : tuple of str
        Names of the items there.
    anchored : bool
        Whether semopy's own starting values can be had: it looks for the first item of
        each construct that has a fixed loading, and without one it looks for ever.
    """

    text: str
    items: tuple[str, ...]
    anchored: bool


def parameter_name(number: int) -> str:
    """Return the name of a parameter, counted from 0."""
    return f"p{number + 1}"


def translated(whole: Compiled) -> Translation:
    """Translate the rows of one group."""
    items = {name: f"x{i}" for i, name in enumerate(whole.items, 1)}
    constructs = whole.variables[len(items) :]
    names = items | {name: f"f{i}" for i, name in enumerate(constructs, 1)}
    doubled = _doubled(whole)
    names |= {name: f"d{items[name]}" for name in doubled}
    scaled = {row.left for row in whole.rows if row.operator == "=~" and row.value}
    unscaled = [name for name in constructs if name not in scaled]
    latent = [f"DEFINE(latent) {names[name]}" for name in unscaled]
    twins = [
        line
        for name in doubled
        for line in (f"{names[name]} =~ 1.0*{items[name]}", f"{items[name]} ~~ 0.0*{items[name]}")
    ]
    stated = [
        _line(row, int(number), names, scaled)
        for row, number in zip(whole.rows, whole.number, strict=True)
    ]
    lines = [*latent, *twins, *stated, *_zeros(whole, names, doubled)]
    return Translation("\n".join(lines), tuple(items.values()), not unscaled and not doubled)


def _line(row: Row, number: int, names: Mapping[str, str], scaled: set[str]) -> str:
    """Return a row as a line; loadings of constructs without a fixed one as paths.

    semopy would fix the first of them.
    """
    left, operator, right = names[row.left], row.operator, names[row.right]
    if operator == "=~" and row.left not in scaled:
        left, operator, right = right, "~", left
    elif operator == "<~":
        operator = "~"
    value = parameter_name(number) if row.value is None else _written(row.value)
    return f"{left} {operator} {value}*{right}"


def _written(value: float) -> str:
    """Return a number without the sign of its exponent, where a plus would begin a new term."""
    return repr(float(value)).replace("e+", "e")


def _arrows(whole: Compiled) -> Iterator[tuple[str, str]]:
    """Yield from where to where each effect goes."""
    for row in whole.rows:
        if row.operator in ARROWS:
            yield (row.left, row.right) if row.operator == "=~" else (row.right, row.left)


def _doubled(whole: Compiled) -> list[str]:
    """Return the items that need a construct of their own."""
    inner = {source for source, _ in _arrows(whole)}
    known = inner | {target for _, target in _arrows(whole)}
    mixed = {
        name
        for row in whole.rows
        if row.operator == "~~" and row.value != 0 and (row.left in inner) != (row.right in inner)
        for name in (row.left, row.right)
    }
    return [name for name in whole.items if name not in known or name in mixed - inner]


def _zeros(whole: Compiled, names: Mapping[str, str], doubled: list[str]) -> Iterator[str]:
    """Yield the covariances of observed causes that semopy would add."""
    arrows = list(_arrows(whole))
    targets = {target for _, target in arrows}
    sources = {source for source, _ in arrows}
    stated = {frozenset(row.key[::2]) for row in whole.rows if row.operator == "~~"}
    causes = [
        name
        for name in whole.items
        if name in sources and name not in targets and name not in doubled
    ]
    for left, right in combinations(causes, 2):
        if frozenset((left, right)) not in stated:
            yield f"{names[left]} ~~ 0.0*{names[right]}"

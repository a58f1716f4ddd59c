"""Whether parameters, definitions and constraints speak of what the model holds."""

from __future__ import annotations

import graphlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from csi.errors import ModelError, did_you_mean, listing
from csi.expressions import parse_expression
from csi.parameters import OPERATOR_ORDER, Constraint, Defined, Parameter
from csi.tokens import quoted

_THRESHOLD = re.compile(r"t[1-9][0-9]{0,3}")


@dataclass(frozen=True, slots=True)
class Subjects:
    """What the parameters of a model may speak of.

    Attributes
    ----------
    blocks : mapping of str to tuple of str
        The indicators of each construct.
    operators : mapping of str to str
        The operator that states each construct.
    columns : tuple of str
        All observed columns.
    paths : frozenset of (str, str)
        Source and target of each path.
    """

    blocks: Mapping[str, tuple[str, ...]]
    operators: Mapping[str, str]
    columns: tuple[str, ...]
    paths: frozenset[tuple[str, str]]

    @property
    def rank(self) -> dict[str, int]:
        """The place of each name: constructs, then columns."""
        names = dict.fromkeys((*self.blocks, *self.columns))
        return {name: rank for rank, name in enumerate(names)}


def settle_parameters(given: Sequence[Parameter], subjects: Subjects) -> tuple[Parameter, ...]:
    """Check parameters against the model, unite what is said of one, and sort them.

    Raises
    ------
    ModelError
        If one speaks of what the model does not hold, or is stated twice with
        contradictions.
    """
    if not given:
        return ()
    rank = subjects.rank
    united: dict[tuple[object, ...], Parameter] = {}
    for parameter in given:
        _check_subjects(parameter, subjects, rank)
        key = parameter.key
        united[key] = _united(united[key], parameter) if key in united else parameter
    turned = [_turned(p, rank) for p in united.values() if not _says_nothing(p, subjects)]
    return tuple(sorted(turned, key=lambda parameter: _order(parameter, rank)))


def labels_of(parameters: Iterable[Parameter]) -> list[str]:
    """Return the labels of parameters, each once."""
    return list(dict.fromkeys(name for p in parameters for name in p.label if name is not None))


def settle_defined(given: Sequence[Defined], labels: Sequence[str]) -> tuple[Defined, ...]:
    """Check definitions, and put each after those it uses.

    Raises
    ------
    ModelError
        If a name is unknown or taken, or definitions run in a circle.
    """
    needs = {entry.name: parse_expression(entry.expression).names for entry in given}
    taken = [entry.name for entry in given if entry.name in labels]
    if taken or len(needs) < len(given):
        names = [entry.name for entry in given]
        name = taken[0] if taken else next(name for name in names if names.count(name) > 1)
        what = "the label of a parameter" if taken else "defined more than once"
        raise ModelError(f"{name!r} is defined, but it is {what}. Choose another name.")
    known = {*labels, *needs}
    for entry in given:
        _check_known(needs[entry.name], known, labels, f"Definition {str(entry)!r}")
    return _in_order(given, needs)


def check_constraints(given: Sequence[Constraint], labels: Sequence[str]) -> None:
    """Refuse conditions on what does not exist.

    Raises
    ------
    ModelError
        If a constraint names an unknown parameter, or none.
    """
    known = set(labels)
    for entry in given:
        if not entry.names:
            raise ModelError(f"Constraint '{entry}' names no parameter. Leave it out.")
        _check_known(entry.names, known, labels, f"Constraint '{entry}'")


def depending(given: Sequence[Defined], gone: set[str]) -> set[str]:
    """Return the names of definitions that use lost labels, directly or not, and those labels."""
    lost = set(gone)
    for entry in given:
        if not lost.isdisjoint(parse_expression(entry.expression).names):
            lost.add(entry.name)
    return lost


def _check_known(names: Iterable[str], known: set[str], labels: Sequence[str], where: str) -> None:
    for name in names:
        if name not in known:
            raise ModelError(
                f"{where} names an unknown parameter {name!r}. Known labels: "
                f"{listing(labels) or 'none'}.{did_you_mean(name, known)} A label is given as in "
                f"Loyalty ~ {quoted(name)}*Satisfaction."
            )


def _in_order(given: Sequence[Defined], needs: Mapping[str, Sequence[str]]) -> tuple[Defined, ...]:
    """Leave definitions as they are written unless one uses a later one."""
    seen: set[str] = set()
    early = False
    for entry in given:
        early |= any(name in needs and name not in seen for name in needs[entry.name])
        seen.add(entry.name)
    if not early:
        return tuple(given)
    graph = {name: [n for n in used if n in needs] for name, used in needs.items()}
    try:
        order = list(graphlib.TopologicalSorter(graph).static_order())
    except graphlib.CycleError as circle:
        raise ModelError(
            f"The definitions run in a circle: {' -> '.join(circle.args[1])}. Drop one of them."
        ) from None
    entries = {entry.name: entry for entry in given}
    return tuple(entries[name] for name in order)


def _check_subjects(parameter: Parameter, subjects: Subjects, rank: Mapping[str, int]) -> None:
    for name in parameter.names:
        if name not in rank:
            raise ModelError(
                f"Parameter {parameter} names {name!r}, which is neither a construct nor an item "
                f"of the model.{did_you_mean(name, rank)}"
            )
    if parameter.operator in ("=~", "<~"):
        _check_loading(parameter, subjects)
    elif parameter.operator == "~":
        _check_regression(parameter, subjects)
    elif parameter.operator in ("|", "~*~"):
        _check_column(parameter, subjects)
    if parameter.operator in ("~1", "~*~") and parameter.right:
        raise ModelError(f"Parameter {parameter} has a right side, {parameter.right!r}. Drop it.")


def _check_loading(parameter: Parameter, subjects: Subjects) -> None:
    if parameter.right not in subjects.blocks.get(parameter.left, ()):
        raise ModelError(
            f"Parameter {parameter} is a loading, but {parameter.right!r} is no indicator of "
            f"{parameter.left!r} in the model. Add it to the construct."
        )
    if parameter.operator != subjects.operators[parameter.left]:
        raise ModelError(
            f"Parameter {parameter} is stated with {parameter.operator}, the construct with "
            f"{subjects.operators[parameter.left]}. Choose one."
        )


def _check_regression(parameter: Parameter, subjects: Subjects) -> None:
    factors = parameter.factors
    if len(factors) > 2 or (len(factors) == 2 and not set(factors) <= subjects.blocks.keys()):
        raise ModelError(
            f"Parameter {parameter} is a regression on {parameter.right!r}. A product is of two "
            "constructs, such as A:B; measure an item by a construct of its own."
        )
    if parameter.left == parameter.right:
        raise ModelError(f"{parameter.left!r} is given a path to itself. Remove it.")
    ends = (parameter.right, parameter.left)
    if set(ends) <= subjects.blocks.keys() and ends not in subjects.paths:
        raise ModelError(
            f"Parameter {parameter} belongs to no path of the model. State the path "
            f"{parameter.right} -> {parameter.left} as well."
        )


def _check_column(parameter: Parameter, subjects: Subjects) -> None:
    if parameter.left not in subjects.columns:
        raise ModelError(
            f"Parameter {parameter} is of {parameter.left!r}, which is a construct. Only items "
            "have thresholds and response scales."
        )
    if parameter.operator == "|" and not _THRESHOLD.fullmatch(parameter.right):
        raise ModelError(f"Parameter {parameter} is no threshold. They are called t1, t2, t3 ...")


def _united(one: Parameter, other: Parameter) -> Parameter:
    """Return what two statements say of one parameter."""
    found: dict[str, Any] = {"free": one.free or other.free}
    for what in ("fixed", "start", "label"):
        first, second = getattr(one, what), getattr(other, what)
        if first and second and first != second:
            raise ModelError(
                f"Parameter {one} is stated again as {other}, with another {what} value. Keep one."
            )
        found[what] = first or second
    return replace(one, **found)


def _says_nothing(parameter: Parameter, subjects: Subjects) -> bool:
    """Whether it is a loading or a path that the model states anyhow."""
    stated = parameter.operator in ("=~", "<~")
    stated |= (parameter.right, parameter.left) in subjects.paths and parameter.operator == "~"
    return stated and not parameter.modifiers


def _turned(parameter: Parameter, rank: Mapping[str, int]) -> Parameter:
    """Write a covariance with the earlier name on the left."""
    if parameter.operator != "~~" or rank[parameter.left] <= rank[parameter.right]:
        return parameter
    return replace(parameter, left=parameter.right, right=parameter.left)


def _order(parameter: Parameter, rank: Mapping[str, int]) -> tuple[int, ...]:
    first = (OPERATOR_ORDER[parameter.operator], rank[parameter.left])
    if parameter.operator == "|":
        return (*first, int(parameter.right[1:]))
    factors = [rank[name] for name in parameter.names[1:]]
    return (*first, len(factors), *factors)

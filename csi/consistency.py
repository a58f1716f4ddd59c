"""Whether constructs and paths form a model: names once and apart, one direction, known ends."""

from __future__ import annotations

import graphlib
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TypeVar, get_args

from csi.errors import ModelError, did_you_mean, listing
from csi.parameters import Parameter
from csi.parts import Construct, Kind, Path, check_name, check_sign

T = TypeVar("T")

LARGEST_MODEL = 5_000
"""Most indicators or paths a model may have; more is a mistake, not a model."""
MOST_COMPARED = 20_000
"""Most pairs of a column and a construct that are looked through for misspelt names."""


def check_constructs(constructs: Sequence[Construct]) -> None:
    """Refuse constructs that are named, measured or stated impossibly."""
    if not constructs:
        raise ModelError("The model has no construct. State at least two and a path between them.")
    if sum(len(construct.indicators) for construct in constructs) > LARGEST_MODEL:
        raise ModelError(f"The model is too large: more than {LARGEST_MODEL} indicators.")
    for construct in constructs:
        check_name(construct.name, "a construct")
        if not construct.indicators:
            raise ModelError(
                f"Construct {construct.name!r} has no indicator. Name its columns, or leave it out."
            )
        if not isinstance(construct.kind, str) or construct.kind not in get_args(Kind):
            raise ModelError(
                f"Construct {construct.name!r} is of kind {construct.kind!r}. Known: "
                f"{', '.join(get_args(Kind))}."
            )
        _check_kind(construct)
        for indicator in construct.indicators:
            check_name(indicator, f"an indicator of {construct.name!r}")
        twice = _repeated(construct.indicators)
        if twice:
            raise ModelError(
                f"Indicator {twice[0]!r} occurs more than once in {construct.name!r}. Keep one."
            )
    twice = _repeated(construct.name for construct in constructs)
    if twice:
        raise ModelError(f"Construct {twice[0]!r} is stated more than once. Keep one.")
    _check_names_apart(constructs)


def _check_kind(construct: Construct) -> None:
    """Refuse kinds that contradict the number of indicators."""
    several = len(construct.indicators) > 1
    if construct.higher_order and not several:
        raise ModelError(
            f"Higher-order construct {construct.name!r} names one construct. Name two or more."
        )
    if several == (construct.kind == "single"):
        right = "reflective or composite" if several else "single"
        raise ModelError(
            f"Construct {construct.name!r} has {len(construct.indicators)} indicators but is of "
            f"kind {construct.kind!r}. Its kind is {right}."
        )


def _check_names_apart(constructs: Sequence[Construct]) -> None:
    measured = [c for c in constructs if not (c.higher_order or c.observed)]
    owner = {name: c.name for c in measured for name in c.indicators}
    lower = [c.name for c in constructs if not c.higher_order]
    for construct in constructs:
        if construct.name in owner:
            raise ModelError(
                f"{construct.name!r} is the name of a construct and of an indicator of "
                f"{owner[construct.name]!r}. Rename one of them."
            )
        unknown = [name for name in construct.indicators if name not in lower]
        if construct.higher_order and unknown:
            raise ModelError(
                f"Higher-order construct {construct.name!r} names {unknown[0]!r}, which is not a "
                f"first-order construct of the model. Known: {listing(lower)}."
                + did_you_mean(unknown[0], lower)
            )


def check_paths(constructs: Sequence[Construct], paths: Sequence[Path]) -> None:
    """Refuse paths between unknown ends, stated twice, or running in a circle."""
    if len(paths) > LARGEST_MODEL:
        raise ModelError(f"The model is too large: more than {LARGEST_MODEL} paths.")
    names = {construct.name: construct for construct in constructs}
    for path in paths:
        check_sign(path.expected_sign)
        for end in (path.source, path.target):
            check_name(end, f"an end of path {path}")
            if end not in names:
                raise ModelError(
                    f"Path {path.source!r} -> {path.target!r} names an unknown construct {end!r}. "
                    f"Known constructs: {', '.join(names)}.{did_you_mean(end, names)}"
                )
        if path.source == path.target:
            raise ModelError(f"Construct {path.source!r} is given a path to itself. Remove it.")
    twice = _repeated((path.source, path.target) for path in paths)
    if twice:
        source, target = twice[0]
        raise ModelError(f"Path {source!r} -> {target!r} is stated more than once. Keep one.")
    check_direction(paths)


def check_direction(paths: Sequence[Path], parameters: Sequence[Parameter] = ()) -> None:
    """Refuse paths and other regressions that run in a circle."""
    sorter: graphlib.TopologicalSorter[str] = graphlib.TopologicalSorter()
    for path in paths:
        sorter.add(path.target, path.source)
    for parameter in parameters:
        if parameter.operator == "~":
            sorter.add(parameter.left, *parameter.factors)
    try:
        sorter.prepare()
    except graphlib.CycleError as circle:
        raise ModelError(
            f"The paths run in a circle: {' -> '.join(circle.args[1])}. Path models need a "
            "direction; drop one of these paths."
        ) from None


def misspelt(columns: Sequence[str], constructs: Sequence[str]) -> str:
    """Return the first column that may be a misspelt construct, or an empty string.

    Of columns and constructs too many to be compared, the first column is returned.
    """
    if len(columns) * len(constructs) > MOST_COMPARED:
        return columns[0]
    return next((name for name in columns if did_you_mean(name, constructs)), "")


def _repeated(names: Iterable[T]) -> list[T]:
    return [name for name, count in Counter(names).items() if count > 1]

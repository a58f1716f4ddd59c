"""What is believed: items, constructs, paths, and the model they form.

A model is a frozen value. Two models are equal when they state the same
constructs, indicators, kinds, paths, parameters, definitions and constraints;
wording, scales, expected signs and citations describe a model and take no part
in the comparison. An observed construct is a column of the data that stands for
itself: its name is that of its only indicator.
"""

from __future__ import annotations

import graphlib
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import takewhile
from typing import Any, Literal, TypeVar, get_args

import numpy as np
from numpy.typing import NDArray

from csi.consistency import (
    Subjects,
    check_constraints,
    depending,
    labels_of,
    settle_defined,
    settle_parameters,
)
from csi.core.structural import reachable
from csi.errors import ArgumentTypeError, ModelError, OptionError, did_you_mean, listing
from csi.parameters import Constraint, Defined, Parameter
from csi.tokens import quoted

Kind = Literal["reflective", "composite", "single"]
Sign = Literal["+", "-", "?"]
ComplaintType = Literal["incidence", "handling"]
Wording = Mapping[str, str]
T = TypeVar("T")

LARGEST_MODEL = 5_000
"""Most indicators or paths a model may have; more is a mistake, not a model."""

MOST_COMPARED = 20_000
"""Most pairs of a column and a construct that are looked through for misspelt names."""


@dataclass(frozen=True, slots=True)
class Item:
    """A survey question as it was put.

    Attributes
    ----------
    name : str
        Column of the answers.
    text : mapping of str to str
        Wording by language, ``{"en": ..., "zh": ...}``; may be empty.
    scale : (float, float) or None
        Lowest and highest answer; None takes the scale of the model.
    direction : {"+", "-"}
        ``"-"`` marks an item scored the other way round.
    anchors : mapping of str to (str, str)
        What the two ends of the scale are called, by language.
    missing_codes : tuple of float
        Answers that mean "don't know" or "refused".
    asked_if : str
        Skip logic in the form ``"REPUR in 6-10"``; empty when everybody is asked.
    labels : mapping of float to str
        What single answers are called.

    Examples
    --------
    >>> import csi
    >>> csi.Item("COMP", {"en": "Have you complained?"}, scale=(0, 1)).scale
    (0.0, 1.0)
    """

    name: str
    text: Wording = field(default_factory=dict, hash=False)
    scale: tuple[float, float] | None = None
    direction: Literal["+", "-"] = "+"
    anchors: Mapping[str, tuple[str, str]] = field(default_factory=dict, hash=False)
    missing_codes: tuple[float, ...] = ()
    asked_if: str = ""
    labels: Mapping[float, str] = field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        check_name(self.name, "an item")
        object.__setattr__(self, "scale", check_scale(self.scale, f"item {self.name!r}"))
        for what in ("text", "anchors", "labels"):
            if not isinstance(getattr(self, what), Mapping):
                raise ArgumentTypeError(
                    f"Item {self.name!r} has {what} {getattr(self, what)!r}. Give a mapping, such "
                    "as {'en': ...}."
                )
        try:
            codes = tuple(float(code) for code in self.missing_codes)
        except (TypeError, ValueError, OverflowError):
            raise ArgumentTypeError(
                f"Item {self.name!r} has missing_codes {self.missing_codes!r}. Give numbers, such "
                "as (98, 99)."
            ) from None
        object.__setattr__(self, "missing_codes", codes)
        if not isinstance(self.direction, str) or self.direction not in ("+", "-"):
            raise ModelError(
                f"Item {self.name!r} has direction {self.direction!r}. Use '+' or, for a "
                "reversed item, '-'."
            )


@dataclass(frozen=True, slots=True)
class Construct:
    """Something measured by indicators.

    Attributes
    ----------
    name : str
        Its name in the model.
    indicators : tuple of str
        The columns that measure it; of a higher-order construct, the constructs.
    kind : {"reflective", "composite", "single"}
        What is believed: the construct causes its indicators, is built from
        them, or is one of them.
    higher_order : bool
        Whether the indicators are constructs themselves.
    label : mapping of str to str
        What to call it in a report, by language.
    """

    name: str
    indicators: tuple[str, ...]
    kind: Kind
    higher_order: bool = False
    label: Wording = field(default_factory=dict, compare=False)

    def __post_init__(self) -> None:
        names = name_tuple(self.indicators, f"the indicators of {self.name!r}")
        object.__setattr__(self, "indicators", names)

    @property
    def observed(self) -> bool:
        """Whether it is a column of the data that stands for itself."""
        return self.indicators == (self.name,) and not self.higher_order

    @property
    def operator(self) -> Literal["=~", "<~"]:
        """How model text states it."""
        return "<~" if self.kind == "composite" else "=~"


@dataclass(frozen=True, slots=True)
class Path:
    """A directed effect of one construct on another.

    Attributes
    ----------
    source, target : str
        Names of the constructs.
    expected_sign : {"+", "-", "?"}
        What theory says; ``"?"`` when it says nothing.
    """

    source: str
    target: str
    expected_sign: Sign = field(default="?", compare=False)

    def __str__(self) -> str:
        return f"{self.source} -> {self.target}"


@dataclass(frozen=True)
class Model:
    """A satisfaction model: constructs, their indicators, and the paths between them.

    Attributes
    ----------
    constructs : tuple of Construct
        In the order in which tables show them.
    paths : tuple of Path
        Sorted by target, then by source, in the order of the constructs.
    items : tuple of Item
        What is known of the questions; may be empty or partial.
    scale : (float, float) or None
        Lowest and highest answer of the items that name no scale of their own.
    title, citation : str
        What the model is called and where it comes from.
    status : mapping of str to str
        For each part of a published model (``"constructs"``, ``"paths"``,
        ``"items"``) whether it is ``"sourced"`` or ``"reconstructed"``.
    complaint_type : {"incidence", "handling"} or None
        Whether complaints are counted (more is worse) or their handling is
        rated (more is better); the expected signs differ.
    parameters : tuple of Parameter
        Loadings and paths with a fixed value, starting value or label, and
        whatever else of a covariance structure is stated.
    defined : tuple of Defined
        Quantities computed from labelled parameters.
    constraints : tuple of Constraint
        Conditions that labelled parameters meet.

    Raises
    ------
    ModelError
        If the model contradicts itself.
    """

    constructs: tuple[Construct, ...]
    paths: tuple[Path, ...]
    items: tuple[Item, ...] = field(default=(), compare=False)
    scale: tuple[float, float] | None = field(default=None, compare=False)
    title: str = field(default="", compare=False)
    citation: str = field(default="", compare=False)
    status: Wording = field(default_factory=dict, compare=False)
    complaint_type: ComplaintType | None = field(default=None, compare=False)
    parameters: tuple[Parameter, ...] = ()
    defined: tuple[Defined, ...] = ()
    constraints: tuple[Constraint, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "scale", check_scale(self.scale, "the model"))
        for what, kind in (("constructs", "Construct"), ("paths", "Path"), ("items", "Item")):
            object.__setattr__(self, what, value_tuple(getattr(self, what), what, kind))
        _check_constructs(self.constructs)
        _check_paths(self.constructs, self.paths)
        order = {construct.name: rank for rank, construct in enumerate(self.constructs)}
        ranked = sorted(self.paths, key=lambda path: (order[path.target], order[path.source]))
        object.__setattr__(self, "paths", tuple(ranked))
        self._settle_statements()

    def _settle_statements(self) -> None:
        """Check and order what is stated beyond constructs and paths."""
        for what in ("parameters", "defined", "constraints"):
            given = value_tuple(getattr(self, what), what, "Parameter")
            if len(given) > LARGEST_MODEL:
                raise ModelError(f"The model is too large: more than {LARGEST_MODEL} {what}.")
            object.__setattr__(self, what, given)
        if not (self.parameters or self.defined or self.constraints):
            return
        subjects = Subjects(
            {c.name: c.indicators for c in self.constructs},
            {c.name: c.operator for c in self.constructs},
            self.indicators,
            frozenset((path.source, path.target) for path in self.paths),
        )
        settled = settle_parameters(self.parameters, subjects)
        labels = labels_of(settled)
        for name in [*labels, *(entry.name for entry in self.defined)]:
            check_name(name, "a parameter")
        defined = settle_defined(self.defined, labels)
        check_constraints(self.constraints, [*labels, *(entry.name for entry in defined)])
        object.__setattr__(self, "parameters", settled)
        object.__setattr__(self, "defined", defined)
        _check_direction(self.paths, settled)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Names of the constructs."""
        return tuple(construct.name for construct in self.constructs)

    @cached_property
    def indicators(self) -> tuple[str, ...]:
        """Observed columns, block by block."""
        named = (c.indicators for c in self.constructs if not c.higher_order)
        return tuple(dict.fromkeys(name for block in named for name in block))

    @cached_property
    def blocks(self) -> NDArray[np.bool_]:
        """(p, k) mask: indicator i belongs to construct j."""
        mask = [
            [not c.higher_order and name in c.indicators for c in self.constructs]
            for name in self.indicators
        ]
        return _fixed(np.array(mask, dtype=bool))

    @cached_property
    def composition(self) -> NDArray[np.bool_]:
        """(p, k) mask: indicator i enters construct j, directly or through its parts."""
        mask = self.blocks.copy()
        for j, construct in enumerate(self.constructs):
            for part in construct.indicators if construct.higher_order else ():
                mask[:, j] |= self.blocks[:, self.names.index(part)]
        return _fixed(mask)

    @cached_property
    def design(self) -> NDArray[np.bool_]:
        """(k, k) mask: a path leads from construct i to construct j."""
        mask = np.zeros((len(self.names), len(self.names)), dtype=bool)
        for path in self.paths:
            mask[self.names.index(path.source), self.names.index(path.target)] = True
        return _fixed(mask)

    @cached_property
    def reachable(self) -> NDArray[np.bool_]:
        """(k, k) mask: a directed route leads from construct i to construct j."""
        return _fixed(reachable(self.design))

    def construct(self, name: str) -> Construct:
        """Return the construct of that name, or say which ones there are."""
        if not isinstance(name, str):
            raise ArgumentTypeError(f"{name!r} is no name of a construct. Names are text.")
        for construct in self.constructs:
            if construct.name == name:
                return construct
        raise OptionError(
            f"The model has no construct {name!r}. Known constructs: {', '.join(self.names)}."
            + did_you_mean(name, self.names)
        )

    def item(self, name: str) -> Item:
        """Return what is known of an indicator, with the scale of the model filled in."""
        known = next((item for item in self.items if item.name == name), Item(name))
        return known if known.scale is not None else replace(known, scale=self.scale)

    def without(self, *names: str) -> Model:
        """Return the model without some of its indicators.

        Scales, wording, expected signs and labels stay. What speaks of the
        indicators goes with them: parameters, definitions and constraints, and
        a construct that is nothing but such a column, with its paths.

        Parameters
        ----------
        *names : str
            Indicators to be left out.

        Returns
        -------
        Model

        Raises
        ------
        OptionError
            If there is no such indicator.
        ModelError
            If a construct would have none left.

        Examples
        --------
        >>> import csi
        >>> csi.models.acsi().without("WRONGX").construct("Expectations").indicators
        ('OVERALLX', 'CUSTOMX')
        """
        for name in names:
            if name not in self.indicators:
                raise OptionError(
                    f"The model has no indicator {name!r}. Known indicators: "
                    f"{listing(self.indicators, 30)}." + did_you_mean(str(name), self.indicators)
                )
        kept = []
        for c in self.constructs:
            left = tuple(i for i in c.indicators if c.higher_order or i not in names)
            alone = len(left) == 1 and c.kind == "reflective" and not c.higher_order
            if left or not c.observed:
                kept.append(replace(c, indicators=left, kind="single" if alone else c.kind))
        ends = {c.name for c in kept}
        parameters = [p for p in self.parameters if set(p.names).isdisjoint(names)]
        return replace(
            self,
            constructs=tuple(kept),
            paths=tuple(path for path in self.paths if {path.source, path.target} <= ends),
            items=tuple(item for item in self.items if item.name not in names),
            **self._with_parameters(parameters),
        )

    def with_paths(self, paths: Iterable[Path]) -> Model:
        """Return the model with other paths; what is stated of those left out goes with them.

        Parameters
        ----------
        paths : iterable of Path
            All paths that it shall have.

        Returns
        -------
        Model

        Examples
        --------
        >>> import csi
        >>> m = csi.models.acsi()
        >>> len(m.with_paths(m.paths[1:]).paths) == len(m.paths) - 1
        True
        """
        kept = tuple(paths)
        ends = {("~", path.target, (path.source,)) for path in kept}
        lost = {("~", path.target, (path.source,)) for path in self.paths} - ends
        parameters = [p for p in self.parameters if p.key not in lost]
        return replace(self, paths=kept, **self._with_parameters(parameters))

    def _with_parameters(self, parameters: Sequence[Parameter]) -> dict[str, Any]:
        """Return some of the parameters, and the definitions and constraints they suffice for."""
        gone = set(labels_of(self.parameters)) - set(labels_of(parameters))
        lost = depending(self.defined, gone)
        return {
            "parameters": tuple(parameters),
            "defined": tuple(entry for entry in self.defined if entry.name not in lost),
            "constraints": tuple(c for c in self.constraints if lost.isdisjoint(c.names)),
        }

    def label(self, name: str, language: str = "en") -> str:
        """Return what to call a construct in a report."""
        return self.construct(name).label.get(language, name)

    def __str__(self) -> str:
        """Return the model as lavaan text; ``csi.parse`` reads it back."""
        modifiers = {(p.left, p.right): p.modifiers for p in self.parameters if _measures(p)}
        statements = self._statements()
        unsaid = self._unsaid([name for _, names in statements for name in names])
        lines = []
        for c in self.constructs:
            if c.name not in unsaid:
                terms = [modifiers.get((c.name, i), "") + quoted(i) for i in c.indicators]
                lines.append(f"{quoted(c.name)} {c.operator} {' + '.join(terms)}")
        lines += [text for text, _ in statements]
        return "\n".join([*lines, *map(str, self.defined), *map(str, self.constraints)])

    def _statements(self) -> list[tuple[str, tuple[str, ...]]]:
        """Return what is stated beyond measurement: each line, and the names in it."""
        stated = {p.key: p for p in self.parameters if not _measures(p)}
        terms: dict[tuple[str, str], list[tuple[str, tuple[str, ...]]]] = {}
        for path in self.paths:
            known = stated.pop(("~", path.target, (path.source,)), None)
            term = known.term if known else quoted(path.source)
            terms.setdefault((path.target, "~"), []).append((term, (path.source,)))
        for p in stated.values():
            terms.setdefault((p.left, p.operator), []).append((p.term, p.names[1:]))
        return [
            (
                f"{quoted(left)} {operator.rstrip('1')} {' + '.join(text for text, _ in written)}",
                (left, *(name for _, names in written for name in names)),
            )
            for (left, operator), written in terms.items()
        ]

    def _unsaid(self, mentioned: Sequence[str]) -> frozenset[str]:
        """Return the observed constructs that follow from the statements that mention them."""
        own = reversed(list(takewhile(lambda c: c.observed, reversed(self.constructs))))
        names = [c.name for c in own]
        order = [name for name in dict.fromkeys(mentioned) if name in set(names)]
        said = {p.left for p in self.parameters if _measures(p)}
        said |= {part for c in self.constructs if c.higher_order for part in c.indicators}
        others = [c.name for c in self.constructs if not c.observed]
        if names != order or not said.isdisjoint(names) or misspelt(names, others):
            return frozenset()
        return frozenset(names)

    def __repr__(self) -> str:
        title = f"{self.title}: " if self.title else ""
        return (
            f"<Model {title}{len(self.constructs)} constructs, "
            f"{len(self.indicators)} indicators, {len(self.paths)} paths>"
        )


def misspelt(columns: Sequence[str], constructs: Sequence[str]) -> str:
    """Return the first column that may be a misspelt construct, or an empty string.

    Of columns and constructs too many to be compared, the first column is returned.
    """
    if len(columns) * len(constructs) > MOST_COMPARED:
        return columns[0]
    return next((name for name in columns if did_you_mean(name, constructs)), "")


def _measures(parameter: Parameter) -> bool:
    return parameter.operator in ("=~", "<~")


def check_scale(scale: object, owner: str, *, needed: bool = False) -> tuple[float, float] | None:
    """Return scale ends as two increasing finite numbers, or refuse them."""
    if scale is None and not needed:
        return None
    try:
        low, high = (float(end) for end in scale)  # type: ignore[attr-defined]
    except (TypeError, ValueError, OverflowError):
        low = high = float("nan")
    if isinstance(scale, str | bytes | set | frozenset) or not _increasing(low, high):
        raise OptionError(
            f"The scale of {owner} is {scale!r}. Give its lowest and highest answer, "
            "such as (1, 10)."
        )
    return low, high


def _increasing(low: float, high: float) -> bool:
    return bool(np.isfinite(low) and np.isfinite(high) and low < high)


def check_name(name: object, what: str) -> None:
    """Refuse names that could not be shown or written down."""
    if not isinstance(name, str):
        raise ArgumentTypeError(f"The name of {what} is {name!r}. Names are text.")
    if not name.strip() or name != name.strip():
        raise ModelError(
            f"The name of {what} is {name!r}. Give it letters and no blanks at its ends."
        )
    hidden = [c for c in name if unicodedata.category(c) in ("Cc", "Cs") or c in _BIDI]
    if '"' in name or hidden:
        found = f"U+{ord(hidden[0]):04X}" if hidden else 'a double quote (")'
        raise ModelError(
            f"The name {name!r} of {what} holds {found}, which cannot be written in model text "
            "or shown safely. Rename it."
        )


_BIDI = frozenset("\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def name_tuple(given: object, what: str) -> tuple[str, ...]:
    """Return one name or several as a tuple, or refuse what is no name."""
    if isinstance(given, str):
        return (given,)
    if not isinstance(given, Iterable) or isinstance(given, bytes | type) or _is_bare(given):
        raise ArgumentTypeError(f"{given!r} was given for {what}. Give a name or a list of names.")
    names = tuple(given)
    for name in names:
        if not isinstance(name, str):
            raise ArgumentTypeError(f"{name!r} was given among {what}. Names are text.")
    return names


def value_tuple(given: object, what: str, kind: str) -> tuple[Any, ...]:
    """Return a list of values as a tuple, or refuse what is no list."""
    if not isinstance(given, Iterable) or isinstance(given, str | bytes | type) or _is_bare(given):
        raise ArgumentTypeError(f"{what} are {given!r}. Give a list of values of csi.{kind}.")
    return tuple(given)


def _fixed(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    mask.setflags(write=False)
    return mask


def _is_bare(given: object) -> bool:
    """Whether it is an array without dimensions, which claims to be iterable."""
    return isinstance(given, np.ndarray) and given.ndim == 0


def is_count(number: object) -> bool:
    """Whether it is a whole number, and not a truth value."""
    return isinstance(number, int | np.integer) and not isinstance(number, bool)


def check_sign(sign: object) -> None:
    """Refuse what is no expected sign."""
    if not isinstance(sign, str) or sign not in get_args(Sign):
        raise ModelError(f"Expected sign {sign!r} is not known. Use '+', '-' or '?'.")


def _check_constructs(constructs: Sequence[Construct]) -> None:
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


def _check_paths(constructs: Sequence[Construct], paths: Sequence[Path]) -> None:
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
    _check_direction(paths)


def _check_direction(paths: Sequence[Path], parameters: Sequence[Parameter] = ()) -> None:
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


def _repeated(names: Iterable[T]) -> list[T]:
    return [name for name, count in Counter(names).items() if count > 1]

"""What a model states beyond constructs and paths: parameters, definitions, constraints."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from numbers import Real
from typing import Any, Literal, get_args

from csi.errors import ArgumentTypeError, ModelError, listing
from csi.expressions import parse_expression
from csi.tokens import NO_NUMBER, number_text, quoted

Operator = Literal["=~", "<~", "~", "~~", "~1", "|", "~*~"]
Relation = Literal["==", "<", ">"]

OPERATOR_ORDER = {operator: rank for rank, operator in enumerate(get_args(Operator))}


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a covariance structure, and what is stated of it.

    Attributes
    ----------
    left, operator, right : str
        What it is, as lavaan writes it: a loading (``=~``), a weight (``<~``),
        a regression coefficient (``~``), a variance or covariance (``~~``), an
        intercept or mean (``~1``), a threshold (``|``) or a scale (``~*~``).
        ``right`` is empty for ``~1`` and ``~*~``, ``"t1"``, ``"t2"`` ... for
        thresholds, and ``"A:B"`` for a regression on a product.
    fixed : tuple of float or None
        The value it has, for all groups or one a group; None leaves it free there.
    start : tuple of float or None
        Where the search for it starts.
    label : tuple of str or None
        Its name; parameters of one name are equal.
    free : bool
        Whether it was said to be free (``NA*``) where it would be fixed otherwise.

    Raises
    ------
    ModelError
        If what is stated of it contradicts itself.
    """

    left: str
    operator: Operator
    right: str = ""
    fixed: tuple[float | None, ...] = ()
    start: tuple[float | None, ...] = ()
    label: tuple[str | None, ...] = ()
    free: bool = False

    def __post_init__(self) -> None:
        words: tuple[object, ...] = (self.left, self.operator, self.right)
        if not all(isinstance(word, str) for word in words) or not isinstance(self.free, bool):
            raise ArgumentTypeError(f"{words} is no parameter. Its two sides are text.")
        if self.operator not in OPERATOR_ORDER:
            raise ModelError(
                f"Operator {self.operator!r} is not known. Use one of {list(OPERATOR_ORDER)}."
            )
        for what, check in (("fixed", _number), ("start", _number), ("label", _label)):
            object.__setattr__(self, what, self._values(what, check))
        if self.fixed and not _any(self.fixed):
            object.__setattr__(self, "free", True)
            object.__setattr__(self, "fixed", ())
        if self.free and self.fixed:
            raise ModelError(f"Parameter {self} is fixed and free at once. Keep one.")
        lengths = {len(given) for given in (self.fixed, self.start, self.label)} - {0, 1}
        if len(lengths) > 1:
            raise ModelError(
                f"Parameter {self} has values for {listing(sorted(lengths))} groups. Give one "
                "value for all groups, or one a group everywhere."
            )

    def _values(self, what: str, check: Callable[[Any], Any]) -> tuple[Any, ...]:
        given = getattr(self, what)
        try:
            values = tuple(None if value is None else check(value) for value in _tuple(given))
        except (TypeError, ValueError, OverflowError):
            raise ModelError(
                f"Parameter {self.left} {self.operator} {self.right} has {what} {given!r}. Give a "
                f"tuple of {'names' if what == 'label' else 'finite numbers'}, or of None."
            ) from None
        return values if what == "fixed" or _any(values) else ()

    @property
    def names(self) -> tuple[str, ...]:
        """The constructs and columns it speaks of."""
        if self.operator in ("~1", "~*~", "|"):
            return (self.left,)
        return (self.left, *self.factors)

    @property
    def factors(self) -> tuple[str, ...]:
        """The names on the right: two for a product of constructs."""
        return tuple(self.right.split(":")) if self.operator == "~" else (self.right,)

    @property
    def key(self) -> tuple[object, ...]:
        """What it has in common with other statements of the same parameter."""
        if self.operator == "~~":
            return ("~~", frozenset((self.left, self.right)))
        return (self.operator, self.left, tuple(sorted(self.factors)))

    @property
    def term(self) -> str:
        """What stands on its right side in model text."""
        if self.operator == "~1":
            last = "1"
        elif self.operator == "~*~":
            last = quoted(self.left)
        else:
            last = ":".join(map(quoted, self.factors))
        return self.modifiers + last

    @property
    def modifiers(self) -> str:
        """What is stated of it, as model text writes it before a name."""
        text = "NA*" if self.free else ""
        if self.fixed:
            text += f"{_in_groups(self.fixed, number_text)}*"
        if self.start:
            text += f"start({_in_groups(self.start, number_text)})*"
        if self.label:
            text += f"{_in_groups(self.label, _label_text)}*"
        return text

    def __str__(self) -> str:
        operator = "~" if self.operator == "~1" else self.operator
        return f"{quoted(self.left)} {operator} {self.term}"


@dataclass(frozen=True, slots=True)
class Defined:
    """A quantity computed from parameters, ``name := expression``.

    Attributes
    ----------
    name : str
        What it is called.
    expression : str
        Labels, names of other definitions and numbers, joined by ``+ - * / ^``
        and ``exp``, ``log``, ``sqrt``, ``abs``.
    """

    name: str
    expression: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "expression", str(parse_expression(self.expression)))

    def __str__(self) -> str:
        return f"{quoted(self.name)} := {self.expression}"


@dataclass(frozen=True, slots=True)
class Constraint:
    """A condition that parameters meet, such as ``a == b^2`` or ``a > 0``.

    Attributes
    ----------
    left, right : str
        Expressions.
    operator : {"==", "<", ">"}
        How they compare.
    """

    left: str
    operator: Relation
    right: str

    def __post_init__(self) -> None:
        if not isinstance(self.operator, str) or self.operator not in get_args(Relation):
            raise ModelError(f"Constraint sign {self.operator!r} is not known. Use ==, < or >.")
        object.__setattr__(self, "left", str(parse_expression(self.left)))
        object.__setattr__(self, "right", str(parse_expression(self.right)))

    @property
    def names(self) -> tuple[str, ...]:
        """The labels and definitions in it."""
        return parse_expression(self.left).names + parse_expression(self.right).names

    def __str__(self) -> str:
        return f"{self.left} {self.operator} {self.right}"


def _any(values: Iterable[object]) -> bool:
    return any(value is not None for value in values)


def _tuple(given: Any) -> tuple[Any, ...]:
    if not isinstance(given, tuple | list):
        raise TypeError
    return tuple(given)


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, Real) or not math.isfinite(value):
        raise TypeError
    return float(value)


def _label(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _label_text(label: str) -> str:
    return f'"{label}"' if label == "NA" or label.casefold() in NO_NUMBER else quoted(label)


def _in_groups(values: Sequence[Any], write: Callable[[Any], str]) -> str:
    written = ["NA" if value is None else write(value) for value in values]
    return written[0] if len(written) == 1 else f"c({', '.join(written)})"

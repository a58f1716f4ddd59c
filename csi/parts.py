"""The parts of a model: items, constructs, paths, and the names and scales they may have."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

import numpy as np

from csi.errors import ArgumentTypeError, ModelError, OptionError

Kind = Literal["reflective", "composite", "single"]
Sign = Literal["+", "-", "?"]
Wording = Mapping[str, str]


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
    question : mapping of str to str
        The sentence a questionnaire prints, by language. ``{subject}``,
        ``{provider}`` and ``{period}`` stand for what is asked about, who
        provides it, and how far back is asked.
    computed_from : tuple of str
        Columns from which an item is computed that nobody is asked.

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
    question: Wording = field(default_factory=dict, hash=False)
    computed_from: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        check_name(self.name, "an item")
        object.__setattr__(self, "scale", check_scale(self.scale, f"item {self.name!r}"))
        sources = name_tuple(self.computed_from, f"what item {self.name!r} is computed from")
        object.__setattr__(self, "computed_from", sources)
        for what in ("text", "anchors", "labels", "question"):
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

"""What users declare about a survey, checked."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence, Set
from itertools import islice
from numbers import Real
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np

from csi.codebook import Codebook
from csi.core.checks import LARGEST, as_numbers
from csi.errors import (
    ArgumentTypeError,
    OptionError,
    did_you_mean,
)
from csi.spec import check_scale

Scale = tuple[float, float]
Missing = Literal["listwise", "pairwise", "mean", "fiml"]


def scale_options(scale: Scale | Mapping[str, Scale] | None) -> dict[str, Any]:
    """Return declared scale ends as fields of a recipe."""
    if isinstance(scale, Mapping):
        check_item_names("scale", scale)
        return {"scales": {name: _two_ends(ends, f"{name!r}") for name, ends in scale.items()}}
    return {"scale": None if scale is None else _two_ends(scale, "the survey")}


def _two_ends(given: Iterable[float], owner: str) -> Scale:
    """Return scale ends as numbers, whatever ordered collection holds them."""
    if _lists_values(given) and not isinstance(given, Set | Mapping):
        given = tuple(islice(given, 3))
        if any(isinstance(end, str | bytes) for end in given):
            raise OptionError(
                f"The scale of {owner} is {given!r}. Give its lowest and highest answer as "
                "numbers, such as (1, 10)."
            )
    check_scale(given, owner, needed=True)
    low, high = given
    return float(low), float(high)


def code_options(given: Iterable[float] | Mapping[str, Iterable[float]]) -> dict[str, Any]:
    """Return declared missing codes as fields of a recipe."""
    if not isinstance(given, Mapping):
        return {"missing_codes": _numbers(given)}
    check_item_names("missing_codes", given)
    return {"item_codes": {name: _numbers(codes, f" of {name!r}") for name, codes in given.items()}}


def _numbers(given: Iterable[float], owner: str = "") -> tuple[float, ...]:
    codes: list[Any] = list(given) if _lists_values(given) else [None]
    numbers = as_numbers(codes)
    if numbers is None or numbers.ndim != 1 or any(code is None for code in codes):
        raise OptionError(
            f"missing_codes{owner} is {given!r}. Give numbers, such as [98, 99], or a mapping from "
            "items to numbers."
        )
    return tuple(numbers.tolist())


def _lists_values(given: object) -> bool:
    iterable = isinstance(given, Iterable) and not isinstance(given, str | bytes)
    return iterable and getattr(given, "ndim", 1) > 0


def check_item_names(what: str, given: Mapping[str, object]) -> None:
    """Refuse declarations for items that are not named by text."""
    odd = [name for name in given if not isinstance(name, str)]
    if odd:
        raise OptionError(f"{what} names {odd[0]!r}, which is no column name. Names are text.")


def check_flags(**flags: object) -> None:
    """Refuse what is neither true nor false."""
    for name, value in flags.items():
        if not isinstance(value, bool | np.bool_):
            raise OptionError(f"{name} is {value!r}. Give True or False.")


def check_roles(roles: Mapping[str, object]) -> None:
    """Refuse columns that are not named by text."""
    for role, name in roles.items():
        if not isinstance(name, str | None):
            raise ArgumentTypeError(f"{role} is {name!r}. Name one column.")


def codebook_option(given: object) -> Codebook | None:
    """Return a codebook, read from its file if need be."""
    if isinstance(given, Codebook | None):
        return given
    if not isinstance(given, str | os.PathLike):
        raise ArgumentTypeError(
            f"The codebook is a {type(given).__name__}. Give a csi.Codebook or the path of one."
        )
    return Codebook.read(Path(given))


def reversed_items(given: object) -> frozenset[str]:
    """Return the names of reversed items."""
    try:
        names = [given] if isinstance(given, str) else list(given)  # type: ignore[call-overload]
    except TypeError:
        names = [given]
    if not all(isinstance(name, str) for name in names):
        raise ArgumentTypeError(f"reverse is {given!r}. Name the items, such as ['Q3', 'Q7'].")
    return frozenset(names)


def label_options(given: object) -> dict[str, float]:
    """Return numbers behind text answers."""
    try:
        numbers = {label: float(value) for label, value in dict(given or {}).items()}  # type: ignore[call-overload]
    except (TypeError, ValueError, OverflowError):
        numbers = {"": np.nan}
    if not all(isinstance(label, str) and np.isfinite(v) for label, v in numbers.items()):
        raise OptionError(f"labels is {given!r}. Give a mapping from texts to numbers.")
    return numbers


def check_missing(missing: object) -> None:
    """Refuse unknown policies for missing answers."""
    check_choice("missing", missing, get_args(Missing))


def check_choice(what: str, value: object, known: Sequence[str | None]) -> None:
    """Refuse what is not one of the known choices."""
    if not isinstance(value, str | None) or value not in known:
        options = [str(option) for option in known]
        raise OptionError(
            f"{what} is {value!r}. Known: {', '.join(options)}." + did_you_mean(str(value), options)
        )


def check_number(
    what: str, value: object, example: str, low: float = -LARGEST, high: float = LARGEST
) -> float:
    """Return a number from low to high as a float, or refuse what is none."""
    number = isinstance(value, Real) and not isinstance(value, bool)
    if not number or not low <= value <= high:  # type: ignore[operator]
        least = f" from {low:g}" if low > -LARGEST else ""
        most = f" up to {high:g}" if high < LARGEST else ""
        raise OptionError(f"{what} is {value!r}. Give a number{least}{most}, such as {example}.")
    return float(value)  # type: ignore[arg-type]

"""Satisfaction cut into levels, and who counts as loyal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from numbers import Integral

import numpy as np
from numpy.typing import NDArray

from csi.core.checks import as_numbers
from csi.core.types import Array, Mask
from csi.declared import check_number
from csi.errors import DataError, OptionError, listing
from csi.loyalty.level_answers import HUNDRED, Answered

MOST_LEVELS = 20
"""More different answers than any item offers: those of a score, to be cut into bands."""

DECIMALS = 9
"""Decimals that count when scores are compared with the ends of bands."""

BOXES = 2


@dataclass(frozen=True, slots=True, eq=False)
class Levels:
    """Levels of satisfaction from the lowest to the highest.

    Attributes
    ----------
    labels : tuple of str
        What they are called.
    low, high : (k,) arrays
        The answers or scores they hold; a band holds its lower end, the last one
        its upper end as well.
    of : (n,) array of int
        Level of each respondent; -1 where satisfaction is missing.
    unused : tuple of float
        Answers of the item's scale that nobody gave.
    """

    labels: tuple[str, ...]
    low: Array
    high: Array
    of: NDArray[np.intp]
    unused: tuple[float, ...] = ()

    @property
    def members(self) -> Mask:
        """Who is in which level, (n, k)."""
        members: Mask = self.of[:, None] == np.arange(len(self.labels))
        return members

    @property
    def together(self) -> Mask:
        """Who is in which level or, of more than two, in several taken together: `names`."""
        of, k = self.of, len(self.labels)
        if k == 2:
            return self.members
        merged = [(of >= 0) & (of < k - 1), of >= k - 2, (of >= 0) & (of < k - 2)]
        return np.column_stack([self.members, *merged])

    @property
    def names(self) -> list[str]:
        """What columns of ``together`` are called."""
        top, second = self.low[-1], self.low[-2]
        merged = [f"below {top:g}", f"{second:g}+", f"below {second:g}"]
        return [*self.labels, *merged[: 3 * (len(self.labels) > 2)]]


def levels_of(cause: Answered, used: Mask, levels: object) -> Levels:
    """Cut satisfaction into levels, or refuse to.

    Parameters
    ----------
    cause : Answered
        Satisfaction.
    used : (n,) mask
        Whose answers count.
    levels : None, int or sequence of float
        Every answer by itself, so many equal bands, or where bands begin.

    Raises
    ------
    DataError
        If there are fewer than two levels, a band holds nobody, or answers are
        not those of an item.
    OptionError
        If ``levels`` has no meaning here.
    """
    answered: Array = np.where(used, cause.values, np.nan)
    values: Array = np.round(answered, DECIMALS)
    if levels is None:
        found = _answers(cause, values)
    else:
        edges = _cuts(cause, values, levels)
        ended = cause.ends is not None or isinstance(levels, Integral)
        found = _bands(cause, values, edges, ended=ended)
    if len(found.labels) < 2:
        raise DataError(
            f"There is only one level of {cause.name}: all {int(used.sum())} respondents are at "
            f"{listing(found.labels) or 'none'}. At least two are needed; check how respondents "
            "were selected."
        )
    return found


def _answers(cause: Answered, values: Array) -> Levels:
    found = np.unique(values[~np.isnan(values)])
    whole = bool((found == np.round(found)).all())
    if cause.items > 1 or not whole or len(found) > MOST_LEVELS:
        raise DataError(
            f"{cause.name} is a score with {len(found)} different values, not the answers to one "
            "item. Cut it into levels: levels=5 for equal bands, or levels=[60, 80, 90] for bands "
            "that begin there."
        )
    unused: tuple[float, ...] = ()
    if cause.ends is not None and cause.ends[1] - cause.ends[0] < MOST_LEVELS:
        possible = np.arange(cause.ends[0], cause.ends[1] + 1)
        unused = tuple(possible[~np.isin(possible, found)].tolist())
    labels = tuple(f"{answer:g}" for answer in found)
    return Levels(labels, found, found, _places(found, values), unused)


def _bands(cause: Answered, values: Array, edges: Array, *, ended: bool) -> Levels:
    present = values[~np.isnan(values)]
    whole = cause.items == 1 and bool((present == np.round(present)).all())
    labels = [_label(low, high, whole and high < edges[-1]) for low, high in pairwise(edges)]
    if not ended:
        labels[0], labels[-1] = f"below {edges[1]:g}", f"{edges[-2]:g}+"
    of = _places(edges[:-1], values)
    empty = [labels[j] for j in range(len(labels)) if not (of == j).any()]
    if empty:
        raise DataError(
            f"Nobody is at these levels of {cause.name}: {listing(empty)}. Scores run from "
            f"{present.min():g} to {present.max():g}; merge levels, or choose others."
        )
    return Levels(tuple(labels), edges[:-1], edges[1:], of)


def _label(low: float, high: float, whole: bool) -> str:
    """Name a band by its ends; of whole answers by the answers it holds."""
    held = np.ceil(low), np.ceil(high) - 1
    first, last = held if whole and held[0] <= held[1] else (low, high)
    return f"{first:g}" if first == last else f"{first:g}-{last:g}"


def _places(starts: Array, values: Array) -> NDArray[np.intp]:
    at = np.searchsorted(starts, values, side="right") - 1
    return np.where(np.isnan(values), -1, at)


def _cuts(cause: Answered, values: Array, levels: object) -> Array:
    """Return the edges of all bands, from the lowest end to the highest."""
    present = values[~np.isnan(values)]
    if isinstance(levels, Integral) and not isinstance(levels, bool):
        return _equal(cause, present, int(levels))
    cuts = as_numbers(levels) if isinstance(levels, Sequence | np.ndarray) else None
    ordered = cuts is not None and cuts.ndim == 1 and bool((np.diff(cuts) > 0).all())
    if cuts is None or not ordered or not len(cuts) or not np.isfinite(cuts).all():
        raise OptionError(
            f"levels is {levels!r}. Give a number of equal bands, such as 5, or where bands begin, "
            "in increasing order, such as [60, 80, 90]."
        )
    low, high = cause.ends or (float(present.min()), float(present.max()))
    return np.array([min(low, cuts[0]), *cuts, max(high, cuts[-1])])


def _equal(cause: Answered, present: Array, number: int) -> Array:
    low, high = cause.ends or HUNDRED
    if not 2 <= number <= MOST_LEVELS:
        raise OptionError(
            f"levels is {number}. Give 2 to {MOST_LEVELS} equal bands, or where bands begin."
        )
    off = present[(present < low) | (present > high)]
    if len(off):
        raise DataError(
            f"Equal bands divide {low:g} to {high:g}, but {cause.name} holds {listing(off)}. Give "
            "where bands begin instead, such as levels=[3, 5]."
        )
    return np.linspace(low, high, number + 1).round(DECIMALS)


@dataclass(frozen=True, slots=True)
class Rule:
    """Which answers count as an event.

    Attributes
    ----------
    outcome : str
        What the outcome is called.
    limit : float
        From where on answers count.
    binary : bool
        Whether the outcome is 0 or 1.
    below : bool
        Whether all other answers count instead.
    """

    outcome: str
    limit: float
    binary: bool
    below: bool = False

    def __str__(self) -> str:
        """Return the rule in words, such as ``REPUR of 9 or more``."""
        if self.binary:
            return f"{self.outcome} is {int(not self.below)}"
        if self.below:
            return f"{self.outcome} below {self.limit:g}"
        return f"{self.outcome} of {self.limit:g} or more"


def event_of(
    effect: Answered, used: Mask, top: object, at_least: object, *, below: bool
) -> tuple[Mask, Rule]:
    """Tell in whom the event happened, and by which rule.

    Parameters
    ----------
    effect : Answered
        The outcome.
    used : (n,) mask
        Whose answers count.
    top : int or None
        How many of the highest answers count.
    at_least : float or None
        From where on answers count.
    below : bool
        Whether the event is that answers are lower.

    Raises
    ------
    DataError
        If the outcome is neither 0 nor 1 and nothing tells which answers count, or
        everybody's is the same.
    OptionError
        If ``top`` or ``at_least`` has no meaning here.
    """
    limit, binary = _limit(effect, used, top, at_least)
    rule = Rule(effect.name, limit, binary, below)
    event = (np.round(effect.values, DECIMALS) >= limit) != below
    if event[used].all() or not event[used].any():
        amount = "all" if event[used].any() else "none"
        raise DataError(
            f"The outcome is constant: {amount} of {int(used.sum())} respondents have {rule}. "
            "Ratios need both sides; choose other answers with top= or at_least=, or another "
            "outcome."
        )
    return event, rule


def _limit(effect: Answered, used: Mask, top: object, at_least: object) -> tuple[float, bool]:
    """Return from where on the outcome counts, and whether it is 0 or 1."""
    if at_least is not None:
        if top is not None:
            raise OptionError("top and at_least both say which answers count. Give one of them.")
        return check_number("at_least", at_least, "9"), False
    if effect.items > 1:
        raise OptionError(
            f"{effect.name} is a score of {effect.items} items, and boxes are answers to one. Give "
            "at_least=80, say, for scores that count as loyal, or name one item as the effect."
        )
    values = effect.values[used]
    if effect.ends is None and top is None:
        _check_binary(effect.name, values)
        return 1.0, True
    if effect.ends == (0.0, 1.0) and top in (None, 1):
        _check_binary(effect.name, values)
        return 1.0, True
    return _first_box(effect, top), False


def _first_box(effect: Answered, top: object) -> float:
    if effect.ends is None:
        raise OptionError(
            f"The highest box of {effect.name} is not known: it has no scale. Declare it, by "
            "outcome_scale=(1, 10) beside arrays or scale={...} in csi.survey, or give at_least=9."
        )
    low, high = effect.ends
    boxes = (BOXES if high - low > 1 else 1) if top is None else top
    whole = isinstance(boxes, Integral) and not isinstance(boxes, bool)
    if not whole or not 1 <= boxes <= high - low:  # type: ignore[operator]
        raise OptionError(
            f"top is {boxes!r}. Give how many of the highest answers count, from 1 to "
            f"{high - low:g} on the scale {low:g} to {high:g}."
        )
    return float(high - boxes + 1)  # type: ignore[operator]


def _check_binary(name: str, values: Array) -> None:
    other = np.unique(values[~np.isin(values, (0, 1))])
    if len(other):
        raise DataError(
            f"{name} holds {listing(f'{v:g}' for v in other)} beside 0 and 1. For a rating say "
            "which answers count: top=2 with its scale (outcome_scale=(1, 10) beside arrays), or "
            "at_least=9."
        )

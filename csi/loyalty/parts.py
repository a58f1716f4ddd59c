"""Groups of respondents whose curves are put side by side or together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from csi.core.checks import as_numbers
from csi.core.curve.bins import Bins, Codes
from csi.core.curve.calibration import EXACT
from csi.core.curve.item_model import congeneric_reliability
from csi.core.curve.redrawing import Source, reliability_influence, source
from csi.errors import ArgumentTypeError, DataError, OptionError, listing
from csi.loyalty.curve import Curve
from csi.loyalty.curve_fitting import loyalty_curve
from csi.loyalty.observed import FEWEST, Observed, check_enough
from csi.loyalty.one_each import Cells, of_those_used, one_each, rows_by
from csi.loyalty.settings import FEWEST_DRAWS
from csi.results import Fit

MANY = 10
"""Different values up to which they are groups, however few respondents each has."""

TERTILES = ("low", "middle", "high")


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """A group of respondents.

    Attributes
    ----------
    name : object
        The group.
    observed : Observed
        Its respondents.
    reliability : float
        Of their score.
    stated : bool
        Whether it was stated, or is known because there is one item.
    sign : float
        -1 where the outcome falls as satisfaction rises.
    """

    name: object
    observed: Observed
    reliability: float
    stated: bool
    sign: float

    def source(self, bins: Bins) -> Source:
        """Return what samples are drawn anew from; the reliability varies unless it is known."""
        o = self.observed
        influence = None
        if not self.stated and o.points is not None and self.reliability < EXACT:
            influence = reliability_influence(
                lambda cov: congeneric_reliability(cov, o.item_weights), o.points, o.weights
            )
        return source(bins, o.score, o.weights, o.copies, o.clusters, influence)


def parts_of(
    given: object, by: object, cause: str, effect: str, *, tertiles: bool
) -> tuple[Part, ...]:
    """Read groups from curves or fits by group, or from one and a column that splits it.

    Raises
    ------
    ArgumentTypeError, OptionError
        If what was given makes no groups.
    DataError
        If a group is too small for a curve, or groups have outcomes of different kinds.
    """
    if isinstance(given, Mapping):
        if by is not None or tertiles:
            raise OptionError("by splits one curve; these are in groups already. Leave it out.")
        parts = tuple(_part(name, _curve(one, cause, effect)) for name, one in given.items())
    else:
        curve = _curve(given, cause, effect)
        if by is None:
            raise OptionError("Give by, one value for each respondent, or a mapping of curves.")
        o = curve.observed
        values = of_those_used("by", one_each("by", by), o.rows, o.read)
        parts = tuple(_split(curve, values, tertiles))
    if len(parts) < 2:
        raise OptionError(f"There are {len(parts)} groups. Give two or more.")
    kinds = {(part.observed.unit, part.sign) for part in parts}
    if len(kinds) > 1:
        raise DataError(
            "The outcomes of the groups are of different kinds: "
            f"{listing(sorted(str(kind) for kind in kinds))}. Give curves of one outcome."
        )
    return parts


def _curve(given: object, cause: str, effect: str) -> Curve:
    if isinstance(given, Fit):
        return loyalty_curve(given, cause, effect, rng=0, draws=FEWEST_DRAWS)
    if not isinstance(given, Curve):
        raise ArgumentTypeError(
            f"Curves are made by csi.loyalty_curve(), fits by csi.fit(); found a "
            f"{type(given).__name__}."
        )
    if given.settings.scale != "identity":
        raise OptionError("Groups are compared on the scale of shares. Leave out scale='logit'.")
    return given


def _part(name: object, curve: Curve) -> Part:
    stated = curve.reliability_source == "as stated" or curve.observed.reliability() is None
    return Part(name, curve.observed, curve.reliability, stated, curve.zone.sign)


def _split(curve: Curve, values: Cells, tertiles: bool) -> Iterator[Part]:
    if curve.observed.known is not None:
        raise OptionError(
            "The figures of the items are those of all groups together, and each group has its "
            "own. Give a curve for each group with its own csi.ItemFigures, or one with items."
        )
    found = _thirds(curve, values) if tertiles else _groups(values)
    whole = _part("", curve)
    for name, rows in found:
        observed = _enough(name, curve.observed.take(rows))
        own = whole.reliability if whole.stated else observed.reliability()
        if own is None or not 0 < own <= 1:
            raise DataError(
                f"In group {name} the items of {observed.cause} have no common factor. Merge it "
                "with another, or state reliability in csi.loyalty_curve()."
            )
        yield Part(name, observed, own, whole.stated, whole.sign)


def _groups(values: Cells) -> list[tuple[object, Codes]]:
    found = list(rows_by(values))
    if len(found) > max(len(values) / FEWEST, MANY):
        raise OptionError(
            f"by holds {len(found)} different values for {len(values)} respondents. Give "
            "groups, or tertiles=True for numbers."
        )
    return found


def _thirds(curve: Curve, values: Cells) -> list[tuple[object, Codes]]:
    """Return the thirds of numbers; equal ones stay together, and a third may be empty."""
    numbers = as_numbers(values)
    if numbers is None or not np.isfinite(numbers).any():
        raise OptionError("tertiles=True needs numbers in by. Leave it out for groups.")
    known = np.isfinite(numbers)
    order = np.argsort(numbers[known], kind="stable")
    weight = curve.observed.weights[known][order]
    reached = np.cumsum(weight) - weight / 2
    cuts = numbers[known][order][np.searchsorted(reached, weight.sum() * np.array([1, 2]) / 3)]
    third = np.where(known, np.searchsorted(cuts, numbers, side="left"), -1)
    found = [(name, np.flatnonzero(third == k)) for k, name in enumerate(TERTILES)]
    return [(name, rows) for name, rows in found if len(rows)]


def _enough(name: object, observed: Observed) -> Observed:
    try:
        check_enough(observed)
    except DataError as problem:
        raise DataError(f"Group {name}: {problem} Groups can be merged.") from problem
    return observed

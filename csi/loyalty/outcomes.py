"""The scales of outcomes."""

from __future__ import annotations

from typing import Literal

import numpy as np

from csi.core.checks import as_numbers
from csi.core.types import Array
from csi.declared import Scale
from csi.errors import DataError, OptionError
from csi.loyalty.item_figures import ROUNDING
from csi.loyalty.level_answers import HUNDRED

ENDS = {"points": (0.0, 100.0), "share": (0.0, 1.0), "count": (0.0, np.inf)}
"""What an outcome can be."""

RATINGS = 50
"""Whole outcomes up to here may be ratings or counts: their scale must be declared."""


def unit_of(values: Array) -> str:
    """Return whether outcomes are shares, as 0 and 1 are, or points."""
    return "share" if set(np.unique(values[np.isfinite(values)])) <= {0.0, 1.0} else "points"


def declared_scale(scale: object) -> Scale | Literal["count"] | None:
    """Return what was declared of the scale of an outcome, or refuse what declares none."""
    if scale is None or (isinstance(scale, str) and scale == "count"):
        return scale  # type: ignore[return-value]
    ends = as_numbers(scale)
    if ends is None or ends.shape != (2,) or not np.isfinite(ends).all() or ends[0] >= ends[1]:
        raise OptionError(
            f"outcome_scale is {scale!r}. Give the lowest and the highest answer, such as (1, 10), "
            "or 'count' for counts."
        )
    return float(ends[0]), float(ends[1])


def scaled(values: Array, scale: Scale | Literal["count"] | None) -> tuple[Array, str]:
    """Put outcomes on the scale that was declared for them."""
    answered = values[np.isfinite(values)]
    low, high = float(answered.min()), float(answered.max())
    whole = bool((answered == np.round(answered)).all())
    if scale == "count":
        if low < 0 or not whole:
            raise DataError(f"Counts are whole and not negative; outcome runs from {low:g}.")
        return values, "count"
    if isinstance(scale, tuple) and not (scale == (0, 1) and unit_of(values) == "share"):
        rounding = ROUNDING * (scale[1] - scale[0]) / 100
        if low < scale[0] - rounding or high > scale[1] + rounding:
            raise DataError(
                f"outcome runs from {low:g} to {high:g}, outside its scale {scale[0]:g} to "
                f"{scale[1]:g}. Correct it, or declare another outcome_scale."
            )
        return 100 * (values - scale[0]) / (scale[1] - scale[0]), "points"
    if unit_of(values) == "share":
        return values, "share"
    beyond = low < -ROUNDING or high > HUNDRED[1] + ROUNDING
    if beyond or (whole and high <= RATINGS):
        raise DataError(
            f"outcome runs from {low:g} to {high:g}, on a scale that was not declared. Give "
            "outcome_scale, such as (1, 10) for ratings or 'count' for counts."
        )
    return values, "points"

"""What a plan for a zone is asked with."""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Real

import numpy as np

from csi.core.curve.planned import USUAL, Distribution
from csi.declared import check_number
from csi.errors import OptionError
from csi.loyalty.observed import FEWEST_SCORES
from csi.loyalty.plan_results import Asked, Outcome

USUAL_NOISE = 15.0

CORRELATION = 0.85 / (3 - 2 * 0.85)
"""Of two items, with which three have a reliability of 0.85 (Spearman-Brown)."""

MOST_ITEMS, MOST_LEVELS = 20, 101


def asked_for(n: object, power: object, width: object) -> Asked:
    """Return what is to be found: what was not given."""
    if n is None:
        return "table" if power is None else "n"
    if power is None:
        return "power"
    if width is not None:
        raise OptionError(
            "n, power and width were all given, and nothing is left to find. Leave one of them out."
        )
    return "width"


def whole(name: str, value: object, low: int, high: int) -> int:
    """Return a whole number from low to high, or refuse what is none."""
    real = isinstance(value, Real) and not isinstance(value, bool)
    if not real or not low <= value <= high or value != int(value):  # type: ignore
        raise OptionError(f"{name} is {value!r}. Give a whole number from {low:,} to {high:,}.")
    return int(value)  # type: ignore


def score_of(reliability: object, items: object, levels: object) -> tuple[float, int, int]:
    """Return reliability, items and answers of the satisfaction score."""
    j, k = whole("items", items, 1, MOST_ITEMS), whole("levels", levels, 2, MOST_LEVELS)
    scores = j * (k - 1) + 1
    if scores < FEWEST_SCORES:
        raise OptionError(
            f"{j} items of {k} answers make {scores} distinct scores. A curve needs "
            f"{FEWEST_SCORES}: plan more items or answers."
        )
    if reliability is None:
        return j * CORRELATION / (1 + (j - 1) * CORRELATION), j, k
    return check_number("reliability", reliability, "0.85", 0.2, 1), j, k


def slopes_of(given: object) -> tuple[float, float, float]:
    """Return the slopes of a zone, or refuse what has none."""
    listed = isinstance(given, Sequence | np.ndarray) and getattr(given, "ndim", 1) == 1
    if not listed or isinstance(given, str) or len(given) != 3:  # type: ignore
        raise OptionError(
            f"slopes is {given!r}. Give three numbers: the slope below, in and above the zone."
        )
    below, inside, above = (check_number("A slope", slope, "0.9", 0) for slope in given)  # type: ignore
    if not inside < min(below, above):
        raise OptionError(
            f"slopes are {below:g}, {inside:g} and {above:g}. A zone is flatter than the curve on "
            "either side: let the middle one be the smallest."
        )
    return below, inside, above


def moments_of(distribution: Distribution, mean: object, sd: object) -> tuple[float, float]:
    """Return mean and standard deviation of satisfaction."""
    usual = USUAL[distribution]
    centre = usual[0] if mean is None else check_number("mean", mean, "73", 1, 99)
    spread = usual[1] if sd is None else check_number("sd", sd, "20", 1, 50)
    if distribution == "beta" and spread**2 >= centre * (100 - centre):
        raise OptionError(
            f"No beta distribution on 0-100 has mean {centre:g} and sd {spread:g}. Its sd is below "
            f"{(centre * (100 - centre)) ** 0.5:.3g}."
        )
    return centre, spread


def noise_of(given: object, outcome: Outcome) -> float | None:
    """Return the spread of a loyalty score; None for a binary outcome."""
    if outcome == "score":
        return USUAL_NOISE if given is None else check_number("noise", given, "15", 0.1, 100)
    if given is not None:
        raise OptionError(
            "noise was given, but the spread of a binary outcome follows from its mean. Leave it "
            "out."
        )
    return None

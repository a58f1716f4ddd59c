"""Curves that a user states between two constructs of a simulated survey.

A curve is a function of the cause's true score, points on it, or a name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from csi.core.checks import as_numbers
from csi.core.curve.truths import TRUTHS
from csi.core.types import Array
from csi.errors import ArgumentTypeError, OptionError, did_you_mean, listing

Function = Callable[[Array], Array]
Shape = str | Function | Mapping[float, float] | Sequence[tuple[float, float]]

NAMED: Mapping[str, Function] = {"zone": TRUTHS["z20"], **TRUTHS}
"""Curves by name; ``"zone"`` hardly rises from 55 to 75."""

SCALE = np.linspace(0, 100, 1_001)


@dataclass(frozen=True, slots=True, eq=False)
class StatedCurve:
    """A curve between two constructs.

    Attributes
    ----------
    cause, effect : int
        Places of the constructs.
    function : callable
        From true scores to mean true scores of the effect.
    slopes : (k,) array
        Points by which the effect moves per point of each other cause.
    noise : float
        Standard deviation of the rest, in points.
    clip : bool
        Whether means beyond 0 and 100 are moved there, not refused.
    """

    cause: int
    effect: int
    function: Function
    slopes: Array
    noise: float
    clip: bool


def read_curve(given: object, name: str, clip: bool) -> Function:
    """Return the function that is meant, or refuse what is none.

    Parameters
    ----------
    given : str, callable, mapping or sequence of pairs
        A name, a function of an array, or points.
    name : str
        The path, for messages.
    clip : bool
        Whether values beyond 0 and 100 are moved there, not refused.
    """
    function = _function(given, name)
    values = _values(function, name)
    outside = (values < 0) | (values > 100)
    if not outside.any():
        return function
    if not clip:
        at = SCALE[outside][0]
        raise OptionError(
            f"The curve of {name} is {values[outside][0]:g} at {at:g}; true scores lie between 0 "
            "and 100. Change it, or let clip=True move such values to the nearer end."
        )
    return partial(_clipped, function)


def _clipped(function: Function, t: Array) -> Array:
    return np.clip(function(t), 0, 100)


def _function(given: object, name: str) -> Function:
    if isinstance(given, str):
        if given not in NAMED:
            raise OptionError(
                f"The curve of {name} is {given!r}. Known: {', '.join(NAMED)}."
                + did_you_mean(given, NAMED)
            )
        return NAMED[given]
    if callable(given):
        return given
    points = as_numbers(list(given.items()) if isinstance(given, Mapping) else given)
    if points is None or points.ndim != 2 or points.shape[1] != 2:
        raise ArgumentTypeError(
            f"The curve of {name} is {given!r}. Give a name, a function, or points such as "
            "{0: 20, 55: 70, 75: 71, 100: 100}."
        )
    return _through(points, name)


def _through(points: Array, name: str) -> Function:
    """Return straight pieces between points, level beyond the first and the last."""
    x, y = points[np.argsort(points[:, 0], kind="stable")].T
    usable = np.isfinite(points).all() and (x >= 0).all() and (x <= 100).all()
    if len(x) < 2 or not usable or (np.diff(x) == 0).any():
        raise OptionError(
            f"The points of the curve of {name} are {listing(map(tuple, points.tolist()))}. Give "
            "two or more, at different true scores from 0 to 100."
        )
    return partial(_between, x=x, y=y)


def _between(t: Array, x: Array, y: Array) -> Array:
    return np.interp(t, x, y)


def _values(function: Function, name: str) -> Array:
    hint = (
        f"The curve of {name} cannot be computed: it gets an array of true scores from 0 to 100 "
        "and returns as many numbers. Use NumPy functions, such as np.where for if."
    )
    try:
        values = np.asarray(function(SCALE), dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise OptionError(f"{hint} ({error})") from error
    if values.shape != SCALE.shape or not np.isfinite(values).all():
        raise OptionError(hint)
    return values

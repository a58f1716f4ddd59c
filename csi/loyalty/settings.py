"""How a loyalty curve is asked for."""

from __future__ import annotations

from dataclasses import dataclass, replace
from numbers import Real
from typing import Literal, get_args

from csi.core.checks import LARGEST, check_level
from csi.core.curve.detection import Method
from csi.core.resample import check_seed
from csi.declared import check_choice, check_flags
from csi.errors import OptionError
from csi.resampling.bootstrapping import check_number

OutcomeScale = Literal["identity", "logit"]
Direction = Literal["rising", "falling"]

METHODS: tuple[Method, ...] = get_args(Method)

FEWEST_DRAWS, MOST_DRAWS = 99, 99_999
"""Of the test, for each curve without a zone."""


@dataclass(frozen=True, slots=True)
class Settings:
    """How a curve was asked for.

    Attributes
    ----------
    method : {"pwlr", "shape", "msc"}
        The test of "no zone".
    scale : {"identity", "logit"}
        Of the outcome in the analysis.
    direction : {"rising", "falling"}
        Whether the outcome is loyalty, or its loss.
    monotone : bool
        Whether the drawn curve may turn round.
    margin : float or None
        Slope below which a zone is certified; half the average slope by default.
    tail : float
        Share of customers beyond each end of the window.
    level : float
        Of intervals, and 1 minus that of the test.
    draws : int
        Of the test, for each curve without a zone.
    seed : int
        Of all random numbers.
    """

    method: Method
    scale: OutcomeScale
    direction: Direction
    monotone: bool
    margin: float | None
    tail: float
    level: float
    draws: int
    seed: int


def checked(settings: Settings, rng: object) -> Settings:
    """Return settings with their seed, or refuse what has no meaning."""
    check_choice("method", settings.method, METHODS)
    check_choice("scale", settings.scale, get_args(OutcomeScale))
    check_choice("direction", settings.direction, get_args(Direction))
    check_flags(monotone=settings.monotone)
    check_level(settings.level)
    check_number("draws", settings.draws, FEWEST_DRAWS, MOST_DRAWS)
    tail, margin = settings.tail, check_margin(settings.margin)
    real = isinstance(tail, Real) and not isinstance(tail, bool)
    if not real or not 0.001 <= tail <= 0.25:
        raise OptionError(f"tail is {tail!r}. Give a share of customers from 0.001 to 0.25.")
    return replace(settings, margin=margin, seed=check_seed(rng))


def check_margin(margin: object) -> float | None:
    """Return the slope below which a zone is certified, or refuse what is none."""
    if margin is None:
        return None
    number = isinstance(margin, Real) and not isinstance(margin, bool)
    if not number or not 0 < margin <= LARGEST:  # type: ignore[operator]
        raise OptionError(f"margin is {margin!r}. Give a slope above 0, such as 0.3.")
    return float(margin)  # type: ignore[arg-type]

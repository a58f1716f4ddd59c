"""What may be claimed of a zone."""

from __future__ import annotations

from collections.abc import Callable
from numbers import Real

import numpy as np

from csi.core.checks import LARGEST
from csi.core.curve.detection import RATIO, Detection
from csi.core.curve.power_here import PowerHere
from csi.errors import OptionError
from csi.loyalty.zone import Verdict, Zone


def check_margin(margin: object) -> float | None:
    """Return the slope below which a zone is certified, or refuse what is none."""
    if margin is None:
        return None
    number = isinstance(margin, Real) and not isinstance(margin, bool)
    if not number or not 0 < margin <= LARGEST:  # type: ignore[operator]
        raise OptionError(f"margin is {margin!r}. Give a slope above 0, such as 0.3.")
    return float(margin)  # type: ignore[arg-type]


def judged(
    detection: Detection,
    sign: float,
    margin: float | None,
    level: float,
    ask: Callable[[], PowerHere | None] | None = None,
) -> Zone:
    """Say what may be claimed of a zone."""
    zone = detection.zone
    average = np.nan if zone is None else zone.average
    limit = RATIO * average if margin is None else margin
    verdict: Verdict = "no evidence"
    if not detection.supported:
        verdict = "no support"
    elif detection.detected(1 - level):
        certified = zone is not None and zone.inside.upper <= limit
        verdict = "certified" if certified else "detected"
    return Zone(verdict, detection.p, detection, sign, limit, level, ask)

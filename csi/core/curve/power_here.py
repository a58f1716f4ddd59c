"""What a sample without evidence of a zone could have shown.

The zone that it is asked about lies in the middle of the window; its curve has the
average slope that was observed, in the proportions `SHAPE`, so that it is neither
steeper nor flatter over the whole window than the sample says.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from csi.core.curve.bins import Bins
from csi.core.curve.calibration import Calibration
from csi.core.curve.detection import NARROWEST, TAIL
from csi.core.curve.power import Outlook, detectable_width, outlook, power, sample_size
from csi.core.curve.truths import broken
from csi.core.curve.zone_search import WIDTH
from csi.core.resample import check_seed, stream
from csi.core.types import Array

SHAPE = (0.9, 0.05, 1.6)
"""Slopes below, in and above the zone, up to a common factor."""

TYPICAL = 20
"""Points of the zone whose power is told."""


@dataclass(frozen=True, slots=True)
class PowerHere:
    """What a sample could have shown.

    Attributes
    ----------
    power : float
        Probability that such a sample shows a zone of `TYPICAL` points.
    n_needed : int or None
        Respondents that show it with the wanted probability; None above a million.
    narrowest : float or None
        Points of the narrowest zone that such a sample shows with that probability; None
        where it shows none, however wide.
    wanted : float
        That probability.
    """

    power: float
    n_needed: int | None
    narrowest: float | None
    wanted: float


def power_here(
    bins: Bins,
    calibration: Calibration,
    window: tuple[float, float],
    average_slope: float,
    rng: np.random.Generator,
    *,
    beside: Calibration | None = None,
    share: float = TAIL,
    wanted: float = 0.8,
    level: float = 0.05,
    draws: int = 499,
) -> PowerHere | None:
    """Say what a sample could have shown of a zone.

    Parameters
    ----------
    bins : Bins
        The sample; its means are not looked at.
    calibration : Calibration
        Of the same sample, the one for edges.
    window : (float, float)
        True scores between which a zone was looked for.
    average_slope : float
        Over the window, in units of the outcome.
    rng : numpy.random.Generator
        Source of the errors.
    beside : Calibration, optional
        Another axis on which the test must reject as well, because the errors of the items
        are not known.
    share : float
        Of customers beyond each end of the window.
    wanted : float
        Probability for which ``n_needed`` and ``narrowest`` are told.
    level : float
        Error rate of the test.
    draws : int
        Samples.

    Returns
    -------
    PowerHere or None
        None where a curve with such a zone does not fit in: the outcome does not rise, or
        the window is narrower than the zone with stretches beside it. None with ``beside``,
        too: how the curve would look on that axis depends on the unknown errors.
    """
    length = window[1] - window[0]
    narrow = length < max(NARROWEST, TYPICAL + 2 * WIDTH)
    if beside is not None or narrow or not average_slope > 0:
        return None
    seed = check_seed(rng)

    def of_width(width: int) -> Outlook:
        curve = typical_curve(calibration.T, window, average_slope, width)
        exact = replace(bins, mean=calibration.posterior @ curve)
        return outlook(exact, calibration, stream(seed), share=share, draws=draws)

    ahead = of_width(TYPICAL)
    needed = sample_size(ahead, wanted, level)
    widest = int(length - 2 * WIDTH)
    narrowest = detectable_width(of_width, widest, bins.n, wanted, level)
    return PowerHere(
        power(ahead, bins.n, level),
        int(needed) if np.isfinite(needed) else None,
        narrowest if np.isfinite(narrowest) else None,
        wanted,
    )


def typical_curve(
    t: Array, window: tuple[float, float], average_slope: float, width: float
) -> Array:
    """Return the curve with a zone in the middle of the window, zero at its beginning."""
    start, end = window
    edges = (start + end - width) / 2 - start, (start + end + width) / 2 - start
    reached = broken(np.array([0.0, end - start]), 0.0, edges, SHAPE)
    factor = average_slope * (end - start) / (reached[1] - reached[0])
    curve: Array = factor * broken(t - start, 0.0, edges, SHAPE)
    return curve

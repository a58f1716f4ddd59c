"""From bins to a verdict: calibrate, search, test, estimate.

Two calibrations are made of one sample. That of the test takes many steps of
deconvolution, because what is left of the bias would look like a bend; that of
the curve and the edges stops earlier, because there variance costs more.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from csi.core.curve.bins import Bins
from csi.core.curve.calibration import (
    EXACT,
    Calibration,
    calibrated,
    fitted_gaussian,
    fitted_items,
    iterations_for_edges,
    iterations_for_test,
    uncalibrated,
)
from csi.core.curve.edges import Zone, best_zone
from csi.core.curve.hinges import Hinges, hinges
from csi.core.curve.item_model import Answering, Items
from csi.core.curve.multiscale import MultiscaleTest, run_multiscale_test
from csi.core.curve.shape_test import ShapeTest, run_shape_test
from csi.core.curve.zone_search import WIDTH
from csi.core.curve.zone_test import ZoneTest, run_zone_test
from csi.core.types import Array

Method = Literal["pwlr", "shape", "msc"]

RATIO = 0.5
"""Slope in the zone, as a share of the average slope, above which it is not insensitive."""

TAIL = 0.05
"""Share of customers beyond each end of the window."""

BEYOND = 0.1
"""Part of the customers beyond the window up to whom curves without a zone may bend."""

NARROWEST = 3 * WIDTH
"""Points of true scores that a zone and the stretches beside it take."""


@dataclass(frozen=True, slots=True, eq=False)
class Calibrations:
    """What one sample says about true scores, for two purposes.

    Attributes
    ----------
    model : Answering or None
        How scores come from true scores; None where they are taken as they are.
    for_test, for_edges : Calibration
        With many and with fewer steps of deconvolution.
    beside : Calibration or None
        Another axis on which the test must reject as well: the raw one where errors are
        only supposed to be normal and of one size.
    """

    model: Answering | None
    for_test: Calibration
    for_edges: Calibration
    beside: Calibration | None = None


def calibrations(bins: Bins, items: Items | None, reliability: float) -> Calibrations:
    """Calibrate the scores of a sample.

    Parameters
    ----------
    bins : Bins
        The sample.
    items : Items or None
        Items of the score; without them its error is taken for normal and of one size.
        Near the ends of a rating scale it is smaller, which looks like a zone; so the
        zone must then show on the raw axis too.
    reliability : float
        Of the score; from `EXACT` on it is taken as it is.
    """
    if reliability >= EXACT:
        plain = uncalibrated(bins.weight)
        return Calibrations(None, plain, plain)
    if items is None:
        model = fitted_gaussian(bins.weight, reliability)
    else:
        model = fitted_items(items, bins.weight, reliability)
    steps = iterations_for_test(bins.n), iterations_for_edges(bins.n)
    test, edges = (calibrated(model, bins.weight, reliability, many) for many in steps)
    return Calibrations(model, test, edges, uncalibrated(bins.weight) if items is None else None)


def knots_between(window: tuple[float, float]) -> Array:
    """Return the possible kinks, at whole points of the window."""
    return np.arange(np.ceil(window[0]), np.floor(window[1]) + 1)


def basis_of(bins: Bins, calibration: Calibration, share: float = TAIL) -> Hinges:
    """Return the hinges that a curve may have, also somewhat beyond the window."""
    return hinges(bins, calibration, knots_between(calibration.window(share * BEYOND)))


@dataclass(frozen=True, slots=True, eq=False)
class Detection:
    """What a sample says about a zone.

    Attributes
    ----------
    supported : bool
        Whether true scores reach far enough for a zone and stretches beside it.
    test : ZoneTest, ShapeTest, MultiscaleTest or None
        The test of "no zone"; None without support.
    zone : Zone or None
        The best approximating zone, if any pair of kinks makes one.
    window : (float, float)
        True scores between which zones were looked for.
    share : float
        Of customers beyond each end of it.
    """

    supported: bool
    test: ZoneTest | ShapeTest | MultiscaleTest | None
    zone: Zone | None
    window: tuple[float, float]
    share: float = TAIL

    @property
    def p(self) -> float:
        """P value of "no zone"; NaN without support."""
        return np.nan if self.test is None else self.test.p

    def detected(self, level: float = 0.05, ratio: float = RATIO) -> bool:
        """Whether "no zone" is refuted and the slope in the zone is small."""
        if self.test is None or self.zone is None:
            return False
        return bool(self.test.p <= level and self.zone.ratio <= ratio)


def detect(
    bins: Bins,
    found: Calibrations,
    rng: np.random.Generator,
    *,
    method: Method = "pwlr",
    draws: int = 999,
    share: float = TAIL,
) -> Detection:
    """Look for a zone, test it and estimate it.

    Parameters
    ----------
    bins : Bins
        The sample.
    found : Calibrations
        Of the same sample.
    rng : numpy.random.Generator
        Random numbers of the test.
    method : {"pwlr", "shape", "msc"}
        The test.
    draws : int
        For each curve without a zone.
    share : float
        Of customers beyond each end of the window.
    """
    window = found.for_edges.window(share)
    if window[1] - window[0] < NARROWEST:
        return Detection(False, None, None, window, share)
    basis = basis_of(bins, found.for_edges, share)
    zone = best_zone(basis, bins, window)
    axes = [axis for axis in (found.for_test, found.beside) if axis is not None]
    tests = [_test(method, bins, axis, rng, draws, share) for axis in axes]
    return Detection(True, max(tests, key=lambda test: test.p), zone, window, share)


def _test(
    method: Method,
    bins: Bins,
    calibration: Calibration,
    rng: np.random.Generator,
    draws: int,
    share: float,
) -> ZoneTest | ShapeTest | MultiscaleTest:
    if method == "msc":
        return run_multiscale_test(calibration, bins, rng, draws)
    window, basis = calibration.window(share), basis_of(bins, calibration, share)
    if method == "shape":
        return run_shape_test(basis, bins, rng, draws, window)
    return run_zone_test(basis, bins, rng, draws, window)

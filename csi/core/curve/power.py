"""How likely a zone is to be found, without simulating respondents.

Once respondents are in bins everything is normal: the weighted means of a sample
of n are those of the curve times the root of n, plus errors of size one, so that
what kinks add is ``z ~ N(Q root m, I)``. A zone is found when D of such a sample
exceeds the largest 95 % quantile of D under the four curves without a zone that
come closest to the noise-free curve, and when the slope in the zone of that sample
is at most `RATIO` of its average slope. The same errors serve all curves and sizes,
so that power hardly wavers from one size to the next.

Calibrations are taken as they are given. If that is the true one, power is too high,
since a survey has to estimate it: `COST` says how many respondents that is worth. With
one that a sample estimated, stopped early for edges, no cost is due: its blur takes
about as much.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np
from scipy.optimize import brentq
from scipy.special import ndtri

from csi.core.curve.bins import Bins
from csi.core.curve.calibration import Calibration
from csi.core.curve.detection import BEYOND, NARROWEST, RATIO, TAIL, knots_between
from csi.core.curve.hinges import Hinges, hinges
from csi.core.curve.zone_search import WIDTH, Pairs, advantage, fit_pairs, pairs
from csi.core.curve.zone_test import draw_noise, null_curves, standardised
from csi.core.types import Array, Mask

STEP = 2
"""Points between possible kinks; the test has one at every point and hardly more power."""

COST = 0.15
"""Share of respondents lost because the calibration of their scores is estimated, chosen in
simulations of zones of 20 and 30 points and checked in new ones (docs/studies_curve_power.py)."""

FEWEST, MOST = 30, 1_000_000
"""Respondents between which a sample size is looked for."""

CLOSE = 0.01
"""Relative error of a sample size."""

TOGETHER = 32
"""Samples whose zones are estimated at a time, so that they stay near the processor."""


@dataclass(frozen=True, slots=True, eq=False)
class Signal:
    """What samples from a known curve look like on one basis.

    Attributes
    ----------
    basis : Hinges
        Possible kinks.
    found : Pairs
        Pairs of them.
    z, b : (k,) array, float
        What kinks add, and the slope of the line, without noise.
    noise_z, noise_b : (m, k) and (m,) arrays
        Their errors, which are the same whatever the size of the sample.
    """

    basis: Hinges
    found: Pairs
    z: Array
    b: float
    noise_z: Array
    noise_b: Array


@dataclass(frozen=True, slots=True, eq=False)
class Outlook:
    """What samples from a known curve look like to the test.

    Attributes
    ----------
    test : Signal
        With the calibration of the test.
    edges : callable
        The signal with the calibration of edges and slopes in samples of so many.
    window : (float, float)
        True scores between which a zone is looked for.
    n : int
        Respondents of the sample the signals belong to.
    cost : float
        Share of respondents lost to the estimation of the calibration.
    """

    test: Signal
    edges: Callable[[float], Signal]
    window: tuple[float, float]
    n: int
    cost: float


def outlook(
    bins: Bins,
    calibration: Calibration,
    rng: np.random.Generator,
    *,
    for_edges: Callable[[float], Calibration] | None = None,
    share: float = TAIL,
    cost: float = 0.0,
    draws: int = 999,
) -> Outlook:
    """Prepare the power of the test for samples of any size.

    Parameters
    ----------
    bins : Bins
        A sample without noise: ``mean`` is what the curve gives, ``posterior @ m(T)``.
    calibration : Calibration
        With which the test is made.
    rng : numpy.random.Generator
        Source of the errors.
    for_edges : callable, optional
        The calibration with which slopes are estimated in a sample of so many; that of the
        test by default.
    share : float
        Of customers beyond each end of the window.
    cost : float
        Share of respondents lost to the estimation of the calibration.
    draws : int
        Samples.
    """
    basis = _basis(bins, calibration, share)
    noise = draw_noise(basis, bins, rng, draws)
    window = calibration.window(share)
    test = _signal(basis, bins, noise, window)

    def edges(n: float) -> Signal:
        if for_edges is None:
            return test
        axis = for_edges(n)
        return _signal(_basis(bins, axis, share), bins, noise, axis.window(share))

    return Outlook(test, edges, window, bins.n, cost)


def _basis(bins: Bins, axis: Calibration, share: float) -> Hinges:
    """Return every second or so of the hinges that `basis_of` gives."""
    return hinges(bins, axis, knots_between(axis.window(share * BEYOND))[::STEP])


def _signal(basis: Hinges, bins: Bins, noise: Array, window: tuple[float, float]) -> Signal:
    z, b = standardised(basis, bins)
    return Signal(basis, pairs(basis, window), z, b, noise @ basis.Q.T, noise @ basis.line)


def power(ahead: Outlook, n: float, level: float = 0.05, enough: float = 0.0) -> float:
    """Return the probability that a sample of n shows the zone.

    Parameters
    ----------
    ahead : Outlook
        From `outlook`.
    n : float
        Respondents.
    level : float
        Error rate of the test.
    enough : float
        Where the probability is below this one, any number between the two may be returned,
        which takes less time.
    """
    if ahead.window[1] - ahead.window[0] < NARROWEST:
        return 0.0
    scale = float(np.sqrt(n * (1 - ahead.cost) / ahead.n))
    refuted = _refuted(ahead.test, scale, n, level, enough)
    if refuted.mean() < enough:
        return float(refuted.mean())
    edges = ahead.edges(n)
    z, b = scale * edges.z + edges.noise_z[refuted], scale * edges.b + edges.noise_b[refuted]
    insensitive = _ratios(edges, ahead.window, z, b) <= RATIO
    return float(insensitive.sum() / len(refuted))


def sample_size(ahead: Outlook, wanted: float = 0.8, level: float = 0.05) -> float:
    """Return how many respondents find the zone with a wanted probability.

    Returns
    -------
    float
        A whole number; infinite where `MOST` are not enough.
    """

    @cache  # the search begins with the two ends
    def excess(log_n: float) -> float:
        reached = power(ahead, float(np.exp(log_n)), level)
        return float(ndtri(np.clip(reached, 1e-3, 1 - 1e-3)) - ndtri(wanted))

    low, high = np.log([FEWEST, MOST])
    if excess(high) < 0:
        return np.inf
    if excess(low) >= 0:
        return float(FEWEST)
    return float(np.ceil(np.exp(brentq(excess, low, high, xtol=CLOSE))))


def detectable_width(
    of_width: Callable[[int], Outlook],
    widest: int,
    n: float,
    wanted: float = 0.8,
    level: float = 0.05,
) -> float:
    """Return the width of the narrowest zone that n respondents find.

    Parameters
    ----------
    of_width : callable
        The outlook for a zone of so many points.
    widest : int
        Points of the widest zone with stretches beside it.
    n : float
        Respondents.
    wanted : float
        Probability of finding it.
    level : float
        Error rate of the test.

    Returns
    -------
    float
        Whole points; NaN where not even the widest is found.
    """
    missed, width = int(WIDTH) - 1, int(WIDTH)
    while power(of_width(width), n, level, wanted) < wanted:
        if width >= widest:
            return np.nan
        missed, width = width, min(width + max(width // 3, 3), widest)
    while width - missed > 1:
        middle = (missed + width) // 2
        found = power(of_width(middle), n, level, wanted) >= wanted
        missed, width = (missed, middle) if found else (middle, width)
    return float(width)


def _refuted(signal: Signal, scale: float, n: float, level: float, enough: float) -> Mask:
    """Whether each sample refutes "no zone"; too many of them where not enough do."""
    found, z, b = signal.found, scale * signal.z, scale * signal.b
    fits = fit_pairs(found, z, b)
    refuted = np.zeros(len(signal.noise_b), dtype=np.bool_)
    if not fits.zone.any():
        return refuted
    b_drawn = b + signal.noise_b
    lead = advantage(found, z + signal.noise_z, b_drawn)
    refuted = lead > 0
    nulls = null_curves(signal.basis, found, fits, z, float(np.log(n)))
    for null in {null.tobytes(): null for null in nulls}.values():
        least = _critical(advantage(found, null + signal.noise_z, b_drawn), level)
        refuted &= lead > least
        if refuted.mean() < enough:
            break
    return refuted


def _critical(D: Array, level: float) -> float:
    """Return what D must exceed for a p value of at most ``level``."""
    exceeding = max(int(level * (len(D) + 1) + 1e-9) - 1, 0)
    return float(np.sort(D)[len(D) - 1 - exceeding])


def _ratios(signal: Signal, window: tuple[float, float], z: Array, b: Array) -> Array:
    """Return the slope in the best zone of each sample as a share of its average slope."""
    if not signal.found.wide.any():
        return np.full(len(b), np.inf)
    wide = replace(signal, found=_wide_columns(signal.found))
    parts = [
        _some_ratios(wide, window, z[at : at + TOGETHER].T, b[at : at + TOGETHER])
        for at in range(0, len(b), TOGETHER)
    ]
    return np.concatenate([np.empty(0), *parts])


def _some_ratios(signal: Signal, window: tuple[float, float], z: Array, b: Any) -> Array:
    found, basis = signal.found, signal.basis
    fits = fit_pairs(found, np.ascontiguousarray(z), b)
    gain = np.where(fits.zone, fits.gain, -np.inf)
    best = gain.argmax(axis=0)
    i, j = found.i[best], found.j[best]
    inside, first, second = (
        np.take_along_axis(value, best[None], axis=0)[0]
        for value in (fits.inside, fits.first, fits.second)
    )
    below, above = inside - first / basis.length[i], inside + second / basis.length[j]
    low, high = basis.knots[i], basis.knots[j]
    start, end = window
    rise = below * (low - start) + inside * (high - low) + above * (end - high)
    shown = (rise > 0) & np.isfinite(gain.max(axis=0))
    ratios = np.full(len(b), np.inf)
    np.divide(inside * (end - start), rise, out=ratios, where=shown)
    return ratios


def _wide_columns(found: Pairs) -> Pairs:
    """Return the pairs that may be zones, with an axis for samples."""
    names = ("r", "spread", "wide", "u", "v", "variance", "pull_first", "pull_second")
    columns: dict[str, Any] = {name: getattr(found, name)[found.wide, None] for name in names}
    return replace(found, i=found.i[found.wide], j=found.j[found.wide], **columns)

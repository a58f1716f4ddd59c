"""The curve and its zone in other samples of the same customers.

Everything after the binning is done again for each sample: the reliability, the
distribution of the true score, the calibrated axis and hinges, the search for the
zone, the curve. So the spread over the samples holds the error of the calibration
too, which intervals that take it for known leave out. Notation::

    f (B, s)     density of the latent scores
    K (s, g k)   chance[w, s] h_k(T_s), so that f K holds E[h_k(T); W = w]

All of it costs the same for 250 and for a million respondents.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from csi.core.curve.bends import fitted_bends
from csi.core.curve.bins import SCORES
from csi.core.curve.calibration import deconvolved
from csi.core.curve.item_model import Answering, Items
from csi.core.curve.ladder import Ladder, Places, exact, ladder
from csi.core.curve.redrawing import Redrawn, Source, error_spread, redraw
from csi.core.curve.zone_replicates import ZoneReplicates, bases, best_zones
from csi.core.types import Array

BATCH = 64
"""Samples handled at a time, so that they stay near the processor."""

SMALLEST = 1e-30
"""Probability below which single precision has none."""

UNSEEN = 1e9
"""Variance, relative to the largest, of bins that a sample left empty."""


@dataclass(frozen=True, slots=True, eq=False)
class Samples:
    """Samples drawn anew, and how their scores come from true scores.

    Attributes
    ----------
    drawn : Redrawn
        Their bins.
    ladder : Ladder
        Models.
    rung : (B,) array
        Which model each sample has.
    density : (B, s) array
        Probabilities of the latent scores.
    """

    drawn: Redrawn
    ladder: Ladder
    rung: Places
    density: Array


def resampled(
    given: Source,
    model: Answering | None,
    items: Items | None,
    reliability: float,
    *,
    steps: int,
    seed: int,
    number: int,
) -> Samples:
    """Draw samples anew, each with a reliability and a density of its own.

    Parameters
    ----------
    given : Source
        The sample.
    model : Answering or None
        How its scores come from true scores; None where they are taken as they are.
    items : Items or None
        Those the model was fitted with; without them the error is normal.
    reliability : float
        Of the sample.
    steps : int
        Of the deconvolution, as many as the sample took.
    seed, number : int
        Seed of the streams, and number of samples.
    """
    drawn = redraw(given, seed, number)
    if model is None:
        models, error = exact(), np.zeros(number)
    else:
        error = (1 - reliability - drawn.shift) * _spread(drawn.weight)
        error /= _spread(given.bins.weight[None])
        models = ladder(
            model, items, given.bins.weight, reliability, error_spread(given, reliability)
        )
    rung = models.nearest(1 - error)
    seen = given.bins.weight > 0
    density = np.empty((number, models.T.shape[1]), dtype=np.float32)
    for m in np.unique(rung):
        density[rung == m] = _densities(models.chance[m], drawn.weight[rung == m], seen, steps)
    return Samples(drawn, models, rung, density.astype(np.float64))


def _spread(weight: Array) -> Array:
    share = weight / weight.sum(axis=1, keepdims=True)
    return np.asarray(share @ SCORES**2 - (share @ SCORES) ** 2)


def _densities(chance: Array, weight: Array, seen: NDArray[np.bool_], steps: int) -> Array:
    """Deconvolve in single precision; bins where nobody can be drawn do not count."""
    small: Any = np.maximum(chance[seen], SMALLEST).astype(np.float32)
    start: Any = np.full(small.shape[1], 1 / small.shape[1], dtype=np.float32)
    few: Any = weight[:, seen].astype(np.float32)
    return deconvolved(small, few, steps, start)


@dataclass(frozen=True, slots=True, eq=False)
class Recalibrated:
    """What some samples say about functions of the true score.

    Attributes
    ----------
    places : (b,) array
        Which samples.
    X : (b, g) array
        Mean true score given the observed one.
    H : (b, g, k) array
        Mean of each hinge given the observed score.
    mean, variance : (b, g) arrays
        Of the bins; where nobody is the variance is so large that they do not count.
    """

    places: Places
    X: Array
    H: Array
    mean: Array
    variance: Array


def recalibrated(samples: Samples, knots: Array) -> Iterator[Recalibrated]:
    """Calibrate the axis and hinges of all samples, some at a time."""
    drawn = samples.drawn
    seen = drawn.weight.any(axis=0)
    for m in np.unique(samples.rung):
        chance, T = samples.ladder.chance[m][seen], samples.ladder.T[m]
        hinges = np.column_stack([np.ones_like(T), T, np.maximum(T[:, None] - knots, 0)])
        kernel = (chance.T[:, :, None] * hinges[:, None]).reshape(len(T), -1).astype(np.float32)
        of_model = np.flatnonzero(samples.rung == m)
        for start in range(0, len(of_model), BATCH):
            at = of_model[start : start + BATCH]
            joint = samples.density[at].astype(np.float32) @ kernel
            joint = joint.reshape(len(at), -1, len(knots) + 2).astype(np.float64)
            given = joint[:, :, 1:] / np.maximum(joint[:, :, :1], SMALLEST)
            variance = drawn.variance[at][:, seen]
            largest = np.where(np.isfinite(variance), variance, 0.0).max(axis=1, keepdims=True)
            variance = np.minimum(variance, UNSEEN * largest)
            mean = drawn.mean[at][:, seen]
            yield Recalibrated(at, given[:, :, 0], given[:, :, 1:], mean, variance)


def zone_replicates(samples: Samples, knots: Array, window: tuple[float, float]) -> ZoneReplicates:
    """Return the best zone of each sample.

    Parameters
    ----------
    samples : Samples
        From `resampled`.
    knots : (k,) array
        Possible edges of the zone, in the window.
    window : (float, float)
        True scores over which the average slope is taken.
    """
    found = np.empty((7, len(samples.rung)))
    for part in recalibrated(samples, knots):
        basis = bases(part.X, part.H, part.mean, part.variance)
        found[:, part.places] = best_zones(knots, basis, window)
    return ZoneReplicates(*found)


def curve_replicates(samples: Samples, knots: Array) -> Array:
    """Return the curve of each sample.

    Parameters
    ----------
    samples : Samples
        From `resampled`.
    knots : (k,) array
        Where the curve may bend; few.

    Returns
    -------
    (B, k + 2) array
        Coefficients, for `csi.core.curve.bends`.
    """
    found = np.empty((len(samples.rung), len(knots) + 2))
    for part in recalibrated(samples, knots):
        found[part.places] = fitted_bends(part.X, part.H, part.mean, part.variance)
    return found

"""One zone for many firms, each with a level and a calibration of its own.

Firms of 250 interviews cannot show a zone; together they can, if its edges are the
same for all. The bins of all firms are put under one another and the line that is
taken out of the hinges has a level for each firm, or a level and a slope. What is
left adds up over firms: gain, D and likelihood ratio are those of one sample.
Notation as in `csi.core.curve.hinges`, with::

    f    (F,)         firms, each with g bins
    o_f               share of all respondents in firm f
    v    (F, g)       weights, one over the variance of the mean of a bin

With slopes of their own the slope of the line, and the slope between kinks, are
averages over firms with weights o. A slope that differs between firms looks like a
bend where their customers differ in satisfaction; own slopes prevent that.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from csi.core.curve.bins import SCORES, Bins
from csi.core.curve.calibration import Calibration
from csi.core.curve.detection import BEYOND, NARROWEST, TAIL, Calibrations, Detection, knots_between
from csi.core.curve.edges import Zone, best_zone
from csi.core.curve.hinges import SHORTEST, Hinges, hinge_means
from csi.core.curve.zone_test import run_zone_test
from csi.core.types import Array

Slopes = Literal["common", "own"]


@dataclass(frozen=True, slots=True, eq=False)
class Pool:
    """Firms under one another.

    Attributes
    ----------
    bins : Bins
        F g bins, those of the first firm first.
    calibration : Calibration
        F g rows of what scores say about true scores, which are 0, 1, ..., 100; the
        density is that of all customers.
    share : (F,) array
        Share of all respondents in each firm.
    """

    bins: Bins
    calibration: Calibration
    share: Array

    def by_firm(self, values: Array) -> Array:
        """Return (F g, ...) values as (F, g, ...)."""
        return np.asarray(values.reshape(len(self.share), -1, *values.shape[1:]))


def pool(bins: Sequence[Bins], calibrations: Sequence[Calibration]) -> Pool:
    """Put firms under one another.

    True scores between two whole points are shared out to both, in such a way that the
    mean is kept, and with it every hinge at a whole point.
    """
    size = np.array([one.n for one in bins], dtype=np.float64)
    share = size / size.sum()
    spread = [_on_points(found.T) for found in calibrations]
    density = sum(
        o * (found.density @ to)
        for o, found, to in zip(share, calibrations, spread, strict=True)
    )  # fmt: skip
    posterior = np.vstack(
        [found.posterior @ to for found, to in zip(calibrations, spread, strict=True)]
    )
    reliability = float(share @ [found.reliability for found in calibrations])
    together = Calibration(SCORES, np.asarray(density), posterior, posterior @ SCORES, reliability)
    return Pool(_stacked(bins), together, share)


def _on_points(T: Array) -> Array:
    """Return the (s, 101) shares of each true score that go to the whole points."""
    return np.asarray(np.maximum(1 - np.abs(T[:, None] - SCORES), 0))


def _stacked(bins: Sequence[Bins]) -> Bins:
    x, weight, mean, variance = (
        np.concatenate([getattr(one, name) for one in bins])
        for name in ("x", "weight", "mean", "variance")
    )
    n = sum(one.n for one in bins)
    if all(one.scatter is None for one in bins):
        return Bins(x, weight, mean, variance, n)
    blocks = []
    for f, one in enumerate(bins):
        own = _independent(one) if one.scatter is None else one.scatter
        block = np.zeros((len(own), len(bins) * len(SCORES)))
        block[:, f * len(SCORES) : (f + 1) * len(SCORES)] = own
        blocks.append(block)
    return Bins(x, weight, mean, variance, n, np.vstack(blocks))


def _independent(bins: Bins) -> Array:
    """Return the scatter of a firm without clusters: every bin is one."""
    return np.diag(np.sqrt(np.where(np.isfinite(bins.variance), bins.variance, 0.0)))


def pooled_hinges(given: Pool, knots: Array, slopes: Slopes = "common") -> Hinges:
    """Return the hinges at these knots without the lines of the firms.

    Parameters
    ----------
    given : Pool
        The firms.
    knots : (k,) array
        Possible kinks, at whole points.
    slopes : {"common", "own"}
        Whether all firms have one slope beside a level of their own, or one each.
    """
    variance = given.by_firm(given.bins.variance)
    v = np.where(np.isfinite(variance), 1 / variance, 0.0)
    within = v / v.sum(axis=1, keepdims=True)
    X = given.by_firm(given.calibration.X)
    H = given.by_firm(hinge_means(given.calibration, knots))
    X_mean, H_mean = (within * X).sum(axis=1), np.einsum("fg,fgk->fk", within, H)
    x, h = X - X_mean[:, None], H - H_mean[:, None]
    size = (v * x**2).sum(axis=1)
    part = size / size.sum() if slopes == "common" else given.share
    each = np.einsum("fg,fgk->fk", v * x, h) / size[:, None]
    if slopes == "common":
        each = np.broadcast_to(part @ each, each.shape)
    root = np.sqrt(v)
    left = (h - x[:, :, None] * each[:, None]) * root[:, :, None]
    length = np.sqrt(np.einsum("fgk,fgk->k", left, left))
    kept = length > SHORTEST * length.max(initial=0)
    o = given.share
    slope_of = root * x / size[:, None]
    line = part[:, None] * slope_of
    start = o[:, None] * root / v.sum(axis=1, keepdims=True)
    start -= (o @ X_mean) * line if slopes == "common" else (o * X_mean)[:, None] * slope_of
    return Hinges(
        knots=knots[kept],
        Q=np.ascontiguousarray((left.reshape(-1, len(knots))[:, kept] / length[kept]).T),
        line=line.ravel(),
        shift=(part @ each)[kept],
        length=length[kept],
        line_variance=float((part**2 / size).sum()),
        start=start.ravel(),
        start_shift=(o @ (H_mean - each * X_mean[:, None]))[kept],
        root=root.ravel(),
    )


def detect_pooled(
    bins: Sequence[Bins],
    found: Sequence[Calibrations],
    rng: np.random.Generator,
    *,
    slopes: Slopes = "common",
    draws: int = 999,
    share: float = TAIL,
) -> Detection:
    """Look for a zone common to all firms, test it and estimate it.

    Parameters
    ----------
    bins, found : sequences
        Of the firms.
    rng : numpy.random.Generator
        Random numbers of the test.
    slopes : {"common", "own"}
        As in `pooled_hinges`.
    draws : int
        For each curve without a zone.
    share : float
        Of customers beyond each end of the window.
    """
    for_edges = pool(bins, [one.for_edges for one in found])
    window = for_edges.calibration.window(share)
    if window[1] - window[0] < NARROWEST:
        return Detection(False, None, None, window, share)
    zone = best_zone(_basis(for_edges, slopes, share), for_edges.bins, window)
    pools = [pool(bins, axes) for axes in _axes(found)]
    tests = [
        run_zone_test(
            _basis(own, slopes, share), own.bins, rng, draws, own.calibration.window(share)
        )
        for own in pools
    ]
    return Detection(True, max(tests, key=lambda test: test.p), zone, window, share)


def _axes(found: Sequence[Calibrations]) -> list[list[Calibration]]:
    """Return the calibrations of all firms on which the test must reject, as in `detect`."""
    usual = [one.for_test for one in found]
    if all(one.beside is None for one in found):
        return [usual]
    return [usual, [one.beside or one.for_test for one in found]]


def _basis(given: Pool, slopes: Slopes, share: float) -> Hinges:
    return pooled_hinges(given, knots_between(given.calibration.window(share * BEYOND)), slopes)


def firm_lines(given: Pool, zone: Zone, slopes: Slopes) -> tuple[Array, Array]:
    """Return the level and slope of each firm beside what the common zone explains.

    The level is the outcome at the average true score of all firms, the slope what is
    added to the common one; it is zero where slopes are common.
    """
    v = np.where(np.isfinite(given.bins.variance), 1 / given.bins.variance, 0.0)
    v, X = given.by_firm(v), given.by_firm(given.calibration.X)
    within = v / v.sum(axis=1, keepdims=True)
    curve = zone.at(SCORES)
    left = given.by_firm(given.bins.mean - given.calibration.posterior @ curve)
    middle = float(given.calibration.density @ SCORES)
    X_mean, left_mean = (within * X).sum(axis=1), (within * left).sum(axis=1)
    x = X - X_mean[:, None]
    extra = (v * x * left).sum(axis=1) / (v * x**2).sum(axis=1)
    if slopes == "common":
        extra = np.zeros_like(extra)
    level = left_mean + extra * (middle - X_mean) + np.interp(middle, SCORES, curve)
    return np.asarray(level), np.asarray(extra)

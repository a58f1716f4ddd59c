"""Is there a zone? The best curve with any bends against the best one without a zone.

Without a zone a curve is convex up to some score and concave after it. With one
it rises within the window, is concave up to a stretch of at least `WIDTH` points
and convex after it. Both sets are unions of convex cones, one for each place of the
change, and hinges span them::

    no zone   intercept + slope X + sum of g_c H_c,   g_c >= 0 before the change, <= 0 after it
    zone      intercept + g_0 X + sum of g_c (X - H_c) before + sum of g_c H_c after,   all g >= 0

where ``X - H_c`` is a curve that rises up to c, and ``g_0`` the slope in the zone.
``D`` is by how much the best zone fits better, in units of twice the log
likelihood. In contrast to `csi.core.curve.zone_test` a curve may bend more than
twice; its p value is found in the same way, from normal errors round four curves
without a zone, the last of which is here the best of all of them. Notation as in
`csi.core.curve.hinges`.

References
----------
Meyer, M. C. (2003). A test for linear versus convex regression function using
shape-restricted regression. Biometrika 90(1), 223-232. doi:10.1093/biomet/90.1.223
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from csi.core.curve.bins import Bins
from csi.core.curve.cones import Places, closest
from csi.core.curve.hinges import Hinges
from csi.core.curve.zone_search import WIDTH, fit_pairs, pairs
from csi.core.curve.zone_test import draw_noise, null_curves, standardised
from csi.core.types import Array

SPACING = 3.0
"""Points between the places where curves with a zone, and those of the draws, may bend."""

EVERYWHERE = (-np.inf, np.inf)
"""Window without ends."""

NOTHING = 1e-6
"""Advantage up to which two curves fit equally well."""


@dataclass(frozen=True, slots=True, eq=False)
class ShapeTest:
    """The test of "no zone" over all shapes.

    Attributes
    ----------
    statistic : float
        D, by how much the best curve with a zone fits better than the best one without.
    p : float
        The largest of ``p_values``.
    p_values : (4,) array
        Under the four curves without a zone; ones where D is not positive.
    """

    statistic: float
    p: float
    p_values: Array


@dataclass(frozen=True, slots=True, eq=False)
class Shapes:
    """Convex cones of curves, one for each place of the change.

    A column is a part of the line, of length one, plus a part of a hinge.

    Attributes
    ----------
    hinge : (v,) array of int
        Hinge of each column.
    on_line, on_hinge : (c, v) arrays
        Parts of each column; zeros where a cone lacks it.
    G : (c, v, v) array
        Products of the columns.
    """

    hinge: Places
    on_line: Array
    on_hinge: Array
    G: Array

    def fit(self, line: Array, z: Array) -> tuple[Array, Array]:
        """Find the closest curve of each cone.

        Parameters
        ----------
        line : (m,) array
            What the line adds in each sample, in standard errors.
        z : (m, k) array
            What each hinge adds to it.

        Returns
        -------
        (m, c) array, (m, c, v) array
            By how much the sum of squares falls; coefficients of the columns.
        """
        h = line[:, None, None] * self.on_line + z[:, None, self.hinge] * self.on_hinge
        flat = h.reshape(-1, h.shape[2])
        x = closest(self.G, flat, np.tile(np.arange(len(self.G)), len(z))).reshape(h.shape)
        return (h * x).sum(axis=2), x


def run_shape_test(
    basis: Hinges,
    bins: Bins,
    rng: np.random.Generator,
    draws: int = 199,
    window: tuple[float, float] = EVERYWHERE,
) -> ShapeTest:
    """Test whether there is a zone within the window, whatever the shape of the curve.

    Parameters
    ----------
    basis : Hinges
        Calibrated hinges. The curve without a zone that fits the sample best may use all, so
        that a bend between coarser places is not taken for a zone in a very large sample.
    bins : Bins
        Outcomes by bin of the score.
    rng : numpy Generator
        Source of the draws.
    draws : int
        Of errors, shared by the curves without a zone.
    window : (float, float)
        True scores between which a curve with a zone bends; one without may bend beyond.

    Returns
    -------
    ShapeTest
    """
    coarse = thinned(basis)
    shapes = zone_shapes(coarse, window)
    if shapes is None:
        return ShapeTest(-np.inf, 1.0, np.ones(4))
    z, b = standardised(coarse, bins)
    step = coarse.line_variance**-0.5
    gain, plain = best_without(basis, bins)
    D = float(shapes.fit(np.array([step * b]), z[None])[0].max() - (step * b) ** 2 - gain)
    if not D > NOTHING:
        return ShapeTest(D, 1.0, np.ones(4))
    noise = draw_noise(coarse, bins, rng, draws)
    lines, noise_z = step * (b + noise @ coarse.line), noise @ coarse.Q.T
    found = pairs(coarse, window)
    nulls = null_curves(coarse, found, fit_pairs(found, z, b), z, np.log(bins.n))
    nulls[-1] = coarse.Q @ plain
    others = other_shapes(coarse)
    reached = [_reached(shapes, others, lines, null + noise_z, D) for null in nulls]
    p = (1 + np.array(reached)) / (draws + 1)
    return ShapeTest(D, float(p.max()), p)


def best_without(basis: Hinges, bins: Bins) -> tuple[float, Array]:
    """Return the best curve without a zone: what it adds to the line, and (g,) its bends."""
    shapes = other_shapes(basis)
    z, b = standardised(basis, bins)
    gains, x = shapes.fit(np.array([b]), z[None])
    best = gains[0].argmax()
    return float(gains[0, best]), (shapes.on_hinge[best] * x[0, best]) @ basis.Q


def thinned(basis: Hinges, spacing: float = SPACING) -> Hinges:
    """Keep hinges about so many points apart."""
    step = np.rint((basis.knots - basis.knots[:1]) / spacing)
    at = np.unique(step, return_index=True)[1]
    return replace(
        basis,
        knots=basis.knots[at],
        Q=basis.Q[at],
        shift=basis.shift[at],
        length=basis.length[at],
        start_shift=basis.start_shift[at],
    )


def other_shapes(basis: Hinges) -> Shapes:
    """Return the cones of curves that are convex up to a score and concave after it."""
    k = len(basis.knots)
    sign = np.where(np.arange(k) < np.arange(k + 1)[:, None], 1.0, -1.0)
    hinge = np.arange(k)
    return _shapes(basis, hinge, np.zeros_like(sign), sign)


def zone_shapes(
    basis: Hinges, window: tuple[float, float] = EVERYWHERE, width: float = WIDTH
) -> Shapes | None:
    """Return the cones of curves that are concave up to a zone, convex after it, and rise."""
    knots = basis.knots
    within = (knots >= window[0]) & (knots <= window[1])
    low = knots[within]
    after = within & (knots >= low[:, None] + width - 1e-9)
    low, after = low[after.any(axis=1)], after[after.any(axis=1)]
    if not len(low):
        return None
    before = within & (knots <= low[:, None])
    step = basis.line_variance**-0.5
    on_line = before * (1 - basis.shift) * step + after * basis.shift * step
    on_hinge = (after * 1.0 - before) * basis.length
    size = np.hypot(on_line, on_hinge)
    size[size == 0] = 1.0
    on_line = np.column_stack([np.ones(len(low)), on_line / size])
    on_hinge = np.column_stack([np.zeros(len(low)), on_hinge / size])
    return _shapes(basis, np.concatenate([[0], np.arange(len(knots))]), on_line, on_hinge)


def _shapes(basis: Hinges, hinge: Places, on_line: Array, on_hinge: Array) -> Shapes:
    R = basis.R[np.ix_(hinge, hinge)]
    G = on_line[:, :, None] * on_line[:, None] + R * on_hinge[:, :, None] * on_hinge[:, None]
    return Shapes(hinge, on_line, on_hinge, G)


def _reached(shapes: Shapes, others: Shapes, lines: Array, z: Array, D: float) -> int:
    """Count the samples whose advantage is D or more."""
    zone = shapes.fit(lines, z)[0].max(axis=1) - lines**2
    likely = zone - (z**2).max(axis=1) >= D  # a single kink is no zone, so D is below that
    none = others.fit(lines[likely], z[likely])[0].max(axis=1)
    return int((zone[likely] - none >= D).sum())

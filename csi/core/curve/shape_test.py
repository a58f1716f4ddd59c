"""Is there a zone? The best curve with any bends against the best one without a zone.

Without a zone a curve is convex up to some score and concave after it. With one
it rises all the way, is concave up to a stretch of at least `WIDTH` points and
convex after it. Both sets are unions of convex cones, one for each place of the
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

from dataclasses import dataclass

import numpy as np

from csi.core.curve.bins import Bins
from csi.core.curve.cones import Places, closest
from csi.core.curve.hinges import Hinges
from csi.core.curve.zone_search import WIDTH, fit_pairs, pairs
from csi.core.curve.zone_test import draw_noise, null_curves, standardised
from csi.core.types import Array

SPACING = 3.0
"""Points between the places where a curve may bend."""

NOTHING = 1e-6
"""Advantage up to which two curves fit equally well."""


@dataclass(frozen=True, slots=True, eq=False)
class ShapeTest:
    """The test of "no zone" over all shapes.

    Attributes
    ----------
    D : float
        By how much the best curve with a zone fits better than the best one without.
    p : float
        The largest of ``p_values``.
    p_values : (4,) array
        Under the four curves without a zone; ones where D is not positive.
    """

    D: float
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
    basis: Hinges, bins: Bins, rng: np.random.Generator, draws: int = 199
) -> ShapeTest:
    """Test whether there is a zone, whatever the shape of the curve.

    Parameters
    ----------
    basis : Hinges
        Calibrated hinges; those about `SPACING` points apart are used.
    bins : Bins
        Outcomes by bin of the score.
    rng : numpy Generator
        Source of the draws.
    draws : int
        Of errors, shared by the curves without a zone.

    Returns
    -------
    ShapeTest
    """
    basis = thinned(basis)
    shapes = zone_shapes(basis)
    if shapes is None:
        return ShapeTest(-np.inf, 1.0, np.ones(4))
    others = other_shapes(basis)
    z, b = standardised(basis, bins)
    step = basis.line_variance**-0.5
    line = b * step
    gains, best = others.fit(np.array([line]), z[None])
    D = float(shapes.fit(np.array([line]), z[None])[0].max() - line**2 - gains.max())
    if not D > NOTHING:
        return ShapeTest(D, 1.0, np.ones(4))
    noise = draw_noise(basis, bins, rng, draws)
    noise_z, lines = noise @ basis.Q.T, line + step * (noise @ basis.line)
    nulls = _nulls(basis, z, b, np.log(bins.n))
    at = gains[0].argmax()
    nulls[-1] = (others.on_hinge[at] * best[0, at]) @ basis.R
    reached = [_reached(shapes, others, lines, null + noise_z, D) for null in nulls]
    p = (1 + np.array(reached)) / (draws + 1)
    return ShapeTest(D, float(p.max()), p)


def thinned(basis: Hinges, spacing: float = SPACING) -> Hinges:
    """Keep hinges about so many points apart."""
    step = np.rint((basis.knots - basis.knots[:1]) / spacing)
    at = np.unique(step, return_index=True)[1]
    kept = (part[at] for part in (basis.knots, basis.Q, basis.shift, basis.length))
    knots, Q, shift, length = kept
    return Hinges(knots, Q, basis.line, shift, length, basis.line_variance, basis.root)


def other_shapes(basis: Hinges) -> Shapes:
    """Return the cones of curves that are convex up to a score and concave after it."""
    k = len(basis.knots)
    sign = np.where(np.arange(k) < np.arange(k + 1)[:, None], 1.0, -1.0)
    hinge = np.arange(k)
    return _shapes(basis, hinge, np.zeros_like(sign), sign)


def zone_shapes(basis: Hinges, width: float = WIDTH) -> Shapes | None:
    """Return the cones of curves that are concave up to a zone, convex after it, and rise."""
    knots = basis.knots
    low = np.arange(len(knots))
    high = np.searchsorted(knots, knots + width - 1e-9)
    low, high = low[high < len(knots)], high[high < len(knots)]
    if not len(low):
        return None
    step = basis.line_variance**-0.5
    k = np.arange(len(knots))
    before, after = k <= low[:, None], k >= high[:, None]
    on_line = before * (1 - basis.shift) * step + after * basis.shift * step
    on_hinge = (after * 1.0 - before) * basis.length
    size = np.hypot(on_line, on_hinge)
    size[size == 0] = 1.0
    on_line = np.column_stack([np.ones(len(low)), on_line / size])
    on_hinge = np.column_stack([np.zeros(len(low)), on_hinge / size])
    return _shapes(basis, np.concatenate([[0], k]), on_line, on_hinge)


def _shapes(basis: Hinges, hinge: Places, on_line: Array, on_hinge: Array) -> Shapes:
    R = basis.R[np.ix_(hinge, hinge)]
    G = on_line[:, :, None] * on_line[:, None] + R * on_hinge[:, :, None] * on_hinge[:, None]
    return Shapes(hinge, on_line, on_hinge, G)


def _nulls(basis: Hinges, z: Array, b: float, log_n: float) -> list[Array]:
    """Return z of the curves of at most two kinks from which errors are drawn."""
    found = pairs(basis)
    return null_curves(basis, found, fit_pairs(found, z, b), z, log_n)


def _reached(shapes: Shapes, others: Shapes, lines: Array, z: Array, D: float) -> int:
    """Count the samples whose advantage is D or more."""
    zone = shapes.fit(lines, z)[0].max(axis=1) - lines**2
    likely = zone - (z**2).max(axis=1) >= D  # a single kink is no zone, so D is below that
    none = others.fit(lines[likely], z[likely])[0].max(axis=1)
    return int((zone[likely] - none >= D).sum())

"""The calibrated hinge basis.

A curve that bends at a true score c has the term ``(T - c)_+``. What can be
regressed on the observed score is its expectation ``H_c(w) = E[(T - c)_+ | W = w]``.
Notation::

    X    (g,)    mean true score given the observed one
    c    (k,)    possible kinks, a point apart
    Q    (k, g)  hinges, weighted, with the line taken out, each of length one
    z    (k,)    Q times the weighted means: what a kink at c adds, in standard errors
    a    (k,)    slope of the hinge on X
    l    (k,)    length of the hinge before it was made one

A line in X and kinks at i and j have coefficients ``g_i / l_i`` and ``g_j / l_j``
with ``g = inv([[1, r], [r, 1]]) (z_i, z_j)`` and ``r = Q_i . Q_j``, and the slope
between the kinks is ``b + g_i (1 - a_i) / l_i - g_j a_j / l_j`` with ``b`` the
slope of the straight line.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from csi.core.curve.bins import Bins
from csi.core.curve.calibration import Calibration
from csi.core.types import Array

SHORTEST = 1e-3
"""Length, relative to the longest, below which a hinge cannot be told from the line."""


@dataclass(frozen=True, slots=True, eq=False)
class Hinges:
    """Hinges with the line taken out.

    Attributes
    ----------
    knots : (k,) array
        Possible kinks.
    Q : (k, g) array
        Weighted hinges without the line, of length one.
    line : (g,) array
        What the weighted means are multiplied by to give the slope of the line.
    shift : (k,) array
        Slope of each hinge on X, ``a``.
    length : (k,) array
        Length before scaling, ``l``.
    line_variance : float
        Of the slope of the line.
    start, start_shift : (g,) and (k,) arrays
        As ``line`` and ``shift``, for the intercept.
    root : (g,) array
        Square roots of the weights; zero where nobody is.
    """

    knots: Array
    Q: Array
    line: Array
    shift: Array
    length: Array
    line_variance: float
    start: Array
    start_shift: Array
    root: Array

    @property
    def R(self) -> Array:
        """(k, k) products of the hinges."""
        return self.Q @ self.Q.T


def hinge_means(calibration: Calibration, knots: Array) -> Array:
    """Return (g, k) expectations of ``(T - c)_+`` given the observed score."""
    return calibration.posterior @ np.maximum(calibration.T[:, None] - knots, 0)


def hinges(bins: Bins, calibration: Calibration, knots: Array) -> Hinges:
    """Return the hinges at these knots, fit for the weights of these bins."""
    root = np.where(np.isfinite(bins.variance), 1 / np.sqrt(bins.variance), 0.0)
    base = root[:, None] * np.column_stack([np.ones(len(root)), calibration.X])
    orthogonal, triangle = np.linalg.qr(base)
    raw = root[:, None] * hinge_means(calibration, knots)
    on_base = orthogonal.T @ raw
    left = raw - orthogonal @ on_base
    left -= orthogonal @ (orthogonal.T @ left)
    length = np.sqrt((left**2).sum(axis=0))
    kept = length > SHORTEST * length.max(initial=0)
    solve = np.linalg.inv(triangle)
    start, line = solve @ orthogonal.T
    start_shift, shift = solve @ on_base[:, kept]
    return Hinges(
        knots=knots[kept],
        Q=np.ascontiguousarray((left[:, kept] / length[kept]).T),
        line=line,
        shift=shift,
        length=length[kept],
        line_variance=float((solve[1] ** 2).sum()),
        start=start,
        start_shift=start_shift,
        root=root,
    )

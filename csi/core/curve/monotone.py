"""The smooth curve under the condition that it never falls (or never rises).

A spline whose coefficients increase is increasing. The constrained coefficients
are those nearest to the free ones in the metric of the penalised sum of squares,
which makes them the constrained minimum of that sum; writing them as
``beta_1 + C delta`` with cumulated steps ``delta >= 0`` makes this a problem of
non-negative least squares.

Bands are rearranged: their limits are sorted over the grid (Chernozhukov,
Fernandez-Val and Galichon 2009). If the true curve is increasing, a band that is
sorted covers it whenever the band did, and is never longer: the condition pays
without new draws. Projecting draws instead (Lin and Dunson 2014) takes a
quadratic programme for each draw, and where the true curve is flat it collapses
on the edge of the cone, with too narrow bands. Limits of the slope are cut at
zero for the same reason.

References
----------
Chernozhukov, V., Fernandez-Val, I. and Galichon, A. (2009). Improving point and
interval estimators of monotone functions by rearrangement. Biometrika 96(3),
559-575. doi:10.1093/biomet/asp030

Lin, L. and Dunson, D. B. (2014). Bayesian monotone regression using Gaussian
process projection. Biometrika 101(2), 303-317. doi:10.1093/biomet/ast063
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Literal

import numpy as np
from scipy.optimize import nnls

from csi.core.curve.bands import Band, SmoothCurve
from csi.core.curve.smooth import SmoothFit
from csi.core.types import Array

Direction = Literal[1, -1]
"""Whether a curve may rise only, or fall only."""


def monotone_fit(fit: SmoothFit, direction: Direction = 1) -> SmoothFit:
    """Return the penalised spline with coefficients that never decrease (or increase).

    The smoothing parameter stays, and so do covariance and degrees of freedom,
    which are those of the free fit.

    Examples
    --------
    >>> from csi.core.curve.smooth import smooth_fit
    >>> x = np.arange(101.0)
    >>> fit = smooth_fit(np.eye(101), x, (x - 30) ** 2 / 50, np.ones(101))
    >>> bool(np.diff(monotone_fit(fit).beta).min() >= 0)
    True
    """
    if (np.diff(fit.beta) * direction >= 0).all():
        return fit
    k = len(fit.beta)
    level = fit.root.sum(axis=1)
    steps = direction * fit.root @ np.tri(k, k - 1, -1)
    unit = level / np.sqrt(level @ level)
    target = fit.root @ fit.beta
    delta, _ = nnls(steps - np.outer(unit, unit @ steps), target)
    start = level @ (target - steps @ delta) / (level @ level)
    beta = start + direction * np.concatenate([[0.0], np.cumsum(delta)])
    return replace(fit, beta=beta)


def monotone_curve(free: SmoothCurve, fit: SmoothFit, direction: Direction = 1) -> SmoothCurve:
    """Put a monotone fit into the rearranged bands of the free curve.

    Parameters
    ----------
    free : SmoothCurve
        Curve and slope without the condition, on an equally spaced grid.
    fit : SmoothFit
        The spline from `monotone_fit`.
    direction : {1, -1}
        Whether it rises or falls.

    Returns
    -------
    SmoothCurve
        Standard errors and critical values are those of the free curve. Where the
        monotone fit lies outside a limit, the limit is moved to the fit.
    """

    def sort(limit: Array) -> Array:
        return np.sort(direction * limit) * direction

    def cut(limit: Array) -> Array:
        kept: Array = np.maximum(direction * limit, 0) * direction
        return kept

    curve = fit.spline.values(free.grid) @ fit.beta
    slope = cut(fit.spline.slopes(free.grid) @ fit.beta)
    return SmoothCurve(free.grid, _around(free.curve, curve, sort), _around(free.slope, slope, cut))


def _around(band: Band, value: Array, mend: Callable[[Array], Array]) -> Band:
    lower, all_lower = (np.minimum(mend(limit), value) for limit in (band.lower, band.all_lower))
    upper, all_upper = (np.maximum(mend(limit), value) for limit in (band.upper, band.all_upper))
    return Band(value, band.se, band.critical, lower, upper, all_lower, all_upper)

"""A 0/1 outcome on the logit scale.

Near a curve p of shares, the mean of a bin says of its logit what the working
response of iteratively weighted least squares says::

    eta = logit(p) + (mean - p) / (p (1 - p)),   variance = var(mean) / (p (1 - p))^2

so that everything that works on means and variances works on logits. The curve p
is a smooth fit, first of the shares and then of these logits, kept away from 0 and 1
by one respondent's worth.

References
----------
McCullagh, P. and Nelder, J. A. (1989). Generalized linear models, section 2.5.
Chapman & Hall. doi:10.1007/978-1-4899-3242-6
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy.special import expit, logit

from csi.core.curve.bins import Bins
from csi.core.curve.calibration import Calibration
from csi.core.curve.smooth import smooth_fit
from csi.core.types import Array

STEPS = 5
"""Times that the curve is fitted and the logits are taken near it."""


def on_logit(
    bins: Bins, calibration: Calibration, sign: float = 1.0, *, binary: bool = True
) -> Bins:
    """Return bins whose means are logits.

    Parameters
    ----------
    bins : Bins
        Shares, multiplied by ``sign``.
    calibration : Calibration
        Of their scores.
    sign : float
        -1 where the shares were turned round.
    binary : bool
        Whether every outcome is 0 or 1. Shares of several answers vary less than that;
        how much less is then estimated.
    """
    some, size = bins.weight > 0, bins.weight if bins.size is None else bins.size
    of_one = bins.weight[some] @ (bins.variance[some] * size[some])
    least = 1 / (bins.n + 2)
    p = sign * _smooth(bins, calibration)
    for _ in range(STEPS):
        p = np.clip(p, least, 1 - least)
        spread = p * (1 - p)
        eta = sign * logit(p) + (bins.mean - sign * p) / spread
        dispersion = 1.0 if binary else of_one / (bins.weight @ spread)
        variance = np.divide(dispersion / spread, size, out=np.full(len(p), np.inf), where=some)
        scatter = None if bins.scatter is None else bins.scatter / spread
        mean = np.where(some, eta, 0.0)
        logits = replace(bins, mean=mean, variance=variance, scatter=scatter)
        p = expit(sign * _smooth(logits, calibration))
    return logits


def _smooth(bins: Bins, calibration: Calibration) -> Array:
    """Return a smooth fit at the bins."""
    fit = smooth_fit(calibration.posterior, calibration.T, bins.mean, bins.variance)
    smooth: Array = calibration.posterior @ fit.spline.values(calibration.T) @ fit.beta
    return smooth

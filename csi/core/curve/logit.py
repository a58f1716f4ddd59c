"""A 0/1 outcome on the logit scale.

Near a curve p of shares, the mean of a bin says of its logit what the working
response of iteratively weighted least squares says::

    eta = logit(p) + (mean - p) / (p (1 - p)),   variance = var(mean) / (p (1 - p))^2

so that everything that works on means and variances works on logits. The curve p
is a smooth fit of the shares, kept away from 0 and 1 by one respondent's worth.

References
----------
McCullagh, P. and Nelder, J. A. (1989). Generalized linear models, section 2.5.
Chapman & Hall. doi:10.1007/978-1-4899-3242-6
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from csi.core.curve.bins import Bins
from csi.core.curve.calibration import Calibration
from csi.core.curve.smooth import smooth_fit


def on_logit(bins: Bins, calibration: Calibration, sign: float = 1.0) -> Bins:
    """Return bins whose means are logits.

    Parameters
    ----------
    bins : Bins
        Shares, multiplied by ``sign``.
    calibration : Calibration
        Of their scores.
    sign : float
        -1 where the shares were turned round.
    """
    fit = smooth_fit(calibration.posterior, calibration.T, bins.mean, bins.variance)
    smooth = calibration.posterior @ fit.spline.values(calibration.T) @ fit.beta
    least = 1 / (bins.n + 2)
    p = np.clip(sign * smooth, least, 1 - least)
    spread = p * (1 - p)
    eta = sign * np.log(p / (1 - p)) + (bins.mean - sign * p) / spread
    own = spread / np.maximum(bins.weight, 1e-300) * _inflation(bins)
    variance = np.where(bins.weight > 0, own / spread**2, np.inf)
    scatter = None if bins.scatter is None else bins.scatter / spread
    return replace(
        bins, mean=np.where(bins.weight > 0, eta, 0.0), variance=variance, scatter=scatter
    )


def _inflation(bins: Bins) -> float:
    """Return by how much weights inflate the variances of means."""
    some = bins.weight > 0
    share = np.clip(np.abs(bins.mean[some]), 0, 1)
    expected = (share * (1 - share)).sum()
    found = (bins.variance[some] * bins.weight[some]).sum()
    return float(found / expected) if expected > 0 else 1.0

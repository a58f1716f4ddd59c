"""Weighted least squares of bin means on what is known about true scores.

A curve that is a sum of functions of the true score, ``m(t) = sum_k beta_k
f_k(t)``, has the mean ``sum_k beta_k E[f_k(T) | W = w]`` among respondents with
the observed score w: a linear regression of the bin means on calibrated
functions. Notation::

    P     (g, s)  probability of each true score in each occupied bin, over the
                  standard error of the mean of the bin
    y     (g,)    means of the occupied bins over their standard errors
    meat  (g, g)  covariance of y where bins are not independent (clusters); None if they are
    X     (g, q)  P times functions of the true score
    beta  (q,)    coefficients

Without measurement error the posterior is the identity.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from csi.core.types import Array
from csi.errors import EstimationError

SINGULAR = 1e-10
"""Size of a singular value, relative to the largest, that counts as none."""


@dataclass(frozen=True, slots=True, eq=False)
class BinnedMeans:
    """Means of the occupied bins in units of their standard errors.

    Attributes
    ----------
    P : (g, s) array
        Probabilities of the true scores over the standard errors.
    y : (g,) array
        Means over the standard errors.
    meat : (g, g) array or None
        Covariance of y; None if it is the identity.
    """

    P: Array
    y: Array
    meat: Array | None = None

    @classmethod
    def of(
        cls, posterior: Array, mean: Array, variance: Array, noise: Array | None = None
    ) -> BinnedMeans:
        """Leave out empty bins and divide by standard errors.

        Parameters
        ----------
        posterior : (g, s) array
            Probability of each true score in each bin.
        mean, variance : (g,) arrays
            Mean outcome of each bin and its variance, infinite where nobody is.
        noise : (g, g) array, optional
            Covariance of the means where they are not independent.
        """
        some = np.isfinite(variance)
        if not some.any():
            raise EstimationError(
                "No bin of the score holds anybody. Give at least one respondent."
            )
        root = 1 / np.sqrt(variance[some])
        meat = None if noise is None else noise[np.ix_(some, some)] * root[:, None] * root
        return cls(posterior[some] * root[:, None], mean[some] * root, meat)


@dataclass(frozen=True, slots=True, eq=False)
class Regression:
    """A weighted regression.

    Attributes
    ----------
    beta : (q,) array
        Coefficients.
    covariance : (q, q) array
        Their covariance, with the variances of the means taken as known.
    rss : float
        Weighted sum of squared residuals.
    """

    beta: Array
    covariance: Array
    rss: float

    @property
    def se(self) -> Array:
        """Standard errors of the coefficients."""
        root: Array = np.sqrt(np.diag(self.covariance))
        return root


def regress(X: Array, data: BinnedMeans) -> Regression:
    """Regress the means on the columns of X.

    Raises
    ------
    EstimationError
        If the occupied bins cannot tell the columns apart.
    """
    length = np.sqrt((X**2).sum(axis=0))
    left, d, right = np.linalg.svd(X / np.where(length > 0, length, 1), full_matrices=False)
    if len(d) < X.shape[1] or d[-1] <= SINGULAR * d[0]:
        raise EstimationError(
            f"{len(X)} distinct scores cannot tell {X.shape[1]} terms of a curve apart. "
            "Fit a simpler curve."
        )
    inverse = right.T / d @ left.T / length[:, None]
    beta = inverse @ data.y
    meat = inverse if data.meat is None else inverse @ data.meat
    return Regression(beta, meat @ inverse.T, float(((data.y - X @ beta) ** 2).sum()))

"""Measures of fit made of residuals: GFI, RMR, SRMR, CRMR, and the normal likelihood.

Sequences hold one entry for each group; a measure of several groups is the average of
the groups' measures, weighted by their shares, as in lavaan.

References
----------
Bentler, P. M. (1995). EQS structural equations program manual. Multivariate Software.

Bollen, K. A. (1989). Structural equations with latent variables. Wiley.
doi:10.1002/9781118619179

Tanaka, J. S. and Huba, G. J. (1985). A fit index for covariance structure models under
arbitrary GLS estimation. British Journal of Mathematical and Statistical Psychology
38(2), 197-201. doi:10.1111/j.2044-8317.1985.tb00834.x
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple, dataclass

import numpy as np

from csi.core.sem.gamma import vech
from csi.core.sem.information import inverse
from csi.core.sem.sandwich import Groups
from csi.core.types import Array


@dataclass(frozen=True, slots=True)
class GoodnessOfFit:
    """Share of the weighted statistics that the model implies.

    Attributes
    ----------
    gfi, agfi, pgfi : float
        Plain, adjusted for degrees of freedom, times the share of these.
    """

    gfi: float
    agfi: float
    pgfi: float


@dataclass(frozen=True, slots=True)
class ResidualMeasures:
    """Roots of mean squared residuals, with those of the means or thresholds and without.

    Attributes
    ----------
    rmr, rmr_nomean : float
        Of the residuals as they are.
    srmr, srmr_nomean : float
        Of residuals in observed standard deviations (Bentler 1995).
    crmr, crmr_nomean : float
        Of correlations, the diagonal not counted (Bollen 1989).
    srmr_mplus, srmr_mplus_nomean : float
        Of correlations, and on the diagonal the relative residuals of the variances;
        NaN for ordered items.
    """

    rmr: float
    rmr_nomean: float
    srmr: float
    srmr_nomean: float
    crmr: float
    crmr_nomean: float
    srmr_mplus: float
    srmr_mplus_nomean: float


def goodness_of_fit(
    s: Groups, sigma: Groups, V: Groups, shares: Sequence[float], df: float
) -> GoodnessOfFit:
    """Return GFI, AGFI and PGFI.

    lavaan 0.7 keeps this GFI as ``gfi_lisrel``.

    Parameters
    ----------
    s, sigma : sequences of (m,) arrays
        Sample and implied statistics of each group; means belong to them where there
        is a mean structure, which brings GFI near to one.
    V : sequence of (m, m) or (m,) arrays
        Weights of the discrepancy: for ML of normal theory at the implied moments, for
        missing answers the expected information of the moments.
    shares : sequence of float
        Share of the respondents in each group.
    df : float
        Degrees of freedom.

    Returns
    -------
    GoodnessOfFit
        AGFI is one without degrees of freedom.

    Examples
    --------
    >>> one = np.ones(3)
    >>> goodness_of_fit([one], [0.9 * one], [one], [1.0], 1).gfi
    0.99
    """
    lost = [
        _share(_quadratic(weight, one - other), _quadratic(weight, one))
        for one, other, weight in zip(s, sigma, V, strict=True)
    ]
    return _goodness(lost, shares, sum(len(one) for one in s), df)


def normal_goodness_of_fit(
    S: Groups,
    Sigma: Groups,
    at: Groups,
    shares: Sequence[float],
    df: float,
    mean: Groups | None = None,
    mu: Groups | None = None,
) -> GoodnessOfFit:
    """Return GFI, AGFI and PGFI where the weights are those of normal theory.

    The same as `goodness_of_fit` with weights from `csi.core.sem.gamma.normal_weight`, which
    are not formed: half the trace of ``(W X)^2`` stands for a quadratic form of vech X.

    Parameters
    ----------
    S, Sigma : sequences of (p, p) arrays
        Sample and implied covariances of each group.
    at : sequence of (p, p) arrays
        Where the weights are taken: the implied covariances for ML.
    shares : sequence of float
        Share of the respondents in each group.
    df : float
        Degrees of freedom.
    mean, mu : sequences of (p,) arrays, optional
        Sample and implied means where there is a mean structure.

    Returns
    -------
    GoodnessOfFit

    Examples
    --------
    >>> S = np.diag([1.0, 2.0])
    >>> normal_goodness_of_fit([S], [S], [S], [1.0], 1).gfi
    1.0
    """
    lost, statistics = [], 0
    for g, (s, sigma, where) in enumerate(zip(S, Sigma, at, strict=True)):
        W = inverse(where)
        left, whole = _squared(W, s - sigma), _squared(W, s)
        statistics += len(s) * (len(s) + 1) // 2
        if mean is not None and mu is not None:
            left += _quadratic(W, mean[g] - mu[g])
            whole += _quadratic(W, mean[g])
            statistics += len(s)
        lost.append(left / whole)
    return _goodness(lost, shares, statistics, df)


def residual_measures(
    S: Groups,
    Sigma: Groups,
    shares: Sequence[float],
    mean: Groups | None = None,
    mu: Groups | None = None,
) -> ResidualMeasures:
    """Return the residual measures of items that are not ordered.

    Parameters
    ----------
    S, Sigma : sequences of (p, p) arrays
        Observed and implied covariances of each group.
    shares : sequence of float
        Share of the respondents in each group.
    mean, mu : sequences of (p,) arrays, optional
        Observed and implied means where there is a mean structure.

    Returns
    -------
    ResidualMeasures
        Without means both kinds are the same.

    Examples
    --------
    >>> S = np.array([[4.0, 1.0], [1.0, 1.0]])
    >>> round(residual_measures([S], [np.diag([4.0, 1.0])], [1.0]).srmr, 4)
    0.2887
    """
    if mean is None or mu is None:
        none = [np.zeros(0)] * len(S)
        mean, mu = none, none
    groups = [_of_group(*group) for group in zip(S, Sigma, mean, mu, strict=True)]
    return _pooled(groups, shares)


def ordinal_residual_measures(
    R: Groups,
    Rho: Groups,
    shares: Sequence[float],
    thresholds: Groups,
    implied: Groups,
) -> ResidualMeasures:
    """Return the residual measures of ordered items.

    lavaan reports `srmr` without the thresholds, which counts the zeros on the diagonal.

    Parameters
    ----------
    R, Rho : sequences of (p, p) arrays
        Polychoric and implied correlations of each group.
    shares : sequence of float
        Share of the respondents in each group.
    thresholds, implied : sequences of arrays
        Sample and implied thresholds, in units of the standard deviations.

    Returns
    -------
    ResidualMeasures
        "With means" is with thresholds.

    Examples
    --------
    >>> R, none = np.array([[1.0, 0.3], [0.3, 1.0]]), np.zeros(2)
    >>> found = ordinal_residual_measures([R], [np.eye(2)], [1.0], [none], [none])
    >>> round(found.srmr_nomean, 4), found.crmr_nomean
    (0.1732, 0.3)
    """
    groups = []
    for r, rho, t, tau in zip(R, Rho, thresholds, implied, strict=True):
        plain = _below(r - rho)
        both, p = np.concatenate([plain, t - tau]), len(r)
        full, full_nomean = _root(both, p), _root(plain, p)
        groups.append(
            ResidualMeasures(
                *(full, full_nomean, full, full_nomean, _root(both), _root(plain)),
                *(np.nan, np.nan),
            )
        )
    return _pooled(groups, shares)


def log_likelihood(
    S: Groups,
    Sigma: Groups,
    sizes: Sequence[float],
    mean: Groups | None = None,
    mu: Groups | None = None,
) -> float:
    """Return the logarithm of the normal likelihood of complete answers.

    Parameters
    ----------
    S, Sigma : sequences of (p, p) arrays
        Observed (divisor n) and implied covariances of each group. With ``Sigma=S``
        this is the likelihood of the saturated model.
    sizes : sequence of float
        Respondents of each group.
    mean, mu : sequences of (p,) arrays, optional
        Observed and implied means; without them they are taken to be the same.

    Returns
    -------
    float
        Minus infinity where an implied matrix is not positive definite.

    Examples
    --------
    >>> round(log_likelihood([np.eye(1)], [np.eye(1)], [2.0]), 4)
    -2.8379
    """
    total = 0.0
    for g, (s, sigma, n) in enumerate(zip(S, Sigma, sizes, strict=True)):
        sign, logarithm = np.linalg.slogdet(sigma)
        if sign <= 0:
            return -np.inf
        away = np.zeros(len(s)) if mean is None or mu is None else mean[g] - mu[g]
        distance = np.trace(np.linalg.solve(sigma, s + np.outer(away, away)))
        total -= n / 2 * (len(s) * np.log(2 * np.pi) + logarithm + distance)
    return float(total)


def _goodness(
    lost: Sequence[float], shares: Sequence[float], statistics: int, df: float
) -> GoodnessOfFit:
    gfi = 1 - float(np.average(list(lost), weights=list(shares)))
    agfi = 1 - statistics / df * (1 - gfi) if df > 0 else 1.0
    return GoodnessOfFit(gfi, agfi, df / statistics * gfi)


def _share(left: float, whole: float) -> float:
    """Return what is left of a sum of squares; nothing if there is none."""
    return left / whole if whole else 0.0


def _squared(W: Array, X: Array) -> float:
    WX = W @ X
    return float((WX * WX.T).sum() / 2)


def _quadratic(V: Array, x: Array) -> float:
    return float(x @ (V * x if V.ndim == 1 else V @ x))


def _of_group(S: Array, Sigma: Array, mean: Array, mu: Array) -> ResidualMeasures:
    implied = np.diag(Sigma)
    sd, implied_sd = np.sqrt(np.diag(S)), np.sqrt(np.where(implied > 0, implied, np.nan))
    raw = vech(S - Sigma)
    standardised = vech((S - Sigma) / np.outer(sd, sd))
    correlations = _below(S / np.outer(sd, sd) - Sigma / np.outer(implied_sd, implied_sd))
    variances = 1 - np.diag(Sigma) / np.diag(S)
    mplus = np.concatenate([correlations, variances])
    away, away_sd, away_own = (np.zeros(0),) * 3
    if len(mean):
        away, away_sd, away_own = mean - mu, (mean - mu) / sd, mean / sd - mu / implied_sd
    kinds = (raw, away), (standardised, away_sd), (correlations, away_sd), (mplus, away_own)
    return ResidualMeasures(
        *(_root(x) for plain, more in kinds for x in (np.concatenate([plain, more]), plain))
    )


def _below(M: Array) -> Array:
    """Return the cells above the diagonal."""
    rows, columns = np.triu_indices(len(M), 1)
    return M[rows, columns]


def _root(residuals: Array, zeros: int = 0) -> float:
    """Return the root of the mean square; some residuals are zero and not listed."""
    cells = len(residuals) + zeros
    return float(np.sqrt((residuals**2).sum() / cells)) if cells else np.nan


def _pooled(groups: Sequence[ResidualMeasures], shares: Sequence[float]) -> ResidualMeasures:
    values = np.array([astuple(group) for group in groups])
    return ResidualMeasures(*np.average(values, axis=0, weights=list(shares)).tolist())

"""Indices of overall fit, from numbers to numbers.

``chi2`` is n - 1 times the maximum-likelihood distance ``d_ML`` between
observed and implied correlations, ``df`` the degrees of freedom; ``chi2_null``
and ``df_null`` belong to the model in which no indicators correlate. The cut-off
values usually quoted come from maximum-likelihood factor models; for composites
they are an open question.

References
----------
Bentler, P. M. and Bonett, D. G. (1980). Significance tests and goodness of fit
in the analysis of covariance structures. Psychological Bulletin 88(3), 588-606.
doi:10.1037/0033-2909.88.3.588

Bollen, K. A. (1989). Structural equations with latent variables, chapter 7.
Wiley. doi:10.1002/9781118619179
"""

from __future__ import annotations

import numpy as np
from scipy.special import chdtri

from csi.core.types import Array, Mask


def normed_fit(chi2: float, chi2_null: float) -> float:
    """Return the normed fit index, NFI.

    Examples
    --------
    >>> normed_fit(100.0, 400.0)
    0.75
    """
    return _share(chi2_null - chi2, chi2_null)


def comparative_fit(chi2: float, df: float, chi2_null: float, df_null: float) -> float:
    """Return the comparative fit index, CFI.

    Examples
    --------
    >>> comparative_fit(120.0, 100, 500.0, 100)
    0.95
    """
    excess = max(chi2 - df, 0.0)
    worst = max(chi2_null - df_null, excess)
    return 1 - excess / worst if worst > 0 else 1.0


def tucker_lewis(chi2: float, df: float, chi2_null: float, df_null: float) -> float:
    """Return the Tucker-Lewis or non-normed fit index, TLI or NNFI.

    Examples
    --------
    >>> tucker_lewis(120.0, 100, 500.0, 100)
    0.95
    """
    ratio = chi2_null / df_null
    return _share(ratio - chi2 / df, ratio - 1)


def incremental_fit(chi2: float, df: float, chi2_null: float) -> float:
    """Return Bollen's incremental fit index, IFI.

    Examples
    --------
    >>> incremental_fit(120.0, 100, 500.0)
    0.95
    """
    return _share(chi2_null - chi2, chi2_null - df)


def approximation_error(chi2: float, df: float, n: float) -> float:
    """Return the root mean square error of approximation, RMSEA.

    Examples
    --------
    >>> approximation_error(200.0, 100, 401.0)
    0.05
    """
    return float(np.sqrt(max(chi2 - df, 0.0) / (df * (n - 1))))


def critical_number(chi2: float, df: float, n: float, alpha: float = 0.05) -> float:
    """Return Hoelter's critical n: respondents up to which ``chi2`` is not significant.

    Infinite where the model fits perfectly.

    Examples
    --------
    >>> critical_number(124.342, 100, 201.0)
    201.0...
    """
    return float(chdtri(df, alpha) / chi2 * (n - 1) + 1) if chi2 > 0 else np.inf


def likelihood_fit(e: Array) -> float:
    """Return the goodness-of-fit index for maximum likelihood, GFI (Tanaka and Huba 1985).

    ``1 - tr (Sigma^-1 R - I)^2 / tr (Sigma^-1 R)^2``, as in lavaan. cSEM
    multiplies each matrix by its transpose instead of by itself, which for
    these unsymmetric products is another, smaller number.

    Parameters
    ----------
    e : (p,) array
        From `csi.core.discrepancy.relative_eigenvalues`.

    Examples
    --------
    >>> likelihood_fit(np.array([1.0, 1.0, 1.0]))
    1.0
    """
    return float(1 - ((e - 1) ** 2).sum() / (e**2).sum())


def residual_theta(
    R: Array, W: Array, loadings: Array, C: Array, blocks: Mask, common: Mask
) -> float:
    """Return RMS_theta, the root mean square covariance of outer residuals.

    Indicators of one composite may correlate freely and are left out.

    Parameters
    ----------
    R, C : (p, p) and (k, k) arrays
        Observed correlations of indicators and of constructs.
    W, loadings : (p, k) arrays
        Outer weights and loadings.
    blocks, common : (p, k) and (k,) masks
        Construct of each indicator; constructs that are common factors.
    """
    own = np.where(blocks, loadings, 0.0)
    explained = R @ W @ own.T
    theta = R - explained - explained.T + own @ C @ own.T
    free = (blocks[:, ~common].astype(int) @ blocks[:, ~common].T.astype(int)) > 0
    counted = np.tril(~free, -1)
    return float(np.sqrt((theta[counted] ** 2).mean())) if counted.any() else np.nan


def goodness_of_fit(loadings: Array, r2: Array, blocks: Mask) -> float:
    """Return GoF, the geometric mean of communality and explained variance.

    Blocks of one indicator, whose communality is one whatever the model, are
    left out, as plspm, semPLS and cSEM do; matrixpls counts them.

    Parameters
    ----------
    loadings : (p, k) array
        Loadings.
    r2 : (k,) array
        Explained variance; NaN for constructs nothing points to.
    blocks : (p, k) mask
        Construct of each indicator.
    """
    several = blocks & (blocks.sum(axis=0) > 1)
    if not several.any() or np.isnan(r2).all():
        return np.nan
    product = (loadings[several] ** 2).mean() * np.nanmean(r2)
    return float(np.sqrt(product)) if product >= 0 else np.nan


def _share(part: float, whole: float) -> float:
    """Divide; NaN where there is nothing to take a share of."""
    return part / whole if whole else np.nan

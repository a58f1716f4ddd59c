"""Tests of a model that hold for data that are not normal: from T, df and U Gamma.

T is the discrepancy times n (or what the likelihood ratio gives), asymptotically a
mixture of chi-squares of one degree of freedom. Its weights are the eigenvalues of
``U Gamma``, with the notation of `csi.core.sem.sandwich` and E the information::

    U = V - V Delta E^-1 Delta' V

stacked over groups, with V_g f_g and Gamma_g / f_g in the place of V and Gamma. Only
the traces of ``U Gamma`` and of its square are needed; neither matrix is formed.

References
----------
Satorra, A. and Bentler, P. M. (1994). Corrections to test statistics and standard
errors in covariance structure analysis. In A. von Eye and C. C. Clogg (eds),
Latent variables analysis, 399-419. Sage.

Yuan, K.-H. and Bentler, P. M. (2000). Three likelihood-based methods for mean and
covariance structure analysis with nonnormal missing data. Sociological Methodology
30(1), 165-200. doi:10.1111/0081-1750.00078

Asparouhov, T. and Muthen, B. (2010). Simple second order chi-square correction.
Mplus technical appendix. https://www.statmodel.com/download/WLSMV_new_chi21.pdf

Browne, M. W. (1984). Asymptotically distribution-free methods for the analysis of
covariance structures. British Journal of Mathematical and Statistical Psychology
37(1), 62-83. doi:10.1111/j.2044-8317.1984.tb00789.x
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.linalg import block_diag, null_space
from scipy.special import chdtrc

from csi.core.sem.information import inverse_times
from csi.core.sem.sandwich import Groups, bread, weighted
from csi.core.types import Array

SINGULAR = 1e-13
"""Smallest by largest variance of the residuals up to which they have none."""


@dataclass(frozen=True, slots=True)
class ModelTest:
    """A test of the hypothesis that a model holds.

    Attributes
    ----------
    name : str
        Which test: ``"standard"``, ``"satorra.bentler"``, ``"mean.var.adjusted"``,
        ``"scaled.shifted"``, ``"yuan.bentler"``, ``"yuan.bentler.mplus"``,
        ``"browne.residual.adf"`` or ``"browne.residual.nt"``.
    statistic : float
        Compared with chi-square; NaN where it could not be computed.
    df : float
        Degrees of freedom; whole but for the mean- and variance-adjusted test.
    p : float
        Probability of a larger statistic where the model holds; NaN without degrees
        of freedom.
    scaling : float
        What the unscaled statistic was divided by; 1 where it was not.
    shift : float
        What was then added.
    """

    name: str
    statistic: float
    df: float
    p: float
    scaling: float = 1.0
    shift: float = 0.0


@dataclass(frozen=True, slots=True)
class Traces:
    """Traces of U Gamma and of its square."""

    first: float
    second: float


def standard(T: float, df: float, name: str = "standard") -> ModelTest:
    """Return the test of a statistic as it stands.

    Examples
    --------
    >>> standard(3.841459, 1).p
    0.0499999...
    """
    return ModelTest(name, T, df, upper_tail(T, df))


def upper_tail(T: float, df: float) -> float:
    """Return the probability of a larger chi-square; NaN without degrees of freedom."""
    return float(chdtrc(df, max(T, 0.0))) if df > 0 and np.isfinite(T) else np.nan


def u_gamma(
    Delta: Groups,
    V: Groups,
    Gamma: Groups,
    shares: Sequence[float],
    information: Array | None = None,
) -> Traces:
    """Return the traces of U Gamma and of its square.

    Parameters
    ----------
    Delta : sequence of (m, q) arrays
        Derivatives, one array for each group; q may be 0.
    V : sequence of (m, m) or (m,) arrays
        Weights.
    Gamma : sequence of (m, m) arrays
        Asymptotic covariances of the statistics.
    shares : sequence of float
        Share of the respondents in each group.
    information : (q, q) array, optional
        E; by default the sum of ``f Delta' V Delta``.

    Returns
    -------
    Traces
        For V the inverse of Gamma both are the degrees of freedom.

    Examples
    --------
    >>> u_gamma([np.array([[1.0], [0.0]])], [np.ones(2)], [2 * np.eye(2)], [1.0])
    Traces(first=2.0, second=4.0)
    """
    q = Delta[0].shape[1]
    E = bread(Delta, V, shares) if information is None else information
    first = second = 0.0
    B, C = np.zeros((q, q)), np.zeros((q, q))
    for D, v, gamma, f in zip(Delta, V, Gamma, shares, strict=True):
        VG = weighted(v, gamma)
        W = weighted(v, D)
        GW = gamma @ W
        first += float(np.trace(VG))
        second += float((VG * VG.T).sum())
        B += f * (W.T @ GW)
        C += f * (GW.T @ weighted(v, GW))
    if not q:
        return Traces(first, second)
    inner, across = (inverse_times(E, X) for X in (B, C))
    first -= float(np.trace(inner))
    second += float((inner * inner.T).sum()) - 2 * float(np.trace(across))
    return Traces(first, second)


def residual_trace(
    Delta: Groups,
    W: Groups,
    V: Groups,
    Gamma: Groups,
    shares: Sequence[float],
    information: Array | None = None,
) -> float:
    """Return the trace for a discrepancy with V at the estimates of one with W.

    The mean of the likelihood's discrepancy where DWLS, or the likelihood of incomplete
    answers, has been minimised: what the robust fit measures of these divide by. W is V
    in `u_gamma`.

    Parameters
    ----------
    Delta, Gamma, shares
        As for `u_gamma`. Savalei (2021) takes for ordered items, in which case lavaan
        computes the robust measures, the rows of the correlations only.
    W : sequence of (m, m) or (m,) arrays
        Weights of the estimator.
    V : sequence of (m, m) arrays
        Weights of the discrepancy; for correlations `normal_weight` at the implied ones,
        off-diagonal cells.
    information : (q, q) array, optional
        E; by default the sum of ``f Delta' W Delta``. Give that of all statistics where
        Delta holds some only.

    Returns
    -------
    float
        Trace of ``R' V R Gamma`` with ``R = I - Delta E^-1 Delta' W``.

    References
    ----------
    Savalei, V. (2021). Improving fit indices in structural equation modeling with
    categorical data. Multivariate Behavioral Research 56(3), 390-407.
    doi:10.1080/00273171.2020.1717922

    Zhang, X. and Savalei, V. (2023). New computations for RMSEA and CFI following FIML
    and TS estimation with missing data. Psychological Methods 28(2), 263-283.
    doi:10.1037/met0000445

    Examples
    --------
    >>> D, one = np.array([[1.0], [0.0]]), np.ones(2)
    >>> residual_trace([D], [one], [3 * one], [2 * np.eye(2)], [1.0])
    6.0
    """
    q = Delta[0].shape[1]
    E = bread(Delta, W, shares) if information is None else information
    whole = 0.0
    crossed, outer, middle = np.zeros((q, q)), np.zeros((q, q)), np.zeros((q, q))
    for D, w, v, gamma, f in zip(Delta, W, V, Gamma, shares, strict=True):
        WD, VD = weighted(w, D), weighted(v, D)
        whole += float(np.trace(weighted(v, gamma)))
        crossed += f * (VD.T @ gamma @ WD)
        outer += f * (D.T @ VD)
        middle += f * (WD.T @ gamma @ WD)
    if not q:
        return whole
    left, right = inverse_times(E, outer), inverse_times(E, middle)
    once = float(np.trace(inverse_times(E, crossed)))
    return whole - 2 * once + float((left * right.T).sum())


def mean_scaled(T: float, df: float, trace: float, name: str = "satorra.bentler") -> ModelTest:
    """Return T divided so that its mean is the degrees of freedom.

    Satorra and Bentler's test, and with the trace of `yuan_bentler` those of Yuan and
    Bentler.

    Parameters
    ----------
    T, df : float
        The unscaled test.
    trace : float
        Trace of U Gamma.
    name : str
        Name of the test.

    Returns
    -------
    ModelTest
        NaN where there are no degrees of freedom or the trace is not positive.

    Examples
    --------
    >>> mean_scaled(12.0, 10, 15.0).statistic
    8.0
    """
    c = _positive(trace) / df if df > 0 else np.nan
    return ModelTest(name, T / c, df, upper_tail(T / c, df), c)


def mean_variance_adjusted(
    T: float, df: float, traces: Traces, *, whole: bool = False
) -> ModelTest:
    """Return T with the mean and variance of a chi-square of other degrees of freedom.

    Parameters
    ----------
    T, df : float
        The unscaled test.
    traces : Traces
        Of U Gamma.
    whole : bool
        Round the degrees of freedom, as Mplus does; lavaan does not.

    Returns
    -------
    ModelTest
        ``df`` is the squared trace by the trace of the square.

    Examples
    --------
    >>> test = mean_variance_adjusted(12.0, 10, Traces(15.0, 25.0))
    >>> test.df, test.scaling
    (9.0, 1.6666666666666667)
    """
    trace = _positive(traces.first) if df > 0 else np.nan
    adjusted = trace**2 / traces.second
    adjusted = float(np.floor(adjusted + 0.5)) if whole else adjusted
    c = trace / adjusted
    return ModelTest("mean.var.adjusted", T / c, adjusted, upper_tail(T / c, adjusted), c)


def scaled_and_shifted(T: float, df: float, traces: Traces) -> ModelTest:
    """Return ``T / scaling + shift`` with the mean and variance of chi-square with df.

    Parameters
    ----------
    T, df : float
        The unscaled test.
    traces : Traces
        Of U Gamma.

    Returns
    -------
    ModelTest
        Asparouhov and Muthen's (2010) test of WLSMV, ULSMV and MLMV. With several
        groups the shift is that of the whole, not the sum of shifts of groups.

    Examples
    --------
    >>> test = scaled_and_shifted(12.0, 10, Traces(15.0, 25.0))
    >>> test.scaling, round(test.shift, 4), round(test.statistic, 4)
    (1.5811388300841898, 0.5132, 8.1026)
    """
    c = float(np.sqrt(_positive(traces.second) / df)) if df > 0 else np.nan
    shift = df - traces.first / c
    statistic = T / c + shift
    return ModelTest("scaled.shifted", statistic, df, upper_tail(statistic, df), c, shift)


@dataclass(frozen=True, slots=True)
class YuanBentler:
    """Traces of Yuan and Bentler's test: of the saturated model, and of the model's part.

    Attributes
    ----------
    saturated, model : float
        The trace of U Gamma is their difference.
    h1, h0 : float
        The same for each statistic and for each parameter: what Mplus and lavaan call
        the scaling correction factors of H1 and H0.
    """

    saturated: float
    model: float
    h1: float
    h0: float

    @property
    def trace(self) -> float:
        """Trace of U Gamma."""
        return self.saturated - self.model


def yuan_bentler(
    saturated: Sequence[tuple[Array, Array]], information: Array, scores: Array
) -> YuanBentler:
    """Return the traces of Yuan and Bentler's test in the form Mplus and MLR have.

    Parameters
    ----------
    saturated : sequence of two (m, m) arrays
        For each group the information of the saturated model and the cross-products of
        its scores, for one respondent: for complete data V at the sample moments and
        ``V Gamma V``.
    information : (q, q) array
        Information of the model for one respondent; lavaan's MLR takes the observed.
    scores : (q, q) array
        Cross-products of the model's scores, the `meat` of MLR.

    Returns
    -------
    YuanBentler
        For `mean_scaled`.

    Examples
    --------
    >>> yuan_bentler([(np.eye(3), 2 * np.eye(3))], np.eye(1), 2 * np.eye(1)).trace
    4.0
    """
    h1 = sum(float(np.trace(inverse_times(A, B))) for A, B in saturated)
    h0 = float(np.trace(inverse_times(information, scores)))
    statistics = sum(len(A) for A, _ in saturated)
    return YuanBentler(h1, h0, h1 / statistics, h0 / len(scores) if len(scores) else np.nan)


def browne_residual(
    residuals: Groups,
    Delta: Groups,
    Gamma: Groups,
    sizes: Sequence[float],
    df: float,
    name: str = "browne.residual.adf",
) -> ModelTest:
    """Return Browne's (1984, equation 2.20b) test of the residuals.

    It holds for any consistent estimator. Gamma is taken at the sample, as in lavaan's
    ``browne.residual.adf`` and, of normal theory with divisor n, ``browne.residual.nt``.

    Parameters
    ----------
    residuals : sequence of (m,) arrays
        Sample minus implied statistics.
    Delta, Gamma : sequences of (m, q) and (m, m) arrays
        Derivatives and asymptotic covariances of the statistics.
    sizes : sequence of float
        Respondents of each group; lavaan takes one less except for ML.
    df : float
        Degrees of freedom.
    name : str
        Name of the test.

    Returns
    -------
    ModelTest
        NaN where Gamma leaves the residuals no variance, as with fewer respondents
        than degrees of freedom.

    Examples
    --------
    >>> e, D = np.array([0.0, 0.1]), np.array([[1.0], [0.0]])
    >>> browne_residual([e], [D], [np.eye(2)], [100], 1).statistic
    1.0...
    """
    free = null_space(np.concatenate(list(Delta)).T)
    covariance = block_diag(*(gamma / n for gamma, n in zip(Gamma, sizes, strict=True)))
    along = free.T @ np.concatenate(list(residuals))
    variances, axes = np.linalg.eigh(free.T @ covariance @ free)
    if len(along) and variances[0] <= SINGULAR * variances[-1]:
        return standard(np.nan, df, name)
    return standard(float(((along @ axes) ** 2 / variances).sum()), df, name)


def _positive(number: float) -> float:
    return number if number > 0 else np.nan

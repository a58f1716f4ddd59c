"""Measures of overall fit of a covariance structure, from numbers to numbers.

::

    T, df     statistic and degrees of freedom of the model
    T0, df0   those of the baseline model, in which no items correlate
    n         respondents; lavaan takes n for ML and n less the groups otherwise
    G         groups
    c, c0     what the statistics of model and baseline are on average too large by

Three kinds: *plain*, from T; *scaled*, from a `ModelTest` in its place; *robust*,
from T and c, which estimate what the plain measure would be in the population
(Brosseau-Liard and Savalei 2014; Li and Bentler 2006). lavaan 0.6-14 is followed in
the definitions at the edges: a model without degrees of freedom has CFI, TLI, NFI and
RFI of one and an RMSEA of zero.

References
----------
Bentler, P. M. (1990). Comparative fit indexes in structural models. Psychological
Bulletin 107(2), 238-246. doi:10.1037/0033-2909.107.2.238

Steiger, J. H. (1998). A note on multiple sample extensions of the RMSEA fit index.
Structural Equation Modeling 5(4), 411-419. doi:10.1080/10705519809540115

Brosseau-Liard, P. E. and Savalei, V. (2014). Adjusting incremental fit indices for
nonnormality. Multivariate Behavioral Research 49(5), 460-470.
doi:10.1080/00273171.2014.933697

Brosseau-Liard, P. E., Savalei, V. and Li, L. (2012). An investigation of the sample
performance of two nonnormality corrections for RMSEA. Multivariate Behavioral
Research 47(6), 904-930. doi:10.1080/00273171.2012.715252
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq
from scipy.special import chndtr, ndtr

from csi.core.fit_measures import (
    comparative_fit,
    critical_number,
    incremental_fit,
    normed_fit,
)
from csi.core.sem.scaled_tests import ModelTest

NORMAL_FROM = 1e9
"""Noncentral chi-squares from which on SciPy has no distribution, and the normal one will do."""


@dataclass(frozen=True, slots=True)
class Incremental:
    """How much better the model fits than the baseline model.

    Attributes
    ----------
    cfi, tli : float
        Comparative fit index, between 0 and 1; Tucker-Lewis index, also called NNFI.
    rfi, nfi, pnfi : float
        Relative, normed and parsimonious normed fit index.
    ifi, rni : float
        Incremental fit index; relative noncentrality index, CFI before it is bounded.
    """

    cfi: float
    tli: float
    rfi: float
    nfi: float
    pnfi: float
    ifi: float
    rni: float


@dataclass(frozen=True, slots=True)
class RobustIncremental:
    """CFI, TLI and RNI as they would be for normal data."""

    cfi: float
    tli: float
    rni: float


@dataclass(frozen=True, slots=True)
class Approximation:
    """How far the model is from the population, for each degree of freedom.

    Attributes
    ----------
    rmsea, lower, upper : float
        Root mean square error of approximation and the ends of its interval.
    close, not_close : float
        Probabilities of a statistic at least as large where the RMSEA is 0.05, and at
        most as large where it is 0.08; NaN without degrees of freedom.
    """

    rmsea: float
    lower: float
    upper: float
    close: float
    not_close: float


@dataclass(frozen=True, slots=True)
class Information:
    """Likelihood and what it loses for parameters.

    Attributes
    ----------
    aic, bic, sabic : float
        Akaike's criterion, Schwarz's, and the latter with (n + 2) / 24 in the place of
        n; lavaan calls it bic2.
    """

    aic: float
    bic: float
    sabic: float


def incremental(T: float, df: float, T0: float, df0: float) -> Incremental:
    """Return the plain indices; the scaled ones from statistics and df of scaled tests.

    Examples
    --------
    >>> found = incremental(120.0, 100, 600.0, 100)
    >>> found.cfi, found.nfi, round(found.rfi, 3), round(found.ifi, 3)
    (0.96, 0.8, 0.8, 0.96)
    """
    saved = normed_fit(T, T0)
    nfi = saved if df <= df0 else np.nan
    rni = _noncentrality(T - df, T0 - df0)
    return Incremental(
        cfi=comparative_fit(T, df, T0, df0),
        tli=_nonnormed(rni, df, df0),
        rfi=_relative_fit(T, df, T0, df0) if df > 0 else 1.0,
        nfi=nfi if df > 0 else 1.0,
        pnfi=df / df0 * saved if df0 > 0 else np.nan,
        ifi=incremental_fit(T, df, T0) if df <= T0 else 1.0,
        rni=rni,
    )


def incremental_robust(
    T: float, df: float, c: float, T0: float, df0: float, c0: float
) -> RobustIncremental:
    """Return Brosseau-Liard and Savalei's (2014) indices.

    Parameters
    ----------
    T, df, T0, df0 : float
        Unscaled statistics of model and baseline, and degrees of freedom.
    c, c0 : float
        From `mean_scaling` of the scaled tests. For ordered items (Savalei 2021) and
        missing answers (Zhang and Savalei 2023) T and T0 are n times the likelihood
        discrepancy between polychoric correlations, or saturated moments, and what the
        estimated model and baseline imply (neither is minimised anew), c and c0 their
        `csi.core.sem.scaled_tests.residual_trace` by the degrees of freedom.

    Returns
    -------
    RobustIncremental
        With c and c0 of one the plain indices.

    Examples
    --------
    >>> round(incremental_robust(130.0, 100, 1.1, 520.0, 100, 1.2).cfi, 4)
    0.95
    """
    rni = _noncentrality(T - c * df, T0 - c0 * df0)
    cfi = comparative_fit(T, c * df, T0, c0 * df0)
    return RobustIncremental(cfi, _nonnormed(rni, df, df0), rni)


def mean_scaling(test: ModelTest, df: float) -> float:
    """Return c of a scaled test: the trace of U Gamma by the degrees of freedom.

    Examples
    --------
    >>> mean_scaling(ModelTest("scaled.shifted", 8.1, 10, 0.6, 1.5, 0.5), 10)
    1.425
    """
    return test.scaling * (test.df - test.shift) / df if df > 0 else np.nan


def approximation(
    T: float,
    df: float,
    n: float,
    *,
    groups: int = 1,
    level: float = 0.9,
    close: float = 0.05,
    not_close: float = 0.08,
) -> Approximation:
    """Return the RMSEA with its interval and tests.

    Parameters
    ----------
    T, df, n : float
        Statistic, degrees of freedom, respondents.
    groups : int
        Groups; the RMSEA is that of one group times the root of their number
        (Steiger 1998).
    level : float
        Of the interval.
    close, not_close : float
        RMSEA of the hypotheses of close and of not close fit.

    Returns
    -------
    Approximation
        An end of the interval is zero where no positive RMSEA makes the statistic so
        improbable.

    Examples
    --------
    >>> found = approximation(85.305522, 24, 301)
    >>> round(found.rmsea, 4), round(found.lower, 4), round(found.upper, 4)
    (0.0921, 0.0714, 0.1137)
    """
    return _approximation(T, df, n / groups, 1.0, (T, 1.0), level, (close, not_close))


def approximation_scaled(
    T: float,
    df: float,
    test: ModelTest,
    n: float,
    *,
    groups: int = 1,
    level: float = 0.9,
    close: float = 0.05,
    not_close: float = 0.08,
) -> Approximation:
    """Return the RMSEA of a scaled test.

    The scaled-and-shifted statistic is taken as it is. With the other tests the
    unscaled T is compared with a chi-square of as many degrees of freedom as the trace
    of U Gamma, as lavaan does.

    Parameters
    ----------
    T, df : float
        The unscaled test.
    test : ModelTest
        The scaled test.
    n, groups, level, close, not_close
        As for `approximation`.

    Returns
    -------
    Approximation
        Not an estimate of the plain RMSEA of the population.

    Examples
    --------
    >>> test = ModelTest("satorra.bentler", 80.871803, 24, 4.4e-8, 1.054824)
    >>> round(approximation_scaled(85.305522, 24, test, 301).rmsea, 4)
    0.0887
    """
    shifted = test.name == "scaled.shifted"
    T, df = (test.statistic, df) if shifted else (T, test.scaling * test.df)
    return _approximation(T, df, n / groups, 1.0, (T, 1.0), level, (close, not_close))


def approximation_robust(
    T: float,
    df: float,
    test: ModelTest,
    n: float,
    *,
    groups: int = 1,
    level: float = 0.9,
    close: float = 0.05,
    not_close: float = 0.08,
) -> Approximation:
    """Return the RMSEA as it would be for normal data.

    Brosseau-Liard, Savalei and Li (2012); the interval and the probabilities are those
    of Li and Bentler (2006).

    Parameters
    ----------
    T, df : float
        The unscaled test; of ordered items or missing answers see `incremental_robust`.
    test : ModelTest
        The scaled test.
    n, groups, level, close, not_close
        As for `approximation`.

    Returns
    -------
    Approximation
        With a scaling of one the plain measure.

    Examples
    --------
    >>> test = ModelTest("satorra.bentler", 80.871803, 24, 4.4e-8, 1.054824)
    >>> round(approximation_robust(85.305522, 24, test, 301).rmsea, 4)
    0.0911
    """
    c, scaled = mean_scaling(test, df), (test.statistic, test.scaling)
    return _approximation(T, df, n / groups, c, scaled, level, (close, not_close))


def information(logl: float, parameters: int, n: float) -> Information:
    """Return the information criteria of a likelihood.

    Parameters
    ----------
    logl : float
        Logarithm of the likelihood.
    parameters : int
        Free parameters, less equality constraints.
    n : float
        Respondents of all groups.

    Returns
    -------
    Information
        Smaller is better.

    Examples
    --------
    >>> round(information(-3737.744927, 21, 301).bic, 3)
    7595.339
    """
    lost = -2 * logl
    return Information(
        aic=lost + 2 * parameters,
        bic=lost + parameters * float(np.log(n)),
        sabic=lost + parameters * float(np.log((n + 2) / 24)),
    )


def hoelter(T: float, df: float, n: float, alpha: float = 0.05) -> float:
    """Return Hoelter's critical number of respondents, as lavaan has it.

    T is divided by n, not by n - 1 as in `csi.core.fit_measures.critical_number`.

    Examples
    --------
    >>> round(hoelter(85.305522, 24, 301), 2)
    129.49
    """
    return critical_number(T, df, n + 1, alpha) if df > 0 else np.nan


def mcdonald(T: float, df: float, n: float) -> float:
    """Return McDonald's (1989) index of noncentrality, MFI.

    Examples
    --------
    >>> round(mcdonald(85.305522, 24, 301), 4)
    0.9032
    """
    return float(np.exp(-(T - df) / (2 * n)))


def cross_validation(T: float, parameters: int, n: float) -> float:
    """Return the expected cross-validation index, ECVI (Browne and Cudeck 1993).

    Examples
    --------
    >>> round(cross_validation(85.305522, 21, 301), 4)
    0.4229
    """
    return (T + 2 * parameters) / n


def weighted_residual(T: float, statistics: int) -> float:
    """Return WRMR, the weighted root mean square residual of ordered items.

    Parameters
    ----------
    T : float
        Statistic of DWLS.
    statistics : int
        Thresholds, means, variances and correlations of all groups; lavaan 0.6-14 counts
        the first group only.

    Examples
    --------
    >>> round(weighted_residual(59.499915, 63), 4)
    0.9718
    """
    return float(np.sqrt(T / statistics)) if statistics else np.nan


def _relative_fit(T: float, df: float, T0: float, df0: float) -> float:
    if df > df0 or not T0:
        return np.nan
    return 1 - (T / df) / (T0 / df0) if T / df <= T0 / df0 else 1.0


def _noncentrality(excess: float, worst: float) -> float:
    return 1 - excess / worst if worst else np.nan


def _nonnormed(rni: float, df: float, df0: float) -> float:
    """Return TLI, which is RNI for each degree of freedom."""
    return 1 - (1 - rni) * df0 / df if df > 0 and np.isfinite(rni) else 1.0


def _approximation(
    T: float,
    df: float,
    n: float,
    c: float,
    scaled: tuple[float, float],
    level: float,
    hypotheses: tuple[float, float],
) -> Approximation:
    """RMSEA of T with mean c df; interval from a statistic that is noncentral chi-square."""
    if not (df > 0 and np.isfinite(T)):
        empty = 0.0 if df == 0 else np.nan
        return Approximation(empty, empty, empty, np.nan, np.nan)
    statistic, scaling = scaled
    unit = n * df / scaling
    tails = (1 + level) / 2, (1 - level) / 2
    lower, upper = (np.sqrt(_noncentral(statistic, df, tail) / unit) for tail in tails)
    close, not_close = (_below(statistic, df, unit * h**2) for h in hypotheses)
    rmsea = float(np.sqrt(max(T - c * df, 0.0) / (n * df)))
    return Approximation(rmsea, float(lower), float(upper), 1 - close, not_close)


def _noncentral(T: float, df: float, tail: float) -> float:
    """Return the noncentrality at which T is exceeded with probability 1 - tail."""

    def excess(noncentrality: float) -> float:
        return _below(T, df, noncentrality) - tail

    if not excess(0.0) > 0:
        return 0.0
    top = max(T, df, 1.0)
    while excess(top) > 0:
        top *= 2
    return float(brentq(excess, 0.0, top, xtol=1e-11, rtol=1e-14))


def _below(T: float, df: float, noncentrality: float) -> float:
    """Return the probability of a noncentral chi-square below T; of a normal one far out."""
    if max(T, noncentrality) < NORMAL_FROM:
        return float(chndtr(T, df, noncentrality))
    return float(ndtr((T - df - noncentrality) / np.sqrt(2 * (df + 2 * noncentrality))))

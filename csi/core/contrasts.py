"""What sets one group of respondents apart from another: ratios, differences, trend.

Notation as in `csi.core.group_shares`; the groups of one contrast share nobody::

    p  (g,)    share of each group in whom an event happened, q = 1 - p
    n  (g,)    its effective size
    V  (g, g)  sampling covariance of the shares
    A  (c, g)  contrasts: 1 for the group asked about, -1 for that it is compared with

    log risk ratio   A log p,        variance diag(A D V D A'),  D = diag(1 / p)    (Katz)
    log odds ratio   A log (p / q)        "                      D = diag(1 / pq)  (Woolf)

Respondents counted one by one have V = diag(p q / n) and these are the textbook
errors; with covariances they are Taylor linearisation. Where a contrast has an
empty cell (p or q of a group is zero), half a respondent is added to every cell of
it: p becomes (n p + 1/2) / (n + 1) and n becomes n + 1, in ratio and error alike.

References
----------
Katz, D., Baptista, J., Azen, S. P. and Pike, M. C. (1978). Obtaining confidence
intervals for the risk ratio in cohort studies. Biometrics 34(3), 469-474.
doi:10.2307/2530610

Agresti, A. (1999). On logit confidence intervals for the odds ratio with small
samples. Biometrics 55(2), 597-602. doi:10.1111/j.0006-341X.1999.00597.x

Zou, G. Y. and Donner, A. (2008). Construction of confidence limits about effect
measures: a general approach. Statistics in Medicine 27(10), 1693-1702.
doi:10.1002/sim.3095

Armitage, P. (1955). Tests for linear trends in proportions and frequencies.
Biometrics 11(3), 375-386. doi:10.2307/3001775
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.special import ndtr, ndtri, stdtr, stdtrit

from csi.core.group_shares import Groups, Sample
from csi.core.types import Array, Mask


@dataclass(frozen=True, slots=True, eq=False)
class Contrasts:
    """What sets groups apart, one number a contrast.

    Attributes
    ----------
    estimate, lower, upper : (c,) arrays
        Ratios or differences of shares, with confidence limits.
    p : (c,) array
        Two-sided p value of no difference that belongs to the limits; NaN for
        differences.
    adjusted : (c,) mask
        Whether half a respondent was added to every cell.
    """

    estimate: Array
    lower: Array
    upper: Array
    p: Array
    adjusted: Mask


@dataclass(frozen=True, slots=True)
class Trend:
    """How the share changes from level to level.

    Attributes
    ----------
    slope : float
        Change of the share from one level to the next, by least squares.
    error : float
        Its standard error when there is no trend.
    statistic, df, p : float
        Slope over its error, degrees of freedom (infinite: normal), two-sided p value.
    """

    slope: float
    error: float
    statistic: float
    df: float
    p: float


def critical_value(level: float, df: Array | float) -> Array:
    """Return how many standard errors an interval reaches: Student's t, normal if df is inf."""
    share, df = (1 + level) / 2, np.asarray(df, dtype=np.float64)
    finite = np.where(np.isfinite(df) & (df > 0), df, np.nan)
    value: Array = np.where(np.isinf(df), ndtri(share), stdtrit(finite, share))
    return value


def two_sided(statistic: Array | float, df: float) -> Array:
    """Return two-sided p values: Student's t, normal if df is infinite."""
    low = -np.abs(statistic)
    p: Array = 2 * (ndtr(low) if np.isinf(df) else stdtr(df, low))
    return p


def wilson(found: Groups, level: float) -> tuple[Array, Array]:
    """Return Wilson's limits of every share.

    In samples with weights, clusters or strata they are those of the effective
    size and of Student's t.
    """
    p, n, z = found.share, found.size, critical_value(level, found.df)
    centre = (p + z**2 / (2 * n)) / (1 + z**2 / n)
    reach = z / (1 + z**2 / n) * np.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
    return np.where(p == 0, 0.0, centre - reach), np.where(p == 1, 1.0, centre + reach)


def ratios(found: Groups, A: Array, kind: Literal["risk", "odds"], level: float) -> Contrasts:
    """Return ratios of risks or of odds, and Wald limits on the log scale.

    A contrast may weigh several groups: (1, -2, 1) compares two steps.

    Parameters
    ----------
    found : Groups
        The groups.
    A : (c, g) array
        The contrasts.
    kind : {"risk", "odds"}
        What is divided.
    level : float
        Confidence level.
    """
    adjusted = (np.abs(A) @ found.certain) > 0
    sure = found.certain
    plain = Groups(np.where(sure, 0.5, found.share), found.size, found.correlation, found.df)
    both = [_log_contrast(each, A, kind) for each in (plain, found.with_halves())]
    estimate, error = (np.where(adjusted, half, exact) for exact, half in zip(*both, strict=True))
    reach = critical_value(level, found.df) * error
    return Contrasts(
        np.exp(estimate), np.exp(estimate - reach), np.exp(estimate + reach),
        two_sided(estimate / error, found.df), adjusted,
    )  # fmt: skip


def _log_contrast(found: Groups, A: Array, kind: str) -> tuple[Array, Array]:
    """Return log ratios and their standard errors."""
    p = found.share
    logs, D = (np.log(p), 1 / p) if kind == "risk" else (np.log(p / (1 - p)), 1 / (p * (1 - p)))
    B = A * D
    return A @ logs, np.sqrt(((B @ found.covariance) * B).sum(axis=1))


def differences(found: Groups, A: Array, level: float) -> Contrasts:
    """Return differences of shares, with limits from Wilson's of each (MOVER).

    Without weights, clusters and strata this is Newcombe's hybrid score method;
    otherwise the correlation of the two shares enters.
    """
    first, second = A.argmax(axis=1), A.argmin(axis=1)
    lower, upper = wilson(found, level)
    below, above = found.share - lower, upper - found.share
    r = found.correlation[first, second]

    def reach(one: Array, other: Array) -> Array:
        both: Array = np.sqrt(one**2 - 2 * r * one * other + other**2)
        return both

    d = found.share[first] - found.share[second]
    down, up = reach(below[first], above[second]), reach(above[first], below[second])
    none = np.zeros(len(A), dtype=bool)
    return Contrasts(d, d - down, d + up, np.full(len(A), np.nan), none)


def trend(event: Mask, scores: Array, used: Mask, sample: Sample) -> Trend:
    """Test whether the share of an event rises or falls along scores.

    The statistic is that of Cochran and Armitage. Its error is theirs for
    respondents counted one by one, and otherwise that of the sampling design.

    Parameters
    ----------
    event : (n,) mask
        In whom it happened.
    scores : (n,) array
        Number of each respondent's level.
    used : (n,) mask
        Whose answers count.
    sample : Sample
        How they were drawn.
    """
    w = sample.weights * used
    p, mean = np.average(event, weights=w), np.average(scores, weights=w)
    x = np.where(used, scores - mean, 0.0)
    Sxx = w @ x**2
    moved = w * x * (event - p) / Sxx
    variance = p * (1 - p) / Sxx
    if not sample.counted:
        variance = sample.covariance(moved[:, None])[0, 0]
    slope, error = moved.sum(), np.sqrt(variance)
    with np.errstate(divide="ignore"):
        statistic = slope / error
    p_value = two_sided(statistic, sample.df)
    return Trend(float(slope), float(error), float(statistic), sample.df, float(p_value))

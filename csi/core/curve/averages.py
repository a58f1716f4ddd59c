"""Averages of the curve and of its slope over customers.

Notation::

    share  (g,)    share of the customers in each bin of the observed score
    f      (s,)    probabilities of their true scores
    r(b)   (s,)    what is read off the curve at each true score, such as its slope
    theta          f'r / f'1 over the true scores for which r is known

theta errs for two reasons, and their variances add. The coefficients b of the curve are
estimated: the gradient of r is averaged like r. And the customers are a sample: f follows
from their shares by the EM algorithm, which `pulled_back` differentiates step by step,
from the last to the first. What the model says of the errors of scores counts as known.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import expit, ndtri

from csi.core.curve.bins import Codes, bin_of
from csi.core.curve.smooth import SmoothFit
from csi.core.types import Array, Mask

SEEN = 1e-300
"""Probability of a bin from which on it can be reached from some latent score."""


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """Something read off a curve at true scores.

    Attributes
    ----------
    value : (s,) array
        What is read.
    gradient : (s, k) array
        Its derivatives by the coefficients of the curve.
    """

    value: Array
    gradient: Array

    def __sub__(self, other: Reading) -> Reading:
        return Reading(self.value - other.value, self.gradient - other.gradient)

    def times(self, part: Array) -> Reading:
        """Return it multiplied by a number for each true score."""
        return Reading(part * self.value, part[:, None] * self.gradient)


@dataclass(frozen=True, slots=True, eq=False)
class Average:
    """An average and its standard error."""

    value: float
    se: float

    def limits(self, level: float) -> tuple[float, float]:
        """Return the ends of its normal interval."""
        reach = float(ndtri(0.5 + level / 2)) * self.se
        return self.value - reach, self.value + reach


@dataclass(frozen=True, slots=True, eq=False)
class Customers:
    """The true scores of some customers, as far as their observed ones tell.

    Attributes
    ----------
    T : (s,) array
        True scores.
    density : (s,) array
        Their probabilities.
    share : (g,) array
        Share of the customers in each bin of the observed score.
    covariance : (g, g) array
        Of these shares.
    chance : (g, s) array or None
        Probability of each bin at each true score; None where scores are taken as they are.
    start : (s,) array
        Where the deconvolution started.
    steps : int
        How many it took.
    """

    T: Array
    density: Array
    share: Array
    covariance: Array
    chance: Array | None
    start: Array
    steps: int


def bin_shares(
    score: Array, weights: Array, copies: Array, clusters: Codes | None = None
) -> tuple[Array, Array]:
    """Return the share of customers in each bin, and the covariance of the shares.

    Parameters
    ----------
    score, weights, copies, clusters
        As in `csi.core.curve.bins.gather`.

    Returns
    -------
    (g,) array and (g, g) array
    """
    code, total = bin_of(score), weights.sum()
    share = np.bincount(code, weights, 101) / total
    if clusters is None:
        square = np.divide(weights**2, copies, out=np.zeros_like(weights), where=copies > 0)
        own = np.bincount(code, square, 101)
        apart = np.diag(own) - np.outer(own, share) - np.outer(share, own)
        return share, (apart + own.sum() * np.outer(share, share)) / total**2
    cells = (int(clusters.max()) + 1) * 101
    sums = np.bincount(clusters * 101 + code, weights, cells).reshape(-1, 101)
    apart = sums - sums.sum(axis=1, keepdims=True) * share
    return share, apart.T @ apart / total**2


def read_value(fit: SmoothFit, t: Array, sign: float = 1.0, logit: bool = False) -> Reading:
    """Return the outcome at true scores.

    Parameters
    ----------
    fit : SmoothFit
        The curve.
    t : (s,) array
        True scores.
    sign : float
        -1 where the curve was fitted to the outcome turned round.
    logit : bool
        Whether it holds logits; shares are returned then.

    Returns
    -------
    Reading
    """
    F = sign * fit.spline.values(t)
    if not logit:
        return Reading(F @ fit.beta, F)
    p = expit(F @ fit.beta)
    return Reading(p, (p * (1 - p))[:, None] * F)


def read_slope(fit: SmoothFit, t: Array, sign: float = 1.0, logit: bool = False) -> Reading:
    """Return the outcome per point at true scores; the parameters are those of `read_value`."""
    F = sign * fit.spline.slopes(t)
    if not logit:
        return Reading(F @ fit.beta, F)
    level = read_value(fit, t, sign, logit=True)
    p, slope = level.value, F @ fit.beta
    bend = ((1 - 2 * p) * slope)[:, None] * level.gradient
    return Reading(p * (1 - p) * slope, bend + (p * (1 - p))[:, None] * F)


def average(
    reading: Reading, customers: Customers, covariance: Array, known: Mask | None = None
) -> Average:
    """Average what was read off a curve over customers.

    Parameters
    ----------
    reading : Reading
        At the true scores of the customers.
    customers : Customers
        Whose true scores.
    covariance : (k, k) array
        Of the coefficients of the curve.
    known : (s,) mask, optional
        True scores at which the reading counts; all by default.

    Returns
    -------
    Average

    Examples
    --------
    >>> line = Reading(np.array([1.0, 3.0]), np.eye(2))
    >>> f, none = np.array([0.25, 0.75]), np.zeros((2, 2))
    >>> at = Customers(np.array([40.0, 60.0]), f, f, none, None, f, 0)
    >>> average(line, at, np.diag([0.16, 0.16])).value
    2.5
    """
    weight = customers.density if known is None else np.where(known, customers.density, 0.0)
    weight = weight / weight.sum()
    theta = float(weight @ reading.value)
    along = weight @ reading.gradient
    inside = 1.0 if known is None else known / customers.density[known].sum()
    apart = pulled_back(customers, inside * (reading.value - theta))
    variance = along @ covariance @ along + apart @ customers.covariance @ apart
    return Average(theta, float(np.sqrt(max(variance, 0.0))))


def pulled_back(customers: Customers, h: Array) -> Array:
    """Return the derivatives of ``f'h`` by the shares of the bins.

    Parameters
    ----------
    customers : Customers
        With f from `csi.core.curve.calibration.deconvolved`.
    h : (s,) array
        Any function of the true score.

    Returns
    -------
    (g,) array
    """
    chance, share = customers.chance, customers.share
    if chance is None:
        return h
    path = [customers.start]
    for _ in range(customers.steps - 1):
        path.append(path[-1] * (_divided(share, chance @ path[-1]) @ chance))
    found = np.zeros_like(share)
    for f in reversed(path):
        expected = chance @ f
        ratio = _divided(share, expected)
        by_ratio = chance @ (h * f)
        found += _divided(by_ratio, expected)
        h = h * (ratio @ chance) - _divided(by_ratio * ratio, expected) @ chance
    return found


def _divided(value: Array, by: Array) -> Array:
    return np.divide(value, by, out=np.zeros_like(value), where=by > SEEN)

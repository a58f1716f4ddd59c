"""True satisfaction behind a score that is measured with error.

The distribution of the true score is found by deconvolution: the probabilities
``f`` of the latent scores under which the observed scores are likeliest. Each
step of the EM algorithm (Richardson 1972, Lucy 1974) multiplies them by how much
more often their scores were seen than expected; stopping early keeps them smooth.
Then everything known about a customer with score w is the posterior
``P(T | W = w)``, and ``X(w) = E[T | W = w]`` is the calibrated axis, on which a
curve without a zone has none, whatever the distribution of T.

References
----------
Lucy, L. B. (1974). An iterative technique for the rectification of observed
distributions. Astronomical Journal 79, 745-754. doi:10.1086/111605

Carroll, R. J., Ruppert, D., Stefanski, L. A. and Crainiceanu, C. M. (2006).
Measurement error in nonlinear models. Chapman & Hall. doi:10.1201/9781420010138
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from csi.core.curve.bins import SCORES
from csi.core.curve.item_model import (
    GRID,
    Answering,
    Items,
    answering,
    halfway_cuts,
    item_variances,
    matched_cuts,
)
from csi.core.types import Array

EXACT = 0.97
"""Reliability from which a score is taken as it is."""

SETTLED = 8
"""Steps after which the size of the errors no longer changes by a thousandth."""

SIGMAS = (1e-3, 200.0)
"""Points within which errors of items are looked for."""

ROUNDS = 2
"""Times that cuts, errors and density are fitted to each other."""


@dataclass(frozen=True, slots=True, eq=False)
class Calibration:
    """What observed scores say about true ones.

    Attributes
    ----------
    T : (s,) array
        True scores, increasing, in points from 0 to 100.
    density : (s,) array
        Their estimated probabilities.
    posterior : (g, s) array
        Probability of each true score given the bin of the observed score.
    X : (g,) array
        Mean true score given the observed one.
    reliability : float
        Of the observed score.
    """

    T: Array
    density: Array
    posterior: Array
    X: Array
    reliability: float

    def window(self, share: float = 0.05) -> tuple[float, float]:
        """Return the true scores below and above which this share of customers is."""
        reached = np.cumsum(self.density) - self.density / 2
        low, high = np.interp([share, 1 - share], reached, self.T)
        return float(low), float(high)


def uncalibrated(weight: Array) -> Calibration:
    """Take the observed scores for the true ones."""
    return Calibration(SCORES, weight / weight.sum(), np.eye(len(SCORES)), SCORES, 1.0)


def gaussian_answering(sd: float) -> Answering:
    """Return scores with normal error of one size, cut off at the ends of the scale."""
    edges = SCORES[:-1] + 0.5
    below = ndtr((edges - GRID[:, None]) / sd)
    side = np.zeros((len(GRID), 1))
    chance = np.diff(below, prepend=side, append=side + 1)
    T = chance @ SCORES
    return Answering(chance.T, T, chance @ SCORES**2 - T**2)


def iterations_for_test(n: int) -> int:
    """Return how many steps the density takes for the test, where bias is what hurts."""
    return max(200, iterations_for_edges(n))


def iterations_for_edges(n: int) -> int:
    """Return how many steps the density takes for the curve and the edges of a zone."""
    return int(np.clip(round(50 * (n / 1000) ** 0.35), 30, 400))


def deconvolved(chance: Array, weight: Array, steps: int, start: Array | None = None) -> Array:
    """Return the probabilities of the latent scores.

    Parameters
    ----------
    chance : (g, s) array
        Probability of each bin at each latent score.
    weight : (..., g) array
        Respondents in each bin; leading axes are samples.
    steps : int
        Of the EM algorithm.
    start : (s,) array, optional
        Where it starts; equal probabilities by default.

    Returns
    -------
    (..., s) array
    """
    share = weight / weight.sum(axis=-1, keepdims=True)
    s = chance.shape[1]
    f = np.broadcast_to(np.full(s, 1 / s) if start is None else start, (*weight.shape[:-1], s))
    forward = np.ascontiguousarray(chance.T)
    for _ in range(steps):
        expected = f @ forward
        f = f * ((share / np.maximum(expected, 1e-300)) @ chance)
    return np.asarray(f / f.sum(axis=-1, keepdims=True))


def calibrated(model: Answering, weight: Array, reliability: float, steps: int) -> Calibration:
    """Turn the distribution of observed scores into knowledge of true ones."""
    density = deconvolved(model.chance, weight, steps)
    return _posterior(model, density, reliability)


def fitted_items(items: Items, weight: Array, reliability: float) -> Answering:
    """Find the errors and cuts of the items that fit a reliability and all answers.

    The error variance of the composite, averaged over customers, is to be
    ``(1 - reliability)`` of the variance of the observed scores; items share it as
    ``items.error`` says, and each is to have the answers that were observed.
    """
    cuts = halfway_cuts(items)
    relative = items.error**2 / (items.weights**2 @ items.error**2)
    wanted = (1 - reliability) * _variance(weight) * relative
    density = _normal_density(weight, reliability)
    sigma = _errors(items, items.error, cuts, density, wanted)
    for _ in range(ROUNDS):
        model = answering(items, sigma, cuts)
        density = deconvolved(model.chance, weight, 50)
        cuts = matched_cuts(items, sigma, density)
        sigma = _errors(items, sigma, cuts, density, wanted)
    return answering(items, sigma, cuts)


def fitted_gaussian(weight: Array, reliability: float) -> Answering:
    """Take the error for normal and of one size over the scale."""
    return gaussian_answering(float(np.sqrt((1 - reliability) * _variance(weight))))


def _posterior(model: Answering, density: Array, reliability: float) -> Calibration:
    joint = model.chance * density
    total = joint.sum(axis=1, keepdims=True)
    seen = total[:, 0] > 1e-12
    posterior = np.divide(joint, total, out=np.zeros_like(joint), where=seen[:, None])
    nearest = np.abs(model.T - SCORES[~seen, None]).argmin(axis=1)
    posterior[np.flatnonzero(~seen), nearest] = 1.0
    return Calibration(model.T, density, posterior, posterior @ model.T, reliability)


def _variance(weight: Array) -> float:
    share = weight / weight.sum()
    mean = share @ SCORES
    return float(share @ (SCORES - mean) ** 2)


def _normal_density(weight: Array, reliability: float) -> Array:
    share = weight / weight.sum()
    mean = share @ SCORES
    variance = reliability * _variance(weight)
    density = np.exp(-0.5 * (GRID - mean) ** 2 / max(variance, 1.0))
    return np.asarray(density / density.sum())


def _errors(items: Items, sigma: Array, cuts: list[Array], density: Array, wanted: Array) -> Array:
    """Return the errors with which the answers to each item have the variance wanted."""
    for _ in range(SETTLED):
        have = item_variances(items, sigma, cuts) @ density
        change = np.sqrt(wanted / np.maximum(have, 1e-9))
        sigma = np.clip(sigma * np.clip(change, 0.2, 5.0), *SIGMAS)
    return sigma

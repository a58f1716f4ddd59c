"""What a survey that was not yet made is expected to yield.

Nothing is drawn: the shares of customers in each bin of the score, the posterior of
true scores in each bin, and the spread of the outcome there follow from the latent
distribution of satisfaction and the model of the items (`csi.core.curve.item_model`).
Items are rated on equally spaced answers with cuts half-way between them and errors
of one size, which is found for the stated reliability.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.optimize import brentq
from scipy.special import betainc, ndtr

from csi.core.curve.bins import BANDWIDTH, FLOOR, SCORES, Bins
from csi.core.curve.calibration import (
    EXACT,
    Calibration,
    calibrated,
    iterations_for_edges,
    uncalibrated,
)
from csi.core.curve.item_model import (
    GRID,
    Answering,
    Items,
    answer_probabilities,
    answering,
    composite_variance,
    halfway_cuts,
)
from csi.core.types import Array

Distribution = Literal["beta", "heavy", "bimodal", "normal"]

USUAL = {
    "beta": (73.0, 20.0),
    "heavy": (70.0, 17.0),
    "bimodal": (67.0, 20.0),
    "normal": (70.0, 16.0),
}
"""Mean and standard deviation of each distribution where none are stated."""

REFERENCE = 1000
"""Respondents of the expected sample; power scales it to any number."""

UNSEEN = 1e-6
"""Share of respondents below which a bin is empty in every sample."""

SIGMAS = (0.05, 500.0)
"""Item errors between which that of a reliability is looked for, in points."""


@dataclass(frozen=True, slots=True, eq=False)
class Planned:
    """A survey by its expectations.

    Attributes
    ----------
    model : Answering or None
        How scores come from true scores; None where they are taken as they are.
    truth : Calibration
        True scores, their probabilities, and what each bin says of them.
    share : (g,) array
        Expected share of respondents in each bin.
    """

    model: Answering | None
    truth: Calibration
    share: Array

    def for_edges(self, n: float) -> Calibration:
        """Return what n respondents find of true scores for edges and slopes."""
        if self.model is None:
            return self.truth
        steps = iterations_for_edges(round(n))
        return calibrated(self.model, self.share, self.truth.reliability, steps)


def shares_below(distribution: Distribution, mean: float, sd: float, x: Array) -> Array:
    """Return the share of customers whose latent satisfaction is below each x.

    Parameters
    ----------
    distribution : {"beta", "heavy", "bimodal", "normal"}
        Beta on 0-100, Laplace, two normal ones of which the lower holds 40 %, normal.
    mean, sd : float
        In points; a beta distribution needs ``sd^2 < mean (100 - mean)``.
    x : array
        Points.
    """
    z = (x - mean) / sd
    if distribution == "beta":
        m = mean / 100
        both = m * (1 - m) / (sd / 100) ** 2 - 1
        return np.asarray(betainc(m * both, (1 - m) * both, np.clip(x / 100, 0, 1)))
    if distribution == "heavy":
        tail: Array = 0.5 * np.exp(-np.sqrt(2) * np.abs(z))
        return np.where(z < 0, tail, 1 - tail)
    if distribution == "bimodal":
        low, high, spread_low, spread_high = _two_normal()
        return np.asarray(0.4 * ndtr((z - low) / spread_low) + 0.6 * ndtr((z - high) / spread_high))
    return np.asarray(ndtr(z))


def planned(
    distribution: Distribution, mean: float, sd: float, reliability: float, items: int, levels: int
) -> Planned:
    """Say what a survey yields.

    Parameters
    ----------
    distribution, mean, sd
        Of latent satisfaction, as in `shares_below`; what is beyond the ends of the scale
        is answered at its ends.
    reliability : float
        Of the score; from `EXACT` on it is taken for the true one.
    items, levels : int
        Items of the score, and answers to choose from.
    """
    if reliability >= EXACT:
        between = shares_below(distribution, mean, sd, SCORES[:-1] + 0.5)
        share = np.diff(between, prepend=0.0, append=1.0)
        plain = uncalibrated(share)
        return Planned(None, plain, share)
    half = (GRID[1] - GRID[0]) / 2
    between = shares_below(distribution, mean, sd, GRID[:-1] + half)
    density = np.diff(between, prepend=0.0, append=1.0)
    model = _answering(density, reliability, items, levels)
    joint = model.chance * density
    share = joint.sum(axis=1)
    posterior = np.divide(joint, share[:, None], out=np.zeros_like(joint), where=share[:, None] > 0)
    truth = Calibration(model.T, density, posterior, posterior @ model.T, reliability)
    return Planned(model, truth, share)


def expected_bins(survey: Planned, mean: Array, variance: Array) -> Bins:
    """Return bins without noise, of `REFERENCE` respondents.

    Parameters
    ----------
    survey : Planned
        The survey.
    mean, variance : (s,) arrays
        Of the outcome at each true score.
    """
    posterior = survey.truth.posterior
    level = posterior @ mean
    within = posterior @ (variance + mean**2) - level**2
    kernel = np.exp(-0.5 * ((SCORES[:, None] - SCORES) / BANDWIDTH) ** 2)
    spread = kernel @ (survey.share * within) / (kernel @ survey.share)
    spread = np.maximum(spread, FLOOR * (survey.share @ within))
    weight = REFERENCE * survey.share
    seen = survey.share > UNSEEN
    of_mean = np.divide(spread, weight, out=np.full(len(weight), np.inf), where=seen)
    return Bins(SCORES, weight, level, of_mean, REFERENCE)


def _answering(density: Array, reliability: float, items: int, levels: int) -> Answering:
    """Return the answers to items whose errors give the score its reliability."""
    values = tuple(np.linspace(0, 100, levels) for _ in range(items))
    alike = Items(np.full(items, 1 / items), values, (), np.ones(items))
    cuts = halfway_cuts(alike)

    def excess(log_sigma: float) -> float:
        sigma = float(np.exp(log_sigma))
        T = answer_probabilities(cuts[0], sigma) @ values[0]
        between = float(density @ (T - density @ T) ** 2)
        within = float(density @ composite_variance(alike, np.full(items, sigma), cuts))
        return between / (between + within) - reliability

    low, high = np.log(SIGMAS)
    sigma = float(np.exp(brentq(excess, low, high, xtol=1e-6)))
    return answering(alike, np.full(items, sigma), cuts)


def _two_normal() -> tuple[float, float, float, float]:
    """Return means and standard deviations of the two, together of mean 0 and variance 1."""
    means, spreads, parts = np.array([45.0, 82.0]), np.array([10.0, 8.0]), np.array([0.4, 0.6])
    mean = float(parts @ means)
    sd = float(np.sqrt(parts @ (spreads**2 + (means - mean) ** 2)))
    return (*((means - mean) / sd), *(spreads / sd))

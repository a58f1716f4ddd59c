"""Simulated customers: the items they answer and how loyal they are.

Loyalty given the true score T (notation in `csi.core.curve.satisfaction`)::

    score    l + sd(T) e, cut off at 0 and 100, to the nearest of equally spaced points
    binary   1 with probability m(T) / 100, else 0
    count    Poisson with mean m(T) / 10

The ends of a scale bend a curve: scores that would lie beyond them pull the mean
inwards. Therefore l is chosen, at every T, so that the mean of the score is m(T)
exactly; with ``centred=False`` it is m(T) itself, and the mean of the score is bent.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, NamedTuple, get_args

import numpy as np

from csi.core.curve.satisfaction import (
    TYPICAL,
    Errors,
    Satisfaction,
    draw_answers,
    draw_errors,
    draw_latent,
    error_below,
    measured,
    true_score,
)
from csi.core.curve.truths import TRUTHS, Truth
from csi.core.types import Array
from csi.errors import OptionError

Kind = Literal["score", "binary", "count"]

SCORES = np.linspace(0, 100, 1_001)
"""True scores at which the outcome is prepared."""

TENS = 10.0
"""Points of the curve that are one event of a count."""

_MIDDLE = 70.0
"""True score at which the noise has its stated size."""


@dataclass(frozen=True, slots=True)
class Population:
    """Customers with a stated curve from satisfaction to loyalty.

    Attributes
    ----------
    satisfaction : Satisfaction
        How satisfied they are and what they answer.
    truth : Truth
        Their curve.
    outcome : {"score", "binary", "count"}
        How loyalty is observed.
    noise : float
        Standard deviation, in points, of the error of a score at a true score of 70.
    fan : float
        Share of it by which it falls over 100 points of the true score.
    errors : {"normal", "t4", "t6"}
        Distribution of the noise.
    points : int
        Equally spaced scores that are possible, from 0 to 100.
    centred : bool
        Whether the mean of the score is the curve in spite of its ends.
    """

    satisfaction: Satisfaction = TYPICAL
    truth: Truth = TRUTHS["linear"]
    outcome: Kind = "score"
    noise: float = 15.0
    fan: float = 0.5
    errors: Errors = "normal"
    points: int = 28
    centred: bool = True

    def __post_init__(self) -> None:
        """Refuse what cannot be drawn."""
        if self.outcome not in get_args(Kind):
            raise OptionError(f"outcome is {self.outcome!r}. Known: {', '.join(get_args(Kind))}.")
        if not self.noise > 0 or not 0 <= self.fan < 1 or self.points < 2:
            raise OptionError("noise is above 0, fan from 0 to below 1, points 2 or more.")
        values = self.truth(SCORES)
        beyond = values.min() < 0 or values.max() > 100
        if beyond and (self.outcome == "binary" or self.centred):
            raise OptionError(
                f"The curve {self.truth.name!r} runs from {values.min():g} to {values.max():g}; "
                "the mean of the outcome stays within 0 and 100. Lower or flatten it."
            )


class Sample(NamedTuple):
    """Customers drawn.

    Attributes
    ----------
    items : (n, j) array
        Answers from 1 on, whole numbers unless the reliability is 1.
    outcome : (n,) array
        Loyalty.
    true_score : (n,) array
        Mean of the composite of such a customer.
    """

    items: Array
    outcome: Array
    true_score: Array


def draw(population: Population, n: int, rng: np.random.Generator) -> Sample:
    """Draw customers.

    Parameters
    ----------
    population : Population
        Prepared on the first call and kept.
    n : int
        Customers.
    rng : numpy Generator
        Source of the random numbers.

    Returns
    -------
    Sample
        Unpacks into items, outcome and true scores.
    """
    S = draw_latent(population.satisfaction, n, rng)
    T = true_score(population.satisfaction, S)
    items = draw_answers(population.satisfaction, S, rng)
    return Sample(items, draw_outcome(population, T, rng), T)


def draw_outcome(population: Population, T: Array, rng: np.random.Generator) -> Array:
    """Draw the loyalty of customers with these true scores."""
    if population.outcome == "binary":
        return (100 * rng.random(len(T)) < population.truth(T)).astype(np.float64)
    if population.outcome == "count":
        return rng.poisson(population.truth(T) / TENS).astype(np.float64)
    error = _spread(population, T) * draw_errors(population.errors, T.shape, rng)
    last = population.points - 1
    level = (
        np.interp(T, SCORES, _location(population)) if population.centred else (population.truth(T))
    )
    return np.asarray(np.clip(np.rint((level + error) * (last / 100)), 0, last) * (100 / last))


def expected_outcome(population: Population, t: Array) -> Array:
    """Return the mean outcome at true scores: shares of a 0/1 outcome, means of the others."""
    if population.outcome == "score":
        if population.centred:
            return population.truth(t)
        return _mean_score(population, population.truth(t), _spread(population, t))
    return np.asarray(population.truth(t) / (100 if population.outcome == "binary" else TENS))


def true_scores(population: Population) -> tuple[Array, Array]:
    """Return the distribution of the true score: its values and their probabilities."""
    found = measured(population.satisfaction)
    return found.T, found.probability


def window(population: Population, share: float = 0.05) -> tuple[float, float]:
    """Return the true scores below and above which this share of customers is."""
    T, probability = true_scores(population)
    reached = np.cumsum(probability)
    low, high = np.searchsorted(reached, [share, 1 - share])
    return float(T[low]), float(T[high])


@lru_cache(maxsize=256)
def _location(population: Population) -> Array:
    """Return l at the `SCORES`, by bisection."""
    wanted, sd = population.truth(SCORES), _spread(population, SCORES)
    low, high = -12 * sd, 100 + 12 * sd
    for _ in range(32):
        middle = (low + high) / 2
        short = _mean_score(population, middle, sd) < wanted
        low, high = np.where(short, middle, low), np.where(short, high, middle)
    return np.asarray((low + high) / 2)


def _mean_score(population: Population, level: Array, sd: Array) -> Array:
    """Return the mean of l + sd e after it was cut off and rounded."""
    last = population.points - 1
    steps = (np.arange(last) + 0.5) * (100 / last)
    reached = error_below(population.errors, (level[:, None] - steps) / sd[:, None])
    return np.asarray(reached.sum(axis=1) * (100 / last))


def _spread(population: Population, T: Array) -> Array:
    return np.asarray(population.noise * (1 + population.fan * (_MIDDLE - T) / 100))

"""Item models at neighbouring reliabilities.

The reliability of a score is estimated too. Samples drawn anew have one of their
own, and fitting the items for each would take too long; so models are fitted at
three reliabilities, and between them each probability is a parabola. `RUNGS`
models in all stand for the reliabilities drawn: the nearest is used, and rounding
to it adds about three percent to the variance of the reliability.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from csi.core.curve.calibration import EXACT, fitted_gaussian, fitted_items
from csi.core.curve.item_model import Answering, Items
from csi.core.types import Array

Places = NDArray[np.intp]

RUNGS = 9
"""Models."""

REACH = 2.5
"""Standard deviations from the middle to the ends."""

LEAST = 0.2
"""Reliability below which none is used."""

CERTAIN = 1e-5
"""Standard deviation of the reliability below which it is known."""


@dataclass(frozen=True, slots=True, eq=False)
class Ladder:
    """Models at increasing reliabilities.

    Attributes
    ----------
    reliability : (m,) array
        Of each.
    chance : (m, g, s) array
        Probability of each bin at each latent score.
    T : (m, s) array
        True scores.
    """

    reliability: Array
    chance: Array
    T: Array

    def nearest(self, reliability: Array) -> Places:
        """Return the model nearest to each reliability."""
        between = (self.reliability[1:] + self.reliability[:-1]) / 2
        return np.searchsorted(between, reliability)


def known(model: Answering, reliability: float) -> Ladder:
    """Return the ladder of one model."""
    return Ladder(np.array([reliability]), model.chance[None], model.T[None])


def exact(bins: int = 101) -> Ladder:
    """Return the ladder for scores without error."""
    return Ladder(np.ones(1), np.eye(bins)[None], np.arange(float(bins))[None])


def ladder(
    model: Answering, items: Items | None, weight: Array, reliability: float, spread: float
) -> Ladder:
    """Prepare models round that of the sample.

    Parameters
    ----------
    model : Answering
        Of the sample.
    items : Items or None
        Those it was fitted with; without them the error is normal.
    weight : (g,) array
        Weights of the bins.
    reliability : float
        Of the sample.
    spread : float
        Standard deviation of the reliabilities drawn.
    """
    reach = min(REACH * spread, EXACT - reliability, reliability - LEAST)
    if reach < CERTAIN:
        return known(model, reliability)
    ends = [
        fitted_gaussian(weight, rho) if items is None else fitted_items(items, weight, rho)
        for rho in (reliability - reach, reliability + reach)
    ]
    at = np.linspace(-1, 1, RUNGS)
    share = np.column_stack([at * (at - 1) / 2, 1 - at**2, at * (at + 1) / 2])
    three = (ends[0], model, ends[1])
    chance = np.maximum(np.tensordot(share, np.stack([m.chance for m in three]), 1), 0.0)
    chance /= chance.sum(axis=1, keepdims=True)
    T = np.maximum.accumulate(share @ np.stack([m.T for m in three]), axis=1)
    return Ladder(reliability + reach * at, chance, T)

"""Maximum of many likelihoods at once, each of one correlation."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count

import numpy as np

from csi.core.design import Codes
from csi.core.types import Array

BOUND = 0.999
"""Largest correlation; a likelihood that wants more has no maximum within."""

SETTLED = 1e-9
"""The last step of Newton's is no larger, which leaves errors of the order of its square."""

PATIENCE = 12
"""Rounds of Newton's steps after which the brackets are halved every other time."""

Score = Callable[[Array, Codes], tuple[Array, Array]]
"""First and second derivative of the log-likelihoods of some pairs, at their correlations."""


def maximised(score: Score, start: Array) -> Array:
    """Climb to the roots of the scores by Newton's steps, inside brackets that close.

    A bound is tried before it is believed: a correlation ends there only if its
    likelihood still rises towards it, or is flat there.
    """
    rho = start.copy()
    low, high = np.full_like(rho, -np.inf), np.full_like(rho, np.inf)
    active = np.arange(len(rho))
    for number in count():
        if not len(active):
            break
        at = rho[active]
        slope, curve = score(at, active)
        low[active] = np.where(slope >= 0, at, low[active])
        high[active] = np.where(slope <= 0, at, high[active])
        if number > PATIENCE and number % 2:
            curve = np.zeros_like(curve)
        rho[active] = _step(at, slope, curve, low[active], high[active])
        active = active[np.abs(rho[active] - at) > SETTLED]
    return rho


def _step(at: Array, slope: Array, curve: Array, low: Array, high: Array) -> Array:
    """Return Newton's step, without a maximum ahead the bound; else the middle."""
    ahead = np.copysign(np.inf, -slope)
    newton = np.clip(at - np.divide(slope, curve, out=ahead, where=curve < 0), -BOUND, BOUND)
    middle = (np.maximum(low, -BOUND) + np.minimum(high, BOUND)) / 2
    return np.where((newton > low) & (newton < high), newton, middle)

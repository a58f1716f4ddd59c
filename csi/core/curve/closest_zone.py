"""The zone that comes closest to a known curve.

A smooth curve has no kinks. What edges estimate, then, are those of the nearest
increasing curve of three straight pieces with a zone, nearest in mean square over
the true scores of the customers in the window. Where the curve is of that form
itself, these are its own kinks and slopes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from csi.core.types import Array


@dataclass(frozen=True, slots=True, eq=False)
class ClosestZone:
    """Three straight pieces.

    Attributes
    ----------
    low, high : float
        Edges of the zone.
    slopes : (3,) array
        Below, in and above it.
    error : float
        Root mean square distance from the curve.
    """

    low: float
    high: float
    slopes: Array
    error: float


def closest_zone(
    T: Array, mean: Array, probability: Array, knots: Array, width: float = 6.0
) -> ClosestZone | None:
    """Find the pieces that come closest to a curve.

    Parameters
    ----------
    T, mean, probability : (s,) arrays
        True scores of the window, the curve there, and shares of customers.
    knots : (k,) array
        Edges to choose from, increasing.
    width : float
        Points that a zone has at least.

    Returns
    -------
    ClosestZone or None
        None where no pair of edges makes a zone.
    """
    i, j = np.triu_indices(len(knots), 1)
    wide = knots[j] - knots[i] >= width - 1e-9
    chosen = np.stack([np.zeros_like(i), np.ones_like(i), 2 + i, 2 + j], axis=1)[wide]
    basis = np.vstack([np.ones_like(T), T, np.maximum(T - knots[:, None], 0)])
    share = probability / probability.sum()
    gram, product = (basis * share) @ basis.T, basis @ (share * mean)
    G, r = gram[chosen[:, :, None], chosen[:, None, :]], product[chosen]
    slopes, gain = _best_slopes(G, r)
    best = int(gain.argmax())
    if not np.isfinite(gain[best]):
        return None
    low, high = knots[chosen[best, 2:] - 2]
    pieces = np.stack([np.minimum(T, low), np.clip(T, low, high), np.maximum(T, high)])
    apart = mean - slopes[best] @ pieces
    error = float(share @ (apart - share @ apart) ** 2) ** 0.5
    return ClosestZone(float(low), float(high), slopes[best], error)


_FREE = np.eye(4)
_FLAT = np.array([[1.0, 0, 0], [0, 1, 0], [0, -1, 0], [0, 0, 1]])
"""One, and what is below and above the zone, as combinations of 1, T and the two hinges."""


def _best_slopes(G: Array, r: Array) -> tuple[Array, Array]:
    """Return slopes and gains of every pair of edges: free where that is a zone, or flat in it."""
    slopes, gain = np.zeros((len(G), 3)), np.full(len(G), -np.inf)
    for pattern in (_FLAT, _FREE):
        reduced = r @ pattern
        found = np.linalg.solve(pattern.T @ G @ pattern, reduced[:, :, None])[:, :, 0]
        steps = np.cumsum((found @ pattern.T)[:, 1:], axis=1)
        inside = 0.0 if pattern is _FLAT else steps[:, 1]
        zone = (steps[:, 0] > inside) & (steps[:, 2] > inside) & (inside >= 0)
        gained = (found * reduced).sum(axis=1)
        better = zone & (gained > gain)
        slopes[better], gain[better] = steps[better], gained[better]
    return slopes, gain

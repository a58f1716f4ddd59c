"""Closest points of convex cones: least squares with coefficients that are not negative.

Many small problems at once, by the active-set method of Lawson and Hanson (1974,
chapter 23) on the products of the columns. Few columns are ever used together,
so that systems stay small. Notation::

    G  (c, v, v)  products of the v columns of each of c cones
    h  (p, v)     products of the columns with p outcomes
    x  (p, v)     coefficients, 0 or above, that minimise x'Gx - 2 h'x

The weighted sum of squares falls by ``h'x``. A column of zeros is never used.

References
----------
Lawson, C. L. and Hanson, R. J. (1974). Solving least squares problems.
Prentice-Hall. doi:10.1137/1.9781611971217
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from csi.core.types import Array, Mask

TOLERANCE = 1e-9
"""Gradient, relative to the largest product, from which a column is worth using."""

TURNS = 4
"""Most rounds per column; rounding could otherwise exchange two equal columns for ever."""

Places = NDArray[np.intp]


def closest(G: Array, h: Array, cone: Places) -> Array:
    """Return the coefficients of the closest point of each outcome in its cone.

    Parameters
    ----------
    G : (c, v, v) array
        Products of the columns of each cone.
    h : (p, v) array
        Products of the columns with the outcomes.
    cone : (p,) array
        Which cone each outcome is to lie in.

    Returns
    -------
    (p, v) array
    """
    x, used = np.zeros_like(h), np.zeros(h.shape, dtype=bool)
    enough = TOLERANCE * np.abs(h).max(axis=1, initial=0.0)
    left = np.arange(len(h))
    for _ in range(TURNS * h.shape[1]):
        gradient = np.where(used[left], -np.inf, _gradient(G, h[left], x[left], cone[left]))
        next_one = gradient.argmax(axis=1)
        better = gradient[np.arange(len(left)), next_one] > enough[left]
        left, next_one = left[better], next_one[better]
        if not len(left):
            break
        used[left, next_one] = True
        x[left], used[left] = _settled(G, h[left], x[left], used[left], cone[left])
    return x


def _gradient(G: Array, h: Array, x: Array, cone: Places) -> Array:
    """Return h - Gx, reading only the columns each outcome uses."""
    used = _Used.of(x > 0)
    weight = np.zeros(used.column.shape)
    weight[used.row, used.slot] = x[used.row, used.col]
    return np.asarray(h - (weight[:, None] @ G[cone[:, None], used.column])[:, 0])


def _settled(G: Array, h: Array, x: Array, used: Mask, cone: Places) -> tuple[Array, Mask]:
    """Go to the least squares of the used columns, dropping those that would turn negative."""
    x, used = x.copy(), used.copy()
    left = np.arange(len(h))
    while len(left):
        goal = _solved(G, h[left], used[left], cone[left])
        low = used[left] & (goal <= 0)
        stuck = low.any(axis=1)
        x[left[~stuck]] = goal[~stuck]
        left, goal, low = left[stuck], goal[stuck], low[stuck]
        here = x[left]
        reach = np.where(low, here / np.where(low, here - goal, 1), np.inf)
        share = reach.min(axis=1, initial=np.inf, keepdims=True)
        used[left] &= ~(low & (reach <= share))
        x[left] = np.where(used[left], here + share * (goal - here), 0.0)
    return x, used


def _solved(G: Array, h: Array, used: Mask, cone: Places) -> Array:
    """Return the least squares of the used columns, zero elsewhere."""
    at = _Used.of(used)
    right, there = np.zeros((2, *at.column.shape))
    right[at.row, at.slot] = h[at.row, at.col]
    there[at.row, at.slot] = 1.0
    products = G[cone[:, None, None], at.column[:, :, None], at.column[:, None, :]]
    products *= there[:, :, None] * there[:, None, :]
    slots = np.arange(at.column.shape[1])
    products[:, slots, slots] += 1 - there
    solution = _regressed(products, right[:, :, None])[:, :, 0]
    found = np.zeros_like(h)
    found[at.row, at.col] = solution[at.row, at.slot]
    return found


def _regressed(products: Array, right: Array) -> Array:
    """Return the least squares, the shortest where few respondents make columns alike."""
    try:
        return np.asarray(np.linalg.solve(products, right), dtype=np.float64)
    except np.linalg.LinAlgError:
        shortest: Array = np.linalg.pinv(products, hermitian=True) @ right
        return shortest


class _Used(NamedTuple):
    """Where the used columns stand, gathered in slots from the left."""

    row: Places
    col: Places
    slot: Places
    column: Places

    @classmethod
    def of(cls, used: Mask) -> _Used:
        row, col = np.nonzero(used)
        count = np.bincount(row, minlength=len(used))
        slot = np.arange(len(row)) - (np.cumsum(count) - count)[row]
        column = np.zeros((len(used), int(count.max(initial=0))), dtype=np.intp)
        column[row, slot] = col
        return cls(row, col, slot, column)

"""Where searches for minima end, and on what evidence."""

from __future__ import annotations

from dataclasses import dataclass, fields
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from csi.core.types import Array, Mask

Index = NDArray[np.intp]

NEGLIGIBLE = 1e-9
"""Decrement, and square of a scaled gradient, of a sample that has converged."""


class Ending(IntEnum):
    """Why the search for a minimum ended."""

    CONVERGED = 0
    DIVERGED = 1
    """The steps do not shrink: parameters run off, or creep along a valley that is all but flat."""
    FLAT = 2
    """The gradient vanished, but some direction is flat: not identified, or run off too far."""
    STUCK = 3
    """No step gained any more."""
    EXHAUSTED = 4
    """The steps that are allowed were taken."""
    UNDEFINED = 5
    """The discrepancy is not defined at the start."""


@dataclass(frozen=True, slots=True, eq=False)
class Optimum:
    """Where the search ended, for each of B samples.

    Attributes
    ----------
    theta : (B, q) array
        Parameters.
    value : (B,) array
        Discrepancy.
    iterations : (B,) array of int
        Steps taken.
    gradient : (B,) array
        Largest derivative, divided by the root of its curvature.
    decrement : (B,) array
        Newton decrement.
    positive : (B,) mask
        Whether the exact Hessian is positive definite.
    converged : (B,) mask
        Whether all of these say that this is a minimum.
    """

    theta: Array
    value: Array
    iterations: Index
    gradient: Array
    decrement: Array
    positive: Mask
    converged: Mask


@dataclass(frozen=True, slots=True, eq=False)
class FreeOptimum(Optimum):
    """Where a search that no condition bound ended.

    Attributes
    ----------
    ending : (B,) array of int
        Why it ended, of `Ending`.
    starts : (B,) array of int
        Starting values that were tried.
    """

    ending: Index
    starts: Index

    def take(self, rows: Index) -> FreeOptimum:
        """Return some of the samples."""
        return FreeOptimum(*(getattr(self, each.name)[rows] for each in fields(self)))

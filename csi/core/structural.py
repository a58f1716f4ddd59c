"""Path coefficients, explained variance and effects, from construct correlations.

Notation::

    C  (..., k, k)  construct correlations
    B  (..., k, k)  path coefficients; B[i, j] is the direct effect of i on j
    T  (..., k, k)  total effects, B + B^2 + ... = (I - B)^-1 - I
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from csi.core.types import Array, Mask


@dataclass(frozen=True, slots=True, eq=False)
class Regressions:
    """The regressions of a design, laid out to be solved in one call.

    Attributes
    ----------
    design : (k, k) mask
        A path leads from construct i to construct j.
    several : (m,) array of int
        Constructs with several predecessors.
    among : (m, k, k) mask
        Pairs of predecessors of each of them.
    """

    design: Mask
    several: NDArray[np.intp]
    among: Mask

    @classmethod
    def of(cls, design: Mask) -> Regressions:
        """Lay out the regressions of a design."""
        several = np.flatnonzero(design.sum(axis=0) > 1)
        causes = design.T[several]
        return cls(design, several, causes[:, :, None] & causes[:, None, :])

    def __call__(self, C: Array) -> Array:
        """Return path coefficients; NaN where predecessors are collinear."""
        B = np.where(self.design, C, 0.0)
        if len(self.several):
            onto = B[..., self.several].swapaxes(-1, -2)
            systems = np.where(self.among, C[..., None, :, :], np.eye(len(self.design)))
            B[..., self.several] = _solve(systems, onto).swapaxes(-1, -2)
        return B


def path_coefficients(C: Array, design: Mask) -> Array:
    """Regress every construct on its predecessors."""
    return Regressions.of(design)(C)


def explained_variance(C: Array, B: Array, design: Mask) -> Array:
    """Return R2 of every construct; NaN for those without predecessor."""
    r2: Array = np.where(design.any(axis=0), (B * C).sum(axis=-2), np.nan)
    return r2


def total_effects(B: Array) -> Array:
    """Add up the effects along all directed routes."""
    identity = np.eye(B.shape[-1])
    T: Array = np.linalg.inv(identity - B) - identity
    return T


def _solve(A: Array, b: Array) -> Array:
    """Solve stacked systems; NaN for the singular ones."""
    try:
        return np.asarray(np.linalg.solve(A, b[..., None])[..., 0], dtype=np.float64)
    except np.linalg.LinAlgError:
        if A.ndim == 2:
            return np.where(b == 0, b, np.nan)
        return np.stack([_solve(one, onto) for one, onto in zip(A, b, strict=True)])

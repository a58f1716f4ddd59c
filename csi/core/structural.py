"""Path coefficients, explained variance and effects, from construct correlations.

Notation::

    C  (..., k, k)  construct correlations
    B  (..., k, k)  path coefficients; B[i, j] is the direct effect of i on j
    T  (..., k, k)  total effects, B + B^2 + ... = (I - B)^-1 - I
"""

from __future__ import annotations

import numpy as np

from csi.core.pls import regress
from csi.core.types import Array, Mask


def path_coefficients(C: Array, design: Mask) -> Array:
    """Regress every construct on its predecessors."""
    B = np.zeros(C.shape)
    for j in np.flatnonzero(design.any(axis=0)):
        causes = np.flatnonzero(design[:, j])
        B[..., causes, j] = C[..., causes, j] if len(causes) == 1 else regress(C, causes, j)
    return B


def explained_variance(C: Array, B: Array, design: Mask) -> Array:
    """Return R2 of every construct; NaN for those without predecessor."""
    r2: Array = np.where(design.any(axis=0), (B * C).sum(axis=-2), np.nan)
    return r2


def total_effects(B: Array) -> Array:
    """Add up the effects along all directed routes."""
    identity = np.eye(B.shape[-1])
    T: Array = np.linalg.inv(identity - B) - identity
    T[np.abs(T) < 1e-300] = 0.0
    return T

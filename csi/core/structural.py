"""Path coefficients, explained variance and effects, from construct correlations.

Every function takes one matrix or a batch of them, with the batch axis last::

    C  (k, k, ...)  construct correlations
    B  (k, k, ...)  path coefficients; B[i, j] is the direct effect of i on j
    T  (k, k, ...)  total effects, B + B^2 + ... = (I - B)^-1 - I
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from csi.core.types import Array, Mask

SINGULAR = 1e-14
"""Share of its variance that is left of a predictor beside the others when they are collinear."""


@dataclass(frozen=True, slots=True, eq=False)
class Regressions:
    """The regressions of a design, laid out to be solved together.

    Constructs with fewer than q predecessors are filled up with predictors that
    stand alone, so that all m systems have one size.

    Attributes
    ----------
    design : (k, k) mask
        A path leads from construct i to construct j.
    several : (m,) array of int
        Constructs with several predecessors.
    causes : (q, m) array of int
        Their predecessors.
    real : (q, m) mask
        Which of them are no filling.
    """

    design: Mask
    several: NDArray[np.intp]
    causes: NDArray[np.intp]
    real: Mask

    @classmethod
    def of(cls, design: Mask) -> Regressions:
        """Lay out the regressions of a design."""
        number = design.sum(axis=0)
        several = np.flatnonzero(number > 1)
        causes = np.zeros((int(number.max(initial=0)), len(several)), dtype=np.intp)
        real = np.arange(len(causes))[:, None] < number[several]
        for column, j in enumerate(several):
            causes[real[:, column], column] = np.flatnonzero(design[:, j])
        return cls(design, several, causes, real)

    def __call__(self, C: Array) -> Array:
        """Return path coefficients; NaN where predecessors are collinear."""
        batch = (...,) + (None,) * (C.ndim - 2)
        B = np.where(self.design[batch], C, 0.0)
        if len(self.several):
            systems, onto = C[self.causes[:, None], self.causes], C[self.causes, self.several]
            filling, of = np.nonzero(~self.real)
            systems[filling, :, of] = systems[:, filling, of] = onto[filling, of] = 0.0
            systems[filling, filling, of] = 1.0
            found = solve(systems, onto[:, None])[:, 0]
            at, of = np.nonzero(self.real)
            B[self.causes[at, of], self.several[of]] = found[at, of]
        return B


def path_coefficients(C: Array, design: Mask) -> Array:
    """Regress every construct on its predecessors."""
    return Regressions.of(design)(C)


def explained_variance(C: Array, B: Array, design: Mask) -> Array:
    """Return (k, ...) R2 of every construct; NaN for those without predecessor."""
    r2: Array = (B * C).sum(axis=0)
    r2[~design.any(axis=0)] = np.nan
    return r2


def total_effects(B: Array) -> Array:
    """Add up the effects along all directed routes; the design has no cycle."""
    design = (B != 0).reshape(*B.shape[:2], -1).any(axis=2)
    T = B.copy()
    for i in np.argsort(reachable(design).sum(axis=1), kind="stable"):  # ends of routes first
        after = np.flatnonzero(design[i])
        if len(after):
            T[i] += np.einsum("m...,mj...->j...", B[i, after], T[after])
    return T


def reachable(design: Mask) -> Mask:
    """Return (k, k) which construct a directed route leads to from which."""
    reach = design.copy()
    for j in range(len(reach)):
        reach |= np.outer(reach[:, j], reach[j])
    return reach


@np.errstate(divide="ignore", invalid="ignore", over="ignore")  # NaN says that it is singular
def solve(A: Array, b: Array) -> Array:
    """Solve A x = b by elimination, for a batch of small symmetric systems.

    Parameters
    ----------
    A : (q, q, ...) array
        Covariances; no pivoting is done, as none is needed for them.
    b : (q, r, ...) array
        Right-hand sides.

    Returns
    -------
    (q, r, ...) array
        NaN where a system is singular.
    """
    q = len(A)
    M = np.concatenate([A, b], axis=1)
    for c in range(q):
        row = M[c, c + 1 :] / M[c, c]
        M[:, c + 1 :] -= M[:, c, None] * row
        M[c, c + 1 :] = row
    pivots, variances = np.einsum("aa...->a...", M[:, :q]), np.einsum("aa...->a...", A)
    singular = (np.abs(pivots) <= SINGULAR * np.abs(variances).max(axis=0)).any(axis=0)
    x = M[:, q:]
    if singular.any():
        x[..., singular] = np.nan
    return x

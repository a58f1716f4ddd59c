"""Path coefficients, explained variance and effects, from construct correlations.

Every function takes one matrix or a batch of them, with the batch axis last::

    C  (k, k, ...)  construct correlations
    B  (k, k, ...)  path coefficients; B[i, j] is the direct effect of i on j
    T  (k, k, ...)  total effects, B + B^2 + ... = (I - B)^-1 - I
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from csi.core.types import Array, Mask

Index = NDArray[np.intp]

FEW = 16
"""Systems up to which LAPACK is faster than elimination of all of them together."""

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
    filling, real : pairs of arrays of int
        Which of them are filling, and which are not: row and column of each.
    """

    design: Mask
    several: Index
    causes: Index
    filling: tuple[Index, Index]
    real: tuple[Index, Index]

    @classmethod
    def of(cls, design: Mask) -> Regressions:
        """Lay out the regressions of a design."""
        return _laid_out(design.tobytes(), len(design))

    def __call__(self, C: Array) -> Array:
        """Return path coefficients; NaN where predecessors are collinear."""
        design = self.design.reshape(*self.design.shape, *(1,) * (C.ndim - 2))
        return self.among(np.where(design, C, 0.0), C)

    def among(self, B: Array, C: Array) -> Array:
        """Write the coefficients of constructs with several predecessors into B."""
        if len(self.several):
            systems, onto = C[self.causes[:, None], self.causes], C[self.causes, self.several]
            alone, of = self.filling
            if len(of):
                systems[alone, :, of] = systems[:, alone, of] = onto[alone, of] = 0.0
                systems[alone, alone, of] = 1.0
            found = solve(systems, onto[:, None])[:, 0]
            B[self.causes[self.real], self.several[self.real[1]]] = found[self.real]
        return B


@lru_cache(maxsize=256)
def _laid_out(design: bytes, k: int) -> Regressions:
    mask = np.frombuffer(design, dtype=bool).reshape(k, k)
    number = mask.sum(axis=0)
    several = np.flatnonzero(number > 1)
    causes = np.zeros((int(number.max(initial=0)), len(several)), dtype=np.intp)
    real = np.arange(len(causes))[:, None] < number[several]
    for column, j in enumerate(several):
        causes[real[:, column], column] = np.flatnonzero(mask[:, j])
    filling, kept = np.nonzero(~real), np.nonzero(real)
    return Regressions(mask, several, causes, (filling[0], filling[1]), (kept[0], kept[1]))


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
    if A[0, 0].size <= FEW:
        found = _solved_one_by_one(A, b)
        if found is not None:
            return found
    M = np.concatenate([A, b], axis=1)
    for c in range(q):
        row = M[c, c + 1 :] / M[c, c]
        M[:, c + 1 :] -= M[:, c, None] * row
        M[c, c + 1 :] = row
    pivots, variances = np.einsum("aa...->a...", M[:, :q]), np.einsum("aa...->a...", A)
    singular = (np.abs(pivots) <= SINGULAR * np.abs(variances)).any(axis=0)
    x = M[:, q:]
    if singular.any():
        x[..., singular] = np.nan
    return x


def _solved_one_by_one(A: Array, b: Array) -> Array | None:
    """Solve a few systems by LAPACK; None if one is singular or indefinite."""
    stack = A.reshape(*A.shape[:2], -1).transpose(2, 0, 1)
    try:
        pivots = np.einsum("baa->ba", np.linalg.cholesky(stack)) ** 2
        x = np.linalg.solve(stack, b.reshape(*b.shape[:2], -1).transpose(2, 0, 1))
    except np.linalg.LinAlgError:
        return None
    if (pivots <= SINGULAR * np.einsum("baa->ba", stack)).any():
        return None
    return np.asarray(x, dtype=np.float64).transpose(1, 2, 0).reshape(b.shape)

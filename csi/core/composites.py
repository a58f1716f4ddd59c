"""What follows from outer weights: loadings, construct correlations, paths.

Notation as in `csi.core.pls`, the batch axis last.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from csi.core.consistent import corrected_loadings, disattenuated, rho_a
from csi.core.structural import Regressions, explained_variance
from csi.core.types import Array, Mask


@dataclass(frozen=True, slots=True, eq=False)
class Composites:
    """A model estimated by composites, for one sample or a batch of them.

    Attributes
    ----------
    W : (p, k, ...) array
        Outer weights of the standardised indicators.
    loadings : (p, k, ...) array
        Correlations of every indicator with every construct.
    C : (k, k, ...) array
        Correlations of the constructs.
    B : (k, k, ...) array
        Paths; NaN where predecessors are collinear.
    r2 : (k, ...) array
        Explained variance; NaN for constructs nothing points to.
    reliability : (k, ...) array
        rho_A of the constructs corrected for attenuation, else one.
    parameters : (m, ...) array or None
        Numbers of the covariance structure that implies all this, if there is one.
    """

    W: Array
    loadings: Array
    C: Array
    B: Array
    r2: Array
    reliability: Array
    parameters: Array | None = None

    def sample(self, i: int) -> Composites:
        """Return the composites of one sample of a batch."""
        arrays = (self.W, self.loadings, self.C, self.B, self.r2, self.reliability)
        W, loadings, C, B, r2, reliability = (array[..., i].copy() for array in arrays)
        further = None if self.parameters is None else self.parameters[..., i].copy()
        return Composites(W, loadings, C, B, r2, reliability, further)


def composites(
    R: Array, W: Array, blocks: Mask, design: Mask, corrected: Mask | None = None
) -> Composites:
    """Build composites with the weights W and regress them along the paths.

    Parameters
    ----------
    R : (p, p, ...) array
        Correlations of the indicators.
    W : (p, k, ...) array
        Outer weights with w'Rw = 1.
    blocks, design : (p, k) and (k, k) masks
        Indicators of each construct; paths.
    corrected : (k,) mask, optional
        Constructs to correct for attenuation.
    """
    cross = _cross(R, W)
    C = np.einsum("il...,ik...->lk...", W, cross)
    reliability = np.ones(C.shape[1:])
    loadings = cross
    if corrected is not None and corrected.any():
        reliability = rho_a(cross, W, corrected)
        loadings = corrected_loadings(cross, W, blocks, reliability, corrected)
        C = disattenuated(C, reliability)
    C = (C + C.swapaxes(0, 1)) / 2
    C[np.arange(len(C)), np.arange(len(C))] = 1.0
    B = Regressions.of(design)(C)
    return Composites(W, loadings, C, B, explained_variance(C, B, design), reliability)


def _cross(R: Array, W: Array) -> Array:
    """Return R W, skipping the zeros of W."""
    cross = np.empty(W.shape)
    for j in range(W.shape[1]):
        rows = _run(np.flatnonzero(W[:, j].reshape(len(W), -1).any(axis=1)))
        np.einsum("mi...,m...->i...", R[rows], W[rows, j], out=cross[:, j])
    return cross


def _run(rows: NDArray[np.intp]) -> slice | NDArray[np.intp]:
    """Return rows as a slice where they stand together."""
    if len(rows) and rows[-1] - rows[0] == len(rows) - 1:
        return slice(int(rows[0]), int(rows[-1]) + 1)
    return rows

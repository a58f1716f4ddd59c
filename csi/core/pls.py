"""Outer weights of partial least squares path modelling.

Wold's iteration reads nothing but correlations, so one function serves a
survey of fifty thousand respondents, a matrix printed in an article, and a
stack of such matrices, one for each firm or replicate. Notation follows
Tenenhaus et al. (2005, section 2)::

    R  (..., p, p)  indicator correlations (or covariances, for unstandardised PLS)
    W  (..., p, k)  outer weights, one column per construct, scaled so that w'Rw = 1
    C  (..., k, k)  construct correlations, W'RW
    E  (..., k, k)  inner weights; column j builds the inner proxy of construct j

``blocks[i, j]`` says that indicator i belongs to construct j, ``design[i, j]``
that the model holds a path from construct i to construct j.

References
----------
Tenenhaus, M., Esposito Vinzi, V., Chatelin, Y.-M. and Lauro, C. (2005).
PLS path modeling. Computational Statistics & Data Analysis 48(1), 159-205.
doi:10.1016/j.csda.2004.03.005
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from csi.core.structural import Regressions
from csi.core.types import Array, Mask

Mode = Literal["A", "B", "unit"]
Scheme = Literal["path", "factorial", "centroid"]

LONGEST_CYCLE = 8
"""Longest cycle looked for when an iteration does not settle."""


@dataclass(frozen=True, slots=True, eq=False)
class OuterWeights:
    """Where Wold's iteration stopped, for each of the stacked matrices.

    Attributes
    ----------
    W : (..., p, k) array
        Outer weights, zero outside each block.
    n_iter : (...) array of int
        Iterations used.
    change : (...) array
        Largest change of a weight in the last iteration, in standard deviations
        of its indicator; NaN where a regression was singular.
    converged : (...) array of bool
        Whether ``change`` fell below the tolerance.
    """

    W: Array
    n_iter: NDArray[np.int64]
    change: Array
    converged: Mask


@np.errstate(over="ignore", divide="ignore", invalid="ignore")  # NaN says that it broke down
def outer_weights(
    R: Array,
    blocks: Mask,
    design: Mask,
    modes: Sequence[Mode],
    *,
    scheme: Scheme = "path",
    tol: float = 1e-10,
    max_iter: int = 1000,
) -> OuterWeights:
    """Iterate inner and outer estimation until the weights settle.

    A composite points along its indicators: the sum of its covariances with
    them is positive.

    Parameters
    ----------
    R : (..., p, p) array
        Correlations or covariances of the indicators.
    blocks : (p, k) mask
        Which indicator belongs to which construct.
    design : (k, k) mask
        Which construct has a path to which.
    modes : sequence of {"A", "B", "unit"}
        How each block is weighted; "unit" keeps equal weights.
    scheme : {"path", "factorial", "centroid"}
        How neighbours are weighted into the inner proxy.
    tol : float
        Largest change of a weight, in standard deviations of its indicator,
        that counts as settled.
    max_iter : int
        Iterations after which to give up.
    """
    stack = R.reshape(-1, *R.shape[-2:])
    step = _Step.of(stack, blocks, design, modes, scheme)
    W = np.broadcast_to(blocks.astype(np.float64), (len(stack), *blocks.shape))
    W = step.normalise(W)
    n_iter = np.zeros(len(stack), dtype=np.int64)
    change = np.full(len(stack), np.inf)
    active, moving = np.arange(len(stack)), W.copy()
    spread = np.sqrt(np.diagonal(stack, axis1=-2, axis2=-1))[..., None]
    for iteration in range(1, max_iter + 1):
        update = step(moving)
        moved = (np.abs(update - moving) * spread[active]).max(axis=(-2, -1))
        W[active], n_iter[active], change[active] = update, iteration, moved
        running = moved >= tol
        if not running.any():
            break
        if not running.all():
            active, update, step = active[running], update[running], step.only(running)
        moving = update
    batch = R.shape[:-2]
    return OuterWeights(
        W.reshape(*batch, *blocks.shape),
        n_iter.reshape(batch),
        change.reshape(batch),
        (change < tol).reshape(batch),
    )


def cycle_length(
    R: Array,
    W: Array,
    blocks: Mask,
    design: Mask,
    modes: Sequence[Mode],
    *,
    scheme: Scheme,
) -> int:
    """Return after how many iterations the weights W come back, or 0 if they do not.

    To come back is to miss W by a millionth of one step; an iteration that
    swings to and fro while it settles is no cycle.
    """
    step = _Step.of(R[None], blocks, design, modes, scheme)
    later = step(W[None])
    moved = np.abs(later[0] - W).max()
    for length in range(2, LONGEST_CYCLE + 1):
        later = step(later)
        if np.abs(later[0] - W).max() < 1e-6 * moved:
            return length
    return 0


def inner_weights(C: Array, regressions: Regressions, scheme: Scheme) -> Array:
    """Weights by which the neighbours of each construct build its inner proxy."""
    design = regressions.design
    if scheme == "path":  # successors enter by their correlation, predecessors by regression
        return np.where(design.T, C, 0.0) + regressions(C)
    return np.where(design | design.T, np.sign(C) if scheme == "centroid" else C, 0.0)


@dataclass(frozen=True, slots=True, eq=False)
class _Step:
    """One round of inner and outer estimation on a stack of matrices."""

    R: Array
    blocks: Mask
    regressions: Regressions
    scheme: Scheme
    fixed: Mask
    inverse: Array | None

    @classmethod
    def of(
        cls, R: Array, blocks: Mask, design: Mask, modes: Sequence[Mode], scheme: Scheme
    ) -> _Step:
        fixed = np.array([mode == "unit" for mode in modes])
        inverse = _block_inverses(R, blocks, modes) if "B" in modes else None
        return cls(R, blocks, Regressions.of(design), scheme, fixed, inverse)

    def __call__(self, W: Array) -> Array:
        RW = self.R @ W
        E = inner_weights(W.swapaxes(-1, -2) @ RW, self.regressions, self.scheme)
        outer = np.where(self.blocks, RW @ E, 0.0)
        if self.inverse is not None:
            outer = self.inverse @ outer
        if self.fixed.any():
            outer = np.where(self.fixed, W, outer)
        return self.normalise(outer)

    def normalise(self, W: Array) -> Array:
        """Scale composites to variance one and point them along their indicators."""
        RW = self.R @ W
        sign = np.where(np.where(self.blocks, RW, 0.0).sum(axis=-2) < 0, -1.0, 1.0)
        scaled: Array = W * (sign / np.sqrt((W * RW).sum(axis=-2)))[..., None, :]
        return scaled

    def only(self, chosen: Mask) -> _Step:
        """Return the step for some of the stacked matrices."""
        inverse = None if self.inverse is None else self.inverse[chosen]
        return replace(self, R=self.R[chosen], inverse=inverse)


def _block_inverses(R: Array, blocks: Mask, modes: Sequence[Mode]) -> Array:
    """Block-diagonal matrix that turns covariances with a proxy into outer weights."""
    inverse = np.broadcast_to(np.eye(R.shape[-1]), R.shape).copy()
    for j, mode in enumerate(modes):
        if mode == "B":
            members = np.flatnonzero(blocks[:, j])
            grid = (..., members[:, None], members)
            inverse[grid] = _inverse(R[grid])
    return inverse


def _inverse(A: Array) -> Array:
    try:
        inverse = np.asarray(np.linalg.inv(A), dtype=np.float64)
    except np.linalg.LinAlgError:
        if A.ndim == 2:
            return np.full_like(A, np.nan)
        return np.stack([_inverse(one) for one in A])
    return inverse

"""Outer weights of partial least squares path modelling.

Wold's iteration reads nothing but correlations, so one function serves a
survey of fifty thousand respondents and a matrix printed in an article. On a
covariance matrix it gives weights of items in their own units. Notation follows
Tenenhaus et al. (2005, section 2); a batch of samples is the last axis, so that
every step works on contiguous runs of replicates::

    R   (p, p, ...)  indicator correlations or covariances
    w   (p, ...)     outer weight of each indicator in its own construct, w'Rw = 1
    RW  (k, p, ...)  covariances of the composites with the indicators
    C   (k, k, ...)  construct correlations, W'RW
    E   (k, k, ...)  inner weights; column j builds the inner proxy of construct j

``blocks[i, j]`` says that indicator i belongs to construct j, ``design[i, j]``
that the model holds a path from construct i to construct j. Indicators belong
to one construct each.

References
----------
Tenenhaus, M., Esposito Vinzi, V., Chatelin, Y.-M. and Lauro, C. (2005).
PLS path modeling. Computational Statistics & Data Analysis 48(1), 159-205.
doi:10.1016/j.csda.2004.03.005
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from csi.core.structural import Regressions, solve
from csi.core.types import Array, Mask

Mode = Literal["A", "B", "unit"]
Scheme = Literal["path", "factorial", "centroid"]

LONGEST_CYCLE = 8
"""Longest cycle looked for when an iteration does not settle."""

CACHE = 2.5e6
"""Bytes of correlations worked on at a time: what stays in a core's cache."""

LARGEST_PART, SMALLEST_PART = 512, 8
"""Samples worked on at a time, at most and at least."""

FEW = 4
"""Samples up to which one call on whole matrices beats a call for each construct."""


@dataclass(frozen=True, slots=True, eq=False)
class OuterWeights:
    """Where Wold's iteration stopped, for each sample of the batch.

    Attributes
    ----------
    blocks : (p, k) mask
        Which indicator belongs to which construct.
    w : (p, ...) array
        Outer weight of each indicator in its construct.
    n_iter : (...) array of int
        Iterations used.
    change : (...) array
        Largest change of a weight in the last iteration, in standard deviations
        of its indicator; NaN where a regression was singular.
    converged : (...) array of bool
        Whether ``change`` fell below the tolerance.
    """

    blocks: Mask
    w: Array
    n_iter: NDArray[np.int64]
    change: Array
    converged: Mask

    @property
    def W(self) -> Array:
        """(p, k, ...) outer weights, zero outside each block."""
        return spread(self.w, self.blocks)


def spread(w: Array, blocks: Mask) -> Array:
    """Write the weight of each indicator into the column of its construct."""
    W = np.zeros((*blocks.shape, *w.shape[1:]))
    W[np.arange(len(blocks)), blocks.argmax(axis=1)] = w
    return W


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
    R : (p, p, ...) array
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
    order = np.argsort(blocks.argmax(axis=1), kind="stable")
    batch = R.shape[2:]
    stack = R.reshape(*R.shape[:2], -1)
    if (np.diff(order) != 1).any():
        stack = stack[np.ix_(order, order)]
    size = stack.shape[-1]
    w = np.empty((len(blocks), size))
    n_iter, change = np.empty(size, dtype=np.int64), np.empty(size)
    for part in _parts(size, len(blocks)):
        step = _Step.of(stack[..., part], blocks[order], design, modes, scheme)
        w[order, part], n_iter[part], change[part] = _iterate(step, tol, max_iter)
    return OuterWeights(
        blocks,
        w.reshape(-1, *batch),
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
    swings to and fro while it settles is no cycle. Takes one sample.
    """
    order = np.argsort(blocks.argmax(axis=1), kind="stable")
    step = _Step.of(R[np.ix_(order, order)][..., None], blocks[order], design, modes, scheme)
    start = W.sum(axis=1)[order, None]
    later = step(step.normalise(start))
    moved = np.abs(later.w - start).max()
    for length in range(2, LONGEST_CYCLE + 1):
        later = step(later)
        if np.abs(later.w - start).max() < 1e-6 * moved:
            return length
    return 0


def inner_weights(C: Array, regressions: Regressions, scheme: Scheme) -> Array:
    """Weights by which the neighbours of each construct build its inner proxy."""
    design = regressions.design[..., None]
    back = design.swapaxes(0, 1)
    if scheme == "path":  # successors enter by their correlation, predecessors by regression
        return regressions.among(np.where(design | back, C, 0.0), C)
    return np.where(design | back, np.copysign(1.0, C) if scheme == "centroid" else C, 0.0)


@dataclass(frozen=True, slots=True, eq=False)
class _State:
    """Weights, and covariances (k, p, B) of the composites with the indicators."""

    w: Array
    RW: Array

    def only(self, chosen: Mask) -> _State:
        """Return the composites of some of the samples."""
        return _State(self.w[:, chosen], self.RW[..., chosen])


@dataclass(frozen=True, slots=True, eq=False)
class _Step:
    """One round of inner and outer estimation; indicators stand in the order of constructs."""

    R: Array
    members: Sequence[slice]
    owner: NDArray[np.intp]
    membership: Array
    regressions: Regressions
    scheme: Scheme
    modes: Sequence[Mode]
    inverses: Sequence[Array | None]

    @classmethod
    def of(
        cls, R: Array, blocks: Mask, design: Mask, modes: Sequence[Mode], scheme: Scheme
    ) -> _Step:
        size = blocks.sum(axis=0)
        ends = np.cumsum(size)
        members = [slice(int(end - n), int(end)) for end, n in zip(ends, size, strict=True)]
        modes = ["unit" if n == 1 else mode for n, mode in zip(size, modes, strict=True)]
        inverses = [
            _inverse(R[rows, rows]) if mode == "B" else None
            for rows, mode in zip(members, modes, strict=True)
        ]
        owner, membership = blocks.argmax(axis=1), np.ascontiguousarray(blocks.T, dtype=np.float64)
        regressions = Regressions.of(design)
        return cls(R, members, owner, membership, regressions, scheme, modes, inverses)

    def start(self) -> _State:
        """Return composites of equal weights."""
        return self.normalise(np.ones(self.R.shape[1:]))

    def __call__(self, now: _State) -> _State:
        E = inner_weights(self._correlations(now), self.regressions, self.scheme)
        outer = self._toward_proxies(now, E)
        for rows, mode, inverse in zip(self.members, self.modes, self.inverses, strict=True):
            if mode == "unit":
                outer[rows] = now.w[rows]
            elif inverse is not None:
                outer[rows] = np.einsum("mib,ib->mb", inverse, outer[rows])
        return self.normalise(outer)

    def _correlations(self, now: _State) -> Array:
        """Return the correlations of the composites."""
        k, size = len(self.members), now.w.shape[-1]
        if size <= FEW:
            dense: Array = np.einsum("lib,ikb->lkb", now.RW, self._spread(now.w))
            return dense
        C = np.ones((k, k, size))
        for j, rows in enumerate(self.members[1:], 1):
            np.einsum("lib,ib->lb", now.RW[:j, rows], now.w[rows], out=C[:j, j])
            C[j, :j] = C[:j, j]
        return C

    def _toward_proxies(self, now: _State, E: Array) -> Array:
        """Return (p, B) covariances of the indicators with the inner proxy of their construct."""
        if now.w.shape[-1] <= FEW:
            dense: Array = np.einsum("lib,lib->ib", now.RW, E[:, self.owner])
            return dense
        outer = np.empty_like(now.w)
        for j, rows in enumerate(self.members):
            np.einsum("lib,lb->ib", now.RW[:, rows], E[:, j], out=outer[rows])
        return outer

    def _covariances(self, w: Array) -> Array:
        """Return (k, p, B) covariances of composites with weights w with the indicators."""
        if w.shape[-1] <= FEW:
            dense: Array = np.einsum("jib,jkb->kib", self.R, self._spread(w))
            return dense
        RW = np.empty((len(self.members), *w.shape))
        for j, rows in enumerate(self.members):
            np.einsum("jib,jb->ib", self.R[rows], w[rows], out=RW[j])
        return RW

    def _spread(self, w: Array) -> Array:
        W = np.zeros((len(w), len(self.members), w.shape[-1]))
        W[np.arange(len(w)), self.owner] = w
        return W

    def normalise(self, w: Array) -> _State:
        """Scale composites to variance one and point them along their indicators."""
        RW = self._covariances(w)
        own = RW[self.owner, np.arange(len(w))]
        direction = self.membership @ own
        own *= w
        scale = np.copysign(1 / np.sqrt(self.membership @ own), direction)
        RW *= scale[:, None]
        return _State(w * scale[self.owner], RW)

    def only(self, chosen: Mask) -> _Step:
        """Return the step for some of the samples."""
        inverses = [None if each is None else each[..., chosen] for each in self.inverses]
        return replace(self, R=self.R[..., chosen], inverses=inverses)


def _iterate(step: _Step, tol: float, max_iter: int) -> tuple[Array, NDArray[np.int64], Array]:
    """Return weights, iterations and last change of every sample.

    Samples that have settled keep their weights, and leave the batch when
    half of it has settled.
    """
    now = step.start()
    w = now.w.copy()
    size = w.shape[-1]
    n_iter, change = np.zeros(size, dtype=np.int64), np.full(size, np.inf)
    active, running = np.arange(size), np.ones(size, dtype=bool)
    units = np.sqrt(np.einsum("iib->ib", step.R))
    for iteration in range(1, max_iter + 1):
        later = step(now)
        difference = np.abs(later.w - now.w)
        difference *= units
        moved = difference.max(axis=0)
        settled = running & ~(moved >= tol)
        n_iter[active[running]], change[active[running]] = iteration, moved[running]
        if settled.any():
            w[:, active[settled]] = later.w[:, settled]
            running = running & ~settled
        now = later
        left = int(running.sum())
        if not left:
            return w, n_iter, change
        if left <= len(running) / 2:
            step, now = step.only(running), now.only(running)
            active, units = active[running], units[:, running]
            running = np.ones(left, dtype=bool)
    w[:, active[running]] = now.w[:, running]
    return w, n_iter, change


def _parts(size: int, p: int) -> Iterator[slice]:
    """Cut a batch into parts that fit into the cache."""
    width = int(min(max(CACHE / (8 * p * p), SMALLEST_PART), LARGEST_PART))
    return (slice(start, min(start + width, size)) for start in range(0, size, width))


def _inverse(A: Array) -> Array:
    unit = np.zeros(A.shape)
    unit[np.arange(len(A)), np.arange(len(A))] = 1.0
    return solve(A, unit)

"""Minimising a discrepancy: damped Fisher scoring, finished by Newton's method.

All samples of a batch go on together, each with steps of its own; those that
have settled leave. A step is taken in units of the curvature, so that the units
of items and parameters do not matter::

    H      (q, q)  expected or exact Hessian
    delta  (q,)    -H^-1 g
    -g'delta       Newton decrement: twice what the step can still gain

A sample has converged when its decrement and its gradient, divided by the roots
of the curvatures, are negligible and the exact Hessian is positive definite.

References
----------
Nocedal, J. and Wright, S. J. (2006). Numerical Optimization, chapters 3 and 6.
Springer. doi:10.1007/978-0-387-40065-5
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from csi.core.types import Array, Mask

NEAR = 0.05
"""Decrement below which Newton's method takes over from Fisher scoring."""

SETTLED = 1e-12
"""Decrement after which one more step of Newton's method ends the search."""

NEGLIGIBLE = 1e-9
"""Decrement, and square of a scaled gradient, of a sample that has converged."""

FLAT = 1e-13
"""Share of a scaled Hessian's eigenvalues below which a direction is not identified."""

LONGEST = 1.0
"""Longest step, in the norm of the expected Hessian."""

HALVINGS = 12


class Discrepancy(Protocol):
    """A function of the parameters of every sample of a batch."""

    def at(self, theta: Array) -> Any:
        """Return a point with ``value`` (B,) and a method ``take``."""
        ...

    def derivatives(self, point: Any, *, exact: bool) -> tuple[Array, Array]:
        """Return gradients and Hessians at a point."""
        ...

    def take(self, rows: Any) -> Discrepancy:
        """Return the function for some samples."""
        ...


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
        Whether all three say that this is a minimum.
    """

    theta: Array
    value: Array
    iterations: NDArray[np.intp]
    gradient: Array
    decrement: Array
    positive: Mask
    converged: Mask


def minimise(problem: Discrepancy, start: Array, *, max_iter: int = 200) -> Optimum:
    """Minimise a discrepancy from (B, q) starting values."""
    search = _Search(problem, start)
    for _ in range(max_iter):
        if not len(search.active):
            break
        search.step()
    return search.end()


class _Search:
    """The state of the search."""

    def __init__(self, problem: Discrepancy, start: Array) -> None:
        self.problem = problem
        self.theta = start.copy()
        self.point = problem.at(self.theta)
        self.value = self.point.value.copy()
        self.near = np.zeros(len(start), dtype=bool)
        self.iterations = np.zeros(len(start), dtype=np.intp)
        self.active = np.flatnonzero(np.isfinite(self.value))
        self.current = self._restricted(problem, self.active)
        self.point = self._restricted(self.point, self.active)

    @staticmethod
    def _restricted(whole: Any, rows: Array | NDArray[np.intp]) -> Any:
        return whole.take(rows)

    def step(self) -> None:
        """Move every active sample once."""
        g, delta, near = self._directions()
        decrement = -(g * delta).sum(axis=1)
        last = near & (decrement < SETTLED)
        moved, point = self._search_line(g, delta, last)
        self.iterations[self.active] += 1
        self.theta[self.active] = point.theta
        self.value[self.active] = point.value
        self.near[self.active] = near | (decrement < NEAR)
        going = moved & ~last
        self.point = point
        if not going.all():
            self.active = self.active[going]
            self.current = self.current.take(going)
            self.point = point.take(going)

    def _directions(self) -> tuple[Array, Array, Mask]:
        """Return gradients, steps, and whether they are Newton's."""
        near = self.near[self.active]
        if near.all() or not near.any():
            g, H = self.current.derivatives(self.point, exact=bool(near.all()))
        else:
            g, H = self._both(near)
        delta, positive = newton_step(g, H)
        again = np.flatnonzero(near & ~positive)
        if len(again):
            part, where = self.current.take(again), self.point.take(again)
            _, expected = part.derivatives(where, exact=False)
            delta[again], _ = newton_step(g[again], expected)
        return g, self._shortened(g, delta), near & positive

    def _both(self, near: Mask) -> tuple[Array, Array]:
        q = self.theta.shape[1]
        g, H = np.empty((len(near), q)), np.empty((len(near), q, q))
        for exact, rows in ((True, np.flatnonzero(near)), (False, np.flatnonzero(~near))):
            part, where = self.current.take(rows), self.point.take(rows)
            g[rows], H[rows] = part.derivatives(where, exact=exact)
        return g, H

    @staticmethod
    def _shortened(g: Array, delta: Array) -> Array:
        length = np.sqrt(np.maximum(-(g * delta).sum(axis=1), 0.0))
        return delta * np.minimum(1.0, LONGEST / np.maximum(length, LONGEST))[:, None]

    def _search_line(self, g: Array, delta: Array, last: Mask) -> tuple[Mask, Any]:
        """Halve the steps until they gain; return which samples moved, and where all are."""
        old = self.point
        slope = (g * delta).sum(axis=1)
        size = np.ones(len(g))
        best = self.current.at(old.theta + delta)
        short = ~_gains(best.value, old.value, slope, size, last)
        for _ in range(HALVINGS):
            if not short.any():
                return ~short, best
            size[short] /= 2
            theta = np.where(short[:, None], old.theta + size[:, None] * delta, best.theta)
            best = self.current.at(theta)
            short = ~_gains(best.value, old.value, slope, size, last)
        if short.any():
            best = self.current.at(np.where(short[:, None], old.theta, best.theta))
        return ~short, best

    def end(self) -> Optimum:
        """Judge where the samples are."""
        point = self.problem.at(self.theta)
        B, q = self.theta.shape
        defined = np.flatnonzero(np.isfinite(point.value))
        gradient, decrement = np.full(B, np.inf), np.full(B, np.inf)
        positive = np.zeros(B, dtype=bool)
        if len(defined):
            part, where = self.problem.take(defined), point.take(defined)
            g, H = part.derivatives(where, exact=True)
            curve = np.abs(np.einsum("bii->bi", H))
            with np.errstate(divide="ignore", invalid="ignore"):
                gradient[defined] = np.abs(g / np.sqrt(curve)).max(axis=1, initial=0.0)
            delta, positive[defined] = newton_step(g, H)
            decrement[defined] = -(g * delta).sum(axis=1)
        small = (np.abs(decrement) < NEGLIGIBLE) & (gradient**2 < NEGLIGIBLE)
        return Optimum(
            self.theta, point.value, self.iterations, gradient, decrement, positive,
            positive & small,
        )  # fmt: skip


def _gains(new: Array, old: Array, slope: Array, size: Array, last: Mask) -> Mask:
    """Whether steps gain enough; the last one may only not lose."""
    rounding = 1e-13 * (1 + np.abs(old))
    enough: Mask = new <= old + np.where(last, 1e-11, 1e-4 * size * slope) + rounding
    return enough


def newton_step(g: Array, H: Array) -> tuple[Array, Mask]:
    """Return (B, q) steps -H^-1 g, and which H are positive definite.

    Where H is not, the step is taken with the sizes of its eigenvalues, so that
    it descends all the same.
    """
    diagonal = np.einsum("bii->bi", H)
    with np.errstate(divide="ignore"):
        unit = 1 / np.sqrt(np.where(diagonal > 0, diagonal, np.abs(diagonal).max(axis=1, keepdims=True, initial=1e-300)))
    scaled, b = H * (unit[:, :, None] * unit[:, None, :]), g * unit
    try:
        root = np.linalg.cholesky(scaled)
        positive = np.einsum("bii->bi", root).min(axis=1) ** 2 > FLAT
        if positive.all():
            return -np.linalg.solve(scaled, b[..., None])[..., 0] * unit, positive
    except np.linalg.LinAlgError:
        pass
    values, vectors = np.linalg.eigh(scaled)
    positive = values[:, 0] > FLAT
    size = np.maximum(np.abs(values), 1e-8)
    inner = (vectors.swapaxes(1, 2) @ b[..., None])[..., 0] / size
    return -(vectors @ inner[..., None])[..., 0] * unit, positive

"""Minimising a discrepancy: Fisher scoring, finished by Newton's method.

All samples of a batch go on together, each with steps of its own; those that
have settled leave. Parameters are measured by the curvature, so that the units
of items do not matter::

    H      (q, q)  expected or exact Hessian
    delta  (q,)    -H^-1 g
    -g'delta       Newton decrement: twice what the step can still gain

Steps are Fisher's until the decrement is small, then Newton's. Where the exact
Hessian is not positive definite, Fisher's steps go on until the decrement is a
quarter of what it was.

A sample has converged when its decrement, its gradient and its next step are
negligible and the exact Hessian is positive definite. The step counts because a
discrepancy may fall for ever towards a value it does not reach: there gradient and
decrement vanish as well, but every step is as long as the one before.

References
----------
Lee, S.-Y. and Jennrich, R. I. (1979). A study of algorithms for covariance
structure analysis. Psychometrika 44(1), 99-113. doi:10.1007/BF02293789

Nocedal, J. and Wright, S. J. (2006). Numerical Optimization, chapters 3 and 6.
Springer. doi:10.1007/978-0-387-40065-5
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from csi.core.sem.minima import NEGLIGIBLE, Ending, FreeOptimum, Optimum
from csi.core.sem.newton import newton_step, solved
from csi.core.types import Array, Mask

__all__ = [
    "NEGLIGIBLE", "Discrepancy", "Ending", "FreeOptimum", "Optimum", "minimise",
    "minimise_with_restarts", "newton_step",
]  # fmt: skip

Index = NDArray[np.intp]

NEAR = 0.05
"""Decrement below which Newton's method takes over from Fisher scoring."""

SETTLED = 1e-12
"""Decrement after which one more step of Newton's method ends the search."""

EXACT = 1e-20
"""Decrement at which even that step is not needed."""

STILL = 1e-3, 1e-6
"""A parameter rests if its next step is less than this share of it, or of its first scale."""

LONGEST = 1.0
"""Longest step, in the norm of the Hessian."""

HALVINGS = 12

WINDOW = 15
"""Steps in which the least decrement has to shrink ..."""

SHRINKING = 0.9
"""... to this share of the least one before, or the search is given up."""

CHUNK = 32
"""Samples that are searched together: as many as the processor's cache holds."""

PATIENCE = 40
"""Steps after which another start is tried."""


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


def minimise(problem: Discrepancy, start: Array, *, max_iter: int = 200) -> FreeOptimum:
    """Minimise a discrepancy from (B, q) starting values."""
    if len(start) <= CHUNK:
        return _Search(problem, start).run(max_iter)
    found = []
    for first in range(0, len(start), CHUNK):
        rows = np.arange(first, min(first + CHUNK, len(start)))
        found.append(_Search(problem.take(rows), start[rows]).run(max_iter))
    return FreeOptimum(
        *(
            np.concatenate([getattr(part, each.name) for part in found])
            for each in fields(FreeOptimum)
        )
    )


def minimise_with_restarts(
    problem: Discrepancy,
    start: Array,
    others: Sequence[Callable[[Index], Array]],
    *,
    max_iter: int = 200,
    patience: int = PATIENCE,
) -> FreeOptimum:
    """Minimise a discrepancy from one start after another until every sample converges.

    Parameters
    ----------
    problem : Discrepancy
        What is minimised, for B samples.
    start : (B, q) array
        Starting values.
    others : sequence of functions
        Each returns (b, q) further starting values for the samples whose numbers it is given.
    max_iter : int, default 200
        Steps from the lowest point, once no start led to a minimum.
    patience : int, default 40
        Steps from each start.

    Returns
    -------
    FreeOptimum
        Of each sample the first minimum found; where there is none, the lowest point.
        `FreeOptimum.starts` counts the starts that were tried, `FreeOptimum.iterations` the
        steps from all of them.
    """
    best = minimise(problem, start, max_iter=patience)
    for other in others:
        left = np.flatnonzero(~best.converged)
        if not len(left):
            return best
        again = minimise(problem.take(left), other(left), max_iter=patience)
        best = _better(best, again, left)
    left = np.flatnonzero(best.ending == Ending.EXHAUSTED)
    if len(left):
        again = minimise(problem.take(left), best.theta[left], max_iter=max_iter)
        best = _better(best, replace(again, starts=np.zeros_like(again.starts)), left)
    return best


def _better(best: FreeOptimum, again: FreeOptimum, rows: Index) -> FreeOptimum:
    """Put what was found again for some samples in its place if it is better."""
    known = best.take(rows)
    again = replace(
        again,
        iterations=known.iterations + again.iterations,
        starts=known.starts + again.starts,
    )
    lower = again.value < known.value
    wins = np.where(again.converged == known.converged, lower, again.converged)
    counted = {"iterations", "starts"}
    merged = {}
    for each in fields(FreeOptimum):
        merged[each.name] = getattr(best, each.name).copy()
        new = np.arange(len(rows)) if each.name in counted else np.flatnonzero(wins)
        merged[each.name][rows[new]] = getattr(again, each.name)[new]
    return FreeOptimum(**merged)


@dataclass(slots=True, eq=False)
class _Way:
    """Where b samples go next.

    Attributes
    ----------
    g, curve, delta : (b, q) arrays
        Gradients, sizes of the diagonals of the Hessians, steps.
    decrement : (b,) array
        Newton decrements; infinite where no step is known.
    exact : (b,) mask
        Whether the step is Newton's, downhill from a positive definite Hessian.
    """

    g: Array
    curve: Array
    delta: Array
    decrement: Array
    exact: Mask

    @classmethod
    def of(cls, g: Array, H: Array, delta: Array, exact: Mask) -> _Way:
        """Return the way of these steps."""
        curve = np.abs(np.einsum("bii->bi", H))
        return cls(g, curve, delta, -(g * delta).sum(axis=1), exact)

    @classmethod
    def unknown(cls, b: int, q: int) -> _Way:
        """Return a way of which nothing is known."""
        g, curve, delta = np.zeros((3, b, q))
        return cls(g, curve, delta, np.full(b, np.inf), np.zeros(b, dtype=bool))

    def take(self, rows: Mask) -> _Way:
        """Return some of the samples."""
        return _Way(*(getattr(self, each.name)[rows] for each in fields(self)))

    def updated(self, rows: Mask, part: _Way) -> _Way:
        """Return this with what is known of some samples in its place."""
        if rows.all():
            return part
        for each in fields(self):
            getattr(self, each.name)[rows] = getattr(part, each.name)
        return self


@dataclass(slots=True, eq=False)
class _State:
    """What is remembered of the samples that still move.

    Attributes
    ----------
    number : (b,) array of int
        Which samples they are.
    near, polished : (b,) masks
        Whether the last step was Newton's, and whether it was one to end with.
    nearness, least, before : (b,) arrays
        Decrement below which Newton's method is tried; the least decrement of this
        window and of the one before.
    scale : (b, q) array
        Roots of the largest expected curvatures that were met.
    """

    number: Index
    near: Mask
    polished: Mask
    nearness: Array
    least: Array
    before: Array
    scale: Array

    @classmethod
    def new(cls, b: int, q: int) -> _State:
        """Return the state before the first step."""
        near, polished = np.zeros((2, b), dtype=bool)
        least, before = np.full((2, b), np.inf)
        return cls(np.arange(b), near, polished, np.full(b, NEAR), least, before, np.zeros((b, q)))

    def take(self, rows: Mask) -> _State:
        """Return some of the samples."""
        return _State(*(getattr(self, each.name)[rows] for each in fields(self)))


class _Search:
    """A search: where those are that still move, and what became of the others."""

    def __init__(self, problem: Discrepancy, start: Array) -> None:
        B, q = start.shape
        self.problem = self.part = problem
        self.here, self.state, self.steps = problem.at(start), _State.new(B, q), 0
        self.scale = self.state.scale.copy()
        gradient, decrement = np.full((2, B), np.inf)
        positive, converged = np.zeros((2, B), dtype=bool)
        self.found = FreeOptimum(
            start.copy(), self.here.value.copy(), np.zeros(B, dtype=np.intp), gradient, decrement,
            positive, converged, np.full(B, int(Ending.EXHAUSTED)), np.ones(B, dtype=np.intp),
        )  # fmt: skip
        self._leave(~np.isfinite(self.here.value), Ending.UNDEFINED)

    def run(self, max_iter: int) -> FreeOptimum:
        """Move until nothing is left to move."""
        while len(self.state.number) and self.steps < max_iter:
            way = self._stopped_at_minima(self._directions())
            if len(self.state.number):
                self._move(way)
        self._leave(np.ones(len(self.state.number), dtype=bool), Ending.EXHAUSTED)
        self._judge_the_rest()
        return self.found

    def _leave(self, gone: Mask, ending: Ending | Index) -> None:
        """Record where samples are that do not move on."""
        if not gone.any():
            return
        found, rows, stay = self.found, self.state.number[gone], ~gone
        self.scale[rows] = self.state.scale[gone]
        found.theta[rows], found.value[rows] = self.here.theta[gone], self.here.value[gone]
        found.iterations[rows], found.ending[rows] = self.steps, ending
        self.state = self.state.take(stay)
        if stay.any():
            self.part, self.here = self.part.take(stay), self.here.take(stay)

    def _directions(self) -> _Way:
        """Return steps: Newton's where they are near and downhill, else Fisher's."""
        state = self.state
        way = self._scored(_Way.unknown(*state.scale.shape), ~state.near)
        near = state.near | (way.decrement < state.nearness)
        way = self._newton(way, near)
        failed = near & ~way.exact
        if failed.any():
            way = self._scored(way, failed & np.isinf(way.decrement))
            state.nearness[failed] = way.decrement[failed] / 4
        return way

    def _derivatives(self, rows: Mask, *, exact: bool) -> tuple[Array, Array]:
        if rows.all():
            return self.part.derivatives(self.here, exact=exact)
        return self.part.take(rows).derivatives(self.here.take(rows), exact=exact)

    def _scored(self, way: _Way, rows: Mask) -> _Way:
        """Put the steps of Fisher scoring of some samples in their place."""
        if not rows.any():
            return way
        g, H = self._derivatives(rows, exact=False)
        part = _Way.of(g, H, newton_step(g, H)[0], np.zeros(len(g), dtype=bool))
        self.state.scale[rows] = np.maximum(self.state.scale[rows], np.sqrt(part.curve))
        return way.updated(rows, part)

    def _newton(self, way: _Way, rows: Mask) -> _Way:
        """Put the steps of Newton's method in their place, of those samples that have one."""
        if not rows.any():
            return way
        g, H = self._derivatives(rows, exact=True)
        delta, positive = solved(g, H)
        part = _Way.of(g, H, delta, positive)
        if positive.all():
            return way.updated(rows, part)
        rows = rows.copy()
        rows[rows] = positive
        return way.updated(rows, part.take(positive))

    def _stopped_at_minima(self, way: _Way) -> _Way:
        """Leave the samples that have arrived, or have no way; return that of the others."""
        state = self.state
        flat = ~way.exact & (way.decrement < EXACT)
        arrived = way.exact & (way.decrement < np.where(state.polished, SETTLED, EXACT))
        if arrived.any():
            self.scale[state.number] = state.scale
            arrived &= self._judged(state.number, way, self.here.theta)
        gone = arrived | flat
        if gone.any():
            self.found.converged[state.number[arrived]] = True
            self._leave(gone, np.where(arrived, Ending.CONVERGED, Ending.FLAT)[gone])
            way = way.take(~gone)
        return way

    def _judged(self, rows: Index, way: _Way, theta: Array) -> Mask:
        """Record the evidence that samples are at minima; return which of them are."""
        with np.errstate(divide="ignore", invalid="ignore"):
            gradient = np.abs(way.g / np.sqrt(way.curve)).max(axis=1, initial=0.0)
        length, share = np.abs(way.delta), STILL[0] * np.abs(theta)
        resting = ((length <= share) | (length * self.scale[rows] <= STILL[1])).all(axis=1)
        self.found.gradient[rows], self.found.decrement[rows] = gradient, way.decrement
        self.found.positive[rows] = way.exact
        small = (np.abs(way.decrement) < NEGLIGIBLE) & (gradient**2 < NEGLIGIBLE)
        return np.asarray(small & resting & way.exact)

    def _move(self, way: _Way) -> None:
        """Take the steps, or as much of them as gains."""
        state = self.state
        last = way.exact & (way.decrement < SETTLED)
        moved = self._search_line(way, last)
        self.steps += 1
        state.near, state.polished = way.exact, last
        state.least = np.minimum(state.least, way.decrement)
        if not moved.all():
            self._leave(~moved, Ending.STUCK)
        if self.steps % WINDOW == 0:
            self._give_up()

    def _give_up(self) -> None:
        """Leave the samples whose steps have not become smaller for a while."""
        state = self.state
        endless = state.least > SHRINKING * state.before
        state.before, state.least = state.least, np.full(len(state.least), np.inf)
        self._leave(endless, Ending.DIVERGED)

    def _search_line(self, way: _Way, last: Mask) -> Mask:
        """Halve the steps until they gain; return which samples moved."""
        old = self.here
        length = np.sqrt(np.maximum(way.decrement, LONGEST**2))
        delta = way.delta * (LONGEST / length)[:, None]
        slope = -way.decrement * (LONGEST / length)
        self.here = self.part.at(old.theta + delta)
        gains = _gains(self.here.value, old.value, slope, last)
        if gains.all():
            return gains
        short = np.flatnonzero(~gains)
        size = self._halved(old, delta, slope, last, short)
        delta[short] *= size[:, None]
        self.here = self.part.at(old.theta + delta)
        gains[short] = size > 0
        return gains

    def _halved(self, old: Any, delta: Array, slope: Array, last: Mask, rows: Index) -> Array:
        """Return how much of their step some samples may take, 0 if none of it gains."""
        size, left, share = np.zeros(len(rows)), np.arange(len(rows)), 1.0
        for _ in range(HALVINGS):
            share /= 2
            at = rows[left]
            new = self.part.take(at).at(old.theta[at] + share * delta[at])
            gains = _gains(new.value, old.value[at], share * slope[at], last[at])
            size[left[gains]] = share
            left = left[~gains]
            if not len(left):
                break
        return size

    def _judge_the_rest(self) -> None:
        """Look at those that did not arrive: some could not move for rounding only."""
        found = self.found
        rows = np.flatnonzero(~found.converged & (found.ending != Ending.UNDEFINED))
        if not len(rows):
            return
        part = self.problem.take(rows)
        here = part.at(found.theta[rows])
        g, H = part.derivatives(here, exact=True)
        way = _Way.of(g, H, *newton_step(g, H))
        found.converged[rows] = self._judged(rows, way, here.theta)
        flat = ~way.exact & (found.gradient[rows] ** 2 < NEGLIGIBLE)
        found.ending[rows[flat]] = Ending.FLAT
        running = way.exact & (np.abs(way.decrement) < NEGLIGIBLE)
        found.ending[rows[running]] = Ending.DIVERGED
        found.ending[rows[found.converged[rows]]] = Ending.CONVERGED


def _gains(new: Array, old: Array, slope: Array, last: Mask) -> Mask:
    """Whether steps gain enough; the last one may only not lose."""
    rounding = 1e-13 * (1 + np.abs(old))
    enough: Mask = new <= old + np.where(last, 1e-11, 1e-4 * slope) + rounding
    return enough

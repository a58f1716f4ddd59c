"""Minimising under conditions: linear ones solved beforehand, others met by the search.

Linear equations ``A theta = b`` leave ``theta = N x + c`` with fewer parameters x,
which any search may vary freely. Other conditions are equations ``h = 0`` and
inequalities ``h >= 0``; with J their derivatives, the minimum is a point of Karush,
Kuhn and Tucker::

    L = F - l'h        Lagrangian, l the multipliers; none of inequalities that hold by themselves
    dL = 0             the gradient of F is J'l
    h = 0, l >= 0      of the inequalities that bind
    N'(d2L)N > 0       along the directions N that remain free, J N = 0

Newton's method on these equations gives the minimum to rounding error. It begins
where the discrepancy is least without conditions, with those inequalities that do not
hold there; if it fails, sequential quadratic programming comes near first.

References
----------
Nocedal, J. and Wright, S. J. (2006). Numerical Optimization, chapters 12 and 18.
Springer. doi:10.1007/978-0-387-40065-5
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from csi.core.sem.optimise import NEGLIGIBLE, Discrepancy, Optimum, newton_step
from csi.core.types import Array

DEPENDENT = 1e-10
"""Share of an equation that must not follow from those before it."""

BINDING = 1e-5
"""Distance, in steps of the search, at which an inequality is tried as an equation."""

MET = 1e-10
"""Distance at which a condition is met."""

NEARING = 60
"""Most steps of sequential quadratic programming."""

ROUNDS = 20
"""Most Newton steps, and sets of binding inequalities that are tried."""


@dataclass(frozen=True, slots=True, eq=False)
class Eliminated:
    """What linear equations leave of the parameters: ``theta = along x + offset``.

    Attributes
    ----------
    along : (q, r) array
        How parameters move with those that remain.
    offset : (q,) array
        Where they are when these are zero.
    dependent : array of int
        Equations that follow from those before them, or contradict them.
    contradictory : array of int
        Equations that contradict those before them.
    """

    along: Array
    offset: Array
    dependent: NDArray[np.intp]
    contradictory: NDArray[np.intp]


def eliminated(A: Array, b: Array) -> Eliminated:
    """Solve linear equations for as many parameters as there are equations.

    Parameters
    ----------
    A : (e, q) array
        Coefficients.
    b : (e,) array
        Right sides.

    Returns
    -------
    Eliminated

    Examples
    --------
    >>> found = eliminated(np.array([[1.0, 2.0]]), np.array([4.0]))
    >>> found.along @ [1.0] + found.offset
    array([1. , 1.5])
    """
    rest, right, pivots = A.astype(np.float64), b.astype(np.float64), []
    size = np.abs(A).max(axis=1, initial=0.0)
    dependent, contradictory = [], []
    for i in range(len(A)):
        column = int(np.argmax(np.abs(rest[i]))) if A.shape[1] else 0
        if not size[i] or abs(rest[i, column]) <= DEPENDENT * size[i]:
            dependent.append(i)
            if abs(right[i]) > DEPENDENT * max(size[i], abs(b[i])):
                contradictory.append(i)
            rest[i] = right[i] = 0.0
            continue
        right[i] /= rest[i, column]
        rest[i] /= rest[i, column]
        others = np.arange(len(A)) != i
        factor = rest[others, column].copy()
        rest[others] -= factor[:, None] * rest[i]
        right[others] -= factor * right[i]
        pivots.append((i, column))
    used = [i for i, _ in pivots]
    solved = [column for _, column in pivots]
    kept = np.setdiff1d(np.arange(A.shape[1]), solved)
    along, offset = np.zeros((A.shape[1], len(kept))), np.zeros(A.shape[1])
    along[kept, np.arange(len(kept))] = 1.0
    along[solved] = -rest[used][:, kept]
    offset[solved] = right[used]
    return Eliminated(along, offset, np.array(dependent, int), np.array(contradictory, int))


@dataclass(frozen=True, slots=True, eq=False)
class Conditions:
    """Equations and inequalities that parameters meet, ``h = 0`` and ``h >= 0``.

    Attributes
    ----------
    equations : int
        How many are equations; they come first.
    value : callable
        (q,) parameters to (c,) values h.
    rates : callable
        (q,) parameters to their (c, q) derivatives J.
    """

    equations: int
    value: Callable[[Array], Array]
    rates: Callable[[Array], Array]


@dataclass(frozen=True, slots=True, eq=False)
class ConstrainedOptimum(Optimum):
    """Where a search under conditions ended, for one sample.

    ``gradient``, ``decrement`` and ``positive`` are those of the Lagrangian, the
    last two along the free directions.

    Attributes
    ----------
    multipliers : (c,) array
        How fast the least discrepancy rises as each condition tightens; zero where
        an inequality does not bind.
    binding : (c,) mask
        Equations, and inequalities that hold as equations.
    distance : (c,) array
        How far each condition is from being met, in steps of the search; 0 where it is.
    free : (q, r) array
        Directions in which parameters can move without leaving what binds.
    """

    multipliers: Array
    binding: NDArray[np.bool_]
    distance: Array
    free: Array


def constrained_minimum(
    problem: Discrepancy, start: Optimum, conditions: Conditions, *, max_iter: int = 200
) -> ConstrainedOptimum:
    """Minimise a discrepancy under conditions.

    Parameters
    ----------
    problem : Discrepancy
        Of one sample.
    start : Optimum
        Where the discrepancy of the sample is least without conditions.
    conditions : Conditions
        What to meet.
    max_iter : int
        Steps of sequential quadratic programming after which to give up, 60 at most.

    Returns
    -------
    ConstrainedOptimum
    """
    search = _Search(problem, conditions, start.theta[0])
    judged, steps = search.settled(), 0
    if not judged["converged"][0]:
        steps = search.approach(max_iter)
        judged = search.settled()
    found = {each.name: getattr(start, each.name) for each in fields(Optimum)}
    found["iterations"] = start.iterations + steps
    return ConstrainedOptimum(**found | judged)


class _Search:
    """A discrepancy, its conditions, and the units in which steps are taken."""

    def __init__(self, problem: Discrepancy, conditions: Conditions, start: Array) -> None:
        self.problem, self.conditions = problem, conditions
        _, H = problem.derivatives(problem.at(start[None]), exact=False)
        curve = np.abs(np.diagonal(H[0]))
        self.unit = 1 / np.sqrt(np.where(curve > 0, curve, 1.0))
        self.theta = start

    def approach(self, max_iter: int) -> int:
        """Come near by sequential quadratic programming; return its steps."""
        from scipy.optimize import minimize  # noqa: PLC0415 - slow to import

        equations, unit = self.conditions.equations, self.unit
        parts = (("eq", slice(None, equations)), ("ineq", slice(equations, None)))
        found = minimize(
            self._fun, self.theta / unit, jac=True, method="SLSQP",
            constraints=[
                {
                    "type": kind,
                    "fun": lambda x, of=of: self.conditions.value(x * unit)[of],
                    "jac": lambda x, of=of: (self.conditions.rates(x * unit) * unit)[of],
                }
                for kind, of in parts
            ],
            options={"ftol": 1e-12, "maxiter": min(max_iter, NEARING)},
        )  # fmt: skip
        if np.isfinite(found.x).all() and np.isfinite(self._fun(found.x)[0]):
            self.theta = found.x * unit
        return int(found.nit)

    def _fun(self, x: Array) -> tuple[float, Array]:
        point = self.problem.at((x * self.unit)[None])
        if not np.isfinite(point.value[0]):
            return 1e10, np.zeros(len(x))
        return float(point.value[0]), self.problem.derivatives(point, exact=False)[0][0] * self.unit

    def settled(self) -> dict[str, Array]:
        """Find which inequalities bind, and the point where they do; tell what it is."""
        theta, equations = self.theta, self.conditions.equations
        distance = self._distances(theta)
        binding = distance < BINDING
        binding[:equations] = True
        tried: set[bytes] = set()
        while len(tried) < ROUNDS and binding.tobytes() not in tried:
            tried.add(binding.tobytes())
            theta, lam = self._newton(self.theta, binding)
            wrong = binding & (lam < 0)
            wrong[:equations] = False
            missed = ~binding & (self._distances(theta) < -MET)
            if not (wrong.any() or missed.any()):
                break
            binding = (binding & ~wrong) | missed
        return self._judged(theta, binding, lam)

    def _distances(self, theta: Array) -> Array:
        """Return h divided by the sizes of its derivatives, in steps of the search."""
        h = self.conditions.value(theta)
        slope = np.linalg.norm(self.conditions.rates(theta) * self.unit, axis=1)
        return np.asarray(h / np.where(slope > 0, slope, 1.0))

    def _newton(self, theta: Array, binding: NDArray[np.bool_]) -> tuple[Array, Array]:
        """Solve the equations of Karush, Kuhn and Tucker for what binds."""
        lam = np.zeros(len(binding))
        at = np.flatnonzero(binding)
        q, zero = len(theta), np.zeros((len(at), len(at)))
        for step in range(ROUNDS):
            g, H = self._lagrangian(theta, lam, exact=step > 0 or not len(at))
            J = self.conditions.rates(theta)[at] * self.unit
            h = self.conditions.value(theta)[at]
            matrix = np.block([[H, -J.T], [J, zero]])
            if not (np.isfinite(matrix).all() and np.isfinite(g).all() and np.isfinite(h).all()):
                return theta, lam
            moved = np.linalg.lstsq(matrix, -np.concatenate([g, h]), rcond=None)[0]
            new = theta + moved[:q] * self.unit
            if not np.isfinite(self.problem.at(new[None]).value[0]):
                return theta, lam
            theta, lam[at] = new, moved[q:]
            if step > 1 and np.abs(moved[:q]).max() < 1e-13:
                break
        return theta, lam

    def _lagrangian(self, theta: Array, lam: Array, *, exact: bool = True) -> tuple[Array, Array]:
        """Return the gradient of F and the Hessian of the Lagrangian, in units."""
        g, H = self.problem.derivatives(self.problem.at(theta[None]), exact=exact)
        H = H[0] - self._curvature(theta, lam)
        return g[0] * self.unit, H * self.unit[:, None] * self.unit

    def _curvature(self, theta: Array, lam: Array) -> Array:
        """Return second derivatives of l'h by differences of its exact first ones."""
        found = np.zeros((len(theta), len(theta)))
        if not lam.any():
            return found
        used = np.flatnonzero(self.conditions.rates(theta).any(axis=0))
        for i in used:
            step = np.zeros(len(theta))
            step[i] = 1e-5 * max(self.unit[i], abs(theta[i]))
            ahead, behind = (self.conditions.rates(theta + s) for s in (step, -step))
            with np.errstate(invalid="ignore"):  # of formulas without a slope there
                found[i] = lam @ (ahead - behind) / (2 * step[i])
        return (found + found.T) / 2 if np.isfinite(found).all() else np.zeros_like(found)

    def _judged(self, theta: Array, binding: NDArray[np.bool_], lam: Array) -> dict[str, Array]:
        """Tell whether a point is a minimum under the conditions."""
        from scipy.linalg import null_space  # noqa: PLC0415 - slow to import

        J = self.conditions.rates(theta) * self.unit
        J = np.where(np.isfinite(J), J, 0.0)  # such formulas are not met
        g, H = self._lagrangian(theta, lam)
        left = g - J.T @ lam
        N = null_space(J[binding]) if binding.any() else np.eye(len(theta))
        along = (left @ N)[None]
        step, positive = newton_step(along, (N.T @ H @ N)[None])
        decrement = float(-(along * step).sum())
        gradient = float(np.abs(left).max(initial=0.0))
        distance = self._distances(theta)
        distance[~binding] = np.minimum(distance[~binding], 0.0)
        equations = self.conditions.equations
        small = abs(decrement) < NEGLIGIBLE and gradient**2 < NEGLIGIBLE
        met = np.abs(distance).max(initial=0.0) < MET
        signs = (lam[equations:] >= 0).all()
        return {
            "theta": theta[None],
            "value": self.problem.at(theta[None]).value,
            "gradient": np.array([gradient]),
            "decrement": np.array([decrement]),
            "positive": positive,
            "converged": np.array([bool(small and met and signs and positive[0])]),
            "multipliers": lam,
            "binding": binding,
            "distance": np.abs(distance),
            "free": self.unit[:, None] * N,
        }

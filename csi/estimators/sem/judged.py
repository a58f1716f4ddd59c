"""A point where another program's search ended: whether it is a minimum, and what follows."""

from __future__ import annotations

import numpy as np

from csi.core.sem.constraints import ConstrainedOptimum
from csi.core.sem.optimise import NEGLIGIBLE, STILL, Optimum, newton_step
from csi.core.types import Array, Mask
from csi.errors import EstimationError
from csi.estimators.sem.compiled import Compiled
from csi.estimators.sem.evidence import Complete
from csi.estimators.sem.solution import Solution

PINNED = 1e-9
"""Share of its variable's variance below which a variance lies on a bound of zero."""


def solution_at(
    theta: Array, whole: Compiled, evidence: Complete, bounded: Mask, iterations: int
) -> Solution:
    """Return what follows from parameters that were found elsewhere.

    Variances kept at zero, with a discrepancy that would fall if they went below, are
    inequalities that bind: they do not move, and the model has no degree of freedom more
    for it.

    Parameters
    ----------
    theta : (q,) array
        Parameters.
    whole : Compiled
        The model.
    evidence : Complete
        What was observed.
    bounded : (q,) mask
        Which parameters were kept from falling below zero.
    iterations : int
        Steps that were taken.

    Raises
    ------
    EstimationError
        If the discrepancy is not defined there.
    """
    problem = evidence.problem(whole.structure)
    here = problem.at(theta[None])
    if not np.isfinite(here.value).all():
        raise EstimationError(
            "The search ended where the likelihood is not defined. Use csi.CBSEM(), or fit fewer "
            "paths."
        )
    g, H = problem.derivatives(here, exact=True)
    pinned = bounded & _on_zero(theta, whole) & (g[0] > 0)
    usual = _usual_curvature(whole, evidence)
    free = _judged(theta, here.value, g, H, usual, ~pinned, iterations)
    theta, tangent = np.where(pinned, 0.0, theta), np.eye(len(theta))[:, ~pinned]
    if not pinned.any():
        return Solution(whole, evidence, theta, tangent, free)
    binding = np.ones(int(pinned.sum()), dtype=bool)
    optimum = ConstrainedOptimum(
        free.theta, free.value, free.iterations, free.gradient, free.decrement, free.positive,
        free.converged, g[0, pinned], binding, np.zeros(len(binding)), tangent,
    )  # fmt: skip
    return Solution(whole, evidence, theta, tangent, optimum)


def _on_zero(theta: Array, whole: Compiled) -> Mask:
    """Return which parameters are next to nothing beside the variance of their variable."""
    implied = np.abs(np.diagonal(whole.structure.matrices(theta).C[0]))
    size = np.array([implied[whole.place[whole.rows[i].left]] for i in whole.first])
    return np.asarray(np.abs(theta) <= PINNED * size)


def _judged(
    theta: Array, value: Array, g: Array, H: Array, usual: Array, moving: Mask, iterations: int
) -> Optimum:
    """Look at gradient (1, q) and Hessian (1, q, q) along the parameters that move."""
    free = np.flatnonzero(moving)
    slope, curve = g[:, free], H[:, free[:, None], free]
    delta, positive = newton_step(slope, curve)
    decrement = -(slope * delta).sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        scaled = np.abs(slope / np.sqrt(np.abs(np.einsum("bii->bi", curve))))
    gradient = scaled.max(axis=1, initial=0.0)
    small = (np.abs(decrement) < NEGLIGIBLE) & (gradient**2 < NEGLIGIBLE)
    resting = _resting(delta[0], theta[free], usual[free])
    return Optimum(
        theta[None], value, np.array([iterations]), gradient, decrement, positive,
        small & positive & resting,
    )  # fmt: skip


def _usual_curvature(whole: Compiled, evidence: Complete) -> Array:
    """Return the (q,) roots of the expected curvatures where our own search would start."""
    problem = evidence.problem(whole.structure)
    _, H = problem.derivatives(problem.at(whole.start(*evidence.start_moments())), exact=False)
    return np.asarray(np.sqrt(np.abs(np.diagonal(H[0]))))


def _resting(delta: Array, theta: Array, usual: Array) -> bool:
    """Whether one more step would change nothing, so that parameters do not run off."""
    length = np.abs(delta)
    return bool(((length <= STILL[0] * np.abs(theta)) | (length * usual <= STILL[1])).all())

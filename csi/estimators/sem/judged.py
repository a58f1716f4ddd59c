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
    theta: Array, whole: Compiled, evidence: Complete, pinned: Mask, iterations: int
) -> Solution:
    """Return what follows from parameters that were found elsewhere.

    Parameters on a bound are inequalities that bind: they do not move, and the model has
    no degree of freedom more for it.

    Parameters
    ----------
    theta : (q,) array
        Parameters.
    whole : Compiled
        The model.
    evidence : Complete
        What was observed.
    pinned : (q,) mask
        Which parameters are on a bound.
    iterations : int
        Steps that were taken.

    Raises
    ------
    EstimationError
        If the discrepancy is not defined there.
    """
    tangent = np.eye(len(theta))[:, ~pinned]
    optimum = _judged(theta, whole, evidence, pinned, iterations)
    return Solution(whole, evidence, theta, tangent, optimum)


def on_zero(theta: Array, whole: Compiled) -> Mask:
    """Return which parameters are next to nothing beside the variance of their variable."""
    implied = np.abs(np.diagonal(whole.structure.matrices(theta).C[0]))
    size = np.array([implied[whole.place[whole.rows[i].left]] for i in whole.first])
    return np.asarray(np.abs(theta) <= PINNED * size)


def _judged(
    theta: Array, whole: Compiled, evidence: Complete, pinned: Mask, iterations: int
) -> Optimum:
    """Look at gradient and Hessian along the parameters that are not on a bound."""
    problem = evidence.problem(whole.structure)
    here = problem.at(theta[None])
    if not np.isfinite(here.value).all():
        raise EstimationError(
            "The search ended where the likelihood is not defined. Use csi.CBSEM(), or fit fewer "
            "paths."
        )
    g, H = problem.derivatives(here, exact=True)
    free = np.flatnonzero(~pinned)
    slope, curve = g[:, free], H[:, free[:, None], free]
    delta, positive = newton_step(slope, curve)
    decrement = -(slope * delta).sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        scaled = np.abs(slope / np.sqrt(np.abs(np.einsum("bii->bi", curve))))
    gradient = scaled.max(axis=1, initial=0.0)
    small = (np.abs(decrement) < NEGLIGIBLE) & (gradient**2 < NEGLIGIBLE)
    resting = _resting(delta[0], theta[free], _usual_curvature(whole, evidence)[free])
    evidenced = (
        theta[None], here.value, np.array([iterations]), gradient, decrement, positive,
        small & positive & resting,
    )  # fmt: skip
    if not pinned.any():
        return Optimum(*evidenced)
    binding = np.ones(int(pinned.sum()), dtype=bool)
    along = np.eye(len(theta))[:, ~pinned]
    return ConstrainedOptimum(*evidenced, g[0, pinned], binding, np.zeros(len(binding)), along)


def _usual_curvature(whole: Compiled, evidence: Complete) -> Array:
    """Return the (q,) roots of the expected curvatures where our own search would start."""
    problem = evidence.problem(whole.structure)
    _, H = problem.derivatives(problem.at(whole.start(*evidence.start_moments())), exact=False)
    return np.asarray(np.sqrt(np.abs(np.diagonal(H[0]))))


def _resting(delta: Array, theta: Array, usual: Array) -> bool:
    """Whether one more step would change nothing, so that parameters do not run off."""
    length = np.abs(delta)
    return bool(((length <= STILL[0] * np.abs(theta)) | (length * usual <= STILL[1])).all())

"""Searching for the parameters, from several starts if need be."""

from __future__ import annotations

import numpy as np

from csi.core.sem.optimise import Optimum, minimise
from csi.core.types import Array
from csi.estimators.sem.compiled import Compiled
from csi.estimators.sem.constrained import check_met, under_constraints
from csi.estimators.sem.evidence import Evidence


def found_minimum(
    compiled: Compiled, evidence: Evidence, start: Array | None = None, max_iter: int = 200
) -> tuple[Array, Optimum]:
    """Return the (q,) parameters and how the search for them ended.

    Raises
    ------
    EstimationError
        If the constraints cannot be met.
    """
    problem = evidence.problem(compiled.structure)
    first = compiled.start(*evidence.start_moments()) if start is None else np.atleast_2d(start)
    optimum: Optimum = minimise(problem, first, max_iter=max_iter)
    optimum = under_constraints(compiled, problem, optimum, max_iter)
    check_met(compiled, optimum)
    return optimum.theta[0], optimum

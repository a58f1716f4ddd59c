"""Searching for the parameters, from several starts if need be."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from csi.core.sem.least_squares import LeastSquares
from csi.core.sem.optimise import (
    PATIENCE,
    Discrepancy,
    Optimum,
    minimise,
    minimise_with_restarts,
)
from csi.core.types import Array
from csi.estimators.sem.compiled import Compiled
from csi.estimators.sem.constrained import check_met, under_constraints
from csi.estimators.sem.evidence import Complete, Evidence


def found_minimum(
    compiled: Compiled, evidence: Evidence, start: Array | None = None, max_iter: int = 200
) -> tuple[Array, Optimum]:
    """Return the (q,) parameters and how the search for them ended.

    ``max_iter`` bounds the steps from each start; below `PATIENCE` there is one only.

    Raises
    ------
    EstimationError
        If the constraints cannot be met.
    """
    moments = evidence.start_moments()
    problem, size = of_size_one(evidence.problem(compiled.structure), evidence)
    first = compiled.start(*moments) if start is None else np.atleast_2d(start)
    if max_iter < PATIENCE:
        optimum: Optimum = minimise(problem, first, max_iter=max_iter)
    else:
        others = [*compiled.others(*moments), *_unweighted(compiled, evidence, first)]
        optimum = minimise_with_restarts(problem, first, others, max_iter=max_iter)
    optimum = under_constraints(compiled, problem, optimum, max_iter)
    optimum = replace(optimum, value=optimum.value * size)
    check_met(compiled, optimum)
    return optimum.theta[0], optimum


def of_size_one(problem: Discrepancy, evidence: Evidence) -> tuple[Discrepancy, float]:
    """Return a discrepancy whose size does not depend on the units of the items, and its size.

    Searches end where a step would gain next to nothing beside one.
    """
    size = evidence.size
    if size == 1 or not isinstance(problem, LeastSquares):
        return problem, 1.0
    return problem.times(1 / size), size


def _unweighted(
    compiled: Compiled, evidence: Evidence, first: Array
) -> list[Callable[[NDArray[np.intp]], Array]]:
    """Return a start where unweighted least squares ends, for weighted ones."""
    if not isinstance(evidence, Complete) or evidence.kind not in ("wls", "dwls"):
        return []
    unweighted = replace(evidence, kind="uls")
    problem, _ = of_size_one(unweighted.problem(compiled.structure), unweighted)
    return [lambda rows: minimise(problem, first[rows]).theta]

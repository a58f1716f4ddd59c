"""Searching for the parameters, from several starts if need be."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from csi.core.sem.optimise import PATIENCE, Optimum, minimise, minimise_with_restarts
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
    problem, moments = evidence.problem(compiled.structure), evidence.start_moments()
    first = compiled.start(*moments) if start is None else np.atleast_2d(start)
    if max_iter < PATIENCE:
        optimum: Optimum = minimise(problem, first, max_iter=max_iter)
    else:
        others = [*compiled.others(*moments), *_unweighted(compiled, evidence, first)]
        optimum = minimise_with_restarts(problem, first, others, max_iter=max_iter)
    optimum = under_constraints(compiled, problem, optimum, max_iter)
    check_met(compiled, optimum)
    return optimum.theta[0], optimum


def _unweighted(
    compiled: Compiled, evidence: Evidence, first: Array
) -> list[Callable[[NDArray[np.intp]], Array]]:
    """Return a start where unweighted least squares ends, for weighted ones."""
    if not isinstance(evidence, Complete) or evidence.kind not in ("wls", "dwls"):
        return []
    problem = replace(evidence, kind="uls").problem(compiled.structure)
    return [lambda rows: minimise(problem, first[rows]).theta]

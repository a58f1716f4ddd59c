"""Constraints of a model: linear equations solved, others as conditions of the search."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, replace

import numpy as np
from numpy.typing import NDArray

from csi.core.sem.constraints import (
    Conditions,
    ConstrainedOptimum,
    Eliminated,
    constrained_minimum,
    eliminated,
)
from csi.core.sem.optimise import Discrepancy, Optimum
from csi.core.sem.responses import Responses
from csi.core.sem.structure import Structure
from csi.core.types import Array
from csi.errors import EstimationError, ModelError, listing
from csi.estimators.sem.compiled import Compiled
from csi.estimators.sem.definitions import FIXED, LINEAR
from csi.expressions import Expression, Sum, parse_expression
from csi.parameters import Constraint, Defined

UNMET = 1e-6
"""Distance from a condition, in steps of the search, beyond which it is not met."""


def constrained(
    whole: Compiled, defined: Sequence[Defined] = (), constraints: Sequence[Constraint] = ()
) -> Compiled:
    """Return a structure with fewer parameters by its linear equations, keeping other constraints.

    Raises
    ------
    ModelError
        If constraints contradict each other, follow from others, or hold no free
        parameter.
    """
    whole = replace(whole, defined=tuple(defined))
    if not constraints:
        return whole
    quantities = whole.quantities
    linear: list[Constraint] = []
    others: list[Constraint] = []
    for each in constraints:
        degree = quantities.degree(difference(each))
        if degree == FIXED:
            raise ModelError(
                f"Constraint '{each}' holds fixed parameters only. Drop it, or free one of them."
            )
        (linear if each.operator == "==" and degree == LINEAR else others).append(each)
    others.sort(key=lambda each: each.operator != "==")
    return replace(_reduced(whole, linear), constraints=tuple(others))


def _reduced(whole: Compiled, linear: Sequence[Constraint]) -> Compiled:
    """Solve linear equations for some parameters."""
    if not linear:
        return whole
    zero = np.zeros(whole.n_parameters)
    formulas = [difference(each) for each in linear]
    b, A = whole.quantities.evaluated(formulas, whole.values(zero), whole.rates)
    for each, row in zip(linear, A, strict=True):
        if not (np.isfinite(row).all() and row.any()):
            raise ModelError(
                f"Constraint '{each}' holds no free parameter once it is written out, or divides "
                "by zero. Drop or correct it."
            )
    found = eliminated(A, -b)
    for at, what in (
        (found.contradictory, "contradicts the constraints before it"),
        (found.dependent, "follows from the constraints before it"),
    ):
        if len(at):
            raise ModelError(
                f"Constraint '{linear[at[0]]}' {what}: {listing(linear[: at[0]])}. Drop one of "
                "them."
            )
    structure = along(whole.structure, found)
    return replace(whole, structure=structure, reduction=found, equations=tuple(linear))


def along(structure: Structure, found: Eliminated) -> Structure:
    """Return the structure for the parameters that remain."""
    if isinstance(structure, Responses):
        return structure.along(found.along, found.offset)
    K, k0 = structure.K @ found.along, structure.k0 + structure.K @ found.offset
    return replace(structure, K=K, k0=k0)


def difference(constraint: Constraint) -> Expression:
    """Return what is zero, or not negative, where a constraint is met."""
    left, right = parse_expression(constraint.left), parse_expression(constraint.right)
    if constraint.operator == "<":
        left, right = right, left
    return Sum((("+", left), ("-", right)))


def conditions_of(whole: Compiled) -> Conditions:
    """Return the constraints that are left as conditions of a search."""
    formulas = [difference(each) for each in whole.constraints]

    def both(theta: Array) -> tuple[Array, Array]:
        return whole.quantities.evaluated(formulas, whole.values(theta), whole.rates)

    equations = sum(each.operator == "==" for each in whole.constraints)
    return Conditions(equations, lambda theta: both(theta)[0], lambda theta: both(theta)[1])


def under_constraints(
    whole: Compiled, problem: Discrepancy, free: Optimum, max_iter: int
) -> Optimum:
    """Return where a batch of samples has its minima under the constraints of a model.

    Parameters
    ----------
    whole : Compiled
        The model.
    problem : Discrepancy
        The discrepancy of B samples.
    free : Optimum
        Its minima without the constraints, where the search begins.
    max_iter : int
        Steps after which to give up.
    """
    if not whole.constraints:
        return free
    conditions = conditions_of(whole)
    found = []
    for b in range(len(free.theta)):
        row = np.array([b])
        found.append(_of_one(conditions, problem.take(row), _taken(free, row), max_iter))
    return found[0] if len(found) == 1 else _together(found)


def _of_one(conditions: Conditions, problem: Discrepancy, free: Optimum, max_iter: int) -> Optimum:
    if not np.isfinite(free.value[0]):
        return free
    holds = not conditions.equations and (conditions.value(free.theta[0]) > 0).all()
    if free.converged[0] and holds:
        return free
    return constrained_minimum(problem, free, conditions, max_iter=max_iter)


def _taken(optimum: Optimum, rows: NDArray[np.intp]) -> Optimum:
    return Optimum(*(getattr(optimum, each.name)[rows] for each in fields(Optimum)))


def _together(optima: Sequence[Optimum]) -> Optimum:
    names = [each.name for each in fields(Optimum)]
    return Optimum(*(np.concatenate([getattr(o, name) for o in optima]) for name in names))


def check_met(whole: Compiled, optimum: Optimum) -> None:
    """Refuse a point that does not meet the constraints.

    Raises
    ------
    EstimationError
        Naming those that are not met.
    """
    if not isinstance(optimum, ConstrainedOptimum):
        return
    missed = [
        f"'{each}'"
        for each, distance in zip(whole.constraints, optimum.distance, strict=True)
        if not distance < UNMET
    ]
    if missed:
        raise EstimationError(
            f"No parameters were found that meet {'these constraints' if len(missed) > 1 else ''}"
            f"{'the constraint' if len(missed) == 1 else ''} {listing(missed)}"
            f"{' together with the others' if len(whole.constraints) > len(missed) else ''}. Look "
            "whether it can be met at all, or drop it."
        )

"""Whether the parameters of a model can be told from moments, before and after fitting."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from csi.core.checks import check_spread
from csi.core.moments import Moments
from csi.core.sem.responses import Responses
from csi.core.sem.structure import Structure, jacobian
from csi.core.types import Array
from csi.errors import DataError, EstimationError, ModelError, listing
from csi.estimators.sem.compiled import Compiled
from csi.estimators.sem.solution import Solution
from csi.spec import Model

IDENTICAL = 1 - 1e-10

FLAT = 1e-11
"""Eigenvalue of a scaled information matrix below which a direction is not identified."""

RANK = 1e-7
"""Singular value of scaled derivatives below which their rank is not full."""

LARGE_PART = 0.25
"""Share of the largest part in a direction from which a parameter is named."""


def check_identified(whole: Compiled, model: Model) -> None:
    """Refuse models with more parameters than moments, or constructs without a scale.

    Raises
    ------
    ModelError
        By the counting rule, for a single item whose error is free, for two items of
        a construct that nothing else hangs on, and if the moments do not tell the
        parameters apart at points drawn at random.

    References
    ----------
    Bekker, P. A., Merckens, A. and Wansbeek, T. J. (1994). Identification, equivalent
    models, and computer algebra. Academic Press.
    """
    structure = whole.structure
    p, G = len(structure.observed), len(structure.K)
    moments = G * (p * (p + 1) // 2 + (p if structure.has_means else 0))
    if isinstance(structure, Responses):
        moments = structure.n_statistics
    free = whole.n_parameters - sum(each.operator == "==" for each in whole.constraints)
    if free > moments:
        raise ModelError(
            f"The model has {free} parameters, but {p} items have only {moments} "
            f"moments ({p} x {p + 1} / 2{' and means' if structure.has_means else ''}). Fix some "
            "parameters, make some equal, or add items."
        )
    unbound = {row.key for row in whole.rows if row.value is None and not row.label}
    for construct in model.constructs:
        if len(construct.indicators) > 2 or construct.higher_order:
            continue
        item = construct.indicators[0]
        if construct.kind == "single" and item != construct.name and (item, "~~", item) in unbound:
            raise ModelError(
                f"The error variance of {item}, the only item of {construct.name}, is free: one "
                f"item cannot tell its error from its construct. Fix it ('{item} ~~ 0*{item}'), or "
                f"assume a reliability, csi.CBSEM(reliability={{{construct.name!r}: 0.8}})."
            )
        if len(construct.indicators) == 2 and _isolated(whole, construct.name):
            both = [(construct.name, "=~", name) in unbound for name in construct.indicators]
            if any(both):
                raise ModelError(
                    f"{construct.name} has two items and nothing it is related to, so its loadings "
                    f"cannot be identified. Fix both at one ('{construct.name} =~ 1*"
                    f"{construct.indicators[0]} + 1*{construct.indicators[1]}'), add an item, or "
                    "relate it to another construct."
                )
    together = flat_by_rank(whole)
    if together:
        raise ModelError(
            f"The model is not identified: {listing(together)} can move together and no moment "
            f"of the items changes, whatever the answers. {_remedy(model, together)}"
        )


def _remedy(model: Model, together: tuple[str, ...]) -> str:
    """Say what would identify these parameters."""
    named = {name for row in together for name in row.split()}
    for construct in model.constructs:
        if construct.name in named and construct.higher_order:
            return (
                f"{construct.name} is measured by constructs: it needs three of them, or two with "
                "equal loadings, or paths to other constructs."
            )
        if construct.name in named and construct.kind == "composite":
            first = construct.indicators[0]
            return (
                f"{construct.name} is a composite: fix a weight ('{construct.name} <~ 1*{first}'), "
                "and let it lead to a construct with several items."
            )
    return "Fix one of them, make some of them equal, or relate the constructs to others."


@lru_cache(maxsize=256)
def flat_by_rank(whole: Compiled) -> tuple[str, ...]:
    """Name parameters that the moments cannot tell apart, wherever they are.

    The rank of the derivatives of the moments is the same at almost all points, so
    that it is looked at where chance leads.
    """
    if any(row.operator not in _MOMENTS for row in whole.rows) or whole.constraints:
        return ()
    found: tuple[str, ...] = ()
    for seed in (1, 2):
        theta = np.random.default_rng(seed).uniform(0.4, 0.9, whole.n_parameters)
        J = _derivatives(whole.structure, theta)
        size = np.sqrt((J**2).sum(axis=0))
        unit = 1 / np.where(size > 0, size, 1.0)
        _, values, directions = np.linalg.svd(J * unit, full_matrices=False)
        if not len(values) or values[-1] > RANK:
            return ()
        found = _named(whole, directions[-1] * unit, unit)
    return found


_MOMENTS = ("=~", "<~", "~", "~~", "~1", "|", "~*~")


def _derivatives(structure: Structure, theta: Array) -> Array:
    """Return the derivatives of the statistics of all groups by the parameters."""
    if isinstance(structure, Responses):
        return np.concatenate(list(structure.model.jacobian(structure.model.at(theta))))
    unit = np.ones(len(structure.observed))
    by_cell = jacobian(structure, structure.matrices(theta), unit)
    return np.concatenate(list(by_cell @ structure.K))


def _named(whole: Compiled, direction: Array, unit: Array) -> tuple[str, ...]:
    """Name the parameters that move most along a direction, in units of their curvature."""
    rates = whole.rates[whole.first]
    usual = np.sqrt(((rates * unit) ** 2).sum(axis=1))
    share = np.abs(rates @ direction) / np.where(usual > 0, usual, 1.0)
    order = np.argsort(-share, kind="stable")
    kept = [i for i in order if share[i] > LARGE_PART * share[order[0]]]
    return tuple(str(whole.rows[whole.first[i]]) for i in kept)


def moving_together(solution: Solution) -> tuple[str, ...]:
    """Name the parameters that can move together at least cost, most important first."""
    return _weakest(solution)[1]


def check_information(solution: Solution) -> None:
    """Refuse parameters that these answers do not identify, though others would.

    Raises
    ------
    EstimationError
        If the information is singular at the solution.
    """
    smallest, names = _weakest(solution)
    if smallest > FLAT or not names:
        return
    first, *others = names
    together = f"{first} together with {listing(others, 5)}" if others else first
    raise EstimationError(
        "These answers do not identify the model, though others would (the information matrix is "
        f"singular): {together} can change and the fit stays the same. Fix one of these "
        "parameters, give constructs of two items a third one or equal loadings, or leave out "
        "constructs that are related to nothing."
    )


def _weakest(solution: Solution) -> tuple[float, tuple[str, ...]]:
    """Return the smallest eigenvalue of the scaled information, and who is in its direction."""
    N = solution.tangent
    H = N.T @ solution.evidence.bread(solution.structure, solution.theta, "expected") @ N
    diagonal = np.diag(H)
    if not len(H) or not np.isfinite(H).all():
        return 1.0, ()
    unit = 1 / np.sqrt(np.where(diagonal > 0, diagonal, diagonal.max(initial=1e-300)))
    values, vectors = np.linalg.eigh(H * np.outer(unit, unit))
    steps = np.sqrt(((N * unit) ** 2).sum(axis=1))
    steps = np.where(steps > 0, steps, 1.0)
    return float(values[0]), _named(solution.compiled, N @ (unit * vectors[:, 0]), steps)


def _isolated(whole: Compiled, name: str) -> bool:
    """Whether nothing but its items hangs on a construct."""
    for row in whole.rows:
        other = row.right if row.left == name else row.left
        if name not in (row.left, row.right) or other == name or row.value == 0:
            continue
        if row.operator in ("~", "~~"):
            return False
        if row.operator == "=~" and row.right == name:
            return False
    return True


def check_sample(whole: Compiled, moments: Moments) -> None:
    """Refuse samples that a covariance structure cannot be fitted to.

    Raises
    ------
    DataError
        With as many items as respondents or more, or items of outrageous size.
    ModelError
        If two items are identical.
    """
    p = len(moments.columns)
    check_spread(np.sqrt(np.diag(moments.cov)), moments.columns)
    if moments.n <= p:
        raise DataError(
            f"{moments.n:g} respondents, {p} items: their covariance matrix is singular. A "
            "covariance structure needs more respondents than items; use csi.PLS() or fewer items."
        )
    corr = moments.corr
    same = np.argwhere(np.triu(np.abs(corr) > IDENTICAL, 1))
    if len(same):
        i, j = same[0]
        names = moments.columns
        raise ModelError(
            f"{names[i]} and {names[j]} are identical (correlation {corr[i, j]:.6g}), so no "
            "covariance structure can tell them apart. Drop one of them."
        )
    values, vectors = np.linalg.eigh(corr)
    if values[0] < 1e-10:
        involved = [names for names, weight in zip(moments.columns, vectors[:, 0], strict=True)
                    if abs(weight) > 0.1]  # fmt: skip
        raise ModelError(
            f"The items {listing(involved, 10)} are collinear (smallest eigenvalue "
            f"{values[0]:.1e}): one of them is a sum of the others. Drop one."
        )

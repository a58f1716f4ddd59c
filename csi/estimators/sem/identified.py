"""Whether the parameters of a model can be told from moments, before and after fitting."""

from __future__ import annotations

import numpy as np

from csi.core.moments import Moments
from csi.errors import DataError, ModelError, listing
from csi.estimators.sem.compiled import Compiled
from csi.spec import Model

IDENTICAL = 1 - 1e-10


def check_identified(whole: Compiled, model: Model) -> None:
    """Refuse models with more parameters than moments, or constructs without a scale.

    Raises
    ------
    ModelError
        By the counting rule, for a single item whose error is free, and for two
        items of a construct that nothing else hangs on.
    """
    structure = whole.structure
    p, G = len(structure.observed), len(structure.K)
    moments = G * (p * (p + 1) // 2 + (p if structure.has_means else 0))
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
        With as many items as respondents or more.
    ModelError
        If two items are identical.
    """
    p = len(moments.columns)
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

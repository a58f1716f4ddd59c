"""From outer weights to estimates: what all composite-based estimators share."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

import numpy as np

from csi.core.composites import Composites, composites
from csi.core.moments import Moments
from csi.core.types import Array, Mask
from csi.errors import DataError, EstimationError, ModelError, listing
from csi.estimators.base import Convergence, Estimates
from csi.spec import Model


def estimates_from_weights(
    model: Model,
    R: Array,
    W: Array,
    convergence: Convergence,
    settings: Mapping[str, str],
    corrected: Mask | None = None,
) -> Estimates:
    """Build composites with the weights W and regress them along the paths.

    Parameters
    ----------
    model : Model
        The model.
    R, W : (p, p) and (p, k) arrays
        Indicator correlations; outer weights with w'Rw = 1.
    convergence, settings
        Passed on.
    corrected : (k,) mask, optional
        Constructs to correct for attenuation.
    """
    found = composites(R, W, model.blocks, model.design, corrected)
    return named(model, found, convergence, settings)


def named(
    model: Model, found: Composites, convergence: Convergence, settings: Mapping[str, str]
) -> Estimates:
    """Return the composites of one sample as estimates.

    Raises
    ------
    EstimationError
        If paths or corrections cannot be computed.
    """
    if not np.isfinite(found.B).all():
        raise EstimationError(_uncomputable(model, found.reliability, found.B))
    return Estimates(
        found.W, found.loadings, found.C, found.B, found.r2, found.reliability, convergence,
        dict(settings),
    )  # fmt: skip


@lru_cache(maxsize=64)
def check_structure(model: Model) -> None:
    """Refuse models that composites cannot be built for.

    Raises
    ------
    ModelError
        If the model states what only a covariance structure has, an indicator
        belongs to two constructs, a construct has no path, or the model falls
        apart into unconnected pieces.
    """
    foreign = _only_of_covariances(model)
    if foreign:
        raise ModelError(
            f"The model states {foreign}, which composites know nothing of: they are estimated "
            "without fixed values, equalities, covariances, intercepts and products. Fit it with "
            "csi.CBSEM(), or leave the statement out."
        )
    shared = np.flatnonzero(model.blocks.sum(axis=1) > 1)
    if len(shared):
        name = model.indicators[shared[0]]
        owners = [model.names[j] for j in np.flatnonzero(model.blocks[shared[0]])]
        raise ModelError(
            f"Indicator {name!r} belongs to two constructs, {owners[0]!r} and {owners[1]!r}. "
            "A composite needs indicators of its own; leave it in one, or fit with csi.CBSEM()."
        )
    pieces = _pieces(model)
    if len(pieces) == 1:
        return
    lonely = [piece[0] for piece in pieces if len(piece) == 1]
    if lonely:
        raise ModelError(
            f"Constructs without a path: {listing(lonely)}. PLS path modelling weighs a construct "
            "by its neighbours; connect it or leave it out, or fit with csi.CBSEM()."
        )
    parts = "; ".join(listing(piece) for piece in pieces)
    raise ModelError(
        f"The model falls apart into {len(pieces)} unconnected pieces: {parts}. Connect them, "
        "or fit them as models of their own, or all with csi.CBSEM()."
    )


def _only_of_covariances(model: Model) -> str:
    """Return the first statement that composites cannot obey, or an empty string."""
    paths = {(path.source, path.target) for path in model.paths}
    labels: set[str | None] = {None}
    for p in model.parameters:
        harmless = p.operator in ("=~", "<~") or (p.operator == "~" and (p.right, p.left) in paths)
        if p.fixed or not harmless:
            return repr(str(p))
        if labels & set(p.label) - {None}:
            return f"{str(p)!r}, with the label of another parameter"
        labels |= set(p.label)
    statements = [*model.defined, *model.constraints]
    return repr(str(statements[0])) if statements else ""


def check_regressions(model: Model, moments: Moments) -> None:
    """Refuse samples with too few respondents for the predictors of a construct.

    Raises
    ------
    DataError
        If a construct has as many predictors as there are respondents, or one less.
    """
    for name, predictors in zip(model.names, model.design.sum(axis=0), strict=True):
        if moments.n <= predictors + 1:
            raise DataError(
                f"{moments.n:g} rows, {predictors} predictors of {name}. A regression needs more "
                "rows than predictors; leave some out or use more respondents."
            )


def _pieces(model: Model) -> list[list[str]]:
    from scipy.sparse.csgraph import connected_components  # noqa: PLC0415 - slow to import

    links = model.design.copy()
    for j, construct in enumerate(model.constructs):
        for part in construct.indicators if construct.higher_order else ():
            links[model.names.index(part), j] = True
    number, piece = connected_components(links, directed=False)
    return [[model.names[j] for j in np.flatnonzero(piece == i)] for i in range(number)]


def _uncomputable(model: Model, reliability: Array, B: Array) -> str:
    negative = [name for name, rho in zip(model.names, reliability, strict=True) if not rho > 0]
    if negative:
        return (
            f"The correction for attenuation breaks down: rho_A is not positive for "
            f"{listing(negative)}. Fit without consistent=True, or look for reversed items in it."
        )
    effects = [model.names[j] for j in np.flatnonzero(~np.isfinite(B).all(axis=0))]
    return (
        f"The predictors of {listing(effects)} are perfectly collinear, so their paths cannot be "
        "told apart. Drop one of them or merge them."
    )

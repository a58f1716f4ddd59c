"""Ways of computing the numbers that papers print, from a fit: by label, at full precision.

Each function takes a fit and returns a mapping from labels to numbers. Labels of
routes are ``source -> target``, of pairs ``one ~ other`` in alphabetical order, of
parameters ``left operator right``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from csi.assessment.collinearity import path_vif
from csi.assessment.discriminant import htmt
from csi.assessment.effects import f2
from csi.assessment.measurement import reliability, unidimensionality
from csi.assessment.overall import fit_indices
from csi.core.index import Convention
from csi.core.structural import total_effects
from csi.core.types import Array
from csi.covariance_fit import CovarianceFit
from csi.errors import OptionError
from csi.hundred import OnHundred
from csi.results import Fit

Values = Mapping[str, float]


def paths(fit: Fit) -> Values:
    """Return direct effects."""
    return _routes(fit, fit.estimates.paths, direct=True)


def totals(fit: Fit) -> Values:
    """Return total effects along all routes."""
    return _routes(fit, total_effects(fit.estimates.paths), direct=False)


def indirect(fit: Fit) -> Values:
    """Return indirect effects along all routes."""
    direct = fit.estimates.paths
    return _routes(fit, total_effects(direct) - direct, direct=False)


def points(fit: Fit) -> Values:
    """Return points on 0-100 that the target moves per point of the source."""
    moved = OnHundred.of(fit.model, fit.moments, fit.scale).impacts(fit.estimates)
    return _routes(fit, moved, direct=False)


def weights(fit: Fit) -> Values:
    """Return outer weights of standardised items."""
    if _has_parts(fit):
        return _by(fit.weights, ["indicator"], "weight")
    return _own_items(fit, fit.estimates.weights)


def raw_weights(fit: Fit) -> Values:
    """Return outer weights of items in their own units; parts of constructs have none."""
    if fit.moments.units == "standard":
        raise OptionError("Weights of items in their own units need standard deviations.")
    sd = dict(zip(fit.moments.columns, fit.moments.sd.tolist(), strict=True))
    return {name: weight / sd[name] for name, weight in weights(fit).items() if name in sd}


def population_weights(fit: Fit) -> Values:
    """Return weights of items in their own units, for scores of variance one with divisor n."""
    factor = float(np.sqrt(fit.n / (fit.n - 1)))
    return {name: factor * weight for name, weight in raw_weights(fit).items()}


def shares(fit: Fit) -> Values:
    """Return outer weights of standardised items, summing to one in each construct."""
    return _shared(fit, weights(fit))


def raw_shares(fit: Fit) -> Values:
    """Return outer weights of items in their own units, summing to one in each construct."""
    return _shared(fit, raw_weights(fit))


def loadings(fit: Fit) -> Values:
    """Return loadings of items on their construct, corrected where the fit is."""
    if _has_parts(fit):
        return _by(fit.loadings, ["indicator"], "loading")
    return _own_items(fit, fit.estimates.loadings)


def composite_loadings(fit: Fit) -> Values:
    """Return correlations of items with the composite of their construct."""
    return _own_items(fit, fit.moments.corr @ fit.estimates.weights)


def explained(fit: Fit) -> Values:
    """Return R2 of the endogenous constructs."""
    return {
        name: float(r2)
        for name, r2 in zip(fit.model.names, fit.estimates.r2, strict=True)
        if not np.isnan(r2)
    }


def explained_adjusted(fit: Fit) -> Values:
    """Return adjusted R2 of the endogenous constructs."""
    return _by(fit.r2, ["construct"], "r2_adjusted")


def correlations(fit: Fit) -> Values:
    """Return correlations of the constructs, corrected where the fit is."""
    return _pairs(fit, fit.estimates.construct_corr)


def composite_correlations(fit: Fit) -> Values:
    """Return correlations of the composites."""
    W = fit.estimates.weights
    return _pairs(fit, W.T @ fit.moments.corr @ W)


def index(fit: Fit, convention: Convention, *, found_ends: bool = False) -> Values:
    """Return indices by a convention, from declared ends or those of the answers found."""
    at = OnHundred.of(fit.model, fit.moments, _found_ends(fit) if found_ends else fit.scale)
    values = at.indices(at.weights(fit.estimates, convention))
    return dict(zip(fit.model.names, values.tolist(), strict=True))


def criterion(fit: Fit, name: str) -> Values:
    """Return reliability and convergent validity: alpha, alpha_raw, rho_a, rho_c, ave."""
    table = reliability(fit)
    return _by(table[table["criterion"] == name], ["construct"], "estimate")


def principal_rho(fit: Fit) -> Values:
    """Return Dillon-Goldstein rho from the first principal component of each block."""
    return _by(unidimensionality(fit), ["construct"], "dg_rho")


def heterotrait(fit: Fit, name: str) -> Values:
    """Return HTMT of absolute correlations (htmt), of correlations (htmt_signed), or htmt2."""
    table = htmt(fit)
    own = table[table["criterion"] == name]
    pairs = [" ~ ".join(sorted(pair)) for pair in own[["construct", "other"]].to_numpy().tolist()]
    return dict(zip(pairs, own["estimate"].tolist(), strict=True))


def inflation(fit: Fit, column: str) -> Values:
    """Return variance inflation of predictors: column vif, or vif_composites under PLSc."""
    return _by(path_vif(fit), ["source", "target"], column, " -> ")


def effect_sizes(fit: Fit, *, refit: bool) -> Values:
    """Return f2, scores kept or the model fitted anew without the path."""
    return _by(f2(fit, refit=refit), ["source", "target"], "f2", " -> ")


def parameters(fit: Fit, column: str) -> Values:
    """Return parameters of a covariance structure: column estimate, se, z, p or std_all."""
    if not isinstance(fit, CovarianceFit):
        raise OptionError("Only a covariance structure has parameters. Fit it with csi.CBSEM().")
    table = fit.parameters
    ends = table[["left", "operator", "right"]].astype(str).to_numpy().tolist()
    labels = [parameter_label(*row) for row in ends]
    return dict(zip(labels, table[column].astype(float).tolist(), strict=True))


def measures(fit: Fit) -> Values:
    """Return measures of overall fit by their name."""
    if isinstance(fit, CovarianceFit):
        return _by(fit.fit_measures, ["measure"], "value")
    return _by(fit_indices(fit), ["index"], "estimate")


def parameter_label(left: str, operator: str, right: str) -> str:
    """Write the label of a parameter; the ends of a covariance stand in alphabetical order."""
    if operator == "~~":
        left, right = sorted((left, right))
    return f"{left} {operator} {right}".strip()


def _routes(fit: Fit, matrix: Array, *, direct: bool) -> Values:
    names, mask = fit.model.names, fit.model.design if direct else fit.model.reachable
    return {f"{names[i]} -> {names[j]}": float(matrix[i, j]) for i, j in np.argwhere(mask)}


def _own_items(fit: Fit, matrix: Array) -> Values:
    """Return the entry of each item in the column of its construct."""
    at = {name: i for i, name in enumerate(fit.moments.columns)}
    return {
        item: float(matrix[at[item], j])
        for j, construct in enumerate(fit.model.constructs)
        for item in construct.indicators
        if item in at
    }


def _has_parts(fit: Fit) -> bool:
    return any(construct.higher_order for construct in fit.model.constructs)


def _pairs(fit: Fit, matrix: Array) -> Values:
    names = fit.model.names
    return {
        " ~ ".join(sorted((names[i], names[j]))): float(matrix[i, j])
        for i in range(len(names))
        for j in range(i)
    }


def _shared(fit: Fit, weight: Values) -> Values:
    found: dict[str, float] = {}
    for construct in fit.model.constructs:
        own = [name for name in construct.indicators if name in weight]
        total = sum(weight[name] for name in own)
        found |= {name: weight[name] / total if total else np.nan for name in own}
    return found


def _found_ends(fit: Fit) -> Array:
    if fit.moments.rows is None:
        raise OptionError("The ends of the answers found need respondents, not only moments.")
    rows = fit.moments.rows
    return np.column_stack([np.nanmin(rows, axis=0), np.nanmax(rows, axis=0)])


def _by(table: pd.DataFrame, keys: Sequence[str], value: str, sign: str = "") -> Values:
    labels = (sign.join(map(str, row)) for row in zip(*(table[key] for key in keys), strict=True))
    return dict(zip(labels, table[value].astype(float).tolist(), strict=True))

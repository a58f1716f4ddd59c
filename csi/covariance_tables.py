"""Tables of a covariance structure beyond its parameters: reliability, scores, residuals.

Constructs, and items that are causes or effects themselves, are brought into the
form of a factor model: such an item stands behind itself with a loading of one and
without error, as in the LISREL notation with no x variables. Of ordered items it is
that of the responses behind them, of variance one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Literal

import numpy as np
import pandas as pd

from csi.core.sem.factor_scores import Method, factor_scores, score_quality, score_weights
from csi.core.sem.gamma import normal_gamma, unvech, vech
from csi.core.sem.ordinal_reliability import ordinal_reliability
from csi.core.sem.reliability import reliabilities
from csi.core.sem.residuals import (
    rescaling,
    residual_covariance,
    residual_size,
    to_correlations,
)
from csi.core.sem.sandwich import bread
from csi.core.types import Array, Mask
from csi.errors import OptionError
from csi.estimators.sem.auxiliary import auxiliary_of
from csi.estimators.sem.evidence import Complete
from csi.estimators.sem.holes import Incomplete, TwoStage
from csi.estimators.sem.ordered_answers import OrderedAnswers
from csi.estimators.sem.solution import Solution
from csi.spec import Model

Residuals = Literal["raw", "correlation", "normalized", "standardized"]

EXACT = 1e-5
"""Residual below which a statistic counts as reproduced, as in lavaan."""


@dataclass(frozen=True, eq=False)
class FactorModel:
    """A group of a covariance structure as a factor model, without auxiliary variables.

    Attributes
    ----------
    names : tuple of str
        Constructs, then items that stand behind themselves.
    L : (p, k) array
        Loadings.
    Psi : (k, k) array
        Covariances of the constructs.
    Theta : (p, p) array
        Covariances of the errors.
    nu, alpha : (p,) and (k,) arrays or None
        Intercepts of the items and means of the constructs, if the model has any.
    """

    names: tuple[str, ...]
    L: Array
    Psi: Array
    Theta: Array
    nu: Array | None
    alpha: Array | None

    @classmethod
    def of(cls, solution: Solution, group: int = 0, *, outcomes: bool = False) -> FactorModel:
        """Read the matrices of a group."""
        return cls.at(solution, solution.theta, group, outcomes=outcomes)

    @classmethod
    def at(
        cls, solution: Solution, theta: Array, group: int = 0, *, outcomes: bool = False
    ) -> FactorModel:
        """Read the matrices of a group at other parameters.

        Items that constructs alone explain are measures of these, as in lavaan, unless
        they are to stand behind themselves as outcomes.
        """
        structure, variables = solution.structure, solution.compiled.variables
        found = structure.matrices(theta)
        A, S, C = found.A[group], found.S[group], found.C[group]
        p = len(structure.observed)
        latent = np.arange(p, len(variables))
        explained = {row.left for row in solution.compiled.rows if row.operator == "~"}
        regressed = np.array([name in explained for name in variables[:p]])
        behind = np.flatnonzero(_active(A, S, p) | (regressed & outcomes))
        who = np.concatenate([latent, behind])
        L, Theta = A[:p][:, who].copy(), S[:p, :p].copy()
        L[behind] = np.eye(len(variables))[behind][:, who]
        Theta[behind], Theta[:, behind] = 0.0, 0.0
        implied = solution.evidence.implied(structure, theta)
        unit = np.sqrt(np.diag(implied.cov[group]) / np.diag(C)[:p])
        L, Theta = L * unit[:, None], Theta * np.outer(unit, unit)
        nu = alpha = None
        if found.nu is not None:
            alpha = found.nu[group][who]
            nu = implied.mean[group] - L @ alpha
        own = [name not in auxiliary_of(solution.compiled.rows) for name in variables[:p]]
        nu = None if nu is None else nu[own]
        names, Psi = tuple(variables[i] for i in who), C[np.ix_(who, who)]
        return cls(names, L[own], Psi, Theta[np.ix_(own, own)], nu, alpha)


def _active(A: Array, S: Array, p: int) -> np.ndarray:
    """Return which items are causes, effects of items, or covary with constructs."""
    causes = (A[:, :p] != 0).any(axis=0)
    effects = (A[:p, :p] != 0).any(axis=1)
    related = (S[:p, p:] != 0).any(axis=1)
    return np.asarray(causes | effects | related)


def reliability(solution: Solution, model: Model) -> pd.DataFrame:
    """Return the reliabilities of the sums of the items of each construct."""
    factors = FactorModel.of(solution)
    p = len(factors.L)
    observed = observed_cov(solution, 0)[:p, :p]
    found = reliabilities(factors.L, factors.Psi, factors.Theta, observed)
    at = [factors.names.index(name) for name in model.names if name in factors.names]
    names = [factors.names[i] for i in at]
    several = (factors.L != 0).sum(axis=0)[at] > 0
    columns = {
        "alpha": found.alpha, "omega": found.omega, "omega_bentler": found.omega2,
        "omega_mcdonald": found.omega3, "maximal": found.maximal, "ave": found.ave,
    }  # fmt: skip
    columns |= _of_categories(solution, factors)
    table = {name: np.where(several, values[at], np.nan) for name, values in columns.items()}
    return pd.DataFrame({"construct": names, **table}, index=names)


def _of_categories(solution: Solution, factors: FactorModel) -> dict[str, Array]:
    """Return the omegas of sums of ordered answers; nothing if other items are among them."""
    evidence = complete(solution)
    if not isinstance(evidence, OrderedAnswers) or not evidence.ordered.all():
        return {}
    implied = evidence.implied(solution.structure, solution.theta).cov[0]
    thresholds = evidence.statistics_of[0].thresholds
    by_model, observed = (
        ordinal_reliability(factors.L, factors.Psi, R, thresholds)
        for R in (implied, evidence.covs[0])
    )
    return {"omega": by_model, "omega_bentler": by_model, "omega_mcdonald": observed}


def construct_cov(solution: Solution, model: Model) -> pd.DataFrame:
    """Return the covariances of the constructs that the model implies."""
    at = [solution.compiled.place[name] for name in model.names]
    C = solution.structure.matrices(solution.theta).C[0]
    return pd.DataFrame(C[np.ix_(at, at)], list(model.names), list(model.names))


def item_r2(solution: Solution) -> pd.DataFrame:
    """Return the share of the variance of each explained item that its causes explain."""
    found = solution.structure.matrices(solution.theta)
    p, items = len(solution.structure.observed), solution.compiled.items
    explained = (found.A[0, :p] != 0).any(axis=1)
    left, whole = np.diagonal(found.S[0])[:p], np.diagonal(found.C[0])[:p]
    names = [name for name, known in zip(items, explained, strict=True) if known]
    r2 = (1 - left / whole)[explained]
    return pd.DataFrame({"indicator": names, "r2": r2}, index=names)


def implied_cov(solution: Solution, group: int = 0) -> pd.DataFrame:
    """Return the covariances of the items that the model implies."""
    items = list(solution.compiled.items)
    found = complete(solution).implied(solution.structure, solution.theta)
    return pd.DataFrame(found.cov[group], items, items)


def implied_mean(solution: Solution, group: int = 0) -> pd.DataFrame:
    """Return the means of the items that the model implies."""
    items = list(solution.compiled.items)
    found = complete(solution).implied(solution.structure, solution.theta)
    return pd.DataFrame({"indicator": items, "mean": found.mean[group]}, items)


def residuals(solution: Solution, kind: Residuals, group: int = 0) -> pd.DataFrame:
    """Return what the model leaves of the covariances of the items, in some unit."""
    items = list(solution.compiled.items)
    observed, implied = observed_cov(solution, group), implied_cov(solution, group).to_numpy()
    left = observed - implied
    if kind == "correlation":
        left = _correlations(observed) - _correlations(implied)
    elif kind != "raw":
        variances = np.diag(_sampling(solution, group, left_over=kind == "standardized"))
        with np.errstate(invalid="ignore"):
            se = unvech(np.sqrt(np.where(variances > 0, variances, np.nan)))
        small = left * unvech(rescaling(observed))
        left = np.divide(left, se, out=small, where=np.abs(small) >= EXACT)
    return pd.DataFrame(left, items, items)


def residual_means(solution: Solution, kind: Residuals, group: int = 0) -> pd.DataFrame:
    """Return what the model leaves of the means of the items, in some unit."""
    evidence, items = complete(solution), list(solution.compiled.items)
    if not solution.structure.has_means or evidence.means is None:
        raise OptionError(
            "There are no residuals of means: the model leaves the means as they are. Fit it with "
            "csi.CBSEM(means=True)."
        )
    left = evidence.means[group] - evidence.implied(solution.structure, solution.theta).mean[group]
    sd = np.sqrt(np.diag(observed_cov(solution, group)))
    if kind == "correlation":
        left = left / sd
    elif kind != "raw":
        cov = _sampling(solution, group, left_over=kind == "standardized", means=True)
        variances = np.diag(cov)[: len(items)]
        with np.errstate(invalid="ignore"):
            se = np.sqrt(np.where(variances > 0, variances, np.nan))
        small = left / sd
        left = np.divide(left, se, out=small, where=np.abs(small) >= EXACT)
    return pd.DataFrame({"indicator": items, "residual": left}, items)


def residual_summary(solution: Solution, group: int = 0) -> pd.DataFrame:
    """Return RMR, SRMR and CRMR of the covariances with standard errors and tests."""
    S, cov = observed_cov(solution, group), _sampling(solution, group, left_over=True)
    Sigma = implied_cov(solution, group).to_numpy()
    unit, turn = rescaling(S), to_correlations(S)
    raw, correlations = vech(S - Sigma), vech(_correlations(S) - _correlations(Sigma))
    p, cells = len(S), len(raw)
    sizes = {
        "rmr": residual_size(raw, cov, cells, float(S.diagonal().max())),
        "srmr": residual_size(raw * unit, cov * np.outer(unit, unit), cells),
        "crmr": residual_size(correlations, turn @ cov @ turn.T, cells - p),
    }
    rows = [{"measure": name, **asdict(size)} for name, size in sizes.items()]
    return pd.DataFrame(rows, list(sizes))


def scores(solution: Solution, model: Model, rows: Array, mean: Array, method: Method) -> Array:
    """Return (n, k) scores of the constructs of a model.

    Composites are what their weights make of the items, whatever the method.

    Raises
    ------
    OptionError
        If items are ordered, of which no linear combination is the score.
    """
    if isinstance(solution.evidence, OrderedAnswers):
        raise OptionError(
            "Factor scores are linear in the answers, and ordered items are not. Take fit.scores, "
            "the composites of each construct's own items, or fit without ordered=."
        )
    found = np.empty((len(rows), len(model.names)))
    for factors, at, own in _factors_of(solution, model):
        nu = mean if factors.nu is None else factors.nu
        found[:, own] = _scored(factors, rows, nu, method)[:, at]
        composed = [
            c.kind == "composite" and not c.higher_order
            for c, known in zip(model.constructs, own, strict=True)
            if known
        ]
        if method != "regression" and any(composed):
            by_weights = _scored(factors, rows, nu, "regression")[:, at]
            found[:, own] = np.where(composed, by_weights, found[:, own])
    return found


def _factors_of(
    solution: Solution, model: Model
) -> Iterator[tuple[FactorModel, list[int], list[bool]]]:
    """Yield a factor model, which of its variables are constructs, and which constructs.

    Observed outcomes have one of their own: in that of the others they are measures.
    """
    names = FactorModel.of(solution).names
    for outcomes in (False, True):
        own = [(name in names) != outcomes for name in model.names]
        if any(own):
            factors = FactorModel.of(solution, outcomes=outcomes)
            known = zip(model.names, own, strict=True)
            yield factors, [factors.names.index(name) for name, of in known if of], own


def _scored(factors: FactorModel, rows: Array, nu: Array, method: Method) -> Array:
    L, Psi, Theta = factors.L, factors.Psi, factors.Theta
    return factor_scores(rows, L, Psi, Theta, method=method, nu=nu, alpha=factors.alpha)


def quality(solution: Solution, model: Model, method: Method) -> pd.DataFrame:
    """Return how good the scores of the constructs are, if the model holds."""
    parts = []
    for factors, at, own in _factors_of(solution, model):
        W = score_weights(factors.L, factors.Psi, factors.Theta, method)
        found = score_quality(W, factors.L, factors.Psi, factors.Theta)
        columns = {
            "determinacy": found.determinacy, "validity": found.validity,
            "reliability": found.reliability, "minimum": found.minimum,
        }  # fmt: skip
        names = [name for name, known in zip(model.names, own, strict=True) if known]
        table = {name: values[at] for name, values in columns.items()}
        parts.append(pd.DataFrame({"construct": names, **table}, index=names))
    return pd.concat(parts).loc[list(model.names)]


def observed_cov(solution: Solution, group: int) -> Array:
    """Return the covariances of the items, with the divisor of the discrepancy."""
    return complete(solution).covs[group]


def complete(solution: Solution) -> Complete:
    """Return the evidence, if it is of complete answers.

    Raises
    ------
    OptionError
        If it is not.
    """
    if not isinstance(solution.evidence, Complete):
        raise OptionError(
            "This is known for complete answers that are not ordered only. Read fit.fit_measures "
            "and fit.parameters."
        )
    return solution.evidence


def _sampling(solution: Solution, group: int, *, left_over: bool, means: bool = False) -> Array:
    """Return the covariance of the covariances, of the sample or of what is left of them.

    It rests on the normal distribution if the standard errors of the fit do.
    """
    solution, group = solution.origin(group)
    evidence, structure = complete(solution), solution.structure
    found = _gamma(solution)[group] / evidence.sizes[group]
    if left_over:
        Delta = [D @ solution.tangent for D in evidence.Delta(structure, solution.theta)]
        V, shares = _weights(solution), evidence.shares.tolist()
        found = residual_covariance(
            Delta[group], V[group], bread(Delta, V, shares), found, shares[group], 1.0
        )
    if isinstance(evidence, OrderedAnswers):
        return _of_covariances(found, evidence.ordered)
    first = len(structure.observed) if structure.has_means and not means else 0
    return found[first:, first:]


def _weights(solution: Solution) -> list[Array]:
    """Return the weights of the statistics; of respondents with holes what they tell of them."""
    evidence, structure = complete(solution), solution.structure
    if isinstance(evidence, Incomplete):
        return evidence.informations(evidence.places(structure, solution.theta), "observed")
    return evidence.weight(structure, solution.theta)


def _gamma(solution: Solution) -> list[Array]:
    """Return n times the covariances of the statistics of each group."""
    evidence, means = complete(solution), solution.structure.has_means
    standard = solution.choices.errors == "standard"
    if isinstance(evidence, Incomplete):
        return evidence.normal_gamma("observed") if standard else evidence.robust_gamma
    known = isinstance(evidence, OrderedAnswers | TwoStage) or evidence.kind in ("wls", "dwls")
    if known or not standard:
        return evidence.gamma_given(means)
    return evidence.as_given([normal_gamma(cov, means=means) for cov in evidence.covs], means)


def _of_covariances(cov: Array, ordered: Mask) -> Array:
    """Return covariances of the cells of the upper triangle; ordered items have no variance."""
    p = len(ordered)
    rows, columns = np.triu_indices(p)
    pairs, free = rows != columns, ~ordered[rows] & (rows == columns)
    n_pairs, n_free = int(pairs.sum()), int(free.sum())
    at = np.full(len(rows), -1)
    at[free] = len(cov) - n_pairs - n_free + np.arange(n_free)
    at[pairs] = len(cov) - n_pairs + np.arange(n_pairs)
    known = at >= 0
    found = np.zeros((len(rows), len(rows)))
    found[np.ix_(known, known)] = cov[np.ix_(at[known], at[known])]
    return found


def _correlations(cov: Array) -> Array:
    with np.errstate(invalid="ignore", divide="ignore"):
        sd = np.sqrt(np.diag(cov))
        return np.asarray(cov / np.outer(sd, sd))

"""Paths and reliabilities of a covariance structure, with limits from its own information."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from csi.core.sem.factor_scores import implied_cov
from csi.core.sem.reliability import reliabilities
from csi.core.types import Array
from csi.covariance_fit import CovarianceFit
from csi.covariance_tables import FactorModel
from csi.estimators.sem.ordered_answers import OrderedAnswers
from csi.estimators.sem.solution import Solution

STEP = 1e-5
"""Step of central differences, in standard errors times the root of the respondents."""

OMEGA = {"rho_c": "omega", "ave": "ave"}
"""Criteria of reliability, and what a covariance structure has for them."""


def path_limits(fit: CovarianceFit, level: float) -> pd.DataFrame:
    """Return the standardised paths of a fit with limits by the delta method.

    Parameters
    ----------
    fit : CovarianceFit
        The fit.
    level : float
        Confidence level.

    Returns
    -------
    DataFrame
        source, target, estimate, lower, upper; no limits of a search that has not
        settled.
    """
    table = fit.paths[["source", "target", "estimate"]].assign(lower=np.nan, upper=np.nan)
    if not fit.convergence.converged:
        return table
    known = fit.standardized("all", level).query("operator == '~'")
    known = known.set_index(["right", "left"])[["lower", "upper"]]
    wanted = pd.MultiIndex.from_frame(table[["source", "target"]])
    return table.assign(**known.reindex(wanted).reset_index(drop=True))


def reliability_limits(fit: CovarianceFit, level: float) -> Mapping[str, pd.DataFrame]:
    """Return omega and AVE of the constructs with limits by the delta method.

    Parameters
    ----------
    fit : CovarianceFit
        The fit.
    level : float
        Confidence level.

    Returns
    -------
    mapping of str to DataFrame
        By criterion, ``"rho_c"`` and ``"ave"``: estimate, lower, upper, labelled by
        construct; no limits where items are ordered or the search has not settled.

    References
    ----------
    Raykov, T. (2002). Analytic estimation of standard error and confidence interval for
    scale reliability. Multivariate Behavioral Research 37(1), 89-103.
    doi:10.1207/S15327906MBR3701_04
    """
    from scipy.special import ndtri  # noqa: PLC0415 - slow to import

    half, names = float(ndtri((1 + level) / 2)), list(fit.model.names)
    known = fit.convergence.converged and not isinstance(fit.solution.evidence, OrderedAnswers)
    errors = _errors(fit.solution, names) if known else None
    found = {}
    for place, (key, column) in enumerate(OMEGA.items()):
        estimate = fit.reliability[column].reindex(names)
        spread = np.nan if errors is None else half * errors[place]
        found[key] = pd.DataFrame(
            {"estimate": estimate, "lower": estimate - spread, "upper": estimate + spread}
        )
    return found


def _errors(solution: Solution, names: list[str]) -> Array:
    """Return (2, k) standard errors of omega and AVE."""
    variances = np.diag(solution.covariance)
    step = STEP * np.sqrt(np.where(variances > 0, variances, 0.0) * solution.n)
    rates = np.zeros((2, len(names), len(step)))
    for parameter in np.flatnonzero(step > 0):
        ends = []
        for sign in (1, -1):
            theta = solution.theta.copy()
            theta[parameter] += sign * step[parameter]
            ends.append(_coefficients(solution, theta, names))
        rates[:, :, parameter] = (ends[0] - ends[1]) / (2 * step[parameter])
    squares = np.einsum("ckq,qr,ckr->ck", rates, solution.covariance, rates)
    with np.errstate(invalid="ignore"):
        return np.asarray(np.sqrt(squares))


def _coefficients(solution: Solution, theta: Array, names: list[str]) -> Array:
    """Return (2, k) omega and AVE at some parameters."""
    factors = FactorModel.at(solution, theta)
    implied = implied_cov(factors.L, factors.Psi, factors.Theta)
    found = reliabilities(factors.L, factors.Psi, factors.Theta, implied)
    at = [factors.names.index(name) for name in names]
    return np.array([found.omega[at], found.ave[at]])

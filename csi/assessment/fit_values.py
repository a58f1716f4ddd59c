"""The numbers behind the table of fit indices."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from csi.assessment.null_population import DISTANCES, distances, factors, implied
from csi.core import fit_measures
from csi.core.discrepancy import relative_eigenvalues, srmr
from csi.core.implied import degrees_of_freedom
from csi.core.types import Array
from csi.covariance_fit import CovarianceFit
from csi.resampling.quantities import batch_of_one
from csi.results import Fit

NOT_DEFINITE = "the observed or implied correlations are not positive definite"
NO_DF = "the model leaves no degrees of freedom"
UNCORRELATED = "the items do not correlate"

_OF_DF = ("chi2/df", "CFI", "TLI", "IFI", "RMSEA", "CN")

INDICES = (
    "SRMR", "SRMR off-diagonal", "d_ULS", "d_G", "d_ML", "chi2", "df", "chi2/df", "CFI", "TLI",
    "NFI", "IFI", "GFI", "RMSEA", "CN", "RMS_theta", "GoF",
)  # fmt: skip
"""Names of the indices, in the order of the table."""


def index_values(fit: Fit, saturated: bool) -> dict[str, float]:
    """Return every index of a fit without higher-order constructs; NaN where not computed."""
    R, model, found = fit.moments.corr, fit.model, fit.estimates
    Sigma, common = sigma(fit, saturated), factors(model)
    known: dict[str, Any] = dict(zip(DISTANCES, distances(R, Sigma), strict=True))
    known["SRMR off-diagonal"] = srmr(R, Sigma, diagonal=False)
    known["df"] = degrees_of_freedom(model.blocks, model.design, common, saturated)
    known |= _likelihood(R, Sigma, known, fit.n)
    known["RMS_theta"] = fit_measures.residual_theta(
        R, found.weights, found.loadings, found.construct_corr, model.blocks, common
    )
    known["GoF"] = fit_measures.goodness_of_fit(found.loadings, found.r2, model.blocks)
    return {name: float(value) for name, value in known.items()}


def _likelihood(R: Array, Sigma: Array, known: Mapping[str, Any], n: float) -> dict[str, float]:
    """Return the indices that rest on the maximum-likelihood distance."""
    p = len(R)
    null = (n - 1) * float(distances(R, np.eye(p))[DISTANCES.index("d_ML")])
    chi2, df, df_null = (n - 1) * float(known["d_ML"]), known["df"], p * (p - 1) / 2
    found = {
        "chi2": chi2,
        "NFI": fit_measures.normed_fit(chi2, null),
        "GFI": fit_measures.likelihood_fit(relative_eigenvalues(R, Sigma)),
    }
    if df <= 0 or np.isnan(chi2):
        return found | dict.fromkeys(_OF_DF, np.nan)
    return found | {
        "chi2/df": chi2 / df,
        "CFI": fit_measures.comparative_fit(chi2, df, null, df_null),
        "IFI": fit_measures.incremental_fit(chi2, df, null),
        "TLI": fit_measures.tucker_lewis(chi2, df, null, df_null),
        "RMSEA": fit_measures.approximation_error(chi2, df, n),
        "CN": fit_measures.critical_number(chi2, df, n),
    }


_MEASURES = {
    "SRMR": ("srmr",), "SRMR off-diagonal": ("crmr",), "chi2": ("chisq.scaled", "chisq"),
    "df": ("df",), "CFI": ("cfi.robust", "cfi"), "TLI": ("tli.robust", "tli"), "NFI": ("nfi",),
    "IFI": ("ifi",), "GFI": ("gfi",), "RMSEA": ("rmsea.robust", "rmsea"), "CN": ("cn_05",),
}  # fmt: skip
"""Measures of a covariance structure behind the indices; the first that is known counts."""


def structure_values(fit: CovarianceFit) -> dict[str, float]:
    """Return the indices of a covariance structure; NaN where there is none."""
    measures = dict(fit.fit_measures["value"])
    found = dict.fromkeys(INDICES, np.nan)
    for name, of in _MEASURES.items():
        known = [measures[each] for each in of if np.isfinite(measures.get(each, np.nan))]
        found[name] = float(known[0]) if known else np.nan
    if found["df"] > 0:
        found["chi2/df"] = found["chi2"] / found["df"]
    items = list(fit.model.indicators)
    implied = fit.implied_cov.loc[items, items].to_numpy()
    sd = np.sqrt(np.diag(implied))
    away = distances(fit.moments.select(items).corr, implied / np.outer(sd, sd))
    distance = dict(zip(DISTANCES, away.tolist(), strict=True))
    return found | {name: distance[name] for name in ("d_ULS", "d_G", "d_ML")}


def why_missing(name: str, values: Mapping[str, float]) -> str:
    """Return why an index is missing; empty if it is not."""
    if not np.isnan(values[name]):
        return ""
    if name == "RMS_theta":
        return "all items belong to one composite"
    if name == "GoF":
        return "no construct has several items"
    if np.isnan(values["d_ML"]):
        return NOT_DEFINITE
    return NO_DF if values["df"] <= 0 and name in _OF_DF else UNCORRELATED


def sigma(fit: Fit, saturated: bool) -> Array:
    """Return the (p, p) implied correlations from which indices are computed."""
    samples, found = batch_of_one(fit)
    Sigma: Array = implied(fit.model, samples.R, found, saturated, "estimated")[..., 0]
    return Sigma

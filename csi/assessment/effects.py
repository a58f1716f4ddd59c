"""How much is explained, and how much of it each predictor adds."""

from __future__ import annotations

import numpy as np
import pandas as pd

from csi.assessment.inputs import check_boot, check_fit
from csi.core.structural import path_coefficients
from csi.core.types import Mask
from csi.declared import check_flags
from csi.errors import CsiError
from csi.resampling.inference import Inference
from csi.results import Fit
from csi.spec import Path

F2_SIZES = ((0.35, "large"), (0.15, "medium"), (0.02, "small"))
"""Cohen (1988, pp. 413-414): from which f2 on an effect has that size."""

R2_SIZES = ((0.75, "substantial"), (0.50, "moderate"), (0.25, "weak"))
"""Hair, Ringle and Sarstedt (2011): from which R2 on explanation has that size."""

NO_INTERVAL = "no interval: give boot=csi.bootstrap(fit)"


def f2(fit: Fit, *, refit: bool = False) -> pd.DataFrame:
    """Return how much each predictor adds to what is explained of its target.

    ``f2 = (R2 - R2 without the path) / (1 - R2)``. What else is left out with the
    path is a choice. By default the constructs stay what they are, and only the
    regression of the target loses a predictor, as in cSEM; after correction for
    attenuation (PLSc) both use the corrected correlations. With ``refit=True`` the
    whole model is estimated again without the path, as in seminr, so that the weights
    move as well; f2 can then be negative, and under PLSc often is.

    Parameters
    ----------
    fit : Fit
        The fit.
    refit : bool
        Whether to estimate the model anew without each path.

    Returns
    -------
    DataFrame
        A row for each path: source, target, f2, size (``"none"`` below 0.02,
        ``"small"``, ``"medium"`` from 0.15, ``"large"`` from 0.35), why it could not
        be computed.

    References
    ----------
    Cohen, J. (1988). Statistical power analysis for the behavioral sciences, 2nd
    edition. Lawrence Erlbaum. doi:10.4324/9780203771587

    Examples
    --------
    >>> import csi
    >>> from csi.assessment.effects import f2
    >>> fit = csi.fit(csi.models.acsi(), csi.demo_survey())
    >>> f2(fit).columns.tolist()
    ['source', 'target', 'f2', 'size', 'why']
    """
    check_fit("f2", fit)
    check_flags(refit=refit)
    rows = []
    for path in fit.model.paths:
        value, why = _added(fit, path, refit)
        rows.append((path.source, path.target, value, _size(value, F2_SIZES, "none"), why))
    return pd.DataFrame(rows, columns=["source", "target", "f2", "size", "why"])


def r2(fit: Fit, boot: Inference | None = None) -> pd.DataFrame:
    """Return how much of each construct is explained, with its uncertainty.

    Parameters
    ----------
    fit : Fit
        The fit.
    boot : Bootstrap, optional
        Its bootstrap, for the limits. R2 is never negative, so limits around a
        small one lie too high.

    Returns
    -------
    DataFrame
        A row for each construct with predictors: construct, r2, r2_adjusted, lower,
        upper, size (``"weak"`` from 0.25, ``"moderate"`` from 0.50,
        ``"substantial"`` from 0.75, else ``"very weak"``), predictors, why something
        is missing.

    References
    ----------
    Hair, J. F., Ringle, C. M. and Sarstedt, M. (2011). PLS-SEM: Indeed a silver
    bullet. Journal of Marketing Theory and Practice 19(2), 139-152.
    doi:10.2753/MTP1069-6679190202

    Examples
    --------
    >>> import csi
    >>> from csi.assessment.effects import r2
    >>> fit = csi.fit(csi.models.acsi(), csi.demo_survey())
    >>> boot = csi.bootstrap(fit, n_boot=200, rng=1)
    >>> r2(fit, boot).loc["Value", "predictors"]
    'Expectations, Quality'
    """
    check_fit("r2", fit)
    check_boot(fit, boot)
    table = fit.r2
    limits = table.assign(lower=np.nan, upper=np.nan) if boot is None else boot.family("r2")
    inside = table["r2"].between(0, 1 + 1e-9)
    size = [_size(value, R2_SIZES, "very weak") for value in table["r2"].where(inside)]
    names = np.array(fit.model.names)
    j = [fit.model.names.index(name) for name in table["construct"]]
    predictors = [", ".join(names[fit.model.design[:, at]]) for at in j]
    table = table.assign(
        lower=limits["lower"], upper=limits["upper"], size=size, predictors=predictors
    )
    table["why"] = np.where(inside, "", "R2 is not between 0 and 1: the fit is inadmissible")
    without = inside & table["lower"].isna()
    table.loc[without, "why"] = NO_INTERVAL if boot is None else "every resample failed"
    return table


def _added(fit: Fit, path: Path, refit: bool) -> tuple[float, str]:
    """Return f2 of a path, or why there is none."""
    j = fit.model.names.index(path.target)
    r2 = float(fit.estimates.r2[j])
    if not r2 < 1:
        return np.nan, f"R2 of {path.target} is {r2:.3f}, and f2 needs one below 1"
    others = fit.model.design[:, j].copy()
    others[fit.model.names.index(path.source)] = False
    if not others.any():
        return r2 / (1 - r2), ""
    without, why = _refitted(fit, path, j) if refit else (_explained(fit, others, j), "")
    return (r2 - without) / (1 - r2), why


def _explained(fit: Fit, predictors: Mask, j: int) -> float:
    """Return R2 of a construct on some of the others, all of them as they are."""
    design = np.zeros_like(fit.model.design)
    design[predictors, j] = True
    C = fit.estimates.construct_corr
    return float((path_coefficients(C, design)[:, j] * C[:, j]).sum())


def _refitted(fit: Fit, path: Path, j: int) -> tuple[float, str]:
    """Return R2 of a construct in a model without a path."""
    paths = tuple(other for other in fit.model.paths if other != path)
    try:
        found = fit.estimator.estimate(fit.model.with_paths(paths), fit.moments)
    except CsiError as problem:
        return np.nan, f"without this path: {problem}"
    if not found.convergence.converged:
        return np.nan, f"without this path: {found.convergence.how}"
    return float(found.r2[j]), ""


def _size(value: float, sizes: tuple[tuple[float, str], ...], least: str) -> str:
    """Return the word for a size, empty if there is no value."""
    if np.isnan(value):
        return ""
    return next((word for limit, word in sizes if value >= limit), least)

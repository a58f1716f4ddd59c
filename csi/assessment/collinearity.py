"""How far constructs can be predicted from one another."""

from __future__ import annotations

import numpy as np
import pandas as pd

from csi.assessment.measurement import why_no_vif
from csi.core.collinearity import variance_inflation
from csi.core.types import Array
from csi.results import Fit


def composite_corr(fit: Fit) -> Array:
    """Return the (k, k) correlations of the composites, not corrected for attenuation."""
    W = fit.estimates.weights
    C: Array = W.T @ fit.moments.corr @ W
    C = (C + C.T) / 2
    np.fill_diagonal(C, 1.0)
    return C


def path_vif(fit: Fit) -> pd.DataFrame:
    """Return the variance inflation of the predictors of every construct.

    ``vif`` is that of the constructs as the paths were estimated: under PLSc from
    correlations corrected for attenuation, as in cSEM. ``vif_composites`` is that of
    the scores, as in seminr; without correction the two are one. A single predictor
    has 1, where seminr and cSEM say nothing.

    Parameters
    ----------
    fit : Fit
        The fit.

    Returns
    -------
    DataFrame
        target, source, vif, vif_composites, why; infinite where predictors are
        collinear, NaN where their correlations are not those of any data.

    References
    ----------
    Hair, J. F., Risher, J. J., Sarstedt, M. and Ringle, C. M. (2019). When to use
    and how to report the results of PLS-SEM. European Business Review 31(1), 2-24.
    doi:10.1108/EBR-11-2018-0203

    Examples
    --------
    >>> import csi
    >>> from csi.assessment.collinearity import path_vif
    >>> table = path_vif(csi.fit(csi.models.acsi(), csi.demo_survey()))
    >>> table["target"].unique().tolist()
    ['Quality', 'Value', 'Satisfaction', 'Complaints', 'Loyalty']
    """
    names, rows = fit.model.names, []
    composites = composite_corr(fit)
    for j in np.flatnonzero(fit.model.design.any(axis=0)):
        causes = np.flatnonzero(fit.model.design[:, j])
        at = np.ix_(causes, causes)
        vif = variance_inflation(fit.estimates.construct_corr[at])
        plain = variance_inflation(composites[at])
        whole = zip(causes, vif, plain, why_no_vif(vif), strict=True)
        rows += [(names[j], names[i], *numbers) for i, *numbers in whole]
    return pd.DataFrame(rows, columns=["target", "source", "vif", "vif_composites", "why"])


def full_collinearity(fit: Fit) -> pd.DataFrame:
    """Return the variance inflation of every construct given all others.

    Kock (2015): values above 3.3 (above 5 for factors, as under PLSc) say that a
    construct overlaps with the others, of which answering everything in one survey is a
    likely cause. Parts of a construct of higher order are left out, as they make it up.

    Parameters
    ----------
    fit : Fit
        The fit.

    Returns
    -------
    DataFrame
        construct, vif, vif_composites (of scores; the same without PLSc), why; one
        row for each construct, labelled by it.

    References
    ----------
    Kock, N. (2015). Common method bias in PLS-SEM: a full collinearity assessment
    approach. International Journal of e-Collaboration 11(4), 1-10.
    doi:10.4018/ijec.2015100101

    Examples
    --------
    >>> import csi
    >>> from csi.assessment.collinearity import full_collinearity
    >>> table = full_collinearity(csi.fit(csi.models.acsi(), csi.demo_survey()))
    >>> list(table.columns)
    ['construct', 'vif', 'vif_composites', 'why']
    """
    names = list(fit.model.names)
    parts = {
        part: construct.name
        for construct in fit.model.constructs
        for part in (construct.indicators if construct.higher_order else ())
    }
    kept = [i for i, name in enumerate(names) if name not in parts]
    at = np.ix_(kept, kept)
    vif, plain = np.full((2, len(names)), np.nan)
    vif[kept] = variance_inflation(fit.estimates.construct_corr[at])
    plain[kept] = variance_inflation(composite_corr(fit)[at])
    why = [
        f"part of {parts[name]}" if name in parts else reason
        for name, reason in zip(names, why_no_vif(vif), strict=True)
    ]
    columns = {"construct": names, "vif": vif, "vif_composites": plain, "why": why}
    return pd.DataFrame(columns, index=names)

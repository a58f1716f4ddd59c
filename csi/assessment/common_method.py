"""Whether answers go together because all of them were asked in one survey."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from csi.assessment.collinearity import full_collinearity
from csi.assessment.inputs import check_fit
from csi.assessment.redundancy import beside
from csi.core.structural import path_coefficients
from csi.core.types import Array
from csi.display import Summary
from csi.errors import ArgumentTypeError, OptionError
from csi.results import Fit


@dataclass(frozen=True, eq=False, repr=False)
class CommonMethod:
    """Signs of variance that comes from the method of measurement.

    Attributes
    ----------
    vif : DataFrame
        Full collinearity: construct, vif, vif_composites, why.
    harman : DataFrame
        The first unrotated component of all items: items, eigenvalue, share (of
        their variance).
    marker : DataFrame
        Correlations of the marker: construct, correlation; empty without one.
    shared : float
        The correlation taken to come from the method: the smallest positive one
        of the marker; NaN without a marker, or if none is positive.
    paths : DataFrame
        source, target, estimate, adjusted, difference, why; empty without a marker.
    name : str
        The marker; empty without one.
    """

    vif: pd.DataFrame
    harman: pd.DataFrame
    marker: pd.DataFrame
    shared: float
    paths: pd.DataFrame
    name: str

    def summary(self) -> Summary:
        """Return all tables as a summary that prints as text and shows itself in Jupyter."""
        tables = [("Full collinearity", self.vif), ("Harman's single factor", self.harman)]
        if self.name:
            tables += [(f"Correlations of {self.name}", self.marker), ("Paths", self.paths)]
        shown = tuple((title, table.reset_index(drop=True)) for title, table in tables)
        return Summary("Common method variance", (), shown)

    def __repr__(self) -> str:
        share, most = self.harman["share"].iloc[0], self.vif["vif"].max()
        marker = f", marker {self.name} shares {self.shared:.3f}" if self.name else ""
        return (
            f"<CommonMethod: highest full VIF {most:.2f}, first component {share:.0%} of the "
            f"variance{marker}>"
        )

    def _repr_html_(self) -> str:
        return self.summary().to_html()


def common_method(fit: Fit, marker: str | None = None, data: object = None) -> CommonMethod:
    """Look for variance that is due to asking everything in one survey.

    Full collinearity (Kock 2015) asks whether the constructs overlap more than they
    should. Harman's test asks how much of the variance of all items their first
    unrotated principal component takes; more than half is read as a warning, but the
    test is weak: it finds neither small nor moderate method variance, and with many
    constructs nothing at all (Podsakoff et al. 2003). It is here since reviewers ask.

    A marker is a question that should have nothing to do with the model. Its
    smallest positive correlation r with a construct is taken to come from the
    method and is partialled out of every correlation of two constructs, ``(c - r) / (1 - r)``,
    and the paths are computed anew (Lindell and Whitney 2001). That supposes that all
    constructs are scored in one direction. Under PLSc correlations are corrected for
    attenuation of the constructs, not of the marker.

    Parameters
    ----------
    fit : Fit
        The fit.
    marker : str, optional
        An item of the survey that is not in the model.
    data : SurveyData or dataframe, optional
        The survey of the fit, which holds the marker.

    Returns
    -------
    CommonMethod

    Raises
    ------
    OptionError
        If the marker is an item of the model, or comes without a survey.
    RowsRequiredError
        If there is a marker, and the fit holds no respondents.
    DataError
        If the survey lacks the marker, few answered it, all alike, or it is not that of
        the fit.

    References
    ----------
    Kock, N. (2015). Common method bias in PLS-SEM: a full collinearity assessment
    approach. International Journal of e-Collaboration 11(4), 1-10.
    doi:10.4018/ijec.2015100101

    Lindell, M. K. and Whitney, D. J. (2001). Accounting for common method variance
    in cross-sectional research designs. Journal of Applied Psychology 86(1), 114-121.
    doi:10.1037/0021-9010.86.1.114

    Podsakoff, P. M., MacKenzie, S. B., Lee, J.-Y. and Podsakoff, N. P. (2003).
    Common method biases in behavioral research. Journal of Applied Psychology 88(5),
    879-903. doi:10.1037/0021-9010.88.5.879

    Examples
    --------
    >>> import csi
    >>> from csi.assessment.common_method import common_method
    >>> found = common_method(csi.fit(csi.models.acsi(), csi.demo_survey()))
    >>> bool(found.harman["share"].iloc[0] < 1)
    True
    """
    check_fit("common_method", fit)
    vif, harman = full_collinearity(fit), _harman(fit)
    if marker is None:
        none = pd.DataFrame(columns=["construct", "correlation"])
        return CommonMethod(vif, harman, none, np.nan, pd.DataFrame(columns=_PATHS), "")
    _check_marker(fit, marker)
    r = _marker_correlations(fit, marker, data)
    positive = r[r > 0]
    shared = float(positive.min()) if len(positive) else np.nan
    names = list(fit.model.names)
    table = pd.DataFrame({"construct": names, "correlation": r}, index=names)
    return CommonMethod(vif, harman, table, shared, _adjusted_paths(fit, shared), marker)


_PATHS = ["source", "target", "estimate", "adjusted", "difference", "why"]


def _check_marker(fit: Fit, marker: object) -> None:
    if not isinstance(marker, str):
        raise ArgumentTypeError(f"marker is {marker!r}. Name an item of the survey.")
    if marker in fit.moments.columns:
        raise OptionError(
            f"The marker {marker!r} is an item of the model. Name a question that should have "
            "nothing to do with it."
        )


def _harman(fit: Fit) -> pd.DataFrame:
    first = float(np.linalg.eigvalsh(fit.moments.corr)[-1])
    p = len(fit.moments.columns)
    return pd.DataFrame({"items": [p], "eigenvalue": [first], "share": [first / p]})


def _marker_correlations(fit: Fit, marker: str, data: object) -> Array:
    """Return the (k,) correlations of the marker with the constructs."""
    with_items = beside(fit, marker, data).corr[-1, :-1]
    r: Array = with_items @ fit.estimates.weights / np.sqrt(fit.estimates.reliability)
    return r


def _adjusted_paths(fit: Fit, shared: float) -> pd.DataFrame:
    C, design = fit.estimates.construct_corr, fit.model.design
    adjusted = (C - shared) / (1 - shared)
    np.fill_diagonal(adjusted, 1.0)
    B = path_coefficients(adjusted, design)
    at = [
        (fit.model.names.index(path.source), fit.model.names.index(path.target))
        for path in fit.model.paths
    ]
    table = fit.paths[["source", "target", "estimate"]]
    table["adjusted"] = [B[i, j] for i, j in at]
    table["difference"] = table["adjusted"] - table["estimate"]
    why = "" if np.isfinite(shared) else "the marker correlates positively with no construct"
    return table.assign(why=why)

"""Whether the relations of a model are straight."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from csi.assessment.inputs import check_fit
from csi.assessment.regressions import (
    SINGULAR_ERRORS,
    Equation,
    covariance,
    equations,
    joint_test,
)
from csi.comparing.group_indices import adjusted
from csi.core.checks import check_level
from csi.core.types import Array
from csi.results import Fit

ALL = "all"

FEWEST_VALUES = 3
"""Different scores a predictor must have to show a bend."""

FEW_ROWS = 100
"""Rows among which different scores are looked for first."""


def nonlinearity(fit: Fit, *, level: float = 0.95) -> pd.DataFrame:
    """Test whether the relations between the constructs are straight.

    Scores of each construct are regressed on the scores of its predictors and on
    more: on the squares and cubes of one predictor, for each path, or on those of the
    fitted values (``source`` is ``"all"``), which is the RESET of Ramsey (1969). F
    tests and limits use survey weights and errors robust to unequal variances (HC4;
    with HC3 these tests reject too often), or errors between clusters where the survey
    has some. ``quadratic`` is the coefficient of
    the square alone, of scores with variance one: below zero the effect wears off,
    above zero it grows. Strata are not used, which leaves the tests cautious.

    The scores are those of the fit, also under PLSc: errors of measurement flatten a
    bend but do not make one of normal scores. cSEM and seminr estimate quadratic
    terms with other corrections and do not test for them.

    Parameters
    ----------
    fit : Fit
        The fit; it must hold the respondents.
    level : float
        Confidence level of the limits; a relation counts as curved if its adjusted
        p value is at most one less this level.

    Returns
    -------
    DataFrame
        For each construct RESET and each path: target, source, quadratic, lower,
        upper, statistic (F), df, df_resid, p, p_adjusted (Holm, among the paths and
        among the RESETs), curved (None if not tested), why.

    Raises
    ------
    RowsRequiredError
        If the fit holds no respondents.

    References
    ----------
    Ramsey, J. B. (1969). Tests for specification errors in classical linear
    least-squares regression analysis. Journal of the Royal Statistical Society B
    31(2), 350-371. doi:10.1111/j.2517-6161.1969.tb00796.x

    Cribari-Neto, F. (2004). Asymptotic inference under heteroskedasticity of unknown
    form. Computational Statistics & Data Analysis 45(2), 215-233.
    doi:10.1016/S0167-9473(02)00366-3

    Examples
    --------
    >>> import csi
    >>> from csi.assessment.nonlinearity import nonlinearity
    >>> fit = csi.fit(csi.models.acsi(), csi.demo_survey())
    >>> table = nonlinearity(fit)
    >>> table.loc[table["target"] == "Loyalty", "source"].tolist()
    ['all', 'Satisfaction', 'Complaints']
    """
    check_fit("nonlinearity", fit)
    level = check_level(level)
    rows = [row for equation in equations(fit) for row in _tests(equation, level)]
    table = pd.DataFrame(rows, columns=[*_LABELS, *_NUMBERS, "why"])
    table.insert(9, "p_adjusted", np.nan)
    resets = ~table["target"].duplicated()  # a construct may be called "all" as well
    for family in (resets, ~resets):
        table.loc[family, "p_adjusted"] = adjusted(
            table.loc[family, "p"].to_numpy(np.float64), "holm"
        )
    curved = [None if np.isnan(p) else bool(p <= 1 - level) for p in table["p_adjusted"]]
    table.insert(10, "curved", pd.Series(curved, dtype=object))
    return table


_LABELS = ["target", "source"]
_NUMBERS = ["quadratic", "lower", "upper", "statistic", "df", "df_resid", "p"]


def _tests(equation: Equation, level: float) -> list[dict[str, Any]]:
    """Return RESET and the tests of all paths of one construct."""
    why = equation.unsuited(equation.X)
    fitted = np.empty(0) if why else equation.regress(equation.X).fittedvalues
    found = [{} if why else powers_tested(equation, fitted)]
    found += [
        {} if why else {**powers_tested(equation, x), **_bend(equation, x, level)}
        for x in equation.X.T
    ]
    return [
        {"target": equation.target, "source": source, "why": why, **row}
        for source, row in zip((ALL, *equation.sources), found, strict=True)
    ]


def powers_tested(equation: Equation, x: Array) -> dict[str, Any]:
    """Test whether powers of x add to what the predictors explain.

    Parameters
    ----------
    equation : Equation
        The regression.
    x : (n,) array
        Scores of a predictor, or fitted values; squares and cubes of them are added,
        or as many powers as three different values allow for.

    Returns
    -------
    dict
        statistic, df, df_resid, p; or why there is no test.
    """
    number = _different(x)
    if number < FEWEST_VALUES:
        return {"why": f"{number} different values cannot show a bend"}
    z = (x - x.mean()) / x.std()
    powers = np.column_stack([z**2, z**3][: number - 2])
    columns = np.column_stack([equation.X, powers])
    why = equation.unsuited(columns)
    if why:
        return {"why": why}
    regression = equation.regress(columns)
    test = joint_test(regression, powers.shape[1], covariance(regression))
    if test is None:
        return {"why": SINGULAR_ERRORS}
    return {
        "statistic": float(test.fvalue), "df": int(test.df_num),
        "df_resid": int(test.df_denom), "p": float(test.pvalue),
    }  # fmt: skip


def _different(x: Array) -> int:
    """Count different values, as far as it matters how many there are."""
    few = np.unique(np.round(x[:FEW_ROWS], 9))
    return len(few) if len(few) > FEWEST_VALUES else len(np.unique(np.round(x, 9)))


def _bend(equation: Equation, x: Array, level: float) -> dict[str, float]:
    """Return the coefficient of the square of x alone, and its limits."""
    from scipy.special import stdtrit  # noqa: PLC0415 - slow to import

    columns = np.column_stack([equation.X, x**2])
    if equation.unsuited(columns):
        return {}
    found = equation.regress(columns)
    df = found.df_resid_inference if equation.clusters is not None else found.df_resid
    width = stdtrit(df, (1 + level) / 2) * np.sqrt(covariance(found)[-1, -1])
    b = float(found.params[-1])
    return {"quadratic": b, "lower": float(b - width), "upper": float(b + width)}

"""Endogenous predictors and their instruments: two-stage least squares and its tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from csi.assessment.regressions import Equation, equations, joint_test, with_constant
from csi.core.types import Array
from csi.errors import ArgumentTypeError, OptionError
from csi.results import Fit
from csi.spec import name_tuple

COLUMNS = [
    "target", "source", "instruments", "path", "estimate", "se", "lower", "upper",
    "first_stage_f", "first_stage_p", "hausman", "p", "sargan", "sargan_df", "sargan_p", "why",
]  # fmt: skip

NO_HAUSMAN = "no test of endogeneity: what the instruments leave of the predictors is no regressor"


def instrumented(fit: Fit, instruments: Mapping[str, Sequence[str]], level: float) -> pd.DataFrame:
    """Compare two-stage least squares with the plain regression, wherever there are instruments.

    Errors of two-stage least squares are robust to unequal variances (HC1); the F tests of
    the first stage and of Durbin, Wu and Hausman use HC3, or errors between clusters.
    Sargan's test takes respondents as independent and equally weighted.

    Parameters
    ----------
    fit : Fit
        The fit.
    instruments : mapping of str to sequence of str
        Instruments of endogenous predictors.
    level : float
        Confidence level.

    Returns
    -------
    DataFrame
        As in `csi.endogeneity`.

    References
    ----------
    Hausman, J. A. (1978). Specification tests in econometrics. Econometrica 46(6),
    1251-1271. doi:10.2307/1913827

    Sargan, J. D. (1958). The estimation of economic relationships using instrumental
    variables. Econometrica 26(3), 393-415. doi:10.2307/1907619
    """
    named = _checked(fit, instruments)
    besides = tuple(dict.fromkeys(name for names in named.values() for name in names))
    scores = fit.scores
    rows: list[dict[str, Any]] = []
    for equation in equations(fit, besides):
        endogenous = [source for source in equation.sources if source in named]
        if endogenous:
            rows += _compared(fit, equation, endogenous, named, scores, level)
    return pd.DataFrame(rows, columns=COLUMNS)


def _checked(fit: Fit, instruments: object) -> dict[str, tuple[str, ...]]:
    """Refuse instruments that are no constructs, or of what predicts nothing."""
    if not isinstance(instruments, Mapping) or not instruments:
        raise ArgumentTypeError(
            f"instruments is {instruments!r}. Give a mapping from endogenous predictors to "
            "constructs, such as {'Satisfaction': ['Image']}."
        )
    named = {
        name: name_tuple(given, f"the instruments of {name!r}")
        for name, given in instruments.items()
    }
    for name, given in named.items():
        for construct in (name, *given):
            fit.model.construct(construct)
        if not any(path.source == name for path in fit.model.paths):
            raise OptionError(
                f"instruments names {name!r}, which predicts nothing in the model. Name "
                "predictors that may be endogenous."
            )
        if name in given or not given:
            raise OptionError(
                f"The instruments of {name!r} are {list(given)!r}. Give other constructs, one at "
                "least."
            )
    return named


def _compared(
    fit: Fit,
    equation: Equation,
    endogenous: list[str],
    named: Mapping[str, tuple[str, ...]],
    scores: pd.DataFrame,
    level: float,
) -> list[dict[str, Any]]:
    """Return a row for each endogenous predictor of an equation."""
    offered = dict.fromkeys(name for source in endogenous for name in named[source])
    used = [name for name in offered if name not in equation.sources]
    common = {"target": equation.target, "instruments": ", ".join(used)}
    rows = [{**common, "source": source} for source in endogenous]
    outside = scores[used].to_numpy()[equation.rows]
    why = _unsuited(fit, equation, endogenous, list(offered), used)
    why = why or equation.unsuited(np.column_stack([equation.X, outside]))
    if why:
        return [{**row, "why": why} for row in rows]
    stages = TwoStages(equation, [equation.sources.index(name) for name in endogenous], outside)
    why = equation.unsuited(stages.predicted[:, 1:])
    if why:
        return [{**row, "why": f"as the instruments predict them, {why}"} for row in rows]
    found = stages.numbers(level)
    return [{**row, **numbers} for row, numbers in zip(rows, found, strict=True)]


def _unsuited(
    fit: Fit, equation: Equation, endogenous: list[str], offered: list[str], used: list[str]
) -> str:
    """Say why instruments cannot serve an equation, if so."""
    names, target = fit.model.names, equation.target
    after = [
        name
        for name in used
        if name == target or fit.model.reachable[names.index(target), names.index(name)]
    ]
    if after:
        return f"{after[0]} follows from {target}, or is {target} itself, and is no instrument"
    if len(used) >= len(endogenous):
        return ""
    inside = [name for name in offered if name not in used]
    where = f"; {', '.join(inside)} predicts {target} itself" if inside else ""
    return f"{len(used)} instruments for {len(endogenous)} endogenous predictors{where}"


class TwoStages:
    """Two-stage least squares of one equation.

    Parameters
    ----------
    equation : Equation
        The regression.
    endogenous : list of int
        Which of its predictors are endogenous.
    outside : (n, m) array
        Scores of the instruments that are no predictors.
    """

    def __init__(self, equation: Equation, endogenous: list[int], outside: Array) -> None:
        self.equation, self.endogenous, self.outside = equation, endogenous, outside
        self.given = np.delete(equation.X, endogenous, axis=1)
        first = np.column_stack([self.given, outside])
        self.first = [equation.regress(first, equation.X[:, i]) for i in endogenous]
        predicted = equation.X.copy()
        predicted[:, endogenous] = np.column_stack([stage.fittedvalues for stage in self.first])
        self.X, self.predicted = with_constant(equation.X), with_constant(predicted)

    @cached_property
    def bread(self) -> NDArray[np.floating[Any]]:
        """Inverse of the cross products of the predictors as the instruments predict them."""
        return np.linalg.inv((self.predicted.T * self.equation.weights) @ self.predicted)

    @cached_property
    def b(self) -> Array:
        """Coefficients, of the constant first."""
        moved: Array = (self.predicted.T * self.equation.weights) @ self.equation.y
        return self.bread @ moved

    @property
    def residuals(self) -> Array:
        """What the predictors themselves leave of the construct."""
        return self.equation.y - self.X @ self.b

    def numbers(self, level: float) -> list[dict[str, Any]]:
        """Return what there is to say of each endogenous predictor."""
        from scipy.special import stdtrit  # noqa: PLC0415 - slow to import

        se = np.sqrt(np.diagonal(self.covariance))
        path, width = (
            self.equation.regress(self.equation.X).params,
            stdtrit(self.df, (1 + level) / 2),
        )
        hausman, p = self.hausman()
        sargan = self.sargan()
        if np.isnan(p):
            sargan["why"] = "; ".join(filter(None, [NO_HAUSMAN, sargan["why"]]))
        common = {"hausman": hausman, "p": p, **sargan}
        return [
            {
                "path": path[i + 1], "estimate": self.b[i + 1], "se": se[i + 1],
                "lower": self.b[i + 1] - width * se[i + 1],
                "upper": self.b[i + 1] + width * se[i + 1],
                **self.strength(stage), **common,
            }
            for i, stage in zip(self.endogenous, self.first, strict=True)
        ]  # fmt: skip

    @property
    def df(self) -> int:
        """Degrees of freedom."""
        equation = self.equation
        return (
            len(equation.y) - self.X.shape[1] if equation.clusters is None else equation.units - 1
        )

    @property
    def covariance(self) -> Array:
        """Sampling covariance of the coefficients."""
        n, size = self.X.shape
        moved = self.predicted * (self.equation.weights * self.residuals)[:, None]
        factor = n / (n - size)
        if self.equation.clusters is not None:
            number = np.unique(self.equation.clusters, return_inverse=True)[1]
            summed = np.zeros((self.equation.units, size))
            np.add.at(summed, number, moved)
            units = self.equation.units
            moved, factor = summed, units / (units - 1) * (n - 1) / (n - size)
        covariance: Array = factor * self.bread @ (moved.T @ moved) @ self.bread
        return covariance

    def strength(self, stage: Any) -> dict[str, float]:
        """Test whether the instruments move a predictor."""
        f, p = _joint(stage, self.outside.shape[1])
        return {"first_stage_f": f, "first_stage_p": p}

    def hausman(self) -> tuple[float, float]:
        """Test whether what instruments leave unexplained of predictors moves the target."""
        left = np.column_stack([stage.resid for stage in self.first])
        columns = np.column_stack([self.equation.X, left])
        if self.equation.unsuited(columns):
            return np.nan, np.nan
        return _joint(self.equation.regress(columns), left.shape[1])

    def sargan(self) -> dict[str, Any]:
        """Test whether instruments agree with one another, if there are more than needed."""
        from scipy.special import chdtrc  # noqa: PLC0415 - slow to import

        df, equation = self.outside.shape[1] - len(self.endogenous), self.equation
        if df == 0:
            return {"why": "no Sargan test: as many instruments as endogenous predictors"}
        if equation.clusters is not None or not np.allclose(equation.weights, 1):
            return {"why": "no Sargan test: it takes respondents as independent and unweighted"}
        Z = np.column_stack([self.given, self.outside])
        statistic = len(Z) * equation.regress(Z, self.residuals).rsquared
        return {
            "sargan": statistic, "sargan_df": df, "sargan_p": float(chdtrc(df, statistic)),
            "why": "",
        }  # fmt: skip


def _joint(found: Any, number: int) -> tuple[float, float]:
    """Return F and p of the last coefficients, NaN where their errors are singular."""
    test = joint_test(found, number)
    return (np.nan, np.nan) if test is None else (float(test.fvalue), float(test.pvalue))

"""Fits of covariance structures: parameters, standardised solutions, tests, measures of fit."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
import pandas as pd

from csi.core.checks import check_level
from csi.core.types import Array
from csi.declared import check_choice
from csi.display import Summary
from csi.estimators.cbsem import CovarianceEstimates
from csi.estimators.sem.overall import fit_measures
from csi.estimators.sem.solution import Solution
from csi.results import Fit, Table


@dataclass(frozen=True, eq=False, repr=False)
class CovarianceFit(Fit):
    """A model fitted as a structure of means and covariances.

    Everything a `Fit` has, and the tables of covariance structure analysis.
    Weights, scores and indices are those of composites of each construct's own
    items, weighted by their regression on it.
    """

    @cached_property
    def solution(self) -> Solution:
        """The parameters, and the structure they stand in."""
        assert isinstance(self.estimates, CovarianceEstimates)
        assert self.estimates.solution is not None
        return self.estimates.solution

    @Table
    def parameters(self) -> pd.DataFrame:
        """Parameters: left, operator, right, estimate, se, z, p, lower, upper, std_lv, std_all.

        ``free`` says which were estimated; fixed ones have a standard error of
        zero and no test. ``std_all`` standardises constructs and items,
        ``std_lv`` constructs alone.
        """
        return self.parameter_table()

    def parameter_table(self, level: float = 0.95) -> pd.DataFrame:
        """Return the parameters with intervals of another level.

        Parameters
        ----------
        level : float
            Confidence level of ``lower`` and ``upper``.

        Returns
        -------
        DataFrame
        """
        check_level(level)
        solution = self.solution
        table = self._named(len(solution.evidence.sizes) > 1)
        se = self._shown_errors(solution.rates)
        table = table.assign(**_tested(solution.values, se, level))
        table["std_lv"] = solution.standardised(items=False)[0]
        table["std_all"] = solution.standardised()[0]
        return table

    def standardized(self, kind: Literal["all", "lv"] = "all", level: float = 0.95) -> pd.DataFrame:
        """Return the standardised solution with standard errors by the delta method.

        Parameters
        ----------
        kind : {"all", "lv"}
            Whether items and constructs get variance one, or constructs alone.
        level : float
            Confidence level of ``lower`` and ``upper``.

        Returns
        -------
        DataFrame
            left, operator, right, free, estimate, se, z, p, lower, upper.
        """
        check_choice("kind", kind, ("all", "lv"))
        check_level(level)
        numbers, rates = self.solution.standardised(items=kind == "all")
        table = self._named(len(self.solution.evidence.sizes) > 1)
        return table.assign(**_tested(numbers, self._shown_errors(rates), level))

    @Table
    def fit_measures(self) -> pd.DataFrame:
        """Measures of overall fit under lavaan's names: measure, value."""
        found = fit_measures(self.solution)
        return pd.DataFrame({"measure": list(found), "value": list(found.values())}, list(found))

    def measure(self, name: str) -> float:
        """Return one measure of fit, such as ``"cfi"``."""
        table = self.fit_measures
        check_choice("measure", name, tuple(table["measure"]))
        return float(table.loc[name, "value"])  # type: ignore[arg-type]

    @cached_property
    def vcov(self) -> pd.DataFrame:
        """Covariance matrix of the estimates, labelled by parameter."""
        names = [str(self.solution.compiled.rows[i]) for i in self.solution.compiled.first]
        kept = ~self.solution.compiled.exogenous
        names = [name for name, keep in zip(names, kept, strict=True) if keep]
        return pd.DataFrame(self.solution.covariance[np.ix_(kept, kept)], names, names)

    def summary(self) -> Summary:
        """Return the fit as a summary that prints as text and shows itself in Jupyter."""
        usual = super().summary()
        shown = self.fit_measures.loc[[n for n in _SHOWN if n in self.fit_measures.index]]
        more = (("Overall fit", shown.reset_index(drop=True)), ("Parameters", self.parameters))
        return Summary(usual.title, usual.facts, (*usual.tables, *more), usual.notes)

    def _named(self, groups: bool) -> pd.DataFrame:
        rows = self.solution.compiled.rows
        table = pd.DataFrame(
            {
                "left": [row.left for row in rows],
                "operator": [row.operator for row in rows],
                "right": [row.right for row in rows],
            }
        )
        if groups:
            table["group"] = [row.group + 1 for row in rows]
        table["label"] = ["" if row.label.startswith(".") else row.label for row in rows]
        table["free"] = [row.value is None and not row.exogenous for row in rows]
        return table

    def _shown_errors(self, rates: Array) -> Array:
        """Return standard errors; zero for moments of observed causes."""
        found = self.solution.errors_of(rates)
        exogenous = np.array([row.exogenous for row in self.solution.compiled.rows])
        return np.where(exogenous, 0.0, found)


_SHOWN = (
    "npar", "chisq", "df", "pvalue", "chisq.scaled", "df.scaled", "pvalue.scaled", "cfi", "tli",
    "cfi.robust", "tli.robust", "rmsea", "rmsea.ci.lower", "rmsea.ci.upper", "rmsea.robust",
    "srmr", "logl", "aic", "bic",
)  # fmt: skip


def _tested(estimate: Array, se: Array, level: float) -> dict[str, Array]:
    """Return estimates with z, p and limits; none for what is fixed."""
    from scipy.special import ndtr, ndtri  # noqa: PLC0415 - slow to import

    known = np.where(se > 0, se, np.nan)
    z = estimate / known
    half = float(ndtri((1 + level) / 2))
    spread = np.where(np.isnan(se), np.nan, se)
    return {
        "estimate": estimate, "se": se, "z": z, "p": 2 * ndtr(-np.abs(z)),
        "lower": estimate - half * spread, "upper": estimate + half * spread,
    }  # fmt: skip

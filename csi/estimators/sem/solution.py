"""A fitted covariance structure: how sure its parameters are, how well it fits."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray

from csi.core.sem.constraints import ConstrainedOptimum
from csi.core.sem.information import inverse
from csi.core.sem.optimise import Optimum
from csi.core.sem.responses import SCALE, Responses
from csi.core.sem.sandwich import sandwich
from csi.core.sem.scaled_tests import (
    ModelTest,
    mean_scaled,
    mean_variance_adjusted,
    scaled_and_shifted,
    standard,
)
from csi.core.sem.standardise import COVARIANCE, EFFECT, INTERCEPT, Places, standardised
from csi.core.sem.structure import Structure
from csi.core.types import Array
from csi.estimators.sem.baseline import baseline_rows
from csi.estimators.sem.compiled import Compiled, cell_of, compiled
from csi.estimators.sem.evidence import Evidence
from csi.estimators.sem.search import found_minimum
from csi.estimators.sem.table import Row

_KINDS = {"A": EFFECT, "S": COVARIANCE, "m": INTERCEPT, "t": INTERCEPT, "d": SCALE}

ROUNDING = 1e-13
"""Size of a discrepancy that is none, as of a model that fits perfectly."""


@dataclass(frozen=True, slots=True)
class Choices:
    """How errors and tests are computed.

    Attributes
    ----------
    errors : str
        ``"standard"``, ``"robust.sem"``, ``"robust.huber"`` or ``"first.order"``.
    test : str
        ``"standard"``, one of the scaled tests, or ``"browne.residual.adf"`` or ``".nt"``.
    information : str
        ``"expected"`` or ``"observed"``.
    """

    errors: str = "standard"
    test: str = "standard"
    information: str = "expected"


DEFAULT = Choices()


@dataclass(frozen=True, eq=False)
class Solution:
    """Parameters that minimise a discrepancy, and everything that follows from them.

    Attributes
    ----------
    compiled : Compiled
        The rows and their structure.
    evidence : Evidence
        What was observed.
    theta : (q,) array
        Parameters.
    tangent : (q, r) array
        Directions in which they are free: the identity without constraints.
    optimum : Optimum
        How the search ended.
    choices : Choices
        How errors and tests are computed.
    """

    compiled: Compiled
    evidence: Evidence
    theta: Array
    tangent: Array
    optimum: Optimum
    choices: Choices = DEFAULT

    @property
    def n_binding(self) -> int:
        """Inequalities that bind: they fix directions, but are no part of the model.

        Whether they bind is known from the answers only, so that, as in lavaan, they give
        no degree of freedom.
        """
        if not isinstance(self.optimum, ConstrainedOptimum):
            return 0
        equations = sum(each.operator == "==" for each in self.compiled.constraints)
        return int(self.optimum.binding[equations:].sum())

    @property
    def n_free(self) -> int:
        """Directions in which the model lets its parameters move."""
        return int(self.tangent.shape[1]) + self.n_binding

    def origin(self, group: int) -> tuple[Solution, int]:
        """Return the solution this is a part of, and the number of a group there."""
        return self, group

    @property
    def structure(self) -> Structure:
        """The matrices."""
        return self.compiled.structure

    @property
    def judged(self) -> Solution:
        """The solution whose overall fit is judged: this one, unless a part of it says more."""
        return self

    @property
    def n(self) -> float:
        """Respondents."""
        return float(sum(self.evidence.sizes))

    @property
    def n_parameters(self) -> int:
        """Parameters of the model, constraints taken off."""
        return self.n_free - int(self.compiled.exogenous.sum())

    @property
    def df(self) -> int:
        """Degrees of freedom."""
        return self.evidence.n_statistics(self.structure) - self.n_free

    @property
    def statistic(self) -> float:
        """The unscaled test statistic."""
        value, size = float(self.optimum.value[0]), self.evidence.size
        return value * self.evidence.count if abs(value) > ROUNDING * size else 0.0

    @cached_property
    def information(self) -> Array:
        """(r, r) information of one respondent along the free directions."""
        kind = "observed" if self.choices.errors == "robust.huber" else self.choices.information
        N = self.tangent
        return np.asarray(N.T @ self.evidence.bread(self.structure, self.theta, kind) @ N)

    @cached_property
    def scores(self) -> Array:
        """(r, r) covariance of the scores of one respondent."""
        about_model = self.choices.errors in ("robust.huber", "first.order")
        N = self.tangent
        found = self.evidence.meat(self.structure, self.theta, about_model=about_model)
        return np.asarray(N.T @ found @ N)

    @cached_property
    def covariance(self) -> Array:
        """(q, q) covariance of the estimates."""
        count, N = self.evidence.count, self.tangent
        if self.choices.errors == "standard":
            found = inverse(self.information) / count
        elif self.choices.errors == "first.order":
            Z = self._apart_from_causes
            found = Z @ inverse(Z.T @ self.scores @ Z) @ Z.T / count
        else:
            found = sandwich(self.information, self.scores, count)
        return np.asarray(N @ found @ N.T)

    @property
    def _apart_from_causes(self) -> Array:
        """Combinations of the free directions that leave moments of observed causes alone.

        Scores of the two are uncorrelated in the population, but not in a sample.
        """
        from scipy.linalg import null_space  # noqa: PLC0415 - slow to import

        if not self.given.any():
            return np.eye(self.tangent.shape[1])
        return np.asarray(null_space(self.tangent[self.given]))

    @cached_property
    def values(self) -> Array:
        """(r,) the value of every row."""
        return self.compiled.values(self.theta)

    @property
    def rates(self) -> Array:
        """(r, q) derivatives of the values of the rows."""
        return self.compiled.rates

    @cached_property
    def given(self) -> NDArray[np.bool_]:
        """(q,) parameters that are moments of observed causes."""
        exogenous = self.compiled.first[self.compiled.exogenous]
        return np.asarray(self.compiled.rates[exogenous].any(axis=0))

    def errors_of(self, rates: Array) -> Array:
        """Return standard errors of numbers with these derivatives; zero of fixed ones.

        Moments of observed causes are taken as known.
        """
        rates = np.where(self.given, 0.0, rates)
        variance = np.einsum("rq,qs,rs->r", rates, self.covariance, rates)
        with np.errstate(invalid="ignore"):
            return np.sqrt(np.where(np.abs(variance) < 1e-300, 0.0, variance))

    @cached_property
    def places(self) -> Places:
        """Where the rows stand in the matrices."""
        at = [cell_of(row, self.compiled.place) for row in self.compiled.rows]
        group = np.array([row.group for row in self.compiled.rows])
        matrix = np.array([_KINDS[name] for name, _, _ in at])
        row = np.array([i for _, i, _ in at])
        column = np.array([j if name in "AS" else i for name, i, j in at])
        return Places(matrix, group, row, column, self.rates)

    def standardised(self, *, items: bool = True) -> tuple[Array, Array]:
        """Return the rows standardised and their derivatives; constructs only, or items too."""
        scaled = np.ones(len(self.compiled.variables), dtype=bool)
        if not items:
            scaled[self.structure.observed] = False
        if isinstance(self.structure, Responses):
            return self.structure.standardised(self.theta, self.places, self.values, scaled)
        return standardised(self.structure, self.theta, self.places, self.values, scaled)

    def with_defined(self, numbers: Array, rates: Array) -> tuple[Array, Array]:
        """Put the values of definitions, and their derivatives, after those of the rows."""
        if not self.compiled.defined:
            return numbers, rates
        more, by = self.compiled.quantities.definitions(numbers, rates)
        return np.concatenate([numbers, more]), np.concatenate([rates, by])

    @cached_property
    def test(self) -> ModelTest:
        """The test of the model that was chosen."""
        return self.tested(self.choices.test)

    def tested(self, name: str) -> ModelTest:
        """Return a test of the model."""
        T, df = self.statistic, self.df
        if name == "standard":
            return standard(T, df)
        if name.startswith("browne"):
            return self.evidence.browne(
                self.structure, self.theta, self.tangent, df, name.endswith("nt")
            )
        if name.startswith("yuan"):
            trace = self.evidence.yuan_bentler(
                self.structure, self.theta, self.information, self.scores, name.endswith("mplus")
            )
            return mean_scaled(T, df, trace, name)
        traces = self.evidence.traces(self.structure, self.theta, self.tangent)
        if name == "satorra.bentler":
            return mean_scaled(T, df, traces.first)
        if name == "mean.var.adjusted":
            return mean_variance_adjusted(T, df, traces)
        return scaled_and_shifted(T, df, traces)

    @cached_property
    def baseline(self) -> Solution:
        """The model in which no items correlate, but for observed causes."""
        groups = len(self.evidence.sizes)
        found = _baseline(self.compiled.rows, self.compiled.items, groups)
        return solved(found, self.evidence, self.choices)


@lru_cache(maxsize=64)
def _baseline(rows: tuple[Row, ...], items: tuple[str, ...], groups: int) -> Compiled:
    """Return the baseline model of the model with these rows."""
    means = any(row.operator == "~1" for row in rows)
    return compiled(baseline_rows(rows, items, means), items, (), groups)


def solved(
    compiled: Compiled, evidence: Evidence, choices: Choices = DEFAULT, max_iter: int = 200
) -> Solution:
    """Minimise the discrepancy of a structure.

    Raises
    ------
    EstimationError
        If the constraints cannot be met.
    """
    theta, optimum = found_minimum(compiled, evidence, max_iter=max_iter)
    tangent = optimum.free if isinstance(optimum, ConstrainedOptimum) else np.eye(len(theta))
    return Solution(compiled, evidence, theta, tangent, optimum, choices)

"""The parameters of a covariance structure as one column of numbers, for one sample or many."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from csi.core.sem.standardise import standardised, standardised_values
from csi.core.types import Array
from csi.estimators.sem.solution import Solution

Label = tuple[str, str, str]

UNMOVED = 1e-10
"""Derivative below which a standardised number is what it is by definition."""


@dataclass(frozen=True, eq=False)
class Numbers:
    """What resamples are asked for: parameters and definitions, as they are and standardised.

    Fixed parameters are left out, and standardised ones that are always zero or one.

    Attributes
    ----------
    solution : Solution
        The fitted structure.
    """

    solution: Solution

    @cached_property
    def free(self) -> NDArray[np.intp]:
        """Rows of parameters."""
        rows = self.solution.compiled.rows
        return np.flatnonzero([row.value is None and not row.exogenous for row in rows])

    @cached_property
    def varying(self) -> NDArray[np.intp]:
        """Rows whose standardised value depends on the sample, whatever the estimates are."""
        solution, rows = self.solution, self.solution.compiled.rows
        variance = np.array([row.operator == "~~" and row.left == row.right for row in rows])
        theta, of_variances = solution.theta, solution.rates[variance].any(axis=0)
        theta = np.where(of_variances, np.abs(theta), theta)
        values, scaled = solution.compiled.values(theta), np.ones(len(solution.compiled.variables))
        _, rates = standardised(
            solution.structure, theta, solution.places, values, scaled.astype(np.bool_)
        )
        own = [not row.exogenous for row in rows]
        return np.flatnonzero((np.abs(rates).max(axis=1, initial=0.0) > UNMOVED) & own)

    @cached_property
    def labels(self) -> Mapping[str, list[Label]]:
        """Left, operator and right of every number: of parameters, then of standardised ones."""
        compiled = self.solution.compiled
        defined = [(each.name, ":=", each.expression) for each in compiled.defined]
        return {
            "parameters": [*(compiled.rows[i].key for i in self.free), *defined],
            "standardized": [*(compiled.rows[i].key for i in self.varying), *defined],
        }

    @property
    def own(self) -> Array:
        """The (m,) numbers of the fitted structure itself."""
        own: Array = self.of(self.solution.theta[None])[0]
        return own

    def of(self, theta: Array) -> Array:
        """Return the (B, m) numbers of (B, q) parameters, in the order of the labels.

        Standardised ones are NaN where a variance is negative.
        """
        solution, compiled = self.solution, self.solution.compiled
        values = compiled.values(theta)
        found = solution.structure.matrices(theta)
        scaled = np.ones(len(compiled.variables), dtype=bool)
        with np.errstate(all="ignore"):
            standard = standardised_values(found, solution.places, values, scaled)
            parts = [values[:, self.free], *self._defined(values)]
            parts += [standard[:, self.varying], *self._defined(standard)]
        return np.concatenate(parts, axis=1)

    def _defined(self, values: Array) -> list[Array]:
        compiled = self.solution.compiled
        return [compiled.quantities.defined_values(values)] if compiled.defined else []

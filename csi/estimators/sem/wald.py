"""Wald's test that functions of the parameters are zero.

References
----------
Wald, A. (1943). Tests of statistical hypotheses concerning several parameters when the
number of observations is large. Transactions of the American Mathematical Society
54(3), 426-482. doi:10.1090/S0002-9947-1943-0012401-3
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from csi.core.sem.scaled_tests import ModelTest, standard
from csi.errors import ModelError
from csi.estimators.sem.constrained import difference
from csi.estimators.sem.solution import Solution
from csi.parameters import Constraint

REDUNDANT = 1e-9
"""Smallest by largest standardised variance at which conditions depend on each other."""


def wald(solution: Solution, conditions: Sequence[Constraint]) -> ModelTest:
    """Test equations that the model does not impose.

    Raises
    ------
    ModelError
        If they depend on each other, or hold by themselves.
    """
    formulas = [difference(each) for each in conditions]
    h, J = solution.compiled.quantities.evaluated(formulas, solution.values, solution.rates)
    V = J @ solution.covariance @ J.T
    size = np.sqrt(np.diagonal(V))
    if not (size > 0).all():
        known = conditions[int(np.argmin(size > 0))]
        raise ModelError(
            f"'{known}' cannot be tested: nothing in it is estimated, or the model imposes it. "
            "Leave it out."
        )
    values, axes = np.linalg.eigh(V / size / size[:, None])
    if values[0] < REDUNDANT * values[-1]:
        raise ModelError(
            f"The {len(conditions)} conditions depend on each other, so that they cannot be "
            "tested together. Leave out those that follow from others."
        )
    along = axes.T @ (h / size)
    return standard(float((along**2 / values).sum()), len(h), "wald")

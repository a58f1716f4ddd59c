"""Tests of one model against a more restricted one, for data that are not normal.

The difference of two scaled statistics is no chi-square; the unscaled difference is
scaled by a factor of its own::

    T0, df0, c0    restricted model: statistic, degrees of freedom, scaling
    T1, df1, c1    model it is nested in

References
----------
Satorra, A. (2000). Scaled and adjusted restricted tests in multi-sample analysis of
moment structures. In R. D. H. Heijmans, D. S. G. Pollock and A. Satorra (eds),
Innovations in multivariate statistical analysis, 233-247. Kluwer.
doi:10.1007/978-1-4615-4603-0_17

Satorra, A. and Bentler, P. M. (2001). A scaled difference chi-square test statistic
for moment structure analysis. Psychometrika 66(4), 507-514. doi:10.1007/BF02296192

Satorra, A. and Bentler, P. M. (2010). Ensuring positiveness of the scaled difference
chi-square test statistic. Psychometrika 75(2), 243-248. doi:10.1007/s11336-009-9135-y
"""

from __future__ import annotations

import numpy as np
from scipy.linalg import null_space

from csi.core.sem.information import inverse_times
from csi.core.sem.sandwich import Groups
from csi.core.sem.scaled_tests import ModelTest, Traces, mean_scaled
from csi.core.types import Array


def scaled_difference(
    T0: float,
    df0: float,
    c0: float,
    T1: float,
    df1: float,
    c1: float,
    *,
    name: str = "satorra.bentler.2001",
) -> ModelTest:
    """Return Satorra and Bentler's test of a restriction.

    Parameters
    ----------
    T0, df0, c0, T1, df1, c1 : float
        Unscaled statistics, degrees of freedom and scalings of mean-scaled tests. For
        the test of 2010, whose scaling is positive, c1 is that of the less restricted
        model at the estimates of the restricted one.
    name : str
        Name of the test.

    Returns
    -------
    ModelTest
        NaN where the models have the same degrees of freedom or the scaling is not
        positive.

    Examples
    --------
    >>> test = scaled_difference(120.0, 54, 1.1, 100.0, 48, 1.0)
    >>> test.df, round(test.scaling, 4), round(test.statistic, 4)
    (6, 1.9, 10.5263)
    """
    trace = df0 * c0 - (df1 * c1 if df1 > 0 else 0.0)
    return mean_scaled(T0 - T1, df0 - df1, trace, name)


def restriction(Delta1: Groups, Delta0: Groups) -> Array:
    """Return the restrictions that lead from one model to one nested in it.

    Parameters
    ----------
    Delta1, Delta0 : sequences of (m, q1) and (m, q0) arrays
        Derivatives of the statistics by the parameters of the less and of the more
        restricted model, one array for each group.

    Returns
    -------
    (q1 - q0, q1) array
        A: restricted parameters of the larger model move along its null space.

    Examples
    --------
    >>> abs(restriction([np.eye(2)], [np.ones((2, 1))])).round(4)
    array([[0.7071, 0.7071]])
    """
    D1, D0 = np.concatenate(list(Delta1)), np.concatenate(list(Delta0))
    along = np.linalg.lstsq(D1, D0, rcond=None)[0]
    return np.asarray(null_space(along.T).T)


def difference_traces(information: Array, scores: Array, A: Array) -> Traces:
    """Return the traces of Satorra's (2000) test, for any of the scaled tests.

    With ``T = T0 - T1`` and ``df = df0 - df1`` they go into `mean_scaled`,
    `mean_variance_adjusted` or, as lavaan does by default after WLSMV,
    `scaled_and_shifted`.

    Parameters
    ----------
    information, scores : (q, q) arrays
        Bread and meat of the less restricted model.
    A : (d, q) array
        From `restriction`, or derivatives of the restrictions.

    Returns
    -------
    Traces
        For normal data both are the number of restrictions.

    Examples
    --------
    >>> difference_traces(np.eye(2), 3 * np.eye(2), np.array([[1.0, -1.0]]))
    Traces(first=3.0, second=9.0)
    """
    across = inverse_times(information, A.T)
    found = inverse_times(A @ across, across.T @ scores @ across)
    return Traces(float(np.trace(found)), float((found * found.T).sum()))

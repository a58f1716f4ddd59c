"""What a covariance structure leaves of the statistics, and how sure that is.

Notation, of one group with share f of the n respondents; q parameters, m statistics::

    e      (m,)    statistics less what the model implies
    Delta  (m, q)  derivatives of the implied statistics
    V      (m, m), (m,)  weights of the discrepancy; one axis stands for a diagonal matrix
    H      (q, q)  information of one respondent, the sum of ``f Delta' V Delta``
    Gamma  (m, m)  n_g times the asymptotic covariance of the statistics
    Q      (m, m)  I - f Delta H^-1 Delta' V, what fitting the model leaves of an error

References
----------
Maydeu-Olivares, A. (2017). Assessing the size of model misfit in structural equation
models. Psychometrika 82(3), 533-558. doi:10.1007/s11336-016-9552-7

Ogasawara, H. (2001). Standard errors of fit indices using residuals in structural
equation modeling. Psychometrika 66(3), 421-436. doi:10.1007/BF02294443
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from csi.core.sem.gamma import multiplicity, vech
from csi.core.sem.information import inverse_times
from csi.core.sem.sandwich import weighted
from csi.core.types import Array

CLOSE = 0.05
"""Root mean square residual of a model that fits closely."""

LEVEL = 0.90
"""Confidence level of the limits of the unbiased measure, as lavaan has it."""


@dataclass(frozen=True, slots=True)
class ResidualSize:
    """A root mean square of residuals, and its value in the population.

    Attributes
    ----------
    estimate, se : float
        The root as it is, and its standard error; it is too large, as it holds the
        sampling error of the statistics as well.
    z, p : float
        Test of the hypothesis that the model fits exactly.
    unbiased, unbiased_se, lower, upper : float
        The root without that part, its standard error and 90 percent limits.
    close_z, close_p : float
        Test of the hypothesis that the unbiased root is at most 0.05.
    """

    estimate: float
    se: float
    z: float
    p: float
    unbiased: float
    unbiased_se: float
    lower: float
    upper: float
    close_z: float
    close_p: float


def residual_covariance(
    Delta: Array, V: Array, H: Array, Gamma: Array, share: float, n: float
) -> Array:
    """Return the covariance of the residuals of one group.

    Right for any sampling covariance of the statistics, whether the discrepancy
    weighs them by it or not.

    Parameters
    ----------
    Delta : (m, q) array
        Derivatives, along the directions in which parameters are free.
    V : (m, m) or (m,) array
        Weights.
    H : (q, q) array
        Information of one respondent, of all groups together.
    Gamma : (m, m) array
        Asymptotic covariance of the statistics.
    share : float
        Share of the respondents in the group.
    n : float
        Respondents of the group.

    Returns
    -------
    (m, m) array
        ``Q Gamma Q' / n``.

    Examples
    --------
    >>> mean = np.array([[1.0], [1.0]])  # one parameter for two statistics: half is left
    >>> residual_covariance(mean, np.ones(2), np.array([[2.0]]), np.eye(2), 1.0, 1)
    array([[ 0.5, -0.5],
           [-0.5,  0.5]])
    """
    taken = share * Delta @ inverse_times(H, weighted(V, Delta).T)
    Q = np.eye(len(Delta)) - taken
    found = Q @ Gamma @ Q.T / n
    return np.asarray((found + found.T) / 2)


def residual_size(e: Array, cov: Array, cells: int, unit: float = 1.0) -> ResidualSize:
    """Return a root mean square residual with tests of exact and of close fit.

    Parameters
    ----------
    e : (m,) array
        Residuals.
    cov : (m, m) array
        Their covariance.
    cells : int
        What the sum of squares is divided by; there may be none.
    unit : float
        Size of the statistics: residuals that are small beside it are none.

    Returns
    -------
    ResidualSize
        NaN where nothing is left to be estimated.

    References
    ----------
    Maydeu-Olivares, A. (2017). Assessing the size of model misfit in structural
    equation models. Psychometrika 82(3), 533-558. doi:10.1007/s11336-016-9552-7

    Examples
    --------
    >>> found = residual_size(np.array([0.1, -0.1]), 0.0001 * np.eye(2), 2)
    >>> round(found.estimate, 3), round(found.unbiased, 4)
    (0.1, 0.0997)
    """
    from scipy.special import ndtr, ndtri  # noqa: PLC0415 - slow to import

    if not cells:
        return ResidualSize(*(np.nan,) * 10)
    e, cov = e / unit, cov / unit / unit
    squares, error, spread = float(e @ e), float(np.trace(cov)), float((cov**2).sum())
    root = np.sqrt(squares / cells)
    with np.errstate(invalid="ignore", divide="ignore"):  # NaN and infinity of exact fit
        se = _known(np.sqrt(np.float64(spread) / (2 * cells * error)))
        expected = np.sqrt(error / cells) * (1 - spread / np.float64(4 * error**2))
        z = max(root - expected, 0.0) / se
        both = spread + 2 * float(e @ cov @ e)
        bias = 1 - both / np.float64(4 * squares**2)
        unbiased = np.sqrt(max(squares - error, 0.0) / cells) / bias
        unbiased_se = _known(np.sqrt(both / np.float64(2 * cells * squares)) / np.abs(bias))
        close = (unbiased - CLOSE / unit) / unbiased_se
    half = float(ndtri((1 + LEVEL) / 2)) * unbiased_se
    values = (
        unit * root, unit * se, z, ndtr(-z), unit * unbiased, unit * unbiased_se,
        unit * (unbiased - half), unit * (unbiased + half), close, ndtr(-close),
    )  # fmt: skip
    return ResidualSize(*map(float, values))


def to_correlations(S: Array) -> Array:
    """Return the (m, m) derivatives of correlations by covariances, variances among them.

    Rows of the diagonal are zero: correlations of a variable with itself do not vary.

    Parameters
    ----------
    S : (p, p) array
        Covariances.

    Examples
    --------
    >>> to_correlations(np.eye(2)).round(1)
    array([[0., 0., 0.],
           [0., 1., 0.],
           [0., 0., 0.]])
    """
    p = len(S)
    sd = np.sqrt(np.diag(S))
    rows, columns = np.triu_indices(p)
    R = (S / np.outer(sd, sd))[rows, columns]
    found = np.diag(1 / (sd[rows] * sd[columns]))
    variances = np.flatnonzero(multiplicity(p) == 1)
    for cell, (i, j) in enumerate(zip(rows, columns, strict=True)):
        for k in (i, j):
            found[cell, variances[k]] -= R[cell] / (2 * S[k, k])
    return np.asarray(found)


def rescaling(S: Array) -> Array:
    """Return the (m,) factors that turn covariances into units of the standard deviations.

    Examples
    --------
    >>> rescaling(np.diag([4.0, 1.0]))
    array([0.25, 0.5 , 1.  ])
    """
    unit = 1 / np.sqrt(np.diag(S))
    return vech(np.outer(unit, unit))


def _known(value: float) -> float:
    return float(value) if np.isfinite(value) and value**2 >= np.finfo(float).eps else np.nan

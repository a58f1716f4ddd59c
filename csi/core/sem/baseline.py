"""The baseline model, in which no items correlate: its fit in closed form.

Variances (and means) are free, covariances are zero. Items may be let to correlate
among themselves, as lavaan lets exogenous items whose moments are taken as given.

References
----------
Bentler, P. M. and Bonett, D. G. (1980). Significance tests and goodness of fit in the
analysis of covariance structures. Psychological Bulletin 88(3), 588-606.
doi:10.1037/0033-2909.88.3.588
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from csi.core.sem.gamma import vech
from csi.core.sem.information import inverse_times
from csi.core.sem.sandwich import weighted
from csi.core.types import Array


def independent(S: Array, *, together: Sequence[int] = ()) -> Array:
    """Return what the baseline model implies under maximum likelihood.

    Parameters
    ----------
    S : (..., p, p) array
        Covariances.
    together : sequence of int
        Items that may correlate with each other.

    Returns
    -------
    (..., p, p) array
        S with the other covariances zero.

    Examples
    --------
    >>> independent(np.array([[2.0, 1.0], [1.0, 3.0]]))
    array([[2., 0.],
           [0., 3.]])
    """
    return np.where(_free(S.shape[-1], together), S, 0.0)


def independent_discrepancy(S: Array, *, together: Sequence[int] = ()) -> Array:
    """Return the likelihood discrepancy of the baseline model, T divided by n.

    Examples
    --------
    >>> round(float(independent_discrepancy(np.array([[1.0, 0.5], [0.5, 1.0]]))), 4)
    0.2877
    """
    implied = independent(S, together=together)
    return np.asarray(np.linalg.slogdet(implied)[1] - np.linalg.slogdet(S)[1])[()]


def independent_derivatives(p: int, *, means: bool = False, together: Sequence[int] = ()) -> Array:
    """Return Delta of the baseline model: the statistics that are parameters.

    Parameters
    ----------
    p : int
        Items.
    means : bool
        Whether the means come before the covariances; they are free.
    together : sequence of int
        Items that may correlate with each other.

    Returns
    -------
    (m, q) array
        Columns of an identity matrix.

    Examples
    --------
    >>> independent_derivatives(2)
    array([[1., 0.],
           [0., 0.],
           [0., 1.]])
    """
    free = vech(_free(p, together).astype(np.float64)) > 0
    if means:
        free = np.concatenate([np.ones(p, dtype=bool), free])
    return np.eye(len(free))[:, free]


def linear_fit(s: Array, V: Array, Delta: Array) -> tuple[float, Array]:
    """Return least discrepancy and implied statistics of a model linear in its parameters.

    For the baseline model of GLS, ULS, WLS and DWLS.

    Parameters
    ----------
    s : (m,) array
        Sample statistics.
    V : (m, m) or (m,) array
        Weights.
    Delta : (m, q) array
        Derivatives, which are constant.

    Returns
    -------
    tuple of float and (m,) array
        ``(s - sigma)' V (s - sigma)``, and sigma.

    Examples
    --------
    >>> linear_fit(np.array([1.0, 0.5, 2.0]), np.ones(3), independent_derivatives(2))
    (0.25, array([1., 0., 2.]))
    """
    W = weighted(V, Delta)
    sigma = Delta @ inverse_times(Delta.T @ W, (W.T @ s)[:, None])[:, 0]
    residual = (s - sigma)[:, None]
    return (residual.T @ weighted(V, residual)).item(), sigma


def _free(p: int, together: Sequence[int]) -> np.ndarray:
    free = np.eye(p, dtype=bool)
    free[np.ix_(list(together), list(together))] = True
    return free

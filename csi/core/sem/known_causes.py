"""Sampling covariances of moments where some of the variables are taken as they are.

Given the observed causes, only what they leave of the other variables varies from
sample to sample. With z the statistics of one respondent and y^ what the causes predict
of all variables y (the causes themselves included)::

    z - z^ = C z      z^ the same statistics of y^, a linear function of z
    C Gamma C'        the covariance of the statistics, given the causes

References
----------
Browne, M. W. and Arminger, G. (1995). Specification and estimation of mean- and
covariance-structure models. In G. Arminger, C. C. Clogg and M. E. Sobel (eds), Handbook
of Statistical Modeling for the Social and Behavioral Sciences, 185-249. Plenum.
doi:10.1007/978-1-4899-1292-3_4
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from csi.core.types import Array


def given_causes(Gamma: Array, cov: Array, causes: Sequence[int], *, means: bool) -> Array:
    """Return n times the covariances of the statistics, given some of the variables.

    Parameters
    ----------
    Gamma : (m, m) array
        The same with all variables random.
    cov : (p, p) array
        Covariances of the variables.
    causes : sequence of int
        The variables that are taken as they are.
    means : bool
        Whether the statistics begin with the p means.

    Returns
    -------
    (m, m) array
        Zero for means and covariances of the causes.

    Examples
    --------
    >>> from csi.core.sem.gamma import normal_gamma
    >>> cov = np.array([[1.0, 0.6], [0.6, 1.0]])
    >>> given_causes(normal_gamma(cov, means=False), cov, [1], means=False).diagonal()
    array([1.7408, 0.64  , 0.    ])
    """
    if not causes:
        return Gamma
    p = len(cov)
    P = np.zeros((p, p))
    at = np.array(causes, dtype=np.intp)
    P[:, at] = np.linalg.solve(cov[np.ix_(at, at)], cov[at]).T
    C = np.eye(len(Gamma))
    first = p if means else 0
    C[:first, :first] -= P[:first, :first]
    C[first:, first:] -= _of_covariances(P)
    return np.asarray(C @ Gamma @ C.T)


def _of_covariances(P: Array) -> Array:
    """Return what turns vech(M) into vech(P M P')."""
    i, j = np.triu_indices(len(P))
    first, second = P[i], P[j]
    found = first[:, i] * second[:, j] + first[:, j] * second[:, i]
    found[:, i == j] /= 2
    return np.asarray(found)

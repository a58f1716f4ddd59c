"""Covariances of estimates that do not rest on normal data: bread and meat.

Notation, one entry of each sequence a group g with share f = n_g / n of the
respondents; q parameters, m statistics::

    Delta  (m, q)        derivatives of the implied statistics, of free parameters only
    V      (m, m), (m,)  weights of the discrepancy; one axis stands for a diagonal matrix
    Gamma  (m, m)        n_g times the asymptotic covariance of the statistics

    bread = sum f Delta' V Delta
    meat  = sum f Delta' V Gamma V Delta
    cov(theta) = bread^-1 meat bread^-1 / n

What goes in, as lavaan 0.6-14 computes the errors of each estimator:

============================  ==========================  =========================  =====
estimator                     bread                       meat: V and Gamma          n
============================  ==========================  =========================  =====
ML, expected                  V at Sigma                  bread^-1 alone             n
ML, observed                  Hessian of F / 2            bread^-1 alone             n
MLM, MLMV, MLMVS              V at Sigma                  the same V; about S        n
MLR                           Hessian of F / 2            V at Sigma; about Sigma    n
MLF                           meat alone, inverted        V at Sigma; about Sigma    n
GLS                           V at S (divisor n - 1)      bread^-1 alone             n - G
WLS                           inverse of Gamma            bread^-1 alone             n - G
DWLS, ULS                     diagonal; ones              bread^-1 alone             n - G
WLSM, WLSMV, ULSM, ULSMV      diagonal; ones              the same V; about S        n - G
============================  ==========================  =========================  =====

Sigma is the implied covariance matrix, S the sample one, Gamma the
distribution-free one of `csi.core.sem.gamma` about sample or implied moments (or
that of polychoric correlations), G the number of groups. Gamma heeds sampling weights
everywhere; lavaan leaves them out of it except for MLR and MLF. "The Hessian" is that of
half the discrepancy by the free parameters. With constraints Delta and the Hessian
are those of the parameters that remain free.

References
----------
Satorra, A. and Bentler, P. M. (1994). Corrections to test statistics and standard
errors in covariance structure analysis. In A. von Eye and C. C. Clogg (eds),
Latent variables analysis, 399-419. Sage.

Yuan, K.-H. and Bentler, P. M. (2000). Three likelihood-based methods for mean and
covariance structure analysis with nonnormal missing data. Sociological Methodology
30(1), 165-200. doi:10.1111/0081-1750.00078
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from csi.core.sem.information import inverse
from csi.core.types import Array

Groups = Sequence[Array] | Array
"""One array for each group."""


def bread(Delta: Groups, V: Groups, shares: Sequence[float]) -> Array:
    """Return the information of one respondent.

    Parameters
    ----------
    Delta : sequence of (m, q) arrays
        Derivatives, one array for each group.
    V : sequence of (m, m) or (m,) arrays
        Weights.
    shares : sequence of float
        Share of the respondents in each group.

    Returns
    -------
    (q, q) array
        Sum of ``f Delta' V Delta``.

    Examples
    --------
    >>> bread([np.eye(2)], [np.array([1.0, 2.0])], [1.0])
    array([[1., 0.],
           [0., 2.]])
    """
    parts = [f * (D.T @ weighted(v, D)) for D, v, f in zip(Delta, V, shares, strict=True)]
    return np.asarray(sum(parts))


def meat(Delta: Groups, V: Groups, Gamma: Groups, shares: Sequence[float]) -> Array:
    """Return the covariance of the scores of one respondent.

    With V of normal theory at the implied moments, and Gamma about them, these are
    the casewise cross-products of the likelihood's derivatives.

    Parameters
    ----------
    Delta, V, shares
        As for `bread`.
    Gamma : sequence of (m, m) arrays
        Asymptotic covariances of the statistics.

    Returns
    -------
    (q, q) array
        Sum of ``f Delta' V Gamma V Delta``.

    Examples
    --------
    >>> meat([np.eye(2)], [np.array([1.0, 2.0])], [np.eye(2)], [1.0])
    array([[1., 0.],
           [0., 4.]])
    """
    total = np.zeros((Delta[0].shape[1],) * 2)
    for D, v, gamma, f in zip(Delta, V, Gamma, shares, strict=True):
        W = weighted(v, D)
        total += f * (W.T @ gamma @ W)
    return total


def sandwich(bread: Array, meat: Array, n: float) -> Array:
    """Return the covariance of the estimates.

    Parameters
    ----------
    bread, meat : (q, q) arrays
        From `bread`, or half the Hessian, and from `meat`.
    n : float
        Respondents of all groups, or what stands for them in the table above.

    Returns
    -------
    (q, q) array
        ``bread^-1 meat bread^-1 / n``.

    Examples
    --------
    >>> sandwich(2 * np.eye(1), np.eye(1), 100)
    array([[0.0025]])
    """
    outer = inverse(bread)
    found = outer @ meat @ outer / n
    return np.asarray((found + found.T) / 2)


def weighted(V: Array, X: Array) -> Array:
    """Return V X, of a full or of a diagonal V.

    Examples
    --------
    >>> weighted(np.array([1.0, 2.0]), np.ones((2, 1)))
    array([[1.],
           [2.]])
    """
    return V[:, None] * X if V.ndim == 1 else V @ X

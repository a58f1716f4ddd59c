"""Tetrads of a covariance matrix: those that vanish if one factor causes a block of items.

A tetrad is the difference of two products of covariances of the same four
items. One factor behind uncorrelated errors makes all of them zero. Notation
follows Bollen and Ting (1993)::

    s_ij        covariance of items i and j
    tau_ghij    s_gh s_ij - s_gi s_hj
    t    (q,)   tetrads of a sample
    V    (q, q) their sampling covariance
    T           t' V^-1 t, chi-square with q degrees of freedom if all of them vanish

One factor leaves p (p - 3) / 2 of the p (p - 1) / 2 covariances of a block without
a parameter of its own; as many tetrads, chosen here as ``implied`` says, make
all others vanish with them.

References
----------
Bollen, K. A. and Ting, K.-F. (1993). Confirmatory tetrad analysis. Sociological
Methodology 23, 147-175. doi:10.2307/271009

Bollen, K. A. and Ting, K.-F. (2000). A tetrad test for causal indicators.
Psychological Methods 5(1), 3-22. doi:10.1037/1082-989X.5.1.3
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtrc, fdtrc

from csi.core.types import Array

Quadruples = NDArray[np.intp]

SINGULAR = 1e-12
"""Share of its variance left of a tetrad beside the others when they are redundant."""


@dataclass(frozen=True, slots=True)
class Simultaneous:
    """The test that all tetrads of a block vanish.

    Attributes
    ----------
    chi2 : float
        Test statistic; NaN if the covariance of the tetrads is singular.
    df : int
        Tetrads.
    p : float
        P value.
    """

    chi2: float
    df: int
    p: float


def implied(p: int) -> Quadruples:
    """Return the non-redundant vanishing tetrads of p items of one factor.

    Parameters
    ----------
    p : int
        Items.

    Returns
    -------
    (q, 4) array of int
        Items g, h, i, j of each tetrad tau_ghij; none for fewer than four items.
        Two for items 1, 2, 3 and each later one, and one for items 1, 3 and each
        pair of later ones.

    Examples
    --------
    >>> implied(5).tolist()
    [[0, 1, 2, 3], [0, 1, 3, 2], [0, 1, 2, 4], [0, 1, 4, 2], [0, 2, 3, 4]]
    """
    later = range(3, p)
    rows = [row for j in later for row in ((0, 1, 2, j), (0, 1, j, 2))]
    rows += [(0, 2, j, k) for j in later for k in range(j + 1, p)]
    return np.array(rows, dtype=np.intp).reshape(-1, 4)


def tetrads(S: Array, which: Quadruples) -> Array:
    """Return the values of tetrads.

    Parameters
    ----------
    S : (p, p, ...) array
        Covariances, of one sample or a batch of them.
    which : (q, 4) array of int
        Items of each tetrad.

    Returns
    -------
    (q, ...) array

    Examples
    --------
    >>> loadings = np.array([0.9, 0.8, 0.7, 0.6])
    >>> S = np.outer(loadings, loadings)
    >>> S[0, 1] = S[1, 0] = 0.82  # 0.1 more than the factor says
    >>> tetrads(S, implied(4)).round(3)
    array([0.042, 0.042])
    """
    g, h, i, j = which.T
    values: Array = S[g, h] * S[i, j] - S[g, i] * S[h, j]
    return values


def influence(rows: Array, w: Array, S: Array, which: Quadruples, pairwise: bool) -> Array:
    """Return how much each respondent moves each tetrad, to first order.

    Parameters
    ----------
    rows : (n, p) array
        Answers less their means; NaN where missing.
    w : (n,) array
        Weights.
    S : (p, p) array
        Covariances.
    which : (q, 4) array of int
        Items of each tetrad.
    pairwise : bool
        Whether a covariance is that of the respondents who answered both items;
        otherwise a missing answer counts as the mean.

    Returns
    -------
    (n, q) array
        Its sampling covariance is the distribution-free one of fourth-order
        moments (Bollen and Ting 1993).
    """
    seen = ~np.isnan(rows) | (not pairwise)
    Z = np.nan_to_num(rows)

    def moved(a: int, b: int) -> Array:
        both = seen[:, a] & seen[:, b]
        change: Array = w * (Z[:, a] * Z[:, b] - S[a, b] * both) / (w @ both)
        return change

    columns = [
        S[i, j] * moved(g, h)
        + S[g, h] * moved(i, j)
        - S[h, j] * moved(g, i)
        - S[g, i] * moved(h, j)
        for g, h, i, j in which
    ]
    return np.column_stack(columns)


def normal_covariance(S: Array, which: Quadruples, n: float) -> Array:
    """Return the (q, q) sampling covariance of tetrads of normally distributed items.

    Parameters
    ----------
    S : (p, p) array
        Covariances; of correlations, for standardised items, as the test of
        ``simultaneous`` does not depend on the units.
    which : (q, 4) array of int
        Items of each tetrad.
    n : float
        Respondents.
    """
    spread = _gradients(S, which) @ S
    V: Array = 2 / n * np.einsum("aij,bji->ab", spread, spread)
    return V


def _gradients(S: Array, which: Quadruples) -> Array:
    """(q, p, p) derivatives by the covariances, half of each on either side of the diagonal."""
    slopes = np.zeros((len(which), *S.shape))
    for slope, (g, h, i, j) in zip(slopes, which, strict=True):
        for (a, b), by in (((g, h), S[i, j]), ((i, j), S[g, h])):
            slope[a, b] += by / 2
        for (a, b), by in (((g, i), S[h, j]), ((h, j), S[g, i])):
            slope[a, b] -= by / 2
    symmetric: Array = slopes + slopes.swapaxes(1, 2)
    return symmetric


def simultaneous(t: Array, V: Array, units: float = np.inf) -> Simultaneous:
    """Test that all tetrads of a block vanish.

    Parameters
    ----------
    t : (q,) array
        Tetrads.
    V : (q, q) array
        Their sampling covariance.
    units : float
        Degrees of freedom V was estimated with, for Hotelling's test instead of
        chi-square.

    Examples
    --------
    >>> simultaneous(np.array([2.0]), np.array([[1.0]]))
    Simultaneous(chi2=4.0, df=1, p=0.0455...)
    """
    q = len(t)
    scale = np.sqrt(np.diagonal(V))
    if q == 0 or not (np.isfinite(V).all() and (scale > 0).all() and units >= q):
        return Simultaneous(np.nan, q, np.nan)
    R, z = V / np.outer(scale, scale), t / scale
    if np.linalg.eigvalsh(R)[0] < SINGULAR:
        return Simultaneous(np.nan, q, np.nan)
    chi2 = float(z @ np.linalg.solve(R, z))
    return Simultaneous(chi2, q, _upper_tail(chi2, q, units))


def _upper_tail(chi2: float, q: int, units: float) -> float:
    if np.isinf(units):
        return float(chdtrc(q, chi2))
    rest: Any = units - q + 1
    return float(fdtrc(q, rest, chi2 * rest / (units * q)))

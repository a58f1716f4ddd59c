"""Moments of constructs from moments of items: structural-after-measurement.

Once the measurement is known, constructs have the covariances that scores of them
have, less those of the scores' errors (Rosseel and Loh 2022). Notation, batch axes
first::

    S      (p, p)  covariances of the items
    L      (p, k)  loadings
    Theta  (p, p)  covariances of the errors
    M      (k, p)  mapping: scores are M times the items less their intercepts; M L = I
    M S M' (k, k)  covariances of the scores
    M Theta M'     those of their errors

References
----------
Rosseel, Y. and Loh, W. W. (2022). A structural after measurement approach to
structural equation modeling. Psychological Methods 29(3), 561-588.
doi:10.1037/met0000503

Fuller, W. A. (1987). Measurement Error Models, section 2.2. Wiley.
doi:10.1002/9780470316665

Wall, M. M. and Amemiya, Y. (2000). Estimation for polynomial structural equation
models. Journal of the American Statistical Association 95(451), 929-940.
doi:10.1080/01621459.2000.10474283
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from csi.core.sem.information import inverse
from csi.core.types import Array

Mapping = Literal["ML", "GLS", "ULS"]
Pairs = NDArray[np.intp]


@dataclass(frozen=True, slots=True, eq=False)
class LatentMoments:
    """Moments of constructs, freed of the errors of measurement.

    Attributes
    ----------
    cov : (..., k, k) array
        Covariances.
    share : (...) array
        Share of the errors' covariances that was taken off: one, or less where the
        rest would not have been positive definite.
    """

    cov: Array
    share: Array


def mapping_matrix(L: Array, Theta: Array, S: Array, method: Mapping = "ML") -> Array:
    """Return what turns items into scores of constructs.

    Parameters
    ----------
    L : (..., p, k) array
        Loadings, of full column rank.
    Theta : (..., p, p) array
        Covariances of the errors; items without error are allowed.
    S : (..., p, p) array
        Covariances of the items.
    method : {"ML", "GLS", "ULS"}
        Scores whose errors are smallest (Bartlett's), weighted by the inverse of S,
        or not weighted.

    Returns
    -------
    (..., k, p) array
        M, with M L = I.

    References
    ----------
    Rosseel, Y. and Loh, W. W. (2022). A structural after measurement approach to
    structural equation modeling. Psychological Methods 29(3), 561-588.
    doi:10.1037/met0000503

    Examples
    --------
    >>> L = np.array([[1.0], [1.0]])
    >>> mapping_matrix(L, np.diag([1.0, 3.0]), np.eye(2))
    array([[0.75, 0.25]])
    >>> mapping_matrix(L, np.diag([0.0, 3.0]), np.eye(2))
    array([[1., 0.]])
    """
    if method == "ULS":
        return _weighted(L, L)
    unit = np.sqrt(np.einsum("...pp->...p", S))
    L = L / unit[..., None]
    square = unit[..., :, None] * unit[..., None, :]
    if method == "GLS":
        M = _weighted(L, np.linalg.solve(S / square, L))
    else:
        M = _least_errors(L, Theta / square)
    return np.asarray(M / unit[..., None, :])


def latent_moments(M: Array, S: Array, Theta: Array, n: float) -> LatentMoments:
    """Return the covariances of constructs.

    Where scores vary less than their errors in some direction, less than all of the
    errors' covariances is taken off, as Fuller (1987) has it, so that what is left
    is positive definite.

    Parameters
    ----------
    M : (..., k, p) array
        From `mapping_matrix`.
    S, Theta : (..., p, p) arrays
        Covariances of the items and of their errors.
    n : float
        Respondents.

    Returns
    -------
    LatentMoments

    Examples
    --------
    >>> latent_moments(np.eye(1), np.array([[2.0]]), np.array([[0.5]]), 100).cov
    array([[1.5]])
    """
    Mt = np.swapaxes(M, -1, -2)
    return without_errors(M @ S @ Mt, M @ Theta @ Mt, n)


def without_errors(total: Array, errors: Array, n: float) -> LatentMoments:
    """Take covariances (..., k, k) of errors off those of scores, n respondents."""
    unit = np.sqrt(np.einsum("...kk->...k", total))
    square = unit[..., :, None] * unit[..., None, :]
    inner = np.linalg.solve(total / square, errors / square)
    largest = np.linalg.eigvals(inner).real.max(axis=-1)
    with np.errstate(divide="ignore"):
        root = np.where(largest > 0, 1 / np.where(largest > 0, largest, 1.0), np.inf)
    share = np.where(root < 1 + 1 / (n - 1), root - 1 / (n - 1), 1.0)
    return LatentMoments(total - share[..., None, None] * errors, share)


def product_moments(scores: Array, errors: Array, pairs: Pairs) -> LatentMoments:
    """Return the covariances of constructs and of products of them.

    Errors of the scores count as normal, whatever the distribution of the
    constructs.

    Parameters
    ----------
    scores : (n, k) array
        Scores less their means, from a mapping matrix.
    errors : (k, k) array
        Covariances of their errors.
    pairs : (r, 2) array of int
        Constructs that are multiplied.

    Returns
    -------
    LatentMoments
        Of the k constructs, then of the r products.

    References
    ----------
    Wall, M. M. and Amemiya, Y. (2000). Estimation for polynomial structural equation
    models. Journal of the American Statistical Association 95(451), 929-940.
    doi:10.1080/01621459.2000.10474283

    Examples
    --------
    >>> scores = np.array([[-1.0], [0.0], [1.0], [0.0]])
    >>> product_moments(scores, np.zeros((1, 1)), np.array([[0, 0]])).cov
    array([[0.5 , 0.  ],
           [0.  , 0.25]])
    """
    n, k = scores.shape
    both = with_products(scores, pairs)
    total = both.T @ both / n
    V = without_errors(total[:k, :k], errors, n).cov
    noise = np.zeros(total.shape)
    noise[:k, :k] = errors
    noise[k:, k:] = _noise_of_products(V, errors, pairs)
    return without_errors(total, noise, n)


def with_products(scores: Array, pairs: Pairs) -> Array:
    """Return (n, k + r) centred scores and, after them, centred products of them."""
    products = scores[:, pairs[:, 0]] * scores[:, pairs[:, 1]]
    return np.column_stack([scores, products - products.mean(axis=0)])


def casewise_moments(scores: Array, errors: Array, pairs: Pairs) -> Array:
    """Return what each respondent adds to `product_moments`, scores being given.

    Parameters
    ----------
    scores, errors, pairs
        As for `product_moments`, no scores less varied than their errors.

    Returns
    -------
    (n, h) array
        Derivatives of the upper triangle of the covariances by the respondent's weight;
        their mean is zero.

    Examples
    --------
    >>> scores = np.array([[-1.0], [0.0], [1.0], [0.0]])
    >>> casewise_moments(scores, np.zeros((1, 1)), np.array([[0, 0]]))[:, 0]
    array([ 0.5, -0.5,  0.5, -0.5])
    """
    n, k = scores.shape
    both = with_products(scores, pairs)
    total = both.T @ both / n
    rows, columns = np.triu_indices(len(total))
    found = both[:, rows] * both[:, columns] - total[rows, columns]
    found += scores @ _by_means(total, pairs)[:, rows, columns]
    more = np.zeros((k, k, *total.shape))
    for a, b in np.ndindex(k, k):
        unit = np.zeros((k, k))
        unit[a, b] = 1.0
        more[a, b, k:, k:] = _noise_of_products(unit, errors, pairs)
        more[a, b, k:, k:] -= _noise_of_products(0 * unit, errors, pairs)
    by_square = more[:, :, rows, columns].reshape(k * k, -1)
    squares = (scores[:, :, None] * scores[:, None, :]).reshape(n, -1)
    return np.asarray(found - (squares - squares.mean(axis=0)) @ by_square)


def _by_means(total: Array, pairs: Pairs) -> Array:
    """Return (k, d, d) how covariances of scores and products follow the scores' means."""
    d, k = len(total), len(total) - len(pairs)
    turn = np.zeros((k, d, d))  # turn[a, r] . scores: derivative of product r by mean a
    for r, (i, j) in enumerate(pairs):
        turn[i, k + r, j] -= 1.0
        turn[j, k + r, i] -= 1.0
    along = turn @ total
    return np.asarray(along + np.swapaxes(along, -1, -2))


def two_step_covariance(bread: Array, second: Pairs, first_covariance: Array, n: float) -> Array:
    """Return the covariance of parameters of which some were estimated before the others.

    Parameters
    ----------
    bread : (q, q) array
        Information of one respondent on all of them together.
    second : (r,) array of int
        Parameters estimated in the second step.
    first_covariance : (q, q) array
        Covariance of those of the first step, zero elsewhere.
    n : float
        Respondents.

    Returns
    -------
    (q, q) array

    References
    ----------
    Rosseel, Y. and Loh, W. W. (2022). A structural after measurement approach to
    structural equation modeling. Psychological Methods 29(3), 561-588.
    doi:10.1037/met0000503

    Examples
    --------
    >>> bread = np.array([[2.0, 1.0], [1.0, 2.0]])
    >>> first = np.diag([0.01, 0.0])
    >>> two_step_covariance(bread, np.array([1]), first, 100)
    array([[ 0.01  , -0.005 ],
           [-0.005 ,  0.0075]])
    """
    first = np.setdiff1d(np.arange(len(bread)), second)
    own = inverse(bread[np.ix_(second, second)])
    along = np.zeros((len(bread), len(first)))
    along[first] = np.eye(len(first))
    along[second] = -own @ bread[np.ix_(second, first)]
    found = along @ first_covariance[np.ix_(first, first)] @ along.T
    found[np.ix_(second, second)] += own / n
    return np.asarray(found)


def _weighted(L: Array, WL: Array) -> Array:
    """Return (L'W L)^-1 L'W."""
    LtW = np.swapaxes(WL, -1, -2)
    return np.asarray(np.linalg.solve(LtW @ L, LtW))


def _least_errors(L: Array, Theta: Array) -> Array:
    """Return the M whose errors vary least; what has no error need not be inverted.

    Any M with M L = I is one of them plus a combination of contrasts C without
    construct, C L = 0; the combination that leaves least is a regression on C.
    """
    k = L.shape[-1]
    C = np.swapaxes(np.linalg.qr(L, mode="complete").Q[..., k:], -1, -2)
    plain, CT = _weighted(L, L), C @ Theta
    spread = np.linalg.pinv(CT @ np.swapaxes(C, -1, -2), hermitian=True)
    return np.asarray(plain - plain @ np.swapaxes(CT, -1, -2) @ spread @ C)


def _noise_of_products(V: Array, errors: Array, pairs: Pairs) -> Array:
    """Return what errors add to the covariances of products of scores."""
    i, j = pairs.T
    found = np.zeros((len(pairs),) * 2)
    for a, b in ((i, j), (j, i)):
        near, far = np.ix_(a, i), np.ix_(b, j)
        found += V[near] * errors[far] + V[far] * errors[near] + errors[near] * errors[far]
    return found

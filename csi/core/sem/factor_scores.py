"""Scores of the constructs for every respondent, and how good they are.

Notation, batch axes first::

    L      (..., p, k)  loadings
    Psi    (..., k, k)  covariances of the constructs, through the paths as well
    Theta  (..., p, p)  covariances of the errors
    Sigma  (..., p, p)  covariances of the items, L Psi L' + Theta
    W      (..., k, p)  weights; scores are W times the deviations of the items

Three sets of weights are known. Those of the regression have the smallest error.
Bartlett's are unbiased for whoever answers, W L = I, and have the smallest error
among such. Ten Berge's keep the covariances of the constructs, W Sigma W' = Psi.

References
----------
Thurstone, L. L. (1935). The vectors of mind. University of Chicago Press.
Bartlett, M. S. (1937). The statistical conception of mental factors. British
Journal of Psychology 28(1), 97-104. doi:10.1111/j.2044-8295.1937.tb00863.x
ten Berge, J. M. F., Krijnen, W. P., Wansbeek, T. and Shapiro, A. (1999). Some new
results on correlation-preserving factor scores prediction methods. Linear Algebra
and its Applications 289(1-3), 311-318. doi:10.1016/S0024-3795(97)10007-6
Grice, J. W. (2001). Computing and evaluating factor scores. Psychological Methods
6(4), 430-450. doi:10.1037/1082-989X.6.4.430
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from csi.core.types import Array, Mask
from csi.errors import EstimationError

Method = Literal["regression", "bartlett", "ten_berge"]

SINGULAR = 1e-12
"""Eigenvalue, of a matrix with ones in its diagonal, below which it counts as zero."""


@dataclass(frozen=True, slots=True, eq=False)
class ScoreQuality:
    """How the scores are related to the constructs, by the model.

    Attributes
    ----------
    determinacy : (..., k) array
        Multiple correlation of the construct with all items: what the best
        scores could reach.
    validity : (..., k) array
        Correlation of the scores with their construct.
    reliability : (..., k) array
        Share of the variance of the scores that is not measurement error.
    minimum : (..., k) array
        Smallest correlation between two sets of values of the construct that
        fit the items equally well, 2 determinacy^2 - 1.
    univocality : (..., k, k) array
        Correlation of the scores in the row with the construct in the column.
    correlations : (..., k, k) array
        Correlations among the scores.
    error_cov : (..., k, k) array
        Covariances of the scores' deviations from the constructs.
    """

    determinacy: Array
    validity: Array
    reliability: Array
    minimum: Array
    univocality: Array
    correlations: Array
    error_cov: Array


def score_weights(L: Array, Psi: Array, Theta: Array, method: Method = "regression") -> Array:
    """Weights that turn deviations of the items from their means into scores.

    Errors of variance zero, as single items without a stated reliability have
    them, do no harm as long as Sigma is regular.

    Parameters
    ----------
    L : (..., p, k) array
        Loadings.
    Psi : (..., k, k) array
        Covariances of the constructs.
    Theta : (..., p, p) array
        Covariances of the errors.
    method : {"regression", "bartlett", "ten_berge"}
        Thurstone's regression (lavaan: ``"EBM"``), Bartlett's (``"ML"``), or those
        that keep the covariances of the constructs (not in lavaan; psych takes the
        observed correlations where the implied ones are taken here).

    Returns
    -------
    (..., k, p) array
        NaN for a construct of which the items do not tell the score: a
        second-order construct by Bartlett's method or ten Berge's, for instance,
        where lavaan gives zeros.

    Raises
    ------
    EstimationError
        If the implied covariances of the items are singular or, by ten Berge's
        method, those of the constructs are not positive definite.

    References
    ----------
    Grice, J. W. (2001). Computing and evaluating factor scores. Psychological
    Methods 6(4), 430-450. doi:10.1037/1082-989X.6.4.430

    Examples
    --------
    >>> import numpy as np
    >>> L = np.array([[0.8], [0.6]])
    >>> errors = np.diag([0.36, 0.64])
    >>> score_weights(L, np.eye(1), errors, "bartlett").round(3)
    array([[0.95 , 0.401]])
    """
    scale = _scales(implied_cov(L, Psi, Theta))
    if not np.isfinite(scale).all():
        raise EstimationError(
            "There are no scores: the implied variance of an item is not above zero. Look at the "
            "variances of the solution."
        )
    L, Theta = L * scale[..., None], Theta * _outer(scale)
    by_precision = np.swapaxes(_inverse(implied_cov(L, Psi, Theta)) @ L, -1, -2)
    if method == "regression":
        W = Psi @ by_precision
    elif method == "bartlett":
        W = _unbiased(by_precision @ L) @ by_precision
    else:
        W = _preserving(L, Psi, by_precision)
    return np.asarray(W * scale[..., None, :])


def factor_scores(
    rows: Array,
    L: Array,
    Psi: Array,
    Theta: Array,
    *,
    method: Method = "regression",
    nu: Array | None = None,
    alpha: Array | None = None,
) -> Array:
    """Scores of every respondent; from the items answered where some are missing.

    Parameters
    ----------
    rows : (n, p) array
        Answers; NaN where missing.
    L : (p, k) array
        Loadings.
    Psi : (k, k) array
        Covariances of the constructs.
    Theta : (p, p) array
        Covariances of the errors.
    method : {"regression", "bartlett", "ten_berge"}
        See `score_weights`.
    nu : (p,) array, optional
        Intercepts of the items. Without them the means of the rows are taken off.
    alpha : (k,) array, optional
        Means of the constructs, zero if not given.

    Returns
    -------
    (n, k) array
        NaN for a respondent without any answer, and, by Bartlett's method and ten
        Berge's, where no item of the construct was answered.

    Raises
    ------
    EstimationError
        As `score_weights`, and if answers are missing but ``nu`` is not given.

    References
    ----------
    Grice, J. W. (2001). Computing and evaluating factor scores. Psychological
    Methods 6(4), 430-450. doi:10.1037/1082-989X.6.4.430

    Examples
    --------
    >>> import numpy as np
    >>> rows = np.array([[3.0, 4.0], [5.0, np.nan]])
    >>> L, errors = np.array([[1.0], [0.5]]), np.diag([0.5, 0.75])
    >>> factor_scores(rows, L, np.eye(1), errors, nu=np.array([4.0, 3.0])).round(3)
    array([[-0.4  ],
           [ 0.667]])
    """
    alpha = np.zeros(L.shape[1]) if alpha is None else alpha
    if nu is None and np.isnan(rows).any():
        raise EstimationError(
            "Scores of respondents with missing answers need the intercepts of the items, and "
            "the model has none. Estimate it with a mean structure."
        )
    mean = rows.mean(axis=0) if nu is None else nu + L @ alpha
    scores = np.full((len(rows), L.shape[1]), np.nan)
    for seen, own, answers in _patterns(rows):
        W = score_weights(L[seen], Psi, Theta[np.ix_(seen, seen)], method)
        scores[own] = answers @ W.T + (alpha - W @ mean[seen])
    return scores


def score_quality(W: Array, L: Array, Psi: Array, Theta: Array) -> ScoreQuality:
    """How good the scores with weights W are, if the model holds.

    Parameters
    ----------
    W : (..., k, p) array
        Weights, from `score_weights` or any others.
    L : (..., p, k) array
        Loadings.
    Psi : (..., k, k) array
        Covariances of the constructs.
    Theta : (..., p, p) array
        Covariances of the errors.

    Returns
    -------
    ScoreQuality

    Raises
    ------
    EstimationError
        If the implied covariances of the items are singular.

    References
    ----------
    Grice, J. W. (2001). Computing and evaluating factor scores. Psychological
    Methods 6(4), 430-450. doi:10.1037/1082-989X.6.4.430

    Examples
    --------
    >>> import numpy as np
    >>> L, errors = np.array([[0.8], [0.6]]), np.diag([0.36, 0.64])
    >>> quality = score_quality(np.array([[0.5, 0.5]]), L, np.eye(1), errors)
    >>> quality.validity.round(3), quality.determinacy.round(3)
    (array([0.814]), array([0.837]))
    """
    best = score_weights(L, Psi, Theta) @ L @ Psi
    total = W @ implied_cov(L, Psi, Theta) @ np.swapaxes(W, -1, -2)
    shared, bias = W @ L @ Psi, W @ L - np.eye(L.shape[-1])
    error = W @ Theta @ np.swapaxes(W, -1, -2)
    with np.errstate(invalid="ignore", divide="ignore"):  # NaN says that it is undefined
        univocality = shared * _scales(total)[..., None] * _scales(Psi)[..., None, :]
        squared = _diagonal(best) / _diagonal(Psi)
        return ScoreQuality(
            determinacy=np.sqrt(squared),
            validity=_diagonal(univocality),
            reliability=1 - _diagonal(error) / _diagonal(total),
            minimum=2 * squared - 1,
            univocality=univocality,
            correlations=total * _outer(_scales(total)),
            error_cov=error + bias @ Psi @ np.swapaxes(bias, -1, -2),
        )


def implied_cov(L: Array, Psi: Array, Theta: Array) -> Array:
    """(..., p, p) covariances of the items by the model, L Psi L' + Theta."""
    return np.asarray(L @ Psi @ np.swapaxes(L, -1, -2) + Theta)


def _patterns(rows: Array) -> Iterator[tuple[Mask, NDArray[np.intp] | slice, Array]]:
    """Yield which items were answered together, by whom, and the answers."""
    answered = ~np.isnan(rows)
    if answered.all():
        yield np.ones(rows.shape[1], dtype=bool), slice(None), rows
        return
    patterns, members, sizes = np.unique(answered, axis=0, return_inverse=True, return_counts=True)
    order = np.argsort(members.ravel(), kind="stable")
    for seen, own in zip(patterns, np.split(order, np.cumsum(sizes)[:-1]), strict=True):
        if seen.any():
            yield seen, own, rows[np.ix_(own, seen)]


def _unbiased(information: Array) -> Array:
    """Invert L' Sigma^-1 L; NaN in the rows of constructs that are not determined."""
    scale = _scales(information)
    scale = np.where(np.isfinite(scale), scale, 0.0)
    values, vectors = np.linalg.eigh(information * _outer(scale))
    known = values > SINGULAR
    weighted = vectors * np.where(known, 1 / np.where(known, values, 1), 0)[..., None, :]
    inverse = weighted @ np.swapaxes(vectors, -1, -2) * _outer(scale)
    inside = (vectors**2 * known[..., None, :]).sum(axis=-1)
    return np.where((inside > 1 - 1e-8)[..., None], inverse, np.nan)


def _preserving(L: Array, Psi: Array, by_precision: Array) -> Array:
    """Ten Berge's weights in the metric of standardised constructs."""
    measured = _measured(L)
    Psi = Psi[..., measured, :][..., measured]
    scale = _scales(Psi)
    root = _power(Psi * _outer(scale), 0.5)
    half = (root / scale[..., None, :]) @ by_precision[..., measured, :]
    inner = half @ (L[..., measured] / scale[..., None, :]) @ root
    W = np.full(by_precision.shape, np.nan)
    W[..., measured, :] = root @ _power(inner, -0.5) @ half / scale[..., None]
    return W


def _measured(L: Array) -> Mask:
    """(k,) constructs that have items of their own."""
    return np.asarray((L != 0).any(axis=tuple(range(L.ndim - 1))))


def _power(matrix: Array, exponent: float) -> Array:
    """Power of a positive definite matrix."""
    values, vectors = np.linalg.eigh(np.where(np.isfinite(matrix), matrix, 0.0))
    if not values.min() > SINGULAR:
        raise EstimationError(
            "Scores that keep the correlations of the constructs do not exist here: the "
            "covariance matrix of the constructs is not positive definite, or the items do not "
            "tell the constructs apart. Take the regression scores."
        )
    return np.asarray((vectors * values[..., None, :] ** exponent) @ np.swapaxes(vectors, -1, -2))


def _inverse(matrix: Array) -> Array:
    try:
        return np.asarray(np.linalg.inv(matrix))
    except np.linalg.LinAlgError:
        raise EstimationError(
            "There are no scores: the implied covariance matrix of the items is singular. Look "
            "for items without error that are the same or sums of each other."
        ) from None


def _scales(cov: Array) -> Array:
    """(..., k) one over the standard deviations; NaN for negative variances."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(1 / np.sqrt(_diagonal(cov)))


def _outer(scale: Array) -> Array:
    return np.asarray(scale[..., :, None] * scale[..., None, :])


def _diagonal(matrix: Array) -> Array:
    return np.asarray(np.diagonal(matrix, axis1=-2, axis2=-1))

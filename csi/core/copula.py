"""Regressions that are told about a common cause by a Gaussian copula.

If a predictor x moves with the error of a regression, as normal scores of both do, the
normal scores of x stand in for that part of the error (Park and Gupta 2012)::

    F(x)    share of respondents with scores up to x
    H(x)    1 / 2n + (n - 1) / n F(x), which keeps off 0 and 1
    c(x)    normal quantile of H(x), the copula term of x
    y = a + X b + g c(x) + e

g is zero where x and the error have nothing in common. H removes most of the bias
that the original has in regressions with a constant (Becker, Proksch and Ringle 2022;
Liengaard et al. 2025). Respondents with equal scores take the mean of the shares they
would have apart. With the largest of them, which F is where scores are tied, the many
at the end of a scale would pass for one far out: of a path of 0.50, found as 0.69 by
plain regression, 0.64 is left instead of 0.50 (docs/studies_endogeneity.py). Everything
is computed for a batch of B resamples, given as multipliers of rows.

References
----------
Park, S. and Gupta, S. (2012). Handling endogenous regressors by joint estimation using
copulas. Marketing Science 31(4), 567-586. doi:10.1287/mksc.1120.0718

Becker, J.-M., Proksch, D. and Ringle, C. M. (2022). Revisiting Gaussian copulas to
handle endogenous regressors. Journal of the Academy of Marketing Science 50, 46-66.
doi:10.1007/s11747-021-00805-y

Liengaard, B. D., Becker, J.-M., Bennedsen, M., Heiler, P., Taylor, L. N. and Ringle,
C. M. (2025). Dealing with regression models' endogeneity by means of an adjusted
estimator for the Gaussian copula approach. Journal of the Academy of Marketing Science
53, 279-299. doi:10.1007/s11747-024-01055-4
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from csi.core.structural import solve
from csi.core.types import Array


@dataclass(frozen=True, slots=True, eq=False)
class Corrected:
    """Copula terms of q predictors in B resamples; NaN where a term tells nothing new.

    Attributes
    ----------
    alone : (2, q, B) array
        Coefficients of the copula term and of the predictor, with the term of that
        predictor only.
    together : (2, q, B) array
        The same, with the terms of all predictors.
    """

    alone: Array
    together: Array


DIGITS = 9
"""Decimals to which scores are equal; sums of the same answers differ by rounding."""


def adjusted_shares(x: Array, M: Array, n: float) -> Array:
    """Return the adjusted share of respondents with values up to each, ties shared out.

    Parameters
    ----------
    x : (n,) array
        Values.
    M : (B, n) array
        Multipliers of rows.
    n : float
        Respondents behind the rows.

    Returns
    -------
    (B, n) array
        ``1 / 2n + (n - 1) / n F``, with F the mean rank over n: between 0 and 1,
        neither included.

    Examples
    --------
    >>> import numpy as np
    >>> adjusted_shares(np.array([3.0, 1.0, 1.0, 2.0]), np.ones((1, 4)), 4)
    array([[0.875  , 0.40625, 0.40625, 0.6875 ]])
    """
    found, place = np.unique(np.round(x, DIGITS), return_inverse=True)
    order = np.argsort(place, kind="stable")
    ends = np.cumsum(np.bincount(place, minlength=len(found))) - 1
    shares = np.cumsum(M[:, order], axis=1)[:, ends]
    shares /= shares[:, -1:]
    shares[:, 1:] = (shares[:, 1:] + shares[:, :-1]) / 2
    shares[:, 0] /= 2
    adjusted: Array = (1 / (2 * n) + (n - 1) / n * (shares + 1 / (2 * n)))[:, place]
    return adjusted


def copula_terms(X: Array, M: Array, n: float) -> Array:
    """Return the (q, B, n) copula terms of (n, q) predictors."""
    return np.stack([ndtri(adjusted_shares(x, M, n)) for x in X.T])


def copula_corrected(X: Array, y: Array, M: Array, n: float) -> Corrected:
    """Regress y on X and copula terms in every resample.

    Parameters
    ----------
    X : (n, q) array
        Predictors.
    y : (n,) array
        What they are to explain.
    M : (B, n) array
        Multipliers of rows, with survey weights in them.
    n : float
        Respondents behind the rows.
    """
    q = X.shape[1]
    S = _covariances(np.column_stack([X, y]), copula_terms(X, M, n), M)
    x, own, last = list(range(q)), list(range(q + 1, 2 * q + 1)), q
    together = _regressed(S, [*x, *own], last).reshape(2, q, -1)[::-1]
    alone = np.stack([_regressed(S, [*x, own[i]], last)[[q, i]] for i in range(q)], axis=1)
    return Corrected(alone, together)


def _covariances(Z: Array, c: Array, M: Array) -> Array:
    """Return (m, m, B) covariances of columns that stay and terms that change."""
    size, total = Z.shape[1], M.sum(axis=1)
    weighted = c * M
    first = np.concatenate([(M @ Z).T, weighted.sum(axis=2)]) / total
    S = np.empty((size + len(c), size + len(c), len(M)))
    products = (Z[:, :, None] * Z[:, None]).reshape(len(Z), -1)
    S[:size, :size] = (M @ products).T.reshape(size, size, -1)
    S[size:, :size] = np.moveaxis(weighted @ Z, 1, 2)
    S[:size, size:] = S[size:, :size].swapaxes(0, 1)
    for i, row in enumerate(weighted):
        S[size + i, size:] = np.einsum("bn,jbn->jb", row, c)
    centred: Array = S / total - first[:, None] * first
    return centred


def _regressed(S: Array, on: list[int], last: int) -> Array:
    """Return (m, B) coefficients; NaN where regressors are collinear."""
    at = np.array(on)
    scale = np.sqrt(S[at, at])
    R = S[at[:, None], at] / (scale[:, None] * scale)
    onto = (S[at, last] / scale)[:, None]
    found: Array = solve(R, onto)[:, 0] / scale
    return found

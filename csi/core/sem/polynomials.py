"""Polynomials among constructs, from scores whose errors are known.

A construct enters an equation by its powers and products: eta = sum_m b_m xi^(a_m)
+ zeta. Scores f = xi + e carry errors; powers of f overstate the moments of xi.
Wall and Amemiya (2000, 2003) subtract what normal errors add, whatever the
distribution of xi, and solve the normal equations of the corrected moments. For a
monomial with exponents a the corrected value of one respondent obeys::

    H(0) = 1,   H(a + 1_i) = f_i H(a) - sum_j Omega_ij a_j H(a - 1_j)

so that E H(a) = E xi^a if e is normal with covariances Omega. Bartlett's scores
are such a sum; regression scores are not, for they shrink the constructs. Skewed
errors leave a bias, a fraction of that of a regression on the scores themselves.

References
----------
Wall, M. M. and Amemiya, Y. (2000). Estimation for polynomial structural equation
models. Journal of the American Statistical Association 95(451), 929-940.
doi:10.1080/01621459.2000.10474283
Wall, M. M. and Amemiya, Y. (2003). A method of moments technique for fitting
interaction effects in structural equation models. British Journal of Mathematical
and Statistical Psychology 56(1), 47-63. doi:10.1348/000711003321645331
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from csi.core.types import Array
from csi.errors import EstimationError, OptionError

Exponents = tuple[int, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Polynomial:
    """A polynomial between constructs.

    Attributes
    ----------
    coefficients : (m,) array
        One for each term.
    cov : (m, m) array
        Their covariances, robust to the distribution of the constructs; the
        covariances of the errors count as known. Where they were estimated on the
        same respondents, resample both steps.
    disturbance : float
        Variance of the outcome that the terms leave; negative if the sample does
        not agree with the errors.
    definite : bool
        Whether the corrected moments of the terms are positive definite. If not,
        the sample is too small or the scores are too unreliable for these terms.
    """

    coefficients: Array
    cov: Array
    disturbance: float
    definite: bool


def latent_polynomial(
    scores: Array,
    error_cov: Array,
    *,
    outcome: int,
    terms: Sequence[Exponents],
    weights: Array | None = None,
) -> Polynomial:
    """Regress a construct on powers and products of others, free of measurement error.

    Parameters
    ----------
    scores : (n, k) array
        Bartlett's scores; rows with missing values are left out.
    error_cov : (k, k) array
        Covariances of their errors, taken as normal.
    outcome : int
        Column of the construct to be explained.
    terms : sequence of k-tuples of int
        Exponents of the constructs in every term; all zero for the intercept,
        without which the polynomial goes through the origin. The outcome has
        exponent zero.
    weights : (n,) array, optional
        Weights of the respondents.

    Returns
    -------
    Polynomial

    Raises
    ------
    OptionError
        If the terms do not fit the constructs.
    EstimationError
        If the corrected moments of the terms are singular.

    References
    ----------
    Wall, M. M. and Amemiya, Y. (2000). Estimation for polynomial structural equation
    models. Journal of the American Statistical Association 95(451), 929-940.
    doi:10.1080/01621459.2000.10474283

    Examples
    --------
    Satisfaction enters loyalty by its square; both are measured with error.

    >>> import numpy as np
    >>> rng = np.random.default_rng(1)
    >>> satisfaction = rng.normal(size=5000)
    >>> loyalty = 1 + 0.5 * satisfaction + 0.3 * satisfaction**2 + rng.normal(0, 0.5, 5000)
    >>> scores = np.column_stack([satisfaction, loyalty]) + rng.normal(0, 0.5, (5000, 2))
    >>> terms = [(0, 0), (1, 0), (2, 0)]
    >>> latent_polynomial(scores, 0.25 * np.eye(2), outcome=1, terms=terms).coefficients.round(1)
    array([1. , 0.5, 0.3])
    """
    _check(scores.shape[1], outcome, terms)
    there = ~np.isnan(scores).any(axis=1)
    w = np.ones(there.sum()) if weights is None else weights[there]
    w = w / w.sum()
    value = _Corrected(scores[there], error_cov)
    response = tuple(int(i == outcome) for i in range(scores.shape[1]))
    right = np.stack([value(_plus(a, response)) for a in terms], axis=-1)
    left = np.stack([np.stack([value(_plus(a, b)) for b in terms], axis=-1) for a in terms], axis=1)
    M, m = np.tensordot(w, left, 1), w @ right
    inverse = _inverse(M)
    coefficients = inverse @ m
    residuals = w[:, None] * (right - left @ coefficients)
    squares = value(_plus(response, response))
    return Polynomial(
        coefficients=coefficients,
        cov=inverse @ (residuals.T @ residuals) @ inverse,
        disturbance=float(w @ squares - coefficients @ m),
        definite=bool(np.linalg.eigvalsh(M).min() > 0),
    )


class _Corrected:
    """Corrected monomials of scores, each computed once."""

    def __init__(self, scores: Array, error_cov: Array) -> None:
        self.scores, self.error_cov = scores, error_cov
        self.known: dict[Exponents, Array] = {(0,) * scores.shape[1]: np.ones(len(scores))}

    def __call__(self, exponents: Exponents) -> Array:
        if exponents not in self.known:
            self.known[exponents] = self._next(exponents)
        return self.known[exponents]

    def _next(self, exponents: Exponents) -> Array:
        i = next(at for at, power in enumerate(exponents) if power)
        lower = _less(exponents, i)
        value = self.scores[:, i] * self(lower)
        for j, power in enumerate(lower):
            if power and self.error_cov[i, j]:
                value = value - self.error_cov[i, j] * power * self(_less(lower, j))
        return value


def _plus(first: Exponents, second: Exponents) -> Exponents:
    return tuple(a + b for a, b in zip(first, second, strict=True))


def _less(exponents: Exponents, at: int) -> Exponents:
    return tuple(power - (i == at) for i, power in enumerate(exponents))


def _check(k: int, outcome: int, terms: Sequence[Exponents]) -> None:
    odd = [term for term in terms if len(term) != k or min(term) < 0 or term[outcome]]
    if odd or len(set(terms)) < len(terms) or not terms:
        raise OptionError(
            f"The terms are {list(terms)}. Give different terms, each with the exponents of the "
            f"{k} constructs, whole numbers from 0, and 0 for the outcome (number {outcome})."
        )


def _inverse(M: Array) -> Array:
    try:
        return np.asarray(np.linalg.inv(M))
    except np.linalg.LinAlgError:
        raise EstimationError(
            "The moments of the terms are singular: a term is the same as others together, or "
            "the scores hold too little besides error. Leave a term out."
        ) from None

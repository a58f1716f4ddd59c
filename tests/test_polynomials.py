"""Polynomials between constructs, from scores with error."""

from itertools import product

import numpy as np
import pytest
import statsmodels.api as sm
from numpy.polynomial.hermite_e import hermegauss
from numpy.testing import assert_allclose

from csi.core.sem.polynomials import latent_polynomial
from csi.errors import EstimationError, OptionError

TERMS = [(0, 0, 0), (1, 0, 0), (0, 1, 0), (2, 0, 0), (1, 1, 0)]
TRUE = np.array([0.4, 0.5, -0.3, 0.2, 0.25])
ERRORS = np.array([[0.5, 0.2, 0.1], [0.2, 0.4, -0.1], [0.1, -0.1, 0.6]])


def population(noise):
    """Scores and weights of a whole population: skewed constructs, normal errors by quadrature."""
    first, second = np.array(list(product([-1.0, 0, 0.5, 3], [-2.0, 0.3, 1, 2]))).T
    X = np.column_stack([first**a * second**b for a, b, _ in TERMS])
    outcome = np.concatenate([X @ TRUE - noise, X @ TRUE + noise])
    constructs = np.column_stack([np.tile(first, 2), np.tile(second, 2), outcome])
    nodes, weights = hermegauss(6)
    deviations = np.array(list(product(nodes, repeat=3))) @ np.linalg.cholesky(ERRORS).T
    chances = np.prod(list(product(weights, repeat=3)), axis=1)
    scores = (constructs[:, None] + deviations).reshape(-1, 3)
    return scores, np.tile(chances, len(constructs))


def test_finds_the_polynomial_of_a_population():
    scores, weights = population(noise=0.7)
    found = latent_polynomial(scores, ERRORS, outcome=2, terms=TERMS, weights=weights)
    assert_allclose(found.coefficients, TRUE, atol=1e-10)
    assert_allclose(found.disturbance, 0.49, atol=1e-9)
    assert found.definite


def test_without_errors_it_is_least_squares():
    rng = np.random.default_rng(1)
    scores, weights = rng.normal(size=(200, 3)), rng.uniform(0.5, 2, 200)
    X = np.column_stack([np.prod(scores**term, axis=1) for term in TERMS])
    expected = sm.WLS(scores[:, 2], X, weights=weights).fit(cov_type="HC0")
    scores, weights = np.vstack([scores, [0, np.nan, 1]]), np.append(weights, 1)
    zero = np.zeros((3, 3))
    found = latent_polynomial(scores, zero, outcome=2, terms=TERMS, weights=weights)
    assert_allclose(found.coefficients, expected.params, atol=1e-12)
    assert_allclose(found.cov, expected.cov_params(), atol=1e-12)


def test_errors_of_the_estimates_in_repeated_samples():
    rng = np.random.default_rng(2)
    estimates, errors = np.empty((2, 400, 3))
    for draw in range(400):
        construct = 2 - rng.gamma(4, 0.5, 600)  # skewed, variance one
        outcome = 1 + 0.5 * construct + 0.3 * construct**2 + rng.normal(0, 0.6, 600)
        scores = np.column_stack([construct, outcome]) + rng.normal(0, 0.5, (600, 2))
        terms = [(0, 0), (1, 0), (2, 0)]
        found = latent_polynomial(scores, 0.25 * np.eye(2), outcome=1, terms=terms)
        estimates[draw], errors[draw] = found.coefficients, np.sqrt(np.diagonal(found.cov))
    assert_allclose(estimates.mean(axis=0), [1, 0.5, 0.3], atol=0.01)  # 4 standard errors
    assert_allclose(errors.mean(axis=0), estimates.std(axis=0), rtol=0.12)


def test_says_when_scores_hold_less_than_their_errors():
    scores = np.random.default_rng(3).normal(size=(50, 2))
    found = latent_polynomial(scores, np.diag([4.0, 0]), outcome=1, terms=[(1, 0), (2, 0)])
    assert not found.definite


def test_refuses_terms_that_make_no_polynomial():
    scores = np.ones((5, 2))
    for terms in ([], [(1,)], [(1, 1)], [(1, 0), (1, 0)], [(-1, 0)]):
        with pytest.raises(OptionError, match="exponents of the 2 constructs"):
            latent_polynomial(scores, np.eye(2), outcome=1, terms=terms)
    with pytest.raises(EstimationError, match="moments of the terms are singular"):
        latent_polynomial(scores, np.zeros((2, 2)), outcome=1, terms=[(0, 0), (1, 0)])

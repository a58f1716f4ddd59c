"""Implied moments and their derivatives, against differences."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose

from csi.core.sem.normal import Normal, inverse
from csi.core.sem.structure import Structure, jacobian

STEP = 1e-5
EXACT = 1e-6  # differences of order STEP^2 of third derivatives of up to 1e3


def two_groups(circle=False):
    """Six items, two constructs, equal effects, intercepts; error covariance of items 1 and 4."""
    effects = np.array([[1, 6], [2, 6], [4, 7], [5, 7], [7, 6], *([[6, 7]] if circle else [])])
    covariances = np.array([[i, i] for i in range(8)] + [[1, 4]])
    A0, S0, m0 = np.zeros((2, 8, 8)), np.zeros((2, 8, 8)), np.zeros((2, 8))
    A0[:, 0, 6] = A0[:, 3, 7] = 1.0
    m0[:, 6:] = 0.3, 0.2
    a, own = len(effects), len(covariances) + 6
    K = np.zeros((2, a + own, a + 2 * own))
    for group in range(2):
        K[group, :a, :a] = np.eye(a)
        K[group, a:, a + group * own : a + (group + 1) * own] = np.eye(own)
    k0 = np.full((2, a + own), 0.01)
    return Structure(np.arange(6), effects, covariances, np.arange(6), A0, S0, m0, K, k0)


def parameters(structure, rng, batch=3):
    a, s, r = structure.sizes
    own = np.concatenate([np.full(s - 1, 0.6), [0.1], np.zeros(r)])
    theta = np.concatenate([[0.8, 0.7, 1.2, 0.9, 0.5, 0.3][:a], own, own])
    return theta + 0.05 * rng.normal(size=(batch, len(theta)))


def discrepancy(structure, kind, rng):
    X = rng.normal(size=(3, 2, 6, 50))
    S, mean = X @ X.swapaxes(-1, -2) / 50, X.mean(axis=-1)
    weights = {"ml": None, "gls": np.linalg.inv(S), "uls": np.broadcast_to(np.eye(6), S.shape)}
    unit, share = rng.uniform(0.5, 3, 6), np.array([0.3, 0.7])
    return Normal(structure, S, mean, share, unit, weights[kind], np.zeros((3, 2)))


def slopes(function, theta):
    """Derivatives by central differences, the parameter last."""
    ahead = [function(theta + STEP * e) for e in np.eye(theta.shape[-1])]
    behind = [function(theta - STEP * e) for e in np.eye(theta.shape[-1])]
    return np.stack([(a - b) / (2 * STEP) for a, b in zip(ahead, behind, strict=True)], axis=-1)


@pytest.mark.parametrize("circle", [False, True])
@pytest.mark.parametrize("kind", ["ml", "gls", "uls"])
@pytest.mark.parametrize("means", [True, False])
def test_gradients_and_hessians_are_the_derivatives(kind, means, circle):
    rng = np.random.default_rng(1)
    structure = two_groups(circle)
    theta, F = parameters(structure, rng), discrepancy(structure, kind, rng)
    if not means:
        kept = sum(structure.sizes[:2])
        structure = replace(
            structure, intercepts=None, K=structure.K[:, :kept], k0=structure.k0[:, :kept]
        )
        F = replace(F, structure=structure, mean=None)
    g, H = F.derivatives(F.at(theta), exact=True)
    assert_allclose(g, slopes(lambda t: F.at(t).value, theta), atol=EXACT)
    assert_allclose(H, slopes(lambda t: F.derivatives(F.at(t), exact=False)[0], theta), atol=EXACT)


@pytest.mark.parametrize("circle", [False, True])
def test_the_expected_hessian_is_the_exact_one_where_the_model_holds(circle):
    rng = np.random.default_rng(2)
    structure = two_groups(circle)
    theta, F = parameters(structure, rng), discrepancy(structure, "ml", rng)
    found = structure.matrices(theta)
    items = structure.observed
    F = replace(
        F,
        S=found.C[..., items[:, None], items] / (F.unit[:, None] * F.unit),
        mean=found.nu[..., items] / F.unit,
    )
    point = F.at(theta)
    exact, expected = (F.derivatives(point, exact=each)[1] for each in (True, False))
    assert_allclose(exact, expected, atol=1e-10)


def test_the_jacobian_holds_the_derivatives_of_means_and_covariances():
    rng = np.random.default_rng(3)
    structure = two_groups()
    theta, unit = parameters(structure, rng), rng.uniform(0.5, 3, 6)
    i, j = np.triu_indices(6)

    def statistics(theta):
        found = structure.matrices(theta)
        Sigma = found.C[..., :6, :6] / (unit[:, None] * unit)
        return np.concatenate([found.nu[..., :6] / unit, Sigma[..., i, j]], axis=-1)

    by_cell = jacobian(structure, structure.matrices(theta), unit)
    assert_allclose(by_cell @ structure.K, slopes(statistics, theta), atol=1e-8)


@pytest.mark.parametrize("circle", [False, True])
def test_total_effects_invert_what_the_effects_leave(circle):
    structure = two_groups(circle)
    found = structure.matrices(parameters(structure, np.random.default_rng(4)))
    assert structure.depth == (-1 if circle else 1)
    assert_allclose(
        found.E @ (np.eye(8) - found.A), np.broadcast_to(np.eye(8), found.A.shape), atol=1e-14
    )


def test_matrices_that_are_not_positive_definite_have_no_inverse():
    good, bad = np.array([[2.0, 1.0], [1.0, 2.0]]), np.array([[1.0, 2.0], [2.0, 1.0]])
    W, logdet = inverse(np.stack([good, bad, np.full((2, 2), np.nan)]))
    assert_allclose(W[0] @ good, np.eye(2), atol=1e-15)
    assert_allclose(logdet, [np.log(3), np.nan, np.nan], atol=1e-15)
    assert np.isnan(W[1:]).all()

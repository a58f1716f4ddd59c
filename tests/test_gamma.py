"""Sampling covariances of moments: lavaan's, and the definition written out."""

import json
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose

from csi.core.sem.gamma import (
    adf_gamma,
    fourth_moments,
    normal_gamma,
    normal_weight,
    observed_weight,
    unbiased_gamma,
    unvech,
    vech,
)
from csi.errors import OptionError

GOLDEN = json.loads((Path(__file__).parent / "golden" / "lavaan_measures.json").read_text())


def symmetric(lower):
    return np.array(
        [[lower[max(i, j)][min(i, j)] for j in range(len(lower))] for i in range(len(lower))]
    )


@pytest.fixture(scope="module")
def sample():
    rng = np.random.default_rng(3)
    rows = rng.gamma(2.0, size=(40, 3)) @ rng.normal(size=(3, 3)) + 5
    return rows, rng.uniform(0.2, 3, 40), rng.integers(0, 11, 40)


def defined(rows, weights, clusters, mu, Sigma):
    """Gamma with means as its definition says, respondent by respondent."""
    w = weights / weights.mean()
    totals = {}
    for row, weight, cluster in zip(rows, w, clusters, strict=True):
        c = row - mu
        deviation = np.concatenate([c, vech(np.outer(c, c) - Sigma)])
        totals[cluster] = totals.get(cluster, 0) + weight * deviation
    return sum(np.outer(total, total) for total in totals.values()) / len(rows)


# against lavaan


def test_gamma_is_that_of_lavaan(mobi):
    stored = GOLDEN["gamma"]
    rows = mobi[stored["items"]].to_numpy(float)
    gamma = adf_gamma(rows, means=True)
    assert_allclose(gamma, symmetric(stored["biased"]), rtol=1e-12)
    assert_allclose(adf_gamma(rows), gamma[3:, 3:], rtol=1e-12)
    S = np.cov(rows.T, bias=True)
    unbiased = unbiased_gamma(gamma, S, len(rows), means=True)
    assert_allclose(unbiased, symmetric(stored["unbiased"]), rtol=1e-12)
    assert_allclose(unbiased_gamma(gamma[3:, 3:], S, len(rows)), unbiased[3:, 3:], rtol=1e-12)


# against the definition


@pytest.mark.parametrize("chunk", [1, 7, 1000])
@pytest.mark.parametrize("clustered", [False, True])
def test_one_pass_gives_gamma_about_any_moments(sample, chunk, clustered):
    rows, weights, clusters = sample
    labels = clusters if clustered else None
    found = fourth_moments(rows, 7 * weights, labels, chunk=chunk)
    w = weights / weights.sum()
    mean, cov = w @ rows, np.cov(rows.T, aweights=weights, bias=True)
    assert_allclose(found.mean, mean, rtol=1e-12)
    assert_allclose(found.cov, cov, rtol=1e-12)
    ids = clusters if clustered else np.arange(len(rows))
    C = len(set(clusters))
    factor = C / (C - 1) if clustered else 1.0
    for mu, Sigma in [(mean, cov), (mean + 0.1 * np.arange(3), cov + np.eye(3))]:
        expected = factor * defined(rows, weights, ids, mu, Sigma)
        gamma = found.gamma(means=True, about=(mu, Sigma))
        assert_allclose(gamma, expected, rtol=1e-9, atol=1e-9)


def test_frequent_small_clusters_span_chunks():
    rows = np.random.default_rng(1).normal(size=(60, 2))
    clusters = np.repeat(["b", "a", "c"], 20)[np.random.default_rng(2).permutation(60)]
    whole = adf_gamma(rows, clusters=clusters, means=True)
    assert_allclose(adf_gamma(rows, clusters=clusters, means=True, chunk=3), whole, rtol=1e-12)


def test_the_normal_weight_is_the_inverse_of_gamma_matrix_by_matrix(sample):
    S = np.cov(sample[0].T)
    several = np.stack([S + np.eye(3), S + 2 * np.eye(3)])
    for means in (False, True):
        product = normal_gamma(several, means=means) @ normal_weight(several, means=means)
        assert_allclose(
            product, np.broadcast_to(np.eye(product.shape[-1]), product.shape), atol=1e-8
        )


def test_the_observed_weight_is_half_the_hessian_of_the_likelihood(sample):
    S = np.cov(sample[0].T, bias=True)
    Sigma, shift = S + 0.5 * np.eye(3), np.array([0.3, -0.2, 0.1])
    at = np.concatenate([np.zeros(3), vech(Sigma)])

    def half_discrepancy(x):
        covariance, away = unvech(x[3:]), shift - x[:3]
        moments = S + np.outer(away, away)
        logarithm = np.linalg.slogdet(covariance)[1]
        return (logarithm + np.trace(np.linalg.solve(covariance, moments))) / 2

    h = 1e-3 * np.eye(9)
    hessian = [
        [
            sum(
                a * b * half_discrepancy(at + a * h[i] + b * h[j]) for a in (1, -1) for b in (1, -1)
            )
            / 4e-6
            for j in range(9)
        ]
        for i in range(9)
    ]
    found = observed_weight(Sigma, S, shift, means=True)
    assert_allclose(found, hessian, atol=1e-5)
    assert_allclose(observed_weight(Sigma, S), observed_weight(Sigma, S, means=True)[3:, 3:])
    assert_allclose(observed_weight(S, S, means=True), normal_weight(S, means=True), atol=1e-12)


# refusals


def test_too_few_are_refused():
    rows = np.arange(6.0).reshape(3, 2)
    with pytest.raises(OptionError, match="two clusters"):
        adf_gamma(rows, clusters=["a", "a", "a"])
    with pytest.raises(OptionError, match="four respondents"):
        unbiased_gamma(adf_gamma(rows), np.cov(rows.T), 3)

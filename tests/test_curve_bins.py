"""Bins and the calibration of scores: against enumeration, closed forms and the truth."""

import itertools

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.stats import norm

from csi.core.curve.bins import SCORES, bin_of, gather
from csi.core.curve.calibration import (
    calibrated,
    deconvolved,
    fitted_gaussian,
    fitted_items,
    gaussian_answering,
    uncalibrated,
)
from csi.core.curve.item_model import (
    GRID,
    Items,
    answering,
    composite_variance,
    congeneric_reliability,
    halfway_cuts,
    matched_cuts,
    unique_shares,
)
from csi.core.resample import stream

TENS = np.linspace(0, 100, 10)


@pytest.fixture
def sample():
    rng = stream(3)
    score = 100 * rng.beta(3, 1.2, 400)
    return score, 10 + 0.7 * score + 12 * rng.standard_normal(400)


def items_of(answers, weights):
    """Items of ten answers, counted from 0."""
    points = TENS[answers]
    cov = np.cov(points.T)
    shares = tuple(np.bincount(column, minlength=10) / len(answers) for column in answers.T)
    error = np.sqrt(unique_shares(cov) * np.diagonal(cov))
    return Items(weights, (TENS,) * len(weights), shares, error), cov


def test_means_of_bins(sample):
    score, outcome = sample
    bins = gather(score, outcome)
    inside = np.abs(score - 71) < 0.5
    assert bins.n == bins.weight.sum() == 400
    assert_allclose(bins.mean[71], outcome[inside].mean())
    assert np.isinf(bins.variance[bins.weight == 0]).all()
    assert_allclose(bins.variance[71] * bins.weight[71], 144, rtol=0.2)


def test_halves_go_up_whatever_rounding_did_to_them():
    assert bin_of(np.array([62.5, 62.5 - 1e-12, 62.49, 0.0, 100.0])).tolist() == [
        63,
        63,
        62,
        0,
        100,
    ]


def test_frequencies_are_repeated_respondents(sample):
    times = stream(4).integers(0, 4, 400)
    once = gather(*sample, times.astype(float), times.astype(float))
    again = gather(*(np.repeat(values, times) for values in sample))
    assert once.n == again.n
    for name in ("weight", "mean", "variance"):
        assert_allclose(getattr(once, name), getattr(again, name), rtol=1e-12)


def test_sampling_weights_raise_the_variance_of_means(sample):
    weights = stream(5).uniform(0.2, 3, 400)
    weighted = gather(*sample, weights)
    inside = bin_of(sample[0]) == 80
    w = weights[inside]
    assert_allclose(weighted.mean[80], np.average(sample[1][inside], weights=w))
    assert_allclose(weighted.variance[80], 144 * (w**2).sum() / w.sum() ** 2, rtol=0.2)


def test_scatter_is_the_covariance_of_clustered_means():
    rng = stream(6)
    clusters = np.repeat(np.arange(200), 10)
    shift = 8 * rng.standard_normal(200)[clusters]
    score = 100 * rng.beta(3, 1.2, 2000)
    bins = gather(score, 0.5 * score + shift + 6 * rng.standard_normal(2000), clusters=clusters)
    share = bins.weight / 2000
    spread = ((bins.scatter @ share) ** 2).sum()
    assert_allclose(spread, 64 / 200 + 36 / 2000, rtol=0.15)  # variance of the overall mean
    assert_allclose(bins.scatter.sum(axis=0) @ share, 0, atol=0.05)


def test_composites_are_those_of_all_patterns():
    weights, values = np.array([0.55, 0.45]), (np.array([0.0, 40, 100]), np.array([0.0, 100]))
    items = Items(weights, values, (np.ones(3) / 3, np.ones(2) / 2), np.ones(2))
    sigma, cuts = np.array([15.0, 20]), [np.array([25.0, 70]), np.array([55.0])]
    found = answering(items, sigma, cuts)
    s = 40
    one, two = (
        np.diff([0, *norm.cdf((cut - GRID[s]) / sd), 1])
        for cut, sd in zip(cuts, sigma, strict=True)
    )
    expected, first, second = np.zeros(101), 0.0, 0.0
    for (x, p), (y, q) in itertools.product(
        zip(values[0], one, strict=True), zip(values[1], two, strict=True)
    ):
        score = weights @ [x, y]
        expected[bin_of(np.array([score]))] += p * q
        first, second = first + p * q * score, second + p * q * score**2
    assert_allclose(found.chance[:, s], expected, atol=1e-14)
    assert_allclose(found.T[s], first)
    assert_allclose(found.variance[s], second - first**2)
    assert_allclose(composite_variance(items, sigma, cuts), found.variance)


def test_many_values_are_joined_without_moving_the_mean():
    weights = np.array([0.211, 0.173, 0.139, 0.187, 0.151, 0.139])
    items = Items(weights, (TENS,) * 6, (np.full(10, 0.1),) * 6, np.ones(6))
    found = answering(items, np.full(6, 20.0), halfway_cuts(items))
    assert_allclose(found.chance.sum(axis=0), 1)
    assert_allclose(SCORES @ found.chance, found.T, atol=0.04)  # halves of bins at the ends


def test_one_factor_is_recovered_from_its_covariances():
    loading, unique = np.array([15.0, 12, 18, 9]), np.array([90.0, 200, 150, 60])
    cov = np.outer(loading, loading) + np.diag(unique)
    weights = np.array([0.3, 0.2, 0.3, 0.2])
    assert_allclose(unique_shares(cov) * np.diagonal(cov), unique)
    assert_allclose(
        congeneric_reliability(cov, weights), (weights @ loading) ** 2 / (weights @ cov @ weights)
    )
    assert_allclose(congeneric_reliability(np.array([[4.0, 2], [2, 4]]), np.full(2, 0.5)), 2 / 3)


def test_matched_cuts_give_the_observed_answers():
    density = norm.pdf(GRID, 70, 15)
    density /= density.sum()
    shares = (np.array([0.05, 0.1, 0.5, 0.35]), np.array([0.4, 0.6]))
    items = Items(
        np.full(2, 0.5), (np.linspace(0, 100, 4), np.array([0.0, 100])), shares, np.ones(2)
    )
    sigma = np.array([12.0, 25])
    cuts = matched_cuts(items, sigma, density)
    for cut, sd, share in zip(cuts, sigma, shares, strict=True):
        reached = density @ norm.cdf((cut - GRID[:, None]) / sd)
        assert_allclose(reached, np.cumsum(share)[:-1], atol=2e-4)  # linear between 200 places


def test_normal_truth_and_error_have_a_straight_axis():
    rng = stream(7)
    true = rng.normal(50, 12, 400_000)
    observed = np.clip(true + rng.normal(0, 6, len(true)), 0, 100)
    weight = np.bincount(bin_of(observed), minlength=101).astype(float)
    found = calibrated(fitted_gaussian(weight, 0.8), weight, 0.8, 200)
    middle = slice(30, 71)
    assert_allclose(found.X[middle], 50 + 0.8 * (SCORES[middle] - 50), atol=0.35)
    assert_allclose(found.window(0.05), norm.ppf([0.05, 0.95], 50, 12), atol=0.4)


def test_more_steps_are_likelier_and_axes_are_samples():
    rng = stream(8)
    weight = rng.multinomial(500, norm.pdf(SCORES, 60, 15) / norm.pdf(SCORES, 60, 15).sum(), 3)
    chance = gaussian_answering(8.0).chance
    fits = [deconvolved(chance, weight.astype(float), steps) for steps in (5, 50, 500)]
    likelihood = [(weight * np.log(f @ chance.T)).sum(axis=1) for f in fits]
    assert (np.diff(likelihood, axis=0) > 0).all()
    assert_allclose(fits[1][2], deconvolved(chance, weight[2].astype(float), 50))


@pytest.mark.parametrize("unequal", [False, True])
def test_calibration_gives_mean_true_scores(unequal):
    """Parallel answers of the same customers show their true scores."""
    rng = stream(9)
    weights = np.array([0.35, 0.33, 0.32])
    latent = 100 * rng.beta(3.2, 1.2, 60_000)

    def answers():
        felt = latent[:, None] + rng.normal(0, 17, (len(latent), 3))
        if unequal:
            felt = felt + 8 * np.sin(felt / 100 * np.pi) + np.array([7.0, 0, -7])
        return np.clip(np.rint(felt / 100 * 9), 0, 9).astype(int)

    given = answers()
    score = TENS[given] @ weights
    code = bin_of(score)
    weight = np.bincount(code, minlength=101).astype(float)
    items, cov = items_of(given, weights)
    rho = congeneric_reliability(cov, weights)
    found = calibrated(fitted_items(items, weight, rho), weight, rho, 200)
    again = np.mean([TENS[answers()] @ weights for _ in range(5)], axis=0)
    # A small part of the composite's own error is in `rho`: attenuation of parallel scores.
    assert_allclose(rho, np.corrcoef(score, TENS[answers()] @ weights)[0, 1], atol=0.01)
    mean = np.bincount(code, again, 101) / np.maximum(weight, 1)
    apart = np.sqrt(np.average((found.X - mean) ** 2, weights=weight))
    raw = np.sqrt(np.average((SCORES - mean) ** 2, weights=weight))
    plain = calibrated(fitted_gaussian(weight, rho), weight, rho, 200)
    normal = np.sqrt(np.average((plain.X - mean) ** 2, weights=weight))
    assert apart < (0.9 if unequal else 0.6)  # 0.69 and 0.46 with a million customers
    assert apart < normal / 2 < raw / 2


def test_items_with_few_and_with_many_answers_keep_their_own_errors():
    """Where half of an error is rounding to 0 or 1, it is no measure of what customers feel."""
    rng = stream(10)
    weights, sigma = np.array([0.5, 0.3, 0.2]), np.array([12.0, 15, 20])
    scales = tuple(np.linspace(0, 100, many) for many in (10, 5, 2))
    cuts = [(scale[1:] + scale[:-1]) / 2 for scale in scales]
    latent = 100 * rng.beta(3, 1.1, 60_000)
    felt = latent + sigma[:, None] * rng.standard_normal((3, len(latent)))
    given = [np.searchsorted(cut, own) for cut, own in zip(cuts, felt, strict=True)]
    points = np.stack([scale[own] for scale, own in zip(scales, given, strict=True)])
    code = bin_of(weights @ points)
    weight = np.bincount(code, minlength=101).astype(float)
    cov = np.cov(points)
    shares = tuple(np.bincount(own) / len(latent) for own in given)
    items = Items(weights, scales, shares, np.sqrt(unique_shares(cov) * np.diagonal(cov)))
    rho = congeneric_reliability(cov, weights)
    found = calibrated(fitted_items(items, weight, rho), weight, rho, 200)
    true = np.interp(latent, GRID, answering(items, sigma, cuts).T)
    mean = np.bincount(code, true, 101) / np.maximum(weight, 1)
    apart = np.sqrt(np.average((found.X - mean) ** 2, weights=weight))
    assert apart < 0.7  # 1.4 where latent errors are as unequal as those of the answers


def test_without_error_scores_are_true():
    weight = np.zeros(101)
    weight[[20, 50, 80]] = 1, 2, 1
    found = uncalibrated(weight)
    assert_allclose(found.X, SCORES)
    assert found.reliability == 1

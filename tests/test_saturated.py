"""Means and covariances from rows with holes, against lavaan, closed forms and differences.

The likelihood itself is checked row by row against scipy. lavaan stops its EM algorithm
early by default; `golden/saturated.json` is from runs that did not.
"""

import json
from pathlib import Path

import numpy as np
import pytest
from lavaan_studies import fit, matrix, rows
from numpy.testing import assert_allclose, assert_array_equal
from scipy.stats import multivariate_normal

from csi.core.sem import incomplete
from csi.core.sem.gamma import unvech, vech
from csi.core.sem.incomplete import evaluate, log_likelihood, score_products
from csi.core.sem.patterns import find_patterns, padded_inverses
from csi.core.sem.saturated import asymptotic_covariance, saturated
from csi.errors import DataError, EstimationError, OptionError

GOLDEN = json.loads((Path(__file__).parent / "golden" / "saturated.json").read_text())
FOUR = GOLDEN["moments"]["without"]["names"]
SMALL_PARTS = 8 * 4**2 * 7  # seven rows, or patterns, of four items at a time


def triangle(stored):
    return np.array([[*row, *[0.0] * (len(stored) - len(row))] for row in stored])


def symmetric(stored):
    lower = triangle(stored)
    return lower + np.tril(lower, -1).T


@pytest.fixture(scope="module")
def customers():
    return rows("mobi_miss").join(rows("mobi_wt")[["wt", "clus"]])


@pytest.fixture(scope="module")
def made_up():
    """Rows with holes and one without answers, weights, clusters, and where to evaluate."""
    rng = np.random.default_rng(5)
    root = rng.normal(size=(4, 4))
    cov = root @ root.T + np.eye(4)
    answers = rng.normal(size=(60, 4)) @ np.linalg.cholesky(cov).T + 0.3
    answers[rng.random(answers.shape) < 0.25] = np.nan
    answers[3] = np.nan
    return answers, rng.random(60), rng.integers(0, 9, 60), rng.normal(size=4), cov


def scores_one_by_one(answers, mean, cov):
    blank = np.zeros(len(mean) * (len(mean) + 3) // 2)
    return np.array(
        [
            blank if np.isnan(x).all() else evaluate(find_patterns(x[None]), mean, cov).gradient
            for x in answers
        ]
    )


@pytest.mark.parametrize("study", ["hs", "core", "acsi"])
def test_lavaans_figures_with_its_default_tolerance(study):
    expected = fit(f"{study}_fiml", "FIML")
    h1 = matrix(expected["h1"]["cov"])
    patterns = find_patterns(rows(expected["data"])[h1.index].to_numpy(float))
    found = saturated(patterns, list(h1.index))
    assert len(patterns.n) == expected["npatterns"]
    assert_allclose(patterns.coverage, matrix(expected["coverage"]), atol=1e-12)
    assert found.converged
    assert found.gradient < 1e-12
    mean = np.array([expected["h1"]["mean"][name] for name in h1.index])
    assert_allclose(found.mean, mean, atol=5e-6)
    assert_allclose(found.cov, h1, atol=2e-5)
    theirs = expected["fit"]["unrestricted.logl"]
    assert theirs <= found.logl + 1e-10 <= theirs + 1e-7


@pytest.mark.parametrize("which", ["without", "with"])
def test_auxiliary_items_change_moments_as_in_lavaan(customers, which):
    expected = GOLDEN["moments"][which]
    names = expected["names"]
    found = saturated(find_patterns(customers[names].to_numpy(float)), names)
    assert_allclose(found.mean, expected["mean"], rtol=1e-11)
    assert_allclose(found.cov, symmetric(expected["cov"]), rtol=1e-10)
    assert_allclose(found.logl, expected["logl"], rtol=1e-12)
    moved = np.subtract(found.mean[:4], GOLDEN["moments"]["without"]["mean"])
    assert (np.abs(moved).max() > 1e-3) == (which == "with")


@pytest.mark.parametrize("kind", GOLDEN["vcov"])
def test_sampling_covariance_of_saturated_moments(customers, kind):
    answers = customers[FOUR].to_numpy(float)
    weights = customers["wt"].to_numpy() if "weights" in kind else None
    clusters = customers["clus"].to_numpy() if "clusters" in kind else None
    patterns = find_patterns(answers, weights)
    at = saturated(patterns, FOUR)
    plain = kind in ("observed", "expected")
    products = score_products(patterns, answers, at.mean, at.cov, clusters=clusters)
    gamma = asymptotic_covariance(
        patterns, at.mean, at.cov,
        information=kind if plain else "observed", products=None if plain else products,
    )  # fmt: skip
    expected = symmetric(GOLDEN["vcov"][kind])
    scale = np.sqrt(np.diagonal(expected))
    tolerance = 1e-6 if weights is not None else 1e-10  # lavaan iterates to weighted estimates
    assert_allclose(gamma / 250 / np.outer(scale, scale), expected / np.outer(scale, scale),
                    atol=tolerance)  # fmt: skip


def test_two_items_of_which_one_has_holes_follow_the_regression():
    x = np.array([1.0, 4.0, 2.0, 7.0, 5.0, 3.0, 6.0])
    y = np.array([2.0, 3.0, 1.0, 9.0, 4.0, np.nan, np.nan])
    seen = ~np.isnan(y)
    slope = np.cov(x[seen], y[seen], ddof=0)[0, 1] / x[seen].var()
    found = saturated(find_patterns(np.column_stack([x, y])), ["x", "y"])
    assert_allclose(found.mean, [4, y[seen].mean() + slope * (4 - x[seen].mean())], rtol=1e-12)
    assert_allclose(found.cov[0], [x.var(), slope * x.var()], rtol=1e-12)
    left = y[seen].var() - slope**2 * x[seen].var()
    assert_allclose(found.cov[1, 1], left + slope**2 * x.var(), rtol=1e-12)


def test_complete_answers_need_no_iteration(customers):
    answers = customers[FOUR].dropna().to_numpy(float)
    found = saturated(find_patterns(answers), FOUR)
    assert_allclose(found.mean, answers.mean(axis=0), rtol=1e-13)
    assert_allclose(found.cov, np.cov(answers.T, ddof=0), rtol=1e-12)


def test_units_and_the_start_do_not_matter(customers):
    answers = customers[FOUR].to_numpy(float)
    patterns = find_patterns(answers)
    found = saturated(patterns, FOUR)
    units = np.array([1e9, 1e-9, 1.0, 1e4])
    scaled = saturated(find_patterns(answers * units), FOUR)
    assert_allclose(scaled.mean / units, found.mean, rtol=1e-11)
    assert_allclose(scaled.cov / np.outer(units, units), found.cov, rtol=1e-11)
    far = saturated(patterns, FOUR, start=(found.mean + 3, 20 * found.cov))
    assert_allclose(far.cov, found.cov, rtol=1e-11)
    useless = saturated(patterns, FOUR, start=(found.mean, -found.cov))
    assert_array_equal(useless.cov, found.cov)


def test_the_first_step_is_the_em_step_of_little_and_rubin(made_up):
    answers, _, _, mean, cov = made_up
    answers = answers[~np.isnan(answers).all(axis=1)]
    filled, left = np.empty_like(answers), np.zeros((4, 4))
    for x, out in zip(answers, filled, strict=True):
        a, m = np.flatnonzero(~np.isnan(x)), np.flatnonzero(np.isnan(x))
        slope = cov[np.ix_(m, a)] @ np.linalg.inv(cov[np.ix_(a, a)])
        out[a], out[m] = x[a], mean[m] + slope @ (x[a] - mean[a])
        left[np.ix_(m, m)] += cov[np.ix_(m, m)] - slope @ cov[np.ix_(a, m)]
    found = saturated(find_patterns(answers), list("abcd"), start=(mean, cov), max_iter=1)
    assert (found.em_steps, found.newton_steps, found.converged) == (1, 0, False)
    assert_allclose(found.mean, filled.mean(axis=0), rtol=1e-11)
    assert_allclose(found.cov, np.cov(filled.T, ddof=0) + left / len(filled), rtol=1e-11)


def hard_sample(customers, n, share, seed):
    """A few of the customers, 11 items of theirs, and more holes."""
    rng = np.random.default_rng(seed)
    names = list(matrix(fit("core_fiml", "FIML")["h1"]["cov"]).index)
    answers = customers[names].to_numpy(float)[rng.choice(250, n, replace=False)]
    answers[rng.random(answers.shape) < share] = np.nan
    return find_patterns(answers), names


@pytest.mark.parametrize("sample", [(25, 0.1, 3), (40, 0.2, 4)])
def test_hard_samples_are_climbed_without_falling(customers, sample):
    patterns, names = hard_sample(customers, *sample)
    found = saturated(patterns, names)
    assert found.converged
    assert found.gradient < 1e-11
    steps = found.em_steps + found.newton_steps
    climb = [saturated(patterns, names, max_iter=most).logl for most in range(1, steps + 1)]
    assert (np.diff(climb) > -1e-9).all()


def test_a_likelihood_without_maximum_is_refused(customers):
    patterns, names = hard_sample(customers, 25, 0.1, 0)
    with pytest.raises(EstimationError, match="of 25 respondents, 7 of them with all answers"):
        saturated(patterns, names, max_iter=270)


def test_iterations_that_run_out_are_not_called_converged(customers):
    patterns = find_patterns(customers[FOUR].to_numpy(float))
    assert not saturated(patterns, FOUR, max_iter=4).converged
    assert saturated(patterns, FOUR).converged


def test_the_log_likelihood_is_that_of_each_row(made_up):
    answers, weights, _, mean, cov = made_up
    patterns = find_patterns(answers, weights)
    expected = 0.0
    for x, w in zip(answers, patterns.weights, strict=True):
        seen = np.flatnonzero(~np.isnan(x))
        if len(seen):
            density = multivariate_normal(mean[seen], cov[np.ix_(seen, seen)])
            expected += w * density.logpdf(x[seen])
    assert_allclose(log_likelihood(patterns, mean, cov), expected, rtol=1e-13)
    assert_allclose(evaluate(patterns, mean, cov).logl, expected, rtol=1e-13)
    empty = np.isnan(answers).all(axis=1).sum()
    assert (patterns.n_empty, patterns.total) == (empty, pytest.approx(60 - empty))
    assert log_likelihood(patterns, mean, -cov) == -np.inf


def test_derivatives_are_those_of_the_likelihood(made_up, monkeypatch):
    answers, weights, _, mean, cov = made_up
    patterns = find_patterns(answers, weights)

    def moved(parameter, step):
        theta = np.concatenate([mean, vech(cov)])
        theta[parameter] += step
        return theta[:4], unvech(theta[4:])

    def slope(f):
        h = 1e-5
        return np.array([(f(*moved(i, h)) - f(*moved(i, -h))) / (2 * h) for i in range(14)])

    found = evaluate(patterns, mean, cov, "observed")
    first = slope(lambda *at: log_likelihood(patterns, *at))
    second = slope(lambda *at: evaluate(patterns, *at).gradient)
    assert_allclose(found.gradient, first, atol=1e-6)
    assert_allclose(found.information, -second, atol=1e-6)
    monkeypatch.setattr(incomplete, "CELLS", SMALL_PARTS)
    parts = evaluate(patterns, mean, cov, "observed")
    assert_allclose(parts.information, found.information, rtol=1e-11, atol=1e-11)


@pytest.mark.parametrize("clustered", [False, True])
def test_cross_products_of_scores(made_up, monkeypatch, clustered):
    answers, weights, labels, mean, cov = made_up
    patterns = find_patterns(answers, weights)
    scores = scores_one_by_one(answers, mean, cov) * patterns.weights[:, None]
    assert_allclose(scores.sum(axis=0), evaluate(patterns, mean, cov).gradient, atol=1e-12)
    clusters = labels if clustered else None
    if clustered:
        scores = np.array([scores[labels == each].sum(axis=0) for each in np.unique(labels)])
        scores *= np.sqrt(len(scores) / (len(scores) - 1))
    found = score_products(patterns, answers, mean, cov, clusters=clusters)
    assert_allclose(found, scores.T @ scores, rtol=1e-11, atol=1e-11)
    along = np.random.default_rng(1).normal(size=(14, 3))
    monkeypatch.setattr(incomplete, "CELLS", SMALL_PARTS)
    parts = score_products(patterns, answers, mean, cov, clusters=clusters, along=along)
    assert_allclose(parts, along.T @ found @ along, rtol=1e-11)


def test_frequency_weights_stand_for_repeated_rows(made_up):
    answers, _, _, mean, cov = made_up
    times = np.arange(60) % 3
    long = np.repeat(answers, times, axis=0)
    counted, repeated = (
        find_patterns(answers, times.astype(float), frequency=True),
        find_patterns(long),
    )
    assert counted.total == repeated.total
    assert_allclose(counted.n, repeated.n)
    assert_allclose(counted.cov, repeated.cov, atol=1e-13)
    assert_allclose(score_products(counted, answers, mean, cov),
                    score_products(repeated, long, mean, cov), atol=1e-11)  # fmt: skip


def test_patterns_hold_the_moments_of_their_rows(made_up):
    answers = made_up[0]
    patterns = find_patterns(answers)
    for h, answered in enumerate(patterns.answered):
        own = answers[patterns.of_row == h]
        assert_array_equal(~np.isnan(own), np.broadcast_to(answered, own.shape))
        assert_allclose(patterns.mean[h][answered], own[:, answered].mean(axis=0))
        spread = own[:, answered] - own[:, answered].mean(axis=0)
        grid = np.ix_(answered, answered)
        assert_allclose(patterns.cov[h][grid], spread.T @ spread / len(own), atol=1e-14)
    assert not patterns.mean[~patterns.answered].any()
    assert_array_equal(patterns.of_row == -1, np.isnan(answers).all(axis=1))


def test_padded_inverses_of_a_batch(made_up):
    answers, *_, cov = made_up
    answered = find_patterns(answers).answered
    W, log_det = padded_inverses(np.array([cov, 2 * cov, -cov]), answered)
    for h, seen in enumerate(answered):
        grid = np.ix_(seen, seen)
        assert_allclose(W[h, 1][grid], np.linalg.inv(2 * cov[grid]), rtol=1e-11)
        assert_allclose(log_det[h, 1], np.linalg.slogdet(2 * cov[grid])[1])
        assert not W[h, 0][~np.outer(seen, seen)].any()
    assert np.isinf(log_det[:, 2]).all()


def test_items_with_too_few_answers_are_named(made_up):
    names = ["a", "b", "c", "d"]
    with pytest.raises(DataError, match="None of 2 rows"):
        find_patterns(np.full((2, 4), np.nan))
    apart = made_up[0].copy()
    apart[np.arange(60) % 2 == 0, 1] = np.nan
    apart[np.arange(60) % 2 == 1, 3] = np.nan
    with pytest.raises(DataError, match="same respondent: b with d"):
        saturated(find_patterns(apart), names)
    lone, full = np.full(60, np.nan), np.random.default_rng(0).normal(size=(60, 3))
    lone[7] = 2.0
    with pytest.raises(DataError, match="Fewer than 2 respondents answered d"):
        saturated(find_patterns(np.column_stack([full, lone])), names)
    with pytest.raises(DataError, match="All answers to d are the same"):
        saturated(find_patterns(np.column_stack([full, np.where(lone > 0, np.nan, 2.0)])), names)


def test_what_the_answers_do_not_determine_is_refused(made_up):
    answers, _, _, mean, cov = made_up
    full = np.random.default_rng(0).normal(size=(60, 3))
    twin = np.column_stack([full, full[:, 0] - full[:, 1]])
    twin[::9, 2] = np.nan
    with pytest.raises(EstimationError, match="53 of them with all answers, allow that a, b, d"):
        saturated(find_patterns(twin), ["a", "b", "c", "d"])
    patterns = find_patterns(answers)
    with pytest.raises(OptionError, match="two clusters at least; found 1"):
        score_products(patterns, answers, mean, cov, clusters=np.zeros(60))
    with pytest.raises(EstimationError, match="observed information about means"):
        asymptotic_covariance(patterns, mean, 50 * cov)

"""Samples drawn anew: bins, reliability, calibration, curve and zone of each."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.optimize import lsq_linear

from csi.core.curve.bends import bends, curvature, values
from csi.core.curve.bins import gather
from csi.core.curve.calibration import calibrated, fitted_items
from csi.core.curve.detection import knots_between
from csi.core.curve.edges import best_zone
from csi.core.curve.hinges import hinge_means, hinges
from csi.core.curve.item_model import Items, congeneric_reliability, unique_shares
from csi.core.curve.ladder import known, ladder
from csi.core.curve.populations import Population, draw
from csi.core.curve.redrawing import (
    Redrawn,
    error_spread,
    redraw,
    reliability_influence,
    source,
)
from csi.core.curve.replicates import Samples, curve_replicates, resampled, zone_replicates
from csi.core.curve.satisfaction import Satisfaction
from csi.core.curve.truths import TRUTHS
from csi.core.design import Design, sampling_covariance

SATISFACTION = Satisfaction("beta", 0.85)
WEIGHTS = np.array(SATISFACTION.weights)
STEPS = 50


class Survey:
    """A simulated survey with a zone, binned and calibrated."""

    def __init__(self, seed, n=800):
        sample = draw(Population(SATISFACTION, TRUTHS["z30"]), n, np.random.default_rng(seed))
        self.points = (sample.items - 1) / 9 * 100
        self.score, self.outcome = self.points @ WEIGHTS, sample.outcome
        self.bins = gather(self.score, self.outcome)
        self.cov = np.cov(self.points.T)
        self.reliability = congeneric_reliability(self.cov, WEIGHTS)
        values = (np.linspace(0, 100, 10),) * 3
        shares = tuple(np.bincount(a.astype(int) - 1, minlength=10) / n for a in sample.items.T)
        error = np.sqrt(unique_shares(self.cov) * np.diagonal(self.cov))
        self.items = Items(WEIGHTS, values, shares, error)
        self.model = fitted_items(self.items, self.bins.weight, self.reliability)
        self.calibration = calibrated(self.model, self.bins.weight, self.reliability, STEPS)

    def resampled(self, number, seed=3, **options):
        given = source(self.bins, self.score, **options)
        return resampled(
            given, self.model, self.items, self.reliability, steps=STEPS, seed=seed, number=number
        )


@pytest.fixture(scope="module")
def survey():
    return Survey(1)


def unchanged(survey, copies=3):
    """Samples that are the survey itself, but for the last, whose outcome is turned round."""
    bins = survey.bins
    weight, mean, variance = (
        np.tile(part, (copies, 1)) for part in (bins.weight, bins.mean, bins.variance)
    )
    mean[-1] = np.where(bins.weight > 0, 100 - bins.mean, 0)
    density = np.tile(survey.calibration.density, (copies, 1))
    drawn = Redrawn(weight, mean, variance, np.zeros(copies))
    models = known(survey.model, survey.reliability)
    return Samples(drawn, models, np.zeros(copies, np.intp), density)


# each replicate is what one sample would have given

SINGLE = 1e-4  # what single precision of the expectations leaves of slopes and levels


@pytest.mark.parametrize("seed", range(3))
def test_a_replicate_is_the_zone_of_one_sample(seed):
    survey = Survey(seed, 300)
    bins, calibration = survey.bins, survey.calibration
    window = calibration.window()
    knots = knots_between(window)
    found = zone_replicates(unchanged(survey), knots, window)
    expected = best_zone(hinges(bins, calibration, knots), bins, window)
    assert (found.low[0], found.high[0]) == (expected.low.value, expected.high.value)
    slopes = slopes_between(survey, expected.low.value, expected.high.value)
    for name, slope in zip(("below", "inside", "above"), slopes, strict=True):
        assert_allclose(getattr(found, name)[0], slope, atol=SINGLE)
    parts = np.diff([window[0], expected.low.value, expected.high.value, window[1]])
    assert_allclose(found.average[0], slopes @ parts / parts.sum(), atol=SINGLE)
    assert_allclose(found.ratio[0], expected.ratio, atol=SINGLE)
    turned = replace(bins, mean=unchanged(survey).drawn.mean[-1])
    other = best_zone(hinges(turned, calibration, knots), turned, window)
    assert found.found[-1] == (other is not None)


def slopes_between(survey, low, high):
    """Slopes of three pieces by least squares, the middle one not negative."""
    T, seen = survey.calibration.T, survey.bins.weight > 0
    pieces = [np.ones_like(T), np.minimum(T, low), np.clip(T, low, high), np.maximum(T, high)]
    terms = (survey.calibration.posterior @ np.column_stack(pieces))[seen]
    root = 1 / np.sqrt(survey.bins.variance[seen])
    bounds = [-np.inf, -np.inf, 0, -np.inf], np.inf
    found = lsq_linear(root[:, None] * terms, root * survey.bins.mean[seen], bounds, tol=1e-14)
    return found.x[1:]


def test_a_replicate_is_the_curve_of_one_sample(survey):
    knots = np.array([55.0, 70, 85])
    seen = survey.bins.weight > 0
    H = hinge_means(survey.calibration, knots)
    terms = np.column_stack([np.ones(101), survey.calibration.X, H])[seen]
    root = 1 / np.sqrt(survey.bins.variance[seen])
    expected = np.linalg.lstsq(root[:, None] * terms, root * survey.bins.mean[seen], rcond=None)[0]
    assert_allclose(bends(survey.bins, survey.calibration, knots), expected, atol=1e-6)
    assert_allclose(curve_replicates(unchanged(survey), knots)[0], expected, rtol=2e-3, atol=1e-3)


def test_more_replicates_begin_with_the_same(survey):
    knots = np.array([60.0, 80])
    few, many = (curve_replicates(survey.resampled(number), knots) for number in (20, 540))
    assert_allclose(few, many[:20], atol=1e-3)
    assert len(np.unique(many.round(6), axis=0)) == 540


def test_scores_without_error_are_taken_as_they_are(survey):
    given = source(survey.bins, survey.score)
    samples = resampled(given, None, None, 1.0, steps=1, seed=5, number=4)
    knots = np.array([60.0, 80])
    at = np.flatnonzero(samples.drawn.weight[2])
    terms = np.column_stack([np.ones(101), np.arange(101.0), hinges_of(knots)])[at]
    root = 1 / np.sqrt(samples.drawn.variance[2, at])
    expected = np.linalg.lstsq(root[:, None] * terms, root * samples.drawn.mean[2, at], rcond=None)[
        0
    ]
    assert_allclose(curve_replicates(samples, knots)[2], expected, rtol=1e-3, atol=1e-3)


def hinges_of(knots):
    return np.maximum(np.arange(101.0)[:, None] - knots, 0)


# bins are redrawn with the errors of the design


def test_sparse_bins_do_not_count_their_noise_twice():
    survey = Survey(2, 150)
    drawn = redraw(source(survey.bins, survey.score), 11, 3_000)
    total = (drawn.weight * drawn.mean).sum(axis=1) / drawn.weight.sum(axis=1)
    assert_allclose(total.std(), survey.outcome.std() / np.sqrt(150), rtol=0.05)


@pytest.mark.parametrize("design", ["plain", "weighted", "clustered"])
def test_redrawn_bins_have_the_errors_of_linearisation(design):
    survey, rng = Survey(2, 2_000), np.random.default_rng(3)
    weights = rng.uniform(0.3, 3, 2_000) if design == "weighted" else None
    clusters = rng.integers(150, size=2_000) if design == "clustered" else None
    outcome = survey.outcome + (0 if clusters is None else rng.normal(0, 10, 150)[clusters])
    influence = reliability_influence(lambda cov: cov[0, 1], survey.points, weights)
    bins = gather(survey.score, outcome, weights, clusters=clusters)
    given = source(bins, survey.score, weights, None, clusters, influence)
    drawn = redraw(given, 11, 3_000)
    total = drawn.weight.sum(axis=1)
    measured = np.column_stack(
        [
            (drawn.weight * drawn.mean).sum(axis=1) / total,
            (drawn.weight @ np.arange(101.0)) / total,
            drawn.shift,
        ]
    )
    w = np.ones(2_000) if weights is None else weights
    z = np.column_stack([outcome, np.floor(survey.score + 0.5 + 1e-9)])
    moved = w[:, None] * (z - w @ z / w.sum()) / w.sum()
    moved = np.column_stack([moved, influence])
    expected = sampling_covariance(moved, np.ones(3, int) * 2_000, np.ones(2_000), Design(clusters))
    sd = np.sqrt(np.diagonal(expected))
    assert_allclose(np.cov(measured.T) / np.outer(sd, sd), expected / np.outer(sd, sd), atol=0.08)


def test_copies_are_respondents():
    survey, rng = Survey(4, 400), np.random.default_rng(5)
    copies = rng.integers(0, 4, 400).astype(float)
    rows = np.repeat(np.arange(400), copies.astype(int))
    pull = rng.normal(size=400)
    short = gather(survey.score, survey.outcome, copies, copies)
    long = gather(survey.score[rows], survey.outcome[rows])
    influence = (pull * copies, pull[rows])
    given = source(short, survey.score, copies, copies, influence=influence[0])
    expected = source(long, survey.score[rows], influence=influence[1])
    assert_allclose(given.count, expected.count)
    assert_allclose(given.pull, expected.pull)
    assert_allclose(given.rest, expected.rest)


def test_the_error_of_the_calibration_is_foreseen(survey):
    influence = reliability_influence(
        lambda cov: congeneric_reliability(cov, WEIGHTS), survey.points
    )
    for clusters in (None, np.arange(800) % 200):
        bins = gather(survey.score, survey.outcome, clusters=clusters)
        given = source(bins, survey.score, clusters=clusters, influence=influence)
        drawn = redraw(given, 4, 2_000)
        share = drawn.weight / drawn.weight.sum(axis=1, keepdims=True)
        x = np.arange(101.0)
        variance = share @ x**2 - (share @ x) ** 2
        error = (1 - survey.reliability - drawn.shift) * variance / variance.mean()
        assert_allclose(error_spread(given, survey.reliability), error.std(), rtol=0.1)


def test_influence_is_the_jackknife_of_a_large_sample(survey):
    def measure(cov):
        return congeneric_reliability(cov, WEIGHTS)

    influence = reliability_influence(measure, survey.points)
    rows = np.arange(0, 800, 40)
    without = [measure(np.cov(np.delete(survey.points, row, axis=0).T, ddof=0)) for row in rows]
    full = measure(np.cov(survey.points.T, ddof=0))
    assert_allclose(influence[rows], full - np.array(without), rtol=0.02, atol=2e-7)


def test_rungs_are_models_at_their_reliabilities(survey):
    models = ladder(survey.model, survey.items, survey.bins.weight, survey.reliability, 0.012)
    assert_allclose(models.chance[4], survey.model.chance, atol=1e-12)
    fitted = fitted_items(survey.items, survey.bins.weight, models.reliability[6])
    common = survey.calibration.density
    moved = (abs(survey.model.chance - fitted.chance) @ common).sum()
    assert (abs(models.chance[6] - fitted.chance) @ common).sum() < 0.1 * moved
    assert common @ abs(models.T[6] - fitted.T) < 0.1 * (common @ abs(survey.model.T - fitted.T))
    assert_array_equal(models.nearest(models.reliability), np.arange(9))


def test_samples_keep_the_size_of_the_error_on_average(survey):
    rung = survey.resampled(1_000, influence=np.zeros(800)).rung
    assert abs(rung.mean() - 4) < 0.2
    assert 1.2 < rung.std() < 2


def test_uncertain_reliability_widens_the_curve(survey):
    knots = np.array([70.0])
    influence = 3 * reliability_influence(
        lambda cov: congeneric_reliability(cov, WEIGHTS), survey.points
    )
    known_one, uncertain = (
        curve_replicates(survey.resampled(300, influence=pull), knots)[:, 2].std()
        for pull in (None, influence)
    )
    assert uncertain > 1.03 * known_one


# curvature


def test_curvature_of_pieces():
    knots = np.array([60.0])
    beta = np.array([[10.0, 0.5, 0.0], [10.0, 0.5, 1.0]])
    assert_allclose(values(beta, knots, np.array([50.0, 70.0])), [[35, 45], [35, 55]])
    assert_allclose(curvature(beta, knots, (30.0, 90.0)), [0, 1.0], atol=1e-12)

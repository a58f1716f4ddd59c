"""The smooth calibrated curve: penalised splines, bands, the monotone fit.

Source      bins of the 0-100 score made up by formulas (`golden/scripts/curve.R`).
Oracle      mgcv 1.8-41: gam, bs = "ps", method = "REML", scale = 1, the calibrated curve as a
            linear functional term; 200,000 draws from its Vp for the critical values;
            normal equations written out; conditions of Karush, Kuhn and Tucker.
"""

import json
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import stats

from csi.core.curve.bands import slope_reading, smooth_curve
from csi.core.curve.monotone import monotone_curve, monotone_fit
from csi.core.curve.smooth import smooth_fit
from csi.core.curve.splines import Spline
from csi.core.resample import stream
from csi.errors import EstimationError

GOLDEN = json.loads((Path(__file__).parent / "golden/curve.json").read_text())
SCORES = np.arange(101.0)

TOLERANCE = 3e-6  # the search of mgcv stops where the likelihood is flat to 1e-12, not its argument
CRITICAL = 0.06  # three Monte-Carlo errors of a quantile of 10,000 draws


def bins(name):
    found = GOLDEN["bins"][name]
    some = np.array(found["count"]) > 0
    return np.where(some, found["mean"], 0), np.where(some, found["variance"], np.inf)


def axis(kind):
    """Posterior and true scores, as the script has them."""
    if kind == "raw":
        return np.eye(101), SCORES
    T = np.array(GOLDEN["T"], float)
    joint = stats.norm.pdf(SCORES[:, None], T, 7) * stats.beta.pdf((T + 1) / 102, 4, 2)
    return joint / joint.sum(axis=1, keepdims=True), T


def fitted(kind="calibrated", name="bent", **settings):
    return smooth_fit(*axis(kind), *bins(name), span=(0.0, 100.0), **settings)


def by_hand(kind="calibrated", name="bent"):
    """Weighted products of the calibrated splines, and the penalty."""
    posterior, T = axis(kind)
    mean, variance = bins(name)
    X = posterior @ Spline(0.0, 100.0, 20).values(T)
    D = np.diff(np.eye(23), 2, axis=0)
    return X, mean, 1 / variance, D.T @ D


@pytest.mark.parametrize("name", ["bent", "convex", "line"])
@pytest.mark.parametrize("kind", ["raw", "calibrated"])
def test_figures_of_mgcv(kind, name):
    expected = GOLDEN[kind][name]
    fit = smooth_fit(*axis(kind), *bins(name), span=(expected["low"], expected["high"]))
    found = smooth_curve(fit, np.arange(20.0, 96.0), (20, 95), stream(1), unconditional=False)
    assert_allclose(fit.edf, expected["edf"], rtol=TOLERANCE)
    if fit.edf > 2.01:  # any large number makes a straight line
        assert_allclose(fit.smoothing, expected["smoothing"], rtol=TOLERANCE)
    for ours, theirs in {
        "value": found.curve.value,
        "se": found.curve.se,
        "slope": found.slope.value,
        "slope_se": found.slope.se,
    }.items():
        assert_allclose(theirs[::5], expected[ours], rtol=TOLERANCE, atol=TOLERANCE)
    assert_allclose(found.curve.critical, expected["critical"], atol=CRITICAL)
    assert_allclose(found.slope.critical, expected["slope_critical"], atol=CRITICAL)


def test_normal_equations():
    fit = fitted()
    X, mean, weight, S = by_hand()
    hessian = X.T * weight @ X + fit.smoothing * S
    assert_allclose(fit.beta, np.linalg.solve(hessian, X.T * weight @ mean), rtol=1e-7)
    assert_allclose(fit.root.T @ fit.root, hessian, rtol=1e-8, atol=1e-8 * hessian.max())
    assert_allclose(fit.covariance, np.linalg.inv(hessian), rtol=1e-6)
    assert_allclose(fit.edf, np.trace(np.linalg.solve(hessian, X.T * weight @ X)), rtol=1e-8)


def test_restricted_likelihood_is_highest_at_the_smoothing_parameter():
    X, mean, weight, S = by_hand()

    def deviance(smoothing):
        hessian = X.T * weight @ X + smoothing * S
        beta = np.linalg.solve(hessian, X.T * weight @ mean)
        cost = weight @ (mean - X @ beta) ** 2 + smoothing * beta @ S @ beta
        return cost + np.linalg.slogdet(hessian)[1] - 21 * np.log(smoothing)

    best = fitted().smoothing
    others = best * np.geomspace(1e-4, 1e4, 60)
    assert deviance(best) < min(deviance(one) for one in others)


def test_unconditional_covariance_adds_what_is_not_known_of_the_smoothing():
    X, mean, weight, S = by_hand()
    fit = fitted()
    smoothing = fit.smoothing * np.geomspace(1e-5, 1e7, 400)
    probability = np.zeros(400)
    squares = []
    for i, one in enumerate(smoothing):
        hessian = X.T * weight @ X + one * S
        beta = np.linalg.solve(hessian, X.T * weight @ mean)
        cost = weight @ (mean - X @ beta) ** 2 + one * beta @ S @ beta
        logarithm = np.linalg.slogdet(hessian)[1] - 21 * np.log(one)
        probability[i] = -(cost + logarithm) / 2 - np.log(one) / 4
        squares.append(np.linalg.inv(hessian) + np.outer(beta - fit.beta, beta - fit.beta))
    probability = np.exp(probability - probability.max())
    total = np.tensordot(probability / probability.sum(), squares, 1)
    size = np.sqrt(np.diag(total))
    assert_allclose(
        fit.unconditional / np.outer(size, size), total / np.outer(size, size), atol=5e-3
    )
    assert (np.linalg.eigvalsh(fit.unconditional - fit.covariance).min()) > -1e-6


def test_clusters_that_double_the_variance_are_half_the_respondents():
    mean, variance = bins("bent")
    some = np.isfinite(variance)
    double = np.diag(np.where(some, 2 * variance, 0))
    clustered = fitted(noise=double)
    fewer = smooth_fit(*axis("calibrated"), mean, 2 * variance, span=(0.0, 100.0))
    assert_allclose(clustered.inflation, 2, rtol=1e-10)
    assert_allclose(clustered.beta, fewer.beta, rtol=1e-7)
    assert_allclose(clustered.covariance, fewer.covariance, rtol=1e-6)
    assert_allclose(clustered.edf, fewer.edf, rtol=1e-7)


def test_correlated_bins_enter_the_covariance_as_a_sandwich():
    X, _, weight, S = by_hand()
    root = np.where(weight > 0, 1 / np.sqrt(np.maximum(weight, 1e-300)), 0)
    near = np.exp(-np.abs(SCORES[:, None] - SCORES) / 6)
    V = near * root[:, None] * root
    fit = fitted(noise=V)
    W = weight / fit.inflation
    inverse = np.linalg.inv(X.T * W @ X + fit.smoothing * S)
    middle = (X.T * W) @ V @ (X.T * W).T + fit.smoothing * S
    assert fit.inflation > 2  # neighbours that err together look like bends
    assert_allclose(fit.covariance, inverse @ middle @ inverse, rtol=1e-6)


def test_straight_lines_are_kept_even_outside_the_knots():
    spline = Spline(30.0, 80.0, 7)
    t = np.linspace(0, 100, 41)
    beta = 12 + 0.5 * (30 + spline.step * (np.arange(spline.size) - 1))
    assert_allclose(spline.values(t) @ beta, 12 + 0.5 * t, rtol=1e-12)
    assert_allclose(spline.slopes(t) @ beta, 0.5, rtol=1e-12)


def test_slopes_are_derivatives():
    spline = Spline(30.0, 80.0, 7)
    t = np.linspace(20, 90, 36) + 0.1
    change = (spline.values(t + 1e-5) - spline.values(t - 1e-5)) / 2e-5
    assert_allclose(spline.slopes(t), change, atol=1e-9)


def test_another_unit_of_the_outcome_changes_nothing_else():
    mean, variance = bins("bent")
    posterior, T = axis("calibrated")
    ours = smooth_fit(posterior, T, mean, variance)
    other = smooth_fit(posterior, T, 3 - mean / 100, variance / 1e4)
    assert_allclose(other.beta, 3 - ours.beta / 100, rtol=1e-7)
    assert_allclose(other.covariance, ours.covariance / 1e4, rtol=1e-6, atol=1e-11)


def test_knots_span_the_information():
    mean, variance = bins("bent")
    variance[:40] = 1e9
    assert smooth_fit(np.eye(101), SCORES, mean, variance).spline.low == 40


def test_simultaneous_bands():
    fit, grid = fitted(), np.arange(20.0, 96.0)
    wide = smooth_curve(fit, grid, (20, 95), stream(1))
    narrow = smooth_curve(fit, grid, (60, 60), stream(1))
    half = smooth_curve(fit, grid, (60, 60), stream(1), level=0.5)
    assert_allclose(narrow.curve.critical, 1.96, atol=CRITICAL)
    assert_allclose(half.slope.critical, 0.6745, atol=CRITICAL)
    assert wide.curve.critical > 2.5
    assert_allclose(wide.curve.upper - wide.curve.value, 1.959964 * wide.curve.se, rtol=1e-6)
    reach = wide.slope.critical * wide.slope.se
    assert_allclose(wide.slope.value - wide.slope.all_lower, reach, rtol=1e-10)
    again = smooth_curve(fit, grid, (20, 95), stream(1))
    assert_array_equal(again.slope.all_upper, wide.slope.all_upper)


def test_zone_in_the_band_of_the_slope():
    mean, variance = bins("bent")
    found = [
        slope_reading(smooth_curve(fit, np.arange(20.0, 96.0), (30, 92), stream(1)), (30, 92))
        for fit in (
            smooth_fit(np.eye(101), SCORES, mean, variance / 9),
            smooth_fit(np.eye(101), SCORES, bins("convex")[0], variance / 9),
        )
    ]
    assert [reading.zone for reading in found] == [True, False]
    assert 50 < found[0].low < found[0].high < 80


def falling_in_the_middle():
    mean, variance = bins("bent")
    return mean - 2 * np.exp(-(((SCORES - 66) / 6) ** 2)), variance


@pytest.mark.parametrize("direction", [1, -1])
def test_monotone_fit_is_the_constrained_minimum(direction):
    mean, variance = falling_in_the_middle()
    free = smooth_fit(*axis("calibrated"), direction * mean, variance, span=(0.0, 100.0))
    fit = monotone_fit(free, direction)
    steps = np.diff(fit.beta) * direction
    gradient = free.root.T @ free.root @ (fit.beta - free.beta)
    pressure = -direction * np.cumsum(gradient)[:-1]  # multipliers of the steps
    size = np.abs(pressure).max()
    assert (np.diff(free.beta) * direction).min() < -0.1
    assert steps.min() >= 0
    assert_allclose(gradient.sum(), 0, atol=1e-8 * size)
    assert pressure.min() >= -1e-8 * size
    assert_allclose(pressure[steps > 1e-9], 0, atol=1e-8 * size)


def test_monotone_fit_leaves_a_rising_curve_alone():
    free = fitted("raw", "convex")
    assert monotone_fit(free) is free


def test_monotone_bands():
    grid = np.arange(20.0, 96.0)
    free_fit = smooth_fit(*axis("calibrated"), *falling_in_the_middle(), span=(0.0, 100.0))
    free = smooth_curve(free_fit, grid, (20, 95), stream(1))
    rising = monotone_curve(free, monotone_fit(free_fit))
    for name in ("lower", "upper", "all_lower", "all_upper"):
        assert np.diff(getattr(rising.curve, name)).min() >= -1e-12
        assert getattr(rising.slope, name).min() >= 0
    assert (rising.curve.lower <= rising.curve.value).all()
    assert (rising.slope.value <= rising.slope.all_upper).all()
    truth = np.maximum.accumulate(free.curve.all_lower)  # a rising curve inside the free band
    assert ((free.curve.all_lower <= truth) & (truth <= free.curve.all_upper)).all()
    assert ((rising.curve.all_lower <= truth) & (truth <= rising.curve.all_upper)).all()
    mirrored = smooth_curve(
        smooth_fit(
            *axis("calibrated"), -falling_in_the_middle()[0], bins("bent")[1], span=(0.0, 100.0)
        ),
        grid,
        (20, 95),
        stream(1),
    )
    falling = monotone_curve(mirrored, monotone_fit(free_fit), -1)
    assert np.diff(falling.curve.lower).max() <= 1e-12


def test_two_scores_make_no_smooth_curve():
    mean, variance = bins("bent")
    variance[np.arange(101) % 50 > 0] = np.inf
    variance[0] = np.inf
    with pytest.raises(EstimationError, match="three distinct scores; there are 2"):
        smooth_fit(np.eye(101), SCORES, mean, variance)

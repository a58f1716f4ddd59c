"""Tests of "no zone" by shapes and by local slopes.

Oracles are SciPy's least squares with bounds on the hinges themselves, loops over all windows,
NumPy's weighted lines, curves of which it is known whether they have a zone, and simulations.
"""

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.optimize import lsq_linear, nnls

from csi.core.curve.bins import SCORES, Bins
from csi.core.curve.calibration import calibrated, gaussian_answering, uncalibrated
from csi.core.curve.cones import closest
from csi.core.curve.hinges import hinge_means, hinges
from csi.core.curve.local_slopes import draw_errors, local_slopes, windows
from csi.core.curve.multiscale import bounds, neighbours, run_multiscale_test
from csi.core.curve.shape_test import (
    best_without,
    other_shapes,
    run_shape_test,
    thinned,
    zone_shapes,
)
from csi.core.curve.truths import NO_ZONE, TRUTHS
from csi.core.curve.zone_test import draw_noise, standardised
from csi.core.resample import stream

COUNT = np.rint(20 * np.exp(-0.5 * ((SCORES - 70) / 16) ** 2)) * (SCORES >= 20)
"""Respondents in the bins: about 700, none below 20."""

KNOTS = np.arange(31.0, 101.0)

WINDOW = (40.0, 95.0)


def sample(curve, rng=None, times=1.0, noise=15.0):
    """Bins of a curve on the observed axis; without random numbers its exact means."""
    some = COUNT > 0
    variance = np.where(some, noise**2 / np.maximum(COUNT * times, 1), np.inf)
    sd = np.sqrt(np.where(some, variance, 0))
    error = 0.0 if rng is None else sd * rng.standard_normal(101)
    mean = np.where(some, curve(SCORES) + error, 0.0)
    return Bins(SCORES, COUNT * times, mean, variance, int((COUNT * times).sum()))


def axis(kind):
    """Scores as they are, or with a normal error of 8 points."""
    if kind == "raw":
        return uncalibrated(COUNT)
    return calibrated(gaussian_answering(8.0), COUNT, 0.8, 100)


def basis_of(bins, calibration):
    return hinges(bins, calibration, KNOTS)


def shape_test(bins, kind="raw", seed=1, draws=99):
    return run_shape_test(basis_of(bins, axis(kind)), bins, stream(seed), draws, WINDOW)


# coefficients that are not negative


@pytest.mark.parametrize("alike", [0.0, 0.97])
def test_coefficients_are_those_of_scipy(alike):
    rng = np.random.default_rng(2)
    A = rng.standard_normal((3, 12, 9)) + alike * 20 * rng.standard_normal((3, 12, 1))
    A[1, :, 4] = 0.0
    y = rng.standard_normal((40, 12)) + A[0].sum(axis=1) / 9
    cone = rng.integers(3, size=40)
    found = closest(A.transpose(0, 2, 1) @ A, np.einsum("pr,prv->pv", y, A[cone]), cone)
    expected = np.array([nnls(A[c], outcome)[0] for c, outcome in zip(cone, y, strict=True)])
    assert (expected > 0).sum(axis=1).max() > 1
    assert_allclose(found, expected, atol=1e-7)


# the best curve with a zone and the best without


def loss(columns, lower, upper, y):
    """Least weighted sum of squares of columns with bounds."""
    size = np.linalg.norm(columns, axis=0)
    found = lsq_linear(columns / size, y, (lower, upper), method="bvls", tol=1e-14)
    return 2 * found.cost


def advantage_by_hand(bins, calibration):
    """D from the hinges: one problem with bounds for each place of the change."""
    basis = basis_of(bins, calibration)
    root = np.where(np.isfinite(bins.variance), bins.variance**-0.5, 0.0)
    y, one, line = root * bins.mean, root[:, None], (root * calibration.X)[:, None]
    at, H = basis.knots, root[:, None] * hinge_means(calibration, basis.knots)
    without = []
    for change in range(len(at) + 1):
        convex = np.arange(len(at)) < change
        lower = np.hstack([-np.inf, -np.inf, np.where(convex, 0, -np.inf)])
        upper = np.hstack([np.inf, np.inf, np.where(convex, np.inf, 0)])
        without.append(loss(np.hstack([one, line, H]), lower, upper, y))
    at = thinned(basis).knots
    within = (at >= WINDOW[0]) & (at <= WINDOW[1])
    H, zone = root[:, None] * hinge_means(calibration, at), []
    for low in at[within & (at + 6 <= WINDOW[1])]:
        left, right = H[:, within & (at <= low)], H[:, within & (at >= low + 6)]
        rising = np.hstack([line, line - left, right])
        lower = np.hstack([-np.inf, np.zeros(rising.shape[1])])
        zone.append(loss(np.hstack([one, rising]), lower, np.inf, y))
    return min(without) - min(zone)


@pytest.mark.parametrize(
    ("name", "kind"),
    [("z20", "raw"), ("z20", "calibrated"), ("linear", "calibrated"), ("kink60", "raw")],
)
def test_advantage_is_that_of_bounded_least_squares(name, kind):
    bins, calibration = sample(TRUTHS[name], np.random.default_rng(4)), axis(kind)
    expected = advantage_by_hand(bins, calibration)
    assert_allclose(shape_test(bins, kind).statistic, expected, rtol=1e-6, atol=1e-6)


def test_p_value_counts_samples_round_the_best_curve_without_a_zone():
    bins = sample(TRUTHS["z20w"], np.random.default_rng(24))
    basis = thinned(basis_of(bins, axis("raw")))
    found = run_shape_test(basis, bins, stream(2), 39, WINDOW)
    some, root = basis.root > 0, np.where(basis.root > 0, basis.root, 1)
    line = np.polyfit(SCORES[some], bins.mean[some], 1, w=root[some])
    curve = np.polyval(line, SCORES) + best_without(basis, bins)[1] / root
    drawn = [
        replace(bins, mean=np.where(some, curve + noise / root, 0))
        for noise in draw_noise(basis, bins, stream(2), 39)
    ]
    D = [run_shape_test(basis, b, stream(3), 0, WINDOW).statistic for b in drawn]
    assert found.p_values[-1] == (1 + (np.array(D) >= found.statistic).sum()) / 40
    assert 0.05 < found.p_values[-1] < 0.9
    assert len(set(found.p_values)) > 1


def test_best_curves_hold_every_narrower_set():
    bins = sample(TRUTHS["z30"], np.random.default_rng(5))
    basis = thinned(basis_of(bins, axis("raw")))
    z, b = standardised(basis, bins)
    line = np.array([b * basis.line_variance**-0.5])
    zone, other = (shapes(basis).fit(line, z[None])[0] for shapes in (zone_shapes, other_shapes))
    assert other[0].max() >= (z**2).max()  # a single kink
    assert zone[0].max() >= line[0] ** 2  # a rising line
    whole = z @ np.linalg.lstsq(basis.R, z, rcond=1e-12)[0]
    assert max(zone[0].max() - line[0] ** 2, other[0].max()) <= whole + 1e-6


@pytest.mark.parametrize("truth", [t for t in NO_ZONE if t.name != "stairs"], ids=lambda t: t.name)
def test_without_noise_no_zone_is_found_where_there_is_none(truth):
    bins = sample(lambda t: truth(t - 0.5) if truth.name == "step" else truth(t), times=100)
    assert run_multiscale_test(axis("raw"), bins, stream(1), 99).statistic < 1e-6
    assert shape_test(bins).statistic < 1e-6


@pytest.mark.parametrize("name", ["z20", "z30"])
def test_without_noise_a_zone_is_found(name):
    bins = sample(TRUTHS[name], times=10)
    slopes = run_multiscale_test(axis("raw"), bins, stream(1), 99)
    low, high = TRUTHS[name].low, TRUTHS[name].high
    assert slopes.p == shape_test(bins).p == 0.01
    assert low - 6 < slopes.edges[1] < slopes.edges[2] < high + 6


# local slopes


def test_local_slopes_are_weighted_lines():
    bins = sample(TRUTHS["z20"], np.random.default_rng(6), times=0.2)
    X = axis("calibrated").X
    found = windows(X, bins)
    slopes = local_slopes(found, bins, draw_errors(bins, stream(1), 99))
    ends = [*found.cuts[:-1], np.inf]
    enough = [bins.weight[(a <= X) & (b > X)].sum() >= 10 for a, b in combinations(ends, 2)]
    assert len(enough) > len(found.begin) == sum(enough)
    for begin, end, low, high, slope, error in zip(
        found.begin, found.end, slopes.low, slopes.high, slopes.slope, slopes.error, strict=True
    ):
        last = end == len(found.cuts) - 1
        inside = (COUNT > 0) & (low <= X) & ((high >= X) if last else (high > X))
        inside |= (COUNT > 0) & (begin == 0) & (low > X)
        w = bins.variance[inside] ** -0.5
        line, cov = np.polyfit(X[inside], bins.mean[inside], 1, w=w, cov="unscaled")
        assert_allclose([slope, error], [line[0], cov[0, 0] ** 0.5], rtol=1e-9)


def test_intervals_hold_at_once_as_often_as_stated():
    bins = sample(TRUTHS["linear"])
    found = windows(SCORES, bins)
    slopes = local_slopes(found, bins, draw_errors(bins, stream(1), 4000), 0.8)
    reach = slopes.upper - slopes.slope
    drawn = draw_errors(bins, stream(2), 4000) @ found.weight.T
    assert_allclose(slopes.slope, 0.8)
    assert_allclose(slopes.slope - slopes.lower, reach)
    assert abs((np.abs(drawn) <= reach).all(axis=1).mean() - 0.8) < 0.027  # three times the error


def test_statistic_and_bound_are_those_of_all_triples_of_windows():
    bins, calibration = sample(TRUTHS["z20w"], np.random.default_rng(8)), axis("calibrated")
    found = windows(calibration.X, bins)
    errors = draw_errors(bins, stream(3), 49)
    variance = found.weight**2 @ np.where(COUNT > 0, bins.variance, 0)
    cuts, where = found.cuts, list(zip(found.begin, found.end, strict=True))

    def contrast(w, v, means):
        return (found.weight[w] - found.weight[v]) @ means / np.sqrt(variance[w] + variance[v])

    def sides(v, means):
        a, b = where[v]
        left = [contrast(w, v, means) for w, (_, end) in enumerate(where) if end == a]
        right = [contrast(w, v, means) for w, (begin, _) in enumerate(where) if begin == b]
        return max(left, default=None), max(right, default=None)

    middle = [v for v, (a, b) in enumerate(where) if cuts[b] - cuts[a] >= 6]
    middle = [v for v in middle if None not in sides(v, bins.mean)]
    statistic = max(min(sides(v, bins.mean)) for v in middle)

    def bound(means, steepest):
        """Largest contrast of errors if the curve is steepest between two cuts."""
        most = -np.inf
        for v in middle:
            left, right = sides(v, means)
            below, above = where[v][1] <= steepest, where[v][0] > steepest
            most = max(most, left if below else right if above else max(left, right))
        return most

    expected = np.array([[bound(e, at) for at in range(len(cuts) - 1)] for e in errors])
    place, both = neighbours(found, bins)
    assert_array_equal(place, middle)
    assert_allclose(bounds(found, place, *(side.largest(errors) for side in both)), expected)
    ours = run_multiscale_test(calibration, bins, stream(3), 49)
    assert_allclose(ours.statistic, statistic, rtol=1e-9)
    assert 0.05 < ours.p < 0.9
    assert ours.p == (1 + (expected >= statistic).sum(axis=0).max()) / 50


# size and power


def rejected(run, name, replicates, seed):
    rng = np.random.default_rng(seed)
    return np.mean([run(sample(TRUTHS[name], rng)) <= 0.05 for _ in range(replicates)])


def shape_p(bins):
    return shape_test(bins, draws=39).p


@pytest.mark.parametrize("name", ["linear", "hockey75"])
def test_shapes_seldom_refute_a_curve_without_a_zone(name):
    assert rejected(shape_p, name, 30, 9) <= 0.15  # measured: .02 and .03


def test_shapes_find_a_zone_of_20_points():
    assert rejected(shape_p, "z20", 12, 10) > 0.6  # measured: .90


def multiscale_p(bins):
    return run_multiscale_test(axis("raw"), bins, stream(1), 199).p


def test_slopes_find_a_zone_of_20_points():
    assert rejected(multiscale_p, "z20", 40, 11) > 0.55  # measured: .69


def test_bound_is_reached_by_the_hardest_curve_and_not_passed():
    """A line and, at its end, a cliff: every window is as flat as those below, none above."""
    bins = sample(lambda t: 0.5 * t + 500 * np.maximum(t - 92, 0))
    found = windows(SCORES, bins)
    middle, sides = neighbours(found, bins)
    drawn = draw_errors(bins, stream(1), 4000)
    bound = bounds(found, middle, *(side.largest(drawn) for side in sides))
    samples = bins.mean + draw_errors(bins, stream(2), 4000)
    statistic = np.minimum(*(side.largest(samples) for side in sides)).max(axis=1)
    p = (bound[:, None] >= statistic[:, None]).mean(axis=0).max(axis=1)
    assert 0.02 < (p <= 0.05).mean() < 0.0625  # the error of both sets of draws: .0035


# clusters, scales, and what cannot be tested


def in_clusters(bins, factor=1.0):
    """One cluster in each bin: errors of the same size, or a multiple."""
    sd = np.sqrt(np.where(bins.weight > 0, bins.variance, 0.0))
    return replace(bins, scatter=factor * np.diag(sd))


def test_clusters_of_one_bin_are_no_clusters():
    bins = sample(TRUTHS["z20w"], np.random.default_rng(13))
    assert_array_equal(shape_test(in_clusters(bins)).p_values, shape_test(bins).p_values)
    assert shape_test(bins).statistic > 0
    assert multiscale_p(in_clusters(bins)) == multiscale_p(bins)


def test_errors_that_clusters_share_count():
    bins = sample(TRUTHS["z20"], np.random.default_rng(14))
    many = in_clusters(bins, 5.0)
    assert shape_test(many).statistic == shape_test(bins).statistic
    assert shape_test(bins).p < 0.05 < shape_test(many).p
    ours, alone = (run_multiscale_test(axis("raw"), b, stream(1), 99) for b in (many, bins))
    assert_allclose(ours.slopes.error, 5 * alone.slopes.error)
    assert_allclose(ours.statistic, alone.statistic / 5)
    assert alone.p < 0.05 < ours.p


def test_units_of_the_outcome_do_not_matter():
    bins = sample(TRUTHS["z20w"], np.random.default_rng(15))
    other = replace(
        bins, mean=np.where(COUNT > 0, 3 + 0.01 * bins.mean, 0), variance=1e-4 * bins.variance
    )
    assert_allclose(shape_test(other).statistic, shape_test(bins).statistic, rtol=1e-6)
    assert shape_test(other).p == shape_test(bins).p
    assert multiscale_p(other) == multiscale_p(bins)


@pytest.mark.parametrize("scores", [[60], [60, 70], [50, 60, 70]])
def test_too_few_scores_give_no_evidence(scores):
    count = np.zeros(101)
    count[scores] = 100
    variance = np.where(count > 0, 2.0, np.inf)
    bins = Bins(SCORES, count, np.where(count > 0, SCORES % 7, 0), variance, 100 * len(scores))
    found = run_multiscale_test(uncalibrated(count), bins, stream(1), 49)
    assert found.p == 1
    assert found.statistic == -np.inf
    assert np.isnan(found.edges).all()


def test_a_window_too_narrow_for_a_zone_gives_no_evidence():
    bins = sample(TRUTHS["z20"])
    basis = hinges(bins, axis("raw"), np.arange(60.0, 65.0))
    found = run_shape_test(basis, bins, stream(1), 49)
    assert found.p == 1
    assert found.statistic == -np.inf


def test_a_constant_outcome_is_no_zone():
    bins = sample(lambda t: np.full(len(t), 50.0))
    assert shape_test(bins).p == 1
    assert multiscale_p(bins) > 0.5

"""Curves of groups: whether they differ, and what many firms say together."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import stats

import csi
from csi.core.curve.bins import gather
from csi.core.curve.detection import calibrations, knots_between
from csi.core.curve.edges import best_zone
from csi.core.curve.group_curves import wald
from csi.core.curve.hinges import hinge_means, hinges
from csi.core.curve.pooled import detect_pooled, firm_lines, pool, pooled_hinges
from csi.core.curve.populations import Population, draw
from csi.core.curve.satisfaction import Satisfaction
from csi.core.curve.truths import TRUTHS
from csi.core.curve.zone_search import fit_pairs, pairs
from csi.core.curve.zone_test import draw_noise, standardised
from csi.errors import ArgumentTypeError, DataError, OptionError
from csi.loyalty.groups import compare_curves
from csi.loyalty.pooling import pooled_curve

WEIGHTS = np.array(Satisfaction().weights)


def sample(truth, latent, n, seed):
    """Items in points, score and outcome of simulated customers."""
    found = draw(Population(Satisfaction(latent, 0.8), TRUTHS[truth]), n, generator(seed))
    points = (found.items - 1) / 9 * 100
    return points, points @ WEIGHTS, found.outcome


def generator(seed):
    return np.random.default_rng(seed)


def curve(truth, latent, n, seed, shift=0.0, **options):
    points, score, outcome = sample(truth, latent, n, seed)
    scale = (-50, 150) if shift else None
    options = {"items": points, "outcome_scale": scale, **options}
    return csi.loyalty_curve(score=score, outcome=outcome + shift, rng=1, draws=99, **options)


# the test of groups


def test_wald_does_not_depend_on_which_group_is_first():
    rng = generator(1)
    theta, root = rng.normal(size=(3, 2)), rng.normal(size=(3, 2, 5))
    V = root @ root.transpose(0, 2, 1)
    found = wald(theta, V)
    precision = np.linalg.inv(V)  # three independent estimates of one vector: Cochran's Q
    mean = np.linalg.solve(precision.sum(0), np.einsum("gij,gj->i", precision, theta))
    apart = theta - mean
    assert_allclose(found.statistic, np.einsum("gi,gij,gj->", apart, precision, apart), rtol=1e-9)
    assert found.df == 4
    assert_allclose(found.p, stats.chi2.sf(found.statistic, 4))


def test_one_curve_under_different_satisfaction_is_one_curve():
    groups = {latent: curve("quadratic", latent, 4_000, 5) for latent in ("beta", "heavy")}
    calibrated = compare_curves(groups, n_boot=199, rng=1)
    assert (calibrated.tests["p"] > 0.1).all()
    naive = {
        latent: curve("quadratic", latent, 4_000, 5, items=None, reliability=1.0)
        for latent in ("beta", "heavy")
    }
    assert (compare_curves(naive, n_boot=199, rng=1).tests["p"] < 0.001).all()


def test_different_curves_are_told_apart():
    groups = {
        "convex": curve("quadratic", "beta", 1_500, 21),
        "concave": curve("power0.4", "beta", 1_500, 2),
        "convex too": curve("quadratic", "heavy", 1_500, 22),
    }
    found = compare_curves(groups, n_boot=199, rng=1)
    tests = found.tests.set_index(["test", "group_a", "group_b"])["p_adjusted"]
    assert tests["curve", "all", "all"] < 0.001
    assert tests["curve", "convex", "concave"] < 0.001
    assert tests["curve", "concave", "convex too"] < 0.001
    assert tests["curve", "convex", "convex too"] > 0.1
    table = found.groups.set_index("group")
    t = np.linspace(*found.window, 4)
    for name, member in groups.items():
        truth = TRUTHS["power0.4" if name == "concave" else "quadratic"]
        drawn = found.curves[found.curves["group"] == name]
        assert (abs(drawn["loyalty"] - truth(drawn["satisfaction"].to_numpy())) < 8).all()
        assert (drawn["lower"] < drawn["upper"]).all()
        row, rise = table.loc[name], np.diff(truth(t))
        assert row["n"] == member.n
        assert row["lower"] < rise.sum() / (t[3] - t[0]) < row["upper"]
        bent = 3 * (rise[2] - rise[0]) / rise.sum()
        assert row["curvature_lower"] < bent < row["curvature_upper"]


def test_pairs_are_adjusted_by_holm():
    groups = {name: curve("linear", "beta", 300, seed) for seed, name in enumerate("abc")}
    tests = compare_curves(groups, n_boot=199, rng=1).tests
    of_curve = tests[(tests["test"] == "curve") & (tests["group_a"] != "all")]
    p = np.sort(of_curve["p"])
    expected = np.minimum(np.maximum.accumulate(p * [3, 2, 1]), 1)
    assert_allclose(np.sort(of_curve["p_adjusted"]), expected)


def test_a_curve_is_split_by_a_column_or_in_thirds():
    whole = curve("linear", "beta", 900, 3)
    labels = np.array(["a", "b", None], dtype=object)[np.arange(900) % 3]
    split = compare_curves(whole, labels, n_boot=199, rng=1)
    assert split.groups["group"].to_list() == ["a", "b"]
    assert split.groups["n"].to_list() == [300, 300]
    moderator = np.round(generator(4).normal(size=900), 3)
    thirds = compare_curves(whole, moderator, tertiles=True, n_boot=199, rng=1)
    assert thirds.groups["group"].to_list() == ["low", "middle", "high"]
    assert abs(thirds.groups["n"] - 300).max() <= 3
    low = whole.observed.score[moderator <= np.quantile(moderator, 1 / 3)]
    assert_allclose(thirds.parts[0].observed.score.mean(), low.mean(), atol=0.3)


def test_groups_do_not_depend_on_the_day():
    groups = {name: curve("linear", "beta", 300, seed) for seed, name in enumerate("ab")}
    first, again = (compare_curves(groups, n_boot=199, rng=3).tests for _ in range(2))
    assert_allclose(first["p"], again["p"], rtol=0)
    other = compare_curves(groups, n_boot=199, rng=4).tests
    assert (first["p"] != other["p"]).any()


def test_what_makes_no_groups_is_refused():
    whole = curve("linear", "beta", 300, 1)
    with pytest.warns(csi.DataQualityWarning, match="was asked for as falling"):
        falling = curve("linear", "beta", 300, 1, direction="falling")
    loyal = (whole.observed.outcome > 60).astype(float)
    logit = csi.loyalty_curve(
        score=whole.observed.score, outcome=loyal, rng=1, draws=99, scale="logit"
    )
    cases = [
        (OptionError, "Give by", (whole,), {}),
        (OptionError, "There are 1 groups", (whole, ["a"] * 300), {}),
        (OptionError, "Give two or more", ({"a": whole},), {}),
        (OptionError, "in groups already", ({"a": whole, "b": whole}, ["a"] * 300), {}),
        (OptionError, "300 different values", (whole, list(range(300))), {}),
        (OptionError, "tertiles=True needs numbers", (whole, ["a"] * 300), {"tertiles": True}),
        (DataError, "by holds 3 values", (whole, ["a", "b", "c"]), {}),
        (DataError, "Group b: 10 respondents have", (whole, ["a"] * 290 + ["b"] * 10), {}),
        (DataError, "different kinds", ({"a": whole, "b": falling},), {}),
        (OptionError, "scale of shares", ({"a": logit, "b": logit},), {}),
        (ArgumentTypeError, "found a int", ({"a": whole, "b": 3},), {}),
        (ArgumentTypeError, "one value for each", (whole, "firm"), {}),
        (OptionError, "n_boot is 5", ({"a": whole, "b": whole},), {"n_boot": 5}),
        (OptionError, "adjust is", ({"a": whole, "b": whole},), {"adjust": "tukey"}),
    ]
    for error, message, given, options in cases:
        with pytest.raises(error, match=message):
            compare_curves(*given, **options)


# many firms together


def firms(truth="z30", n=250, number=4, levels=None):
    """Bins and calibrations of firms with different satisfaction."""
    bins, found = [], []
    for f in range(number):
        latent = ("beta", "heavy", "bimodal", "normal")[f % 4]
        shift = 0.0 if levels is None else levels[f]
        one = curve(truth, latent, n, 50 + f, shift).observed
        bins.append(one.bins())
        found.append(calibrations(bins[-1], one.items(), one.reliability()))
    return bins, found


@pytest.fixture(scope="module")
def four():
    bins, found = firms("linear")
    return pool(bins, [one.for_edges for one in found])


def test_pooled_hinges_are_those_of_each_firm():
    bins, found = firms(number=2)
    own = [one.for_edges for one in found]
    knots = np.arange(40.0, 90)
    together = pool(bins, own)
    expected = np.vstack([hinge_means(one, knots) for one in own])
    assert_allclose(hinge_means(together.calibration, knots), expected, atol=1e-9)
    assert_allclose(together.calibration.X, np.concatenate([one.X for one in own]), atol=1e-9)
    mean = np.mean([one.density @ one.T for one in own])
    assert_allclose(together.calibration.density @ together.calibration.T, mean)


@pytest.mark.parametrize("slopes", ["common", "own"])
def test_one_firm_is_a_sample(slopes):
    bins, found = firms(number=1)
    calibration = found[0].for_edges
    knots = knots_between(calibration.window())
    ours = pooled_hinges(pool(bins, [calibration]), knots, slopes)
    theirs = hinges(bins[0], calibration, knots)
    for name in ("Q", "line", "shift", "length", "line_variance", "start", "start_shift", "root"):
        assert_allclose(getattr(ours, name), getattr(theirs, name), atol=1e-7, err_msg=name)


@pytest.mark.parametrize("slopes", ["common", "own"])
def test_pooled_gain_is_that_of_least_squares_with_firm_dummies(four, slopes):
    knots = np.array([50.0, 58, 66, 74, 82])
    basis = pooled_hinges(four, knots, slopes)
    found = pairs(basis)
    z, b = standardised(basis, four.bins)
    fits = fit_pairs(found, z, b)
    seen = np.isfinite(four.bins.variance)
    firm = np.repeat(np.eye(4), 101, axis=0)
    X = four.calibration.X[:, None]
    lines = firm * X if slopes == "own" else X
    plain = np.hstack([firm, lines])
    H = hinge_means(four.calibration, knots)
    free = np.flatnonzero(fits.pull == 0)
    assert len(free) >= 5
    for p in free:
        i, j = found.i[p], found.j[p]
        without, _ = least_squares(four, plain, seen)
        left, beta = least_squares(four, np.hstack([plain, H[:, [i, j]]]), seen)
        assert_allclose(fits.gain[p], without - left, rtol=1e-6)
        slope = four.share @ beta[4:8] if slopes == "own" else beta[4]
        assert_allclose(fits.inside[p], slope + beta[-2], atol=1e-7)


def least_squares(given, terms, seen):
    root = 1 / np.sqrt(given.bins.variance[seen])
    y = root * given.bins.mean[seen]
    beta = np.linalg.lstsq(root[:, None] * terms[seen], y, rcond=None)[0]
    return ((y - root * (terms[seen] @ beta)) ** 2).sum(), beta


def test_levels_of_firms_change_nothing_but_levels():
    window, shift = (45.0, 92.0), np.array([9.0, -6, 0, 3])
    zones, levels = [], []
    for moved in (np.zeros(4), shift):
        bins, found = firms()
        bins = [replace(one, mean=one.mean + m) for one, m in zip(bins, moved, strict=True)]
        together = pool(bins, [one.for_edges for one in found])
        basis = pooled_hinges(together, knots_between(window))
        zones.append(best_zone(basis, together.bins, window))
        levels.append(firm_lines(together, zones[-1], "common")[0])
    before, after = zones
    assert before.low.value == after.low.value
    assert_allclose(before.above.value, after.above.value, atol=1e-8)
    assert_allclose(levels[1] - levels[0], shift, atol=1e-8)
    assert_allclose(after.intercept - before.intercept, shift.mean(), atol=1e-7)


def test_clusters_of_one_firm_leave_the_others_independent():
    bins, found = firms(number=2)
    scatter = generator(1).normal(size=(7, 101)) * (bins[0].weight > 0)
    bins[0] = replace(bins[0], scatter=scatter)
    together = pool(bins, [one.for_edges for one in found])
    basis = pooled_hinges(together, np.array([60.0, 75]))
    noise = draw_noise(basis, together.bins, generator(2), 4_000)
    own = noise[:, 101:][:, bins[1].weight > 0]
    assert_allclose(own.std(axis=0), 1, atol=0.06)
    expected = (scatter * basis.root[:101]).T @ (scatter * basis.root[:101])
    assert_allclose(noise[:, :101].T @ noise[:, :101] / 4_000, expected, atol=0.1 * expected.max())


def test_firms_too_small_alone_find_a_zone_together():
    levels = generator(1).permutation(np.linspace(-15, 15, 12))
    latents = ("beta", "heavy", "bimodal", "normal")
    groups = {
        f: curve("z30", latents[f % 4], 250, 100 + f, shift) for f, shift in enumerate(levels)
    }
    found = pooled_curve(groups, draws=199, rng=1)
    assert found.zone.found
    assert found.zone.low_interval[0] <= 48 <= found.zone.low_interval[1]
    assert found.zone.high_interval[0] <= 78 <= found.zone.high_interval[1]
    assert sum(one.zone.found for one in groups.values()) < 6
    assert stats.spearmanr(found.firms["level"], levels).statistic > 0.9
    assert (found.firms["slope"] == 0).all()


def test_without_items_firms_must_agree_on_the_raw_axis_too():
    """Ratings err less near the ends; a normal error of one size makes a zone of that."""
    bins = [gather(*sample("linear", "beta", 5_000, 30 + f)[1:]) for f in range(4)]
    found = [calibrations(own, None, 0.8) for own in bins]
    alone = [replace(own, beside=None) for own in found]
    assert detect_pooled(bins, alone, generator(2), draws=99).test.p < 0.05
    assert detect_pooled(bins, found, generator(2), draws=99).test.p > 0.2


def test_slopes_of_their_own_are_found():
    points, score, outcome = sample("linear", "beta", 1_200, 8)
    firm = np.arange(1_200) % 3
    outcome = outcome + np.array([-0.4, 0, 0.4])[firm] * (points.mean(axis=1) - 75)
    whole = csi.loyalty_curve(
        score=score, outcome=outcome, items=points, rng=1, draws=99, outcome_scale=(-100, 200)
    )
    found = pooled_curve(whole, firm, slopes="own", draws=99, rng=1)
    assert not found.zone.found
    slope = found.firms["slope"]
    if slope.notna().all():
        assert (np.diff(slope) > 0.05).all()


def test_pooled_options_are_checked():
    whole = curve("linear", "beta", 300, 1)
    labels = ["a", "b"] * 150
    figures = curve("linear", "beta", 300, 1, items=whole.observed.figures)
    for together in (pooled_curve, compare_curves):
        with pytest.raises(OptionError, match="figures of the items are those of all groups"):
            together(figures, labels)
    with pytest.raises(OptionError, match="slopes is"):
        pooled_curve(whole, labels, slopes="free")
    with pytest.raises(OptionError, match="draws is 5"):
        pooled_curve(whole, labels, draws=5)
    with pytest.raises(OptionError, match="margin is -1"):
        pooled_curve(whole, labels, margin=-1.0)

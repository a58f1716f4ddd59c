"""Simulated customers have the reliability, the curve and the scales that were stated."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import stats

import csi
from csi.core.curve.closest_zone import closest_zone
from csi.core.curve.populations import (
    Population,
    draw,
    draw_outcome,
    expected_outcome,
    true_scores,
    window,
)
from csi.core.curve.satisfaction import (
    Satisfaction,
    draw_answers,
    draw_latent,
    measured,
    true_score,
)
from csi.core.curve.truths import NO_ZONE, TRUTHS, ZONES, Truth

N = 40_000
LATENTS = ["beta", "heavy", "bimodal", "normal", "beta52", "t"]
ROUGH = Satisfaction(
    reliability=0.75,
    weights=(0.5, 0.3, 0.2),
    levels=(10, 7, 5),
    offsets=(4.0, -6.0, 0.0),
    factors=(1.0, 0.7, 1.4),
    cuts=((10, 20, 28, 40, 50, 58, 70, 82, 95), (12, 30, 45, 60, 78, 92), (20, 45, 65, 90)),
    errors="t4",
    yea_sayers=0.08,
)


def rng(seed=1):
    return np.random.default_rng(seed)


# satisfaction


@pytest.mark.parametrize(
    "satisfaction", [*(Satisfaction(latent) for latent in LATENTS), ROUGH], ids=[*LATENTS, "rough"]
)
def test_two_surveys_of_the_same_customers_correlate_by_the_stated_reliability(satisfaction):
    S = draw_latent(satisfaction, N, rng())
    twice = [satisfaction.composite(draw_answers(satisfaction, S, rng(i))) for i in (2, 3)]
    stated = satisfaction.reliability
    assert np.corrcoef(twice)[0, 1] == pytest.approx(stated, abs=4 * (1 - stated**2) / np.sqrt(N))


@pytest.mark.parametrize("at", [-10.0, 42.0, 70.0, 98.0])
def test_the_true_score_is_the_mean_of_the_composite(at):
    for satisfaction in (Satisfaction(), ROUGH):
        W = satisfaction.composite(draw_answers(satisfaction, np.full(N, at), rng()))
        T = true_score(satisfaction, np.array([at]))
        assert_allclose(W.mean(), T, atol=4 * W.std() / np.sqrt(N))


@pytest.mark.parametrize("latent", LATENTS)
def test_customers_are_distributed_as_their_true_scores_are(latent):
    population = Population(Satisfaction(latent))
    T, probability = true_scores(population)
    drawn = draw(population, N, rng()).true_score
    reached = np.interp(np.sort(drawn), T, np.cumsum(probability))
    assert np.abs(reached - np.arange(N) / N).max() < 1.95 / np.sqrt(N)
    low, high = window(population)
    assert (drawn < low).mean() == pytest.approx(0.05, abs=0.005)
    assert (drawn > high).mean() == pytest.approx(0.05, abs=0.005)


def test_skewed_satisfaction_is_as_in_surveys():
    items = draw(Population(), N, rng()).items
    assert set(np.unique(items)) == set(range(1, 11))
    W = Satisfaction().composite(items)
    assert (W.mean(), W.std()) == pytest.approx((72, 20), abs=1)
    assert stats.skew(W) == pytest.approx(-0.8, abs=0.05)
    assert (items == 10).all(axis=1).mean() == pytest.approx(0.04, abs=0.004)


def test_without_error_the_composite_is_the_true_score():
    population = Population(Satisfaction("heavy", 1, levels=(10, 7, 2)))
    items, _, T = draw(population, 1_000, rng())
    assert_allclose(population.satisfaction.composite(items), T, atol=1e-10)
    assert T.max() == 100
    assert len(np.unique(T)) > 900


def test_yea_sayers_make_alpha_overrate_the_reliability():
    def alpha(satisfaction):
        items = draw(Population(satisfaction), N, rng()).items
        cov = np.cov(items.T)
        return 1.5 * (1 - np.trace(cov) / cov.sum())

    assert alpha(Satisfaction()) == pytest.approx(0.80, abs=0.01)
    assert alpha(Satisfaction(yea_sayers=0.08)) > 0.815


def test_impossible_satisfaction_is_refused():
    for stated, message in [
        ({"latent": "gamma"}, "latent is 'gamma'"),
        ({"errors": "cauchy"}, "errors is 'cauchy'"),
        ({"reliability": 0}, "above 0 and up to 1"),
        ({"weights": (0.5, 0.6)}, "sum to 1.1"),
        ({"offsets": (1.0,)}, "offsets for each of the 3"),
        ({"cuts": ((50.0,),) * 3}, "K - 1 cuts"),
        ({"reliability": 1, "yea_sayers": 0.1}, "With reliability 1"),
    ]:
        with pytest.raises(csi.OptionError, match=message):
            Satisfaction(**stated)
    with pytest.raises(csi.OptionError, match=r"at most 0\.9"):
        measured(Satisfaction(reliability=0.99, yea_sayers=0.1))


# loyalty


@pytest.mark.parametrize("truth", [*NO_ZONE, *ZONES], ids=lambda truth: truth.name)
def test_mean_loyalty_is_the_curve_although_scores_end_at_0_and_100(truth):
    population = Population(truth=truth, errors="t6" if truth.zone else "normal")
    T = np.repeat([3.0, 41.0, 66.0, 80.0, 97.0], 8_000)
    loyalty = draw_outcome(population, T, rng()).reshape(5, -1)
    assert_allclose(loyalty.mean(axis=1), truth(T[::8_000]), atol=4 * 20 / np.sqrt(8_000))
    assert np.unique(loyalty).size <= 28


@pytest.mark.parametrize("satisfaction", [Satisfaction("heavy"), ROUGH], ids=["heavy", "rough"])
def test_the_curve_is_one_of_the_true_score_that_is_drawn(satisfaction):
    population = Population(satisfaction, TRUTHS["z20"])
    _, loyalty, T = draw(population, N, rng())
    apart, tens = loyalty - TRUTHS["z20"](T), np.floor(T / 10).astype(int)
    count = np.maximum(np.bincount(tens, minlength=11), 1)
    mean = np.bincount(tens, apart, 11) / count
    assert (np.abs(mean) < 4 * 20 / np.sqrt(count)).all()


def test_scores_that_are_not_centred_are_bent_by_the_ends_as_expected():
    population = Population(truth=TRUTHS["z20"], centred=False, noise=25)
    t = np.array([5.0, 60.0, 95.0])
    expected = expected_outcome(population, t)
    assert expected[0] > TRUTHS["z20"](t)[0] + 3
    assert expected[2] < TRUTHS["z20"](t)[2] - 3
    loyalty = draw_outcome(population, np.repeat(t, N), rng()).reshape(3, -1)
    assert_allclose(loyalty.mean(axis=1), expected, atol=4 * 30 / np.sqrt(N))


def test_other_outcomes_follow_the_curve_in_their_own_units():
    t = np.array([20.0, 60.0, 90.0])
    binary = Population(truth=TRUTHS["z20"], outcome="binary")
    loyal = draw_outcome(binary, np.repeat(t, N), rng()).reshape(3, -1)
    assert set(np.unique(loyal)) == {0, 1}
    assert_allclose(loyal.mean(axis=1), TRUTHS["z20"](t) / 100, atol=2 / np.sqrt(N))
    assert_allclose(expected_outcome(binary, t), TRUTHS["z20"](t) / 100)
    counted = replace(binary, outcome="count")
    visits = draw_outcome(counted, np.repeat(t, N), rng()).reshape(3, -1)
    assert_allclose(visits.mean(axis=1), expected_outcome(counted, t), atol=12 / np.sqrt(N))
    assert_allclose(visits.var(axis=1), visits.mean(axis=1), rtol=0.05)


def test_noise_has_its_size_and_fans_out_to_the_dissatisfied():
    population = Population(truth=TRUTHS["flat"], noise=8, points=101)
    spread = draw_outcome(population, np.repeat([0.0, 70.0, 100.0], N), rng()).reshape(3, -1).std(1)
    assert_allclose(spread, [8 * 1.35, 8, 8 * 0.85], rtol=0.02)


def test_satisfaction_explains_about_half_of_loyalty():
    _, loyalty, T = draw(Population(), N, rng())
    assert np.corrcoef(loyalty, T)[0, 1] ** 2 == pytest.approx(0.5, abs=0.02)


def test_curves_that_leave_the_scale_are_refused():
    steep = Truth("steep", lambda t: 1.5 * t)
    with pytest.raises(csi.OptionError, match="'steep' runs from 0 to 150"):
        Population(truth=steep)
    assert draw(Population(truth=steep, centred=False), 100, rng()).outcome.max() == 100
    with pytest.raises(csi.OptionError, match="outcome is 'ordinal'"):
        Population(outcome="ordinal")
    with pytest.raises(csi.OptionError, match="noise is above 0"):
        Population(noise=0)


# truths


def slopes(truth):
    t = np.linspace(0, 100, 1_001)
    return np.diff(truth(t)) / 0.1


@pytest.mark.parametrize("truth", NO_ZONE, ids=lambda truth: truth.name)
def test_the_slope_of_a_curve_without_a_zone_rises_and_then_falls(truth):
    slope = slopes(truth)
    if truth.name == "stairs":
        assert np.diff(np.flatnonzero(slope > 1)).max() * 0.1 < 6
        return
    bends = np.diff(slope)
    up, down = np.flatnonzero(bends > 1e-6), np.flatnonzero(bends < -1e-6)
    assert up.max(initial=-1) < down.min(initial=len(bends))
    assert slope.min() >= -1e-9


@pytest.mark.parametrize("truth", ZONES, ids=lambda truth: truth.name)
def test_curves_with_a_zone_are_flattest_inside(truth):
    t = np.linspace(0, 100, 1_001)[:-1] + 0.05
    slope = slopes(truth)
    low, high = (truth.low, truth.high) if truth.slopes else (55.0, 70.0)
    inside = slope[(t > low) & (t < high)].min()
    assert inside < 0.5 * min(slope[(t > 30) & (t < low)].max(), slope[t > high].max())
    assert inside >= 0


def closest(truth):
    population = Population(truth=truth)
    T, probability = true_scores(population)
    low, high = window(population)
    at = (low <= T) & (high >= T)
    return closest_zone(T[at], truth(T[at]), probability[at], np.arange(np.ceil(low), high))


@pytest.mark.parametrize("name", ["z10", "z20", "z20w", "z30"])
def test_the_closest_zone_of_straight_pieces_is_their_own(name):
    truth = TRUTHS[name]
    found = closest(truth)
    assert (found.low, found.high) == (truth.low, truth.high)
    assert_allclose(found.slopes, truth.slopes, atol=1e-8)
    assert found.error == pytest.approx(0, abs=1e-6)


def test_smooth_curves_have_a_closest_zone_and_lines_none():
    assert (closest(TRUTHS["z20s"]).low, closest(TRUTHS["z20s"]).high) == pytest.approx(
        (55, 75), abs=1
    )
    falling = Truth("falling", lambda t: 80 - 0.5 * t)
    assert closest(falling) is None
    dip = Truth("dip", lambda t: 50 + np.maximum(55 - t, 0) * -0.9 - np.clip(t - 55, 0, 20) * 0.3
                + np.maximum(t - 75, 0) * 1.2)  # fmt: skip
    assert closest(dip).slopes[1] == 0

"""Power of the zone test: against drawn surveys, the test itself, and full simulations."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from numpy.testing import assert_allclose

from csi.core.curve.bins import Bins, gather
from csi.core.curve.calibration import EXACT, uncalibrated
from csi.core.curve.edges import best_zone
from csi.core.curve.planned import USUAL, expected_bins, planned, shares_below
from csi.core.curve.populations import Population, draw, draw_outcome, expected_outcome
from csi.core.curve.power import (
    COST,
    _critical,
    _ratios,
    detectable_width,
    outlook,
    power,
    sample_size,
)
from csi.core.curve.power_here import power_here, typical_curve
from csi.core.curve.satisfaction import Satisfaction
from csi.core.curve.truths import TRUTHS
from csi.core.curve.zone_search import advantage
from csi.core.curve.zone_test import run_zone_test
from csi.core.resample import stream
from csi.errors import OptionError
from csi.loyalty import planning
from csi.loyalty.plan_options import CORRELATION
from csi.loyalty.planning import plan_zone

BETA = 300 / 4.1, 100 * np.sqrt(3.3 / 5.1) / 4.1
"""Mean and standard deviation of the Beta(3, 1.1) that is simulated."""

SIMULATED = {
    ("z20", 1.0, "score", 500): 0.900,
    ("z20", 0.9, "score", 1000): 0.730,
    ("z20", 0.8, "score", 1000): 0.395,
    ("z20", 0.8, "score", 3000): 0.770,
    ("z30", 0.8, "score", 1000): 0.645,
    ("z30", 0.9, "score", 500): 0.635,
    ("z20", 1.0, "binary", 5000): 0.890,
    ("z10", 0.8, "score", 5000): 0.430,
    ("z20w", 0.8, "score", 5000): 0.630,
}
"""Share of 200 simulated surveys in which the zone was found, as in docs/studies_curve_power.py."""


@cache
def ahead_of(zone="z20", reliability=0.8, outcome="score"):
    people = Population(Satisfaction("beta", reliability), TRUTHS[zone], outcome)
    survey = planned("beta", *BETA, reliability, 3, 10)
    truth, rng = survey.truth, stream(1)
    variance = [draw_outcome(people, np.full(2000, t), rng).var() for t in truth.T]
    bins = expected_bins(survey, expected_outcome(people, truth.T), np.array(variance))
    cost = 0.0 if reliability >= EXACT else COST
    return outlook(bins, truth, stream(2), for_edges=survey.for_edges, cost=cost)


def sample_without_error(n=1000, spread=225.0):
    """Bins of people whose true scores are known, and their calibration."""
    x = np.arange(101.0)
    share = np.diff(shares_below("beta", *BETA, x[:-1] + 0.5), prepend=0.0, append=1.0)
    return Bins(x, n * share, np.zeros(101), spread / (n * share), n), uncalibrated(share)


def told(bins, calibration, slope=0.8, draws=99, **options):
    window, rng = calibration.window(), stream(4)
    return power_here(bins, calibration, window, slope, rng, draws=draws, **options)


# what a survey is expected to yield


@pytest.mark.parametrize("distribution", USUAL)
def test_a_distribution_has_its_mean_and_spread(distribution):
    x = np.linspace(-300, 400, 70_001)
    mass, middle = np.diff(shares_below(distribution, 62.0, 14.0, x)), (x[1:] + x[:-1]) / 2
    mean = mass @ middle
    assert_allclose([mean, np.sqrt(mass @ (middle - mean) ** 2)], [62, 14], atol=1e-3)


@pytest.mark.parametrize("reliability", [0.6, 0.8, 0.95])
def test_a_planned_survey_is_the_mean_of_drawn_ones(reliability):
    n = 30_000
    satisfaction = Satisfaction("beta", reliability, (1 / 3, 1 / 3, 1 / 3))
    items, _, T = draw(Population(satisfaction), n, stream(3))
    drawn = gather(satisfaction.composite(items), TRUTHS["z20"](T))
    survey = planned("beta", *BETA, reliability, 3, 10)
    mean = TRUTHS["z20"](survey.truth.T)
    bins = expected_bins(survey, mean, np.zeros(len(mean)))
    share = drawn.weight / n
    assert np.all(np.abs(share - survey.share) < 5 * np.sqrt(survey.share / n) + 1e-5)
    many = drawn.weight > 300
    apart = (drawn.mean - bins.mean)[many] / np.sqrt(drawn.variance[many])
    assert np.abs(apart).max() < 5
    truth = survey.truth
    between = truth.density @ (truth.T - truth.density @ truth.T) ** 2
    x = np.arange(101)
    assert_allclose(between / (survey.share @ (x - survey.share @ x) ** 2), reliability, atol=0.004)


# against the test itself


def test_each_sample_is_judged_as_the_test_would():
    bins, known = sample_without_error(300)
    bins = replace(bins, mean=TRUTHS["z20"](bins.x))
    ahead = outlook(bins, known, stream(5), draws=120)
    signal, root = ahead.test, ahead.test.basis.root
    noise = stream(5).standard_normal((120, 101)) * (root > 0)
    found, ratios = [], []
    for k, errors in enumerate(noise):
        sample = replace(bins, mean=bins.mean + errors / root)
        zone = best_zone(signal.basis, sample, ahead.window)
        ratios.append(np.inf if zone is None else zone.ratio)
        p = run_zone_test(signal.basis, sample, stream(6, k), 199, ahead.window).p
        found.append(p <= 0.05 and ratios[-1] <= 0.5)
    ours = _ratios(signal, ahead.window, signal.z + signal.noise_z, signal.b + signal.noise_b)
    assert_allclose(ours, ratios, rtol=1e-8, atol=1e-12)
    assert power(ahead, 300) == pytest.approx(np.mean(found), abs=0.09)  # sd of the share 0.04


def test_the_critical_value_is_where_p_falls_to_the_level():
    D = stream(7).normal(size=199).round(1)
    for level in (0.01, 0.05, 0.1):
        least = _critical(D, level)
        at, beyond = ((1 + (value <= D).sum()) / 200 for value in (least, least + 1e-9))
        assert beyond <= level < at


def test_without_a_zone_power_is_the_level():
    bins, known = sample_without_error()
    straight = replace(bins, mean=0.8 * bins.x)
    ahead = outlook(straight, known, stream(8), draws=999)
    signal = ahead.test
    assert not (advantage(signal.found, signal.z[None], np.array([signal.b])) > 0).any()
    assert power(ahead, 1000) < 0.06


@pytest.mark.parametrize("cell", SIMULATED, ids=lambda cell: "-".join(map(str, cell)))
def test_power_is_that_of_simulated_surveys(cell):
    *people, n = cell
    error = np.sqrt(SIMULATED[cell] * (1 - SIMULATED[cell]) / 200)
    assert power(ahead_of(*people), n) == pytest.approx(SIMULATED[cell], abs=3 * error)


# sizes and widths


def test_power_grows_with_respondents_and_reliability():
    sizes = np.array([[power(ahead_of("z20", r), n) for n in (300, 1000, 3000)] for r in (0.8, 1)])
    assert (np.diff(sizes, axis=1) > 0).all()
    assert (np.diff(sizes, axis=0) > 0).all()


@pytest.mark.parametrize("zone", ["z20", "z10"])
def test_power_is_exact_from_what_is_enough(zone):
    for n in (500, 2000):
        exact = power(ahead_of(zone, 0.9), n)
        for enough in (exact / 2, exact, exact + 0.01, exact + 0.2):
            found = power(ahead_of(zone, 0.9), n, enough=enough)
            assert found == exact if exact >= enough else exact <= found < enough


def test_a_sample_size_has_the_wanted_power():
    ahead = ahead_of("z20", 0.9)
    n = sample_size(ahead, 0.8)
    assert power(ahead, 0.96 * n) < 0.81
    assert power(ahead, 1.04 * n) > 0.79
    assert sample_size(ahead, 0.5) < 0.8 * n


def test_a_size_beyond_reason_is_infinite():
    bins, known = sample_without_error()
    straight = outlook(replace(bins, mean=0.8 * bins.x), known, stream(8))
    assert sample_size(straight) == np.inf


def test_the_narrowest_zone_is_found_and_the_next_narrower_one_is_not():
    bins, known = sample_without_error()
    window = known.window()

    def of_width(width):
        mean = typical_curve(known.T, window, 0.8, width)
        return outlook(replace(bins, mean=mean), known, stream(9), draws=499)

    width = int(detectable_width(of_width, 40, 1000))
    assert power(of_width(width), 1000) >= 0.8 > power(of_width(width - 1), 1000)
    assert np.isnan(detectable_width(of_width, 40, 40))


# what a sample could have shown


def test_the_typical_curve_has_the_observed_slope():
    t = np.array([30.0, 50.0, 70.0, 90.0])
    curve = typical_curve(t, (30.0, 90.0), 0.7, 20)
    slopes = np.diff(curve) / 20
    assert_allclose(curve[[0, -1]], [0, 42])
    assert_allclose(slopes / slopes[0], [1, 0.05 / 0.9, 1.6 / 0.9])


def test_power_here_is_that_of_the_typical_curve():
    bins, known = sample_without_error()
    here = told(bins, known, draws=399)
    mean = typical_curve(known.T, known.window(), 0.8, 20)
    ahead = outlook(replace(bins, mean=mean), known, stream(10), draws=399)
    assert here.power == pytest.approx(power(ahead, 1000), abs=0.05)
    assert here.n_needed == pytest.approx(sample_size(ahead), rel=0.1)
    assert 6 < here.narrowest <= 20


def test_power_here_depends_neither_on_the_unit_nor_on_the_means_of_the_outcome():
    bins, known = sample_without_error()
    share = replace(bins, variance=bins.variance / 100**2, mean=stream(1).normal(size=101))
    assert told(share, known, slope=0.008) == told(bins, known)


def test_clusters_cost_what_they_inflate_the_variance():
    bins, known = sample_without_error(2000)
    apart = replace(bins, scatter=np.diag(np.sqrt(bins.variance)))
    alike = replace(apart, scatter=2 * apart.scatter)
    plain, four = told(bins, known), told(alike, known)
    assert told(apart, known).power == pytest.approx(plain.power, abs=0.02)
    assert four.power < plain.power - 0.05
    assert four.n_needed > 2 * plain.n_needed
    assert four.narrowest > plain.narrowest


def test_nothing_is_told_where_the_typical_curve_does_not_fit_in():
    bins, known = sample_without_error()
    assert told(bins, known, slope=-0.1) is None
    assert told(bins, known, slope=0.0) is None
    assert power_here(bins, known, (50.0, 80.0), 0.8, stream(1)) is None
    assert told(bins, known, beside=known) is None


def test_a_survey_says_of_itself_what_was_planned():
    people = Population(Satisfaction("beta", 1.0), TRUTHS["z20"])
    sample = draw(people, 500, stream(11))
    bins = gather(people.satisfaction.composite(sample.items), sample.outcome)
    here = told(bins, uncalibrated(bins.weight), slope=0.85)
    assert here.power == pytest.approx(power(ahead_of(reliability=1.0), 500), abs=0.1)


# the public plan


@pytest.fixture
def quick(monkeypatch):
    monkeypatch.setattr(planning, "DRAWS", 199)
    monkeypatch.setattr(planning, "DRAWS_OF_TABLE", 99)


@pytest.mark.usefixtures("quick")
def test_a_plan_gives_what_was_left_out():
    found = plan_zone(1000, reliability=0.9)
    needed = plan_zone(power=found.power, reliability=0.9)
    assert (found.asked, needed.asked) == ("power", "n")
    assert needed.n == pytest.approx(1000, rel=0.05)
    narrowest = plan_zone(1000, power=found.power, reliability=0.9)
    assert narrowest.asked == "width"
    assert abs(narrowest.width - 20) <= 2
    assert list(found.table.columns) == ["reliability", "n", "width", "power"]
    assert found.table.iloc[0].tolist() == [0.9, 1000, 20, found.power]


@pytest.mark.parametrize(("outcome", "n"), [("score", 500), ("binary", 4000)])
def test_a_plan_has_the_power_of_the_simulated_population(outcome, n):
    found = plan_zone(n, outcome=outcome, reliability=1, mean=BETA[0], sd=BETA[1])
    assert found.power == pytest.approx(power(ahead_of("z20", 1.0, outcome), n), abs=0.05)


@pytest.mark.usefixtures("quick")
def test_a_plan_without_question_is_a_table():
    found = plan_zone()
    assert "表中为" in found.sentence("zh")
    table = found.table.pivot_table(index="n", columns="reliability", values="power")
    assert table.shape == (7, 6)
    assert (table.diff().iloc[1:] > -0.03).all(axis=None)
    assert (table.diff(axis=1).iloc[:, 1:] > -0.06).all(axis=None)
    assert found.n is None
    assert found.power is None
    assert set(plan_zone(reliability=0.8).table["reliability"]) == {0.8}


@pytest.mark.usefixtures("quick")
def test_more_items_are_more_reliable():
    assert plan_zone(1000).zone.reliability == pytest.approx(0.85)
    six = plan_zone(1000, items=6)
    assert six.zone.reliability == pytest.approx(6 * CORRELATION / (1 + 5 * CORRELATION))
    assert six.power > plan_zone(1000).power + 0.1


@pytest.mark.usefixtures("quick")
def test_what_makes_a_zone_harder_to_find():
    easy = plan_zone(1000, reliability=0.9).power
    harder = [{"noise": 20}, {"width": 14}, {"level": 0.99}, {"outcome": "binary"}]
    assert all(plan_zone(1000, reliability=0.9, **change).power < easy for change in harder)


@pytest.mark.usefixtures("quick")
def test_the_same_seed_gives_the_same_plan():
    assert plan_zone(1000).power == plan_zone(1000).power
    assert plan_zone(1000, rng=1).power == pytest.approx(plan_zone(1000, rng=2).power, abs=0.12)
    assert plan_zone(1000, rng=1).power != plan_zone(1000, rng=2).power


@pytest.mark.usefixtures("quick")
def test_a_plan_in_words():
    found = plan_zone(power=0.8, reliability=0.9, width=15)
    assert "zone of 15 points, from 57.5 to 72.5, with a probability of 80%" in found.sentence()
    assert "要以 80% 的概率发现宽 15 分（57.5 至 72.5 分）" in found.sentence("zh")
    assert repr(found).startswith("<ZonePlan ")
    assert found.sentence() in str(found)
    assert "<table" in found._repr_html_()
    nothing = plan_zone(100, power=0.9, reliability=0.7)
    assert nothing.sentence().startswith("100 respondents find no zone")
    assert "no zone" in repr(nothing)
    never = plan_zone(power=0.9, width=6, reliability=0.3)
    assert never.n is None
    assert never.sentence().startswith("Not even 1,000,000 respondents")
    assert "over 1,000,000" in repr(never)
    for plan in (found, nothing, never):
        for language in ("en", "zh"):
            assert not {"{", "}", "None", "nan"} & set(plan.sentence(language).split())


BAD = {
    "few people": ({"n": 10}, "n is 10. Give a whole number from 30"),
    "half a person": ({"n": 100.5}, "n is 100.5"),
    "a flag for n": ({"n": True}, "n is True"),
    "n missing": ({"n": np.nan}, "n is nan"),
    "nothing left": ({"power": 0.8, "width": 20}, "nothing is left to find"),
    "percent": ({"power": 80}, "power is 80"),
    "narrow": ({"width": 3}, "width is 3. Give a number from 6"),
    "at the edge": ({"centre": 90}, "The zone runs from 80 to 100, but 90%"),
    "no spread": ({"sd": 3}, "90% of the customers are between 67 and 78"),
    "rising slopes": ({"slopes": (1, 2, 3)}, "let the middle one be the smallest"),
    "two slopes": ({"slopes": (1, 2)}, "Give three numbers"),
    "text as slope": ({"slopes": (1, "a", 2)}, "A slope is 'a'"),
    "hardly flatter": ({"slopes": (0.9, 0.6, 0.95)}, "0.737 of the average slope"),
    "steep": ({"slopes": (9, 0, 9)}, "Its scale has 100"),
    "reliability": ({"reliability": 1.2}, "reliability is 1.2"),
    "no reliability": ({"reliability": 0}, "reliability is 0"),
    "no items": ({"items": 0}, "items is 0"),
    "one question": ({"items": 1, "levels": 3}, "make 3 distinct scores"),
    "answers": ({"levels": 1000}, "levels is 1000"),
    "distribution": ({"distribution": "betta"}, "Did you mean 'beta'?"),
    "no such beta": ({"mean": 90, "sd": 40}, "Its sd is below 30"),
    "noise of 0/1": ({"noise": 10, "outcome": "binary"}, "follows from its mean"),
    "noise": ({"noise": 0}, "noise is 0"),
    "outcome": ({"outcome": "count"}, "outcome is 'count'. Known: score, binary"),
    "confidence": ({"level": 0.05}, "level is 0.05"),
    "seed": ({"rng": -1}, "rng is -1"),
}


@pytest.mark.parametrize(("options", "message"), BAD.values(), ids=BAD)
def test_bad_plans_are_refused(options, message):
    with pytest.raises(OptionError) as error:
        plan_zone(**{"n": 1000, **options})
    assert message in str(error.value)


def test_unknown_languages_are_refused():
    with pytest.raises(OptionError, match="language is 'fr'"):
        plan_zone(1000).sentence("fr")

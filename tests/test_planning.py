"""Sample sizes, against printed figures, statsmodels, pwr (R) and simulation."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from statsmodels.stats.power import NormalIndPower

import csi
from csi.comparing.planning import precision, sample_size

PUBLISHED_SD = {14.3: 1.78, 15.8: 1.95, 20.6: 2.55, 20.9: 2.60, 27.5: 3.41}
"""Standard deviations of 0-100 scores, and half-widths at n = 250 that follow from more digits."""

PRINTED = 1.96 / np.sqrt(250) * 0.05 + 0.005  # both are rounded in print


@pytest.fixture(scope="module")
def fit():
    return csi.fit(csi.models.acsi(), csi.demo_survey())


@pytest.fixture(scope="module")
def weighted():
    frame = csi.simulation.demo_frame()
    frame["w"] = np.random.default_rng(6).lognormal(0, 0.6, len(frame))
    frame["town"] = np.arange(len(frame)) // 20
    data = csi.survey(frame, weights="w", clusters="town", missing_codes=[98, 99])
    return csi.fit(csi.models.acsi(), data)


@pytest.mark.parametrize("sd", PUBLISHED_SD)
def test_published_precision_of_250_respondents(sd):
    assert_allclose(precision(250, sd=sd), PUBLISHED_SD[sd], atol=PRINTED)


def test_precision_of_a_fit_is_that_of_its_standard_error(fit):
    expected = 1.959963984540054 * fit.indices.loc["Loyalty", "se"]
    assert_allclose(precision(fit.n, fit=fit, construct="Loyalty"), expected, rtol=1e-9)
    scores = fit.index_scores["Loyalty"]
    assert_allclose(sample_size(2, fit=fit, construct="Loyalty").sd, scores.std(), rtol=1e-9)


@pytest.mark.parametrize("kind", ["index", "difference", "change"])
@pytest.mark.parametrize("power", [None, 0.8])
@pytest.mark.parametrize("population", [None, 900])
def test_the_size_is_the_smallest_that_is_precise_enough(kind, power, population):
    options = {"sd": 17.3, "kind": kind, "power": power, "population": population, "deff": 1.4}
    n = sample_size(2.5, **options).n
    assert precision(n, **options) <= 2.5 < precision(n - 1, **options)


@pytest.mark.parametrize("power", [0.1, 0.5, 0.8, 0.99])
def test_power_is_that_of_statsmodels(power):
    exact = NormalIndPower().solve_power(3 / 17, alpha=0.05, power=power)
    assert sample_size(3, sd=17, kind="difference", power=power).n == np.ceil(exact)
    smallest = precision(400, sd=17, kind="change", power=power)
    assert_allclose(NormalIndPower().power(smallest / 17, 400, alpha=0.05), power, rtol=1e-9)


def test_one_index_against_a_fixed_value():
    # pwr 1.3-0 (R 4.2.2), pwr.norm.test(d = 0.15, power = 0.9, alternative = "two.sided")$n
    assert sample_size(15, sd=100, power=0.9).n == np.ceil(466.9964212)


def test_differences_need_twice_the_respondents_in_each_group():
    alone, apart = sample_size(2, sd=20), sample_size(2, sd=20, kind="difference")
    assert alone.n == np.ceil((1.959963984540054 * 20 / 2) ** 2)
    assert apart.n == np.ceil(2 * (1.959963984540054 * 20 / 2) ** 2)
    assert (alone.groups, alone.total) == (1, alone.n)
    assert (apart.groups, apart.total) == (2, 2 * apart.n)
    assert sample_size(2, sd=20, groups=40).total == 40 * alone.n


def test_a_finite_population_by_drawing_without_replacement():
    rng = np.random.default_rng(3)
    people = rng.normal(70, 15, 800)
    n = sample_size(1.5, sd=people.std(ddof=1), population=800).n
    means = [people[rng.permutation(800)[:n]].mean() for _ in range(4000)]
    inside = np.abs(np.array(means) - people.mean()) <= 1.5
    assert_allclose(inside.mean(), 0.95, atol=3 * np.sqrt(0.95 * 0.05 / 4000))
    assert precision(800, sd=15, population=800) == 0


def test_invitations_follow_from_the_response_rate():
    size = sample_size(2, sd=16, response_rate=0.3)
    assert (size.n, size.invitations) == (246, 820)
    assert sample_size(2, sd=16, response_rate=1).invitations == 246
    assert sample_size(2, sd=16).invitations is None


def test_design_effects_are_taken_from_the_fit(weighted):
    size = sample_size(2, fit=weighted)
    simple = size.sd / np.sqrt(weighted.n)
    assert_allclose(size.deff, (weighted.indices.loc["Satisfaction", "se"] / simple) ** 2)
    w = weighted.moments.weights
    kish = sample_size(2, fit=weighted, deff="kish").deff
    assert_allclose(kish, len(w) * (w**2).sum() / w.sum() ** 2, rtol=1e-12)
    assert sample_size(2, fit=weighted, deff=1.5).deff == 1.5
    expected = 1.959963984540054 * weighted.indices.loc["Satisfaction", "se"]
    assert_allclose(precision(weighted.n, fit=weighted), expected, rtol=1e-12)


def test_a_sample_size_shows_itself():
    size = sample_size(2, sd=16, population=1000, response_rate=0.5)
    assert repr(size) == "<SampleSize 198 respondents for an index +-2 points (95%)>"
    assert size.formula == (
        "design effect 1 x (1.960 x standard deviation 16.00 / 2 points)^2 = 245.9, "
        "for 1000 people 198"
    )
    shown = sample_size(3, sd=16, kind="change", power=0.8, response_rate=0.5)
    assert repr(shown) == (
        "<SampleSize 2 x 447 respondents for a change of 3 points (95%, power 80%)>"
    )
    html = shown._repr_html_()
    for fact in ("447", "894", "Respondents together", "80%", "2 x design effect 1"):
        assert fact in html


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"half_width": 0}, "half_width is 0. Give a positive number"),
        ({"half_width": -2}, "half_width is -2"),
        ({"half_width": "2"}, "half_width is '2'"),
        ({"half_width": np.nan}, "half_width is nan"),
        ({"sd": 0}, "sd is 0. Give a positive number"),
        ({"sd": None}, "sd or fit is needed, and neither was given"),
        ({"sd": True}, "sd is True"),
        ({"kind": "mean"}, "kind is 'mean'. Known: index, difference, change"),
        ({"level": 95}, "level is 95"),
        ({"power": 0.01}, r"power is 0.01. Give a number between 1 - level"),
        ({"power": 1}, "power is 1"),
        ({"deff": 0}, "deff is 0"),
        ({"deff": "kish"}, "deff='kish' needs a fit"),
        ({"deff": "Kish"}, "deff is 'Kish'. Known: design, kish. Did you mean 'kish'"),
        ({"population": -5}, "population is -5"),
        ({"response_rate": 30}, "response_rate is 30. Give a share up to 1"),
        ({"response_rate": 0}, "response_rate is 0"),
        ({"response_rate": 0.3, "population": 300}, "there are 300 people. Allow a wider interv"),
        ({"groups": 0}, "groups is 0. Give a whole number from 1 for kind='index'"),
        ({"groups": 1, "kind": "change"}, "groups is 1. Give a whole number from 2"),
        ({"groups": 2.5}, "groups is 2.5"),
    ],
)
def test_options_without_meaning_are_refused(options, message):
    with pytest.raises(csi.OptionError, match=message):
        sample_size(**{"half_width": 2, "sd": 16} | options)


def test_fits_are_needed_where_fits_are_named(fit):
    with pytest.raises(csi.OptionError, match="sd or fit is needed, and both were given"):
        sample_size(2, sd=16, fit=fit)
    with pytest.raises(TypeError, match=r"fit is a str. Give one fit"):
        sample_size(2, fit="acsi")
    with pytest.raises(csi.CsiError, match="Satisfacton"):
        sample_size(2, fit=fit, construct="Satisfacton")
    with pytest.raises(csi.OptionError, match="n is 0"):
        precision(0, sd=16)
    with pytest.raises(csi.OptionError, match="n is 90 but the population 80"):
        precision(90, sd=16, population=80)

"""Managers' arithmetic: what a point of satisfaction buys, shifts, importance with local slopes.

Oracles     sums over respondents one by one where scores are taken as they are, statsmodels for
            a straight line, numerical derivatives, and the tables of the curve itself. Coverage
            of the intervals is simulated in docs/studies_curve_gains.py.
Tolerance   1e-9, rounding; others are stated where they stand.
"""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from numpy.testing import assert_allclose

import csi
from csi import DataError, OptionError, RowsRequiredError
from csi.core.curve.averages import bin_shares, pulled_back
from csi.core.curve.calibration import deconvolved
from csi.core.curve.populations import Population, draw
from csi.core.curve.satisfaction import Satisfaction
from csi.core.curve.truths import TRUTHS
from csi.core.resample import stream
from csi.loyalty.curve_fitting import loyalty_curve
from csi.loyalty.customers import Reader, all_customers
from csi.loyalty.gains import one_more_point
from csi.loyalty.local_importance import local_importance
from csi.loyalty.shifts import shift_satisfaction

SCORES = np.repeat(np.arange(20.0, 81.0), 4)
BESIDE = np.tile([-6.0, -2.0, 2.0, 6.0], 61)  # every score has its mean on the curve
Z = 1.959963984540054


def exactly(curve, **options):
    """A curve through means that lie on it, with satisfaction measured without error."""
    return loyalty_curve(
        score=SCORES, outcome=curve(SCORES) + BESIDE, reliability=1, rng=1, draws=99, **options
    )


@pytest.fixture(scope="module")
def line():
    return exactly(lambda x: 10 + 0.5 * x)


@pytest.fixture(scope="module")
def bent():
    return exactly(lambda x: 10 + x**2 / 90)


@pytest.fixture(scope="module")
def zoned():
    population = Population(Satisfaction(reliability=1.0), TRUTHS["z30"], noise=6.0)
    items, outcome, _ = draw(population, 2000, stream(1))
    score = population.satisfaction.composite(items)
    return loyalty_curve(score=score, outcome=outcome, reliability=1, rng=1, draws=199)


@pytest.fixture(scope="module")
def measured():
    """A market measured by three items with error, and the items."""
    population = Population(Satisfaction(reliability=0.8), TRUTHS["quadratic"])
    items, outcome, _ = draw(population, 900, stream(2))
    score = population.satisfaction.composite(items)
    return loyalty_curve(score=score, outcome=outcome, items=items, rng=1, draws=99)


@pytest.fixture(scope="module")
def survey():
    return csi.demo_survey()


@pytest.fixture(scope="module")
def fit(survey):
    return csi.fit(csi.models.acsi(), survey)


@pytest.fixture(scope="module")
def curve(fit):
    return loyalty_curve(fit, rng=1, draws=99)


def within(curve, scores):
    low, high = curve.window
    return scores[(scores >= low) & (scores <= high)]


# one more point


def test_a_line_has_the_slope_of_weighted_least_squares(line):
    at = line.points
    wls = sm.WLS(at["loyalty"], sm.add_constant(at["score"]), 1 / at["se"] ** 2)
    wls = wls.fit(cov_type="fixed scale")
    row = one_more_point(line).table.iloc[0]
    assert_allclose([row.slope, row.at_mean], wls.params["score"], rtol=1e-9)
    assert_allclose(row.slope, 0.5, rtol=1e-9)
    for lower, upper in ((row.lower, row.upper), (row.at_mean_lower, row.at_mean_upper)):
        assert_allclose(lower + upper, 1, rtol=1e-9)
    # wider than that of a line known to be straight
    assert 1 < (row.upper - row.lower) / (2 * Z * wls.bse["score"]) < 2


def test_the_slope_is_the_mean_over_customers_in_the_window(bent):
    low, high = np.arange(20.0, 50.0), np.arange(45.0, 76.0)
    table = one_more_point(bent, {"low": low, "high": high}).table.set_index("firm")
    for name, scores in (("low", low), ("high", high)):
        inside = within(bent, scores)
        row = table.loc[name]
        assert_allclose(row.slope, bent.at(inside)["slope"].mean(), rtol=1e-9)
        assert_allclose(row.in_window, len(inside) / len(scores), rtol=1e-9)
        at = bent.at(scores.mean()).iloc[0]
        assert_allclose(
            [row.satisfaction, row.at_mean, row.at_mean_lower, row.at_mean_upper],
            [scores.mean(), at.slope, at.slope_lower, at.slope_upper],
            rtol=1e-9,
        )
    assert table.loc["low", "n"] == len(low)
    assert table.loc["low", "upper"] < table.loc["high", "lower"]


def test_errors_are_those_of_the_curve_and_of_the_sample(bent):
    row = one_more_point(bent).table.iloc[0]
    reader, inside = Reader.of(bent), within(bent, SCORES)
    slopes = reader.fit.spline.slopes(inside)
    along = slopes.mean(axis=0)
    own = (slopes @ reader.fit.beta).var() / len(inside)
    se = np.sqrt(along @ reader.fit.unconditional @ along + own)
    assert_allclose(row.upper - row.lower, 2 * Z * se, rtol=1e-9)


def test_pulling_back_differentiates_the_deconvolution(measured):
    reader = Reader.of(measured)
    customers = reader.customers(all_customers(measured))
    h = np.sin(customers.T / 15)
    found = pulled_back(customers, h)

    def moved(step):
        f = customers.start
        share = customers.share + step
        for _ in range(customers.steps):
            f = f * ((share / np.maximum(customers.chance @ f, 1e-300)) @ customers.chance)
        return f @ h

    for j in np.flatnonzero(customers.share)[::12]:
        step = np.eye(101)[j] * 1e-5
        numerical = (moved(step) - moved(-step)) / 2e-5
        assert_allclose(found[j], numerical, rtol=1e-5, atol=1e-7)


def test_a_firm_is_not_pulled_into_the_middle_of_the_market(measured):
    """Averaging the posteriors of the market instead would."""
    score = measured.observed.score
    low = score[score < 65]
    reader = Reader.of(measured)
    whole = all_customers(measured)
    customers = reader.customers(whole.take(score < 65))
    pulled = measured.calibration.X[np.floor(low + 0.5).astype(int)].mean()
    assert abs(customers.density @ customers.T - low.mean()) < 0.5 < pulled - low.mean()
    everybody = reader.customers(whole)
    again = deconvolved(everybody.chance, everybody.share, everybody.steps, everybody.start)
    assert_allclose(everybody.density, again, rtol=1e-9)
    assert_allclose(everybody.density @ everybody.T, score.mean(), atol=0.1)


@pytest.mark.parametrize("clustered", [False, True])
def test_shares_of_bins_err_as_their_sums_do(clustered):
    rng = np.random.default_rng(3)
    score, w, h = rng.uniform(0, 100, 80), rng.uniform(0.5, 2, 80), rng.normal(size=101)
    clusters = np.arange(80) // 4 if clustered else None
    share, covariance = bin_shares(score, w, np.ones(80), clusters)
    value = h[np.floor(score + 0.5).astype(int)]
    apart = w * (value - w @ value / w.sum()) / w.sum()
    sums = np.bincount(clusters, apart) if clustered else apart
    assert_allclose(share @ h, w @ value / w.sum(), rtol=1e-9)
    assert_allclose(h @ covariance @ h, sums @ sums, rtol=1e-9)


def test_shares_of_repeated_rows():
    rng = np.random.default_rng(4)
    score, copies = rng.uniform(0, 100, 50), rng.integers(1, 4, 50).astype(float)
    repeated = np.repeat(score, copies.astype(int))
    one = np.ones(len(repeated))
    for counted, rows in zip(
        bin_shares(score, copies, copies), bin_shares(repeated, one, one), strict=True
    ):
        assert_allclose(counted, rows, atol=1e-12)


def test_falling_mirrors_rising(bent):
    rising = one_more_point(bent).table.iloc[0]
    falling = exactly(lambda x: 90 - x**2 / 90, direction="falling")
    row = one_more_point(falling).table.iloc[0]
    assert_allclose(row.slope, -rising.slope, rtol=1e-9)
    assert_allclose([row.lower, row.upper], [-rising.upper, -rising.lower], rtol=1e-9)
    change = shift_satisfaction(falling).table.iloc[0]
    assert_allclose(change.change, -shift_satisfaction(bent).table.iloc[0].change, rtol=1e-9)


def test_slopes_in_shares_of_a_logit_curve():
    rng = np.random.default_rng(5)
    x = rng.uniform(10, 90, 3000)
    y = rng.random(3000) < 1 / (1 + np.exp(-(x - 50) / 12))
    for direction, outcome in (("rising", y), ("falling", ~y)):
        curve = loyalty_curve(
            score=x, outcome=outcome, reliability=1, scale="logit", direction=direction, rng=1,
            draws=99,
        )  # fmt: skip
        row = one_more_point(curve).table.iloc[0]
        near = curve.at([row.satisfaction - 0.01, row.satisfaction + 0.01])["loyalty"]
        assert_allclose(row.at_mean, np.diff(near)[0] / 0.02, rtol=1e-4)  # a difference quotient
        reader, t = Reader.of(curve), np.array([25.0, 40.0, 70.0])
        step = 1e-5 * rng.normal(size=len(reader.fit.beta))
        beside = Reader(curve, replace(reader.fit, beta=reader.fit.beta + step))
        for here, there in (
            (reader.values(t), beside.values(t)),
            (reader.slopes(t), beside.slopes(t)),
        ):
            moved = there.value - here.value
            assert_allclose(here.gradient @ step, moved, rtol=1e-3)  # second order in the step


def test_no_support_is_said_and_nothing_extrapolated(line):
    firms = {
        "beyond": np.linspace(85, 100, 40),
        "edge": np.concatenate([np.full(18, 70.0), np.full(22, 82.0)]),
        "few": np.linspace(40, 60, 29),
        "well": np.linspace(40, 60, 30),
    }
    table = one_more_point(line, firms).table.set_index("firm")
    assert table.loc["beyond", "why"].startswith("no support: 0% of its customers")
    assert table.loc["edge", "why"].startswith("no support: 45% of its customers")
    assert table.loc["few", "why"] == "fewer than 30 customers"
    assert table.loc["well", "why"] == ""
    missing = table.drop(index="well")[["slope", "lower", "upper", "at_mean", "at_mean_upper"]]
    assert missing.isna().all(axis=None)
    assert table.loc[["well"], "slope"].notna().all()
    outlying = {"mean": np.concatenate([np.full(30, 77.0), np.full(20, 100.0)])}
    assert "its score lies outside" in one_more_point(line, outlying).table["why"][0]


def test_share_of_customers_in_the_zone(zoned, line):
    zone = zoned.zone
    assert zone.found
    scores = zoned.observed.score
    expected = np.mean((np.floor(scores + 0.5) >= zone.low) & (np.floor(scores + 0.5) <= zone.high))
    assert_allclose(one_more_point(zoned).table["in_zone"], expected, rtol=1e-9)
    assert one_more_point(line).table["in_zone"].isna().all()


def test_firms_are_given_as_fits_labels_or_scores(survey, fit, curve):
    by = csi.simulation.demo_frame()["firm"]
    used = by.to_numpy()[fit.data.positions]
    scores = fit.index_scores["Satisfaction"].groupby(used)
    by_scores = one_more_point(curve, {firm: own.to_numpy() for firm, own in scores}).table
    read, counted = (one_more_point(curve, list(labels)).table for labels in (by, used))
    pd.testing.assert_frame_equal(read, counted)
    pd.testing.assert_frame_equal(read, by_scores, rtol=1e-9)
    fits = one_more_point(curve, csi.fit_by(csi.models.acsi(), survey, by="firm")).table
    pd.testing.assert_frame_equal(fits, read, rtol=1e-9)
    assert_allclose(fits["satisfaction"], scores.mean(), rtol=1e-9)


def test_numbered_firms_are_in_order_and_respondents_without_one_left_out(line):
    firms = [None if k < 34 else 10 - k % 2 for k in range(len(SCORES))]
    table = one_more_point(line, firms).table
    assert table["firm"].tolist() == [9, 10]
    assert table["n"].tolist() == [105, 105]


def test_each_firm_with_its_own_curve(line, bent):
    table = one_more_point({"A": line, "B": bent}).table.set_index("firm")
    for name, curve in (("A", line), ("B", bent)):
        own = one_more_point(curve).table.iloc[0].drop("firm")
        pd.testing.assert_series_equal(table.loc[name], own, check_names=False)


# shifts


def test_shifts_of_a_line_by_hand(line):
    low, high = line.window
    table = shift_satisfaction(line, 5, lift={"below": 45, "top": 0.25}).table
    table = table.set_index("scenario")
    assert list(table.index) == ["everyone +5", "below 45 to 45", "top 25% +5"]
    mean = 10 + 0.5 * SCORES.mean()
    first = np.sort(SCORES)[-len(SCORES) // 4 :]
    for name, before, after in (
        ("everyone +5", SCORES, SCORES + 5),
        ("below 45 to 45", SCORES, np.maximum(SCORES, 45)),
        ("top 25% +5", first, first + 5),
    ):
        row, n = table.loc[name], len(SCORES)
        gain = (np.clip(after, low, high) - np.clip(before, low, high)).sum() / n / 2
        assert_allclose(row.change, gain, rtol=1e-9)
        assert_allclose([row.before, row.after], [mean, mean + gain], rtol=1e-9)
        assert_allclose(row.moved, (before != after).sum() / n, rtol=1e-9)
        assert_allclose(row.points, (after - before).sum() / n, rtol=1e-9)
        assert_allclose(row.per_point, gain / row.points, rtol=1e-9)
        leaving = (before >= low) & (before <= high) & (after > high)
        assert_allclose(row.held, leaving.sum() / n, atol=1e-12)


def test_limits_of_a_shift(bent):
    low, high = bent.window
    row = shift_satisfaction(bent, -4).table.iloc[0]
    reader = Reader.of(bent)
    at, to = (reader.fit.spline.values(np.clip(t, low, high)) for t in (SCORES, SCORES - 4))
    along = (to - at).mean(axis=0)
    change = (to - at) @ reader.fit.beta
    se = np.sqrt(along @ reader.fit.unconditional @ along + change.var() / len(SCORES))
    assert row.scenario == "everyone -4"
    assert_allclose(
        [row.change, row.lower, row.upper],
        [change.mean(), change.mean() - Z * se, change.mean() + Z * se],
        rtol=1e-9,
    )


def test_out_of_the_zone(zoned):
    zone = zoned.zone
    found = shift_satisfaction(zoned, lift={"zone": True})
    row, T = found.table.iloc[1], np.floor(zoned.observed.score + 0.5)
    among = (zone.low <= T) & (zone.high >= T)
    ends = zoned.at([zone.high])["loyalty"][0] - zoned.at(T[among])["loyalty"]
    assert row.scenario == f"zone {zone.low:g} to {zone.high:g} to {zone.high:g}"
    assert_allclose(row.change, ends.sum() / len(T), rtol=1e-6)
    assert_allclose(row.moved, np.mean(among & (zone.high != T)), rtol=1e-9)
    assert row.per_point < found.table.iloc[0].per_point
    plain = shift_satisfaction(zoned, lift={"zone": False}).table
    assert len(plain) == 1


def test_who_is_held_is_told(line, curve):
    found = shift_satisfaction(line, 5)
    low, high = line.window
    outside = np.mean((low > SCORES) | (high < SCORES))
    assert_allclose(found.outside, outside, rtol=1e-9)
    held = found.table["held"][0] * len(SCORES)
    assert f"({held:.0f} customers) in 'everyone +5'" in found.note
    assert "held" not in shift_satisfaction(line, lift={"below": 30}).note.partition("+5")[2]
    assert shift_satisfaction(curve, 100).table["points"][0] < 100 - 70  # none beyond the scale


# importance


def test_importance_is_impact_times_local_slope(fit, curve):
    found = local_importance(fit, curve)
    slope = one_more_point(curve).table.iloc[0]
    assert_allclose([found.slope, *found.interval], [slope.slope, slope.lower, slope.upper])
    table, impacts = found.table.set_index("construct"), fit.impacts
    onto = {
        end: impacts[impacts["target"] == end].set_index("source")["impact"]
        for end in ("Satisfaction", "Loyalty")
    }
    drivers = ["Expectations", "Quality", "Value"]
    assert list(table.index) == [*drivers, "Satisfaction"]
    assert_allclose(table.loc[drivers, "impact"], onto["Satisfaction"][drivers])
    assert_allclose(table["importance"], table["impact"] * slope.slope)
    assert_allclose(table["lower"], table["impact"] * slope.lower)
    assert_allclose(table["upper"], table["impact"] * slope.upper)
    assert_allclose(table["constant"], onto["Loyalty"][table.index])
    assert_allclose(table["through_cause"], table["impact"] * onto["Loyalty"]["Satisfaction"])
    assert_allclose(table["performance"], fit.indices.loc[table.index, "index"])


def test_a_bootstrap_adds_the_errors_of_impacts(fit, curve):
    boot = csi.bootstrap(fit, n_boot=100, rng=1)
    found = local_importance(fit, curve, boot=boot)
    known = boot.family("impacts")
    known = known[known["target"] == "Satisfaction"].set_index("source")
    row = found.table.set_index("construct").loc["Quality"]
    slope_se = (found.interval[1] - found.interval[0]) / (2 * Z)
    se = np.hypot(row.impact * slope_se, found.slope * known.loc["Quality", "se"])
    assert_allclose([row.lower, row.upper], row.importance + np.array([-1, 1]) * Z * se)
    last = found.table.iloc[-1]
    assert_allclose([last.lower, last.upper], found.interval)


def test_importance_for_a_firm_on_the_curve_of_the_market(survey, curve):
    fits = csi.fit_by(csi.models.acsi(), survey, by="firm")
    slopes = one_more_point(curve, fits).table.set_index("firm")["slope"]
    assert_allclose(local_importance(fits["Alfa"], curve).slope, slopes["Alfa"])


def test_constant_slopes_of_another_outcome_are_missing(fit):
    loyal = loyalty_curve(fit, top=2, rng=1, draws=99)
    table = local_importance(fit, loyal).table
    assert table[["through_cause", "constant"]].isna().all(axis=None)
    assert table["importance"].notna().all()


# shown and refused


def test_results_show_themselves(line, fit, curve):
    for found, told in (
        (one_more_point(line), "<OneMorePoint for Loyalty: 1 row>"),
        (shift_satisfaction(line), "<SatisfactionShift of 244 customers, 1 scenario for Loyalty>"),
        (local_importance(fit, curve), "<LocalImportance of 4 constructs for Loyalty>"),
    ):
        assert repr(found) == told
        assert "assumption" in str(found) or "routes past it" in str(found)
        assert found._repr_html_().startswith("<div")


@pytest.mark.parametrize(
    ("firms", "problem"),
    [
        ({}, "firms is empty"),
        ({"A": [1.0, np.nan]}, "scores of A are no list of numbers without gaps"),
        ({"A": "text"}, "scores of A are no list"),
        ({"A": [50.0, 101.0]}, "scores of A run from 50 to 101"),
        (["A"] * 3, "firms holds 3 values, but 244 respondents are used"),
        ([None] * 244, "firms names no firm"),
        ([["A"]] * 244, "firms is a list. Give one value for each respondent"),
        ("A", "firms is a str"),
        (5, "firms is a int"),
    ],
)
def test_what_names_no_firms(line, firms, problem):
    with pytest.raises((DataError, OptionError), match=problem):
        one_more_point(line, firms)


def test_what_is_no_curve(line, fit):
    for call in (one_more_point, shift_satisfaction):
        with pytest.raises(
            OptionError, match=r"curve is a Fit\. Give the result of csi\.loyalty_c"
        ):
            call(fit)
    with pytest.raises(OptionError, match="Give one curve and firms, or a mapping"):
        one_more_point({"A": line}, {"A": SCORES})
    with pytest.raises(OptionError, match="Give one curve and firms, or a mapping"):
        one_more_point({})
    shares = loyalty_curve(score=SCORES, outcome=np.arange(244) % 2, reliability=1, rng=1, draws=99)
    with pytest.raises(OptionError, match="The curves differ in what they explain"):
        one_more_point({"A": line, "B": shares})


@pytest.mark.parametrize(
    ("points", "lift", "problem"),
    [
        (0, None, "points is 0, which moves nobody"),
        ("5", None, "points is '5'. Give a number from -100 up to 100"),
        (np.nan, None, "points is nan"),
        (5, [60], r"lift is \[60\]. Give a mapping"),
        (5, {"belwo": 60}, "lift names 'belwo'.*Did you mean 'below'"),
        (5, {"below": "60"}, r"lift\['below'\] is '60'. Give a number"),
        (5, {"below": 90}, "There is no support at 90: the curve is known between"),
        (5, {"top": 2}, r"lift\['top'\] is 2. Give a number from 0.01 up to 0.99"),
        (5, {"zone": 1}, r"lift\['zone'\] is 1. Give True"),
        (5, {"zone": True}, "No zone may be claimed: the verdict is 'no evidence'"),
    ],
)
def test_shifts_without_meaning(line, points, lift, problem):
    with pytest.raises((DataError, OptionError), match=problem):
        shift_satisfaction(line, points, lift=lift)


def test_fits_that_do_not_suit_the_curve(fit, curve, line, mobi, ecsi):
    with pytest.raises(RowsRequiredError, match="the fit holds none"):
        local_importance(csi.from_json(csi.to_json(fit)), curve)
    fewer = csi.parse(
        "Satisfaction =~ CUSA1 + CUSA2\nLoyalty =~ CUSL1 + CUSL2\nLoyalty ~ Satisfaction"
    )
    two = csi.fit(fewer, csi.survey(mobi, scale=(1, 10)))
    with pytest.raises(DataError, match="Satisfaction has 2 items in the fit and 3 in the curve"):
        local_importance(two, curve)
    other = csi.parse("满意度 =~ CUSA1 + CUSA2\nLoyalty =~ CUSL1 + CUSL2\nLoyalty ~ 满意度")
    with pytest.raises(OptionError, match="starts from 'Satisfaction', which the fit does not kn"):
        local_importance(csi.fit(other, csi.survey(mobi, scale=(1, 10))), curve)
    far = loyalty_curve(score=SCORES / 4, outcome=SCORES, reliability=1, rng=1, draws=99)
    with pytest.raises(DataError, match="The curve has no slope for the customers of this fit: no"):
        local_importance(fit, far)
    with pytest.raises(OptionError, match="boot is a int"):
        local_importance(fit, curve, boot=5)

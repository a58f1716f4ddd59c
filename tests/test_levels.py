"""Loyalty by level of satisfaction: shares, risk ratios, odds ratios, trend.

Oracles     statsmodels (Table2x2, proportion_confint, confint_proportions_2indep) for respondents
            counted one by one, to rounding; package survey (R) for weights, clusters and strata,
            golden/levels.json, on the made-up sample of golden/survey.json.
Tolerance   1e-12 relative for the former; 1e-10 for the latter, which takes derivatives by hand.
"""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import stats
from statsmodels.stats.contingency_tables import Table, Table2x2
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

import csi
from csi.loyalty.levels import loyalty_levels

GOLDEN = Path(__file__).parent / "golden"
LINEARISED = json.loads((GOLDEN / "levels.json").read_text())["designs"]
MADE_UP = pd.DataFrame(json.loads((GOLDEN / "survey.json").read_text())["data"])
DESIGNS = {
    "weights": {},
    "clusters": {"clusters": "town"},
    "strata": {"clusters": "town", "strata": "region"},
}
XEROX = np.repeat([3, 4, 5], 100), np.concatenate([np.arange(100) < n for n in (4, 10, 60)])


@pytest.fixture(scope="module")
def phones(mobi):
    return csi.survey(mobi, scale=(1, 10))


@pytest.fixture(params=list(DESIGNS))
def drawn(request):
    data = csi.survey(MADE_UP, scale=(1, 10), weights="w", **DESIGNS[request.param])
    found = loyalty_levels(data, "s1", "l1", levels=[6, 8], at_least=8)
    return found, {name: np.array(held) for name, held in LINEARISED[request.param].items()}


def counted(mobi, event, higher, lower):
    """Two rows of counts: with and without the event, of the levels that ratios put first."""
    loyal, at = mobi["CUSL3"] >= 9, mobi["CUSA1"]
    above, below = at.isin(higher), at.isin(lower)
    rows = [[(loyal & who).sum(), (~loyal & who).sum()] for who in (above, below)]
    if event == "switching":
        rows = [row[::-1] for row in rows[::-1]]
    return np.array(rows, dtype=float)


def answers(mobi, contrast):
    """Answers that the two sides of a contrast stand for."""
    found = sorted(mobi["CUSA1"].unique())
    sides = []
    for name in (contrast.higher, contrast.lower):
        at = float(name.removeprefix("below ").removesuffix("+"))
        if name.startswith("below"):
            sides.append([a for a in found if a < at])
        else:
            sides.append([a for a in found if a == at or (a > at and name.endswith("+"))])
    return sides


@pytest.mark.parametrize("event", ["repurchase", "switching"])
def test_contrasts_agree_with_statsmodels(phones, mobi, event):
    found = loyalty_levels(phones, "CUSA1", "CUSL3", event=event, level=0.9)
    assert found.contrasts["adjusted"].any()
    assert not found.contrasts["adjusted"].all()
    for row in found.contrasts.itertuples():
        counts = counted(mobi, event, *answers(mobi, row))
        assert row.adjusted == (counts == 0).any()
        # its own shift_zeros puts a half into the empty cell only
        table = Table2x2(counts + row.adjusted / 2, shift_zeros=False)
        assert_allclose(
            [row.risk_ratio, row.risk_ratio_lower, row.risk_ratio_upper, row.p],
            [table.riskratio, *table.riskratio_confint(0.1), table.riskratio_pvalue()],
            rtol=1e-12,
        )
        assert_allclose(
            [row.odds_ratio, row.odds_ratio_lower, row.odds_ratio_upper],
            [table.oddsratio, *table.oddsratio_confint(0.1)],
            rtol=1e-12,
        )
        (a, b), (c, d) = counts
        newcombe = confint_proportions_2indep(a, a + b, c, c + d, method="newcomb", alpha=0.1)
        assert_allclose(
            [row.difference, row.difference_lower, row.difference_upper],
            100 * np.array([a / (a + b) - c / (c + d), *newcombe]),
            rtol=1e-12,
            atol=1e-12,
        )


def test_levels_agree_with_statsmodels(phones, mobi):
    found = loyalty_levels(phones, "CUSA1", "CUSL3").levels.set_index("low")
    by_answer = mobi.assign(loyal=mobi["CUSL3"] >= 9).groupby("CUSA1")
    events, n = by_answer["loyal"].sum(), by_answer.size()
    assert_array_equal(found[["n", "events"]], np.column_stack([n, events]))
    assert_allclose(found["part"], n / 250)
    assert_allclose(found["share"], events / n)
    wilson = proportion_confint(events.to_numpy(), n.to_numpy(), method="wilson")
    assert_allclose(found[["share_lower", "share_upper"]].T, wilson, rtol=1e-12, atol=1e-15)
    for answer, values in by_answer["CUSL3"]:
        held = found.loc[answer, ["mean", "mean_lower", "mean_upper"]].astype(float)
        if len(values) > 1 and values.std() > 0:
            limits = stats.t.interval(0.95, len(values) - 1, values.mean(), stats.sem(values))
            assert_allclose(held, [values.mean(), *limits], rtol=1e-12)


def test_mean_of_one_respondent_has_no_limits():
    found = loyalty_levels(score=[1, 2, 2, 2], outcome=[0, 1, 0, 1]).levels
    assert found[["mean_lower", "mean_upper"]].isna().all(axis=1).tolist() == [True, False]


def test_trend_is_that_of_cochran_and_armitage(phones, mobi):
    found = loyalty_levels(phones, "CUSA1", "CUSL3").trend
    table = pd.crosstab(mobi["CUSA1"], mobi["CUSL3"] >= 9)
    known = Table(table, shift_zeros=False).test_ordinal_association(
        np.arange(len(table)), np.array([0, 1])
    )
    # statsmodels divides by n - 1 as a permutation test does, Armitage by n
    assert_allclose(found.statistic, known.zscore * np.sqrt(250 / 249), rtol=1e-12)
    assert_allclose(found.p, 2 * stats.norm.sf(abs(found.statistic)), rtol=1e-12)
    slope = stats.linregress(mobi["CUSA1"].rank(method="dense"), mobi["CUSL3"] >= 9).slope
    assert_allclose([found.slope, found.slope / found.error], [slope, found.statistic])


def test_steps_compare_neighbouring_risk_ratios():
    found = loyalty_levels(score=XEROX[0], outcome=XEROX[1])
    ratio = found.contrasts["risk_ratio"]
    error = np.sqrt((1 / 60 - 0.01) + 4 * (1 / 10 - 0.01) + (1 / 4 - 0.01))
    expected = np.exp(np.log(ratio[0] / ratio[1]) + stats.norm.ppf([0.5, 0.025, 0.975]) * error)
    step = found.steps.iloc[0]
    assert_allclose([step["ratio"], step["lower"], step["upper"]], expected, rtol=1e-12)
    assert (step["upper_step"], step["lower_step"]) == ("5 against 4", "4 against 3")


# weights, clusters, strata


def errors(table, name, t):
    """Standard errors of log ratios, from their limits."""
    return np.log(table[f"{name}_upper"] / table[f"{name}_lower"]) / (2 * t)


def test_ratios_agree_with_package_survey(drawn):
    found, known = drawn
    table, t = found.contrasts, stats.t.ppf(0.975, known["df"])
    for name in ("risk_ratio", "odds_ratio"):
        expected, error = known[f"log_{name}"].T
        assert_allclose(np.log(table[name]), expected, rtol=1e-10)
        assert_allclose(errors(table, name, t), error, rtol=1e-10)
    statistic = known["log_risk_ratio"][:, 0] / known["log_risk_ratio"][:, 1]
    assert_allclose(table["p"], 2 * stats.t.sf(np.abs(statistic), known["df"]), rtol=1e-8)
    step = found.steps
    assert_allclose(np.log(step["ratio"]), known["log_step"][:1], rtol=1e-10)
    assert_allclose(np.log(step["upper"] / step["lower"]) / (2 * t), known["log_step"][1:])


def test_shares_and_means_agree_with_package_survey(drawn):
    found, known = drawn
    table, t = found.levels, stats.t.ppf(0.975, known["df"])
    assert_allclose(table["share"], known["share"], rtol=1e-12)
    p, error = known["share"], known["share_se"]
    for name in ("share_lower", "share_upper"):  # Wilson: the limits solve the score equation
        limit = table[name]
        null_error = error * np.sqrt(limit * (1 - limit) / (p * (1 - p)))
        assert_allclose(np.abs(p - limit), t * null_error, rtol=1e-8)
    assert_allclose(table["mean"], known["mean"], rtol=1e-12)
    assert_allclose(table["mean_upper"] - table["mean"], t * known["mean_se"], rtol=1e-10)
    assert_allclose(table["mean"] - table["mean_lower"], t * known["mean_se"], rtol=1e-10)
    weights = MADE_UP["w"].groupby(np.searchsorted([6, 8], MADE_UP["s1"], side="right")).sum()
    assert_allclose(table["part"], weights / weights.sum())


def test_differences_know_the_correlation_of_levels(drawn):
    found, known = drawn
    adjacent = found.contrasts.iloc[:2]
    low, high = found.levels["share_lower"].to_numpy(), found.levels["share_upper"].to_numpy()
    p, error = known["share"], known["share_se"]
    estimate, spread = known["difference"].T
    for row, (top, below) in enumerate([(2, 1), (1, 0)]):
        one, other = error[top], error[below]
        r = (one**2 + other**2 - spread[row] ** 2) / (2 * one * other)
        down, up = p - low, high - p
        lower = estimate[row] - np.sqrt(
            down[top] ** 2 - 2 * r * down[top] * up[below] + up[below] ** 2
        )
        upper = estimate[row] + np.sqrt(
            up[top] ** 2 - 2 * r * up[top] * down[below] + down[below] ** 2
        )
        held = adjacent.loc[row, ["difference", "difference_lower", "difference_upper"]]
        assert_allclose(held.astype(float), 100 * np.array([estimate[row], lower, upper]))


def test_trend_agrees_with_package_survey(drawn):
    trend, known = drawn[0].trend, drawn[1]
    assert_allclose([trend.slope, trend.error], known["trend"], rtol=1e-10)
    assert trend.df == known["df"]
    assert_allclose(trend.p, 2 * stats.t.sf(trend.slope / trend.error, trend.df))


def test_frequency_weights_stand_for_respondents():
    score, outcome, copies = [1, 1, 2, 2], [0, 1, 0, 1], [30, 5, 8, 40]
    short = loyalty_levels(score=score, outcome=outcome, weights=copies, weight_type="frequency")
    long = loyalty_levels(score=np.repeat(score, copies), outcome=np.repeat(outcome, copies))
    pd.testing.assert_frame_equal(short.levels, long.levels)
    pd.testing.assert_frame_equal(short.contrasts, long.contrasts)


def test_empty_cell_of_a_clustered_sample_counts_clusters():
    score = np.repeat([1, 2], 40)
    outcome = np.where(score == 1, 0, np.arange(80) % 3 == 0)
    towns = np.arange(80) // 2 % 10  # four respondents of each level in each of ten towns
    found = loyalty_levels(score=score, outcome=outcome, clusters=towns)
    row, size = found.contrasts.iloc[0], found.shares.size[1]
    assert row["adjusted"]
    assert_allclose(found.shares.size[0], 10)
    p, none = (found.shares.share[1] * size + 0.5) / (size + 1), 0.5 / 11
    assert_allclose(row["risk_ratio"], p / none)
    error = np.sqrt((1 - p) / p / (size + 1) + (1 - none) / none / 11)
    t = stats.t.ppf(0.975, 9)
    assert_allclose(row["risk_ratio_upper"], p / none * np.exp(t * error))
    assert found.levels.loc[0, ["share", "share_lower"]].tolist() == [0, 0]
    assert_allclose(found.levels.loc[0, "share_upper"], t**2 / (10 + t**2))


def test_respondents_without_weight_are_left_out():
    score, outcome = [1, 1, 2, 2, 3], [0, 1, 0, 1, 1]
    found = loyalty_levels(score=score, outcome=outcome, weights=[2, 1, 1, 1, 0])
    assert found.levels["level"].tolist() == ["1", "2"]
    assert (found.n, found.dropped) == (4, 0)


def test_limits_of_shares_without_doubt_end_at_the_end():
    for n in range(1, 60):
        table = loyalty_levels(score=[1] * n + [2] * n, outcome=[0] * n + [1] * n).levels
        assert table.loc[0, "share_lower"] == 0
        assert table.loc[1, "share_upper"] == 1


# levels, events, where the answers come from


def test_switching_turns_the_sides():
    repurchase, switching = (
        loyalty_levels(score=XEROX[0], outcome=XEROX[1], event=event).contrasts
        for event in ("repurchase", "switching")
    )
    for name in ("difference", "odds_ratio", "odds_ratio_lower", "odds_ratio_upper"):
        assert_allclose(switching[name], repurchase[name])
    assert_allclose(switching["risk_ratio"][0], 0.9 / 0.4)
    assert_allclose(repurchase["risk_ratio"][0], 0.6 / 0.1)


def test_recorded_switching_is_the_other_side_of_repurchase():
    churned = ~XEROX[1]
    for event in ("repurchase", "switching"):
        one = loyalty_levels(score=XEROX[0], outcome=XEROX[1], event=event)
        other = loyalty_levels(score=XEROX[0], outcome=churned, event=event, recorded="switching")
        pd.testing.assert_frame_equal(one.contrasts, other.contrasts)


def test_bands_hold_their_lower_end():
    score = [0, 59.9, 60, 79.9999999999, 80, 100, 100, 30]
    found = loyalty_levels(score=score, outcome=[0, 1] * 4, levels=[60, 80]).levels
    assert found["level"].tolist() == ["below 60", "60-80", "80+"]
    assert found["n"].tolist() == [3, 1, 4]
    equal = loyalty_levels(score=score, outcome=[0, 1] * 4, levels=2).levels
    assert equal[["level", "n"]].to_numpy().tolist() == [["0-50", 2], ["50-100", 6]]


def test_bands_of_answers_are_named_by_the_answers(phones):
    found = loyalty_levels(phones, "CUSA1", "CUSL3", levels=[7, 9]).levels
    assert found["level"].tolist() == ["1-6", "7-8", "9-10"]
    assert found["n"].sum() == 250


def test_constructs_of_a_fit_are_scores_and_single_items_ratings(ecsi, phones):
    fit = csi.fit(ecsi, phones)
    scores = fit.index_scores
    by_score = loyalty_levels(fit, "Satisfaction", "Loyalty", levels=[60, 80], at_least=80)
    arrays = loyalty_levels(
        score=scores["Satisfaction"], outcome=scores["Loyalty"], levels=[60, 80], at_least=80
    )
    assert by_score.levels["level"].tolist() == ["0-60", "60-80", "80-100"]
    names = ["higher", "lower"]
    pd.testing.assert_frame_equal(
        by_score.contrasts.drop(columns=names), arrays.contrasts.drop(columns=names)
    )
    by_item = loyalty_levels(fit, "CUSA1", "CUSL3")
    survey = loyalty_levels(phones, "CUSA1", "CUSL3")
    pd.testing.assert_frame_equal(by_item.contrasts, survey.contrasts)


def test_who_left_out_an_item_of_a_score_is_not_used(ecsi, mobi):
    frame = mobi.astype(float)
    frame.loc[3, "CUSA2"] = np.nan
    fit = csi.fit(ecsi, csi.survey(frame, scale=(1, 10), missing="mean"))
    found = loyalty_levels(fit, "Satisfaction", "CUSL3", levels=[60, 80])
    assert (found.n, found.dropped) == (249, 1)


def test_a_fit_keeps_weights_and_design():
    data = csi.survey(MADE_UP, scale=(1, 10), weights="w", clusters="town", strata="region")
    model = csi.model(
        [csi.single("S", "s1"), csi.reflective("L", ["l1", "l2"])], [csi.paths("S", "L")]
    )
    found = loyalty_levels(csi.fit(model, data), "S", "l1", levels=[6, 8], at_least=8)
    expected = loyalty_levels(data, "s1", "l1", levels=[6, 8], at_least=8)
    pd.testing.assert_frame_equal(found.contrasts, expected.contrasts)
    assert found.design == "linearised, 18 clusters in 4 strata"


def test_missing_answers_of_a_survey_are_left_out_and_counted():
    frame = pd.DataFrame({"s": [1, 2, 2, 4, None, 9], "l": [0, 1, 0, 1, 1, 0]})
    data = csi.survey(frame, scale={"s": (1, 5), "l": (0, 1)}, missing_codes=[9])
    found = loyalty_levels(data, "s", "l")
    assert (found.n, found.dropped) == (4, 2)
    assert found.levels["level"].tolist() == ["1", "2", "4"]
    assert found.notes[0].startswith("Nobody answered 3, 5;")


@pytest.mark.parametrize(
    ("options", "events"),
    [({"top": 1}, 1), ({"top": 2}, 2), ({"at_least": 3}, 3), ({"top": 2, "event": "switching"}, 3)],
)
def test_boxes_are_counted_from_the_end_of_the_scale(options, events):
    found = loyalty_levels(
        score=[1, 1, 1, 2, 2], outcome=[1, 2, 3, 4, 5], outcome_scale=(1, 5), **options
    )
    assert found.levels["events"].sum() == events


# how it reads


def test_sentences():
    found = loyalty_levels(score=XEROX[0], outcome=XEROX[1])
    assert found.sentence() == (
        "Respondents whose satisfaction is 5 are 6.0 times as likely to repurchase (loyalty is 1) "
        "as those at 4: 60% against 10%; the 95% interval of the ratio is 3.3 to 11.0."
    )
    assert found.sentence("zh") == (
        "满意度为 5 的受访者再次购买（忠诚度为 1）的可能性是满意度为 4 者的 6.0 倍："
        "比例分别为 60% 和 10%；该比值的 95% 置信区间为 3.3 至 11.0。"
    )


def test_sentences_tell_what_is_open_and_what_is_rough():
    found = loyalty_levels(
        score=[1] * 5 + [2] * 5, outcome=[1, 2, 3, 1, 2, 3, 2, 1, 2, 5], at_least=4,
        event="switching",
    )  # fmt: skip
    text, chinese = found.sentence(), found.sentence("zh")
    assert "whose satisfaction is 1 are 1.2 times as likely to switch (loyalty below 4)" in text
    assert "The interval includes 1" in text
    assert "half a respondent was added" in text
    assert "忠诚度低于 4" in chinese
    assert "区间包含 1" in chinese
    assert "各加半名受访者" in chinese
    assert found.notes == ("Switching is loyalty below 4 by convention; it was not observed.",)


def test_result_shows_itself():
    found = loyalty_levels(score=XEROX[0], outcome=XEROX[1])
    assert repr(found) == "<LoyaltyLevels of satisfaction for loyalty: 3 levels, n=300>"
    assert "top two boxes" in str(found)
    assert "<caption>Contrasts</caption>" in found._repr_html_()
    assert found.sentence() in str(found)
    two = loyalty_levels(score=[1, 1, 2, 2], outcome=[0, 1, 0, 1])
    assert len(two.contrasts) == 1
    assert len(two.steps) == 0
    assert "Steps" not in str(two)


# what is refused

GIVEN = {"score": [1, 1, 2, 2], "outcome": [0, 1, 0, 1]}


@pytest.mark.parametrize(
    ("changed", "error", "message"),
    [
        ({"outcome": [1, 1, 1, 1]}, csi.DataError, "outcome is constant: all of 4 respondents"),
        ({"outcome": [0, 0, 0, 0]}, csi.DataError, "outcome is constant: none of 4 respondents"),
        ({"outcome": [0, 1, 0, np.nan]}, csi.DataError, r"outcome holds 1 missing .*\(rows 3\)"),
        ({"score": [1, 1, np.nan, 2]}, csi.DataError, r"score holds 1 missing .*\(rows 2\)"),
        ({"outcome": [0, 1, 0, 2]}, csi.DataError, "loyalty holds 2 beside 0 and 1"),
        ({"outcome": ["no", "yes", "no", "yes"]}, csi.DataError, "outcome must hold numbers"),
        ({"score": ["a", "b", "c", "d"]}, csi.DataError, "score must hold numbers"),
        ({"score": [[1, 2], [3, 4]]}, csi.DataError, r"score has shape \(2, 2\)"),
        ({"score": [1, 2, 2]}, csi.DataError, "score holds 3 values and outcome 4"),
        ({"score": [4, 4, 4, 4]}, csi.DataError, "only one level of satisfaction: all 4 .* at 4"),
        ({"score": [1.5, 2.5, 3, 4]}, csi.DataError, "a score with 4 different values"),
        (
            {"levels": [1.5, 1.8]},
            csi.DataError,
            "Nobody is at these levels of satisfaction: 1.5-1.8",
        ),
        ({"levels": 1}, csi.OptionError, "levels is 1. Give 2 to 20"),
        ({"levels": [3, 2]}, csi.OptionError, "in increasing order"),
        ({"levels": "5"}, csi.OptionError, "levels is '5'"),
        ({"levels": 2, "score": [1, 2, 3, 400]}, csi.DataError, "Equal bands divide 0 to 100"),
        ({"top": 2}, csi.OptionError, "highest box of loyalty is not known"),
        ({"top": 4, "outcome_scale": (1, 5), "outcome": [1, 2, 3, 6]}, csi.DataError, "outside"),
        ({"top": 5, "outcome_scale": (0, 4)}, csi.OptionError, "top is 5. .* from 1 to 4"),
        ({"top": True, "outcome_scale": (0, 4)}, csi.OptionError, "top is True"),
        ({"top": 1, "at_least": 1}, csi.OptionError, "top and at_least both"),
        ({"at_least": "1"}, csi.OptionError, "at_least is '1'"),
        ({"event": "churn"}, csi.OptionError, "event is 'churn'. Known: repurchase, switching"),
        ({"level": 95}, csi.OptionError, "level is 95"),
        ({"weights": [1, 1, 1]}, csi.DataError, r"weights= have shape \(3,\)"),
        ({"weights": [1, -1, 1, 1]}, csi.DataError, "negative"),
        ({"clusters": [1, 2]}, csi.DataError, "clusters holds 2 values, but there are 4"),
        ({"clusters": [1, 1, 1, 1]}, csi.DataError, "All respondents are of one cluster"),
        ({"outcome": None}, csi.OptionError, "Nothing to read"),
        ({"data": pd.DataFrame({"a": [1]})}, csi.OptionError, "data and arrays were both given"),
    ],
)
def test_refused(changed, error, message):
    with pytest.raises(error, match=message):
        loyalty_levels(**(GIVEN | changed))


@pytest.mark.parametrize(
    ("cause", "effect", "options", "error", "message"),
    [
        ("CUSA1", None, {}, csi.OptionError, "effect is None. Name a column"),
        ("CUSA1", "CUSA1", {}, csi.OptionError, "both 'CUSA1'"),
        ("CUSA1", "Loyalty", {}, csi.OptionError, "Loyalty is a score of 3 items, and boxes"),
        ("Satisfaction", "CUSL3", {}, csi.DataError, "Satisfaction is a score .* Cut it"),
        ("Satisfacton", "CUSL3", {}, csi.OptionError, "Did you mean 'Satisfaction'"),
        ("CUSA1", "CUSL3", {"weights": [1]}, csi.OptionError, "weights belong to arrays"),
    ],
)
def test_refused_of_a_fit(ecsi, phones, cause, effect, options, error, message):
    fit = csi.fit(ecsi, phones)
    with pytest.raises(error, match=message):
        loyalty_levels(fit, cause, effect, **options)


def test_moments_have_no_levels():
    moments = csi.Moments.from_correlation([[1, 0.5], [0.5, 1]], ["s", "l"], n=100)
    model = csi.model([csi.single("S", "s"), csi.single("L", "l")], [csi.paths("S", "L")])
    with pytest.raises(csi.RowsRequiredError, match="holds none"):
        loyalty_levels(csi.fit(model, moments), "S", "L")


def test_text_in_a_survey_is_refused():
    frame = pd.DataFrame({"s": [1, 2, 3], "l": ["yes", "no", "yes"]})
    with pytest.raises(csi.DataError, match="l is text: 'yes', 'no'"):
        loyalty_levels(frame, "s", "l")

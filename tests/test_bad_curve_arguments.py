"""What is given beside a loyalty curve: lists that fit nobody, and things that are no lists."""

import numpy as np
import pandas as pd
import pytest

import csi

RNG = np.random.default_rng(4)
TRUE = 100 * RNG.beta(5, 2, 300)
ITEMS = np.clip(np.round(1 + (TRUE[:, None] + RNG.normal(0, 10, (300, 3))) * 9 / 100), 1, 10)
SCORE = 100 * (ITEMS.mean(axis=1) - 1) / 9
LOYAL = np.clip(TRUE + RNG.normal(0, 10, 300), 0, 100)
HALVES = np.arange(300) % 2


def curve_of(**asked):
    given = {"score": SCORE, "outcome": LOYAL, "items": ITEMS, "rng": 1, "draws": 99}
    return csi.loyalty_curve(**given | asked)


@pytest.fixture(scope="module")
def curve():
    return curve_of()


def shift_by(curve, firms):
    return csi.one_more_point(curve, firms)


def compare_by(curve, by):
    return csi.compare_curves(curve, by, n_boot=199, rng=1)


LISTLESS = {
    "one number": np.array(5.0),
    "a table": np.zeros((300, 3)),
    "a frame": pd.DataFrame({"a": [1, 2]}),
    "a set": {1, 2},
    "lists": [[1]] * 300,
    "text": "abc",
}


@pytest.mark.parametrize("given", LISTLESS.values(), ids=LISTLESS)
@pytest.mark.parametrize("ask", [shift_by, compare_by])
def test_what_is_no_list_of_groups(curve, ask, given):
    with pytest.raises(csi.errors.ArgumentTypeError, match="Give one value for each respondent"):
        ask(curve, given)


@pytest.mark.parametrize("ask", [shift_by, compare_by])
def test_lists_longer_than_the_survey_belong_to_another(curve, ask):
    with pytest.raises(csi.DataError, match="holds 900 values, but 300 respondents are used"):
        ask(curve, np.tile(HALVES, 3))


def test_an_outcome_longer_than_the_survey_belongs_to_another():
    survey = csi.demo_survey()
    fit = csi.fit(csi.models.acsi(), survey)
    with pytest.raises(csi.DataError, match="holds 1500 values, but 1156 respondents are used, of"):
        csi.loyalty_curve(fit, outcome=np.arange(1500) % 2, rng=1)


def test_missing_groups_are_left_out_and_numbers_keep_their_order(curve):
    by = pd.Series(np.where(HALVES, 10, 9), dtype="Int64")
    by[:20] = pd.NA
    assert compare_by(curve, by).groups["group"].to_list() == [9, 10]
    assert shift_by(curve, by).table["n"].to_list() == [140, 140]


def test_thirds_of_nothing(curve):
    with pytest.raises(csi.OptionError, match="needs numbers in by"):
        csi.compare_curves(curve, np.full(300, np.nan), tertiles=True, n_boot=199)


@pytest.mark.parametrize("margin", ["0.3", True, np.inf, [0.3], 10**400, 0])
def test_margins_that_are_no_slopes(curve, margin):
    for ask in (lambda: curve_of(margin=margin), lambda: csi.pooled_curve(curve, margin=margin)):
        with pytest.raises(csi.OptionError, match="Give a slope above 0"):
            ask()


@pytest.mark.parametrize("name", [5, b"x", ["Satisfaction"], np.nan])
def test_names_of_arrays_are_text(name):
    for role in ("cause", "effect"):
        with pytest.raises(csi.errors.ArgumentTypeError, match=f"{role} is .* by a text"):
            curve_of(**{role: name})


def test_single_numbers_where_lists_belong():
    with pytest.raises(csi.OptionError, match="Give three numbers"):
        csi.plan_zone(500, slopes=np.array(5.0))
    with pytest.raises(csi.errors.ArgumentTypeError, match="one list of numbers for each item"):
        csi.ItemFigures([0.5, 0.5], np.array(5.0), [[1, 2]] * 2, np.eye(2))
    with pytest.raises(csi.errors.ArgumentTypeError, match="or points such as"):
        csi.simulate(
            csi.models.acsi(), 50, curves={("Satisfaction", "Loyalty"): np.array(5.0)}, rng=1
        )
    with pytest.raises(csi.OptionError, match="is not finite"):
        csi.simulate(csi.models.acsi(), 50, reliability=10**400, rng=1)


def test_languages_are_named_by_text(curve):
    with pytest.raises(csi.OptionError, match="language is"):
        curve.plot(language=np.array(["en", "zh"]))


@pytest.mark.parametrize("many", [1, 2, 9])
def test_few_clusters_do_not_show_how_they_differ(curve, many):
    with pytest.raises(csi.DataError, match=f"are of {many} clusters; a curve needs 10"):
        curve_of(clusters=np.arange(300) % many)
    twenty = curve_of(clusters=np.arange(300) // 15)
    with pytest.raises(csi.DataError, match="are of 2 clusters"):
        compare_by(twenty, np.where(np.arange(300) < 30, "a", "b"))


def test_losses_that_fall_are_asked_for_as_falling():
    with pytest.warns(csi.DataQualityWarning, match=r"Gone falls as .*direction='falling'"):
        curve_of(outcome=100 - LOYAL, effect="Gone")
    with pytest.warns(csi.DataQualityWarning, match="loyalty rises as .* was asked for as falling"):
        curve_of(effect=None, direction="falling")
    curve_of(outcome=100 - LOYAL, direction="falling")
    curve_of(outcome=RNG.permutation(LOYAL))


def test_visits_are_no_points_unless_they_are_said_to_be():
    with pytest.raises(csi.DataError, match="'count' for counts"):
        curve_of(outcome=np.round(LOYAL / 3))


def test_small_slopes_keep_their_digits():
    curve = curve_of(outcome=RNG.random(300) < 0.2 + TRUE / 200)
    slope = curve.table["slope"].iloc[0]
    for shown in (curve, csi.one_more_point(curve), csi.shift_satisfaction(curve)):
        assert f" {slope:.3f}\n" not in str(shown)
    assert f"{slope:.4f}" in str(curve)


def test_levels_close_to_one_are_not_rounded_up():
    curve = curve_of(level=0.999)
    for shown in (csi.one_more_point(curve), csi.shift_satisfaction(curve)):
        assert "99.9%" in str(shown)
        assert "100%" not in str(shown).splitlines()[3]


def test_kinds_of_weights_come_with_the_fit():
    fit = csi.fit(csi.models.acsi(), csi.demo_survey())
    with pytest.raises(csi.OptionError, match="weight_type comes with the fit"):
        csi.loyalty_curve(fit, weight_type="frequency")
    with pytest.raises(csi.OptionError, match="weight_type is 5"):
        csi.loyalty_curve(fit, weight_type=5)


def test_a_reliability_far_below_that_of_the_items_tears_the_curve_apart():
    with pytest.warns(csi.DataQualityWarning, match=r"reliability=0.3 was stated, but .* show 0.8"):
        torn = curve_of(reliability=0.3)
    assert np.ptp(torn.at(np.linspace(*torn.window, 9))["loyalty"]) > 60
    curve_of(reliability=0.8)
    curve_of(reliability=1)


def test_a_window_too_narrow_for_kinks_has_the_other_curves():
    score = 95 + RNG.normal(0, 1.3, 300)
    narrow = curve_of(score=score, outcome=score - 20, items=None)
    assert np.ptp(narrow.window) < 6
    assert set(narrow.comparisons["shape"]) == {"line", "cubic", "power", "logistic", "isotonic"}


def test_columns_that_few_respondents_make_alike():
    rng = np.random.default_rng(0)
    true = 100 * rng.beta(5, 2, 300)
    items = np.clip(np.round(1 + 9 * (true[:, None] + rng.normal(0, 10, (300, 3))) / 100), 1, 10)
    loyal = np.clip(true + rng.normal(0, 10, 300), 0, 100)[:30]
    score = (items.mean(axis=1) - 1) / 9 * 100
    few = curve_of(score=score[:30], outcome=loyal, items=items[:30], method="shape")
    assert 0 < few.zone.p_value <= 1


def test_two_groups_of_few_respondents_are_groups():
    few = curve_of(score=SCORE[:30], outcome=LOYAL[:30], items=ITEMS[:30])
    with pytest.raises(csi.DataError, match="Group 0: 15 respondents have a score"):
        compare_by(few, HALVES[:30])

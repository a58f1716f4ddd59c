"""An assessment as a whole: verdicts, what is not computed, and how it is shown."""

import numpy as np
import pandas as pd
import pytest

import csi
from csi.assessment.judging import LOST, ability, paths
from csi.assessment.rules import RULES
from csi.assessment.verdicts import MARKS, Scale, Verdict, by_rule, table

COLUMNS = [
    "area", "criterion", "about", "value", "lower", "upper", "limit", "rule", "verdict",
    "checked", "source", "todo",
]  # fmt: skip


@pytest.fixture(scope="module")
def good():
    """A survey in which the model holds, every item measures well, and constructs differ."""
    model = csi.model(
        [
            csi.reflective("Quality", csi.items("Q", 1, 4)),
            csi.reflective("Image", csi.items("I", 1, 4)),
            csi.reflective("Satisfaction", csi.items("S", 1, 4)),
        ],
        [csi.paths(["Quality", "Image"], "Satisfaction")],
        scale=(1, 10),
    )
    frame = csi.simulate(
        model, n=400, rng=3, distribution="normal", answers="continuous", means=50, sds=12,
        paths={("Quality", "Satisfaction"): 0.5, ("Image", "Satisfaction"): 0.4},
    )  # fmt: skip
    return csi.fit(model, csi.survey(frame, allow_out_of_range=True), csi.PLS(consistent=True))


@pytest.fixture(scope="module")
def assessed(good):
    return csi.assess(good, n_boot=400, rng=1)


def verdicts(assessment):
    return dict(assessment.table[["criterion", "verdict"]].to_numpy())


def test_a_model_that_holds_passes(assessed):
    told = verdicts(assessed)
    assert assessed.table.columns.to_list() == COLUMNS
    # an honest model may still be doubted by a test at 5 percent, but by no limit
    assert "failed" not in told.values()
    for criterion in (
        "SRMR",
        "Exact fit: SRMR",
        "HTMT",
        "Composite reliability rho_C",
        "Q2_predict",
    ):
        assert told[criterion] == "passed"


def test_faults_are_named_with_a_remedy(good):
    frame = pd.DataFrame(good.data.rows, columns=list(good.model.indicators))
    frame["Q4"] = 11 - frame["Q4"]  # asked the other way round
    frame["I4"] = np.random.default_rng(1).normal(5, 1, len(frame))  # measures nothing
    with pytest.warns(csi.CsiWarning):
        fit = csi.fit(good.model, csi.survey(frame, allow_out_of_range=True))
    rows = csi.assess(fit, n_boot=200, rng=1).verdicts
    bad = rows[rows["verdict"] == "failed"]
    loadings = bad[bad["criterion"] == "Indicator loadings"]
    assert set(loadings["about"]) == {"Q4", "I4"}
    assert loadings["todo"].str.contains("leave the item out").all()


def test_the_worst_number_stands_for_its_rule(assessed):
    rows, whole = assessed.verdicts, assessed.table.set_index("criterion")
    loadings = rows[rows["criterion"] == "Indicator loadings"]
    assert whole.loc["Indicator loadings", "value"] == loadings["value"].min()
    assert whole.loc["Indicator loadings", "checked"] == 12
    assert (
        whole.loc["HTMT", "value"] == assessed.htmt.query("criterion == 'htmt'")["estimate"].max()
    )


def test_every_verdict_has_its_rule_and_source(assessed):
    assert (assessed.table[["rule", "source"]] != "").all(axis=None)
    missed = assessed.table["verdict"] != "passed"
    assert (assessed.table.loc[missed, "todo"] != "").all()
    assert sum(assessed.count.values()) == len(assessed.table)


def test_the_seed_decides_everything(good, assessed):
    again = csi.assess(good, n_boot=400, rng=1)
    pd.testing.assert_frame_equal(again.verdicts, assessed.verdicts)


@pytest.mark.filterwarnings("ignore:. of 200 resamples:csi.InadmissibleWarning")
def test_a_bootstrap_that_is_there_is_used(good):
    boot = csi.bootstrap(good, n_boot=200, rng=5, level=0.9)
    assessment = csi.assess(good, boot, rng=1)
    assert assessment.boot is boot
    assert assessment.level == 0.9
    limits = boot.htmt[["lower", "upper"]].to_numpy()
    found = assessment.htmt.query("criterion == 'htmt'")[["lower", "upper"]].to_numpy()
    np.testing.assert_array_equal(found, limits)


def test_without_resamples_there_are_estimates_and_reasons(good):
    assessment = csi.assess(good, n_boot=0, rng=1)
    told = assessment.table.set_index("criterion")
    assert told.loc["Composite reliability rho_C", "verdict"] == "passed"
    assert told.loc["Exact fit: SRMR", "verdict"] == "not computed"
    assert "n_boot=0" in told.loc["Exact fit: SRMR", "todo"]
    assert "boot" in set(assessment.not_computed["part"])


def test_a_printed_matrix_can_be_assessed():
    fit = csi.fit(csi.models.ecsi_mobile(), csi.studies.moments("ecsi-mobi"))
    assessment = csi.assess(fit)
    told = assessment.table.set_index("criterion")
    assert told.loc["SRMR", "verdict"] == "failed"
    assert told.loc["Q2_predict", "verdict"] == "not computed"
    assert np.isfinite(told.loc["VIF of predictors", "value"])
    assert (assessment.not_computed["why"] != "").all()


HARD = {
    "one item each": csi.model(
        [csi.single("A", "a1"), csi.single("B", "b1")], [csi.paths("A", "B")], scale=(1, 10)
    ),
    "composites": csi.model(
        [csi.composite("A", ["a1", "a2", "a3"]), csi.composite("B", ["b1", "b2"])],
        [csi.paths("A", "B")],
        scale=(1, 10),
    ),
    "higher order": csi.model(
        [
            csi.reflective("A", ["a1", "a2", "a3"]),
            csi.reflective("B", ["b1", "b2"]),
            csi.higher_order("Both", ["A", "B"]),
            csi.reflective("C", ["c1", "c2"]),
        ],
        [csi.paths("Both", "C")],
        scale=(1, 10),
    ),
}


def answers(seed=0, n=150):
    rng = np.random.default_rng(seed)
    common = rng.normal(size=(n, 1))
    names = ["a1", "a2", "a3", "b1", "b2", "c1", "c2"]
    own = rng.normal(size=(n, len(names)))
    values = np.clip(np.rint(6 + 1.6 * common + 1.2 * own), 1, 10)
    return pd.DataFrame(values, columns=names)


@pytest.mark.parametrize(
    ("name", "estimator"),
    [
        *((name, csi.PLS()) for name in HARD),
        *((name, csi.Sums()) for name in ("one item each", "composites")),
    ],
)
def test_no_model_makes_it_fail(name, estimator):
    fit = csi.fit(HARD[name], csi.survey(answers()), estimator)
    assessment = csi.assess(fit, n_boot=100, folds=5, repeats=2, rng=1)
    told = assessment.table
    missing = told[told["verdict"] == "not computed"]
    assert (missing["todo"] != "").all()
    assert np.isfinite(told.loc[told["verdict"] != "not computed", "value"]).all()
    assert str(assessment).startswith("Assessment: ")


def test_an_estimator_of_the_users_own_can_be_assessed(good):
    class Plain:
        def estimate(self, model, moments):
            return csi.Sums().estimate(model, moments)

    fit = csi.fit(good.model, csi.survey(answers_of(good), allow_out_of_range=True), Plain())
    told = csi.assess(fit, folds=5, repeats=1, rng=1).table.set_index("criterion")
    assert told.loc["Resamples that failed or are inadmissible", "verdict"] == "not computed"
    assert told.loc["Q2_predict", "verdict"] == "passed"


def answers_of(fit):
    return pd.DataFrame(fit.data.rows, columns=list(fit.model.indicators))


def test_resamples_that_break_down_are_a_verdict_not_an_error():
    model = csi.models.ecsi_mobile()
    frame = csi.simulate(model, n=60, rng=2, loadings=0.5)
    with pytest.warns(csi.CsiWarning):
        fit = csi.fit(model, csi.survey(frame), csi.PLS(consistent=True))
    told = csi.assess(fit, n_boot=100, rng=1).table.set_index("criterion")
    assert told.loc["Resamples that failed or are inadmissible", "verdict"] == "failed"


# verdicts


def test_a_scale_knows_good_doubtful_and_bad():
    loading, vif = Scale(0.708, 0.4), Scale(3.3, 5.0, high=False)
    assert [loading(x) for x in (0.708, 0.5, 0.4, 0.39)] == [
        "passed", "doubtful", "doubtful", "failed",
    ]  # fmt: skip
    assert [vif(x) for x in (3.3, 5.0, 5.1, np.inf)] == ["passed", "doubtful", "failed", "failed"]
    assert loading(np.nan) == "not computed"


def test_what_is_as_bad_is_named_and_the_rest_counted():
    rule = RULES["indicator"]
    many = [Verdict(rule, (f"x{i}",), "failed", 0.1 * i, severity=-i) for i in range(8)]
    assert table(many)["about"].tolist() == ["x0; x1; x2; x3; x4; 3 more"]
    assert by_rule(many)[0].checked == 8


def test_milder_doubts_are_named_behind_what_failed():
    rule = RULES["indicator"]
    words = ["doubtful", "failed", "passed", "doubtful", "not computed"]
    some = [Verdict(rule, (f"x{i}",), word, severity=i) for i, word in enumerate(words)]
    assert table(some)["about"].tolist() == ["x1; doubtful: x3; x0"]
    assert (by_rule(some)[0].checked, by_rule(some)[0].missing) == (4, 1)


def test_a_limit_that_a_number_is_held_against_is_no_interval(assessed):
    told = assessed.table.set_index("criterion")
    exact = told.loc["Exact fit: SRMR"]
    assert exact["limit"] == assessed.exact_fit.table["critical"][0]
    assert np.isnan(exact["upper"])
    assert np.isfinite(told.loc["Indicator loadings", "upper"])
    assert np.isnan(told.loc["Indicator loadings", "limit"])


def test_rules_are_told_apart_without_colour():
    assert len(set(MARKS.values())) == len(MARKS)


# how it is shown


def test_the_notebook_table_escapes_and_cites(assessed):
    html = assessed._repr_html_()
    assert "doi:10.1007/s11747-014-0403-8" in html
    assert "✓ passed" in html
    assert html == csi.assess(assessed.fit, n_boot=400, rng=1)._repr_html_()


def test_hostile_names_stay_text():
    model = csi.model(
        [csi.reflective("<b>A", ["a1", "a2"]), csi.reflective("B", ["b1", "b2"])],
        [csi.paths("<b>A", "B")],
        scale=(1, 10),
    )
    assessment = csi.assess(csi.fit(model, csi.survey(answers())), n_boot=100, rng=1)
    html = assessment._repr_html_()
    assert "<b>A" not in html
    assert "&lt;b&gt;A" in html


# bad input


def test_what_is_no_fit_is_refused():
    with pytest.raises(TypeError, match="assess takes a fit; found str"):
        csi.assess("fit")


def test_what_is_no_bootstrap_is_refused(good):
    with pytest.raises(TypeError, match="boot is a int"):
        csi.assess(good, 500)


def test_the_bootstrap_of_another_fit_is_refused(good):
    other = csi.fit(HARD["one item each"], csi.survey(answers()))
    with pytest.raises(csi.OptionError, match="belongs to another fit"):
        csi.assess(good, csi.bootstrap(other, n_boot=100, rng=1))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"n_boot": 50}, "n_boot is 50. Give a whole number from 100"),
        ({"level": 95}, "level is 95. Give a confidence level between 0 and 1"),
        ({"rng": -1}, "rng is -1"),
        ({"folds": 1}, "folds is 1. Give a whole number from 2"),
        ({"repeats": 0}, "repeats is 0. Give a whole number from 1"),
    ],
)
def test_options_without_meaning_are_refused(good, options, message):
    with pytest.raises(csi.OptionError, match=message):
        csi.assess(good, **options)


def test_any_number_of_respondents_can_be_blindfolded():
    model = HARD["one item each"]
    rng = np.random.default_rng(1)
    frame = pd.DataFrame(rng.integers(1, 11, (27_720, 2)).astype(float), columns=["a1", "b1"])
    assessment = csi.assess(csi.fit(model, frame), n_boot=0, folds=2, repeats=1, rng=1)
    assert len(assessment.q2) == 1


def test_what_cannot_be_compared_is_neither_passed_nor_failed():
    rows = pd.DataFrame(
        {
            "benchmark": ["mean", "lm"], "construct": ["all", "all"], "difference": [np.nan] * 2,
            "p": [np.nan] * 2, "lower": [np.nan] * 2, "upper": [np.nan] * 2, "why": ["no", "no"],
        }
    )  # fmt: skip
    assert [verdict.word for verdict in ability(rows)] == ["not computed"] * 2


def test_a_path_without_limits_is_not_judged():
    rows = pd.DataFrame(
        {
            "source": ["A", "A"], "target": ["B", "C"], "estimate": [0.5, 0.2],
            "lower": [0.1, np.nan], "upper": [0.9, np.nan],
        }
    )  # fmt: skip
    told = paths(rows)
    assert [verdict.word for verdict in told] == ["passed", "not computed"]
    assert told[1].todo == LOST


def test_predictive_ability_is_of_the_prediction_shown(good):
    assessment = csi.assess(good, n_boot=0, folds=5, repeats=2, level=0.8, rng=1)
    ability, theirs = assessment.predictive_ability, csi.cvpat(good, None, 5, 2, level=0.8, rng=1)
    assert ability.prediction is assessment.prediction
    pd.testing.assert_frame_equal(ability.table, theirs.table)

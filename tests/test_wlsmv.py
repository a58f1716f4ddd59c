"""csi.CBSEM with ordered items beside lavaan.

Oracle      lavaan 0.6-14: `golden/lavaan/STUDY_ord.json` and, for mixed items, stated
            thresholds, weights, a single ordered item between constructs and groups,
            `golden/ordered_answers.json`.
Tolerance   1e-5: lavaan has no Gauss-Newton finish for ordered items.
"""

import json
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from lavaan_studies import TESTS, expected_parameters, fits, rows
from numpy.testing import assert_allclose

import csi
from csi import DataError, ModelError, OptionError
from csi.errors import RowsRequiredError
from csi.estimators.sem.overall import fit_measures

GOLDEN = json.loads((Path(__file__).parent / "golden" / "ordered_answers.json").read_text())["fits"]
TOLERANCE = 1e-5
NOT_COMPARED = ("rmsea.ci.level", "rmsea.close.h0", "rmsea.notclose.h0", "ntotal")
SIX = TESTS[3:]
MODEL = "visual =~ x1 + x2 + x3\ntextual =~ x4 + x5 + x6\nspeed =~ x7 + x8 + x9"


def quietly(model, survey, estimator):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", csi.CsiWarning)  # of Heywood cases and small samples
        return csi.fit(model, survey, estimator)


def ordered(name):
    method, _, parametrization = name.partition("_")
    return csi.CBSEM(method, ordered=True, parametrization=parametrization or "delta")


@pytest.fixture(
    scope="module", params=list(fits("hs_ord", "core_ord")), ids=lambda f: f.study + f.name
)
def case(request):
    _, name, entry = request.param
    survey = csi.survey(rows(entry["data"]), allow_out_of_range=True)
    return entry, quietly(csi.parse(entry["model"]), survey, ordered(name))


def places(keys, table):
    """Position of each of lavaan's parameters among ours."""
    ours = {tuple(row[:3]): i for i, row in enumerate(table.itertuples(index=False))}
    ours |= {(right, "~~", left): i for (left, op, right), i in ours.items() if op == "~~"}
    ours |= {(left, "~*~", left): i for (left, op, _), i in ours.items() if op == "~*~"}
    return [ours[key] for key in keys]


def test_estimates_and_errors(case):
    entry, fit = case
    expected = expected_parameters(entry)
    at = places(zip(expected["lhs"], expected["op"], expected["rhs"], strict=True), fit.parameters)
    assert sorted(at) == list(range(len(fit.parameters)))
    ours = fit.parameters.iloc[at]
    assert_allclose(ours["estimate"], expected["est"], rtol=0, atol=TOLERANCE)
    assert_allclose(ours["se"], expected["se"], rtol=0, atol=TOLERANCE)


def test_measures_of_fit(case):
    entry, fit = case
    expected = {name: value for name, value in entry["fit"].items() if value is not None}
    expected = {name: value for name, value in expected.items() if name not in NOT_COMPARED}
    assert len(expected) > 30
    ours = fit.fit_measures["value"]
    assert_allclose(ours[list(expected)], list(expected.values()), rtol=1e-6, atol=1e-6)


def test_standardised_solution(case):
    entry, fit = case
    stored = entry.get("standardized")
    if stored is None:
        assert fit.estimator != ordered("WLSMV")
        return
    ours = fit.standardized()
    at = places(zip(stored["lhs"], stored["op"], stored["rhs"], strict=True), ours)
    assert_allclose(ours.iloc[at]["estimate"], stored["est.std"], rtol=0, atol=1e-6)
    assert_allclose(ours.iloc[at]["se"], stored["se"], rtol=0, atol=1e-6)
    lv = fit.standardized("lv").iloc[at]
    assert_allclose(lv["estimate"], stored["std_lv"], rtol=0, atol=1e-6)


@pytest.mark.parametrize("study", ["hs_ord", "core_ord"])
def test_modification_indices(study):
    _, _, entry = next(fits(study))
    survey = csi.survey(rows(entry["data"]), allow_out_of_range=True)
    fit = quietly(csi.parse(entry["model"]), survey, ordered("WLSMV"))
    stored = entry["modindices"]
    ours = fit.modification_indices()
    at = places(zip(stored["lhs"], stored["op"], stored["rhs"], strict=True), ours)
    less = 1 - 1 / fit.n  # lavaan's gradient of least squares is that of half of F (n - 1) / n
    assert_allclose(ours.iloc[at]["mi"] * less, stored["mi"], rtol=1e-4)
    assert_allclose(ours.iloc[at]["epc"] * less, stored["epc"], rtol=1e-4)


def answers_of(name):
    """The rows that lavaan was given in golden/ordered_answers.json."""
    four = rows("hs_ord")
    if name.startswith("mixed"):
        return pd.concat([rows("hs")[TESTS[:3]], four[SIX]], axis=1)
    if name == "weights":
        return four.assign(weight=0.5 + np.arange(1, len(four) + 1) % 7 / 4)
    return rows("mobi_ord5") if name == "chain_theta" else four


SETTINGS = {
    "mixed_delta": csi.CBSEM("WLSMV", ordered=SIX),
    "mixed_theta": csi.CBSEM("ULSMV", ordered=SIX, parametrization="theta"),
    "stated": csi.CBSEM("WLSMV", ordered=True),
    "weights": csi.CBSEM("WLSMV", ordered=True),
    "chain_theta": csi.CBSEM("WLSMV", ordered=True, parametrization="theta"),
}


def compare(stored, rows, values, errors, standard, standard_errors, loose):
    """Compare with lavaan the parameters of whatever group, and their standardised values."""
    table = pd.DataFrame(stored["parameters"])
    ours = {(*row.key, row.group + 1): i for i, row in enumerate(rows)}
    ours |= {(key[2], "~~", key[0], key[3]): i for key, i in ours.items() if key[1] == "~~"}
    ours |= {(key[0], "~*~", key[0], key[3]): i for key, i in ours.items() if key[1] == "~*~"}
    at = [ours[key] for key in zip(*(table[name] for name in ("lhs", "op", "rhs", "group")),
                                   strict=True)]  # fmt: skip
    assert sorted(at) == list(range(len(rows)))
    # With theta and large loadings the same miss of lavaan's is larger than in standard units
    assert_allclose(values[at], table["est"], rtol=0, atol=loose)
    assert_allclose(errors[at], table["se"], rtol=0, atol=loose)
    assert_allclose(standard[at], table["std"], rtol=0, atol=TOLERANCE)
    assert_allclose(standard_errors[at], table["std_se"], rtol=0, atol=2 * TOLERANCE)


def check_measures(stored, ours, *also_not):
    expected = {k: v for k, v in stored["fit"].items() if k not in (*NOT_COMPARED, *also_not)}
    assert len(expected) > 30
    found = [ours[name] for name in expected]
    assert_allclose(found, list(expected.values()), rtol=TOLERANCE, atol=TOLERANCE)


@pytest.mark.parametrize("name", SETTINGS)
def test_mixed_items_stated_thresholds_weights_and_a_single_item_as_cause(name):
    stored = GOLDEN[name]
    given = {"weights": "weight"} if name == "weights" else {}
    survey = csi.survey(answers_of(name), allow_out_of_range=True, **given)
    fit = quietly(csi.parse(stored["model"]), survey, SETTINGS[name])
    solution = fit.solution
    standard, rates = solution.standardised()
    compare(
        stored, solution.compiled.rows, fit.parameters["estimate"].to_numpy(),
        fit.parameters["se"].to_numpy(), standard, solution.errors_of(rates),
        1e-4 if name.endswith("theta") else TOLERANCE,
    )  # fmt: skip
    check_measures(stored, dict(fit.fit_measures["value"]))


@pytest.mark.parametrize("parametrization", ["delta", "theta"])
def test_groups_with_equal_loadings_and_thresholds(parametrization):
    stored = GOLDEN[f"groups_{parametrization}"]
    answers, model = rows("hs_ord"), csi.parse(stored["model"])
    samples = [
        csi.Moments.from_rows(answers.loc[answers["school"] == school, TESTS].to_numpy(), TESTS)
        for school in answers["school"].unique()
    ]
    estimator = csi.CBSEM("WLSMV", ordered=True, parametrization=parametrization)
    solution, parts = estimator.estimate_together(model, samples, equal=("loadings", "thresholds"))
    standard, rates = solution.standardised()
    errors = solution.errors_of(solution.rates)
    compare(stored, solution.compiled.rows, solution.values, errors, standard,
            solution.errors_of(rates), 1e-4)  # fmt: skip
    # lavaan counts the statistics of the first group only for WRMR
    check_measures(stored, fit_measures(solution), "wrmr")
    assert len(parts) == 2
    assert parts[1].solution.compiled.rows[0].group == 0


def test_a_single_ordered_item_stands_for_its_construct():
    """A construct of one ordered item is that item: lavaan's model is not identified."""
    stored = GOLDEN["chain_theta"]
    named = stored["model"].replace("CUSCO", "Complaints") + "\nComplaints =~ CUSCO"
    survey = csi.survey(rows("mobi_ord5"), allow_out_of_range=True)
    fit = quietly(csi.parse(named), survey, SETTINGS["chain_theta"])
    assert fit.measure("chisq.scaled") == pytest.approx(stored["fit"]["chisq.scaled"], rel=1e-6)
    with pytest.raises(ModelError, match=r"^CUSCO, the only item .*parametrization='theta'"):
        quietly(csi.parse(named), survey, csi.CBSEM("WLSMV", ordered=True))


def test_parametrisations_are_one_model():
    model, survey = csi.parse(MODEL), csi.survey(rows("hs_ord"), allow_out_of_range=True)
    delta, theta = (quietly(model, survey, ordered(f"WLSMV_{p}")) for p in ("delta", "theta"))
    assert_allclose(delta.fit_measures["value"], theta.fit_measures["value"], rtol=1e-7)
    assert_allclose(delta.standardized()["estimate"], theta.standardized()["estimate"], atol=1e-7)
    assert_allclose(delta.standardized()["se"], theta.standardized()["se"], atol=1e-7)
    for name in ("weights", "loadings", "paths", "construct_corr", "r2"):
        ours, other = (getattr(f, name).select_dtypes("number") for f in (delta, theta))
        assert_allclose(ours, other, atol=1e-6)


def test_indices_rest_on_the_answers_and_on_weights_of_the_responses():
    _, _, entry = next(fits("core_ord"))
    survey = csi.survey(rows("mobi_ord5"), scale=(1, 5))
    fit = quietly(csi.parse(entry["model"]), survey, ordered("WLSMV"))
    names = ["PERQ1", "PERQ2", "PERQ3"]
    answers = rows("mobi_ord5")[names]
    implied = fit.implied_cov.loc[names, names]
    loadings = fit.standardized().query("operator == '=~' and left == 'Quality'")["estimate"]
    w = np.linalg.solve(implied, loadings)
    scored = (answers - answers.mean()) / answers.std() @ w
    assert_allclose(fit.weights.loc[names, "weight"], w / scored.std(), rtol=1e-9)
    w = w / answers.std()
    index = ((answers.mean() - 1) / 4 * 100) @ (w / w.sum())
    assert fit.index("Quality") == pytest.approx(index, rel=1e-9)
    assert fit.r2.loc["Value", "r2"] == pytest.approx(
        1 - fit.standardized().query("left == 'Value' and right == 'Value'")["estimate"].item()
    )


def test_rows_that_stand_for_several_respondents():
    answers = rows("hs_ord")[TESTS]
    counted = answers.value_counts().rename("copies").reset_index()
    counted["copies"] = counted["copies"].astype(float)
    one = quietly(csi.parse(MODEL), csi.survey(answers, allow_out_of_range=True), ordered("WLSMV"))
    survey = csi.survey(counted, weights="copies", weight_type="frequency",
                        allow_out_of_range=True)  # fmt: skip
    other = quietly(csi.parse(MODEL), survey, ordered("WLSMV"))
    assert_allclose(other.parameters["se"], one.parameters["se"], atol=1e-9)


def test_clusters_widen_errors():
    """Everybody twice, as a cluster: the errors of everybody once, but for C / (C - 1)."""
    answers = rows("hs_ord")[TESTS]
    twice = pd.concat([answers, answers]).assign(who=[*range(len(answers))] * 2)
    estimator = csi.CBSEM("ULSMV", ordered=True)
    once = quietly(csi.parse(MODEL), csi.survey(answers, allow_out_of_range=True), estimator)
    survey = csi.survey(twice, clusters="who", allow_out_of_range=True)
    fit = quietly(csi.parse(MODEL), survey, estimator)
    n = len(answers)
    few = np.sqrt(n / (n - 1) * 2 * (n - 1) / (2 * n - 1))  # clusters, and n - 1 in both errors
    assert_allclose(fit.parameters["se"], once.parameters["se"] * few, rtol=1e-6)


def likert(n=400, seed=3):
    """Answers to four items of one construct, five categories each."""
    rng = np.random.default_rng(seed)
    responses = 0.8 * rng.normal(size=(n, 1)) + 0.6 * rng.normal(size=(n, 4))
    answers = np.digitize(responses, [-1.2, -0.4, 0.4, 1.2]) + 1.0
    return pd.DataFrame(answers, columns=["q1", "q2", "q3", "q4"])


def one_construct(frame, estimator=None, **declared):
    survey = csi.survey(frame, allow_out_of_range=True, **declared)
    model = csi.parse("Q =~ q1 + q2 + q3 + q4")
    return csi.fit(model, survey, estimator or csi.CBSEM("WLSMV", ordered=True))


def test_what_was_put_in_comes_out():
    table = one_construct(likert(20_000)).standardized()
    loadings = table[table["operator"] == "=~"]
    assert_allclose(loadings["estimate"], 0.8, atol=0.02)
    assert (np.abs(loadings["estimate"] - 0.8) < 3.5 * loadings["se"]).all()
    third = table[(table["operator"] == "|") & (table["right"] == "t3")]
    assert_allclose(third["estimate"], 0.4, atol=0.04)


def moments_of(frame):
    return csi.Moments.from_rows(frame.to_numpy(), tuple(frame))


def test_settings_that_ordered_items_cannot_be_fitted_with():
    with pytest.raises(OptionError, match=r"^ML takes answers as numbers.* 'WLSMV'"):
        csi.CBSEM(ordered=True)
    with pytest.raises(OptionError, match=r"errors='first\.order' belong to a likelihood"):
        csi.CBSEM("WLSMV", ordered=True, errors="first.order")
    with pytest.raises(OptionError, match=r"^ordered names q9, which the model does not hold"):
        one_construct(likert(), csi.CBSEM("WLSMV", ordered=["q9"]))
    printed = csi.Moments.from_covariance(likert().cov(), n=400)
    with pytest.raises(RowsRequiredError, match=r"need the respondents"):
        csi.fit(csi.parse("Q =~ q1 + q2 + q3 + q4"), printed, csi.CBSEM("WLSMV", ordered=True))
    holes = likert()
    holes.loc[3, "q2"] = np.nan
    with pytest.raises(OptionError, match=r"Leave incomplete respondents out.*listwise"):
        one_construct(holes, missing="fiml")
    model = csi.parse("Q =~ q1 + q2 + q3\nq4 =~ q4\nQ ~ q4")
    with pytest.raises(ModelError, match=r"^q4: ordered, but an observed cause"):
        csi.fit(model, likert(), csi.CBSEM("WLSMV", ordered=["q4"]))
    with pytest.raises(ModelError, match=r"q1 has 5 categories, .* up to t4"):
        csi.fit(csi.parse("Q =~ q1 + q2 + q3\nq1 | 0*t5"), likert(), ordered("WLSMV"))
    with pytest.raises(ModelError, match=r"states the error variance of q1.*'theta'"):
        csi.fit(csi.parse("Q =~ q1 + q2 + q3\nq1 ~~ 0.5*q1"), likert(), ordered("WLSMV"))


def test_groups_need_the_same_categories():
    answers, model = likert(), csi.parse("Q =~ q1 + q2 + q3 + q4")
    other = answers.replace({"q1": {5: 4}})
    with pytest.raises(DataError, match=r"^Of q1 nobody in group 2 chose 5"):
        csi.CBSEM("WLSMV", ordered=True).estimate_together(
            model, [moments_of(answers), moments_of(other)]
        )


def test_a_second_start_where_the_first_does_not_settle():
    """The whole ECSI model on ten categories is nearly unidentified."""
    model, survey = csi.models.ecsi_mobile(), csi.survey(rows("mobi"), scale=(1, 10))
    fit = quietly(model, survey, csi.CBSEM("WLSMV", ordered=True, parametrization="theta"))
    assert fit.convergence.converged
    assert fit.solution.optimum.starts[0] > 1
    thresholds = (fit.parameters["operator"] == "|").sum()
    assert fit.measure("df") == 24 * 23 / 2 - (fit.measure("npar") - thresholds)

"""csi.CBSEM with missing answers, beside lavaan, complete answers, copies and the truth.

Oracle      lavaan 0.6-14, `golden/lavaan/STUDY_fiml.json` and, for groups, observed causes
            and weights, `golden/full_information.json`.
Settings    csi.survey(missing="fiml"). lavaan stops its search, and its EM algorithm for the
            saturated moments, early: our log-likelihoods are the higher ones.
"""

import json
import warnings
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from lavaan_studies import expected_parameters, fit, rows
from numpy.testing import assert_allclose, assert_array_less

import csi
from csi.core.design import Design
from csi.core.moments import Moments
from csi.core.sem import incomplete
from csi.core.sem.full_information import FullInformation
from csi.core.sem.likelihood_moments import likelihood_moments
from csi.core.sem.patterns import find_patterns
from csi.core.sem.saturated import saturated
from csi.estimators.sem.evidence import Complete, Sample
from csi.estimators.sem.overall import fit_measures
from csi.resampling.functions import resampled

MORE = json.loads((Path(__file__).parent / "golden" / "full_information.json").read_text())["fits"]
SETTINGS = {
    "FIML": {},
    "FIML_expected": {"information": "expected"},
    "FIML_MLR": {"method": "MLR"},
    "two_stage": {"missing": "two-stage"},
    "robust_two_stage": {"missing": "robust-two-stage"},
    "FIML_aux": {"auxiliary": ("ageyr", "agemo")},
}
CASES = [
    (study, name)
    for study in ("hs", "core", "acsi")
    for name in SETTINGS
    if name != "FIML_aux" or study == "hs"
]
ESTIMATE, MEASURE = 5e-5, 1e-5
EARLY = 1e-4
"""Of several groups, whose search lavaan ends by a fall of the discrepancy of 1e-9."""

NOT_COMPARED = {"rmsea.ci.level", "rmsea.close.h0", "rmsea.notclose.h0", "scaling.factor.h0",
                "scaling.factor.h1"}  # fmt: skip
FIT_OF_STATISTICS = {"gfi", "agfi", "pgfi"}
"""lavaan compares what is implied with moments of available answers, we with saturated ones."""


def read(study, **declared):
    return csi.survey(rows(study), allow_out_of_range=True, **{"missing": "fiml", **declared})


def quietly(model, data, estimator):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", csi.CsiWarning)  # of small samples
        return csi.fit(model, data, estimator)


@cache
def case(study, name):
    entry = fit(f"{study}_fiml", name)
    ours = quietly(csi.parse(entry["model"]), read(entry["data"]), csi.CBSEM(**SETTINGS[name]))
    return entry, ours


def side_by_side(entry, table):
    """Return our rows of parameters in the order of lavaan's, without those it has not."""
    expected = expected_parameters(entry)
    ours = {tuple(r[:3]): i for i, r in enumerate(table.itertuples(index=False))}
    ours |= {(right, "~~", left): i for (left, op, right), i in ours.items() if op == "~~"}
    at = [ours[key] for key in zip(expected["lhs"], expected["op"], expected["rhs"], strict=True)]
    return expected, table.iloc[at]


# lavaan


@pytest.mark.parametrize(("study", "name"), CASES)
def test_estimates_and_errors(study, name):
    entry, ours = case(study, name)
    expected, found = side_by_side(entry, ours.parameters)
    assert len(expected) == len(ours.parameters)
    assert_allclose(found["estimate"], expected["est"], rtol=ESTIMATE, atol=ESTIMATE)
    assert_allclose(found["se"], expected["se"], rtol=ESTIMATE, atol=ESTIMATE)


@pytest.mark.parametrize(("study", "name"), CASES)
def test_measures_of_fit(study, name):
    entry, ours = case(study, name)
    expected = {key: value for key, value in entry["fit"].items() if key not in NOT_COMPARED}
    if "two_stage" not in name:
        expected = {k: v for k, v in expected.items() if k not in FIT_OF_STATISTICS}
    for key in [key for key in expected if disputed(key, name)]:
        del expected[key]
    found = ours.fit_measures["value"]
    assert set(expected) <= set(found.index)
    assert_allclose(found[list(expected)], list(expected.values()), rtol=MEASURE, atol=MEASURE)


def disputed(measure, name):
    """Whether lavaan computes it from other ingredients than the rest of the fit."""
    incremental = measure.removesuffix(".robust") in ("cfi", "tli", "nnfi", "rni")
    if name == "FIML_expected":  # mixes both kinds of information
        return measure.endswith(".robust")
    if name == "FIML_aux":  # the auxiliary variables correlate in one baseline model only
        return measure.endswith(".robust") and incremental
    if "two_stage" in name:  # one baseline test for normal and robust errors
        scaled = measure.endswith((".scaled", ".scaling.factor"))
        return ("baseline" in measure and scaled) or (
            measure.endswith((".robust", ".scaled")) and not measure.startswith(("chisq", "df",
            "pvalue", "rmsea"))
        )  # fmt: skip
    return False


@pytest.mark.parametrize("study", ["hs", "core", "acsi"])
def test_likelihood_is_the_higher_one(study):
    entry, ours = case(study, "FIML")
    for key in ("logl", "unrestricted.logl"):
        assert -1e-9 < ours.measure(key) - entry["fit"][key] < 1e-7 * abs(entry["fit"][key])
    assert_allclose(ours.measure("chisq"), entry["fit"]["chisq"], rtol=1e-6)
    assert ours.convergence.converged


@pytest.mark.parametrize("name", ["causes_complete", "causes_random", "weights"])
def test_observed_causes_and_weights(name):
    entry = MORE[name]
    answers, declared, method = rows("mobi_miss"), {}, "ML"
    if name == "weights":
        answers, declared, method = answers.join(rows("mobi_wt")["wt"]), {"weights": "wt"}, "MLR"
    if name == "causes_complete":
        answers = answers.dropna(subset=["IMAG1", "IMAG2"])
    survey = csi.survey(answers, allow_out_of_range=True, missing="fiml", **declared)
    ours = quietly(csi.parse(entry["model"]), survey, csi.CBSEM(method))
    expected, found = side_by_side(entry, ours.parameters)
    assert_allclose(found["estimate"], expected["est"], atol=ESTIMATE)
    free = found["free"].to_numpy()
    assert_allclose(found["se"][free], expected["se"][free], atol=ESTIMATE)
    keys = [key for key in entry["fit"] if not key.endswith(".robust") or name == "weights"]
    if name == "causes_random":  # their moments are parameters of lavaan's then
        keys = [key for key in keys if key not in ("npar", "logl", "unrestricted.logl")]
    expected = [entry["fit"][key] for key in keys]
    assert_allclose(ours.fit_measures["value"][keys], expected, rtol=1e-6)


@pytest.mark.parametrize(
    ("name", "equal"), [("groups", ()), ("scalar", ("loadings", "intercepts"))]
)
def test_several_groups(name, equal):
    entry = MORE[name]
    model, pupils = csi.parse(entry["model"]), rows("hs_miss")
    schools = [pupils[pupils["school"] == school] for school in pupils["school"].unique()]
    samples = [likelihood_moments(s[list(model.indicators)].to_numpy(), model.indicators)
               for s in schools]  # fmt: skip
    solution, _ = csi.CBSEM().estimate_together(model, samples, equal=equal)
    ours = pd.DataFrame(
        [(*row.key, row.group + 1) for row in solution.compiled.rows],
        columns=["lhs", "op", "rhs", "group"],
    ).assign(ours=solution.values, error=solution.errors_of(solution.rates))
    both = expected_parameters(entry).merge(ours, on=["lhs", "op", "rhs", "group"])
    assert len(both) == len(expected_parameters(entry))
    assert_allclose(both["ours"], both["est"], atol=EARLY)
    assert_allclose(both["error"], both["se"], atol=EARLY)
    found = fit_measures(solution)
    assert 0 < found["logl"] - entry["fit"]["logl"] < 1e-6
    for key, expected in entry["fit"].items():
        assert_allclose(found[key], expected, rtol=MEASURE)


# what must be so


@pytest.fixture
def structure():
    """Two constructs with means, some parameters, and 40 rows of which many have holes."""
    model = csi.parse("A =~ x1 + x2 + x3\nB =~ y1 + y2\nB ~ A")
    rng = np.random.default_rng(3)
    factor = rng.normal(size=(40, 1))
    answers = 3 + factor + rng.normal(size=(40, 5))
    moments = Moments.from_rows(answers, model.indicators)
    compiled = csi.CBSEM(means=True).compiled(model, moments)
    start = compiled.start(moments.cov[None, None], moments.mean[None, None])
    answers[rng.random(answers.shape) < 0.2] = np.nan
    return compiled.structure, answers, start + 0.05 * rng.normal(size=start.shape)


def test_complete_answers_have_the_usual_discrepancy(structure):
    model, answers, theta = structure
    whole = answers[~np.isnan(answers).any(axis=1)]
    cov, mean = np.cov(whole.T, ddof=0), whole.mean(axis=0)
    usual = Complete((Sample(len(whole), cov, mean),)).problem(model)
    patterns = find_patterns(whole)
    best = saturated(patterns, list("abcde")).logl
    ours = FullInformation.of(model, [patterns], [best], np.ones(5))
    assert_allclose(ours.at(theta).value, usual.at(theta).value, rtol=1e-11)
    for exact in (True, False):
        pairs = zip(
            ours.derivatives(ours.at(theta), exact=exact),
            usual.derivatives(usual.at(theta), exact=exact),
            strict=True,
        )
        for found, expected in pairs:
            assert_allclose(found, expected, atol=1e-11)


def test_derivatives_of_several_groups(structure, monkeypatch):
    monkeypatch.setattr(incomplete, "CELLS", 3 * 25)  # three patterns at a time
    _, answers, _ = structure
    text = csi.parse("A =~ x1 + c(k, k)*x2 + x3\nB =~ y1 + y2\nB ~ A")
    samples = [likelihood_moments(part, text.indicators) for part in (answers[:22], answers[22:])]
    whole = csi.CBSEM(means=True).compiled(text, *samples)
    groups = [find_patterns(part) for part in (answers[:22], answers[22:])]
    problem = FullInformation.of(whole.structure, groups, [0.0, 0.0], np.arange(1.0, 6))
    theta = whole.start(*(np.stack([getattr(m, name) for m in samples])[None]
                          for name in ("cov", "mean")))  # fmt: skip
    steps = 1e-6 * np.eye(theta.shape[1])
    ends = problem.at(np.concatenate([theta + steps, theta - steps]))
    high, low = np.split(ends.value, 2)
    gradient, hessian = problem.derivatives(problem.at(theta), exact=True)
    assert_allclose(gradient[0], (high - low) / 2e-6, atol=1e-7)
    high, low = np.split(problem.derivatives(ends, exact=True)[0], 2)
    assert_allclose(hessian[0], (high - low) / 2e-6, atol=1e-6)


@pytest.mark.parametrize("way", [{"method": "MLR"}, {"missing": "robust-two-stage"}])
def test_frequencies_are_copies(way):
    entry = fit("hs_fiml", "FIML")
    model, pupils = csi.parse(entry["model"]), rows("hs_miss")
    copies = np.random.default_rng(1).integers(1, 4, len(pupils))
    one = csi.survey(pupils.assign(w=copies), weights="w", weight_type="frequency",
                     missing="fiml", allow_out_of_range=True)  # fmt: skip
    other = csi.survey(pupils.loc[np.repeat(pupils.index, copies)].reset_index(drop=True),
                       missing="fiml", allow_out_of_range=True)  # fmt: skip
    ours, theirs = (quietly(model, data, csi.CBSEM(**way)) for data in (one, other))
    keys = ["estimate", "se"]
    assert_allclose(ours.parameters[keys], theirs.parameters[keys], atol=1e-9)
    assert_allclose(ours.measure("chisq.scaled"), theirs.measure("chisq.scaled"), rtol=1e-9)


def test_units_of_items_do_not_matter():
    entry, usual = case("hs", "FIML")
    pupils = rows("hs_miss")
    pupils["x1"], pupils["x5"] = pupils["x1"] * 1e9, pupils["x5"] * 1e-9 + 1e-3
    survey = csi.survey(pupils, allow_out_of_range=True, missing="fiml")
    ours = quietly(csi.parse(entry["model"]), survey, csi.CBSEM())
    assert_allclose(ours.measure("chisq"), usual.measure("chisq"), rtol=1e-8)
    structural = ours.parameters["operator"] != "~1"
    for table in (ours.standardized(), usual.standardized()):
        assert table["estimate"].notna().all()
    difference = ours.standardized()["estimate"] - usual.standardized()["estimate"]
    assert_allclose(difference[structural], 0, atol=1e-7)


DRAWN = np.random.default_rng(8).uniform(0.2, 2, 60)
PLACES = np.arange(60)


@pytest.mark.parametrize(
    "declared",
    [
        {},
        {"weights": DRAWN},
        {"weights": np.ceil(DRAWN), "frequency": True},
        {"design": Design(PLACES // 3)},
        {"weights": DRAWN, "design": Design(PLACES // 3, PLACES // 30)},
    ],
    ids=["plain", "weights", "frequencies", "clusters", "strata"],
)
def test_moments_of_complete_rows_are_the_usual_ones(declared):
    answers = np.random.default_rng(1).normal(size=(60, 3)) @ np.array(
        [[1, 1, 0], [0, 1, 1], [0, 0, 1]]
    )
    usual = Moments.from_rows(answers, list("abc"), **declared)
    found = likelihood_moments(answers, list("abc"), **declared)
    for name in ("mean", "cov", "mean_cov", "n", "sum_w", "sum_w2", "frequency"):
        assert_allclose(getattr(found, name), getattr(usual, name), rtol=1e-9, atol=1e-12)


# what is true


def drawn(seed, n=500):
    """A path of 0.6; who is low on the cause leaves out more of the effect's items."""
    rng = np.random.default_rng(seed)
    cause = rng.normal(size=n)
    effect = 0.6 * cause + 0.8 * rng.normal(size=n)
    loadings, noise = np.array([1.0, 0.8, 0.9]), rng.normal(size=(2, n, 3))
    x, y = (
        who * loadings + 0.6 * e
        for who, e in zip((cause[:, None], effect[:, None]), noise, strict=True)
    )
    y[rng.random((n, 3)) < np.where(x.mean(axis=1) < -0.5, 0.55, 0.03)[:, None]] = np.nan
    names = ["x1", "x2", "x3", "y1", "y2", "y3"]
    return pd.DataFrame(np.hstack([x, y]) + 5, columns=names)


def test_every_answer_is_unbiased_where_complete_respondents_are_not():
    """9 % of the answers are missing at random, a third of the respondents has holes."""
    model = csi.parse("A =~ x1 + x2 + x3\nB =~ y1 + y2 + y3\nB ~ A")
    truth = {("y1", "~1", ""): 5.0, ("B", "~", "A"): 0.6, ("A", "~~", "A"): 1.0}
    settings = {
        "fiml": ("fiml", csi.CBSEM()),
        "two-stage": ("fiml", csi.CBSEM(missing="two-stage")),
        "listwise": ("listwise", csi.CBSEM(means=True)),
    }
    found = {name: [] for name in settings}
    for seed in range(12):
        table = drawn(seed)
        for name, (missing, estimator) in settings.items():
            survey = csi.survey(table, missing=missing, allow_out_of_range=True)
            shown = quietly(model, survey, estimator).parameters
            shown = shown.set_index(["left", "operator", "right"])
            found[name].append(shown.loc[list(truth), "estimate"].to_numpy())
    spread = np.std(found["fiml"], axis=0) / np.sqrt(12)
    bias = {name: (np.mean(each, axis=0) - list(truth.values())) / spread
            for name, each in found.items()}  # fmt: skip
    assert_array_less(np.abs(bias["fiml"]), 3)
    assert_array_less(np.abs(bias["two-stage"]), 3)
    assert_array_less(3, np.abs(bias["listwise"]))


# around a fit


def test_moments_and_indices_are_the_most_likely_ones():
    _, ours = case("core", "FIML")
    patterns = find_patterns(rows("mobi_miss")[list(ours.model.indicators)].to_numpy(float))
    expected = saturated(patterns, ours.model.indicators)
    assert_allclose(ours.moments.mean, expected.mean, rtol=1e-10)
    assert_allclose(ours.moments.cov * 249 / 250, expected.cov, rtol=1e-9)
    assert ours.n == 250
    assert ours.audit.set_index("step").loc["kept: incomplete", "count"] == 112


def test_settings_tell_of_missing_answers():
    settings = case("acsi", "robust_two_stage")[1].settings.set_index("setting")["value"]
    assert settings["missing answers"] == "fiml"
    assert settings["missing answers in the likelihood"] == "two-stage, robust"
    assert settings["patterns of answers"] == "75; every two items answered by 87% at least"
    assert settings["mean structure"] == "yes"


def test_auxiliary_variables_stay_beside_the_model():
    _, ours = case("hs", "FIML_aux")
    assert ours.moments.columns == ours.model.indicators
    assert ours.data.beside == ("ageyr", "agemo")
    assert list(ours.factor_scores().columns) == list(ours.model.names)
    assert tuple(ours.loadings["indicator"]) == ours.model.indicators
    assert not any("ageyr" in problem for problem in ours.problems)


def test_resamples_keep_holes_and_auxiliary_variables():
    model = csi.parse("A =~ x1 + x2 + x3\nB =~ y1 + y2 + y3\nB ~ A")
    table = drawn(1, n=150).assign(age=np.random.default_rng(2).integers(18, 90, 150))
    estimator = csi.CBSEM(auxiliary="age")
    ours = quietly(model, csi.survey(table, missing="fiml", allow_out_of_range=True), estimator)
    copies = np.random.default_rng(3).multinomial(150, np.full(150, 1 / 150))
    again = resampled(ours, copies)
    chosen = table.loc[np.repeat(table.index, copies)].reset_index(drop=True)
    alone = quietly(model, csi.survey(chosen, missing="fiml", allow_out_of_range=True), estimator)
    assert again.data.beside_rows.shape == (150, 1)
    assert_allclose(again.paths["estimate"], alone.paths["estimate"], rtol=1e-9)
    assert_allclose(again.measure("chisq"), alone.measure("chisq"), rtol=1e-9)


def test_groups_are_fitted_with_their_own_patterns():
    _, usual = case("hs", "FIML")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", csi.CsiWarning)  # of small groups
        fits = csi.fit_by(usual.model, read("hs_miss"), "school", csi.CBSEM())
    pupils = rows("hs_miss")
    for school, ours in fits.items():
        survey = csi.survey(pupils[pupils["school"] == school].reset_index(drop=True),
                            missing="fiml", allow_out_of_range=True)  # fmt: skip
        alone = quietly(usual.model, survey, csi.CBSEM())
        assert_allclose(ours.measure("chisq"), alone.measure("chisq"), rtol=1e-9)

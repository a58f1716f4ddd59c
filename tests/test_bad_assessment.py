"""What the functions of an assessment refuse, in which words, and what they pass over."""

import numpy as np
import pandas as pd
import pytest

import csi
from csi.assessment.blindfolding import q2_effects
from csi.errors import ArgumentTypeError, DataError, OptionError, RowsRequiredError

TEXT = """
    A =~ a1 + a2 + a3 + a4
    B =~ b1 + b2
    C =~ c1 + c2 + c3
    B ~ A
    C ~ A + B
"""
MODEL = csi.parse(TEXT)
N = 60


def answers(seed=0, n=N):
    """Whole numbers from 1 to 10 with a common factor, and questions beside the model."""
    rng = np.random.default_rng(seed)
    noise = rng.normal(size=(n, len(MODEL.indicators)))
    rows = np.clip(np.round(6 + 2 * rng.normal(size=(n, 1)) + 1.5 * noise), 1, 10)
    frame = pd.DataFrame(rows, columns=list(MODEL.indicators))
    few = np.where(np.arange(n) < 5, rows[:, 0], np.nan)
    return frame.assign(other=rng.integers(1, 11, n) * 1.0, same=5.0, few=few, text="x")


class Given:
    """What the calls below are given."""

    def __init__(self):
        self.survey = csi.survey(answers(), scale=(1, 10))
        self.fit = csi.fit(MODEL, self.survey)
        self.boot = csi.bootstrap(self.fit, n_boot=100, rng=1)
        self.unscaled = csi.fit(MODEL, answers())
        self.stranger = csi.fit(MODEL, csi.survey(answers(1), scale=(1, 10)))
        self.matrix = csi.fit(
            MODEL, csi.Moments.from_correlation(self.fit.moments.corr, MODEL.indicators, n=N)
        )
        self.stored = csi.from_json(csi.to_json(self.fit))
        group = answers().assign(g=np.arange(N) % 2)
        self.fits = csi.fit_by(MODEL, csi.survey(group, scale=(1, 10)), "g", min_n=20)
        self.needs = csi.necessary_conditions(self.fit, "C", n_perm=0)
        self.smaller = csi.fit(csi.parse("A =~ a1 + a2\nC =~ c1 + c2\nC ~ A"), self.survey)


@pytest.fixture(scope="module")
def given():
    return Given()


TAKE_A_FIT = [
    csi.assess, csi.blindfold, csi.common_method, csi.cvpat, csi.endogeneity, csi.exact_fit,
    csi.importance_performance, csi.mediation, csi.necessary_conditions, csi.nonlinearity,
    csi.predict, csi.redundancy_analysis, csi.tetrads, q2_effects,
]  # fmt: skip


@pytest.mark.parametrize("function", TAKE_A_FIT, ids=lambda function: function.__name__)
def test_what_is_no_fit(given, function):
    for wrong in (None, "fit", MODEL, given.fits, given.boot, np.ones(3)):
        with pytest.raises(ArgumentTypeError, match=rf"takes a fit; found {type(wrong).__name__}"):
            function(wrong)


NEED_ROWS = [
    csi.blindfold, csi.cvpat, csi.endogeneity, csi.exact_fit, csi.necessary_conditions,
    csi.nonlinearity, csi.predict, q2_effects,
]  # fmt: skip


@pytest.mark.parametrize("function", NEED_ROWS, ids=lambda function: function.__name__)
def test_fits_without_respondents(given, function):
    for fit in (given.matrix, given.stored):
        with pytest.raises(RowsRequiredError, match=r"respondents.*[Ff]it the survey"):
            function(fit)


def regression(instruments):
    return lambda g: csi.endogeneity(g.fit, method="regression", instruments=instruments)


REFUSED = {
    "bootstrap of another fit": (
        lambda g: csi.assess(g.stranger, g.boot),
        OptionError, r"^boot belongs to another fit\. Give csi\.bootstrap\(fit\) of the"),
    "no bootstrap": (
        lambda g: csi.assess(g.fit, "boot"),
        ArgumentTypeError, r"^boot is a str\. Give the result of csi\.bootstrap"),
    "a jackknife has no resamples": (
        lambda g: csi.assess(g.fit, csi.infinitesimal_jackknife(g.fit)),
        OptionError, r"needs the resamples themselves\. Give the result of csi\.bootstrap"),
    "few resamples": (
        lambda g: csi.assess(g.fit, n_boot=99),
        OptionError, r"^n_boot is 99\. Give a whole number from 100\.$"),
    "many resamples": (
        lambda g: csi.exact_fit(g.fit, 10**9),
        OptionError, r"^n_boot is 1,000,000,000\. Give 1,000,000 at most"),
    "resamples that are no number": (
        lambda g: csi.tetrads(g.fit, n_boot=500.0),
        OptionError, r"^n_boot is 500\.0\. Give a whole number from 100\.$"),
    "folds of an assessment": (
        lambda g: csi.assess(g.fit, n_boot=0, folds="3"),
        OptionError, r"^folds is '3'\. Give a whole number from 2\.$"),
    "one fold": (
        lambda g: csi.predict(g.fit, 1),
        OptionError, r"^folds is 1\. Give a whole number from 2\.$"),
    "more folds than respondents": (
        lambda g: csi.predict(g.fit, N + 1),
        OptionError, r"^folds is 61, but there are 60 respondents\. Give fewer folds\.$"),
    "labels of too few": (
        lambda g: csi.predict(g.fit, [0, 1] * 29),
        OptionError, r"^folds has shape \(58,\), but the fit used 60 rows"),
    "labels that are missing": (
        lambda g: csi.predict(g.fit, [np.nan] * N),
        OptionError, r"^folds is no array of whole numbers"),
    "labels all alike": (
        lambda g: csi.predict(g.fit, [3] * N),
        OptionError, r"^folds puts all 60 rows into one fold, or none into any\. Give two"),
    "no repeats": (
        lambda g: csi.predict(g.fit, 3, 0),
        OptionError, r"^repeats is 0\. Give a whole number from 1\.$"),
    "unknown technique": (
        lambda g: csi.cvpat(g.fit, technique="earlier"),
        OptionError, r"^technique is 'earlier'\. Known: direct, earliest\. Did you mean 'ear"),
    "a model of other respondents": (
        lambda g: csi.cvpat(g.fit, g.stranger, 3, 1),
        OptionError, r"other answers or weights of the same rows\. Fit both models to one"),
    "a model of other items": (
        lambda g: csi.cvpat(g.fit, g.smaller, 3, 1),
        OptionError, r"^The models do not predict the same items: b1, b2, c3 belong to"),
    "losses that were not compared": (
        lambda g: csi.cvpat(g.fit, folds=3, repeats=1).losses("model"),
        OptionError, r"^benchmark is 'model'\. Compared were mean, lm; leave it out"),
    "a distance that divides the rows": (
        lambda g: csi.blindfold(g.fit, 6),
        OptionError, r"^distance is 6, which divides the 60 rows, .* such as 7\.$"),
    "a distance beyond the rows": (
        lambda g: csi.blindfold(g.fit, N),
        OptionError, r"^distance is 60, but there are 60 rows\. Give 5 to 12\.$"),
    "fits without names": (
        lambda g: csi.compare_models([g.fit]),
        ArgumentTypeError, r"takes named fits; found list\. Give a mapping such as \{'theory'"),
    "names that are no text": (
        lambda g: csi.compare_models({1: g.fit}),
        ArgumentTypeError, r"^The name of a model is 1\. Names are text\.$"),
    "models of other respondents": (
        lambda g: csi.compare_models({"one": g.fit, "two": g.stranger}),
        OptionError, r"^'one' and 'two' were not fitted to the same respondents: other"),
    "a target that nothing explains": (
        lambda g: csi.compare_models({"one": g.fit}, "A"),
        OptionError, r"^No path leads to 'A' in one\. Compare models that explain it"),
    "a target measured differently": (
        lambda g: csi.compare_models({"one": g.fit, "two": g.smaller}, "C"),
        OptionError, r"^'C' is measured differently in 'one' and 'two': c3\."),
    "no route": (
        lambda g: csi.mediation(g.fit, "C", "A"),
        OptionError, r"^No effect from C to A runs over other constructs\. Choose among"),
    "unknown source": (
        lambda g: csi.mediation(g.fit, "a"),
        OptionError, r"^The model has no construct 'a'\. Known constructs: A, B, C\."),
    "no instruments": (
        lambda g: csi.endogeneity(g.fit, method="regression"),
        OptionError, r"^method is 'regression' and instruments is None\. Instruments belong to"),
    "instruments of no predictor": (
        regression({"C": ["A"]}),
        OptionError, r"^instruments names 'C', which predicts nothing in the model\. Name pred"),
    "its own instrument": (
        regression({"B": ["B"]}),
        OptionError, r"^The instruments of 'B' are \['B'\]\. Give other constructs"),
    "unknown instrument": (
        regression({"B": ["b1"]}),
        OptionError, r"^The model has no construct 'b1'\. Known constructs: A, B, C\."),
    "instruments that are no mapping": (
        regression(["A"]),
        ArgumentTypeError, r"^instruments is \['A'\]\. Give a mapping from endogenous predictors"),
    "no construct to test": (
        lambda g: csi.tetrads(g.fit, []),
        OptionError, r"^construct is \[\]\. Name one construct or several, each once; leave"),
    "a construct tested twice": (
        lambda g: csi.tetrads(g.fit, ["A", "A"]),
        OptionError, r"^construct is \['A', 'A'\]\. Name one"),
    "a marker of the model": (
        lambda g: csi.common_method(g.fit, "a1", g.survey),
        OptionError, r"^The marker 'a1' is an item of the model\. Name a question that should"),
    "a marker without its survey": (
        lambda g: csi.common_method(g.fit, "other"),
        OptionError, r"^'other' is no item of the model, .* Give the survey as data="),
    "a marker that is always the same": (
        lambda g: csi.common_method(g.fit, "same", g.survey),
        DataError, r"^'same' is always 5 among those who were fitted, .* Ask another question\.$"),
    "a marker that few answered": (
        lambda g: csi.common_method(g.fit, "few", g.survey),
        DataError, r"^5 of those who were fitted answered 'few'; at least 10 are needed\. Ask"),
    "a marker that is text": (
        lambda g: csi.common_method(g.fit, "text", g.survey),
        DataError, r"^text is text: 'x'\. Declare labels"),
    "a marker that is not there": (
        lambda g: csi.common_method(g.fit, "othre", g.survey),
        DataError, r"^Missing column: othre\. Did you mean 'other'\?"),
    "a marker of another survey": (
        lambda g: csi.common_method(g.fit, "other", answers(1)),
        DataError, r"^The 60 rows of data= do not hold the answers that were fitted\. Give the"),
    "a marker of a stored fit": (
        lambda g: csi.common_method(g.stored, "other", g.survey),
        RowsRequiredError, r"^'other' is no item of the model, and the fit holds no respondents"),
    "a global item that is always the same": (
        lambda g: csi.redundancy_analysis(g.fit, "B", "same", g.survey),
        DataError, r"^'same' is always 5 among those who were fitted"),
    "a global item of the block": (
        lambda g: csi.redundancy_analysis(g.fit, "A", "a1"),
        OptionError, r"^'a1' is an item of 'A' itself\. Name a question about the whole\.$"),
    "a construct beside itself": (
        lambda g: csi.redundancy_analysis(g.fit, "A", "A"),
        OptionError, r"^'A' cannot stand for 'A': it is the same"),
    "a global item of nothing": (
        lambda g: csi.redundancy_analysis(g.fit, global_item="other"),
        OptionError, r"^A global item, 'other', measures one construct, and none was named"),
    "performance without a scale": (
        lambda g: csi.importance_performance(g.unscaled, "C"),
        DataError, r"^Indices need the lowest and highest answer of a1, .* Declare scale"),
    "performance without means": (
        lambda g: csi.importance_performance(g.matrix, "C"),
        OptionError, r"^Indices need the means of the items\. Give means="),
    "the target as its own cause": (
        lambda g: csi.necessary_conditions(g.fit, "C", causes=["C"]),
        OptionError, r"^causes is \['C'\]\. Name one or several constructs other than 'C'"),
    "unknown ceilings": (
        lambda g: csi.necessary_conditions(g.fit, "C", ceilings=["ols"]),
        OptionError, r"^ceilings is \['ols'\]\. Known: ce_fdh, cr_fdh; give each once\.$"),
    "steps without end": (
        lambda g: csi.necessary_conditions(g.fit, "C", steps=10**9),
        OptionError, r"^steps is 1,000,000,000\. Give 1,000 at most"),
    "no outcome": (
        lambda g: g.needs.required([]),
        OptionError, r"^outcome is \[\]\. Give percentages of the range of the target, 0 to 100"),
    "an unknown cause": (
        lambda g: csi.plot_necessary_conditions(g.needs, "C"),
        OptionError, r"^construct is 'C'\. Known: A, B\."),
    "several outcomes in one picture": (
        lambda g: csi.plot_importance_performance(g.fit, "C", necessity=g.needs, outcome=[50, 80]),
        OptionError, r"^outcome is \[50, 80\]\. Give one percentage of the range"),
    "needs of another target": (
        lambda g: csi.plot_importance_performance(g.fit, "B", necessity=g.needs),
        OptionError, r"^The necessary conditions are those of 'C', the importances are for 'B'"),
    "no picture of a number": (
        lambda g: csi.plot_necessary_conditions(7),
        ArgumentTypeError, r"^An int has no ceilings to be plotted\. Give the result of"),
    "a report on another fit": (
        lambda g: csi.report(g.stranger, assessment=csi.assess(g.fit, g.boot)),
        OptionError, r"^assessment belongs to another fit, .* Give csi\.assess\(fit\) of the fit"),
    "a report on no assessment": (
        lambda g: csi.to_json(g.fit, assessment=True),
        ArgumentTypeError, r"^assessment is a bool\. Give the result of csi\.assess\(fit\)"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_refused(given, name):
    call, error, message = REFUSED[name]
    with pytest.raises(error, match=message):
        call(given)


# answers that tell nearly nothing


def with_constant_fold(frame):
    """Without the first fold of ten rows an item of the last construct never varies."""
    return frame.assign(c1=np.where(np.arange(len(frame)) < 10, frame["c1"] % 2 + 5, 5))


def two_values(frame):
    return frame.where(frame <= 5, 10).where(frame > 5, 1)


DEGENERATE = {
    "an item constant without one fold": (with_constant_fold, {}),
    "an item of zeros and ones": (lambda f: f.assign(c1=(f["c1"] > 6) * 1.0), {}),
    "twelve respondents": (lambda f: f.iloc[:12], {}),
    "two different answers": (two_values, {}),
    "all alike but five": (lambda f: pd.concat([f.iloc[:5], f.iloc[5:] * 0 + 5]), {}),
    "an item that varies once": (lambda f: f.assign(a1=np.where(f.index == 0, 6, 5)), {}),
    "items that repeat one another": (lambda f: f.assign(a2=f["a1"], a3=f["a1"], b1=f["a1"]), {}),
    "missing, filled with means": (lambda f: f.mask(HOLES < 0.3), {"missing": "mean"}),
    "missing, used in pairs": (lambda f: f.mask(HOLES < 0.3), {"missing": "pairwise"}),
    "half without a construct": (
        lambda f: pd.concat([f.iloc[:30], f.iloc[30:].assign(c1=np.nan, c2=np.nan, c3=np.nan)]),
        {"missing": "pairwise"},
    ),
}
OPEN = ["corrected_lower", "corrected_upper"]
HOLES = np.random.default_rng(3).random((N, len(MODEL.indicators)))


@pytest.mark.filterwarnings("ignore::csi.CsiWarning")
@pytest.mark.parametrize("name", DEGENERATE)
def test_degenerate_answers_are_assessed(name):
    spoil, declared = DEGENERATE[name]
    frame = spoil(answers()[list(MODEL.indicators)])
    fit = csi.fit(MODEL, csi.survey(frame, allow_out_of_range=True, **declared))
    assessment = csi.assess(fit, n_boot=100, folds=3, repeats=1, rng=1)
    table = assessment.table
    missing = table["verdict"] == "not computed"
    assert (table.loc[missing, "todo"] != "").all()
    assert table.loc[~missing, "value"].notna().all()
    assert str(assessment)
    for part in (assessment.q2, assessment.endogeneity, assessment.tetrads):
        explained = part.get("why", pd.Series("", part.index)) != ""
        assert part[~explained].drop(columns=OPEN, errors="ignore").notna().all(axis=None)


def test_respondent_who_alone_decides():
    """Robust errors would divide by nothing: two respondents answer unlike all others."""
    frame = answers()
    frame["a1"] = np.where(frame.index < 2, frame.index + 6, 5)
    fit = csi.fit(csi.parse("A =~ a1\nC =~ c1 + c2 + c3\nC ~ A"), frame)
    assert set(csi.nonlinearity(fit)["why"]) == {"one respondent alone decides a coefficient"}


def test_fold_without_which_an_item_is_constant():
    frame = with_constant_fold(answers())
    folds = np.arange(N) // 10
    found = csi.predict(csi.fit(MODEL, frame), folds)
    assert found.failures[["fold", "why"]].values.tolist() == [[0, "an item does not vary"]]
    assert found.items["rmse"].notna().all()
    with pytest.raises(csi.EstimationError, match=r"^The model could not .* an item does not vary"):
        csi.predict(csi.fit(MODEL, frame), np.where(folds == 0, 0, -1))


@pytest.mark.filterwarnings("ignore::csi.CsiWarning")
def test_single_items_have_reasons():
    model = csi.parse("A =~ a1\nB =~ b1\nC =~ c1\nB ~ A\nC ~ B")
    fit = csi.fit(model, answers())
    assessment = csi.assess(fit, n_boot=100, folds=3, repeats=1, rng=1)
    assert set(assessment.reliability["why"]) == {"single item"}
    table = assessment.table
    assert (table.loc[["rho_c", "ave", "tetrads"], "verdict"] == "not computed").all()
    assert np.isfinite(table.loc["q2", "value"])


def test_a_model_without_paths_explains_nothing():
    fit = csi.fit(csi.parse("A =~ a1 + a2 + a3 + a4"), answers(), csi.Sums())
    found = csi.blindfold(fit)
    assert found["why"].tolist() == ["redundancy: nothing points to it"]
    assert np.isfinite(found["q2_communality"]).all()
    assert q2_effects(fit).empty
    with pytest.raises(OptionError, match=r"^No path leads to any construct in one, so that there"):
        csi.compare_models({"one": fit})


@pytest.mark.parametrize("name", ["all", "<script>", "=cmd()", "why"])
def test_names_of_constructs_that_mean_something_else(name):
    model = csi.model(
        [csi.reflective(name, ["a1", "a2"]), csi.reflective("B", ["b1", "b2"])],
        [csi.paths(name, "B")],
    )
    fit = csi.fit(model, answers())
    assessment = csi.assess(fit, n_boot=100, folds=3, repeats=1, rng=1)
    curved = assessment.nonlinearity
    assert curved["source"].tolist() == ["all", name]
    assert curved["p_adjusted"].equals(curved["p"])  # one RESET, one path: nothing to adjust
    report = csi.report(fit, assessment=assessment)
    assert "<script>" not in report


def test_tables_of_a_construct_called_construct(tmp_path):
    model = csi.model(
        [csi.reflective("construct", ["a1", "a2"]), csi.reflective("B", ["b1", "b2"])],
        [csi.paths("construct", "B")],
        scale=(1, 10),
    )
    rng = np.random.default_rng(3)
    common = rng.normal(6, 1.5, (80, 1))
    rows = np.clip(np.rint(common + rng.normal(0, 0.8, (80, 4))), 1, 10)
    fit = csi.fit(model, pd.DataFrame(rows, columns=["a1", "a2", "b1", "b2"]))
    assert "construct" in csi.to_latex(fit)
    csi.to_excel(fit, tmp_path / "tables.xlsx")


@pytest.mark.parametrize(
    ("folds", "says"),
    [
        (np.full(80, 0.5), "labels that are no small whole numbers"),
        (np.full(80, 1e300), "labels that are no small whole numbers"),
        (np.arange(79), "has shape"),
    ],
)
def test_labels_of_folds_that_are_none(folds, says):
    rng = np.random.default_rng(4)
    frame = pd.DataFrame(rng.integers(1, 11, (80, 2)).astype(float), columns=["a1", "b1"])
    model = csi.model([csi.single("A", "a1"), csi.single("B", "b1")], [csi.paths("A", "B")])
    with pytest.raises(csi.OptionError, match=says):
        csi.predict(csi.fit(model, frame), folds)


@pytest.mark.parametrize("n_boot", [None, "", False, [], pd.NA])
def test_numbers_of_resamples_that_are_none(n_boot):
    rng = np.random.default_rng(4)
    frame = pd.DataFrame(rng.integers(1, 11, (80, 2)).astype(float), columns=["a1", "b1"])
    model = csi.model([csi.single("A", "a1"), csi.single("B", "b1")], [csi.paths("A", "B")])
    with pytest.raises(csi.OptionError, match="n_boot is"):
        csi.assess(csi.fit(model, frame), n_boot=n_boot)

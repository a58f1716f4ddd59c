"""Fits as JSON: what is kept, what is left out, and which texts are no fits.

That every number and setting survives the round trip is a property (test_properties.py).
"""

import json
import warnings
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest

import csi
from csi import items, paths, reflective, single
from csi.errors import FileFormatError, OptionError, RowsRequiredError
from csi.storage import SCHEMA_VERSION, versions


def made_up(seed=5):
    rng = np.random.default_rng(seed)
    opinion = rng.normal(size=(80, 1))
    answers = np.clip(np.round(6 + 1.5 * opinion + rng.normal(size=(80, 4))), 1, 10)
    return pd.DataFrame(answers, columns=[*items("s", 1, 3), "l1"])


MODEL = csi.model(
    [reflective("Sat", items("s", 1, 3), label={"zh": "满意"}), single("Loy", "l1")],
    [paths("Sat", "Loy", sign="+")],
    items=[
        csi.Item(
            "s1",
            {"en": "How satisfied?", "zh": "多满意？"},
            scale=(1, 10),
            anchors={"en": ("not", "very")},
            missing_codes=(98.0, 99.0),
            asked_if="l1 in 6-10",
            labels={1.0: "not at all"},
        )
    ],
    scale=(1, 10),
    title="Mine",
    citation="Somebody (2020)",
)


@pytest.fixture(scope="module")
def fit():
    return csi.fit(MODEL, csi.survey(made_up(), weights=np.linspace(1, 2, 80)))


@pytest.fixture
def stored(fit):
    return json.loads(csi.to_json(fit))


def test_everything_said_of_the_model_comes_back(fit):
    back = csi.from_json(csi.to_json(fit)).model
    assert back == MODEL
    for name in ("items", "scale", "title", "citation", "status", "complaint_type"):
        assert getattr(back, name) == getattr(MODEL, name), name
    assert [c.label for c in back.constructs] == [c.label for c in MODEL.constructs]
    assert [path.expected_sign for path in back.paths] == ["+"]


@pytest.mark.parametrize(
    "estimator",
    [
        csi.PLS(scheme="centroid", modes={"Sat": "B"}, tol=1e-8),
        csi.PLS(consistent=True),
        csi.Sums(standardized=True),
        csi.FixedWeights({"Sat": {"s1": 0.2, "s2": 0.3, "s3": 0.5}}),
        csi.CBSEM("MLR", scaling="variance", means=True, reliability={"Loy": 0.8}),
        csi.SAM("global", errors="naive"),
        csi.Semopy(ftol=1e-13),
    ],
)
def test_estimators_come_back(estimator):
    assert csi.from_json(csi.to_json(csi.fit(MODEL, made_up(), estimator))).estimator == estimator


def test_a_fit_to_printed_moments_comes_back():
    corr = made_up().corr()
    fit = csi.fit(MODEL, csi.Moments.from_correlation(corr, list(corr), n=80))
    back = csi.from_json(csi.to_json(fit))
    pd.testing.assert_frame_equal(back.paths, fit.paths)
    assert back.moments.mean is None
    assert not back.has_indices


def test_an_iteration_that_did_not_settle_comes_back_as_such():
    with pytest.warns(csi.ConvergenceWarning):
        fit = csi.fit(MODEL, made_up(), csi.PLS(tol=1e-15, max_iter=1, on_fail="return"))
    back = csi.from_json(csi.to_json(fit))
    assert back.convergence == fit.convergence
    assert not back.convergence.converged
    assert back.problems == fit.problems


def test_respondents_stay_out(fit, stored):
    back = csi.from_json(csi.to_json(fit))
    assert back.data is None
    with pytest.raises(RowsRequiredError, match="Fit the survey"):
        _ = back.scores
    assert not {"rows", "weights"} & stored["moments"].keys()
    longest = max(len(row) for row in stored["moments"]["cov"])
    assert longest == len(MODEL.indicators) < fit.n


def test_what_made_the_numbers_is_noted(stored):
    assert stored["schema"] == "csi-fit"
    assert stored["schema_version"] == SCHEMA_VERSION
    assert stored["versions"] == versions()
    assert stored["versions"]["numpy"] == np.__version__


def test_tables_can_be_read_without_csi(fit, stored):
    assert stored["tables"]["indices"]["index"] == fit.indices["index"].tolist()
    assert stored["tables"]["paths"]["estimate"] == fit.paths["estimate"].tolist()


def test_json_is_strict_and_readable(fit):
    text = csi.to_json(fit)

    def refuse(name):
        raise AssertionError(name)

    assert json.loads(text, parse_constant=refuse)
    assert "满意" in text
    assert json.loads(text)["estimates"]["r2"][0] is None


def test_files(fit, tmp_path):
    path = tmp_path / "fit.json"
    assert csi.to_json(fit, path) + "\n" == path.read_text(encoding="utf-8")
    assert csi.from_json(path).index("Sat") == fit.index("Sat")
    assert csi.from_json(str(path)).index("Sat") == fit.index("Sat")
    with pytest.raises(OptionError, match="exists"):
        csi.to_json(fit, path)
    csi.to_json(fit, path, overwrite=True)
    with pytest.raises(FileFormatError, match="does not exist; create it"):
        csi.to_json(fit, tmp_path / "no" / "fit.json")


@dataclass(frozen=True)
class OnlyFirstItems:
    def estimate(self, model, moments):
        first = {c.name: dict.fromkeys(c.indicators, 0.0) for c in model.constructs}
        for construct in model.constructs:
            first[construct.name][construct.indicators[0]] = 1.0
        return csi.FixedWeights(first).estimate(model, moments)


def test_estimators_of_the_user_are_named_but_not_run():
    fit = csi.fit(MODEL, made_up(), OnlyFirstItems())
    back = csi.from_json(csi.to_json(fit))
    assert back.index("Sat") == fit.index("Sat")
    assert back.estimator.name == "OnlyFirstItems"
    assert csi.to_json(back) == csi.to_json(fit)
    with pytest.raises(OptionError, match="made by OnlyFirstItems"):
        csi.fit(MODEL, made_up(), back.estimator)


# what is no stored fit


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{", "no JSON"),
        ("{}", "lacks schema 'csi-fit'"),
        ('{"schema": "other"}', "lacks schema"),
        ('{"schema": "csi-fit", "schema_version": 99}', "version 99.*Upgrade csi"),
        ('{"schema": "csi-fit", "schema_version": null}', "version None"),
        ('{"schema": "csi-fit", "schema_version": 1}', "damaged"),
        ('{"a": NaN}', "NaN is no JSON number"),
        ('{"a":' * 100_000, "no JSON"),
        ("missing.json", "File not found"),
    ],
)
def test_other_texts(text, says):
    with pytest.raises(FileFormatError, match=says):
        csi.from_json(text)


def damage(stored, route, value):
    for step in route[:-1]:
        stored = stored[step]
    if value is KeyError:
        del stored[route[-1]]
    else:
        stored[route[-1]] = value


@pytest.mark.parametrize(
    ("route", "value"),
    [
        (["model"], KeyError),
        (["model"], []),
        (["model", "paths", 0, "target"], "Elsewhere"),
        (["model", "constructs", 0, "indicators"], ["s1", "s2"]),
        (["model", "secret"], 1),
        (["model", "scale"], [10, 1]),
        (["moments", "cov"], [[1.0]]),
        (["moments", "columns"], ["s1", "s2", "s3", "x"]),
        (["moments", "n"], "eighty"),
        (["estimates", "weights"], [[1.0, 0.0]]),
        (["estimates", "weights", 0], "w"),
        (["estimates", "convergence"], {"converged": True}),
        (["estimator", "settings", "scheme"], "unknown"),
        (["estimator", "settings", "nothing"], 1),
        (["scale"], None),
        (["steps", 0], [1, 2]),
        (["handling"], None),
    ],
)
def test_damaged_fits(stored, route, value):
    damage(stored, route, value)
    with pytest.raises(FileFormatError, match="damaged"):
        csi.from_json(json.dumps(stored))


def test_a_file_that_is_no_text(tmp_path):
    path = tmp_path / "fit.json"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(FileFormatError, match="UTF-8"):
        csi.from_json(path)


def test_covariances_that_belong_to_no_data_are_damage(fit):
    stored = json.loads(csi.to_json(fit))
    for matrix in ("cov", "mean_cov"):
        damaged = json.loads(csi.to_json(fit))
        damaged["moments"][matrix][0][1] = damaged["moments"][matrix][1][0] = -1e17
        with pytest.raises(csi.FileFormatError, match="moments hold impossible numbers"):
            csi.from_json(json.dumps(damaged))
    assert csi.from_json(json.dumps(stored)).n == fit.n


# covariance structures

STRUCTURES = {
    "ml": csi.CBSEM(),
    "robust, means": csi.CBSEM("MLR", means=True),
    "ordered": csi.CBSEM("WLSMV", ordered=["s1", "s2", "s3"]),
}


@pytest.fixture(scope="module", params=STRUCTURES)
def structure(request):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", csi.CsiWarning)
        defined = csi.parse("Sat =~ s1 + s2 + s3; Loy =~ l1; Loy ~ b*Sat; twice := 2*b")
        return csi.fit(defined, csi.survey(made_up(), scale=(1, 10)), STRUCTURES[request.param])


def test_covariance_structures_come_back_with_every_table(structure):
    text = csi.to_json(structure)
    back = csi.from_json(text)
    assert isinstance(back, csi.CovarianceFit)
    assert csi.to_json(back) == text
    assert str(back) == str(structure)
    assert csi.report(back) == csi.report(structure)
    assert back.convergence == structure.convergence
    for name in ("parameters", "defined", "fit_measures", "vcov", "reliability", "implied_cov"):
        pd.testing.assert_frame_equal(getattr(back, name), getattr(structure, name))
    for ask in (
        lambda fit: fit.standardized("lv", level=0.8),
        lambda fit: fit.parameter_table(0.8),
        lambda fit: fit.residuals("correlation"),
        lambda fit: fit.modification_indices(1.0, ["~~"]).sort_values(["left", "right"]),
    ):
        ours, theirs = ask(back), ask(structure)
        pd.testing.assert_frame_equal(
            ours.reset_index(drop=True), theirs.reset_index(drop=True), rtol=1e-9
        )


@pytest.mark.parametrize(("given", "said"), [([], "A list"), (3, "An int"), ({1}, "A set")])
def test_what_cannot_be_stored_is_named_with_its_article(given, said):
    with pytest.raises(csi.OptionError, match=f"^{said} cannot be stored"):
        csi.to_json(given)


def test_versions_that_computed_a_fit_stay_with_it():
    fit = csi.fit(csi.models.acsi(), csi.demo_survey())
    stored = json.loads(csi.to_json(fit))
    stored["versions"] = {"python": "3.9.1", "csi": "0.0.9", "numpy": "1.2"}
    back = csi.from_json(json.dumps(stored))
    assert "csi 0.0.9 (The csi authors" in csi.methods_paragraph(back).text
    assert "Python 3.9.1 and NumPy 1.2." in csi.methods_paragraph(back).text
    assert "python 3.9.1, csi 0.0.9, numpy 1.2" in csi.report(back)
    assert json.loads(csi.to_json(back))["versions"] == stored["versions"]
    assert list(back.settings["setting"]) == list(fit.settings["setting"])
    del stored["versions"]
    unnamed = csi.from_json(json.dumps(stored))
    assert "with csi (The csi authors" in csi.methods_paragraph(unnamed).text
    stored["versions"] = {"csi": "0.0.9 or so"}
    with pytest.raises(csi.FileFormatError, match="its versions are no names with numbers"):
        csi.from_json(json.dumps(stored))


def test_a_structure_estimated_after_measurement_comes_back():
    fit = csi.fit(MODEL, made_up(), csi.SAM())
    back = csi.from_json(csi.to_json(fit))
    pd.testing.assert_frame_equal(back.parameters, fit.parameters)
    assert csi.report(back) == csi.report(fit)


def test_what_needs_the_search_is_refused_of_a_stored_structure(structure):
    back = csi.from_json(csi.to_json(structure))
    for ask in (
        lambda: back.solution,
        lambda: back.wald("b == 0"),
        lambda: back.modification_indices(delta=0.2),
    ):
        with pytest.raises(RowsRequiredError, match="Fit the survey again"):
            ask()


def test_tables_that_a_structure_has_not_are_refused_as_before():
    fit = csi.fit(MODEL, made_up(), csi.CBSEM())
    back = csi.from_json(csi.to_json(fit))
    for each in (fit, back):
        with pytest.raises(OptionError, match="no residuals of means"):
            each.residual_means()


def test_heywood_cases_come_back_with_their_warnings():
    noise = np.random.default_rng(0).integers(1, 10, 30)
    with pytest.warns(csi.CsiWarning):
        fit = csi.fit(MODEL, made_up(0)[:30].assign(s3=noise), csi.CBSEM())
    assert "below zero: a Heywood case" in fit.problems[0]
    back = csi.from_json(csi.to_json(fit))
    assert back.findings == fit.findings
    assert not back.has_indices
    with pytest.raises(csi.errors.EstimationError, match="No 0-100 index"):
        back.index("Sat")


def test_bootstraps_of_structures_come_back():
    boot = csi.bootstrap(csi.fit(MODEL, made_up(), csi.CBSEM()), n_boot=100, rng=1)
    back = csi.from_json(csi.to_json(boot))
    for name in ("parameters", "standardized", "paths"):
        pd.testing.assert_frame_equal(getattr(back, name), getattr(boot, name))
    assert csi.to_json(back) == csi.to_json(boot)


@pytest.fixture(scope="module")
def text_of_structure():
    return csi.to_json(csi.fit(MODEL, made_up(), csi.CBSEM()))


@pytest.mark.parametrize(
    ("route", "value"),
    [
        (["tables", "parameters"], KeyError),
        (["tables", "parameters", "se"], KeyError),
        (["tables", "parameters", "se", 1], -1.0),
        (["tables", "parameters", "estimate"], [1.0]),
        (["tables", "parameters", "estimate", 0], "one"),
        (["tables", "parameters", "operator", 0], "import"),
        (["tables", "parameters", "free", 0], 1),
        (["tables", "parameters", "left", 0], "\ud800"),
        (["tables", "implied_cov", "s1"], KeyError),
        (["tables", "vcov"], {"a": [1.0, 2.0]}),
        (["tables", "secret"], {}),
        (["lacking"], {"fit_measures": 1}),
        (["numbers", "values"], [1.0]),
        (["numbers", "labels", "parameters", 0], ["s1", "=~"]),
        (["findings"], [["SystemExit", "text"]]),
        (["findings"], [["CsiWarning", 1]]),
        (["without_index"], ["Elsewhere"]),
    ],
)
def test_damaged_structures(text_of_structure, route, value):
    stored = json.loads(text_of_structure)
    damage(stored, ["structure", *route], value)
    with pytest.raises(FileFormatError, match="damaged"):
        csi.from_json(json.dumps(stored))

"""csi.Semopy beside csi.CBSEM and lavaan; semopy by itself beside both.

Oracle      lavaan 0.6-14, driven to a tight gradient; golden/lavaan/README.md.
Tolerance   what semopy's search reaches with ftol 1e-14: 1e-6, on the nearly
            unidentified ECSI model 4e-6; errors there as far as lavaan's hold, 1e-5.
"""

import logging
import sys
import warnings
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from lavaan_studies import expected_parameters, fit, resamples, rows
from numpy.testing import assert_allclose, assert_array_equal
from threadpoolctl import threadpool_limits

import csi
from csi.estimators.sem.semopy_language import translated

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "docs"))

from semopy_figures import FIGURES, missing_answers  # noqa: E402 - a script of the docs

STUDIES = ("hs_ml", "pd_ml", "core_ml", "acsi_ml", "ecsi_ml")
NOT_COMPARED = {"rmsea.ci.level", "rmsea.close.h0", "rmsea.notclose.h0"}
OTHERS = (
    "mediation", "equality_labels", "path_fixedx", "mimic_fixedx", "second_order", "bifactor_s1",
    "crossload_rescov", "formative_composite", "single_indicator_reliability",
)  # fmt: skip
PAGE = (ROOT / "docs" / "explanation" / "semopy.md").read_text(encoding="utf-8")

SMALL = np.random.default_rng(0).choice(301, 35, replace=False)
"""Pupils whose likelihood asks for a negative error variance of one test."""


def survey(frame):
    return csi.survey(frame.reset_index(drop=True), allow_out_of_range=True)


def fitted(text, frame, estimator):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", csi.CsiWarning)  # of Heywood cases and small samples
        return csi.fit(csi.parse(text), survey(frame), estimator)


def through_semopy(text, frame, **settings):
    return fitted(text, frame, csi.Semopy(**settings))


# the same numbers


@pytest.mark.parametrize("study", STUDIES)
def test_estimates_and_errors_are_those_of_lavaan(study):
    entry = fit(study, "ML")
    found = through_semopy(entry["model"], rows(entry["data"]))
    ours = found.parameters.set_index(["left", "operator", "right"])
    expected = expected_parameters(entry).set_index(["lhs", "op", "rhs"])
    ours = ours.reindex([key if key in ours.index else key[::-1] for key in expected.index])
    tolerance, of_errors = (4e-6, 1e-5) if study == "ecsi_ml" else (1e-6, 1e-6)
    assert_allclose(ours["estimate"], expected["est"], rtol=tolerance, atol=tolerance)
    assert_allclose(ours["se"], expected["se"], rtol=of_errors, atol=of_errors)
    measures = found.fit_measures["value"]
    known = {k: v for k, v in entry["fit"].items() if v is not None and k not in NOT_COMPARED}
    known = {name: value for name, value in known.items() if name in measures.index}
    assert {"chisq", "df", "cfi", "aic", "srmr"} <= known.keys()
    assert_allclose(measures[list(known)], list(known.values()), rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("name", OTHERS)
def test_every_kind_of_model_is_translated(name):
    entry = fit("constraints_effects", name)
    found, expected = (
        fitted(entry["model"], rows(entry["data"]), estimator)
        for estimator in (csi.Semopy(), csi.CBSEM())
    )
    assert found.solution.df == entry["fit"]["df"]
    for column in ("estimate", "se", "std_all"):
        assert_allclose(found.parameters[column], expected.parameters[column], rtol=5e-6, atol=5e-6)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(
            "Satis =~ CUSA1 + CUSA2 + CUSA3\nSatis ~ PERQ1 + PERV1\nCUSL1 ~ PERQ1", id="ends"
        ),
        pytest.param(
            "f =~ CUSA1 + CUSA2 + CUSA3\ng =~ CUSL1 + CUSL2 + CUSL3\ng ~ f\nCUSCO ~ CUSA1\n"
            "CUSA1 ~~ CUSL1",
            id="inner",
        ),
        pytest.param("f =~ NA*CUSA1 + CUSA2 + CUSA3\nf ~~ 1*f\ng ~ f\ng =~ CUSL1", id="free"),
        pytest.param("f =~ CUSA1 + CUSA2 + CUSA3\nf ~ PERQ1 + PERV1\nPERQ1 ~~ 0*PERV1", id="zero"),
        pytest.param("f =~ 20.0*CUSA1 + 15*CUSA2 + CUSA3\ng =~ CUSL1\ng ~ f", id="numbers"),
    ],
)
def test_what_semopy_has_no_place_for_is_rewritten(text):
    found, expected = (fitted(text, rows("mobi"), e) for e in (csi.Semopy(), csi.CBSEM()))
    assert found.solution.df == expected.solution.df
    assert_allclose(found.parameters["estimate"], expected.parameters["estimate"], atol=2e-6)


def test_moments_are_enough():
    entry = fit("acsi_ml", "ML")
    full = through_semopy(entry["model"], rows("mobi"))
    moments = csi.Moments.from_covariance(full.moments.cov, full.moments.columns, n=full.n)
    again = csi.Semopy().estimate(full.model, moments)
    assert_allclose(again.solution.theta, full.solution.theta, atol=1e-6)
    assert_allclose(again.weights, full.estimates.weights, atol=1e-6)


def test_names_do_not_reach_semopy():
    names = {"x1": "NA", "x2": "START", "x3": "f1"}
    frame = rows("hs").rename(columns=names)
    text = "DEFINE =~ NA + START + f1 + x4"
    found, expected = (fitted(text, frame, e) for e in (csi.Semopy(), csi.CBSEM()))
    assert_allclose(found.parameters["estimate"], expected.parameters["estimate"], atol=1e-6)
    lines = translated(found.solution.compiled).text.splitlines()
    assert lines[:2] == ["f1 =~ 1.0*x1", "f1 =~ p1*x2"]
    assert not any(name in line for line in lines for name in ("NA", "START", "DEFINE"))


# the verdict


@pytest.mark.parametrize("study", ["hs_ml", "ecsi_ml"])
def test_a_success_that_is_none_is_refused(study):
    entry = fit(study, "ML")
    with pytest.raises(csi.EstimationError, match=r"says 'success: .* no minimum: scaled gradient"):
        through_semopy(entry["model"], rows(entry["data"]), ftol=1e-6)


def test_or_returned_and_flagged():
    entry = fit("hs_ml", "ML")
    found = through_semopy(entry["model"], rows("hs"), ftol=1e-6, on_fail="return")
    assert found.estimates.settings["semopy said"].startswith("success")
    end = found.convergence
    assert not end.converged
    assert end.gradient > 1e-4
    assert found.findings[0][0] is csi.ConvergenceWarning


def test_variances_at_zero_are_heywood_cases():
    """The same as csi.CBSEM, told that no variance be negative."""
    entry = fit("hs_ml", "ML")
    frame = rows("hs").iloc[SMALL]
    free = fitted(entry["model"], frame, csi.CBSEM()).parameters
    negative = free[(free["operator"] == "~~") & (free["left"] == free["right"])]
    (item,) = negative[negative["estimate"] < 0]["left"]
    bounded = f"{entry['model']}\n{item} ~~ v*{item}\nv > 0"
    found = through_semopy(entry["model"], frame)
    expected = fitted(bounded, frame, csi.CBSEM())
    assert found.convergence.converged
    ours, theirs = (
        each.parameters.set_index(["left", "operator", "right"])[["estimate", "se"]]
        for each in (found, expected)
    )
    assert_allclose(ours, theirs.reindex(ours.index), atol=2e-6)
    assert ours.loc[item, "~~", item]["estimate"] == 0
    assert found.solution.df == 24
    text = next(text for kind, text in found.findings if kind is csi.InadmissibleWarning)
    assert text.startswith(f"The error variance of {item} is zero")


# state


def test_fits_leave_nothing_behind_and_do_not_disturb_each_other():
    import semopy

    tables = semopy.Model.dict_effects, semopy.Model.dict_operations
    before = [dict(table) for table in tables]
    root, handlers, filters = logging.getLogger(), logging.root.handlers[:], logging.root.filters[:]
    errors, shown = np.geterr(), warnings.filters[:]
    prepared = [sample(study) for study in ("hs_ml", "pd_ml", "core_ml")] * 4

    def theta(given):
        return csi.Semopy().estimate(*given).solution.theta

    one_by_one = [theta(given) for given in prepared]
    with ThreadPoolExecutor(4) as pool:
        for found, expected in zip(pool.map(theta, prepared), one_by_one, strict=True):
            assert_array_equal(found, expected)
    assert_array_equal(one_by_one[0], one_by_one[3])
    assert [dict(table) for table in tables] == before
    assert (root.handlers, root.filters) == (handlers, filters)
    assert (np.geterr(), warnings.filters) == (errors, shown)


def sample(study):
    entry = fit(study, "ML")
    model = csi.parse(entry["model"])
    answers = rows(entry["data"])[list(model.indicators)].to_numpy(dtype=float)
    return model, csi.Moments.from_rows(answers, model.indicators)


def test_resamples_are_estimated_one_by_one():
    entry = fit("core_ml", "ML")
    drawn = resamples()[:4].astype(int)
    draws = [
        csi.bootstrap(fitted(entry["model"], rows("mobi"), e), resamples=drawn, max_failed=1.0)
        for e in (csi.Semopy(), csi.CBSEM())
    ]
    found, expected = (each.draws.part.values for each in draws)
    assert np.isfinite(expected).any()
    assert_allclose(found, expected, rtol=1e-4, atol=1e-5)


# refusals


@pytest.mark.parametrize(
    ("more", "what"),
    [
        ("a*x2\na > 0.2", "constraints"),
        ("x2\nx2 ~ 1", "fits covariances only"),
    ],
)
def test_models_semopy_computes_wrong_are_refused(more, what):
    with pytest.raises(csi.ModelError, match=what):
        through_semopy(f"visual =~ x1 + x3 + x4 + {more}", rows("hs"))


def test_products_are_refused():
    text = "f =~ x1 + x2 + x3\ng =~ x4 + x5 + x6\nh =~ x7 + x8 + x9\nh ~ f + g + f:g"
    with pytest.raises(csi.ModelError, match="the product f:g, which semopy has not"):
        through_semopy(text, rows("hs"))


def test_answers_semopy_computes_wrong_are_refused():
    model = csi.parse("visual =~ x1 + x2 + x3 + x4")
    holes, weighted = rows("hs_miss"), rows("hs").assign(w=np.linspace(1, 2, 301))
    for frame, options, what in [
        (holes, {"missing": "fiml"}, "likelihood method"),
        (holes, {"missing": "pairwise"}, "cannot do with missing='pairwise'"),
        (weighted, {"weights": "w"}, "sampling weights, which semopy knows nothing of"),
        (weighted, {"clusters": "school"}, "clusters, which semopy knows nothing of"),
    ]:
        data = csi.survey(frame, allow_out_of_range=True, **options)
        with pytest.raises(csi.OptionError, match=what):
            csi.fit(model, data, csi.Semopy())


def test_settings_are_checked(monkeypatch):
    for settings in ({"ftol": 0.0}, {"ftol": True}, {"solver": "BFGS"}, {"on_fail": "warn"}):
        with pytest.raises(csi.OptionError, match=next(iter(settings))):
            csi.Semopy(**settings)
    frame = rows("hs")
    monkeypatch.setitem(sys.modules, "semopy", None)
    with pytest.raises(csi.OptionError, match=r"cannot be imported .* use csi\.CBSEM\(\)"):
        through_semopy("visual =~ x1 + x2 + x3 + x4", frame)


# semopy by itself


@pytest.mark.parametrize("figure", [f for f in FIGURES if f is not missing_answers])
@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # of semopy, which divides by zero
def test_the_page_on_semopy_says_what_semopy_says(figure):
    with threadpool_limits(1):
        found = figure()
    line = next(line for line in PAGE.splitlines() if line.startswith(f"| {found.what} |"))
    assert found.csi == found.lavaan
    assert found.semopy != found.csi
    if found.steady:
        assert line == str(found)
    assert line.endswith(f"| {found.csi} | {found.lavaan} |")

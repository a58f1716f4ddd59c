"""What an assessment says of a covariance structure, and that it is the structure's own."""

import re
import warnings

import lavaan_studies
import numpy as np
import pytest
from numpy.testing import assert_allclose
from test_covariance_findings import HEYWOOD, LOADINGS, SOUND, TWO, fitted, scaled, structure
from test_covariance_tables import studied

import csi
from csi.assessment.covariance_measurement import path_limits, reliability_limits
from csi.reporting.phrases import Phrases


def assess(fit, **settings):
    return csi.assess(fit, **{"n_boot": 0, "folds": 2, "repeats": 1, "rng": 1} | settings)


def test_overall_fit_is_that_of_lavaan():
    entry, fit = studied("hs")
    table = assess(fit).table
    expected = entry["fit"]
    for rule, measure in (("chi2", "pvalue"), ("cfi", "cfi"), ("tli", "tli"), ("rmsea", "rmsea"),
                          ("srmr", "srmr"), ("nfi", "nfi")):  # fmt: skip
        assert table.loc[rule, "value"] == pytest.approx(expected[measure], abs=1e-8)
    limits = table.loc["rmsea", ["lower", "upper"]].to_list()
    assert limits == pytest.approx([expected["rmsea.ci.lower"], expected["rmsea.ci.upper"]])
    words = table["verdict"]
    told = words[["chi2", "cfi", "tli", "rmsea", "srmr"]].to_list()
    assert told == ["doubtful", "doubtful", "failed", "doubtful", "passed"]  # TLI is .896
    assert table.loc["residual_z", "about"].startswith("x7 – x8")
    assert table.loc["residual_z", "checked"] == 36
    largest = max(entry["modindices"]["mi"])
    assert table.loc["modification", "value"] == pytest.approx(largest, rel=1e-3)
    assert table.loc["modification", "about"] == "visual =~ x9"
    assert words["rms_theta"] == words["exact_srmr"] == words["srmr_saturated"] == "not computed"
    assert table.loc["rms_theta", "todo"] == "defined for composites, not for covariance structures"


def test_a_scaled_test_is_judged_where_it_was_chosen():
    entry, fit = studied("hs", "robust", "MLR", method="MLR")
    table, expected = assess(fit).table, entry["fit"]
    found = table.loc[["chi2", "cfi", "rmsea"], "value"].to_list()
    told = [expected[name] for name in ("pvalue.scaled", "cfi.robust", "rmsea.robust")]
    assert found == pytest.approx(told, rel=1e-4)


def test_reliability_is_omega_with_limits():
    _, fit = studied("hs")
    table = assess(fit).reliability.set_index(["criterion", "construct"])
    omega = table.loc["rho_c"]
    assert_allclose(omega["estimate"], fit.reliability["omega"])
    assert_allclose(table.loc["ave", "estimate"], fit.reliability["ave"])
    assert (table.loc["rho_a", "why"] == "rho_A is defined for PLS in Mode A").all()
    assert ((omega["lower"] < omega["estimate"]) & (omega["estimate"] < omega["upper"])).all()


def test_limits_of_omega_by_simulation():
    """The standard errors of omega and AVE are the spread over samples of the same model."""
    model = csi.parse(TWO)
    root = np.linalg.cholesky(SOUND)
    rng, seen, told = np.random.default_rng(1), [], []
    for _ in range(120):
        rows = rng.normal(size=(300, 6)) @ root.T
        moments = csi.Moments.from_rows(rows, model.indicators)
        fit = csi.fit(model, moments, csi.CBSEM())
        found = reliability_limits(fit, 0.95)
        seen.append([found[key].loc["A", "estimate"] for key in ("rho_c", "ave")])
        half = [(found[key]["upper"] - found[key]["lower"]).loc["A"] / 2 for key in found]
        told.append(np.array(half) / 1.959964)
    assert_allclose(np.mean(told, axis=0), np.std(seen, axis=0), rtol=0.2)  # chance: 6 percent


def test_paths_are_judged_without_resamples():
    entry, fit = studied("acsi")
    table = path_limits(fit, 0.95)
    shown = lavaan_studies.fit("acsi_ml", "ML")["standardized"]
    errors = {
        (rhs, lhs): se
        for lhs, op, rhs, se in zip(*(shown[k] for k in ("lhs", "op", "rhs", "se")), strict=True)
        if op == "~"
    }
    for row in table.itertuples():
        half = (row.upper - row.lower) / 2 / 1.959964
        assert half == pytest.approx(errors[row.source, row.target], abs=1e-6)
    verdicts = assess(fit).verdicts.query("criterion == 'Path coefficients'")
    assert verdicts["verdict"].to_list() == [
        "passed" if row.lower * row.upper > 0 else "doubtful" for row in table.itertuples()
    ]
    assert "doubtful" in verdicts["verdict"].to_list()
    assert entry["converged"]


def test_a_heywood_case_fails_and_is_reported_in_both_languages():
    fit, _ = fitted(scaled(), HEYWOOD)
    assessment = assess(fit)
    row = assessment.table.loc["heywood"]
    assert row["verdict"] == "failed"
    assert row["about"] == "x1"
    assert row["value"] == pytest.approx(-0.08 / 0.92)
    assert "inadmissible solution" in str(assessment)
    english = csi.report(fit, assessment=assessment)
    chinese = csi.report(fit, assessment=assessment, language="zh")
    assert "some estimates are impossible numbers" in english
    assert "Heywood 情形" in chinese


def test_findings_are_known_in_chinese():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        texts = [text for cov in _spoiled() for text in fitted(*cov)[0].problems]
        texts += studied("ecsi")[1].problems
    say = Phrases("zh")
    kinds = {re.sub(r"[\d.e+-]+|\b[xABC]\w*", "", text)[:40] for text in texts}
    assert len(kinds) >= 10
    for text in texts:
        assert re.search("[一-鿿]", say.known(text)), text


def _spoiled():
    alike = np.asarray(SOUND).copy()
    alike[0, 3] = alike[3, 0] = 1.05
    yield TWO, HEYWOOD, 2000
    yield scaled(), HEYWOOD, 60
    yield TWO, structure(LOADINGS, [[1, 1.05], [1.05, 1]], [0.5] * 6), 200
    yield TWO + "\nx1 ~~ x4", alike, 300
    yield TWO, SOUND * np.outer([-1, 1, 1, 1, 1, 1], [-1, 1, 1, 1, 1, 1]), 300


def test_ill_conditioned_models_are_in_doubt():
    assessment = assess(studied("ecsi")[1])
    table = assessment.table
    assert table.loc["condition", "verdict"] == "doubtful"
    assert table.loc["condition", "value"] == pytest.approx(3.5e6, rel=0.02)
    assert table.loc["respondents", "value"] == pytest.approx(250 / 59)
    assert table.loc["standard_errors", "verdict"] == "failed"
    assert table.loc["standard_errors", "about"] == "Expect -> Value"


def test_residuals_and_indices_are_those_of_the_structure():
    entry, fit = studied("pd")
    assessment = assess(fit)
    worst = assessment.residuals.iloc[0]
    left = fit.residuals("correlation")
    assert worst["residual"] == pytest.approx(left.loc[worst["indicator"], worst["other"]])
    indices = assessment.fit_indices.set_index("index")["estimate"]
    assert indices["chi2"] == pytest.approx(entry["fit"]["chisq"])
    assert indices["CN"] == pytest.approx(entry["fit"]["cn_05"])
    assert indices["d_ULS"] == pytest.approx((left.to_numpy() ** 2).sum() / 2)

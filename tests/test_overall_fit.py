"""Indices of overall fit, against cSEM and lavaan.

The golden file says which versions and settings; moments of the two studies are in `peers`.
"""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import peers
import pytest
from numpy.testing import assert_allclose

import csi
from csi import composite, higher_order, items, paths, reflective, single
from csi.assessment.fit_values import INDICES, NO_DF, NOT_DEFINITE
from csi.assessment.null_population import factors, implied
from csi.assessment.overall import fit_indices, residual_correlations
from csi.core import fit_measures
from csi.core.discrepancy import d_ml, d_uls, relative_eigenvalues, srmr
from csi.core.implied import construct_correlations, degrees_of_freedom, indicator_correlations
from csi.resampling.quantities import batch_of_one

GOLDEN = json.loads((Path(__file__).parent / "golden" / "assessment_fit.json").read_text())
TOLERANCE = 2e-9  # cSEM stops at 1e-12: its composites are off by up to 4e-10 of an index
OF_DF = ("df", "chi2/df", "CFI", "TLI", "IFI", "RMSEA", "CN")


def cases(golden):
    return pytest.mark.parametrize(
        "case", golden, ids=lambda c: f"{c['study']}, {c['mode']}, {c['scheme']}"
    )


def fitted(study, mode, scheme="path"):
    """Fit as cSEM did: the constructs of a mode are declared composites there."""
    name = f"pls_{study}"
    if mode in ("A", "PLSc"):
        return peers.fitted(name, mode, scheme)
    regressed = {} if mode == "A, composites" else peers.golden(name)["modes"][mode]
    model = peers.model(name)
    formed = [
        replace(c, kind="composite")
        if len(c.indicators) > 1 and (c.name in regressed or mode == "A, composites")
        else c
        for c in model.constructs
    ]
    modes = {c.name: regressed.get(c.name, "A") for c in formed if len(c.indicators) > 1}
    estimator = csi.PLS(scheme=scheme, modes=modes, tol=1e-13)
    return csi.fit(replace(model, constructs=tuple(formed)), peers.moments(name), estimator)


def indices(fit, saturated=False):
    table = fit_indices(fit, saturated)
    values = table.set_index("index")["estimate"]
    values["d_G to base 10"] = values["d_G"] / np.log(10) ** 2
    return values


@cases(GOLDEN["fits"])
def test_indices_are_those_of_csem(case):
    expected = pd.Series(case["indices"])
    fit = fitted(case["study"], case["mode"], case["scheme"])
    ours = indices(fit).reindex(expected.index)
    # declared by =~, a single item costs a degree of freedom in cSEM
    counted = case["study"] == "mobi" and case["mode"] != "A, composites"
    assert ours["df"] - counted == expected["df"]
    if counted:
        ours, expected = ours.drop(list(OF_DF)), expected.drop(list(OF_DF))
    assert_allclose(ours, expected, rtol=TOLERANCE)


@cases([case for case in GOLDEN["fits"] if case["saturated"]])
def test_saturated_indices_are_those_of_csem(case):
    ours = indices(fitted(case["study"], case["mode"], case["scheme"]), saturated=True)
    expected = pd.Series(case["saturated"])
    assert_allclose(ours[expected.index], expected, rtol=TOLERANCE)


def test_formulas_are_those_of_lavaan():
    known = GOLDEN["lavaan"]
    R, Sigma, n = np.array(known["observed"]), np.array(known["implied"]), known["n"]
    measures = known["measures"]
    e = relative_eigenvalues(R, Sigma)
    chi2, df = (n - 1) * float(d_ml(e)), measures["df"]
    null, df_null = (n - 1) * float(d_ml(relative_eigenvalues(R, np.eye(9)))), 36
    ours = {
        "chisq": chi2,
        "cfi": fit_measures.comparative_fit(chi2, df, null, df_null),
        "tli": fit_measures.tucker_lewis(chi2, df, null, df_null),
        "nfi": fit_measures.normed_fit(chi2, null),
        "ifi": fit_measures.incremental_fit(chi2, df, null),
        "gfi": fit_measures.likelihood_fit(e),
        "rmsea": fit_measures.approximation_error(chi2, df, n),
        "srmr": float(srmr(R, Sigma)),
    }
    # the optimiser of lavaan leaves implied variances off by 6e-7
    assert ours == pytest.approx({name: measures[name] for name in ours}, rel=1e-6)


def test_implied_correlations_are_those_of_lavaan():
    known = GOLDEN["lavaan"]
    loadings, blocks = np.array(known["loadings"]), np.array(known["loadings"]) != 0
    B = np.array(known["paths_by_row_of_target"]).T
    P = construct_correlations(np.eye(3), B, B != 0)
    assert_allclose(P, known["construct_corr"], atol=1e-9)
    common = np.ones(3, dtype=bool)
    Sigma = indicator_correlations(np.eye(9), loadings, P, blocks, common)
    assert_allclose(Sigma, known["implied"], atol=1e-6)  # lavaan's own diagonal is off by 6e-7
    assert degrees_of_freedom(blocks, B != 0, common) == known["measures"]["df"]


@pytest.mark.parametrize("residuals", ["unit", "estimated"])
def test_population_of_a_model(residuals):
    """A model fitted to what it implies finds nothing amiss; what cSEM implies is not the model."""
    fit = fitted("satisfaction", "B")
    samples, found = batch_of_one(fit)
    Sigma = implied(fit.model, samples.R, found, False, residuals)[..., 0]
    moments = csi.Moments.from_correlation(Sigma, fit.model.indicators, n=250)
    distance = indices(csi.fit(fit.model, moments, fit.estimator))["d_ULS"]
    assert (distance < 1e-12) == (residuals == "unit")


def test_batch_of_implied_correlations():
    fits = [fitted("mobi", "mixed", scheme) for scheme in ("path", "factorial")]
    model, common = fits[0].model, factors(fits[0].model)
    arrays = [
        np.stack([getattr(fit.estimates, name) for fit in fits], axis=-1)
        for name in ("construct_corr", "paths", "loadings")
    ]
    R = np.repeat(fits[0].moments.corr[..., None], 2, axis=-1)
    P = construct_correlations(arrays[0], arrays[1], model.design, "estimated")
    Sigma = indicator_correlations(R, arrays[2], P, model.blocks, common)
    Sigma[..., 1] = np.diag(np.full(len(Sigma), -1.0))  # no correlations at all
    e = relative_eigenvalues(R, Sigma)
    assert np.isnan(e[:, 1]).all()
    assert float(d_ml(e)[0]) == pytest.approx(indices(fits[0])["d_ML"])
    assert float(d_uls(R, Sigma)[0]) == pytest.approx(indices(fits[0])["d_ULS"])


def test_residual_correlations():
    fit = fitted("mobi", "PLSc")
    table = residual_correlations(fit)
    assert len(table) == 24 * 23 / 2
    assert (table["residual"] ** 2).sum() == pytest.approx(indices(fit)["d_ULS"])
    assert table["residual"].abs().is_monotonic_decreasing
    assert_allclose(table["observed"] - table["implied"], table["residual"])


def test_models_with_higher_order_constructs_say_why(mobi, ecsi):
    parts = {"Quality": 7, "Value": 2}
    constructs = [c for c in ecsi.constructs if c.name in ("Image", "Satisfaction", *parts)]
    whole = higher_order("Performance", list(parts))
    model = csi.model([*constructs, whole], [paths(["Image", "Performance"], "Satisfaction")])
    fit = csi.fit(model, mobi)
    table = fit_indices(fit)
    assert table["index"].tolist() == list(INDICES)
    assert table["estimate"].isna().all()
    assert (table["why"] != "").all()
    assert residual_correlations(fit).empty


def test_what_cannot_be_computed_says_why():
    model = csi.model([single("A", "a"), single("B", "b")], [paths("A", "B")])
    exact = csi.Moments.from_correlation([[1, 0.5], [0.5, 1]], ["a", "b"], n=50)
    table = fit_indices(csi.fit(model, exact)).set_index("index")
    assert table.loc[["df", "SRMR"], "estimate"].tolist() == [0, 0]
    assert table.loc["CFI", "why"] == NO_DF
    assert table.loc["GoF", "why"] != ""
    pair = csi.model(
        [composite("A", items("a", 1, 2)), reflective("B", items("b", 1, 2))], [paths("A", "B")]
    )
    three = np.linalg.cholesky(np.full((3, 3), 0.4) + 0.6 * np.eye(3))
    dependent = np.vstack([three, three[0] + three[2]])
    cov = dependent @ dependent.T
    flat = csi.Moments.from_covariance(cov, pair.indicators, n=50)
    table = fit_indices(csi.fit(pair, flat, csi.Sums())).set_index("index")
    assert table.loc["SRMR", "estimate"] > 0
    assert table.loc["d_G", "why"] == NOT_DEFINITE
    assert np.isnan(table.loc["CFI", "estimate"])


def test_arguments_are_checked():
    with pytest.raises(csi.CsiError, match="takes a fit; found str"):
        fit_indices("fit")
    with pytest.raises(csi.OptionError, match="saturated"):
        fit_indices(fitted("mobi", "A"), saturated="no")

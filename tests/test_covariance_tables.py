"""Tables of fitted covariance structures: residuals, scores, reliability, explained variance.

Oracle lavaan 0.6-14 (residuals: its `lavResiduals`) and semTools 0.5-6; see golden/lavaan.
"""

import json
import warnings
from functools import cache

import lavaan_studies
import numpy as np
import pandas as pd
import pytest
from lavaan_studies import golden, matrix
from numpy.testing import assert_allclose
from peers import GOLDEN

import csi
from csi.covariance_tables import residuals
from csi.errors import CsiWarning, DataError, OptionError, RowsRequiredError

RESIDUALS = json.loads((GOLDEN / "lavaan_residuals.json").read_text())
PEERS = json.loads((GOLDEN / "scores_reliability.json").read_text())
STUDIES = ["hs", "core", "acsi", "ecsi", "pd"]
SIZES = {
    "estimate": "srmr", "se": "srmr.se", "z": "srmr.exactfit.z", "p": "srmr.exactfit.pvalue",
    "unbiased": "usrmr", "unbiased_se": "usrmr.se", "lower": "usrmr.ci.lower",
    "upper": "usrmr.ci.upper", "close_z": "usrmr.closefit.z", "close_p": "usrmr.closefit.pvalue",
}  # fmt: skip


@cache
def studied(study, file="ml", name="ML", **settings):
    """What lavaan says of a study, and the study fitted to the same answers."""
    entry = lavaan_studies.fit(f"{study}_{file}", name)
    model = csi.parse(entry["model"])
    answers = lavaan_studies.rows(entry["data"])[list(model.indicators)]
    return entry, fitted(model, answers, csi.CBSEM(**settings))


def fitted(model, answers, estimator=None):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CsiWarning)
        return csi.fit(model, answers, estimator or csi.CBSEM())


@pytest.mark.parametrize("study", STUDIES)
def test_standardised_residuals_are_those_of_lavaan(study):
    entry, fit = studied(study)
    found = fit.residuals("standardized")
    expected = matrix(entry["resid_z"]).loc[found.index, found.columns]
    # lavaan takes what is below 1e-4 of the deviations for zero and prints it as it is
    told = matrix(entry["resid_cor"]).loc[found.index, found.columns].abs() > 1e-4
    assert told.to_numpy().sum() > 50
    assert_allclose(found[told], expected[told], atol=2e-8)


@pytest.mark.parametrize("study", ["hs", "core", "acsi"])
def test_residual_correlations_are_those_of_lavaan(study):
    """Where the model reproduces variances, residuals of correlations are in their units."""
    entry, fit = studied(study)
    found = fit.residuals("correlation")
    expected = matrix(entry["resid_cor"]).loc[found.index, found.columns]
    assert_allclose(found, expected, atol=1e-9)


@pytest.mark.parametrize("study", STUDIES)
def test_sizes_of_residuals_are_those_of_lavaan(study):
    entry, fit = studied(study)
    found = fit.residual_summary
    for ours, theirs in SIZES.items():
        expected = entry["resid_summary"][theirs]
        assert found.loc["srmr", ours] == pytest.approx(expected, rel=1e-7, abs=1e-8)
    for measure in ("rmr", "srmr", "crmr"):
        assert found.loc[measure, "estimate"] == pytest.approx(entry["fit"][measure], rel=1e-7)


@pytest.mark.parametrize("name", ["FIML", "FIML_MLR", "MLM", "GLS", "WLSMV"])
def test_residuals_of_other_answers_and_methods_are_those_of_lavaan(name):
    rows, declared, settings = OTHERS[name]
    answers = lavaan_studies.rows(rows)[lavaan_studies.TESTS]
    model = csi.parse(lavaan_studies.fit("hs_ml", "ML")["model"])
    fit = fitted(model, csi.survey(answers, **declared), csi.CBSEM(**settings))
    expected = RESIDUALS[name]
    off = ~np.eye(9, dtype=bool)
    for kind, theirs in (("standardized", "z"), ("normalized", "normalized")):
        told = matrix(expected[theirs]).loc[list(model.indicators), list(model.indicators)]
        # lavaan stops where its own search is content; a small error makes z move
        assert_allclose(fit.residuals(kind).to_numpy()[off], told.to_numpy()[off], atol=3e-4)
    for ours, theirs in SIZES.items():
        told = expected["summary"][theirs]
        assert fit.residual_summary.loc["srmr", ours] == pytest.approx(told, rel=1e-4, abs=1e-6)


OTHERS = {
    "FIML": ("hs_miss", {"missing": "fiml"}, {}),
    "FIML_MLR": ("hs_miss", {"missing": "fiml"}, {"method": "MLR"}),
    "MLM": ("hs", {}, {"method": "MLM"}),
    "GLS": ("hs", {}, {"method": "GLS"}),
    "WLSMV": ("hs_ord", {}, {"method": "WLSMV", "ordered": True}),
}


def test_sizes_of_residuals_where_variances_are_not_reproduced():
    """Variances are left over where a loading is held: only RMR and SRMR count them."""
    _, fit = studied("pd")
    summary = fit.residual_summary
    left = fit.residuals("correlation").to_numpy()
    p = len(left)
    pairs = left[np.triu_indices(p, 1)]
    assert summary.loc["crmr", "estimate"] == pytest.approx(np.sqrt((pairs**2).mean()), rel=1e-12)
    assert summary.loc["srmr", "estimate"] != pytest.approx(summary.loc["crmr", "estimate"])


@pytest.mark.parametrize("settings", [{}, {"method": "MLM", "means": True}])
def test_errors_of_residuals_by_simulation(settings):
    """Over samples of a model that holds, residuals over their errors have variance one."""
    model = csi.parse("A =~ a1 + a2 + a3\nB =~ b1 + b2 + b3\nB ~ A")
    rng, z = np.random.default_rng(5), []
    for _ in range(150):
        common = rng.normal(size=(400, 1))
        other = 0.6 * common + rng.normal(size=(400, 1))
        answers = np.hstack([common] * 3 + [other] * 3) + rng.normal(size=(400, 6))
        moments = csi.Moments.from_rows(answers, model.indicators)
        solution = csi.CBSEM(**settings).estimate(model, moments).solution
        z.append(residuals(solution, "standardized").to_numpy()[np.triu_indices(6, 1)])
    squares = np.mean(np.square(z), axis=0)
    assert_allclose(squares, 1, atol=0.4)  # chance moves a mean of 150 squares by 0.12
    assert squares.mean() == pytest.approx(1, abs=0.12)


def test_residuals_of_means():
    _, fit = studied("hs", means=True)
    assert_allclose(fit.residual_means()["residual"], 0, atol=1e-9)
    assert fit.residuals("standardized").to_numpy() == pytest.approx(
        studied("hs")[1].residuals("standardized").to_numpy(), abs=1e-6
    )
    held = csi.parse("A =~ a1 + a2\nB =~ a3 + a4\na1 ~ 0*1")
    rows = np.random.default_rng(1).normal([0.2, 0, 0, 0], size=(200, 4))
    rows += np.random.default_rng(2).normal(size=(200, 1))
    answers = pd.DataFrame(rows, columns=held.indicators)
    fit = fitted(held, answers, csi.CBSEM(means=True))
    shown = {kind: fit.residual_means(kind).loc["a1", "residual"] for kind in KINDS}
    sd = rows[:, 0].std()
    assert shown["raw"] == pytest.approx(rows[:, 0].mean(), rel=1e-6)
    assert shown["correlation"] == pytest.approx(rows[:, 0].mean() / sd)
    assert shown["normalized"] == pytest.approx(rows[:, 0].mean() / sd * np.sqrt(200))
    # the squared residual is what holding the mean costs, up to higher order terms
    free = csi.parse("A =~ a1 + a2\nB =~ a3 + a4")
    without = fitted(free, answers, csi.CBSEM(means=True))
    cost = fit.measure("chisq") - without.measure("chisq")
    assert shown["standardized"] ** 2 == pytest.approx(cost, rel=0.02)
    with pytest.raises(OptionError, match=r"leaves the means as they are\. Fit it with csi\.CBS"):
        studied("hs")[1].residual_means()


KINDS = ("raw", "correlation", "normalized", "standardized")


@pytest.mark.parametrize("study", STUDIES)
def test_factor_scores_and_explained_variance_are_those_of_lavaan(study):
    entry, fit = studied(study)
    for method, ours in (("regression", "regression"), ("Bartlett", "bartlett")):
        expected = entry["factor_scores"][method]
        scores = fit.factor_scores(ours)[expected["columns"]]
        assert_allclose(scores[:5], expected["first5"], atol=1e-9)
        assert_allclose(scores.std(), expected["sd"], rtol=1e-8)
    explained = {**fit.item_r2["r2"], **fit.r2["r2"]}
    assert explained == pytest.approx(entry["r2"], abs=1e-9)
    names = list(fit.model.names)
    assert_allclose(fit.construct_cov, matrix(entry["cov_lv"]).loc[names, names], atol=1e-9)


def test_implied_moments_are_what_the_residuals_are_taken_from():
    _, fit = studied("hs", means=True)
    rows = fit.data.rows
    assert_allclose(np.cov(rows.T, ddof=0) - fit.implied_cov, fit.residuals(), atol=1e-12)
    assert_allclose(fit.implied_mean["mean"], rows.mean(axis=0), atol=1e-9)


def test_scores_of_other_respondents():
    _, fit = studied("core")
    answers = lavaan_studies.rows("mobi")[list(fit.model.indicators)]
    some = fit.factor_scores(data=csi.survey(answers.iloc[40:45]))
    assert_allclose(some, fit.factor_scores().iloc[40:45], atol=1e-12)
    holes = answers.iloc[:2].copy()
    holes.iloc[0, 0] = np.nan
    shown = fit.factor_scores(data=csi.survey(holes, missing="pairwise"))
    assert shown.notna().to_numpy().all()
    assert (shown.iloc[0] != fit.factor_scores().iloc[0]).all()
    with pytest.raises(DataError, match=r"Missing column: PERQ1"):
        fit.factor_scores(data=answers.drop(columns="PERQ1"))


def test_scores_need_respondents():
    _, fit = studied("core")
    cov = np.cov(fit.data.rows.T)
    moments = csi.Moments.from_covariance(cov, fit.model.indicators, n=250)
    alone = csi.fit(fit.model, moments, csi.CBSEM())
    with pytest.raises(RowsRequiredError, match="This needs the respondents"):
        alone.factor_scores()


@pytest.mark.parametrize("study", ["hs", "core", "acsi"])
def test_reliabilities_are_those_of_semtools(study):
    _, fit = studied(study)
    expected = golden("reliability")[study]
    table = pd.DataFrame(**{"data" if k == "values" else "index" if k == "rows" else k: v
                            for k, v in expected["reliability"].items()})  # fmt: skip
    ours = fit.reliability.loc[table.columns]
    names = {"alpha": "alpha", "omega": "omega", "omega_bentler": "omega2",
             "omega_mcdonald": "omega3", "ave": "avevar"}  # fmt: skip
    for name, theirs in names.items():
        # semTools took fits at the default tolerance of lavaan
        assert_allclose(ours[name], table.loc[theirs], atol=1e-5)


def test_ordered_answers_have_the_reliability_of_their_categories_and_no_linear_scores():
    answers = lavaan_studies.rows("hs_ord")[lavaan_studies.TESTS]
    model = csi.parse(lavaan_studies.fit("hs_ml", "ML")["model"])
    fit = fitted(model, answers, csi.CBSEM("WLSMV", ordered=True))
    rows = PEERS["ordinal"]["reliability"]
    ours = fit.reliability
    for name, row in (("alpha", 1), ("omega", 3), ("omega_mcdonald", 4), ("ave", 5)):
        assert_allclose(ours[name], rows[row], atol=1e-5)
    with pytest.raises(
        OptionError, match=r"linear in the answers, and ordered items are not\. Take"
    ):
        fit.factor_scores()


def test_scores_where_items_are_causes_and_composites_stand_in_between():
    """An item that is a cause stands behind itself; a composite is the sum it is."""
    rng = np.random.default_rng(3)
    x = rng.normal(size=(300, 2))
    common = x @ [0.5, 0.3] + rng.normal(size=300)
    rows = np.column_stack([x, common[:, None] + rng.normal(size=(300, 3))])
    model = csi.parse("C <~ x1 + x2\nA =~ y1 + y2 + y3\nA ~ C")
    fit = fitted(model, pd.DataFrame(rows, columns=["x1", "x2", "y1", "y2", "y3"]))
    weights = fit.parameters.query("operator == '<~'")["estimate"].to_numpy()
    centred = rows - rows.mean(axis=0)
    for method in ("regression", "bartlett"):
        assert_allclose(fit.factor_scores(method)["C"], centred[:, :2] @ weights, atol=1e-9)
    # Bartlett's scores of A use its own items only; the best ones use its causes as well
    quality, plain = fit.score_quality(), fit.score_quality("bartlett")
    assert quality.loc["A", "validity"] > plain.loc["A", "validity"]
    assert quality.loc["A", "validity"] == pytest.approx(quality.loc["A", "determinacy"])
    best = fit.factor_scores()["A"]
    assert np.corrcoef(best, common)[0, 1] == pytest.approx(quality.loc["A", "validity"], abs=0.05)

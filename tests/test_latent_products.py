"""Quadratic and interaction terms of constructs, measured by products of items.

Against lavaan 0.6-14 in ``golden/lavaan/quadratic.json``, which was given the products
as columns (SQ and P); here the estimator makes them.
"""

import warnings

import numpy as np
import pandas as pd
import pytest
from lavaan_studies import fit as figures_of
from lavaan_studies import golden, rows
from numpy.testing import assert_allclose

import csi

FITS = list(golden("quadratic")["fits"])
NAMES = {"Sat2": "Satis:Satis", "QS": "Quality:Satis"}
NAMES |= {f"SQ{i}": f"CUSA{i}:CUSA{i}" for i in (1, 2, 3)}
NAMES |= {f"P{i}": f"PERQ{i}:CUSA{i}" for i in (1, 2, 3)}

SQUARE = "Satis =~ CUSA1 + CUSA2 + CUSA3\nLoyal =~ CUSL1 + CUSL2 + CUSL3\n"
INTERACTION = "Quality =~ PERQ1 + PERQ2 + PERQ3\n" + SQUARE


def model_of(name):
    if name.startswith("quad"):
        return csi.parse(SQUARE + "Loyal ~ Satis + Satis:Satis")
    return csi.parse(INTERACTION + "Loyal ~ Quality + Satis + Quality:Satis")


def quietly(model, data, estimator):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", csi.CsiWarning)
        return csi.fit(model, data, estimator)


@pytest.mark.parametrize("name", FITS)
def test_against_lavaan(name):
    _, _, centring, method = name.split("_")
    figures = figures_of("quadratic", name)
    fit = quietly(model_of(name), rows("mobi"), csi.CBSEM(method, centring=centring))
    expected = pd.DataFrame(figures["parameters"]).replace({"lhs": NAMES, "rhs": NAMES})
    expected = expected[expected["op"] != "~1"]
    found = fit.parameters.set_index(["left", "operator", "right"])
    places = [
        key if key in found.index else key[::-1]
        for key in zip(expected["lhs"], expected["op"], expected["rhs"], strict=True)
    ]
    assert len(places) == len(found)
    found = found.loc[places]
    assert_allclose(found["estimate"], expected["est"], atol=1e-7)
    assert_allclose(found["se"], expected["se"], rtol=1e-6, atol=1e-7)
    assert_allclose(fit.measure("chisq"), figures["fit"]["chisq"], rtol=1e-9)


def test_a_degenerate_interaction_is_named():
    with pytest.warns(csi.CsiWarning) as warned:
        csi.fit(model_of("inter"), rows("mobi"), csi.CBSEM())
    texts = [str(each.message) for each in warned]
    assert any("covariances of the constructs are not positive definite" in t for t in texts)


def test_slopes_and_paths_of_products():
    fit = quietly(model_of("inter"), rows("mobi"), csi.CBSEM())
    probe = golden("quadratic")["probe"]
    found = fit.simple_slopes("Loyal", "Quality", "Satis", at=probe["Satis"], unit="raw")
    for ours, theirs in (("estimate", "est"), ("se", "se"), ("z", "z"), ("p", "pvalue")):
        assert_allclose(found[ours], probe[theirs], rtol=5e-5)  # of a fit it had not polished
    in_sd = fit.simple_slopes("Loyal", "Quality", "Satis", at=[1])
    variance = fit.construct_cov.loc["Satis", "Satis"]
    assert_allclose(in_sd["value"], [np.sqrt(variance)])
    table = fit.parameters.set_index(["left", "operator", "right"])
    path = fit.paths.iloc[-1]
    assert [path["source"], path["target"]] == ["Quality:Satis", "Loyal"]
    assert path["estimate"] == table.loc[("Loyal", "~", "Quality:Satis"), "std_all"]
    with pytest.raises(csi.OptionError, match="no Loyal ~ Satis:Satis"):
        fit.simple_slopes("Loyal", "Satis")
    with pytest.raises(csi.OptionError, match="Factor scores"):
        fit.factor_scores()
    freed = quietly(model_of("inter"), rows("mobi"), csi.CBSEM(centring="residual"))
    with pytest.raises(csi.OptionError, match="averages"):
        freed.simple_slopes("Loyal", "Quality", "Satis")


def test_all_pairs_have_the_products_and_the_errors_that_share_items():
    fit = quietly(model_of("inter"), rows("mobi"), csi.CBSEM(products="all", centring="residual"))
    stored = golden("quadratic")["all_pairs_residual"]
    names = [name.replace(".", ":") for name in stored["names"]]
    sample = fit.solution.evidence.samples[0]
    assert list(fit.solution.compiled.items[-9:]) == names
    assert_allclose(sample.rows[:3, -9:], stored["first3"], atol=1e-10)
    table = fit.parameters.set_index(["left", "operator", "right"])
    shared = table[table.index.get_level_values("left").str.contains(":")
                   & (table.index.get_level_values("operator") == "~~")]  # fmt: skip
    assert len(shared) == 9 + 18 + 1
    assert table.loc[("Quality", "~~", "Quality:Satis"), "estimate"] == 0.0


LINE = "X =~ x1 + x2 + x3\nZ =~ z1 + z2 + z3 + z4\nY =~ y1 + y2 + y3\n"


def curved_rows(rng, n):
    X = rng.normal(size=n)
    Z = 0.5 * X + rng.normal(0, np.sqrt(0.75), n)
    Y = 0.5 * X + 0.4 * Z + 0.2 * X * Z - 0.15 * X**2 + rng.normal(0, 0.6, n)
    return answers_of(rng, x=(X, 3), z=(Z, 4), y=(Y, 3))


def answers_of(rng, **blocks):
    return pd.DataFrame(
        {
            f"{name}{i + 1}": 5 + construct + rng.normal(0, 0.6, len(construct))
            for name, (construct, size) in blocks.items()
            for i in range(size)
        }
    )


def test_product_terms_are_recovered():
    data = curved_rows(np.random.default_rng(1), 6_000)
    model = csi.parse(LINE + "Z ~ X\nY ~ X + Z + X:Z + X:X")
    fit = quietly(model, data, csi.CBSEM())
    found = fit.parameters.set_index(["left", "operator", "right"])["estimate"]
    paths = [("Y", "~", right) for right in ("X", "Z", "X:Z", "X:X")]
    assert_allclose(found[paths], [0.5, 0.4, 0.2, -0.15], atol=0.05)


def test_squares_covary_with_what_is_left_of_a_skewed_construct():
    rng = np.random.default_rng(5)
    n = 10_000
    X = rng.normal(size=n)
    Z = 0.5 * X + 0.9 * (rng.gamma(1.0, size=n) - 1)
    Y = 0.5 * Z + 0.2 * Z**2 + rng.normal(0, 0.6, n)
    data = answers_of(rng, x=(X, 3), z=(Z, 3), y=(Y, 3))
    model = csi.parse(LINE.replace(" + z4", "") + "Z ~ X\nY ~ Z + Z:Z")
    fit = quietly(model, data, csi.CBSEM())
    found = fit.parameters.set_index(["left", "operator", "right"])["estimate"]
    paths = [("Z", "~", "X"), ("Y", "~", "Z"), ("Y", "~", "Z:Z")]
    assert_allclose(found[paths], [0.5, 0.5, 0.2], atol=0.03)
    assert_allclose(found[("Z", "~~", "Z:Z")], 2 * 0.9**3, atol=0.2)


def test_blocks_of_different_length_are_matched_by_strength():
    rng = np.random.default_rng(2)
    data = curved_rows(rng, 500)
    data["z2"] = 5 + rng.normal(size=500)
    fit = quietly(csi.parse(LINE + "Y ~ X + Z + X:Z"), data, csi.CBSEM())
    made = [name for name in fit.solution.compiled.items if ":" in name]
    assert len(made) == 3
    assert not any("z2" in name for name in made)


def test_resamples_make_their_own_products():
    data = curved_rows(np.random.default_rng(3), 300)
    model = csi.parse(LINE + "Y ~ X + Z + X:Z")
    fit = quietly(model, data, csi.CBSEM())
    again = np.random.default_rng(4).integers(0, 300, (100, 300))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", csi.CsiWarning)
        boot = csi.bootstrap(fit, n_boot=100, resamples=again)
    one = quietly(model, data.iloc[again[7]].reset_index(drop=True), csi.CBSEM())
    assert_allclose(boot.resampled("r2").loc[7], one.r2["r2"], atol=1e-8)


def test_products_need_complete_answers_of_reflective_constructs():
    data = rows("mobi")
    model = model_of("quad")
    moments = csi.Moments.from_covariance(
        data[list(model.indicators)].cov(), model.indicators, n=250
    )
    with pytest.raises(csi.RowsRequiredError, match="Satis:Satis"):
        csi.fit(model, moments, csi.CBSEM())
    holes = data.copy()
    holes.loc[3, "CUSA1"] = np.nan
    with pytest.raises(csi.DataError, match="listwise"):
        csi.fit(model, csi.survey(holes, missing="fiml"), csi.CBSEM())
    with pytest.raises(csi.OptionError, match="ordered"):
        csi.fit(model, data, csi.CBSEM("WLSMV", ordered=True))
    composite = csi.parse(
        "Satis <~ CUSA1 + CUSA2 + CUSA3\nLoyal =~ CUSL1 + CUSL2 + CUSL3\n"
        "Loyal ~ Satis + Satis:Satis"
    )
    with pytest.raises(csi.ModelError, match="composite"):
        csi.fit(composite, data, csi.CBSEM())
    with pytest.raises(csi.OptionError, match="centring"):
        csi.CBSEM(centring="none")


@pytest.mark.filterwarnings("ignore::csi.errors.CsiWarning")
def test_a_fit_with_products_is_assessed_reported_and_stored(tmp_path):
    data = csi.survey(rows("mobi"), scale=(1, 10))
    for estimator in (csi.CBSEM("MLR"), csi.SAM()):
        fit = quietly(model_of("quad"), data, estimator)
        assert "Satis:Satis" in str(fit.summary())
        assert np.isfinite(csi.assess(fit).fit_indices.select_dtypes("number")).any(axis=None)
        csi.report(fit, path=tmp_path / f"{type(estimator).__name__}.html")
        again = csi.from_json(csi.to_json(fit))
        pd.testing.assert_frame_equal(again.paths, fit.paths, check_dtype=False)

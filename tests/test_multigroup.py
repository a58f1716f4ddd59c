"""Covariance structures of several groups at once: csi.multigroup and csi.invariance.

Oracle      lavaan 0.6-14: golden/lavaan/hs_multigroup.json (see the README there), and
            golden/multigroup.json, made by scripts/multigroup.R beside it.
Tolerance   1e-5: lavaan stops its search by the fall of the function, so that its
            parameters are off by up to 7e-6 there; ours are at the minimum.
"""

import json
import warnings
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from lavaan_studies import expected_parameters, fits, golden, rows
from numpy.testing import assert_allclose

import csi
from csi.invariance_steps import chen_limits

LIVE = json.loads((Path(__file__).parent / "golden" / "multigroup.json").read_text())
SCHOOLS = ("Pasteur", "Grant-White")
PHASES = ("first", "second")
PLACES = tuple(f"place {number}" for number in range(1, 11))
TOLERANCE = 1e-5


def customers():
    """Return the mobile-phone customers, the first hundred apart from the others."""
    table = rows("mobi")
    return table.assign(half=np.where(np.arange(len(table)) < 100, "first", "second"))


def ten_groups():
    """Simulate ten groups of 60 to 150 respondents, whose means differ."""
    parts = []
    for number in range(10):
        rng = np.random.default_rng(number)
        n = 60 + 10 * number
        one = 0.1 * number + rng.standard_normal(n)
        other = 0.6 * one + 0.8 * rng.standard_normal(n)
        true = np.column_stack([one, 0.8 * one, 0.7 * one, other, 0.9 * other, 0.6 * other])
        answers = np.round(true + 0.7 * rng.standard_normal((n, 6)), 6)
        part = pd.DataFrame(answers, columns=[f"y{i}" for i in range(1, 7)])
        parts.append(part.assign(place=f"place {number + 1}"))
    return pd.concat(parts, ignore_index=True)


DATA = {
    "customers": (customers, "half", PHASES),
    "pupils": (lambda: rows("hs"), "school", SCHOOLS),
    "holes": (lambda: rows("hs_miss"), "school", SCHOOLS),
    "ordered": (lambda: rows("hs_ord"), "school", SCHOOLS),
    "ten": (ten_groups, "place", PLACES),
}
MEANS = csi.CBSEM(means=True)


def fitted(model, data, estimator=MEANS, **options):
    make, by, groups = DATA[data]
    missing = "fiml" if data == "holes" else "listwise"
    survey = csi.survey(make(), allow_out_of_range=True, missing=missing)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", csi.CsiWarning)  # of few respondents a parameter
        return csi.multigroup(
            csi.parse(model), survey, by, estimator, **{"groups": groups} | options
        )


def estimates(fit, expected):
    """Return our parameters in the order of lavaan's."""
    ours = {}
    for left, operator, right, group in fit.parameters.iloc[:, :4].itertuples(index=False):
        number = fit.groups.index(group) + 1 if group else 0
        ours[left, operator, right if operator != ":=" else "", number] = len(ours)
    ours |= {(b, "~~", a, g): i for (a, op, b, g), i in ours.items() if op == "~~"}
    names = zip(expected["lhs"], expected["op"], expected["rhs"], expected["group"], strict=True)
    at = [ours[a, op, b if op != ":=" else "", g] for a, op, b, g in names if op != "~*~"]
    return fit.parameters.iloc[at]


# the pupils of two schools


@cache
def pupils(name):
    [found] = [each for each in fits("hs_multigroup") if each.name == name]
    options = found.entry["options"]
    estimator = csi.CBSEM("MLR" if name.endswith("_MLR") else "ML", means=True)
    equal, partial = options.get("group.equal", ()), options.get("group.partial", ())
    return found, fitted(found.entry["model"], "pupils", estimator, equal=equal, partial=partial)


@pytest.mark.parametrize("name", list(golden("hs_multigroup")["fits"]))
def test_pupils(name):
    found, fit = pupils(name)
    expected = expected_parameters(found.entry)
    ours = estimates(fit, expected)
    assert len(ours) == len(fit.parameters)
    assert_allclose(ours["estimate"], expected["est"], rtol=TOLERANCE, atol=TOLERANCE)
    assert_allclose(ours["se"], expected["se"], rtol=TOLERANCE, atol=TOLERANCE)
    not_ours = ("rmsea.ci.level", "rmsea.close.h0", "rmsea.notclose.h0", "scaling.factor.h0",
                "scaling.factor.h1")  # fmt: skip
    measures = {k: v for k, v in found.entry["fit"].items() if v is not None and k not in not_ours}
    assert_allclose(
        fit.fit_measures["value"][list(measures)], list(measures.values()), rtol=TOLERANCE,
        atol=1e-6,
    )  # fmt: skip


def test_standardised_solution_by_group():
    found, fit = pupils("scalar")
    stored = found.entry["standardized"]
    at = estimates(fit, expected_parameters(found.entry)).index
    assert_allclose(
        fit.standardized().loc[at, "estimate"], np.array(stored["est.std"], float), atol=TOLERANCE
    )
    assert_allclose(fit.standardized().loc[at, "se"], np.array(stored["se"], float), atol=TOLERANCE)


@pytest.mark.parametrize(
    ("name", "method"),
    [("lrt", None), ("lrt_MLR_SB2001", None), ("lrt_MLR_SB2010", "satorra.bentler.2010")],
)
def test_likelihood_ratios(name, method):
    expected = golden("hs_multigroup")["tests"][name]
    chain = [pupils(each)[1] for each in expected["fits"]]
    ours = csi.likelihood_ratio(*chain, names=expected["fits"], method=method).iloc[1:]
    assert_allclose(ours["difference"], expected["Chisq diff"][1:], rtol=TOLERANCE)
    assert_allclose(ours["df_difference"], expected["Df diff"][1:])
    assert_allclose(ours["p"], expected["Pr(>Chisq)"][1:], rtol=1e-4)  # of lavaan's statistic


def test_score_tests_of_equalities_over_groups():
    expected = golden("hs_multigroup")["tests"]["score_test_scalar"]
    fit = pupils("scalar")[1]
    ours = fit.score_test()
    total = ours.loc["all together"]
    # of 15 constraints 12 can be given up at once, as scales and origins stay
    assert_allclose(total["chisq"], expected["total"]["X2"], rtol=TOLERANCE)
    names = [name.replace("=~", " =~ ").replace("~1", " ~1") for name in
             expected["uni"]["parameter"]]  # fmt: skip
    single = [f"{name}, Pasteur == {name}, Grant-White" for name in names]
    # as exact as the parameters of lavaan, whose scores are not quite zero
    assert_allclose(ours.loc[single, "chisq"], expected["uni"]["X2"], rtol=TOLERANCE, atol=1e-4)
    with pytest.raises(csi.OptionError, match="release"):
        fit.score_test(["visual =~ x2"])
    assert len(fit.score_test(single[:2])) == 3


def test_each_group_keeps_the_constraints():
    found, fit = pupils("partial_scalar")
    for number, (group, view) in enumerate(fit.fits.items()):
        whole = fit.parameters[fit.parameters["group"] == group]
        columns = ["estimate", "se", "lower", "std_all"]
        assert_allclose(view.parameters[columns], whole[columns])
        cov_lv = np.array(found.entry["cov_lv"][group]["lower"][-1])
        assert_allclose(view.construct_cov.to_numpy()[-1], cov_lv, rtol=TOLERANCE, atol=TOLERANCE)
        shown = LIVE["residuals"][group]
        z = view.residuals("standardized").to_numpy()
        assert_allclose(z, shown["cov"], rtol=1e-3, atol=1e-3)
        z = view.residual_means("standardized")["residual"]
        assert_allclose(z, shown["mean"], rtol=1e-3, atol=1e-3)
        assert view.n == (156, 145)[number]
    with pytest.raises(csi.OptionError, match="all groups together"):
        view.measure("cfi")
    for refused in (view.modification_indices, view.score_test, lambda: view.wald("a == b")):
        with pytest.raises(csi.OptionError, match="all groups together"):
            refused()
    with pytest.raises(csi.OptionError, match="together with other groups"):
        csi.bootstrap(view, n_boot=100)
    with pytest.raises(csi.OptionError, match="all groups together"):
        csi.likelihood_ratio(view, view)


# other words, estimators and data, live


ESTIMATORS = {
    "variance_scaling": csi.CBSEM(means=True, scaling="variance"),
    "variance_scaling_fixed": csi.CBSEM(means=True, scaling="variance"),
    "wishart": csi.CBSEM(likelihood="wishart", means=True),
    "gls": csi.CBSEM("GLS", means=True),
    "mlm": csi.CBSEM("MLM", means=True),
    "holes": csi.CBSEM(),
    "ordered": csi.CBSEM("WLSMV", ordered=True),
    "ordered_equal": csi.CBSEM("WLSMV", ordered=True),
    "ordered_theta": csi.CBSEM("WLSMV", ordered=True, parametrization="theta"),
}
CASES = {
    "loadings": ("phone", "customers", ["loadings"]),
    "regressions": ("phone", "customers", ["loadings", "regressions"]),
    "residuals": ("phone", "customers", ["loadings", "intercepts", "residuals"]),
    "residual_covariances": ("phone", "customers", ["loadings", "residual covariances"]),
    "variances": ("phone", "customers", ["loadings", "variances", "covariances"]),
    "everything": ("phone", "customers", ["loadings", "intercepts", "means", "regressions",
                   "residuals", "residual covariances", "variances", "covariances"]),
    "partial": ("phone", "customers", ["loadings", "intercepts"]),
    "variance_scaling": ("tests", "pupils", ["loadings", "intercepts"]),
    "variance_scaling_fixed": ("tests", "pupils", ["loadings", "variances"]),
    "modified": ("modified", "customers", []),
    "wishart": ("tests", "pupils", ["loadings"]),
    "gls": ("tests", "pupils", ["loadings", "intercepts"]),
    "mlm": ("tests", "pupils", ["loadings", "intercepts"]),
    "holes": ("tests", "holes", ["loadings", "intercepts"]),
    "ordered": ("tests", "ordered", []),
    "ordered_equal": ("tests", "ordered", ["loadings", "thresholds"]),
    "ordered_theta": ("tests", "ordered", ["loadings", "thresholds"]),
    "ten": ("two", "ten", ["loadings", "intercepts"]),
}  # fmt: skip


LESS_ONE_A_GROUP = ("wishart", "gls", "ordered", "ordered_equal", "ordered_theta")
"""Every group counts n - 1 respondents here; lavaan weighs the groups by n in their errors, and
under Wishart's likelihood in the discrepancy as well: 1.2e-4 for 156 and 145 respondents."""


@cache
def live(name):
    model, data, equal = CASES[name]
    partial = ["Satis =~ CUSA2", "PERQ3 ~ 1"] if name == "partial" else []
    estimator = ESTIMATORS.get(name, MEANS)
    return fitted(LIVE["models"][model], data, estimator, equal=equal, partial=partial)


@pytest.mark.parametrize("name", list(CASES))
def test_beside_lavaan(name):
    expected, fit = LIVE["fits"][name], live(name)
    ours = estimates(fit, expected["parameters"])
    kept = [op != "~*~" for op in expected["parameters"]["op"]]
    est, se = (np.array(expected["parameters"][each], float)[kept] for each in ("est", "se"))
    loose = 2e-4 if name in LESS_ONE_A_GROUP else TOLERANCE
    assert_allclose(ours["estimate"], est, rtol=loose, atol=5e-5)
    assert_allclose(ours["se"], se, rtol=loose, atol=5e-5)
    # lavaan does not weigh the groups in the scaling of the ordered baseline, which is twice as
    # large for two groups as for either of them
    wrong = ("cfi.robust",) if name == "ordered" else ()
    measures = {k: v for k, v in expected["fit"].items() if v is not None and k not in wrong}
    assert_allclose(
        fit.fit_measures["value"][list(measures)], list(measures.values()), rtol=loose, atol=1e-6
    )
    assert_allclose(fit.contributions["chisq"], expected["contributions"], rtol=1e-3)
    assert_allclose(fit.contributions["chisq"].sum(), fit.measure("chisq"))
    assert fit.measure("chisq") <= expected["fit"]["chisq"] * (1 + loose / 100)


# invariance, step by step


@cache
def steps():
    survey = csi.survey(rows("hs"), allow_out_of_range=True)
    model = csi.parse("\n".join(golden("hs_multigroup")["model"]))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", csi.CsiWarning)
        return csi.invariance(model, survey, by="school", groups=SCHOOLS)


def test_steps_of_invariance():
    expected, table = golden("hs_multigroup")["tests"]["lrt"], steps().table
    assert table.index.tolist() == ["configural", "metric", "scalar", "strict"]
    assert_allclose(table["chisq"], expected["Chisq"], rtol=1e-6)
    assert_allclose(table["bic"], expected["BIC"], rtol=1e-6)
    assert_allclose(table["chisq_difference"][1:], expected["Chisq diff"][1:], rtol=1e-6)
    assert_allclose(table["p_difference"][1:], expected["Pr(>Chisq)"][1:], rtol=1e-5)
    cfi = [golden("hs_multigroup")["fits"][step]["fit"]["cfi"] for step in table["step"]]
    assert_allclose(table["delta_cfi"][1:], np.diff(cfi), atol=1e-7)
    # CFI falls by .002, .038 and .009: Chen and Cheung and Rensvold reject at .010
    assert table["cheung_rensvold"].tolist() == ["", "holds", "does not hold", "holds"]
    assert table["chen"].tolist() == ["", "holds", "does not hold", "holds"]
    assert "'scalar' does not" in steps().verdict
    assert "Up to 'metric'" in steps().verdict


def test_the_costliest_equalities_are_named():
    worst = steps().worst
    scalar = worst[worst["step"] == "scalar"]
    # the two intercepts the literature frees in these data
    assert scalar["parameter"].tolist()[:2] == ["x3 ~1", "x7 ~1"]
    uni = golden("hs_multigroup")["tests"]["score_test_scalar"]["uni"]
    assert_allclose(scalar["chisq"].iloc[0], max(uni["X2"]), rtol=TOLERANCE)
    assert worst["step"].unique().tolist() == ["metric", "scalar", "strict"]
    assert (worst.loc[worst["step"] == "strict", "parameter"].str.contains("~~")).all()


def test_steps_show_themselves():
    text = str(steps())
    for shown in ("Change from the step before", "x3 ~1", "does not hold", "loadings, intercepts"):
        assert shown in text
    assert "<table" in steps()._repr_html_()
    assert repr(steps()) == "<InvarianceSteps of 2 groups: configural, metric, scalar, strict>"
    assert steps()["scalar"] is steps().fits["scalar"]
    assert str(pupils("scalar")[1]) == str(pupils("scalar")[1])


def test_later_steps_keep_what_earlier_ones_hold_equal():
    survey = csi.survey(customers(), allow_out_of_range=True)
    model = csi.parse(LIVE["models"]["phone"])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", csi.CsiWarning)
        found = csi.invariance(
            model, survey, "half", csi.CBSEM("MLR", means=True),
            steps=("metric", "structural", "scalar", "means"), partial="PERQ3 ~1",
        )  # fmt: skip
    assert [set(found[step].equal) for step in found] == [
        {"loadings"}, {"loadings", "regressions"}, {"loadings", "regressions", "intercepts"},
        {"loadings", "regressions", "intercepts", "means"},
    ]  # fmt: skip
    ratios = csi.likelihood_ratio(*found.values())  # scaled, Satorra and Bentler (2001)
    assert_allclose(found.table["chisq_difference"][1:], ratios["difference"][1:])
    assert_allclose(found.table["chisq"], [fit.measure("chisq.scaled") for fit in found.values()])
    assert_allclose(found.table["cfi"], [fit.measure("cfi.robust") for fit in found.values()])
    assert not found.worst["parameter"].eq("PERQ3 ~1").any()


def test_steps_of_ordered_items_hold_thresholds_equal():
    survey = csi.survey(rows("hs_ord"), allow_out_of_range=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", csi.CsiWarning)
        found = csi.invariance(
            csi.parse(LIVE["models"]["tests"]), survey, "school",
            csi.CBSEM("WLSMV", ordered=True), steps=("configural", "metric", "scalar"),
        )  # fmt: skip
    assert "thresholds" in found["scalar"].equal
    assert_allclose(
        found.table.loc["scalar", "chisq"],
        LIVE["fits"]["ordered_equal"]["fit"]["chisq.scaled"], rtol=1e-4,
    )  # fmt: skip
    assert found.table.loc["scalar", "delta_cfi"] < -0.01  # thresholds differ
    assert found.table.loc["scalar", "cfi"] == found["scalar"].measure("cfi.scaled")


def test_limits_of_chen():
    assert chen_limits("scalar", 301).srmr == 0.010
    assert chen_limits("metric", 300) == type(chen_limits("metric", 1))(0.005, 0.010, 0.025)


# means of constructs


def test_means_of_constructs_in_ten_groups():
    fit = live("ten")
    expected = pd.DataFrame(LIVE["fits"]["ten"]["parameters"])
    ours = fit.latent_means.set_index(["construct", "group"])
    assert len(ours) == 18
    one = expected.query("lhs == 'one' and op == '~1' and group == 10")
    at = ours.loc["one", "place 10"]
    assert_allclose(at[["difference", "se"]].astype(float), one[["est", "se"]].iloc[0], rtol=1e-4)
    # the mean of an outcome is its intercept and what comes from its causes
    stated = expected[(expected["op"].isin(["~1", "~"])) & (expected["group"] == 10)]
    stated = stated.set_index(["lhs", "op"])["est"]
    mean = stated["other", "~1"] + stated["other", "~"] * stated["one", "~1"]
    assert_allclose(ours.loc[("other", "place 10"), "difference"], mean, rtol=1e-4)
    # simulated: 0.1 a group, and 0.6 of it
    assert abs(ours.loc[("one", "place 10"), "difference"] - 0.9) < 3 * at["se"]
    # group by group, n 60 to 150, shares as unequal
    assert fit.contributions["n"].tolist() == list(range(60, 160, 10))


def test_error_of_an_outcomes_mean_is_that_of_the_other_reference():
    there = live("ten").latent_means.set_index(["construct", "group"])
    back = fitted(
        LIVE["models"]["two"], "ten", equal=["loadings", "intercepts"], groups=PLACES[::-1]
    )
    again = back.latent_means.set_index(["construct", "group"])
    for construct in ("one", "other"):
        forth, other = there.loc[construct, "place 10"], again.loc[construct, "place 1"]
        assert_allclose(forth["difference"], -other["difference"], rtol=1e-7)
        assert_allclose(forth["se"], other["se"], rtol=1e-7)
        assert_allclose(forth["d"], -other["d"], rtol=1e-7)
    assert_allclose(back.measure("chisq"), live("ten").measure("chisq"), rtol=1e-9)


def test_means_of_constructs_move_indices_as_documented():
    """Answers made so that scalar invariance holds exactly, on a scale of 1 to 10."""
    rng = np.random.default_rng(4)
    loadings, n = np.array([1.0, 0.8, 1.2]), 200
    noise = rng.standard_normal((n, 4))
    noise -= noise.mean(axis=0)
    noise = noise @ np.linalg.inv(np.linalg.cholesky(np.cov(noise.T, bias=True))).T
    parts = []
    for group, mean in (("a", 5.0), ("b", 5.6)):
        answers = 5 + np.outer(mean - 5 + 0.8 * noise[:, 0], loadings) + 0.6 * noise[:, 1:]
        parts.append(pd.DataFrame(answers, columns=["q1", "q2", "q3"]).assign(group=group))
    survey = csi.survey(pd.concat(parts), scale=(1, 10))
    fit = csi.multigroup(
        csi.parse("Q =~ q1 + q2 + q3"), survey, "group", MEANS, equal=["loadings", "intercepts"]
    )
    [row] = fit.latent_means.to_dict("records")
    assert_allclose(row["difference"], 0.6, rtol=1e-6)
    assert_allclose(row["d"], 0.6 / 0.8, rtol=1e-6)
    views = list(fit.fits.values())
    weights = views[0].index_weight_table["weight"].to_numpy()
    moved = views[1].index("Q") - views[0].index("Q")
    assert_allclose(moved, (weights * loadings * 0.6 * 100 / 9).sum(), rtol=1e-6)


def test_means_are_compared_only_under_equal_intercepts():
    with pytest.raises(csi.OptionError, match="intercepts"):
        _ = pupils("metric")[1].latent_means
    without = fitted(LIVE["models"]["tests"], "pupils", csi.CBSEM(), equal="loadings")
    with pytest.raises(csi.OptionError, match="means=True"):
        _ = without.latent_means
    assert_allclose(without.measure("chisq"), pupils("metric")[1].measure("chisq"), rtol=1e-8)


# each group on its own


def test_separate_fits_are_the_configural_fit():
    survey = csi.survey(rows("hs"), allow_out_of_range=True)
    model = csi.parse(LIVE["models"]["tests"])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", csi.CsiWarning)
        each = csi.fit_by(model, survey, by="school", estimator=csi.CBSEM())
    joint = pupils("configural")[1]
    for group, fit in each.items():
        assert isinstance(fit, csi.CovarianceFit)
        view = joint.fits[group]
        assert_allclose(fit.measure("chisq"), joint.contributions.loc[group, "chisq"], rtol=1e-8)
        assert_allclose(fit.construct_cov, view.construct_cov, rtol=1e-6)
        assert_allclose(fit.residuals("standardized"), view.residuals("standardized"), atol=1e-5)
    assert_allclose(sum(fit.measure("df") for fit in each.values()), joint.measure("df"))


def test_groups_that_cannot_be_fitted_on_their_own_are_kept_with_their_reason():
    table = customers().assign(half=lambda t: np.where(np.arange(250) < 40, "few", t["half"]))
    table.loc[table["half"] == "few", "CUSA2"] = table["CUSA1"]
    survey = csi.survey(table, allow_out_of_range=True)
    model = csi.parse(LIVE["models"]["phone"])
    with pytest.raises(csi.ModelError, match="half few: CUSA1 and CUSA2 are identical"):
        csi.fit_by(model, survey, "half", csi.CBSEM())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", csi.CsiWarning)
        each = csi.fit_by(model, survey, "half", csi.CBSEM(), on_bad_group="skip")
    assert list(each) == ["first", "second"]
    assert "identical" in each.skipped["reason"].iloc[0]


def test_indices_of_other_groups_are_there_beside_one_that_has_none():
    survey = csi.survey(rows("hs"), scale=(-20, 40), allow_out_of_range=True)
    model = csi.parse("visual =~ x1 + x2 + x3; speed =~ x7 + x8 + x9")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", csi.CsiWarning)
        fits = csi.fit_by(model, survey, "school", csi.CBSEM())
        worse = csi.fit_by(csi.extend(model, "x8 ~~ -0.1*x8"), survey, "school", csi.CBSEM())
    assert np.isfinite(fits.indices["index"]).all()
    assert worse.indices["index"].isna().all()
    with pytest.raises(csi.EstimationError, match="variance behind it is negative"):
        _ = worse["Pasteur"].indices


# bad input


TWO = "one =~ y1 + y2 + y3; other =~ y4 + y5 + y6; other ~ one"


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"equal": ["loading"]}, csi.OptionError, "Did you mean 'loadings'"),
        ({"equal": ["lv.variances"]}, csi.OptionError, "'lv.variances' is 'variances' here"),
        ({"equal": 3}, TypeError, "list of words"),
        ({"partial": ["one =~ y9"]}, csi.OptionError, r"one =~ y9, which .*'one =~ y\d'"),
        ({"estimator": csi.CBSEM(), "equal": "intercepts"}, csi.OptionError, "leaves means as"),
        ({"equal": "thresholds"}, csi.OptionError, "no item is ordered"),
        ({"groups": ["place 1"]}, csi.DataError, "one group only, place place 1"),
        ({"groups": ["place 1", "place 11"]}, csi.OptionError, "no place 'place 11'"),
        ({"groups": ["place 1", "place 1"]}, csi.OptionError, "twice"),
        ({"estimator": csi.PLS()}, csi.OptionError, "PLS does not fit groups together"),
    ],
)
def test_what_cannot_be_asked_for(changes, error, message):
    with pytest.raises(error, match=message):
        fitted(TWO, "ten", **changes)


def test_columns_and_models_that_do_not_fit():
    survey, model = csi.survey(ten_groups()), csi.parse(TWO)
    with pytest.raises(csi.DataError, match="plce"):
        csi.multigroup(model, survey, "plce")
    with pytest.raises(csi.ModelError, match="2 values in c"):
        csi.multigroup(csi.parse(TWO.replace("y2", "c(a, b)*y2")), survey, "place")
    with pytest.raises(csi.OptionError, match="'scalar' is about means"):
        csi.invariance(model, survey, "place", csi.CBSEM())
    with pytest.raises(csi.OptionError, match="scaler"):
        csi.invariance(model, survey, "place", steps=("configural", "scaler"))
    with pytest.raises(csi.OptionError, match="two steps or more"):
        csi.invariance(model, survey, "place", steps=("metric",))


def test_a_group_with_identical_items_is_named():
    table = ten_groups()
    table.loc[table["place"] == "place 4", "y2"] = table["y1"]
    with pytest.raises(csi.ModelError, match=r"^place place 4: y1 and y2 are identical"):
        csi.multigroup(csi.parse(TWO), csi.survey(table), "place")


def test_groups_that_are_too_small_are_named_together():
    table = ten_groups()
    number = table.groupby("place").cumcount()
    few = table["place"].isin(["place 3", "place 7"]) & (number >= 6)
    with pytest.raises(csi.DataError) as found:
        csi.multigroup(csi.parse(TWO), csi.survey(table[~few]), "place")
    assert "place 3" in str(found.value)
    assert "place 7" in str(found.value)
    many = [f"m{i}" for i in range(12)]
    rng = np.random.default_rng(1)
    wide = pd.DataFrame(rng.standard_normal((60, 12)), columns=many)
    wide["g"] = ["a"] * 36 + ["b"] * 12 + ["c"] * 12
    with pytest.raises(csi.DataError, match=r"g b \(n=12\), c \(n=12\): too few .* 12 items"):
        csi.multigroup(csi.parse("F =~ " + " + ".join(many)), csi.survey(wide), "g")

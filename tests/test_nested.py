"""Likelihood-ratio and Wald tests of csi.CBSEM beside lavaan.

Oracle      lavaan 0.6-14: golden/lavaan/constraints_effects.json (lrt, wald),
            hs_multigroup.json (invariance steps, MLR) and, for scaled tests of every
            kind, golden/nested.json.
Tolerance   1e-5 relative, as golden/lavaan/README.md says; 5e-5 for golden/nested.json,
            whose fits stopped at lavaan's default tolerance.
"""

import json
import warnings
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from lavaan_studies import TESTS, golden, rows
from numpy.testing import assert_allclose

import csi
from csi.estimators.sem.compiled import compiled
from csi.estimators.sem.evidence import Complete, Sample
from csi.estimators.sem.solution import solved
from csi.estimators.sem.table import Conventions, names_of, parameter_rows
from csi.nested import difference_test

NESTED = json.loads((Path(__file__).parent / "golden" / "nested.json").read_text())
CASES = [(method, test) for method, tests in NESTED["ratios"].items() for test in tests]


def fitted(text, survey, estimator=None):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", csi.CsiWarning)
        return csi.fit(csi.parse(text), survey, estimator or csi.CBSEM())


@pytest.fixture(scope="module")
def pupils():
    return csi.survey(rows("hs")[TESTS], allow_out_of_range=True)


@pytest.fixture(scope="module")
def pair(pupils):
    def both(method):
        estimator = csi.CBSEM(method)
        return [fitted(NESTED["models"][name], pupils, estimator) for name in ("free", "equal")]

    return both


def test_table_of_a_likelihood_ratio_test(pair):
    free, equal = pair("ML")
    table = csi.likelihood_ratio(equal, free, names=["equal", "free"])
    expected = golden("constraints_effects")["tests"]["lrt"]
    assert table["model"].tolist() == ["free", "equal"]
    columns = {"df": "Df", "aic": "AIC", "bic": "BIC", "chisq": "Chisq", "difference": "Chisq diff",
               "rmsea_d": "RMSEA", "df_difference": "Df diff", "p": "Pr(>Chisq)"}  # fmt: skip
    for ours, theirs in columns.items():
        assert_allclose(table[ours], np.array(expected[theirs], float), rtol=1e-6, err_msg=ours)
    assert table["method"].tolist() == ["", "standard"]


@pytest.mark.parametrize(("method", "test"), CASES)
def test_scaled_differences(pair, method, test):
    table = csi.likelihood_ratio(*pair(method), method=None if test == "default" else test)
    expected = NESTED["ratios"][method][test]
    ours = table.iloc[1][["difference", "df_difference", "p"]].astype(float)
    assert_allclose(ours, list(expected.values()), rtol=5e-5)


def solutions(steps, estimator):
    stored = golden("hs_multigroup")
    table, model = rows("hs"), csi.parse("\n".join(stored["model"]))
    samples = []
    for school in ("Pasteur", "Grant-White"):
        own = table.loc[table["school"] == school, list(model.indicators)].to_numpy(float)
        samples.append(Sample(len(own), np.cov(own.T, ddof=0), own.mean(axis=0), own))
    for equal in steps:
        conventions = Conventions(means=True, equal=equal)
        whole = compiled(parameter_rows(model, conventions, 2), *names_of(model), 2)
        yield solved(whole, Complete(tuple(samples)), estimator.choices)


STEPS = [(), ("loadings",), ("loadings", "intercepts"), ("loadings", "intercepts", "residuals")]


@pytest.mark.parametrize(
    ("lrt", "method", "test", "steps"),
    [
        ("lrt", "ML", None, STEPS),
        ("lrt_MLR_SB2001", "MLR", None, STEPS[:3]),
        ("lrt_MLR_SB2010", "MLR", "satorra.bentler.2010", STEPS[:2]),
    ],
)
def test_steps_of_invariance(lrt, method, test, steps):
    found = list(solutions(steps, csi.CBSEM(method)))
    expected = golden("hs_multigroup")["tests"][lrt]
    tests = [difference_test(*two, test) for two in pairwise(found)]
    assert [each.df for each in found] == expected["Df"]
    assert_allclose([each.statistic for each in found], expected["Chisq"], rtol=1e-6)
    for name, theirs in (("statistic", "Chisq diff"), ("df", "Df diff"), ("p", "Pr(>Chisq)")):
        assert_allclose(
            [getattr(each, name) for each in tests], expected[theirs][1:], rtol=1e-5, atol=1e-9
        )


def test_parameters_that_are_not_the_same_are_refused():
    metric, scalar = solutions(STEPS[1:3], csi.CBSEM("MLR"))
    with pytest.raises(csi.EstimationError, match="parameters are not the same"):
        difference_test(metric, scalar, "satorra.bentler.2010")


def test_wald_tests(pupils, pair):
    stored = golden("constraints_effects")["tests"]["wald"]
    assert_allclose(pair("ML")[0].wald("a == b\nc == d").iloc[0], list(stored.values()), rtol=1e-5)
    for method, expected in NESTED["wald"].items():
        fit = pair(method)[0]
        assert_allclose(fit.wald(NESTED["wald_of"]).iloc[0], list(expected.values()), rtol=5e-5)
        same = fit.wald(["a - b", csi.Constraint("c*d", "==", "1.1")])
        assert_allclose(same, fit.wald(NESTED["wald_of"]), rtol=1e-12)
    one = pair("ML")[0]
    z = one.parameters.set_index("label").loc["a"]
    assert_allclose(one.wald("a")["chisq"].iloc[0], z["z"] ** 2, rtol=1e-9)


@pytest.mark.parametrize(
    ("conditions", "error", "words"),
    [
        ("a == z", csi.ModelError, "unknown parameter 'z'"),
        ("a == b\nb == a", csi.ModelError, "depend on each other"),
        ("a == a", csi.ModelError, "cannot be tested"),
        ("a > b", csi.ModelError, ">"),
        (" ; ", csi.OptionError, "no condition"),
        ([csi.Constraint("a", ">", "b")], csi.OptionError, "inequality"),
        (3, csi.OptionError, "list of texts"),
    ],
)
def test_conditions_that_cannot_be_tested(pair, conditions, error, words):
    with pytest.raises(error, match=words):
        pair("ML")[0].wald(conditions)


def test_fits_that_cannot_be_compared(pupils, pair):
    free, equal = pair("ML")
    other = "visual =~ x1 + x2 + x4\ntextual =~ x3 + x5 + x6\nspeed =~ x7 + a*x8 + a*x9"
    fewer = csi.survey(rows("hs")[TESTS].iloc[:200], allow_out_of_range=True)
    text = NESTED["models"]["equal"]
    for fits, words in (
        ((free,), "two or more"),
        ((free, free), "same 24 degrees"),
        ((free, fitted(text, fewer)), "other answers"),
        ((free, fitted(text, pupils, csi.CBSEM("MLM"))), "differently"),
        ((free, fitted(text.replace(" + f*x9", ""), pupils)), "other items"),
        ((fitted(other, pupils), equal), "smaller chi-square"),
        ((free, fitted("f =~ x1 + x2\ng =~ x3 + x4\ng ~ f", pupils, csi.PLS())), "CBSEM"),
    ):
        with pytest.raises(csi.OptionError, match=words):
            csi.likelihood_ratio(*fits)
    with pytest.raises(csi.OptionError, match="different names"):
        csi.likelihood_ratio(free, equal, names=["a", "a"])
    with pytest.raises(csi.OptionError, match="mean-scaled"):
        csi.likelihood_ratio(free, equal, method="satorra.bentler.2001")

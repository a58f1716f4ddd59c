"""Observed causes and outcomes, and parts of second-order constructs, beside lavaan.

Oracle      lavaan 0.6-14: golden/observed_causes.json, by golden/scripts/observed_causes.R.
Tolerance   1e-5: lavaan's search stops at its tolerance; what we find is checked by our own
            gradient.
"""

import json
import warnings
from pathlib import Path

import numpy as np
import pytest
from lavaan_studies import matrix, rows
from numpy.testing import assert_allclose

import csi

GOLDEN = json.loads((Path(__file__).parent / "golden" / "observed_causes.json").read_text())
SETTINGS = {
    "ML": csi.CBSEM(),
    "MLR": csi.CBSEM("MLR"),
    "MLM": csi.CBSEM("MLM"),
    "MLMV": csi.CBSEM("MLMV", means=True),
    "MLF": csi.CBSEM("MLF"),
    "wishart": csi.CBSEM(likelihood="wishart"),
}
OTHER_NAMES = {"rmsea.ci.level", "rmsea.close.h0", "rmsea.notclose.h0"}
NOT_SHOWN = {"scaling.factor.h0", "scaling.factor.h1"}


def fitted(name, estimator=None, frame=None):
    model = csi.parse(GOLDEN["models"][name])
    answers = (rows("hs") if frame is None else frame)[list(model.indicators)]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", csi.CsiWarning)
        return csi.fit(
            model, csi.survey(answers, allow_out_of_range=True), estimator or csi.CBSEM()
        )


def agree(fit, expected):
    ours = {tuple(row[:3]): row for row in fit.parameters.itertuples(index=False)}
    theirs = expected["parameters"]
    table = [ours[key] for key in zip(theirs["lhs"], theirs["op"], theirs["rhs"], strict=True)]
    assert len(ours) == len(table)
    assert_allclose([row.estimate for row in table], theirs["est"], rtol=1e-5, atol=1e-5)
    assert_allclose([row.se for row in table], theirs["se"], rtol=1e-5, atol=1e-5)
    known = {k: v for k, v in expected["fit"].items() if k not in OTHER_NAMES | NOT_SHOWN}
    assert_allclose(
        fit.fit_measures["value"][list(known)], list(known.values()), rtol=1e-5, atol=1e-5
    )


@pytest.mark.parametrize("name", SETTINGS)
def test_observed_causes_are_taken_as_given(name):
    agree(fitted("causes", SETTINGS[name]), GOLDEN["fits"][name])


def test_parts_of_a_construct_are_not_correlated_once_more():
    agree(fitted("parts"), GOLDEN["parts"])


def test_errors_of_residuals_take_causes_as_given():
    fit, causes = fitted("causes"), ["ageyr", "sex"]
    found, expected = fit.residuals("standardized"), matrix(GOLDEN["residuals"])
    told = fit.residuals("correlation")[causes].abs() > 1e-4
    assert told.to_numpy().sum() == 18
    expected = expected.loc[found.index, causes]
    assert_allclose(found[causes][told], expected[told], atol=5e-5)


@pytest.mark.parametrize("method", ["regression", "bartlett"])
def test_scores_beside_an_observed_outcome(method):
    fit = fitted("outcome", csi.CBSEM(means=True))
    scores = fit.factor_scores(method)
    assert_allclose(scores[["visual", "textual"]][:8], GOLDEN["scores"][method], atol=1e-5)
    assert_allclose(scores["x9"], rows("hs")["x9"], atol=1e-9)
    assert fit.score_quality(method).loc["x9", "validity"] == pytest.approx(1.0)


def test_restrictions_do_not_depend_on_units():
    model = csi.parse("visual =~ x1 + x2 + x3\ntextual =~ x4 + x5 + x6")
    frame = rows("hs")[["school", *model.indicators]]
    items = frame.columns[1:]
    other = frame.assign(**{name: frame[name] * 10.0**k for k, name in enumerate(items, -3)})
    steps = [["loadings"], ["loadings", "intercepts"]]
    found = []
    for each in (frame, other):
        survey = csi.survey(each, allow_out_of_range=True)
        fits = [
            csi.multigroup(model, survey, by="school", estimator=csi.CBSEM("MLM", means=True),
                           equal=equal)
            for equal in steps
        ]  # fmt: skip
        table = csi.likelihood_ratio(*fits, method="satorra.2000")
        found.append(table[["difference", "scaling", "p"]].iloc[1].to_numpy(float))
    assert np.isfinite(found[0]).all()
    assert_allclose(*found, rtol=1e-6)

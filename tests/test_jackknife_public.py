"""The jackknife of a fit, against the R package survey and against fits to the respondents left.

Oracle      survey 4.1-1 on R 4.2.2, JK1 and JKn replicates of a PLS path model; see
            golden/survey.json. In strata, survey's replicates about the mean of each stratum.
Input here  the 181 respondents of the golden file.
"""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose
from scipy import stats

import csi
from csi.estimators.base import Estimates

GOLDEN = json.loads((Path(__file__).parent / "golden" / "survey.json").read_text())
ROWS = pd.DataFrame(GOLDEN["data"])
MODEL = csi.parse("\n".join(GOLDEN["model"]))
PLS = csi.PLS(tol=1e-13, max_iter=5000)

TOLERANCE = 2e-10  # 12 printed decimals of errors from 0.01 on; 7e-11 measured

DESIGNS = {
    "JK1, respondents": ({}, "se", 180),
    "JK1, clusters": ({"clusters": "town"}, "se", 17),
    "JKn, strata": ({"strata": "region"}, "se_about_strata", 177),
    "JKn, clusters in strata": ({"clusters": "town", "strata": "region"}, "se_about_strata", 14),
}


def made(rows=ROWS, estimator=PLS, **options):
    declared = {"weights": "w", "scale": (1, 10), **options}
    return csi.fit(MODEL, csi.survey(rows, **declared), estimator)


def errors(found):
    """The numbers in the order of the golden file."""
    order = GOLDEN["orders"]
    effects = found.effects.set_index(found.effects["source"] + " -> " + found.effects["target"])
    parts = [effects[effects["effect"] == "direct"].loc[order["paths"]]]
    parts += [found.weights.loc[order["weights"]], found.loadings.loc[order["loadings"]]]
    parts += [found.r2.loc[order["r2"]]]
    parts += [effects[effects["effect"] == "total"].loc[order["total_effects"]]]
    parts += [found.indices.loc[order["indices"]]]
    return np.concatenate([part["se"] for part in parts])


@pytest.mark.parametrize("name", DESIGNS)
def test_errors_and_degrees_of_freedom_are_those_of_survey(name):
    options, about, df = DESIGNS[name]
    found = csi.jackknife(made(**options))
    assert_allclose(errors(found), GOLDEN["replicates"][name][about], rtol=TOLERANCE)
    assert found.df == df


def test_every_number_is_that_of_a_fit_to_the_others():
    rows = ROWS[:40]
    fit = made(rows, weights=None)
    found = csi.jackknife(fit)
    fits = [made(rows.drop(i), weights=None) for i in rows.index]
    quantities = found.quantities
    left = np.array([quantities.of_fit(each) for each in fits])
    assert_allclose(found.part.values.T, left, rtol=1e-9, atol=1e-11)
    estimate, mean = quantities.of_fit(fit), left.mean(axis=0)
    assert_allclose(found.bias, 39 * (mean - estimate), rtol=1e-6, atol=1e-9)
    se = np.sqrt(39 / 40 * ((left - mean) ** 2).sum(axis=0))
    assert_allclose(found.known.se, se, rtol=1e-8, atol=1e-11)


def test_tables_hold_limits_and_p_values_of_t():
    found = csi.jackknife(made(clusters="town"), level=0.9)
    table = found.htmt
    assert table.columns.tolist() == [
        *("construct", "other", "estimate", "bias", "se", "lower", "upper", "p", "failed"),
    ]
    assert_allclose(table["p"], 2 * stats.t.sf(abs(table["estimate"] / table["se"]), 17), rtol=1e-9)
    ends = stats.t.interval(0.9, 17, table["estimate"], table["se"])
    assert_allclose(table[["lower", "upper"]], np.column_stack(ends), rtol=1e-12)
    assert (table["failed"] == 0).all()
    assert repr(found) == "<Jackknife of 18 clusters: 17 degrees of freedom, limits at 90%>"
    assert "bias" in found._repr_html_()


class OneByOne:
    """PLS that takes one sample at a time."""

    def estimate(self, model, moments) -> Estimates:
        return csi.PLS(tol=1e-12, max_iter=5000).estimate(model, moments)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"clusters": "town", "strata": "region"},
        {"weights": None, "strata": "region"},
        {"weights": "k", "weight_type": "frequency"},
        {"weights": "k", "weight_type": "frequency", "clusters": "town"},
    ],
    ids=str,
)
def test_an_estimator_of_ones_own_is_jackknifed_too(options):
    rows = ROWS.assign(k=ROWS["q1"] % 3)[::4]
    alone, together = (csi.jackknife(made(rows, each, **options)) for each in (OneByOne(), PLS))
    assert_allclose(errors(alone), errors(together), rtol=1e-8)
    assert alone.units == together.units


def test_a_number_that_needs_every_unit_has_no_error():
    rows = ROWS[:60].assign(q1=5)
    rows.loc[7, "q1"] = 9  # without row 7 nobody differs
    fit = made(rows)
    with pytest.warns(csi.InadmissibleWarning, match="in all of 60 estimates without one respond"):
        found = csi.jackknife(fit)
    assert found.paths["failed"].tolist() == [1, 1, 1]
    assert found.paths[["se", "bias", "lower", "upper", "p"]].isna().all().all()
    assert sum(found.failures.values()) == 1


def test_inadmissible_estimates_are_kept_and_reported():
    fit = made(ROWS[:25], csi.PLS(consistent=True))
    with pytest.warns(csi.InadmissibleWarning, match="1 of 25 estimates without one respondent"):
        found = csi.jackknife(fit)
    assert found.paths["se"].notna().all()


def test_what_cannot_be_jackknifed_is_refused():
    fit = made()
    with pytest.raises(csi.OptionError, match=r"level is 95\. Give"):
        csi.jackknife(fit, level=95)
    fits = csi.fit_by(MODEL, csi.survey(ROWS, scale=(1, 10)), by="region")
    with pytest.raises(TypeError, match="of the fits of groups give one"):
        csi.jackknife(fits)
    printed = csi.fit(MODEL, csi.Moments.from_rows(ROWS[GOLDEN["items"]], GOLDEN["items"]))
    with pytest.raises(csi.RowsRequiredError):
        csi.jackknife(printed)

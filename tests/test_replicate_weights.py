"""Standard errors from replicate weights, against the R package survey.

Oracle      survey 4.1-1 on R 4.2.2, withReplicates() of a PLS path model; see golden/survey.json.
            JK2 and successive differences: svrepdesign(mse=TRUE) of the replicates built here,
            printed with 15 digits.
Input here  the 181 respondents of the golden file and its replicates.
"""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose
from scipy import stats
from scipy.linalg import hadamard

import csi
from csi.core.replicates import replication_errors, stratum_factors, t_p_values
from csi.estimators.base import Estimates

GOLDEN = json.loads((Path(__file__).parent / "golden" / "survey.json").read_text())
ROWS = pd.DataFrame(GOLDEN["data"])
TOWN = ROWS["town"].to_numpy() - 1
W = ROWS["w"].to_numpy()[:, None]

TOLERANCE = 2e-10  # 12 printed decimals of errors from 0.01 on; 7e-11 measured

JK2 = [
    0.0357246485869662, 0.0909255960573369, 0.1068128999202779, 2.0303049353265741,
    2.7813973272972383, 2.1002625597582365,
]  # fmt: skip
SDR = [
    0.0282688776414894, 0.0944629323233300, 0.1017872408070250, 2.3751633478430332,
    2.9757299499794074, 2.2360790212239490,
]  # fmt: skip
LIMITS_OF_Q1 = {
    "jk2": [6.36884302001624, 7.24100587077789],
    "sdr": [6.32549166844774, 7.28435722234638],
}


def made(estimator=None, **options):
    model = csi.parse("\n".join(GOLDEN["model"]))
    data = csi.survey(ROWS, scale=(1, 10), **{"weights": "w", **options})
    return csi.fit(model, data, estimator or csi.PLS(tol=1e-13, max_iter=5000))


@pytest.fixture(scope="module")
def fit():
    return made()


def ours(found, column="se"):
    """The numbers in the order of the golden file."""
    order = GOLDEN["orders"]
    effects = found.effects.set_index(found.effects["source"] + " -> " + found.effects["target"])
    parts = [effects[effects["effect"] == "direct"].loc[order["paths"]]]
    parts += [found.weights.loc[order["weights"]], found.loadings.loc[order["loadings"]]]
    parts += [found.r2.loc[order["r2"]]]
    parts += [effects[effects["effect"] == "total"].loc[order["total_effects"]]]
    parts += [found.indices.loc[order["indices"]]]
    return np.concatenate([part[column] for part in parts])


def multipliers(name):
    return np.array(GOLDEN["replicates"][name]["multipliers"])[TOWN]


def leave_one_town_out():
    """The 18 replicates of JKn in regions of 3 to 6 towns."""
    regions = ROWS["region"].to_numpy()
    towns = [regions[town == TOWN][0] for town in range(18)]
    size = np.bincount(towns)
    factors = [
        np.where(town == TOWN, 0, np.where(regions == at, size[at] / (size[at] - 1), 1))
        for town, at in enumerate(towns)
    ]
    return np.array(factors).T, (size[towns] - 1) / size[towns]


GIVEN = {
    "subbootstrap, clusters in strata": {"kind": "bootstrap"},
    "bootstrap, clusters in strata": {
        "kind": "bootstrap",
        "scale": GOLDEN["replicates"]["bootstrap, clusters in strata"]["scale"],
    },
    "BRR, clusters in pairs": {"kind": "brr"},
    "Fay 0.5, clusters in pairs": {"kind": "fay", "fay": 0.5},
}
CENTRES = {"estimate": "se_about_estimate", "mean": "se"}


@pytest.mark.parametrize("centre", CENTRES)
@pytest.mark.parametrize("name", GIVEN)
def test_errors_are_those_of_survey(fit, name, centre):
    expected = GOLDEN["replicates"][name]
    found = csi.replicate_weights(fit, multipliers(name) * W, centre=centre, **GIVEN[name])
    assert_allclose(ours(found), expected[CENTRES[centre]], rtol=TOLERANCE)
    assert found.scale == pytest.approx(expected["scale"], rel=1e-13)
    assert found.df == (14 if "strata" in name else 9)


def test_every_replicate_is_that_of_survey(fit):
    name = "subbootstrap, clusters in strata"
    found = csi.replicate_weights(fit, multipliers(name), combined=False)
    places = found.quantities.places
    assert found.replicates.shape == (60, len(found.quantities))
    own = np.array(GOLDEN["replicates"][name]["values"])
    assert_allclose(found.replicates[:, places["paths"]], own[:, :3], atol=1e-12)
    assert_allclose(found.replicates[:, places["indices"]], own[:, -3:], rtol=1e-13)


@pytest.mark.parametrize("combined", [True, False])
def test_jackknife_in_strata_reads_its_factors_off_the_weights(fit, combined):
    factors, rscales = leave_one_town_out()
    weights = factors * W if combined else factors
    found = csi.replicate_weights(fit, weights, kind="jkn", combined=combined)
    expected = GOLDEN["replicates"]["JKn, clusters in strata"]
    assert_allclose(ours(found), expected["se_about_estimate"], rtol=TOLERANCE)
    assert_allclose(found.rscales, rscales, rtol=1e-14)
    assert found.df == 14
    adjusted = weights.copy()
    adjusted[0] *= 1.01
    with pytest.raises(csi.OptionError, match="needs rscales"):
        csi.replicate_weights(fit, adjusted, kind="jkn", combined=combined)
    assert stratum_factors(np.array([[0.0, 1.0, 1.0]])) is None  # nobody stands for the unit
    given = csi.replicate_weights(fit, adjusted, kind="jkn", combined=combined, rscales=rscales)
    assert_allclose(given.paths["se"], found.paths["se"], rtol=0.05)


def test_jackknife_of_clusters_is_that_of_survey(fit):
    factors = np.where(TOWN[:, None] == np.arange(18), 0, 18 / 17)
    found = csi.replicate_weights(fit, factors * W, kind="jk1", centre="mean")
    assert_allclose(ours(found), GOLDEN["replicates"]["JK1, clusters"]["se"], rtol=TOLERANCE)
    assert found.df == 17


@pytest.mark.parametrize(("kind", "expected", "df"), [("jk2", JK2, 8), ("sdr", SDR, 17)])
def test_pairs_and_successive_differences_are_those_of_survey(fit, kind, expected, df):
    half = np.arange(18)[:, None]
    pairs = np.where(half == 2 * np.arange(9), 0, np.where(half == 2 * np.arange(9) + 1, 2, 1))
    H = hadamard(32)
    factors = {"jk2": pairs, "sdr": 1 + 2**-1.5 * (H[1:19] - H[2:20])}[kind]
    found = csi.replicate_weights(fit, factors[TOWN] * W, kind=kind)
    errors = [*found.paths["se"], *found.indices["se"]]
    assert_allclose(errors, expected, rtol=1e-13)
    assert found.df == df
    constructs = [csi.single("Q", "q1"), csi.reflective("S", csi.items("s", 1, 3))]
    single = csi.model(constructs, [csi.paths("Q", "S")])
    alone = csi.fit(single, csi.survey(ROWS, scale=(1, 10), weights="w"))
    table = csi.replicate_weights(alone, factors[TOWN] * W, kind=kind).indices
    limits = (np.array(LIMITS_OF_Q1[kind]) - 1) / 9 * 100
    found = table.loc["Q", ["lower", "upper"]].astype(float)
    assert_allclose(found, limits, rtol=1e-11)  # SciPy 1.12 has Student's t to 6e-12


def test_limits_and_p_values_are_those_of_t(fit):
    name = "subbootstrap, clusters in strata"
    found = csi.replicate_weights(fit, multipliers(name) * W, df=5, level=0.9).paths
    z = found["estimate"] / found["se"]
    assert_allclose(found["p"], 2 * stats.t.sf(abs(z), 5), rtol=1e-9)
    lower, upper = stats.t.interval(0.9, 5, found["estimate"], found["se"])
    assert_allclose(found[["lower", "upper"]], np.column_stack([lower, upper]), rtol=1e-12)


def test_rows_that_were_read_and_not_used_are_passed_over(fit):
    read = ROWS.copy()
    read.loc[[3, 100], "q1"] = np.nan
    short = csi.fit(fit.model, csi.survey(read, scale=(1, 10), weights="w"))
    weights = multipliers("subbootstrap, clusters in strata") * W
    weights[3, 0] = np.nan  # of somebody who is not used
    found = csi.replicate_weights(short, weights)
    used = csi.replicate_weights(short, np.delete(weights, [3, 100], axis=0))
    assert_allclose(found.replicates, used.replicates, rtol=1e-14)
    with pytest.raises(csi.DataError, match="180 rows, but 181 respondents were read and 179"):
        csi.replicate_weights(short, weights[1:])


class OneByOne:
    """PLS that takes one sample at a time."""

    def estimate(self, model, moments) -> Estimates:
        return csi.PLS(tol=1e-12, max_iter=5000).estimate(model, moments)


@pytest.mark.parametrize("options", [{}, {"weights": None}])
def test_an_estimator_of_ones_own_is_replicated_too(options):
    weights = multipliers("Fay 0.5, clusters in pairs") * (W if not options else 7.5)
    found = [
        csi.replicate_weights(made(estimator, **options), weights, kind="fay", fay=0.5)
        for estimator in (OneByOne(), None)
    ]
    assert_allclose(ours(found[0]), ours(found[1]), rtol=1e-8)


def test_failed_replicates_are_left_out_of_a_bootstrap_only(fit):
    weights = multipliers("subbootstrap, clusters in strata") * W
    weights[:, 7] = 0
    weights[(ROWS["q1"] == 8) & (ROWS["q2"] == 8), 7] = 1  # q1 and q2 do not vary
    whole = csi.replicate_weights(fit, np.delete(weights, 7, axis=1))
    with pytest.warns(csi.InadmissibleWarning, match=r"in all of 60 replicates.*left out"):
        found = csi.replicate_weights(fit, weights)
    assert found.paths["failed"].tolist() == [1, 1, 1]
    assert sum(found.failures.values()) == 1
    assert_allclose(found.paths["se"], whole.paths["se"] * np.sqrt(58 / 59 * 60 / 59), rtol=1e-12)
    with pytest.warns(csi.InadmissibleWarning, match="are NaN"):
        strict = csi.replicate_weights(fit, weights, kind="brr")
    assert strict.paths[["se", "lower", "upper", "p"]].isna().all().all()


def test_what_never_varies_is_certain():
    estimate, replicates = np.array([1.0, 0.0]), np.repeat([[1.0], [0.0]], 4, axis=1)
    se = replication_errors(estimate, replicates, 0.25, np.ones(4))
    assert se.tolist() == [0, 0]
    assert_allclose(t_p_values(estimate, se, 3), [0, 1], atol=1e-300)


@pytest.mark.parametrize("combined", [True, False])
def test_replicates_of_other_weights_are_noticed(fit, combined):
    factors = multipliers("subbootstrap, clusters in strata")
    wrong = factors if combined else factors * W
    with pytest.warns(csi.DataQualityWarning, match="do not average to the weights of the fit"):
        csi.replicate_weights(fit, wrong, combined=combined)


BAD = {
    "NaN": (lambda w: np.where(w == w[0, 0], np.nan, w), r"found nan.*rows 0"),
    "negative": (lambda w: w - 1, "not negative"),
    "infinite": (lambda w: w + np.array([np.inf] + [0] * 59), "found inf"),
    "text": (lambda w: pd.DataFrame(w).astype(object).where(w != w[0, 0], "x"), "not numbers"),
    "one column": (lambda w: w[:, 0], "shape"),
    "one replicate": (lambda w: w[:, :1], "at least 2 replicates"),
    "other rows": (lambda w: w[:90], "90 rows"),
    "empty replicate": (lambda w: w * (np.arange(60) != 4), "Replicates 4 .* weight zero"),
    "proportional": (lambda w: w[:, :1] * np.arange(0.3, 6), "tell nothing"),
    "names": (lambda w: ["rep1", "rep2"], "names columns"),
}


@pytest.mark.parametrize("case", BAD)
def test_what_is_no_replicate_weight_is_refused(fit, case):
    change, message = BAD[case]
    weights = change(multipliers("subbootstrap, clusters in strata") * W)
    with pytest.raises(csi.CsiError, match=message):
        csi.replicate_weights(fit, weights)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"kind": "brrr"}, "Did you mean 'brr'"),
        ({"kind": "fay"}, "fay is None"),
        ({"kind": "fay", "fay": 1}, "fay is 1"),
        ({"kind": "brr", "fay": 0.5}, "belongs to kind='fay'"),
        ({"centre": "median"}, "centre"),
        ({"scale": 0}, "scale is 0"),
        ({"rscales": [1, 2]}, "each of the 60"),
        ({"rscales": np.zeros(60)}, "All rscales are zero"),
        ({"df": -1}, "df is -1"),
        ({"level": 95}, "level is 95"),
        ({"combined": "yes"}, "combined"),
    ],
)
def test_options_without_meaning_are_refused(fit, options, message):
    weights = multipliers("subbootstrap, clusters in strata") * W
    with pytest.raises(csi.OptionError, match=message):
        csi.replicate_weights(fit, weights, **options)


def test_fits_that_replicate_weights_do_not_belong_to_are_refused(fit):
    weights = multipliers("subbootstrap, clusters in strata")
    counted = ROWS.assign(k=1 + ROWS["q1"] % 2)
    data = csi.survey(counted, scale=(1, 10), weights="k", weight_type="frequency")
    with pytest.raises(csi.OptionError, match="are frequencies"):
        csi.replicate_weights(csi.fit(fit.model, data), weights)
    with pytest.raises(TypeError, match="takes a fit"):
        csi.replicate_weights(ROWS, weights)
    printed = csi.fit(fit.model, csi.Moments.from_rows(ROWS[GOLDEN["items"]], GOLDEN["items"]))
    with pytest.raises(csi.RowsRequiredError):
        csi.replicate_weights(printed, weights)

"""Fit measures of covariance structures against lavaan's, over all stored fits."""

import json
from pathlib import Path

import numpy as np
import pytest
from lavaan_studies import expected_parameters, fits, rows
from moments_by_hand import ByHand
from numpy.testing import assert_allclose
from scipy.special import chndtr

from csi.core.sem.gamma import normal_weight, vech
from csi.core.sem.measures import (
    approximation,
    approximation_robust,
    approximation_scaled,
    cross_validation,
    hoelter,
    incremental,
    incremental_robust,
    information,
    mcdonald,
    mean_scaling,
    weighted_residual,
)
from csi.core.sem.residual_measures import (
    goodness_of_fit,
    log_likelihood,
    ordinal_residual_measures,
    residual_measures,
)
from csi.core.sem.scaled_tests import ModelTest, standard

GOLDEN = json.loads((Path(__file__).parent / "golden" / "lavaan_measures.json").read_text())

TOLERANCE = 1e-9

# lavaan searches the noncentrality at the ends of the interval to 1.2e-4 (R's uniroot)
NONCENTRALITY = 2e-4

FITS = [
    (f"{study}-{name}", entry)
    for study, name, entry in fits(
        *(f"{study}_{kind}" for study in ("hs", "pd", "core") for kind in ("ml", "robust", "ls")),
        *("acsi_ml", "acsi_ls", "ecsi_ml", "ecsi_robust", "hs_ord", "core_ord"),
        *("hs_fiml", "acsi_fiml", "hs_multigroup", "weights_clusters", "constraints_effects"),
    )
    if isinstance(entry.get("fit"), dict) and entry["fit"].get("baseline.chisq")
]
every_fit = pytest.mark.parametrize("entry", [e for _, e in FITS], ids=[name for name, _ in FITS])


class Statistics:
    """Statistics of the model and of the baseline that lavaan printed."""

    def __init__(self, entry):
        figures, options = entry["fit"], entry["options"]
        self.sizes = np.atleast_1d(entry["nobs"])
        self.groups = len(self.sizes)
        plain = options["estimator"] == "ML" and options["likelihood"] == "normal"
        self.n = self.sizes.sum() - (0 if plain else self.groups)
        self.model = figures["chisq"], figures["df"]
        self.baseline = figures["baseline.chisq"], figures["baseline.df"]
        self.scaled = self.scaled_baseline = None
        if "chisq.scaled" in figures:
            name = np.atleast_1d(options["test"])[-1]
            self.scaled = scaled_test(name, figures, "")
            self.scaled_baseline = scaled_test(name, figures, "baseline.")


def scaled_test(name, figures, prefix):
    keys = ("chisq.scaled", "df.scaled", "chisq.scaling.factor", "chisq")
    statistic, df, scaling, T = (figures[prefix + key] for key in keys)
    shift = statistic - T / scaling if name == "scaled.shifted" else 0.0
    return ModelTest(str(name), statistic, df, np.nan, scaling, shift)


def close(found, expected):
    if expected is not None:
        assert_allclose(found, expected, rtol=TOLERANCE, atol=TOLERANCE)


def compare_approximation(found, figures, suffix, unit):
    close(found.rmsea, figures[f"rmsea{suffix}"])
    close(found.close, figures[f"rmsea.pvalue{suffix}"])
    close(found.not_close, figures[f"rmsea.notclose.pvalue{suffix}"])
    ends = [figures[f"rmsea.ci.{end}{suffix}"] for end in ("lower", "upper")]
    for end, expected in zip((found.lower, found.upper), ends, strict=True):
        assert abs(end**2 - expected**2) * unit < NONCENTRALITY


# from statistics and degrees of freedom


@every_fit
def test_plain_measures(entry):
    figures, tests = entry["fit"], Statistics(entry)
    T, df = tests.model
    if figures["pvalue"] is not None:
        assert_allclose(standard(T, df).p, figures["pvalue"], rtol=1e-7, atol=1e-12)
    found = incremental(*tests.model, *tests.baseline)
    for name in ("cfi", "tli", "rfi", "nfi", "pnfi", "ifi", "rni"):
        close(getattr(found, name), figures[name])
    found = approximation(T, df, tests.n, groups=tests.groups)
    compare_approximation(found, figures, "", tests.n * df / tests.groups)
    close(mcdonald(T, df, tests.n), figures["mfi"])
    close(hoelter(T, df, tests.n), figures["cn_05"])
    close(hoelter(T, df, tests.n, 0.01), figures["cn_01"])
    close(cross_validation(T, figures["npar"], tests.n), figures.get("ecvi"))
    if figures.get("logl") is not None:
        found = information(figures["logl"], figures["npar"], tests.sizes.sum())
        close([found.aic, found.bic, found.sabic], [figures[k] for k in ("aic", "bic", "bic2")])


SCALED = pytest.mark.parametrize(
    ("entry", "robust"),
    [
        pytest.param(e, "ord" not in name and e["options"]["missing"] != "ml", id=name)
        for name, e in FITS
        if "chisq.scaled" in e["fit"]
    ],
)


@SCALED
def test_scaled_and_robust_measures(entry, robust):
    figures, tests = entry["fit"], Statistics(entry)
    T, df = tests.model
    scaled, baseline = tests.scaled, tests.scaled_baseline
    unit = tests.n * df / tests.groups
    found = incremental(scaled.statistic, scaled.df, baseline.statistic, baseline.df)
    for name in ("cfi", "tli", "rfi", "nfi", "pnfi", "ifi", "rni"):
        close(getattr(found, name), figures[f"{name}.scaled"])
    found = approximation_scaled(T, df, scaled, tests.n, groups=tests.groups)
    compare_approximation(found, figures, ".scaled", unit)
    if robust and "cfi.robust" in figures:
        c, c0 = mean_scaling(scaled, df), mean_scaling(baseline, tests.baseline[1])
        found = incremental_robust(T, df, c, *tests.baseline, c0)
        for name in ("cfi", "tli", "rni"):
            close(getattr(found, name), figures[f"{name}.robust"])
        found = approximation_robust(T, df, scaled, tests.n, groups=tests.groups)
        compare_approximation(found, figures, ".robust", unit)


# from residuals


def observed_and_implied(entry):
    """Means and covariances of each group, of the rows and of lavaan's estimates."""
    answers, table = rows(entry["data"]), expected_parameters(entry)
    items = [name for name in dict.fromkeys(table["rhs"]) if name in answers.columns]
    means = bool(entry["options"]["meanstructure"])
    groups = [answers]
    if "group" in entry:
        labels = answers[entry["group"]]
        groups = [answers[labels == label] for label in dict.fromkeys(labels)]
    divisor = 0 if entry["options"]["estimator"] == "ML" else 1
    data = [group[items].to_numpy(float) for group in groups]
    mu, Sigma = zip(
        *(ByHand(table, items, group=g + 1, means=means).moments() for g in range(len(data))),
        strict=True,
    )
    S = [np.cov(own.T, ddof=divisor) for own in data]
    return ([own.mean(axis=0) for own in data], S), (mu, Sigma), means


RESIDUALS = pytest.mark.parametrize(
    "entry",
    [
        pytest.param(e, id=name)
        for name, e in FITS
        if name.split("-")[0] in {"hs_ml", "pd_ml", "core_ml", "hs_ls", "hs_multigroup"}
        and e["options"]["estimator"] in {"ML", "GLS", "ULS"}
        and e["options"]["likelihood"] == "normal"
        and e["options"]["missing"] == "listwise"
    ],
)


@RESIDUALS
def test_measures_from_residuals(entry):
    figures, sizes = entry["fit"], np.atleast_1d(entry["nobs"])
    (mean, S), (mu, Sigma), means = observed_and_implied(entry)
    shares = sizes / sizes.sum()
    both = (mean, mu) if means else ()
    found = residual_measures(S, Sigma, shares, *both)
    for name in ("rmr", "rmr_nomean", "srmr", "crmr", "crmr_nomean", "srmr_mplus"):
        close(getattr(found, name), figures[name])
    close(found.srmr_mplus_nomean, figures["srmr_mplus_nomean"])
    close(found.srmr_nomean, figures["srmr_bentler_nomean"])
    if figures.get("logl") is not None:
        close(log_likelihood(S, Sigma, sizes, *both), figures["logl"])
        close(log_likelihood(S, S, sizes), figures["unrestricted.logl"])
    weigh = {
        "ML": lambda s, sigma: normal_weight(sigma, means=means),
        "GLS": lambda s, sigma: normal_weight(s, means=means),
        "ULS": lambda s, sigma: np.ones(len(vech(s))),
    }[entry["options"]["estimator"]]
    s, sigma = (
        [np.concatenate([m, vech(c)]) if means else vech(c) for m, c in zip(*moments, strict=True)]
        for moments in ((mean, S), (mu, Sigma))
    )
    V = [weigh(*pair) for pair in zip(S, Sigma, strict=True)]
    found = goodness_of_fit(s, sigma, V, shares, figures["df"])
    close([found.gfi, found.agfi, found.pgfi], [figures[k] for k in ("gfi", "agfi", "pgfi")])


def test_residuals_of_ordered_items():
    stored = GOLDEN["WLSMV"]
    figures, lower = stored["fit"], stored["polychoric"]
    size = range(len(lower))
    R = np.array([[lower[max(i, j)][min(i, j)] for j in size] for i in size])
    table = stored["parameters"]
    _, Rho = ByHand(table, ["CUSA1", "CUSA2", "CUSA3", "CUSL1", "CUSL2", "CUSL3"]).moments()
    thresholds = np.array([e for e, op in zip(table["est"], table["op"], strict=True) if op == "|"])
    found = ordinal_residual_measures([R], [Rho], [1.0], [thresholds], [thresholds])
    for name in ("rmr", "rmr_nomean", "crmr", "crmr_nomean"):
        close(getattr(found, name), figures[name])
    close([found.srmr, found.srmr_nomean], [figures["srmr_bentler"], figures["srmr"]])
    assert np.isnan(found.srmr_mplus)
    close(weighted_residual(figures["chisq"], len(thresholds) + 15), figures["wrmr"])
    off = ordinal_residual_measures([R], [Rho], [1.0], [thresholds], [thresholds + 0.1])
    cells = len(thresholds)
    assert off.crmr**2 * (cells + 15) == pytest.approx(15 * found.crmr_nomean**2 + cells / 100)


# edges


@pytest.mark.parametrize("T", [1e-9, 3.0, 24.0, 85.3, 4e3, 1e6, 1e8])
@pytest.mark.parametrize("df", [1, 24, 500])
def test_the_interval_ends_where_the_statistic_is_improbable(T, df):
    n, groups = 301.0, 2
    found = approximation(T, df, n, groups=groups)
    for end, tail in ((found.lower, 0.95), (found.upper, 0.05)):
        reached = chndtr(T, df, n * df / groups * end**2)
        assert reached == pytest.approx(tail, abs=1e-6) if end else reached <= tail
    assert found.lower <= found.upper
    assert found.lower <= found.rmsea or found.rmsea == 0


def test_a_saturated_model_fits():
    found = incremental(0.0, 0, 500.0, 36)
    assert (found.cfi, found.tli, found.nfi, found.rfi) == (1.0, 1.0, 1.0, 1.0)
    assert (found.ifi, found.rni, found.pnfi) == (1.0, 1.0, 0.0)
    close_to_nothing = approximation(0.0, 0, 100)
    assert (close_to_nothing.rmsea, close_to_nothing.upper) == (0.0, 0.0)
    assert np.isnan(close_to_nothing.close)
    assert np.isnan(hoelter(0.0, 0, 100))


def test_a_model_better_than_expected_stays_in_bounds():
    found = incremental(20.0, 24, 900.0, 36)
    assert found.cfi == 1.0
    assert found.rni > 1
    assert found.tli > 1
    assert approximation(20.0, 24, 300).rmsea == 0.0


def test_a_statistic_that_is_missing_has_no_measures():
    assert np.isnan(approximation(np.nan, 24, 300).rmsea)
    assert np.isnan(approximation(np.nan, 24, 300).upper)


def test_scaled_and_robust_measures_are_the_plain_ones_where_nothing_is_scaled():
    test = ModelTest("satorra.bentler", 85.3, 24, 0.0, 1.0)
    plain = approximation(85.3, 24, 301)
    assert approximation_scaled(85.3, 24, test, 301) == plain
    assert approximation_robust(85.3, 24, test, 301) == plain
    found = incremental_robust(85.3, 24, 1.0, 918.9, 36, 1.0)
    plain = incremental(85.3, 24, 918.9, 36)
    assert (found.cfi, found.tli) == pytest.approx((plain.cfi, plain.tli))


def test_the_likelihood_of_an_impossible_matrix_is_zero():
    assert log_likelihood([np.eye(2)], [np.array([[1.0, 2.0], [2.0, 1.0]])], [10]) == -np.inf

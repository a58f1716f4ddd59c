"""Robust errors and scaled tests at lavaan's estimates, against lavaan.

Estimates are lavaan's; implied moments and their derivatives are computed here by hand, so that
only the robust covariances and tests are compared.
"""

import json
from pathlib import Path

import numpy as np
import pytest
from lavaan_studies import expected_parameters, fit, golden, rows
from moments_by_hand import ByHand
from numpy.testing import assert_allclose

from csi.core.sem.baseline import (
    independent,
    independent_derivatives,
    independent_discrepancy,
    linear_fit,
)
from csi.core.sem.difference_tests import difference_traces, restriction, scaled_difference
from csi.core.sem.gamma import (
    fourth_moments,
    normal_gamma,
    normal_weight,
    observed_weight,
    vech,
)
from csi.core.sem.measures import approximation_robust, incremental_robust
from csi.core.sem.sandwich import bread, meat, sandwich
from csi.core.sem.scaled_tests import (
    Traces,
    browne_residual,
    mean_scaled,
    mean_variance_adjusted,
    residual_trace,
    scaled_and_shifted,
    standard,
    u_gamma,
    yuan_bentler,
)

GOLDEN = json.loads((Path(__file__).parent / "golden" / "lavaan_measures.json").read_text())

# Half the Hessian is a difference of gradients here, good to 1e-9 of itself.
TOLERANCE = 1e-7

SCALED = {
    "satorra.bentler": lambda T, df, traces: mean_scaled(T, df, traces.first),
    "scaled.shifted": scaled_and_shifted,
    "mean.var.adjusted": mean_variance_adjusted,
}


class Group:
    """What the formulas read of one group, at lavaan's estimates."""

    def __init__(self, entry, answers, weights=None, clusters=None, number=1):
        table = expected_parameters(entry)
        items = [name for name in dict.fromkeys(table["rhs"]) if name in answers.columns]
        self.means = bool(entry["options"]["meanstructure"])
        self.model = ByHand(table, items, group=number, means=self.means)
        data = answers[items].to_numpy(float)
        self.moments = fourth_moments(data, weights, clusters, chunk=64)
        self.n, self.S, self.K = len(data), self.moments.cov, self.model.K
        mu, self.Sigma = self.model.moments()
        self.mu = mu if self.means else self.moments.mean
        self.Delta = self.model.derivatives() @ self.K
        self.Gamma = self.moments.gamma(means=self.means)

    def about(self, mu, Sigma):
        return self.moments.gamma(means=self.means, about=(mu, Sigma))

    def observed(self):
        return self.K.T @ self.model.half_hessian(self.S, self.moments.mean) @ self.K

    def statistics(self, S):
        return np.concatenate([self.moments.mean, vech(S)]) if self.means else vech(S)


def name_of_test(entry):
    tests = entry["options"]["test"]
    return tests if isinstance(tests, str) else tests[-1]


def errors_of(entry):
    """Standard errors in the order of the numbers of the parameters."""
    table = expected_parameters(entry)
    return table[table["free"] > 0].drop_duplicates("free").sort_values("free")["se"].to_numpy()


def compare(test, figures, prefix=""):
    assert_allclose(test.statistic, figures[f"{prefix}chisq.scaled"], rtol=TOLERANCE)
    assert_allclose(test.df, figures[f"{prefix}df.scaled"], rtol=TOLERANCE)
    assert_allclose(test.scaling, figures[f"{prefix}chisq.scaling.factor"], rtol=TOLERANCE)
    assert_allclose(test.p, figures[f"{prefix}pvalue.scaled"], rtol=1e-6, atol=1e-12)


# estimators that are corrected by Gamma


@pytest.mark.parametrize("study", ["hs", "pd", "core", "acsi", "ecsi"])
def test_maximum_likelihood_corrected(study):
    entries = [fit(f"{study}_robust", name) for name in ("MLM", "MLMV", "MLMVS")]
    group = Group(entries[0], rows(entries[0]["data"]))
    own = [group.Delta], [normal_weight(group.Sigma)], [group.Gamma], [1.0]
    covariance = sandwich(bread(*own[:2], [1.0]), meat(*own), group.n)
    Delta0, V0 = independent_derivatives(len(group.S)), normal_weight(independent(group.S))
    T0 = group.n * independent_discrepancy(group.S)
    traces, traces0 = u_gamma(*own), u_gamma([Delta0], [V0], [group.Gamma], [1.0])
    for entry in entries:
        assert_allclose(np.sqrt(np.diag(covariance)), errors_of(entry), rtol=TOLERANCE)
        scaled, figures = SCALED[name_of_test(entry)], entry["fit"]
        compare(scaled(figures["chisq"], figures["df"], traces), figures)
        assert_allclose(T0, figures["baseline.chisq"], rtol=TOLERANCE)
        compare(scaled(T0, figures["baseline.df"], traces0), figures, "baseline.")


WEIGHTS = {
    "GLS": lambda group, S: normal_weight(S),
    "WLS": lambda group, S: np.linalg.inv(group.Gamma),
    "DWLS": lambda group, S: 1 / np.diag(group.Gamma),
    "ULS": lambda group, S: np.ones(len(group.Gamma)),
}


@pytest.mark.parametrize("study", ["hs", "pd", "core"])
@pytest.mark.parametrize("name", ["GLS", "ULS", "WLS", "DWLS", "ULSM", "DWLS_robust"])
def test_least_squares(study, name):
    entry = fit(f"{study}_ls", name)
    group, figures = Group(entry, rows(entry["data"])), entry["fit"]
    n = group.n - 1
    S = group.S * group.n / n
    s, V = vech(S), WEIGHTS[entry["options"]["estimator"]](group, S)
    own = [group.Delta], [V], [group.Gamma], [1.0]
    information = bread(*own[:2], [1.0])
    robust = entry["options"]["se"] == "robust.sem"
    covariance = sandwich(information, meat(*own) if robust else information, n)
    assert_allclose(np.sqrt(np.diag(covariance)), errors_of(entry), rtol=TOLERANCE)
    Delta0 = independent_derivatives(len(S))
    T0 = n * linear_fit(s, V, Delta0)[0]
    assert_allclose(T0, figures["baseline.chisq"], rtol=TOLERANCE)
    if robust:
        scaled = SCALED[name_of_test(entry)]
        compare(scaled(figures["chisq"], figures["df"], u_gamma(*own)), figures)
        traces = u_gamma([Delta0], [V], [group.Gamma], [1.0])
        compare(scaled(T0, figures["baseline.df"], traces), figures, "baseline.")


# estimators that are corrected by cross-products of scores


def likelihood_corrected(entry, groups):
    """Bread and meat of MLR, and the traces of its test."""
    sizes = np.array([group.n for group in groups])
    shares = sizes / sizes.sum()
    observed = sum(f * group.observed() for f, group in zip(shares, groups, strict=True))
    V = [normal_weight(group.Sigma, means=group.means) for group in groups]
    about = [group.about(group.mu, group.Sigma) for group in groups]
    scores = meat([group.Delta for group in groups], V, about, shares)
    saturated = []
    for group in groups:
        A = normal_weight(group.S, means=group.means)
        saturated.append((A, A @ group.Gamma @ A))
    return observed, scores, saturated, sizes.sum()


def compare_mlr(entry, groups):
    figures = entry["fit"]
    observed, scores, saturated, n = likelihood_corrected(entry, groups)
    covariance = groups[0].K @ sandwich(observed, scores, n) @ groups[0].K.T
    assert_allclose(np.sqrt(np.diag(covariance)), errors_of(entry), rtol=1e-6)
    found = yuan_bentler(saturated, observed, scores)
    compare(mean_scaled(figures["chisq"], figures["df"], found.trace), figures)
    assert_allclose(found.h1, figures["scaling.factor.h1"], rtol=TOLERANCE)
    # lavaan counts parameters as if none were equal to another
    numbered, differ = groups[0].K.shape
    assert_allclose(found.h0 * differ / numbered, figures["scaling.factor.h0"], rtol=TOLERANCE)


@pytest.mark.parametrize("study", ["hs", "pd", "core"])
def test_mlr_and_the_baseline_of_it(study):
    entry = fit(f"{study}_robust", "MLR")
    group, figures = Group(entry, rows(entry["data"])), entry["fit"]
    compare_mlr(entry, [group])
    S0, Delta0 = independent(group.S), independent_derivatives(len(group.S))
    V0, about = normal_weight(S0), group.about(group.mu, S0)
    _, _, saturated, _ = likelihood_corrected(entry, [group])
    information = bread([Delta0], [V0], [1.0])
    found = yuan_bentler(saturated, information, meat([Delta0], [V0], [about], [1.0]))
    T0, df0 = figures["baseline.chisq"], figures["baseline.df"]
    compare(mean_scaled(T0, df0, found.trace), figures, "baseline.")


@pytest.mark.parametrize("study", ["hs", "core"])
def test_first_order_errors_and_a_test_with_observed_information_of_the_moments(study):
    entry = fit(f"{study}_robust", "MLF")
    group = Group(entry, rows(entry["data"]))
    _, scores, saturated, n = likelihood_corrected(entry, [group])
    assert_allclose(np.sqrt(np.diag(np.linalg.inv(scores) / n)), errors_of(entry), rtol=TOLERANCE)
    figures = fit(f"{study}_robust", "ML_robust.huber")["fit"]
    information = bread([group.Delta], [observed_weight(group.Sigma, group.S)], [1.0])
    found = yuan_bentler(saturated, information, scores)
    compare(mean_scaled(figures["chisq"], figures["df"], found.trace), figures)


@pytest.mark.parametrize("name", ["weights_MLR", "cluster_MLR", "weights_cluster"])
def test_weights_and_clusters(name):
    entry = fit("weights_clusters", name)
    answers = rows(entry["data"])
    weights = answers["wt"] if "weights" in name else None
    clusters = answers["clus"] if "cluster" in name else None
    compare_mlr(entry, [Group(entry, answers, weights, clusters)])


@pytest.fixture(scope="module")
def schools():
    """Two schools with equal loadings."""
    entry = fit("hs_multigroup", "metric_MLR")
    answers = rows(entry["data"])
    labels = answers[entry["group"]]
    return entry, [
        Group(entry, answers[labels == school], number=number)
        for number, school in enumerate(dict.fromkeys(labels), 1)
    ]


def test_several_groups(schools):
    compare_mlr(*schools)


def test_traces_of_several_groups_are_those_of_the_stacked_matrices(schools):
    _, groups = schools
    sizes = np.array([group.n for group in groups])
    f = sizes / sizes.sum()
    Delta = [group.Delta for group in groups]
    V = [normal_weight(group.Sigma, means=True) for group in groups]
    Gamma = [group.Gamma for group in groups]
    traces = u_gamma(Delta, V, Gamma, f)
    m, D = len(V[0]), np.concatenate(Delta)
    W, G = np.zeros((2 * m, 2 * m)), np.zeros((2 * m, 2 * m))
    for g in range(2):
        own = slice(g * m, (g + 1) * m)
        W[own, own], G[own, own] = f[g] * V[g], Gamma[g] / f[g]
    U = W - W @ D @ np.linalg.solve(D.T @ W @ D, D.T @ W)
    assert_allclose([traces.first, traces.second], [np.trace(U @ G), np.trace(U @ G @ U @ G)])
    assert_allclose(residual_trace(Delta, V, V, Gamma, f), traces.first)


# Browne's tests


@pytest.mark.parametrize("study", ["hs", "pd", "core", "acsi"])
def test_residual_tests_of_browne(study):
    entry = fit(f"{study}_robust", "MLM")
    group = Group(entry, rows(entry["data"]))
    residual, df = [vech(group.S - group.Sigma)], entry["fit"]["df"]
    for name, Gamma in [
        ("ML_browne", group.Gamma),
        ("ML_browne_nt", normal_gamma(group.S)),
    ]:
        figures = golden(f"{study}_robust")["tests"][name]
        found = browne_residual(residual, [group.Delta], [Gamma], [group.n], df, figures["test"])
        assert_allclose(found.statistic, figures["stat"], rtol=1e-6)
        assert_allclose(found.p, figures["pvalue"], rtol=1e-6, atol=1e-12)


def test_browne_with_too_few_respondents_is_not_a_number():
    data = np.random.default_rng(5).normal(size=(12, 8))
    found = fourth_moments(data)
    away = vech(found.cov - np.eye(8))
    test = browne_residual([away], [np.eye(36)[:, :8]], [found.gamma()], [12], 28)
    assert np.isnan(test.statistic)
    assert np.isnan(test.p)


# differences of nested models


@pytest.fixture(scope="module")
def nested(mobi):
    """The model with free and with two equal loadings: derivatives, weights, Gamma."""
    items = ["CUSA1", "CUSA2", "CUSA3", "CUSL1", "CUSL2", "CUSL3"]
    models = [ByHand(GOLDEN[name]["parameters"], items) for name in ("MLM", "MLM_equal")]
    gamma = fourth_moments(mobi[items].to_numpy(float)).gamma()
    return models, gamma, GOLDEN["MLM"]["fit"], GOLDEN["MLM_equal"]["fit"]


def agree(test, figures):
    assert_allclose(test.statistic, figures["statistic"], rtol=TOLERANCE)
    assert_allclose(test.p, figures["p"], rtol=TOLERANCE)
    assert test.df == figures["df"]


def test_satorra_and_bentler_2001(nested):
    *_, one, other = nested
    own = [
        figures[key] for figures in (other, one) for key in ("chisq", "df", "chisq.scaling.factor")
    ]
    agree(scaled_difference(*own), GOLDEN["difference"]["satorra.bentler.2001"])
    steps = golden("hs_multigroup")["tests"]["lrt_MLR_SB2001"]
    figures = [fit("hs_multigroup", f"{name}_MLR")["fit"] for name in ("metric", "configural")]
    own = [f[key] for f in figures for key in ("chisq", "df", "chisq.scaling.factor")]
    assert_allclose(scaled_difference(*own).statistic, steps["Chisq diff"][1], rtol=TOLERANCE)


def test_satorra_and_bentler_2010(nested):
    (model, restricted), gamma, one, other = nested
    _, Sigma = restricted.moments()
    Delta = model.derivatives(restricted.theta)
    c = u_gamma([Delta], [normal_weight(Sigma)], [gamma], [1.0]).first / one["df"]
    own = other["chisq"], other["df"], other["chisq.scaling.factor"], one["chisq"], one["df"], c
    agree(scaled_difference(*own), GOLDEN["difference"]["satorra.bentler.2010"])


def test_satorra_2000(nested):
    (model, restricted), gamma, one, other = nested
    Delta, V = model.derivatives(), normal_weight(model.moments()[1])
    A = restriction([Delta], [restricted.derivatives() @ restricted.K])
    own = [Delta], [V]
    traces = difference_traces(bread(*own, [1.0]), meat(*own, [gamma], [1.0]), A)
    test = mean_scaled(other["chisq"] - one["chisq"], 1, traces.first)
    agree(test, GOLDEN["difference"]["satorra.2000"])


def test_a_negative_scaling_is_not_a_number():
    assert np.isnan(scaled_difference(120.0, 54, 0.5, 100.0, 48, 1.0).statistic)
    assert np.isnan(scaled_difference(120.0, 54, 1.0, 100.0, 54, 1.0).p)


# ordered items


@pytest.fixture(scope="module")
def ordered():
    """Derivatives of thresholds and correlations, weights and Gamma of WLSMV."""
    stored = GOLDEN["WLSMV"]
    items = ["CUSA1", "CUSA2", "CUSA3", "CUSL1", "CUSL2", "CUSL3"]
    Gamma, R = (full(stored[key]) for key in ("gamma", "polychoric"))
    return items, Gamma, R


def full(lower):
    size = range(len(lower))
    return np.array([[lower[max(i, j)][min(i, j)] for j in size] for i in size])


def correlation_model(name, items):
    """Derivatives by the loadings and latent moments only; thresholds are free."""
    table = GOLDEN[name]["parameters"]
    rows = [row for row in zip(*table.values(), strict=True) if row[1] != "|"]
    table = dict(zip(table, zip(*rows, strict=True), strict=True))
    numbers = {free: place for place, free in enumerate(sorted({*table["free"]}))}
    model = ByHand(table | {"free": [numbers[free] for free in table["free"]]}, items)
    i, j = np.triu_indices(len(items))
    return model, model.derivatives()[i < j] @ model.K


def with_thresholds(Delta, Gamma):
    cells, parameters = Delta.shape
    both = np.zeros((len(Gamma), len(Gamma) - cells + parameters))
    both[:-cells, :-parameters] = np.eye(len(Gamma) - cells)
    both[-cells:, -parameters:] = Delta
    return both


def test_wlsmv_and_its_difference_test(ordered):
    items, Gamma, _ = ordered
    figures, other = GOLDEN["WLSMV"]["fit"], GOLDEN["WLSMV_equal"]["fit"]
    W = 1 / np.diag(Gamma)
    Delta, Delta0 = (
        with_thresholds(correlation_model(name, items)[1], Gamma)
        for name in ("WLSMV", "WLSMV_equal")
    )
    traces = u_gamma([Delta], [W], [Gamma], [1.0])
    compare(scaled_and_shifted(figures["chisq"], figures["df"], traces), figures)
    own = [Delta], [W]
    A = restriction([Delta], [Delta0])
    traces = difference_traces(bread(*own, [1.0]), meat(*own, [Gamma], [1.0]), A)
    T = other["chisq"] - figures["chisq"]
    agree(scaled_and_shifted(T, 1, traces), GOLDEN["WLSMV_difference"])


def test_robust_measures_of_ordered_items(ordered):
    items, Gamma, R = ordered
    figures = GOLDEN["WLSMV"]["fit"]
    model, Delta = correlation_model("WLSMV", items)
    _, Rho = model.moments()
    n, df, cells = 250, figures["df"], len(Delta)
    i, j = np.triu_indices(len(R))
    V = normal_weight(Rho)[np.ix_(i < j, i < j)]
    W, own = 1 / np.diag(Gamma)[-cells:], Gamma[-cells:, -cells:]
    distance = np.linalg.slogdet(Rho)[1] - np.linalg.slogdet(R)[1]
    T = n * (distance + np.trace(np.linalg.solve(Rho, R)) - len(R))
    test = mean_scaled(T, df, residual_trace([Delta], [W], [V], [own], [1.0]))
    found = approximation_robust(T, df, test, n - 1)
    assert_allclose(found.rmsea, figures["rmsea.robust"], rtol=TOLERANCE)
    assert_allclose(found.close, figures["rmsea.pvalue.robust"], rtol=TOLERANCE)
    T0, c0 = n * independent_discrepancy(R), np.trace(own) / cells
    found = incremental_robust(T, df, test.scaling, T0, cells, c0)
    assert_allclose(found.cfi, figures["cfi.robust"], rtol=TOLERANCE)
    assert_allclose(found.tli, figures["tli.robust"], rtol=TOLERANCE)


# edges


def test_without_degrees_of_freedom_there_is_no_test():
    assert np.isnan(standard(0.0, 0).p)
    for test in (mean_scaled(0.0, 0, 0.0), scaled_and_shifted(0.0, 0, Traces(0.0, 0.0))):
        assert np.isnan(test.statistic)
        assert np.isnan(test.p)


def test_degrees_of_freedom_are_rounded_on_demand():
    traces = Traces(15.0, 23.4375)
    assert mean_variance_adjusted(12.0, 10, traces).df == pytest.approx(9.6)
    rounded = mean_variance_adjusted(12.0, 10, traces, whole=True)
    assert (rounded.df, rounded.statistic) == (10.0, pytest.approx(8.0))


def test_two_moments_of_a_mixture_are_matched():
    weights = np.array([0.4, 0.8, 1.5, 3.0])
    traces, df = Traces(weights.sum(), (weights**2).sum()), len(weights)
    draws = np.random.default_rng(0).chisquare(1, size=(200_000, df)) @ weights
    for test in (scaled_and_shifted(0.0, df, traces), mean_variance_adjusted(0.0, df, traces)):
        found = draws / test.scaling + test.shift
        assert found.mean() == pytest.approx(test.df, rel=0.01)
        assert found.var() == pytest.approx(2 * test.df, rel=0.03)

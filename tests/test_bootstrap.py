"""The bootstrap of a fit: every number of every resample is that of fitting the drawn rows."""

import itertools
import threading
import warnings
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import stats

import csi
from csi import (
    PLS,
    CsiWarning,
    EstimationError,
    FixedWeights,
    InadmissibleWarning,
    OptionError,
    Sums,
)
from csi.core.intervals import METHODS
from csi.resampling import bootstraps
from csi.resampling.bootstrapping import group_seeds

SCALE = (1, 10)
EXACT = 1e-10


@pytest.fixture(scope="module")
def fit(ecsi, mobi):
    return fitted(ecsi, mobi)


def fitted(model, frame, estimator=None, index_weights="unstandardized", **declared):
    """Fit as a user does, but without warnings: resamples deserve many."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CsiWarning)
        data = csi.survey(frame, **{"scale": SCALE} | declared)
        return csi.fit(model, data, estimator, index_weights=index_weights)


def quietly(*given, **options):
    """Bootstrap whatever fails, without warnings."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CsiWarning)
        return csi.bootstrap(*given, max_failed=1, **options)


# ------------------------------------------------- refits of the drawn rows


def numbers(fit):
    """All numbers of a fit from its tables, and by textbook formulas where it has none."""
    C, R = fit.construct_corr, fit.moments.corr
    names, items = list(C), list(fit.model.indicators)
    own = fit.loadings.groupby("construct", sort=False)["loading"]
    found = {
        "paths": fit.paths["estimate"],
        "weights": fit.weights["weight"],
        "loadings": fit.loadings["loading"],
        "r2": fit.r2["r2"],
        "construct_corr": C.to_numpy()[np.triu_indices(len(names), 1)],
        "total": fit.effects["total"],
        "indirect": fit.effects["indirect"],
        "indices": fit.indices["index"],
        "impacts": fit.impacts["impact"],
    }
    found["rho_a"] = fit.reliability.query("basis == 'estimated'")["rho_a"]
    several = [c for c in fit.model.constructs if c.kind == "reflective" and not c.higher_order]
    several = [c for c in several if len(c.indicators) > 1]
    at = {c.name: [items.index(name) for name in c.indicators] for c in several}
    size = np.array([len(rows) for rows in at.values()])
    mean = np.array([(R[np.ix_(a, a)].sum() - len(a)) / len(a) / (len(a) - 1) for a in at.values()])
    found["alpha"] = size * mean / (1 + (size - 1) * mean)
    blocks = [fit.moments.cov[np.ix_(a, a)] for a in at.values()]
    unique = np.array([np.trace(block) / block.sum() for block in blocks])
    found["alpha_raw"] = size / (size - 1) * (1 - unique)
    loadings = [own.get_group(name).to_numpy() for name in at]
    error = np.array([(1 - own**2).sum() for own in loadings])
    common = np.array([own.sum() ** 2 for own in loadings])
    found["rho_c"] = common / (common + error)
    found["ave"] = np.array([(own**2).mean() for own in loadings])
    return {family: np.asarray(values) for family, values in found.items()}


def vector(fit):
    return np.concatenate(list(numbers(fit).values()))


def given_weights(model, standardized):
    weights = {c.name: {x: 1.0 + i for i, x in enumerate(c.indicators)} for c in model.constructs}
    return FixedWeights(weights, standardized)


class Own:
    """An estimator of a user's, which takes one sample at a time."""

    def estimate(self, model, moments):
        return PLS(tol=1e-12).estimate(model, moments)


ESTIMATORS = {
    "mode B": PLS(modes=dict.fromkeys(["Image", "Quality", "Value", "Satisfaction"], "B")),
    "modes A, B and unit": PLS(modes={"Image": "unit", "Value": "B"}),
    "centroid": PLS("centroid"),
    "factorial": PLS("factorial"),
    "consistent": PLS(consistent=True),
    "covariances": PLS(standardize=False),
    "sums": Sums(),
    "sums of standardised items": Sums(standardized=True),
    "own": Own(),
}
WEIGHTS = {
    "none": {},
    "sampling": {"weights": "w"},
    "frequency": {"weights": "times", "weight_type": "frequency"},
}


def rows_drawn(fit, seed=5, number=1):
    """Positions among the rows used; with frequency weights of as many as these stand for."""
    there = np.repeat(np.arange(len(fit.data.rows)), fit.data.copies.astype(int))
    return there[np.random.default_rng(seed).integers(len(there), size=(number, len(there)))]


def assert_like_refits(fit, frame, declared, **settings):
    """The batch and a statistic give what fitting the repeated rows gives."""
    drawn = rows_drawn(fit)
    boot = quietly(fit, resamples=drawn, signs="none")
    looped = quietly(fit, vector, resamples=drawn, signs="none")
    assert not any("failed" in reason or "Error" in reason for reason in looped.failures)
    if declared.get("weight_type") == "frequency":
        declared = {name: value for name, value in declared.items() if "weight" not in name}
    for b, rows in enumerate(drawn):
        repeated = frame.iloc[fit.data.positions[rows]].reset_index(drop=True)
        again = fitted(fit.model, repeated, fit.estimator, fit.index_weights, **declared)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", InadmissibleWarning)
            expected = numbers(again)
        assert len(expected) == len(boot.quantities.families) - 2  # without HTMT and routes
        for family, values in expected.items():
            found = boot.draws.replicates[b][boot.quantities.places[family]]
            assert_allclose(found, values, rtol=EXACT, atol=EXACT, err_msg=family)
        whole = np.concatenate(list(expected.values()))
        assert_allclose(looped.draws.replicates[b], whole, rtol=EXACT, atol=EXACT)


@pytest.mark.parametrize("estimator", ESTIMATORS.values(), ids=ESTIMATORS)
def test_resamples_are_refits_whatever_the_estimator(ecsi, mobi, estimator):
    assert_like_refits(fitted(ecsi, mobi, estimator), mobi, {})


@pytest.mark.parametrize("standardized", [False, True])
def test_resamples_are_refits_with_given_weights(ecsi, mobi, standardized):
    estimator = given_weights(ecsi, standardized)
    assert_like_refits(fitted(ecsi, mobi, estimator, "standardized"), mobi, {})


@pytest.mark.parametrize("index_weights", ["standardized", "equal"])
def test_resamples_are_refits_whatever_the_index(ecsi, mobi, index_weights):
    assert_like_refits(fitted(ecsi, mobi, None, index_weights), mobi, {})


@pytest.mark.parametrize("weighting", WEIGHTS.values(), ids=WEIGHTS)
@pytest.mark.parametrize("missing", ["listwise", "pairwise", "mean"])
def test_resamples_are_refits_whatever_the_answers(ecsi, mobi, weighting, missing):
    rng = np.random.default_rng(1)
    frame = mobi.mask(rng.random(mobi.shape) < 0.01)
    frame = frame.assign(w=rng.uniform(0.5, 2, 250), times=rng.integers(0, 4, 250))
    declared = weighting | {"missing": missing}
    assert_like_refits(fitted(ecsi, frame, **declared), frame, declared)


def test_resamples_are_refits_of_higher_order_constructs(mobi):
    model = csi.model(
        [
            csi.reflective("Image", csi.items("IMAG", 1, 5)),
            csi.reflective("Quality", csi.items("PERQ", 1, 7)),
            csi.higher_order("Firm", ["Image", "Quality"]),
            csi.reflective("Satisfaction", csi.items("CUSA", 1, 3)),
            csi.single("Complaints", "CUSCO"),
        ],
        [csi.paths(["Firm", "Satisfaction"], "Complaints"), csi.paths("Firm", "Satisfaction")],
    )
    fit = fitted(model, mobi)
    assert_like_refits(fit, mobi, {})
    weights = quietly(fit, resamples=rows_drawn(fit)).weights
    assert_allclose(weights["estimate"], fit.weights["weight"], rtol=1e-12)
    assert list(weights.index) == list(fit.weights.index)


def test_routes_are_products_of_paths_and_htmt_ratios_of_mean_correlations(fit):
    boot = csi.bootstrap(fit, n_boot=100, rng=1)
    replicates, places = boot.draws.replicates, boot.quantities.places
    labels = boot.quantities.families
    paths = dict(zip(zip(labels["paths"]["source"], labels["paths"]["target"], strict=True),
                     replicates[:, places["paths"]].T, strict=True))  # fmt: skip
    for route, values in zip(
        labels["specific"]["route"], replicates[:, places["specific"]].T, strict=True
    ):
        steps = route.split(" -> ")
        product = np.prod([paths[step] for step in itertools.pairwise(steps)], axis=0)
        assert_allclose(values, product, rtol=1e-13, err_msg=route)
    drawn = np.repeat(fit.data.rows, boot.resamples.block(0)[7].astype(int), axis=0)
    R = np.abs(np.corrcoef(drawn.T))
    at = {
        c.name: [fit.model.indicators.index(i) for i in c.indicators] for c in fit.model.constructs
    }

    def mean(a, b):
        block = R[np.ix_(at[a], at[b])]
        return block[np.triu_indices(len(block), 1)].mean() if a == b and len(block) > 1 else (
            block.mean()
        )  # fmt: skip

    expected = [mean(a, b) / np.sqrt(mean(a, a) * mean(b, b)) for a, b in labels["htmt"].to_numpy()]
    assert_allclose(replicates[7, places["htmt"]], expected, rtol=1e-12)


# ------------------------------------------- what makes no difference


def test_numbers_do_not_depend_on_workers_length_or_frame(ecsi, mobi, fit):
    polars = pytest.importorskip("polars")
    long = csi.bootstrap(fit, n_boot=1100, rng=3, n_jobs=2).draws.replicates
    assert len(np.unique(long, axis=0)) == 1100
    assert_array_equal(csi.bootstrap(fit, n_boot=600, rng=3).draws.replicates, long[:600])
    other = fitted(ecsi, polars.DataFrame(mobi[mobi.columns[::-1]].astype(int)))
    assert_array_equal(csi.bootstrap(other, n_boot=100, rng=3).draws.replicates, long[:100])
    assert (csi.bootstrap(fit, n_boot=100, rng=4).draws.replicates != long[:100]).mean() > 0.9


@pytest.mark.parametrize("method", ["percentile", "bca"])
def test_frequency_weights_are_repeated_rows(ecsi, mobi, method):
    times = np.random.default_rng(2).integers(0, 4, 250)
    ours = fitted(ecsi, mobi.assign(w=times), weights="w", weight_type="frequency")
    theirs = fitted(ecsi, mobi.loc[np.repeat(mobi.index, times)])
    ours, theirs = (csi.bootstrap(x, n_boot=200, rng=1, interval=method) for x in (ours, theirs))
    assert_allclose(ours.draws.replicates, theirs.draws.replicates, rtol=1e-12, atol=1e-14)
    for name in ("estimate", "se", "lower", "upper"):
        assert_allclose(
            getattr(ours.known, name), getattr(theirs.known, name), rtol=1e-9, atol=1e-12
        )


def test_scale_of_sampling_weights_makes_no_difference(ecsi, mobi, fit):
    w = np.random.default_rng(2).uniform(0.5, 2, 250)
    ours, theirs = (fitted(ecsi, mobi, weights=factor * w) for factor in (1, 70))
    ours, theirs = (csi.bootstrap(x, n_boot=100, rng=1).draws.replicates for x in (ours, theirs))
    assert_allclose(ours, theirs, rtol=1e-9, atol=1e-12)
    alike = csi.bootstrap(fitted(ecsi, mobi, weights=np.full(250, 0.3)), n_boot=100, rng=1)
    plain = csi.bootstrap(fit, n_boot=100, rng=1).draws.replicates
    assert_allclose(alike.draws.replicates, plain, rtol=1e-9, atol=1e-12)


def test_other_units_of_an_item_leave_the_indices(ecsi, mobi, fit):
    frame = mobi.assign(CUSA1=3 * mobi["CUSA1"] - 2, PERQ2=mobi["PERQ2"] / 7)
    ends = dict.fromkeys(ecsi.indicators, SCALE) | {"CUSA1": (1, 28), "PERQ2": (1 / 7, 10 / 7)}
    other = fitted(ecsi, frame, scale=ends)
    ours, theirs = (csi.bootstrap(x, n_boot=100, rng=1) for x in (other, fit))
    same = np.ones(len(ours.quantities), dtype=bool)
    same[ours.quantities.places["alpha_raw"]] = False  # depends on the units by definition
    numbers = (boot.draws.replicates[:, same] for boot in (ours, theirs))
    assert_allclose(*numbers, rtol=1e-9, atol=1e-11)


def test_order_of_items_and_constructs_makes_no_difference(ecsi, mobi, fit):
    turned = csi.model(
        [csi.spec.Construct(c.name, c.indicators[::-1], c.kind) for c in reversed(ecsi.constructs)],
        list(reversed(ecsi.paths)),
    )
    ours = csi.bootstrap(fitted(turned, mobi), n_boot=100, rng=1)
    theirs = csi.bootstrap(fit, n_boot=100, rng=1)
    for name, keys in {"paths": ["source", "target"], "weights": ["indicator"],
                       "indices": ["construct"], "r2": ["construct"]}.items():  # fmt: skip
        one, two = (getattr(boot, name).set_index(keys).sort_index() for boot in (ours, theirs))
        assert_allclose(one["se"], two["se"], rtol=1e-8, atol=1e-12)
        assert_allclose(one["upper"], two["upper"], rtol=1e-8, atol=1e-12)


# ------------------------------------------------------------ sampling designs

N_BOOT = 3000
MONTE_CARLO = 4.5 / np.sqrt(2 * N_BOOT)  # relative error of a standard error, and kurtosis


@pytest.fixture(scope="module")
def designed(ecsi, mobi):
    """Sums of items, whose index weights are fixed, so that the linearised errors are right."""
    rng = np.random.default_rng(8)
    frame = mobi.assign(
        cluster=np.arange(250) // 12, stratum=np.arange(250) // 60 % 4, w=rng.uniform(0.5, 2, 250)
    )
    design = {"clusters": "cluster", "strata": "stratum", "weights": "w"}
    return fitted(ecsi, frame, Sums(), **design)


def test_rescaled_clusters_give_the_linearised_errors(designed):
    boot = csi.bootstrap(designed, n_boot=N_BOOT, rng=1)
    assert_allclose(boot.indices["se"], designed.indices["se"], rtol=MONTE_CARLO)
    block, clusters = boot.resamples.block(0), designed.data.sampling.clusters
    for cluster in np.unique(clusters):
        inside = block[:, (clusters == cluster) & (designed.data.sampling.strata == 0)]
        assert (inside == inside[:, :1]).all()


def test_clusters_redrawn_plainly_fall_short(designed):
    """Five or so clusters in a stratum: the factor is the root of (n_h - 1) / n_h."""
    boot = csi.bootstrap(designed, n_boot=N_BOOT, rng=1, method="with_replacement")
    ratio = boot.indices["se"] / designed.indices["se"]
    assert ratio.max() < np.sqrt(5 / 6) + MONTE_CARLO
    assert ratio.min() > np.sqrt(4 / 6) - MONTE_CARLO


def test_respondents_give_the_textbook_error_of_a_mean(ecsi, mobi):
    fit = fitted(ecsi, mobi, Sums())
    boot = csi.bootstrap(fit, n_boot=N_BOOT, rng=1)
    assert_allclose(boot.indices["se"], fit.indices["se"], rtol=MONTE_CARLO)


# -------------------------------------------------------------------- failures


@pytest.fixture
def planted(ecsi, mobi):
    """An item that varies among the first ten respondents only, and resamples without them."""
    frame = mobi.copy()
    frame.loc[10:, "CUSA1"] = 5

    def resamples(number, bad):
        drawn = np.tile(np.arange(250), (number, 1))
        drawn[:bad, :10] = np.arange(10, 20)
        return drawn

    return fitted(ecsi, frame), resamples


def test_a_resample_with_a_constant_item_is_a_row_of_nan(planted):
    fit, resamples = planted
    with pytest.warns(
        InadmissibleWarning,
        match=r"2 of 50 resamples failed or are inadmissible: an item does not vary \(2\)\. Failed",
    ):
        boot = csi.bootstrap(fit, resamples=resamples(50, 2))
    assert_array_equal(np.isnan(boot.draws.replicates).all(axis=1), [True] * 2 + [False] * 48)
    assert not np.isnan(boot.draws.replicates[2:]).any()
    assert dict(boot.failures) == {"an item does not vary": 2}
    assert (boot.indices["failed"] == 2).all()
    assert "2 failed or inadmissible" in repr(boot)
    looped = quietly(fit, lambda fit: fit.index("Loyalty"), resamples=resamples(50, 2))
    assert looped.failures == boot.failures


def test_shares_of_failures_that_are_worth_a_word_or_too_many(planted):
    fit, resamples = planted
    assert csi.bootstrap(fit, resamples=resamples(201, 2)).failures  # below 1 %: counted only
    with pytest.raises(EstimationError, match=r"11 of 50 .* accept it with max_failed=1\."):
        csi.bootstrap(fit, resamples=resamples(50, 11))
    with pytest.raises(EstimationError, match="2 of 201 resamples failed"):
        csi.bootstrap(fit, resamples=resamples(201, 2), max_failed=0)
    every = quietly(fit, resamples=resamples(3, 3))
    assert every.paths[["se", "lower", "upper", "p"]].isna().to_numpy().all()
    assert (every.paths["failed"] == 3).all()


def test_items_that_cannot_be_told_apart_in_a_resample(ecsi, mobi):
    frame = mobi.assign(PERQ2=mobi["PERQ1"])
    frame.loc[:9, "PERQ2"] = 11 - frame.loc[:9, "PERQ1"]
    fit = fitted(ecsi, frame, PLS(modes={"Quality": "B"}))
    drawn = np.tile(np.arange(250), (10, 1))
    drawn[0, :10] = np.arange(10, 20)
    assert dict(quietly(fit, resamples=drawn).failures) == {"the iteration breaks down": 1}


def test_impossible_resamples_are_kept_and_counted(ecsi, mobi):
    fit = fitted(ecsi, mobi, PLS(consistent=True))
    counted = pytest.warns(InadmissibleWarning, match=r"of 200 .* not positive semidefinite \(")
    with counted, pytest.warns(InadmissibleWarning, match="near-collinear predictors of Value"):
        boot = csi.bootstrap(fit, n_boot=200, rng=1, max_failed=1)
    r2 = boot.draws.replicates[:, boot.quantities.places["r2"]]
    assert boot.failures["R2 above 1"] == (r2 > 1 + 1e-9).any(axis=1).sum() > 0
    assert not np.isnan(boot.draws.replicates).any()
    with pytest.raises(EstimationError, match="R2 above 1"):
        csi.bootstrap(fit, n_boot=200, rng=1)


# ----------------------------------------------------------------------- signs


@pytest.fixture(scope="module")
def weak():
    """A block whose items have next to nothing in common, so that its direction is in doubt."""
    rng = np.random.default_rng(5)
    cause = rng.normal(size=60)
    noise = rng.normal(size=(60, 5))
    columns = [cause + noise[:, 0], cause + noise[:, 1], noise[:, 2] + 0.5 * cause,
               noise[:, 3] - 0.4 * cause, noise[:, 4]]  # fmt: skip
    frame = pd.DataFrame(np.clip(np.round(5.5 + 1.5 * np.array(columns).T), 1, 10),
                         columns=["a1", "a2", "b1", "b2", "b3"])  # fmt: skip
    return fitted(csi.parse("A =~ a1 + a2\nB =~ b1 + b2 + b3\nB ~ A"), frame)


def test_a_construct_that_turns_over_is_turned_back(weak):
    kinds = {s: quietly(weak, n_boot=500, rng=1, signs=s) for s in ("construct", "none")}
    at = kinds["none"].quantities.places["loadings"]
    own = np.array([0, 0, 1, 1, 1])
    for signs, boot in kinds.items():
        product = boot.draws.replicates[:, at] * weak.loadings["loading"].to_numpy()
        turned = (product[:, own == 1].sum(axis=1) < 0).sum()
        assert turned > 20 if signs == "none" else turned == 0
    plain, turned = (kinds[signs].paths["se"].iloc[0] for signs in ("none", "construct"))
    assert plain > 1.2 * turned
    size = [np.abs(boot.draws.replicates[:, at]) for boot in kinds.values()]
    assert_array_equal(*size)


def test_individual_signs_are_those_of_the_fit_and_change_nothing_else(weak):
    single, whole = (quietly(weak, n_boot=300, rng=1, signs=s) for s in ("individual", "construct"))
    for family, at in single.quantities.places.items():
        ours, theirs = single.draws.replicates[:, at], whole.draws.replicates[:, at]
        if family in ("paths", "weights", "loadings"):
            assert_array_equal(np.abs(ours), np.abs(theirs))
            assert (np.sign(ours) == np.sign(single.draws.estimate[at])).all()
            assert (ours != theirs).any() or family == "paths"
        else:
            assert_array_equal(ours, theirs, err_msg=family)


def test_a_statistic_sees_constructs_that_are_turned_back(weak):
    for signs in ("construct", "none"):
        options = {"n_boot": 100, "rng": 1, "signs": signs}
        looped = quietly(weak, lambda fit: fit.paths["estimate"], **options)
        boot = quietly(weak, **options)
        paths = boot.draws.replicates[:, boot.quantities.places["paths"]]
        assert_allclose(looped.draws.replicates, paths, rtol=1e-9)
    assert (paths < 0).any()


# ------------------------------------------------------------ limits and tables


@pytest.mark.parametrize("method", METHODS)
def test_limits_of_every_kind_for_every_number(fit, method):
    boot = csi.bootstrap(fit, n_boot=100, rng=1, n_inner=10, interval=method)
    known = boot.known
    for name in ("estimate", "se", "lower", "upper", "p"):
        assert np.isfinite(getattr(known, name)).all()
    assert (known.lower <= known.upper).all()
    assert ((known.p >= 0) & (known.p <= 1)).all()
    assert not known.failed.any()
    single = boot.weights.loc["CUSCO"]
    assert single[["estimate", "lower", "upper"]].tolist() == [1, 1, 1]
    assert single["se"] == 0
    for family, labels in boot.quantities.families.items():
        assert len(boot.family(family)) == len(labels)
    assert boot.effects["effect"].unique().tolist() == ["direct", "indirect", "total"]
    assert "Satisfaction" in boot._repr_html_()
    assert ">Bootstrap of " in boot._repr_html_()


def test_tables_hold_the_estimates_of_the_fit(fit):
    boot = csi.bootstrap(fit, n_boot=100, rng=1)
    assert_allclose(boot.indices["estimate"], fit.indices["index"], rtol=1e-14)
    assert_allclose(boot.paths["estimate"], fit.paths["estimate"], rtol=1e-14)
    assert_allclose(boot.impacts["estimate"], fit.impacts["impact"], rtol=1e-14)
    rho_a = boot.reliability.query("criterion == 'rho_a'")
    assert_allclose(rho_a["estimate"], fit.reliability.loc[rho_a["construct"], "rho_a"])
    spread = boot.draws.replicates[:, boot.quantities.places["r2"]].std(axis=0, ddof=1)
    assert_allclose(boot.r2["se"], spread, rtol=1e-12)


def test_other_limits_are_of_the_same_resamples(fit):
    boot = csi.bootstrap(fit, n_boot=150, rng=1)
    other = boot.with_interval("normal", 0.9)
    assert other.draws is boot.draws
    half = other.paths["upper"] - other.paths["estimate"]
    assert_allclose(half, 1.6448536269514722 * boot.paths["se"], rtol=1e-12)


def test_studentized_limits_need_respondents_drawn_one_by_one(fit, designed):
    message = "need respondents drawn one by one.*use interval='bca'"
    given = csi.bootstrap(fit, resamples=rows_drawn(fit, number=3), interval="studentized")
    clusters = csi.bootstrap(designed, n_boot=100, rng=1, interval="studentized")
    for boot in (given, clusters):
        with pytest.raises(OptionError, match=message):
            boot.paths  # noqa: B018 - limits are computed when they are asked for
        assert np.isfinite(boot.with_interval("bca").paths["lower"]).all()


# ---------------------------------------------------------------------- groups


def test_groups_are_bootstrapped_each_from_its_own_stream(ecsi, mobi):
    frame = mobi.assign(firm=np.where(np.arange(250) % 2, "x", "y"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CsiWarning)
        fits = csi.fit_by(ecsi, csi.survey(frame, scale=SCALE), "firm")
    boots = csi.bootstrap(fits, n_boot=100, rng=6, n_inner=7, n_jobs=2)
    assert list(boots) == list(fits)
    for group, seed in zip(fits, group_seeds(6, 2), strict=True):
        alone = csi.bootstrap(fits[group], n_boot=100, rng=seed)
        assert_array_equal(boots[group].draws.replicates, alone.draws.replicates)
        assert boots[group].n_inner == 7
    table = boots.indices
    assert table.columns[:3].tolist() == ["group", "construct", "estimate"]
    assert_allclose(table.query("group == 'x'")["se"], boots["x"].indices["se"])
    with pytest.raises(OptionError, match=r"no bootstrap of firm 'z'\. Groups: 'x', 'y'\."):
        boots["z"]


def test_groups_taken_one_sample_at_a_time_share_no_process(ecsi, mobi, monkeypatch):
    # samples silence warnings, which in threads is for all of them at once and may last
    called = []

    def looped(function, number, running, key):
        called.append((running.n_jobs, threading.current_thread() is threading.main_thread()))
        return bootstraps.looped(function, number, replace(running, n_jobs=1), key)

    monkeypatch.setattr("csi.resampling.bootstrapping.looped", looped)
    frame = mobi.assign(firm=np.where(np.arange(250) % 2, "x", "y"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CsiWarning)
        fits = csi.fit_by(ecsi, csi.survey(frame, scale=SCALE), "firm", estimator=Own())
        csi.bootstrap(fits, n_boot=100, rng=6, n_jobs=2)
    assert called == [(2, True)] * 2


def test_a_correction_that_breaks_down_is_called_so():
    rng = np.random.default_rng(0)
    a = rng.normal(size=100)
    b = 0.7 * (a + rng.normal(size=100))
    frame = pd.DataFrame({"a1": a, "a2": a, "b1": b, "b2": b})
    frame += rng.normal(size=frame.shape) * [1.8, 1.8, 1, 1]
    model = csi.model(
        [csi.reflective("A", ["a1", "a2"]), csi.reflective("B", ["b1", "b2"])],
        [csi.paths("A", "B")],
    )
    fit = csi.fit(model, csi.survey(frame), PLS(consistent=True))
    reasons = quietly(fit, n_boot=500, rng=1).failures
    alone = quietly(fit, lambda fit: fit.estimates.paths[0, 1], n_boot=500, rng=1).failures
    assert all("rho_A is not positive" in reason for reason in alone)
    assert reasons["rho_A is not positive"] == sum(alone.values()) > 0


def test_numbers_without_bca_limits_are_named():
    rng = np.random.default_rng(0)
    x = rng.integers(1, 11, 60)
    frame = pd.DataFrame({"a": x, "b": (x + 1) // 2 + rng.integers(0, 5, 60), "c": 3})
    frame.loc[7, "c"] = 4  # without this respondent c does not vary
    singles = [csi.single("A", "a"), csi.single("B", "b"), csi.single("C", "c")]
    fit = fitted(csi.model(singles, [csi.paths(["A", "C"], "B")]), frame)
    boot = quietly(fit, n_boot=100, rng=1).with_interval("bca")
    with pytest.warns(InadmissibleWarning, match=r"cannot be computed without some sampling unit"):
        table = boot.paths
    assert table[["lower", "upper", "p"]].isna().all(axis=None)


def test_acceleration_of_strata_of_unequal_size(mobi, ecsi):
    """Davison and Hinkley (1997, 5.3.2): the influence of a stratum counts by one over its size."""
    frame = mobi.assign(stratum=np.repeat([1, 2], [40, 210]))
    fit = csi.fit(ecsi, csi.survey(frame, scale=(1, 10), strata="stratum"), csi.Sums())
    boot = csi.bootstrap(fit, n_boot=400, rng=1, interval="bca")
    scores = fit.index_scores["Image"].to_numpy()
    shares = [(scores[:40], 40 / 250), (scores[40:], 210 / 250)]  # the strata stand for themselves
    moved = np.concatenate([share * (x - x.mean()) / len(x) for x, share in shares])
    expected = (moved**3).sum() / (6 * (moved**2).sum() ** 1.5)
    place = boot.quantities.places["indices"].start
    # weights of the strata are constants here, so that the index is a linear statistic
    assert_allclose(boot._needed["acceleration"][place], expected, rtol=1e-6)


def test_normal_limits_of_clusters_take_students_t(mobi, ecsi):
    frame = mobi.assign(town=np.arange(250) // 25, region=np.arange(250) // 125)
    survey = csi.survey(frame, scale=(1, 10), clusters="town", strata="region")
    table = csi.bootstrap(csi.fit(ecsi, survey), n_boot=300, rng=1, interval="normal").paths
    t = stats.t(10 - 2)
    assert_allclose(table["upper"], table["estimate"] + t.ppf(0.975) * table["se"], rtol=1e-10)
    assert_allclose(table["lower"], table["estimate"] - t.ppf(0.975) * table["se"], rtol=1e-10)
    assert_allclose(table["p"], 2 * t.sf((table["estimate"] / table["se"]).abs()), rtol=1e-8)
    alone = csi.bootstrap(csi.fit(ecsi, mobi), n_boot=300, rng=1, interval="normal").paths
    half = stats.norm.ppf(0.975) * alone["se"]
    assert_allclose(alone["upper"], alone["estimate"] + half, rtol=1e-10)

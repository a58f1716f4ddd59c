"""Standard errors for large samples: linearisation, and buckets of respondents.

Oracles are the linearised errors of indices (checked against the R package survey elsewhere),
the delete-one jackknife, closed forms, and the ordinary bootstrap.
"""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import csi
from csi import infinitesimal_jackknife
from csi.core import buckets, linear
from csi.core.buckets import Bucketed, deal
from csi.core.design import Design
from csi.core.linear import directions, reader
from csi.core.products import Products
from csi.resampling.bucketing import BucketEngine
from csi.resampling.engine import Engine

STEP = 1e-8  # error of derivatives, of the fourth order: measured below

TRIO = csi.model(
    [csi.single("A", "a"), csi.single("B", "b"), csi.reflective("C", ["c", "d"])],
    [csi.paths("A", "B"), csi.paths("B", "C")],
    scale=(1, 10),
)
"""15 sums, fewer than there are units: the errors come from a factor of their covariance."""


@pytest.fixture(scope="module")
def survey_frame(mobi):
    """The mobile-phone customers with weights, repeats, clusters and strata."""
    rng = np.random.default_rng(5)
    return mobi.assign(
        a=mobi["CUSA1"],
        b=mobi["CUSL1"],
        c=mobi["CUSA2"],
        d=mobi["CUSA3"],
        weight=rng.uniform(0.5, 2.5, len(mobi)).round(2),
        times=rng.integers(0, 4, len(mobi)),
        firm=rng.integers(0, 40, len(mobi)),
        region=rng.integers(0, 3, len(mobi)),
    )


DESIGNS = {
    "plain": {},
    "weights": {"weights": "weight"},
    "repeats": {"weights": "times", "weight_type": "frequency"},
    "strata": {"weights": "weight", "strata": "region"},
    "clusters": {"weights": "weight", "clusters": "firm", "strata": "region"},
    "repeats in clusters": {"weights": "times", "weight_type": "frequency", "clusters": "firm"},
}
every_design = pytest.mark.parametrize("design", DESIGNS.values(), ids=DESIGNS)


def fitted(model, frame, estimator=None, **options):
    return csi.fit(model, csi.survey(frame, scale=(1, 10), **options), estimator)


@pytest.fixture(scope="module")
def fit(ecsi, mobi):
    return fitted(ecsi, mobi)


# linearisation


@every_design
@pytest.mark.parametrize("model", ["trio", "ecsi"])
def test_errors_of_fixed_weights_are_those_of_the_indices(ecsi, survey_frame, design, model):
    model = TRIO if model == "trio" else ecsi
    fit = csi.fit(
        model, csi.survey(survey_frame, scale=(1, 10), **design), csi.Sums(), index_weights="equal"
    )
    found = infinitesimal_jackknife(fit)
    assert_allclose(found.indices["se"], fit.indices["se"], rtol=STEP)
    assert found.df == found.units - (3 if "strata" in design else 1)
    assert (found.evaluations <= 60) == (model is TRIO)


def test_the_error_of_a_correlation_is_that_of_the_delta_method(survey_frame):
    fit = fitted(TRIO, survey_frame)
    rows, r = fit.data.rows[:, :2], fit.paths["estimate"][0]
    z = (rows - rows.mean(axis=0)) / rows.std(axis=0)
    influence = z[:, 0] * z[:, 1] - r * (z**2).sum(axis=1) / 2
    expected = np.sqrt((influence**2).sum() / (250 * 249))
    found = infinitesimal_jackknife(fit)
    assert found.paths["se"][0] == pytest.approx(expected, rel=STEP)
    assert found.r2.loc["B", "se"] == pytest.approx(2 * r * expected, rel=STEP)


def test_the_step_is_of_fourth_order(fit, monkeypatch):
    errors = {}
    for step in (8e-3, 4e-3, 1e-3, 5e-4):
        monkeypatch.setattr(linear, "STEP", step)
        found = infinitesimal_jackknife(fit).se
        errors[step] = found[found > 0]
    off = {step: np.abs(se / errors[5e-4] - 1) for step, se in errors.items()}
    assert np.median(off[8e-3]) / np.median(off[4e-3]) == pytest.approx(16, rel=0.2)
    assert off[1e-3].max() < STEP


def test_the_jackknife_tends_to_it(ecsi, mobi):
    off = {}
    for times in (1, 40):
        fit = fitted(ecsi, mobi.assign(n=times), weights="n", weight_type="frequency")
        linearised, left_out = infinitesimal_jackknife(fit).se, csi.jackknife(fit).known.se
        real = linearised > 0
        off[times] = np.abs(linearised[real] / left_out[real] - 1)
    assert off[1].max() < 0.15  # 10,000 respondents are 40 times nearer than 250
    assert off[40].max() < 0.15 / 40 * 1.5


def test_the_bootstrap_agrees(fit):
    linearised = infinitesimal_jackknife(fit)
    boot = csi.bootstrap(fit, n_boot=2000, rng=3)
    for family in ("paths", "weights", "r2", "indices", "impacts"):
        table = linearised.family(family).query("se > 0")
        ratio = table["se"] / boot.family(family)["se"][table.index]
        # of 250 respondents, errors of second order are within 5 %, those of 2,000 resamples 1.6 %
        assert ratio.between(0.9, 1.1).all(), family
        assert ratio.median() == pytest.approx(1, abs=0.04)


def test_respondents_that_share_a_row_count_each(ecsi, survey_frame):
    shared = fitted(ecsi, survey_frame, **DESIGNS["repeats"])
    apart = fitted(ecsi, survey_frame.loc[survey_frame.index.repeat(survey_frame["times"])])
    found = [infinitesimal_jackknife(fit) for fit in (shared, apart)]
    assert found[0].units == found[1].units == survey_frame["times"].sum()
    assert_allclose(found[0].se, found[1].se, rtol=STEP, atol=1e-12)


def test_numbers_that_cannot_vary_have_no_error(fit):
    found = infinitesimal_jackknife(fit)
    single = found.loadings.loc["CUSCO"]
    assert single[["se", "lower", "upper", "failed"]].tolist() == [0, 1, 1, 0]
    indices = found.indices
    width = (indices["upper"] - indices["lower"]) / indices["se"]
    assert_allclose(width, 2 * 1.969537, rtol=1e-6)  # t with 249 degrees of freedom
    assert repr(found) == (
        "<InfinitesimalJackknife of 250 units: 249 degrees of freedom, limits at 95%>"
    )


# the sums behind both


def holed(rows, missing, weights=None):
    rows = rows.copy()
    if missing != "complete":
        rows[np.random.default_rng(8).random(rows.shape) < 0.1] = np.nan
    policy = "listwise" if missing == "complete" else missing
    return Products(rows, len(rows), weights, policy)


@pytest.fixture(scope="module")
def rows(mobi):
    return mobi.iloc[:, :6].to_numpy(dtype=np.float64)


every_policy = pytest.mark.parametrize("missing", ["complete", "pairwise", "mean"])


@every_policy
@pytest.mark.parametrize("weighted", [False, True])
def test_sums_without_a_table_are_those_of_the_table(rows, missing, weighted, monkeypatch):
    monkeypatch.setattr(buckets, "MOST_ROWS", 7)
    weights = np.random.default_rng(9).uniform(1, 3, 250) if weighted else None
    products = holed(rows, missing, weights)
    some = np.array([3, 200, 17])
    assert_allclose(reader(products)(some).T, products.table[some], rtol=1e-15)
    dealt = deal(np.ones(250), None, 10, seed=1)
    found = Bucketed(products.rows, 250, weights, products.missing, dealt=dealt)
    expected = [products.table[each].sum(axis=0) for each in dealt.rows.reshape(10, 25)]
    assert_allclose(found.table, expected, rtol=1e-13, atol=1e-12)


@every_design
def test_directions_do_not_depend_on_how_rows_are_read(survey_frame, design, monkeypatch):
    fit = fitted(TRIO, survey_frame, **design)
    whole = infinitesimal_jackknife(fit).se
    monkeypatch.setattr(linear, "MOST", 9)
    assert_allclose(infinitesimal_jackknife(fit).se, whole, rtol=1e-9)


def test_few_and_many_units_have_the_same_covariance(survey_frame):
    answers = survey_frame[["a", "b", "CUSA2"]].to_numpy(dtype=np.float64)
    design = Design(survey_frame["firm"].to_numpy(), survey_frame["region"].to_numpy())
    covariance = []
    for table in (answers, np.tile(answers, 60)):  # the latter has more sums than there are units
        found = directions(lambda at, table=table: table[at].T, np.ones(250), design)
        covariance.append((found.moves @ found.moves.T)[:3, :3])
    assert_allclose(covariance[0], covariance[1], rtol=1e-12)


# buckets


def test_buckets_of_one_are_the_ordinary_bootstrap(fit):
    plain = Engine.of(fit)
    bucketed = BucketEngine.over(plain, 250, seed=4)
    resamples = bucketed.resamples(4, None)
    counts = resamples.block(0)[:100]
    mine = np.empty_like(counts)
    mine[:, bucketed.dealt.rows] = counts
    ordinary = plain.of_multipliers([mine])
    assert_allclose(bucketed.of_multipliers([counts]).values, ordinary.values, rtol=1e-8)
    jackknifed = [np.sort(engine.jackknife().values) for engine in (plain, bucketed)]
    assert_allclose(*jackknifed, rtol=1e-8)


def test_a_run_with_buckets_is_a_bootstrap_like_others(fit):
    boot = csi.bootstrap(fit, n_boot=600, rng=6, buckets=50)
    longer = csi.bootstrap(fit, n_boot=1100, rng=6, buckets=50, n_jobs=2)
    assert_array_equal(boot.draws.replicates, longer.draws.replicates[:600])
    other = csi.bootstrap(fit, n_boot=600, rng=7, buckets=50)
    assert not (boot.draws.replicates == other.draws.replicates)[:, :12].any()
    for interval in ("percentile", "bca"):
        indices = longer.with_interval(interval).indices
        assert (indices["lower"] < indices["estimate"]).all()
        assert (indices["estimate"] < indices["upper"]).all()


def test_threads_never_see_rows_in_the_place_of_buckets(fit, monkeypatch):
    engine = BucketEngine.over(Engine.of(fit), 50, seed=1)
    seen = []

    def made(*given, **more):
        seen.append(vars(engine).get("products"))
        return Bucketed(*given, **more)

    monkeypatch.setattr("csi.resampling.bucketing.Bucketed", made)
    assert len(engine.products.table) == 50
    assert seen == [None]


@every_design
def test_errors_of_buckets_are_right_on_average(survey_frame, design):
    # random groups: without bias over the ways to deal
    fit = csi.fit(TRIO, csi.survey(survey_frame, scale=(1, 10), **design), csi.Sums())
    variance = [
        infinitesimal_jackknife(fit, buckets=12, rng=seed).indices["se"].to_numpy(float) ** 2
        for seed in range(40)
    ]
    ratio = np.mean(variance, axis=0) / fit.indices["se"].to_numpy(float) ** 2
    # spread of one is sqrt(2 / 11) = 0.43, of the mean of 40 0.067
    assert_allclose(ratio, 1, atol=3 * 0.067)


def test_what_strata_differ_in_is_no_error(survey_frame):
    region = survey_frame["region"].to_numpy()
    sizes = np.bincount(region)
    dealt = deal(np.ones(250), Design(strata=region), 31, seed=2)
    assert (sizes[dealt.stratum] % np.bincount(dealt.stratum)[dealt.stratum]).any()  # uneven
    products = Products(10.0 * (1 + region[:, None]) ** 2, 250)
    found = Bucketed(products.rows, 250, dealt=dealt)
    assert_allclose(found.table.sum(axis=0), products.table.sum(axis=0), rtol=1e-12)
    spread = directions(lambda at: found.table.T[:, at], np.ones(31), Design(strata=dealt.stratum))
    assert np.abs(spread.moves).max(initial=0) < 1e-9


@every_design
def test_every_unit_is_dealt_once(survey_frame, design):
    answers = fitted(TRIO, survey_frame, **design).data
    dealt = deal(answers.copies, answers.sampling, 11, seed=3)
    assert_array_equal(np.bincount(dealt.rows), answers.copies)
    bucket = np.repeat(np.arange(11), np.diff(dealt.ends))
    if answers.sampling is not None and answers.sampling.strata is not None:
        strata = answers.sampling.strata[dealt.rows]
        assert_array_equal(strata, dealt.stratum[bucket])
    for stratum in np.unique(dealt.stratum):
        assert np.ptp(dealt.size[dealt.stratum == stratum]) <= 1
    if "clusters" in design:
        frame = pd.DataFrame(
            {"firm": answers.sampling.clusters[dealt.rows], "bucket": bucket}
            | ({} if answers.sampling.strata is None else {"region": strata})
        )
        assert (frame.groupby(list(frame.columns.drop("bucket")))["bucket"].nunique() == 1).all()
        assert dealt.size.sum() == len(frame.drop(columns="bucket").drop_duplicates())


def test_every_stratum_has_two_buckets_and_the_rest_in_proportion():
    strata = np.repeat([0, 1, 2], [2, 50, 148])
    dealt = deal(np.ones(200), Design(strata=strata), 56, seed=1)
    assert np.bincount(dealt.stratum).tolist() == [2, 14, 40]


def test_groups_have_buckets_of_their_own(survey_frame):
    fits = csi.fit_by(TRIO, csi.survey(survey_frame, scale=(1, 10)), by="region")
    boots = csi.bootstrap(fits, n_boot=200, rng=1, buckets=20)
    assert all(len(boot.engine.dealt) == 20 for boot in boots.values())
    assert len(boots.indices) == 9


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"buckets": 1}, "buckets is 1. Give a whole number from 2."),
        ({"buckets": 2.5}, "buckets is 2.5"),
        ({"buckets": True}, "buckets is True"),
        ({"buckets": 251}, "251 buckets for 250 respondents"),
        ({"buckets": 9, "statistic": lambda fit: fit.n}, "a statistic needs the respondents"),
        ({"buckets": 9, "resamples": [[0] * 250]}, "resamples needs the respondents"),
    ],
)
def test_buckets_that_make_no_sense_are_refused(fit, options, message):
    with pytest.raises(csi.OptionError, match=message):
        csi.bootstrap(fit, **options)


def test_too_few_buckets_for_clusters_and_strata_are_refused(survey_frame):
    clustered = fitted(TRIO, survey_frame, clusters="firm")
    with pytest.raises(csi.OptionError, match="41 buckets for 40 clusters"):
        infinitesimal_jackknife(clustered, buckets=41)
    stratified = fitted(TRIO, survey_frame, strata="region")
    with pytest.raises(csi.OptionError, match=r"5 buckets in 3 strata\. Give at least 6"):
        infinitesimal_jackknife(stratified, buckets=5)
    many = fitted(TRIO, survey_frame.assign(n=2.0**22), weights="n", weight_type="frequency")
    with pytest.raises(csi.OptionError, match="too many to be dealt one by one"):
        csi.bootstrap(many, buckets=100)


class OneByOne:
    """An estimator that takes one sample at a time."""

    def estimate(self, model, moments):
        return csi.PLS().estimate(model, moments)


def test_estimators_without_batches_are_refused(survey_frame):
    fit = fitted(TRIO, survey_frame, OneByOne())
    with pytest.raises(csi.OptionError, match=r"OneByOne needs respondents\. Leave out"):
        csi.bootstrap(fit, buckets=20)
    with pytest.raises(csi.OptionError, match="OneByOne takes one sample at a time"):
        infinitesimal_jackknife(fit)


def test_linearisation_takes_one_fit_with_rows(survey_frame):
    fits = csi.fit_by(TRIO, csi.survey(survey_frame, scale=(1, 10)), by="region")
    with pytest.raises(TypeError, match=r"of the fits of groups give one, such as fits\['A'\]"):
        infinitesimal_jackknife(fits)
    printed = csi.fit(TRIO, csi.Moments.from_correlation(np.eye(4) / 2 + 0.5, list("abcd"), n=99))
    with pytest.raises(csi.RowsRequiredError, match="needs rows"):
        infinitesimal_jackknife(printed)


def test_clusters_of_many_rows_are_summed_first(monkeypatch, mobi, ecsi):
    """The same clusters are drawn as often; only the order in which they stand differs."""
    towns = np.arange(250) // 10
    frame = mobi.assign(town=towns, region=towns // 13, w=1 + np.arange(250) % 3)
    survey = csi.survey(frame, scale=(1, 10), clusters="town", strata="region", weights="w")
    fit = csi.fit(ecsi, survey)
    by_row = csi.bootstrap(fit, n_boot=4000, rng=1)
    monkeypatch.setattr("csi.resampling.bootstrapping.MANY_ROWS", 250)
    summed = csi.bootstrap(fit, n_boot=4000, rng=1)
    assert isinstance(summed.engine, BucketEngine)
    assert not isinstance(by_row.engine, BucketEngine)
    ratio = summed.indices["se"] / by_row.indices["se"]
    assert_allclose(ratio, 1, atol=0.06)  # each has a Monte Carlo error of 1.1 %
    found = [boot.with_interval("bca")._needed["acceleration"] for boot in (summed, by_row)]
    assert_allclose(found[0], found[1], rtol=1e-6, atol=1e-9)
    frequent = csi.bootstrap(fit, lambda fit: fit.index("Loyalty"), n_boot=100, rng=1)
    assert frequent.draws.number == 100

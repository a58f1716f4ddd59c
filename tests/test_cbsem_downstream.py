"""What is built on fits takes those of covariance structures, or says why not."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest
from lavaan_studies import golden, rows
from numpy.testing import assert_allclose

import csi

pytestmark = pytest.mark.filterwarnings("ignore::csi.errors.CsiWarning")  # of small resamples

KEY = ["left", "operator", "right"]
HEART = csi.parse("\n".join(golden("bootstrap")["model"]))


@pytest.fixture(scope="module")
def fit():
    return csi.fit(csi.models.acsi(), csi.demo_survey(), csi.CBSEM())


@pytest.fixture(scope="module")
def boot(fit):
    return csi.bootstrap(fit, n_boot=200, rng=1)


@pytest.fixture(scope="module")
def firms():
    return csi.fit_by(csi.models.acsi(), csi.demo_survey(), by="firm", estimator=csi.CBSEM())


def heart(estimator, table=None, **declared):
    table = rows("mobi")[list(HEART.indicators)] if table is None else table
    return csi.fit(HEART, csi.survey(table, scale=(1, 10), **declared), estimator)


def estimates(table):
    return table.set_index(KEY)["estimate"].sort_index()


def test_every_table_of_a_bootstrap_starts_from_the_fit(fit, boot):
    assert_allclose(boot.paths["estimate"], fit.paths["estimate"])
    assert_allclose(boot.weights["estimate"], fit.weights["weight"])
    assert_allclose(boot.loadings["estimate"], fit.loadings["loading"])
    assert_allclose(boot.indices["estimate"], fit.indices["index"])
    assert_allclose(boot.impacts["estimate"], fit.impacts["impact"])
    free = fit.parameters[fit.parameters["free"]]
    assert_allclose(boot.parameters["estimate"], free["estimate"])
    expected = fit.standardized().set_index(KEY)["estimate"]
    keys = [tuple(key) for key in boot.standardized[KEY].to_numpy()]
    assert_allclose(boot.standardized["estimate"], expected[keys])
    constant = expected.drop(keys)
    assert set(constant.round(9)) <= {0.0, 1.0}
    assert (boot.standardized["se"] > 1e-4).all()


def test_errors_of_a_bootstrap_are_near_those_of_the_sandwich(fit, boot):
    robust = csi.fit(fit.model, csi.demo_survey(), csi.CBSEM("MLR")).parameters
    ratio = boot.parameters["se"].to_numpy() / robust["se"][robust["free"]].to_numpy()
    assert abs(np.median(ratio) - 1) < 0.05  # each is off by some 5 %


def test_the_jackknife_leaves_respondents_out():
    table = rows("mobi")[list(HEART.indicators)]
    found = csi.jackknife(heart(csi.CBSEM()))
    assert found.units == 250
    without = heart(csi.CBSEM(), table.drop(index=17)).parameters
    at = found.quantities.places["parameters"]
    expected = without["estimate"][without["free"]]
    assert_allclose(found.part.values[at, 17], expected, rtol=1e-6, atol=1e-8)
    robust = heart(csi.CBSEM("MLR")).parameters
    ratio = found.parameters["se"].to_numpy() / robust["se"][robust["free"]].to_numpy()
    assert 0.95 < np.median(ratio) < 1.15


def test_replicate_weights_are_given_resamples(fit):
    n = len(fit.data.rows)
    drawn = np.random.default_rng(1).multinomial(n, np.full(n, 1 / n), size=60)
    found = csi.replicate_weights(fit, drawn.T)
    given = csi.bootstrap(fit, resamples=[np.repeat(np.arange(n), each) for each in drawn])
    assert_allclose(found.parameters["se"], given.parameters["se"], rtol=0.15)
    assert_allclose(found.replicates, given.draws.replicates, rtol=1e-6, atol=1e-8)


def test_buckets_lose_little(fit, boot):
    dealt = csi.bootstrap(fit, n_boot=200, rng=1, buckets=400)
    ratio = dealt.parameters["se"] / boot.parameters["se"]
    assert abs(np.median(ratio) - 1) < 0.08


def test_groups_are_compared(firms):
    first, second, *_ = firms
    found = csi.compare(firms[first], firms[second], n_boot=150, n_perm=150, rng=1)
    apart = firms[first].paths["estimate"] - firms[second].paths["estimate"]
    assert_allclose(found.paths["difference"], apart)
    parameters = found.family("parameters")
    apart = estimates(firms[first].parameters) - estimates(firms[second].parameters)
    keys = [tuple(key) for key in parameters[KEY].to_numpy()]
    assert_allclose(parameters["difference"], apart[keys], atol=1e-12)
    assert (parameters["p_permutation"].between(0, 1)).all()
    assert (parameters["p_permutation"] < 0.05).mean() < 0.5


def test_composites_are_not_looked_for_among_factors(firms):
    first, second, *_ = firms
    with pytest.raises(csi.OptionError, match=r"common factors\. .* csi\.invariance"):
        csi.measurement_invariance(firms[first], firms[second])


def test_indices_of_groups_are_ranked_compared_and_put_together(firms):
    boots = csi.bootstrap(firms, n_boot=100, rng=1, max_failed=1)
    index = pd.Series({firm: fit.index("Satisfaction") for firm, fit in firms.items()})
    standing = csi.rank(boots).table.set_index("group")
    assert standing["rank"].idxmin() == index.idxmax()
    whole = csi.aggregate(firms, dict.fromkeys(firms, 1.0)).set_index("level")
    assert whole.loc["all", "index"] == pytest.approx(index.mean())
    waves = csi.change(firms, "Satisfaction")
    assert_allclose(waves["change"], index.diff().dropna())


@dataclass(frozen=True)
class OneByOne:
    """The estimator without its way of taking many samples at once."""

    def estimate(self, model, moments):
        return csi.CBSEM().estimate(model, moments)


def test_prediction_is_the_same_for_folds_at_once_and_one_by_one():
    many, single = (heart(estimator) for estimator in (csi.CBSEM(), OneByOne()))
    one, other = (csi.predict(fit, folds=4, repeats=1, rng=1) for fit in (many, single))
    assert one.failures.empty
    numbers = one.predictions.select_dtypes("number")
    assert_allclose(numbers, other.predictions[numbers.columns], rtol=1e-6)
    assert_allclose(csi.cvpat(many, folds=4, rng=1).table["p"].min(), 0, atol=1e-3)
    blind = [csi.blindfold(fit).select_dtypes("number").dropna() for fit in (many, single)]
    assert_allclose(blind[0], blind[1], rtol=1e-7)


def test_what_rests_on_paths_and_indices(fit, boot):
    chosen = csi.importance_performance(fit, "Satisfaction").constructs.set_index("construct")
    effect = fit.impacts.query("source == 'Quality' and target == 'Satisfaction'")["impact"].item()
    assert chosen.loc["Quality", "importance"] == pytest.approx(effect)
    assert chosen.loc["Quality", "performance"] == pytest.approx(fit.index("Quality"))
    routes = csi.mediation(fit, "Quality", "Loyalty", boot)
    indirect = fit.effects.query("source == 'Quality' and target == 'Loyalty'")["indirect"].item()
    assert routes.query("route == 'all'")["estimate"].item() == pytest.approx(indirect)
    assert_allclose(csi.design_effects(fit)["index"], fit.indices["index"])
    assert csi.sample_size(1.0, fit=fit).n > csi.sample_size(2.0, fit=fit).n


@pytest.mark.parametrize(
    ("estimator", "declared"),
    [
        (csi.CBSEM("DWLS"), {}),
        (csi.CBSEM(), {"missing": "fiml"}),
    ],
    ids=["DWLS", "FIML"],
)
def test_what_needs_rows_is_resampled_one_by_one(estimator, declared, tmp_path):
    table = rows("mobi")[list(HEART.indicators)]
    if declared:
        table = table.mask(np.random.default_rng(1).random(table.shape) < 0.02)
    whole = heart(estimator, table, **declared)
    drawn = np.random.default_rng(2).integers(250, size=(3, 250))
    boot = csi.bootstrap(whole, resamples=drawn, max_failed=1)
    again = heart(estimator, table.iloc[drawn[1]], **declared).parameters
    expected = again["estimate"][again["free"]]
    assert_allclose(boot.resampled("parameters").iloc[1], expected, rtol=1e-6, atol=1e-8)
    settings = {"resamples": drawn, "max_failed": 1, "checkpoint": tmp_path / "run.npz"}
    first, second = (csi.bootstrap(whole, **settings) for _ in range(2))
    np.testing.assert_array_equal(first.draws.replicates, second.draws.replicates)
    with pytest.raises(csi.OptionError, match="one sample at a time here"):
        csi.infinitesimal_jackknife(whole)
    with pytest.raises(csi.OptionError, match="one sample at a time here"):
        _ = boot.with_interval("studentized").paths


def test_a_function_of_a_fit_is_resampled(fit):
    found = csi.bootstrap(fit, lambda each: each.measure("srmr"), n_boot=100, rng=1).table
    assert found["estimate"].item() == pytest.approx(fit.measure("srmr"))
    assert found["lower"].item() > 0


def test_a_group_without_an_index_is_compared_all_the_same():
    table = rows("mobi")[list(HEART.indicators)]
    for seed in range(30):
        half = np.random.default_rng(seed).integers(2, size=250)
        groups = csi.survey(table.assign(half=np.where(half, "a", "b")), scale=(1, 10))
        fits = csi.fit_by(HEART, groups, by="half", estimator=csi.CBSEM(), on_bad_group="skip")
        if len({each.has_indices for each in fits.values()}) == 2:
            break
    found = csi.compare(fits, n_boot=100, n_perm=100, rng=1, max_failed=1)
    assert np.isfinite(found.paths["difference"]).all()
    without = next(each for each in fits.values() if not each.has_indices).without_index
    lost = found.indices["difference"].isna()
    assert set(found.indices["construct"][lost]) == set(without)
    assert lost.sum() > 0

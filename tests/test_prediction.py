"""PLSpredict, against R peers by golden figures, seminr for Python beside csi, and by hand.

Source      ECSI mobile phones and Spanish bank (golden figures), corporate reputation (answers).
Oracle      seminr 2.3.4 and cSEM 0.6.1.9000 in R; seminr 0.2.1 for Python; fits of the training
            respondents alone, with predictions written out; a population of known factors.
Input here  the answers, loaded from seminr at run time; for the bank sums and products only.
"""

import importlib
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import pytest
import seminr
from numpy.testing import assert_allclose, assert_array_equal
from peers import golden, model
from r_random import Stream
from seminr.estimate.data import Dataset

import csi
from csi import higher_order, items, paths, reflective, single
from csi.assessment.prediction import power, predict
from csi.core.prediction import Maps, Targets
from csi.core.products import Samples

KNOWN = golden("assessment_prediction")
TOLERANCE = 5e-11  # the peers stop their iterations near 1e-12; we reach 2e-11 in predictions
SPLIT = np.r_[np.full(200, -1), np.zeros(50, dtype=int)]
MADE = csi.model(
    [reflective(name, items(name[0].lower(), 1, 3)) for name in ("Quality", "Value", "Loyalty")],
    [paths("Quality", ["Value", "Loyalty"]), paths("Value", "Loyalty")],
    scale=(0, 100),
)


@pytest.fixture(scope="module")
def fit(ecsi, mobi):
    return csi.fit(ecsi, mobi)


@pytest.fixture(scope="module")
def made():
    return made_answers(120, 3)


def made_answers(n, seed, reliability=0.6):
    """Answers of known factors: Quality -> Value -> Loyalty."""
    rng = np.random.default_rng(seed)
    quality = rng.standard_normal(n)
    value = 0.7 * quality + np.sqrt(1 - 0.7**2) * rng.standard_normal(n)
    loyalty = 0.7 * value + np.sqrt(1 - 0.7**2) * rng.standard_normal(n)
    eta = np.column_stack([quality, value, loyalty])
    load = np.sqrt(reliability * np.array([1.2, 1.0, 0.8]))
    noise = rng.standard_normal((n, 3, 3)) * np.sqrt(1 - load**2)
    rows = 50 + 10 * (eta[:, :, None] * load + noise)
    return pd.DataFrame(np.clip(rows.reshape(n, 9), 0, 100), columns=list(MADE.indicators))


@pytest.mark.parametrize("technique", ["direct", "earliest"])
def test_split_agrees_with_seminr_in_r(fit, technique):
    known = KNOWN["mobile"][f"split, {technique}"]
    found = predict(fit, SPLIT, technique=technique)
    table = found.items.set_index("indicator")
    for name in ("rmse", "mae"):
        assert_allclose(table[name], [known[name][i] for i in table.index], atol=TOLERANCE)
    first = found.predictions.iloc[200]
    assert_allclose(first, [known["row 201"][i] for i in first.index], atol=TOLERANCE)
    assert found.predictions.iloc[:200].isna().all(axis=None)


def test_split_agrees_with_csem(fit):
    known = KNOWN["mobile"]["split, cSEM"]
    found = predict(fit, SPLIT, technique="earliest")
    table = found.items.set_index("indicator")
    assert_allclose(table["rmse"], [known["RMSE_target"][i] for i in table.index], atol=TOLERANCE)
    # cSEM centres the errors before it squares them
    model, average = (e[0, 200:].var(axis=0) for e in (found.errors.model, found.errors.average))
    assert_allclose(
        1 - model / average, [known["Q2_predict"][i] for i in table.index], atol=TOLERANCE
    )
    squares = [(e[0, 200:] ** 2).sum(axis=0) for e in (found.errors.model, found.errors.average)]
    assert_allclose(table["q2_predict"], 1 - squares[0] / squares[1], atol=1e-12)


@pytest.mark.parametrize("technique", ["direct", "earliest"])
def test_ten_folds_agree_with_seminr_in_r(fit, technique):
    known = KNOWN["mobile"][f"folds, {technique}"]
    labels = np.empty(250)
    labels[Stream(42).shuffled(250)] = np.arange(250) // 25
    table = predict(fit, labels, technique=technique, benchmark="all").items.set_index("indicator")
    for peer, end in (("PLS_out", ""), ("LM_out", "_lm")):
        for name in ("rmse", "mae"):
            expected = [known[peer][name][i] for i in table.index]
            assert_allclose(table[name + end], expected, atol=TOLERANCE)


@pytest.mark.parametrize("technique", ["direct", "earliest"])
def test_split_of_the_bank_agrees_with_seminr_in_r(technique):
    bank, whole = model("pls_satisfaction"), golden("pls_satisfaction")
    train, rest = KNOWN["bank_training"], _sums(whole)
    sums = _sums(train)
    targets = Targets.of(bank.blocks, bank.composition, bank.design, technique, "antecedents")
    mean = sums[0, 1:] / 200
    cov = sums[1:, 1:] / 200 - np.outer(mean, mean)
    sd = np.sqrt(np.diagonal(cov))
    samples = Samples(mean[:, None], sd[:, None], (cov / np.outer(sd, sd))[..., None])
    found = csi.PLS(tol=1e-12).solve(bank, samples).composites
    maps = Maps.of(samples, found, targets, np.array([200.0]))
    slopes = maps.constructs[:, targets.owner, 0] * maps.loadings[:, 0]
    slopes = slopes * sd[targets.items] / sd[:, None]
    error = np.vstack([slopes.T @ mean - mean[targets.items], -slopes])  # of (1, x) in each item
    error[1 + targets.items, np.arange(len(targets.items))] += 1
    rmse = np.sqrt(np.einsum("iq,ij,jq->q", error, rest - sums, error) / 50)
    known = KNOWN["bank"][f"split, {technique}"]["rmse"]
    assert_allclose(rmse, [known[bank.indicators[i]] for i in targets.items], atol=TOLERANCE)


def _sums(known):
    """Sums of (1, x)(1, x)' over respondents."""
    first = np.array(known["sums"], dtype=float)
    lower = np.zeros((len(first), len(first)))
    for i, row in enumerate(known["cross_products"]):
        lower[i, : i + 1] = row
    products = lower + np.tril(lower, -1).T
    return np.block([[np.array([[known["n"]]]), first[None]], [first[:, None], products]])


@pytest.mark.parametrize("technique", ["direct", "earliest"])
def test_agrees_with_seminr_in_python(reputation_extended, corp_rep, technique):
    from seminr.predict.techniques import predict_DA, predict_EA

    # the package hides this module by a function of its name
    cut_folds = importlib.import_module("seminr.predict.predict_pls").cut_folds

    whole = corp_rep[(corp_rep[list(reputation_extended.indicators)] > 0).all(axis=1)]
    ours = csi.fit(reputation_extended, whole, csi.PLS(tol=1e-12))
    order = np.random.default_rng(5).permutation(len(whole))
    theirs = seminr.predict_pls(
        _in_seminr(reputation_extended, whole),
        technique=predict_DA if technique == "direct" else predict_EA,
        no_folds=10,
        ordering=order,
    ).items
    labels = np.empty(len(whole))
    labels[order] = np.array(cut_folds(len(whole), 10))
    found = predict(ours, labels, technique=technique)
    for own, residuals in (
        (found.errors.model, theirs.pls_out_of_sample_residuals),
        (found.errors.linear, theirs.lm_out_of_sample_residuals),
    ):
        columns = [residuals.cols.index(name) for name in found.indicators]
        assert_allclose(own[0], residuals.values[:, columns], atol=1e-8)  # linear: 5e-11


def _in_seminr(whole, frame):
    mode = {"composite": seminr.mode_B, "reflective": seminr.mode_A, "single": seminr.mode_A}
    return seminr.estimate_pls(
        Dataset(tuple(frame.columns), frame.to_numpy()),
        seminr.constructs(
            *(
                seminr.composite(c.name, list(c.indicators), weights=mode[c.kind])
                for c in whole.constructs
            )
        ),
        seminr.relationships(*(seminr.paths(p.source, p.target) for p in whole.paths)),
        max_it=3000,
        stop_criterion=12,
    )


def by_hand(training, rows, technique="direct"):
    """Predict rows, NaN where missing, from the tables of a fit of the training respondents."""
    z = np.nan_to_num((rows - training.moments.mean) / training.moments.sd)
    scores = z @ training.estimates.weights
    B = training.estimates.paths
    names = list(training.model.names)
    if technique == "earliest":
        total = np.linalg.inv(np.eye(len(B)) - B) - np.eye(len(B))
        exogenous = ~training.model.design.any(axis=0)
        B = np.where(exogenous[:, None], total, 0)
    predicted = {}
    for row in training.loadings.itertuples():
        j, i = names.index(row.construct), list(training.model.indicators).index(row.indicator)
        if training.model.design[:, j].any():
            back = scores @ B[:, j] * row.loading
            predicted[row.indicator] = training.moments.mean[i] + training.moments.sd[i] * back
    return pd.DataFrame(predicted)


@pytest.mark.parametrize("missing", ["listwise", "pairwise", "mean"])
@pytest.mark.parametrize("technique", ["direct", "earliest"])
def test_every_fold_is_a_fit_of_the_others(made, missing, technique):
    frame = made.assign(w=np.random.default_rng(1).uniform(0.5, 2, len(made)))
    if missing != "listwise":
        frame = frame.mask(np.random.default_rng(2).random(frame.shape) < 0.06)
        frame["w"] = 1.0 + np.arange(len(frame)) % 3
    data = csi.survey(frame, weights="w", missing=missing)
    fit = csi.fit(MADE, data)
    labels = np.arange(len(made)) % 4
    found = predict(fit, labels, technique=technique)
    given = frame[list(MADE.indicators)].to_numpy()
    for fold in range(4):
        held = np.flatnonzero(labels == fold)
        training = csi.fit(MADE, data.take(np.flatnonzero(labels != fold)))
        expected = by_hand(training, given[held], technique)[found.indicators]
        assert_allclose(found.predictions.iloc[held], expected, atol=1e-7)
    actual = frame[found.indicators].to_numpy()
    error = actual - found.predictions.to_numpy()
    w = frame["w"].to_numpy()[:, None] * np.isfinite(error)
    rmse = np.sqrt((w * np.nan_to_num(error) ** 2).sum(axis=0) / w.sum(axis=0))
    assert_allclose(found.items["rmse"], rmse, atol=1e-12)


def test_scores_are_compared_with_what_they_are_predicted_to_be(made):
    fit = csi.fit(MADE, made)
    labels = np.arange(len(made)) % 3
    found = predict(fit, labels).constructs
    actual, guess = np.empty((len(made), 2)), np.empty((len(made), 2))
    for fold in range(3):
        held = labels == fold
        training = csi.fit(MADE, made[~held])
        sd = made[~held].std(ddof=0)
        scores = ((made[held] - made[~held].mean()) / sd).to_numpy() @ training.estimates.weights
        actual[held], guess[held] = scores[:, 1:], (scores @ training.estimates.paths)[:, 1:]
    # deviations of divisor n here, of n - 1 in fits: scores are standardised either way
    assert_allclose(found["rmse"], np.sqrt(((actual - guess) ** 2).mean(axis=0)), atol=1e-7)
    assert_allclose(
        found["q2_predict"],
        1 - ((actual - guess) ** 2).sum(axis=0) / (actual**2).sum(axis=0),
        atol=1e-7,
    )


def test_scores_need_all_their_items(made):
    frame = made.mask(np.random.default_rng(2).random(made.shape) < 0.05)
    found = predict(csi.fit(MADE, csi.survey(frame, missing="pairwise")), 4, 1, rng=1)
    lacking = [frame[[f"{c}{i}" for i in (1, 2, 3)]].isna().any(axis=1) for c in "vl"]
    assert_array_equal(np.isnan(found.forecasts.scores[0]), np.column_stack(lacking))
    assert np.isfinite(found.forecasts.predicted).all()


def test_corrected_models_predict_scores_as_regressions_do(made):
    chain = csi.model(MADE.constructs, [paths("Quality", "Value"), paths("Value", "Loyalty")])
    one, other = (
        predict(csi.fit(chain, made, csi.PLS(consistent=c)), 4, 2, rng=1) for c in (True, False)
    )
    assert_allclose(one.forecasts.predicted, other.forecasts.predicted, atol=1e-9)


@pytest.mark.parametrize("technique", ["direct", "earliest"])
def test_corrected_models_predict_without_bias(technique):
    rows = made_answers(20_000, 7, reliability=0.5)
    chain = csi.model(MADE.constructs, [paths("Quality", "Value"), paths("Value", "Loyalty")])
    slopes = {}
    for consistent in (True, False):
        fit = csi.fit(chain, rows, csi.PLS(consistent=consistent))
        found = predict(fit, 2, 1, technique=technique, rng=1)
        pairs = [(found.predictions[name], rows[name]) for name in ("l1", "l2", "l3")]
        slopes[consistent] = np.mean([np.polyfit(*pair, 1)[0] for pair in pairs])
    # its standard error is 0.015; composites times corrected paths would give 0.88 or less
    assert_allclose(slopes[True], 1, atol=0.045)
    if technique == "earliest":
        assert slopes[False] > 1.2  # attenuated by the reliability of Value, 0.75


def test_corrected_paths_from_one_predictor_are_shrunk_by_the_root_of_rho_a():
    rows = made_answers(500, 4)
    held = np.arange(500) % 2 == 0
    found = predict(csi.fit(MADE, rows, csi.PLS(consistent=True)), np.arange(500) % 2)
    training = csi.fit(MADE, rows[~held], csi.PLS(consistent=True))
    rho = training.reliability.loc["Quality", "rho_a"]
    mean = training.moments.mean[3]
    naive = by_hand(training, rows[held].to_numpy())["v1"] - mean
    assert_allclose(found.predictions.loc[held, "v1"] - mean, naive * np.sqrt(rho), rtol=1e-6)


def test_identical_respondents_may_share_a_row(made):
    copies = 1 + np.arange(len(made)) % 3
    labels = np.arange(len(made)) % 4
    data = csi.survey(made.assign(w=copies), weights="w", weight_type="frequency")
    again = made.loc[np.repeat(np.arange(len(made)), copies)].reset_index(drop=True)
    few = predict(csi.fit(MADE, data), labels)
    many = predict(csi.fit(MADE, again), np.repeat(labels, copies))
    numbers = ["rmse", "mae", "q2_predict", "rmse_lm", "rmse_mean"]
    assert_allclose(few.items[numbers], many.items[numbers], rtol=1e-8)
    assert_allclose(few.constructs["rmse"], many.constructs["rmse"], rtol=1e-8)


def test_clusters_are_not_divided_and_strata_are_spread(made):
    frame = made.assign(shop=np.arange(120) // 4, city=np.arange(120) // 60)
    fit = csi.fit(MADE, csi.survey(frame, clusters="shop", strata="city"))
    labels = predict(fit, 5, 3, rng=1).folds.labels
    assert labels.shape == (3, 120)
    for row in labels:
        assert (pd.Series(row).groupby(frame["shop"]).nunique() == 1).all()
        assert_array_equal(pd.crosstab(row, frame["city"]), 12)


def test_dealing_follows_the_seed(made):
    fit = csi.fit(MADE, made)
    first, again, other = (predict(fit, 7, 4, rng=seed) for seed in (1, 1, 2))
    assert_array_equal(first.errors.model, again.errors.model)
    assert (first.folds.labels != other.folds.labels).any()
    assert len(np.unique(first.folds.labels, axis=0)) == 4
    sizes = np.bincount(first.folds.labels[0])
    assert sizes.max() - sizes.min() <= 1
    assert_array_equal(predict(fit, 7, 2, rng=1).folds.labels, first.folds.labels[:2])


def test_leaving_out_one_at_a_time_is_done_once(made):
    found = predict(csi.fit(MADE, made), 120, 10)
    assert found.folds.labels.shape == (1, 120)
    training = csi.fit(MADE, made.drop(index=17))
    expected = by_hand(training, made.iloc[[17]].to_numpy())
    assert_allclose(found.predictions.iloc[[17]], expected[found.indicators], atol=1e-7)


def test_folds_that_fail_are_counted(made):
    frame = made.copy()
    frame["v1"] = np.where(np.arange(120) < 12, frame["v1"], 50.0)
    fit = csi.fit(MADE, csi.survey(frame))
    found = predict(fit, np.arange(120) // 12)
    assert found.failures.to_dict("records") == [
        {"repeat": 0, "fold": 0, "why": "an item does not vary"}
    ]
    assert found.predictions.iloc[:12].isna().all(axis=None)
    assert np.isfinite(found.items["rmse"]).all()
    assert (found.items["why"] == "1 of 10 folds failed: an item does not vary (1)").all()
    with pytest.raises(csi.EstimationError, match="without any of 1 folds: an item does not vary"):
        predict(fit, np.where(np.arange(120) < 12, 0, -1))


def test_no_linear_model_is_no_reason_to_stop(made):
    with pytest.warns(csi.DataQualityWarning, match="identical"):
        fit = csi.fit(MADE, made.assign(q3=made["q2"]))
    found = predict(fit, rng=1)
    assert found.items["rmse_lm"].isna().all()
    assert np.isfinite(found.items["rmse"]).all()
    assert found.items["better"].isna().all()
    assert found.items["why"].str.startswith("no linear model").all()
    assert found.power is None
    few = predict(csi.fit(MADE, made[:12]), 2, rng=1).items
    assert few.groupby("construct")["rmse_lm"].apply(lambda x: x.isna().all()).loc["Loyalty"]


@dataclass(frozen=True)
class OneAtATime:
    """PLS without its way of taking many samples at once."""

    def estimate(self, model, moments):
        return csi.PLS().estimate(model, moments)


@pytest.mark.parametrize("missing", ["listwise", "mean"])
def test_any_estimator_will_do(made, missing):
    frame = (
        made
        if missing == "listwise"
        else made.mask(np.random.default_rng(2).random(made.shape) < 0.03)
    )
    data = csi.survey(frame, missing=missing)
    one, many = (predict(csi.fit(MADE, data, e), 4, 2, rng=1) for e in (OneAtATime(), csi.PLS()))
    assert_allclose(one.errors.model, many.errors.model, atol=1e-7)
    assert_allclose(one.errors.linear, many.errors.linear, atol=1e-9)
    constant = replace(one.fit, data=replace(one.fit.data, rows=_constant(one.fit.data.rows)))
    assert predict(constant, np.arange(120) // 30).failures["why"].tolist() == [
        "an item does not vary"
    ]


def _constant(rows):
    changed = rows.copy()
    changed[30:, 0] = 50.0
    return changed


def test_parts_of_higher_order_constructs_are_predicted_through_them(made):
    whole = csi.model(
        [
            *MADE.constructs[1:],
            single("Image", "q1"),
            higher_order("Bond", ["Value", "Loyalty"]),
        ],
        [paths("Image", "Bond")],
    )
    fit = csi.fit(whole, made)
    found = predict(fit, np.arange(120) % 2)
    training = csi.fit(whole, made[1::2])
    held = made[::2]
    z = (held["q1"] - made["q1"][1::2].mean()) / made["q1"][1::2].std()
    follows = training.construct_corr.loc["Loyalty", "Bond"]
    loading = training.loadings.loc["l1", "loading"]
    path = training.paths["estimate"].iloc[0]
    expected = made["l1"][1::2].mean() + made["l1"][1::2].std() * z * path * follows * loading
    assert_allclose(found.predictions["l1"].iloc[::2], expected, atol=1e-7)
    assert found.items["construct"].unique().tolist() == ["Bond"]


def test_words_for_predictive_power():
    assert [power(b, 4) for b in (4, 3, 2, 1, 0)] == ["high", "medium", "medium", "low", "none"]
    assert power(1, 1) == "high"


def test_shows_itself(fit):
    found = predict(fit, 5, 2, rng=1)
    assert repr(found).startswith("<Prediction: 5 folds dealt 2 times, ")
    assert "better" in found._repr_html_()
    assert found.constructs.loc["Quality", "items"] == 7


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"folds": 121}, "folds is 121, but there are 120 respondents"),
        ({"folds": 1}, "folds is 1. Give a whole number from 2"),
        ({"repeats": 0}, "repeats is 0"),
        ({"folds": np.zeros(120)}, "into one fold"),
        ({"folds": np.full(120, -1)}, "into one fold"),
        ({"folds": np.arange(119)}, "used 120 rows"),
        ({"folds": ["a"] * 120}, "no array of whole numbers"),
        ({"technique": "late"}, "technique is 'late'"),
        ({"benchmark": "none"}, "benchmark is 'none'"),
        ({"rng": -1}, "rng is -1"),
    ],
)
def test_refuses(made, options, message):
    with pytest.raises(csi.OptionError, match=message):
        predict(csi.fit(MADE, made), **options)


def test_needs_rows(ecsi, fit):
    with pytest.raises(csi.RowsRequiredError, match="needs rows"):
        predict(csi.fit(ecsi, fit.moments))
    with pytest.raises(csi.OptionError, match="takes a fit"):
        predict(fit.moments)

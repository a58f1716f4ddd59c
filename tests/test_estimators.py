"""Estimators: settings, sums and given weights, convergence, and the protocol.

Numbers of PLS path modelling are compared with other programs in the tests named after these.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

import csi
from csi import composite, items, paths, reflective, single
from csi.core.moments import Moments
from csi.errors import (
    ConvergenceWarning,
    DataError,
    EstimationError,
    InadmissibleWarning,
    ModelError,
    OptionError,
)
from csi.estimators.base import Estimator
from csi.estimators.composites import estimates_from_weights

MODEL = csi.model(
    [
        reflective("Image", items("i", 1, 3)),
        reflective("Sat", items("s", 1, 3)),
        single("Loy", "l1"),
    ],
    [paths("Image", ["Sat", "Loy"]), paths("Sat", "Loy")],
    scale=(1, 10),
)


@pytest.fixture(scope="module")
def frame():
    rng = np.random.default_rng(13)
    opinion = rng.normal(size=(100, 1))
    answers = np.clip(np.round(6 + 1.5 * opinion + rng.normal(size=(100, 7))), 1, 10)
    return pd.DataFrame(answers, columns=list(MODEL.indicators))


def standardised(column):
    return (column - column.mean()) / column.std()


def regression(effect, *causes):
    return np.linalg.lstsq(np.column_stack(causes), effect, rcond=None)[0]


# sums


def test_sums_are_sums_of_answers(frame):
    fit = csi.fit(MODEL, frame, csi.Sums())
    image, sat = frame[items("i", 1, 3)].sum(axis=1), frame[items("s", 1, 3)].sum(axis=1)
    assert_allclose(fit.scores["Image"], standardised(image), rtol=0, atol=1e-12)
    assert_allclose(fit.scores["Sat"], standardised(sat), rtol=0, atol=1e-12)
    assert_allclose(fit.scores["Loy"], standardised(frame["l1"]), rtol=0, atol=1e-12)


def test_paths_of_sums_are_regressions_of_their_scores(frame):
    fit = csi.fit(MODEL, frame, csi.Sums())
    image, sat = frame[items("i", 1, 3)].sum(axis=1), frame[items("s", 1, 3)].sum(axis=1)
    z = [standardised(x) for x in (image, sat, frame["l1"])]
    on_loyalty = regression(z[2], z[0], z[1])
    found = fit.paths.set_index(["source", "target"])["estimate"]
    assert found["Image", "Sat"] == pytest.approx(image.corr(sat), abs=1e-12)
    assert_allclose(found[[("Image", "Loy"), ("Sat", "Loy")]], on_loyalty, rtol=0, atol=1e-12)
    predicted = on_loyalty[0] * z[0] + on_loyalty[1] * z[1]
    assert fit.r2.loc["Loy", "r2"] == pytest.approx(predicted.var(), abs=1e-12)
    assert fit.r2.loc["Loy", "r2_adjusted"] == pytest.approx(
        1 - (1 - predicted.var()) * 99 / 97, abs=1e-12
    )


def test_sums_of_standardised_items(frame):
    fit = csi.fit(MODEL, frame, csi.Sums(standardized=True))
    image = frame[items("i", 1, 3)].apply(standardised).sum(axis=1)
    assert_allclose(fit.scores["Image"], standardised(image), rtol=0, atol=1e-12)
    assert_allclose(fit.loadings["loading"].iloc[0], frame["i1"].corr(image), rtol=0, atol=1e-12)


def test_indices_of_sums_are_plain_means(frame):
    fit = csi.fit(MODEL, frame, csi.Sums())
    means = 100 * (frame[items("s", 1, 3)].mean(axis=1) - 1) / 9
    assert fit.index("Sat") == pytest.approx(means.mean(), abs=1e-12)


# given weights

GIVEN = {"Image": {"i1": 0.5, "i2": 0.3, "i3": 0.2}, "Sat": {"s1": 1.0, "s2": 2.0, "s3": -1.0}}


def test_given_weights_are_used_as_they_are(frame):
    fit = csi.fit(MODEL, frame, csi.FixedWeights(GIVEN))
    sat = frame["s1"] + 2 * frame["s2"] - frame["s3"]
    assert_allclose(fit.scores["Sat"], standardised(sat), rtol=0, atol=1e-12)
    image = frame[list(GIVEN["Image"])] @ pd.Series(GIVEN["Image"])
    with pytest.warns(InadmissibleWarning, match="Items of Sat have negative weights"):
        index = fit.index("Image")
    assert index == pytest.approx(100 * (image.mean() - 1) / 9, abs=1e-12)


def test_given_weights_of_standardised_items(frame):
    fit = csi.fit(MODEL, frame, csi.FixedWeights(GIVEN, standardized=True))
    z = frame.apply(standardised)
    sat = z["s1"] + 2 * z["s2"] - z["s3"]
    assert_allclose(fit.scores["Sat"], standardised(sat), rtol=0, atol=1e-12)


@pytest.mark.parametrize(
    ("weights", "says"),
    [
        ({**GIVEN, "Sta": {}}, "no construct 'Sta'.*Did you mean 'Sat'"),
        ({"Image": GIVEN["Image"]}, "weights of 'Sat' lack s1, s2, s3"),
        ({**GIVEN, "Sat": {"s1": 1.0}}, "'Sat' lack s2, s3"),
        ({**GIVEN, "Loy": {"l1": 1.0, "I1": 1.0}}, "'Loy' name 'I1', which is not an item"),
        ({**GIVEN, "Sat": dict.fromkeys(items("s", 1, 3), 0.0)}, "not all of them zero"),
        ({**GIVEN, "Sat": dict.fromkeys(items("s", 1, 3), np.nan)}, "finite numbers"),
        ({**GIVEN, "Sat": dict.fromkeys(items("s", 1, 3), "x")}, "finite numbers"),
        ({**GIVEN, "Sat": [1, 2, 3]}, "mapping from items to numbers"),
        ([1, 2, 3], "Give a mapping"),
    ],
)
def test_impossible_weights(frame, weights, says):
    with pytest.raises(OptionError, match=f"(?s){says}"):
        csi.fit(MODEL, frame, csi.FixedWeights(weights))


def test_nothing_is_iterated_for_given_weights(frame):
    for estimator in (csi.Sums(), csi.FixedWeights(GIVEN)):
        settled = csi.fit(MODEL, frame, estimator).convergence
        assert settled.converged
        assert settled.iterations == 0


# settings of PLS


@pytest.mark.parametrize(
    ("setting", "says"),
    [
        ({"scheme": "pathh"}, "Known: path, factorial, centroid. Did you mean 'path'"),
        ({"scheme": None}, "scheme is None"),
        ({"on_fail": "ignore"}, "Known: raise, return"),
        ({"modes": {"Sat": "C"}}, "mode of 'Sat' is 'C'"),
        ({"modes": "A"}, "Give a mapping"),
        ({"tol": 0.0}, "small positive number"),
        ({"tol": 2.0}, "small positive number"),
        ({"max_iter": 0}, "positive whole number"),
        ({"max_iter": 10.5}, "positive whole number"),
        ({"consistent": True, "standardize": False}, "needs standardize=True"),
    ],
)
def test_unknown_settings(setting, says):
    with pytest.raises(OptionError, match=says):
        csi.PLS(**setting)


def test_kinds_choose_modes_and_settings_override(frame):
    model = csi.model(
        [composite("Image", items("i", 1, 3)), *MODEL.constructs[1:]], MODEL.paths, scale=(1, 10)
    )
    settings = [
        dict(csi.fit(model, frame, csi.PLS(modes=modes)).settings.itertuples(index=False))["modes"]
        for modes in ({}, {"Image": "A", "Sat": "unit"})
    ]
    assert settings == [
        "Image B, Sat A, Loy single item",
        "Image A, Sat unit, Loy single item",
    ]


def test_mode_b_weights_are_regression_weights(frame):
    model = csi.model(
        [composite("Image", items("i", 1, 3)), single("Loy", "l1")], [paths("Image", "Loy")]
    )
    fit = csi.fit(model, frame, csi.PLS(tol=1e-13))
    z = frame.apply(standardised)
    expected = regression(z["l1"], *(z[name] for name in items("i", 1, 3)))
    expected *= np.sign(expected.sum())
    weights = fit.weights.loc[items("i", 1, 3), "weight"]
    assert_allclose(weights / weights.sum(), expected / expected.sum(), rtol=0, atol=1e-10)


def test_unit_weights_are_sums_of_standardised_items(frame):
    units = csi.PLS(modes=dict.fromkeys(MODEL.names, "unit"))
    a, b = csi.fit(MODEL, frame, units), csi.fit(MODEL, frame, csi.Sums(standardized=True))
    assert_allclose(a.weights["weight"], b.weights["weight"], rtol=0, atol=1e-12)
    assert_allclose(a.paths["estimate"], b.paths["estimate"], rtol=0, atol=1e-12)


def test_composites_point_along_their_items(frame):
    turned = frame.assign(l1=11 - frame["l1"], **{f"s{i}": 11 - frame[f"s{i}"] for i in (1, 2, 3)})
    fit, other = csi.fit(MODEL, frame), csi.fit(MODEL, turned)
    assert (other.loadings["loading"] > 0).all()
    assert_allclose(other.loadings["loading"], fit.loadings["loading"], rtol=0, atol=1e-9)
    found = [f.paths.set_index(["source", "target"])["estimate"] for f in (fit, other)]
    assert found[1]["Image", "Sat"] == pytest.approx(-found[0]["Image", "Sat"], abs=1e-9)
    assert found[1]["Sat", "Loy"] == pytest.approx(found[0]["Sat", "Loy"], abs=1e-9)


def test_consistent_pls_recovers_a_factor_model():
    """Population correlations of a factor model give back its loadings and path."""
    loadings, path = np.array([0.6, 0.7, 0.8]), 0.5
    L = np.kron(np.eye(2), loadings[:, None])
    R = L @ np.array([[1, path], [path, 1]]) @ L.T
    np.fill_diagonal(R, 1)
    model = csi.model(
        [reflective("A", items("a", 1, 3)), reflective("B", items("b", 1, 3))], [paths("A", "B")]
    )
    moments = Moments.from_correlation(R, model.indicators, n=1000)
    fit = csi.fit(model, moments, csi.PLS(consistent=True, tol=1e-13))
    assert_allclose(fit.loadings["loading"], np.tile(loadings, 2), rtol=0, atol=1e-9)
    assert fit.paths.loc[0, "estimate"] == pytest.approx(path, abs=1e-9)
    plain = csi.fit(model, moments, csi.PLS(tol=1e-13))
    assert plain.paths.loc[0, "estimate"] < 0.45


# iterations that end otherwise


def test_an_iteration_that_does_not_settle(frame):
    hurried = csi.PLS(tol=1e-14, max_iter=2)
    with pytest.raises(EstimationError, match=r"not settled after 2 iterations.*larger max_iter"):
        csi.fit(MODEL, frame, hurried)
    with pytest.warns(ConvergenceWarning, match="not settled after 2"):
        fit = csi.fit(MODEL, frame, csi.PLS(tol=1e-14, max_iter=2, on_fail="return"))
    assert not fit.convergence.converged
    assert fit.convergence.iterations == 2
    assert fit.convergence.change > 1e-14
    assert "NOT converged" in repr(fit)
    assert any("not settled" in problem for problem in fit.problems)


def test_how_an_iteration_settled(frame):
    settled = csi.fit(MODEL, frame, csi.PLS(tol=1e-6)).convergence
    assert settled.converged
    assert settled.change < settled.tolerance == 1e-6
    assert f"settled after {settled.iterations} iterations" in settled.how


# models that composites cannot be built for


def test_models_that_fall_apart(frame):
    lonely = csi.model(MODEL.constructs, [paths("Image", "Sat")])
    with pytest.raises(ModelError, match="without a path: Loy"):
        csi.fit(lonely, frame)
    four = [single(name, name.lower()) for name in ("I1", "I2", "S1", "S2")]
    apart = csi.model(four, [paths("I1", "I2"), paths("S1", "S2")])
    with pytest.raises(ModelError, match="2 unconnected pieces: I1, I2; S1, S2"):
        csi.fit(apart, frame)


def test_an_item_of_two_constructs(frame):
    shared = csi.model(
        [reflective("Image", ["i1", "i2"]), reflective("Sat", ["i2", "s1"])],
        [paths("Image", "Sat")],
    )
    with pytest.raises(ModelError, match="'i2' belongs to two constructs, 'Image' and 'Sat'"):
        csi.fit(shared, frame)


@pytest.mark.filterwarnings("ignore:.* are identical")
def test_collinear_predictors_and_blocks(frame):
    twins = frame.assign(s1=frame["i1"], s2=frame["i2"], s3=frame["i3"])
    with pytest.raises(EstimationError, match="collinear"):
        csi.fit(MODEL, twins)
    formative = csi.model(
        [composite("Image", items("i", 1, 3)), *MODEL.constructs[1:]], MODEL.paths
    )
    with pytest.raises(
        ModelError, match=r"Image \(Mode B\) are collinear: i1 and i3 are identical"
    ):
        csi.fit(formative, frame.assign(i3=frame["i1"]))


def test_more_items_than_respondents():
    wide = csi.model([composite("A", items("a", 1, 12)), single("B", "b")], [paths("A", "B")])
    rng = np.random.default_rng(0)
    few = pd.DataFrame(rng.integers(1, 11, (11, 13)), columns=list(wide.indicators))
    with pytest.raises(DataError, match=r"11 rows, 12 items in A \(Mode B\)"):
        csi.fit(wide, few)


# estimators of one's own


@dataclass(frozen=True)
class FirstItem:
    """Let the first item stand for its construct."""

    def estimate(self, model, moments):
        W = np.zeros(model.blocks.shape)
        W[model.blocks.argmax(axis=0), np.arange(len(model.names))] = 1
        settled = csi.Sums().estimate(model, moments).convergence
        return estimates_from_weights(model, moments.corr, W, settled, {"estimator": "first items"})


def test_an_estimator_is_anything_that_estimates(frame):
    mine: Estimator = FirstItem()
    fit = csi.fit(MODEL, frame, mine)
    assert fit.construct_corr.loc["Image", "Sat"] == pytest.approx(frame["i1"].corr(frame["s1"]))
    assert fit.index("Sat") == pytest.approx(100 * (frame["s1"].mean() - 1) / 9)


@pytest.mark.parametrize("given", ["PLS", dict, 3])
def test_what_is_no_estimator(frame, given):
    with pytest.raises(OptionError, match="is no estimator"):
        csi.fit(MODEL, frame, given)

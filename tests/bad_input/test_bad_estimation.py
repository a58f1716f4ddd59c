"""Estimation that does not settle or is not to be believed, and scoring (situations 90-106)."""

import numpy as np
import pandas as pd
import pytest

import csi
from csi import (
    ConvergenceWarning,
    DataError,
    EstimationError,
    InadmissibleWarning,
    OptionError,
)
from csi.errors import ArgumentTypeError


def test_090_not_converged(fit, frame):
    with pytest.raises(
        EstimationError, match=r"not settled after 1 iterations \(largest change .*Try a larger max"
    ):
        fit(frame, csi.PLS(max_iter=1))
    with pytest.warns(
        ConvergenceWarning, match=r"The iteration has not settled after 1 iterations"
    ):
        fitted = fit(frame, csi.PLS(max_iter=1, on_fail="return"))
    assert not fitted.convergence.converged
    assert "not settled" in fitted.problems[0]
    assert "NOT converged" in repr(fitted)


def test_090_weights_that_run_in_a_cycle():
    """Two pairs of items that pull against each other jump between two signs."""
    model = csi.parse("A =~ a1 + a2\nB =~ b1 + b2\nB ~ A")
    corr = [
        [1.0, 0.0, 0.5, -0.2],
        [0.0, 1.0, 0.2, -0.5],
        [0.5, 0.2, 1.0, 0.1],
        [-0.2, -0.5, 0.1, 1.0],
    ]
    moments = csi.Moments.from_correlation(corr, model.indicators, n=100)
    with pytest.raises(
        EstimationError, match=r"not settled after 1000 .* run in a cycle of 2\. Try another scheme"
    ):
        csi.fit(model, moments, csi.PLS("centroid"))


def test_091_block_measured_backwards_is_turned(fit, frame):
    """All items of a block reversed: the construct turns with them, its paths change sign."""
    turned = frame.assign(**{name: 11 - frame[name] for name in ("S1", "S2", "S3")})
    ours, theirs = fit(turned), fit(frame)
    np.testing.assert_allclose(ours.loadings["loading"], theirs.loadings["loading"], rtol=1e-9)
    np.testing.assert_allclose(ours.paths["estimate"], -theirs.paths["estimate"], rtol=1e-9)
    assert ours.estimates.settings["sign convention"].startswith("each construct points along")


def test_091_sign_is_doubtful():
    model = csi.parse("A =~ a1 + a2 + a3\nB =~ b1 + b2\nB ~ A")
    weights = {"A": {"a1": -1, "a2": 0.6, "a3": 0.6}, "B": {"b1": 1, "b2": 1}}
    corr = np.full((5, 5), 0.3) + 0.7 * np.eye(5)
    corr[0, 1:] = corr[1:, 0] = -0.3
    moments = csi.Moments.from_correlation(corr, model.indicators, n=100)
    with pytest.warns(InadmissibleWarning) as given:
        csi.fit(model, moments_without_reversal(moments), csi.FixedWeights(weights))
    assert "sign of A is doubtful: its strongest item, a1, loads -0." in str(given[0].message)
    assert "Declare reversed items with reverse=[...]" in str(given[0].message)


def moments_without_reversal(moments):
    """The same items, a1 turned so that nothing in the data looks reversed."""
    corr = np.abs(moments.corr)
    return csi.Moments.from_correlation(corr, moments.columns, n=moments.n)


def test_092_reliability_outside_its_range():
    model = csi.parse("A =~ a1 + a2\nB =~ b1 + b2\nB ~ A")
    corr = np.array([
        [1.0, 0.2, 0.6, 0.6], [0.2, 1.0, 0.6, 0.6], [0.6, 0.6, 1.0, 0.5], [0.6, 0.6, 0.5, 1.0],
    ])  # fmt: skip
    moments = csi.Moments.from_correlation(corr, model.indicators, n=100)
    with pytest.warns(InadmissibleWarning) as given:
        fitted = csi.fit(model, moments, csi.PLS(consistent=True))
    message = r"The corrected correlation of A and B is 1\.897, above 1\."
    assert any(pd.Series([str(w.message) for w in given]).str.contains(message))
    assert any(pd.Series(fitted.problems).str.contains(message))
    assert fitted.paths.loc[0, "estimate"] == pytest.approx(0.6 / np.sqrt(0.2 * 0.5))


def test_092_reliability_that_is_negative():
    model = csi.parse("A =~ a1 + a2\nB =~ b1 + b2\nB ~ A")
    corr = np.array([
        [1.0, -0.2, 0.3, 0.3], [-0.2, 1.0, 0.3, 0.3], [0.3, 0.3, 1.0, 0.5], [0.3, 0.3, 0.5, 1.0],
    ])  # fmt: skip
    moments = csi.Moments.from_correlation(corr, model.indicators, n=100)
    with pytest.raises(
        EstimationError, match=r"rho_A is not positive for A\. Fit without consistent=True, or loo"
    ):
        csi.fit(model, moments, csi.PLS(consistent=True))


def test_093_negative_error_variance():
    """A loading above 1: an item that correlates more with two others than they with each other."""
    model = csi.parse("A =~ a1 + a2 + a3\nB =~ b1 + b2\nB ~ A")
    corr = np.array([
        [1.0, 0.7, 0.7, 0.6, 0.6], [0.7, 1.0, 0.4, 0.2, 0.2], [0.7, 0.4, 1.0, 0.2, 0.2],
        [0.6, 0.2, 0.2, 1.0, 0.7], [0.6, 0.2, 0.2, 0.7, 1.0],
    ])  # fmt: skip
    moments = csi.Moments.from_correlation(corr, model.indicators, n=100)
    rho = pytest.warns(InadmissibleWarning, match=r"rho_A of A is 1\.\d\d\d, outside 0 to 1")
    with rho, pytest.warns(InadmissibleWarning, match=r"loading of a1 on A is 1\.4\d\d, above 1"):
        csi.fit(model, moments, csi.PLS(consistent=True))


def test_094_construct_correlations_that_cannot_be(ecsi, mobi):
    """Corrected for attenuation, the constructs of the mobile-phone study are too much alike."""
    with pytest.warns(
        InadmissibleWarning, match=r"not positive semidefinite \(smallest eigenvalue -0\.00303\)"
    ):
        csi.fit(ecsi, mobi, csi.PLS(consistent=True))


def test_weights_that_sum_to_zero_have_no_index(fit, frame):
    opposed = csi.FixedWeights({"Satisfaction": {"S1": 1, "S2": -1, "S3": 0},
                                "Loyalty": {"L1": 1, "L2": 1}})  # fmt: skip
    with pytest.raises(OptionError, match=r"weights of Satisfaction sum to zero.* Give weights"):
        fit(frame, opposed, scale=(1, 10))


def test_negative_weights_may_leave_the_scale(fit, frame):
    given = csi.FixedWeights({"Satisfaction": {"S1": 1, "S2": -0.5, "S3": 1},
                              "Loyalty": {"L1": 1, "L2": 1}})  # fmt: skip
    with pytest.warns(InadmissibleWarning, match=r"Items of Satisfaction have negative weights"):
        _ = fit(frame, given, scale=(1, 10)).indices


def test_collinear_predictors():
    model = csi.parse("A =~ a\nB =~ b\nC =~ c\nC ~ A + B")
    corr = [[1, 1, 0.5], [1, 1, 0.5], [0.5, 0.5, 1]]
    moments = csi.Moments.from_correlation(corr, model.indicators, n=100)
    with pytest.raises(EstimationError, match=r"perfectly collinear.*(Drop one|Look for)"):
        csi.fit(model, moments)


@pytest.mark.parametrize(
    "setting",
    [{"scheme": "pathe"}, {"scheme": ["path"]}, {"modes": "B"}, {"modes": {"A": "C"}},
     {"tol": 0}, {"tol": "1e-7"}, {"tol": float("nan")}, {"max_iter": 0}, {"max_iter": 2.5},
     {"max_iter": True}, {"on_fail": "skip"}, {"consistent": "yes"}, {"standardize": None}],
    ids=str,
)  # fmt: skip
def test_settings_without_meaning(setting):
    with pytest.raises(OptionError, match=r"(Known|Give) ?"):
        csi.PLS(**setting)


def test_near_collinear_predictors():
    model = csi.parse("A =~ a\nB =~ b\nC =~ c\nC ~ A + B")
    corr = [[1, 0.96, 0.5], [0.96, 1, 0.5], [0.5, 0.5, 1]]
    moments = csi.Moments.from_correlation(corr, model.indicators, n=100)
    with pytest.warns(InadmissibleWarning, match=r"^Near-collinear predictors of C: A, B .* merge"):
        csi.fit(model, moments)


def test_modes_of_unknown_constructs(fit, frame):
    with pytest.raises(OptionError, match=r"no construct 'Loyality'\. .* Did you mean 'Loyalty'\?"):
        fit(frame, csi.PLS(modes={"Loyality": "B"}))


def test_an_estimator_is_called_first(fit, frame):
    with pytest.raises(ArgumentTypeError, match=r"PLS is a class, .* Call it: PLS\(\)"):
        fit(frame, csi.PLS)


@pytest.mark.parametrize("estimator", [dict, "PLS", 5])
def test_what_is_no_estimator(fit, frame, estimator):
    with pytest.raises(ArgumentTypeError, match=r"is no estimator\. Give a value such as csi\.PLS"):
        fit(frame, estimator)


@pytest.mark.parametrize("weights", [5, {"Loyalty": 3}, {"Loyalty": {"L1": 1}},
                                     {"Loyalty": {"L1": "x", "L2": 1}},
                                     {"Loyalty": {"L1": 0, "L2": 0}}])  # fmt: skip
def test_fixed_weights_without_meaning(fit, frame, weights):
    if isinstance(weights, dict):
        weights = {"Satisfaction": {"S1": 1, "S2": 1, "S3": 1}, **weights}
    with pytest.raises(OptionError, match=r"[Tt]he fixed weights .* Give "):
        fit(frame, csi.FixedWeights(weights))


def test_unknown_index_weights(model, frame):
    with pytest.raises(OptionError, match=r"index_weights is 'equals'\. Known: .* mean 'equal'\?"):
        csi.fit(model, frame, index_weights="equals")


# ------------------------------------------------------------------- scoring


def test_106_new_data_lack_items(fit, frame):
    fitted = fit(frame, scale=(1, 10))
    with pytest.raises(DataError, match=r"Missing column: S1\. The data hold S2"):
        fitted.score(csi.survey(frame.drop(columns="S1"), scale=(1, 10)))


def test_106_new_data_are_coded_otherwise(fit, frame):
    fitted = fit(frame, scale=(1, 10))
    with pytest.raises(DataError, match=r"S1, S2, .* have other scale ends .* Recode the new answ"):
        fitted.score(csi.survey(frame * 10, scale=(10, 100)))
    with pytest.raises(DataError, match=r"items hold answers outside their scale 1-10"):
        fitted.score(csi.survey(frame * 10, scale=(1, 10)))


def test_106_incomplete_respondents_get_no_score(fit, frame):
    fitted = fit(frame, scale=(1, 10))
    frame.loc[0, "S1"] = np.nan
    scores = fitted.score(csi.survey(frame, scale=(1, 10)))
    assert list(scores.index) == list(range(1, 200))
    assert scores.notna().to_numpy().all()

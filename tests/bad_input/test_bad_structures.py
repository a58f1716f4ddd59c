"""Covariance structures that cannot be fitted or not be believed (situations 10-11, 38, 78-96)."""

import warnings

import numpy as np
import pytest

import csi
from csi import (
    ConvergenceWarning,
    DataError,
    EstimationError,
    InadmissibleWarning,
    ModelError,
    PrecisionWarning,
)
from csi.assessment.admissibility import admissibility
from csi.errors import CsiWarning

pytestmark = pytest.mark.filterwarnings("ignore::csi.CsiWarning")  # more than is asked for

TWO = "A =~ x1 + x2 + x3\nB =~ x4 + x5 + x6\nB ~ A"
LOADINGS = np.kron(np.eye(2), [[1.0], [0.8], [0.7]])


def moments(errors=(0.5,) * 6, between=0.5, n=500, L=LOADINGS):
    """Moments of six items of two constructs, as a population has them."""
    cov = L @ [[1, between], [between, 1]] @ L.T + np.diag(errors)
    names = [f"x{i + 1}" for i in range(len(cov))]
    return csi.Moments.from_covariance(cov, names, n=n, means=np.full(len(cov), 5.0))


def fitted(given, text=TWO, **settings):
    return csi.fit(csi.parse(text), given, csi.CBSEM(**settings))


def test_010_as_many_items_as_respondents_in_a_covariance_structure():
    with pytest.raises(DataError, match=r"^6 respondents, 6 items: .* singular\. .*use csi\.PLS\("):
        fitted(moments(n=6))


def test_011_fewer_than_five_respondents_a_parameter():
    with pytest.warns(PrecisionWarning, match=r"^60 respondents for 13 parameters: fewer than 5 a"):
        fitted(moments(n=60))
    with warnings.catch_warnings():
        warnings.simplefilter("error", CsiWarning)
        fitted(moments(n=65))


def test_038_identical_items_of_a_covariance_structure():
    cov = moments().cov.copy()
    cov[1], cov[:, 1] = cov[0], cov[:, 0]
    cov[1, 1] = cov[0, 0]
    given = csi.Moments.from_covariance(cov, moments().columns, n=500)
    with pytest.raises(ModelError, match=r"^x1 and x2 are identical .*Drop one of them\."):
        fitted(given)


def test_037_standard_deviations_whose_fourth_power_overflows():
    given = csi.Moments.from_covariance(1e80 * moments().cov, moments().columns, 500)
    with pytest.raises(DataError, match=r"^The standard deviation of x1 is 1\.22e\+40: .* unit"):
        fitted(given)


def test_039_collinear_items_of_a_covariance_structure():
    T = np.eye(6)
    T[2] = [1, 1, 0, 0, 0, 0]
    given = csi.Moments.from_covariance(T @ moments().cov @ T.T, moments().columns, 500)
    with pytest.raises(ModelError, match=r"^The items x1, x2, x3 are collinear .*one of them is a"):
        fitted(given)


def test_072_item_of_two_constructs_is_allowed_in_a_covariance_structure():
    fit = fitted(moments(), f"{TWO}\nB =~ x3")
    table = fit.parameters
    crossed = (table["left"] == "B") & (table["right"] == "x3")
    assert abs(table.loc[crossed, "estimate"].item()) < 1e-6


def test_078_construct_without_path_is_allowed_in_a_covariance_structure():
    fit = fitted(moments(), "A =~ x1 + x2 + x3\nB =~ x4 + x5 + x6")
    assert fit.construct_corr.loc["A", "B"] == pytest.approx(0.5)


def test_079_unconnected_pieces_are_allowed_in_a_covariance_structure():
    fit = fitted(moments(between=0), TWO.partition("\nB ~")[0], orthogonal=True)
    assert fit.solution.df == 9


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("A =~ x1 + x2\nx1 ~~ x2", r"^The model has 5 parameters, but 2 items have only 3 moments"),
        (TWO + "\nC =~ x7\nx7 ~~ NA*x7", r"^The error variance of x7, the only item of C, is free"),
        ("A =~ x1 + x2\nB =~ x3 + x4 + x5\nA ~~ 0*B", r"^A has two items and nothing it is r"),
        ("A =~ x1 + x2\nB =~ x3 + x4\nH =~ A + B", r"^The model is not identified: .*needs three"),
    ],
)  # fmt: skip
def test_080_model_that_is_not_identified(text, message):
    model = csi.parse(text)
    p = len(model.indicators)
    given = csi.Moments.from_correlation(np.eye(p) / 2 + 0.5, model.indicators, n=500)
    with pytest.raises(ModelError, match=message):
        csi.fit(model, given, csi.CBSEM())


def test_081_answers_that_do_not_identify_the_model():
    cov = np.eye(6) * 0.5 + 0.5
    cov[:2, 2:] = cov[2:, :2] = 0.0
    given = csi.Moments.from_covariance(cov, moments().columns, n=500)
    with pytest.raises(
        EstimationError, match=r"is singular\): \S+ \S+ \S+ together with .* can change"
    ):
        fitted(given, "A =~ x1 + x2\nB =~ x3 + x4\nC =~ x5 + x6")


def test_091_construct_that_points_with_a_reversed_first_item():
    turned = LOADINGS * np.array([-1, 1, 1, 1, 1, 1])[:, None]
    with pytest.warns(InadmissibleWarning, match=r"^A points the other way .*with x1, but x2, x3"):
        fitted(moments(L=turned))


def test_093_negative_error_variance_has_no_index():
    spoiled = moments(errors=(-0.08, 0.5, 0.5, 0.5, 0.5, 0.5))
    model = csi.model(
        [csi.reflective("A", csi.items("x", 1, 3)), csi.reflective("B", csi.items("x", 4, 6))],
        [csi.paths("A", "B")],
        scale=(1, 10),
    )
    with pytest.warns(
        InadmissibleWarning, match=r"^The error variance of x1 is -0\.0798 .* below zero: a Heywood"
    ):
        fit = csi.fit(model, spoiled, csi.CBSEM())
    with pytest.raises(
        EstimationError, match=r"^No 0-100 index is computed from A: a variance beh"
    ):
        _ = fit.indices


def test_094_constructs_that_correlate_above_one():
    with pytest.warns(
        InadmissibleWarning,
        match=r"covariances of the constructs are not positive definite \(smallest eigenv.* -0\.1",
    ):
        fitted(moments(between=1.1))


def test_095_search_that_stops_with_a_large_gradient(ecsi, mobi):
    with pytest.raises(
        EstimationError, match=r"has not settled: not settled after 1 iterations \(scaled gradient "
    ):
        csi.fit(ecsi, mobi, csi.CBSEM(max_iter=1))
    with pytest.warns(ConvergenceWarning, match=r"^The search has not settled after 1 iterations"):
        fit = csi.fit(ecsi, mobi, csi.CBSEM(max_iter=1, on_fail="return"))
    assert not fit.convergence.converged
    assert fit.convergence.gradient > 1e-3
    assert admissibility(fit).loc["convergence", "admissible"] == "no"


def test_096_standard_errors_of_a_covariance_structure_that_explode(ecsi, mobi):
    with pytest.warns(
        InadmissibleWarning,
        match=r"^The standard error of Value ~ Expectation is .* near-collinear predictors of Val",
    ):
        csi.fit(ecsi, mobi, csi.CBSEM())

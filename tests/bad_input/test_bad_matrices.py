"""Printed matrices that cannot come from data (situations 60-67)."""

import numpy as np
import pandas as pd
import pytest

import csi
from csi import DataError, EstimationError, Moments, OptionError, RowsRequiredError


@pytest.fixture
def names(model):
    return list(model.indicators)


def test_060_not_symmetric(corr, names):
    corr[0, 1] = 0.1
    with pytest.raises(
        DataError, match=r"not symmetric: S1, S2 is 0\.1 but S2, S1 is 0\.55.*Fill in both triang"
    ):
        Moments.from_correlation(corr, names, 100)


def test_061_not_positive_semidefinite():
    corr = np.array([[1, 0.9, -0.9], [0.9, 1, 0.9], [-0.9, 0.9, 1]])
    with pytest.raises(
        DataError, match=r"not positive semidefinite, its smallest eigenvalue .* is -0\.8\. Look fo"
    ):
        Moments.from_correlation(corr, ["a", "b", "c"], 100)


@pytest.mark.parametrize("value", [0, -1, 1e-300])
def test_062_diagonal_not_positive(corr, names, value):
    corr[2, 2] = value
    with pytest.raises(DataError, match=r"no positive diagonal at S3 \(.*\)\. .* correct it"):
        Moments.from_covariance(corr, names, 100)


def test_063_correlation_above_one(corr, names):
    corr[0, 1] = corr[1, 0] = 1.2
    with pytest.raises(DataError, match=r"are no correlations: .* size 1\.2\. .*from_covariance"):
        Moments.from_correlation(corr, names, 100)


@pytest.mark.parametrize(
    "n", [None, 0, -5, 1, "100", True, np.nan, np.inf, 10**400, [100]], ids=str
)
def test_064_number_of_respondents_missing_or_impossible(corr, names, n):
    with pytest.raises(OptionError, match=r"n is .* Give the number of respondents behind the mat"):
        Moments.from_correlation(corr, names, n)
    with pytest.raises(OptionError, match=r"n is None"):
        Moments.from_covariance(corr, names)


def test_065_index_without_means(model, corr, names):
    with pytest.raises(OptionError, match=r"need the means of the items\. Give means="):
        _ = csi.fit(model, Moments.from_correlation(corr, names, 100)).indices
    with pytest.raises(OptionError, match=r"need the standard deviations .*Give sds="):
        csi.fit(model, Moments.from_correlation(corr, names, 100, means=[5] * 5)).index("Loyalty")


def test_066_names_differ_from_the_model(model, corr):
    with pytest.raises(DataError, match=r"The moments lack L2; they hold .*\. Did you mean 'LL2'"):
        csi.fit(model, Moments.from_correlation(corr, ["S1", "S2", "S3", "L1", "LL2"], 100))


def test_067_rows_asked_of_a_matrix(model, corr, names):
    fit = csi.fit(model, Moments.from_correlation(corr, names, 100))
    with pytest.raises(
        RowsRequiredError, match=r"needs the respondents, .* made from moments .* Fit the survey"
    ):
        _ = fit.scores
    assert issubclass(RowsRequiredError, EstimationError)


@pytest.mark.parametrize(
    ("matrix", "message"),
    [
        ("x", r"must be numbers; found str with something else in it\. Convert it"),
        ([[1, "a"], ["a", 1]], r"must be numbers; found list"),
        ([[1, 2], [3]], r"must be numbers"),
        ([[1, 1j], [1j, 1]], r"must be numbers"),
        ([[True, False], [False, True]], r"must be numbers"),
        (np.eye(3), r"has shape \(3, 3\), but 2 names were given\. Give one name for each"),
        ([1.0, 0.5], r"has shape \(2,\)"),
        ([[1, np.nan], [np.nan, 1]], r"not finite at a, b: nan\. Correct it"),
        ([[1, 1e300], [1e300, 1]], r"not finite at a, b: 1e\+300"),
    ],
)
def test_what_is_no_matrix(matrix, message):
    with pytest.raises(DataError, match=message):
        Moments.from_covariance(matrix, ["a", "b"], 100)


@pytest.mark.parametrize("names", ["ab", 5, None, [1, 2], ["a", None]], ids=str)
def test_names_that_are_no_names(names):
    with pytest.raises(OptionError, match=r"names (is|holds) .*(Give a list|Names are text)"):
        Moments.from_correlation(np.eye(2), names, 100)


def test_names_given_twice():
    with pytest.raises(DataError, match=r"must be given, each once: a, a"):
        Moments.from_correlation(np.eye(2), ["a", "a"], 100)


@pytest.mark.parametrize("means", [[1], [1, np.nan], ["a", "b"], 5, [1e300, 1]], ids=str)
def test_means_that_do_not_fit(means):
    with pytest.raises(DataError, match=r"2 finite means are needed|means must be numbers"):
        Moments.from_covariance(np.eye(2), ["a", "b"], 100, means=means)


@pytest.mark.parametrize("sds", [[1, 0], [1, -1], [1, 1e200], [1, 1e-200]], ids=str)
def test_standard_deviations_that_cannot_be(sds):
    with pytest.raises(DataError, match=r"must be positive; found|overflow|finite standard"):
        Moments.from_correlation(np.eye(2), ["a", "b"], 100, sds=sds)


def test_a_dataframe_is_a_matrix(model, corr, names):
    table = pd.DataFrame(corr, index=names, columns=names)
    fit = csi.fit(model, Moments.from_correlation(table, table.columns, n=100))
    assert fit.model.indicators == fit.moments.columns

"""Moments of respondents: which rows are refused, and how certain means of few answers are."""

import decimal

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import csi
from csi import DataError, Moments, OptionError
from csi.core.checks import as_numbers

NAMES = ["a", "b", "c"]


@pytest.fixture
def rows():
    rng = np.random.default_rng(30)
    return rng.normal(size=(60, 3)) + rng.normal(size=(60, 1))


# what is refused


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda rows: rows[:1], r"at least 2 respondents; found 1\. Give more rows"),
        (lambda rows: rows[:, :2], r"shape \(60, 2\), but 3 names were given\. Give one row"),
        (lambda rows: rows[:, 0], r"shape \(60,\), but 3 names"),
        (lambda rows: rows.astype(str), r"The rows must be numbers; found ndarray"),
        (lambda rows: rows > 0, r"The rows must be numbers"),
        (lambda rows: [["1", 2, 3]] * 60, r"The rows must be numbers; found list"),
        (lambda rows: np.where(rows == rows[7, 1], np.inf, rows), r"Infinite values in b\. Make"),
        (lambda rows: rows * [1, np.nan, 1], r"Fewer than 2 respondents answered b\. Leave out"),
    ],
)
def test_rows_that_are_no_answers(rows, change, says):
    with pytest.raises(DataError, match=says):
        Moments.from_rows(change(rows), NAMES)


@pytest.mark.parametrize("names", [{"a", "b", "c"}, {"a": 1, "b": 2, "c": 3}, "abc", None, [1, 2]])
def test_names_that_are_no_list_of_names(rows, names):
    moments = Moments.from_rows(rows, NAMES)
    for read in (
        lambda: Moments.from_rows(rows, names),
        lambda: Moments.from_covariance(moments.cov, names, n=60),
        lambda: moments.select(names),
    ):
        with pytest.raises(OptionError, match=r"names (is|holds) .*(Give a list|Names are text)"):
            read()


@pytest.mark.parametrize("names", [[], ["a", "b", "a"]])
def test_names_are_given_once(rows, names):
    with pytest.raises(DataError, match="must be given, each once"):
        Moments.from_rows(rows[:, : len(names)], names)


@pytest.mark.parametrize(
    ("weights", "frequency", "says"),
    [
        (np.ones(59), False, r"shape \(59,\), but there are 60 rows"),
        (np.r_[np.ones(59), -1], False, r"not negative; found -1\.0 \(rows 59\)\. Correct them"),
        (np.r_[np.ones(59), np.nan], False, "found nan"),
        (np.r_[np.ones(59), np.inf], True, "found inf"),
        (np.r_[np.ones(59), 1.5], True, r"whole numbers; found 1\.5\. Leave out frequency=True"),
        (["1"] * 60, False, "The weights must be numbers"),
        (np.zeros(60), False, "found 0"),
        (np.zeros(60), True, "found 0"),
        (np.r_[1, np.zeros(59)], False, "at least 2 respondents; found 1"),
    ],
)
def test_weights_that_count_nobody(rows, weights, frequency, says):
    with pytest.raises(DataError, match=says):
        Moments.from_rows(rows, NAMES, weights=weights, frequency=frequency)


@pytest.mark.parametrize(
    "given",
    [["1", "2"], [True, 2], np.array([True]), [1, None, "x"], [b"1"], pd.Series(["1", "2"]),
     pd.DataFrame({"a": [1.5], "b": [True]}), [1j], np.array([0], "M8[D]"), [[1], [2, 3]]],
    ids=str,
)  # fmt: skip
def test_nothing_is_coerced_to_numbers(given):
    assert as_numbers(given) is None


@pytest.mark.parametrize(
    "given",
    [[1, 2.5, None], np.array([1, 2.5, None], dtype=object), pd.array([1, 2.5, pd.NA], "Float64"),
     [decimal.Decimal(1), np.float32(2.5), np.nan], pd.Series([1, 2.5, np.nan])],
    ids=str,
)  # fmt: skip
def test_numbers_of_every_kind_are_numbers(given):
    assert_array_equal(as_numbers(given), [1, 2.5, np.nan])


def test_numbers_are_a_copy():
    given = np.ones(3)
    assert not np.shares_memory(as_numbers(given), given)


def test_a_small_cell_differs_above_and_below_the_diagonal():
    cov = np.diag([1e6, 1e-6, 1e-6])
    cov[1, 2], cov[2, 1] = 5e-7, -5e-7
    with pytest.raises(DataError, match=r"not symmetric: b, c is 5e-07 but c, b is -5e-07"):
        Moments.from_covariance(cov, NAMES, n=100)
    cov[2, 1] = cov[1, 2] * (1 + 1e-9)
    assert_allclose(Moments.from_covariance(cov, NAMES, n=100).cov, cov, rtol=1e-9)


# how certain means are


def test_rows_of_weight_zero_are_nobody(rows):
    weights = np.tile([0.0, 1, 2], 20)
    whole = Moments.from_rows(rows, NAMES, weights=weights)
    some = Moments.from_rows(rows[weights > 0], NAMES, weights=weights[weights > 0])
    assert whole.n == some.n == 40
    assert_allclose(whole.cov, some.cov, rtol=1e-12)
    assert_allclose(whole.mean_cov, some.mean_cov, rtol=1e-12)


def test_pairwise_errors_count_the_respondents_of_the_item(rows):
    rows[10:, 1] = np.nan
    moments = Moments.from_rows(rows, NAMES)
    expected = np.nanstd(rows, axis=0, ddof=1) / np.sqrt([60, 10, 60])
    assert_allclose(np.sqrt(np.diagonal(moments.mean_cov)), expected, rtol=1e-12)
    assert_allclose(moments.mean_cov[0, 2], np.cov(rows[:, [0, 2]].T)[0, 1] / 60, rtol=1e-12)


@pytest.mark.parametrize("kind", [None, "sampling", "frequency"])
def test_filled_cells_tell_nothing_of_the_error(rows, kind):
    weights = None if kind is None else np.tile([1.0, 2, 3], 20)
    holed = np.where(np.random.default_rng(31).random(rows.shape) < 0.4, np.nan, rows)
    pairwise = Moments.from_rows(holed, NAMES, weights=weights, frequency=kind == "frequency")
    filled = Moments.from_rows(
        np.where(np.isnan(holed), pairwise.mean, holed), NAMES, weights=weights,
        frequency=kind == "frequency", filled=np.isnan(holed),
    )  # fmt: skip
    assert_allclose(filled.mean, pairwise.mean, rtol=1e-12)
    assert_allclose(filled.mean_cov, pairwise.mean_cov, rtol=1e-12)


@pytest.fixture
def few():
    """An item that 25 of 400 respondents answered, and three that all of them did."""
    rng = np.random.default_rng(32)
    opinion = rng.normal(size=(400, 1))
    answers = np.clip(np.round(6 + 1.5 * opinion + rng.normal(size=(400, 4))), 1, 10)
    frame = pd.DataFrame(answers, columns=["s1", "s2", "s3", "l1"])
    frame.loc[25:, "l1"] = np.nan
    return frame


MODEL = csi.model(
    [csi.reflective("Sat", ["s1", "s2", "s3"]), csi.single("Loy", "l1")],
    [csi.paths("Sat", "Loy")],
    scale=(1, 10),
)


@pytest.mark.parametrize("missing", ["mean", "pairwise"])
def test_the_index_of_an_item_few_answered_is_uncertain(few, missing):
    with pytest.warns(csi.DataQualityWarning, match="l1 is missing for 94%"):
        fit = csi.fit(MODEL, csi.survey(few, missing=missing))
    expected = few["l1"].sem() * 100 / 9
    assert fit.indices.loc["Loy", "se"] == pytest.approx(expected, rel=1e-12)
    assert fit.indices.loc["Sat", "se"] == pytest.approx(fit.index_scores["Sat"].sem(), rel=1e-12)


def test_intervals_with_filled_means_cover_what_they_say():
    rng = np.random.default_rng(33)
    covered = 0
    for _ in range(400):
        answers = rng.normal(size=(80, 1))
        answers[rng.random(80) < 0.4] = np.nan
        holes = np.isnan(answers)
        filled = np.where(holes, np.nanmean(answers), answers)
        moments = Moments.from_rows(filled, ["a"], filled=holes)
        covered += abs(moments.mean[0]) < 1.96 * np.sqrt(moments.mean_cov[0, 0])
    assert 0.92 < covered / 400 < 0.98

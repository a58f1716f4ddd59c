"""Moments of batches are those of all rows at once, and are refused for the same reasons."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import csi
from csi import DataError, Moments, OptionError

NAMES = ["a", "b", "c"]
SIZES = [1, 30, 0, 120, 9, 90]


@pytest.fixture
def rows():
    rng = np.random.default_rng(60)
    return np.clip(np.round(6.5 + 2 * rng.normal(size=(250, 3)) + rng.normal(size=(250, 1))), 1, 10)


def cut(rows):
    return np.split(rows, np.cumsum(SIZES)[:-1])


WEIGHTS = {
    "none": None,
    "sampling": np.random.default_rng(61).uniform(0, 3, 250) * (np.arange(250) % 7 > 0),
    "frequency": np.arange(250.0) % 4,
}


@pytest.mark.parametrize("kind", WEIGHTS)
@pytest.mark.parametrize("holes", [False, True], ids=["complete", "pairwise"])
def test_moments_are_those_of_all_rows(rows, kind, holes):
    if holes:
        rows[120:][np.random.default_rng(62).random((130, 3)) < 0.2] = np.nan
    rows[:, 2] += 1e6  # far from zero, as years and prices are
    frequency, weights = kind == "frequency", WEIGHTS[kind]
    expected = Moments.from_rows(rows, NAMES, weights=weights, frequency=frequency)
    parts = cut(rows)
    batches = parts if weights is None else zip(parts, cut(weights), strict=True)
    found = Moments.from_batches(batches, NAMES, frequency=frequency)
    assert (found.n, found.columns) == (expected.n, expected.columns)
    assert_allclose([found.sum_w, found.sum_w2], [expected.sum_w, expected.sum_w2], rtol=1e-12)
    assert_allclose(found.mean, expected.mean, rtol=1e-14)
    for name in ("cov", "mean_cov"):
        ours, theirs = getattr(found, name), getattr(expected, name)
        scale = np.sqrt(np.outer(theirs.diagonal(), theirs.diagonal()))
        assert_allclose(ours / scale, theirs / scale, atol=1e-12)
    assert found.rows is None


def test_whole_answers_give_the_same_digits_however_they_are_cut(rows):
    rows[rows == 3] = np.nan
    first, *rest = cut(rows)
    one = Moments.from_batches([first, *rest], NAMES)
    other = Moments.from_batches([np.vstack([first, *reversed(rest)])], NAMES)
    assert_allclose(other.cov, one.cov, rtol=1e-14)
    same = Moments.from_batches([first, *reversed(rest)], NAMES)
    assert_array_equal(same.cov, one.cov)
    assert_array_equal(same.mean_cov, one.mean_cov)


def test_dataframes_are_read_by_name(rows):
    expected = Moments.from_rows(rows, NAMES)
    frame = (
        pd.DataFrame(rows, columns=NAMES)[["c", "a", "b"]].assign(other="text").astype({"a": int})
    )
    halves = [frame[:100], pl.from_pandas(frame[100:])]
    assert_allclose(Moments.from_batches(iter(halves), NAMES).cov, expected.cov, rtol=1e-12)


def test_a_model_is_fitted_to_them(ecsi, mobi):
    parts = (mobi[start : start + 60] for start in range(0, 250, 60))
    found = csi.fit(ecsi, Moments.from_batches(parts, ecsi.indicators))
    whole = csi.fit(ecsi, csi.survey(mobi, scale=(1, 10)))
    assert_allclose(found.paths["estimate"], whole.paths["estimate"], rtol=1e-8)
    assert_allclose(
        found.indices[["index", "se"]].astype(float), whole.indices[["index", "se"]].astype(float),
        rtol=1e-8,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("batches", "says"),
    [
        ([], r"at least 2 respondents; found 0\. Give more rows"),
        ([np.ones((1, 3))], r"at least 2 respondents; found 1\. Give more"),
        ([np.ones((5, 3)), np.ones((5, 2))], r"Batch 2: The rows have shape \(5, 2\), but 3 names"),
        ([np.full((5, 3), np.inf)], r"Batch 1: Infinite values in a, b, c\. Make them NaN"),
        ([np.full((5, 3), "x")], r"Batch 1: The rows must be numbers"),
        (
            [pd.DataFrame({"a": [1], "z": [2]})],
            r"Batch 1: The rows lack b, c\. Known columns: a, z",
        ),
        ([(np.ones((5, 3)), -np.ones(5))], r"Batch 1: Weights must be finite and not negative"),
        (
            [(np.ones((5, 3)), np.ones(4))],
            r"Batch 1: The weights have shape \(4,\), but there are 5",
        ),
        (
            [(np.ones((5, 3)), np.ones(5)), np.ones((5, 3))],
            r"Batch 2 comes without weights, unlike",
        ),
        ([np.full((5, 3), [1, 2, np.nan])], r"Fewer than 2 respondents answered c\. Leave out"),
        (
            [np.tile([[1, 2, 3], [1, 4, np.nan]], (5, 1))],
            r"a is constant among the respondents who",
        ),
    ],
)
def test_batches_that_are_no_answers(batches, says):
    with pytest.raises(DataError, match=says):
        Moments.from_batches(batches, NAMES)


@pytest.mark.parametrize("given", [np.ones((5, 3)), pd.DataFrame({"a": [1]}), "abc", 5, None])
def test_what_is_no_batches_is_refused(given):
    with pytest.raises(OptionError, match=r"batches is a .* go to Moments\.from_rows"):
        Moments.from_batches(given, NAMES)
    with pytest.raises(OptionError, match="Names are text"):
        Moments.from_batches([], [1, 2])
    with pytest.raises(OptionError, match="frequency is 1"):
        Moments.from_batches([], NAMES, frequency=1)

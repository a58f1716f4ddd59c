"""Moments of resamples from sums of products, against NumPy and pandas on the rows themselves."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from csi.core.products import EXACT, Products
from csi.core.resample import Simple

N, P = 60, 4
ROWS = np.random.default_rng(2).integers(1, 11, (N, P)).astype(float)
HOLES = np.where(np.random.default_rng(3).random((N, P)) < 0.1, np.nan, ROWS)
WEIGHTS = np.random.default_rng(4).uniform(0.5, 2, N)
COUNTS = Simple(N, 1).block(0)[:6]


def samples(rows, counts=COUNTS, weights=None, missing="listwise"):
    products = Products(rows, len(rows), weights, missing)
    return products.samples(products.sums([counts]))


def drawn(rows, counts):
    return pd.DataFrame(np.repeat(rows, counts.astype(int), axis=0))


@pytest.mark.parametrize("weights", [None, WEIGHTS], ids=["plain", "weighted"])
def test_complete_answers(weights):
    found = samples(ROWS, weights=weights)
    for b, counts in enumerate(COUNTS):
        w = counts if weights is None else counts * weights
        cov = np.cov(ROWS.T, aweights=w, ddof=0)
        sd = np.sqrt(np.diagonal(cov))
        assert_allclose(found.mean[:, b], np.average(ROWS, axis=0, weights=w), rtol=1e-13)
        assert_allclose(found.sd[:, b], sd, rtol=1e-12)
        assert_allclose(found.R[..., b], cov / np.outer(sd, sd), rtol=1e-11)


def test_pairwise_answers():
    found = samples(HOLES, missing="pairwise")
    for b, counts in enumerate(COUNTS):
        frame = drawn(HOLES, counts)
        assert_allclose(found.mean[:, b], frame.mean(), rtol=1e-13)
        assert_allclose(found.sd[:, b], frame.std(), rtol=1e-12)
        assert_allclose(found.R[..., b], frame.corr(), rtol=1e-11)


def test_answers_filled_with_the_mean_of_the_resample():
    found = samples(HOLES, missing="mean")
    for b, counts in enumerate(COUNTS):
        frame = drawn(HOLES, counts)
        frame = frame.fillna(frame.mean())
        ratio = found.sd[:, b] / frame.std()  # the factor that all items share
        assert_allclose(ratio, ratio[0], rtol=1e-12)
        assert_allclose(found.mean[:, b], frame.mean(), rtol=1e-13)
        assert_allclose(found.R[..., b], frame.corr(), rtol=1e-11)


def test_sums_of_whole_answers_are_exact_in_any_precision_and_order():
    products = Products(ROWS, N)
    assert products.table.dtype == np.float32
    whole = products.sums([COUNTS])
    assert_array_equal(whole, products.sums([COUNTS[:1], COUNTS[1:4], COUNTS[4:]]))
    assert_array_equal(whole, products.sums([COUNTS.astype(np.float64)]))
    back = Products(ROWS[::-1].copy(), N)
    assert_array_equal(whole, back.sums([np.ascontiguousarray(COUNTS[:, ::-1])]))


def test_sums_beyond_single_precision_are_made_in_double():
    large = ROWS * 801
    deviations = (large - np.round(large.mean(axis=0))).astype(np.int64)
    expected = COUNTS.astype(np.int64) @ deviations**2
    assert (deviations**2).max() <= EXACT < expected.max()
    products = Products(large, N)
    assert products.table.dtype == np.float32
    assert_array_equal(products.sums([COUNTS])[1 + P :][[0, 4, 7, 9]], expected.T)
    assert Products(large * 100, N).table.dtype == np.float64


@pytest.mark.parametrize("offset", [0.1, 1e6 + 0.1], ids=str)
def test_answers_that_hardly_differ_keep_their_digits(offset):
    """Decimals are centred at their mean: about a whole number the digits would be lost."""
    found = samples(offset + ROWS * 1e-5)
    lost = 1e-10 if offset < 1 else 1e-5  # the answers themselves hold no more digits
    assert_allclose(found.R, samples(ROWS).R, atol=lost)


@pytest.mark.parametrize("missing", ["listwise", "pairwise", "mean"])
def test_an_item_that_does_not_vary_in_a_resample(missing):
    rows = (ROWS if missing == "listwise" else HOLES).copy()
    rows[:30, 0] = 5.0
    found = samples(rows, np.repeat([[2.0, 0.0], [1.0, 1.0]], 30, axis=1), missing=missing)
    assert_array_equal(found.constant[:, 0], [True, False, False, False])
    assert np.isnan(found.R[0, :, 0]).all()
    assert np.isfinite(found.R[1:, 1:, 0]).all()
    assert np.isfinite(found.R[..., 1]).all()


@pytest.mark.parametrize("missing", ["pairwise", "mean"])
def test_an_item_that_nobody_answers_in_a_resample(missing):
    rows = ROWS.copy()
    rows[:30, 0] = np.nan
    found = samples(rows, np.repeat([[2.0, 0.0]], 30, axis=1), missing=missing)
    assert_array_equal(found.constant[:, 0], [True, False, False, False])
    assert np.isfinite(found.R[1:, 1:]).all()

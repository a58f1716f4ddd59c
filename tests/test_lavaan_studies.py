"""The rows handed to csi are those lavaan was given; the figures of lavaan hold together."""

import hashlib

import lavaan_studies
import numpy as np
import pytest
from lavaan_studies import expected_parameters, fits, golden, matrix, resamples, rows
from numpy.testing import assert_allclose, assert_array_equal

ROWS = sorted(golden("rows")["sha256"])


@pytest.mark.parametrize("name", ROWS)
def test_rows_are_those_lavaan_was_given(name):
    numbers = rows(name).select_dtypes("number").to_numpy("<f8", copy=True)
    numbers[np.isnan(numbers)] = np.nan  # one bit pattern
    digest = hashlib.sha256(np.ascontiguousarray(numbers).tobytes()).hexdigest()
    assert digest == golden("rows")["sha256"][name]


@pytest.mark.parametrize("study", ["hs", "pd", "core", "acsi", "ecsi"])
def test_rows_have_the_moments_of_lavaan(study):
    stored = golden(f"{study}_ml")["moments"]
    cov = matrix(stored["cov"])
    table = rows(golden(f"{study}_ml")["data"])[list(cov)]
    assert_allclose(table.cov(ddof=0), cov, rtol=1e-13, atol=1e-13)
    assert_allclose(table.mean(), list(stored["mean"].values()), rtol=1e-13)


def test_resamples_of_lavaan_are_of_all_customers():
    assert resamples().shape == (200, 250)
    assert_array_equal(np.unique(resamples()), np.arange(250))


@pytest.mark.parametrize("figures", list(fits()), ids=lambda f: f"{f.study} {f.name}")
def test_every_fit_has_rows_and_as_many_free_parameters_as_it_says(figures):
    entry = figures.entry
    table = expected_parameters(entry)
    assert len(rows(entry["data"])) >= entry["ntotal"]
    assert "=~" in entry["model"] or "~" in entry["model"]
    assert table["free"].max() <= entry["npar"] or "group" in entry
    assert np.isfinite(table["est"]).all()


def test_matrices_are_symmetric_again():
    cov = matrix({"names": ["a", "b"], "lower": [[1.0], [0.5, 2.0]]})
    assert_array_equal(cov, [[1.0, 0.5], [0.5, 2.0]])
    assert lavaan_studies.fit("core_ml", "ML")["npar"] == len(
        matrix(golden("core_ml")["fits"]["ML"]["vcov"])
    )

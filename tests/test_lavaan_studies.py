"""The rows handed to csi are those lavaan was given; the figures of lavaan hold together."""

import hashlib

import lavaan_studies
import numpy as np
import pytest
from lavaan_studies import expected_parameters, fits, golden, matrix, resamples, rows
from numpy.testing import assert_allclose, assert_array_equal

ROWS = sorted(golden("rows")["sha256"])
STUDIES = sorted({figures.study for figures in fits()})
PRODUCTS = {name for made in golden("quadratic")["products"].values() for name in made["names"]}


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


@pytest.mark.parametrize("study", STUDIES)
def test_fits_have_rows_and_the_parameters_they_count(study):
    for figures in fits(study):
        entry, table = figures.entry, expected_parameters(figures.entry)
        items = set(table.loc[table["op"] == "=~", "rhs"]) - set(table["lhs"])
        assert len(rows(entry["data"])) >= entry["ntotal"]
        assert entry["options"]
        assert "~" in entry["model"]
        assert items <= set(rows(entry["data"])) | PRODUCTS
        if "free" in table and "group.equal" not in entry["options"]:
            assert table.loc[table["free"] > 0, "free"].nunique() == entry["npar"]


@pytest.mark.parametrize("study", STUDIES)
def test_information_criteria_follow_from_the_likelihood(study):
    for figures in fits(study):
        known = figures.entry.get("fit", {})
        if "aic" in known:
            assert_allclose(known["aic"], 2 * (known["npar"] - known["logl"]), rtol=1e-12)
            assert known["npar"] <= figures.entry["npar"]


def test_matrices_are_symmetric_again():
    cov = matrix({"names": ["a", "b"], "lower": [[1.0], [0.5, 2.0]]})
    assert_array_equal(cov, [[1.0, 0.5], [0.5, 2.0]])
    assert lavaan_studies.fit("core_ml", "ML")["npar"] == len(
        matrix(golden("core_ml")["fits"]["ML"]["vcov"])
    )

"""Intervals against populations whose true values are known without sampling.

The populations, and the study at full size, are those of docs/studies_coverage.py.
"""

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose

sys.path.insert(0, str(Path(__file__).parents[1] / "docs"))

from studies_coverage import CELLS, PATHS, Population, study

DATASETS = 400
LARGE = 200_000
FAR = 4  # standard errors


@pytest.mark.parametrize("name", ["weights 250", "5 strata, 50 clusters of 5", "PLSc 250"])
def test_moments_of_a_population_are_those_of_a_large_sample(name):
    cell = replace(CELLS[name], n=LARGE, clusters=CELLS[name].clusters and LARGE // 5)
    population = Population(cell, nothing=0.0)
    sample = population.sample(np.random.default_rng(5))
    answers = sample.drop(columns=["weight", "cluster", "stratum"])
    cov, mean = population.moments()
    error = FAR * np.sqrt(2 / LARGE)  # weights and clusters: variances at most twice as large
    standardised = (answers.to_numpy() - mean) / np.sqrt(np.diag(cov))
    found = np.average(standardised, axis=0, weights=sample["weight"])
    assert_allclose(found, 0, atol=error)
    found = np.cov(standardised.T, aweights=sample["weight"])
    assert_allclose(found, cov / np.sqrt(np.outer(*2 * [np.diag(cov)])), atol=error * np.sqrt(2))


def test_consistent_estimates_of_the_population_are_its_paths():
    population = Population.of(CELLS["PLSc 250"])
    strong, weak, zero, total, _ = population.truth[2:]
    loyalty = PATHS["Satisfaction", "Loyalty"]
    through = PATHS["Quality", "Value"] * PATHS["Value", "Satisfaction"]
    assert_allclose([strong, weak, zero], [0.6, 0.2, 0], atol=1e-8)
    assert_allclose(total, (0.6 + through) * loyalty, atol=1e-8)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::csi.errors.CsiWarning")
@pytest.mark.parametrize(
    "name", ["simple 250", "weights 250", "100 clusters of 10", "5 strata, 50 clusters of 20"]
)
def test_intervals_hold_the_truth_as_often_as_they_say(name):
    table = study(name, DATASETS, replicates=512, seed=2)
    columns = CELLS[name].columns
    error = 100 * np.sqrt(0.95 * 0.05 / DATASETS)
    assert (np.abs(table[columns].stack().dropna() - 95) < FAR * error).all()
    assert_allclose(table["SE / SD"], 1, atol=FAR / np.sqrt(2 * DATASETS))

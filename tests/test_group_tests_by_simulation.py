"""False alarms of the tests between groups: the simulation of docs/explanation/group-tests.md."""

import sys
from pathlib import Path

import pytest
from scipy import stats

sys.path.insert(0, str(Path(__file__).parents[1] / "docs"))

from studies_permutation import CELLS, HEADER, study

SAMPLES = 300

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("sizes", [(100, 100), (100, 300)])
def test_tests_between_groups_of_one_population_reject_as_often_as_they_say(sizes):
    first, second, _ = CELLS["one population"]
    rejected = study(first, second, sizes, SAMPLES) * SAMPLES
    low, high = stats.binom.interval(0.9998, SAMPLES, 0.05)  # eight tests, two cells
    assert (rejected >= low).all(), dict(zip(HEADER, rejected, strict=True))
    assert (rejected <= high).all(), dict(zip(HEADER, rejected, strict=True))


def test_a_difference_is_found():
    first, second, _ = CELLS["other paths and means"]
    shares = dict(zip(HEADER, study(first, second, (250, 250), 100), strict=True))
    assert min(shares[name] for name in HEADER[:4]) > 0.65

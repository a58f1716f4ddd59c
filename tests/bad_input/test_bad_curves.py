"""Loyalty curves over too few scores or too narrow satisfaction (situations 89 and 105)."""

import numpy as np
import pytest

import csi
from csi import DataError

N = 400


@pytest.fixture
def rng():
    return np.random.default_rng(7)


def linear(scores):
    """Arrays of scores and of loyalty that follows them in a line."""
    beside = np.random.default_rng(8).uniform(-9, 9, len(scores))
    return {"score": scores, "outcome": 10 + 0.8 * scores + beside}


def zoned(scores):
    """Loyalty that does not answer to satisfaction between 55 and 75."""
    held = np.clip(scores, 55, 75) - 55
    beside = np.random.default_rng(8).uniform(-4, 4, len(scores))
    return {"score": scores, "outcome": 5 + 0.95 * (scores - held) + beside}


def curve(arrays, **options):
    return csi.loyalty_curve(**arrays, reliability=1, rng=1, draws=199, **options)


def test_089_construct_of_fewer_than_five_scores(frame):
    grades = frame.assign(S1=np.clip(frame["S1"] - 4, 1, 4))
    model = csi.parse("Satisfaction =~ S1\nLoyalty =~ L1 + L2\nLoyalty ~ Satisfaction")
    scale = {"S1": (1, 4), "L1": (1, 10), "L2": (1, 10)}
    fit = csi.fit(model, csi.survey(grades, scale=scale))
    with pytest.raises(
        DataError,
        match=r"^Satisfaction has 4 distinct scores, counted in whole points of 0-100\. A curve "
        r"needs 5; compare the levels instead: csi\.loyalty_levels\(\)\.$",
    ):
        csi.loyalty_curve(fit, rng=1)


def test_089_scores_that_differ_by_less_than_a_point(rng):
    with pytest.raises(DataError, match=r"^Satisfaction has 1 distinct score, counted in whole"):
        curve(linear(rng.uniform(49.6, 50.4, N)))


def test_089_five_scores_are_enough():
    found = curve(linear(np.repeat([10.0, 30, 50, 70, 90], 40)))
    assert found.zone.verdict == "no evidence"
    assert np.isfinite(found.table.to_numpy()).all()


def test_105_scores_outside_the_window(rng):
    found = curve(linear(rng.uniform(50, 95, N)))
    low, high = found.window
    for beyond in (20, 99, [60, 99]):
        with pytest.raises(
            DataError,
            match=r"^There is no support at (20|99): 90% of the true scores lie between "
            rf"{low:.1f} and {high:.1f}, and csi does not extrapolate\. Ask within them\.$",
        ):
            found.at(beyond)
    assert found.table["satisfaction"].between(low, high).all()
    assert found.raw["satisfaction"].between(low, high).all()


@pytest.mark.parametrize(("low", "high"), [(60, 76), (86, 100), (0, 10)])
def test_105_satisfaction_too_narrow_for_a_zone(low, high, rng):
    found = curve(linear(rng.uniform(low, high, N)))
    assert found.zone.verdict == "no support"
    assert "too narrow for a zone with a stretch on either side of it" in found.zone.why
    assert not found.zone.found
    assert np.isnan([found.zone.p_value, found.zone.low, found.zone.high, found.zone.ratio]).all()
    assert found.zone.table[["estimate", "lower", "upper"]].isna().all(axis=None)
    assert found.table["satisfaction"].between(*found.window).all()


@pytest.mark.parametrize(("low", "high"), [(62, 100), (0, 68)])
def test_105_zone_that_reaches_beyond_the_data(low, high, rng):
    """Half of it is seen: what lies on its other side is unknown, so it is none."""
    zone = curve(zoned(rng.uniform(low, high, 2 * N))).zone
    assert zone.verdict == "no evidence"
    assert "does not show that there is no zone" in zone.why
    if np.isfinite(zone.low):
        assert zone.window[0] <= zone.low_interval[0] <= zone.high_interval[1] <= zone.window[1]


def test_105_zone_within_the_data(rng):
    zone = curve(zoned(rng.uniform(20, 100, 2 * N))).zone
    assert zone.found
    assert zone.low_interval[0] <= 55 <= zone.low_interval[1]
    assert zone.high_interval[0] <= 75 <= zone.high_interval[1]

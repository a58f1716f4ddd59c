"""Signs of careless answering, on respondents made up to show them."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal

import csi
from csi import items, paths, reflective
from csi.core.careless import duplicated, longest_string, speeding, straight_lining
from csi.errors import DataQualityWarning

NA = np.nan


def test_longest_string_counts_equal_answers_in_a_row():
    rows = np.array(
        [
            [1, 2, 3, 4, 5, 6],
            [7, 7, 7, 7, 7, 7],
            [1, 2, 2, 2, 3, 3],
            [5, 5, NA, 5, 5, 5],
            [NA, NA, NA, NA, NA, NA],
            [NA, 4, 4, NA, 4, NA],
        ]
    )
    assert_array_equal(longest_string(rows), [1, 6, 3, 3, 0, 2])


def test_straight_lining_is_one_answer_to_five_items_or_more():
    rows = np.array(
        [
            [7, 7, 7, 7, 7, 7],
            [7, 7, 7, 7, 7, 6],
            [7, 7, NA, 7, 7, 7],
            [7, 7, NA, NA, 7, 7],
            [NA, NA, NA, NA, NA, NA],
        ]
    )
    assert_array_equal(straight_lining(rows), [True, False, True, False, False])


def test_duplicates_are_repeats_of_an_earlier_respondent():
    rows = np.array(
        [
            [1, 2, 3, 4, 5],
            [1, 2, 3, 4, 6],
            [1, 2, 3, 4, 5],
            [1, 2, 3, 4, NA],
            [1, 2, 3, 4, 5],
            [1, 2, 3, 4, NA],
        ]
    )
    assert_array_equal(duplicated(rows), [False, False, True, False, True, False])


def test_missing_answers_repeat_each_other():
    rows = np.array([[1, 2, 3, 4, 5, NA], [1, 2, 3, 4, 5, NA], [1, 2, 3, 4, 5, 6]])
    assert_array_equal(duplicated(rows), [False, True, False])


def test_speeding_is_a_third_of_the_median():
    seconds = np.array([300.0, 310, 320, 99, 101, NA])
    assert_array_equal(speeding(seconds, 10), [False, False, False, True, False, False])


def test_speeding_is_two_seconds_an_item_at_least():
    seconds = np.array([60.0, 60, 60, 39, 41])
    assert_array_equal(speeding(seconds, 20), [False, False, False, True, False])


def test_unknown_durations_flag_nobody():
    assert not speeding(np.full(3, NA), 20).any()


# in a fit


@pytest.fixture
def frame():
    rng = np.random.default_rng(3)
    opinion = rng.normal(size=(100, 1))
    answers = np.clip(np.round(6 + 1.5 * opinion + rng.normal(size=(100, 6))), 1, 10)
    frame = pd.DataFrame(answers, columns=[*items("s", 1, 3), *items("l", 1, 3)])
    frame.iloc[9] = 2, 4, 6, 8, 6, 4
    frame.iloc[10] = 10
    frame.iloc[20] = frame.iloc[9]
    return frame.assign(seconds=120.0)


MODEL = csi.model(
    [reflective("Sat", items("s", 1, 3)), reflective("Loy", items("l", 1, 3))],
    [paths("Sat", "Loy")],
)


def test_flagged_respondents_are_named_counted_and_kept(frame):
    frame.loc[30, "seconds"] = 5
    fit = csi.fit(MODEL, csi.survey(frame, duration="seconds", scale=(1, 10)))
    flags = fit.data.flags
    assert fit.n == 100
    assert flags.index[flags["straight_lining"]].tolist() == [10]
    assert flags.index[flags["duplicate"]].tolist() == [20]
    assert flags.index[flags["speeding"]].tolist() == [30]
    assert flags["longest_string"].max() == 6
    counts = fit.audit.set_index("step")["count"]
    assert counts["flagged: straight-lining"] == 1
    assert counts["flagged: speeding"] == 1


def test_answers_are_judged_as_they_were_given(frame):
    turned = frame.assign(s1=11 - frame["s1"])
    fit = csi.fit(MODEL, csi.survey(turned, scale=(1, 10), reverse=["s1"]))
    assert not fit.data.flags["straight_lining"].any()


def test_many_straight_liners_are_warned_about(frame):
    frame.iloc[:25, :6] = np.tile(np.arange(25.0)[:, None] % 10 + 1, 6)
    with pytest.warns(DataQualityWarning, match="straight-lining"):
        csi.fit(MODEL, csi.survey(frame, scale=(1, 10)))

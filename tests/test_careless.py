"""Signs of careless answering, on respondents made up to show them."""

import time

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal

import csi
from csi import items, paths, reflective
from csi.core import careless
from csi.core.careless import duplicated, longest_string, speeding, straight_lining
from csi.errors import DataQualityWarning
from csi.reporting.phrases import Phrases

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


@pytest.mark.parametrize("hashes", ["mixed", "all alike"])
def test_duplicates_are_those_of_pandas(monkeypatch, hashes):
    if hashes == "all alike":
        monkeypatch.setattr(careless, "_hashes", lambda rows: np.zeros(len(rows), dtype=np.uint64))
    rng = np.random.default_rng(50)
    rows = rng.integers(-1, 2, (2000, 8)).astype(float)
    rows[rng.random(rows.shape) < 0.1] = NA
    rows[rng.random(rows.shape) < 0.1] = -0.0
    expected = pd.DataFrame(rows).duplicated() & ((~np.isnan(rows)).sum(axis=1) >= 5)
    assert expected.sum() > 20
    assert_array_equal(duplicated(rows), expected)


def test_signs_do_not_depend_on_how_many_are_looked_at_together(monkeypatch):
    rows = np.random.default_rng(52).integers(1, 3, (50, 6)).astype(float)
    rows[[20, 33]] = 1.0
    signs = (longest_string, straight_lining, duplicated)
    expected = [sign(rows) for sign in signs]
    monkeypatch.setattr(careless, "AT_A_TIME", 7)
    for sign, together in zip(signs, expected, strict=True):
        assert together.any()
        assert_array_equal(sign(rows), together)
        assert len(sign(rows[:0])) == 0


def test_duplicates_are_found_faster_than_by_sorting_rows():
    rows = np.random.default_rng(51).integers(1, 11, (100_000, 13)).astype(float)

    def seconds(work):
        start = time.perf_counter()
        work()
        return time.perf_counter() - start

    ours = min(seconds(lambda: duplicated(rows)) for _ in range(3))
    assert 3 * ours < seconds(lambda: np.unique(rows, axis=0, return_index=True))


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
    remarks = fit.audit.set_index("step")["remark"]
    assert counts["flagged: duplicate"] == 1
    assert remarks["flagged: duplicate"] == "kept; the first of each not counted"


@pytest.mark.filterwarnings("ignore:2 rows share:csi.DataQualityWarning")
def test_repeated_ids_say_that_all_rows_are_counted(frame):
    numbered = frame.assign(id=[5, *range(1, len(frame))])
    step = csi.survey(numbered, ids="id").audit.set_index("step").loc["flagged: repeated ids"]
    assert (step["count"], step["remark"]) == (2, "5; the first of each counted as well")
    chinese = Phrases("zh")
    assert chinese.known(step["remark"]) == "5；首份也计入"
    assert chinese.known("kept; the first of each not counted") == "保留；首份不计入"


def test_answers_are_judged_as_they_were_given(frame):
    turned = frame.assign(s1=11 - frame["s1"])
    fit = csi.fit(MODEL, csi.survey(turned, scale=(1, 10), reverse=["s1"]))
    assert not fit.data.flags["straight_lining"].any()


@pytest.fixture
def acsi_answers():
    """Answers to the ACSI-type model: fourteen items from 1 to 10 and a complaint of 0 or 1."""
    model = csi.models.acsi()
    rng = np.random.default_rng(52)
    opinion = rng.normal(size=(100, 1))
    answers = np.clip(np.round(6 + 1.5 * opinion + rng.normal(size=(100, 15))), 1, 10)
    frame = pd.DataFrame(answers[:, : len(model.indicators)], columns=list(model.indicators))
    return frame.assign(COMP=rng.integers(0, 2, 100))


def test_straight_lining_is_judged_among_items_of_one_scale(acsi_answers):
    acsi_answers.loc[10, acsi_answers.columns != "COMP"] = 10
    fit = csi.fit(csi.models.acsi(), acsi_answers)
    flags = fit.data.flags
    assert flags.index[flags["straight_lining"]].tolist() == [10]
    remarks = fit.audit.set_index("step")["remark"]
    n_items = len(csi.models.acsi().indicators)
    assert remarks["flagged: straight-lining"] == f"scale 1-10 ({n_items - 1} of {n_items})"


def test_few_items_of_one_scale_are_not_compared(frame):
    frame.iloc[10, :4] = 7
    scale = {"l2": (0, 10), "l3": (0, 10)}
    frame.iloc[10, 4:6] = 7
    fit = csi.fit(MODEL, csi.survey(frame, scale=scale))
    assert not fit.data.flags["straight_lining"].any()


def test_many_straight_liners_are_warned_about(frame):
    frame.iloc[:25, :6] = np.tile(np.arange(25.0)[:, None] % 10 + 1, 6)
    with pytest.warns(DataQualityWarning, match="straight-lining"):
        csi.fit(MODEL, csi.survey(frame, scale=(1, 10)))

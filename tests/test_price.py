"""Price tolerance by the codes of the public 2015 sample of ACSI-type interviews.

Rises and cuts are per cent from 0 to 25; 26 stands for more than 25 and 101, which is
not documented, for no limit; 98 and 99 are don't know and refused.
"""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import csi
from csi.errors import DataError

NOT_ASKED = np.nan


def one(rise=NOT_ASKED, cut=NOT_ASKED, **declared):
    (value,) = csi.price_tolerance([rise], [cut], **declared)
    return value


def test_fifty_is_neither_rise_nor_cut():
    assert one(rise=0) == one(cut=0) == 50


def test_more_than_25_per_cent_is_the_end_of_the_scale():
    assert one(rise=26) == 100
    assert one(cut=26) == 0


def test_no_limit_counts_as_more_than_25():
    assert one(rise=101) == one(rise=26)
    assert one(cut=101) == one(cut=26)


def test_one_per_cent_is_the_same_everywhere():
    per_cent = np.arange(27)
    up = csi.price_tolerance(per_cent, np.full(27, NOT_ASKED))
    down = csi.price_tolerance(np.full(27, NOT_ASKED), per_cent)
    assert_allclose(np.diff(up), 100 / 52, rtol=0, atol=1e-12)
    assert_allclose(up + down, 100, rtol=0, atol=1e-12)


def test_rises_are_above_cuts():
    assert one(rise=5) > one(rise=0) == one(cut=0) > one(cut=5) > one(cut=20)


@pytest.mark.parametrize("code", [98, 99])
def test_dont_know_is_missing(code):
    assert np.isnan(one(rise=code))
    assert np.isnan(one(cut=code))
    assert one(rise=code, cut=10) == one(cut=10)


def test_other_codes_may_be_declared():
    assert np.isnan(one(rise=-8, missing_codes=[-8]))
    with pytest.raises(DataError, match="98"):
        one(rise=98, missing_codes=[-8])


def test_neither_question_asked_is_missing():
    assert np.isnan(one())
    assert_array_equal(np.isnan(csi.price_tolerance([None, 3], [None, None])), [True, False])


def test_both_questions_answered_is_a_mistake_of_the_data():
    with pytest.raises(DataError, match=r"2 respondents answered both .* \(rows 0, 2\)"):
        csi.price_tolerance([1, 2, 3], [1, np.nan, 0])


@pytest.mark.parametrize("value", [-1, 27, 50, 100, 102, np.inf])
def test_values_out_of_range_are_refused(value):
    for answers in ({"rise": value}, {"cut": value}):
        with pytest.raises(DataError, match="0 to 25, 26"):
            one(**answers)


def test_both_columns_have_one_value_per_respondent():
    with pytest.raises(DataError, match="rise has 2 values and cut has 1"):
        csi.price_tolerance([1, 2], [np.nan])


@pytest.mark.parametrize("answer", ["ten", "10", True, b"10", 1j])
def test_what_is_no_number_is_refused(answer):
    for rise in ([answer, 3], np.array([answer, 3], dtype=object)):
        with pytest.raises(DataError, match=r"lists of numbers; found (list|ndarray) with"):
            csi.price_tolerance(rise, [None, None])
    with pytest.raises(DataError, match="must be lists of numbers"):
        one(rise=3, missing_codes=[answer])


@pytest.mark.parametrize("codes", ["98", np.array(98), 98, None])
def test_missing_codes_are_a_list(codes):
    with pytest.raises(DataError, match="codes must be lists of numbers"):
        one(rise=3, missing_codes=codes)


def test_numbers_of_nullable_columns_are_numbers():
    rise = pd.Series([10, None], dtype="Int64")
    assert_array_equal(np.isnan(csi.price_tolerance(rise, [None, None])), [False, True])
    assert np.isnan(one(rise=98, missing_codes={98, 99}))


def test_the_answers_given_are_left_alone():
    rise, cut = np.array([99.0, 101.0]), np.array([np.nan, np.nan])
    csi.price_tolerance(rise, cut)
    assert_array_equal(rise, [99, 101])

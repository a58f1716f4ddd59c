"""Ordered items whose answers are no categories, or too few (situations 19, 32-34, 103-104)."""

import numpy as np
import pandas as pd
import pytest

import csi
from csi import DataError, DataQualityWarning, InadmissibleWarning

pytestmark = pytest.mark.filterwarnings("ignore::csi.CsiWarning")  # more than is asked for

ALL = csi.CBSEM("WLSMV", ordered=True)


@pytest.fixture
def likert():
    """Answers of 400 respondents to four items of one construct, five categories each."""
    rng = np.random.default_rng(3)
    responses = 0.8 * rng.normal(size=(400, 1)) + 0.6 * rng.normal(size=(400, 4))
    answers = np.digitize(responses, [-1.2, -0.4, 0.4, 1.2]) + 1.0
    return pd.DataFrame(answers, columns=["q1", "q2", "q3", "q4"])


def fitted(frame, estimator=ALL):
    survey = csi.survey(frame, allow_out_of_range=True)
    return csi.fit(csi.parse("Q =~ q1 + q2 + q3 + q4"), survey, estimator)


def test_019_ordered_item_without_variance(likert):
    moments = csi.Moments.from_rows(likert.assign(q1=3.0).to_numpy(), tuple(likert))
    with pytest.raises(DataError, match=r"q1 is ordered, but all its answers are the same\. Leave"):
        ALL.estimate(csi.parse("Q =~ q1 + q2 + q3 + q4"), moments)


def test_032_half_points_of_ordered_items(likert):
    likert.loc[0, "q3"] = 2.5
    with pytest.raises(DataError, match=r"q3 is ordered, but holds 2\.5\. Categories are whole nu"):
        fitted(likert)


def test_032_means_filled_in_for_ordered_items(likert):
    likert.loc[0, "q3"] = np.nan
    survey = csi.survey(likert, missing="mean")
    with pytest.raises(DataError, match=r"drop missing ones instead of filling in means"):
        csi.fit(csi.parse("Q =~ q1 + q2 + q3 + q4"), survey, ALL)


def test_033_more_than_twenty_categories(likert):
    many = likert.assign(q4=np.arange(400.0) % 21)
    with pytest.raises(DataError, match=r"q4 has 21 different answers.* 20 .*csi\.CBSEM\('MLR'\)"):
        fitted(many)
    assert fitted(many, csi.CBSEM("WLSMV", ordered=["q1", "q2", "q3"])).n == 400
    assert fitted(likert.assign(q4=np.arange(400.0) % 20)).n == 400


def test_034_category_nobody_chose(likert):
    likert["q1"] = likert["q1"].replace(2, 1)
    with pytest.warns(DataQualityWarning, match=r"^Nobody chose 2 of q1\. These categories are le"):
        fit = fitted(likert)
    assert (fit.parameters["operator"] == "|").sum() == 15


def test_034_empty_cell_of_two_by_two(likert):
    binary = (likert > 3).astype(float)
    binary["q2"] = np.maximum(binary["q1"], binary["q2"])
    with pytest.warns(DataQualityWarning, match=r"answers to q1 with q2 one was never given; half"):
        fitted(binary)


def test_103_polychoric_correlation_of_one(likert):
    likert["q2"] = np.where(likert["q1"] > 3, 2.0, 1.0)
    with pytest.warns(InadmissibleWarning, match=r"correlation of q1 with q2 is 1 or -1: the answ"):
        fitted(likert)


def test_104_category_of_one_respondent(likert):
    likert.loc[0, "q1"] = 9.0
    with pytest.warns(DataQualityWarning, match=r"^Nobody chose 6, 7, 8 of q1"):
        fit = fitted(likert)
    last = fit.parameters.query("left == 'q1' and right == 't5'")
    assert 2 < last["estimate"].item() < 4
    assert last["se"].item() < 1

"""Loyalty by complaint handling, against plain averages and statsmodels."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose
from statsmodels.stats.weightstats import DescrStatsW

import csi


@pytest.fixture
def frame():
    rng = np.random.default_rng(3)
    complained = rng.integers(0, 2, 400)
    handled = np.where(complained == 1, rng.integers(1, 11, 400), np.nan)
    handled[rng.random(400) < 0.1] = np.nan
    repurchase = rng.integers(1, 11, 400).astype(float)
    repurchase[:5] = 98
    return pd.DataFrame({"COMP": complained, "HANDLE": handled, "REPUR": repurchase, "w": 1.5})


def described(frame, **options):
    survey = csi.survey(frame, missing_codes=[98, 99], **options)
    return csi.complaint_handling(survey, csi.models.acsi()).set_index("group")


def test_groups_are_plain_averages_on_0_to_100(frame):
    table = described(frame)
    said = frame["REPUR"] < 11
    rating = frame["HANDLE"]
    members = {
        "no complaint": frame["COMP"] == 0,
        "handled poorly": (frame["COMP"] == 1) & (rating <= 5),
        "handled fairly": (frame["COMP"] == 1) & rating.between(6, 8),
        "handled well": (frame["COMP"] == 1) & (rating >= 9),
        "handling not rated": (frame["COMP"] == 1) & rating.isna(),
    }
    assert list(table.index) == list(members)
    for group, chosen in members.items():
        score = (frame.loc[chosen & said, "REPUR"] - 1) / 9 * 100
        row = table.loc[group]
        assert row["n"] == len(score)
        assert_allclose(row["outcome"], score.mean(), rtol=1e-12)
        assert_allclose(row["se"], score.std() / np.sqrt(len(score)), rtol=1e-12)
        assert_allclose(row["share"], chosen.mean(), rtol=1e-12)
    assert_allclose(table["share"].sum(), 1, rtol=1e-12)


def test_equal_sampling_weights_change_nothing(frame):
    pd.testing.assert_frame_equal(described(frame, weights="w"), described(frame))


def test_frequency_weights_count_respondents(frame):
    counts = np.random.default_rng(1).integers(0, 4, len(frame))
    table = described(frame.assign(w=counts), weights="w", weight_type="frequency")
    chosen = (frame["COMP"] == 0) & (frame["REPUR"] < 11)
    score = (frame.loc[chosen, "REPUR"] - 1) / 9 * 100
    oracle = DescrStatsW(score, weights=counts[chosen], ddof=1)
    row = table.loc["no complaint"]
    assert row["n"] == counts[chosen].sum()
    assert_allclose(row["outcome"], oracle.mean, rtol=1e-12)
    assert_allclose(row["se"], oracle.std_mean, rtol=1e-12)


def test_clusters_and_strata_make_the_error_that_of_a_domain(frame):
    frame = frame.assign(town=np.arange(400) % 20, region=np.arange(400) % 4)
    row = described(frame, clusters="town", strata="region").loc["handled well"]
    used = (frame["COMP"] == 1) & (frame["HANDLE"] >= 9) & (frame["REPUR"] < 11)
    score = (frame["REPUR"] - 1) / 9 * 100
    moved = used * (score - score[used].mean()) / used.sum()
    towns = moved.groupby([frame["region"], frame["town"]]).sum().unstack()
    variance = sum(5 / 4 * ((z - z.mean()) ** 2).sum() for _, z in towns.iterrows())
    assert_allclose(row["se"], np.sqrt(variance), rtol=1e-10)


def test_bounds_in_the_wrong_order_are_refused(frame):
    with pytest.raises(csi.OptionError, match="Give poor below good"):
        csi.complaint_handling(frame, csi.models.acsi(), poor=9, good=5)


def test_scales_must_be_known(frame):
    model = csi.parse("Sat =~ a + b\nLoy =~ c\nLoy ~ Sat")
    with pytest.raises(csi.DataError, match="scale ends of COMP, HANDLE and REPUR"):
        csi.complaint_handling(csi.survey(frame, missing_codes=[98]), model)

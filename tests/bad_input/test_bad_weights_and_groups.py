"""Survey weights and groups that cannot be used (situations 45-58)."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import csi
from csi import DataError, DataQualityWarning, OptionError
from csi.display import csv_text, html_table
from csi.errors import ArgumentTypeError


def weights(**changed):
    """200 weights of one, but for some rows: ``weights(row3=-1)``."""
    values = np.ones(200)
    for row, value in changed.items():
        values[int(row.removeprefix("row"))] = value
    return values


# ------------------------------------------------------------------- weights


def test_045_negative_weight(fit, frame):
    message = (
        r"1 weight in {} is negative \(rows 3, counted from 0\)\. Weights count people; correct"
    )
    with pytest.raises(DataError, match=message.format("weights=")):
        fit(frame, weights=weights(row3=-1))
    with pytest.raises(DataError, match=message.format("w")):
        fit(frame.assign(w=weights(row3=-1)), weights="w")


def test_046_missing_weight(fit, frame):
    message = r"1 weight in {} is missing \(rows 3, counted from 0\)\. Give every row a weight"
    with pytest.raises(DataError, match=message.format("weights=")):
        fit(frame, weights=weights(row3=np.nan))
    with pytest.raises(DataError, match=message.format("w")):
        fit(frame.assign(w=weights(row3=np.nan)), weights="w")


def test_047_infinite_weight(fit, frame):
    with pytest.raises(DataError, match=r"1 weight .* is infinite \(rows 3, .*\)\. Correct them"):
        fit(frame, weights=weights(row3=np.inf))
    with pytest.raises(DataError, match=r"w holds inf in row 3 .* correct it"):
        fit(frame.assign(w=weights(row3=np.inf)), weights="w")


def test_045_every_reason_is_listed(fit, frame):
    with pytest.raises(DataError) as caught:
        fit(frame, weights=weights(row3=-1, row4=np.nan, row5=np.inf, row6=1e200))
    assert [issue.code for issue in caught.value.issues] == [
        "weight-missing", "weight-infinite", "weight-negative", "weight-magnitude",
    ]  # fmt: skip


def test_048_all_weights_zero(fit, frame):
    with pytest.raises(DataError, match=r"All 200 weights in weights= are zero\. Give those"):
        fit(frame, weights=np.zeros(200))


def test_049_other_number_of_weights(fit, frame):
    with pytest.raises(DataError, match=r"shape \(5,\), but there are 200 rows\. Give one for eac"):
        fit(frame, weights=np.ones(5))


@pytest.mark.parametrize("given", [["x"] * 200, [True] * 200, [None] * 200, 5, {"a": 1}], ids=str)
def test_049_weights_that_are_no_numbers(fit, frame, given):
    with pytest.raises(DataError, match=r"Give (one|every)"):
        fit(frame, weights=given)


def test_050_weight_column_is_an_item(fit, frame):
    with pytest.raises(DataError, match=r"'S1' holds the weights and is also an item\. Choose one"):
        fit(frame, weights="S1")


def test_051_frequency_weights_not_whole(fit, frame):
    with pytest.raises(
        DataError,
        match=r"200 weights .* are not whole \(rows 0, .*\)\. Frequency .*weight_t",
    ):
        fit(frame, weights=weights() + 0.5, weight_type="frequency")


def test_052_extreme_weights(fit, frame):
    uneven = np.r_[np.full(40, 50.0), np.ones(160)]
    with pytest.warns(
        DataQualityWarning, match=r"extreme: 200 respondents carry .* of 46.6 \(Kish\)\. Trim"
    ):
        fit(frame, weights=uneven)


def test_053_one_respondent_holds_most_of_the_weight(fit, frame):
    with pytest.raises(DataError, match=r"Row 3 .* holds 83% of the weight in weights=\. .* trim"):
        fit(frame, weights=weights(row3=1000))


@pytest.mark.parametrize("kind", [list, tuple, np.array, pd.Series], ids=lambda kind: kind.__name__)
def test_weights_of_any_kind_are_taken_by_position(fit, frame, kind):
    values = np.random.default_rng(3).uniform(0.5, 2, 200)
    given = kind(values)
    if isinstance(given, pd.Series):
        given = given.set_axis(range(500, 700))
    expected = fit(frame.assign(w=values), weights="w")
    assert_array_equal(fit(frame, weights=given).moments.cov, expected.moments.cov)


@pytest.mark.parametrize("weight_type", ["sampling", "frequency"])
@pytest.mark.parametrize("missing", ["listwise", "pairwise", "mean"])
def test_weight_zero_is_like_no_row(fit, frame, weight_type, missing):
    frame = frame.mask(np.random.default_rng(5).random(frame.shape) < 0.005)
    w = np.tile([0.0, 1.0, 2.0, 3.0], 50)
    declared = {"weight_type": weight_type, "missing": missing}
    ours = fit(frame, weights=w, **declared)
    theirs = fit(frame[w > 0], weights=w[w > 0], **declared)
    assert_array_equal(ours.moments.cov, theirs.moments.cov)
    assert_array_equal(ours.moments.mean_cov, theirs.moments.mean_cov)
    assert ours.n == theirs.n
    assert "dropped: weight zero" in set(ours.audit["step"])


@pytest.mark.parametrize("missing", ["listwise", "pairwise", "mean"])
def test_frequency_weights_are_like_repeated_rows(fit, frame, missing):
    frame = frame.mask(np.random.default_rng(5).random(frame.shape) < 0.005)
    counts = np.tile([1, 2, 3, 4], 50)
    ours = fit(frame, weights=counts, weight_type="frequency", missing=missing)
    theirs = fit(frame.loc[np.repeat(frame.index, counts)], missing=missing)
    assert_allclose(ours.moments.cov, theirs.moments.cov, rtol=1e-12)
    assert_allclose(ours.moments.mean_cov, theirs.moments.mean_cov, rtol=1e-12, atol=1e-16)
    assert_allclose(ours.paths["estimate"], theirs.paths["estimate"], rtol=1e-10)
    assert ours.moments.effective_n == ours.n == theirs.n


def test_effective_n_of_sampling_weights_is_kishs(fit, frame):
    w = np.tile([1.0, 3.0], 100)
    assert fit(frame, weights=w).moments.effective_n == pytest.approx(w.sum() ** 2 / (w @ w))


def test_group_of_weight_zero(model, frame):
    data = csi.survey(frame.assign(firm=["x", "y"] * 100), weights=[1.0, 0.0] * 100)
    with pytest.raises(DataError, match=r"All 100 weights in firm y are zero\. Give those interv"):
        csi.fit_by(model, data, "firm")


def test_mode_b_takes_pairwise_moments(fit, frame):
    frame.loc[:4, "S1"] = np.nan
    modes = csi.PLS(modes={"Satisfaction": "B", "Loyalty": "B"})
    fitted = fit(frame, modes, missing="pairwise", weights=np.tile([1.0, 2.0], 100))
    assert np.isfinite(fitted.weights["weight"]).all()
    assert fitted.scores.isna().to_numpy().sum() == 5


# -------------------------------------------------------------------- groups


def test_054_respondents_without_a_group(model, frame):
    frame["firm"] = ["x"] * 100 + ["y"] * 60 + [None] * 40
    with pytest.warns(
        DataQualityWarning, match=r"40 respondents have no firm and are left out\. Give missing_gr"
    ):
        fits = csi.fit_by(model, frame, "firm")
    assert list(fits) == ["x", "y"]
    assert list(csi.fit_by(model, frame, "firm", missing_group="own group")) == [
        "(no group)", "x", "y",
    ]  # fmt: skip


@pytest.mark.parametrize("missing", [None, np.nan, pd.NA, pd.NaT], ids=str)
def test_054_every_kind_of_missing_group(model, frame, missing):
    frame["firm"] = pd.Series([1] * 150 + [missing] * 50, dtype=object)
    with pytest.warns(DataQualityWarning, match="50 respondents have no firm"):
        assert list(csi.fit_by(model, frame, "firm")) == [1]
    with pytest.raises(DataError, match=r"names no group: all 200 cells are missing\. Name the c"):
        csi.fit_by(model, frame.assign(firm=missing), "firm")


def test_055_group_too_small(model, frame):
    fits = csi.fit_by(model, frame.assign(firm=["x"] * 196 + ["z"] * 4), "firm")
    assert fits.skipped.to_dict("records") == [
        {"group": "z", "n": 4, "reason": "too small (n=4, at least 30)"}
    ]


def test_055_no_group_large_enough(model, frame):
    with pytest.raises(DataError, match=r"No group of firm can be estimated: .*too small \(n=20,"):
        csi.fit_by(model, frame.assign(firm=np.arange(200) // 20), "firm")


def test_057_groups_look_like_ids(model, frame):
    with pytest.raises(
        OptionError, match=r"id has 200 different values in 200 rows: groups look like ids\. Name"
    ):
        csi.fit_by(model, frame.assign(id=range(200)), "id")


def test_058_dangerous_group_names(model, frame):
    names = ["=cmd()", "<script>", "../.."]
    fits = csi.fit_by(model, csi.survey(
        frame.assign(firm=[names[i % 3] for i in range(200)]), scale=(1, 10)
    ), "firm")  # fmt: skip
    assert set(fits) == set(names)
    assert "<script>" not in html_table(fits.indices)
    assert "<script>" not in fits._repr_html_()
    assert "\n=cmd()" not in csv_text(fits.indices)
    assert "'=cmd()" in csv_text(fits.indices)


@pytest.mark.parametrize(
    "groups",
    [[True, False], [1, "x"], [1.0, 2.0], list(pd.to_datetime(["2020-01-01", "2021-01-01"])),
     ["x", 2.5], [np.int64(1), np.int64(2)]],
    ids=str,
)  # fmt: skip
def test_groups_of_any_kind_are_kept_apart(model, frame, groups):
    fits = csi.fit_by(model, frame.assign(g=pd.Series(groups * 100, dtype=object)), "g")
    assert set(fits) == set(groups)
    assert [fit.n for fit in fits.values()] == [100, 100]


@pytest.mark.parametrize("cell", [[1], (1, 2), {"a": 1}], ids=str)
def test_groups_that_cannot_be_names(model, frame, cell):
    with pytest.raises(DataError, match=r"'g' holds values of kind .*, which cannot name groups"):
        csi.fit_by(model, frame.assign(g=pd.Series([cell] * 200)), "g")


def test_group_column_that_is_an_item_or_absent(model, frame):
    with pytest.raises(DataError, match=r"'S1' is an item .* cannot make groups\. Name another"):
        csi.fit_by(model, frame, "S1")
    with pytest.raises(DataError, match=r"no column 'firm'\. Columns: S1, S2, S3, L1, L2"):
        csi.fit_by(model, frame, "firm")
    with pytest.raises(ArgumentTypeError, match=r"by is 5\. Name the column"):
        csi.fit_by(model, frame, 5)


@pytest.mark.parametrize(
    "option", [{"min_n": "30"}, {"min_n": 2.5}, {"missing_group": "keep"}, {"on_bad_group": "drop"}]
)
def test_group_options_without_meaning(model, frame, option):
    name, value = next(iter(option.items()))
    with pytest.raises(OptionError, match=rf"{name} is {value!r}\. (Give|Known)"):
        csi.fit_by(model, frame.assign(firm=1), "firm", **option)

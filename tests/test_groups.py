"""Fits by group: which groups are made, skipped and refused.

That each fit is the fit of its respondents is a property (test_properties.py).
"""

import datetime

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import csi
from csi import items, paths, reflective, single
from csi.errors import ArgumentTypeError, DataError, DataQualityWarning, OptionError
from csi.groups import _grouped, _ordered

MODEL = csi.model(
    [reflective("Sat", items("s", 1, 3)), single("Loy", "l1")],
    [paths("Sat", "Loy", sign="+")],
    scale=(1, 10),
)


@pytest.fixture
def frame():
    rng = np.random.default_rng(9)
    opinion = rng.normal(size=(120, 1))
    answers = np.clip(np.round(6 + 1.5 * opinion + rng.normal(size=(120, 4))), 1, 10)
    frame = pd.DataFrame(answers, columns=list(MODEL.indicators))
    return frame.assign(firm=np.repeat(["Zeta", "Alpha", "Mid"], 40))


@pytest.fixture
def fits(frame):
    return csi.fit_by(MODEL, frame, "firm")


# the mapping and its tables


def test_groups_are_in_the_order_of_their_names(fits):
    assert list(fits) == ["Alpha", "Mid", "Zeta"]
    assert len(fits) == 3
    assert "Mid" in fits
    assert "mid" not in fits
    assert repr(fits) == "<Fits of 3 groups by firm>"


def test_numbers_are_ordered_as_numbers(frame):
    frame["firm"] = np.repeat([10.0, 9.0, 100.0], 40)
    fits = csi.fit_by(MODEL, frame, "firm")
    assert list(fits) == [9, 10, 100]
    assert all(isinstance(group, int) for group in fits)


def test_dates_and_mixed_names_make_groups(frame):
    days = [datetime.date(2024, 1, 2), datetime.date(2023, 5, 6), datetime.date(2024, 1, 1)]
    frame["firm"] = np.repeat(days, 40)
    assert list(csi.fit_by(MODEL, frame, "firm")) == sorted(days)
    frame["firm"] = np.repeat(np.array(["b", 1, "a"], dtype=object), 40)
    assert list(csi.fit_by(MODEL, frame, "firm")) == [1, "a", "b"]


@pytest.mark.parametrize("table", ["indices", "paths", "r2", "impacts"])
def test_tables_are_those_of_the_groups_below_each_other(fits, table):
    stacked = getattr(fits, table)
    assert list(dict.fromkeys(stacked["group"])) == list(fits)
    for group, rows in stacked.groupby("group"):
        own = getattr(fits[group], table).reset_index(drop=True)
        pd.testing.assert_frame_equal(rows.drop(columns="group").reset_index(drop=True), own)


def test_the_html_shows_indices_by_group(fits):
    shown = fits._repr_html_()
    assert "Indices by firm" in shown
    assert all(group in shown for group in fits)


def test_an_unknown_group_is_answered_with_the_known(fits):
    with pytest.raises(OptionError, match=r"no fit of firm 'alpha'.*Did you mean 'Alpha'"):
        fits["alpha"]


def test_what_names_no_group_is_not_there(fits):
    assert ["Alpha"] not in fits
    with pytest.raises(OptionError, match=r"no fit of firm \['Alpha'\]\. Groups: 'Alpha', 'Mid'"):
        fits[["Alpha"]]
    assert fits.get("Mid") is fits["Mid"]
    assert fits.get("nope") is None
    assert fits.get(["Mid"], "none") == "none"


def test_positions_are_those_in_the_survey(fits):
    assert_array_equal(fits["Alpha"].scores.index, range(40, 80))


def test_every_fit_has_an_audit_of_its_group(fits):
    counts = fits["Mid"].audit.set_index("step")["count"]
    assert counts["respondents read"] == 120
    assert counts["respondents of the group"] == counts["respondents used"] == 40


def test_any_estimator_is_used(frame):
    fits = csi.fit_by(MODEL, frame, "firm", csi.Sums(), index_weights="equal")
    means = (frame.groupby("firm")[items("s", 1, 3)].mean().mean(axis=1) - 1) * 100 / 9
    found = fits.indices.query("construct == 'Sat'").set_index("group")["index"]
    assert_allclose(found, means, rtol=1e-12)


# groups that are left out


def test_small_groups_are_listed(frame):
    frame.loc[frame.index[:15], "s1"] = np.nan
    fits = csi.fit_by(MODEL, frame, "firm")
    assert list(fits) == ["Alpha", "Mid"]
    assert fits.skipped.to_dict("records") == [
        {"group": "Zeta", "n": 25, "reason": "too small (n=25, at least 30)"}
    ]
    assert repr(fits) == "<Fits of 2 groups by firm, 1 skipped>"
    with pytest.raises(
        OptionError, match=r"firm Zeta was not estimated: too small \(n=25.*'Alpha'"
    ):
        fits["Zeta"]
    assert list(csi.fit_by(MODEL, frame, "firm", min_n=25)) == ["Alpha", "Mid", "Zeta"]


def test_incomplete_respondents_count_when_they_are_used(frame):
    frame.loc[frame.index[:15], "s1"] = np.nan
    data = csi.survey(frame, missing="pairwise")
    assert list(csi.fit_by(MODEL, data, "firm")) == ["Alpha", "Mid", "Zeta"]


def test_a_constant_item_of_a_group_is_named(frame):
    frame.loc[frame["firm"] == "Mid", "s2"] = 5
    with pytest.raises(
        DataError, match=r"s2 is always 5 in firm Mid.*on_bad_group='skip'"
    ) as found:
        csi.fit_by(MODEL, frame, "firm")
    assert found.value.issues[0].column == "s2"
    fits = csi.fit_by(MODEL, frame, "firm", on_bad_group="skip")
    assert list(fits) == ["Alpha", "Zeta"]
    assert "s2 is always 5" in fits.skipped.loc[0, "reason"]


def test_a_group_that_cannot_be_estimated_is_named(frame):
    model = csi.model(
        [csi.composite("Sat", items("s", 1, 3)), single("Loy", "l1")], MODEL.paths, scale=(1, 10)
    )
    middle = frame["firm"] == "Mid"
    frame.loc[middle, "s2"] = frame.loc[middle, "s1"]
    with pytest.raises(csi.ModelError, match=r"firm Mid: .*collinear"):
        csi.fit_by(model, frame, "firm")
    fits = csi.fit_by(model, frame, "firm", on_bad_group="skip")
    assert list(fits) == ["Alpha", "Zeta"]
    assert fits.skipped.loc[0, "group"] == "Mid"


def test_nothing_left_is_an_error(frame):
    with pytest.raises(DataError, match=r"No group of firm can be estimated: Alpha \(too small"):
        csi.fit_by(MODEL, frame, "firm", min_n=41)


def test_respondents_without_a_group(frame):
    frame.loc[:4, "firm"] = None
    with pytest.warns(DataQualityWarning, match="5 respondents have no firm"):
        fits = csi.fit_by(MODEL, frame, "firm")
    assert fits["Zeta"].n == 35
    frame.loc[:39, "firm"] = None
    fits = csi.fit_by(MODEL, frame, "firm", missing_group="own group")
    assert fits["(no group)"].n == 40


# columns that make no groups


def test_ids_are_no_groups(frame):
    with pytest.raises(OptionError, match="120 different values in 120 rows: groups look like ids"):
        csi.fit_by(MODEL, frame.assign(id=range(120)), "id")


def test_columns_that_cannot_make_groups(frame):
    with pytest.raises(DataError, match="'s1' is an item of the model"):
        csi.fit_by(MODEL, frame, "s1")
    with pytest.raises(DataError, match=r"no column 'firn'.*Did you mean 'firm'"):
        csi.fit_by(MODEL, frame, "firn")
    with pytest.raises(DataError, match="names no group"):
        csi.fit_by(MODEL, frame.assign(firm=None), "firm")
    with pytest.raises(DataError, match="cannot name groups"):
        csi.fit_by(MODEL, frame.assign(firm=[[1]] * 120), "firm")
    with pytest.raises(ArgumentTypeError, match="Name the column"):
        csi.fit_by(MODEL, frame, ["firm"])


@pytest.mark.parametrize(
    ("option", "says"),
    [
        ({"min_n": "many"}, "min_n is 'many'"),
        ({"missing_group": "keep"}, "Known: drop, own group"),
        ({"on_bad_group": "ignore"}, "Known: raise, skip"),
        ({"index_weights": "euqal"}, "Did you mean 'equal'"),
    ],
)
def test_unknown_options(frame, option, says):
    with pytest.raises(OptionError, match=says):
        csi.fit_by(MODEL, frame, "firm", **option)


def test_frequency_weights_count_towards_the_size(frame):
    short = frame.groupby("firm").head(12)
    data = csi.survey(short, weights=np.full(36, 50), weight_type="frequency")
    fits = csi.fit_by(MODEL, data, "firm")
    assert [fit.n for fit in fits.values()] == [600, 600, 600]
    few = csi.survey(short, weights=np.full(36, 2), weight_type="frequency")
    with pytest.raises(DataError, match=r"Alpha \(too small \(n=24, at least 30\)"):
        csi.fit_by(MODEL, few, "firm")


def test_nobody_stands_for_the_majority_of_a_group(frame):
    weights = np.where(frame["firm"] == "Alpha", 1.0, 10.0)
    weights[50] = 45
    data = csi.survey(frame, weights=weights)
    with pytest.raises(DataError, match=r"Row 50 .* holds 54% of the weight in firm Alpha\. One"):
        csi.fit_by(MODEL, data, "firm")
    assert list(csi.fit_by(MODEL, data, "firm", on_bad_group="skip")) == ["Mid", "Zeta"]


def test_the_rest_may_join_a_group_of_its_name(frame):
    frame["firm"] = ["(no group)"] * 40 + [None] * 40 + ["b"] * 40
    fits = csi.fit_by(MODEL, frame, "firm", missing_group="own group")
    assert {group: fit.n for group, fit in fits.items()} == {"(no group)": 80, "b": 40}


def test_labels_of_many_respondents_are_read_once(monkeypatch):
    labels = pd.DataFrame({"firm": np.repeat(np.array(["Zeta", "Alpha", "Mid", None]), 50_000)})
    data = csi.survey(labels)
    read = []
    monkeypatch.setattr("csi.groups._ordered", lambda found: read.append(found) or _ordered(found))
    with pytest.warns(DataQualityWarning, match="50000 respondents"):
        groups, codes = _grouped(data, "firm", MODEL, "drop")
    assert [len(found) for found in read] == [3]
    assert groups == ["Alpha", "Mid", "Zeta"]
    assert_array_equal(codes[::50_000], [2, 0, 1, -1])


def test_weights_go_with_their_respondents(frame):
    weights = np.linspace(1, 3, 120)
    fits = csi.fit_by(MODEL, csi.survey(frame, weights=weights), "firm")
    for firm, fit in fits.items():
        own = weights[frame["firm"] == firm]
        assert fit.moments.effective_n == pytest.approx(own.sum() ** 2 / (own**2).sum())


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["2023-10", "2023-2", "2023-11"], ["2023-2", "2023-10", "2023-11"]),
        (["Firm 10", "Firm 2", "Alfa", "Firm"], ["Alfa", "Firm", "Firm 2", "Firm 10"]),
        (["2²", "007", "7", "a", "²", "10"], ["2²", "007", "7", "10", "a", "²"]),
        ([3, 1.5, 2], [1.5, 2, 3]),
    ],
)
def test_numbers_within_names_count_as_numbers(names, expected):
    assert _ordered(names) == expected


@pytest.mark.parametrize("library", ["pandas", "polars", "pyarrow"])
def test_ordered_categories_keep_their_order(library):
    frame = csi.demo_survey().frame.to_native().dropna()
    months = ["Jan", "Feb", "Mar"]
    drawn = [months[i % 3] for i in range(len(frame))]
    if library != "polars":
        column = pd.Categorical(drawn, [*months, "Apr"], ordered=True)
        frame = frame.assign(month=column)
        frame = pa.Table.from_pandas(frame) if library == "pyarrow" else frame
    else:
        frame = pl.from_pandas(frame).with_columns(pl.Series("month", drawn, pl.Enum(months)))
    survey = csi.survey(frame, missing_codes=[98, 99])
    fits = csi.fit_by(csi.models.acsi(), survey, by="month")
    assert list(fits) == months
    assert csi.change(fits, "Satisfaction")["wave_to"].tolist() == ["Feb", "Mar"]

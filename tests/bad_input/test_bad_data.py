"""Columns and answers that cannot be used, and those that only look so (situations 1-44)."""

import re
import time

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import csi
from csi import (
    CsiError,
    CsiWarning,
    DataError,
    DataQualityWarning,
    EstimationError,
    ModelError,
    OptionError,
    PrecisionWarning,
)
from csi.answers import decode
from csi.errors import ArgumentTypeError, Issue

NOT_QUADRATIC = 15
"""Seconds that none of the large tables needs on any machine (0.2 to 1 on ours), unless every
column is compared with every other."""

MODE_B = csi.PLS(modes={"Satisfaction": "B"})


# ------------------------------------------------------------------- columns


def test_001_item_not_in_the_data(fit, frame):
    with pytest.raises(DataError, match=r"Missing column: S1\. Did you mean 'S11'\? Rename it\."):
        fit(frame.rename(columns={"S1": "S11"}))
    with pytest.raises(DataError, match=r"Missing column: S1\. The data hold a, S2, .* rename one"):
        fit(frame.rename(columns={"S1": "a"}))


def test_001_a_survey_with_names_of_its_own(fit, frame):
    own = frame.rename(columns=dict(zip(frame.columns, "abcde", strict=True)))
    with pytest.raises(DataError, match="; rename them, or put your own names into the model"):
        fit(own)


def test_001_all_missing_items_are_listed_at_once(fit, frame):
    with pytest.raises(DataError, match="2 problems were found; nothing was estimated") as caught:
        fit(frame.drop(columns=["S1", "L2"]))
    assert [(issue.code, issue.column) for issue in caught.value.issues] == [
        ("missing-column", "S1"),
        ("missing-column", "L2"),
    ]


def test_002_column_name_occurs_twice(fit, frame):
    frame = frame.assign(extra=1.0).set_axis([*frame.columns, "S1"], axis=1)
    with pytest.raises(DataError, match=r"'S1' occurs 2 times or more\. Rename or drop the others"):
        fit(frame)


@pytest.mark.parametrize(
    ("found", "why"),
    [("S1 ", "trailing space"), (" S1", "leading space"), ("S1\u00a0", "trailing space"),
     ("s1", "other capitals"), ("Ｓ1", "other blanks or full-width letters")],
)  # fmt: skip
def test_003_name_differs_by_blanks(fit, frame, found, why):
    with pytest.raises(DataError, match=rf"'S1': found .*\({why}\); rename it"):
        fit(frame.rename(columns={"S1": found}))


def test_003_name_differs_by_unicode_form(frame):
    model = csi.parse("A =~ é1 + S2\nB =~ L1 + L2\nB ~ A")
    spelt = frame.rename(columns={"S1": "e\u03011"})
    with pytest.raises(DataError, match=r"another Unicode form\); rename it or pass clean_names"):
        csi.fit(model, spelt)
    assert csi.fit(model, csi.survey(spelt, clean_names=True)).n == len(frame)


@pytest.mark.parametrize("library", [pd.DataFrame, pl.from_pandas, pa.Table.from_pandas])
def test_003_clean_names_mends_blanks(fit, frame, library):
    assert fit(library(frame.rename(columns={"S1": "S1 "})), clean_names=True).n == len(frame)


@pytest.mark.parametrize("library", [pd.DataFrame, pl.from_pandas])
def test_003_clean_names_may_not_join_columns(fit, frame, library):
    with pytest.raises(DataError, match=r"'S1' occurs 2 times or more"):
        fit(library(frame.assign(**{"S1 ": 1.0})), clean_names=True)


def test_004_two_levels_of_column_names(fit, frame):
    with pytest.raises(DataError, match=r"have 2 levels: \('x', 'S1'\).* Flatten the columns"):
        fit(pd.concat({"x": frame}, axis=1))


def test_005_integer_column_names(fit, frame):
    model = csi.parse('A =~ "0" + "1" + "2"\nB =~ "3" + "4"\nB ~ A')
    by_number = frame.set_axis(range(5), axis=1)
    assert_allclose(csi.fit(model, by_number).paths["estimate"], fit(frame).paths["estimate"])
    with pytest.raises(DataError, match=r"columns are missing: S1 \(did you mean '1'\?\), S2"):
        fit(by_number)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda frame: frame.to_dict(), r"A dict is no dataframe\. Wrap it: pandas\.DataFrame"),
        (lambda frame: frame.to_dict("records"), r"A list is no dataframe\. Wrap it"),
        (lambda frame: frame.to_numpy(), r"A ndarray is no dataframe\. Wrap it"),
        (lambda frame: "survey.csv", r"'survey.csv' is a path\. Use csi\.read_survey"),
        (lambda frame: frame["S1"], r"pandas Series is no dataframe\. Accepted: pandas, Polars"),
        (lambda frame: 5, r"int is no dataframe\. Accepted"),
    ],
)
def test_006_no_dataframe(fit, frame, make, message):
    with pytest.raises(ArgumentTypeError, match=message):
        fit(make(frame))
    assert issubclass(ArgumentTypeError, OptionError)
    assert issubclass(ArgumentTypeError, TypeError)


def test_007_frame_that_is_not_computed_yet(fit, frame):
    with pytest.raises(OptionError, match=r"LazyFrame has not been computed yet\. Collect it"):
        fit(pl.from_pandas(frame).lazy())
    with pytest.raises(OptionError, match=r"DuckDBPyRelation has not been computed.* \.pl\(\)"):
        fit(duckdb.sql("select 1 as S1"))


def test_008_no_rows(fit, frame):
    with pytest.raises(DataError, match=r"no rows, only 5 columns\. Check how they were read"):
        fit(frame.iloc[:0])


def test_008_no_columns(fit, frame):
    with pytest.raises(DataError, match=r"no rows, only 0 columns"):
        fit(pd.DataFrame())
    with pytest.raises(DataError, match=r"5 columns are missing: S1, .* The data hold no column"):
        fit(frame[[]])


@pytest.mark.parametrize("n", [1, 9])
def test_009_too_few_rows(fit, frame, n):
    with pytest.raises(DataError, match=rf"n={n}; at least 10 respondents are needed"):
        fit(frame.iloc[:n])


def test_010_as_many_items_as_rows_in_mode_b():
    rng = np.random.default_rng(0)
    names = [f"q{i}" for i in range(14)]
    answers = pd.DataFrame(rng.integers(1, 11, (12, 14)), columns=names)
    model = csi.model(
        [csi.composite("Quality", names[:12]), csi.reflective("B", names[12:])],
        [csi.paths("Quality", "B")],
    )
    with pytest.raises(
        DataError, match=r"12 rows, 12 items in Quality \(Mode B\)\. .* use Mode A or more resp"
    ):
        csi.fit(model, answers)


@pytest.mark.parametrize("estimator", [csi.PLS(), csi.Sums()])
def test_010_as_many_predictors_as_rows(estimator):
    rng = np.random.default_rng(0)
    names = [f"q{i}" for i in range(12)]
    answers = pd.DataFrame(rng.integers(1, 11, (12, 12)), columns=names)
    model = csi.model(
        [csi.single(name.upper(), name) for name in names],
        [csi.paths([name.upper() for name in names[1:]], "Q0")],
    )
    with pytest.raises(DataError, match=r"12 rows, 11 predictors of Q0\. .* leave some out"):
        csi.fit(model, answers, estimator)


@pytest.mark.parametrize("library", [pd.DataFrame, pl.DataFrame])
def test_012_a_hundred_thousand_columns(fit, frame, library):
    names = [*(f"unused{i}" for i in range(100_000)), *frame.columns]
    rows = np.hstack([np.tile(np.arange(30.0)[:, None], 100_000), frame[:30].to_numpy()])
    table = library(rows, names) if library is pl.DataFrame else library(rows, columns=names)
    start = time.perf_counter()
    fitted = fit(table)
    assert time.perf_counter() - start < NOT_QUADRATIC
    assert_allclose(fitted.paths["estimate"], fit(frame.iloc[:30]).paths["estimate"])


# -------------------------------------------------------------------- values


@pytest.mark.parametrize("value", [np.inf, -np.inf])
def test_013_infinite_cell(fit, frame, value):
    frame.loc[3, "S1"] = value
    with pytest.raises(DataError, match=r"S1 holds inf in row 3 .* Make it missing or correct it"):
        fit(frame)


def test_013_number_beyond_floats(fit, frame):
    with pytest.raises(DataError, match=r"S1 holds inf in row 0"):
        fit(frame.assign(S1=pd.Series([10**400, *frame["S1"][1:]], dtype=object)))


def test_014_item_without_answers(fit, frame):
    with pytest.raises(DataError, match=r"S1 has no answer: all 200 are missing\. Leave it out"):
        fit(frame.assign(S1=np.nan))


def test_015_respondent_without_answers_is_dropped_and_counted(fit, frame):
    frame.loc[3] = np.nan
    fitted = fit(frame, missing="mean")
    assert fitted.n == 199
    assert ("dropped: no answer at all", 1) in list(fitted.audit[["step", "count"]].itertuples(
        index=False, name=None
    ))  # fmt: skip


def test_016_item_missing_for_most(fit, frame):
    frame.loc[:119, "S1"] = np.nan
    with pytest.warns(DataQualityWarning, match=r"S1 is missing for 60% of the respondents"):
        fit(frame, missing="pairwise")


@pytest.mark.parametrize("missing", ["listwise", "pairwise", "mean"])
def test_016_item_missing_for_most_whatever_the_policy(fit, frame, missing):
    frame.loc[:119, "S1"] = np.nan
    with pytest.warns(DataQualityWarning) as given:
        fit(frame, missing=missing)
    assert any("S1 is missing for 60% of" in str(warning.message) for warning in given)


def test_016_many_respondents_lost(fit, frame):
    frame.loc[:19, "S1"] = np.nan
    with pytest.warns(
        DataQualityWarning, match=r"20 of 200 .*\(10.0%\) are dropped .* S1 \(20\)\. The altern"
    ):
        fit(frame)


def test_017_no_complete_respondent(fit, frame):
    answers = frame.to_numpy(copy=True)
    answers[np.arange(200), np.arange(200) % 5] = np.nan
    with pytest.raises(
        DataError, match=r"0 of 200 respondents are complete; most missing: S1 \(40\).*pairwise"
    ):
        fit(pd.DataFrame(answers, columns=frame.columns))


def test_018_too_few_pairs(fit, frame):
    frame.loc[:95, "S1"] = np.nan
    frame.loc[100:, "L1"] = np.nan
    with pytest.raises(
        DataError, match=r"Only 4 respondents answered both S1 and L1; at least 10 are needed\. Le"
    ):
        fit(frame, missing="pairwise")


def test_018_too_few_answers_of_one_item(fit, frame):
    frame.loc[5:, "S1"] = np.nan
    with pytest.raises(DataError, match=r"Only 5 respondents answered S1; .* Leave S1 out"):
        fit(frame, missing="pairwise")


def test_018_item_constant_among_those_who_answered_another(fit, frame):
    frame.loc[:99, "S1"] = 5.0
    frame.loc[100:, "L1"] = np.nan
    with pytest.raises(
        DataError, match=r"S1 is constant among the respondents who answered L1.*missing='mean'"
    ):
        fit(frame, missing="pairwise")


def thirds(noise):
    """Three items in three thirds of the sample that contradict each other, and two more."""
    rng = np.random.default_rng(0)
    x = np.tile(np.arange(1.0, 11), 6)
    y, blank = x + noise * rng.normal(size=60), np.full(60, np.nan)
    parts = [(x, y, blank), (x, blank, y), (blank, x, 11 - y)]
    rows = np.vstack([np.column_stack(part) for part in parts])
    others = rng.integers(1, 11, (180, 2))
    return pd.DataFrame(np.hstack([rows, others]), columns=["S1", "S2", "S3", "L1", "L2"])


def test_018_pairwise_correlations_that_no_sample_has():
    model = csi.parse("A =~ S1\nB =~ S2\nC =~ S3\nD =~ L1 + L2\nD ~ A\nB ~ D\nC ~ D")
    data = csi.survey(thirds(noise=1), missing="pairwise")
    with pytest.warns(CsiWarning) as given:
        fitted = csi.fit(model, data)
    message = (
        r"not positive semidefinite \(smallest eigenvalue -0\.\d+\): no complete .* 'listwise'"
    )
    assert any(re.search(message, str(warning.message)) for warning in given)
    assert any(re.search(message, problem) for problem in fitted.problems)


def test_018_pairwise_correlations_that_break_the_iteration():
    model = csi.parse("A =~ S1\nB =~ S2\nC =~ S3\nD =~ L1 + L2\nD ~ A + B\nC ~ D")
    with pytest.raises(
        EstimationError, match=r"broke down after 1 rounds: .*not positive semidefinite.*'mean'"
    ):
        csi.fit(model, csi.survey(thirds(noise=0), missing="pairwise"))


def test_019_constant_item_is_constant_when_filled(fit, frame):
    w = np.random.default_rng(1).uniform(0.1, 1, len(frame))
    frame = frame.assign(S1=5.3).mask(np.random.default_rng(5).random(frame.shape) < 0.1)
    with pytest.raises(DataError, match=r"S1 is always 5\.3\. "):
        fit(frame, missing="mean", weights=w)


def test_019_constant_item(fit, frame):
    with pytest.raises(DataError, match=r"S1 is always 5\. .* leave it out"):
        fit(frame.assign(S1=5))


def test_020_item_constant_in_one_group(model, frame):
    frame["firm"] = ["x", "y"] * 100
    frame.loc[frame["firm"] == "x", "S2"] = 5
    with pytest.raises(DataError, match=r"S2 is always 5 in firm x\. .* leave it out"):
        csi.fit_by(model, frame, "firm")
    fits = csi.fit_by(model, frame, "firm", on_bad_group="skip")
    assert list(fits) == ["y"]
    assert "S2 is always 5 in firm x" in fits.skipped.loc[0, "reason"]


def test_021_almost_constant_item(fit, frame):
    with pytest.warns(DataQualityWarning, match=r"S1 is almost constant: 5 for 99.5% of the resp"):
        fit(frame.assign(S1=[6.0] + [5.0] * 199))


def test_022_numbers_stored_as_text(fit, frame):
    with pytest.raises(DataError, match=r"S1 is text: '9', .* numbers are stored as text; declare"):
        fit(frame.assign(S1=frame["S1"].astype(int).astype(str)))


def test_023_labels_that_begin_with_a_number(fit, frame):
    spelt = frame.assign(S1=[f"{answer:.0f} - satisfied" for answer in frame["S1"]])
    with pytest.raises(
        DataError, match=r"S1 is text: '9 - satisfied'.*parse='leading_number'.* or labels="
    ):
        fit(spelt)
    assert_array_equal(fit(spelt, parse="leading_number").moments.rows, frame)


@pytest.mark.parametrize("cell", ["7,5 gut", "3-5 mal", "3–5 mal", "7.5.1 x", "1:30 h", "2/3"])
def test_023_a_longer_number_is_not_cut(fit, frame, cell):
    spelt = frame["S1"].astype(int).astype(str).where(frame.index != 3, cell)
    with pytest.raises(DataError, match=rf"S1 holds '{cell}', which does not begin with one plain"):
        fit(frame.assign(S1=spelt), parse="leading_number")


@pytest.mark.parametrize("cell", ["7 - 5 stars", "7: good", "7.5 fair", "7, good", "7.", "7 = 3/4"])
def test_023_a_plain_number_is_read_whatever_follows(fit, frame, cell):
    spelt = frame["S1"].astype(int).astype(str).where(frame.index != 3, cell)
    read = fit(frame.assign(S1=spelt), parse="leading_number").moments.rows[3, 0]
    assert read == (7.5 if cell.startswith("7.5") else 7)


@pytest.mark.parametrize(
    ("cell", "hint"),
    [("7,5", r"look like decimal commas; read the file with decimal=','"),
     ("７", r"look like full-width digits; convert them")],
)  # fmt: skip
def test_024_decimal_comma_or_full_width_digits(fit, frame, cell, hint):
    with pytest.raises(DataError, match=rf"S1 is text: '{cell}'\. These {hint}"):
        fit(frame.assign(S1=cell))


def test_025_truth_values(fit, frame):
    message = r"S1 holds truth values .* Convert it to 0 and 1 and declare scale=\{'S1': \(0, 1\)\}"
    with pytest.raises(DataError, match=message):
        fit(frame.assign(S1=frame["S1"] > 5))
    with pytest.raises(DataError, match=message):
        fit(frame.assign(S1=(frame["S1"] > 5).astype("boolean")))


def test_025_truth_value_among_numbers(fit, frame):
    with pytest.raises(DataError, match=r"S1 mixes kinds of values \(bool, float\)\. Convert it"):
        fit(frame.assign(S1=[True, *frame["S1"][1:]]))


@pytest.mark.parametrize(
    "value", [pd.Timestamp("2020-01-01"), pd.Timedelta(days=1), 7 + 0j, b"7", [7]], ids=str
)
def test_026_dates_durations_and_other_objects(fit, frame, value):
    with pytest.raises(DataError, match=r"S1 holds .* not answers\. "):
        fit(frame.assign(S1=pd.Series([value] * len(frame))))


def test_027_unordered_category(fit, frame):
    spelt = frame["S1"].astype(int).astype(str)
    with pytest.raises(
        DataError, match=r"S1 is an unordered category with labels '1', .* declare labels="
    ):
        fit(frame.assign(S1=pd.Categorical(spelt)))


def test_028_ordered_category_with_text_labels(fit, frame):
    spelt = pd.Categorical(np.where(frame["S1"] > 5, "high", "low"), ["low", "high"], ordered=True)
    with pytest.raises(
        DataError, match=r"S1 is an ordered category with text labels 'high', 'low'.*declare labels"
    ):
        fit(frame.assign(S1=spelt))
    with pytest.raises(DataError, match=r"S1 holds inf in row"):
        fit(frame.assign(S1=spelt.rename_categories(["1", "inf"])))
    rows = fit(frame.assign(S1=spelt), labels={"low": 3, "high": 8}).moments.rows
    assert_array_equal(rows[:, 0], np.where(frame["S1"] > 5, 8, 3))


def test_028_ordered_category_with_numbers_is_read_by_its_labels(fit, frame):
    order = [str(answer) for answer in range(10, 0, -1)]
    spelt = pd.Categorical(frame["S1"].astype(int).astype(str), order, ordered=True)
    assert_array_equal(fit(frame.assign(S1=spelt)).moments.rows, frame)


def test_029_answer_outside_the_scale(fit, frame):
    frame.loc[[0, 1, 2], "S1"] = [99, 99, 11]
    with pytest.raises(
        DataError,
        match=r"S1 holds 3 answers outside its scale 1-10: 99 \(2 times\), 11 \(once\)\. These "
        r"look like \"don't know\" codes; declare missing_codes=\[99\]",
    ):
        fit(frame, scale=(1, 10))


def test_030_code_without_a_declared_scale(fit, frame):
    frame.loc[[0, 1], "S1"] = [98, 99]
    with pytest.raises(
        DataError,
        match=r"S1 holds 98, 99 \(2 times\) among answers up to 10: looks like a missing code\. "
        r"Declare missing_codes=\[98, 99\], or the scale, or allow_out_of_range=True",
    ):
        fit(frame)
    assert fit(frame, allow_out_of_range=True).n == 200
    assert fit(frame, missing_codes=[98, 99]).n == 198


@pytest.mark.parametrize(("code", "lowest"), [(-1, 1), (-1, 0), (99, -3), (-9, -3)])
def test_030_code_next_to_the_answers(fit, frame, code, lowest):
    answers = (frame["S1"] - 1) % 7 + lowest
    spoilt = frame.assign(S1=answers.where(frame.index > 1, code))
    with pytest.raises(DataError, match=rf"S1 holds {code} \(2 times\) .* looks like a missing co"):
        fit(spoilt)


def test_030_codes_between_answers_are_answers(fit, frame):
    assert fit(frame.assign(S1=(frame["S1"] - 1) % 7 - 3)).n == 200


def test_031_part_of_the_scale_is_used(fit, frame):
    narrow = frame / 2 + 5
    index = fit(narrow, scale=(1, 10)).index("Satisfaction")
    assert index == pytest.approx(fit(frame, scale=(1, 10)).index("Satisfaction") / 2 + 45, abs=6)
    assert index > 50


def test_032_half_points_are_answers(fit, frame):
    frame.loc[0, "S1"] = 7.5
    assert fit(frame, scale=(1, 10)).moments.rows[0, 0] == 7.5


def test_035_item_on_another_scale(fit, frame):
    wide = frame.assign(S1=10 * frame["S1"])
    assert_allclose(fit(wide).paths["estimate"], fit(frame).paths["estimate"])
    with pytest.raises(DataError, match=r"lowest and highest answer of S2, S3.*Declare scale"):
        _ = fit(wide, scale={"S1": (10, 100)}).indices


@pytest.mark.parametrize("factor", [1e9, 1e-9])
def test_036_huge_scale_differences(fit, frame, factor):
    stretched = fit(frame.assign(S1=factor * frame["S1"]))
    assert_allclose(stretched.paths["estimate"], fit(frame).paths["estimate"], atol=1e-10)
    assert_allclose(stretched.weights["weight"], fit(frame).weights["weight"], atol=1e-10)


def test_036_huge_offset(fit, frame):
    with pytest.warns(
        PrecisionWarning, match=r"S1 varies by less than 1e-7 of its mean, .* Subtract a constant"
    ):
        shifted = fit(frame.assign(S1=1e9 + frame["S1"]))
    assert_allclose(shifted.paths["estimate"], fit(frame).paths["estimate"], atol=1e-6)


@pytest.mark.parametrize("factor", [1e200, 1e-310])
def test_037_magnitude_overflow(fit, frame, factor):
    with pytest.raises(
        DataError, match=r"S1 holds 9e[+-]\d+ in row 0 .*: a magnitude overflow.*Corr"
    ):
        fit(frame.assign(S1=factor * frame["S1"]))


def test_038_identical_items(fit, frame):
    twice = frame.assign(S2=frame["S1"])
    with pytest.raises(
        ModelError, match=r"S1 and S2 are identical \(standardised\).* Drop S2, or use Mode A"
    ):
        fit(twice, MODE_B)
    with pytest.warns(DataQualityWarning, match=r"S1 and S2 of Satisfaction are identical; drop"):
        fit(twice)


def test_039_collinear_items(fit, frame):
    summed = frame.assign(S3=frame["S1"] + frame["S2"])
    with pytest.raises(
        ModelError, match=r"\+?-?0\.\d+ S1 .*0\.\d+ S2 .*0\.\d+ S3 is constant .* Drop S3, or use"
    ):
        fit(summed, MODE_B)
    with pytest.warns(DataQualityWarning, match=r"of Satisfaction are collinear: S1, S2, S3"):
        fit(summed)


def test_040_reversed_item(fit, frame):
    noise = np.random.default_rng(2).normal(size=len(frame))
    turned = frame.assign(S3=11 - frame["S3"] + 0.01 * noise)
    with pytest.warns(
        DataQualityWarning, match=r"S3 correlates -0\.\d+ with .* reverse-coded\? .*reverse=\['S3'"
    ):
        fit(turned)


def test_041_reversed_item_without_scale(fit, frame):
    with pytest.raises(
        DataError, match=r"S1 is declared reversed, but its scale ends are not\. Declare scale"
    ):
        fit(frame, reverse=["S1"])


def test_042_repeated_respondent_ids(frame):
    frame["id"] = [1, 1, *range(2, 200)]
    message = r"2 rows share their respondent id in id with others: 1\. "
    with pytest.warns(DataQualityWarning, match=message + "They are kept; drop repeats"):
        csi.survey(frame, ids="id")
    with pytest.raises(DataError, match=message + "Keep one row for each"):
        csi.survey(frame, ids="id", unique_ids=True)


def test_043_straight_lining(fit, frame):
    frame.iloc[:60] = 7
    with pytest.warns(DataQualityWarning, match=r"31% of the respondents gave one and the same"):
        fit(frame)


def test_044_qualtrics_headers_among_the_answers(fit, frame):
    heads = pd.DataFrame({name: ["How?", '{"ImportId":"QID1"}'] for name in frame})
    with pytest.raises(DataError, match=r"Rows 1-2 look like Qualtrics headers; read the file wit"):
        fit(pd.concat([heads, frame.astype(str)], ignore_index=True))


# --------------------------------------------------------- whatever the library


LIBRARIES = {
    "nullable": lambda frame: frame.astype("Float64"),
    "integers": lambda frame: frame.astype("Int64"),
    "objects": lambda frame: frame.astype(object).where(frame.notna(), None),
    "numpy objects": lambda frame: frame.map(np.float32).astype(object),
    "arrow-backed": lambda frame: frame.convert_dtypes(dtype_backend="pyarrow"),
    "polars": pl.from_pandas,
    "pyarrow": pa.Table.from_pandas,
}


@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize("missing", ["listwise", "pairwise", "mean"])
def test_every_library_gives_identical_answers(fit, frame, library, missing):
    frame = frame.mask(np.random.default_rng(5).random(frame.shape) < 0.005)
    ours, theirs = (fit(data, missing=missing) for data in (frame, LIBRARIES[library](frame)))
    assert_array_equal(theirs.moments.cov, ours.moments.cov)
    assert_array_equal(theirs.paths["estimate"], ours.paths["estimate"])


def test_029_one_answer_off_its_scale_says_that_nothing_was_estimated(fit, frame):
    frame.loc[0, "S1"] = 11
    said = r"S1 holds 1 answer outside .* 11 \(once\)\..*right scale\. Nothing was estimated\.$"
    with pytest.raises(DataError, match=said) as alone:
        fit(frame, scale=(1, 10))
    assert alone.value.issues[0].rows == (0,)
    frame.loc[0, "S2"] = 11
    with pytest.raises(DataError, match=r"^2 problems were found; nothing was estimated") as both:
        fit(frame, scale=(1, 10))
    assert str(both.value).lower().count("nothing was estimated") == 1


def test_029_a_code_in_every_item_is_told_once(fit, frame):
    frame = frame.astype(float)
    for column, times in zip(frame, (3, 1, 4, 2), strict=False):
        frame.loc[: times - 1, column] = 99
    frame.loc[9, "S2"] = 98
    frame.loc[9, "L2"] = 11
    with pytest.raises(DataError) as caught:
        fit(frame, scale=(1, 10))
    assert str(caught.value) == (
        "5 problems were found; nothing was estimated.\n"
        "  1. 4 items hold answers outside their scale 1-10: S1 99 (3 times); S2 98 (once), 99 "
        '(once); S3 99 (4 times); L1 99 (2 times). These look like "don\'t know" codes; declare '
        "missing_codes=[98, 99].\n"
        "  2. L2 holds 1 answer outside its scale 1-10: 11 (once). Correct it, declare it missing, "
        "or declare the right scale."
    )
    assert [issue.column for issue in caught.value.issues] == ["S1", "S2", "S3", "L1", "L2"]
    assert caught.value.issues[3].text.startswith("L1 holds 2 answers outside its scale 1-10")


@pytest.mark.parametrize(
    ("spoil", "options", "said"),
    [
        (lambda d: d.assign(L1=5.0, L2=4.0), {},
         "1. 2 items do not vary: L1 (always 5), L2 (always 4). A constant"),
        (lambda d: d.assign(S1=np.nan, S2=np.nan), {},
         "1. 2 items have no answer, as all 200 are missing: S1, S2. Leave them out"),
        (lambda d: d.astype({"S1": bool, "S3": bool}), {},
         "1. 2 columns hold truth values (true/false): S1, S3. Convert them"),
        (lambda d: d.assign(S1="good", L2="bad"), {},
         "1. 2 columns are text: S1 ('good'), L2 ('bad'). Declare labels={label: number}"),
        (lambda d: d.rename(columns={"S1": "S1 ", "S2": " S2"}), {},
         "1. 2 columns are spelt otherwise: 'S1': found 'S1 ' (trailing space); 'S2': found"),
        (lambda d: d.assign(S1=d["S1"].replace(3, 99), L1=d["L1"].replace(4, 99)), {},
         "1. 2 items hold what looks like a missing code among answers up to 10: S1 99 ("),
        (lambda d: d, {"reverse": ["S1", "L1"]},
         "1. 2 items are declared reversed, but their scale ends are not: S1, L1. Declare"),
        (lambda d: d.replace(9, 8), {"missing_codes": [8], "scale": (1, 10)},
         "1. 5 items hold 8, which is declared missing but lies on their scale 1-10: S1 ("),
        (lambda d: d, {"scale": {"A": (1, 5), "S11": (1, 5)}},
         "1. 2 names in scale= are no column: 'A', 'S11' (did you mean 'S1'?). Columns: S1"),
    ],
)  # fmt: skip
def test_problems_alike_are_told_in_one_line(fit, frame, spoil, options, said):
    with pytest.raises(DataError) as caught:
        fit(spoil(frame), **options)
    assert said in str(caught.value)
    assert "\n  2. " not in str(caught.value)


def test_problems_of_weights_design_and_ids_are_listed_at_once(frame):
    frame = frame.assign(w=1.0, area="north", who=1, took="long")
    frame.loc[3, "w"] = -1
    frame.loc[4, "area"] = None
    roles = {"weights": "w", "clusters": "areas", "strata": "area", "ids": "who"}
    with pytest.raises(DataError) as caught:
        csi.survey(frame, **roles, duration="took", unique_ids=True, scale={"S9": (1, 5)})
    text = str(caught.value)
    for said in (
        "scale= names 'S9'", "clusters= names 'areas', which is no column. Did you mean 'area'?",
        "1 weight in w is negative", "took is text: 'long'", "200 rows share their respondent id",
    ):  # fmt: skip
        assert said in text
    assert "area are missing" not in text
    del roles["clusters"], roles["ids"]
    with pytest.raises(DataError, match=r"(?s)w is negative.*1 strata in area are missing"):
        csi.survey(frame, **roles)


def test_problems_of_several_columns_are_listed_at_once(fit, frame):
    frame = frame.assign(S1=frame["S1"] > 5, S2="x", L1=np.inf)
    frame.loc[7, "L2"] = 99
    with pytest.raises(DataError) as caught:
        fit(frame.drop(columns="S3"), scale=(1, 10))
    found = {issue.column: issue.code for issue in caught.value.issues}
    assert found == {
        "S1": "boolean", "S2": "text", "S3": "missing-column", "L1": "infinite",
        "L2": "out-of-scale",
    }  # fmt: skip
    assert all(f"  {i}. {issue.text}" in str(caught.value) for i, issue in
               enumerate(caught.value.issues, 1))  # fmt: skip


def test_warnings_point_at_the_line_of_the_user(model, frame):
    with pytest.warns(DataQualityWarning) as given:
        csi.fit(model, frame.assign(S2=frame["S1"]))
    assert given[0].filename == __file__


@pytest.mark.parametrize("rows", ["S1", [0.5], [True] * 200, [[0]], [200], [-1], None, 5])
def test_take_refuses_what_is_no_position(frame, rows):
    with pytest.raises(OptionError, match=r"positions of respondents|Count from 0"):
        csi.survey(frame).take(rows)


@pytest.mark.parametrize(
    "declared",
    [{"scale": "19"}, {"scale": {"S1": None}}, {"scale": {1: (1, 10)}}, {"missing_codes": 99},
     {"missing_codes": {"S1": 99}}, {"missing": "drop"}, {"labels": {"x": "y"}}, {"labels": 5},
     {"reverse": 5}, {"reverse": [5]}, {"parse": "number"}, {"codebook": 5}, {"ids": 5},
     {"clean_names": "yes"}, {"unique_ids": None}, {"weight_type": ["sampling"]}],
    ids=str,
)  # fmt: skip
def test_declarations_without_meaning_are_refused(frame, declared):
    with pytest.raises(OptionError) as caught:
        csi.survey(frame, **declared)
    assert next(iter(declared)) in str(caught.value)


@pytest.mark.parametrize(
    "codes", ["98", ["98"], b"98", [None], [True], [[98]], np.array(98)], ids=str
)
def test_missing_codes_are_numbers(frame, codes):
    for given in (codes, {"S1": codes}):
        with pytest.raises(OptionError, match=r"missing_codes( of 'S1')? is .*Give numbers"):
            csi.survey(frame, missing_codes=given)


@pytest.mark.parametrize(
    "ends", [(1, 10), [1, 10], np.array([1, 10]), pd.Series([1, 10], index=[5, 6]), "generator"],
    ids=str,
)  # fmt: skip
def test_scale_ends_in_any_order_keeping_collection(fit, frame, ends):
    def given():
        return (end for end in (1, 10)) if isinstance(ends, str) else ends

    for scale in (given(), {name: given() for name in frame}):
        assert np.array_equal(fit(frame, scale=scale).scale, [(1.0, 10.0)] * 5)


@pytest.mark.parametrize(
    "ends", [("1", "10"), {1, 10}, (1, 5, 10), [1], np.array(1), range(1, 10), (None, 1), 7],
    ids=str,
)  # fmt: skip
def test_what_is_no_pair_of_scale_ends(frame, ends):
    for scale in (ends, {"S1": ends}):
        with pytest.raises(OptionError, match=r"The scale of .* Give its lowest and highest"):
            csi.survey(frame, scale=scale)


def test_arrow_columns_of_one_name(frame):
    table = pa.table([[1, 2], [3, 4], [5, 6]], names=["S1", "S1", "S2"])
    with pytest.raises(DataError, match=r"Columns share a name .*'S1' 2 times.*Rename or drop"):
        csi.survey(table)


def test_taken_respondents_stand_in_the_audit(fit, model, frame):
    fitted = csi.fit(model, csi.survey(frame).take(range(50)))
    counts = fitted.audit.set_index("step")["count"]
    assert counts["respondents read"] == 200
    assert counts["respondents taken"] == counts["respondents used"] == 50


def test_a_thousand_items_of_many_columns_are_looked_up_at_once():
    names = [f"q{i}" for i in range(20_000)]
    rows = np.random.default_rng(6).integers(1, 11, (12, 20_000))
    data = csi.survey(pd.DataFrame(rows, columns=names))
    blocks = [csi.reflective("A", names[-1000:-1]), csi.single("B", names[-1])]
    start = time.perf_counter()
    decode(data, csi.model(blocks, [csi.paths("A", "B")]))
    assert time.perf_counter() - start < NOT_QUADRATIC


def test_every_refusal_can_be_caught_as_one(fit, frame):
    with pytest.raises(CsiError):
        fit(frame.iloc[:5])
    with pytest.raises(ValueError, match="n=5"):
        fit(frame.iloc[:5])


def test_a_thousand_problems_are_not_all_told():
    issues = [Issue("odd", None, (), f"Problem {i}.") for i in range(1000)]
    error = DataError(issues)
    assert len(error.issues) == 1000
    assert "1000 problems were found" in str(error)
    assert str(error).endswith("  100. Problem 99.\n  ... and 900 more, all of them in .issues.")

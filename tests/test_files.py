"""Survey files: every kind that is read, every kind that is refused, and what the notes say.

All files are written here; the exports of survey platforms are samples of our own in their form.
"""

import codecs
import datetime
import importlib
import os
import struct
import zipfile
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pyreadstat
import pytest
import xlsxwriter

import csi
from csi.errors import ArgumentTypeError, CsiError, DataError, FileFormatError, OptionError
from csi.files import SurveyFile, read_file

QUALTRICS = (
    "ResponseId,Status,Finished,DistributionChannel,Q1,Q2_TEXT\n"
    'Response ID,Response Type,Finished,Distribution Channel,"How satisfied, all in all?",Why?\n'
    '"{""ImportId"":""_recordId""}","{""ImportId"":""status""}","{""ImportId"":""finished""}",'
    '"{""ImportId"":""distributionChannel""}","{""ImportId"":""QID1""}","{""ImportId"":""QID2""}"\n'
    "R_1,0,1,anonymous,9,good\n"
    "R_2,1,1,preview,1,\n"
    'R_3,0,0,anonymous,,"two\nlines"\n'
)
SURVEYMONKEY = (
    "Respondent ID,Start Date,How satisfied are you?,Please rate,,Anything else?\n"
    ",,Response,Price,Service,Open-Ended Response\n"
    "101,2024-01-02,9,7,8,no\n"
    "102,2024-01-03,4,5,3,\n"
)
LIMESURVEY = (
    "id;submitdate;G01Q01[SQ001];G01Q01[SQ002];store\n"
    '1;"2024-01-02 10:00:00";A10;7;A1x\n'
    "2;;A2;8;A1\n"
    "3;;;9;A2\n"
)


@pytest.fixture
def write(tmp_path):
    def write_one(content, name="answers.csv", encoding="utf-8"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
        return path

    return write_one


def columns(file: SurveyFile) -> dict[str, list]:
    return {name: cells.tolist() for name, cells in file.frame.items()}


# ---------------------------------------------------------------- text files


@pytest.mark.parametrize("sep", [",", ";", "\t", "|"])
def test_separators_are_found(write, sep):
    file = read_file(write(f'a{sep}b\n1{sep}"x{sep}y"\n2{sep}z\n', "answers.txt"))
    assert columns(file) == {"a": [1, 2], "b": [f"x{sep}y", "z"]}
    assert f"separator {sep!r}" in file.notes[0]


def test_one_column_is_a_table_and_inner_blanks_are_missing(write):
    file = read_file(write("score\n7\n\n9\n\n\n"))
    np.testing.assert_array_equal(file.frame["score"], [7, np.nan, 9])
    assert "no separator" in file.notes[0]


def test_one_column_with_commas_is_not_split(write):
    assert columns(read_file(write("score\n7,5\n8,5\n"))) == {"score": ["7,5", "8,5"]}


def test_separator_given_wins_and_is_checked(write):
    path = write("a;b\n1;2\n")
    assert list(read_file(path, sep=",").frame) == ["a;b"]
    for sep in ("", ";;", '"', 5):
        with pytest.raises(OptionError, match=r"sep is .* Give one character"):
            read_file(path, sep=sep)


def test_quotes_embedded_newlines_and_trailing_blank_lines(write):
    file = read_file(write('a,b\r\n1,"he said ""no""\nand left"\r\n2,ok\r\n\r\n\r\n'))
    assert columns(file) == {"a": [1, 2], "b": ['he said "no"\nand left', "ok"]}


@pytest.mark.parametrize(
    ("encoding", "named"),
    [("utf-8", "utf-8"), ("utf-8-sig", "utf-8"), ("utf-16", "utf-16"), ("gbk", "gb18030")],
)
def test_chinese_names_and_answers_in_each_encoding(write, encoding, named):
    file = read_file(write("满意度,地区\n9,北京\n7,是\n", encoding=encoding))
    assert columns(file) == {"满意度": [9, 7], "地区": ["北京", "是"]}
    assert f"encoding {named}" in file.notes[0]
    assert ("a guess" in file.notes[0]) == (encoding == "gbk")


@pytest.mark.parametrize(
    "text", ["Zürich", "très élevé", "satisfação", "São João,é", "ÄÖL", "JÄÖ", "€ – 5"]
)
def test_western_text_is_not_taken_for_chinese(write, text):
    file = read_file(write(f'id,note\n1,"{text}"\n', encoding="cp1252"))
    assert file.frame["note"].tolist() == [text]
    assert "encoding cp1252 (a guess" in file.notes[0]


def test_single_chinese_answers_under_latin_names_are_chinese(write):
    file = read_file(write("Q1,Q2\n1,是\n2,否\n", encoding="gbk"))
    assert file.frame["Q2"].tolist() == ["是", "否"]


def test_encoding_given_wins(write):
    path = write("a,b\n1,日本\n", encoding="shift_jis")
    assert read_file(path, encoding="shift_jis").frame["b"].tolist() == ["日本"]
    latin = write("a,b\n1,Zürich\n", "latin.csv", encoding="latin-1")
    assert read_file(latin, encoding="latin-1").frame["b"].tolist() == ["Zürich"]


def test_undecodable_names_the_byte_and_a_guess(write):
    path = write("a,b\n1,满意\n", encoding="gbk")
    message = r'answers.csv\' is not utf-8: byte 6 .*pass encoding="gb18030"'
    with pytest.raises(FileFormatError, match=message):
        read_file(path, encoding="utf-8")
    with pytest.raises(FileFormatError, match=r"utf-8-sig \(byte 4\).*cp1252 \(byte 5\)"):
        read_file(write(b"a,b\n\xff\x81\xff\n", "odd.csv"))
    with pytest.raises(OptionError, match=r"encoding is 'utf-88', which is not known"):
        read_file(path, encoding="utf-88")
    with pytest.raises(OptionError, match=r"encoding is 'base64'"):
        read_file(path, encoding="base64")


def test_byte_position_is_right_beyond_the_first_chunk(write):
    head = b"a,b\n" + b"1,2\n" * 300_000
    with pytest.raises(FileFormatError, match=f"byte {len(head)} cannot be read"):
        read_file(write(head + b"\xe9,1\n"), encoding="utf-8")


def test_binary_content_is_not_text(write):
    for content in (b"\x89PNG\r\n\x1a\n\x00\x00", b"PK\x00\x00", b"a,b\n1,\x00\n"):
        with pytest.raises(FileFormatError, match=r"is not a text file: it holds NUL bytes"):
            read_file(write(content))
    with pytest.raises(FileFormatError, match=r"is not a text file"):
        read_file(write("a,b\n1,\0\n"), encoding="utf-8")
    without_mark = write("a,b\n1,2\n", encoding="utf-16-le")
    assert columns(read_file(without_mark, encoding="utf-16-le")) == {"a": [1], "b": [2]}


def test_decimal_comma_is_found_column_by_column(write):
    file = read_file(write("a;b;c;d\n1,5;1.5;1,5;3\n2;2.5;1.5;4\n-,5;3;1;5\n"))
    assert columns(file) == {
        "a": [1.5, 2, -0.5],
        "b": [1.5, 2.5, 3],
        "c": ["1,5", "1.5", "1"],
        "d": [3, 4, 5],
    }
    assert file.notes[1:] == ("Decimal commas were read in: a.",)


def test_decimal_given_wins(write):
    path = write("a|b\n1,5|2.5\n", "answers.txt")
    assert columns(read_file(path)) == {"a": ["1,5"], "b": [2.5]}
    assert columns(read_file(path, decimal=",")) == {"a": [1.5], "b": ["2.5"]}
    semicolons = write("a;b\n1,5;2\n")
    assert columns(read_file(semicolons, decimal=".")) == {"a": ["1,5"], "b": [2]}
    with pytest.raises(OptionError, match=r"decimal is 'x'. Give '.' or ','"):
        read_file(path, decimal="x")
    with pytest.raises(OptionError, match=r"separated by ',', which cannot be the decimal mark"):
        read_file(write("a,b\n1,2\n"), decimal=",")


def test_missing_texts_are_noted_and_only_those(write):
    file = read_file(write("a,b,c\n1,NA,n/a\n.,null,2\nNaN,N/A,3\n,x,4\n"))
    np.testing.assert_array_equal(file.frame["a"], [1, np.nan, np.nan, np.nan])
    assert file.frame["b"].isna().tolist() == [True, True, True, False]
    assert file.frame["c"].tolist() == ["n/a", "2", "3", "4"]
    assert file.notes[1] == (
        "Cells that read '.', 'N/A', 'NA', 'NaN', 'null' were taken as missing in: a, b."
    )


def test_empty_cells_alone_are_not_worth_a_note(write):
    assert len(read_file(write("a,b\n1,\n,2\n")).notes) == 1


@pytest.mark.parametrize(
    "cell", ["7 - Very satisfied", "７", "7 ", " 7", "0x7", "1_0", "inf", "TRUE", "1.2.3", "٣"]
)
def test_one_odd_cell_keeps_the_column_text(write, cell):
    file = read_file(write(f"a,b\n{cell},1\n8,2\n"))
    assert columns(file) == {"a": [cell, "8"], "b": [1, 2]}


def test_numbers_become_numeric_and_long_ids_keep_their_digits(write):
    file = read_file(write("a,b,c,id\n1,1.5,1e2,9007199254740993\n-2,.5,+3,9007199254740995\n"))
    assert [str(kind) for kind in file.frame.dtypes[:3]] == ["int64", "float64", "float64"]
    assert file.frame["c"].tolist() == [100, 3]
    assert file.frame["id"].tolist() == ["9007199254740993", "9007199254740995"]


def test_duplicate_names_stay_duplicates(write):
    file = read_file(write("CUSA1,CUSA1,CUSA2\n1,2,3\n"))
    assert list(file.frame.columns) == ["CUSA1", "CUSA1", "CUSA2"]
    assert file.frame.to_numpy().tolist() == [[1, 2, 3]]


def test_longer_row_is_named_by_its_line(write):
    with pytest.raises(FileFormatError, match=r"Line 5 of 'answers.csv' has 3 cells, the header"):
        read_file(write('a,b\n1,"x\ny"\n\n1,2,3\n4,5\n'))
    with pytest.raises(FileFormatError, match=r"Line 3 of .* has 3 cells, the header has 2"):
        read_file(write("a,b\n1,2\n1,2,\n"))


def test_unclosed_quote_is_a_file_error(write):
    with pytest.raises(FileFormatError, match=r"cannot be split into cells .*quotation mark"):
        read_file(write('a,b\n1,"x\n2,y\n'))


def test_shorter_rows_and_trailing_separators(write):
    file = read_file(write("a,b,\n1,2,\n3\n"))
    np.testing.assert_array_equal(file.frame.to_numpy(), [[1, 2], [3, np.nan]])
    assert list(file.frame) == ["a", "b"]


def test_header_only_gives_no_rows_and_empty_is_refused(write):
    file = read_file(write("a,b\n"))
    assert file.frame.shape == (0, 2)
    for content in ("", "\n\n", "\ufeff", ",\n,\n", '""\n'):
        with pytest.raises(FileFormatError, match=r"'answers.csv' is empty. Give a file with"):
            read_file(write(content))


def test_large_files_are_refused_by_a_stated_limit(write):
    path = write("a,b\n1,2\n")
    with pytest.raises(FileFormatError, match=r"has 8 bytes, more than the limit of 7.*Parquet"):
        read_file(path, max_bytes=7)
    assert len(read_file(path, max_bytes=8).frame) == 1
    for limit in (0, True, "1"):
        with pytest.raises(OptionError, match=r"max_bytes is .* positive whole number"):
            read_file(path, max_bytes=limit)


# ---------------------------------------------------------------- rows above the names

ABOVE = "Row {} was read as the names of the columns; what stands above it was left out: {}."


def save_rows(path: Path, rows: list[list], sep: str = ",", pad: bool = True) -> Path:
    """Write rows to a workbook or a text file, short rows padded as Excel does or not."""
    if path.suffix == ".xlsx":
        book = openpyxl.Workbook()
        for row in rows:
            book.active.append(row)
        book.save(path)
        return path
    width = max(map(len, rows))
    padded = [row + [""] * (width - len(row) if pad else 0) for row in rows]
    lines = [sep.join(map(str, row)) for row in padded]
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("name", "sep", "pad"),
    [
        ("a.xlsx", "", True),
        ("a.csv", ",", True),
        ("a.csv", ",", False),
        ("a.csv", ";", False),
        ("a.tsv", "\t", True),
    ],
)
def test_titles_above_the_names_are_left_out_and_noted(tmp_path, name, sep, pad):
    rows = [["2024年满意度调查"], [], ["质量"], ["Q1", "Q2", "备注"], [7, 8, "好"]]
    file = read_file(save_rows(tmp_path / name, [*rows, [9, 10, "好"]], sep, pad))
    assert columns(file) == {"Q1": [7, 9], "Q2": [8, 10], "备注": ["好", "好"]}
    assert file.notes[1:] == (ABOVE.format(4, "'2024年满意度调查', '质量'"),)


def test_a_title_that_holds_the_wrong_separator(write):
    file = read_file(write("Survey 2024, telephone\nQ1;Q2;Q3\n1;2;3\n4;5;6\n7;8;9\n"))
    assert columns(file) == {"Q1": [1, 4, 7], "Q2": [2, 5, 8], "Q3": [3, 6, 9]}


@pytest.mark.parametrize("suffix", [".xlsx", ".csv"])
@pytest.mark.parametrize(
    "rows",
    [
        [["Q1", "Q2"], ["a", "b"], [1, 2]],
        [["Q1", ""], [7, "x"], [8, "y"]],
        [["Q1", ""], ["x", "7"], ["y", "8"]],
        [["Q1", ""], ["x", "good"], ["y", "bad"]],
        [["Q1", "", "", ""], ["x", "good", "", ""], ["", "", "", 3], [1, 2, 3, 4]],
    ],
)
def test_names_in_the_first_row_stay_the_names(tmp_path, suffix, rows):
    file = read_file(save_rows(tmp_path / f"a{suffix}", rows))
    assert file.frame.columns[0] == "Q1"
    assert len(file.frame) == len(rows) - 1
    assert len(file.notes) == 1


def test_one_column_of_sentences_has_no_title(write):
    file = read_file(write("remark\nfine, thanks\n3 stars, at most\nslow, again\n"))
    assert file.frame["remark"].tolist() == ["fine, thanks", "3 stars, at most", "slow, again"]


@pytest.mark.parametrize("suffix", [".xlsx", ".csv"])
def test_blank_rows_above_the_names_are_no_news(tmp_path, suffix):
    path = save_rows(tmp_path / f"a{suffix}", [[""], ["Q1", "Q2"], [7, 8]])
    file = read_file(path)
    assert columns(file) == {"Q1": [7], "Q2": [8]}
    assert len(file.notes) == 1
    assert columns(read_file(path, header=2)) == {"Q1": [7], "Q2": [8]}


@pytest.mark.parametrize(("suffix", "pad"), [(".xlsx", True), (".csv", True), (".csv", False)])
def test_header_names_the_row_as_a_spreadsheet_counts(tmp_path, suffix, pad):
    rows = [["firm", "X"], [""], ["a", "b", "c"], ["Q1", "Q2", "Q3"], [7, 8, 9]]
    path = save_rows(tmp_path / f"a{suffix}", rows, pad=pad)
    file = read_file(path, header=4)
    assert columns(file) == {"Q1": [7], "Q2": [8], "Q3": [9]}
    assert file.notes[1:] == (ABOVE.format(4, "'firm', 'X', 'a' and 2 more"),)
    assert list(read_file(path, header=3).frame) == ["a", "b", "c"]


def test_header_one_keeps_a_title_as_the_names(tmp_path):
    path = save_rows(tmp_path / "a.xlsx", [["title"], ["Q1", "Q2"], [7, 8]])
    assert list(read_file(path).frame) == ["Q1", "Q2"]
    file = read_file(path, header=1)
    assert list(file.frame) == ["title", ""]
    assert len(file.notes) == 1


@pytest.mark.parametrize("sep", [None, ";"])
def test_header_counts_a_quoted_row_once_whatever_its_lines(write, sep):
    path = write('"two\r\nlines"\r\nQ1;Q2\r\n7;8\r\n9;1\r\n')
    assert columns(read_file(path, header=2, sep=sep)) == {"Q1": [7, 9], "Q2": [8, 1]}
    assert columns(read_file(path, sep=sep)) == {"Q1": [7, 9], "Q2": [8, 1]}


def test_lines_are_counted_from_the_top_of_the_file(write):
    with pytest.raises(FileFormatError, match=r"Line 4 of .* has 3 cells, the header has 2\."):
        read_file(write("title\nQ1,Q2\n7,8\n7,8,9\n"))
    with pytest.raises(FileFormatError, match=r"has 5 cells, the header has 2\..*pass header="):
        read_file(write("a,b\nQ1,Q2,Q3,Q4,Q5\n1,2,3,4,5\n"))


@pytest.mark.parametrize("suffix", [".xlsx", ".csv"])
def test_header_is_checked(tmp_path, suffix):
    path = save_rows(tmp_path / f"a{suffix}", [["title"], [""], ["Q1", "Q2"], [7, 8]])
    for header in (0, -1, True, "3", 2.0):
        with pytest.raises(OptionError, match=r"header is .*counted from 1 as a spreadsheet"):
            read_file(path, header=header)
    with pytest.raises(OptionError, match=r"header is 5, but 'a.\w+' has 4 rows. Give the row"):
        read_file(path, header=5)
    with pytest.raises(OptionError, match=r"header is 2, but row 2 of 'a.\w+' is blank. Give"):
        read_file(path, header=2)


# ---------------------------------------------------------------- survey platforms


def test_qualtrics_header_rows_become_wordings(write):
    file = read_file(write(QUALTRICS))
    assert file.frame["Q1"].isna().tolist() == [False, False, True]
    assert file.frame["Q1"].dtype == "float64"
    assert file.frame["ResponseId"].tolist() == ["R_1", "R_2", "R_3"]
    assert file.codebook.item("Q1").text == {"en": "How satisfied, all in all?"}
    assert file.notes[1].startswith("Rows 2-3 were Qualtrics header rows")
    assert file.notes[2:] == (
        "1 of 3 rows are previews made by the author, not answers; they were kept.",
        "1 of 3 rows are unfinished answers; they were kept.",
    )


def test_qualtrics_chinese_wording_is_stored_as_chinese(write):
    text = 'Q1,Q2\n总体满意度,推荐\n"{""ImportId"":""QID1""}","{""ImportId"":""QID2""}"\n9,8\n'
    codebook = read_file(write(text)).codebook
    assert codebook.language == "zh"
    assert codebook.item("Q1").text == {"zh": "总体满意度"}


def test_qualtrics_duplicate_columns_reach_the_checks(write):
    text = 'Q1,Q1\nA,B\n"{""ImportId"":""QID1""}","{""ImportId"":""QID2""}"\n9,8\n'
    file = read_file(write(text))
    assert file.frame.to_numpy().tolist() == [[9, 8]]
    assert list(file.frame.columns) == ["Q1", "Q1"]


@pytest.mark.parametrize("blank", ["", "Unnamed: 4"])
def test_surveymonkey_rows_are_joined_into_names(write, blank):
    file = read_file(write(SURVEYMONKEY.replace("rate,,", f"rate,{blank},")))
    assert list(file.frame) == [
        "Respondent ID",
        "Start Date",
        "How satisfied are you?",
        "Please rate - Price",
        "Please rate - Service",
        "Anything else?",
    ]
    assert file.frame["Please rate - Service"].tolist() == [8, 3]
    assert "SurveyMonkey header row" in file.notes[1]


def test_surveymonkey_without_its_id_columns(write):
    file = read_file(write("How?,Rate,\nResponse,Price,Service\n9,7,8\n"))
    assert columns(file) == {"How?": [9], "Rate - Price": [7], "Rate - Service": [8]}


def test_surveymonkey_workbook(tmp_path):
    book = openpyxl.Workbook()
    for row in (
        ["Respondent ID", "How?", "Rate", None],
        [None, "Response", "Price", "Service"],
        [1, 9, 7, 8],
    ):
        book.active.append(row)
    book.save(tmp_path / "sm.xlsx")
    file = read_file(tmp_path / "sm.xlsx")
    assert columns(file) == {
        "Respondent ID": [1],
        "How?": [9],
        "Rate - Price": [7],
        "Rate - Service": [8],
    }


def test_an_answer_that_reads_response_is_no_header(write):
    for name in ("id", "Respondent ID"):
        file = read_file(write(f"{name},kind,\n1,Response,x\n2,Call,y\n"))
        assert file.frame["kind"].tolist() == ["Response", "Call"]


def test_limesurvey_codes_become_numbers_where_all_agree(write):
    file = read_file(write(LIMESURVEY))
    np.testing.assert_array_equal(file.frame["G01Q01[SQ001]"], [10, 2, np.nan])
    assert file.frame["G01Q01[SQ002]"].tolist() == [7, 8, 9]
    assert file.frame["store"].tolist() == ["A1x", "A1", "A2"]
    assert file.notes[1:] == (
        "LimeSurvey answers A1, A2, ... were read as 1, 2, ... in 1 columns: G01Q01[SQ001].",
        "2 of 3 rows are incomplete answers (submitdate is empty); they were kept.",
    )


def test_codes_like_limesurvey_elsewhere_stay_text(write):
    assert read_file(write("store,Q\nA1,5\nA2,6\n")).frame["store"].tolist() == ["A1", "A2"]


# ---------------------------------------------------------------- workbooks


@pytest.fixture
def workbook(tmp_path):
    path = tmp_path / "答卷.xlsx"
    book = xlsxwriter.Workbook(path)
    sheet = book.add_worksheet("回答")
    rows = [
        ["满意度", "half", "text", "flag", "mixed", "some", "gap", 2015.0],
        [7.0, 1.5, "x", True, 7, True, "NA", 1],
        [8.0, 2, "y", False, "7 - Very satisfied", 7, 3, 2],
    ]
    for number, row in enumerate(rows):
        sheet.write_row(number + 1, 0, row)
    sheet.write_blank(9, 9, None, book.add_format({"bold": True}))
    book.add_worksheet("other").write_row(0, 0, ["only"])
    book.close()
    return path


def test_workbook_cells_keep_their_kind(workbook):
    file = read_file(workbook)
    assert file.frame["满意度"].tolist() == [7, 8]
    assert pd.api.types.is_numeric_dtype(file.frame["满意度"])
    assert file.frame["half"].tolist() == [1.5, 2]
    assert file.frame["flag"].dtype == bool
    assert file.frame["mixed"].tolist() == ["7", "7 - Very satisfied"]
    assert file.frame["some"].tolist() == ["TRUE", "7"]
    np.testing.assert_array_equal(file.frame["gap"], [np.nan, 3])
    assert list(file.frame)[-1] == "2015"
    assert file.notes == (
        "Excel file read: sheet '回答', the first of 2.",
        "Cells that read 'NA' were taken as missing in: gap.",
    )


def test_sheet_by_name_and_position(workbook):
    assert list(read_file(workbook, sheet="other").frame) == ["only"]
    assert list(read_file(workbook, sheet=1).frame) == ["only"]
    assert read_file(workbook, sheet=0).notes[0] == "Excel file read: sheet '回答'."
    assert read_file(workbook, sheet="other").notes == ("Excel file read: sheet 'other'.",)
    for sheet in ("othr", 2, -1, True):
        with pytest.raises(OptionError, match=r"has no sheet .*Its sheets: '回答', 'other'"):
            read_file(workbook, sheet=sheet)
    with pytest.raises(OptionError, match=r"Did you mean 'other'\?"):
        read_file(workbook, sheet="othr")


def test_workbook_with_duplicates_dates_and_text_numbers(tmp_path):
    book = openpyxl.Workbook()
    for row in (["A", "A", "when", "t"], [1, 2, datetime.datetime(2024, 1, 2), "7"]):
        book.active.append(row)
    book.save(tmp_path / "a.xlsx")
    frame = read_file(tmp_path / "a.xlsx").frame
    assert list(frame.columns) == ["A", "A", "when", "t"]
    assert frame["when"].dtype.kind == "M"
    assert frame["t"].tolist() == ["7"]


def test_a_workbook_column_with_any_text_is_what_the_same_csv_gives(tmp_path):
    rows = [
        ["S1", "S2", "S3", "S4", "S5"],
        [7, 7.0, 0.1 + 0.2, True, datetime.datetime(2024, 1, 2)],
        ["不知道", 1.5, "7 - good", 1, "soon"],
        [None, "bad", None, False, datetime.datetime(2024, 1, 2, 10, 30)],
        [9, 10, 12345678901.0, "no", None],
    ]
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    book.save(tmp_path / "a.xlsx")
    lines = [
        "S1,S2,S3,S4,S5",
        "7,7,0.3,TRUE,2024-01-02",
        "不知道,1.5,7 - good,1,soon",
        ",bad,,FALSE,2024-01-02 10:30:00",
        "9,10,12345678901,no,",
    ]
    (tmp_path / "a.csv").write_text("\n".join(lines), encoding="utf-8")
    ours, same = read_file(tmp_path / "a.xlsx").frame, read_file(tmp_path / "a.csv").frame
    assert list(ours.dtypes) == list(same.dtypes)
    ours, same = (f.astype(object).where(f.notna(), None) for f in (ours, same))
    pd.testing.assert_frame_equal(ours, same)
    survey = csi.read_survey(tmp_path / "a.xlsx", scale=(1, 10))
    with pytest.raises(DataError, match=r"columns are text: S1 \('不知道'\).* Declare labels"):
        csi.fit(csi.parse("A =~ S1\nB =~ S2\nB ~ A"), survey)


def test_empty_sheet_is_refused(tmp_path):
    openpyxl.Workbook().save(tmp_path / "a.xlsx")
    with pytest.raises(FileFormatError, match=r"The sheet of 'a.xlsx' is empty"):
        read_file(tmp_path / "a.xlsx")


def test_workbooks_that_are_none(tmp_path, write):
    with pytest.raises(FileFormatError, match=r"'a.xlsx' is not an Excel workbook"):
        read_file(write("a,b\n", "a.xlsx"))
    with pytest.raises(FileFormatError, match=r"protected by a password or an old .xls"):
        read_file(write(bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 600, "b.xlsx"))
    with zipfile.ZipFile(tmp_path / "c.xlsx", "w") as package:
        package.writestr("hello.txt", "hello")
    with pytest.raises(FileFormatError, match=r"'c.xlsx' is not a readable Excel workbook"):
        read_file(tmp_path / "c.xlsx")
    with zipfile.ZipFile(tmp_path / "d.xlsx", "w") as package:
        package.writestr("xl/vbaProject.bin", "macro")
    with pytest.raises(FileFormatError, match=r"'d.xlsx' holds macros. Save it as .xlsx without"):
        read_file(tmp_path / "d.xlsx")


def test_damaged_sheet_is_a_file_error(workbook, tmp_path):
    damaged = tmp_path / "damaged.xlsx"
    with zipfile.ZipFile(workbook) as good, zipfile.ZipFile(damaged, "w") as bad:
        for name in good.namelist():
            content = good.read(name)
            bad.writestr(name, content[:300] if "sheet1" in name else content)
    with pytest.raises(FileFormatError, match=r"'damaged.xlsx' is not a readable Excel workbook"):
        read_file(damaged)


def with_stated_size(path: Path, size: int) -> None:
    """Make the directory of an archive claim that its one member unpacks to so many bytes."""
    content = bytearray(path.read_bytes())
    entry = content.index(b"PK\x01\x02")
    content[entry + 24 : entry + 28] = struct.pack("<I", size)
    path.write_bytes(content)


@pytest.mark.parametrize("size", [150_000_000, 1_000_000_001])
def test_zip_bombs_are_not_unpacked(tmp_path, size):
    path = tmp_path / "bomb.xlsx"
    filling = os.urandom(6_000_000) if size > 1_000_000_000 else b"small"
    with zipfile.ZipFile(path, "w") as package:
        package.writestr("xl/workbook.xml", filling)
    with_stated_size(path, size)
    with pytest.raises(FileFormatError, match=rf"'bomb.xlsx' would unpack .* to {size:,} bytes"):
        read_file(path)


def test_a_large_but_credible_workbook_passes_the_guard(tmp_path):
    path = tmp_path / "large.xlsx"
    with zipfile.ZipFile(path, "w") as package:
        package.writestr("xl/workbook.xml", os.urandom(1_000_000))
    with_stated_size(path, 150_000_000)
    with pytest.raises(FileFormatError, match=r"not a readable Excel workbook"):
        read_file(path)


# ---------------------------------------------------------------- SPSS and Stata


@pytest.mark.parametrize("suffix", [".sav", ".zsav"])
def test_spss_codes_stay_and_are_named_in_the_codebook(tmp_path, suffix):
    path = tmp_path / f"phones{suffix}"
    frame = pd.DataFrame(
        {"满意度": [1.0, 98, 10, np.nan, 91], "g": ["x", "", "y", "z", "x"], "n": [1.0] * 5}
    )
    pyreadstat.write_sav(
        frame,
        path,
        compress=suffix == ".zsav",
        column_labels={"满意度": "总的来说", "g": "地区"},
        missing_ranges={"满意度": [98, {"lo": 90, "hi": 97}], "g": ["z"]},
        variable_value_labels={"满意度": {1: "很差", 10: "很好", 98: "不知道"}},
        variable_measure={"满意度": "ordinal"},
    )
    file = read_file(path)
    np.testing.assert_array_equal(file.frame["满意度"], [1, 98, 10, np.nan, 91])
    assert file.frame["g"].isna().tolist() == [False, True, False, False, False]
    item = file.codebook.item("满意度")
    assert item.missing_codes == (91, 98)
    assert item.labels == {1: "很差", 10: "很好", 98: "不知道"}
    assert item.text == {"zh": "总的来说"}
    assert item.scale is None
    assert file.codebook.item("g").missing_codes == ()
    assert [one.name for one in file.codebook.items] == ["满意度", "g", "n"]
    assert file.codebook.item("n").text == {}
    assert file.notes == ("SPSS file read with encoding utf-8.",)


def test_stata_extended_missings_are_counted(tmp_path):
    frame = pd.DataFrame({"A": [1, "a", 10, "b"], "s": ["b", "a", "", "x"]})
    pyreadstat.write_dta(
        frame,
        tmp_path / "a.dta",
        column_labels={"A": "All in all"},
        missing_user_values={"A": ["a", "b"]},
        version=15,
    )
    file = read_file(tmp_path / "a.dta")
    np.testing.assert_array_equal(file.frame["A"], [1, np.nan, 10, np.nan])
    assert file.frame["s"].tolist()[:2] == ["b", "a"]
    assert file.codebook.item("A").text == {"en": "All in all"}
    assert file.notes == (
        "Stata file read.",
        "2 extended missing values (.a to .z) were taken as missing.",
    )


def test_portable_spss_file(tmp_path):
    pyreadstat.write_por(pd.DataFrame({"A": [1.0, 98]}), tmp_path / "a.por")
    file = read_file(tmp_path / "a.por")
    assert file.frame["A"].tolist() == [1, 98]
    assert file.notes == (
        "SPSS file read.",
        "Declared missing values of a .por file arrive as missing.",
    )
    with pytest.raises(OptionError, match=r"no meaning for a .por file"):
        read_file(tmp_path / "a.por", encoding="gbk")


@pytest.mark.parametrize("suffix", [".sav", ".zsav", ".por", ".dta"])
def test_statistical_files_that_are_none(write, suffix):
    path = write("CUSA1,CUSA2\n1,2\n", f"a{suffix}")
    with pytest.raises(FileFormatError, match=rf"'a{suffix}' cannot be read as {suffix}"):
        read_file(path)


def test_damaged_column_names_are_a_file_error(write, monkeypatch):
    def read(*_args, **_settings):
        return pd.DataFrame([[1, 2]], columns=["A", None]), None

    monkeypatch.setattr(pyreadstat, "read_sav", read)
    with pytest.raises(FileFormatError, match=r"'a.sav' is damaged: its columns have no clear"):
        read_file(write("x", "a.sav"))


# ---------------------------------------------------------------- Parquet and Feather


@pytest.mark.parametrize("suffix", [".parquet", ".feather", ".arrow"])
def test_arrow_files(tmp_path, suffix):
    frame = pd.DataFrame({"满意度": [1, None, 3], "t": ["a", "b", None]})
    path = tmp_path / f"a{suffix}"
    (frame.to_parquet if suffix == ".parquet" else frame.to_feather)(path)
    file = read_file(path)
    np.testing.assert_array_equal(file.frame["满意度"], [1, np.nan, 3])
    assert file.codebook is None
    assert file.notes == (f"{suffix[1:].capitalize()} file read.",)


def test_parquet_index_becomes_a_column(tmp_path):
    frame = pd.DataFrame({"a": [1, 2]}, index=pd.Index(["r1", "r2"], name="id"))
    frame.to_parquet(tmp_path / "a.parquet")
    file = read_file(tmp_path / "a.parquet")
    assert columns(file) == {"id": ["r1", "r2"], "a": [1, 2]}
    assert file.notes == ("Parquet file read.", "The row index was made into columns: id.")
    frame.rename_axis(None).to_parquet(tmp_path / "b.parquet")
    assert columns(read_file(tmp_path / "b.parquet")) == {"a": [1, 2]}


@pytest.mark.parametrize("suffix", [".parquet", ".feather", ".arrow"])
def test_arrow_files_that_are_none(write, suffix):
    with pytest.raises(FileFormatError, match=rf"'a{suffix}' cannot be read as {suffix}"):
        read_file(write("a,b\n1,2\n", f"a{suffix}"))


# ---------------------------------------------------------------- files under a wrong name

FRAME = pd.DataFrame({"A": [1.0, 2.0], "B": [3.0, 4.0]})
WRITERS = {
    ".xlsx": lambda path: FRAME.to_excel(path, index=False),
    ".sav": lambda path: pyreadstat.write_sav(FRAME, path),
    ".zsav": lambda path: pyreadstat.write_sav(FRAME, path, compress=True),
    ".dta": lambda path: pyreadstat.write_dta(FRAME, path),
    ".parquet": FRAME.to_parquet,
    ".arrow": FRAME.to_feather,
}


@pytest.mark.parametrize("wrong", [".csv", ".xls", ".por", ""])
@pytest.mark.parametrize("suffix", list(WRITERS))
def test_a_file_under_a_wrong_name_is_told_its_right_one(tmp_path, suffix, wrong):
    path = tmp_path / f"a{suffix}"
    WRITERS[suffix](path)
    assert columns(read_file(path)) == {"A": [1, 2], "B": [3, 4]}
    renamed = path.rename(tmp_path / f"a{wrong}")
    with pytest.raises(FileFormatError) as refusal:
        read_file(renamed)
    assert str(refusal.value).startswith(f"'a{wrong}' is a")
    assert str(refusal.value).endswith(f"not what its name says. Rename it to 'a{suffix}'.")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"%PDF-1.7\n\0", r"'a.csv' is a PDF document, .*save the table as .xlsx or .csv"),
        (bytes.fromhex("d0cf11e0a1b11ae1"), r"an old Excel workbook .*Open it in Excel and save"),
        (b"PK\x03\x04\0\0", r"is a damaged ZIP archive or workbook, .*Save it anew"),
    ],
)
def test_other_content_under_the_name_of_text(write, content, message):
    with pytest.raises(FileFormatError, match=message):
        read_file(write(content, "a.csv"))


@pytest.mark.parametrize(
    ("member", "message"),
    [
        ("answers.csv", r"is a ZIP archive, .*Unpack it and name the survey file inside"),
        ("word/document.xml", r"is a Word document, .*save the table"),
        ("mimetype", r"is an OpenDocument file, .*save the table"),
        ("xl/workbook.bin", r"is a binary Excel workbook, .*save the table"),
    ],
)
def test_packages_are_told_apart(tmp_path, member, message):
    with zipfile.ZipFile(tmp_path / "a.csv", "w") as package:
        package.writestr(member, "x")
    with pytest.raises(FileFormatError, match=message):
        read_file(tmp_path / "a.csv")


def test_a_column_may_be_called_like_a_kind_of_file(write):
    for name in ("PAR1", "PK", "$FL2"):
        assert columns(read_file(write(f"{name},b\n1,2\n"))) == {name: [1], "b": [2]}


# ---------------------------------------------------------------- paths and options


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("a.json", r"Files of kind '.json' are not read. Supported: .csv, .tsv, .txt, .xlsx, .sav"),
        ("a", r"Files of kind 'without suffix' are not read"),
        ("a.pkl", r"Pickle is not supported, by design: loading a pickle runs code"),
        ("a.xls", r"save it as .xlsx"),
        ("a.xlsm", r"Workbooks with macros are not read; save it as .xlsx"),
        ("a.RDS", r"R objects are not read"),
    ],
)
def test_other_kinds_are_refused_with_the_supported_ones(write, name, message):
    with pytest.raises(FileFormatError, match=message):
        read_file(write("x", name))


def test_missing_files_are_named_with_the_closest(write):
    path = write("a\n1\n", "phones.csv")
    with pytest.raises(FileFormatError, match=r"File not found: .*Did you mean 'phones.csv'\?"):
        read_file(path.with_name("phone.csv"))
    with pytest.raises(FileFormatError, match=r"File not found: .*Check the spelling"):
        read_file(path.with_name("zzz.dta"))
    with pytest.raises(FileFormatError, match=r"File not found: .*folder does not exist"):
        read_file(path.parent / "no" / "a.csv")
    for name in ("nul\0byte.csv", "x" * 5000 + ".csv", ""):
        with pytest.raises(FileFormatError):
            read_file(name)


def test_what_is_no_regular_file_is_refused(tmp_path):
    with pytest.raises(FileFormatError, match=r"is a directory. Name one survey file"):
        read_file(tmp_path)
    os.mkfifo(tmp_path / "pipe.csv")
    with pytest.raises(FileFormatError, match=r"is not a regular file"):
        read_file(tmp_path / "pipe.csv")


def test_unreadable_files_are_file_errors(write, monkeypatch):
    def refuse(*_args, **_settings):
        raise PermissionError(13, "Permission denied")

    path = write("a\n1\n")
    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(FileFormatError, match=r"cannot be opened: Permission denied. Check its"):
        read_file(path)


@pytest.mark.parametrize("path", [None, 5, b"a.csv", pd.DataFrame()])
def test_other_arguments_are_type_errors(path):
    with pytest.raises(ArgumentTypeError, match=r"The path of a survey file is a .*Give text"):
        read_file(path)


@pytest.mark.parametrize(
    ("name", "option"),
    [
        ("a.csv", {"sheet": "x"}),
        ("a.xlsx", {"sep": ";"}),
        ("a.sav", {"decimal": ","}),
        ("a.parquet", {"encoding": "gbk"}),
        ("a.dta", {"header": 2}),
    ],
)
def test_options_of_other_kinds_are_refused(write, name, option):
    with pytest.raises(OptionError, match=rf"{next(iter(option))}= has no meaning for a"):
        read_file(write("x", name), **option)


@pytest.mark.parametrize(
    ("name", "library"),
    [("a.sav", "pyreadstat"), ("a.parquet", "pyarrow"), ("a.xlsx", "openpyxl")],
)
def test_absent_libraries_are_named(workbook, write, monkeypatch, name, library):
    def absent(wanted):
        raise ImportError(wanted)

    path = workbook if name == "a.xlsx" else write("x", name)
    monkeypatch.setattr(importlib, "import_module", absent)
    with pytest.raises(OptionError, match=rf"needs the library {library}.*pip install 'csi\[io\]'"):
        read_file(path)


def test_marks_of_utf8_and_utf16_are_no_part_of_the_first_name(write):
    for mark, encoding in (
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
    ):
        file = read_file(write(mark + "a,b\n1,2\n".encode(encoding)))
        assert list(file.frame) == ["a", "b"]
    marked = write(codecs.BOM_UTF8 + b"a,b\n1,2\n")
    assert list(read_file(marked, encoding="utf-8").frame) == ["a", "b"]


def test_random_bytes_never_raise_a_foreign_error(write):
    rng = np.random.default_rng(1)
    alphabet = np.frombuffer(b'a1,;\t"\n\r.- \xe9\xc4\xe3\x81|{', dtype=np.uint8)
    for round_ in range(150):
        content = rng.choice(alphabet, size=rng.integers(1, 60)).tobytes()
        suffix = [".csv", ".csv", ".csv", ".xlsx", ".sav"][round_ % 5]
        try:
            file = read_file(write(content, f"fuzz{suffix}"))
        except CsiError:
            continue
        assert isinstance(file.frame, pd.DataFrame)


def test_repr_is_one_line(write):
    assert repr(read_file(write("a,b\n1,2\n"))) == "<SurveyFile 1 rows, 2 columns, 1 notes>"

"""Tables as text, HTML, LaTeX, CSV and Excel: aligned, escaped, nothing lost."""

import csv
import io
import unicodedata
from html.parser import HTMLParser

import numpy as np
import openpyxl
import pandas as pd
import pytest

from csi import display
from csi.display import Summary, number
from csi.errors import FileFormatError, OptionError

PAYLOADS = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='x",
    "</title></style>&lt;b&gt;",
]
FORMULAS = ["=cmd()", "+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1"]


class Collected(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.tags, self.data = [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)

    def handle_data(self, data):
        self.data.append(data)


def columns_taken(text):
    wide = sum(unicodedata.east_asian_width(c) in "WF" for c in text)
    return len(text) + wide - sum(unicodedata.category(c) == "Mn" for c in text)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0.5, "0.500"),
        (0.0005, "0.000"),
        (0.0015, "0.002"),
        (-0.0004, "0.000"),
        (0.0, "0.000"),
        (250, "250"),
        (np.int64(7), "7"),
        (np.float64(1 / 3), "0.333"),
        (999999.5, "999999.500"),
        (1e6, "1.000e+06"),
        (1e-5, "1.000e-05"),
        (float("nan"), ""),
        (None, ""),
        (pd.NA, ""),
        (True, "yes"),
        (float("-inf"), "-inf"),
    ],
)
def test_number(value, shown):
    assert number(value) == shown


@pytest.mark.parametrize("digits", [-1, 16, 2.0, "3"])
def test_digits_out_of_range_are_refused(digits):
    with pytest.raises(OptionError, match="from 0 to 15"):
        number(0.1, digits)


def test_text_is_no_number():
    with pytest.raises(OptionError, match="not a number"):
        number("0.1")


def test_wide_and_combining_characters_line_up():
    frame = pd.DataFrame(
        {
            "construct": ["Image", "顾客满意度", "Cafe\u0301"],
            "r2": [0.5, None, -12.25],
            "n": [1, 2, 3],
        }
    )
    lines = display.text_table(frame).splitlines()
    assert {columns_taken(line) for line in lines} == {columns_taken(lines[0])}


def test_line_ends_in_cells_do_not_break_the_text_table():
    assert len(display.text_table(pd.DataFrame({"a\nb": ["x\ny\u2028z"]})).splitlines()) == 3


def test_telling_index_is_shown_and_counting_index_is_not():
    frame = pd.DataFrame({"v": [0.1, 0.2]}, index=[5, 9])
    assert "5" not in display.text_table(frame)
    assert "5" in display.text_table(frame.rename_axis("firm"))
    assert "HTMT" in display.text_table(frame.set_axis(["HTMT", "AVE"]))


def test_repeated_headers_and_empty_tables_are_shown():
    frame = pd.DataFrame([[1, 2.5]], columns=["a", "a"])
    assert display.csv_text(frame) == "a,a\n1,2.5\n"
    assert display.text_table(frame.iloc[:0]).endswith("(no rows)")


@pytest.mark.parametrize("payload", PAYLOADS)
def test_html_shows_every_text_as_text(payload):
    frame = pd.DataFrame({payload: [payload, "x"]}, index=pd.Index([payload, "y"], name=payload))
    page = Collected(display.html_table(frame, caption=payload, classes=payload))
    assert set(page.tags) == {"table", "caption", "thead", "tr", "th", "tbody", "td"}
    assert page.data.count(payload) == 5


@pytest.mark.parametrize("payload", PAYLOADS)
def test_summary_shows_every_text_as_text(payload):
    frame = pd.DataFrame({"v": [1.0]})
    page = Collected(
        Summary(payload, ((payload, payload),), ((payload, frame),), (payload,))._repr_html_()
    )
    assert not {"script", "img", "b"} & set(page.tags)
    assert page.data.count(payload) == 5


def test_html_marks_numeric_columns():
    text = display.html_table(pd.DataFrame({"name": ["a"], "v": [0.12345]}), digits=2)
    assert '<th scope="col">name</th><th scope="col" class="num">v</th>' in text
    assert '<td>a</td><td class="num">0.12</td>' in text


def test_latex_escapes_cells_headers_and_caption():
    frame = pd.DataFrame({"95% CI": [r"a&b_c#d$e{f}~^\g<h>"], "[x]": ["*y"]})
    text = display.latex_table(frame, caption="50%", label="tab: é_1")
    assert r"95\% CI & {[}x] \\" in text
    assert r"a\&b\_c\#d\$e\{f\}\textasciitilde{}\textasciicircum{}\textbackslash{}g" in text
    assert r"\textless{}h\textgreater{} & {*}y \\" in text
    assert r"\caption{50\%}" in text
    assert r"\label{tab:---1}" in text


def test_latex_numbers():
    frame = pd.DataFrame({"name": ["满意度", "b"], "v": [-0.5, 2e-7]})
    text = display.latex_table(frame)
    assert r"\begin{tabular}{lr}" in text
    assert r"满意度 & $-$0.500 \\" in text
    assert r"$2.000\times 10^{-7}$" in text


@pytest.mark.parametrize("formula", FORMULAS)
def test_csv_guards_text_but_not_numbers(formula):
    frame = pd.DataFrame({formula: [formula], "v": [-0.1]})
    rows = list(csv.reader(io.StringIO(display.csv_text(frame), newline="")))
    assert rows == [["'" + formula, "v"], ["'" + formula, "-0.1"]]


def test_csv_keeps_full_precision():
    values = [1 / 3, 1e-300, 123456789.123456789]
    text = display.csv_text(pd.DataFrame({"v": values, "n": [1, 2, 3]}))
    assert [float(line.split(",")[0]) for line in text.splitlines()[1:]] == values


def test_excel_holds_text_and_full_numbers(tmp_path):
    texts = [*FORMULAS[:5], "https://example.org", "满意度"]
    values = [1 / 3, np.nan, np.inf, -2.0, 1e-9, 5.0, 6.0]
    frame = pd.DataFrame({"=A1": texts, "v": values, "n": range(7)})
    display.write_excel({"t": frame}, tmp_path / "t.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "t.xlsx")["t"]
    rows = list(sheet.iter_rows())
    assert {row[0].data_type for row in rows} == {"s"}
    assert [row[0].value for row in rows] == ["=A1", *texts]
    assert not any(row[0].hyperlink for row in rows)
    assert [row[1].value for row in rows[1:]] == [1 / 3, None, "inf", -2.0, 1e-9, 5.0, 6.0]
    assert rows[0][0].font.bold
    assert sheet.freeze_panes == "A2"


def test_excel_sheet_names_follow_its_rules(tmp_path):
    names = ["a/b", "A?B", "", "x" * 40, "X" * 40, "History", "'q'"]
    frame = pd.DataFrame({"v": [1]})
    display.write_excel(dict.fromkeys(names, frame), tmp_path / "t.xlsx")
    written = openpyxl.load_workbook(tmp_path / "t.xlsx").sheetnames
    assert written[:2] == ["a_b", "A_B (2)"]
    assert len({name.lower() for name in written}) == len(names)
    assert all(0 < len(name) <= 31 and not set(name) & set("[]:*?/\\") for name in written)


def test_excel_without_xlsxwriter_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "xlsxwriter", None)
    with pytest.raises(OptionError, match=r"pip install 'csi\[io\]'"):
        display.write_excel({}, tmp_path / "t.xlsx")


def test_excel_refuses_what_a_sheet_cannot_hold(tmp_path):
    with pytest.raises(OptionError, match="Write CSV instead"):
        display.write_excel({"t": pd.DataFrame({"v": range(display.EXCEL_ROWS)})}, tmp_path / "t")
    assert list(tmp_path.iterdir()) == []


def test_same_tables_give_the_same_workbook(tmp_path):
    frame = pd.DataFrame({"v": [1.5], "t": ["x"]})
    for name in ("a", "b"):
        display.write_excel({"t": frame}, tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_atomic_write_replaces_and_leaves_nothing_behind(tmp_path):
    path = tmp_path / "a.txt"
    for text in ("old", "满意\nnew\n"):
        display.atomic_write(path, text)
    assert path.read_bytes() == "满意\nnew\n".encode()
    assert list(tmp_path.iterdir()) == [path]


def test_failed_write_leaves_nothing_behind(tmp_path):
    (tmp_path / "folder").mkdir()
    with pytest.raises(FileFormatError, match="cannot be written"):
        display.atomic_write(tmp_path / "folder", "x")
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]


def test_missing_folder_is_named(tmp_path):
    with pytest.raises(FileFormatError, match="does not exist; create it first"):
        display.atomic_write(tmp_path / "no" / "a.txt", "x")


def test_summary_reads_the_same_in_every_form():
    frame = pd.DataFrame({"path": ["满意度 -> 忠诚"], "estimate": [0.123456]})
    summary = Summary("Fit", (("n", "250"),), (("Paths", frame),), ("Converged.",))
    for text in (str(summary), summary.to_html(), summary.to_latex()):
        for shown in ("Fit", "250", "Paths", "0.123", "Converged."):
            assert shown in text
        assert "0.1234" not in text
    assert repr(summary) == "<Summary Fit: 1 tables, 1 notes>"


def test_p_values_and_degrees_of_freedom_are_shown_as_such():
    tests = pd.DataFrame({"chisq": [1e-9, 3.0], "df": [3.0, 2.46], "p": [0.0, 0.0004]})
    assert display.text_table(tests).splitlines()[2:] == [
        "1.000e-09      3  <0.001",
        "    3.000  2.460  <0.001",
    ]
    assert "$<$0.001" in display.latex_table(tests)
    assert display.text_table(pd.DataFrame({"p": ["", "≤"]})).splitlines()[2:] == ["", "≤"]

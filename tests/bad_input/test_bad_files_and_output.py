"""Files that cannot be read, results that cannot be written, text that must not run (107-120)."""

import json
import pickle
import sys
import zipfile

import numpy as np
import openpyxl
import pandas as pd
import pytest

import csi
from csi import FileFormatError, OptionError
from csi.cli import main
from csi.display import csv_text, html_table, latex_table, text_table, write_excel
from csi.errors import ArgumentTypeError
from csi.files import read_file

FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx"]


@pytest.fixture
def fitted(fit, frame):
    return fit(frame, scale=(1, 10))


@pytest.fixture
def survey_file(frame, tmp_path):
    path = tmp_path / "survey.csv"
    frame.to_csv(path, index=False)
    return path


@pytest.fixture
def model_file(model, tmp_path):
    path = tmp_path / "model.txt"
    path.write_text(str(model), encoding="utf-8")
    return path


def failed(capsys, *argv):
    """Run the command line; it must fail with one line, which is returned."""
    code = main([str(each) for each in argv])
    out, err = capsys.readouterr()
    assert (code, out) == (2, "")
    assert "Traceback" not in err
    assert len(err.splitlines()) == 1
    return err


# ------------------------------------------------------------------- reading


def test_107_file_not_found(survey_file):
    with pytest.raises(FileFormatError, match=r"File not found: .* Did you mean 'survey.csv'\?"):
        csi.read_survey(survey_file.with_name("surveys.csv"))


def test_107_command_line_ends_with_one_line(capsys, tmp_path):
    err = failed(capsys, "fit", tmp_path / "none.csv", "--model", "acsi")
    assert err.startswith("error: File not found: ")


@pytest.mark.parametrize(
    "path", [5, None, [], b"x", pd.DataFrame()], ids=lambda path: str(type(path))
)
def test_107_what_is_no_path(path):
    with pytest.raises(ArgumentTypeError, match=r"is a \w+\. Give text or a pathlib\.Path"):
        csi.read_survey(path)


def test_108_unsupported_suffix(tmp_path):
    path = tmp_path / "survey.json"
    path.write_text("{}")
    with pytest.raises(FileFormatError, match=r"kind '.json' are not read\. Supported: \.csv, "):
        csi.read_survey(path)


@pytest.mark.parametrize("suffix", [".sav", ".dta", ".xlsx", ".parquet", ".feather", ".por"])
def test_109_content_is_not_what_the_suffix_says(tmp_path, suffix):
    path = tmp_path / f"survey{suffix}"
    path.write_text("S1,S2\n1,2\n")
    with pytest.raises(
        FileFormatError, match=r"'survey\.\w+' (cannot be read|is n|is damaged).*\. "
    ):
        csi.read_survey(path)


def test_109_protected_workbook(tmp_path):
    path = tmp_path / "survey.xlsx"
    path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600))
    with pytest.raises(FileFormatError, match=r"protected by a password .* Remove the password"):
        csi.read_survey(path)


def test_109_workbook_with_macros(frame, tmp_path):
    path = tmp_path / "survey.xlsx"
    frame.to_excel(path, index=False)
    with zipfile.ZipFile(path, "a") as package:
        package.writestr("xl/vbaProject.bin", b"x")
    with pytest.raises(FileFormatError, match=r"holds macros\. Save it as \.xlsx without them"):
        csi.read_survey(path)


def test_110_wrong_encoding(tmp_path):
    path = tmp_path / "survey.csv"
    path.write_bytes("满意度,地区\n9,北京\n".encode("gbk"))
    with pytest.raises(
        FileFormatError, match=r"is not utf-8: byte 0 cannot be read\. It looks like gb18030; pass"
    ):
        csi.read_survey(path, encoding="utf-8")
    assert csi.read_survey(path).columns == ("满意度", "地区")


def test_111_file_larger_than_the_limit(survey_file):
    with pytest.raises(
        FileFormatError, match=r"bytes, more than the limit of 100\. Save the columns .* as Parquet"
    ):
        read_file(survey_file, max_bytes=100)


def test_112_zip_bomb(frame, tmp_path):
    path = tmp_path / "survey.xlsx"
    frame.to_excel(path, index=False)
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as package:
        package.writestr("xl/worksheets/sheet9.xml", b" " * 150_000_000)
    with pytest.raises(FileFormatError, match=r"'survey.xlsx' .*unpack"):
        csi.read_survey(path)


# ------------------------------------------------------------------- writing


def test_113_result_exists(fitted, tmp_path):
    path = tmp_path / "out"
    path.write_text("mine")
    for write in (csi.to_json, csi.to_excel):
        with pytest.raises(OptionError, match=r"out exists\. Choose another name, or allow it"):
            write(fitted, path)
    with pytest.raises(OptionError, match=r"out exists\. Choose another name, or allow it"):
        csi.report(fitted, path=path)
    assert path.read_text() == "mine"


@pytest.mark.parametrize("option", ["--report", "--json", "--excel", "--latex"])
def test_113_result_exists_on_the_command_line(capsys, tmp_path, survey_file, model_file, option):
    path = tmp_path / "out"
    path.write_text("mine")
    given = ["fit", survey_file, "--model", model_file, "--scale", "1,10", option]
    assert "exists. Choose another name" in failed(capsys, *given, path)
    assert "does not exist; create it" in failed(capsys, *given, tmp_path / "none" / "out")
    assert path.read_text() == "mine"


def test_114_folder_is_missing(fitted, tmp_path):
    path = tmp_path / "none" / "out"
    for write in (csi.to_json, csi.to_excel):
        with pytest.raises(
            FileFormatError, match=r"Folder .*none.* does not exist; create it first"
        ):
            write(fitted, path)
    with pytest.raises(FileFormatError, match=r"Folder .*none.* does not exist; create it first"):
        csi.report(fitted, path=path)


def test_115_optional_library_is_absent(fitted, survey_file, tmp_path, monkeypatch):
    for library in ("xlsxwriter", "pyreadstat"):
        monkeypatch.setitem(sys.modules, library, None)  # what makes importing it fail
    with pytest.raises(
        OptionError, match=r"xlsxwriter, .* not installed\. Run pip install 'csi\[io"
    ):
        csi.to_excel(fitted, tmp_path / "out.xlsx")
    path = survey_file.rename(tmp_path / "survey.sav")
    with pytest.raises(
        OptionError, match=r"pyreadstat, .* not installed\. Run: pip install 'csi\[i"
    ):
        csi.read_survey(path)


# ------------------------------------------------------------- stored results


def changed(fitted, **entries):
    return json.dumps({**json.loads(csi.to_json(fitted)), **entries})


def test_116_result_of_a_newer_version(fitted):
    with pytest.raises(FileFormatError, match=r"in version 99; this csi reads up to \d+\. Upgrade"):
        csi.from_json(changed(fitted, schema_version=99))


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity"])
def test_116_number_that_json_does_not_know(fitted, number):
    text = csi.to_json(fitted).replace('"n": 200.0', f'"n": {number}')
    with pytest.raises(FileFormatError, match=rf"no JSON of a fit: {number} is no JSON number"):
        csi.from_json(text)


@pytest.mark.parametrize("number", ["1e999", "1" + "0" * 400, "1" * 5000], ids=len)
def test_116_huge_number(fitted, number):
    text = csi.to_json(fitted).replace('"n": 200.0', f'"n": {number}')
    with pytest.raises(FileFormatError, match=r"no JSON of a fit|is damaged.* Fit again"):
        csi.from_json(text)


@pytest.mark.parametrize("text", ["{", '{"a": 1}', '{"schema": "csi-fit"}', "[" * 100_000])
def test_116_other_json(text, tmp_path):
    with pytest.raises(
        FileFormatError, match=r"no JSON of a fit|no stored fit|version None|cannot"
    ):
        csi.from_json(text)
    path = tmp_path / "fit.json"
    path.write_text(text)
    with pytest.raises(FileFormatError, match=r"no JSON of a fit|no stored fit|version None"):
        csi.from_json(path)


@pytest.mark.parametrize(
    ("part", "entry", "value"),
    [
        ("estimates", "weights", [[None, 0.0]] * 5),
        ("estimates", "paths", [[0.0, None], [0.0, 0.0]]),
        ("estimates", "r2", [None, None]),
        ("moments", "mean", [5.0]),
        ("moments", "cov", [[0.0] * 5] * 5),
        ("moments", "units", "miles"),
        ("moments", "n", 0),
        ("model", "title", 5),
    ],
)
def test_116_damaged_result(fitted, part, entry, value):
    stored = json.loads(csi.to_json(fitted))
    stored[part][entry] = value
    with pytest.raises(FileFormatError, match=r"stored fit is damaged.* Fit again"):
        csi.from_json(json.dumps(stored))


def test_117_pickle(fitted, tmp_path):
    path = tmp_path / "fit.pkl"
    path.write_bytes(pickle.dumps({"a": np.arange(3)}))
    with pytest.raises(FileFormatError, match=r"Pickle is not supported, by design: .* runs code"):
        csi.read_survey(path)
    with pytest.raises(
        FileFormatError, match=r"not UTF-8 text\. .*pickle is not supported, by desi"
    ):
        csi.from_json(path)
    with pytest.raises(ArgumentTypeError, match=r"a bytes was given\. .* pickle is not supported"):
        csi.from_json(path.read_bytes())


def test_118_codebook_with_yaml_tags(frame, tmp_path):
    path, proof = tmp_path / "codebook.yml", tmp_path / "proof"
    path.write_text(f"items:\n  S1: !!python/object/apply:os.mkdir ['{proof}']\n")
    with pytest.raises(FileFormatError, match=r"codebook\.yml"):
        csi.survey(frame, codebook=path)
    assert not proof.exists()


# ---------------------------------------------------------- text stays text


@pytest.mark.parametrize("cell", FORMULAS)
def test_119_cell_that_looks_like_a_formula(cell, tmp_path):
    table = pd.DataFrame({"firm": [cell], cell: [1.0]})
    header, row = (f"firm,'{cell}", f"'{cell},1.0")
    assert csv_text(table).replace('"', "") == f"{header}\n{row}\n"
    write_excel({"table": table}, tmp_path / "table.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "table.xlsx").active
    assert {each.data_type for row in sheet.iter_rows() for each in row} <= {"s", "n"}


MARKUP = "<b>bold</b>&<script>alert(1)</script>"


def test_120_markup_in_labels_is_shown_as_text(frame):
    model = csi.model(
        [csi.reflective(MARKUP, ["S1", "S2", "S3"], label={"en": MARKUP}),
         csi.reflective("Loyalty", ["L1", "L2"])],
        [csi.paths(MARKUP, "Loyalty")], title=MARKUP,
    )  # fmt: skip
    fitted = csi.fit(model, csi.survey(frame, scale=(1, 10)))
    for html in (csi.report(fitted), fitted._repr_html_(), html_table(fitted.paths)):
        assert "<script>" not in html
        assert "<b>bold" not in html
        assert "&lt;b&gt;bold&lt;/b&gt;&amp;" in html
    assert MARKUP in text_table(fitted.paths)


def test_120_latex_in_labels_is_shown_as_text():
    shown = latex_table(pd.DataFrame({"a": [r"\input{x} 5% & $y$ #1_^~"]}))
    assert r"\input{" not in shown
    assert r"\textbackslash{}input\{x\} 5\% \& \$y\$ \#1\_" in shown

"""What reports, workbooks and pages say of published tables and specification curves."""

import re
from dataclasses import replace
from itertools import chain

import numpy as np
import openpyxl
import pandas as pd
import pytest
from test_report import Reader, without_references

import csi
from csi import composite, paths, published_commands, reflective
from csi.cli import main
from csi.published.audits.settings import DIMENSIONS, composites, structures
from csi.published.audits.slips import slip
from csi.published.numerals import Numeral, printed_as
from csi.published.quantities import QUANTITIES, quantity
from csi.reporting import methods_paragraph, report, to_excel, to_json, to_latex
from csi.reporting.document import Subject
from csi.reporting.phrases import Phrases
from csi.reporting.published_words import (
    choice,
    dimension,
    elsewhere,
    quantity_name,
    slip_and_meant,
)
from csi.reporting.reproduction_page import write_reproduction

CSP = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
NAMES = {
    *("PLS", "PLSc", "CBSEM", "FIML", "csi", "audit", "fit", "model", "data", "delta", "IMAG"),
    *("CUSA", "CUSL", "Simonsohn", "Simmons", "Nelson", "Python", "NumPy", "SciPy", "pandas"),
    *("The", "authors", "Fornell", "Tenenhaus", "American", "Customer", "Satisfaction", "Index"),
    *("ACSI", "methods", "paragraph", "BibTeX", "Dijkstra", "Henseler", "rho"),
}  # fmt: skip
"""Names that stay as they are in Chinese."""
MODEL = csi.model(
    [
        reflective("Image", ["IMAG1", "IMAG2", "IMAG3"], label={"zh": "形象"}),
        composite("Satisfaction", ["CUSA1", "CUSA2", "CUSA3"], label={"zh": "满意"}),
        reflective("Loyalty", ["CUSL1", "CUSL2", "CUSL3"], label={"zh": "忠诚"}),
    ],
    [paths("Image", ["Satisfaction", "Loyalty"]), paths("Satisfaction", "Loyalty")],
    scale=(1, 10),
)


def printed(fit, *names, decimals=3):
    """Numbers of a fit as a paper prints them."""
    return {
        name: {
            label: printed_as(value, decimals)
            for label, value in quantity(name).readings[0].values(fit).items()
        }
        for name in names
    }


@pytest.fixture(scope="module")
def moments():
    return csi.studies.moments("ecsi-mobi")


@pytest.fixture(scope="module")
def table(moments):
    """A table of a fit with Mode B throughout, two digits of it exchanged and one cell wrong."""
    modes = dict.fromkeys(MODEL.names, "B")
    table = printed(csi.fit(MODEL, moments, csi.PLS("centroid", modes=modes)), "path", "loading")
    assert table["path"]["Image -> Satisfaction"] == "0.634"
    return table | {"path": {**table["path"], "Image -> Satisfaction": "0.643"}}


@pytest.fixture(scope="module")
def audit(table, moments):
    return csi.audit(table, moments, MODEL, progress=False)


@pytest.fixture(scope="module")
def lost(moments):
    """A table that no setting reproduces."""
    printed = {"path": {"Image -> Loyalty": "0.9", "Satisfaction -> Loyalty": "-0.123"}}
    return csi.audit(printed | {"r2": {"Loyalty": ".04"}}, moments, MODEL, progress=False)


@pytest.fixture(scope="module")
def survey():
    return csi.demo_survey()


@pytest.fixture(scope="module")
def acsi():
    return csi.models.acsi()


@pytest.fixture(scope="module")
def fit(acsi, survey):
    return csi.fit(acsi, survey)


@pytest.fixture(scope="module")
def curve(acsi, survey):
    return csi.specification_curve(
        acsi, survey, "Satisfaction -> Loyalty", n_boot=100, rng=7, level=0.9, progress=False
    )


@pytest.fixture(scope="module")
def indices(acsi, survey):
    return csi.specification_curve(
        acsi, survey, "index Satisfaction", n_boot=0, missing=["listwise"], progress=False
    )


def section(html, key):
    return re.search(rf'<section id="{key}">.*?</section>', html, re.DOTALL)[0]


def plain(text):
    return float(text.replace("−", "-"))


def svg(html):
    (found,) = re.findall("<svg.*?</svg>", html)
    return found


# a published table


def test_the_settings_behind_a_table_are_told(audit):
    page = Reader(section(report(audit.fit, audit=audit), "published"))
    assert audit.verdict == "reproduced but for 1 number"
    told = "Verdict: reproduced but for 1 number. Of 12 printed numbers 11 agree to every printed"
    assert told in page.text
    assert f"best of {len(audit.scored):,} settings that were tried." in page.text
    settings = dict(page.table("Setting", "Value"))
    assert settings["Estimator"] == audit.choices["estimator"] == "PLS"
    assert settings["Modes"] == audit.choices["modes"] == "all B"
    assert settings["Inner weighting scheme"] == audit.choices["scheme"]
    assert settings["Path, read as"] == "direct effect, standardised"
    names = {"correction": "Correction for attenuation", "items": "Units of the items"}
    open_ = {row[0]: row[1:] for row in page.table("What is chosen", "Named")}
    assert open_ == {
        names.get(row.dimension, row.dimension.capitalize()): [
            row.named, " or ".join(row.equally_possible),
        ]
        for row in audit.undecided.itertuples()
    }  # fmt: skip
    assert open_


def test_every_printed_number_stands_beside_ours(audit):
    page = Reader(section(report(audit.fit, audit=audit), "published"))
    rows = page.table("Quantity", "Of", "Printed", "csi", "Difference", "Agrees")
    assert [row[2] for row in rows] == audit.cells["printed"].tolist()
    assert [plain(row[3]) for row in rows] == pytest.approx(audit.cells["ours"], abs=5.1e-5)
    gaps = [plain(row[4]) for row in rows]
    assert gaps == pytest.approx(audit.cells["difference"], abs=5.1e-5)
    assert [row[5] == "yes" for row in rows] == audit.cells["agrees"].tolist()
    assert rows[0][:2] == ["Path", "Image → Satisfaction"]
    assert rows[3][:2] == ["Loading", "IMAG1"]


def test_a_suspect_number_comes_with_its_slip_and_the_number_meant(audit):
    html = section(report(audit.fit, audit=audit), "published")
    page = Reader(html)
    (row,) = page.table("Quantity", "Of", "Printed", "csi", "Difference", "Likely slip")
    assert row[:3] == ["Path", "Image → Satisfaction", "0.643"]
    assert row[5:] == ["two digits exchanged", "0.634"]
    assert "No setting that comes near the table reproduces: Path of Image → Satis" in page.text
    assert html.count("<strong>no</strong>") == 1


def test_a_table_that_nothing_reproduces_is_called_so(lost):
    page = Reader(section(report(lost.fit, audit=lost), "published"))
    assert "Verdict: not reproduced." in page.text
    assert "Settings that come nearest to the table" in page.text
    assert "Settings that reproduce" not in page.text
    assert "Other data, another model, or a program that does something else" in page.text


def test_an_audit_says_whether_the_report_has_its_settings(audit, moments):
    usual = csi.fit(MODEL, moments)
    warned = "The estimates of this report were made with other settings than these."
    assert warned in report(usual, audit=audit)
    assert warned not in report(audit.fit, audit=audit)


def test_few_printed_decimals_of_the_input_are_told(table, moments):
    coarse = csi.Moments.from_correlation(np.round(moments.corr, 2), moments.columns, n=250)
    found = csi.audit({"path": table["path"]}, coarse, MODEL, progress=False)
    told = "The correlations were printed with 2 decimals;"
    assert found.input_decimals == 2
    assert told in report(found.fit, audit=found)


# specification curves


def test_the_spread_of_a_number_is_told(fit, curve, indices):
    page = Reader(section(report(fit, specifications=curve), "specifications"))
    low, high = curve.range
    assert (
        "The standardised effect Customer satisfaction → Customer loyalty was computed under 33 "
        f"specifications: the median is {curve.median:.3f}, the estimates lie between {low:.3f} "
        f"and {high:.3f}, and 100% of them have the sign of the median." in page.text
    )
    first = curve.by_choice.iloc[0]
    assert first["dimension"] == "estimator"
    assert "Of all choices, that of the estimator moves it most: two specifications" in page.text
    assert f"in nothing else lie {first['alone']:.3f} apart (median)." in page.text
    assert "33 of 33 intervals at the 90% level leave out zero." in page.text
    assert "PLS with fiml, PLSc with fiml, equal weights with fiml, CBSEM with pair" in page.text
    told = Reader(section(report(fit, specifications=indices), "specifications")).text
    assert f"The index of Customer satisfaction was computed under {len(indices.table)}" in told
    assert f"the median is {indices.median:.1f}" in told
    assert not re.search("zero|sign of", told)


def test_choices_stand_in_a_table(fit, curve):
    page = Reader(section(report(fit, specifications=curve), "specifications"))
    rows = page.table("What is chosen", "Choice", "Specifications", "Median", "Lowest", "Highest")
    known = curve.by_choice
    assert [row[1] for row in rows] == known["choice"].tolist()
    assert [int(row[2]) for row in rows] == known["specifications"].tolist()
    for place, name in enumerate(("median", "low", "high", "moves", "alone"), start=3):
        assert [plain(row[place]) for row in rows] == pytest.approx(known[name], abs=5.1e-4)


def test_the_picture_shows_every_specification(fit, curve):
    drawn = svg(section(report(fit, specifications=curve), "specifications"))
    upper = [
        float(y) for y in re.findall(r'<circle [^>]*cy="([\d.]+)" r="4.2" fill="#0072b2"', drawn)
    ]
    of_pls = curve.table.query("family == 'PLS'")
    heights = [y for y in upper if y <= 250]
    assert len(heights) == len(of_pls)
    steps = np.diff(heights) / np.diff(of_pls["estimate"])
    assert np.nanmedian(steps) < 0  # higher estimates stand higher
    assert np.corrcoef(heights, of_pls["estimate"])[0, 1] == pytest.approx(-1, abs=1e-4)
    limits = re.findall(r'x1="([\d.]+)" [^>]*x2="([\d.]+)" [^>]*stroke-opacity="0.5"', drawn)
    across = [float(x) for x, _ in limits]
    assert len(across) == len(curve.table)
    (shade,) = re.findall(r'<rect x="([\d.]+)" [^>]*width="([\d.]+)" [^>]*fill="#f7edd6"', drawn)
    usual = curve.table["default"].to_numpy().nonzero()[0].item()
    assert float(shade[0]) < across[usual] < float(shade[0]) + float(shade[1])
    chosen = (curve.table[["estimator", "scheme", "modes", "missing"]] != "").to_numpy().sum()
    assert len(re.findall(r'<circle [^>]*r="3.4"', drawn)) == chosen
    words = re.findall(r">([^<>]+)</text>", drawn)
    assert {"Estimator", "Inner weighting scheme", "PLSc", "all B", "fiml"} <= set(words)


def test_what_is_inadmissible_failed_or_far_off_is_marked(acsi, survey, fit, curve):
    far, hollow, failed = curve.computed[-1], curve.computed[0], curve.computed[1]
    replaced = {
        id(far): {"estimate": 5.0, "admissible": False},
        id(hollow): {"admissible": False},
        id(failed): {"estimate": np.nan},
    }
    computed = tuple(replace(c, **replaced.get(id(c), {})) for c in curve.computed)
    html = section(report(fit, specifications=replace(curve, computed=computed)), "specifications")
    for told in (
        "1 of the specifications could not be estimated.",
        "Inadmissible estimates: 2.",
        "Hollow marks are inadmissible estimates.",
        "Crosses at the foot could not be estimated.",
        "Marks with a dark rim at the edge stand for estimates beyond the picture.",
    ):
        assert told in html
    plain_ = section(report(fit, specifications=curve), "specifications")
    assert not re.search("Hollow marks|Crosses at|dark rim", plain_)
    drawn = svg(html)
    assert "nan" not in drawn
    hollow_marks = re.findall(r'<polygon [^>]*fill="#fff" stroke="(#\w+)"', drawn)
    assert sorted(hollow_marks) == ["#1f2a36", "#7b8794"]  # far off, and equal weights
    assert 'fill="#fff"' not in svg(plain_)


def test_several_curves_have_a_section_each(fit, curve, indices):
    html = report(fit, specifications=[curve, indices])
    page = Reader(html)
    assert [key for key in page.ids if key and key.startswith("specifications")] == [
        "specifications-1", "specifications-2",
    ]  # fmt: skip
    for told in ("Standardised effect, Customer satisfaction → Customer loyalty",
                 "Index (0-100), Customer satisfaction"):  # fmt: skip
        assert f"Specification curve: {told}" in page.text


def test_they_stand_before_the_methods_paragraph_which_tells_of_them(audit, moments):
    curve = csi.specification_curve(MODEL, moments, "r2 Loyalty", n_boot=0, progress=False)
    html = report(audit.fit, audit=audit, specifications=curve)
    order = [key for key in Reader(html).ids if key]
    place = [order.index(k) for k in ("estimation", "published", "specifications", "methods")]
    assert place == list(range(place[0], place[0] + 4))
    own = Reader(section(html, "methods")).text
    assert "12 of its numbers were compared with those of" in own
    assert "Simonsohn, U., Simmons, J. P. and Nelson, L. D. (2020)." in own
    assert "Simonsohn" not in report(audit.fit, audit=audit)


# words


def test_in_chinese_nothing_stays_english(audit, lost, fit, curve, indices, moments):
    own = csi.specification_curve(MODEL, moments, "r2 Loyalty", n_boot=0, progress=False)
    pages = [
        report(audit.fit, audit=audit, specifications=own, language="zh"),
        report(lost.fit, audit=lost, language="zh"),
        report(fit, specifications=[curve, indices], language="zh"),
    ]
    for html in pages:
        sections = re.findall(
            r'<section id="(?:published|specifications[-\d]*|methods)">.*?</section>',
            without_references(html), re.DOTALL,
        )  # fmt: skip
        assert len(sections) >= 2
        text = re.sub("数据指纹为 [0-9a-f]+", "", Reader("".join(sections)).text)
        english = set(re.findall(r"[A-Za-z]{3,}", text))
        assert english <= NAMES, english - NAMES
    assert "两位数字颠倒" in pages[0]
    assert "形象 → 满意" in Reader(pages[0]).text


def test_every_word_for_a_choice_and_a_reading_is_known_in_chinese(audit):
    subject = Subject(audit.fit, None, Phrases("zh"))
    tried = chain(
        composites(MODEL, own_units=True), structures(parameters=True), structures(parameters=False)
    )
    names = {(name, value) for setting in tried for name, value in setting.choices.items()}
    names |= {("stopped", "after 3 rounds"), ("missing answers", "pairwise")}
    names |= {("index_weights", "equal"), ("model", "as given"), ("missing", "fiml")}
    kept = {"PLS", "PLSc", "wishart (n - 1)"}
    for name, value in names:
        told = choice(subject, name, value)
        assert value in kept or re.search("[一-鿿]", told), (name, value)
    assert (
        choice(subject, "modes", "B: Image, Loyalty; else A") == "形象、忠诚用模式 B，其余用模式 A"
    )
    assert choice(subject, "model", "equal") == "equal"  # as somebody called a model
    for name in (*DIMENSIONS, "model", "index_weights", "missing"):
        assert re.search("[一-鿿]", dimension(subject.say, name))
    for name, kind in QUANTITIES.items():
        assert quantity_name(Phrases("en"), name) != "estimate"
        for reading in kind.readings if len(kind.readings) > 1 else ():
            told = subject.say.known(reading.name)
            assert told == "HTMT2" or re.search("[一-鿿R]²?", told), reading.name
    assert elsewhere(subject, "modes B: Image, Loyalty; else A, scheme path") == (
        "外部模式：形象、忠诚用模式 B，其余用模式 A；内部加权方案：路径加权"
    )
    assert re.search("[一-鿿]", elsewhere(subject, "other reading or signs"))


@pytest.mark.parametrize(
    ("stands", "ours", "chinese"),
    [
        ("-0.512", 0.512, "符号"),
        ("0.513", 0.512, "末位数字"),
        ("0.912", 0.512, "一位数字"),
        ("0.152", 0.512, "两位数字颠倒"),
        ("5.12", 0.512, "小数点"),
        ("0.300", 0.512, "误用形象 → 忠诚的数值"),
        ("-0.500", 0.499, "符号与末位数字"),
    ],
)
def test_every_slip_is_known_in_chinese(audit, stands, ours, chinese):
    numeral = Numeral.read(stands)
    told = slip(numeral, ours, {"Image -> Loyalty": 0.3})
    subject = Subject(audit.fit, None, Phrases("zh"))
    assert slip_and_meant(subject, told) == (chinese, printed_as(ours, numeral.decimals))


def test_hostile_names_are_plain_text(moments):
    bad = "<script>alert(1)</script>"
    renamed = csi.model(
        [
            reflective("Image", ["IMAG1", "IMAG2"], label={"en": bad}),
            reflective("Loyalty", ["CUSL1", "CUSL3"]),
        ],
        [paths("Image", "Loyalty")],
    )
    audit = csi.audit(printed(csi.fit(renamed, moments), "path"), moments, renamed, progress=False)
    curve = csi.specification_curve(
        renamed, moments, "Image -> Loyalty", n_boot=0, progress=False,
        estimators={bad: csi.PLS(), '"/><b>': csi.Sums()}, further={"{0}": lambda model: model},
    )  # fmt: skip
    for language in ("en", "zh"):
        html = report(audit.fit, audit=audit, specifications=curve, language=language)
        assert "<script" not in html
        assert '"/><b>' not in html
        assert "&lt;script&gt;" in html
        assert CSP in html


# what is refused


def test_another_model_or_no_result_is_refused(fit, audit, curve, tmp_path):
    def in_a_workbook(fit, **given):
        to_excel(fit, tmp_path / "a.xlsx", **given)

    for write in (report, in_a_workbook, to_latex):
        with pytest.raises(csi.OptionError, match=r"audit belongs to another model: 3 constructs"):
            write(fit, audit=audit)
        with pytest.raises(csi.OptionError, match=r"specifications belongs to another model: 6"):
            write(audit.fit, specifications=[curve])
        with pytest.raises(TypeError, match=r"audit is a str\. Give the result of csi\.audit"):
            write(fit, audit="a.csv")
        with pytest.raises(TypeError, match="specifications holds a DataFrame"):
            write(fit, specifications=[curve, curve.table])
        with pytest.raises(TypeError, match="specifications holds a str"):
            write(fit, specifications="index Satisfaction")
    assert not list(tmp_path.iterdir())


def test_the_same_structure_in_other_words_is_the_same_model(audit, moments):
    again = csi.parse(str(MODEL))
    assert "Verdict: reproduced" in report(csi.fit(again, moments), audit=audit)


def test_json_says_where_else_results_go(audit, curve):
    with pytest.raises(TypeError, match=r"Audit results are not stored.*to_excel\(audit\.fit"):
        to_json(audit)
    with pytest.raises(TypeError, match=r"SpecificationCurve.*specifications=curve"):
        to_json(curve)
    with pytest.raises(TypeError, match="Reproduction results are not stored"):
        to_json(csi.reproduce("servqual-utilities"))


# files


def sheet(path, name):
    return list(openpyxl.load_workbook(path)[name].iter_rows(values_only=True))


def test_workbooks_hold_every_number(audit, fit, curve, indices, tmp_path):
    path = tmp_path / "a.xlsx"
    to_excel(audit.fit, path, audit=audit)
    header, *rows = sheet(path, "Published table")
    assert list(header) == audit.cells.columns.tolist()
    assert [row[2] for row in rows] == audit.cells["printed"].tolist()
    assert [row[3] for row in rows] == pytest.approx(audit.cells["ours"].tolist(), rel=1e-15)
    assert len(sheet(path, "Settings tried")) == len(audit.scored) + 1
    assert len(sheet(path, "Left open")) == len(audit.undecided) + 1
    to_excel(fit, path, specifications=[curve, indices], overwrite=True)
    header, *rows = sheet(path, "Specifications")
    at = header.index("estimate")
    assert [row[at] for row in rows] == pytest.approx(curve.table["estimate"].tolist(), rel=1e-15)
    assert len(sheet(path, "Specifications by choice (2)")) == len(indices.by_choice) + 1


def test_workbooks_in_chinese(audit, fit, curve, tmp_path):
    path = tmp_path / "a.xlsx"
    to_excel(audit.fit, path, audit=audit, language="zh")
    _, first, *_ = sheet(path, "已发表的表格")
    assert first[:3] == ("路径", "形象 → 满意", "0.643")
    assert first[3] == pytest.approx(audit.cells["ours"][0], rel=1e-15)
    assert first[-3:-1] == ("两位数字颠倒", "0.634")
    to_excel(fit, tmp_path / "b.xlsx", specifications=curve, language="zh")
    tables = [
        *(sheet(path, name) for name in ("已发表的表格", "试过的设定", "无法区分的选择")),
        *(sheet(tmp_path / "b.xlsx", name) for name in ("各种设定", "按选择列出的设定")),
    ]
    for header, *rows in tables:
        assert all(re.search("[一-鿿]|^n$|^csi$", title) for title in header), header
        words = {cell for row in rows for cell in row if isinstance(cell, str)}
        english = set(re.findall("[A-Za-z]{3,}", " ".join(words)))
        assert english <= {"PLS", "PLSc", "CBSEM", "FIML", "IMAG", "CUSA", "CUSL", "delta",
                           "robust", "huber"}, english  # fmt: skip


def test_latex_holds_the_tables(audit, fit, curve):
    latex = to_latex(audit.fit, audit=audit)
    assert r"\caption{Published table}" in latex
    assert r"path & Image -\textgreater{} Satisfaction & 0.643 & 0.634 & no \\" in latex
    assert "Settings behind the published table" in latex
    assert not re.search("[−→–一-鿿]", latex)
    latex = to_latex(fit, specifications=curve)
    assert r"\caption{Specifications by choice: Satisfaction -\textgreater{} Loyalty}" in latex
    median = curve.by_choice["median"][0]
    assert f"{median:.3f}" in latex[latex.index("Specifications by choice") :]


# paragraphs


def test_paragraphs_of_audits_and_curves(audit, curve, indices):
    told = methods_paragraph(audit)
    assert told.paragraphs[0].startswith("The model has 3 constructs, 9 items and 3 paths.")
    assert (
        f"12 of its numbers were compared with those of {len(audit.scored):,} settings, of which "
        "the nearest (estimator: PLS; modes: all B; " in told.text
    )
    assert "reproduces 11 to every printed digit." in told.text
    told = methods_paragraph(curve)
    assert [each.key for each in told.references] == ["simonsohn2020", "csi"]
    low, high = curve.range
    assert f"is {curve.median:.3f} and the range {low:.3f} to {high:.3f}; 100% of" in told.text
    assert "percentiles of 100 resamples of each specification (seed 7)" in told.text
    assert "Limits of covariance structures (3 of them) come from the delta method." in told.text
    assert "percentiles" not in methods_paragraph(indices).text
    zh = methods_paragraph(curve, language="zh").paragraphs[0]
    assert "（设定曲线；Simonsohn、Simmons 与 Nelson，2020）" in zh


# pages of studies


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_page_of_a_study_holds_every_number(tmp_path, language):
    found = csi.reproduce("holzinger-swineford")
    path = tmp_path / "a.html"
    found.write(path, language=language)
    html = path.read_text(encoding="utf-8")
    page, (entry,) = Reader(html), found.tables
    head = {"en": ("Quantity", "Of", "Printed"), "zh": ("量", "对象", "文献数值")}[language]
    rows = page.table(*head)
    assert [row[2].replace("−", "-") for row in rows] == entry.table["printed"].tolist()
    assert [plain(row[3]) for row in rows] == pytest.approx(entry.table["ours"], abs=0.051)
    yes = {"en": "yes", "zh": "是"}[language]
    assert [row[5] == yes for row in rows] == entry.table["agrees"].tolist()
    assert html.count("<strong>") == len(rows) - entry.agreeing == 1
    verdict = {"en": "72 of 73 to every digit, the rest within one of the last",
               "zh": "73 个中有 72 个逐位一致，其余仅差末位 1 个单位"}  # fmt: skip
    assert verdict[language] in page.text
    for told in (found.studies[0].title, found.studies[0].licence, entry.stated.source):
        assert told in page.text
    assert CSP in html
    assert "<script" not in html


def test_a_page_of_every_study_has_a_section_each(tmp_path):
    found = csi.reproduce()
    write_reproduction(found, tmp_path / "a.html", language="zh")
    page = Reader((tmp_path / "a.html").read_text(encoding="utf-8"))
    ids = [key for key in page.ids if key]
    assert ids == ["agreement", *(study.name for study in found.studies)]
    rows = page.table("研究", "已发表的表格", "软件", "数值个数", "一致的数值个数")
    assert [int(row[4]) for row in rows] == found.agreement["agree"].tolist()
    total = sum(len(entry.entries) for entry in found.tables)
    assert sum(len(table) - 1 for table in page.tables) == total + len(found.tables)


def test_what_is_no_page_is_refused(tmp_path):
    found = csi.reproduce("servqual-utilities")
    with pytest.raises(csi.OptionError, match="ends in"):
        write_reproduction(found, tmp_path / "a.pdf")
    with pytest.raises(csi.OptionError, match="language is 'fr'"):
        write_reproduction(found, tmp_path / "a.html", language="fr")
    with pytest.raises(TypeError, match="A str is no reproduction"):
        write_reproduction("servqual-utilities", tmp_path / "a.html")
    assert not list(tmp_path.iterdir())
    write_reproduction(found, tmp_path / "a.html")
    with pytest.raises(csi.OptionError, match="exists"):
        write_reproduction(found, tmp_path / "a.html")
    write_reproduction(found, tmp_path / "a.html", overwrite=True)


# the command line


@pytest.fixture
def files(table, moments, tmp_path):
    """A printed table, a matrix and a model as files."""
    names = list(MODEL.indicators)
    corr = moments.select(names).corr
    pd.DataFrame(corr, columns=names, index=names).to_csv(tmp_path / "matrix.csv")
    (tmp_path / "model.txt").write_text(str(MODEL))
    rows = [f"{q},{k},{v}" for q, numbers in table.items() for k, v in numbers.items()]
    (tmp_path / "table.csv").write_text("\n".join(["quantity,label,printed", *rows]))
    return tmp_path


def run(capsys, *argv):
    code = main(list(map(str, argv)))
    return code, *capsys.readouterr()


def audited(files, *more):
    given = [files / "matrix.csv", "--matrix", "--n", "250", "--model", files / "model.txt"]
    return ["audit", "--printed", files / "table.csv", *given, *more]


def test_the_command_writes_an_audit(capsys, files):
    page, book = files / "a.html", files / "a.xlsx"
    more = ["--report", page, "--excel", book, "--language", "zh", "--title", "<i>核查"]
    code, out, err = run(capsys, *audited(files, *more))
    assert code == 0
    assert "two digits exchanged" in out
    assert err.endswith(f"written: {page}\nwritten: {book}\n")
    html = page.read_text(encoding="utf-8")
    assert "<h1>&lt;i&gt;核查</h1>" in html
    assert "两位数字颠倒" in section(html, "published")
    assert "已发表的表格" in openpyxl.load_workbook(book).sheetnames
    code, out, err = run(capsys, *audited(files, "--report", page, "--overwrite", "--quiet"))
    assert (code, out) == (0, "")
    assert 'lang="en"' in page.read_text(encoding="utf-8")


def test_an_audit_without_success_is_written_all_the_same(capsys, files):
    (files / "table.csv").write_text(
        "source,target,printed\nImage,Loyalty,.9\nSatisfaction,Loyalty,-.123"
    )
    code, _, _ = run(capsys, *audited(files, "--report", files / "a.html"))
    assert code == 1
    assert "Verdict: not reproduced." in (files / "a.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("more", "told"),
    [
        (["--report", "a.pdf"], "ends in '.pdf'"),
        (["--excel", "a.xls"], "ends in '.xls'"),
        (["--excel", "table.csv"], "which is also the printed table"),
        (["--report", "matrix.csv"], "which is also the file of the matrix"),
        (["--report", "old.html"], "--overwrite"),
        (["--report", "b.html", "--excel", "b.html"], "which is also that of --report"),
    ],
)
def test_what_cannot_be_written_is_refused_before_the_search(
    capsys, files, monkeypatch, more, told
):
    monkeypatch.setattr(published_commands, "audit", lambda *_, **__: pytest.fail("was audited"))
    (files / "old.html").write_text("mine")
    words = [word if word.startswith("--") else files / word for word in more]
    code, _, err = run(capsys, *audited(files, *words))
    assert code == 2
    assert told in err
    assert (files / "old.html").read_text() == "mine"


def test_the_command_writes_a_study(capsys, tmp_path, monkeypatch):
    path = tmp_path / "a.html"
    code, out, err = run(capsys, "reproduce", "servqual-utilities", "--report", path)
    assert (code, err) == (0, f"written: {path}\n")
    assert "reproduced to every printed digit" in out
    assert "Five factors" in path.read_text(encoding="utf-8")
    monkeypatch.setattr(published_commands, "reproduce", lambda *_: pytest.fail("was computed"))
    code, _, err = run(capsys, "reproduce", "servqual-utilities", "--report", path)
    assert code == 2
    assert "--overwrite" in err
    code, _, err = run(capsys, "reproduce", "--report", path)
    assert code == 2
    assert "--report needs a study" in err

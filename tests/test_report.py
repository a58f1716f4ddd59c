"""The report and the exports: what they must say, and that they say it of this fit."""

import ast
import re
from html.parser import HTMLParser
from itertools import combinations
from pathlib import Path

import numpy as np
import openpyxl
import pytest
from numpy.testing import assert_allclose

import csi
from csi import items, paths, reflective
from csi.admissibility import inadmissible
from csi.display import number
from csi.estimators.base import Convergence, Estimates
from csi.layout import Box, text_width
from csi.reporting import chinese_models, report, to_excel, to_latex
from csi.reporting import phrases as wording
from csi.reporting.pictures import Dot, Driver, dot_plot, driver_plot, index_bar
from csi.target import target_of

REPORTING = Path(wording.__file__).parent


class Reader(HTMLParser):
    """Collects the text of a page, its rows by table, and its elements."""

    def __init__(self, html):
        super().__init__()
        self.words, self.tables, self.ids, self._skip, self._open = [], [], [], "", False
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        self.ids.append(dict(attributes).get("id"))
        if tag == "style":
            self._skip = tag
        elif tag == "table":
            self.tables.append([])
            self._open = True
        elif tag == "tr":
            self.tables[-1].append([])
        elif tag in ("td", "th"):
            self.tables[-1][-1].append("")

    def handle_endtag(self, tag):
        if tag == self._skip:
            self._skip = ""
        elif tag == "table":
            self._open = False

    def handle_data(self, data):
        if self._skip or not data.strip():
            return
        self.words.append(data.strip())
        if self._open and self.tables[-1][-1:]:
            self.tables[-1][-1][-1] += data

    @property
    def text(self):
        return " ".join(self.words)

    def table(self, *headers):
        found = [t for t in self.tables if t and list(headers) == t[0][: len(headers)]]
        assert len(found) == 1, headers
        return found[0][1:]


def without_references(html):
    """A Chinese page without its list of references, which stay as they were published."""
    return re.sub('<p class="note">参考文献</p>.*?</section>', "</section>", html, flags=re.DOTALL)


@pytest.fixture(scope="module")
def survey():
    return csi.demo_survey()


@pytest.fixture(scope="module")
def fit(survey):
    return csi.fit(csi.models.acsi(), survey)


@pytest.fixture(scope="module")
def fits(survey):
    with pytest.warns(csi.DataQualityWarning):
        few = csi.survey(
            survey.frame.to_native().assign(firm=_with_a_small_firm), codebook=survey.codebook,
            missing_codes=[], ids="firm",
        )  # fmt: skip
    return csi.fit_by(csi.models.acsi(), few, by="firm")


def _with_a_small_firm(frame):
    return frame["firm"].astype(object).where(np.arange(len(frame)) >= 12, "Tiny Ltd")


@pytest.fixture(scope="module")
def page(fit, fits):
    return Reader(report(fit, fits=fits, title="Four firms"))


def test_sections_lead_from_findings_to_methods(page):
    sections = [name for name in page.ids if name in wording_keys()]
    assert sections == wording_keys()
    named = "Model: American Customer Satisfaction Index (ACSI)"
    assert page.text.startswith(f"Four firms Four firms {named}")


def test_without_a_title_the_report_is_not_called_after_the_model(fit):
    assert "<h1>Customer satisfaction report</h1>" in report(fit)
    chinese = report(fit, language="zh")
    assert "<h1>顾客满意度报告</h1>" in chinese
    assert "模型：美国顾客满意度指数（ACSI）" in chinese


def wording_keys():
    return [
        "short", "indices", "diagram", "impacts", "groups", "model", "effects", "data", "estimation"
    ]  # fmt: skip


def test_result_in_words(fit, page):
    index, se = fit.indices.loc["Satisfaction", ["index", "se"]]
    assert f"the index is {index:.1f} (standard error {se:.1f}, n = 1,156) on a scale" in page.text
    impacts = fit.impacts.query("target == 'Satisfaction'").set_index("source")["impact"]
    strongest = fit.model.label(impacts.abs().idxmax())
    assert f"The strongest driver is {strongest}" in page.text
    assert f"lifts Customer satisfaction by {impacts.max():.2f} points" in page.text
    assert "1,156 of 1,200 respondents were used, 44 were dropped." in page.text
    assert "The iteration converged and no estimate is inadmissible." in page.text


def test_tables_hold_the_numbers_of_the_fit(fit, page):
    rows = page.table("Construct", "0 to 100", "Index", "Std. error", "n")
    assert [row[2] for row in rows] == [f"{value:.1f}" for value in fit.indices["index"]]
    assert [row[3] for row in rows] == [f"{value:.2f}" for value in fit.indices["se"]]
    effects = page.table("From", "To", "Direct", "Indirect", "Total")
    assert [float(row[4].replace("−", "-")) for row in effects] == pytest.approx(
        fit.effects["total"].tolist(), abs=5.1e-4
    )
    correlations = page.table("Construct", "Customer expectations", "Perceived quality")
    assert [sum(cell != "" for cell in row) for row in correlations] == [2, 3, 4, 5, 6, 7]
    assert correlations[5][4] == f"{fit.construct_corr.loc['Loyalty', 'Satisfaction']:.3f}"
    driven = page.table("Driver", "Index", "Impact of one point")
    sizes = [float(row[2]) for row in driven]
    assert sizes == sorted(sizes, reverse=True)
    assert len(sizes) == 3


def test_items_carry_wording_anchors_and_weights(fit, page):
    rows = page.table("Construct", "Item", "Question", "Scale ends", "Mean")
    assert [row[1] for row in rows] == list(fit.model.indicators)
    assert rows[0][2] == fit.model.item("OVERALLX").text["en"]
    assert rows[0][3] == "1 not very high – 10 very high"
    assert_allclose([float(row[6]) for row in rows], fit.index_weight_table["weight"], atol=5.1e-4)
    assert_allclose([float(row[7]) for row in rows], fit.weights["weight"], atol=5.1e-4)
    assert_allclose([float(row[8]) for row in rows], fit.loadings["loading"], atol=5.1e-4)
    assert_allclose([float(row[4]) for row in rows], fit.moments.mean, atol=5.1e-3)
    assert_allclose([float(row[5]) for row in rows], fit.moments.sd, atol=5.1e-3)


def test_everything_needed_to_repeat_the_fit_is_shown(fit, page):
    settings = dict(page.table("Setting", "Value"))
    for name, value in fit.settings.itertuples(index=False):
        assert settings[name] == value
    assert [name for name in settings if name.casefold() in ("convergence", "iterations")] == [
        "convergence"
    ]
    assert f"settled after {fit.convergence.iterations} iterations" in settings["convergence"]
    assert settings["data fingerprint"] == fit.fingerprint
    assert re.search(r"csi \S+, numpy \S+, scipy \S+, pandas \S+", settings["Versions"])
    assert fit.model.citation in page.text
    assert "constructs sourced" in page.text


def test_groups_are_ranked_and_the_skipped_ones_named(fits, page):
    rows = page.table("Group", "n", "Customer expectations")
    satisfaction = fits.indices.query("construct == 'Satisfaction'").set_index("group")["index"]
    assert [row[0] for row in rows] == satisfaction.sort_values(ascending=False).index.tolist()
    assert [float(row[5]) for row in rows] == pytest.approx(
        satisfaction.sort_values(ascending=False).tolist(), abs=0.051
    )
    (skipped,) = page.table("Group", "n", "Reason")
    assert skipped[0] == "Tiny Ltd"
    assert "too small" in skipped[2]


def test_no_single_answers_and_no_clock(fit):
    html = report(fit)
    assert html == report(fit)
    assert "respondent_1" not in html
    assert not re.search(r"20\d\d-\d\d-\d\d|0x[0-9a-f]{6,}", html)
    assert len(html) < 65_000


def test_problems_of_groups_are_shown_with_them(mobi, ecsi):
    survey = csi.survey(mobi.assign(half=["a", "b"] * 125), scale=(1, 10))
    estimator = csi.PLS(consistent=True)
    with pytest.warns(csi.InadmissibleWarning):
        fits = csi.fit_by(ecsi, survey, "half", estimator)
    with pytest.warns(csi.InadmissibleWarning):
        fit = csi.fit(ecsi, survey, estimator)
    page = Reader(report(fit, fits=fits))
    told = {tuple(row) for row in page.table("Group", "Problem")}
    assert told == {(half, problem) for half in fits for problem in fits[half].problems}
    assert told


def test_problems_stand_at_the_top():
    frame = csi.demo_survey().frame.to_native().assign(twin=lambda f: f["PQ"])
    model = csi.models.acsi(items={"Value": ["PQ", "QP", "twin"]})
    survey = csi.survey(frame, scale=(1, 10), missing_codes=[98, 99])
    with pytest.warns(csi.DataQualityWarning, match="identical"):
        fit = csi.fit(model, survey)
    page = Reader(report(fit))
    assert "Read the results with care: a problem was found. PQ and twin" in page.text
    assert page.text.index("identical; drop one") < page.text.index("In short")
    assert "no estimate is inadmissible" not in page.text
    assert "没有" not in page.text
    assert "Value 的 PQ 与 twin 完全相同" in report(fit, language="zh")


def test_paths_against_expectation_are_named(fit):
    model = csi.models.acsi()
    turned = [
        csi.Path(p.source, p.target, "-" if p.target == "Loyalty" else p.expected_sign)
        for p in model.paths
    ]
    page = Reader(
        report(csi.fit(csi.model(model.constructs, turned, items=model.items), csi.demo_survey()))
    )
    assert "the sign is against expectation (Customer satisfaction → Customer loyalty)" in page.text
    assert "No path has a sign against expectation." in Reader(report(fit)).text
    nothing = csi.model(
        model.constructs, [csi.Path(p.source, p.target) for p in model.paths], items=model.items
    )
    page = Reader(report(csi.fit(nothing, csi.demo_survey())))
    assert "No signs were expected." in page.text
    assert "against expectation" not in page.text


def test_drivers_stand_where_their_numbers_say(fit, page):
    svg = next(each for each in re.findall("<svg.*?</svg>", report(fit)) if "Each driver" in each)
    impacts = fit.impacts.query("target == 'Satisfaction'").set_index("source")["impact"]
    points = {
        label: (float(x), float(y))
        for label, x, y in re.findall(
            r'<title>([^<]+)</title><circle cx="([\d.]+)" cy="([\d.]+)"', svg
        )
    }
    at = [points[fit.model.label(name)] for name in impacts.index]
    indices = [fit.index(name) for name in impacts.index]
    assert np.argsort([x for x, _ in at]).tolist() == np.argsort(impacts.to_numpy()).tolist()
    assert np.argsort([-y for _, y in at]).tolist() == np.argsort(indices).tolist()
    (a, b, c), (u, v, w) = [x for x, _ in at], impacts
    assert (b - a) / (c - a) == pytest.approx((v - u) / (w - u), abs=1e-3)
    dashed = re.findall(r'x1="([\d.]+)" y1="([\d.]+)" x2="([\d.]+)"[^>]*stroke-dasharray', svg)
    upright = next(float(x1) for x1, _, x2 in dashed if x1 == x2)
    level = next(float(y1) for x1, y1, x2 in dashed if x1 != x2)
    assert (upright, level) == pytest.approx(np.mean(at, axis=0), abs=0.1)


def test_labels_of_drivers_collide_with_nothing():
    drivers = [Driver(f"Driver number {i}", 0.5 + i / 1000, 70 + i / 100) for i in range(6)]
    svg = driver_plot(drivers, ("impact", "index"), "mean", "plot")
    found = re.findall(r'<text x="([\d.]+)" y="([\d.]+)"[^>]*>(Driver[^<]+)<', svg)
    boxes = [Box(float(x), float(y), text_width(label, 12.5), 12) for x, y, label in found]
    assert len(boxes) == 6
    assert not any(one.overlaps(other) for one, other in combinations(boxes, 2))
    assert all(box.left > 0 and box.right < 760 for box in boxes)


@pytest.mark.parametrize(
    ("known", "reason"),
    [
        ({}, "the means of the items are not known"),
        ({"means": [5.0] * 13}, "the standard deviations of the items are not known"),
        (
            {"means": [5.0] * 13, "sds": [2.0] * 13},
            "answers of S1, S2, S3, S4, S5 and 8 more are not declared",
        ),
    ],
)
def test_without_indices_it_says_why(fit, known, reason):
    names = [f"S{i}" for i in range(1, 14)]
    moments = csi.Moments.from_correlation(fit.moments.corr, names, n=300, **known)
    constructs = [reflective("S", names[:6]), reflective("L", names[6:])]
    matrix_fit = csi.fit(csi.model(constructs, [paths("S", "L")]), moments)
    for language in ("en", "zh"):
        page = Reader(report(matrix_fit, language=language))
        if language == "en":
            assert "There are no indices, because the" in page.text
            assert reason in page.text
            assert "fitted to 300 respondents" in page.text
            assert "Each driver of" not in page.text
        assert page.text.count("R²") > 1


def test_chinese_report_is_chinese(fit, fits):
    page = Reader(without_references(report(fit, fits=fits, language="zh")))
    index = number(fit.index("Satisfaction"), 1)
    assert f"顾客满意指数为 {index}" in page.text
    assert fit.model.item("SATIS").text["zh"] in page.text
    left = page.text.replace(fit.model.citation, "")
    english = re.findall(r"\b[a-z]{4,}\b", left)
    assert set(english) <= {"firm", "numpy", "scipy", "pandas", "python", "authors"}, english


def test_chinese_report_of_weighted_groups_without_a_scale(survey):
    frame = survey.frame.to_native().assign(w=np.linspace(0, 1.5, survey.n_rows))
    model = csi.parse("甲 =~ OVERALLQ + CUSTOMQ\n乙 =~ SATIS + IDEAL\n乙 ~ 甲")
    given = {"missing_codes": [98, 99], "weights": "w", "missing": "mean"}
    fits = csi.fit_by(model, csi.survey(frame, **given), "firm")
    html = report(csi.fit(model, csi.survey(frame, **given)), fits=fits, language="zh")
    page = Reader(without_references(html))
    settings = dict(page.table("设置", "值"))
    assert re.fullmatch(r"抽样权重，有效样本量 \d+\.\d", settings["调查权重"])
    (row,) = page.table("自", "至", *fits)
    assert row[2:] == [f"{fit.paths['estimate'].item():.3f}" for fit in fits.values()]
    english = set(re.findall(r"\b[a-z]{2,}\b", page.text))
    assert english <= {"firm", "numpy", "scipy", "pandas", "python", "csi", "authors"}, english


def test_every_phrase_has_a_chinese_one_with_the_same_blanks():
    used = set()
    for file in REPORTING.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                used.add(node.value)
    used |= set(re.findall(r'say\("([^"]+)"', (REPORTING / "report.html.jinja").read_text()))
    sentences = {text for text in used if re.match(r"[A-Z{][\w{} ,:;-]+ .*[.:]$", text)}
    blanks = re.compile(r"\{\w+\}")
    for english, chinese in wording.CHINESE.items():
        assert sorted(blanks.findall(english)) == sorted(blanks.findall(chinese)), english
    spoken = {text for text in sentences if blanks.search(text)}
    assert {text for text in spoken if text not in wording.CHINESE} <= {
        "Folder {str(file.parent)!r} does not exist; create it first."
    }
    assert set(wording.HEADERS) >= {"index", "se", "loading", "weight"}


def test_sentences_on_inadmissible_estimates_are_known_in_chinese():
    model = csi.model(
        [reflective("甲", items("a", 1, 2)), reflective("乙", items("b", 1, 2))],
        [paths("甲", "乙")],
    )
    estimates = Estimates(
        weights=np.ones((4, 2)),
        loadings=np.array([[1.2, 0.1], [0.3, 0.1], [0.1, -0.9], [0.1, 0.3]]),
        construct_corr=np.array([[1.0, 1.1], [1.1, 1.0]]),
        paths=np.array([[0.0, 1.1], [0.0, 0.0]]),
        r2=np.array([np.nan, 1.2]),
        reliability=np.array([1.3, 0.8]),
        convergence=Convergence(True, 1, 0.0, 1e-7, 0, ""),
    )
    say = wording.Phrases("zh")
    found = inadmissible(model, estimates)
    assert len(found) == 7
    for sentence in found:
        assert re.search(r"[一-鿿]{2}", say.known(sentence)), sentence
        assert not re.search(r"\b(the|is|of)\b", say.known(sentence))


def test_target_is_satisfaction_or_the_last_most_driven_mediator():
    named = csi.parse("Service =~ a1 + a2\nMy.Satisfaction =~ b1\nService ~ My.Satisfaction")
    assert target_of(named) == "My.Satisfaction"
    both = csi.parse("Satisfaction.Gap =~ a\nSatisfaction =~ b\nSatisfaction ~ Satisfaction.Gap")
    assert target_of(both) == "Satisfaction"
    labelled = csi.model(
        [reflective("A", ["a"]), reflective("B", ["b"], label={"zh": "顾客满意"})],
        [paths("B", "A")],
    )
    assert target_of(labelled) == "B"
    chain = csi.parse("A =~ a\nB =~ b\nC =~ c\nD =~ d\nC ~ A + B\nD ~ A + B + C")
    assert target_of(chain) == "C"
    assert target_of(csi.parse("A =~ a\nB =~ b\nB ~ A")) == "B"


def test_report_file_is_written_once(fit, tmp_path):
    path = tmp_path / "report.html"
    html = report(fit, path)
    assert path.read_text(encoding="utf-8") == html
    assert repr(html) == f"<Report: {len(html):,} characters of HTML>"
    with pytest.raises(csi.OptionError, match="exists"):
        report(fit, path=path)
    assert "管理者部分" in report(fit, path=path, overwrite=True, language="zh")
    with pytest.raises(csi.FileFormatError, match="does not exist; create it first"):
        report(fit, path=tmp_path / "nowhere" / "report.html")
    assert [file.name for file in tmp_path.iterdir()] == ["report.html"]


def test_what_cannot_be_reported_is_refused(fit, fits):
    with pytest.raises(csi.OptionError, match="language is 'fr'"):
        report(fit, language="fr")
    for write in (report, lambda given: to_excel(given, "a.xlsx"), to_latex):
        with pytest.raises(
            TypeError, match=r"A DataFrame cannot be .* of csi\.fit_by\(\) as fits="
        ):
            write(fit.paths)
        with pytest.raises(csi.OptionError, match=r"A Fits cannot be (reported|exported)\."):
            write(fits)
    with pytest.raises(TypeError, match="fits is a Fit"):
        report(fit, fits=fit)


def test_a_name_that_promises_another_format_is_refused(fit, tmp_path):
    for write, name in ((report, "a.pdf"), (to_excel, "a.xls"), (to_latex, "a")):
        with pytest.raises(csi.OptionError, match=r"ends in '(\.pdf|\.xls|nothing)'\. Name a file"):
            write(fit, tmp_path / name)
    assert not list(tmp_path.iterdir())


def test_pictures_keep_to_their_frame():
    assert 'width="200.0"' in index_bar(130, 30, 230, "beyond")
    dots = [Dot("a", 60.0, 56.0, 64.0, 30), Dot("b", 75.0, 73.0, 77.0, 40, "bcdefghijklmnopqrst")]
    svg = dot_plot(dots, 66.0, "all", "plot")
    assert svg.index(">b<") < svg.index(">a<")
    places = [float(x) for x in re.findall(r'(?:x1|x2|cx|x)="([-\d.]+)"', svg)]
    assert 0 <= min(places) <= max(places) <= 760
    ends = [f"{'A branch of a large firm ' * 3} number {i}" for i in range(2)]
    cut = dot_plot([Dot(end, 70.0, 68.0, 72.0, 30) for end in ends], 70.0, "all", "plot")
    labels = re.findall(r">([^<>]+…[^<>]+)</text>", cut)
    assert [label[-8:] for label in labels] == ["number 0", "number 1"]
    one = dot_plot([Dot("only", 70.0, 70.0, 70.0, 10)], 70.0, "all", "plot")
    assert "nan" not in one


def test_workbook_holds_every_table_at_full_precision(fit, fits, tmp_path):
    path = tmp_path / "acsi.xlsx"
    to_excel(fit, path, fits=fits)
    book = openpyxl.load_workbook(path)
    assert {"Indices (0-100)", "Paths", "Effects", "Items", "Settings", "Audit"} <= set(
        book.sheetnames
    )
    header, *rows = book["Indices (0-100)"].iter_rows(values_only=True)
    assert header == ("construct", "index", "se", "n")
    assert [row[1] for row in rows] == pytest.approx(fit.indices["index"].tolist(), rel=1e-15)
    assert book["Indices (0-100)"]["B2"].number_format == "0.000"
    header, *rows = book["Items"].iter_rows(values_only=True)
    assert header[:4] == ("construct", "indicator", "wording", "anchors")
    assert [row[2] for row in rows] == [
        fit.model.item(name).text["en"] for name in fit.model.indicators
    ]
    assert [row[-1] for row in rows] == pytest.approx(fit.loadings["loading"].tolist(), rel=1e-15)
    header, *rows = book["Overview by group"].iter_rows(values_only=True)
    assert header == ("group", "n", *fit.model.names)
    for group, n, *indices in rows:
        assert n == fits[group].n
        assert indices == pytest.approx(fits[group].indices["index"].tolist(), rel=1e-15)
    assert book["Indices by group"].max_row == len(fits.indices) + 1
    assert book["Skipped by group"]["A2"].value == "Tiny Ltd"
    with pytest.raises(csi.OptionError, match="exists"):
        to_excel(fit, path)
    to_excel(fit, path, overwrite=True)
    assert "Indices by group" not in openpyxl.load_workbook(path).sheetnames


def test_workbook_in_chinese(fit, fits, tmp_path):
    path = tmp_path / "acsi.xlsx"
    to_excel(fit, path, fits=fits, language="zh")
    book = openpyxl.load_workbook(path)
    words = [*book.sheetnames, *(str(cell.value) for sheet in book for cell in sheet[1])]
    plain = {"R²", "n", "rho_A"}
    assert [word for word in words if word not in plain and not re.search("[一-鿿]", word)] == []
    assert book["指数（0-100）"]["A5"].value == "顾客满意"
    assert book["指数（0-100）"]["B5"].value == fit.index("Satisfaction")
    assert book["设置"]["A2"].value == "估计方法"
    with pytest.raises(csi.OptionError, match="language is 'fr'"):
        to_excel(fit, path, language="fr", overwrite=True)


def test_latex_holds_every_table(fit):
    latex = to_latex(fit)
    assert latex.count(r"\begin{table}") == latex.count(r"\caption") == latex.count(r"\label") == 10
    assert r"\caption{Indices (0-100)}" in latex
    assert f"{fit.index('Satisfaction'):.3f}" in latex
    assert "as\\_expected" in latex


def test_latex_of_groups_is_written_to_a_file(fit, fits, tmp_path):
    latex = to_latex(fit, tmp_path / "tables.tex", fits=fits)
    assert (tmp_path / "tables.tex").read_text(encoding="utf-8") == latex
    assert latex.startswith(to_latex(fit))
    assert f"Alfa & Satisfaction & {fits['Alfa'].index('Satisfaction'):.3f}" in latex
    assert "Tiny Ltd & 10" in latex or "Tiny Ltd & 11" in latex or "Tiny Ltd & 12" in latex
    with pytest.raises(csi.OptionError, match="exists"):
        to_latex(fit, tmp_path / "tables.tex")


def test_models_of_the_catalogue_have_chinese_names():
    names = [name for name in csi.models.__all__ if name != "catalogue"]
    titles = {getattr(csi.models, name)().title for name in names}
    assert titles == chinese_models.OF_MODELS.keys()
    fit = csi.fit(csi.models.acsi(), csi.demo_survey())
    told = csi.report(fit, language="zh")
    assert "美国顾客满意度指数（ACSI）" in told
    assert "American Customer Satisfaction Index (ACSI)" not in told

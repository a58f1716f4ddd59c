"""What a reader sees of a loyalty curve: pictures, report, workbook, LaTeX, JSON."""

import json
import re
from contextlib import nullcontext
from dataclasses import replace
from itertools import product

import matplotlib as mpl

mpl.use("agg")

import numpy as np
import openpyxl
import pandas as pd
import pytest
from matplotlib import font_manager, pyplot
from numpy.testing import assert_allclose
from test_report import Reader

import csi
from csi import paths, reflective
from csi.core.curve.populations import Population, draw
from csi.core.curve.power_here import PowerHere
from csi.core.curve.truths import TRUTHS
from csi.core.resample import stream
from csi.plots import FONTS
from csi.reporting.curve_results import StoredCurve
from csi.reporting.curve_section import curve_in_short, curve_section
from csi.reporting.curve_words import why
from csi.reporting.document import Subject
from csi.reporting.phrases import Phrases

CHINESE_FONT = any(font.name in FONTS for font in font_manager.fontManager.ttflist)


@pytest.fixture(autouse=True)
def close_figures():
    yield
    pyplot.close("all")


def drawn(truth, n, **asked):
    """The curve of simulated customers."""
    sample = draw(Population(truth=TRUTHS[truth]), n, stream(1))
    score = (sample.items.mean(axis=1) - 1) / 9 * 100
    asked = {"items": sample.items, "outcome": sample.outcome, "draws": 99} | asked
    return csi.loyalty_curve(score=score, rng=1, **asked)


@pytest.fixture(scope="module")
def zoned():
    return drawn("z30", 6000)


@pytest.fixture(scope="module")
def churn():
    sample = draw(Population(truth=TRUTHS["z30"]), 6000, stream(1))
    return drawn("z30", 6000, outcome=100 - sample.outcome, direction="falling", effect="churn")


@pytest.fixture(scope="module")
def fit():
    return csi.fit(csi.models.acsi(), csi.demo_survey())


@pytest.fixture(scope="module")
def curve(fit):
    return csi.loyalty_curve(fit, rng=1, draws=99)


@pytest.fixture(scope="module")
def narrow():
    x = np.clip(np.round(np.random.default_rng(5).normal(70, 3, 600)), 0, 100)
    return csi.loyalty_curve(score=x, outcome=x, reliability=0.8, rng=1, draws=99)


@pytest.fixture(scope="module")
def found(curve, zoned):
    """The curve of the fit as it were with a zone."""
    return replace(StoredCurve.of(curve), zone=zoned.zone)


def bands(axes):
    """Outlines of the areas that are drawn, by their labels."""
    return {area.get_label(): area.get_paths()[0].vertices for area in axes.collections}


def test_the_picture_shows_the_tables(zoned):
    axes = csi.plot_loyalty_curve(zoned)
    table, raw = zoned.table, zoned.raw
    lines = {line.get_label(): line.get_xydata() for line in axes.lines}
    assert_allclose(lines["curve"], table[["satisfaction", "loyalty"]])
    inside = raw[raw["satisfaction"].between(*zoned.window)]
    assert_allclose(lines["observed, with measurement error"],
                    inside[["satisfaction", "loyalty"]])  # fmt: skip
    for label, prefix in (("95% at each score", ""), ("95% for the whole", "all_")):
        outline = bands(axes)[label]
        middle = outline[np.isclose(outline[:, 0], table["satisfaction"][20])][:, 1]
        expected = table.loc[20, [f"{prefix}lower", f"{prefix}upper"]].astype(float)
        assert_allclose(np.sort(middle), expected)
    assert axes.get_xlabel() == "True score of Satisfaction (0-100)"
    assert axes.get_ylabel() == "Loyalty (0-100)"


def test_nothing_is_drawn_outside_the_window(zoned):
    low, high = zoned.window
    axes = csi.plot_loyalty_curve(zoned)
    x = [line.get_xdata() for line in axes.lines if line.get_transform() == axes.transData]
    x += [area.get_offsets()[:, 0] for area in axes.collections if len(area.get_offsets()) > 1]
    x += [outline[:, 0] for label, outline in bands(axes).items() if label.startswith("95%")]
    assert min(map(np.min, x)) >= low
    assert max(map(np.max, x)) <= high


def test_a_zone_is_shaded_and_its_edges_have_bars(zoned, curve):
    zone = zoned.zone
    assert zone.found
    axes = csi.plot_loyalty_curve(zoned)
    (shade,) = axes.patches
    assert_allclose([shade.get_x(), shade.get_x() + shade.get_width()], [zone.low, zone.high])
    bars = [line.get_xdata() for line in axes.lines if line.get_marker() == "|"]
    assert_allclose(bars, [zone.low_interval, zone.high_interval])
    assert axes.get_title(loc="left") == (
        f"{'certified ' * (zone.verdict == 'certified')}insensitive zone from {zone.low:.0f} to "
        f"{zone.high:.0f} (p = {zone.p_value:.3f})"
    )
    axes = csi.plot_loyalty_curve(curve)
    assert not axes.patches
    assert axes.get_title(loc="left").startswith("no evidence of an insensitive zone (p = ")


def test_dots_are_means_of_ten_respondents_or_more(zoned, curve):
    for each in (zoned, curve):
        dots = StoredCurve.of(each).points
        seen = each.observed
        assert dots["weight"].min() >= 10
        assert dots["weight"].sum() == pytest.approx(each.n)
        mean = np.average(dots["loyalty"], weights=dots["weight"])
        assert mean == pytest.approx(seen.outcome.mean())
        first = seen.outcome[seen.score < dots["score"][:2].mean()]
        assert dots["weight"][0] == len(first)
        assert dots["loyalty"][0] == pytest.approx(first.mean())
    assert len(StoredCurve.of(curve).points) < len(curve.points)


def test_slopes_and_margin_have_the_direction_of_the_outcome(zoned, churn):
    for each in (zoned, churn):
        axes = csi.plot_loyalty_slopes(each)
        lines = {line.get_label(): line.get_ydata() for line in axes.lines}
        assert_allclose(lines["slope"], each.table["slope"])
        assert_allclose(lines["margin of an insensitive slope"], each.zone.sign * each.zone.margin)
    assert churn.zone.sign < 0
    assert axes.get_ylabel() == "Slope: churn per point of Satisfaction"


def test_without_measurement_error_there_is_nothing_beside_the_curve():
    plain = drawn("linear", 400, items=None, reliability=1.0)
    labels = [line.get_label() for line in csi.plot_loyalty_curve(plain).lines]
    assert "observed, with measurement error" not in labels


def test_units_are_named():
    score = np.tile(np.arange(20, 100), 5).astype(float)
    loyal = (np.arange(400) % 7 < 3).astype(float)
    asked = {"score": score, "reliability": 1, "rng": 1, "draws": 99}
    logit = csi.loyalty_curve(outcome=loyal, scale="logit", **asked)
    assert csi.plot_loyalty_curve(logit).get_ylabel() == "Loyalty (share of customers)"
    assert csi.plot_loyalty_slopes(logit).get_ylabel().startswith("Slope: log odds of Loyalty")
    count = csi.loyalty_curve(outcome=3 * loyal, outcome_scale="count", **asked)
    axes = csi.plot_loyalty_curve(count)
    assert axes.get_ylabel() == "Loyalty (mean count)"
    assert axes.get_ylim()[0] >= -0.05


def test_narrow_support_is_said(narrow):
    axes = csi.plot_loyalty_curve(narrow)
    assert narrow.zone.verdict == "no support"
    assert axes.get_title(loc="left") == "satisfaction is too narrowly spread to look for a zone"
    assert "margin" not in str([line.get_label() for line in csi.plot_loyalty_slopes(narrow).lines])


def test_chinese_and_hostile_names_are_plain_text(zoned):
    expected = nullcontext() if CHINESE_FONT else pytest.warns(UserWarning, match="Glyph")
    named = replace(StoredCurve.of(zoned), cause="顾客满意", effect="$a_1$\n<b>")
    with expected:
        axes = csi.plot_loyalty_curve(named, language="zh", ax=pyplot.subplots()[1])
        axes.figure.canvas.draw()
    assert axes.get_xlabel() == "顾客满意的真实得分（0 至 100）"
    assert axes.get_ylabel() == "$a_1$ <b>（0 至 100）"
    assert not axes.yaxis.label.get_parse_math()
    assert "不敏感区" in axes.get_title(loc="left")


def test_a_curve_draws_itself(curve):
    axes = pyplot.subplots()[1]
    assert curve.plot(ax=axes, language="zh") is axes
    assert "没有证据" in axes.get_title(loc="left")


@pytest.mark.parametrize("plot", [csi.plot_loyalty_curve, csi.plot_loyalty_slopes])
def test_pictures_refuse_what_is_no_curve(plot, curve):
    with pytest.raises(TypeError, match=r"curve is a int\. Give .*csi\.loyalty_curve\(\)"):
        plot(3)
    with pytest.raises(csi.OptionError, match="language is 'de'"):
        plot(curve, language="de")


@pytest.fixture(scope="module")
def page(fit, curve):
    return Reader(csi.report(fit, curve=curve, sensitivity=True))


def test_the_report_gets_a_section_after_the_drivers(fit, curve, page):
    order = [name for name in page.ids if name in ("impacts", "curve", "model")]
    assert order == ["impacts", "curve", "model"]
    short = (
        "Customer loyalty as Customer satisfaction rises: no evidence of an insensitive zone "
        "(see Loyalty curve)."
    )
    assert short in page.text
    assert curve.zone.why in page.text
    assert "a curve is no proof of cause" in page.text
    assert 'id="curve"' not in csi.report(fit)


def test_tables_of_the_section_are_those_of_the_curve(curve, page):
    table = curve.table.set_index("satisfaction")
    rows = page.table("Customer satisfaction", "Customer loyalty", "95% low", "95% high", "Slope")
    assert [row[0] for row in rows] == ["40", "50", "60", "70", "80", "90"]
    columns = ["loyalty", "lower", "upper", "slope", "slope_lower", "slope_upper"]
    shown = [[float(cell) for cell in row[1:]] for row in rows]
    assert_allclose(shown, table.loc[range(40, 91, 10), columns], atol=0.00501)
    other = page.table("Other setting", "Reliability", "Verdict", "p")
    asked = curve.sensitivity()
    assert [row[0] for row in other] == asked["what"].tolist()
    assert [float(row[3]) for row in other] == pytest.approx(asked["p"].tolist(), abs=5.1e-4)
    assert "99 draws for each null hypothesis" in page.text
    assert f"{curve.reliability:.3f} (of its items, one common factor)" in page.text


def test_a_zone_has_edges_and_slopes(fit, found):
    zone = found.zone
    page = Reader(csi.report(fit, curve=found))
    first, second = (t[1:] for t in page.tables if t[0][:2] == ["Quantity", "Estimate"])
    assert [row[0] for row in first] == ["zone begins", "zone ends"]
    edges = [(zone.low, *zone.low_interval), (zone.high, *zone.high_interval)]
    assert_allclose([[float(cell) for cell in row[1:]] for row in first], edges, atol=0.51)
    assert [row[0] for row in second][-1] == "ratio"
    assert float(second[-1][1]) == pytest.approx(zone.ratio, abs=5.1e-4)
    assert "The zone is shaded" in page.text
    low, high = (f"{end:.0f}" for end in (zone.low, zone.high))
    assert f"insensitive zone from {low} to {high} (see Loyalty curve)" in page.text


def test_next_to_nothing_is_shown_as_zero(fit, found):
    table = found.table.assign(slope=-9.7e-6)
    share = replace(found, unit="share", tables={**found.tables, "table": table})
    rows = Reader(csi.report(fit, curve=share)).table("Customer satisfaction", "Customer loyalty")
    assert {row[4] for row in rows} == {"0.0000"}


def test_without_evidence_edges_are_not_told_as_found(page):
    assert "without evidence it may be chance" in page.text
    assert "Quantity" not in page.text
    assert "The zone is shaded" not in page.text


def test_the_picture_of_the_report_is_that_of_the_curve(fit, curve, found):
    html = csi.report(fit, curve=curve)
    section = html[html.index('id="curve"') : html.index('id="model"')]
    (points,) = re.findall(r'<polyline points="([^"]+)"[^>]*stroke-width="2.2"', section)
    drawn_at = np.array([pair.split(",") for pair in points.split()], dtype=float)
    table = curve.table
    assert len(drawn_at) == len(table)
    x, y = drawn_at.T
    assert_allclose(np.corrcoef(x, table["satisfaction"])[0, 1], 1)
    assert_allclose(np.corrcoef(y, table["loyalty"])[0, 1], -1, atol=1e-6)
    assert section.count("<polygon") == 2
    assert "#f7edd6" not in section
    assert "#f7edd6" in csi.report(fit, curve=found)
    bands = curve.table[["all_lower", "all_upper"]]
    assert bands["all_upper"].max() == 100
    assert re.findall(r'text-anchor="end"[^>]*>([^<]+)<', section)[-1] == "100"


def words(text):
    return set(re.findall(r"[A-Za-z]{2,}", text))


def numbers(text):
    return set(re.findall(r"\d[\d.,]*\d|\d", text))


@pytest.mark.parametrize("which", ["curve", "found"])
def test_the_chinese_section_is_chinese(fit, which, request):
    given = request.getfixturevalue(which)
    page = Reader(csi.report(fit, curve=given, sensitivity=which == "curve", language="zh"))
    start = page.text.rindex("忠诚度曲线")
    section = page.text[start : page.text.index("研究者部分", start)]
    assert words(section) <= {"PWLR", "shape", "msc"}
    assert given.zone.verdict not in section


def test_every_sentence_on_a_zone_has_a_chinese_one(zoned, narrow, curve):
    said = [zoned.zone, replace(zoned.zone, verdict="certified", margin=0.4), narrow.zone]
    said += [replace(zoned.zone, verdict="no evidence")]
    nothing = replace(curve.zone.detection, zone=None)
    told = product((0.42, 0.88), (None, 12_000), (None, 31.0))
    known = [PowerHere(*each, 0.8) for each in told]
    for could_show in (None, *known):
        asked = replace(curve.zone, ask=lambda could_show=could_show: could_show)
        said += [asked, replace(asked, detection=nothing)]
    stored = StoredCurve.of(curve)
    for zone in said:
        told = why(replace(stored, zone=zone), Phrases("zh"))
        assert not words(told), told
        assert numbers(told) == numbers(zone.why)


@pytest.mark.parametrize(
    ("power", "says"),
    [
        (
            0.69,
            "probability 69% here; 940 respondents make that 80%; the narrowest zone found with",
        ),
        (0.80, "probability 80% here; the narrowest zone found with 80% has 18 points."),
        (0.88, "88% here, more than the usual 80%, for which 940 respondents are enough; the narr"),
    ],
)
def test_probability_in_the_sample_is_held_against_the_usual_one(curve, power, says):
    could_show = PowerHere(power, 940, 18.0, 0.8)
    why = replace(curve.zone, ask=lambda: could_show).why
    assert says in why


def test_only_a_curve_of_this_fit_is_taken(fit, curve, zoned, tmp_path):
    other = fit.with_index_weights("equal")
    stranger = replace(StoredCurve.of(curve), cause="Satisfacton")
    for write in (
        lambda fit, curve: csi.report(fit, tmp_path / "a.html", curve=curve),
        lambda fit, curve: csi.to_excel(fit, tmp_path / "a.xlsx", curve=curve),
        lambda fit, curve: csi.to_latex(fit, tmp_path / "a.tex", curve=curve),
    ):
        with pytest.raises(csi.OptionError, match="curve belongs to another fit"):
            write(other, curve)
        with pytest.raises(csi.OptionError, match="curve belongs to another fit"):
            write(fit, zoned)
        with pytest.raises(csi.OptionError, match="Did you mean 'Satisfaction'"):
            write(fit, stranger)
        with pytest.raises(TypeError, match=r"curve is a Fit\. Give"):
            write(fit, fit)
    with pytest.raises(csi.OptionError, match="sensitivity is that of a curve"):
        csi.report(fit, sensitivity=True)
    assert not list(tmp_path.iterdir())


def test_a_curve_of_some_respondents_belongs_to_the_fit(fit):
    outcome = np.where(np.arange(1200) % 5 == 0, np.nan, np.arange(1200) % 2)
    partly = csi.loyalty_curve(fit, outcome=outcome, effect="back", rng=1, draws=99)
    assert 'id="curve"' in csi.report(fit, curve=partly)


def test_hostile_names_are_no_markup():
    nasty = {"en": "<script>alert(1)</script>", "zh": '"><img src=x>'}
    model = csi.model(
        [reflective("A", ["a1", "a2"], label=nasty), reflective("B", ["b1", "b2"])],
        [paths("A", "B")], scale=(1, 10),
    )  # fmt: skip
    rng = np.random.default_rng(2)
    answers = np.clip(rng.normal(6, 2, (90, 1)) + rng.normal(0, 1, (90, 4)), 1, 10).round()
    fit = csi.fit(model, csi.survey(pd.DataFrame(answers, columns=["a1", "a2", "b1", "b2"])))
    curve = csi.loyalty_curve(fit, "A", "B", rng=1, draws=99)
    for language in ("en", "zh"):
        html = csi.report(fit, curve=curve, language=language)
        assert not re.search(r"<(script|img|b)\b", html)
    assert "&lt;script&gt;alert(1)&lt;/script&gt; (0-100)" in csi.report(fit, curve=curve)


def test_workbook_and_latex_hold_the_curve(fit, curve, tmp_path):
    csi.to_excel(fit, tmp_path / "a.xlsx", curve=curve, sensitivity=True)
    book = openpyxl.load_workbook(tmp_path / "a.xlsx")
    header, *cells = book["Loyalty curve"].iter_rows(values_only=True)
    assert_allclose(np.array(cells, dtype=float), curve.table[list(header)])
    header, *cells = book["Zone"].iter_rows(values_only=True)
    assert [row[0] for row in cells] == curve.zone.table["quantity"].tolist()
    assert book["Sensitivity"].max_row == len(curve.sensitivity()) + 1
    csi.to_excel(fit, tmp_path / "zh.xlsx", curve=curve, sensitivity=True, language="zh")
    book = openpyxl.load_workbook(tmp_path / "zh.xlsx")
    sheets = "忠诚度曲线 不敏感区 未校正得分的曲线 各得分的均值 敏感性分析 曲线的设置"
    for sheet in sheets.split():
        cells = [str(cell) for row in book[sheet].iter_rows(values_only=True) for cell in row]
        assert words(" ".join(cells)) <= {"PWLR", "None", "shape", "msc"}, sheet
    latex = csi.to_latex(fit, curve=curve)
    assert r"\caption{Loyalty curve}" in latex
    assert f"slope below & {curve.zone.table['estimate'][2]:.3f}" in latex
    assert "Means by score" not in latex


def test_a_stored_curve_comes_back(fit, zoned, curve, tmp_path):
    for each in (zoned, curve):
        text = csi.to_json(each, tmp_path / "c.json", sensitivity=True, overwrite=True)
        stored = json.loads(text)
        assert (stored["schema"], stored["schema_version"]) == ("csi-curve", 1)
        assert stored["zone"]["why"] == each.zone.why
        assert stored["settings"]["seed"] == 1
        back = csi.from_json(tmp_path / "c.json")
        for name in ("table", "raw"):
            pd.testing.assert_frame_equal(getattr(back, name), getattr(each, name))
        pd.testing.assert_frame_equal(back.sensitivity(), each.sensitivity())
        pd.testing.assert_frame_equal(back.zone.table, each.zone.table)
        assert back.zone.why == each.zone.why
        assert (back.settings, back.n, back.window) == (each.settings, each.n, each.window)
        assert csi.to_json(back, sensitivity=True) == text
    assert csi.report(fit, curve=back) == csi.report(fit, curve=curve, sensitivity=True)
    assert "respondents: no evidence>" in repr(back)
    csi.plot_loyalty_curve(back)


def test_no_answer_of_a_respondent_is_stored(curve):
    stored = json.loads(csi.to_json(curve))
    lengths = [len(column) for table in stored["tables"].values() for column in table.values()]
    assert max(lengths) <= 101
    assert min(stored["tables"]["points"]["weight"]) >= 10


def test_a_curve_without_support_is_stored(narrow):
    back = csi.from_json(csi.to_json(narrow))
    assert back.zone.verdict == "no support"
    assert np.isnan(back.zone.p_value)
    with pytest.raises(csi.OptionError, match="stored without its sensitivity"):
        back.sensitivity()
    with pytest.raises(csi.OptionError, match="sensitivity is that of a curve"):
        csi.to_json(csi.fit(csi.models.acsi(), csi.demo_survey()), sensitivity=True)


@pytest.mark.parametrize(
    ("route", "value", "says"),
    [
        (["zone", "verdict"], "surely", "verdict is of another kind"),
        (["zone", "p_value"], 7, "numbers are impossible"),
        (["zone", "pieces"], None, "numbers are impossible"),
        (["zone", "pieces", "low"], {"value": "x", "lower": 1, "upper": 2}, "could not convert"),
        (["zone", "sign"], 3, "numbers are impossible"),
        (["settings", "method"], "guess", "setting is of another kind"),
        (["settings", "draws"], -1, "setting is of another kind"),
        (["settings", "extra"], 1, "extra"),
        (["tables", "table", "loyalty"], [1, 2], "length"),
        (["tables", "raw"], None, "damaged"),
        (["unit"], "metres", "numbers are impossible"),
        (["reliability"], 0, "numbers are impossible"),
        (["n"], True, "numbers are impossible"),
        (["schema_version"], 2, "Upgrade csi"),
    ],
)
def test_a_damaged_curve_is_refused(zoned, route, value, says):
    stored = json.loads(csi.to_json(zoned))
    part = stored
    for key in route[:-1]:
        part = part[key]
    part[route[-1]] = value
    with pytest.raises(csi.FileFormatError, match=says):
        csi.from_json(json.dumps(stored))


def test_a_subject_without_a_curve_says_nothing(fit):
    subject = Subject(fit, None, Phrases("en"))
    assert curve_in_short(subject) == curve_section(subject) == []

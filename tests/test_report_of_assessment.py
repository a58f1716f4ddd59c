"""What a report, the exports and JSON say of an assessment, and that it is what was found."""

import json
import re

import numpy as np
import openpyxl
import pandas as pd
import pytest
from numpy.testing import assert_allclose
from test_report import Reader, without_references

import csi
from csi import paths, reflective, single
from csi.assessment import judging
from csi.assessment.rules import RULES
from csi.assessment.verdicts import COMMA, DASH, MARKS, Verdict, not_computed
from csi.reporting import report, to_excel, to_latex
from csi.reporting.gravest import PLAIN
from csi.reporting.judged import Judged, Made, StoredAssessment
from csi.reporting.phrases import Phrases

EXACT_FIT = pd.DataFrame(
    {"index": ["SRMR", "d_G"], "estimate": [0.05, 0.8], "critical": [0.03, 0.7], "p": [0.0001, 0.2],
     "why": ["", ""]}
)  # fmt: skip
PREDICTION = pd.DataFrame(
    {"construct": ["Loyalty"], "indicator": ["REPUR"], "q2_predict": [0.54], "rmse": [1.648],
     "rmse_lm": [1.639], "rmse_mean": [2.443], "why": ["2 of 100 folds failed: SATIS (2)"]}
)  # fmt: skip
ABILITY = pd.DataFrame(
    {"benchmark": ["mean", "lm"], "construct": ["all", "Loyalty"], "difference": [-1.6, 0.01],
     "lower": [-1.8, -0.01], "upper": [-1.4, 0.03], "p": [0.0, 0.4]}
)  # fmt: skip
PREDICTORS = pd.DataFrame(
    {"source": ["Quality", "Value"], "target": "Satisfaction", "vif": [1.4, 1.2],
     "f2": [0.3, 0.019], "why": ["", ""]}
)  # fmt: skip
MEDIATION = pd.DataFrame(
    {"source": ["Quality", "Quality"], "target": ["Satisfaction", "Loyalty"],
     "indirect": [0.2, 0.4], "lower": [0.1, 0.3], "upper": [0.3, 0.5], "total": [0.8, 0.4],
     "vaf": [0.25, np.nan],
     "kind": ["complementary partial", "indirect only (no direct path)"], "why": ["", "no vaf"]}
)  # fmt: skip
RESIDUALS = pd.DataFrame(
    {"indicator": ["PQ"], "other": ["QP"], "observed": [0.85], "implied": [0.93],
     "residual": [-0.08]}
)  # fmt: skip
TABLES = {
    "predictors": PREDICTORS, "mediation": MEDIATION, "residuals": RESIDUALS,
    "exact_fit": EXACT_FIT, "prediction": PREDICTION, "predictive_ability": ABILITY,
}  # fmt: skip

VERDICTS = (
    Verdict(RULES["convergence"], (), "passed", 4.0),
    Verdict(RULES["path_vif"], ("Satisfaction: Quality, Value",), "failed", np.inf),
    *judging.judged(
        "indicator",
        pd.DataFrame(
            {"indicator": ["SATIS", "PQ", "QP"], "estimate": [0.65, 0.5, 0.9], "lower": 0.4,
             "upper": 0.95}
        ),
        ["indicator"],
        judging.LOADING,
    ),
    Verdict(RULES["htmt"], ("Quality", "Value"), "doubtful", 0.86, 0.8, 0.91, link=DASH),
    Verdict(RULES["htmt2"], ("Quality", "Value"), "failed", 0.91, 0.8, 0.95, link=DASH),
    Verdict(RULES["htmt2"], ("Value", "Loyalty"), "doubtful", 0.86, 0.8, 0.91, link=DASH),
    *(
        Verdict(RULES["effect"], (source, "Loyalty"), "doubtful", -0.01)
        for source in ("Complaints", "Quality", "Value", "Expectations", "Satisfaction", "Quality")
    ),
    Verdict(RULES["exact_srmr"], (), "failed", 0.05, upper=0.03),
    not_computed("rho_c", "single item", ("Loyalty",)),
    not_computed("endogeneity", "a reason nobody foresaw"),
)  # fmt: skip


@pytest.fixture(scope="module")
def fit():
    return csi.fit(csi.models.acsi(), csi.demo_survey())


def made(fit, verdicts=VERDICTS, tables=TABLES):
    how = Made(seed=7, resamples=1000, n_boot=2000, folds=10, repeats=5, level=0.9)
    return StoredAssessment(fit, None, Judged(tuple(verdicts), how, tables))


@pytest.fixture(scope="module")
def assessment(fit):
    return made(fit)


@pytest.fixture(scope="module")
def page(fit, assessment):
    return Reader(report(fit, assessment=assessment))


def rows(page, language="en"):
    headers = {"en": ("Criterion", "Verdict", "Value"), "zh": ("指标", "结论", "值")}[language]
    return {row[0]: row for row in page.table(*headers) if len(row) > 1}


def test_the_assessment_is_counted_and_pointed_to(page):
    told = "9 rules were looked at: 3 failed, 3 doubtful, 1 passed, 2 not computed."
    assert told in page.text
    short = (
        "Of 7 rules 1 are passed, 3 doubtful and 3 failed (see Assessment). The gravest: drivers "
        "overlap, so that their influences can hardly be told apart (Customer satisfaction: "
        "Perceived quality, Perceived value); respondents hardly tell Perceived quality and "
        "Perceived value apart."
    )
    assert short in page.text
    assert page.text.index(short) < page.text.index("For the researcher") < page.text.index(told)
    assert page.ids.count("assessment") == 1


def test_a_model_without_fault_is_told_as_such(fit):
    told = Reader(report(fit, assessment=made(fit, VERDICTS[:1], {}))).text
    assert "The model passed all 1 rules by which it was judged (see Assessment)." in told
    assert "Nothing is failed or doubtful." in told
    assert "Test of exact fit" not in told


def test_without_an_assessment_there_is_no_page(fit):
    html = report(fit)
    assert 'id="assessment"' not in html
    assert "rules" not in Reader(html).text


def test_verdicts_read_without_colour(fit, page):
    found = rows(page)
    assert {row[1] for row in found.values()} == {
        f"{MARKS[word]} {word}" for word in ("failed", "doubtful", "passed", "not computed")
    }
    assert found["Convergence"][1:4] == ["✓ passed", "after 5 iterations", ""]
    assert fit.convergence.iterations == 5
    loadings = found["Indicator loadings"]
    assert loadings[2:5] == ["0.500", "0.400 to 0.950", "worst of 3: PQ; SATIS"]
    assert found["HTMT2"][4] == (
        "worst of 2: Perceived quality – Perceived value; doubtful: Perceived value – Customer "
        "loyalty"
    )
    assert found["Exact fit: SRMR"][3] == "up to 0.030"
    assert found["Indicator loadings"][5] == (
        "at least 0.708; between 0.40 and 0.708 doubtful Hair et al. (2021)"
    )
    assert "Hair et al. (2019), doi:10.1108/EBR-11-2018-0203; " in page.text


def test_areas_stand_above_their_criteria(page):
    table = page.table("Criterion", "Verdict", "Value")
    assert [row[0] for row in table if len(row) == 1] == [
        "Admissibility", "Measurement", "Collinearity", "Discriminant validity", "Structure",
        "Overall fit",
    ]  # fmt: skip


def test_constructs_go_by_their_labels(fit, assessment, page):
    found = rows(page)
    collinear = found["VIF of predictors"]
    assert collinear[2] == "∞"
    assert collinear[4] == "Customer satisfaction: Perceived quality, Perceived value"
    effects = "; ".join(
        f"{fit.model.label(name)} → Customer loyalty"
        for name in ("Complaints", "Quality", "Value", "Expectations", "Satisfaction")
    )
    assert found["Effect size f²"][2:5] == ["−0.010", "", f"worst of 6: {effects}"]
    assert found["Composite reliability rho_C"][4] == "Customer loyalty: single item"
    chinese = rows(Reader(report(fit, assessment=assessment, language="zh")), "zh")
    assert chinese["预测变量的方差膨胀因子"][4] == "顾客满意：感知质量、感知价值"
    assert chinese["效应量 f²"][4].endswith("顾客期望 → 顾客忠诚；顾客满意 → 顾客忠诚")
    assert chinese["组合信度 rho_C"][1:5] == ["– 未计算", "", "", "顾客忠诚：单题项"]
    assert chinese["题项载荷"][3:5] == ["0.400 至 0.950", "3 项中最差：PQ；SATIS"]
    assert chinese["迭代收敛"][2] == "迭代 5 次"


def test_what_to_do_names_the_failed_first_and_says_it_once(page):
    found = page.table("Criterion", "Verdict", "Worst at", "What to do")
    assert [row[0] for row in found] == [
        "VIF of predictors", "HTMT2; HTMT", "Exact fit: SRMR", "Indicator loadings",
        "Effect size f²",
    ]  # fmt: skip
    assert [row[1] for row in found] == [
        "✗ failed", "✗ failed? doubtful", "✗ failed", "? doubtful", "? doubtful",
    ]  # fmt: skip
    assert found[1][2] == (
        "Perceived quality – Perceived value; doubtful: Perceived value – Customer loyalty"
    )
    assert found[2][2:] == ["the model", RULES["exact_srmr"].todo]


def test_what_was_not_computed_is_counted(fit):
    found = [
        Verdict(RULES["ave"], ("Quality",), "passed", 0.7),
        not_computed("ave", "single item", ("Loyalty",)),
        Verdict(RULES["power"], (), "passed", 0.5),
        Verdict(RULES["power"], ("Value",), "passed", 0.6),
    ]
    told = rows(Reader(report(fit, assessment=made(fit, found, {}))))
    assert told["Average variance extracted"][4] == "Perceived quality; 1 not computed"
    assert told["Items predicted better than by a linear model"][4] == "worst of 2: the model"


def test_every_fault_has_plain_words_in_both_languages():
    assert set(PLAIN) <= set(RULES)
    blanks = {"about": "A", "criterion": "B"}
    for phrase in PLAIN.values():
        told = Phrases("zh")(phrase, **blanks)
        assert re.search("[一-鿿]", told)
        assert ("A" in told) == ("{about}" in phrase)


def test_tables_stand_behind_the_verdicts(page):
    assert page.table("From", "To", "VIF", "f²") == [
        ["Perceived quality", "Customer satisfaction", "1.400", "0.300"],
        ["Perceived value", "Customer satisfaction", "1.200", "0.019"],
    ]
    mediated = page.table("From", "To", "Indirect", "90% low", "90% high", "Total")
    assert [row[2:] for row in mediated] == [
        ["0.200", "0.100", "0.300", "0.800", "0.250", "complementary partial"],
        ["0.400", "0.300", "0.500", "0.400", "", "indirect only (no direct path)"],
    ]
    assert page.table("Item", "And", "Observed", "Implied", "Residual") == [
        ["PQ", "QP", "0.850", "0.930", "−0.080"]
    ]


def test_tables_are_those_of_the_assessment(fit):
    assessment = csi.assess(fit, n_boot=0, folds=2, repeats=1, rng=1)
    tables = Judged.of(assessment).tables
    vif = assessment.vif.set_index(["source", "target"])["vif"]
    f2 = assessment.f2.set_index(["source", "target"])["f2"]
    own = tables["predictors"].set_index(["source", "target"])
    assert_allclose(own["vif"], vif.reindex(own.index))
    assert_allclose(own["f2"], f2.reindex(own.index))
    assert len(own) == len(f2)
    pd.testing.assert_frame_equal(tables["residuals"], assessment.residuals.head(10))
    effects = fit.effects.set_index(["source", "target"])
    mediated = tables["mediation"].set_index(["source", "target"])
    assert_allclose(mediated["indirect"], effects["indirect"].reindex(mediated.index))
    assert_allclose(mediated["total"], effects["total"].reindex(mediated.index))
    page = Reader(report(fit, assessment=assessment))
    assert len(page.table("From", "To", "Indirect", "Total", "Share (VAF)")) == len(mediated)
    back = csi.from_json(csi.to_json(fit, assessment=assessment))
    assert set(back.tables) == set(tables)
    assert report(back.fit, assessment=back).count("<table") == len(page.tables)


def test_tests_and_prediction_are_shown(page):
    assert page.table("Criterion", "Estimate", "Critical value", "p") == [
        ["SRMR", "0.050", "0.030", "<0.001"], ["d_G", "0.800", "0.700", "0.200"],
    ]  # fmt: skip
    assert page.table("Construct", "Item", "Q²_predict", "RMSE") == [
        [
            "Customer loyalty",
            "REPUR",
            "0.540",
            "1.648",
            "1.639",
            "2.443",
            "2 of 100 folds failed: SATIS (2)",
        ]
    ]
    ability = page.table("Construct", "Benchmark", "Difference", "90% low", "90% high", "p")
    assert [row[:3] for row in ability] == [
        ["all constructs", "item means", "−1.600"], ["Customer loyalty", "linear model", "0.010"],
    ]  # fmt: skip
    assert (
        "The assessment drew 1,000 resamples for intervals and 2,000 for the test of exact fit; "
        "items were predicted in 10 folds, dealt 5 times. The seed was 7." in page.text
    )


def test_every_text_of_a_rule_has_a_chinese_one():
    say = Phrases("zh")
    for rule in RULES.values():
        for text in (rule.area, rule.criterion, rule.rule, rule.todo):
            told = say.known(text)
            assert told != text, text
            assert re.search("[一-鿿]", told), told
    for word in MARKS:
        assert re.fullmatch("[一-鿿]+", say.known(word))


def test_the_chinese_page_is_chinese(fit, assessment):
    html = report(fit, assessment=assessment, language="zh")
    left = Reader(without_references(html)).text.replace(fit.model.citation, "")
    left = re.sub("出处：.*?。", "", left).replace("a reason nobody foresaw", "")
    for rule in RULES.values():
        left = left.replace(re.split(", (?=doi|ISBN|in )", rule.source)[0], "")
    english = set(re.findall(r"\b[a-z]{3,}\b", left))
    known = {"firm", "csi", "numpy", "scipy", "pandas", "python", "consistent", "authors"}
    known |= {"assessment", "residuals"}
    assert english <= known, english
    assert "共检查 9 项标准：3 项未通过，3 项存疑，1 项通过，2 项未计算。" in left


@pytest.mark.parametrize(
    "why",
    [
        "needs the respondents, and the fit holds none",
        "3 items, and a tetrad needs four; csi.tetrads(fit, borrow=True) takes the others from a "
        "neighbour",
        "takes long with more than 10,000 respondents; use csi.endogeneity(fit)",
        "CUSA has 7 different scores and is not continuous",
        "scores of Image cannot be told from normal ones (p = 0.090)",
        "Prediction out of sample needs rows: the respondents themselves. This fit was made from a "
        "matrix or read from a file and holds none; fit the survey.",
    ],
)
def test_reasons_are_known_in_chinese(why):
    told = Phrases("zh").known(why)
    english = set(re.findall("[a-z]{4,}", told))
    assert english <= {"borrow", "mage", "tetrads", "endogeneity"}
    assert re.search("[一-鿿]", told)


def test_hostile_names_are_text_and_no_markup():
    nasty = {"en": "<script>alert(1)</script>", "zh": '"><img src=x>'}
    model = csi.model(
        [reflective("A", ["a1", "a2"], label=nasty), single("B", "b1")], [paths("A", "B")],
        scale=(1, 10),
    )  # fmt: skip
    rng = np.random.default_rng(2)
    answers = rng.normal(6, 1, (60, 1)) + rng.normal(0, 0.5, (60, 3))
    fit = csi.fit(model, csi.survey(pd.DataFrame(answers.round(), columns=["a1", "a2", "b1"])))
    found = [
        Verdict(RULES["significance"], ("A", "B"), "failed", 0.1),
        Verdict(RULES["path_vif"], ("B: A, <b>",), "doubtful", 4.0, link=COMMA),
        not_computed("curvature", "<script>alert(2)</script>", ("A", "B")),
    ]
    for language in ("en", "zh"):
        html = report(fit, assessment=made(fit, found, {}), language=language)
        assert not re.search(r"<(script|img|b)\b", html)
        assert "&lt;script&gt;alert(2)&lt;/script&gt;" in html


def test_only_an_assessment_of_this_fit_is_taken(fit, assessment, tmp_path):
    other = fit.with_index_weights("equal")
    for write in (
        lambda a: report(other, tmp_path / "a.html", assessment=a),
        lambda a: to_excel(other, tmp_path / "a.xlsx", assessment=a),
        lambda a: to_latex(other, tmp_path / "a.tex", assessment=a),
        lambda a: csi.to_json(other, tmp_path / "a.json", assessment=a),
    ):
        with pytest.raises(csi.OptionError, match=r"another fit.*differs in index weights"):
            write(assessment)
        with pytest.raises(TypeError, match=r"assessment is a Fit\. Give .*csi\.assess\(fit\)"):
            write(fit)
    with pytest.raises(TypeError, match="int cannot be stored with an assessment"):
        csi.to_json(3, assessment=assessment)
    assert not list(tmp_path.iterdir())


def test_workbook_and_latex_hold_the_verdicts(fit, assessment, tmp_path):
    to_excel(fit, tmp_path / "a.xlsx", assessment=assessment)
    book = openpyxl.load_workbook(tmp_path / "a.xlsx")
    header, *cells = book["Verdicts"].iter_rows(values_only=True)
    assert header == tuple(assessment.table.columns)
    assert [row[2] or "" for row in cells] == assessment.table["about"].tolist()
    assert book["Checks"].max_row == len(VERDICTS) + 1
    to_excel(fit, tmp_path / "zh.xlsx", assessment=assessment, language="zh")
    book = openpyxl.load_workbook(tmp_path / "zh.xlsx")
    header, *cells = book["评估结论"].iter_rows(values_only=True)
    assert {"方面", "结论", "最差之处", "出处", "应对建议"} <= set(header)
    assert cells[1][:4] == ("测量模型", "题项载荷", "3 项中最差：PQ；SATIS", 0.5)
    assert book["逐项检查"].max_row == len(VERDICTS) + 1
    latex = to_latex(fit, assessment=assessment)
    assert r"\caption{Verdicts}" in latex
    assert "Indicator loadings & 0.500 & 0.400 & 0.950 & doubtful & PQ; SATIS" in latex


def test_a_stored_assessment_comes_back(fit, assessment, tmp_path):
    text = csi.to_json(fit, tmp_path / "a.json", assessment=assessment)
    stored = json.loads(text)
    assert stored["schema"] == "csi-assessment"
    assert stored["assessment"]["made"] == {
        "seed": 7, "resamples": 1000, "n_boot": 2000, "folds": 10, "repeats": 5, "level": 0.9,
    }  # fmt: skip
    assert stored["assessment"]["tables"]["verdicts"]["verdict"][0] == "passed"
    assert len(stored["assessment"]["tables"]["checks"]["about"]) == len(VERDICTS)
    back = csi.from_json(tmp_path / "a.json")
    pd.testing.assert_frame_equal(back.table, assessment.table)
    pd.testing.assert_frame_equal(back.verdicts, assessment.verdicts)
    assert back.count == assessment.count
    assert back.made == assessment.made
    assert back.boot is None
    pd.testing.assert_frame_equal(back.tables["exact_fit"], EXACT_FIT)
    assert repr(back) == "<StoredAssessment: 3 failed, 3 doubtful, 2 not computed, 1 passed>"
    assert "csi-verdicts" in back._repr_html_()
    for language in ("en", "zh"):
        assert report(back.fit, assessment=back, language=language) == report(
            back.fit, assessment=made(back.fit), language=language
        )
    assert csi.to_json(back.fit, assessment=back) == text


def test_an_assessment_is_stored_with_the_bootstrap(fit, assessment):
    boot = csi.bootstrap(fit, n_boot=100, rng=1)
    back = csi.from_json(csi.to_json(boot, assessment=assessment))
    assert back.boot.indices.equals(boot.indices)
    assert back.fit is back.boot.fit
    assert len(back.table) == len(assessment.table)


@pytest.mark.parametrize(
    ("route", "value", "says"),
    [
        (["assessment"], None, "damaged"),
        (["assessment", "made", "seed"], -1, "setting is of another kind"),
        (["assessment", "made", "level"], 95, "confidence level"),
        (["assessment", "judged", 0, "word"], "excellent", "verdict is of another kind"),
        (["assessment", "judged", 0, "rule"], "nonesuch", "nonesuch"),
        (["assessment", "judged", 0, "value"], "much", "could not convert"),
        (["assessment", "rules", 0, "key"], "mine", "is no rule"),
        (["assessment", "rules", 0, "todo"], 3, "is no rule"),
        (["fit", "model"], [], "damaged"),
        (["schema_version"], 99, "Upgrade csi"),
    ],
)
def test_damaged_assessments_are_refused(fit, assessment, route, value, says):
    stored = json.loads(csi.to_json(fit, assessment=assessment))
    place = stored
    for step in route[:-1]:
        place = place[step]
    place[route[-1]] = value
    with pytest.raises(csi.FileFormatError, match=says):
        csi.from_json(json.dumps(stored))

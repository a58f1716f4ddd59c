"""The report and the exports of covariance structures: what they say, of this very fit."""

import re
import warnings

import openpyxl
import pandas as pd
import pytest
from test_report import Reader, without_references

import csi
from csi.errors import OptionError
from csi.reporting.structure_tables import largest_residuals

TEXT = csi.parse("""
    Quality =~ OVERALLQ + CUSTOMQ + WRONGQ
    Satisfaction =~ SATIS + CONFIRM + IDEAL
    Loyalty =~ REPUR
    Satisfaction ~ q*Quality
    Loyalty ~ s*Satisfaction
    OVERALLQ ~~ SATIS
    indirect := q*s
""")


def declared(frame, **options):
    return csi.survey(frame, scale=(1, 10), missing_codes=[98, 99], **options)


@pytest.fixture(scope="module")
def frame():
    return csi.demo_survey().frame.to_native()


@pytest.fixture(scope="module")
def fit(frame):
    return csi.fit(TEXT, declared(frame), csi.CBSEM("MLR", means=True))


@pytest.fixture(scope="module")
def page(fit):
    return Reader(csi.report(fit))


def test_sections_of_a_structure_stand_before_the_data(page):
    wanted = ["effects", "fit", "parameters", "misfit", "data", "estimation"]
    assert [name for name in page.ids if name in wanted] == wanted


def test_of_other_fits_nothing_is_said(frame):
    page = Reader(csi.report(csi.fit(TEXT_PLAIN, declared(frame))))
    assert not {"fit", "parameters", "misfit"} & set(page.ids)
    assert "Chi-square" not in page.text


TEXT_PLAIN = csi.parse("Quality =~ OVERALLQ + CUSTOMQ; Loyalty =~ REPUR; Loyalty ~ Quality")


def test_measures_of_fit_stand_with_limits_and_sources(fit, page):
    rows = {row[0]: row[1:] for row in page.table("Criterion", "Value", "Corrected")}
    measure = fit.measure
    assert rows["Chi-square"][:2] == [f"{measure('chisq'):.3f}", f"{measure('chisq.scaled'):.3f}"]
    assert rows["Degrees of freedom"][:2] == ["12", "12"]
    assert rows["CFI"][:2] == [f"{measure('cfi'):.3f}", f"{measure('cfi.robust'):.3f}"]
    assert rows["CFI"][2:] == [
        "at least 0.95; between 0.90 and 0.95 doubtful",
        "Hu and Bentler (1999)",
    ]
    assert rows["RMSEA, upper 90% limit"][1] == f"{measure('rmsea.ci.upper.robust'):.3f}"
    assert rows["Scaling factor"][:2] == ["", f"{measure('chisq.scaling.factor'):.3f}"]
    assert float(rows["BIC"][0]) == pytest.approx(measure("bic"), abs=6e-4)
    said = f"Chi-square is {measure('chisq.scaled'):.1f} with 12 degrees of freedom (p = "
    assert f"{said}{measure('pvalue.scaled'):.3f}): the answers do not contradict" in page.text
    assert "the fit is good" in page.text


def test_parameters_stand_in_tables_of_their_kind(fit, page):
    known = fit.parameters.set_index(["left", "operator", "right"])
    (_, _, *first), (_, item, *second) = page.table("Construct", "Item", "Estimate")[:2]
    assert (first[0], *first[1:6]) == ("1.000", "", "", "", "", "")
    row = known.loc[("Quality", "=~", item)]
    assert second[0] == f"{row['estimate']:.3f}"
    assert second[1:3] == [f"{row['se']:.3f}", f"{row['z']:.2f}"]
    assert second[-1] == f"{row['std_all']:.3f}"
    paths = page.table("From", "To", "Label")
    assert [row[:3] for row in paths] == [
        ["Quality", "Satisfaction", "q"], ["Satisfaction", "Loyalty", "s"]
    ]  # fmt: skip
    (defined,) = page.table("Name in the model", "Formula")
    assert defined[:3] == [
        "indirect",
        "q*s",
        f"{known.loc[('indirect', ':=', 'q*s'), 'estimate']:.3f}",
    ]
    (covariance,) = page.table("Of", "And")
    assert covariance[:2] == ["OVERALLQ", "SATIS"]
    for caption in ("Variances, of explained variables what is left", "Intercepts and means"):
        assert caption in page.text
    assert "Thresholds" not in page.text


def test_what_the_model_misses_is_listed(fit, page):
    rows = page.table("Item", "And", "z")
    largest = fit.residuals("standardized").abs().to_numpy().max()
    assert abs(float(rows[0][2].replace("−", "-"))) == pytest.approx(largest, abs=6e-3)
    freed = page.table("Kind", "Parameter", "Modification index")
    top = fit.modification_indices(3.841)
    assert len(freed) == min(len(top), 10)
    assert freed[0][1:3] == [
        " ".join(top.loc[0, ["left", "operator", "right"]]), f"{top.loc[0, 'mi']:.2f}"
    ]  # fmt: skip


def test_residuals_are_the_largest_first(fit):
    table = largest_residuals(fit, 3)
    matrix = fit.residuals("standardized")
    found = [matrix.loc[i, j] for i, j in table[["indicator", "other"]].to_numpy()]
    assert table["z"].tolist() == found
    assert table["z"].abs().is_monotonic_decreasing


@pytest.mark.parametrize(
    ("estimator", "options", "said"),
    [
        (csi.CBSEM(), {}, [
            "as a structure of covariances by maximum likelihood",
            "Standard errors come from the expected information.",
            "Each construct has the scale of its first item.",
            "(listwise deletion;",
            "the Hessian positive definite."]),
        (csi.CBSEM("MLR", scaling="variance"), {"missing": "fiml"}, [
            "as a structure of means and covariances by maximum likelihood",
            "(Huber-White sandwich, with the observed information)",
            "scaled (Yuan and Bentler 2000, as Mplus computes it)",
            "Each construct has a variance of one.",
            "(full-information maximum likelihood; Arbuckle 1996)"]),
        (csi.CBSEM("WLSMV", ordered=True, parametrization="theta"), {}, [
            "by diagonally weighted least squares",
            "scaled and shifted (Asparouhov and Muthen 2010)",
            "7 of 7 items are ordered categories",
            "(theta parametrization)", "(Olsson 1979)"]),
        (csi.CBSEM("GLS"), {"weights": "w"}, [
            "by generalised least squares",
            "They heed how respondents were drawn: sampling weights."]),
        (csi.Semopy(), {}, ["It was semopy 2.", "that searched, with SLSQP, ftol"]),
        (csi.SAM(), {}, [
            "The measurement of the constructs was fitted first",
            "heed that the measurement was estimated",
            "These numbers are about the paths"]),
    ],
)  # fmt: skip
def test_the_paragraph_on_methods_tells_the_settings(frame, estimator, options, said):
    fit = csi.fit(TEXT_PLAIN if isinstance(estimator, csi.SAM | csi.Semopy) else TEXT,
                  declared(frame.assign(w=1 + frame.index % 3), **options), estimator)  # fmt: skip
    text = Reader(csi.report(fit)).text
    assert [each for each in said if each not in text] == []
    chinese = Reader(without_references(csi.report(fit, language="zh")))
    words = [word.replace("The csi authors", "") for word in chinese.words]
    english = [word for word in words if re.search(r"[a-z]+ [a-z]+", word)]
    kept = ("Hu and Bentler", "Optimization terminated")
    assert [word for word in english if not any(each in word for each in kept)] == []


def test_poor_fit_is_called_poor(frame):
    wrong = csi.parse("A =~ OVERALLQ + SATIS + PQ; B =~ CUSTOMQ + QP + REPUR; B ~ A")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", csi.CsiWarning)
        text = Reader(csi.report(csi.fit(wrong, declared(frame), csi.CBSEM()))).text
    assert "does not reproduce the answers exactly. With so many respondents" in text
    assert "the fit is poor" in text


def test_a_heywood_case_says_why_there_are_no_indices(frame):
    few = csi.survey(frame.sample(40, random_state=9), missing_codes=[98, 99])
    with pytest.warns(csi.CsiWarning):
        fit = csi.fit(csi.models.acsi(), few, csi.CBSEM())
    page = Reader(csi.report(fit))
    assert "There are no indices: a variance behind Perceived value is negative" in page.text
    assert "See the problems above before using these numbers." in page.text
    assert "没有指数：感知价值背后的方差为负" in Reader(csi.report(fit, language="zh")).text


def test_what_a_fit_has_not_is_said_on_its_page(frame):
    many = csi.multigroup(TEXT, declared(frame), by="firm").fits["Alfa"]
    text = Reader(csi.report(many)).text
    assert "There are no measures of overall fit: Measures of overall fit are of all" in text
    assert "There are no modification indices: " in text
    assert "整体拟合指标属于各组的联合拟合" in Reader(csi.report(many, language="zh")).text


def test_a_search_that_has_not_settled_says_so(frame):
    with pytest.warns(csi.CsiWarning):
        fit = csi.fit(TEXT, declared(frame), csi.CBSEM(max_iter=1, on_fail="return"))
    assert "The search has NOT settled after 1 iterations" in Reader(csi.report(fit)).text


def test_workbook_holds_the_tables_of_the_structure(fit, tmp_path):
    csi.to_excel(fit, tmp_path / "a.xlsx")
    sheets = pd.read_excel(tmp_path / "a.xlsx", sheet_name=None, keep_default_na=False)
    ours = sheets["Parameters"]
    assert ours["estimate"].tolist() == pytest.approx(fit.parameters["estimate"].tolist(), 1e-14)
    assert ours["operator"].tolist() == fit.parameters["operator"].tolist()
    assert sheets["Overall fit"]["value"].tolist() == pytest.approx(
        fit.fit_measures["value"].tolist(), 1e-14
    )
    assert sheets["Standardised solution"]["se"].tolist() == pytest.approx(
        fit.standardized()["se"].tolist(), 1e-14
    )
    assert len(sheets["Modification indices"]) == len(fit.modification_indices(3.841))
    csi.to_excel(fit, tmp_path / "b.xlsx", language="zh")
    headers = [cell.value for cell in openpyxl.load_workbook(tmp_path / "b.xlsx")["参数"][1]]
    assert headers[:4] == ["左侧", "运算符", "右侧", "标签"]


def test_latex_holds_them_in_columns_that_fit_a_page(fit):
    latex = csi.to_latex(fit)
    for caption in ("Overall fit", "Parameters", "Standardised solution", "Modification indices"):
        assert rf"\caption{{{caption}}}" in latex
    start = latex.index(r"\caption{Parameters}")
    assert r"left & operator & right & estimate & se & z & p & std\_all \\" in latex[start:]


def test_bootstrapped_parameters_are_exported(fit, tmp_path):
    boot = csi.bootstrap(fit, n_boot=100, rng=1)
    csi.to_excel(fit, tmp_path / "a.xlsx", boot=boot)
    sheets = pd.read_excel(tmp_path / "a.xlsx", sheet_name=None, keep_default_na=False)
    lower = boot.parameters["lower"].tolist()
    assert sheets["Intervals of parameters"]["lower"].tolist() == pytest.approx(lower, 1e-14)
    assert "Intervals of standardised parameters"[:31] in sheets


def test_a_joint_fit_is_sent_to_its_groups(frame):
    joint = csi.multigroup(TEXT, declared(frame), by="firm")
    with pytest.raises(OptionError, match="MultigroupFit cannot be reported"):
        csi.report(joint)

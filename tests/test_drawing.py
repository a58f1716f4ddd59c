"""Path diagrams of fits and models: the numbers on them, and the files they become."""

import re
from xml.etree import ElementTree

import pytest

import csi
from csi import composite, higher_order, paths, reflective, single
from csi.display import number
from csi.reporting.drawing import path_diagram


@pytest.fixture(scope="module")
def study():
    return csi.fit(csi.models.ecsi_mobile(), csi.studies.moments("ecsi-mobi"))


def texts(svg):
    return re.findall(r"<text[^>]*>([^<]*)</text>", svg)


def test_a_fit_shows_its_coefficients_indices_and_r2(study):
    drawn = path_diagram(study)
    expected = {
        (row.source, row.target): number(row.estimate, 2) for row in study.paths.itertuples()
    }
    assert {(edge.source, edge.target): edge.label for edge in drawn.edges} == expected
    notes = {node.name: node.note for node in drawn.nodes}
    assert notes["Satisfaction"] == "index 72.5 · R² 0.68"
    assert notes["Image"] == "index 73.5"
    assert set(expected.values()) <= set(texts(drawn.svg))


def test_small_and_unexpected_coefficients_are_told_apart():
    fit = csi.fit(csi.models.acsi(), csi.demo_survey())
    drawn = {(edge.source, edge.target): edge for edge in path_diagram(fit).edges}
    assert drawn["Satisfaction", "Complaints"].label.startswith("−0.")
    assert drawn["Satisfaction", "Complaints"].emphasis == "normal"
    assert drawn["Complaints", "Loyalty"].emphasis == "weak"
    against = csi.model(
        [reflective("Satisfaction", ["SATIS", "CONFIRM"]), single("Loyalty", "REPUR")],
        [paths("Satisfaction", "Loyalty", sign="-")],
        scale=(1, 10),
    )
    survey = csi.demo_survey()
    assert path_diagram(csi.fit(against, survey)).edges[0].emphasis == "wrong"


def test_indicators_carry_loadings_and_composites_weights():
    model = csi.model(
        [
            composite("Quality", ["OVERALLQ", "CUSTOMQ"]),
            reflective("Satisfaction", ["SATIS", "CONFIRM"]),
            single("Loyalty", "REPUR"),
        ],
        [paths("Quality", "Satisfaction"), paths("Satisfaction", "Loyalty")],
        scale=(1, 10),
    )
    fit = csi.fit(model, csi.survey(csi.demo_survey().frame, missing_codes=[98, 99]))
    nodes = {node.name: dict(node.indicators) for node in path_diagram(fit, indicators=True).nodes}
    assert nodes["Quality"]["CUSTOMQ"] == number(fit.weights.loc["CUSTOMQ", "weight"], 2)
    assert nodes["Satisfaction"]["SATIS"] == number(fit.loadings.loc["SATIS", "loading"], 2)
    assert nodes["Loyalty"] == {"REPUR": ""}


def test_a_model_has_no_numbers():
    drawn = path_diagram(csi.models.ecsi_mobile(), indicators=True)
    assert not any(edge.label for edge in drawn.edges)
    assert not any(node.note for node in drawn.nodes)
    assert "CUSL3" in texts(drawn.svg)
    assert "CUSL3" not in texts(path_diagram(csi.models.ecsi_mobile()).svg)


def test_parts_of_higher_order_constructs_are_tied_to_the_whole():
    ends = [(e.source, e.target) for e in path_diagram(csi.models.acsi_product_service()).edges]
    assert ("ProductQuality", "Quality") in ends
    model = csi.model(
        [
            reflective("A", ["a1", "a2"]),
            reflective("B", ["b1", "b2"]),
            higher_order("Whole", ["A", "B"], kind="reflective"),
            single("Loyalty", "y"),
        ],
        [paths("Whole", "Loyalty")],
    )
    assert [(e.source, e.target) for e in path_diagram(model).edges][1:] == [
        ("Whole", "A"),
        ("Whole", "B"),
    ]


def test_printed_moments_without_means_have_no_index(study):
    bare = csi.Moments.from_correlation(study.moments.corr, study.moments.columns, 250)
    notes = {node.name: node.note for node in path_diagram(csi.fit(study.model, bare)).nodes}
    assert notes["Satisfaction"] == "R² 0.68"
    assert notes["Image"] == ""


def test_chinese_labels(study):
    drawn = path_diagram(study, language="zh")
    assert drawn.nodes[-1].note == "指数 70.9 · R² 0.46"
    assert "顾客忠诚" in texts(drawn.svg)
    assert "指数 70.9" in drawn.svg


def test_other_languages_of_diagrams(study):
    drawn = path_diagram(study)
    assert drawn.to_mermaid().startswith("flowchart LR\n")
    assert '"Customer loyalty\\nindex 70.9' in drawn.to_dot()
    assert drawn.to_tikz().endswith(r"\end{tikzpicture}")
    assert ElementTree.fromstring(drawn._repr_svg_())
    assert repr(drawn) == "<PathDiagram 7 constructs, 12 paths>"


def test_a_notebook_shows_the_whole_width(study):
    drawn = path_diagram(study)
    natural = float(re.search(r'viewBox="0 0 (\d+)', drawn.svg)[1])
    assert natural > 900
    shown = ElementTree.fromstring(drawn._repr_svg_()).attrib
    assert shown["width"] == "100%"
    assert "height" not in shown
    assert shown["style"] == f"max-width:{natural:.0f}px;height:auto"
    small = csi.path_diagram(csi.parse("A =~ a\nB =~ b\nB ~ A"))._repr_svg_()
    assert 'viewBox="0 0 900 ' in small
    saved = ElementTree.fromstring(drawn.svg).attrib
    assert float(saved["width"]) == natural
    assert saved["style"] == "max-width:100%;height:auto"


def test_saving(study, tmp_path):
    drawn, path = path_diagram(study), tmp_path / "model.svg"
    drawn.save(path)
    assert path.read_text(encoding="utf-8") == drawn.svg
    with pytest.raises(csi.OptionError, match="exists"):
        drawn.save(path)
    drawn.save(path, overwrite=True)
    with pytest.raises(csi.OptionError, match=r"ends in '\.png'"):
        drawn.save(tmp_path / "model.png")
    with pytest.raises(csi.FileFormatError):
        drawn.save(tmp_path / "nowhere" / "model.svg")


def test_refusals(study):
    with pytest.raises(csi.OptionError, match="language is 'fr'"):
        path_diagram(study, language="fr")
    with pytest.raises(csi.OptionError, match="A str cannot be drawn"):
        path_diagram(str(study.model))

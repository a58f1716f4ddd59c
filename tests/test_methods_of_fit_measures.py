"""A methods paragraph says what measures of overall fit are corrected for, and cites that."""

import numpy as np
import pytest

import csi


@pytest.fixture(scope="module")
def answers(corp_rep):
    frame = corp_rep.where(corp_rep != -99)
    return frame.mask(np.random.default_rng(0).random(frame.shape) < 0.03)


ITEMS = ["comp_1", "comp_2", "comp_3", "like_1", "like_2", "like_3"]


@pytest.mark.parametrize(
    ("missing", "estimator", "told", "source"),
    [
        ("fiml", csi.CBSEM("ML"), "for missing answers (", "zhang2023"),
        ("fiml", csi.CBSEM("MLR"), "for missing answers and for answers that are", "zhang2023"),
        ("mean", csi.CBSEM("MLR"), "for answers that are not normal", "brosseauliard2014"),
        ("listwise", csi.CBSEM("WLSMV", ordered=ITEMS), "for ordered answers", "savalei2021"),
        ("mean", csi.CBSEM("ML"), None, None),
    ],
)
@pytest.mark.filterwarnings("ignore::csi.DataQualityWarning")
def test_what_measures_of_fit_are_corrected_for(answers, missing, estimator, told, source):
    blocks = [
        csi.reflective(name, csi.items(f"{name.lower()}_", 1, 3)) for name in ("COMP", "LIKE")
    ]
    model = csi.model(blocks, [csi.paths("COMP", "LIKE")])
    fit = csi.fit(model, csi.survey(answers, scale=(1, 7), missing=missing), estimator)
    paragraph = csi.methods_paragraph(fit)
    cited = {each.key for each in paragraph.references}
    corrected = {"zhang2023", "brosseauliard2014", "savalei2021"} & cited
    if told is None:
        assert "are corrected" not in str(paragraph)
        assert not corrected
    else:
        assert f"CFI, TLI and RMSEA are corrected {told}" in str(paragraph)
        assert corrected == {source}
        assert "校正" in str(csi.methods_paragraph(fit, language="zh"))

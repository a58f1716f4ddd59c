"""Maps of importance and ceilings show the numbers of the tables, and nothing in them collides."""

from itertools import combinations

import matplotlib as mpl

mpl.use("agg")

import numpy as np
import pytest
from matplotlib import font_manager, pyplot
from matplotlib.text import Annotation, Text
from numpy.testing import assert_allclose

import csi
from csi.assessment.importance import importance_performance
from csi.assessment.necessity import necessary_conditions
from csi.plots import FONTS, plot_importance_performance, plot_necessary_conditions

CHINESE_FONT = any(font.name in FONTS for font in font_manager.fontManager.ttflist)


@pytest.fixture(autouse=True)
def close_figures():
    yield
    pyplot.close("all")


@pytest.fixture(scope="module")
def phones(ecsi, mobi):
    return csi.fit(ecsi, csi.survey(mobi))


@pytest.fixture(scope="module")
def necessity(phones):
    return necessary_conditions(phones, n_perm=500, rng=1)


def spots(axes):
    return np.array([each.get_offsets()[0] for each in axes.collections])


def labels(axes):
    return [text for text in axes.texts if isinstance(text, Annotation)]


def test_points_are_the_constructs_or_items(phones):
    for items in (False, True):
        found = importance_performance(phones, "Loyalty")
        table = found.items if items else found.constructs
        axes = plot_importance_performance(found, items=items)
        assert_allclose(spots(axes), table[["importance", "performance"]])
        lines = sorted(line.get_xdata()[0] for line in axes.lines)
        assert_allclose(lines[-1], table["importance"].mean())
        written = {text.get_text() for text in labels(axes)}
        named = table["indicator"] if items else map(phones.model.label, table["construct"])
        assert set(named) <= written
        assert {"concentrate here", "keep up the good work"} <= written


def test_labels_are_apart(phones, necessity):
    for options in ({"items": True}, {"necessity": necessity}):
        axes = plot_importance_performance(phones, **options)
        axes.figure.canvas.draw()
        boxes = [Text.get_window_extent(text) for text in labels(axes)]
        assert not any(a.overlaps(b) for a, b in combinations(boxes, 2))


@pytest.mark.filterwarnings("ignore:Glyph" if not CHINESE_FONT else "error")
def test_bubbles_are_the_shares_below_the_bottleneck(phones, necessity):
    axes = plot_importance_performance(phones, necessity=necessity, outcome=90)
    required = necessity.required(90).query("ceiling == 'ce_fdh'").set_index("construct")
    held = necessity.table.query("ceiling == 'ce_fdh'").set_index("construct")["necessary"]
    sizes = np.array([each.get_sizes()[0] for each in axes.collections])
    names = list(importance_performance(phones).constructs["construct"])
    below = required.loc[names, "below"].to_numpy()
    large = below > 0.05
    assert_allclose(sizes[large] / sizes[large][0], below[large] / below[large][0])
    hollow = [each.get_facecolor()[0][:3].min() == 1 for each in axes.collections]
    assert hollow == held[names].tolist()
    legend = axes.get_legend()
    assert [text.get_text() for text in legend.get_texts()] == ["necessary", "not necessary"]
    level = necessity.required(90)["outcome_level"].iloc[0]
    assert legend.get_title().get_text() == (
        "area: share of respondents below the level that 90% requires "
        f"(Customer satisfaction of {level:.1f})"
    )
    chinese = plot_importance_performance(phones, necessity=necessity, outcome=90, language="zh")
    assert chinese.get_legend().get_title().get_text() == (
        f"面积：未达到 90% 所需水平的受访者比例（顾客满意 {level:.1f}）"
    )


def test_ceilings_are_drawn_over_the_scores(necessity):
    axes = plot_necessary_conditions(necessity)
    assert axes.get_xlabel() == necessity.model.label("Quality")
    steps, line = axes.lines
    x, y = necessity.scores["Quality"], necessity.scores["Satisfaction"]
    assert_allclose(axes.collections[0].get_offsets(), np.column_stack([x, y]))
    up_to = [y[x <= at + 1e-9].max() for at in steps.get_xdata()[1::2]]
    assert_allclose(steps.get_ydata()[1::2], up_to)
    row = necessity.table.query("construct == 'Quality' and ceiling == 'cr_fdh'").iloc[0]
    assert_allclose(line.get_ydata(), row["intercept"] + row["slope"] * line.get_xdata())
    legend = [text.get_text() for text in axes.get_legend().get_texts()]
    assert legend[0] == "CE-FDH (d = 0.32)"
    assert legend[1] == f"CR-FDH (d = {row['effect_size']:.2f})"


def test_legends_cover_neither_axes_nor_their_labels(phones, necessity):
    for axes in (
        plot_necessary_conditions(necessity),
        plot_importance_performance(phones, necessity=necessity),
    ):
        axes.figure.canvas.draw()
        legend = axes.get_legend().get_window_extent()
        assert legend.y0 >= 0
        assert legend.y1 <= axes.xaxis.label.get_window_extent().y0
        assert 0 <= legend.x0 < legend.x1 <= axes.figure.bbox.width


def test_one_driver_and_a_given_axes(phones):
    _, ax = pyplot.subplots()
    assert plot_importance_performance(phones, "Expectation", ax=ax) is ax
    assert not ax.lines
    found = importance_performance(phones, standardized=True)
    assert plot_importance_performance(found).get_xlabel().startswith("Importance: standardised")


@pytest.mark.filterwarnings("ignore:Glyph" if not CHINESE_FONT else "error")
def test_chinese_labels(phones, necessity):
    axes = plot_importance_performance(phones, necessity=necessity, language="zh")
    axes.figure.canvas.draw()
    assert axes.get_ylabel() == "表现（0 至 100）"
    assert "重点改进" in {text.get_text() for text in labels(axes)}
    axes = plot_necessary_conditions(necessity, "Image", language="zh")
    axes.figure.canvas.draw()
    assert axes.get_xlabel() == "企业形象"


def test_what_cannot_be_plotted_is_refused(phones, necessity):
    found = importance_performance(phones, "Loyalty")
    for arguments, options in [
        ((phones.impacts,), {}),
        ((found, "Value"), {}),
        ((found,), {"necessity": necessity}),
        ((phones,), {"necessity": necessity, "items": True}),
        ((phones,), {"necessity": phones}),
        ((phones,), {"language": "fr"}),
    ]:
        with pytest.raises(csi.OptionError):
            plot_importance_performance(*arguments, **options)
    with pytest.raises(csi.OptionError, match="construct is 'Imge'"):
        plot_necessary_conditions(necessity, "Imge")
    with pytest.raises(csi.OptionError, match="no ceilings to be plotted"):
        plot_necessary_conditions(phones)

"""Plots show the numbers of the tables, and nothing in them collides or warns."""

import os
import subprocess
import sys
from contextlib import nullcontext
from itertools import combinations

import matplotlib as mpl

mpl.use("agg")

import numpy as np
import pandas as pd
import pytest
from matplotlib import font_manager, pyplot
from matplotlib.text import Annotation, Text
from numpy.testing import assert_allclose

import csi
from csi import paths, reflective
from csi.plots import FONTS, plot_impacts, plot_indices, plot_ranking

CHINESE_FONT = any(font.name in FONTS for font in font_manager.fontManager.ttflist)


@pytest.fixture(autouse=True)
def close_figures():
    yield
    pyplot.close("all")


@pytest.fixture(scope="module")
def acsi_fit():
    return csi.fit(csi.models.acsi(), csi.demo_survey())


@pytest.fixture(scope="module")
def firms():
    return csi.fit_by(csi.models.acsi(), csi.demo_survey(), by="firm")


@pytest.fixture(scope="module")
def study():
    return csi.fit(csi.models.ecsi_mobile(), csi.studies.moments("ecsi-mobi"))


def row_labels(axes):
    """Labels from the top row down."""
    ticks = zip(axes.get_yticks(), axes.get_yticklabels(), strict=True)
    return [label.get_text() for _, label in sorted(ticks, key=lambda tick: -tick[0])]


def whiskers(axes):
    """Lower and upper end of each row, from the top row down."""
    segments = next(c for c in axes.collections if hasattr(c, "get_segments")).get_segments()
    return np.array([s[:, 0] for s in sorted(segments, key=lambda s: -s[0, 1])])


def annotations(axes):
    return {c.get_text(): c for c in axes.get_children() if isinstance(c, Annotation)}


def test_bars_are_the_indices_in_the_order_of_the_model(acsi_fit):
    axes = plot_indices(acsi_fit)
    table = acsi_fit.indices
    bars = sorted(axes.patches, key=lambda bar: -bar.get_y())
    assert row_labels(axes) == [acsi_fit.model.label(name) for name in table.index]
    assert_allclose([bar.get_width() for bar in bars], table["index"])
    reach = 1.96 * table["se"].to_numpy()[:, None] * [-1, 1]
    assert_allclose(whiskers(axes), table["index"].to_numpy()[:, None] + reach)
    assert axes.get_xlim() == (0, 100)


def test_groups_are_ranked_by_the_target(firms):
    axes = plot_indices(firms)
    table = firms.indices.query("construct == 'Satisfaction'").sort_values("index", ascending=False)
    assert row_labels(axes) == table["group"].tolist()
    assert_allclose(whiskers(axes).mean(axis=1), table["index"])
    assert f"mean of the groups {table['index'].mean():.1f}" in annotations(axes)


def test_whiskers_of_a_bootstrap_are_its_intervals(acsi_fit, firms):
    boot = csi.bootstrap(acsi_fit, n_boot=100, rng=1)
    axes = plot_indices(boot)
    assert_allclose(whiskers(axes), boot.indices[["lower", "upper"]])
    assert_allclose(sorted(bar.get_width() for bar in axes.patches), sorted(boot.indices.estimate))
    boots = csi.bootstrap(firms, n_boot=100, rng=1)
    axes = plot_indices(boots, construct="Value")
    table = boots.indices.query("construct == 'Value'").sort_values("estimate", ascending=False)
    assert row_labels(axes) == table["group"].tolist()
    assert_allclose(whiskers(axes), table[["lower", "upper"]])


def test_ranking_shows_intervals_places_and_letters(firms):
    standing = csi.rank(firms)
    axes = plot_ranking(standing)
    assert row_labels(axes) == standing.table["group"].tolist()
    assert_allclose(whiskers(axes), standing.table[["lower", "upper"]])
    beside = {note.xy[1]: [] for note in axes.texts}
    for note in axes.texts:
        beside[note.xy[1]].append(note.get_text())
    assert beside[3] == ["79.9", "1", "a"]
    assert beside[1] == ["70.3", "2–4", "bc"]
    assert plot_ranking(standing, language="zh").get_xlabel() == "Satisfaction指数（0 至 100）"


def test_rows_of_many_groups_shrink():
    rng = np.random.default_rng(1)
    standing = csi.rank({f"Branch {i}": Measured(rng.normal(70, 4)) for i in range(120)})
    axes = plot_ranking(standing)
    axes.figure.canvas.draw()
    assert axes.figure.get_size_inches()[1] < 120 * 0.2
    boxes = [label.get_window_extent() for label in axes.get_yticklabels()]
    assert not any(a.overlaps(b) for a, b in combinations(boxes, 2))


class Measured:
    """A firm of which only the index of satisfaction is known."""

    def __init__(self, index):
        self.indices = pd.DataFrame({"construct": ["Satisfaction"], "index": [index], "se": [1.0]})


def test_groups_by_another_construct(firms):
    axes = plot_indices(firms, construct="Loyalty")
    table = firms.indices.query("construct == 'Loyalty'").sort_values("index", ascending=False)
    assert row_labels(axes) == table["group"].tolist()
    assert axes.get_xlabel() == "Index of Customer loyalty (0-100)"


def test_impacts_stand_at_their_index(study):
    axes = plot_impacts(study, "Loyalty")
    table = study.impacts.query("target == 'Loyalty'")
    expected = [(study.index(name), v) for name, v in zip(table.source, table.impact, strict=True)]
    assert_allclose(axes.collections[0].get_offsets(), expected)
    placed = annotations(axes)
    for name, at in zip(table.source, expected, strict=True):
        assert placed[study.model.label(name)].xy == pytest.approx(at)
    upright, level = axes.lines
    means = np.mean(expected, axis=0)
    assert (upright.get_xdata()[0], level.get_ydata()[0]) == pytest.approx(means)


def test_target_is_satisfaction_by_default(study):
    assert len(plot_impacts(study).collections[0].get_offsets()) == 4


def test_labels_of_crowded_points_cover_nothing():
    causes = [f"A rather long name, {i}" for i in range(8)]
    model = csi.model(
        [reflective(name, [f"a{i}{k}" for k in range(2)]) for i, name in enumerate(causes)]
        + [reflective("Satisfaction", ["s1", "s2"])],
        [paths(causes, "Satisfaction", sign="+")],
        scale=(1, 10),
    )
    fit = csi.fit(model, csi.simulate(model, 400, rng=5))
    axes = plot_impacts(fit)
    axes.figure.canvas.draw()
    boxes = [
        Text.get_window_extent(note) for text, note in annotations(axes).items() if text in causes
    ]
    points = axes.transData.transform(axes.collections[0].get_offsets())
    assert len(boxes) == len(causes)
    assert not any(a.overlaps(b) for a, b in combinations(boxes, 2))
    assert not any(box.contains(*point) for box in boxes for point in points)
    assert not any(box.overlaps(line.get_window_extent()) for box in boxes for line in axes.lines)


def test_chinese_labels_have_glyphs_where_a_font_is_installed(study, firms):
    expected = nullcontext() if CHINESE_FONT else pytest.warns(UserWarning, match="Glyph")
    with expected:
        for axes in (
            plot_indices(study, language="zh"),
            plot_impacts(study, language="zh"),
            plot_indices(firms, language="zh"),
            plot_impacts(study, language="zh", ax=pyplot.subplots()[1]),
        ):
            axes.figure.canvas.draw()


def test_given_axes_are_used_and_settings_are_left_alone(acsi_fit):
    before = dict(mpl.rcParams)
    axes = pyplot.subplots()[1]
    assert plot_indices(acsi_fit, ax=axes) is axes
    assert plot_impacts(acsi_fit, ax=axes) is axes
    assert len(pyplot.get_fignums()) == 1
    assert dict(mpl.rcParams) == before


def test_names_are_text_and_no_formulas():
    model = csi.models.acsi()
    frame = csi.simulate(model, 200, rng=3, groups={"firm": {"$a$ <b>": {}, r"\frac{1$": {}}})
    axes = plot_indices(csi.fit_by(model, frame, by="firm"))
    axes.figure.canvas.draw()
    assert set(row_labels(axes)) == {"$a$ <b>", r"\frac{1$"}
    assert not any(label.get_parse_math() for label in axes.get_yticklabels())


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda fit: plot_indices(fit, construct="Loyalty"), "construct is 'Loyalty'"),
        (lambda fit: plot_indices(fit, language="de"), "language is 'de'"),
        (lambda fit: plot_impacts(fit, "Expectations"), "Nothing in the model leads to"),
        (lambda fit: plot_impacts(fit, "Loyality"), "Did you mean 'Loyalty'"),
        (lambda fit: plot_indices(fit.indices), "A DataFrame cannot be plotted"),
        (lambda fit: plot_impacts(fit, ax=3), "ax is a int"),
        (plot_ranking, "A Fit is no ranking"),
        (lambda fit: plot_impacts(fit.indices), "A DataFrame has no impacts"),
    ],
)
def test_refusals(acsi_fit, call, told):
    with pytest.raises(csi.OptionError, match=told):
        call(acsi_fit)


def test_the_first_figure_leaves_a_notebook_interactive():
    lines = [
        "import csi, csi.plots",
        "fit = csi.fit(csi.models.acsi(), csi.demo_survey())",
        "axes = csi.plots.plot_indices(fit)",
        "import matplotlib",
        "assert matplotlib.is_interactive()",
    ]
    program = (
        "from IPython.core.interactiveshell import InteractiveShell\n"
        f"shell = InteractiveShell.instance()\nshell.run_cell({chr(10).join(lines)!r})"
        ".raise_error()"
    )
    backend = {"MPLBACKEND": "module://matplotlib_inline.backend_inline"}
    subprocess.run([sys.executable, "-c", program], check=True, env=os.environ | backend)

"""What every plot is drawn on: fonts, colours, words, upright lines, legends."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from csi.errors import ArgumentTypeError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.text import Text

FONTS = (
    "Noto Sans CJK SC",
    "Source Han Sans SC",
    "Microsoft YaHei",
    "PingFang SC",
    "Hiragino Sans GB",
    "WenQuanYi Zen Hei",
    "WenQuanYi Micro Hei",
    "SimHei",
    "Noto Sans CJK JP",
)
"""Fonts with Chinese letters; those installed follow the reader's own font."""

LEGEND = 34.0
"""Points between the foot of an Axes, with its numbers and label, and its legend."""

INK, QUIET, RULE, BAR = "#1f2a36", "#5d6873", "#dfe4ea", "#c3d0de"
DASHES: dict[str, Any] = {"color": QUIET, "linewidth": 0.9, "linestyle": (0, (4, 3))}
QUIETLY: dict[str, Any] = {"color": QUIET, "fontsize": "small", "annotation_clip": False}
_WORDS = {
    "Index (0-100)": "指数（0 至 100）",
    "Index of {target} (0-100)": "{target}指数（0 至 100）",
    "mean of the groups {mean}": "各组均值 {mean}",
    "places": "名次",
    "Index of the driver (0-100)": "驱动因素的指数（0 至 100）",
    "Points that {target} moves per point": "每提高 1 分{target}变动的分数",
    "mean": "均值",
    "Performance (0-100)": "表现（0 至 100）",
    "Importance: points that {target} moves per point": "重要性：每提高 1 分{target}变动的分数",
    "Importance: standardised total effect on {target}": "重要性：对{target}的标准化总效应",
    "concentrate here": "重点改进",
    "keep up the good work": "继续保持",
    "low priority": "优先级低",
    "possible overkill": "可能投入过度",
    "necessary": "必要条件",
    "not necessary": "非必要条件",
    "area: share of respondents below the level that {outcome}% requires": (
        "面积：未达到 {outcome}% 所需水平的受访者比例"
    ),
    " ({target} of {level})": "（{target} {level}）",
    " ({share}%)": "（{share}%）",
}


@contextmanager
def drawing(ax: Axes | None, height: float) -> Iterator[Axes]:
    """Draw with fonts that hold Chinese, on a new figure where no Axes is given."""
    import matplotlib as mpl  # noqa: PLC0415 - slow to import
    from matplotlib import font_manager, pyplot  # noqa: PLC0415 - slow to import
    from matplotlib.axes import Axes as AnyAxes  # noqa: PLC0415 - slow to import

    if not isinstance(ax, AnyAxes | None):
        raise ArgumentTypeError(f"ax is a {type(ax).__name__}. Give a matplotlib Axes, or None.")
    installed = {font.name for font in font_manager.fontManager.ttflist}
    families = [*mpl.rcParams["font.family"], *(name for name in FONTS if name in installed)]
    # Before rc_context, which would undo what a notebook sets when the first figure is made.
    axes = pyplot.subplots(figsize=(7, height), layout="constrained")[1] if ax is None else ax
    with mpl.rc_context({"font.family": families, "text.parse_math": False}):
        axes.spines[["top", "right"]].set_visible(False)
        axes.spines[["left", "bottom"]].set_color(QUIET)
        axes.tick_params(color=QUIET)
        axes.set_axisbelow(True)
        yield axes


def own_fonts(axes: Axes, *others: Text) -> None:
    """Give the labels of an Axes, which may be older, the fonts of this drawing."""
    _own_fonts((axes.xaxis.label, axes.yaxis.label, *axes.get_yticklabels(), *others))


def _own_fonts(texts: Iterable[Text]) -> None:
    from matplotlib import rcParams  # noqa: PLC0415 - slow to import

    for text in texts:
        text.set(fontfamily=rcParams["font.family"], parse_math=False)


def upright(axes: Axes, x: float, word: str) -> None:
    """Draw a dashed line with a word above it."""
    axes.axvline(x, zorder=1, **DASHES)
    axes.annotate(
        word, (x, 1.01), xycoords=axes.get_xaxis_transform(), ha="center", va="bottom", **QUIETLY
    )


def legend_below(
    axes: Axes, handles: Sequence[Any], title: str = "", columns: int | None = None
) -> None:
    """Set a legend below an Axes, where it covers nothing; in one row, unless told otherwise."""
    from matplotlib.transforms import ScaledTranslation  # noqa: PLC0415 - slow to import

    below = ScaledTranslation(0, -LEGEND / 72, axes.figure.dpi_scale_trans)
    legend = axes.legend(
        handles=handles, loc="upper center", bbox_to_anchor=(0.5, 0),
        bbox_transform=axes.transAxes + below, ncols=columns or len(handles), frameon=False,
        fontsize="small", title=title or None, title_fontsize="small", handletextpad=0.5,
        columnspacing=1.8,
    )  # fmt: skip
    _own_fonts((legend.get_title(), *legend.get_texts()))


def save(axes: Axes, path: str | os.PathLike[str]) -> None:
    """Write the figure of an Axes to a file, and close it."""
    from matplotlib import pyplot  # noqa: PLC0415 - slow to import

    figure = axes.figure.canvas.figure
    figure.savefig(path, dpi=150)
    pyplot.close(figure)


def say(language: str, english: str, **values: str) -> str:
    """Return a label in a language."""
    return (_WORDS[english] if language == "zh" else english).format(**values)

"""Pictures of indices and impacts.

A plot takes a result, draws what stands in its tables and returns the Axes; it
shows and saves nothing. Everything can be told apart without colour. Labels in
Chinese need one of the fonts of ``FONTS`` to be installed.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import fmean, median
from typing import TYPE_CHECKING, Any

from csi.display import number, one_line
from csi.errors import ArgumentTypeError, OptionError
from csi.groups import Fits
from csi.reporting.phrases import Phrases
from csi.reporting.pictures import WHISKER
from csi.reporting.target import target_of
from csi.results import Fit

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.text import Annotation
    from matplotlib.transforms import Bbox

FONTS = (
    "Noto Sans CJK SC",
    "Source Han Sans SC",
    "Microsoft YaHei",
    "PingFang SC",
    "Hiragino Sans GB",
    "WenQuanYi Zen Hei",
    "WenQuanYi Micro Hei",
    "SimHei",
)
"""Fonts with Chinese letters; those installed follow the reader's own font."""

_INK, _QUIET, _RULE, _BAR = "#1f2a36", "#5d6873", "#dfe4ea", "#c3d0de"
_DASHES: dict[str, Any] = {"color": _QUIET, "linewidth": 0.9, "linestyle": (0, (4, 3))}
_QUIETLY: dict[str, Any] = {"color": _QUIET, "fontsize": "small", "annotation_clip": False}
_WORDS = {
    "Index (0-100)": "指数（0 至 100）",
    "Index of {target} (0-100)": "{target}指数（0 至 100）",
    "mean of the groups {mean}": "各组均值 {mean}",
    "Index of the driver (0-100)": "驱动因素的指数（0 至 100）",
    "Points that {target} moves per point": "每提高 1 分{target}变动的分数",
    "median": "中位数",
}
_PLACES = (((1, 0), "left", "center"), ((-1, 0), "right", "center"), ((0, 1), "center", "bottom"),
           ((0, -1), "center", "top"), ((1, 1), "left", "bottom"), ((-1, 1), "right", "bottom"),
           ((1, -1), "left", "top"), ((-1, -1), "right", "top"))  # fmt: skip
_DISTANCES = (7, 14, 24, 36, 50)


@dataclass(frozen=True, slots=True)
class _Row:
    """A construct or group with its index."""

    label: str
    index: float
    se: float


def plot_indices(
    fit_or_fits: Fit | Fits,
    *,
    construct: str | None = None,
    language: str = "en",
    ax: Axes | None = None,
) -> Axes:
    """Plot the indices of a fit, or one index of many fits.

    Whiskers reach 1.96 standard errors to each side, with the outer weights held
    fixed.

    Parameters
    ----------
    fit_or_fits : Fit or Fits
        A fit gives a bar for each construct on 0 to 100; fits by group give a
        dot for each group, best first, and a line at their mean.
    construct : str, optional
        Construct to show of fits by group; satisfaction by default.
    language : {"en", "zh"}
        Language of the labels.
    ax : Axes, optional
        Where to draw; a new figure by default.

    Returns
    -------
    Axes

    Raises
    ------
    OptionError
        If there is no such construct or language, or the fit has no means.
    DataError
        If an item has no declared scale ends.

    Examples
    --------
    >>> import csi
    >>> from csi.plots import plot_indices
    >>> fit = csi.fit(csi.models.acsi(), csi.demo_survey())
    >>> ax = plot_indices(fit)
    >>> ax.get_xlabel()
    'Index (0-100)'
    """
    Phrases(language)
    if isinstance(fit_or_fits, Fits):
        return _plot_groups(fit_or_fits, construct, language, ax)
    _check_fit(fit_or_fits)
    if construct is not None:
        raise OptionError(
            f"construct is {construct!r}, but one fit is plotted with all its constructs. Leave "
            "it out, or give fits by group."
        )
    model = fit_or_fits.model
    rows = [
        _Row(model.label(str(row["construct"]), language), row["index"], row["se"])
        for row in fit_or_fits.indices.to_dict("records")
    ]
    with _drawing(ax, 0.42 * len(rows) + 0.9) as axes:
        at = range(len(rows) - 1, -1, -1)
        axes.barh(at, [row.index for row in rows], height=0.62, color=_BAR, zorder=2)
        _whiskers(axes, rows, at, marker="|")
        _name_rows(axes, rows, at)
        axes.set_xlim(0, 100)
        axes.set_xlabel(_say(language, "Index (0-100)"))
        _own_fonts(axes)
    return axes


def plot_impacts(
    fit: Fit, target: str | None = None, *, language: str = "en", ax: Axes | None = None
) -> Axes:
    """Plot how much every driver moves a target against how good it already is.

    Drivers to the lower right of the picture do well and matter little; those to
    the upper left matter most and do worst. Dashed lines stand at the medians.

    Parameters
    ----------
    fit : Fit
        The fit.
    target : str, optional
        The construct to be moved; satisfaction by default.
    language : {"en", "zh"}
        Language of the labels.
    ax : Axes, optional
        Where to draw; a new figure by default.

    Returns
    -------
    Axes

    Raises
    ------
    OptionError
        If there is no such construct or language, nothing leads to the
        construct, or the fit has no means.
    DataError
        If an item has no declared scale ends.

    Examples
    --------
    >>> import csi
    >>> from csi.plots import plot_impacts
    >>> fit = csi.fit(csi.models.acsi(), csi.demo_survey())
    >>> plot_impacts(fit, "Loyalty").get_ylabel()
    'Points that Customer loyalty moves per point'
    """
    Phrases(language)
    _check_fit(fit)
    chosen = target_of(fit.model) if target is None else fit.model.construct(target).name
    table = fit.impacts[fit.impacts["target"] == chosen]
    if not len(table):
        raise OptionError(f"Nothing in the model leads to {chosen!r}. Name another target.")
    x = [fit.index(name) for name in table["source"]]
    y = table["impact"].tolist()
    labels = [fit.model.label(name, language) for name in table["source"]]
    with _drawing(ax, 4.2) as axes:
        axes.grid(color=_RULE, linewidth=0.6)
        axes.scatter(x, y, s=34, color=_INK, zorder=3)
        axes.margins(0.22)
        axes.set_xlabel(_say(language, "Index of the driver (0-100)"))
        told = fit.model.label(chosen, language)
        axes.set_ylabel(_say(language, "Points that {target} moves per point", target=told))
        _own_fonts(axes)
        if len(x) > 2:
            _medians(axes, x, y, _say(language, "median"))
        _label_points(axes, x, y, labels)
    return axes


def _plot_groups(fits: Fits, construct: str | None, language: str, ax: Axes | None) -> Axes:
    model = next(iter(fits.values())).model
    chosen = target_of(model) if construct is None else model.construct(construct).name
    table = fits.indices[fits.indices["construct"] == chosen]
    ranked = table.sort_values("index", ascending=False, kind="stable")
    rows = [
        _Row(one_line(str(row["group"])), row["index"], row["se"])
        for row in ranked.to_dict("records")
    ]
    mean = fmean(row.index for row in rows)
    with _drawing(ax, 0.34 * len(rows) + 1.2) as axes:
        at = range(len(rows) - 1, -1, -1)
        axes.grid(axis="x", color=_RULE, linewidth=0.6)
        told = _say(language, "mean of the groups {mean}", mean=number(mean, 1))
        _upright(axes, mean, told)
        _whiskers(axes, rows, at, marker="o")
        _name_rows(axes, rows, at)
        label = model.label(chosen, language)
        axes.set_xlabel(_say(language, "Index of {target} (0-100)", target=label))
        _own_fonts(axes)
    return axes


@contextmanager
def _drawing(ax: Axes | None, height: float) -> Iterator[Axes]:
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
        axes.spines[["left", "bottom"]].set_color(_QUIET)
        axes.tick_params(color=_QUIET)
        axes.set_axisbelow(True)
        yield axes


def _own_fonts(axes: Axes) -> None:
    """Give the labels of an Axes, which may be older, the fonts of this drawing."""
    from matplotlib import rcParams  # noqa: PLC0415 - slow to import

    for text in (axes.xaxis.label, axes.yaxis.label, *axes.get_yticklabels()):
        text.set(fontfamily=rcParams["font.family"], parse_math=False)


def _whiskers(axes: Axes, rows: Sequence[_Row], at: Sequence[int], marker: str) -> None:
    axes.errorbar(
        [row.index for row in rows], at, xerr=[WHISKER * row.se for row in rows], fmt=marker,
        color=_INK, markersize=5.5, elinewidth=1.3, capsize=3, zorder=3,
    )  # fmt: skip


def _name_rows(axes: Axes, rows: Sequence[_Row], at: Sequence[int]) -> None:
    """Write labels to the left of the rows and indices to the right."""
    axes.set_yticks(at, [row.label for row in rows])
    axes.tick_params(axis="y", length=0)
    axes.set_ylim(-0.6, len(rows) - 0.4)
    for y, row in zip(at, rows, strict=True):
        axes.annotate(
            number(row.index, 1), (1.01, y), xycoords=axes.get_yaxis_transform(), va="center",
            **_QUIETLY,
        )  # fmt: skip


def _medians(axes: Axes, x: Sequence[float], y: Sequence[float], word: str) -> None:
    _upright(axes, median(x), word)
    axes.axhline(median(y), zorder=1, **_DASHES)
    axes.annotate(
        word, (1.01, median(y)), xycoords=axes.get_yaxis_transform(), va="center", **_QUIETLY
    )


def _upright(axes: Axes, x: float, word: str) -> None:
    """Draw a dashed line with a word above it."""
    axes.axvline(x, zorder=1, **_DASHES)
    axes.annotate(
        word, (x, 1.01), xycoords=axes.get_xaxis_transform(), ha="center", va="bottom", **_QUIETLY
    )


def _label_points(
    axes: Axes, x: Sequence[float], y: Sequence[float], labels: Sequence[str]
) -> None:
    """Write each label where it covers no point, no line and no other label."""
    axes.figure.canvas.figure.draw_without_rendering()
    points = axes.transData.transform(list(zip(x, y, strict=True)))
    taken = [_around(px, py) for px, py in points]
    taken += [line.get_window_extent().padded(2) for line in axes.lines]
    for at, label in zip(zip(x, y, strict=True), labels, strict=True):
        taken.append(_placed(axes, at, label, taken))


def _placed(axes: Axes, at: tuple[float, float], label: str, taken: Sequence[Bbox]) -> Bbox:
    """Write a label at the nearest free place, or where it covers least, and return its box."""
    from matplotlib.text import Text  # noqa: PLC0415 - slow to import

    tried: list[tuple[float, int, Annotation]] = []
    for text in _candidates(axes, at, label):
        text.get_window_extent()  # moves the text; that box would hold the leader line as well
        box = Text.get_window_extent(text)
        tried.append((_overlap(box, taken) + _outside(box, axes.bbox), len(tried), text))
        if tried[-1][0] == 0:
            break
    chosen = min(tried)[2]
    for _, _, text in tried:
        if text is not chosen:
            text.remove()
    return Text.get_window_extent(chosen)


def _candidates(axes: Axes, at: tuple[float, float], label: str) -> Iterator[Annotation]:
    """Labels round a point, near ones first; distant ones are tied to it by a line."""
    line = {"arrowstyle": "-", "color": _QUIET, "linewidth": 0.6}
    for distance in _DISTANCES:
        for (right, up), ha, va in _PLACES:
            yield axes.annotate(
                label, at, (right * distance, up * distance), textcoords="offset points",
                ha=ha, va=va, color=_INK, arrowprops=line if distance > _DISTANCES[1] else None,
            )  # fmt: skip


def _around(x: float, y: float) -> Bbox:
    from matplotlib.transforms import Bbox  # noqa: PLC0415 - slow to import

    return Bbox.from_extents(x - 5, y - 5, x + 5, y + 5)


def _overlap(box: Bbox, taken: Sequence[Bbox]) -> float:
    shared = (type(box).intersection(box, other) for other in taken)
    return math.fsum(part.width * part.height for part in shared if part is not None)


def _outside(box: Bbox, frame: Bbox) -> float:
    inside = type(box).intersection(box, frame)
    return box.width * box.height - (0 if inside is None else inside.width * inside.height)


def _say(language: str, english: str, **values: str) -> str:
    return (_WORDS[english] if language == "zh" else english).format(**values)


def _check_fit(fit: object) -> None:
    if not isinstance(fit, Fit):
        raise ArgumentTypeError(
            f"A {type(fit).__name__} cannot be plotted. Give the result of csi.fit()"
            " or csi.fit_by()."
        )

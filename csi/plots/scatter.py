"""Drivers as points: what they move against how good they are."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from statistics import median
from typing import TYPE_CHECKING

from csi.errors import ArgumentTypeError, OptionError
from csi.plots.canvas import DASHES, INK, QUIET, QUIETLY, RULE, drawing, own_fonts, say, upright
from csi.reporting.phrases import Phrases
from csi.results import Fit
from csi.target import target_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.text import Annotation
    from matplotlib.transforms import Bbox

_PLACES = (((1, 0), "left", "center"), ((-1, 0), "right", "center"), ((0, 1), "center", "bottom"),
           ((0, -1), "center", "top"), ((1, 1), "left", "bottom"), ((-1, 1), "right", "bottom"),
           ((1, -1), "left", "top"), ((-1, -1), "right", "top"))  # fmt: skip
_DISTANCES = (7, 14, 24, 36, 50)


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
    if not isinstance(fit, Fit):
        raise ArgumentTypeError(
            f"A {type(fit).__name__} has no impacts to be plotted. Give the result of csi.fit()."
        )
    chosen = target_of(fit.model) if target is None else fit.model.construct(target).name
    table = fit.impacts[fit.impacts["target"] == chosen]
    if not len(table):
        raise OptionError(f"Nothing in the model leads to {chosen!r}. Name another target.")
    x = [fit.index(name) for name in table["source"]]
    y = table["impact"].tolist()
    labels = [fit.model.label(name, language) for name in table["source"]]
    with drawing(ax, 4.2) as axes:
        axes.grid(color=RULE, linewidth=0.6)
        axes.scatter(x, y, s=34, color=INK, zorder=3)
        axes.margins(0.22)
        axes.set_xlabel(say(language, "Index of the driver (0-100)"))
        told = fit.model.label(chosen, language)
        axes.set_ylabel(say(language, "Points that {target} moves per point", target=told))
        own_fonts(axes)
        if len(x) > 2:
            _medians(axes, x, y, say(language, "median"))
        _label_points(axes, x, y, labels)
    return axes


def _medians(axes: Axes, x: Sequence[float], y: Sequence[float], word: str) -> None:
    upright(axes, median(x), word)
    axes.axhline(median(y), zorder=1, **DASHES)
    axes.annotate(
        word, (1.01, median(y)), xycoords=axes.get_yaxis_transform(), va="center", **QUIETLY
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
    line = {"arrowstyle": "-", "color": QUIET, "linewidth": 0.6}
    for distance in _DISTANCES:
        for (right, up), ha, va in _PLACES:
            yield axes.annotate(
                label, at, (right * distance, up * distance), textcoords="offset points",
                ha=ha, va=va, color=INK, arrowprops=line if distance > _DISTANCES[1] else None,
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

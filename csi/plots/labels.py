"""Labels beside points: each where it covers no point, no line and no other label."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from csi.plots.canvas import INK, QUIET

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.text import Annotation
    from matplotlib.transforms import Bbox

RADIUS = 3.6
"""Half the width of an ordinary point, in points."""

_PLACES = (((1, 0), "left", "center"), ((-1, 0), "right", "center"), ((0, 1), "center", "bottom"),
           ((0, -1), "center", "top"), ((1, 1), "left", "bottom"), ((-1, 1), "right", "bottom"),
           ((1, -1), "left", "top"), ((-1, -1), "right", "top"))  # fmt: skip
_DISTANCES = (7, 14, 24, 36, 50)


def label_points(
    axes: Axes,
    x: Sequence[float],
    y: Sequence[float],
    labels: Sequence[str],
    radii: Sequence[float] | None = None,
) -> None:
    """Write each label beside its point, free of points, lines, texts and other labels.

    ``radii`` are half the widths of the points, in points, where they differ.
    """
    figure = axes.figure.canvas.figure
    figure.draw_without_rendering()
    sizes = [RADIUS] * len(labels) if radii is None else radii
    pixels = [size * figure.dpi / 72 for size in sizes]
    points = axes.transData.transform(list(zip(x, y, strict=True)))
    taken = [_around(px, py, size) for (px, py), size in zip(points, pixels, strict=True)]
    taken += [line.get_window_extent().padded(2) for line in axes.lines]
    taken += [text.get_window_extent() for text in axes.texts]
    for at, label, size in zip(zip(x, y, strict=True), labels, sizes, strict=True):
        taken.append(_placed(axes, at, label, size - RADIUS, taken))


def _placed(
    axes: Axes, at: tuple[float, float], label: str, further: float, taken: Sequence[Bbox]
) -> Bbox:
    """Write a label at the nearest free place, or where it covers least, and return its box."""
    from matplotlib.text import Text  # noqa: PLC0415 - slow to import

    tried: list[tuple[float, int, Annotation]] = []
    for text in _candidates(axes, at, label, further):
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


def _candidates(
    axes: Axes, at: tuple[float, float], label: str, further: float
) -> Iterator[Annotation]:
    """Labels round a point, near ones first; distant ones are tied to it by a line."""
    line = {"arrowstyle": "-", "color": QUIET, "linewidth": 0.6}
    for beyond in _DISTANCES:
        distance = beyond + further
        for (right, up), ha, va in _PLACES:
            yield axes.annotate(
                label, at, (right * distance, up * distance), textcoords="offset points",
                ha=ha, va=va, color=INK, arrowprops=line if beyond > _DISTANCES[1] else None,
            )  # fmt: skip


def _around(x: float, y: float, size: float) -> Bbox:
    from matplotlib.transforms import Bbox  # noqa: PLC0415 - slow to import

    return Bbox.from_extents(x - size, y - size, x + size, y + size)


def _overlap(box: Bbox, taken: Sequence[Bbox]) -> float:
    shared = (type(box).intersection(box, other) for other in taken)
    return math.fsum(part.width * part.height for part in shared if part is not None)


def _outside(box: Bbox, frame: Bbox) -> float:
    inside = type(box).intersection(box, frame)
    return box.width * box.height - (0 if inside is None else inside.width * inside.height)

"""The pictures of a report as SVG: bars of indices, groups as dots, drivers as points.

They are read without colour as well: marks differ in shape and position.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

from csi.display import number, one_line
from csi.layout import Box, text_width
from csi.reporting.svg import (
    BAR,
    INK,
    QUIET,
    RIGHT,
    RULE,
    TOP,
    WIDTH,
    Axis,
    dashes,
    grid,
    line,
    picture,
    round_ticks,
    safe,
    written,
)

WHISKER = 1.96
"""Standard errors to each side; 95 percent of a normal distribution."""

_ROW = 24.0
_LABEL, _WIDEST_LABEL = 12.5, 210.0
_HEIGHT, _LEFT, _FLOOR = 400.0, 56.0, 346.0
_MOST_LETTERS = 12
_AROUND = ((1, 0), (-1, 0), (0, -1), (0, 1), (1, -1), (-1, -1), (1, 1), (-1, 1))
_DISTANCES = (9, 16, 26, 38)


@dataclass(frozen=True, slots=True)
class Dot:
    """A group in a dot plot: its name, index, ends of its whisker, size, and letters."""

    label: str
    index: float
    low: float
    high: float
    n: float
    letters: str = ""


def index_bar(index: float, low: float, high: float, label: str) -> str:
    """Return a bar from 0 to 100 with a whisker.

    Parameters
    ----------
    index, low, high : float
        The index and the ends of its whisker; nothing is drawn beyond 0 and 100.
    label : str
        What a screen reader says.

    Returns
    -------
    str
    """
    at, low, high = (2 * _clipped(value) + 1 for value in (index, low, high))
    whisker = (
        line(low, 9, high, 9, INK, 1.2)
        + line(low, 5.5, low, 12.5, INK, 1.2)
        + line(high, 5.5, high, 12.5, INK, 1.2)
    )
    return (
        f'<svg class="bar" role="img" aria-label="{safe(label)}" viewBox="0 0 202 18" '
        'width="202" height="18">'
        f'<rect x="1" y="4" width="200" height="10" fill="#eef1f5"/>'
        f'<rect x="1" y="4" width="{at - 1:.1f}" height="10" fill="{BAR}"/>{whisker}</svg>'
    )


def dot_plot(dots: Sequence[Dot], overall: float, overall_label: str, title: str) -> str:
    """Return indices of groups as dots with whiskers, one row each, best first.

    Parameters
    ----------
    dots : sequence of Dot
        The groups.
    overall : float
        Index of all respondents together, drawn as a dashed line.
    overall_label : str
        What that line is called.
    title : str
        What a screen reader says; not drawn.

    Returns
    -------
    str
    """
    ranked = sorted(dots, key=lambda dot: (-dot.index, dot.label))
    ends = [end for dot in dots for end in (dot.low, dot.high)]
    labels = [_shortened(dot.label) for dot in ranked]
    widest = max(text_width(label, _LABEL) for label in labels)
    told = max(text_width(_told(dot), _LABEL) for dot in ranked)
    axis = Axis(round_ticks([overall, *ends]), left=widest + 28, right=max(told + 24, RIGHT))
    bottom = TOP + _ROW * len(ranked) + 4
    parts = [grid(axis, bottom), _overall(axis.x(overall), overall_label, bottom)]
    parts += [
        _dot_row(dot, label, TOP + _ROW * (row + 0.5), axis)
        for row, (dot, label) in enumerate(zip(ranked, labels, strict=True))
    ]
    return picture("".join(parts), bottom + 24, title)


@dataclass(frozen=True, slots=True)
class Driver:
    """A point of importance against performance: a driver, its impact and its index."""

    label: str
    impact: float
    index: float


def driver_plot(
    drivers: Sequence[Driver], axes: tuple[str, str], mean_word: str, title: str
) -> str:
    """Return drivers as points, impact to the right and index upwards.

    Parameters
    ----------
    drivers : sequence of Driver
        The drivers.
    axes : (str, str)
        What the horizontal and the vertical axis are called.
    mean_word : str
        What the dashed lines at the means are called.
    title : str
        What a screen reader says; not drawn.

    Returns
    -------
    str
    """
    across = Axis(round_ticks([driver.impact for driver in drivers]), left=_LEFT)
    upward = round_ticks([driver.index for driver in drivers])
    points = [Box(across.x(driver.impact), _up(driver.index, upward), 9, 9) for driver in drivers]
    middle = Box(fmean(p.x for p in points), fmean(p.y for p in points), 0, 0)
    boxes = _label_boxes([_shortened(driver.label) for driver in drivers], points, middle)
    parts = [_frame(across, upward, axes), _means(middle, mean_word)]
    parts += [
        f"<g><title>{safe(driver.label)}</title>"
        f'<circle cx="{point.x:.1f}" cy="{point.y:.1f}" r="4.2" fill="{INK}"/>'
        f"{written(_shortened(driver.label), box.x, box.y + 4.3, 'middle')}</g>"
        for driver, point, box in zip(drivers, points, boxes, strict=True)
    ]
    return picture("".join(parts), _HEIGHT, title)


def _up(value: float, ticks: Sequence[float]) -> float:
    share = (value - ticks[0]) / (ticks[-1] - ticks[0])
    return _FLOOR - share * (_FLOOR - 2 * TOP)


def _frame(across: Axis, upward: Sequence[float], axes: tuple[str, str]) -> str:
    right, top = across.x(across.ticks[-1]), 2 * TOP
    levels = "".join(
        line(_LEFT, _up(tick, upward), right, _up(tick, upward), RULE, 1)
        + written(f"{tick:g}", _LEFT - 8, _up(tick, upward) + 4.3, "end", QUIET)
        for tick in upward
    )
    named = written(axes[0], (_LEFT + right) / 2, _HEIGHT - 12, "middle", QUIET) + written(
        axes[1], 4, 15, "start", QUIET
    )
    return grid(across, _FLOOR, top) + levels + named


def _means(middle: Box, word: str) -> str:
    right, top = WIDTH - RIGHT, 2 * TOP
    return (
        dashes(middle.x, top - 6, middle.x, _FLOOR)
        + dashes(_LEFT, middle.y, right + 6, middle.y)
        + written(word, middle.x, top - 11, "middle", QUIET)
        + written(word, right + 12, middle.y + 4.3, "start", QUIET)
    )


def _label_boxes(labels: Sequence[str], points: Sequence[Box], middle: Box) -> list[Box]:
    """Place each label where it covers least of points, lines and labels before it."""
    taken = [*points, Box(middle.x, _FLOOR / 2, 3, _FLOOR), Box(WIDTH / 2, middle.y, WIDTH, 3)]
    placed: list[Box] = []
    for label, point in zip(labels, points, strict=True):
        width = text_width(label, _LABEL) + 4
        tried = [
            Box(
                point.x + right * (distance + width / 2),
                point.y + down * (distance + 3 + (distance if right else 0) / 2),
                width,
                16,
            )
            for distance in _DISTANCES
            for right, down in _AROUND
        ]
        best = min(tried, key=lambda box: _covered(box, [*taken, *placed]))
        placed.append(best)
    return placed


def _covered(box: Box, others: Sequence[Box]) -> float:
    """Area of a box that lies on others or outside the picture."""
    frame = Box((_LEFT + WIDTH) / 2, (_FLOOR + TOP) / 2 + 2, WIDTH - _LEFT, _FLOOR - TOP + 4)
    outside = box.width * box.height - _shared(box, frame)
    return round(math.fsum([outside, *(_shared(box, other) for other in others)]), 3)


def _shared(one: Box, other: Box) -> float:
    wide = min(one.right, other.right) - max(one.left, other.left)
    high = min(one.bottom, other.bottom) - max(one.top, other.top)
    return max(wide, 0.0) * max(high, 0.0)


def _dot_row(dot: Dot, label: str, y: float, axis: Axis) -> str:
    at, low, high = (axis.x(value) for value in (dot.index, dot.low, dot.high))
    return (
        f"<g><title>{safe(dot.label)}</title>"
        + written(label, axis.left - 16, y + 4.3, "end")
        + line(low, y, high, y, QUIET, 1.4)
        + f'<circle cx="{at:.1f}" cy="{y:.1f}" r="4.2" fill="{INK}"/>'
        + written(_told(dot), WIDTH - 4, y + 4.3, "end", QUIET)
        + "</g>"
    )


def _told(dot: Dot) -> str:
    """Return what stands to the right of a dot."""
    letters = dot.letters
    if len(letters) > _MOST_LETTERS:
        letters = _middle_cut(letters, _MOST_LETTERS)
    index = f"{number(dot.index, 1)} {letters}".rstrip()
    return f"{index}  (n = {number(dot.n, 0)})"


def _overall(x: float, label: str, bottom: float) -> str:
    told = f'<text x="{x:.1f}" y="14" text-anchor="middle" fill="{QUIET}">{safe(label)}</text>'
    return told + dashes(x, TOP - 6, x, bottom)


def _clipped(value: float) -> float:
    return min(max(value, 0.0), 100.0)


def _shortened(label: str) -> str:
    """Cut a long label in the middle, since names of branches differ at their ends."""
    plain = one_line(label)
    if text_width(plain, _LABEL) <= _WIDEST_LABEL:
        return plain
    kept = len(plain) - 1
    while text_width(_middle_cut(plain, kept), _LABEL) > _WIDEST_LABEL:
        kept -= 1
    return _middle_cut(plain, kept)


def _middle_cut(text: str, kept: int) -> str:
    return f"{text[: kept - kept // 2]}…{text[len(text) - kept // 2 :]}"

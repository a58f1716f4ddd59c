"""The pictures of a report as SVG: bars of indices, groups as dots, drivers as points.

They are read without colour as well: marks differ in shape and position.
"""

from __future__ import annotations

import html
import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

from csi.diagram import FONT
from csi.display import number, one_line
from csi.layout import Box, text_width

WHISKER = 1.96
"""Standard errors to each side; 95 percent of a normal distribution."""

_INK, _QUIET, _RULE, _BAR = "#1f2a36", "#5d6873", "#dfe4ea", "#9fb3c8"
_WIDTH, _ROW, _RIGHT, _TOP = 760.0, 24.0, 110.0, 26.0
_LABEL, _WIDEST_LABEL = 12.5, 210.0
_HEIGHT, _LEFT, _FLOOR = 400.0, 56.0, 346.0
_MOST_LETTERS = 12
_AROUND = ((1, 0), (-1, 0), (0, -1), (0, 1), (1, -1), (-1, -1), (1, 1), (-1, 1))
_DISTANCES = (9, 16, 26, 38)
_TICK_STEPS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50)


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
        _line(low, 9, high, 9, _INK, 1.2)
        + _line(low, 5.5, low, 12.5, _INK, 1.2)
        + _line(high, 5.5, high, 12.5, _INK, 1.2)
    )
    return (
        f'<svg class="bar" role="img" aria-label="{_safe(label)}" viewBox="0 0 202 18" '
        'width="202" height="18">'
        f'<rect x="1" y="4" width="200" height="10" fill="#eef1f5"/>'
        f'<rect x="1" y="4" width="{at - 1:.1f}" height="10" fill="{_BAR}"/>{whisker}</svg>'
    )


@dataclass(frozen=True, slots=True)
class _Axis:
    """The horizontal axis of a plot: its ticks, and the room to its left and right."""

    ticks: Sequence[float]
    left: float
    right: float = _RIGHT

    def x(self, value: float) -> float:
        share = (value - self.ticks[0]) / (self.ticks[-1] - self.ticks[0])
        return self.left + share * (_WIDTH - self.left - self.right)


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
    axis = _Axis(_ticks([overall, *ends]), left=widest + 28, right=max(told + 24, _RIGHT))
    bottom = _TOP + _ROW * len(ranked) + 4
    parts = [_grid(axis, bottom), _overall(axis.x(overall), overall_label, bottom)]
    parts += [
        _dot_row(dot, label, _TOP + _ROW * (row + 0.5), axis)
        for row, (dot, label) in enumerate(zip(ranked, labels, strict=True))
    ]
    return _picture("".join(parts), bottom + 24, title)


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
    across = _Axis(_ticks([driver.impact for driver in drivers]), left=_LEFT)
    upward = _ticks([driver.index for driver in drivers])
    points = [Box(across.x(driver.impact), _up(driver.index, upward), 9, 9) for driver in drivers]
    middle = Box(fmean(p.x for p in points), fmean(p.y for p in points), 0, 0)
    boxes = _label_boxes([_shortened(driver.label) for driver in drivers], points, middle)
    parts = [_frame(across, upward, axes), _means(middle, mean_word)]
    parts += [
        f"<g><title>{_safe(driver.label)}</title>"
        f'<circle cx="{point.x:.1f}" cy="{point.y:.1f}" r="4.2" fill="{_INK}"/>'
        f"{_text(_shortened(driver.label), box.x, box.y + 4.3, 'middle')}</g>"
        for driver, point, box in zip(drivers, points, boxes, strict=True)
    ]
    return _picture("".join(parts), _HEIGHT, title)


def _up(value: float, ticks: Sequence[float]) -> float:
    share = (value - ticks[0]) / (ticks[-1] - ticks[0])
    return _FLOOR - share * (_FLOOR - 2 * _TOP)


def _frame(across: _Axis, upward: Sequence[float], axes: tuple[str, str]) -> str:
    right, top = across.x(across.ticks[-1]), 2 * _TOP
    levels = "".join(
        _line(_LEFT, _up(tick, upward), right, _up(tick, upward), _RULE, 1)
        + _text(f"{tick:g}", _LEFT - 8, _up(tick, upward) + 4.3, "end", _QUIET)
        for tick in upward
    )
    named = _text(axes[0], (_LEFT + right) / 2, _HEIGHT - 12, "middle", _QUIET) + _text(
        axes[1], 4, 15, "start", _QUIET
    )
    return _grid(across, _FLOOR, top) + levels + named


def _means(middle: Box, word: str) -> str:
    right, top = _WIDTH - _RIGHT, 2 * _TOP
    return (
        _dashes(middle.x, top - 6, middle.x, _FLOOR)
        + _dashes(_LEFT, middle.y, right + 6, middle.y)
        + _text(word, middle.x, top - 11, "middle", _QUIET)
        + _text(word, right + 12, middle.y + 4.3, "start", _QUIET)
    )


def _label_boxes(labels: Sequence[str], points: Sequence[Box], middle: Box) -> list[Box]:
    """Place each label where it covers least of points, lines and labels before it."""
    taken = [*points, Box(middle.x, _FLOOR / 2, 3, _FLOOR), Box(_WIDTH / 2, middle.y, _WIDTH, 3)]
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
    frame = Box((_LEFT + _WIDTH) / 2, (_FLOOR + _TOP) / 2 + 2, _WIDTH - _LEFT, _FLOOR - _TOP + 4)
    outside = box.width * box.height - _shared(box, frame)
    return round(math.fsum([outside, *(_shared(box, other) for other in others)]), 3)


def _shared(one: Box, other: Box) -> float:
    wide = min(one.right, other.right) - max(one.left, other.left)
    high = min(one.bottom, other.bottom) - max(one.top, other.top)
    return max(wide, 0.0) * max(high, 0.0)


def _picture(content: str, height: float, title: str) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="{_safe(title)}" '
        f'viewBox="0 0 {_WIDTH:.0f} {height:.0f}" width="{_WIDTH:.0f}" height="{height:.0f}" '
        f'style="max-width:100%;height:auto" font-family="{_safe(FONT)}" font-size="12.5">'
        f"{content}</svg>"
    )


def _dot_row(dot: Dot, label: str, y: float, axis: _Axis) -> str:
    at, low, high = (axis.x(value) for value in (dot.index, dot.low, dot.high))
    return (
        f"<g><title>{_safe(dot.label)}</title>"
        + _text(label, axis.left - 16, y + 4.3, "end")
        + _line(low, y, high, y, _QUIET, 1.4)
        + f'<circle cx="{at:.1f}" cy="{y:.1f}" r="4.2" fill="{_INK}"/>'
        + _text(_told(dot), _WIDTH - 4, y + 4.3, "end", _QUIET)
        + "</g>"
    )


def _told(dot: Dot) -> str:
    """Return what stands to the right of a dot."""
    letters = dot.letters
    if len(letters) > _MOST_LETTERS:
        letters = _middle_cut(letters, _MOST_LETTERS)
    index = f"{number(dot.index, 1)} {letters}".rstrip()
    return f"{index}  (n = {number(dot.n, 0)})"


def _grid(axis: _Axis, bottom: float, top: float = _TOP) -> str:
    return "".join(
        _line(axis.x(tick), top, axis.x(tick), bottom, _RULE, 1)
        + _text(f"{tick:g}", axis.x(tick), bottom + 17, "middle", _QUIET)
        for tick in axis.ticks
    )


def _overall(x: float, label: str, bottom: float) -> str:
    told = f'<text x="{x:.1f}" y="14" text-anchor="middle" fill="{_QUIET}">{_safe(label)}</text>'
    return told + _dashes(x, _TOP - 6, x, bottom)


def _dashes(x1: float, y1: float, x2: float, y2: float) -> str:
    return (
        f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" '
        f'stroke="{_QUIET}" stroke-width="1.2" stroke-dasharray="4 3"/>'
    )


def _ticks(values: Sequence[float]) -> list[float]:
    """Return round numbers, evenly spaced, that enclose the values."""
    low, high = min(values), max(values)
    step = next((s for s in _TICK_STEPS if (high - low) / s <= 8), (high - low) / 8)
    first, last = math.floor(low / step), math.ceil(high / step)
    return [round(k * step, 6) for k in range(first, max(last, first + 1) + 1)]


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


def _line(x1: float, y1: float, x2: float, y2: float, colour: str, width: float) -> str:
    return (
        f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}" '
        f'stroke-width="{width:g}"/>'
    )


def _text(text: str, x: float, y: float, anchor: str, colour: str = _INK) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{colour}">{_safe(text)}</text>'
    )


def _safe(text: str) -> str:
    return html.escape(one_line(text), quote=True)

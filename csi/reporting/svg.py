"""Strokes, texts and axes of the pictures in a report, as SVG."""

from __future__ import annotations

import html
import math
from collections.abc import Sequence
from dataclasses import dataclass

from csi.diagram import FONT
from csi.display import one_line

INK, QUIET, RULE, BAR = "#1f2a36", "#5d6873", "#dfe4ea", "#9fb3c8"
WIDTH, RIGHT, TOP = 760.0, 110.0, 26.0
_TICK_STEPS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50)


@dataclass(frozen=True, slots=True)
class Axis:
    """The horizontal axis of a plot: its ticks, and the room to its left and right."""

    ticks: Sequence[float]
    left: float
    right: float = RIGHT

    def x(self, value: float) -> float:
        """Return where a value stands."""
        share = (value - self.ticks[0]) / (self.ticks[-1] - self.ticks[0])
        return self.left + share * (WIDTH - self.left - self.right)


def picture(content: str, height: float, title: str) -> str:
    """Return a whole picture; a screen reader says its title."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="{safe(title)}" '
        f'viewBox="0 0 {WIDTH:.0f} {height:.0f}" width="{WIDTH:.0f}" height="{height:.0f}" '
        f'style="max-width:100%;height:auto" font-family="{safe(FONT)}" font-size="12.5">'
        f"{content}</svg>"
    )


def grid(axis: Axis, bottom: float, top: float = TOP) -> str:
    """Return upright lines at the ticks, and the numbers below them."""
    return "".join(
        line(axis.x(tick), top, axis.x(tick), bottom, RULE, 1)
        + written(f"{tick:g}", axis.x(tick), bottom + 17, "middle", QUIET)
        for tick in axis.ticks
    )


def round_ticks(values: Sequence[float]) -> list[float]:
    """Return round numbers, evenly spaced, that enclose the values."""
    low, high = min(values), max(values)
    step = next((s for s in _TICK_STEPS if (high - low) / s <= 8), (high - low) / 8)
    first, last = math.floor(low / step), math.ceil(high / step)
    return [round(k * step, 6) for k in range(first, max(last, first + 1) + 1)]


def line(x1: float, y1: float, x2: float, y2: float, colour: str, width: float) -> str:
    """Return a stroke."""
    return (
        f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}" '
        f'stroke-width="{width:g}"/>'
    )


def dashes(x1: float, y1: float, x2: float, y2: float) -> str:
    """Return a dashed stroke."""
    return (
        f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" '
        f'stroke="{QUIET}" stroke-width="1.2" stroke-dasharray="4 3"/>'
    )


def written(text: str, x: float, y: float, anchor: str, colour: str = INK) -> str:
    """Return a line of text."""
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{colour}">{safe(text)}</text>'
    )


def safe(text: str) -> str:
    """Return text that is no markup, in one line."""
    return html.escape(one_line(text), quote=True)

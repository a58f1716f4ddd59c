"""The loyalty curve of a report as SVG: curve, bands, observed scores and zone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from csi.core.types import Array
from csi.loyalty.outcomes import ENDS
from csi.loyalty.zone import Zone
from csi.reporting.curve_results import StoredCurve
from csi.reporting.svg import (
    INK,
    QUIET,
    RULE,
    WIDTH,
    Axis,
    grid,
    line,
    picture,
    round_ticks,
    written,
)

_HEIGHT, _LEFT, _MARGIN, _CEILING, _FLOOR = 420.0, 62.0, 26.0, 34.0, 366.0
_WHOLE, _SINGLE, _SHADE = "#e8edf3", "#c3d0de", "#f7edd6"
_SMALLEST, _LARGEST = 1.5, 6.0
"""Radii of dots."""


@dataclass(frozen=True, slots=True)
class _Frame:
    """Where true scores and outcomes stand in the picture."""

    across: Axis
    upward: Sequence[float]

    def x(self, scores: Array) -> Array:
        first, last = self.across.x(0.0), self.across.x(1.0)
        return np.asarray(first + (last - first) * scores)

    def y(self, outcomes: Array) -> Array:
        share = (outcomes - self.upward[0]) / (self.upward[-1] - self.upward[0])
        return np.asarray(_FLOOR - share * (_FLOOR - _CEILING))


def curve_picture(curve: StoredCurve, axes: tuple[str, str], title: str) -> str:
    """Return the curve with its bands, the observed scores, and a zone that may be claimed.

    Parameters
    ----------
    curve : StoredCurve
        The curve.
    axes : (str, str)
        What the horizontal and the upright axis are called.
    title : str
        What a screen reader says; not drawn.

    Returns
    -------
    str
    """
    table, dots, raw = (_within(each, curve.window) for each in _drawn(curve))
    seen = [*table["all_lower"], *table["all_upper"], *raw["loyalty"], *dots["loyalty"]]
    frame = _Frame(
        Axis(round_ticks(curve.window), left=_LEFT, right=_MARGIN), round_ticks(seen or [0, 1])
    )
    parts = [
        _shade(frame, curve.zone), _grid(frame, axes),
        _band(frame, table, "all_", _WHOLE), _band(frame, table, "", _SINGLE),
        _stroke(frame, raw, 'stroke-width="1.2" stroke-dasharray="4 3"', QUIET),
        _circles(frame, dots), _stroke(frame, table, 'stroke-width="2.2"', INK),
        _bars(frame, curve.zone),
    ]  # fmt: skip
    return picture("".join(parts), _HEIGHT, title)


def _drawn(curve: StoredCurve) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Return curve, dots and the curve on raw scores; bands end where outcomes do."""
    table = curve.table
    bands = ["lower", "upper", "all_lower", "all_upper"]
    table[bands] = table[bands].clip(*ENDS[curve.unit])
    raw = curve.raw if curve.corrected else curve.raw.iloc[:0]
    return table, curve.points.rename(columns={"score": "satisfaction"}), raw


def _within(table: pd.DataFrame, window: tuple[float, float]) -> pd.DataFrame:
    return table[table["satisfaction"].between(*window)]


def _grid(frame: _Frame, axes: tuple[str, str]) -> str:
    right = WIDTH - _MARGIN
    levels = "".join(
        line(_LEFT, y, right, y, RULE, 1) + written(f"{tick:g}", _LEFT - 8, y + 4.3, "end", QUIET)
        for tick, y in zip(frame.upward, frame.y(np.array(frame.upward)), strict=True)
    )
    named = written(axes[0], (_LEFT + right) / 2, _HEIGHT - 14, "middle", QUIET)
    return (
        grid(frame.across, _FLOOR, _CEILING)
        + levels
        + named
        + written(axes[1], 4, 15, "start", QUIET)
    )


def _band(frame: _Frame, table: pd.DataFrame, which: str, colour: str) -> str:
    lower, upper = (table[f"{which}{side}"].to_numpy() for side in ("lower", "upper"))
    x = frame.x(table["satisfaction"].to_numpy())
    outline = _points([*x, *x[::-1]], [*frame.y(upper), *frame.y(lower)[::-1]])
    return f'<polygon points="{outline}" fill="{colour}"/>'


def _stroke(frame: _Frame, table: pd.DataFrame, look: str, colour: str) -> str:
    x, y = frame.x(table["satisfaction"].to_numpy()), frame.y(table["loyalty"].to_numpy())
    return f'<polyline points="{_points(x, y)}" fill="none" stroke="{colour}" {look}/>'


def _circles(frame: _Frame, dots: pd.DataFrame) -> str:
    x, y = frame.x(dots["satisfaction"].to_numpy()), frame.y(dots["loyalty"].to_numpy())
    part = np.sqrt(dots["weight"].to_numpy() / dots["weight"].max())
    radii = _SMALLEST + (_LARGEST - _SMALLEST) * part
    return "".join(
        f'<circle cx="{at:.1f}" cy="{height:.1f}" r="{r:.1f}" fill="none" stroke="{QUIET}"/>'
        for at, height, r in zip(x, y, radii, strict=True)
    )


def _shade(frame: _Frame, zone: Zone) -> str:
    if not zone.found:
        return ""
    low, high = frame.x(np.array([zone.low, zone.high]))
    edges = "".join(line(x, _CEILING, x, _FLOOR, QUIET, 1) for x in (low, high))
    return (
        f'<rect x="{low:.1f}" y="{_CEILING:.1f}" width="{high - low:.1f}" '
        f'height="{_FLOOR - _CEILING:.1f}" fill="{_SHADE}"/>{edges}'
    )


def _bars(frame: _Frame, zone: Zone) -> str:
    """Return where the edges of a zone may be, at the foot of the picture."""
    if not zone.found:
        return ""
    edges = ((zone.low, zone.low_interval), (zone.high, zone.high_interval))
    parts = []
    for (edge, ends), y in zip(edges, (_FLOOR - 10, _FLOOR - 24), strict=True):
        at, low, high = frame.x(np.array([edge, *ends]))
        parts.append(
            line(low, y, high, y, INK, 1.4)
            + line(low, y - 4, low, y + 4, INK, 1.4)
            + line(high, y - 4, high, y + 4, INK, 1.4)
            + f'<circle cx="{at:.1f}" cy="{y:.1f}" r="3" fill="{INK}"/>'
        )
    return "".join(parts)


def _points(x: Sequence[float] | Array, y: Sequence[float] | Array) -> str:
    return " ".join(f"{a:.1f},{b:.1f}" for a, b in zip(x, y, strict=True))

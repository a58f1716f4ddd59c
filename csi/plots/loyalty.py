"""Loyalty against true satisfaction, and how steep that curve is."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import pandas as pd

from csi.display import one_line
from csi.loyalty.curve import Curve
from csi.loyalty.outcomes import ENDS
from csi.loyalty.zone import Zone
from csi.plots.canvas import BAR, DASHES, INK, QUIET, RULE, drawing, legend_below, own_fonts
from csi.reporting.curve_results import StoredCurve, told
from csi.reporting.curve_words import axis_names, slope_name, verdict_with_p
from csi.reporting.phrases import Phrases

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_WHOLE, _SHADE = "#e8edf3", "#f7edd6"
"""Colours of the band of the whole curve, and of the zone."""

_HEIGHTS = (0.035, 0.085)
"""Where the intervals of the two edges stand, in parts of the upright axis."""

_SMALLEST, _LARGEST = 5.0, 110.0
"""Areas of dots, in square points."""


def plot_loyalty_curve(
    curve: Curve | StoredCurve, *, language: str = "en", ax: Axes | None = None
) -> Axes:
    """Plot loyalty against true satisfaction, with its bands and the insensitive zone.

    The line is the curve; the darker band holds it at each score, the lighter one as a
    whole. Dots are the means of those with the same or neighbouring observed scores, larger
    the more there are, and the dashed line is the curve through them, which measurement
    error has bent. A zone that may be claimed is shaded, with the intervals of its
    edges as bars on the axis. Nothing is drawn outside the window.

    Parameters
    ----------
    curve : Curve or StoredCurve
        What `csi.loyalty_curve` returned, or what `csi.from_json` read.
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
        If it is no curve, or the language is not known.

    Examples
    --------
    >>> import csi
    >>> fit = csi.fit(csi.models.acsi(), csi.demo_survey())
    >>> axes = csi.plot_loyalty_curve(csi.loyalty_curve(fit, rng=1))
    >>> axes.get_title(loc="left")
    'no evidence of an insensitive zone (p = 1.000)'
    """
    say, shown = Phrases(language), told(curve)
    table = shown.table
    with drawing(ax, 4.9) as axes:
        axes.grid(color=RULE, linewidth=0.6)
        handles = _line(axes, table, "loyalty", "", shown.percent, say)
        handles += _observed(axes, shown, say)
        handles += _zone(axes, shown.zone, shown.percent, say)
        _bars(axes, shown.zone)
        _within_scale(axes, shown.unit)
        title = axes.set_title(verdict_with_p(shown, say), loc="left", fontsize="medium")
        _name(axes, shown.window, axis_names(say, shown.cause, shown.effect, shown.unit))
        own_fonts(axes, title)
        legend_below(axes, handles, columns=3)
    return axes


def plot_loyalty_slopes(
    curve: Curve | StoredCurve, *, language: str = "en", ax: Axes | None = None
) -> Axes:
    """Plot how steep the loyalty curve is at each score, with its bands.

    The dashed line is the margin below which the slope of a zone is certified as
    insensitive.

    Parameters
    ----------
    curve : Curve or StoredCurve
        What `csi.loyalty_curve` returned, or what `csi.from_json` read.
    language : {"en", "zh"}
        Language of the labels.
    ax : Axes, optional
        Where to draw; a new figure by default. It goes well below the curve itself.

    Returns
    -------
    Axes

    Raises
    ------
    OptionError
        If it is no curve, or the language is not known.

    Examples
    --------
    >>> import csi
    >>> fit = csi.fit(csi.models.acsi(), csi.demo_survey())
    >>> axes = csi.plot_loyalty_slopes(csi.loyalty_curve(fit, rng=1))
    >>> axes.get_ylabel()
    'Slope: Loyalty per point of Satisfaction'
    """
    say, shown = Phrases(language), told(curve)
    zone = shown.zone
    with drawing(ax, 3.6) as axes:
        axes.grid(color=RULE, linewidth=0.6)
        axes.axhline(0, color=QUIET, linewidth=0.9, zorder=1)
        handles = _line(axes, shown.table, "slope", "slope_", shown.percent, say)
        if not math.isnan(zone.margin):
            called = say("margin of an insensitive slope")
            handles.append(axes.axhline(zone.sign * zone.margin, label=called, zorder=2, **DASHES))
        _zone(axes, zone, shown.percent, say)
        across, _ = axis_names(say, shown.cause, shown.effect, shown.unit)
        upright = slope_name(say, shown.cause, shown.effect, shown.settings.scale)
        _name(axes, shown.window, (across, upright))
        own_fonts(axes)
        legend_below(axes, handles, columns=2)
    return axes


def _line(
    axes: Axes, table: pd.DataFrame, column: str, prefix: str, percent: str, say: Phrases
) -> list[Any]:
    """Draw a curve with its two bands."""
    x = table["satisfaction"]
    bands = (
        ("all_", _WHOLE, say("{level} for the whole", level=percent)),
        ("", BAR, say("{level} at each score", level=percent)),
    )
    drawn = [
        axes.fill_between(
            x, table[f"{prefix}{which}lower"], table[f"{prefix}{which}upper"],
            color=colour, linewidth=0, label=called, zorder=2,
        )
        for which, colour, called in bands
    ]  # fmt: skip
    called = say("curve" if column == "loyalty" else "slope")
    return [*axes.plot(x, table[column], color=INK, linewidth=2, label=called, zorder=5), *drawn]


def _observed(axes: Axes, shown: StoredCurve, say: Phrases) -> list[Any]:
    """Draw what is seen before measurement error is corrected, within the window."""
    low, high = shown.window
    dots = shown.points
    size = _SMALLEST + (_LARGEST - _SMALLEST) * dots["weight"] / dots["weight"].max()
    inside = dots["score"].between(low, high)
    drawn: list[Any] = [
        axes.scatter(
            dots["score"][inside], dots["loyalty"][inside], s=size[inside], facecolors="none",
            edgecolors=QUIET, linewidths=0.8, label=say("respondents (size: how many)"), zorder=3,
        )
    ]  # fmt: skip
    if shown.corrected:
        raw = shown.raw
        raw = raw[raw["satisfaction"].between(low, high)]
        called = say("observed, with measurement error")
        look = DASHES | {"linewidth": 1.2}
        drawn += axes.plot(raw["satisfaction"], raw["loyalty"], label=called, zorder=4, **look)
    return drawn


def _zone(axes: Axes, zone: Zone, percent: str, say: Phrases) -> list[Any]:
    """Shade a zone that may be claimed."""
    if not zone.found:
        return []
    for edge in (zone.low, zone.high):
        axes.axvline(edge, color=QUIET, linewidth=0.9, zorder=1.5)
    called = say("zone; bars: its edges, {level}", level=percent)
    return [axes.axvspan(zone.low, zone.high, color=_SHADE, linewidth=0, label=called, zorder=0.5)]


def _bars(axes: Axes, zone: Zone) -> None:
    """Draw where the edges of a zone may be, at the foot of the picture."""
    if not zone.found:
        return
    edges = ((zone.low, zone.low_interval), (zone.high, zone.high_interval))
    for (edge, ends), height in zip(edges, _HEIGHTS, strict=True):
        foot: dict[str, Any] = {"transform": axes.get_xaxis_transform(), "color": INK, "zorder": 6}
        axes.plot(ends, [height] * 2, linewidth=1.4, marker="|", markersize=8, **foot)
        axes.plot([edge], [height], marker="o", markersize=4, **foot)


def _within_scale(axes: Axes, unit: str) -> None:
    """Leave out what no outcome can be."""
    low, high = ENDS[unit]
    bottom, top = axes.get_ylim()
    axes.set_ylim(max(bottom, low - 0.01 * (top - bottom)), min(top, high + 0.01 * (top - bottom)))


def _name(axes: Axes, window: tuple[float, float], names: tuple[str, str]) -> None:
    low, high = window
    margin = 0.02 * (high - low)
    axes.set_xlim(low - margin, high + margin)
    axes.set_xlabel(one_line(names[0]))
    axes.set_ylabel(one_line(names[1]))

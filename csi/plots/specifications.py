"""Estimates under every specification, above the choices behind each of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from csi.display import number as shown
from csi.display import one_line
from csi.errors import ArgumentTypeError, kind_of
from csi.plots.canvas import DASHES, INK, QUIET, RULE, drawing, legend_below, own_fonts
from csi.plots.specification_words import rank, say
from csi.published.specified.results import Computed, SpecificationCurve
from csi.reporting.phrases import Phrases

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FAMILIES: dict[str, tuple[str, str]] = {
    "PLS": ("#0072b2", "o"),
    "PLSc": ("#e69f00", "^"),
    "equal weights": ("#9aa7b4", "D"),
    "CBSEM": (INK, "s"),
    "other": ("#a3458b", "v"),
}
"""Colour and mark of each family of estimators, told apart in grey as well."""

Row = tuple[str, str]
"""A dimension, and one of its choices; empty for the heading."""

_UPPER, _ROW, _GAP = 2.7, 0.185, 0.35
"""Height of the upper panel and of a row of the lower one, in inches; rows between dimensions."""

_LARGEST, _ACROSS = 5.0, 380.0
"""Largest width of a mark, and width of the panels, in points."""

_SHADE, _MOST = "#f7edd6", 6
"""Colour of the default, and entries of a legend of one row."""


def plot_specifications(
    curve: SpecificationCurve, *, language: str = "en", ax: Axes | None = None
) -> Axes:
    """Plot one number under every specification, above the choices behind each.

    Specifications stand side by side, from the lowest estimate to the highest. Above are
    estimates with their limits, below a dot for every choice that was made. Colour and mark
    tell the kind of estimator; hollow marks are inadmissible, and those far off are only
    pointed to. What could not be estimated stands at the end, with a cross at the foot. What
    ``csi.fit(model, data)`` does is shaded, the median is the dashed line.

    Parameters
    ----------
    curve : SpecificationCurve
        What `csi.specification_curve` returned.
    language : {"en", "zh"}
        Language of the labels.
    ax : Axes, optional
        Where to draw; it keeps its upper part, and the choices get the lower one. A new
        figure by default.

    Returns
    -------
    Axes
        Of the estimates; that of the choices is the last one of its figure.

    Raises
    ------
    OptionError
        If it is no specification curve, or the language is not known.

    Examples
    --------
    >>> import csi
    >>> from csi.plots.specifications import plot_specifications
    >>> from csi.published.specified.specifying import specification_curve
    >>> curve = specification_curve(
    ...     csi.models.acsi(), csi.demo_survey(), "index Satisfaction", n_boot=0
    ... )
    >>> plot_specifications(curve).get_ylabel()
    'Index (0-100)'
    """
    Phrases(language)
    if not isinstance(curve, SpecificationCurve):
        raise ArgumentTypeError(
            f"{kind_of(curve)} is no specification curve. Give the result of "
            "csi.specification_curve()."
        )
    rows = _rows(curve)
    below = _ROW * (0.5 - min(rows.values()))
    with drawing(ax, _UPPER + below + 1.1) as upper:
        lower = _split(upper, _UPPER, below)
        _estimates(upper, curve, language)
        _choices(lower, curve, rows, language)
        for axes in (upper, lower):
            _mark_default(axes, curve)
            axes.set_xlim(-0.8, len(curve.computed) - 0.2)
            axes.set_xticks([])
        title = upper.set_title(_title(curve, language), loc="left", fontsize="medium")
        upper.set_ylabel(say(language, curve.number.kind))
        words = "Specifications, from the lowest estimate to the highest"
        lower.set_xlabel(say(language, words))
        own_fonts(upper, title)
        own_fonts(lower)
        handles = _handles(curve, language)
        legend_below(lower, handles, columns=len(handles) if len(handles) <= _MOST else 4)
    return upper


def _split(upper: Axes, above: float, below: float) -> Axes:
    """Give the lower part of an Axes to another one, and return that."""
    figure, spec = upper.get_figure(), upper.get_subplotspec()
    assert figure is not None
    if spec is not None:
        parts = spec.subgridspec(2, 1, height_ratios=[above, below], hspace=0.03)
        upper.set_subplotspec(parts[0])
        lower = figure.add_subplot(parts[1])
    else:
        x, y, width, height = upper.get_position().bounds
        share = below / (above + below)
        upper.set_position((x, y + height * share, width, height * (1 - share)))
        lower = figure.add_axes((x, y, width, height * share * 0.96))
    lower.spines[["top", "right", "bottom", "left"]].set_visible(False)
    lower.set_axisbelow(True)
    return lower


def _estimates(axes: Axes, curve: SpecificationCurve, language: str) -> None:
    """Draw estimates with their limits, the median, and crosses for what failed."""
    axes.grid(axis="y", color=RULE, linewidth=0.6)
    size = _size(curve)
    for family, places in _by_family(curve.computed).items():
        colour, mark = FAMILIES[family]
        of = [curve.computed[i] for i in places]
        axes.vlines(
            places, [each.lower for each in of], [each.upper for each in of], color=colour,
            linewidth=max(size / 4, 0.5), alpha=0.55, zorder=2,
        )  # fmt: skip
        axes.scatter(
            places, [each.estimate for each in of], marker=mark, s=(1.15 * size) ** 2,
            facecolors=[colour if each.admissible else "white" for each in of],
            edgecolors=colour, linewidths=max(size / 6, 0.4), zorder=3, label=family,
        )  # fmt: skip
    failed = [i for i, each in enumerate(curve.computed) if each.failed]
    foot = axes.get_xaxis_transform()
    if failed:
        axes.scatter(
            failed, [0.03] * len(failed), marker="x", s=size**2, color=INK, transform=foot,
            label="failed", zorder=3,
        )  # fmt: skip
    low, high = _reach(curve)
    axes.set_ylim(low, high)
    for mark, height, beyond in (("v", 0.03, "low"), ("^", 0.97, "high")):
        places = _beyond(curve, low, high)[beyond]
        axes.scatter(
            places, [height] * len(places), marker=mark, s=(1.3 * size) ** 2, facecolors="white",
            edgecolors=INK, transform=foot, label=f"beyond {beyond}", zorder=4,
        )  # fmt: skip
    if low < 0 < high:
        axes.axhline(0, color=QUIET, linewidth=0.9, zorder=1)
    axes.axhline(curve.median, zorder=1.5, **DASHES)


def _reach(curve: SpecificationCurve) -> tuple[float, float]:
    """Return the ends of the upright axis.

    What is admissible is shown whole; an inadmissible estimate further off than that is high
    would leave nothing of it to be seen.
    """
    known = [each for each in curve.computed if not each.failed]
    trusted = [each for each in known if each.admissible] or known
    ends = np.array([(each.estimate, each.lower, each.upper) for each in trusted])
    low, high = np.nanmin(ends), np.nanmax(ends)
    room = max(high - low, abs(high) * 1e-6, 1e-9)
    near = [each.estimate for each in known if low - room <= each.estimate <= high + room]
    low, high = min(low, *near), max(high, *near)
    margin = 0.05 * max(high - low, room)
    return float(low - margin), float(high + margin)


def _beyond(curve: SpecificationCurve, low: float, high: float) -> dict[str, list[int]]:
    """Return the places of estimates that lie below and above the picture."""
    numbers = [each.estimate for each in curve.computed]
    return {
        "low": [i for i, number in enumerate(numbers) if number < low],
        "high": [i for i, number in enumerate(numbers) if number > high],
    }


def _choices(
    axes: Axes, curve: SpecificationCurve, rows: Mapping[Row, float], language: str
) -> None:
    """Draw a dot for every choice of every specification, below the name of its dimension."""
    size = 0.85 * _size(curve)
    for place, each in enumerate(curve.computed):
        chosen = each.specification.choices
        heights = [rows[row] for row in chosen.items() if row[1] and row in rows]
        colour = FAMILIES[each.specification.family][0]
        axes.scatter(
            [place] * len(heights), heights, s=size**2, edgecolors=colour, linewidths=0.6,
            facecolors="none" if each.failed else colour, zorder=3,
        )  # fmt: skip
    for row, height in rows.items():
        if row[1]:
            axes.axhline(height, color=RULE, linewidth=0.6, zorder=1)
    axes.set_yticks(list(rows.values()), [_row_label(row, language) for row in rows])
    axes.tick_params(axis="y", length=0, labelsize=8.3)
    for label, row in zip(axes.get_yticklabels(), rows, strict=True):
        label.set_color(QUIET if row[1] else INK)
    axes.set_ylim(min(rows.values()) - 0.6, 0.6)


def _rows(curve: SpecificationCurve) -> dict[Row, float]:
    """Return the heights of dimensions, each followed by its choices, if there are several."""
    rows: dict[Row, float] = {}
    height = 0.0
    known = {
        name: {each.specification.choices[name] for each in curve.computed} - {""}
        for name in curve.dimensions
    }
    several = [name for name, choices in known.items() if len(choices) > 1]
    for name in several or ["estimator"]:
        for choice in ("", *sorted(known[name], key=rank)):
            rows[name, choice] = height
            height -= 1
        height -= _GAP
    return rows


def _mark_default(axes: Axes, curve: SpecificationCurve) -> None:
    for place, each in enumerate(curve.computed):
        if each.specification.default:
            axes.axvspan(place - 0.5, place + 0.5, color=_SHADE, linewidth=0, zorder=0.5)


def _handles(curve: SpecificationCurve, language: str) -> list[Any]:
    """Return what the legend explains."""
    from matplotlib.lines import Line2D  # noqa: PLC0415 - slow to import
    from matplotlib.patches import Patch  # noqa: PLC0415 - slow to import

    def mark(look: Mapping[str, Any], words: str) -> Line2D:
        return Line2D([], [], linestyle="none", markersize=5.5, label=words, **look)

    handles: list[Any] = [
        mark({"color": FAMILIES[family][0], "marker": FAMILIES[family][1]}, say(language, family))
        for family in _by_family(curve.computed)
    ]
    if any(not each.failed and not each.admissible for each in curve.computed):
        hollow = {"color": QUIET, "marker": "o", "markerfacecolor": "white"}
        handles.append(mark(hollow, say(language, "hollow: inadmissible")))
    if any(_beyond(curve, *_reach(curve)).values()):
        beyond = {"color": INK, "marker": "v", "markerfacecolor": "white"}
        handles.append(mark(beyond, say(language, "beyond the picture")))
    if curve.failed:
        handles.append(mark({"color": INK, "marker": "x"}, say(language, "failed")))
    if any(each.specification.default for each in curve.computed):
        handles.append(Patch(color=_SHADE, label=say(language, "default")))
    digits = 1 if curve.number.kind == "index" else 3
    words = say(language, "median {median}", median=shown(curve.median, digits))
    return [*handles, Line2D([], [], label=words, **DASHES)]


def _by_family(computed: Iterable[Computed]) -> dict[str, list[int]]:
    """Return the places of each family that is there, failed ones left out."""
    places: dict[str, list[int]] = {name: [] for name in FAMILIES}
    for i, each in enumerate(computed):
        if not each.failed:
            places[each.specification.family].append(i)
    return {name: found for name, found in places.items() if found}


def _size(curve: SpecificationCurve) -> float:
    """Return the width of a mark in points, smaller where there are many."""
    return float(np.clip(0.8 * _ACROSS / len(curve.computed), 1.4, _LARGEST))


def _title(curve: SpecificationCurve, language: str) -> str:
    called = (curve.labels or {}) if language == "zh" else {}
    ends = " → ".join(called.get(name, name) for name in curve.number.ends)
    count = len(curve.computed)
    words = "{number}: {count} specifications" if count > 1 else "{number}: 1 specification"
    return one_line(say(language, words, number=ends, count=str(count)))


def _row_label(row: Row, language: str) -> str:
    name, choice = row
    if not choice:
        return say(language, f"dimension {name}")
    return one_line(say(language, "choice path" if choice == "path" else choice))

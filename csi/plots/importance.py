"""The importance-performance map."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import TYPE_CHECKING, Any

import numpy as np

from csi.assessment.ceilings import NecessaryConditions
from csi.assessment.importance import ImportancePerformance, importance_performance
from csi.declared import check_flags
from csi.display import number, one_line
from csi.errors import ArgumentTypeError, OptionError, kind_of
from csi.plots.canvas import (
    DASHES,
    INK,
    QUIETLY,
    RULE,
    drawing,
    legend_below,
    own_fonts,
    say,
    upright,
)
from csi.plots.labels import RADIUS, label_points
from csi.reporting.phrases import Phrases
from csi.results import Fit

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LARGEST = 34.0
"""Half the width, in points, of the bubble of a construct that everybody is short of."""

_CORNERS = {
    "concentrate here": ("right", "bottom", (0.99, 0.015)),
    "keep up the good work": ("right", "top", (0.99, 0.985)),
    "low priority": ("left", "bottom", (0.01, 0.015)),
    "possible overkill": ("left", "top", (0.01, 0.985)),
}


@dataclass(frozen=True, slots=True)
class Bubble:
    """What stands for one construct or item.

    Attributes
    ----------
    label : str
    importance, performance : float
    radius : float
        Half its width, in points.
    hollow : bool
    """

    label: str
    importance: float
    performance: float
    radius: float = RADIUS
    hollow: bool = False


def plot_importance_performance(
    result: ImportancePerformance | Fit,
    target: str | None = None,
    *,
    items: bool = False,
    necessity: NecessaryConditions | None = None,
    outcome: float = 80.0,
    language: str = "en",
    ax: Axes | None = None,
) -> Axes:
    """Plot how good constructs or items are against how much they matter for a target.

    Dashed lines stand at the means. What matters much and performs badly is in the
    lower right corner: there to concentrate.

    Parameters
    ----------
    result : ImportancePerformance or Fit
        What `csi.importance_performance` returned, or a fit to take it of.
    target : str, optional
        The construct to be moved, if a fit is given; satisfaction by default.
    items : bool
        Show the items instead of the constructs.
    necessity : NecessaryConditions, optional
        What `csi.necessary_conditions` returned for the same target. A bubble is
        then as large (in area) as the share of respondents who do not reach the
        level that is required for the outcome, by the first of its ceilings; it is
        hollow if the construct is necessary, d at least 0.1 with p below 0.05.
    outcome : float
        The outcome wanted, in percent of the range of the target.
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
        If an option has no meaning, or the necessary conditions belong to another
        target.
    DataError
        If an item has no declared scale ends.

    References
    ----------
    Hauff, S., Richter, N. F., Sarstedt, M. and Ringle, C. M. (2024). Importance and
    performance in PLS-SEM and NCA: introducing the combined importance-performance
    map analysis (cIPMA). Journal of Retailing and Consumer Services 78, 103723.
    doi:10.1016/j.jretconser.2024.103723

    Examples
    --------
    >>> import csi
    >>> from csi.plots import plot_importance_performance
    >>> fit = csi.fit(csi.models.acsi(), csi.demo_survey())
    >>> plot_importance_performance(fit, "Loyalty").get_ylabel()
    'Performance (0-100)'
    """
    Phrases(language)
    check_flags(items=items)
    _check_outcome(outcome)
    shown = _shown(result, target)
    _check_necessity(necessity, shown, items)
    bubbles = _items(shown) if items else _constructs(shown, language, necessity, outcome)
    with drawing(ax, 4.4 if necessity is None else 4.9) as axes:
        axes.grid(color=RULE, linewidth=0.6)
        _draw(axes, bubbles)
        axes.margins(0.2)
        axes.set_xlabel(_importance(shown, language))
        axes.set_ylabel(say(language, "Performance (0-100)"))
        own_fonts(axes)
        if necessity is not None:
            _explain(axes, necessity, outcome, language)
        if len(bubbles) > 1:
            _quarters(axes, bubbles, language)
        label_points(
            axes,
            [bubble.importance for bubble in bubbles],
            [bubble.performance for bubble in bubbles],
            [bubble.label for bubble in bubbles],
            [bubble.radius for bubble in bubbles],
        )
    return axes


def _shown(result: object, target: str | None) -> ImportancePerformance:
    if isinstance(result, Fit):
        return importance_performance(result, target)
    if not isinstance(result, ImportancePerformance):
        raise ArgumentTypeError(
            f"{kind_of(result)} has no importances to be plotted. Give the result of "
            "csi.importance_performance() or csi.fit()."
        )
    if target not in (None, result.target):
        raise OptionError(
            f"The result is about {result.target!r}, not {target!r}. Leave out the target, or "
            "give the fit."
        )
    return result


def _check_outcome(outcome: object) -> None:
    real = isinstance(outcome, int | float | np.number) and not isinstance(outcome, bool)
    if not real or not 0 <= outcome <= 100:  # type: ignore[operator]
        raise OptionError(
            f"outcome is {outcome!r}. Give one percentage of the range of the target, 0 to 100."
        )


def _check_necessity(necessity: object, shown: ImportancePerformance, items: bool) -> None:
    if necessity is None:
        return
    if not isinstance(necessity, NecessaryConditions):
        raise ArgumentTypeError(
            f"necessity is a {type(necessity).__name__}. Give the result of "
            "csi.necessary_conditions()."
        )
    if necessity.target != shown.target:
        raise OptionError(
            f"The necessary conditions are those of {necessity.target!r}, the importances are for "
            f"{shown.target!r}. Give both for the same target."
        )
    if items:
        raise OptionError(
            "Necessary conditions are constructs. Leave out items=True, or necessity."
        )


def _items(shown: ImportancePerformance) -> list[Bubble]:
    table = shown.items
    columns = zip(table["indicator"], table["importance"], table["performance"], strict=True)
    return [Bubble(*row) for row in columns]


def _constructs(
    shown: ImportancePerformance,
    language: str,
    necessity: NecessaryConditions | None,
    outcome: float,
) -> list[Bubble]:
    table, short = shown.constructs, {} if necessity is None else _short(necessity, outcome)
    bubbles = []
    columns = zip(table["construct"], table["importance"], table["performance"], strict=True)
    for name, x, y in columns:
        label = one_line(shown.fit.model.label(name, language))
        if name not in short:
            bubbles.append(Bubble(label, x, y))
            continue
        below, necessary = short[name]
        radius = max(RADIUS, LARGEST * below**0.5)
        share = say(language, " ({share}%)", share=number(100 * below, 0))
        bubbles.append(Bubble(label + share, x, y, radius, necessary))
    return bubbles


def _short(necessity: NecessaryConditions, outcome: float) -> dict[str, tuple[float, bool]]:
    """Return the share below what is required, and whether the construct is necessary."""
    first = necessity.ceilings[0]
    required, table = necessity.required(outcome), necessity.table
    below = required.loc[required["ceiling"] == first, ["construct", "below"]]
    necessary = table.loc[table["ceiling"] == first, "necessary"]
    columns = zip(below["construct"], below["below"], necessary, strict=True)
    return {name: (share, bool(held)) for name, share, held in columns if np.isfinite(share)}


def _draw(axes: Axes, bubbles: Sequence[Bubble]) -> None:
    for bubble in bubbles:
        axes.scatter(
            bubble.importance, bubble.performance, s=4 * bubble.radius**2, zorder=3,
            facecolors="white" if bubble.hollow else INK, edgecolors=INK, linewidths=1.2,
        )  # fmt: skip


def _importance(shown: ImportancePerformance, language: str) -> str:
    target = shown.fit.model.label(shown.target, language)
    if shown.standardized:
        return say(language, "Importance: standardised total effect on {target}", target=target)
    return say(language, "Importance: points that {target} moves per point", target=target)


def _quarters(axes: Axes, bubbles: Sequence[Bubble], language: str) -> None:
    """Draw lines at the means and name the quarters."""
    upright(axes, fmean(bubble.importance for bubble in bubbles), say(language, "mean"))
    height = fmean(bubble.performance for bubble in bubbles)
    axes.axhline(height, zorder=1, **DASHES)
    beside = axes.get_yaxis_transform()
    axes.annotate(say(language, "mean"), (1.01, height), xycoords=beside, va="center", **QUIETLY)
    for quarter, (ha, va, at) in _CORNERS.items():
        axes.annotate(
            say(language, quarter), at, xycoords="axes fraction", ha=ha, va=va, style="italic",
            **QUIETLY,
        )  # fmt: skip


def _explain(axes: Axes, necessity: NecessaryConditions, outcome: float, language: str) -> None:
    """Say below the axes what bubbles mean."""
    from matplotlib.lines import Line2D  # noqa: PLC0415 - slow to import

    look: dict[str, Any] = {"marker": "o", "linestyle": "", "color": INK, "markersize": 6}
    handles = [
        Line2D([], [], markerfacecolor="white", label=say(language, "necessary"), **look),
        Line2D([], [], label=say(language, "not necessary"), **look),
    ]
    legend_below(axes, handles, _area(necessity, outcome, language))


def _area(necessity: NecessaryConditions, outcome: float, language: str) -> str:
    """Say what the area of a bubble measures, with the outcome in units of the scores."""
    wanted = number(float(outcome), 1).removesuffix(".0")
    phrase = "area: share of respondents below the level that {outcome}% requires"
    told = say(language, phrase, outcome=wanted)
    level = necessity.required(outcome)["outcome_level"].max()
    if not np.isfinite(level):
        return told
    target = one_line(necessity.model.label(necessity.target, language))
    return told + say(language, " ({target} of {level})", target=target, level=number(level, 1))

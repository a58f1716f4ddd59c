"""Indices and places, one row for each construct or group."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import TYPE_CHECKING

import pandas as pd

from csi.comparing.standings import Standing
from csi.display import number, one_line
from csi.errors import ArgumentTypeError, OptionError, kind_of
from csi.groups import Fits
from csi.plots.canvas import BAR, INK, QUIETLY, RULE, drawing, own_fonts, say, upright
from csi.reporting.phrases import Phrases
from csi.reporting.pictures import WHISKER
from csi.resampling.bootstraps import Bootstraps
from csi.resampling.inference import Inference
from csi.results import Fit
from csi.spec import Model
from csi.target import target_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

ROW, LOWEST_ROW, CROWDED = 0.34, 0.13, 40
"""Height of a row in inches, the smallest one, and how many rows are still drawn in full."""


@dataclass(frozen=True, slots=True)
class Row:
    """A construct or group with its index and the ends of its whisker."""

    label: str
    index: float
    low: float
    high: float


def plot_indices(
    result: Fit | Fits | Inference | Bootstraps,
    *,
    construct: str | None = None,
    language: str = "en",
    ax: Axes | None = None,
) -> Axes:
    """Plot the indices of a fit, or one index of many fits.

    Whiskers are the confidence intervals of a bootstrap. Those of a fit reach
    1.96 standard errors to each side, with the outer weights held fixed.

    Parameters
    ----------
    result : Fit, Bootstrap, Fits or Bootstraps
        A fit or its bootstrap gives a bar for each construct on 0 to 100; fits
        by group, or their bootstraps, give a dot for each group, best first,
        and a line at their mean.
    construct : str, optional
        Construct to show of groups; satisfaction by default.
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
    >>> ax = plot_indices(csi.bootstrap(fit, n_boot=200, rng=1))
    >>> ax.get_xlabel()
    'Index (0-100)'
    """
    Phrases(language)
    if isinstance(result, Fits | Bootstraps):
        return _plot_groups(result, construct, language, ax)
    model = _model(result)
    if construct is not None:
        raise OptionError(
            f"construct is {construct!r}, but one fit is plotted with all its constructs. Leave "
            "it out, or give fits by group."
        )
    rows = _rows(result.indices, "construct", lambda name: model.label(name, language))
    with drawing(ax, 0.42 * len(rows) + 0.9) as axes:
        at = range(len(rows) - 1, -1, -1)
        axes.barh(at, [row.index for row in rows], height=0.62, color=BAR, zorder=2)
        _whiskers(axes, rows, marker="|")
        _name_rows(axes, rows)
        axes.set_xlim(0, 100)
        axes.set_xlabel(say(language, "Index (0-100)"))
        own_fonts(axes)
    return axes


def plot_ranking(standing: Standing, *, language: str = "en", ax: Axes | None = None) -> Axes:
    """Plot groups in their order, with what is uncertain about it.

    A dot with its confidence interval for each group, the best at the top;
    beside it the index, the places that are possible, and the letters: groups
    that share one are not told apart.

    Parameters
    ----------
    standing : Standing
        What `csi.rank` returned.
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
        If it is no standing, or the language is not known.

    Examples
    --------
    >>> import csi
    >>> from csi.plots import plot_ranking
    >>> fits = csi.fit_by(csi.models.acsi(), csi.demo_survey(), by="firm")
    >>> plot_ranking(csi.rank(fits)).get_xlabel()
    'Index of Satisfaction (0-100)'
    """
    Phrases(language)
    if not isinstance(standing, Standing):
        raise ArgumentTypeError(
            f"{kind_of(standing)} is no ranking. Give the result of csi.rank()."
        )
    table = standing.table
    rows = _rows(table.rename(columns={"estimate": "index"}), "group", str)
    ends = zip(table["rank_low"], table["rank_high"], strict=True)
    places = [f"{low}" if low == high else f"{low}–{high}" for low, high in ends]
    with drawing(ax, _height(len(rows)) * len(rows) + 1.2) as axes:
        _dots(axes, rows, language)
        room = 7 * max(map(len, places)) + 14
        _column(axes, places, 34, say(language, "places"))
        _column(axes, table["letters"].tolist(), 34 + max(room, 42), "")
        axes.set_xlabel(say(language, "Index of {target} (0-100)", target=standing.construct))
        own_fonts(axes)
    return axes


def _plot_groups(
    groups: Fits | Bootstraps, construct: str | None, language: str, ax: Axes | None
) -> Axes:
    model = _model(next(iter(groups.values())))
    chosen = target_of(model) if construct is None else model.construct(construct).name
    table = groups.indices.rename(columns={"estimate": "index"})
    own = table[table["construct"] == chosen]
    rows = _rows(own.sort_values("index", ascending=False, kind="stable"), "group", str)
    with drawing(ax, _height(len(rows)) * len(rows) + 1.2) as axes:
        _dots(axes, rows, language)
        label = model.label(chosen, language)
        axes.set_xlabel(say(language, "Index of {target} (0-100)", target=label))
        own_fonts(axes)
    return axes


def _model(result: object) -> Model:
    if isinstance(result, Fit):
        return result.model
    if isinstance(result, Inference):
        return result.fit.model
    raise ArgumentTypeError(
        f"{kind_of(result)} cannot be plotted. Give the result of csi.fit(), csi.fit_by() "
        "or csi.bootstrap()."
    )


def _rows(table: pd.DataFrame, key: str, called: Callable[[str], str]) -> list[Row]:
    """Return rows from a table of indices, with its limits or else standard errors."""
    table = table.rename(columns={"estimate": "index"})
    if "lower" not in table:
        reach = WHISKER * table["se"]
        table = table.assign(lower=table["index"] - reach, upper=table["index"] + reach)
    columns = zip(table[key], table["index"], table["lower"], table["upper"], strict=True)
    return [Row(one_line(called(name)), index, low, high) for name, index, low, high in columns]


def _height(number_of_rows: int) -> float:
    """Return the height of a row, smaller where there are many."""
    return max(LOWEST_ROW, min(ROW, ROW * CROWDED / number_of_rows))


def _dots(axes: Axes, rows: Sequence[Row], language: str) -> None:
    """Draw groups as dots with whiskers, and a line at their mean."""
    axes.grid(axis="x", color=RULE, linewidth=0.6)
    mean = fmean(row.index for row in rows)
    upright(axes, mean, say(language, "mean of the groups {mean}", mean=number(mean, 1)))
    _whiskers(axes, rows, marker="o")
    _name_rows(axes, rows)


def _whiskers(axes: Axes, rows: Sequence[Row], marker: str) -> None:
    small = _height(len(rows)) / ROW
    axes.errorbar(
        [row.index for row in rows], range(len(rows) - 1, -1, -1), fmt=marker, color=INK,
        xerr=[[row.index - row.low for row in rows], [row.high - row.index for row in rows]],
        markersize=5.5 * small, elinewidth=1.3 * small, capsize=3 * small, zorder=3,
    )  # fmt: skip


def _name_rows(axes: Axes, rows: Sequence[Row]) -> None:
    """Write labels to the left of the rows and indices to the right."""
    at = range(len(rows) - 1, -1, -1)
    axes.set_yticks(at, [row.label for row in rows])
    axes.tick_params(axis="y", length=0)
    if _height(len(rows)) < ROW:
        axes.tick_params(axis="y", labelsize=_letter_size(len(rows)))
    axes.set_ylim(-0.6, len(rows) - 0.4)
    _column(axes, [number(row.index, 1) for row in rows], 0, "")


def _column(axes: Axes, texts: Sequence[str], points: float, heading: str) -> None:
    """Write a text to the right of each row, so many points away, below a heading."""
    size = {"fontsize": _letter_size(len(texts))} if _height(len(texts)) < ROW else {}
    look = QUIETLY | size | {"textcoords": "offset points", "va": "center"}
    beside = axes.get_yaxis_transform()
    for y, text in zip(range(len(texts) - 1, -1, -1), texts, strict=True):
        axes.annotate(text, (1.01, y), (points, 0), xycoords=beside, **look)
    if heading:
        above = QUIETLY | {"textcoords": "offset points", "va": "bottom"}
        axes.annotate(heading, (1.01, 1.01), (points, 0), xycoords="axes fraction", **above)


def _letter_size(number_of_rows: int) -> float:
    """Return the size of letters in points that fits into a row."""
    return min(8.3, 0.75 * 72 * _height(number_of_rows))

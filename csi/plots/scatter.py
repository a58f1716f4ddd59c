"""Drivers as points: what they move against how good they are."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean
from typing import TYPE_CHECKING

from csi.errors import ArgumentTypeError, OptionError, kind_of
from csi.plots.canvas import DASHES, INK, QUIETLY, RULE, drawing, own_fonts, say, upright
from csi.plots.labels import label_points
from csi.reporting.phrases import Phrases
from csi.results import Fit
from csi.target import target_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def plot_impacts(
    fit: Fit, target: str | None = None, *, language: str = "en", ax: Axes | None = None
) -> Axes:
    """Plot how much every driver moves a target against how good it already is.

    Drivers to the lower right of the picture do well and matter little; those to
    the upper left matter most and do worst. Dashed lines stand at the means.

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
            f"{kind_of(fit)} has no impacts to be plotted. Give the result of csi.fit()."
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
        if len(x) > 1:
            _means(axes, x, y, say(language, "mean"))
        label_points(axes, x, y, labels)
    return axes


def _means(axes: Axes, x: Sequence[float], y: Sequence[float], word: str) -> None:
    upright(axes, fmean(x), word)
    axes.axhline(fmean(y), zorder=1, **DASHES)
    axes.annotate(
        word, (1.01, fmean(y)), xycoords=axes.get_yaxis_transform(), va="center", **QUIETLY
    )

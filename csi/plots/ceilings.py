"""A cause and its outcome under their ceilings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from csi.assessment.ceilings import NecessaryConditions
from csi.display import number, one_line
from csi.errors import ArgumentTypeError, kind_of
from csi.plots.canvas import INK, QUIET, RULE, drawing, legend_below, own_fonts
from csi.reporting.phrases import Phrases

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_LINES: dict[str, tuple[str, dict[str, Any]]] = {
    "ce_fdh": ("CE-FDH", {"linestyle": "-", "linewidth": 1.3}),
    "cr_fdh": ("CR-FDH", {"linestyle": (0, (5, 2.5)), "linewidth": 1.6}),
}


def plot_necessary_conditions(
    result: NecessaryConditions,
    construct: str | None = None,
    *,
    language: str = "en",
    ax: Axes | None = None,
) -> Axes:
    """Plot a cause and the target with the ceilings over them.

    The steps are CE-FDH, the straight line is CR-FDH. The empty corner above the
    steps is shaded: nobody with that little of the cause has that much of the target.

    Parameters
    ----------
    result : NecessaryConditions
        What `csi.necessary_conditions` returned.
    construct : str, optional
        The cause; the one with the largest effect size by default.
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
        If there is no such cause or language.

    Examples
    --------
    >>> import csi
    >>> from csi.assessment.necessity import necessary_conditions
    >>> from csi.plots import plot_necessary_conditions
    >>> fit = csi.fit(csi.models.acsi(), csi.demo_survey())
    >>> plot_necessary_conditions(necessary_conditions(fit, n_perm=0)).get_xlabel()
    'Perceived quality'
    """
    Phrases(language)
    if not isinstance(result, NecessaryConditions):
        raise ArgumentTypeError(
            f"{kind_of(result)} has no ceilings to be plotted. Give the result of "
            "csi.necessary_conditions()."
        )
    cause = _largest(result) if construct is None else construct
    ceilings = {name: result.ceiling(cause, name) for name in result.ceilings}
    scores = result.scores
    with drawing(ax, 4.7) as axes:
        axes.grid(color=RULE, linewidth=0.6)
        axes.scatter(scores[cause], scores[result.target], s=9, color=QUIET, alpha=0.55, zorder=2)
        for name, ceiling in ceilings.items():
            if ceiling is None:
                continue
            x, y = ceiling.line
            if ceiling.steps:
                axes.fill_between(x, y, ceiling.scope.y_high, color=RULE, linewidth=0, zorder=1)
            called, look = _LINES[name]
            label = f"{called} (d = {number(ceiling.effect_size, 2)})"
            axes.plot(x, y, color=INK, label=label, zorder=3, **look)
        axes.set_xlabel(one_line(result.model.label(cause, language)))
        axes.set_ylabel(one_line(result.model.label(result.target, language)))
        own_fonts(axes)
        if axes.lines:
            legend_below(axes, axes.lines)
    return axes


def _largest(result: NecessaryConditions) -> str:
    table = result.table.dropna(subset="effect_size")
    sizes = table[table["ceiling"] == result.ceilings[0]].set_index("construct")["effect_size"]
    return str(sizes.idxmax()) if len(sizes) else result.causes[0]

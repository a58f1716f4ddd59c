"""Groups side by side: their indices, their places, their paths."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from csi.comparing.standings import Standing, rank
from csi.errors import CsiError
from csi.groups import Fits
from csi.resampling.bootstraps import Bootstraps
from csi.target import target_of


def index_overview(fits: Fits) -> pd.DataFrame:
    """Return a row for each group, best first: group, n, then the index of each construct."""
    model = next(iter(fits.values())).model
    target = target_of(model)
    rows = [
        [str(group), fit.indices["n"].iloc[0], *map(fit.index, model.names)]
        for group, fit in sorted(fits.items(), key=lambda item: -item[1].index(target))
    ]
    return pd.DataFrame(rows, columns=["group", "n", *model.names])


def standing_of(boots: Bootstraps, construct: str) -> Standing | str:
    """Rank bootstrapped groups at the level of their intervals, or say why they cannot be."""
    level = next(iter(boots.values())).level
    try:
        return rank(boots, construct, level=level)
    except CsiError as problem:
        return str(problem)


def standing_table(
    standing: Standing, boots: Bootstraps, fits: Fits, places: Callable[[int, int], str]
) -> pd.DataFrame:
    """Return groups in order: group, index, lower, upper, rank, possible_ranks, letters, n.

    Parameters
    ----------
    standing : Standing
        Their order.
    boots : Bootstraps
        Their confidence limits.
    fits : Fits
        Their sizes.
    places : callable
        Says a range of ranks in words.
    """
    ranked = standing.table
    limits = boots.indices[boots.indices["construct"] == standing.construct].set_index("group")
    own = limits.loc[ranked["group"].tolist()]
    ends = zip(ranked["rank_low"], ranked["rank_high"], strict=True)
    return pd.DataFrame(
        {
            "group": [str(group) for group in ranked["group"]],
            "index": ranked["estimate"].to_numpy(),
            "lower": own["lower"].to_numpy(),
            "upper": own["upper"].to_numpy(),
            "rank": ranked["rank"].to_numpy(),
            "possible_ranks": [places(int(low), int(high)) for low, high in ends],
            "letters": ranked["letters"].to_numpy(),
            "n": [fits[group].indices["n"].iloc[0] for group in ranked["group"]],
        }
    )


def path_overview(fits: Fits, boots: Bootstraps | None = None) -> pd.DataFrame:
    """Return a row for each path: source, target, then its coefficient in each group.

    With bootstraps, each is followed by its standard error.
    """
    table = next(iter(fits.values())).paths[["source", "target"]].reset_index(drop=True)
    columns: list[pd.DataFrame | pd.Series[float]] = [table]
    for group, fit in fits.items():
        columns.append(fit.paths["estimate"].reset_index(drop=True).rename(str(group)))
        if boots is not None:
            columns.append(boots[group].paths["se"].reset_index(drop=True))
    return pd.concat(columns, axis=1)

"""Groups side by side: one table of their indices, one of their paths."""

from __future__ import annotations

import pandas as pd

from csi.groups import Fits
from csi.reporting.target import target_of


def index_overview(fits: Fits) -> pd.DataFrame:
    """Return a row for each group, best first: group, n, then the index of each construct."""
    model = next(iter(fits.values())).model
    target = target_of(model)
    rows = [
        [str(group), fit.indices["n"].iloc[0], *map(fit.index, model.names)]
        for group, fit in sorted(fits.items(), key=lambda item: -item[1].index(target))
    ]
    return pd.DataFrame(rows, columns=["group", "n", *model.names])


def path_overview(fits: Fits) -> pd.DataFrame:
    """Return a row for each path: source, target, then its coefficient in each group."""
    table = next(iter(fits.values())).paths[["source", "target"]].reset_index(drop=True)
    estimates = pd.concat(
        [fit.paths["estimate"].reset_index(drop=True) for fit in fits.values()], axis=1
    )
    return pd.concat([table, estimates.set_axis([str(group) for group in fits], axis=1)], axis=1)

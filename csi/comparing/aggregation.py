"""Indices of firms put together to those of industries, sectors and the nation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np
import pandas as pd

from csi.comparing.group_indices import chosen_constructs, group_indices
from csi.comparing.hierarchy import Hierarchy, Layer
from csi.core.checks import check_level
from csi.core.ranking import normal_value
from csi.declared import check_choice
from csi.errors import OptionError


def aggregate(
    source: object,
    weights: object,
    *,
    levels: Sequence[str] | None = None,
    value: str | Mapping[str, str] | None = None,
    construct: str | Sequence[str] = "Satisfaction",
    total: str | None = "all",
    unmatched: Literal["raise", "drop"] = "raise",
    level: float = 0.95,
) -> pd.DataFrame:
    """Put indices of firms together to those of industries, sectors and the nation.

    The index of an industry is the mean of its firms by their shares, that of a
    sector the mean of its industries, and so on, as for national indices: firms
    by revenue, sectors by their share of the gross domestic product. Firms are
    independent samples and shares are taken as known, so the variance is the
    sum of squared shares times variances.

    Parameters
    ----------
    source : Fits, bootstrap of Fits, or mapping of names to fits
        The firms. Standard errors hold outer weights fixed, or include their
        errors if they come from a bootstrap.
    weights : dataframe or mapping
        One row for each firm: its name in the source, the units of the further
        levels it belongs to, and what it counts; or a mapping from firms to
        what they count, for one level.
    levels : list of str, optional
        Columns from the firms upwards, such as
        ``["firm", "industry", "sector"]``; by default one level, named as the
        groups of the source are.
    value : str or mapping of str to str, optional
        Column of what a firm counts; or a mapping from levels to columns, such
        as ``{"firm": "revenue", "sector": "gdp"}``. Levels without a column
        count what their members count together. By default the only column
        that is no level.
    construct : str or list of str
        Whose indices.
    total : str or None
        Name of the last level, which holds everything; None leaves it out.
    unmatched : {"raise", "drop"}
        Whether firms without weights, and weights of firms that are not in the
        source, are an error or are left out with a warning.
    level : float
        Confidence level.

    Returns
    -------
    DataFrame
        level, name, parent, construct, index, se, lower, upper, n
        (respondents), members (firms), share (of the parent).

    Raises
    ------
    DataError
        If firms and weights do not match, a weight is not positive, or a unit
        belongs to two others.
    OptionError
        If a column, construct or option is unknown.

    Warns
    -----
    DataQualityWarning
        If firms are left out, or firms of one survey share clusters: where
        respondents of a cluster are alike, errors of industries are then too small.

    References
    ----------
    Fornell, C., Johnson, M. D., Anderson, E. W., Cha, J. and Bryant, B. E.
    (1996). The American Customer Satisfaction Index. Journal of Marketing
    60(4), 7-18. doi:10.1177/002224299606000403

    Examples
    --------
    >>> import csi
    >>> fits = csi.fit_by(csi.models.acsi(), csi.demo_survey(), by="firm")
    >>> revenue = {"Alfa": 40, "Beta": 30, "Gamma": 20, "Delta": 10}
    >>> csi.aggregate(fits, revenue)[["level", "name", "share"]].values.tolist()[0]
    ['firm', 'Alfa', 0.4]
    """
    check_choice("unmatched", unmatched, ("raise", "drop"))
    reach = normal_value(check_level(level))
    groups = group_indices(source, least=1)
    names = chosen_constructs(construct, groups.constructs)
    given = Hierarchy.of(weights, levels, value, groups.by)
    if total is not None and (not isinstance(total, str) or total in given.levels):
        raise OptionError(f"total is {total!r}. Give a name that is no level, or None.")
    layers = given.matched(groups.groups, unmatched).layers(total)
    table = pd.concat([_rolled_up(layers, groups.of(name), name) for name in names])
    table["lower"] = table["index"] - reach * table["se"]
    table["upper"] = table["index"] + reach * table["se"]
    columns = ["level", "name", "parent", "construct", "index", "se", "lower", "upper"]
    return table[[*columns, "n", "members", "share"]].reset_index(drop=True)


def _rolled_up(layers: list[Layer], firms: pd.DataFrame, construct: str) -> pd.DataFrame:
    """Return the indices of one construct at every level."""
    own = firms.set_index("group").loc[layers[0].names]
    index, variance = own["estimate"].to_numpy(np.float64), own["se"].to_numpy(np.float64) ** 2
    n, members = own["n"].to_numpy(), np.ones(len(own), dtype=np.intp)
    parts = []
    for layer, above in zip(layers, [*layers[1:], None], strict=True):
        shares = np.full((1, len(layer.names)), np.nan) if above is None else layer.into(above)
        columns = {
            "level": layer.level, "name": layer.names, "parent": layer.parents,
            "construct": construct, "index": index, "se": np.sqrt(variance),
            "n": n, "members": members, "share": shares.sum(axis=0),
        }  # fmt: skip
        parts.append(pd.DataFrame(columns))
        index, variance = shares @ index, shares**2 @ variance
        n, members = (shares > 0) @ n, (shares > 0) @ members
    return pd.concat(parts)

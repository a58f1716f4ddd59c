"""Effects that run over other constructs: along which routes, how much of the whole, what kind."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from csi.assessment.effects import NO_INTERVAL
from csi.assessment.inputs import check_boot, check_fit
from csi.core.intervals import limits
from csi.core.types import Array
from csi.errors import OptionError
from csi.resampling.bootstraps import Bootstrap
from csi.resampling.inference import Inference
from csi.resampling.quantities import MOST_ROUTES, Quantities
from csi.results import Fit

NEAR_ZERO = 0.01
"""Size of a total effect below which a share of it says nothing."""

ALL = "all"

COLUMNS = ["source", "target", "route", "estimate", "lower", "upper", "p"]


def mediation(
    fit: Fit,
    source: str | None = None,
    target: str | None = None,
    boot: Inference | None = None,
) -> pd.DataFrame:
    """Return the effects that run over other constructs, one row for each route.

    The kind of mediation follows Zhao, Lynch and Chen (2010): what counts is whether
    the limits of the indirect and of the direct effect exclude zero. It is judged for
    each route, and for all routes between two constructs together (``route`` is
    ``"all"``):

    ===================== ========= ======= ==============
    kind                  indirect  direct  signs
    ===================== ========= ======= ==============
    full                  yes       no
    complementary partial yes       yes     the same
    competitive partial   yes       yes     opposite
    direct only           no        yes
    no effect             no        no
    ===================== ========= ======= ==============

    The share of the total effect (variance accounted for, VAF) has a meaning only
    where no effect works against another; its limits are percentiles of the share in
    every resample. Where the model holds no direct path, mediation is full by
    assumption.

    Parameters
    ----------
    fit : Fit
        The fit.
    source, target : str, optional
        Ends of the effects; all of them by default.
    boot : Bootstrap, optional
        Bootstrap of the fit, for the limits and the kind.

    Returns
    -------
    DataFrame
        source, target, route, estimate (indirect effect along the route), lower,
        upper, p, direct, total, vaf (estimate / total), vaf_lower, vaf_upper, kind,
        why something is missing.

    Raises
    ------
    OptionError
        If a construct is unknown, no indirect route leads from source to target, or
        boot belongs to another fit.

    References
    ----------
    Zhao, X., Lynch, J. G. and Chen, Q. (2010). Reconsidering Baron and Kenny: myths
    and truths about mediation analysis. Journal of Consumer Research 37(2), 197-206.
    doi:10.1086/651257

    Hair, J. F., Hult, G. T. M., Ringle, C. M. and Sarstedt, M. (2017). A primer on
    partial least squares structural equation modeling, 2nd edition. Sage.
    ISBN 978-1-4833-7744-5

    Examples
    --------
    >>> import csi
    >>> from csi.assessment.mediation import mediation
    >>> fit = csi.fit(csi.models.acsi(), csi.demo_survey())
    >>> table = mediation(fit, "Quality", "Satisfaction", csi.bootstrap(fit, n_boot=200, rng=1))
    >>> table["route"].tolist()
    ['Quality -> Value -> Satisfaction', 'all']
    """
    check_fit("mediation", fit)
    check_boot(fit, boot)
    for name in (source, target):
        if name is not None:
            fit.model.construct(name)
    table = _indirect(fit, boot)
    table = table[_chosen(table, source, target)].reset_index(drop=True)
    if table.empty and (source is not None or target is not None):
        raise OptionError(
            f"No effect from {source or 'any construct'} to {target or 'any construct'} runs over "
            f"other constructs. Choose among the routes of csi.mediation(fit)."
        )
    return _judged(_with_shares(table, boot), fit, boot)


def _indirect(fit: Fit, boot: Inference | None) -> pd.DataFrame:
    """Return specific routes and their sums, pair after pair."""
    specific = _family(fit, boot, "specific")
    together = _family(fit, boot, "indirect").assign(route=ALL)
    together = together[_mediated(fit, together)]
    order = {pair: at for at, pair in enumerate(zip(*_ends(together), strict=True))}
    both = pd.concat([specific[COLUMNS], together[COLUMNS]], ignore_index=True)
    rank = [order[pair] for pair in zip(*_ends(both), strict=True)]
    both = both.iloc[np.argsort(rank, kind="stable")].reset_index(drop=True)
    values = {
        what: _family(fit, boot, family).set_index(["source", "target"])["estimate"]
        for what, family in (("direct", "paths"), ("total", "total"))
    }
    pairs = pd.MultiIndex.from_frame(both[["source", "target"]])
    return both.assign(
        direct=values["direct"].reindex(pairs).fillna(0.0).to_numpy(),
        total=values["total"].reindex(pairs).to_numpy(),
    )


def _family(fit: Fit, boot: Inference | None, name: str) -> pd.DataFrame:
    """Return a family of effects, with limits if there is a bootstrap."""
    if boot is not None:
        return boot.family(name)
    quantities = Quantities.of(fit)
    estimate = quantities.of_fit(fit)[quantities.places[name]]
    unknown = dict.fromkeys(("lower", "upper", "p"), np.nan)
    return quantities.families[name].assign(estimate=estimate, **unknown)


def _mediated(fit: Fit, table: pd.DataFrame) -> Array:
    """Rows whose ends are joined by a route over another construct."""
    design, names = fit.model.design, fit.model.names
    over = design.astype(np.intp) @ fit.model.reachable.astype(np.intp) > 0
    pairs = zip(*_ends(table), strict=True)
    return np.array([over[names.index(i), names.index(j)] for i, j in pairs], dtype=bool)


def _ends(table: pd.DataFrame) -> tuple[list[str], list[str]]:
    return table["source"].tolist(), table["target"].tolist()


def _chosen(table: pd.DataFrame, source: str | None, target: str | None) -> pd.Series:
    return table["source"].isin([source or name for name in table["source"]]) & table[
        "target"
    ].isin([target or name for name in table["target"]])


def _with_shares(table: pd.DataFrame, boot: Inference | None) -> pd.DataFrame:
    """Add shares of the total effect, their limits, and why there are none."""
    why = [_shareless(row) for row in table.to_dict("records")]
    against = {
        (row["source"], row["target"])
        for row, reason in zip(table.to_dict("records"), why, strict=True)
        if reason == OPPOSED
    }
    pairs = zip(*_ends(table), strict=True)
    why = [
        reason or (OPPOSED if pair in against else "")
        for reason, pair in zip(why, pairs, strict=True)
    ]
    able = np.array([not reason for reason in why], dtype=bool)
    total = table["total"].where(able, np.nan)
    table = table.assign(vaf=table["estimate"] / total, vaf_lower=np.nan, vaf_upper=np.nan)
    if isinstance(boot, Bootstrap) and able.any():
        ends = limits(
            table.loc[able, "vaf"].to_numpy(), _shares(table[able], boot), "percentile", boot.level
        )
        table.loc[able, "vaf_lower"], table.loc[able, "vaf_upper"] = ends.lower, ends.upper
    return table.assign(why=why)


OPPOSED = "no vaf: effects of opposite signs"
"""Why shares mean nothing where one route works against another."""


def _shareless(row: Mapping[Any, Any]) -> str:
    """Say why the share of a route in the total effect means nothing, if so."""
    indirect, direct, total = (float(row[name]) for name in ("estimate", "direct", "total"))
    ends = f"{row['source']} -> {row['target']}"
    if direct == 0:
        return f"no vaf: the model holds no path {ends}, so all of it is indirect by assumption"
    if abs(total) < NEAR_ZERO:
        return f"no vaf: the total effect is near zero ({total:.4f})"
    if indirect * total < 0 or direct * total < 0 or abs(indirect) > abs(total):
        return OPPOSED
    return ""


def _shares(table: pd.DataFrame, boot: Bootstrap) -> Array:
    """Return the (rows, B) shares of the total effect in every resample."""
    together, total = boot.resampled("indirect"), boot.resampled("total")
    specific = boot.resampled("specific")
    ends = (table["source"] + " -> " + table["target"]).tolist()
    parts = [
        (together[pair] if route == ALL else specific[route]) / total[pair]
        for pair, route in zip(ends, table["route"], strict=True)
    ]
    return np.array(parts)


def _judged(table: pd.DataFrame, fit: Fit, boot: Inference | None) -> pd.DataFrame:
    """Add the kind of mediation; without limits, say why there is none."""
    direct = _family(fit, boot, "paths").set_index(["source", "target"])
    kinds, reasons = [], []
    for row in table.to_dict("records"):
        pair = (row["source"], row["target"])
        there = _sign(direct.loc[pair]) if pair in direct.index else 0
        sign = _sign(row)
        known = sign is not None and there is not None
        kinds.append(_kind(sign, there, pair in direct.index) if known else "")  # type: ignore[arg-type]
        missing = "" if known else NO_INTERVAL if boot is None else "every resample failed"
        reasons.append("; ".join(filter(None, [missing, row["why"], _too_many(fit)])))
    table = table.drop(columns="why")
    return table.assign(kind=kinds, why=reasons)


def _sign(row: Any) -> int | None:
    """Return the sign of an effect whose limits exclude zero, 0 if they do not, None without."""
    lower, upper = float(row["lower"]), float(row["upper"])
    if np.isnan(lower) or np.isnan(upper):
        return None
    return int(lower > 0) - int(upper < 0)


def _kind(indirect: int, direct: int, path: bool) -> str:
    """Name the kind of mediation by the signs of both effects."""
    if not path:
        return "indirect only (no direct path)" if indirect else "no effect"
    if not indirect:
        return "direct only" if direct else "no effect"
    if not direct:
        return "full"
    return "complementary partial" if indirect == direct else "competitive partial"


def _too_many(fit: Fit) -> str:
    if not Quantities.of(fit).routes_left_out:
        return ""
    return f"more than {MOST_ROUTES} routes, so that only their sum is shown"

"""What the command line asks of a loyalty curve, for all respondents and for groups."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from csi.answers import decode
from csi.core.types import Array
from csi.data import SurveyData
from csi.display import number
from csi.errors import CsiError, OptionError, listing
from csi.groups import Fits
from csi.loyalty.curve_fitting import loyalty_curve
from csi.loyalty.zone import Zone
from csi.spec import Model
from csi.target import target_of

_LOYALTY = ("loyalty", "忠诚", "忠诚度", "顾客忠诚")
"""What a construct of loyalty is called."""


def curve_asked(options: Namespace, model: Model, survey: SurveyData) -> dict[str, Any]:
    """Return what `loyalty_curve` is asked for."""
    asked = {
        "cause": options.cause or target_of(model),
        "effect": options.effect or options.outcome or effect_of(model),
        "rng": options.seed,
        "top": options.top,
        "outcome_scale": options.outcome_scale,
        "reliability": options.reliability,
        "method": options.method,
        "scale": "logit" if options.logit else "identity",
        "direction": "falling" if options.falling else "rising",
        "monotone": options.monotone,
        "draws": options.draws,
        "level": options.level,
    }
    asked = {name: value for name, value in asked.items() if value is not None}
    return asked | ({"outcome": _outcome(options, model, survey)} if options.outcome else {})


def effect_of(model: Model) -> str:
    """Return the construct that is called loyalty."""
    called = [name for name in model.names if name.casefold() in _LOYALTY]
    if not called:
        raise OptionError(
            "No construct is called Loyalty. Name the one that is meant, of "
            f"{listing(model.names, 20)}: csi curve FILE --effect NAME."
        )
    return called[0]


def _outcome(options: Namespace, model: Model, survey: SurveyData) -> Array:
    """Return a column beside the model."""
    answers = decode(survey, model, beside=(options.outcome,))
    assert answers.beside_rows is not None
    return np.asarray(answers.beside_rows[:, 0])


def curves_of_groups(fits: Fits, asked: Mapping[str, Any]) -> pd.DataFrame:
    """Return one row for each group: group, n, verdict, p, begins, ends, remark."""
    rows = []
    for group, fit in fits.items():
        try:
            found = loyalty_curve(fit, **asked)
        except CsiError as problem:
            rows.append((str(group), fit.n, "", np.nan, "", "", str(problem)))
            continue
        rows.append((str(group), found.n, found.zone.verdict, found.zone.p_value,
                     *_ends_of(found.zone), ""))  # fmt: skip
    for group, n, reason in fits.skipped.itertuples(index=False):
        rows.append((str(group), n, "", np.nan, "", "", reason))
    columns = ["group", "n", "verdict", "p", "begins", "ends", "remark"]
    table = pd.DataFrame(rows, columns=columns)
    return table if any(table["remark"]) else table.drop(columns="remark")


def _ends_of(zone: Zone) -> tuple[str, str]:
    """Return the edges of a zone that may be claimed, with their intervals."""
    if not zone.found:
        return "", ""
    edges = ((zone.low, zone.low_interval), (zone.high, zone.high_interval))
    low, high = (
        f"{number(edge, 0)} ({number(lower, 0)} to {number(upper, 0)})"
        for edge, (lower, upper) in edges
    )
    return low, high

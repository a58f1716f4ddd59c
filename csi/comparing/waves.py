"""How indices changed from wave to wave."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import pandas as pd

from csi.comparing.group_indices import (
    GroupIndices,
    adjusted,
    check_adjustment,
    chosen_constructs,
    group_indices,
)
from csi.comparing.standings import Adjustment
from csi.core.checks import check_level
from csi.core.ranking import normal_value, two_sided
from csi.declared import check_choice
from csi.errors import ArgumentTypeError, OptionError, did_you_mean, listing


def change(
    source: object,
    construct: str | Sequence[str] | None = None,
    *,
    order: Sequence[Any] | None = None,
    against: Literal["previous", "first"] = "previous",
    adjust: Adjustment = "holm",
    level: float = 0.95,
) -> pd.DataFrame:
    """Compare the indices of waves with the wave before, or with the first.

    Waves are taken as independent samples, each with outer weights of its own:
    a change holds both what respondents answered and how the items were
    weighted. Where the same respondents answered in both waves, the standard
    errors here do not use it.

    Parameters
    ----------
    source : Fits, bootstrap of Fits, or mapping of names to fits
        The waves: ``csi.fit_by(model, data, by="year")`` or
        ``{"2023": fit, "2024": other}``. From a bootstrap come errors that
        include those of the outer weights; otherwise these are held fixed.
    construct : str or list of str, optional
        Whose indices to compare; all by default.
    order : list, optional
        Waves from first to last; those left out are not compared. By default
        the order of the source, which for `csi.fit_by` is that of the names.
    against : {"previous", "first"}
        What each wave is compared with.
    adjust : {"none", "bonferroni", "holm", "hochberg", "bh", "by"}
        Adjustment of the p values for all changes in the table.
    level : float
        Confidence level of each interval by itself.

    Returns
    -------
    DataFrame
        wave_from, wave_to, construct, change, se, lower, upper, p, p_adjusted.

    Raises
    ------
    OptionError
        If a construct, wave or option is unknown, or there is one wave only.
    DataError
        If a wave has no such index.

    Warns
    -----
    DataQualityWarning
        If waves of one survey share clusters: where respondents of a cluster are
        alike, errors of changes are then too large.

    Examples
    --------
    >>> import csi
    >>> fits = csi.fit_by(csi.models.acsi(), csi.demo_survey(), by="region")
    >>> changes = csi.change(fits, "Satisfaction")
    >>> changes.columns.tolist()[:5]
    ['wave_from', 'wave_to', 'construct', 'change', 'se']
    """
    check_choice("against", against, ("previous", "first"))
    check_adjustment(adjust)
    reach = normal_value(check_level(level))
    given = group_indices(source)
    waves = given.groups if order is None else _ordered(order, given)
    names = (
        given.constructs if construct is None else chosen_constructs(construct, given.constructs)
    )
    steps = pd.concat([_steps(given, name, waves, against) for name in names], ignore_index=True)
    steps["lower"] = steps["change"] - reach * steps["se"]
    steps["upper"] = steps["change"] + reach * steps["se"]
    steps["p"] = two_sided((steps["change"] / steps["se"]).to_numpy(np.float64))
    steps["p_adjusted"] = adjusted(steps["p"].to_numpy(np.float64), adjust)
    return steps


def _steps(given: GroupIndices, construct: str, waves: list[Any], against: str) -> pd.DataFrame:
    own = given.of(construct).set_index("group")
    after = waves[1:]
    before = waves[:-1] if against == "previous" else [waves[0]] * len(after)
    old, new = own.loc[before].reset_index(), own.loc[after].reset_index()
    return pd.DataFrame(
        {
            "wave_from": before,
            "wave_to": after,
            "construct": construct,
            "change": new["estimate"] - old["estimate"],
            "se": np.hypot(new["se"], old["se"]),
        }
    )


def _meant(wave: object, known: Sequence[Any]) -> str:
    """Return `` Did you mean 2022?`` for the wave that is written alike, or almost."""
    alike = [group for group in known if str(group) == str(wave)]
    if alike:
        return f" Did you mean {alike[0]!r}, of type {type(alike[0]).__name__}?"
    return did_you_mean(str(wave), [str(group) for group in known])


def _ordered(order: object, given: GroupIndices) -> list[Any]:
    """Return waves in the order that was asked for."""
    if isinstance(order, str) or not isinstance(order, Sequence):
        raise ArgumentTypeError(f"order is {order!r}. List the waves from first to last.")
    waves = list(order)
    unknown = [wave for wave in waves if wave not in given.groups]
    if unknown:
        raise OptionError(
            f"order names {listing(map(repr, unknown))}, which is no wave. Waves: "
            f"{listing(map(repr, given.groups), 20)}." + _meant(unknown[0], given.groups)
        )
    if len(set(waves)) < len(waves) or len(waves) < 2:
        raise OptionError(f"order is {waves!r}. List at least two waves, each once.")
    return waves

"""Published studies: what was observed, and where it is documented.

Each study is one JSON file beside this module; ``README.md`` tells where the
numbers come from. ``demo.json`` is no study but the population behind
`csi.demo_survey`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import numpy as np
import pandas as pd

from csi.core.moments import Moments
from csi.core.types import Array
from csi.errors import OptionError, did_you_mean
from csi.loyalty.item_figures import ItemFigures

__all__ = ["CrossTab", "catalogue", "crosstab", "moments"]

_FILES = {
    "moments": {"ecsi-mobi": "ecsi_mobi.json"},
    "crosstab": {"acsi-2015-curve": "acsi_2015_curve.json"},
}
"""Studies by the function that reads them."""


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class CrossTab:
    """How many respondents have each satisfaction score and each answer on loyalty.

    Attributes
    ----------
    study, part : str
        What it is from.
    cause, effect : str
        What score and outcome are.
    score : (c,) array
        Satisfaction in whole points from 0 to 100.
    outcome : (c,) array
        Answers on the scale of the questionnaire.
    counts : (c,) array
        Respondents with both, at least one.
    outcome_scale : (float, float)
        Lowest and highest answer.
    items : ItemFigures
        What is known of the items of the score.
    """

    study: str
    part: str
    cause: str
    effect: str
    score: Array
    outcome: Array
    counts: Array
    outcome_scale: tuple[float, float]
    items: ItemFigures

    @property
    def n(self) -> int:
        """Respondents."""
        return round(float(self.counts.sum()))

    @property
    def table(self) -> pd.DataFrame:
        """One row per score, one column per answer, respondents in the cells."""
        long = pd.DataFrame(
            {"score": self.score, "outcome": self.outcome, "counts": self.counts}
        ).astype(int)
        wide = long.pivot_table("counts", "score", "outcome", aggfunc="sum", fill_value=0)
        return wide.rename_axis(columns=self.effect)

    def __repr__(self) -> str:
        return f"<CrossTab {self.cause} by {self.effect}, {self.part}: {self.n} respondents>"


def moments(name: str) -> Moments:
    """Return the moments of a study.

    Parameters
    ----------
    name : str
        As in `catalogue`.

    Returns
    -------
    Moments
        Without rows, in the units of the questionnaire.

    Raises
    ------
    OptionError
        If there is no study of that name.

    Examples
    --------
    >>> import csi.studies
    >>> csi.studies.moments("ecsi-mobi")
    <Moments of 24 columns, n=250, from a matrix>
    """
    study = _read(name, "moments")
    columns = study["columns"]
    return Moments.from_correlation(
        np.array(study["correlations"]),
        columns,
        study["n"],
        means=[study["means"][column] for column in columns],
        sds=[study["sds"][column] for column in columns],
    )


def crosstab(name: str, part: str) -> CrossTab:
    """Return the table of satisfaction by loyalty of a part of a study.

    Parameters
    ----------
    name : str
        As in `catalogue`.
    part : str
        Which table: also as there.

    Returns
    -------
    CrossTab
        All that `csi.loyalty_curve` needs. Each score is the middle of its bin, so that
        the curve is the same as that of the respondents themselves.

    Raises
    ------
    OptionError
        If there is no such study, or no such part of it.

    Examples
    --------
    >>> import csi.studies
    >>> banks = csi.studies.crosstab("acsi-2015-curve", "banks")
    >>> banks
    <CrossTab Satisfaction by Repurchase, banks: 2263 respondents>
    >>> csi.loyalty_curve(
    ...     effect="Repurchase", score=banks.score, outcome=banks.outcome, outcome_scale=(1, 10),
    ...     weights=banks.counts, weight_type="frequency", items=banks.items, rng=1,
    ... )
    <Curve Satisfaction -> Repurchase, 2263 respondents: no evidence>
    """
    study = _read(name, "crosstab")
    known = study["parts"]
    if not isinstance(part, str) or part not in known:
        raise OptionError(
            f"{name} has no part {part!r}. Known: {', '.join(known)}."
            + did_you_mean(str(part), known)
        )
    own, (low, high) = known[part], study["scale"]
    scale = np.arange(low, high + 1.0)
    scores = np.array(list(own["counts"]), dtype=float)
    counts = np.array(list(own["counts"].values()), dtype=float)
    row, answer = np.nonzero(counts)
    points = np.linspace(0, 100, len(scale)).tolist()
    items = ItemFigures(
        own["weights"], [points] * len(own["weights"]), own["answers"], own["covariance"]
    )
    return CrossTab(
        name, part, study["cause"], study["effect"], scores[row], scale[answer],
        counts[row, answer], (float(low), float(high)), items,
    )  # fmt: skip


def catalogue() -> pd.DataFrame:
    """List the studies.

    Returns
    -------
    DataFrame
        One row per study: name, title, read (``"moments"`` or ``"crosstab"``, the
        function), parts, n, items (their number), citation.
    """
    return pd.DataFrame([_row(name, read) for read, names in _FILES.items() for name in names])


def _row(name: str, read: str) -> dict[str, object]:
    study = _read(name, read)
    parts = study.get("parts", {})
    return {
        "name": name,
        "title": study["title"],
        "read": read,
        "parts": ", ".join(parts),
        "n": sum(part["n"] for part in parts.values()) if parts else study["n"],
        "items": len(study["items"] if parts else study["columns"]),
        "citation": study["citation"],
    }


def _read(name: object, read: str) -> dict[str, Any]:
    known = _FILES[read]
    if not isinstance(name, str) or name not in known:
        raise OptionError(_unknown(name, read, known))
    text = (files(__package__) / known[name]).read_text(encoding="utf-8")
    study: dict[str, Any] = json.loads(text)
    return study


def _unknown(name: object, read: str, known: Iterable[str]) -> str:
    for other, names in _FILES.items():
        if isinstance(name, str) and name in names:
            return f"{name} is no study for {read}(). Read it with csi.studies.{other}()."
    told = f"There is no study {name!r} for {read}(). Known: {', '.join(known)}."
    return told + did_you_mean(str(name), known)

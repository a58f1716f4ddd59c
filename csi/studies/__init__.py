"""Published studies: what was observed, what was printed, and where it is documented.

Each study is a folder beside this module, a table of counts one JSON file;
``README.md`` tells where the numbers come from. ``demo.json`` is no study but the
population behind `csi.demo_survey`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import numpy as np
import pandas as pd

from csi.core.moments import Moments
from csi.core.types import Array
from csi.errors import OptionError, did_you_mean
from csi.loyalty.item_figures import ItemFigures
from csi.spec import Model
from csi.studies.folders import Study, StudyTable, names, study

__all__ = [
    "CrossTab", "Study", "StudyTable", "catalogue", "crosstab", "model", "moments", "study",
]  # fmt: skip

_COUNTS = {"acsi-2015-curve": "acsi_2015_curve.json"}
"""Tables of counts by name."""


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
    _no_counts(name, "moments")
    return study(name).moments


def model(name: str) -> Model:
    """Return the model of a study, the first if it has several.

    Parameters
    ----------
    name : str
        As in `catalogue`.

    Returns
    -------
    Model

    Raises
    ------
    OptionError
        If there is no study of that name.

    Examples
    --------
    >>> import csi.studies
    >>> csi.studies.model("ecsi-mobi").names[:3]
    ('Image', 'Expectation', 'Quality')
    """
    _no_counts(name, "model")
    return study(name).model


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
    stated = _counts(name)
    known = stated["parts"]
    if not isinstance(part, str) or part not in known:
        raise OptionError(
            f"{name} has no part {part!r}. Known: {', '.join(known)}."
            + did_you_mean(str(part), known)
        )
    own, (low, high) = known[part], stated["scale"]
    scale = np.arange(low, high + 1.0)
    scores = np.array(list(own["counts"]), dtype=float)
    counts = np.array(list(own["counts"].values()), dtype=float)
    row, answer = np.nonzero(counts)
    points = np.linspace(0, 100, len(scale)).tolist()
    items = ItemFigures(
        own["weights"], [points] * len(own["weights"]), own["answers"], own["covariance"]
    )
    return CrossTab(
        name, part, stated["cause"], stated["effect"], scores[row], scale[answer],
        counts[row, answer], (float(low), float(high)), items,
    )  # fmt: skip


def catalogue() -> pd.DataFrame:
    """List the studies.

    Returns
    -------
    DataFrame
        One row per study: name, title, read (``"study"`` for moments, models and printed
        tables, ``"crosstab"`` for counts), parts (printed tables, or parts of the counts),
        n, items (their number), numbers (printed ones), citation.

    Examples
    --------
    >>> import csi.studies
    >>> "ecsi-mobi" in csi.studies.catalogue()["name"].to_list()
    True
    """
    return pd.DataFrame([*map(_study_row, names()), *map(_counts_row, _COUNTS)])


def _study_row(name: str) -> dict[str, object]:
    known = study(name)
    return {
        "name": name,
        "title": known.title,
        "read": "study",
        "parts": ", ".join(table.title for table in known.tables),
        "n": round(known.moments.n),
        "items": len(known.moments.columns),
        "numbers": sum(len(labels) for t in known.tables for labels in t.numbers.values()),
        "citation": known.citation,
    }


def _counts_row(name: str) -> dict[str, object]:
    stated = _counts(name)
    parts = stated["parts"]
    return {
        "name": name,
        "title": stated["title"],
        "read": "crosstab",
        "parts": ", ".join(parts),
        "n": sum(part["n"] for part in parts.values()),
        "items": len(stated["items"]),
        "numbers": 0,
        "citation": stated["citation"],
    }


def _no_counts(name: object, asked: str) -> None:
    if isinstance(name, str) and name in _COUNTS:
        raise OptionError(f"{name} has no {asked}: it holds counts. Use csi.studies.crosstab().")


def _counts(name: object) -> dict[str, Any]:
    if not isinstance(name, str) or name not in _COUNTS:
        if isinstance(name, str) and name in names():
            raise OptionError(f"{name} holds no counts. Read it with csi.studies.study().")
        raise OptionError(
            f"There is no study {name!r} for crosstab(). Known: {', '.join(_COUNTS)}."
            + did_you_mean(str(name), _COUNTS)
        )
    text = files(__package__).joinpath(_COUNTS[name]).read_text(encoding="utf-8")
    stated: dict[str, Any] = json.loads(text)
    return stated

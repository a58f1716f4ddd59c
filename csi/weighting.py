"""Survey weights: what they must be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from csi.core.checks import LARGEST, as_numbers
from csi.core.types import Array, Mask
from csi.errors import DataError, DataQualityWarning, Issue, listing, warn

WeightType = Literal["sampling", "frequency"]

LOW_EFFICIENCY = 0.30
"""Share of respondents that Kish's effective sample size should not fall below."""


def checked_weights(
    given: Sequence[float] | Array, n_rows: int, kind: WeightType, name: str
) -> Array:
    """Return weights as floats, or refuse them with every reason at once."""
    w = as_numbers(given)
    if w is None:
        raise DataError(
            f"The {name} are not numbers, but {type(given).__name__} with something else in it. "
            "Give one number for each row."
        )
    if w.shape != (n_rows,):
        raise DataError(
            f"The {name} have shape {w.shape}, but there are {n_rows} rows. Give one for each row."
        )
    issues = _weight_issues(w, kind, name)
    if issues:
        raise DataError(issues)
    effective = float(w.sum() ** 2 / (w @ w))
    if kind == "sampling" and effective < LOW_EFFICIENCY * n_rows:
        warn(
            f"The weights in {name} are extreme: {n_rows} respondents carry the information of "
            f"{effective:.1f} (Kish). Trim them, or expect wide intervals.",
            DataQualityWarning,
        )
    return w


def _weight_issues(w: Array, kind: WeightType, name: str) -> list[Issue]:
    infinite, negative = np.isinf(w), w < 0
    issues = [
        _issue("weight-missing", name, np.isnan(w), "missing", "Give every row a weight."),
        _issue("weight-infinite", name, infinite, "infinite", "Correct them."),
        _issue(
            "weight-negative",
            name,
            negative & ~infinite,
            "negative",
            "Weights count people; correct them.",
        ),
    ]
    size = np.abs(w)
    odd = (size > LARGEST) | ((size > 0) & (size < 1 / LARGEST))
    remedy = "Only proportions matter; give them ordinary sizes."
    issues.append(_issue("weight-magnitude", name, odd & ~infinite, "of absurd size", remedy))
    if kind == "frequency":
        broken = np.isfinite(w) & (w != np.round(w))
        remedy = "Frequency weights count respondents; for others use weight_type='sampling'."
        issues.append(_issue("weight-not-whole", name, broken, "not whole", remedy))
    found = [issue for issue in issues if issue is not None]
    if found:
        return found
    if not w.any():
        text = f"All {len(w)} weights in {name} are zero. Give those interviewed a positive weight."
        return [Issue("weight-zero", name, (), text)]
    dominant = dominant_weight(w, np.arange(len(w)), f"in {name}") if kind == "sampling" else None
    return [] if dominant is None else [replace(dominant, column=name)]


def dominant_weight(w: Array, positions: NDArray[np.intp], where: str) -> Issue | None:
    """Name the respondent who holds more than half of all weight, if there is one.

    Parameters
    ----------
    w : (n,) array
        Sampling weights.
    positions : (n,) array of int
        Where the respondents stand in the data.
    where : str
        What to add to "the weight" in the message.
    """
    heaviest, total = int(w.argmax()), float(w.sum())
    if len(w) < 2 or w[heaviest] <= total / 2:
        return None
    row = int(positions[heaviest])
    text = (
        f"Row {row} (counted from 0) holds {w[heaviest] / total:.0%} of the weight {where}. One "
        "respondent cannot stand for the majority; correct or trim the weights."
    )
    return Issue("weight-dominant", None, (row,), text)


def _issue(code: str, name: str, wrong: Mask, what: str, remedy: str) -> Issue | None:
    rows = np.flatnonzero(wrong)
    if not len(rows):
        return None
    found = f"1 weight in {name} is" if len(rows) == 1 else f"{len(rows)} weights in {name} are"
    text = f"{found} {what} (rows {listing(rows)}, counted from 0). {remedy}"
    return Issue(code, name, tuple(rows[:5].tolist()), text)

"""Losses of respondents, and the t test of their differences."""

from __future__ import annotations

import numpy as np

from csi.answers import Answers
from csi.core.design import sampling_covariance, units
from csi.core.types import Array, Mask

NO_VARIANCE = 1e-24
"""Squared share of the loss below which differences between respondents are rounding."""


def mean_loss(squares: Array, known: Mask) -> Array:
    """Return (n,) means over repeats and items of what is known; NaN where nothing is."""
    total = np.where(known, squares, 0.0).sum(axis=(0, 2))
    with np.errstate(invalid="ignore"):
        loss: Array = total / known.sum(axis=(0, 2))
    return loss


FEWEST = 2
"""Respondents with a loss from which on their losses can be compared."""


def loss_comparison(
    loss: Array, benchmark: Array, answers: Answers, level: float
) -> dict[str, object]:
    """Compare the losses of respondents by a t test."""
    from scipy.special import stdtr, stdtrit  # noqa: PLC0415 - slow to import

    known = np.isfinite(loss)
    if known.sum() < FEWEST:
        return nothing("fewer than two respondents have a loss")
    w = (np.ones(len(loss)) if answers.weights is None else answers.weights) * known
    gap = np.where(known, loss - benchmark, 0.0)
    difference = w @ gap / w.sum()
    influence = np.where(known, w * (gap - difference), 0.0)[:, None] / w.sum()
    copies = answers.copies
    answered = np.array([copies @ known])
    variance = sampling_covariance(influence, answered, copies, answers.sampling)[0, 0]
    df = answered[0] - 1
    if answers.sampling is not None:
        standing, _, stratum, _ = units(answers.sampling, copies)
        df = standing.sum() - len(np.unique(stratum))
    means = [float(w @ np.where(known, each, 0.0) / w.sum()) for each in (loss, benchmark)]
    row = {"loss": means[0], "loss_benchmark": means[1], "difference": float(difference)}
    if variance <= NO_VARIANCE * max(means) ** 2:
        return nothing("the losses of all respondents differ by the same amount") | row
    se = float(np.sqrt(variance))
    t, reach = float(difference / se), float(stdtrit(df, (1 + level) / 2)) * se
    return row | {
        "se": se,
        "t": t,
        "df": float(df),
        "p": float(2 * stdtr(df, -abs(t))),
        "lower": row["difference"] - reach,
        "upper": row["difference"] + reach,
        "why": "",
    }


def nothing(why: str) -> dict[str, object]:
    """Return a comparison that could not be made."""
    numbers = ("loss", "loss_benchmark", "difference", "se", "t", "df", "p", "lower", "upper")
    return dict.fromkeys(numbers, np.nan) | {"why": why}

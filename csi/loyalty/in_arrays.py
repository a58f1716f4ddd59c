"""Scores, outcomes and items given as arrays."""

from __future__ import annotations

import numpy as np

from csi.core.checks import as_numbers
from csi.core.types import Array
from csi.declared import Scale
from csi.errors import DataError
from csi.loyalty.item_figures import ROUNDING, ItemFigures, possible_answers
from csi.loyalty.level_answers import of_arrays
from csi.loyalty.observed import Observed, complete
from csi.loyalty.outcomes import declared_scale, scaled

SLACK = 0.6
"""Points by which a rounded score may differ from the sum of its items."""


def observe_arrays(
    score: object,
    outcome: object,
    items: object,
    names: tuple[object, object],
    outcome_scale: Scale | str | None,
    **drawn: object,
) -> Observed:
    """Read a score, an outcome and the items of the score from arrays."""
    pair = of_arrays(score, outcome, names, None, **drawn)
    values = pair.cause.values
    low, high = float(values.min()), float(values.max())
    if low < -ROUNDING or high > 100 + ROUNDING:
        raise DataError(
            f"score runs from {low:g} to {high:g}. Give satisfaction in points from 0 to 100."
        )
    given, unit = scaled(pair.effect.values, declared_scale(outcome_scale))
    points: Array | None = None
    answers: tuple[Array, ...] = ()
    weights = np.ones(1)
    known = items if isinstance(items, ItemFigures) else None
    if items is not None and known is None:
        points, answers, weights = _items_of(items, values)
    sample = pair.sample
    clusters = None if sample.design is None else sample.design.clusters
    found = Observed(
        pair.cause.name, pair.effect.name, values, given, unit, sample.weights, sample.copies,
        clusters, points, answers, weights, np.arange(len(values)), len(values), known=known,
    )  # fmt: skip
    return complete(found)


def _items_of(given: object, score: Array) -> tuple[Array, tuple[Array, ...], Array]:
    """Return items in points, their possible answers and their weights in the score."""
    rows = as_numbers(given)
    if rows is None or rows.ndim != 2 or len(rows) != len(score) or rows.shape[1] < 2:
        what = "something else than numbers" if rows is None else f"shape {rows.shape}"
        raise DataError(
            f"items has {what}. Give one row for each of the {len(score)} respondents and one "
            "column for each of at least two items; or leave it out and give reliability."
        )
    if not np.isfinite(rows).all():
        raise DataError("items holds missing values. Leave those respondents out everywhere.")
    start, slopes = _sum_of(rows, score)
    reversed_ = (slopes < 0) & ((rows - rows.mean(axis=0)).T @ score < 0)
    turned = np.where(reversed_, -1.0, 1.0)
    rows, slopes = rows * turned, slopes * turned
    scale = _ends(rows, start, slopes, turned)
    low, high = scale.T
    points = 100 * (rows - low) / (high - low)
    weights = slopes * (high - low)
    return points, possible_answers(points, scale), weights / weights.sum()


def _sum_of(rows: Array, score: Array) -> tuple[float, Array]:
    """Return constant and slopes of the sum of items that is the score."""
    design = np.column_stack([np.ones(len(rows)), rows])
    found, *_ = np.linalg.lstsq(design, score, rcond=None)
    beyond = float(np.abs(design @ found - score).max())
    if beyond > SLACK or not found[1:].any():
        raise DataError(
            f"score is no weighted sum of the items: the nearest one is up to {beyond:.3g} points "
            "away. Give the items that the score was made of, or reliability instead."
        )
    return float(found[0]), found[1:].astype(np.float64)


def _ends(rows: Array, start: float, slopes: Array, turned: Array) -> Array:
    """Return the lowest and highest answer of each item, with which the score is 0 and 100.

    They are the lowest and highest given if the score reaches its ends with these, and
    otherwise those of a scale that all items have in common; reversed items are turned
    round, and have it with the other sign.
    """
    seen = np.column_stack([rows.min(axis=0), rows.max(axis=0)])
    if np.abs(start + slopes @ seen - [0, 100]).max() <= SLACK and (seen[:, 0] < seen[:, 1]).all():
        return seen
    up, all_up = float(slopes @ turned), float(slopes.sum())
    if all_up > 0 and abs(up) > 1e-6 * all_up:
        width = 100 / all_up
        low = (width * slopes[turned < 0].sum() - start) / up
        low, high = (_whole(end) for end in (low, low + width))
        common = np.where(turned[:, None] > 0, [low, high], [-high, -low])
        if (seen[:, 0] >= common[:, 0] - 1e-9).all() and (seen[:, 1] <= common[:, 1] + 1e-9).all():
            return common
    raise DataError(
        "The scales of the items do not follow from the score. Give items in points from 0 to 100, "
        "reversed ones turned round, or their figures: csi.ItemFigures."
    )


def _whole(end: float) -> float:
    """Return an end of a scale, without what rounding of the score added to it."""
    return float(np.round(end)) if abs(end - np.round(end)) < 0.05 else end

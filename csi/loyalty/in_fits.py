"""Scores, outcomes and items of the respondents of a fit."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from csi.core.checks import as_numbers
from csi.core.types import Array
from csi.errors import (
    ArgumentTypeError,
    DataError,
    OptionError,
    RowsRequiredError,
    did_you_mean,
    listing,
)
from csi.hundred import OnHundred
from csi.loyalty.item_figures import possible_answers
from csi.loyalty.level_answers import Answered, of_fit, zero_or_one
from csi.loyalty.observed import Observed, complete
from csi.loyalty.one_each import of_those_used
from csi.loyalty.outcomes import declared_scale, scaled
from csi.results import Fit


def observe_fit(
    fit: Fit,
    cause: object,
    effect: object,
    outcome: object,
    outcome_scale: object,
    top: int | None,
) -> Observed:
    """Read the score of a construct and an outcome from a fit."""
    if fit.data is None:
        raise RowsRequiredError(
            "A curve is fitted to respondents, but the fit holds none: it was made from moments or "
            "read from a file. Fit the survey."
        )
    names = fit.model.names
    if not isinstance(cause, str) or cause not in names:
        raise OptionError(
            f"cause is {cause!r}. Name a construct of the fit: {listing(names, 20)}."
            + did_you_mean(str(cause), names)
        )
    name = str(cause)
    other = next(known for known in (*names, *fit.model.indicators) if known != name)
    pair = of_fit(fit, name, other if outcome is not None else effect)
    score = _in_points(pair.cause)
    read = len(fit.data.flags)
    if outcome is not None:
        given = of_those_used("outcome", _beside(outcome), fit.data.positions, read)
        given, unit = scaled(given, declared_scale(outcome_scale))
        effect = effect if isinstance(effect, str) else "outcome"
    else:
        given, unit = _loyal(fit, pair.effect, top)
    own = item_points(fit, name)
    sampling = fit.data.sampling
    found = Observed(
        name, str(effect), score, given, unit, pair.sample.weights, fit.data.copies,
        None if sampling is None else sampling.clusters, own.points,
        possible_answers(own.points, own.scale), own.weights, fit.data.positions, read,
        labels={end: fit.model.construct(end).label for end in (name, effect) if end in names},
    )  # fmt: skip
    return complete(found)


@dataclass(frozen=True, slots=True, eq=False)
class ItemPoints:
    """The items of a construct, of any order.

    Attributes
    ----------
    points : (n, j) array
        Answers in points from 0 to 100, NaN where there is none.
    weights : (j,) array
        In the index.
    scale : (j, 2) array
        Ends.
    """

    points: Array
    weights: Array
    scale: Array


def item_points(fit: Fit, name: str) -> ItemPoints:
    """Read the items of a construct of a fit with respondents."""
    j = fit.model.names.index(name)
    V = OnHundred.of(fit.model, fit.moments, fit.scale).weights(fit.estimates, fit.index_weights)
    at = np.flatnonzero(fit.model.composition[:, j])
    low, high = fit.scale[at].T
    points = 100 * (fit.data.given[:, at] - low) / (high - low)  # type: ignore[union-attr]
    return ItemPoints(points, V[at, j], fit.scale[at])


def _in_points(answered: Answered) -> Array:
    points = answered.points
    if points is None:
        raise DataError(
            f"{answered.name} has no declared scale ends. Declare scale, such as "
            "csi.survey(frame, scale=(1, 10))."
        )
    return points


def _loyal(fit: Fit, answered: Answered, top: int | None) -> tuple[Array, str]:
    """Return the outcome of a fit: points, or the share of answers in the top boxes."""
    if top is None:
        low, high = answered.ends or (np.nan, np.nan)
        if (low, high) == (0, 1) and answered.items == 1:
            return answered.values, "share"
        return _in_points(answered), "points"
    at = _items_named(fit, answered.name)
    scale = fit.scale[at]
    boxes = min(top, 2**53)  # larger whole numbers are no floats
    if np.isnan(scale).any() or (scale[:, 1] - scale[:, 0] < boxes).any():
        raise OptionError(
            f"top is {top}, but {answered.name} has no such boxes. Declare the scale of its items, "
            "and give fewer boxes than there are answers."
        )
    given = fit.data.given[:, at]  # type: ignore[union-attr]
    loyal = np.where(np.isnan(given), np.nan, given > scale[:, 1] - top)
    return loyal.mean(axis=1), "share"


def _items_named(fit: Fit, name: str) -> list[int]:
    if name in fit.model.names:
        composition = fit.model.composition[:, fit.model.names.index(name)]
        return [int(i) for i in np.flatnonzero(composition)]
    return [fit.model.indicators.index(name)]


def _beside(given: object) -> Array:
    """Return outcomes given beside a fit."""
    values = as_numbers(zero_or_one(given))
    if values is None or values.ndim != 1:
        raise ArgumentTypeError(
            f"outcome is a {type(given).__name__}. Give one number for each respondent."
        )
    if np.isinf(values).any() or np.isnan(values).all():
        raise DataError(
            f"outcome holds {int(np.isinf(values).sum())} infinite values and "
            f"{int(np.isnan(values).sum())} missing ones, of {len(values)}. Correct it."
        )
    return values

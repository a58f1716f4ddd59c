"""What is known of each respondent before a curve is fitted."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from csi.core.checks import as_numbers
from csi.core.curve.bins import Bins, Codes, bin_of, gather
from csi.core.curve.item_model import Items, congeneric_reliability
from csi.core.types import Array, Mask
from csi.declared import Scale
from csi.errors import (
    ArgumentTypeError,
    DataError,
    OptionError,
    RowsRequiredError,
    did_you_mean,
    listing,
)
from csi.hundred import OnHundred
from csi.loyalty.item_figures import ROUNDING, ItemFigures
from csi.loyalty.level_answers import HUNDRED, Answered, of_arrays, of_fit, zero_or_one
from csi.loyalty.one_each import of_those_used
from csi.results import Fit

MOST_ANSWERS = 101
"""Different answers of an item up to which its error is modelled answer by answer."""

FEWEST_SCORES = 5
"""Distinct scores below which there is no curve."""

FEWEST = 30
"""Respondents below which there is no curve."""

SLACK = 0.6
"""Points by which a rounded score may differ from the sum of its items."""

FEWEST_CLUSTERS = 10
"""Clusters below which how they differ is not known."""

ENDS = {"points": (0.0, 100.0), "share": (0.0, 1.0), "count": (0.0, np.inf)}
"""What an outcome can be."""

RATINGS = 50
"""Whole outcomes up to here may be ratings or counts: their scale must be declared."""


@dataclass(frozen=True, slots=True, eq=False)
class Observed:
    """Scores, outcomes and items of respondents.

    Attributes
    ----------
    cause, effect : str
        What they are called.
    score : (n,) array
        Satisfaction on 0-100.
    outcome : (n,) array
        What is to be explained, in its own units.
    unit : {"points", "share", "count"}
        What these are.
    weights, copies : (n,) arrays
        Survey weights, and respondents each row stands for.
    clusters : (n,) array of int or None
        Clusters, numbered from 0.
    points : (n, j) array or None
        Answers to the items of the score in points from 0 to 100.
    answers : tuple of arrays
        Possible answers of each item, in the same points.
    item_weights : (j,) array
        Of the items in the score, summing to one.
    rows : (n,) array of int
        Where each respondent stood among those given.
    read : int
        How many were given.
    dropped : int
        Respondents left out, for want of an answer or a weight.
    known : ItemFigures or None
        What was given of the items instead of their rows.
    """

    cause: str
    effect: str
    score: Array
    outcome: Array
    unit: str
    weights: Array
    copies: Array
    clusters: Codes | None
    points: Array | None
    answers: tuple[Array, ...]
    item_weights: Array
    rows: Codes
    read: int
    dropped: int = 0
    known: ItemFigures | None = None

    @property
    def n(self) -> int:
        """Respondents."""
        return round(float(self.copies.sum()))

    def take(self, rows: Codes) -> Observed:
        """Return some of the respondents."""
        clusters = None
        if self.clusters is not None:
            clusters = np.unique(self.clusters[rows], return_inverse=True)[1].astype(np.intp)
        return replace(
            self,
            score=self.score[rows],
            outcome=self.outcome[rows],
            weights=self.weights[rows],
            copies=self.copies[rows],
            clusters=clusters,
            points=None if self.points is None else self.points[rows],
            rows=self.rows[rows],
        )

    def bins(self, sign: float = 1.0) -> Bins:
        """Return the respondents in bins of the score."""
        outcome = sign * self.outcome
        return gather(self.score, outcome, self.weights, self.copies, self.clusters)

    @property
    def figures(self) -> ItemFigures | None:
        """What the items show, or None where a model of their errors does not apply."""
        if self.known is not None or self.points is None:
            return self.known
        if self.points.shape[1] < 2 or not self.answers or (self.item_weights < 0).any():
            return None
        return ItemFigures.of_rows(self.item_weights, self.answers, self.points, self.weights)

    def reliability(self) -> float | None:
        """Return the reliability of the score that its items show."""
        if self.known is not None:
            return self.known.reliability
        if self.points is None or self.points.shape[1] < 2:
            return None
        cov = np.cov(self.points.T, aweights=self.weights)
        return congeneric_reliability(cov, self.item_weights)

    def items(self) -> Items | None:
        """Return the items for the model of their errors, or None where it does not apply."""
        figures = self.figures
        return None if figures is None else figures.items


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
        given, unit = _scaled(given, _declared(outcome_scale))
        effect = effect if isinstance(effect, str) else "outcome"
    else:
        given, unit = _loyal(fit, pair.effect, top)
    own = item_points(fit, name)
    sampling = fit.data.sampling
    found = Observed(
        name, str(effect), score, given, unit, pair.sample.weights, fit.data.copies,
        None if sampling is None else sampling.clusters, own.points,
        _possible(own.points, own.scale), own.weights, fit.data.positions, read,
    )  # fmt: skip
    return _complete(found)


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
    given, unit = _scaled(pair.effect.values, _declared(outcome_scale))
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
    return _complete(found)


def _complete(found: Observed) -> Observed:
    """Leave out who lacks a score, an outcome or a weight, and refuse what makes no curve."""
    used: Mask = np.isfinite(found.score) & np.isfinite(found.outcome) & (found.weights > 0)
    if found.points is not None:
        used &= np.isfinite(found.points).all(axis=1)
    kept = replace(found.take(np.flatnonzero(used)), dropped=int((~used).sum()))
    check_enough(kept)
    return kept


def check_enough(found: Observed) -> None:
    """Refuse respondents who make no curve."""
    scores = len(np.unique(bin_of(found.score)))
    if scores < FEWEST_SCORES:
        many = "1 distinct score" if scores == 1 else f"{scores} distinct scores"
        raise DataError(
            f"{found.cause} has {many}, counted in whole points of 0-100. A curve needs "
            f"{FEWEST_SCORES}; compare the levels instead: csi.loyalty_levels()."
        )
    if found.n < FEWEST:
        raise DataError(
            f"{found.n} respondents have a score and an outcome. A curve needs {FEWEST}."
        )
    if np.ptp(found.outcome) == 0:
        raise DataError(
            f"{found.effect} is {found.outcome[0]:g} for everybody. There is nothing to explain."
        )
    drawn = None if found.clusters is None else len(np.unique(found.clusters))
    if drawn is not None and drawn < FEWEST_CLUSTERS:
        raise DataError(
            f"The respondents are of {drawn} clusters; a curve needs {FEWEST_CLUSTERS} to know how "
            "they differ. Declare none, and limits count respondents one by one."
        )


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


def _unit(values: Array) -> str:
    return "share" if set(np.unique(values[np.isfinite(values)])) <= {0.0, 1.0} else "points"


def _declared(scale: object) -> Scale | Literal["count"] | None:
    """Return what was declared of the scale of an outcome, or refuse what declares none."""
    if scale is None or (isinstance(scale, str) and scale == "count"):
        return scale  # type: ignore[return-value]
    ends = as_numbers(scale)
    if ends is None or ends.shape != (2,) or not np.isfinite(ends).all() or ends[0] >= ends[1]:
        raise OptionError(
            f"outcome_scale is {scale!r}. Give the lowest and the highest answer, such as (1, 10), "
            "or 'count' for counts."
        )
    return float(ends[0]), float(ends[1])


def _scaled(values: Array, scale: Scale | Literal["count"] | None) -> tuple[Array, str]:
    """Put outcomes on the scale that was declared for them."""
    answered = values[np.isfinite(values)]
    low, high = float(answered.min()), float(answered.max())
    whole = bool((answered == np.round(answered)).all())
    if scale == "count":
        if low < 0 or not whole:
            raise DataError(f"Counts are whole and not negative; outcome runs from {low:g}.")
        return values, "count"
    if isinstance(scale, tuple) and not (scale == (0, 1) and _unit(values) == "share"):
        rounding = ROUNDING * (scale[1] - scale[0]) / 100
        if low < scale[0] - rounding or high > scale[1] + rounding:
            raise DataError(
                f"outcome runs from {low:g} to {high:g}, outside its scale {scale[0]:g} to "
                f"{scale[1]:g}. Correct it, or declare another outcome_scale."
            )
        return 100 * (values - scale[0]) / (scale[1] - scale[0]), "points"
    if _unit(values) == "share":
        return values, "share"
    beyond = low < -ROUNDING or high > HUNDRED[1] + ROUNDING
    if beyond or (whole and high <= RATINGS):
        raise DataError(
            f"outcome runs from {low:g} to {high:g}, on a scale that was not declared. Give "
            "outcome_scale, such as (1, 10) for ratings or 'count' for counts."
        )
    return values, "points"


def _possible(points: Array, scale: Array) -> tuple[Array, ...]:
    """Return the possible answers of each item in points; none if they are too many."""
    steps = scale[:, 1] - scale[:, 0]
    found = []
    for given, step in zip(points.T, steps, strict=True):
        seen = given[np.isfinite(given)]
        steps_up = np.round(seen * step / 100)
        whole = np.abs(seen * step / 100 - steps_up).max(initial=0) < 1e-9 * max(step, 1)
        if whole and step < MOST_ANSWERS:
            apart = np.gcd.reduce([round(step), *np.unique(steps_up).astype(int)])
            found.append(np.linspace(0, 100, round(step) // int(apart) + 1))
        else:
            found.append(np.unique(seen))
    return tuple(found) if all(len(answers) <= MOST_ANSWERS for answers in found) else ()


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
    return points, _possible(points, scale), weights / weights.sum()


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

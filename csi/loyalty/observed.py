"""What is known of each respondent before a curve is fitted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from csi.core.curve.bins import Bins, Codes, bin_of, gather
from csi.core.curve.item_model import Items, congeneric_reliability
from csi.core.types import Array, Mask
from csi.errors import DataError
from csi.loyalty.item_figures import ItemFigures

FEWEST_SCORES = 5
"""Distinct scores below which there is no curve."""

FEWEST = 30
"""Respondents below which there is no curve."""

FEWEST_CLUSTERS = 10
"""Clusters below which how they differ is not known."""


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
    labels : mapping of str to (mapping of str to str)
        What constructs among cause and effect are called, by language.
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
    labels: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

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


def complete(found: Observed) -> Observed:
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

"""What must be known of the items of a score where there are no rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from csi.core.checks import as_numbers
from csi.core.curve.item_model import Items, congeneric_reliability, unique_shares
from csi.core.types import Array
from csi.errors import ArgumentTypeError, DataError, OptionError

MOST_ANSWERS = 101
"""Different answers of an item up to which its error is modelled answer by answer."""

ROUNDING = 1e-6
"""Points beyond the ends of the scale that are rounding."""


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class ItemFigures:
    """Weights, answers and covariances of the items of a score, for use without rows.

    With a table of satisfaction by loyalty, such as a report prints, they are all that
    `csi.loyalty_curve` needs: ``csi.loyalty_curve(score=..., outcome=..., weights=counts,
    weight_type="frequency", items=figures)``.

    Parameters
    ----------
    weights : (j,) sequence of float
        Of the items in the score.
    answers : sequence of j sequences of float
        Possible answers of each item in points from 0 to 100, increasing.
    shares : sequence of j sequences of float
        How frequent each answer is.
    covariance : (j, j) sequence
        Of the items in points.

    Raises
    ------
    DataError
        If they do not fit together.

    Examples
    --------
    >>> import csi
    >>> figures = csi.ItemFigures(
    ...     [0.5, 0.5], [[0, 50, 100]] * 2, [[0.2, 0.3, 0.5], [0.1, 0.4, 0.5]],
    ...     [[1525, 700], [700, 1100]],
    ... )
    >>> round(figures.reliability, 3)
    0.7
    """

    weights: Array
    answers: tuple[Array, ...]
    shares: tuple[Array, ...]
    covariance: Array

    def __init__(
        self,
        weights: Sequence[float],
        answers: Sequence[Sequence[float]],
        shares: Sequence[Sequence[float]],
        covariance: Sequence[Sequence[float]] | Array,
    ) -> None:
        w, cov = _numbers("weights", weights, 1), _numbers("covariance", covariance, 2)
        values = tuple(_in_points(_numbers("answers", a, 1)) for a in _each("answers", answers))
        parts = tuple(_numbers("shares", given, 1) for given in _each("shares", shares))
        _check(w, values, parts, cov)
        object.__setattr__(self, "weights", w / w.sum())
        object.__setattr__(self, "answers", values)
        object.__setattr__(self, "shares", tuple(part / part.sum() for part in parts))
        object.__setattr__(self, "covariance", cov)

    @classmethod
    def of_rows(
        cls, weights: Array, answers: tuple[Array, ...], points: Array, counted: Array
    ) -> ItemFigures:
        """Find them in rows of answers, in points, with weights of the respondents."""
        shares = []
        for known, given in zip(answers, points.T, strict=True):
            place = np.abs(given[:, None] - known).argmin(axis=1)
            shares.append(np.bincount(place, counted, len(known)))
        return cls(
            weights.tolist(), [known.tolist() for known in answers],
            [part.tolist() for part in shares], np.cov(points.T, aweights=counted),
        )  # fmt: skip

    @property
    def reliability(self) -> float:
        """Reliability of the score under one common factor."""
        return congeneric_reliability(self.covariance, self.weights)

    @property
    def items(self) -> Items:
        """The same for the model of the errors."""
        error = np.sqrt(unique_shares(self.covariance) * np.diagonal(self.covariance))
        return Items(self.weights, self.answers, self.shares, error)

    def __repr__(self) -> str:
        return f"<ItemFigures {len(self.weights)} items, reliability {self.reliability:.3f}>"


def possible_answers(points: Array, scale: Array) -> tuple[Array, ...]:
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


def _each(name: str, given: object) -> list[object]:
    several = hasattr(given, "__len__") and getattr(given, "ndim", 1) > 0
    if isinstance(given, str | bytes) or not several:
        raise ArgumentTypeError(f"{name} is {given!r}. Give one list of numbers for each item.")
    return list(given)  # type: ignore[call-overload, no-any-return]


def _numbers(name: str, given: object, dimensions: int) -> Array:
    values = as_numbers(given)
    if values is None or values.ndim != dimensions or not np.isfinite(values).all():
        raise ArgumentTypeError(f"{name} holds something else than finite numbers: {given!r}.")
    return values


def _in_points(answers: Array) -> Array:
    """Put answers that rounding moved beyond an end back to it."""
    beyond = (answers < 0) & (answers > -ROUNDING) | (answers > 100) & (answers < 100 + ROUNDING)
    return np.where(beyond, np.clip(answers, 0, 100), answers)


def _check(
    weights: Array, answers: tuple[Array, ...], shares: tuple[Array, ...], cov: Array
) -> None:
    j = len(weights)
    if j < 2 or len(answers) != j or len(shares) != j or cov.shape != (j, j):
        raise OptionError(
            f"There are {j} weights, {len(answers)} lists of answers, {len(shares)} of shares and "
            f"a covariance of shape {cov.shape}. Give each for the same two or more items."
        )
    if (weights < 0).any() or weights.sum() <= 0:
        raise DataError(f"Weights of items are not negative; found {weights.min():g}.")
    for k, (known, share) in enumerate(zip(answers, shares, strict=True)):
        if len(known) < 2 or (np.diff(known) <= 0).any() or known[0] < 0 or known[-1] > 100:
            raise DataError(f"Answers of item {k + 1} must increase, from 0 to 100: {known}.")
        if len(share) != len(known) or (share < 0).any() or share.sum() <= 0:
            raise DataError(f"Item {k + 1} has {len(known)} answers and shares {share}.")
    spread = np.diagonal(cov)
    if (spread <= 0).any():
        raise DataError(
            f"Item {int(spread.argmin()) + 1} does not vary. Leave it out of the score."
        )
    if not np.allclose(cov, cov.T) or np.linalg.eigvalsh(cov)[0] < -1e-8 * spread.sum():
        raise DataError("The matrix given is no covariance of the items. Fill in both triangles.")

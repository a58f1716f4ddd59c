"""Ceilings over a scatter of points: what an outcome cannot exceed without a condition.

A condition is necessary to a degree if the upper left corner of its scatter is
empty. Notation, with everything about outcomes batched along the last axis::

    x     (n,)    condition
    Y     (n, B)  outcomes: as they are, or B permutations of them
    level (m,)    the distinct values of x in increasing order
    C     (m, B)  ceiling envelope (CE-FDH): the highest outcome up to each level
    corner (m, B) where the envelope rises; the points that hold it up
    a, b  (B,)    ceiling regression (CR-FDH): least squares through these points

The effect size d is the empty zone above a ceiling as a share of the scope,
the rectangle of all values of condition and outcome. A ceiling with a single
such point reaches the top everywhere: it has no line, and no zone above one.

References
----------
Dul, J. (2016). Necessary condition analysis (NCA): logic and methodology of
"necessary but not sufficient" causality. Organizational Research Methods
19(1), 10-52. doi:10.1177/1094428115584005

Dul, J., van der Laan, E. and Kuik, R. (2020). A statistical significance test
for necessary condition analysis. Organizational Research Methods 23(2),
385-395. doi:10.1177/1094428118795272
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from csi.core.types import Array, Mask

CeilingName = Literal["ce_fdh", "cr_fdh"]

TIE = 1e-9
"""Difference, as a share of the scope, below which two values count as one."""


@dataclass(frozen=True, slots=True)
class Scope:
    """The rectangle of all values of a condition and an outcome.

    Attributes
    ----------
    x_low, x_high, y_low, y_high : float
        Its sides.
    """

    x_low: float
    x_high: float
    y_low: float
    y_high: float

    @classmethod
    def observed(cls, x: Array, y: Array) -> Scope:
        """Return the rectangle that the points span."""
        return cls(float(x.min()), float(x.max()), float(y.min()), float(y.max()))

    @property
    def width(self) -> float:
        """Range of the condition."""
        return self.x_high - self.x_low

    @property
    def height(self) -> float:
        """Range of the outcome."""
        return self.y_high - self.y_low

    @property
    def area(self) -> float:
        """Width times height."""
        return self.width * self.height


@dataclass(frozen=True, slots=True, eq=False)
class Condition:
    """A condition sorted once, for any number of outcomes.

    Attributes
    ----------
    level : (m,) array
        Its distinct values.
    order : (n,) array of int
        Points in the order of their condition.
    starts : (m,) array of int
        Where each level begins among them.
    scope : Scope
        The rectangle.
    """

    level: Array
    order: NDArray[np.intp]
    starts: NDArray[np.intp]
    scope: Scope

    @classmethod
    def of(cls, x: Array, scope: Scope) -> Condition:
        """Sort the values of a condition."""
        order = np.argsort(x, kind="stable")
        ordered = x[order]
        new = np.diff(ordered, prepend=-np.inf) > TIE * scope.width
        starts = np.flatnonzero(new)
        return cls(ordered[starts], order, starts, scope)

    def ceiling(self, Y: Array) -> Array:
        """Return the (m, B) ceiling envelope of (n, B) outcomes."""
        highest = np.maximum.reduceat(Y[self.order], self.starts, axis=0)
        envelope: Array = np.maximum.accumulate(highest, axis=0)
        return envelope

    def corners(self, C: Array) -> Mask:
        """Return where the envelope rises: the points a ceiling regression goes through."""
        rise: Mask = np.diff(C, axis=0, prepend=-np.inf) > TIE * self.scope.height
        return rise

    def step_zone(self, C: Array) -> Array:
        """Return the (B,) areas above ceiling envelopes."""
        scope = self.scope
        ends = np.append(self.level, scope.x_high)
        left = (self.level[0] - scope.x_low) * scope.height
        zone: Array = left + np.diff(ends) @ (scope.y_high - C)
        return zone

    def lines(self, C: Array) -> Array:
        """Return (2, B) intercepts and slopes of ceiling regressions; NaN without a line."""
        corner = self.corners(C).astype(np.float64)
        x_middle, y_middle = self.level.mean(), (self.scope.y_low + self.scope.y_high) / 2
        x, Y = self.level - x_middle, (C - y_middle) * corner
        number, x_sum, y_sum = corner.sum(axis=0), x @ corner, Y.sum(axis=0)
        with np.errstate(divide="ignore", invalid="ignore"):
            slope = (number * (x @ Y) - x_sum * y_sum) / (number * (x * x @ corner) - x_sum**2)
        slope[number < 2] = np.nan
        return np.stack([y_middle + (y_sum - slope * x_sum) / number - slope * x_middle, slope])

    def line_zone(self, line: Array) -> Array:
        """Return the (B,) areas above ceiling lines within the scope; 0 without a line."""
        scope = self.scope
        a, b = line
        left, right = (scope.y_high - a - b * x for x in (scope.x_low, scope.x_high))
        zone: Array = (_integral(left, scope.height) - _integral(right, scope.height)) / b
        return np.where(np.isnan(b), 0.0, zone)

    def effect_sizes(self, Y: Array, ceilings: Sequence[CeilingName]) -> Array:
        """Return (number of ceilings, B) effect sizes of (n, B) outcomes."""
        C = self.ceiling(Y)
        zones = {
            "ce_fdh": lambda: self.step_zone(C),
            "cr_fdh": lambda: self.line_zone(self.lines(C)),
        }
        sizes: Array = np.stack([zones[name]() for name in ceilings]) / self.scope.area
        return sizes


@dataclass(frozen=True, slots=True, eq=False)
class Ceiling:
    """One ceiling over one scatter.

    Attributes
    ----------
    scope : Scope
        The rectangle.
    zone : float
        Area above the ceiling within the scope.
    x, y : (c,) arrays
        The points the ceiling is drawn through, from left to right.
    intercept, slope : float
        Of the line; NaN for an envelope, and without a line.
    steps : bool
        Whether it is the envelope.
    """

    scope: Scope
    zone: float
    x: Array
    y: Array
    intercept: float
    slope: float
    steps: bool

    @classmethod
    def over(cls, x: Array, y: Array, name: CeilingName, scope: Scope | None = None) -> Ceiling:
        """Draw a ceiling over points.

        Parameters
        ----------
        x, y : (n,) arrays
            Condition and outcome, neither of them constant.
        name : {"ce_fdh", "cr_fdh"}
            Envelope in steps, or regression through its corners.
        scope : Scope, optional
            The rectangle; by default that of the points.

        Examples
        --------
        >>> import numpy as np
        >>> x, y = np.array([0.0, 1.0, 2.0]), np.array([0.0, 1.0, 2.0])
        >>> Ceiling.over(x, y, "ce_fdh").effect_size, Ceiling.over(x, y, "cr_fdh").effect_size
        (0.75, 0.5)
        """
        scope = scope or Scope.observed(x, y)
        condition = Condition.of(x, scope)
        C = condition.ceiling(y[:, None])
        corner = condition.corners(C)[:, 0]
        points = condition.level[corner], C[corner, 0]
        if name == "ce_fdh":
            return cls(scope, float(condition.step_zone(C)[0]), *points, np.nan, np.nan, True)
        line = condition.lines(C)
        zone = float(condition.line_zone(line)[0])
        return cls(scope, zone, *points, float(line[0, 0]), float(line[1, 0]), False)

    @property
    def effect_size(self) -> float:
        """Share of the scope above the ceiling."""
        return self.zone / self.scope.area

    def at(self, x: Array) -> Array:
        """Return the highest outcome the ceiling allows at values of the condition."""
        if not self.steps:
            height: Array = self.intercept + self.slope * x
            return np.where(np.isnan(height), self.y[-1], height)
        place = np.searchsorted(self.x, x + TIE * self.scope.width, side="right") - 1
        return np.where(place < 0, self.scope.y_low, self.y[np.maximum(place, 0)])

    def on_or_below(self, x: Array, y: Array) -> Mask:
        """Return which points the ceiling does not cut off."""
        below: Mask = y <= self.at(x) + TIE * self.scope.height
        return below

    def required(self, outcome: Array) -> Array:
        """Return the level of the condition without which outcomes are out of reach.

        Minus infinity where none is: the ceiling allows the outcome at the lowest
        level already. NaN where the ceiling allows it at no level.
        """
        scope, slack = self.scope, TIE * self.scope.height
        if self.steps:
            place = np.searchsorted(self.y, outcome - slack)
            level = np.append(self.x, np.nan)[place]
        elif np.isnan(self.slope):
            level = np.where(outcome > self.y[-1] + slack, np.nan, scope.x_low)
        else:
            level = (outcome - self.intercept) / self.slope
        margin = TIE * scope.width
        level = np.where(level > scope.x_high + margin, np.nan, level)
        return np.where(level <= scope.x_low + margin, -np.inf, level)

    @property
    def line(self) -> Array:
        """The (2, v) vertices of the ceiling within the scope, to be drawn from left to right."""
        scope = self.scope
        if self.steps:
            x, y = np.append(self.x, scope.x_high), np.insert(self.y, 0, scope.y_low)
            return np.stack([np.repeat(x, 2)[:-1], np.repeat(y, 2)[1:]])
        if np.isnan(self.slope):
            return np.array([[scope.x_low, scope.x_high], [self.y[-1], self.y[-1]]])
        ends = (np.array([scope.y_low, scope.y_high]) - self.intercept) / self.slope
        x = np.clip(ends, scope.x_low, scope.x_high)
        return np.stack([x, self.intercept + self.slope * x])

    @property
    def inefficiency(self) -> tuple[float, float]:
        """Shares of the condition's and the outcome's range in which nothing is constrained.

        The condition stops mattering where the ceiling reaches the top, the outcome
        where the ceiling leaves the left side. NaN if the ceiling has one corner.
        """
        scope = self.scope
        if len(self.x) < 2:
            return np.nan, np.nan
        end, start = float(self.x[-1]), float(self.y[0])
        if not self.steps:
            end = (scope.y_high - self.intercept) / self.slope
            start = self.intercept + self.slope * scope.x_low
        unused = max(0.0, scope.x_high - end) / scope.width
        return unused, max(0.0, start - scope.y_low) / scope.height


def _integral(u: Array, height: float) -> Array:
    """Return the integral of ``u`` clipped to the height of the scope, from 0."""
    inside = np.clip(u, 0.0, height)
    total: Array = inside * inside / 2 + height * np.maximum(u - height, 0.0)
    return total

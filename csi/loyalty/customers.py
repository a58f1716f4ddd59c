"""Whose satisfaction a curve is read at: all its customers, or those of some firms."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from csi.core.checks import as_numbers
from csi.core.curve.averages import Average, Customers, Reading, average, bin_shares
from csi.core.curve.averages import read_slope as slope_of
from csi.core.curve.averages import read_value as value_of
from csi.core.curve.bins import Codes
from csi.core.curve.calibration import deconvolved, iterations_for_edges
from csi.core.curve.monotone import monotone_fit
from csi.core.curve.smooth import SmoothFit
from csi.core.types import Array, Mask
from csi.errors import ArgumentTypeError, DataError, OptionError, RowsRequiredError, did_you_mean
from csi.groups import Fits
from csi.loyalty.curve import Curve
from csi.loyalty.in_fits import item_points
from csi.loyalty.item_figures import ROUNDING
from csi.loyalty.one_each import of_those_used, one_each, rows_by
from csi.results import Fit

FEWEST = 30
"""Customers of a firm below which nothing is said of it."""


@dataclass(frozen=True, slots=True, eq=False)
class Measured:
    """The scores of some customers.

    Attributes
    ----------
    score : (n,) array
        Satisfaction on 0-100.
    weights, copies : (n,) arrays
        Survey weights, and respondents each row stands for.
    clusters : (n,) array of int or None
        Clusters, numbered from 0.
    """

    score: Array
    weights: Array
    copies: Array
    clusters: Codes | None = None

    @property
    def n(self) -> int:
        """Respondents."""
        return round(float(self.copies.sum()))

    @property
    def mean(self) -> float:
        """Mean score, which is the index."""
        return float(self.weights @ self.score / self.weights.sum())

    def take(self, rows: Mask | Codes) -> Measured:
        """Return some of them."""
        clusters = self.clusters
        if clusters is not None:
            clusters = np.unique(clusters[rows], return_inverse=True)[1].astype(np.intp)
        return Measured(self.score[rows], self.weights[rows], self.copies[rows], clusters)


@dataclass(frozen=True, slots=True, eq=False)
class Reader:
    """A curve, ready to be averaged over customers.

    Attributes
    ----------
    curve : Curve
        The curve.
    fit : SmoothFit
        Its spline.
    """

    curve: Curve
    fit: SmoothFit

    @classmethod
    def of(cls, curve: Curve) -> Reader:
        """Fit the spline that the curve draws."""
        fit = curve.spline(curve.calibration)
        return cls(curve, monotone_fit(fit) if curve.settings.monotone else fit)

    def customers(self, measured: Measured) -> Customers:
        """Return the true scores behind observed ones.

        They are found by deconvolution, from those of all customers of the curve.
        """
        c, model = self.curve.calibration, self.curve.calibrations.model
        share, covariance = bin_shares(
            measured.score, measured.weights, measured.copies, measured.clusters
        )
        if model is None:
            return Customers(c.T, share, share, covariance, None, share, 0)
        steps = iterations_for_edges(measured.n)
        density = deconvolved(model.chance, share, steps, c.density)
        return Customers(c.T, density, share, covariance, model.chance, c.density, steps)

    def within(self, T: Array) -> Mask:
        """Say which true scores lie in the window."""
        low, high = self.curve.window
        return np.asarray((low <= T) & (high >= T))

    def held(self, T: Array) -> Array:
        """Return true scores, those beyond the window at its ends."""
        return np.clip(T, *self.curve.window)

    def values(self, T: Array) -> Reading:
        """Return the outcome at true scores, in the units of the user."""
        return value_of(self.fit, T, self.curve.zone.sign, self._logit)

    def slopes(self, T: Array) -> Reading:
        """Return the outcome per point at true scores."""
        return slope_of(self.fit, T, self.curve.zone.sign, self._logit)

    def average(self, reading: Reading, customers: Customers, known: Mask | None = None) -> Average:
        """Average a reading over customers."""
        return average(reading, customers, self.fit.unconditional, known)

    @property
    def _logit(self) -> bool:
        return self.curve.settings.scale == "logit"


def all_customers(curve: Curve) -> Measured:
    """Return the respondents of a curve."""
    o = curve.observed
    return Measured(o.score, o.weights, o.copies, o.clusters)


def customers_of_fit(curve: Curve, fit: Fit) -> Measured:
    """Score the respondents of a fit as the curve scores its own."""
    if fit.data is None:
        raise RowsRequiredError(
            "Where customers stand on the curve is known of respondents, but the fit holds none. "
            "Fit the survey."
        )
    if curve.cause not in fit.model.names:
        raise OptionError(
            f"The curve starts from {curve.cause!r}, which the fit does not know."
            f"{did_you_mean(curve.cause, fit.model.names)} Name the cause of the curve as the "
            "model does."
        )
    own = item_points(fit, curve.cause)
    weights = curve.observed.item_weights if curve.observed.points is not None else own.weights
    if len(weights) != own.points.shape[1]:
        raise DataError(
            f"{curve.cause} has {own.points.shape[1]} items in the fit and {len(weights)} in the "
            "curve. Give fits of the same model."
        )
    data = fit.data
    clusters = None if data.sampling is None else data.sampling.clusters
    frequent = np.ones(len(own.points)) if data.weights is None else data.weights
    found = Measured(own.points @ weights, frequent, data.copies, clusters)
    return found.take(np.isfinite(found.score) & (frequent > 0))


def firms_of(curve: Curve, firms: object) -> Iterator[tuple[object, Measured]]:
    """Yield the name and the customers of each firm."""
    if firms is None:
        yield "all", all_customers(curve)
    elif isinstance(firms, Fits):
        for name, fit in firms.items():
            yield name, customers_of_fit(curve, fit)
    elif isinstance(firms, Mapping):
        if not firms:
            raise OptionError("firms is empty. Name at least one firm.")
        for name, score in firms.items():
            yield name, _scored(name, score)
    else:
        yield from _labelled(curve, firms)


def check_curve(curve: object) -> Curve:
    """Return a curve, or refuse what is none."""
    if not isinstance(curve, Curve):
        raise ArgumentTypeError(
            f"curve is a {type(curve).__name__}. Give the result of csi.loyalty_curve()."
        )
    return curve


def _scored(name: object, given: object) -> Measured:
    score = as_numbers(given)
    if score is None or score.ndim != 1 or not len(score) or not np.isfinite(score).all():
        raise DataError(
            f"The scores of {name} are no list of numbers without gaps. Give satisfaction in "
            "points from 0 to 100, one for each customer."
        )
    if score.min() < -ROUNDING or score.max() > 100 + ROUNDING:
        raise DataError(
            f"The scores of {name} run from {score.min():g} to {score.max():g}. Give satisfaction "
            "in points from 0 to 100."
        )
    one = np.ones(len(score))
    return Measured(score, one, one)


def _labelled(curve: Curve, given: object) -> Iterator[tuple[object, Measured]]:
    o, whole = curve.observed, all_customers(curve)
    labels = one_each("firms", given, ", fits by firm, or a mapping from firms to scores")
    found = list(rows_by(of_those_used("firms", labels, o.rows, o.read)))
    if not found:
        raise DataError("firms names no firm of any respondent of the curve. Give their names.")
    for name, rows in found:
        yield name, whole.take(rows)

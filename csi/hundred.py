"""Items and constructs on 0-100: index weights and what follows from them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from csi.core.index import Convention, impacts, index_weights, indices, standard_deviations
from csi.core.moments import Moments
from csi.core.structural import total_effects
from csi.core.types import Array
from csi.errors import DataError, EstimationError, InadmissibleWarning, OptionError, listing, warn
from csi.estimators.base import Estimates
from csi.spec import Model

CANCELLED = 1e-12
"""Share of the absolute weights below which their sum is taken to be zero."""


@dataclass(frozen=True, slots=True, eq=False)
class OnHundred:
    """Means and covariances of the items on 0-100.

    Attributes
    ----------
    model : Model
        Whose items they are.
    low, factor : (p,) arrays
        An answer x becomes ``factor * (x - low)``.
    mean : (p,) array
        Means.
    cov, mean_cov : (p, p) arrays
        Covariances of the items and of their means.
    """

    model: Model
    low: Array
    factor: Array
    mean: Array
    cov: Array
    mean_cov: Array

    @classmethod
    def of(cls, model: Model, moments: Moments, scale: Array) -> OnHundred:
        """Put the items of a model on 0-100.

        Raises
        ------
        OptionError
            If the moments hold no means or standard deviations.
        DataError
            If an item has no declared scale ends.
        """
        if moments.mean is None:
            raise OptionError("Indices need the means of the items. Give means= with the matrix.")
        if moments.units == "standard":
            raise OptionError(
                "Indices need the standard deviations of the items. Give sds= with the matrix."
            )
        known = np.isfinite(scale).all(axis=1)
        if not known.all():
            names = [model.indicators[i] for i in np.flatnonzero(~known)]
            raise DataError(
                f"Indices need the lowest and highest answer of {listing(names)}. Declare scale, "
                "such as csi.survey(frame, scale=(1, 10)) or csi.model(..., scale=(1, 10))."
            )
        low, high = scale.T
        factor = 100 / (high - low)
        square = np.outer(factor, factor)
        mean = (moments.mean - low) * factor
        return cls(model, low, factor, mean, moments.cov * square, moments.mean_cov * square)

    def items(self, rows: Array) -> Array:
        """Put answers on 0-100."""
        return self.factor * (rows - self.low)

    def weights(self, estimates: Estimates, convention: Convention) -> Array:
        """Return (p, k) index weights, each column summing to one.

        Raises
        ------
        EstimationError
            If the weights of a construct cancel out, or its index would point
            against its composite.
        """
        sd = np.sqrt(np.diagonal(self.cov))
        V = index_weights(estimates.weights, sd, self.model.composition, convention)
        total = V.sum(axis=0)
        lost = total <= CANCELLED * np.abs(V).sum(axis=0)
        against = [self.model.names[j] for j in np.flatnonzero(lost)]
        if against:
            raise EstimationError(
                f"The item weights of {listing(against)} sum to zero or less, so that an index "
                "would not follow its construct. Use Mode A or equal weights, and look for "
                "reversed items."
            )
        normalised: Array = V / total
        return normalised

    def indices(self, V: Array) -> Array:
        """Return mean scores of the constructs."""
        return indices(V, self.mean)

    def errors(self, V: Array) -> Array:
        """Return standard errors of the indices, weights held fixed."""
        return standard_deviations(V, self.mean_cov)

    def impacts(self, estimates: Estimates) -> Array:
        """(k, k) points that construct j moves per point of construct i."""
        V = self.weights(estimates, "unstandardized")
        sd = standard_deviations(V, self.cov) * np.sqrt(estimates.reliability)
        return impacts(total_effects(estimates.paths), sd)


def warn_of_negative(model: Model, V: Array) -> None:
    """Warn that indices with negative weights may leave 0 to 100."""
    negative = [model.names[j] for j in np.flatnonzero((V < 0).any(axis=0))]
    if negative:
        warn(
            f"Items of {listing(negative)} have negative weights, so these indices may leave "
            "0 to 100. Look for reversed items; Mode A or equal weights avoid it.",
            InadmissibleWarning,
        )

"""Composites with weights that are not estimated: sums and published weights."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from csi.core.composites import composites
from csi.core.moments import Moments
from csi.core.products import Samples
from csi.core.types import Array
from csi.errors import EstimationError, ModelError, OptionError, did_you_mean, listing
from csi.estimators.base import BROKEN, Convergence, Estimates, Solved
from csi.estimators.composites import check_regressions, check_structure, estimates_from_weights
from csi.spec import Model

CANCELLED = 1e-12
"""Share of the absolute weights below which their sum is taken to be zero."""

NO_VARIANCE = 1e-12
"""Share of the summed squares below which a weighted sum is taken not to vary."""


@dataclass(frozen=True, slots=True)
class Sums:
    """Give every item of a construct the same weight.

    Parameters
    ----------
    standardized : bool
        Whether equal weights are given to standardised items; otherwise to the
        answers as they are, so that scores are plain sums.

    Examples
    --------
    >>> import csi
    >>> csi.Sums().standardized
    False
    """

    standardized: bool = False

    def estimate(self, model: Model, moments: Moments) -> Estimates:
        """Return the estimates of one sample."""
        _check_first_order(model)
        unit = "standardised items" if self.standardized else "answers"
        given = model.blocks.astype(np.float64)
        return _estimate(model, moments, given, self.standardized, f"equal weights of {unit}")

    def solve(self, model: Model, samples: Samples) -> Solved:
        """Return the composites of every resample; a failure raises nothing."""
        return _solve(model, samples, model.blocks.astype(np.float64), self.standardized)


@dataclass(frozen=True, slots=True)
class FixedWeights:
    """Use weights that were published or estimated elsewhere.

    Parameters
    ----------
    weights : mapping of str to mapping of str to float
        For each construct the weight of each of its items; only proportions
        matter, and weights that sum to less than zero are turned. Single items may be left out.
    standardized : bool
        Whether the weights belong to standardised items; otherwise to the
        answers as they are, as in published ACSI-type weights.

    Examples
    --------
    >>> import csi
    >>> csi.FixedWeights({"Satisfaction": {"S1": 0.4, "S2": 0.3, "S3": 0.3}}).standardized
    False
    """

    weights: Mapping[str, Mapping[str, float]] = field(hash=False)
    standardized: bool = False

    def estimate(self, model: Model, moments: Moments) -> Estimates:
        """Return the estimates of one sample."""
        _check_first_order(model)
        unit = "standardised items" if self.standardized else "answers"
        given = self._matrix(model)
        return _estimate(model, moments, given, self.standardized, f"fixed weights of {unit}")

    def solve(self, model: Model, samples: Samples) -> Solved:
        """Return the composites of every resample; a failure raises nothing."""
        given = self._matrix(model)
        return _solve(model, samples, given * np.sign(given.sum(axis=0)), self.standardized)

    def _matrix(self, model: Model) -> Array:
        if not isinstance(self.weights, Mapping):
            raise OptionError(
                f"The fixed weights are {self.weights!r}. Give a mapping such as "
                "{'Satisfaction': {'S1': 0.4, 'S2': 0.6}}."
            )
        for name in self.weights:
            model.construct(name)
        W = np.zeros(model.blocks.shape)
        for j, construct in enumerate(model.constructs):
            given = self.weights.get(construct.name)
            if given is None and construct.kind == "single":
                given = {construct.indicators[0]: 1.0}
            _check_given(construct.name, construct.indicators, given or {})
            for name, weight in (given or {}).items():
                W[model.indicators.index(name), j] = weight
        return W


def _check_first_order(model: Model) -> None:
    if any(construct.higher_order for construct in model.constructs):
        raise ModelError(
            "Given weights are not defined here for models with higher-order constructs. Use "
            "csi.PLS(), or state the constructs without them."
        )


def _check_given(name: str, indicators: tuple[str, ...], given: Mapping[str, float]) -> None:
    if not isinstance(given, Mapping):
        raise OptionError(
            f"The fixed weights of {name!r} are {given!r}. Give a mapping from items to numbers."
        )
    missing = [item for item in indicators if item not in given]
    if missing:
        raise OptionError(
            f"The fixed weights of {name!r} lack {listing(missing)}. Give a weight for every item."
        )
    unknown = [item for item in given if item not in indicators]
    if unknown:
        raise OptionError(
            f"The fixed weights of {name!r} name {unknown[0]!r}, which is not an item of it."
            + did_you_mean(str(unknown[0]), indicators)
        )
    try:
        values = np.array([float(weight) for weight in given.values()])
    except (TypeError, ValueError, OverflowError):
        values = np.array([np.nan])
    if not np.isfinite(values).all() or not values.any():
        raise OptionError(
            f"The fixed weights of {name!r} are {listing(given.values())}. Give finite numbers, "
            "not all of them zero."
        )


def _estimate(
    model: Model, moments: Moments, given: Array, standardized: bool, words: str
) -> Estimates:
    check_structure(model)
    check_regressions(model, moments)
    total = given.sum(axis=0)
    cancelled = np.abs(total) <= CANCELLED * np.abs(given).sum(axis=0)
    if cancelled.any():
        names = [model.names[j] for j in np.flatnonzero(cancelled)]
        raise OptionError(
            f"The given weights of {listing(names)} sum to zero, so that their scores have no "
            "direction. Give weights of which most point one way."
        )
    given = given * np.sign(total)
    raw = given if standardized else given * moments.sd[:, None]
    variance = (raw * (moments.corr @ raw)).sum(axis=0)
    empty = variance <= NO_VARIANCE * (raw**2).sum(axis=0)
    if empty.any():
        names = [model.names[j] for j in np.flatnonzero(empty)]
        raise EstimationError(
            f"With these weights the scores of {listing(names)} do not vary: the weighted items "
            "cancel out. Use other weights, and look for identical items."
        )
    W = raw / np.sqrt(variance)
    settings = {
        "estimator": f"composites with {words}",
        "variance divisor": "n - 1",
        "sign convention": "weights of a construct sum to a positive number",
    }
    convergence = Convergence(True, 0, 0.0, 0.0, 0, "nothing to iterate: the weights are given")
    return estimates_from_weights(model, moments.corr, W, convergence, settings)


def _solve(model: Model, samples: Samples, given: Array, standardized: bool) -> Solved:
    raw = np.repeat(given[..., None], samples.sd.shape[-1], axis=-1)
    if not standardized:
        raw = raw * samples.sd[:, None]
    with np.errstate(divide="ignore", invalid="ignore"):
        variance = np.einsum("ik...,ij...,jk...->k...", raw, samples.R, raw, optimize=True)
        empty = ~(variance > NO_VARIANCE * (raw**2).sum(axis=0))
        found = composites(samples.R, raw / np.sqrt(variance), model.blocks, model.design)
    return Solved.of(samples, found, np.where(empty.any(axis=0), BROKEN, 0).astype(np.int8))

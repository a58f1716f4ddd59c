"""What an estimator is and what it returns.

An estimator is any frozen value with a method ``estimate(model, moments)``.
Moments arrive in the order of ``model.indicators``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from csi.core.composites import Composites
from csi.core.moments import Moments
from csi.core.products import Samples
from csi.core.types import Array
from csi.spec import Model


@dataclass(frozen=True, slots=True)
class Convergence:
    """How an iteration ended.

    Attributes
    ----------
    converged : bool
        Whether the change fell below the tolerance.
    iterations : int
        Iterations used; 0 when nothing was iterated.
    change : float
        Largest change of a weight in the last iteration.
    tolerance : float
        Change that counts as settled.
    cycle : int
        Length of the cycle the iteration ran into, 0 if it ran into none.
    how : str
        The same in words.
    """

    converged: bool
    iterations: int
    change: float
    tolerance: float
    cycle: int
    how: str


@dataclass(frozen=True, slots=True, eq=False)
class Estimates:
    """Read-only arrays in the order of the model: p indicators, k constructs.

    Attributes
    ----------
    weights : (p, k) array
        Outer weights of the standardised indicators, zero outside the blocks.
    loadings : (p, k) array
        Correlations of every indicator with every construct.
    construct_corr : (k, k) array
        Correlations of the constructs.
    paths : (k, k) array
        Direct effect of construct i on construct j.
    r2 : (k,) array
        Explained variance; NaN for constructs nothing points to.
    reliability : (k,) array
        Squared correlation of composite and construct: rho_A where corrected
        for attenuation, else one.
    convergence : Convergence
        How the iteration ended.
    settings : mapping of str to str
        Everything needed to repeat the estimation, in words.
    """

    weights: Array
    loadings: Array
    construct_corr: Array
    paths: Array
    r2: Array
    reliability: Array
    convergence: Convergence
    settings: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in ("weights", "loadings", "construct_corr", "paths", "r2", "reliability"):
            getattr(self, name).setflags(write=False)


class Estimator(Protocol):
    """Anything that turns a model and moments into estimates."""

    def estimate(self, model: Model, moments: Moments) -> Estimates:
        """Return estimates in the order of the model."""
        ...


FAILURES = (
    "",
    "an item does not vary",
    "the iteration does not settle",
    "the iteration breaks down",
    "predictors are collinear",
    "rho_A is not positive",
    "the covariances are not positive definite",
)
"""Why a model cannot be estimated from a resample, by number; 0 says that it can."""

CONSTANT, UNSETTLED, BROKEN, COLLINEAR, UNRELIABLE, SINGULAR = 1, 2, 3, 4, 5, 6


@dataclass(frozen=True, slots=True, eq=False)
class Solved:
    """A model estimated from each of B resamples.

    Attributes
    ----------
    composites : Composites
        Estimates, the batch axis last; of no meaning where ``failure`` is set.
    failure : (B,) array of int
        Positions in `FAILURES`.
    negative : (B,) mask or None
        Resamples with a negative variance, where variances are estimated.
    """

    composites: Composites
    failure: NDArray[np.int8]
    negative: NDArray[np.bool_] | None = None

    @classmethod
    def of(cls, samples: Samples, found: Composites, failure: NDArray[np.int8]) -> Solved:
        """Add what can be seen from the samples and the composites."""
        paths = np.isfinite(found.B).all(axis=(0, 1))
        unreliable = (found.reliability <= 0).any(axis=0)
        failure = np.where((failure == 0) & unreliable, UNRELIABLE, failure)
        failure = np.where((failure == 0) & ~paths, COLLINEAR, failure)
        failure = np.where(samples.constant.any(axis=0), CONSTANT, failure)
        return cls(found, failure.astype(np.int8))


@runtime_checkable
class BatchEstimator(Protocol):
    """An estimator that takes many resamples at once."""

    def solve(self, model: Model, samples: Samples) -> Solved:
        """Return the composites of every resample; a failure raises nothing."""
        ...


@runtime_checkable
class ResamplingEstimator(Protocol):
    """An estimator whose resamples need to know what they were drawn from."""

    def resampler(self, model: Model, estimates: Estimates) -> BatchEstimator | None:
        """Return what estimates resamples of a fit; None if they are estimated one by one."""
        ...


def batch_estimator(
    estimator: Estimator, model: Model, estimates: Estimates
) -> BatchEstimator | None:
    """Return what estimates many resamples of a fit at once, if there is such a thing."""
    if isinstance(estimator, ResamplingEstimator):
        return estimator.resampler(model, estimates)
    return estimator if isinstance(estimator, BatchEstimator) else None

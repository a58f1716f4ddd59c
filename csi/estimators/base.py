"""What an estimator is and what it returns.

An estimator is any frozen value with a method ``estimate(model, moments)``.
Moments arrive in the order of ``model.indicators``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from csi.core.moments import Moments
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

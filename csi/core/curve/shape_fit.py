"""What a comparison fit starts from, and what it ends with."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from csi.core.curve.binned_means import BinnedMeans
from csi.core.curve.separable import Family, SeparableFit, separable_fit
from csi.core.types import Array


@dataclass(frozen=True, slots=True, eq=False)
class Problem:
    """Bins to which curves are fitted, and where these are looked at.

    Attributes
    ----------
    data : BinnedMeans
        Means of the occupied bins in units of their standard errors.
    T : (s,) array
        True scores in points.
    grid : (m,) array
        Where fitted curves are given.
    window : pair of float
        True scores between which kinks and zones are looked for.
    n : int
        Respondents, for BIC.
    """

    data: BinnedMeans
    T: Array
    grid: Array
    window: tuple[float, float]
    n: int

    @classmethod
    def of(
        cls,
        posterior: Array,
        T: Array,
        mean: Array,
        variance: Array,
        *,
        grid: Array,
        window: tuple[float, float],
        n: int,
        noise: Array | None = None,
    ) -> Problem:
        """Take bins as `csi.core.curve.smooth.smooth_fit` does."""
        return cls(BinnedMeans.of(posterior, mean, variance, noise), T, grid, window, n)

    def separable(self, family: Family, candidates: Array) -> SeparableFit:
        """Fit a curve of a family, starting from the best of the candidates."""
        return separable_fit(family, self.data, self.T, candidates)


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """Whether a usual rule reads a zone from a fitted curve.

    Attributes
    ----------
    rule : str
        Key of `csi.core.curve.false_zones.FALSE_ZONES`, which says it and how far to trust it.
    zone : bool
        Whether the rule calls it a zone.
    low, high : float
        Its ends; not a number where there is none.
    """

    rule: str
    zone: bool
    low: float = np.nan
    high: float = np.nan


NO_RULE = Reading("no rule", False)
"""For curves that have no zone whatever their parameters."""


@dataclass(frozen=True, slots=True, eq=False)
class ShapeFit:
    """A fitted curve of the literature.

    Attributes
    ----------
    shape : str
        Its name.
    grid, curve, slope : (m,) arrays
        True scores, fitted outcome and its slope there.
    names : tuple of str
        Names of the parameters.
    estimate, covariance : (p,) and (p, p) arrays
        The parameters and their covariance.
    rss : float
        Weighted sum of squared residuals of the means of the bins.
    parameters : int
        How many parameters were free, kinks included.
    aic, bic : float
        ``rss + 2 p`` and ``rss + p log(n)``; a constant that all curves of the same
        bins share is left out.
    settled : bool
        Whether the data determine all parameters.
    readings : tuple of Reading
        What usual rules read from it.
    """

    shape: str
    grid: Array
    curve: Array
    slope: Array
    names: tuple[str, ...]
    estimate: Array
    covariance: Array
    rss: float
    parameters: int
    aic: float
    bic: float
    settled: bool
    readings: tuple[Reading, ...]

    @property
    def se(self) -> Array:
        """Standard errors of the parameters."""
        root: Array = np.sqrt(np.diag(self.covariance))
        return root

    @classmethod
    def of(
        cls,
        shape: str,
        problem: Problem,
        curve: Callable[[Array], Array],
        slope: Callable[[Array], Array],
        names: Sequence[str],
        estimate: Array,
        covariance: Array,
        rss: float,
        readings: Sequence[Reading],
    ) -> ShapeFit:
        """Evaluate a curve and count its parameters."""
        p = len(estimate)
        return cls(
            shape,
            problem.grid,
            curve(problem.grid),
            slope(problem.grid),
            tuple(names),
            estimate,
            covariance,
            rss,
            p,
            rss + 2 * p,
            rss + p * float(np.log(problem.n)),
            bool(np.isfinite(covariance).all()),
            tuple(readings),
        )

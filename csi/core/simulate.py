"""Answers drawn from a stated population.

Notation::

    B   (k, k)  path coefficients; B[i, j] is the direct effect of i on j
    C   (k, k)  construct correlations; every construct has variance one
    L   (p, k)  loadings, zero outside the blocks, one construct for each indicator
    eta = eta B + zeta              constructs, normal
    z   = L eta + sqrt(1 - L^2) e   indicators, normal, variance one
    x   = G(z)                      answers as shares of the scale, 0 to 1

Causes without a cause of their own are uncorrelated. G is increasing; it turns
the normal indicator into one with a stated mean and standard deviation.
"""

from __future__ import annotations

import graphlib
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.special import betainc, betaincinv, ndtr, ndtri

from csi.core.types import Array, Mask

Distribution = Literal["beta", "normal"]

FARTHEST = 8.0
"""Standard normal value beyond which quantiles of a beta distribution cannot be computed."""


@dataclass(frozen=True, slots=True, eq=False)
class Population:
    """What answers are drawn from.

    Attributes
    ----------
    B : (k, k) array
        Path coefficients between standardised constructs.
    L : (p, k) array
        Loadings, zero outside the blocks.
    mean, sd : (p,) arrays
        Of the answers, as shares of the scale.
    missing : (p,) array
        Shares of answers that are missing.
    """

    B: Array
    L: Array
    mean: Array
    sd: Array
    missing: Array


def causal_order(design: Mask) -> list[int]:
    """Order constructs so that causes come before effects."""
    causes = {j: np.flatnonzero(design[:, j]).tolist() for j in range(len(design))}
    return list(graphlib.TopologicalSorter(causes).static_order())


def construct_correlation(B: Array) -> Array:
    """Return the correlations that path coefficients imply.

    They are correlations of something only where R2 stays within one; see
    `residual_variance`.
    """
    C = np.eye(len(B))
    for j in causal_order(B != 0):
        implied = C @ B[:, j]
        implied[j] = 1.0
        C[:, j] = C[j, :] = implied
    return C


def residual_variance(B: Array) -> Array:
    """Return the unexplained variance of every construct; negative where B is impossible."""
    left: Array = 1.0 - (B * (construct_correlation(B) @ B)).sum(axis=0)
    return np.where(np.abs(left) < 1e-12, 0.0, left)


def population_correlation(L: Array, B: Array) -> Array:
    """Return the correlations of the normal indicators.

    Parameters
    ----------
    L : (p, k) array
        Loadings.
    B : (k, k) array
        Path coefficients.

    Returns
    -------
    (p, p) array
    """
    R = L @ construct_correlation(B) @ L.T
    np.fill_diagonal(R, 1.0)
    return R


def fill_paths(B: Array, signs: Array, free: Mask, r2: float = 0.5) -> Array:
    """Give the causes of free constructs equal coefficients that explain ``r2``.

    Parameters
    ----------
    B : (k, k) array
        Coefficients of the constructs that are not free.
    signs : (k, k) array
        1, -1 or, for no effect, 0.
    free : (k,) mask
        Constructs whose coefficients are wanted.
    r2 : float
        Variance explained in each of them.
    """
    filled = np.where(free, 0.0, B)
    for j in causal_order((B != 0) | (signs != 0)):
        explained = signs[:, j] @ construct_correlation(filled) @ signs[:, j]
        if free[j] and explained > 1e-12:
            filled[:, j] = signs[:, j] * np.sqrt(r2 / explained)
    return filled


def normal_indicators(population: Population, n: int, rng: np.random.Generator) -> Array:
    """Draw (n, p) normal indicators of variance one."""
    B, L = population.B, population.L
    zeta = rng.standard_normal((n, len(B))) * np.sqrt(residual_variance(B))
    eta = zeta @ np.linalg.inv(np.eye(len(B)) - B)
    error = rng.standard_normal((n, len(L))) * np.sqrt(1.0 - (L**2).sum(axis=1))
    drawn: Array = eta @ L.T + error
    return drawn


def graded(z: Array, levels: int, mean: float, sd: float, distribution: Distribution) -> Array:
    """Turn a normal indicator into answers on equally spaced grades.

    Parameters
    ----------
    z : (n,) array
        Standard normal values.
    levels : int
        Number of grades; with two, exactly the share ``mean`` gives the higher.
    mean, sd : float
        Of the distribution before it is rounded to the nearest grade.
    distribution : {"beta", "normal"}
        Its shape; a normal one is cut off at the ends.

    Returns
    -------
    (n,) array
        Shares of the scale, multiples of ``1 / (levels - 1)``.
    """
    cuts = grade_cuts(levels, mean, sd, distribution)
    answers: Array = np.searchsorted(cuts, z) / (levels - 1)
    return answers


def grade_cuts(levels: int, mean: float, sd: float, distribution: Distribution) -> Array:
    """Return the values of a normal indicator above which the next grade is answered."""
    between = (np.arange(levels - 1) + 0.5) / (levels - 1)
    if levels == 2:
        return np.asarray(ndtri(np.array([1.0 - mean])))
    if distribution == "normal":
        return np.asarray((between - mean) / sd)
    return np.asarray(ndtri(betainc(*beta_shape(mean, sd), between)))


def continuous(z: Array, mean: float, sd: float, distribution: Distribution) -> Array:
    """Give a normal indicator a mean, a standard deviation and a shape."""
    if distribution == "normal":
        return mean + sd * z
    spread: Array = betaincinv(*beta_shape(mean, sd), ndtr(np.clip(z, -FARTHEST, FARTHEST)))
    return spread


def beta_shape(mean: float, sd: float) -> tuple[float, float]:
    """Return the parameters of the beta distribution; it needs sd^2 < mean (1 - mean)."""
    total = mean * (1.0 - mean) / sd**2 - 1.0
    return mean * total, (1.0 - mean) * total


def missing_cells(share: Array, n: int, together: float, rng: np.random.Generator) -> Mask:
    """Draw which of (n, p) answers are missing, whatever they are.

    Parameters
    ----------
    share : (p,) array
        Expected share of each indicator.
    n : int
        Respondents.
    together : float
        Correlation, over respondents, of the normal tendencies behind any two
        indicators: 0 scatters missing answers, 1 gives them to the same persons.
    """
    tendency = np.sqrt(together) * rng.standard_normal((n, 1))
    own = np.sqrt(1.0 - together) * rng.standard_normal((n, len(share)))
    missing: Mask = tendency + own < ndtri(share)
    return missing

"""Standardised solutions, with the derivatives that their errors need.

With C the implied covariances of all variables and S what is left unexplained::

    effect of j on i      A_ij sd_j / sd_i,   sd = root of the diagonal of C
    variance left in i    S_ii / C_ii
    covariance of i, j    S_ij / root of S_ii S_jj
    intercept of i        m_i / sd_i

Standardising constructs alone takes the sd of items as one; variances left in
items are then as they were.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from csi.core.sem.structure import Matrices, Structure
from csi.core.types import Array, Mask

Index = NDArray[np.intp]
EFFECT, COVARIANCE, INTERCEPT = 0, 1, 2


@dataclass(frozen=True, slots=True, eq=False)
class Places:
    """Where r numbers stand in the matrices of a model.

    Attributes
    ----------
    matrix : (r,) array of int
        0 for A, 1 for S, 2 for m.
    group, row, column : (r,) arrays of int
        Group and cell; of an intercept the column is its row.
    rate : (r, q) array
        Derivatives of the numbers by the parameters.
    """

    matrix: Index
    group: Index
    row: Index
    column: Index
    rate: Array


def variance_rates(structure: Structure, found: Matrices) -> Array:
    """Return (G, v, q) derivatives of the implied variances of all variables."""
    end, cause = structure.effects.T
    by_effect = 2 * found.E[:, :, end] * found.C[:, :, cause]
    r, t = structure.covariances.T
    by_covariance = found.E[:, :, r] * found.E[:, :, t] * np.where(r == t, 1.0, 2.0)
    rest = np.zeros((*by_effect.shape[:2], structure.sizes[2]))
    by_cell = np.concatenate([by_effect, by_covariance, rest], axis=2)
    return np.asarray(by_cell @ structure.K)


def standardised(
    structure: Structure, theta: Array, places: Places, values: Array, scaled: Mask
) -> tuple[Array, Array]:
    """Return standardised numbers and their derivatives.

    Parameters
    ----------
    structure : Structure
        The model.
    theta : (q,) array
        Parameters.
    places : Places
        Where the numbers stand.
    values : (r,) array
        The numbers.
    scaled : (v,) mask
        Variables that get variance one; the others keep their units.

    Returns
    -------
    (r,) and (r, q) arrays
        NaN where a variance is negative.
    """
    found = structure.matrices(theta)
    i, j, g = places.row, places.column, places.group
    apart, power_i, power_j = _powers(places, scaled)
    variance_i, variance_j = _variances(found, places, apart)
    total_rate, left_rate = variance_rates(structure, found), _residual_rates(structure)
    rate_i = np.where(apart[:, None], left_rate[g, i], total_rate[g, i])
    rate_j = np.where(apart[:, None], left_rate[g, j], total_rate[g, j])
    with np.errstate(invalid="ignore", divide="ignore"):
        factor = variance_i**power_i * variance_j**power_j
        relative = (power_i / variance_i)[:, None] * rate_i + (power_j / variance_j)[
            :, None
        ] * rate_j
        number = values * factor
        return number, places.rate * factor[:, None] + number[:, None] * relative


def standardised_values(found: Matrices, places: Places, values: Array, scaled: Mask) -> Array:
    """Return the standardised numbers of many samples, without their derivatives.

    Parameters
    ----------
    found : Matrices
        The matrices of every sample.
    places, scaled
        As for `standardised`.
    values : (..., r) array
        The numbers.

    Returns
    -------
    (..., r) array
        NaN where a variance is negative.
    """
    apart, power_i, power_j = _powers(places, scaled)
    variance_i, variance_j = _variances(found, places, apart)
    with np.errstate(invalid="ignore", divide="ignore"):
        number: Array = values * variance_i**power_i * variance_j**power_j
    return number


def _powers(places: Places, scaled: Mask) -> tuple[Mask, Array, Array]:
    """Return which are covariances of two variables, and the powers of both variances."""
    i, j = places.row, places.column
    apart = (places.matrix == COVARIANCE) & (i != j)
    effect, diagonal = places.matrix == EFFECT, (places.matrix == COVARIANCE) & (i == j)
    power_i = np.where(diagonal, -1.0, -0.5) * scaled[i]
    power_j = np.where(effect, 0.5, np.where(apart, -0.5, 0.0)) * scaled[j]
    return apart, power_i, power_j


def _variances(found: Matrices, places: Places, apart: Mask) -> tuple[Array, Array]:
    """Return the (..., r) variances that both ends of the numbers are divided by."""
    i, j, g = places.row, places.column, places.group
    total = np.einsum("...vv->...v", found.C)
    left = np.einsum("...vv->...v", found.S)
    return (
        np.where(apart, left[..., g, i], total[..., g, i]),
        np.where(apart, left[..., g, j], total[..., g, j]),
    )


def _residual_rates(structure: Structure) -> Array:
    """Return (G, v, q) derivatives of the diagonal of S."""
    a, s, _ = structure.sizes
    G, _, q = structure.K.shape
    rates = np.zeros((G, structure.S0.shape[1], q))
    r, t = structure.covariances.T
    at = np.flatnonzero(r == t)
    rates[:, r[at]] = structure.K[:, a : a + s][:, at]
    return rates

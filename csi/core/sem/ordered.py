"""Implied thresholds and correlations of ordered items.

An ordered item tells between which thresholds a latent response lies (Muthen
1984). The model is one of latent responses; an item that is not ordered is its own.
With means nu and covariances C that the structure implies for them, thresholds
tau, and D what each response is multiplied by::

    threshold k of item i        D_i (tau_ik - nu_i)
    mean of an item not ordered  D_i nu_i
    its variance                 D_i^2 C_ii
    correlation or covariance    D_i D_j C_ij

D is one over the unit of an item that is not ordered. Of an ordered one it is

delta  a scale, 1 unless it is a parameter (in further groups, if thresholds and
       loadings are equal). C_ii does not enter: what is left of the variance
       ``1 / D_i^2`` is the error variance (`completed`), no parameter.
theta  ``C_ii^(-1/2)``: the scale follows from error variances, which are 1 unless
       they are parameters.

With ``L = d log D``, which is ``d scale / scale`` or ``-1/2 D^2 dC_ii`` (0 of an item
that is not ordered), a correlation moves by ``D_i D_j dC_ij`` plus itself times ``L_i
+ L_j``, a threshold by ``D_i (dtau - dnu_i)`` plus itself times ``L_i``.

In the delta parametrisation an ordered item that is a cause needs its own
variance, ``1 / D_i^2``, in the structure; theta takes any structure.

References
----------
Muthen, B. (1984). A general structural equation model with dichotomous, ordered
categorical, and continuous latent variable indicators. Psychometrika 49(1),
115-132. doi:10.1007/BF02294210

Muthen, B. and Asparouhov, T. (2002). Latent variable analysis with categorical
outcomes: multiple-group and growth modeling in Mplus. Mplus Web Notes 4.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from csi.core.sem.least_squares import Implied, onto_parameters
from csi.core.sem.structure import Matrices, Structure, curvature, mean_curvature, mean_rate
from csi.core.types import Array, Mask

Index = NDArray[np.intp]
Parametrisation = Literal["delta", "theta"]


@dataclass(frozen=True, eq=False)
class Ordered:
    """Statistics of ordered and other items: what `LeastSquares` compares.

    First come thresholds of an ordered item or the mean of another, item by item;
    then variances of the items that are not ordered; then correlations and
    covariances in the order of ``numpy.triu_indices(p, 1)``.

    Attributes
    ----------
    structure : Structure
        The model of the latent responses. The columns of its K are the first
        parameters, or all of them. It has a mean structure if an item is not ordered.
    ordered : (p,) mask
        Which items are.
    item : (T,) array of int
        Item of each threshold, ascending; thresholds of an item follow each other.
    parametrisation : {"delta", "theta"}
        What gives a latent response its scale.
    K : (G, t, q) array
        Thresholds, then (delta only) scales of the ordered items, by parameters.
    k0 : (G, t) array
        What stands in them besides: a scale that is no parameter has 1 here.
    unit : (p,) array
        What items that are not ordered were divided by.
    """

    structure: Structure
    ordered: Mask
    item: Index
    parametrisation: Parametrisation
    K: Array
    k0: Array
    unit: Array

    @cached_property
    def first(self) -> Index:
        """(f,) item of each threshold and mean, in the order of the statistics."""
        return np.sort(np.concatenate([self.item, np.flatnonzero(~self.ordered)]))

    @cached_property
    def sign(self) -> Array:
        """(f,) sign of the mean in each threshold and mean."""
        return np.where(self.ordered[self.first], -1.0, 1.0)

    @cached_property
    def membership(self) -> Array:
        """(f, p) one where a threshold or mean belongs to an item."""
        return np.equal.outer(self.first, np.arange(len(self.ordered))).astype(np.float64)

    @cached_property
    def other(self) -> Index:
        """Items that are not ordered."""
        return np.flatnonzero(~self.ordered)

    @cached_property
    def units(self) -> Array:
        """(m,) what the statistics were divided by."""
        unit, (i, j) = np.where(self.ordered, 1.0, self.unit), self.pairs
        of_first = np.where(self.sign > 0, unit[self.first], 1.0)
        return np.concatenate([of_first, unit[self.other] ** 2, unit[i] * unit[j]])

    @cached_property
    def pairs(self) -> tuple[Index, Index]:
        """Items of each correlation."""
        i, j = np.triu_indices(len(self.ordered), 1)
        return i, j

    def at(self, theta: Array) -> Implied:
        """Return the statistics for parameters (B, q)."""
        structure, rows = self.structure, self.structure.observed
        found = structure.matrices(theta[..., : structure.K.shape[-1]])
        C = found.C[..., rows[:, None], rows]
        cells = (self.K @ theta[..., None, :, None])[..., 0] + self.k0
        D = self._scales(cells, np.einsum("...ii->...i", C))
        level = np.zeros((*cells.shape[:-1], len(self.first)))
        level[..., self.sign < 0] = cells[..., : len(self.item)]
        if found.nu is not None:
            level += self.sign * found.nu[..., rows[self.first]]
        i, j = self.pairs
        C = C * (D[..., :, None] * D[..., None, :])
        parts = [D[..., self.first] * level, C[..., self.other, self.other], C[..., i, j]]
        return Implied(found, D, np.concatenate(parts, axis=-1))

    def _scales(self, cells: Array, variance: Array) -> Array:
        """Return (..., G, p) D; NaN where it is not defined."""
        D = np.broadcast_to(1 / self.unit, variance.shape).copy()
        if self.parametrisation == "theta":
            found = variance[..., self.ordered]
            D[..., self.ordered] = np.where(found > 0, found, np.nan) ** -0.5
        else:
            found = cells[..., len(self.item) :]
            D[..., self.ordered] = np.where(found > 0, found, np.nan)
        return D

    def jacobian(self, implied: Implied) -> Array:
        """Return (B, G, m, q) derivatives of the statistics by the parameters."""
        rates, (i, j) = _Rates.of(self, implied), self.pairs
        level, _, correlation = self._parts(implied.statistics)
        moved = correlation[..., None] * (rates.L[..., i, :] + rates.L[..., j, :])
        parts = [
            rates.level + level[..., None] * rates.L[..., self.first, :],
            rates.variance[..., self.other, :],
            self.onto(covariance_rate(self.structure, rates.Z, i, j)) + moved,
        ]
        return np.concatenate(parts, axis=-2)

    def curvature(self, implied: Implied, weights: Array) -> Array:
        """Return (B, G, q, q) the second derivatives, added up with weights (B, G, m).

        Those of a correlation are made of those of C, of products of its
        derivatives with L, of products of L, and of the second derivatives of log D,
        which are ``2 L L' - 1/2 D^2 d2C_ii`` (theta) or ``-L L'`` (delta).
        """
        rates = _Rates.of(self, implied)
        level, _, correlation = self._parts(implied.statistics)
        on_level, on_variance, on_pair = self._parts(weights)
        w = self._symmetric(on_pair)
        N = w * self._symmetric(correlation)
        by_level = (on_level * level) @ self.membership
        total = N.sum(axis=-1) + by_level
        Omega, diagonal = w / 2, np.arange(len(self.ordered))
        theta = self.parametrisation == "theta"
        if theta:
            Omega[..., diagonal, diagonal] = -total / 2
        Omega[..., self.other, self.other] = on_variance
        N[..., diagonal, diagonal] = total + (2 * total if theta else -total)
        V = self.onto(_summed_rate(self.structure, rates.Z, w))
        V += self.membership.T @ (on_level[..., None] * rates.level)
        crossed = V.swapaxes(-1, -2) @ rates.L
        H = rates.L.swapaxes(-1, -2) @ (N @ rates.L) + crossed + crossed.swapaxes(-1, -2)
        inner = curvature(self.structure, implied.found, rates.Z.swapaxes(-1, -2) @ Omega @ rates.Z)
        if implied.found.nu is not None:
            along = ((on_level * self.sign) @ self.membership)[..., None, :] @ rates.Z
            inner += mean_curvature(self.structure, implied.found, along[..., 0, :])
        return H + self.onto(self.onto(inner).swapaxes(-1, -2))

    def onto(self, X: Array) -> Array:
        """Return (..., G, x, q) derivatives by parameters, of those by cells of the structure."""
        by, q = onto_parameters(self.structure, X), self.K.shape[-1]
        if by.shape[-1] == q:
            return by
        padded = np.zeros((*by.shape[:-1], q))
        padded[..., : by.shape[-1]] = by
        return padded

    def _parts(self, statistics: Array) -> tuple[Array, Array, Array]:
        """Return thresholds and means, variances, correlations and covariances."""
        f = len(self.first)
        g = f + len(self.other)
        return statistics[..., :f], statistics[..., f:g], statistics[..., g:]

    def _symmetric(self, pairs: Array) -> Array:
        """Return (..., p, p) what belongs to pairs, zero on the diagonal."""
        p, (i, j) = len(self.ordered), self.pairs
        square = np.zeros((*pairs.shape[:-1], p, p))
        square[..., i, j] = square[..., j, i] = pairs
        return square


@dataclass(frozen=True, slots=True, eq=False)
class _Rates:
    """Derivatives by the parameters.

    Attributes
    ----------
    Z : (..., p, z) array
        Columns of the structure, times D.
    variance : (..., p, q) array
        D_i^2 dC_ii.
    L : (..., p, q) array
        d log D.
    level : (..., f, q) array
        D_i (dtau - dnu_i) of thresholds, D_i dnu_i of means.
    """

    Z: Array
    variance: Array
    L: Array
    level: Array

    @classmethod
    def of(cls, model: Ordered, implied: Implied) -> _Rates:
        structure, found = model.structure, implied.found
        D, T = implied.scale, len(model.item)
        Z = structure.layout.columns(structure, found, np.ones(D.shape[-1])) * D[..., None]
        each = np.arange(D.shape[-1])
        variance = model.onto(covariance_rate(structure, Z, each, each))
        L = np.zeros(variance.shape)
        if model.parametrisation == "theta":
            L[..., model.ordered, :] = -variance[..., model.ordered, :] / 2
        else:
            L[..., model.ordered, :] = model.K[:, T:] / D[..., model.ordered, None]
        level = np.zeros((*D.shape[:-1], len(model.first), model.K.shape[-1]))
        level[..., model.sign < 0, :] = model.K[:, :T] * D[..., model.item, None]
        if found.nu is not None:
            means = Z[..., structure.layout.a] * mean_rate(structure, found)[..., None, :]
            level += model.sign[:, None] * model.onto(means)[..., model.first, :]
        return cls(Z, variance, L, level)


def covariance_rate(structure: Structure, Z: Array, i: Index, j: Index) -> Array:
    """Return (..., pairs, c) derivatives of covariances of items i and j by the cells."""
    layout = structure.layout
    one, other = Z[..., layout.a], Z[..., layout.b]
    both = one[..., i, :] * other[..., j, :] + other[..., i, :] * one[..., j, :]
    rate: Array = layout.half * both
    return rate


def _summed_rate(structure: Structure, Z: Array, w: Array) -> Array:
    """Return (..., p, c) derivatives of the covariances of each item, added up with weights."""
    layout, wZ = structure.layout, w @ Z
    one, other = Z[..., layout.a], Z[..., layout.b]
    rate: Array = layout.half * (one * wZ[..., layout.b] + wZ[..., layout.a] * other)
    return rate


def completed(model: Ordered, implied: Implied) -> Matrices:
    """Return the matrices with the error variances that the scales leave.

    In the delta parametrisation an ordered item has the variance ``1 / D^2``; in
    the theta parametrisation the matrices are complete as they are.
    """
    found, rows = implied.found, model.structure.observed[model.ordered]
    if model.parametrisation == "theta":
        return found
    S, C = found.S.copy(), found.C.copy()
    left = implied.scale[..., model.ordered] ** -2.0 - C[..., rows, rows]
    S[..., rows, rows] += left
    C[..., rows, rows] += left
    return replace(found, S=S, C=C)

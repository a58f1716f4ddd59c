"""Structures of latent responses behind ordered items.

`csi.core.sem.ordered.Ordered` compares them with thresholds and correlations. Here
they are structures like any other: with the error variances that the scales of the
delta parametrisation leave, so that whoever reads the implied matrices need not know
that items are ordered.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from functools import cached_property

import numpy as np

from csi.core.sem.ordered import Index, Ordered, Parametrisation, completed
from csi.core.sem.standardise import COVARIANCE, Places, standardised, variance_rates
from csi.core.sem.structure import Matrices, Structure
from csi.core.types import Array, Mask

SCALE = 3
"""In `Places.matrix`: the scale of a response, which is not standardised but one."""


@dataclass(frozen=True, eq=False)
class Responses(Structure):
    """A structure of latent responses, their thresholds and scales.

    Attributes
    ----------
    ordered : (p,) mask
        Which items are ordered.
    item : (T,) array of int
        Item of each threshold, ascending.
    parametrisation : {"delta", "theta"}
        What gives a response its scale.
    T : (G, t, q) array
        Thresholds, then (delta only) scales of the ordered items, by parameters.
    T0 : (G, t) array
        What stands in them besides.
    """

    ordered: Mask
    item: Index
    parametrisation: Parametrisation
    T: Array
    T0: Array

    @classmethod
    def around(
        cls,
        structure: Structure,
        ordered: Mask,
        item: Index,
        parametrisation: Parametrisation,
        T: Array,
        T0: Array,
    ) -> Responses:
        """Put thresholds and scales around a structure, whose K is for all parameters."""
        stated = {each.name: getattr(structure, each.name) for each in fields(Structure)}
        return cls(
            **stated, ordered=ordered, item=item, parametrisation=parametrisation, T=T, T0=T0
        )

    @cached_property
    def inner(self) -> Structure:
        """The structure as it is stated."""
        return Structure(*(getattr(self, each.name) for each in fields(Structure)))

    @cached_property
    def model(self) -> Ordered:
        """What it implies of the statistics."""
        return self.measured_in(np.ones(len(self.ordered)))

    def measured_in(self, unit: Array) -> Ordered:
        """Return what it implies of the statistics of items divided by units (p,)."""
        return Ordered(
            self.inner, self.ordered, self.item, self.parametrisation, self.T, self.T0, unit
        )

    @property
    def n_statistics(self) -> int:
        """Thresholds, means, variances, correlations and covariances of all groups."""
        p, others = len(self.ordered), int((~self.ordered).sum())
        return len(self.K) * (len(self.item) + 2 * others + p * (p - 1) // 2)

    def matrices(self, theta: Array) -> Matrices:
        """Return the matrices for parameters (..., q), error variances that follow in them."""
        return completed(self.model, self.model.at(theta))

    def along(self, directions: Array, offset: Array) -> Responses:
        """Return the structure for parameters ``directions phi + offset``."""
        return replace(
            self,
            K=self.K @ directions,
            k0=self.k0 + self.K @ offset,
            T=self.T @ directions,
            T0=self.T0 + self.T @ offset,
        )

    @cached_property
    def follow(self) -> Index:
        """Ordered items whose error variances follow from their scales."""
        if self.parametrisation == "theta":
            return np.empty(0, dtype=np.intp)
        r, t = self.covariances.T
        stated = {*r[r == t].tolist(), *np.flatnonzero(np.einsum("gvv->gv", self.S0).any(axis=0))}
        rows = self.observed[self.ordered]
        return np.array([i for i in rows.tolist() if i not in stated], dtype=np.intp)

    def explicit(self, theta: Array) -> tuple[Structure, Array, Array]:
        """Return a plain structure in which nothing follows.

        Parameters
        ----------
        theta : (q,) array
            Parameters.

        Returns
        -------
        tuple of Structure, (r,) array and (r, q) array
            Its parameters are theta and the error variances that follow, group by
            group; then their values, and their derivatives by theta.
        """
        e, (G, c, q) = len(self.follow), self.K.shape
        if not e:
            return self.inner, theta, np.eye(q)
        cells = np.concatenate([self.covariances, np.repeat(self.follow[:, None], 2, axis=1)])
        end = len(self.effects) + len(self.covariances)
        K = np.zeros((G, c + e, q + G * e))
        K[:, :end, :q], K[:, end + e :, :q] = self.K[:, :end], self.K[:, end:]
        for g in range(G):
            K[g, end : end + e, q + g * e : q + (g + 1) * e] = np.eye(e)
        k0 = np.insert(self.k0, [end] * e, 0.0, axis=1)
        whole = replace(self.inner, covariances=cells, K=K, k0=k0)
        left, rate = self._left(theta)
        return whole, np.append(theta, left), np.vstack([np.eye(q), rate.reshape(G * e, q)])

    def _left(self, theta: Array) -> tuple[Array, Array]:
        """Return (G, e) error variances that follow and their (G, e, q) derivatives."""
        found = self.inner.matrices(theta)
        place = np.searchsorted(self.observed[self.ordered], self.follow)
        by_scale = self.T[:, len(self.item) :][:, place]
        D = (by_scale @ theta) + self.T0[:, len(self.item) :][:, place]
        rate = -2 * D[..., None] ** -3.0 * by_scale
        rate -= variance_rates(self.inner, found)[:, self.follow]
        return D**-2.0 - found.C[:, self.follow, self.follow], rate

    def standardised(
        self, theta: Array, places: Places, values: Array, scaled: Mask
    ) -> tuple[Array, Array]:
        """Return standardised numbers and their derivatives.

        Parameters
        ----------
        theta, places, values, scaled
            As for `csi.core.sem.standardise.standardised`; thresholds are in the
            places of intercepts, scales are `SCALE`.

        Returns
        -------
        (r,) and (r, q) arrays
            Where items are scaled, scales are one.
        """
        whole, phi, along = self.explicit(theta)
        rate = np.zeros((len(values), len(phi)))
        rate[:, : len(theta)] = places.rate
        own = (places.matrix == COVARIANCE) & (places.row == places.column)
        for r in np.flatnonzero(own & np.isin(places.row, self.follow)):
            at = np.searchsorted(self.follow, places.row[r])
            rate[r, len(theta) + places.group[r] * len(self.follow) + at] = 1.0
        numbers, rates = standardised(whole, phi, replace(places, rate=rate), values, scaled)
        scale = places.matrix == SCALE
        numbers[scale] = np.where(scaled[places.row[scale]], 1.0, values[scale])
        rates[scale] = 0.0
        return numbers, rates @ along


def of_group(structure: Structure, group: int) -> Structure:
    """Return the part of a structure that belongs to a group.

    Parameters
    ----------
    structure : Structure
        Of latent responses or any other.
    group : int
        Number of the group, counted from 0.
    """
    names = ["A0", "S0", "m0", "K", "k0", *(("T", "T0") * isinstance(structure, Responses))]
    part = {name: getattr(structure, name)[group : group + 1] for name in names}
    return replace(structure, **part)

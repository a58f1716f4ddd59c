"""Starting values: instruments for the loadings, regressions for the paths.

With correlations R of the items, item j of a construct with marker item 1 has
the loading ``cov(x1^, xj^) / var(x1^)``, where hats are regressions on all
other items of the model (Hägglund 1982, with every other item an instrument).
Correlations of constructs follow by least squares, and paths from these::

    L  (p, k)  loadings of standardised items on standardised constructs
    C  (k, k)  correlations of what stands in the structural part

References
----------
Hägglund, G. (1982). Factor analysis by instrumental variables methods.
Psychometrika 47(2), 209-222. doi:10.1007/BF02296276
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from csi.core.sem.structure import Structure
from csi.core.types import Array

Index = NDArray[np.intp]

LARGEST_LOADING = 0.96
SMALLEST_LOADING = 0.1
LARGEST_CORRELATION = 0.9
LEAST_UNEXPLAINED = 0.1
SMALLEST_EIGENVALUE = 0.05


@dataclass(frozen=True, eq=False)
class Plan:
    """What the starting values of a structure are computed from.

    Attributes
    ----------
    structure : Structure
        The model.
    blocks : list of (int, array of int)
        Constructs and the positions of their items, the marker first.
    above : list of (int, array of int)
        Constructs without items, and the variables they point to, the marker first.
    below : list of (int, array of int)
        Constructs without items that point to nothing measured, and what points to them.
    causes : list of (int, array of int)
        Variables of the structural part and what points to them.
    place : (v,) array of int
        Item of an observed variable, -1 of others.
    """

    structure: Structure
    blocks: list[tuple[int, Index]]
    above: list[tuple[int, Index]]
    composed: list[tuple[int, Index]]
    causes: list[tuple[int, Index]]
    place: Index
    structural: Index

    @classmethod
    def of(cls, structure: Structure) -> Plan:
        """Read a structure."""
        v = structure.A0.shape[1]
        place = np.full(v, -1)
        place[structure.observed] = np.arange(len(structure.observed))
        holds = (structure.A0 != 0).any(axis=0)
        fixed = holds.copy()
        holds[tuple(structure.effects.T)] = True
        fixed[tuple(structure.effects.T)] = False
        latent = place < 0
        taken = np.zeros(v, dtype=bool)
        blocks, above, composed = [], [], []
        for l in np.flatnonzero(latent):
            items = np.flatnonzero(holds[:, l] & ~latent)
            own = items[~taken[items]]
            if len(own):
                taken[own] = True
                blocks.append((int(l), place[_marker_first(own, fixed[:, l])]))
        measured = {l for l, _ in blocks}
        for l in np.flatnonzero(latent):
            if int(l) in measured:
                continue
            children = np.flatnonzero(holds[:, l])
            parents = np.flatnonzero(holds[l] & ~latent)
            if len(parents):
                composed.append((int(l), place[parents]))
            elif len(children):
                above.append((int(l), _marker_first(children, fixed[:, l])))
        above.reverse()  # constructs stated later stand higher
        indicator = taken & ~holds.any(axis=0)
        structural = np.flatnonzero(~indicator)
        causes = [
            (int(t), np.flatnonzero(holds[t]))
            for t in structural
            if holds[t].any() and not taken[t]
        ]
        return cls(structure, blocks, above, composed, causes, place, structural)

    def start(self, cov: Array, mean: Array | None) -> Array:
        """Return (B, q) starting values for (B, G, p, p) covariances and (B, G, p) means."""
        sd = np.sqrt(np.einsum("...ii->...i", cov))
        R = cov / (sd[..., :, None] * sd[..., None, :])
        L, C = self._correlations(R)
        t = self._cells(L, C, sd, mean)
        structure = self.structure
        t = t - structure.k0
        if structure.plain:
            return t[:, 0]
        G, c, q = structure.K.shape
        back = np.linalg.pinv(structure.K.reshape(G * c, q))
        theta: Array = t.reshape(len(t), -1) @ back.T
        return theta

    def _correlations(self, R: Array) -> tuple[Array, Array]:
        """Return (..., p, v) loadings and (..., v, v) correlations of the variables."""
        v, p = len(self.place), R.shape[-1]
        precision = _precision(R)
        L = np.zeros((*R.shape[:-2], p, v))
        for l, items in self.blocks:
            L[..., items, l] = _loadings(R, precision, items)
        seen = self.structure.observed
        alone = np.setdiff1d(np.flatnonzero(self.place >= 0), [])
        standing = [i for i in alone if i in set(self.structural.tolist())]
        for i in standing:
            L[..., self.place[i], i] = np.where(L[..., self.place[i], :].any(axis=-1), 0.0, 1.0)
        for l, items in self.composed:
            L[..., items, l] = 1.0
        weight = L / np.maximum((L**2).sum(axis=-2, keepdims=True), 1e-12)
        for l, items in self.composed:
            inner = R[..., items[:, None], items].sum(axis=(-2, -1))
            weight[..., items, l] = 1 / np.sqrt(np.maximum(inner, 1e-12))[..., None]
        del seen
        C = weight.swapaxes(-1, -2) @ R @ weight
        C = np.clip(C, -LARGEST_CORRELATION, LARGEST_CORRELATION)
        for l, children in self.above:
            self._add_above(C, l, children)
        diagonal = np.arange(v)
        C[..., diagonal, diagonal] = 1.0
        smallest = np.linalg.eigvalsh(C)[..., 0]
        shrink = np.where(
            smallest < SMALLEST_EIGENVALUE,
            (SMALLEST_EIGENVALUE - smallest) / (1 - smallest), 0.0,
        )[..., None, None]  # fmt: skip
        return L, C * (1 - shrink) + shrink * np.eye(v)

    @staticmethod
    def _add_above(C: Array, l: int, children: Index) -> None:
        """Write the correlations of a construct with those it points to, and all others."""
        R = C[..., children[:, None], children].copy()
        diagonal = np.arange(len(children))
        R[..., diagonal, diagonal] = 0.0
        total = np.sqrt(np.maximum(R.sum(axis=(-2, -1)), 0.25 * len(children)))
        load = np.clip(R.sum(axis=-1) / total[..., None], 0.3, LARGEST_CORRELATION)
        found = (load[..., None, :] @ C[..., children, :])[..., 0, :]
        found = found / (load**2).sum(axis=-1, keepdims=True)
        found = np.clip(found, -LARGEST_CORRELATION, LARGEST_CORRELATION)
        C[..., l, :] = C[..., :, l] = found
        C[..., l, children] = C[..., children, l] = load

    def _cells(self, L: Array, C: Array, sd: Array, mean: Array | None) -> Array:
        structure = self.structure
        v = len(self.place)
        batch = C.shape[:-2]
        B, explained = np.zeros((*batch, v, v)), np.zeros((*batch, v))
        for t, causes in self.causes:
            b = np.linalg.solve(C[..., causes[:, None], causes], C[..., causes, t, None])[..., 0]
            B[..., t, causes] = b
            explained[..., t] = (b * C[..., causes, t]).sum(axis=-1)
        left = np.maximum(1 - explained, LEAST_UNEXPLAINED)
        item = self.structure.observed
        B[..., item, :] = np.where(B[..., item, :] != 0, B[..., item, :], L)
        B[..., item, item] = 0.0
        error = 1 - (L**2).sum(axis=-1)
        stand = np.isin(item, self.structural)
        left[..., item] = np.where(stand, left[..., item], np.maximum(error, 1 - LARGEST_LOADING**2))
        spread = self._spread(L, B, left, sd)
        a, s, r = structure.sizes
        t = np.zeros((*batch, a + s + r))
        row, column = structure.effects.T
        t[..., :a] = B[..., row, column] * spread[..., row] / spread[..., column]
        row, column = structure.covariances.T
        free = ~np.isin(np.arange(v), [t for t, _ in self.causes]) & ~np.isin(
            np.arange(v), item[~stand]
        )
        between = np.where(free[row] & free[column], C[..., row, column], 0.0)
        share = np.where(row == column, left[..., row], between)
        t[..., a : a + s] = share * spread[..., row] * spread[..., column]
        if structure.intercepts is not None and mean is not None:
            at = self.place[structure.intercepts]
            t[..., a + s :] = np.where(at >= 0, mean[..., np.maximum(at, 0)], 0.0)
        return t

    def _spread(self, L: Array, B: Array, left: Array, sd: Array) -> Array:
        """Return (..., v) standard deviations of the variables in the scale of the model."""
        structure = self.structure
        A0, S0 = structure.A0, structure.S0
        spread = np.ones((*L.shape[:-2], len(self.place)))
        spread[..., structure.observed] = sd
        for l, items in self.blocks:
            marker = structure.observed[items[0]]
            spread[..., l] = self._scale(l, marker, L[..., items[0], l], spread, left)
        for l, children in reversed(self.above):
            spread[..., l] = self._scale(l, children[0], B[..., children[0], l], spread, left)
        for l, items in self.composed:
            value = A0[:, l, structure.observed[items]]
            given = np.where(value != 0, value, 1.0)
            spread[..., l] = (given * sd[..., items]).mean(axis=-1) * np.sqrt(len(items))
        del S0
        return spread

    def _scale(self, l: int, marker: int, load: Array, spread: Array, left: Array) -> Array:
        structure = self.structure
        fixed, variance = structure.A0[:, marker, l], structure.S0[:, l, l]
        by_marker = np.abs(load) * spread[..., marker] / np.where(fixed != 0, np.abs(fixed), 1.0)
        by_variance = np.sqrt(np.where(variance > 0, variance, 1.0) / left[..., l])
        return np.where(fixed != 0, by_marker, by_variance)


def _marker_first(items: Index, fixed: Array) -> Index:
    """Put an item whose loading is fixed to the front."""
    first = items[np.argsort(~fixed[items], kind="stable")]
    return np.asarray(first, dtype=np.intp)


def _precision(R: Array) -> Array:
    """Return inverses of correlations; singular ones are moved towards the identity."""
    smallest = np.linalg.eigvalsh(R)[..., 0]
    ridge = np.where(smallest < 1e-6, 0.01 + np.maximum(-smallest, 0.0), 0.0)[..., None, None]
    return np.asarray(np.linalg.inv(R + ridge * np.eye(R.shape[-1])))


def _loadings(R: Array, precision: Array, items: Index) -> Array:
    """Return (..., b) standardised loadings of the items of one construct."""
    if len(items) == 1:
        return np.ones((*R.shape[:-2], 1))
    first, rest = items[0], items[1:]
    x, y, z = precision[..., first, first, None], precision[..., rest, rest], precision[..., first, rest]
    determinant = np.maximum(x * y - z**2, 1e-12)
    cross = R[..., first, rest] + z / determinant
    variance = 1.0 - y / determinant
    ratio = cross / np.maximum(variance, 0.05)
    load = np.concatenate([np.ones_like(x), ratio], axis=-1)
    tiny = np.abs(load) < SMALLEST_LOADING
    load = np.where(tiny, SMALLEST_LOADING * np.where(load < 0, -1.0, 1.0), np.clip(load, -5, 5))
    within = R[..., items[:, None], items]
    outer = load[..., :, None] * load[..., None, :]
    off = ~np.eye(len(items), dtype=bool)
    size = (outer * within * off).sum(axis=(-2, -1)) / (outer**2 * off).sum(axis=(-2, -1))
    found = load * np.sqrt(np.maximum(size, 0.05))[..., None]
    return np.asarray(np.clip(found, -LARGEST_LOADING, LARGEST_LOADING))

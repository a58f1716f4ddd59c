"""Starting values: instruments for the loadings, regressions for the paths.

With correlations R of the items, item j of a construct whose first item is 1 has
the loading ``cov(x1^, xj^) / var(x1^)``, where hats are regressions on all other
items of the model (Hägglund 1982, with every other item an instrument).
Correlations of constructs follow from the items weighted by these loadings, and
paths from the correlations. All of it is standardised first and then given the
scale that the model asks for::

    L     (p, v)  loadings of items on the constructs that measure with them
    C     (v, v)  correlations of constructs, and of items that stand for themselves
    B     (v, v)  all effects
    left  (v,)    shares of variance that effects leave unexplained

References
----------
Hägglund, G. (1982). Factor analysis by instrumental variables methods.
Psychometrika 47(2), 209-222. doi:10.1007/BF02296276
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from csi.core.sem.normal import inverse
from csi.core.sem.structure import Structure
from csi.core.types import Array, Mask

Index = NDArray[np.intp]
Group = tuple[int, Index]

LOADINGS = 0.1, 0.96
"""Sizes between which standardised loadings start."""

CORRELATION = 0.9
"""Largest correlation of constructs to start with."""

UNEXPLAINED = 0.1
"""Least share of variance that paths leave unexplained at the start."""

SMALLEST_EIGENVALUE = 0.05
"""Of the correlations of constructs; they are moved towards zero until it is reached."""

RIDGE = 1e-6
"""Added to the variances of items before correlations are inverted."""

SHARED_LOADING = 0.3
"""Loading of items on a construct all of whose items measure another one, too."""

PLAIN_VARIANCE, PLAIN_ERROR, PLAIN_PATH = 0.05, 0.5, 0.3
"""Variances of constructs and errors, in variances of items, and paths of the plain start."""

SHRUNKEN = 0.5
"""Share of the correlations that the third start keeps."""


@dataclass(frozen=True, eq=False)
class Plan:
    """What the starting values of a structure are computed from.

    Attributes
    ----------
    structure : Structure
        The model.
    place : (v,) array of int
        Item of an observed variable, -1 of others.
    measured : list of (int, array of int)
        Constructs and the items that measure them and no construct before them, the
        one that gives the scale first.
    shared : list of (int, array of int)
        Constructs all of whose items measure others, too, and these items.
    composed : list of (int, array of int)
        Constructs that items point to, and these items.
    above : list of (int, array of int)
        Constructs that only point to constructs, and these, lower ones first.
    """

    structure: Structure
    place: Index
    measured: list[Group]
    shared: list[Group]
    composed: list[Group]
    above: list[Group]

    @classmethod
    def of(cls, structure: Structure) -> Plan:
        """Read a structure."""
        links = structure.links
        place = np.full(len(links), -1)
        place[structure.observed] = np.arange(len(structure.observed))
        observed, taken = place >= 0, np.zeros(len(links), dtype=bool)
        measured, shared, composed, above = [], [], [], []
        for k in map(int, np.flatnonzero(~observed)):
            items, parts = (
                np.flatnonzero(links[:, k] & observed),
                np.flatnonzero(links[k] & observed),
            )
            own = items[~taken[items]]
            taken[own] = True
            if len(own):
                measured.append((k, place[_scaling_first(structure, own, k)]))
            elif len(items):
                shared.append((k, place[_scaling_first(structure, items, k)]))
            elif len(parts):
                composed.append((k, place[parts]))
            elif links[:, k].any():
                above.append((k, _scaling_first(structure, np.flatnonzero(links[:, k]), k)))
        return cls(structure, place, measured, shared, composed, _lower_first(above))

    def start(self, cov: Array, mean: Array | None) -> Array:
        """Return (B, q) starting values for (B, G, p, p) covariances and (B, G, p) means."""
        sd = np.sqrt(np.einsum("...ii->...i", cov))
        return self._start(cov / (sd[..., :, None] * sd[..., None, :]), sd, mean)

    def shrunken(self, cov: Array, mean: Array | None) -> Array:
        """Return starting values as if correlations were smaller than they are."""
        sd = np.sqrt(np.einsum("...ii->...i", cov))
        R = SHRUNKEN * cov / (sd[..., :, None] * sd[..., None, :])
        return self._start(R + (1 - SHRUNKEN) * np.eye(R.shape[-1]), sd, mean)

    def plain(self, cov: Array, mean: Array | None) -> Array:
        """Return starting values that do not look at correlations."""
        sd = np.sqrt(np.einsum("...ii->...i", cov))
        batch, v = sd.shape[:-1], len(self.place)
        L = np.zeros((*batch, len(self.structure.observed), v))
        for k, items in self.measured + self.shared:
            L[..., items, k] = np.sqrt(PLAIN_VARIANCE)
        B = np.where(self.structure.links, PLAIN_PATH, np.zeros((*batch, v, v)))
        left = np.ones((*batch, v))
        left[..., self.structure.observed[self._indicators]] = PLAIN_ERROR
        C = np.broadcast_to(np.eye(v), B.shape)
        return self._parameters(self._with_loadings(B, L), C, left, sd, mean)

    def others(self, cov: Array, mean: Array | None) -> list[Callable[[Index], Array]]:
        """Return further starts, functions of the numbers of the samples."""

        def of(rows: Index) -> tuple[Array, Array | None]:
            return cov[rows], None if mean is None else mean[rows]

        return [lambda rows: self.plain(*of(rows)), lambda rows: self.shrunken(*of(rows))]

    def _start(self, R: Array, sd: Array, mean: Array | None) -> Array:
        L = self._loadings(R)
        C = self._correlations(R, L)
        B, left = self._paths(C)
        left[..., self.structure.observed[self._indicators]] = np.maximum(
            1 - (L[..., self._indicators, :] ** 2).sum(axis=-1), 1 - LOADINGS[1] ** 2
        )
        return self._parameters(self._with_loadings(B, L), C, left, sd, mean)

    @cached_property
    def _indicators(self) -> Index:
        """Items that measure something."""
        groups = [items for _, items in self.measured]
        return np.concatenate([np.zeros(0, dtype=np.intp), *groups])

    @cached_property
    def _standing(self) -> Index:
        """Variables that correlations are needed of: constructs, and items for themselves."""
        indicator = np.zeros(len(self.place), dtype=bool)
        indicator[self.structure.observed[self._indicators]] = True
        return np.flatnonzero(~indicator)

    @cached_property
    def _targets(self) -> tuple[Index, Index, Mask]:
        """Variables with causes, their causes filled up to equal numbers, and which are real."""
        links = self.structure.links[self._standing]
        target, links = self._standing[links.any(axis=1)], links[links.any(axis=1)]
        most = int(links.sum(axis=1).max(initial=0))
        cause = np.argsort(~links, axis=1, kind="stable")[:, :most]
        return target, cause, np.take_along_axis(links, cause, axis=1)

    @cached_property
    def _pairs(self) -> tuple[Index, Index, Array]:
        """Pairs of indicators of one construct, and which construct it is (pairs, constructs)."""
        pairs = [(i, *np.triu_indices(len(items), 1)) for i, (_, items) in enumerate(self.measured)]
        first = [self.measured[i][1][one] for i, one, _ in pairs]
        second = [self.measured[i][1][other] for i, _, other in pairs]
        of = np.repeat(np.arange(len(pairs)), [len(each) for each in first])
        none = np.zeros(0, dtype=np.intp)
        member = (of[:, None] == np.arange(len(pairs))).astype(np.float64)
        return np.concatenate([none, *first]), np.concatenate([none, *second]), member

    def _loadings(self, R: Array) -> Array:
        """Return L: ratios of loadings by instruments, sizes by what the items share."""
        items = self._indicators
        sizes = [len(own) for _, own in self.measured]
        marker = np.repeat([own[0] for _, own in self.measured], sizes).astype(np.intp)
        load = _ratios(R, items, marker)
        every = np.zeros(R.shape[:-1])
        every[..., items] = load
        one, other, member = self._pairs
        product = every[..., one] * every[..., other]
        total = (product**2) @ member
        size = (product * R[..., one, other]) @ member / np.where(total > 0, total, 1.0)
        size = np.where(total > 0, np.maximum(size, SMALLEST_EIGENVALUE), 1.0)
        load = load * np.repeat(np.sqrt(size), sizes, axis=-1)
        L = np.zeros((*R.shape[:-1], len(self.place)))
        construct = np.repeat([k for k, _ in self.measured], sizes).astype(np.intp)
        alone = np.repeat(np.array(sizes) == 1, sizes)
        L[..., items, construct] = np.where(alone, load, np.clip(load, -LOADINGS[1], LOADINGS[1]))
        for k, shared in self.shared:
            L[..., shared, k] = SHARED_LOADING
        return L

    def _correlations(self, R: Array, L: Array) -> Array:
        """Return C, positive definite over what stands in it."""
        weight = L / np.maximum((L**2).sum(axis=-2, keepdims=True), 1e-12)
        standing = self.place[self._standing]
        alone = standing >= 0
        weight[..., standing[alone], self._standing[alone]] = 1.0
        for k, items in self.composed:
            within = R[..., items[:, None], items].sum(axis=(-2, -1))
            weight[..., items, k] = 1 / np.sqrt(np.maximum(within, UNEXPLAINED))[..., None]
        for k, _ in self.shared:
            weight[..., k] = 0.0
        C = np.clip(weight.swapaxes(-1, -2) @ R @ weight, -CORRELATION, CORRELATION)
        for k, children in self.above:
            _add_above(C, k, children)
        diagonal = np.arange(len(self.place))
        C[..., diagonal, diagonal] = 1.0
        return _shrunken(C, self._standing)

    def _paths(self, C: Array) -> tuple[Array, Array]:
        """Return the regressions among what stands in C, and what they leave."""
        B, left = np.zeros(C.shape), np.ones(C.shape[:-1])
        target, cause, real = self._targets
        if len(target):
            both = real[:, :, None] & real[:, None, :]
            among = np.where(
                both, C[..., cause[:, :, None], cause[:, None, :]], np.eye(len(cause[0]))
            )
            with_target = np.where(real, C[..., cause, target[:, None]], 0.0)
            b = np.linalg.solve(among, with_target[..., None])[..., 0]
            left[..., target] = np.maximum(1 - (b * with_target).sum(axis=-1), UNEXPLAINED)
            t, m = np.nonzero(real)
            B[..., target[t], cause[t, m]] = b[..., t, m]
        return B, left

    def _with_loadings(self, B: Array, L: Array) -> Array:
        """Return B with the loadings in their cells."""
        rows = self.structure.observed[self._indicators]
        B[..., rows, :] = L[..., self._indicators, :]
        return B

    def _parameters(self, B: Array, C: Array, left: Array, sd: Array, mean: Array | None) -> Array:
        """Return the parameters that come nearest to standardised ones."""
        structure = self.structure
        spread = self._spread(B, left, sd)
        a, s, r = structure.sizes
        t = np.zeros((*sd.shape[:-1], a + s + r))
        row, column = structure.effects.T
        t[..., :a] = B[..., row, column] * spread[..., row] / spread[..., column]
        row, column = structure.covariances.T
        share = np.where(row == column, left[..., row], C[..., row, column] * self._correlated)
        t[..., a : a + s] = share * spread[..., row] * spread[..., column]
        if structure.intercepts is not None and mean is not None:
            t[..., a + s :] = self._intercepts(B, spread, mean)[..., structure.intercepts]
        t -= structure.k0
        if structure.plain:
            return np.asarray(t[..., 0, :])
        theta: Array = t.reshape(*t.shape[:-2], -1) @ self._back.T
        return theta

    def _intercepts(self, B: Array, spread: Array, mean: Array) -> Array:
        """Return (..., v) intercepts with which items have their means, constructs 0."""
        level = np.zeros(spread.shape)
        level[..., self.structure.observed] = mean
        found: Array = level - ((B @ (level / spread)[..., None])[..., 0] * spread)
        return np.where(self.place >= 0, found, 0.0)

    @cached_property
    def _correlated(self) -> Mask:
        """Which covariances join two variables that nothing points to."""
        first = np.zeros(len(self.place), dtype=bool)
        first[self._standing] = True
        first[self._targets[0]] = False
        row, column = self.structure.covariances.T
        return np.asarray(first[row] & first[column])

    @cached_property
    def _back(self) -> Array:
        """From cells to the parameters that come nearest."""
        K = self.structure.K
        return np.asarray(np.linalg.pinv(K.reshape(-1, K.shape[-1])))

    def _spread(self, B: Array, left: Array, sd: Array) -> Array:
        """Return (..., v) standard deviations of the variables in the scale of the model."""
        observed = self.structure.observed
        spread = np.ones(left.shape)
        spread[..., observed] = sd
        for k, items in self.measured + self.shared:
            self._set_scale(k, observed[items[0]], B, left, spread)
        for k, items in self.composed:
            given = self.structure.A0[:, k, observed[items]]
            by = int(np.argmax(given.any(axis=0)))
            weight = np.maximum(np.abs(B[..., k, observed[items[by]]]), UNEXPLAINED)
            fixed = np.where(given[:, by] != 0, np.abs(given[:, by]), 1.0)
            spread[..., k] = fixed * sd[..., items[by]] / weight
        for k, children in self.above:
            self._set_scale(k, int(children[0]), B, left, spread)
        return spread

    def _set_scale(self, k: int, marker: int, B: Array, left: Array, spread: Array) -> None:
        """Give a construct the scale that its fixed loading or its fixed variance asks for."""
        fixed, variance = self.structure.A0[:, marker, k], self.structure.S0[:, k, k]
        load = np.maximum(np.abs(B[..., marker, k]), LOADINGS[0])
        by_loading = load * spread[..., marker] / np.where(fixed != 0, np.abs(fixed), 1.0)
        by_variance = np.sqrt(np.where(variance > 0, variance, 1.0) / left[..., k])
        spread[..., k] = np.where(fixed != 0, by_loading, by_variance)


def _scaling_first(structure: Structure, children: Index, k: int) -> Index:
    """Put a variable whose loading is fixed to the front."""
    free = structure.effects[structure.effects[:, 1] == k, 0]
    return np.asarray(children[np.argsort(np.isin(children, free), kind="stable")])


def _lower_first(above: list[Group]) -> list[Group]:
    """Put constructs behind those they point to."""
    waiting, found = above, []
    while waiting:
        names = {k for k, _ in waiting}
        ready = [group for group in waiting if names.isdisjoint(group[1].tolist())] or waiting
        found += ready
        waiting = [group for group in waiting if group[0] not in {k for k, _ in found}]
    return found


def _precision(R: Array) -> Array:
    """Return inverses of correlations; what is not positive definite is moved to where it is."""
    one = np.eye(R.shape[-1])
    found, _ = inverse(R + RIDGE * one)
    bad = np.isnan(found).any(axis=(-2, -1))
    if bad.any():
        worst = np.linalg.eigvalsh(R[bad])[:, 0]
        found[bad] = np.linalg.inv(R[bad] + (0.01 - worst)[:, None, None] * one)
    return found


def _ratios(R: Array, items: Index, marker: Index) -> Array:
    """Return loadings in proportion to that of the marker, by instruments."""
    precision = _precision(R)
    x, y = precision[..., marker, marker], precision[..., items, items]
    z = precision[..., items, marker]
    determinant = np.maximum(x * y - z**2, 1e-12)
    covariance = R[..., items, marker] + z / determinant
    variance = np.maximum(1.0 - y / determinant, SMALLEST_EIGENVALUE)
    ratio = np.clip(covariance / variance, -5.0, 5.0)
    least = np.where(ratio < 0, -LOADINGS[0], LOADINGS[0])
    return np.where(items == marker, 1.0, np.where(np.abs(ratio) < LOADINGS[0], least, ratio))


def _add_above(C: Array, k: int, children: Index) -> None:
    """Write the correlations of a construct with those it points to, and all others."""
    R = C[..., children[:, None], children].copy()
    diagonal = np.arange(len(children))
    R[..., diagonal, diagonal] = 0.0
    total = np.sqrt(np.maximum(R.sum(axis=(-2, -1)), 0.25 * len(children)))
    load = np.clip(R.sum(axis=-1) / total[..., None], SHARED_LOADING, LOADINGS[1])
    found = (load[..., None, :] @ C[..., children, :])[..., 0, :]
    found = found / (load**2).sum(axis=-1, keepdims=True)
    C[..., k, :] = C[..., :, k] = np.clip(found, -CORRELATION, CORRELATION)
    C[..., k, children] = C[..., children, k] = load


def _shrunken(C: Array, standing: Index) -> Array:
    """Return correlations moved towards zero until none is near to depending on others."""
    smallest = np.linalg.eigvalsh(C[..., standing[:, None], standing])[..., 0]
    lacking = np.maximum(SMALLEST_EIGENVALUE - smallest, 0.0)
    share = (lacking / np.maximum(1 - smallest, SMALLEST_EIGENVALUE))[..., None, None]
    moved: Array = C * (1 - share) + share * np.eye(C.shape[-1])
    return moved

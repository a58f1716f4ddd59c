"""Implied means and covariances of a linear model, and their derivatives.

The reticular action notation of McArdle and McDonald (1984), batch axes first::

    v          variables: items, constructs, products
    A  (v, v)  effects; A[i, j] is the effect of variable j on variable i
    S  (v, v)  covariances of what is left unexplained
    m  (v,)    intercepts
    E  (v, v)  (I - A)^-1: total effects, with ones for a variable on itself
    C  (v, v)  E S E', implied covariances of all variables
    nu (v,)    E m, implied means of all variables
    P  (p, v)  rows of E that belong to items
    Q  (p, v)  rows of C that belong to items

A parameter stands in cells. An effect ``A[k, l]`` moves Sigma by ``P_k Q_l' +
Q_l P_k'``; a covariance ``S[k, l]`` by ``P_k P_l' + P_l P_k'``, a variance by half
of that. Every derivative of every discrepancy is therefore put together from
products ``Z' X Z`` of the few columns ``Z = [P, Q]``, one entry a pair of cells.

The cells of all groups are the same; ``t = K theta + k0`` says what stands in
them, so that equal, fixed and linearly constrained parameters are one case.

References
----------
McArdle, J. J. and McDonald, R. P. (1984). Some algebraic properties of the
reticular action model for moment structures. British Journal of Mathematical and
Statistical Psychology 37(2), 234-251. doi:10.1111/j.2044-8317.1984.tb00802.x
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from csi.core.types import Array, Mask

Index = NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Structure:
    """Where the parameters of a model stand.

    Attributes
    ----------
    observed : (p,) array of int
        Variables that are items, in the order of the items.
    effects, covariances : (a, 2) and (s, 2) arrays of int
        Cells of A and of S (each pair once) that hold parameters in some group.
    intercepts : (r,) array of int or None
        Cells of m; None without a mean structure.
    A0, S0, m0 : (G, v, v), (G, v, v) and (G, v) arrays
        What is fixed; zero in the cells.
    K : (G, c, q) array
        Cells by parameters, c = a + s + r.
    k0 : (G, c) array
        What stands in the cells besides.
    """

    observed: Index
    effects: Index
    covariances: Index
    intercepts: Index | None
    A0: Array
    S0: Array
    m0: Array
    K: Array
    k0: Array

    @property
    def has_means(self) -> bool:
        """Whether the model says anything of the means."""
        return self.intercepts is not None

    @cached_property
    def sizes(self) -> tuple[int, int, int]:
        """Numbers of cells in A, S and m."""
        return (
            len(self.effects),
            len(self.covariances),
            0 if self.intercepts is None else len(self.intercepts),
        )

    @cached_property
    def plain(self) -> bool:
        """Whether there is one group and every cell holds a parameter of its own."""
        _, c, q = self.K.shape
        return len(self.K) == 1 and c == q and bool((self.K[0] == np.eye(c)).all())

    @cached_property
    def own(self) -> list[Index]:
        """Parameters that each group depends on."""
        return [np.flatnonzero(K.any(axis=0)) for K in self.K]

    @cached_property
    def links(self) -> Mask:
        """(v, v) whether the variable of the column has an effect on that of the row."""
        links: Mask = (self.A0 != 0).any(axis=0)
        links[tuple(self.effects.T)] = True
        return links

    @cached_property
    def causes(self) -> Index:
        """Variables with an effect on another one."""
        return np.flatnonzero(self.links.any(axis=0))

    @cached_property
    def depth(self) -> int:
        """Most effects in a row from cause to cause, -1 if they run in circles."""
        L = self.causes
        reached = links = self.links[np.ix_(L, L)]
        for depth in range(len(L) + 1):
            if not reached.any():
                return depth
            reached = reached @ links
        return -1

    @cached_property
    def layout(self) -> Layout:
        """Which columns of P and Q the cells read."""
        return Layout.of(self)

    @cached_property
    def columns(self) -> tuple[Index, Index]:
        """Flat places in E and in C of the columns P and Q that the cells read."""
        row = self.observed[:, None] * self.A0.shape[1]
        return row + self.layout.P, row + self.layout.Q

    @cached_property
    def items(self) -> Index:
        """Flat places in C of the covariances of the items."""
        places: Index = self.observed[:, None] * self.A0.shape[1] + self.observed
        return places

    def cells(self, theta: Array) -> Array:
        """Return (..., G, c) what stands in the cells for parameters (..., q)."""
        if self.plain:
            return theta[..., None, :] + self.k0
        found: Array = (self.K @ theta[..., None, :, None])[..., 0] + self.k0
        return found

    def matrices(self, theta: Array) -> Matrices:
        """Return the matrices for parameters (..., q)."""
        t = self.cells(theta)
        a, s, _ = self.sizes
        row, column = self.covariances.T
        A = _filled(self.A0, self.effects, t[..., :a])
        S = _filled(self.S0, self.covariances, t[..., a : a + s])
        S[..., column, row] = t[..., a : a + s]
        E = self._total(A)
        C = E @ S @ E.swapaxes(-1, -2)
        nu = None
        if self.intercepts is not None:
            m = np.broadcast_to(self.m0, (*t.shape[:-1], self.m0.shape[1])).copy()
            m[..., self.intercepts] = t[..., a + s :]
            nu = (E @ m[..., None])[..., 0]
        return Matrices(A, S, E, C, nu)

    def _total(self, A: Array) -> Array:
        """Return E; only variables that are causes need more than their effects."""
        L = self.causes
        through, one = A[..., L], np.eye(len(L))
        inner = through[..., L, :]
        if self.depth < 0:
            through = through @ np.linalg.inv(one - inner)
        elif self.depth > 0:
            total = one + inner
            for _ in range(1, self.depth):
                total = one + inner @ total
            through = through @ total
        E = np.zeros(A.shape)
        E[..., L] = through
        v = A.shape[-1]
        E.reshape(*E.shape[:-2], v * v)[..., :: v + 1] += 1.0
        return E


def _filled(fixed: Array, cells: Index, values: Array) -> Array:
    """Return (..., G, v, v) what is fixed, with values in the cells."""
    v = fixed.shape[-1]
    found = np.empty((*values.shape[:-1], v * v))
    found[...] = fixed.reshape(len(fixed), v * v)
    found[..., cells[:, 0] * v + cells[:, 1]] = values
    return found.reshape(*values.shape[:-1], v, v)


@dataclass(frozen=True, slots=True, eq=False)
class Matrices:
    """A, S, E and C (..., G, v, v) and nu (..., G, v) at some parameters."""

    A: Array
    S: Array
    E: Array
    C: Array
    nu: Array | None

    @property
    def means(self) -> Array:
        """(..., G, v) means, 0 where the model says nothing of them."""
        return np.zeros(self.A.shape[:-1]) if self.nu is None else self.nu


@dataclass(frozen=True, slots=True, eq=False)
class Layout:
    """Columns Z = [P, Q] that the cells read, and which of them each cell reads.

    Attributes
    ----------
    P, Q : arrays of int
        Variables whose columns of P and of Q are read.
    a, b : (c,) arrays of int
        The two columns of Z of each cell; of an intercept both are its column of P.
    half : (c,) array
        1 for effects and covariances, 1/2 for variances, 0 for intercepts.
    aa, bb, ab : (c, c) arrays of int
        Flat places in ``Z' X Z`` of the columns of every two cells.
    own : (c,) array of int
        Flat places of the two columns of each cell.
    back, between : (a, a) arrays of int
        Flat places in E and C that join the causes of two effects: from the target of
        one to the cause of the other; of both causes.
    left, right : (a, s) arrays of int
        Flat places in E that join the cause of an effect and the ends of a covariance.
    """

    P: Index
    Q: Index
    a: Index
    b: Index
    half: Array
    aa: Index
    bb: Index
    ab: Index
    own: Index
    back: Index
    between: Index
    left: Index
    right: Index

    @classmethod
    def of(cls, structure: Structure) -> Layout:
        """Lay out the cells of a structure."""
        effects, covariances = structure.effects, structure.covariances
        m = np.zeros(0, dtype=np.intp) if structure.intercepts is None else structure.intercepts
        P = np.unique(np.concatenate([effects[:, 0], covariances.ravel(), m]))
        Q = np.unique(effects[:, 1])
        a = np.searchsorted(P, np.concatenate([effects[:, 0], covariances[:, 0], m]))
        ends = np.searchsorted(P, np.concatenate([covariances[:, 1], m]))
        b = np.concatenate([len(P) + np.searchsorted(Q, effects[:, 1]), ends])
        kind = np.repeat([0, 1, 2], structure.sizes)
        half = np.where(kind == 2, 0.0, 1.0)
        variance = np.concatenate(
            [np.zeros(len(effects), bool), covariances[:, 0] == covariances[:, 1], m < 0]
        )
        half[variance] = 0.5
        z, v = len(P) + len(Q), structure.A0.shape[1]
        target, cause = effects.T
        from_cause = cause[:, None] * v
        return cls(
            P, Q, a, b, half, a[:, None] * z + a, b[:, None] * z + b, a[:, None] * z + b,
            a * z + b, cause * v + target[:, None],
            from_cause + cause, from_cause + covariances[:, 0], from_cause + covariances[:, 1],
        )  # fmt: skip

    def columns(self, structure: Structure, found: Matrices, unit: Array) -> Array:
        """Return (..., p, z) Z, rows divided by the units of the items."""
        P, Q = structure.columns
        Z = np.concatenate([entries(found.E, P), entries(found.C, Q)], axis=-1)
        Z /= unit[:, None]
        return Z


def entries(M: Array, at: Index) -> Array:
    """Return the entries of (..., z, z) matrices at flat places."""
    return M.reshape(*M.shape[:-2], M.shape[-1] ** 2).take(at, axis=-1)


def jacobian(structure: Structure, found: Matrices, unit: Array) -> Array:
    """Return (..., G, m, c) derivatives of the implied statistics by the cells.

    Means first, where there are any, then ``numpy.triu_indices(p)`` of Sigma.
    """
    layout = structure.layout
    Z = layout.columns(structure, found, unit)
    i, j = np.triu_indices(Z.shape[-2])
    one, other = Z[..., layout.a], Z[..., layout.b]
    by = layout.half * (one[..., i, :] * other[..., j, :] + other[..., i, :] * one[..., j, :])
    if found.nu is None:
        return by
    return np.concatenate([one * mean_rate(structure, found)[..., None, :], by], axis=-2)


def mean_rate(structure: Structure, found: Matrices) -> Array:
    """Return (..., c) how fast the means move along column a of each cell."""
    a, s, r = structure.sizes
    means = found.means
    rate = np.zeros((*means.shape[:-1], a + s + r))
    rate[..., :a] = means[..., structure.effects[:, 1]]
    rate[..., a + s :] = 1.0
    return rate


def curvature(structure: Structure, found: Matrices, M: Array) -> Array:
    """Return (..., c, c) the trace of Omega with the second derivatives of Sigma.

    Parameters
    ----------
    M : (..., z, z) array
        ``Z' Omega Z``.
    """
    layout, (a, s, _) = structure.layout, structure.sizes
    own, stop = slice(0, a), a + s
    H = np.zeros((*M.shape[:-2], len(layout.a), len(layout.a)))
    crossed = entries(found.E, layout.back) * entries(M, layout.ab[own, own].T)
    H[..., own, own] = crossed + crossed.swapaxes(-1, -2)
    H[..., own, own] += entries(M, layout.aa[own, own]) * entries(found.C, layout.between)
    mixed = entries(M, layout.aa[own, a:stop]) * entries(found.E, layout.right)
    mixed += entries(M, layout.ab[own, a:stop]) * entries(found.E, layout.left)
    mixed *= layout.half[a:stop]
    H[..., own, a:stop] = mixed
    H[..., a:stop, own] = mixed.swapaxes(-1, -2)
    H *= 2
    return H


def mean_curvature(structure: Structure, found: Matrices, e: Array) -> Array:
    """Return (..., c, c) the product of a vector with the second derivatives of the means.

    Parameters
    ----------
    e : (..., z) array
        The vector's products with the columns of Z.
    """
    layout, (a, s, _) = structure.layout, structure.sizes
    H = np.zeros((*e.shape[:-1], len(layout.a), len(layout.a)))
    target, cause = structure.effects.T
    along = e[..., layout.a[:a]]
    crossed = (
        along[..., None] * found.E[..., cause[:, None], target] * found.means[..., None, cause]
    )
    H[..., :a, :a] = crossed + crossed.swapaxes(-1, -2)
    if structure.intercepts is not None:
        mixed = along[..., None] * found.E[..., cause[:, None], structure.intercepts]
        H[..., :a, a + s :] = mixed
        H[..., a + s :, :a] = mixed.swapaxes(-1, -2)
    return H

"""Discrepancies that weigh residuals by a covariance matrix: ML, GLS and ULS.

With S and x the covariances and means of a group, Sigma and mu the implied ones,
d = x - mu and T = S + d d'::

    ML    log|Sigma| - log|S| + tr(Sigma^-1 T) - p
    GLS   1/2 tr (S^-1 (S - Sigma))^2 + d' S^-1 d
    ULS   1/2 tr (S - Sigma)^2 + d' d

All have a gradient ``tr(Omega dSigma) - 2 d'W dmu`` and a Hessian made of ``tr(Omega
d2Sigma)`` and ``tr(W dSigma Y dSigma)``; for ML ``W = Sigma^-1``, ``Omega = W - W T
W`` and ``Y = 2 W T W - W``, for the others W is fixed and ``Y = W``. The expected
Hessian has ``Y = W`` and no second derivatives. Groups enter by their share of
the respondents.

References
----------
Browne, M. W. (1974). Generalized least squares estimators in the analysis of
covariance structures. South African Statistical Journal 8(1), 1-24.

Lee, S.-Y. and Jennrich, R. I. (1979). A study of algorithms for covariance
structure analysis. Psychometrika 44(1), 99-113. doi:10.1007/BF02293789
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.linalg.lapack import dpotrf, dtrtri

from csi.core.sem.structure import (
    Layout,
    Matrices,
    Structure,
    curvature,
    entries,
    mean_curvature,
    mean_rate,
)
from csi.core.types import Array, Mask


@dataclass(frozen=True, slots=True, eq=False)
class Point:
    """A discrepancy at some parameters.

    Attributes
    ----------
    theta : (B, q) array
        Parameters.
    value : (B,) array
        Discrepancy; infinite where it is not defined.
    found : Matrices
        The implied matrices.
    W : (B, G, p, p) array
        The weight matrix, of items in their units.
    T, Sigma : (B, G, p, p) arrays
        Observed moments about the implied means; implied covariances.
    d : (B, G, p) array or None
        Observed less implied means.
    """

    theta: Array
    value: Array
    found: Matrices
    W: Array
    T: Array
    Sigma: Array
    d: Array | None

    def take(self, rows: Mask | np.ndarray) -> Point:
        """Return some of the batch."""
        found = self.found
        nu = None if found.nu is None else found.nu[rows]
        return Point(
            self.theta[rows], self.value[rows],
            Matrices(found.A[rows], found.S[rows], found.E[rows], found.C[rows], nu),
            self.W[rows], self.T[rows], self.Sigma[rows], None if self.d is None else self.d[rows],
        )  # fmt: skip


@dataclass(frozen=True, eq=False)
class Normal:
    """Distance of implied from observed moments, for a batch of samples.

    Attributes
    ----------
    structure : Structure
        The model.
    S : (B, G, p, p) array
        Covariances, of items in their units.
    mean : (B, G, p) array or None
        Means, in units; None without a mean structure.
    share : (G,) array
        Share of each group in the respondents.
    unit : (p,) array
        What the items were divided by, so that their sizes do not matter.
    V : (B, G, p, p) array or None
        Fixed weights; None for maximum likelihood.
    offset : (B, G) array
        log|S| + p for maximum likelihood.
    """

    structure: Structure
    S: Array
    mean: Array | None
    share: Array
    unit: Array
    V: Array | None
    offset: Array

    def take(self, rows: Mask | np.ndarray) -> Normal:
        """Return the discrepancy of some samples."""
        return replace(
            self,
            S=self.S[rows],
            mean=None if self.mean is None else self.mean[rows],
            V=None if self.V is None else self.V[rows],
            offset=self.offset[rows],
        )

    def at(self, theta: Array) -> Point:
        """Evaluate the discrepancy for parameters (B, q)."""
        structure, found = self.structure, self.structure.matrices(theta)
        rows = structure.observed
        Sigma = entries(found.C, structure.items) / (self.unit[:, None] * self.unit)
        d, T = None, self.S
        if self.mean is not None and found.nu is not None:
            d = self.mean - found.nu[..., rows] / self.unit
            T = self.S + d[..., :, None] * d[..., None, :]
        if self.V is None:
            W, logdet = inverse(Sigma)
            value = logdet + (W * T).sum(axis=(-2, -1)) - self.offset
        else:
            W = self.V
            R = W @ (self.S - Sigma)
            value = 0.5 * (R * R.swapaxes(-1, -2)).sum(axis=(-2, -1))
            if d is not None:
                value = value + ((W @ d[..., None])[..., 0] * d).sum(axis=-1)
        value = np.where(np.isfinite(value), value, np.inf) @ self.share
        return Point(theta, value, found, W, T, Sigma, d)

    def derivatives(self, point: Point, *, exact: bool) -> tuple[Array, Array]:
        """Return the (B, q) gradient and the (B, q, q) Hessian, exact or expected."""
        structure, layout, W = self.structure, self.structure.layout, point.W
        Z = layout.columns(structure, point.found, self.unit)
        WZ = W @ Z
        MW = Z.swapaxes(-1, -2) @ WZ
        if self.V is None:
            TWZ = point.T @ WZ
            MK = WZ.swapaxes(-1, -2) @ TWZ
            M = MW - MK
        else:
            M = WZ.swapaxes(-1, -2) @ ((point.Sigma - self.S) @ WZ)
        g = 2 * layout.half * entries(M, layout.own)
        along = rate = None
        if point.d is not None:
            along = (point.d[..., None, :] @ WZ)[..., 0, :]
            rate = mean_rate(structure, point.found)
            g = g - 2 * rate * along[..., layout.a]
        MY = MW if self.V is not None or not exact else 2 * MK - MW
        H = paired(layout, MW, MY)
        if rate is not None:
            H += 2 * rate[..., :, None] * entries(MW, layout.aa) * rate[..., None, :]
        if exact:
            H += curvature(structure, point.found, M)
            if along is not None and rate is not None:
                H -= 2 * mean_curvature(structure, point.found, along)
                if self.V is None:
                    H += 2 * _mixed(layout, MW, along, rate)
        return self._of_parameters(g, H)

    def _of_parameters(self, g: Array, H: Array) -> tuple[Array, Array]:
        """Add up what belongs to one parameter, over cells and groups."""
        if self.structure.plain:
            return g[:, 0], H[:, 0]
        K = self.structure.K
        g, H = g * self.share[:, None], H * self.share[:, None, None]
        gradient = (g[..., None, :] @ K)[..., 0, :].sum(axis=1)
        if len(K) == 1:
            return gradient, (K.swapaxes(-1, -2) @ (H @ K)).sum(axis=1)
        found = np.zeros((*gradient.shape, K.shape[2]))
        for group, own in enumerate(self.structure.own):
            along = K[group][:, own]
            found[:, own[:, None], own] += along.T @ H[:, group] @ along
        return gradient, found


def inverse(Sigma: Array) -> tuple[Array, Array]:
    """Return (..., p, p) inverses and (...) log-determinants; NaN if not positive definite."""
    p = Sigma.shape[-1]
    flat = Sigma.reshape(-1, p, p)
    root = np.full(flat.shape, np.nan)
    for i, each in enumerate(flat):
        factor, failed = dpotrf(each, lower=1)
        if not failed:
            root[i] = dtrtri(factor, lower=1)[0]
    logdet = -2 * np.log(np.diagonal(root, axis1=1, axis2=2)).sum(axis=1)
    W = root.swapaxes(1, 2) @ root
    return W.reshape(Sigma.shape), logdet.reshape(Sigma.shape[:-2])


def paired(layout: Layout, MW: Array, MY: Array) -> Array:
    """Return (..., c, c) the traces of W dSigma Y dSigma over pairs of cells."""
    Waa, Wbb, Wab = (entries(MW, at) for at in (layout.aa, layout.bb, layout.ab))
    if MY is MW:
        H = 2 * (Waa * Wbb + Wab * Wab.swapaxes(-1, -2))
    else:
        Yaa, Ybb, Yab = (entries(MY, at) for at in (layout.aa, layout.bb, layout.ab))
        crossed = Wab * Yab.swapaxes(-1, -2)
        H = Waa * Ybb + Wbb * Yaa + crossed + crossed.swapaxes(-1, -2)
    H *= layout.half[:, None] * layout.half
    return H


def _mixed(layout: Layout, MW: Array, along: Array, rate: Array) -> Array:
    """Return (..., c, c) how covariances and means move the discrepancy together."""
    own, other = along[..., layout.a], along[..., layout.b]
    Waa, Wab = entries(MW, layout.aa), entries(MW, layout.ab)
    one = rate[..., :, None] * layout.half * (own[..., None, :] * Wab + other[..., None, :] * Waa)
    return one + one.swapaxes(-1, -2)

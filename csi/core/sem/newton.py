"""Steps of Newton's method, and directions along which nothing changes."""

from __future__ import annotations

import numpy as np
from scipy.linalg.lapack import dposv

from csi.core.types import Array, Mask

FLAT = 1e-11
"""Eigenvalue of a scaled Hessian below which a direction is not identified."""


def newton_step(g: Array, H: Array) -> tuple[Array, Mask]:
    """Return (B, q) steps -H^-1 g, and which H are positive definite.

    Where H is not, the step is taken with the sizes of its eigenvalues, so that
    it descends all the same; where it is not finite there is no step.
    """
    delta, positive = solved(g, H)
    if positive.all():
        return delta, positive
    finite = np.isfinite(g).all(axis=1) & np.isfinite(H).all(axis=(1, 2))
    rest = np.flatnonzero(~positive & finite)
    unit = _unit(H[rest])
    values, vectors = np.linalg.eigh(H[rest] * (unit[:, :, None] * unit[:, None, :]))
    size = np.maximum(np.abs(values), 1e-8)
    along = (vectors.swapaxes(1, 2) @ (g[rest] * unit)[..., None])[..., 0] / size
    delta[rest] = -(vectors @ along[..., None])[..., 0] * unit
    return delta, positive


def _unit(H: Array) -> Array:
    """Return (B, q) units in which the diagonals of Hessians are 1."""
    diagonal = np.einsum("bii->bi", H)
    most = np.abs(diagonal).max(axis=1, keepdims=True, initial=1e-300)
    return np.asarray(1 / np.sqrt(np.where(diagonal > 1e-300, diagonal, most)))


def solved(g: Array, H: Array) -> tuple[Array, Mask]:
    """Return steps -H^-1 g where H is positive definite, and where it is."""
    delta, positive = np.zeros(g.shape), np.full(len(g), not g.shape[1])
    if not g.shape[1]:
        return delta, positive
    for i, (slope, curve) in enumerate(zip(g, H, strict=True)):
        root, solution, failed = dposv(curve, slope, lower=1)
        if not failed and (root.diagonal() ** 2 > FLAT * curve.diagonal()).all():
            delta[i], positive[i] = -solution, True
    return delta, positive


def flat_directions(H: Array) -> Array:
    """Return (q, r) directions along which a discrepancy does not change.

    Parameters
    ----------
    H : (q, q) array
        Exact Hessian at the end of a search.

    Returns
    -------
    array
        One column a direction, parameters measured by their curvatures, the largest
        entry 1: parameters with entries that are not small are not identified apart.
    """
    unit = _unit(H[None])[0]
    values, vectors = np.linalg.eigh(H * (unit[:, None] * unit))
    flat = vectors[:, np.abs(values) <= FLAT]
    largest = np.abs(flat).argmax(axis=0)
    return np.asarray(flat / flat[largest, np.arange(flat.shape[1])])

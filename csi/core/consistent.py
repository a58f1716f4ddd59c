"""Consistent PLS: correction of loadings and construct correlations for attenuation.

Notation as in `csi.core.pls`, the batch axis last; ``S`` is the block of R that belongs
to one construct and ``w`` its weights::

    rho_A = (w'w)^2 * w'(S - diag S)w / w'(ww' - diag ww')w
    lambda = sqrt(rho_A) * w / (w'w)
    r*_ij = r_ij / sqrt(rho_i rho_j)

References
----------
Dijkstra, T. K. and Henseler, J. (2015). Consistent partial least squares path
modeling. MIS Quarterly 39(2), 297-316. doi:10.25300/MISQ/2015/39.2.02
"""

from __future__ import annotations

import numpy as np

from csi.core.types import Array, Mask


def rho_a(cross: Array, W: Array, corrected: Mask) -> Array:
    """Reliability of each composite as a measure of its construct.

    Parameters
    ----------
    cross : (p, k, ...) array
        Correlations of indicators with composites.
    W : (p, k, ...) array
        Outer weights of standardised indicators.
    corrected : (k,) mask
        Constructs measured by several reflective indicators in Mode A; the
        others are taken as they are, with reliability one.

    Returns
    -------
    (k, ...) array
        Above one or below zero where the correction breaks down.
    """
    squares = W**2
    ww = squares.sum(axis=0)
    observed = (W * cross).sum(axis=0) - ww
    explained = ww**2 - (squares**2).sum(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        rho: Array = ww**2 * observed / explained
    rho[~corrected] = 1.0
    return rho


def corrected_loadings(cross: Array, W: Array, blocks: Mask, rho: Array, corrected: Mask) -> Array:
    """Replace the loadings of corrected constructs, disattenuate the rest.

    Parameters
    ----------
    cross : (p, k, ...) array
        Correlations of indicators with composites.
    W, rho : (p, k, ...) and (k, ...) arrays
        Outer weights and reliabilities.
    blocks, corrected : (p, k) and (k,) masks
        Block membership; which constructs are corrected.
    """
    root = np.sqrt(np.where(rho > 0, rho, np.nan))
    loadings: Array = cross / root
    own = blocks & corrected
    loadings[own] = (root * W / (W**2).sum(axis=0))[own]
    return loadings


def disattenuated(C: Array, rho: Array) -> Array:
    """Divide construct correlations by the root of both reliabilities."""
    root = np.sqrt(np.where(rho > 0, rho, np.nan))
    corrected: Array = C / (root[:, None] * root)
    corrected[np.arange(len(C)), np.arange(len(C))] = 1.0
    return corrected

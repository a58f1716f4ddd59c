"""How far variables can be predicted from one another."""

from __future__ import annotations

import numpy as np

from csi.core.types import Array

SINGULAR = 1e-10
"""Smallest eigenvalue of a correlation matrix below which nothing is left to tell apart."""


def variance_inflation(R: Array) -> Array:
    """Return the variance inflation factor of every variable given all others.

    Parameters
    ----------
    R : (q, q) array
        Correlations of the variables.

    Returns
    -------
    (q,) array
        ``1 / (1 - R2)``; infinite for all where the matrix is singular, NaN where
        it is indefinite and so no correlation matrix of anything.
    """
    smallest = float(np.linalg.eigvalsh(R)[0]) if len(R) else 1.0
    if smallest < -SINGULAR:
        return np.full(len(R), np.nan)
    if smallest < SINGULAR:
        return np.full(len(R), np.inf)
    inflation: Array = np.diagonal(np.linalg.inv(R)).copy()
    return inflation

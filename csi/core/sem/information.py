"""Inverses of information matrices, whatever the units of the parameters.

An error variance of an item in thousands is a million times that in ones, and its information
is less by the square of that. Matrices are therefore brought to a diagonal of one before they
are inverted, so that rounding is the same in all units.
"""

from __future__ import annotations

import numpy as np

from csi.core.types import Array


def inverse(H: Array) -> Array:
    """Return the inverse of an information matrix; NaN where there is none.

    Parameters
    ----------
    H : (..., q, q) array
        Symmetric.

    Returns
    -------
    (..., q, q) array

    Examples
    --------
    >>> inverse(np.diag([4.0, 1e-40]))
    array([[2.5e-01, 0.0e+00],
           [0.0e+00, 1.0e+40]])
    """
    unit = units(H)
    outer = unit[..., :, None] * unit[..., None, :]
    try:
        return np.asarray(np.linalg.inv(H * outer) * outer)
    except np.linalg.LinAlgError:
        apart = H.reshape(-1, *H.shape[-2:])
        several = len(apart) > 1
        found = [inverse(each) for each in apart] if several else np.full(apart.shape, np.nan)
        return np.reshape(found, H.shape)


def inverse_times(H: Array, X: Array) -> Array:
    """Return H^-1 X for an information matrix; NaN if it has no inverse.

    Parameters
    ----------
    H : (q, q) array
        Symmetric.
    X : (q, m) array
        Columns.

    Returns
    -------
    (q, m) array

    Examples
    --------
    >>> inverse_times(np.diag([4.0, 1e-40]), np.array([[1.0], [1e-40]]))
    array([[0.25],
           [1.  ]])
    """
    unit = units(H)
    try:
        return np.asarray(
            unit[:, None] * np.linalg.solve(H * np.outer(unit, unit), unit[:, None] * X)
        )
    except np.linalg.LinAlgError:
        return np.full(X.shape, np.nan)


def units(H: Array) -> Array:
    """Return (..., q) units in which the diagonal is one, in size; 1 where it is zero.

    Examples
    --------
    >>> units(np.diag([4.0, 0.0]))
    array([0.5, 1. ])
    """
    size = np.abs(np.einsum("...ii->...i", H))
    return np.asarray(1 / np.sqrt(np.where(size > 0, size, 1.0)))

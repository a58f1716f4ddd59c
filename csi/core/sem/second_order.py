"""Reliability under a construct that is measured by constructs.

Notation as in `csi.core.sem.reliability`, and::

    B         (..., k, k)  effects of the construct in the column on the one in the row
    residual  (..., k, k)  covariances of the disturbances, and of constructs nothing points to
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from csi.core.sem.reliability import own_items, sum_variances
from csi.core.types import Array, Mask


@dataclass(frozen=True, slots=True, eq=False)
class SecondOrder:
    """Reliability under a construct that is measured by constructs.

    Attributes
    ----------
    items : (...,) array
        Share of the variance of the sum of all items that is due to the
        second-order construct (``omegaL1`` of semTools).
    constructs : (...,) array
        Its share of the variance of the sum of the first-order constructs
        (``omegaL2``).
    partial : (...,) array
        As ``items``, what is specific to the first-order constructs left out
        (``partialOmegaL1``).
    """

    items: Array
    constructs: Array
    partial: Array


def second_order_reliability(
    L: Array, B: Array, residual: Array, Theta: Array, general: int, first: Mask | None = None
) -> SecondOrder:
    """Reliability under a construct that is measured by constructs.

    Parameters
    ----------
    L : (..., p, k) array
        Loadings of the items; a second-order construct may have items of its own.
    B : (..., k, k) array
        Effects of the construct in the column on the one in the row.
    residual : (..., k, k) array
        Covariances of the constructs' disturbances, and of constructs nothing
        points to. Covariances of disturbances count, which semTools leaves out.
    Theta : (..., p, p) array
        Covariances of the errors.
    general : int
        Which construct is the second-order one.
    first : (k,) mask, optional
        The constructs that measure it; all that it points to if not given.

    Returns
    -------
    SecondOrder

    References
    ----------
    Jorgensen, T. D., Pornprasertmanit, S., Schoemann, A. M. and Rosseel, Y. (2022).
    semTools: useful tools for structural equation modeling. R package.

    Examples
    --------
    >>> import numpy as np
    >>> L = np.zeros((6, 3))
    >>> L[:3, 0] = L[3:, 1] = 1
    >>> B = np.array([[0, 0, 0.8], [0, 0, 0.6], [0, 0, 0]])
    >>> found = second_order_reliability(L, B, np.diag([0.36, 0.64, 1]), np.eye(6), 2)
    >>> [round(float(each), 3) for each in (found.items, found.constructs, found.partial)]
    [0.54, 0.662, 0.746]
    """
    first = own_items(B)[:, general] if first is None else first
    direct, effects = L[..., general], B[..., first, general]
    below = own_items(L[..., first]).any(axis=-1)
    own = own_items(direct[..., None])[..., 0]
    variance = _total(B, residual)[..., general, general]
    sums = L[..., first].sum(axis=-2)  # of the loadings on each first-order construct
    disturbance_cov = residual[..., first, :][..., first]
    common = (direct.sum(axis=-1) + (sums * effects).sum(axis=-1)) ** 2 * variance
    specific = ((sums[..., None, :] @ disturbance_cov)[..., 0, :] * sums).sum(axis=-1)
    errors = _variance_of_sum(Theta, below | own)
    constructs = (direct.sum(axis=-1) + effects.sum(axis=-1)) ** 2 * variance
    disturbances = _variance_of_sum(residual, first) + _variance_of_sum(Theta, own)
    return SecondOrder(
        items=common / (common + specific + errors),
        constructs=constructs / (constructs + disturbances),
        partial=common / (common + errors),
    )


def _total(B: Array, residual: Array) -> Array:
    """(..., k, k) covariances of the constructs, through the paths as well."""
    E = np.linalg.inv(np.eye(B.shape[-1]) - B)
    return np.asarray(E @ residual @ np.swapaxes(E, -1, -2))


def _variance_of_sum(cov: Array, members: Mask) -> Array:
    return sum_variances(cov, members[:, None])[..., 0]

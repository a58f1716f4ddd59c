"""0-100 indices, their standard errors, and impacts, from moments and outer weights.

Every item is first put on 0-100 by its declared ends, so that items with other
scales can share a construct::

    z_i = 100 (x_i - low_i) / (high_i - low_i)
    V   (p, k)  index weights, scaled so that each column sums to one
    index_j = sum_i V_ij mean(z_i)

With ``V`` proportional to the unstandardised outer weights w_i / s_i this is
the formula of Fornell et al. (1996, appendix), 100 (sum w x - sum w low) /
sum w (high - low), whatever the units.

References
----------
Fornell, C., Johnson, M. D., Anderson, E. W., Cha, J. and Bryant, B. E. (1996).
The American Customer Satisfaction Index. Journal of Marketing 60(4), 7-18.
doi:10.1177/002224299606000403
"""

from __future__ import annotations

from typing import Literal

import numpy as np

from csi.core.types import Array, Mask

Convention = Literal["unstandardized", "standardized", "equal"]


def index_weights(W: Array, sd: Array, blocks: Mask, convention: Convention) -> Array:
    """Turn outer weights of standardised items into weights of 0-100 items.

    Parameters
    ----------
    W : (p, k) array
        Outer weights of the standardised items.
    sd : (p,) array
        Standard deviations of the items on 0-100.
    blocks : (p, k) mask
        Which items enter which construct.
    convention : {"unstandardized", "standardized", "equal"}
        Divide by the standard deviations; use the weights as they are; or
        give every item of a block the same weight.

    Returns
    -------
    (p, k) array
        Not yet scaled to sum to one.
    """
    if convention == "equal":
        return blocks.astype(np.float64)
    return W if convention == "standardized" else W / sd[:, None]


def indices(V: Array, mean: Array) -> Array:
    """Mean score of every construct on 0-100; ``mean`` are the item means on 0-100."""
    return V.T @ mean


def standard_deviations(V: Array, cov: Array) -> Array:
    """Spread of the scores; given the covariance of the means, their standard errors."""
    spread: Array = np.sqrt(((cov @ V) * V).sum(axis=0))
    return spread


def impacts(T: Array, sd: Array) -> Array:
    """Points the target moves when the driver rises by one point.

    Parameters
    ----------
    T : (k, k) array
        Total effects between standardised constructs.
    sd : (k,) array
        Standard deviations of the constructs on 0-100.
    """
    moved: Array = T * sd[None, :] / sd[:, None]
    return moved

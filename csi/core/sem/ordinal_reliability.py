"""Reliability of sums of ordered answers, coded 1, 2, 3 and so on.

An ordered answer is a latent response cut at thresholds. Loadings and polychoric
correlations describe the responses; the reliability of a sum of them is not that
of the sum of the answers, which lose what the cuts take away. Green and Yang
bring it back to the answers: for a correlation rho of two responses with
thresholds s and t, the covariance of the answers is the sum over all pairs of
``Phi2(s, t; rho) - Phi(s) Phi(t)``.

References
----------
Green, S. B. and Yang, Y. (2009). Reliability of summed item scores using structural
equation modeling: an alternative to coefficient alpha. Psychometrika 74(1), 155-167.
doi:10.1007/s11336-008-9099-3
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.special import ndtr

from csi.core.sem.pairs.bivariate_normal import distribution
from csi.core.sem.reliability import own_items
from csi.core.types import Array, Mask


def ordinal_reliability(
    L: Array,
    Psi: Array,
    total: Array,
    thresholds: Sequence[Array],
    blocks: Mask | None = None,
) -> Array:
    """Share of the variance of the sum of ordered answers that the construct explains.

    Parameters
    ----------
    L : (p, k) array
        Loadings of the latent responses, of variance one each.
    Psi : (k, k) array
        Covariances of the constructs.
    total : (p, p) array
        Correlations of the responses: the polychoric ones give ``omega3`` of
        semTools::reliability and compRelSEM, the implied ones ``omega2``.
    thresholds : sequence of p arrays
        Thresholds of every item, from low to high.
    blocks : (p, k) mask, optional
        Items of each construct; those with a loading that is not zero if not given.

    Returns
    -------
    (k,) array
        NaN for a construct without items.

    References
    ----------
    Green, S. B. and Yang, Y. (2009). Reliability of summed item scores using structural
    equation modeling: an alternative to coefficient alpha. Psychometrika 74(1),
    155-167. doi:10.1007/s11336-008-9099-3

    Examples
    --------
    >>> import numpy as np
    >>> L = np.array([[0.8], [0.8]])
    >>> R = np.array([[1, 0.64], [0.64, 1]])
    >>> ordinal_reliability(L, np.eye(1), R, [np.zeros(1), np.zeros(1)]).round(3)
    array([0.613])
    """
    blocks = own_items(L) if blocks is None else blocks
    found: Array = np.full(L.shape[1], np.nan)
    for j, block in enumerate(blocks.T):
        items = np.flatnonzero(block)
        if len(items):
            common = Psi[j, j] * np.outer(L[items, j], L[items, j])
            cuts = [thresholds[i] for i in items.tolist()]
            within = total[np.ix_(items, items)]
            found[j] = _variance(common, cuts) / _variance(within, cuts)
    return found


def _variance(R: Array, thresholds: Sequence[Array]) -> float:
    """Variance of the sum of the answers whose responses have these correlations."""
    p = len(thresholds)
    return sum(
        _covariance(thresholds[i], thresholds[j], R[i, j]) for i in range(p) for j in range(p)
    )


def _covariance(s: Array, t: Array, rho: float) -> float:
    independent = ndtr(s).sum() * ndtr(t).sum()
    s, t = np.broadcast_arrays(s[:, None], t)
    if rho >= 1:
        return float(ndtr(np.minimum(s, t)).sum() - independent)
    return float(distribution(s, t, np.asarray(rho)).sum() - independent)

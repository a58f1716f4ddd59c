"""Which variables are tied up in the strongest linear dependency among them.

The variance of a regression coefficient is a sum over the eigenvalues of the
correlations of the predictors; the share that comes from the smallest one says
whether a predictor takes part in the dependency that makes it small. Notation::

    R  (q, q)  correlations; lambda_j its eigenvalues, v_j their eigenvectors
    pi_kj      v_kj^2 / lambda_j over its sum over j

References
----------
Belsley, D. A., Kuh, E. and Welsch, R. E. (1980). Regression diagnostics,
chapter 3. Wiley. doi:10.1002/0471725153
"""

from __future__ import annotations

import numpy as np

from csi.core.types import Array, Mask

INVOLVED = 0.5
"""Share of its variance from which a variable takes part."""

SMALL = 0.01
"""Eigenvalues, also negative ones, count as this at least; else they would take in everything."""


def near_dependency(R: Array) -> Mask:
    """Return (q,) which variables take part, the two with the largest shares at least.

    Parameters
    ----------
    R : (q, q) array
        Correlations; corrected ones may be indefinite.

    Examples
    --------
    >>> R = np.array([[1, 0.98, 0.3], [0.98, 1, 0.3], [0.3, 0.3, 1]])
    >>> near_dependency(R)
    array([ True,  True, False])
    """
    values, vectors = np.linalg.eigh(R)
    parts = vectors**2 / np.maximum(values, SMALL)
    share = parts[:, 0] / parts.sum(axis=1)
    involved: Mask = share > INVOLVED
    involved[np.argsort(-share, kind="stable")[:2]] = True
    return involved

"""Reliability of sums of items, by a model of their covariances.

Notation, batch axes first::

    L       (..., p, k)  loadings
    Psi     (..., k, k)  covariances of the constructs
    Theta   (..., p, p)  covariances of the errors
    total   (..., p, p)  covariances of the items, observed or implied
    blocks  (p, k)       items of each construct

A coefficient is the variance of the sum of a block that the construct explains
over the variance of that sum. Packages differ in the latter: Bollen's omega takes
the construct's part and the errors, Bentler's the implied variance, McDonald's the
observed one (``omega``, ``omega2`` and ``omega3`` of semTools::reliability;
semTools::compRelSEM has McDonald's). The first two are the same where no item
belongs to two constructs. Covariances of errors count in all.

References
----------
Bollen, K. A. (1980). Issues in the comparative measurement of political democracy.
American Sociological Review 45(3), 370-390. doi:10.2307/2095172
Bentler, P. M. (1972). A lower-bound method for the dimension-free measurement of
internal consistency. Social Science Research 1(4), 343-357.
doi:10.1016/0049-089X(72)90082-8
McDonald, R. P. (1999). Test theory: a unified treatment. Erlbaum.
Hancock, G. R. and Mueller, R. O. (2001). Rethinking construct reliability within
latent variable systems. In Cudeck, R., du Toit, S. and Soerbom, D. (eds), Structural
equation modeling: present and future, 195-216. Scientific Software International.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from csi.core.types import Array, Mask

SINGULAR = 1e-12
"""Eigenvalue of a correlation matrix below which it counts as zero."""


@dataclass(frozen=True, slots=True, eq=False)
class Reliabilities:
    """Coefficients of every construct; a Heywood case may bring them outside 0 to 1.

    Attributes
    ----------
    alpha : (..., k) array
        Cronbach's alpha of the observed covariances; NaN for a single item.
    omega, omega2, omega3 : (..., k) arrays
        Bollen's, Bentler's and McDonald's omega.
    maximal : (..., k) array
        Reliability of the best weighted sum, Hancock and Mueller's H.
    ave : (..., k) array
        Average variance extracted, by implied variances; NaN where an item
        belongs to another construct too.
    """

    alpha: Array
    omega: Array
    omega2: Array
    omega3: Array
    maximal: Array
    ave: Array


def reliabilities(
    L: Array, Psi: Array, Theta: Array, S: Array, blocks: Mask | None = None
) -> Reliabilities:
    """All coefficients of every construct.

    Parameters
    ----------
    L : (..., p, k) array
        Loadings.
    Psi : (..., k, k) array
        Covariances of the constructs.
    Theta : (..., p, p) array
        Covariances of the errors.
    S : (..., p, p) array
        Observed covariances of the items.
    blocks : (p, k) mask, optional
        Items of each construct; those with a loading that is not zero if not given.

    Returns
    -------
    Reliabilities

    References
    ----------
    McDonald, R. P. (1999). Test theory: a unified treatment. Erlbaum.

    Examples
    --------
    >>> import numpy as np
    >>> L, Psi = np.array([[0.8], [0.7], [0.6]]), np.eye(1)
    >>> Theta = np.diag([0.36, 0.51, 0.64])
    >>> found = reliabilities(L, Psi, Theta, L @ L.T + Theta)
    >>> found.omega.round(3), found.ave.round(3)
    (array([0.745]), array([0.497]))
    """
    blocks = own_items(L) if blocks is None else blocks
    common, errors = _common(L, Psi, blocks), sum_variances(Theta, blocks)
    Sigma = L @ Psi @ np.swapaxes(L, -1, -2) + Theta
    with np.errstate(divide="ignore", invalid="ignore"):  # NaN for constructs without items
        return Reliabilities(
            alpha=alpha(S, blocks),
            omega=common / (common + errors),
            omega2=composite_reliability(L, Psi, Sigma, blocks),
            omega3=composite_reliability(L, Psi, S, blocks),
            maximal=maximal_reliability(L, Psi, Sigma, blocks),
            ave=average_variance_extracted(L, Psi, Sigma, blocks),
        )


def alpha(total: Array, blocks: Mask) -> Array:
    """Cronbach's alpha of every block, (..., k); NaN for a single item."""
    size = blocks.sum(axis=0)
    trace = np.diagonal(total, axis1=-2, axis2=-1) @ blocks.astype(np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(size / (size - 1) * (1 - trace / sum_variances(total, blocks)))


def composite_reliability(L: Array, Psi: Array, total: Array, blocks: Mask | None = None) -> Array:
    """Share of the variance of the sum of a block that its construct explains.

    With one column of loadings on a general construct this is hierarchical omega:
    those of a bifactor model, or the indirect ones of a second-order model.

    Parameters
    ----------
    L : (..., p, k) array
        Loadings.
    Psi : (..., k, k) array
        Covariances of the constructs.
    total : (..., p, p) array
        Covariances of the items: the observed ones give semTools::compRelSEM and
        omega3, the implied ones omega2.
    blocks : (p, k) mask, optional
        Items of each construct; those with a loading that is not zero if not given.

    Returns
    -------
    (..., k) array

    References
    ----------
    Zinbarg, R. E., Revelle, W., Yovel, I. and Li, W. (2005). Cronbach's alpha,
    Revelle's beta, and McDonald's omega H: their relations with each other and two
    alternative conceptualizations of reliability. Psychometrika 70(1), 123-133.
    doi:10.1007/s11336-003-0974-7

    Examples
    --------
    >>> import numpy as np
    >>> L = np.array([[0.8], [0.7], [0.6]])
    >>> composite_reliability(L, np.eye(1), L @ L.T + np.diag([0.36, 0.51, 0.64])).round(3)
    array([0.745])
    """
    blocks = own_items(L) if blocks is None else blocks
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(_common(L, Psi, blocks) / sum_variances(total, blocks))


def common_reliability(L: Array, Psi: Array, total: Array, blocks: Mask) -> Array:
    """Share of the variance of the sum of a block that all constructs explain together.

    Of all items this is omega total, of a subscale of a bifactor model omega S.

    Parameters
    ----------
    L : (..., p, k) array
        Loadings.
    Psi : (..., k, k) array
        Covariances of the constructs.
    total : (..., p, p) array
        Covariances of the items, observed or implied.
    blocks : (p, m) mask
        The items of every sum.

    Returns
    -------
    (..., m) array

    References
    ----------
    Rodriguez, A., Reise, S. P. and Haviland, M. G. (2016). Evaluating bifactor models:
    calculating and interpreting statistical indices. Psychological Methods 21(2),
    137-150. doi:10.1037/met0000045

    Examples
    --------
    >>> import numpy as np
    >>> L = np.array([[0.8, 0], [0.7, 0], [0, 0.6]])
    >>> Sigma = L @ L.T + np.diag([0.36, 0.51, 0.64])
    >>> common_reliability(L, np.eye(2), Sigma, np.ones((3, 1), dtype=bool)).round(3)
    array([0.633])
    """
    true = L @ Psi @ np.swapaxes(L, -1, -2)
    return np.asarray(sum_variances(true, blocks) / sum_variances(total, blocks))


def maximal_reliability(L: Array, Psi: Array, total: Array, blocks: Mask | None = None) -> Array:
    """Reliability of the weighted sum of a block that is most reliable.

    With errors that do not correlate and no other construct behind the items it
    is H, 1 / (1 + 1 / sum(l^2 / (1 - l^2))) for standardised loadings l.

    Parameters
    ----------
    L : (..., p, k) array
        Loadings.
    Psi : (..., k, k) array
        Covariances of the constructs.
    total : (..., p, p) array
        Covariances of the items: the implied ones for H, while semTools::maximalRelia
        takes the observed ones, and all items together.
    blocks : (p, k) mask, optional
        Items of each construct; those with a loading that is not zero if not given.

    Returns
    -------
    (..., k) array
        NaN where the covariances of a block are singular.

    References
    ----------
    Hancock, G. R. and Mueller, R. O. (2001). Rethinking construct reliability within
    latent variable systems. In Structural equation modeling: present and future,
    195-216. Scientific Software International.

    Examples
    --------
    >>> import numpy as np
    >>> L = np.array([[0.8], [0.7], [0.6]])
    >>> maximal_reliability(L, np.eye(1), L @ L.T + np.diag([0.36, 0.51, 0.64])).round(3)
    array([0.767])
    """
    blocks = own_items(L) if blocks is None else blocks
    variances = np.diagonal(Psi, axis1=-2, axis2=-1)
    found = np.full(np.broadcast_shapes(L.shape[:-2], total.shape[:-2]) + L.shape[-1:], np.nan)
    for j, items in enumerate(blocks.T):
        if items.any():
            own = L[..., items, j]
            within = total[..., items, :][..., items]
            found[..., j] = variances[..., j] * _quadratic(within, own)
    return found


def average_variance_extracted(
    L: Array, Psi: Array, total: Array, blocks: Mask | None = None
) -> Array:
    """Share of the variances of the items of a block that their construct explains.

    Parameters
    ----------
    L : (..., p, k) array
        Loadings.
    Psi : (..., k, k) array
        Covariances of the constructs.
    total : (..., p, p) array
        Covariances of the items: the observed ones give semTools::AVE, the implied
        ones the row ``avevar`` of semTools::reliability.
    blocks : (p, k) mask, optional
        Items of each construct; those with a loading that is not zero if not given.

    Returns
    -------
    (..., k) array
        NaN where an item belongs to another construct too.

    References
    ----------
    Fornell, C. and Larcker, D. F. (1981). Evaluating structural equation models with
    unobservable variables and measurement error. Journal of Marketing Research 18(1),
    39-50. doi:10.1177/002224378101800104

    Examples
    --------
    >>> import numpy as np
    >>> L = np.array([[0.8], [0.7], [0.6]])
    >>> average_variance_extracted(L, np.eye(1), np.eye(3)).round(3)
    array([0.497])
    """
    blocks = own_items(L) if blocks is None else blocks
    variances = np.diagonal(total, axis1=-2, axis2=-1) @ blocks.astype(np.float64)
    explained = (L**2 * blocks).sum(axis=-2) * np.diagonal(Psi, axis1=-2, axis2=-1)
    shared = (blocks & (blocks.sum(axis=1) > 1)[:, None]).any(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(shared, np.nan, explained / variances))


def own_items(L: Array) -> Mask:
    """(p, k) items whose loading is not zero, in one sample at least."""
    return np.asarray((L != 0).any(axis=tuple(range(L.ndim - 2))))


def _common(L: Array, Psi: Array, blocks: Mask) -> Array:
    """(..., k) variance of the sum of a block that its own construct explains."""
    return np.asarray((L * blocks).sum(axis=-2) ** 2 * np.diagonal(Psi, axis1=-2, axis2=-1))


def sum_variances(cov: Array, blocks: Mask) -> Array:
    """(..., k) variances of the sums of the blocks."""
    M = blocks.astype(np.float64)
    return np.asarray(((cov @ M) * M).sum(axis=-2))


def _quadratic(cov: Array, vector: Array) -> Array:
    """``vector' cov^-1 vector``; NaN where the matrix is singular."""
    with np.errstate(divide="ignore", invalid="ignore"):
        scale = 1 / np.sqrt(np.diagonal(cov, axis1=-2, axis2=-1))
        R = cov * scale[..., :, None] * scale[..., None, :]
    R = np.where(np.isfinite(R).all(axis=(-2, -1), keepdims=True), R, 0.0)
    values, vectors = np.linalg.eigh(R)
    projected = ((vector * scale)[..., None, :] @ vectors)[..., 0, :]
    regular = np.abs(values).min(axis=-1) > SINGULAR
    inverse = 1 / np.where(regular[..., None], values, np.nan)
    return np.asarray((projected**2 * inverse).sum(axis=-1))

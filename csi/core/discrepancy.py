"""How far observed correlations are from implied ones.

The batch axis is last. ``R`` (p, p, ...) holds observed correlations, ``Sigma``
(p, p, ...) those a model implies, and ``e`` (p, ...) the eigenvalues of
``Sigma^-1 R``, from which the geodesic and the maximum-likelihood distance are read::

    SRMR   root of the mean of (r - sigma)^2 over the lower triangle
    d_ULS  1/2 sum of (r - sigma)^2 over the whole matrix
    d_G    1/2 sum of (log e)^2, natural logarithms
    d_ML   sum of e - log e - 1

References
----------
Dijkstra, T. K. and Henseler, J. (2015). Consistent and asymptotically normal
PLS estimators for linear structural equations. Computational Statistics & Data
Analysis 81, 10-23. doi:10.1016/j.csda.2014.07.008
"""

from __future__ import annotations

import numpy as np

from csi.core.types import Array

SMALLEST = 1e-12
"""Eigenvalue up to which a matrix is not positive definite."""


def srmr(R: Array, Sigma: Array, *, diagonal: bool = True) -> Array:
    """Return the standardised root mean square residual.

    Parameters
    ----------
    R, Sigma : (p, p, ...) arrays
        Observed and implied correlations.
    diagonal : bool
        Whether the zeros on the diagonal are counted, as Hu and Bentler (1999)
        and cSEM do; without them SRMR is larger by the root of (p + 1) / (p - 1).
    """
    p = len(R)
    squares = _squares(R, Sigma) / 2
    cells = p * (p + 1) / 2 if diagonal else p * (p - 1) / 2
    root: Array = np.sqrt(squares / (cells or np.nan))
    return root


def d_uls(R: Array, Sigma: Array) -> Array:
    """Return the unweighted least squares distance, which cSEM calls DL."""
    return _squares(R, Sigma) / 2


def d_g(e: Array) -> Array:
    """Return the geodesic distance of eigenvalues from `relative_eigenvalues`.

    cSEM takes logarithms to base 10; its figure is this one divided by
    ``log(10)^2``, 5.3019.
    """
    distance: Array = (np.log(e) ** 2).sum(axis=0) / 2
    return distance


def d_ml(e: Array) -> Array:
    """Return the maximum-likelihood distance of eigenvalues from `relative_eigenvalues`."""
    distance: Array = (e - np.log(e) - 1).sum(axis=0)
    return distance


def relative_eigenvalues(R: Array, Sigma: Array) -> Array:
    """Return e, the eigenvalues of Sigma^-1 R.

    Parameters
    ----------
    R, Sigma : (p, p, ...) arrays
        Observed and implied correlations.

    Returns
    -------
    (p, ...) array
        NaN where one of the matrices is not positive definite.
    """
    shape = R.shape[1:]
    e = np.full((len(R), int(np.prod(shape[1:], dtype=int))), np.nan)
    observed, implied = _stacked(R), _stacked(Sigma)
    usable = np.flatnonzero(np.isfinite(observed + implied).all(axis=(1, 2)))
    usable, roots = _roots(implied, usable)
    if len(usable):
        inverse = np.linalg.inv(roots)
        found = np.linalg.eigvalsh(inverse @ observed[usable] @ inverse.transpose(0, 2, 1)).T
        e[:, usable] = np.where(found[0] > SMALLEST, found, np.nan)
    return e.reshape(shape)


def _squares(R: Array, Sigma: Array) -> Array:
    difference = R - Sigma
    squares: Array = np.einsum("ij...,ij...->...", difference, difference)
    return squares


def _stacked(matrices: Array) -> Array:
    """Return (B, p, p) matrices, as LAPACK takes them."""
    p = len(matrices)
    return np.ascontiguousarray(matrices.reshape(p, p, -1).transpose(2, 0, 1))


def _roots(matrices: Array, some: np.ndarray) -> tuple[np.ndarray, Array]:
    """Return which of some matrices are positive definite, and their Cholesky factors."""
    try:
        return some, np.linalg.cholesky(matrices[some])
    except np.linalg.LinAlgError:
        smallest = np.linalg.eigvalsh(matrices[some])[:, 0]
        definite = some[smallest > SMALLEST]
        return definite, np.linalg.cholesky(matrices[definite])

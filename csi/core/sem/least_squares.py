"""Discrepancies that weigh residuals of statistics: WLS, DWLS and ULS.

With statistics s of a group, implied ones sigma, weights W and share f of the
respondents::

    r      (m,)    s - sigma
    F              sum f r' W r
    Delta  (m, q)  derivatives of sigma by the parameters

The gradient is ``-2 Delta'W r``, the expected Hessian ``2 Delta'W Delta``; the
exact one takes away twice the second derivatives of sigma along ``W r``. What the
statistics are is for a `Statistics` to say: means and covariances (`Continuous`)
or thresholds and polychoric correlations (`csi.core.sem.ordered.Ordered`).

=====  ==========================================================================
WLS    W is the inverse of Gamma, n times the asymptotic covariance of s
DWLS   W is diagonal, the inverse of the diagonal of Gamma
ULS    W is the identity; for covariances see `csi.core.sem.normal` as well
=====  ==========================================================================

In lavaan 0.6-14 covariances have the divisor n - 1 and Gamma of continuous items
is Browne's with the divisor n; shares are ``(n_g - 1) / (n - G)`` for G groups, and
the chi-square is ``(n - G) F``. Its ULS counts each covariance once, LISREL's and
`csi.core.sem.normal.Normal` twice.

References
----------
Browne, M. W. (1984). Asymptotically distribution-free methods for the analysis of
covariance structures. British Journal of Mathematical and Statistical Psychology
37(1), 62-83. doi:10.1111/j.2044-8317.1984.tb00789.x
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from csi.core.sem.structure import Matrices, Structure, curvature, jacobian, mean_curvature
from csi.core.types import Array, Mask

Some = Mask | NDArray[np.intp]
"""Which of a batch."""


class Statistics(Protocol):
    """What a model implies of the statistics of each group."""

    def at(self, theta: Array) -> Any:
        """Return `Implied` or the like for parameters (B, q)."""
        ...

    def jacobian(self, implied: Any) -> Array:
        """Return (B, G, m, q) derivatives of the statistics by the parameters."""
        ...

    def curvature(self, implied: Any, weights: Array) -> Array:
        """Return (B, G, q, q) the second derivatives, added up with weights (B, G, m)."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Implied:
    """What a model implies at some parameters.

    Attributes
    ----------
    found : Matrices
        The implied matrices.
    scale : (..., G, p) array
        What items are multiplied by to give the statistics.
    statistics : (..., G, m) array
        Implied statistics; NaN where they are not defined.
    """

    found: Matrices
    scale: Array
    statistics: Array

    def take(self, rows: Some) -> Implied:
        """Return some of the batch."""
        found = self.found
        nu = None if found.nu is None else found.nu[rows]
        matrices = Matrices(found.A[rows], found.S[rows], found.E[rows], found.C[rows], nu)
        return Implied(matrices, self.scale[rows], self.statistics[rows])


@dataclass(frozen=True, eq=False)
class Continuous:
    """Means, where there are any, and covariances in the order of ``numpy.triu_indices(p)``.

    Attributes
    ----------
    structure : Structure
        The model.
    unit : (p,) array
        What the items were divided by, so that their sizes do not matter; ones for
        ULS, whose minimum depends on them.
    """

    structure: Structure
    unit: Array

    @cached_property
    def units(self) -> Array:
        """(m,) what the statistics were divided by."""
        i, j = np.triu_indices(len(self.unit))
        products = self.unit[i] * self.unit[j]
        return np.concatenate([self.unit, products]) if self.structure.has_means else products

    def at(self, theta: Array) -> Implied:
        """Return the statistics for parameters (B, q)."""
        structure, scale = self.structure, 1 / self.unit
        found, rows = structure.matrices(theta), structure.observed
        i, j = np.triu_indices(len(rows))
        implied = found.C[..., rows[i], rows[j]] * (scale[i] * scale[j])
        if found.nu is not None:
            implied = np.concatenate([found.nu[..., rows] * scale, implied], axis=-1)
        return Implied(found, np.broadcast_to(scale, (*implied.shape[:-1], len(rows))), implied)

    def jacobian(self, implied: Implied) -> Array:
        """Return (B, G, m, q) derivatives of the statistics by the parameters."""
        return onto_parameters(self.structure, jacobian(self.structure, implied.found, self.unit))

    def curvature(self, implied: Implied, weights: Array) -> Array:
        """Return (B, G, q, q) the second derivatives, added up with weights (B, G, m)."""
        structure, found = self.structure, implied.found
        Z = structure.layout.columns(structure, found, self.unit)
        p = Z.shape[-2]
        i, j = np.triu_indices(p)
        Omega = np.zeros((*weights.shape[:-1], p, p))
        Omega[..., i, j] = weights[..., -len(i) :] / 2
        H = curvature(structure, found, Z.swapaxes(-1, -2) @ (Omega + Omega.swapaxes(-1, -2)) @ Z)
        if found.nu is not None:
            H += mean_curvature(structure, found, (weights[..., None, :p] @ Z)[..., 0, :])
        once = onto_parameters(structure, H)
        return onto_parameters(structure, once.swapaxes(-1, -2))


@dataclass(frozen=True, slots=True, eq=False)
class Residual:
    """A weighted sum of squares at some parameters.

    Attributes
    ----------
    theta : (B, q) array
        Parameters.
    value : (B,) array
        Discrepancy; infinite where it is not defined.
    implied : Implied
        What the model implies.
    weighted : (B, G, m) array
        Residuals times weights, W r.
    """

    theta: Array
    value: Array
    implied: Implied
    weighted: Array

    def take(self, rows: Some) -> Residual:
        """Return some of the batch."""
        return Residual(
            self.theta[rows], self.value[rows], self.implied.take(rows), self.weighted[rows]
        )


@dataclass(frozen=True, eq=False)
class LeastSquares:
    """Distance of implied from observed statistics, for a batch of samples.

    Attributes
    ----------
    model : Statistics
        What the statistics are.
    s : (B, G, m) array
        Observed statistics, of items in their units.
    W : (B, G, m, m) or (B, G, m) array
        Weights: of a full matrix, or of a diagonal one (ones for ULS).
    share : (G,) array
        Share of each group.
    """

    model: Statistics
    s: Array
    W: Array
    share: Array

    def take(self, rows: Some) -> LeastSquares:
        """Return the discrepancy of some samples."""
        return replace(self, s=self.s[rows], W=self.W[rows])

    def times(self, factor: float) -> LeastSquares:
        """Return a multiple of the discrepancy."""
        return replace(self, W=self.W * factor)

    def at(self, theta: Array) -> Residual:
        """Evaluate the discrepancy for parameters (B, q)."""
        implied = self.model.at(theta)
        r = self.s - implied.statistics
        weighted = self._weigh(r[..., None])[..., 0]
        value = (r * weighted).sum(axis=-1)
        value = np.where(np.isfinite(value), value, np.inf) @ self.share
        return Residual(theta, value, implied, weighted)

    def derivatives(self, point: Residual, *, exact: bool) -> tuple[Array, Array]:
        """Return the (B, q) gradient and the (B, q, q) Hessian, exact or expected."""
        Delta = self.model.jacobian(point.implied)
        turned = Delta.swapaxes(-1, -2)
        gradient = -2 * (turned @ point.weighted[..., None])[..., 0]
        H = 2 * (turned @ self._weigh(Delta))
        if exact:
            H -= 2 * self.model.curvature(point.implied, point.weighted)
        return np.einsum("g,bgq->bq", self.share, gradient), np.einsum("g,bgqr->bqr", self.share, H)

    def _weigh(self, X: Array) -> Array:
        """Return W X for (B, G, m, x) columns."""
        if self.W.ndim == self.s.ndim:
            return self.W[..., None] * X
        product: Array = self.W @ X
        return product


def inverse_weight(Gamma: Array) -> Array:
    """Return the weights of WLS, the inverse of (..., m, m) Gamma.

    Statistics of any size are brought to one before, so that their units do not
    matter.

    Raises
    ------
    numpy.linalg.LinAlgError
        If Gamma is not positive definite: there are more statistics than
        respondents can tell about.

    Examples
    --------
    >>> inverse_weight(np.array([[4.0, 0.0], [0.0, 0.25]]))
    array([[0.25, 0.  ],
           [0.  , 4.  ]])
    """
    sd = np.sqrt(np.einsum("...ii->...i", Gamma))
    outer = sd[..., :, None] * sd[..., None, :]
    root = np.linalg.inv(np.linalg.cholesky(Gamma / outer))
    weight: Array = root.swapaxes(-1, -2) @ root / outer
    return weight


def diagonal_weight(Gamma: Array) -> Array:
    """Return the weights of DWLS, (..., m), the inverse of the diagonal of Gamma.

    Examples
    --------
    >>> diagonal_weight(np.array([[4.0, 1.0], [1.0, 0.25]]))
    array([0.25, 4.  ])
    """
    weight: Array = 1 / np.einsum("...ii->...i", Gamma)
    return weight


def onto_parameters(structure: Structure, X: Array) -> Array:
    """Return (..., G, x, q) derivatives by the parameters, from those by the cells."""
    if structure.plain:
        return X
    product: Array = X @ structure.K
    return product

"""The smooth calibrated curve: a P-spline in the true score.

Bin means are regressed on the calibrated splines ``E[B_k(T) | W = w]`` with a
penalty on the second differences of the coefficients; the smoothing parameter
maximises the restricted likelihood. Notation, after `csi.core.curve.binned_means`::

    X       (g, k)    calibrated splines over standard errors
    D       (k-2, k)  second differences; their squares are the penalty
    beta    (k,)      coefficients; D beta = b
    Q       (g, 2)    orthonormal basis of the straight lines, which the penalty leaves alone
    U d V'            singular values of X for coefficients b, straight lines taken out
    u       (k-2,)    U'y, independent with variances phi + d^2 / smoothing
    c       (k-2,)    V'b, shrunk to d u / (d^2 + phi smoothing)
    phi               variance of u without a bend: 1, or the mean design effect of clusters

In the coordinates (Q'y, c), the basis of Demmler and Reinsch, everything is
diagonal, so that the search for the smoothing parameter costs nothing.

References
----------
Eilers, P. H. C. and Marx, B. D. (1996). Flexible smoothing with B-splines and
penalties. Statistical Science 11(2), 89-121. doi:10.1214/ss/1038425655

Nychka, D. (1988). Bayesian confidence intervals for smoothing splines. Journal
of the American Statistical Association 83(404), 1134-1143.
doi:10.1080/01621459.1988.10478711

Gelman, A. (2006). Prior distributions for variance parameters in hierarchical
models. Bayesian Analysis 1(3), 515-534. doi:10.1214/06-BA117A

Marra, G. and Wood, S. N. (2012). Coverage properties of confidence intervals for
generalized additive model components. Scandinavian Journal of Statistics 39(1),
53-74. doi:10.1111/j.1467-9469.2011.00760.x
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize_scalar

from csi.core.curve.binned_means import BinnedMeans
from csi.core.curve.splines import Spline
from csi.core.types import Array
from csi.errors import EstimationError

SEGMENTS = 20
"""Segments of the spline."""

TAIL = 1e-3
"""Share of the information on either side beyond which the curve is a straight line."""

CANDIDATES = 81
"""Smoothing parameters that are tried before the best is refined."""

DECADES = (-8.0, 6.0)
"""Their range: powers of ten, relative to what would halve the strongest bend."""


@dataclass(frozen=True, slots=True, eq=False)
class Bends:
    """A spline regression in the coordinates in which its penalty is diagonal.

    Attributes
    ----------
    line : (2,) array
        Q'y, the part that is not penalised.
    u : (k-2,) array
        The bends in the data, each with variance one if there are none in truth.
    d : (k-2,) array
        What a unit of each bend adds to u.
    back : (k, k) array
        From (Q'y, c) to spline coefficients.
    forth : (k, k) array
        From spline coefficients to (Q'y, c).
    meat : (k, k) array
        Covariance of (Q'y, u).
    """

    line: Array
    u: Array
    d: Array
    back: Array
    forth: Array
    meat: Array

    @property
    def inflation(self) -> float:
        """Mean variance of the bends that the data can show, ``phi``."""
        seen = self.d > 1e-6 * self.d[0]
        return float(np.diag(self.meat)[2:][seen].mean())


@dataclass(frozen=True, slots=True, eq=False)
class SmoothFit:
    """A P-spline in the true score.

    Attributes
    ----------
    spline : Spline
        The basis.
    beta : (k,) array
        Coefficients.
    covariance : (k, k) array
        Their Bayesian covariance: sampling error and, on average over curves as
        rough as this one, the squared bias of smoothing.
    unconditional : (k, k) array
        The same when the smoothing parameter is not known either.
    smoothing : float
        Smoothing parameter.
    edf : float
        Effective degrees of freedom; 2 is a straight line.
    inflation : float
        Mean design effect, 1 without clusters.
    root : (k, k) array
        ``root' root`` is the Hessian of half the penalised sum of squares.
    """

    spline: Spline
    beta: Array
    covariance: Array
    unconditional: Array
    smoothing: float
    edf: float
    inflation: float
    root: Array


def smooth_fit(
    posterior: Array,
    T: Array,
    mean: Array,
    variance: Array,
    *,
    span: tuple[float, float] | None = None,
    segments: int = SEGMENTS,
    noise: Array | None = None,
) -> SmoothFit:
    """Fit a P-spline in the true score to the means of bins.

    Parameters
    ----------
    posterior : (g, s) array
        Probability of each true score in each bin; the identity on the raw axis.
    T : (s,) array
        True scores in points.
    mean, variance : (g,) arrays
        Mean outcome of each bin and its variance, infinite where nobody is. The
        variances are taken as known: the scale is not estimated.
    span : pair of float, optional
        First and last knot; by default where the information is, see `supported`.
    segments : int, default 20
        Segments between them.
    noise : (g, g) array, optional
        Covariance of the means where they are not independent, as with clusters.
        Weights stay ``1 / variance``; smoothing allows for the mean design effect,
        and sampling errors are those of this covariance.

    Returns
    -------
    SmoothFit

    Raises
    ------
    EstimationError
        If fewer than three bins are occupied.

    References
    ----------
    Eilers and Marx (1996), doi:10.1214/ss/1038425655. R: ``mgcv::gam`` with
    ``s(x, bs = "ps", m = c(2, 2))``, ``method = "REML"`` and ``scale = 1``.

    Examples
    --------
    >>> x = np.arange(101.0)
    >>> fit = smooth_fit(np.eye(101), x, 20 + 0.6 * x, np.full(101, 4.0))
    >>> round(fit.edf, 3)
    2.0
    """
    data = BinnedMeans.of(posterior, mean, variance, noise)
    spline = Spline(*(supported(data, T) if span is None else span), segments)
    found = bends(data.P @ spline.values(T), data)
    phi = found.inflation
    smoothing = best_smoothing(found.u**2 / phi, found.d**2 / phi)
    ridge = phi * smoothing
    c = found.d * found.u / (found.d**2 + ridge)
    scale = np.concatenate([np.ones(2), np.sqrt(found.d**2 + ridge)]) / np.sqrt(phi)
    return SmoothFit(
        spline,
        found.back @ np.concatenate([found.line, c]),
        _covariance(found, np.array([smoothing]), np.ones(1), c),
        _covariance(found, *plausible_smoothing(found.u**2 / phi, found.d**2 / phi), c),
        smoothing,
        2 + float((found.d**2 / (found.d**2 + ridge)).sum()),
        phi,
        scale[:, None] * found.forth,
    )


def supported(data: BinnedMeans, T: Array, tail: float = TAIL) -> tuple[float, float]:
    """Return the true scores outside of which there is hardly any information.

    Information is the precision of the means of the bins, spread by their posteriors.
    """
    information = data.P.sum(axis=1) @ data.P
    reached = np.cumsum(information) / information.sum()
    low, high = np.searchsorted(reached, [tail, 1 - tail])
    return float(T[low]), float(T[high])


def bends(X: Array, data: BinnedMeans) -> Bends:
    """Turn a spline regression into independent bends."""
    if len(X) < 3:
        raise EstimationError(
            f"A smooth curve needs three distinct scores; there are {len(X)}. "
            "Give more respondents, or a finer score."
        )
    k = X.shape[1]
    D = np.diff(np.eye(k), 2, axis=0)
    lines = np.column_stack([np.ones(k), np.arange(k) - (k - 1) / 2])
    Q, R = np.linalg.qr(X @ lines)
    raised = np.linalg.solve(D @ D.T, D).T
    on_lines = Q.T @ X @ raised
    left = X @ raised - Q @ on_lines
    padded = np.vstack([left - Q @ (Q.T @ left), np.zeros((max(k - 2 - len(X), 0), k - 2))])
    U, d, Vt = np.linalg.svd(padded, full_matrices=False)
    basis = np.hstack([Q, U[: len(X)]])
    meat = basis.T @ (basis if data.meat is None else data.meat @ basis)
    to_line = lines @ np.linalg.inv(R)
    back = np.hstack([to_line, (raised - to_line @ on_lines) @ Vt.T])
    seen = basis.T @ data.y
    return Bends(seen[:2], seen[2:], d, back, np.vstack([Q.T @ X, Vt @ D]), meat)


def best_smoothing(square: Array, strength: Array) -> float:
    """Return the smoothing parameter of the highest restricted likelihood.

    Parameters
    ----------
    square : (k,) array
        Squares of the observed bends, ``u^2``.
    strength : (k,) array
        ``d^2``, in decreasing order: the squares have means ``1 + d^2 / smoothing``.

    Returns
    -------
    float
    """
    tried = _tried(strength)
    cost = restricted_deviance(tried, square, strength)
    at = int(cost.argmin())
    ends = tried[max(at - 1, 0)], tried[min(at + 1, CANDIDATES - 1)]
    best = minimize_scalar(
        lambda log: restricted_deviance(np.array([log]), square, strength)[0],
        bounds=ends,
        method="bounded",
        options={"xatol": 1e-9},
    )
    return float(np.exp(best.x))


def plausible_smoothing(square: Array, strength: Array) -> tuple[Array, Array]:
    """Return smoothing parameters and how probable they are given the data.

    The prior is midway between one that is flat in the size of the bends,
    ``smoothing ** -0.5`` (Gelman 2006), and one that is flat in its logarithm: in
    simulations (docs/studies_curve_bands.py) bands by the first are a third wider
    than they need be, and bands by the second miss bent curves in small samples.

    Parameters
    ----------
    square, strength : (k,) arrays
        As in `best_smoothing`.

    Returns
    -------
    pair of (m,) arrays
    """
    tried = _tried(strength)
    cost = restricted_deviance(tried, square, strength) + tried / 2
    weight = np.exp(-(cost - cost.min()) / 2)
    return np.exp(tried), weight / weight.sum()


def _tried(strength: Array) -> Array:
    """Return logarithms of smoothing parameters from hardly any smoothing to a straight line."""
    tried: Array = np.log(strength[0]) + np.log(10) * np.linspace(*DECADES, CANDIDATES)
    return tried


def restricted_deviance(log_smoothing: Array, square: Array, strength: Array) -> Array:
    """Return -2 log restricted likelihood, up to a constant, at several smoothing parameters."""
    total = 1 + strength / np.exp(log_smoothing)[:, None]
    deviance: Array = (square / total + np.log(total)).sum(axis=1)
    return deviance


def _covariance(found: Bends, smoothing: Array, weight: Array, c: Array) -> Array:
    """Return the mean squares around ``(Q'y, c)`` over smoothing parameters.

    Each adds the sampling error of the bends shrunk by it, what shrinking is
    expected to hide, and how far its bends are from those of the estimate.
    """
    phi = found.inflation
    total = found.d**2 + phi * smoothing[:, None]
    shrink = np.hstack([np.ones((len(smoothing), 2)), found.d / total])
    hidden = weight @ (phi**2 * smoothing[:, None] / total**2)
    apart = found.d * found.u / total - c
    inner = (shrink.T * weight @ shrink) * found.meat
    inner[2:, 2:] += np.diag(hidden) + apart.T * weight @ apart
    covariance: Array = found.back @ inner @ found.back.T
    return covariance

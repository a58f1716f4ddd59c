"""Means and covariances without a model, by maximum likelihood from rows with holes.

A few steps of the EM algorithm, which never lower the likelihood, then Newton's
method on the exact second derivatives. In the notation of
`csi.core.sem.incomplete`, with g and G the derivatives by mu and Sigma, a step
of EM is::

    d      = Sigma g / n
    mu'    = mu + d
    Sigma' = Sigma + 2 / n Sigma G Sigma - d d'

Work is done on items with mean 0 and standard deviation 1, so that units do not matter.

References
----------
Little, R. J. A. and Rubin, D. B. (2002). Statistical analysis with missing data,
2nd ed., section 11.2. Wiley. doi:10.1002/9781119013563

Yuan, K.-H. and Bentler, P. M. (2000). Three likelihood-based methods for mean
and covariance structure analysis with nonnormal missing data. Sociological
Methodology 30, 165-200. doi:10.1111/0081-1750.00078

Savalei, V. and Bentler, P. M. (2009). A two-stage approach to missing data:
theory and application to auxiliary variables. Structural Equation Modeling
16(3), 477-497. doi:10.1080/10705510903008238
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.linalg import LinAlgError, cho_factor, cho_solve

from csi.core.sem.gamma import unvech
from csi.core.sem.incomplete import Evaluation, Kind, evaluate, log_likelihood
from csi.core.sem.patterns import Patterns
from csi.core.types import Array
from csi.errors import DataError, EstimationError, listing

OPENING = 3
"""Steps of EM before Newton's method is tried."""

SETTLED = 1e-6
"""Distance to the maximum, in standard errors, from which one more Newton step is exact."""

HALVINGS = 4
"""Halved Newton steps that are tried before a step of EM is taken instead."""

ROUNDING = 1e-12
"""Share of the log-likelihood that is lost in summing it."""

SINGULAR = 1e-7
"""Eigenvalue of the correlations from which on the likelihood has no maximum."""

FLAT = 1e-12
"""Share of the mean square of an item below which it does not vary."""


@dataclass(frozen=True, slots=True, eq=False)
class Saturated:
    """Maximum-likelihood means and covariances, and how they were found.

    Attributes
    ----------
    mean : (p,) array
        Means.
    cov : (p, p) array
        Covariances; with complete answers those with divisor n.
    logl : float
        Log-likelihood at the maximum, with its constant.
    em_steps, newton_steps : int
        Steps of either kind.
    gradient : float
        Largest derivative of the log-likelihood per respondent that is left,
        items standardised.
    distance : float
        Length of the last Newton step in standard errors, the root of the Newton
        decrement; NaN if there was none.
    converged : bool
        Whether that was below 1e-6 with positive definite information.
    """

    mean: Array
    cov: Array
    logl: float
    em_steps: int
    newton_steps: int
    gradient: float
    distance: float
    converged: bool


@dataclass(frozen=True, slots=True, eq=False)
class _Point:
    mean: Array
    cov: Array
    logl: float


@dataclass(frozen=True, slots=True, eq=False)
class _Step:
    mean: Array
    cov: Array
    length: float


def saturated(
    patterns: Patterns,
    names: Sequence[str],
    *,
    start: tuple[Array, Array] | None = None,
    max_iter: int = 500,
) -> Saturated:
    """Estimate means and covariances from rows with holes.

    Auxiliary variables are further items.

    Parameters
    ----------
    patterns : Patterns
        The answers.
    names : sequence of str
        Names of the p items, for messages.
    start : tuple of (p,) array and (p, p) array, optional
        Means and covariances to begin with, such as those of the sample a
        resample was drawn from.
    max_iter : int
        Steps, of EM and Newton together.

    Returns
    -------
    Saturated

    Raises
    ------
    DataError
        If an item varies too little, or two items were never answered together.
    EstimationError
        If the likelihood has no maximum, because items depend on each other
        exactly in this sample.

    Examples
    --------
    >>> import numpy as np
    >>> from csi.core.sem.patterns import find_patterns
    >>> rows = np.array([[1.0, 2.0], [3.0, np.nan], [5.0, 5.0], [2.0, 4.0]])
    >>> saturated(find_patterns(rows), ["x", "y"]).mean.round(4)
    array([2.75  , 3.7212])
    """
    _check_coverage(patterns, names)
    centre, scale = _available(patterns, names)
    z = patterns.rescaled(centre, scale)
    found = _climb(z, _warm(z, start, centre, scale) or _cold(z), names, max_iter)
    jacobian = float(patterns.n @ (patterns.answered @ np.log(scale)))
    return replace(
        found,
        mean=centre + scale * found.mean,
        cov=found.cov * np.outer(scale, scale),
        logl=found.logl - jacobian,
    )


def asymptotic_covariance(
    patterns: Patterns,
    mean: Array,
    cov: Array,
    *,
    information: Kind = "observed",
    products: Array | None = None,
) -> Array:
    """Return n times the sampling covariance of saturated means and covariances.

    Parameters
    ----------
    patterns : Patterns
        The answers.
    mean, cov : (p,) and (p, p) arrays
        Where the information is taken: the saturated estimates, or those a model
        implies.
    information : {"observed", "expected"}
        Which information; the expected one needs items missing completely at
        random.
    products : (m, m) array, optional
        Cross-products of scores from `csi.core.sem.incomplete.score_products`,
        for the sandwich that holds without normality. lavaan: ``"two.stage"``
        without them, ``"robust.two.stage"`` with them.

    Returns
    -------
    (m, m) array
        Means first, then ``cov[triu_indices(p)]``.

    Raises
    ------
    EstimationError
        If the information is not positive definite.
    """
    matrix = evaluate(patterns, mean, cov, information).information
    scale = np.sqrt(np.diagonal(cov))
    a, b = np.triu_indices(len(scale))
    units = np.concatenate([scale, scale[a] * scale[b]])
    try:
        factor = cho_factor(matrix * np.outer(units, units))
    except LinAlgError:
        raise EstimationError(
            f"The {information} information about means and covariances is not positive definite: "
            "the answers do not determine all of them. Use fewer items or those more often "
            "answered."
        ) from None
    inverse = cho_solve(factor, np.eye(len(units)))
    if products is not None:
        inverse = inverse @ (products * np.outer(units, units)) @ inverse
    inverse = (inverse + inverse.T) * (patterns.total / 2)
    scaled: Array = inverse * np.outer(units, units)
    return scaled


def _check_coverage(patterns: Patterns, names: Sequence[str]) -> None:
    never = np.argwhere(np.triu(patterns.together <= 0, 1))
    if len(never):
        pairs = listing(f"{names[i]} with {names[j]}" for i, j in never)
        raise DataError(
            f"Some items were never answered by the same respondent: {pairs}. Their covariance "
            "cannot be estimated; leave one of each pair out."
        )


def _available(patterns: Patterns, names: Sequence[str]) -> tuple[Array, Array]:
    """Return means and standard deviations of the answers to each item."""
    count = np.diagonal(patterns.together)
    few = [names[int(j)] for j in np.flatnonzero(count < 2)]
    if few:
        raise DataError(f"Fewer than 2 respondents answered {listing(few)}. Leave out these items.")
    mean = patterns.n @ patterns.mean / count
    apart = np.where(patterns.answered, patterns.mean - mean, 0.0)
    inner = np.diagonal(patterns.cov, axis1=1, axis2=2)
    variance = patterns.n @ (inner + apart**2) / count
    flat = [names[int(j)] for j in np.flatnonzero(variance <= FLAT * (variance + mean**2))]
    if flat:
        raise DataError(f"All answers to {listing(flat)} are the same. Leave out these items.")
    return mean, np.sqrt(variance)


def _warm(
    z: Patterns, start: tuple[Array, Array] | None, shift: Array, unit: Array
) -> _Point | None:
    """Return the given start in standard units, if it is one."""
    if start is None:
        return None
    mean, cov = (start[0] - shift) / unit, start[1] / np.outer(unit, unit)
    logl = _objective(z, mean, cov)
    return _Point(mean, cov, logl) if np.isfinite(logl) else None


def _cold(z: Patterns) -> _Point:
    """Return a start at the correlations of available pairs."""
    products = z.cov + z.mean[:, :, None] * z.mean[:, None, :]
    corr = _made_definite(np.tensordot(z.n, products, axes=1) / z.together)
    mean = np.zeros(len(corr))
    return _Point(mean, corr, log_likelihood(z, mean, corr))


def _made_definite(corr: Array, smallest: float = 0.05) -> Array:
    """Shrink correlations of pairs until they could be those of one sample."""
    lowest = float(np.linalg.eigvalsh(corr)[0])
    share = (smallest - lowest) / (1 - lowest) if lowest < smallest else 0.0
    shrunk: Array = (1 - share) * corr + share * np.eye(len(corr))
    return shrunk


def _climb(z: Patterns, point: _Point, names: Sequence[str], max_iter: int) -> Saturated:
    em = newton = 0
    trial, distance, settled = OPENING, np.nan, False
    while em + newton < max_iter and not settled:
        here = evaluate(z, point.mean, point.cov, "observed" if em >= trial else None)
        step = _newton_step(here)
        ahead = None if step is None else _along(z, point, step)
        if step is not None and ahead is not None:
            newton, distance, settled = newton + 1, step.length, step.length < SETTLED
        else:
            trial = trial if em < trial else em + 1 + em // 4
            em += 1
        point = ahead or _em(z, point, here, names)
    left = np.abs(evaluate(z, point.mean, point.cov).gradient).max() / z.total
    return Saturated(point.mean, point.cov, point.logl, em, newton, float(left), distance, settled)


def _newton_step(here: Evaluation) -> _Step | None:
    """Return the way to the maximum, where the likelihood curves downwards."""
    if here.information is None:
        return None
    try:
        move = cho_solve(cho_factor(here.information), here.gradient)
    except LinAlgError:
        return None
    p = len(here.mean)
    return _Step(move[:p], unvech(move[p:]), float(np.sqrt(move @ here.gradient)))


def _along(z: Patterns, point: _Point, step: _Step) -> _Point | None:
    """Go as far along a step as the likelihood does not fall, or return None."""
    lowest = point.logl - ROUNDING * abs(point.logl)
    for share in 0.5 ** np.arange(HALVINGS + 1):
        mean, cov = point.mean + share * step.mean, point.cov + share * step.cov
        logl = _objective(z, mean, cov)
        if logl >= lowest:
            return _Point(mean, cov, logl)
    return None


def _em(z: Patterns, point: _Point, here: Evaluation, names: Sequence[str]) -> _Point:
    step = point.cov @ here.mean / z.total
    gain = point.cov @ here.cov @ point.cov * (2 / z.total) - np.outer(step, step)
    mean, cov = point.mean + step, point.cov + gain
    spread = np.sqrt(np.diagonal(cov))
    e, vectors = np.linalg.eigh(cov / np.outer(spread, spread))
    if e[0] < SINGULAR:
        involved = [names[int(j)] for j in np.flatnonzero(np.abs(vectors[:, 0]) > 0.1)]
        complete = z.n[z.answered.all(axis=1)].sum()
        raise EstimationError(
            f"The covariances of {len(names)} items have no maximum-likelihood estimate: answers "
            f"of {z.total:g} respondents, {complete:g} of them with all answers, allow that "
            f"{listing(involved)} determine each other exactly. Leave some items out, or use more "
            "respondents."
        )
    return _Point(mean, cov, _objective(z, mean, cov))


def _objective(z: Patterns, mean: Array, cov: Array) -> float:
    """Return the log-likelihood, minus infinity where cov is no covariance matrix."""
    definite = np.linalg.eigvalsh(cov)[0] > 0
    return log_likelihood(z, mean, cov) if definite else -np.inf

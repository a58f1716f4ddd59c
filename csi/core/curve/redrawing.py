"""Bins filled anew, as another sample of customers would fill them.

Notation::

    W_w   summed weights of bin w
    k_w   effective respondents, W_w^2 over the sum of squared weights
    r_i   by how much respondent i moves the reliability (`reliability_influence`)

Respondents who are independent make the number of effective respondents of a bin
a Poisson number with mean k_w; its mean outcome is normal. Up to the total, which
nothing depends on, unweighted bins are those of a sample drawn with replacement.
The mean of a bin of k respondents differs from the curve by chance already, and
drawing it again with another number of respondents lets that difference count; so
the new noise has ``1 - 1 / k`` of the variance, and both together have it all.
Where respondents come in clusters, clusters are drawn with replacement, one fewer
than there are, and multiplied so that variances are those of linearisation (Rao
and Wu 1988).

References
----------
Rao, J. N. K. and Wu, C. F. J. (1988). Resampling inference with complex survey
data. Journal of the American Statistical Association 83(401), 231-241.
doi:10.1080/01621459.1988.10478591
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import combinations_with_replacement
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from csi.core.curve.bins import Bins, bin_of, local_mean
from csi.core.design import Design
from csi.core.resample import BLOCK, Designed, stream
from csi.core.types import Array

Codes = NDArray[np.intp]

STEP = 1e-4
"""Relative change of a covariance with which the reliability is differentiated."""


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """What bins are filled from.

    Attributes
    ----------
    bins : Bins
        The sample.
    count : (g,) array
        Effective respondents of each bin.
    pull : (g,) or (c,) array
        By how much one effective respondent of each bin, or each cluster, moves the
        reliability.
    rest : float
        Standard deviation of the reliability that this leaves.
    clusters : (c, g) sparse array or None
        Summed weights of each cluster in each bin.
    """

    bins: Bins
    count: Array
    pull: Array
    rest: float
    clusters: Any | None


@dataclass(frozen=True, slots=True, eq=False)
class Redrawn:
    """Bins of B samples.

    Attributes
    ----------
    weight, mean, variance : (B, g) arrays
        As in `Bins`.
    shift : (B,) array
        By how much the reliability differs.
    """

    weight: Array
    mean: Array
    variance: Array
    shift: Array


def source(
    bins: Bins,
    score: Array,
    weights: Array | None = None,
    copies: Array | None = None,
    clusters: Codes | None = None,
    influence: Array | None = None,
) -> Source:
    """Prepare bins for being filled anew.

    Parameters
    ----------
    bins : Bins
        Gathered from the same respondents.
    score : (n,) array
        Their scores.
    weights, copies, clusters : (n,) arrays, optional
        As they were given to `gather`.
    influence : (n,) array, optional
        From `reliability_influence`; without it the reliability counts as known.
    """
    code = bin_of(score)
    copies = np.ones(len(score)) if copies is None else copies
    w = copies if weights is None else weights
    pull = np.zeros(len(score)) if influence is None else influence
    if clusters is not None:
        number = int(clusters.max()) + 1
        table = sparse.csr_array((w, (clusters, code)), shape=(number, 101))
        moved = np.asarray(np.bincount(clusters, pull, number), dtype=np.float64)
        return Source(bins, bins.weight, moved, 0.0, table)
    standing = copies > 0
    own, each = (np.divide(v, copies, out=np.zeros(len(score)), where=standing) for v in (w, pull))
    square, along = np.bincount(code, w * own, 101), np.bincount(code, w * each, 101)
    some = bins.weight > 0
    by_bin = np.divide(along, bins.weight, out=np.zeros(101), where=some)
    count = np.divide(bins.weight**2, square, out=np.zeros(101), where=some)
    rest = float(np.sqrt(max(pull @ each - count @ by_bin**2, 0.0)))
    return Source(bins, count, by_bin, rest, None)


def error_spread(given: Source, reliability: float) -> float:
    """Return the standard error of the error variance, as a share of the variance of the scores.

    To first order a respondent with score x moves the share ``1 - reliability`` by
    ``(1 - reliability) ((x - mean)^2 / variance - 1) / n``, less the pull on the reliability.
    """
    weight, x = given.bins.weight, given.bins.x
    share = weight / weight.sum()
    apart = (x - share @ x) ** 2
    moved = (1 - reliability) * (apart / (share @ apart) - 1) / weight.sum()
    if given.clusters is not None:
        return float(np.sqrt(((given.clusters @ moved - given.pull) ** 2).sum()))
    one = moved * np.divide(weight, given.count, out=np.zeros_like(weight), where=weight > 0)
    return float(np.sqrt(given.count @ (one - given.pull) ** 2 + given.rest**2))


def redraw(given: Source, seed: int, number: int) -> Redrawn:
    """Fill the bins anew so many times."""
    draw = _respondents if given.clusters is None else _clusters
    blocks = [draw(given, seed, b) for b in range(-(-number // BLOCK))]
    parts = (np.concatenate(part)[:number] for part in zip(*blocks, strict=True))
    return Redrawn(*parts)


def _respondents(given: Source, seed: int, b: int) -> tuple[Array, ...]:
    rng, bins = stream(seed, b), given.bins
    count = rng.poisson(given.count, (BLOCK, len(bins.x))).astype(np.float64)
    seen = count > 0
    per_count = np.divide(
        bins.weight, given.count, out=np.zeros(len(bins.x)), where=bins.weight > 0
    )
    one = _finite(bins.variance) * given.count
    variance = np.divide(one, count, out=np.full(count.shape, np.inf), where=seen)
    kept = 1 - 1 / np.maximum(given.count, 1)
    noise = rng.standard_normal(count.shape) * np.sqrt(kept * np.where(seen, variance, 0.0))
    shift = (count - given.count) @ given.pull + given.rest * rng.standard_normal(BLOCK)
    return count * per_count, np.where(seen, bins.mean + noise, 0.0), variance, shift


def _clusters(given: Source, seed: int, b: int) -> tuple[Array, ...]:
    bins = given.bins
    assert bins.scatter is not None
    assert given.clusters is not None
    drawn = Designed(Design(), len(given.pull), seed).block(b).astype(np.float64)
    weight = np.asarray(drawn @ given.clusters)
    seen = weight > 0
    residual = drawn @ (bins.scatter * bins.weight)
    around = np.divide(residual, weight, out=np.zeros(weight.shape), where=seen)
    level = local_mean(bins.mean, bins.weight)
    one = _finite(bins.variance) * bins.weight
    variance = np.divide(one, weight, out=np.full(weight.shape, np.inf), where=seen)
    return weight, np.where(seen, level + around, 0.0), variance, (drawn - 1) @ given.pull


def _finite(variance: Array) -> Array:
    return np.where(np.isfinite(variance), variance, 0.0)


def reliability_influence(
    measure: Callable[[Array], float], answers: Array, weights: Array | None = None
) -> Array:
    """Return by how much each respondent moves a function of the items' covariances.

    This is the infinitesimal jackknife: the squares sum to the sampling variance, those
    of the sums by cluster to that of a clustered sample.

    Parameters
    ----------
    measure : callable
        Takes the (j, j) covariances, as ``lambda cov: congeneric_reliability(cov, weights)``.
    answers : (n, j) array
        Answers of the items.
    weights : (n,) array, optional
        Sampling weights.

    Returns
    -------
    (n,) array

    References
    ----------
    Jaeckel, L. A. (1972). The infinitesimal jackknife. Bell Laboratories memorandum
    MM 72-1215-11.

    Examples
    --------
    >>> import numpy as np
    >>> answers = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    >>> reliability_influence(lambda cov: cov[0, 1], answers).round(6)
    array([ 0.0625, -0.0625, -0.0625,  0.0625])
    """
    share = np.full(len(answers), 1 / len(answers)) if weights is None else weights / weights.sum()
    apart = answers - share @ answers
    cov = (apart * share[:, None]).T @ apart
    moved = np.zeros(len(answers))
    for j, k in combinations_with_replacement(range(len(cov)), 2):
        slope = _derivative(measure, cov, j, k)
        moved += slope * (apart[:, j] * apart[:, k] - cov[j, k])
    return share * moved


def _derivative(measure: Callable[[Array], float], cov: Array, j: int, k: int) -> float:
    step = STEP * float(np.sqrt(cov[j, j] * cov[k, k]))
    change = np.zeros_like(cov)
    change[j, k] = change[k, j] = step
    return float(measure(cov + change) - measure(cov - change)) / (2 * step)

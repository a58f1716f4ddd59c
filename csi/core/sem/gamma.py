"""Sampling covariances of means and covariances, and their normal-theory weights.

Notation, of one group of n respondents and p items::

    s      (m,)    sample statistics: means (p,) where there is a mean structure, then
                   the covariances in the order of ``numpy.triu_indices(p)``
    Gamma  (m, m)  n times the asymptotic covariance of s
    V      (m, m)  weight matrix of a discrepancy; of normal theory, the inverse of Gamma

Divisors are n throughout, as in lavaan. Sampling weights are brought to the sum n.
Clusters are added up before their scores are multiplied, and the result is
multiplied by C / (C - 1) for C clusters, as lavaan and Mplus do. In strata the
same is done in each of them, with scores about their mean (Binder 1983).

References
----------
Browne, M. W. (1984). Asymptotically distribution-free methods for the analysis of
covariance structures. British Journal of Mathematical and Statistical Psychology
37(1), 62-83. doi:10.1111/j.2044-8317.1984.tb00789.x

Muthen, B. O. and Satorra, A. (1995). Complex sample data in structural equation
modeling. Sociological Methodology 25, 267-316. doi:10.2307/271070

Binder, D. A. (1983). On the variances of asymptotically normal estimators from
complex surveys. International Statistical Review 51(3), 279-292.
doi:10.2307/1402588
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from csi.core.sem.information import inverse
from csi.core.types import Array
from csi.errors import OptionError

CELLS = 2**21
"""Numbers of products of answers held at a time, 16 MB."""


def vech(matrix: Array) -> Array:
    """Return the upper triangle of (..., p, p) matrices row by row, (..., p (p + 1) / 2).

    Examples
    --------
    >>> vech(np.array([[1.0, 2.0], [2.0, 3.0]]))
    array([1., 2., 3.])
    """
    rows, columns = np.triu_indices(matrix.shape[-1])
    return matrix[..., rows, columns]


def unvech(triangle: Array) -> Array:
    """Return the symmetric (..., p, p) matrices of their upper triangles.

    Examples
    --------
    >>> unvech(np.array([1.0, 2.0, 3.0]))
    array([[1., 2.],
           [2., 3.]])
    """
    p = _items(triangle.shape[-1])
    rows, columns = np.triu_indices(p)
    matrix = np.empty((*triangle.shape[:-1], p, p))
    matrix[..., rows, columns] = triangle
    matrix[..., columns, rows] = triangle
    return matrix


def multiplicity(p: int) -> Array:
    """Return how often each cell of `vech` stands in the matrix: once or twice.

    Multiplying by it does what the transposed duplication matrix does.

    Examples
    --------
    >>> multiplicity(2)
    array([1., 2., 1.])
    """
    rows, columns = np.triu_indices(p)
    return np.where(rows == columns, 1.0, 2.0)


def normal_gamma(Sigma: Array, *, means: bool = False) -> Array:
    """Return Gamma of normal data with covariances ``Sigma``.

    Parameters
    ----------
    Sigma : (..., p, p) array
        Covariances.
    means : bool
        Whether the means come before the covariances.

    Returns
    -------
    (..., m, m) array
        ``sigma_ik sigma_jl + sigma_il sigma_jk``, after the block of the means.

    Examples
    --------
    >>> normal_gamma(np.array([[2.0]]), means=True)
    array([[2., 0.],
           [0., 8.]])
    """
    products = _pair_products(Sigma)
    return _with_means(Sigma, products) if means else products


def normal_weight(Sigma: Array, *, means: bool = False) -> Array:
    """Return V of maximum likelihood: the information of one normal respondent.

    With the duplication matrix D this is ``1/2 D' (Sigma^-1 x Sigma^-1) D``, the
    inverse of `normal_gamma`. At the sample covariances it is the weight matrix of
    generalised least squares.

    Parameters
    ----------
    Sigma : (..., p, p) array
        Covariances, positive definite.
    means : bool
        Whether the means come before the covariances.

    Returns
    -------
    (..., m, m) array
        The weights.

    Examples
    --------
    >>> normal_weight(np.array([[2.0]]), means=True)
    array([[0.5  , 0.   ],
           [0.   , 0.125]])
    """
    precision = inverse(Sigma)
    count = multiplicity(Sigma.shape[-1])
    weight: Array = _pair_products(precision) * (count[:, None] * count / 4)
    return _with_means(precision, weight) if means else weight


def observed_weight(
    Sigma: Array, S: Array, shift: Array | None = None, *, means: bool = False
) -> Array:
    """Return the observed information of the moments of one normal respondent.

    lavaan's ``observed.information = "h1"``. At ``Sigma = S`` and no shift it is
    `normal_weight`.

    Parameters
    ----------
    Sigma, S : (..., p, p) arrays
        Implied covariances, where it is evaluated, and observed ones, divisor n.
    shift : (..., p) array, optional
        Observed less implied means.
    means : bool
        Whether the means come before the covariances.

    Returns
    -------
    (..., m, m) array
        Half the second derivatives of the likelihood discrepancy.

    Examples
    --------
    >>> observed_weight(np.array([[2.0]]), np.array([[3.0]]))
    array([[0.25]])
    """
    precision = inverse(Sigma)
    p = Sigma.shape[-1]
    d = np.zeros(p) if shift is None else shift
    count = multiplicity(p)
    seen = precision @ (2 * (S + d[..., :, None] * d[..., None, :]) - Sigma) @ precision
    pairs = _pair_products(precision, seen) + _pair_products(seen, precision)
    weight: Array = pairs * (count[:, None] * count / 8)
    if not means:
        return weight
    both = _with_means(precision, weight)
    i, j = np.triu_indices(p)
    pull = (precision @ d[..., None])[..., 0]
    crossed = precision[..., i] * pull[..., None, j] + precision[..., j] * pull[..., None, i]
    crossed = crossed * (count / 2)
    both[..., :p, p:] = crossed
    both[..., p:, :p] = crossed.swapaxes(-1, -2)
    return both


@dataclass(frozen=True, slots=True, eq=False)
class FourthMoments:
    """Products of answers up to the fourth order, from one pass over the respondents.

    Attributes
    ----------
    n : float
        Respondents.
    mean, cov : (p,) and (p, p) arrays
        Weighted means and covariances, divisor n.
    products : (1 + p + p (p + 1) / 2, same) array
        Sums of squares and products, divided by n, of what the clusters (or
        respondents) hold in total of a constant, the centred answers and the
        products of these.
    """

    n: float
    mean: Array
    cov: Array
    products: Array

    def gamma(self, *, means: bool = False, about: tuple[Array, Array] | None = None) -> Array:
        """Return Gamma about the sample moments, or about those a model implies.

        Parameters
        ----------
        means : bool
            Whether the means come before the covariances.
        about : tuple of (p,) and (p, p) arrays, optional
            Implied means and covariances; without a mean structure give the sample
            means. ``V Gamma V`` with V at the same covariances is then the sum of
            squares and products of the casewise scores, divided by n.

        Returns
        -------
        (m, m) array
            Fourth-order moments minus products of second-order ones.
        """
        mu, Sigma = (self.mean, self.cov) if about is None else about
        return _symmetric_product(self._centring(mu, Sigma, means), self.products)

    def _centring(self, mu: Array, Sigma: Array, means: bool) -> Array:
        """Return what turns (1, c, vech cc') of centred c into deviations from a model."""
        p, m = len(mu), len(self.products)
        shift = self.mean - mu
        rows, columns = np.triu_indices(p)
        pair = np.arange(1 + p, m)
        turn = np.eye(m)
        turn[1 : 1 + p, 0] = shift
        turn[pair, 0] = vech(np.outer(shift, shift) - Sigma)
        np.add.at(turn, (pair, 1 + rows), shift[columns])
        np.add.at(turn, (pair, 1 + columns), shift[rows])
        return turn[1 if means else 1 + p :]


def fourth_moments(
    rows: Array,
    weights: ArrayLike | None = None,
    clusters: ArrayLike | None = None,
    *,
    strata: ArrayLike | None = None,
    frequency: bool = False,
    chunk: int | None = None,
) -> FourthMoments:
    """Add up products of answers to the fourth order, in bounded memory.

    Parameters
    ----------
    rows : (n, p) array
        Answers, none missing.
    weights : (n,) array, optional
        Sampling weights on any scale, or frequencies.
    clusters : (n,) array, optional
        Label of the cluster of each respondent.
    strata : (n,) array, optional
        Label of the stratum of each respondent; clusters of different strata are
        different under one label. Each must hold two clusters at least, or respondents.
    frequency : bool
        Whether a weight says how many respondents a row stands for.
    chunk : int, optional
        Respondents taken at a time; by default as many as make 16 MB of products.

    Returns
    -------
    FourthMoments
        From which Gamma follows about any moments.

    Raises
    ------
    OptionError
        With fewer than two clusters.

    Examples
    --------
    >>> answers = np.array([[0.0], [0.0], [1.0], [3.0]])
    >>> fourth_moments(answers).gamma(means=True)
    array([[1.5 , 1.5 ],
           [1.5 , 2.25]])
    """
    p = rows.shape[1]
    w = np.ones(len(rows)) if weights is None else np.asarray(weights, dtype=np.float64)
    n = float(w.sum()) if frequency else len(rows)
    w = w * (n / w.sum())
    mean = w @ rows / n
    size = chunk or max(CELLS // (1 + p + p * (p + 1) // 2), 1)
    if clusters is None and strata is None:
        products, sums = _added_up(_respondents(rows, np.sqrt(w) if frequency else w, mean, size))
        sums = products[0] if frequency else sums
    else:
        units = _Units.of(len(rows), clusters, strata, w if frequency else None)
        parts = _respondents(rows, w, mean, size, units.order)
        products, sums = units.products(_cluster_totals(parts, units.starts))
    return FourthMoments(n, mean, unvech(sums[1 + p :] / n), products / n)


def adf_gamma(
    rows: Array,
    weights: ArrayLike | None = None,
    clusters: ArrayLike | None = None,
    *,
    means: bool = False,
    about: tuple[Array, Array] | None = None,
    chunk: int | None = None,
) -> Array:
    """Return Browne's (1984) distribution-free Gamma of respondents.

    Where it is needed about more than one set of moments, take `fourth_moments`
    once and ask it.

    Parameters
    ----------
    rows, weights, clusters, chunk
        As for `fourth_moments`.
    means, about
        As for `FourthMoments.gamma`.

    Returns
    -------
    (m, m) array
        Divisor n.

    Examples
    --------
    >>> adf_gamma(np.array([[0.0], [0.0], [1.0], [3.0]]))
    array([[2.25]])
    """
    return fourth_moments(rows, weights, clusters, chunk=chunk).gamma(means=means, about=about)


def unbiased_gamma(Gamma: Array, S: Array, n: int, *, means: bool = False) -> Array:
    """Return Browne's (1984, equation 3.8) unbiased estimate from the biased one.

    Parameters
    ----------
    Gamma : (m, m) array
        From `adf_gamma`, without weights or clusters.
    S : (p, p) array
        Sample covariances, divisor n.
    n : int
        Respondents, more than three.
    means : bool
        Whether the means come before the covariances.

    Returns
    -------
    (m, m) array
        The block of the means is ``S``, as in lavaan.

    Raises
    ------
    OptionError
        With three respondents or fewer.

    Examples
    --------
    >>> unbiased_gamma(np.array([[2.25]]), np.array([[1.5]]), 4)
    array([[7.5]])
    """
    if n <= 3:
        raise OptionError(f"The unbiased estimate needs four respondents; found {n}. Leave it.")
    s, p = vech(S), len(S)
    normal = normal_gamma(S) - 2 / (n - 1) * np.outer(s, s)
    covariances = Gamma[p:, p:] if means else Gamma
    unbiased: Array = ((n - 1) * covariances - normal) * (n / ((n - 2) * (n - 3)))
    if not means:
        return unbiased
    both: Array = Gamma * (n / (n - 2))
    both[:p, :p] = S
    both[p:, p:] = unbiased
    return both


def _items(cells: int) -> int:
    return int((np.sqrt(8 * cells + 1) - 1) / 2 + 0.5)


def _pair_products(M: Array, N: Array | None = None) -> Array:
    """Return m_ik n_jl + m_il n_jk for pairs (i, j) and (k, l) of the upper triangle."""
    N = M if N is None else N
    i, j = np.triu_indices(M.shape[-1])
    same = M[..., i[:, None], i] * N[..., j[:, None], j]
    crossed = M[..., i[:, None], j] * N[..., j[:, None], i]
    return same + crossed


def _with_means(first: Array, second: Array) -> Array:
    """Return the block-diagonal matrix of two square ones."""
    p, cells = first.shape[-1], second.shape[-1]
    both = np.zeros((*first.shape[:-2], p + cells, p + cells))
    both[..., :p, :p] = first
    both[..., p:, p:] = second
    return both


def _symmetric_product(turn: Array, middle: Array) -> Array:
    product = turn @ middle @ turn.T
    return (product + product.T) / 2


def _respondents(
    rows: Array, w: Array, mean: Array, size: int, order: NDArray[np.intp] | None = None
) -> Iterator[Array]:
    """Yield weighted (1, c, vech cc') of some respondents at a time."""
    p = len(mean)
    i, j = np.triu_indices(p)
    for start in range(0, len(rows), size):
        some = slice(start, start + size) if order is None else order[start : start + size]
        centred = rows[some] - mean
        part = np.empty((len(centred), 1 + p + len(i)))
        part[:, 0] = 1
        part[:, 1 : 1 + p] = centred
        np.multiply(centred[:, i], centred[:, j], out=part[:, 1 + p :])
        part *= w[some, None]
        yield part


def _added_up(parts: Iterator[Array]) -> tuple[Array, Array]:
    """Return sums of squares and products, and sums."""
    first = next(parts)
    products, sums = first.T @ first, first.sum(axis=0)
    for part in parts:
        products += part.T @ part
        sums += part.sum(axis=0)
    return products, sums


@dataclass(frozen=True, slots=True, eq=False)
class _Units:
    """What was drawn: clusters of respondents, or respondents, within strata.

    ``order`` brings respondents into the order of their units, ``starts`` are where
    units begin in it; ``stratum`` is that of each unit, ``standing`` how many alike
    it stands for, ``stratified`` whether strata were declared.
    """

    order: NDArray[np.intp]
    starts: NDArray[np.intp]
    stratum: NDArray[np.intp]
    standing: Array
    stratified: bool

    @classmethod
    def of(
        cls, n: int, clusters: ArrayLike | None, strata: ArrayLike | None, copies: Array | None
    ) -> _Units:
        unit, stratum = np.arange(n), np.zeros(n, dtype=np.intp)
        if clusters is not None:
            unit = np.unique(np.asarray(clusters), return_inverse=True)[1]
        if strata is not None:
            stratum = np.unique(np.asarray(strata), return_inverse=True)[1]
        order = np.lexsort((unit, stratum))
        new = np.diff(unit[order], prepend=-1) != 0
        new |= np.diff(stratum[order], prepend=-1) != 0
        starts = np.flatnonzero(new)
        if clusters is not None and len(starts) < 2:
            raise OptionError(
                f"Standard errors for clusters need two clusters at least; found {len(starts)}. "
                "Leave out the clusters."
            )
        standing = np.ones(len(starts))
        if clusters is None and copies is not None:
            standing = copies[order]
        return cls(order, starts, stratum[order[starts]], standing, strata is not None)

    def products(self, totals: Iterator[Array]) -> tuple[Array, Array]:
        """Return sums of squares and products of the totals of units, and their sums."""
        size = np.bincount(self.stratum, self.standing)
        weight = (size / (size - 1))[self.stratum] / self.standing
        products, sums, done = np.zeros(()), np.zeros(()), 0
        for part in totals:
            some = slice(done, done + len(part))
            of_stratum = np.zeros((len(size), part.shape[1]))
            np.add.at(of_stratum, self.stratum[some], part)
            products = products + (part * weight[some, None]).T @ part
            sums = sums + of_stratum
            done = some.stop
        if self.stratified:
            products = products - (sums / (size - 1)[:, None]).T @ sums
        return products, sums.sum(axis=0)


def _cluster_totals(parts: Iterator[Array], starts: NDArray[np.intp]) -> Iterator[Array]:
    """Yield the totals of clusters, whose respondents may lie in several parts."""
    done = 0
    open_total: Array | None = None
    for part in parts:
        inside = starts[(starts > done) & (starts < done + len(part))] - done
        totals = np.add.reduceat(part, np.concatenate([[0], inside]))
        if open_total is not None and done not in starts:
            totals[0] += open_total
        elif open_total is not None:
            yield open_total[None]
        done += len(part)
        yield totals[:-1]
        open_total = totals[-1]
    if open_total is not None:
        yield open_total[None]

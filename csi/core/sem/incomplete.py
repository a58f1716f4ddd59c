"""Normal likelihood of rows with holes, at any means and covariances.

Each respondent contributes the density of what was answered. Written with the
patterns of `csi.core.sem.patterns`::

    r_h = m_h - mu                     where answered
    D_h = S_h + r_h r_h'
    l   = -1/2 sum_h n_h (k_h log 2 pi + log |Sigma_h| + tr W_h D_h)
    dl/dmu    = sum_h n_h W_h r_h
    dl/dSigma = 1/2 sum_h n_h (W_h D_h W_h - W_h)

k_h counts answered items. The m = p + p (p + 1) / 2 parameters of an information
or of scores are the means and then ``Sigma[triu_indices(p)]``, each covariance
counted once.

References
----------
Little, R. J. A. and Rubin, D. B. (2002). Statistical analysis with missing data,
2nd ed., chapter 11. Wiley. doi:10.1002/9781119013563

Yuan, K.-H. and Bentler, P. M. (2000). Three likelihood-based methods for mean
and covariance structure analysis with nonnormal missing data. Sociological
Methodology 30, 165-200. doi:10.1111/0081-1750.00078
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from csi.core.sem.gamma import multiplicity, vech
from csi.core.sem.patterns import Codes, Patterns, padded_inverses
from csi.core.types import Array
from csi.errors import OptionError

Kind = Literal["observed", "expected"]

CELLS = 2**22
"""Numbers in an array over patterns or rows; beyond, they are read in parts."""


@dataclass(frozen=True, slots=True, eq=False)
class Ingredients:
    """What the likelihood is made of, for some or all patterns.

    Attributes
    ----------
    n : (h,) array
        Respondents.
    items : (h,) array
        Answered items.
    W : (h, p, p) array
        Inverses of the answered parts of Sigma.
    log_det : (h,) array
        Logarithms of their determinants; infinite where not positive definite.
    r : (h, p) array
        Residual means.
    D : (h, p, p) array
        Mean products of the residuals, S + r r'.
    """

    n: Array
    items: Array
    W: Array
    log_det: Array
    r: Array
    D: Array


@dataclass(frozen=True, slots=True, eq=False)
class Evaluation:
    """The log-likelihood and its derivatives, summed over respondents.

    Attributes
    ----------
    logl : float
        Log-likelihood with its constant.
    mean : (p,) array
        Derivative with respect to the means.
    cov : (p, p) array
        Derivative G with respect to Sigma: a symmetric change d adds ``(G * d).sum()``.
    information : (m, m) array or None
        Minus the second derivatives, observed or expected.
    """

    logl: float
    mean: Array
    cov: Array
    information: Array | None

    @property
    def gradient(self) -> Array:
        """Derivative with respect to the m parameters, (m,)."""
        return np.concatenate([self.mean, vech(self.cov) * multiplicity(len(self.mean))])


def ingredients(patterns: Patterns, mean: Array, cov: Array) -> Iterator[Ingredients]:
    """Yield the parts of the likelihood, as many patterns at a time as memory allows."""
    most = max(1, CELLS // cov.size)
    for start in range(0, len(patterns.n), most):
        some = slice(start, start + most)
        answered = patterns.answered[some]
        W, log_det = padded_inverses(cov, answered)
        r = np.where(answered, patterns.mean[some] - mean, 0.0)
        D = patterns.cov[some] + r[:, :, None] * r[:, None, :]
        yield Ingredients(patterns.n[some], answered.sum(axis=1), W, log_det, r, D)


def log_likelihood(patterns: Patterns, mean: Array, cov: Array) -> float:
    """Return the log-likelihood of the answers.

    Parameters
    ----------
    patterns : Patterns
        The answers, p items.
    mean : (p,) array
        Means of the population.
    cov : (p, p) array
        Its covariances.

    Returns
    -------
    float
        With the constant; minus infinity if the covariances of answered items
        are not positive definite.
    """
    return sum(_logl(each) for each in ingredients(patterns, mean, cov))


def evaluate(
    patterns: Patterns, mean: Array, cov: Array, information: Kind | None = None
) -> Evaluation:
    """Return the log-likelihood, its gradient and, if asked for, the information.

    Parameters
    ----------
    patterns : Patterns
        The answers, p items.
    mean : (p,) array
        Means of the population.
    cov : (p, p) array
        Its covariances; positive definite among the items answered together.
    information : {None, "observed", "expected"}
        Minus the second derivatives at the answers, or their expectation for
        these patterns (items missing completely at random).

    Returns
    -------
    Evaluation
    """
    p = len(mean)
    logl, score, slope = 0.0, np.zeros(p), np.zeros((p, p))
    second: Array | float = 0.0
    for part in ingredients(patterns, mean, cov):
        logl += _logl(part)
        u = np.einsum("hij,hj->hi", part.W, part.r)
        H = part.W @ part.D @ part.W
        score += part.n @ u
        slope += np.tensordot(part.n, H - part.W, axes=1) / 2
        if information == "observed":
            second = second + _information(part, u, H - part.W / 2)
        elif information == "expected":
            second = second + _information(part, np.zeros_like(u), part.W / 2)
    slope = (slope + slope.T) / 2
    return Evaluation(logl, score, slope, None if information is None else np.asarray(second))


def score_products(
    patterns: Patterns,
    rows: Array,
    mean: Array,
    cov: Array,
    *,
    clusters: NDArray[np.generic] | None = None,
    along: Array | None = None,
) -> Array:
    """Sum the cross-products of the respondents' scores, the meat of a sandwich.

    Sampling weights multiply scores, so that they enter squared; a frequency
    weight counts its row that often. With clusters, scores are added within each
    first, and the sum is multiplied by C / (C - 1), as lavaan does.

    Parameters
    ----------
    patterns : Patterns
        The answers by pattern.
    rows : (n, p) array
        The answers they were found in.
    mean : (p,) array
        Means of the population.
    cov : (p, p) array
        Its covariances.
    clusters : (n,) array, optional
        Label of the cluster of each row.
    along : (m, q) array, optional
        Derivatives of means and covariances by q parameters of a model; the
        scores of these are then taken.

    Returns
    -------
    (m, m) or (q, q) array

    Raises
    ------
    OptionError
        With fewer than two clusters.
    """
    used = np.flatnonzero(patterns.of_row >= 0)
    score = partial(casewise_scores, patterns, rows, mean, cov, along)
    if clusters is not None:
        return _between_clusters(patterns.weights[used], used, clusters[used], score, len(mean))
    total: Array | float = 0.0
    for at in _in_parts(used[np.argsort(patterns.of_row[used], kind="stable")], len(mean)):
        scores, w = score(at), patterns.weights[at, None]
        total = total + (scores * (w if patterns.frequency else w**2)).T @ scores
    return np.asarray(total)


def _logl(part: Ingredients) -> float:
    if np.isinf(part.log_det).any():
        return -np.inf
    trace = np.einsum("hij,hij->h", part.W, part.D)
    return float(-part.n @ (part.items * np.log(2 * np.pi) + part.log_det + trace) / 2)


def _information(part: Ingredients, u: Array, U: Array) -> Array:
    """Return the information from u = W r and U, which is W D W - W / 2 if observed.

    Changes d and e of Sigma meet in ``tr d W e U``, a change of Sigma and one of
    mu in ``W d u``. Each covariance stands twice in Sigma, which the sums count.
    """
    p = u.shape[1]
    a, b = np.triu_indices(p)
    once = multiplicity(p) / 2
    at = np.zeros((p, p), dtype=np.intp)
    at[a, b] = at[b, a] = np.arange(len(a))
    W, weighted = vech(part.W).T, part.n[:, None]
    both = (W @ (weighted * u))[at]
    crossed = (both[:, a, b] + both[:, b, a]) * once
    K = W @ (weighted * vech(U))
    c, d = a[:, None], b[:, None]
    pairs = K[at[c, a], at[d, b]] + K[at[d, a], at[c, b]]
    pairs += K[at[c, b], at[d, a]] + K[at[d, b], at[c, a]]
    pairs *= np.outer(once, once)
    means = np.tensordot(part.n, part.W, axes=1)
    return np.block([[means, crossed], [crossed.T, pairs]])


def _between_clusters(
    w: Array, used: Codes, clusters: NDArray[np.generic], score: Callable[[Codes], Array], p: int
) -> Array:
    """Return C / (C - 1) times the cross-products of the summed scores of C clusters."""
    ids, code = np.unique(clusters, return_inverse=True)
    if len(ids) < 2:
        raise OptionError(
            f"Standard errors for clusters need two clusters at least; found {len(ids)}. Leave out "
            "the clusters."
        )
    order = np.argsort(code, kind="stable")
    w, used, code = w[order], used[order], code[order]
    total: Array | float = 0.0
    for group in _in_parts(np.arange(len(ids)), p):
        start, end = np.searchsorted(code, [group[0], group[-1] + 1])
        sums: Array | float = 0.0
        for at in _in_parts(np.arange(start, end), p):
            cells = (code[at] - group[0], np.arange(len(at)))
            adder = csr_array((w[at], cells), shape=(len(group), len(at)))
            sums = sums + adder @ score(used[at])
        total = total + np.transpose(sums) @ sums
    return np.asarray(total) * (len(ids) / (len(ids) - 1))


def _in_parts(positions: Codes, p: int) -> Iterator[Codes]:
    """Yield as many positions at a time as scores of p items fit in memory."""
    most = max(1, CELLS // (8 * p**2))
    for start in range(0, len(positions), most):
        yield positions[start : start + most]


def casewise_scores(
    patterns: Patterns, rows: Array, mean: Array, cov: Array, along: Array | None, at: Codes
) -> Array:
    """Return derivatives of the log-likelihood of some rows, (rows, m) or (rows, q).

    Parameters
    ----------
    patterns, rows, mean, cov, along
        As for `score_products`.
    at : (rows,) array of int
        Positions of the rows, all of which hold an answer.
    """
    found, which = np.unique(patterns.of_row[at], return_inverse=True)
    W = padded_inverses(cov, patterns.answered[found])[0][which]
    u = np.einsum("nij,nj->ni", W, np.nan_to_num(rows[at] - mean))
    a, b = np.triu_indices(len(mean))
    covariances = (u[:, a] * u[:, b] - W[:, a, b]) * (multiplicity(len(mean)) / 2)
    scores = np.concatenate([u, covariances], axis=1)
    return scores if along is None else scores @ along

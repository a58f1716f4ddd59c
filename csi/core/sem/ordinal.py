"""Sample statistics of ordered items, and how much they vary from sample to sample.

What weighted least squares of ordered items needs (Muthen 1984): thresholds and
means, variances, correlations and covariances, in two steps, and their
asymptotic covariance by the sandwich of the estimating equations of both steps
(Muthen, du Toit and Spisic 1997). Notation, beyond that of `pairs`::

    theta1 (m1,)    thresholds or mean, item by item; then variances of continuous items
    theta2 (m2,)    correlations in the order of ``numpy.triu_indices(p, 1)``
    s1, s2          scores of one respondent: derivatives of the log-likelihoods
    A11, A22        sums of s1 s1' within each item, and of squares of s2 (diagonal)
    A21   (m2, m1)  sums of s2 times the derivative of the pair's log-likelihood by theta1
    M               sum of squares and products of (s1, s2), of respondents or clusters
    Gamma           n A^-1 M A^-T, turned from correlations to covariances

Sums of products stand for expected derivatives throughout, as in lavaan 0.6,
whose figures these are; lavaan lists the mean of a continuous item with its sign
turned. They rest on normal variables: the variance that Gamma gives a skewed
continuous item is not Browne's, and can be several times too small.

References
----------
Muthen, B. (1984). A general structural equation model with dichotomous, ordered
categorical, and continuous latent variable indicators. Psychometrika 49(1),
115-132. doi:10.1007/BF02294210

Muthen, B., du Toit, S. H. C. and Spisic, D. (1997). Robust inference using
weighted least squares and quadratic estimating equations in latent variable
modeling with categorical and continuous outcomes. Unpublished technical report.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from csi.core.design import Codes
from csi.core.sem.pairs.margins import Margins
from csi.core.sem.polychoric import Correlated, correlated
from csi.core.types import Array, Mask
from csi.errors import DataError, OptionError, listing

SMALLEST = 1e-8
"""Information in a correlation, for each respondent, below which its variance is the inverse."""

WIDEST = 1000
"""Codes further apart are labels, between which nobody misses a category."""


@dataclass(frozen=True, slots=True, eq=False)
class OrdinalMoments:
    """Sample statistics of ordered and continuous items.

    Attributes
    ----------
    n : int
        Respondents, those of weight zero left out.
    ordered : (p,) array of bool
        Which items are ordered.
    categories : tuple of p arrays
        Codes that were chosen, in their order; none of a continuous item.
    collapsed : tuple of p arrays
        Whole numbers within the range of these that nobody chose: no category.
    thresholds : tuple of p arrays
        One fewer than categories; none of a continuous item.
    mean, var : (p,) arrays
        Of continuous items, divisor n; 0 and 1 of ordered ones.
    corr : (p, p) array
        Polychoric, polyserial and Pearson's correlations.
    cov : (p, p) array
        The same in units of the continuous items.
    statistics : (m,) array
        Thresholds of an ordered item or mean of another, item by item; variances of
        the continuous items; ``cov`` in the order of ``numpy.triu_indices(p, 1)``.
    Gamma : (m, m) array or None
        n times the asymptotic covariance of the statistics.
    at_bound : (p, p) array of bool
        Correlations of ordered items that ended at 0.999 or -0.999: inadmissible, or
        of no influence on the likelihood; then their variance in Gamma is 1e8.
    empty_cells : (p, p) array of int
        Cells of the contingency table of two ordered items in which nobody is.
    """

    n: int
    ordered: Mask
    categories: tuple[Array, ...]
    collapsed: tuple[Array, ...]
    thresholds: tuple[Array, ...]
    mean: Array
    var: Array
    corr: Array
    cov: Array
    statistics: Array
    Gamma: Array | None
    at_bound: Mask
    empty_cells: Codes


def ordinal_moments(
    rows: Array,
    ordered: Mask,
    *,
    weights: ArrayLike | None = None,
    clusters: ArrayLike | None = None,
    names: Sequence[str] | None = None,
    gamma: bool = True,
) -> OrdinalMoments:
    """Estimate thresholds, correlations and their asymptotic covariance.

    Parameters
    ----------
    rows : (n, p) array
        Answers; of an ordered item any numbers in the order of its categories.
        With NaN, statistics count whoever answered the items they are of; leave
        incomplete rows out before for listwise deletion.
    ordered : (p,) array of bool
        Which items are ordered.
    weights : (n,) array, optional
        Sampling weights on any scale.
    clusters : (n,) array, optional
        Label of the cluster of each respondent: scores are added up within, and
        Gamma multiplied by C / (C - 1) for C clusters.
    names : sequence of str, optional
        Of the items, for messages.
    gamma : bool
        Whether Gamma is wanted.

    Returns
    -------
    OrdinalMoments
        Without NaN.

    Raises
    ------
    DataError
        If an item does not vary, or nobody answered both items of a pair.
    OptionError
        With fewer than two clusters.

    References
    ----------
    Muthen, B. (1984). A general structural equation model with dichotomous, ordered
    categorical, and continuous latent variable indicators. Psychometrika 49(1),
    115-132. doi:10.1007/BF02294210

    Examples
    --------
    >>> answers = np.array([[1, 1]] * 4 + [[0, 0]] * 4 + [[1, 0]] * 2 + [[0, 1]] * 2, dtype=float)
    >>> moments = ordinal_moments(answers, np.array([True, True]))
    >>> moments.statistics.round(9) + 0
    array([0. , 0. , 0.5])
    >>> moments.Gamma.diagonal().round(3)
    array([1.571, 1.571, 1.645])
    """
    kept, labels = _kept(len(rows), weights, clusters)
    found = correlated(rows[kept], ordered, None if weights is None else np.asarray(weights)[kept])
    _check_known(found, [f"item {i + 1}" for i in range(len(ordered))] if names is None else names)
    own, sd = found.margins, np.sqrt(found.margins.var)
    cov, thresholds = found.corr * np.outer(sd, sd), own.by_item(own.thresholds())
    return OrdinalMoments(
        n=len(kept),
        ordered=ordered,
        categories=own.by_item(own.categories),
        collapsed=own.by_item([_never_chosen(codes) for codes in own.categories]),
        thresholds=thresholds,
        mean=own.mean,
        var=own.var,
        corr=found.corr,
        cov=cov,
        statistics=_statistics(own, thresholds, cov),
        Gamma=_gamma(found, labels) if gamma else None,
        at_bound=found.at_bound,
        empty_cells=found.empty_cells,
    )


def _kept(
    n: int, weights: ArrayLike | None, clusters: ArrayLike | None
) -> tuple[Codes, Codes | None]:
    """Return rows that have a weight, cluster by cluster, and the number of their cluster."""
    kept = np.arange(n) if weights is None else np.flatnonzero(np.asarray(weights) > 0)
    if clusters is None:
        return kept, None
    _, labels = np.unique(np.asarray(clusters)[kept], return_inverse=True)
    order = np.argsort(labels, kind="stable")
    return kept[order], labels[order]


def _check_known(found: Correlated, names: Sequence[str]) -> None:
    constant = np.flatnonzero(found.margins.undefined)
    if len(constant):
        raise DataError(
            f"No correlation with {listing(names[i] for i in constant.tolist())}: the answers are "
            "all the same. Leave the item out."
        )
    strangers = np.argwhere(np.isnan(np.triu(found.corr)))
    if len(strangers):
        pairs = listing(f"{names[i]} with {names[j]}" for i, j in strangers.tolist())
        raise DataError(f"Nobody answered both items of a pair: {pairs}. Leave one of them out.")


def _never_chosen(codes: Array) -> Array:
    """Return the whole numbers between the codes, if these are whole numbers."""
    if (codes != np.round(codes)).any() or codes[-1] - codes[0] > WIDEST:
        return np.empty(0)
    return np.setdiff1d(np.arange(codes[0], codes[-1]), codes)


def _statistics(own: Margins, thresholds: tuple[Array, ...], cov: Array) -> Array:
    first = [
        thresholds[item] if ordered else own.mean[[item]]
        for item, ordered in enumerate(own.is_ordered)
    ]
    variances = own.var[own.continuous]
    return np.concatenate([*first, variances, cov[np.triu_indices(len(cov), 1)]])


def _gamma(found: Correlated, clusters: Codes | None) -> Array:
    """Return Gamma, (m, m)."""
    own = found.margins
    n, A11_inverse, (A22, A21) = len(own.w), own.inverse_bread(), _pair_bread(found)
    scale, turn = _to_covariances(found)
    flat = A22 / n < SMALLEST
    response = np.where(flat, 0, scale / np.where(flat, 1, A22))[:, None]

    def influence(X: Array) -> Array:
        first = A11_inverse @ X[: own.n_own]
        second = response * (X[own.n_own :] - A21 @ first)
        return np.vstack([first, second + turn @ first])

    Gamma = n * influence(influence(_products(_scores(found), clusters)).T)
    unknown = own.n_own + np.flatnonzero(flat)
    Gamma[unknown, unknown] = scale[flat] ** 2 / SMALLEST
    return (Gamma + Gamma.T) / 2


def _places(found: Correlated) -> Codes:
    """Return the place of each pair in ``numpy.triu_indices``, (p, p)."""
    p = len(found.corr)
    places = np.zeros((p, p), dtype=np.intp)
    i, j = np.triu_indices(p, 1)
    places[i, j] = places[j, i] = np.arange(len(i))
    return places


def _pair_bread(found: Correlated) -> tuple[Array, Array]:
    places, p = _places(found), len(found.corr)
    A22, A21 = np.zeros(p * (p - 1) // 2), np.zeros((p * (p - 1) // 2, found.margins.n_own))
    for pairs in found.kinds:
        at = places[pairs.ends]
        A22[at], A21[at] = pairs.bread(found.corr[pairs.ends])
    return A22, A21


def _scores(found: Correlated) -> Iterator[Array]:
    """Yield weighted (s1, s2) of some respondents at a time."""
    own, places, p = found.margins, _places(found), len(found.corr)
    for part in own.parts(own.n_own + p * (p - 1) // 2):
        s1 = own.scores(part)
        s2 = np.empty((len(s1), p * (p - 1) // 2))
        for pairs in found.kinds:
            s2[:, places[pairs.ends]] = pairs.scores(found.corr[pairs.ends], part)
        yield np.hstack([s1, s2]) * own.w[part, None]


def _products(scores: Iterator[Array], clusters: Codes | None) -> Array:
    """Return M."""
    if clusters is None:
        return sum((part.T @ part for part in scores), np.zeros(()))
    C = len(np.unique(clusters))
    if C < 2:
        raise OptionError(
            f"Standard errors for clusters need two clusters at least; found {C}. Leave out the "
            "clusters."
        )
    totals = _totals(scores, clusters)
    return C / (C - 1) * sum((part.T @ part for part in totals), np.zeros(()))


def _totals(scores: Iterator[Array], clusters: Codes) -> Iterator[Array]:
    """Yield totals of clusters, one of which may go on in the next part."""
    done, begun = 0, np.zeros(())
    for part in scores:
        labels = clusters[done : done + len(part)]
        done += len(part)
        totals = np.add.reduceat(part, np.flatnonzero(np.diff(labels, prepend=labels[0] - 1)))
        totals[0] += begun
        goes_on = done < len(clusters) and clusters[done] == labels[-1]
        begun = totals[-1] if goes_on else np.zeros(())
        yield totals[: len(totals) - goes_on]


def _to_covariances(found: Correlated) -> tuple[Array, Array]:
    """Return derivatives of covariances by correlations (diagonal) and by variances."""
    own, sd = found.margins, np.sqrt(found.margins.var)
    _, variances = own.places
    i, j = np.triu_indices(len(sd), 1)
    turn = np.zeros((len(i), own.n_own))
    for item, place in zip(own.continuous, variances, strict=True):
        pair = (i == item) | (j == item)
        turn[pair, place] = (found.corr[i, j] * sd[i] * sd[j])[pair] / (2 * own.var[item])
    return sd[i] * sd[j], turn

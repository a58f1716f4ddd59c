"""Moments of rows with holes that are most likely, for everything that reads moments."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from csi.core.checks import check_spread, checked_rows, checked_weights
from csi.core.design import Design, sampling_covariance
from csi.core.moments import Moments
from csi.core.sem.incomplete import CELLS, casewise_scores
from csi.core.sem.patterns import Patterns, find_patterns
from csi.core.sem.saturated import asymptotic_covariance, saturated
from csi.core.types import Array


def likelihood_moments(
    rows: Array,
    columns: Sequence[str],
    *,
    weights: Array | None = None,
    frequency: bool = False,
    design: Design | None = None,
) -> Moments:
    """Return the maximum-likelihood moments of rows with holes.

    Consistent where what is missing depends on answers that were given (missing at
    random), where those of available answers are not.

    Parameters
    ----------
    rows : (n, p) array
        Answers; NaN where missing.
    columns : sequence of str
        Names of the columns.
    weights : (n,) array, optional
        Non-negative weights.
    frequency : bool
        Whether a weight says how many respondents a row stands for.
    design : Design, optional
        Clusters and strata of the respondents.

    Returns
    -------
    Moments
        Covariances brought to the divisor n - 1, as those of complete rows; the
        sampling covariance of the means is the sandwich.

    Raises
    ------
    DataError
        If answers or weights are not what they must be, an item does not vary, or two
        items were never answered together.
    EstimationError
        If the likelihood has no maximum.

    References
    ----------
    Yuan, K.-H. and Bentler, P. M. (2000). Three likelihood-based methods for mean and
    covariance structure analysis with nonnormal missing data. Sociological Methodology
    30, 165-200. doi:10.1111/0081-1750.00078

    Examples
    --------
    >>> rows = np.array([[1.0, 2.0], [3.0, np.nan], [5.0, 5.0], [2.0, 4.0]])
    >>> likelihood_moments(rows, ["x", "y"]).mean.round(4)
    array([2.75  , 3.7212])
    """
    rows = checked_rows(rows, columns)
    w = np.ones(len(rows)) if weights is None else checked_weights(weights, rows, frequency)
    patterns = find_patterns(rows, weights, frequency=frequency)
    found = saturated(patterns, columns)
    check_spread(np.sqrt(np.diag(found.cov)), columns)
    used = patterns.of_row >= 0
    copies = np.where(used, w if frequency else 1.0, 0.0)
    n, total = float(copies.sum()), float(w[used].sum())
    influence = _influence(patterns, rows, found.mean, found.cov)
    mean_cov = sampling_covariance(influence, np.full(len(columns), n), copies, design)
    return Moments(
        tuple(columns), n, total, total if frequency else float((w[used] ** 2).sum()),
        found.mean, found.cov * (n / (n - 1)), mean_cov, rows=rows,
        weights=None if weights is None else w, frequency=weights is not None and frequency,
        design=design,
    )  # fmt: skip


def _influence(patterns: Patterns, rows: Array, mean: Array, cov: Array) -> Array:
    """Return (n, p) how much each row moves each mean; zero for rows that are not used."""
    inverse = asymptotic_covariance(patterns, mean, cov) / patterns.total
    moved = np.zeros(rows.shape)
    used = np.flatnonzero(patterns.of_row >= 0)
    most = max(1, CELLS // (8 * len(mean) ** 2))
    for start in range(0, len(used), most):
        at = used[start : start + most]
        scores = casewise_scores(patterns, rows, mean, cov, inverse[:, : len(mean)], at)
        moved[at] = scores * patterns.weights[at, None]
    return moved

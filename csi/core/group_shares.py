"""Shares and means of groups of respondents, and their sampling errors.

Notation; groups may overlap::

    p  (g,)    share of each group in whom an event happened, q = 1 - p
    n  (g,)    its effective size: respondents counted, or p q / V_gg in a sample with
               weights, clusters or strata
    V  (g, g)  sampling covariance of the shares

A share is a ratio of sums: with weights, clusters or strata respondent i of a group
moves it by w_i (y_i - p) / (sum of w), and `csi.core.design` does the rest. Where p is 0
or 1 answers do not differ and V says nothing; n is then the number of independent
answers if each cluster answered as one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from csi.core.design import Design, sampling_covariance, units
from csi.core.types import Array, Mask

LARGEST_SIZE = 1e12
"""Effective size that stands for a share without sampling error: all clusters alike."""


@dataclass(frozen=True, slots=True, eq=False)
class Groups:
    """Shares of groups and their sampling errors.

    Attributes
    ----------
    share : (g,) array
        Shares p.
    size : (g,) array
        Effective sizes n.
    correlation : (g, g) array
        Correlations of the sampling errors; zero between a share of 0 or 1 and others.
    df : float
        Degrees of freedom of the errors; infinite for respondents counted.
    """

    share: Array
    size: Array
    correlation: Array
    df: float

    @property
    def covariance(self) -> Array:
        """Sampling covariance V of the shares."""
        error = np.sqrt(self.share * (1 - self.share) / self.size)
        V: Array = self.correlation * np.outer(error, error)
        return V

    @property
    def certain(self) -> Mask:
        """Groups with an empty cell: the event happened in nobody or in everybody."""
        certain: Mask = (self.share == 0) | (self.share == 1)
        return certain

    def with_halves(self) -> Groups:
        """Return the groups with half a respondent more in every cell."""
        share = (self.share * self.size + 0.5) / (self.size + 1)
        return Groups(share, self.size + 1, self.correlation, self.df)


@dataclass(frozen=True, slots=True, eq=False)
class Means:
    """Means of groups.

    Attributes
    ----------
    mean, error, df : (g,) arrays
        Means, standard errors (NaN for one respondent), degrees of freedom.
    """

    mean: Array
    error: Array
    df: Array


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """Respondents and how they were drawn.

    Attributes
    ----------
    weights : (n,) array
        Weights; zero leaves a respondent out.
    copies : (n,) array
        Respondents each row stands for.
    design : Design or None
        Clusters and strata.
    counted : bool
        Whether respondents simply count, one by one: no sampling weights, no design.
    """

    weights: Array
    copies: Array
    design: Design | None
    counted: bool

    @property
    def df(self) -> float:
        """Degrees of freedom of sampling errors: units less strata."""
        if self.counted:
            return np.inf
        kept = np.flatnonzero(self.copies > 0)
        design = (self.design or Design()).take(kept)
        standing, _, _, strata = units(design, self.copies[kept])
        return float(standing.sum()) - len(strata)

    def covariance(self, influence: Array) -> Array:
        """Return the (g, g) sampling covariance of statistics from their (n, g) influence."""
        everybody = np.full(influence.shape[1], self.copies.sum())
        return sampling_covariance(influence, everybody, self.copies, self.design or Design())

    def independent(self, members: Mask) -> Array:
        """Return how many independent answers (n, g) groups hold if clusters answer as one."""
        w = self.weights[:, None] * members
        if self.design is None or self.design.clusters is None:
            each = self.weights**2 / np.maximum(self.copies, 1)
            n: Array = w.sum(axis=0) ** 2 / (each @ members)
            return n
        kept = np.flatnonzero(self.copies > 0)
        _, of_unit, _, _ = units(self.design.take(kept), self.copies[kept])
        sums = np.column_stack([np.bincount(of_unit, column) for column in w[kept].T])
        return np.asarray(sums.sum(axis=0) ** 2 / (sums**2).sum(axis=0))


def groups(event: Mask, members: Mask, sample: Sample) -> Groups:
    """Return the share of every group in whom an event happened.

    Parameters
    ----------
    event : (n,) mask
        In whom it happened.
    members : (n, g) mask
        Who is in which group; nobody's group may be empty.
    sample : Sample
        How they were drawn.
    """
    present = sample.weights[:, None] * members
    total = present.sum(axis=0)
    never = ~(present[event] > 0).any(axis=0)
    always = ~(present[~event] > 0).any(axis=0)
    share = np.where(never, 0.0, np.where(always, 1.0, present[event].sum(axis=0) / total))
    if sample.counted:
        return Groups(share, total, np.eye(len(share)), np.inf)
    V = sample.covariance(present * (event[:, None] - share) / total)
    V[never | always] = V[:, never | always] = 0.0
    spread = share * (1 - share)
    known = np.maximum(np.diagonal(V), spread / LARGEST_SIZE)
    with np.errstate(invalid="ignore"):
        size = np.where(never | always, sample.independent(members), spread / known)
        correlation = np.nan_to_num(V / np.sqrt(np.outer(known, known)))
    np.fill_diagonal(correlation, 1.0)
    return Groups(share, size, correlation, sample.df)


def means(values: Array, members: Mask, sample: Sample) -> Means:
    """Return the mean of every group; `groups` tells the arguments."""
    present = sample.weights[:, None] * members
    total = present.sum(axis=0)
    mean = np.where(present > 0, present * values[:, None], 0.0).sum(axis=0) / total
    deviation = np.where(present > 0, values[:, None] - mean, 0.0)
    if not sample.counted:
        V = sample.covariance(present * deviation / total)
        return Means(mean, np.sqrt(np.diagonal(V)), np.full(len(mean), sample.df))
    with np.errstate(invalid="ignore", divide="ignore"):
        error = np.sqrt((present * deviation**2).sum(axis=0) / (total - 1) / total)
    return Means(mean, error, total - 1)

"""Composites and scores of two groups whose respondents exchange their labels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from csi.comparing.permuting import Exchange, hindrance
from csi.comparing.pooling import pool
from csi.core.invariance import composite_correlations, score_moments, score_products
from csi.core.resample import BLOCK
from csi.core.types import Array
from csi.errors import OptionError
from csi.estimators.base import FAILURES
from csi.resampling.bootstraps import CHUNK
from csi.resampling.engine import INADMISSIBLE, Engine, Part
from csi.resampling.runs import Running, carry_out, cut
from csi.results import Fit


@dataclass(frozen=True, eq=False)
class Formation(Engine):
    """An engine whose numbers are the weights by which composites are formed.

    Attributes
    ----------
    standardized : bool
        Whether they belong to standardised items; otherwise to the answers.
    """

    standardized: bool = False

    def of_sums(self, sums: Array) -> Part:
        """Return the weights of resamples given by (m, b) sums."""
        samples = self.products.samples(sums)
        solved = self._solve(samples)
        W = solved.composites.W
        with np.errstate(divide="ignore", invalid="ignore"):
            values = (W if self.standardized else W / samples.sd[:, None])[self._own]
        values[:, solved.failure > 0] = np.nan
        number = len(solved.failure)
        impossible = np.zeros((len(INADMISSIBLE), number), dtype=bool)
        return Part(values, np.array(FAILURES)[solved.failure], impossible)

    def of_fit(self, fit: Fit) -> Mapping[str, float]:
        """Return the weights of a fit, by place."""
        W = fit.estimates.weights
        own = (W if self.standardized else W / fit.moments.sd[:, None])[self._own]
        return {str(i): float(value) for i, value in enumerate(own)}

    def placed(self, values: Array) -> Array:
        """Return (p, k, b) weights from their (q, b) values."""
        U = np.zeros((*self._own.shape, values.shape[1]))
        U[self._own] = values
        return U

    @property
    def _own(self) -> Any:
        return self.fit.model.composition


@dataclass(frozen=True, eq=False)
class Micom:
    """What is compared in steps 2 and 3, for the groups as they are and for permutations.

    Attributes
    ----------
    groups : (Fit, Fit)
        Both groups.
    whole : Formation
        Of the pooled fit.
    exchange : Exchange
        Permutations of its respondents.
    products : (n, 4k) array
        What means and variances of the pooled scores are summed from.
    """

    groups: tuple[Fit, Fit]
    whole: Formation
    exchange: Exchange
    products: Array

    @classmethod
    def of(cls, groups: tuple[Fit, Fit], seed: int, standardized: bool) -> Micom:
        """Prepare to exchange the respondents of two groups.

        Raises
        ------
        OptionError
            If they cannot be exchanged.
        """
        why = hindrance(groups)
        if why:
            raise OptionError(
                f"Respondents cannot exchange their groups: {why}. Invariance is tested by such "
                "exchanges; compare weights and loadings by the bootstrap, csi.compare(a, b)."
            )
        pooled = pool(groups)
        answers = pooled.data
        assert answers is not None
        weights = answers.weights if answers.weight_type == "sampling" else None
        products = score_products(pooled.scores.to_numpy(), weights)
        whole = Formation(pooled, "none", standardized)
        return cls(groups, whole, Exchange.of(whole, groups, seed), products)

    @property
    def observed(self) -> Array:
        """(3, k) statistics of the groups as they are."""
        u, v = (self._formed(fit) for fit in self.groups)
        members = self.exchange.members[0].observed.astype(np.float64)
        return np.stack(self._statistics(u, v, self.products.T @ members.T))[..., 0]

    def permuted(self, number: int, running: Running) -> Part:
        """Return the (3k, number) statistics of permutations."""
        batched = self.whole.batched
        tasks = cut(number, BLOCK, BLOCK if batched else CHUNK)
        return carry_out(self._work, tasks, running, processes=not batched, what="permutations")

    def _work(self, start: int, stop: int) -> Part:
        a, b = self.exchange(start, stop)
        sums = self.exchange.sums(self.products, start, stop)
        found = np.concatenate(self._statistics(a.values, b.values, sums))
        return Part(found, np.where(a.failed, a.why, b.why), a.impossible)

    def _statistics(self, u: Array, v: Array, sums: Array) -> tuple[Array, Array, Array]:
        """Return correlations of composites, differences of means and of log variances."""
        c = composite_correlations(self.whole.placed(u), self.whole.placed(v), self._spread)
        first = score_moments(sums)
        second = score_moments(self.exchange.total(self.products) - sums)
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = np.log(first.variance) - np.log(second.variance)
        return c, first.mean - second.mean, ratio

    @property
    def _spread(self) -> Array:
        moments = self.whole.fit.moments
        return moments.corr if self.whole.standardized else moments.cov

    def _formed(self, fit: Fit) -> Array:
        """Return the (q, 1) weights of a fit."""
        return np.array([*self.whole.of_fit(fit).values()])[:, None]

"""What ordered answers say of a covariance structure: thresholds and polychoric correlations.

Between the thresholds of an item lies a latent response; the model is one of
responses. Continuous items are responses themselves.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields, replace
from functools import cached_property

import numpy as np

from csi.core.moments import Moments
from csi.core.sem.gamma import normal_weight
from csi.core.sem.least_squares import LeastSquares, diagonal_weight
from csi.core.sem.ordinal import OrdinalMoments, ordinal_moments
from csi.core.sem.residual_measures import ResidualMeasures, ordinal_residual_measures
from csi.core.sem.responses import Responses
from csi.core.sem.sandwich import bread
from csi.core.sem.scaled_tests import ModelTest, mean_scaled, residual_trace
from csi.core.sem.structure import Structure
from csi.core.types import Array, Mask
from csi.errors import (
    OptionError,
)
from csi.estimators.sem.categories import category_counts
from csi.estimators.sem.evidence import Complete, Implied, Sample, StartMoments, inverse_of

SMALLEST_EIGENVALUE = 1e-8
"""Of polychoric correlations that still have a likelihood; about lavaan's."""


@dataclass(frozen=True, eq=False)
class OrderedSample(Sample):
    """Answers of one group, some of them ordered.

    Attributes
    ----------
    ordinal : OrdinalMoments
        Thresholds, correlations and their asymptotic covariances.
    """

    ordinal: OrdinalMoments | None = None

    @classmethod
    def answering(cls, moments: Moments, ordered: Collection[str]) -> OrderedSample:
        """Compute thresholds and correlations.

        Raises
        ------
        RowsRequiredError
            If there are moments only.
        DataError
            If answers are no categories, or an item does not vary.
        OptionError
            If respondents were drawn from strata.
        """
        known, found = Sample.of(moments), _statistics_of(moments, ordered)
        stated = {each.name: getattr(known, each.name) for each in fields(Sample)}
        return cls(**stated | {"cov": found.cov, "mean": found.mean, "ordinal": found})


@dataclass(frozen=True, eq=False)
class OrderedAnswers(Complete):
    """Ordered answers; some items may be continuous.

    Figures are those of lavaan 0.6-14 but for these: clusters, which it leaves out
    without a word, enter Gamma and the weights; WRMR of several groups counts the
    statistics of all of them; the robust CFI of several groups weighs the baseline's
    correlations by the shares of the groups.
    """

    @cached_property
    def statistics_of(self) -> list[OrdinalMoments]:
        """Thresholds, correlations and their asymptotic covariances of each group."""
        found = [each.ordinal for each in self.samples if isinstance(each, OrderedSample)]
        return [each for each in found if each is not None]

    @cached_property
    def ordered(self) -> Mask:
        """(p,) which items are ordered."""
        return self.statistics_of[0].ordered

    @cached_property
    def covs(self) -> list[Array]:
        """Polychoric correlations; covariances of continuous items, divisor n."""
        return [sample.cov for sample in self.samples]

    @cached_property
    def unit(self) -> Array:
        """What continuous items are measured in; ordered ones have a scale of their own."""
        variances = np.mean([found.var for found in self.statistics_of], axis=0)
        plain = self.ordered | (self.kind == "uls")
        return np.asarray(np.where(plain, 1.0, np.sqrt(variances)))

    def start_moments(self) -> StartMoments:
        """Return moments and all statistics as a batch of one."""
        found = self.statistics_of
        means, statistics = [each.mean for each in found], [each.statistics for each in found]
        return np.stack(self.covs)[None], np.stack(means)[None], np.stack(statistics)[None]

    def problem(self, structure: Structure) -> LeastSquares:
        """Return the discrepancy, as a batch of one."""
        model = _responses(structure).measured_in(self.unit)
        s = np.stack([found.statistics for found in self.statistics_of]) / model.units
        W = np.stack(self._weights(means=True))
        units = np.outer(model.units, model.units) if self.kind == "wls" else model.units**2
        return LeastSquares(model, s[None], (W * units)[None], self.shares)

    def n_statistics(self, structure: Structure) -> int:
        """Count thresholds, means, variances and correlations."""
        return _responses(structure).n_statistics

    def implied(self, structure: Structure, theta: Array) -> Implied:
        """Return the implied moments of responses of variance one, and of continuous items."""
        found, rows = structure.matrices(theta), structure.observed
        scale = _responses(structure).model.at(theta).scale
        cov = found.C[:, rows[:, None], rows] * scale[:, :, None] * scale[:, None, :]
        mean = np.zeros(scale.shape) if found.nu is None else found.nu[:, rows] * scale
        return Implied(list(mean), list(cov))

    def statistics(self, structure: Structure, theta: Array) -> tuple[list[Array], list[Array]]:
        """Return the statistics of each group, observed and implied."""
        implied = _responses(structure).model.at(theta).statistics
        return [found.statistics for found in self.statistics_of], list(implied)

    def Delta(self, structure: Structure, theta: Array) -> list[Array]:
        """Return the (m, q) derivatives of the implied statistics of each group."""
        model = _responses(structure).model
        return list(model.jacobian(model.at(theta)))

    def gamma(self, means: bool) -> list[Array]:
        """Return n times the asymptotic covariances of the statistics."""
        found = [each.Gamma for each in self.statistics_of]
        return [Gamma for Gamma in found if Gamma is not None]

    @cached_property
    def _known_weights(self) -> list[Array]:
        if self.kind == "uls":
            return [np.ones(len(found.statistics)) for found in self.statistics_of]
        if self.kind == "dwls":
            return [diagonal_weight(Gamma) for Gamma in self.gamma(means=True)]
        both = zip(self.gamma(means=True), self.sizes, strict=True)
        return [inverse_of(Gamma, n) for Gamma, n in both]

    def _weights(self, means: bool) -> list[Array]:
        return self._known_weights

    def residual_measures(self, structure: Structure, theta: Array) -> ResidualMeasures:
        """Return RMR, SRMR and CRMR, which count thresholds in place of means.

        As in lavaan 0.6-14, means and variances of continuous items are not counted.
        """
        thresholds = _responses(structure).model.sign < 0
        s, sigma = ([each[: len(thresholds)][thresholds] for each in found]
                    for found in self.statistics(structure, theta))  # fmt: skip
        shares = (np.array(self.sizes) / sum(self.sizes)).tolist()
        implied = self.implied(structure, theta).cov
        raw, by_observed, correlations = (
            ordinal_residual_measures(R, Rho, shares, s, sigma)
            for R, Rho in (
                (self.covs, implied),
                (_scaled(self.covs, self.covs), _scaled(implied, self.covs)),
                (_scaled(self.covs, self.covs), _scaled(implied, implied)),
            )
        )
        return replace(
            raw, srmr=by_observed.srmr, srmr_nomean=by_observed.srmr_nomean,
            crmr=correlations.crmr, crmr_nomean=correlations.crmr_nomean,
        )  # fmt: skip

    def as_complete(
        self, structure: Structure, theta: Array, K: Array, df: int, *, robust: bool
    ) -> ModelTest:
        """Return the likelihood's test of the correlations, as if responses were known.

        At the estimates, scaled, for robust measures of fit (Savalei 2021), where the test
        is scaled or not; NaN where continuous items are among them, or the polychoric
        correlations are no correlation matrix.

        References
        ----------
        Savalei, V. (2021). Improving fit indices in structural equation modeling with
        categorical data. Multivariate Behavioral Research 56(3), 390-407.
        doi:10.1080/00273171.2020.1717922
        """
        eigenvalues = [np.linalg.eigvalsh(R)[0] for R in self.covs]
        if not self.ordered.all() or min(eigenvalues) < SMALLEST_EIGENVALUE:
            return mean_scaled(np.nan, df, np.nan, "as complete")
        shares = (np.array(self.sizes) / sum(self.sizes)).tolist()
        Rho = self.implied(structure, theta).cov
        T = sum(self.sizes) * float(
            sum(f * _distance(R, rho) for f, R, rho in zip(shares, self.covs, Rho, strict=True))
        )
        first = len(_responses(structure).model.first)
        Delta = [D @ K for D in self.Delta(structure, theta)]
        trace = residual_trace(
            [D[first:] for D in Delta],
            [_block(W, first) for W in self._known_weights],
            [_of_correlations(rho) for rho in Rho],
            [_block(Gamma, first) for Gamma in self.gamma(means=True)],
            shares,
            bread(Delta, self._known_weights, shares),
        )
        return mean_scaled(T, df, trace, "as complete")


def in_units_of_responses(structure: Responses, theta: Array, cov: Array) -> Array:
    """Return covariances of the answers, each ordered one with the sd of its response.

    So that composites of standardised answers get the weights that standardised
    responses would have.

    Parameters
    ----------
    structure : Responses
        One group.
    theta : (q,) array
        Parameters.
    cov : (p, p) array
        Covariances of the answers as they are.
    """
    rows, sd = structure.observed, np.sqrt(np.diagonal(cov))
    implied = np.sqrt(structure.matrices(theta).C[0, rows, rows])
    unit = np.where(structure.ordered, implied, sd) / sd
    return np.asarray(cov * np.outer(unit, unit))


def _responses(structure: Structure) -> Responses:
    assert isinstance(structure, Responses)
    return structure


def _scaled(covs: Sequence[Array], by: Sequence[Array]) -> list[Array]:
    """Return covariances in standard deviations of others."""
    sds = [np.sqrt(np.diagonal(cov)) for cov in by]
    return [cov / np.outer(sd, sd) for cov, sd in zip(covs, sds, strict=True)]


def _block(X: Array, first: int) -> Array:
    return X[first:] if X.ndim == 1 else X[first:, first:]


def _distance(R: Array, Rho: Array) -> float:
    """Return the likelihood's discrepancy of correlations."""
    sign, logarithm = np.linalg.slogdet(Rho)
    if sign <= 0:
        return np.nan
    found = logarithm - np.linalg.slogdet(R)[1] + np.trace(np.linalg.solve(Rho, R)) - len(R)
    return float(found)


def _of_correlations(Rho: Array) -> Array:
    """Return the weights of normal theory of the cells off the diagonal."""
    i, j = np.triu_indices(len(Rho))
    apart = np.flatnonzero(i != j)
    return normal_weight(Rho)[np.ix_(apart, apart)]


def _statistics_of(moments: Moments, ordered: Collection[str]) -> OrdinalMoments:
    category_counts(moments, ordered)
    assert moments.rows is not None
    rows, weights, design = moments.rows, moments.weights, moments.design
    clusters = None if design is None else design.clusters
    if design is not None and design.strata is not None:
        raise OptionError(
            "Errors of thresholds and polychoric correlations cannot heed strata. Declare "
            "clusters only, or take answers as numbers, csi.CBSEM('MLR')."
        )
    if moments.frequency and weights is not None:
        copies = weights.astype(np.intp)
        rows, weights = np.repeat(rows, copies, axis=0), None
        clusters = None if clusters is None else np.repeat(clusters, copies)
    mask = np.array([name in ordered for name in moments.columns])
    return ordinal_moments(rows, mask, weights=weights, clusters=clusters, names=moments.columns)

"""What answers with holes say of a covariance structure.

Two ways from them to its parameters: the likelihood of whatever each respondent
answered, or means and covariances estimated first and taken for those of complete
answers, whose uncertainty then enters errors and tests.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np

from csi.core.sem.full_information import FullInformation
from csi.core.sem.gamma import normal_weight
from csi.core.sem.incomplete import Kind, evaluate, log_likelihood, score_products
from csi.core.sem.optimise import Discrepancy
from csi.core.sem.patterns import Patterns, find_patterns
from csi.core.sem.residual_measures import GoodnessOfFit
from csi.core.sem.sandwich import bread
from csi.core.sem.saturated import asymptotic_covariance, saturated
from csi.core.sem.scaled_tests import (
    ModelTest,
    Traces,
    residual_trace,
    upper_tail,
    yuan_bentler,
)
from csi.core.sem.structure import Structure
from csi.core.types import Array
from csi.errors import OptionError
from csi.estimators.sem.evidence import Complete, Sample


def sample_with_holes(
    rows: Array,
    names: Sequence[str],
    *,
    weights: Array | None = None,
    clusters: np.ndarray | None = None,
    frequency: bool = False,
    start: tuple[Array, Array] | None = None,
) -> Sample:
    """Return answers with the means and covariances that make them most likely.

    Parameters
    ----------
    rows : (n, p) array
        Answers; NaN where missing.
    names : sequence of str
        Names of the items, for messages.
    weights, clusters : (n,) arrays, optional
        Weights and clusters.
    frequency : bool
        Whether a weight says how many respondents a row stands for.
    start : tuple of (p,) array and (p, p) array, optional
        Means and covariances to begin with.

    Raises
    ------
    DataError
        If an item does not vary, or two items were never answered together.
    EstimationError
        If the likelihood has no maximum.
    """
    patterns = find_patterns(rows, weights, frequency=frequency)
    found = saturated(patterns, names, start=start)
    return Sample(
        patterns.total, found.cov, found.mean, rows, weights, clusters, frequency=frequency
    )


@dataclass(frozen=True, eq=False)
class _Holes(Complete):
    """Answers with holes; their saturated moments stand for those of the sample.

    Attributes
    ----------
    frequency : bool
        Whether a weight says how many respondents a row stands for.
    """

    frequency: bool = False

    @cached_property
    def patterns(self) -> list[Patterns]:
        """Respondents of each group by what they answered."""
        return [
            find_patterns(self._rows(sample), sample.weights, frequency=self.frequency)
            for sample in self.samples
        ]

    @staticmethod
    def _rows(sample: Sample) -> Array:
        assert sample.rows is not None
        return sample.rows

    @cached_property
    def centres(self) -> list[tuple[Array, Array]]:
        """Saturated means and covariances of each group."""
        assert self.means is not None
        return list(zip(self.means, self.covs, strict=True))

    def places(self, structure: Structure, theta: Array) -> list[tuple[Array, Array]]:
        """Return the implied means and covariances of each group."""
        implied = self.implied(structure, theta)
        return list(zip(implied.mean, implied.cov, strict=True))

    def goodness_of_fit(self, structure: Structure, theta: Array, df: int) -> GoodnessOfFit:
        """Return GFI, AGFI and PGFI."""
        return self.weighted_goodness_of_fit(structure, theta, df)

    def informations(self, where: list[tuple[Array, Array]], kind: Kind) -> list[Array]:
        """Return the (m, m) information of one respondent about means and covariances."""
        found = (
            evaluate(patterns, mean, cov, kind).information
            for patterns, (mean, cov) in zip(self.patterns, where, strict=True)
        )
        return [
            np.asarray(each) / patterns.total
            for each, patterns in zip(found, self.patterns, strict=True)
        ]

    def products(
        self, where: list[tuple[Array, Array]], Delta: Sequence[Array] | None = None
    ) -> list[Array]:
        """Return the covariance of one respondent's scores, by moments or along Delta."""
        along = [None] * len(where) if Delta is None else Delta
        each = zip(self.samples, self.patterns, where, along, strict=True)
        return [
            score_products(
                patterns, self._rows(sample), mean, cov, clusters=sample.clusters, along=by
            )
            / patterns.total
            for sample, patterns, (mean, cov), by in each
        ]  # fmt: skip

    @cached_property
    def robust_gamma(self) -> list[Array]:
        """Covariances, times n, of the saturated moments, normal or not."""
        each = zip(self.patterns, self.centres, self.products(self.centres), strict=True)
        return [
            asymptotic_covariance(patterns, mean, cov, products=scores * patterns.total)
            for patterns, (mean, cov), scores in each
        ]

    def normal_gamma(self, kind: Kind) -> list[Array]:
        """Covariances, times n, of the saturated moments of normal answers."""
        return [
            asymptotic_covariance(patterns, mean, cov, information=kind)
            for patterns, (mean, cov) in zip(self.patterns, self.centres, strict=True)
        ]


@dataclass(frozen=True, eq=False)
class Incomplete(_Holes):
    """Answers with holes, each respondent with what was answered (FIML)."""

    def problem(self, structure: Structure) -> Discrepancy:
        """Return the discrepancy, as a batch of one."""
        best = [
            log_likelihood(patterns, mean, cov)
            for patterns, (mean, cov) in zip(self.patterns, self.centres, strict=True)
        ]
        return FullInformation.of(structure, self.patterns, best, self.unit)

    def bread(self, structure: Structure, theta: Array, information: str) -> Array:
        """Return the information of one respondent."""
        problem = self.problem(structure)
        exact = information == "observed"
        return np.asarray(problem.derivatives(problem.at(theta[None]), exact=exact)[1][0] / 2)

    def meat(self, structure: Structure, theta: Array, *, about_model: bool) -> Array:
        """Return the covariance of the scores of one respondent."""
        where = self.places(structure, theta)
        each = self.products(where, self.Delta(structure, theta))
        return np.asarray(sum(f * scores for f, scores in zip(self.shares, each, strict=True)))

    def traces(self, structure: Structure, theta: Array, K: Array) -> Traces:
        """Refuse tests that rest on complete answers.

        Raises
        ------
        OptionError
            Always.
        """
        raise OptionError(
            "This scaled test needs complete answers. With missing answers use "
            "csi.CBSEM('MLR'), or csi.CBSEM(missing='robust-two-stage')."
        )

    def yuan_bentler(
        self, structure: Structure, theta: Array, information: Array, scores: Array, mplus: bool
    ) -> float:
        """Return the trace of U Gamma of Yuan and Bentler's test."""
        both = zip(
            self.informations(self.centres, "observed"), self.products(self.centres), strict=True
        )
        return yuan_bentler(list(both), information, scores).trace

    def gamma(self, means: bool) -> list[Array]:
        """Return n times the asymptotic covariances of means and covariances."""
        return self.robust_gamma

    def log_likelihoods(self, structure: Structure, theta: Array) -> tuple[float, float]:
        """Return the log-likelihood of the model and of the saturated model."""
        first, second = (
            sum(
                log_likelihood(patterns, mean, cov)
                for patterns, (mean, cov) in zip(self.patterns, where, strict=True)
            )
            for where in (self.places(structure, theta), self.centres)
        )
        return first, second

    def likelihood_of(self, items: Sequence[int]) -> float:
        """Return the log-likelihood of some items at their own saturated moments."""
        total = 0.0
        for sample, (mean, cov) in zip(self.samples, self.centres, strict=True):
            rows, names = self._rows(sample)[:, items], [str(i) for i in items]
            patterns = find_patterns(rows, sample.weights, frequency=self.frequency)
            own = mean[items], cov[np.ix_(items, items)]
            total += saturated(patterns, names, start=own).logl
        return total

    def weight(self, structure: Structure, theta: Array) -> list[Array]:
        """Return the expected information of one respondent about the implied moments.

        GFI is made of it, and of the saturated moments, to which the model is fitted; lavaan
        takes those of the answers there are instead.
        """
        return self.informations(self.places(structure, theta), "expected")

    def as_complete(
        self, structure: Structure, theta: Array, K: Array, df: int, *, robust: bool
    ) -> ModelTest:
        """Return the test that complete answers with the saturated moments would have.

        Zhang and Savalei's (2023) corrected discrepancy, from which CFI and RMSEA estimate
        what they would be without missing answers: V6 of theirs where the test is not
        robust, V3 where it is, from the observed information of the saturated moments, as in
        lavaan. Where expected information is asked for, lavaan mixes both kinds here.

        References
        ----------
        Zhang, X. and Savalei, V. (2023). New computations for RMSEA and CFI following FIML
        and TS estimation with missing data. Psychological Methods 28(2), 263-283.
        doi:10.1037/met0000445
        """
        whole = Complete(self.samples).problem(structure)
        T = float(whole.at(theta[None]).value[0]) * self.count
        Delta = [D @ K for D in self.Delta(structure, theta)]
        W = self.informations(self.centres, "observed")
        V = [normal_weight(cov, means=True) for _, cov in self.centres]
        Gamma = self.robust_gamma if robust else self.normal_gamma("observed")
        c = residual_trace(Delta, W, V, Gamma, self.shares.tolist()) / df if df > 0 else np.nan
        c = c if c > 0 else np.nan
        return ModelTest("as complete", T / c, df, upper_tail(T / c, df), c)


@dataclass(frozen=True, eq=False)
class TwoStage(_Holes):
    """Answers with holes through their saturated moments (Savalei and Bentler 2009).

    The baseline model is tested with the same covariances of the moments; lavaan 0.6-14
    scales its baseline test by one and the same factor, robust or not.

    Attributes
    ----------
    robust : bool
        Whether the covariances of the moments hold for answers that are not normal.
    information : {"observed", "expected"}
        Which information the covariances of the moments and the errors are taken from.

    References
    ----------
    Savalei, V. and Bentler, P. M. (2009). A two-stage approach to missing data: theory and
    application to auxiliary variables. Structural Equation Modeling 16(3), 477-497.
    doi:10.1080/10705510903008238

    Savalei, V. and Falk, C. F. (2014). Robust two-stage approach outperforms robust full
    information maximum likelihood with incomplete nonnormal data. Structural Equation
    Modeling 21(2), 280-302. doi:10.1080/10705511.2014.882692
    """

    robust: bool = False
    information: Literal["observed", "expected"] = "observed"

    def gamma(self, means: bool) -> list[Array]:
        """Return n times the asymptotic covariances of the saturated moments."""
        return self._gammas

    @cached_property
    def _gammas(self) -> list[Array]:
        return self.robust_gamma if self.robust else self.normal_gamma(self.information)

    def weight(self, structure: Structure, theta: Array) -> list[Array]:
        """Return the weights of the discrepancy at the saturated moments, as lavaan does."""
        return [normal_weight(cov, means=True) for cov in self.covs]

    def bread(self, structure: Structure, theta: Array, information: str) -> Array:
        """Return the information of one respondent were the moments those of complete answers."""
        Delta, V = self.Delta(structure, theta), self.weight(structure, theta)
        return bread(Delta, V, self.shares.tolist())

    def meat(self, structure: Structure, theta: Array, *, about_model: bool) -> Array:
        """Return the covariance of the scores of one respondent."""
        return super().meat(structure, theta, about_model=False)

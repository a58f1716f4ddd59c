"""What the answers say of a covariance structure: complete answers of one group or several.

Evidence turns a structure into a discrepancy to be minimised, and tells afterwards
how sure its parameters are and how well it fits. q are the parameters of the
structure, n the respondents of all groups.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, TypeAlias

import numpy as np

from csi.core.design import Design
from csi.core.moments import Moments
from csi.core.sem.gamma import FourthMoments, fourth_moments, normal_gamma, normal_weight, vech
from csi.core.sem.known_causes import given_causes
from csi.core.sem.least_squares import (
    Continuous,
    LeastSquares,
    diagonal_weight,
    inverse_weight,
)
from csi.core.sem.normal import Normal, inverse
from csi.core.sem.optimise import Discrepancy
from csi.core.sem.residual_measures import (
    GoodnessOfFit,
    ResidualMeasures,
    goodness_of_fit,
    log_likelihood,
    normal_goodness_of_fit,
    residual_measures,
)
from csi.core.sem.sandwich import bread, meat
from csi.core.sem.scaled_tests import ModelTest, Traces, browne_residual, u_gamma, yuan_bentler
from csi.core.sem.structure import Structure, jacobian
from csi.core.types import Array
from csi.errors import DataError, EstimationError, RowsRequiredError

Kind = Literal["ml", "gls", "uls", "wls", "dwls"]
StartMoments = tuple[Array, Array | None] | tuple[Array, Array | None, Array]

CERTAIN = 1e-12
"""Variance of a statistic, beside its size, below which it is none."""


@dataclass(frozen=True, eq=False)
class Sample:
    """Answers of one group.

    Attributes
    ----------
    n : float
        Respondents.
    cov : (p, p) array
        Covariances, divisor n.
    mean : (p,) array or None
        Means.
    rows : (n, p) array or None
        The answers themselves, where they are known.
    weights : (n,) array or None
        Sampling weights, or how many respondents each row stands for.
    clusters, strata : (n,) arrays or None
        How respondents were drawn.
    frequency : bool
        Whether weights are frequencies.
    """

    n: float
    cov: Array
    mean: Array | None = None
    rows: Array | None = None
    weights: Array | None = None
    clusters: np.ndarray | None = None
    strata: np.ndarray | None = None
    frequency: bool = False

    @classmethod
    def of(cls, moments: Moments) -> Sample:
        """Return what moments say of a group, respondents and their design included."""
        n, design = moments.n, moments.design or Design()
        return cls(
            n, moments.cov * ((n - 1) / n), moments.mean, moments.rows, moments.weights,
            design.clusters, design.strata, moments.frequency,
        )  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Implied:
    """Means and covariances of the items, one array for each group."""

    mean: list[Array]
    cov: list[Array]


@dataclass(frozen=True, eq=False)
class Complete:
    """Complete answers, or moments somebody printed.

    Attributes
    ----------
    samples : tuple of Sample
        One a group.
    kind : {"ml", "gls", "uls", "wls", "dwls"}
        The discrepancy.
    wishart : bool
        Whether maximum likelihood takes the Wishart likelihood, divisor n - 1.
    given : tuple of int
        Items that are causes and taken as they are, under maximum likelihood.
    """

    samples: tuple[Sample, ...]
    kind: Kind = "ml"
    wishart: bool = False
    given: tuple[int, ...] = ()

    @property
    def sizes(self) -> list[float]:
        """Respondents of each group."""
        return [sample.n for sample in self.samples]

    @property
    def unbiased(self) -> bool:
        """Whether covariances have the divisor n - 1."""
        return self.wishart or self.kind != "ml"

    @property
    def has_likelihood(self) -> bool:
        """Whether the discrepancy is a likelihood ratio."""
        return self.kind == "ml"

    @property
    def count(self) -> float:
        """Respondents, less one a group with the divisor n - 1."""
        return sum(self.sizes) - (len(self.samples) if self.unbiased else 0)

    @cached_property
    def shares(self) -> Array:
        """Share of each group in the count."""
        sizes = np.array(self.sizes) - (1 if self.unbiased else 0)
        return np.asarray(sizes / sizes.sum())

    @cached_property
    def covs(self) -> list[Array]:
        """Covariances with the divisor of the discrepancy."""
        if not self.unbiased:
            return [sample.cov for sample in self.samples]
        return [sample.cov * (sample.n / (sample.n - 1)) for sample in self.samples]

    @cached_property
    def means(self) -> list[Array] | None:
        """Means, where they are known."""
        found = [sample.mean for sample in self.samples if sample.mean is not None]
        return found if len(found) == len(self.samples) else None

    @cached_property
    def unit(self) -> Array:
        """What items are measured in, so that their sizes do not matter."""
        variances: Array = np.mean([np.diagonal(cov) for cov in self.covs], axis=0)
        if self.kind == "uls":
            return np.repeat(np.sqrt(variances.mean()), len(variances))
        return np.sqrt(variances)

    @cached_property
    def size(self) -> float:
        """What a discrepancy of one is in the problem: ULS depends on the units of the items."""
        return float(self.unit[0] ** 4) if self.kind == "uls" else 1.0

    def start_moments(self) -> StartMoments:
        """Return covariances and means as a batch of one."""
        means = None if self.means is None else np.stack(self.means)[None]
        return np.stack(self.covs)[None], means

    def problem(self, structure: Structure) -> Discrepancy:
        """Return the discrepancy, as a batch of one."""
        mean = np.stack(self.means)[None] if structure.has_means and self.means else None
        return self.problem_of(structure, np.stack(self.covs)[None], mean)

    def problem_of(self, structure: Structure, cov: Array, mean: Array | None) -> Discrepancy:
        """Return the discrepancy from other moments, such as those of resamples.

        Weights of WLS and DWLS stay those of the answers themselves.

        Parameters
        ----------
        structure : Structure
            The model.
        cov : (B, G, p, p) array
            Covariances, with the divisor of the discrepancy.
        mean : (B, G, p) array or None
            Means, for a mean structure.
        """
        if self.kind not in ("ml", "gls"):
            return self._least_squares(structure, cov, mean)
        S = cov / (self.unit[:, None] * self.unit)
        if mean is not None:
            mean = mean / self.unit
        V, offset = None, np.zeros(S.shape[:2])
        if self.kind == "ml":
            offset = np.linalg.slogdet(S)[1] + S.shape[-1]
        else:
            V = inverse(S)[0]
        return Normal(structure, S, mean, self.shares, self.unit, V, offset)

    def _least_squares(self, structure: Structure, cov: Array, mean: Array | None) -> LeastSquares:
        model, means = Continuous(structure, self.unit), structure.has_means
        if means and mean is None:
            raise RowsRequiredError("The model has means, but the moments hold none. Give them.")
        if self.kind != "uls":
            for sample, Gamma in zip(self.samples, self.gamma(means), strict=True):
                check_uncertain(Gamma, sample.cov, self.kind)
        s = vech(cov) if mean is None else np.concatenate([mean, vech(cov)], axis=-1)
        W = np.stack(self._weights(means))
        units = np.outer(model.units, model.units) if self.kind == "wls" else model.units**2
        weights = np.broadcast_to(W * units, (len(s), *W.shape))
        return LeastSquares(model, s / model.units, weights, self.shares)

    def n_statistics(self, structure: Structure) -> int:
        """Count means and covariances."""
        p = len(structure.observed)
        return len(self.samples) * (p * (p + 1) // 2 + (p if structure.has_means else 0))

    def implied(self, structure: Structure, theta: Array) -> Implied:
        """Return the implied moments of each group."""
        found, rows = structure.matrices(theta), structure.observed
        cov = list(found.C[:, rows[:, None], rows])
        if found.nu is not None:
            return Implied(list(found.nu[:, rows]), cov)
        return Implied(self.means or [np.zeros(len(rows))] * len(cov), cov)

    def Delta(self, structure: Structure, theta: Array) -> list[Array]:
        """Return the (m, q) derivatives of the implied statistics of each group."""
        found = structure.matrices(theta)
        by_cell = jacobian(structure, found, np.ones(len(structure.observed)))
        return list(by_cell @ structure.K)

    def weight(self, structure: Structure, theta: Array) -> list[Array]:
        """Return the (m, m) or (m,) weights of the discrepancy in each group."""
        means = structure.has_means
        if self.kind == "ml":
            return [normal_weight(C, means=means) for C in self.implied(structure, theta).cov]
        if self.kind == "gls":
            return [normal_weight(C, means=means) for C in self.covs]
        return self._weights(means)

    def _weights(self, means: bool) -> list[Array]:
        """Return the weights of ULS, WLS or DWLS."""
        if self.kind == "uls":
            p = len(self.unit)
            return [np.ones(p * (p + 1) // 2 + (p if means else 0))] * len(self.samples)
        if self.kind == "dwls":
            return [diagonal_weight(Gamma) for Gamma in self.gamma(means)]
        return [
            inverse_of(Gamma, n) for Gamma, n in zip(self.gamma(means), self.sizes, strict=True)
        ]

    @cached_property
    def fourth(self) -> list[FourthMoments]:
        """Products of the answers up to the fourth order."""
        found = []
        for sample in self.samples:
            if sample.rows is None:
                raise RowsRequiredError(
                    "Errors and tests that do not rest on normal data need the respondents, but "
                    "there are moments only. Fit the survey, or use csi.CBSEM('ML')."
                )
            found.append(
                fourth_moments(
                    sample.rows, sample.weights, sample.clusters,
                    strata=sample.strata, frequency=sample.frequency,
                )
            )  # fmt: skip
        return found

    def gamma(self, means: bool) -> list[Array]:
        """Return n times the asymptotic covariances of the statistics, about the sample."""
        return [moments.gamma(means=means) for moments in self.fourth]

    def gamma_given(self, means: bool) -> list[Array]:
        """Return the same, with causes that are taken as they are."""
        return self.as_given(self.gamma(means), means)

    def as_given(self, Gamma: Sequence[Array], means: bool) -> list[Array]:
        """Return covariances of the statistics, with causes that are taken as they are."""
        return [
            given_causes(each, cov, self.given, means=means)
            for each, cov in zip(Gamma, self.covs, strict=True)
        ]

    def bread(self, structure: Structure, theta: Array, information: str) -> Array:
        """Return the information of one respondent."""
        if self.kind == "ml" or information == "observed":
            problem = self.problem(structure)
            point = problem.at(theta[None])
            _, H = problem.derivatives(point, exact=information == "observed")
            return np.asarray(H[0] / 2)
        return bread(
            self.Delta(structure, theta), self.weight(structure, theta), self.shares.tolist()
        )

    def meat(self, structure: Structure, theta: Array, *, about_model: bool) -> Array:
        """Return the covariance of the scores of one respondent."""
        return meat(
            self.Delta(structure, theta), self.weight(structure, theta),
            self._gamma(structure, theta, about_model), self.shares.tolist(),
        )  # fmt: skip

    def _gamma(self, structure: Structure, theta: Array, about_model: bool) -> list[Array]:
        if not about_model:
            return self.gamma_given(structure.has_means)
        implied = self.implied(structure, theta)
        return [
            moments.gamma(
                means=structure.has_means,
                about=(mu if structure.has_means else moments.mean, Sigma),
            )
            for moments, mu, Sigma in zip(self.fourth, implied.mean, implied.cov, strict=True)
        ]

    def traces(self, structure: Structure, theta: Array, K: Array) -> Traces:
        """Return the traces of U Gamma for parameters that are free along K."""
        Delta = [D @ K for D in self.Delta(structure, theta)]
        return u_gamma(
            Delta, self.weight(structure, theta), self.gamma_given(structure.has_means),
            self.shares.tolist(),
        )  # fmt: skip

    def yuan_bentler(
        self, structure: Structure, theta: Array, information: Array, scores: Array, mplus: bool
    ) -> float:
        """Return the trace of U Gamma of Yuan and Bentler's test."""
        means = structure.has_means
        saturated = []
        for cov, Gamma in zip(self.covs, self.gamma(means), strict=True):
            V = normal_weight(cov, means=means)
            saturated.append((V, V @ Gamma @ V))
        return yuan_bentler(saturated, information, scores).trace

    def browne(
        self, structure: Structure, theta: Array, K: Array, df: int, normal: bool
    ) -> ModelTest:
        """Return Browne's test of the residuals."""
        means = structure.has_means
        Gamma = (
            [normal_gamma(cov, means=means) for cov in self.covs] if normal else self.gamma(means)
        )
        s, sigma = self.statistics(structure, theta)
        sizes = [n - (1 if self.unbiased else 0) for n in self.sizes]
        name = "browne.residual.nt" if normal else "browne.residual.adf"
        residuals = [one - other for one, other in zip(s, sigma, strict=True)]
        Delta = [D @ K for D in self.Delta(structure, theta)]
        return browne_residual(residuals, Delta, Gamma, sizes, df, name)

    def statistics(self, structure: Structure, theta: Array) -> tuple[list[Array], list[Array]]:
        """Return the statistics of each group, observed and implied."""
        implied = self.implied(structure, theta)
        observed = Implied(self.means or implied.mean, self.covs)
        first = [_statistics(each, structure.has_means) for each in (observed, implied)]
        return first[0], first[1]

    def log_likelihoods(self, structure: Structure, theta: Array) -> tuple[float, float]:
        """Return the log-likelihood of the model and of the saturated model.

        Under the Wishart likelihood at covariances with divisor n - 1, as lavaan does.
        """
        implied, covs = self.implied(structure, theta), self.covs
        means = (self.means, implied.mean) if self.means is not None else (None, None)
        return (
            log_likelihood(covs, implied.cov, self.sizes, *means),
            log_likelihood(covs, covs, self.sizes),
        )

    def residual_measures(self, structure: Structure, theta: Array) -> ResidualMeasures:
        """Return RMR, SRMR and CRMR."""
        implied = self.implied(structure, theta)
        shares = (np.array(self.sizes) / sum(self.sizes)).tolist()
        means = (self.means, implied.mean) if structure.has_means else (None, None)
        return residual_measures(self.covs, implied.cov, shares, *means)

    def goodness_of_fit(self, structure: Structure, theta: Array, df: int) -> GoodnessOfFit:
        """Return GFI, AGFI and PGFI."""
        if self.kind in ("ml", "gls"):
            shares = self.shares.tolist()
            implied = self.implied(structure, theta)
            at = implied.cov if self.kind == "ml" else self.covs
            means = (self.means, implied.mean) if structure.has_means else ()
            return normal_goodness_of_fit(self.covs, implied.cov, at, shares, df, *means)
        return self.weighted_goodness_of_fit(structure, theta, df)

    def weighted_goodness_of_fit(
        self, structure: Structure, theta: Array, df: int
    ) -> GoodnessOfFit:
        """Return GFI, AGFI and PGFI by the weights of the discrepancy."""
        s, sigma = self.statistics(structure, theta)
        weights, shares = self.weight(structure, theta), self.shares.tolist()
        return goodness_of_fit(s, sigma, weights, shares, df)


Evidence: TypeAlias = Complete
"""What an estimator knows of the answers; evidence of other kinds derives from complete answers."""


def inverse_of(Gamma: Array, n: float) -> Array:
    """Return the weights of WLS.

    Raises
    ------
    EstimationError
        If n respondents are too few for as many statistics.
    """
    try:
        if n > len(Gamma):
            return inverse_weight(Gamma)
    except np.linalg.LinAlgError:
        pass
    raise EstimationError(
        f"WLS weighs {len(Gamma)} statistics by the inverse of their covariance matrix, which "
        f"{n:g} respondents leave without an inverse. Use DWLS, or ML with robust errors."
    )


def check_uncertain(Gamma: Array, cov: Array, kind: str) -> None:
    """Refuse statistics that no other sample would change, whose weight would be infinite.

    Raises
    ------
    DataError
        Such as the variance of two answers that are given equally often.
    """
    p = len(cov)
    i, j = np.triu_indices(p)
    size = np.diag(cov)[i] * np.diag(cov)[j]
    known = np.diag(Gamma)[-len(i) :] <= CERTAIN * size
    if known.any():
        raise DataError(
            f"{kind.upper()} weighs variances and covariances by how uncertain they are, but "
            f"{int(known.sum())} of them are certain, such as the variance of an item with two "
            "answers given equally often. Declare such items ordered, csi.CBSEM('WLSMV', "
            "ordered=[...]), or use 'MLR'."
        )


def _statistics(moments: Implied, means: bool) -> list[Array]:
    stacked: Callable[[Array, Array], Array] = (
        (lambda mean, cov: np.concatenate([mean, vech(cov)]))
        if means
        else (lambda _, cov: vech(cov))
    )
    return [stacked(mean, cov) for mean, cov in zip(moments.mean, moments.cov, strict=True)]

"""Resamples of respondents among whom a fitted model holds exactly.

The answers are turned so that they correlate as the model says, and keep their
spread, weights, clusters and strata. What estimation then finds in resamples of
them is sampling error. Means play no part and become zero.

References
----------
Beran, R. and Srivastava, M. S. (1985). Bootstrap tests and confidence regions
for functions of a covariance matrix. Annals of Statistics 13(1), 95-115.
doi:10.1214/aos/1176346579

Bollen, K. A. and Stine, R. A. (1992). Bootstrapping goodness-of-fit measures in
structural equation models. Sociological Methods & Research 21(2), 205-229.
doi:10.1177/0049124192021002004
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from csi.core.collinearity import SINGULAR
from csi.core.composites import Composites
from csi.core.discrepancy import d_g, d_ml, d_uls, relative_eigenvalues, srmr
from csi.core.implied import Residuals, construct_correlations, indicator_correlations
from csi.core.products import Products, Samples
from csi.core.types import Array, Mask
from csi.covariance_fit import CovarianceFit
from csi.estimators.base import FAILURES, BatchEstimator, Solved
from csi.estimators.pls import PLS
from csi.resampling.engine import Engine, Multipliers, Part
from csi.resampling.quantities import batch_of_one
from csi.results import Fit
from csi.spec import Model

DISTANCES = ("SRMR", "d_ULS", "d_G", "d_ML")
"""What is tested, in the order of the numbers of a resample."""

INDEFINITE = "implied correlations are not positive definite"
"""Why a resample has no distances although the model could be estimated from it."""


def implied(
    model: Model, R: Array, found: Composites, saturated: bool, residuals: Residuals
) -> Array:
    """Return the (p, p, ...) correlations of the indicators that estimates imply."""
    P = found.C
    if not saturated:
        P = construct_correlations(found.C, found.B, model.design, residuals)
    return indicator_correlations(R, found.loadings, P, model.blocks, factors(model))


def factors(model: Model) -> Mask:
    """Return which constructs are common factors: the reflective ones."""
    return np.array([c.kind == "reflective" for c in model.constructs])


def distances(R: Array, Sigma: Array) -> Array:
    """Return the (4, ...) distances between observed and implied correlations."""
    e = relative_eigenvalues(R, Sigma)
    return np.stack([srmr(R, Sigma), d_uls(R, Sigma), d_g(e), d_ml(e)])


def consistent(fit: Fit) -> bool:
    """Whether the estimator is consistent where the model holds: PLSc, and Mode B of composites."""
    model, estimator = fit.model, fit.estimator
    if not isinstance(estimator, PLS):
        return False
    several = model.blocks.sum(axis=0) > 1
    mode_b = np.array([mode == "B" for mode in estimator.modes_of(model)])
    return bool(np.where(factors(model), estimator.consistent, mode_b)[several].all())


def hindrance(fit: Fit, saturated: bool) -> tuple[str, str]:
    """Return why a fit cannot be put to the test, and what to do; empty if it can."""
    if fit.data is None:
        return "the fit holds no respondents", "Fit the survey instead of its moments."
    if any(construct.higher_order for construct in fit.model.constructs):
        return (
            "it is not defined for models with higher-order constructs",
            "Test the model of their parts.",
        )
    if isinstance(fit, CovarianceFit):
        return (
            "the model was fitted as a covariance structure, which has a test of its own",
            "Read fit.fit_measures, or bootstrap it with csi.bollen_stine(fit).",
        )
    if not isinstance(fit.estimator, BatchEstimator):
        return (
            "the estimator takes one sample at a time",
            "Give it a method solve() as in csi.estimators.base.BatchEstimator.",
        )
    if np.isnan(fit.data.rows).any():
        return (
            "answers are missing and were used in pairs",
            "Fit with missing='listwise' or missing='mean'.",
        )
    return _impossible(fit, saturated)


def _impossible(fit: Fit, saturated: bool) -> tuple[str, str]:
    if np.linalg.eigvalsh(fit.moments.corr)[0] < SINGULAR:
        return (
            "the correlations of the items are singular",
            "Use more respondents than items, and drop items that repeat others.",
        )
    found = batch_of_one(fit)[1]
    wrong = Engine.of(fit).impossible(Solved(found, np.zeros(1, np.int8)))
    if wrong.any() or not fit.convergence.converged:
        return (
            "the estimates are inadmissible or have not settled",
            "Read fit.problems; without consistent=True estimates are always admissible.",
        )
    R = fit.moments.corr[..., None]
    if np.linalg.eigvalsh(implied(fit.model, R, found, saturated, "unit")[..., 0])[0] < SINGULAR:
        return (
            f"the {INDEFINITE}",
            "Look for loadings above 1 and for constructs that correlate near 1.",
        )
    return "", ""


@dataclass(frozen=True, eq=False)
class NullEngine(Engine):
    """An engine whose respondents follow the fitted model, and whose numbers are distances.

    Attributes
    ----------
    saturated : bool
        Whether the constructs correlate freely.
    population : {"unit", "estimated"}
        What residuals of constructs are given where resamples are drawn from;
        with ``"estimated"``, as in cSEM, the model may not hold there exactly.
    """

    saturated: bool = False
    population: Residuals = "unit"

    @cached_property
    def products(self) -> Products:
        """What resamples are made of: answers that correlate as the model says."""
        answers = self.fit.data
        assert answers is not None
        weights = answers.weights if answers.weight_type == "sampling" else None
        return Products(self._turned(answers.rows), self.fit.n, weights)

    @cached_property
    def observed(self) -> Array:
        """(4,) distances of the fit."""
        samples, found = batch_of_one(self.fit)
        return self._distances(samples.R, found)[:, 0]

    def of_sums(self, sums: Array) -> Part:
        """Return the distances in resamples given by (m, b) sums."""
        return self._measured(self.products.samples(sums))[0]

    def twice(self, counts: Multipliers, rng: np.random.Generator) -> Part:
        """Return the distances in resamples, and below them those in one resample of each.

        The second is drawn from the first as the first is drawn from the sample:
        among respondents turned so that what was estimated there holds exactly.

        Parameters
        ----------
        counts : (b, n) array
            How often each row is drawn.
        rng : numpy.random.Generator
            What the second resamples are drawn by.

        Returns
        -------
        Part
            Of (8, b) distances.
        """
        samples = self.products.samples(self.products.sums([counts]))
        first, found = self._measured(samples)
        number = counts.sum(axis=1, dtype=np.float64)
        again = rng.multinomial(number.astype(np.int64), counts / number[:, None])
        drawn = self.products.samples(self.products.sums([again.astype(np.float64)]))
        second, _ = self._measured(self._turned_again(drawn, samples, found, ~first.bad))
        second.values[:, second.bad | first.bad] = np.nan
        return Part(np.concatenate([first.values, second.values]), first.why, first.impossible)

    def _measured(self, samples: Samples) -> tuple[Part, Composites]:
        """Return the distances in resamples, and what was estimated from them."""
        solved = self._solve(samples)
        impossible = self.impossible(solved)
        usable = (solved.failure == 0) & ~impossible.any(axis=0)
        values = np.where(usable, self._distances(samples.R, solved.composites), np.nan)
        why = np.where(
            usable & np.isnan(values).any(axis=0), INDEFINITE, np.array(FAILURES)[solved.failure]
        )
        values[:, why == INDEFINITE] = np.nan
        return Part(values, why, impossible), solved.composites

    def _turned_again(
        self, drawn: Samples, first: Samples, found: Composites, usable: Mask
    ) -> Samples:
        """Turn second resamples so that what the first ones imply holds in these."""
        Sigma = implied(self.fit.model, first.R, found, self.saturated, self.population)
        ratio = drawn.sd / first.sd
        S = drawn.R * ratio[:, None] * ratio
        identity = np.eye(len(S))[..., None]
        S, R, Sigma = (np.where(usable, matrix, identity) for matrix in (S, first.R, Sigma))
        A = _roots(R, -0.5) @ _roots(Sigma, 0.5)
        turned = np.moveaxis(A.transpose(0, 2, 1) @ np.moveaxis(S, -1, 0) @ A, 0, -1)
        sd = np.sqrt(np.einsum("ii...->i...", turned))
        return Samples(drawn.mean, sd, turned / (sd[:, None] * sd))

    def _distances(self, R: Array, found: Composites) -> Array:
        with np.errstate(invalid="ignore", over="ignore"):  # of resamples that failed
            Sigma = implied(self.fit.model, R, found, self.saturated, "estimated")
            return distances(R, Sigma)

    def _turned(self, rows: Array) -> Array:
        """Return answers with the correlations of the model and the spread they had."""
        moments = self.fit.moments
        assert moments.mean is not None
        found = batch_of_one(self.fit)[1]
        R = moments.corr[..., None]
        Sigma = implied(self.fit.model, R, found, self.saturated, self.population)
        Z = (rows - moments.mean) / moments.sd
        return Z @ _root(moments.corr, -0.5) @ _root(Sigma[..., 0], 0.5) * moments.sd


def _root(matrix: Array, power: float) -> Array:
    """Return a power of a positive definite matrix."""
    return np.asarray(_roots(matrix[..., None], power)[0])


def _roots(matrices: Array, power: float) -> Array:
    """Return (b, p, p) powers of (p, p, b) matrices; indefinite ones count as singular."""
    values, vectors = np.linalg.eigh(np.moveaxis(matrices, -1, 0))
    scale = np.maximum(values, SINGULAR) ** power
    powers: Array = (vectors * scale[:, None]) @ vectors.swapaxes(1, 2)
    return powers

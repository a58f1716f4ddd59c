"""A fitted covariance structure, estimated again from the moments of many resamples."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from csi.core.products import Samples
from csi.core.sem.optimise import PATIENCE, Optimum, minimise_with_restarts
from csi.core.types import Array, Mask
from csi.estimators.base import CONSTANT, SINGULAR, UNSETTLED, Solved
from csi.estimators.sem.composed import Places, composed
from csi.estimators.sem.constrained import under_constraints
from csi.estimators.sem.evidence import Complete
from csi.estimators.sem.numbers import Numbers
from csi.estimators.sem.search import of_size_one
from csi.estimators.sem.solution import Solution
from csi.spec import Model

NEGATIVE = 1e-9
"""Share of the variance of a variable below which what is left of it counts as negative."""


@dataclass(frozen=True, slots=True, eq=False)
class Misfit:
    """How badly the model fits B resamples.

    Attributes
    ----------
    statistic : (B,) array
        The unscaled test statistic.
    failure : (B,) array of int
        Positions in `csi.estimators.base.FAILURES`.
    negative : (B,) mask
        Resamples with a negative variance.
    """

    statistic: Array
    failure: NDArray[np.int8]
    negative: Mask


@dataclass(frozen=True, eq=False)
class Resampled:
    """Estimates resamples of the respondents of a fit.

    Every resample is searched from starting values of its own; where these lead
    nowhere, from the parameters of the fit and from other values. What the fit took from the whole
    sample, such as error variances set from a reliability, stays as it is.

    Attributes
    ----------
    solution : Solution
        The fit.
    evidence : Complete
        What it was fitted to.
    max_iter : int
        Steps from each start after which to give up.
    """

    solution: Solution
    evidence: Complete
    max_iter: int = 200

    @cached_property
    def numbers(self) -> Numbers:
        """Which parameters are handed on."""
        return Numbers(self.solution)

    def solve(self, model: Model, samples: Samples) -> Solved:
        """Return the composites and parameters of every resample; a failure raises nothing."""
        biased, usable = self._covariances(samples)
        optimum = self._optimum(biased, samples)
        compiled, theta = self.solution.compiled, optimum.theta
        with np.errstate(all="ignore"):  # of searches that ended nowhere
            found = composed(compiled.structure, theta, Places.of(model, compiled), biased)
            found = replace(found, parameters=self.numbers.of(theta).T)
        return Solved(found, _failures(optimum, samples, usable), self._negative(theta))

    def misfit(self, samples: Samples) -> Misfit:
        """Return the unscaled test statistic of every resample; a failure raises nothing."""
        biased, usable = self._covariances(samples)
        optimum = self._optimum(biased, samples)
        statistic = optimum.value * self.evidence.count
        failure = _failures(optimum, samples, usable)
        return Misfit(statistic, failure, self._negative(optimum.theta))

    def _covariances(self, samples: Samples) -> tuple[Array, Mask]:
        """Return (B, p, p) covariances, divisor n, and which of them are definite."""
        sd = samples.sd.T
        biased = np.moveaxis(samples.R, -1, 0) * (sd[:, :, None] * sd[:, None, :])
        usable = np.asarray(np.isfinite(biased).all(axis=(1, 2)))
        usable[usable] = np.linalg.eigvalsh(biased[usable])[:, 0] > 0
        biased[~usable] = self.evidence.samples[0].cov
        return biased, usable

    def _optimum(self, biased: Array, samples: Samples) -> Optimum:
        """Search for the parameters from covariances with divisor n."""
        compiled, evidence = self.solution.compiled, self.evidence
        size = np.broadcast_to(samples.n, len(biased))[:, None, None, None]
        cov = biased[:, None] / (1 - 1 / size if evidence.unbiased else 1.0)
        mean = samples.mean.T[:, None] if compiled.structure.has_means else None
        relative = of_size_one(evidence.problem_of(compiled.structure, cov, mean), evidence)
        problem, factor = relative
        others = [self._known, *compiled.others(cov, mean)]
        optimum: Optimum = minimise_with_restarts(
            problem, compiled.start(cov, mean), others, max_iter=self.max_iter,
            patience=min(PATIENCE, self.max_iter),
        )  # fmt: skip
        optimum = under_constraints(compiled, problem, optimum, self.max_iter)
        return replace(optimum, value=optimum.value * factor)

    def _known(self, rows: NDArray[np.intp]) -> Array:
        """Return the parameters of the fit as another start for some resamples."""
        return np.repeat(self.solution.theta[None], len(rows), axis=0)

    def _negative(self, theta: Array) -> Mask:
        """Return the samples in which a variance is negative."""
        found = self.solution.structure.matrices(theta)
        left, total = (np.einsum("...vv->...v", each) for each in (found.S, found.C))
        negative: Mask = (left < -NEGATIVE * np.abs(total)).any(axis=(1, 2))
        return negative


def _failures(optimum: Optimum, samples: Samples, usable: Mask) -> NDArray[np.int8]:
    """Return why resamples failed, by number."""
    failure = np.where(optimum.converged, 0, UNSETTLED)
    failure[~usable | ~np.isfinite(optimum.value)] = SINGULAR
    failure[samples.constant.any(axis=0)] = CONSTANT
    return failure.astype(np.int8)

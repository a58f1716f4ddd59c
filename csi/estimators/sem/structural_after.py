"""The structure between constructs, fitted after their measurement."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from csi.core.sem.gamma import normal_gamma, unvech, vech
from csi.core.sem.information import units
from csi.core.sem.sam import (
    LatentMoments,
    Mapping,
    casewise_moments,
    latent_moments,
    mapping_matrix,
    product_moments,
    two_step_covariance,
)
from csi.core.types import Array
from csi.errors import EstimationError
from csi.estimators.sem.compiled import Compiled, compiled
from csi.estimators.sem.evidence import Complete, Sample
from csi.estimators.sem.measured import Measured, Steps, filled
from csi.estimators.sem.solution import Choices, Solution, solved

Errors = Literal["twostep", "robust", "naive"]

STEP = 1e-4
"""Step of numerical derivatives, in standard deviations or standard errors."""


@dataclass(frozen=True, eq=False)
class Latent(Complete):
    """Covariances of constructs, with their own asymptotic covariances.

    Attributes
    ----------
    spread : callable
        Returns n times these.
    """

    spread: Callable[[], Array] = lambda: np.empty((0, 0))

    def gamma(self, means: bool) -> list[Array]:
        """Return n times the asymptotic covariances of the covariances of the constructs."""
        return [self.spread()]


@dataclass(frozen=True, eq=False)
class Measurement:
    """All blocks of a measurement, and the constructs they make.

    Attributes
    ----------
    steps : Steps
        What belongs to the measurement.
    whole : Compiled
        The joint structure.
    blocks : tuple of Measured
        The fitted blocks.
    evidence : Complete
        The answers.
    method : {"ML", "GLS", "ULS"}
        How items are mapped to constructs.
    """

    steps: Steps
    whole: Compiled
    blocks: tuple[Measured, ...]
    evidence: Complete
    method: Mapping

    @cached_property
    def theta(self) -> Array:
        """(q,) parameters of the joint structure, those of the second step zero."""
        values = {key: value for block in self.blocks for key, value in block.values.items()}
        return filled(self.whole, values)

    @cached_property
    def at(self) -> list[NDArray[np.intp]]:
        """Position of each block's own parameters, in the block and in the joint structure."""
        places = {self.whole.rows[i].key: s for s, i in enumerate(self.whole.first)}
        found = []
        for block in self.blocks:
            own = block.solution.compiled
            pairs = [(s, places[own.rows[i].key]) for s, i in enumerate(own.first)
                     if own.rows[i].key in block.values]  # fmt: skip
            found.append(np.array(pairs, dtype=np.intp).reshape(-1, 2))
        return found

    @cached_property
    def first(self) -> NDArray[np.intp]:
        """Parameters of the joint structure that belong to the measurement."""
        return np.sort(np.concatenate([pairs[:, 1] for pairs in self.at]))

    @cached_property
    def second(self) -> NDArray[np.intp]:
        """Parameters of the joint structure that belong to the structure."""
        return np.setdiff1d(np.arange(self.whole.n_parameters), self.first)

    @cached_property
    def covariance(self) -> Array:
        """(q, q) covariance of the parameters of the first step, zero elsewhere."""
        found = np.zeros((self.whole.n_parameters,) * 2)
        for block, pairs in zip(self.blocks, self.at, strict=True):
            own, joint = pairs.T
            found[np.ix_(joint, joint)] = block.solution.covariance[np.ix_(own, own)]
        return found

    @cached_property
    def influence(self) -> Array:
        """(q, m) how the parameters of the first step follow the covariances of the items."""
        p = len(self.whole.items)
        cells = unvech(np.arange(p * (p + 1) // 2, dtype=np.float64))
        found = np.zeros((self.whole.n_parameters, p * (p + 1) // 2))
        for block, pairs in zip(self.blocks, self.at, strict=True):
            at = [self.whole.place[name] for name in block.solution.compiled.items]
            columns = vech(cells[np.ix_(at, at)]).astype(np.intp)
            own, joint = pairs.T
            found[np.ix_(joint, columns)] = block.influence[own]
        return found

    def parts(self, theta: Array) -> tuple[Array, Array]:
        """Return (B, p, k) loadings and (B, p, p) error covariances for (B, q) parameters."""
        found, p = self.whole.structure.matrices(theta), len(self.whole.items)
        at = [self.whole.place[name] for name in self.steps.variables]
        outward = [i for i in at if i < p]
        L, Theta = found.A[:, 0, :p][:, :, at].copy(), found.S[:, 0, :p, :p].copy()
        L[:, outward] = np.eye(len(self.whole.variables))[outward][:, at]
        Theta[:, outward], Theta[:, :, outward] = 0.0, 0.0
        return L, Theta

    def latent(self, theta: Array, S: Array) -> LatentMoments:
        """Return the covariances of the constructs for (B, q) parameters and (B, p, p) moments."""
        L, Theta = self.parts(theta)
        return latent_moments(
            mapping_matrix(L, Theta, S, self.method), S, Theta, self.evidence.sizes[0]
        )

    @cached_property
    def rows(self) -> Array:
        """(n, p) answers less their means."""
        rows = self.evidence.samples[0].rows
        assert rows is not None
        return np.asarray(rows - rows.mean(axis=0))

    def scored(self, theta: Array) -> tuple[Array, Array]:
        """Return (n, k) scores and the covariances of their errors for (q,) parameters."""
        L, Theta = (part[0] for part in self.parts(theta[None]))
        M = mapping_matrix(L, Theta, self.evidence.covs[0], self.method)
        return self.rows @ M.T, M @ Theta @ M.T

    @cached_property
    def found(self) -> LatentMoments:
        """Covariances of the constructs, and of products of them.

        Raises
        ------
        EstimationError
            If a construct cannot be told from others.
        """
        try:
            if self.steps.products:
                return product_moments(*self.scored(self.theta), self.steps.pairs)
            found = self.latent(self.theta[None], self.evidence.covs[0][None])
        except np.linalg.LinAlgError:
            raise EstimationError(
                "The loadings leave constructs that cannot be told from each other. Look at "
                "constructs that share items."
            ) from None
        return LatentMoments(found.cov[0], found.share[0])

    def rate(self) -> Array:
        """Return (h, m) how the covariances of the constructs follow those of the items."""
        S, theta = self.evidence.covs[0], self.theta
        unit = np.sqrt(np.diag(S))
        steps = STEP * vech(np.outer(unit, unit))
        moved = unvech(np.diag(steps))
        by_S = self._difference(theta[None], theta[None], S + moved, S - moved) / (2 * steps)
        size = STEP * np.sqrt(np.diag(self.covariance)[self.first])
        at = np.zeros((len(self.first), len(theta)))
        at[np.arange(len(self.first)), self.first] = size
        S = S[None]
        by_theta = self._difference(theta + at, theta - at, S, S) / (2 * size)
        return np.asarray(by_S + by_theta @ self.influence[self.first])

    def _difference(self, up: Array, down: Array, S_up: Array, S_down: Array) -> Array:
        above, below = self.latent(up, S_up).cov, self.latent(down, S_down).cov
        return vech(above - below).T

    def spread(self) -> Array:
        """Return n times the covariance of the covariances of the constructs.

        It rests on the answers where they are known, otherwise on normal data.
        """
        if self.steps.products:
            each = self._casewise()
            return each.T @ each / len(each)
        rate, evidence = self.rate(), self.evidence
        known = evidence.samples[0].rows is not None
        Gamma = evidence.gamma(False)[0] if known else normal_gamma(evidence.covs[0])
        return np.asarray(rate @ Gamma @ rate.T)

    def _casewise(self) -> Array:
        """Return (n, h) what each respondent adds to the covariances."""
        pairs, theta, rows = self.steps.pairs, self.theta, self.rows
        direct = casewise_moments(*self.scored(theta), pairs)
        size = STEP * np.sqrt(np.diag(self.covariance)[self.first])
        by_theta = []
        for s, step in zip(self.first, size, strict=True):
            moved = np.where(np.arange(len(theta)) == s, step, 0.0)
            up, down = (product_moments(*self.scored(t), pairs).cov
                        for t in (theta + moved, theta - moved))  # fmt: skip
            by_theta.append(vech(up - down) / (2 * step))
        i, j = np.triu_indices(rows.shape[1])
        squares = rows[:, i] * rows[:, j] - vech(self.evidence.covs[0])
        along = np.array(by_theta).T @ self.influence[self.first]
        return np.asarray(direct + squares @ along.T)

    def structure(self) -> Compiled:
        """Return the structure between the constructs."""
        variables = (*self.steps.variables, *self.steps.products)
        rest = [n for n in self.whole.variables[len(self.whole.items) :] if n not in variables]
        return compiled(self.steps.second, variables, rest)


@dataclass(frozen=True, eq=False)
class AfterMeasurement(Solution):
    """A joint structure whose measurement was fitted before its paths.

    Attributes
    ----------
    measurement : Measurement
        The first step.
    structural : Solution
        The second step.
    errors : {"twostep", "robust", "naive"}
        How the second step's standard errors are computed.
    """

    measurement: Measurement | None = None
    structural: Solution | None = None
    errors: Errors = "twostep"

    @property
    def judged(self) -> Solution:
        """The second step: the structure, against the covariances of the constructs."""
        assert self.structural is not None
        return self.structural

    @cached_property
    def information(self) -> Array:
        """(q, q) what the estimates, so made, tell: the inverse of n times their covariance."""
        found = self.covariance * self.n
        if not np.isfinite(found).all():
            return np.full(found.shape, np.nan)
        outer = np.outer(units(found), units(found))
        return np.asarray(np.linalg.pinv(found * outer, hermitian=True) * outer)

    @cached_property
    def covariance(self) -> Array:
        """(q, q) covariance of the estimates.

        The joint structure tells nothing of products, so that two-step errors with
        products are the robust ones.
        """
        assert self.measurement is not None
        step = self.measurement
        if self.errors == "twostep" and not step.steps.products:
            bread = self.evidence.bread(self.structure, self.theta, "expected")
            return two_step_covariance(bread, step.second, step.covariance, self.n)
        found = step.covariance.copy()
        own = self.judged.compiled
        places = {own.rows[i].key: s for s, i in enumerate(own.first)}
        at = [places[self.compiled.rows[self.compiled.first[s]].key] for s in step.second]
        found[np.ix_(step.second, step.second)] = self.judged.covariance[np.ix_(at, at)]
        return found


def after_measurement(
    measurement: Measurement, errors: Errors, max_iter: int, *, whole_at_once: bool = False
) -> AfterMeasurement:
    """Fit the structure once the measurement is known.

    Parameters
    ----------
    measurement : Measurement
        The first step.
    errors : {"twostep", "robust", "naive"}
        How standard errors are computed.
    max_iter : int
        Steps after which to give up.
    whole_at_once : bool
        Whether the structure is fitted to the items, the measurement held fixed,
        rather than to the covariances of the constructs.
    """
    step, evidence = measurement, measurement.evidence
    sample = Sample(evidence.sizes[0], step.found.cov)
    latent = Latent((sample,), spread=step.spread)
    robust = errors == "robust" or (errors == "twostep" and bool(step.steps.products))
    usual = "robust.sem" if robust else "standard"
    structural = solved(step.structure(), latent, Choices(usual, "satorra.bentler"), max_iter)
    last = _given_measurement(step, max_iter) if whole_at_once else structural
    values = dict(zip((r.key for r in last.compiled.rows), last.values.tolist(), strict=True))
    theta = step.theta.copy()
    theta[step.second] = filled(step.whole, values)[step.second]
    point = evidence.problem(step.whole.structure).at(theta[None])
    optimum = replace(last.optimum, theta=theta[None], value=point.value)
    return AfterMeasurement(
        step.whole, evidence, theta, np.eye(len(theta)), optimum,
        measurement=step, structural=structural, errors=errors,
    )  # fmt: skip


def _given_measurement(step: Measurement, max_iter: int) -> Solution:
    """Fit the structure to the items, with the measurement fixed."""
    known = dict(zip((r.key for r in step.whole.rows), step.whole.values(step.theta), strict=True))
    rows = [
        replace(row, value=float(known[row.key]), label="") if step.steps.measures(row) else row
        for row in step.whole.rows
    ]
    items = step.whole.items
    whole = compiled(rows, items, step.whole.variables[len(items) :])
    return solved(whole, step.evidence, max_iter=max_iter)

"""Maximum likelihood from rows with holes: the discrepancy of a covariance structure.

Every respondent contributes the density of what was answered. With the patterns h
of `csi.core.sem.patterns`, and what `csi.core.sem.incomplete` makes of them at the
moments a structure implies, a group of n respondents has the discrepancy::

    F = 2 / n (l* - l)          l* without a model

With complete answers this is the discrepancy of ML in `csi.core.sem.normal`. Let J be
minus the second derivatives of l by means and covariances, observed or expected,
and g, G its derivatives by either one. The cells of the structure then have::

    gradient   -2/n (g, G) Delta
    Hessian     2/n Delta' J Delta - 2/n (tr G d2Sigma + g d2mu)

The expected Hessian takes the expected J and has no second derivatives. Groups enter
by their share of the respondents.

References
----------
Arbuckle, J. L. (1996). Full information estimation in the presence of incomplete
data. In G. A. Marcoulides and R. E. Schumacker (eds), Advanced structural equation
modeling, 243-277. Erlbaum.

Savalei, V. (2010). Expected versus observed information in SEM with incomplete normal
and nonnormal data. Psychological Methods 15(4), 352-367. doi:10.1037/a0020143
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from csi.core.sem.incomplete import evaluate, log_likelihood
from csi.core.sem.normal import inverse
from csi.core.sem.patterns import Patterns
from csi.core.sem.structure import Matrices, Structure, curvature, jacobian, mean_curvature
from csi.core.types import Array, Mask


@dataclass(frozen=True, slots=True, eq=False)
class Point:
    """The discrepancy at some parameters.

    Attributes
    ----------
    theta : (B, q) array
        Parameters.
    value : (B,) array
        Discrepancy; infinite where it is not defined.
    found : Matrices
        The implied matrices.
    """

    theta: Array
    value: Array
    found: Matrices

    def take(self, rows: Mask | np.ndarray) -> Point:
        """Return some of the batch."""
        found = self.found
        nu = None if found.nu is None else found.nu[rows]
        some = Matrices(found.A[rows], found.S[rows], found.E[rows], found.C[rows], nu)
        return Point(self.theta[rows], self.value[rows], some)


@dataclass(frozen=True, eq=False)
class FullInformation:
    """Distance of a structure with means from the answers of one sample.

    A batch is one of parameters: all look at the same answers.

    Attributes
    ----------
    structure : Structure
        The model.
    groups : tuple of Patterns
        Answers of each group, of items in their units.
    best : (G,) array
        Log-likelihood of each group without a model, of items in their units.
    unit : (p,) array
        What the items were divided by, so that their sizes do not matter.
    """

    structure: Structure
    groups: tuple[Patterns, ...]
    best: Array
    unit: Array

    @classmethod
    def of(
        cls, structure: Structure, groups: Sequence[Patterns], best: Sequence[float], unit: Array
    ) -> FullInformation:
        """Put answers into units.

        Parameters
        ----------
        structure : Structure
            The model.
        groups : sequence of Patterns
            Answers of each group as they are.
        best : sequence of float
            Log-likelihood of each group without a model, from `saturated`.
        unit : (p,) array
            Units.
        """
        change = [float(group.n @ (group.answered @ np.log(unit))) for group in groups]
        scaled = tuple(group.rescaled(np.zeros(len(unit)), unit) for group in groups)
        return cls(structure, scaled, np.add(best, change), unit)

    def take(self, rows: Mask | np.ndarray) -> FullInformation:
        """Return the discrepancy for some of a batch, which is the same."""
        return self

    def at(self, theta: Array) -> Point:
        """Evaluate the discrepancy for parameters (B, q)."""
        found = self.structure.matrices(theta)
        mean, cov = self._implied(found)
        definite = np.isfinite(inverse(cov)[1]).all(axis=1)
        value = np.full(len(theta), np.inf)
        for b in np.flatnonzero(definite):
            logl = [
                log_likelihood(group, mu, Sigma)
                for group, mu, Sigma in zip(self.groups, mean[b], cov[b], strict=True)
            ]
            value[b] = 2 * (self.best - logl).sum() / self._total
        return Point(theta, value, found)

    def derivatives(self, point: Point, *, exact: bool) -> tuple[Array, Array]:
        """Return the (B, q) gradient and the (B, q, q) Hessian, exact or expected."""
        structure, layout, found = self.structure, self.structure.layout, point.found
        mean, cov = self._implied(found)
        Delta = jacobian(structure, found, self.unit)
        Z = layout.columns(structure, found, self.unit)
        B, G = mean.shape[:2]
        c = Delta.shape[-1]
        g, H = np.empty((B, G, c)), np.empty((B, G, c, c))
        along, M = np.empty((B, G, Z.shape[-1])), np.empty((B, G, *(Z.shape[-1],) * 2))
        for at in np.ndindex(B, G):
            here = evaluate(
                self.groups[at[1]], mean[at], cov[at], "observed" if exact else "expected"
            )
            g[at] = -here.gradient @ Delta[at]
            H[at] = Delta[at].T @ np.asarray(here.information) @ Delta[at]
            along[at], M[at] = here.mean @ Z[at], Z[at].T @ here.cov @ Z[at]
        if exact:
            H -= curvature(structure, found, M) + mean_curvature(structure, found, along)
        return self._of_parameters(g * (2 / self._total), H * (2 / self._total))

    @property
    def _total(self) -> float:
        return sum(group.total for group in self.groups)

    def _implied(self, found: Matrices) -> tuple[Array, Array]:
        """Return (B, G, p) means and (B, G, p, p) covariances in units."""
        assert found.nu is not None
        rows = self.structure.observed
        cov = found.C[..., rows[:, None], rows] / (self.unit[:, None] * self.unit)
        return found.nu[..., rows] / self.unit, cov

    def _of_parameters(self, g: Array, H: Array) -> tuple[Array, Array]:
        """Add up what belongs to one parameter, over cells and groups."""
        K = self.structure.K
        gradient = (g[..., None, :] @ K)[..., 0, :].sum(axis=1)
        return gradient, (K.swapaxes(-1, -2) @ (H @ K)).sum(axis=1)

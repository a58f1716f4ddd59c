"""Simulated surveys in which some constructs follow curves.

What a curve and its noise make of the effect is worked out on a pilot sample,
always the same: mean and spread of the effect, and how far it goes with the other
constructs. Elsewhere the effect stands for what is left of it by straight lines.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from csi.core import simulate as core
from csi.core.curve import curved_paths as curved
from csi.core.curve.curved_paths import Grades, ItemSet
from csi.core.simulate import Distribution, Population
from csi.core.types import Array, Mask
from csi.errors import OptionError
from csi.spec import Model
from csi.stated_curves import StatedCurve

PILOT = 20_000
"""Respondents of the pilot sample."""

SMALLEST_SPREAD = 0.1
"""Standard deviation of the effect, in points, below which nothing can be said of it."""


@dataclass(frozen=True, slots=True, eq=False)
class Settled:
    """A stated curve with what the pilot sample tells of it.

    Attributes
    ----------
    stated : StatedCurve
        The curve.
    centres : (k,) array
        Mean true scores of the other causes.
    mean, sd : float
        Of the true score of the effect.
    """

    stated: StatedCurve
    centres: Array
    mean: float
    sd: float


@dataclass(frozen=True, slots=True, eq=False)
class CurvedPopulation:
    """A population in which some constructs follow curves.

    Attributes
    ----------
    linear : Population
        Paths, with the straight part of the curves, loadings and answers.
    blocks : (p, k) mask
        Which item measures which construct.
    levels : (p,) array
        Grades of the items; 0 where answers are not rounded.
    distribution : {"beta", "normal"}
        Shape of the answers.
    order : tuple of int
        Constructs, causes first.
    curves : mapping from int to Settled
        By place of the effect.
    """

    linear: Population
    blocks: Mask
    levels: Grades
    distribution: Distribution
    order: tuple[int, ...]
    curves: Mapping[int, Settled]

    def items(self, j: int) -> ItemSet:
        """Return the items of construct j."""
        drawn = self.linear
        every = ItemSet(drawn.L[:, j], self.levels, drawn.mean, drawn.sd, self.distribution)
        return every.part(self.blocks[:, j])

    def true_score(self, j: int, eta: Array) -> Array:
        """Return the true scores, 0 to 100, of these values of construct j."""
        if j in self.curves:
            return np.asarray(self.curves[j].mean + self.curves[j].sd * eta)
        return curved.true_score(self.items(j), eta)


def with_reliability(
    population: CurvedPopulation, reliability: Array, effects: Iterable[int]
) -> CurvedPopulation:
    """Find the loadings of constructs whose reliability is stated, those of effects later."""
    L = population.linear.L.copy()
    for j in set(np.flatnonzero(np.isfinite(reliability)).tolist()) - set(effects):
        L[population.blocks[:, j], j] = curved.reliable_loading(
            population.items(j), float(reliability[j])
        )
    return replace(population, linear=replace(population.linear, L=L))


def settle(
    model: Model,
    population: CurvedPopulation,
    curves: Iterable[StatedCurve],
    free: Mask,
    signs: Array,
    reliability: Array,
) -> CurvedPopulation:
    """Work out a population with curves, causes before effects.

    Parameters
    ----------
    model : Model
        For messages.
    population : CurvedPopulation
        Without curves; its paths are those that were stated.
    curves : iterable of StatedCurve
        At most one to an effect.
    free : (k,) mask
        Constructs whose paths are not stated.
    signs : (k, k) array
        Expected signs of paths.
    reliability : (k,) array
        Of the mean answers of constructs whose loadings follow from it; else NaN.
    """
    by_effect = {curve.effect: curve for curve in curves}
    generator = np.random.default_rng(0)
    eta = np.zeros((PILOT, len(model.names)))
    for j in population.order:
        z = generator.standard_normal(PILOT)
        if j in by_effect:
            population, eta[:, j] = _settle_one(
                model, population, by_effect[j], eta, z, reliability[j]
            )
        else:
            B = core.fill_paths(population.linear.B, signs, free)
            population = replace(population, linear=replace(population.linear, B=B))
            left = max(float(core.residual_variance(B)[j]), 0.0)
            eta[:, j] = eta @ B[:, j] + np.sqrt(left) * z
    return population


def _settle_one(
    model: Model,
    population: CurvedPopulation,
    curve: StatedCurve,
    eta: Array,
    z: Array,
    reliability: float,
) -> tuple[CurvedPopulation, Array]:
    """Add one curve; return also the effect in the pilot sample, standardised."""
    name, j = model.names[curve.effect], curve.effect
    others = np.flatnonzero(curve.slopes).tolist()
    centres = np.zeros(len(model.names))
    for o in others:
        centres[o] = population.true_score(o, eta[:, o]).mean()
    draft = Settled(curve, centres, 0.0, 1.0)
    v = means(population, draft, eta)
    if not curve.clip and (v.min() < 0 or v.max() > 100):
        raise OptionError(
            f"The curve and the other causes of {name} lead from {v.min():.4g} to {v.max():.4g}; "
            "true scores lie between 0 and 100. Make these paths smaller, or let clip=True move "
            "such values to the nearer end."
        )
    M = curved.bounded(np.clip(v, 0, 100), curve.noise, z)
    if M.std() < SMALLEST_SPREAD:
        raise OptionError(
            f"All respondents have the same true score of {name}. Give it a curve that is not "
            "flat, or noise."
        )
    settled = replace(draft, mean=float(M.mean()), sd=float(M.std()))
    standard = (M - settled.mean) / settled.sd
    causes = np.flatnonzero(model.design[:, j])
    B = population.linear.B.copy()
    B[causes, j] = np.linalg.lstsq(eta[:, causes], standard, rcond=None)[0]
    linear = _with_items(
        population, name, j, np.sort(M)[PILOT // 4_000 :: PILOT // 2_000], reliability
    )
    return (
        replace(population, linear=replace(linear, B=B), curves={**population.curves, j: settled}),
        standard,
    )


def _with_items(
    population: CurvedPopulation, name: str, j: int, M: Array, reliability: float
) -> Population:
    """Set how the items of an effect are answered."""
    items, here = population.items(j), population.blocks[:, j]
    if np.isfinite(reliability):
        loading = curved.reliable_effect_loading(items, M, reliability)
        if loading is None:
            raise OptionError(
                f"{name} cannot have a reliability of {reliability:g}: answers are rounded to "
                "grades. Lower it, or use answers='continuous'."
            )
        items = curved.with_loading(items, loading)
    items = curved.effect_items(items, float(M.mean()), float(M.std()))
    linear = population.linear
    L, mean, sd = linear.L.copy(), linear.mean.copy(), linear.sd.copy()
    L[here, j], mean[here], sd[here] = items.loading, items.mean, items.sd
    return replace(linear, L=L, mean=mean, sd=sd)


def means(population: CurvedPopulation, settled: Settled, eta: Array) -> Array:
    """Return what the causes make of the effect's true score."""
    curve = settled.stated
    T = population.true_score(curve.cause, eta[:, curve.cause])
    v = np.asarray(curve.function(np.clip(T, 0, 100)), dtype=np.float64)
    for o in np.flatnonzero(curve.slopes).tolist():
        T = population.true_score(o, eta[:, o])
        v = v + curve.slopes[o] * (T - settled.centres[o])
    return v


def draw_indicators(
    population: CurvedPopulation, n: int, rng: np.random.Generator
) -> tuple[Array, dict[int, Array]]:
    """Draw normal indicators, and the answers that take the place of some.

    Returns
    -------
    (n, p) array, mapping from int to (n,) array
        Indicators; answers as shares of the scale, by item, of effects without error.
    """
    linear, exact = population.linear, {}
    left = np.sqrt(np.maximum(core.residual_variance(linear.B), 0))
    z = rng.standard_normal((n, len(linear.B)))
    error = rng.standard_normal((n, len(linear.L)))
    eta = np.zeros_like(z)
    located = np.zeros_like(z)
    for j in population.order:
        if j not in population.curves:
            eta[:, j] = located[:, j] = eta @ linear.B[:, j] + left[j] * z[:, j]
            continue
        settled = population.curves[j]
        v = np.clip(means(population, settled, eta), 0, 100)
        M = curved.bounded(v, settled.stated.noise, z[:, j])
        eta[:, j] = (M - settled.mean) / settled.sd
        items, places = population.items(j), np.flatnonzero(population.blocks[:, j])
        for i in places[items.loading == 1]:
            exact[int(i)] = curved.exact_shares(population.levels[i], M, error[:, i])
        if (items.loading < 1).any():
            located[:, j] = curved.standing(items.part(items.loading < 1), M)
    return located @ linear.L.T + error * np.sqrt(1.0 - (linear.L**2).sum(axis=1)), exact

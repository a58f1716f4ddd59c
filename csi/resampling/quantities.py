"""Every number of a fit in one long column, for one sample or a batch of resamples.

What is resampled is a vector; `Quantities` says what stands where in it and
computes it, from the arrays of a fit or from those of a block of resamples.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from csi.core.composites import Composites
from csi.core.consistent import rho_a
from csi.core.index import Convention
from csi.core.products import Samples
from csi.core.structural import total_effects
from csi.core.types import Array, Mask
from csi.core.validity import (
    average_variance_extracted,
    block_sums,
    composite_reliability,
    cronbach_alpha,
    heterotrait_monotrait,
    raw_alpha,
)
from csi.errors import OptionError, did_you_mean, listing
from csi.estimators.cbsem import CovarianceEstimates
from csi.estimators.pls import PLS
from csi.estimators.sem.numbers import Numbers
from csi.estimators.sem.stored import StoredEstimates, StoredNumbers
from csi.hundred import CANCELLED
from csi.spec import Model

if TYPE_CHECKING:
    from csi.results import Fit

MOST_ROUTES = 2_000
"""Indirect routes beyond which specific indirect effects are left out."""

ROUTE = "source target"

At = tuple[NDArray[np.intp], NDArray[np.intp]]


@dataclass(frozen=True, eq=False)
class Quantities:
    """The numbers of a fit: names, places, and how they are computed.

    Attributes
    ----------
    model : Model
        The model.
    rho_a : (k,) mask
        Constructs rho_A is defined for.
    corrected : bool
        Whether they were corrected with it.
    ends : (p, 2) array or None
        Ends of the items, if there are indices.
    convention : str
        How items are weighted into the indices.
    numbers : Numbers, StoredNumbers or None
        Parameters of the covariance structure, where one was fitted.
    lost : (k,) mask or None
        Constructs whose index the fit refuses.
    """

    model: Model
    rho_a: Mask
    corrected: bool
    ends: Array | None
    convention: Convention
    numbers: Numbers | StoredNumbers | None = None
    lost: Mask | None = None

    @classmethod
    def of(cls, fit: Fit) -> Quantities:
        """Return the quantities of a fit."""
        estimator, ends = fit.estimator, fit.scale if fit.on_scale else None
        if isinstance(estimator, PLS):
            defined, corrected = estimator.has_rho_a(fit.model), estimator.consistent
        else:
            defined, corrected = np.zeros(len(fit.model.names), dtype=bool), False
        refused = getattr(fit, "without_index", ())
        lost = np.array([name in refused for name in fit.model.names])
        return cls(fit.model, defined, corrected, ends, fit.index_weights, numbers_of(fit), lost)

    @cached_property
    def families(self) -> Mapping[str, pd.DataFrame]:
        """What the numbers of each family are about, in order; fits of one model share it."""
        shared = _families(self.model, tuple(self.rho_a.tolist()), self.ends is not None)
        if self.numbers is None:
            return shared
        columns = ["left", "operator", "right"]
        own = {
            family: pd.DataFrame(rows, columns=columns, dtype=object)
            for family, rows in self.numbers.labels.items()
        }
        return {**shared, **own}

    def _labels(self) -> dict[str, pd.DataFrame]:
        names, items = self.model.names, self.model.indicators
        own = [(names[j], items[i]) for i, j in _ends(self._own)]
        own += [(names[j], names[i]) for i, j in _ends(self._parts)]
        pairs = [(names[i], names[j]) for i, j in _ends(self._pairs)]
        measured = [(names[i], names[j]) for i, j in _ends(self._measured_pairs)]
        routes = [(names[i], names[j]) for i, j in _ends(self._routes)]
        specific = [
            (names[r[0]], names[r[-1]], " -> ".join(names[i] for i in r)) for r in self._specific
        ]
        reflective = [(names[i],) for i in self._reflective]
        labels: dict[str, tuple[str, Sequence[tuple[str, ...]]]] = {
            "paths": (ROUTE, [(names[i], names[j]) for i, j in _ends(self._paths)]),
            "weights": ("construct indicator", own),
            "loadings": ("construct indicator", own),
            "r2": ("construct", [(names[i],) for i in self._endogenous]),
            "construct_corr": ("construct other", pairs),
            "htmt": ("construct other", measured),
            "total": (ROUTE, routes),
            "indirect": (ROUTE, routes),
            "specific": (f"{ROUTE} route", specific),
            "alpha": ("construct", reflective),
            "alpha_raw": ("construct", reflective),
            "rho_c": ("construct", reflective),
            "ave": ("construct", reflective),
            "rho_a": ("construct", [(names[i],) for i in np.flatnonzero(self.rho_a)]),
        }
        if self.ends is not None:
            labels["indices"] = ("construct", [(name,) for name in names])
            labels["impacts"] = (ROUTE, routes)
        return {
            family: pd.DataFrame(rows, columns=columns.split(), dtype=object)
            for family, (columns, rows) in labels.items()
        }

    @cached_property
    def places(self) -> Mapping[str, slice]:
        """Where each family stands in the vector."""
        ends = np.cumsum([len(labels) for labels in self.families.values()])
        starts = [0, *ends[:-1]]
        return {
            family: slice(int(a), int(b))
            for family, a, b in zip(self.families, starts, ends, strict=True)
        }

    def check(self, name: str) -> None:
        """Refuse what is no family of these numbers."""
        if name in self.families:
            return
        if name in ("indices", "impacts"):
            raise OptionError(
                f"This fit has no {name}: they need means, standard deviations and the ends of "
                "the items' scales. Declare scale, such as csi.survey(frame, scale=(1, 10))."
            )
        if name in ("parameters", "standardized"):
            raise OptionError(
                f"This fit has no {name}: they belong to models fitted by csi.CBSEM()."
            )
        raise OptionError(
            f"There is no table {name!r}. Known: {listing(self.families, 20)}."
            + did_you_mean(name, self.families)
        )

    def __len__(self) -> int:
        return sum(map(len, self.families.values()))

    def of_fit(self, fit: Fit) -> Array:
        """Return the (q,) numbers of a fit."""
        return self.compute(*batch_of_one(fit))[:, 0]

    @np.errstate(divide="ignore", invalid="ignore", over="ignore")  # failures are told apart by NaN
    def compute(self, samples: Samples, found: Composites) -> Array:
        """Return the (q, B) numbers of B resamples; NaN where one is not defined."""
        blocks, some = self.model.blocks, self._reflective
        size = blocks.sum(axis=0)
        total = total_effects(found.B)
        measured = found.loadings[:, some] * blocks[:, some, None]
        values = {
            "paths": found.B[self._paths],
            "weights": np.concatenate([found.W[self._own], self._part_weights(found.W)]),
            "loadings": np.concatenate([found.loadings[self._own], found.C[self._parts]]),
            "r2": found.r2[self._endogenous],
            "construct_corr": found.C[self._pairs],
            "htmt": heterotrait_monotrait(block_sums(np.abs(samples.R), blocks), size)[
                self._measured_pairs
            ],
            "total": total[self._routes],
            "indirect": (total - found.B)[self._routes],
            "specific": self._products(found.B),
            "alpha": cronbach_alpha(samples.R, blocks[:, some]),
            "alpha_raw": raw_alpha(samples.R, samples.sd, blocks[:, some]),
            "rho_c": composite_reliability(measured, size[some]),
            "ave": average_variance_extracted(measured, size[some]),
            "rho_a": self._rho_a(found),
        }
        if self.ends is not None:
            values["indices"], values["impacts"] = self._on_hundred(samples, found, total)
        columns = [values[family] for family in self.families if family in values]
        if found.parameters is not None and self.numbers is not None:
            columns.append(found.parameters)
        return np.concatenate(columns)

    def _rho_a(self, found: Composites) -> Array:
        if self.corrected:
            return found.reliability[self.rho_a]
        # uncorrected loadings are the correlations of indicators with composites
        defined = np.flatnonzero(self.rho_a)
        everywhere = np.ones(len(defined), dtype=bool)
        return rho_a(found.loadings[:, defined], found.W[:, defined], everywhere)

    def _on_hundred(self, samples: Samples, found: Composites, total: Array) -> tuple[Array, Array]:
        """Return indices and impacts; NaN where index weights cancel out."""
        assert self.ends is not None
        low, factor = self.ends[:, :1], 100 / np.diff(self.ends, axis=1)
        sd, mean = samples.sd * factor, (samples.mean - low) * factor
        raw = found.W / sd[:, None]
        size = raw.sum(axis=0)
        spread = np.sqrt(found.reliability) / size
        V = self._index_weights(found.W, raw)
        sums = V.sum(axis=0)
        lost = sums <= CANCELLED * np.abs(V).sum(axis=0)
        if self.lost is not None:
            lost |= self.lost[:, None]
        index = np.where(lost, np.nan, np.einsum("ik...,i...->k...", V, mean) / sums)
        i, j = self._routes
        against = size <= 0
        moved = total[i, j] * spread[j] / spread[i]
        return index, np.where(against[i] | against[j], np.nan, moved)

    def _index_weights(self, W: Array, raw: Array) -> Array:
        if self.convention == "equal":
            composition = self.model.composition.astype(np.float64)
            return np.repeat(composition[..., None], W.shape[-1], axis=-1)
        return W if self.convention == "standardized" else raw

    def _products(self, B: Array) -> Array:
        """Return the product of the paths along each specific route."""
        known: dict[tuple[int, ...], Array] = {}
        for i, j in _ends(self._paths):
            known[i, j] = B[i, j]
        for route in self._specific:
            known[route] = known[route[:-1]] * B[route[-2], route[-1]]
        rows = [known[route] for route in self._specific]
        return np.stack(rows) if rows else np.empty((0, *B.shape[2:]))

    def _part_weights(self, W: Array) -> Array:
        """Return the weight of each part, whose items have its weights times that."""
        part, whole = self._parts
        own = W[:, part]
        weights: Array = (own * W[:, whole]).sum(axis=0) / (own**2).sum(axis=0)
        return weights

    @cached_property
    def _parts(self) -> At:
        """Parts of higher-order constructs, and the constructs."""
        names = self.model.names
        ends = [
            (names.index(part), names.index(whole.name))
            for whole in self.model.constructs
            for part in (whole.indicators if whole.higher_order else ())
        ]
        part, whole = np.array(ends, dtype=np.intp).reshape(-1, 2).T
        return part, whole

    @cached_property
    def _own(self) -> At:
        j, i = np.nonzero(self.model.blocks.T)
        return i, j

    @cached_property
    def _paths(self) -> At:
        names = self.model.names
        ends = [(names.index(path.source), names.index(path.target)) for path in self.model.paths]
        i, j = np.array(ends, dtype=np.intp).reshape(-1, 2).T
        return i, j

    @cached_property
    def _routes(self) -> At:
        j, i = np.nonzero(self.model.reachable.T)
        return i, j

    @cached_property
    def _pairs(self) -> At:
        i, j = np.triu_indices(len(self.model.names), 1)
        return i, j

    @cached_property
    def _measured_pairs(self) -> At:
        """Pairs of constructs HTMT is defined for: measured by reflective or single items."""
        able = np.array(
            [c.kind != "composite" and not c.higher_order for c in self.model.constructs]
        )
        i, j = self._pairs
        kept = able[i] & able[j]
        return i[kept], j[kept]

    @cached_property
    def _endogenous(self) -> NDArray[np.intp]:
        return np.flatnonzero(self.model.design.any(axis=0))

    @cached_property
    def _reflective(self) -> NDArray[np.intp]:
        """Constructs of several reflective indicators."""
        several = self.model.blocks.sum(axis=0) > 1
        kind = [c.kind == "reflective" and not c.higher_order for c in self.model.constructs]
        return np.flatnonzero(several & kind)

    @cached_property
    def _specific(self) -> list[tuple[int, ...]]:
        """Routes over at least one construct between, shorter ones first."""
        design = self.model.design
        current: list[tuple[int, ...]] = [(int(i), int(j)) for i, j in np.argwhere(design)]
        found: list[tuple[int, ...]] = []
        while current and len(found) <= MOST_ROUTES:
            current = [(*r, int(j)) for r in current for j in np.flatnonzero(design[r[-1]])]
            found += current
        return found if len(found) <= MOST_ROUTES else []

    @property
    def routes_left_out(self) -> bool:
        """Whether there were too many routes for specific indirect effects."""
        design = self.model.design.astype(np.intp)
        return not self._specific and bool((design @ design).any())


@lru_cache(maxsize=16)
def _families(model: Model, rho_a: tuple[bool, ...], indexed: bool) -> Mapping[str, pd.DataFrame]:
    ends = np.empty((0, 2)) if indexed else None
    return Quantities(model, np.array(rho_a), False, ends, "equal")._labels()


def _ends(at: At) -> Iterator[tuple[int, int]]:
    return ((int(i), int(j)) for i, j in zip(*at, strict=True))


def batch_of_one(fit: Fit) -> tuple[Samples, Composites]:
    """Return the moments and estimates of a fit as a batch of one resample."""
    estimates, moments = fit.estimates, fit.moments
    mean = np.zeros(len(moments.columns)) if moments.mean is None else moments.mean
    arrays = (
        estimates.weights, estimates.loadings, estimates.construct_corr, estimates.paths,
        estimates.r2, estimates.reliability,
    )  # fmt: skip
    samples = Samples(mean[:, None], moments.sd[:, None], moments.corr[..., None])
    numbers = numbers_of(fit)
    parameters = None if numbers is None else numbers.own[:, None]
    found = Composites(*(array[..., None] for array in arrays))
    return samples, replace(found, parameters=parameters)


def numbers_of(fit: Fit) -> Numbers | StoredNumbers | None:
    """Return the parameters of the covariance structure behind a fit, if there is one."""
    estimates = fit.estimates
    if isinstance(estimates, StoredEstimates):
        return estimates.numbers
    if not isinstance(estimates, CovarianceEstimates) or estimates.solution is None:
        return None
    return Numbers(estimates.solution)

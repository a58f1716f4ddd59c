"""Rounds of blindfolding: what is omitted in each, and the model estimated without it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from csi.core.blindfolding import Blindfold, Index, Omission, omissions
from csi.core.composites import Composites
from csi.core.moments import Moments
from csi.core.products import Samples
from csi.core.types import Array
from csi.errors import CsiError
from csi.estimators.base import FAILURES, batch_estimator
from csi.results import Fit


@dataclass(frozen=True, eq=False)
class Rounds:
    """The model estimated from what every omission leaves.

    Attributes
    ----------
    blind : Blindfold
        The answers.
    omitted : list of Omission
        What was left out, construct by construct.
    places : mapping of int to slice
        Where the omissions of each construct stand.
    samples, found, why
        Moments of what was left, estimates from them, and why there are none.
    unit : (p,) array
        Standard deviations in which errors are counted.
    """

    blind: Blindfold
    omitted: list[Omission]
    places: Mapping[int, slice]
    samples: Samples
    found: Composites
    why: NDArray[np.str_]
    unit: Array

    @classmethod
    def of(
        cls, fit: Fit, blind: Blindfold, items: Mapping[int, Index], distance: int, rows: bool
    ) -> Rounds:
        """Omit the answers to the items of each construct in turn."""
        omitted: list[Omission] = []
        places = {}
        for j, columns in items.items():
            start = len(omitted)
            omitted += omissions(len(blind.rows), columns, distance, rows)
            places[j] = slice(start, len(omitted))
        samples = blind.samples(omitted)
        found, why = _estimated(fit, samples)
        return cls(blind, omitted, places, samples, found, why, fit.moments.sd)

    def q2(self, j: int, slopes: Array, filled: bool) -> tuple[float, str]:
        """Return Q2 of a construct, and why there is none.

        ``slopes``, (p, c, B), say how its standardised items follow from all items.
        """
        place = self.places[j]
        lost = [why for why in self.why[place] if why]
        if lost:
            return np.nan, f"{len(lost)} of {len(self.why[place])} rounds failed: {lost[0]}"
        errors, spreads = 0.0, 0.0
        for b, omission in enumerate(self.omitted[place], place.start):
            mean, sd = self.samples.mean[:, b], self.samples.sd[:, b]
            sums = self.blind.squares(omission, mean, sd, slopes[..., b], filled)
            error, spread = (each / self.unit[omission.columns] ** 2 for each in sums)
            errors, spreads = errors + error.sum(), spreads + spread.sum()
        return float(1 - errors / spreads), ""


def _estimated(fit: Fit, samples: Samples) -> tuple[Composites, NDArray[np.str_]]:
    """Estimate the model from every sample; say why where it cannot be."""
    solver = batch_estimator(fit.estimator, fit.model, fit.estimates)
    if solver is not None:
        solved = solver.solve(fit.model, samples)
        return solved.composites, np.array(FAILURES)[solved.failure]
    parts, why = [], []
    for b in range(samples.sd.shape[-1]):
        found, reason = _one(fit, samples.mean[:, b], samples.sd[:, b], samples.R[..., b])
        parts.append(found)
        why.append(reason)
    stacked = (np.stack(arrays, axis=-1) for arrays in zip(*parts, strict=True))
    return Composites(*stacked), np.array(why)


def _one(fit: Fit, mean: Array, sd: Array, R: Array) -> tuple[tuple[Array, ...], str]:
    """Estimate the model from one sample, by an estimator that takes one at a time."""
    again, why = fit, ""
    try:
        cov = R * np.outer(sd, sd)
        moments = Moments.from_covariance(cov, fit.model.indicators, n=fit.n, means=mean)
        again = replace(fit, estimates=fit.estimator.estimate(fit.model, moments))
    except CsiError as problem:
        why = str(problem)
    found = again.estimates
    arrays = (
        found.weights, found.loadings, found.construct_corr, found.paths, found.r2,
        found.reliability,
    )  # fmt: skip
    return arrays, why

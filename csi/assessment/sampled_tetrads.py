"""Tetrads of a fit and their sampling error: by resampling, linearised, or of normal items."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from csi.core.design import sampling_covariance
from csi.core.intervals import bias, standard_errors
from csi.core.resample import BLOCK, Designed, Resamples
from csi.core.tetrads import (
    Quadruples,
    Simultaneous,
    influence,
    normal_covariance,
    simultaneous,
    tetrads,
)
from csi.core.types import Array
from csi.resampling.engine import Engine
from csi.results import Fit


@dataclass(frozen=True, eq=False)
class SampledTetrads:
    """Tetrads of a sample and what is known of their sampling error.

    Attributes
    ----------
    estimate, se, bias : (q,) arrays
        Tetrads, their standard errors, and their bias.
    cov : (q, q) array
        Their sampling covariance by linearisation.
    failed : (q,) array of int
        Resamples in which a tetrad could not be computed.
    df : float
        Degrees of freedom of the errors; infinite without clusters and strata.
    """

    estimate: Array
    se: Array
    bias: Array
    cov: Array
    failed: NDArray[np.intp]
    df: float

    @classmethod
    def of_rows(
        cls, engine: Engine, drawn: Resamples, number: int, which: Quadruples
    ) -> SampledTetrads:
        """Resample the respondents of a fit."""
        estimate = tetrads(engine.fit.moments.cov, which)
        values = resampled(engine, drawn, number, which)
        df = float(drawn.df) if isinstance(drawn, Designed) else np.inf
        lost = (~np.isfinite(values)).sum(axis=1)
        shift = bias(estimate, values)
        return cls(
            estimate, standard_errors(values), shift, linearised(engine.fit, which), lost, df
        )

    @classmethod
    def of_moments(cls, fit: Fit, which: Quadruples) -> SampledTetrads:
        """Take the items as normally distributed."""
        S = fit.moments.cov
        cov = normal_covariance(S, which, fit.moments.effective_n)
        none = np.zeros(len(which), dtype=np.intp)
        with np.errstate(invalid="ignore"):  # correlations that no sample has
            se = np.sqrt(np.diagonal(cov))
        return cls(tetrads(S, which), se, np.zeros(len(which)), cov, none, np.inf)

    def joint(self, at: slice) -> Simultaneous:
        """Test that some of the tetrads all vanish."""
        with np.errstate(invalid="ignore"):  # correlations that no sample has
            return simultaneous(self.estimate[at], self.cov[at, at], self.df)


def resampled(engine: Engine, drawn: Resamples, number: int, which: Quadruples) -> Array:
    """Return (q, number) tetrads of the covariances of resamples."""
    products, answers = engine.products, engine.fit.data
    assert answers is not None
    counted = answers.copies if answers.weight_type == "frequency" else np.ones(len(answers.rows))
    whole = products.sums([counted[None]])
    units = engine.fit.moments.cov[0, 0] / products.samples(whole).sd[0] ** 2
    blocks = []
    for b in range(-(-number // BLOCK)):
        samples = products.samples(products.sums(drawn.pieces(b)))
        spread = samples.sd * np.sqrt(units)
        with np.errstate(invalid="ignore"):  # an item without spread: counted as failed
            blocks.append(tetrads(samples.R * spread[:, None] * spread, which))
    return np.concatenate(blocks, axis=1)[:, :number]


def linearised(fit: Fit, which: Quadruples) -> Array:
    """Return the distribution-free (q, q) sampling covariance of tetrads."""
    answers, moments = fit.data, fit.moments
    assert answers is not None
    assert moments.mean is not None
    weights = np.ones(len(answers.rows)) if answers.weights is None else answers.weights
    rows, pairwise = answers.given - moments.mean, answers.missing == "pairwise"
    moved = influence(rows, weights, moments.cov, which, pairwise)
    number = np.full(len(which), fit.n)
    return sampling_covariance(moved, number, answers.copies, answers.sampling)

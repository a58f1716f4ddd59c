"""Numbers of a fit in every resample, and what they say of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from csi.core import intervals
from csi.core.intervals import Method, limits, p_values
from csi.core.resample import BLOCK, Resamples, stream
from csi.core.types import Array
from csi.resampling.engine import Engine, Part, nothing_wrong
from csi.resampling.inference import Known, undefined

SORTED = 2**18
"""Numbers of resamples that are sorted at a time, to stay in the cache."""


@dataclass(frozen=True, eq=False)
class Draws:
    """Numbers of a fit in every resample.

    Attributes
    ----------
    estimate : (q,) array
        Numbers of the fit.
    part : Part
        Numbers of the resamples, and what went wrong in which.
    seed : int or None
        Seed of the streams; None for resamples that were given.
    """

    estimate: Array
    part: Part
    seed: int | None

    @property
    def replicates(self) -> Array:
        """(B, q) numbers; a row of NaN is a resample that failed."""
        return self.part.values.T

    @property
    def number(self) -> int:
        """Resamples."""
        return len(self.part.why)

    @property
    def failures(self) -> Mapping[str, int]:
        """How many resamples failed or are inadmissible, by reason."""
        return self.part.reasons


def known_from(
    estimate: Array, values: Array, interval: Method, level: float, needed: Mapping[str, Array]
) -> Known:
    """Return what the resamples of some numbers say of them."""
    found = limits(estimate, values, interval, level, **needed)
    p = p_values(estimate, values, interval, **needed)
    se = intervals.standard_errors(values)
    return Known(estimate, se, found.lower, found.upper, p, undefined(values))


def sorted_together(number: int, resamples: int) -> Iterator[slice]:
    """Cut the numbers of a fit into parts whose resamples are sorted together."""
    size = max(1, SORTED // resamples)
    return (slice(start, start + size) for start in range(0, number, size))


def errors_of_resamples(
    engine: Engine, drawn: Resamples, seed: int, n_inner: int, start: int, stop: int
) -> Part:
    """Return standard errors of some resamples, from resamples of each."""
    first = start - start % BLOCK
    block = drawn.block(start // BLOCK)[start - first : stop - first]
    inner = [
        _again(counts, stream(seed, start // BLOCK, 1 + start - first + i), n_inner)
        for i, counts in enumerate(block)
    ]
    part = engine.of_multipliers(inner)
    values = part.values.reshape(len(part.values), stop - start, n_inner)
    errors = np.stack([intervals.standard_errors(each) for each in values])
    return Part(errors, *nothing_wrong(stop - start))


def _again(counts: Array, rng: np.random.Generator, number: int) -> Array:
    """Draw resamples from a resample."""
    there = np.repeat(np.arange(len(counts)), counts.astype(np.intp))
    at = there[rng.integers(len(there), size=(number, len(there)))]
    at += np.arange(number)[:, None] * len(counts)
    found = np.bincount(at.ravel(), minlength=number * len(counts))
    return found.reshape(number, len(counts)).astype(counts.dtype)

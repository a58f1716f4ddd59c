"""Any function of a fit, computed from resamples one after the other."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from csi.answers import Answers, filled
from csi.core.resample import BLOCK, Resamples
from csi.core.types import Array
from csi.engine import INADMISSIBLE, Part
from csi.errors import CsiError, CsiWarning, OptionError
from csi.results import Fit

Statistic = Callable[[Fit], Any]

LONGEST_REASON = 100


@dataclass(frozen=True, eq=False)
class Function:
    """A function of a fit that is carried over to resamples of its respondents.

    Attributes
    ----------
    fit : Fit
        The fit of the whole sample.
    statistic : callable
        Takes a fit; returns a number, several of them, a Series or a mapping.
    resamples : Resamples
        How respondents are drawn.
    names : tuple of str
        What the numbers are called.
    estimate : (q,) array
        The numbers of the fit.
    """

    fit: Fit
    statistic: Statistic
    resamples: Resamples
    names: tuple[str, ...]
    estimate: Array

    @classmethod
    def of(cls, fit: Fit, statistic: Statistic, resamples: Resamples) -> Function:
        """Compute a statistic of the fit itself, and learn its names.

        Raises
        ------
        OptionError
            If it is no function of a fit, or returns no numbers.
        """
        if not callable(statistic):
            raise OptionError(
                f"statistic is {statistic!r}. Give a function of a fit, such as "
                "lambda fit: fit.index('Satisfaction')."
            )
        try:
            result = statistic(fit)
        except CsiError:
            raise
        except Exception as problem:
            raise OptionError(
                f"The statistic fails on the fit itself: {type(problem).__name__}: {problem}. Try "
                "statistic(fit) until it returns numbers."
            ) from problem
        names, estimate = _named(result)
        return cls(fit, statistic, resamples, names, estimate)

    def __call__(self, start: int, stop: int) -> Part:
        """Return the numbers of resamples from ``start`` up to ``stop``, within one block."""
        first = start - start % BLOCK
        drawn = self.resamples.block(start // BLOCK)[start - first : stop - first]
        found = [self._of(multipliers) for multipliers in drawn]
        return Part(
            np.stack([values for values, _ in found], axis=1),
            np.array([why for _, why in found]),
            np.zeros((len(INADMISSIBLE), len(found)), dtype=bool),
        )

    def _of(self, multipliers: NDArray[Any]) -> tuple[Array, str]:
        lost = np.full(len(self.names), np.nan)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", CsiWarning)
                names, values = _named(self.statistic(resampled(self.fit, multipliers)))
        except Exception as problem:
            return lost, _reason(problem)
        if names != self.names:
            return lost, "the statistic returns other numbers than for the fit"
        return values, ""


def resampled(fit: Fit, multipliers: NDArray[Any]) -> Fit:
    """Return the fit of a resample; it is drawn anew, so it has no sampling design."""
    answers = _drawn(fit, multipliers)
    moments = answers.moments()
    estimates = fit.estimator.estimate(fit.model, moments)
    return Fit.of_answers(fit.model, fit.estimator, estimates, answers, moments, fit.index_weights)


def _drawn(fit: Fit, multipliers: NDArray[Any]) -> Answers:
    answers = fit.data
    assert answers is not None
    given = replace(answers, rows=answers.given, holes=None, sampling=None)
    if given.weight_type == "frequency":  # multipliers count the copies already
        given = replace(given, weights=None, weight_type="sampling")
    if (multipliers == np.round(multipliers)).all():
        drawn = given.take(np.repeat(np.arange(len(multipliers)), multipliers.astype(np.intp)))
    else:
        kept = np.flatnonzero(multipliers > 0)
        drawn = given.take(kept)
        own = 1.0 if drawn.weights is None else drawn.weights
        drawn = replace(drawn, weights=own * multipliers[kept])
    return filled(drawn, []) if drawn.missing == "mean" else drawn


def _named(result: object) -> tuple[tuple[str, ...], Array]:
    """Return the numbers a statistic returned, and their names."""
    names: list[str] | None = None
    if isinstance(result, Mapping | pd.Series):
        names = [
            " -> ".join(map(str, name)) if isinstance(name, tuple) else str(name)
            for name in result.keys()  # noqa: SIM118 - a Series iterates over its values
        ]
        result = list(result.values()) if isinstance(result, Mapping) else result.to_numpy()
    try:
        values = np.atleast_1d(np.asarray(result, dtype=np.float64))
    except (TypeError, ValueError, OverflowError):
        values = np.empty((0, 0))
    if values.ndim != 1 or not len(values):
        raise OptionError(
            f"The statistic returns {type(result).__name__}. Return a number, a one-dimensional "
            "array, a Series or a mapping of numbers."
        )
    if names is None:
        names = ["statistic"] if len(values) == 1 else [str(i) for i in range(len(values))]
    return tuple(names), values


def _reason(problem: Exception) -> str:
    """Name a problem so that the same problem has the same name in every resample."""
    first = str(problem).partition(". ")[0]
    text = f"{type(problem).__name__}: " + re.sub(r"\d[\d.e+-]*", "#", first)
    return text[:LONGEST_REASON]

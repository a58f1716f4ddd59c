"""Any function of a fit, computed from resamples one after the other."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from functools import partial
from itertools import chain, islice
from types import CellType, CodeType, FunctionType, MethodType
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from csi.answers import Answers, filled
from csi.core.checks import as_numbers
from csi.core.resample import BLOCK, Resamples
from csi.core.types import Array
from csi.errors import CsiError, CsiWarning, EstimationError, OptionError
from csi.estimators.base import CONSTANT, FAILURES, UNSETTLED
from csi.resampling.engine import INADMISSIBLE, Part, Signs, aligned
from csi.resampling.quantities import batch_of_one
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
    signs : {"construct", "none"}
        Whether constructs of a resample are turned to point as in the fit.
    """

    fit: Fit
    statistic: Statistic
    resamples: Resamples
    names: tuple[str, ...]
    estimate: Array
    signs: Signs = "none"

    @classmethod
    def of(
        cls, fit: Fit, statistic: Statistic, resamples: Resamples, signs: Signs = "none"
    ) -> Function:
        """Compute a statistic of the fit itself, and learn its names.

        Raises
        ------
        OptionError
            If it is no function of a fit, or returns no numbers.
        """
        if not callable(statistic):
            number = isinstance(statistic, int)
            resamples = f" For {statistic} resamples write n_boot={statistic}." if number else ""
            raise OptionError(
                f"statistic is {statistic!r}. Give a function of a fit, such as "
                f"lambda fit: fit.index('Satisfaction').{resamples}"
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
        return cls(fit, statistic, resamples, names, estimate, signs)

    def __call__(self, start: int, stop: int) -> Part:
        """Return the numbers of resamples from ``start`` up to ``stop``, within one block."""
        block = chain.from_iterable(self.resamples.pieces(start // BLOCK))
        first = start - start % BLOCK
        found = [self._of(each) for each in islice(block, start - first, stop - first)]
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
                names, values = _named(self.statistic(self._resampled(multipliers)))
        except Exception as problem:
            return lost, _reason(problem)
        if names != self.names:
            return lost, "the statistic returns other numbers than for the fit"
        return values, ""

    def _resampled(self, multipliers: NDArray[Any]) -> Fit:
        again = resampled(self.fit, multipliers)
        if self.signs == "none":
            return again
        found = aligned(batch_of_one(again)[1], self.fit, self.signs)
        estimates = replace(
            again.estimates,
            weights=found.W[..., 0], loadings=found.loadings[..., 0],
            construct_corr=found.C[..., 0], paths=found.B[..., 0],
        )  # fmt: skip
        return replace(again, estimates=estimates)


def resampled(fit: Fit, multipliers: NDArray[Any]) -> Fit:
    """Return the fit of a resample; it is drawn anew, so it has no sampling design.

    Raises
    ------
    EstimationError
        If an item does not vary, or the iteration does not settle.
    """
    answers = _drawn(fit, multipliers)
    moments = answers.moments()
    estimates = fit.estimator.estimate(fit.model, moments)
    if not estimates.convergence.converged:
        raise EstimationError(FAILURES[UNSETTLED])
    return type(fit).of_answers(
        fit.model, fit.estimator, estimates, answers, moments, fit.index_weights
    )


def _drawn(fit: Fit, multipliers: NDArray[Any]) -> Answers:
    answers = fit.data
    assert answers is not None
    given = replace(answers, rows=answers.given, holes=None, sampling=None)
    whole = bool((multipliers == np.round(multipliers)).all())
    kept = np.flatnonzero(multipliers > 0)
    frequency = given.weights is not None and given.weight_type == "frequency"
    if whole and not frequency:
        drawn = given.take(np.repeat(kept, multipliers[kept].astype(np.intp)))
    else:  # multipliers count the copies already
        own = 1.0 if given.weights is None or frequency else given.weights[kept]
        drawn = replace(
            given.take(kept),
            weights=own * multipliers[kept].astype(np.float64),
            weight_type="frequency" if whole and frequency else "sampling",
        )
    smallest, largest = np.fmin.reduce(drawn.rows), np.fmax.reduce(drawn.rows)
    if not (largest > smallest).all():
        raise EstimationError(FAILURES[CONSTANT])
    return filled(drawn, []) if drawn.missing == "mean" else drawn


def _named(result: object) -> tuple[tuple[str, ...], Array]:
    """Return the numbers a statistic returned, and their names."""
    names: list[str] | None = None
    numbers = result
    if isinstance(result, Mapping | pd.Series):
        names = [
            " -> ".join(map(str, name)) if isinstance(name, tuple) else str(name)
            for name in result.keys()  # noqa: SIM118 - a Series iterates over its values
        ]
        numbers = list(result.values()) if isinstance(result, Mapping) else result.to_numpy()
    values = as_numbers(_counted(numbers))
    if values is None or numbers is None or values.ndim > 1 or not values.size:
        raise OptionError(
            f"The statistic returns {_kind(result, values)}. Return a number, a one-dimensional "
            "array, a Series or a mapping of numbers."
        )
    values = np.atleast_1d(values)
    if names is None:
        names = ["statistic"] if len(values) == 1 else [str(i) for i in range(len(values))]
    return tuple(names), values


def _counted(numbers: object) -> object:
    """Return truth values as zero and one."""
    if isinstance(numbers, list | tuple):
        return [_counted(each) for each in numbers]
    if isinstance(numbers, bool):
        return float(numbers)
    arrays = isinstance(numbers, np.ndarray | np.generic)
    return numbers.astype(np.float64) if arrays and numbers.dtype.kind == "b" else numbers  # type: ignore[attr-defined]


def identity(used: object, within: tuple[object, ...] = ()) -> str:
    """Tell functions, and other values a run depends on, apart: by their code and what they hold.

    The values of global names a function uses, and functions it calls, are not
    looked into.
    """
    parts = _parts(used)
    if parts is None:
        return _content(used)
    if any(used is each for each in within):
        return "itself"
    held = (identity(part, (*within, used)) for part in parts)
    return f"{type(used).__qualname__}({','.join(held)})"


def _parts(used: object) -> list[object] | None:
    """Return what a value is made of, or None if it is to be taken as a whole."""
    parts: list[object] | None = None
    if isinstance(used, CodeType):
        parts = [used.co_code, *used.co_names, *used.co_consts]
    elif isinstance(used, FunctionType):
        cells = map(_held, used.__closure__ or ())
        parts = [used.__qualname__, used.__code__, used.__defaults__, used.__kwdefaults__, *cells]
    elif isinstance(used, MethodType):
        parts = [used.__func__, used.__self__]
    elif isinstance(used, partial):
        parts = [used.func, used.args, used.keywords]
    elif isinstance(used, list | tuple):
        parts = list(used)
    elif is_dataclass(used) and not isinstance(used, type):
        parts = [getattr(used, each.name) for each in fields(used)]
    return parts


def _held(cell: CellType) -> object:
    try:
        return cell.cell_contents
    except ValueError:  # nothing yet
        return None


def _content(used: object) -> str:
    """Return a hash of a value, or its words if it cannot be taken apart."""
    from joblib import hash as content_hash  # noqa: PLC0415 - slow to import

    try:
        return str(content_hash(used))
    except Exception:  # whatever pickling of a user's object raises
        return re.sub(r" at 0x\w+", "", repr(used))


def _kind(result: object, values: Array | None) -> str:
    """Say what a statistic returned instead of numbers."""
    name = type(result).__name__
    if result is None:
        return "None"
    if values is None:
        return f"{name} with something else than numbers"
    return f"{name} of {'no numbers' if not values.size else f'shape {values.shape}'}"


def _reason(problem: Exception) -> str:
    """Name a problem so that the same problem has the same name in every resample."""
    first = re.sub(r"\b\d[\d.e+-]*", "#", str(problem).partition(". ")[0])
    text = first if isinstance(problem, CsiError) else f"{type(problem).__name__}: {first}"
    return text[:LONGEST_REASON]

"""Respondents dealt into folds, and the model estimated without each of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from csi.answers import Answers
from csi.core.checks import as_numbers
from csi.core.composites import Composites
from csi.core.design import Design, units
from csi.core.prediction import Forecasts, Maps, Targets
from csi.core.products import Samples
from csi.core.resample import BLOCK, CELLS, stream
from csi.core.types import Array
from csi.errors import CsiError, OptionError, RowsRequiredError
from csi.estimators.base import FAILURES
from csi.resampling.bootstrapping import check_number
from csi.resampling.engine import Engine
from csi.resampling.functions import resampled
from csi.resampling.quantities import batch_of_one
from csi.results import Fit

Labels = NDArray[np.intp]


MOST_REPEATS = 10_000
"""Repeats beyond which nothing is learnt and everything is kept."""

LARGEST_LABEL = 2**31
"""Largest number of a fold."""


@dataclass(frozen=True, eq=False)
class Folds:
    """Which respondents are held out together.

    Attributes
    ----------
    labels : (repeats, n) array of int
        Fold of each row; -1 for rows that are never held out.
    """

    labels: Labels

    @classmethod
    def of(cls, answers: Answers, folds: Any, repeats: int, seed: int) -> Folds:
        """Deal respondents, or whole clusters, into folds; or take labels as given.

        Raises
        ------
        OptionError
            If there are too few of them for so many folds, or labels do not fit.
        """
        check_number("repeats", repeats, 1, MOST_REPEATS)
        if np.ndim(folds) > 0:
            return cls(_as_labels(folds, len(answers.rows)))
        check_number("folds", folds, 2)
        design = answers.sampling or Design()
        _, of_row, stratum, _ = units(design, np.ones(len(answers.rows)))
        number = int(folds)
        if number > len(stratum):
            what = "respondents" if design.clusters is None else "clusters"
            raise OptionError(
                f"folds is {number}, but there are {len(stratum)} {what}. Give fewer folds."
            )
        if number == len(stratum):
            return cls(of_row[None])  # every repeat would be the same
        dealing = (stream(seed, repeat) for repeat in range(repeats))
        return cls(np.stack([_dealt(of_row, stratum, number, rng) for rng in dealing]))

    @cached_property
    def held(self) -> list[tuple[int, Labels]]:
        """Repeat and rows of every fold, in order."""
        return [
            (repeat, np.flatnonzero(labels == fold))
            for repeat, labels in enumerate(self.labels)
            for fold in np.unique(labels[labels >= 0])
        ]

    @property
    def number(self) -> int:
        """Folds of a repeat."""
        return len(np.unique(self.labels[0][self.labels[0] >= 0]))


def _dealt(units: Labels, strata: Labels, folds: int, rng: np.random.Generator) -> Labels:
    """Return the fold of each row: units are dealt at random, in turn within strata."""
    order = rng.permutation(len(strata))
    order = order[np.argsort(strata[order], kind="stable")]
    label = np.empty(len(strata), dtype=np.intp)
    label[order] = np.arange(len(strata)) % folds
    return label[units]


def _as_labels(given: Any, n: int) -> Labels:
    """Return labels given by the user as whole numbers in repeats."""
    values = as_numbers(given)
    if values is None or values.ndim > 2 or not np.isfinite(values).all():
        raise OptionError(
            "folds is no array of whole numbers. Give a number of folds, or the number of the fold "
            "of each respondent used, -1 for those who are never held out."
        )
    if (np.rint(values) != values).any() or np.abs(values).max(initial=0) > LARGEST_LABEL:
        raise OptionError(
            "folds holds labels that are no small whole numbers. Give 0, 1, 2 ... for the folds, "
            "and -1 for rows that are never held out."
        )
    labels = np.atleast_2d(values).astype(np.intp)
    if labels.shape[1] != n:
        raise OptionError(
            f"folds has shape {np.shape(given)}, but the fit used {n} rows. Give a whole number "
            "for each row used (fit.data.positions says which these are)."
        )
    for row in np.maximum(labels, -1):
        if (row >= 0).sum() == 0 or (row == row[0]).all():
            raise OptionError(
                f"folds puts all {n} rows into one fold, or none into any. Give two folds or more, "
                "or -1 for rows that are always trained on."
            )
    return np.maximum(labels, -1)


def check_rows(fit: Fit, what: str) -> Answers:
    """Return the respondents of a fit, or refuse a fit without."""
    if fit.data is None:
        raise RowsRequiredError(
            f"{what} needs rows: the respondents themselves. This fit was made from a matrix or "
            "read from a file and holds none; fit the survey."
        )
    return fit.data


@dataclass(frozen=True, eq=False)
class Trained:
    """The model estimated from some training samples.

    Attributes
    ----------
    samples : Samples
        Their moments.
    found : Composites
        The model.
    why : (B,) array of str
        Why it could not be estimated; empty if it could.
    size : (B,) array
        Rows of each.
    """

    samples: Samples
    found: Composites
    why: NDArray[np.str_]
    size: Array


def held_out(fit: Fit, folds: Folds, targets: Targets) -> tuple[Forecasts, NDArray[np.str_]]:
    """Predict every row without itself; say for each fold why it failed, if it did."""
    answers = check_rows(fit, "Prediction out of sample")
    forecasts = Forecasts.empty(len(folds.labels), len(answers.rows), targets)
    given, reasons, start = answers.given, [], 0
    for trained in _trained(fit, folds):
        part = folds.held[start : start + len(trained.why)]
        ok = trained.why == ""
        with np.errstate(all="ignore"):  # NaN is what a failed fold predicts
            maps = Maps.of(trained.samples, trained.found, targets, trained.size)
            forecasts.fill(given, part, maps, targets, ok)
        reasons.append(trained.why)
        start += len(part)
    return forecasts, np.concatenate(reasons)


def _trained(fit: Fit, folds: Folds) -> Iterator[Trained]:
    """Estimate the model without each fold, some folds at a time."""
    engine = Engine.of(fit)
    if engine.solver is None:
        yield from (_one(fit, rows) for _, rows in folds.held)
        return
    products = engine.products
    for start in range(0, len(folds.held), BLOCK):
        held = [rows for _, rows in folds.held[start : start + BLOCK]]
        sums = products.sums(_others(held, len(products.rows), _copies(fit)))
        size = np.array([len(products.rows) - len(rows) for rows in held], dtype=np.float64)
        respondents = sums[0] if products.weights is None else size
        own = replace(products, respondents=respondents)  # type: ignore[arg-type]
        samples = own.samples(sums)
        solved = engine.solver.solve(fit.model, samples)
        yield Trained(samples, solved.composites, np.array(FAILURES)[solved.failure], size)


def _copies(fit: Fit) -> Array | None:
    answers = fit.data
    assert answers is not None
    frequency = answers.weights is not None and answers.weight_type == "frequency"
    return answers.copies if frequency else None


def _others(held: list[Labels], n: int, copies: Array | None) -> Iterator[NDArray[np.float32]]:
    """Yield multipliers of rows that leave out those held out, some folds at a time."""
    everybody = np.ones(n, np.float32) if copies is None else copies.astype(np.float32)
    at_once = max(1, CELLS // n)
    for start in range(0, len(held), at_once):
        part = held[start : start + at_once]
        multipliers = np.repeat(everybody[None], len(part), axis=0)
        for fold, rows in enumerate(part):
            multipliers[fold, rows] = 0.0
        yield multipliers


def _one(fit: Fit, rows: Labels) -> Trained:
    """Estimate the model without one fold, by an estimator that takes one sample at a time."""
    answers = fit.data
    assert answers is not None
    kept = np.ones(len(answers.rows)) if (copies := _copies(fit)) is None else copies.copy()
    kept[rows] = 0.0
    size = np.array([len(kept) - len(rows)], dtype=np.float64)
    try:
        again, why = resampled(fit, kept), ""
    except CsiError as problem:
        again, why = fit, str(problem)
    return Trained(*batch_of_one(again), np.array([why]), size)

"""Replicate weights as they come with a survey: read, checked, brought to the rows of a fit."""

from __future__ import annotations

from numbers import Real

import numpy as np

from csi.answers import Answers
from csi.core.checks import as_numbers
from csi.core.design import Codes
from csi.core.replicates import Kind, stratum_factors
from csi.core.types import Array
from csi.errors import (
    ArgumentTypeError,
    DataError,
    DataQualityWarning,
    OptionError,
    listing,
    warn,
)
from csi.results import Fit

FAR, STRANGE = 0.05, 2.5
"""Deviation of replicates from the weights of a fit that is too large, also in standard errors."""

EQUAL = 1e-9
"""Relative difference between shares of weight that is rounding."""


def replicate_factors(given: object, fit: Fit, combined: bool) -> Array:
    """Return what replicates multiply the weights of the respondents used by.

    Parameters
    ----------
    given : (n, R) array or DataFrame
        Replicates, for the respondents read or for those used.
    fit : Fit
        The fit.
    combined : bool
        Whether they are weights and not factors.

    Returns
    -------
    (R, n) array

    Raises
    ------
    DataError
        If they are not what they must be.

    Warns
    -----
    DataQualityWarning
        If they do not average to the weights of the fit.
    """
    base = _full_sample_weights(fit)
    factors = _read(given, fit, combined) / (base if combined else 1.0)
    _warn_of_other_weights(factors, combined)
    return factors


def _full_sample_weights(fit: Fit) -> Array:
    """Return the (n,) weights of the respondents used, ones if there are none."""
    answers = fit.data
    assert answers is not None
    if answers.weights is None:
        return np.ones(len(answers.rows))
    if answers.weight_type == "frequency":
        raise OptionError(
            "Replicate weights belong to sampling weights, but the weights of this fit are "
            "frequencies. Declare the full-sample weight with weight_type='sampling'."
        )
    return answers.weights


def _read(given: object, fit: Fit, combined: bool) -> Array:
    """Return the (R, n) replicates of the respondents used."""
    if isinstance(given, str) or _names_columns(given):
        raise ArgumentTypeError(
            f"weights names columns: {given!r}. A fit keeps the answers of its model only; give "
            "the columns themselves, such as frame[names]."
        )
    table = as_numbers(given)
    if table is None:
        raise DataError(
            f"The replicate weights are not numbers throughout: found {type(given).__name__} with "
            "something else in it. Give a column of numbers for each replicate."
        )
    if table.ndim != 2 or table.shape[1] < 2:
        raise DataError(
            f"The replicate weights have shape {table.shape}. Give a row for each respondent and a "
            "column for each of at least 2 replicates."
        )
    answers = fit.data
    assert answers is not None
    used = table[_rows_used(len(table), answers)]
    _check(used, answers, "weights" if combined else "factors")
    return np.ascontiguousarray(used.T)


def _names_columns(given: object) -> bool:
    return isinstance(given, list | tuple) and any(isinstance(name, str) for name in given)


def _rows_used(found: int, answers: Answers) -> Codes:
    """Return where the respondents used stand among the rows found."""
    used, read = len(answers.rows), len(answers.flags)
    if found == read:
        return answers.positions
    if found == used:
        return np.arange(used)
    raise DataError(
        f"The replicate weights have {found} rows, but {read} respondents were read and {used} of "
        "them used. Give a row for each of them, in the order of the survey."
    )


def _check(table: Array, answers: Answers, what: str) -> None:
    """Refuse replicates that are no weights."""
    bad = np.argwhere(~((table >= 0) & np.isfinite(table)))
    if len(bad):
        values = listing(table[i, j] for i, j in bad)
        rows = listing(answers.positions[np.unique(bad[:, 0])])
        raise DataError(
            f"Replicate {what} must be finite and not negative; found {values} (rows {rows}, "
            f"replicates {listing(np.unique(bad[:, 1]))}, counted from 0). Correct them."
        )
    empty = np.flatnonzero(~table.any(axis=0))
    if len(empty):
        raise DataError(
            f"Replicates {listing(empty)} (counted from 0) give everybody the weight zero. Leave "
            "out columns that are no replicates."
        )
    shares = table / table.sum(axis=0)
    if (np.ptp(shares, axis=1) <= EQUAL * shares.max(axis=1)).all():
        raise DataError(
            f"All {table.shape[1]} replicates are proportional, so that they tell nothing of the "
            "sampling error. Give the columns of the replicate weights."
        )


def _warn_of_other_weights(factors: Array, combined: bool) -> None:
    """Warn if replicates were not made from the weights of the fit."""
    factors = factors / factors.mean()
    noise = factors.std(axis=0) / np.sqrt(len(factors))
    off = float(np.sqrt(np.mean((factors.mean(axis=0) - 1) ** 2)))
    if off > max(FAR, STRANGE * float(np.sqrt(np.mean(noise**2)))):
        form = "combined=False if these are factors" if combined else "leave out combined=False"
        warn(
            "The replicates do not average to the weights of the fit; they differ by "
            f"{off:.0%}. Fit with the full-sample weight that belongs to them, or {form}.",
            DataQualityWarning,
        )


def replicate_rscales(given: object, kind: Kind, factors: Array) -> Array:
    """Return the factor of each replicate in the variance.

    Raises
    ------
    OptionError
        If they are none, or are needed and not given.
    """
    number = len(factors)
    if given is None:
        found = stratum_factors(factors) if kind == "jkn" else np.ones(number)
        if found is None:
            raise OptionError(
                "kind='jkn' needs rscales, which cannot be read off these weights: they were "
                "adjusted. Give (n_h - 1) / n_h for each replicate, n_h being the number of units "
                "in the stratum of the unit it leaves out."
            )
        return found
    rscales = as_numbers(given)
    good = rscales is not None and rscales.shape == (number,)
    if rscales is None or not good or not ((rscales >= 0) & np.isfinite(rscales)).all():
        raise OptionError(
            f"rscales is {given!r}. Give a number from 0 for each of the {number} replicates."
        )
    if not rscales.any():
        raise OptionError("All rscales are zero. Give a positive number for some replicate.")
    return rscales


def fay_factor(given: object, kind: Kind) -> float:
    """Return Fay's factor, zero for other kinds of replicates.

    Raises
    ------
    OptionError
        If it is none, or belongs to another kind.
    """
    if kind != "fay":
        if given is not None:
            raise OptionError(f"fay belongs to kind='fay', but kind is {kind!r}. Leave it out.")
        return 0.0
    number = isinstance(given, Real) and not isinstance(given, bool)
    if not number or not 0 <= given < 1:  # type: ignore[operator]
        raise OptionError(
            f"fay is {given!r}. Give the factor of the survey's documentation, from 0 to below 1, "
            "such as 0.5."
        )
    return float(given)  # type: ignore[arg-type]

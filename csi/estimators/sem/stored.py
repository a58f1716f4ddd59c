"""Estimates of a covariance structure that were read back from a file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from csi.core.types import Array
from csi.estimators.cbsem import CovarianceEstimates
from csi.estimators.sem.numbers import Label


@dataclass(frozen=True, slots=True, eq=False)
class StoredNumbers:
    """Parameters and definitions, as they are and standardised, without what they came from.

    Attributes
    ----------
    labels : mapping of str to list of (str, str, str)
        Left, operator and right of each, for ``"parameters"`` and ``"standardized"``.
    own : (m,) array
        Their values, in this order.
    """

    labels: Mapping[str, list[Label]]
    own: Array


@dataclass(frozen=True, slots=True, eq=False)
class StoredEstimates(CovarianceEstimates):
    """Estimates of a covariance structure without the search behind them.

    Attributes
    ----------
    numbers : StoredNumbers or None
        What resamples were asked for.
    """

    numbers: StoredNumbers | None = None

"""Firms, their industries and sectors, and what each counts: read, checked, in layers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from pandas.api.types import is_scalar

from csi.core.checks import as_numbers
from csi.core.types import Array
from csi.errors import (
    ArgumentTypeError,
    DataError,
    DataQualityWarning,
    OptionError,
    did_you_mean,
    listing,
    warn,
)
from csi.frames import eager


@dataclass(frozen=True, slots=True, eq=False)
class Layer:
    """The m units of one level, and where each goes in the level above.

    Attributes
    ----------
    level : str
        Name of the level.
    names : list
        Names of the units.
    value : (m,) array
        What they count, such as revenue.
    parents : list
        Name of the unit of the level above for each; None at the top.
    """

    level: str
    names: list[Any]
    value: Array
    parents: list[Any]

    def into(self, above: Layer) -> Array:
        """(units above, m) share of each unit in the one it belongs to, zero elsewhere."""
        place = {name: i for i, name in enumerate(above.names)}
        at = [place[parent] for parent in self.parents]
        value = np.zeros((len(above.names), len(at)))
        value[at, np.arange(len(at))] = self.value
        shares: Array = value / value.sum(axis=1, keepdims=True)
        return shares


@dataclass(frozen=True, slots=True, eq=False)
class Hierarchy:
    """Where each of n firms belongs and what it counts.

    Attributes
    ----------
    columns : mapping of str to list
        n cells each: a unit of every level, and what units count.
    levels : list of str
        Columns that are levels, the firms first.
    values : mapping of str to str
        Column of what the units of a level count, for the levels that have one.
    """

    columns: Mapping[str, list[Any]]
    levels: list[str]
    values: Mapping[str, str]

    @classmethod
    def of(cls, weights: object, levels: object, value: object, by: str) -> Hierarchy:
        """Read what a user gave.

        Raises
        ------
        OptionError
            If there is no such column.
        DataError
            If a firm has several rows, or a cell of a level is empty.
        """
        chosen = [by] if levels is None else _texts(levels)
        columns = _columns(weights, chosen[0])
        given = cls(columns, chosen, _value_columns(value, chosen, list(columns)))
        _check_names(given)
        return given

    def matched(self, groups: Sequence[Any], unmatched: str) -> Hierarchy:
        """Leave out rows of firms that are not among the groups, or refuse to."""
        rows, known = self.columns[self.levels[0]], set(groups)
        unweighted = [group for group in groups if group not in set(rows)]
        unknown = [name for name in rows if name not in known]
        if not unweighted and not unknown:
            return self
        problems = [f"{listing(unweighted)} without a row in the weights"] if unweighted else []
        if unknown:
            problems.append(f"{listing(unknown)} in the weights but not in the source")
        text = f"{self.levels[0]} {', '.join(problems)}."
        if unmatched == "raise" or len(unknown) == len(rows):
            raise DataError(f"{text} Make the names agree, or go without: unmatched='drop'.")
        warn(f"{text} They are left out, and the others share their weight.", DataQualityWarning)
        kept = [i for i, name in enumerate(rows) if name in known]
        columns = {name: [cells[i] for i in kept] for name, cells in self.columns.items()}
        return Hierarchy(columns, self.levels, self.values)

    def layers(self, total: str | None) -> list[Layer]:
        """Return the units of every level, and of a last one that holds everything.

        Raises
        ------
        DataError
            If what a unit counts is not positive, or a unit has two parents.
        """
        layers: list[Layer] = []
        for level, upper in zip(self.levels, [*self.levels[1:], None], strict=True):
            cells = self.columns[level]
            home = [total] * len(cells) if upper is None else self.columns[upper]
            parents = _one_each(level, cells, upper, home)
            names = list(parents)
            value = self._counted(level) if level in self.values else _summed(layers[-1], names)
            layers.append(Layer(level, names, value, list(parents.values())))
        if total is not None:
            layers.append(Layer(total, [total], np.ones(1), [None]))
        return layers

    def _counted(self, level: str) -> Array:
        """Return what each unit of a level counts, from its column."""
        names, column = self.columns[level], self.values[level]
        numbers = as_numbers(self.columns[column])
        if numbers is None:
            raise DataError(f"{column!r} holds more than numbers. Give positive numbers.")
        wrong = np.flatnonzero(~((numbers > 0) & np.isfinite(numbers)))
        if len(wrong):
            found = listing(f"{names[i]}: {numbers[i]:g}" for i in wrong)
            raise DataError(
                f"Weights must be positive and finite; {column!r} holds {found}. Correct them, or "
                "leave out these firms."
            )
        return np.array(list(_one_each(level, names, column, numbers.tolist()).values()))


def _summed(layer: Layer, names: list[Any]) -> Array:
    """Return what units count together with the units below."""
    sums = dict.fromkeys(names, 0.0)
    for parent, number in zip(layer.parents, layer.value, strict=True):
        sums[parent] += number
    return np.array(list(sums.values()))


def _one_each(level: str, names: list[Any], what: str | None, cells: list[Any]) -> dict[Any, Any]:
    """Return the one cell that goes with each name, or refuse names with several."""
    found: dict[Any, Any] = {}
    for name, cell in zip(names, cells, strict=True):
        if found.setdefault(name, cell) != cell:
            raise DataError(
                f"{level} {name} has two values of {what}: {found[name]} and {cell}. Give each "
                f"{level} one {what} only."
            )
    return found


def _texts(levels: object) -> list[str]:
    if isinstance(levels, Sequence) and not isinstance(levels, str):
        names = [name for name in levels if isinstance(name, str)]
        if 0 < len(set(names)) == len(levels):
            return names
    raise ArgumentTypeError(
        f"levels is {levels!r}. List columns, each once, such as ['firm', 'industry']."
    )


def _columns(weights: object, first: str) -> dict[str, list[Any]]:
    if isinstance(weights, pd.Series):
        weights = weights.to_dict()
    if isinstance(weights, Mapping):
        return {first: list(weights), "weight of each": list(weights.values())}
    frame, _ = eager(weights, clean_names=False)
    return {name: frame[name].to_list() for name in frame.columns}


def _value_columns(value: object, levels: list[str], columns: list[str]) -> dict[str, str]:
    """Return the column of each level that has one."""
    rest = [name for name in columns if name not in levels]
    if value is None:
        if len(rest) != 1:
            raise OptionError(
                f"value is None, and the weights have {len(rest)} columns that are no level: "
                f"{listing(rest)}. Name one, such as value='revenue'."
            )
        value = rest[0]
    chosen = value if isinstance(value, Mapping) else {levels[0]: value}
    if levels[0] not in chosen or not set(chosen) <= set(levels):
        raise OptionError(
            f"value is {value!r}. Map {levels[0]!r}, and further levels if need be, to columns."
        )
    for name in [*levels, *chosen.values()]:
        if name not in columns:
            raise OptionError(
                f"The weights have no column {name!r}. Columns: {listing(columns, 20)}."
                + did_you_mean(str(name), columns)
            )
    return dict(chosen)


def _check_names(given: Hierarchy) -> None:
    for level in given.levels:
        cells = given.columns[level]
        empty = [i for i, cell in enumerate(cells) if not is_scalar(cell) or pd.isna(cell)]
        if empty:
            raise DataError(
                f"{len(empty)} rows of the weights name no {level} (rows {listing(empty)}). Fill "
                "them in."
            )
    counts = Counter(given.columns[given.levels[0]])
    repeated = [name for name, count in counts.items() if count > 1]
    if repeated:
        raise DataError(
            f"{given.levels[0]} {listing(repeated)} has several rows in the weights. Give each "
            "one row, in one place."
        )

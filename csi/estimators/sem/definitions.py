"""Quantities with a name: labelled parameters, and what is defined from them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from csi.core.types import Array
from csi.estimators.sem.table import Row
from csi.expressions import Call, Expression, Name, Number, Power, Product, Sum, parse_expression
from csi.parameters import Defined

FIXED, LINEAR, CURVED = 0, 1, 2


@dataclass(frozen=True, eq=False)
class Quantities:
    """Where the names in formulas get their numbers from.

    Attributes
    ----------
    rows : tuple of Row
        The parameters.
    defined : tuple of Defined
        Formulas with a name, each after those it uses.
    """

    rows: tuple[Row, ...]
    defined: tuple[Defined, ...] = ()

    @cached_property
    def place(self) -> dict[str, int]:
        """The first row of each label."""
        found: dict[str, int] = {}
        for i, row in enumerate(self.rows):
            if row.label and not row.label.startswith("."):
                found.setdefault(row.label, i)
        return found

    @cached_property
    def formulas(self) -> dict[str, Expression]:
        """The definitions, read."""
        return {entry.name: parse_expression(entry.expression) for entry in self.defined}

    @property
    def names(self) -> tuple[str, ...]:
        """Everything a formula may name."""
        return (*self.place, *self.formulas)

    def values(self, numbers: Array) -> dict[str, Array]:
        """Return every named quantity.

        Parameters
        ----------
        numbers : (..., r) array
            The value of every row, of one sample or of many, standardised or not.

        Returns
        -------
        dict of str to (...) array
            Labels, then definitions.
        """
        found = {name: numbers[..., i] for name, i in self.place.items()}
        for name, formula in self.formulas.items():
            found[name] = formula.value(found) + np.zeros(numbers.shape[:-1])
        return found

    def defined_values(self, numbers: Array) -> Array:
        """Return (..., d) values of the definitions for (..., r) values of the rows."""
        found = self.values(numbers)
        shape = (*numbers.shape[:-1], len(self.formulas))
        return np.stack([found[name] for name in self.formulas], axis=-1).reshape(shape)

    def rates(self, numbers: Array, rates: Array) -> dict[str, Array]:
        """Return how every named quantity moves, from (r,) values and (r, q) derivatives."""
        values = self.values(numbers)
        found = {name: rates[i] for name, i in self.place.items()}
        for name, formula in self.formulas.items():
            found[name] = chained(formula, values, found, rates.shape[1])
        return found

    def evaluated(
        self, formulas: Sequence[Expression], numbers: Array, rates: Array
    ) -> tuple[Array, Array]:
        """Return (f,) values of formulas and their (f, q) derivatives."""
        values, slopes = self.values(numbers), self.rates(numbers, rates)
        q = rates.shape[1]
        found = [float(formula.value(values)) for formula in formulas]
        by = [chained(formula, values, slopes, q) for formula in formulas]
        return np.array(found), np.array(by).reshape(len(found), q)

    def definitions(self, numbers: Array, rates: Array) -> tuple[Array, Array]:
        """Return (d,) values of the definitions and their (d, q) derivatives."""
        return self.evaluated([Name(name) for name in self.formulas], numbers, rates)

    def degree(self, formula: Expression) -> int:
        """Return whether a formula is fixed, linear or curved in the parameters."""
        known = {
            name: FIXED if self.rows[i].value is not None else LINEAR
            for name, i in self.place.items()
        }
        for name, each in self.formulas.items():
            known[name] = _degree(each, known)
        return _degree(formula, known)


def chained(
    formula: Expression, values: Mapping[str, Array], slopes: Mapping[str, Array], q: int
) -> Array:
    """Return the (q,) derivatives of a formula from those of the names in it."""
    by_name = formula.gradient(values)
    with np.errstate(invalid="ignore", over="ignore"):  # of formulas without a slope there
        return sum((slope * slopes[name] for name, slope in by_name.items()), np.zeros(q))


def _degree(formula: Expression, known: Mapping[str, int]) -> int:
    found = CURVED
    match formula:
        case Number():
            found = FIXED
        case Name(name):
            found = known[name]
        case Sum(terms):
            found = max(_degree(term, known) for _, term in terms)
        case Product(factors):
            above = sum(_degree(f, known) for sign, f in factors if sign == "*")
            below = any(_degree(f, known) for sign, f in factors if sign == "/")
            found = CURVED if below else min(above, CURVED)
        case Power(base, exponent):
            first, second = _degree(base, known), _degree(exponent, known)
            plain = exponent == Number(1.0) or first == FIXED == second
            found = first if plain else CURVED
        case Call(_, argument):
            found = CURVED if _degree(argument, known) else FIXED
    return found

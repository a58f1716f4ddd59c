"""Formulas of named parameters: read from text, computed, and differentiated exactly.

::

    expression = product {("+" | "-") product}        -a is the same as 0 - a
    product    = power {("*" | "/") power}
    power      = operand ["^" power]                  a^b^c is a^(b^c), -a^2 is -(a^2)
    operand    = number | name | "(" expression ")" | function "(" expression ")"

Functions are exp, log, sqrt and abs. Nothing is evaluated by Python: the text
becomes a tree of frozen values, and the tree is computed by NumPy. Gradients are
carried forward through the tree with the rules of differentiation, so that they
are exact, and arrays are computed element by element.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import reduce
from itertools import chain

import numpy as np

from csi.core.types import Array
from csi.errors import ArgumentTypeError, ModelError, kind_of
from csi.tokens import Cursor, check_tokens, number_text, quoted, refusal, shown, tokens

LONGEST_EXPRESSION = 20_000
"""Characters an expression may have."""
DEEPEST_EXPRESSION = 50
"""Parentheses, powers and signs that may stand within each other."""

Values = Mapping[str, float] | Mapping[str, Array]
Slopes = dict[str, Array]
Dual = tuple[Array, Slopes]

_SUM, _PRODUCT, _POWER, _OPERAND = range(4)


@dataclass(frozen=True, slots=True)
class Expression(ABC):
    """A formula; ``str`` writes it with as few parentheses as it needs."""

    @property
    def names(self) -> tuple[str, ...]:
        """The names in it, in the order in which they appear."""
        return tuple(dict.fromkeys(self._names()))

    def value(self, values: Values) -> Array:
        """Return its value.

        Parameters
        ----------
        values : mapping of str to float or array
            A number for each name, or arrays of one shape.

        Returns
        -------
        float or array
            Infinite or NaN where it cannot be computed; nothing is raised or warned.
        """
        with np.errstate(all="ignore"):
            return self._dual(values, slopes=False)[0]

    def gradient(self, values: Values) -> Slopes:
        """Return its derivative by each name.

        Parameters
        ----------
        values : mapping of str to float or array
            A number for each name, or arrays of one shape.

        Returns
        -------
        dict of str to float or array
            In the order and of the shape of the values.
        """
        with np.errstate(all="ignore"):
            value, slopes = self._dual(values, slopes=True)
            return {name: slopes[name] + np.zeros_like(value) for name in self.names}

    @abstractmethod
    def _names(self) -> list[str]: ...

    @abstractmethod
    def _dual(self, values: Values, slopes: bool) -> Dual:
        """Return the value, and the derivatives by the names in it if they are asked for."""

    @abstractmethod
    def _written(self) -> tuple[str, int]:
        """Return the text and how tightly it binds."""

    def __str__(self) -> str:
        return self._written()[0]

    def within(self, level: int) -> str:
        """Return the text, in parentheses unless it binds at least so tightly."""
        text, own = self._written()
        return text if own >= level else f"({text})"


@dataclass(frozen=True, slots=True)
class Number(Expression):
    """A number."""

    number: float

    def _names(self) -> list[str]:
        return []

    def _dual(self, values: Values, slopes: bool) -> Dual:
        return np.float64(self.number), {}  # type: ignore[return-value]

    def _written(self) -> tuple[str, int]:
        return number_text(self.number), _OPERAND


@dataclass(frozen=True, slots=True)
class Name(Expression):
    """The name of a parameter or of another definition."""

    name: str

    def _names(self) -> list[str]:
        return [self.name]

    def _dual(self, values: Values, slopes: bool) -> Dual:
        given = np.asarray(values[self.name], dtype=np.float64)[()]
        return given, {self.name: np.ones_like(given)} if slopes else {}

    def _written(self) -> tuple[str, int]:
        return quoted(self.name), _OPERAND


@dataclass(frozen=True, slots=True)
class Sum(Expression):
    """Terms with their signs, ``"+"`` or ``"-"``."""

    terms: tuple[tuple[str, Expression], ...]

    def _names(self) -> list[str]:
        return list(chain.from_iterable(term._names() for _, term in self.terms))

    def _dual(self, values: Values, slopes: bool) -> Dual:
        signed = [(1.0 if sign == "+" else -1.0, term) for sign, term in self.terms]
        duals = [(factor, *term._dual(values, slopes)) for factor, term in signed]
        total = reduce(np.add, [factor * value for factor, value, _ in duals])
        return total, _added([(np.asarray(factor), own) for factor, _, own in duals])

    def _written(self) -> tuple[str, int]:
        (first, term), *others = self.terms
        text = ("-" if first == "-" else "") + term.within(_PRODUCT)
        return text + "".join(f" {sign} {t.within(_PRODUCT)}" for sign, t in others), _SUM


@dataclass(frozen=True, slots=True)
class Product(Expression):
    """Factors, each multiplied (``"*"``) or divided by (``"/"``)."""

    factors: tuple[tuple[str, Expression], ...]

    def _names(self) -> list[str]:
        return list(chain.from_iterable(factor._names() for _, factor in self.factors))

    def _dual(self, values: Values, slopes: bool) -> Dual:
        (_, first), *others = self.factors
        value, found = first._dual(values, slopes)
        for sign, factor in others:
            other, theirs = factor._dual(values, slopes)
            if sign == "*":
                found = _added([(other, found), (value, theirs)])
                value = value * other
            else:
                value = np.divide(value, other)
                inverse = np.divide(1.0, other)
                found = _added([(inverse, found), (-value * inverse, theirs)])
        return value, found

    def _written(self) -> tuple[str, int]:
        text = self.factors[0][1].within(_POWER)
        return text + "".join(f"{sign}{f.within(_POWER)}" for sign, f in self.factors[1:]), _PRODUCT


@dataclass(frozen=True, slots=True)
class Power(Expression):
    """A base and its exponent."""

    base: Expression
    exponent: Expression

    def _names(self) -> list[str]:
        return self.base._names() + self.exponent._names()

    def _dual(self, values: Values, slopes: bool) -> Dual:
        base, by_base = self.base._dual(values, slopes)
        exponent, by_exponent = self.exponent._dual(values, slopes)
        value = np.power(base, exponent)
        steep = np.where(exponent == 0, 0.0, exponent * np.power(base, exponent - 1))
        parts = [(steep, by_base)]
        if by_exponent:
            parts.append((value * np.log(base), by_exponent))
        return value, _added(parts)

    def _written(self) -> tuple[str, int]:
        return f"{self.base.within(_OPERAND)}^{self.exponent.within(_POWER)}", _POWER


@dataclass(frozen=True, slots=True)
class Call(Expression):
    """A function of an expression."""

    function: str
    argument: Expression

    def _names(self) -> list[str]:
        return self.argument._names()

    def _dual(self, values: Values, slopes: bool) -> Dual:
        at, inner = self.argument._dual(values, slopes)
        function, slope = FUNCTIONS[self.function]
        return function(at), _added([(slope(at), inner)]) if inner else {}

    def _written(self) -> tuple[str, int]:
        return f"{self.function}({self.argument})", _OPERAND


FUNCTIONS: Mapping[str, tuple[Callable[[Array], Array], Callable[[Array], Array]]] = {
    "exp": (np.exp, np.exp),
    "log": (np.log, lambda at: np.divide(1.0, at)),
    "sqrt": (np.sqrt, lambda at: np.divide(0.5, np.sqrt(at))),
    "abs": (np.abs, np.sign),
}
"""Functions that are known, and their derivatives."""


def parse_expression(text: str) -> Expression:
    """Read a formula from text.

    Parameters
    ----------
    text : str
        Numbers, names, ``+ - * / ^``, parentheses, exp, log, sqrt and abs.

    Returns
    -------
    Expression

    Raises
    ------
    ModelError
        With line, column and a caret, if it cannot be read.

    Examples
    --------
    >>> from csi.expressions import parse_expression
    >>> indirect = parse_expression("a*b / (1 + c^2)")
    >>> indirect.names
    ('a', 'b', 'c')
    >>> float(indirect.value({"a": 2.0, "b": 3.0, "c": 1.0}))
    3.0
    >>> float(indirect.gradient({"a": 2.0, "b": 3.0, "c": 1.0})["c"])
    -3.0
    >>> print(indirect)
    a*b/(1 + c^2)
    """
    if not isinstance(text, str):
        raise ArgumentTypeError(f"{kind_of(text)} is no expression. Give text.")
    if len(text) > LONGEST_EXPRESSION:
        raise ModelError(
            f"The expression is too large: {len(text)} characters, {LONGEST_EXPRESSION} are the "
            "most."
        )
    found = [token for token in tokens(text) if token.text != "\n"]
    check_tokens(text, found)
    stop = next((token for token in found if token.sort == "end"), None)
    if stop:
        raise refusal(text, stop.at, "An expression is one statement, without a semicolon.")
    return read_expression(Cursor(text, found, len(text)))


def read_expression(cursor: Cursor) -> Expression:
    """Read the tokens of a formula, all of them."""
    expression = _sum(cursor, 0)
    if cursor.now.sort != "end":
        cursor.refuse(f"A sign such as + or * is expected here, found {shown(cursor.now)}.")
    return expression


def _sum(cursor: Cursor, depth: int) -> Expression:
    if depth > DEEPEST_EXPRESSION:
        cursor.refuse(f"More than {DEEPEST_EXPRESSION} parentheses or signs within each other.")
    sign = "+"
    if cursor.now.says("+", "-"):
        sign = cursor.take().text
    terms = [(sign, _product(cursor, depth))]
    while cursor.now.says("+", "-"):
        sign = cursor.take().text
        terms.append((sign, _product(cursor, depth)))
    flat: list[tuple[str, Expression]] = []
    for sign, term in terms:
        flat += term.terms if isinstance(term, Sum) and sign == "+" else [(sign, term)]
    return flat[0][1] if len(flat) == 1 and flat[0][0] == "+" else Sum(tuple(flat))


def _product(cursor: Cursor, depth: int) -> Expression:
    factors = [("*", _power(cursor, depth))]
    while cursor.now.says("*", "/"):
        sign = cursor.take().text
        factors.append((sign, _power(cursor, depth)))
    flat: list[tuple[str, Expression]] = []
    for sign, factor in factors:
        flat += factor.factors if isinstance(factor, Product) and sign == "*" else [(sign, factor)]
    return flat[0][1] if len(flat) == 1 else Product(tuple(flat))


def _power(cursor: Cursor, depth: int) -> Expression:
    if cursor.now.says("-"):
        return _sum_of_one(cursor, depth)
    base = _operand(cursor, depth)
    if not cursor.skip("^"):
        return base
    if depth >= DEEPEST_EXPRESSION:
        cursor.refuse(f"More than {DEEPEST_EXPRESSION} powers within each other.")
    return Power(base, _power(cursor, depth + 1))


def _sum_of_one(cursor: Cursor, depth: int) -> Expression:
    """Read a minus within a product or an exponent, as in ``a * -b``."""
    if depth >= DEEPEST_EXPRESSION:
        cursor.refuse(f"More than {DEEPEST_EXPRESSION} signs within each other.")
    cursor.take()
    return Sum((("-", _power(cursor, depth + 1)),))


def _operand(cursor: Cursor, depth: int) -> Expression:
    if cursor.now.sort == "number":
        return Number(cursor.number())
    if cursor.now.says("("):
        return _parenthesis(cursor, depth)
    if not cursor.now.is_name:
        cursor.refuse(f"A name or a number is expected here, found {shown(cursor.now)}.")
    token = cursor.take()
    if token.sort == "quoted" or not cursor.now.says("("):
        return Name(token.text)
    if token.text not in FUNCTIONS:
        known = ", ".join(FUNCTIONS)
        cursor.refuse(f"{token.text}() is not supported. Known functions: {known}.", token)
    return Call(token.text, _parenthesis(cursor, depth))


def _parenthesis(cursor: Cursor, depth: int) -> Expression:
    opening = cursor.take()
    inside = _sum(cursor, depth + 1)
    if not cursor.skip(")"):
        raise refusal(cursor.text, opening.at, "This parenthesis is not closed.")
    return inside


def _added(parts: list[tuple[Array, Slopes]]) -> Slopes:
    """Return the sum of derivatives, each multiplied by a factor."""
    total: Slopes = {}
    for factor, slopes in parts:
        for name, slope in slopes.items():
            total[name] = total.get(name, 0.0) + factor * slope
    return total

"""Terms of a statement: names, products and intercepts, with what is stated of them.

::

    0.8*x   NA*x   start(0.5)*x   a*x   label("a b")*x   c(a, b)*x   c(1, NA)*x
    a*start(0.5)*x      several at once
    A:B                 product of two constructs
    1                   intercept, to the right of ~

Values and labels in ``c()`` are those of the groups, in their order.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from csi.tokens import NO_NUMBER, Cursor, Token, refusal, shown

_REFUSED = {
    "equal": "Give both parameters the same label instead.",
    "efa": "Exploratory blocks are not supported; state which items measure which construct.",
    "rv": "Random slopes are not supported.",
    "lv": "Constructs are named without it.",
    "lower": "Give the parameter a label and write label > bound on a line of its own.",
    "upper": "Give the parameter a label and write label < bound on a line of its own.",
    "prior": "Prior distributions are not supported.",
}
_WORDS = {"fixed": "fixed value", "start": "starting value", "label": "label"}

Entries = list[float | str | None]
Stated = dict[str, Any]
"""The fields of a parameter that have been read: fixed, start, label."""


@dataclass(frozen=True, slots=True)
class Term:
    """What stands between two plus signs.

    Attributes
    ----------
    names : tuple of str
        One name, or two of a product, or none of an intercept.
    at : int
        Where they begin in the text.
    stated : dict
        What is stated of it, as fields of `csi.parameters.Parameter`.
    """

    names: tuple[str, ...]
    at: int
    stated: Stated


def read_terms(cursor: Cursor, side: str) -> list[Term]:
    """Read ``a + 0.5*b + c:d``, all of it.

    Parameters
    ----------
    cursor : Cursor
        At the first of them.
    side : str
        On which side of the operator they stand, for messages.
    """
    if cursor.now.sort == "end":
        cursor.refuse(f"A name is missing {side} the operator.")
    found = [_term(cursor)]
    while cursor.now.sort != "end":
        plus = cursor.now
        if not cursor.skip("+"):
            _refuse_parenthesis(cursor)
            cursor.refuse(f"A + between names is expected here, found {shown(cursor.now)}.")
        if cursor.now.sort == "end":
            cursor.refuse("A name is missing after this +.", plus)
        found.append(_term(cursor))
    return found


def _term(cursor: Cursor) -> Term:
    stated: Stated = {}
    while True:
        token = cursor.now
        if token.sort == "number" or token.says("-"):
            value = cursor.number()
            if not cursor.now.says("*"):
                return _intercept(cursor, stated, value, token)
            _state(cursor, stated, "fixed", [value], token)
        elif token.sort == "name" and cursor.following.says("("):
            _call(cursor, stated)
        elif token.is_name and cursor.following.says("*"):
            _state(cursor, stated, "label", [_entry(cursor)], token)
        else:
            return Term(_product(cursor), token.at, stated)
        cursor.expect("*", "a value or label")


def _product(cursor: Cursor) -> tuple[str, ...]:
    """Read a name, or two joined by a colon."""
    names = [_name(cursor)]
    while cursor.skip(":"):
        names.append(_name(cursor))
        if cursor.now.says(":"):
            cursor.refuse("Products of more than two constructs are not supported.")
    return tuple(names)


def _name(cursor: Cursor) -> str:
    _refuse_parenthesis(cursor)
    if not cursor.now.is_name:
        cursor.refuse(f"A name is expected here, found {shown(cursor.now)}.")
    return cursor.take().text


def _refuse_parenthesis(cursor: Cursor) -> None:
    if cursor.now.says("("):
        cursor.refuse("Unexpected '('. Names with other signs need double quotes.")


def _intercept(cursor: Cursor, stated: Stated, value: float, token: Token) -> Term:
    if token.text == "1":
        return Term((), token.at, stated)
    found = f"Unexpected number {shown(token)}"
    if value == 0:
        raise refusal(cursor.text, token.at, f"{found}: an intercept of zero is written 0*1.")
    raise refusal(cursor.text, token.at, f"{found}: a fixed value is written {value:g}*name.")


def _state(cursor: Cursor, stated: Stated, what: str, values: Entries, token: Token) -> None:
    """Note values; of NA and c(NA, NA) that they are fixed at none."""
    if what == "label" and all(value is None for value in values):
        what = "fixed"
    if what in stated:
        cursor.refuse(f"A second {_WORDS[what]} for one parameter; keep one.", token)
    stated[what] = tuple(values)


def _call(cursor: Cursor, stated: Stated) -> None:
    """Read ``c()``, ``start()`` or ``label()``; refuse other functions by name."""
    token = cursor.now
    if token.text == "c":
        values = _values(cursor)
        _state(cursor, stated, "label" if _are_labels(cursor, values, token) else "fixed", values,
               token)  # fmt: skip
    elif token.text in ("start", "label"):
        cursor.take()
        cursor.expect("(", token.text)
        inner = cursor.now.text == "c" and cursor.following.says("(")
        values = _values(cursor) if inner else [_entry(cursor)]
        cursor.expect(")", f"what {token.text}() is given")
        empty = all(value is None for value in values)
        if empty or _are_labels(cursor, values, token) != (token.text == "label"):
            example = "label(a)" if token.text == "label" else "start(0.5)"
            cursor.refuse(f"Write {example}, or c() of such inside.", token)
        _state(cursor, stated, token.text, values, token)
    else:
        _refuse_function(cursor, token)


def _are_labels(cursor: Cursor, values: Entries, token: Token) -> bool:
    kinds = {type(value) for value in values if value is not None}
    if len(kinds) > 1:
        cursor.refuse("Numbers and labels are mixed in c(). Write c(1, NA)*a*name.", token)
    return str in kinds


def _values(cursor: Cursor) -> Entries:
    """Read ``c(a, b)``."""
    cursor.take()
    cursor.expect("(", "c")
    found = [_entry(cursor)]
    while cursor.skip(","):
        found.append(_entry(cursor))
    cursor.expect(")", "the last value of c()")
    return found


def _entry(cursor: Cursor) -> float | str | None:
    """Read a number, a label, or NA."""
    token = cursor.now
    if not token.is_name:
        return cursor.number()
    if cursor.following.says("("):
        _refuse_function(cursor, token)
    cursor.take()
    if token.sort == "quoted":
        return token.text
    if token.text.casefold() in NO_NUMBER:
        cursor.refuse(f"The fixed value {token.text!r} is no number. Give a finite one.", token)
    return None if token.text == "NA" else token.text


def _refuse_function(cursor: Cursor, token: Token) -> None:
    what = f"Functions such as {token.text}() are not supported here."
    hint = "Known are c(), start() and label(); a number is written out."
    if token.text in _REFUSED:
        what, hint = f"{token.text}() is not supported.", _REFUSED[token.text]
    cursor.refuse(f"{what} {hint}", token)

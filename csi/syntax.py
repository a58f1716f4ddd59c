"""Models as text: a subset of the lavaan and cSEM language, read without evaluating anything.

::

    Image        =~ IMAG1 + IMAG2 + IMAG3     # reflective construct
    Quality      <~ delivery + "price (CNY)"  # composite; odd names in double quotes
    Satisfaction ~  Image + Quality           # paths into Satisfaction

Statements end with a line break or ``;`` and go on after an operator or ``+``;
``#`` and ``!`` begin comments. ``parse(str(model)) == model`` for every model.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from csi.errors import ArgumentTypeError, ModelError, did_you_mean
from csi.spec import Construct, Kind, Model, Path

LONGEST_TEXT = 200_000
"""Characters a model text may have."""

_OPERATORS = {"=~": "reflective", "<~": "composite", "~": "regression"}
_ELSEWHERE = {
    "~~": "covariances",
    ":=": "defined parameters",
    "==": "constraints",
    "<": "constraints",
    ">": "constraints",
    "|": "thresholds",
    "~*~": "response scales",
    "*": "fixed values, starting values and labels",
    ":": "products of constructs",
}
_TOKEN = re.compile(
    r"""(?P<blank>[^\S\n]+|[#!][^\n]*)
      | (?P<end>[\n;])
      | (?P<plus>\+)
      | (?P<operator>~\*~|[=<>~:|]+|\*)
      | "(?P<quoted>[^"\n]*)"
      | (?P<name>[^\W\d]\w*(?:\.\w+)*)
      | (?P<number>\d[\w.]*)
      | (?P<other>.)""",
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class _Token:
    sort: str
    text: str
    at: int


_END = _Token("end", ";", 0)


def parse(text: str) -> Model:
    """Read a model from text.

    Parameters
    ----------
    text : str
        Statements with ``=~`` (reflective), ``<~`` (composite) and ``~``
        (paths). A construct whose indicators are constructs is of higher order.

    Returns
    -------
    Model

    Raises
    ------
    ModelError
        With line, column and a caret, if the text cannot be read or the model
        contradicts itself.

    Examples
    --------
    >>> import csi
    >>> m = csi.parse('''
    ...     Satisfaction =~ S1 + S2 + S3
    ...     Loyalty      =~ L1 + L2
    ...     Loyalty      ~  Satisfaction
    ... ''')
    >>> m.names
    ('Satisfaction', 'Loyalty')
    """
    if not isinstance(text, str):
        raise ArgumentTypeError(f"A {type(text).__name__} is no model text. Give text.")
    if len(text) > LONGEST_TEXT:
        raise ModelError(
            f"The model text is too large: {len(text)} characters, {LONGEST_TEXT} are the most."
        )
    measured: dict[str, tuple[str, list[str]]] = {}
    paths: list[Path] = []
    for statement in _statements(text):
        left, operator, right = _split(text, statement)
        if operator == "~":
            paths += [Path(source, target) for target in left for source in right]
        else:
            kind, indicators = measured.setdefault(left[0], (operator, []))
            if kind != operator:
                raise ModelError(
                    f"Construct {left[0]!r} is stated with {kind} and with {operator}. Choose one."
                )
            indicators += right
    if not measured:
        raise ModelError(
            "The text states no construct. Write at least one line such as "
            "'Satisfaction =~ S1 + S2 + S3'."
        )
    return Model(
        tuple(_construct(name, *stated, measured) for name, stated in measured.items()),
        tuple(paths),
    )


def _construct(
    name: str, operator: str, indicators: Sequence[str], measured: Container[str]
) -> Construct:
    kind: Kind = "reflective" if operator == "=~" else "composite"
    higher = len(indicators) > 1 and all(indicator in measured for indicator in indicators)
    return Construct(
        name, tuple(indicators), kind if len(indicators) > 1 else "single", higher_order=higher
    )


def _statements(text: str) -> Iterator[list[_Token]]:
    """Cut the text at line breaks and semicolons that end a statement."""
    statement: list[_Token] = []
    for token, following in pairwise([*_tokens(text), _END, _END]):
        if token.sort != "end":
            statement.append(token)
            continue
        goes_on = statement and statement[-1].sort in ("plus", "operator")
        if token.text == "\n" and (goes_on or following.sort == "plus"):
            continue
        if statement:
            yield statement
        statement = []


def _tokens(text: str) -> Iterator[_Token]:
    after_end = True
    for match in _TOKEN.finditer(text):
        sort = match.lastgroup or "other"
        if sort == "blank":
            continue
        content = match[sort]
        if sort == "end" and after_end and content == "\n":
            continue
        after_end = sort == "end"
        yield _Token("name" if sort == "quoted" else sort, content, match.start())


def _split(text: str, tokens: Sequence[_Token]) -> tuple[list[str], str, list[str]]:
    """Take a statement apart at its operator."""
    for token, following in pairwise([*tokens, _END]):
        _check_token(text, token, following)
    operators = [i for i, token in enumerate(tokens) if token.sort == "operator"]
    if not operators:
        hint = " If it names a file, pass the content of the file." if "." in text else ""
        what = f"This states nothing: there is no =~, <~ or ~ in it.{hint}"
        raise _error(text, tokens[0].at, what)
    if len(operators) > 1:
        at = tokens[operators[1]].at
        raise _error(text, at, "A second operator in one statement; begin a new line.")
    at = operators[0]
    operator = tokens[at]
    left = _terms(text, tokens[:at], operator.at, "before")
    right = _terms(text, tokens[at + 1 :], operator.at + len(operator.text), "after")
    if len(left) > 1 and operator.text != "~":
        raise _error(text, tokens[2].at, f"Only one construct may stand before {operator.text}.")
    return left, operator.text, right


def _terms(text: str, tokens: Sequence[_Token], at: int, side: str) -> list[str]:
    """Read ``a + b + c``."""
    if not tokens:
        raise _error(text, at, f"A name is missing {side} the operator.")
    for i, token in enumerate(tokens):
        wanted = "name" if i % 2 == 0 else "plus"
        if token.sort != wanted:
            what = "A name" if wanted == "name" else "A + between names"
            raise _error(text, token.at, f"{what} is expected here, found {token.text!r}.")
    if tokens[-1].sort == "plus":
        raise _error(text, tokens[-1].at, "A name is missing after this +.")
    return [token.text for token in tokens[::2]]


def _check_token(text: str, token: _Token, following: _Token) -> None:
    if token.sort == "number":
        raise _error(text, token.at, _stray_number(text, token, following))
    if token.sort == "other":
        raise _error(text, token.at, _stray_sign(token.text, following.text))
    if token.sort != "operator" or token.text in _OPERATORS:
        return
    if token.text in _ELSEWHERE:
        what = f"{_ELSEWHERE[token.text]} ({token.text}) are not supported"
        raise _error(text, token.at, f"{what}; known operators are =~, <~ and ~.")
    raise _error(
        text,
        token.at,
        f"Unknown operator {token.text!r}. Known: =~ (reflective), <~ (composite), ~ (paths)."
        + did_you_mean(token.text, _OPERATORS),
    )


def _stray_number(text: str, token: _Token, following: _Token) -> str:
    found = f"Unexpected number {token.text!r}"
    if following.text == "*":
        return f"{found}: fixed values and starting values are not supported. Leave it out."
    if re.search(r"[^=<]~\s*$", text[: token.at]) and token.text in ("0", "1"):
        return f"{found}: intercepts are not supported. Leave the line out."
    return f"{found}. Names that begin with a digit need double quotes."


def _stray_sign(sign: str, following: str) -> str:
    plain = unicodedata.normalize("NFKC", sign)
    if plain != sign and plain.isascii():
        return f"Unexpected full-width {sign!r}. Type the ordinary {plain!r}."
    if sign == "-" and following == ">":
        return "Unexpected arrow ->. Write the path from A to B as B ~ A."
    name = unicodedata.name(sign, f"U+{ord(sign):04X}")
    shown = repr(sign) if sign.isprintable() else name
    other = "Functions such as start() are not supported; names" if sign == "(" else "Names"
    return f"Unexpected {shown}. {other} with other signs need double quotes."


def _error(text: str, at: int, what: str) -> ModelError:
    before = text[:at]
    start = before.rfind("\n") + 1
    line = text[start:].split("\n", 1)[0]
    column = at - start
    first = max(0, column - 60)
    shown = "".join(c if c.isprintable() else "\ufffd" for c in line[first : column + 60])
    wide = (
        "\u3000" if unicodedata.east_asian_width(c) in "WF" else " " for c in line[first:column]
    )
    return ModelError(
        f"Line {before.count(chr(10)) + 1}, column {column + 1}: {what}\n"
        f"  {shown}\n  {''.join(wide)}^"
    )

"""The words and signs of model text, where each stands, and how a wrong one is shown."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import NoReturn

from csi.errors import ModelError, did_you_mean

OPERATORS = {
    "=~": "reflective",
    "<~": "composite",
    "~": "paths",
    "~~": "covariances",
    "~*~": "scales",
    "|": "thresholds",
    ":=": "definitions",
    "==": "constraints",
    "<": "constraints",
    ">": "constraints",
}
NO_NUMBER = frozenset({"nan", "inf", "infinity"})
"""Names, in small letters, that other programs read as numbers."""

_PLAIN_NAME = re.compile(r"[^\W\d]\w*(?:\.\w+)*")
_TOKEN = re.compile(
    r"""(?P<blank>[^\S\n]+|[#!][^\n]*)
      | (?P<end>[\n;])
      | (?P<name>[^\W\d]\w*(?:\.\w+)*)
      | (?P<sign>[-+*/^(),]|:(?![=<>~:|]))
      | (?P<operator>~\*~|[=<>~:|]+)
      | "(?P<quoted>[^"\n]*)" | '(?P<apostrophes>[^'\n]*)'
      | (?P<number>(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?(?![\w.]))
      | (?P<malformed>\d[\w.]*)
      | (?P<other>.)""",
    re.VERBOSE,
)
_HINTS = {
    "%": "Operators of R such as %in% are not supported.",
    ".": "A dot for all other columns is not supported; name them.",
    "?": "Starting values are written start(0.5)*name.",
}


@dataclass(frozen=True, slots=True)
class Token:
    """A word or sign: its sort, what it says, and where it begins in the text."""

    sort: str
    text: str
    at: int

    def __str__(self) -> str:
        return f'"{self.text}"' if self.sort == "quoted" else self.text

    @property
    def is_name(self) -> bool:
        """Whether it is a name, in quotes or not."""
        return self.sort in ("name", "quoted")

    def says(self, *signs: str) -> bool:
        """Whether it is one of these signs or operators."""
        return self.text in signs and self.sort in ("sign", "operator")


class Cursor:
    """Tokens, read from the left.

    Parameters
    ----------
    text : str
        The whole text, for messages.
    tokens : sequence of Token
        What is to be read.
    end : int
        Where something missing at the end is shown.
    """

    def __init__(self, text: str, tokens: Sequence[Token], end: int) -> None:
        self.text = text
        self._tokens = [*tokens, Token("end", "", end)]
        self._position = 0

    @property
    def now(self) -> Token:
        """The token to be read next; of sort ``"end"`` after the last."""
        return self._tokens[self._position]

    @property
    def following(self) -> Token:
        """The token after the next."""
        return self._tokens[min(self._position + 1, len(self._tokens) - 1)]

    def take(self) -> Token:
        """Return the next token and go on."""
        token = self.now
        self._position = min(self._position + 1, len(self._tokens) - 1)
        return token

    def skip(self, sign: str) -> bool:
        """Go on if the next token is this sign."""
        found = self.now.says(sign)
        if found:
            self.take()
        return found

    def expect(self, sign: str, after: str) -> None:
        """Go over a sign that has to be there."""
        if not self.skip(sign):
            self.refuse(f"A {sign} is expected after {after}, found {shown(self.now)}.")

    def number(self) -> float:
        """Return the number that is next, with its sign."""
        minus = self.skip("-")
        token = self.now
        if token.sort != "number":
            self.refuse(f"A number is expected here, found {shown(token)}.")
        value = float(self.take().text)
        if not math.isfinite(value):
            self.refuse(f"The number {shown(token)} is too large. Give a finite one.", token)
        return -value if minus else value

    def refuse(self, what: str, token: Token | None = None) -> NoReturn:
        """Raise an error that points at a token, by default the next."""
        raise refusal(self.text, (token or self.now).at, what)


def tokens(text: str) -> Iterator[Token]:
    """Cut text into tokens; blanks and comments are left out."""
    for match in _TOKEN.finditer(text):
        sort = match.lastgroup or "other"
        if sort != "blank":
            kind = "quoted" if sort == "apostrophes" else sort
            yield Token(kind, match[sort], match.start())


def check_tokens(text: str, given: Iterable[Token]) -> None:
    """Refuse signs and operators that model text does not know."""
    found = tuple(given)
    for token, after in zip_longest(found, found[1:]):
        if token.sort == "malformed":
            what = f"Unexpected number {shown(token)}. Names that begin with a digit need"
            raise refusal(text, token.at, f"{what} double quotes.")
        if token.sort == "other":
            raise refusal(text, token.at, _stray(token.text))
        if token.sort == "operator" and after is not None and _half_of_one(token, after):
            raise refusal(text, after.at, _stray(after.text))
        if token.sort == "operator" and token.text not in OPERATORS:
            known = ", ".join(f"{operator} ({what})" for operator, what in OPERATORS.items())
            what = f"Unknown operator {shown(token)}. Known: {known}."
            raise refusal(text, token.at, what + did_you_mean(token.text[:9], OPERATORS))


def _half_of_one(token: Token, after: Token) -> bool:
    """Whether an operator goes on with a full-width sign, as in =～."""
    return after.sort == "other" and after.at == token.at + len(token.text)


def shown(token: Token) -> str:
    """Return what a message calls a token."""
    if token.sort == "end":
        return "nothing"
    return repr(token.text if len(token.text) <= 40 else f"{token.text[:40]}...")


def quoted(name: str) -> str:
    """Return a name as model text writes it: in double quotes unless it is plain."""
    return name if _PLAIN_NAME.fullmatch(name) else f'"{name}"'


def number_text(value: float) -> str:
    """Return the shortest text of a number that reads back as the same number."""
    return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)


def refusal(text: str, at: int, what: str) -> ModelError:
    """Return an error with line, column and a caret below the place."""
    before = text[:at]
    start = before.rfind("\n") + 1
    line = text[start:].split("\n", 1)[0]
    column = at - start
    first = max(0, column - 60)
    visible = "".join(c if c.isprintable() else "\ufffd" for c in line[first : column + 60])
    wide = (
        "\u3000" if unicodedata.east_asian_width(c) in "WF" else " " for c in line[first:column]
    )
    return ModelError(
        f"Line {before.count(chr(10)) + 1}, column {column + 1}: {what}\n"
        f"  {visible}\n  {''.join(wide)}^"
    )


def _stray(sign: str) -> str:
    plain = unicodedata.normalize("NFKC", sign)
    if plain != sign and plain.isascii():
        return f"Unexpected full-width {sign!r}. Type the ordinary {plain!r}."
    name = unicodedata.name(sign, f"U+{ord(sign):04X}")
    visible = repr(sign) if sign.isprintable() else name
    hint = _HINTS.get(sign, "Names with other signs need double quotes.")
    return f"Unexpected {visible}. {hint}"

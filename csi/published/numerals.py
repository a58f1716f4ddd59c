"""Numbers as they stand in print: what was written, its value, and how exact it is."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from numbers import Real
from typing import Literal

import numpy as np

from csi.errors import DataError, OptionError

Cut = Literal["rounded", "truncated"]

MOST_DECIMALS = 12
"""Further decimals are noise of the arithmetic, in other programs as in ours."""

LONGEST = 100
"""Letters beyond which a cell holds no number."""

LARGEST = 10**12
"""Numbers beyond are mistaken for numbers."""

_BEHIND = re.compile(r"[\s*†‡]+$|(?<=.)\(.*\)$|(?<=\d)\s*[a-d]\)?$")
"""What may stand behind a number: stars, a bracket, the letter of a footnote."""

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?", re.IGNORECASE)
_MINUS = str.maketrans(dict.fromkeys("−–—‐‑﹣", "-"))


@dataclass(frozen=True, slots=True)
class Numeral:
    """A printed number.

    Attributes
    ----------
    text : str
        As printed, without stars and brackets.
    value : float
        What it says.
    decimals : int
        Digits after the decimal point.
    """

    text: str
    value: float
    decimals: int

    @property
    def unit(self) -> float:
        """One unit of its last digit."""
        return 10.0**-self.decimals

    @property
    def digits(self) -> int:
        """Digits printed, but for a zero before the decimal point."""
        whole = int(abs(self.value))
        return self.decimals + (len(str(whole)) if whole else 0)

    @classmethod
    def read(cls, given: object, decimals: int | None = None) -> Numeral:
        """Read a printed number.

        Parameters
        ----------
        given : str or float
            Text keeps the zeros at the end and so says how exact it is. A leading
            zero may be missing; stars of significance, a bracket and the letter of a
            footnote behind the number are left out, as are brackets round it; minus
            signs and digits may be those of Chinese type; one comma is a decimal comma.
        decimals : int, optional
            Digits after the decimal point, where the number itself does not tell.

        Raises
        ------
        DataError
            If this is no number.
        """
        text = given if isinstance(given, str) else _shortest(given)
        short = len(text) <= LONGEST
        plain, shown = (_plain(text), given) if short else ("", f"{text[:LONGEST]}...")
        if not _NUMBER.fullmatch(plain):
            raise DataError(
                f"{shown!r} is no printed number. Give text such as '.512' or '-0.07', or a "
                "number; leave out what was printed without one."
            )
        number = Decimal(plain)
        if abs(number) > LARGEST:
            raise DataError(f"{shown!r} is beyond all numbers that are printed. Correct it.")
        exponent = number.as_tuple().exponent
        own = max(0, -int(exponent))
        if decimals is not None and not isinstance(given, str):
            own = decimals
        return cls(plain, float(number), min(own, MOST_DECIMALS))

    def with_decimals(self, decimals: int) -> Numeral:
        """Return the same number, known to be exact to so many decimals."""
        return Numeral(f"{self.value:.{decimals}f}", self.value, decimals)


def printed_as(value: float, decimals: int, cut: Cut = "rounded") -> str:
    """Return a number as it would be printed with so many decimals."""
    if not np.isfinite(value):
        return "not defined"
    how = ROUND_HALF_UP if cut == "rounded" else ROUND_DOWN
    exact = Decimal(repr(float(value))).quantize(Decimal(1).scaleb(-decimals), rounding=how)
    return f"{exact:f}" if exact else f"{abs(exact):f}"


def check_decimals(given: object) -> int | None:
    """Refuse what is no number of decimals."""
    whole = isinstance(given, int | np.integer) and not isinstance(given, bool)
    if given is not None and not (whole and 0 <= int(given) <= MOST_DECIMALS):  # type: ignore[call-overload]
        raise OptionError(
            f"decimals is {given!r}. Give how many digits were printed after the decimal point, 0 "
            f"to {MOST_DECIMALS}, or leave it out and give the numbers as text."
        )
    return None if given is None else int(given)  # type: ignore[call-overload]


def _plain(text: str) -> str:
    plain = unicodedata.normalize("NFKC", text).strip().translate(_MINUS)
    while (shorter := _BEHIND.sub("", plain).strip()) != plain:
        plain = shorter
    if plain[:1] == "(" and plain[-1:] == ")":
        plain = plain[1:-1]
    plain = re.sub(r"^([+-])\s+", r"\1", plain)
    if plain.count(",") == 1 and "." not in plain:
        plain = plain.replace(",", ".")
    return plain


def _shortest(given: object) -> str:
    if isinstance(given, bool | np.bool_) or not isinstance(given, Real):
        raise DataError(
            f"{given!r} is no printed number. Give text such as '.512' or '-0.07', or a number."
        )
    try:
        number = given if isinstance(given, np.floating) else float(given)
    except OverflowError:
        number = np.inf
    return np.format_float_positional(number, trim="-") if np.isfinite(number) else str(number)

"""What is asked about: set into sentences so that they stay grammatical."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from csi.errors import ArgumentTypeError, OptionError
from csi.parts import is_count

LONGEST = 80
"""Letters of a subject or a provider; more is a sentence."""

LONGEST_PERIOD = 120
"""Months that people can be asked to think back."""

_DETERMINERS = frozenset((
    *("a", "an", "the", "this", "that", "these", "those", "some", "any", "all", "each", "every"),
    *("my", "your", "his", "her", "its", "our", "their"),
))  # fmt: skip
_OWN = re.compile("^(您所使用的|您的|你的|我的|该|这个|这种)")
_BLANK = re.compile(r"\{(subject|provider|period)\}")
_HIDDEN = ("Cc", "Cf", "Cs", "Zl", "Zp")


@dataclass(frozen=True, slots=True)
class Naming:
    """Subject, provider and period as they stand in the sentences of one language.

    Attributes
    ----------
    stated : str
        What is asked about, as in a heading.
    subject, provider, period : str
        Such as ``"your central air conditioning"``, ``"your provider"``, ``"12 months"``.
    """

    stated: str
    subject: str
    provider: str
    period: str

    def fill(self, template: str) -> str:
        """Set them into a sentence; braces in what a user wrote stay as they are."""
        values = {"subject": self.subject, "provider": self.provider, "period": self.period}
        return _BLANK.sub(lambda blank: values[blank[1]], template)


def naming(subject: object, provider: object, months: object, language: str) -> Naming:
    """Check what is asked about, and put it into the form that sentences need.

    English sentences take a noun with its determiner: "your" is put before it
    unless it has one or begins with a capital, as names do. Chinese sentences
    bring their own, so one that is given is taken off.
    """
    stated = check_phrase("subject", subject)
    if language == "zh":
        named = _OWN.sub("", stated) or stated
        return Naming(stated, named, _provider(provider, "该企业"), f"{_months(months)}个月")
    number = _months(months)
    period = f"{number} months" if number > 1 else "month"
    return Naming(stated, _with_determiner(stated), _provider(provider, "your provider"), period)


def check_phrase(what: str, given: object) -> str:
    """Return a short text of one line, or refuse what cannot stand in a sentence."""
    if not isinstance(given, str):
        raise ArgumentTypeError(f"{what} is {given!r}. Give text, such as 'mobile phone service'.")
    phrase = given.strip()
    if not phrase:
        raise OptionError(f"{what} is empty. Name what is asked about, such as 'air conditioning'.")
    if len(phrase) > LONGEST:
        raise OptionError(
            f"{what} has {len(phrase)} letters, and it stands in every question. Give at most "
            f"{LONGEST}."
        )
    hidden = [c for c in phrase if unicodedata.category(c) in _HIDDEN]
    if hidden:
        raise OptionError(
            f"{what} holds U+{ord(hidden[0]):04X}, a line break or a sign that cannot be seen. "
            "Give one line of plain text."
        )
    return phrase


def _with_determiner(subject: str) -> str:
    first = subject.split(maxsplit=1)[0]
    named = first[:1].isupper() or first.casefold() in _DETERMINERS
    return subject if named else f"your {subject}"


def _provider(given: object, default: str) -> str:
    return default if given is None else check_phrase("provider", given)


def _months(given: object) -> int:
    if not is_count(given) or not 1 <= given <= LONGEST_PERIOD:  # type: ignore[operator]
        raise OptionError(
            f"months is {given!r}. Give a whole number from 1 to {LONGEST_PERIOD}, such as 12."
        )
    return int(given)  # type: ignore[call-overload, no-any-return]

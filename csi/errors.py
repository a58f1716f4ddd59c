"""Everything csi raises or warns about.

::

    CsiError
    |-- ModelError         (ValueError)    the model contradicts itself or cannot be read
    |-- DataError          (ValueError)    the survey cannot be used as declared; see ``issues``
    |-- OptionError        (ValueError)    an argument has no meaning here
    |-- EstimationError    (RuntimeError)  the numbers could not be computed
    |   `-- RowsRequiredError              the answer needs respondents, not only moments
    |-- FileFormatError    (ValueError)    a file is missing or of another kind than it says
    `-- DownloadError      (OSError)       published data could not be had, or are not those

    CsiWarning             (UserWarning)
    |-- ConvergenceWarning                 the iteration stopped before it settled
    |-- InadmissibleWarning                computed, but not to be believed as it stands
    |-- DataQualityWarning                 usable, but look at it
    `-- PrecisionWarning                   fewer correct digits than usual

A message has three parts: what is wrong, what was found, what to do.
"""

from __future__ import annotations

import difflib
import sys
import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field


class CsiError(Exception):
    """Base of every error raised by csi."""


class ModelError(CsiError, ValueError):
    """The model contradicts itself or its text cannot be read."""


@dataclass(frozen=True, slots=True)
class Alike:
    """How a problem is told together with those that differ from it in the column only.

    Attributes
    ----------
    column : str
        The column and what was found in it.
    found : str
        What is wrong with all of them: begins the sentence, after their number.
    remedy : str
        What to do; ``{values}`` stands for the values of all of them.
    values : tuple of float
        Values that the remedy names.
    """

    column: str
    found: str
    remedy: str
    values: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Issue:
    """One problem of a data set.

    Attributes
    ----------
    code : str
        Stable short name of the kind of problem, such as ``"out-of-scale"``.
    column : str or None
        The column it was found in, if it concerns one.
    rows : tuple of int
        Positions of the first rows concerned, counted from 0.
    text : str
        What is wrong, what was found, what to do.
    alike : Alike or None
        How it is told together with others of its kind, if it can be.
    """

    code: str
    column: str | None
    rows: tuple[int, ...]
    text: str
    alike: Alike | None = field(default=None, repr=False, compare=False)


class DataError(CsiError, ValueError):
    """The survey cannot be used as declared.

    Attributes
    ----------
    issues : tuple of Issue
        Every problem found, so that one round of mending is enough.
    """

    def __init__(self, problem: str | Sequence[Issue]) -> None:
        self.issues: tuple[Issue, ...] = (
            (Issue("data", None, (), problem),) if isinstance(problem, str) else tuple(problem)
        )
        super().__init__(_compose(self.issues))


class OptionError(CsiError, ValueError):
    """An argument has no meaning here."""


class ArgumentTypeError(OptionError, TypeError):
    """An argument is of a kind that is not accepted."""


class EstimationError(CsiError, RuntimeError):
    """The numbers could not be computed."""


class RowsRequiredError(EstimationError):
    """The answer needs respondents, and only moments were given."""


class FileFormatError(CsiError, ValueError):
    """A file is missing, unreadable or of another kind than it says."""


class DownloadError(CsiError, OSError):
    """Published data could not be fetched or kept, or are not those that were published."""


class CsiWarning(UserWarning):
    """Base of every warning given by csi."""


class ConvergenceWarning(CsiWarning):
    """The iteration stopped before it settled."""


class InadmissibleWarning(CsiWarning):
    """Computed, but not to be believed as it stands."""


class DataQualityWarning(CsiWarning):
    """Usable, but look at it."""


class PrecisionWarning(CsiWarning):
    """Fewer correct digits than usual."""


MOST_TOGETHER = 30
"""Columns that are named where a message tells of several at once."""

_INSIDE = ("csi", "functools")
"""Where a warning is not reported: csi, and the cache through which it calls itself."""


def warn(text: str, category: type[CsiWarning]) -> None:
    """Warn at the line of the user's code that called csi."""
    level, frame = 1, sys._getframe(0)
    while frame is not None and frame.f_globals.get("__name__", "").split(".")[0] in _INSIDE:
        level, frame = level + 1, frame.f_back  # type: ignore[assignment]
    warnings.warn(text, category, stacklevel=level)


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return `` Did you mean 'x'?`` for the closest known name, or an empty string."""
    candidates = list(known)
    folded = {candidate.casefold(): candidate for candidate in reversed(candidates)}
    alike = 0.6 if name.isascii() else 0.5  # one of two Chinese characters is half a name
    close = difflib.get_close_matches(name.casefold(), folded, n=1, cutoff=alike)
    return f" Did you mean {folded[close[0]]!r}?" if close else ""


def kind_of(thing: object) -> str:
    """Return what a thing is, as a sentence begins: ``A dict``, ``An Assessment``."""
    name = type(thing).__name__
    return f"{'An' if name[0].upper() in 'AEIO' else 'A'} {name}"


def with_suggestion(name: str, near: str) -> str:
    """Put what `did_you_mean` returned beside a name, in brackets."""
    return f"{name} ({near[1:].replace('Did', 'did', 1)})" if near else name


def listing(names: Iterable[object], most: int = 5, between: str = ", ") -> str:
    """Return the first few names in words: ``a, b, c and 4 more``."""
    shown = [str(name) for name in names]
    rest = len(shown) - most
    return between.join(shown) if rest <= 0 else f"{between.join(shown[:most])} and {rest} more"


MOST_TOLD = 100
"""Problems that a message tells one by one."""


def _compose(issues: Sequence[Issue]) -> str:
    if len(issues) == 1:
        return issues[0].text
    told = _gathered(issues)
    lines = [f"  {number}. {text}" for number, text in enumerate(told[:MOST_TOLD], 1)]
    if len(told) > MOST_TOLD:
        lines.append(f"  ... and {len(told) - MOST_TOLD} more, all of them in .issues.")
    return "\n".join([f"{len(issues)} problems were found; nothing was estimated.", *lines])


def _gathered(issues: Sequence[Issue]) -> list[str]:
    """Return one text for each problem; those that differ in the column only share one."""
    together: dict[object, list[Issue]] = {}
    for number, issue in enumerate(issues):
        kind = (issue.alike.found, issue.alike.remedy) if issue.alike else number
        together.setdefault(kind, []).append(issue)
    return [_together(group) for group in together.values()]


def _together(issues: Sequence[Issue]) -> str:
    alike = [issue.alike for issue in issues if issue.alike is not None]
    if len(issues) == 1:
        return issues[0].text
    columns = [each.column for each in alike]
    listed = any(mark in column for column in columns for mark in (", ", ": "))
    values = sorted({value for each in alike for value in each.values})
    remedy = alike[0].remedy.replace("{values}", ", ".join(f"{value:g}" for value in values))
    shown = listing(columns, MOST_TOGETHER, "; " if listed else ", ")
    return f"{len(columns)} {alike[0].found}: {shown}. {remedy}"

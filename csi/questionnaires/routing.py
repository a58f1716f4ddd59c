"""In which order questions are asked, and of whom.

A condition such as ``"REPUR in 6-10"`` is on one earlier question. Where a
respondent goes after an answer is found by following what that answer, and the
conditions met so far, say of the conditions ahead.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from csi.errors import ModelError, did_you_mean, listing
from csi.questionnaires.questions import Question

_RUN = re.compile(r"(\d{1,4})(?:-(\d{1,4}))?")
Facts = Mapping[str, frozenset[float]]


@dataclass(frozen=True, slots=True)
class Condition:
    """Whom a question is asked of.

    Attributes
    ----------
    column : str
        The question it depends on.
    answers : frozenset of float
        Answers to that question with which it is asked.
    """

    column: str
    answers: frozenset[float]


@dataclass(frozen=True, slots=True)
class Jump:
    """Where respondents go after some answers to a question.

    Attributes
    ----------
    answers : tuple of float
        The answers; empty if it holds after every one.
    to : int or None
        Position of the question that comes next; None for the end.
    closed : bool
        Whether the interview is closed instead.
    """

    answers: tuple[float, ...]
    to: int | None
    closed: bool = False


def condition(asked_if: str, name: str, known: Sequence[str]) -> Condition | None:
    """Read of whom a question is asked, or refuse what cannot be read."""
    if not asked_if:
        return None
    column, _, runs = asked_if.rpartition(" in ")
    found = [_RUN.fullmatch(run.strip()) for run in runs.split(",")]
    if not column or not all(found):
        raise ModelError(
            f"Item {name!r} is asked if {asked_if!r}, which cannot be read. Write the item and "
            "its answers, such as 'REPUR in 6-10' or 'FIRM in 1,3'."
        )
    if column not in known or column == name:
        raise ModelError(
            f"Item {name!r} is asked if {asked_if!r}, but {column!r} is no other question of the "
            f"model. Questions: {listing(known, 30)}." + did_you_mean(column, known)
        )
    ends = [(int(run[1]), int(run[2] or run[1])) for run in found if run]
    answers = frozenset(float(v) for low, high in ends for v in range(low, high + 1))
    return Condition(column, answers)


def conditions(questions: Sequence[Question]) -> list[Condition | None]:
    """Read the conditions of all questions, each on one that comes before it."""
    names = [question.name for question in questions]
    by_name = dict(zip(names, questions, strict=True))
    read = [condition(question.asked_if, question.name, names) for question in questions]
    for question, found in zip(questions, read, strict=True):
        if found and not found.answers & set(by_name[found.column].values):
            raise ModelError(
                f"Item {question.name!r} is asked if {question.asked_if!r}, but {found.column!r} "
                "has no such answer. Correct the condition."
            )
        if found and names.index(found.column) > names.index(question.name):
            raise ModelError(
                f"Items {question.name!r} and {found.column!r} are each asked only after the "
                "other. Correct asked_if of one of them."
            )
    return read


def jumps(questions: Sequence[Question]) -> list[tuple[Jump, ...]]:
    """Return for each question where respondents go, if not simply to the next one."""
    stated = conditions(questions)
    names = [question.name for question in questions]
    triggers = {found.column for found in stated if found}
    return [
        _jumps(at, question, names, stated, question.name in triggers)
        for at, question in enumerate(questions)
    ]


def _jumps(
    at: int,
    question: Question,
    names: Sequence[str],
    stated: Sequence[Condition | None],
    trigger: bool,
) -> tuple[Jump, ...]:
    known = _facts(at, names, stated)
    closed = Jump(question.closing, None, True)
    if not trigger:
        to = _next(at, known, names, stated)
        onward: tuple[Jump, ...] = () if to == _following(at, names) else (Jump((), to),)
        return (*onward, closed) if question.closing else onward
    open_answers = [value for value in question.values if value not in question.closing]
    goals = [(_next(at, {**known, names[at]: frozenset([v])}, names, stated), v)
             for v in open_answers]  # fmt: skip
    reached = dict.fromkeys(to for to, _ in goals)
    found = tuple(Jump(tuple(v for goal, v in goals if goal == to), to) for to in reached)
    onward = () if {jump.to for jump in found} == {_following(at, names)} else found
    return (*onward, closed) if question.closing else onward


def _following(at: int, names: Sequence[str]) -> int | None:
    return at + 1 if at + 1 < len(names) else None


def _facts(
    at: int, names: Sequence[str], stated: Sequence[Condition | None]
) -> dict[str, frozenset[float]]:
    """Return what is known of the answers of whoever is asked a question."""
    known: dict[str, frozenset[float]] = {}
    here = stated[at]
    while here is not None:
        known[here.column] = here.answers
        here = stated[names.index(here.column)]
    return known


def _next(
    at: int, known: Facts, names: Sequence[str], stated: Sequence[Condition | None]
) -> int | None:
    for later in range(at + 1, len(names)):
        needed = _facts(later, names, stated)
        if all(known.get(column, answers) & answers for column, answers in needed.items()):
            return later
    return None

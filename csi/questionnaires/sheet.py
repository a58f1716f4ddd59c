"""The sheet that is printed: parts, numbers of questions, and where to go after an answer."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from csi.questionnaires.naming import Naming
from csi.questionnaires.questions import Question
from csi.questionnaires.respondents import ADMINISTRATION
from csi.questionnaires.routing import Jump, condition
from csi.questionnaires.words import Words

if TYPE_CHECKING:
    import pandas as pd

SECONDS_EACH = 15
"""Seconds that a question takes to read out, answer and mark; a rule of thumb."""


@dataclass(frozen=True, slots=True)
class Part:
    """Questions under one heading.

    Attributes
    ----------
    heading : str
        What stands above them.
    questions : tuple of Question
        In order.
    letter : str
        First sign of their numbers.
    """

    heading: str
    questions: tuple[Question, ...]
    letter: str


@dataclass(frozen=True)
class Sheet:
    """A questionnaire ready to be printed.

    Attributes
    ----------
    named : Naming
        What is asked about.
    parts : tuple of Part
        The questions by heading.
    jumps : tuple of tuple of Jump
        Where respondents go after each question.
    say : Words
        The language.
    """

    named: Naming
    parts: tuple[Part, ...]
    jumps: tuple[tuple[Jump, ...], ...]
    say: Words

    @cached_property
    def questions(self) -> tuple[Question, ...]:
        """Every question in order."""
        return tuple(question for part in self.parts for question in part.questions)

    @cached_property
    def numbers(self) -> dict[str, str]:
        """Number of each question by its column, such as ``"Q14"``."""
        counts: dict[str, int] = {}
        numbers = {}
        for part in self.parts:
            for question in part.questions:
                counts[part.letter] = counts.get(part.letter, 0) + 1
                numbers[question.name] = f"{part.letter}{counts[part.letter]}"
        return numbers

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns of the answers: administration, then the questions."""
        return (*ADMINISTRATION, *(question.name for question in self.questions))

    @property
    def minutes(self) -> int:
        """Length of an interview in which everything is asked."""
        return math.ceil(len(self.questions) * SECONDS_EACH / 60)

    def filter_of(self, question: Question) -> str:
        """Return whom a question is asked of in words; empty if of everybody."""
        names = [each.name for each in self.questions]
        found = condition(question.asked_if, question.name, names)
        if found is None:
            return ""
        trigger = self.questions[names.index(found.column)]
        met = [value for value in trigger.values if value in found.answers]
        return self.say(
            "ask if", number=self.numbers[found.column], answers=self._answers(trigger, met)
        )

    def instructions(self, question: Question) -> tuple[str, ...]:
        """Return where to go after a question, one sentence for each goal."""
        at = self.questions.index(question)
        return tuple(self._instruction(question, jump) for jump in self.jumps[at])

    @cached_property
    def table(self) -> pd.DataFrame:
        """One row per question."""
        import pandas as pd  # noqa: PLC0415 - tables only

        return pd.DataFrame([
            {
                "number": self.numbers[asked.name], "item": asked.name, "part": part.heading,
                "construct": asked.construct, "text": asked.text, "kind": asked.kind,
                "low": asked.scale[0], "high": asked.scale[1],
                "low_end": asked.ends[0], "high_end": asked.ends[1],
                "labels": listed(asked.labels.items()), "no_answer": listed(asked.no_answer),
                "asked_if": asked.asked_if, "go_to": "; ".join(self.instructions(asked)),
            }
            for part in self.parts for asked in part.questions
        ])  # fmt: skip

    @cached_property
    def skips(self) -> pd.DataFrame:
        """Where answers lead: question, answer, go_to."""
        import pandas as pd  # noqa: PLC0415 - tables only

        rows = [
            (f"{self.numbers[asked.name]} {asked.name}",
             self._answers(asked, jump.answers) or self.say("any"), self._goal(jump))
            for asked, found in zip(self.questions, self.jumps, strict=True) for jump in found
        ]  # fmt: skip
        return pd.DataFrame(rows, columns=["question", "answer", "go_to"])

    def _instruction(self, question: Question, jump: Jump) -> str:
        answers = self._answers(question, jump.answers)
        if jump.closed:
            return self.say("close", answers=answers)
        key = "go to" if jump.answers else "then"
        return self.say(key, answers=answers, number=self._goal(jump))

    def _goal(self, jump: Jump) -> str:
        if jump.closed:
            return self.say("closed")
        if jump.to is None:
            return self.say("finish")
        return self.numbers[self.questions[jump.to].name]

    def _answers(self, question: Question, answers: Iterable[float]) -> str:
        """Return answers in words: labelled ones by label, others as runs of numbers."""
        if question.kind == "choice":
            called = {**question.labels, **dict(question.no_answer)}
            shown = [self.say("labelled", value=f"{v:g}", label=called[v]) for v in answers]
        else:
            shown = runs(answers)
        return self.say("and").join(shown)


def runs(values: Iterable[float]) -> list[str]:
    """Return whole numbers as runs.

    Examples
    --------
    >>> from csi.questionnaires.sheet import runs
    >>> runs([6.0, 7.0, 8.0, 98.0])
    ['6-8', '98']
    """
    found: list[list[float]] = []
    for value in values:
        if found and value == found[-1][-1] + 1:
            found[-1].append(value)
        else:
            found.append([value])
    return [f"{run[0]:g}" if len(run) == 1 else f"{run[0]:g}-{run[-1]:g}" for run in found]


def listed(answers: Iterable[tuple[float, str]]) -> str:
    """Return codes and what they are called, as a codebook in CSV writes them."""
    return ";".join(f"{value:g}={label}" for value, label in answers)

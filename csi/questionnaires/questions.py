"""Questions as they are printed, made from the items of a model."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from csi.errors import ModelError, listing
from csi.parts import Item
from csi.questionnaires.naming import Naming
from csi.questionnaires.words import Words
from csi.spec import Model

Kind = Literal["rating", "choice", "number"]
Answers = tuple[tuple[float, str], ...]

MOST_BOXES = 11
"""Grades that are drawn as boxes; a longer scale is answered by a number."""

MOST_GRADES = 10_000
"""Whole numbers of a scale on which the asking of others may depend."""

_USUAL_CODES = ((98.0, 99.0), (998.0, 999.0), (9998.0, 9999.0))
"""Codes of "don't know" and "no answer" where a model states none: the first off the scale."""


@dataclass(frozen=True, slots=True)
class Question:
    """A question as it is printed.

    Attributes
    ----------
    name : str
        Column of the answers.
    text : str
        The sentence.
    kind : {"rating", "choice", "number"}
        Boxes between two ends, boxes with a label each, or a number written down.
    scale : (float, float)
        Lowest and highest answer.
    ends : (str, str)
        What the ends of the scale are called.
    answers : tuple of (float, str)
        The boxes and their labels, which are empty between the ends of a rating; of a
        number, answers beyond the scale.
    no_answer : tuple of (float, str)
        Codes of "don't know" and "no answer", and what they are called.
    construct : str
        The construct that it measures; may be empty.
    asked_if : str
        Of whom it is asked, such as ``"REPUR in 6-10"``; empty if of everybody.
    closing : tuple of float
        Answers after which the interview is closed.
    reverse : bool
        Whether a high answer is less of the construct.
    note : str
        A remark for the interviewer.
    """

    name: str
    text: str
    kind: Kind
    scale: tuple[float, float]
    ends: tuple[str, str]
    answers: Answers
    no_answer: Answers
    construct: str = ""
    asked_if: str = ""
    closing: tuple[float, ...] = ()
    reverse: bool = False
    note: str = ""

    @property
    def values(self) -> tuple[float, ...]:
        """Every answer that can be marked or written, whole numbers only, codes last."""
        low, high = (int(end) for end in self.scale)
        grades = range(low, min(high, low + MOST_GRADES) + 1)
        substantive = dict.fromkeys([*map(float, grades), *(value for value, _ in self.answers)])
        return (*substantive, *(code for code, _ in self.no_answer))

    @property
    def outermost(self) -> tuple[str, str]:
        """What the lowest and the highest code are called."""
        beyond = self.answers[-1:] if self.kind == "number" else ()
        return (self.ends[0], beyond[0][1]) if beyond else self.ends

    @property
    def labels(self) -> dict[float, str]:
        """What single answers are called, codes left out."""
        return {value: label for value, label in self.answers if label}


def choice(
    name: str,
    text: str,
    labels: Sequence[str],
    say: Words,
    *,
    closing: Iterable[float] = (),
    refusable: bool = True,
    note: str = "",
) -> Question:
    """Return a question whose answers are numbered from one."""
    answers = tuple((float(number), label) for number, label in enumerate(labels, 1))
    return Question(
        name, text, "choice", (1.0, float(len(answers))), (labels[0], labels[-1]), answers,
        ((99.0, say("refused")),) if refusable else (), closing=tuple(closing), note=note,
    )  # fmt: skip


def check_worded(items: Sequence[Item], language: str) -> None:
    """Refuse items that have no wording or no scale, naming all of them."""
    mute = [i.name for i in items if not (i.question.get(language) or i.text.get(language))]
    if mute:
        raise ModelError(
            f"No questionnaire can be made: {len(mute)} items have no wording in {language!r} "
            f"({listing(mute, 30)}). State it as csi.Item(name, text={{{language!r}: ...}}), or "
            "take a model of the catalogue."
        )
    endless = [item.name for item in items if item.scale is None]
    if endless:
        raise ModelError(
            f"No questionnaire can be made: {len(endless)} items have no scale "
            f"({listing(endless, 30)}). State it as csi.model(..., scale=(1, 10)) or of each item."
        )


def question(item: Item, model: Model, named: Naming, say: Words) -> Question:
    """Return an item as it is printed."""
    low, high = scale = item.scale or (1.0, 10.0)
    kind = _kind(item, scale)
    answers = _answers(item, kind, say)
    top = max([high, *(value for value, _ in answers)])
    sentence = item.question.get(say.language)
    fallback = say("about", subject=named.subject, text=item.text.get(say.language, ""))
    owners = [c.name for c in model.constructs if item.name in c.indicators and not c.higher_order]
    return Question(
        item.name, named.fill(sentence) if sentence else fallback, kind, (low, top),
        _ends(item, say), answers, _no_answer(item, (low, top), say),
        construct=owners[0] if owners else "", asked_if=item.asked_if,
        reverse=item.direction == "-",
    )  # fmt: skip


def _kind(item: Item, scale: tuple[float, float]) -> Kind:
    low, high = scale
    whole = low.is_integer() and high.is_integer()
    grades = [low + step for step in range(int(high - low) + 1)]
    if whole and len(grades) == 2:
        return "choice"
    return "rating" if whole and len(grades) <= MOST_BOXES else "number"


def _answers(item: Item, kind: Kind, say: Words) -> Answers:
    """Return the boxes; beyond a scale only the next answer is offered, if it has a label."""
    low, high = item.scale or (1.0, 10.0)
    if kind == "number":
        beyond = high + 1
        return ((beyond, say("more than", high=f"{high:g}")),) if beyond in item.labels else ()
    grades = [low + step for step in range(int(high - low) + 1)]
    ends = dict(zip((low, high), _ends(item, say), strict=True)) if kind == "choice" else {}
    return tuple((grade, ends.get(grade, item.labels.get(grade, ""))) for grade in grades)


def _ends(item: Item, say: Words) -> tuple[str, str]:
    low, high = item.scale or (1.0, 10.0)
    if say.language in item.anchors:
        return item.anchors[say.language]
    return item.labels.get(low, say("lowest")), item.labels.get(high, say("highest"))


def _no_answer(item: Item, scale: tuple[float, float], say: Words) -> Answers:
    codes = item.missing_codes or next(
        (pair for pair in _USUAL_CODES if pair[0] > scale[1] or pair[1] < scale[0]), ()
    )
    on_scale = [code for code in codes if scale[0] <= code <= scale[1]]
    if on_scale:
        raise ModelError(
            f"Item {item.name!r} has {on_scale[0]:g} both on its scale and as a don't-know code. "
            "Give it another code."
        )
    usual = [say("do not know"), say("refused")]
    names = usual + [say("code", code=f"{code:g}") for code in codes[2:]]
    return tuple((code, item.labels.get(code, names[at])) for at, code in enumerate(codes))

"""A questionnaire as one HTML file and as plain text."""

from __future__ import annotations

from importlib.resources import files

from csi.questionnaires.questions import Question
from csi.questionnaires.sheet import Sheet

LANGUAGE_TAGS = {"en": "en", "zh": "zh-CN"}


def as_html(sheet: Sheet) -> str:
    """Return a sheet as HTML that is printed on A4; every text in it is escaped."""
    import jinja2  # noqa: PLC0415 - slow to import

    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    source = files("csi.questionnaires").joinpath("questionnaire.html.jinja")
    return environment.from_string(source.read_text(encoding="utf-8")).render(
        sheet=sheet,
        say=sheet.say,
        lang=LANGUAGE_TAGS[sheet.say.language],
        title=title(sheet),
        introduction=introduction(sheet),
        wanted=wanted,
    )


def as_text(sheet: Sheet) -> str:
    """Return a sheet as plain text."""
    heading = title(sheet)
    blocks = ["\n".join([heading, *introduction(sheet)])]
    for part in sheet.parts:
        blocks.append(f"== {part.heading} ==")
        blocks += [_block(sheet, question) for question in part.questions]
    return "\n\n".join([*blocks, sheet.say("thanks")]) + "\n"


def title(sheet: Sheet) -> str:
    """Return the heading of a sheet."""
    return sheet.say("title", subject=sheet.named.stated)


def introduction(sheet: Sheet) -> tuple[str, str, str]:
    """Return what is said before the first question."""
    say = sheet.say
    opening = say("introduction", subject=sheet.named.subject, minutes=sheet.minutes)
    return opening, say("privacy"), say("how")


def wanted(sheet: Sheet, question: Question) -> str:
    """Return what number is to be written down."""
    beyond = [value for value, _ in question.answers]
    high = min([question.scale[1] + 1, *beyond]) - 1
    return sheet.say(
        "number", low=f"{question.scale[0]:g}", high=f"{high:g}",
        low_end=question.ends[0], high_end=question.ends[1],
    )  # fmt: skip


def _block(sheet: Sheet, question: Question) -> str:
    say = sheet.say
    lines = [f"{sheet.numbers[question.name]} [{question.name}] {question.text}"]
    told = sheet.filter_of(question)
    lines += [f"    ({told})"] if told else []
    lines += [f"    {line}" for line in _answer_lines(sheet, question)]
    codes = [f"{code:g} {label}" for code, label in question.no_answer]
    lines += [f"    {say('and').join(codes)}"] if codes else []
    lines += [f"    -> {to}" for to in sheet.instructions(question)]
    return "\n".join([*lines, f"    ({question.note})"] if question.note else lines)


def _answer_lines(sheet: Sheet, question: Question) -> list[str]:
    if question.kind == "choice":
        return [f"[ ] {value:g} {label}" for value, label in question.answers]
    if question.kind == "rating":
        boxes = " ".join(
            f"[{value:g}{' ' + label if label else ''}]" for value, label in question.answers
        )
        return [f"{question.ends[0]}  {boxes}  {question.ends[1]}"]
    beyond = [f"[ ] {value:g} {label}" for value, label in question.answers]
    return [f"______ ({wanted(sheet, question)})", *beyond]

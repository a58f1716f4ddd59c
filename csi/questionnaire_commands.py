"""What the command ``csi questionnaire`` does."""

from __future__ import annotations

from argparse import Namespace
from typing import Any

from csi import models as catalogue
from csi.commands import Outcome
from csi.display import text_table
from csi.errors import OptionError, did_you_mean
from csi.questionnaires.plan_words import PlanWords

_STATED = (
    "firms", "provider", "months", "half_width", "level", "sd", "population", "incidence",
    "response_rate", "per_day",
)  # fmt: skip


def questionnaire(options: Namespace) -> Outcome:
    """Write a questionnaire about a subject, its codebook and its plan into a folder."""
    names = [name for name in catalogue.__all__ if name != "catalogue"]
    if options.model not in names:
        raise OptionError(
            f"The catalogue has no model {options.model!r}.{did_you_mean(options.model, names)} "
            "See: csi models"
        )
    made = getattr(catalogue, options.model)().questionnaire(
        options.subject, language=options.language, **_stated(options)
    )
    files = made.write(options.folder, overwrite=options.overwrite)
    written = [f"  {file}" for file in files]
    said = PlanWords(options.language, options.model).sentences(made.plan)
    parts = [*said, text_table(made.plan.table), "\n".join(["Written:", *written])]
    return Outcome("" if options.quiet else "\n\n".join(parts))


def firms(text: str) -> int | list[str]:
    """Read a number of firms, or their names between commas.

    Examples
    --------
    >>> from csi.questionnaire_commands import firms
    >>> firms("5"), firms("Alfa, Beta")
    (5, ['Alfa', 'Beta'])
    """
    if text.strip().isdecimal():
        return int(text)
    return [name.strip() for name in text.replace("，", ",").split(",")]


def _stated(options: Namespace) -> dict[str, Any]:
    given = {name: getattr(options, name) for name in _STATED}
    if given["firms"] is not None:
        given["firms"] = firms(given["firms"])
    return {name: value for name, value in given.items() if value is not None}

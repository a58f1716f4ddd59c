"""A questionnaire: questions about a subject in the order in which they are asked."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from csi.codebook import Codebook
from csi.comparing.planning import sample_size
from csi.declared import check_number
from csi.display import csv_text, html_table
from csi.errors import ArgumentTypeError, ModelError, kind_of
from csi.parts import Item
from csi.questionnaires.naming import Naming, naming
from csi.questionnaires.plan import USUAL_SD, check_share, shared_out
from csi.questionnaires.printed import as_html, as_text
from csi.questionnaires.questions import Question, check_worded, question
from csi.questionnaires.rehearsal import rehearse
from csi.questionnaires.respondents import (
    ADMINISTRATION,
    Quotas,
    check_quotas,
    demographics,
    firm_names,
    screening,
)
from csi.questionnaires.routing import jumps
from csi.questionnaires.sections import sections
from csi.questionnaires.sheet import Part, Sheet
from csi.questionnaires.survey_plan import SurveyPlan
from csi.questionnaires.words import Words
from csi.questionnaires.writing import codebook_text, header_text, write_all, write_workbook
from csi.results import Fit
from csi.spec import Model
from csi.target import target_of

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd


@dataclass(frozen=True, repr=False)
class Questionnaire:
    """A printable questionnaire, its codebook and its survey plan.

    `csi.Model.questionnaire` makes one.

    Attributes
    ----------
    model : Model
        The model whose items are asked.
    subject : str
        What is asked about, as it was given.
    sheet : Sheet
        Parts and questions with their numbers and skips, in one language.
    plan : SurveyPlan
        How many people to ask, which ones, in which time.
    """

    model: Model
    subject: str
    sheet: Sheet
    plan: SurveyPlan

    @property
    def language(self) -> str:
        """``"en"`` or ``"zh"``."""
        return self.sheet.say.language

    @property
    def questions(self) -> tuple[Question, ...]:
        """Every question in the order in which it is asked."""
        return self.sheet.questions

    @cached_property
    def html(self) -> str:
        """One HTML file for A4 paper; it runs nothing and loads nothing."""
        return as_html(self.sheet)

    @cached_property
    def text(self) -> str:
        """The questionnaire as plain text."""
        return as_text(self.sheet)

    @cached_property
    def table(self) -> pd.DataFrame:
        """One row per question.

        number, item, part, construct, text, kind, low, high, low_end, high_end,
        labels (``1=yes;2=no``), no_answer (``98=don't know``), asked_if, go_to.
        """
        return self.sheet.table

    @cached_property
    def codebook(self) -> Codebook:
        """How answers are coded: exactly what is printed, and the items computed from it."""
        asked = {each.name: _coded(each, self.language) for each in self.questions}
        computed = [
            Item(name, text=dict(self.model.item(name).text), scale=self.model.item(name).scale)
            for name in self.plan.computed
        ]
        measured = [c for c in self.model.constructs if not c.higher_order]
        return Codebook(
            items=(*asked.values(), *computed),
            constructs={construct.name: construct.indicators for construct in measured},
            language=self.language,
        )

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns of the answers: administration, then the questions."""
        return self.sheet.columns

    def rehearsal(
        self, n: int, *, rng: int | np.random.Generator | None, **stated: object
    ) -> pd.DataFrame:
        """Draw answers that respondents might give, to try out what is done with them.

        Items of the model are drawn with `csi.simulate`, everything else at
        random. Questions that are skipped are empty, don't-know and refused
        are entered as codes, and everybody passes the screening.

        Parameters
        ----------
        n : int
            Respondents.
        rng : int, numpy Generator or None
            Seed, or source of one.
        **stated
            What `csi.simulate` shall be told: means, sds, loadings, paths,
            missing and so on.

        Returns
        -------
        DataFrame
            The columns of the answers template; empty cells are NaN.
        """
        return rehearse(self.model, self.sheet, self.plan.quotas, n, rng, stated)

    def write(self, folder: str | os.PathLike[str], *, overwrite: bool = False) -> tuple[Path, ...]:
        """Write everything an agency needs into a folder, which is made if need be.

        Parameters
        ----------
        folder : str or path
            Where: questionnaire.html, questionnaire.txt, questions.csv,
            codebook.yml, answers-template.csv and survey-plan.md.
        overwrite : bool
            Whether to replace existing files.

        Returns
        -------
        tuple of Path
            The files.

        Raises
        ------
        OptionError
            If a file exists and is not to be replaced; then none is written.
        FileFormatError
            If the folder cannot be made or written.
        """
        contents = {
            "questionnaire.html": self.html,
            "questionnaire.txt": self.text,
            "questions.csv": csv_text(self.table),
            "codebook.yml": codebook_text(self.codebook),
            "answers-template.csv": header_text(self.columns),
            "survey-plan.md": self.plan.text,
        }
        return write_all(contents, folder, overwrite)

    def to_excel(self, path: str | os.PathLike[str], *, overwrite: bool = False) -> None:
        """Write questions, quotas, skips and plan to an Excel workbook.

        Parameters
        ----------
        path : str or path
            The file; its name ends in ``.xlsx``.
        overwrite : bool
            Whether to replace an existing file.

        Raises
        ------
        OptionError
            If the file exists, its name ends otherwise, or xlsxwriter is not installed.
        """
        tables = {"Questions": self.table, "Plan": self.plan.table, "Skips": self.plan.skips}
        tables |= {"Quotas": self.plan.quotas} if len(self.plan.quotas) else {}
        write_workbook(tables, path, overwrite)

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return (
            f"<Questionnaire {self.language}, {len(self.questions)} questions about "
            f"{self.subject!r}>"
        )

    def _repr_html_(self) -> str:
        return html_table(self.table[["number", "item", "text", "go_to"]])


def make(
    model: Model,
    subject: str,
    *,
    language: str = "en",
    firms: int | Sequence[str] = 1,
    provider: str | None = None,
    months: int = 12,
    quotas: Quotas | None = None,
    half_width: float = 2.0,
    level: float = 0.95,
    sd: float | None = None,
    pilot: Fit | None = None,
    population: float | None = None,
    incidence: float | None = None,
    response_rate: float | None = None,
    per_day: float | None = None,
) -> Questionnaire:
    """Make a questionnaire; `csi.Model.questionnaire` says what each argument is."""
    if not isinstance(model, Model):
        raise ArgumentTypeError(f"{kind_of(model)} has no items. Give a csi.Model.")
    say = Words(language)
    named = naming(subject, provider, months, language)
    names, wanted = firm_names(firms, say), check_quotas(quotas)
    sheet = _sheet(model, named, names, wanted, say)
    construct = target_of(model)
    size = sample_size(
        half_width, sd=USUAL_SD if sd is None and pilot is None else sd, fit=pilot,
        construct=construct, level=level, population=population, groups=len(names),
    )  # fmt: skip
    plan = SurveyPlan(
        stated=named.stated, subject=named.subject, period=named.period, language=language,
        construct=model.label(construct, language), firms=names, size=size,
        assumed_sd=sd is None and pilot is None,
        incidence=check_share("incidence", incidence),
        response_rate=check_share("response_rate", response_rate),
        quotas=shared_out(wanted, size.n, len(names)), skips=sheet.skips,
        n_questions=len(sheet.questions), minutes=sheet.minutes,
        per_day=None if per_day is None else check_number("per_day", per_day, "40", low=0.01),
        computed={i.name: i.computed_from for i in _items(model) if i.computed_from},
    )  # fmt: skip
    return Questionnaire(model, named.stated, sheet, plan)


def _sheet(
    model: Model,
    named: Naming,
    firms: Sequence[str],
    quotas: Mapping[str, Mapping[str, float]],
    say: Words,
) -> Sheet:
    asked = [item for item in _items(model) if not item.computed_from]
    check_worded(asked, say.language)
    found = [
        Part(part.heading, tuple(question(item, model, named, say) for item in part.items), "Q")
        for part in sections(model, say)
    ]
    first = Part(say("screening"), tuple(screening(named, firms, quotas, say)), "S")
    last = Part(say("about you"), tuple(demographics(quotas, say)), "D")
    parts = tuple(part for part in (first, *found, last) if part.questions)
    questions = [each for part in parts for each in part.questions]
    _check_names([each.name for each in questions])
    return Sheet(named, parts, tuple(jumps(questions)), say)


def _items(model: Model) -> list[Item]:
    """Return indicators and further questions, scales filled in."""
    names = dict.fromkeys([*model.indicators, *(item.name for item in model.items)])
    return [model.item(name) for name in names]


def _check_names(names: Sequence[str]) -> None:
    """Refuse columns that would occur twice."""
    taken = [*ADMINISTRATION, *names]
    twice = sorted({name for name in taken if taken.count(name) > 1})
    if twice:
        raise ModelError(
            f"Two columns of the answers would be called {twice[0]!r}: the questionnaire uses "
            f"{', '.join(ADMINISTRATION)}, USED, FIRM, GENDER, AGE and the names of quotas. Rename "
            "the item."
        )


def _coded(asked: Question, language: str) -> Item:
    """Return a question as a codebook describes it."""
    return Item(
        asked.name,
        text={language: asked.text},
        scale=asked.scale,
        direction="-" if asked.reverse else "+",
        anchors={language: asked.outermost},
        missing_codes=tuple(code for code, _ in asked.no_answer),
        asked_if=asked.asked_if,
        labels=asked.labels,
    )

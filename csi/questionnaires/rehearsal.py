"""Answers that respondents might give, to try out a survey before it is in the field."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from csi.core.resample import check_seed, stream
from csi.errors import OptionError
from csi.questionnaires.questions import Question
from csi.questionnaires.routing import conditions
from csi.questionnaires.sheet import Sheet
from csi.simulation import simulate
from csi.spec import Model

if TYPE_CHECKING:
    import pandas as pd

    from csi.core.types import Array

INTERVIEWERS = 10
SPREAD = 0.25
"""Standard deviation of the logarithm of how long an interview takes."""

MISSING = 0.002
"""Share of answers that are don't know or refused, unless stated."""


def rehearse(
    model: Model, sheet: Sheet, quotas: pd.DataFrame, n: int, rng: object, stated: Mapping[str, Any]
) -> pd.DataFrame:
    """Return the answers of n respondents, as they would be entered."""
    refused = [name for name in ("missing_code", "groups") if name in stated]
    if refused:
        raise OptionError(
            f"{refused[0]}= is not for a rehearsal, which follows the questionnaire: its codes, "
            "its firms. Leave it out."
        )
    seed = check_seed(rng)
    drawn = simulate(model, n, rng=stream(seed, 0), **{"missing": MISSING, **stated})
    draw = stream(seed, 1)
    questions = sheet.questions
    for asked in questions:
        if asked.name not in drawn:
            drawn[asked.name] = _at_random(asked, quotas, n, draw)
        drawn[asked.name] = _coded(drawn[asked.name].to_numpy(np.float64), asked, draw)
    for asked, found in zip(questions, conditions(questions), strict=True):
        if found is not None:
            skipped = ~drawn[found.column].isin(found.answers)
            drawn.loc[skipped, asked.name] = np.nan
    return _administered(drawn, sheet, draw)


def _at_random(asked: Question, quotas: pd.DataFrame, n: int, draw: np.random.Generator) -> Array:
    """Draw any answer that does not close the interview; groups of a quota by their shares."""
    shares = quotas.loc[quotas["variable"] == asked.name, "share"].to_numpy(np.float64)
    codes = {code for code, _ in asked.no_answer}
    offered = [v for v in asked.values if v not in asked.closing and v not in codes]
    return draw.choice(offered, size=n, p=shares if len(shares) else None)


def _coded(answers: Array, asked: Question, draw: np.random.Generator) -> Array:
    """Enter a code for every answer that is missing."""
    codes = [code for code, _ in asked.no_answer]
    if not codes:
        return answers
    return np.where(np.isnan(answers), draw.choice(codes, size=len(answers)), answers)


def _administered(drawn: pd.DataFrame, sheet: Sheet, draw: np.random.Generator) -> pd.DataFrame:
    """Add what the agency fills in, and bring the columns into the order of the template."""
    n = len(drawn)
    usual = np.log(60 * sheet.minutes)
    whole = [name for name in drawn if (drawn[name].dropna() % 1 == 0).all()]
    table = drawn.astype(dict.fromkeys(whole, "Int64")).assign(
        RESPONDENT=np.arange(1, n + 1),
        INTERVIEWER=draw.integers(1, INTERVIEWERS + 1, size=n),
        DATE=np.nan,
        SECONDS=draw.lognormal(usual, SPREAD, size=n).round().astype(np.int64),
    )
    return table[list(sheet.columns)]

"""How many people are to be asked, which ones, and what then becomes of the answers."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from numbers import Real
from typing import TYPE_CHECKING

from csi.comparing.planning import SampleSize, precision
from csi.errors import OptionError

if TYPE_CHECKING:
    import pandas as pd

USUAL_SD = 20.0
"""Standard deviation of scores on 0-100 where none is stated, inside what surveys show."""

POWER = 0.8
"""Probability with which the smallest difference of two firms is to be detected."""


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class PlanNumbers:
    """The numbers of a survey plan and what they follow from.

    Attributes
    ----------
    stated, subject, period : str
        What is asked about, in a heading and in a sentence, and how far back a user
        may have used it.
    language : {"en", "zh"}
        Language of the sentences and tables.
    construct : str
        The construct whose index shall have the stated precision.
    firms : tuple of str
        Names of the firms; one if none were named.
    size : SampleSize
        Respondents in each firm, with the calculation.
    assumed_sd : bool
        Whether the standard deviation is the usual one, stated by nobody.
    incidence, response_rate : float or None
        Share of the people contacted who used it, and of those who answer.
    quotas : DataFrame
        variable, group, share, per_firm, total: respondents wanted of each group.
    skips : DataFrame
        question, answer, go_to: who is not asked everything.
    n_questions, minutes : int
        Questions in the questionnaire, and how long an interview takes.
    per_day : float or None
        Interviews completed in a day, over all interviewers.
    computed : mapping of str to tuple of str
        Items that are computed from others afterwards.
    """

    stated: str
    subject: str
    period: str
    language: str
    construct: str
    firms: tuple[str, ...]
    size: SampleSize
    assumed_sd: bool
    incidence: float | None
    response_rate: float | None
    quotas: pd.DataFrame
    skips: pd.DataFrame
    n_questions: int
    minutes: int
    per_day: float | None
    computed: Mapping[str, tuple[str, ...]]

    @property
    def contacts(self) -> int | None:
        """People to be contacted for each firm; None without incidence and response rate."""
        if self.incidence is None or self.response_rate is None:
            return None
        return math.ceil(self.size.n / (self.incidence * self.response_rate) * (1 - 1e-9))

    @property
    def days(self) -> int | None:
        """Days in the field; None without the number of interviews in a day."""
        return None if self.per_day is None else math.ceil(self.size.total / self.per_day)

    @property
    def smallest_difference(self) -> float:
        """Difference of two firms, in points, detected with a probability of 80 %."""
        size = self.size
        return precision(
            size.n, sd=size.sd, kind="difference", power=POWER, level=size.level, deff=size.deff,
            population=size.population,
        )  # fmt: skip


def shared_out(quotas: Mapping[str, Mapping[str, float]], n: int, firms: int) -> pd.DataFrame:
    """Return how many respondents of each group are wanted; rounding never loses one."""
    import pandas as pd  # noqa: PLC0415 - tables only

    rows = [
        (variable, group, share, count, count * firms)
        for variable, shares in quotas.items()
        for (group, share), count in zip(
            shares.items(), _whole(list(shares.values()), n), strict=True
        )
    ]
    return pd.DataFrame(rows, columns=["variable", "group", "share", "per_firm", "total"])


def check_share(name: str, value: object) -> float | None:
    """Return a share above 0 and up to 1, or None; refuse anything else."""
    if value is None:
        return None
    number = isinstance(value, Real) and not isinstance(value, bool)
    if not number or not 0 < value <= 1:  # type: ignore[operator]
        raise OptionError(f"{name} is {value!r}. Give a share up to 1, such as 0.3 for 30%.")
    return float(value)  # type: ignore[arg-type]


def _whole(shares: Sequence[float], n: int) -> list[int]:
    """Round shares of n so that they sum to n: the largest remainders are rounded up."""
    exact = [share * n for share in shares]
    counts = [math.floor(value) for value in exact]
    order = sorted(range(len(shares)), key=lambda at: counts[at] - exact[at])
    for at in order[: n - sum(counts)]:
        counts[at] += 1
    return counts

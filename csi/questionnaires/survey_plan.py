"""A survey plan: its numbers, in sentences and tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from csi.display import Summary, text_table
from csi.questionnaires.plan import PlanNumbers
from csi.questionnaires.plan_words import PlanWords

if TYPE_CHECKING:
    import pandas as pd


class SurveyPlan(PlanNumbers):
    """Whom to ask, how many of them, and by what rules.

    Its attributes are those of its numbers: ``size`` (a `csi.SampleSize`), ``firms``,
    ``contacts``, ``days``, ``minutes``, ``smallest_difference``, ``quotas``, ``skips``.
    """

    __slots__ = ()

    @property
    def table(self) -> pd.DataFrame:
        """The numbers of the plan: quantity, value, basis."""
        import pandas as pd  # noqa: PLC0415 - tables only

        rows = PlanWords(self.language).rows(self)
        return pd.DataFrame(rows, columns=["quantity", "value", "basis"])

    @property
    def sentences(self) -> tuple[str, ...]:
        """The plan in words."""
        return PlanWords(self.language).sentences(self)

    @property
    def text(self) -> str:
        """The plan as Markdown: sentences, then tables."""
        tables = {"numbers": self.table, "quotas": self.quotas, "skips": self.skips}
        return PlanWords(self.language).markdown(self.stated, self.sentences, tables)

    def __str__(self) -> str:
        return "\n\n".join([*self.sentences, text_table(self.table)])

    def __repr__(self) -> str:
        firms = f"{len(self.firms)} firm{'s' if len(self.firms) > 1 else ''}"
        return f"<SurveyPlan {firms}, {self.size.n} respondents each, {self.size.total} together>"

    def _repr_html_(self) -> str:
        title = PlanWords(self.language).title(self.stated)
        return Summary(title, tables=(("", self.table),), notes=self.sentences).to_html()

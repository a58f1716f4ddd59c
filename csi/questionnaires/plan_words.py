"""A survey plan in words and tables, in English and Chinese."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from csi.questionnaires.words import Words

if TYPE_CHECKING:
    import pandas as pd

    from csi.questionnaires.plan import PlanNumbers

Row = tuple[str, str, str]
Pair = tuple[str, str]

_SDS: Pair = (
    "Scores of customers on 0-100 have shown standard deviations of 14 (mobile phones, ECSI) to 28 "
    "(internet providers, ACSI sample of 2015); take yours from a pilot study.",
    "以往调查中顾客得分（0-100）的标准差在14（移动通信，ECSI）至28（互联网接入，2015年ACSI样本）之间；请以预调查的结果代替。",
)
_SD_STATED: Pair = ("stated or from a pilot study", "已说明或来自预调查")
_EACH: Pair = ("{n} questions, 15 seconds each", "{n}题，每题15秒")
_DETECTED: Pair = ("points, detected with a probability of 80%", "分，检出概率80%")
_QUANTITIES: dict[str, Pair] = {
    "firms": ("Firms", "企业数"),
    "each": ("Respondents in each firm", "每家企业的受访者"),
    "together": ("Respondents together", "受访者合计"),
    "sd": ("Standard deviation of scores", "得分的标准差"),
    "difference": ("Smallest difference of two firms", "两家企业间可检出的最小差异"),
    "contacts": ("Contacts for each firm", "每家企业需接触人数"),
    "minutes": ("Minutes of an interview", "每次访问分钟数"),
    "days": ("Days in the field", "实地天数"),
}
_UNSTATED: Pair = ("not stated", "未说明")
_HEADINGS: dict[str, Pair] = {
    "plan": ("Survey plan: {subject}", "调查方案：{subject}"),
    "numbers": ("Numbers", "数量"),
    "quotas": ("Quotas", "配额"),
    "skips": ("Who is not asked everything", "跳问规则"),
}
_COLUMNS: dict[str, Pair] = {
    "quantity": ("Quantity", "项目"),
    "value": ("Value", "数值"),
    "basis": ("Basis", "依据"),
    "variable": ("Variable", "变量"),
    "group": ("Group", "组别"),
    "share": ("Share", "比例"),
    "per_firm": ("In each firm", "每家企业"),
    "total": ("Together", "合计"),
    "question": ("Question", "题目"),
    "answer": ("Answer", "回答"),
    "go_to": ("Goes to", "转至"),
}


class PlanWords:
    """What a plan says, in one language.

    Parameters
    ----------
    language : {"en", "zh"}
        The language.
    model : str
        Name of the model on the command line, if settings are to be said as its options.
    """

    def __init__(self, language: str, model: str = "") -> None:
        self._say = Words(language)
        self._model = model

    def _setting(self, name: str) -> str:
        """Return how a setting is given."""
        return f"--{name.replace('_', '-')}" if self._model else f"{name}="

    def rows(self, plan: PlanNumbers) -> list[Row]:
        """Return quantity, value and basis of each number."""
        size, of = plan.size, self._say.of
        sd_basis = _SDS if plan.assumed_sd else _SD_STATED
        facts = [
            ("firms", str(len(plan.firms)), self._firms(plan)),
            ("each", str(size.n), self._formula(plan)),
            ("together", str(size.total), f"{len(plan.firms)} x {size.n}"),
            ("sd", f"{size.sd:.4g}", of(sd_basis)),
            *self._difference(plan),
            ("contacts", _or_nothing(plan.contacts), self._shares(plan)),
            ("minutes", str(plan.minutes), of(_EACH).format(n=plan.n_questions)),
            ("days", _or_nothing(plan.days), self._pace(plan)),
        ]
        return [(of(_QUANTITIES[key]), value, basis) for key, value, basis in facts]

    def _firms(self, plan: PlanNumbers) -> str:
        return self._say("and").join(plan.firms) if len(plan.firms) > 1 else ""

    def _difference(self, plan: PlanNumbers) -> list[Row]:
        if len(plan.firms) < 2:
            return []
        return [("difference", f"{plan.smallest_difference:.1f}", self._say.of(_DETECTED))]

    def sentences(self, plan: PlanNumbers) -> tuple[str, ...]:
        """Return the plan in words."""
        said = [self._population(plan), self._precision(plan), self._contacts(plan)]
        said += [self._quotas(plan), self._field(plan), self._codes()]
        return (*said, *self._computed(plan), self._after(plan))

    def title(self, stated: str) -> str:
        """Return the heading of the plan."""
        return self._heading("plan").format(subject=stated)

    def markdown(
        self, stated: str, sentences: Sequence[str], tables: Mapping[str, pd.DataFrame]
    ) -> str:
        """Return sentences and tables as Markdown."""
        parts = [f"# {in_markdown(self.title(stated))}", *map(in_markdown, sentences)]
        for key, frame in tables.items():
            if len(frame):
                parts += [f"## {self._heading(key)}", self._table(frame)]
        return "\n\n".join(parts) + "\n"

    def _heading(self, key: str) -> str:
        return self._say.of(_HEADINGS[key])

    def _table(self, frame: pd.DataFrame) -> str:
        header = [self._say.of(_COLUMNS[name]) for name in frame.columns]
        lines = [header, ["---"] * len(header)]
        rows = frame.itertuples(index=False)
        lines += [[in_markdown(_shown(cell)) for cell in row] for row in rows]
        return "\n".join(f"| {' | '.join(line)} |" for line in lines)

    def _population(self, plan: PlanNumbers) -> str:
        return self._say.of((
            "Asked are people who have used {subject} in the last {period}; the screening "
            "questions find them. They are drawn at random from a list of customers, or from all "
            "households or numbers.",
            "调查对象为在过去{period}内使用过{subject}的人，由甄别题确定；从顾客名单或全部住户、"
            "电话号码中随机抽取。",
        )).format(subject=plan.subject, period=plan.period)  # fmt: skip

    def _precision(self, plan: PlanNumbers) -> str:
        size = plan.size
        return self._say.of((
            'With {n} respondents in each firm, the index "{construct}" is known to within '
            "{half:g} points ({level:.3g}% confidence) if the scores have a standard deviation of "
            "{sd:.4g}. Interviews together: {total}.",
            "每家企业访问{n}人，若得分的标准差为{sd:.4g}，则“{construct}”指数的误差在{half:g}分以内"
            "（置信水平{level:.3g}%）。访问合计{total}次。",
        )).format(
            n=size.n, construct=plan.construct, half=size.half_width, level=100 * size.level,
            sd=size.sd, total=size.total,
        )  # fmt: skip

    def _contacts(self, plan: PlanNumbers) -> str:
        if plan.contacts is None:
            return self._say.of((
                "How many people must be contacted follows from the share of them who used it "
                "({incidence}) and the share who answer ({response_rate}). State both.",
                "需要接触多少人取决于使用过的人所占比例（{incidence}）和应答率（{response_rate}），"
                "请说明两者。",
            )).format(
                incidence=self._setting("incidence"), response_rate=self._setting("response_rate")
            )  # fmt: skip
        return self._say.of((
            "If {incidence:.0%} of the people contacted have used it and {rate:.0%} of those "
            "answer, {contacts} people are contacted for each firm, {total} together.",
            "若接触的人中有{incidence:.0%}使用过，其中{rate:.0%}愿意回答，则每家企业需接触{contacts}人，"
            "合计{total}人。",
        )).format(
            incidence=plan.incidence, rate=plan.response_rate, contacts=plan.contacts,
            total=plan.contacts * len(plan.firms),
        )  # fmt: skip

    def _quotas(self, plan: PlanNumbers) -> str:
        if len(plan.quotas):
            return self._say.of((
                "In each firm the interviews are filled up to the quotas below; whoever belongs "
                "to a full group is thanked and not interviewed.",
                "每家企业按下表配额完成访问；所属组别已满者致谢后不再访问。",
            ))  # fmt: skip
        return self._say.of((
            "There are no quotas besides the number of interviews in each firm; age and gender "
            "are recorded, so that answers can be weighted.",
            "除每家企业的访问数量外不设配额；记录年龄与性别，以便加权。",
        ))  # fmt: skip

    def _field(self, plan: PlanNumbers) -> str:
        hours = plan.size.total * plan.minutes / 60
        text = self._say.of((
            "An interview takes about {minutes} minutes, all of them {hours:.0f} hours.",
            "每次访问约{minutes}分钟，全部访问共约{hours:.0f}小时。",
        )).format(minutes=plan.minutes, hours=hours)  # fmt: skip
        if plan.days is None:
            return text
        return text + self._say.of((
            " At {per_day:g} interviews a day the field work takes {days} days.",
            "每天完成{per_day:g}次访问，实地执行需{days}天。",
        )).format(per_day=plan.per_day, days=plan.days)  # fmt: skip

    def _codes(self) -> str:
        return self._say.of((
            "Don't know and no answer are entered with the codes printed at each question, "
            "questions that were skipped are left empty. Interviews that lack an answer to a "
            "question of the model are left out unless {missing} says otherwise, so count on a "
            "few more.",
            "“不知道”和“拒答”按每题所印代码录入，被跳过的题目留空。模型题目缺少回答的访问默认不用于估计"
            "（见{missing}），因此宜多访问一些。",
        )).format(missing=self._setting("missing"))  # fmt: skip

    def _computed(self, plan: PlanNumbers) -> list[str]:
        template = self._say.of((
            "{item} is not asked; it is computed from {sources} once the answers are there.",
            "{item}不直接询问，由{sources}在数据收齐后计算得到。",
        ))  # fmt: skip
        return [
            template.format(item=item, sources=self._say("and").join(sources))
            for item, sources in plan.computed.items()
        ]

    def _after(self, plan: PlanNumbers) -> str:
        return self._typed(plan) if self._model else self._called(plan)

    def _typed(self, plan: PlanNumbers) -> str:
        """Say how the answers are fitted on the command line."""
        typed = f"csi fit answers.csv --model {self._model} --codebook codebook.yml"
        typed += f" --ids RESPONDENT{' --by FIRM' if len(plan.firms) > 1 else ''}"
        return self._say.of((
            "Answers are entered in the columns of answers-template.csv and saved as answers.csv; "
            "{typed} gives the indices.",
            "答案按answers-template.csv的列录入，存为answers.csv；{typed} 给出指数。",
        )).format(typed=typed)  # fmt: skip

    def _called(self, plan: PlanNumbers) -> str:
        """Say how the answers are read and fitted in Python."""
        by = ', by="FIRM"' if len(plan.firms) > 1 else ""
        call = f"csi.fit_by(model, data{by})" if by else "csi.fit(model, data)"
        return self._say.of((
            "Answers are entered in the columns of answers-template.csv and read with "
            'csi.read_survey("answers.csv", codebook="codebook.yml", ids="RESPONDENT", '
            'duration="SECONDS"); {call} gives the indices.',
            "答案按answers-template.csv的列录入，用csi.read_survey(\"answers.csv\", "
            'codebook="codebook.yml", ids="RESPONDENT", duration="SECONDS")读取；{call}给出指数。',
        )).format(call=call)  # fmt: skip

    def _formula(self, plan: PlanNumbers) -> str:
        size = plan.size
        if self._say.language == "en":
            return size.formula
        people = "" if size.population is None else f"（总体{size.population:g}人）"
        return (
            f"设计效应{size.deff:.3g}，标准差{size.sd:.4g}，误差±{size.half_width:g}分，"
            f"置信水平{100 * size.level:.3g}%{people}"
        )

    def _shares(self, plan: PlanNumbers) -> str:
        known = [
            self._say.of(_UNSTATED) if share is None else f"{share:.0%}"
            for share in (plan.incidence, plan.response_rate)
        ]
        return self._say.of(("incidence {}, response rate {}", "使用者比例{}，应答率{}")).format(
            *known
        )

    def _pace(self, plan: PlanNumbers) -> str:
        if plan.per_day is None:
            return self._say.of(("interviews a day not stated", "未说明每天访问数"))
        return self._say.of(("{:g} interviews a day", "每天{:g}次访问")).format(plan.per_day)


def in_markdown(text: str) -> str:
    r"""Return text that Markdown shows as it is, also inside a table.

    Examples
    --------
    >>> from csi.questionnaires.plan_words import in_markdown
    >>> print(in_markdown("a|b <i>"))
    a\|b \<i>
    """
    return "".join(f"\\{c}" if c in "\\|<*`[#" else c for c in text)


def _or_nothing(count: int | None) -> str:
    return "" if count is None else str(count)


def _shown(cell: object) -> str:
    return f"{cell:.0%}" if isinstance(cell, float) else str(cell)

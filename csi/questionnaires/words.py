"""What a questionnaire and its plan say besides the questions, in English and Chinese."""

from __future__ import annotations

from dataclasses import dataclass

from csi.declared import check_choice

LANGUAGES = ("en", "zh")

_SAID: dict[str, tuple[str, str]] = {
    "title": ("Customer survey: {subject}", "顾客满意度调查：{subject}"),
    "subtitle": ("Questionnaire", "调查问卷"),
    "respondent": ("Respondent no.", "受访者编号"),
    "interviewer": ("Interviewer", "访问员"),
    "date": ("Date", "日期"),
    "start": ("Start", "开始时间"),
    "end": ("End", "结束时间"),
    "introduction": (
        "We would like to hear about your experience with {subject}. The interview takes about "
        "{minutes} minutes. There are no right or wrong answers; what counts is your own view.",
        "我们想了解您对所使用的{subject}的看法。访问大约需要{minutes}分钟。答案没有对错之分，"
        "请按您自己的看法回答。",
    ),
    "privacy": (
        "Taking part is voluntary, and you may leave out any question. Your answers are used for "
        "statistics only and are never shown together with your name.",
        "参加调查完全自愿，您可以不回答任何问题。您的回答仅用于统计，绝不会与您的姓名一同出现。",
    ),
    "how": (
        "Mark one box for each question. What the two ends of a scale mean stands beside them; "
        "the boxes at the right are for those who do not know or would rather not say.",
        "每题请只选一个方框。量表两端的含义写在两侧；右侧的方框供不知道或不愿回答时使用。",
    ),
    "screening": ("Screening", "甄别"),
    "further": ("Further questions", "其他问题"),
    "about you": ("About you", "个人情况"),
    "about": ("About {subject}: {text}", "关于{subject}：{text}"),
    "used": (
        "Have you used {subject} in the last {period}?",
        "在过去{period}内，您是否使用过{subject}？",
    ),
    "firm": (
        "Whose customer are you? If of several, think of the one you used last.",
        "您是哪一家企业的顾客？如有多家，请以最近使用的一家为准。",
    ),
    "another firm": ("another one", "其他企业"),
    "firm number": ("Firm {number}", "企业{number}"),
    "gender": ("Which of these describes you?", "您的性别是？"),
    "female": ("female", "女"),
    "male": ("male", "男"),
    "other": ("other", "其他"),
    "age": ("How old are you?", "您的年龄是？"),
    "and over": ("{low} and over", "{low}岁及以上"),
    "years": ("{low}-{high}", "{low}-{high}岁"),
    "group": ("{name}: which of these applies to you?", "{name}：您属于以下哪一类？"),
    "quota": (
        "Thank and close if enough people of this group were interviewed.",
        "如该组别配额已满，请致谢并结束访问。",
    ),
    "any": ("any", "任何回答"),
    "labelled": ("{value} ({label})", "{value}（{label}）"),
    "yes": ("yes", "是"),
    "no": ("no", "否"),
    "do not know": ("don't know", "不知道"),
    "refused": ("no answer", "拒答"),
    "code": ("code {code}", "代码{code}"),
    "lowest": ("lowest", "最低"),
    "highest": ("highest", "最高"),
    "more than": ("more than {high}", "{high}以上"),
    "number": (
        "Number from {low} to {high} ({low_end} to {high_end})",
        "请填写{low}至{high}之间的数字（{low_end}至{high_end}）",
    ),
    "closed": ("thank and close", "致谢并结束"),
    "ask if": ("Ask only if {number} is {answers}.", "仅当{number}的回答为{answers}时询问。"),
    "go to": ("{answers}: go to {number}", "{answers}：转至{number}"),
    "then": ("Then go to {number}", "然后转至{number}"),
    "close": ("{answers}: thank and close", "{answers}：致谢并结束"),
    "finish": ("the end", "结束语"),
    "range": ("{low} to {high}", "{low}至{high}"),
    "and": (", ", "、"),
    "thanks": ("Thank you very much for your help.", "非常感谢您的配合！"),
    "interviewers": ("For the interviewer", "访问员填写"),
}


@dataclass(frozen=True, slots=True)
class Words:
    """Sentences in one language.

    Attributes
    ----------
    language : {"en", "zh"}
        The language.

    Raises
    ------
    OptionError
        If the language is not known.
    """

    language: str

    def __post_init__(self) -> None:
        check_choice("language", self.language, LANGUAGES)

    def __call__(self, key: str, **values: object) -> str:
        """Return a sentence with its blanks filled in; values are never read as sentences."""
        return self.of(_SAID[key]).format(**values)

    def of(self, pair: tuple[str, str]) -> str:
        """Return the English or the Chinese one of two texts."""
        return pair[LANGUAGES.index(self.language)]

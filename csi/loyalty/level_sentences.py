"""What a contrast of two levels says, in English and Chinese."""

from __future__ import annotations

from typing import Literal

import pandas as pd

from csi.display import number
from csi.loyalty.level_bands import Rule

Language = Literal["en", "zh"]

MAIN = {
    "en": (
        "Respondents whose {cause} is {one} are {ratio} times as likely to {verb} ({rule}) as "
        "those at {other}: {share}% against {share_other}%; the {level}% interval of the ratio "
        "is {lower} to {upper}."
    ),
    "zh": (
        "{cause}为 {one} 的受访者{verb}（{rule}）的可能性是{cause}为 {other} 者的 {ratio} 倍："
        "比例分别为 {share}% 和 {share_other}%；该比值的 {level}% 置信区间为 {lower} 至 {upper}。"
    ),
}
OPEN = {
    "en": " The interval includes 1: this sample leaves open which of them are likelier to.",
    "zh": "区间包含 1：现有样本尚不能确定哪一方的可能性更大。",
}
ADJUSTED = {
    "en": (
        " At least one of the four cells is empty and half a respondent was added to each: the "
        "ratio is a rough one."
    ),
    "zh": "四个单元格中至少有一个为空，因此每格各加半名受访者：该比值仅供粗略参考。",
}
VERBS = {
    "en": {"repurchase": "repurchase", "switching": "switch"},
    "zh": {"repurchase": "再次购买", "switching": "转换"},
}
NAMES = {"satisfaction": "满意度", "loyalty": "忠诚度"}


def sentence(
    contrast: pd.Series, cause: str, rule: Rule, event: str, level: float, language: Language
) -> str:
    """Say how two levels compare.

    Parameters
    ----------
    contrast : Series
        A row of `LoyaltyLevels.contrasts`.
    cause : str
        What satisfaction is called.
    rule : Rule
        Which answers count as the event.
    event : {"repurchase", "switching"}
        What those are likelier to do.
    level : float
        Confidence level.
    language : {"en", "zh"}
        English or Chinese.
    """
    one, other = ("higher", "lower") if event == "repurchase" else ("lower", "higher")
    lower, upper = contrast["risk_ratio_lower"], contrast["risk_ratio_upper"]
    text = MAIN[language].format(
        cause=NAMES.get(cause, cause) if language == "zh" else cause,
        one=_level(contrast[one], language),
        other=_level(contrast[other], language),
        ratio=_ratio(contrast["risk_ratio"]),
        verb=VERBS[language][event],
        rule=_chinese(rule) if language == "zh" else rule,
        share=number(100 * contrast[f"share_{one}"], 0),
        share_other=number(100 * contrast[f"share_{other}"], 0),
        level=f"{100 * level:g}",
        lower=_ratio(lower),
        upper=_ratio(upper),
    )
    text += OPEN[language] if lower <= 1 <= upper else ""
    return text + (ADJUSTED[language] if contrast["adjusted"] else "")


def _level(label: str, language: Language) -> str:
    return label.replace("below ", "低于 ") if language == "zh" else label


def _ratio(value: float) -> str:
    return number(value, 1 if value >= 1 else 2)


def _chinese(rule: Rule) -> str:
    outcome = NAMES.get(rule.outcome, rule.outcome)
    if rule.binary:
        return f"{outcome}为 {int(not rule.below)}"
    return f"{outcome}{'低于' if rule.below else '不低于'} {rule.limit:g}"

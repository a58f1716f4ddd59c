"""What a plan for a zone says, in English and Chinese."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

Language = Literal["en", "zh"]

SENTENCES: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "power": {
            "en": (
                "{n} respondents find a zone of {width} points, from {low} to {high}, with a "
                "probability of {power}% if the satisfaction score has a reliability of "
                "{reliability}."
            ),
            "zh": (
                "若满意度得分的信度为 {reliability}，{n} 名受访者发现宽 {width} 分"
                "（{low} 至 {high} 分）的质量不敏感区的概率为 {power}%。"
            ),
        },
        "n": {
            "en": (
                "About {about} respondents find a zone of {width} points, from {low} to {high}, "
                "with a probability of {power}% if the satisfaction score has a reliability of "
                "{reliability}."
            ),
            "zh": (
                "若满意度得分的信度为 {reliability}，要以 {power}% 的概率发现宽 {width} 分"
                "（{low} 至 {high} 分）的质量不敏感区，约需 {about} 名受访者。"
            ),
        },
        "no n": {
            "en": (
                "Not even {most} respondents find a zone of {width} points, from {low} to {high}, "
                "with a probability of {power}% if the satisfaction score has a reliability of "
                "{reliability}."
            ),
            "zh": (
                "若满意度得分的信度为 {reliability}，即使有 {most} 名受访者，也无法以 {power}% "
                "的概率发现宽 {width} 分（{low} 至 {high} 分）的质量不敏感区。"
            ),
        },
        "width": {
            "en": (
                "The narrowest zone that {n} respondents find with a probability of {power}% has "
                "{width} points, from {low} to {high}, if the satisfaction score has a reliability "
                "of {reliability}."
            ),
            "zh": (
                "若满意度得分的信度为 {reliability}，{n} 名受访者能以 {power}% 的概率发现的最窄的"
                "质量不敏感区宽 {width} 分（{low} 至 {high} 分）。"
            ),
        },
        "no width": {
            "en": (
                "{n} respondents find no zone with a probability of {power}%, however wide, if "
                "the satisfaction score has a reliability of {reliability}."
            ),
            "zh": (
                "若满意度得分的信度为 {reliability}，{n} 名受访者无论如何也无法以 {power}% "
                "的概率发现任何宽度的质量不敏感区。"
            ),
        },
        "table": {
            "en": (
                "The table tells with which probability a zone of {width} points, from {low} to "
                "{high}, is found."
            ),
            "zh": "表中为发现宽 {width} 分（{low} 至 {high} 分）的质量不敏感区的概率。",
        },
    }
)
"""By what was asked."""


def sentence(kind: str, facts: Mapping[str, str], language: Language) -> str:
    """Fill in the sentence of a kind of plan."""
    return SENTENCES[kind][language].format(**facts)

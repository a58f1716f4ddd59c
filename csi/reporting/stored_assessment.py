"""Verdicts as JSON: each with its rule as it was, so that a later csi tells the same."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from csi.assessment.rules import RULES, Rule
from csi.assessment.verdicts import WORDS, Verdict
from csi.core.checks import check_level
from csi.reporting.judged import PARTS, Judged, Made
from csi.storage import to_plain

_NUMBERS = ("value", "lower", "upper", "severity")


def judged_to_plain(judged: Judged) -> dict[str, Any]:
    """Return verdicts, tables, and how they were made, as what JSON knows."""
    rules = {v.rule.key: v.rule for v in judged.verdicts}
    tables = {"verdicts": judged.table, "checks": judged.checks, **judged.tables}
    plain: dict[str, Any] = to_plain(
        {
            "made": dataclasses.asdict(judged.made),
            "rules": [dataclasses.asdict(rule) for rule in rules.values()],
            "judged": [_verdict_to_plain(v) for v in judged.verdicts],
            "tables": {name: table.to_dict("list") for name, table in tables.items()},
        }
    )
    return plain


def judged_from_plain(stored: Mapping[str, Any]) -> Judged:
    """Return what was stored.

    Raises
    ------
    KeyError, TypeError or ValueError
        If it is damaged.
    """
    rules = {each["key"]: _rule(each) for each in stored["rules"]}
    judged = tuple(_verdict(each, rules) for each in stored["judged"])
    tables = {
        name: pd.DataFrame(stored["tables"][name]) for name in PARTS if name in stored["tables"]
    }
    return Judged(judged, _made(stored["made"]), tables)


def _verdict_to_plain(v: Verdict) -> dict[str, Any]:
    """Return a verdict; infinite numbers, which JSON does not know, as text."""
    numbers = {name: getattr(v, name) for name in _NUMBERS}
    plain = {name: str(x) if np.isinf(x) else float(x) for name, x in numbers.items()}
    return {
        "rule": v.rule.key, "names": v.names, "word": v.word, **plain, "link": v.link, "why": v.why,
    }  # fmt: skip


def _verdict(stored: Mapping[str, Any], rules: Mapping[str, Rule]) -> Verdict:
    numbers = {name: _number(stored[name]) for name in _NUMBERS}
    texts = [*stored["names"], stored["link"], stored["why"]]
    if stored["word"] not in WORDS or not all(isinstance(text, str) for text in texts):
        raise ValueError("a verdict is of another kind than csi writes")
    return Verdict(
        rules[stored["rule"]], tuple(stored["names"]), stored["word"], **numbers,
        link=stored["link"], why=stored["why"],
    )  # fmt: skip


def _number(stored: object) -> float:
    if isinstance(stored, bool):
        raise TypeError("a number is a truth value")
    return np.nan if stored is None else float(stored)  # type: ignore[arg-type]


def _rule(stored: Mapping[str, Any]) -> Rule:
    rule = Rule(**stored)
    if rule.key not in RULES or not all(isinstance(text, str) for text in stored.values()):
        raise ValueError(f"{rule.key!r} is no rule")
    return rule


def _made(stored: Mapping[str, Any]) -> Made:
    made = Made(**stored)
    whole = [value for name, value in stored.items() if name != "level"]
    if not all(isinstance(n, int) and not isinstance(n, bool) and n >= 0 for n in whole):
        raise ValueError("a setting is of another kind than csi writes")
    check_level(made.level)
    return made

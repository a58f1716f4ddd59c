"""The rules of an assessment: complete, translated for the reader, and documented as they are."""

from pathlib import Path

import pytest

from csi.assessment.rules import RULES

PAGE = Path(__file__).parent.parent / "docs" / "explanation" / "assessment.md"


@pytest.mark.parametrize("key", RULES)
def test_every_rule_is_whole(key):
    rule = RULES[key]
    assert rule.key == key
    assert "doi:" in rule.source or "(" in rule.source
    assert rule.todo.endswith(".")
    assert not rule.rule.endswith(".")


@pytest.mark.parametrize("key", RULES)
def test_the_page_shows_every_rule_as_it_is(key):
    rule = RULES[key]
    row = f"| {rule.criterion} | {rule.rule} | {rule.source} | {rule.todo} |"
    assert row in PAGE.read_text(encoding="utf-8"), "run python docs/rules_table.py"

"""Links between the pages of the documentation lead somewhere, and options shown are there."""

import re
from pathlib import Path

import pytest

from csi.cli import main

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]


def links(page):
    """Targets of Markdown links and of MyST document roles, without anchors and addresses."""
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    linked = re.findall(r"\]\((?!\w+:)([^)#\s]+)", text)
    named = re.findall(r"\{doc\}`(?:[^`<]*<)?([^`>]+)>?`", text)
    return linked + named


def test_there_are_links():
    assert len(PAGES) > 8
    assert sum(len(links(page)) for page in PAGES) > 15


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_to_files(page):
    broken = [link for link in links(page) if not leads_to_a_file(page, link)]
    assert broken == []


def leads_to_a_file(page, link):
    """Notebooks are copied into the tutorials when the documentation is built."""
    target = page.parent / link
    if target.parent.name == "tutorials" and (ROOT / "notebooks" / f"{target.name}.ipynb").exists():
        return True
    return any(target.with_name(target.name + ending).exists() for ending in ("", ".md"))


def test_the_page_on_the_command_line_lists_every_option(capsys):
    page = (ROOT / "docs" / "how-to" / "command-line.md").read_text(encoding="utf-8")
    shown = page.split("$ csi fit --help\n")[1].split("```")[0]
    with pytest.raises(SystemExit):
        main(["fit", "--help"])
    own = capsys.readouterr().out
    assert set(re.findall(r"--[a-z-]+", shown)) == set(re.findall(r"--[a-z-]+", own))

"""Links between pages lead somewhere; the reference and the page on commands are complete."""

import re
from pathlib import Path

import pytest

import csi
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
    if target.parent.name == "tutorials" and (ROOT / "notebooks" / f"{target.stem}.ipynb").exists():
        return True
    return any(target.with_name(target.name + ending).exists() for ending in ("", ".md"))


def test_the_reference_names_everything_public():
    page = (ROOT / "docs" / "reference" / "index.md").read_text(encoding="utf-8")
    listed = re.findall(r"^   csi\.([\w.]+)$", page, flags=re.MULTILINE)
    modules = ("datasets", "models", "studies")
    public = {*csi.__all__} - {*modules}
    for module in modules:
        public |= {f"{module}.{name}" for name in getattr(csi, module).__all__}
    assert sorted(listed) == sorted(public)


@pytest.mark.parametrize("command", [[], ["fit"]], ids=["csi", "csi fit"])
def test_the_page_on_the_command_line_shows_the_help(command, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    page = (ROOT / "docs" / "how-to" / "command-line.md").read_text(encoding="utf-8")
    asked = " ".join(["$ csi", *command, "--help"])
    shown = page.split(f"{asked}\n")[1].split("```")[0]
    with pytest.raises(SystemExit):
        main([*command, "--help"])
    assert described(shown) == described(capsys.readouterr().out)


def described(text):
    """What follows the usage, which other versions of Python wrap in other ways."""
    return text[text.index("positional arguments:") :].rstrip()


def test_the_page_on_the_command_line_shows_every_command():
    page = (ROOT / "docs" / "how-to" / "command-line.md").read_text(encoding="utf-8")
    commands = re.findall(r"^    ([a-z]+)(?:  |$)", page.split("COMMAND\n")[1], re.MULTILINE)
    assert len(commands) > 8
    assert [name for name in commands if f"\n$ csi {name}" not in page] == []

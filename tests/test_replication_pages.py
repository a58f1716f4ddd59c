"""The pages of replications hold every printed number, its source and an honest verdict."""

import re
import sys
from pathlib import Path

import pytest

import csi

DOCS = Path(__file__).parent.parent / "docs"
sys.path.insert(0, str(DOCS))

import make_replications  # noqa: E402 - a script of the documentation


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    folder = tmp_path_factory.mktemp("replications")
    return {path.name: path.read_text(encoding="utf-8") for path in make_replications.write(folder)}


def test_every_number_stands_on_the_page_of_its_study(pages):
    for table in csi.reproduce().tables:
        page = pages[f"{table.study}.md"]
        assert f"csi.reproduce({table.study!r})" in page.replace('"', "'")
        assert f"Verdict: **{table.verdict}**" in page
        for entry in table.entries:
            row = f"| {entry.cell.quantity} | `{entry.cell.label}` | {entry.cell.printed.text} | "
            assert row in page


def test_what_differs_stands_out(pages):
    differ = [e for table in csi.reproduce().tables for e in table.entries if not e.agrees]
    marked = sum(len(re.findall(r"\*\* \|$", page, re.MULTILINE)) for page in pages.values())
    assert marked == len(differ) > 0


def test_the_first_page_counts_what_agrees(pages):
    numbers = csi.reproduce().numbers
    told = f"{numbers['agrees'].sum():,} of {len(numbers):,} printed numbers"
    assert pages["agreement.txt"].startswith(told)
    linked = set(re.findall(r"\]\(([\w-]+\.md)\)", pages["agreement.txt"]))
    assert linked == pages.keys() - {"agreement.txt"}
    first = (DOCS / "replications" / "index.md").read_text(encoding="utf-8")
    assert "{include} agreement.txt" in first


def test_sources_become_links_and_text_stays_text():
    cited = make_replications.cited("A_b (2005). doi:10.1016/j.csda.2004.03.005. See <~ there")
    assert cited == (
        "A\\_b (2005). [doi:10.1016/j.csda.2004.03.005]"
        "(https://doi.org/10.1016/j.csda.2004.03.005). See \\<~ there"
    )

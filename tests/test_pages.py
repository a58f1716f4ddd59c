"""The Python examples of the pages run, and calls shown in their text exist.

Blocks of a page run in the order in which they stand, in one namespace and a folder
of their own. What a page takes from its readers is given here: the file ``phones.csv``
and the dataframe ``frame`` are the demonstration survey with some columns about the
sample, ``codebook.yml`` is a codebook, ``matrix.csv`` is the matrix that the page on
reproduction prints. A block that begins with "```python no-run" is left out. A comment that
is a text in quotes is the value of its line.
"""

import ast
import dataclasses
import importlib.util
import inspect
import pkgutil
import re
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pytest

import csi
from csi.simulation import demo_frame

ROOT = Path(__file__).parent.parent
PAGES = [
    ROOT / "README.md",
    *sorted((ROOT / "docs" / "how-to").glob("*.md")),
    *sorted((ROOT / "docs" / "explanation").glob("*.md")),
]
BLOCK = re.compile(r"^```python\n(.*?)^```$", flags=re.DOTALL | re.MULTILINE)
VALUE = re.compile(r"^(\S.*?) {2,}# ('[^']*')$", flags=re.MULTILINE)
OPENED = re.compile(r"^```python\b.*$", flags=re.MULTILINE)

RESULTS = {
    "fit": (csi.Fit, csi.StructuralFit, csi.MultigroupFit),
    "boot": (csi.Bootstrap, csi.Bootstraps),
    "assessment": (csi.Assessment,),
    "curve": (csi.Curve,),
}
"""What names stand for in text; a page may give them other values in its examples."""


def text_of(page):
    return page.read_text(encoding="utf-8")


def blocks(page):
    """Examples of a page, each after as many empty lines as stand above it there."""
    text = text_of(page)
    lines_above = [text.count("\n", 0, found.start(1)) for found in BLOCK.finditer(text)]
    return [
        "\n" * above + code for above, code in zip(lines_above, BLOCK.findall(text), strict=True)
    ]


def printed_matrix():
    page = text_of(ROOT / "docs" / "how-to" / "reproduce-and-audit.md")
    return re.search(r"^item,.*?(?=^```$)", page, flags=re.DOTALL | re.MULTILINE)[0]


WITH_EXAMPLES = [page for page in PAGES if blocks(page)]


@pytest.fixture(scope="module")
def frame():
    """Answers as they would stand in a file, with columns that describe the sample."""
    answers = demo_frame()
    rows = np.arange(len(answers))
    answers[["NPS", "Q3", "Q7"]] = answers[["REPUR", "SATIS", "PQ"]]
    answers["age"] = 18 + rows % 60
    answers["seconds"] = 120 + rows % 300
    answers["w"] = 0.5 + rows % 4 / 3
    answers["count"] = 1 + rows % 3
    answers["town"] = rows % 20
    answers["region"] = np.array(["north", "east", "south", "west"])[rows % 20 // 5]
    for replicate in range(1, 81):
        left_out = rows % 80 == replicate - 1
        answers[f"w{replicate}"] = answers["w"] * np.where(left_out, 0.0, 80 / 79)
    return answers


@pytest.fixture
def given(frame, tmp_path, monkeypatch):
    """Namespace of a page, in a folder that holds its files."""
    monkeypatch.chdir(tmp_path)
    frame.to_csv("phones.csv", index=False)
    Path("codebook.yml").write_text("language: en\nitems:\n  SATIS: {scale: [1, 10]}\n")
    Path("matrix.csv").write_text(printed_matrix())
    yield {"frame": frame.copy(), "__name__": "page"}
    plt.close("all")


def test_most_examples_are_run():
    opened = sum(len(OPENED.findall(text_of(page))) for page in PAGES)
    run = sum(len(blocks(page)) for page in PAGES)
    assert run > 40
    assert opened - run < 6


@pytest.mark.parametrize("page", WITH_EXAMPLES, ids=lambda page: str(page.relative_to(ROOT)))
def test_examples_run(page, given):
    for block in blocks(page):
        exec(compile(block, str(page), "exec"), given)
        for line, value in VALUE.findall(block):
            assert (line, eval(line, given)) == (line, ast.literal_eval(value))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_names_and_options_in_text_exist(page):
    assert [wrong for shown in calls_in_text(page) for wrong in unknown(shown)] == []


def calls_in_text(page):
    """Expressions between backquotes, names of files left out."""
    prose = re.sub(r"^```.*?^```$", "", text_of(page), flags=re.DOTALL | re.MULTILINE)
    for code in re.findall(r"`([^`\n]+)(?<!\.py)`", prose):
        try:
            yield ast.parse(code.strip().removeprefix("boot = "), mode="eval")
        except SyntaxError:
            continue


def unknown(shown):
    """Names that csi and its results do not have, and options its functions do not take."""
    for node in ast.walk(shown):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            if not exists(node.value.id, node.attr):
                yield ast.unparse(node)
        elif isinstance(node, ast.Call) and re.fullmatch(r"csi(\.\w+)+", ast.unparse(node.func)):
            yield from unknown_options(node)


def exists(holder, name):
    if holder == "csi":
        return hasattr(csi, name) or importlib.util.find_spec(f"csi.{name}") is not None
    return holder not in RESULTS or any(name in members(kind) for kind in RESULTS[holder])


def members(kind):
    return {*dir(kind), *(part.name for part in dataclasses.fields(kind))}


def unknown_options(call):
    function = ast.unparse(call.func)
    try:
        known = inspect.signature(pkgutil.resolve_name(function)).parameters
    except (AttributeError, ImportError):
        yield function
        return
    if not any(taken.kind is inspect.Parameter.VAR_KEYWORD for taken in known.values()):
        for given in call.keywords:
            if given.arg not in known:
                yield f"{function}({given.arg}=)"

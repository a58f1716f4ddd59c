"""Names, labels and answers are shown as text, never run; nothing reaches the network."""

import ast
import re
import socket
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import openpyxl
import pandas as pd
import pytest

import csi
from csi import paths, reflective
from csi.cli import main
from csi.display import csv_text, one_line
from csi.reporting import report, to_excel, to_latex
from csi.reporting.drawing import path_diagram
from csi.reporting.exports import all_tables

PAYLOADS = [
    "<script>alert(1)</script>",
    "</title><script>alert(2)</script>",
    "</style><script>alert(3)</script>",
    "<img src=x onerror=alert(4)>",
    '"><svg onload=alert(5)>',
    "' onmouseover='alert(6)",
    '" autofocus onfocus="alert(7)',
    "<a href=javascript:alert(8)>x</a>",
    "javascript:alert(9)",
    "<iframe src=//example.com></iframe>",
    "<object data=//example.com>",
    "<embed src=//example.com>",
    "<base href=//example.com>",
    '<meta http-equiv="refresh" content="0;url=//example.com">',
    "<link rel=stylesheet href=//example.com>",
    "<form action=//example.com><input name=a>",
    "<style>@import '//example.com'</style>",
    "]]><script>alert(10)</script>",
    "<!--<script>alert(11)</script>-->",
    "&lt;script&gt;alert(12)&lt;/script&gt;",
    "&#60;script&#62;alert(13)",
    "<<script>script>alert(14)<</script>/script>",
    "<math><mtext></p><style><img src onerror=alert(15)></style></math>",
    "{{ 7 * 7 }}{% include '/etc/passwd' %}",
    "{0.__class__}{target}",
    "=cmd|' /C calc'!A0",
    "=HYPERLINK(\"//example.com\",\"x\")",
    "+1+1",
    "-2+3",
    "@SUM(A1:A9)",
    "\\write18{id}",
    "\\input{/etc/passwd}",
    "}\\end{tabular}\\immediate\\write18{id}",
    "$\\catcode`\\%=12$ ^^5cinput",
    "満足<b>度",
    "../../etc/passwd",
]  # fmt: skip

ELEMENTS = {
    "a", "body", "circle", "dd", "div", "dl", "dt", "figcaption", "figure", "g", "h1", "h2",
    "h3", "head", "header", "html", "li", "line", "main", "meta", "nav", "p", "path", "rect",
    "section", "strong", "style", "svg", "table", "tbody", "td", "text", "th", "thead",
    "title", "tr", "ul",
}  # fmt: skip

ATTRIBUTES = {
    "aria-label", "aria-labelledby", "charset", "class", "content", "cx", "cy", "d", "fill",
    "font-family", "font-size", "height", "href", "http-equiv", "id", "lang", "name", "r",
    "role", "rx", "scope", "stroke", "stroke-dasharray", "stroke-width", "style",
    "text-anchor", "viewbox", "width", "x", "x1", "x2", "xmlns", "y", "y1", "y2",
}  # fmt: skip

STYLES = {"max-width:100%;height:auto"}
LATEX = {
    "begin", "bottomrule", "caption", "centering", "end", "label", "midrule",
    "textasciicircum", "textasciitilde", "textbackslash", "textbar", "textgreater", "textless",
    "times", "toprule",
}  # fmt: skip


class Scan(HTMLParser):
    """Collects what a page is made of and what it says."""

    def __init__(self, html):
        super().__init__()
        self.elements, self.attributes, self.said = set(), [], ""
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        self.elements.add(tag)
        self.attributes += attributes

    def handle_data(self, data):
        self.said += f"{data}\n"


@pytest.fixture(scope="module")
def hostile():
    """A fit and fits by group in which every name is an attack."""
    rng = np.random.default_rng(1)
    n, answers = 40 * len(PAYLOADS), {}
    common = rng.normal(size=n)
    constructs = []
    for k, start in enumerate(range(0, len(PAYLOADS), 3)):
        own = common + 0.9 * rng.normal(size=n)
        block = [_name(payload) for payload in PAYLOADS[start : start + 3]]
        for name in block:
            noisy = 5.5 + 1.5 * (own + 0.6 * rng.normal(size=n))
            answers[name] = np.clip(np.round(noisy), 1, 10)
        label = {"en": f"{PAYLOADS[start]} label", "zh": f"{PAYLOADS[start]} 标签"}
        constructs.append(reflective(f"{block[-1]} K{k}", block, label=label))
    names = [construct.name for construct in constructs]
    items = [
        csi.Item(_name(text), {"en": text, "zh": text}, (1, 10), anchors={"en": (text, text)})
        for text in PAYLOADS
    ]
    model = csi.model(
        constructs, [paths(names[:-1], names[-1])], items=items,
        title=PAYLOADS[0], citation=PAYLOADS[1],
    )  # fmt: skip
    by = "<b onclick=alert(16)>firm"
    groups = np.repeat(PAYLOADS, 40)
    groups[:30] = PAYLOADS[1]  # leaves 10, too few, of the first
    data = csi.survey(pd.DataFrame({**answers, by: groups}))
    return csi.fit(model, data), csi.fit_by(model, data, by=by)


def _name(payload):
    """Names hold no double quotes: a model refuses them."""
    return payload.replace('"', "'")


@pytest.fixture(scope="module", params=["en", "zh"])
def page(request, hostile):
    fit, fits = hostile
    return report(fit, fits=fits, title=PAYLOADS[2], language=request.param)


def test_there_are_enough_attacks(hostile):
    assert len(PAYLOADS) >= 30
    assert len(hostile[1]) == len(PAYLOADS) - 1


def test_report_is_made_of_harmless_parts_only(page):
    scan = Scan(page)
    assert scan.elements <= ELEMENTS
    assert {name for name, _ in scan.attributes} <= ATTRIBUTES
    for name, value in scan.attributes:
        assert name != "href" or re.fullmatch(r"#[a-z]+", value)
        assert name != "style" or value in STYLES


def test_report_shows_every_attack_as_text(page):
    said = Scan(page).said
    assert [payload for payload in PAYLOADS if payload not in said] == []


def test_report_forbids_whatever_slipped_through(page):
    policy = dict(re.findall(r'http-equiv="([\w-]+)" content="([^"]+)"', page))
    assert policy == {
        "Content-Security-Policy": ("default-src 'none'; style-src 'unsafe-inline'; img-src data:")
    }
    assert page.index("Content-Security-Policy") < page.index("<title>") < page.index("<style>")
    assert "@import" not in page[: page.index("</style>")]
    assert not re.search(r"url\(|src=", page[: page.index("<body>")])


def test_diagram_is_plain_svg(hostile):
    root = ElementTree.fromstring(path_diagram(hostile[0]).svg)
    for element in root.iter():
        assert element.tag.removeprefix("{http://www.w3.org/2000/svg}") in ELEMENTS
        assert {name.lower() for name in element.attrib} <= ATTRIBUTES


def test_workbook_holds_text_not_formulas(hostile, tmp_path):
    fit, fits = hostile
    to_excel(fit, tmp_path / "hostile.xlsx", fits=fits)
    book = openpyxl.load_workbook(tmp_path / "hostile.xlsx")
    cells = [cell for sheet in book for row in sheet for cell in row]
    assert {cell.data_type for cell in cells} <= {"s", "n", "b"}
    assert not any(cell.hyperlink for cell in cells)
    assert {cell.value for cell in cells} >= set(map(_name, PAYLOADS)) | set(PAYLOADS[1:])


def test_csv_holds_no_formulas(hostile):
    for table in all_tables(hostile[0]).values():
        cells = re.findall(r'(?:^|,)"?([=+@\t\r]|-[^\d.]|-\d+\+)', csv_text(table), re.MULTILINE)
        assert cells == []


def test_latex_holds_no_commands_of_others(hostile):
    latex = to_latex(hostile[0])
    assert set(re.findall(r"\\([A-Za-z]+)", latex)) <= LATEX
    assert latex.count(r"\begin{tabular}") == latex.count(r"\end{tabular}")
    assert "^^" not in latex


def test_json_brings_the_names_back_as_they_were(hostile, tmp_path):
    csi.to_json(hostile[0], tmp_path / "hostile.json")
    assert csi.from_json(tmp_path / "hostile.json").model == hostile[0].model


@pytest.mark.parametrize("answer", ["\x1b[2J\x1b]0;owned\x07", "\x9b31m", "a\rb"])
def test_answers_cannot_steer_the_terminal(answer, capsys, tmp_path):
    frame = csi.demo_survey().frame.to_native()
    frame = frame.astype({"SATIS": object})
    frame.loc[3, "SATIS"] = answer
    frame.rename(columns={"region": f"reg{answer}ion"}).to_csv(tmp_path / "a.csv", index=False)
    for argv in (["check", "--model", "acsi"], ["check"], ["fit", "--model", "acsi"]):
        main([argv[0], str(tmp_path / "a.csv"), *argv[1:]])
        out, err = capsys.readouterr()
        assert one_line((out + err).replace("\n", " ")) == (out + err).replace("\n", " ")


def test_file_names_cannot_steer_the_terminal(capsys, tmp_path):
    assert main(["demo", "--report", str(tmp_path / "a\x1b[2Jb.html")]) == 0
    assert "\x1b" not in capsys.readouterr().out


FORBIDDEN = {
    "eval", "exec", "compile", "__import__", "os.system", "os.popen", "pickle.load",
    "pickle.loads", "yaml.load", "yaml.unsafe_load", "yaml.full_load", "pd.eval", "pd.read_pickle",
}  # fmt: skip
FORBIDDEN_IMPORTS = {
    "pickle", "marshal", "shelve", "dill", "subprocess", "socket", "urllib", "http", "requests",
    "ftplib", "smtplib", "ctypes", "multiprocessing.connection",
}  # fmt: skip


DOWNLOADS = "downloading.py"
"""The one module that opens connections: when the user asks for a data set, and not before."""

HARMLESS = {"from pickle import PicklingError"}  # an exception's name, to catch what joblib raises


def test_source_uses_nothing_that_runs_text_or_opens_connections():
    sources = sorted(Path(csi.__file__).parent.rglob("*.py"))
    assert len(sources) > 40
    found = [hit for source in sources for hit in _dangers(source) if source.name != DOWNLOADS]
    assert found == []


def test_one_module_opens_connections_when_asked():
    sources = [path for path in Path(csi.__file__).parent.rglob("*.py") if path.name == DOWNLOADS]
    assert [source.parent.name for source in sources] == ["datasets"]
    assert {hit.split(" ", 1)[1] for hit in _dangers(sources[0])} == {
        "['http.client']", "['urllib.error']", "['urllib.parse']", "['urllib.request']",
    }  # fmt: skip
    code = "import sys, csi, csi.cli; print('urllib.request' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def _dangers(source):
    for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and ast.unparse(node.func) in FORBIDDEN:
            yield f"{source.name}:{node.lineno} {ast.unparse(node.func)}"
        if isinstance(node, ast.Import):
            names = {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names = {node.module or ""}
            if ast.unparse(node) in HARMLESS:
                continue
        else:
            continue
        if {name.split(".")[0] for name in names} & FORBIDDEN_IMPORTS:
            yield f"{source.name}:{node.lineno} {sorted(names)}"


@pytest.fixture
def no_network(monkeypatch):
    def refuse(*_, **__):
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "create_connection", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


def test_demonstration_runs_without_a_network(no_network, capsys, tmp_path):
    assert main(["demo", "--report", str(tmp_path / "demo.html")]) == 0
    assert "Indices (0-100)" in capsys.readouterr().out

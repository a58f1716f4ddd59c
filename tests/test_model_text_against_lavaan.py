"""Model texts, as lavaan's own parser takes them apart.

Oracle      lavaan 0.6-14, lavParseModelString(), 47 texts; tests/golden/scripts/model_text.R.
Not asked   where lavaan loses what is written: of modifiers that are chained (a*start(.5)*x) it
            keeps one, of c(a, NA) the label alone, and it reads the square f:f as f:NA; csi
            keeps all of them. "x ~ 0", which lavaan takes for an intercept of zero, is
            refused: it is written 0*1.
"""

import json
from pathlib import Path

import pytest

import csi
from csi.expressions import parse_expression

GOLDEN = json.loads((Path(__file__).parent / "golden" / "model_text.json").read_text("utf-8"))


def lavaan(case):
    """Rows of lavaan: what they are, and what is stated of them."""
    rows = {}
    for left, operator, right, fixed, start, label in case["rows"]:
        values = numbers(fixed)
        free = set(values) == {None}
        labels = tuple(label.split(";")) if label else ()
        rows[place(left, operator, right)] = (() if free else values, numbers(start), labels, free)
    return rows


def numbers(text):
    return tuple(None if x == "NA" else float(x) for x in text.split(";")) if text else ()


def place(left, operator, right):
    if operator == "~~":
        left, right = sorted([left, right])
    return left, operator, "" if operator == "~*~" else right


def ours(model):
    """The same of a model; constructs that are columns measure nothing."""
    rows = {}
    for c in model.constructs:
        if not c.observed:
            rows |= {(c.name, c.operator, name): ((), (), (), False) for name in c.indicators}
    rows |= {(path.target, "~", path.source): ((), (), (), False) for path in model.paths}
    for p in model.parameters:
        rows[place(p.left, p.operator, p.right)] = (p.fixed, p.start, p.label, p.free)
    return rows


@pytest.mark.parametrize("case", GOLDEN["texts"], ids=lambda case: case["text"])
def test_rows_and_formulas(case):
    model = csi.parse(case["text"])
    assert ours(model) == lavaan(case)
    formulas = [(d.name, ":=", d.expression) for d in model.defined]
    formulas += [(c.left, c.operator, c.right) for c in model.constraints]
    canonical = [
        (str(parse_expression(left)), operator, str(parse_expression(right)))
        for left, operator, right in case["formulas"]
    ]
    assert formulas == canonical
    assert csi.parse(str(model)) == model

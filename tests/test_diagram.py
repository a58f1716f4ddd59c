"""Path diagrams: nothing overlaps, everything is escaped, the same input gives the same picture."""

import re
from itertools import combinations
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from csi.diagram import Edge, Node, dot, mermaid, svg, tikz
from csi.errors import OptionError
from csi.layout import arrange, wrapped

ACSI = (
    "Expectations>Quality Expectations>Value Expectations>Satisfaction Quality>Value "
    "Quality>Satisfaction Value>Satisfaction Satisfaction>Complaints Satisfaction>Loyalty "
    "Complaints>Loyalty"
)
ECSI = (
    "Image>Expectation Image>Satisfaction Image>Loyalty Expectation>Quality Expectation>Value "
    "Expectation>Satisfaction Quality>Value Quality>Satisfaction Value>Satisfaction "
    "Satisfaction>Complaints Satisfaction>Loyalty Complaints>Loyalty"
)
NORWAY = (
    "Tangibles>Satisfaction Reliability>Satisfaction Responsiveness>Satisfaction "
    "Assurance>Satisfaction Empathy>Satisfaction Price>Satisfaction Handling>Satisfaction "
    "Satisfaction>Image Satisfaction>Affective Satisfaction>Calculative Image>Affective "
    "Image>Loyalty Affective>Loyalty Calculative>Loyalty Price>Loyalty Handling>Loyalty"
)
CHINESE = "顾客期望>感知质量 顾客期望>顾客满意度 感知质量>顾客满意度 顾客满意度>顾客忠诚"
PAYLOADS = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "</title></svg>&lt;b&gt;",
    "a\x00b\x0bc\ud800",
    'x"] ; click n0 "javascript:alert(1)"',
    r"\input{/etc/passwd} & % $ # _ { } ~ ^",
]
TAG = "{http://www.w3.org/2000/svg}"


def drawn(text):
    edges = [
        Edge(*pair.split(">"), f"0.{17 + k}", ("normal", "weak", "wrong")[k % 3])
        for k, pair in enumerate(text.split())
    ]
    names = dict.fromkeys(end for edge in edges for end in (edge.source, edge.target))
    items = tuple((f"ITEM{i}", "0.79") for i in range(4))
    return [Node(name, f"Perceived {name}", "R² 0.68", items) for name in names], edges


def sampled(curve):
    """Points of a Bezier chain at whole pixels across."""
    x, y = [], []
    for i in range(0, len(curve) - 1, 3):
        t = np.linspace(0, 1, 2000)
        weights = np.array([(1 - t) ** 3, 3 * (1 - t) ** 2 * t, 3 * (1 - t) * t**2, t**3])
        points = np.array(curve[i : i + 4]).T @ weights
        x.extend(points[0])
        y.extend(points[1])
    return x, y


@pytest.fixture(params=[ACSI, ECSI, NORWAY, CHINESE], ids=["acsi", "ecsi", "norway", "chinese"])
def model(request):
    return drawn(request.param)


@pytest.mark.parametrize("indicators", [False, True])
def test_nothing_overlaps_and_all_is_inside(model, indicators):
    plan = arrange(*model, indicators=indicators)
    boxes = [*plan.boxes, *plan.labels, *(box for group in plan.indicators for box in group)]
    assert not [pair for pair in combinations(boxes, 2) if pair[0].overlaps(pair[1])]
    for box in boxes:
        assert box.left >= 0
        assert box.top >= 0
        assert box.right <= plan.width
        assert box.bottom <= plan.height


def test_paths_run_to_the_right_from_box_to_box(model):
    nodes, edges = model
    plan = arrange(nodes, edges)
    place = {node.name: box for node, box in zip(nodes, plan.boxes, strict=True)}
    for edge, curve in zip(edges, plan.curves, strict=True):
        source, target = place[edge.source], place[edge.target]
        assert curve[0][0] == pytest.approx(source.right)
        assert curve[-1][0] == pytest.approx(target.left)
        assert source.top < curve[0][1] < source.bottom
        assert target.top < curve[-1][1] < target.bottom


def test_paths_do_not_run_through_boxes(model):
    plan = arrange(*model)
    for curve in plan.curves:
        level = zip(curve[::3], curve[3::3], strict=False)
        flat = [(a, b) for a, b in level if a[1] == b[1]]
        for (x0, y), (x1, _) in flat:
            hit = [b for b in plan.boxes if b.left < (x0 + x1) / 2 < b.right]
            assert not [b for b in hit if b.top < y < b.bottom]


def test_known_models_are_drawn_without_needless_crossings():
    nodes, edges = drawn(ACSI)
    curves = arrange(nodes, edges).curves
    starts = {(e.source, e.target): c[0][1] for e, c in zip(edges, curves, strict=True)}
    fan = sorted((y, target) for (source, target), y in starts.items() if source == "Expectations")
    assert [target for _, target in fan] in (
        ["Quality", "Value", "Satisfaction"],
        ["Satisfaction", "Value", "Quality"],
    )


def test_flat_models_are_drawn_flat():
    nodes, edges = drawn("a>b a>c a>f a>g b>d c>f c>g d>f")
    traces = [
        {round(x): y for x, y in zip(*sampled(curve), strict=True)}
        for curve in arrange(nodes, edges).curves
    ]
    crossings = [
        (p, q)
        for p, q in combinations(traces, 2)
        if len({p[x] > q[x] for x in p.keys() & q.keys() if abs(p[x] - q[x]) > 1}) > 1
    ]
    assert crossings == []


def test_labels_keep_apart_where_paths_cross():
    nodes, edges = drawn(" ".join(f"{a}>{b}" for a in "abcd" for b in "efgh"))
    plan = arrange(nodes, edges)
    boxes = [*plan.labels, *plan.boxes]
    assert not [pair for pair in combinations(boxes, 2) if pair[0].overlaps(pair[1])]


@given(
    st.lists(st.tuples(st.integers(0, 8), st.integers(0, 8)), max_size=20, unique=True),
    st.booleans(),
)
@settings(max_examples=25, deadline=None)
def test_boxes_of_any_model_keep_apart(pairs, indicators):
    nodes = [Node(str(i), f"Construct {i}", "", (("Q1", "0.8"),)) for i in range(9)]
    edges = [Edge(str(a), str(b), "0.1") for a, b in pairs if a < b]
    plan = arrange(nodes, edges, indicators=indicators)
    boxes = [*plan.boxes, *(box for group in plan.indicators for box in group)]
    assert not [pair for pair in combinations(boxes, 2) if pair[0].overlaps(pair[1])]


@pytest.mark.parametrize("write", [svg, mermaid, dot, tikz])
def test_same_input_same_picture(model, write):
    assert write(*model) == write(*model)


def test_svg_is_self_contained_xml(model):
    root = ElementTree.fromstring(svg(*model, title="模型", indicators=True))
    tags = {element.tag.removeprefix(TAG) for element in root.iter()}
    assert tags == {"svg", "title", "g", "path", "rect", "text"}
    assert root.get("role") == "img"
    assert root.find(f"{TAG}title").text == "模型"
    assert not [
        name for e in root.iter() for name in e.attrib if "href" in name or name[:2] == "on"
    ]


def test_svg_shows_labels_notes_and_indicators():
    nodes = [Node("S", "Satisfaction", "index 72.5", (("CUSA1", "0.79"),)), Node("L", "Loyalty")]
    root = ElementTree.fromstring(svg(nodes, [Edge("S", "L", "0.66")], indicators=True))
    shown = {element.text for element in root.iter(f"{TAG}text")}
    assert shown == {"Satisfaction", "index 72.5", "CUSA1", "0.79", "Loyalty", "0.66"}
    assert "CUSA1" not in svg(nodes, [])


@pytest.mark.parametrize("payload", PAYLOADS)
def test_svg_shows_every_text_as_text(payload):
    nodes = [Node(payload, payload, payload, ((payload, payload),)), Node("b", "b")]
    text = svg(nodes, [Edge(payload, "b", payload)], title=payload, indicators=True)
    tags = {element.tag.removeprefix(TAG) for element in ElementTree.fromstring(text).iter()}
    assert tags == {"svg", "title", "g", "path", "rect", "text"}


@pytest.mark.parametrize("payload", PAYLOADS)
def test_text_exports_escape_every_text(payload):
    nodes, edges = [Node("a", payload, payload), Node("b", "b")], [Edge("a", "b", payload)]
    allowed = mermaid([Node("a", "x", "x"), Node("b", "b")], [Edge("a", "b", "x")])
    assert re.sub(r'"[^"]*"', '""', mermaid(nodes, edges)) == re.sub(r'"[^"]*"', '""', allowed)
    assert "<script" not in mermaid(nodes, edges)
    quoted = r'"(?:[^"\\]|\\.)*"'
    plain = dot([Node("a", "x"), Node("b", "b")], [Edge("a", "b", "x")])
    assert re.sub(quoted, '""', dot(nodes, edges)) == re.sub(quoted, '""', plain)
    assert r"\input" not in tikz(nodes, edges)
    assert not re.search(r"(?<!\\)[%$#_&]", tikz(nodes, edges))


def test_emphasis_shows_without_colour():
    nodes = [Node("a", "a"), Node("b", "b")]
    dashes = [
        re.findall(r'stroke-dasharray="([^"]*)"', svg(nodes, [Edge("a", "b", "1", emphasis)]))
        for emphasis in ("normal", "weak", "wrong")
    ]
    assert dashes[0] == []
    assert len(dashes[1]) == len(dashes[2]) == 1
    assert dashes[1] != dashes[2]


def test_ids_differ_between_diagrams():
    ids = {re.search(r' id="([^"]*)"', svg([Node("a", label)], []))[1] for label in "xyz"}
    assert len(ids) == 3


def test_width_scales_the_picture():
    root = ElementTree.fromstring(svg([Node("a", "a")], [], width=640))
    assert root.get("width") == "640"
    with pytest.raises(OptionError, match="pixels above 0"):
        svg([Node("a", "a")], [], width=0)


@pytest.mark.parametrize("write", [svg, mermaid, dot, tikz])
@pytest.mark.parametrize(
    ("names", "edges", "message"),
    [
        ("ab", [Edge("a", "bb")], "Did you mean 'b'"),
        ("aa", [], "more than once"),
        ("", [], "no node"),
        ("ab", [Edge("a", "b", "", "loud")], "'normal', 'weak' or 'wrong'"),
    ],
)
def test_nonsense_is_refused(write, names, edges, message):
    with pytest.raises(OptionError, match=message):
        write([Node(name, name) for name in names], edges)


def test_circles_are_refused():
    nodes = [Node(name, name) for name in "ab"]
    with pytest.raises(OptionError, match="circle"):
        svg(nodes, [Edge("a", "b"), Edge("b", "a")])


def test_labels_break_into_lines_of_similar_length():
    assert wrapped("Customer Satisfaction") == ["Customer", "Satisfaction"]
    assert wrapped("顾客满意度的总体评价") == ["顾客满意度", "的总体评价"]
    assert wrapped("Image") == ["Image"]

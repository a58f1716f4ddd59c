"""Path diagrams: our own SVG, and the same diagram as Mermaid, DOT or TikZ text.

The SVG needs nothing from outside and runs nothing; every text in it, and in the
other languages, is escaped.
"""

from __future__ import annotations

import hashlib
import html
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

from csi.display import latex_text, one_line
from csi.errors import OptionError
from csi.layout import (
    LABEL,
    LINE,
    NOTE,
    NOTE_LINE,
    SMALL,
    STEM,
    Box,
    Edge,
    Node,
    Point,
    arrange,
    check_ends,
    note_lines,
    text_width,
    wrapped,
)

__all__ = ["Edge", "Node", "dot", "mermaid", "svg", "tikz"]

ARROW = 8.0
"""Length of an arrow head."""

PAGE = 900.0
"""Width that a page of a notebook is taken to have."""

FONT = "'Helvetica Neue', Arial, 'Noto Sans CJK SC', 'Microsoft YaHei', 'PingFang SC', sans-serif"


@dataclass(frozen=True, slots=True)
class _Pen:
    """How paths of one emphasis are drawn; dashes tell them apart without colour."""

    colour: str
    text: str
    dash: str
    dot: str
    tikz: str


_PENS: dict[str, _Pen] = {
    "normal": _Pen("#3d4f63", "#1f2a36", "", "solid", ""),
    "weak": _Pen("#98a3af", "#5d6873", "5 4", "dashed", "dashed, gray"),
    "wrong": _Pen("#b5472f", "#96351f", "9 3 2 3", "dotted", "dash dot, red!70!black"),
}


def svg(
    nodes: Sequence[Node],
    edges: Sequence[Edge],
    *,
    title: str = "",
    indicators: bool = False,
    width: float | None = None,
    fluid: bool = False,
) -> str:
    """Return a path diagram as an SVG element.

    It needs no script, no font file and nothing from the network, and can stand
    in a web page beside others.

    Parameters
    ----------
    nodes : sequence of Node
        The constructs.
    edges : sequence of Edge
        The paths; they must not run in a circle.
    title : str
        What a screen reader says; not drawn.
    indicators : bool
        Whether to draw the indicators of each construct.
    width : float, optional
        Width in pixels; by default as wide as it needs.
    fluid : bool
        Whether to fill a page. Notebooks cut a picture of fixed width off at the
        edge of the page; small diagrams get a margin, so as not to be blown up.

    Returns
    -------
    str

    Raises
    ------
    OptionError
        If a path names an unknown node, names repeat, or paths run in a circle.

    Examples
    --------
    >>> from csi.diagram import Edge, Node, svg
    >>> nodes = [Node("S", "Satisfaction", "index 72.5"), Node("L", "Loyalty")]
    >>> svg(nodes, [Edge("S", "L", "0.66")])[:4]
    '<svg'
    """
    if width is not None and not (math.isfinite(width) and width > 0):
        raise OptionError(f"width is {width!r}. Give a number of pixels above 0, or None.")
    plan = arrange(nodes, edges, indicators=indicators)
    parts = [_edge_svg(edge, curve) for edge, curve in zip(edges, plan.curves, strict=True)]
    parts += [_node_svg(node, box) for node, box in zip(nodes, plan.boxes, strict=True)]
    parts += [
        _indicator_svg(node, box, small)
        for node, box, small in zip(nodes, plan.boxes, plan.indicators, strict=True)
    ]
    parts += [_label_svg(edge, at) for edge, at in zip(edges, plan.labels, strict=True)]
    room = max(plan.width, PAGE) if fluid else plan.width
    shown = width or room
    high = shown * plan.height / room
    size = 'width="100%"' if fluid else f'width="{shown:.0f}" height="{high:.0f}"'
    limit = f"{shown:.0f}px" if fluid else "100%"
    content = f"{_xml(title or 'Path diagram')}</title>{''.join(parts)}"
    name = f"csi-{hashlib.sha256(content.encode()).hexdigest()[:12]}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-labelledby="{name}" '
        f'viewBox="0 0 {room:.0f} {plan.height:.0f}" '
        f'{size} style="max-width:{limit};height:auto" font-family="{_xml(FONT)}" '
        f'text-anchor="middle"><title id="{name}">{content}</svg>'
    )


def mermaid(nodes: Sequence[Node], edges: Sequence[Edge]) -> str:
    """Return a path diagram as Mermaid text.

    Parameters
    ----------
    nodes : sequence of Node
        The constructs.
    edges : sequence of Edge
        The paths.

    Returns
    -------
    str

    Examples
    --------
    >>> from csi.diagram import Edge, Node, mermaid
    >>> print(mermaid([Node("S", "Satisfaction"), Node("L", "Loyalty")], [Edge("S", "L", "0.66")]))
    flowchart LR
      n0(["Satisfaction"])
      n1(["Loyalty"])
      n0 -->|"0.66"| n1
    """
    ends = check_ends(nodes, edges)
    lines = ["flowchart LR"]
    for i, node in enumerate(nodes):
        text = "<br/>".join(_mermaid(line) for line in (node.label, node.note) if line)
        lines.append(f'  n{i}(["{text}"])')
    for (source, target), edge in zip(ends, edges, strict=True):
        arrow = "-->" if edge.emphasis == "normal" else "-.->"
        label = f'|"{_mermaid(edge.label)}"|' if edge.label else ""
        lines.append(f"  n{source} {arrow}{label} n{target}")
    lines += [
        f"  linkStyle {k} stroke:{_PENS[edge.emphasis].colour}"
        for k, edge in enumerate(edges)
        if edge.emphasis != "normal"
    ]
    return "\n".join(lines)


def dot(nodes: Sequence[Node], edges: Sequence[Edge]) -> str:
    """Return a path diagram in the DOT language of Graphviz.

    Parameters
    ----------
    nodes : sequence of Node
        The constructs.
    edges : sequence of Edge
        The paths.

    Returns
    -------
    str

    Examples
    --------
    >>> from csi.diagram import Edge, Node, dot
    >>> print(dot([Node("S", "Satisfaction"), Node("L", "Loyalty")], [Edge("S", "L", "0.66")]))
    digraph {
      rankdir=LR;
      node [shape=box, style=rounded];
      n0 [label="Satisfaction"];
      n1 [label="Loyalty"];
      n0 -> n1 [label="0.66", style=solid, color="#3d4f63"];
    }
    """
    ends = check_ends(nodes, edges)
    lines = ["digraph {", "  rankdir=LR;", "  node [shape=box, style=rounded];"]
    for i, node in enumerate(nodes):
        text = "\\n".join(_dot(line) for line in (node.label, node.note) if line)
        lines.append(f'  n{i} [label="{text}"];')
    for (source, target), edge in zip(ends, edges, strict=True):
        pen = _PENS[edge.emphasis]
        look = f'label="{_dot(edge.label)}", style={pen.dot}, color="{pen.colour}"'
        lines.append(f"  n{source} -> n{target} [{look}];")
    return "\n".join([*lines, "}"])


def tikz(nodes: Sequence[Node], edges: Sequence[Edge]) -> str:
    r"""Return a path diagram as a TikZ picture, laid out as the SVG is.

    Parameters
    ----------
    nodes : sequence of Node
        The constructs.
    edges : sequence of Edge
        The paths.

    Returns
    -------
    str

    Examples
    --------
    >>> from csi.diagram import Node, tikz
    >>> print(tikz([Node("S", "Satisfaction")], []).splitlines()[1])
    \node[construct] at (63,35) {Satisfaction};
    """
    plan = arrange(nodes, edges)
    low = min(box.height for box in plan.boxes)
    wide = plan.boxes[0].width
    lines = [
        r"\begin{tikzpicture}[x=0.75pt, y=-0.75pt, >=latex, font=\small, construct/.style={"
        f"draw, rounded corners=6pt, align=center, minimum width={0.75 * wide:.0f}pt, "
        f"minimum height={0.75 * low:.0f}pt}}]"
    ]
    for node, box in zip(nodes, plan.boxes, strict=True):
        text = [latex_text(line) for line in wrapped(node.label)]
        text += [rf"\footnotesize {latex_text(node.note)}"] if node.note else []
        where, stacked = f"({box.x:.0f},{box.y:.0f})", r" \\ ".join(text)
        lines.append(rf"\node[construct] at {where} {{{stacked}}};")
    for edge, curve, at in zip(edges, plan.curves, plan.labels, strict=True):
        pen = ", ".join(filter(None, ["->", _PENS[edge.emphasis].tikz]))
        lines.append(rf"\draw[{pen}] {_tikz_curve(curve)};")
        if edge.label:
            where = f"({at.x:.0f},{at.y:.0f})"
            lines.append(
                rf"\node[fill=white, inner sep=1pt, font=\footnotesize] at {where} "
                f"{{{latex_text(edge.label)}}};"
            )
    return "\n".join([*lines, r"\end{tikzpicture}"])


def _edge_svg(edge: Edge, curve: Sequence[Point]) -> str:
    pen = _PENS[edge.emphasis]
    (x, y), line = curve[-1], [*curve[:-1], (curve[-1][0] - ARROW + 1, curve[-1][1])]
    start, rest = line[0], line[1:]
    way = " ".join(f"{a:.1f} {b:.1f}" for a, b in rest)
    dash = f' stroke-dasharray="{pen.dash}"' if pen.dash else ""
    told = f"{edge.source} → {edge.target}" + (f": {edge.label}" if edge.label else "")
    return (
        f'<g><title>{_xml(told)}</title><path d="M{start[0]:.1f} {start[1]:.1f} C{way}" '
        f'fill="none" stroke="{pen.colour}" stroke-width="1.4"{dash}/>'
        f"{_head(x, y, pen.colour, ARROW)}</g>"
    )


def _head(x: float, y: float, colour: str, size: float) -> str:
    back, half = x - size, 0.42 * size
    return (
        f'<path d="M{x:.1f} {y:.1f} L{back:.1f} {y - half:.1f} L{back:.1f} {y + half:.1f} Z" '
        f'fill="{colour}"/>'
    )


def _node_svg(node: Node, box: Box) -> str:
    lines, notes = wrapped(node.label), note_lines(node)
    first = box.y - (len(lines) * LINE + len(notes) * NOTE_LINE) / 2 + 13
    texts = [_text(line, (box.x, first + i * LINE), LABEL) for i, line in enumerate(lines)]
    below = first + len(lines) * LINE - 1
    texts += [
        _text(line, (box.x, below + i * NOTE_LINE), NOTE, "#5d6873") for i, line in enumerate(notes)
    ]
    return _rectangle(box, 14, "#f3f6fa", "#50657c", 1.2) + "".join(texts)


def _indicator_svg(node: Node, box: Box, small: Sequence[Box]) -> str:
    if not small:
        return ""
    stem, thin = box.left + STEM, '" fill="none" stroke="#8492a1" stroke-width="0.9"/>'
    parts = [f'<path d="M{stem:.1f} {box.bottom:.1f} V{small[-1].y:.1f}{thin}']
    for (column, value), each in zip(node.indicators, small, strict=True):
        middle = (stem + each.left - 5) / 2
        back = Box(middle, each.y, text_width(value, SMALL) + 4, SMALL)
        parts += [
            f'<path d="M{stem:.1f} {each.y:.1f} H{each.left - 4:.1f}{thin}',
            _head(each.left, each.y, "#8492a1", 5),
            _rectangle(back, 0, "#ffffff") if value else "",
            _text(value, (middle, each.y + 3.5), SMALL, "#3d4f63") if value else "",
            _rectangle(each, 1, "#ffffff", "#8492a1", 0.9),
            _text(column, (each.x, each.y + 3.5), SMALL),
        ]
    return "".join(parts)


def _label_svg(edge: Edge, at: Box) -> str:
    if not edge.label:
        return ""
    colour = _PENS[edge.emphasis].text
    return _rectangle(at, 2, "#ffffff") + _text(edge.label, (at.x, at.y + 4), NOTE, colour)


def _rectangle(box: Box, corner: float, fill: str, stroke: str = "none", line: float = 0) -> str:
    edge = f' stroke="{stroke}" stroke-width="{line:g}"' if line else ""
    return (
        f'<rect x="{box.left:.1f}" y="{box.top:.1f}" width="{box.width:.1f}" '
        f'height="{box.height:.1f}" rx="{corner:g}" fill="{fill}"{edge}/>'
    )


def _text(text: str, at: Point, size: float, colour: str = "#1f2a36") -> str:
    return (
        f'<text x="{at[0]:.1f}" y="{at[1]:.1f}" font-size="{size:g}" fill="{colour}">'
        f"{_xml(text)}</text>"
    )


def _xml(text: str) -> str:
    """Escape, and replace what XML cannot hold."""
    held = re.sub("[\ud800-\udfff\ufffe\uffff]", "\ufffd", one_line(text))
    return html.escape(held, quote=True)


def _mermaid(text: str) -> str:
    """Everything but letters, digits and plain marks as a character code."""
    plain = one_line(text).strip()
    return re.sub(r"[^\w\s.\-]|[.\-](?=\s)", lambda found: f"#{ord(found[0])};", plain)


def _dot(text: str) -> str:
    marks = {"\\": "\\\\", '"': '\\"', "&": "&amp;"}
    return "".join(marks.get(character, character) for character in one_line(text))


def _tikz_curve(curve: Sequence[Point]) -> str:
    points = [f"({x:.0f},{y:.0f})" for x, y in curve]
    pieces = (
        f".. controls {points[i]} and {points[i + 1]} .. {points[i + 2]}"
        for i in range(1, len(points), 3)
    )
    return " ".join([points[0], *pieces])

"""Where everything stands in a path diagram.

Constructs stand in columns, causes to the left of effects. The layout has four
steps: a column for each construct by the longest chain of causes before it;
invisible slots where a long path crosses a column; an order within each column
with few crossings (barycentre sweeps, then swaps of neighbours); heights that
keep paths level. The same input always gives the same drawing.

References
----------
Sugiyama, K., Tagawa, S. and Toda, M. (1981). Methods for visual understanding
of hierarchical system structures. IEEE Transactions on Systems, Man, and
Cybernetics 11(2), 109-125. doi:10.1109/TSMC.1981.4308636
"""

from __future__ import annotations

import graphlib
import math
import unicodedata
from bisect import bisect_right, insort
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from csi.display import one_line
from csi.errors import OptionError, did_you_mean, listing

Emphasis = Literal["normal", "weak", "wrong"]
Array = NDArray[np.float64]
Point = tuple[float, float]

LABEL, NOTE, SMALL = 14.0, 12.0, 10.5
"""Sizes of type: names, notes and path labels, indicators."""

MARGIN, ROW_GAP, TRACK_GAP, LINE, NOTE_LINE = 12.0, 30.0, 18.0, 17.5, 15.0
STEM, ROW = 14.0, 21.0
CAREFUL = 400
"""Diagrams with more links between columns are drawn without looking for better places."""


@dataclass(frozen=True, slots=True)
class Node:
    """A construct in a diagram.

    Attributes
    ----------
    name : str
        What paths call it.
    label : str
        What the reader sees.
    note : str
        What stands below the label, such as ``"index 72.5 · R² 0.68"``; each part
        between dots has a line of its own.
    indicators : tuple of (str, str)
        Columns and what stands at their arrows, such as ``("CUSA1", "0.79")``.
    """

    name: str
    label: str
    note: str = ""
    indicators: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Edge:
    """A path in a diagram.

    Attributes
    ----------
    source, target : str
        Names of nodes.
    label : str
        What stands at the path, such as its coefficient.
    emphasis : {"normal", "weak", "wrong"}
        ``"weak"`` is grey and dashed; ``"wrong"``, a sign against expectation,
        has a colour and a dash of its own.
    """

    source: str
    target: str
    label: str = ""
    emphasis: Emphasis = "normal"


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle by its centre and size."""

    x: float
    y: float
    width: float
    height: float

    @property
    def left(self) -> float:
        """Left side."""
        return self.x - self.width / 2

    @property
    def right(self) -> float:
        """Right side."""
        return self.x + self.width / 2

    @property
    def top(self) -> float:
        """Upper side."""
        return self.y - self.height / 2

    @property
    def bottom(self) -> float:
        """Lower side."""
        return self.y + self.height / 2

    def overlaps(self, other: Box, gap: float = 0.0) -> bool:
        """Whether two boxes come closer than ``gap``."""
        return (
            abs(self.x - other.x) < (self.width + other.width) / 2 + gap
            and abs(self.y - other.y) < (self.height + other.height) / 2 + gap
        )


@dataclass(frozen=True, slots=True)
class Drawing:
    """Where everything stands, in pixels, x to the right and y down.

    Attributes
    ----------
    boxes : tuple of Box
        The constructs.
    indicators : tuple of tuple of Box
        The indicators of each construct; empty when they are not drawn.
    curves : tuple of tuple of (float, float)
        For each path the points of a chain of Bezier curves: a start, then two
        handles and an end for each piece.
    labels : tuple of Box
        The places of the path labels.
    width, height : float
        Size of the whole.
    """

    boxes: tuple[Box, ...]
    indicators: tuple[tuple[Box, ...], ...]
    curves: tuple[tuple[Point, ...], ...]
    labels: tuple[Box, ...]
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class _Grid:
    """Slots in columns. Slots below ``n`` are nodes, the others let a long path through."""

    n: int
    layers: list[list[int]]
    chains: list[list[int]]

    @property
    def links(self) -> list[tuple[int, int]]:
        return [link for chain in self.chains for link in pairwise(chain)]


def arrange(nodes: Sequence[Node], edges: Sequence[Edge], *, indicators: bool = False) -> Drawing:
    """Find a place for everything in a path diagram.

    Parameters
    ----------
    nodes : sequence of Node
        The constructs.
    edges : sequence of Edge
        The paths.
    indicators : bool
        Whether to make room for the indicators.

    Returns
    -------
    Drawing

    Raises
    ------
    OptionError
        If a path names an unknown node, names repeat, or paths run in a circle.

    Examples
    --------
    >>> from csi.layout import Edge, Node, arrange
    >>> plan = arrange([Node("S", "Satisfaction"), Node("L", "Loyalty")], [Edge("S", "L")])
    >>> plan.boxes[0].right < plan.boxes[1].left
    True
    """
    grid = _grid(nodes, check_ends(nodes, edges))
    width, heights = _box_sizes(nodes, edges, indicators)
    hung = [len(node.indicators) * ROW if indicators else 0.0 for node in nodes]
    tracks = [LINE / 2] * (sum(map(len, grid.layers)) - grid.n)
    below = [height / 2 + more for height, more in zip(heights, hung, strict=True)]
    y = _heights(grid, [height / 2 for height in heights] + tracks, below + tracks)
    x = _across(grid, y, width, max((text_width(e.label, NOTE) for e in edges), default=0.0))
    boxes = [Box(float(x[i]), float(y[i]), width, heights[i]) for i in range(grid.n)]
    curves = _curves(grid, x, y, width, heights)
    labels = _labels(edges, curves, _obstacles(boxes, below))
    small = [
        _indicator_boxes(n, b) if indicators else () for n, b in zip(nodes, boxes, strict=True)
    ]
    return _framed(boxes, small, curves, labels)


def check_ends(nodes: Sequence[Node], edges: Sequence[Edge]) -> list[tuple[int, int]]:
    """Return the positions of the two nodes of every edge, or say what is wrong with them."""
    if not nodes:
        raise OptionError("The diagram has no node. Give at least one.")
    place = {node.name: i for i, node in enumerate(nodes)}
    twice = [name for name, count in Counter(node.name for node in nodes).items() if count > 1]
    if twice:
        raise OptionError(f"Node {twice[0]!r} is given more than once. Keep one.")
    for edge in edges:
        if edge.emphasis not in get_args(Emphasis):
            raise OptionError(
                f"Emphasis {edge.emphasis!r} is not known. Use 'normal', 'weak' or 'wrong'."
            )
        for end in (edge.source, edge.target):
            if end not in place:
                raise OptionError(
                    f"Path {edge.source!r} -> {edge.target!r} names an unknown node {end!r}. "
                    f"Known nodes: {listing(place)}.{did_you_mean(end, place)}"
                )
    return [(place[edge.source], place[edge.target]) for edge in edges]


def _grid(nodes: Sequence[Node], ends: Sequence[tuple[int, int]]) -> _Grid:
    rank = _ranks(nodes, ends)
    layers: list[list[int]] = [[] for _ in range(max(rank) + 1)]
    for i, column in enumerate(rank):
        layers[column].append(i)
    chains, slots = [], len(nodes)
    for source, target in ends:
        between = range(rank[source] + 1, rank[target])
        passed = list(range(slots, slots + len(between)))
        slots += len(passed)
        for column, slot in zip(between, passed, strict=True):
            layers[column].append(slot)
        chains.append([source, *passed, target])
    return _Grid(len(nodes), _ordered(layers, chains), chains)


def _ranks(nodes: Sequence[Node], ends: Iterable[tuple[int, int]]) -> list[int]:
    """Column of every node: after its causes; pure causes just before their first effect."""
    causes: dict[int, list[int]] = {i: [] for i in range(len(nodes))}
    effects: dict[int, list[int]] = defaultdict(list)
    for source, target in ends:
        causes[target].append(source)
        effects[source].append(target)
    rank = [0] * len(nodes)
    try:
        for i in graphlib.TopologicalSorter(causes).static_order():
            rank[i] = max((rank[j] + 1 for j in causes[i]), default=0)
    except graphlib.CycleError as circle:
        names = " -> ".join(nodes[i].name for i in circle.args[1])
        raise OptionError(f"The paths run in a circle: {names}. Drop one of these paths.") from None
    for i, targets in effects.items():
        if not causes[i]:
            rank[i] = min(rank[j] for j in targets) - 1
    return rank


def _ordered(layers: list[list[int]], chains: Iterable[Sequence[int]]) -> list[list[int]]:
    """Order the slots of each column so that few paths cross."""
    before, after = defaultdict(list), defaultdict(list)
    for a, b in (link for chain in chains for link in pairwise(chain)):
        before[b].append(a)
        after[a].append(b)
    best, least = layers, _crossings(layers, after)
    for sweep in range(24 if least else 0):
        forth = sweep % 2 == 0
        layers = _swept(layers, before if forth else after, forth)
        layers = _swapped(layers, before, after)
        crossings = _crossings(layers, after)
        if crossings < least:
            best, least = layers, crossings
    return best


def _swept(
    layers: list[list[int]], neighbours: dict[int, list[int]], forth: bool
) -> list[list[int]]:
    """Sort each column by the mean place of the neighbours in the column before it."""
    place = _places(layers)
    swept = [list(layer) for layer in layers]
    for layer in swept[1:] if forth else swept[-2::-1]:
        centre = {
            slot: float(np.mean([place[j] for j in neighbours[slot]] or [place[slot]]))
            for slot in layer
        }
        layer.sort(key=centre.__getitem__)
        place.update(_places([layer]))
    return swept


def _swapped(
    layers: list[list[int]], before: dict[int, list[int]], after: dict[int, list[int]]
) -> list[list[int]]:
    """Exchange neighbours in a column as long as that saves crossings."""
    layers = [list(layer) for layer in layers]
    place = _places(layers)
    for layer in layers * 2 if sum(map(len, layers)) < CAREFUL else []:
        for i, (a, b) in enumerate(pairwise(tuple(layer))):
            a = layer[i]  # noqa: PLW2901 - an earlier exchange may have moved it here
            saved = sum(
                _inversions(place, side[a], side[b]) - _inversions(place, side[b], side[a])
                for side in (before, after)
            )
            if saved > 0:
                layer[i : i + 2] = b, a
                place[a], place[b] = i + 1, i
    return layers


def _inversions(place: dict[int, int], upper: list[int], lower: list[int]) -> int:
    return sum(place[i] > place[j] for i in upper for j in lower)


def _places(layers: Iterable[Sequence[int]]) -> dict[int, int]:
    return {slot: i for layer in layers for i, slot in enumerate(layer)}


def _crossings(layers: list[list[int]], after: dict[int, list[int]]) -> int:
    """Pairs of links that cross between neighbouring columns."""
    place, total = _places(layers), 0
    for layer in layers:
        seen: list[int] = []
        for slot in layer:
            targets = [place[j] for j in after[slot]]
            total += sum(len(seen) - bisect_right(seen, target) for target in targets)
            for target in targets:
                insort(seen, target)
    return total


def _heights(grid: _Grid, above: Sequence[float], below: Sequence[float]) -> Array:
    """Heights that keep paths level and slots apart; block coordinate descent."""
    y = np.zeros(len(above))
    offsets = [_offsets(layer, grid.n, above, below) for layer in grid.layers]
    for layer, offset in zip(grid.layers, offsets, strict=True):
        y[layer] = offset - offset.mean()
    pulls: dict[int, list[tuple[int, float]]] = defaultdict(list)
    for a, b in grid.links:
        weight = (1.0, 3.0, 12.0)[(a >= grid.n) + (b >= grid.n)]  # long paths run straight
        pulls[a].append((b, weight))
        pulls[b].append((a, weight))
    columns = list(zip(grid.layers, offsets, strict=True))
    for _ in range(40 if len(grid.links) < CAREFUL else 4):
        for layer, offset in columns + columns[::-1]:
            weights = np.array([sum(w for _, w in pulls[i]) or 1.0 for i in layer])
            wishes = [
                sum(w * y[j] for j, w in pulls[i]) / weight if pulls[i] else y[i]
                for i, weight in zip(layer, weights, strict=True)
            ]
            y[layer] = offset + _increasing(np.array(wishes) - offset, weights)
    return y


def _offsets(layer: Sequence[int], n: int, above: Sequence[float], below: Sequence[float]) -> Array:
    """Closest heights that the slots of a column may have, the first at zero."""
    steps = [
        below[i] + above[j] + (ROW_GAP if i < n and j < n else TRACK_GAP if min(i, j) < n else 8.0)
        for i, j in pairwise(layer)
    ]
    return np.concatenate([[0.0], np.cumsum(steps)])


def _increasing(wishes: Array, weights: Array) -> Array:
    """Closest nondecreasing values in weighted least squares (pool adjacent violators)."""
    pools: list[tuple[float, float, int]] = []
    for wish, weight in zip(wishes, weights, strict=True):
        mean, total, count = float(wish), float(weight), 1
        while pools and pools[-1][0] > mean:
            last, its_weight, its_count = pools.pop()
            mean = (mean * total + last * its_weight) / (total + its_weight)
            total, count = total + its_weight, count + its_count
        pools.append((mean, total, count))
    return np.concatenate([np.full(count, mean) for mean, _, count in pools])


def _box_sizes(
    nodes: Sequence[Node], edges: Sequence[Edge], indicators: bool
) -> tuple[float, list[float]]:
    """One width and the heights of all constructs, with room for text and arrow heads."""
    lines = [wrapped(node.label) for node in nodes]
    wide = [92.0, *(text_width(line, LABEL) + 22 for label in lines for line in label)]
    wide += [text_width(line, NOTE) + 20 for node in nodes for line in note_lines(node)]
    if indicators:
        shown = [entry for node in nodes for entry in node.indicators]
        wide += [text_width(c, SMALL) + text_width(v, SMALL) + STEM + 44 for c, v in shown]
    text = [
        len(label) * LINE + len(note_lines(node)) * NOTE_LINE + 16
        for node, label in zip(nodes, lines, strict=True)
    ]
    ports = Counter(e.source for e in edges) | Counter(e.target for e in edges)
    usual = max(46.0, *text)
    return max(wide), [max(usual, 11.0 * ports[node.name] + 6) for node in nodes]


def _across(grid: _Grid, y: Array, width: float, label: float) -> Array:
    """Columns, further apart where paths between them climb."""
    place = {slot: column for column, layer in enumerate(grid.layers) for slot in layer}
    climbs = [0.0] * len(grid.layers)
    for a, b in grid.links:
        climbs[place[b]] = max(climbs[place[b]], abs(float(y[a] - y[b])))
    steps = [width + 34 + label + min(0.2 * climb, 40.0) for climb in climbs]
    starts = np.cumsum(steps)
    return np.array([starts[place[slot]] for slot in range(len(y))])


def _curves(
    grid: _Grid, x: Array, y: Array, width: float, heights: Sequence[float]
) -> list[tuple[Point, ...]]:
    """Bezier chains that leave, pass columns and arrive level."""
    leave = _ports(grid, y, heights, first=True)
    arrive = _ports(grid, y, heights, first=False)
    curves = []
    for k, chain in enumerate(grid.chains):
        stops = [(x[chain[0]] + width / 2, leave[k])]
        for slot in chain[1:-1]:
            stops += [(x[slot] - width / 2, y[slot]), (x[slot] + width / 2, y[slot])]
        stops.append((x[chain[-1]] - width / 2, arrive[k]))
        points = [stops[0]]
        for (x0, y0), (x1, y1) in pairwise(stops):
            reach = 0.45 * (x1 - x0)
            points += [(x0 + reach, y0), (x1 - reach, y1), (x1, y1)]
        curves.append(tuple((float(a), float(b)) for a, b in points))
    return curves


def _ports(grid: _Grid, y: Array, heights: Sequence[float], *, first: bool) -> dict[int, float]:
    """Heights at which paths leave (or reach) their node, in the order of where they go."""
    at: dict[int, list[tuple[float, int]]] = defaultdict(list)
    for k, chain in enumerate(grid.chains):
        own, other = (chain[0], chain[1]) if first else (chain[-1], chain[-2])
        at[own].append((float(y[other]), k))
    ports = {}
    for slot, fan in at.items():
        step = min(12.0, (heights[slot] - 12) / max(len(fan) - 1, 1))
        for i, (_, k) in enumerate(sorted(fan)):
            ports[k] = float(y[slot]) + (i - (len(fan) - 1) / 2) * step
    return ports


def _labels(
    edges: Sequence[Edge], curves: Sequence[tuple[Point, ...]], obstacles: Sequence[Box]
) -> list[Box]:
    """Places for the labels: on their own path, clear of boxes, labels and other paths."""
    traces = [_trace(curve) for curve in curves]
    size = [(text_width(edge.label, NOTE) + 6, LINE - 1) for edge in edges]
    labels = [Box(*_middle(trace), *s) for trace, s in zip(traces, size, strict=True)]
    drawn = [k for k, edge in enumerate(edges) if edge.label]
    if not drawn or sum(map(len, traces)) > 25 * CAREFUL:
        return labels
    every = np.concatenate(traces)
    owner = np.repeat(np.arange(len(edges)), [len(trace) for trace in traces])
    for _ in range(3):
        for k in drawn:
            near = [labels[j] for j in drawn if j != k]
            others = every[owner != k]
            step = max(1, len(traces[k]) // 40)
            spots = [Box(float(a), float(b), *size[k]) for a, b in traces[k][4:-4:step]]
            costs = [
                _cost(spot, i / len(spots), near, obstacles, others) for i, spot in enumerate(spots)
            ]
            labels[k] = spots[int(np.argmin(costs))]
    return labels


def _cost(
    spot: Box, along: float, labels: Sequence[Box], obstacles: Sequence[Box], others: Array
) -> float:
    """How bad a place is: overlaps weigh most, then paths behind it, then being off centre."""
    hits = sum(spot.overlaps(box, 2) for box in labels) + sum(
        spot.overlaps(b, 3) for b in obstacles
    )
    inside = np.abs(others - (spot.x, spot.y)) < (spot.width / 2 + 1, spot.height / 2 + 1)
    return 1000.0 * hits + 3.0 * float(inside.all(axis=1).sum()) + 6.0 * abs(along - 0.5)


def _trace(curve: Sequence[Point]) -> Array:
    """Points along a Bezier chain, about 5 pixels apart."""
    pieces = []
    for i in range(0, len(curve) - 1, 3):
        p0, p1, p2, p3 = (np.array(point) for point in curve[i : i + 4])
        t = np.linspace(0, 1, max(12, int(np.hypot(*(p3 - p0)) / 5)))[:, None]
        u = 1 - t
        pieces.append(u**3 * p0 + 3 * u**2 * t * p1 + 3 * u * t**2 * p2 + t**3 * p3)
    return np.concatenate(pieces)


def _middle(trace: Array) -> Point:
    x, y = trace[len(trace) // 2]
    return float(x), float(y)


def _obstacles(boxes: Sequence[Box], below: Sequence[float]) -> list[Box]:
    """Give the constructs together with the indicators that hang below them."""
    return [
        Box(box.x, (box.top + box.y + low) / 2, box.width, box.height / 2 + low)
        for box, low in zip(boxes, below, strict=True)
    ]


def _indicator_boxes(node: Node, box: Box) -> tuple[Box, ...]:
    widest = max((text_width(column, SMALL) for column, _ in node.indicators), default=0.0) + 10
    return tuple(
        Box(box.right - widest / 2, box.bottom + (i + 0.62) * ROW, widest, ROW - 5)
        for i in range(len(node.indicators))
    )


def _framed(
    boxes: Sequence[Box],
    small: Sequence[tuple[Box, ...]],
    curves: Sequence[tuple[Point, ...]],
    labels: Sequence[Box],
) -> Drawing:
    """Move everything to positive coordinates, a margin around it."""
    every = [*boxes, *labels, *(box for group in small for box in group)]
    ys = [y for curve in curves for _, y in curve]
    left = min(box.left for box in every) - MARGIN
    top = min([box.top for box in every] + ys) - MARGIN
    right = max(box.right for box in every) + MARGIN
    bottom = max([box.bottom for box in every] + ys) + MARGIN

    def moved(box: Box) -> Box:
        return Box(box.x - left, box.y - top, box.width, box.height)

    return Drawing(
        tuple(map(moved, boxes)),
        tuple(tuple(map(moved, group)) for group in small),
        tuple(tuple((x - left, y - top) for x, y in curve) for curve in curves),
        tuple(map(moved, labels)),
        right - left,
        bottom - top,
    )


def note_lines(node: Node) -> list[str]:
    """Return the lines of a note, one for each of its parts."""
    return [part for part in one_line(node.note).split(" · ") if part]


def wrapped(label: str, widest: float = 6.5) -> list[str]:
    """Break a label into lines of similar length, about ``widest`` em at most."""
    total = text_width(label, 1)
    n = max(1, math.ceil(total / widest))
    for limit in np.linspace(total / n, total, 12):
        lines = _filled(label, float(limit))
        if len(lines) <= n:
            break
    return lines


def _filled(label: str, limit: float) -> list[str]:
    lines = [""]
    for token in _tokens(label):
        if lines[-1] and text_width((lines[-1] + token).rstrip(), 1) > limit + 1e-9:
            lines.append("")
        lines[-1] += token if lines[-1] else token.lstrip()
    return [line.strip() for line in lines]


def _tokens(label: str) -> Iterator[str]:
    """Words with the blank after them; Chinese and Japanese break after any character."""
    word = ""
    for character in one_line(label):
        word += character
        if character == " " or unicodedata.east_asian_width(character) in "WF":
            yield word
            word = ""
    yield word


def text_width(text: str, size: float) -> float:
    """Return the estimated width of type in Helvetica, in units of ``size``."""
    return size * sum(_EM[c] if c in _EM else _em(c) for c in text)


_EM = {
    **dict.fromkeys("ijl.,:;'|! ", 0.28),
    **dict.fromkeys("ftrI()[]-/", 0.36),
    **dict.fromkeys("mwMW%@", 0.9),
}


def _em(character: str) -> float:
    if unicodedata.east_asian_width(character) in "WF":
        return 1.0
    if unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0.0
    return 0.7 if character.isupper() else 0.57

"""The specification curve of a report as SVG: estimates above the choices behind each."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from csi.layout import text_width
from csi.published.specified.results import Computed, SpecificationCurve
from csi.reporting.svg import (
    INK,
    QUIET,
    RULE,
    WIDTH,
    dashes,
    line,
    picture,
    round_ticks,
    written,
)

_FAMILIES = {
    "PLS": ("#0072b2", "circle"),
    "PLSc": ("#b87700", "up"),
    "equal weights": ("#7b8794", "diamond"),
    "CBSEM": (INK, "square"),
    "other": ("#a3458b", "down"),
}
"""Colour and mark of each family of estimators, told apart in grey as well."""

_CEILING, _FLOOR, _ROW, _GAP = 34.0, 250.0, 17.0, 6.0
_TEXT, _MARGIN, _SHADE = 12.5, 12.0, "#f7edd6"
_WIDEST = 260.0
"""Room for the names of choices, at most."""

_CHOICES = (
    *("as given", "as stated", "PLS", "PLSc", "equal weights", "CBSEM"),
    *("path", "factorial", "centroid", "all A", "all B"),
    *("listwise", "pairwise", "mean", "fiml"),
    *("unstandardized", "standardized", "equal"),
)
"""In which order choices stand; others follow by their names."""

Row = tuple[str, str]
"""A dimension and one of its choices; empty for the heading."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """What a picture of specifications says.

    Attributes
    ----------
    upright : str
        Name of the upright axis.
    heading : callable
        Returns what a dimension is called.
    choice : callable
        Returns what a choice of a dimension is called.
    """

    upright: str
    heading: Callable[[str], str]
    choice: Callable[[str, str], str]


@dataclass(frozen=True, slots=True)
class _Frame:
    """Where specifications and estimates stand in the picture."""

    left: float
    count: int
    upward: Sequence[float]

    @property
    def step(self) -> float:
        return (WIDTH - _MARGIN - self.left) / self.count

    @property
    def size(self) -> float:
        """Radius of a mark, smaller where there are many."""
        return float(np.clip(0.36 * self.step, 0.9, 4.2))

    def x(self, place: int) -> float:
        return self.left + self.step * (place + 0.5)

    def y(self, value: float) -> float:
        share = (value - self.upward[0]) / (self.upward[-1] - self.upward[0])
        return _FLOOR - share * (_FLOOR - _CEILING)

    def holds(self, value: float) -> bool:
        return self.upward[0] <= value <= self.upward[-1]


def specification_picture(curve: SpecificationCurve, drawn: Drawn, title: str) -> str:
    """Return every estimate with its limits, and below it the choices behind it.

    Parameters
    ----------
    curve : SpecificationCurve
        The curve.
    drawn : Drawn
        What the picture says.
    title : str
        What a screen reader says; not drawn.

    Returns
    -------
    str
    """
    rows = dict(_rows(curve))
    words = {row: _cut(_word(row, drawn)) for row in rows}
    left = max(text_width(word, _TEXT) for word in words.values()) + 22
    frame = _Frame(max(left, 58.0), len(curve.computed), round_ticks(_reach(curve)))
    bottom = max(rows.values()) + _ROW
    parts = [
        _shaded(frame, curve, bottom),
        _grid(frame, drawn.upright),
        *(_row(frame, row, words[row], y) for row, y in rows.items()),
        dashes(frame.left, frame.y(curve.median), WIDTH - _MARGIN, frame.y(curve.median)),
        *(_limits(frame, place, each) for place, each in enumerate(curve.computed)),
        *(_estimate(frame, place, each) for place, each in enumerate(curve.computed)),
        *(_dots(frame, place, each, rows) for place, each in enumerate(curve.computed)),
    ]
    named, height = _legend(curve, drawn, bottom + 14)
    return picture("".join([*parts, named]), height, title)


def beyond(curve: SpecificationCurve) -> bool:
    """Whether an estimate is too far off to be drawn where it is."""
    ends = round_ticks(_reach(curve))
    known = (each.estimate for each in curve.computed if not each.failed)
    return any(not ends[0] <= estimate <= ends[-1] for estimate in known)


def _reach(curve: SpecificationCurve) -> list[float]:
    """Return the numbers an axis must hold: all that is admissible, and what lies near."""
    known = [each for each in curve.computed if not each.failed]
    trusted = [each for each in known if each.admissible] or known
    ends = [end for each in trusted for end in (each.estimate, each.lower, each.upper)]
    low, high = float(np.nanmin(ends)), float(np.nanmax(ends))
    room = max(high - low, 1e-9)
    near = [each.estimate for each in known if low - room <= each.estimate <= high + room]
    return [low, high, *near]


def _rows(curve: SpecificationCurve) -> Iterator[tuple[Row, float]]:
    """Yield dimensions with more than one choice, each followed by those, and their heights."""
    known = {
        name: {each.specification.choices[name] for each in curve.computed} - {""}
        for name in curve.dimensions
    }
    y = _FLOOR + 24
    for name in [n for n, found in known.items() if len(found) > 1] or ["estimator"]:
        for value in ("", *sorted(known[name], key=_rank)):
            yield (name, value), y
            y += _ROW
        y += _GAP


def _rank(value: str) -> tuple[int, str]:
    return (_CHOICES.index(value), "") if value in _CHOICES else (len(_CHOICES), value)


def _word(row: Row, drawn: Drawn) -> str:
    name, value = row
    return drawn.choice(name, value) if value else drawn.heading(name)


def _cut(text: str) -> str:
    """Shorten a name that leaves no room for the picture."""
    kept = text
    while text_width(kept, _TEXT) > _WIDEST:
        kept = kept[:-1]
    return kept if kept == text else f"{kept}…"


def _grid(frame: _Frame, name: str) -> str:
    levels = "".join(
        line(frame.left, frame.y(tick), WIDTH - _MARGIN, frame.y(tick), RULE, 1)
        + written(f"{tick:g}".replace("-", "−"), frame.left - 8, frame.y(tick) + 4.3, "end", QUIET)
        for tick in frame.upward
    )
    zero = ""
    if frame.upward[0] < 0 < frame.upward[-1]:
        zero = line(frame.left, frame.y(0), WIDTH - _MARGIN, frame.y(0), QUIET, 1)
    return levels + zero + written(name, 4, 15, "start", QUIET)


def _row(frame: _Frame, row: Row, word: str, y: float) -> str:
    if not row[1]:
        return written(word, frame.left - 14, y + 4.3, "end")
    stroke = line(frame.left, y, WIDTH - _MARGIN, y, RULE, 0.8)
    return stroke + written(word, frame.left - 14, y + 4.3, "end", QUIET)


def _shaded(frame: _Frame, curve: SpecificationCurve, bottom: float) -> str:
    """Return a band behind what is done where nothing is asked for."""
    return "".join(
        f'<rect x="{frame.x(place) - frame.step / 2:.1f}" y="{_CEILING:.1f}" '
        f'width="{frame.step:.1f}" height="{bottom - _CEILING:.1f}" fill="{_SHADE}"/>'
        for place, each in enumerate(curve.computed)
        if each.specification.default
    )


def _limits(frame: _Frame, place: int, each: Computed) -> str:
    """Return the interval of an estimate, as far as the picture goes."""
    if each.failed or np.isnan(each.lower) or np.isnan(each.upper):
        return ""
    low, high = (
        frame.y(float(np.clip(end, frame.upward[0], frame.upward[-1])))
        for end in (each.lower, each.upper)
    )
    colour = _FAMILIES[each.specification.family][0]
    x = frame.x(place)
    return (
        f'<line x1="{x:.1f}" y1="{low:.1f}" x2="{x:.1f}" y2="{high:.1f}" stroke="{colour}" '
        f'stroke-width="{max(frame.size / 3, 0.5):.1f}" stroke-opacity="0.5"/>'
    )


def _estimate(frame: _Frame, place: int, each: Computed) -> str:
    """Return the mark of an estimate; a cross at the foot where there is none."""
    x, size = frame.x(place), frame.size
    if each.failed:
        y = _FLOOR - 6
        return line(x - size, y - size, x + size, y + size, INK, 1) + line(
            x - size, y + size, x + size, y - size, INK, 1
        )
    if not frame.holds(each.estimate):
        low = each.estimate < frame.upward[0]
        return mark("down" if low else "up", x, _FLOOR - 6 if low else _CEILING + 6, size, INK)
    colour, shape = _FAMILIES[each.specification.family]
    return mark(shape, x, frame.y(each.estimate), size, colour, filled=each.admissible)


def mark(shape: str, x: float, y: float, size: float, colour: str, *, filled: bool = False) -> str:
    """Return a mark of a shape: circle, square, diamond, or a triangle up or down."""
    look = f'fill="{colour if filled else "#fff"}" stroke="{colour}"'
    if shape == "circle":
        return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{size:.1f}" {look}/>'
    corners = {
        "square": ((-0.9, -0.9), (0.9, -0.9), (0.9, 0.9), (-0.9, 0.9)),
        "diamond": ((0, -1.25), (1.25, 0), (0, 1.25), (-1.25, 0)),
        "up": ((0, -1.2), (1.1, 0.9), (-1.1, 0.9)),
        "down": ((0, 1.2), (1.1, -0.9), (-1.1, -0.9)),
    }[shape]
    points = " ".join(f"{x + a * size:.1f},{y + b * size:.1f}" for a, b in corners)
    return f'<polygon points="{points}" {look}/>'


def _dots(frame: _Frame, place: int, each: Computed, rows: Mapping[Row, float]) -> str:
    """Return a dot for every choice of a specification; hollow where it could not be estimated."""
    colour = _FAMILIES[each.specification.family][0]
    size = 0.8 * frame.size
    return "".join(
        mark("circle", frame.x(place), rows[row], size, colour, filled=not each.failed)
        for row in each.specification.choices.items()
        if row[1] and row in rows
    )


def _legend(curve: SpecificationCurve, drawn: Drawn, top: float) -> tuple[str, float]:
    """Return the families that are there with their marks, and the height of the whole picture."""
    there = {each.specification.family for each in curve.computed if not each.failed}
    x, parts = 16.0, []
    for family, (colour, shape) in _FAMILIES.items():
        if family in there:
            word = drawn.choice("estimator", family)
            parts.append(mark(shape, x, top, 4.2, colour, filled=True))
            parts.append(written(word, x + 10, top + 4.3, "start", QUIET))
            x += text_width(word, _TEXT) + 34
    return "".join(parts), top + 14

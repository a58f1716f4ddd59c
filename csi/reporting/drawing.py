"""Path diagrams of fits and models that show themselves in a notebook and can be saved."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from csi import diagram
from csi.diagram import Edge, Node
from csi.display import atomic_write, number
from csi.errors import ArgumentTypeError, kind_of
from csi.layout import Emphasis
from csi.reporting.checks import check_output
from csi.reporting.phrases import Phrases
from csi.results import Fit
from csi.spec import Construct, Model

WEAK = 0.10
"""Size of a coefficient below which its path is drawn dashed."""


@dataclass(frozen=True, repr=False)
class PathDiagram:
    """Constructs and paths, ready to be drawn.

    Attributes
    ----------
    title : str
        What a screen reader says.
    nodes : tuple of Node
        The constructs.
    edges : tuple of Edge
        The paths.
    indicators : bool
        Whether the indicators are drawn.
    """

    title: str
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    indicators: bool = False

    @cached_property
    def svg(self) -> str:
        """The diagram as an SVG element."""
        return self._drawn(fluid=False)

    def save(self, path: str | os.PathLike[str], *, overwrite: bool = False) -> None:
        """Write the diagram to an SVG file.

        Parameters
        ----------
        path : str or path
            File to write; its name ends in ``.svg``.
        overwrite : bool
            Whether to replace an existing file.

        Raises
        ------
        OptionError
            If the name ends otherwise, or the file exists and is not to be
            replaced.
        FileFormatError
            If the folder does not exist or the file cannot be written.
        """
        check_output(path, "diagram", overwrite)
        atomic_write(path, self.svg)

    def to_mermaid(self) -> str:
        """Return the constructs and paths as Mermaid text, without indicators."""
        return diagram.mermaid(self.nodes, self.edges)

    def to_dot(self) -> str:
        """Return the constructs and paths in the DOT language, without indicators."""
        return diagram.dot(self.nodes, self.edges)

    def to_tikz(self) -> str:
        """Return the constructs and paths as a TikZ picture, without indicators."""
        return diagram.tikz(self.nodes, self.edges)

    def _repr_svg_(self) -> str:
        return self._drawn(fluid=True)

    def _drawn(self, *, fluid: bool) -> str:
        return diagram.svg(
            self.nodes, self.edges, title=self.title, indicators=self.indicators, fluid=fluid
        )

    def __repr__(self) -> str:
        return f"<PathDiagram {len(self.nodes)} constructs, {len(self.edges)} paths>"


def path_diagram(
    fit_or_model: Fit | Model, *, language: str = "en", indicators: bool = False
) -> PathDiagram:
    """Draw a model, with its estimates where it was fitted.

    Constructs of a fit carry their index and explained variance, paths their
    coefficient, indicators their loading, or their weight where the construct is
    a composite. Coefficients below 0.1 in size are dashed and grey; a sign
    against expectation has long and short dashes and is red.

    Parameters
    ----------
    fit_or_model : Fit or Model
        What to draw. A model carries no numbers.
    language : {"en", "zh"}
        Language of the labels.
    indicators : bool
        Whether to draw the indicators of each construct.

    Returns
    -------
    PathDiagram
        It shows itself in Jupyter.

    Raises
    ------
    OptionError
        If the language is not known.

    Examples
    --------
    >>> import csi.models
    >>> from csi.reporting.drawing import path_diagram
    >>> drawn = path_diagram(csi.models.acsi())
    >>> drawn
    <PathDiagram 6 constructs, 9 paths>
    >>> drawn.to_mermaid().splitlines()[1]
    '  n0(["Customer expectations"])'
    """
    say = Phrases(language)
    fit = fit_or_model if isinstance(fit_or_model, Fit) else None
    model = fit.model if fit is not None else fit_or_model
    if not isinstance(model, Model):
        raise ArgumentTypeError(
            f"{kind_of(fit_or_model)} cannot be drawn. Give the result of csi.fit() or a model."
        )
    nodes = tuple(
        Node(
            construct.name,
            model.label(construct.name, language),
            _note(fit, construct.name, say("index")),
            _indicators(fit, construct) if indicators else (),
        )
        for construct in model.constructs
    )
    edges = (*_paths(model, fit), *_parts(model, fit))
    return PathDiagram(say.known(model.title) or say("Path diagram"), nodes, edges, indicators)


def _note(fit: Fit | None, name: str, index_word: str) -> str:
    if fit is None:
        return ""
    parts = [f"{index_word} {number(fit.index(name), 1)}"] if fit.has_indices else []
    if name in fit.r2.index:
        parts.append(f"R² {number(fit.r2.loc[name, 'r2'], 2)}")
    return " · ".join(parts)


def _indicators(fit: Fit | None, construct: Construct) -> tuple[tuple[str, str], ...]:
    if construct.higher_order:
        return ()
    return tuple((item, _measured(fit, construct, item)) for item in construct.indicators)


def _measured(fit: Fit | None, construct: Construct, item: str) -> str:
    """Return the loading of an item, or its weight where the construct is a composite."""
    if fit is None or construct.kind == "single":
        return ""
    table = fit.weights if construct.kind == "composite" else fit.loadings
    own = table[(table["construct"] == construct.name) & (table["indicator"] == item)]
    return _signed(own.iloc[0, -1])


def _paths(model: Model, fit: Fit | None) -> Iterator[Edge]:
    if fit is None:
        for path in model.paths:
            yield Edge(path.source, path.target)
        return
    for row in fit.paths.to_dict("records"):
        if row["source"] not in model.names:  # a product of constructs
            continue
        estimate, emphasis = row["estimate"], _emphasis(row["estimate"], row["as_expected"])
        yield Edge(row["source"], row["target"], _signed(estimate), emphasis)


def _parts(model: Model, fit: Fit | None) -> Iterator[Edge]:
    """Arrows between higher-order constructs and the constructs they consist of."""
    for whole in (construct for construct in model.constructs if construct.higher_order):
        for part in whole.indicators:
            ends = (part, whole.name) if whole.kind == "composite" else (whole.name, part)
            yield Edge(*ends, _measured(fit, whole, part))


def _emphasis(estimate: float, as_expected: bool | None) -> Emphasis:
    if as_expected is False:
        return "wrong"
    return "weak" if abs(estimate) < WEAK else "normal"


def _signed(value: object) -> str:
    return number(value, 2).replace("-", "−")

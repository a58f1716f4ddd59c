"""The words of which models are made: constructs, items, paths."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Literal

from csi.consistency import LARGEST_MODEL
from csi.errors import ArgumentTypeError, ModelError, OptionError
from csi.parts import (
    Construct,
    Item,
    Kind,
    Path,
    Sign,
    Wording,
    check_sign,
    is_count,
    name_tuple,
    value_tuple,
)
from csi.spec import Model


def reflective(
    name: str, indicators: str | Iterable[str], *, label: Wording | None = None
) -> Construct:
    """State a construct that shows itself in its indicators.

    Parameters
    ----------
    name : str
        Name of the construct.
    indicators : str or iterable of str
        Columns of its answers. One indicator makes a single-item construct.
    label : mapping of str to str, optional
        What to call it in a report, by language.

    Returns
    -------
    Construct

    Examples
    --------
    >>> from csi import items, reflective
    >>> reflective("Image", items("IMAG", 1, 3)).indicators
    ('IMAG1', 'IMAG2', 'IMAG3')
    """
    return _construct(name, indicators, "reflective", label)


def composite(
    name: str, indicators: str | Iterable[str], *, label: Wording | None = None
) -> Construct:
    """State a construct that is built from its indicators.

    Parameters
    ----------
    name : str
        Name of the construct.
    indicators : str or iterable of str
        Columns of its answers.
    label : mapping of str to str, optional
        What to call it in a report, by language.

    Returns
    -------
    Construct

    Examples
    --------
    >>> from csi import composite
    >>> composite("Quality", ["delivery", "price"]).kind
    'composite'
    """
    return _construct(name, indicators, "composite", label)


def single(name: str, indicator: str, *, label: Wording | None = None) -> Construct:
    """State a construct that is one question.

    Parameters
    ----------
    name : str
        Name of the construct.
    indicator : str
        Column of its answers.
    label : mapping of str to str, optional
        What to call it in a report, by language.

    Returns
    -------
    Construct

    Examples
    --------
    >>> from csi import single
    >>> single("Complaints", "COMP").kind
    'single'
    """
    if not isinstance(indicator, str):
        raise ArgumentTypeError(
            f"Construct {name!r} was called single but given {indicator!r}. Name one column, "
            "or use reflective() or composite()."
        )
    return _construct(name, indicator, "single", label)


def higher_order(
    name: str,
    constructs: Iterable[str],
    *,
    kind: Literal["reflective", "composite"] = "composite",
    label: Wording | None = None,
) -> Construct:
    """State a construct whose indicators are constructs.

    Parameters
    ----------
    name : str
        Name of the construct.
    constructs : iterable of str
        Names of the constructs it consists of (or shows itself in).
    kind : {"composite", "reflective"}
        What is believed of the relation.
    label : mapping of str to str, optional
        What to call it in a report, by language.

    Returns
    -------
    Construct

    Examples
    --------
    >>> from csi import higher_order
    >>> higher_order("Quality", ["Product", "Service"]).higher_order
    True
    """
    built = _construct(name, constructs, kind, label)
    if len(built.indicators) < 2:
        raise ModelError(
            f"Higher-order construct {name!r} names {len(built.indicators)} construct. "
            "Name two or more."
        )
    return replace(built, kind=kind, higher_order=True)


def items(prefix: str, first: int, last: int, *, width: int = 0) -> list[str]:
    """Return numbered column names.

    Parameters
    ----------
    prefix : str
        What the names begin with.
    first, last : int
        First and last number, both included.
    width : int
        Digits to fill with zeros: ``items("Q", 1, 2, width=2)`` is Q01, Q02.

    Returns
    -------
    list of str

    Examples
    --------
    >>> from csi import items
    >>> items("CUSA", 1, 3)
    ['CUSA1', 'CUSA2', 'CUSA3']
    """
    if not isinstance(prefix, str) or not all(map(is_count, (first, last, width))) or width < 0:
        raise OptionError(
            f"items({prefix!r}, {first!r}, {last!r}) cannot be counted. Give whole numbers."
        )
    if last - first >= LARGEST_MODEL:
        raise OptionError(f"items({prefix!r}, ...) names more than {LARGEST_MODEL} columns.")
    if last < first:
        raise OptionError(
            f"items({prefix!r}, {first}, {last}) is empty: the last number is below the first."
        )
    return [f"{prefix}{number:0{width}d}" for number in range(first, last + 1)]


def paths(
    sources: str | Iterable[str], targets: str | Iterable[str], *, sign: Sign = "?"
) -> tuple[Path, ...]:
    """State paths from every source to every target.

    Parameters
    ----------
    sources, targets : str or iterable of str
        Names of constructs.
    sign : {"+", "-", "?"}
        Expected sign of all of them.

    Returns
    -------
    tuple of Path

    Examples
    --------
    >>> from csi import paths
    >>> [str(path) for path in paths("Image", ["Satisfaction", "Loyalty"], sign="+")]
    ['Image -> Satisfaction', 'Image -> Loyalty']
    """
    check_sign(sign)
    ends = name_tuple(targets, "the targets of paths")
    return tuple(
        Path(source, target, sign)
        for source in name_tuple(sources, "the sources of paths")
        for target in ends
    )


def model(
    constructs: Iterable[Construct],
    paths: Iterable[Path | Iterable[Path]],
    *,
    items: Iterable[Item] = (),
    scale: tuple[float, float] | None = None,
    title: str = "",
    citation: str = "",
) -> Model:
    """Put constructs and paths together into a model.

    Parameters
    ----------
    constructs : iterable of Construct
        From `reflective`, `composite`, `single` and `higher_order`.
    paths : iterable of Path or of tuples of Path
        From `paths`; nesting is flattened.
    items : iterable of Item, optional
        What is known of the questions: wording, scale, don't-know codes.
    scale : (float, float), optional
        Lowest and highest answer of all items that state none; indices need it.
    title, citation : str, optional
        What the model is called and where it comes from.

    Returns
    -------
    Model

    Raises
    ------
    ModelError
        If the model contradicts itself: an unknown construct in a path, a name
        used twice, a loop.

    Examples
    --------
    >>> import csi
    >>> from csi import items, paths, reflective
    >>> m = csi.model(
    ...     [reflective("Satisfaction", items("S", 1, 3)), reflective("Loyalty", items("L", 1, 2))],
    ...     [paths("Satisfaction", "Loyalty", sign="+")],
    ...     scale=(1, 10),
    ... )
    >>> print(m)
    Satisfaction =~ S1 + S2 + S3
    Loyalty =~ L1 + L2
    Loyalty ~ Satisfaction
    """
    members = value_tuple(constructs, "The constructs of a model", "Construct")
    flat: list[Path] = []
    for entry in value_tuple(paths, "The paths of a model", "Path"):
        flat.extend([entry] if isinstance(entry, Path) else value_tuple(entry, "Paths", "Path"))
    known = value_tuple(items, "The items of a model", "Item")
    stray: list[object] = [entry for entry in members if not isinstance(entry, Construct)]
    stray += [entry for entry in flat if not isinstance(entry, Path)]
    stray += [entry for entry in known if not isinstance(entry, Item)]
    if stray:
        raise ArgumentTypeError(
            f"A model is made of constructs and paths, but {stray[0]!r} was given. Use "
            "reflective(), composite(), single() and paths(), or csi.parse() for text."
        )
    return Model(members, tuple(flat), items=known, scale=scale, title=title, citation=citation)


def _construct(
    name: str, indicators: str | Iterable[str], kind: Kind, label: Wording | None
) -> Construct:
    members = name_tuple(indicators, f"the indicators of {name!r}")
    if not isinstance(label, Mapping | None):
        raise ArgumentTypeError(
            f"The label of {name!r} is {label!r}. Give words by language, such as {{'en': ...}}."
        )
    return Construct(
        name, members, "single" if len(members) == 1 else kind, label=dict(label or {})
    )

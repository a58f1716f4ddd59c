"""What a model states beyond constructs and paths: parameters, definitions, constraints."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Operator = Literal["=~", "<~", "~", "~~", "~1", "|", "~*~"]
Relation = Literal["==", "<", ">"]


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a covariance structure, and what is stated of it.

    Attributes
    ----------
    left, operator, right : str
        What it is, as lavaan writes it: a loading (``=~``), a weight (``<~``),
        a regression coefficient (``~``), a variance or covariance (``~~``), an
        intercept or mean (``~1``), a threshold (``|``) or a scale (``~*~``).
        ``right`` is empty for ``~1`` and ``~*~``, ``"t1"``, ``"t2"`` ... for
        thresholds, and ``"A:B"`` for a regression on a product.
    fixed : tuple of float or None
        The value it has, for all groups or one a group; None leaves it free there.
    start : tuple of float or None
        Where the search for it starts.
    label : tuple of str or None
        Its name; parameters of one name are equal.
    free : bool
        Whether it was said to be free (``NA*``) where it would be fixed otherwise.
    """

    left: str
    operator: Operator
    right: str = ""
    fixed: tuple[float | None, ...] = ()
    start: tuple[float | None, ...] = ()
    label: tuple[str | None, ...] = ()
    free: bool = False


@dataclass(frozen=True, slots=True)
class Defined:
    """A quantity computed from parameters, ``name := expression``.

    Attributes
    ----------
    name : str
        What it is called.
    expression : str
        Labels, names of other definitions and numbers, joined by ``+ - * / ^``
        and ``exp``, ``log``, ``sqrt``, ``abs``.
    """

    name: str
    expression: str


@dataclass(frozen=True, slots=True)
class Constraint:
    """A condition that parameters meet, such as ``a == b^2`` or ``a > 0``.

    Attributes
    ----------
    left, right : str
        Expressions.
    operator : {"==", "<", ">"}
        How they compare.
    """

    left: str
    operator: Relation
    right: str

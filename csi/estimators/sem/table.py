"""The parameters of a model as a covariance structure, one row each.

What a model does not state is filled up as lavaan's ``sem()`` does: the first
loading of a construct is 1, single items are measured without error, constructs
nothing points to correlate, and so do what is left of constructs that point to
nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Literal, TypeVar

import numpy as np

from csi.errors import ModelError, OptionError, listing
from csi.parameters import Parameter
from csi.spec import Construct, Model

Scaling = Literal["marker", "variance"]
Key = tuple[str, str, str]
T = TypeVar("T")

EQUAL = (
    "loadings", "intercepts", "means", "regressions", "residuals", "residual covariances",
    "variances", "covariances", "thresholds",
)  # fmt: skip
"""What can be held equal over groups."""


@dataclass(frozen=True, slots=True)
class Conventions:
    """What is added to a model before it is estimated.

    Attributes
    ----------
    scaling : {"marker", "variance"}
        What gives a construct its scale: its first loading, or its variance.
    means : bool
        Whether there is a mean structure.
    fixed_x : bool
        Whether observed causes are taken as they are, without parameters.
    correlated_outcomes : bool
        Whether residuals of constructs that point to nothing correlate.
    orthogonal : bool
        Whether constructs nothing points to are uncorrelated.
    errors : tuple of (str, float)
        Error variances of single items.
    equal : tuple of str
        What is equal over groups, from `EQUAL`.
    partial : tuple of (str, str, str)
        What is free all the same: left, operator, right.
    auxiliary : tuple of str
        Variables beside the items that tell of missing answers.
    """

    scaling: Scaling = "marker"
    means: bool = False
    fixed_x: bool = True
    correlated_outcomes: bool = True
    orthogonal: bool = False
    errors: tuple[tuple[str, float], ...] = ()
    equal: tuple[str, ...] = ()
    partial: tuple[Key, ...] = ()
    auxiliary: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """A parameter, or what is fixed in its place.

    Attributes
    ----------
    left, operator, right : str
        As in `csi.Parameter`.
    group : int
        Group, counted from 0.
    kind : str
        What it is, one of `EQUAL`, for equality over groups.
    value : float or None
        The fixed value; None for a parameter.
    label : str
        Parameters of one label are equal; empty if it has none.
    start : float or None
        A starting value.
    exogenous : bool
        Whether it is a moment of observed causes, which is no parameter of the model.
    """

    left: str
    operator: str
    right: str
    group: int
    kind: str
    value: float | None = None
    label: str = ""
    start: float | None = None
    exogenous: bool = False

    @property
    def key(self) -> Key:
        """Left, operator and right."""
        return self.left, self.operator, self.right

    def __str__(self) -> str:
        return f"{self.left} {self.operator} {self.right}".rstrip()


def parameter_rows(model: Model, conventions: Conventions, n_groups: int = 1) -> list[Row]:
    """Return the rows of a model, group by group.

    Raises
    ------
    ModelError
        If modifiers name another number of groups.
    OptionError
        If something unknown is to be equal over groups.
    """
    _check_groups(model, conventions, n_groups)
    rows: list[Row] = []
    for group in range(n_groups):
        rows += _Rows(model, conventions, group, n_groups).all()
    return _labelled_over_groups(rows, conventions) if n_groups > 1 else rows


class _Rows:
    """The rows of one group."""

    def __init__(self, model: Model, conventions: Conventions, group: int, n_groups: int) -> None:
        self.model, self.conventions = model, conventions
        self.group, self.n_groups = group, n_groups
        self.stated: dict[Key, Parameter] = {
            (p.left, p.operator, p.right): p for p in model.parameters
        }
        self.observed = {c.name for c in model.constructs if is_observed(c)}
        self.latent = [c for c in model.constructs if not is_observed(c)]
        self.children = {part for c in self.latent if c.higher_order for part in c.indicators}
        regressed = [(p.left, p.right) for p in model.parameters if p.operator == "~"]
        paths = [(path.target, path.source) for path in model.paths]
        self.regressions = list(dict.fromkeys(paths + regressed))
        self.targets = {target for target, _ in self.regressions}
        self.sources = {source for _, source in self.regressions}

    def all(self) -> list[Row]:
        """Every row in order: measurement, paths, covariances, intercepts."""
        rows = [*self.loadings(), *self.paths(), *self.covariances()]
        return [*rows, *self.intercepts()] if self.conventions.means else rows

    def row(
        self, key: Key, kind: str, value: float | None = None, *, exogenous: bool = False
    ) -> Row:
        """Return a row as it is by default, changed by what is stated of it."""
        row = Row(*key, self.group, kind, value, exogenous=exogenous)
        stated = self.stated.get(key) or self.stated.get((key[2], key[1], key[0]))
        return row if stated is None else self._changed(row, stated)

    def _changed(self, row: Row, stated: Parameter) -> Row:
        value = row.value
        if stated.fixed or stated.free:
            value = self._of_group(stated.fixed)
        elif row.operator in ("~~", "~1"):
            value = None
        label, start = self._of_group(stated.label), self._of_group(stated.start)
        return replace(row, value=value, label=label or "", start=start, exogenous=False)

    def _of_group(self, values: Sequence[T | None]) -> T | None:
        if not values:
            return None
        return values[self.group if len(values) > 1 else 0]

    def loadings(self) -> Iterator[Row]:
        for construct in self.latent:
            operator = "<~" if construct.kind == "composite" else "=~"
            by_first = self.conventions.scaling == "marker" or operator == "<~"
            elsewhere = any(
                p.left == construct.name
                and p.operator == operator
                and p.fixed
                and any(value not in (None, 0.0) for value in p.fixed)
                for p in self.model.parameters
            )
            for place, item in enumerate(construct.indicators):
                first = place == 0 and by_first and not (elsewhere and operator == "<~")
                yield self.row((construct.name, operator, item), "loadings", 1.0 if first else None)

    def paths(self) -> Iterator[Row]:
        for target, source in self.regressions:
            yield self.row((target, "~", source), "regressions")

    def covariances(self) -> Iterator[Row]:
        own = {item: c for c in self.latent if c.kind == "single" for item in c.indicators}
        composed = {item for c in self.latent if c.kind == "composite" for item in c.indicators}
        exogenous = self._exogenous(composed)
        for item in self.model.indicators:
            if item in exogenous:
                continue
            value = dict(self.conventions.errors).get(item, 0.0) if item in own else None
            yield self.row((item, "~~", item), "residuals", value)
        for construct in self.latent:
            yield self.row((construct.name, "~~", construct.name), *self._variance(construct))
        done = set()
        for left, right in self._pairs():
            done |= {(left, right), (right, left)}
            yield self.row((left, "~~", right), self._kind_of_pair(left, right))
        for left, right in self._stated_pairs():
            if (left, right) not in done:
                yield self.row((left, "~~", right), self._kind_of_pair(left, right))
        yield from self._moments_of(exogenous)

    def _variance(self, construct: Construct) -> tuple[str, float | None]:
        if construct.kind == "composite":
            return "variances", 0.0
        by_variance = self.conventions.scaling == "variance"
        free_again = self.group > 0 and "loadings" in self.conventions.equal
        return "variances", 1.0 if by_variance and not free_again else None

    def _pairs(self) -> Iterator[tuple[str, str]]:
        """Pairs that covary without being stated."""
        latent = [c.name for c in self.latent if c.kind != "composite"]
        causes = [name for name in latent if name not in self.targets and name not in self.children]
        if not self.conventions.orthogonal:
            yield from combinations(causes, 2)
        if self.conventions.correlated_outcomes:
            order = [*latent, *(c.name for c in self.model.constructs if is_observed(c))]
            ends = [name for name in order if name in self.targets and name not in self.sources]
            yield from combinations(ends, 2)

    def _stated_pairs(self) -> Iterator[tuple[str, str]]:
        for p in self.model.parameters:
            if p.operator == "~~" and p.left != p.right:
                yield p.left, p.right

    def _kind_of_pair(self, left: str, right: str) -> str:
        names = self.model.names
        items = left not in names or right not in names
        return "residual covariances" if items else "covariances"

    def _exogenous(self, composed: set[str]) -> list[str]:
        """Observed variables whose moments are taken as they are."""
        causes = [
            item
            for item in self.model.indicators
            if (item in self.observed or item in composed) and item not in self.targets
        ]
        if not self.conventions.fixed_x:
            return []
        stated = {
            name
            for p in self.model.parameters
            if p.operator in ("~~", "~1")
            for name in (p.left, p.right)
        }
        measured = {item for c in self.latent if c.kind != "composite" for item in c.indicators}
        return [item for item in causes if item not in stated and item not in measured]

    def _moments_of(self, exogenous: Sequence[str]) -> Iterator[Row]:
        for place, left in enumerate(exogenous):
            for right in exogenous[place:]:
                yield self.row((left, "~~", right), "covariances", exogenous=True)

    def intercepts(self) -> Iterator[Row]:
        composed = {item for c in self.latent if c.kind == "composite" for item in c.indicators}
        exogenous = self._exogenous(composed)
        for item in self.model.indicators:
            yield self.row((item, "~1", ""), "intercepts", exogenous=item in exogenous)
        released = self.group > 0 and "intercepts" in self.conventions.equal
        for construct in self.latent:
            free = released and construct.kind != "composite"
            yield self.row((construct.name, "~1", ""), "means", None if free else 0.0)


def is_observed(construct: Construct) -> bool:
    """Whether a construct is a column of the data itself."""
    return construct.indicators == (construct.name,)


def _check_groups(model: Model, conventions: Conventions, n_groups: int) -> None:
    unknown = [name for name in conventions.equal if name not in EQUAL]
    if unknown:
        raise OptionError(f"equal names {listing(unknown)}. Known: {', '.join(EQUAL)}.")
    for p in model.parameters:
        for values in (p.fixed, p.start, p.label):
            if len(values) > 1 and len(values) != n_groups:
                raise ModelError(
                    f"{p.left} {p.operator} {p.right} has {len(values)} values in c(...), but "
                    f"there {'are' if n_groups > 1 else 'is'} {n_groups} "
                    f"group{'s' if n_groups > 1 else ''}. Give one value, or one a group."
                )


def _labelled_over_groups(rows: list[Row], conventions: Conventions) -> list[Row]:
    """Give what is equal over groups one label; labels of c() and others stay."""
    partial = set(conventions.partial)
    unknown = partial - {row.key for row in rows}
    if unknown:
        names = [" ".join(key).strip() for key in sorted(unknown)]
        raise OptionError(
            f"partial names {listing(names)}, which the model does not hold. Write parameters as "
            "in fit.parameters, such as 'Quality =~ PERQ2'."
        )
    found = []
    for row in rows:
        shared = row.kind in conventions.equal and row.key not in partial
        if shared and row.value is None and not row.label and not row.exogenous:
            row = replace(row, label=f".{row}.")  # noqa: PLW2901 - the row with its label
        found.append(row)
    return found


def names_of(model: Model) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the items and the constructs that are not items themselves."""
    return model.indicators, tuple(c.name for c in model.constructs if not is_observed(c))


def count_free(rows: Collection[Row]) -> int:
    """Count the parameters, equal ones once, moments of observed causes not at all."""
    free = [row for row in rows if row.value is None and not row.exogenous]
    labelled = {row.label for row in free if row.label}
    return sum(not row.label for row in free) + len(labelled)


def as_array(values: Sequence[float | None]) -> np.ndarray:
    """Return numbers as an array, NaN where there is none."""
    return np.array([np.nan if value is None else value for value in values])

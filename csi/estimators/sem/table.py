"""The parameters of a model as a covariance structure, one row each.

What a model does not state is filled up as lavaan's ``sem()`` does: the first
loading of a construct is 1, single items are measured without error, constructs
nothing points to correlate, and so do what is left of constructs that point to
nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from itertools import combinations
from typing import Literal, TypeVar

from csi.errors import ModelError, OptionError, did_you_mean, listing
from csi.parameters import Parameter
from csi.spec import Construct, Model

Scaling = Literal["marker", "variance"]
Parametrization = Literal["delta", "theta"]
Key = tuple[str, str, str]
T = TypeVar("T")

EQUAL = {
    "loadings": "loadings",
    "weights": "composite.loadings",
    "intercepts": "intercepts",
    "thresholds": "thresholds",
    "means": "means",
    "regressions": "regressions",
    "residuals": "residuals",
    "residual covariances": "residual.covariances",
    "variances": "lv.variances",
    "covariances": "lv.covariances",
}
"""What can be held equal over groups, and lavaan's word for it in group.equal."""


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
    errors : tuple of (str, tuple of float)
        Error variances of single items, for all groups or one a group.
    equal : tuple of str
        What is equal over groups, from `EQUAL`.
    partial : tuple of str
        What is free all the same, such as ``"Quality =~ PERQ2"``.
    auxiliary : tuple of str
        Variables beside the items that tell of missing answers.
    thresholds : tuple of (str, int)
        Ordered items, and how many thresholds each has.
    parametrization : {"delta", "theta"}
        Whether ordered items have scales or error variances.
    """

    scaling: Scaling = "marker"
    means: bool = False
    fixed_x: bool = True
    correlated_outcomes: bool = True
    orthogonal: bool = False
    errors: tuple[tuple[str, tuple[float, ...]], ...] = ()
    equal: tuple[str, ...] = ()
    partial: tuple[str, ...] = ()
    auxiliary: tuple[str, ...] = ()
    thresholds: tuple[tuple[str, int], ...] = ()
    parametrization: Parametrization = "delta"

    @property
    def released(self) -> bool:
        """Whether groups after the first have scales or error variances of their own."""
        return "thresholds" in self.equal


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
    follows : bool
        Whether it follows from others: of ordered items the error variance (delta) or
        the scale (theta). The value is then what stands in the matrices.
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
    follows: bool = False

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
    _check_ordered(model, conventions)
    as_factors = common_factors(model)
    stated = replace(model, constructs=as_factors) if as_factors != model.constructs else model
    rows: list[Row] = []
    for group in range(n_groups):
        rows += _Rows(stated, conventions, group, n_groups).all()
    return _labelled_over_groups(rows, conventions) if n_groups > 1 else rows


def common_factors(model: Model) -> tuple[Construct, ...]:
    """Return the constructs, with composites of constructs as factors where paths lead to them.

    What is composed of constructs leaves nothing for other causes to explain; as what its
    parts have in common it does.
    """
    caused = {path.target for path in model.paths}
    weighed = {p.left for p in model.parameters if p.operator == "<~"}
    return tuple(
        replace(c, kind="reflective")
        if c.higher_order and c.kind == "composite" and c.name in caused - weighed
        else c
        for c in model.constructs
    )


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
        self.thresholds = dict(conventions.thresholds)
        self.delta = conventions.parametrization == "delta"
        self.released = group > 0 and conventions.released

    def all(self) -> list[Row]:
        """Every row in order: measurement, paths, covariances, thresholds, intercepts."""
        rows = [*self.loadings(), *self.paths(), *self.covariances(), *self.ordered()]
        return [*rows, *self.intercepts()] if self.conventions.means else rows

    def row(
        self,
        key: Key,
        kind: str,
        value: float | None = None,
        *,
        exogenous: bool = False,
        follows: bool = False,
    ) -> Row:
        """Return a row as it is by default, changed by what is stated of it."""
        row = Row(*key, self.group, kind, value, exogenous=exogenous, follows=follows)
        stated = self.stated.get(key) or self.stated.get((key[2], key[1], key[0]))
        return row if stated is None else self._changed(row, stated)

    def _changed(self, row: Row, stated: Parameter) -> Row:
        if row.follows:
            raise ModelError(_follows(row))
        value = row.value
        if stated.fixed or stated.free:
            value = self._of_group(stated.fixed)
        elif row.operator in ("~~", "~1", "~*~"):
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
                kind = "loadings" if operator == "=~" else "weights"
                yield self.row((construct.name, operator, item), kind, 1.0 if first else None)

    def paths(self) -> Iterator[Row]:
        for target, source in self.regressions:
            yield self.row((target, "~", source), "regressions")

    def covariances(self) -> Iterator[Row]:
        own = {item: c for c in self.latent if c.kind == "single" for item in c.indicators}
        composed = {item for c in self.latent if c.kind == "composite" for item in c.indicators}
        exogenous = self._exogenous(composed)
        for item in self.model.indicators:
            if item in self.thresholds:
                yield self._ordered_error(item, item in own)
            elif item not in exogenous:
                given = dict(self.conventions.errors).get(item, (0.0,))
                value = self._of_group(given) if item in own else None
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
        if not self.conventions.fixed_x:
            for left, right in combinations(self._causes(composed), 2):
                yield self.row((left, "~~", right), "covariances")
        yield from self._moments_of(exogenous)

    def _variance(self, construct: Construct) -> tuple[str, float | None]:
        if construct.kind == "composite":
            return "variances", 0.0
        if construct.kind == "single" and construct.indicators[0] in self.thresholds:
            return "variances", None if self.released and not self.delta else 1.0
        by_variance = self.conventions.scaling == "variance"
        equal = self.conventions.equal
        free_again = self.group > 0 and "loadings" in equal and "variances" not in equal
        return "variances", 1.0 if by_variance and not free_again else None

    def _pairs(self) -> Iterator[tuple[str, str]]:
        """Pairs that covary without being stated."""
        latent = [c.name for c in self.latent if c.kind != "composite"]
        causes = [name for name in latent if name not in self.targets and name not in self.children]
        if not self.conventions.orthogonal:
            yield from combinations(causes, 2)
        if self.conventions.correlated_outcomes:
            order = [*latent, *(c.name for c in self.model.constructs if is_observed(c))]
            inside = self.sources | self.children
            ends = [name for name in order if name in self.targets and name not in inside]
            yield from combinations(ends, 2)

    def _stated_pairs(self) -> Iterator[tuple[str, str]]:
        for p in self.model.parameters:
            if p.operator == "~~" and p.left != p.right:
                yield p.left, p.right

    def _kind_of_pair(self, left: str, right: str) -> str:
        items = self.model.indicators
        either = left in items or right in items
        return "residual covariances" if either else "covariances"

    def _exogenous(self, composed: set[str]) -> list[str]:
        """Observed variables whose moments are taken as they are."""
        return self._causes(composed) if self.conventions.fixed_x else []

    def _causes(self, composed: set[str]) -> list[str]:
        """Observed causes of whose moments the model states nothing."""
        causes = [
            item
            for item in self.model.indicators
            if (item in self.observed or item in composed) and item not in self.targets
        ]
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

    def _ordered_error(self, item: str, single: bool) -> Row:
        """Return the error variance of an ordered item.

        Of the only item of a construct it is zero, and the construct has what is left.
        """
        key = item, "~~", item
        if single:
            return self.row(key, "residuals", 0.0)
        if self.delta:
            return self.row(key, "residuals", 0.0, follows=True)
        return self.row(key, "residuals", None if self.released else 1.0)

    def ordered(self) -> Iterator[Row]:
        """Thresholds and scales of ordered items."""
        for item, count in self.thresholds.items():
            for k in range(1, count + 1):
                yield self.row((item, "|", f"t{k}"), "thresholds")
        for item in self.thresholds:
            free = self.delta and self.released
            yield self.row(
                (item, "~*~", ""), "scales", None if free else 1.0, follows=not self.delta
            )

    def intercepts(self) -> Iterator[Row]:
        composed = {item for c in self.latent if c.kind == "composite" for item in c.indicators}
        exogenous = self._exogenous(composed)
        for item in self.model.indicators:
            value = 0.0 if item in self.thresholds else None
            yield self.row((item, "~1", ""), "intercepts", value, exogenous=item in exogenous)
        equal = self.conventions.equal
        released = self.released or (self.group > 0 and "intercepts" in equal)
        for construct in self.latent:
            free = released and "means" not in equal and construct.kind != "composite"
            yield self.row((construct.name, "~1", ""), "means", None if free else 0.0)


def _check_ordered(model: Model, conventions: Conventions) -> None:
    counts = dict(conventions.thresholds)
    for p in model.parameters:
        if p.operator not in ("|", "~*~"):
            continue
        if p.left not in counts:
            raise ModelError(
                f"The model states '{p}', but {p.left} is not ordered. Say csi.CBSEM('WLSMV', "
                f"ordered=[{p.left!r}, ...])."
            )
        if p.operator == "|" and int(p.right[1:]) > counts[p.left]:
            raise ModelError(
                f"The model states '{p}', but {p.left} has {counts[p.left] + 1} categories, and so "
                f"thresholds up to t{counts[p.left]}. Leave it out."
            )
    known = [item for item, errors in conventions.errors if item in counts and any(errors)]
    if known:
        raise OptionError(
            f"reliability gives an error variance to {listing(known)}, but ordered items have none "
            "of their own. Leave them out of ordered or out of reliability."
        )
    if conventions.parametrization == "theta":
        return
    causes, targets = ({getattr(p, end) for p in model.paths} for end in ("source", "target"))
    for construct in model.constructs:
        item = construct.indicators[0]
        end = is_observed(construct) and construct.name not in causes
        if item in counts and construct.name in targets and construct.kind == "single" and not end:
            raise ModelError(
                f"{item}, the only item of {construct.name}, is ordered. What paths to it leave "
                "can be told in the theta parametrization only: use csi.CBSEM(..., "
                "parametrization='theta'), or leave it out of ordered."
            )


def _follows(row: Row) -> str:
    if row.operator == "~~":
        return (
            f"The model states the error variance of {row.left}, an ordered item. It follows from "
            "its scale in the delta parametrization; use csi.CBSEM(parametrization='theta')."
        )
    return (
        f"The model states the scale of {row.left}, an ordered item. It follows from its error "
        "variance in the theta parametrization; use csi.CBSEM(parametrization='delta')."
    )


def is_observed(construct: Construct) -> bool:
    """Whether a construct is a column of the data itself."""
    return construct.indicators == (construct.name,)


def _check_groups(model: Model, conventions: Conventions, n_groups: int) -> None:
    _check_words(conventions.equal)
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
    partial = _keys(conventions.partial, rows)
    found = []
    for row in rows:
        shared = row.kind in conventions.equal and row.key not in partial
        if shared and row.value is None and not row.label and not row.exogenous:
            row = replace(row, label=f".{row}.")  # noqa: PLW2901 - the row with its label
        found.append(row)
    return found


def _check_words(equal: Sequence[str]) -> None:
    ours = {theirs: word for word, theirs in EQUAL.items() if theirs != word}
    for name in equal:
        if name not in EQUAL:
            hint = did_you_mean(str(name), EQUAL)
            if name in ours:
                hint = f" What lavaan calls {name!r} is {ours[name]!r} here."
            raise OptionError(f"equal names {name!r}. Known: {', '.join(EQUAL)}.{hint}")


def _keys(texts: Sequence[str], rows: Sequence[Row]) -> set[Key]:
    """Return the parameters that texts such as ``"x3 ~ 1"`` name."""
    known: dict[str, Key] = {}
    for row in rows:
        known[_squeezed(str(row))] = row.key
        if row.operator == "~~":
            known.setdefault(_squeezed(f"{row.right}~~{row.left}"), row.key)
    unknown = [text for text in texts if _squeezed(text) not in known]
    if unknown:
        shown = {_squeezed(str(row)): str(row) for row in rows}
        raise OptionError(
            f"partial names {listing(unknown)}, which the model does not hold. Write parameters as "
            "in fit.parameters, such as "
            f"{listing(_like(unknown[0], shown), 3)}."
        )
    return {known[_squeezed(text)] for text in texts}


def _like(text: str, shown: Mapping[str, str]) -> list[str]:
    """Return the parameters whose text is most like another."""
    near = get_close_matches(_squeezed(text), shown, n=3, cutoff=0.0)
    return [f"'{shown[each]}'" for each in near]


def _squeezed(text: str) -> str:
    return "".join(text.split())


def names_of(model: Model) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the items and the constructs that are not items themselves."""
    return model.indicators, tuple(c.name for c in model.constructs if not is_observed(c))

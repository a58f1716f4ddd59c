"""What is believed: items, constructs, paths, and the model they form.

A model is a frozen value. Two models are equal when they state the same
constructs, indicators, kinds, paths, parameters, definitions and constraints;
wording, scales, expected signs and citations describe a model and take no part
in the comparison. An observed construct is a column of the data that stands for
itself: its name is that of its only indicator.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import takewhile
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from csi.consistency import (
    LARGEST_MODEL,
    check_constructs,
    check_direction,
    check_paths,
    misspelt,
)
from csi.core.structural import reachable
from csi.errors import ArgumentTypeError, ModelError, OptionError, did_you_mean, listing
from csi.parameters import Constraint, Defined, Parameter
from csi.parts import (
    Construct,
    Item,
    Path,
    Wording,
    check_name,
    check_scale,
    name_tuple,
    value_tuple,
)
from csi.statements import (
    Subjects,
    check_constraints,
    depending,
    labels_of,
    settle_defined,
    settle_parameters,
)
from csi.tokens import quoted

if TYPE_CHECKING:
    from csi.questionnaires.questionnaire import Questionnaire

__all__ = [
    "Constraint", "Construct", "Defined", "Item", "Model", "Parameter", "Path",
    "check_name", "check_scale", "name_tuple",
]  # fmt: skip

ComplaintType = Literal["incidence", "handling"]


@dataclass(frozen=True)
class Model:
    """A satisfaction model: constructs, their indicators, and the paths between them.

    Attributes
    ----------
    constructs : tuple of Construct
        In the order in which tables show them.
    paths : tuple of Path
        Sorted by target, then by source, in the order of the constructs.
    items : tuple of Item
        What is known of the questions; may be empty or partial.
    scale : (float, float) or None
        Lowest and highest answer of the items that name no scale of their own.
    title, citation : str
        What the model is called and where it comes from.
    status : mapping of str to str
        For each part of a published model (``"constructs"``, ``"paths"``,
        ``"items"``) whether it is ``"sourced"`` or ``"reconstructed"``.
    complaint_type : {"incidence", "handling"} or None
        Whether complaints are counted (more is worse) or their handling is
        rated (more is better); the expected signs differ.
    parameters : tuple of Parameter
        Loadings and paths with a fixed value, starting value or label, and
        whatever else of a covariance structure is stated.
    defined : tuple of Defined
        Quantities computed from labelled parameters.
    constraints : tuple of Constraint
        Conditions that labelled parameters meet.

    Raises
    ------
    ModelError
        If the model contradicts itself.
    """

    constructs: tuple[Construct, ...]
    paths: tuple[Path, ...]
    items: tuple[Item, ...] = field(default=(), compare=False)
    scale: tuple[float, float] | None = field(default=None, compare=False)
    title: str = field(default="", compare=False)
    citation: str = field(default="", compare=False)
    status: Wording = field(default_factory=dict, compare=False)
    complaint_type: ComplaintType | None = field(default=None, compare=False)
    parameters: tuple[Parameter, ...] = ()
    defined: tuple[Defined, ...] = ()
    constraints: tuple[Constraint, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "scale", check_scale(self.scale, "the model"))
        for what, kind in (("constructs", "Construct"), ("paths", "Path"), ("items", "Item")):
            object.__setattr__(self, what, value_tuple(getattr(self, what), what, kind))
        check_constructs(self.constructs)
        check_paths(self.constructs, self.paths)
        order = {construct.name: rank for rank, construct in enumerate(self.constructs)}
        ranked = sorted(self.paths, key=lambda path: (order[path.target], order[path.source]))
        object.__setattr__(self, "paths", tuple(ranked))
        self._settle_statements()

    def _settle_statements(self) -> None:
        """Check and order what is stated beyond constructs and paths."""
        kinds = {"parameters": Parameter, "defined": Defined, "constraints": Constraint}
        for what, kind in kinds.items():
            given = value_tuple(getattr(self, what), what, kind.__name__)
            stray = [entry for entry in given if not isinstance(entry, kind)]
            if stray:
                raise ArgumentTypeError(
                    f"{stray[0]!r} stands among the {what}. Give values of csi.{kind.__name__}, "
                    "or read text with csi.parse()."
                )
            if len(given) > LARGEST_MODEL:
                raise ModelError(f"The model is too large: more than {LARGEST_MODEL} {what}.")
            object.__setattr__(self, what, given)
        if not (self.parameters or self.defined or self.constraints):
            return
        subjects = Subjects(
            {c.name: c.indicators for c in self.constructs},
            {c.name: c.operator for c in self.constructs},
            self.indicators,
            frozenset((path.source, path.target) for path in self.paths),
        )
        settled = settle_parameters(self.parameters, subjects)
        labels = labels_of(settled)
        for name in [*labels, *(entry.name for entry in self.defined)]:
            check_name(name, "a parameter")
        defined = settle_defined(self.defined, labels)
        check_constraints(self.constraints, [*labels, *(entry.name for entry in defined)])
        object.__setattr__(self, "parameters", settled)
        object.__setattr__(self, "defined", defined)
        check_direction(self.paths, settled)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Names of the constructs."""
        return tuple(construct.name for construct in self.constructs)

    @cached_property
    def indicators(self) -> tuple[str, ...]:
        """Observed columns, block by block."""
        named = (c.indicators for c in self.constructs if not c.higher_order)
        return tuple(dict.fromkeys(name for block in named for name in block))

    @cached_property
    def blocks(self) -> NDArray[np.bool_]:
        """(p, k) mask: indicator i belongs to construct j."""
        mask = [
            [not c.higher_order and name in c.indicators for c in self.constructs]
            for name in self.indicators
        ]
        return _fixed(np.array(mask, dtype=bool))

    @cached_property
    def composition(self) -> NDArray[np.bool_]:
        """(p, k) mask: indicator i enters construct j, directly or through its parts."""
        mask = self.blocks.copy()
        for j, construct in enumerate(self.constructs):
            for part in construct.indicators if construct.higher_order else ():
                mask[:, j] |= self.blocks[:, self.names.index(part)]
        return _fixed(mask)

    @cached_property
    def design(self) -> NDArray[np.bool_]:
        """(k, k) mask: a path leads from construct i to construct j."""
        mask = np.zeros((len(self.names), len(self.names)), dtype=bool)
        for path in self.paths:
            mask[self.names.index(path.source), self.names.index(path.target)] = True
        return _fixed(mask)

    @cached_property
    def reachable(self) -> NDArray[np.bool_]:
        """(k, k) mask: a directed route leads from construct i to construct j."""
        return _fixed(reachable(self.design))

    def construct(self, name: str) -> Construct:
        """Return the construct of that name, or say which ones there are."""
        if not isinstance(name, str):
            raise ArgumentTypeError(f"{name!r} is no name of a construct. Names are text.")
        for construct in self.constructs:
            if construct.name == name:
                return construct
        raise OptionError(
            f"The model has no construct {name!r}. Known constructs: {', '.join(self.names)}."
            + did_you_mean(name, self.names)
        )

    def item(self, name: str) -> Item:
        """Return what is known of an indicator, with the scale of the model filled in."""
        known = next((item for item in self.items if item.name == name), Item(name))
        return known if known.scale is not None else replace(known, scale=self.scale)

    def without(self, *names: str) -> Model:
        """Return the model without some of its indicators.

        Scales, wording, expected signs and labels stay. What speaks of the
        indicators goes with them: parameters, definitions and constraints, and
        a construct that is nothing but such a column, with its paths.

        Parameters
        ----------
        *names : str
            Indicators to be left out.

        Returns
        -------
        Model

        Raises
        ------
        OptionError
            If there is no such indicator.
        ModelError
            If a construct would have none left.

        Examples
        --------
        >>> import csi
        >>> csi.models.acsi().without("WRONGX").construct("Expectations").indicators
        ('OVERALLX', 'CUSTOMX')
        """
        for name in names:
            if name not in self.indicators:
                raise OptionError(
                    f"The model has no indicator {name!r}. Known indicators: "
                    f"{listing(self.indicators, 30)}." + did_you_mean(str(name), self.indicators)
                )
        kept = []
        for c in self.constructs:
            left = tuple(i for i in c.indicators if c.higher_order or i not in names)
            alone = len(left) == 1 and c.kind == "reflective" and not c.higher_order
            if left or not c.observed:
                kept.append(replace(c, indicators=left, kind="single" if alone else c.kind))
        ends = {c.name for c in kept}
        parameters = [p for p in self.parameters if set(p.names).isdisjoint(names)]
        return replace(
            self,
            constructs=tuple(kept),
            paths=tuple(path for path in self.paths if {path.source, path.target} <= ends),
            items=tuple(item for item in self.items if item.name not in names),
            **self._with_parameters(parameters),
        )

    def with_paths(self, paths: Iterable[Path]) -> Model:
        """Return the model with other paths; what is stated of those left out goes with them.

        Parameters
        ----------
        paths : iterable of Path
            All paths that it shall have.

        Returns
        -------
        Model

        Examples
        --------
        >>> import csi
        >>> m = csi.models.acsi()
        >>> len(m.with_paths(m.paths[1:]).paths) == len(m.paths) - 1
        True
        """
        kept = tuple(paths)
        ends = {("~", path.target, (path.source,)) for path in kept}
        lost = {("~", path.target, (path.source,)) for path in self.paths} - ends
        parameters = [p for p in self.parameters if p.key not in lost]
        return replace(self, paths=kept, **self._with_parameters(parameters))

    def _with_parameters(self, parameters: Sequence[Parameter]) -> dict[str, Any]:
        """Return some of the parameters, and the definitions and constraints they suffice for."""
        gone = set(labels_of(self.parameters)) - set(labels_of(parameters))
        lost = depending(self.defined, gone)
        return {
            "parameters": tuple(parameters),
            "defined": tuple(entry for entry in self.defined if entry.name not in lost),
            "constraints": tuple(c for c in self.constraints if lost.isdisjoint(c.names)),
        }

    def label(self, name: str, language: str = "en") -> str:
        """Return what to call a construct in a report."""
        return self.construct(name).label.get(language, name)

    def questionnaire(self, subject: str, **options: Any) -> Questionnaire:
        """Make a printable questionnaire about a subject, its codebook and its survey plan.

        Parameters
        ----------
        subject : str
            What is asked about, such as ``"central air conditioning"`` or
            ``"中央空调"``. English sentences put "your" before it unless it brings a
            determiner or begins with a capital, as names do.
        **options
            language : {"en", "zh"}
                Language of everything that is written; ``"en"`` by default.
            firms : int or list of str
                Whose customers are asked; one firm by default.
            provider : str
                What to call the provider in sentences; ``"your provider"`` by default.
            months : int
                How far back a user may have used the subject; 12 by default.
            quotas : mapping of str to mapping of str to float
                Share of respondents in each group, by variable:
                ``{"AGE": {"18-39": 0.4, "40 and over": 0.6}}``.
            half_width, level : float
                How precisely the index of satisfaction is to be known in each firm;
                2 points either side and 0.95 by default, as in `csi.sample_size`.
            sd : float
                Standard deviation of the scores on 0-100; 20 by default.
            pilot : Fit
                A fit from which to take it instead, with its design effect.
            population : float
                Customers there are of each firm; endless by default.
            incidence, response_rate : float
                Share of the people contacted who have used the subject, and of those
                who answer; with both the plan says how many to contact.
            per_day : float
                Interviews completed in a day, for the length of the field work.

        Returns
        -------
        Questionnaire
            ``.html``, ``.text``, ``.table``, ``.codebook``, ``.plan``, and
            ``.write(folder)`` for all of them.

        Raises
        ------
        ModelError
            If an item has no wording in the language or no scale, or skip logic
            cannot be followed.
        OptionError
            If an option has no meaning.

        Examples
        --------
        >>> import csi
        >>> sheet = csi.models.acsi().questionnaire("central air conditioning")
        >>> print(sheet.table.set_index("item").loc["QP", "text"])
        Given the price that you pay, how good is the quality of your central air conditioning?
        >>> sheet.plan
        <SurveyPlan 1 firm, 385 respondents each, 385 together>
        """
        from csi.questionnaires.questionnaire import make  # noqa: PLC0415 - stands above a model

        return make(self, subject, **options)

    def __str__(self) -> str:
        """Return the model as lavaan text; ``csi.parse`` reads it back."""
        modifiers = {(p.left, p.right): p.modifiers for p in self.parameters if _measures(p)}
        statements = self._statements()
        unsaid = self._unsaid([name for _, names in statements for name in names])
        lines = []
        for c in self.constructs:
            if c.name not in unsaid:
                terms = [modifiers.get((c.name, i), "") + quoted(i) for i in c.indicators]
                lines.append(f"{quoted(c.name)} {c.operator} {' + '.join(terms)}")
        lines += [text for text, _ in statements]
        return "\n".join([*lines, *map(str, self.defined), *map(str, self.constraints)])

    def _statements(self) -> list[tuple[str, tuple[str, ...]]]:
        """Return what is stated beyond measurement: each line, and the names in it."""
        stated = {p.key: p for p in self.parameters if not _measures(p)}
        terms: dict[tuple[str, str], list[tuple[str, tuple[str, ...]]]] = {}
        for path in self.paths:
            known = stated.pop(("~", path.target, (path.source,)), None)
            term = known.term if known else quoted(path.source)
            terms.setdefault((path.target, "~"), []).append((term, (path.source,)))
        for p in stated.values():
            terms.setdefault((p.left, p.operator), []).append((p.term, p.names[1:]))
        return [
            (
                f"{quoted(left)} {operator.rstrip('1')} {' + '.join(text for text, _ in written)}",
                (left, *(name for _, names in written for name in names)),
            )
            for (left, operator), written in terms.items()
        ]

    def _unsaid(self, mentioned: Sequence[str]) -> frozenset[str]:
        """Return the observed constructs that follow from the statements that mention them."""
        own = reversed(list(takewhile(lambda c: c.observed, reversed(self.constructs))))
        names = [c.name for c in own]
        order = [name for name in dict.fromkeys(mentioned) if name in set(names)]
        said = {p.left for p in self.parameters if _measures(p)}
        said |= {part for c in self.constructs if c.higher_order for part in c.indicators}
        others = [c.name for c in self.constructs if not c.observed]
        if names != order or not said.isdisjoint(names) or misspelt(names, others):
            return frozenset()
        return frozenset(names)

    def __repr__(self) -> str:
        title = f"{self.title}: " if self.title else ""
        return (
            f"<Model {title}{len(self.constructs)} constructs, "
            f"{len(self.indicators)} indicators, {len(self.paths)} paths>"
        )


def _measures(parameter: Parameter) -> bool:
    return parameter.operator in ("=~", "<~")


def _fixed(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    mask.setflags(write=False)
    return mask

"""The questions of a model in the order in which they are asked.

Constructs come in the order of the model, complaints after satisfaction, so
that they do not colour it. A question that hangs on another follows it at
once; one that is computed gives its place to those it is computed from.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from csi.errors import ModelError, listing
from csi.parts import Item
from csi.questionnaires.words import Words
from csi.spec import Construct, Model
from csi.target import target_of

_COMPLAINTS = ("complain", "抱怨", "投诉")


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and the items below it.

    Attributes
    ----------
    heading : str
        What stands above.
    items : tuple of Item
        In the order in which they are asked.
    """

    heading: str
    items: tuple[Item, ...]


@dataclass(slots=True)
class _Order:
    """Places items one by one, each once."""

    known: dict[str, Item]
    placed: set[str] = field(default_factory=set)

    def followed(self, names: tuple[str, ...]) -> list[Item]:
        """Return items not yet placed, each after what it hangs on and before what hangs on it."""
        found: list[Item] = []
        for name in names:
            found += self._place(name)
        return found

    def _place(self, name: str) -> list[Item]:
        if name in self.placed:
            return []
        self.placed.add(name)
        item = self.known[name]
        if item.computed_from:
            return self.followed(item.computed_from)
        hanging = [
            other.name for other in self.known.values()
            if _column(other) == name and not other.computed_from
        ]  # fmt: skip
        before = (_column(item),) if _column(item) in self.known else ()
        return [*self.followed(before), item, *self.followed(tuple(hanging))]


def sections(model: Model, say: Words) -> list[Section]:
    """Return the items of a model under the headings of its constructs."""
    others = [item for item in model.items if item.name not in model.indicators]
    known = {
        item.name: item for item in [*map(model.item, model.indicators), *_scaled(model, others)]
    }
    _check_sources(known)
    order = _Order(known)
    found = [
        Section(
            model.label(construct.name, say.language), tuple(order.followed(construct.indicators))
        )
        for construct in in_order(model)
    ]
    rest = order.followed(tuple(item.name for item in others))
    return [section for section in [*found, Section(say("further"), tuple(rest))] if section.items]


def in_order(model: Model) -> list[Construct]:
    """Return the constructs that are measured, complaints after satisfaction."""
    measured = [c for c in model.constructs if not c.higher_order]
    names = [c.name for c in measured]
    if target_of(model) not in names:
        return measured
    at = names.index(target_of(model))
    early = [c for c in measured[:at] if _about_complaints(c)]
    kept = [c for c in measured[: at + 1] if c not in early]
    return [*kept, *early, *measured[at + 1 :]]


def _about_complaints(construct: Construct) -> bool:
    called = (construct.name, *construct.label.values())
    return any(word in label.casefold() for word in _COMPLAINTS for label in called)


def _column(item: Item) -> str:
    return item.asked_if.rpartition(" in ")[0]


def _scaled(model: Model, items: list[Item]) -> list[Item]:
    return [model.item(item.name) for item in items]


def _check_sources(known: dict[str, Item]) -> None:
    """Refuse items computed from what is not asked."""
    for item in known.values():
        absent = [
            source for source in item.computed_from
            if source not in known or known[source].computed_from
        ]  # fmt: skip
        if absent:
            raise ModelError(
                f"Item {item.name!r} is computed from {listing(absent)}, which the model does not "
                "ask. Keep the questions it is computed from, or leave it out."
            )

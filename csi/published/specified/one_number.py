"""One number of a fit, named as users write it: an effect, an index, an impact, an R2."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from csi.core.composites import Composites
from csi.core.structural import total_effects
from csi.core.types import Array
from csi.errors import DataError, OptionError, did_you_mean, listing
from csi.published import readings as read
from csi.published.quantities import quantity
from csi.results import Fit
from csi.spec import Model

Kind = Literal["path", "total", "index", "impact", "r2"]

FAMILIES: dict[Kind, str] = {
    "path": "paths", "total": "total", "index": "indices", "impact": "impacts", "r2": "r2",
}  # fmt: skip
"""Where a bootstrap keeps the numbers of each kind."""

_READ = {"path": read.paths, "total": read.totals, "impact": read.points, "r2": read.explained}
_KINDS = re.compile(r"(path|total|index|impact|r2|r²)(?:\s*[:：]\s*|\s+)(.+)", re.IGNORECASE)
_FORMS = (
    "'Satisfaction -> Loyalty', 'total Satisfaction -> Loyalty', 'impact Satisfaction -> "
    "Loyalty', 'index Satisfaction' or 'r2 Loyalty'"
)


@dataclass(frozen=True, slots=True)
class OneNumber:
    """A number that every fit of a model has.

    Attributes
    ----------
    kind : {"path", "total", "index", "impact", "r2"}
        Standardised direct or total effect, index from 0 to 100, points that the target
        moves per point of the source, or explained variance.
    ends : tuple of str
        Source and target, or one construct.
    """

    kind: Kind
    ends: tuple[str, ...]

    @classmethod
    def read(cls, given: object, model: Model) -> OneNumber:
        """Read what a user wrote.

        Parameters
        ----------
        given : str
            Such as ``"Satisfaction -> Loyalty"``, a path, or ``"index Satisfaction"``.
        model : Model
            Whose number it is.

        Raises
        ------
        OptionError
            If it names nothing of the model.
        """
        if not isinstance(given, str) or not given.strip():
            raise OptionError(f"of is {given!r}. Write {_FORMS}.")
        whole = " ".join(given.split())
        found = _KINDS.fullmatch(whole)
        as_path = _ends("path", whole)
        if found is None or (as_path and set(as_path) <= set(model.names)):
            named: Kind = "path"
        else:
            named, whole = found[1].lower().replace("²", "2"), found[2]  # type: ignore[assignment]
        ends = _ends(named, whole)
        if ends is None:
            raise OptionError(f"of is {given!r}, which is no number of a fit. Write {_FORMS}.")
        number = cls(named, ends)
        number.check(model)
        return number

    def check(self, model: Model, of: str = "The model") -> None:
        """Refuse a model that has no such number."""
        for name in self.ends:
            if name not in model.names:
                raise OptionError(
                    f"{of} has no construct {name!r}. Known constructs: "
                    f"{listing(model.names, 20)}." + did_you_mean(name, model.names)
                )
        if self.kind == "index":
            return
        at = [model.names.index(name) for name in self.ends]
        mask = model.design if self.kind in ("path", "r2") else model.reachable
        there = mask[:, at[0]].any() if self.kind == "r2" else mask[at[0], at[1]]
        if not there:
            raise OptionError(f"{of} {self._absence(model)}")

    def _absence(self, model: Model) -> str:
        if self.kind == "r2":
            return f"has no path to {self.ends[0]}, which therefore has no R2. Name another one."
        paths = [f"{path.source} -> {path.target}" for path in model.paths]
        one, other = map(model.names.index, self.ends)
        if self.kind == "path" and model.reachable[one, other]:
            return f"has no path {self.label}, but routes. Ask for 'total {self.label}'."
        turned = " -> ".join(self.ends[::-1])
        hint = f" Did you mean {turned!r}?" if model.reachable[other, one] else ""
        return f"has no {self._route} {self.label}. Its paths: {listing(paths, 20)}.{hint}"

    @property
    def _route(self) -> str:
        return "path" if self.kind == "path" else "route"

    @property
    def label(self) -> str:
        """Its ends, as tables of csi write them."""
        return " -> ".join(self.ends)

    def __str__(self) -> str:
        return self.label if self.kind == "path" else f"{self.kind} {self.label}"

    @property
    def means(self) -> str:
        """What it is, in words."""
        return {
            "path": "standardised direct effect",
            "total": "standardised total effect",
            "index": "index from 0 to 100",
            "impact": "points per point on 0 to 100",
            "r2": "explained variance",
        }[self.kind]

    def value(self, fit: Fit) -> float:
        """Return the number of a fit."""
        if self.kind == "index":
            return fit.index(self.ends[0])
        return _READ[self.kind](fit)[self.label]

    def implied(self, found: Composites, model: Model) -> Array:
        """Return the (B,) numbers of composites, of effects and explained variance only."""
        at = [model.names.index(name) for name in self.ends]
        if self.kind == "r2":
            return np.asarray(found.r2[at[0]])
        effects = found.B if self.kind == "path" else total_effects(found.B)
        return np.asarray(effects[at[0], at[1]])

    def among(self, labels: Iterable[tuple[str, ...]]) -> int:
        """Return its position in a family of a bootstrap."""
        return list(labels).index(self.ends)


def _ends(kind: Kind, text: str) -> tuple[str, ...] | None:
    """Return the constructs a text names, None if it cannot be read."""
    if kind in ("index", "r2"):
        return (text,)
    try:
        ends = tuple(quantity("path").label(text).split(" -> "))
    except DataError:
        return None
    return ends if len(ends) == 2 and all(ends) else None

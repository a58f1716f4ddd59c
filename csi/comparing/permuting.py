"""Two groups whose respondents exchange their labels."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from csi.core.permutation import Members
from csi.core.resample import BLOCK, Permuted
from csi.core.types import Array
from csi.resampling.engine import Engine, Part
from csi.resampling.functions import Function
from csi.results import Fit


@dataclass(frozen=True, eq=False)
class Exchange:
    """Both groups after each permutation of the labels of their respondents.

    Attributes
    ----------
    whole : Engine
        What estimates from sums, with the fit of all respondents.
    members : (Members, Members)
        Who is in the first and in the second group.
    """

    whole: Engine
    members: tuple[Members, Members]

    @classmethod
    def of(cls, whole: Engine, groups: tuple[Fit, Fit], seed: int) -> Exchange:
        """Prepare to exchange respondents, within strata where these are declared.

        Parameters
        ----------
        whole : Engine
            Of the pooled fit: the respondents of the first group, then those of
            the second.
        groups : (Fit, Fit)
            Both groups.
        seed : int
            Seed of the streams.
        """
        answers = [fit.data for fit in groups if fit.data is not None]
        frequency = answers[0].weights is not None and answers[0].weight_type == "frequency"
        copies = np.concatenate([each.copies for each in answers]) if frequency else None
        labels = np.repeat([0, 1], [len(each.rows) for each in answers])
        strata = _strata(groups)
        if copies is not None:
            times = copies.astype(np.intp)
            labels = np.repeat(labels, times)
            strata = None if strata is None else np.repeat(strata, times)
        permuted = Permuted(labels, seed, strata)
        return cls(whole, (Members(permuted, 0, copies), Members(permuted, 1, copies)))

    def __call__(self, start: int, stop: int) -> tuple[Part, Part]:
        """Return the numbers of both groups in permutations of one block."""
        if not self.whole.batched:
            first, second = (function(start, stop) for function in self._functions)
            return first, second
        sums = self.whole.products.sums(self.members[0].pieces(start // BLOCK))
        parts = [
            side.of_sums(own).first(stop - start)
            for side, own in zip(self._sides, (sums, self._total - sums), strict=True)
        ]
        return parts[0], parts[1]

    def sums(self, table: Array, start: int, stop: int) -> Array:
        """Return (m, b) sums of rows of a table over the first group, in the same permutations."""
        pieces = self.members[0].pieces(start // BLOCK)
        drawn = np.concatenate([table.T @ piece.T.astype(np.float64) for piece in pieces], axis=1)
        first = start % BLOCK
        return drawn[:, first : first + stop - start]

    def total(self, table: Array) -> Array:
        """Return (m, 1) sums of the rows of a table over everybody."""
        everybody = sum(members.observed for members in self.members)
        summed: Array = table.T @ np.asarray(everybody, dtype=np.float64).T
        return summed

    @cached_property
    def _total(self) -> Array:
        everybody = self.members[0].observed + self.members[1].observed
        return self.whole.products.sums([everybody])

    @cached_property
    def _sides(self) -> tuple[Engine, ...]:
        """The engine for samples of the size of each group."""
        return tuple(replace(self.whole, fit=_of_size(self.whole.fit, m)) for m in self.members)

    @cached_property
    def _functions(self) -> tuple[Function, ...]:
        return tuple(
            Function.of(self.whole.fit, self.whole.of_fit, members) for members in self.members
        )


def hindrance(groups: tuple[Fit, Fit]) -> str:
    """Say why respondents cannot exchange their labels; empty if they can."""
    designs = [fit.data.sampling for fit in groups if fit.data is not None]
    if any(design is not None and design.clusters is not None for design in designs):
        return "respondents were drawn in clusters, which exchanging them one by one breaks up"
    strata = _strata(groups)
    if strata is None:
        return ""
    first = np.isin(strata, strata[: len(_rows(groups[0]))])
    second = np.isin(strata, strata[len(_rows(groups[0])) :])
    return "" if (first & second).any() else "no stratum holds respondents of both groups"


def _strata(groups: tuple[Fit, Fit]) -> NDArray[np.intp] | None:
    """Strata of the respondents of both groups by name; a group without is a stratum of its own."""
    designs = [fit.data.sampling for fit in groups if fit.data is not None]
    if all(design is None or design.strata is None for design in designs):
        return None
    names: list[str] = []
    for fit, design in zip(groups, designs, strict=True):
        if design is None or design.strata is None:
            names += [""] * len(_rows(fit))
        else:
            names += [design.names[c] if design.names else str(c) for c in design.strata]
    return np.unique(names, return_inverse=True)[1]


def _rows(fit: Fit) -> Array:
    assert fit.data is not None
    return fit.data.rows


def _of_size(fit: Fit, members: Members) -> Fit:
    """Return a fit that counts as many respondents as a group holds."""
    return replace(fit, moments=replace(fit.moments, n=float(members.observed.sum())))

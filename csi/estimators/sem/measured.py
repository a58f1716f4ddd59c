"""The measurement of constructs, fitted block by block before anything else.

Constructs that share an item, or whose items share errors, make one block; within a
block they are free to correlate. A block of one construct with two items says too
little for two loadings: both are 1.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from csi.core.sem.information import inverse_times
from csi.core.types import Array
from csi.errors import EstimationError, ModelError, listing
from csi.estimators.sem.compiled import Compiled, compiled
from csi.estimators.sem.evidence import Complete, Sample
from csi.estimators.sem.identified import flat_by_rank
from csi.estimators.sem.solution import Solution, solved
from csi.estimators.sem.table import Key, Row

Index = NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Steps:
    """Which parameters belong to the measurement, and which to the structure.

    Attributes
    ----------
    rows : tuple of Row
        All of them.
    items : tuple of str
        The observed variables.
    """

    rows: tuple[Row, ...]
    items: tuple[str, ...]

    @cached_property
    def outward(self) -> frozenset[str]:
        """Items that are causes or effects themselves, or covary with constructs."""
        found: set[str] = set()
        items = set(self.items)
        for row in self.rows:
            ends = {row.left, *row.right.split(":")}
            if row.operator == "~" or (row.operator == "~~" and ends - items and row.value != 0):
                found |= ends & items
        return frozenset(found)

    @cached_property
    def constructs(self) -> tuple[str, ...]:
        """The constructs that have items."""
        owners = [row.left for row in self.rows if row.operator == "=~" and row.right in self.items]
        return tuple(dict.fromkeys(owners))

    @cached_property
    def products(self) -> tuple[str, ...]:
        """Products of constructs, such as ``"Quality:Value"``."""
        named = [row.right for row in self.rows if row.operator == "~" and ":" in row.right]
        return tuple(dict.fromkeys(named))

    @property
    def pairs(self) -> Index:
        """(r, 2) the variables that are multiplied."""
        names = [name.split(":") for name in self.products]
        places = [[self.variables.index(part) for part in pair] for pair in names]
        return np.array(places, dtype=np.intp).reshape(-1, 2)

    @property
    def variables(self) -> tuple[str, ...]:
        """What the structure is about: constructs with items, then items that stand alone."""
        return (*self.constructs, *(name for name in self.items if name in self.outward))

    def measures(self, row: Row) -> bool:
        """Whether a parameter belongs to the measurement."""
        own = set(self.items) - self.outward
        if row.operator == "=~":
            return row.right in own
        return row.operator in ("~~", "~1") and row.left in own

    @property
    def first(self) -> list[Row]:
        """The rows of the measurement."""
        return [row for row in self.rows if self.measures(row)]

    @property
    def second(self) -> list[Row]:
        """The rows of the structure."""
        return [row for row in self.rows if not self.measures(row)]

    def blocks(self) -> list[tuple[str, ...]]:
        """Return the constructs of each block; parameters with one label are in one block."""
        owners = {name: [r.left for r in self.first if r.operator == "=~" and r.right == name]
                  for name in self.items}  # fmt: skip
        groups = [{name} for name in self.constructs]
        labelled: dict[str, set[str]] = {}
        for row in self.first:
            if row.label:
                own = {row.left} if row.operator == "=~" else {*owners[row.left]}
                labelled.setdefault(row.label, set()).update(own)
        for together in labelled.values():
            groups = _joined(groups, together)
        for row in self.first:
            if row.operator == "~~" and row.value != 0:
                groups = _joined(groups, {*owners[row.left], *owners[row.right]})
            elif row.operator == "=~":
                groups = _joined(groups, set(owners[row.right]))
        return [tuple(name for name in self.constructs if name in group) for group in groups]


def _joined(groups: Sequence[set[str]], together: set[str]) -> list[set[str]]:
    touched = [group for group in groups if group & together]
    if len(touched) < 2:
        return list(groups)
    merged = set().union(*touched)
    return [merged if group is touched[0] else group for group in groups
            if group is touched[0] or group not in touched]  # fmt: skip


def without_second_loading(steps: Steps, blocks: Iterable[tuple[str, ...]]) -> Steps:
    """Fix both loadings at 1 where a block has one construct and two items."""
    pairs = set()
    for block in blocks:
        loadings = [row for row in steps.first if row.operator == "=~" and row.left in block]
        if len(loadings) == 2 and any(row.value is None for row in loadings):
            pairs |= {row.key for row in loadings}
    rows = (replace(r, value=1.0, label="", start=None) if r.key in pairs else r
            for r in steps.rows)  # fmt: skip
    return Steps(tuple(rows), steps.items)


@dataclass(frozen=True, eq=False)
class Measured:
    """A fitted block.

    Attributes
    ----------
    constructs : tuple of str
        Its constructs.
    solution : Solution
        Its parameters, error variances that would be negative at zero.
    held : Solution
        The same with these variances fixed.
    at_zero : tuple of str
        Items whose error variance would be negative.
    """

    constructs: tuple[str, ...]
    solution: Solution
    held: Solution
    at_zero: tuple[str, ...]

    @property
    def values(self) -> dict[Key, float]:
        """Its loadings and errors."""
        own = self.solution
        return {row.key: float(value)
                for row, value in zip(own.compiled.rows, own.values, strict=True)
                if not {row.left, row.right} <= set(self.constructs)}  # fmt: skip

    @cached_property
    def influence(self) -> Array:
        """(q, m) how the parameters follow the covariances of the items of the block.

        This is their exact derivative; variances at zero stay there.
        """
        held, whole = self.held, self.solution.compiled
        evidence, structure, theta = held.evidence, held.structure, held.theta
        Delta = evidence.Delta(structure, theta)[0]
        W = evidence.weight(structure, theta)[0]
        rates = inverse_times(evidence.bread(structure, theta, "observed"), Delta.T @ W)
        places = {whole.rows[i].key: s for s, i in enumerate(whole.first)}
        found = np.zeros((whole.n_parameters, len(W)))
        found[[places[held.compiled.rows[i].key] for i in held.compiled.first]] = rates
        return found


def measured(steps: Steps, block: tuple[str, ...], evidence: Complete, max_iter: int) -> Measured:
    """Fit one block.

    Raises
    ------
    ModelError
        If the items of the block do not tell its parameters apart.
    EstimationError
        If the search does not settle, or these answers do not.
    """
    whole = _block(steps, block)
    together = flat_by_rank(whole)
    if together:
        remedy = "csi.SAM(blocks='joint') fits all constructs together."
        if set(block) == set(steps.constructs):
            remedy = "Fix one of them, or add an item."
        raise ModelError(
            f"The measurement of {listing(block)} alone is not identified: {listing(together)} can "
            f"move together and no moment of its items changes. {remedy}"
        )
    at = [steps.items.index(name) for name in whole.items]
    sample = evidence.samples[0]
    part = Complete((Sample(sample.n, sample.cov[np.ix_(at, at)]),))

    def held_at(names: Sequence[str]) -> Solution:
        return solved(_fixed(whole, names), part, max_iter=max_iter)

    at_zero: list[str] = []
    found = solved(whole, part, max_iter=max_iter)
    if not found.optimum.converged[0]:
        found, at_zero = _with_one_at_zero(whole, held_at) or (found, [])
    while found.optimum.converged[0] and (worst := _most_negative(found)) is not None:
        at_zero = [*at_zero, worst]
        found = held_at(at_zero)
    if not found.optimum.converged[0]:
        raise EstimationError(
            f"The search for the measurement of {listing(block)} has not settled. Look at the "
            "items of these constructs, or use csi.PLS()."
        )
    free = _released(whole, found) if at_zero else found
    if not (np.diag(free.covariance) >= 0).all():
        raise EstimationError(
            f"These answers do not identify the measurement of {listing(block)}: its standard "
            "errors are not defined. Look at its items, or use csi.PLS()."
        )
    return Measured(block, free, found, tuple(at_zero))


def _with_one_at_zero(
    whole: Compiled, held_at: Callable[[Sequence[str]], Solution]
) -> tuple[Solution, list[str]] | None:
    """Return the best fit with one error variance at zero, where without any there is none."""
    found = [(held_at([name]), [name]) for name in whole.items if _is_free(whole, name)]
    settled = [each for each in found if each[0].optimum.converged[0]]
    return min(settled, key=lambda each: each[0].statistic, default=None)


def _is_free(whole: Compiled, name: str) -> bool:
    return any(r.left == r.right == name and r.value is None for r in whole.rows)


def _block(steps: Steps, block: tuple[str, ...]) -> Compiled:
    loadings = [row for row in steps.first if row.operator == "=~" and row.left in block]
    items = tuple(name for name in steps.items if any(row.right == name for row in loadings))
    errors = [row for row in steps.first if row.operator == "~~" and row.left in items]
    free = [Row(name, "~~", name, 0, "variances") for name in block]
    free += [Row(a, "~~", b, 0, "covariances") for a, b in combinations(block, 2)]
    found = compiled([*loadings, *errors, *free], items, block)
    moments = len(items) * (len(items) + 1) // 2
    if found.n_parameters > moments:
        raise ModelError(
            f"The measurement of {listing(block)} alone has {found.n_parameters} parameters, but "
            f"{len(items)} items have only {moments} moments. csi.SAM(blocks='joint') fits all "
            "constructs together; or fix some parameters."
        )
    return found


def _most_negative(solution: Solution) -> str | None:
    """Return the item whose error variance is most below zero, for its size."""
    worst, name = -1e-12, None
    sizes = np.diag(solution.structure.matrices(solution.theta).C[0])
    for row, value in zip(solution.compiled.rows, solution.values, strict=True):
        if row.left == row.right and row.left in solution.compiled.items and row.value is None:
            share = value / sizes[solution.compiled.place[row.left]]
            if share < worst:
                worst, name = share, row.left
    return name


def _fixed(whole: Compiled, at_zero: Sequence[str]) -> Compiled:
    rows = [replace(row, value=0.0, label="") if row.left == row.right and row.left in at_zero
            else row for row in whole.rows]  # fmt: skip
    constructs = whole.variables[len(whole.items) :]
    return compiled(rows, whole.items, constructs)


def _released(whole: Compiled, found: Solution) -> Solution:
    """Return the same point with the variances at zero among the parameters again."""
    theta = found.values[whole.first]
    return replace(found, compiled=whole, theta=theta, tangent=np.eye(len(theta)))


def filled(whole: Compiled, values: Mapping[Key, float]) -> Array:
    """Return (q,) parameters with these values, zero where there are none."""
    return np.array([values.get(whole.rows[i].key, 0.0) for i in whole.first])

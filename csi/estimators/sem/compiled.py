"""Rows of parameters as a structure of matrices."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from csi.core.sem.constraints import Eliminated
from csi.core.sem.ordered import Parametrisation
from csi.core.sem.ordered_starting import ordered_start
from csi.core.sem.responses import Responses
from csi.core.sem.starting import Plan
from csi.core.sem.structure import Structure
from csi.core.types import Array
from csi.estimators.sem.definitions import Quantities
from csi.estimators.sem.table import Row
from csi.parameters import Constraint, Defined

Index = NDArray[np.intp]

KEPT = 0.8, 0.5
"""Shares of the correlations from which searches for ordered items start anew."""

OWN = ("|", "~*~")
"""Operators of thresholds and scales, which stand in no matrix."""


@dataclass(frozen=True, eq=False)
class Compiled:
    """Rows, and the structure they make.

    Attributes
    ----------
    rows : tuple of Row
        What there is.
    variables : tuple of str
        Items, then constructs.
    structure : Structure
        Its matrices.
    number : (r,) array of int
        Parameter of each row, -1 where it is fixed.
    reduction : Eliminated or None
        How these s parameters follow from the q that are searched for; None where they
        are the same.
    equations : tuple of Constraint
        The linear constraints that say so.
    constraints : tuple of Constraint
        Others, equations first.
    defined : tuple of Defined
        What is computed from labelled parameters.
    """

    rows: tuple[Row, ...]
    variables: tuple[str, ...]
    structure: Structure
    number: Index
    reduction: Eliminated | None = None
    equations: tuple[Constraint, ...] = ()
    constraints: tuple[Constraint, ...] = ()
    defined: tuple[Defined, ...] = ()

    @property
    def n_parameters(self) -> int:
        """Parameters that are searched for, moments of observed causes among them."""
        return int(self.structure.K.shape[2])

    @cached_property
    def quantities(self) -> Quantities:
        """Everything with a name that formulas can be made of."""
        return Quantities(self.rows, self.defined)

    @cached_property
    def items(self) -> tuple[str, ...]:
        """The observed variables."""
        return self.variables[: len(self.structure.observed)]

    @property
    def ordered(self) -> tuple[str, ...]:
        """The observed variables that are ordered."""
        if not isinstance(self.structure, Responses):
            return ()
        return tuple(np.array(self.items)[self.structure.ordered].tolist())

    @cached_property
    def place(self) -> dict[str, int]:
        """Position of each variable."""
        return {name: i for i, name in enumerate(self.variables)}

    @cached_property
    def first(self) -> Index:
        """The first row of each parameter."""
        free = self.number >= 0
        _, first = np.unique(self.number[free], return_index=True)
        return np.flatnonzero(free)[first]

    @cached_property
    def exogenous(self) -> NDArray[np.bool_]:
        """(s,) which parameters are moments of observed causes."""
        return np.array([self.rows[i].exogenous for i in self.first], dtype=bool)

    @cached_property
    def plan(self) -> Plan:
        """Where the search starts."""
        return Plan.of(self.structure)

    def start(self, cov: Array, mean: Array | None, statistics: Array | None = None) -> Array:
        """Return (B, q) starting values, those that are stated in their place.

        Parameters
        ----------
        cov, mean : (B, G, p, p) and (B, G, p) arrays
            Moments, polychoric ones of ordered items.
        statistics : (B, G, m) array, optional
            All statistics, where items are ordered.
        """
        if isinstance(self.structure, Responses):
            assert mean is not None
            assert statistics is not None
            theta = ordered_start(self.structure.model, self.plan, cov, mean, statistics)
        else:
            theta = self.plan.start(cov, mean)
        given = [(s, self.rows[i].start) for s, i in enumerate(self.first)]
        stated = [(s, start) for s, start in given if start is not None]
        if not stated:
            return theta
        found = self.unreduced(theta)
        at, starts = zip(*stated, strict=True)
        found[:, at] = starts
        if self.reduction is None:
            return found
        return np.asarray((found - self.reduction.offset) @ np.linalg.pinv(self.reduction.along).T)

    def others(
        self, cov: Array, mean: Array | None, statistics: Array | None = None
    ) -> list[Callable[[Index], Array]]:
        """Return further starts, functions of the numbers of the samples."""
        structure, plan = self.structure, self.plan
        if not isinstance(structure, Responses):
            return plan.others(cov, mean)
        assert mean is not None
        assert statistics is not None
        known = cov, mean, statistics

        def start(kept: float) -> Callable[[Index], Array]:
            return lambda rows: ordered_start(
                structure.model, plan, *(each[rows] for each in known), kept=kept
            )

        return [start(kept) for kept in KEPT]

    def unreduced(self, theta: Array) -> Array:
        """Return (..., s) parameters, those that follow from linear constraints among them."""
        if self.reduction is None:
            return theta
        return np.asarray(theta @ self.reduction.along.T + self.reduction.offset)

    def values(self, theta: Array) -> Array:
        """Return (..., r) the value of every row for parameters (..., q)."""
        fixed = np.array([np.nan if row.value is None else row.value for row in self.rows])
        found = np.broadcast_to(fixed, (*theta.shape[:-1], len(fixed))).copy()
        free = self.number >= 0
        found[..., free] = self.unreduced(theta)[..., self.number[free]]
        follow = [r for r, row in enumerate(self.rows) if row.follows]
        if follow:
            matrices = self.structure.matrices(theta)
            for r in follow:
                matrix, i, _ = cell_of(self.rows[r], self.place)
                at = (..., self.rows[r].group, i, i)
                found[..., r] = matrices.C[at] ** -0.5 if matrix == "d" else matrices.S[at]
        return found

    @cached_property
    def rates(self) -> Array:
        """(r, q) derivatives of the values of the rows."""
        rates = np.zeros((len(self.number), self.n_parameters))
        free = self.number >= 0
        along = np.eye(self.n_parameters) if self.reduction is None else self.reduction.along
        rates[free] = along[self.number[free]]
        return rates


def compiled(
    rows: Sequence[Row], items: Sequence[str], constructs: Sequence[str], n_groups: int = 1
) -> Compiled:
    """Put the rows of a model into matrices."""
    variables = (*items, *constructs)
    place = {name: i for i, name in enumerate(variables)}
    number = _numbered(rows)
    cells: dict[tuple[str, int, int], int] = {}
    own = [row.operator in OWN for row in rows]
    linear = [(r, p) for r, p, apart in zip(rows, number, own, strict=True) if not apart]
    for row, parameter in linear:
        if parameter >= 0:
            cells.setdefault(cell_of(row, place), len(cells))
    order = {cell: i for i, cell in enumerate(sorted(cells, key=lambda cell: "ASm".index(cell[0])))}
    v, q = len(variables), int(number.max(initial=-1)) + 1
    matrices = {"A": np.zeros((n_groups, v, v)), "S": np.zeros((n_groups, v, v))}
    m0 = np.zeros((n_groups, v))
    K, k0 = np.zeros((n_groups, len(order), q)), np.zeros((n_groups, len(order)))
    for row, parameter in linear:
        cell = cell_of(row, place)
        matrix, i, j = cell
        if parameter >= 0:
            K[row.group, order[cell], parameter] = 1.0
        elif cell in order:
            k0[row.group, order[cell]] = row.value
        elif matrix == "m":
            m0[row.group, i] = row.value
        else:
            matrices[matrix][row.group, i, j] = row.value
            if matrix == "S":
                matrices[matrix][row.group, j, i] = row.value
    at = {name: [cell[1:] for cell in order if cell[0] == name] for name in "ASm"}
    means = any(row.operator == "~1" for row in rows)
    structure = Structure(
        np.arange(len(items)),
        np.array(at["A"], dtype=np.intp).reshape(-1, 2),
        np.array(at["S"], dtype=np.intp).reshape(-1, 2),
        np.array([i for i, _ in at["m"]], dtype=np.intp) if means else None,
        matrices["A"], matrices["S"], m0, K, k0,
    )  # fmt: skip
    if any(own):
        structure = _responses(structure, rows, number, place)
    return Compiled(tuple(rows), variables, structure, number)


def _responses(
    structure: Structure, rows: Sequence[Row], number: Index, place: Mapping[str, int]
) -> Responses:
    """Put thresholds and scales around a structure of latent responses."""
    given = [r for r, row in enumerate(rows) if row.operator in OWN and not row.follows]
    order = sorted(
        {cell_of(rows[r], place) for r in given}, key=lambda cell: (cell[0] != "t", *cell[1:])
    )
    cells = {cell: k for k, cell in enumerate(order)}
    G, _, q = structure.K.shape
    T, T0 = np.zeros((G, len(cells), q)), np.zeros((G, len(cells)))
    for r in given:
        at = rows[r].group, cells[cell_of(rows[r], place)]
        if number[r] >= 0:
            T[*at, number[r]] = 1.0
        else:
            T0[at] = rows[r].value
    ordered = np.zeros(len(structure.observed), dtype=bool)
    item = np.array([i for matrix, i, _ in order if matrix == "t"], dtype=np.intp)
    ordered[item] = True
    scales = any(row.operator == "~*~" and row.follows for row in rows)
    parametrisation: Parametrisation = "theta" if scales else "delta"
    return Responses.around(structure, ordered, item, parametrisation, T, T0)


def cell_of(row: Row, place: Mapping[str, int]) -> tuple[str, int, int]:
    """Return the matrix, row and column a parameter stands in.

    Thresholds and scales are in no matrix: "t", item and number; "d" and item.
    """
    if row.operator in OWN:
        return ("d", place[row.left], 0) if row.operator == "~*~" else (
            "t", place[row.left], int(row.right[1:])
        )  # fmt: skip
    left, right = place[row.left], place.get(row.right, 0)
    if row.operator == "=~":
        return "A", right, left
    if row.operator in ("~", "<~"):
        return "A", left, right
    if row.operator == "~1":
        return "m", left, 0
    return "S", min(left, right), max(left, right)


def _numbered(rows: Sequence[Row]) -> Index:
    """Return the parameter of each row: effects, covariances, intercepts; one a label."""
    known: dict[object, int] = {}
    later = {"~~": 1, "~1": 2, "|": 3, "~*~": 4}
    order = sorted(range(len(rows)), key=lambda i: later.get(rows[i].operator, 0))
    number = np.full(len(rows), -1)
    for i in order:
        row = rows[i]
        if row.value is None:
            number[i] = known.setdefault(row.label or i, len(known))
    return number

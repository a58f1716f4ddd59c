"""Score tests: what a model would gain if more of it were free.

With s the scores of one respondent and I the information, T the directions in which
the parameters of a model move and D further ones (both are columns)::

    H = D' - D'I T (T'I T)^-1 T'       scores that parameters of the model cannot explain
    V = H I D                          their variance for normal data, else H B H'
    n (H s)' V^-1 (H s)                the statistic, a chi-square
    V^-1 H s                           how far parameters would move, the expected change

One direction at a time gives modification indices. B is the meat of
`csi.core.sem.sandwich`; with it the statistic is the generalised score test, which
does not rest on normal data.

References
----------
Sorbom, D. (1989). Model modification. Psychometrika 54(3), 371-384.
doi:10.1007/BF02294623

Satorra, A. (1989). Alternative test criteria in covariance structure analysis: a
unified approach. Psychometrika 54(1), 131-151. doi:10.1007/BF02294453

Saris, W. E., Satorra, A. and van der Veld, W. M. (2009). Testing structural equation
models or detection of misspecifications? Structural Equation Modeling 16(4), 561-582.
doi:10.1080/10705510903203433
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import combinations_with_replacement, product

import numpy as np
from numpy.typing import NDArray

from csi.core.sem.constraints import ConstrainedOptimum
from csi.core.sem.directions import Slopes, slopes
from csi.core.sem.information import units
from csi.core.sem.normal import Normal
from csi.core.sem.optimise import Discrepancy
from csi.core.types import Array
from csi.estimators.sem.compiled import Compiled, compiled
from csi.estimators.sem.constrained import difference
from csi.estimators.sem.overall import SCALED
from csi.estimators.sem.solution import Solution
from csi.estimators.sem.table import Row
from csi.parameters import Constraint

EXPLAINED = 1e-7
"""Share of a direction's information that must be left for it to be identified."""

Index = NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Freed:
    """A model with parameters it does not estimate, where its search ended.

    Attributes
    ----------
    compiled : Compiled
        The rows of both, and their structure.
    theta : (q,) array
        Parameters.
    along : (q, r) array
        Directions in which those of the model move.
    problem : Discrepancy
        What was minimised.
    meat : (q, q) array or None
        Covariance of the scores; None where errors rest on normal data.
    count : float
        What the discrepancy is multiplied with to become a statistic.
    """

    compiled: Compiled
    theta: Array
    along: Array
    problem: Discrepancy
    meat: Array | None
    count: float

    @classmethod
    def of(cls, solution: Solution, rows: Sequence[Row], values: Array, rates: Array) -> Freed:
        """Return a model with these rows, their values and (rows, q) directions."""
        old, evidence = solution.compiled, solution.evidence
        p = len(old.items)
        whole = compiled(rows, old.items, old.variables[p:], len(evidence.sizes))
        theta, along = values[whole.first], (rates @ solution.tangent)[whole.first]
        meat = None
        if solution.choices.errors != "standard" or solution.choices.test in SCALED:
            about_model = solution.choices.errors in ("robust.huber", "first.order")
            meat = evidence.meat(whole.structure, theta, about_model=about_model)
        problem = evidence.problem(whole.structure)
        return cls(whole, theta, along, problem, meat, evidence.count)

    @cached_property
    def derivatives(self) -> tuple[Array, Array]:
        """(q,) score and (q, q) expected information of one respondent."""
        point = self.problem.at(self.theta[None])
        gradient, H = self.problem.derivatives(point, exact=False)
        return -gradient[0] / 2, H[0] / 2

    @cached_property
    def slopes(self) -> Slopes:
        """Scores and what of the information concerns the model; quicker than all of it."""
        if isinstance(self.problem, Normal):
            return slopes(self.problem, self.theta, self.along)
        score, information = self.derivatives
        return Slopes(score, np.diagonal(information), information @ self.along)

    @cached_property
    def model(self) -> tuple[Array, Array]:
        """(q, r) directions T of the model with ``T'I T`` the identity, and ``I T``."""
        across = self.slopes.across
        information = self.along.T @ across
        unit = units(information)
        values, axes = np.linalg.eigh(information * np.outer(unit, unit))
        turn = axes / np.sqrt(np.where(values > 0, values, np.nan)) * unit[:, None]
        return self.along @ turn, across @ turn

    def one_by_one(self, parameters: Index) -> Gains:
        """Test parameters one at a time; NaN for those the data do not tell from the model's."""
        T, across = self.model
        shared = across[parameters]
        own, score = self.slopes.own[parameters], self.slopes.score
        score = score[parameters] - shared @ (T.T @ score)
        spread = None
        if self.meat is not None:
            BT = self.meat @ T
            spread = np.diagonal(self.meat)[parameters] - 2 * (shared * BT[parameters]).sum(axis=1)
            spread += ((shared @ (T.T @ BT)) * shared).sum(axis=1)
        return self._gains(own, own - (shared**2).sum(axis=1), score, spread)

    def along_each(self, further: Array) -> Gains:
        """Test directions one at a time, (q, k) of them."""
        H, V, own = self._left(further)
        spread = None if self.meat is None else np.einsum("kq,qr,kr->k", H, self.meat, H)
        return self._gains(own, np.diagonal(V), H @ self.slopes.score, spread)

    def _gains(self, own: Array, left: Array, score: Array, spread: Array | None) -> Gains:
        """Return chi-squares from information, what of it is left, scores and their variance."""
        n = self.count
        left = np.where(left > EXPLAINED * own, left, np.nan)
        scaled = None
        if spread is not None:
            scaled = n * score**2 / np.where(np.isnan(left), np.nan, spread)
        return Gains(n * score**2 / left, score / left, n * left, scaled)

    def together(self, further: Array) -> tuple[float, int, float | None]:
        """Test all directions at once: the statistic, its degrees of freedom, scaled."""
        H, V, own = self._left(further)
        unit = 1 / np.sqrt(np.where(own > 0, own, 1.0))
        values, axes = np.linalg.eigh(V * unit[:, None] * unit)
        kept = values > EXPLAINED
        axes = axes[:, kept] * unit[:, None]
        score = axes.T @ (H @ self.slopes.score)
        statistic, df = self.count * float((score**2 / values[kept]).sum()), int(kept.sum())
        if self.meat is None:
            return statistic, df, None
        B = axes.T @ H @ self.meat @ H.T @ axes
        return statistic, df, self.count * float(score @ np.linalg.solve(B, score))

    def _left(self, further: Array) -> tuple[Array, Array, Array]:
        """Return H, V and the information of each direction."""
        T, across = self.model
        shared = further.T @ across
        own = further.T @ self.derivatives[1] @ further
        return further.T - shared @ T.T, own - shared @ shared.T, np.diagonal(own)


@dataclass(frozen=True, slots=True, eq=False)
class Gains:
    """What single directions would gain.

    Attributes
    ----------
    statistic : (k,) array
        Chi-squares of one degree of freedom; NaN where a direction is not identified.
    change : (k,) array
        Expected changes.
    precision : (k,) array
        One by the variance of each change.
    scaled : (k,) array or None
        Chi-squares that do not rest on normal data.
    """

    statistic: Array
    change: Array
    precision: Array
    scaled: Array | None


def candidates(whole: Compiled, operators: Collection[str]) -> list[Row]:
    """Return what is not free: cross-loadings, covariances and paths, as lavaan proposes them."""
    found = []
    for group in sorted({row.group for row in whole.rows}):
        rows = [row for row in whole.rows if row.group == group]
        fixed = {row.key: row for row in rows if row.value is not None and not row.follows}
        taken = {row.key for row in rows} - fixed.keys()
        fixed |= {key[::-1]: row for key, row in fixed.items() if key[1] == "~~"}
        taken |= {key[::-1] for key in taken if key[1] == "~~"}
        proposed = dict.fromkeys(_proposed(_Names.of(whole, rows), operators))
        found += [fixed.get(key) or Row(*key, group, "") for key in proposed if key not in taken]
    return found


@dataclass(frozen=True, slots=True)
class _Names:
    """Names of one group: items, those that measure, constructs, what paths join."""

    items: list[str]
    measuring: set[str]
    constructs: list[str]
    joined: list[str]

    @classmethod
    def of(cls, whole: Compiled, rows: Sequence[Row]) -> _Names:
        given = {row.left for row in rows if row.exogenous}
        constructs = list(whole.variables[len(whole.items) :])
        measuring = {row.right for row in rows if row.operator == "=~"} - set(constructs)
        paths = [row for row in rows if row.operator == "~"]
        causes = [row.right for row in rows if row.operator in ("~", "<~")]
        joined = dict.fromkeys([*(row.left for row in paths), *causes])
        items = [name for name in whole.items if name not in given]
        return cls(items, measuring, constructs, list(joined))


def _proposed(names: _Names, operators: Collection[str]) -> Iterator[tuple[str, str, str]]:
    if "=~" in operators:
        apart = [name for name in names.items if name not in names.joined]
        yield from ((one, "=~", item) for one, item in product(names.constructs, apart))
    if "~~" in operators:
        items = [name for name in names.items if name in names.measuring]
        for each in (items, names.constructs):
            yield from ((a, "~~", b) for a, b in combinations_with_replacement(each, 2))
    if "~" in operators:
        for left, right in product(names.joined, names.joined):
            measures = left in names.measuring and right in names.constructs
            if left != right and not measures:
                yield left, "~", right


@dataclass(frozen=True, slots=True, eq=False)
class Modifications:
    """What freeing each candidate would gain.

    Attributes
    ----------
    rows : list of Row
        The candidates.
    gains : Gains
        Of each.
    lv, all, nox : (k,) arrays
        Expected changes with constructs standardised; with items as well; with all but
        observed causes.
    """

    rows: list[Row]
    gains: Gains
    lv: Array
    all: Array
    nox: Array


def modifications(solution: Solution, operators: Collection[str]) -> Modifications:
    """Test every fixed parameter, and every one the model does not name."""
    whole = solution.compiled
    proposed = candidates(whole, operators)
    new = [row for row in proposed if row.value is None]
    fixed = {row for row in proposed if row.value is not None}
    old = [replace(row, value=None, label="") if row in fixed else row for row in whole.rows]
    values = np.concatenate([solution.values, np.zeros(len(new))])
    rates = np.concatenate([whole.rates, np.zeros((len(new), whole.rates.shape[1]))])
    freed = Freed.of(solution, [*old, *new], values, rates)
    place = {(*row.key, row.group): i for i, row in enumerate([*old, *new])}
    at = np.array([place[*row.key, row.group] for row in proposed], dtype=np.intp)
    gains = freed.one_by_one(freed.compiled.number[at])
    scales = _scales(solution, proposed)
    return Modifications(proposed, gains, *(gains.change * scale for scale in scales))


def _scales(solution: Solution, rows: Sequence[Row]) -> list[Array]:
    """Return what changes are multiplied with to be standardised: lv, all, nox."""
    found, whole = solution.structure.matrices(solution.theta), solution.compiled
    given = [whole.place[row.left] for row in whole.rows if row.exogenous]
    places = _Places.of(rows, whole)
    sd, left = (np.sqrt(np.abs(np.einsum("gvv->gv", each))) for each in (found.C, found.S))
    of_lv, left_lv, cause = sd.copy(), left.copy(), sd.copy()
    items = solution.structure.observed
    of_lv[:, items] = left_lv[:, items] = 1.0
    cause[:, given] = 1.0
    return [
        places.scale(of_lv, of_lv, left_lv),
        places.scale(sd, sd, left),
        places.scale(cause, sd, left),
    ]


@dataclass(frozen=True, slots=True, eq=False)
class _Places:
    """Operator, group and the two variables of each candidate."""

    operator: NDArray[np.str_]
    group: Index
    one: Index
    other: Index

    @classmethod
    def of(cls, rows: Sequence[Row], whole: Compiled) -> _Places:
        place = whole.place
        return cls(
            np.array([row.operator for row in rows], dtype=str),
            np.array([row.group for row in rows], dtype=np.intp),
            np.array([place[row.left] for row in rows], dtype=np.intp),
            np.array([place[row.right] for row in rows], dtype=np.intp),
        )

    def scale(self, cause: Array, effect: Array, left: Array) -> Array:
        """Return factors from standard deviations of causes, of effects, of what is left of them.

        Covariances are standardised by what is left unexplained.
        """
        g, one, other = self.group, self.one, self.other
        with np.errstate(divide="ignore", invalid="ignore"):
            product = np.where(one == other, effect[g, one] ** 2, left[g, one] * left[g, other])
            found = np.where(self.operator == "~", cause[g, other] / effect[g, one], 1 / product)
            found = np.where(self.operator == "=~", cause[g, one] / effect[g, other], found)
        return np.where(np.isfinite(found), found, np.nan)


@dataclass(frozen=True, slots=True, eq=False)
class Released:
    """What giving up equality constraints would gain.

    Attributes
    ----------
    constraints : list of str
        The constraints, labels that several parameters have among them.
    gains : Gains
        Of each on its own.
    together : tuple of float, int, float or None
        Of all that were asked for: statistic, degrees of freedom, scaled statistic.
    """

    constraints: list[str]
    gains: Gains
    together: tuple[float, int, float | None]


def equalities(whole: Compiled) -> list[str]:
    """Name the equality constraints of a model."""
    pairs = [f"{_shown(whole, i)} == {_shown(whole, j)}" for i, j in restricted_pairs(whole)]
    return [*pairs, *map(str, _equations(whole))]


def releases(solution: Solution, chosen: Sequence[int]) -> Released:
    """Test equality constraints, each on its own and all chosen ones together."""
    whole = solution.compiled
    rows = [replace(row, label="") for row in whole.rows]
    freed = Freed.of(solution, rows, solution.values, whole.rates)
    number = freed.compiled.number
    restrictions = np.concatenate([_of_labels(whole, number), _of_equations(solution, number)])
    bound = _of_binding(solution, number)
    own = freed.slopes.own
    unit = 1 / np.sqrt(np.where(own > 0, own, 1.0))
    back = unit[:, None] * np.linalg.pinv(np.concatenate([restrictions, bound]) * unit)
    further = back[:, list(chosen)]
    names = equalities(whole)
    return Released([names[i] for i in chosen], freed.along_each(further), freed.together(further))


def restricted_pairs(whole: Compiled) -> list[tuple[int, int]]:
    """Return the first row of each parameter with every other row of it."""
    free = np.flatnonzero(whole.number >= 0)
    return [
        (int(whole.first[whole.number[i]]), int(i))
        for i in free
        if whole.first[whole.number[i]] != i
    ]


def _shown(whole: Compiled, i: int) -> str:
    row = whole.rows[i]
    return f"{row}, group {row.group + 1}" if whole.rows[-1].group else str(row)


def _equations(whole: Compiled) -> list[Constraint]:
    return [*whole.equations, *(each for each in whole.constraints if each.operator == "==")]


def _of_labels(whole: Compiled, number: Index) -> Array:
    """Return derivatives of differences between rows of one label by parameters set free."""
    pairs = restricted_pairs(whole)
    found = np.zeros((len(pairs), int(number.max(initial=-1)) + 1))
    for at, (i, j) in enumerate(pairs):
        found[at, number[i]], found[at, number[j]] = 1.0, -1.0
    return found


def _of_equations(solution: Solution, number: Index) -> Array:
    return _derivatives(solution, _equations(solution.compiled), number)


def _of_binding(solution: Solution, number: Index) -> Array:
    if not isinstance(solution.optimum, ConstrainedOptimum):
        return _derivatives(solution, [], number)
    pairs = zip(solution.compiled.constraints, solution.optimum.binding, strict=True)
    bound = [each for each, binds in pairs if binds and each.operator != "=="]
    return _derivatives(solution, bound, number)


def _derivatives(solution: Solution, constraints: Sequence[Constraint], number: Index) -> Array:
    """Return derivatives of constraints by parameters of which every row has its own."""
    rates = np.zeros((len(number), int(number.max(initial=-1)) + 1))
    free = np.flatnonzero(number >= 0)
    rates[free, number[free]] = 1.0
    formulas = [difference(each) for each in constraints]
    return solution.compiled.quantities.evaluated(formulas, solution.values, rates)[1]

"""Several groups as one covariance structure, and one of them as a part of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np

from csi.core.moments import Moments
from csi.core.sem.responses import of_group
from csi.core.types import Array
from csi.errors import CsiError, OptionError, listing
from csi.estimators.sem.compiled import Compiled
from csi.estimators.sem.evidence import Complete
from csi.estimators.sem.identified import check_sample
from csi.estimators.sem.solution import Solution
from csi.estimators.sem.table import Conventions

E = TypeVar("E", bound=Complete)


def shared(
    each: Sequence[Conventions], equal: Sequence[str] = (), partial: Sequence[str] = ()
) -> Conventions:
    """Return the conventions of several groups as one.

    There are means if one group needs them; error variances of single items stay
    those of each group.

    Raises
    ------
    OptionError
        If means or thresholds are to be equal that there are not.
    """
    first = each[0]
    errors = [(item, tuple(dict(of.errors)[item][0] for of in each)) for item, _ in first.errors]
    found = replace(
        first,
        means=any(of.means for of in each),
        errors=tuple(errors),
        equal=tuple(equal),
        partial=tuple(partial),
    )
    _check_there(found)
    return found


def _check_there(conventions: Conventions) -> None:
    """Refuse to hold equal what the model says nothing of."""
    lost = [word for word in ("intercepts", "means") if word in conventions.equal]
    if lost and not conventions.means:
        raise OptionError(
            f"equal names {listing(lost)}, but the estimator leaves means as they are. Use "
            "csi.CBSEM(means=True)."
        )
    if "thresholds" in conventions.equal and not conventions.thresholds:
        raise OptionError(
            "equal names thresholds, but no item is ordered. Hold intercepts equal, or use "
            "csi.CBSEM('WLSMV', ordered=True)."
        )


def check_samples(whole: Compiled, samples: Sequence[Moments], names: Sequence[str]) -> None:
    """Refuse samples that a covariance structure cannot be fitted to, naming the group.

    Raises
    ------
    DataError, ModelError
        As `csi.estimators.sem.identified.check_sample`.
    """
    for place, moments in enumerate(samples):
        try:
            check_sample(whole, moments)
        except CsiError as problem:
            if not names:
                raise
            raise type(problem)(f"{names[place]}: {problem}") from None


def joined(each: Sequence[E]) -> E:
    """Return the evidence of several groups as one."""
    return replace(each[0], samples=tuple(sample for of in each for sample in of.samples))


@dataclass(frozen=True, eq=False)
class PartialSolution(Solution):
    """One group of a solution for several.

    Its parameters, their errors and what the model implies are those of the group, with
    the constraints on all groups in force. The statistic is the group's contribution to
    that of all groups; degrees of freedom, information and tests belong to all groups.

    Attributes
    ----------
    whole : Solution
        The solution for all groups.
    group : int
        Number of the group, counted from 0.
    """

    whole: Solution | None = None
    group: int = 0

    def origin(self, group: int) -> tuple[Solution, int]:
        """Return the solution for all groups, and the number of this one."""
        return self.joint, self.group + group

    @property
    def joint(self) -> Solution:
        """The solution for all groups."""
        assert self.whole is not None
        return self.whole

    @property
    def n_free(self) -> int:
        """Directions in which the parameters of all groups move."""
        return self.joint.n_free

    @property
    def n_parameters(self) -> int:
        """Parameters that the group's own moments depend on."""
        return int(self.structure.K.any(axis=(0, 1)).sum() - self.compiled.exogenous.sum())

    @property
    def df(self) -> int:
        """Degrees of freedom of all groups."""
        return self.joint.df

    @property
    def information(self) -> Array:
        """(r, r) information of one respondent of any group."""
        return self.joint.information

    @property
    def scores(self) -> Array:
        """(r, r) covariance of the scores of one respondent of any group."""
        return self.joint.scores

    @property
    def covariance(self) -> Array:
        """(q, q) covariance of the estimates."""
        return self.joint.covariance


def part_of(solution: Solution, group: int) -> Solution:
    """Return one group of a solution; the solution itself if it is of one group only."""
    evidence = solution.evidence
    if len(evidence.sizes) == 1:
        return solution
    assert isinstance(evidence, Complete)
    own = replace(evidence, samples=(evidence.samples[group],))
    whole = _rows_of(solution.compiled, group)
    problem = own.problem(whole.structure)
    value = problem.at(solution.theta[None]).value
    return PartialSolution(
        whole, own, solution.theta, solution.tangent, replace(solution.optimum, value=value),
        solution.choices, solution, group,
    )  # fmt: skip


def _rows_of(whole: Compiled, group: int) -> Compiled:
    """Return the rows of a group, and its part of the structure."""
    at = [i for i, row in enumerate(whole.rows) if row.group == group]
    return replace(
        whole,
        rows=tuple(replace(whole.rows[i], group=0) for i in at),
        structure=of_group(whole.structure, group),
        number=whole.number[np.array(at, dtype=np.intp)],
        equations=(), constraints=(), defined=(),
    )  # fmt: skip

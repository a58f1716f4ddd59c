"""One engine for every resample: multipliers of rows in, numbers of a fit out.

What is a function of moments is computed for a block of resamples at once.
What needs rows or a function of the user's is computed one resample after the
other. Both read the same multipliers, in the same order.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from csi.core.composites import Composites
from csi.core.design import Design
from csi.core.jackknife import LeftOut, leave_out
from csi.core.products import Products, Samples
from csi.core.resample import BLOCK, Designed, Resamples, Simple
from csi.core.types import Array, Mask
from csi.errors import OptionError, RowsRequiredError
from csi.estimators.base import FAILURES, BatchEstimator, Solved, batch_estimator
from csi.resampling.quantities import Quantities, batch_of_one
from csi.results import Fit

Signs = Literal["construct", "individual", "none"]

Multipliers = NDArray[Any]

INADMISSIBLE = (
    "rho_A outside 0 to 1",
    "a loading above 1",
    "R2 above 1",
    "construct correlations not positive semidefinite",
    "a negative variance",
)
"""What about the estimates of a resample can be impossible, in the order of the counts."""


NEGATIVE = 4
"""Place of negative variances among them."""

ONE_BY_ONE = (
    "Estimators that take many have a method solve() as in csi.estimators.base.BatchEstimator; "
    "csi.CBSEM takes many by ML, GLS and ULS where answers are complete. csi.bootstrap(fit) and "
    "csi.jackknife(fit) do with one."
)

SIGNED = ("paths", "weights", "loadings")
"""Numbers that ``signs="individual"`` gives the sign they have in the fit."""


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """Numbers of some resamples.

    Attributes
    ----------
    values : (q, b) array
        NaN where the model could not be estimated, or a number not computed.
    why : (b,) array of str
        Why the model could not be estimated; empty if it could.
    impossible : (w, b) mask
        What about the estimates is inadmissible, in the order of `INADMISSIBLE`.
    """

    values: Array
    why: NDArray[np.str_]
    impossible: Mask

    @classmethod
    def joined(cls, parts: Iterable[Part]) -> Part:
        """Put parts side by side."""
        parts = list(parts)
        return cls(
            np.concatenate([part.values for part in parts], axis=1),
            np.concatenate([part.why for part in parts]),
            np.concatenate([part.impossible for part in parts], axis=1),
        )

    def first(self, number: int) -> Part:
        """Return the first resamples."""
        return Part(self.values[:, :number], self.why[:number], self.impossible[:, :number])

    @property
    def failed(self) -> Mask:
        """Resamples the model could not be estimated from."""
        failed: Mask = self.why != ""
        return failed

    @property
    def reasons(self) -> Mapping[str, int]:
        """How many resamples failed or are inadmissible, by reason."""
        failed = Counter(self.why[self.failed].tolist())
        doubtful = {
            why: int(row.sum()) for why, row in zip(INADMISSIBLE, self.impossible, strict=False)
        }
        return {why: number for why, number in {**failed, **doubtful}.items() if number}

    @property
    def unusable(self) -> Mask:
        """Resamples that failed or are inadmissible in another way than by a negative variance.

        Variances that may become negative are about normal about a small true one
        (Savalei and Kolenikov 2008, doi:10.1037/1082-989X.13.2.150), so that resamples
        which have some belong to the picture.
        """
        unusable: Mask = self.failed | self.impossible[:NEGATIVE].any(axis=0)
        return unusable

    @property
    def bad(self) -> Mask:
        """Resamples that failed or are inadmissible."""
        bad: Mask = self.failed | self.impossible.any(axis=0)
        return bad


@dataclass(frozen=True, eq=False)
class Engine:
    """A fit taken apart so that it can be estimated from resamples of its respondents.

    Attributes
    ----------
    fit : Fit
        The fit of the whole sample.
    signs : {"construct", "individual", "none"}
        How the signs of a resample are aligned with those of the fit.
    """

    fit: Fit
    signs: Signs = "construct"

    @classmethod
    def of(cls, fit: Fit, signs: Signs = "construct") -> Engine:
        """Take a fit apart.

        Raises
        ------
        RowsRequiredError
            If the fit holds no respondents.
        """
        if fit.data is None:
            raise RowsRequiredError(
                "Resampling needs rows: the respondents themselves. This fit was made from a "
                "matrix or read from a file and holds none; fit the survey."
            )
        return cls(fit, signs)

    @property
    def batched(self) -> bool:
        """Whether the estimator takes many resamples at once."""
        return self.solver is not None

    @cached_property
    def solver(self) -> BatchEstimator | None:
        """What estimates many resamples at once, if the estimator can."""
        return batch_estimator(self.fit.estimator, self.fit.model, self.fit.estimates)

    @cached_property
    def quantities(self) -> Quantities:
        """What is computed."""
        return Quantities.of(self.fit)

    @cached_property
    def estimate(self) -> Array:
        """(q,) numbers of the fit."""
        return self.quantities.of_fit(self.fit)

    @cached_property
    def products(self) -> Products:
        """What resamples are made of."""
        answers = self.fit.data
        assert answers is not None
        weights = answers.weights if answers.weight_type == "sampling" else None
        # with "fiml" no moments are made of these rows, they are only counted
        missing = "listwise" if answers.missing == "fiml" else answers.missing
        return Products(answers.given, self.fit.n, weights, missing)

    def resamples(self, seed: int, method: str | None) -> Resamples:
        """Return the way this survey is resampled.

        Parameters
        ----------
        seed : int
            Seed of the streams.
        method : {"rescaled", "with_replacement"} or None
            For clusters and strata; None takes the first where either is
            declared, and draws respondents otherwise.
        """
        answers = self.fit.data
        assert answers is not None
        frequency = answers.weights is not None and answers.weight_type == "frequency"
        copies = answers.copies if frequency else None
        if answers.sampling is None and method != "rescaled":
            return Simple(len(answers.rows), seed, copies)
        design = answers.sampling or Design()
        return Designed(design, len(answers.rows), seed, copies, method or "rescaled")  # type: ignore[arg-type]

    @cached_property
    def left_out(self) -> LeftOut:
        """The sample without each of its sampling units."""
        answers = self.fit.data
        assert answers is not None
        table = self.products.table.astype(np.float64)
        if answers.weight_type == "frequency" and answers.weights is not None:
            table = table * answers.weights[:, None]
        return leave_out(table, answers.copies, answers.sampling)

    def of_fit(self, fit: Fit) -> Mapping[str, float]:
        """Return the numbers of a fit of a resample, by place."""
        values = self._numbers(*batch_of_one(fit))
        return {str(i): float(value) for i, value in enumerate(values[:, 0])}

    def jackknife(self) -> Part:
        """Return the numbers without each sampling unit."""
        return Part.joined(
            self.of_sums(np.ascontiguousarray(sums.T)) for sums in self.left_out.blocks(BLOCK)
        )

    def of_multipliers(self, pieces: Iterable[Multipliers]) -> Part:
        """Return the numbers of resamples given by multipliers of rows."""
        return self.of_sums(self.products.sums(pieces))

    def of_sums(self, sums: Array) -> Part:
        """Return the numbers of resamples given by (m, b) sums."""
        samples = self.products.samples(sums)
        solved = self._solve(samples)
        values = self._numbers(samples, solved.composites)
        values[:, solved.failure > 0] = np.nan
        impossible = self.impossible(solved)
        return Part(values, _why(solved.failure), impossible)

    def _numbers(self, samples: Samples, found: Composites) -> Array:
        """Return (q, b) numbers with signs that follow those of the fit."""
        values = self.quantities.compute(samples, aligned(found, self.fit, self.signs))
        for family in SIGNED if self.signs == "individual" else ():
            at = self.quantities.places[family]
            values[at] = np.copysign(values[at], self.estimate[at, None])
        return values

    def _solve(self, samples: Samples) -> Solved:
        if self.solver is None:
            raise OptionError(
                f"{type(self.fit.estimator).__name__} takes one sample at a time here. {ONE_BY_ONE}"
            )
        return self.solver.solve(self.fit.model, samples)

    def impossible(self, solved: Solved) -> Mask:
        """Say what is impossible; composites as they are observed are always possible."""
        found, settled = solved.composites, solved.failure == 0
        impossible = np.zeros((len(INADMISSIBLE), len(settled)), dtype=bool)
        if not self.quantities.corrected and solved.negative is None:
            return impossible
        with np.errstate(invalid="ignore"):
            rho = found.reliability[self.quantities.rho_a]
            own = found.loadings[self.fit.model.blocks]
            impossible[0] = ~((rho > 0) & (rho <= 1)).all(axis=0)
            impossible[1] = (np.abs(own) > 1 + 1e-9).any(axis=0)
            impossible[2] = (found.r2 > 1 + 1e-9).any(axis=0)
        usable = settled & np.isfinite(found.C).all(axis=(0, 1))
        smallest = np.linalg.eigvalsh(np.moveaxis(found.C[..., usable], -1, 0))[:, 0]
        impossible[3, usable] = smallest < -1e-9
        if solved.negative is not None:
            impossible[:, solved.negative] = False  # what else is wrong follows from it
            impossible[NEGATIVE] = solved.negative
        impossible &= settled
        return impossible


def aligned(found: Composites, fit: Fit, signs: Signs) -> Composites:
    """Turn constructs so that they point as in a fit.

    A construct is turned where the loadings of its items run against those of
    the fit (the sum of their products is negative).
    """
    if signs == "none":
        return found
    own = np.where(fit.model.composition, fit.estimates.loadings, 0.0)
    turned = np.einsum("ik,ik...->k...", own, found.loadings) < 0
    if not turned.any():
        return found
    sign = np.where(turned, -1.0, 1.0)
    both = sign[:, None] * sign
    return replace(
        found, W=found.W * sign, loadings=found.loadings * sign, C=found.C * both, B=found.B * both
    )


def nothing_wrong(number: int) -> tuple[NDArray[np.str_], Mask]:
    """Return what went wrong in so many resamples if nothing did."""
    return np.full(number, ""), np.zeros((len(INADMISSIBLE), number), dtype=bool)


def _why(failure: NDArray[np.int8]) -> NDArray[np.str_]:
    """Name the failures; where there are none, in as little memory as may be."""
    return np.array(FAILURES)[failure] if failure.any() else np.full(len(failure), "")

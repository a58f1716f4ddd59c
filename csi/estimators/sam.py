"""Structural-after-measurement: constructs are measured first, then related."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

from csi.core.moments import Moments
from csi.core.sem import sam
from csi.declared import check_choice
from csi.errors import EstimationError, ModelError, listing
from csi.estimators.base import Convergence
from csi.estimators.cbsem import CBSEM, CovarianceEstimates
from csi.estimators.sem.compiled import compiled
from csi.estimators.sem.composed import Places, composed
from csi.estimators.sem.constrained import constrained
from csi.estimators.sem.evidence import Complete, Sample
from csi.estimators.sem.identified import check_sample
from csi.estimators.sem.measured import Measured, Steps, measured, without_second_loading
from csi.estimators.sem.sampled import warn_of_unheeded
from csi.estimators.sem.structural_after import (
    AfterMeasurement,
    Errors,
    Measurement,
    after_measurement,
)
from csi.estimators.sem.table import Row, names_of
from csi.estimators.sem.with_products import check_answers, product_rows, without_products
from csi.single_thread import one_thread
from csi.spec import Model

Approach = Literal["local", "global"]
Blocks = Literal["apart", "joint"]


@dataclass(frozen=True, slots=True)
class SAM:
    """Estimate a structure between constructs after their measurement.

    The measurement of each construct is fitted by itself. It gives the covariances
    of the constructs free of measurement error, and the paths are fitted to these.
    A doubtful path or a doubtful item so cannot bend the meaning of other constructs,
    and the paths stay sane where a joint fit by `csi.CBSEM` is nearly unidentified.

    Parameters
    ----------
    approach : {"local", "global"}
        Whether paths are fitted to the covariances of the constructs, or to those of
        the items with the measurement held fixed.
    mapping : {"ML", "GLS", "ULS"}
        How items are weighted into constructs by the local approach: so that errors
        are smallest, by the inverse of their covariances, or equally.
    blocks : {"apart", "joint"}
        Whether constructs are measured one by one, those that share items or errors
        together, or all in one measurement model.
    errors : {"twostep", "robust", "naive"}
        Standard errors of the paths: corrected for the measurement being estimated,
        under normal data; the same from the fourth moments of the answers, where
        they are known; or as if the measurement were known.
    reliability : float or mapping of str to float
        Reliability of single items; 1 is without error.
    correlated_outcomes : bool
        Whether what is left of constructs that point to nothing correlates.
    orthogonal : bool
        Whether constructs nothing points to are uncorrelated.
    max_iter : int
        Steps of a search after which to give up.

    Raises
    ------
    OptionError
        If a setting is unknown.

    Notes
    -----
    As in lavaan 0.7, a construct measured apart by two items has both loadings at 1,
    and error variances that would be negative are zero. lavaan's joint table then
    shows a starting value for the second loading, and computes standard errors and the
    global approach with it; here it is 1 throughout.

    Products of constructs, ``Loyalty ~ Satisfaction + Satisfaction:Satisfaction``, need
    no products of items: their moments are those of the scores less what normal errors
    add (Wall and Amemiya 2000). Their standard errors are the robust ones.

    Measures of fit are those of the structure, against the covariances of the
    constructs. The unscaled test takes these as observed and so rejects too often;
    the scaled one heeds that they were estimated.

    References
    ----------
    Rosseel, Y. and Loh, W. W. (2022). A structural after measurement approach to
    structural equation modeling. Psychological Methods 29(3), 561-588.
    doi:10.1037/met0000503

    Wall, M. M. and Amemiya, Y. (2000). Estimation for polynomial structural equation
    models. Journal of the American Statistical Association 95(451), 929-940.
    doi:10.1080/01621459.2000.10474283

    Examples
    --------
    >>> import csi
    >>> fit = csi.fit(csi.models.acsi(), csi.demo_survey(), csi.SAM())
    >>> fit.convergence.converged
    True
    """

    approach: Approach = "local"
    mapping: sam.Mapping = "ML"
    blocks: Blocks = "apart"
    errors: Errors = "twostep"
    reliability: float | Mapping[str, float] = field(default=1.0, hash=False)
    correlated_outcomes: bool = True
    orthogonal: bool = False
    max_iter: int = 200

    def __post_init__(self) -> None:
        check_choice("approach", self.approach, get_args(Approach))
        check_choice("mapping", self.mapping, get_args(sam.Mapping))
        check_choice("blocks", self.blocks, get_args(Blocks))
        check_choice("errors", self.errors, get_args(Errors))
        assert self.joint  # checks the settings they share

    @property
    def joint(self) -> CBSEM:
        """The estimator of the joint model, of which this estimates the parameters."""
        return CBSEM(
            reliability=self.reliability, correlated_outcomes=self.correlated_outcomes,
            orthogonal=self.orthogonal, fixed_x=False, max_iter=self.max_iter,
        )  # fmt: skip

    def estimate(self, model: Model, moments: Moments) -> CovarianceEstimates:
        """Return the estimates of one sample.

        Raises
        ------
        ModelError
            If a part of the model is not identified by itself, or parameters of both
            steps depend on each other.
        DataError
            If the sample is too small, or items are identical.
        EstimationError
            If a search does not settle.
        """
        with one_thread(moments.n):
            solution = self.solution(model, moments)
        whole = solution.compiled
        sample = solution.evidence.covs[0][None]
        found = composed(whole.structure, solution.theta[None], Places.of(model, whole), sample)
        one = found.sample(0)
        return CovarianceEstimates(
            one.W, one.loadings, one.C, one.B, one.r2, one.reliability, _ended(solution),
            self._settings(solution), solution,
        )  # fmt: skip

    def solution(self, model: Model, moments: Moments) -> AfterMeasurement:
        """Return the parameters of one sample and what follows from them."""
        measurement = self._measurement(model, moments)
        second = measurement.structure()
        k = len(second.items)
        if second.n_parameters > k * (k + 1) // 2:
            raise ModelError(
                f"The structure has {second.n_parameters} parameters, but {k} constructs have only "
                f"{k * (k + 1) // 2} variances and covariances. Fit fewer paths."
            )
        found = after_measurement(
            measurement, self.errors, self.max_iter, whole_at_once=self.approach == "global"
        )
        if not found.optimum.converged[0]:
            raise EstimationError(
                "The search for the paths has not settled, although the measurement is known. "
                "Fit fewer paths, or look for constructs that are alike."
            )
        return found

    def _measurement(self, model: Model, moments: Moments) -> Measurement:
        model, inside = without_products(model)
        if inside:
            check_answers(moments, inside[0].right)
        items, constructs = names_of(model)
        rows = (*self._rows(model, moments), *product_rows(model, inside))
        steps = Steps(rows, items)
        blocks = steps.blocks() if self.blocks == "apart" else [steps.constructs]
        steps = without_second_loading(steps, blocks)
        whole = compiled(steps.rows, items, (*constructs, *steps.products))
        check_sample(whole, moments)
        warn_of_unheeded([moments], "ml", "robust.sem" if self.errors == "robust" else "standard")
        evidence = Complete((Sample.of(moments),))
        fitted = tuple(measured(steps, block, evidence, self.max_iter) for block in blocks)
        whole = constrained(whole, model.defined)
        return Measurement(steps, whole, fitted, evidence, self.mapping)

    def _rows(self, model: Model, moments: Moments) -> tuple[Row, ...]:
        composites = [c.name for c in model.constructs if c.kind == "composite"]
        if composites:
            raise ModelError(
                f"{listing(composites)} are composites, which have no measurement errors to be "
                "freed of. Make them reflective, or use csi.CBSEM() or csi.PLS()."
            )
        if model.constraints:
            raise ModelError(
                f"The model has constraints ({listing([str(c) for c in model.constraints])}), but "
                "parameters are estimated in two steps. Drop them, or use csi.CBSEM()."
            )
        rows = self.joint.compiled(model, moments).rows
        steps = Steps(rows, names_of(model)[0])
        first = {row.label for row in steps.first if row.label}
        both = sorted(first & {row.label for row in steps.second if row.label})
        if both:
            raise ModelError(
                f"The label {both[0]} makes parameters of the measurement and of the structure "
                "equal, but they are estimated one after the other. Drop it, or use csi.CBSEM()."
            )
        return rows

    def _settings(self, solution: AfterMeasurement) -> dict[str, str]:
        step = solution.measurement
        assert step is not None
        apart = self.blocks == "apart"
        products = step.steps.products
        return {
            "estimator": f"structural after measurement, {self.approach}",
            "discrepancy": "maximum likelihood in both steps",
            "measurement": f"{len(step.blocks)} blocks" if apart else "all constructs together",
            "mapping of items to constructs": self.mapping,
            "error variances at zero": ", ".join(_at_zero(step.blocks)) or "none",
            "errors taken off": f"{step.found.share:.4g} of their covariances",
            "standard errors": "robust" if products and self.errors == "twostep" else self.errors,
            **({"products": f"{', '.join(products)}: moments of scores"} if products else {}),
            "parameters": f"{solution.n_parameters}, {solution.judged.df} degrees of freedom of "
            "the structure",
            "mean structure": "no",
        }  # fmt: skip


def _at_zero(blocks: tuple[Measured, ...]) -> list[str]:
    return [name for block in blocks for name in block.at_zero]


def _ended(solution: AfterMeasurement) -> Convergence:
    step = solution.measurement
    assert step is not None
    optima = [*(block.solution.optimum for block in step.blocks), solution.judged.optimum]
    iterations = int(sum(each.iterations[0] for each in optima))
    gradient = float(max(each.gradient[0] for each in optima))
    how = (
        f"settled after {iterations} iterations in {len(optima)} searches "
        f"(scaled gradient {gradient:.1e})"
    )
    return Convergence(True, iterations, gradient, 1e-9, 0, how)

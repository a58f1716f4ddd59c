"""Covariance-based structural equation modelling."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import ClassVar, Literal, get_args

import numpy as np

from csi.core.moments import Moments
from csi.core.sem.constraints import ConstrainedOptimum
from csi.core.sem.products import Centring, Rule
from csi.core.sem.responses import Responses
from csi.declared import check_choice, check_flags
from csi.errors import EstimationError, OptionError, listing
from csi.estimators.base import Convergence, Estimates
from csi.estimators.sem.auxiliary import auxiliary_rows
from csi.estimators.sem.categories import (
    category_counts,
    check_complete,
    check_options,
    check_same_categories,
    checked_ordered,
    ordered_items,
)
from csi.estimators.sem.compiled import Compiled, compiled
from csi.estimators.sem.composed import Places, composed
from csi.estimators.sem.constrained import constrained
from csi.estimators.sem.evidence import Complete, Kind, Sample
from csi.estimators.sem.holes import Incomplete, TwoStage
from csi.estimators.sem.identified import check_identified, check_information
from csi.estimators.sem.missing import (
    WAYS,
    Way,
    checked_auxiliary,
    choices_with_holes,
    columns_beside,
    described,
    evidence_with_holes,
    holes_in,
    with_columns,
)
from csi.estimators.sem.ordered_answers import (
    OrderedAnswers,
    OrderedSample,
    in_units_of_responses,
)
from csi.estimators.sem.resampled import Resampled
from csi.estimators.sem.sampled import choices_heeding, declared, drawn, warn_of_unheeded
from csi.estimators.sem.single_items import checked_reliability, error_variances
from csi.estimators.sem.solution import Choices, Solution, solved
from csi.estimators.sem.table import (
    Conventions,
    Parametrization,
    Scaling,
    names_of,
    parameter_rows,
)
from csi.estimators.sem.together import check_samples, joined, part_of, shared
from csi.estimators.sem.with_products import check_products, product_terms, with_products
from csi.single_thread import one_thread
from csi.spec import Model

Method = Literal[
    "ML", "MLR", "MLM", "MLMV", "MLMVS", "MLF", "GLS", "ULS", "ULSM", "ULSMV", "ULSMVS",
    "WLS", "DWLS", "WLSM", "WLSMV", "WLSMVS",
]  # fmt: skip
Errors = Literal["standard", "robust.sem", "robust.huber", "first.order"]
Test = Literal[
    "standard", "satorra.bentler", "mean.var.adjusted", "scaled.shifted", "yuan.bentler",
    "yuan.bentler.mplus", "browne.residual.adf", "browne.residual.nt",
]  # fmt: skip

_METHODS: dict[str, tuple[Kind, Choices]] = {
    "ML": ("ml", Choices()),
    "MLR": ("ml", Choices("robust.huber", "yuan.bentler.mplus", "observed")),
    "MLM": ("ml", Choices("robust.sem", "satorra.bentler")),
    "MLMV": ("ml", Choices("robust.sem", "scaled.shifted")),
    "MLMVS": ("ml", Choices("robust.sem", "mean.var.adjusted")),
    "MLF": ("ml", Choices("first.order")),
    "GLS": ("gls", Choices()),
    "ULS": ("uls", Choices()),
    "ULSM": ("uls", Choices("robust.sem", "satorra.bentler")),
    "ULSMV": ("uls", Choices("robust.sem", "scaled.shifted")),
    "ULSMVS": ("uls", Choices("robust.sem", "mean.var.adjusted")),
    "WLS": ("wls", Choices()),
    "DWLS": ("dwls", Choices()),
    "WLSM": ("dwls", Choices("robust.sem", "satorra.bentler")),
    "WLSMV": ("dwls", Choices("robust.sem", "scaled.shifted")),
    "WLSMVS": ("dwls", Choices("robust.sem", "mean.var.adjusted")),
}


@dataclass(frozen=True, slots=True)
class SearchEnd(Convergence):
    """How the search for the parameters of a covariance structure ended.

    Attributes
    ----------
    gradient : float
        Largest derivative of the discrepancy, divided by the root of its curvature.
    decrement : float
        Newton decrement: twice what the discrepancy could still fall.
    definite : bool
        Whether the exact Hessian is positive definite.
    """

    gradient: float = np.nan
    decrement: float = np.nan
    definite: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class CovarianceEstimates(Estimates):
    """Estimates with the covariance structure behind them.

    Attributes
    ----------
    solution : Solution
        Its parameters, and what follows from them.
    """

    solution: Solution | None = None


@dataclass(frozen=True, slots=True)
class CBSEM:
    """Estimate a model as a structure of means and covariances.

    What the model does not state is filled up as lavaan's ``sem()`` does: the
    first loading of a construct is 1, single items are measured without error
    unless ``reliability`` says otherwise, constructs nothing points to correlate.

    Parameters
    ----------
    method : str
        ``"ML"``; with robust errors and tests ``"MLR"``, ``"MLM"``, ``"MLMV"``,
        ``"MLMVS"``, ``"MLF"``; least squares ``"GLS"``, ``"ULS"``, ``"WLS"``,
        ``"DWLS"``, robust ``"ULSM"``, ``"ULSMV"``, ``"WLSM"``, ``"WLSMV"`` and so on.
    likelihood : {"normal", "wishart"}
        Divisor n or n - 1 of the covariances under ML.
    errors : str, optional
        ``"standard"``, ``"robust.sem"``, ``"robust.huber"`` or ``"first.order"``;
        as the method says by default, but robust where the survey has sampling weights,
        clusters or strata: of ML as MLR (and so in lavaan), of others as MLM.
    test : str, optional
        ``"standard"``, ``"satorra.bentler"``, ``"mean.var.adjusted"``,
        ``"scaled.shifted"``, ``"yuan.bentler.mplus"``, ``"browne.residual.adf"`` or
        ``"browne.residual.nt"``; as the method says by default.
    information : {"expected", "observed"}, optional
        As the method says by default.
    means : bool
        Whether intercepts and means are estimated.
    scaling : {"marker", "variance"}
        Whether constructs get their scale from their first item or from a
        variance of one.
    reliability : float or mapping of str to float
        Reliability of single items; 1 is without error.
    fixed_x : bool
        Whether observed causes are taken as they are; lavaan does so under ML only.
    correlated_outcomes : bool
        Whether what is left of constructs that point to nothing correlates.
    orthogonal : bool
        Whether constructs nothing points to are uncorrelated.
    missing : {"fiml", "two-stage", "robust-two-stage"}
        What is made of respondents who left answers out, kept by
        ``csi.survey(frame, missing="fiml")``: the likelihood of what each of them answered
        (methods ``"ML"``, ``"MLR"``, ``"MLF"``), or the model is fitted to the most likely
        means and covariances, whose errors are heeded (lavaan: ``"two.stage"``). There are
        always means and intercepts then, and information is observed by default.
    auxiliary : sequence of str
        Columns of the survey outside the model that tell of missing answers; they
        correlate with all items and each other (Graham 2003).
    ordered : bool or sequence of str
        Items whose answers are ordered categories, up to 20 of them: True for all but
        observed causes, or their names. Methods are then ``"WLSMV"``, ``"ULSMV"`` and
        the like, on thresholds and polychoric correlations. Loadings, reliabilities and
        correlations are those of the latent responses; scores and indices take the
        answers as they are, with the weights of the standardised responses. Observed
        causes correlate with the responses (lavaan: ``conditional.x=FALSE``).
    parametrization : {"delta", "theta"}
        Whether the latent responses behind ordered items have variance one, or
        error variance one. Theta can have paths to single ordered items.
    products : {"matched", "all"}
        Which items measure a product of constructs, ``Loyalty ~ Value:Satisfaction``, or a
        square: each item once, first with first, and of blocks of different length
        the strongest; or all pairs, with covariances of errors that share an item.
        They are not normal even if the answers are, so robust errors, ``"MLR"``, are due.
    centring : {"double", "mean", "residual"}
        Whether products are made of centred items and centred again; of centred
        items; or what the items leave of them, so that effects of the constructs are
        those without the product. The first two have the same covariances.
    on_fail : {"raise", "return"}
        Whether a search that does not settle is an error or a result that says so.
    max_iter : int
        Steps after which to give up.

    Raises
    ------
    OptionError
        If a setting is unknown.

    References
    ----------
    Bollen, K. A. (1989). Structural Equations with Latent Variables. Wiley.
    doi:10.1002/9781118619179

    Marsh, H. W., Wen, Z. and Hau, K.-T. (2004). Structural equation models of latent
    interactions. Psychological Methods 9(3), 275-300. doi:10.1037/1082-989X.9.3.275

    Savalei, V. and Bentler, P. M. (2009). A two-stage approach to missing data: theory and
    application to auxiliary variables. Structural Equation Modeling 16(3), 477-497.
    doi:10.1080/10705510903008238

    Examples
    --------
    >>> import csi
    >>> fit = csi.fit(csi.models.acsi(), csi.demo_survey(), csi.CBSEM())
    >>> fit.convergence.converged
    True
    """

    method: Method = "ML"
    likelihood: Literal["normal", "wishart"] = "normal"
    errors: Errors | None = None
    test: Test | None = None
    information: Literal["expected", "observed"] | None = None
    means: bool = False
    scaling: Scaling = "marker"
    reliability: float | Mapping[str, float] = field(default=1.0, hash=False)
    fixed_x: bool = True
    correlated_outcomes: bool = True
    orthogonal: bool = False
    missing: Way = "fiml"
    auxiliary: Sequence[str] = ()
    ordered: bool | Sequence[str] = False
    parametrization: Parametrization = "delta"
    products: Rule = "matched"
    centring: Centring = "double"
    on_fail: Literal["raise", "return"] = "raise"
    max_iter: int = 200

    def __post_init__(self) -> None:
        for name, known in _CHOICES.items():
            check_choice(name, getattr(self, name), known)
        check_flags(
            means=self.means, fixed_x=self.fixed_x, orthogonal=self.orthogonal,
            correlated_outcomes=self.correlated_outcomes,
        )  # fmt: skip
        whole = isinstance(self.max_iter, int | np.integer) and not isinstance(self.max_iter, bool)
        if not whole or self.max_iter < 1:
            raise OptionError(f"max_iter is {self.max_iter!r}. Give a positive whole number.")
        object.__setattr__(self, "reliability", checked_reliability(self.reliability))
        object.__setattr__(self, "auxiliary", checked_auxiliary(self.auxiliary))
        object.__setattr__(self, "ordered", checked_ordered(self.ordered))
        if self.ordered:
            check_options(self.method, self.kind, self.choices, self.auxiliary)
        if self.likelihood == "wishart" and not self.method.startswith("ML"):
            raise OptionError(f"likelihood='wishart' belongs to ML, not to {self.method}.")

    @property
    def kind(self) -> Kind:
        """The discrepancy."""
        return _METHODS[self.method][0]

    @property
    def choices(self) -> Choices:
        """How errors and tests are computed."""
        return self._chosen(_METHODS[self.method][1])

    def _chosen(self, usual: Choices) -> Choices:
        return Choices(
            self.errors or usual.errors, self.test or usual.test,
            self.information or usual.information,
        )  # fmt: skip

    policies: ClassVar[tuple[str, ...]] = ("listwise", "mean", "fiml")
    """Policies for missing answers this estimator can do with."""

    def columns(self, model: Model) -> tuple[str, ...]:
        """Return the columns outside a model that are read as well.

        Raises
        ------
        OptionError
            If one of them belongs to the model.
        """
        return columns_beside(model, self.auxiliary)

    @property
    def batched(self) -> bool:
        """Whether resamples can be estimated from their moments, many at once."""
        return self.kind in ("ml", "gls", "uls") and not self.ordered

    def estimate(self, model: Model, moments: Moments) -> CovarianceEstimates:
        """Return the estimates of one sample.

        Raises
        ------
        ModelError
            If the model is not identified.
        DataError
            If the sample is too small, or items are identical.
        EstimationError
            If the search does not settle, or a parameter is not identified.
        """
        with one_thread(moments.n):
            solution = self._solution(model, [moments])
            return self._named(model, moments, solution, self._settings(solution))

    def estimate_together(
        self,
        model: Model,
        samples: Sequence[Moments],
        equal: Sequence[str] = (),
        partial: Sequence[str] = (),
        names: Sequence[str] = (),
    ) -> tuple[Solution, list[CovarianceEstimates]]:
        """Return the solution for several groups at once, and the estimates of each group.

        Parameters
        ----------
        model : Model
            The model, with values and labels by group in ``c(...)``.
        samples : sequence of Moments
            One a group.
        equal : sequence of str
            What is equal over groups, from `csi.estimators.sem.table.EQUAL`.
        partial : sequence of str
            Parameters that are free all the same.
        names : sequence of str
            What to call the groups in messages.

        Raises
        ------
        OptionError
            If something unknown is to be equal or free.
        ModelError, DataError, EstimationError
            As `estimate`.
        """
        with one_thread(sum(moments.n for moments in samples)):
            solution = self._solution(model, samples, equal, partial, names)
            settings = self._settings(solution)
            found = [
                self._named(model, moments, part_of(solution, group), settings)
                for group, moments in enumerate(samples)
            ]
        return solution, found

    def _solution(
        self,
        model: Model,
        samples: Sequence[Moments],
        equal: Sequence[str] = (),
        partial: Sequence[str] = (),
        names: Sequence[str] = (),
    ) -> Solution:
        columns = (*model.indicators, *self.columns(model))
        samples = [with_columns(moments, columns) for moments in samples]
        if product_terms(model):
            check_products(self.ordered, self.auxiliary)
            model, samples = with_products(model, samples, self.products, self.centring)
        whole = self.compiled(model, *samples, equal=equal, partial=partial)
        check_identified(whole, model)
        check_samples(whole, samples, names)
        choices = self.choices_for(*samples)
        warn_of_unheeded(samples, self.kind, choices.errors)
        solution = solved(whole, self._evidence_for(whole, samples), choices, self.max_iter)
        self._check(solution)
        return solution

    def _named(
        self, model: Model, moments: Moments, solution: Solution, settings: Mapping[str, str]
    ) -> CovarianceEstimates:
        sample = moments.select(model.indicators).cov * ((moments.n - 1) / moments.n)
        if isinstance(solution.structure, Responses):
            sample = in_units_of_responses(solution.structure, solution.theta, sample)
        places = Places.of(model, solution.compiled)
        one = composed(solution.structure, solution.theta[None], places, sample[None]).sample(0)
        return CovarianceEstimates(
            one.W, one.loadings, one.C, one.B, one.r2, one.reliability, ended(solution),
            dict(settings), solution,
        )  # fmt: skip

    def resampler(self, model: Model, estimates: Estimates) -> Resampled | None:
        """Return what estimates resamples of a fit, many at once; None for one by one.

        Parameters
        ----------
        model : Model
            The model.
        estimates : CovarianceEstimates
            Of the whole sample, by this estimator.
        """
        solution = estimates.solution if isinstance(estimates, CovarianceEstimates) else None
        if solution is None or type(solution.evidence) is not Complete or not self.batched:
            return None
        if product_terms(model):
            return None
        return Resampled(solution, solution.evidence, self.max_iter)

    def compiled(
        self,
        model: Model,
        *samples: Moments,
        equal: Sequence[str] = (),
        partial: Sequence[str] = (),
    ) -> Compiled:
        """Return the parameters of a model, in one group or several, and their structure."""
        each = [self._conventions(model, moments) for moments in samples]
        conventions = shared(each, equal, partial)
        return _compiled(model, conventions, len(samples))

    def choices_for(self, *samples: Moments) -> Choices:
        """Return how errors and tests are computed for samples, complete or not, drawn anyhow."""
        if not self._incomplete(*samples):
            return self._chosen(choices_heeding(samples, self.kind, _METHODS[self.method][1]))
        method: str = self.method
        if declared(samples) and self.missing == "fiml" and method in ("ML", "MLF"):
            method = "MLR"
        return choices_with_holes(method, self.missing, self.errors, self.test, self.information)

    def _incomplete(self, *samples: Moments) -> bool:
        return any(map(holes_in, samples)) or bool(self.auxiliary)

    def _evidence_for(self, whole: Compiled, samples: Sequence[Moments]) -> Complete:
        if not whole.ordered:
            return self._evidence_given(whole, self.evidence(*samples))
        check_same_categories(samples, whole.ordered)
        found = tuple(OrderedSample.answering(moments, whole.ordered) for moments in samples)
        return OrderedAnswers(found, self.kind)

    def _evidence_given(self, whole: Compiled, evidence: Complete) -> Complete:
        """Return evidence that knows which items are causes and taken as they are."""
        if self.kind != "ml" or isinstance(evidence, Incomplete | TwoStage):
            return evidence
        names = {row.left for row in whole.rows if row.exogenous}
        given = [i for i, name in enumerate(whole.items) if name in names]
        return replace(evidence, given=tuple(given)) if given else evidence

    def evidence(self, *samples: Moments) -> Complete:
        """Return what the moments of one group or several say."""
        if self._incomplete(*samples):
            information = self.choices_for(*samples).information
            return joined(
                [evidence_with_holes(moments, self.missing, information) for moments in samples]
            )
        found = tuple(map(Sample.of, samples))
        return Complete(found, self.kind, self.likelihood == "wishart")

    def _conventions(self, model: Model, moments: Moments | None) -> Conventions:
        means = self.means or (moments is not None and self._incomplete(moments))
        thresholds: tuple[tuple[str, int], ...] = ()
        if self.ordered and moments is not None:
            check_complete(moments)
            thresholds = category_counts(moments, ordered_items(model, self.ordered))
        errors = error_variances(model, moments, self.reliability)
        return Conventions(
            self.scaling, means or bool(thresholds), self.fixed_x, self.correlated_outcomes,
            self.orthogonal,
            errors=tuple((item, (value,)) for item, value in errors.items()),
            auxiliary=tuple(self.auxiliary), thresholds=thresholds,
            parametrization=self.parametrization,
        )  # fmt: skip

    def _categories(self, solution: Solution) -> dict[str, str]:
        """Say which items are ordered."""
        names = solution.compiled.ordered
        if not names:
            return {}
        return {
            "ordered items": f"{len(names)} of {len(solution.compiled.items)}: {listing(names)}",
            "parametrization": self.parametrization,
        }

    def _multiplied(self, solution: Solution) -> dict[str, str]:
        """Say how products of constructs are measured."""
        rows = solution.compiled.rows
        names = dict.fromkeys(r.right for r in rows if r.operator == "~" and ":" in r.right)
        if not names:
            return {}
        pairs = {"matched": "each item once", "all": "all pairs of items"}[self.products]
        return {"products": f"{', '.join(names)}: {pairs}, {self.centring} centring"}

    def _check(self, solution: Solution) -> None:
        if solution.optimum.converged[0] or self.on_fail == "return":
            return
        check_information(solution)
        raise EstimationError(
            f"The search for the {self.method} estimates has not settled: {ended(solution).how}. "
            "The model is too complex for these data, or nearly unidentified: look at the items "
            "of small constructs, fit fewer paths, or use csi.PLS(). on_fail='return' gives the "
            "point where it stopped."
        )

    def _settings(self, solution: Solution) -> dict[str, str]:
        choices, evidence = solution.choices, solution.evidence
        unanswered = {}
        if isinstance(evidence, Incomplete | TwoStage):
            unanswered = described(evidence, self.missing)
        return {
            "estimator": f"covariance structure, {self.method}",
            "discrepancy": _DISCREPANCIES[self.kind],
            "standard errors": choices.errors + _heeded(solution),
            "test": choices.test,
            "information": choices.information,
            "likelihood": self.likelihood if self.kind == "ml" else "none",
            "parameters": f"{solution.n_parameters}, {solution.df} degrees of freedom",
            "scaling": {
                "marker": "first item of each construct", "variance": "constructs of variance one"
            }[self.scaling],
            **_factors(solution),
            **self._categories(solution),
            **self._multiplied(solution),
            "mean structure": "yes" if solution.structure.has_means else "no",
            **unanswered,
        }  # fmt: skip


def _factors(solution: Solution) -> dict[str, str]:
    """Say which constructs are what their parts, constructs themselves, have in common."""
    rows, items = solution.compiled.rows, solution.compiled.items
    found = {r.left for r in rows if r.operator == "=~" and r.right not in items}
    named = [name for name in solution.compiled.variables if name in found]
    return {"second-order factors": ", ".join(named)} if named else {}


_CHOICES: dict[str, tuple[str | None, ...]] = {
    "method": get_args(Method),
    "likelihood": ("normal", "wishart"),
    "errors": (None, *get_args(Errors)),
    "test": (None, *get_args(Test)),
    "information": (None, "expected", "observed"),
    "scaling": get_args(Scaling),
    "missing": WAYS,
    "parametrization": get_args(Parametrization),
    "products": get_args(Rule),
    "centring": get_args(Centring),
    "on_fail": ("raise", "return"),
}

_DISCREPANCIES = {
    "ml": "maximum likelihood",
    "gls": "generalised least squares",
    "uls": "unweighted least squares",
    "wls": "weighted least squares (distribution-free)",
    "dwls": "diagonally weighted least squares",
}


def _heeded(solution: Solution) -> str:
    """Say what errors heed besides the answers."""
    evidence, errors = solution.evidence, solution.choices.errors
    named = drawn(evidence.samples) if isinstance(evidence, Complete) else ""
    return f", heeding {named}" if named and errors not in ("standard", "first.order") else ""


def ended(solution: Solution) -> SearchEnd:
    """Say how the search ended."""
    o = solution.optimum
    iterations, gradient = int(o.iterations[0]), float(o.gradient[0])
    decrement, definite = float(o.decrement[0]), bool(o.positive[0])
    converged = bool(o.converged[0])
    state = "settled" if converged else "not settled"
    curved = "positive definite" if definite else "NOT positive definite"
    how = (
        f"{state} after {iterations} iterations (scaled gradient {gradient:.1e}, Newton decrement "
        f"{abs(decrement):.1e}, Hessian {curved})"
    )
    if isinstance(o, ConstrainedOptimum):
        how += f"; constraints met to {o.distance.max():.0e}, {int(o.binding.sum())} binding"
    return SearchEnd(converged, iterations, gradient, 1e-9, 0, how, gradient, decrement, definite)


@lru_cache(maxsize=64)
def _compiled(model: Model, conventions: Conventions, n_groups: int) -> Compiled:
    items, constructs = names_of(model)
    beside = conventions.auxiliary
    rows = parameter_rows(model, conventions, n_groups)
    for group in range(n_groups):
        rows += auxiliary_rows(items, beside, group)
    found = compiled(rows, (*items, *beside), constructs, n_groups)
    return constrained(found, model.defined, model.constraints)

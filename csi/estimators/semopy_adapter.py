"""Covariance structures whose parameters are searched for by semopy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from typing import ClassVar, Literal, get_args

import numpy as np

from csi.core.moments import Moments
from csi.core.sem.minima import NEGLIGIBLE
from csi.declared import check_choice
from csi.errors import EstimationError, ModelError, OptionError, listing
from csi.estimators.cbsem import CBSEM, CovarianceEstimates, ended
from csi.estimators.sem.composed import Places, composed
from csi.estimators.sem.identified import check_identified, check_information, check_sample
from csi.estimators.sem.judged import solution_at
from csi.estimators.sem.missing import holes_in
from csi.estimators.sem.sampled import declared
from csi.estimators.sem.semopy_search import Found, searched
from csi.estimators.sem.solution import Solution
from csi.estimators.sem.with_products import product_terms
from csi.spec import Model

Solver = Literal["SLSQP", "L-BFGS-B"]


@dataclass(frozen=True, slots=True)
class Semopy:
    """Estimate a covariance structure by maximum likelihood with the package semopy.

    semopy searches for the parameters, and nothing else is taken from it. The model is
    filled up as by `csi.CBSEM` and translated; whether the search ended at a minimum is
    judged by our own gradient and Hessian there, whatever semopy says; errors, tests,
    degrees of freedom and measures of fit follow from the parameters as for `csi.CBSEM`.

    Parameters
    ----------
    ftol : float
        How little the discrepancy may fall in a step for semopy's search to end. Its own
        default, 1e-6, is not tight enough for most models.
    solver : {"SLSQP", "L-BFGS-B"}
        Method of SciPy that semopy searches with.
    on_fail : {"raise", "return"}
        Whether a search that did not end at a minimum is an error or a result that says so.

    Raises
    ------
    OptionError
        If a setting is unknown.

    Notes
    -----
    semopy allows no negative variance. Where one would be estimated it is zero, a Heywood
    case, and the minimum is the least discrepancy within that bound; other parameters have
    the errors of a model in which it is fixed.

    Starting values are semopy's own if there are answers of respondents and each construct
    has a fixed loading, else those of `csi.CBSEM`.

    References
    ----------
    Igolkina, A. A. and Meshcheryakov, G. (2020). semopy: a Python package for structural
    equation modeling. Structural Equation Modeling 27(6), 952-963.
    doi:10.1080/10705511.2019.1704289

    Examples
    --------
    >>> import csi
    >>> fit = csi.fit(csi.models.acsi(), csi.demo_survey(), csi.Semopy())
    >>> fit.estimates.settings["semopy said"]
    'success: Optimization terminated successfully'
    """

    ftol: float = 1e-14
    solver: Solver = "SLSQP"
    on_fail: Literal["raise", "return"] = "raise"

    def __post_init__(self) -> None:
        number = isinstance(self.ftol, int | float | np.number) and not isinstance(self.ftol, bool)
        if not number or not 0 < self.ftol < 1:
            raise OptionError(f"ftol is {self.ftol!r}. Give a number above 0 and below 1.")
        check_choice("solver", self.solver, get_args(Solver))
        check_choice("on_fail", self.on_fail, ("raise", "return"))

    policies: ClassVar[tuple[str, ...]] = ("listwise", "mean")
    """Policies for missing answers this estimator can do with."""

    def estimate(self, model: Model, moments: Moments) -> CovarianceEstimates:
        """Return the estimates of one sample.

        Raises
        ------
        OptionError
            If semopy cannot be imported, or there are missing answers, weights, clusters
            or strata.
        ModelError
            If the model is not identified, or has constraints, means, thresholds or
            products of constructs.
        DataError
            If the sample is too small, or items are identical.
        EstimationError
            If semopy's search did not end at a minimum.
        """
        check_model(model)
        check_moments(moments)
        own = CBSEM()
        whole, evidence = own.compiled(model, moments), own.evidence(moments)
        check_identified(whole, model)
        check_sample(whole, moments)
        found = searched(whole, evidence, self.solver, self.ftol)
        solution = solution_at(found.theta, whole, evidence, found.bounded, found.iterations)
        if self.on_fail == "raise":
            self._check(found, solution)
            check_information(solution)
        places = Places.of(model, whole)
        cov = evidence.covs[0][None]
        one = composed(whole.structure, found.theta[None], places, cov).sample(0)
        return CovarianceEstimates(
            one.W, one.loadings, one.C, one.B, one.r2, one.reliability, ended(solution),
            self._settings(found, solution), solution,
        )  # fmt: skip

    def _check(self, found: Found, solution: Solution) -> None:
        if solution.optimum.converged[0]:
            return
        end = ended(solution)
        curved = "positive definite" if end.definite else "NOT positive definite"
        still = end.definite and end.gradient**2 < NEGLIGIBLE and end.decrement < NEGLIGIBLE
        running = ", but parameters run off: the next step is still long" if still else ""
        raise EstimationError(
            f"semopy says '{found.said}', but where it stopped is no minimum: scaled gradient "
            f"{end.gradient:.1e}, Newton decrement {end.decrement:.1e}, Hessian {curved}{running}. "
            f"Use csi.CBSEM(), a smaller ftol than {self.ftol:g}, or fewer paths. "
            "on_fail='return' gives the point where it stopped."
        )

    def _settings(self, found: Found, solution: Solution) -> Mapping[str, str]:
        choices = solution.choices
        return {
            "estimator": "covariance structure, ML, by semopy",
            "discrepancy": "maximum likelihood",
            "version of semopy": version("semopy"),
            "solver": f"{self.solver}, ftol {self.ftol:g}",
            "semopy said": found.said,
            "standard errors": choices.errors,
            "test": choices.test,
            "information": choices.information,
            "likelihood": "normal",
            "parameters": f"{solution.n_parameters}, {solution.df} degrees of freedom",
            "scaling": "first item of each construct",
            "mean structure": "no",
        }


def check_model(model: Model) -> None:
    """Refuse models that semopy has no language for, or computes wrong.

    Raises
    ------
    ModelError
        With constraints, means, thresholds, or products of constructs.
    """
    if model.constraints:
        named = listing([str(each) for each in model.constraints])
        raise ModelError(
            f"The model has constraints ({named}), which semopy does not take off the parameters. "
            "Give equal parameters one label, or use csi.CBSEM()."
        )
    others = [str(each) for each in model.parameters if each.operator in ("~1", "|", "~*~")]
    if others:
        raise ModelError(
            f"The model states {listing(others)}, but csi.Semopy() fits covariances only. Leave "
            "means and thresholds out, or use csi.CBSEM()."
        )
    products = product_terms(model)
    if products:
        raise ModelError(
            f"The model has the product {':'.join(products[0])}, which semopy has not. Use "
            "csi.CBSEM()."
        )


def check_moments(moments: Moments) -> None:
    """Refuse answers that semopy computes wrong.

    Raises
    ------
    OptionError
        With missing answers, weights, clusters or strata.
    """
    if holes_in(moments):
        raise OptionError(
            "There are missing answers, of which semopy has the likelihood wrong. Use csi.CBSEM(), "
            "or declare the survey with missing='listwise'."
        )
    known = declared([moments]) or ("weights" if moments.weights is not None else "")
    if known:
        raise OptionError(
            f"There are {known}, which semopy knows nothing of. Use csi.CBSEM(), or declare the "
            "survey without them."
        )

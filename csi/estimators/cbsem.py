"""Covariance-based structural equation modelling."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal, get_args

import numpy as np

from csi.core.moments import Moments
from csi.core.products import Samples
from csi.core.sem.normal import Normal
from csi.core.sem.optimise import Optimum, minimise
from csi.core.types import Mask
from csi.errors import EstimationError, OptionError, did_you_mean
from csi.estimators.base import BROKEN, UNSETTLED, Convergence, Estimates, Solved
from csi.estimators.sem.compiled import Compiled, compiled
from csi.estimators.sem.composed import Places, composed
from csi.estimators.sem.constrained import constrained, under_constraints
from csi.estimators.sem.evidence import Complete, Kind, Sample
from csi.estimators.sem.identified import check_identified, check_information, check_sample
from csi.estimators.sem.solution import Choices, Solution, solved
from csi.estimators.sem.table import Conventions, Scaling, names_of, parameter_rows
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
        as the method says by default.
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
        Whether observed causes are taken as they are.
    correlated_outcomes : bool
        Whether what is left of constructs that point to nothing correlates.
    orthogonal : bool
        Whether constructs nothing points to are uncorrelated.
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
    on_fail: Literal["raise", "return"] = "raise"
    max_iter: int = 200

    def __post_init__(self) -> None:
        _one_of("method", self.method, get_args(Method))
        _one_of("likelihood", self.likelihood, ("normal", "wishart"))
        _one_of("scaling", self.scaling, get_args(Scaling))
        _one_of("on_fail", self.on_fail, ("raise", "return"))
        if self.errors is not None:
            _one_of("errors", self.errors, get_args(Errors))
        if self.test is not None:
            _one_of("test", self.test, get_args(Test))
        if self.information is not None:
            _one_of("information", self.information, ("expected", "observed"))
        for name in ("means", "fixed_x", "correlated_outcomes", "orthogonal"):
            if not isinstance(getattr(self, name), bool | np.bool_):
                raise OptionError(f"{name} is {getattr(self, name)!r}. Give True or False.")
        if self.likelihood == "wishart" and not self.method.startswith("ML"):
            raise OptionError(f"likelihood='wishart' belongs to ML, not to {self.method}.")

    @property
    def kind(self) -> Kind:
        """The discrepancy."""
        return _METHODS[self.method][0]

    @property
    def choices(self) -> Choices:
        """How errors and tests are computed."""
        usual = _METHODS[self.method][1]
        return Choices(
            self.errors or usual.errors, self.test or usual.test,
            self.information or usual.information,
        )  # fmt: skip

    @property
    def batched(self) -> bool:
        """Whether resamples can be estimated from their moments, many at once."""
        return self.kind in ("ml", "gls", "uls")

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
        whole = self.compiled(model, moments)
        check_identified(whole, model)
        check_sample(whole, moments)
        solution = solved(whole, self.evidence(moments), self.choices, self.max_iter)
        if self.on_fail == "raise":
            check_information(solution)
        self._check(solution)
        sample = moments.cov[None] * ((moments.n - 1) / moments.n)
        found = composed(whole.structure, solution.theta[None], Places.of(model, whole), sample)
        one = found.sample(0)
        return CovarianceEstimates(
            one.W, one.loadings, one.C, one.B, one.r2, one.reliability, ended(solution),
            self._settings(solution), solution,
        )  # fmt: skip

    def solve(self, model: Model, samples: Samples) -> Solved:
        """Return the composites of every resample; a failure raises nothing."""
        whole = _compiled(model, self._conventions(model, None))
        sd = samples.sd.T
        cov = np.moveaxis(samples.R, -1, 0) * (sd[:, :, None] * sd[:, None, :])
        usable: Mask = np.logical_and(np.isfinite(cov).all(axis=(1, 2)), (sd > 0).all(axis=1))
        cov = np.where(usable[:, None, None], cov, np.eye(len(samples.R)))
        unit = np.sqrt(np.einsum("bpp->bp", cov).mean(axis=0))
        S = (cov / (unit[:, None] * unit))[:, None]
        offset = np.linalg.slogdet(S)[1] + S.shape[-1]
        problem = Normal(whole.structure, S, None, np.ones(1), unit, None, offset)
        optimum: Optimum = minimise(
            problem, whole.start(cov[:, None], None), max_iter=self.max_iter
        )
        optimum = under_constraints(whole, problem, optimum, self.max_iter)
        found = composed(whole.structure, optimum.theta, Places.of(model, whole), cov)
        failure = np.where(optimum.converged, 0, UNSETTLED).astype(np.int8)
        failure[~np.isfinite(optimum.value)] = BROKEN
        return Solved.of(samples, found, failure)

    def compiled(self, model: Model, moments: Moments) -> Compiled:
        """Return the parameters of a model and the structure they make."""
        return _compiled(model, self._conventions(model, moments))

    def evidence(self, moments: Moments) -> Complete:
        """Return what the moments say."""
        n = moments.n
        sample = Sample(n, moments.cov * ((n - 1) / n), moments.mean, moments.rows, moments.weights)
        return Complete((sample,), self.kind, self.likelihood == "wishart")

    def _conventions(self, model: Model, moments: Moments | None) -> Conventions:
        return Conventions(
            self.scaling, self.means, self.fixed_x, self.correlated_outcomes, self.orthogonal,
            errors=tuple(self._errors(model, moments).items()),
        )  # fmt: skip

    def _errors(self, model: Model, moments: Moments | None) -> dict[str, float]:
        """Return the error variances of single items."""
        if not isinstance(self.reliability, Mapping) and self.reliability == 1:
            return {}
        if moments is None:
            raise OptionError("reliability needs the moments of the whole sample.")
        found = {}
        for construct in model.constructs:
            if construct.kind != "single":
                continue
            given = self.reliability
            share = given.get(construct.name, 1.0) if isinstance(given, Mapping) else given
            item = construct.indicators[0]
            at = moments.columns.index(item)
            n = moments.n
            found[item] = (1 - share) * float(moments.cov[at, at]) * (n - 1) / n
        return found

    def _check(self, solution: Solution) -> None:
        if solution.optimum.converged[0] or self.on_fail == "return":
            return
        raise EstimationError(
            f"The search for the {self.method} estimates has not settled: {ended(solution).how}. "
            "The model is too complex for these data, or nearly unidentified: look at the items "
            "of small constructs, fit fewer paths, or use csi.PLS(). on_fail='return' gives the "
            "point where it stopped."
        )

    def _settings(self, solution: Solution) -> dict[str, str]:
        choices = self.choices
        return {
            "estimator": f"covariance structure, {self.method}",
            "discrepancy": _DISCREPANCIES[self.kind],
            "standard errors": choices.errors,
            "test": choices.test,
            "information": choices.information,
            "likelihood": self.likelihood if self.kind == "ml" else "none",
            "parameters": f"{solution.n_parameters}, {solution.df} degrees of freedom",
            "scaling": {
                "marker": "first item of each construct", "variance": "constructs of variance one"
            }[self.scaling],
            "mean structure": "yes" if self.means else "no",
        }  # fmt: skip


_DISCREPANCIES = {
    "ml": "maximum likelihood",
    "gls": "generalised least squares",
    "uls": "unweighted least squares",
    "wls": "weighted least squares (distribution-free)",
    "dwls": "diagonally weighted least squares",
}


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
    return SearchEnd(converged, iterations, gradient, 1e-9, 0, how, gradient, decrement, definite)


@lru_cache(maxsize=64)
def _compiled(model: Model, conventions: Conventions) -> Compiled:
    items, constructs = names_of(model)
    found = compiled(parameter_rows(model, conventions), items, constructs)
    return constrained(found, model.defined, model.constraints)


def _one_of(what: str, value: object, known: Sequence[str]) -> None:
    if not isinstance(value, str) or value not in known:
        raise OptionError(
            f"The {what} is {value!r}. Known: {', '.join(known)}." + did_you_mean(str(value), known)
        )

"""The specification curve: one number under every choice that could have been made.

References
----------
Simonsohn, U., Simmons, J. P. and Nelson, L. D. (2020). Specification curve analysis.
Nature Human Behaviour 4(11), 1208-1214. doi:10.1038/s41562-020-0912-z
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from csi.core.checks import check_level
from csi.core.index import Convention
from csi.core.moments import Moments
from csi.core.resample import check_seed
from csi.covariance_fit import CovarianceFit
from csi.data import SurveyData, as_survey
from csi.declared import Missing, check_flags
from csi.errors import CsiError, EstimationError, InadmissibleWarning
from csi.estimators.base import Estimator
from csi.fitting import check_fit_options
from csi.fitting import fit as fit_model
from csi.parts import is_count
from csi.published.specified.choices import (
    Specification,
    combined,
    further_models,
    index_conventions,
)
from csi.published.specified.one_number import FAMILIES, OneNumber
from csi.published.specified.results import Computed, SpecificationCurve
from csi.published.specified.structure_limits import structure_limits
from csi.resampling.bootstrapping import FEWEST, MOST, bootstrap, check_number
from csi.resampling.engine import Engine
from csi.results import Fit
from csi.single_thread import one_thread
from csi.spec import Model
from csi.structural_fit import StructuralFit

_NO_ROWS = "Resamples need respondents, and moments were given."


def specification_curve(
    model: Model,
    data: object,
    of: str,
    *,
    estimators: Mapping[str, Estimator] | None = None,
    missing: Sequence[Missing] | None = None,
    index_weights: Sequence[Convention] | None = None,
    further: Mapping[str, Model | Callable[[Model], Model]] | None = None,
    n_boot: int = 1000,
    level: float = 0.95,
    rng: int | np.random.Generator | None = None,
    progress: bool = True,
) -> SpecificationCurve:
    """Compute one number under every choice of estimator, scheme, missing-data rule, and model.

    Unless other estimators are named, these are compared: `csi.PLS` with each inner
    weighting scheme, with modes as the model states them, all A and all B; the same with
    correction for attenuation (PLSc) where rho_A is defined; plain sums, `csi.Sums`;
    and `csi.CBSEM` by ``"MLR"``, whose estimates are those of ML. Each of them meets each
    rule for missing answers it can do with, and each index convention if an index is asked
    for. Specifications whose results coincide are all kept. Those that cannot be estimated
    are rows without a number that say why.

    Limits are percentiles of `csi.bootstrap`, from the same seed for all. Effects and R2 of
    covariance structures have limits by the delta method instead, from the Hessian and
    robust; their indices and impacts have none where answers are missing and kept.

    Parameters
    ----------
    model : Model
        The model.
    data : SurveyData, dataframe or Moments
        The answers. With moments there are no rules for missing answers and no resamples:
        only covariance structures, then by ML, have limits.
    of : str
        The number: a standardised effect, ``"Satisfaction -> Loyalty"``, or
        ``"total Satisfaction -> Loyalty"`` along all routes; ``"index Satisfaction"``;
        ``"impact Satisfaction -> Loyalty"``, in points per point; or ``"r2 Loyalty"``.
    estimators : mapping of str to Estimator, optional
        Estimators by name, instead of those above.
    missing : sequence of {"listwise", "pairwise", "mean", "fiml"}, optional
        Rules for missing answers; all by default. If the items of the model lack no answer,
        there is nothing to choose.
    index_weights : sequence of {"unstandardized", "standardized", "equal"}, optional
        Index conventions; all by default.
    further : mapping of str to Model or callable, optional
        Models to be compared with the first, by name: models, or functions that make
        one of the first, such as ``lambda model: model.without("WRONGX")``. Each meets all
        other choices.
    n_boot : int
        Resamples of each specification; 0 for none.
    level : float
        Confidence level.
    rng : int, numpy.random.Generator or None
        Seed.
    progress : bool
        Whether to show a bar on a terminal if it takes long.

    Returns
    -------
    SpecificationCurve

    Raises
    ------
    OptionError
        If the number is none of the model's, or an option has no meaning.
    DataError
        If the answers cannot be read.
    EstimationError
        If no specification could be estimated.

    References
    ----------
    Simonsohn, U., Simmons, J. P. and Nelson, L. D. (2020). Specification curve analysis.
    Nature Human Behaviour 4(11), 1208-1214. doi:10.1038/s41562-020-0912-z

    Examples
    --------
    >>> import csi
    >>> from csi.published.specified.specifying import specification_curve
    >>> curve = specification_curve(
    ...     csi.models.acsi(), csi.demo_survey(), "Satisfaction -> Loyalty", n_boot=200, rng=1
    ... )
    >>> curve
    <SpecificationCurve Satisfaction -> Loyalty: 33 specifications, median 0.717, 0.708 to 0.749>
    >>> curve.by_choice["dimension"].iloc[0]
    'estimator'
    """
    check_fit_options(model, None, "unstandardized")
    number = OneNumber.read(of, model)
    models = further_models(model, further)
    for name, other in models.items():
        number.check(other, f"Model {name!r}")
    conventions = index_conventions(index_weights, number.kind == "index")
    if not is_count(n_boot) or n_boot != 0:
        check_number("n_boot", n_boot, FEWEST, MOST)
    check_flags(progress=progress)
    known = data if isinstance(data, Moments) else as_survey(data)
    resamples = 0 if isinstance(known, Moments) else n_boot
    run = _Run(known, number, resamples, check_level(level), check_seed(rng))
    every = combined(known, models, estimators, missing, conventions)
    with one_thread():
        computed = [run.computed(each) for each in _shown(every.specifications, progress)]
    if all(each.failed for each in computed):
        raise EstimationError(
            f"None of the {len(computed)} specifications could be estimated. The first: "
            f"{computed[0].why}"
        )
    order = np.argsort([each.estimate for each in computed], kind="stable")  # NaN last
    ranked = tuple(computed[i] for i in order)
    labels = {name: model.label(name, "zh") for name in model.names}
    return SpecificationCurve(
        number, ranked, run.level, resamples, run.seed, every.left_out, labels
    )


@dataclass(frozen=True)
class _Run:
    """What all specifications share."""

    data: SurveyData | Moments
    number: OneNumber
    n_boot: int
    level: float
    seed: int

    def computed(self, chosen: Specification) -> Computed:
        """Carry out one specification; what goes wrong is told, not raised."""
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always")
            found = self._carried_out(chosen)
        warned = dict.fromkeys(" ".join(str(each.message).split()) for each in said)
        return replace(found, warned=tuple(warned))

    def _carried_out(self, chosen: Specification) -> Computed:
        try:
            fit = fit_model(
                chosen.model, self._answers(chosen), chosen.estimator,
                index_weights=chosen.index_weights,
            )  # fmt: skip
            estimate = self.number.value(fit)
        except (CsiError, np.linalg.LinAlgError) as problem:
            return Computed(chosen, why=" ".join(str(problem).split()))
        if not np.isfinite(estimate):
            return Computed(chosen, n=fit.n, why="The number is not defined for these estimates.")
        possible = not any(issubclass(kind, InadmissibleWarning) for kind, _ in fit.findings)
        known = Computed(
            chosen, estimate, n=fit.n, converged=fit.convergence.converged, admissible=possible
        )
        return self._with_limits(known, fit)

    def _answers(self, chosen: Specification) -> SurveyData | Moments:
        if isinstance(self.data, Moments) or chosen.missing is None:
            return self.data
        return self.data.with_missing(chosen.missing)

    def _with_limits(self, known: Computed, fit: Fit) -> Computed:
        try:
            if isinstance(fit, CovarianceFit) and self._by_delta(fit):
                lower, upper = structure_limits(fit, self.number, self.level)
                how = f"delta method, {fit.solution.choices.errors} errors"
            elif self.n_boot == 0:
                return replace(known, why=_NO_ROWS if isinstance(self.data, Moments) else "")
            else:
                lower, upper = self._resampled(fit)
                how = "bootstrap, percentile"
        except (CsiError, np.linalg.LinAlgError) as problem:
            return replace(known, why=" ".join(str(problem).split()))
        return replace(known, lower=lower, upper=upper, limits=how)

    def _by_delta(self, fit: CovarianceFit) -> bool:
        return self.number.kind in ("path", "total", "r2") and not isinstance(fit, StructuralFit)

    def _resampled(self, fit: Fit) -> tuple[float, float]:
        if isinstance(fit, CovarianceFit) and not Engine.of(fit).batched:
            raise EstimationError(
                "Resamples of this structure are estimated one by one, which is left to "
                "csi.bootstrap(fit)."
            )
        boot = bootstrap(fit, n_boot=self.n_boot, rng=self.seed, level=self.level, progress=False)
        table = boot.family(FAMILIES[self.number.kind])
        keys = table[["source", "target"] if len(self.number.ends) == 2 else ["construct"]]
        row = table.iloc[self.number.among(keys.itertuples(index=False, name=None))]
        return float(row["lower"]), float(row["upper"])


def _shown(specifications: Sequence[Specification], progress: bool) -> Iterable[Specification]:
    """Yield specifications behind a bar that appears on terminals after a second."""
    from tqdm import tqdm  # noqa: PLC0415 - slow to import

    hidden = None if progress else True
    return tqdm(specifications, unit=" specifications", disable=hidden, delay=1.0, leave=False)

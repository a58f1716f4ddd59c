"""Fitting a model to a survey, a dataframe or printed moments."""

from __future__ import annotations

import numpy as np

from csi.answers import Answers, complete, decode
from csi.core.index import Convention
from csi.core.moments import Moments
from csi.covariance_fit import CovarianceFit
from csi.data import SurveyData, as_survey
from csi.errors import (
    ArgumentTypeError,
    DataError,
    OptionError,
    did_you_mean,
    listing,
    warn,
)
from csi.estimators.base import Estimates, Estimator
from csi.estimators.cbsem import CovarianceEstimates
from csi.estimators.pls import PLS
from csi.estimators.sem.structural_after import AfterMeasurement
from csi.results import Fit, check_convention
from csi.spec import Model
from csi.structural_fit import StructuralFit


def fit(
    model: Model,
    data: object,
    estimator: Estimator | None = None,
    *,
    index_weights: Convention = "unstandardized",
) -> Fit:
    """Fit a model to a survey, a dataframe or printed moments.

    Parameters
    ----------
    model : Model
        From `csi.model`, `csi.parse` or the catalogue `csi.models`.
    data : SurveyData, dataframe or Moments
        The answers. A plain dataframe is taken as ``csi.survey(frame)``.
    estimator : Estimator, optional
        `csi.PLS` with path weighting by default.
    index_weights : {"unstandardized", "standardized", "equal"}
        How items are weighted into the 0-100 indices. The published formulas
        can be read in the first two ways; on the ECSI mobile-phone study they
        differ by 0.7 points.

    Returns
    -------
    Fit

    Raises
    ------
    DataError
        Lists every problem of the data.
    ModelError
        If the estimator cannot estimate such a model.
    EstimationError
        If the iteration does not settle.

    Warns
    -----
    InadmissibleWarning
        If the estimates are impossible, or not to be believed as they stand.
    DataQualityWarning
        If the data deserve a second look.

    Examples
    --------
    >>> import csi
    >>> fit = csi.fit(csi.models.acsi(), csi.demo_survey())
    >>> fit.convergence.converged
    True
    """
    chosen = check_fit_options(model, estimator, index_weights)
    if isinstance(data, Moments):
        moments = _aligned(data, model)
        ends = [model.item(name).scale or (np.nan, np.nan) for name in moments.columns]
        scale = np.array(ends, dtype=np.float64)
        estimates = _estimated(chosen, model, moments)
        fitted = fit_class(estimates)(
            model, moments, chosen, estimates, None, scale, index_weights,
            {"missing answers": "not known: fitted to moments", "survey weights": "not known"},
        )  # fmt: skip
    else:
        answers = complete(read_answers(as_survey(data), model, chosen))
        moments = answers.moments()
        estimates = _estimated(chosen, model, moments)
        fitted = fit_class(estimates).of_answers(
            model, chosen, estimates, answers, moments, index_weights
        )
    warn_about(fitted)
    return fitted


def read_answers(data: SurveyData, model: Model, estimator: Estimator) -> Answers:
    """Read what an estimator needs of a survey: the items, and columns beside them.

    Raises
    ------
    OptionError
        If the estimator cannot do with the survey's policy for missing answers.
    DataError
        Lists every problem of the columns.
    """
    name, policy = type(estimator).__name__, data.recipe.missing
    policies = getattr(estimator, "policies", ("listwise", "pairwise", "mean"))
    if policy not in policies and policy == "fiml":
        raise OptionError(
            f"missing='fiml' is a likelihood method, which {name} has not. Declare the survey "
            "with missing='pairwise' or 'mean', or fit it with csi.CBSEM()."
        )
    if policy not in policies:
        raise OptionError(
            f"{name} cannot do with missing={policy!r}: covariances of different respondents have "
            "no likelihood. Declare the survey with missing='fiml', which uses every answer, or "
            "with 'listwise' or 'mean'."
        )
    further = getattr(estimator, "columns", None)
    beside = tuple(further(model)) if callable(further) else ()
    if beside and policy != "fiml":
        raise OptionError(
            f"{listing(beside)} would tell of missing answers, but missing={policy!r} keeps none "
            "of them. Declare the survey with missing='fiml'."
        )
    return decode(data, model, beside=beside)


def fit_class(estimates: Estimates) -> type[Fit]:
    """Return what a fit with these estimates is: a `Fit`, or one of a covariance structure."""
    if not isinstance(estimates, CovarianceEstimates):
        return Fit
    return StructuralFit if isinstance(estimates.solution, AfterMeasurement) else CovarianceFit


def _estimated(estimator: Estimator, model: Model, moments: Moments) -> Estimates:
    found = estimator.estimate(model, moments)
    if not isinstance(found, Estimates):
        raise ArgumentTypeError(
            f"{type(estimator).__name__}.estimate returned {type(found).__name__}. Return "
            "csi.estimators.base.Estimates."
        )
    return found


def warn_about(fitted: Fit, group: str = "") -> None:
    """Warn of everything about a fit that is not to be believed as it stands."""
    where = f" ({group})" if group else ""
    for category, text in fitted.findings:
        warn(text + where, category)


def check_fit_options(
    model: object, estimator: Estimator | None, index_weights: Convention
) -> Estimator:
    """Refuse what is no model, estimator or index convention; return the estimator."""
    if not isinstance(model, Model):
        hint = " Read text with csi.parse(text)." if isinstance(model, str) else ""
        raise ArgumentTypeError(
            f"The model is a {type(model).__name__}. Use csi.model() or csi.models.acsi().{hint}"
        )
    check_convention(index_weights)
    return _as_estimator(estimator)


def _aligned(moments: Moments, model: Model) -> Moments:
    missing = [name for name in model.indicators if name not in moments.columns]
    if missing:
        raise DataError(
            f"The moments lack {listing(missing)}; they hold {listing(moments.columns, 30)}."
            + did_you_mean(missing[0], moments.columns)
        )
    return moments.select(model.indicators)


def _as_estimator(estimator: Estimator | None) -> Estimator:
    if estimator is None:
        return PLS()
    if isinstance(estimator, type) and hasattr(estimator, "estimate"):
        raise ArgumentTypeError(
            f"{estimator.__name__} is a class, not an estimator. Call it: {estimator.__name__}()."
        )
    if not callable(getattr(estimator, "estimate", None)):
        raise ArgumentTypeError(
            f"{estimator!r} is no estimator. Give a value such as csi.PLS(), or any object with a "
            "method estimate(model, moments)."
        )
    return estimator

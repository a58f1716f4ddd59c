"""What a result knows of the analysis it belongs to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from csi.assessment.ability import Cvpat
from csi.assessment.assessment import Assessment
from csi.assessment.importance import ImportancePerformance
from csi.assessment.overall import ExactFit
from csi.assessment.prediction import Prediction
from csi.comparing.differences import Comparison
from csi.comparing.invariance import Invariance
from csi.comparing.standings import Standing
from csi.errors import ArgumentTypeError, OptionError, kind_of
from csi.group_fits import MultigroupFit
from csi.groups import Fits
from csi.invariance_steps import InvarianceSteps
from csi.loyalty.curve import Curve
from csi.loyalty.groups import CurveComparison
from csi.loyalty.pooling import PooledCurve
from csi.published.audits.audit import Audit
from csi.published.specified.results import SpecificationCurve
from csi.reporting.curve_results import StoredCurve
from csi.reporting.judged import StoredAssessment
from csi.reporting.paragraph import curves, groups, judgement, published, uncertainty
from csi.reporting.paragraph.sentences import Sentence, Writer
from csi.reporting.resampled import Resampled
from csi.resampling.bollen_stine import BollenStine
from csi.resampling.bootstraps import Bootstraps, FunctionBootstrap
from csi.results import Fit


@dataclass(frozen=True)
class Known:
    """What a result knows of the analysis it belongs to.

    Attributes
    ----------
    fit : Fit, Fits, MultigroupFit or None
        What was fitted.
    boot : Bootstrap, Bootstraps, Jackknife or None
        What was resampled.
    assessment : Assessment, StoredAssessment or None
        What was judged.
    curve : Curve, StoredCurve or None
        The loyalty curve.
    more : callable or None
        Writes how the result itself was made.
    """

    fit: Fit | Fits | MultigroupFit | None = None
    boot: Resampled | Bootstraps | None = None
    assessment: Assessment | StoredAssessment | None = None
    curve: Curve | StoredCurve | None = None
    more: Callable[[Writer], list[Sentence]] | None = None

    def beside(self, boot: Any, assessment: Any, curve: Any) -> Known:
        """Add what was given beside the result, which must not hold it already."""
        given = {"boot": boot, "assessment": assessment, "curve": curve}
        given = {name: value for name, value in given.items() if value is not None}
        for name, value in given.items():
            own = getattr(self, name)
            if own is not None and own is not value:
                raise OptionError(
                    f"{name} was given, but the result has its own {own!r}. Leave {name} out."
                )
            if self.fit is None:
                raise OptionError(
                    f"{name} belongs to a fit, and this result knows of none. Give the fit: "
                    f"csi.methods_paragraph(fit, {name}=...)."
                )
        return replace(self, **given)


def known_of(result: object) -> Known:
    """Return what a result knows, or refuse what is none.

    Raises
    ------
    ArgumentTypeError
        If it is no result that knows how it was made.
    """
    if isinstance(result, Fit | Fits | MultigroupFit):
        return Known(result)
    if isinstance(result, Resampled):
        return Known(result.fit, result)
    if isinstance(result, Curve | StoredCurve):
        return Known(curve=result)
    found = next(
        (tell(result) for kind, tell in _RESULTS.items() if isinstance(result, kind)), None
    )
    if found is None:
        raise ArgumentTypeError(
            f"{kind_of(result)} has no methods paragraph. Give a fit, or a result that "
            "knows how it was made, such as those of csi.bootstrap() or csi.assess()."
        )
    return found


def _assessed(found: Assessment) -> Known:
    return Known(found.fit, found.given, found)


def _assessed_before(found: StoredAssessment) -> Known:
    return Known(found.fit, found.boot, found)


def _groups(found: Bootstraps) -> Known:
    fits = {group: boot.fit for group, boot in found.items()}
    return Known(Fits(found.by, fits, pd.DataFrame(columns=["group", "n", "reason"])), found)


def _compared(found: Comparison) -> Known:
    own = _groups(found.bootstraps)
    return replace(own, more=lambda write: groups.comparison(write, found))


def _stepwise(found: InvarianceSteps) -> Known:
    last = list(found.fits.values())[-1]
    return Known(last, more=lambda write: groups.steps(write, found))


def _mapped(found: ImportancePerformance) -> Known:
    return Known(found.fit, found.boot if isinstance(found.boot, Resampled) else None)


def _function(found: FunctionBootstrap) -> Known:
    return Known(found.fit, more=lambda write: uncertainty.resampling_of_function(write, found))


def _predicted(found: Prediction) -> Known:
    return Known(found.fit, more=lambda write: judgement.prediction(write, found))


def _able(found: Cvpat) -> Known:
    fit = found.prediction.fit
    return Known(fit, more=lambda write: judgement.predictive_ability(write, found))


def _audited(found: Audit) -> Known:
    return Known(found.fit, more=lambda write: published.audit(write, found))


def _alone(tell: Callable[[Writer, Any], list[Sentence]]) -> Callable[[Any], Known]:
    """Return what is known of results that tell of themselves only."""
    return lambda found: Known(more=lambda write: tell(write, found))


_RESULTS: dict[type, Callable[[Any], Known]] = {
    Assessment: _assessed,
    StoredAssessment: _assessed_before,
    Bootstraps: _groups,
    Comparison: _compared,
    InvarianceSteps: _stepwise,
    ImportancePerformance: _mapped,
    FunctionBootstrap: _function,
    Prediction: _predicted,
    Cvpat: _able,
    Audit: _audited,
    ExactFit: _alone(judgement.exact_fit),
    BollenStine: _alone(judgement.bollen_stine),
    Invariance: _alone(groups.invariance),
    Standing: _alone(groups.standing),
    PooledCurve: _alone(curves.pooled),
    CurveComparison: _alone(curves.compared),
    SpecificationCurve: _alone(published.specifications),
}

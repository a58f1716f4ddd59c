"""Whether an audit or a specification curve is of the model of a fit."""

from __future__ import annotations

from collections.abc import Sequence

from csi.errors import ArgumentTypeError, OptionError
from csi.published.audits.audit import Audit
from csi.published.specified.choices import AS_GIVEN
from csi.published.specified.results import SpecificationCurve
from csi.results import Fit
from csi.spec import Model


def audited(fit: Fit, audit: object) -> Audit | None:
    """Return an audit of the same model, or refuse what is none.

    Raises
    ------
    OptionError
        If it is an audit of another model.
    """
    if audit is None:
        return None
    if not isinstance(audit, Audit):
        raise ArgumentTypeError(
            f"audit is a {type(audit).__name__}. Give the result of csi.audit()."
        )
    _check_model(fit, audit.bench.model, "audit", "csi.audit(table, data, fit.model)")
    return audit


def specified(fit: Fit, given: object) -> tuple[SpecificationCurve, ...]:
    """Return specification curves of the same model, or refuse what are none.

    Raises
    ------
    OptionError
        If one of them is of another model.
    """
    several = [given] if isinstance(given, SpecificationCurve) else given
    if several is None:
        return ()
    if not isinstance(several, Sequence) or isinstance(several, str):
        raise ArgumentTypeError(_wanted(given))
    for curve in several:
        if not isinstance(curve, SpecificationCurve):
            raise ArgumentTypeError(_wanted(curve))
        own = "csi.specification_curve(fit.model, data, ...)"
        _check_model(fit, model_of(curve), "specifications", own)
    return tuple(several)


def model_of(curve: SpecificationCurve) -> Model:
    """Return the model that a specification curve is about, not those beside it."""
    every = [each.specification for each in curve.computed]
    return next(s.model for s in every if s.choices.get("model", AS_GIVEN) == AS_GIVEN)


def _wanted(given: object) -> str:
    return (
        f"specifications holds a {type(given).__name__}. Give the result of "
        "csi.specification_curve(), or several of them in a list."
    )


def _check_model(fit: Fit, model: Model, argument: str, call: str) -> None:
    if _structure(model) == _structure(fit.model):
        return
    raise OptionError(
        f"{argument} belongs to another model: {_told(model)}, and the fit has {_told(fit.model)}. "
        f"Give {call} of the model of the fit."
    )


def _structure(model: Model) -> tuple[object, ...]:
    """Return what two models have in common that say the same of the same items."""
    paths = frozenset((path.source, path.target) for path in model.paths)
    return frozenset((c.name, c.indicators) for c in model.constructs), paths


def _told(model: Model) -> str:
    names = ", ".join(model.names[:4]) + (" ..." if len(model.names) > 4 else "")
    return f"{len(model.names)} constructs ({names}), {len(model.paths)} paths"

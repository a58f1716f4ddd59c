"""All verdicts on a fit; a part that cannot be computed says why and stops nothing."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from csi.assessment import judging
from csi.assessment.verdicts import COMMA, DASH, Verdict, not_computed
from csi.errors import CsiError, CsiWarning
from csi.estimators.pls import PLS

if TYPE_CHECKING:
    from csi.assessment.assessment import Assessment


T = TypeVar("T")


@dataclass(frozen=True)
class Attempt(Generic[T]):
    """A part of an assessment, or why there is none.

    Attributes
    ----------
    value : object
        The part; None if it could not be computed.
    why : str
        Why not.
    """

    value: T | None
    why: str = ""


def attempt(function: Callable[[], T]) -> Attempt[T]:
    """Compute a part; its warnings are left to the verdicts, an error is the reason why not."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", CsiWarning)
            return Attempt(function())
    except CsiError as problem:
        return Attempt(None, str(problem))


def collected(a: Assessment) -> list[Verdict]:
    """Return every verdict on a fit, in the order of the rules' areas."""
    return [
        *judging.admissibility(a.admissibility),
        *_of_resamples(a),
        *judging.reliability(a.reliability),
        *judging.indicators(a.indicators, _formative(a)),
        *judging.unidimensionality(a.unidimensionality),
        *_part(a._tetrads, judging.tetrads, "tetrads"),
        *_discriminant(a),
        *judging.judged("path_vif", a.vif, ["source", "target"], judging.PATH_VIF, "vif"),
        *judging.judged(
            "full_vif", a.full_collinearity, ["construct"], judging.FULL_VIF, "vif", COMMA
        ),
        *judging.explained(a.r2),
        *judging.effects(a.f2),
        *_part(a._nonlinearity, judging.curvature, "curvature"),
        *_part(a._endogeneity, judging.endogeneity, "endogeneity"),
        *judging.fit_indices(a.fit_indices),
        *_part(
            a._exact_fit, lambda test: judging.exact_fit(test.table),
            "exact_srmr", "exact_d_uls", "exact_d_g",
        ),
        *_part(a._prediction, lambda found: judging.predicted(found.items), "q2", "power"),
        *_part(a._ability, lambda found: judging.ability(found.table), "cvpat_mean", "cvpat_lm"),
    ]  # fmt: skip


def _of_resamples(a: Assessment) -> list[Verdict]:
    boot = a.boot
    if boot is None:
        return [not_computed(key, a._boot.why) for key in ("resamples", "significance")]
    share = float(boot.draws.part.bad.mean())
    return [*judging.resamples(share), *judging.paths(boot.paths)]


def _discriminant(a: Assessment) -> list[Verdict]:
    ratios = a.htmt
    return [
        *judging.htmt(ratios, "htmt"),
        *judging.htmt(ratios, "htmt2"),
        *judging.holds("fornell_larcker", a.validity, ["construct", "other"], "correlation", DASH),
        *judging.holds("cross_loadings", a.cross_loadings, ["indicator"], "difference", COMMA),
    ]


def _formative(a: Assessment) -> set[str]:
    """Names of constructs weighted by regression."""
    model, estimator = a.fit.model, a.fit.estimator
    if not isinstance(estimator, PLS):
        return set()
    modes = estimator.modes_of(model)
    return {name for name, mode in zip(model.names, modes, strict=True) if mode == "B"}


def _part(part: Attempt[Any], judge: Callable[[Any], list[Verdict]], *keys: str) -> list[Verdict]:
    if part.value is None:
        return [not_computed(key, part.why) for key in keys]
    return judge(part.value)

"""All verdicts on a fit; a part that cannot be computed says why and stops nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from csi.assessment import judging
from csi.assessment.covariance_measurement import path_limits
from csi.assessment.diagnostics import Attempt, Diagnostics, attempt
from csi.assessment.null_population import consistent
from csi.assessment.overall import fit_indices
from csi.assessment.verdicts import COMMA, Scale, Verdict, not_computed
from csi.covariance_fit import CovarianceFit
from csi.estimators.pls import PLS
from csi.results import Fit


def collected(a: Diagnostics) -> list[Verdict]:
    """Return every verdict on a fit, in the order of the rules' areas."""
    return [
        *judging.admissibility(a.admissibility, structure=isinstance(a.fit, CovarianceFit)),
        *_of_resamples(a),
        *judging.reliability(a.reliability),
        *judging.indicators(a.indicators, _formative(a)),
        *judging.unidimensionality(a.unidimensionality),
        *_part(a._tetrads, judging.tetrads, "tetrads"),
        *_discriminant(a),
        *judging.judged("path_vif", a.vif, ["source", "target"], judging.PATH_VIF, "vif"),
        *judging.judged("full_vif", a.full_collinearity, ["construct"], _full(a), "vif", COMMA),
        *judging.explained(a.r2),
        *judging.effects(a.f2),
        *_part(a._nonlinearity, judging.curvature, "curvature"),
        *_part(a._endogeneity, judging.endogeneity, "endogeneity"),
        *judging.fit_indices(a.fit_indices, fit_indices(a.fit, saturated=True)),
        *_of_structure(a.fit),
        *_part(
            a._exact_fit, lambda test: judging.exact_fit(test.table, consistent(a.fit)),
            "exact_srmr", "exact_d_uls", "exact_d_g",
        ),
        *_part(a._prediction, lambda found: judging.predicted(found.items), "q2", "power"),
        *_part(a._ability, lambda found: judging.ability(found.table), "cvpat_mean", "cvpat_lm"),
    ]  # fmt: skip


def _of_resamples(a: Diagnostics) -> list[Verdict]:
    boot = a.boot
    if boot is None:
        lost = not_computed("resamples", a._boot.why)
        if isinstance(a.fit, CovarianceFit):
            return [lost, *judging.paths(path_limits(a.fit, a.level))]
        return [lost, not_computed("significance", a._boot.why)]
    share = float(boot.draws.part.bad.mean())
    return [*judging.resamples(share), *judging.paths(boot.paths)]


def _of_structure(fit: Fit) -> list[Verdict]:
    """Judge the overall fit of a covariance structure; nothing of other fits."""
    if not isinstance(fit, CovarianceFit):
        return []
    residuals = attempt(lambda: fit.residuals("standardized"))
    indices = attempt(fit.modification_indices)
    return [
        *judging.covariance_fit(dict(fit.fit_measures["value"])),
        *_part(residuals, judging.residuals, "residual_z"),
        *_part(indices, judging.modification, "modification"),
    ]


def _discriminant(a: Diagnostics) -> list[Verdict]:
    ratios = a.htmt
    return [
        *judging.htmt(ratios, "htmt"),
        *judging.htmt(ratios, "htmt2"),
        *judging.fornell_larcker(a.validity),
        *judging.cross_loadings(a.cross_loadings),
    ]


def _formative(a: Diagnostics) -> set[str]:
    """Names of constructs weighted by regression."""
    model, estimator = a.fit.model, a.fit.estimator
    if not isinstance(estimator, PLS):
        return set()
    modes = estimator.modes_of(model)
    return {name for name, mode in zip(model.names, modes, strict=True) if mode == "B"}


def _full(a: Diagnostics) -> Scale:
    """Limits of full collinearity, which are wider for corrected correlations."""
    corrected = bool((a.fit.estimates.reliability != 1).any())
    return judging.CORRECTED_VIF if corrected else judging.FULL_VIF


def _part(part: Attempt[Any], judge: Callable[[Any], list[Verdict]], *keys: str) -> list[Verdict]:
    if part.value is None:
        return [not_computed(key, part.why) for key in keys]
    return judge(part.value)

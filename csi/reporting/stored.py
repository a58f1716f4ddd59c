"""Fits, bootstraps, assessments and loyalty curves as JSON, to be read back."""

from __future__ import annotations

import dataclasses
import math
import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast, get_args

import numpy as np

from csi.core.types import Array
from csi.declared import check_flags
from csi.errors import ArgumentTypeError, FileFormatError, OptionError, kind_of
from csi.loyalty.curve import Curve
from csi.published.audits.audit import Audit
from csi.published.reproducing import Reproduction
from csi.published.specified.results import SpecificationCurve
from csi.reporting.curve_results import StoredCurve, told
from csi.reporting.judged import StoredAssessment, judged
from csi.reporting.resampled import Limits, Resampled, Resampling, Signs, StoredInference
from csi.reporting.stored_assessment import judged_from_plain, judged_to_plain
from csi.reporting.stored_curve import curve_from_plain, curve_to_plain
from csi.resampling.bootstraps import Bootstrap, Bootstraps
from csi.resampling.inference import Inference, Known
from csi.resampling.linearization import InfinitesimalJackknife
from csi.resampling.quantities import Quantities
from csi.results import Fit
from csi.storage import (
    SCHEMA,
    check_version,
    fit_from_plain,
    fit_to_plain,
    read_json,
    to_plain,
    undamaged,
    versions,
    write_json,
)

if TYPE_CHECKING:
    from csi.assessment.assessment import Assessment

INFERENCE_SCHEMA, GROUPS_SCHEMA = "csi-inference", "csi-inference-groups"
INFERENCE_SCHEMA_VERSION = 1
ASSESSMENT_SCHEMA, ASSESSMENT_SCHEMA_VERSION = "csi-assessment", 1
CURVE_SCHEMA, CURVE_SCHEMA_VERSION = "csi-curve", 1

AGREEMENT = 1e-9
"""Relative difference up to which stored estimates are those of their fit."""

_VECTORS = ("estimate", "se", "lower", "upper", "p")
_AGAIN = "Bootstrap again."


def to_json(
    result: Fit | Resampled | Bootstraps | Curve | StoredCurve,
    path: str | os.PathLike[str] | None = None,
    *,
    assessment: Assessment | StoredAssessment | None = None,
    replicates: bool = False,
    sensitivity: bool = False,
    overwrite: bool = False,
) -> str:
    """Write a fit, a bootstrap or jackknife with its fit, or a loyalty curve, as JSON.

    Respondents are left out. Numbers keep every digit; NaN is written as null.
    The tables stand in the file as well, for readers without csi. Of a covariance
    structure its tables are kept, and read back; what needs the answers or the search
    itself, such as other tests or scores, is then refused. A loyalty curve is stored
    with its tables, zone, settings and seed; its means are those of ten respondents
    or more.

    Parameters
    ----------
    result : Fit, Bootstrap, Jackknife, InfinitesimalJackknife, Replicated, Bootstraps or Curve
        A fit, what resampling found about it, the bootstraps of groups, or a curve.
    path : path, optional
        File to write.
    assessment : Assessment or StoredAssessment, optional
        What `csi.assess` found of the fit: its verdicts, every number judged, the
        tests, and the seed, resamples and folds behind them.
    replicates : bool
        Whether to write the numbers of every resample as well, which makes
        files large.
    sensitivity : bool
        Whether to ask for a curve again under other settings, and store that as well.
    overwrite : bool
        Whether an existing file may be replaced.

    Returns
    -------
    str
        The JSON text.

    Raises
    ------
    OptionError
        If the file exists and may not be replaced, or the assessment is that of
        another fit.
    ArgumentTypeError
        If the result is no fit, bootstrap or curve.
    FileFormatError
        If its folder does not exist.

    Examples
    --------
    >>> import csi
    >>> fit = csi.fit(csi.models.acsi(), csi.demo_survey())
    >>> csi.from_json(csi.to_json(fit)).index("Satisfaction") == fit.index("Satisfaction")
    True
    >>> boot = csi.bootstrap(fit, n_boot=200, rng=1)
    >>> csi.from_json(csi.to_json(boot)).indices.equals(boot.indices)
    True
    """
    check_flags(sensitivity=sensitivity)
    if isinstance(result, Curve | StoredCurve) and assessment is None:
        plain = curve_to_plain(told(result, sensitivity=sensitivity))
        heading = _heading(CURVE_SCHEMA, CURVE_SCHEMA_VERSION)
        return write_json({**heading, **plain}, path, overwrite)
    if sensitivity:
        raise OptionError("sensitivity is that of a curve. Leave it out.")
    if assessment is not None:
        plain = _assessment_to_plain(result, assessment, replicates)
        return write_json(plain, path, overwrite)
    if isinstance(result, Fit):
        return write_json(fit_to_plain(result), path, overwrite)
    if isinstance(result, Bootstraps):
        members = [
            {"group": _group(group), "bootstrap": _boot_to_plain(boot, replicates)}
            for group, boot in result.items()
        ]
        plain = {"by": result.by, "seed": result.seed, "groups": members}
        return write_json({**_heading(GROUPS_SCHEMA), **plain}, path, overwrite)
    if isinstance(result, Resampled):
        return write_json(_boot_to_plain(result, replicates), path, overwrite)
    if isinstance(result, Audit | SpecificationCurve | Reproduction):
        raise ArgumentTypeError(_not_stored(result))
    raise ArgumentTypeError(
        f"{kind_of(result)} cannot be stored. Give the result of csi.fit(), or of "
        "csi.bootstrap() without statistic=, or of csi.jackknife(), or of csi.loyalty_curve(); an "
        "assessment goes with its "
        "fit: csi.to_json(fit, path, assessment=assessment)."
    )


def _not_stored(result: Audit | SpecificationCurve | Reproduction) -> str:
    """Return where what is published is written instead."""
    kind = type(result).__name__
    instead = {
        "Audit": "store its fit with csi.to_json(audit.fit), and its tables with "
        "csi.to_excel(audit.fit, path, audit=audit)",
        "SpecificationCurve": "write its tables with csi.to_excel(fit, path, specifications=curve)",
    }.get(kind, "its numbers are in .numbers, to be written with .numbers.to_json(path)")
    return f"{kind} results are not stored as JSON: {instead}."


def from_json(source: str | os.PathLike[str]) -> Any:
    """Read a fit, a bootstrap, an assessment or a loyalty curve back from JSON.

    Parameters
    ----------
    source : str or path
        JSON text, or the file that holds it.

    Returns
    -------
    Fit, StoredInference, Bootstraps, StoredAssessment or StoredCurve
        What was stored, without respondents. A bootstrap has its tables, its
        fit and its settings, but draws nothing anew. An assessment has its
        verdicts, the tables of its tests, its ``fit`` and its ``boot``, but judges
        nothing anew. A curve has its tables and its zone.

    Raises
    ------
    FileFormatError
        If it is nothing that csi stored, damaged, or of a newer version.

    Examples
    --------
    >>> import csi
    >>> text = csi.to_json(csi.fit(csi.models.acsi(), csi.demo_survey()))
    >>> csi.from_json(text).estimator == csi.PLS()
    True
    """
    stored = read_json(source)
    schema = stored.get("schema")
    if schema == SCHEMA:
        return fit_from_plain(stored)
    if schema == INFERENCE_SCHEMA:
        return _boot_from_plain(stored)
    if schema == GROUPS_SCHEMA:
        return _boots_from_plain(stored)
    if schema == ASSESSMENT_SCHEMA:
        return _assessment_from_plain(stored)
    if schema == CURVE_SCHEMA:
        check_version(stored, CURVE_SCHEMA_VERSION)
        with undamaged("curve", "Estimate it again."):
            return curve_from_plain(stored)
    raise FileFormatError(
        f"This JSON is no stored fit: it lacks schema {SCHEMA!r}, {INFERENCE_SCHEMA!r}, "
        f"{GROUPS_SCHEMA!r}, {ASSESSMENT_SCHEMA!r} or {CURVE_SCHEMA!r}. Give what csi.to_json() "
        "wrote."
    )


def _heading(schema: str, version: int = INFERENCE_SCHEMA_VERSION) -> dict[str, Any]:
    return {"schema": schema, "schema_version": version, "versions": versions()}


def _assessment_to_plain(
    result: object, assessment: Assessment | StoredAssessment, replicates: bool
) -> dict[str, Any]:
    """Return an assessment with its fit, or with the bootstrap of its fit."""
    boot = result if isinstance(result, Resampled) else None
    fit = result if boot is None else boot.fit
    if not isinstance(fit, Fit):
        raise ArgumentTypeError(
            f"{kind_of(result)} cannot be stored with an assessment. Give the fit that was "
            "assessed, or its bootstrap."
        )
    found = judged(fit, assessment)
    assert found is not None
    return {
        **_heading(ASSESSMENT_SCHEMA, ASSESSMENT_SCHEMA_VERSION),
        "assessment": judged_to_plain(found),
        "fit": fit_to_plain(fit) if boot is None else None,
        "bootstrap": None if boot is None else _boot_to_plain(boot, replicates),
    }


def _assessment_from_plain(stored: Mapping[str, Any]) -> StoredAssessment:
    check_version(stored, ASSESSMENT_SCHEMA_VERSION)
    with undamaged("assessment", "Assess again."):
        boot = None if stored["bootstrap"] is None else _boot_from_plain(stored["bootstrap"])
        fit = fit_from_plain(stored["fit"]) if boot is None else boot.fit
        return StoredAssessment(fit, boot, judged_from_plain(stored["assessment"]))


def _boot_to_plain(boot: Resampled, replicates: bool) -> dict[str, Any]:
    known, kept = boot.known, _replicates(boot) if replicates else None
    stored = {
        **_heading(INFERENCE_SCHEMA),
        "fingerprint": boot.fit.fingerprint,
        "resampling": dataclasses.asdict(Resampling.of(boot)),
        "numbers": {name: getattr(known, name) for name in (*_VECTORS, "failed")},
        "replicates": kept,
        "tables": {name: table.to_dict("list") for name, table in inference_tables(boot).items()},
    }
    return {**to_plain(stored), "fit": fit_to_plain(boot.fit)}


def inference_tables(boot: Inference) -> dict[str, Any]:
    """Return every table of a bootstrap that holds rows, by its name."""
    names = ["indices", "impacts"] if boot.fit.has_indices else []
    names += [
        "paths", "effects", "specific_effects", "r2", "weights", "loadings", "construct_corr",
        "htmt", "reliability",
    ]  # fmt: skip
    names += ["parameters", "standardized"] if "parameters" in boot.quantities.families else []
    tables = {name: getattr(boot, name).reset_index(drop=True) for name in names}
    return {name: table for name, table in tables.items() if len(table)}


def _replicates(boot: Resampled) -> Array | None:
    if isinstance(boot, Bootstrap):
        return boot.draws.replicates
    if isinstance(boot, InfinitesimalJackknife):  # it has none
        return None
    return boot.replicates if isinstance(boot, StoredInference) else boot.part.values.T


def _group(group: Any) -> Any:
    """Return the name of a group as JSON knows it; other kinds become text."""
    plain = to_plain(group)
    return plain if isinstance(plain, str | bool | int | float) else str(group)


def _boots_from_plain(stored: Mapping[str, Any]) -> Bootstraps:
    check_version(stored, INFERENCE_SCHEMA_VERSION)
    with undamaged("bootstraps", _AGAIN):
        by = stored["by"]
        members = {each["group"]: _boot_from_plain(each["bootstrap"]) for each in stored["groups"]}
        if not isinstance(by, str) or len(members) != len(stored["groups"]) or not members:
            raise ValueError("the groups have no names of their own")
        seed = stored.get("seed")
        if seed is not None and type(seed) is not int:
            raise ValueError("the seed is no whole number")
    return Bootstraps(by, cast("Mapping[Any, Bootstrap]", members), seed)


def _boot_from_plain(stored: Mapping[str, Any]) -> StoredInference:
    check_version(stored, INFERENCE_SCHEMA_VERSION)
    with undamaged("bootstrap", _AGAIN):
        fit = fit_from_plain(stored["fit"])
        resampling = _resampling(stored["resampling"])
        known = _known(stored["numbers"])
        kept = stored["replicates"]
        boot = StoredInference(fit, known, resampling, None if kept is None else _array(kept))
        _check(boot)
    return boot


def _resampling(stored: Mapping[str, Any]) -> Resampling:
    made = Resampling(**stored)
    whole = [made.number, made.bad, *made.failures.values()]
    kinds = [_is_whole(value) for value in whole]
    kinds += [made.seed is None or _is_whole(made.seed), 0 < made.level < 1]
    kinds += [made.df is None or made.df > 0]
    kinds += [made.interval in get_args(Limits), made.signs in get_args(Signs)]
    kinds += [isinstance(text, str) for text in (made.drawn, *made.failures)]
    if not all(kinds):
        raise ValueError("a setting is of another kind than csi writes")
    return made


def _known(stored: Mapping[str, Any]) -> Known:
    if not all(map(_is_whole, stored["failed"])):
        raise ValueError("failed resamples are not counted")
    vectors = {name: _array(stored[name]) for name in _VECTORS}
    return Known(**vectors, failed=np.array(stored["failed"], dtype=np.intp))


def _check(boot: StoredInference) -> None:
    """Refuse vectors that do not belong to the fit they are stored with."""
    known, quantities = boot.known, Quantities.of(boot.fit)
    q, number = len(quantities), boot.resampling.number
    kept = boot.replicates
    shapes = [getattr(known, name).shape == (q,) for name in (*_VECTORS, "failed")]
    shapes += [kept is None or (kept.ndim == 2 and kept.shape[1] == q)]
    if not all(shapes):
        raise ValueError("its numbers are not as many as those of its fit")
    own = quantities.of_fit(boot.fit)
    with np.errstate(invalid="ignore"):
        sound = [
            np.allclose(known.estimate, own, AGREEMENT, AGREEMENT, equal_nan=True),
            not (known.se < 0).any() and not (known.lower > known.upper).any(),
            not ((known.p < 0) | (known.p > 1)).any() and not (known.failed > number).any(),
        ]
    if not all(sound):
        raise ValueError("its numbers are impossible, or not those of its fit")


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _array(given: Any) -> Array:
    found = np.array(given, dtype=np.float64)
    if found.size and not math.isfinite(np.nanmax(np.abs(found), initial=0.0)):
        raise ValueError("a number is infinite")
    return found

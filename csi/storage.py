"""Fits as JSON: written with everything needed to read them back, nothing executable.

A stored fit holds the model, the moments, the estimates, the audit and the
tables; respondents stay out of it, so what needs rows (scores, resampling)
asks for the survey again. Numbers keep every digit; NaN is written as null.
"""

from __future__ import annotations

import dataclasses
import json
import os
import platform
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any, get_args

import numpy as np

from csi.admissibility import Finding
from csi.core.checks import LARGEST, SMALLEST_EIGENVALUE
from csi.core.index import Convention
from csi.core.moments import Moments
from csi.core.types import Array
from csi.covariance_fit import CovarianceFit
from csi.display import atomic_write
from csi.errors import (
    ArgumentTypeError,
    CsiError,
    FileFormatError,
    InadmissibleWarning,
    OptionError,
)
from csi.estimators.base import Convergence, Estimates, Estimator
from csi.estimators.cbsem import CBSEM, SearchEnd
from csi.estimators.pls import PLS
from csi.estimators.sam import SAM
from csi.estimators.sem.stored import StoredEstimates
from csi.estimators.semopy_adapter import Semopy
from csi.estimators.sums import FixedWeights, Sums
from csi.parameters import Constraint, Defined, Parameter
from csi.results import FINGERPRINT, VERSIONS, Fit
from csi.spec import Construct, Item, Model
from csi.spec import Path as ModelPath
from csi.stored_structure import (
    StoredCovarianceFit,
    numbers_from_plain,
    structure_from_plain,
    structure_to_plain,
)

SCHEMA = "csi-fit"
SCHEMA_VERSION = 1
LARGEST_FILE = 200_000_000

_SURROGATE = re.compile("[\\ud800-\\udfff]")
_ESTIMATORS: dict[str, type[Any]] = {
    "PLS": PLS, "Sums": Sums, "FixedWeights": FixedWeights, "CBSEM": CBSEM, "SAM": SAM,
    "Semopy": Semopy,
}  # fmt: skip
_ARRAYS = ("weights", "loadings", "construct_corr", "paths", "r2", "reliability")


@dataclasses.dataclass(frozen=True, slots=True)
class UnknownEstimator:
    """Stands for an estimator that is not part of csi in a fit read back from a file.

    Attributes
    ----------
    name : str
        What it was called.
    """

    name: str

    def estimate(self, model: Model, moments: Moments) -> Estimates:
        """Refuse: the settings of the estimator are not in the file."""
        raise OptionError(
            f"The fit was made by {self.name}, which csi does not know. Fit again with it."
        )


def fit_to_plain(fit: Fit) -> dict[str, Any]:
    """Return a fit as what JSON knows."""
    plain: dict[str, Any] = to_plain(_stored(fit))
    return plain


def fit_from_plain(stored: Mapping[str, Any]) -> Fit:
    """Return the fit that was stored, or refuse what is damaged.

    Raises
    ------
    FileFormatError
        If it is damaged, or of a newer version.
    """
    check_version(stored, SCHEMA_VERSION)
    with undamaged("fit", "Fit again."):
        fit = _restored(stored)
    _check_shapes(fit)
    _check_numbers(fit)
    _check_words(fit)
    return fit


@contextmanager
def undamaged(what: str, then: str) -> Iterator[None]:
    """Take whatever goes wrong in reading what was stored for damage."""
    try:
        yield
    except (KeyError, TypeError, ValueError, AttributeError, IndexError, OverflowError) as problem:
        own = isinstance(problem, CsiError)
        reason = str(problem) if own else f"{type(problem).__name__}: {problem}"
        raise FileFormatError(f"The stored {what} is damaged ({reason}). {then}") from None


def check_version(stored: Mapping[str, Any], newest: int) -> None:
    """Refuse what a later csi wrote."""
    number = stored.get("schema_version")
    if isinstance(number, bool) or not isinstance(number, int) or number > newest:
        raise FileFormatError(
            f"The fit was stored in version {number}; this csi reads up to {newest}. Upgrade csi."
        )


def write_json(
    plain: Mapping[str, Any], path: str | os.PathLike[str] | None, overwrite: bool
) -> str:
    """Return JSON text, and write it where a path is given."""
    text = json.dumps(plain, ensure_ascii=False, indent=1, allow_nan=False)
    if path is not None:
        check_target(path, overwrite)
        atomic_write(Path(path), text + "\n")
    return text


def read_json(source: object) -> dict[str, Any]:
    """Return what stands in JSON text or in a file.

    Raises
    ------
    FileFormatError
        If it is no JSON object.
    """
    if not isinstance(source, str | os.PathLike):
        raise ArgumentTypeError(
            f"A stored fit is JSON text or a file, but a {type(source).__name__} was given. Pass "
            "what csi.to_json() returned or wrote; pickle is not supported, by design."
        )
    text = _text(source)
    try:
        stored = json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as problem:
        raise FileFormatError(
            f"This is no JSON of a fit: {problem}. Give what csi.to_json() wrote."
        ) from None
    return stored if isinstance(stored, dict) else {}


def versions() -> dict[str, str]:
    """Return the versions of Python and of the libraries that made the numbers."""
    names = ("csi", "numpy", "scipy", "pandas")
    return {"python": platform.python_version(), **{name: version(name) for name in names}}


def made_with(fit: Fit) -> dict[str, str]:
    """Return the versions that computed a fit; none if it was read from a file without them."""
    if VERSIONS in fit.handling:
        return dict(words.split(" ", 1) for words in fit.handling[VERSIONS].split(", "))
    return {} if FINGERPRINT in fit.handling else versions()


def check_target(path: str | os.PathLike[str], overwrite: bool) -> None:
    """Refuse a file that exists and may not be replaced, or whose folder is missing."""
    target = Path(path)
    if target.exists() and not overwrite:
        raise OptionError(f"{target} exists. Choose another name, or allow it with overwrite=True.")
    if not target.absolute().parent.is_dir():
        raise FileFormatError(f"Folder {target.parent} does not exist; create it first.")


def _stored(fit: Fit) -> dict[str, Any]:
    tables = {"paths": fit.paths, "r2": fit.r2, "effects": fit.effects}
    if fit.has_indices:
        tables |= {"indices": fit.indices, "impacts": fit.impacts}
    return {
        "schema": SCHEMA,
        "schema_version": SCHEMA_VERSION,
        "versions": made_with(fit) or versions(),
        "model": dataclasses.asdict(fit.model),
        "estimator": _stored_estimator(fit.estimator),
        "index_weights": fit.index_weights,
        "handling": {
            **{name: value for name, value in fit.handling.items() if name != VERSIONS},
            FINGERPRINT: fit.fingerprint,
        },
        "steps": fit.steps,
        "scale": fit.scale,
        "moments": {
            name: getattr(fit.moments, name)
            for name in ("columns", "n", "sum_w", "sum_w2", "mean", "cov", "mean_cov", "units")
        },
        "estimates": {
            **{name: getattr(fit.estimates, name) for name in _ARRAYS},
            "convergence": dataclasses.asdict(fit.convergence),
            "settings": _settings(fit),
        },
        "tables": {name: table.to_dict("list") for name, table in tables.items()},
        **({"structure": structure_to_plain(fit)} if isinstance(fit, CovarianceFit) else {}),
    }


def _settings(fit: Fit) -> Mapping[str, str]:
    """Return the settings of the estimates; the group first, if others were fitted with it."""
    shown = dict(fit.settings.itertuples(index=False, name=None))
    own = {"group": shown["group"]} if "group" in shown else {}
    return {**own, **fit.estimates.settings}


def _stored_estimator(estimator: Estimator) -> dict[str, Any]:
    name = type(estimator).__name__
    if name in _ESTIMATORS and dataclasses.is_dataclass(estimator):
        return {"name": name, "settings": dataclasses.asdict(estimator)}
    return {"name": getattr(estimator, "name", name), "settings": None}


def to_plain(value: Any) -> Any:
    """Turn arrays, tuples and NaN into what JSON knows."""
    if isinstance(value, Mapping):
        return {str(key): to_plain(entry) for key, entry in value.items()}
    if isinstance(value, np.ndarray):
        return to_plain(value.tolist())
    if isinstance(value, list | tuple):
        return [to_plain(entry) for entry in value]
    if isinstance(value, np.generic):
        return to_plain(value.item())
    if isinstance(value, float) and not np.isfinite(value):
        return None
    return value


def _restored(stored: Mapping[str, Any]) -> Fit:
    moments = stored["moments"]
    restored = Moments(
        tuple(moments["columns"]), float(moments["n"]), float(moments["sum_w"]),
        float(moments["sum_w2"]), None if moments["mean"] is None else _array(moments["mean"]),
        _array(moments["cov"]), _array(moments["mean_cov"]), moments["units"],
    )  # fmt: skip
    restored_model = _restored_model(stored["model"])
    made: dict[str, Any] = {
        "model": restored_model,
        "moments": restored,
        "estimator": _restored_estimator(stored["estimator"]),
        "estimates": _restored_estimates(stored),
        "data": None,
        "scale": _array(stored["scale"]),
        "index_weights": stored["index_weights"],
        "handling": {**stored["handling"], **_restored_versions(stored)},
        "steps": tuple((s, c, np.nan if n is None else n, r) for s, c, n, r in stored["steps"]),
    }
    if "structure" not in stored:
        return Fit(**made)
    of_structure = structure_from_plain(
        stored["structure"], restored_model.indicators, restored_model.names
    )
    return StoredCovarianceFit(**made, **of_structure)


def _restored_versions(stored: Mapping[str, Any]) -> dict[str, str]:
    """Return the versions that computed the fit as words, if the file names them."""
    known: Mapping[str, str] = stored.get("versions", {})
    words = [f"{name} {number}" for name, number in known.items()]
    if any(word.count(" ") != 1 for word in words):
        raise ValueError("its versions are no names with numbers")
    return {VERSIONS: ", ".join(words)} if words else {}


def _restored_estimates(stored: Mapping[str, Any]) -> Estimates:
    estimates = stored["estimates"]
    ended: dict[str, Any] = {
        name: np.nan if value is None else value for name, value in estimates["convergence"].items()
    }
    made: dict[str, Any] = {
        **{name: _array(estimates[name]) for name in _ARRAYS},
        "convergence": (SearchEnd if "gradient" in ended else Convergence)(**ended),
        "settings": dict(estimates["settings"]),
    }
    if "structure" not in stored:
        return Estimates(**made)
    return StoredEstimates(**made, numbers=numbers_from_plain(stored["structure"]))


def _restored_model(stored: Mapping[str, Any]) -> Model:
    constructs = [
        Construct(**{**given, "indicators": tuple(given["indicators"])})
        for given in stored["constructs"]
    ]
    made: dict[str, Any] = {
        "paths": tuple(ModelPath(**given) for given in stored["paths"]),
        "items": tuple(_restored_item(given) for given in stored["items"]),
        "scale": _pair(stored["scale"]),
        "parameters": tuple(Parameter(**given) for given in stored.get("parameters", ())),
        "defined": tuple(Defined(**given) for given in stored.get("defined", ())),
        "constraints": tuple(Constraint(**given) for given in stored.get("constraints", ())),
    }
    return Model(**{**stored, **made, "constructs": tuple(constructs)})


def _restored_item(stored: Mapping[str, Any]) -> Item:
    return Item(
        **{
            **stored,
            "scale": _pair(stored["scale"]),
            "anchors": {language: tuple(ends) for language, ends in stored["anchors"].items()},
            "missing_codes": tuple(stored["missing_codes"]),
            "labels": {float(answer): label for answer, label in stored["labels"].items()},
        }
    )


def _restored_estimator(stored: Mapping[str, Any]) -> Estimator:
    if stored["settings"] is None or stored["name"] not in _ESTIMATORS:
        return UnknownEstimator(stored["name"])
    made: Estimator = _ESTIMATORS[stored["name"]](**stored["settings"])
    return made


def _pair(given: Any) -> tuple[float, float] | None:
    return None if given is None else (given[0], given[1])


def _array(given: Any) -> Array:
    return np.array(given, dtype=np.float64)


def _check_shapes(fit: Fit) -> None:
    p, k = len(fit.model.indicators), len(fit.model.names)
    wanted = dict(zip(_ARRAYS, [(p, k), (p, k), (k, k), (k, k), (k,), (k,)], strict=True))
    wrong = [name for name, shape in wanted.items() if getattr(fit.estimates, name).shape != shape]
    moments = fit.moments
    shapes = [moments.cov.shape == (p, p), moments.mean_cov.shape == (p, p)]
    shapes += [fit.scale.shape == (p, 2), moments.mean is None or moments.mean.shape == (p,)]
    if not all(shapes):
        wrong.append("moments")
    if wrong or fit.moments.columns != fit.model.indicators:
        raise FileFormatError(
            f"The stored fit is damaged: {', '.join(wrong or ['columns'])} do not fit its model. "
            "Fit again."
        )


def _check_numbers(fit: Fit) -> None:
    """Refuse numbers that no estimator returns."""
    estimates, moments, mask = fit.estimates, fit.moments, fit.model.composition
    names = [name for name in _ARRAYS if name != "r2"]
    impossible = any(issubclass(kind, InadmissibleWarning) for kind, _ in _said(fit))
    sound = {name: impossible or np.isfinite(getattr(estimates, name)).all() for name in names}
    sound["weights"] &= not estimates.weights[~mask].any() and (estimates.weights != 0).any(0).all()
    sound["paths"] &= not estimates.paths[~fit.model.design].any()
    sound["r2"] = impossible or np.isfinite(estimates.r2[fit.model.design.any(axis=0)]).all()
    numbers = [moments.n, moments.sum_w, moments.sum_w2, *moments.cov.flat, *moments.mean_cov.flat]
    numbers += [] if moments.mean is None else list(moments.mean)
    variances = np.diagonal(moments.cov)
    sound["moments"] = (np.abs(numbers) <= LARGEST**2).all() and (variances >= LARGEST**-2).all()
    sound["moments"] &= moments.n > 1 and bool(sound["moments"]) and _are_variances(fit)
    low, high = fit.scale.T
    sound["scale"] = ((low < high) | (np.isnan(low) & np.isnan(high))).all()
    wrong = [name for name, fine in sound.items() if not fine]
    if wrong:
        raise FileFormatError(
            f"The stored fit is damaged: {', '.join(wrong)} hold impossible numbers. Fit again."
        )


def _said(fit: Fit) -> tuple[Finding, ...]:
    """Return what was said of a covariance structure, whose numbers may be impossible."""
    return fit.said if isinstance(fit, StoredCovarianceFit) else ()


def _are_variances(fit: Fit) -> bool:
    """Whether no combination of means and no composite has a negative variance."""
    moments = fit.moments
    scale = np.sqrt(np.maximum(np.diagonal(moments.mean_cov), np.finfo(float).tiny))
    errors = np.linalg.eigvalsh(
        (moments.mean_cov + moments.mean_cov.T) / 2 / np.outer(scale, scale)
    )
    lopsided = np.abs(moments.cov - moments.cov.T).max() > 1e-9 * np.abs(moments.cov).max()
    with np.errstate(all="ignore"):  # numbers of a damaged file may overflow, which is no variance
        raw = fit.estimates.weights / moments.sd[:, None]
        composites = ((moments.cov @ raw) * raw).sum(axis=0)
    return bool(errors[0] >= 10 * SMALLEST_EIGENVALUE and (composites > 0).all() and not lopsided)


def _check_words(fit: Fit) -> None:
    """Refuse settings that are no text, and choices that do not exist."""
    model, settled = fit.model, fit.convergence
    words: list[object] = [model.title, model.citation, settled.how]
    mappings = [fit.handling, fit.estimates.settings, model.status]
    mappings += [c.label for c in model.constructs] + [item.text for item in model.items]
    for mapping in mappings:
        words += [*mapping, *mapping.values()] if isinstance(mapping, dict) else [mapping]
    words += [word for step in fit.steps for word in (step[0], step[1], step[3])]
    numbers: tuple[object, ...] = (
        settled.iterations, settled.change, settled.tolerance, settled.cycle,
    )  # fmt: skip
    kinds = [isinstance(word, str) and not _SURROGATE.search(word) for word in words]
    kinds += [isinstance(number, int | float) for number in (*numbers, *(s[2] for s in fit.steps))]
    kinds += [isinstance(settled.converged, bool), fit.moments.units in ("raw", "standard")]
    kinds += [fit.index_weights in get_args(Convention)]
    if isinstance(settled, SearchEnd):
        kinds += [isinstance(each, float) for each in (settled.gradient, settled.decrement)]
        kinds += [isinstance(settled.definite, bool)]
    if not all(kinds):
        raise FileFormatError(
            "The stored fit is damaged: a setting in it is of another kind than csi writes. Fit "
            "again."
        )


def _text(source: str | os.PathLike[str]) -> str:
    if isinstance(source, str) and source.lstrip().startswith("{"):
        return source
    path = Path(source)
    shown = str(path)[:200]
    try:
        if not path.is_file():
            raise FileFormatError(f"File not found: {shown!r}. Check the spelling and the folder.")
        if path.stat().st_size > LARGEST_FILE:
            raise FileFormatError(
                f"{shown!r} is larger than {LARGEST_FILE:,} bytes: no stored fit. Name another."
            )
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise FileFormatError(
            f"{shown!r} is no stored fit: it is not UTF-8 text. Name a file that csi.to_json() "
            "wrote; pickle is not supported, by design."
        ) from None
    except (OSError, ValueError) as problem:
        if isinstance(problem, FileFormatError):
            raise
        raise FileFormatError(
            f"{shown!r} cannot be read ({problem.__class__.__name__}). Name a file that "
            "csi.to_json() wrote."
        ) from None


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is no JSON number")

"""What a report and a file know of a loyalty curve, whether it was made here or read back."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from csi.core.curve.bins import bin_of
from csi.core.curve.calibration import EXACT
from csi.core.types import Array
from csi.declared import check_flags
from csi.errors import ArgumentTypeError, OptionError, did_you_mean, listing
from csi.loyalty.curve import Curve
from csi.loyalty.level_answers import of_fit
from csi.loyalty.settings import Settings
from csi.loyalty.zone import Zone
from csi.results import Fit

FEWEST = 10
"""Respondents of whom a mean is told; below, they are put together with their neighbours."""

SAME = 1e-6
"""Points by which scores of the same respondents may differ."""


@dataclass(frozen=True, eq=False, repr=False)
class StoredCurve:
    """A loyalty curve without its respondents: what was found, and how.

    Attributes
    ----------
    cause, effect : str
        What the curve starts from and what it leads to.
    unit : {"points", "share", "count"}
        Units of the outcome.
    n, dropped : int
        Respondents used, and left out for want of an answer or a weight.
    settings : Settings
        How the curve was asked for, with the seed.
    reliability : float
        Of the score.
    reliability_source : str
        Where it comes from.
    zone : Zone
        The quality-insensitive zone.
    tables : mapping of str to DataFrame
        ``table``, ``raw``, ``points``, and ``sensitivity`` if it was asked for.
    fingerprint : str
        Short hash of scores and outcomes.
    labels : mapping of str to (mapping of str to str)
        What constructs among cause and effect are called, by language.
    """

    cause: str
    effect: str
    unit: str
    n: int
    dropped: int
    settings: Settings
    reliability: float
    reliability_source: str
    zone: Zone
    tables: Mapping[str, pd.DataFrame]
    fingerprint: str
    labels: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    @classmethod
    def of(cls, curve: Curve | StoredCurve, *, sensitivity: bool = False) -> StoredCurve:
        """Return what there is to tell of a curve."""
        if isinstance(curve, StoredCurve):
            if sensitivity:
                curve.sensitivity()
            return curve
        tables = {"table": curve.table, "raw": curve.raw, "points": _several(curve)}
        if sensitivity:
            tables["sensitivity"] = curve.sensitivity()
        seen = curve.observed
        return cls(
            seen.cause, seen.effect, seen.unit, seen.n, seen.dropped, curve.settings,
            curve.reliability, curve.reliability_source, curve.zone, tables, _fingerprint(curve),
            seen.labels,
        )  # fmt: skip

    @property
    def table(self) -> pd.DataFrame:
        """The curve against true satisfaction; columns as in `csi.Curve.table`."""
        return self.tables["table"].copy()

    @property
    def raw(self) -> pd.DataFrame:
        """The curve against the observed score."""
        return self.tables["raw"].copy()

    @property
    def points(self) -> pd.DataFrame:
        """Mean outcome by observed score, of ten respondents or more."""
        return self.tables["points"].copy()

    @property
    def window(self) -> tuple[float, float]:
        """True scores between which there are enough customers to say something."""
        return self.zone.window

    def label(self, name: str, language: str) -> str:
        """Return what to call cause or effect."""
        return self.labels.get(name, {}).get(language, name)

    @property
    def corrected(self) -> bool:
        """Whether measurement error was corrected."""
        return self.reliability < EXACT

    @property
    def percent(self) -> str:
        """The confidence level as it is written, such as ``95%``."""
        return f"{100 * self.settings.level:.10g}%"

    def sensitivity(self) -> pd.DataFrame:
        """Return the answers under other settings, if they were stored.

        Raises
        ------
        OptionError
            If they were not.
        """
        if "sensitivity" not in self.tables:
            raise OptionError(
                "The curve was stored without its sensitivity, and cannot be asked again. Store it "
                "with csi.to_json(curve, sensitivity=True)."
            )
        return self.tables["sensitivity"].copy()

    def __repr__(self) -> str:
        return (
            f"<StoredCurve {self.cause} -> {self.effect}, {self.n} respondents: "
            f"{self.zone.verdict}>"
        )


def told(curve: object, *, sensitivity: bool = False) -> StoredCurve:
    """Return what there is to tell of a curve, or refuse what is none."""
    if not isinstance(curve, Curve | StoredCurve):
        raise ArgumentTypeError(
            f"curve is a {type(curve).__name__}. Give the result of csi.loyalty_curve()."
        )
    return StoredCurve.of(curve, sensitivity=sensitivity)


def told_beside(fit: Fit, curve: object, sensitivity: bool) -> StoredCurve | None:
    """Return what there is to tell of a curve of this fit, or refuse that of another."""
    check_flags(sensitivity=sensitivity)
    if curve is None:
        if sensitivity:
            raise OptionError("sensitivity is that of a curve. Give curve=, or leave it out.")
        return None
    found = told(curve, sensitivity=sensitivity)
    names = fit.model.names
    if found.cause not in names:
        raise OptionError(
            f"curve starts from {found.cause!r}, but the fit knows {listing(names, 20)}. Give "
            f"csi.loyalty_curve(fit, ...) of the fit itself.{did_you_mean(found.cause, names)}"
        )
    if isinstance(curve, Curve) and fit.data is not None and not _same_scores(curve, fit):
        raise OptionError(
            f"curve belongs to another fit: its scores of {found.cause} are not those of "
            f"{fit!r}. Give csi.loyalty_curve(fit, ...) of the fit itself."
        )
    return found


def _same_scores(curve: Curve, fit: Fit) -> bool:
    """Whether the respondents of a curve have the scores that they have in a fit."""
    assert fit.data is not None
    seen, positions = curve.observed, fit.data.positions
    if not np.isin(seen.rows, positions).all():
        return False
    other = next(name for name in fit.model.names if name != seen.cause)
    points = of_fit(fit, seen.cause, other).cause.points
    if points is None:
        return False
    order = np.argsort(positions)
    at = order[np.searchsorted(positions, seen.rows, sorter=order)]
    return bool(np.abs(points[at] - seen.score).max() <= SAME)


def _several(curve: Curve) -> pd.DataFrame:
    """Return mean outcomes by score, neighbouring scores together where few have them."""
    points, seen = curve.points, curve.observed
    count = np.bincount(bin_of(seen.score), weights=seen.copies, minlength=101)
    together = _runs(count[points["score"].to_numpy(dtype=np.intp)])
    weight = points["weight"]
    sums = points[["score", "true_score", "loyalty"]].mul(weight, axis=0)
    found = sums.groupby(together).sum()
    total = weight.groupby(together).sum()
    means = found.div(total, axis=0)
    variance = ((points["se"] * weight) ** 2).groupby(together).sum()
    return means.assign(se=np.sqrt(variance) / total, weight=total).reset_index(drop=True)


def _runs(count: Array) -> NDArray[np.intp]:
    """Return the number of the run that each score is in; what is left over joins the last."""
    run, held, found = 0, 0.0, []
    for here in count:
        found.append(run)
        held += here
        if held >= FEWEST:
            run, held = run + 1, 0.0
    numbered = np.array(found, dtype=np.intp)
    return np.minimum(numbered, max(run - 1, 0)) if held else numbered


def _fingerprint(curve: Curve) -> str:
    """Short hash of who is behind a curve; nothing of respondents can be read off it."""
    seen = curve.observed
    digest = hashlib.sha256(f"{seen.cause}\x1f{seen.effect}".encode("utf-8", "replace"))
    for array in (seen.score, seen.outcome, seen.weights):
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()[:16]

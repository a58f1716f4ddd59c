"""How a fit was resampled, in facts that can be told and stored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, NoReturn

import numpy as np
import pandas as pd

from csi.core.design import Design, units
from csi.core.intervals import Method
from csi.core.resample import Designed, Given
from csi.core.types import Array
from csi.errors import ArgumentTypeError, OptionError, listing
from csi.groups import Fits
from csi.resampling.bootstraps import Bootstrap, Bootstraps
from csi.resampling.inference import Inference, Known
from csi.resampling.linearization import InfinitesimalJackknife
from csi.resampling.replication import Jackknife, Replicated
from csi.results import Fit

Signs = Literal["construct", "individual", "none"]
Limits = Literal[Method, "t"]


@dataclass(frozen=True, slots=True)
class Resampling:
    """How often and in which way a fit was resampled.

    Attributes
    ----------
    number : int
        Resamples; units left out by a jackknife; replicate weights.
    bad : int
        How many of them failed or are inadmissible.
    failures : mapping of str to int
        How many, by reason.
    interval : {"percentile", "basic", "normal", "bca", "studentized", "t"}
        Kind of the confidence limits.
    level : float
        Confidence level.
    seed : int or None
        Seed of the streams; None where nothing was drawn here.
    signs : {"construct", "individual", "none"}
        How the signs of a resample follow those of the fit.
    drawn : str
        How respondents were drawn or left out, in a sentence.
    df : float or None
        Degrees of freedom of Student's t.
    """

    number: int
    bad: int
    failures: Mapping[str, int]
    interval: Limits
    level: float
    seed: int | None
    signs: Signs
    drawn: str
    df: float | None = None

    @classmethod
    def of(cls, boot: Resampled) -> Resampling:
        """Return how a fit was resampled."""
        if isinstance(boot, StoredInference):
            return boot.resampling
        if isinstance(boot, Jackknife | Replicated):
            return _of_replicates(boot)
        if isinstance(boot, InfinitesimalJackknife):
            return _linearised(boot)
        bad = int(boot.draws.part.bad.sum())
        return cls(
            boot.draws.number, bad, dict(boot.failures), boot.interval, float(boot.level),
            boot.draws.seed, boot.engine.signs, _drawn(boot),
        )  # fmt: skip

    @property
    def percent(self) -> str:
        """The level as it is written, such as ``95%``."""
        return f"{100 * self.level:.10g}%"


@dataclass(frozen=True, eq=False, repr=False)
class StoredInference(Inference):
    """A bootstrap or jackknife read back from JSON, with its tables.

    Attributes
    ----------
    fit : Fit
        The fit, without respondents.
    vectors : Known
        Estimates, errors, limits and p values of all its numbers.
    resampling : Resampling
        How they were made.
    replicates : (B, q) array or None
        The numbers in every resample, if they were stored.
    """

    fit: Fit
    vectors: Known
    resampling: Resampling
    replicates: Array | None = None

    @property
    def known(self) -> Known:
        """The vectors behind the tables."""
        return self.vectors

    @property
    def interval(self) -> Limits:
        """Kind of the confidence limits."""
        return self.resampling.interval

    @property
    def level(self) -> float:
        """Confidence level."""
        return self.resampling.level

    @property
    def failures(self) -> Mapping[str, int]:
        """How many resamples failed or are inadmissible, by reason."""
        return self.resampling.failures

    def with_interval(self, interval: object, level: float | None = None) -> NoReturn:
        """Refuse: other limits need what the file does not hold."""
        raise OptionError(
            f"Limits {interval!r} cannot be made of what was read from a file: it holds "
            f"{self.interval} limits at {self.resampling.percent} only. Bootstrap the fit again: "
            "csi.bootstrap(fit, interval=...)."
        )

    def __repr__(self) -> str:
        how = self.resampling
        return (
            f"<StoredInference from {how.number} resamples: {how.interval} limits at {how.percent}>"
        )


_DESIGN = "sampling design"

LINEARISED = "Standard errors were found by linearisation"
"""How the sentence begins that tells of errors without resamples."""

Resampled = Bootstrap | Jackknife | InfinitesimalJackknife | Replicated | StoredInference


def resampled(
    fit: Fit, fits: Fits | None, boot: object, boots: object
) -> tuple[Resampled | None, Fits | None, Bootstraps | None]:
    """Sort out what was given, and refuse bootstraps of other fits.

    Parameters
    ----------
    fit : Fit
        The fit.
    fits : Fits or None
        Its groups; taken from ``boots`` where there are none.
    boot : Bootstrap, Jackknife, Replicated, StoredInference, Bootstraps or None
        Bootstrap of the fit, or of the groups.
    boots : Bootstraps or None
        Bootstraps of the groups.

    Returns
    -------
    tuple
        Bootstrap of the fit, fits of the groups, bootstraps of the groups.
    """
    if isinstance(boot, Bootstraps):
        if boots is not None:
            raise OptionError(
                "boot and boots are both bootstraps of groups. Give that of the fit as boot=."
            )
        boot, boots = None, boot
    if not isinstance(boot, Resampled | None):
        raise ArgumentTypeError(
            f"boot is a {type(boot).__name__}. Give the result of csi.bootstrap(fit), without "
            "statistic=, or of csi.jackknife(fit)."
        )
    if not isinstance(boots, Bootstraps | None):
        raise ArgumentTypeError(
            f"boots is a {type(boots).__name__}. Give the result of csi.bootstrap(fits)."
        )
    if boot is not None and not _same(boot.fit, fit):
        raise OptionError(
            f"boot belongs to another fit, {boot.fit!r}, that differs in "
            f"{apart(boot.fit, fit)}. Give csi.bootstrap(fit) of the fit itself, {fit!r}."
        )
    if boots is not None:
        fits = _checked(fits, boots)
    if fits is not None:
        _check_groups(fit, fits)
    return boot, fits, boots


def _checked(fits: Fits | None, boots: Bootstraps) -> Fits:
    """Return the fits of the groups that were bootstrapped."""
    own = {group: boot.fit for group, boot in boots.items()}
    if fits is None:
        return Fits(boots.by, own, pd.DataFrame(columns=["group", "n", "reason"]))
    other = [group for group in fits if group not in own or not _same(own[group], fits[group])]
    other += [group for group in own if group not in fits]
    if other or fits.by != boots.by:
        raise OptionError(
            f"The bootstraps by {boots.by} are not those of the fits by {fits.by}: "
            f"{listing(other)} differ. Give csi.bootstrap(fits) of the same fits."
        )
    return fits


def _same(one: Fit, other: Fit) -> bool:
    """Whether two fits are of the same data, made in the same way."""
    return one is other or not apart(one, other)


def apart(one: Fit, other: Fit) -> str:
    """Name what tells two fits apart."""
    same_design = one.handling.get(_DESIGN) == other.handling.get(_DESIGN)
    same = {"respondents": one.fingerprint == other.fingerprint, _DESIGN: same_design}
    return listing(
        [*_made_otherwise(one, other), *(what for what, is_so in same.items() if not is_so)]
    )


def _made_otherwise(one: Fit, other: Fit) -> list[str]:
    """Name what was done otherwise in two fits, whoever the respondents."""
    missing = "missing answers"
    same = {
        "model": one.model == other.model,
        "estimator": one.estimator == other.estimator,
        "index weights": one.index_weights == other.index_weights,
        missing: one.handling.get(missing) == other.handling.get(missing),
    }
    return [what for what, is_so in same.items() if not is_so]


def _check_groups(fit: Fit, fits: Fits) -> None:
    """Refuse groups whose numbers cannot stand beside those of the fit."""
    for group, member in fits.items():
        apart = _made_otherwise(member, fit)
        for what, none in (("survey weights", "none"), (_DESIGN, "none declared")):
            without = [each.handling.get(what, none) == none for each in (member, fit)]
            apart += [what] if without[0] != without[1] else []
        if apart:
            raise OptionError(
                f"{fits.by} {group} was not fitted as {fit!r} was: they differ in "
                f"{listing(apart)}. Give csi.fit(model, data) and csi.fit_by(model, data, "
                f"by={fits.by!r}) the same."
            )


def _of_replicates(boot: Jackknife | Replicated) -> Resampling:
    if isinstance(boot, Jackknife):
        answers = boot.fit.data
        clustered = answers is not None and answers.sampling is not None
        clustered = clustered and answers.sampling.clusters is not None  # type: ignore[union-attr]
        number, copies = boot.units, boot.left_out.multiplicity
        told = f"Each of {number} {'clusters' if clustered else 'respondents'} was left out once."
    else:
        number, copies = len(boot.part.why), np.ones(len(boot.part.why))
        told = f"The survey came with {number} replicate weights ({boot.kind})."
    bad = int((boot.part.bad * copies).sum())
    return Resampling(
        number, bad, dict(boot.failures), "t", float(boot.level), None, "construct", told,
        float(boot.df),
    )  # fmt: skip


def _linearised(boot: InfinitesimalJackknife) -> Resampling:
    told = f"{LINEARISED} over {boot.units} sampling units, the outer weights included."
    return Resampling(
        boot.units, 0, {}, "t", float(boot.level), None, "construct", told, float(boot.df)
    )


def _drawn(boot: Bootstrap) -> str:
    """Return in a sentence how respondents were drawn."""
    drawn, answers = boot.resamples, boot.fit.data
    if isinstance(drawn, Given):
        return "The resamples were drawn elsewhere and given."
    assert answers is not None
    sampling = answers.weights is not None and answers.weight_type == "sampling"
    kept = " Respondents keep their sampling weights." if sampling else ""
    design = answers.sampling or Design()
    clustered = design.clusters is not None
    whole = {len(answers.rows)} | ({len(units(design, answers.copies)[0])} if clustered else set())
    if drawn.n not in whole:
        dealt = f"Respondents were dealt into {drawn.n} buckets at random, and buckets were drawn"
        return f"{dealt} with replacement.{kept}"
    if not isinstance(drawn, Designed):
        return f"Respondents were drawn with replacement, as many as there are.{kept}"
    who = "Whole clusters" if clustered else "Respondents"
    within = "" if drawn.design.strata is None else " within strata"
    many = "as many as there are."
    if drawn.method == "rescaled":
        many = "one less than there are, and rescaled (Rao, Wu and Yue 1992)."
    return f"{who} were drawn with replacement{within}, {many}{kept}"

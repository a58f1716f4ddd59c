"""Bootstrapped fits, and functions of fits: what was drawn and the tables made of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import Any, get_args

import numpy as np
import pandas as pd

from csi.core import intervals
from csi.core.checks import check_level
from csi.core.intervals import Method
from csi.core.jackknife import LeftOut, influence, leave_out, standard_errors
from csi.core.replicates import DeleteOne
from csi.core.resample import BLOCK, Designed, Resamples, Simple
from csi.core.types import Array
from csi.declared import check_choice
from csi.errors import InadmissibleWarning, OptionError, listing, warn
from csi.resampling.draws import Draws, errors_of_resamples, known_from, sorted_together
from csi.resampling.engine import Engine, Part
from csi.resampling.functions import Function
from csi.resampling.inference import Inference, Known, stacked
from csi.resampling.runs import Running, carry_out, cut
from csi.results import Fit, Table

CHUNK = 32
"""Resamples of a user's function in one task."""


@dataclass(frozen=True, eq=False, repr=False)
class Bootstrap(Inference):
    """A bootstrapped fit.

    Attributes
    ----------
    fit : Fit
        The fit.
    draws : Draws
        Its numbers in every resample.
    interval : {"percentile", "basic", "normal", "bca", "studentized"}
        Kind of the confidence limits and p values.
    level : float
        Confidence level.
    engine : Engine
        What resamples the fit.
    resamples : Resamples
        How respondents were drawn.
    n_inner : int
        Resamples within each resample, for studentized limits.
    """

    fit: Fit
    draws: Draws
    interval: Method
    level: float
    engine: Engine
    resamples: Resamples
    n_inner: int = 50

    @property
    def failures(self) -> Mapping[str, int]:
        """How many resamples failed or are inadmissible, by reason."""
        return self.draws.failures

    def with_interval(self, interval: Method, level: float | None = None) -> Bootstrap:
        """Return the same resamples with other confidence limits.

        Parameters
        ----------
        interval : {"percentile", "basic", "normal", "bca", "studentized"}
            Kind of the limits.
        level : float, optional
            Another confidence level.

        Returns
        -------
        Bootstrap
        """
        level = self.level if level is None else level
        check_interval(interval, level)
        return replace(self, interval=interval, level=level)

    def resampled(self, name: str) -> pd.DataFrame:
        """Return the numbers of a table in every resample.

        Parameters
        ----------
        name : str
            Name of the table, such as ``"paths"``, ``"total"`` or ``"indices"``.

        Returns
        -------
        DataFrame
            A row for each resample, NaN where it failed; a column for each
            number, such as ``"Value -> Satisfaction"``.
        """
        labels = self.family(name)[list(self.quantities.families[name].columns)]
        labels = labels[["route"]] if "route" in labels else labels
        columns = [" -> ".join(map(str, row)) for row in labels.itertuples(index=False)]
        values = self.draws.part.values[self.quantities.places[name]].T
        return pd.DataFrame(values, columns=columns)

    @cached_property
    def known(self) -> Known:
        """Estimates, standard errors, limits, p values, failures."""
        parts = [self.some(rows) for rows in sorted_together(*self.draws.part.values.shape)]
        vectors = [[getattr(part, each.name) for part in parts] for each in fields(Known)]
        return Known(*map(np.concatenate, vectors))

    def some(self, at: slice) -> Known:
        """Return some of the vectors' numbers."""
        needed = {name: array[at] for name, array in self._needed.items()}
        estimate, values = self.draws.estimate[at], self.draws.part.values[at]
        return known_from(estimate, values, self.interval, self.level, needed)

    @cached_property
    def _needed(self) -> dict[str, Array]:
        """Return what the kind of limits needs besides the resamples."""
        engine = self.engine
        if self.interval == "bca" and not engine.batched:
            return _one_by_one(Function.of(engine.fit, engine.of_fit, self.resamples), 1)
        if self.interval == "bca":
            return _acceleration(engine.left_out, engine.jackknife())
        if self.interval == "studentized":
            error = standard_errors(engine.left_out, engine.jackknife().values)
            return {"errors": self._inner_errors, "error": error}
        if self.interval == "normal":
            return _freedom(self.resamples, len(self.draws.estimate))
        return {}

    @cached_property
    def _inner_errors(self) -> Array:
        """Standard errors of every resample, from resamples of it."""
        seed, number = self.draws.seed, self.draws.number
        if seed is None or not isinstance(self.resamples, Simple):
            raise OptionError(
                "Studentized limits need respondents drawn one by one. For given resamples, and "
                "for samples of clusters or strata, use interval='bca' or 'percentile'."
            )

        def work(start: int, stop: int) -> Part:
            return errors_of_resamples(self.engine, self.resamples, seed, self.n_inner, start, stop)

        return carry_out(work, cut(number, BLOCK, CHUNK), Running(), processes=False).values

    def __repr__(self) -> str:
        bad = int(self.draws.part.bad.sum())
        failed = f", {bad} failed or inadmissible" if bad else ""
        return (
            f"<Bootstrap of {self.draws.number} resamples: {self.interval} limits at "
            f"{self.level:.0%}{failed}>"
        )


@dataclass(frozen=True, eq=False, repr=False)
class FunctionBootstrap:
    """Any function of a fit, bootstrapped.

    Attributes
    ----------
    fit : Fit
        The fit.
    draws : Draws
        The numbers in every resample.
    names : tuple of str
        What the numbers are called.
    interval, level
        Kind and level of the confidence limits.
    function : Function
        What computes the numbers of a resample.
    n_jobs : int
        Workers.
    """

    fit: Fit
    draws: Draws
    names: tuple[str, ...]
    interval: Method
    level: float
    function: Function
    n_jobs: int = 1

    @property
    def failures(self) -> Mapping[str, int]:
        """How many resamples failed, by reason."""
        return self.draws.failures

    def with_interval(self, interval: Method, level: float | None = None) -> FunctionBootstrap:
        """Return the same resamples with other confidence limits.

        Parameters
        ----------
        interval : {"percentile", "basic", "normal", "bca"}
            Kind of the limits.
        level : float, optional
            Another confidence level.

        Returns
        -------
        FunctionBootstrap
        """
        level = self.level if level is None else level
        check_interval(interval, level)
        check_function_interval(interval)
        return replace(self, interval=interval, level=level)

    @Table
    def table(self) -> pd.DataFrame:
        """The numbers: name, estimate, se, lower, upper, p, failed."""
        needed: dict[str, Array] = {}
        if self.interval == "bca":
            needed = _one_by_one(self.function, self.n_jobs)
        elif self.interval == "normal":
            needed = _freedom(self.function.resamples, len(self.names))
        estimate, values = self.draws.estimate, self.draws.part.values
        known = known_from(estimate, values, self.interval, self.level, needed)
        labels = pd.DataFrame({"name": list(self.names)}, index=list(self.names))
        return known.table(labels)

    def __repr__(self) -> str:
        return f"<Bootstrap of {self.draws.number} resamples of a function of a fit>"


@dataclass(frozen=True, eq=False, repr=False)
class Bootstraps(Mapping[Any, Bootstrap]):
    """Bootstrapped fits of groups.

    Attributes
    ----------
    by : str
        The column that made the groups.
    members : mapping of group to Bootstrap
        In the order of the groups.
    seed : int or None
        From which the seeds of the groups follow; None if it was not kept.
    """

    by: str
    members: Mapping[Any, Bootstrap]
    seed: int | None = None

    def __getitem__(self, group: Any) -> Bootstrap:
        """Return the bootstrap of a group."""
        if group not in self.members:
            raise OptionError(
                f"There is no bootstrap of {self.by} {group!r}. Groups: "
                f"{listing(map(repr, self.members), 20)}."
            )
        return self.members[group]

    def __iter__(self) -> Iterator[Any]:
        return iter(self.members)

    def __len__(self) -> int:
        return len(self.members)

    def with_interval(self, interval: Method, level: float | None = None) -> Bootstraps:
        """Return the same resamples with other confidence limits.

        Parameters
        ----------
        interval : {"percentile", "basic", "normal", "bca", "studentized"}
            Kind of the limits.
        level : float, optional
            Another confidence level.

        Returns
        -------
        Bootstraps

        Raises
        ------
        OptionError
            If an option has no meaning, or the groups were read from a file and
            hold no resamples.
        """
        check_interval(interval, 0.95 if level is None else level)
        if not all(isinstance(member, Bootstrap) for member in self.members.values()):
            raise OptionError(
                "These bootstraps were read from a file: it holds limits, not what made them. "
                "Bootstrap the fits again: csi.bootstrap(fits, interval=...)."
            )
        others = {
            group: member.with_interval(interval, level) for group, member in self.members.items()
        }
        return replace(self, members=others)

    @Table
    def indices(self) -> pd.DataFrame:
        """Indices of all groups: group, construct, estimate, se, lower, upper, p, failed, n."""
        return self._stacked("indices")

    @Table
    def paths(self) -> pd.DataFrame:
        """Direct effects of all groups: group, source, target, estimate, ..."""
        return self._stacked("paths")

    @Table
    def impacts(self) -> pd.DataFrame:
        """Impacts of all groups: group, source, target, estimate, ..."""
        return self._stacked("impacts")

    @Table
    def effects(self) -> pd.DataFrame:
        """Effects of all groups: group, source, target, effect, estimate, ..."""
        return self._stacked("effects")

    @Table
    def r2(self) -> pd.DataFrame:
        """Explained variance of all groups: group, construct, estimate, ..."""
        return self._stacked("r2")

    @Table
    def weights(self) -> pd.DataFrame:
        """Outer weights of all groups: group, construct, indicator, estimate, ..."""
        return self._stacked("weights")

    @Table
    def loadings(self) -> pd.DataFrame:
        """Loadings of all groups: group, construct, indicator, estimate, ..."""
        return self._stacked("loadings")

    @Table
    def specific_effects(self) -> pd.DataFrame:
        """Indirect effects along each route, of all groups: group, source, target, route, ..."""
        return self._stacked("specific_effects")

    @Table
    def htmt(self) -> pd.DataFrame:
        """Heterotrait-monotrait ratios of all groups: group, construct, other, estimate, ..."""
        return self._stacked("htmt")

    @Table
    def reliability(self) -> pd.DataFrame:
        """Reliability in all groups: group, construct, criterion, estimate, ..."""
        return self._stacked("reliability")

    def _stacked(self, name: str) -> pd.DataFrame:
        return stacked(dict(self.members), name)

    def __repr__(self) -> str:
        groups = "1 group" if len(self.members) == 1 else f"{len(self.members)} groups"
        return f"<Bootstraps of {groups} by {self.by}>"


def looped(function: Function, number: int, running: Running, key: str) -> Part:
    """Compute a function from resamples one after the other."""
    return carry_out(function, cut(number, BLOCK, CHUNK), running, processes=True, key=key)


def _freedom(resamples: Resamples, number: int) -> dict[str, Array]:
    """Return the degrees of freedom of errors from clusters and strata: units less strata."""
    if not isinstance(resamples, Designed):
        return {}
    return {"df": np.full(number, float(resamples.df))}


def _acceleration(left_out: LeftOut, part: Part) -> dict[str, Array]:
    """Return what BCa limits need of the numbers without each sampling unit."""
    warn_of_lost(part.values)
    moved = influence(left_out, part.values) / left_out.size
    return {"acceleration": intervals.acceleration(moved, left_out.multiplicity)}


def warn_of_lost(without: Array) -> None:
    """Warn of numbers that have no BCa limits, as they need some sampling unit."""
    missing = np.isnan(without)
    lost = int((missing.any(axis=1) & ~missing.all(axis=1)).sum())
    if lost:
        warn(
            f"{lost} of {len(without)} numbers cannot be computed without some sampling unit, and "
            "BCa limits need them without each. Their limits and p values are NaN; use "
            "interval='percentile'.",
            InadmissibleWarning,
        )


def _one_by_one(function: Function, n_jobs: int) -> dict[str, Array]:
    """Return what BCa limits need, from one estimate without each sampling unit."""
    answers = function.fit.data
    assert answers is not None
    copies, design = answers.copies, answers.sampling
    left_out = leave_out(np.zeros((len(copies), 1)), copies, design)
    without = replace(function, resamples=DeleteOne(copies, design))
    part = looped(without, len(left_out.stratum), Running(n_jobs), "")
    return _acceleration(left_out, part)


def check_interval(interval: object, level: object) -> None:
    """Refuse unknown kinds and levels of confidence limits."""
    check_choice("interval", interval, get_args(Method))
    check_level(level)


def check_function_interval(interval: Method) -> None:
    """Refuse limits that a function of a fit cannot have."""
    if interval == "studentized":
        raise OptionError(
            "Studentized limits resample every resample, which takes too long one by one. Use "
            "interval='bca' for a statistic."
        )

"""Measurement invariance of composites: what may be compared between two groups."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from csi.comparing.micom import Micom
from csi.comparing.pooling import as_groups, checks
from csi.core.permutation import equal_tailed, lower_limit, lower_tail
from csi.core.resample import check_seed
from csi.core.types import Array
from csi.covariance_fit import CovarianceFit
from csi.declared import check_flags
from csi.display import Summary
from csi.errors import OptionError
from csi.groups import Fits
from csi.resampling.bootstrapping import TOO_MANY, accept, check_number, check_share
from csi.resampling.bootstraps import check_interval
from csi.resampling.engine import Engine, Part
from csi.resampling.runs import Running
from csi.results import Fit, Table

EXACT = 1e-12
"""Difference up to which correlations of composites are equal."""

CONSEQUENCES = {
    "full": "Compare paths, indices and impacts; respondents may also be analysed together.",
    "partial": (
        "Compare paths and other standardised effects. Means or variances differ, so do not "
        "analyse respondents together; the difference of an index is itself a finding."
    ),
    "none": (
        "The groups do not form this construct alike: do not compare its index, nor its paths to "
        "and from others."
    ),
}
"""What follows from each verdict."""


@dataclass(frozen=True, eq=False, repr=False)
class Invariance:
    """Whether two groups measure the same, in three steps (MICOM).

    Attributes
    ----------
    groups : (str, str)
        What the groups are called.
    configural : DataFrame
        Step 1, what both fits must have in common: check, same, and what only
        one of them has.
    permutations : Part or None
        Correlations of composites, differences of means and of log variances
        after each permutation; None if step 1 failed.
    observed : (3, k) array
        The same for the groups as they are; missing if step 1 failed.
    constructs : tuple of str
        Names of the constructs.
    level : float
        Confidence level.
    """

    groups: tuple[str, str]
    configural: pd.DataFrame
    permutations: Part | None
    observed: Array
    constructs: tuple[str, ...]
    level: float

    @Table
    def compositional(self) -> pd.DataFrame:
        """Step 2: construct, correlation, limit, p, invariant.

        The correlation of both groups' composites over all respondents; below
        the limit fall 5 % of permutations (at level 0.95).
        """
        c, permuted = self.observed[0], self._permuted[0]
        p = lower_tail(c, permuted, EXACT)
        limit = lower_limit(permuted, 1 - self.level)
        return self._table(correlation=c, limit=limit, p=p, invariant=self._kept(p))

    @Table
    def means(self) -> pd.DataFrame:
        """Step 3: construct, difference, lower, upper, p, equal.

        Difference of mean scores (first group minus second), in standard
        deviations of the pooled scores, and the limits of permutations.
        """
        return self._differences(1)

    @Table
    def variances(self) -> pd.DataFrame:
        """Step 3: construct, difference, lower, upper, p, equal.

        Log of the ratio of the variances of scores, first group to second.
        """
        return self._differences(2)

    @Table
    def verdict(self) -> pd.DataFrame:
        """What holds for each construct: construct, verdict, consequence.

        ``"full"`` if all steps hold, ``"partial"`` if means or variances
        differ, ``"none"`` if the composites do, or the fits themselves.
        """
        formed = self.compositional["invariant"].to_numpy()
        equal = (self.means["equal"] & self.variances["equal"]).to_numpy()
        verdict = np.where(formed, np.where(equal, "full", "partial"), "none")
        consequence = [CONSEQUENCES[each] for each in verdict]
        if self.permutations is None:
            consequence = ["Fit both groups in the same way first; see configural."] * len(formed)
        return self._table(verdict=verdict, consequence=consequence)

    @property
    def failures(self) -> Mapping[str, int]:
        """How many permutations failed, by reason."""
        return {} if self.permutations is None else self.permutations.reasons

    def summary(self) -> Summary:
        """Return the three steps as a summary that prints as text and shows itself in Jupyter."""
        tables = {
            "Verdict": self.verdict[["construct", "verdict"]],
            "Step 1: the same model, coding and settings": self.configural,
            "Step 2: composites formed alike": self.compositional,
            "Step 3: means of scores": self.means,
            "Step 3: log variances of scores": self.variances,
        }
        facts = {"groups": " and ".join(self.groups), "permutations": str(self._number)}
        notes = self.verdict.groupby("consequence", sort=False)["construct"].agg(", ".join)
        return Summary(
            "Measurement invariance of composites",
            (*facts.items(), ("level", f"{self.level:.0%}")),
            tuple((title, table.reset_index(drop=True)) for title, table in tables.items()),
            tuple(f"{names}: {consequence}" for consequence, names in notes.items()),
        )

    def __repr__(self) -> str:
        counts = self.verdict["verdict"].value_counts()
        found = ", ".join(f"{counts[each]} {each}" for each in CONSEQUENCES if each in counts)
        return (
            f"<Invariance of {self.groups[0]} and {self.groups[1]}: {found} "
            f"({self._number} permutations, {self.level:.0%})>"
        )

    def __str__(self) -> str:
        return str(self.summary())

    def _repr_html_(self) -> str:
        return self.summary().to_html()

    @property
    def _number(self) -> int:
        return 0 if self.permutations is None else len(self.permutations.why)

    @cached_property
    def _permuted(self) -> Array:
        """(3, k, B) statistics after each permutation."""
        if self.permutations is None:
            return np.full((*self.observed.shape, 1), np.nan)
        return self.permutations.values.reshape(*self.observed.shape, -1)

    def _differences(self, at: int) -> pd.DataFrame:
        d, permuted = self.observed[at], self._permuted[at]
        tail = (1 - self.level) / 2
        p = equal_tailed(d, permuted)
        return self._table(
            difference=d, lower=lower_limit(permuted, tail), upper=-lower_limit(-permuted, tail),
            p=p, equal=self._kept(p),
        )  # fmt: skip

    def _kept(self, p: Array) -> Any:
        """Say where the hypothesis stands; it does not where it could not be tested."""
        return p > 1 - self.level + EXACT

    def _table(self, **columns: Any) -> pd.DataFrame:
        names = list(self.constructs)
        return pd.DataFrame({"construct": names, **columns}, index=names)


def measurement_invariance(
    a: Fit | Fits,
    b: Fit | None = None,
    *,
    names: tuple[str, str] | None = None,
    n_perm: int = 5000,
    rng: int | np.random.Generator | None = None,
    level: float = 0.95,
    standardized: bool = False,
    max_failed: float = TOO_MANY,
    n_jobs: int = 1,
    progress: bool | None = None,
) -> Invariance:
    """Ask whether two groups measure the same constructs in the same way (MICOM).

    Step 1 compares model, coding and settings. Step 2 builds every composite
    for all respondents twice, with the weights of each group, and asks whether
    the two correlate less than those of permuted groups. Step 3 compares means
    and variances of the scores that the pooled fit gives, also by permutation.
    Paths may be compared where step 2 holds, and groups pooled where all steps
    hold. Constructs as `csi.CBSEM` understands them are tested by
    `csi.invariance`: equal loadings, intercepts, error variances.

    Parameters
    ----------
    a : Fit or Fits
        The first group; or the fits of two groups.
    b : Fit, optional
        The second group.
    names : (str, str), optional
        What the groups are called; by default by column and group, such as
        ``"firm Alfa"``, if they come from `csi.fit_by`.
    n_perm : int
        Permutations.
    rng : int, numpy.random.Generator or None
        Seed.
    level : float
        One minus the level of every test.
    standardized : bool
        Whether step 2 gives each group's weights of standardised items to items
        standardised over all respondents. By default the composites are those
        that the groups form of the answers themselves, as `Fit.score` does.
    max_failed : float
        Largest share of failed permutations that is accepted.
    n_jobs : int
        Workers; -1 for one per core.
    progress : bool, optional
        Whether to show a bar; by default one is shown if it takes long.

    Returns
    -------
    Invariance

    Raises
    ------
    RowsRequiredError
        If a fit holds no respondents.
    OptionError
        If respondents cannot exchange their groups, the models were fitted as covariance
        structures, or an option has no meaning.
    EstimationError
        If the pooled model cannot be estimated, or too many permutations fail.

    Warns
    -----
    InadmissibleWarning
        If at least 1 % of the permutations failed.

    Notes
    -----
    A single item is always formed alike. Tests are not adjusted for the number
    of constructs. As in every test by permutation, the hypothesis is that both
    groups come from one population: where groups of unequal size differ in
    their paths, step 2 can reject too often though the weights are equal.

    References
    ----------
    Henseler, J., Ringle, C. M. and Sarstedt, M. (2016). Testing measurement
    invariance of composites using partial least squares. International
    Marketing Review 33(3), 405-431. doi:10.1108/IMR-09-2014-0304

    Examples
    --------
    >>> import csi
    >>> fits = csi.fit_by(csi.models.acsi(), csi.demo_survey(), by="firm")
    >>> firms = list(fits)
    >>> found = csi.measurement_invariance(fits[firms[0]], fits[firms[1]], n_perm=499, rng=1)
    >>> found.compositional.columns.tolist()
    ['construct', 'correlation', 'limit', 'p', 'invariant']
    """
    check_interval("percentile", level)
    check_number("n_perm", n_perm, math.ceil(2 / (1 - level) - 1e-9) - 1)
    check_flags(standardized=standardized)
    check_share(max_failed)
    running = Running.of(n_jobs, progress, None)
    seed = check_seed(rng)
    named = as_groups(a, b, names)
    if len(named) > 2:
        raise OptionError(
            f"There are {len(named)} groups, and invariance is a matter of two. Give "
            "fits['A'], fits['B']."
        )
    first, second = named.values()
    for fit in (first, second):
        Engine.of(fit)
        _check_composites(fit)
    configural = _configural(named)
    k = len(first.model.names)
    done: Part | None = None
    observed = np.full((3, k), np.nan)
    if configural["same"].all():
        micom = Micom.of((first, second), seed, bool(standardized))
        done = micom.permuted(n_perm, running)
        accept(done, max_failed, " with exchanged respondents")
        observed = micom.observed
    labels = str(next(iter(named))), str(list(named)[1])
    return Invariance(labels, configural, done, observed, first.model.names, level)


def _check_composites(fit: Fit) -> None:
    if isinstance(fit, CovarianceFit):
        raise OptionError(
            "MICOM asks whether composites are formed alike, but these fits have common factors. "
            "Compare their loadings and intercepts instead: csi.invariance(model, data, by=...)."
        )


def _configural(fits: Fits) -> pd.DataFrame:
    (first, a), (second, b) = fits.items()
    found = checks(a, b)
    return pd.DataFrame(
        {
            "check": [check.what for check in found],
            "same": [check.same for check in found],
            f"only {first}": [check.apart[0] for check in found],
            f"only {second}": [check.apart[1] for check in found],
        }
    )

"""The jackknife of a fit, and its standard errors from replicate weights made elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from numbers import Real
from typing import get_args

import numpy as np
import pandas as pd

from csi.core.checks import check_level
from csi.core.jackknife import LeftOut, bias, standard_errors
from csi.core.replicates import (
    Centre,
    DeleteOne,
    Factors,
    Kind,
    replicate_df,
    replication_errors,
    scale_factor,
)
from csi.core.resample import BLOCK, Resamples
from csi.core.types import Array
from csi.declared import check_choice, check_flags
from csi.errors import (
    ArgumentTypeError,
    InadmissibleWarning,
    OptionError,
    listing,
    warn,
)
from csi.resampling.bootstraps import looped
from csi.resampling.engine import Engine, Part
from csi.resampling.functions import Function
from csi.resampling.inference import Inference, Known, undefined
from csi.resampling.published_weights import (
    fay_factor,
    replicate_factors,
    replicate_rscales,
)
from csi.resampling.runs import Running, carry_out, cut
from csi.results import Fit

WORTH_A_WARNING = 0.01
"""Share of inadmissible replicates."""


@dataclass(frozen=True, eq=False, repr=False)
class Jackknife(Inference):
    """A fit without each of its sampling units in turn.

    Every table has a column ``bias`` besides those of a bootstrap: what the
    jackknife takes to be the bias of the estimate, not subtracted from it.

    Attributes
    ----------
    fit : Fit
        The fit.
    part : Part
        Its numbers without each unit, and what went wrong without which.
    left_out : LeftOut
        The units.
    level : float
        Confidence level.
    """

    fit: Fit
    part: Part
    left_out: LeftOut
    level: float

    @property
    def units(self) -> int:
        """Respondents or clusters left out."""
        return int(self.left_out.multiplicity.sum())

    @property
    def df(self) -> int:
        """Degrees of freedom: units less strata."""
        return self.units - len(self.left_out.totals)

    @property
    def failures(self) -> Mapping[str, int]:
        """How many of the estimates without a unit failed or are inadmissible, by reason."""
        return self.part.reasons

    @cached_property
    def known(self) -> Known:
        """Estimates, standard errors, limits, p values, failures."""
        estimate, values = self.quantities.of_fit(self.fit), self.part.values
        se = standard_errors(self.left_out, values)
        failed = (np.isnan(values) * self.left_out.multiplicity.astype(np.intp)).sum(axis=1)
        return Known.student(estimate, se, failed, self.level, self.df)

    @cached_property
    def bias(self) -> Array:
        """(q,) estimates of bias, in the order of `known`."""
        return bias(self.left_out, self.part.values, self.known.estimate)

    def family(self, name: str) -> pd.DataFrame:
        """Return the table of a family of numbers by its name."""
        table = super().family(name)
        own = self.bias[self.quantities.places[name]]
        table.insert(int(table.columns.get_loc("se")), "bias", own)  # type: ignore[arg-type]
        return table

    def __repr__(self) -> str:
        return (
            f"<Jackknife of {self.units} {_unit(self.fit)}s: {self.df} degrees of freedom, limits "
            f"at {self.level:.0%}>"
        )


@dataclass(frozen=True, eq=False, repr=False)
class Replicated(Inference):
    """A fit with standard errors from replicate weights.

    Attributes
    ----------
    fit : Fit
        The fit with the full-sample weights.
    part : Part
        Its numbers with every replicate, and what went wrong in which.
    kind : {"bootstrap", "jk1", "jkn", "jk2", "brr", "fay", "sdr"}
        How the replicates were made.
    scale : float
        Factor of all squared deviations.
    rscales : (R,) array
        Factors of the squared deviations of single replicates.
    centre : {"estimate", "mean"}
        What deviations are taken from.
    df : float
        Degrees of freedom.
    level : float
        Confidence level.
    """

    fit: Fit
    part: Part
    kind: Kind
    scale: float
    rscales: Array
    centre: Centre
    df: float
    level: float

    @property
    def replicates(self) -> Array:
        """(R, q) numbers; a row of NaN is a replicate that failed."""
        return self.part.values.T

    @property
    def failures(self) -> Mapping[str, int]:
        """How many replicates failed or are inadmissible, by reason."""
        return self.part.reasons

    @cached_property
    def known(self) -> Known:
        """Estimates, standard errors, limits, p values, failures."""
        estimate, values = self.quantities.of_fit(self.fit), self.part.values
        se = replication_errors(
            estimate, values, self.scale, self.rscales, self.centre,
            partial=self.kind == "bootstrap",
        )  # fmt: skip
        return Known.student(estimate, se, undefined(values), self.level, self.df)

    def __repr__(self) -> str:
        return (
            f"<Replicated: {len(self.part.why)} replicate weights ({self.kind}), {self.df:g} "
            f"degrees of freedom, limits at {self.level:.0%}>"
        )


def jackknife(fit: Fit, *, level: float = 0.95) -> Jackknife:
    """Find out how much the numbers of a fit depend on single sampling units.

    Every unit is left out once and everything is estimated anew from the
    others. Units are clusters where they are declared, and respondents
    otherwise; in strata, the units left stand for the whole stratum (JKn).
    Limits and p values are those of Student's t, with as many degrees of
    freedom as there are units less strata.

    Nothing is drawn, so the result is the same every time. Numbers that cannot
    be computed without some unit have no standard error.

    Parameters
    ----------
    fit : Fit
        The fit.
    level : float
        Confidence level.

    Returns
    -------
    Jackknife

    Raises
    ------
    RowsRequiredError
        If the fit holds no respondents.
    DataError
        If a stratum holds one unit only.
    OptionError
        If an option has no meaning.

    Warns
    -----
    InadmissibleWarning
        If numbers could not be computed without some unit, or estimates without
        at least 1 % of the units are inadmissible.

    References
    ----------
    Rust, K. F. and Rao, J. N. K. (1996). Variance estimation for complex surveys
    using replication techniques. Statistical Methods in Medical Research 5(3),
    283-310. doi:10.1177/096228029600500305

    Examples
    --------
    >>> import csi
    >>> fit = csi.fit(csi.models.acsi(), csi.demo_survey())
    >>> found = csi.jackknife(fit)
    >>> found.r2.columns.tolist()
    ['construct', 'estimate', 'bias', 'se', 'lower', 'upper', 'p', 'failed']
    """
    engine = _engine(fit, "jackknife")
    level = check_level(level)
    left_out = engine.left_out
    part = engine.jackknife() if engine.batched else _without_each_unit(engine)
    _warn(part, engine.estimate, f"estimates without one {_unit(fit)}")
    return Jackknife(fit, part, left_out, level)


def replicate_weights(
    fit: Fit,
    weights: object,
    *,
    kind: Kind = "bootstrap",
    combined: bool = True,
    fay: float | None = None,
    scale: float | None = None,
    rscales: object = None,
    df: float | None = None,
    centre: Centre = "estimate",
    level: float = 0.95,
) -> Replicated:
    """Take standard errors from the replicate weights that came with a survey.

    Everything is estimated with every replicate, and the variance is ``scale``
    times the sum of ``rscales`` times the squared deviations from the fit. The
    replicates hold the sampling design; clusters and strata declared with the
    survey are not looked at.

    Parameters
    ----------
    fit : Fit
        The fit with the full-sample weights the replicates were made from.
    weights : (n, R) array or DataFrame
        A column for each replicate and a row for each respondent of the survey
        as it was read, or of those the fit used, in their order.
    kind : {"bootstrap", "jk1", "jkn", "jk2", "brr", "fay", "sdr"}
        How they were made: by drawing units; by leaving out one unit, without
        or with strata; one of each pair; half of each pair (balanced repeated
        replication), also with Fay's factor; by successive differences.
    combined : bool
        Whether they are weights, as published; otherwise factors by which the
        full-sample weights are to be multiplied.
    fay : float, optional
        Fay's factor, from 0 to below 1: replicates multiply the weights of one
        half by it and of the other half by 2 less it.
    scale : float, optional
        Factor of the variance; by default 1 / (R - 1) for bootstrap, (R - 1) / R
        for jk1, 1 for jkn and jk2, 1 / R for brr, 1 / (R (1 - fay)^2) for fay,
        and 4 / R for sdr.
    rscales : (R,) array, optional
        Factor of each replicate, 1 by default. For jkn it is (n_h - 1) / n_h,
        with the n_h units of the stratum, and is read off weights that were not
        adjusted.
    df : float, optional
        Degrees of freedom of Student's t; by default the number of independent
        differences between the replicates. For jackknife and bootstrap this is
        units less strata.
    centre : {"estimate", "mean"}
        Whether deviations are taken from the fit or from the mean of the
        replicates.
    level : float
        Confidence level.

    Returns
    -------
    Replicated

    Raises
    ------
    RowsRequiredError
        If the fit holds no respondents.
    DataError
        If the weights are not what they must be.
    OptionError
        If an option has no meaning, or the fit has frequency weights.

    Warns
    -----
    DataQualityWarning
        If the replicates do not average to the weights of the fit.
    InadmissibleWarning
        If numbers could not be computed with some replicate, or at least 1 % of
        the replicates are inadmissible.

    References
    ----------
    Lumley, T. (2004). Analysis of complex survey samples. Journal of Statistical
    Software 9(8). doi:10.18637/jss.v009.i08

    Wolter, K. M. (2007). Introduction to variance estimation, 2nd ed. Springer.
    doi:10.1007/978-0-387-35099-8

    Examples
    --------
    >>> import csi
    >>> import numpy as np
    >>> fit = csi.fit(csi.models.acsi(), csi.demo_survey())
    >>> n = len(fit.data.rows)
    >>> drawn = np.random.default_rng(1).multinomial(n, np.full(n, 1 / n), size=50)
    >>> csi.replicate_weights(fit, drawn.T)
    <Replicated: 50 replicate weights (bootstrap), 49 degrees of freedom, limits at 95%>
    """
    engine = _engine(fit, "replicate_weights")
    level = check_level(level)
    check_choice("kind", kind, get_args(Kind))
    check_choice("centre", centre, get_args(Centre))
    check_flags(combined=combined)
    f = fay_factor(fay, kind)
    factors = replicate_factors(weights, fit, combined)
    number = len(factors)
    common = scale_factor(kind, number, f) if scale is None else _positive("scale", scale)
    own = replicate_rscales(rscales, kind, factors)
    freedom = replicate_df(factors) if df is None else _positive("df", df)
    part = _replicated(engine, factors)
    _warn(part, engine.estimate, "replicates", partial=kind == "bootstrap")
    return Replicated(fit, part, kind, common, own, centre, freedom, level)


def _engine(fit: object, name: str) -> Engine:
    if not isinstance(fit, Fit):
        raise ArgumentTypeError(
            f"{name} takes a fit; found {type(fit).__name__}. Use csi.fit(model, data) first; of "
            "the fits of groups give one, such as fits['A']."
        )
    return Engine.of(fit)


def _without_each_unit(engine: Engine) -> Part:
    """Estimate without each unit where the estimator takes one sample at a time."""
    answers = engine.fit.data
    assert answers is not None
    number = len(engine.left_out.stratum)
    return _looped(engine, DeleteOne(answers.copies, answers.sampling), number)


def _replicated(engine: Engine, factors: Array) -> Part:
    """Estimate with every replicate."""
    if not engine.batched:
        # whole weights, such as 2000, would be taken for as many respondents
        return _looped(engine, Factors(factors / factors.mean()), len(factors))

    def work(start: int, stop: int) -> Part:
        return engine.of_multipliers([factors[start:stop]])

    return carry_out(work, cut(len(factors), BLOCK, BLOCK), Running(), processes=False)


def _looped(engine: Engine, resamples: Resamples, number: int) -> Part:
    return looped(Function.of(engine.fit, engine.of_fit, resamples), number, Running(), "")


def _warn(part: Part, estimate: Array, what: str, *, partial: bool = False) -> None:
    """Warn of what could not be computed, and of what is not to be believed."""
    number = len(part.why)
    lost = int((np.isfinite(estimate) & np.isnan(part.values).any(axis=1)).sum())
    reasons = listing(f"{why} ({times})" for why, times in part.reasons.items())
    found = f": {reasons}." if reasons else "."
    if lost:
        end = (
            "What failed is left out, which makes intervals somewhat wrong."
            if partial
            else "Their standard errors need all of them and are NaN; see the column failed. Look "
            "at fit.problems, or use csi.bootstrap, which can do without some."
        )
        text = f"{lost} of {len(estimate)} numbers could not be computed in all of {number} {what}"
        warn(f"{text}{found} {end}", InadmissibleWarning)
    elif part.bad.sum() >= max(1, WORTH_A_WARNING * number):
        text = f"{part.bad.sum()} of {number} {what} are inadmissible"
        warn(f"{text}{found} They are kept; look at fit.problems.", InadmissibleWarning)


def _unit(fit: Fit) -> str:
    answers = fit.data
    design = None if answers is None else answers.sampling
    return "respondent" if design is None or design.clusters is None else "cluster"


def _positive(name: str, value: object) -> float:
    if not _real(value) or not 0 < value < np.inf:  # type: ignore[operator]
        raise OptionError(f"{name} is {value!r}. Give a positive number.")
    return float(value)  # type: ignore[arg-type]


def _real(value: object) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool)

"""Importance and performance where the last step is the curve's slope, not a constant."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from csi.assessment.inputs import check_boot, check_fit
from csi.core.curve.averages import Average
from csi.core.types import Array
from csi.display import Summary, number
from csi.errors import DataError
from csi.loyalty.curve import Curve
from csi.loyalty.customers import Reader, check_curve, customers_of_fit
from csi.loyalty.gains import obstacle
from csi.loyalty.zone import decimals
from csi.resampling.inference import Inference
from csi.results import Fit
from csi.single_thread import one_thread


@dataclass(frozen=True, eq=False, repr=False)
class LocalImportance:
    """What a point of each driver buys of loyalty where customers stand now.

    Attributes
    ----------
    cause, effect : str
        Ends of the curve.
    slope : float
        Of the curve, averaged over the customers of the fit within the window.
    interval : (float, float)
        Its limits.
    level : float
        Confidence level.
    table : DataFrame
        One row a driver, the cause of the curve last: its ``performance``; the ``impact``
        of one of its points on the cause; its ``importance``, that impact times the slope,
        with limits; and with constant slopes, as in `csi.importance_performance`, its
        importance ``through_cause`` and along all routes, ``constant``. The latter two are
        missing where the curve explains something else than a construct of the fit in points.
    """

    cause: str
    effect: str
    slope: float
    interval: tuple[float, float]
    level: float
    table: pd.DataFrame

    def __repr__(self) -> str:
        return f"<LocalImportance of {len(self.table)} constructs for {self.effect}>"

    def summary(self) -> Summary:
        """Return the table as a summary that prints as text and shows itself in Jupyter."""
        digits = decimals(self.slope)
        now, low, high = (number(end, digits) for end in (self.slope, *self.interval))
        facts = (
            ("last step", f"{self.cause} -> {self.effect}"),
            ("slope now", f"{now} ({low} to {high})"),
            ("level", f"{100 * self.level:.10g}%"),
        )
        note = (
            f"Importance counts what reaches {self.effect} through {self.cause}; the curve holds "
            "all that goes with satisfaction, also routes past it."
        )
        shown = self.table.dropna(axis=1, how="all")
        tables = (("Constructs", shown),)
        return Summary("Importance with local slopes", facts, tables, (note,), digits)

    def __str__(self) -> str:
        return str(self.summary())

    def _repr_html_(self) -> str:
        return self.summary().to_html()


def local_importance(fit: Fit, curve: Curve, *, boot: Inference | None = None) -> LocalImportance:
    """Say what a point of each driver buys of loyalty where customers stand now.

    A driver moves satisfaction by its impact, and satisfaction moves loyalty by the slope
    that the curve has where the customers of this fit are: a firm on the flat part of the
    curve gains less from the same driver than one on a steep part.

    Parameters
    ----------
    fit : Fit
        The fit of a firm or of all; its items need declared scale ends.
    curve : Curve
        From the same satisfaction to loyalty: the firm's own, or that of the market.
    boot : Bootstrap, optional
        What `csi.bootstrap` returned for this fit; the errors of impacts then count, too.

    Returns
    -------
    LocalImportance
        Its ``table`` has columns construct, performance, impact, importance, lower, upper,
        through_cause, constant.

    Raises
    ------
    RowsRequiredError
        If the fit holds no respondents.
    OptionError
        If it does not know the cause of the curve, or ``boot`` belongs to another fit.
    DataError
        If its customers are outside the window of the curve: there is no support.

    Notes
    -----
    Errors of the slope and of impacts are taken for independent. Without ``boot`` impacts
    count as known.

    References
    ----------
    Ringle, C. M. and Sarstedt, M. (2016). Gain more insight from your PLS-SEM results: the
    importance-performance map analysis. Industrial Management & Data Systems 116(9),
    1865-1886. doi:10.1108/IMDS-10-2015-0449

    Examples
    --------
    >>> import csi
    >>> from csi.loyalty.local_importance import local_importance
    >>> fit = csi.fit(csi.models.acsi(), csi.demo_survey())
    >>> found = local_importance(fit, csi.loyalty_curve(fit, rng=1))
    >>> found.table[["construct", "impact", "importance", "constant"]].round(2)
          construct  impact  importance  constant
    0  Expectations    0.65        0.70      0.65
    1       Quality    0.76        0.81      0.75
    2         Value    0.35        0.37      0.35
    3  Satisfaction    1.00        1.07      1.00
    """
    check_fit("local_importance", fit)
    check_curve(curve)
    check_boot(fit, boot)
    slope = _slope(fit, curve)
    names = [*_drivers(fit, curve.cause), curve.cause]
    impact, error = _impacts(fit, curve.cause, boot)
    on_cause = np.array([*impact.loc[names[:-1]], 1.0])
    spread = np.array([*error.loc[names[:-1]], 0.0])
    both = np.hypot(on_cause * slope.se, slope.value * spread)
    limits = [
        Average(float(value), float(se)).limits(curve.settings.level)
        for value, se in zip(on_cause * slope.value, both, strict=True)
    ]
    constant = _constant(fit, curve, names)
    table = pd.DataFrame(
        {
            "construct": names,
            "performance": fit.indices.loc[names, "index"].to_numpy(),
            "impact": on_cause,
            "importance": on_cause * slope.value,
            "lower": [lower for lower, _ in limits],
            "upper": [upper for _, upper in limits],
            "through_cause": on_cause * constant[-1],
            "constant": constant,
        }
    )
    level = curve.settings.level
    return LocalImportance(
        curve.cause, curve.effect, slope.value, slope.limits(level), level, table
    )


def _slope(fit: Fit, curve: Curve) -> Average:
    reader, measured = Reader.of(curve), customers_of_fit(curve, fit)
    with one_thread():
        customers = reader.customers(measured)
        inside = reader.within(customers.T)
        why = obstacle(curve, measured, float(customers.density[inside].sum()))
        if why:
            raise DataError(f"The curve has no slope for the customers of this fit: {why}.")
        return reader.average(reader.slopes(customers.T), customers, inside)


def _drivers(fit: Fit, cause: str) -> list[str]:
    model = fit.model
    leads = model.reachable[:, model.names.index(cause)]
    return [name for name, does in zip(model.names, leads, strict=True) if does]


def _impacts(fit: Fit, cause: str, boot: Inference | None) -> tuple[pd.Series, pd.Series]:
    """Return the impacts on the cause by driver, and their errors."""
    impacts = fit.impacts
    onto = impacts[impacts["target"] == cause].set_index("source")["impact"]
    if boot is None:
        return onto, onto * 0
    known = boot.family("impacts")
    return onto, known[known["target"] == cause].set_index("source")["se"]


def _constant(fit: Fit, curve: Curve, names: list[str]) -> Array:
    """Return impacts on the effect, missing where the curve explains something else."""
    missing = np.full(len(names), np.nan)
    if curve.effect not in fit.model.names or curve.observed.unit != "points":
        return missing
    impacts = fit.impacts
    onto = impacts[impacts["target"] == curve.effect].set_index("source")["impact"]
    return onto.reindex(names).to_numpy(dtype=np.float64)

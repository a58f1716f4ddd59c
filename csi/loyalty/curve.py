"""The curve from satisfaction to loyalty."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property, partial
from numbers import Real
from typing import Any

import numpy as np
import pandas as pd

from csi.core.checks import as_numbers
from csi.core.curve.bands import SmoothCurve, smooth_curve
from csi.core.curve.bins import Bins
from csi.core.curve.calibration import EXACT, Calibration, uncalibrated
from csi.core.curve.detection import (
    Calibrations,
    Detection,
    Method,
    basis_of,
    calibrations,
    detect,
    knots_between,
)
from csi.core.curve.logit import on_logit
from csi.core.curve.monotone import monotone_curve, monotone_fit
from csi.core.curve.power_here import PowerHere, power_here
from csi.core.curve.shape_fit import Problem, ShapeFit
from csi.core.curve.shapes import isotonic, shape_fits
from csi.core.curve.smooth import SmoothFit, smooth_fit
from csi.core.resample import stream
from csi.core.types import Array
from csi.display import Summary, number
from csi.errors import ArgumentTypeError, DataError
from csi.loyalty.observed import Observed
from csi.loyalty.outcomes import ENDS
from csi.loyalty.settings import METHODS, Settings
from csi.loyalty.zone import Zone, decimals, judged
from csi.results import Table
from csi.single_thread import one_thread

TEST, BANDS, POWER, COMPARISONS = range(4)
"""Keys of the random numbers: test of the zone, bands, its power, comparison fits."""


ORDER = [
    *("satisfaction", "loyalty", "lower", "upper", "slope", "slope_lower", "slope_upper"),
    *("all_lower", "all_upper", "slope_all_lower", "slope_all_upper"),
]


@dataclass(frozen=True, eq=False, repr=False)
class Curve:
    """Loyalty as a function of true satisfaction.

    Attributes
    ----------
    observed : Observed
        The respondents.
    settings : Settings
        How the curve was asked for.
    reliability : float
        Of the satisfaction score; 1 where it is taken as it is.
    reliability_source : str
        Where it comes from.
    bins : Bins
        Respondents by score, the outcome turned so that it rises.
    calibrations : Calibrations
        What scores say about true satisfaction.
    zone : Zone
        The quality-insensitive zone.
    """

    observed: Observed
    settings: Settings
    reliability: float
    reliability_source: str
    bins: Bins
    calibrations: Calibrations
    zone: Zone

    @property
    def n(self) -> int:
        """Respondents used."""
        return self.observed.n

    @property
    def cause(self) -> str:
        """What the curve starts from."""
        return self.observed.cause

    @property
    def effect(self) -> str:
        """What it leads to."""
        return self.observed.effect

    @property
    def window(self) -> tuple[float, float]:
        """True scores between which there are enough customers to say something."""
        return self.zone.window

    @property
    def calibration(self) -> Calibration:
        """What scores say about true satisfaction, for curve and edges."""
        return self.calibrations.for_edges

    @Table
    def table(self) -> pd.DataFrame:
        """The curve against true satisfaction, within the window.

        Columns satisfaction, loyalty, lower, upper, slope, slope_lower, slope_upper
        (pointwise), and the limits of simultaneous bands: all_lower, all_upper,
        slope_all_lower, slope_all_upper. Curve and limits end where the scale of the outcome
        ends, beyond which no truth lies. On the logit scale they are turned back into shares;
        slopes are in logits a point.
        """
        return self._drawn(self.calibration)

    @Table
    def raw(self) -> pd.DataFrame:
        """The curve against the observed score, which measurement error has bent."""
        return self._drawn(uncalibrated(self.bins.weight))

    @Table
    def points(self) -> pd.DataFrame:
        """Mean outcome by observed score: score, true_score, loyalty, se, weight."""
        bins = self.observed.bins()
        some = bins.weight > 0
        return pd.DataFrame(
            {
                "score": bins.x[some],
                "true_score": self.calibration.X[some],
                "loyalty": bins.mean[some],
                "se": np.sqrt(bins.variance[some]),
                "weight": bins.weight[some],
            }
        )

    @Table
    def comparisons(self) -> pd.DataFrame:
        """Curves of the literature, and how often their usual rule finds a zone wrongly.

        Columns shape, parameters, aic, bic, rule, zone, low, high, false_zones.
        """
        from csi.core.curve.false_zones import FALSE_ZONES  # noqa: PLC0415 - its only use

        rows = [
            {
                "shape": fit.shape,
                "parameters": fit.parameters,
                "aic": fit.aic,
                "bic": fit.bic,
                "rule": reading.rule,
                "zone": reading.zone,
                "low": reading.low,
                "high": reading.high,
                "false_zones": str(FALSE_ZONES.get(reading.rule, "")),
            }
            for fit in self._shapes
            for reading in fit.readings
        ]
        return pd.DataFrame(rows)

    @Table
    def comparison_curves(self) -> pd.DataFrame:
        """The curves behind `comparisons`: shape, satisfaction, loyalty, slope.

        All against true satisfaction but the isotonic one, which is against the observed
        score and has no slope.
        """
        parts = [
            pd.DataFrame(
                {
                    "shape": fit.shape,
                    "satisfaction": fit.grid,
                    "loyalty": self._shown(fit.curve),
                    "slope": self._turned(fit.slope),
                }
            )
            for fit in self._shapes
        ]
        return pd.concat(parts, ignore_index=True)

    def at(self, satisfaction: object) -> pd.DataFrame:
        """Return curve and slope at some true scores.

        Parameters
        ----------
        satisfaction : float or array of float
            True scores within the window.

        Returns
        -------
        DataFrame
            Columns as in `table`.

        Raises
        ------
        DataError
            If a score lies outside the window: there is no support, and nothing is extrapolated.
        """
        values = as_numbers([satisfaction] if isinstance(satisfaction, Real) else satisfaction)
        if values is None or values.ndim != 1 or not np.isfinite(values).all():
            raise ArgumentTypeError(
                f"satisfaction is {satisfaction!r}. Give numbers from 0 to 100."
            )
        low, high = self.window
        beyond = values[(values < low) | (values > high)]
        if len(beyond):
            share = round(100 * (1 - 2 * self.settings.tail), 1)
            raise DataError(
                f"There is no support at {beyond[0]:g}: {share:g}% of the true scores lie between "
                f"{low:.1f} and {high:.1f}, and csi does not extrapolate. Ask within them."
            )
        return self._drawn(self.calibration, np.asarray(values))

    def sensitivity(self) -> pd.DataFrame:
        """Ask again with other settings, one at a time.

        The reliability .05 lower and higher, the raw axis (a reliability of 1), a window
        from 2.5 to 97.5 per cent, and the other tests. A verdict that depends on them
        is a weak one; one that only the raw axis shows is an artefact of the
        distribution of satisfaction.

        Returns
        -------
        DataFrame
            Columns what, reliability, verdict, p, low, high, ratio.
        """
        s, rho = self.settings, self.reliability
        shifts = [shift for shift in (-0.05, 0.05) if rho < EXACT and 0 < rho + shift <= 1]
        others: tuple[Method, ...] = tuple(m for m in METHODS if m != s.method)
        asked = [
            *((f"reliability {shift:+g}", rho + shift, s) for shift in shifts),
            *([("raw axis", 1.0, s)] if rho < EXACT else []),
            ("wider window", rho, replace(s, tail=s.tail / 2)),
            *((f"method {m}", rho, replace(s, method=m)) for m in others),
        ]
        zones = [
            self.zone,
            *(fitted_curve(self.observed, again, r, "").zone for _, r, again in asked),
        ]
        return pd.DataFrame(
            {
                "what": ["as asked", *(what for what, _, _ in asked)],
                "reliability": [rho, *(r for _, r, _ in asked)],
                "verdict": [zone.verdict for zone in zones],
                "p": [zone.p_value for zone in zones],
                "low": [zone.low for zone in zones],
                "high": [zone.high for zone in zones],
                "ratio": [zone.ratio for zone in zones],
            }
        )

    def plot(self, *, language: str = "en", ax: Any = None) -> Any:
        """Draw the curve, its bands and the zone; see `csi.plot_loyalty_curve`."""
        from csi.plots.loyalty import plot_loyalty_curve  # noqa: PLC0415 - draws results, not made by it

        return plot_loyalty_curve(self, language=language, ax=ax)

    @cached_property
    def _shapes(self) -> tuple[ShapeFit, ...]:
        c, bins = self.calibration, self.bins
        grid = np.linspace(*self.window, 101)
        problem = Problem.of(
            c.posterior, c.T, bins.mean, bins.variance,
            grid=grid, window=self.window, n=bins.n, noise=self._noise,
        )  # fmt: skip
        raw = isotonic(bins.x, bins.mean, bins.variance, grid=grid, window=self.window, n=bins.n)
        return *shape_fits(problem, stream(self.settings.seed, COMPARISONS)), raw

    @property
    def _noise(self) -> Array | None:
        """Covariance of the means of clustered respondents."""
        scatter = self.bins.scatter
        return None if scatter is None else scatter.T @ scatter

    def _drawn(self, calibration: Calibration, grid: Array | None = None) -> pd.DataFrame:
        own = calibration is self.calibration
        window = self.window if own else calibration.window(self.settings.tail)
        steps = knots_between(window) if grid is None else grid
        around = np.unique(np.concatenate([steps, np.linspace(*window, 101)]))
        with one_thread():
            found = self._smooth(calibration, around, window)
        table = pd.DataFrame({"satisfaction": found.grid})
        for name, band, shown in (
            ("", found.curve, self._shown),
            ("slope", found.slope, self._turned),
        ):
            prefix = f"{name}_" if name else ""
            table[name or "loyalty"] = shown(band.value)
            limits = {"": (band.lower, band.upper), "all_": (band.all_lower, band.all_upper)}
            for kind, ends in limits.items():
                lower, upper = ends[:: int(self.zone.sign)]
                table[f"{prefix}{kind}lower"] = shown(lower)
                table[f"{prefix}{kind}upper"] = shown(upper)
        return table.iloc[np.searchsorted(around, steps)][ORDER].reset_index(drop=True)

    def spline(self, calibration: Calibration) -> SmoothFit:
        """Return the spline through the means of the bins, free to turn round."""
        c, bins = calibration, self.bins
        return smooth_fit(c.posterior, c.T, bins.mean, bins.variance, noise=self._noise)

    def _smooth(
        self, calibration: Calibration, grid: Array, window: tuple[float, float]
    ) -> SmoothCurve:
        fit, level = self.spline(calibration), self.settings.level
        free = smooth_curve(fit, grid, window, stream(self.settings.seed, BANDS), level=level)
        return monotone_curve(free, monotone_fit(fit)) if self.settings.monotone else free

    def _turned(self, slope: Array) -> Array:
        return self.zone.sign * slope

    def _shown(self, value: Array) -> Array:
        """Return outcomes in the units of the user, and none that is impossible."""
        if self.settings.scale == "logit":
            return np.asarray(1 / (1 + np.exp(-self.zone.sign * value)))
        return np.clip(self.zone.sign * value, *ENDS[self.observed.unit])

    def summary(self) -> Summary:
        """Return what there is to say, as text."""
        o, low, high = self.observed, *self.window
        without = f", {o.dropped:,} without an answer" if o.dropped else ""
        facts = (
            ("Respondents", f"{o.n:,}{without}"),
            ("Reliability", f"{self.reliability:.3f} ({self.reliability_source})"),
            ("Window", f"{number(low, 1)} to {number(high, 1)} points of true satisfaction"),
            ("Test", f"{self.settings.method}, {self.settings.draws} draws for each null"),
            ("Seed", str(self.settings.seed)),
            ("Verdict", self.zone.verdict),
        )
        at = self.table.iloc[:: max(len(self.table) // 8, 1)]
        shown = at[["satisfaction", "loyalty", "lower", "upper", "slope"]]
        zone = (("Zone", self.zone.table),) if self.zone.found else ()
        title = f"{self.effect} as a function of {self.cause}"
        digits = decimals(float(shown["slope"].abs().max()))
        return Summary(title, facts, (("Curve", shown), *zone), (self.zone.why,), digits)

    def __repr__(self) -> str:
        return f"<Curve {self.cause} -> {self.effect}, {self.n} respondents: {self.zone.verdict}>"

    def __str__(self) -> str:
        return str(self.summary())

    def _repr_html_(self) -> str:
        return self.summary().to_html()


def fitted_curve(observed: Observed, settings: Settings, reliability: float, source: str) -> Curve:
    """Calibrate, look for a zone and judge it."""
    sign = 1.0 if settings.direction == "rising" else -1.0
    with one_thread():
        bins = observed.bins(sign)
        found = calibrations(bins, observed.items(), reliability)
        if settings.scale == "logit":
            binary = bool(np.isin(observed.outcome, (0, 1)).all())
            bins = on_logit(bins, found.for_edges, sign, binary=binary)
        detection = detect(
            bins, found, stream(settings.seed, TEST), method=settings.method,
            draws=settings.draws, share=settings.tail,
        )  # fmt: skip
    ask = partial(_could_show, bins, found, detection, settings)
    zone = judged(detection, sign, settings.margin, settings.level, ask)
    return Curve(observed, settings, reliability, source, bins, found, zone)


def _could_show(
    bins: Bins, found: Calibrations, detection: Detection, settings: Settings
) -> PowerHere | None:
    """Find what the sample could have shown of a zone."""
    calibration, (low, high) = found.for_edges, detection.window
    line = basis_of(bins, calibration, settings.tail)
    slope = float(line.line @ (line.root * bins.mean))
    with one_thread():
        return power_here(
            bins, calibration, (low, high), slope, stream(settings.seed, POWER),
            beside=found.beside, share=settings.tail, level=1 - settings.level,
        )  # fmt: skip

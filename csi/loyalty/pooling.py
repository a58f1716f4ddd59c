"""One curve, and one zone, for many firms."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from csi.core.checks import check_level
from csi.core.curve.calibration import Calibration
from csi.core.curve.detection import TAIL, Calibrations, calibrations
from csi.core.curve.pooled import Pool, Slopes, detect_pooled, firm_lines, pool
from csi.core.resample import check_seed, stream
from csi.declared import check_choice
from csi.display import Summary, number
from csi.loyalty.parts import Part, parts_of
from csi.loyalty.settings import FEWEST_DRAWS, MOST_DRAWS, check_margin
from csi.loyalty.zone import Zone, decimals, judged
from csi.resampling.bootstrapping import check_number
from csi.results import Table
from csi.single_thread import one_thread

POOLED = 8
"""Key of the random numbers of the pooled test."""


@dataclass(frozen=True, eq=False, repr=False)
class PooledCurve:
    """A curve with common kinks for many firms, each with its own level and calibration.

    Attributes
    ----------
    parts : tuple of Part
        The firms.
    calibrated : tuple of Calibrations
        What the scores of each say about true satisfaction.
    pool : Pool
        All firms together.
    slopes : {"common", "own"}
        Whether the slope of the curve is that of all firms, or each has its own.
    zone : Zone
        The zone common to all.
    """

    parts: tuple[Part, ...]
    calibrated: tuple[Calibrations, ...]
    pool: Pool
    slopes: Slopes
    zone: Zone

    @property
    def n(self) -> int:
        """Respondents of all firms."""
        return self.pool.bins.n

    @property
    def calibration(self) -> Calibration:
        """What scores say about true satisfaction, firm by firm."""
        return self.pool.calibration

    @Table
    def firms(self) -> pd.DataFrame:
        """Each firm: firm, n, reliability, satisfaction, level, slope.

        ``satisfaction`` is the mean true score, ``level`` the outcome at the average true
        score of all firms, ``slope`` by how much the firm's slope differs from the common
        curve, zero where slopes are common. The last two are missing without a zone to
        draw the curve with.
        """
        fitted = self.zone.detection.zone
        level, slope = np.full((2, len(self.parts)), np.nan)
        if fitted is not None:
            level, slope = firm_lines(self.pool, fitted, self.slopes)
        means = [float(own.for_edges.density @ own.for_edges.T) for own in self.calibrated]
        return pd.DataFrame(
            {
                "firm": [part.name for part in self.parts],
                "n": [part.observed.n for part in self.parts],
                "reliability": [part.reliability for part in self.parts],
                "satisfaction": means,
                "level": self.zone.sign * level,
                "slope": self.zone.sign * slope,
            }
        )

    def summary(self) -> Summary:
        """Return what there is to say, as text."""
        facts = (
            ("Firms", str(len(self.parts))),
            ("Respondents", f"{self.n:,}"),
            ("Slopes", self.slopes),
            ("Verdict", self.zone.verdict),
            ("p of no zone", number(self.zone.p_value, 3)),
        )
        tables = (("Edges and slopes", self.zone.table), ("Firms", self.firms))
        digits = decimals(self.zone.margin)
        return Summary("Curve of many firms", facts, tables, (self.zone.why,), digits)

    def __str__(self) -> str:
        return str(self.summary())

    def __repr__(self) -> str:
        return (
            f"<PooledCurve of {len(self.parts)} firms, {self.n} respondents: {self.zone.verdict}>"
        )

    def _repr_html_(self) -> str:
        return self.summary().to_html()


def pooled_curve(
    curves: object,
    by: object = None,
    *,
    slopes: Slopes = "common",
    cause: str = "Satisfaction",
    effect: str = "Loyalty",
    margin: float | None = None,
    level: float = 0.95,
    draws: int = 999,
    rng: int | np.random.Generator | None = None,
) -> PooledCurve:
    """Look for an insensitive zone that many firms have in common.

    A firm of 250 interviews cannot show a zone by itself. Here the edges of the zone are
    the same for all firms, and so are the bends of the curve, while each firm has its own
    level, reliability and distribution of satisfaction; what the firms say adds up.

    Parameters
    ----------
    curves : mapping of firm to Curve or Fit, or one Curve or Fit
        Such as what `csi.fit_by` returns; or one to be split.
    by : (n,) sequence, optional
        Firm of each respondent of the one curve.
    slopes : {"common", "own"}
        With ``"own"`` every firm also has a slope of its own. Choose it where firms
        differ both in satisfaction and in how strong its effect is: with a common slope
        that would look like a bend.
    cause, effect : str
        Constructs, where fits are given.
    margin : float, optional
        Slope below which a zone is certified; half the average slope by default.
    level : float
        Of intervals; a zone is detected if p is at most ``1 - level``.
    draws : int
        Draws of the test for each of its null hypotheses.
    rng : int or numpy.random.Generator, optional
        Seed.

    Returns
    -------
    PooledCurve
        ``.zone`` and ``.firms``.

    Raises
    ------
    OptionError
        If there are fewer than two firms, or an option has no meaning.
    DataError
        If a firm is too small, or outcomes are of different kinds.

    Notes
    -----
    The same test as that of `csi.loyalty_curve`, on the bins of all firms. Firms with
    levels of their own say nothing by being satisfied and loyal on average: only what
    differs between customers of one firm counts. Where the items of a firm are not known
    the zone must also show on the raw axis, as for a single curve.

    References
    ----------
    Hansen, B. E. (2017). Regression kink with an unknown threshold. Journal of Business
    & Economic Statistics 35(2), 228-240. doi:10.1080/07350015.2015.1073595

    Examples
    --------
    >>> import csi
    >>> from csi.loyalty.pooling import pooled_curve
    >>> fits = csi.fit_by(csi.models.acsi(), csi.demo_survey(), by="firm")
    >>> pooled_curve(fits, rng=1).firms.columns.to_list()
    ['firm', 'n', 'reliability', 'satisfaction', 'level', 'slope']
    """
    check_choice("slopes", slopes, ("common", "own"))
    check_level(level)
    check_number("draws", draws, FEWEST_DRAWS, MOST_DRAWS)
    margin = check_margin(margin)
    seed = check_seed(rng)
    parts = parts_of(curves, by, cause, effect, tertiles=False)
    with one_thread():
        bins = [part.observed.bins(part.sign) for part in parts]
        found = tuple(
            calibrations(own, part.observed.items(), part.reliability)
            for own, part in zip(bins, parts, strict=True)
        )
        detection = detect_pooled(
            bins, found, stream(seed, POOLED), slopes=slopes, draws=draws, share=TAIL
        )
        together = pool(bins, [own.for_edges for own in found])
    zone = judged(detection, parts[0].sign, margin, level)
    return PooledCurve(parts, found, together, slopes, zone)

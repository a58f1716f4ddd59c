"""How many respondents a quality-insensitive zone needs to be found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import get_args

import numpy as np

from csi.core.curve.calibration import EXACT
from csi.core.curve.detection import RATIO
from csi.core.curve.planned import Distribution, Planned, expected_bins, planned
from csi.core.curve.power import (
    COST,
    FEWEST,
    MOST,
    Outlook,
    detectable_width,
    outlook,
    sample_size,
)
from csi.core.curve.power import power as power_of
from csi.core.curve.zone_search import WIDTH
from csi.core.resample import check_seed, stream
from csi.declared import check_choice, check_number
from csi.errors import OptionError
from csi.loyalty.plan_options import (
    asked_for,
    moments_of,
    noise_of,
    score_of,
    slopes_of,
    whole,
)
from csi.loyalty.plan_results import Asked, Outcome, PlannedZone, Row, ZonePlan
from csi.single_thread import one_thread

USUAL_WIDTH = 20.0

SIZES = (250, 500, 1000, 2000, 3000, 5000, 10_000)
RELIABILITIES = (0.7, 0.8, 0.85, 0.9, 0.95, 1.0)
"""Rows of the table where nothing is asked in particular."""

DRAWS, DRAWS_OF_TABLE = 999, 499
"""Samples drawn, and those for each row of a table."""


def plan_zone(
    n: int | None = None,
    *,
    power: float | None = None,
    width: float | None = None,
    centre: float = 65.0,
    slopes: Sequence[float] = (0.9, 0.05, 1.6),
    reliability: float | None = None,
    items: int = 3,
    levels: int = 10,
    distribution: Distribution = "beta",
    mean: float | None = None,
    sd: float | None = None,
    noise: float | None = None,
    outcome: Outcome = "score",
    level: float = 0.95,
    rng: int | np.random.Generator | None = 0,
) -> ZonePlan:
    """Plan a survey that shall find a quality-insensitive zone.

    Give ``n`` to learn the power, ``power`` to learn how many respondents it takes, both
    to learn how narrow a zone is still found, and neither for a table of sizes and
    reliabilities.

    Parameters
    ----------
    n : int, optional
        Respondents.
    power : float, optional
        Probability with which the zone shall be found.
    width : float, optional
        Points of true satisfaction from the beginning to the end of the zone, 20 by
        default; not with both ``n`` and ``power``.
    centre : float
        Its middle.
    slopes : three floats
        Points of loyalty per point of satisfaction below, in and above the zone;
        percentage points of its probability for a binary outcome. The curve is at 50 half
        of its way up and is held within 0 and 100.
    reliability : float, optional
        Of the satisfaction score, above 0 and up to 1. By default it follows from
        ``items``: 0.85 for three, and for others what Spearman and Brown's formula makes
        of that. Scores from 0.97 on are taken as they are.
    items, levels : int
        Items of the score, and answers to choose from.
    distribution : {"beta", "heavy", "bimodal", "normal"}
        Of satisfaction without measurement error: skewed to the left with some at the very
        top, Laplace, two groups, or normal.
    mean, sd : float, optional
        Of that distribution on 0-100; by default 73 and 20 for "beta", 70 and 17 for
        "heavy", 67 and 20 for "bimodal", 70 and 16 for "normal".
    noise : float, optional
        Standard deviation of the loyalty scores of equally satisfied customers, 15 points
        by default; not for a binary outcome, whose spread follows from its mean.
    outcome : {"score", "binary"}
        Whether loyalty is a score from 0 to 100, or something that happens or not.
    level : float
        As in `csi.loyalty_curve`: 1 minus the error rate of the test of "no zone".
    rng : int, numpy.random.Generator or None
        Seed of the random errors.

    Returns
    -------
    ZonePlan
        With ``n``, ``power``, ``width``, ``table`` and ``sentence()``.

    Raises
    ------
    OptionError
        If an option has no meaning, the zone has no stretch of customers on either side,
        or its slope is more than half the average slope, which is not called insensitive.

    Notes
    -----
    A zone counts as found when "no zone" is refuted and the slope in the zone is estimated
    at no more than half the average slope. No respondents are simulated: the means of the
    bins of the score are drawn, 999 times. Estimating the measurement error from the same
    survey costs power, for which 15 % of the respondents are deducted; with that the
    power of full simulations is met within 0.06.

    A binary outcome takes several times as many respondents as a score. Where the slope in
    the zone is near half the average one, or the zone is narrow, the estimate often exceeds
    half, and power hardly grows with more respondents.

    References
    ----------
    Cohen, J. (1988). Statistical Power Analysis for the Behavioral Sciences, 2nd ed.
    doi:10.4324/9780203771587

    Examples
    --------
    >>> from csi.loyalty.planning import plan_zone
    >>> plan_zone(1000, reliability=0.9)
    <ZonePlan 1,000 respondents find a zone of 20 points with probability 77%>
    >>> plan_zone(power=0.8, reliability=0.9)
    <ZonePlan 1,122 respondents find a zone of 20 points with probability 80%>
    >>> plan_zone(1000, power=0.8, reliability=0.9).width
    21.0
    """
    asked = asked_for(n, power, width)
    size = None if n is None else whole("n", n, FEWEST, MOST)
    wanted = None if power is None else check_number("power", power, "0.8", 0.1, 0.999)
    error = 1 - check_number("level", level, "0.95 for a test at 5%", 0.5, 0.999)
    check_choice("outcome", outcome, get_args(Outcome))
    check_choice("distribution", distribution, get_args(Distribution))
    score = score_of(reliability, items, levels)
    zone = PlannedZone(
        USUAL_WIDTH if width is None else check_number("width", width, "20", WIDTH, 100),
        check_number("centre", centre, "65", 0, 100), slopes_of(slopes), *score, distribution,
        *moments_of(distribution, mean, sd), outcome, noise_of(noise, outcome),
    )  # fmt: skip
    seed = check_seed(rng)
    with one_thread():
        if asked == "table":
            return _table(zone, reliability is not None, error, seed)
        return _solved(asked, zone, size, wanted, error, seed)


def _solved(
    asked: Asked, zone: PlannedZone, n: int | None, wanted: float | None, level: float, seed: int
) -> ZonePlan:
    """Find what was asked for."""
    survey = _survey(zone)
    if n is not None and wanted is not None:
        narrowest, widest = replace(zone, width=WIDTH), _widest(zone, survey)
        _check_place(narrowest, survey)
        of_width = partial(_of_width, zone, survey, seed)
        zone = replace(zone, width=detectable_width(of_width, widest, n, wanted, level))
    else:
        _check_place(zone, survey)
        ahead = _outlook(zone, survey, seed, DRAWS)
        if n is not None:
            wanted = power_of(ahead, n, level)
        else:
            needed = sample_size(ahead, wanted or 0.0, level)
            n = int(needed) if np.isfinite(needed) else None
    return ZonePlan(asked, n, wanted, zone, level, ((zone.reliability, n, zone.width, wanted),))


def _table(zone: PlannedZone, reliability_given: bool, level: float, seed: int) -> ZonePlan:
    """Find the power of several surveys."""
    rows: list[Row] = []
    for reliability in (zone.reliability,) if reliability_given else RELIABILITIES:
        here = replace(zone, reliability=reliability)
        survey = _survey(here)
        _check_place(here, survey)
        ahead = _outlook(here, survey, seed, DRAWS_OF_TABLE)
        rows += [(reliability, n, zone.width, power_of(ahead, n, level)) for n in SIZES]
    return ZonePlan("table", None, None, zone, level, tuple(rows))


def _survey(zone: PlannedZone) -> Planned:
    return planned(zone.distribution, zone.mean, zone.sd, zone.reliability, zone.items, zone.levels)


def _of_width(zone: PlannedZone, survey: Planned, seed: int, width: int) -> Outlook:
    return _outlook(replace(zone, width=float(width)), survey, seed, DRAWS)


def _outlook(zone: PlannedZone, survey: Planned, seed: int, draws: int) -> Outlook:
    truth = survey.truth
    mean = zone.curve(truth.T)
    bins = expected_bins(survey, mean, zone.variance(mean))
    cost = 0.0 if zone.reliability >= EXACT else COST
    return outlook(bins, truth, stream(seed), for_edges=survey.for_edges, cost=cost, draws=draws)


def _widest(zone: PlannedZone, survey: Planned) -> int:
    start, end = survey.truth.window()
    return int(2 * min(zone.centre - start, end - zone.centre) - 2 * WIDTH)


def _check_place(zone: PlannedZone, survey: Planned) -> None:
    """Refuse a zone or a curve that nobody could find in this population."""
    start, end = survey.truth.window()
    low, high = zone.edges
    if low - start < WIDTH or end - high < WIDTH:
        raise OptionError(
            f"The zone runs from {low:g} to {high:g}, but 90% of the customers are between "
            f"{start:.0f} and {end:.0f} at a reliability of {zone.reliability:.3g}. Leave "
            f"{WIDTH:g} points on either side: move the centre or narrow the zone."
        )
    below, inside, above = zone.slopes
    rise = below * (low - start) + inside * (high - low) + above * (end - high)
    if rise > 100:
        raise OptionError(
            f"With these slopes the outcome rises by {rise:.0f} points from {start:.0f} to "
            f"{end:.0f}. Its scale has 100: give smaller ones."
        )
    ratio = inside * (end - start) / rise
    if ratio > RATIO:
        raise OptionError(
            f"The slope in the zone is {ratio:.3g} of the average slope, and more than {RATIO:g} "
            "is not called insensitive. Give a smaller one."
        )

"""Ask for a loyalty curve."""

from __future__ import annotations

from numbers import Real
from typing import Literal, get_args

import numpy as np

from csi.core.curve.calibration import EXACT
from csi.core.curve.detection import TAIL, Method
from csi.declared import Scale, check_choice
from csi.errors import ArgumentTypeError, DataError, DataQualityWarning, OptionError, warn
from csi.loyalty.curve import Curve, fitted_curve
from csi.loyalty.in_arrays import observe_arrays
from csi.loyalty.in_fits import observe_fit
from csi.loyalty.observed import Observed
from csi.loyalty.settings import Direction, OutcomeScale, Settings, checked
from csi.resampling.bootstrapping import check_number
from csi.results import Fit
from csi.weighting import WeightType

MUCH_LOWER = 0.15
"""Difference of a stated reliability from that of the items that is warned of."""

BEYOND_DOUBT = 3.0
"""Standard errors of the slope from which a curve goes the other way."""


def loyalty_curve(
    fit: Fit | None = None,
    cause: str = "Satisfaction",
    effect: str = "Loyalty",
    *,
    rng: int | np.random.Generator | None = None,
    score: object = None,
    outcome: object = None,
    items: object = None,
    reliability: float | None = None,
    weights: object = None,
    weight_type: WeightType = "sampling",
    clusters: object = None,
    outcome_scale: Scale | Literal["count"] | None = None,
    top: int | None = None,
    method: Method = "pwlr",
    scale: OutcomeScale = "identity",
    direction: Direction = "rising",
    monotone: bool = False,
    margin: float | None = None,
    tail: float = TAIL,
    level: float = 0.95,
    draws: int = 999,
) -> Curve:
    """Estimate loyalty as a function of true satisfaction, and look for an insensitive zone.

    The satisfaction score is calibrated first: with measurement error, the raw curve of
    loyalty against the score bends where satisfaction is unevenly distributed, and shows
    zones that are not there. "No zone" (the slope has a single peak: any straight,
    convex, concave or S-shaped curve) is then tested.

    Parameters
    ----------
    fit : Fit, optional
        With respondents; or give ``score`` and ``outcome``.
    cause, effect : str
        Constructs of the fit, the effect also one of its items; for arrays, names.
    rng : int or numpy Generator, optional
        Seed; the same seed gives the same numbers on any machine.
    score : (n,) array, optional
        Satisfaction in points from 0 to 100.
    outcome : (n,) array, optional
        0/1, points from 0 to 100, or on ``outcome_scale``. Beside a fit: one for each
        respondent, such as whether the customer did come back.
    items : (n, j) array or ItemFigures, optional
        Answers that ``score`` was made of, reversed ones and scales as they are, for their
        reliability and the model of their errors; or their weights, shares and
        covariances, where there are no rows.
    reliability : float, optional
        Of the score, above 0 and up to 1; by default what the items show under one
        common factor. A single item has none: its score is taken as it is.
    weights, weight_type, clusters
        As in `csi.survey`; for arrays only, a fit brings its own.
    outcome_scale : (float, float) or "count", optional
        Ends of a rating scale, put on 0-100, or counts: of ``outcome``.
    top : int, optional
        The outcome is the share of answers in this many highest boxes; for a fit.
    method : {"pwlr", "shape", "msc"}
        Test: two kinks against none or other ones (the default), the best curve with a
        zone against the best without, or multiscale slope contrasts (conservative).
    scale : {"identity", "logit"}
        Of a 0/1 outcome. A straight line of shares bends at both ends on the logit
        scale, so that a zone depends on this choice.
    direction : {"rising", "falling"}
        ``"falling"`` for switching, churn and other losses.
    monotone : bool
        Draw a curve that never turns round. Zone and test are the same.
    margin : float, optional
        Slope below which a zone is certified; half the average slope by default.
    tail : float
        Share of customers beyond each end of the window in which a zone is looked for.
    level : float
        Of intervals; a zone is detected if p is at most ``1 - level``.
    draws : int
        Draws of the test for each of its null hypotheses.

    Returns
    -------
    Curve
        ``.table``, ``.zone``, ``.raw``, ``.comparisons``, ``.sensitivity()``, ``.plot()``.

    Raises
    ------
    RowsRequiredError
        If the fit holds no respondents.
    DataError
        If there are fewer than five distinct scores, a constant outcome, or an outcome
        on a scale that was not declared.
    OptionError
        If an argument has no meaning here.

    Notes
    -----
    Satisfaction and loyalty asked in one interview share errors that no calibration
    removes, and a curve is no proof of cause. What was simulated is in the documentation:
    false zones, power, and the coverage of intervals.

    References
    ----------
    Jones, T. O. and Sasser, W. E. (1995). Why satisfied customers defect. Harvard
    Business Review 73(6), 88-99.

    Carroll, R. J., Ruppert, D., Stefanski, L. A. and Crainiceanu, C. M. (2006).
    Measurement error in nonlinear models. Chapman & Hall. doi:10.1201/9781420010138

    Examples
    --------
    >>> import csi
    >>> fit = csi.fit(csi.models.acsi(), csi.demo_survey())
    >>> curve = csi.loyalty_curve(fit, "Satisfaction", "Loyalty", rng=1)
    >>> curve
    <Curve Satisfaction -> Loyalty, 1156 respondents: no evidence>
    """
    settings = checked(
        Settings(method, scale, direction, monotone, margin, tail, level, draws, 0), rng
    )
    if fit is not None:
        check_choice("weight_type", weight_type, get_args(WeightType))
        kind = None if weight_type == "sampling" else weight_type
        own_scale = None if outcome is not None else outcome_scale
        for name, given in (("score", score), ("items", items), ("weights", weights),
                            ("weight_type", kind), ("clusters", clusters),
                            ("outcome_scale", own_scale)):  # fmt: skip
            if given is not None:
                raise OptionError(f"{name} comes with the fit. Leave it out, or leave out the fit.")
        if not isinstance(fit, Fit):
            raise ArgumentTypeError(
                f"fit is a {type(fit).__name__}. Give the result of csi.fit(), or score= and "
                "outcome=."
            )
        _check_top(top, outcome)
        observed = observe_fit(fit, cause, effect, outcome, outcome_scale, top)
    else:
        if score is None or outcome is None:
            raise OptionError("Give a fit, or both score and outcome.")
        if top is not None:
            raise OptionError("top counts boxes of a fit's items. Give a 0/1 outcome instead.")
        observed = observe_arrays(
            score, outcome, items, (cause, effect), outcome_scale,
            weights=weights, weight_type=weight_type, clusters=clusters, strata=None,
        )  # fmt: skip
    if scale == "logit" and observed.unit != "share":
        raise OptionError("scale='logit' needs a 0/1 outcome. Leave it out.")
    rho, source = _reliability(observed, reliability)
    curve = fitted_curve(observed, settings, rho, source)
    _check_direction(curve)
    return curve


def _reliability(observed: Observed, given: float | None) -> tuple[float, str]:
    if given is not None:
        real = isinstance(given, Real) and not isinstance(given, bool)
        if not real or not 0 < given <= 1:
            raise OptionError(f"reliability is {given!r}. Give a number above 0 and up to 1.")
        _check_stated(observed, float(given))
        return float(given), "as stated"
    found = observed.reliability()
    if found is None:
        return 1.0, "one item: taken as it is, measurement error not corrected"
    if not 0 < found <= 1:
        raise DataError(
            f"The items of {observed.cause} show a reliability of {found:.3f}. Look for a reversed "
            "item, or state reliability."
        )
    if found >= EXACT:
        return found, "of its items; so high that scores are taken as they are"
    return found, "of its items, one common factor"


def _check_stated(observed: Observed, reliability: float) -> None:
    """Warn of a reliability so far below that of the items that the curve is torn apart."""
    shown = observed.reliability()
    if shown is not None and reliability < shown - MUCH_LOWER:
        warn(
            f"reliability={reliability:g} was stated, but the items of {observed.cause} show "
            f"{shown:.3f}. If it is too low, the curve bends far too much. Leave it out, or look "
            "at sensitivity().",
            DataQualityWarning,
        )


def _check_direction(curve: Curve) -> None:
    """Warn if the outcome goes the other way: no zone is looked for there."""
    bins = curve.bins
    v = 1 / bins.variance
    x = bins.x - bins.x @ v / v.sum()
    if (v * x) @ bins.mean > -BEYOND_DOUBT * np.sqrt((v * x) @ x):
        return
    names = f"{curve.effect} {{}} as {curve.cause} rises"
    if curve.settings.direction == "rising":
        text = names.format("falls") + ". If it is a loss, such as churn, ask with "
        text += "direction='falling': a zone is looked for in rising curves only."
    else:
        text = names.format("rises") + ", and was asked for as falling. Leave out "
        text += "direction='falling'."
    warn(text, DataQualityWarning)


def _check_top(top: object, outcome: object) -> None:
    if top is None:
        return
    check_number("top", top, 1)
    if outcome is not None:
        raise OptionError("top counts boxes of the effect. Leave it out beside an outcome.")

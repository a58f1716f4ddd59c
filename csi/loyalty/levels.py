"""How much more loyal respondents are at one level of satisfaction than at the next."""

from __future__ import annotations

from collections.abc import Sequence
from typing import get_args

import numpy as np

from csi.core.checks import check_level
from csi.core.contrasts import trend
from csi.core.group_shares import Sample, groups, means
from csi.core.types import Array, Mask
from csi.declared import check_choice
from csi.errors import OptionError, listing
from csi.loyalty.level_answers import Pair, as_pair, of_arrays
from csi.loyalty.level_bands import Levels, Rule, event_of, levels_of
from csi.loyalty.level_results import Counts, Event, LoyaltyLevels
from csi.weighting import WeightType


def loyalty_levels(
    data: object = None,
    cause: str | None = None,
    effect: str | None = None,
    *,
    score: Sequence[float] | Array | None = None,
    outcome: Sequence[float] | Array | None = None,
    levels: int | Sequence[float] | None = None,
    top: int | None = None,
    at_least: float | None = None,
    event: Event = "repurchase",
    recorded: Event = "repurchase",
    outcome_scale: tuple[float, float] | None = None,
    weights: Sequence[float] | Array | None = None,
    weight_type: WeightType = "sampling",
    clusters: Sequence[object] | None = None,
    strata: Sequence[object] | None = None,
    level: float = 0.95,
) -> LoyaltyLevels:
    """Compare loyalty between levels of satisfaction: "5s against 4s".

    At Xerox customers who answered 5 were six times as likely to buy again as those
    who answered 4. This gives such risk ratios, odds ratios and differences in points,
    with intervals, between all adjacent levels; for the highest level against all
    below; and for the two highest against the rest.

    Parameters
    ----------
    data : Fit, SurveyData or dataframe, optional
        Whose answers; or give ``score`` and ``outcome``.
    cause, effect : str, optional
        Satisfaction and outcome: constructs or items of a fit (a construct of several
        items is its 0-100 score), or columns. Beside arrays, what to call them.
    score, outcome : (n,) array_like, optional
        Satisfaction and outcome as plain arrays, nothing missing.
    levels : int or sequence of float, optional
        How satisfaction is cut: by default every answer to an item is a level. Otherwise a
        number of equal bands over the declared scale (0-100 for scores and arrays),
        or where bands begin: ``[60, 80]`` makes three, and 80 belongs to the highest.
    top : int, optional
        How many of the highest answers of a rating count as loyal. By default 2 of a
        rating with known scale; an outcome of 0 and 1 counts as it is.
    at_least : float, optional
        From where on answers count as loyal, instead of ``top``; needed for scores.
    event : {"repurchase", "switching"}
        Whose shares and ratios are given. Of repurchase the higher level is put over the
        lower; of switching, which is everything else, the lower over the higher: a ratio
        above 1 always speaks for satisfaction, and odds ratios are the same.
    recorded : {"repurchase", "switching"}
        What 1, or a high answer, of the outcome means: ``"switching"`` for churn.
    outcome_scale : (float, float), optional
        Lowest and highest answer of ``outcome``.
    weights, weight_type, clusters, strata : optional
        Of arrays, one value for each respondent, as in `csi.survey`; a survey and a fit
        bring their own.
    level : float
        Confidence level.

    Returns
    -------
    LoyaltyLevels
        Its tables are ``levels``, ``contrasts`` and ``steps``; ``trend`` is the test of
        Cochran and Armitage; ``sentence()`` says it in words.

    Raises
    ------
    DataError
        If the outcome is constant or neither 0 nor 1 where nothing says which answers
        count, a band holds nobody, there is only one level, or answers are no numbers.
    OptionError
        If an option has no meaning here.
    RowsRequiredError
        If the fit holds no respondents.

    Notes
    -----
    Limits are Katz's for risk ratios, Woolf's for odds ratios (both on the log scale),
    Newcombe's for differences and Wilson's for shares; p belongs to the risk ratio.

    Where one of the four cells of a contrast is empty, half a respondent is added to
    each, and the column ``adjusted`` says so; shares and differences stay as they are.
    (`Table2x2` of statsmodels puts one half into the empty cell only.)

    With sampling weights, clusters or strata, errors of logarithms are linearised and
    limits use Student's t with units less strata degrees of freedom, as in the R package
    survey; limits of shares and differences are those of effective sample sizes. An
    empty cell tells nothing of how alike clusters are: the level that has it then counts
    for as many respondents as if each cluster had answered as one.

    P values are of single contrasts, not adjusted for their number; ``trend`` is one
    test of them all. Those of a rating who do not answer in its top boxes are counted
    as switching: that is a convention, nobody saw them switch. Levels hold measurement
    error, so that ratios between true levels differ more than these.

    References
    ----------
    Jones, T. O. and Sasser, W. E. (1995). Why satisfied customers defect. Harvard
    Business Review 73(6), 88-99.

    Katz, D., Baptista, J., Azen, S. P. and Pike, M. C. (1978). Obtaining confidence
    intervals for the risk ratio in cohort studies. Biometrics 34(3), 469-474.
    doi:10.2307/2530610

    Agresti, A. (1999). On logit confidence intervals for the odds ratio with small
    samples. Biometrics 55(2), 597-602. doi:10.1111/j.0006-341X.1999.00597.x

    Examples
    --------
    >>> import numpy as np
    >>> from csi.loyalty.levels import loyalty_levels
    >>> score = np.repeat([3, 4, 5], 100)
    >>> outcome = np.concatenate([np.arange(100) < loyal for loyal in (4, 10, 60)])
    >>> found = loyalty_levels(score=score, outcome=outcome)
    >>> found.contrasts[["higher", "lower", "risk_ratio", "odds_ratio"]].round(1)
      higher    lower  risk_ratio  odds_ratio
    0      5        4         6.0        13.5
    1      4        3         2.5         2.7
    2      5  below 5         8.6        19.9
    3     4+  below 4         8.7        12.9
    >>> found.sentence()[:73]
    'Respondents whose satisfaction is 5 are 6.0 times as likely to repurchase'
    """
    check_choice("event", event, get_args(Event))
    check_choice("recorded", recorded, get_args(Event))
    level = check_level(level)
    pair = _read(
        (data, cause, effect), (score, outcome), outcome_scale,
        weights=weights, weight_type=weight_type, clusters=clusters, strata=strata,
    )  # fmt: skip
    below = event != recorded
    happened, rule = event_of(pair.effect, pair.used, top, at_least, below=below)
    bands = levels_of(pair.cause, pair.used, levels)
    return _result(pair, bands, happened, rule, event, level)


def _read(
    named: tuple[object, object, object],
    arrays: tuple[object, object],
    outcome_scale: tuple[float, float] | None,
    **drawn: object,
) -> Pair:
    data, cause, effect = named
    beside = {"outcome_scale": outcome_scale, **drawn}
    if data is None:
        if any(array is None for array in arrays):
            raise OptionError(
                "Nothing to read. Give a fit or a survey with cause and effect, or both score and "
                "outcome."
            )
        return of_arrays(*arrays, (cause, effect), outcome_scale, **drawn)
    if any(array is not None for array in arrays):
        raise OptionError("data and arrays were both given. Give data, or score and outcome.")
    beside.pop("weight_type")
    odd = [name for name, value in beside.items() if value is not None]
    if odd:
        raise OptionError(
            f"{listing(odd)} belong to arrays. A survey brings its own: declare them in csi.survey."
        )
    return as_pair(data, cause, effect)


def _result(
    pair: Pair, bands: Levels, happened: Mask, rule: Rule, event: Event, level: float
) -> LoyaltyLevels:
    sample, used = pair.sample, pair.used
    together = bands.together
    alone = together[:, : len(bands.labels)]
    copies = sample.copies[:, None] * together
    n, everybody = int(sample.copies[used].sum()), int(sample.copies.sum())
    counts = Counts(
        copies.sum(axis=0).astype(np.intp), copies[happened].sum(axis=0).astype(np.intp),
        sample.weights @ together / sample.weights[used].sum(),
    )  # fmt: skip
    return LoyaltyLevels(
        pair.cause.name, pair.effect.name, event, rule,
        trend(happened, bands.of.astype(np.float64), used, sample), level, n, everybody - n,
        _errors(sample), _notes(bands, rule, event), bands, counts,
        groups(happened, together, sample), means(pair.effect.values, alone, sample),
    )  # fmt: skip


def _errors(sample: Sample) -> str:
    if sample.counted:
        return "respondents counted one by one"
    return f"linearised, {sample.design or 'sampling weights'}"


def _notes(bands: Levels, rule: Rule, event: Event) -> tuple[str, ...]:
    notes = []
    if bands.unused:
        unused = listing(f"{answer:g}" for answer in bands.unused)
        notes.append(
            f"Nobody answered {unused}; the levels on either side are compared as neighbours."
        )
    if event == "switching" and not rule.binary and rule.below:
        notes.append(f"Switching is {rule} by convention; it was not observed.")
    return tuple(notes)

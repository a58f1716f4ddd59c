"""Survey answers from a stated model, and the demonstration survey made of them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cache
from importlib.resources import files
from typing import Any, cast, get_args

import numpy as np
import pandas as pd

from csi import models
from csi.codebook import Codebook
from csi.core import simulate as core
from csi.core.simulate import Distribution, Population
from csi.core.types import Array
from csi.curved_population import CurvedPopulation, draw_indicators
from csi.data import SurveyData, survey
from csi.declared import check_flags
from csi.errors import ArgumentTypeError, OptionError, did_you_mean
from csi.population import NOISE, SETTINGS, AnswerKind, Form, Grid, Stated, read_grid
from csi.spec import Model
from csi.stated_curves import Shape
from csi.stated_values import number

PathValues = Mapping[tuple[str, str], float] | Mapping[str, float]
Values = float | Mapping[str, float]
Curves = Mapping[tuple[str, str], Shape] | Mapping[str, Shape]
Groups = Mapping[str, Mapping[str, Mapping[str, Any]]]
Seed = int | np.random.Generator | np.random.SeedSequence

LARGEST_SAMPLE = 10_000_000


def simulate(
    model: Model,
    n: int,
    *,
    rng: Seed,
    paths: PathValues | None = None,
    loadings: Values = 0.8,
    means: Values = 75.0,
    sds: Values = 20.0,
    distribution: Distribution = "beta",
    answers: AnswerKind = "integer",
    missing: Values = 0.0,
    missing_together: float = 0.0,
    missing_code: float | Iterable[float] | None = None,
    groups: Groups | None = None,
    curves: Curves | None = None,
    noise: Values = NOISE,
    reliability: Values | None = None,
    clip: bool = False,
) -> pd.DataFrame:
    """Draw survey answers from a stated model.

    Constructs and indicators are drawn from a normal distribution in which
    every one of them has variance one and ``paths`` and ``loadings`` hold
    exactly. Each indicator is then stretched, by an increasing function, to
    the mean, standard deviation and shape wanted of the answers, and rounded.

    Parameters
    ----------
    model : Model
        Reflective and single-item constructs; every item needs a scale.
    n : int
        Respondents, over all groups.
    rng : int, numpy Generator or SeedSequence
        Seed or source of the random numbers.
    paths : mapping, optional
        Path coefficients, ``{("Satisfaction", "Loyalty"): 0.6}`` or
        ``{"Satisfaction -> Loyalty": 0.6}``: all or none of those that lead to
        a construct. Where none is stated, all are of equal size, of the
        expected sign and explain half of the variance; those whose expected
        sign is ``"?"`` are zero.
    loadings : float or mapping
        By construct or by indicator. A number holds for the constructs with
        several indicators; the others are measured without error unless a
        mapping says otherwise.
    means : float or mapping
        Mean answers in points from 0 to 100, by construct or by indicator. For
        a 0/1 item it is the percentage of ones; a number leaves that at 15.
    sds : float or mapping
        Standard deviations of the answers in the same points; 0/1 items have
        none of their own.
    distribution : {"beta", "normal"}
        Beta answers stay on the scale and pile up at its nearer end, as those
        of customers do. Normal ones are cut off at the ends when rounded, and
        leave the scale when not.
    answers : {"integer", "continuous"}
        Whole numbers of the scale, or not rounded.
    missing : float or mapping
        Share of answers that are missing, by construct or by indicator.
    missing_together : float
        How far missing answers come from the same respondents, from 0 (not at
        all) to 1 (entirely). They never depend on the answers.
    missing_code : float or iterable of float, optional
        Code written for missing answers, or codes of which each is as
        frequent; NaN by default.
    groups : mapping, optional
        One column and, for each of its groups, what differs from the rest:
        ``{"firm": {"Alfa": {"means": {"Quality": 80}}, "Beta": {}}}``. Groups
        can differ in paths, loadings, means, sds, missing, curves, noise and
        reliability; respondents are shared out evenly.
    curves : mapping, optional
        Paths that are no straight lines, such as
        ``{("Satisfaction", "Loyalty"): "zone"}``: the effect's true score, from
        0 to 100, given that of the cause. A curve is a function of an array of
        true scores; points, ``{0: 20, 55: 70, 75: 71, 100: 100}``, with straight
        lines between them; or a name: ``"linear"``, ``"zone"`` or another of
        `csi.core.curve.truths`. One curve leads to an effect. Its other causes
        have no effect unless ``paths`` states some, which then are points per
        point of their true scores.
    noise : float or mapping
        Standard deviation of true scores round the curve in points, by effect,
        before those beyond the ends of the scale are moved there.
    reliability : float or mapping, optional
        By construct, in the place of loadings: the share of the variance of the
        mean answer that true scores have. A number holds for the constructs
        with several indicators, and goes before ``loadings`` that are a number.
    clip : bool
        Whether curves that leave 0 to 100 are cut off there; else they are
        refused.

    Returns
    -------
    DataFrame
        One row per respondent; with ``groups``, their column comes first.

    Raises
    ------
    OptionError
        If the stated population is impossible, such as R2 above one, or an
        argument has no meaning here.

    Notes
    -----
    With ``distribution="normal"`` and ``answers="continuous"`` the answers have
    the stated paths, loadings, means and standard deviations exactly, up to
    sampling error. Otherwise ``paths`` and ``loadings`` describe the normal
    variables behind the answers: correlations of answers are closer to zero,
    a little for skewed ratings in ten grades, more for few grades, and much
    for 0/1 items (at 15 % by a third). Rounding to ten grades moves the mean
    of a skewed item by less than half a point, to five by up to one and a half.
    Constructs without a cause are uncorrelated. Skip logic is not followed:
    everybody answers every item. Items of reversed direction are written as
    respondents would have answered them.

    The true score of a construct is the expected mean of a respondent's answers
    to its items, from 0 to 100. A curve is the mean of the effect's true score
    given the cause's, exactly: where noise is cut off at one end of the scale,
    its other side is moved as far as keeps the mean. The items of the effect are
    answered with their loadings, and their mean and spread follow from the curve.
    An effect measured without error, such as a single item, is answered by one
    of the two grades next to the true score, drawn so that the mean is kept; for
    a 0/1 item the curve is the percentage of ones. With ``curves``, everything
    that does not depend on the effect is the same as without for the same
    ``rng``. Where reliability is stated of a construct behind the effect of a
    curve, it holds as far as that construct is normal.

    Examples
    --------
    >>> import csi.models
    >>> from csi.simulation import simulate
    >>> frame = simulate(csi.models.acsi(), 300, rng=1, missing=0.02, missing_code=98)
    >>> frame.shape
    (300, 13)

    Loyalty hardly rises between 55 and 75 points of satisfaction:

    >>> frame = simulate(
    ...     csi.models.acsi(), 300, rng=1,
    ...     curves={("Satisfaction", "Loyalty"): {0: 10, 55: 55, 75: 56, 100: 95}},
    ...     reliability={"Satisfaction": 0.85},
    ... )
    """
    _check_model(model)
    _check_sizes(n, missing_together)
    _check_choice("distribution", distribution, get_args(Distribution))
    _check_choice("answers", answers, get_args(AnswerKind))
    generator = _generator(rng)
    check_flags(clip=clip)
    form = Form(distribution, answers, missing_together, _codes(missing_code), clip)
    grid = read_grid(model, form)
    stated = (paths, loadings, means, sds, missing, curves, noise, reliability)
    given = dict(zip(SETTINGS, stated, strict=True))
    common = Stated.default(model, grid).updated(model, grid, form, given)
    if groups is None:
        return _draw(model, grid, form, common.population(model, grid, form), n, generator)
    column, settings = _checked_groups(groups, model, n)
    parts = []
    for rank, (label, own) in enumerate(settings.items()):
        population = common.updated(model, grid, form, own).population(model, grid, form)
        size = n // len(settings) + (rank < n % len(settings))
        part = _draw(model, grid, form, population, size, generator)
        part.insert(0, column, label)
        parts.append(part)
    return pd.concat(parts, ignore_index=True)


def demo_survey() -> SurveyData:
    """Return the demonstration survey: simulated answers, not real respondents.

    1,200 customers of four firms answer the questions of the American model
    with its usual column names: ten-point ratings, a 0/1 complaint item, and
    "don't know" as 98 and 99. The columns ``firm`` and ``region`` can group
    them; firms differ in their means, regions in nothing. csi draws the
    answers on every first call from the population stated in
    ``csi/studies/demo.json``, always the same ones.

    Returns
    -------
    SurveyData
        With wording, scales and codes of the items; its audit says that the
        answers are simulated.

    Examples
    --------
    >>> from csi.simulation import demo_survey
    >>> demo_survey()
    <SurveyData 1200 respondents, 15 columns, listwise>
    """
    model = models.acsi()
    frame = demo_frame()
    book = Codebook(
        items=model.items,
        constructs={construct.name: construct.indicators for construct in model.constructs},
        scale=model.scale,
    )
    data = survey(frame, codebook=book)
    remark = "simulated by csi, not real respondents"
    return replace(data, notes=(("simulated", "", float(len(frame)), remark), *data.notes))


def demo_frame() -> pd.DataFrame:
    """Return the answers of `demo_survey` as they would stand in a file, codes included.

    Returns
    -------
    DataFrame
        Yours to change.
    """
    return _demo().copy()


@cache
def _demo() -> pd.DataFrame:
    text = (files("csi") / "studies" / "demo.json").read_text(encoding="utf-8")
    stated = json.loads(text)
    generator = np.random.default_rng(stated["seed"])
    frame = simulate(models.acsi(), stated["n"], rng=generator, **stated["population"])
    regions = generator.choice(stated["regions"], size=len(frame))
    frame.insert(1, "region", regions)
    return frame


def _draw(
    model: Model,
    grid: Grid,
    form: Form,
    stated: Population | CurvedPopulation,
    n: int,
    rng: np.random.Generator,
) -> pd.DataFrame:
    exact: dict[int, Array] = {}
    if isinstance(stated, CurvedPopulation):
        population = stated.linear
        z, exact = draw_indicators(stated, n, rng)
    else:
        population = stated
        z = core.normal_indicators(population, n, rng)
    absent = core.missing_cells(population.missing, n, form.together, rng)
    codes = rng.choice(form.codes, size=z.shape) if form.codes else np.full(z.shape, np.nan)
    values = np.empty_like(z)
    for i in range(z.shape[1]):
        share = exact[i] if i in exact else _shares(z[:, i], grid, form, population, i)
        turned = 1.0 - share if grid.reversed[i] else share
        values[:, i] = grid.low[i] + (grid.high[i] - grid.low[i]) * turned
    if form.answers == "integer":
        values = values.round()
    frame = pd.DataFrame(np.where(absent, codes, values), columns=list(model.indicators))
    whole = (frame == frame.round()).all() & (form.answers == "integer")
    return frame.astype(dict.fromkeys(frame.columns[whole], np.int64))


def _shares(z: Array, grid: Grid, form: Form, population: Population, i: int) -> Array:
    mean, sd = float(population.mean[i]), float(population.sd[i])
    if form.answers == "continuous":
        return core.continuous(z, mean, sd, form.distribution)
    levels = int(grid.high[i] - grid.low[i]) + 1
    return core.graded(z, levels, mean, sd, form.distribution)


def _generator(rng: object) -> np.random.Generator:
    if isinstance(rng, np.random.Generator):
        return rng
    whole = isinstance(rng, int | np.integer) and not isinstance(rng, bool)
    if not whole and not isinstance(rng, np.random.SeedSequence):
        raise ArgumentTypeError(
            f"rng is {rng!r}. Give a whole number, a numpy Generator or a SeedSequence."
        )
    if whole and cast(int, rng) < 0:
        raise OptionError(f"rng is {rng}. A seed is a whole number from 0 up.")
    return np.random.default_rng(cast("int | np.random.SeedSequence", rng))


def _codes(given: object) -> tuple[float, ...]:
    if given is None:
        return ()
    several = isinstance(given, Iterable) and not isinstance(given, str)
    codes = tuple(given) if several else (given,)  # type: ignore[arg-type]
    if not codes:
        raise OptionError("missing_code is empty. Give a code, or leave it out for NaN.")
    return tuple(number(code, "missing_code") for code in codes)


def _checked_groups(
    groups: object, model: Model, n: int
) -> tuple[str, Mapping[str, Mapping[str, Any]]]:
    """Return the column of the groups and what is stated of each."""
    if not isinstance(groups, Mapping) or len(groups) != 1:
        raise ArgumentTypeError(
            f"groups is {groups!r}. Give one column and its groups, such as "
            "{'firm': {'Alfa': {'means': 80}, 'Beta': {}}}."
        )
    ((column, settings),) = groups.items()
    if not isinstance(settings, Mapping) or not settings:
        raise ArgumentTypeError(
            f"groups names no group of {column!r}. Give a mapping from groups to what differs."
        )
    if not isinstance(column, str) or column in model.indicators:
        raise OptionError(
            f"The column of the groups is {column!r}. Name it by a text that is no item."
        )
    if n < len(settings):
        raise OptionError(f"n is {n}, but there are {len(settings)} groups. Raise n.")
    for label, own in settings.items():
        _check_group(label, own)
    return column, settings


def _check_group(label: object, own: object) -> None:
    if not isinstance(own, Mapping):
        raise ArgumentTypeError(
            f"Group {label!r} is given {own!r}. Give a mapping such as {{'means': 80}}, or {{}}."
        )
    unknown = [name for name in own if name not in SETTINGS]
    if unknown:
        raise OptionError(
            f"Group {label!r} states {unknown[0]!r}. Groups can differ in {', '.join(SETTINGS)}."
            + did_you_mean(str(unknown[0]), SETTINGS)
        )


def _check_model(model: object) -> None:
    if not isinstance(model, Model):
        raise ArgumentTypeError(
            f"The model is a {type(model).__name__}. Use csi.model() or csi.models.acsi()."
        )


def _check_sizes(n: object, together: object) -> None:
    if isinstance(n, bool) or not isinstance(n, int | np.integer) or not 1 <= n <= LARGEST_SAMPLE:
        raise OptionError(f"n is {n!r}. Give a number of respondents, 1 to {LARGEST_SAMPLE:,}.")
    if not 0 <= number(together, "missing_together") <= 1:
        raise OptionError(f"missing_together is {together!r}. Give a number from 0 to 1.")


def _check_choice(what: str, value: object, known: tuple[str, ...]) -> None:
    if not isinstance(value, str) or value not in known:
        raise OptionError(
            f"{what} is {value!r}. Known: {', '.join(known)}.{did_you_mean(str(value), known)}"
        )

"""The bootstrap of a fit, or of the fits of groups."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Any, Literal, get_args

import numpy as np

from csi.admissibility import large_errors
from csi.core.design import units
from csi.core.intervals import Method, standard_errors
from csi.core.resample import BLOCK, Given, Resamples, check_seed, stream
from csi.declared import check_choice
from csi.errors import (
    ArgumentTypeError,
    EstimationError,
    InadmissibleWarning,
    OptionError,
    listing,
    warn,
)
from csi.groups import Fits
from csi.resampling.bootstraps import (
    Bootstrap,
    Bootstraps,
    FunctionBootstrap,
    check_function_interval,
    check_interval,
    looped,
)
from csi.resampling.bucketing import BucketEngine
from csi.resampling.draws import Draws
from csi.resampling.engine import Engine, Part, Signs
from csi.resampling.functions import Function, Statistic, identity
from csi.resampling.runs import Running, carry_out, cut, in_turn
from csi.results import Fit

FEWEST = 100
"""Resamples below which there are no intervals."""

MOST = 1_000_000
"""Resamples beyond which memory runs out before anything is learned."""

MANY_ROWS = 10_000
"""Rows from which clusters are summed before they are drawn."""

WORTH_A_WARNING, TOO_MANY = 0.01, 0.20
"""Shares of failed and inadmissible resamples."""

Design = Literal["rescaled", "with_replacement"]


def bootstrap(
    fit: Fit | Fits,
    statistic: Statistic | None = None,
    *,
    n_boot: int = 5000,
    rng: int | np.random.Generator | None = None,
    interval: Method = "percentile",
    level: float = 0.95,
    signs: Signs = "construct",
    method: Design | None = None,
    resamples: object = None,
    buckets: int | None = None,
    max_failed: float = TOO_MANY,
    n_inner: int = 50,
    n_jobs: int = 1,
    progress: bool | None = None,
    checkpoint: object = None,
) -> Any:
    """Find out how much the numbers of a fit depend on who was asked.

    Respondents are drawn with replacement, and everything is estimated anew
    from each resample: weights, loadings, paths, direct, indirect (also along
    each route) and total effects, R2, construct correlations, HTMT,
    reliabilities, indices and impacts, in one pass.

    With sampling weights, respondents keep theirs. Where clusters or strata are
    declared, whole clusters are drawn within strata, one less than there are,
    and rescaled (Rao, Wu and Yue 1992). Frequency weights stand for as many
    respondents.

    Resample b is the same for any number of workers, and the first resamples of
    a longer run with the same ``rng`` are those of a shorter one.

    Parameters
    ----------
    fit : Fit or Fits
        The fit; or the fits of groups, each of which is bootstrapped.
    statistic : callable, optional
        Any function of a fit that returns a number, several of them, a Series or
        a mapping; it is computed instead.
    n_boot : int
        Resamples, from 100 to 1,000,000.
    rng : int, numpy.random.Generator or None
        Seed.
    interval : {"percentile", "basic", "normal", "bca", "studentized"}
        Kind of the confidence limits; ``with_interval`` changes it afterwards.
        For clusters and strata, ``"normal"`` takes Student's t with as many
        degrees of freedom as there are clusters (or respondents) less strata;
        with few clusters that is the kind to use.
    level : float
        Confidence level.
    signs : {"construct", "individual", "none"}
        How the signs of a resample follow those of the fit. ``"construct"``
        turns a construct whose loadings run against those of the fit;
        ``"individual"`` besides gives each weight, loading and path the sign it
        has in the fit, which hides that a sign is in doubt; ``"none"`` leaves
        every construct pointing along the sum of its items.
    method : {"rescaled", "with_replacement"}, optional
        How clusters are drawn; ``"rescaled"`` without clusters draws respondents.
    resamples : (n_boot, n) array of int, optional
        Resamples drawn elsewhere: for each, the positions of n respondents among
        the rows used, from 0. With frequency weights n is their sum.
    buckets : int, optional
        For samples of hundreds of thousands: deal the respondents (or clusters,
        within strata) at random into so many buckets, and draw buckets. Resamples
        then cost the same whatever the number of respondents. What is lost: the
        errors rest on differences between buckets, so that a standard error is
        itself off by about ``1 / sqrt(2 (buckets - strata))``, 2.2 % for 1,000
        buckets, however many resamples there are. As many buckets as there are
        clusters lose nothing: each holds one cluster.
    max_failed : float
        Largest share of failed and inadmissible resamples that is accepted. Negative
        variances of `csi.CBSEM` are counted, but accepted: they vary about small ones.
    n_inner : int
        Resamples of each resample, for studentized limits.
    n_jobs : int
        Workers; -1 for one per core.
    progress : bool, optional
        Whether to show a bar; by default one is shown if it takes long.
    checkpoint : path, optional
        File that keeps what is done, so that the same call takes it up again;
        it needs ``rng``. A statistic is known by its code and the values it
        holds; name another file if something else changes that it uses.

    Returns
    -------
    Bootstrap, Bootstraps or FunctionBootstrap
        For a fit, for the fits of groups, or for a statistic.

    Raises
    ------
    RowsRequiredError
        If the fit holds no respondents.
    OptionError
        If an option has no meaning.
    EstimationError
        If too many resamples fail.

    Warns
    -----
    InadmissibleWarning
        If at least 1 % of the resamples failed or are inadmissible, or the
        standard error of a path is more than 100 times the usual.

    References
    ----------
    Efron, B. (1987). Better bootstrap confidence intervals. Journal of the
    American Statistical Association 82(397), 171-185.
    doi:10.1080/01621459.1987.10478410

    Rao, J. N. K., Wu, C. F. J. and Yue, K. (1992). Some recent work on
    resampling methods for complex surveys. Survey Methodology 18(2), 209-217.

    Examples
    --------
    >>> import csi
    >>> fit = csi.fit(csi.models.acsi(), csi.demo_survey())
    >>> boot = csi.bootstrap(fit, n_boot=500, rng=1)
    >>> boot.indices.columns.tolist()
    ['construct', 'estimate', 'se', 'lower', 'upper', 'p', 'failed', 'n']
    >>> boot.with_interval("bca").interval
    'bca'
    """
    check_interval(interval, level)
    check_choice("signs", signs, get_args(Signs))
    check_number("n_boot", n_boot, FEWEST if resamples is None else 1, MOST)
    check_number("n_inner", n_inner, 2)
    check_share(max_failed)
    if method is not None:
        check_choice("method", method, get_args(Design))
    if buckets is not None:
        _check_buckets(buckets, statistic, resamples)
    running = Running.of(n_jobs, progress, checkpoint)
    seed = check_seed(rng)
    if isinstance(fit, Fits):
        if statistic is not None or resamples is not None or checkpoint is not None:
            raise OptionError(
                "A statistic, resamples and a checkpoint belong to one fit. Bootstrap the groups "
                "one by one: csi.bootstrap(fits['A'], ...)."
            )
        return _groups(
            fit, n_boot, seed, interval, level, signs, method, buckets, max_failed, n_inner, running
        )
    if not isinstance(fit, Fit):
        raise ArgumentTypeError(
            f"bootstrap takes a fit; found {type(fit).__name__}. Use csi.fit(model, data) first."
        )
    if checkpoint is not None and rng is None and resamples is None:
        raise OptionError(
            "A checkpoint without rng can never be taken up: every call draws other resamples. "
            "Give rng=, such as 1."
        )
    by_rows = statistic is not None or resamples is not None
    engine = Engine.of(fit, signs) if by_rows else _engine(fit, signs, buckets, seed)
    drawn = _drawn(engine, seed, method, resamples)
    number = drawn.number if isinstance(drawn, Given) else n_boot
    given = None if isinstance(drawn, Given) else seed
    if statistic is not None:
        if signs == "individual":
            raise OptionError(
                "signs='individual' has no meaning for a function of a whole fit. Give "
                "'construct' or 'none'."
            )
        check_function_interval(interval)
        function = Function.of(fit, statistic, drawn, signs)
        key = _key(engine, drawn, running, statistic)
        part = looped(function, number, running, key)
        accept(part, max_failed)
        return FunctionBootstrap(
            fit, Draws(function.estimate, part, given), function.names, interval, level, function,
            running.n_jobs,
        )  # fmt: skip
    part = _resampled(engine, drawn, number, running)
    accept(part, max_failed)
    _warn_of_explosion(engine, part)
    draws = Draws(engine.estimate, part, given)
    return Bootstrap(fit, draws, interval, level, engine, drawn, n_inner)


def _groups(
    fits: Fits, n_boot: int, seed: int, interval: Method, level: float, signs: Signs,
    method: Design | None, buckets: int | None, max_failed: float, n_inner: int, running: Running,
) -> Bootstraps:  # fmt: skip
    """Bootstrap every group from streams of its own."""
    seeds = dict(zip(fits, group_seeds(seed, len(fits)), strict=True))
    engines = {g: _engine(fit, signs, buckets, seeds[g]) for g, fit in fits.items()}
    drawn = {group: engine.resamples(seeds[group], method) for group, engine in engines.items()}

    batched = all(engine.batched for engine in engines.values())
    # what keeps Python busy has processes for its resamples, not threads for its groups
    outer, inner = (running.n_jobs, 1) if batched else (1, running.n_jobs)

    def work(group: Any) -> Part:
        alone = Running(inner, progress=False)
        return _resampled(engines[group], drawn[group], n_boot, alone)

    parts = in_turn(work, list(engines), replace(running, n_jobs=outer), "groups")
    members = {}
    for (group, engine), part in zip(engines.items(), parts, strict=True):
        accept(part, max_failed, f" ({fits.by} {group})")
        _warn_of_explosion(engine, part, f" ({fits.by} {group})")
        draws = Draws(engine.estimate, part, seeds[group])
        members[group] = Bootstrap(
            fits[group], draws, interval, level, engine, drawn[group], n_inner
        )
    return Bootstraps(fits.by, members, seed)


def group_seeds(seed: int, number: int) -> list[int]:
    """Return a seed of its own for each of several groups."""
    return [int(stream(seed, 0, position).integers(2**63)) for position in range(number)]


def _engine(fit: Fit, signs: Signs, buckets: int | None, seed: int) -> Engine:
    engine = Engine.of(fit, signs)
    number = _clusters(engine) if buckets is None else int(buckets)
    return engine if number is None else BucketEngine.over(engine, number, seed)


def _clusters(engine: Engine) -> int | None:
    """Return the number of clusters, if there are so many rows that their sums pay.

    A bucket for each cluster loses nothing: clusters are drawn as a whole.
    """
    answers = engine.fit.data
    assert answers is not None
    design = answers.sampling
    if design is None or design.clusters is None or len(answers.rows) < MANY_ROWS:
        return None
    number = len(units(design, answers.copies)[0])
    return number if engine.batched and 2 * number <= len(answers.rows) else None


def _drawn(engine: Engine, seed: int, method: str | None, resamples: object) -> Resamples:
    if resamples is None:
        return engine.resamples(seed, method)
    if method is not None:
        raise OptionError(f"method is {method!r}, but resamples were given. Leave out one of them.")
    answers = engine.fit.data
    assert answers is not None
    return Given.of(resamples, len(answers.rows), size=int(answers.copies.sum()))


def _resampled(engine: Engine, drawn: Resamples, number: int, running: Running) -> Part:
    """Compute the numbers of all resamples."""
    key = _key(engine, drawn, running)
    if not engine.batched:
        return looped(Function.of(engine.fit, engine.of_fit, drawn), number, running, key)

    def work(start: int, stop: int) -> Part:
        # a block is always computed whole, so that its numbers do not depend on n_boot
        return engine.of_multipliers(drawn.pieces(start // BLOCK)).first(stop - start)

    return carry_out(work, cut(number, BLOCK, BLOCK), running, processes=False, key=key)


def _key(
    engine: Engine, drawn: Resamples, running: Running, statistic: Statistic | None = None
) -> str:
    """Identify a run, so that a checkpoint is not taken up by another one."""
    if running.checkpoint is None:
        return ""
    fit = engine.fit
    answers = fit.data
    assert answers is not None
    facts = [
        str(fit.model), fit.estimator.estimate, fit.index_weights, fit.scale, engine.signs,
        answers.given, answers.weights, answers.weight_type, answers.missing,
        type(engine).__name__, drawn, statistic,
    ]  # fmt: skip
    return hashlib.sha256(identity(facts).encode()).hexdigest()


def accept(part: Part, max_failed: float, where: str = "") -> None:
    """Warn of failed resamples, or refuse to go on if there are too many.

    Raises
    ------
    EstimationError
        If more than a share ``max_failed`` failed or is inadmissible.
    """
    number, bad = len(part.why), int(part.bad.sum())
    refused = int(part.unusable.sum()) > max_failed * number
    if bad < WORTH_A_WARNING * number and not refused:
        return
    reasons = listing(f"{why} ({times})" for why, times in part.reasons.items())
    found = f"{bad} of {number} resamples{where} failed or are inadmissible: {reasons}."
    if refused:
        raise EstimationError(
            f"{found} What is left would not be a fair picture of the uncertainty. Look at the fit "
            "with fit.problems, simplify the model, or accept it with max_failed=1."
        )
    warn(
        f"{found} Failed ones are left out, inadmissible ones kept; either makes intervals "
        "somewhat wrong, as what is left was selected.",
        InadmissibleWarning,
    )


def _warn_of_explosion(engine: Engine, part: Part, where: str = "") -> None:
    """Warn of paths that resamples say nothing of, as their predictors are almost the same."""
    fit = engine.fit
    se = standard_errors(part.values[engine.quantities.places["paths"]])
    found = large_errors(fit.model, fit.estimates, se, fit.moments.effective_n)
    if found:
        warn(" ".join(found) + where, InadmissibleWarning)


def check_number(name: str, value: object, fewest: int, most: int | None = None) -> None:
    """Refuse what is no number of resamples."""
    whole = isinstance(value, int | np.integer) and not isinstance(value, bool)
    if not whole or value < fewest:  # type: ignore[operator]
        raise OptionError(f"{name} is {value!r}. Give a whole number from {fewest}.")
    if most is not None and value > most:  # type: ignore[operator]
        raise OptionError(f"{name} is {value:,}. Give {most:,} at most: all of them are kept.")


def _check_buckets(buckets: object, statistic: object, resamples: object) -> None:
    check_number("buckets", buckets, 2)
    if statistic is not None or resamples is not None:
        raise OptionError(
            f"buckets is {buckets}, but {'a statistic' if resamples is None else 'resamples'} "
            "needs the respondents one by one. Leave out buckets."
        )


def check_share(value: object) -> None:
    """Refuse what is no share of resamples."""
    real = isinstance(value, int | float | np.number) and not isinstance(value, bool)
    if not real or not 0 <= value <= 1:  # type: ignore[operator]
        raise OptionError(f"max_failed is {value!r}. Give a share of resamples, from 0 to 1.")

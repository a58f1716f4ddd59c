"""Groups compared: a bootstrap of each, and exchanges of respondents between two."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations
from typing import Literal, get_args

import numpy as np

from csi.comparing.differences import Adjustment, Comparison, Interval, Pair, Permutation
from csi.comparing.group_indices import check_adjustment
from csi.comparing.permuting import Exchange, hindrance
from csi.comparing.pooling import as_groups, check_alike, pool, together, warn_of_shared_clusters
from csi.core.differences import apart
from csi.core.permutation import two_sided
from csi.core.resample import BLOCK, check_seed, stream
from csi.declared import check_choice
from csi.errors import DataQualityWarning, EstimationError, listing, warn
from csi.groups import Fits
from csi.resampling.bootstrapping import (
    FEWEST,
    MOST,
    TOO_MANY,
    accept,
    bootstrap,
    check_number,
    check_share,
)
from csi.resampling.bootstraps import CHUNK, Bootstraps, check_interval
from csi.resampling.engine import Engine, Part, aligned
from csi.resampling.inference import undefined
from csi.resampling.quantities import batch_of_one
from csi.resampling.runs import Running, carry_out, cut
from csi.results import Fit

Signs = Literal["construct", "none"]

FEWEST_PERMUTATIONS = 99


def compare(
    a: Fit | Fits,
    b: Fit | None = None,
    *,
    names: tuple[str, str] | None = None,
    n_boot: int = 5000,
    n_perm: int = 5000,
    rng: int | np.random.Generator | None = None,
    adjust: Adjustment = "holm",
    interval: Interval = "percentile",
    level: float = 0.95,
    signs: Signs = "construct",
    max_failed: float = TOO_MANY,
    n_jobs: int = 1,
    progress: bool | None = None,
) -> Comparison:
    """Compare groups: paths, effects, weights, loadings, R2, indices and impacts.

    Intervals come from independent bootstraps of the groups. The permutation
    test pools the respondents of two groups, hands out the labels at random and
    estimates both groups anew each time; it asks how often chance alone makes a
    difference as large as the one that was seen [1]_.

    Survey weights stay with their respondent. In strata respondents exchange
    labels within their stratum. Clusters cannot be exchanged; such groups are
    compared by the bootstrap of clusters alone.

    Parameters
    ----------
    a : Fit or Fits
        The first group; or the fits of several groups, of which every pair is
        compared.
    b : Fit, optional
        The second group.
    names : (str, str), optional
        What two groups are called; by default by column and group, such as
        ``"firm Alfa"``, if they come from `csi.fit_by`.
    n_boot : int
        Resamples of each group.
    n_perm : int
        Permutations of each pair; 0 for none, which is far quicker where there
        are many pairs.
    rng : int, numpy.random.Generator or None
        Seed.
    adjust : {"holm", "hochberg", "bonferroni", "bh", "by", "none"}
        How p values are adjusted for all rows of a table, that is for the
        numbers of a family and the pairs of groups. Numbers that cannot vary,
        such as the weight of a single item, do not count.
    interval : {"percentile", "basic", "normal", "bca"}
        Kind of the confidence limits; ``"normal"`` takes the normal distribution
        for every sample (``p_welch`` takes Student's t).
    level : float
        Confidence level.
    signs : {"construct", "none"}
        ``"construct"`` lets the constructs of every group, resample and
        permutation point in one direction, that of the fit of all respondents;
        ``"none"`` leaves every construct pointing along the sum of its items.
    max_failed : float
        Largest share of failed and inadmissible resamples that is accepted.
    n_jobs : int
        Workers; -1 for one per core.
    progress : bool, optional
        Whether to show a bar; by default one is shown if it takes long.

    Returns
    -------
    Comparison

    Raises
    ------
    RowsRequiredError
        If a fit holds no respondents.
    OptionError
        If the fits differ in model, items, coding or settings, or an option has
        no meaning.
    EstimationError
        If too many resamples fail, or a construct points in different
        directions in the groups.

    Warns
    -----
    DataQualityWarning
        If respondents cannot exchange their labels, or groups share clusters:
        their bootstraps are independent, and the errors of differences then
        too large where respondents of a cluster are alike.
    InadmissibleWarning
        If at least 1 % of the resamples failed or are inadmissible.

    Notes
    -----
    The hypothesis of the permutation test is that both groups come from one
    population. If only some numbers are equal, and the groups differ in other
    respects and in size, its p value of an equal number can be too small or too
    large; the interval and ``p_bootstrap`` do not assume more than they say.
    ``p_welch`` and ``p_henseler`` are there to compare with other programs [2]_
    [3]_; the former does not shrink the errors by (n - 1) / n as [3]_ does.

    References
    ----------
    .. [1] Chin, W. W. and Dibbern, J. (2010). An introduction to a permutation
       based procedure for multi-group PLS analysis. In Handbook of Partial Least
       Squares, 171-193. doi:10.1007/978-3-540-32827-8_8
    .. [2] Henseler, J., Ringle, C. M. and Sinkovics, R. R. (2009). The use of
       partial least squares path modeling in international marketing. Advances
       in International Marketing 20, 277-319.
       doi:10.1108/S1474-7979(2009)0000020014
    .. [3] Sarstedt, M., Henseler, J. and Ringle, C. M. (2011). Multigroup
       analysis in partial least squares (PLS) path modeling. Advances in
       International Marketing 22, 195-218. doi:10.1108/S1474-7979(2011)0000022012

    Examples
    --------
    >>> import csi
    >>> fits = csi.fit_by(csi.models.acsi(), csi.demo_survey(), by="firm")
    >>> firms = list(fits)
    >>> compared = csi.compare(fits[firms[0]], fits[firms[1]], n_boot=500, n_perm=499, rng=1)
    >>> compared.indices.columns.tolist()[2:7]
    ['construct', 'a', 'b', 'difference', 'se']
    """
    check_adjustment(adjust)
    check_interval(interval, level)
    check_choice("interval", interval, get_args(Interval))
    check_choice("signs", signs, get_args(Signs))
    check_number("n_boot", n_boot, FEWEST, MOST)
    if n_perm != 0 or isinstance(n_perm, bool):
        check_number("n_perm", n_perm, FEWEST_PERMUTATIONS, MOST)
    check_share(max_failed)
    running = Running.of(n_jobs, progress, None)
    seed = check_seed(rng)
    fits = as_groups(a, b, names)
    check_alike(fits)
    warn_of_shared_clusters(fits)
    reference = pool(list(fits.values()))
    if signs == "construct":
        _check_directions(fits, reference)
    boots: Bootstraps = bootstrap(
        fits, n_boot=n_boot, rng=seed, interval=interval, level=level, signs=signs,
        max_failed=max_failed, n_jobs=n_jobs, progress=progress,
    )  # fmt: skip
    permutations = {}
    pairs = list(combinations(fits, 2)) if n_perm else []
    fixed = _without_exchange(fits, pairs)
    for position, pair in enumerate(pairs):
        if pair not in fixed:
            own = int(stream(seed, 1, position).integers(2**63))
            exchange = _exchange(reference, fits, pair, signs, own)
            part = _permuted(exchange, n_perm, running)
            accept(part, max_failed, f" with exchanged respondents ({pair[0]} and {pair[1]})")
            difference = apart(*(boots[group].draws.estimate for group in pair))
            p = two_sided(difference, part.values)
            permutations[pair] = Permutation(p, undefined(part.values), n_perm, part.reasons)
    return Comparison(fits.by, dict(fits), boots, permutations, adjust, interval, level)


def _without_exchange(fits: Fits, pairs: list[Pair]) -> set[Pair]:
    """Return the pairs whose respondents cannot exchange labels, and warn once of each reason."""
    found = {pair: hindrance((fits[pair[0]], fits[pair[1]])) for pair in pairs}
    for why in dict.fromkeys(filter(None, found.values())):
        told = [f"{a} and {b}" for (a, b), own in found.items() if own == why]
        warn(
            f"{listing(told, 3)} are compared without permutations: {why}. p_permutation is "
            "missing; rely on p_bootstrap, or give n_perm=0 to go without this warning.",
            DataQualityWarning,
        )
    return {pair for pair, why in found.items() if why}


def _exchange(reference: Fit, fits: Fits, pair: Pair, signs: Signs, seed: int) -> Exchange:
    groups = fits[pair[0]], fits[pair[1]]
    whole = Engine.of(replace(reference, data=together(groups)), signs)
    return Exchange.of(whole, groups, seed)


def _permuted(exchange: Exchange, n_perm: int, running: Running) -> Part:
    """Return the differences of both groups in every permutation."""

    def work(start: int, stop: int) -> Part:
        a, b = exchange(start, stop)
        why = np.where(a.failed, a.why, b.why)
        return Part(apart(a.values, b.values), why, a.impossible | b.impossible)

    batched = exchange.whole.batched
    tasks = cut(n_perm, BLOCK, BLOCK if batched else CHUNK)
    return carry_out(work, tasks, running, processes=not batched, what="permutations")


def _check_directions(fits: Fits, reference: Fit) -> None:
    """Refuse constructs whose loadings in a group run against those of everybody."""
    for group, fit in fits.items():
        _, found = batch_of_one(fit)
        turned = aligned(found, reference, "construct")
        against = (turned.loadings != found.loadings).any(axis=(0, 2))
        names = [name for name, other in zip(fit.model.names, against, strict=True) if other]
        if names:
            raise EstimationError(
                f"{listing(names)} of {group} points against the same construct of all groups "
                "together: its items do not hang together in the same way. Look for items coded "
                "the other way round in one group, or compare with signs='none'."
            )

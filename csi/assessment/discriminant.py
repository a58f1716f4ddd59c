"""Whether constructs are told apart: Fornell-Larcker, HTMT, HTMT2, cross-loadings."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd

from csi.assessment.measurement import Block, blocks, limits
from csi.core import intervals
from csi.core.replicates import t_limits
from csi.core.resample import BLOCK
from csi.core.types import Array
from csi.core.validity import (
    block_sums,
    geometric_heterotrait_monotrait,
    heterotrait_monotrait,
)
from csi.declared import check_flags
from csi.resampling.bootstraps import Bootstrap
from csi.resampling.inference import Inference
from csi.results import Fit

ONE_SIDED = 0.95
"""Level of the one-sided limits of HTMT, whatever the level of the bootstrap."""

TWO_SIDED = 2 * ONE_SIDED - 1
"""Level of two-sided limits that have these limits above."""

MOST_UNDEFINED = 0.20
"""Share of resamples without HTMT2 beyond which those with one say nothing of its limits."""

LIMITS = ("lower", "upper", "upper_one_sided")


def fornell_larcker(fit: Fit) -> pd.DataFrame:
    """Compare every correlation of two constructs with the root of their AVE.

    The criterion holds if the correlation is smaller in size than both roots. The
    root is 1 for a single item, as in seminr and cSEM; composites have none, as
    their items need not agree. Under PLSc correlations and loadings are those
    corrected for attenuation, as in cSEM; seminr leaves the correlations as they are.

    Parameters
    ----------
    fit : Fit
        The fit.

    Returns
    -------
    DataFrame
        construct, other, correlation, root_ave, root_ave_other, holds (None where
        nothing can be said), why; one row for each pair.

    References
    ----------
    Fornell, C. and Larcker, D. F. (1981). Evaluating structural equation models
    with unobservable variables and measurement error. Journal of Marketing
    Research 18(1), 39-50. doi:10.1177/002224378101800104

    Examples
    --------
    >>> import csi
    >>> from csi.assessment.discriminant import fornell_larcker
    >>> table = fornell_larcker(csi.fit(csi.models.acsi(), csi.demo_survey()))
    >>> len(table)
    15
    """
    C, found = fit.estimates.construct_corr, blocks(fit)
    roots = [np.sqrt(_ave(block)) for block in found]
    rows = []
    for i, j in combinations(range(len(found)), 2):
        why = _why_not_compared(found[i], found[j])
        holds = None if why else bool(abs(C[i, j]) < min(roots[i], roots[j]))
        names = found[i].construct.name, found[j].construct.name
        rows.append((*names, C[i, j], roots[i], roots[j], holds, why))
    columns = ["construct", "other", "correlation", "root_ave", "root_ave_other", "holds", "why"]
    return pd.DataFrame(rows, columns=columns).astype({"holds": object})


def fornell_larcker_matrix(fit: Fit, *, squared: bool = False) -> pd.DataFrame:
    """Return AVE and construct correlations as one square table.

    Parameters
    ----------
    fit : Fit
        The fit.
    squared : bool
        Squared correlations with the AVE on the diagonal, as cSEM prints them;
        otherwise correlations with its root, as seminr does.

    Returns
    -------
    DataFrame
        Constructs in rows and columns; NaN on the diagonal for composites.

    Raises
    ------
    OptionError
        If ``squared`` is neither true nor false.

    Examples
    --------
    >>> import csi
    >>> from csi.assessment.discriminant import fornell_larcker_matrix
    >>> table = fornell_larcker_matrix(csi.fit(csi.models.acsi(), csi.demo_survey()))
    >>> float(table.loc["Complaints", "Complaints"])
    1.0
    """
    check_flags(squared=squared)
    square = fit.estimates.construct_corr**2 if squared else fit.estimates.construct_corr.copy()
    ave = np.array([_ave(block) for block in blocks(fit)])
    np.fill_diagonal(square, ave if squared else np.sqrt(ave))
    return pd.DataFrame(square, index=list(fit.model.names), columns=list(fit.model.names))


def _ave(block: Block) -> float:
    if not block.several:
        return 1.0
    if block.why_no_reliability:
        return np.nan
    return float((block.loadings**2).mean())


def _why_not_compared(one: Block, other: Block) -> str:
    """Say why two blocks are not compared; empty if they are."""
    for block, against in ((one, other), (other, one)):
        name = block.construct.name
        if block.construct.kind == "composite":
            return f"{name} is a composite, whose items need not agree"
        if against.construct.name in block.construct.indicators and block.construct.higher_order:
            return f"{against.construct.name} is a part of {name}"
    return ""


def htmt(fit: Fit, boot: Inference | None = None) -> pd.DataFrame:
    """Return the heterotrait-monotrait ratios of correlations of every pair of constructs.

    Three criteria: ``htmt`` averages absolute correlations, as SmartPLS and seminr do
    today; ``htmt_signed`` averages the correlations themselves, as Henseler, Ringle and
    Sarstedt (2015) wrote it and cSEM and matrixpls compute it; ``htmt2`` takes geometric
    means, which does not assume equal loadings, and is NaN if a correlation that enters
    is not positive, as in cSEM. A single item correlates 1 with itself. Composites and
    higher-order constructs have no such ratio.

    Judge them by ``upper_one_sided``, the upper limit of a one-sided 95 percent
    interval: two constructs are told apart if it is below 0.85 (0.90 where they are
    close in meaning). It is of the same kind as the other limits, but those of HTMT2 are
    percentile limits always, from the resamples in which it is defined; if it is
    undefined in more than a fifth of them, there are none.

    Parameters
    ----------
    fit : Fit
        The fit.
    boot : Bootstrap or Jackknife, optional
        What resampling found about it. Limits of HTMT2 need a bootstrap.

    Returns
    -------
    DataFrame
        construct, other, criterion, estimate, lower, upper, upper_one_sided, why.

    Raises
    ------
    OptionError
        If ``boot`` belongs to another fit.

    References
    ----------
    Henseler, J., Ringle, C. M. and Sarstedt, M. (2015). A new criterion for
    assessing discriminant validity in variance-based structural equation modeling.
    Journal of the Academy of Marketing Science 43(1), 115-135.
    doi:10.1007/s11747-014-0403-8

    Franke, G. and Sarstedt, M. (2019). Heuristics versus statistics in discriminant
    validity testing: a comparison of four procedures. Internet Research 29(3),
    430-447. doi:10.1108/IntR-12-2017-0515

    Roemer, E., Schuberth, F. and Henseler, J. (2021). HTMT2 - an improved criterion
    for assessing discriminant validity in structural equation modeling. Industrial
    Management & Data Systems 121(12), 2637-2650. doi:10.1108/IMDS-02-2021-0082

    Examples
    --------
    >>> import csi
    >>> from csi.assessment.discriminant import htmt
    >>> fit = csi.fit(csi.models.acsi(), csi.demo_survey())
    >>> table = htmt(fit, csi.bootstrap(fit, n_boot=200, rng=1))
    >>> bool((table.query("criterion == 'htmt'")["upper_one_sided"] < 1).all())
    True
    """
    tables = [_ratios(fit, boot, criterion) for criterion in ("htmt", "htmt_signed", "htmt2")]
    return pd.concat(tables).sort_index(kind="stable").reset_index(drop=True)


def _ratios(fit: Fit, boot: Inference | None, criterion: str) -> pd.DataFrame:
    """Return one criterion for every pair."""
    values, found = _matrix(fit.moments.corr, fit, criterion), blocks(fit)
    rows = []
    for i, j in combinations(range(len(found)), 2):
        why = _why_no_ratio(found[i]) or _why_no_ratio(found[j])
        value = np.nan if why else values[i, j]
        if not why and np.isnan(value):
            why = _why_undefined(fit, i, j)
        rows.append((found[i].construct.name, found[j].construct.name, criterion, value, why))
    table = pd.DataFrame(rows, columns=["construct", "other", "criterion", "estimate", "why"])
    ends = {"htmt": _htmt_limits, "htmt2": _htmt2_limits}.get(criterion, _no_limits)
    table = ends(fit, boot, table)
    return table[["construct", "other", "criterion", "estimate", *LIMITS, "why"]]


def _matrix(R: Array, fit: Fit, criterion: str) -> Array:
    """Return (k, k, ...) ratios; without meaning for constructs that have none."""
    model = fit.model.blocks
    if criterion == "htmt2":
        return geometric_heterotrait_monotrait(R, model)
    sums = block_sums(np.abs(R) if criterion == "htmt" else R, model)
    return heterotrait_monotrait(sums, model.sum(axis=0))


def _why_no_ratio(block: Block) -> str:
    name = block.construct.name
    if block.construct.higher_order:
        return f"{name} is of higher order"
    if block.construct.kind == "composite":
        return f"{name} is a composite, whose items need not agree"
    return ""


def _why_undefined(fit: Fit, i: int, j: int) -> str:
    """Name the two items of a pair of constructs that correlate least."""
    at = np.flatnonzero(fit.model.blocks[:, [i, j]].any(axis=1))
    R = fit.moments.corr[np.ix_(at, at)]
    a, b = np.unravel_index(int(R.argmin()), R.shape)
    names = [fit.moments.columns[at[k]] for k in (a, b)]
    return (
        f"{names[0]} and {names[1]} correlate {R[a, b]:.2f}, and the means need positive "
        "correlations"
    )


def _no_limits(fit: Fit, boot: Inference | None, table: pd.DataFrame) -> pd.DataFrame:
    return table.assign(**dict.fromkeys(LIMITS, np.nan))


def _htmt_limits(fit: Fit, boot: Inference | None, table: pd.DataFrame) -> pd.DataFrame:
    ends = limits(fit, boot, "htmt", table)
    if not isinstance(boot, Bootstrap):
        return table.assign(**ends, upper_one_sided=_student(fit, boot, table))
    wider = limits(fit, boot.with_interval(boot.interval, TWO_SIDED), "htmt", table)
    return table.assign(**ends, upper_one_sided=wider["upper"])


def _student(fit: Fit, boot: Inference | None, table: pd.DataFrame) -> Array:
    """Return one-sided upper limits by Student's t, from what has standard errors only."""
    se = limits(fit, boot, "htmt", table, ("se",))["se"].to_numpy()
    df = float(getattr(boot, "df", np.inf))
    return t_limits(table["estimate"].to_numpy(), se, TWO_SIDED, df).upper


def _htmt2_limits(fit: Fit, boot: Inference | None, table: pd.DataFrame) -> pd.DataFrame:
    if not isinstance(boot, Bootstrap):
        reason = "" if boot is None else "limits of HTMT2 need a bootstrap"
        return _no_limits(fit, boot, table).assign(
            why=table["why"].where(table["why"] != "", reason)
        )
    estimate, values = table["estimate"].to_numpy(), _resampled(boot)
    lost, number = np.isnan(values).sum(axis=1), values.shape[1]
    estimate = np.where(lost > MOST_UNDEFINED * number, np.nan, estimate)
    two = intervals.limits(estimate, values, "percentile", boot.level)
    one = intervals.limits(estimate, values, "percentile", TWO_SIDED)
    why = [
        f"undefined in {count} of {number} resamples" if count and not reason else reason
        for count, reason in zip(lost, table["why"], strict=True)
    ]
    return table.assign(lower=two.lower, upper=two.upper, upper_one_sided=one.upper, why=why)


def _resampled(boot: Bootstrap) -> Array:
    """Return HTMT2 of every pair in every resample, NaN where that failed."""
    products, number = boot.engine.products, boot.draws.number
    pairs = np.triu_indices(len(boot.fit.model.names), 1)
    parts = []
    for b in range(-(-number // BLOCK)):
        R = products.samples(products.sums(boot.resamples.pieces(b))).R
        parts.append(_matrix(R, boot.fit, "htmt2")[pairs])
    values = np.concatenate(parts, axis=1)[:, :number]
    values[:, boot.draws.part.failed] = np.nan
    return values


def cross_loadings(fit: Fit) -> pd.DataFrame:
    """Compare the loading of every item on its construct with its others.

    An item belongs where it loads highest in size. The items of a composite need not,
    and the construct of higher order that a construct is part of is not compared.
    Under PLSc loadings are corrected for attenuation, cross-loadings as well.

    Parameters
    ----------
    fit : Fit
        The fit.

    Returns
    -------
    DataFrame
        construct, indicator, loading, strongest_other, other_loading, difference (of
        their sizes), holds (None where nothing can be said), why.

    References
    ----------
    Chin, W. W. (1998). The partial least squares approach to structural equation
    modeling. In G. A. Marcoulides (ed.), Modern methods for business research,
    295-336. Lawrence Erlbaum.

    Examples
    --------
    >>> import csi
    >>> from csi.assessment.discriminant import cross_loadings
    >>> table = cross_loadings(csi.fit(csi.models.acsi(), csi.demo_survey()))
    >>> bool(table["holds"].all())
    True
    """
    rows = []
    for j, construct in enumerate(fit.model.constructs):
        others = [k for k in range(len(fit.model.names)) if k != j and not _holds(fit, k, j)]
        why = "" if others else "there is no other construct"
        if construct.kind == "composite":
            why = "composite: its items need not load highest on it"
        rows += [
            (construct.name, *_strongest(fit, int(i), j, others), why)
            for i in np.flatnonzero(fit.model.blocks[:, j])
        ]
    columns = [
        "construct", "indicator", "loading", "strongest_other", "other_loading", "difference",
        "why",
    ]  # fmt: skip
    table = pd.DataFrame(rows, columns=columns)
    known = (table["why"] == "") & table["difference"].notna()
    holds = [bool(d > 0) if k else None for d, k in zip(table["difference"], known, strict=True)]
    table.insert(6, "holds", pd.Series(holds, dtype=object))
    return table


def _holds(fit: Fit, whole: int, part: int) -> bool:
    """Whether one construct is a part of another."""
    construct = fit.model.constructs[whole]
    return construct.higher_order and fit.model.names[part] in construct.indicators


def _strongest(fit: Fit, i: int, j: int, others: list[int]) -> tuple[str, float, str, float, float]:
    """Return an item, its loading, and the construct it loads on most besides its own."""
    loadings, item = fit.estimates.loadings[i], fit.model.indicators[i]
    if not others:
        return item, loadings[j], "", np.nan, np.nan
    k = others[int(np.abs(loadings[others]).argmax())]
    return item, loadings[j], fit.model.names[k], loadings[k], abs(loadings[j]) - abs(loadings[k])

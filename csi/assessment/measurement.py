"""How well constructs are measured: reliability, indicators, unidimensionality.

A block is what measures a construct: its items or, for a higher-order construct,
the composites of its parts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from csi.assessment.covariance_measurement import reliability_limits
from csi.assessment.inputs import check_boot
from csi.core.collinearity import variance_inflation
from csi.core.consistent import rho_a
from csi.core.types import Array
from csi.core.validity import (
    average_variance_extracted,
    composite_reliability,
    cronbach_alpha,
    principal_reliability,
    raw_alpha,
)
from csi.covariance_fit import CovarianceFit
from csi.resampling.inference import Inference
from csi.resampling.quantities import Quantities
from csi.results import Fit
from csi.spec import Construct

CRITERIA = ("alpha", "alpha_raw", "rho_a", "rho_c", "ave")

COLLINEAR = "the correlations are singular: some variable follows from the others"
INDEFINITE = "the correlations are not positive semidefinite, so no VIF exists"


@dataclass(frozen=True, eq=False)
class Block:
    """What measures a construct.

    Attributes
    ----------
    construct : Construct
        The construct.
    members : tuple of str
        Its q items, or parts.
    corr : (q, q) array
        Their correlations; of parts, those of their composites.
    sd : (q,) array or None
        Standard deviations of the items, if they are known.
    weights, loadings : (q,) arrays
        Of the members.
    """

    construct: Construct
    members: tuple[str, ...]
    corr: Array
    sd: Array | None
    weights: Array
    loadings: Array

    @property
    def several(self) -> bool:
        """Whether there is more than one member."""
        return len(self.members) > 1

    @property
    def why_no_reliability(self) -> str:
        """Why agreement of the members says nothing; empty if it does."""
        if not self.several:
            return "single item"
        if self.construct.kind == "composite":
            return "composite: its indicators form it and need not agree"
        return ""


def blocks(fit: Fit) -> list[Block]:
    """Return the block of every construct, in the order of the model."""
    weights = fit.weights.groupby("construct", sort=False)["weight"]
    loadings = fit.loadings.groupby("construct", sort=False)["loading"]
    moments, W = fit.moments, fit.estimates.weights
    sd = moments.sd if moments.units == "raw" else None
    found = []
    for construct in fit.model.constructs:
        members, own = construct.indicators, None
        if construct.higher_order:
            parts = W[:, [fit.model.names.index(name) for name in members]]
            corr = parts.T @ moments.corr @ parts
        else:
            at = [moments.columns.index(name) for name in members]
            corr = moments.corr[np.ix_(at, at)]
            own = None if sd is None else sd[at]
        w, loading = (g.get_group(construct.name).to_numpy() for g in (weights, loadings))
        found.append(Block(construct, members, corr, own, w, loading))
    return found


def reliability(fit: Fit, boot: Inference | None = None, level: float = 0.95) -> pd.DataFrame:
    """Return the reliability and convergent validity of reflective constructs.

    Criteria are Cronbach's alpha of standardised items (``alpha``) and of the
    answers as they are (``alpha_raw``), Dijkstra and Henseler's ``rho_a``,
    Joereskog's composite reliability ``rho_c``, and the average variance
    extracted ``ave``. Under PLSc the last two use the corrected loadings. Of a
    higher-order construct they are computed from the composites of its parts.
    Of a covariance structure ``rho_c`` is omega (Bollen 1980), of the items as they
    are and with the covariances of their errors.

    seminr, cSEM and plspm call the alpha of standardised items Cronbach's alpha,
    and give no other. For a single item seminr and plspm (R) say 1, cSEM says
    nothing; nothing can be said, so it is NaN here. For items weighted in Mode B
    plspm (R) says alpha 0 and seminr rho_A 1; here alpha is that of the items, and
    rho_A is NaN, as it is defined for Mode A. plspm's ``DG.rho`` is not rho_C: see
    `unidimensionality`.

    Parameters
    ----------
    fit : Fit
        The fit.
    boot : Bootstrap or Jackknife, optional
        What resampling found about it, for the limits.
    level : float
        Confidence level of the limits that need no resamples: those of omega and AVE
        of a covariance structure, by the delta method.

    Returns
    -------
    DataFrame
        construct, criterion, estimate, lower, upper, why.

    Raises
    ------
    OptionError
        If ``boot`` belongs to another fit.

    References
    ----------
    Cronbach, L. J. (1951). Coefficient alpha and the internal structure of tests.
    Psychometrika 16(3), 297-334. doi:10.1007/BF02310555

    Dijkstra, T. K. and Henseler, J. (2015). Consistent partial least squares path
    modeling. MIS Quarterly 39(2), 297-316. doi:10.25300/MISQ/2015/39.2.02

    Fornell, C. and Larcker, D. F. (1981). Evaluating structural equation models
    with unobservable variables and measurement error. Journal of Marketing
    Research 18(1), 39-50. doi:10.1177/002224378101800104

    Joereskog, K. G. (1971). Statistical analysis of sets of congeneric tests.
    Psychometrika 36(2), 109-133. doi:10.1007/BF02291393

    Examples
    --------
    >>> import csi
    >>> from csi.assessment.measurement import reliability
    >>> table = reliability(csi.fit(csi.models.acsi(), csi.demo_survey()))
    >>> table["criterion"].head(5).to_list()
    ['alpha', 'alpha_raw', 'rho_a', 'rho_c', 'ave']
    """
    defined = Quantities.of(fit).rho_a
    rows = [
        (block.construct.name, *row)
        for block, able in zip(blocks(fit), defined, strict=True)
        for row in _criteria(block, bool(able))
    ]
    table = pd.DataFrame(rows, columns=["construct", "criterion", "estimate", "why"])
    found = [limits(fit, boot, name, table.query("criterion == @name")) for name in CRITERIA]
    ends = pd.concat(found).sort_index()
    table = table.assign(**ends)[["construct", "criterion", "estimate", "lower", "upper", "why"]]
    return _by_structure(fit, table, level) if isinstance(fit, CovarianceFit) else table


def _by_structure(fit: CovarianceFit, table: pd.DataFrame, level: float) -> pd.DataFrame:
    """Put omega and AVE of the covariance structure in the place of those of composites."""
    for criterion, known in reliability_limits(fit, level).items():
        measured = set(known.index[known["estimate"].notna()])
        own = (table["criterion"] == criterion) & table["construct"].isin(measured)
        at = table.index[own & (table["why"] == "")]
        values = known.loc[table.loc[at, "construct"]].to_numpy()
        table.loc[at, ["estimate", "lower", "upper"]] = values
    return table


def _criteria(block: Block, rho_a_defined: bool) -> list[tuple[str, float, str]]:
    """Return the criteria of a block: name, value, why there is none."""
    why = block.why_no_reliability
    if why:
        return [(name, np.nan, why) for name in CRITERIA]
    q = len(block.members)
    all_of_it, size = np.ones((q, 1), dtype=bool), np.array([q])
    own = block.loadings[:, None]
    no_raw = "" if block.sd is not None else "needs the standard deviations of the items"
    no_rho = "" if rho_a_defined else _no_rho_a(block)
    raw = rho = np.nan
    if block.sd is not None:
        raw = float(raw_alpha(block.corr, block.sd, all_of_it)[0])
    if rho_a_defined:
        w = block.weights[:, None]
        rho = float(rho_a(block.corr @ w, w, np.array([True]))[0])
    return [
        ("alpha", float(cronbach_alpha(block.corr, all_of_it)[0]), ""),
        ("alpha_raw", raw, no_raw),
        ("rho_a", rho, no_rho),
        ("rho_c", float(composite_reliability(own, size)[0]), ""),
        ("ave", float(average_variance_extracted(own, size)[0]), ""),
    ]


def _no_rho_a(block: Block) -> str:
    if block.construct.higher_order:
        return "higher order: rho_A is defined for items"
    return "rho_A is defined for PLS in Mode A"


def indicators(fit: Fit, boot: Inference | None = None) -> pd.DataFrame:
    """Return loadings, weights and collinearity of every indicator within its block.

    Read loadings and their squares (``reliability``, the share of an item's
    variance that its construct explains) where the construct is reflective, weights
    and variance inflation where it is a composite in Mode B. The parts of a
    higher-order construct stand below it as its indicators. ``vif`` is that of
    an item given all others of its block: 1 for a single item, as in seminr.

    Parameters
    ----------
    fit : Fit
        The fit.
    boot : Bootstrap or Jackknife, optional
        What resampling found about it, for the limits and the p value of weights.

    Returns
    -------
    DataFrame
        construct, indicator, loading, lower, upper (of the loading), reliability,
        weight, weight_lower, weight_upper, weight_p, rest (mean correlation with the
        other items of the block), alpha_without, rho_c_without, ave_without (of the
        other items, with the loadings they have), vif, why.

    Raises
    ------
    OptionError
        If ``boot`` belongs to another fit.

    References
    ----------
    Hair, J. F., Risher, J. J., Sarstedt, M. and Ringle, C. M. (2019). When to use
    and how to report the results of PLS-SEM. European Business Review 31(1), 2-24.
    doi:10.1108/EBR-11-2018-0203

    Examples
    --------
    >>> import csi
    >>> from csi.assessment.measurement import indicators
    >>> table = indicators(csi.fit(csi.models.acsi(), csi.demo_survey()))
    >>> bool((table["vif"] >= 1).all())
    True
    """
    table = pd.concat([_of_block(block) for block in blocks(fit)], ignore_index=True)
    loading = limits(fit, boot, "loadings", table)
    weight = limits(fit, boot, "weights", table, ("lower", "upper", "p")).add_prefix("weight_")
    table = table.assign(**loading, **weight)
    return table[
        [
            "construct", "indicator", "loading", "lower", "upper", "reliability", "weight",
            "weight_lower", "weight_upper", "weight_p", "rest", "alpha_without",
            "rho_c_without", "ave_without", "vif", "why",
        ]
    ]  # fmt: skip


def _of_block(block: Block) -> pd.DataFrame:
    vif, others = variance_inflation(block.corr), len(block.members) - 1
    return pd.DataFrame(
        {
            "construct": block.construct.name,
            "indicator": block.members,
            "loading": block.loadings,
            "reliability": block.loadings**2,
            "weight": block.weights,
            "rest": (block.corr.sum(axis=0) - 1) / others if others else np.nan,
            **_without_each(block),
            "vif": vif,
            "why": why_no_vif(vif),
        }
    )


def _without_each(block: Block) -> dict[str, Array]:
    """Return what reliability the other items have, without refitting the model."""
    q = len(block.members)
    found = {name: np.full(q, np.nan) for name in ("alpha", "rho_c", "ave")}
    if q > 1 and not block.why_no_reliability:
        size = np.array([q - 1])
        for i in range(q):
            kept = np.arange(q) != i
            own = block.loadings[kept, None]
            R = block.corr[np.ix_(kept, kept)]
            found["rho_c"][i] = composite_reliability(own, size)[0]
            found["ave"][i] = average_variance_extracted(own, size)[0]
            if q > 2:
                found["alpha"][i] = cronbach_alpha(R, np.ones((q - 1, 1), dtype=bool))[0]
    return {f"{name}_without": values for name, values in found.items()}


def why_no_vif(vif: Array) -> list[str]:
    """Say why variance inflation factors are infinite or missing."""
    return [INDEFINITE if np.isnan(v) else COLLINEAR if np.isinf(v) else "" for v in vif]


def unidimensionality(fit: Fit) -> pd.DataFrame:
    """Return the eigenvalues of every reflective block and what they say.

    A block measures one thing if the first eigenvalue of its correlations is above
    1 and the second below. ``dg_rho`` is the Dillon-Goldstein rho of plspm: the formula of
    rho_C, but with the loadings on the first principal component of the block alone;
    rho_C takes the loadings on the composite the model built, so the two differ a little
    (on the ECSI mobile-phone study .8193 and .8189 for the image). Neither is
    computed for composites, whose items need not agree; plspm (R) says 0 for them.

    Parameters
    ----------
    fit : Fit
        The fit.

    Returns
    -------
    DataFrame
        construct, indicators (how many), first, second, alpha, dg_rho,
        unidimensional (None where nothing can be said), why; one row for each
        construct, labelled by it.

    References
    ----------
    Tenenhaus, M., Esposito Vinzi, V., Chatelin, Y.-M. and Lauro, C. (2005). PLS path
    modeling. Computational Statistics & Data Analysis 48(1), 159-205.
    doi:10.1016/j.csda.2004.03.005

    Examples
    --------
    >>> import csi
    >>> from csi.assessment.measurement import unidimensionality
    >>> table = unidimensionality(csi.fit(csi.models.acsi(), csi.demo_survey()))
    >>> table.loc["Satisfaction", "unidimensional"]
    True
    """
    columns = [
        "construct", "indicators", "first", "second", "alpha", "dg_rho", "unidimensional", "why",
    ]  # fmt: skip
    rows = [_dimensions(block) for block in blocks(fit)]
    table = pd.DataFrame(rows, columns=columns, index=list(fit.model.names))
    return table.astype({"unidimensional": object})


def _dimensions(block: Block) -> tuple[object, ...]:
    name, q, why = block.construct.name, len(block.members), block.why_no_reliability
    if why:
        return name, q, np.nan, np.nan, np.nan, np.nan, None, why
    second, first = np.linalg.eigvalsh(block.corr)[-2:].tolist()
    alpha = float(cronbach_alpha(block.corr, np.ones((q, 1), dtype=bool))[0])
    return name, q, first, second, alpha, principal_reliability(block.corr), second < 1 < first, ""


def limits(
    fit: Fit,
    boot: Inference | None,
    family: str,
    rows: pd.DataFrame,
    columns: Sequence[str] = ("lower", "upper"),
) -> pd.DataFrame:
    """Return what resampling found for the rows of a table, NaN where it has nothing."""
    check_boot(fit, boot)
    if boot is None or family not in boot.quantities.families:
        return pd.DataFrame(np.nan, index=rows.index, columns=list(columns))
    keys = list(boot.quantities.families[family].columns)
    known = boot.family(family).set_index(keys)[list(columns)]
    wanted = pd.MultiIndex.from_frame(rows[keys]) if len(keys) > 1 else rows[keys[0]]
    return known.reindex(wanted).set_axis(rows.index, axis=0)

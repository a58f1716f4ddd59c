"""Overall fit: indices, residual correlations, and the bootstrap test of exact fit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from csi.assessment.fit_values import (
    INDICES,
    NO_DF,
    index_values,
    sigma,
    structure_values,
    why_missing,
)
from csi.assessment.inputs import check_fit
from csi.assessment.null_population import DISTANCES, NullEngine, consistent, hindrance
from csi.core.checks import check_level
from csi.core.resample import BLOCK, Resamples, Simple, check_seed, stream
from csi.core.types import Array
from csi.covariance_fit import CovarianceFit
from csi.declared import check_flags
from csi.display import Summary
from csi.errors import EstimationError, OptionError, RowsRequiredError, listing
from csi.resampling.bootstrapping import FEWEST, MOST, TOO_MANY, check_number
from csi.resampling.engine import Part
from csi.resampling.runs import Running, carry_out, cut
from csi.results import Fit, Table

OF_COMPOSITES = "defined for composites, not for covariance structures"
MEASURED_ALONE = "needs the measurement model: fit it without paths, and read its SRMR"
NOT_OF_THIS_METHOD = "not defined for this method of estimation"
HIGHER_ORDER = "not defined for models with higher-order constructs"


def fit_indices(fit: Fit, saturated: bool = False) -> pd.DataFrame:
    """Return indices of overall fit: how well the model reproduces the correlations.

    A reflective construct is held to a common factor, whose loadings are to
    reproduce the correlations within its block; a composite reproduces them as
    they are. PLS without ``consistent=True`` overstates the loadings of
    reflective constructs, so that their indices look worse than those of the
    same weights declared as composites.

    All figures are those of cSEM, with three exceptions. d_G uses natural
    logarithms (cSEM base 10: smaller by the factor 5.3019). A single item counts
    for no parameter, as in cSEM if it is declared by ``<~``; declared by ``=~``
    it costs a degree of freedom there. GFI squares its matrices as lavaan does
    (cSEM multiplies them by their transpose). As in cSEM, residuals of constructs
    have variance ``1 - R2``, and implied variances are set to one afterwards.

    GoF is no measure of fit: it is high where loadings and R2 are high, also
    for a model that is wrong (Henseler and Sarstedt 2013). The customary limits
    of chi2, CFI, TLI, NFI and RMSEA come from maximum likelihood.

    Of a covariance structure the indices are those of ``fit.fit_measures``: robust
    ones where the test is scaled, CN at 5 percent; d_ULS, d_G and d_ML are those of
    its implied correlations. RMS_theta and GoF belong to composites.

    Parameters
    ----------
    fit : Fit
        The fit, of rows or of a matrix.
    saturated : bool
        Whether the constructs correlate freely, which leaves the misfit of
        measurement alone. RMS_theta and GoF do not depend on it.

    Returns
    -------
    DataFrame
        index, estimate, why: an index is missing where ``why`` gives a reason.

    Raises
    ------
    ArgumentTypeError
        If ``fit`` is no fit.
    OptionError
        If ``saturated`` is neither true nor false.

    References
    ----------
    Henseler, J. and Sarstedt, M. (2013). Goodness-of-fit indices for partial
    least squares path modeling. Computational Statistics 28, 565-580.
    doi:10.1007/s00180-012-0317-1

    Schuberth, F., Rademaker, M. E. and Henseler, J. (2023). Assessing the
    overall fit of composite models estimated by partial least squares path
    modeling. European Journal of Marketing 57(6), 1678-1702.
    doi:10.1108/EJM-08-2020-0586

    Examples
    --------
    >>> import csi
    >>> from csi.assessment.overall import fit_indices
    >>> fit = csi.fit(csi.models.acsi(), csi.demo_survey())
    >>> fit_indices(fit)["index"].tolist()[:4]
    ['SRMR', 'SRMR off-diagonal', 'd_ULS', 'd_G']
    """
    check_fit("fit_indices", fit)
    check_flags(saturated=saturated)
    if isinstance(fit, CovarianceFit):
        return _of_structure(fit, saturated)
    if _higher_order(fit):
        return pd.DataFrame({"index": INDICES, "estimate": np.nan, "why": HIGHER_ORDER})
    values = index_values(fit, saturated)
    why = [why_missing(name, values) for name in INDICES]
    estimate = [values[name] for name in INDICES]
    return pd.DataFrame({"index": INDICES, "estimate": estimate, "why": why})


def _of_structure(fit: CovarianceFit, saturated: bool) -> pd.DataFrame:
    """Return the indices of a covariance structure."""
    values = dict.fromkeys(INDICES, np.nan)
    why = dict.fromkeys(INDICES, MEASURED_ALONE if saturated else "")
    if not saturated:
        values |= structure_values(fit)
        why |= dict.fromkeys(("RMS_theta", "GoF"), OF_COMPOSITES)
        missing = [name for name in INDICES if np.isnan(values[name]) and not why[name]]
        why |= dict.fromkeys(missing, NO_DF if values["df"] <= 0 else NOT_OF_THIS_METHOD)
    columns = {"index": INDICES, "estimate": list(values.values()), "why": list(why.values())}
    return pd.DataFrame(columns)


def residual_correlations(fit: Fit, saturated: bool = False) -> pd.DataFrame:
    """Return what the model leaves of the correlations of items, largest first.

    Parameters
    ----------
    fit : Fit
        The fit.
    saturated : bool
        Whether the constructs correlate freely.

    Returns
    -------
    DataFrame
        indicator, other, observed, implied, residual: a row for each pair of
        items; without rows for models with higher-order constructs.

    Examples
    --------
    >>> import csi
    >>> from csi.assessment.overall import residual_correlations
    >>> fit = csi.fit(csi.models.acsi(), csi.demo_survey())
    >>> residual_correlations(fit).columns.tolist()
    ['indicator', 'other', 'observed', 'implied', 'residual']
    """
    check_fit("residual_correlations", fit)
    check_flags(saturated=saturated)
    R, names = fit.moments.corr, fit.model.indicators
    Sigma = _implied_correlations(fit, saturated)
    i, j = np.triu_indices(0 if Sigma is None else len(R), 1)
    Sigma = R if Sigma is None else Sigma
    table = pd.DataFrame(
        {
            "indicator": [names[row] for row in i],
            "other": [names[column] for column in j],
            "observed": R[i, j],
            "implied": Sigma[i, j],
            "residual": R[i, j] - Sigma[i, j],
        }
    )
    return table.sort_values("residual", key=np.abs, ascending=False, kind="stable").reset_index(
        drop=True
    )


def _implied_correlations(fit: Fit, saturated: bool) -> Array | None:
    """Return what a model implies; None where that is not defined."""
    if isinstance(fit, CovarianceFit):
        if saturated:
            return None
        implied = fit.implied_cov.to_numpy()
        return np.asarray(implied / np.sqrt(np.outer(np.diag(implied), np.diag(implied))))
    return None if _higher_order(fit) else sigma(fit, saturated)


MOST_TWICE = 5_000
"""Rows beyond which resampling the resamples changes nothing worth its time."""

FEWEST_TWICE = 500
"""Resamples from which on their resamples say how rare a distance is."""

TAIL = 10
"""Resamples beyond the estimate below which their quantiles are too uncertain."""

SECOND = 1
"""Key of the random numbers of second resamples, behind that of their block."""


@dataclass(frozen=True, eq=False, repr=False)
class ExactFit:
    """The bootstrap test of exact fit.

    Attributes
    ----------
    observed : (4,) array
        SRMR, d_ULS, d_G and d_ML of the fit.
    part : Part
        The same in resamples of respondents among whom the model holds; below
        them, where the bootstrap is double, in one resample of each.
    level : float
        Share of the resamples below the critical value.
    saturated : bool
        Whether the constructs correlate freely.
    seed : int
        Seed of the resamples.
    """

    observed: Array
    part: Part
    level: float
    saturated: bool
    seed: int

    @property
    def double(self) -> bool:
        """Whether every resample was resampled once more."""
        return len(self.part.values) > len(DISTANCES)

    @Table
    def table(self) -> pd.DataFrame:
        """The test: index, estimate, critical, p, why.

        ``p`` is the share whose distance is at least the estimate, of the usable
        resamples and the sample itself, so that it is never zero; those that
        failed or are inadmissible are left out, as in cSEM. In the double
        bootstrap it is the share beyond the distance that so many second
        resamples exceed. A p below 0.05 says that the model does not hold exactly.
        """
        usable, why = self.resampled.to_numpy(), self._why
        critical = p = np.full(len(DISTANCES), np.nan)
        if not why:
            bar, share = self.observed, np.full(len(DISTANCES), 1 - self.level)
            if self.double:
                bar, share = self._once_more(usable)
            critical = _quantiles(usable, 1 - share)
            p = (1 + (usable >= bar).sum(axis=0)) / (1 + len(usable))
        return pd.DataFrame(
            {"index": DISTANCES, "estimate": self.observed, "critical": critical, "p": p}
        ).assign(why=why)

    def _once_more(self, usable: Array) -> tuple[Array, Array]:
        """Return what p and the critical value rest on, from the second resamples.

        A distance as rare among the second resamples as the estimate is among the
        first; and how many of the second exceed the plain critical value.
        """
        second = self.part.values[len(DISTANCES) :, ~self.part.bad].T
        second = second[~np.isnan(second).any(axis=1)]
        beyond, level = (usable >= self.observed).sum(axis=0), np.full(len(DISTANCES), self.level)
        plain = _quantiles(usable, level)
        bar = _quantiles(second, 1 - beyond / len(usable))
        # so far out that its quantile is chance, a distance is reduced as the critical value is
        reduced = self.observed * _quantiles(second, level) / plain
        return np.where(beyond < TAIL, reduced, bar), (second > plain).mean(axis=0)

    @Table
    def resampled(self) -> pd.DataFrame:
        """Distances in the usable resamples, a column for each."""
        first = self.part.values[: len(DISTANCES), ~self.part.bad]
        return pd.DataFrame(first.T, columns=list(DISTANCES))

    @property
    def failures(self) -> Mapping[str, int]:
        """How many resamples failed or are inadmissible, by reason."""
        return self.part.reasons

    @Table
    def settings(self) -> pd.DataFrame:
        """Everything needed to repeat the test: setting, value."""
        facts = self._facts
        return pd.DataFrame({"setting": list(facts), "value": list(facts.values())})

    def summary(self) -> Summary:
        """Return the test as a summary that prints as text and shows itself in Jupyter."""
        notes = [f"{why}: {number} resamples." for why, number in self.failures.items()]
        facts = tuple(self._facts.items())
        return Summary("Test of exact fit", facts, (("Distances", self.table),), tuple(notes))

    def __repr__(self) -> str:
        shown = ", ".join(
            f"{row.index_} p={row.p:.3f}"
            for row in self.table.rename(columns={"index": "index_"}).itertuples()
        )
        return f"<ExactFit: {len(self.resampled)} of {len(self.part.why)} resamples, {shown}>"

    def __str__(self) -> str:
        return str(self.summary())

    def _repr_html_(self) -> str:
        return self.summary().to_html()

    @property
    def _facts(self) -> dict[str, str]:
        return {
            "null hypothesis": "the model holds exactly"
            + (" with freely correlating constructs" if self.saturated else ""),
            "resamples": str(len(self.part.why)),
            "usable": str(len(self.resampled)),
            "bootstrap": "double (fast)" if self.double else "single",
            "level of the critical value": f"{self.level:g}",
            "seed": str(self.seed),
        }

    @property
    def _why(self) -> str:
        bad, number = int(self.part.bad.sum()), len(self.part.why)
        if bad <= TOO_MANY * number:
            return ""
        reasons = listing(f"{why} ({times})" for why, times in self.failures.items())
        return f"{bad} of {number} resamples failed or are inadmissible: {reasons}"


def exact_fit(
    fit: Fit,
    n_boot: int = 1000,
    *,
    saturated: bool = False,
    double: bool | None = None,
    level: float = 0.95,
    rng: int | np.random.Generator | None = None,
    progress: bool | None = False,
) -> ExactFit:
    """Test whether the model reproduces the correlations of the population exactly.

    The answers are turned so that they correlate exactly as the fitted model
    says (Beran and Srivastava 1985), respondents are drawn from them as
    `csi.bootstrap` draws, with clusters, strata and weights, and the model is
    estimated from each resample. How far implied and observed correlations
    differ then is what sampling alone does.

    The hypothesis is the one of `fit_indices`: reflective constructs are common
    factors, others composites. The estimator must be consistent under it, or
    the test rejects models that hold: take ``csi.PLS(consistent=True)`` for
    reflective constructs, and Mode B for composites, unless their items are
    about equally correlated.

    In small samples the test errs on the safe side, since what it knows of
    sampling error are fourth moments of n respondents. In simulations with
    twelve items, SRMR rejected a model that holds in 3 to 4 % of samples of 100
    and 250, in 4 to 6 % of 500 and 1,000; d_G and d_ML in 1 to 4 % up to 500, in
    4 to 5 % of 1,000.

    Distances are computed as in cSEM's ``testOMF``. The population resamples
    are drawn from differs: constructs have implied variance one in it, so that
    the model holds; cSEM sets their variances to one afterwards, which may leave
    a misfit of its own.

    Parameters
    ----------
    fit : Fit
        A fit of respondents.
    n_boot : int
        Resamples, from 100 to 1,000,000.
    saturated : bool
        Whether constructs correlate freely: measurement alone is tested.
    double : bool, optional
        Whether to resample every resample once more and correct the test by what is
        seen there (the fast double bootstrap of Davidson and MacKinnon 2007). The
        plain test rejects too seldom in small samples. By default it is done from
        500 resamples on and up to 5,000 rows, beyond which it changes nothing,
        unless clusters or strata are drawn. It needs a consistent estimator (PLSc for
        reflective constructs, Mode B for composites): otherwise second resamples fit
        better than first ones for another reason. Second resamples are drawn from rows,
        so that frequency weights change their random numbers, not their law.
    level : float
        Share of the resamples below the critical value, about.
    rng : int, numpy.random.Generator or None
        Seed.
    progress : bool, optional
        Whether to show a bar; None shows one if it takes long.

    Returns
    -------
    ExactFit
        ``.table`` with index, estimate, critical, p, why; ``.resampled``,
        ``.failures``.

    Raises
    ------
    RowsRequiredError
        If the fit holds no respondents.
    EstimationError
        If the test is not possible; see `why_no_exact_fit`.
    OptionError
        If an option has no meaning.

    References
    ----------
    Dijkstra, T. K. and Henseler, J. (2015). Consistent and asymptotically normal
    PLS estimators for linear structural equations. Computational Statistics &
    Data Analysis 81, 10-23. doi:10.1016/j.csda.2014.07.008

    Davidson, R. and MacKinnon, J. G. (2007). Improving the reliability of bootstrap
    tests with the fast double bootstrap. Computational Statistics & Data Analysis
    51(7), 3259-3281. doi:10.1016/j.csda.2006.04.001

    Examples
    --------
    >>> import csi
    >>> from csi.assessment.overall import exact_fit
    >>> fit = csi.fit(csi.models.acsi(), csi.demo_survey())
    >>> test = exact_fit(fit, 200, rng=1)
    >>> test.table["index"].tolist()
    ['SRMR', 'd_ULS', 'd_G', 'd_ML']
    """
    check_fit("exact_fit", fit)
    check_number("n_boot", n_boot, FEWEST, MOST)
    check_flags(saturated=saturated)
    level = check_level(level)
    running, seed = Running.of(1, progress, None), check_seed(rng)
    why, remedy = hindrance(fit, bool(saturated))
    if why:
        kind = RowsRequiredError if fit.data is None else EstimationError
        raise kind(f"Exact fit cannot be tested: {why}. {remedy}")
    engine = NullEngine(fit, "none", bool(saturated))
    resamples = engine.resamples(seed, None)

    twice = _is_double(double, fit, resamples, n_boot)

    def work(start: int, stop: int) -> Part:
        b = start // BLOCK
        if twice:
            return engine.twice(resamples.block(b)[: stop - start], stream(seed, b, SECOND))
        return engine.of_multipliers(resamples.pieces(b)).first(stop - start)

    part = carry_out(work, cut(n_boot, BLOCK, BLOCK), running, processes=False)
    return ExactFit(engine.observed, part, level, bool(saturated), seed)


def _is_double(double: bool | None, fit: Fit, resamples: Resamples, number: int) -> bool:
    """Whether to resample the resamples; refuse what cannot be."""
    if double is None:
        enough = number >= FEWEST_TWICE and resamples.n <= MOST_TWICE
        return enough and isinstance(resamples, Simple) and consistent(fit)
    check_flags(double=double)
    if double and not isinstance(resamples, Simple):
        raise OptionError(
            "double=True needs respondents drawn one by one, and this survey has clusters or "
            "strata. Leave it out."
        )
    return bool(double)


def _quantiles(values: Array, shares: Array) -> Array:
    """Return the quantile of each column at a share of its own."""
    return np.array(
        [np.quantile(column, share) for column, share in zip(values.T, shares, strict=True)]
    )


def why_no_exact_fit(fit: Fit, saturated: bool = False) -> str:
    """Return why `exact_fit` is not possible, in words; empty if it is.

    Parameters
    ----------
    fit : Fit
        The fit.
    saturated : bool
        Whether the constructs correlate freely.

    Examples
    --------
    >>> import csi
    >>> from csi.assessment.overall import why_no_exact_fit
    >>> why_no_exact_fit(csi.fit(csi.models.acsi(), csi.demo_survey()))
    ''
    """
    check_fit("why_no_exact_fit", fit)
    return hindrance(fit, saturated)[0]


def _higher_order(fit: Fit) -> bool:
    return any(construct.higher_order for construct in fit.model.constructs)

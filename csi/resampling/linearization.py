"""Standard errors by linearisation, weights estimated anew: the infinitesimal jackknife."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from csi.core.linear import Directions, directions, reader, standard_errors
from csi.core.resample import BLOCK, check_seed
from csi.core.types import Array
from csi.errors import ArgumentTypeError, InadmissibleWarning, warn
from csi.resampling.bootstrapping import check_number
from csi.resampling.bootstraps import check_interval
from csi.resampling.bucketing import BucketEngine
from csi.resampling.engine import Engine
from csi.resampling.inference import Inference, Known, undefined
from csi.results import Fit
from csi.single_thread import one_thread


@dataclass(frozen=True, eq=False, repr=False)
class InfinitesimalJackknife(Inference):
    """A fit with standard errors by linearisation.

    Attributes
    ----------
    fit : Fit
        The fit.
    se : (q,) array
        Standard errors of its numbers.
    failed : (q,) array
        Along how many directions a number could not be computed.
    units : int
        Sampling units: respondents, clusters or buckets.
    df : int
        Degrees of freedom: units less strata.
    evaluations : int
        Reweighted samples from which derivatives were taken.
    level : float
        Confidence level.
    """

    fit: Fit
    se: Array
    failed: Array
    units: int
    df: int
    evaluations: int
    level: float

    @cached_property
    def known(self) -> Known:
        """Estimates, standard errors, limits, p values, failures."""
        estimate = self.quantities.of_fit(self.fit)
        return Known.student(estimate, self.se, self.failed, self.level, self.df)

    def __repr__(self) -> str:
        return (
            f"<InfinitesimalJackknife of {self.units} units: {self.df} degrees of freedom, limits "
            f"at {self.level:.0%}>"
        )


def infinitesimal_jackknife(
    fit: Fit,
    *,
    level: float = 0.95,
    buckets: int | None = None,
    rng: int | np.random.Generator | None = None,
) -> InfinitesimalJackknife:
    """Find out by linearisation how much the numbers of a fit depend on who was asked.

    Every number is a function of sums over respondents. Its derivatives along
    the directions in which sampling moves the sums give its standard error, as
    Taylor linearisation does, but for everything a bootstrap covers and with
    weights, loadings and paths estimated anew. ``fit.indices`` has the errors of
    indices with weights held fixed.

    Clusters, strata and weights enter as in `csi.bootstrap`. The cost is one
    pass over the rows and at most 1,300 estimates for 24 items, whatever the number
    of respondents; with missing answers kept (``"pairwise"``, ``"mean"``) there
    are three to five times as many sums, and a pass costs ten to thirty times as
    much: at hundreds of thousands of rows give ``buckets``.

    Limits and p values are those of Student's t. They are symmetric, and know
    nothing of bias or skewness: in small samples prefer `csi.bootstrap`.

    Parameters
    ----------
    fit : Fit
        The fit.
    level : float
        Confidence level.
    buckets : int, optional
        Deal the units at random into so many buckets and take these for units.
        This is faster, and a standard error is then itself off by about
        ``1 / sqrt(2 (buckets - strata))``: 2.2 % for 1,000 buckets.
    rng : int, numpy.random.Generator or None
        Seed for dealing buckets; nothing else is drawn.

    Returns
    -------
    InfinitesimalJackknife

    Raises
    ------
    RowsRequiredError
        If the fit holds no respondents.
    OptionError
        If an option has no meaning, or the estimator takes one sample at a time.

    Warns
    -----
    InadmissibleWarning
        If some number has no derivative.

    References
    ----------
    Jaeckel, L. A. (1972). The infinitesimal jackknife. Memorandum MM 72-1215-11,
    Bell Laboratories.

    Binder, D. A. (1983). On the variances of asymptotically normal estimators
    from complex surveys. International Statistical Review 51(3), 279-292.
    doi:10.2307/1402588

    Examples
    --------
    >>> import csi
    >>> fit = csi.fit(csi.models.acsi(), csi.demo_survey())
    >>> found = csi.infinitesimal_jackknife(fit)
    >>> found.paths.columns.tolist()
    ['source', 'target', 'estimate', 'se', 'lower', 'upper', 'p', 'failed']
    """
    if not isinstance(fit, Fit):
        raise ArgumentTypeError(
            f"infinitesimal_jackknife takes a fit; found {type(fit).__name__}. Use csi.fit(model, "
            "data) first; of the fits of groups give one, such as fits['A']."
        )
    check_interval("normal", level)
    engine = Engine.of(fit)
    if buckets is not None:
        check_number("buckets", buckets, 2)
        engine = BucketEngine.over(engine, int(buckets), check_seed(rng))
    with one_thread():
        ways = _directions(engine)
        derivatives = _derivatives(engine, ways)
    failed = undefined(derivatives)
    _warn(failed, engine.estimate)
    return InfinitesimalJackknife(
        fit, standard_errors(derivatives, engine.estimate), failed, round(ways.units), ways.df,
        4 * derivatives.shape[1], float(level),
    )  # fmt: skip


def _directions(engine: Engine) -> Directions:
    if isinstance(engine, BucketEngine):
        sums = engine.products.table.T
        return directions(lambda at: sums[:, at], np.ones(sums.shape[1]), engine.design)
    answers = engine.fit.data
    assert answers is not None
    return directions(reader(engine.products), answers.copies, answers.sampling)


def _derivatives(engine: Engine, ways: Directions) -> Array:
    """Return the (q, r) derivatives of all numbers along every direction."""
    parts = [ways.derivatives(engine.of_sums(sums).values) for sums in ways.steps(BLOCK)]
    return np.concatenate(parts, axis=1)


def _warn(failed: Array, estimate: Array) -> None:
    lost = int((np.isfinite(estimate) & (failed > 0)).sum())
    if lost:
        warn(
            f"{lost} of {len(estimate)} numbers cannot be computed from slightly other weights of "
            "the respondents. Their standard errors are NaN; see the column failed. Look at "
            "fit.problems, or use csi.bootstrap, which can do without some resamples.",
            InadmissibleWarning,
        )

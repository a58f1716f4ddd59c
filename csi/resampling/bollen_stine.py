"""The bootstrap test that a covariance structure holds exactly."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from csi.core.checks import check_level
from csi.core.products import Products
from csi.core.resample import BLOCK, check_seed
from csi.core.types import Array
from csi.covariance_fit import CovarianceFit
from csi.display import Summary
from csi.errors import ArgumentTypeError, EstimationError, OptionError
from csi.estimators.base import FAILURES
from csi.estimators.sem.resampled import Resampled
from csi.resampling.bootstrapping import FEWEST, MOST, accept, check_number, check_share
from csi.resampling.engine import INADMISSIBLE, NEGATIVE, Engine, Part
from csi.resampling.runs import Running, carry_out, cut
from csi.results import Table

NAME = "Bollen-Stine bootstrap"


@dataclass(frozen=True, eq=False, repr=False)
class BollenStine:
    """The Bollen-Stine test of a covariance structure.

    Attributes
    ----------
    statistic : float
        The unscaled test statistic of the fit.
    df : int
        Its degrees of freedom.
    part : Part
        The statistic in every resample, and what went wrong in which.
    level : float
        Share of the resamples below the critical value.
    seed : int
        Seed of the streams.
    """

    statistic: float
    df: int
    part: Part
    level: float
    seed: int

    @cached_property
    def distribution(self) -> Array:
        """The statistic in the resamples that could be estimated, where the model holds."""
        values: Array = self.part.values[0]
        known: Array = values[np.isfinite(values)]
        return known

    @property
    def p(self) -> float:
        """Share of the resamples that fit as badly as the sample, or worse."""
        return float((self.distribution >= self.statistic).mean())

    @property
    def critical(self) -> float:
        """Statistic above which the model is rejected."""
        return float(np.quantile(self.distribution, self.level))

    @property
    def failures(self) -> Mapping[str, int]:
        """How many resamples failed or are inadmissible, by reason."""
        return self.part.reasons

    @Table
    def table(self) -> pd.DataFrame:
        """The test: test, statistic, df, p, critical, mean of the resamples, their number."""
        return pd.DataFrame(
            {
                "test": [NAME], "statistic": [self.statistic], "df": [self.df], "p": [self.p],
                "critical": [self.critical], "mean": [float(self.distribution.mean())],
                "resamples": [len(self.distribution)],
            }
        )  # fmt: skip

    def summary(self) -> Summary:
        """Return the test as a summary that prints as text and shows itself in Jupyter."""
        notes = [f"{number} failed or inadmissible: {why}" for why, number in self.failures.items()]
        facts = (("null hypothesis", "the model holds exactly"), ("seed", str(self.seed)))
        return Summary(NAME, facts, ((NAME, self.table),), tuple(notes))

    def __repr__(self) -> str:
        return (
            f"<BollenStine: statistic {self.statistic:.3f}, p {self.p:.3f} by "
            f"{len(self.distribution)} resamples>"
        )

    def _repr_html_(self) -> str:
        return self.summary().to_html()


def bollen_stine(
    fit: CovarianceFit,
    n_boot: int = 1000,
    *,
    level: float = 0.95,
    rng: int | np.random.Generator | None = None,
    max_failed: float = 0.2,
    n_jobs: int = 1,
    progress: bool | None = None,
) -> BollenStine:
    """Test whether a covariance structure holds exactly, without supposing normal answers.

    The answers are turned so that the fitted model holds among them exactly
    (Bollen and Stine 1992); respondents are drawn from them, the model is
    estimated from each resample, and its statistic there is what sampling alone
    makes of it. Respondents are drawn as `csi.bootstrap` draws, with clusters,
    strata and weights, so that the test heeds these as well.

    The statistic is the unscaled one, whatever test the fit has. lavaan's
    ``test = "bollen.stine"`` is the same but for the random numbers.

    Parameters
    ----------
    fit : CovarianceFit
        By `csi.CBSEM` with ML, GLS or ULS, of complete answers.
    n_boot : int
        Resamples.
    level : float
        Share of the resamples below the critical value.
    rng : int, numpy.random.Generator or None
        Seed.
    max_failed : float
        Largest share of failed resamples that is accepted; negative variances are
        counted, but accepted.
    n_jobs : int
        Workers; -1 for one per core.
    progress : bool, optional
        Whether to show a bar; by default one is shown if it takes long.

    Returns
    -------
    BollenStine
        ``.p``, ``.statistic``, ``.critical``, ``.distribution``, ``.table``.

    Raises
    ------
    RowsRequiredError
        If the fit holds no respondents.
    OptionError
        If an option has no meaning, or the fit is of another kind.
    EstimationError
        If too many resamples fail, or no answers can have the covariances the model implies.

    Warns
    -----
    InadmissibleWarning
        If at least 1 % of the resamples failed or have a negative variance.

    References
    ----------
    Bollen, K. A. and Stine, R. A. (1992). Bootstrapping goodness-of-fit measures in
    structural equation models. Sociological Methods & Research 21(2), 205-229.
    doi:10.1177/0049124192021002004

    Examples
    --------
    >>> import csi
    >>> fit = csi.fit(csi.models.acsi(), csi.demo_survey(), csi.CBSEM())
    >>> bool(csi.bollen_stine(fit, n_boot=200, rng=1).p > 0.05)
    True
    """
    if not isinstance(fit, CovarianceFit):
        raise ArgumentTypeError(
            f"bollen_stine takes a fit by csi.CBSEM(); found {type(fit).__name__}. Composites are "
            "tested by csi.exact_fit(fit)."
        )
    check_number("n_boot", n_boot, FEWEST, MOST)
    check_level(level)
    check_share(max_failed)
    running = Running.of(n_jobs, progress, None)
    engine = TurnedEngine(Engine.of(fit).fit)
    engine.check()
    seed = check_seed(rng)
    drawn = engine.resamples(seed, None)

    def work(start: int, stop: int) -> Part:
        return engine.of_multipliers(drawn.pieces(start // BLOCK)).first(stop - start)

    part = carry_out(work, cut(n_boot, BLOCK, BLOCK), running, processes=False)
    accept(part, max_failed)
    return BollenStine(fit.solution.statistic, fit.solution.df, part, level, seed)


@dataclass(frozen=True, eq=False)
class TurnedEngine(Engine):
    """An engine whose respondents have the moments a covariance structure implies.

    The number of a resample is its test statistic.
    """

    def check(self) -> None:
        """Refuse fits that cannot be tested so.

        Raises
        ------
        OptionError
            If resamples are estimated one by one, answers are missing, or the model
            has no degrees of freedom.
        """
        answers, solution = self.fit.data, self._fitted.solution
        assert answers is not None
        if not isinstance(self.solver, Resampled) or np.isnan(answers.given).any():
            raise OptionError(
                "The Bollen-Stine test needs complete answers and ML, GLS or ULS. Fit with "
                "csi.CBSEM('ML') and csi.survey(missing='listwise'), or read the test in "
                "fit.fit_measures."
            )
        if solution.df <= 0:
            raise OptionError(
                f"The model has {solution.df} degrees of freedom: it fits any answers, and there "
                "is nothing to test."
            )

    @property
    def _fitted(self) -> CovarianceFit:
        assert isinstance(self.fit, CovarianceFit)
        return self.fit

    @cached_property
    def products(self) -> Products:
        """What resamples are made of: answers with the moments of the model."""
        answers, solution, mean = self.fit.data, self._fitted.solution, self.fit.moments.mean
        assert answers is not None
        assert mean is not None
        assert isinstance(self.solver, Resampled)
        evidence = self.solver.evidence
        implied = evidence.implied(solution.structure, solution.theta)
        turn = _root(evidence.covs[0], -0.5) @ _root(implied.cov[0], 0.5)
        rows = (answers.rows - mean) @ turn + implied.mean[0]
        weights = answers.weights if answers.weight_type == "sampling" else None
        return Products(rows, self.fit.n, weights)

    def of_sums(self, sums: Array) -> Part:
        """Return the test statistics of resamples given by (m, b) sums."""
        assert isinstance(self.solver, Resampled)
        found = self.solver.misfit(self.products.samples(sums))
        usable = found.failure == 0
        impossible = np.zeros((len(INADMISSIBLE), len(usable)), dtype=bool)
        impossible[NEGATIVE] = found.negative & usable
        why = np.array(FAILURES)[found.failure]
        return Part(np.where(usable, found.statistic, np.nan)[None], why, impossible)


def _root(matrix: Array, power: float) -> Array:
    """Return the symmetric power of a positive definite matrix.

    Raises
    ------
    EstimationError
        If it is none.
    """
    values, vectors = np.linalg.eigh(matrix)
    if not values[0] > 0:
        raise EstimationError(
            "The Bollen-Stine test turns the answers so that they have the covariances the model "
            f"implies, but these are not positive definite (smallest eigenvalue {values[0]:.3g}): "
            "no answers can have them. Mend the model, or bring the items to like units."
        )
    root: Array = (vectors * values**power) @ vectors.T
    return root

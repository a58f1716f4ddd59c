"""Every table an assessment rests on, computed when it is first asked for."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import chain, count
from typing import Any, Generic, TypeVar

import pandas as pd

from csi.assessment.ability import Cvpat
from csi.assessment.admissibility import admissibility
from csi.assessment.blindfolding import q2_effects
from csi.assessment.collinearity import full_collinearity, path_vif
from csi.assessment.discriminant import cross_loadings, fornell_larcker, htmt
from csi.assessment.effects import f2, r2
from csi.assessment.endogeneity import endogeneity
from csi.assessment.measurement import indicators, reliability, unidimensionality
from csi.assessment.mediation import mediation
from csi.assessment.nonlinearity import nonlinearity
from csi.assessment.overall import ExactFit, exact_fit, fit_indices, residual_correlations
from csi.assessment.prediction import Prediction, predict
from csi.assessment.tetrads import tetrads
from csi.errors import CsiError, CsiWarning
from csi.estimators.base import batch_estimator
from csi.resampling.bootstrapping import bootstrap
from csi.resampling.bootstraps import Bootstrap
from csi.results import Fit, Table

T = TypeVar("T")

MANY = 10_000
"""Respondents beyond which what ranks them in every resample has to be asked for."""


@dataclass(frozen=True)
class Attempt(Generic[T]):
    """A part of an assessment, or why there is none.

    Attributes
    ----------
    value : object
        The part; None if it could not be computed.
    why : str
        Why not.
    """

    value: T | None
    why: str = ""


def attempt(function: Callable[[], T]) -> Attempt[T]:
    """Compute a part; its warnings are left to the verdicts, an error is the reason why not."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", CsiWarning)
            return Attempt(function())
    except CsiError as problem:
        return Attempt(None, str(problem))


@dataclass(frozen=True, eq=False, repr=False)
class Diagnostics:
    """Every table an assessment rests on.

    Tables are computed when they are first asked for. What cannot be computed is
    NaN with the reason beside it, or listed in ``not_computed``.

    Attributes
    ----------
    fit : Fit
        The fit.
    given : Bootstrap or None
        A bootstrap that was given.
    n_boot, folds, repeats : int
        Resamples; folds of the prediction, and how often they were dealt.
    level : float
        Confidence level.
    seed : int
        Seed of everything random.
    """

    fit: Fit
    given: Bootstrap | None
    n_boot: int
    folds: int
    repeats: int
    level: float
    seed: int

    @Table
    def not_computed(self) -> pd.DataFrame:
        """What could not be computed: part, why."""
        rows = [(name, part.why) for name, part in self._attempts.items() if part.why]
        return pd.DataFrame(rows, columns=["part", "why"])

    # measurement

    @Table
    def admissibility(self) -> pd.DataFrame:
        """What makes a solution impossible or doubtful: check, about, value, admissible, ..."""
        return admissibility(self.fit, self.boot)

    @Table
    def reliability(self) -> pd.DataFrame:
        """Alpha, rho_A, rho_C and AVE: construct, criterion, estimate, lower, upper, why."""
        return reliability(self.fit, self.boot, self.level)

    @Table
    def indicators(self) -> pd.DataFrame:
        """Loadings, weights and VIF of items: construct, indicator, loading, ..., why."""
        return indicators(self.fit, self.boot)

    @Table
    def unidimensionality(self) -> pd.DataFrame:
        """Eigenvalues of every block: construct, indicators, first, second, ..., why."""
        return unidimensionality(self.fit)

    @Table
    def tetrads(self) -> pd.DataFrame:
        """Confirmatory tetrad analysis by construct; empty if it was not computed."""
        found = self._tetrads.value
        return pd.DataFrame() if found is None else found

    # discriminant validity and collinearity

    @Table
    def htmt(self) -> pd.DataFrame:
        """HTMT and HTMT2 of every pair: construct, other, criterion, estimate, ..., why."""
        return htmt(self.fit, self.boot)

    @Table
    def validity(self) -> pd.DataFrame:
        """Fornell and Larcker's comparison: construct, other, correlation, root_ave, ..., why."""
        return fornell_larcker(self.fit)

    @Table
    def cross_loadings(self) -> pd.DataFrame:
        """Whether items load highest on their own construct: construct, indicator, loading, ..."""
        return cross_loadings(self.fit)

    @Table
    def vif(self) -> pd.DataFrame:
        """Variance inflation of the predictors of each construct: target, source, vif, ..."""
        return path_vif(self.fit)

    @Table
    def full_collinearity(self) -> pd.DataFrame:
        """Variance inflation of every construct beside all others: construct, vif, why."""
        return full_collinearity(self.fit)

    # structure

    @Table
    def r2(self) -> pd.DataFrame:
        """Explained variance: construct, r2, r2_adjusted, lower, upper, ..."""
        return r2(self.fit, self.boot)

    @Table
    def f2(self) -> pd.DataFrame:
        """Effect sizes of paths: source, target, f2, size, why."""
        return f2(self.fit)

    @Table
    def q2(self) -> pd.DataFrame:
        """What each predictor adds to Q2 (blindfolding); empty if it was not computed."""
        found = self._q2.value
        return pd.DataFrame() if found is None else found

    @Table
    def mediation(self) -> pd.DataFrame:
        """Specific indirect effects and the share of the total that runs through them."""
        return mediation(self.fit, boot=self.boot)

    @Table
    def nonlinearity(self) -> pd.DataFrame:
        """Curvature of paths; empty if it was not computed."""
        found = self._nonlinearity.value
        return pd.DataFrame() if found is None else found

    @Table
    def endogeneity(self) -> pd.DataFrame:
        """Gaussian copula terms of predictors; empty if they were not computed."""
        found = self._endogeneity.value
        return pd.DataFrame() if found is None else found

    # the model as a whole

    @Table
    def fit_indices(self) -> pd.DataFrame:
        """SRMR, d_ULS, d_G, NFI, RMS_theta and others: index, estimate, why."""
        return fit_indices(self.fit)

    @Table
    def residuals(self) -> pd.DataFrame:
        """What the model leaves of the correlations of items, largest first."""
        return residual_correlations(self.fit)

    @property
    def exact_fit(self) -> ExactFit | None:
        """The bootstrap test of exact fit; None if it was not computed."""
        return self._exact_fit.value

    @property
    def prediction(self) -> Prediction | None:
        """The prediction out of sample; None if it was not computed."""
        return self._prediction.value

    @property
    def predictive_ability(self) -> Cvpat | None:
        """Its comparison with the item means and the linear model; None if not computed."""
        return self._ability.value

    @property
    def boot(self) -> Bootstrap | None:
        """The bootstrap behind the intervals; None if there is none."""
        return self._boot.value

    # how it is made

    @cached_property
    def _boot(self) -> Attempt[Bootstrap]:
        if self.given is not None:
            return Attempt(self.given)
        why = self._why_no_resamples()
        if why:
            return Attempt(None, why)
        return attempt(
            lambda: bootstrap(
                self.fit, n_boot=self.n_boot, rng=self.seed, level=self.level, max_failed=1.0
            )
        )

    def _why_no_draws(self) -> str:
        """Why nothing can be drawn from the respondents."""
        if self.fit.data is None:
            return "needs the respondents, and the fit holds none"
        return "" if self.n_boot else "no resamples were asked for (n_boot=0)"

    def _why_no_resamples(self) -> str:
        """Why the model cannot be estimated again and again."""
        fit = self.fit
        several = batch_estimator(fit.estimator, fit.model, fit.estimates) is not None
        if several or self._why_no_draws():
            return self._why_no_draws()
        return "the estimator takes one sample at a time; give boot=csi.bootstrap(fit)"

    @cached_property
    def _exact_fit(self) -> Attempt[ExactFit]:
        why = self._why_no_resamples()
        number = self.n_boot
        return self._unless(why, lambda: exact_fit(self.fit, number, rng=self.seed))

    @cached_property
    def _prediction(self) -> Attempt[Prediction]:
        return attempt(lambda: predict(self.fit, self.folds, self.repeats, rng=self.seed))

    @cached_property
    def _ability(self) -> Attempt[Cvpat]:
        if self.prediction is None:
            return Attempt(None, self._prediction.why)
        return Attempt(Cvpat(self.prediction, None, self.level))

    @cached_property
    def _nonlinearity(self) -> Attempt[pd.DataFrame]:
        return attempt(lambda: nonlinearity(self.fit, level=self.level))

    @cached_property
    def _endogeneity(self) -> Attempt[pd.DataFrame]:
        why = self._why_no_draws()
        if self.fit.n > MANY:
            why = f"takes long with more than {MANY:,} respondents; use csi.endogeneity(fit)"
        return self._unless(why, lambda: endogeneity(self.fit, rng=self.seed, level=self.level))

    @cached_property
    def _q2(self) -> Attempt[pd.DataFrame]:
        return attempt(lambda: q2_effects(self.fit, _distance(self.fit)))

    @cached_property
    def _tetrads(self) -> Attempt[pd.DataFrame]:
        why = self._why_no_draws()
        number = self.n_boot
        return self._unless(why, lambda: tetrads(self.fit, n_boot=number, rng=self.seed).constructs)

    @staticmethod
    def _unless(why: str, function: Callable[[], T]) -> Attempt[T]:
        return Attempt(None, why) if why else attempt(function)

    @property
    def _attempts(self) -> Mapping[str, Attempt[Any]]:
        return {
            "boot": self._boot,
            "tetrads": self._tetrads,
            "nonlinearity": self._nonlinearity,
            "endogeneity": self._endogeneity,
            "q2": self._q2,
            "exact_fit": self._exact_fit,
            "prediction": self._prediction,
            "predictive_ability": self._ability,
        }


def _distance(fit: Fit) -> int:
    """Return the usual distance of blindfolding, or another that does not divide the rows."""
    n = 1 if fit.data is None else len(fit.data.rows)
    return next(distance for distance in chain((7, 6, 8, 5), count(9)) if n % distance)

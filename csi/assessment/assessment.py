"""An assessment: every diagnostic of a fit, and what the rules say of it."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from csi.assessment import verdicts
from csi.assessment.ability import cvpat
from csi.assessment.admissibility import admissibility
from csi.assessment.collecting import Attempt, T, attempt, collected
from csi.assessment.collinearity import full_collinearity, path_vif
from csi.assessment.discriminant import cross_loadings, fornell_larcker, htmt
from csi.assessment.effects import f2, r2
from csi.assessment.endogeneity import endogeneity
from csi.assessment.measurement import indicators, reliability, unidimensionality
from csi.assessment.mediation import mediation
from csi.assessment.nonlinearity import nonlinearity
from csi.assessment.overall import exact_fit, fit_indices
from csi.assessment.prediction import predict
from csi.assessment.shown import verdict_table
from csi.assessment.tetrads import tetrads
from csi.assessment.verdicts import MARKS, WORDS, Verdict, Word
from csi.core.checks import check_level
from csi.core.resample import check_seed
from csi.display import Summary
from csi.errors import ArgumentTypeError, OptionError
from csi.estimators.base import BatchEstimator
from csi.resampling.bootstrapping import FEWEST, MOST, bootstrap, check_number
from csi.resampling.bootstraps import Bootstrap
from csi.results import Fit, Table

if TYPE_CHECKING:
    from csi.assessment.ability import Cvpat
    from csi.assessment.overall import ExactFit
    from csi.assessment.prediction import Prediction


def assess(
    fit: Fit,
    boot: Bootstrap | None = None,
    *,
    n_boot: int = 2000,
    folds: int = 10,
    repeats: int = 10,
    level: float = 0.95,
    rng: int | np.random.Generator | None = None,
) -> Assessment:
    """Judge whether a fitted model may be believed.

    Looks at everything a reviewer asks for, judges it by the customary rules, and
    says what is wrong and what to do: admissibility, reliability, discriminant
    validity, collinearity, overall fit with its bootstrap test, prediction out of
    sample, curvature and endogeneity of paths. What cannot be computed says why
    and stops nothing.

    Parameters
    ----------
    fit : Fit
        The fit.
    boot : Bootstrap, optional
        Its bootstrap, for the intervals; otherwise one is made.
    n_boot : int
        Resamples of the bootstrap and of the exact-fit test; 0 for estimates
        without intervals and tests.
    folds, repeats : int
        Folds of the prediction out of sample, and how often they are dealt anew.
    level : float
        Confidence level, if no bootstrap is given.
    rng : int, numpy.random.Generator or None
        Seed of everything random.

    Returns
    -------
    Assessment
        Shows itself as one table of verdicts; its tables hold the rest.

    Raises
    ------
    ArgumentTypeError
        If it is no fit, or no bootstrap.
    OptionError
        If an option has no meaning, or the bootstrap belongs to another fit.

    References
    ----------
    Hair, J. F., Risher, J. J., Sarstedt, M. and Ringle, C. M. (2019). When to use
    and how to report the results of PLS-SEM. European Business Review 31(1), 2-24.
    doi:10.1108/EBR-11-2018-0203

    Benitez, J., Henseler, J., Castillo, A. and Schuberth, F. (2020). How to perform
    and report an impactful analysis using partial least squares. Information &
    Management 57(2), 103168. doi:10.1016/j.im.2019.05.003

    Examples
    --------
    >>> import csi
    >>> fit = csi.fit(csi.models.acsi(), csi.demo_survey())
    >>> assessment = csi.assess(fit, n_boot=200, rng=1)
    >>> assessment.table.columns[:3].to_list()
    ['area', 'criterion', 'about']
    >>> assessment.reliability.query("criterion == 'rho_c'")["estimate"].min() > 0.7
    True
    """
    if not isinstance(fit, Fit):
        raise ArgumentTypeError(
            f"A {type(fit).__name__} cannot be assessed. Give the result of csi.fit(); of fits by "
            "group, one of them, such as fits['A']."
        )
    _check_boot(boot, fit)
    if n_boot:
        check_number("n_boot", n_boot, FEWEST, MOST)
    return Assessment(
        fit, boot, n_boot, folds, repeats, check_level(boot.level if boot else level),
        check_seed(rng),
    )  # fmt: skip


def _check_boot(boot: object, fit: Fit) -> None:
    if boot is None:
        return
    if not isinstance(boot, Bootstrap):
        raise ArgumentTypeError(
            f"boot is a {type(boot).__name__}. Give the result of csi.bootstrap(fit), or leave it "
            "out."
        )
    if boot.fit.fingerprint != fit.fingerprint or boot.fit.model != fit.model:
        raise OptionError("The bootstrap belongs to another fit. Give csi.bootstrap(fit).")


@dataclass(frozen=True, eq=False, repr=False)
class Assessment:
    """What every rule says of a fit, and the tables behind it.

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
    def table(self) -> pd.DataFrame:
        """One row for each rule: area, criterion, about, value, lower, upper, rule, verdict, ...

        The value is the worst of those ``checked``; ``source`` says who set the
        rule, ``todo`` what to do, or why nothing was computed.
        """
        return verdicts.table(self._verdicts)

    @Table
    def verdicts(self) -> pd.DataFrame:
        """One row for each number judged: area, criterion, about, value, ..., verdict, todo."""
        return verdicts.each(self._verdicts)

    @property
    def count(self) -> Mapping[Word, int]:
        """How many rules are failed, doubtful, not computed and passed."""
        told = self.table["verdict"]
        return {word: int((told == word).sum()) for word in WORDS}

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
        return reliability(self.fit, self.boot)

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

    def _why_no_resamples(self) -> str:
        if self.fit.data is None:
            return "needs the respondents, and the fit holds none"
        if not self.n_boot:
            return "no resamples were asked for (n_boot=0)"
        if not isinstance(self.fit.estimator, BatchEstimator):
            return "the estimator takes one sample at a time; give boot=csi.bootstrap(fit)"
        return ""

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
        return attempt(
            lambda: cvpat(self.fit, folds=self.folds, repeats=self.repeats, rng=self.seed)
        )

    @cached_property
    def _nonlinearity(self) -> Attempt[pd.DataFrame]:
        return attempt(lambda: nonlinearity(self.fit, level=self.level))

    @cached_property
    def _endogeneity(self) -> Attempt[pd.DataFrame]:
        why = self._why_no_resamples()
        return self._unless(why, lambda: endogeneity(self.fit, rng=self.seed, level=self.level))

    @cached_property
    def _tetrads(self) -> Attempt[pd.DataFrame]:
        why = self._why_no_resamples()
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
            "exact_fit": self._exact_fit,
            "prediction": self._prediction,
            "predictive_ability": self._ability,
        }

    @cached_property
    def _verdicts(self) -> list[Verdict]:
        return collected(self)

    def summary(self) -> Summary:
        """Return the verdicts as a summary that prints as text."""
        shown = self.table.assign(verdict=[f"{MARKS[w]} {w}" for w in self.table["verdict"]])
        columns = ["criterion", "value", "lower", "upper", "verdict", "about"]
        tables = [
            (str(area), rows[columns].reset_index(drop=True))
            for area, rows in shown.groupby("area", sort=False)
        ]
        missed = self.table[self.table["verdict"].isin(["failed", "doubtful"])]
        notes = [
            textwrap.fill(f"{_told(rows)}. {todo}", 100, break_on_hyphens=False)
            for todo, rows in missed.groupby("todo", sort=False)
        ]
        return Summary(self._title, (), tuple(tables), tuple(notes))

    @property
    def _title(self) -> str:
        told = ", ".join(f"{number} {word}" for word, number in self.count.items() if number)
        return f"Assessment: {told}"

    def __repr__(self) -> str:
        return f"<{self._title}>"

    def __str__(self) -> str:
        return str(self.summary())

    def _repr_html_(self) -> str:
        return verdict_table(verdicts.by_rule(self._verdicts), self._title)


def _told(rules: pd.DataFrame) -> str:
    """Return in words which rules were missed, by what."""
    return "; ".join(
        f"{row['criterion']} {row['verdict']}" + (f" ({row['about']})" if row["about"] else "")
        for row in rules.to_dict("records")
    )

"""Fits of covariance structures: parameters, standardised solutions, tests, measures of fit."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, get_args

import numpy as np
import pandas as pd

from csi import covariance_tables as tables
from csi import covariance_tests as tests
from csi.admissibility import Finding
from csi.conditional_slopes import (
    Unit,
    check_centred,
    check_no_products,
    product_paths,
    slopes,
)
from csi.core.checks import check_level
from csi.core.moments import Moments
from csi.core.sem.factor_scores import Method
from csi.core.types import Array
from csi.covariance_findings import covariance_findings, without_index
from csi.covariance_tables import Residuals
from csi.declared import check_choice, check_number
from csi.display import Summary
from csi.errors import EstimationError, InadmissibleWarning, listing
from csi.estimators.cbsem import CovarianceEstimates
from csi.estimators.sem.overall import fit_measures
from csi.estimators.sem.solution import Solution
from csi.parameters import Constraint
from csi.results import Fit, Table
from csi.single_thread import on_one_thread


class StructureFit:
    """What a fitted covariance structure says of its parameters and of its fit.

    It is one of a single group, `CovarianceFit`, or of several, `csi.MultigroupFit`.
    """

    @property
    @abstractmethod
    def solution(self) -> Solution:
        """The parameters, and the structure they stand in."""

    @property
    @abstractmethod
    def samples(self) -> tuple[Moments, ...]:
        """What was observed, group by group."""

    @property
    def _group_names(self) -> tuple[Any, ...]:
        """What the groups are called; empty if there is one only."""
        return ()

    @Table
    def parameters(self) -> pd.DataFrame:
        """Parameters: left, operator, right, estimate, se, z, p, lower, upper, std_lv, std_all.

        ``free`` says which were estimated; fixed ones have a standard error of
        zero and no test. ``std_all`` standardises constructs and items,
        ``std_lv`` constructs alone. Quantities that the model defines come last,
        with the operator ``:=``; their errors are those of the delta method, and
        standardised they are computed from standardised parameters.
        """
        return self.parameter_table()

    @on_one_thread
    def parameter_table(self, level: float = 0.95) -> pd.DataFrame:
        """Return the parameters with intervals of another level.

        Parameters
        ----------
        level : float
            Confidence level of ``lower`` and ``upper``.

        Returns
        -------
        DataFrame
        """
        check_level(level)
        solution = self.solution
        table = self._named()
        numbers, rates = solution.with_defined(solution.values, solution.rates)
        table = table.assign(**estimate_columns(numbers, solution.errors_of(rates), level))
        table["std_lv"] = solution.with_defined(*solution.standardised(items=False))[0]
        table["std_all"] = solution.with_defined(*solution.standardised())[0]
        return table

    @Table
    def defined(self) -> pd.DataFrame:
        """Quantities that the model defines: name, expression, estimate, se ... std_all.

        The rows of ``parameters`` with the operator ``:=``, labelled by name.
        """
        table = self.parameters
        table = table[table["operator"] == ":="].drop(columns=["operator", "label", "free"])
        table = table.rename(columns={"left": "name", "right": "expression"})
        return table.drop(columns="group", errors="ignore").set_index("name", drop=False)

    @on_one_thread
    def standardized(self, kind: Literal["all", "lv"] = "all", level: float = 0.95) -> pd.DataFrame:
        """Return the standardised solution with standard errors by the delta method.

        Parameters
        ----------
        kind : {"all", "lv"}
            Whether items and constructs get variance one, or constructs alone.
        level : float
            Confidence level of ``lower`` and ``upper``.

        Returns
        -------
        DataFrame
            left, operator, right, free, estimate, se, z, p, lower, upper.
        """
        check_choice("kind", kind, ("all", "lv"))
        check_level(level)
        found = self.solution.standardised(items=kind == "all")
        numbers, rates = self.solution.with_defined(*found)
        table = self._named()
        return table.assign(**estimate_columns(numbers, self.solution.errors_of(rates), level))

    @Table
    def fit_measures(self) -> pd.DataFrame:
        """Measures of overall fit under lavaan's names: measure, value."""
        found = fit_measures(self.solution.judged)
        return pd.DataFrame({"measure": list(found), "value": list(found.values())}, list(found))

    def measure(self, name: str) -> float:
        """Return one measure of fit, such as ``"cfi"``."""
        table = self.fit_measures
        check_choice("measure", name, tuple(table["measure"]))
        return float(table.loc[name, "value"])  # type: ignore[arg-type]

    @on_one_thread
    def modification_indices(
        self,
        minimum: float = 0.0,
        operators: Sequence[str] = tests.OPERATORS,
        *,
        delta: float = 0.1,
        level: float = 0.95,
        high_power: float = 0.75,
    ) -> pd.DataFrame:
        """Return what freeing each fixed parameter would gain, largest first.

        Candidates are those of lavaan: cross-loadings, covariances of errors and of
        constructs, and paths among what paths join. Those the data cannot tell from
        parameters of the model are left out.

        Parameters
        ----------
        minimum : float
            Smallest index shown.
        operators : sequence of {"=~", "~~", "~"}
            Kinds of candidates.
        delta : float
            Change that would matter, in the units of the parameter, for ``power`` and
            ``decision``.
        level : float
            One less the significance level of ``decision``.
        high_power : float
            Power above which a test that is not significant speaks for the model.

        Returns
        -------
        DataFrame
            left, operator, right, (group,) mi, (mi_scaled,) p, epc, sepc_lv, sepc_all,
            sepc_nox, power, decision. ``mi`` is the fall of chi-square, ``epc`` the
            expected value, standardised as ``std_lv`` and ``std_all`` are, and but for
            observed causes; for least squares lavaan multiplies both by (n - 1) / n.
            With robust errors or a scaled test, ``mi_scaled`` is
            Satorra's (1989) generalised score test, which lavaan does not have, and p
            belongs to it. ``decision`` is that of Saris et al. (2009): "misspecified",
            "not misspecified", "negligible" (significant but smaller than delta) or
            "inconclusive".

        References
        ----------
        Sorbom, D. (1989). Model modification. Psychometrika 54(3), 371-384.
        doi:10.1007/BF02294623

        Saris, W. E., Satorra, A. and van der Veld, W. M. (2009). Testing structural
        equation models or detection of misspecifications? Structural Equation Modeling
        16(4), 561-582. doi:10.1080/10705510903203433

        Examples
        --------
        >>> import csi
        >>> fit = csi.fit(csi.models.acsi(), csi.demo_survey(), csi.CBSEM())
        >>> list(fit.modification_indices(operators=["=~"]).columns[:5])
        ['left', 'operator', 'right', 'mi', 'p']
        """
        check_number("minimum", minimum, "3.84")
        check_number("delta", delta, "0.1", 0)
        check_number("high_power", high_power, "0.75", 0, 1)
        check_level(level)
        asked = tests.checked_operators(operators)
        return tests.modification_table(self.solution, minimum, asked, delta, level, high_power)

    @on_one_thread
    def score_test(self, release: Sequence[str] | None = None) -> pd.DataFrame:
        """Test equality constraints: what giving them up would gain.

        Parameters
        ----------
        release : list of str, optional
            Constraints, as the table names them; all by default.

        Returns
        -------
        DataFrame
            constraint, chisq, df, (chisq_scaled,) p, epc: all together, then each on its
            own with the change expected of its left side less its right side. The
            degrees of freedom of all together are the directions the data identify;
            lavaan counts constraints even where some cannot be given up at once.

        Raises
        ------
        OptionError
            If the model holds no equality constraints, or not those.

        References
        ----------
        Bentler, P. M. and Chou, C.-P. (1992). Some new covariance structure model
        improvement statistics. Sociological Methods & Research 21(2), 259-282.
        doi:10.1177/0049124192021002006

        Examples
        --------
        >>> import csi
        >>> model = csi.parse(
        ...     "Quality =~ OVERALLQ + a*CUSTOMQ + a*WRONGQ; Value =~ PQ + QP; Value ~ Quality"
        ... )
        >>> fit = csi.fit(model, csi.demo_survey(), csi.CBSEM())
        >>> int(fit.score_test().loc["all together", "df"])
        1
        """
        return tests.score_table(self.solution, release)

    @on_one_thread
    def wald(self, conditions: str | Sequence[str] | Sequence[Constraint]) -> pd.DataFrame:
        """Test equations among labelled parameters with Wald's test.

        Parameters
        ----------
        conditions : str or sequence of str
            Such as ``"a == b"``, one a line; an expression alone is tested against zero.

        Returns
        -------
        DataFrame
            chisq, df, p; robust where the errors of the fit are.

        Raises
        ------
        ModelError
            If a condition names an unknown label, or follows from others.

        Examples
        --------
        >>> import csi
        >>> model = csi.parse(
        ...     "Quality =~ OVERALLQ + a*CUSTOMQ + b*WRONGQ; Value =~ PQ + QP; Value ~ Quality"
        ... )
        >>> fit = csi.fit(model, csi.demo_survey(), csi.CBSEM())
        >>> int(fit.wald("a == b")["df"].iloc[0])
        1
        """
        return tests.wald_table(self.solution, conditions)

    @cached_property
    @on_one_thread
    def vcov(self) -> pd.DataFrame:
        """Covariance matrix of the estimates, labelled by parameter."""
        compiled = self.solution.compiled
        shown = compiled.first[~compiled.exogenous]
        names = [self._name_of(i) for i in shown]
        rates = compiled.rates[shown]
        return pd.DataFrame(rates @ self.solution.covariance @ rates.T, names, names)

    def _structure_tables(self) -> tuple[tuple[str, pd.DataFrame], ...]:
        """Return what a summary shows: titles and tables."""
        measures = self.fit_measures
        known = dict(zip(measures["measure"], measures["value"].astype(object), strict=True))
        known |= {name: int(known[name]) for name in _COUNTS if known.get(name, 0.5) % 1 == 0}
        names = [name for name in _SHOWN if name in known]
        values = pd.Series([known[name] for name in names], dtype=object)
        shown = pd.DataFrame({"measure": names, "value": values})
        return ("Overall fit", shown), ("Parameters", self.parameters)

    def _name_of(self, i: int) -> str:
        """Return what a row is called, with its group if other groups have their own."""
        compiled = self.solution.compiled
        row, several = compiled.rows[i], self._group_names
        own = (compiled.number == compiled.number[i]).sum() == 1
        return f"{row} ({several[row.group]})" if several and own else str(row)

    def _named(self) -> pd.DataFrame:
        rows, defined = self.solution.compiled.rows, self.solution.compiled.defined
        more = len(defined)
        table = pd.DataFrame(
            {
                "left": [row.left for row in rows] + [each.name for each in defined],
                "operator": [row.operator for row in rows] + [":="] * more,
                "right": [row.right for row in rows] + [each.expression for each in defined],
            }
        )
        if self._group_names:
            table["group"] = [self._group_names[row.group] for row in rows] + [""] * more
        labels = ["" if row.label.startswith(".") else row.label for row in rows]
        table["label"] = labels + [""] * more
        table["free"] = [row.value is None and not row.exogenous for row in rows] + [False] * more
        return table


@dataclass(frozen=True, eq=False, repr=False)
class CovarianceFit(StructureFit, Fit):
    """A model fitted as a structure of means and covariances.

    Everything a `Fit` has, and the tables of covariance structure analysis.
    Weights, scores and indices are those of composites of each construct's own
    items, weighted by their regression on it.
    """

    @cached_property
    def solution(self) -> Solution:
        """The parameters, and the structure they stand in."""
        assert isinstance(self.estimates, CovarianceEstimates)
        assert self.estimates.solution is not None
        return self.estimates.solution

    @Table
    def paths(self) -> pd.DataFrame:
        """Direct effects: source, target, estimate, expected_sign, as_expected.

        Standardised; those of products of constructs, such as ``Quality:Value``, last.
        """
        table, more = super().paths, product_paths(self.solution)
        return pd.concat([table, more], ignore_index=True) if len(more) else table

    @property
    def samples(self) -> tuple[Moments, ...]:
        """What was observed, as one group."""
        return (self.moments,)

    @cached_property
    @on_one_thread
    def findings(self) -> tuple[Finding, ...]:
        """What about the fit is inadmissible or doubtful: kind of warning, sentence.

        Variances below zero (Heywood cases), correlations above one, matrices that
        are not positive definite, R2 below zero, standard errors above 100 times the
        median of their kind, variance inflation above 10, constructs that point
        against most of their items, a condition number above 1e6, fewer than five
        respondents a parameter, and whatever about the answers deserves a look.
        """
        found = covariance_findings(self.model, self.moments, self.estimates, self.solution)
        refused = [(InadmissibleWarning, self._why_no_index)] if self.without_index else []
        return (*found, *refused)

    @property
    def has_indices(self) -> bool:
        """Whether indices can be had: not where a variance they rest on is negative."""
        return super().has_indices and not self.without_index

    def index(self, construct: str) -> float:
        """Return the 0-100 index of a construct, if no variance behind it is negative.

        Parameters
        ----------
        construct : str
            Its name.

        Returns
        -------
        float

        Raises
        ------
        EstimationError
            If the error variance of one of its items, or its own, is negative.
        """
        self.model.construct(construct)
        if construct in self.without_index:
            raise EstimationError(self._why_no_index)
        V = self._hundred.weights(self.estimates, self.index_weights)
        return float(self._hundred.indices(V)[self.model.names.index(construct)])

    @cached_property
    def _index_weights(self) -> Array:
        if self.without_index:
            raise EstimationError(self._why_no_index)
        return super()._index_weights

    @cached_property
    def without_index(self) -> list[str]:
        """Constructs without an index: a variance behind theirs is negative."""
        return without_index(self.model, self.solution)

    @property
    def _why_no_index(self) -> str:
        return (
            f"No 0-100 index is computed from {listing(self.without_index)}: a variance behind it "
            "is negative, so that the weights of its items mean nothing. Mend the model, or take "
            "the indices of csi.PLS()."
        )

    @Table
    def reliability(self) -> pd.DataFrame:
        """Reliability of the sum of the items of each construct, by the model.

        ``alpha`` is Cronbach's, of the observed covariances. The omegas are the
        share of the variance of the sum that the construct explains: of the
        construct's part and the errors (``omega``, Bollen 1980), of the implied
        variance (``omega_bentler``, the same without cross-loadings) and of the
        observed one (``omega_mcdonald``, as semTools::compRelSEM). ``maximal`` is H,
        the reliability of the best weighted sum (Hancock and Mueller 2001), ``ave``
        the average variance extracted. NaN where a construct has no items of its
        own, alpha where it has one, ave where an item belongs to another as well.
        If all items are ordered, omegas are those of the sum of the categories (Green
        and Yang 2009), the others of the responses behind them.
        """
        return tables.reliability(self.solution, self.model)

    @Table
    def construct_cov(self) -> pd.DataFrame:
        """Covariances of the constructs that the model implies."""
        return tables.construct_cov(self.solution, self.model)

    @Table
    def item_r2(self) -> pd.DataFrame:
        """Share of the variance of each item that constructs explain: indicator, r2."""
        return tables.item_r2(self.solution)

    @Table
    def implied_cov(self) -> pd.DataFrame:
        """Covariances of the items that the model implies."""
        return tables.implied_cov(self.solution)

    @Table
    def implied_mean(self) -> pd.DataFrame:
        """Means of the items that the model implies: indicator, mean."""
        return tables.implied_mean(self.solution)

    @on_one_thread
    def residuals(self, kind: Residuals = "raw") -> pd.DataFrame:
        """Return what the model leaves of the covariances of the items.

        Parameters
        ----------
        kind : {"raw", "correlation", "normalized", "standardized"}
            Differences of the covariances, or of the correlations; or differences
            of the covariances over the standard errors of the observed ones, or
            over their own. Only the last are about normal with variance one if the
            model holds; above 2.58 in size they are significant at 1 percent.

        Returns
        -------
        DataFrame
            Items by items.

        Notes
        -----
        Standard errors rest on normal data if those of the fit do, otherwise on
        the fourth moments of the answers, as in lavaan.

        References
        ----------
        Maydeu-Olivares, A. (2017). Assessing the size of model misfit in structural
        equation models. Psychometrika 82(3), 533-558. doi:10.1007/s11336-016-9552-7

        Examples
        --------
        >>> import csi
        >>> fit = csi.fit(csi.models.acsi(), csi.demo_survey(), csi.CBSEM())
        >>> float(fit.residuals("standardized").abs().max().max().round(2))
        2.79
        """
        check_choice("kind", kind, get_args(Residuals))
        return tables.residuals(self.solution, kind)

    @on_one_thread
    def residual_means(self, kind: Residuals = "raw") -> pd.DataFrame:
        """Return what the model leaves of the means of the items.

        Parameters
        ----------
        kind : {"raw", "correlation", "normalized", "standardized"}
            As for `residuals`; ``"correlation"`` is in standard deviations.

        Returns
        -------
        DataFrame
            indicator, residual.

        Raises
        ------
        OptionError
            If the model says nothing of the means.

        Examples
        --------
        >>> import csi
        >>> fit = csi.fit(csi.models.acsi(), csi.demo_survey(), csi.CBSEM(means=True))
        >>> bool(fit.residual_means()["residual"].abs().max() < 1e-6)
        True
        """
        check_choice("kind", kind, get_args(Residuals))
        return tables.residual_means(self.solution, kind)

    @Table
    def residual_summary(self) -> pd.DataFrame:
        """RMR, SRMR and CRMR with standard errors, tests of exact and of close fit.

        measure, estimate, se, z, p (exact fit), unbiased, unbiased_se, lower, upper
        (90 percent), close_z, close_p (at most 0.05), as `lavResiduals` of lavaan.
        """
        return tables.residual_summary(self.solution)

    @on_one_thread
    def factor_scores(self, method: Method = "regression", data: object = None) -> pd.DataFrame:
        """Return scores of the constructs in the units of the model, from all items.

        `scores` and `index_scores` are composites of each construct's own items;
        these use every item, through the covariances of the constructs.

        Parameters
        ----------
        method : {"regression", "bartlett", "ten_berge"}
            Smallest error; unbiased for each respondent; or with the covariances
            the constructs have in the model.
        data : SurveyData or dataframe, optional
            Other respondents, coded in the same way; those of the fit if not given.

        Returns
        -------
        DataFrame
            One row a respondent, labelled by position. Items somebody did not
            answer are left out of that respondent's scores.

        Raises
        ------
        RowsRequiredError
            If the fit holds no respondents.
        OptionError
            If items are ordered.
        DataError
            If items are missing or coded on another scale.
        EstimationError
            If the implied covariances are singular, or scores of that kind do not
            exist.

        References
        ----------
        Grice, J. W. (2001). Computing and evaluating factor scores. Psychological
        Methods 6(4), 430-450. doi:10.1037/1082-989X.6.4.430

        Examples
        --------
        >>> import csi
        >>> fit = csi.fit(csi.models.acsi(), csi.demo_survey(), csi.CBSEM())
        >>> fit.factor_scores("bartlett").columns[0]
        'Expectations'
        """
        check_choice("method", method, get_args(Method))
        answers = self._rows() if data is None else self._coded_alike(data)
        mean = np.zeros(len(self.moments.columns))
        mean = mean if self.moments.mean is None else self.moments.mean
        check_no_products(self.solution, "Factor scores")
        found = tables.scores(self.solution, self.model, answers.rows, mean, method)
        return pd.DataFrame(found, index=answers.positions, columns=list(self.model.names))

    @on_one_thread
    def simple_slopes(
        self,
        target: str,
        source: str,
        moderator: str | None = None,
        at: Sequence[float] = (-1.0, 0.0, 1.0),
        *,
        unit: Unit = "sd",
        level: float = 0.95,
    ) -> pd.DataFrame:
        """Return the effect of a construct where another one, or itself, is low or high.

        Parameters
        ----------
        target, source : str
            The construct that is explained, and its cause.
        moderator : str, optional
            What the cause is multiplied with in the model; the cause itself by default,
            for the slope of a curve.
        at : sequence of float
            Values of the moderator, from its mean.
        unit : {"sd", "raw"}
            Whether these are standard deviations of the moderator, or units of its
            first item.
        level : float
            Confidence level of ``lower`` and ``upper``.

        Returns
        -------
        DataFrame
            moderator, at, value, estimate, se, z, p, lower, upper; not standardised.

        Raises
        ------
        OptionError
            If the model holds no such product, or products without centring of their
            constructs, by ``centring="residual"``.

        References
        ----------
        Aiken, L. S. and West, S. G. (1991). Multiple regression: testing and
        interpreting interactions. Sage.

        Examples
        --------
        >>> import csi
        >>> model = csi.parse(
        ...     "Satisfaction =~ SATIS + CONFIRM + IDEAL; Loyalty =~ REPUR;"
        ...     "Loyalty ~ Satisfaction + Satisfaction:Satisfaction"
        ... )
        >>> fit = csi.fit(model, csi.demo_survey(), csi.CBSEM("MLR"))
        >>> fit.simple_slopes("Loyalty", "Satisfaction")["estimate"].round(2).tolist()
        [1.0, 1.13, 1.25]
        """
        check_level(level)
        check_centred(self.estimator)
        by = source if moderator is None else moderator
        table = slopes(self.solution, target, source, by, at, unit)
        return table.assign(
            **estimate_columns(table["estimate"].to_numpy(), table["se"].to_numpy(), level)
        )

    @on_one_thread
    def score_quality(self, method: Method = "regression") -> pd.DataFrame:
        """Return how good the scores of `factor_scores` are, if the model holds.

        Parameters
        ----------
        method : {"regression", "bartlett", "ten_berge"}
            The scores.

        Returns
        -------
        DataFrame
            construct, determinacy (correlation with the construct that the best
            scores reach), validity (that of these), reliability, minimum (smallest
            correlation of two sets of values that fit equally well).

        References
        ----------
        Grice, J. W. (2001). Computing and evaluating factor scores. Psychological
        Methods 6(4), 430-450. doi:10.1037/1082-989X.6.4.430

        Examples
        --------
        >>> import csi
        >>> fit = csi.fit(csi.models.acsi(), csi.demo_survey(), csi.CBSEM())
        >>> round(float(fit.score_quality().loc["Satisfaction", "determinacy"]), 3)
        0.974
        """
        check_choice("method", method, get_args(Method))
        return tables.quality(self.solution, self.model, method)

    def summary(self) -> Summary:
        """Return the fit as a summary that prints as text and shows itself in Jupyter."""
        usual = super().summary()
        return Summary(
            usual.title, usual.facts, (*usual.tables, *self._structure_tables()), usual.notes
        )


_SHOWN = (
    "npar", "chisq", "df", "pvalue", "chisq.scaled", "df.scaled", "pvalue.scaled", "cfi", "tli",
    "cfi.robust", "tli.robust", "rmsea", "rmsea.ci.lower", "rmsea.ci.upper", "rmsea.robust",
    "srmr", "logl", "aic", "bic",
)  # fmt: skip
_COUNTS = ("npar", "df", "df.scaled")


def estimate_columns(estimate: Array, se: Array, level: float) -> dict[str, Array]:
    """Return estimates with z, p and limits; none for what is fixed."""
    from scipy.special import ndtr, ndtri  # noqa: PLC0415 - slow to import

    known = np.where(se > 0, se, np.nan)
    z = estimate / known
    half = float(ndtri((1 + level) / 2))
    spread = np.where(np.isnan(se), np.nan, se)
    return {
        "estimate": estimate, "se": se, "z": z, "p": 2 * ndtr(-np.abs(z)),
        "lower": estimate - half * spread, "upper": estimate + half * spread,
    }  # fmt: skip

"""Likelihood-ratio tests of covariance structures nested in each other.

References
----------
Satorra, A. (2000). Scaled and adjusted restricted tests in multi-sample analysis of
moment structures. In R. D. H. Heijmans, D. S. G. Pollock and A. Satorra (eds),
Innovations in multivariate statistical analysis, 233-247. Kluwer.
doi:10.1007/978-1-4615-4603-0_17

Satorra, A. and Bentler, P. M. (2001). A scaled difference chi-square test statistic
for moment structure analysis. Psychometrika 66(4), 507-514. doi:10.1007/BF02296192

Satorra, A. and Bentler, P. M. (2010). Ensuring positiveness of the scaled difference
chi-square test statistic. Psychometrika 75(2), 243-248. doi:10.1007/s11336-009-9135-y
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Literal, get_args

import numpy as np
import pandas as pd

from csi.core.moments import Moments
from csi.core.sem.difference_tests import difference_traces, restriction, scaled_difference
from csi.core.sem.gamma import vech
from csi.core.sem.scaled_tests import (
    ModelTest,
    mean_scaled,
    mean_variance_adjusted,
    scaled_and_shifted,
    standard,
)
from csi.core.types import Array
from csi.covariance_fit import StructureFit
from csi.declared import check_choice
from csi.errors import ArgumentTypeError, EstimationError, OptionError, kind_of
from csi.estimators.sem.overall import SCALED, fit_measures
from csi.estimators.sem.solution import Solution
from csi.single_thread import one_thread

Method = Literal[
    "standard", "satorra.bentler.2001", "satorra.bentler.2010", "satorra.2000"
]  # fmt: skip

WORSE = 1e-6
"""Fall of chi-square, as a share of it, at which a restriction cannot be one."""

SAME = 1e-6
"""Difference of implied covariances, as a share, at which parameters are not the same."""


def likelihood_ratio(
    *fits: StructureFit, names: Sequence[str] | None = None, method: Method | None = None
) -> pd.DataFrame:
    """Test covariance structures against less restricted ones.

    Parameters
    ----------
    *fits : CovarianceFit or MultigroupFit
        Two or more fits of nested models to the same answers, in any order.
    names : sequence of str, optional
        What to call them; ``"1"``, ``"2"`` ... in the order given by default.
    method : str, optional
        ``"standard"``, ``"satorra.bentler.2001"``, ``"satorra.bentler.2010"`` or
        ``"satorra.2000"``. By default the plain difference for plain tests, Satorra and
        Bentler's of 2001 for mean-scaled tests, and Satorra's of 2000 for tests
        adjusted in mean and variance. Satorra's is adjusted in the way the tests of the
        models are; lavaan adds a shift unless it is told not to. It takes the restriction
        itself (lavaan: ``A.method="exact"``) where the parameters of one model are among
        those of the other. Otherwise the restriction is what the implied moments of
        standardised items say, as in lavaan by default, but for its units of the answers.

    Returns
    -------
    DataFrame
        model, df, aic, bic, chisq, difference, df_difference, scaling, p, rmsea_d,
        method; from the least to the most restricted model, each tested against the
        one above it. ``chisq`` is never scaled. ``rmsea_d`` is the RMSEA of the
        restriction, of plain tests only.

    Raises
    ------
    OptionError
        If fits cannot be compared: other answers, items or estimators, the same
        degrees of freedom, or a restricted model that fits better.
    EstimationError
        If the test of 2010 meets parameters the restricted model has not.

    Examples
    --------
    >>> import csi
    >>> wide = csi.parse("Quality =~ OVERALLQ + CUSTOMQ + WRONGQ; Value =~ PQ + QP")
    >>> narrow = csi.parse("Quality =~ OVERALLQ + a*CUSTOMQ + a*WRONGQ; Value =~ PQ + QP")
    >>> survey = csi.demo_survey()
    >>> fits = [csi.fit(model, survey, csi.CBSEM()) for model in (wide, narrow)]
    >>> csi.likelihood_ratio(*fits, names=["free", "equal"])["df_difference"].tolist()
    [nan, 1.0]
    """
    if method is not None:
        check_choice("method", method, get_args(Method))
    shown = _names(fits, names)
    for one, other in pairwise(fits):
        _check_same(one, other)
    order = sorted(range(len(fits)), key=lambda i: fits[i].solution.df)
    solutions = [fits[i].solution for i in order]
    with one_thread(solutions[0].n):
        tests = [difference_test(*pair, method) for pair in pairwise(solutions)]
        table = pd.DataFrame([_measures(each) for each in solutions])
    table.insert(0, "model", [shown[i] for i in order])
    blank = (np.nan,) * 5
    columns = ["difference", "df_difference", "scaling", "p", "rmsea_d"]
    rows = [_row(test, solution) for test, solution in zip(tests, solutions[1:], strict=True)]
    table[columns] = [blank, *rows]
    table["method"] = ["", *(test.name for test in tests)]
    return table.set_index("model", drop=False)


def _names(fits: Sequence[object], names: Sequence[str] | None) -> list[str]:
    if len(fits) < 2:
        raise OptionError(f"{len(fits)} fits were given. Give two or more to compare.")
    for fit in fits:
        if not isinstance(fit, StructureFit):
            raise ArgumentTypeError(
                f"{kind_of(fit)} cannot be compared by likelihood ratio. Give fits of csi.CBSEM."
            )
    if names is None:
        return [str(number) for number in range(1, len(fits) + 1)]
    listed = isinstance(names, list | tuple) and all(isinstance(name, str) for name in names)
    if not listed or len(names) != len(fits) or len(set(names)) < len(names):
        raise OptionError(f"names is {names!r}. Give {len(fits)} different names, one a fit.")
    return list(names)


def _check_same(one: StructureFit, other: StructureFit) -> None:
    """Refuse fits to other answers, or by another estimator."""
    if len(one.samples) != len(other.samples):
        raise OptionError(
            f"One model was fitted to {len(one.samples)} groups, another to {len(other.samples)}. "
            "Fit both to the same."
        )
    for first, second in zip(one.samples, other.samples, strict=True):
        _check_alike(first, second)
    if one.solution.choices != other.solution.choices or _kind(one) != _kind(other):
        raise OptionError(
            f"The models were estimated differently: {_kind(one)} and {_kind(other)}. Use the "
            "same csi.CBSEM(...) for both."
        )


def _check_alike(first: Moments, second: Moments) -> None:
    if set(first.columns) != set(second.columns):
        apart = sorted(set(first.columns) ^ set(second.columns))
        raise OptionError(
            f"The models are of other items: {', '.join(apart[:5])} in one only. Nested models "
            "have the same items."
        )
    aligned = second.select(first.columns)
    if first.n != aligned.n or not np.allclose(first.cov, aligned.cov, rtol=1e-9, atol=0):
        raise OptionError(
            f"The models were fitted to other answers ({first.n:g} and {aligned.n:g} "
            "respondents). Fit both to the same."
        )


def _kind(fit: StructureFit) -> str:
    estimator = getattr(fit, "estimator", None)
    method = getattr(estimator, "method", type(estimator).__name__)
    return f"{method}, test {fit.solution.choices.test}"


def difference_test(wide: Solution, narrow: Solution, method: Method | None = None) -> ModelTest:
    """Test a solution against one it is nested in, as `likelihood_ratio` does.

    Raises
    ------
    OptionError
        If it cannot be nested in it, or has not the test that is asked for.
    EstimationError
        If the test of 2010 meets parameters the restricted model has not.
    """
    T, df = narrow.statistic - wide.statistic, narrow.df - wide.df
    if df == 0:
        raise OptionError(
            f"Two models have the same {wide.df} degrees of freedom, so that neither is a "
            "restriction of the other. Compare them by aic and bic."
        )
    if T + WORSE * max(wide.statistic, 1.0) < 0:
        raise OptionError(
            f"The model with {narrow.df} degrees of freedom has a smaller chi-square "
            f"({narrow.statistic:.4f}) than that with {wide.df} ({wide.statistic:.4f}): it is no "
            "restriction of it. Compare them by aic and bic."
        )
    chosen = method or _usual(wide)
    if chosen == "standard":
        return standard(T, df)
    if chosen == "satorra.2000":
        return _satorra(wide, narrow, T, df)
    if wide.choices.test not in ("satorra.bentler", "yuan.bentler", "yuan.bentler.mplus"):
        raise OptionError(
            f"method={chosen!r} needs mean-scaled tests; these are {wide.choices.test!r}. Use "
            "method='satorra.2000', or csi.CBSEM('MLM') or csi.CBSEM('MLR')."
        )
    below = wide if chosen == "satorra.bentler.2001" else _with_parameters_of(wide, narrow)
    return scaled_difference(
        narrow.statistic, narrow.df, narrow.test.scaling,
        wide.statistic, wide.df, below.test.scaling, name=chosen,
    )  # fmt: skip


def _usual(wide: Solution) -> Method:
    if wide.choices.test not in SCALED:
        return "standard"
    adjusted = wide.choices.test in ("mean.var.adjusted", "scaled.shifted")
    return "satorra.2000" if adjusted else "satorra.bentler.2001"


def _satorra(wide: Solution, narrow: Solution, T: float, df: int) -> ModelTest:
    """Return Satorra's (2000) test, adjusted in the way the tests of the models are."""
    traces = difference_traces(wide.information, wide.scores, _restrictions(wide, narrow))
    found = {
        "mean.var.adjusted": lambda: mean_variance_adjusted(T, df, traces),
        "scaled.shifted": lambda: scaled_and_shifted(T, df, traces),
    }.get(wide.choices.test, lambda: mean_scaled(T, df, traces.first))()
    return replace(found, name="satorra.2000")


def _restrictions(wide: Solution, narrow: Solution) -> Array:
    """Return what holds of the free directions of a model in one nested in it.

    If its parameters are among those of the other, these are derivatives by parameters,
    otherwise those that come closest in the implied moments of standardised items.
    """
    precision = np.sqrt(np.diagonal(wide.information))
    if _imply_the_same(_moved(wide, narrow), narrow):
        moved = _by_parameters(wide, _by_name(narrow, narrow.rates @ narrow.tangent))
        free = wide.rates[wide.compiled.first] @ wide.tangent
        along = np.linalg.lstsq(free, moved, rcond=None)[0] * precision[:, None]
    else:
        free, moved = (
            np.concatenate([D @ each.tangent for D in _slopes(each, wide)])
            for each in (wide, narrow)
        )
        along = np.linalg.lstsq(free / precision, moved, rcond=None)[0]
    along = along / np.maximum(np.sqrt((along**2).sum(axis=0)), np.finfo(float).tiny)
    return np.asarray(restriction([np.eye(len(along))], [along]) * precision)


def _slopes(solution: Solution, wide: Solution) -> list[Array]:
    """Return derivatives of the moments of standardised items by all parameters."""
    evidence = solution.evidence
    found: list[Array] = evidence.Delta(solution.structure, solution.theta)
    if wide.compiled.ordered:
        return found
    covs: list[Array] = evidence.covs
    units = [1 / np.sqrt(np.diagonal(cov)) for cov in covs]
    means = solution.structure.has_means
    sizes = [np.concatenate([u, vech(np.outer(u, u))]) if means else vech(np.outer(u, u))
             for u in units]  # fmt: skip
    return [D * size[:, None] for D, size in zip(found, sizes, strict=True)]


def _with_parameters_of(wide: Solution, narrow: Solution) -> Solution:
    """Return the less restricted model at the estimates of the more restricted one."""
    found = _moved(wide, narrow)
    if not _imply_the_same(found, narrow):
        raise EstimationError(
            "The test of 2010 needs the less restricted model at the estimates of the other, "
            "but their parameters are not the same. Use method='satorra.bentler.2001' or "
            "'satorra.2000'."
        )
    return found


def _moved(wide: Solution, narrow: Solution) -> Solution:
    """Return a model at the estimates another one has for parameters of the same name."""
    values: Array = _by_parameters(wide, _by_name(narrow, narrow.values))
    reduction = wide.compiled.reduction
    if reduction is not None:
        values = np.asarray(np.linalg.pinv(reduction.along) @ (values - reduction.offset))
    return replace(wide, theta=values)


def _by_name(solution: Solution, numbers: Array) -> dict[tuple[str, str, str, int], Array]:
    """Return numbers of rows, one or more a row, by what the rows are called."""
    return {
        (*key, row.group): own
        for row, own in zip(solution.compiled.rows, numbers, strict=True)
        for key in ((row.key, row.key[::-1]) if row.operator == "~~" else (row.key,))
    }


def _by_parameters(wide: Solution, known: dict[tuple[str, str, str, int], Array]) -> Array:
    """Return the numbers of each parameter of a model, zero where nothing is known of it."""
    none = np.zeros_like(next(iter(known.values())))
    rows = [wide.compiled.rows[i] for i in wide.compiled.first]
    return np.array([known.get((*row.key, row.group), none) for row in rows])


def _imply_the_same(one: Solution, other: Solution) -> bool:
    """Whether two models imply the same means and covariances."""
    ours, theirs = (each.evidence.implied(each.structure, each.theta) for each in (one, other))
    at = [other.compiled.items.index(name) for name in one.compiled.items]
    unit = [np.sqrt(np.diagonal(cov)) for cov in ours.cov]
    pairs = [
        (mine / np.outer(u, u), their[np.ix_(at, at)] / np.outer(u, u))
        for mine, their, u in zip(ours.cov, theirs.cov, unit, strict=True)
    ]
    pairs += [
        (mine / u, their[at] / u)
        for mine, their, u in zip(ours.mean, theirs.mean, unit, strict=True)
    ]
    return all(np.allclose(mine, their, rtol=SAME, atol=SAME) for mine, their in pairs)


def _measures(solution: Solution) -> dict[str, float]:
    found = {"df": solution.df, "aic": np.nan, "bic": np.nan, "chisq": solution.statistic}
    if solution.evidence.has_likelihood:
        measures = fit_measures(solution)
        found |= {name: measures[name] for name in ("aic", "bic")}
    return found


def _row(test: ModelTest, solution: Solution) -> tuple[float, ...]:
    distance = np.nan
    if test.name == "standard":
        groups = len(solution.evidence.sizes)
        excess = max(test.statistic - test.df, 0.0) / (test.df * solution.n)
        distance = float(np.sqrt(excess * groups))
    return test.statistic, test.df, test.scaling, test.p, distance

"""Whether predictors share causes with what they are to explain."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np
import pandas as pd

from csi.assessment.inputs import check_fit
from csi.assessment.instruments import instrumented
from csi.assessment.regressions import Equation, equations
from csi.comparing.group_indices import adjusted
from csi.core import intervals
from csi.core.checks import check_level
from csi.core.collinearity import variance_inflation
from csi.core.copula import Corrected, copula_corrected, copula_terms
from csi.core.resample import BLOCK, Designed, Resamples, check_seed
from csi.core.types import Array
from csi.declared import check_choice
from csi.errors import OptionError
from csi.resampling.bootstrapping import FEWEST, MOST, check_number
from csi.resampling.engine import Engine
from csi.results import Fit

Method = Literal["copula", "regression"]

FEW_VALUES = 10
"""Different scores up to which a predictor is no continuous one, such as a single item."""

NORMAL = 0.05
"""P value from which scores cannot be told from normal ones."""

MUCH_ALIKE = 100.0
"""Variance inflation from which a copula term says what the predictors say already."""


def endogeneity(
    fit: Fit,
    *,
    method: Method = "copula",
    instruments: Mapping[str, Sequence[str]] | None = None,
    n_boot: int = 500,
    rng: int | np.random.Generator | None = None,
    level: float = 0.95,
) -> pd.DataFrame:
    """Look for predictors that share unobserved causes with what they explain.

    Such a predictor is endogenous: its path is biased. Errors of measurement, and a
    target that acts back, make one as well. Both methods work on the scores of the fit,
    as they are, also under PLSc.

    ``"copula"`` adds the Gaussian copula term of each predictor to the regression (Park
    and Gupta 2012), as Hult et al. (2018) do for PLS: a significant term points to an
    endogenous predictor, and ``corrected`` is its path with the term. Terms are added
    one at a time and, with several predictors, all together. Shares are adjusted as in
    Liengaard et al. (2025), which removes most of the bias that Becker, Proksch and
    Ringle (2022) found in regressions with a constant; equal scores share theirs out,
    without which ends of scales mislead the method. Respondents (or clusters) are
    resampled, shares computed anew each time, with the scores held fixed; limits and p
    values are normal, as percentiles reject too seldom. The method needs a predictor
    that is not normal and nearly continuous (if not, ``why`` says that the test must not
    be used) and a normal error. It needs many respondents as well: a common cause
    that turns a path of 0.50 into 0.70 is found in 99 of 100 samples of 1,000 if scores
    are strongly skewed, but in 12 if they are means of answers near the upper end of a
    scale. What it does not find is not absent.

    ``"regression"`` needs instruments: constructs that act on the target through the
    endogenous predictor only. Two-stage least squares is compared with the plain
    regression (Durbin, Wu and Hausman). The names of ``instruments`` are endogenous
    predictors here; in cSEM's testHausman they are the constructs explained.

    Parameters
    ----------
    fit : Fit
        The fit; it must hold the respondents.
    method : {"copula", "regression"}
        How to look.
    instruments : mapping of str to sequence of str, optional
        Instruments of endogenous predictors, such as ``{"Satisfaction": ["Image"]}``.
    n_boot : int
        Resamples for the copula terms, from 100.
    rng : int, numpy.random.Generator or None
        Seed.
    level : float
        Confidence level.

    Returns
    -------
    DataFrame
        For copula terms: target, source, terms (``"own"`` or ``"all"``), estimate (of
        the copula term), se, lower, upper, p, p_adjusted (Holm, over the terms of
        either kind that may be used), path, corrected, corrected_lower,
        corrected_upper, skewness, kurtosis (in excess), normality_p
        (Anderson-Darling), values (different scores), vif (of the term), why the test
        must not be used.

        For instruments: target, source, instruments, path, estimate (two-stage), se,
        lower, upper, first_stage_f, first_stage_p, hausman (F), p (of no endogeneity),
        sargan, sargan_df, sargan_p, why something is missing.

    Raises
    ------
    RowsRequiredError
        If the fit holds no respondents.
    OptionError
        If an option has no meaning.

    References
    ----------
    Hult, G. T. M., Hair, J. F., Proksch, D., Sarstedt, M., Pinkwart, A. and Ringle,
    C. M. (2018). Addressing endogeneity in international marketing applications of
    partial least squares structural equation modeling. Journal of International
    Marketing 26(3), 1-21. doi:10.1509/jim.17.0151

    Examples
    --------
    >>> import csi
    >>> from csi.assessment.endogeneity import endogeneity
    >>> fit = csi.fit(csi.models.acsi(), csi.demo_survey())
    >>> table = endogeneity(fit, rng=1)
    >>> table["source"].nunique()
    5
    >>> found = endogeneity(fit, method="regression", instruments={"Satisfaction": ["Quality"]})
    >>> found["target"].tolist()
    ['Complaints', 'Loyalty']
    """
    check_fit("endogeneity", fit)
    check_choice("method", method, ("copula", "regression"))
    check_number("n_boot", n_boot, FEWEST, MOST)
    level, seed = check_level(level), check_seed(rng)
    if (instruments is not None) != (method == "regression"):
        raise OptionError(
            f"method is {method!r} and instruments is {instruments!r}. Instruments belong to "
            "method='regression', such as instruments={'Satisfaction': ['Image']}."
        )
    if instruments is not None:
        return instrumented(fit, instruments, level)
    return _copulas(fit, int(n_boot), seed, level)


def _copulas(fit: Fit, n_boot: int, seed: int, level: float) -> pd.DataFrame:
    """Return the copula terms of all predictors."""
    known = [_Rows(equation) for equation in equations(fit)]
    able = [rows for rows in known if not rows.why]
    drawn = Engine.of(fit).resamples(seed, None)
    df = float(drawn.df) if isinstance(drawn, Designed) else np.nan
    resampled = dict(zip(able, _resampled(able, drawn, n_boot), strict=True)) if able else {}
    found = [
        row for rows in known for row in _terms(rows, resampled.get(rows), level, df)
    ]  # fmt: skip
    table = pd.DataFrame(found, columns=COLUMNS)
    for _, rows in table.groupby("terms"):
        p = rows["p"].where(rows["why"] == "").to_numpy(np.float64)
        table.loc[rows.index, "p_adjusted"] = adjusted(p, "holm")
    return table


COLUMNS = [
    "target", "source", "terms", "estimate", "se", "lower", "upper", "p", "p_adjusted", "path",
    "corrected", "corrected_lower", "corrected_upper", "skewness", "kurtosis", "normality_p",
    "values", "vif", "why",
]  # fmt: skip


class _Rows:
    """An equation by the rows of the fit, each of which stands for some respondents."""

    def __init__(self, equation: Equation) -> None:
        self.equation = equation
        self.why = equation.unsuited(equation.X)
        self.at, first, copies = np.unique(equation.rows, return_index=True, return_counts=True)
        self.X, self.y = equation.X[first], equation.y[first]
        self.weights, self.copies = equation.weights[first], copies.astype(np.float64)

    @property
    def n(self) -> float:
        """Respondents."""
        return float(self.copies.sum())

    def corrected(self, multipliers: Array) -> Corrected:
        """Return the coefficients of resamples."""
        with np.errstate(divide="ignore", invalid="ignore"):  # resamples without spread fail
            return copula_corrected(self.X, self.y, multipliers * self.weights, self.n)


def _resampled(able: list[_Rows], drawn: Resamples, n_boot: int) -> list[Corrected]:
    """Return the coefficients of every equation in every resample."""
    parts: list[list[Corrected]] = [[] for _ in able]
    for start in range(0, n_boot, BLOCK):
        left = min(BLOCK, n_boot - start)
        for piece in drawn.pieces(start // BLOCK):
            for part, rows in zip(parts, able, strict=True):
                if left > 0:
                    part.append(rows.corrected(piece[:left, rows.at].astype(np.float64)))
            left -= len(piece)
    return [
        Corrected(*(np.concatenate([getattr(p, name) for p in part], axis=2) for name in FIELDS))
        for part in parts
    ]


FIELDS = ("alone", "together")


def _terms(
    rows: _Rows, resampled: Corrected | None, level: float, df: float
) -> list[dict[str, Any]]:
    """Return the terms of one equation, one at a time and all together."""
    equation, q = rows.equation, rows.X.shape[1]
    about = [
        {"target": equation.target, "source": source, "terms": "own", **_shape(x), "why": rows.why}
        for source, x in zip(equation.sources, equation.X.T, strict=True)
    ]
    if resampled is None:
        return about
    M = (rows.copies * rows.weights)[None]
    estimate, c = rows.corrected(rows.copies[None]), copula_terms(rows.X, M, rows.n)[:, 0]
    path = equation.regress(equation.X).params[1:]
    found = []
    for terms, field in zip(("own", "all") if q > 1 else ("own",), FIELDS, strict=False):
        numbers = _numbers(getattr(estimate, field)[..., 0], getattr(resampled, field), level, df)
        for i, facts in enumerate(about):
            vif = _inflation(rows, c[[i]] if terms == "own" else np.roll(c, -i, axis=0))
            row = {**facts, "terms": terms, "path": path[i], "vif": vif}
            row |= {name: values[i] for name, values in numbers.items()}
            found.append({**row, "why": _unusable(row)})
    return found


def _numbers(estimate: Array, resampled: Array, level: float, df: float) -> dict[str, Array]:
    """Return coefficients of terms and of predictors with their limits."""
    freedom = np.full(estimate.shape[1], df)
    term, path = (
        intervals.limits(value, sample, "normal", level, df=freedom)
        for value, sample in zip(estimate, resampled, strict=True)
    )
    return {
        "estimate": estimate[0], "se": intervals.standard_errors(resampled[0]),
        "lower": term.lower, "upper": term.upper,
        "p": intervals.p_values(estimate[0], resampled[0], "normal", df=freedom),
        "corrected": estimate[1], "corrected_lower": path.lower, "corrected_upper": path.upper,
    }  # fmt: skip


def _shape(x: Array) -> dict[str, float]:
    """Describe the distribution of scores."""
    from scipy.stats import kurtosis, skew  # noqa: PLC0415 - slow to import
    from statsmodels.stats.diagnostic import normal_ad  # noqa: PLC0415 - slow to import

    values = len(np.unique(np.round(x, 9)))
    if values < 2:
        return {"skewness": np.nan, "kurtosis": np.nan, "normality_p": np.nan, "values": values}
    return {
        "skewness": float(skew(x)), "kurtosis": float(kurtosis(x)),
        "normality_p": float(normal_ad(x)[1]), "values": values,
    }  # fmt: skip


def _inflation(rows: _Rows, c: Array) -> float:
    """Return the variance inflation of the first term beside predictors and other terms."""
    together = np.vstack([c, rows.X.T])
    weights = rows.copies * rows.weights
    S = np.cov(together, aweights=weights)
    sd = np.sqrt(np.diagonal(S))
    return float(variance_inflation(S / np.outer(sd, sd))[0])


def _unusable(row: dict[str, Any]) -> str:
    """Say why a copula term must not be used, if so."""
    if row["values"] <= FEW_VALUES:
        return f"{row['source']} has {row['values']} different scores and is not continuous"
    if row["normality_p"] >= NORMAL:
        p = row["normality_p"]
        return f"scores of {row['source']} cannot be told from normal ones (p = {p:.3f})"
    if row["vif"] >= MUCH_ALIKE:
        return f"the copula term of {row['source']} repeats the predictors (VIF {row['vif']:.0f})"
    return "" if np.isfinite(row["p"]) else "resamples failed"

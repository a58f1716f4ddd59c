"""Prediction out of sample: PLSpredict with its benchmarks."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, get_args

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from csi.assessment.folds import Folds, check_rows, held_out
from csi.assessment.inputs import check_fit
from csi.core.prediction import Benchmark, Forecasts, Targets, Technique
from csi.core.resample import check_seed
from csi.core.types import Array
from csi.declared import check_choice
from csi.display import Summary
from csi.errors import EstimationError, OptionError, listing
from csi.results import Fit, Table

Power = Literal["high", "medium", "low", "none"]

NO_LINEAR_MODEL = "no linear model: its predictors are collinear, or as many as training rows"


def predict(
    fit: Fit,
    folds: object = 10,
    repeats: int = 10,
    *,
    technique: Technique = "direct",
    benchmark: Benchmark = "antecedents",
    rng: int | np.random.Generator | None = None,
) -> Prediction:
    """Predict the items of endogenous constructs for respondents the model has not seen.

    PLSpredict [1]_ [2]_: respondents are dealt into folds; the model is estimated without
    each fold and predicts its respondents, from their composites along the paths to the
    constructs, and along the loadings to the items. Two benchmarks see the same
    respondents: the mean of each item, and a linear regression of it on items.

    Clusters are dealt as a whole, so that nobody is predicted from members of the same
    cluster; strata are spread evenly over the folds. Survey weights enter the training
    moments and weight the errors. Rows with frequency weights are dealt as a whole.

    A missing answer that should predict counts as the mean of its item among the training
    respondents; errors are taken over answers that were given.

    Models with PLSc predict with the expectation of each construct given the composites,
    so that predictions are not too far apart. Multiplying composites by corrected paths,
    as cSEM and seminr before 2.6 do, inflates them by ``1 / sqrt(rho_A)`` where there is
    one predictor; seminr 2.6 conditions on all items at once [3]_, and refuses where that
    is inadmissible. Items of higher-order constructs are predicted through the part they
    belong to, for which nothing is published yet.

    Parameters
    ----------
    fit : Fit
        A fit of respondents.
    folds : int or array of int
        Number of folds; or the fold of each respondent used, (n,) or (repeats, n), with -1
        for those who are never held out. As many folds as respondents leave out one at a
        time, once.
    repeats : int
        How often respondents are dealt anew; errors of all repeats count alike.
    technique : {"direct", "earliest"}
        Predict a construct from its direct antecedents (default of seminr), or from
        exogenous constructs along all routes (default of cSEM).
    benchmark : {"antecedents", "all"}
        Let the linear model read the items of the constructs the prediction starts from
        (seminr from 2.6; cSEM does so without an intercept), or those of all other
        constructs (seminr 2.3).
    rng : int, numpy.random.Generator or None
        Seed.

    Returns
    -------
    Prediction

    Raises
    ------
    RowsRequiredError
        If the fit holds no respondents.
    OptionError
        If an option has no meaning, or there are too few respondents for the folds.
    EstimationError
        If the model cannot be estimated without any of the folds.

    References
    ----------
    .. [1] Shmueli, G., Ray, S., Velasquez Estrada, J. M. and Chatla, S. B. (2016). The
       elephant in the room: predictive performance of PLS models. Journal of Business
       Research 69(10), 4552-4564. doi:10.1016/j.jbusres.2016.03.049
    .. [2] Shmueli, G., Sarstedt, M., Hair, J. F., Cheah, J.-H., Ting, H., Vaithilingam, S.
       and Ringle, C. M. (2019). Predictive model assessment in PLS-SEM: guidelines for
       using PLSpredict. European Journal of Marketing 53(11), 2322-2347.
       doi:10.1108/EJM-02-2019-0189
    .. [3] de Rooij, M., Karch, J. D., Fokkema, M., Bakk, Z., Pratiwi, B. C. and Kelderman,
       H. (2023). SEM-based out-of-sample predictions. Structural Equation Modeling 30(1),
       132-148. doi:10.1080/10705511.2022.2061494

    Examples
    --------
    >>> import csi
    >>> from csi.assessment.prediction import predict
    >>> fit = csi.fit(csi.models.acsi(), csi.demo_survey())
    >>> prediction = predict(fit, rng=1)
    >>> prediction.constructs.columns[:4].tolist()
    ['construct', 'rmse', 'mae', 'q2_predict']
    """
    check_fit("predict", fit)
    check_choice("technique", technique, get_args(Technique))
    check_choice("benchmark", benchmark, get_args(Benchmark))
    answers = check_rows(fit, _WHAT)
    dealing = Folds.of(answers, folds, repeats, check_seed(rng))
    model = fit.model
    if not model.paths:
        raise OptionError("The model has no paths, so that there is nothing to predict. Add paths.")
    targets = Targets.of(model.blocks, model.composition, model.design, technique, benchmark)
    forecasts, why = held_out(fit, dealing, targets)
    if (why != "").all():
        reasons = listing(f"{reason} ({times})" for reason, times in Counter(why).items())
        raise EstimationError(
            f"The model could not be estimated without any of {len(why)} folds: {reasons}. Give "
            "fewer folds, or simplify the model."
        )
    return Prediction(fit, dealing, targets, benchmark, forecasts, why)


@dataclass(frozen=True, eq=False, repr=False)
class Prediction:
    """Predictions out of sample, their errors, and those of two benchmarks.

    Attributes
    ----------
    fit : Fit
        The fit of all respondents.
    folds : Folds
        Who was held out with whom.
    targets : Targets
        What was predicted, from what.
    benchmark : {"antecedents", "all"}
        What the linear model reads.
    forecasts : Forecasts
        What was predicted, by repeat, respondent and item.
    why : (B,) array of str
        Why the model could not be estimated without a fold; empty if it could.
    """

    fit: Fit
    folds: Folds
    targets: Targets
    benchmark: Benchmark
    forecasts: Forecasts
    why: NDArray[np.str_]

    @cached_property
    def errors(self) -> Errors:
        """Answers less predictions."""
        found = self.forecasts
        given = check_rows(self.fit, _WHAT).given[:, self.targets.items]
        return Errors(*(given - guess for guess in (found.model, found.linear, found.average)))

    @Table
    def items(self) -> pd.DataFrame:
        """Errors of each item.

        construct, indicator, rmse, mae, q2_predict (against the means of the training
        respondents), rmse_lm, mae_lm, rmse_mean, mae_mean, better (rmse below rmse_lm),
        why.
        """
        found = self.errors
        model, linear, average = (
            (np.sqrt(self._mean(e**2)), self._mean(np.abs(e)))
            for e in (found.model, self.comparable, found.average)
        )
        with np.errstate(divide="ignore", invalid="ignore"):
            q2 = 1 - (model[0] / average[0]) ** 2
        known = np.isfinite(model[0]) & np.isfinite(linear[0])
        return pd.DataFrame(
            {
                "construct": self._names(self.targets.constructs[self.targets.owner]),
                "indicator": self.indicators,
                "rmse": model[0],
                "mae": model[1],
                "q2_predict": q2,
                "rmse_lm": linear[0],
                "mae_lm": linear[1],
                "rmse_mean": average[0],
                "mae_mean": average[1],
                "better": _where_known(model[0] < linear[0], known),
                "why": [self._why(sure) for sure in known],
            }
        )

    @Table
    def constructs(self) -> pd.DataFrame:
        """Errors of standardised scores, and the predictive power of each construct.

        construct, rmse, mae, q2_predict (of scores held out, with the weights of the
        training respondents), items, better (items with an RMSE below that of the linear
        model), power: "high" if all are, "medium" if half of them or more, "low" if
        fewer, "none" if none is, as in the guidelines of Shmueli et al. (2019); why.
        """
        scores = self.forecasts.scores
        spread = self._mean(scores**2)
        error = scores - self.forecasts.predicted
        squares = self._mean(error**2)
        names = self._names(self.targets.constructs)
        blocks = [self.items["better"][self.targets.owner == t] for t in range(len(names))]
        known = np.array([bool(block.notna().all()) for block in blocks])
        better = np.array([int(block.fillna(False).sum()) for block in blocks])
        words = [power(int(b), len(block)) for b, block in zip(better, blocks, strict=True)]
        return pd.DataFrame(
            {
                "construct": names,
                "rmse": np.sqrt(squares),
                "mae": self._mean(np.abs(error)),
                "q2_predict": 1 - squares / np.where(spread > 0, spread, np.nan),
                "items": [len(block) for block in blocks],
                "better": np.where(known, better, np.nan),
                "power": _where_known(np.array(words, dtype=object), known),
                "why": [self._why(sure) for sure in known],
            },
            index=names,
        )

    @property
    def power(self) -> Power | None:
        """Predictive power over all items, told as for each construct; None if not known."""
        better = self.items["better"]
        return power(int(better.sum()), len(better)) if better.notna().all() else None

    @Table
    def predictions(self) -> pd.DataFrame:
        """Predicted answers, averaged over repeats: one row per respondent."""
        answers = check_rows(self.fit, _WHAT)
        known = np.isfinite(self.forecasts.model)
        total = np.where(known, self.forecasts.model, 0.0).sum(axis=0)
        with np.errstate(invalid="ignore"):  # never held out
            average = total / known.sum(axis=0)
        return pd.DataFrame(average, index=answers.positions, columns=self.indicators)

    @Table
    def failures(self) -> pd.DataFrame:
        """Folds without which the model could not be estimated: repeat, fold, why."""
        at = np.flatnonzero(self.why != "")
        held = [self.folds.held[i] for i in at]
        return pd.DataFrame(
            {
                "repeat": [repeat for repeat, _ in held],
                "fold": [int(self.folds.labels[repeat][rows[0]]) for repeat, rows in held],
                "why": self.why[at].astype(object),
            }
        )

    @property
    def indicators(self) -> list[str]:
        """Items that were predicted."""
        return [self.fit.model.indicators[i] for i in self.targets.items]

    @property
    def row_weights(self) -> Array:
        """(n,) weights of the respondents in every mean of errors."""
        answers = check_rows(self.fit, _WHAT)
        return np.ones(len(answers.rows)) if answers.weights is None else answers.weights

    def summary(self) -> Summary:
        """Return the prediction as a summary that prints as text and shows itself in Jupyter."""
        facts = (
            ("folds", f"{self.folds.number}, dealt {len(self.folds.labels)} times"),
            ("constructs predicted from", _SOURCES[self.targets.technique]),
            ("linear model reads", _READS[self.benchmark]),
            ("folds that failed", str(len(self.failures))),
            ("predictive power", self.power or "not known"),
        )
        tables = (
            ("Items", self.items.drop(columns="why")),
            ("Scores", self.constructs.drop(columns="why").reset_index(drop=True)),
        )
        notes = tuple(dict.fromkeys(why for why in self.items["why"] if why))
        return Summary("Prediction out of sample", facts, tables, notes)

    def __repr__(self) -> str:
        better = self.items["better"]
        return (
            f"<Prediction: {self.folds.number} folds dealt {len(self.folds.labels)} times, "
            f"{int(better.fillna(False).sum())} of {len(better)} items better than by a linear "
            "model>"
        )

    def __str__(self) -> str:
        return str(self.summary())

    def _repr_html_(self) -> str:
        return self.summary().to_html()

    @cached_property
    def comparable(self) -> Array:
        """(r, n, q) errors of the linear model; NaN for items it cannot predict in every fold."""
        found = self.errors
        lacking = (np.isnan(found.linear) & np.isfinite(found.model)).any(axis=(0, 1))
        return np.where(lacking, np.nan, found.linear)

    def _mean(self, values: Array) -> Array:
        """Return weighted means over what is known in all repeats and rows."""
        known = np.isfinite(values)
        w = self.row_weights[:, None] * known
        with np.errstate(invalid="ignore"):  # nothing is known
            mean: Array = (w * np.where(known, values, 0.0)).sum(axis=(0, 1)) / w.sum(axis=(0, 1))
        return mean

    def _names(self, constructs: NDArray[np.intp]) -> list[str]:
        return [self.fit.model.names[j] for j in constructs]

    def _why(self, known: bool) -> str:
        failed = Counter(self.why[self.why != ""].tolist())
        reasons = listing(f"{why} ({times})" for why, times in failed.items())
        lost = f"{sum(failed.values())} of {len(self.why)} folds failed: {reasons}"
        return "; ".join([lost] * bool(failed) + [NO_LINEAR_MODEL] * (not known))


@dataclass(frozen=True, slots=True, eq=False)
class Errors:
    """Answers less predictions; NaN where either is missing.

    Attributes
    ----------
    model, linear, average : (r, n, q) arrays
        By the model, by the linear model, and the mean of the training rows.
    """

    model: Array
    linear: Array
    average: Array


_WHAT = "Prediction out of sample"
_SOURCES = {"direct": "direct antecedents", "earliest": "exogenous constructs, along all routes"}
_READS = {"antecedents": "the items of these constructs", "all": "the items of all others"}


def power(better: int, items: int) -> Power:
    """Return the predictive power that so many items better than by a linear model mean.

    Parameters
    ----------
    better : int
        Items with smaller errors than by the linear model.
    items : int
        Items that were predicted.
    """
    if better == items:
        return "high"
    if 2 * better >= items:
        return "medium"
    return "low" if better else "none"


def _where_known(values: NDArray[Any], known: NDArray[np.bool_]) -> list[object]:
    return [value if sure else None for value, sure in zip(values.tolist(), known, strict=True)]

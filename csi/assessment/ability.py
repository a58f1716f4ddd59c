"""The cross-validated predictive ability test: CVPAT."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from csi.answers import Answers
from csi.assessment.folds import check_rows
from csi.assessment.losses import loss_comparison, mean_loss, nothing
from csi.assessment.prediction import NO_LINEAR_MODEL, Prediction, predict
from csi.core.checks import check_level
from csi.core.prediction import Benchmark, Technique
from csi.core.types import Array
from csi.display import Summary, number
from csi.errors import ArgumentTypeError, OptionError, listing
from csi.results import Fit, Table

ALL = "all"
"""How the row over all constructs is called."""


def cvpat(
    fit: Fit,
    other: Fit | None = None,
    folds: object = 10,
    repeats: int = 10,
    *,
    technique: Technique = "direct",
    benchmark: Benchmark = "antecedents",
    level: float = 0.95,
    rng: int | np.random.Generator | None = None,
) -> Cvpat:
    """Test whether a model predicts better than benchmarks, or than another model.

    The loss of a respondent is the mean squared error of the predictions of the items, out
    of sample and over all repeats. Differences in loss are tested by a paired t test over
    respondents [1]_ [2]_; with clusters, strata or survey weights, by the linearised error
    of their mean. ``difference`` is the loss of the model less that of the benchmark, so
    that below zero the model predicts better.

    No resampling is needed: the error of a mean is known. The package seminrExtras gives the
    same test a bootstrapped error, and besides turns the sign of t, takes item means of the
    whole sample for the benchmark, and averages losses over constructs where here, as in
    cSEM and the code of the authors, all items count alike. cSEM compares two models only.

    Parameters
    ----------
    fit : Fit
        A fit of respondents.
    other : Fit, optional
        Another model of the same respondents that predicts the same items; by default the
        model is compared with the item means and with linear regressions of items.
    folds, repeats, technique, benchmark
        As for `predict`. Both models are estimated without the same respondents.
    level : float
        Confidence level.
    rng : int, numpy.random.Generator or None
        Seed.

    Returns
    -------
    Cvpat

    Raises
    ------
    RowsRequiredError
        If a fit holds no respondents.
    OptionError
        If both models do not predict the same items of the same respondents, or an option
        has no meaning.
    EstimationError
        If a model cannot be estimated without any of the folds.

    References
    ----------
    .. [1] Liengaard, B. D., Sharma, P. N., Hult, G. T. M., Jensen, M. B., Sarstedt, M.,
       Hair, J. F. and Ringle, C. M. (2021). Prediction: coveted, yet forsaken?
       Introducing a cross-validated predictive ability test in partial least squares path
       modeling. Decision Sciences 52(2), 362-392. doi:10.1111/deci.12445
    .. [2] Sharma, P. N., Liengaard, B. D., Hair, J. F., Sarstedt, M. and Ringle, C. M.
       (2023). Predictive model assessment and selection in composite-based modeling using
       PLS-SEM: extensions and guidelines for using CVPAT. European Journal of Marketing
       57(6), 1662-1677. doi:10.1108/EJM-08-2020-0636

    Examples
    --------
    >>> import csi
    >>> from csi.assessment.ability import cvpat
    >>> fit = csi.fit(csi.models.acsi(), csi.demo_survey())
    >>> table = cvpat(fit, rng=1).table
    >>> table.loc[table["construct"] == "all", "benchmark"].tolist()
    ['mean', 'lm']
    """
    check_level(level)
    if not isinstance(other, Fit | None):
        raise ArgumentTypeError(
            f"other is a {type(other).__name__}. Give a second fit, or leave it out."
        )
    options: dict[str, Any] = {"technique": technique, "benchmark": benchmark}
    first = predict(fit, folds, repeats, rng=rng, **options)
    second = None
    if other is not None:
        _check_alike(fit, other)
        second = predict(other, first.folds.labels, **options)
        _check_items(first, second)
    return Cvpat(first, second, level)


@dataclass(frozen=True, eq=False, repr=False)
class Cvpat:
    """A model compared with benchmarks, or with another model, by its losses out of sample.

    Attributes
    ----------
    prediction : Prediction
        Of the model.
    other : Prediction or None
        Of the other model.
    level : float
        Confidence level.
    """

    prediction: Prediction
    other: Prediction | None
    level: float

    @Table
    def table(self) -> pd.DataFrame:
        """Losses compared, for each construct and for all items together.

        benchmark ("mean", "lm" or "model"), construct, loss, loss_benchmark, difference, se,
        t, df, p (two-sided), lower, upper, why. The row of all items is called "all"; it
        weighs an item by the variance of its answers, as losses are in their units.
        """
        model = self.prediction.errors.model**2
        groups = self._groups
        rows = [
            {"benchmark": name, "construct": construct}
            | self._compared(model[..., columns], against[..., columns])
            for name, against in self._benchmarks()
            for construct, columns in groups.items()
        ]
        return pd.DataFrame(rows)

    def losses(self, benchmark: str | None = None) -> pd.DataFrame:
        """Return the loss of each respondent by construct, for the model or a benchmark.

        Parameters
        ----------
        benchmark : {"mean", "lm", "model"}, optional
            Whose; that of the model itself by default.

        Returns
        -------
        DataFrame
            One row per respondent; the last column is over all items.

        Raises
        ------
        OptionError
            If that benchmark was not compared.
        """
        known = dict(self._benchmarks())
        if benchmark is not None and benchmark not in known:
            raise OptionError(
                f"benchmark is {benchmark!r}. Compared were {listing(known)}; leave it out for "
                "the model."
            )
        found = self.prediction.errors.model**2 if benchmark is None else known[benchmark]
        answers = check_rows(self.prediction.fit, _WHAT)
        columns = {
            name: mean_loss(found[..., at], np.isfinite(found[..., at]))
            for name, at in self._groups.items()
        }
        return pd.DataFrame(columns, index=answers.positions)

    def summary(self) -> Summary:
        """Return the test as a summary that prints as text and shows itself in Jupyter."""
        folds = self.prediction.folds
        facts = (
            ("folds", f"{folds.number}, dealt {len(folds.labels)} times"),
            ("confidence level", number(self.level, 2)),
        )
        table = self.table
        notes = tuple(dict.fromkeys(why for why in table["why"] if why))
        shown = table.drop(columns="why")
        return Summary("Predictive ability", facts, (("Losses", shown),), notes)

    def __repr__(self) -> str:
        whole = self.table[self.table["construct"] == ALL]
        shown = ", ".join(
            f"{row.benchmark} {number(row.difference)} (p {number(row.p)})"
            for row in whole.itertuples()
        )
        return f"<Cvpat: difference in loss from {shown}>"

    def __str__(self) -> str:
        return str(self.summary())

    def _repr_html_(self) -> str:
        return self.summary().to_html()

    @property
    def _groups(self) -> dict[str, NDArray[np.intp]]:
        """Items of each construct, and all items."""
        targets = self.prediction.targets
        names = [self.prediction.fit.model.names[j] for j in targets.constructs]
        groups = {name: np.flatnonzero(targets.owner == t) for t, name in enumerate(names)}
        return groups | {ALL: np.arange(len(targets.items))}

    def _benchmarks(self) -> Iterator[tuple[str, Array]]:
        """Yield the squared errors of what the model is compared with."""
        if self.other is not None:
            at = [self.other.indicators.index(name) for name in self.prediction.indicators]
            yield "model", self.other.errors.model[..., at] ** 2
            return
        yield "mean", self.prediction.errors.average**2
        yield "lm", self.prediction.comparable**2

    def _compared(self, model: Array, against: Array) -> dict[str, object]:
        both = np.isfinite(model) & np.isfinite(against)
        empty = np.isfinite(model).any(axis=(0, 1)) & ~both.any(axis=(0, 1))
        if empty.any():
            return nothing(NO_LINEAR_MODEL)
        answers = check_rows(self.prediction.fit, _WHAT)
        return loss_comparison(
            mean_loss(model, both), mean_loss(against, both), answers, self.level
        )


_WHAT = "The test of predictive ability"


def _check_alike(fit: Fit, other: Fit) -> None:
    """Refuse fits of different respondents."""
    a, b = check_rows(fit, _WHAT), check_rows(other, _WHAT)
    if len(a.rows) != len(b.rows) or (a.positions != b.positions).any():
        raise OptionError(
            f"The fits used different respondents: {len(a.rows)} and {len(b.rows)} rows. Leave out "
            "the same respondents in both, such as those with answers missing in either."
        )
    shared = [name for name in a.columns if name in b.columns]
    columns = [[each.columns.index(name) for name in shared] for each in (a, b)]
    same = np.array_equal(a.given[:, columns[0]], b.given[:, columns[1]], equal_nan=True)
    if not same or a.weight_type != b.weight_type or not _same_weights(a, b):
        raise OptionError(
            "The fits hold other answers or weights of the same rows. Fit both models to one "
            "survey."
        )


def _same_weights(a: Answers, b: Answers) -> bool:
    if a.weights is None or b.weights is None:
        return a.weights is b.weights
    return bool((a.weights == b.weights).all())


def _check_items(first: Prediction, second: Prediction) -> None:
    """Refuse models that do not predict the same items."""
    a, b = set(first.indicators), set(second.indicators)
    if a != b:
        only = listing(sorted(a ^ b))
        raise OptionError(
            f"The models do not predict the same items: {only} belong to an endogenous construct "
            "in one of them only. Compare models whose endogenous constructs have the same items."
        )

"""Tables behind the verdicts: tests, prediction, residuals, predictors, mediation."""

from __future__ import annotations

import pandas as pd

from csi.reporting.document import Block, Subject
from csi.reporting.judged import Judged

_CAPTIONS = {
    "predictors": "Overlap of the predictors (VIF), and what each adds to R² (f²)",
    "mediation": "Effects that run over other constructs, their share of the total effect (VAF) where it has a meaning, and the kind of mediation",  # noqa: E501 - a key
    "residuals": "The largest residuals: correlations of items, observed and implied by the model",
    "exact_fit": "Test of exact fit: p is small where the model does not reproduce the correlations; beyond the critical value the test rejects.",  # noqa: E501 - a key
    "prediction": "Prediction of items out of sample: errors of the model, of the linear model, and of the item means",  # noqa: E501 - a key
    "predictive_ability": "Predictive ability: difference of the mean losses of the model and its benchmark; below zero the model is better",  # noqa: E501 - a key
}
_SHOWN = {
    "predictors": ("source", "target", "vif", "f2"),
    "mediation": ("source", "target", "indirect", "lower", "upper", "total", "vaf", "kind"),
    "residuals": ("indicator", "other", "observed", "implied", "residual"),
    "exact_fit": ("index", "estimate", "critical", "p"),
    "prediction": ("construct", "indicator", "q2_predict", "rmse", "rmse_lm", "rmse_mean"),
    "predictive_ability": ("construct", "benchmark", "difference", "lower", "upper", "p"),
}  # fmt: skip
_WORDED = ("predictors", "exact_fit", "prediction", "predictive_ability")
"""Tables that say why a number is missing; in the others a blank says enough."""
_BENCHMARKS = {"mean": "item means", "lm": "linear model"}
_RENAMED = {"index": "criterion", "estimate": "estimated", "why": "reason"}


def tables_behind(subject: Subject, judged: Judged) -> list[Block]:
    """Return the tables there are."""
    return [_table(subject, judged, name) for name in _CAPTIONS if name in judged.tables]


def _table(subject: Subject, judged: Judged, name: str) -> Block:
    """Return a table with the columns that a reader needs, in his language."""
    say, table = subject.say, judged.tables[name]
    columns = [c for c in _SHOWN[name] if c in table and _says_something(table[c])]
    if name in _WORDED and "why" in table and any(table["why"]):
        columns.append("why")
    level = judged.made.percent
    told = _in_words(subject, table[columns].rename(columns=_RENAMED))
    return subject.table(told, say(_CAPTIONS[name]), level=level)


def _says_something(column: pd.Series) -> bool:
    return bool((column.notna() & column.ne("")).any())


def _in_words(subject: Subject, table: pd.DataFrame) -> pd.DataFrame:
    """Return a table whose words are those of the report."""
    say = subject.say
    if "benchmark" in table:
        table["benchmark"] = [say.known(_BENCHMARKS.get(x, x)) for x in table["benchmark"]]
    if "construct" in table:
        table["construct"] = table["construct"].replace("all", say("all constructs"))
    for column in ("reason", "kind"):
        if column in table:
            table[column] = [say.known(text) for text in table[column]]
    return table

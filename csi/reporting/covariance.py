"""The sections of a report on a covariance structure: its fit, parameters, and what it misses."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

import numpy as np
import pandas as pd
from markupsafe import Markup

from csi.assessment.diagnostics import attempt
from csi.assessment.judging import CFI, RMSEA
from csi.assessment.rules import RULES
from csi.covariance_fit import CovarianceFit
from csi.display import number
from csi.reporting.document import SMALLEST_P, Block, Section, Subject, p_text
from csi.reporting.structure_tables import largest_indices, largest_residuals

LEVEL = 0.95
REJECTED = 0.05
"""P value below which the chi-square test rejects the model."""

MANY = 400
"""Respondents from which the chi-square test finds small differences."""

_MEASURES: tuple[tuple[str, str, str], ...] = (
    ("Chi-square", "chisq", ""), ("Degrees of freedom", "df", ""), ("p", "pvalue", "chi2"),
    ("Scaling factor", "chisq.scaling.factor", ""),
    ("CFI", "cfi", "cfi"), ("TLI", "tli", "tli"), ("RMSEA", "rmsea", "rmsea"),
    ("RMSEA, lower 90% limit", "rmsea.ci.lower", ""),
    ("RMSEA, upper 90% limit", "rmsea.ci.upper", ""),
    ("p of a close fit (RMSEA at most 0.05)", "rmsea.pvalue", ""), ("SRMR", "srmr", "srmr"),
    ("Log-likelihood", "logl", ""), ("AIC", "aic", "ic"), ("BIC", "bic", "ic"),
)  # fmt: skip
"""Rows of the table of fit: what they are called, lavaan's name, key of the rule."""

_COMPARED = "smaller is better, among models of the same answers"
"""The rule for information criteria."""

_BETTER = (".robust", ".scaled")
"""Endings of measures for answers that are not normal, the better first."""

_BLOCKS: tuple[tuple[str, Callable[[pd.DataFrame], pd.Series], Mapping[str, str]], ...] = (
    ("Loadings", lambda t: t["operator"] == "=~", {"left": "construct", "right": "indicator"}),
    ("Weights", lambda t: t["operator"] == "<~", {"left": "construct", "right": "indicator"}),
    ("Paths", lambda t: t["operator"] == "~", {"right": "source", "left": "target"}),
    (
        "Variances, of explained variables what is left of them",
        lambda t: (t["operator"] == "~~") & (t["left"] == t["right"]),
        {"left": "variable"},
    ),
    (
        "Covariances",
        lambda t: (t["operator"] == "~~") & (t["left"] != t["right"]),
        {"left": "one", "right": "other"},
    ),
    ("Intercepts and means", lambda t: t["operator"] == "~1", {"left": "variable"}),
    ("Thresholds", lambda t: t["operator"] == "|", {"left": "variable", "right": "threshold"}),
    ("Scales of latent responses", lambda t: t["operator"] == "~*~", {"left": "variable"}),
    ("Defined quantities", lambda t: t["operator"] == ":=", {"left": "name", "right": "formula"}),
)
"""Tables of parameters: what they are called, which rows they hold, and its columns."""

_CORRECTED = {
    False: "The second column holds the test corrected for answers that are not normal, and the robust or scaled indices that go with it.",  # noqa: E501 - a key
    True: "These numbers are about the paths, against the covariances of the constructs. The second column holds the test that heeds that these were estimated, and the indices that go with it.",  # noqa: E501 - a key
}
"""What the second column is: of a joint fit, and of one after the measurement."""


def structure_sections(subject: Subject) -> list[Section]:
    """Return the sections on a covariance structure; none of other fits."""
    fit = subject.fit
    if not isinstance(fit, CovarianceFit):
        return []
    say = subject.say
    return [
        Section("fit", say("Overall fit"), tuple(_overall(subject, fit))),
        Section("parameters", say("Parameters"), tuple(_parameters(subject, fit))),
        Section("misfit", say("Where the model misses"), tuple(_missed(subject, fit))),
    ]


def _overall(subject: Subject, fit: CovarianceFit) -> list[Block]:
    measures = attempt(lambda: fit.fit_measures)
    if measures.value is None:
        return [_without(subject, "There are no measures of overall fit", measures.why)]
    known = dict(zip(measures.value["measure"], measures.value["value"], strict=True))
    say = subject.say
    notes = [say("Limits are conventions of the literature, not proofs.")]
    if "chisq.scaled" in known:
        notes.insert(0, say(_CORRECTED["measurement" in fit.estimates.settings]))
    return [
        Block("text", say.joined(fit_in_words(subject, known))),
        subject.table(_judged_measures(subject, known), say("Measures of overall fit")),
        Block("note", say.joined([*notes, _sources(subject)])),
    ]


def fit_in_words(subject: Subject, known: Mapping[str, float]) -> list[str]:
    """Say what the test and the indices of a covariance structure come to."""
    say, kind = subject.say, ".scaled" if "chisq.scaled" in known else ""
    T, df, p = (known.get(f"{name}{kind}", np.nan) for name in ("chisq", "df", "pvalue"))
    if not df > 0:
        return [say("The model has no degrees of freedom, so that nothing about it can be tested.")]
    values = {
        "chi2": number(T, 1), "df": number(_whole(df), 1),
        "p": p_text(p) if p < SMALLEST_P else f"= {number(p)}",
    }  # fmt: skip
    phrase = "Chi-square is {chi2} with {df} degrees of freedom (p {p}): the answers do not contradict the model."  # noqa: E501 - a key
    if p < REJECTED:
        phrase = "Chi-square is {chi2} with {df} degrees of freedom (p {p}): the model does not reproduce the answers exactly."  # noqa: E501 - a key
    many = p < REJECTED and subject.fit.n >= MANY
    hint = (
        "With so many respondents small differences are enough for that; read how large they are."
    )
    return [say(phrase, **values), *([say(hint)] if many else []), *_closeness(subject, known)]


def _closeness(subject: Subject, known: Mapping[str, float]) -> list[str]:
    """Say how close the model is by CFI and RMSEA, by the usual limits."""
    cfi, rmsea = _best(known, "cfi"), _best(known, "rmsea")
    if not np.isfinite([cfi, rmsea]).all():
        return []
    words = {CFI(cfi), RMSEA(rmsea)}
    phrase = "By CFI ({cfi}) and RMSEA ({rmsea}) the fit is good."
    if "failed" in words:
        phrase = "By CFI ({cfi}) or RMSEA ({rmsea}) the fit is poor."
    elif "doubtful" in words:
        phrase = "By CFI ({cfi}) or RMSEA ({rmsea}) the fit is acceptable at best."
    return [subject.say(phrase, cfi=number(cfi), rmsea=number(rmsea))]


def _best(known: Mapping[str, float], name: str) -> float:
    """Return a measure as it is corrected for answers that are not normal, if it is."""
    found = [known.get(f"{name}{kind}", np.nan) for kind in (*_BETTER, "")]
    return next((float(value) for value in found if np.isfinite(value)), np.nan)


def _judged_measures(subject: Subject, known: Mapping[str, float]) -> pd.DataFrame:
    say, scaled = subject.say, "chisq.scaled" in known
    rows = []
    for called, name, key in _MEASURES:
        value = known.get(name, np.nan)
        if not np.isfinite(value):
            continue
        better = [known.get(f"{name}{kind}", np.nan) for kind in _BETTER]
        corrected = next((each for each in better if np.isfinite(each)), np.nan)
        if name.endswith("factor"):
            value, corrected = np.nan, value
        numbers = [_whole(each) if name == "df" else each for each in (value, corrected)]
        rows.append((say(called), *numbers, *_rule(subject, key)))
    columns = ["criterion", "value_of_measure", "corrected", "rule", "reference"]
    table = pd.DataFrame(rows, columns=columns, dtype=object)
    return table if scaled else table.drop(columns="corrected")


def _whole(value: float) -> float:
    """Return degrees of freedom as a whole number, if they are one."""
    return int(value) if float(value).is_integer() else value


def _rule(subject: Subject, key: str) -> tuple[str, str]:
    """Return the usual limit of a measure, and who states it."""
    if key == "ic":
        return subject.say(_COMPARED), ""
    if not key:
        return "", ""
    cited = RULES[key].source.split("; ")
    return subject.say.known(RULES[key].rule), "; ".join(each.split(", doi")[0] for each in cited)


def _sources(subject: Subject) -> str:
    cited = {each for key in ("chi2", "cfi", "rmsea") for each in RULES[key].source.split("; ")}
    return subject.say("Sources: {sources}.", sources="; ".join(sorted(cited)))


def _parameters(subject: Subject, fit: CovarianceFit) -> list[Block]:
    table = attempt(lambda: fit.parameter_table(LEVEL))
    say = subject.say
    if table.value is None:
        return [_without(subject, "The parameters have no standard errors", table.why)]
    parts = [(caption, table.value[of(table.value)], columns) for caption, of, columns in _BLOCKS]
    tables = [_block(subject, rows, *named) for rows, named in _spoken_of(parts)]
    phrases = (
        "Numbers without a standard error are fixed; p values are two-sided, of the hypothesis that a number is zero.",  # noqa: E501 - a key
        "Standardised numbers give constructs and items a variance of one.",
    )
    return [Block("note", say.joined(map(say, phrases))), *tables]


def _spoken_of(
    parts: Iterable[tuple[str, pd.DataFrame, Mapping[str, str]]],
) -> Iterator[tuple[pd.DataFrame, tuple[str, Mapping[str, str]]]]:
    """Yield the tables that say something: not those of parameters that are zero throughout."""
    for caption, rows, columns in parts:
        if (rows["estimate"].ne(0) | rows["free"]).any():
            yield rows, (caption, columns)


def _block(subject: Subject, rows: pd.DataFrame, caption: str, columns: Mapping[str, str]) -> Block:
    fixed = rows["se"].eq(0) & rows["operator"].ne(":=")
    limits = ["se", "z", "p", "lower", "upper"]
    shown = rows.assign(**{name: rows[name].mask(fixed) for name in limits})
    more = ["label"] if rows["label"].astype(bool).any() else []
    table = shown[[*columns, *more, "estimate", *limits, "std_all"]].rename(
        columns={**columns, "estimate": "estimated"}
    )
    return subject.table(table, subject.say(caption), level=f"{100 * LEVEL:g}%")


def _missed(subject: Subject, fit: CovarianceFit) -> list[Block]:
    residuals = attempt(lambda: largest_residuals(fit))
    indices = attempt(lambda: largest_indices(fit))
    blocks: list[Block] = []
    if residuals.value is None:
        blocks.append(_without(subject, "There are no standardised residuals", residuals.why))
    else:
        blocks += _residuals(subject, residuals.value)
    if indices.value is None:
        blocks.append(_without(subject, "There are no modification indices", indices.why))
    else:
        blocks += _indices(subject, indices.value)
    return blocks


def _residuals(subject: Subject, table: pd.DataFrame) -> list[Block]:
    say = subject.say
    if table.empty:
        return [Block("text", say("The model reproduces all covariances of the items."))]
    phrase = "Standardised residuals are about normal with variance one if the model holds; above 2.58 in size they are significant at 1 percent."  # noqa: E501 - a key
    return [
        subject.table(table, say("The largest standardised residuals"), 2),
        Block("note", say(phrase)),
    ]


def _indices(subject: Subject, table: pd.DataFrame) -> list[Block]:
    say = subject.say
    if table.empty:
        told = say("Freeing no single parameter would improve the fit significantly.")
        return [Block("text", told)]
    whole = [Markup('<span class="whole">{}</span>').format(name) for name in table["parameter"]]
    table = table.assign(
        kind=[say(kind) for kind in table["kind"]], parameter=pd.Series(whole, dtype=object)
    )
    phrase = "A modification index is the fall of chi-square if this parameter were free; beside it the value it would take. Free one only where theory has a reason for it, and look at other answers before you believe it."  # noqa: E501 - a key
    return [
        subject.table(table, say("The largest modification indices")),
        Block("note", say(phrase)),
    ]


def _without(subject: Subject, phrase: str, why: str) -> Block:
    said = (subject.say(phrase), subject.say.known(why))
    return Block("text", (": " if subject.say.language == "en" else "：").join(said))

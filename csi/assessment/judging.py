"""Turns the tables of an assessment into verdicts; the limits of every rule stand here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from csi.assessment.rules import RULES
from csi.assessment.verdicts import ARROW, COMMA, DASH, Scale, Verdict, Word, not_computed

LOADING = Scale(0.708, 0.40)
RELIABLE = Scale(0.70, 0.60)
AVE = Scale(0.50, 0.40)
REDUNDANT = 0.95
"""Composite reliability above which items repeat one another."""
DIRECTION = Scale(0.0, -0.3)
SECOND = Scale(1.0, 1.0, high=False)
HTMT = Scale(0.85, 0.90, high=False)
ITEM_VIF = Scale(3.3, 5.0, high=False)
PATH_VIF = Scale(3.0, 5.0, high=False)
FULL_VIF = Scale(3.3, 5.0, high=False)
CORRECTED_VIF = Scale(5.0, 10.0, high=False)
EXPLAINED = Scale(0.10, 0.10)
EFFECT = Scale(0.02, 0.0)
SRMR = Scale(0.08, 0.10, high=False)
NFI = Scale(0.90, 0.80)
RMS_THETA = Scale(0.12, 0.14, high=False)
CFI = Scale(0.95, 0.90)
RMSEA = Scale(0.06, 0.10, high=False)
RESIDUAL = Scale(2.58, np.inf, high=False)
MODIFICATION = Scale(10.83, np.inf, high=False)
SIGNIFICANT = 0.05
LOWEST_LOADING = 0.50
"""Loading that speaks for an item of a composite whose weight does not."""
FEW_LOST, MANY_LOST = 0.01, 0.20
NO_DF = "the model leaves no degrees of freedom"
NOTHING_TO_FREE = "the model has no parameter left to free"
NO_ERROR = "the model reproduces it exactly"
LOST = "no resample gives limits"

_ADMISSIBILITY = {
    "convergence": "convergence", "loadings": "loadings", "heywood": "loadings",
    "reliability": "reliability", "r2": "r2", "paths": "paths",
    "construct_corr": "construct_corr", "implied": "implied",
    "sign_of_construct": "orientation", "signs": "signs",
    "standard_errors": "standard_errors", "collinear": "path_vif",
    "condition": "condition", "respondents": "respondents",
}  # fmt: skip


def judged(
    key: str,
    table: pd.DataFrame,
    names: Iterable[str],
    scale: Scale,
    value: str = "estimate",
    link: str = ARROW,
) -> list[Verdict]:
    """Judge a column of a table by one scale.

    Parameters
    ----------
    key : str
        The rule.
    table : DataFrame
        With the columns named, and ``lower``, ``upper``, ``why`` if there are any.
    names : iterable of str
        Columns that say what a row is about.
    scale : Scale
        Where good ends and bad begins.
    value : str
        The column.
    link : str
        How names are joined.
    """
    columns = list(names)
    return [
        Verdict(
            RULES[key], tuple(str(row[name]) for name in columns), scale(row[value]), row[value],
            row.get("lower", np.nan), row.get("upper", np.nan), link, scale.severity(row[value]),
            row.get("why", ""),
        )
        for row in _rows(table)
    ]  # fmt: skip


def reliability(table: pd.DataFrame) -> list[Verdict]:
    """Judge alpha, rho_A, rho_C and AVE of reflective constructs."""
    scales = {"alpha": RELIABLE, "rho_a": RELIABLE, "rho_c": RELIABLE, "ave": AVE}
    found = []
    for key, scale in scales.items():
        verdicts = judged(key, table[table["criterion"] == key], ["construct"], scale)
        found += [_not_too_high(v) if key == "rho_c" else v for v in verdicts]
    return found


def _not_too_high(v: Verdict) -> Verdict:
    if v.word != "passed" or v.value <= REDUNDANT:
        return v
    return replace(v, word="doubtful")


def indicators(table: pd.DataFrame, formative: set[str]) -> list[Verdict]:
    """Judge loadings of reflective constructs; weights and VIF of composites in Mode B."""
    several = table.groupby("construct")["indicator"].transform("size") > 1
    mode_b = table["construct"].isin(formative)
    reflective = table[several & ~mode_b]
    composite = table[several & mode_b]
    plain = reflective.drop(columns=["lower", "upper"])
    found = judged("direction", plain, ["indicator"], DIRECTION, "rest")
    found += judged("indicator", reflective, ["indicator"], LOADING, "loading")
    found += [_weight(row) for row in _rows(composite)]
    plain = composite.drop(columns=["lower", "upper"])
    return found + judged("item_vif", plain, ["indicator"], ITEM_VIF, "vif")


def _weight(row: Mapping[str, Any]) -> Verdict:
    """Judge the weight of an item that forms its construct."""
    lower, upper = row["weight_lower"], row["weight_upper"]
    names, rule = (str(row["indicator"]),), RULES["weight"]
    if not np.isfinite(lower):
        return not_computed("weight", "needs resamples", names)
    excludes = lower > 0 or upper < 0
    word: Word = "passed" if excludes or row["loading"] >= LOWEST_LOADING else "doubtful"
    return Verdict(rule, names, word, row["weight"], lower, upper, severity=-abs(row["weight"]))


def unidimensionality(table: pd.DataFrame) -> list[Verdict]:
    """Judge the second eigenvalue of every block of several items."""
    return judged("unidimensional", table, ["construct"], SECOND, "second")


def htmt(table: pd.DataFrame, key: str) -> list[Verdict]:
    """Judge HTMT or HTMT2 of every pair, its upper limit included."""
    rows = table[table["criterion"] == key]
    verdicts = judged(key, rows, ["construct", "other"], HTMT, link=DASH)
    limits = rows["upper_one_sided"]
    return [_beyond(verdict, limit) for verdict, limit in zip(verdicts, limits, strict=True)]


def _beyond(v: Verdict, limit: float) -> Verdict:
    """Doubt a ratio whose upper limit reaches what would be too much."""
    if v.word != "passed" or not limit >= HTMT.bad:
        return v
    return replace(v, word="doubtful")


def fornell_larcker(table: pd.DataFrame) -> list[Verdict]:
    """Judge pairs by the root of the smaller AVE less their correlation."""
    smaller = table[["root_ave", "root_ave_other"]].min(axis=1)
    gaps = table.assign(difference=smaller - table["correlation"].abs())
    return _holds("fornell_larcker", gaps, ["construct", "other"], DASH)


def cross_loadings(table: pd.DataFrame) -> list[Verdict]:
    """Judge items by their own loading less the strongest other."""
    return _holds("cross_loadings", table, ["indicator"], COMMA)


def _holds(key: str, table: pd.DataFrame, names: list[str], link: str) -> list[Verdict]:
    """Judge rows by their column ``holds``; the difference is what is shown."""
    found = []
    for row in _rows(table):
        about = tuple(str(row[name]) for name in names)
        known = row["holds"] is not None and not pd.isna(row["holds"])
        word: Word = ("passed" if row["holds"] else "doubtful") if known else "not computed"
        why = "" if known else row.get("why", "")
        gap = row["difference"]
        found.append(Verdict(RULES[key], about, word, gap, link=link, severity=-gap, why=why))
    return found


def paths(table: pd.DataFrame) -> list[Verdict]:
    """Judge whether the interval of each path excludes zero."""
    found = []
    for row in _rows(table):
        names = (str(row["source"]), str(row["target"]))
        excludes = row["lower"] > 0 or row["upper"] < 0
        word: Word = "passed" if excludes else "doubtful"
        if not np.isfinite(row["lower"]):
            word = "not computed"
        found.append(
            Verdict(
                RULES["significance"], names, word, row["estimate"], row["lower"], row["upper"],
                severity=-abs(row["estimate"]), why="" if word != "not computed" else LOST,
            )
        )  # fmt: skip
    return found


def effects(table: pd.DataFrame) -> list[Verdict]:
    """Judge f2; a path that adds next to nothing is doubtful, not failed."""
    return _at_most_doubtful(judged("effect", table, ["source", "target"], EFFECT, "f2"))


def explained(table: pd.DataFrame) -> list[Verdict]:
    """Judge R2; a low one is doubtful, not failed."""
    return _at_most_doubtful(judged("explained", table, ["construct"], EXPLAINED, "r2"))


def _at_most_doubtful(verdicts: list[Verdict]) -> list[Verdict]:
    return [replace(v, word="doubtful") if v.word == "failed" else v for v in verdicts]


def curvature(table: pd.DataFrame) -> list[Verdict]:
    """Judge whether a path bends."""
    rows = table[table["source"] != "all"]
    return [
        Verdict(
            RULES["curvature"], (str(row["source"]), str(row["target"])),
            _tested(row["p_adjusted"], "doubtful"), row["quadratic"], row["lower"], row["upper"],
            severity=-row["p_adjusted"], why=row.get("why", ""),
        )
        for row in _rows(rows)
    ]  # fmt: skip


def fit_indices(table: pd.DataFrame, saturated: pd.DataFrame) -> list[Verdict]:
    """Judge SRMR, NFI and RMS_theta by their customary limits."""
    scales = {"SRMR": ("srmr", SRMR), "NFI": ("nfi", NFI), "RMS_theta": ("rms_theta", RMS_THETA)}
    found = judged("srmr_saturated", saturated[saturated["index"] == "SRMR"], [], SRMR)
    for name, (key, scale) in scales.items():
        rows = table[table["index"] == name]
        found += judged(key, rows, [], scale)
    return found


def covariance_fit(measures: Mapping[str, float]) -> list[Verdict]:
    """Judge the chi-square test, CFI, TLI and RMSEA of a covariance structure.

    Where the test is scaled, its p value is taken, and the robust indices.
    """
    p = _first(measures, "pvalue.scaled", "pvalue")
    chi2 = Verdict(
        RULES["chi2"], (), _tested(p, "doubtful"), p, severity=-p,
        why="" if np.isfinite(p) else NO_DF,
    )  # fmt: skip
    found = [chi2]
    for key in ("cfi", "tli"):
        value = _first(measures, f"{key}.robust", f"{key}.scaled", key)
        found.append(_index(key, CFI, value))
    kind = next((k for k in (".robust", ".scaled") if _known(measures, f"rmsea{k}")), "")
    value = measures.get(f"rmsea{kind}", np.nan)
    ends = [measures.get(f"rmsea.ci.{end}{kind}", np.nan) for end in ("lower", "upper")]
    return [*found, replace(_index("rmsea", RMSEA, value), lower=ends[0], upper=ends[1])]


def _index(key: str, scale: Scale, value: float) -> Verdict:
    why = "" if np.isfinite(value) else NO_DF
    return Verdict(RULES[key], (), scale(value), value, severity=scale.severity(value), why=why)


def _first(measures: Mapping[str, float], *names: str) -> float:
    """Return the first measure that is known."""
    known = [measures[name] for name in names if _known(measures, name)]
    return float(known[0]) if known else np.nan


def _known(measures: Mapping[str, float], name: str) -> bool:
    return bool(np.isfinite(measures.get(name, np.nan)))


def residuals(standardised: pd.DataFrame) -> list[Verdict]:
    """Judge the standardised residual of every pair of items; a large one is doubtful."""
    names, z = list(standardised.columns), standardised.to_numpy()
    return [
        Verdict(
            RULES["residual_z"], (names[i], names[j]), RESIDUAL(abs(z[i, j])), z[i, j], link=DASH,
            severity=RESIDUAL.severity(abs(z[i, j])), why="" if np.isfinite(z[i, j]) else NO_ERROR,
        )
        for i, j in zip(*np.triu_indices(len(z), 1), strict=True)
    ]  # fmt: skip


def modification(indices: pd.DataFrame) -> list[Verdict]:
    """Judge the largest modification index, scaled where the errors are; doubtful at most."""
    if indices.empty:
        return [not_computed("modification", NOTHING_TO_FREE)]
    name = "mi_scaled" if "mi_scaled" in indices else "mi"
    row = _rows(indices.sort_values(name, ascending=False).head(1))[0]
    about = f"{row['left']} {row['operator']} {row['right']}"
    value = row[name]
    severity = MODIFICATION.severity(value)
    return [Verdict(RULES["modification"], (about,), MODIFICATION(value), value, severity=severity)]


def exact_fit(table: pd.DataFrame, consistent: bool) -> list[Verdict]:
    """Judge the p values of the bootstrap test of exact fit.

    Estimates that are not consistent under the hypothesis miss it somewhat even
    where it holds, so that a rejection is no more than doubtful.
    """
    word: Word = "failed" if consistent else "doubtful"
    keys = {"SRMR": "exact_srmr", "d_ULS": "exact_d_uls", "d_G": "exact_d_g"}
    rows = table[table["index"].isin(keys)]
    return [
        Verdict(
            RULES[keys[row["index"]]], (), _tested(row["p"], word), row["estimate"],
            upper=row["critical"], severity=-row["p"], why=row.get("why", ""),
        )
        for row in _rows(rows)
    ]  # fmt: skip


def predicted(items: pd.DataFrame) -> list[Verdict]:
    """Judge Q2_predict of items, and how many beat the linear model, in all and by construct."""
    found = judged("q2", items, ["indicator"], Scale(0.0, 0.0), "q2_predict")
    found.append(_power((), items))
    for construct, rows in items.groupby("construct", sort=False):
        if len(rows) > 1:
            found.append(_power((str(construct),), rows))
    return found


def _power(names: tuple[str, ...], items: pd.DataFrame) -> Verdict:
    """Judge the share of items that are predicted better than by the linear model."""
    known = items[np.isfinite(items["rmse"]) & np.isfinite(items["rmse_lm"])]
    if known.empty:
        reasons = [*items["why"], "there is nothing to predict"]
        return not_computed("power", str(reasons[0]), names)
    share = float((known["rmse"] < known["rmse_lm"]).mean())
    return Verdict(
        RULES["power"], names, "passed" if share >= 0.5 else "doubtful", share, severity=-share
    )


def ability(table: pd.DataFrame) -> list[Verdict]:
    """Judge the two tests of predictive ability over all items together."""
    rows = {row["benchmark"]: row for row in _rows(table[table["construct"] == "all"])}
    found = []
    for name, key, fails in (("mean", "cvpat_mean", "failed"), ("lm", "cvpat_lm", "doubtful")):
        if name not in rows:
            continue
        row = rows[name]
        better, significant = row["difference"] < 0, row["p"] < SIGNIFICANT
        passed = better and significant if name == "mean" else better or not significant
        word: Word = "passed" if passed else fails  # type: ignore[assignment]
        if not np.isfinite(row["p"]):
            word = "not computed"
        found.append(
            Verdict(RULES[key], (), word, row["difference"], row["lower"], row["upper"],
                    why=row.get("why", ""))
        )  # fmt: skip
    return found


def admissibility(table: pd.DataFrame, *, structure: bool = False) -> list[Verdict]:
    """Take over what was found admissible, or doubtful, or not.

    Negative variances of a covariance structure have a rule of their own.
    """
    rules = _ADMISSIBILITY | ({"heywood": "heywood"} if structure else {})
    words: dict[str, Word] = {"yes": "passed", "doubtful": "doubtful", "no": "failed"}
    return [
        Verdict(
            RULES[rules[row["check"]]], tuple(filter(None, [row["about"]])),
            words.get(row["admissible"], "not computed"), row["value"], link=COMMA,
            why=row.get("why", ""),
        )
        for row in _rows(table)
    ]  # fmt: skip


def resamples(share: float) -> list[Verdict]:
    """Judge the share of resamples that failed or are inadmissible."""
    scale = Scale(FEW_LOST, MANY_LOST, high=False)
    return [Verdict(RULES["resamples"], (), scale(share), share)]


def endogeneity(table: pd.DataFrame) -> list[Verdict]:
    """Judge copula terms, one predictor at a time, where the method may be used."""
    own = table[table["terms"] == "own"]
    return [
        Verdict(
            RULES["endogeneity"], (str(row["source"]), str(row["target"])),
            _tested(row["p_adjusted"], "doubtful") if not row["why"] else "not computed",
            row["estimate"], row["lower"], row["upper"], severity=-row["p"], why=row["why"],
        )
        for row in _rows(own)
    ]  # fmt: skip


def tetrads(table: pd.DataFrame) -> list[Verdict]:
    """Judge the tetrads of every block by the most significant, adjusted for their number."""
    return [
        Verdict(
            RULES["tetrads"], (str(row["construct"]),), _tested(row["p"], "doubtful"), row["p"],
            severity=-row["p"], why=row.get("why", ""),
        )
        for row in _rows(table)
    ]  # fmt: skip


def _tested(p: float, word: Word) -> Word:
    """Judge a p value of the hypothesis that all is well."""
    if not np.isfinite(p):
        return "not computed"
    return "passed" if p >= SIGNIFICANT else word


def _rows(table: pd.DataFrame) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = table.to_dict("records")  # type: ignore[assignment]
    return rows

"""Print how far the diagnostics of csi and those of other programs are apart.

Run from the root of the repository: ``python docs/agreement_assessment.py`` prints the table of
docs/explanation/assessment-agreement.md. The comparisons are those of the tests: each test is run,
and what it would have judged is measured.
"""

import inspect
import sys
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, redirect_stdout
from dataclasses import dataclass, replace
from importlib.metadata import version
from io import StringIO
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
import pandas as pd
import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

import conftest
import test_blindfolding
import test_cvpat
import test_effect_sizes
import test_endogeneity
import test_exact_fit
import test_importance_performance
import test_measurement
import test_mediation
import test_model_selection
import test_necessity
import test_nonlinearity
import test_overall_fit
import test_prediction
import test_tetrads
from agreement_table import settled

import csi

SEMINR = f"seminr {version('seminr')} (Python)"
EXTRAS = f"seminrExtras {version('seminrExtras')}"
STATSMODELS = f"statsmodels {version('statsmodels')}"
SCIPY = f"SciPy {version('scipy')}"
R_PROGRAMS = {
    "seminr": "seminr 2.3.4 (R)",
    "seminr (R)": "seminr 2.3.4 (R)",
    "cSEM": "cSEM 0.6.1.9000",
    "cSEM, at its default tolerance": "cSEM 0.6.1.9000",
    "plspm (R)": "plspm 0.5.1 (R)",
    "plspm (Python)": "plspm 0.5.7 (Python)",
    "semPLS": "semPLS 1.0-10",
    "matrixpls": "matrixpls 1.0.13",
}
SEMINR_R, CSEM = R_PROGRAMS["seminr"], R_PROGRAMS["cSEM"]
LMTEST, AER = "lmtest 0.9-40 and sandwich 3.0-2", "AER 1.2-10 and sandwich 3.0-2"
PHONES, BANK, REPUTATION = "mobile phones", "bank", "reputation"
STUDIES = {"mobi": PHONES, "satisfaction": BANK}
STUDIES |= {f"pls_{name}": title for name, title in STUDIES.items()}
Row = dict[str, str | float]

MEASUREMENT = {
    "alpha": ("alpha, standardised", "reliability", ""),
    "rho_a": ("rho_A", "reliability", ""),
    "rho_c": ("rho_C", "reliability", ""),
    "ave": ("AVE", "reliability", ""),
    "dg_rho": ("Dillon-Goldstein rho", "unidimensionality", ""),
    "first": ("first eigenvalue", "unidimensionality", ""),
    "second": ("second eigenvalue", "unidimensionality", ""),
    "htmt": ("HTMT", "htmt", "absolute correlations"),
    "htmt_signed": ("HTMT, signed", "htmt", "correlations with their signs"),
    "htmt2": ("HTMT2", "htmt", "missing for the same pairs"),
    "fornell_larcker": ("Fornell-Larcker", "validity", "roots of AVE; not under PLSc"),
    "fornell_larcker_squared": ("Fornell-Larcker, squared", "validity", "AVE"),
    "item_vif": ("VIF of items", "indicators", ""),
    "path_vif": ("VIF of predictors", "vif", "under PLSc corrected"),
    "path_vif_composites": ("VIF of predictors' scores", "vif", "under PLSc not corrected"),
    "redundancy": ("redundancy analysis", "redundancy_analysis", "cSEM stops at 1e-5"),
}
ESTIMATES = {
    "r2": ("R²", "r2"),
    "r2_adjusted": ("adjusted R²", "r2"),
    "total_effects": ("total effects", "fit.effects"),
}
CRITERIA = {"aicc": "AICc", "aicu": "AICu", "hqc": "HQc", "cp": "Cp"}
INDICES_NOTE = {
    "d_G to base 10": "d_G / ln(10)²",
    "df": "cSEM takes one less for a single item by `=~`",
}


@dataclass(frozen=True)
class Source:
    """Where the numbers of a test come from."""

    ours: str
    program: str
    study: str
    note: str = ""

    def row(self, quantity: str, pair: tuple[Any, Any]) -> Row:
        """Measure one comparison."""
        return {"quantity": quantity, **vars(self), "difference": apart(*pair)}


class Equal:
    """Stand in for `pytest.approx`: note what is compared, and call it equal."""

    __array_ufunc__ = None
    __hash__ = None

    def __init__(self, pairs: list[tuple[Any, Any]], expected: Any) -> None:
        self.pairs, self.expected = pairs, expected

    def __eq__(self, found: object) -> bool:
        """Note the two."""
        self.pairs.append((found, self.expected))
        return True


def apart(found: Any, expected: Any) -> float:
    """Largest difference, relative to numbers above one; NaN if one side misses a number."""
    a, b = (np.ravel(np.array(_listed(each), dtype=float)) for each in (found, expected))
    known = ~(np.isnan(a) & np.isnan(b)) if len(a) == len(b) else slice(None)
    return float((np.abs(a - b) / np.maximum(1, np.abs(b)))[known].max())


def _listed(values: Any) -> Any:
    return list(values.values()) if isinstance(values, dict) else values


def compared(test: Callable[..., None], **given: Any) -> list[tuple[Any, Any]]:
    """Run a test, fixtures filled in, and return what it compares: ours, theirs."""
    module, pairs = sys.modules[test.__module__], []

    def note(found: Any, expected: Any, *_: Any, **__: Any) -> bool:
        pairs.append((found, expected))
        return True

    needs = inspect.signature(test).parameters
    given |= {name: fixture(name, module) for name in needs if name not in given}
    with ExitStack() as stack:
        stack.enter_context(patch.object(pytest, "approx", lambda x, *_, **__: Equal(pairs, x)))
        for name in {"assert_allclose", "close"} & set(vars(module)):
            stack.enter_context(patch.object(module, name, note))
        test(**given)
    return pairs


def fixture(name: str, module: Any) -> Any:
    """Make what a test asks for by name."""
    if name == "request":
        return type("Request", (), {"getfixturevalue": lambda _, name: fixture(name, module)})()
    makes = (getattr(module, name, None) or getattr(conftest, name)).__wrapped__
    return makes(*(fixture(needed, module) for needed in inspect.signature(makes).parameters))


def of_test(
    source: Source,
    labels: Sequence[str],
    test: Callable[..., None],
    tail: Sequence[str] = (),
    **given: Any,
) -> Iterator[Row]:
    """Name what a test compares: the labels in turn, then those of the tail; "" leaves out."""
    pairs = compared(test, **given)
    rounds, left = divmod(len(pairs) - len(tail), len(labels))
    if left or not rounds:
        raise SystemExit(f"{test.__name__} compares {len(pairs)} things, no longer {labels}")
    for label, pair in zip([*labels * rounds, *tail], pairs, strict=True):
        if label:
            yield source.row(label, pair)


def measurement() -> Iterator[Row]:
    """Reliability, validity, collinearity."""
    for case in test_measurement.FIGURES:
        quantity, ours, note = MEASUREMENT[case["quantity"]]
        source = Source(ours, R_PROGRAMS[case["peer"]], STUDIES[case["study"]], note)
        test = test_measurement.test_figures_of_other_programs
        yield from of_test(source, [quantity], test, case=case)
    live = Source(
        "reliability, htmt, validity, indicators, vif, cross_loadings", SEMINR, REPUTATION
    )
    everything = "alpha, rho_A, rho_C, AVE, HTMT, Fornell-Larcker, VIF, cross-loadings"
    for extended in (False, True):
        for pair in compared(test_measurement.test_as_seminr_beside_us, extended=extended):
            yield live.row(everything, pair)


def structure() -> Iterator[Row]:
    """R2, effects, mediation."""
    for case in settled():
        if case.quantity in ESTIMATES and case.mode != "A, covariances":
            source = Source(ESTIMATES[case.quantity][1], R_PROGRAMS[case.peer], STUDIES[case.file])
            yield source.row(ESTIMATES[case.quantity][0], (case.ours(), case.expected))
    for case in test_effect_sizes.CASES:
        kept = case["peer"] == "cSEM"
        source = Source("f2", R_PROGRAMS[case["peer"]], STUDIES[case["study"]])
        quantity = "f², constructs kept" if kept else "f², model fitted again"
        yield from of_test(source, [quantity], test_effect_sizes.test_f2_of_r_packages, case=case)
    for consistent in (False, True):
        live = test_effect_sizes.test_f2_of_seminr_for_python
        source = Source("f2", SEMINR, REPUTATION)
        yield from of_test(source, ["f², model fitted again"], live, consistent=consistent)
    source = Source("mediation", SEMINR, PHONES, "60 resamples, given to both")
    labels = ["specific indirect effects, limits", "specific indirect effects, p"]
    tail = ["indirect effects, limits"]
    yield from of_test(source, labels, test_mediation.test_routes_of_seminr, tail)


def overall() -> Iterator[Row]:
    """Indices of fit, the exact-fit test, information criteria."""
    shown = test_overall_fit.GOLDEN
    for case in shown["fits"]:
        tests = {"": test_overall_fit.test_indices_are_those_of_csem}
        if case["saturated"]:
            tests[", saturated"] = test_overall_fit.test_saturated_indices_are_those_of_csem
        for end, test in tests.items():
            ((ours, theirs),) = compared(test, case=case)
            for name in theirs.index:
                note = INDICES_NOTE.get(name, "")
                source = Source("fit_indices", CSEM, STUDIES[case["study"]], note)
                yield source.row(name.replace(" to base 10", "") + end, (ours[name], theirs[name]))
    yield from _lavaan()
    for case in (c for c in test_exact_fit.GOLDEN["exact_fit"] if c["study"] == "mobi"):
        test = test_exact_fit.test_csem_draws_from_the_same_distribution
        source = Source("exact_fit", CSEM, PHONES)
        distances = "exact fit: SRMR, d_ULS, d_G, d_ML"
        drawn = replace(source, note="by chance: 512 resamples here, 199 there")
        estimates, above = compared(test, case=case)
        yield source.row(distances, estimates)
        yield drawn.row("exact fit: share above cSEM's critical value, less .05", above)


def _lavaan() -> Iterator[Row]:
    source = Source("fit_indices", "lavaan 0.6.14", "Holzinger and Swineford", "formulas only")
    ((ours, theirs),) = compared(test_overall_fit.test_formulas_are_those_of_lavaan)
    yield source.row("chi², CFI, TLI, NFI, IFI, GFI, RMSEA, SRMR", (ours, theirs))
    test = test_overall_fit.test_implied_correlations_are_those_of_lavaan
    yield from of_test(
        replace(source, note="lavaan's own diagonal is off by 6e-7"), ["implied correlations"], test
    )


def selection() -> Iterator[Row]:
    """Information criteria."""
    for case in test_model_selection.CASES:
        source = Source("compare_models", CSEM, STUDIES[case["study"]])
        labels = [CRITERIA.get(name, name.upper()) for name in test_model_selection.CRITERIA]
        test = test_model_selection.test_criteria_are_those_of_csem
        yield from of_test(source, labels, test, ["", ""], case=case)
    source = Source("compare_models", SEMINR, REPUTATION, "seminr stops at 1e-7")
    test = test_model_selection.test_criteria_and_weights_are_those_of_seminr
    labels = ["AIC", "Akaike weights", "BIC", "Akaike weights"]
    yield from of_test(source, labels, test)


def prediction() -> Iterator[Row]:
    """PLSpredict."""
    tests, split = test_prediction, "50 of 250 held out"
    for technique in ("direct", "earliest"):
        end, given = f", {technique}", {"technique": technique}
        source = Source("predict", SEMINR_R, PHONES, split)
        labels = [f"RMSE{end}", f"MAE{end}", f"predictions{end}"]
        yield from of_test(source, labels, tests.test_split_agrees_with_seminr_in_r, **given)
        source = Source("predict", SEMINR_R, BANK, split)
        bank = tests.test_split_of_the_bank_agrees_with_seminr_in_r
        yield from of_test(source, [f"RMSE{end}"], bank, **given)
        source = Source("predict", SEMINR_R, PHONES, "ten folds of R's seed 42")
        labels = [f"RMSE{end}", f"MAE{end}", "RMSE, linear model (all)", "MAE, linear model (all)"]
        yield from of_test(source, labels, tests.test_ten_folds_agree_with_seminr_in_r, **given)
        source = Source("predict", SEMINR, REPUTATION, "ten folds of seminr")
        labels = [f"errors{end}", "errors, linear model (antecedents)"]
        yield from of_test(source, labels, tests.test_agrees_with_seminr_in_python, **given)
    source = Source("predict", CSEM, PHONES, split)
    labels = ["RMSE, earliest", "Q²_predict, errors centred", ""]
    yield from of_test(source, labels, tests.test_split_agrees_with_csem)


def blindfolding() -> Iterator[Row]:
    """Q2 of answers that were omitted."""
    tests = test_blindfolding
    source = Source("blindfold", R_PROGRAMS["semPLS"], PHONES, "respondents dropped there")
    for technique in ("direct", "earliest"):
        labels = [f"blindfolding Q², redundancy, {technique}"]
        test = tests.test_redundancy_agrees_with_sempls
        yield from of_test(source, labels, test, technique=technique)
    source = Source("blindfold", R_PROGRAMS["matrixpls"], PHONES, "image; means put in there")
    labels = ["blindfolding Q², communality"]
    yield from of_test(source, labels, tests.test_communality_agrees_with_matrixpls)


def ability() -> Iterator[Row]:
    """CVPAT."""
    source = Source("cvpat", EXTRAS, REPUTATION, "t and p: errors bootstrapped there")
    tests, labels = test_cvpat, ["CVPAT: losses", "CVPAT: t", "CVPAT: p"]
    tail = ["CVPAT: losses", "CVPAT: losses"]
    yield from of_test(source, labels, tests.test_benchmarks_agree_with_seminr_extras, tail)
    tail = ["CVPAT: losses"]
    yield from of_test(source, labels, tests.test_two_models_agree_with_seminr_extras, tail)
    source = Source("cvpat", SCIPY, "simulated", "the losses given to `ttest_rel`")
    labels = ["CVPAT: t, df, p, limits"]
    yield from of_test(source, labels, tests.test_is_a_paired_t_test_over_respondents)


def regressions() -> Iterator[Row]:
    """Endogeneity and bends."""
    tests = test_endogeneity
    source = Source("endogeneity", "base R 4.2.2", PHONES, "five items")
    yield from of_test(source, ["Gaussian copula: coefficients"], tests.test_copula_terms_of_r)
    for design in ("plain", "clustered"):
        source = Source("endogeneity", AER, PHONES, "five items")
        what = ("estimate", "error", "first-stage F", "Hausman")
        labels = [f"instruments: {name}" for name in what]
        tail = ["instruments: Sargan"] * (design == "plain")
        yield from of_test(source, labels, tests.test_instruments_of_r, tail, design=design)
    source = Source("endogeneity", STATSMODELS, PHONES)
    yield from of_test(source, ["instruments: estimate"], tests.test_two_stages_of_statsmodels)
    for design in test_nonlinearity.DESIGNS:
        source = Source("nonlinearity", LMTEST, PHONES, "three items")
        labels = ["RESET", "bend: F", "bend: square", "bend: limits"]
        tail = ["RESET, bend: p"] * (design != "clustered")
        test = test_nonlinearity.test_bends_of_r
        yield from of_test(source, labels, test, tail, design=design)
    source = Source("nonlinearity", STATSMODELS, PHONES, "between clusters")
    yield from of_test(source, ["RESET"], test_nonlinearity.test_reset_of_statsmodels)


def importance() -> Iterator[Row]:
    """Importance and performance."""
    labels = ["importance", "performance"]
    tests = test_importance_performance
    for study, rounds in (("pls_mobi", 4), ("pls_satisfaction", 5)):
        source = Source("importance_performance", CSEM, STUDIES[study], "items")
        given = {"study": study, "rounds": rounds}
        yield from of_test(source, labels, tests.test_items_of_csem, **given)
    test = tests.test_importance_and_performance_of_seminr_extras
    for study, given in (
        (PHONES, {"model": "ecsi", "rows": "mobi", "ends": (1, 10), "target": "Loyalty"}),
        (REPUTATION, {"model": "reputation", "rows": "corp_rep", "ends": (1, 7), "target": "CUSL"}),
    ):
        source = Source("importance_performance", EXTRAS, study, "weights of standardised items")
        names = ["importance, standardised", "performance", "importance", ""]
        yield from of_test(source, names, test, **given)


def necessity() -> Iterator[Row]:
    """Necessary conditions, tetrads."""
    tests = test_necessity
    for case, target, study in (("phones", "Satisfaction", PHONES), ("users", "CUSL", REPUTATION)):
        source = Source("necessary_conditions", EXTRAS, study, "the same 40 permutations")
        labels = ["NCA: effect sizes", "NCA: p", *["NCA: bottlenecks, of 100 (1 decimal)"] * 2]
        test = tests.test_effects_p_values_and_bottlenecks_of_seminr_extras
        yield from of_test(source, labels, test, case=case, target=target)
    printed = Source("necessary_conditions", "NCA 3.0.3 (R)", "25 countries", "3 printed decimals")
    labels = ["NCA: scope", "NCA: zone", "NCA: effect sizes", *["NCA: inefficiency, of 100"] * 2]
    for cause in ("Individualism", "Risk taking"):
        names = [*labels * 2, "NCA: line", "NCA: line"]
        yield from of_test(printed, names, tests.test_figures_of_nca_for_r, cause=cause)
    printed = Source("necessary_conditions", "Dul (2016)", "28 countries", "2 printed decimals")
    labels = ["NCA: zone", "NCA: effect sizes", "NCA: accuracy"]
    yield from of_test(printed, labels, tests.test_figures_of_dul)
    source = Source("tetrads", EXTRAS, REPUTATION, "60 resamples, given to both")
    labels = ["tetrads", "tetrads: errors", "tetrads: means of resamples"]
    test = test_tetrads.test_seminr_extras_computes_the_same_tetrads_from_the_same_resamples
    yield from of_test(source, labels, test)


PARTS = (
    measurement,
    structure,
    overall,
    selection,
    prediction,
    ability,
    blindfolding,
    regressions,
    importance,
    necessity,
)


def table() -> pd.DataFrame:
    """Largest difference by quantity and program."""
    rows = pd.DataFrame([row for part in PARTS for row in part()])
    keys = ["quantity", "ours", "program", "note"]
    found = rows.groupby(keys, sort=False).agg(
        study=("study", lambda names: ", ".join(dict.fromkeys(names))),
        difference=("difference", lambda x: x.max(skipna=False)),
    )
    return found.reset_index().sort_values("quantity", key=_first_seen, kind="stable")


def _first_seen(values: pd.Series) -> pd.Series:
    return pd.Series(pd.factorize(values)[0], index=values.index)


def main() -> None:
    """Print the table."""
    with warnings.catch_warnings(), redirect_stdout(StringIO()):
        # PLSc is not admissible on the mobile-phone study, in any program.
        warnings.simplefilter("ignore", csi.CsiWarning)
        found = table()
    print("| quantity | csi | other software | study | largest difference | note |")
    print("| --- | --- | --- | --- | --- | --- |")
    for row in found.itertuples():
        ours = ", ".join(f"`{name}`" for name in row.ours.split(", "))
        difference = f"{row.difference:.0e}" if row.difference else "0"
        cells = [row.quantity, ours, row.program, row.study, difference, row.note]
        print(f"| {' | '.join(cells)} |")


if __name__ == "__main__":
    main()

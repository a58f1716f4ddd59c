"""Print what semopy itself says of some models, beside csi and lavaan.

Run from the root of the repository: ``python docs/semopy_figures.py`` prints the table of
docs/explanation/semopy.md. The figures of lavaan are those of the tests.
"""

import logging
import sys
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from threadpoolctl import threadpool_limits

import csi

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from lavaan_studies import expected_parameters, fit, rows

HEADER = ("what", "semopy", "csi", "lavaan")
SECOND_HALF = 3.372249
"""Chi-square of lavaan 0.6-14, `path_fixedx` on the second 125 customers."""


@dataclass(frozen=True)
class Figure:
    """A number, or what came instead of one.

    ``steady`` says that semopy prints the same on other machines and with other
    versions of the packages below it.
    """

    what: str
    semopy: str
    csi: str
    lavaan: str
    steady: bool = True

    def __str__(self) -> str:
        return f"| {self.what} | {self.semopy} | {self.csi} | {self.lavaan} |"


def one_item_construct() -> Figure:
    entry = fit("acsi_ml", "ML")
    model = _semopy(entry["model"])
    model.fit(rows("mobi"))
    theirs, ours = _statistics(model)["CFI"], _measure(_ours(entry), "cfi")
    return Figure("CFI, ACSI model with one item for complaints", f"{theirs:.3f}", f"{ours:.3f}",
                  f"{entry['fit']['cfi']:.3f}")  # fmt: skip


def observed_causes() -> Figure:
    entry = fit("constraints_effects", "path_fixedx")
    model = _semopy(entry["model"])
    model.fit(rows("mobi"))
    theirs, ours = _statistics(model)["DoF"], _measure(_ours(entry), "df")
    return Figure("degrees of freedom, three observed causes of two outcomes", f"{theirs:.0f}",
                  f"{ours:.0f}", f"{entry['fit']['df']}")  # fmt: skip


def information_criterion() -> Figure:
    entry = fit("hs_ml", "ML")
    model = _semopy(entry["model"])
    model.fit(rows("hs"))
    theirs, ours = _statistics(model)["AIC"], _measure(_ours(entry), "aic")
    return Figure("AIC, nine tests of pupils", f"{theirs:.1f}", f"{ours:.1f}",
                  f"{entry['fit']['aic']:.1f}")  # fmt: skip


def freed_marker() -> Figure:
    entry = fit("hs_ml", "ML_stdlv")
    text = fit("hs_ml", "ML")["model"].replace("visual =~ x1", "visual =~ NA*x1")
    text += "\nvisual ~~ 1*visual"
    model = _semopy(text)
    model.fit(rows("hs"))
    ours = _estimate(_ours(entry | {"model": text}), "visual", "=~", "x2")
    return Figure("loading of x2, `visual =~ NA*x1 + x2 + x3`", f"{_loading(model, 'x2'):.3f}",
                  f"{ours:.3f}", f"{_of_lavaan(entry, 'visual', '=~', 'x2'):.3f}")  # fmt: skip


def loadings_all_free() -> Figure:
    entry = fit("hs_ml", "ML_stdlv")
    text = fit("hs_ml", "ML")["model"].replace("x1 + x2 + x3", "a*x1 + b*x2 + c*x3")
    model = _semopy(text + "\nvisual ~~ 1*visual")
    model.first_manifs = _Patience()
    ours = _ours(entry | {"model": text.replace("a*x1", "NA*x1 + a*x1") + "\nvisual ~~ 1*visual"})
    return Figure("the same, all loadings labelled", _trial(lambda: model.fit(rows("hs"))),
                  f"{_estimate(ours, 'visual', '=~', 'x2'):.3f}",
                  f"{_of_lavaan(entry, 'visual', '=~', 'x2'):.3f}")  # fmt: skip


def nearly_unidentified() -> Figure:
    entry = fit("ecsi_ml", "ML")
    model = _semopy(entry["model"])
    said = "success" if model.fit(rows("mobi")).success else "failure"
    table = model.inspect()
    theirs = table[(table["lval"] == "Satis") & (table["rval"] == "Expect")]["Estimate"].iloc[0]
    ours = _estimate(_ours(entry), "Satis", "~", "Expect")
    return Figure("Satisfaction on Expectations, ECSI model", f"{theirs:.1f}, {said}",
                  f"{ours:.2f}", f"{_of_lavaan(entry, 'Satis', '~', 'Expect'):.2f}",
                  steady=False)  # fmt: skip


def missing_answers() -> Figure:
    entry = fit("hs_fiml", "FIML")
    model = _semopy(entry["model"])
    model.fit(rows("hs_miss"), obj="FIML")
    survey = csi.survey(rows("hs_miss"), allow_out_of_range=True, missing="fiml")
    ours = _estimate(_fitted(entry["model"], survey, csi.CBSEM()), "visual", "=~", "x2")
    return Figure('loading of x2, answers missing, `obj="FIML"`', f"{_loading(model, 'x2'):.3f}",
                  f"{ours:.3f}", f"{_of_lavaan(entry, 'visual', '=~', 'x2'):.3f}")  # fmt: skip


def second_sample() -> Figure:
    entry = fit("constraints_effects", "path_fixedx")
    first, second = rows("mobi")[:125], rows("mobi")[125:]
    model = _semopy(entry["model"])
    model.fit(first)
    model.fit(second)
    survey = csi.survey(second.reset_index(drop=True), allow_out_of_range=True)
    ours = _measure(_fitted(entry["model"], survey, csi.CBSEM()), "chisq")
    return Figure("chi-square of a second sample, the model fitted again",
                  f"{_statistics(model)['chi2']:.1f}", f"{ours:.2f}",
                  f"{SECOND_HALF:.2f}")  # fmt: skip


def whole_numbers() -> Figure:
    entry = fit("core_robust", "MLR")
    model = _semopy(entry["model"])
    model.fit(rows("mobi").astype(int))
    ours = _ours(entry, csi.CBSEM("MLR")).parameters
    se = ours[(ours["left"] == "Satis") & (ours["right"] == "CUSA2")]["se"].iloc[0]
    return Figure("robust error of a loading, answers 1, 2, ..., 10",
                  _trial(lambda: model.inspect(se_robust=True)), f"{se:.3f}",
                  f"{_of_lavaan(entry, 'Satis', '=~', 'CUSA2', 'se'):.3f}")  # fmt: skip


def ordered_answers() -> Figure:
    entry = fit("hs_ord", "WLSMV")
    ordered = [f"x{i}" for i in range(1, 10)]
    model = _semopy(entry["model"] + "\nDEFINE(ordinal) " + " ".join(ordered))
    survey = csi.survey(rows("hs_ord"), allow_out_of_range=True)
    fitted = _fitted(entry["model"], survey, csi.CBSEM("WLSMV", ordered=ordered))
    return Figure("loading of x2, answers ordered",
                  _trial(lambda: model.fit(rows("hs_ord")) and _loading(model, "x2")),
                  f"{_estimate(fitted, 'visual', '=~', 'x2'):.3f}",
                  f"{_of_lavaan(entry, 'visual', '=~', 'x2'):.3f}", steady=False)  # fmt: skip


FIGURES: tuple[Callable[[], Figure], ...] = (
    one_item_construct, observed_causes, information_criterion, freed_marker, loadings_all_free,
    nearly_unidentified, missing_answers, second_sample, whole_numbers, ordered_answers,
)  # fmt: skip


class _Patience(dict[Any, Any]):
    """First items of constructs, none known, that are asked for a thousand times at most."""

    asked = 0

    def __missing__(self, key: object) -> None:
        self.asked += 1
        if self.asked > 1000:
            raise TimeoutError


def _semopy(text: str) -> Any:
    import semopy

    return semopy.Model(text)


def _statistics(model: Any) -> pd.Series:
    import semopy

    return semopy.calc_stats(model).loc["Value"]


def _loading(model: Any, item: str) -> float:
    table = model.inspect()
    return float(table[(table["lval"] == item) & (table["op"] == "~")]["Estimate"].iloc[0])


def _trial(call: Callable[[], Any]) -> str:
    try:
        return f"{call():.3f}"
    except TimeoutError:
        return "never ends"
    except Exception as error:
        return type(error).__name__


def _fitted(text: str, data: Any, estimator: Any) -> csi.Fit:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", csi.CsiWarning)
        return csi.fit(csi.parse(text), data, estimator)


def _ours(entry: dict[str, Any], estimator: Any = None) -> Any:
    survey = csi.survey(rows(entry["data"]), allow_out_of_range=True)
    return _fitted(entry["model"], survey, estimator or csi.CBSEM())


def _measure(fitted: Any, name: str) -> float:
    return float(fitted.fit_measures.loc[name, "value"])


def _estimate(fitted: Any, left: str, operator: str, right: str) -> float:
    table = fitted.parameters
    at = (table["left"] == left) & (table["operator"] == operator) & (table["right"] == right)
    return float(table[at]["estimate"].iloc[0])


def _of_lavaan(entry: dict[str, Any], left: str, op: str, right: str, what: str = "est") -> float:
    table = expected_parameters(entry)
    at = (table["lhs"] == left) & (table["op"] == op) & (table["rhs"] == right)
    return float(table[at][what].iloc[0])


def printed() -> None:
    """Print the table."""
    logging.getLogger().addHandler(logging.NullHandler())
    warnings.simplefilter("ignore", RuntimeWarning)
    print(f"| {' | '.join(HEADER)} |\n|---|---|---|---|")
    with threadpool_limits(1):
        for figure in FIGURES:
            print(figure())


if __name__ == "__main__":
    printed()

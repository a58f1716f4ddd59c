"""Print how far csi.CBSEM and lavaan are apart, for the table of covariance-agreement.md.

Run from the root of the repository: ``python docs/agreement_covariance.py``. Every stored fit of
lavaan (tests/golden/lavaan) is fitted again with the settings lavaan reports, and every parameter,
standard error, measure of fit and standardised estimate is compared. Differences are absolute up
to one and relative above.
"""

from __future__ import annotations

import os

os.environ.update(OPENBLAS_NUM_THREADS="1", OMP_NUM_THREADS="1")

import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from lavaan_studies import Figures, expected_parameters, fits, golden, resamples, rows
from test_full_information import FIT_OF_STATISTICS, disputed

import csi

STUDIES = ("hs", "pd", "core", "acsi", "ecsi")
ERRORS = {
    "standard": "standard", "robust.sem": "robust.sem", "robust.huber.white": "robust.huber",
    "robust.cluster": "robust.huber",
}  # fmt: skip
MISSING = {"ml": "fiml", "two.stage": "two-stage", "robust.two.stage": "robust-two-stage"}
EQUAL = {"regressions": "regressions", "residuals": "residuals", "means": "means",
         "intercepts": "intercepts", "loadings": "loadings"}  # fmt: skip
SETTINGS_ONLY = ("rmsea.ci.level", "rmsea.close.h0", "rmsea.notclose.h0")
LAVAAN = Path(__file__).parents[1] / "tests" / "golden" / "lavaan"
FAMILIES = {
    "Complete answers, ML": [f"{study}_ml" for study in STUDIES],
    "Robust errors and tests": [f"{study}_robust" for study in STUDIES],
    "GLS, ULS, WLS, DWLS": [f"{study}_ls" for study in STUDIES],
    "Ordered items: WLSMV and its relatives": ["hs_ord", "core_ord"],
    "Missing answers: FIML, two-stage, auxiliary": [f"{study}_fiml" for study in STUDIES[:4]],
    "Several groups: configural to strict, partial": ["hs_multigroup"],
    "Constraints, definitions, fixed x, second order": ["constraints_effects"],
    "Sampling weights and clusters": ["weights_clusters"],
}
LEFT_OUT = {
    "ecsi_ls ULS": "csi finds a lower minimum",
    "ecsi_ls ULSM": "csi finds a lower minimum",
}


def estimator(entry: dict[str, Any]) -> csi.CBSEM:
    """Return the settings that lavaan reports of a fit."""
    said = entry["options"]
    first_order = said["information"][0] == "first.order"
    tests = [test for test in said["test"] if test != "standard"]
    settings: dict[str, Any] = {
        "errors": "first.order" if first_order else ERRORS.get(said["se"], "standard"),
        "test": tests[0] if tests else "standard",
        "information": "expected" if first_order else said["information"][0],
        "means": said["meanstructure"] and said["missing"] == "listwise",
        "scaling": "variance" if said["std.lv"] else "marker",
        "fixed_x": said["fixed.x"] or not observed_causes(entry),
        "parametrization": said["parameterization"],
    }
    if "ordered" in entry:
        settings |= {"ordered": True, "means": False}
    if said["likelihood"] == "wishart":
        settings["likelihood"] = "wishart"
    if said["missing"] in MISSING:
        settings["missing"] = MISSING[said["missing"]]
        settings.pop("means")
        if said["missing"] != "ml":
            settings = {key: settings[key] for key in ("scaling", "missing")}
            settings["test"] = "satorra.bentler"
    if "auxiliary" in said:
        settings["auxiliary"] = tuple(said["auxiliary"])
    return csi.CBSEM(said["estimator"], **settings)


def observed_causes(entry: dict[str, Any]) -> bool:
    """Whether columns of the data stand in regressions without being measured."""
    return any(construct.observed for construct in csi.parse(entry["model"]).constructs)


def fitted(entry: dict[str, Any]) -> csi.CovarianceFit:
    """Fit what lavaan fitted."""
    said, model = entry["options"], csi.parse(entry["model"])
    missing = "fiml" if said["missing"] in MISSING else "listwise"
    survey = csi.survey(
        rows(entry["data"]), missing=missing, allow_out_of_range=True,
        weights=said.get("sampling.weights"), clusters=said.get("cluster"),
    )  # fmt: skip
    chosen = estimator(entry)
    if "group" not in entry:
        return csi.fit(model, survey, chosen)
    equal = [EQUAL[name] for name in said.get("group.equal", ())]
    partial = [name.replace("~1", " ~1") for name in said.get("group.partial", ())]
    groups = list(dict.fromkeys(rows(entry["data"])[entry["group"]]))
    return csi.multigroup(
        model, survey, entry["group"], chosen, equal=equal, partial=partial, groups=groups
    )


def compared(found: Figures, measure: str) -> bool:
    """Whether lavaan computes a measure of fit from the same ingredients."""
    if measure in SETTINGS_ONLY or disputed(measure, found.name):
        return False
    if found.name == "ML_robust.huber":  # its test belongs to no estimator
        return not measure.endswith((".scaled", ".robust", ".factor"))
    holes = "_fiml" in found.study and "two_stage" not in found.name
    return not (holes and measure in FIT_OF_STATISTICS)


def differences(found: Figures) -> dict[str, np.ndarray]:
    """Return how far estimates, standard errors and measures of fit are apart."""
    entry = found.entry
    fit = fitted(entry)
    expected = expected_parameters(entry)
    ours = fit.parameters
    names = {group: i + 1 for i, group in enumerate(dict.fromkeys(ours.get("group", [])))}
    group = ours["group"].map(names) if "group" in ours else np.ones(len(ours), dtype=int)
    keys = list(zip(ours["left"], ours["operator"], ours["right"], group, strict=True))
    place = {key: i for i, key in enumerate(keys)}
    place |= {(r, op, left, g): i for (left, op, r, g), i in place.items() if op == "~~"}
    place |= {(left, op, "", g): i for (left, op, _, g), i in place.items() if op == "~*~"}
    table = expected[expected["op"] != ":="].reset_index(drop=True)
    right = table["rhs"].where(table["op"] != "~*~", "")
    at = [place.get(key) for key in zip(table["lhs"], table["op"], right, table["group"],
                                        strict=True)]  # fmt: skip
    known = np.array([i is not None for i in at])
    at = [i for i in at if i is not None]
    told = {name: value for name, value in entry["fit"].items() if value is not None}
    values = fit.fit_measures["value"]
    shared = [name for name in told if name in values.index and compared(found, name)]
    return {
        "estimates": _apart(ours["estimate"].to_numpy()[at], table["est"][known]),
        "errors": _apart(ours["se"].to_numpy()[at], table["se"][known]),
        "measures": _apart(values[shared], [told[name] for name in shared]),
    }


def _apart(ours: Any, theirs: Any) -> np.ndarray:
    a, b = np.asarray(ours, dtype=float), np.asarray(theirs, dtype=float)
    far = np.abs(a - b) / np.maximum(1.0, np.abs(b))
    return far[np.isfinite(far)]


def family(title: str, files: list[str]) -> Iterator[str]:
    """Yield the row of a family of fits, and what was left out of it."""
    whole: dict[str, list[np.ndarray]] = {}
    number, notes = 0, []
    for found in fits(*files):
        name = f"{found.study} {found.name}"
        if not found.entry["converged"]:
            notes.append(f"{name}: lavaan did not converge")
        elif found.name.endswith("_default"):
            notes.append(f"{name}: not at the optimum")
        elif name in LEFT_OUT:
            notes.append(f"{name}: {LEFT_OUT[name]}")
        else:
            number += 1
            for key, far in differences(found).items():
                whole.setdefault(key, []).append(far)
    joined = {key: np.concatenate(parts) for key, parts in whole.items()}
    cells = [f"{far.max():.0e} ({np.median(far):.0e})" for far in joined.values()]
    total = sum(len(far) for far in joined.values())
    yield f"| {title} | {number} | {total:,} | " + " | ".join(cells) + " |"
    yield from (f"  {note}" for note in notes if "-v" in sys.argv)


def bootstrap() -> str:
    """Return the row of the 200 resamples that lavaan was given."""
    stored = golden("bootstrap")
    model, table = csi.parse("\n".join(stored["model"])), rows(stored["data"])
    expected = stored["resampled"]["coefficients"]
    names = stored["resampled"]["parameters"]
    far = []
    for resample, theirs in zip(resamples(), expected, strict=True):
        moments = csi.Moments.from_rows(
            table[list(model.indicators)].to_numpy()[resample], model.indicators
        )
        shown = csi.fit(model, moments, csi.CBSEM()).parameters
        ours = {
            f"{left}{op}{right}": value
            for left, op, right, value in zip(
                shown["left"], shown["operator"], shown["right"], shown["estimate"], strict=True
            )
        }
        far.append(_apart([ours[name] for name in names], theirs))
    whole = np.concatenate(far)
    row = f"| 200 given resamples of the core model | 200 | {len(whole):,} | "
    return row + f"{whole.max():.0e} ({np.median(whole):.0e}) | | |"


def main() -> None:
    """Print the table."""
    warnings.simplefilter("ignore")
    print("| | fits | numbers | estimates | standard errors | measures of fit |")
    print("|---|---|---|---|---|---|")
    for title, files in FAMILIES.items():
        known = [name for name in files if (LAVAAN / f"{name}.json").exists()]
        print(*family(title, known), sep="\n")
    print(bootstrap())


if __name__ == "__main__":
    main()

"""Print the agreement tables of docs/explanation/agreement.md from the golden files of the tests.

Run ``python docs/agreement_table.py`` from the root of the repository.
"""

import sys
from dataclasses import replace
from pathlib import Path

import pandas as pd

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from peers import Case, cases

TITLES = {
    "pls_mobi": "ECSI mobile phones: 250 customers, 24 items, 7 constructs, 12 paths",
    "pls_satisfaction": "Spanish bank: 250 customers, 27 items, 6 constructs, 10 paths",
}
COLUMNS = {
    "weights": "weights",
    "raw_weights": "weights",
    "loadings": "loadings",
    "paths": "paths",
    "r2": "R²",
    "r2_adjusted": "adjusted R²",
    "total_effects": "total effects",
    "construct_corr": "construct correlations",
    "rho_a": "rho_A",
}
SMARTPLS_STOPPED = {"weights": 6, "loadings": 5, "paths": 5, "total_effects": 5}


def settings(case: Case) -> str:
    """Name the group of fits a comparison belongs to."""
    if case.iterations:
        return "PLS, stopped early"
    return {"PLSc": "PLSc", "A, covariances": "PLS on covariances"}.get(case.mode, "PLS")


def table(compared: list[Case]) -> str:
    """Largest differences by settings and program, as a Markdown table."""
    rows = pd.DataFrame(
        {
            "settings": [settings(case) for case in compared],
            "program": [case.peer for case in compared],
            "quantity": [COLUMNS[case.quantity] for case in compared],
            "difference": [case.difference() for case in compared],
        }
    )
    wide = rows.pivot_table("difference", ["settings", "program"], "quantity", aggfunc="max")
    wide = wide.reindex(columns=[c for c in dict.fromkeys(COLUMNS.values()) if c in wide])
    lines = [["settings", "program", *wide.columns], ["---"] * (2 + len(wide.columns))]
    for label, values in zip(wide.index, wide.to_numpy(), strict=True):
        lines.append([*label, *("" if pd.isna(v) else f"{v:.0e}" for v in values)])
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


if __name__ == "__main__":
    for name, title in TITLES.items():
        print(f"### {title}\n\n{table(list(cases(name)))}\n")
    smart = list(cases("smartpls_mobi"))
    stopped = [replace(case, iterations=SMARTPLS_STOPPED[case.quantity]) for case in smart]
    print(f"### ECSI mobile phones, printed with 8 decimals\n\n{table(smart + stopped)}")

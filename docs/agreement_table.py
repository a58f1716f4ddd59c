"""Print how far csi and other programs are apart, from the golden files of the tests.

Run from the root of the repository: ``python docs/agreement_table.py`` prints the tables of
docs/explanation/agreement.md, ``--summary`` sums them up by program, and ``--settled`` tells how
far csi is from programs that stopped early when it does not stop with them.
"""

import sys
from dataclasses import replace
from pathlib import Path

import pandas as pd

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from peers import Case, cases, golden

import csi
from csi.published.agreement import compared
from csi.published.tables import PrintedTable
from csi.studies.folders import names, study

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
STOPPING = ("max_iter", "on_fail")
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


def summary(compared: list[Case]) -> str:
    """Numbers compared and largest difference by program, as a Markdown table."""
    lines = [["program", "version", "numbers compared", "largest difference"], ["---"] * 4]
    for peer in sorted({case.peer for case in compared}):
        own = [case for case in compared if case.peer == peer]
        version = golden(own[0].file)["peers"][peer].split(",")[0].split(";")[0]
        count = sum(len(case.expected) for case in own)
        worst = max(case.difference() for case in own)
        lines.append([peer, version, f"{count:,}", f"{worst:.0e}"])
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def smartpls_stopped() -> list[Case]:
    """SmartPLS 2 beside csi stopped at the rounds that its printed tables come from."""
    return [
        replace(case, iterations=SMARTPLS_STOPPED[case.quantity]) for case in cases("smartpls_mobi")
    ]


def settled() -> list[Case]:
    """Comparisons in which both programs iterated to the end."""
    return [case for name in TITLES for case in cases(name) if not case.iterations]


def settled_beside_stopped() -> str:
    """Differences of studies' tables whose programs stopped early, as a Markdown table."""
    lines = [["study", "table", "program", "stopped after", "largest difference"], ["---"] * 5]
    for own in map(study, names()):
        for printed in (table for table in own.tables if "max_iter" in table.settings):
            options = {k: v for k, v in printed.settings.items() if k not in STOPPING}
            fit = csi.fit(own.models[printed.model], own.moments, csi.PLS(**options))
            numbers = PrintedTable.read(printed.numbers)
            entries = compared(fit, numbers, printed.readings)
            worst = max(abs(entry.difference) for entry in entries)
            rounds = str(printed.settings["max_iter"])
            lines.append([own.name, printed.title, printed.program, rounds, f"{worst:.0e}"])
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


if __name__ == "__main__" and "--settled" in sys.argv:
    print(settled_beside_stopped())
elif __name__ == "__main__" and "--summary" in sys.argv:
    print(summary(settled() + smartpls_stopped()))
elif __name__ == "__main__":
    for name, title in TITLES.items():
        print(f"### {title}\n\n{table(list(cases(name)))}\n")
    smart = [*cases("smartpls_mobi"), *smartpls_stopped()]
    print(f"### ECSI mobile phones, printed with 8 decimals\n\n{table(smart)}")

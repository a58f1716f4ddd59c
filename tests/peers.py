"""Golden figures of other PLS software beside ours, for the tests and for the agreement table.

A golden file holds the moments of one study, the model, and a list of fits by
other programs. `cases` cuts it into single comparisons: one program, mode,
scheme and quantity. Bootstraps are compared resample by resample: `r_draws` draws
again what the programs drew.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from r_random import Stream

import csi
from csi.core import intervals
from csi.syntax import parse

GOLDEN = Path(__file__).parent / "golden"


@dataclass(frozen=True)
class Case:
    """What one program computed, and where to find the same in csi."""

    file: str
    peer: str
    mode: str
    scheme: str
    iterations: int | None
    quantity: str
    expected: tuple[float, ...]

    def __str__(self) -> str:
        stopped = f"stopped at {self.iterations}, " if self.iterations else ""
        return f"{self.file}, {self.peer}, {self.mode}, {self.scheme}, {stopped}{self.quantity}"

    def ours(self) -> pd.Series:
        fit = fitted(self.file, self.mode, self.scheme, self.iterations)
        return quantities(fit)[self.quantity].reindex(golden(self.file)["orders"][self.quantity])

    def difference(self) -> float:
        return float(np.abs(self.ours() - np.array(self.expected)).max())


@cache
def golden(name: str) -> dict[str, Any]:
    return json.loads((GOLDEN / f"{name}.json").read_text())


def cases(name: str) -> Iterator[Case]:
    for fit in golden(name)["fits"]:
        settings = fit["peer"], fit["mode"], fit["scheme"], fit.get("iterations")
        for quantity in golden(name)["orders"]:
            if quantity in fit:
                yield Case(name, *settings, quantity, tuple(fit[quantity]))


def model(name: str) -> csi.Model:
    return replace(parse("\n".join(golden(name)["model"])), scale=(1, 10))


def moments(name: str) -> csi.Moments:
    known = golden(name)
    if "correlation" not in known:
        return _of_sums(known, known["indicators"])
    correlation = _symmetric(known["correlation"])
    return csi.Moments.from_correlation(correlation, known["indicators"], n=known["n"])


def group_moments(name: str, group: str) -> csi.Moments:
    known = golden(name)
    return _of_sums(known["moments"][group], known["indicators"])


@cache
def fitted(name: str, mode: str, scheme: str, iterations: int | None = None) -> csi.Fit:
    """Fit as the other program did; ``iterations`` is where that one stopped early."""
    estimator = csi.PLS(
        scheme=scheme,
        modes=golden(name)["modes"][mode],
        consistent=mode == "PLSc",
        standardize=mode != "A, covariances",
        tol=1e-13,
        max_iter=iterations or 1000,
        on_fail="return" if iterations else "raise",
    )
    with warnings.catch_warnings():
        # PLSc is not admissible on the mobile-phone study, in any program.
        warnings.simplefilter("ignore", csi.InadmissibleWarning)
        # Only where the other program stopped early: elsewhere not settling raises.
        warnings.simplefilter("ignore", csi.ConvergenceWarning)
        return csi.fit(model(name), moments(name), estimator)


def quantities(fit: csi.Fit) -> dict[str, pd.Series]:
    """Return every compared quantity, labelled as in the golden files."""
    weights = fit.weights["weight"]
    corr = fit.construct_corr
    return {
        "weights": weights,
        # of the answers as they are, for scores of variance one with divisor n
        "raw_weights": weights / fit.moments.sd * np.sqrt(fit.n / (fit.n - 1)),
        "loadings": fit.loadings["loading"],
        "paths": _by_route(fit.paths, "estimate"),
        "r2": fit.r2["r2"],
        "r2_adjusted": fit.r2["r2_adjusted"],
        "total_effects": _by_route(fit.effects, "total"),
        "construct_corr": pd.Series(
            {f"{a} ~ {b}": corr.loc[a, b] for a, b in combinations(fit.model.names, 2)}
        ),
        "rho_a": fit.reliability["rho_a"],
    }


def r_draws(peer: str, n: int, number: int) -> np.ndarray:
    """Rows of the first resamples of a program, one resample in each row."""
    if peer == "seminr (R)":
        return np.array([Stream(123 + i).with_replacement(n, n) for i in range(1, number + 1)])
    if peer == "plspm (R)":
        return Stream(123).with_replacement(n, n * number).reshape(number, n)
    return Stream(1).with_replacement(n, n * number).reshape(n, number).T  # package boot


def replicates(fit: csi.Fit, rows: np.ndarray) -> dict[str, pd.DataFrame]:
    """Every number of every resample: by family and label, one column for each resample."""
    boot = csi.bootstrap(fit, resamples=rows, max_failed=1.0)
    return families(boot.quantities, boot.draws.part.values)


def families(quantities: Any, values: np.ndarray) -> dict[str, pd.DataFrame]:
    """Cut rows of numbers into families, labelled as in the golden files."""
    found = {}
    for family, labels in quantities.families.items():
        sign = " ~ " if family in ("construct_corr", "htmt") else " -> "
        ends = labels[["indicator"]] if "indicator" in labels else labels
        index = ends.agg(sign.join, axis=1) if len(ends) else []
        found[family] = pd.DataFrame(values[quantities.places[family]], index=index)
    return found | {"total_effects": found["total"]}


def summary(sample: pd.DataFrame) -> pd.DataFrame:
    """Mean, standard error and percentile limits as csi reports them, from replicates."""
    values = sample.to_numpy()
    limits = intervals.limits(values.mean(axis=1), values, "percentile")
    se = intervals.standard_errors(values)
    columns = {"mean": values.mean(axis=1), "se": se, "lower": limits.lower, "upper": limits.upper}
    return pd.DataFrame(columns, index=sample.index)


def _of_sums(known: dict[str, Any], names: list[str]) -> csi.Moments:
    n, sums = known["n"], np.array(known["sums"])
    cov = (_symmetric(known["cross_products"]) - np.outer(sums, sums) / n) / (n - 1)
    return csi.Moments.from_covariance(cov, names, n=n, means=sums / n)


def _by_route(table: pd.DataFrame, value: str) -> pd.Series:
    return table.set_index(table["source"] + " -> " + table["target"])[value]


def _symmetric(lower: list[list[float]]) -> np.ndarray:
    full = np.zeros((len(lower), len(lower)))
    for i, row in enumerate(lower):
        full[i, : i + 1] = full[: i + 1, i] = row
    return full

"""Recovery and coverage of covariance structures by simulation.

Run from the root of the repository: ``python docs/studies_covariance.py [SAMPLES]`` prints the
tables of docs/explanation/covariance-studies.md (about 10 minutes for 1,000 samples a cell).

Customers have true scores on four constructs; twelve items measure them. The answers are those
scores as they are, on ten points and skewed as satisfaction is, on five ordered points, or with
a tenth of them missing at random. What is judged is the standardised paths, whose truth does not
depend on how answers were put down.
"""

from __future__ import annotations

import os

os.environ.update(OPENBLAS_NUM_THREADS="1", OMP_NUM_THREADS="1")

import sys
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

import csi

CONSTRUCTS = ("Quality", "Value", "Satisfaction", "Loyalty")
LOADINGS = (0.85, 0.80, 0.70)
PATHS = {
    ("Quality", "Value"): 0.60,
    ("Quality", "Satisfaction"): 0.50,
    ("Value", "Satisfaction"): 0.35,
    ("Satisfaction", "Loyalty"): 0.70,
}
SEED = 20261122
COMPLETE_ITEMS = ("Q1", "V1", "S1", "L1")
"""Items everybody answers; whether the others are answered depends on them."""

MODEL = csi.parse(
    "\n".join(f"{c} =~ " + " + ".join(f"{c[0]}{i}" for i in (1, 2, 3)) for c in CONSTRUCTS)
    + "\nValue ~ Quality\nSatisfaction ~ Quality + Value\nLoyalty ~ Satisfaction"
)


def true_scores(n: int, rng: np.random.Generator) -> np.ndarray:
    """Return (n, 4) constructs of variance one that follow the paths."""
    scores = np.zeros((n, len(CONSTRUCTS)))
    corr = np.eye(len(CONSTRUCTS))
    for j, target in enumerate(CONSTRUCTS):
        b = np.array([PATHS.get((source, target), 0.0) for source in CONSTRUCTS[:j]])
        explained = b @ corr[:j, :j] @ b
        scores[:, j] = scores[:, :j] @ b + np.sqrt(1 - explained) * rng.normal(size=n)
        corr[j, :j] = corr[:j, j] = corr[:j, :j] @ b
    return scores


def responses(n: int, rng: np.random.Generator) -> pd.DataFrame:
    """Return twelve normal responses of variance one."""
    scores = true_scores(n, rng)
    loadings = np.array(LOADINGS)
    made = scores[:, :, None] * loadings + np.sqrt(1 - loadings**2) * rng.normal(size=(n, 4, 3))
    return pd.DataFrame(made.reshape(n, 12), columns=list(MODEL.indicators))


def normal(n: int, rng: np.random.Generator) -> pd.DataFrame:
    """Answers as they are."""
    return responses(n, rng)


def ten_points(n: int, rng: np.random.Generator) -> pd.DataFrame:
    """Answers on ten points, most of them near the upper end: skewness about -1.1."""
    cuts = [-2.6, -2.3, -2.0, -1.7, -1.35, -0.95, -0.45, 0.15, 0.75]
    return responses(n, rng).apply(lambda column: np.digitize(column, cuts) + 1)


def five_points(n: int, rng: np.random.Generator) -> pd.DataFrame:
    """Answers on five ordered points, skewed."""
    return responses(n, rng).apply(lambda column: np.digitize(column, [-1.9, -1.2, -0.4, 0.6]) + 1)


def with_holes(n: int, rng: np.random.Generator) -> pd.DataFrame:
    """A tenth of the answers missing, more often where the first item of the construct is high."""
    answers = responses(n, rng)
    for item in set(answers) - set(COMPLETE_ITEMS):
        odds = answers[f"{item[0]}1"].to_numpy()
        lost = rng.random(n) < 0.15 * 2 / (1 + np.exp(-2 * odds))
        answers.loc[lost, item] = np.nan
    return answers


@dataclass(frozen=True)
class Cell:
    """Answers of one kind, estimated in one way."""

    title: str
    made: Callable[[int, np.random.Generator], pd.DataFrame]
    estimator: csi.CBSEM
    missing: str = "listwise"


CELLS = [
    Cell("normal, ML", normal, csi.CBSEM("ML")),
    Cell("normal, MLR", normal, csi.CBSEM("MLR")),
    Cell("ten points, ML", ten_points, csi.CBSEM("ML")),
    Cell("ten points, MLR", ten_points, csi.CBSEM("MLR")),
    Cell("ten points, MLM", ten_points, csi.CBSEM("MLM")),
    Cell("five points, ML", five_points, csi.CBSEM("ML")),
    Cell("five points, MLR", five_points, csi.CBSEM("MLR")),
    Cell("five points, WLSMV", five_points, csi.CBSEM("WLSMV", ordered=True)),
    Cell("missing, ML listwise", with_holes, csi.CBSEM("ML")),
    Cell("missing, FIML", with_holes, csi.CBSEM("ML"), "fiml"),
    Cell("missing, FIML and MLR", with_holes, csi.CBSEM("MLR"), "fiml"),
]


def study(cell: Cell, n: int, samples: int) -> dict[str, object]:
    """Return how paths are recovered and covered, and how often a true model is rejected."""
    truth = np.array([PATHS[path.source, path.target] for path in MODEL.paths])
    found, errors, rejected, failed = [], [], 0, 0
    for sample in range(samples):
        rng = np.random.default_rng([SEED, n, sample])
        survey = csi.survey(cell.made(n, rng), missing=cell.missing, allow_out_of_range=True)
        try:
            fit = csi.fit(MODEL, survey, cell.estimator)
        except csi.EstimationError:
            failed += 1
            continue
        table = fit.standardized()
        paths = table[table["operator"] == "~"].set_index(["right", "left"])
        keys = [(path.source, path.target) for path in MODEL.paths]
        found.append(paths.loc[keys, "estimate"].to_numpy())
        errors.append(paths.loc[keys, "se"].to_numpy())
        measures = fit.fit_measures["value"]
        rejected += measures.get("pvalue.scaled", measures["pvalue"]) < 0.05
    estimates, se = np.array(found), np.array(errors)
    covered = np.abs(estimates - truth) <= 1.959964 * se
    return {
        "answers, estimator": cell.title,
        "n": n,
        "largest bias": np.abs(estimates.mean(axis=0) - truth).max(),
        "se / sd": span(se.mean(axis=0) / estimates.std(axis=0), 2),
        "coverage": span(100 * covered.mean(axis=0), 1),
        "rejected": f"{100 * rejected / len(found):.1f}",
        "failed": failed,
    }


def span(numbers: np.ndarray, digits: int) -> str:
    """Return the smallest and the largest of some numbers."""
    return f"{numbers.min():.{digits}f}-{numbers.max():.{digits}f}"


def main() -> None:
    """Print the table."""
    samples = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    warnings.simplefilter("ignore")
    started = time.process_time()
    rows = [study(cell, n, samples) for n in (250, 1000) for cell in CELLS]
    table = pd.DataFrame(rows)
    table["largest bias"] = table["largest bias"].map("{:.3f}".format)
    print(f"{samples:,} samples a cell; Monte-Carlo error of a coverage of 95 %: "
          f"{100 * np.sqrt(0.95 * 0.05 / samples):.1f}\n")  # fmt: skip
    print("| " + " | ".join(table.columns) + " |")
    print("|" + "---|" * len(table.columns))
    for row in table.itertuples(index=False):
        print("| " + " | ".join(map(str, row)) + " |")
    print(f"\n{time.process_time() - started:.0f} s CPU")


if __name__ == "__main__":
    main()

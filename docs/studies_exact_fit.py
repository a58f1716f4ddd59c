"""Print how often the bootstrap test of exact fit rejects, by simulation.

Run from the root of the repository::

    python docs/studies_exact_fit.py [samples] [resamples] [cell ...]

Four constructs of three items: quality drives value and satisfaction, and both drive loyalty.
Answers are normal, or skewed; the population is built from the model itself, so that it holds
exactly. "factors" are estimated by PLSc, "composites, Mode B" by Mode B; "composites, Mode A"
have equally correlated items, for which Mode A is consistent. "Plain bootstrap" does without the
second resamples. In "without PLSc" the model holds, but the estimator is inconsistent. In the
last cells the fitted model leaves something out or puts an item to another construct: every
rejection is right. Of these cells a fifth of the samples is drawn. A sample that is inadmissible,
or more than a fifth of whose resamples are, is not tested and not counted.
"""

import sys
import warnings
from dataclasses import dataclass

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

import csi
from csi import composite, items, paths, reflective
from csi.assessment.overall import exact_fit, why_no_exact_fit
from csi.core.implied import construct_correlations, indicator_correlations

NAMES = ("Quality", "Value", "Satisfaction", "Loyalty")
PATHS = [paths("Quality", ["Value", "Satisfaction"]), paths(["Value", "Satisfaction"], "Loyalty")]
BLOCKS = {name: items(name[0].lower(), 1, 3) for name in NAMES}
MOVED = BLOCKS | {"Value": BLOCKS["Value"][:2], "Loyalty": [*BLOCKS["Loyalty"], "v3"]}
UNEQUAL = np.array([[1, 0.3, 0.5], [0.3, 1, 0.2], [0.5, 0.2, 1]])
EQUAL = np.full((3, 3), 0.5) + np.eye(3) / 2
TESTS = ("SRMR, d_ULS", "d_G", "d_ML")
SIZES, LARGE = (100, 250, 500), 1000


@dataclass(frozen=True)
class Cell:
    """A population and the model fitted to samples of it."""

    kind: str = "factors"
    omitted: float = 0.0
    crossed: float = 0.0
    moved: bool = False
    skewed: bool = False
    consistent: bool = True
    double: bool | None = None

    @property
    def holds(self) -> bool:
        """Whether the fitted model holds in the population."""
        return not (self.omitted or self.crossed or self.moved) and self.consistent

    @property
    def model(self) -> csi.Model:
        """The model that is fitted."""
        construct = reflective if self.kind == "factors" else composite
        blocks = MOVED if self.moved else BLOCKS
        return csi.model([construct(name, blocks[name]) for name in NAMES], PATHS)

    @property
    def estimator(self) -> csi.PLS:
        """How it is fitted."""
        if self.kind == "factors":
            return csi.PLS(consistent=self.consistent)
        mode = "A" if self.kind == "composites, Mode A" else "B"
        return csi.PLS(modes=dict.fromkeys(NAMES, mode))

    def correlations(self) -> np.ndarray:
        """Correlations of the twelve items in the population."""
        B = np.zeros((4, 4))
        B[0, 1:3], B[1:3, 3], B[0, 3] = (0.5, 0.6), (0.3, 0.45), self.omitted
        blocks = np.repeat(np.eye(4, dtype=bool), 3, axis=0)
        P = construct_correlations(np.eye(4), B, B != 0)
        common = self.kind == "factors"
        block = UNEQUAL if self.kind == "composites, Mode B" else EQUAL
        weights = np.array([0.5, 0.4, 0.3]) if self.kind == "composites, Mode B" else np.ones(3)
        loading = block @ weights / np.sqrt(weights @ block @ weights)
        own = np.array([0.85, 0.8, 0.75]) if common else loading
        loadings = np.where(blocks, np.tile(own, 4)[:, None], 0.0)
        if common and self.crossed:
            return crossed_factors(loadings, P, self.crossed)
        R = np.kron(np.eye(4), block)
        return indicator_correlations(R, loadings, P, blocks, np.full(4, common))

    def draw(self, n: int, rng: np.random.Generator) -> pd.DataFrame:
        """Answers of n respondents around 50, by a root of the correlations."""
        u = rng.standard_normal((n, 12))
        if self.skewed:
            u = (rng.chisquare(4, (n, 12)) - 4) / np.sqrt(8)
        z = u @ np.linalg.cholesky(self.correlations()).T
        answers = 50 + 6 * z
        return pd.DataFrame(answers, columns=[name for block in BLOCKS.values() for name in block])


def crossed_factors(loadings: np.ndarray, P: np.ndarray, size: float) -> np.ndarray:
    """Correlations of the items if the last item of value also measures loyalty."""
    loadings = loadings.copy()
    loadings[5] = 0, 0.6, 0, size
    R = loadings @ P @ loadings.T
    np.fill_diagonal(R, 1.0)
    return R


CELLS = {
    "factors": Cell(),
    "factors, skewed answers": Cell(skewed=True),
    "composites, Mode B": Cell("composites, Mode B"),
    "composites, Mode A": Cell("composites, Mode A"),
    "factors, plain bootstrap": Cell(double=False),
    "composites, Mode B, plain bootstrap": Cell("composites, Mode B", double=False),
    "factors, without PLSc": Cell(consistent=False),
    "factors, also Quality -> Loyalty 0.2": Cell(omitted=0.2),
    "factors, also v3 on Loyalty 0.25": Cell(crossed=0.25),
    "factors, v3 put to Loyalty": Cell(moved=True),
    "composites, Mode B, also Quality -> Loyalty 0.2": Cell("composites, Mode B", omitted=0.2),
    "composites, Mode B, v3 put to Loyalty": Cell("composites, Mode B", moved=True),
}

LONGER = ("factors", "composites, Mode B")
"""Cells that are drawn with the largest number of respondents, too."""


def p_values(cell: Cell, fit: csi.Fit, seed: int, resamples: int) -> np.ndarray:
    """P values of SRMR, d_G and d_ML."""
    table = exact_fit(fit, resamples, double=cell.double, rng=seed).table
    return table["p"].to_numpy()[[0, 2, 3]]


def study(cell: Cell, n: int, samples: int, resamples: int) -> tuple[np.ndarray, int]:
    """Share of the samples in which each test rejects, and how many samples were tested."""
    p = []
    for seed in range(samples):
        answers = cell.draw(n, np.random.default_rng([seed, n]))
        try:
            fit = csi.fit(cell.model, csi.survey(answers), cell.estimator)
        except csi.EstimationError:
            continue
        if not why_no_exact_fit(fit):
            p.append(p_values(cell, fit, seed, resamples))
    tested = np.array([each for each in p if np.isfinite(each).all()])
    return np.mean(tested <= 0.05, axis=0), len(tested)


def main() -> None:
    """Print the table."""
    numbers = [int(text) for text in sys.argv[1:3]]
    samples, resamples = [*numbers, *(1000, 500)[len(numbers) :]]
    chosen = sys.argv[3:] or list(CELLS)
    error = np.sqrt(0.05 * 0.95 / samples)
    print(
        f"Shares of samples rejected at 5 %, {resamples} resamples each; Monte Carlo error of 0.05 "
        f"with {samples} samples: {error:.4f}\n"
    )
    print(f"| population | n | {' | '.join(TESTS)} | samples tested |")
    print("| --- | --- |" + " --- |" * (len(TESTS) + 1))
    for name in chosen:
        for n in (*SIZES, LARGE) if name in LONGER else SIZES:
            number = samples if CELLS[name].holds else samples // 5
            shares, tested = study(CELLS[name], n, number, resamples)
            shown = " | ".join(f"{share:.3f}" for share in shares)
            print(f"| {name} | {n} | {shown} | {tested} of {number} |", flush=True)


if __name__ == "__main__":
    with threadpool_limits(1), warnings.catch_warnings():
        warnings.simplefilter("ignore", csi.CsiWarning)
        main()

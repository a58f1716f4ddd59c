"""How often an insensitive zone is declared where there is none.

Every row of the table is a curve without a zone, every cell a distribution of
satisfaction, a reliability of its score and a number of respondents. A zone is
declared as `csi.loyalty_curve` does it: p at most .05, and a slope in the zone of
at most half the average slope. Run as::

    python docs/studies_curve.py 200 > curve.csv        # replicates; minutes to hours
    python docs/studies_curve.py 1000 kink40,linear     # some curves only
"""

from __future__ import annotations

import itertools
import sys
from collections.abc import Iterator

import numpy as np
from joblib import Parallel, delayed

from csi.core.curve.bins import Bins, gather
from csi.core.curve.calibration import EXACT
from csi.core.curve.detection import Calibrations, Detection, calibrations, detect
from csi.core.curve.item_model import Items, congeneric_reliability, unique_shares
from csi.core.curve.populations import Population, Sample, draw
from csi.core.curve.satisfaction import Satisfaction
from csi.core.curve.truths import NO_ZONE, TRUTHS
from csi.core.resample import stream

LATENT = "beta", "heavy", "bimodal", "normal", "beta52"
RELIABILITIES = 1.0, 0.9, 0.8
SIZES = 250, 1_000, 5_000, 20_000
DRAWS = 199


def prepared(sample: Sample, satisfaction: Satisfaction) -> tuple[Bins, Calibrations]:
    """Calibrate a simulated sample as `csi.loyalty_curve` does."""
    weights = np.array(satisfaction.weights)
    if satisfaction.exact:
        bins = gather(satisfaction.composite(sample.items), sample.outcome)
        return bins, calibrations(bins, None, 1.0)
    bins = gather(satisfaction.composite(sample.items), sample.outcome)
    levels = satisfaction.grades
    values = tuple(np.linspace(0, 100, k) for k in levels)
    answers = sample.items.astype(np.intp) - 1
    points = np.column_stack([v[answers[:, j]] for j, v in enumerate(values)])
    cov = np.cov(points.T)
    shares = tuple(
        np.bincount(answers[:, j], minlength=k) / bins.n for j, k in enumerate(levels)
    )
    items = Items(weights, values, shares, np.sqrt(unique_shares(cov) * np.diagonal(cov)))
    return bins, calibrations(bins, items, congeneric_reliability(cov, weights))


def study(population: Population, n: int, seed: int) -> Detection:
    """Draw one sample and look for a zone."""
    rng = stream(seed, n)
    sample = draw(population, n, rng)
    bins, found = prepared(sample, population.satisfaction)
    return detect(bins, found, rng, draws=DRAWS)


def cell(population: Population, n: int, replicates: int) -> tuple[float, float]:
    """Return how often a zone is declared, and how often p alone is small."""
    found = [study(population, n, seed) for seed in range(replicates)]
    small = [d.test is not None and d.test.p <= 0.05 for d in found]
    return float(np.mean([d.detected() for d in found])), float(np.mean(small))


def cells(names: list[str]) -> Iterator[tuple[Population, int]]:
    """Yield every cell."""
    for latent, reliability, n, name in itertools.product(LATENT, RELIABILITIES, SIZES, names):
        yield Population(Satisfaction(latent, reliability), TRUTHS[name]), n


def main() -> None:
    """Print one line a cell."""
    replicates = int(sys.argv[1])
    names = sys.argv[2].split(",") if len(sys.argv) > 2 else [truth.name for truth in NO_ZONE]
    print("curve,satisfaction,reliability,n,declared,p_small,replicates")
    rows = Parallel(n_jobs=int(sys.argv[3]) if len(sys.argv) > 3 else 2, return_as="generator")(
        delayed(cell)(population, n, replicates) for population, n in cells(names)
    )
    for (population, n), (declared, small) in zip(cells(names), rows, strict=True):
        s = population.satisfaction
        print(
            f"{population.truth.name},{s.latent},{s.reliability:g},{n},{declared:.3f},{small:.3f},"
            f"{replicates}",
            flush=True,
        )


if __name__ == "__main__":
    main()

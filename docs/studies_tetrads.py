"""Print how often confirmatory tetrad analysis rejects a reflective construct, by simulation.

Run from the root of the repository::

    python docs/studies_tetrads.py [samples] [population ...]

A block of 4 or 7 items, 499 resamples a sample, tests at 5 %. In the first two populations one
construct causes the items (loadings 0.85 to 0.60), so that every rejection is wrong: "normal" are
its answers as they are, "10-point" whole numbers from 1 to 10 of which a quarter are 10. The rest
show power, with 10-point answers: "two factors" that correlate 0.7 and share the items; and
"formed", items that correlate 0.04 to 0.36 as if of one factor, but the first two 0.60.

"adjusted limits" is the verdict of csi: any bias-corrected, Bonferroni-adjusted interval of the
p (p - 3) / 2 non-redundant tetrads excludes zero. "joint" are the tests of Bollen and Ting (1993),
with the distribution-free and the normal-theory covariance. "all, BH" tests two tetrads of every
four items by percentiles of the resamples, with Benjamini-Hochberg p values.
"""

import sys
from itertools import combinations

import numpy as np
import pandas as pd
from scipy.stats import false_discovery_control, norm
from threadpoolctl import threadpool_limits

import csi
from csi import items, paths, reflective, single
from csi.assessment.sampled_tetrads import resampled
from csi.assessment.tetrads import tetrads
from csi.core.tetrads import normal_covariance, simultaneous
from csi.resampling.engine import Engine

DRAWS = 499
SIZES = (250, 500)
ITEMS = (4, 7)
CELLS = ("one factor, normal", "one factor, 10-point", "two factors", "formed")
HEADER = ("adjusted limits", "joint, distribution-free", "joint, normal theory", "all, BH")
SHARES = np.array([0.02, 0.04, 0.07, 0.11, 0.17, 0.25, 0.37, 0.53, 0.75])
"""Shares of the population below each of the ten points."""


def correlation(population: str, p: int) -> np.ndarray:
    """Return how the items correlate."""
    if population == "formed":
        R = np.outer(np.linspace(0.2, 0.6, p), np.linspace(0.2, 0.6, p))
        R[0, 1] = R[1, 0] = 0.6
    else:
        loadings = np.linspace(0.85, 0.6, p)
        R = np.outer(loadings, loadings)
        if population == "two factors":
            R[: p // 2, p // 2 :] *= 0.7
            R[p // 2 :, : p // 2] *= 0.7
    np.fill_diagonal(R, 1.0)
    return R


def draw(population: str, p: int, n: int, rng: np.random.Generator) -> pd.DataFrame:
    """Draw answers, and another item that the construct explains."""
    z = rng.multivariate_normal(np.zeros(p), correlation(population, p), size=n)
    if population != "one factor, normal":
        z = np.digitize(z, norm.ppf(SHARES)) + 1.0
    outcome = z.mean(axis=1) + rng.standard_normal(n)
    return pd.DataFrame(np.column_stack([z, outcome]), columns=[*items("q", 1, p), "l1"])


def rejected(frame: pd.DataFrame, p: int, seed: int) -> list[bool]:
    """Say which tests reject that the items reflect one construct."""
    model = csi.model(
        [reflective("Quality", items("q", 1, p)), single("Loyalty", "l1")],
        [paths("Quality", "Loyalty")],
    )
    fit = csi.fit(model, frame)
    found = tetrads(fit, n_boot=DRAWS, rng=seed)
    row, which = found.constructs.loc["Quality"], found.blocks[0].which
    V = normal_covariance(fit.moments.cov, which, fit.n)
    engine = Engine.of(fit)
    fours = combinations(range(p), 4)
    every = np.array([each for a, b, c, d in fours for each in ((a, b, c, d), (a, b, d, c))])
    values = resampled(engine, engine.resamples(seed, None), DRAWS, every)
    tails = np.minimum((values >= 0).mean(axis=1), (values <= 0).mean(axis=1))
    return [
        row["rejected"] > 0,
        row["p_chi2"] < 0.05,
        simultaneous(found.sampled.estimate, V).p < 0.05,
        bool((false_discovery_control(np.minimum(2 * tails, 1)) <= 0.05).any()),
    ]


def study(population: str, p: int, n: int, samples: int) -> np.ndarray:
    """Share of samples in which each test rejects."""
    found = []
    for seed in range(samples):
        rng = np.random.default_rng([seed, p, n])
        found.append(rejected(draw(population, p, n, rng), p, seed))
    return np.mean(found, axis=0)


def main() -> None:
    """Print the table."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    error = np.sqrt(0.05 * 0.95 / count)
    print(f"Shares of {count} samples rejected at 5 %; Monte Carlo error of 0.05: {error:.4f}\n")
    print(f"| population | items | n | {' | '.join(HEADER)} |")
    print("| --- | --- | --- |" + " --- |" * len(HEADER))
    for population in sys.argv[2:] or CELLS:
        for p in ITEMS:
            for n in SIZES:
                shares = " | ".join(f"{x:.3f}" for x in study(population, p, n, count))
                print(f"| {population} | {p} | {n} | {shares} |", flush=True)


if __name__ == "__main__":
    with threadpool_limits(1):
        main()

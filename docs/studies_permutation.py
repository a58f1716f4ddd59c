"""Print how often the tests between two groups of csi reject, by simulation.

Run from the root of the repository::

    python docs/studies_permutation.py [samples] [cell ...]

Normal answers on 0 to 100 to three items for each of quality, value and satisfaction; 499
permutations and 499 resamples a sample, tests at 5 %. In the first cells both groups come from
one population, so that every rejection is wrong. In "correlated causes" and "other spread" the
paths and the means are equal and something else is not; "other paths and means" and "other
weights" show power.
"""

import sys
import warnings
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

import csi
from csi import items, paths, reflective
from csi.comparing.permuting import Exchange
from csi.comparing.pooling import pool
from csi.core.differences import apart
from csi.core.intervals import p_values
from csi.core.permutation import two_sided
from csi.core.resample import stream
from csi.core.simulate import construct_correlation
from csi.resampling.engine import Engine

NAMES = ("Quality", "Value", "Satisfaction")
MODEL = csi.model(
    [reflective(name, items(name[0].lower(), 1, 3)) for name in NAMES],
    [paths("Quality", ["Value", "Satisfaction"]), paths("Value", "Satisfaction")],
    scale=(0, 100),
)
DRAWS = 499


@dataclass(frozen=True)
class Population:
    """What a group is drawn from: paths, loadings, and means and spread of the answers."""

    to_value: float = 0.5
    to_satisfaction: tuple[float, float] = (0.4, 0.3)
    loadings: tuple[float, float, float] = (0.85, 0.8, 0.75)
    mean: float = 60.0
    sd: float = 9.0

    def draw(self, n: int, rng: np.random.Generator) -> pd.DataFrame:
        B = np.zeros((3, 3))
        B[0, 1], B[:2, 2] = self.to_value, self.to_satisfaction
        eta = rng.multivariate_normal(np.zeros(3), construct_correlation(B), size=n)
        L = np.array(self.loadings)
        noise = rng.standard_normal((n, 3, 3)) * np.sqrt(1 - L**2)
        z = (eta[:, :, None] * L + noise).reshape(n, 9)
        answers = np.clip(self.mean + self.sd * z, 0, 100)
        return pd.DataFrame(answers, columns=list(MODEL.indicators))


SAME = Population()
CELLS = {
    "one population": (SAME, SAME, [(100, 100), (250, 250), (100, 300)]),
    "correlated causes": (SAME, replace(SAME, to_value=0.8), [(250, 250), (100, 300), (300, 100)]),
    "other spread": (SAME, replace(SAME, sd=13.5), [(250, 250), (100, 300), (300, 100)]),
    "other paths and means": (
        SAME,
        replace(SAME, to_satisfaction=(0.65, 0.3), mean=62.0),
        [(100, 100), (250, 250), (100, 300)],
    ),
    "other weights": (SAME, replace(SAME, loadings=(0.6, 0.8, 0.9)), [(100, 100), (250, 250)]),
}
HEADER = (
    "path, permuted", "path, bootstrap", "index, permuted", "index, bootstrap",
    "weight, permuted", "MICOM weights", "MICOM mean", "MICOM variance",
)  # fmt: skip


def p_of_compare(fits: tuple[csi.Fit, csi.Fit], seed: int) -> list[float]:
    """P values of a path, an index and a weight, by permutation and by bootstrap."""
    engine = Engine.of(pool(fits))
    a, b = Exchange.of(engine, fits, seed)(0, DRAWS)
    engines = [Engine.of(fit) for fit in fits]
    difference = apart(*(each.estimate for each in engines))
    permuted = two_sided(difference, apart(a.values, b.values))
    seeds = stream(seed, 0).integers(2**63, size=2)
    drawn = [
        each.of_multipliers(each.resamples(int(own), None).pieces(0)).values[:, :DRAWS]
        for each, own in zip(engines, seeds, strict=True)
    ]
    resampled = p_values(difference, apart(*drawn), "percentile")
    start = {name: place.start for name, place in engine.quantities.places.items()}
    path, index, weight = start["paths"] + 1, start["indices"] + 2, start["weights"]
    return [permuted[path], resampled[path], permuted[index], resampled[index], permuted[weight]]


def p_of_micom(fits: tuple[csi.Fit, csi.Fit], seed: int) -> list[float]:
    """P values of steps 2 and 3 for quality."""
    found = csi.measurement_invariance(*fits, n_perm=DRAWS, rng=seed, progress=False)
    return [
        table.loc["Quality", "p"] for table in (found.compositional, found.means, found.variances)
    ]


def study(
    first: Population, second: Population, sizes: tuple[int, int], samples: int
) -> np.ndarray:
    """Share of samples in which each test rejects."""
    rejected = []
    for seed in range(samples):
        rng = np.random.default_rng([seed, *sizes])
        fits = tuple(
            csi.fit(MODEL, csi.survey(population.draw(n, rng)))
            for population, n in zip((first, second), sizes, strict=True)
        )
        p = [*p_of_compare(fits, seed), *p_of_micom(fits, seed)]
        rejected.append(np.array(p) <= 0.05)
    return np.mean(rejected, axis=0)


def main() -> None:
    """Print the table."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
    chosen = sys.argv[2:] or list(CELLS)
    error = np.sqrt(0.05 * 0.95 / count)
    print(f"Shares of {count} samples rejected at 5 %; Monte Carlo error of 0.05: {error:.4f}\n")
    print(f"| populations | n | {' | '.join(HEADER)} |")
    print("| --- | --- |" + " --- |" * len(HEADER))
    for name in chosen:
        first, second, all_sizes = CELLS[name]
        for sizes in all_sizes:
            shares = " | ".join(f"{share:.3f}" for share in study(first, second, sizes, count))
            print(f"| {name} | {sizes[0]}, {sizes[1]} | {shares} |", flush=True)


if __name__ == "__main__":
    with threadpool_limits(1), warnings.catch_warnings():
        warnings.simplefilter("ignore", csi.InadmissibleWarning)
        main()

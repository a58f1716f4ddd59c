"""Print how often the test of predictive ability rejects, by simulation.

Run from the root of the repository::

    python docs/studies_cvpat.py [samples] [cell ...]

Standard normal constructs, three items each with loadings 0.85, 0.8 and 0.75; ten folds, tests at
5 %. Image and Quality drive Satisfaction, each alone in one of two competing models. With equal
effects neither model predicts better by symmetry, so that every rejection is wrong. Where nothing
drives Satisfaction the means predict best, and "better" is a false claim. The regression of items
catches up with the model by an effect of the first item of Image that the model leaves out; the
effects at which both lose about as much were found by trial. Samples in which PLS does not settle
are drawn anew.
"""

import sys
import warnings
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

import csi
from csi import items, paths, reflective
from csi.assessment.ability import cvpat

NAMES = ("Image", "Quality", "Satisfaction")
BLOCKS = [reflective(name, items(name[0].lower(), 1, 3)) for name in NAMES]
LOADINGS = np.array([0.85, 0.8, 0.75])
SIZES = (100, 250, 500)


@dataclass(frozen=True)
class Population:
    """What a sample is drawn from, and what is compared in it.

    ``causes`` is the correlation of Image and Quality, ``specific`` the effect of the first item
    of Image on Satisfaction beside its construct, ``sources`` what each model predicts from, and
    ``against`` the benchmark if there is one model only.
    """

    effects: tuple[float, float] = (0.4, 0.4)
    causes: float = 0.0
    specific: float = 0.0
    shops: int = 0
    sources: tuple[str, ...] = ("Image", "Quality")
    against: str = "model"
    repeats: int = 10

    def draw(self, n: int, rng: np.random.Generator) -> pd.DataFrame:
        """Draw answers; half the variance is that of shops of five, where there are any."""
        eta = self._normal(n, 2, rng) @ np.linalg.cholesky([[1, self.causes], [self.causes, 1]]).T
        noise = self._normal(n, 9, rng).reshape(n, 3, 3) * np.sqrt(1 - LOADINGS**2)
        b = np.array(self.effects)
        left = 1 - b @ b - 2 * self.causes * b[0] * b[1]
        own = (
            eta @ b + self.specific * noise[:, 0, 0] + np.sqrt(left) * self._normal(n, 1, rng)[:, 0]
        )
        eta = np.column_stack([eta, own])
        rows = (eta[:, :, None] * LOADINGS + noise).reshape(n, 9)
        names = [name for block in BLOCKS for name in block.indicators]
        return pd.DataFrame(rows, columns=names)

    def _normal(self, n: int, k: int, rng: np.random.Generator) -> np.ndarray:
        each = rng.standard_normal((n, k))
        if not self.shops:
            return each
        shared = rng.standard_normal((n // self.shops, k)).repeat(self.shops, axis=0)
        return np.sqrt(0.5) * (each + shared)


EQUAL = Population()
ALONE = replace(EQUAL, sources=(("Image", "Quality"),))
EVEN = {100: 0.62, 250: 0.41, 500: 0.26}  # effects of the item at which losses were about equal
CELLS = {
    "equal causes": [(EQUAL, n) for n in SIZES],
    "equal causes, correlated": [(replace(EQUAL, causes=0.5), n) for n in SIZES],
    "equal causes, shops of five": [(replace(EQUAL, shops=5), n) for n in SIZES],
    "equal causes, one repeat": [(replace(EQUAL, repeats=1), 250)],
    "an item of its own, even with regression": [
        (replace(ALONE, specific=own, against="lm"), n) for n, own in EVEN.items()
    ],
    "causes of 0.5 and 0.3": [(replace(EQUAL, effects=(0.5, 0.3)), n) for n in SIZES],
    "no effect, against means": [(replace(ALONE, effects=(0.0, 0.0), against="mean"), 250)],
    "effects of 0.2, against means": [(replace(ALONE, effects=(0.2, 0.2), against="mean"), 250)],
    "right model, against regression": [(replace(ALONE, against="lm"), 250)],
}


def models(population: Population) -> list[csi.Model]:
    """Return the model, or both models, that are compared."""
    found = []
    for source in population.sources:
        causes = [source] if isinstance(source, str) else list(source)
        blocks = [block for block in BLOCKS if block.name in (*causes, "Satisfaction")]
        found.append(csi.model(blocks, [paths(causes, "Satisfaction")]))
    return found


def study(population: Population, n: int, samples: int) -> np.ndarray:
    """Mean difference in loss, and shares significant, better and worse."""
    found, compared, seed = [], models(population), -1
    while len(found) < samples:
        seed += 1
        frame = population.draw(n, np.random.default_rng([seed, n]))
        options = {}
        if population.shops:
            frame["shop"] = np.arange(n) // population.shops
            options["clusters"] = "shop"
        data = csi.survey(frame, **options)
        try:
            fits = [csi.fit(model, data) for model in compared]
        except csi.EstimationError:  # without any effect PLS may run in a cycle
            continue
        table = cvpat(*fits, repeats=population.repeats, rng=seed).table
        row = table[(table["benchmark"] == population.against) & (table["construct"] == "all")]
        found.append([row["difference"].iloc[0], row["p"].iloc[0]])
    difference, p = np.array(found).T
    wrong = p <= 0.05
    return np.array([
        difference.mean(), wrong.mean(),
        (wrong & (difference < 0)).mean(), (wrong & (difference > 0)).mean(),
    ])  # fmt: skip


def main() -> None:
    """Print the table."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    error = np.sqrt(0.05 * 0.95 / count)
    print(f"{count} samples a cell; Monte Carlo error of a share of 0.05: {error:.4f}\n")
    print("| population | n | mean difference in loss | rejected | better | worse |")
    print("| --- | --- | --- | --- | --- | --- |")
    for name in sys.argv[2:] or CELLS:
        for population, n in CELLS[name]:
            mean, *shares = study(population, n, count)
            shown = " | ".join(f"{share:.3f}" for share in shares)
            print(f"| {name} | {n} | {mean:+.4f} | {shown} |", flush=True)


if __name__ == "__main__":
    with threadpool_limits(1), warnings.catch_warnings():
        warnings.simplefilter("ignore", csi.CsiWarning)
        main()

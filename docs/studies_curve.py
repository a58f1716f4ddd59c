"""How often a zone is declared where there is none, found where there is one, and where.

Run from the root of the repository; every study prints rows of a CSV table::

    python docs/studies_curve.py false 100       # curves without a zone: size of the test
    python docs/studies_curve.py again 1000      # the worst cells of "false", with new samples
    python docs/studies_curve.py power 200       # curves with one: power, edges, slopes
    python docs/studies_curve.py binary 200      # both, with a 0/1 outcome
    python docs/studies_curve.py robust 200      # items unlike those the calibration supposes
    python docs/studies_curve.py naive 200       # the raw score against the calibrated one
    python docs/curve_tables.py               # the tables of the documentation

The number is that of samples for each cell; further arguments are the processes
(2) and names of curves, to run some of them only. A zone counts as declared as
`csi.loyalty_curve` declares it: p at most .05, and a slope in the zone of at most
half the average. Sample number i of a cell has the same random numbers on any machine.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import product
from pathlib import Path

import numpy as np
from joblib import Parallel, delayed
from threadpoolctl import threadpool_limits

from csi.core.curve.bins import Bins, gather
from csi.core.curve.closest_zone import ClosestZone, closest_zone
from csi.core.curve.detection import Calibrations, Detection, calibrations, detect
from csi.core.curve.item_model import Items, congeneric_reliability, unique_shares
from csi.core.curve.populations import Population, Sample, draw, true_scores, window
from csi.core.curve.satisfaction import Satisfaction
from csi.core.curve.truths import NO_ZONE, TRUTHS
from csi.core.resample import stream

LATENT = "beta", "heavy", "bimodal", "normal"
RELIABILITIES = 1.0, 0.9, 0.8
SIZES = 250, 1_000, 5_000, 20_000
ZONES = "z10", "z20", "z20s", "z20w", "z30"
HARD = "linear", "kink40", "kink50", "hockey75", "concave_pieces", "stairs"
DRAWS = 199
GOAL = 0.06
FOLDER = Path(__file__).parent / "explanation" / "curve-studies"
COLUMNS = [
    *("what", "curve", "satisfaction", "reliability", "n", "samples", "declared", "p_small"),
    *("low_covered", "low_bias", "low_length", "high_covered", "high_bias", "high_length"),
    *("inside_covered", "certified"),
]


@dataclass(frozen=True)
class Cell:
    """One population, one number of respondents, one way of looking at them."""

    population: Population
    n: int
    what: str = ""
    shift: float = 0.0
    naive: bool = False
    first: int = 0


def prepared(sample: Sample, cell: Cell) -> tuple[Bins, Calibrations]:
    """Calibrate a simulated sample as `csi.loyalty_curve` does."""
    satisfaction = cell.population.satisfaction
    bins = gather(satisfaction.composite(sample.items), sample.outcome)
    if satisfaction.exact or cell.naive:
        return bins, calibrations(bins, None, 1.0)
    weights, levels = np.array(satisfaction.weights), satisfaction.grades
    values = tuple(np.linspace(0, 100, k) for k in levels)
    answers = sample.items.astype(np.intp) - 1
    points = np.column_stack([v[answers[:, j]] for j, v in enumerate(values)])
    cov = np.cov(points.T)
    shares = tuple(np.bincount(answers[:, j], minlength=k) / bins.n for j, k in enumerate(levels))
    items = Items(weights, values, shares, np.sqrt(unique_shares(cov) * np.diagonal(cov)))
    return bins, calibrations(bins, items, congeneric_reliability(cov, weights) + cell.shift)


def study(cell: Cell, seed: int) -> Detection:
    """Draw one sample and look for a zone."""
    rng = stream(seed, cell.n)
    bins, found = prepared(draw(cell.population, cell.n, rng), cell)
    return detect(bins, found, rng, draws=DRAWS)


def studied(cell: Cell, samples: int) -> dict[str, object]:
    """Return one row of the table."""
    with threadpool_limits(1):
        found = [study(cell, cell.first + i) for i in range(samples)]
    s, truth = cell.population.satisfaction, cell.population.truth
    row: dict[str, object] = {
        "what": cell.what,
        "curve": truth.name,
        "satisfaction": s.latent,
        "reliability": s.reliability,
        "n": cell.n,
        "samples": samples,
        "declared": np.mean([d.detected() for d in found]),
        "p_small": np.mean([d.p <= 0.05 for d in found]),
    }
    return row | (_edges(found, cell) if truth.zone else {})


@cache
def closest(population: Population) -> ClosestZone:
    """Return the edges and slopes of the pieces that come closest to the curve."""
    T, probability = true_scores(population)
    low, high = window(population)
    knots = np.arange(np.ceil(low), high, 0.25)
    found = closest_zone(T, population.truth(T), probability, knots)
    assert found is not None
    return found


def _edges(found: list[Detection], cell: Cell) -> dict[str, float]:
    """Return coverage, bias and length of the intervals of a zone."""
    true_zone, row = closest(cell.population), {}
    zones = [d.zone for d in found if d.zone is not None]
    for name, true in (("low", true_zone.low), ("high", true_zone.high)):
        edges = [getattr(zone, name) for zone in zones]
        row[f"{name}_covered"] = np.mean([e.lower <= true <= e.upper for e in edges])
        row[f"{name}_bias"] = np.mean([e.value - true for e in edges])
        row[f"{name}_length"] = np.mean([e.upper - e.lower for e in edges])
    inside = [zone.inside for zone in zones]
    row["inside_covered"] = np.mean([e.lower <= true_zone.slopes[1] <= e.upper for e in inside])
    declared = [d for d in found if d.detected()]
    row["certified"] = np.sum([d.zone.inside.upper <= d.zone.average / 2 for d in declared])
    row["certified"] /= len(found)
    return row


def false_zones(names: Iterable[str]) -> Iterator[Cell]:
    """Yield curves without a zone."""
    for latent, reliability, n, name in product(LATENT, RELIABILITIES, SIZES, names):
        yield Cell(Population(Satisfaction(latent, reliability), TRUTHS[name]), n)


def again(names: Iterable[str]) -> Iterator[Cell]:
    """Yield the cells in which more than 6 % of the samples had a false zone, with new samples."""
    with (FOLDER / "false.csv").open(encoding="utf-8") as rows:
        for row in csv.DictReader(rows):
            if row["curve"] in names and float(row["declared"]) > GOAL:
                satisfaction = Satisfaction(row["satisfaction"], float(row["reliability"]))
                population = Population(satisfaction, TRUTHS[row["curve"]])
                yield Cell(population, int(row["n"]), first=100_000)


def power(names: Iterable[str]) -> Iterator[Cell]:
    """Yield curves with a zone."""
    for latent, reliability, n, name in product(("beta",), RELIABILITIES, SIZES, names):
        yield Cell(Population(Satisfaction(latent, reliability), TRUTHS[name]), n)
    for latent, n, name in product(LATENT[1:], (1_000, 5_000), ("z20", "z30")):
        yield Cell(Population(Satisfaction(latent, 0.8), TRUTHS[name]), n)


def binary(names: Iterable[str]) -> Iterator[Cell]:
    """Yield 0/1 outcomes."""
    for reliability, n, name in product((1.0, 0.8), SIZES[1:], names):
        satisfaction = Satisfaction("beta", reliability)
        yield Cell(Population(satisfaction, TRUTHS[name], outcome="binary"), n, "binary")


def robust(names: Iterable[str]) -> Iterator[Cell]:
    """Yield items unlike those that the calibration supposes, and a misjudged reliability."""
    cuts = tuple(np.linspace(5.6, 94.4, 9) + 8 * np.sin(np.linspace(0, np.pi, 9)))
    kinds = {
        "offsets": {"offsets": (6.0, 0.0, -6.0)},
        "unequal errors": {"factors": (0.7, 1.0, 1.4)},
        "unequal cuts": {"cuts": (cuts, tuple(100 - np.array(cuts)[::-1]), cuts)},
        "t4 errors": {"errors": "t4"},
        "8 % yea-sayers": {"yea_sayers": 0.08},
        "five answers": {"levels": 5},
        "two items": {"weights": (0.5, 0.5)},
        "six items": {"weights": (1 / 6,) * 6},
        "reliability .05 too low": {},
        "reliability .05 too high": {},
    }
    for (what, settings), latent, n, name in product(
        kinds.items(), ("beta", "heavy"), (1_000, 5_000), names
    ):
        satisfaction = Satisfaction(latent, 0.8, **settings)
        shift = {"reliability .05 too low": -0.05, "reliability .05 too high": 0.05}.get(what, 0)
        yield Cell(Population(satisfaction, TRUTHS[name]), n, what, shift)


def naive(names: Iterable[str]) -> Iterator[Cell]:
    """Yield the raw axis beside the calibrated one."""
    for latent, n, name, raw in product(LATENT, SIZES[1:], names, (True, False)):
        population = Population(Satisfaction(latent, 0.8), TRUTHS[name])
        yield Cell(population, n, "raw" if raw else "calibrated", naive=raw)


Study = Callable[[Iterable[str]], Iterator[Cell]]
STUDIES: dict[str, tuple[Study, tuple[str, ...]]] = {
    "false": (false_zones, tuple(truth.name for truth in NO_ZONE)),
    "again": (again, tuple(truth.name for truth in NO_ZONE)),
    "power": (power, ZONES),
    "binary": (binary, (*HARD, "logistic", "z20", "z30")),
    "robust": (robust, ("linear", "kink40", "hockey75", "z20")),
    "naive": (naive, ("linear", "z20")),
}


def main(name: str, samples: str = "200", processes: str = "2", only: str = "") -> None:
    """Print one row a cell as it is done."""
    cells_of, names = STUDIES[name]
    cells = list(cells_of(only.split(",") if only else names))
    rows = Parallel(n_jobs=int(processes), return_as="generator")(
        delayed(studied)(cell, int(samples)) for cell in cells
    )
    writer = csv.DictWriter(sys.stdout, COLUMNS)
    writer.writeheader()
    for row in rows:
        writer.writerow({k: f"{v:.4g}" if isinstance(v, float) else v for k, v in row.items()})
        sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])

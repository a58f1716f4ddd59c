"""Print how often the intervals of csi hold the truth, by simulation.

Run from the root of the repository: ``python docs/studies_coverage.py``; ``--help`` lists the
options, docs/explanation/coverage.md explains the tables. Every data set has a random stream of
its own, so that its numbers do not depend on which others are run.

The population is normal up to the answers, which are grades from 1 to 10. Its means and
covariances, and with them the true values, are computed without sampling: the covariance of
two grades is a power series in the correlation r behind them, the sum of a_k b_k r^k, where a_k
and b_k are Hermite coefficients of the two staircases.
"""

import argparse
import warnings
import zlib
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from scipy.optimize import brentq
from scipy.special import betainc, ndtr, ndtri

import csi
from csi import items, paths, reflective
from csi.core.resample import stream
from csi.core.simulate import (
    beta_shape,
    construct_correlation,
    population_correlation,
    residual_variance,
)
from csi.resampling.bootstrapping import TOO_MANY
from csi.resampling.quantities import Quantities

LEVEL = 0.95
NAMES = ("Expectations", "Quality", "Value", "Satisfaction", "Loyalty")
PATHS = {
    ("Expectations", "Quality"): 0.50,
    ("Expectations", "Value"): 0.10,
    ("Quality", "Value"): 0.60,
    ("Quality", "Satisfaction"): 0.60,
    ("Value", "Satisfaction"): 0.20,
    ("Satisfaction", "Loyalty"): 0.70,
}
NOTHING = ("Expectations", "Satisfaction")
"""The path whose coefficient is chosen so that its true estimate is zero."""

LOADINGS = np.tile([0.88, 0.82, 0.76], len(NAMES))
MEANS = np.repeat([0.70, 0.76, 0.66, 0.72, 0.74], 3) + np.tile([0.03, 0.0, -0.03], len(NAMES))
SPREAD = 0.22
TERMS = 300
SATISFACTION = NAMES.index("Satisfaction")

QUANTITIES = {
    "index, Satisfaction": ("indices", "Satisfaction"),
    "index, Loyalty": ("indices", "Loyalty"),
    "path, strong": ("paths", "Quality", "Satisfaction"),
    "path, weak": ("paths", "Value", "Satisfaction"),
    "path, zero": ("paths", *NOTHING),
    "total effect, Quality": ("total", "Quality", "Loyalty"),
    "total effect, Expectations": ("total", "Expectations", "Loyalty"),
}
METHODS = ("percentile", "basic", "normal", "bca")
KINDS = (*METHODS, "t", "studentized", "fixed weights")


@dataclass(frozen=True)
class Cell:
    """A sampling design, a number of respondents and an estimator."""

    n: int
    estimator: csi.PLS = csi.PLS()  # noqa: RUF009 - frozen
    graded: bool = True
    tilt: float = 0.0
    clusters: int = 0
    strata: int = 1
    icc: float = 0.10
    methods: tuple[str, ...] = METHODS

    @property
    def scale(self):
        """Ends of the answers; those that are not graded stay far from theirs."""
        return (1, 10) if self.graded else (0, 100)

    @property
    def columns(self):
        """Kinds of intervals, in the order of ``Outcome.held``."""
        return [*self.methods, *["t"] * bool(self.clusters), "fixed weights"]

    @cached_property
    def shifts(self):
        """Where satisfaction stands in each stratum, in standard deviations."""
        return 0.4 * ndtri((np.arange(self.strata) + 0.5) / self.strata)


MODE_B = csi.PLS(modes=dict.fromkeys(NAMES, "B"))
PLSC = {"estimator": csi.PLS(consistent=True), "graded": False}
CELLS = {
    **{f"simple {n}": Cell(n) for n in (100, 250, 1000)},
    **{f"weights {n}": Cell(n, tilt=0.6) for n in (100, 250, 1000)},
    "20 clusters of 12": Cell(240, clusters=20),
    "50 clusters of 5": Cell(250, clusters=50),
    "40 clusters of 25": Cell(1000, clusters=40),
    "100 clusters of 10": Cell(1000, clusters=100),
    "5 strata, 50 clusters of 5": Cell(250, clusters=50, strata=5),
    "5 strata, 50 clusters of 20": Cell(1000, clusters=50, strata=5),
    "20 strata, 40 clusters of 25": Cell(1000, clusters=40, strata=20),
    **{f"PLSc {n}": Cell(n, **PLSC) for n in (100, 250, 1000)},
    **{f"Mode B {n}": Cell(n, MODE_B) for n in (100, 250, 1000)},
    "studentized 100": Cell(100, methods=(*METHODS, "studentized")),
}


def model(scale=None):
    """Five constructs of three items, as in indices of the ACSI type."""
    constructs = [reflective(name, items(name[0], 1, 3)) for name in NAMES]
    return csi.model(constructs, [paths(*ends) for ends in [*PATHS, NOTHING]], scale=scale)


class Population:
    """Whom samples are drawn from, and what an estimator finds in all of them."""

    def __init__(self, cell, nothing):
        self.cell = cell
        self.B = np.zeros((len(NAMES), len(NAMES)))
        for (source, target), size in [*PATHS.items(), (NOTHING, nothing)]:
            self.B[NAMES.index(source), NAMES.index(target)] = size
        self.C = construct_correlation(self.B)
        self.L = np.zeros((len(LOADINGS), len(NAMES)))
        self.L[np.arange(len(LOADINGS)), np.arange(len(LOADINGS)) // 3] = LOADINGS
        grades = (np.arange(9) + 0.5) / 9
        self.cuts = np.array([ndtri(betainc(*beta_shape(m, SPREAD), grades)) for m in MEANS])

    @classmethod
    def of(cls, cell):
        """Choose the coefficient of the path that is to be zero."""
        at = list(QUANTITIES).index("path, zero")
        return cls(cell, brentq(lambda size: cls(cell, size).truth[at], -0.15, 0.15, xtol=1e-12))

    @cached_property
    def truth(self):
        """(q,) true values."""
        cov, mean = self.moments()
        moments = csi.Moments.from_covariance(cov, model().indicators, n=10**9, means=mean)
        return numbers(csi.fit(model(self.cell.scale), moments, self.cell.estimator))

    def moments(self):
        """Covariances and means of the answers: of each stratum, and between strata."""
        parts = [self._stratum(shift * self.C[SATISFACTION]) for shift in self.cell.shifts]
        means = np.array([mean for _, mean in parts])
        return np.mean([cov for cov, _ in parts], axis=0) + np.cov(means.T, ddof=0), means.mean(0)

    def _stratum(self, shift):
        R = population_correlation(self.L, self.B)
        if not self.cell.graded:
            return 64 * R, self.answers(self.L @ shift)
        cuts = self.cuts - (self.L @ shift)[:, None]
        cov = sum(np.outer(a, a) * R**k for k, a in enumerate(hermite(cuts), 1))
        grade = np.arange(1, 11)
        chance = np.diff(ndtr(cuts), axis=1, prepend=0.0, append=1.0)
        mean = chance @ grade
        np.fill_diagonal(cov, chance @ grade**2 - mean**2)
        return cov, mean

    def answers(self, z):
        """Turn normal indicators into answers."""
        if not self.cell.graded:
            return 100 * MEANS - 22 + 8 * z
        return 1 + np.stack([np.searchsorted(c, x) for c, x in zip(self.cuts, z.T, strict=True)], 1)

    def sample(self, rng):
        """Draw respondents."""
        cell = self.cell
        cluster = np.arange(cell.n) * (cell.clusters or cell.n) // cell.n
        stratum = cluster * cell.strata // (cell.clusters or cell.n)
        eta = self._constructs(cluster, rng)
        # who is dissatisfied answers more often: the density times exp(-tilt * satisfaction)
        eta += (cell.shifts[stratum] - cell.tilt)[:, None] * self.C[SATISFACTION]
        error = rng.standard_normal((cell.n, len(LOADINGS))) * np.sqrt(1 - LOADINGS**2)
        frame = pd.DataFrame(self.answers(eta @ self.L.T + error), columns=model().indicators)
        weight = np.exp(cell.tilt * eta[:, SATISFACTION])
        return frame.assign(weight=weight, cluster=cluster, stratum=stratum)

    def _constructs(self, cluster, rng):
        """Draw constructs; members of a cluster are alike."""
        cell, k = self.cell, len(NAMES)
        zeta = rng.standard_normal((cell.n, k))
        if cell.clusters:
            between = rng.standard_normal((cell.clusters, k))[cluster]
            zeta = np.sqrt(1 - cell.icc) * zeta + np.sqrt(cell.icc) * between
        return zeta * np.sqrt(residual_variance(self.B)) @ np.linalg.inv(np.eye(k) - self.B)

    def fit(self, rng):
        """Draw respondents and estimate the model."""
        cell = self.cell
        survey = csi.survey(
            self.sample(rng),
            scale=cell.scale,
            weights="weight" if cell.tilt else None,
            clusters="cluster" if cell.clusters else None,
            strata="stratum" if cell.strata > 1 else None,
        )
        return csi.fit(model(cell.scale), survey, cell.estimator)


def hermite(cuts):
    """Yield the Hermite coefficients 1, 2, ... of staircases that rise by one at each cut."""
    before, now = np.zeros_like(cuts), np.exp(-(cuts**2) / 2) / np.sqrt(2 * np.pi)
    for k in range(1, TERMS + 1):
        yield now.sum(axis=1) / np.sqrt(k)
        before, now = now, (cuts * now - np.sqrt(k - 1) * before) / np.sqrt(k)


def positions(quantities):
    """Where the numbers of the study stand among all numbers of a fit."""
    found = []
    for family, *labels in QUANTITIES.values():
        rows = quantities.families[family].to_numpy().tolist()
        found.append(quantities.places[family].start + rows.index(labels))
    return np.array(found)


def numbers(fit):
    """Return the numbers of the study."""
    quantities = Quantities.of(fit)
    return quantities.of_fit(fit)[positions(quantities)]


@dataclass(frozen=True)
class Outcome:
    """What one data set says: estimates, standard errors, and which intervals hold the truth.

    ``bad`` is the share of failed and inadmissible resamples.
    """

    estimate: np.ndarray
    se: np.ndarray
    held: np.ndarray
    bad: float

    @classmethod
    def of(cls, fit, population, replicates, rng):
        """Bootstrap a fit."""
        cell, truth = population.cell, population.truth
        boot = csi.bootstrap(fit, n_boot=replicates, rng=rng, max_failed=1.0, level=LEVEL)
        at = positions(boot.quantities)
        known = {method: boot.with_interval(method).known for method in cell.methods}
        held = {m: (k.lower[at] <= truth) & (truth <= k.upper[at]) for m, k in known.items()}
        estimate, se = (getattr(known["normal"], of)[at] for of in ("estimate", "se"))
        z = ndtri((1 + LEVEL) / 2)
        if cell.clusters:  # where csi takes t for its normal limits
            held |= {"t": held["normal"], "normal": np.abs(estimate - truth) <= z * se}
        index = fit.indices.loc[["Satisfaction", "Loyalty"]]
        fixed = np.full(len(truth), np.nan)
        fixed[:2] = np.abs(index["index"].to_numpy() - truth[:2]) <= z * index["se"].to_numpy()
        shown = np.array([*held.values(), fixed])
        return cls(estimate, se, shown, boot.draws.part.bad.mean())


def outcomes(name, population, datasets, replicates, seed):
    """Yield what data sets say; those whose model does not settle say nothing."""
    for number in range(datasets):
        rng = stream(seed, zlib.crc32(name.encode()), number)
        try:
            fit = population.fit(rng)
        except csi.EstimationError:
            continue
        yield Outcome.of(fit, population, replicates, rng)


def study(name, datasets, replicates, seed):
    """Return one row for each number: truth, bias, standard errors and coverage in percent."""
    population = Population.of(CELLS[name])
    found = list(outcomes(name, population, datasets, replicates, seed))
    estimate, se, held = (
        np.array([getattr(o, of) for o in found]) for of in ("estimate", "se", "held")
    )
    spread = estimate.std(axis=0, ddof=1)
    table = pd.DataFrame({"truth": population.truth}, index=list(QUANTITIES))
    table["bias / SD"] = (estimate.mean(axis=0) - population.truth) / spread
    table["SE / SD"] = se.mean(axis=0) / spread
    table[population.cell.columns] = 100 * held.mean(axis=0).T
    table.attrs["not settled"] = datasets - len(found)
    table.attrs["bad"] = np.array([o.bad for o in found])
    return table


def markdown(table):
    """Write the table of a cell."""
    rows = []
    for label, truth, bias, error, *shares in table.itertuples():
        digits = 2 if label.startswith("index") else 3
        held = ["" if np.isnan(share) else f"{share:.1f}" for share in shares]
        rows.append([label, f"{truth:z.{digits}f}", f"{bias:+.2f}", f"{error:.2f}", *held])
    return written(["", *table.columns], rows)


def ranges(tables):
    """Write the lowest and the highest coverage of each cell."""
    rows = []
    for name, table in tables.items():
        shares = table.drop(columns=["truth", "bias / SD", "SE / SD"])
        low, high = shares.min(), shares.max()
        shown = (f"{low[c]:.1f}-{high[c]:.1f}" if c in shares else "" for c in KINDS)
        rows.append([name, *shown])
    return written(["", *KINDS], rows)


def written(head, rows):
    """Write a table in Markdown."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def options():
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    quick = [name for name, cell in CELLS.items() if cell.methods == METHODS]
    parser.add_argument(
        "--cells", nargs="+", choices=CELLS, default=quick, metavar="CELL",
        help=f"any of: {', '.join(CELLS)}; all but studentized by default",
    )  # fmt: skip
    parser.add_argument("--datasets", type=int, default=2000)
    parser.add_argument("--replicates", type=int, default=1024)
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


if __name__ == "__main__":
    asked = options()
    warnings.simplefilter("ignore", csi.CsiWarning)
    tables = {}
    for name in asked.cells:
        table = tables[name] = study(name, asked.datasets, asked.replicates, asked.seed)
        print(f"### {name}\n\n{markdown(table)}\n", flush=True)
        if lost := table.attrs["not settled"]:
            print(f"Not settled: {lost} of {asked.datasets}.\n", flush=True)
        if (bad := table.attrs["bad"]).any():
            print(
                f"Failed or inadmissible resamples: {bad.mean():.1%} on average, more than "
                f"{TOO_MANY:.0%} in {(bad > TOO_MANY).mean():.0%} of the data sets.\n",
                flush=True,
            )
    print(f"### Lowest and highest\n\n{ranges(tables)}")

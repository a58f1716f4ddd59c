"""Loyalty curve: each step of csi by number of respondents, and peers in the same run.

Run from the repository::

    python benchmarks/curve.py [PART ...]

PART is one of the parts below, all by default. Prints CPU seconds (user and system), the least of
repeated runs, and ratios peer / csi. BLAS is held to one thread. The peers are the Python package
piecewise-regression and the R packages segmented and mgcv; one that is missing is left out.
"""

from __future__ import annotations

import os

os.environ.update(OPENBLAS_NUM_THREADS="1", OMP_NUM_THREADS="1", MKL_NUM_THREADS="1")

import argparse
import contextlib
import io
import platform
import shutil
import subprocess
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from functools import cache
from importlib.metadata import version
from itertools import count
from pathlib import Path
from typing import NamedTuple

import numpy as np

import csi
from csi.core.curve.bands import smooth_curve
from csi.core.curve.bins import Bins, gather
from csi.core.curve.calibration import Calibration, iterations_for_edges, uncalibrated
from csi.core.curve.detection import Calibrations, basis_of, calibrations, knots_between
from csi.core.curve.item_model import Items, congeneric_reliability
from csi.core.curve.kinked import one_kink, two_kinks
from csi.core.curve.populations import Population, draw
from csi.core.curve.redrawing import reliability_influence, source
from csi.core.curve.replicates import resampled, zone_replicates
from csi.core.curve.satisfaction import Satisfaction
from csi.core.curve.shape_fit import Problem
from csi.core.curve.shapes import line as straight
from csi.core.curve.smooth import smooth_fit
from csi.core.curve.truths import TRUTHS
from csi.core.curve.zone_test import ZoneTest, run_zone_test
from csi.core.resample import stream
from csi.loyalty.item_figures import ItemFigures

warnings.simplefilter("ignore")  # the peers' own warnings

SIZES = (250, 1_000, 10_000, 1_000_000)
PEOPLE = Satisfaction("beta", 0.8)
REPLICATES = 1_000


class Survey(NamedTuple):
    """Respondents, their bins, items and calibrations."""

    score: np.ndarray
    answers: np.ndarray
    outcome: np.ndarray
    bins: Bins
    figures: ItemFigures
    items: Items
    reliability: float
    found: Calibrations

    def tested(self) -> ZoneTest:
        """Test of "no zone" with 999 draws under each of the curves without one."""
        axis = self.found.for_test
        return run_zone_test(
            basis_of(self.bins, axis), self.bins, stream(1), 999, axis.window()
        )  # fmt: skip


def drawn(n: int, truth: str, seed: int) -> Survey:
    """Draw respondents whose items have a reliability of .8."""
    answers, outcome, _ = draw(Population(PEOPLE, TRUTHS[truth]), n, stream(seed))
    score, points = PEOPLE.composite(answers), 100 * (answers - 1) / 9
    possible = (np.linspace(0, 100, 10),) * 3
    figures = ItemFigures.of_rows(np.array(PEOPLE.weights), possible, points, np.ones(n))
    bins, rho = gather(score, outcome), figures.reliability
    found = calibrations(bins, figures.items, rho)
    return Survey(score, answers, outcome, bins, figures, figures.items, rho, found)


@cache
def surveyed(n: int) -> Survey:
    """Return the first sample in which a zone fits best, so that the test has to draw."""
    samples = (drawn(n, "z20", seed) for seed in count(1))
    return next(survey for survey in samples if survey.tested().D > 0)


def least_cpu(run: Callable[[], object], repeats: int = 7) -> float:
    """Least CPU seconds of one call."""
    run()
    spent = []
    for _ in range(repeats):
        start = time.process_time()
        run()
        spent.append(time.process_time() - start)
    return min(spent)


def test_part() -> Iterator[str]:
    """From respondents to the p value of "no zone"."""
    yield 'Test of "no zone": 999 draws under each of four curves without one'
    yield "  respondents        binning    calibration       the test     altogether"
    for n in SIZES:
        s = surveyed(n)
        steps = [
            least_cpu(lambda: gather(s.score, s.outcome)),  # noqa: B023
            least_cpu(lambda: calibrations(s.bins, s.items, s.reliability)),  # noqa: B023
            least_cpu(s.tested),
        ]
        shown = "".join(f"{1e3 * seconds:12.1f} ms" for seconds in (*steps, sum(steps)))
        yield f"  {n:>11,}{shown}"


def replicates_part() -> Iterator[str]:
    """Edges of the zone in samples of the same customers, each with its own calibration."""
    yield f"{REPLICATES:,} replicates of the edges, reliability and calibration of each anew"
    for n in SIZES[1:]:
        s = surveyed(n)

        def influence() -> np.ndarray:
            weights = s.items.weights  # noqa: B023
            points = 100 * (s.answers - 1) / 9  # noqa: B023
            return reliability_influence(lambda cov: congeneric_reliability(cov, weights), points)

        given = source(s.bins, s.score, influence=influence())
        window = s.found.for_edges.window()

        def replicates() -> object:
            samples = resampled(
                given, s.found.model, s.items, s.reliability,  # noqa: B023
                steps=iterations_for_edges(s.bins.n), seed=1, number=REPLICATES,  # noqa: B023
            )  # fmt: skip
            return zone_replicates(samples, knots_between(window), window)  # noqa: B023

        yield f"  {n:>11,} respondents             {least_cpu(replicates, 5):9.2f} s CPU"


def whole_part() -> Iterator[str]:
    """What a user asks for."""
    for n in SIZES:
        s, repeats = surveyed(n), 7 if n < 1_000_000 else 3

        def curve() -> csi.Curve:
            return csi.loyalty_curve(
                score=s.score, outcome=s.outcome, items=s.answers, rng=1  # noqa: B023
            )  # fmt: skip

        alone = least_cpu(curve, repeats)
        with_table = least_cpu(lambda: curve().table, repeats)
        made = [curve() for _ in range(repeats + 1)]
        compared = least_cpu(lambda: made.pop().comparisons, repeats)  # noqa: B023
        yield f"{n:,} respondents, from arrays"
        yield f"  csi.loyalty_curve                      {alone:9.3f} s CPU"
        yield f"  the same, and its table with bands     {with_table:9.3f} s CPU"
        yield f"  six curves of the literature           {compared:9.3f} s CPU"
    for n in SIZES[:3]:
        s = without_evidence(n)
        made = [
            csi.loyalty_curve(score=s.score, outcome=s.outcome, items=s.answers, rng=1)
            for _ in range(4)
        ]
        spent = least_cpu(lambda: made.pop().zone.power, 3)  # noqa: B023
        yield f'"No evidence" in {n:,} respondents'
        yield f"  power, size needed, narrowest zone     {spent:9.3f} s CPU"


def without_evidence(n: int) -> Survey:
    """Return a sample of a straight line in which no zone is found."""
    samples = (drawn(n, "linear", seed) for seed in count(1))
    return next(survey for survey in samples if survey.tested().p > 0.05)


PIECEWISE = """
suppressMessages(library(segmented))
x <- rows$x; y <- rows$y
set.seed(1)
line <- lm(y ~ x)
cat(least(segmented(line, seg.Z = ~x, npsi = 2)))
"""

SMOOTH = """
suppressMessages(library(mgcv))
grid <- data.frame(x = seq(min(rows$x), max(rows$x), length = 101))
fitted <- function() predict(
  gam(y ~ s(x, bs = "ps", m = c(2, 2), k = 23), data = rows, method = "REML"), grid, se.fit = TRUE)
cat(least(fitted()))
"""

IN_R = """
rows <- read.csv(commandArgs(TRUE)[1])
least <- function(expression) {
  expression <- substitute(expression)
  eval(expression, globalenv())
  min(sapply(1:9, function(i) sum(system.time(eval(expression, globalenv()))[1:2])))
}
"""


def in_r(script: str, survey: Survey) -> float | None:
    """Return the CPU seconds that a script of R prints; None without R or the package."""
    if shutil.which("Rscript") is None:
        return None
    with tempfile.TemporaryDirectory() as folder:
        rows, code = Path(folder) / "rows.csv", Path(folder) / "run.R"
        both = np.column_stack([survey.score, survey.outcome])
        np.savetxt(rows, both, delimiter=",", header="x,y", comments="")
        code.write_text(IN_R + script)
        command = ["Rscript", str(code), str(rows)]
        done = subprocess.run(command, check=False, capture_output=True, text=True)
    return float(done.stdout) if done.returncode == 0 else None


def in_python(survey: Survey, runs: int = 5) -> tuple[float, int] | None:
    """Return the CPU seconds of a fit by piecewise-regression, and in how many runs it converged.

    None where the package is missing.
    """
    try:
        from piecewise_regression import Fit
    except ImportError:
        return None
    spent, converged = [], 0
    for seed in range(runs):
        np.random.seed(seed)  # noqa: NPY002 - the only generator it knows
        start = time.process_time()
        with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of statsmodels, which turns its own on
            fit = Fit(list(survey.score), list(survey.outcome), n_breakpoints=2, verbose=False)
        spent.append(time.process_time() - start)
        converged += fit.get_results()["converged"]
    return min(spent), converged


def peers_part(n: int = 1_000) -> Iterator[str]:
    """Building blocks on the observed score, as the peers know no errors of it."""
    s = surveyed(n)
    raw = uncalibrated(s.bins.weight)

    def kinks() -> object:
        problem = on(raw, gather(s.score, s.outcome))
        return two_kinks(problem, straight(problem), one_kink(problem), stream(1))

    def smooth() -> object:
        bins = gather(s.score, s.outcome)
        fit = smooth_fit(raw.posterior, raw.T, bins.mean, bins.variance)
        return smooth_curve(fit, np.linspace(*raw.window(), 101), raw.window(), stream(1))

    ours, bent = least_cpu(smooth), least_cpu(kinks)
    yield f"Two kinks, {n:,} respondents, score taken as it is"
    yield f"  csi: none, one and two kinks, bins, sup-F with 499 draws  {bent * 1e3:9.1f} ms CPU"
    python = in_python(s)
    about = f", {python[1]} of 5 converged" if python else ""
    yield compared(f"piecewise-regression (Python){about}", python and python[0], bent)
    yield compared("segmented (R)", in_r(PIECEWISE, s), bent)
    yield f"Smooth curve, REML, {n:,} respondents, score taken as it is"
    yield f"  csi: bins, curve, slope, simultaneous bands of both       {ours * 1e3:9.1f} ms CPU"
    yield compared("mgcv (R): gam, curve with standard errors", in_r(SMOOTH, s), ours)


def on(axis: Calibration, bins: Bins) -> Problem:
    """Return what curves are fitted to."""
    window = axis.window()
    return Problem.of(
        axis.posterior, axis.T, bins.mean, bins.variance,
        grid=np.linspace(*window, 101), window=window, n=bins.n,
    )  # fmt: skip


def compared(name: str, theirs: float | None, ours: float) -> str:
    """Return a line that sets a peer beside csi."""
    if theirs is None:
        return f"  {name:<56}  not installed here"
    return f"  {name:<56}{theirs * 1e3:11.1f} ms CPU  {theirs / ours:6.1f} x csi"


PARTS = {
    "test": test_part, "replicates": replicates_part, "whole": whole_part, "peers": peers_part,
}  # fmt: skip


def main() -> None:
    """Read the options and print each part."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("parts", nargs="*", metavar="PART", help=", ".join(PARTS))
    asked = parser.parse_args().parts or list(PARTS)
    unknown = [name for name in asked if name not in PARTS]
    if unknown:
        parser.error(f"unknown part {unknown[0]!r}; known: {', '.join(PARTS)}")
    print(
        f"Python {platform.python_version()}, numpy {np.__version__}, csi {version('csi')}, one "
        "BLAS thread\nA zone from 55 to 75 points, three items of ten answers, reliability 0.8"
    )
    for name in asked:
        print()
        for line in PARTS[name]():
            print(line, flush=True)


if __name__ == "__main__":
    main()

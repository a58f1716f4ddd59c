"""Print how often usual readings of fitted curves find a zone where there is none, by simulation.

Run from the root of the repository::

    python docs/studies_readings.py [samples] [n]

Population, error and window as in `studies_curve_bands.py`; loyalty is kept within 0-100. The
curves of the literature are fitted on the calibrated basis with the true posterior, isotonic
regression to the observed score. The last curve has a zone from 55 to 75: there the shares are
power. Monte-Carlo error with 200 samples: at most 3.5 points.
"""

import sys
from collections import Counter

import numpy as np
from studies_curve_bands import DENSITY, NOISE, TRUTHS, T, measured
from threadpoolctl import threadpool_limits

from csi.core.curve.bins import gather
from csi.core.curve.shape_fit import Problem
from csi.core.curve.shapes import isotonic, shape_fits
from csi.core.resample import stream

CURVES = {
    "line": TRUTHS["line"][0],
    "convex": TRUTHS["convex"][0],
    "hockey stick at 60": lambda t: 30 + 0.1 * t + 1.5 * np.maximum(t - 60, 0),
    "hockey stick at 80": lambda t: 20 + 0.5 * t + 1.5 * np.maximum(t - 80, 0),
    "concave kink at 55": lambda t: 1.2 * t - 0.9 * np.maximum(t - 55, 0),
    "concave": lambda t: 100 * (t / 100) ** 0.4,
    "zone": TRUTHS["zone"][0],
}
RULES = ("cubic sign", "cubic", "sup-F", "pairwise t", "BIC", "flat block")


def readings(truth, chance, posterior, window, n, rng):
    """Rules that read a zone from one sample."""
    s = rng.choice(len(T), n, p=DENSITY)
    score = (rng.random(n) > np.cumsum(chance, axis=0)[:, s]).sum(axis=0)
    outcome = np.clip(truth(T)[s] + NOISE * rng.standard_normal(n), 0, 100)
    bins = gather(score.astype(float), outcome)
    look = {"grid": bins.x, "window": window, "n": n}
    fits = shape_fits(Problem.of(posterior, T, bins.mean, bins.variance, **look), rng)
    fits += (isotonic(bins.x, bins.mean, bins.variance, **look),)
    return [reading.rule for fit in fits for reading in fit.readings if reading.zone]


def main(samples, n):
    """Print the table."""
    print(f"| curve, n = {n} | reliability |", " | ".join(RULES), "|")
    print("|---" * (2 + len(RULES)) + "|")
    window = tuple(np.interp([0.05, 0.95], np.cumsum(DENSITY) - DENSITY / 2, T))
    for at, (name, truth) in enumerate(CURVES.items()):
        for reliability in (1, 0.8):
            kernels = measured(reliability)
            seed = [at, int(100 * reliability), n]
            found = Counter()
            for i in range(samples):
                found.update(readings(truth, *kernels, window, n, stream(1, *seed, i)))
            told = " | ".join(f"{100 * found[rule] / samples:.1f}" for rule in RULES)
            print(f"| {name} | {reliability} | {told} |", flush=True)


if __name__ == "__main__":
    with threadpool_limits(1):
        main(*(int(given) for given in [*sys.argv[1:], *("200", "1000")[len(sys.argv) - 1 :]]))

"""Print what specifications make of a path whose true value is known.

Run from the root of the repository: ``python docs/studies_specifications.py [replicates]``.
Quality leads to Satisfaction (0.6), Satisfaction to Loyalty (0.5), Quality to Loyalty (0.2);
three items each. Either the constructs are common factors, with loadings .8, .7 and .6, or
they are composites: weighted sums of items that correlate as they like. Satisfaction -> Loyalty
is estimated from the covariances of the whole population, then from samples of 250.
"""

import sys

import numpy as np
import pandas as pd

import csi
from csi import items, paths, reflective
from csi.published.specified.specifying import specification_curve

TRUTH, N, SEED = 0.5, 250, 20260
NAMES = ("Quality", "Satisfaction", "Loyalty")
MODEL = csi.model(
    [reflective(name, items(name[0], 1, 3)) for name in NAMES],
    [paths("Quality", ["Satisfaction", "Loyalty"]), paths("Satisfaction", "Loyalty")],
)
CONSTRUCTS = np.array([[1.0, 0.6, 0.5], [0.6, 1.0, 0.62], [0.5, 0.62, 1.0]])
LOADINGS = np.array([0.8, 0.7, 0.6])
WITHIN = np.array([[1.0, 0.5, 0.3], [0.5, 1.0, 0.4], [0.3, 0.4, 1.0]])
WEIGHTS = np.array([0.2, 0.3, 0.8])


def factors():
    """Correlations of items that share nothing but their constructs."""
    R = np.kron(CONSTRUCTS, np.outer(LOADINGS, LOADINGS))
    np.fill_diagonal(R, 1)
    return R


def composites():
    """Correlations of items whose weighted sums are the constructs."""
    w = WEIGHTS / np.sqrt(WEIGHTS @ WITHIN @ WEIGHTS)
    R = np.kron(CONSTRUCTS, np.outer(WITHIN @ w, WITHIN @ w))
    for j in range(3):
        R[3 * j : 3 * j + 3, 3 * j : 3 * j + 3] = WITHIN
    return R


def estimates(R, n):
    """The path by estimator, with the modes of PLS: the schemes are averaged."""
    moments = csi.Moments.from_correlation(R, MODEL.indicators, n=n)
    curve = specification_curve(MODEL, moments, "Satisfaction -> Loyalty", progress=False)
    table = curve.table.assign(kind=lambda t: (t["estimator"] + " " + t["modes"]).str.strip())
    low, high = curve.range
    return pd.concat([table.groupby("kind")["estimate"].mean(), pd.Series({"range": high - low})])


def study(R, replicates):
    """Estimates in the population, and in samples: median, where 90 % lie, share that failed."""
    rng = np.random.default_rng(SEED)
    drawn = []
    for _ in range(replicates):
        rows = rng.multivariate_normal(np.zeros(len(R)), R, size=N, method="cholesky")
        drawn.append(estimates(np.corrcoef(rows, rowvar=False), N))
    samples = pd.DataFrame(drawn)
    return pd.DataFrame(
        {
            "population": estimates(R, 1_000_000),
            "median": samples.median(),
            "5 %": samples.quantile(0.05),
            "95 %": samples.quantile(0.95),
            "failed": samples.isna().mean(),
        }
    )


def main():
    replicates = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    print(f"Satisfaction -> Loyalty, true value {TRUTH}; {replicates} samples of {N}")
    for name, R in (("factors", factors()), ("composites", composites())):
        table = study(R, replicates)
        print(f"\nConstructs are {name}")
        print(table.round(3).to_string(na_rep="failed"))


if __name__ == "__main__":
    main()

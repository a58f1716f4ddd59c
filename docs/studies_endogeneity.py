"""Print how often the tests for endogenous predictors and for bends reject, by simulation.

Run from the root of the repository::

    python docs/studies_endogeneity.py [samples]

Two predictors x and w with paths 0.5 and 0.3. First table: the normal score of x and the error
have the correlation rho; copula term of x alone, 199 resamples, tests at 5 %. With rho = 0 every
rejection is wrong. "not used" is the share of samples in which csi says that the method must not
be used; the last column is the corrected path if tied scores took the largest of their shares.
Second table: the path of x is straight or has the square of x with coefficient -0.1;
the spread of the error is the same for all or grows away from the mean of x.
"""

import sys
from collections.abc import Callable

import numpy as np
from scipy.stats import gamma, norm, rankdata
from statsmodels.stats.diagnostic import normal_ad
from threadpoolctl import threadpool_limits

from csi.assessment.endogeneity import NORMAL
from csi.assessment.nonlinearity import powers_tested
from csi.assessment.regressions import Equation, covariance
from csi.core import intervals
from csi.core.copula import copula_corrected
from csi.core.resample import Simple

DRAWS = 199
SIZES = (250, 500, 1000)
LEVEL = 0.05


def standardized(x: np.ndarray) -> np.ndarray:
    return (x - x.mean()) / x.std(ddof=1)


def ceiling(z: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Means of three answers from 1 to 10 around 8, as satisfied customers give them."""
    answers = 8 + 1.6 * (0.85 * z[:, None] + 0.5 * rng.standard_normal((len(z), 3)))
    return np.clip(np.round(answers), 1, 10).mean(axis=1)


SHAPES: dict[str, Callable[[np.ndarray, np.random.Generator], np.ndarray]] = {
    "normal": lambda z, _: z,
    "skewed (gamma, shape 1)": lambda z, _: gamma.ppf(norm.cdf(z), 1),
    "mildly skewed (gamma, shape 4)": lambda z, _: gamma.ppf(norm.cdf(z), 4),
    "answers near the upper end": ceiling,
}


def predictors(shape: str, n: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Return the normal score of x, and x beside w."""
    z, w = rng.standard_normal((2, n))
    return z, np.column_stack([standardized(SHAPES[shape](z, rng)), standardized(w)])


def largest_shares(X: np.ndarray, y: np.ndarray) -> float:
    """Return the corrected path if tied scores take the largest of their shares."""
    n = len(y)
    c = norm.ppf(1 / (2 * n) + (n - 1) / n * rankdata(X[:, 0], "max") / n)
    return np.linalg.lstsq(np.column_stack([np.ones(n), X, c]), y, rcond=None)[0][1]


def copula_sample(shape: str, n: int, rho: float, seed: int, M: np.ndarray) -> list[float]:
    """Whether the copula term of x is significant, whether it must not be used, and paths."""
    rng = np.random.default_rng([seed, n])
    z, X = predictors(shape, n, rng)
    error = rho * z + np.sqrt(1 - rho**2) * rng.standard_normal(n)
    y = X @ [0.5, 0.3] + 0.7 * error
    estimate = copula_corrected(X, y, np.ones((1, n)), n).alone[:, 0, 0]
    resampled = copula_corrected(X, y, M, n).alone[:, 0]
    p = intervals.p_values(estimate, resampled, "normal")[0]
    path = np.linalg.lstsq(np.column_stack([np.ones(n), X]), y, rcond=None)[0][1]
    unused = normal_ad(X[:, 0])[1] >= NORMAL
    return [p <= LEVEL, unused, path, estimate[1], largest_shares(X, y)]


def copula_table(samples: int) -> None:
    print(
        "| x | n | rho | rejected | not used | mean path | mean corrected | its spread | "
        "with the largest shares |"
    )
    print("| --- |" + " --- |" * 8)
    for shape in SHAPES:
        for n in SIZES:
            M = Simple(n, 1).block(0)[:DRAWS].astype(np.float64)
            for rho in (0.0, 0.3):
                drawn = [copula_sample(shape, n, rho, seed, M) for seed in range(samples)]
                rejected, unused, path, corrected, largest = np.mean(drawn, axis=0)
                spread = np.std(drawn, axis=0)[3]
                print(
                    f"| {shape} | {n} | {rho} | {rejected:.3f} | {unused:.2f} | {path:.3f} | "
                    f"{corrected:.3f} | {spread:.3f} | {largest:.3f} |",
                    flush=True,
                )


def bend_sample(shape: str, n: int, uneven: bool, bend: float, seed: int) -> list[bool]:
    """Whether RESET, the test of the path and the limits of the square find a bend."""
    rng = np.random.default_rng([seed, n])
    _, X = predictors(shape, n, rng)
    spread = 1 + 0.3 * np.abs(X[:, 0]) if uneven else 1.0
    y = X @ [0.5, 0.3] + bend * X[:, 0] ** 2 + 0.7 * spread * rng.standard_normal(n)
    equation = Equation("y", ("x", "w"), y, X, np.ones(n), None, np.arange(n))
    fitted = equation.regress(X).fittedvalues
    square = equation.regress(np.column_stack([X, X[:, 0] ** 2]))
    t = square.params[-1] / np.sqrt(covariance(square)[-1, -1])
    tested = [powers_tested(equation, x)["p"] <= LEVEL for x in (fitted, X[:, 0])]
    return [*tested, abs(t) >= 1.96]


def bend_table(samples: int) -> None:
    print("| x | error | n | truth | RESET | path | square alone |")
    print("| --- |" + " --- |" * 6)
    for shape in SHAPES:
        for uneven in (False, True):
            for n in SIZES:
                for bend in (0.0, -0.1):
                    drawn = [bend_sample(shape, n, uneven, bend, seed) for seed in range(samples)]
                    shares = " | ".join(f"{share:.3f}" for share in np.mean(drawn, axis=0))
                    error = "uneven" if uneven else "even"
                    truth = "bent" if bend else "straight"
                    print(f"| {shape} | {error} | {n} | {truth} | {shares} |", flush=True)


def main() -> None:
    """Print both tables."""
    samples = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    error = np.sqrt(LEVEL * (1 - LEVEL) / samples)
    print(f"{samples} samples a row, tests at 5 %; Monte Carlo error of 0.05: {error:.4f}\n")
    copula_table(samples)
    print()
    bend_table(samples)


if __name__ == "__main__":
    with threadpool_limits(1):
        main()

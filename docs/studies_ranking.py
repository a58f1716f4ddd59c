"""Print how often rank limits and letters of csi are right, by simulation.

Run from the root of the repository: ``python docs/studies_ranking.py [replicates]``. Firms have
known indices and standard errors between 0.7 and 1.6; their estimates are drawn anew in every
replicate. "Naive" takes the percentiles of the ranks of 400 redrawn estimates, as a bootstrap of
ranks would.
"""

import sys

import numpy as np

from csi.comparing.group_indices import adjusted
from csi.core import ranking
from csi.core.ranking import letters, pairwise, rank_limits

ranking.MOST_DRAWS = 20_000  # a tenth of the usual number, for time

LEVEL = 0.95
FIRMS = 10
ERROR = np.linspace(0.7, 1.6, FIRMS)[[3, 7, 0, 9, 5, 1, 8, 2, 6, 4]]
TRUTHS = {
    "all equal": np.full(FIRMS, 75.0),
    "two tied groups": np.repeat([78.0, 72.0], FIRMS // 2),
    "one point apart": 80.0 - np.arange(FIRMS),
    "four points apart": 90.0 - 4 * np.arange(FIRMS),
    "0.02 points apart": 75.0 - 0.02 * np.arange(FIRMS),
}


def held(low, high, truth):
    """Whether each firm's possible ranks hold its true rank; tied firms share the best."""
    rank = 1 + (truth > truth[:, None]).sum(axis=1)
    return (low <= rank) & (rank <= high)


def naive(estimate, rng):
    """Percentile limits of the ranks of redrawn estimates."""
    drawn = rng.normal(estimate, ERROR, (400, FIRMS))
    ranks = 1 + (drawn[:, None, :] > drawn[:, :, None]).sum(axis=2)
    return np.quantile(ranks, [(1 - LEVEL) / 2, (1 + LEVEL) / 2], axis=0, method="inverted_cdf")


def falsely_apart(estimate, truth):
    """Whether two equal firms share no letter."""
    order = np.argsort(-estimate)
    pairs = pairwise(estimate[order], ERROR[order])
    different = np.zeros((FIRMS, FIRMS), dtype=bool)
    different[pairs.first, pairs.second] = adjusted(pairs.p, "holm") < 1 - LEVEL
    given = letters(different | different.T)
    true = truth[order]
    return any(
        true[i] == true[j] and not set(given[i]) & set(given[j])
        for i, j in zip(pairs.first, pairs.second, strict=True)
    )


def study(truth, replicates, seed):
    """Shares of replicates and firms, and the mean number of possible ranks."""
    rng = np.random.default_rng(seed)
    results = []
    for _ in range(replicates):
        estimate = rng.normal(truth, ERROR)
        joint = rank_limits(estimate, ERROR, LEVEL, simultaneous=True)
        alone = rank_limits(estimate, ERROR, LEVEL, simultaneous=False)
        low, high = naive(estimate, rng)
        results.append(
            (
                held(joint.low, joint.high, truth).all(),
                held(alone.low, alone.high, truth).mean(),
                held(low, high, truth).all(),
                held(low, high, truth).mean(),
                falsely_apart(estimate, truth),
                (joint.high - joint.low + 1).mean(),
            )
        )
    return np.mean(results, axis=0)


if __name__ == "__main__":
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    print(
        f"{FIRMS} firms, level {LEVEL}, {count} replicates; Monte Carlo error of a share of 0.95: "
        f"{np.sqrt(0.95 * 0.05 / count):.3f}\n"
    )
    print(
        "| truth | all ranks held | each by itself | naive: all | naive: each "
        "| false letters | possible ranks |"
    )
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for number, (name, truth) in enumerate(TRUTHS.items()):
        numbers = study(truth, count, number)
        cells = [f"{share:.3f}" for share in numbers[:-1]] + [f"{numbers[-1]:.1f}"]
        print(f"| {name} | {' | '.join(cells)} |", flush=True)

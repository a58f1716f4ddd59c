"""Print how often each rule of csi.assess doubts or fails a model that holds, by simulation.

Run from the root of the repository::

    python docs/studies_assessment.py [surveys]

Five constructs of three or four items that load 0.82 on their own construct, seven paths that are
all in the model, 400 respondents, answers from 1 to 10 that are normal or pile up at the upper end
(beta); csi.PLS(consistent=True), 500 resamples. Nothing is wrong with these models: what is doubted
or failed is a false alarm, or a limit that a sound model may miss.
"""

import sys
import warnings
from collections import Counter

from threadpoolctl import threadpool_limits

import csi
from csi import items, paths, reflective

MODEL = csi.model(
    [
        reflective("Image", items("I", 1, 4)),
        reflective("Quality", items("Q", 1, 4)),
        reflective("Value", items("V", 1, 3)),
        reflective("Satisfaction", items("S", 1, 3)),
        reflective("Loyalty", items("L", 1, 3)),
    ],
    [
        paths("Image", ["Quality", "Satisfaction", "Loyalty"]),
        paths("Quality", ["Value", "Satisfaction"]),
        paths("Value", "Satisfaction"),
        paths("Satisfaction", "Loyalty"),
    ],
    scale=(1, 10),
)
EFFECTS = {
    "Image -> Quality": 0.5,
    "Image -> Satisfaction": 0.2,
    "Quality -> Satisfaction": 0.35,
    "Value -> Satisfaction": 0.35,
    "Quality -> Value": 0.5,
    "Image -> Loyalty": 0.3,
    "Satisfaction -> Loyalty": 0.45,
}


def assessed(seed, distribution):
    """The verdicts on one survey."""
    frame = csi.simulate(
        MODEL, 400, rng=seed, paths=EFFECTS, loadings=0.82, means=65, sds=17,
        distribution=distribution,
    )  # fmt: skip
    fit = csi.fit(MODEL, csi.survey(frame), csi.PLS(consistent=True))
    return csi.assess(fit, n_boot=500, rng=seed).table.set_index("criterion")["verdict"]


def main(surveys):
    found = {}
    for distribution in ("normal", "beta"):
        all_passed, counts = 0, Counter()
        for seed in range(surveys):
            told = assessed(seed, distribution)
            missed = told[told.isin(["failed", "doubtful"])]
            all_passed += missed.empty
            counts.update(missed.items())
        found[distribution] = (counts, all_passed)
    rules = list(told.index)
    print("| criterion | normal: doubtful | failed | beta: doubtful | failed |")
    print("| --- | --- | --- | --- | --- |")
    for rule in rules:
        shares = [
            found[kind][0][(rule, word)] / surveys
            for kind in ("normal", "beta")
            for word in ("doubtful", "failed")
        ]
        if any(shares):
            print(f"| {rule} | {' | '.join(f'{100 * share:.0f} %' for share in shares)} |")
    passed = [f"{100 * found[kind][1] / surveys:.0f} %" for kind in ("normal", "beta")]
    print(f"\nWithout any doubt: {passed[0]} (normal), {passed[1]} (beta); {surveys} surveys each.")


if __name__ == "__main__":
    with threadpool_limits(1), warnings.catch_warnings():
        warnings.simplefilter("ignore", csi.CsiWarning)
        main(int(sys.argv[1]) if len(sys.argv) > 1 else 200)

"""Print the power that is planned for a zone beside that of simulated surveys.

Run from the root of the repository: ``python docs/studies_curve_power.py [replicates]``; 200 take
about half an hour on one core. Every simulated survey is answered by respondents, scored,
calibrated from its own items, tested and estimated as `csi.loyalty_curve` does. "Planned" draws
nobody: it knows the population. "Told" is the mean of what the first few surveys say of their own
power to find a zone of 20 points in the middle of their window, which z20 resembles most.
"""

import sys

import numpy as np

from csi.core.curve.bins import gather
from csi.core.curve.calibration import EXACT
from csi.core.curve.detection import calibrations, detect
from csi.core.curve.item_model import Items, congeneric_reliability, unique_shares
from csi.core.curve.planned import expected_bins, planned
from csi.core.curve.populations import Population, draw, draw_outcome, expected_outcome
from csi.core.curve.power import COST, outlook, power, sample_size
from csi.core.curve.power_here import power_here
from csi.core.curve.satisfaction import Satisfaction
from csi.core.curve.truths import TRUTHS
from csi.core.resample import stream

SEED = 2_024
DRAWS = 299
TELLING = 5
MOMENTS = 300 / 4.1, 100 * np.sqrt(3.3 / 5.1) / 4.1  # of the simulated Beta(3, 1.1)
CELLS = [
    *(
        (zone, reliability, "score", n)
        for zone in ("z20", "z30")
        for reliability in (1.0, 0.9, 0.8)
        for n in (500, 1000, 3000, 5000)
    ),
    *(("z20", reliability, "binary", n) for reliability in (1.0, 0.8) for n in (1000, 5000)),
    ("z10", 1.0, "score", 1000),
    ("z10", 0.8, "score", 5000),
    ("z20w", 0.8, "score", 5000),
    ("z20", 0.75, "score", 3000),
]


def items_of(answers, satisfaction):
    """The items of a survey and the reliability they show."""
    grades, weights = np.array(satisfaction.grades), np.array(satisfaction.weights)
    cov = np.cov(100 * (answers - 1) / (grades - 1), rowvar=False)
    shares = [
        np.bincount((given - 1).astype(int), minlength=k) / len(given)
        for given, k in zip(answers.T, grades, strict=True)
    ]
    error = np.sqrt(unique_shares(cov) * np.diagonal(cov))
    values = tuple(np.linspace(0, 100, k) for k in grades)
    return Items(weights, values, tuple(shares), error), congeneric_reliability(cov, weights)


def surveyed(population, n, rng, telling):
    """Whether a survey finds the zone, and what it says of its power."""
    satisfaction = population.satisfaction
    sample = draw(population, n, rng)
    bins = gather(satisfaction.composite(sample.items), sample.outcome)
    known = (None, 1.0) if satisfaction.exact else items_of(sample.items, satisfaction)
    found = calibrations(bins, *known)
    seen = detect(bins, found, rng, draws=DRAWS)
    told = None
    if telling and seen.zone is not None:
        told = power_here(bins, found.for_edges, seen.window, seen.zone.average, rng)
    return seen.detected(), np.nan if told is None else told.power


def ahead_of(population):
    """The outlook for the surveys of a population."""
    satisfaction = population.satisfaction
    survey = planned("beta", *MOMENTS, satisfaction.reliability, 3, 10)
    T, rng = survey.truth.T, stream(SEED)
    variance = [draw_outcome(population, np.full(5_000, t), rng).var() for t in T]
    bins = expected_bins(survey, expected_outcome(population, T), np.array(variance))
    cost = 0.0 if satisfaction.reliability >= EXACT else COST
    truth, rng = survey.truth, stream(SEED)
    return outlook(bins, truth, rng, for_edges=survey.for_edges, cost=cost)


if __name__ == "__main__":
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    print(f"{count} surveys a cell, {DRAWS} draws a test\n")
    print("| zone | outcome | reliability | n | simulated | error | planned | told |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- |")
    for cell, (zone, reliability, outcome, n) in enumerate(CELLS):
        people = Population(Satisfaction("beta", reliability), TRUTHS[zone], outcome)
        surveys = [
            surveyed(people, n, stream(SEED, cell, k), zone == "z20" and k < TELLING)
            for k in range(count)
        ]
        share, told = np.mean([shown for shown, _ in surveys]), [said for _, said in surveys]
        said = f"{np.nanmean(told):.3f}" if np.isfinite(told).any() else ""
        error = np.sqrt(share * (1 - share) / count)
        print(
            f"| {zone} | {outcome} | {reliability:g} | {n} | {share:.3f} | {error:.3f} "
            f"| {power(ahead_of(people), n):.3f} | {said} |",
            flush=True,
        )
    print("\nRespondents for a power of 80 %, planned\n")
    print("| zone | 1 | 0.9 | 0.8 | 0.75 |\n| --- | --- | --- | --- | --- |")
    for zone in ("z30", "z20", "z20s", "z20w", "z10"):
        sizes = [
            sample_size(ahead_of(Population(Satisfaction("beta", reliability), TRUTHS[zone])))
            for reliability in (1.0, 0.9, 0.8, 0.75)
        ]
        print(f"| {zone} | " + " | ".join(f"{size:.0f}" for size in sizes) + " |")

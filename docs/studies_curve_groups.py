"""Size and power of comparing curves between groups, and of pooling firms.

First table: how often two groups are said to have different curves (``curve``) or
different bends (``shape``) at p <= .05, on the raw score (``naive``) and calibrated.
Second table: how often a zone is declared in one firm, in several firms together
with common and with own slopes, and in one sample as large as all of them. Run as::

    python docs/studies_curve_groups.py groups 200
    python docs/studies_curve_groups.py firms 100
"""

from __future__ import annotations

import sys
from collections.abc import Iterator

import numpy as np

from csi.core.curve.bins import gather
from csi.core.curve.detection import Calibrations, calibrations, detect
from csi.core.curve.group_curves import (
    FEW,
    MANY,
    MANY_KNOTS,
    GroupCurve,
    calibrated_group,
    common_knots,
    compare,
    group_curves,
)
from csi.core.curve.item_model import Items, congeneric_reliability, unique_shares
from csi.core.curve.pooled import detect_pooled
from csi.core.curve.populations import Population, draw
from csi.core.curve.redrawing import Source, reliability_influence, source
from csi.core.curve.satisfaction import Satisfaction
from csi.core.curve.truths import TRUTHS
from csi.core.resample import stream

SAMPLES, DRAWS = 299, 199

SAME = [
    (truth, truth, latents)
    for truth in ("quadratic", "power3", "linear", "hockey75", "saturating")
    for latents in (("beta", "heavy"), ("beta", "bimodal"))
]
DIFFERENT = [
    ("quadratic", "power0.4", ("beta", "heavy")),
    ("quadratic", "saturating", ("beta", "beta")),
    ("linear", "quadratic", ("beta", "bimodal")),
    ("linear", "hockey75", ("beta", "beta")),
]
FIRMS = [
    ("z20", ("beta",), 0.0),
    ("z20", ("beta", "heavy", "bimodal", "normal"), 0.0),
    ("z30", ("beta", "heavy", "bimodal", "normal"), 0.0),
    ("linear", ("beta", "heavy", "bimodal", "normal"), 0.0),
    ("kink40", ("beta", "heavy", "bimodal", "normal"), 0.0),
    ("hockey60", ("beta", "heavy", "bimodal", "normal"), 0.0),
    ("linear", ("beta", "heavy", "bimodal", "normal"), 0.3),
]
"""Curve, satisfaction of the firms in turn, standard deviation of their slopes."""


class Sample:
    """Simulated customers of one group."""

    def __init__(
        self, truth: str, latent: str, n: int, rng: np.random.Generator, tilt: tuple[float, float]
    ) -> None:
        satisfaction = Satisfaction(latent, 0.8)  # type: ignore[arg-type]
        found = draw(Population(satisfaction, TRUTHS[truth]), n, rng)
        weights = np.array(satisfaction.weights)
        points = (found.items - 1) / 9 * 100
        cov = np.cov(points.T)
        answers = found.items.astype(np.intp) - 1
        shares = tuple(np.bincount(column, minlength=10) / n for column in answers.T)
        error = np.sqrt(unique_shares(cov) * np.diagonal(cov))
        self.items = Items(weights, (np.linspace(0, 100, 10),) * 3, shares, error)
        self.reliability = congeneric_reliability(cov, weights)
        self.influence = reliability_influence(
            lambda cov: congeneric_reliability(cov, weights), points
        )
        self.score = points @ weights
        level, slope = tilt
        outcome = found.outcome + level + slope * (found.true_score - 70)
        self.bins = gather(self.score, outcome)

    @property
    def source(self) -> Source:
        """What samples are drawn anew from."""
        return source(self.bins, self.score, influence=self.influence)

    @property
    def calibrations(self) -> Calibrations:
        """For the test of a zone."""
        return calibrations(self.bins, self.items, self.reliability)


def fitted(samples: list[Sample], seed: int, *, naive: bool) -> list[GroupCurve]:
    """Fit the curves of groups as `csi.compare_curves` does."""
    many = min(sample.bins.n for sample in samples) > MANY
    groups = [
        calibrated_group(s.source, s.items, 1.0 if naive else s.reliability, many) for s in samples
    ]
    knots = common_knots(groups, MANY_KNOTS if many else FEW)
    return [
        group_curves(group, (knots,), 2 * seed + g, SAMPLES)[0] for g, group in enumerate(groups)
    ]


def group_cells() -> Iterator[tuple[int, tuple[str, str, tuple[str, str]]]]:
    """Yield every cell of the first table."""
    yield from ((n, cell) for n in (500, 2_000) for cell in SAME)
    yield from ((n, cell) for n in (500, 2_000) for cell in DIFFERENT)
    yield from ((10_000, cell) for cell in SAME[:6])


def groups(replicates: int) -> None:
    """Print the first table."""
    print("n,curve_a,curve_b,satisfaction,naive,naive_shape,calibrated,shape,replicates")
    for n, (a, b, latents) in group_cells():
        found = []
        for r in range(replicates):
            rng = stream(r, n)
            samples = [
                Sample(truth, latent, n, rng, (0.0, 0.0))
                for truth, latent in zip((a, b), latents, strict=True)
            ]
            p = [
                compare(curves, shape=shape).p
                for curves in (fitted(samples, r, naive=naive) for naive in (True, False))
                for shape in (False, True)
            ]
            found.append(p)
        rates = ",".join(f"{rate:.3f}" for rate in (np.array(found) <= 0.05).mean(axis=0))
        print(f"{n},{a},{b},{'+'.join(latents)},{rates},{replicates}", flush=True)


def firms(replicates: int, number: int = 10, n: int = 250) -> None:
    """Print the second table."""
    print("curve,satisfaction,slope_sd,one_firm,common,own,one_sample,replicates")
    for truth, latents, sd in FIRMS:
        found = []
        for r in range(replicates):
            rng = stream(r, number)
            tilts = rng.standard_normal((number, 2)) * [5, sd]
            samples = [
                Sample(truth, latents[f % len(latents)], n, rng, tuple(tilts[f]))
                for f in range(number)
            ]
            bins, own = [s.bins for s in samples], [s.calibrations for s in samples]
            whole = Sample(truth, latents[r % len(latents)], n * number, rng, (0.0, 0.0))
            found.append(
                [
                    detect(bins[0], own[0], rng, draws=DRAWS).detected(),
                    detect_pooled(bins, own, rng, slopes="common", draws=DRAWS).detected(),
                    detect_pooled(bins, own, rng, slopes="own", draws=DRAWS).detected(),
                    detect(whole.bins, whole.calibrations, rng, draws=DRAWS).detected(),
                ]
            )
        rates = ",".join(f"{rate:.3f}" for rate in np.mean(found, axis=0))
        print(f"{truth},{'+'.join(latents)},{sd:g},{rates},{replicates}", flush=True)


if __name__ == "__main__":
    {"groups": groups, "firms": firms}[sys.argv[1]](int(sys.argv[2]))

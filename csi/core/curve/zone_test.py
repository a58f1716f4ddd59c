"""Is there a zone? A p value that is the largest under four curves without one.

The weighted means of the bins are drawn anew round a curve without a zone, with
normal errors of their own size, and D is computed for each draw. No single curve
is the hardest to tell from a zone, so four are used and the largest p value
counts: (a) the line and those kinks of the best curve without a zone that are
beyond doubt, (b) the line with the downward kink of the zone alone, (c) the line
with its upward kink alone, (d) the best curve without a zone, its doubtful kinks
included.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from csi.core.curve.bins import Bins
from csi.core.curve.hinges import Hinges
from csi.core.curve.zone_search import PairFits, Pairs, advantage, fit_pairs, pairs
from csi.core.types import Array


@dataclass(frozen=True, slots=True, eq=False)
class ZoneTest:
    """The test of "no zone".

    Attributes
    ----------
    D : float
        By how much the best zone fits better than the best curve without one.
    p : float
        The largest of ``p_values``.
    p_values : (4,) array
        Under the four curves without a zone; ones where D is not positive.
    """

    D: float
    p: float
    p_values: Array


def standardised(basis: Hinges, bins: Bins) -> tuple[Array, float]:
    """Return z and the slope of the line."""
    y = basis.root * bins.mean
    return basis.Q @ y, float(basis.line @ y)


def run_zone_test(
    basis: Hinges,
    bins: Bins,
    rng: np.random.Generator,
    draws: int = 999,
    window: tuple[float, float] = (-np.inf, np.inf),
) -> ZoneTest:
    """Test whether there is a zone within the window."""
    found = pairs(basis, window)
    z, b = standardised(basis, bins)
    fits = fit_pairs(found, z, b)
    D = float(advantage(found, z[None], np.array([b]))[0])
    if not D > 0:
        return ZoneTest(D, 1.0, np.ones(4))
    noise = draw_noise(basis, bins, rng, draws)
    noise_z, noise_b = noise @ basis.Q.T, noise @ basis.line
    nulls = null_curves(basis, found, fits, z, np.log(bins.n))
    p = np.array(
        [
            (1 + (advantage(found, null + noise_z, b + noise_b) >= D).sum()) / (draws + 1)
            for null in nulls
        ]
    )
    return ZoneTest(D, float(p.max()), p)


def draw_noise(basis: Hinges, bins: Bins, rng: np.random.Generator, draws: int) -> Array:
    """Return (draws, g) errors of the weighted means."""
    if bins.scatter is None:
        return rng.standard_normal((draws, len(bins.x))) * (basis.root > 0)
    clusters = rng.standard_normal((draws, len(bins.scatter)))
    return np.asarray(clusters @ (bins.scatter * basis.root))


def null_curves(basis: Hinges, found: Pairs, fits: PairFits, z: Array, log_n: float) -> list[Array]:
    """Return z of the four curves without a zone."""
    R = basis.R
    best = int(np.where(fits.zone, fits.gain, -np.inf).argmax())
    i, j = int(found.i[best]), int(found.j[best])
    down, up = R[i] * min(z[i], 0.0), R[j] * max(z[j], 0.0)
    shaped = (fits.first < 0) & (fits.second > 0)
    allowed = np.where(shaped, -np.inf, fits.gain)
    two, one = int(allowed.argmax()), int((z**2).argmax())
    gains = float(z[one] ** 2), float(allowed[two] - z[one] ** 2)
    at = [found.i[two], found.j[two]]
    fitted_two = R[:, at] @ np.array([fits.first[two], fits.second[two]])
    fitted_one = R[one] * z[one]
    full = fitted_two if gains[1] > 0 else fitted_one
    kept = [gain > 2 * log_n for gain in gains]
    sure = fitted_two if all(kept) else fitted_one if kept[0] else np.zeros_like(z)
    return [sure, down, up, full]

"""What it leaves open that a matrix was printed with few decimals."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from csi.core.moments import Moments
from csi.core.resample import stream
from csi.core.types import Array
from csi.errors import CsiError
from csi.published.audits.scoring import Bench, numbers_of
from csi.published.audits.settings import Setting
from csi.published.quantities import quantity

FEWEST, MOST = 1, 5
"""Decimals between which a matrix counts as printed."""

DRAWS = 40
"""Matrices drawn that would all be printed alike."""

WIDER = 1.5
"""By how much what was drawn is widened, as 40 draws do not reach the ends."""

EXACT = 1e-9
"""How near a printed number is to a multiple of its last unit."""


def printed_decimals(moments: Moments) -> int | None:
    """Return with how many decimals correlations were printed; None if they are exact."""
    if moments.rows is not None:
        return None
    lower = moments.corr[np.tril_indices(len(moments.corr), -1)]
    for decimals in range(FEWEST, MOST + 1):
        scaled = lower * 10.0**decimals
        if (np.abs(scaled - np.round(scaled)) < EXACT * 10.0**decimals).all():
            return decimals
    return None


def slack(bench: Bench, setting: Setting, decimals: int) -> Array:
    """Return how far each number moves with correlations that would be printed alike."""
    moments = bench.moments(setting.missing, setting.weighted)
    drawn = stream(0, 0).uniform(-0.5, 0.5, (DRAWS, *moments.corr.shape)) * 10.0**-decimals
    center = _first_readings(bench, setting)
    moved = [np.zeros(len(center))]
    for noise in drawn:
        near = _moved(moments, np.tril(noise, -1))
        try:
            moved.append(np.abs(_first_readings(_with(bench, near), setting) - center))
        except CsiError:
            continue
    with np.errstate(invalid="ignore"):
        widest: Array = WIDER * np.nanmax(np.nan_to_num(moved), axis=0)
    return widest


def _first_readings(bench: Bench, setting: Setting) -> Array:
    found, ours = bench.fit(setting), np.full(len(bench.table), np.nan)
    for name in bench.table.quantities:
        at = bench.places(name)
        cells = [bench.table.cells[i] for i in at]
        ours[at] = numbers_of(found, quantity(name).readings[0], cells)
    return ours


def _with(bench: Bench, moments: Moments) -> Bench:
    return replace(bench, moments=lambda *_: moments)


def _moved(moments: Moments, noise: Array) -> Moments:
    corr = moments.corr + noise + noise.T
    return replace(moments, cov=corr * np.outer(moments.sd, moments.sd))

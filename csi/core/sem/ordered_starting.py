"""Starting values of models with ordered items.

Those of the structure are `starting.Plan`'s for polychoric correlations in place of
covariances. In the theta parametrisation latent responses have error variance 1,
so that a response of which constructs explain the share h has the variance ``1 /
(1 - h)``: the plan is asked twice. Thresholds begin at what is observed, scales at 1.
"""

from __future__ import annotations

import numpy as np

from csi.core.sem.ordered import Ordered
from csi.core.sem.starting import Plan
from csi.core.types import Array

LEAST_EXPLAINED = 0.05
MOST_EXPLAINED = 0.92


def ordered_start(
    model: Ordered, plan: Plan, cov: Array, mean: Array, s: Array, *, kept: float = 1.0
) -> Array:
    """Return (B, q) starting values.

    Parameters
    ----------
    model : Ordered
        The model.
    plan : Plan
        That of its structure.
    cov, mean : (B, G, p, p) and (B, G, p) arrays
        Polychoric correlations and zero of ordered items; covariances and means,
        not divided by units, of the others.
    s : (B, G, m) array
        Observed statistics in units.
    kept : float
        Share of the correlations to start from. Where a search from all of them ends
        at no minimum, one from a smaller share (0.8) often finds it.
    """
    cov = np.where(np.eye(cov.shape[-1], dtype=bool), cov, kept * cov)
    theta = np.zeros((len(cov), model.K.shape[-1]))
    q = model.structure.K.shape[-1]
    theta[:, :q] = plan.start(cov, mean)
    spread = np.ones(cov.shape[:-1])
    if model.parametrisation == "theta":
        spread = _spread(model, theta)
        scaled = cov * (spread[..., :, None] * spread[..., None, :])
        theta[:, :q] = plan.start(scaled, mean)
    observed = s[..., : len(model.first)][..., model.sign < 0] * spread[..., model.item]
    cells = np.ones((len(cov), *model.k0.shape))
    cells[..., : len(model.item)] = observed
    left = cells - model.k0 - (model.K @ theta[:, None, :, None])[..., 0]
    back = np.linalg.pinv(model.K.reshape(-1, theta.shape[-1]))
    started: Array = theta + left.reshape(len(cov), -1) @ back.T
    return started


def _spread(model: Ordered, theta: Array) -> Array:
    """Return (B, G, p) standard deviations of latent responses with error variance 1."""
    structure = model.structure
    rows = structure.observed
    C = structure.matrices(theta[:, : structure.K.shape[-1]]).C[..., rows, rows]
    explained = np.clip(C - 1, LEAST_EXPLAINED, MOST_EXPLAINED)
    return np.where(model.ordered, (1 - explained) ** -0.5, 1.0)

"""Implied means of all variables of a linear model, and their derivatives."""

from __future__ import annotations

import numpy as np

from csi.core.sem.structure import Matrices, Structure
from csi.core.types import Array


def mean_derivatives(structure: Structure, found: Matrices) -> Array:
    """Return how the means of all variables move with the parameters.

    An effect ``A[k, l]`` moves ``nu = E m`` by ``E_k nu_l``, an intercept ``m_k`` by
    ``E_k``, in the notation of `csi.core.sem.structure`.

    Parameters
    ----------
    structure : Structure
        A model with means.
    found : Matrices
        Its matrices at some parameters.

    Returns
    -------
    (..., G, v, q) array
        Derivatives of ``nu``.
    """
    assert found.nu is not None
    assert structure.intercepts is not None
    rates = np.zeros((*found.nu.shape, structure.K.shape[1]))
    a, s, _ = structure.sizes
    to, source = structure.effects.T
    rates[..., :a] = found.E[..., to] * found.nu[..., None, source]
    rates[..., a + s :] = found.E[..., structure.intercepts]
    return np.asarray(rates @ structure.K)

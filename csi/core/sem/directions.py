"""Scores and information of very many parameters of which few move together.

A candidate for a model is compared with the directions of the model, not with other
candidates, so that only a (q, r) part of the information is needed. In the notation of
`csi.core.sem.structure`, a cell with columns u and v moves Sigma by ``h (u v' + v u')``,
and with ``X = W dSigma W`` of a direction and Omega of `csi.core.sem.normal`::

    -h u' Omega v                      score
    h^2 (u'Wu v'Wv + (u'Wv)^2)         information
    h u' X v                           information shared with the direction

Means add ``t u'W d``, ``t^2 u'Wu`` and ``t u'W dmu`` where a cell moves them by t u.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from csi.core.sem.normal import Normal, Point
from csi.core.sem.structure import Matrices, Structure, mean_rate
from csi.core.types import Array


@dataclass(frozen=True, slots=True, eq=False)
class Slopes:
    """What q parameters and r directions make of the discrepancy of one respondent.

    Attributes
    ----------
    score : (q,) array
        Half the gradient, its sign turned.
    own : (q,) array
        Expected information of each parameter.
    across : (q, r) array
        Expected information that parameters share with directions.
    """

    score: Array
    own: Array
    across: Array


def slopes(problem: Normal, theta: Array, along: Array) -> Slopes:
    """Return scores and information of parameters, each of which stands in one cell only.

    Parameters
    ----------
    problem : Normal
        The discrepancy of one sample.
    theta : (q,) array
        Parameters.
    along : (q, r) array
        Directions.

    Returns
    -------
    Slopes
        ``own`` is wrong for parameters that stand in several cells of one group.
    """
    structure, point = problem.structure, problem.at(theta[None])
    if structure.plain:
        return _of_cells(problem, point, 0, along)
    q, r = along.shape
    score, own, across = np.zeros(q), np.zeros(q), np.zeros((q, r))
    for group, share in enumerate(problem.share):
        K = structure.K[group]
        cells = _of_cells(problem, point, group, K @ along)
        score += share * (cells.score @ K)
        own += share * (cells.own @ K**2)
        across += share * (K.T @ cells.across)
    return Slopes(score, own, across)


def _of_cells(problem: Normal, point: Point, group: int, along: Array) -> Slopes:
    structure, unit = problem.structure, problem.unit
    U, V, half = _columns(structure, point.found, group, unit)
    W = point.W[0, group]
    R = (point.T if problem.V is None else problem.S)[0, group] - point.Sigma[0, group]
    WU, WV = W @ U, W @ V
    score = half * (WU * (R @ WV)).sum(axis=0)
    size, both = (U * WU).sum(axis=0), (U * WV).sum(axis=0)
    own = half**2 * (size * (V * WV).sum(axis=0) + both**2)
    used = np.flatnonzero(along.any(axis=1))
    turned = (half[used] * along[used].T)[:, None, :] * WU[:, used]
    X = turned @ WV[:, used].T
    i, j = np.triu_indices(len(U))
    X = X[:, i, j] + X[:, j, i]
    pairs = U[i] * V[j] + np.where(i < j, 1.0, 0.0)[:, None] * U[j] * V[i]
    across = half[:, None] * (X @ pairs).T
    if point.d is not None:
        rate = mean_rate(structure, _group(point.found, group))
        score = score + rate * (point.d[0, group] @ WU)
        own = own + rate**2 * size
        moved = U @ (rate[:, None] * along)
        across = across + rate[:, None] * (WU.T @ moved)
    return Slopes(score, own, across)


def _group(found: Matrices, group: int) -> Matrices:
    nu = None if found.nu is None else found.nu[0, group]
    return Matrices(found.A[0, group], found.S[0, group], found.E[0, group], found.C[0, group], nu)


def _columns(
    structure: Structure, found: Matrices, group: int, unit: Array
) -> tuple[Array, Array, Array]:
    """Return the (p, c) columns u and v of every cell, and its h."""
    P = found.E[0, group, structure.observed] / unit[:, None]
    Q = found.C[0, group, structure.observed] / unit[:, None]
    effects, covariances = structure.effects, structure.covariances
    m = np.zeros(0, dtype=np.intp) if structure.intercepts is None else structure.intercepts
    U = np.concatenate([P[:, effects[:, 0]], P[:, covariances[:, 0]], P[:, m]], axis=1)
    V = np.concatenate([Q[:, effects[:, 1]], P[:, covariances[:, 1]], P[:, m]], axis=1)
    variance = covariances[:, 0] == covariances[:, 1]
    half = np.concatenate([np.ones(len(effects)), np.where(variance, 0.5, 1.0), np.zeros(len(m))])
    return U, V, half

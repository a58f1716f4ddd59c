"""Constructs, paths and composites as a covariance structure implies them.

A construct's composite takes the items of its block by their regression on it,
so that it is as close to the construct as a sum of its own items can be; its
reliability is their squared correlation.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from csi.core.composites import Composites
from csi.core.sem.information import inverse
from csi.core.sem.structure import Structure
from csi.core.types import Array
from csi.estimators.sem.compiled import Compiled
from csi.spec import Model


@dataclass(frozen=True, eq=False)
class Places:
    """Where the constructs of a model are among the variables of a structure.

    Attributes
    ----------
    constructs : (k,) array of int
        Variable of each construct.
    composition : (p, k) mask
        Items that a construct's composite is made of.
    design : (k, k) mask
        Paths, from row to column.
    """

    constructs: NDArray[np.intp]
    composition: NDArray[np.bool_]
    design: NDArray[np.bool_]

    @classmethod
    def of(cls, model: Model, compiled: Compiled) -> Places:
        """Look the constructs up."""
        at = [compiled.place[name] for name in model.names]
        return cls(np.array(at), model.composition, model.design)


def composed(structure: Structure, theta: Array, places: Places, cov: Array) -> Composites:
    """Return what a batch of parameters says of the constructs, the batch axis last.

    Parameters
    ----------
    structure : Structure
        The model; of several groups the first is taken.
    theta : (B, q) array
        Parameters.
    places : Places
        The constructs.
    cov : (B, p, p) array
        Covariances of the items in the sample, which give composites variance one.
    """
    found = structure.matrices(theta)
    C, A, S = found.C[:, 0], found.A[:, 0], found.S[:, 0]
    at, items = places.constructs, structure.observed[: len(places.composition)]
    with np.errstate(invalid="ignore", divide="ignore"):
        sd = np.sqrt(np.einsum("bvv->bv", C))
        corr = C / (sd[:, :, None] * sd[:, None, :])
        effects = np.swapaxes(A[:, at[:, None], at], 1, 2)  # from row to column
        paths = effects * sd[:, at, None] / sd[:, None, at] * places.design
        r2 = 1 - np.einsum("bvv->bv", S)[:, at] / sd[:, at] ** 2
        r2[:, ~places.design.any(axis=0)] = np.nan
        W, reliability = _weights(C, places, items, cov)
    W, loadings, C, B, r2 = (
        np.moveaxis(each, 0, -1)
        for each in (W, corr[:, items[:, None], at], corr[:, at[:, None], at], paths, r2)
    )
    return Composites(W, loadings, C, B, r2, reliability.T)


def _weights(C: Array, places: Places, items: NDArray[np.intp], cov: Array) -> tuple[Array, Array]:
    """Return (B, p, k) weights of standardised items and (B, k) reliabilities."""
    B, p, k = len(C), len(items), len(places.constructs)
    W, reliability = np.zeros((B, p, k)), np.ones((B, k))
    sd = np.sqrt(np.einsum("bpp->bp", cov))
    for j, of in enumerate(places.constructs):
        own = np.flatnonzero(places.composition[:, j])
        rows = items[own]
        Sigma, c = C[:, rows[:, None], rows], C[:, rows, of]
        w = (inverse(Sigma) @ c[..., None])[..., 0]
        explained = (w * c).sum(axis=1)
        reliability[:, j] = explained / C[:, of, of]
        observed = np.einsum("bi,bij,bj->b", w, cov[:, own[:, None], own], w)
        W[:, own, j] = w * sd[:, own] / np.sqrt(observed)[:, None]
    return W, reliability

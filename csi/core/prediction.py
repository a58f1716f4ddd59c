"""Predictions of items from training moments, and their errors on rows held out.

A model predicts an item of an endogenous construct from the items of other
constructs, and what it predicts is linear in them. Training moments of B folds
therefore give B linear maps at once, and rows are read only to be predicted.
Notation as in `csi.core.composites`, the batch axis last::

    p, k, B  items, constructs, folds
    t, q     endogenous constructs, and their items
    z        items standardised by the means and deviations of the training rows

References
----------
Shmueli, G., Ray, S., Velasquez Estrada, J. M. and Chatla, S. B. (2016). The
elephant in the room: predictive performance of PLS models. Journal of Business
Research 69(10), 4552-4564. doi:10.1016/j.jbusres.2016.03.049
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from csi.core.composites import Composites
from csi.core.products import Samples
from csi.core.structural import solve, total_effects
from csi.core.types import Array, Mask

Technique = Literal["direct", "earliest"]
Benchmark = Literal["antecedents", "all"]
Index = NDArray[np.intp]


@dataclass(frozen=True, slots=True, eq=False)
class Targets:
    """What is predicted, and from what.

    Attributes
    ----------
    constructs : (t,) array of int
        Constructs a path leads to.
    own : (p, t) mask
        Items each of them is made of.
    items : (q,) array of int
        These items, construct by construct.
    owner : (q,) array of int
        Place of the construct of each item among ``constructs``.
    part : (q,) array of int
        Construct whose block the item belongs to; a part of the construct if
        that is of higher order.
    sources : (k, t) mask
        Constructs each of them is predicted from.
    predictors : (p, t) mask
        Items on which the linear model regresses its items.
    technique : {"direct", "earliest"}
        From direct antecedents, or along all routes from exogenous constructs.
    """

    constructs: Index
    own: Mask
    items: Index
    owner: Index
    part: Index
    sources: Mask
    predictors: Mask
    technique: Technique

    @classmethod
    def of(
        cls,
        blocks: Mask,
        composition: Mask,
        design: Mask,
        technique: Technique,
        benchmark: Benchmark,
    ) -> Targets:
        """Lay out what a model predicts.

        Parameters
        ----------
        blocks, composition : (p, k) masks
            Items of each construct; with those of the parts of higher-order ones.
        design : (k, k) mask
            A path leads from construct i to construct j.
        technique : {"direct", "earliest"}
            What constructs are predicted from.
        benchmark : {"antecedents", "all"}
            Whether the linear model reads the items of these constructs, or
            those of all other constructs.
        """
        constructs = np.flatnonzero(design.any(axis=0))
        own = composition[:, constructs]
        owner, items = np.nonzero(own.T)
        sources = design[:, constructs]
        if technique == "earliest":
            exogenous = np.setdiff1d(np.flatnonzero(design.any(axis=1)), constructs)
            sources = np.zeros_like(sources)
            sources[exogenous] = True
        read = composition.astype(np.intp) @ sources.astype(np.intp) > 0
        if benchmark == "all":
            read = ~own
        part = blocks.argmax(axis=1)[items]
        return cls(constructs, own, items, owner, part, sources, read, technique)


@dataclass(frozen=True, slots=True, eq=False)
class Maps:
    """What B training samples predict with.

    Attributes
    ----------
    mean, sd : (p, B) arrays
        Means and standard deviations of the items.
    constructs : (p, t, B) array
        Weights of z that predict the constructs.
    loadings : (q, B) array
        How much a standardised item moves with its construct.
    composites : (p, t, B) array
        Weights of z that make the composites, by which constructs are measured.
    attenuation : (t, B) array
        Correlation of each construct with its composite; one unless corrected.
    regression : (p, q, B) array
        Weights of z that predict standardised items by a linear model; NaN
        where there is none.
    """

    mean: Array
    sd: Array
    constructs: Array
    loadings: Array
    composites: Array
    attenuation: Array
    regression: Array

    @classmethod
    def of(cls, samples: Samples, found: Composites, targets: Targets, size: Array) -> Maps:
        """Turn training moments and the composites estimated from them into predictions.

        Parameters
        ----------
        samples : Samples
            Training moments of each fold.
        found : Composites
            The model estimated from them.
        targets : Targets
            What is predicted.
        size : (B,) array
            Training rows.
        """
        attenuation = np.sqrt(found.reliability[targets.constructs])
        return cls(
            samples.mean,
            samples.sd,
            np.einsum("pk...,kt...->pt...", found.W, coefficients(found, targets)),
            item_loadings(found, targets),
            found.W[:, targets.constructs],
            attenuation,
            regressions(samples.R, targets, size),
        )


def coefficients(found: Composites, targets: Targets) -> Array:
    """Return (k, t, B) weights of composites that predict constructs.

    Without correction for attenuation these are the effects of the sources. With
    it, paths join constructs and not the composites at hand: constructs are then
    replaced by their expectation given the composites.
    """
    effects = found.B if targets.technique == "direct" else total_effects(found.B)
    mask = targets.sources.reshape(*targets.sources.shape, *(1,) * (found.B.ndim - 2))
    effects = np.where(mask, effects[:, targets.constructs], 0.0)
    if (found.reliability == 1).all():
        return effects
    return _given_composites(effects, found, targets)


def _given_composites(effects: Array, found: Composites, targets: Targets) -> Array:
    """Replace sources by their expectation given the composites of all sources."""
    root = np.sqrt(found.reliability)
    joint = root[:, None] * found.C  # of composites with constructs
    observed = joint * root
    at = np.arange(len(observed))
    observed[at, at] = 1.0
    weights = np.zeros_like(effects)
    for t, sources in enumerate(targets.sources.T):
        rows = np.flatnonzero(sources)
        block = np.ix_(rows, rows)
        onto = np.einsum("ab...,b...->a...", joint[block], effects[rows, t])
        weights[rows, t] = solve(observed[block], onto[:, None])[:, 0]
    return weights


def item_loadings(found: Composites, targets: Targets) -> Array:
    """Return (q, B) loadings of items on the constructs they are predicted from.

    Items of the parts of a higher-order construct follow their part, and that
    follows the construct.
    """
    whole = targets.constructs[targets.owner]
    follows = np.where(
        (targets.part == whole)[:, None], 1.0, found.C[targets.part, whole]
    )  # a construct correlates one with itself
    loadings: Array = follows * found.loadings[targets.items, targets.part]
    return loadings


def regressions(R: Array, targets: Targets, size: Array) -> Array:
    """Regress every target item on its predictors.

    Parameters
    ----------
    R : (p, p, B) array
        Correlations of the items.
    targets : Targets
        Items and predictors.
    size : (B,) array
        Rows; with no more rows than predictors there is no regression.

    Returns
    -------
    (p, q, B) array
        Standardised slopes; NaN where predictors are collinear.
    """
    slopes = np.zeros((len(R), len(targets.items), R.shape[2]))
    for t, predictors in enumerate(targets.predictors.T):
        columns = np.flatnonzero(targets.owner == t)
        rows = np.flatnonzero(predictors)
        found = solve(R[np.ix_(rows, rows)], R[np.ix_(rows, targets.items[columns])])
        slopes[np.ix_(rows, columns)] = np.where(size > len(rows), found, np.nan)
    return slopes


@dataclass(frozen=True, slots=True, eq=False)
class Forecasts:
    """What was predicted, for each repeat, row and item.

    NaN where a row was not held out, or a fold failed.

    Attributes
    ----------
    model, linear, average : (r, n, q) arrays
        By the model, by the linear model, and the mean of the training rows.
    scores, predicted : (r, n, t) arrays
        Standardised scores of the constructs, and as the model predicts them.
    """

    model: Array
    linear: Array
    average: Array
    scores: Array
    predicted: Array

    @classmethod
    def empty(cls, repeats: int, n: int, targets: Targets) -> Forecasts:
        """Return forecasts that are filled fold by fold."""
        items = (repeats, n, len(targets.items))
        constructs = (repeats, n, len(targets.constructs))
        return cls(*(np.full(shape, np.nan) for shape in (items,) * 3 + (constructs,) * 2))

    def fill(
        self, rows: Array, held: list[tuple[int, Index]], maps: Maps, targets: Targets, ok: Mask
    ) -> None:
        """Predict the rows that each training sample did not see.

        A missing answer counts as the training mean where it predicts; a score
        needs all its items.

        Parameters
        ----------
        rows : (n, p) array
            Answers; NaN where missing.
        held : list of (int, array of int)
            Repeat and rows of each fold.
        maps : Maps
            What each fold predicts with.
        targets : Targets
            What is predicted.
        ok : (B,) mask
            Folds the model could be estimated without.
        """
        t, chosen = len(targets.constructs), np.flatnonzero(ok)
        if not len(chosen):
            return
        size = [len(held[b][1]) for b in chosen]
        fold, ends = np.repeat(chosen, size), np.cumsum(size)
        repeat = np.repeat([held[b][0] for b in chosen], size)
        at = np.concatenate([held[b][1] for b in chosen])
        z = (rows[at] - maps.mean.T[fold]) / maps.sd.T[fold]
        missing = np.isnan(z)
        known = np.where(missing, 0.0, z) if missing.any() else z
        stacked = np.concatenate([maps.constructs, maps.composites, maps.regression], axis=1)
        weights = np.ascontiguousarray(np.moveaxis(stacked, -1, 0))
        found = np.empty((len(at), weights.shape[2]))
        for b, stop, number in zip(chosen, ends, size, strict=True):
            np.matmul(known[stop - number : stop], weights[b], out=found[stop - number : stop])
        mean, sd = maps.mean.T[:, targets.items][fold], maps.sd.T[:, targets.items][fold]
        self.average[repeat, at] = mean
        self.model[repeat, at] = mean + found[:, targets.owner] * maps.loadings.T[fold] * sd
        self.linear[repeat, at] = mean + found[:, 2 * t :] * sd
        self.predicted[repeat, at] = found[:, :t] * maps.attenuation.T[fold]
        lacking = missing.astype(float) @ targets.own.astype(float) > 0
        self.scores[repeat, at] = np.where(lacking, np.nan, found[:, t : 2 * t])

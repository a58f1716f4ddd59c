"""Whether the curve differs between groups.

Every group has its own reliability and its own distribution of true scores, and a
curve of straight pieces with knots common to all. Two groups of one curve but
different satisfaction differ on the raw score; on the calibrated axis they do not.
The covariance of a group's coefficients is that of samples drawn anew, so that the
error of the calibration is in it. Notation::

    theta  (k, q)     slopes and bends of k groups
    V      (k, q, q)  their covariances
    W = d' S^-1 d     with d the differences from the first group, chi2 ((k - 1) q)

"Shape only" leaves the first slope out: groups may then differ in how strong the
effect is, but not in how it bends.

Few respondents cannot tell many bends apart, many see that three do not follow a
smooth curve; so groups of more than `MANY` get more knots, and more steps of
deconvolution, because bias is what is left to fear.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import chi2

from csi.core.curve.bends import bends, curvature, values
from csi.core.curve.bins import SCORES
from csi.core.curve.calibration import (
    EXACT,
    Calibration,
    calibrated,
    fitted_gaussian,
    fitted_items,
    iterations_for_edges,
    uncalibrated,
)
from csi.core.curve.item_model import Answering, Items
from csi.core.curve.redrawing import Source
from csi.core.curve.replicates import curve_replicates, resampled
from csi.core.types import Array

FEW, MANY_KNOTS = (0.25, 0.5, 0.75), (0.1, 0.3, 0.5, 0.7, 0.9)
"""Shares of all customers below the knots, for small and for large groups."""

MANY = 4_000
"""Respondents of the smallest group beyond which there are more knots."""

MANY_STEPS = 400
"""Steps of deconvolution of large groups; with 200 size was .08 to .10 at 10,000 (heavy tails)."""


@dataclass(frozen=True, slots=True, eq=False)
class Group:
    """A group, calibrated.

    Attributes
    ----------
    source : Source
        Its respondents in bins.
    items : Items or None
        Of the score; without them its error is taken for normal.
    model : Answering or None
        How its scores come from true scores; None where they are taken as they are.
    reliability : float
        Of its score.
    steps : int
        Of the deconvolution.
    calibration : Calibration
        What its scores say about true ones.
    """

    source: Source
    items: Items | None
    model: Answering | None
    reliability: float
    steps: int
    calibration: Calibration


def calibrated_group(source: Source, items: Items | None, reliability: float, many: bool) -> Group:
    """Calibrate a group; ``many`` says that all groups are large."""
    bins = source.bins
    steps = MANY_STEPS if many else iterations_for_edges(bins.n)
    if reliability >= EXACT:
        return Group(source, items, None, reliability, 1, uncalibrated(bins.weight))
    if items is None:
        model = fitted_gaussian(bins.weight, reliability)
    else:
        model = fitted_items(items, bins.weight, reliability)
    found = calibrated(model, bins.weight, reliability, steps)
    return Group(source, items, model, reliability, steps, found)


def common_knots(groups: Sequence[Group], shares: Sequence[float]) -> Array:
    """Return the true scores below which these shares of all customers are, groups equal."""
    reached = np.zeros(len(SCORES))
    for group in groups:
        found = group.calibration
        middle = np.cumsum(found.density) - found.density / 2
        reached += np.interp(SCORES, found.T, middle) / len(groups)
    return np.asarray(np.interp(shares, reached, SCORES))


def common_window(groups: Sequence[Group], share: float) -> tuple[float, float]:
    """Return the true scores that the windows of all groups share; empty if the first is higher."""
    windows = [group.calibration.window(share) for group in groups]
    return max(low for low, _ in windows), min(high for _, high in windows)


def window_knots(window: tuple[float, float]) -> Array:
    """Return the knots with which slopes within a window are read off.

    They cut it in thirds; those at its ends keep customers beyond them from being heard.
    """
    return np.linspace(*window, 4)


@dataclass(frozen=True, slots=True, eq=False)
class GroupCurve:
    """The curve of a group.

    Attributes
    ----------
    knots : (k,) array
        Where it may bend.
    beta : (k + 2,) array
        Intercept, slope and bends.
    replicates : (B, k + 2) array
        Those of samples drawn anew.
    """

    knots: Array
    beta: Array
    replicates: Array

    @property
    def covariance(self) -> Array:
        """(k + 2, k + 2) covariance of the coefficients."""
        return np.asarray(np.cov(self.replicates.T))

    def summary(self, window: tuple[float, float]) -> tuple[Array, Array]:
        """Return average slope and curvature index over a window, (2,) and (2, B)."""
        found, drawn = (
            np.stack(
                [
                    np.diff(values(beta, self.knots, np.array(window)))[..., 0]
                    / (window[1] - window[0]),
                    curvature(beta, self.knots, window),
                ]
            )
            for beta in (self.beta, self.replicates)
        )
        return found, drawn


def group_curves(
    group: Group, knots: Sequence[Array], seed: int, number: int
) -> tuple[GroupCurve, ...]:
    """Fit curves of a group to its sample and to samples drawn anew, one for each set of knots."""
    samples = resampled(
        group.source,
        group.model,
        group.items,
        group.reliability,
        steps=group.steps,
        seed=seed,
        number=number,
    )
    bins, found = group.source.bins, group.calibration
    return tuple(
        GroupCurve(own, bends(bins, found, own), curve_replicates(samples, own)) for own in knots
    )


@dataclass(frozen=True, slots=True)
class Wald:
    """A test that all groups have the same coefficients.

    Attributes
    ----------
    statistic : float
        W.
    df : int
        Its degrees of freedom.
    p : float
        Probability of so large a value.
    """

    statistic: float
    df: int
    p: float


def wald(theta: Array, V: Array) -> Wald:
    """Test whether groups differ.

    Parameters
    ----------
    theta : (k, q) array
        Coefficients of each group.
    V : (k, q, q) array
        Their covariances; groups are independent.

    Examples
    --------
    >>> import numpy as np
    >>> wald(np.array([[0.0], [3.0]]), np.array([[[1.0]], [[1.0]]])).statistic
    4.5
    """
    k, q = theta.shape
    differences = (theta[1:] - theta[0]).ravel()
    S = np.kron(np.ones((k - 1, k - 1)), V[0])
    for g in range(1, k):
        here = slice((g - 1) * q, g * q)
        S[here, here] += V[g]
    statistic = float(differences @ np.linalg.solve(S, differences))
    return Wald(statistic, len(differences), float(chi2.sf(statistic, len(differences))))


def compare(curves: Sequence[GroupCurve], *, shape: bool = False) -> Wald:
    """Test whether groups have one curve, apart from its level, or with ``shape`` one bend."""
    first = 2 if shape else 1
    theta = np.stack([curve.beta[first:] for curve in curves])
    return wald(theta, np.stack([curve.covariance[first:, first:] for curve in curves]))

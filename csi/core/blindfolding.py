"""Answers omitted in turn, moments of what is left, and the answers predicted back.

Every d-th answer of a construct's items is omitted, d times over, so that each
is omitted once. Moments come from the pairs of answers that are left. Notation::

    x, s   answer less its mean; one where there is an answer, else zero
    w      weight of a row
    B      omissions, the batch axis last

References
----------
Chin, W. W. (1998). The partial least squares approach to structural equation
modeling. In G. A. Marcoulides (Ed.), Modern methods for business research
(295-336). Lawrence Erlbaum.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from csi.core.products import FLAT, Samples
from csi.core.types import Array, Mask

Index = NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Omission:
    """Answers to some items that are taken out together.

    Attributes
    ----------
    columns : (c,) array of int
        The items.
    cells : (n, c) mask
        Answers to them that are omitted.
    """

    columns: Index
    cells: Mask

    @cached_property
    def rows(self) -> Index:
        """Rows in which an answer is omitted."""
        return np.flatnonzero(self.cells.any(axis=1))


def omissions(n: int, columns: Index, distance: int, rows: bool) -> list[Omission]:
    """Omit every d-th answer, starting from each of the first d.

    Parameters
    ----------
    n : int
        Rows.
    columns : (c,) array of int
        Items.
    distance : int
        The distance d.
    rows : bool
        Whether the same rows are omitted for all items; otherwise answers are
        counted down one item after the other.
    """
    c = len(columns)
    count = np.repeat(np.arange(n)[None], c, axis=0) if rows else np.arange(n * c).reshape(c, n)
    return [Omission(columns, count.T % distance == start) for start in range(distance)]


@dataclass(frozen=True, eq=False)
class Blindfold:
    """Answers that are omitted and predicted back.

    Attributes
    ----------
    rows : (n, p) array
        Answers; NaN where missing.
    weights : (n,) array
        Weights of the rows.
    """

    rows: Array
    weights: Array

    @cached_property
    def centre(self) -> Array:
        """(p,) weighted means."""
        seen = ~np.isnan(self.rows)
        mean: Array = self.weights @ np.nan_to_num(self.rows) / (self.weights @ seen)
        return mean

    @cached_property
    def powers(self) -> Array:
        """(n, 3, p) s, x and x squared; x is zero where there is no answer."""
        x = np.nan_to_num(self.rows - self.centre)
        return np.stack([(~np.isnan(self.rows)).astype(np.float64), x, x**2], axis=1)

    @cached_property
    def whole(self) -> Array:
        """(3, p, 3, p) sums of products of all powers, nothing omitted."""
        flat = self.powers.reshape(len(self.rows), -1)
        p = self.rows.shape[1]
        sums: Array = ((flat * self.weights[:, None]).T @ flat).reshape(3, p, 3, p)
        return sums

    def samples(self, omitted: Sequence[Omission]) -> Samples:
        """Return the moments of what each omission leaves, from available pairs."""
        return _pairwise(np.stack([self._sums(each) for each in omitted], axis=-1), self.centre)

    def _sums(self, omission: Omission) -> Array:
        """Return the sums without the pairs that one of the omitted answers is in."""
        sums, at = self.whole.copy(), omission.columns
        sums[:, at] = self._block(omission)
        sums[..., at] = sums[:, at].transpose(2, 3, 0, 1)
        return sums

    def _block(self, omission: Omission) -> Array:
        """(3, c, 3, p) sums of what is left of the items, with those of all items."""
        at, rows, cells = omission.columns, omission.rows, omission.cells[omission.rows]
        flat = self.powers.reshape(len(self.rows), -1)[rows]
        own, w = self.powers[rows][..., at], self.weights[rows, None, None]
        shape = 3, len(at), *self.whole.shape[2:]
        block = self.whole[:, at] - ((own * w).reshape(len(rows), -1).T @ flat).reshape(shape)
        if cells.all():
            return block
        left = own * ~cells[:, None]
        weighted = (left * w).reshape(len(rows), -1).T
        block += (weighted @ flat).reshape(shape)
        within = weighted @ (own - left).reshape(len(rows), -1)
        block[..., at] -= within.reshape(3, len(at), 3, len(at))
        return block

    def squares(
        self, omission: Omission, mean: Array, sd: Array, slopes: Array, filled: bool
    ) -> tuple[Array, Array]:
        """Return sums of squared errors of what was omitted: as predicted, and from its mean.

        Parameters
        ----------
        omission : Omission
            What was omitted.
        mean, sd : (p,) arrays
            Of what is left.
        slopes : (p, c) array
            How the standardised answers that were omitted follow from all items.
        filled : bool
            Whether omitted answers may predict, at their mean; otherwise they
            must not be asked for.

        Returns
        -------
        (c,) arrays
        """
        at = omission.columns
        seen, x = self.powers[omission.rows, 0], self.powers[omission.rows, 1]
        cells = omission.cells[omission.rows]
        deviation = x - (mean - self.centre)
        z = deviation / sd * seen
        if filled:
            z[:, at] *= ~cells
        deviation, w = deviation[:, at], self.weights[omission.rows, None] * (cells * seen[:, at])
        error = deviation - (z @ slopes) * sd[at]
        return (w * error**2).sum(axis=0), (w * deviation**2).sum(axis=0)


@np.errstate(divide="ignore", invalid="ignore")  # NaN says that nothing is left
def _pairwise(sums: Array, centre: Array) -> Samples:
    """Return available-case means and deviations, and correlations of complete pairs."""
    both, first, second = sums[0, :, 0], sums[1, :, 0], sums[2, :, 0]
    mean = first / both
    left = second / both - mean**2
    spread = np.sqrt(np.where(left > FLAT * second / both, left, 0.0))
    R = (sums[1, :, 1] / both - mean * mean.swapaxes(0, 1)) / (spread * spread.swapaxes(0, 1))
    at = np.arange(len(R))
    sd = spread[at, at]
    R[at, at] = np.where(sd > 0, 1.0, np.nan)
    return Samples(mean[at, at] + centre[:, None], sd, R)

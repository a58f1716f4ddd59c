"""Cubic B-splines with equally spaced knots, straight lines outside them.

Beyond the knots the curve goes on as a line, so that few customers at the ends
of the scale cannot bend it, and so that every straight line stays in the space
of the splines wherever it is evaluated.

References
----------
Eilers, P. H. C. and Marx, B. D. (1996). Flexible smoothing with B-splines and
penalties. Statistical Science 11(2), 89-121. doi:10.1214/ss/1038425655
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from csi.core.types import Array


@dataclass(frozen=True, slots=True)
class Spline:
    """Cubic B-splines on equal segments.

    Attributes
    ----------
    low, high : float
        First and last knot.
    segments : int
        Segments between them.

    Examples
    --------
    >>> Spline(0.0, 10.0, 5).values(np.array([5.0])).sum().round(12).item()
    1.0
    """

    low: float
    high: float
    segments: int

    @property
    def size(self) -> int:
        """Number of splines, k."""
        return self.segments + 3

    @property
    def step(self) -> float:
        """Distance between two knots."""
        return (self.high - self.low) / self.segments

    def values(self, t: Array) -> Array:
        """Return the (m, k) splines at m points."""
        inside = np.clip(t, self.low, self.high)
        cell, u = self._place(inside)
        pieces = [(1 - u) ** 3, 3 * u**3 - 6 * u**2 + 4, -3 * u**3 + 3 * u**2 + 3 * u + 1, u**3]
        beyond = (t - inside)[:, None] * self.slopes(t)
        return self._spread(cell, pieces) / 6 + beyond

    def slopes(self, t: Array) -> Array:
        """Return their (m, k) first derivatives."""
        cell, u = self._place(np.clip(t, self.low, self.high))
        pieces = [-((1 - u) ** 2), 3 * u**2 - 4 * u, -3 * u**2 + 2 * u + 1, u**2]
        return self._spread(cell, pieces) / (2 * self.step)

    def _place(self, t: Array) -> tuple[NDArray[np.intp], Array]:
        """Segment of each point, and where in the segment it is."""
        at = (t - self.low) / self.step
        cell = np.clip(np.floor(at), 0, self.segments - 1).astype(np.intp)
        return cell, at - cell

    def _spread(self, cell: NDArray[np.intp], pieces: list[Array]) -> Array:
        table = np.zeros((len(cell), self.size))
        table[np.arange(len(cell))[:, None], cell[:, None] + np.arange(4)] = np.stack(pieces, 1)
        return table

"""How often the usual ways of reading a curve find a zone where there is none.

The worst share of false zones over curves without a zone (straight, convex, hockey
sticks, concave, concave kinks, saturating, sigmoid, steps), at a nominal 5 per cent
and n = 1000: the larger share of two studies, one with three ten-point items and 200
samples of each curve, one with a normal error and 100 samples, which
docs/studies_readings.py repeats.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

SOURCE = "own simulations"
"""Where the rates come from."""


@dataclass(frozen=True, slots=True)
class FalseZones:
    """False zones of one way of reading a curve.

    Attributes
    ----------
    rule : str
        What is called a zone.
    exact, error : float or None
        Worst share of false zones with reliability 1 and 0.8; None where unknown.
    note : str
        What else there is to know.
    source : str
        Where the shares come from.
    """

    rule: str
    exact: float | None
    error: float | None
    note: str
    source: str = SOURCE

    def __str__(self) -> str:
        """Say it in a sentence."""
        if self.exact is None:
            return self.note
        worst = f"false zones in up to {self.exact:.1%} of samples at n = 1000"
        return f"{worst}; {self.note}" if self.note else worst


FALSE_ZONES: Mapping[str, FalseZones] = MappingProxyType(
    {
        "cubic sign": FalseZones(
            "cubic coefficient positive, t > 1.645, and the smallest slope inside the window",
            0.98,
            0.84,
            "a late bend upwards is taken for a zone",
        ),
        "cubic": FalseZones(
            "a cubic is steeper at both ends of the window than inside, each t > 1.645",
            0.37,
            0.13,
            "94% at n = 5000",
        ),
        "sup-F": FalseZones(
            "two kinks fit better than a line, p < .05, and the middle slope is the smallest",
            0.43,
            0.39,
            "takes concave kinks and late bends for zones",
        ),
        "pairwise t": FalseZones(
            "slope falls at the first kink and rises at the second, both |t| > 1.645",
            0.21,
            0.19,
            "22% at n = 250",
        ),
        "BIC": FalseZones(
            "two kinks have the smallest BIC, and the middle slope is the smallest",
            0.005,
            0.0,
            "power 90% without measurement error, none with reliability 0.8",
        ),
        "derivative band": FalseZones(
            "the simultaneous band of the slope of the smooth curve excludes every curve without",
            0.005,
            0.0,
            "power 21% without measurement error, none with reliability 0.8",
        ),
        "flat block": FalseZones(
            "a block of equal values of at least ten points inside the window",
            0.55,
            0.57,
            "flat blocks come from noise in any curve: no test",
        ),
        "no rule": FalseZones(
            "none: curves of this family have no zone", None, None, "cannot show a zone"
        ),
    }
)
"""False zones by the short name of the rule."""

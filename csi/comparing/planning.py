"""How many respondents an index needs, and how precise it is with those there are.

With S the standard deviation of scores on 0-100, d the design effect, N the
people there are to be asked, and k samples whose errors add (1 for an index, 2
for a difference), n respondents give the variance ``k d S^2 (1 / n - 1 / N)``.
So a half-width of h, or a difference of h to be detected, needs::

    n0 = k d (m S / h)^2,    n = n0 / (1 + n0 / N)

The multiplier m is the normal quantile of the level; with ``power`` it is how
many standard errors from zero a two-sided test rejects with that probability.

References
----------
Cochran, W. G. (1977). Sampling Techniques, 3rd ed., chapter 4. Wiley.

Kish, L. (1965). Survey Sampling, chapter 8. Wiley.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from csi.comparing.group_indices import check_positive
from csi.core.checks import check_level
from csi.core.index import standard_deviations
from csi.core.ranking import normal_value
from csi.declared import check_choice
from csi.display import Summary, number
from csi.errors import ArgumentTypeError, OptionError
from csi.hundred import OnHundred
from csi.results import Fit

Kind = Literal["index", "difference", "change"]
DesignEffect = float | Literal["design", "kish"]

MOST = 1e10
"""People beyond whom there are none to ask."""

ROUNDING = 1e-9
"""Relative excess over a whole number that is rounding, not another respondent."""


@dataclass(frozen=True, slots=True, repr=False)
class SampleSize:
    """How many respondents are needed.

    Attributes
    ----------
    n : int
        Respondents needed in each group or wave.
    invitations : int or None
        People to be asked in each, if the response rate was given.
    groups : int
        Groups or waves of this size.
    half_width : float
        Half-width of the interval, or with ``power`` the difference to be
        detected, in points.
    sd, deff : float
        Standard deviation of the scores on 0-100 and design effect.
    kind : {"index", "difference", "change"}
        What is to be known: an index, the difference of two groups, or the
        change between two waves.
    level : float
        Confidence level.
    power : float or None
        Probability of detecting the difference.
    population : float or None
        People there are in each group.
    response_rate : float or None
        Share of those asked who answer.
    """

    n: int
    invitations: int | None
    groups: int
    half_width: float
    sd: float
    deff: float
    kind: str
    level: float
    power: float | None
    population: float | None
    response_rate: float | None

    @property
    def total(self) -> int:
        """Respondents in all groups together."""
        return self.n * self.groups

    @property
    def formula(self) -> str:
        """The calculation in words."""
        two = "2 x " if self.kind != "index" else ""
        m = _multiplier(self.level, self.power)
        n0 = _simple_n(self.half_width, self.sd, self.deff, self.kind, m)
        finite = "" if self.population is None else f", for {self.population:g} people {self.n}"
        return (
            f"{two}design effect {self.deff:.3g} x ({m:.3f} x standard deviation {self.sd:.2f} / "
            f"{self.half_width:g} points)^2 = {n0:.1f}{finite or f', rounded up {self.n}'}"
        )

    def __repr__(self) -> str:
        times = f"{self.groups} x " if self.groups > 1 else ""
        aim = f"for an {self.kind}" if self.kind == "index" else f"for a {self.kind}"
        size = f"+-{self.half_width:g} points ({self.level:.0%})"
        if self.power is not None:
            size = f"of {self.half_width:g} points ({self.level:.0%}, power {self.power:.0%})"
        return f"<SampleSize {times}{self.n} respondents {aim} {size}>"

    def _repr_html_(self) -> str:
        facts = [("Respondents in each group", str(self.n))]
        if self.invitations is not None:
            facts.append(("Invitations in each group", str(self.invitations)))
        if self.groups > 1:
            facts.append(("Groups", str(self.groups)))
            facts.append(("Respondents together", str(self.total)))
        aim = "Half-width in points" if self.power is None else "Difference in points to detect"
        facts += [(aim, number(self.half_width, 2)), ("Confidence level", f"{self.level:.0%}")]
        if self.power is not None:
            facts.append(("Power", f"{self.power:.0%}"))
        return Summary("Sample size", (*facts, ("Calculation", self.formula))).to_html()


def sample_size(
    half_width: float,
    *,
    sd: float | None = None,
    fit: Fit | None = None,
    construct: str = "Satisfaction",
    kind: Kind = "index",
    power: float | None = None,
    level: float = 0.95,
    deff: DesignEffect | None = None,
    population: float | None = None,
    response_rate: float | None = None,
    groups: int | None = None,
) -> SampleSize:
    """Find how many respondents an index, a difference or a change needs.

    Parameters
    ----------
    half_width : float
        Half-width of the confidence interval in points; with ``power`` the
        difference to be detected.
    sd : float, optional
        Standard deviation of the scores on 0-100; or give ``fit``.
    fit : Fit, optional
        A fit from which to take the standard deviation and the design effect.
    construct : str
        Whose scores to take from the fit.
    kind : {"index", "difference", "change"}
        One index, the difference of two groups, or the change between two
        independent waves. Each difference counts by itself, not all pairs
        together.
    power : float, optional
        Probability with which a two-sided test shall detect the difference (for
        an index, from a fixed value).
    level : float
        Confidence level.
    deff : float, "design" or "kish", optional
        Design effect: a number; the squared standard error in the fit over that
        of a simple random sample; or Kish's, from the survey weights alone. By
        default "design" with a fit and 1 without.
    population : float, optional
        People there are in each group; endless by default.
    response_rate : float, optional
        Share of those asked who answer, up to 1.
    groups : int, optional
        Groups or waves surveyed; 1 for an index and 2 otherwise by default.

    Returns
    -------
    SampleSize
        Respondents and invitations in each group, with the calculation.

    Raises
    ------
    OptionError
        If an option has no meaning, or there are too few people to ask.

    References
    ----------
    Cochran, W. G. (1977). Sampling Techniques, 3rd ed., chapter 4. Wiley.

    Examples
    --------
    >>> import csi
    >>> csi.sample_size(2, sd=16)
    <SampleSize 246 respondents for an index +-2 points (95%)>
    >>> csi.sample_size(3, sd=16, kind="difference", power=0.8, response_rate=0.25).invitations
    1788
    """
    h = check_positive("half_width", half_width, "2")
    spread, effect = _spread(sd, fit, construct, deff)
    check_choice("kind", kind, ("index", "difference", "change"))
    known = check_level(level)
    n0 = _simple_n(h, spread, effect, kind, _multiplier(known, power))
    people = None if population is None else _people(population)
    n = _whole(n0 if people is None else n0 / (1 + n0 / people))
    invitations = None if response_rate is None else _invited(n, response_rate, people)
    return SampleSize(
        n, invitations, _number_of_groups(groups, kind), h, spread, effect, kind, known, power,
        people, response_rate,
    )  # fmt: skip


def precision(
    n: float,
    *,
    sd: float | None = None,
    fit: Fit | None = None,
    construct: str = "Satisfaction",
    kind: Kind = "index",
    power: float | None = None,
    level: float = 0.95,
    deff: DesignEffect | None = None,
    population: float | None = None,
) -> float:
    """Find the half-width that a number of respondents gives: `sample_size` backwards.

    Parameters
    ----------
    n : float
        Respondents in each group or wave.
    sd : float, optional
        Standard deviation of the scores on 0-100; or give ``fit``.
    fit : Fit, optional
        A fit from which to take the standard deviation and the design effect.
    construct : str
        Whose scores to take from the fit.
    kind : {"index", "difference", "change"}
        One index, the difference of two groups, or the change between waves.
    power : float, optional
        With it, the result is the smallest difference that is detected with
        this probability.
    level : float
        Confidence level.
    deff : float, "design" or "kish", optional
        Design effect, as in `sample_size`.
    population : float, optional
        People there are in each group; endless by default.

    Returns
    -------
    float
        Points on 0-100.

    Raises
    ------
    OptionError
        If an option has no meaning.

    Examples
    --------
    >>> import csi
    >>> round(csi.precision(250, sd=16), 2)
    1.98
    """
    check_positive("n", n, "250")
    spread, effect = _spread(sd, fit, construct, deff)
    check_choice("kind", kind, ("index", "difference", "change"))
    rest = 1 / n if population is None else 1 / n - 1 / _people(population)
    if rest < 0:
        raise OptionError(
            f"n is {n:g} but the population {population:g}. Give no more respondents than people."
        )
    k = _samples(kind)
    return _multiplier(check_level(level), power) * spread * math.sqrt(k * effect * rest)


def _simple_n(h: float, sd: float, deff: float, kind: str, m: float) -> float:
    """Return respondents needed out of endless people, before rounding."""
    return _samples(kind) * deff * (m * sd / h) ** 2


def _samples(kind: str) -> int:
    return 1 if kind == "index" else 2


def _multiplier(level: float, power: float | None) -> float:
    """Return how many standard errors the half-width or the difference must be."""
    z = normal_value(level)
    if power is None:
        return z
    if not 1 - level < check_positive("power", power, "0.8") < 1:
        raise OptionError(
            f"power is {power!r}. Give a number between 1 - level, which chance alone detects, "
            "and 1, such as 0.8."
        )
    from scipy.optimize import brentq  # noqa: PLC0415 - slow to import
    from scipy.special import ndtr  # noqa: PLC0415

    return float(brentq(lambda d: ndtr(d - z) + ndtr(-d - z) - power, 0, z + 40, xtol=1e-13))


def _spread(sd: object, fit: object, construct: str, deff: object) -> tuple[float, float]:
    """Return the standard deviation of the scores and the design effect."""
    if (sd is None) == (fit is None):
        given = "neither was" if sd is None else "both were"
        raise OptionError(f"sd or fit is needed, and {given} given. Give one of them.")
    if isinstance(deff, str):
        check_choice("deff", deff, ("design", "kish"))
    if sd is not None:
        if isinstance(deff, str):
            raise OptionError(f"deff={deff!r} needs a fit to be estimated from. Give a number.")
        known = 1.0 if deff is None else check_positive("deff", deff, "1.5")
        return check_positive("sd", sd, "16"), known
    if not isinstance(fit, Fit):
        raise ArgumentTypeError(f"fit is a {type(fit).__name__}. Give one fit, from csi.fit.")
    fit.model.construct(construct)
    at = fit.model.names.index(construct)
    hundred = OnHundred.of(fit.model, fit.moments, fit.scale)
    V = hundred.weights(fit.estimates, fit.index_weights)
    spread = float(standard_deviations(V, hundred.cov)[at])
    if deff == "kish":
        return spread, fit.n / fit.moments.effective_n
    if isinstance(deff, str) or deff is None:
        return spread, fit.n * float(hundred.errors(V)[at] / spread) ** 2
    return spread, check_positive("deff", deff, "1.5")


def _people(population: object) -> float:
    return check_positive("population", population, "5000")


def _whole(n: float) -> int:
    if n > MOST:
        raise OptionError(
            f"That takes {n:.0e} people, more than there are. Ask for less precision, with a "
            "larger half_width, or check sd and response_rate."
        )
    return math.ceil(n * (1 - ROUNDING))


def _invited(n: int, response_rate: object, population: float | None) -> int:
    rate = check_positive("response_rate", response_rate, "0.3")
    if rate > 1:
        raise OptionError(
            f"response_rate is {response_rate!r}. Give a share up to 1, such as 0.3 for 30%."
        )
    invited = _whole(n / rate)
    if population is not None and invited > population:
        raise OptionError(
            f"{n} respondents at a response rate of {rate:g} need {invited} invitations, but "
            f"there are {population:g} people. Allow a wider interval, or raise the response rate."
        )
    return invited


def _number_of_groups(groups: object, kind: str) -> int:
    if groups is None:
        return _samples(kind)
    if isinstance(groups, bool) or not isinstance(groups, int) or groups < _samples(kind):
        raise OptionError(
            f"groups is {groups!r}. Give a whole number from {_samples(kind)} for kind={kind!r}."
        )
    return groups

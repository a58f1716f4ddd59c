"""Confidence limits and p values from bootstrap replicates.

One statistic is one row, and no row looks at another::

    theta   (q,)    estimates
    theta*  (q, B)  replicates; NaN or infinite where one could not be computed
    n       (q,)    replicates of each statistic that could
    Q(s)            quantile of theta* at share s, interpolated linearly (definition 7)
    F(t)            share of theta* below t, ties counted half
    Phi, z_s        normal distribution, its quantile
    a       (q,)    acceleration

Limits, from the shares s = (1 - level) / 2 and s = (1 + level) / 2::

    percentile   Q(s)
    basic        2 theta - Q(1 - s)
    normal       theta + z_s SD(theta*); bias is not corrected
    studentized  theta - error Q_t(1 - s), t = (theta* - theta) / errors*
    bca          Q(Phi(z0 + w / (1 - a w))), w = z0 + z_s, z0 = Phi^-1(F(theta))

The p value of theta = null is one minus the level at which the limits of the
same method just touch null. Shares enter it as (count + 1) / (n + 1), so that n
replicates show no p value below 2 / (n + 1).

References
----------
Davison, A. C. and Hinkley, D. V. (1997). Bootstrap methods and their
application, chapters 4 and 5. doi:10.1017/CBO9780511802843
Efron, B. (1987). Better bootstrap confidence intervals. Journal of the
American Statistical Association 82(397), 171-185.
doi:10.1080/01621459.1987.10478410
Hall, P. and Wilson, S. R. (1991). Two guidelines for bootstrap hypothesis
testing. Biometrics 47(2), 757-762. doi:10.2307/2532163
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri, stdtr, stdtrit

from csi.core.checks import check_level
from csi.core.types import Array, Mask
from csi.errors import OptionError, did_you_mean, listing

Counts = NDArray[np.intp]
Method = Literal["percentile", "basic", "normal", "bca", "studentized"]
METHODS: tuple[Method, ...] = get_args(Method)

ROUNDING = 1e-12
"""Difference between numbers, relative to their size, up to which they count as equal."""

FURTHEST = 40.0
"""Stands for infinite normal quantiles: Phi is 0 or 1 there to the last bit."""


@dataclass(frozen=True, slots=True, eq=False)
class Limits:
    """Two-sided confidence limits; NaN where there is no estimate or no replicate.

    Attributes
    ----------
    lower, upper : (q,) arrays
    """

    lower: Array
    upper: Array


def limits(
    estimate: Array,
    replicates: Array,
    method: Method,
    level: float = 0.95,
    *,
    acceleration: Array | None = None,
    errors: Array | None = None,
    error: Array | None = None,
    df: Array | None = None,
) -> Limits:
    """Return two-sided confidence limits.

    A statistic whose replicates are all equal has that value as both limits.
    Where all replicates lie on one side of the estimate, both BCa limits are
    the replicate nearest to it, to which the formula tends.

    Parameters
    ----------
    estimate : (q,) array
    replicates : (q, B) array
        NaN and infinite replicates are left out, row by row.
    method : {"percentile", "basic", "normal", "bca", "studentized"}
    level : float
        Confidence level, between 0 and 1.
    acceleration : (q,) array
        For ``"bca"``: what the function `acceleration` returns.
    errors, error : (q, B) and (q,) arrays
        For ``"studentized"``: standard errors of the replicates and of the estimate.
    df : (q,) array
        For ``"normal"``: degrees of freedom of the standard errors, which make
        it Student's t; without them it is the normal distribution.

    Raises
    ------
    OptionError
        If method or level is none, shapes differ, or the method lacks what it needs.

    Examples
    --------
    >>> import numpy as np
    >>> found = limits(np.array([4.0]), np.arange(11.0)[None, :], "percentile", level=0.8)
    >>> found.lower.round(12), found.upper.round(12)
    (array([1.]), array([9.]))
    """
    level = check_level(level)
    sample = _sample(method, estimate, replicates, acceleration, errors, error, df)
    ends = _METHODS[method][0](sample, np.array([(1 - level) / 2, (1 + level) / 2]))
    ends = np.where(sample.constant[:, None], sample.smallest[:, None], ends)
    ends[np.isnan(sample.estimate)] = np.nan
    return Limits(ends[:, 0], ends[:, 1])


def p_values(
    estimate: Array,
    replicates: Array,
    method: Method,
    *,
    null: float | Array = 0.0,
    acceleration: Array | None = None,
    errors: Array | None = None,
    error: Array | None = None,
    df: Array | None = None,
) -> Array:
    """Return two-sided p values of ``estimate = null`` that belong to the limits of a method.

    If p is below 1 - level, null lies outside the limits. If null lies outside,
    p is below, unless null is less than one replicate away from the limit:
    that is what the guard costs. A constant statistic has p = 1 at its own
    value and the smallest p that can be shown elsewhere.

    Parameters
    ----------
    estimate, replicates, method, acceleration, errors, error, df
        As for `limits`.
    null : float or (q,) array
        Values to be tested.

    Returns
    -------
    (q,) array
        At least 2 / (n + 1), though ``"normal"`` goes below, and at most 1; NaN
        where there is no estimate or no replicate.

    Raises
    ------
    OptionError
        If the method is none, shapes differ, or the method lacks what it needs.

    Examples
    --------
    >>> import numpy as np
    >>> p_values(np.array([50.0]), np.arange(1.0, 100.0)[None, :], "percentile", null=1.5)
    array([0.04])
    """
    sample = _sample(method, estimate, replicates, acceleration, errors, error, df)
    tested = np.broadcast_to(np.asarray(null, dtype=np.float64), sample.estimate.shape)
    p = _METHODS[method][1](sample, tested)
    off = np.abs(sample.smallest - tested) > ROUNDING * np.abs(tested)
    p = np.where(sample.constant, np.where(off, sample.guard, 1.0), p)
    p[np.isnan(sample.estimate) | np.isnan(tested)] = np.nan
    return p


def acceleration(influence: Array, multiplicity: Array | None = None) -> Array:
    """Return the acceleration of BCa limits, a sixth of the skewness of the influence.

    Parameters
    ----------
    influence : (q, J) array
        Mean of the jackknife minus its values. Of several samples or strata,
        centre each on its own and multiply by (n_h - 1) / n_h. NaN is left out.
    multiplicity : (J,) array, optional
        Respondents each column stands for.

    Returns
    -------
    (q,) array
        Zero where nothing has influence, NaN where all is NaN.

    Examples
    --------
    >>> import numpy as np
    >>> acceleration(np.array([[-1.0, -1.0, 2.0]])).round(6)
    array([0.068041])
    """
    known = np.isfinite(influence)
    size = np.abs(np.where(known, influence, 0.0)).max(axis=1, keepdims=True, initial=0.0)
    pull = np.where(known, influence, 0.0) / np.where(size > 0, size, 1.0)
    copies = np.ones(influence.shape[1]) if multiplicity is None else multiplicity
    bent = _ratio(pull**3 @ copies, 6 * (pull**2 @ copies) ** 1.5)
    bent[~known.any(axis=1)] = np.nan
    return bent


def standard_errors(replicates: Array) -> Array:
    """Return the standard deviation of each row, NaN below two replicates."""
    kept = _computed(replicates)
    n = _counts(~np.isnan(kept))
    deviation = kept - np.fmin.reduce(kept, axis=1)[:, None]  # so that equal values differ by 0
    deviation -= (np.nansum(deviation, axis=1) / np.maximum(n, 1))[:, None]
    variance = np.nansum(deviation**2, axis=1) / np.maximum(n - 1, 1)
    return np.where(n > 1, np.sqrt(variance), np.nan)


def bias(estimate: Array, replicates: Array) -> Array:
    """Return the mean of each row minus the estimate, NaN without replicates."""
    kept = _computed(replicates)
    n = _counts(~np.isnan(kept))
    mean = np.nansum(kept - estimate[:, None], axis=1) / np.maximum(n, 1)
    return np.where((n > 0) & ~np.isnan(estimate), mean, np.nan)


@dataclass(frozen=True, eq=False)
class _Sample:
    """What the methods see: arrays of floats, NaN for whatever could not be computed."""

    estimate: Array
    replicates: Array
    acceleration: Array
    errors: Array
    error: Array
    df: Array

    @cached_property
    def smallest(self) -> Array:
        found: Array = np.fmin.reduce(self.replicates, axis=1)
        return found

    @cached_property
    def n(self) -> Counts:
        return _counts(~np.isnan(self.replicates))

    @cached_property
    def constant(self) -> Mask:
        largest = np.fmax.reduce(self.replicates, axis=1)
        size = np.maximum(np.abs(self.smallest), np.abs(largest))
        same: Mask = (largest - self.smallest <= ROUNDING * size) & (self.n > 1)
        return same

    @property
    def guard(self) -> Array:
        """The smallest p value that n replicates can show."""
        return np.minimum(2 / (self.n + 1), 1.0)

    @cached_property
    def z0(self) -> Array:
        theta = self.estimate[:, None]
        tied = ROUNDING * np.abs(theta)
        below = _counts(self.replicates < theta - tied) + _counts(self.replicates <= theta + tied)
        return _normal_quantile(below / 2 / np.maximum(self.n, 1))

    @cached_property
    def pivots(self) -> Array:
        return _computed(_ratio(self.replicates - self.estimate[:, None], self.errors))


def _sample(method: str, *given: Array | None) -> _Sample:
    """Refuse what the method cannot use, and put NaN for what it does not need."""
    if method not in METHODS:
        hint = did_you_mean(str(method), METHODS)
        raise OptionError(f"The method is {method!r}. Choose one of {listing(METHODS)}.{hint}")
    named = zip(_Sample.__dataclass_fields__, given, strict=True)
    arrays = {name: _computed(values) for name, values in named if values is not None}
    _check_shapes(arrays)
    for name in _NEEDED.get(method, ()):
        if name not in arrays:
            raise OptionError(f"The method {method!r} needs {name}, but it is None. Give {name}=.")
    absent = np.full(len(arrays["replicates"]), np.nan)
    return _Sample(**(dict.fromkeys(_Sample.__dataclass_fields__, absent) | arrays))


def _check_shapes(arrays: dict[str, Array]) -> None:
    full = arrays["replicates"].shape
    if len(full) != 2 or not full[1]:
        raise OptionError(f"The replicates have shape {full}. Give a row of them each statistic.")
    for name, values in arrays.items():
        shape = full if name in {"replicates", "errors"} else full[:1]
        if values.shape != shape:
            raise OptionError(
                f"{name} has shape {values.shape}, but the replicates have {full}. Give {shape}."
            )


def _percentile(sample: _Sample, tails: Array) -> Array:
    return _quantiles(sample.replicates, tails)


def _basic(sample: _Sample, tails: Array) -> Array:
    return 2 * sample.estimate[:, None] - _quantiles(sample.replicates, tails[::-1])


def _normal(sample: _Sample, tails: Array) -> Array:
    se = standard_errors(sample.replicates)[:, None]
    df = sample.df[:, None]
    ends: Array = sample.estimate[:, None] + se * np.where(
        np.isnan(df), ndtri(tails), stdtrit(df, tails)
    )
    return ends


def _bca(sample: _Sample, tails: Array) -> Array:
    z0 = sample.z0[:, None]
    shares = ndtr(z0 + _bend(z0 + ndtri(tails), sample.acceleration[:, None]))
    return _quantiles(sample.replicates, shares)


def _studentized(sample: _Sample, tails: Array) -> Array:
    width = sample.error[:, None] * _quantiles(sample.pivots, tails[::-1])
    return sample.estimate[:, None] - width


def _percentile_p(sample: _Sample, null: Array) -> Array:
    return _two_sided(*_tails(sample.replicates, null))


def _basic_p(sample: _Sample, null: Array) -> Array:
    return _two_sided(*_tails(sample.replicates, 2 * sample.estimate - null))


def _normal_p(sample: _Sample, null: Array) -> Array:
    z = _ratio(sample.estimate - null, standard_errors(sample.replicates))
    below = np.where(np.isnan(sample.df), ndtr(-np.abs(z)), stdtr(sample.df, -np.abs(z)))
    p: Array = np.maximum(2 * below, np.finfo(np.float64).tiny)
    return p


def _bca_p(sample: _Sample, null: Array) -> Array:
    lower, upper = (_normal_quantile(share) for share in _tails(sample.replicates, null))
    below = ndtr(_bend(lower - sample.z0, -sample.acceleration) - sample.z0)
    above = ndtr(sample.z0 - _bend(-upper - sample.z0, -sample.acceleration))
    p: Array = np.maximum(_two_sided(below, above), sample.guard)
    return p


def _studentized_p(sample: _Sample, null: Array) -> Array:
    return _two_sided(*_tails(sample.pivots, _ratio(sample.estimate - null, sample.error)))


_NEEDED = {"bca": ("acceleration",), "studentized": ("errors", "error")}

_METHODS: dict[Method, tuple[Callable[[_Sample, Array], Array], ...]] = {
    "percentile": (_percentile, _percentile_p),
    "basic": (_basic, _basic_p),
    "normal": (_normal, _normal_p),
    "bca": (_bca, _bca_p),
    "studentized": (_studentized, _studentized_p),
}


def _quantiles(values: Array, shares: Array) -> Array:
    """Return quantiles of each row, at the same shares (m,) or at its own (q, m)."""
    ordered = np.sort(values, axis=1)  # puts NaN last
    last = _counts(~np.isnan(ordered))[:, None] - 1
    place = np.maximum(shares * last, 0)
    at = np.nan_to_num(place).astype(np.intp)
    low = np.take_along_axis(ordered, at, axis=1)
    high = np.take_along_axis(ordered, np.minimum(at + 1, np.maximum(last, 0)), axis=1)
    return low + (high - low) * (place - at)


def _tails(values: Array, point: Array) -> tuple[Array, Array]:
    """Return guarded shares of each row up to a point and from it on, NaN for empty rows."""
    found = _counts(~np.isnan(values))
    n = np.where(found > 0, found, np.nan)
    up_to, onward = _counts(values <= point[:, None]), _counts(values >= point[:, None])
    return (up_to + 1) / (n + 1), (onward + 1) / (n + 1)


def _two_sided(below: Array, above: Array) -> Array:
    p: Array = np.minimum(2 * np.minimum(below, above), 1.0)
    return p


def _bend(w: Array, a: Array) -> Array:
    """Return w / (1 - a w), infinite from its pole on; a of the other sign takes it back."""
    room = 1 - a * w
    bent: Array = np.divide(w, room, out=np.copysign(np.inf, w), where=~(room <= 0))
    return bent


def _normal_quantile(share: Array) -> Array:
    found: Array = np.clip(ndtri(share), -FURTHEST, FURTHEST)
    return found


def _ratio(x: Array, y: Array) -> Array:
    """Return x / y with 0 / 0 = 0."""
    ratio = np.divide(x, y, out=np.copysign(np.inf, x), where=y != 0)
    return np.where(x == 0, 0.0, ratio)


def _computed(values: Array) -> Array:
    """Return floats with NaN for infinities, the same array where there are none."""
    values = np.asarray(values, dtype=np.float64)
    infinite = np.isinf(values)
    return np.where(infinite, np.nan, values) if infinite.any() else values


def _counts(these: Mask) -> Counts:
    found: Counts = np.count_nonzero(these, axis=1)
    return found

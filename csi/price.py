"""Price tolerance, the second loyalty indicator of ACSI-type surveys.

Respondents likely to buy again are asked by how much the price could rise
before they would not; the others by how much it had to fall before they
would. How the two were combined in published indices was never published.
Ours is one documented way: a rise counts up, a cut counts down, the ends are
``more than 25 %``, and the result is put on 0-100::

    tolerance = 100 (t + 26) / 52,   t = min(rise, 26) or -min(cut, 26)

Most of its correlation with repurchase likelihood comes from the skip logic's
sign; ``csi.models.acsi()`` therefore measures loyalty by repurchase alone
unless told otherwise.
"""

from __future__ import annotations

from collections.abc import Sequence, Set

import numpy as np

from csi.core.checks import as_numbers
from csi.core.types import Array
from csi.errors import DataError, listing

MORE_THAN_25 = 26.0
NO_LIMIT = 101.0
"""Undocumented code of the public 2015 sample, read as "any rise" and "no cut would do"."""


def price_tolerance(
    rise: Sequence[float] | Array,
    cut: Sequence[float] | Array,
    *,
    missing_codes: Sequence[float] = (98, 99),
) -> Array:
    """Combine tolerated price rise and required price cut into one 0-100 indicator.

    Parameters
    ----------
    rise, cut : (n,) array_like
        Per cent, 0 to 25; 26 means more than 25, 101 no limit; missing where
        the question was not asked.
    missing_codes : sequence of float
        Answers that mean "don't know" or "refused".

    Returns
    -------
    (n,) array
        50 is neither; NaN where neither question was answered.

    Raises
    ------
    DataError
        If a respondent answered both questions, or a value is out of range.

    Examples
    --------
    >>> import csi
    >>> csi.price_tolerance([10, None, 26], [None, 26, None]).round(1).tolist()
    [69.2, 0.0, 100.0]
    """
    up, down = (_per_cent(given, missing_codes) for given in (rise, cut))
    if up.shape != down.shape:
        raise DataError(
            f"rise has {up.size} values and cut has {down.size}. Give one of each per row."
        )
    both = np.flatnonzero(~np.isnan(up) & ~np.isnan(down))
    if len(both):
        raise DataError(
            f"{len(both)} respondents answered both price questions (rows {listing(both)}). Each "
            "is asked of those who were not asked the other; check the columns."
        )
    signed = np.where(np.isnan(up), -down, up)
    return 100 * (signed + MORE_THAN_25) / (2 * MORE_THAN_25)


def _per_cent(given: Sequence[float] | Array, missing_codes: Sequence[float]) -> Array:
    listed = list(missing_codes) if isinstance(missing_codes, Set) else missing_codes
    codes = as_numbers(listed)
    values = as_numbers(given)
    if values is None or codes is None or codes.ndim != 1:
        found = type(given if values is None else missing_codes).__name__
        raise DataError(
            f"Price answers and missing codes must be lists of numbers; found {found} with "
            "something else in it. Make missing answers None or NaN."
        )
    if values.ndim != 1:
        raise DataError(
            f"Price answers have shape {values.shape}. Give one number for each respondent."
        )
    values[np.isin(values, codes)] = np.nan
    wrong = (values < 0) | ((values > MORE_THAN_25) & (values != NO_LIMIT))
    if wrong.any():
        raise DataError(
            f"Price answers must be 0 to 25, 26 (more) or 101 (no limit); found "
            f"{listing(np.unique(values[wrong]))}. Declare missing_codes, or convert to per cent."
        )
    return np.minimum(values, MORE_THAN_25)

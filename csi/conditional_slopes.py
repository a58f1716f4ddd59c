"""Products of constructs in tables of a fit: their paths, and slopes that depend on a construct."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
import pandas as pd

from csi.core.types import Array
from csi.declared import check_choice
from csi.errors import ArgumentTypeError, OptionError, listing
from csi.estimators.sem.solution import Solution

Unit = Literal["sd", "raw"]


def product_paths(solution: Solution) -> pd.DataFrame:
    """Return the paths from products, standardised: source, target, estimate ... as `Fit.paths`."""
    standard, _ = solution.standardised()
    rows = [
        {"source": row.right, "target": row.left, "estimate": float(value),
         "expected_sign": "?", "as_expected": None}
        for row, value in zip(solution.compiled.rows, standard, strict=True)
        if row.operator == "~" and ":" in row.right and row.group == 0
    ]  # fmt: skip
    return pd.DataFrame(rows)


def check_no_products(solution: Solution, what: str) -> None:
    """Refuse what needs products of new answers.

    Raises
    ------
    OptionError
        If items of the structure are products.
    """
    made = [row.right for row in solution.compiled.rows if row.operator == "=~" and ":" in row.left]
    if made:
        raise OptionError(
            f"{what} are not known where products of items ({listing(made)}) measure products of "
            "constructs. Fit the model without products, or with csi.SAM()."
        )


def check_centred(estimator: object) -> None:
    """Refuse slopes where products are freed of their constructs.

    Raises
    ------
    OptionError
        With residual centring.
    """
    if getattr(estimator, "centring", "double") == "residual":
        raise OptionError(
            "With centring='residual' the product is freed of its constructs, so that their "
            "effects are averages, not slopes at a value. Use csi.CBSEM(centring='double')."
        )


def slopes(
    solution: Solution,
    target: str,
    source: str,
    moderator: str,
    at: Sequence[float],
    unit: Unit,
) -> pd.DataFrame:
    """Return the effect of a construct where another one, or itself, takes some values.

    The columns are moderator, at, value, estimate and se.

    Raises
    ------
    OptionError
        If the model holds no such product, or the values are no numbers.
    """
    check_choice("unit", unit, ("sd", "raw"))
    for name in (target, source, moderator):
        if not isinstance(name, str):
            raise ArgumentTypeError(f"{name!r} is no name of a construct. Names are text.")
    own, product = _places(solution, target, source, moderator)
    values = _values(solution, moderator, at, unit)
    times = 2.0 if source == moderator else 1.0
    rates = times * values[:, None] * solution.rates[product]
    estimate = times * values * solution.values[product]
    if own is not None:
        rates, estimate = rates + solution.rates[own], estimate + solution.values[own]
    return pd.DataFrame(
        {
            "moderator": moderator, "at": np.asarray(at, dtype=np.float64), "value": values,
            "estimate": estimate, "se": solution.errors_of(rates),
        }
    )  # fmt: skip


def _places(solution: Solution, target: str, source: str, moderator: str) -> tuple[int | None, int]:
    """Return the rows of the effect of a construct, if it has one, and of the product."""
    rows = solution.compiled.rows
    inside = {row.right: i for i, row in enumerate(rows)
              if row.operator == "~" and row.left == target}  # fmt: skip
    for name in (f"{source}:{moderator}", f"{moderator}:{source}"):
        if name in inside:
            return inside.get(source), inside[name]
    known = [f"{row.left} ~ {row.right}" for row in rows
             if row.operator == "~" and ":" in row.right]  # fmt: skip
    raise OptionError(
        f"The model holds no {target} ~ {source}:{moderator}. "
        + (f"Its products: {listing(known)}." if known else "It holds no products of constructs.")
    )


def _values(solution: Solution, moderator: str, at: Sequence[float], unit: Unit) -> Array:
    try:
        values = np.array(at, dtype=np.float64)
    except (TypeError, ValueError, OverflowError):
        values = np.array([np.nan])
    if values.ndim != 1 or not len(values) or not np.isfinite(values).all():
        raise OptionError(f"at is {at!r}. Give numbers, such as (-1, 0, 1).")
    place = solution.compiled.place[moderator]
    variance = solution.structure.matrices(solution.theta).C[0, place, place]
    return np.asarray(values * np.sqrt(variance)) if unit == "sd" else values

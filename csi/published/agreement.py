"""How far our numbers agree with printed ones."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from csi.errors import DataError, did_you_mean
from csi.published.numerals import Numeral
from csi.published.quantities import quantity
from csi.published.tables import Cell, PrintedTable
from csi.results import Fit

ROUNDING = 1e-6
"""Share of a unit by which a number may miss the half where it would be printed otherwise."""


@dataclass(frozen=True, slots=True)
class Compared:
    """A printed number beside ours.

    Attributes
    ----------
    cell : Cell
        The printed number.
    ours : float
        The same, computed; NaN where there is none.
    """

    cell: Cell
    ours: float

    @property
    def difference(self) -> float:
        """Ours less printed."""
        return self.ours - self.cell.printed.value

    @property
    def agrees_to(self) -> int:
        """Decimals to which both agree; -1 if not even the whole number does."""
        return agreed_decimals(self.ours, self.cell.printed)

    @property
    def agrees(self) -> bool:
        """Whether ours, printed with as many decimals, is the printed number."""
        return self.agrees_to == self.cell.printed.decimals


def agreed_decimals(ours: float, printed: Numeral) -> int:
    """Return the decimals to which a number agrees with a printed one, at most all.

    All of them agree if ours would be printed alike. A shorter number agrees if
    ours and the printed one, each known to half a unit of its last digit, may be
    the same.
    """
    if not np.isfinite(ours):
        return -1
    gap = abs(ours - printed.value)
    if gap <= printed.unit * (0.5 + ROUNDING):
        return printed.decimals
    for decimals in range(printed.decimals - 1, -1, -1):
        if gap <= 0.5 * 10.0**-decimals + 0.5 * printed.unit:
            return decimals
    return -1


def compared(
    fit: Fit, table: PrintedTable, readings: Mapping[str, str] | None = None
) -> list[Compared]:
    """Put the numbers of a fit beside printed ones.

    Parameters
    ----------
    fit : Fit
        Whose numbers are ours.
    table : PrintedTable
        The printed numbers.
    readings : mapping of str to str, optional
        For some quantities, which of their readings is meant; else the first.

    Returns
    -------
    list of Compared

    Raises
    ------
    DataError
        If a label names nothing of the fit.
    """
    chosen = readings or {}
    ours = {}
    for name in table.quantities:
        kind = quantity(name)
        reading = kind.reading(chosen[name]) if name in chosen else kind.readings[0]
        ours[name] = reading.values(fit)
    for cell in table.cells:
        check_label(cell, ours[cell.quantity])
    return [Compared(cell, ours[cell.quantity][cell.label]) for cell in table.cells]


def check_label(cell: Cell, known: Iterable[str]) -> None:
    """Refuse a printed number of something that the model does not have."""
    names = list(known)
    if cell.label not in names:
        raise DataError(
            f"The printed table has {cell.quantity} of {cell.label!r}, which the model does not. "
            f"It has {', '.join(names[:5])} ..." + did_you_mean(cell.label, names)
        )


def agreement_frame(entries: Iterable[Compared]) -> pd.DataFrame:
    """Return one row per number, printed and ours."""
    rows = [
        {
            "quantity": entry.cell.quantity,
            "label": entry.cell.label,
            "printed": entry.cell.printed.text,
            "ours": entry.ours,
            "difference": entry.difference,
            "decimals": entry.cell.printed.decimals,
            "agrees_to": entry.agrees_to,
            "agrees": entry.agrees,
        }
        for entry in entries
    ]
    return pd.DataFrame(rows)

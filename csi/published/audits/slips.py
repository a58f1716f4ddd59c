"""Slips of the pen: why a printed number may differ from the number meant."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from csi.published.numerals import Numeral, printed_as


def slip(printed: Numeral, ours: float, others: Mapping[str, float]) -> str:
    """Say which simple slip turns our number into the printed one; empty if none does.

    Parameters
    ----------
    printed : Numeral
        What stands in print.
    ours : float
        The number it should be.
    others : mapping of str to float
        Our other numbers of the same quantity, by label.
    """
    if not np.isfinite(ours):
        return ""
    told = next(_slips(printed, ours, others), "")
    return f"{told}: {printed_as(ours, printed.decimals)}" if told else ""


def _slips(printed: Numeral, ours: float, others: Mapping[str, float]) -> Iterator[str]:
    """Yield every slip that would do, the smallest first."""
    found = _digits(printed_as(printed.value, printed.decimals))
    wanted = _digits(printed_as(ours, printed.decimals))
    sign = "" if printed.value * ours >= 0 else "the sign"
    if found == wanted:
        yield "the sign"
    if abs(printed.value - ours) <= 1.5 * printed.unit:
        yield "the last digit"
    if abs(printed.value + ours) <= 1.5 * printed.unit:
        yield "the sign and the last digit"
    several = printed.digits > 1  # any one-digit number is a slip of any other
    if several and len(found) == len(wanted):
        for wrong in _wrong_digits(found, wanted):
            yield f"{sign} and {wrong}" if sign else wrong
    for shift in (10.0**places for places in (-2, -1, 1, 2)):
        if several and abs(printed.value * shift - ours) <= 0.5 * printed.unit * max(shift, 1.0):
            yield "the decimal point"
    for label, value in others.items():
        if printed_as(value, printed.decimals) == printed_as(printed.value, printed.decimals):
            yield f"the number of {label}"


def _wrong_digits(found: str, wanted: str) -> Iterator[str]:
    wrong = [i for i, (a, b) in enumerate(zip(found, wanted, strict=True)) if a != b]
    if len(wrong) == 1:
        yield "one digit"
    if len(wrong) == 2 and wrong[1] - wrong[0] == 1:
        i = wrong[0]
        if found[i : i + 2] == wanted[i : i + 2][::-1]:
            yield "two digits exchanged"


def _digits(text: str) -> str:
    return text.replace("-", "").replace(".", "")

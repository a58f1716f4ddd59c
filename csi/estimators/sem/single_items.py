"""Reliabilities that are assumed of single items, and the error variances they leave."""

from __future__ import annotations

from collections.abc import Mapping

from csi.core.moments import Moments
from csi.declared import check_item_names, check_number
from csi.errors import OptionError, did_you_mean, listing
from csi.spec import Model


def checked_reliability(given: object) -> float | Mapping[str, float]:
    """Return a reliability of all single items, or of some constructs by name.

    Raises
    ------
    OptionError
        If one of them is no number above 0 and up to 1.
    """
    if not isinstance(given, Mapping):
        return _share("reliability", given)
    check_item_names("reliability", given)
    return {name: _share(f"reliability of {name!r}", value) for name, value in given.items()}


def _share(what: str, value: object) -> float:
    found = check_number(what, value, "0.8", 0, 1)
    if found == 0:
        raise OptionError(f"{what} is {value!r}: nothing would be left of the item. Give e.g. 0.8.")
    return found


def error_variances(
    model: Model, moments: Moments | None, reliability: float | Mapping[str, float]
) -> dict[str, float]:
    """Return the error variances of single items by item.

    Raises
    ------
    OptionError
        If constructs are named that are not in the model or have several items, or if
        the moments are not known.
    """
    if reliability == 1:
        return {}
    if moments is None:
        raise OptionError("reliability needs the moments of the whole sample.")
    items = {c.name: c.indicators[0] for c in model.constructs if c.kind == "single"}
    shares = reliability if isinstance(reliability, Mapping) else dict.fromkeys(items, reliability)
    _check_single(shares, items, model)
    n = moments.n
    found = {}
    for name, item in items.items():
        at = moments.columns.index(item)
        variance = float(moments.cov[at, at]) * (n - 1) / n
        found[item] = (1 - shares.get(name, 1.0)) * variance
    return found


def _check_single(shares: Mapping[str, float], items: Mapping[str, str], model: Model) -> None:
    """Refuse reliabilities of what is no single item."""
    for name in shares:
        if name in items:
            continue
        if name in model.names:
            raise OptionError(
                f"reliability names {name}, which has several items, so that its reliability is "
                "estimated. Name constructs of one item"
                + (f": {listing(items)}." if items else "; the model has none.")
            )
        raise OptionError(
            f"reliability names {name!r}, which is no construct of the model. Constructs of one "
            f"item: {listing(items) or 'none'}.{did_you_mean(name, list(items))}"
        )

"""Which items are ordered, whether their answers are categories, and what is doubtful in them."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np

from csi.core.moments import Moments
from csi.core.sem.ordinal import OrdinalMoments
from csi.core.types import Array, Mask
from csi.errors import (
    ArgumentTypeError,
    CsiWarning,
    DataError,
    DataQualityWarning,
    InadmissibleWarning,
    Issue,
    ModelError,
    OptionError,
    RowsRequiredError,
    did_you_mean,
    listing,
)
from csi.estimators.sem.solution import Choices
from csi.estimators.sem.table import is_observed
from csi.spec import Model

MOST_CATEGORIES = 20
"""Categories above which answers are numbers rather than ordered categories."""

TESTS = ("standard", "satorra.bentler", "mean.var.adjusted", "scaled.shifted")


def checked_ordered(given: object) -> bool | tuple[str, ...]:
    """Return which items are said to be ordered.

    Raises
    ------
    ArgumentTypeError
        If these are no names, nor True or False.
    """
    if isinstance(given, bool | np.bool_):
        return bool(given)
    names = (given,) if isinstance(given, str) else given
    if not isinstance(names, Sequence) or not all(isinstance(name, str) for name in names):
        raise ArgumentTypeError(
            f"ordered is {given!r}. Name items, such as ['SATIS', 'LOYAL'], or give True for all."
        )
    return tuple(dict.fromkeys(names))


def check_options(method: str, kind: str, choices: Choices, auxiliary: Sequence[str]) -> None:
    """Refuse settings that ordered items cannot be fitted with.

    Raises
    ------
    OptionError
        Naming the setting.
    """
    if kind in ("ml", "gls"):
        raise OptionError(
            f"{method} takes answers as numbers, so it has no use for ordered=. Choose 'WLSMV' "
            "(or 'ULSMV', 'WLSM', 'DWLS', 'ULS', 'WLS'), or leave out ordered."
        )
    if choices.errors not in ("standard", "robust.sem"):
        raise OptionError(
            f"errors={choices.errors!r} belong to a likelihood, which ordered items do not have "
            "here. Choose 'robust.sem' or 'standard'."
        )
    if choices.test not in TESTS:
        raise OptionError(
            f"test={choices.test!r} is not for ordered items. Choose one of {', '.join(TESTS)}."
        )
    if auxiliary:
        raise OptionError("auxiliary variables do not help ordered items here. Leave them out.")


def ordered_items(model: Model, ordered: bool | Sequence[str]) -> tuple[str, ...]:
    """Return the items that are ordered.

    Parameters
    ----------
    model : Model
        The model.
    ordered : bool or sequence of str
        All items but observed causes, none, or these.

    Raises
    ------
    OptionError
        If names are no items of the model.
    ModelError
        If observed causes are named, whose distribution the model says nothing of.
    """
    if not ordered:
        return ()
    targets = {path.target for path in model.paths}
    causes = {
        item
        for construct in model.constructs
        if construct.kind == "composite" or is_observed(construct)
        for item in construct.indicators
        if construct.kind == "composite" or construct.name not in targets
    }
    if ordered is True:
        return tuple(item for item in model.indicators if item not in causes)
    assert not isinstance(ordered, bool)
    unknown = [name for name in ordered if name not in model.indicators]
    if unknown:
        raise OptionError(
            f"ordered names {listing(unknown)}, which the model does not hold. Name items of the "
            f"model, such as {listing(model.indicators, 3)}."
            + did_you_mean(unknown[0], model.indicators)
        )
    named = [name for name in ordered if name in causes]
    if named:
        raise ModelError(
            f"{listing(named)}: ordered, but an observed cause, or an item of a composite. Of "
            "causes no distribution is modelled: leave them out of ordered, which takes their "
            "codes as numbers, or make them items of a reflective construct."
        )
    return tuple(item for item in model.indicators if item in ordered)


def category_counts(moments: Moments, ordered: Collection[str]) -> tuple[tuple[str, int], ...]:
    """Return the thresholds of each ordered item, in the order of the items.

    Raises
    ------
    RowsRequiredError
        If there are moments only.
    DataError
        If answers are no categories: not whole, or of more than 20 kinds.
    """
    if moments.rows is None:
        raise RowsRequiredError(
            "Thresholds and polychoric correlations need the respondents, but there are moments "
            "only. Fit the survey, or leave out ordered."
        )
    found = {name: _codes(moments, name) for name in moments.columns if name in ordered}
    issues = [issue for name, codes in found.items() for issue in _problems(name, codes)]
    if issues:
        raise DataError(issues)
    return tuple((name, len(codes) - 1) for name, codes in found.items())


def check_complete(moments: Moments) -> None:
    """Refuse missing answers.

    Raises
    ------
    OptionError
        Saying what to do about them.
    """
    if moments.rows is not None and np.isnan(moments.rows).any():
        raise OptionError(
            "Respondents left out answers, and ordered items have no likelihood of what others "
            "answered. Leave incomplete respondents out: csi.survey(..., missing='listwise')."
        )


def check_same_categories(samples: Sequence[Moments], ordered: Collection[str]) -> None:
    """Refuse groups that chose different categories of an item.

    Raises
    ------
    DataError
        Naming the item and the categories.
    """
    for name in ordered:
        codes = [_codes(moments, name) for moments in samples]
        every = np.unique(np.concatenate(codes))
        for group, own in enumerate(codes):
            lost = np.setdiff1d(every, own)
            if len(lost):
                raise DataError(
                    f"Of {name} nobody in group {group + 1} chose {_shown(lost)}, as others did, "
                    "so that groups have different thresholds. Put categories together in all "
                    "groups, or leave the item out of ordered."
                )


def _codes(moments: Moments, name: str) -> Array:
    """Return the categories of an item that somebody chose."""
    assert moments.rows is not None
    column = moments.rows[:, moments.columns.index(name)]
    if moments.weights is not None:
        column = column[moments.weights > 0]
    return np.unique(column[~np.isnan(column)])


def _shown(codes: Array) -> str:
    return listing(f"{code:g}" for code in codes)


def _problems(name: str, codes: Array) -> list[Issue]:
    if len(codes) > MOST_CATEGORIES:
        return [
            Issue(
                "categories",
                name,
                (),
                f"{name} has {len(codes)} different answers, but ordered items can have "
                f"{MOST_CATEGORIES} categories at most. Leave it out of ordered, or take answers "
                "as numbers: errors and tests of csi.CBSEM('MLR') do not rest on normal data.",
            )
        ]
    broken = codes[codes != np.round(codes)]
    if len(broken):
        return [
            Issue(
                "not-whole",
                name,
                (),
                f"{name} is ordered, but holds {_shown(broken)}. "
                "Categories are whole numbers: recode the answers, drop missing ones instead of "
                "filling in means, or leave the item out of ordered.",
            )
        ]
    if len(codes) < 2:
        text = f"{name} is ordered, but all its answers are the same. Leave the item out."
        return [Issue("constant", name, (), text)]
    return []


def doubts(moments: OrdinalMoments, names: Sequence[str]) -> list[tuple[type[CsiWarning], str]]:
    """Say what about the ordered answers of a group deserves a second look.

    Parameters
    ----------
    moments : OrdinalMoments
        Thresholds and correlations.
    names : sequence of p str
        Names of the items.
    """
    return [
        *((InadmissibleWarning, text) for text in _at_bound(moments, names)),
        *((DataQualityWarning, text) for text in _never_chosen(moments, names)),
        *((DataQualityWarning, text) for text in _half_respondents(moments, names)),
    ]


def _at_bound(moments: OrdinalMoments, names: Sequence[str]) -> list[str]:
    bound = _pairs(np.triu(moments.at_bound, 1), names)
    if not bound:
        return []
    return [
        f"The polychoric correlation of {listing(bound)} is 1 or -1: the answers to one all but "
        "tell those to the other. Drop one of them, or put rare categories together."
    ]


def _never_chosen(moments: OrdinalMoments, names: Sequence[str]) -> list[str]:
    skipped = [
        f"{_shown(codes)} of {name}"
        for name, codes in zip(names, moments.collapsed, strict=True)
        if len(codes)
    ]
    if not skipped:
        return []
    return [f"Nobody chose {listing(skipped)}. These categories are left out."]


def _half_respondents(moments: OrdinalMoments, names: Sequence[str]) -> list[str]:
    binary = np.array([len(codes) == 2 for codes in moments.categories])
    both = np.triu(np.outer(binary, binary) & (moments.empty_cells > 0), 1)
    if not both.any():
        return []
    return [
        f"Of the four pairs of answers to {listing(_pairs(both, names))} one was never given; half "
        "a respondent was put there, without which the correlation is 1 or -1."
    ]


def _pairs(mask: Mask, names: Sequence[str]) -> list[str]:
    return [f"{names[i]} with {names[j]}" for i, j in np.argwhere(mask).tolist()]

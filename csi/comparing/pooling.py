"""Groups side by side: whether they are alike and independent, and one fit of all respondents."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from itertools import chain
from typing import Any

import numpy as np
import pandas as pd

from csi.answers import Answers, filled
from csi.errors import (
    ArgumentTypeError,
    DataError,
    DataQualityWarning,
    OptionError,
    listing,
    warn,
)
from csi.fitting import fit_class
from csi.groups import Fits
from csi.resampling.engine import Engine
from csi.results import Fit
from csi.spec import Construct


@dataclass(frozen=True, slots=True)
class Check:
    """Something two fits must have in common.

    Attributes
    ----------
    what : str
        What it is.
    first, second : tuple of str
        What each fit has.
    """

    what: str
    first: tuple[str, ...]
    second: tuple[str, ...]

    @property
    def same(self) -> bool:
        """Whether both fits have the same."""
        return self.first == self.second

    @property
    def apart(self) -> tuple[str, str]:
        """What one of the fits has and the other has not."""
        return _only(self.first, self.second), _only(self.second, self.first)


def checks(a: Fit, b: Fit) -> list[Check]:
    """Return what two fits must have in common for their numbers to mean the same."""
    first, second = _facts(a), _facts(b)
    return [Check(what, first[what], second[what]) for what in first]


def check_alike(fits: Mapping[Any, Fit]) -> None:
    """Refuse fits that cannot be compared.

    Raises
    ------
    RowsRequiredError
        If a fit holds no respondents.
    OptionError
        If a model, items, coding or settings differ.
    """
    (name, first), *others = fits.items()
    Engine.of(first)
    for other, fit in others:
        Engine.of(fit)
        apart = [check for check in checks(first, fit) if not check.same]
        if apart:
            what = "; ".join(
                f"{check.what} ({name}: {check.apart[0]}; {other}: {check.apart[1]})"
                for check in apart
            )
            raise OptionError(
                f"{name} and {other} were not fitted alike. They differ in {what}. Fit one model "
                "to all groups in the same way, such as csi.fit_by(model, data, by='group')."
            )


def as_groups(a: object, b: object, names: object) -> Fits:
    """Return the fits to compare by the name of their group.

    Raises
    ------
    ArgumentTypeError
        If they are neither two fits nor the fits of groups.
    DataError
        If there is one group only.
    OptionError
        If names do not tell the groups apart.
    """
    if isinstance(a, Fits):
        if b is not None or names is not None:
            raise OptionError(
                "The fits of groups hold all groups and their names. Leave out b and names, or "
                "give two of the fits: fits['A'], fits['B']."
            )
        if len(a) < 2:
            raise DataError(f"There is one group only: {listing(a)}. Give two to compare.")
        return a
    if not isinstance(a, Fit) or not isinstance(b, Fit):
        raise ArgumentTypeError(
            f"Two fits are needed; found {type(a).__name__} and {type(b).__name__}. Give "
            "fits['A'], fits['B'], or the result of csi.fit_by(model, data, by='group')."
        )
    if a is b:
        raise OptionError("Both fits are the same one. Give the fits of two groups.")
    first, second = _names(a, b) if names is None else _checked_names(names)
    return Fits("group", {first: a, second: b}, pd.DataFrame(columns=["group", "n", "reason"]))


def warn_of_shared_clusters(fits: Mapping[Any, Fit]) -> None:
    """Warn where groups of one survey have respondents in the same clusters.

    Clusters of different surveys are different, as far as anybody can tell.
    """
    found = Counter(chain.from_iterable(map(_clusters, fits.values())))
    shared = sum(groups > 1 for groups in found.values())
    if shared:
        warn(
            f"{shared} of {len(found)} clusters hold respondents of several groups, but groups "
            "count as independent samples. Where respondents of a cluster are alike, errors of "
            "differences between groups are too large, and those of means over groups too small.",
            DataQualityWarning,
        )


def _clusters(fit: Fit) -> set[tuple[int, ...]]:
    """Return the clusters of a fit, each with its survey and stratum."""
    answers = fit.data
    if answers is None or answers.sampling is None or answers.sampling.clusters is None:
        return set()
    clusters, strata = answers.sampling.clusters, answers.sampling.strata
    at = np.zeros_like(clusters) if strata is None else strata
    pairs = np.unique(np.column_stack([at, clusters]), axis=0)
    survey = id(answers.flags)  # of all respondents read, so that its groups have the same
    return {(survey, *map(int, pair)) for pair in pairs}


def pool(fits: Sequence[Fit]) -> Fit:
    """Fit the model to the respondents of all groups together.

    The sampling design is left out: the pooled fit serves as a reference, not
    for its standard errors.
    """
    first = fits[0]
    answers = together(fits)
    moments = answers.moments()
    estimates = first.estimator.estimate(first.model, moments)
    return fit_class(estimates).of_answers(
        first.model, first.estimator, estimates, answers, moments, first.index_weights
    )


def together(fits: Sequence[Fit]) -> Answers:
    """Return the answers of all groups, the first group first, without a sampling design."""
    parts = [fit.data for fit in fits if fit.data is not None]
    weights = [part.weights for part in parts if part.weights is not None]
    beside = [part.beside_rows for part in parts if part.beside_rows is not None]
    answers = replace(
        parts[0],
        rows=np.concatenate([part.given for part in parts]),
        positions=np.concatenate([part.positions for part in parts]),
        weights=np.concatenate(weights) if weights else None,
        holes=None,
        sampling=None,
        beside_rows=None if not beside else np.concatenate(beside),
    )
    return filled(answers, []) if answers.missing == "mean" else answers


def _facts(fit: Fit) -> dict[str, tuple[str, ...]]:
    answers, estimator = fit.data, fit.estimator
    assert answers is not None
    settings: tuple[Any, ...] = fields(estimator) if is_dataclass(estimator) else ()
    weighted = answers.weights is not None
    return {
        "constructs and items": tuple(map(_construct, fit.model.constructs)),
        "paths": tuple(map(str, fit.model.paths)),
        "scale ends": tuple(
            f"{item} {low:g}-{high:g}"
            for item, (low, high) in zip(fit.model.indicators, fit.scale, strict=True)
        ),
        "reversed items": tuple(column for step, column, *_ in fit.steps if step == "reversed"),
        "missing answers": (answers.missing,),
        "survey weights": (answers.weight_type if weighted else "none",),
        "estimator": (
            type(estimator).__name__,
            *(f"{setting.name}={getattr(estimator, setting.name)!r}" for setting in settings),
        ),
        "index weights": (fit.index_weights,),
    }


def _construct(construct: Construct) -> str:
    return f"{construct.name} ({construct.kind}): {', '.join(construct.indicators)}"


def _only(these: tuple[str, ...], those: tuple[str, ...]) -> str:
    own = [each for each in these if each not in those]
    if own or these == those:
        return listing(own)
    return listing(these) + ", in this order" if set(these) == set(those) else "none"


def _names(a: Fit, b: Fit) -> tuple[str, str]:
    """Name two fits as `csi.fit_by` named their groups, if it did."""
    found = [
        next((remark for step, _, _, remark in fit.steps if step == "respondents of the group"), "")
        for fit in (a, b)
    ]
    apart = all(found) and found[0] != found[1]
    return (found[0], found[1]) if apart else ("a", "b")


def _checked_names(names: object) -> tuple[str, str]:
    listed = list(names) if isinstance(names, list | tuple) else []
    if len(listed) != 2 or not all(isinstance(name, str) for name in listed):
        raise OptionError(f"names is {names!r}. Name both groups, such as ('women', 'men').")
    if listed[0] == listed[1]:
        raise OptionError(f"Both groups are called {listed[0]!r}. Give them different names.")
    return listed[0], listed[1]

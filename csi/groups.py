"""The same model fitted to every firm, industry or wave."""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

import narwhals as nw
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from csi.answers import Answers, complete
from csi.columns import numbered
from csi.core.index import Convention
from csi.data import SurveyData, as_survey
from csi.declared import check_choice
from csi.display import html_table
from csi.errors import (
    ArgumentTypeError,
    CsiError,
    DataError,
    DataQualityWarning,
    EstimationError,
    Issue,
    OptionError,
    did_you_mean,
    listing,
    warn,
)
from csi.estimators.base import Estimator
from csi.estimators.pls import PLS
from csi.fitting import check_fit_options, fit_class, read_answers, warn_about
from csi.results import Fit, Table, as_count
from csi.spec import Model

MOST_GROUPS = 50_000
"""Groups beyond which a column looks like respondent numbers."""

NO_GROUP = "(no group)"
"""The group of respondents without one."""


@dataclass(frozen=True, eq=False, repr=False)
class Fits(Mapping[Any, Fit]):
    """Fits of one model by group.

    Attributes
    ----------
    by : str
        The column that made the groups.
    fits : mapping of group to Fit
        In the order of the groups' names.
    skipped : DataFrame
        Groups that were not estimated: group, n, reason.
    """

    by: str
    fits: Mapping[Any, Fit]
    skipped: pd.DataFrame

    def __getitem__(self, group: Any) -> Fit:
        """Return the fit of a group, or say which groups there are."""
        if group in self:
            return self.fits[group]
        skipped = self.skipped[[known == group for known in self.skipped["group"]]]
        if len(skipped):
            raise OptionError(
                f"{self.by} {group} was not estimated: {skipped['reason'].iloc[0]}. Use one of the "
                f"groups that were: {listing(map(repr, self.fits), 20)}."
            )
        raise OptionError(
            f"There is no fit of {self.by} {group!r}. Groups: {listing(map(repr, self.fits), 20)}."
            + did_you_mean(str(group), [str(known) for known in self.fits])
        )

    def __iter__(self) -> Iterator[Any]:
        return iter(self.fits)

    def __len__(self) -> int:
        return len(self.fits)

    def __contains__(self, group: object) -> bool:
        try:
            return group in self.fits
        except TypeError:  # lists name no group
            return False

    def get(self, group: Any, default: Any = None) -> Any:
        """Return the fit of a group, or the default where there is none."""
        return self.fits[group] if group in self else default

    @Table
    def indices(self) -> pd.DataFrame:
        """Indices of all groups: group, construct, index, se, n.

        Missing for groups whose estimates allow none, such as negative variances.
        """
        return self._stacked(_indices)

    @Table
    def paths(self) -> pd.DataFrame:
        """Direct effects of all groups: group, source, target, estimate, ..."""
        return self._stacked(lambda fit: fit.paths)

    @Table
    def r2(self) -> pd.DataFrame:
        """Explained variance of all groups: group, construct, r2, r2_adjusted."""
        return self._stacked(lambda fit: fit.r2)

    @Table
    def impacts(self) -> pd.DataFrame:
        """Impacts of all groups: group, source, target, impact."""
        return self._stacked(lambda fit: fit.impacts)

    def _stacked(self, table: Callable[[Fit], pd.DataFrame]) -> pd.DataFrame:
        parts = []
        for group, fit in self.fits.items():
            part = table(fit).reset_index(drop=True)
            part.insert(0, "group", [group] * len(part))
            parts.append(part)
        return pd.concat(parts, ignore_index=True)

    def __repr__(self) -> str:
        skipped = f", {len(self.skipped)} skipped" if len(self.skipped) else ""
        groups = "1 group" if len(self.fits) == 1 else f"{len(self.fits)} groups"
        return f"<Fits of {groups} by {self.by}{skipped}>"

    def _repr_html_(self) -> str:
        table = pd.DataFrame({g: _indices(fit)["index"] for g, fit in self.fits.items()})
        return html_table(table.rename_axis("construct"), digits=1, caption=f"Indices by {self.by}")


def _indices(fit: Fit) -> pd.DataFrame:
    """Return the indices of a fit, missing where there are none to be had."""
    try:
        return fit.indices
    except EstimationError:
        names = list(fit.model.names)
        blank = {"construct": names, "index": np.nan, "se": np.nan, "n": as_count(fit.n)}
        return pd.DataFrame(blank, index=names)


def fit_by(
    model: Model,
    data: object,
    by: str,
    estimator: Estimator | None = None,
    *,
    index_weights: Convention = "unstandardized",
    min_n: int = 30,
    missing_group: Literal["drop", "own group"] = "drop",
    on_bad_group: Literal["raise", "skip"] = "raise",
) -> Fits:
    """Fit a model to every group of respondents.

    Outer weights are estimated anew in each group; all groups are iterated in
    one pass.

    Parameters
    ----------
    model : Model
        The model.
    data : SurveyData or dataframe
        The survey.
    by : str
        Column that names the group of each respondent. Groups are sorted by
        name, numbers in names by their value; ordered categories keep their order.
    estimator : Estimator, optional
        `csi.PLS` with path weighting by default.
    index_weights : {"unstandardized", "standardized", "equal"}
        How items are weighted into the 0-100 indices.
    min_n : int
        Complete respondents below which a group is listed, not estimated.
    missing_group : {"drop", "own group"}
        What to do with respondents without a group.
    on_bad_group : {"raise", "skip"}
        Whether a group that cannot be estimated (a constant item, say) is an
        error or is listed in ``skipped``.

    Returns
    -------
    Fits
        A mapping from groups to fits, with tables over all groups.

    Raises
    ------
    DataError
        If a group cannot be estimated; names the group and the item.
    OptionError
        If the column looks like respondent numbers.

    Examples
    --------
    >>> import csi
    >>> fits = csi.fit_by(csi.models.acsi(), csi.demo_survey(), by="firm")
    >>> fits.indices.columns.tolist()
    ['group', 'construct', 'index', 'se', 'n']
    """
    chosen = check_fit_options(model, estimator, index_weights)
    _check_group_options(min_n, missing_group, on_bad_group)
    kept: dict[Any, Answers] = {}
    skipped: list[tuple[Any, int, str]] = []
    for group, members in split(model, data, by, chosen, missing_group):
        size = _complete_rows(members)
        if size < min_n:
            skipped.append((group, size, f"too small (n={size}, at least {min_n})"))
            continue
        try:
            kept[group] = complete(members, group=f"{by} {group}", quiet=True)
        except DataError as problem:
            if on_bad_group == "raise":
                raise DataError([*problem.issues[:-1], _avoidable(problem.issues[-1])]) from None
            skipped.append((group, size, str(problem)))
    fits = _estimated(model, chosen, kept, index_weights, by, on_bad_group, skipped)
    if not fits:
        raise DataError(
            f"No group of {by} can be estimated: "
            f"{listing(f'{group} ({why})' for group, _, why in skipped)}."
        )
    for group, fit in fits.items():
        warn_about(fit, f"{by} {group}")
    return Fits(by, fits, pd.DataFrame(skipped, columns=["group", "n", "reason"]))


def split(
    model: Model,
    data: object,
    by: str,
    estimator: Estimator,
    missing_group: Literal["drop", "own group"] = "drop",
) -> Iterator[tuple[Any, Answers]]:
    """Yield every group in order and the answers of its respondents, as they were given.

    Raises
    ------
    DataError
        If the column makes no groups.
    OptionError
        If it looks like respondent numbers.
    """
    table = as_survey(data)
    groups, codes = _grouped(table, by, model, missing_group)
    decoded = read_answers(table, model, estimator)
    order = np.argsort(codes, kind="stable")
    ends = np.searchsorted(codes[order], np.arange(len(groups) + 1))
    for group, start, end in zip(groups, ends, ends[1:], strict=False):
        yield group, decoded.take(order[start:end])


def _avoidable(issue: Issue) -> Issue:
    """Add to a problem of a group that one can go on without the group."""
    told = f"{issue.text} Or go on without such groups: on_bad_group='skip'."
    return replace(issue, text=told, alike=None)


def _check_group_options(min_n: object, missing_group: object, on_bad_group: object) -> None:
    if isinstance(min_n, bool) or not isinstance(min_n, int | np.integer):
        raise OptionError(f"min_n is {min_n!r}. Give a whole number of respondents, such as 30.")
    check_choice("missing_group", missing_group, ("drop", "own group"))
    check_choice("on_bad_group", on_bad_group, ("raise", "skip"))


def _estimated(
    model: Model,
    estimator: Estimator,
    kept: Mapping[Any, Answers],
    index_weights: Convention,
    by: str,
    on_bad_group: str,
    skipped: list[tuple[Any, int, str]],
) -> dict[Any, Fit]:
    samples = {group: answers.moments() for group, answers in kept.items()}
    if isinstance(estimator, PLS) and samples:
        try:
            found = estimator.estimate_all(model, list(samples.values()))
            return {
                group: Fit.of_answers(
                    model, estimator, estimates, kept[group], moments, index_weights
                )
                for (group, moments), estimates in zip(samples.items(), found, strict=True)
            }
        except CsiError:
            pass  # find out below which group it was
    fits = {}
    for group, moments in samples.items():
        try:
            estimates = estimator.estimate(model, moments)
        except CsiError as problem:
            if on_bad_group == "raise":
                raise type(problem)(f"{by} {group}: {problem}") from None
            skipped.append((group, int(moments.n), str(problem)))
            continue
        fits[group] = fit_class(estimates).of_answers(
            model, estimator, estimates, kept[group], moments, index_weights
        )
    return fits


def _grouped(
    data: SurveyData, by: str, model: Model, missing_group: str
) -> tuple[list[Any], NDArray[np.intp]]:
    """Return the groups in order and the number of each respondent's group, -1 without one."""
    if not isinstance(by, str):
        raise ArgumentTypeError(f"by is {by!r}. Name the column that makes the groups.")
    if by in model.indicators:
        raise DataError(
            f"Column {by!r} is an item of the model and cannot make groups. Name another column."
        )
    column = data.column(by)
    codes, groups = numbered(column, by, "groups")
    missing = int((codes < 0).sum())
    if not groups:
        raise DataError(
            f"Column {by!r} names no group: all {missing} cells are missing. Name the column that "
            "holds firms, industries or waves."
        )
    if missing and missing_group == "own group":
        groups, codes = _with_the_rest(groups, codes)
    elif missing:
        warn(
            f"{missing} respondents have no {by} and are left out. Give "
            "missing_group='own group' to keep them together.",
            DataQualityWarning,
        )
    number = len(groups)
    if number > MOST_GROUPS or (number > 100 and number > len(codes) / 2):
        raise OptionError(
            f"{by} has {number} different values in {len(codes)} rows: groups look like ids. Name "
            "the column that holds firms, industries or waves."
        )
    ordered = _ordered(groups)
    if nw.is_ordered_categorical(column):  # months, say, whose order is not that of their names
        declared = [group for group in _categories(column) if group in groups]
        ordered = [*declared, *(group for group in ordered if group not in declared)]
    place = {group: i for i, group in enumerate(ordered)}
    new = np.array([*(place[group] for group in groups), -1])
    return ordered, new[codes]


def _categories(column: nw.Series[Any]) -> list[Any]:
    """Return the categories of a column in their order, as pandas, Polars and PyArrow give them."""
    native = column.to_native()
    if hasattr(native, "unify_dictionaries"):
        chunks = native.unify_dictionaries().chunks
        return chunks[0].dictionary.to_pylist() if chunks else []
    in_pandas = hasattr(getattr(native, "cat", None), "categories")
    return list((native.cat if in_pandas else native.dtype).categories)


def _with_the_rest(
    groups: list[Hashable], codes: NDArray[np.intp]
) -> tuple[list[Hashable], NDArray[np.intp]]:
    """Put respondents without a group into one of their own."""
    if NO_GROUP not in groups:
        groups = [*groups, NO_GROUP]
    return groups, np.where(codes < 0, groups.index(NO_GROUP), codes)


def _complete_rows(answers: Answers) -> int:
    """Count the respondents a group can be estimated from."""
    holes = np.isnan(answers.rows)
    incomplete = holes.any(axis=1) if answers.missing == "listwise" else holes.all(axis=1)
    if answers.weights is None or answers.weight_type == "sampling":
        return int((~incomplete).sum())
    return int(answers.weights[~incomplete].sum())


def _ordered(groups: list[Hashable]) -> list[Any]:
    """Sort groups; numbers within names count as numbers, so that 2023-2 is before 2023-10."""
    if all(isinstance(group, str) for group in groups):
        return sorted(groups, key=_natural)
    try:
        return sorted(groups)
    except (TypeError, OverflowError):
        return sorted(groups, key=str)


def _natural(name: str) -> tuple[list[Any], str]:
    """Return what to sort a name by: its text as text, its digits by their value."""
    parts = re.split(r"([0-9]+)", name)
    digits = [(len(part.lstrip("0")), part.lstrip("0")) for part in parts[1::2]]
    parts[1::2] = digits
    return parts, name

"""Surveys: a dataframe with everything that was declared about it.

``survey`` checks what can be checked without a model; the answers themselves
are read and checked when a model names its items (``csi.answers``), so that a
file may hold as many other columns as it likes.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import narwhals as nw
import numpy as np
from numpy.typing import NDArray

from csi.codebook import Codebook
from csi.columns import Parse, is_missing, numbered, read_column
from csi.core.design import Design
from csi.core.types import Array
from csi.declared import (
    Missing,
    Scale,
    check_choice,
    check_flags,
    check_missing,
    check_roles,
    code_options,
    codebook_option,
    label_options,
    reversed_items,
    scale_options,
)
from csi.errors import (
    Alike,
    ArgumentTypeError,
    DataError,
    DataQualityWarning,
    Issue,
    OptionError,
    did_you_mean,
    listing,
    warn,
    with_suggestion,
)
from csi.files import read_file
from csi.frames import eager
from csi.weighting import WeightType, checked_weights

if TYPE_CHECKING:
    import pandas as pd


T = TypeVar("T")

MOST_NAMES_COMPARED = 1000
"""Column names among which a misspelt one is looked for."""

USUAL_MISSING_CODES = frozenset({-99, -98, -97, -9, -8, -7, -1, 88, 96, 97, 98, 99, 998, 999})
"""Numbers that survey houses give to "don't know" and "refused"."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """What was declared about the answers of a survey.

    Attributes
    ----------
    scale : (float, float) or None
        Ends of the items that have no scale of their own.
    scales : mapping of str to (float, float)
        Ends of single items.
    missing_codes : tuple of float
        Codes of every item.
    item_codes : mapping of str to tuple of float
        Codes of single items, instead of those of every item.
    missing : {"listwise", "pairwise", "mean", "fiml"}
        What to do about missing answers.
    reverse : frozenset of str
        Items scored the other way round.
    labels : mapping of str to float
        Numbers behind text answers; cells that are plain numbers need none.
    parse : {"leading_number"} or None
        Whether to read the number a text answer begins with.
    allow_out_of_range : bool
        Whether suspicious codes without a declared scale are answers.
    weight_type : {"sampling", "frequency"}
        What the weights mean.
    """

    scale: Scale | None = None
    scales: Mapping[str, Scale] = field(default_factory=dict)
    missing_codes: tuple[float, ...] = ()
    item_codes: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    missing: Missing = "listwise"
    reverse: frozenset[str] = frozenset()
    labels: Mapping[str, float] = field(default_factory=dict)
    parse: Parse | None = None
    allow_out_of_range: bool = False
    weight_type: WeightType = "sampling"


@dataclass(frozen=True, eq=False)
class SurveyData:
    """Respondents, what was declared about their answers, and what was noticed.

    Attributes
    ----------
    frame : narwhals DataFrame
        The columns with usable names, untouched.
    recipe : Recipe
        What was declared.
    codebook : Codebook or None
        Wording, scales and codes of the columns.
    weights, seconds : (n,) arrays or None
        Weight and interview duration of each respondent.
    sampling : Design or None
        Clusters and strata of the respondents.
    reserved : mapping of str to str
        Columns that have a role (weights, clusters, ...) and cannot be items.
    ambiguous : frozenset of str
        Column names that occur more than once.
    notes : tuple of (str, str, float, str)
        Steps taken so far: step, column, count, remark.
    """

    frame: nw.DataFrame[Any]
    recipe: Recipe
    codebook: Codebook | None = None
    weights: Array | None = None
    seconds: Array | None = None
    reserved: Mapping[str, str] = field(default_factory=dict)
    ambiguous: frozenset[str] = frozenset()
    notes: tuple[tuple[str, str, float, str], ...] = ()
    sampling: Design | None = None

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns."""
        return tuple(self.frame.columns)

    @cached_property
    def _known(self) -> frozenset[str]:
        return frozenset(self.columns)

    def __contains__(self, name: object) -> bool:
        """Return whether there is a column of this name."""
        return isinstance(name, str) and name in self._known

    @property
    def n_rows(self) -> int:
        """Respondents read."""
        return len(self.frame)

    @cached_property
    def audit(self) -> pd.DataFrame:
        """Everything noticed and done on reading: step, column, count, remark.

        A fit has its own, longer audit: the answers of a model's items are
        recoded, checked and completed when the model names them.
        """
        return audit_table(self.notes)

    def take(self, rows: NDArray[np.integer[Any]] | Sequence[int]) -> SurveyData:
        """Return some respondents with everything that was declared.

        Parameters
        ----------
        rows : sequence of int
            Positions, counted from 0; repeats are allowed.

        Returns
        -------
        SurveyData
        """
        at = _positions(rows, self.n_rows)
        return replace(
            self,
            frame=self.frame[at.tolist()],
            weights=None if self.weights is None else self.weights[at],
            seconds=None if self.seconds is None else self.seconds[at],
            sampling=None if self.sampling is None else self.sampling.take(at),
            notes=(*self.notes, ("respondents taken", "", len(at), "")),
        )

    def with_missing(self, missing: Missing) -> SurveyData:
        """Return the survey with another policy for missing answers."""
        check_missing(missing)
        return replace(self, recipe=replace(self.recipe, missing=missing))

    def column(self, name: str) -> nw.Series[Any]:
        """Return a column, or say which ones there are."""
        if not isinstance(name, str):
            raise ArgumentTypeError(f"{name!r} is no column name. Names are text.")
        if name in self.ambiguous:
            raise DataError(f"Column {name!r} occurs more than once. Rename or drop the others.")
        if name not in self:
            near = did_you_mean(name, self.columns[:MOST_NAMES_COMPARED])
            held = listing(self.columns) or "none"
            raise DataError(f"There is no column {name!r}.{near or f' Columns: {held}.'}")
        return self.frame.get_column(name)

    def __repr__(self) -> str:
        weighted = ", weighted" if self.weights is not None else ""
        return (
            f"<SurveyData {self.n_rows} respondents, {len(self.columns)} columns, "
            f"{self.recipe.missing}{weighted}>"
        )


def survey(
    frame: object,
    *,
    scale: Scale | Mapping[str, Scale] | None = None,
    missing_codes: Iterable[float] | Mapping[str, Iterable[float]] = (),
    missing: Missing = "listwise",
    weights: str | Sequence[float] | Array | None = None,
    weight_type: WeightType = "sampling",
    clusters: str | None = None,
    strata: str | None = None,
    reverse: Iterable[str] = (),
    labels: Mapping[str, float] | None = None,
    parse: Parse | None = None,
    codebook: Codebook | str | os.PathLike[str] | None = None,
    ids: str | None = None,
    unique_ids: bool = False,
    duration: str | None = None,
    clean_names: bool = False,
    allow_out_of_range: bool = False,
) -> SurveyData:
    """Declare what a dataframe of survey answers means.

    Parameters
    ----------
    frame : dataframe
        One row per respondent: pandas, Polars, PyArrow or any other eager
        dataframe that narwhals knows.
    scale : (float, float) or mapping of str to (float, float), optional
        Lowest and highest answer, of all items or of single ones. Items whose
        model states another scale (a 0/1 complaint item) keep it.
    missing_codes : iterable of float or mapping, optional
        Answers that mean "don't know" or "refused", of all items or of single ones.
    missing : {"listwise", "pairwise", "mean", "fiml"}
        Drop incomplete respondents, use all pairs of answers, fill in means, or keep
        every respondent with what was answered for the likelihood of `csi.CBSEM`
        (full-information maximum likelihood).
    weights : str or (n,) array, optional
        Column or values of the survey weights.
    weight_type : {"sampling", "frequency"}
        Only proportions matter, or each row stands for so many respondents.
    clusters, strata : str, optional
        Columns of the sampling design: the primary sampling unit and the
        stratum of each respondent. Standard errors of indices use them.
    reverse : iterable of str
        Items scored the other way round; they are turned by their scale ends.
    labels : mapping of str to float, optional
        Numbers behind text answers; cells that are plain numbers need none.
    parse : {"leading_number"}, optional
        Read ``"7 - Very satisfied"`` as 7.
    codebook : Codebook or path, optional
        Wording, scales and codes of the columns.
    ids : str, optional
        Column that names the respondents; repeats are warned about.
    unique_ids : bool
        Make repeated ids an error.
    duration : str, optional
        Column with the seconds each interview took; speeders are flagged.
    clean_names : bool
        Strip blanks and normalise Unicode in column names.
    allow_out_of_range : bool
        Take codes such as 98 and 99 as answers where no scale is declared.

    Returns
    -------
    SurveyData

    Raises
    ------
    DataError
        Lists every problem found, in ``issues``.
    OptionError
        If an argument has no meaning here.

    Examples
    --------
    >>> import csi, pandas as pd
    >>> frame = pd.DataFrame({"S1": [7, 8, 99], "S2": [6, 9, 10]})
    >>> csi.survey(frame, scale=(1, 10), missing_codes=[99])
    <SurveyData 3 respondents, 2 columns, listwise>
    """
    check_missing(missing)
    check_choice("weight_type", weight_type, ("sampling", "frequency"))
    check_choice("parse", parse, (None, "leading_number"))
    check_flags(
        unique_ids=unique_ids, clean_names=clean_names, allow_out_of_range=allow_out_of_range
    )
    roles = {"clusters": clusters, "strata": strata, "ids": ids, "duration": duration}
    check_roles(roles)
    table, ambiguous = eager(frame, clean_names)
    book = codebook_option(codebook)
    recipe = Recipe(
        **scale_options(scale), **code_options(missing_codes), missing=missing,
        reverse=reversed_items(reverse), labels=label_options(labels), parse=parse,
        allow_out_of_range=allow_out_of_range, weight_type=weight_type,
    )  # fmt: skip
    bare = SurveyData(table, recipe, book, ambiguous=ambiguous)
    if issues := _shape_issues(bare):
        raise DataError(issues)
    roles["weights"] = weights if isinstance(weights, str) else None
    absent = {role: name for role, name in roles.items() if name is not None and name not in bare}
    issues = [
        *_declared_issues(bare),
        *(_absent(bare, name, f"{role}=") for role, name in absent.items()),
    ]
    names = set(absent.values())
    weighed = _tried(issues, names, _weights, bare, weights)
    seconds = _tried(issues, names, _number_column, bare, duration)
    sampling = _tried(issues, names, _sampling, bare, clusters, strata)
    noted = _tried(issues, names, _id_notes, bare, ids, unique_ids)
    if issues:
        raise DataError(issues)
    return replace(
        bare,
        weights=weighed,
        seconds=seconds,
        reserved={name: role for role, name in roles.items() if name is not None},
        notes=(("respondents read", "", bare.n_rows, ""), *(noted or ())),
        sampling=sampling,
    )


def as_survey(data: object) -> SurveyData:
    """Return a survey as it is, and a dataframe as a survey without declarations."""
    return data if isinstance(data, SurveyData) else survey(data)


def audit_table(steps: Sequence[tuple[str, str, float, str]]) -> pd.DataFrame:
    """Return what was done as a table: step, column, count (whole numbers), remark."""
    import pandas as pd  # noqa: PLC0415 - tables only

    table = pd.DataFrame(list(steps), columns=["step", "column", "count", "remark"])
    return table.astype({"count": "Int64"})


def read_survey(
    path: str | os.PathLike[str],
    *,
    sheet: str | int | None = None,
    sep: str | None = None,
    decimal: str | None = None,
    encoding: str | None = None,
    header: int | None = None,
    **declared: Any,
) -> SurveyData:
    r"""Read a survey file and declare what it means.

    Parameters
    ----------
    path : str or path
        CSV, TSV, Excel, SPSS, Stata, Parquet or Feather file; the extra header
        rows of Qualtrics, SurveyMonkey and LimeSurvey exports are recognised.
    sheet : str or int, optional
        Sheet of an Excel file; the first one by default.
    sep, decimal, encoding : str, optional
        Of a text file; found out by default.
    header : int, optional
        Row that holds the column names, counted from 1; title rows above it
        are found out by default.
    **declared
        Everything `survey` takes: ``scale``, ``missing_codes``, ``weights`` ...

    Returns
    -------
    SurveyData
        With the codebook of the file where it has one.

    Raises
    ------
    FileFormatError
        If the file is missing or of another kind than it says.
    DataError
        If its content cannot be used.

    Examples
    --------
    >>> import csi, pathlib, tempfile
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "phones.csv"
    >>> _ = path.write_text("S1;S2\n7;8\n9;10\n", encoding="utf-8")
    >>> csi.read_survey(path, scale=(1, 10)).columns
    ('S1', 'S2')
    """
    if not isinstance(path, str | os.PathLike):
        raise ArgumentTypeError(
            f"The path of a survey file is a {type(path).__name__}. Give text or a pathlib.Path; "
            "tables go to csi.survey() as they are."
        )
    file = read_file(
        Path(path), sheet=sheet, sep=sep, decimal=decimal, encoding=encoding, header=header
    )
    declared.setdefault("codebook", file.codebook)
    data = survey(file.frame, **declared)
    notes = tuple(("file", "", np.nan, note) for note in file.notes)
    return replace(data, notes=notes + data.notes)


def _positions(rows: object, n_rows: int) -> NDArray[np.intp]:
    try:
        given = np.asarray(rows)
    except (TypeError, ValueError):
        given = np.array("")
    if given.ndim != 1 or (given.size and given.dtype.kind not in "iu"):
        raise ArgumentTypeError(
            "rows must be whole numbers, the positions of respondents counted from 0. For a mask "
            "of truth values use numpy.flatnonzero(mask)."
        )
    if given.size and (given.min() < 0 or given.max() >= n_rows):
        raise OptionError(
            f"Rows {given.min()} to {given.max()} are asked for, but there are {n_rows}. Count "
            "from 0."
        )
    return given.astype(np.intp)


def _shape_issues(data: SurveyData) -> list[Issue]:
    if data.n_rows == 0:
        text = f"The data have no rows, only {len(data.columns)} columns. Check how they were read."
        return [Issue("no-rows", None, (), text)]
    return []


def _declared_issues(data: SurveyData) -> list[Issue]:
    recipe = data.recipe
    declared = {"scale=": recipe.scales, "missing_codes=": recipe.item_codes}
    return [
        _absent(data, name, where)
        for where, names in [*declared.items(), ("reverse=", recipe.reverse)]
        for name in sorted(names)
        if name not in data and name not in data.ambiguous
    ]


def _absent(data: SurveyData, name: str, where: str) -> Issue:
    near = did_you_mean(name, data.columns[:MOST_NAMES_COMPARED])
    held = listing(data.columns) or "none"
    text = f"{where} names {name!r}, which is no column.{near or f' Columns: {held}.'}"
    alike = Alike(
        with_suggestion(repr(name), near), f"names in {where} are no column", f"Columns: {held}."
    )
    return Issue("missing-column", name, (), text, alike)


def _tried(
    issues: list[Issue],
    absent: set[str],
    read: Callable[..., T],
    data: SurveyData,
    *given: object,
) -> T | None:
    """Return what is read, or note why it cannot be, so that all problems are told at once."""
    if all(each is None for each in given):
        return None
    if any(isinstance(each, str) and each in absent for each in given):
        return None
    try:
        return read(data, *given)
    except DataError as problem:
        issues.extend(problem.issues)
        return None


def _weights(data: SurveyData, given: str | Sequence[float] | Array) -> Array:
    name = given if isinstance(given, str) else "weights="
    values = _number_column(data, given) if isinstance(given, str) else given
    return checked_weights(values, data.n_rows, data.recipe.weight_type, name)


def _number_column(data: SurveyData, name: str) -> Array:
    read = read_column(data.column(name), name, {}, None)
    if isinstance(read, Issue):
        raise DataError([read])
    return read


def _sampling(data: SurveyData, clusters: str | None, strata: str | None) -> Design | None:
    if clusters is None and strata is None:
        return None
    units, _ = (None, []) if clusters is None else _units(data, clusters, "clusters")
    regions, names = (None, []) if strata is None else _units(data, strata, "strata")
    return Design(units, regions, tuple(map(str, names)))


def _units(data: SurveyData, name: str, role: str) -> tuple[NDArray[np.intp], list[Hashable]]:
    codes, names = numbered(data.column(name), name, role)
    missing = np.flatnonzero(codes < 0)
    if len(missing):
        raise DataError(
            f"{len(missing)} {role} in {name} are missing (rows {listing(missing)}). Give every "
            "respondent one, or leave these respondents out."
        )
    return codes, names


def _id_notes(data: SurveyData, ids: str | None, unique: bool) -> list[tuple[str, str, float, str]]:
    if ids is None:
        return []
    cells = [cell for cell in data.column(ids).to_list() if not is_missing(cell)]
    if not all(isinstance(cell, Hashable) for cell in cells):
        raise DataError(
            f"Column {ids!r} holds lists or tables, which cannot name respondents. Give text or "
            "numbers."
        )
    times = Counter(cells)
    repeated = sum(number for number in times.values() if number > 1)
    if not repeated:
        return []
    shown = listing(cell for cell, number in times.items() if number > 1)
    text = f"{repeated} rows share their respondent id in {ids} with others: {shown}."
    if unique:
        raise DataError(f"{text} Keep one row for each, or leave out unique_ids=True.")
    warn(f"{text} They are kept; drop repeats if they are the same interviews.", DataQualityWarning)
    return [("flagged: repeated ids", ids, repeated, f"{shown}; the first of each counted as well")]

"""Fits of covariance structures as they are stored: tables instead of the search behind them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Any, Literal, NoReturn, get_args

import numpy as np
import pandas as pd

from csi import covariance_tests as tests
from csi import errors
from csi.admissibility import Finding
from csi.core.checks import check_level
from csi.covariance_fit import CovarianceFit, estimate_columns
from csi.covariance_tables import Residuals
from csi.declared import check_choice
from csi.errors import CsiError, CsiWarning, OptionError, RowsRequiredError
from csi.estimators.sem.numbers import Label, Numbers
from csi.estimators.sem.stored import StoredEstimates, StoredNumbers
from csi.parameters import OPERATOR_ORDER
from csi.results import Table

_KINDS = get_args(Residuals)
_PATHS = ("source", "target", "estimate", "expected_sign", "as_expected")
_BY_ITEM = ("implied_cov", *(f"residuals_{kind}" for kind in _KINDS))
_LABELLED = {
    "fit_measures": "measure", "residual_summary": "measure", "reliability": "construct",
    "item_r2": "indicator", "implied_mean": "indicator",
    **dict.fromkeys((f"residual_means_{kind}" for kind in _KINDS), "indicator"),
}  # fmt: skip
"""Tables whose rows are labelled by one of their columns."""
_PARAMETERS = ("left", "operator", "right", "label", "free", "estimate", "se", "std_lv", "std_all")
_STANDARDIZED = ("left", "operator", "right", "label", "free", "estimate", "se")
_TEXTS = {"left", "operator", "right", "label", "measure", "construct", "indicator", "decision"}
_TEXTS |= {"source", "target", "expected_sign"}
_NEEDED: Mapping[str, tuple[str, ...]] = {
    "paths": _PATHS, "parameters": _PARAMETERS, "standardized_all": _STANDARDIZED,
    "standardized_lv": _STANDARDIZED,
    "fit_measures": ("measure", "value"), "reliability": ("construct",),
    "item_r2": ("indicator", "r2"), "implied_mean": ("indicator", "mean"),
    "residual_summary": ("measure",),
    "modification_indices": ("left", "operator", "right", "mi", "p", "epc", "sepc_all"),
    **dict.fromkeys((f"residual_means_{kind}" for kind in _KINDS), ("indicator", "residual")),
}  # fmt: skip
"""Columns without which a table is damaged."""


@dataclass(frozen=True, eq=False, repr=False)
class StoredCovarianceFit(CovarianceFit):
    """A covariance structure read back from a file: its tables, without the search behind them.

    Attributes
    ----------
    tables : mapping of str to DataFrame
        What was stored.
    lacking : mapping of str to str
        Why other tables were not.
    said : tuple of (kind of warning, str)
        What about the fit was inadmissible or doubtful.
    refused : tuple of str
        Constructs without an index.
    """

    tables: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    lacking: Mapping[str, str] = field(default_factory=dict)
    said: tuple[Finding, ...] = ()
    refused: tuple[str, ...] = ()

    @property
    def solution(self) -> NoReturn:
        """Refused: a file holds tables, not what they were computed from."""
        raise RowsRequiredError(
            "This is computed from the fit itself, but this one was read from a file, which holds "
            "its tables only. Fit the survey again."
        )

    def parameter_table(self, level: float = 0.95) -> pd.DataFrame:
        """Return the parameters with intervals of another level; see `CovarianceFit`."""
        check_level(level)
        return _with_limits(self._kept("parameters"), level)

    def standardized(self, kind: Literal["all", "lv"] = "all", level: float = 0.95) -> pd.DataFrame:
        """Return the standardised solution with standard errors; see `CovarianceFit`."""
        check_choice("kind", kind, ("all", "lv"))
        check_level(level)
        return _with_limits(self._kept(f"standardized_{kind}"), level)

    @Table
    def paths(self) -> pd.DataFrame:
        """Direct effects: source, target, estimate, expected_sign, as_expected."""
        return self._kept("paths")

    @Table
    def fit_measures(self) -> pd.DataFrame:
        """Measures of overall fit under lavaan's names: measure, value."""
        return self._kept("fit_measures")

    @Table
    def reliability(self) -> pd.DataFrame:
        """Reliability of the sum of the items of each construct, by the model."""
        return self._kept("reliability")

    @Table
    def construct_cov(self) -> pd.DataFrame:
        """Covariances of the constructs that the model implies."""
        return self._kept("construct_cov")

    @Table
    def item_r2(self) -> pd.DataFrame:
        """Share of the variance of each item that constructs explain: indicator, r2."""
        return self._kept("item_r2")

    @Table
    def implied_cov(self) -> pd.DataFrame:
        """Covariances of the items that the model implies."""
        return self._kept("implied_cov")

    @Table
    def implied_mean(self) -> pd.DataFrame:
        """Means of the items that the model implies: indicator, mean."""
        return self._kept("implied_mean")

    @Table
    def residual_summary(self) -> pd.DataFrame:
        """RMR, SRMR and CRMR with standard errors and tests."""
        return self._kept("residual_summary")

    @cached_property
    def vcov(self) -> pd.DataFrame:
        """Covariance matrix of the estimates, labelled by parameter."""
        return self._kept("vcov")

    def residuals(self, kind: Residuals = "raw") -> pd.DataFrame:
        """Return what the model leaves of the covariances; see `CovarianceFit`."""
        check_choice("kind", kind, _KINDS)
        return self._kept(f"residuals_{kind}")

    def residual_means(self, kind: Residuals = "raw") -> pd.DataFrame:
        """Return what the model leaves of the means; see `CovarianceFit`."""
        check_choice("kind", kind, _KINDS)
        return self._kept(f"residual_means_{kind}")

    def modification_indices(
        self,
        minimum: float = 0.0,
        operators: Sequence[str] = tests.OPERATORS,
        *,
        delta: float = 0.1,
        level: float = 0.95,
        high_power: float = 0.75,
    ) -> pd.DataFrame:
        """Return what freeing each fixed parameter would gain; see `CovarianceFit`.

        Raises
        ------
        RowsRequiredError
            If decisions by other limits are asked for.
        """
        for operator in operators:
            check_choice("operators", operator, tests.OPERATORS)
        if (delta, level, high_power) != (0.1, 0.95, 0.75):
            return self.solution
        table = self._kept("modification_indices")
        kept = (table["mi"] >= minimum) & table["operator"].isin(operators)
        return table[kept].reset_index(drop=True)

    @cached_property
    def findings(self) -> tuple[Finding, ...]:
        """What about the fit is inadmissible or doubtful: kind of warning, sentence."""
        return self.said

    @cached_property
    def without_index(self) -> list[str]:
        """Constructs without an index: a variance behind theirs is negative."""
        return list(self.refused)

    def _structure_tables(self) -> tuple[tuple[str, pd.DataFrame], ...]:
        if "fit_measures" in self.tables:
            return super()._structure_tables()
        return (("Parameters", self.parameters),)

    def _kept(self, name: str) -> pd.DataFrame:
        if name not in self.tables:
            raise OptionError(self.lacking.get(name, f"The file holds no table {name!r}."))
        return self.tables[name].copy()


def _with_limits(table: pd.DataFrame, level: float) -> pd.DataFrame:
    estimate, se = table["estimate"].to_numpy(), table["se"].to_numpy()
    return table.assign(**estimate_columns(estimate, se, level))


def structure_to_plain(fit: CovarianceFit) -> dict[str, Any]:
    """Return what a covariance structure has beyond other fits, not yet as JSON knows it."""
    tables, lacking = {}, {}
    for name, compute in _computed(fit).items():
        try:
            table = compute()
        except (CsiError, np.linalg.LinAlgError) as problem:
            lacking[name] = str(problem)
        else:
            tables[name] = table.to_dict("list")
    numbers = _numbers(fit)
    return {
        "tables": tables,
        "lacking": lacking,
        "findings": [[kind.__name__, text] for kind, text in fit.findings],
        "without_index": fit.without_index,
        "numbers": {"labels": numbers.labels, "values": numbers.own},
    }


def _computed(fit: CovarianceFit) -> dict[str, Callable[[], pd.DataFrame]]:
    return {
        "paths": lambda: fit.paths,
        "parameters": lambda: fit.parameters,
        "standardized_all": fit.standardized,
        "standardized_lv": lambda: fit.standardized("lv"),
        "fit_measures": lambda: fit.fit_measures,
        "vcov": lambda: fit.vcov,
        "reliability": lambda: fit.reliability,
        "construct_cov": lambda: fit.construct_cov,
        "item_r2": lambda: fit.item_r2,
        "implied_cov": lambda: fit.implied_cov,
        "implied_mean": lambda: fit.implied_mean,
        "residual_summary": lambda: fit.residual_summary,
        "modification_indices": fit.modification_indices,
        **{f"residuals_{kind}": partial(fit.residuals, kind) for kind in _KINDS},
        **{f"residual_means_{kind}": partial(fit.residual_means, kind) for kind in _KINDS},
    }


def _numbers(fit: CovarianceFit) -> Numbers | StoredNumbers:
    if isinstance(fit.estimates, StoredEstimates):
        assert fit.estimates.numbers is not None
        return fit.estimates.numbers
    return Numbers(fit.solution)


def numbers_from_plain(stored: Mapping[str, Any]) -> StoredNumbers:
    """Return the numbers that were stored, or raise ValueError if they are damaged."""
    given = stored["numbers"]
    labels = {name: [_label(each) for each in given["labels"][name]] for name in _FAMILIES}
    own = np.array(given["values"], dtype=np.float64)
    if own.shape != (sum(map(len, labels.values())),) or np.isinf(own).any():
        raise ValueError("the parameters are not as many as their names")
    return StoredNumbers(labels, own)


_FAMILIES = ("parameters", "standardized")


def _label(given: Sequence[Any]) -> Label:
    left, operator, right = given
    if not all(isinstance(word, str) for word in given):
        raise TypeError("a parameter is no text")
    return left, operator, right


def structure_from_plain(
    stored: Mapping[str, Any], items: Sequence[str], constructs: Sequence[str]
) -> dict[str, Any]:
    """Return the fields of a `StoredCovarianceFit`.

    Raises
    ------
    KeyError, TypeError or ValueError
        If they are damaged.
    """
    lacking = dict(stored["lacking"])
    lost = sorted(set(_known_tables()) - {*stored["tables"], *lacking})
    if lost:
        raise KeyError(f"table {lost[0]}")
    tables = {name: _table(name, given) for name, given in stored["tables"].items()}
    for name in {"parameters", *_BY_ITEM, "construct_cov"} & set(tables):
        _check_labels(name, tables[name], list(items), list(constructs))
    refused = tuple(stored["without_index"])
    known = set(_known_tables())
    words = [*lacking.values(), *refused]
    if not set(tables) <= known or not set(lacking) <= known or not set(refused) <= {*constructs}:
        raise ValueError("it holds unknown tables")
    if not all(isinstance(word, str) for word in words):
        raise TypeError("a reason is no text")
    said = tuple((_category(kind), _text(text)) for kind, text in stored["findings"])
    return {"tables": tables, "lacking": lacking, "said": said, "refused": refused}


def _known_tables() -> list[str]:
    return ["vcov", "construct_cov", *_BY_ITEM, *_NEEDED]


def _table(name: str, given: Mapping[str, Any]) -> pd.DataFrame:
    """Return a table with the kinds and the labels it had."""
    columns = {column: _column(column, values) for column, values in given.items()}
    missed = [column for column in _NEEDED.get(name, ()) if column not in columns]
    if missed:
        raise KeyError(f"table {name} without {missed[0]}")
    table = pd.DataFrame(columns)
    if name in _NEEDED:
        return table.set_axis(list(table[_LABELLED[name]])) if name in _LABELLED else table
    if table.shape != (len(columns), len(columns)):
        raise ValueError(f"table {name} is not square")
    return table.set_axis(list(columns), axis=0)


def _column(name: str, values: Sequence[Any]) -> Any:
    if not isinstance(values, list):
        raise TypeError(f"column {name} is no list")
    if name in _TEXTS:
        return [_text(value) for value in values]
    if name == "free":
        if not all(isinstance(value, bool) for value in values):
            raise TypeError("free is neither true nor false")
        return np.array(values, dtype=bool)
    if name == "as_expected":
        if not all(value is None or isinstance(value, bool) for value in values):
            raise TypeError("as_expected is neither true nor false")
        return pd.Series(values, dtype=object) if None in values else values
    if any(isinstance(value, bool | str) for value in values):
        raise TypeError(f"column {name} holds no numbers")
    numbers = np.array(values, dtype=np.float64)
    if np.isinf(numbers).any() or (name == "se" and (numbers < 0).any()):
        raise ValueError(f"column {name} holds impossible numbers")
    return numbers


def _check_labels(name: str, table: pd.DataFrame, items: list[str], names: list[str]) -> None:
    """Refuse tables of other items or constructs than those of the model."""
    if name == "parameters":
        unknown = set(table["operator"]) - {*OPERATOR_ORDER, ":="}
        if unknown or len(table) == 0:
            raise ValueError(f"{sorted(unknown)} are no parameters")
    known = names if name == "construct_cov" else items
    if name != "parameters" and list(table.columns)[: len(known)] != known:
        raise ValueError(f"table {name} is not about the model")


def _category(name: object) -> type[CsiWarning]:
    kind = getattr(errors, _text(name))
    if isinstance(kind, type) and issubclass(kind, CsiWarning):
        return kind
    raise ValueError(f"{name!r} is no kind of warning")


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{str(value)[:80]!r} is no text")
    value.encode()
    return value

"""Fits: estimates with names, and every table that can be read off them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, get_args, overload

import numpy as np
import pandas as pd

from csi.admissibility import Finding, findings
from csi.answers import Answers, decode
from csi.core.consistent import rho_a
from csi.core.index import Convention
from csi.core.moments import Moments
from csi.core.structural import total_effects
from csi.core.types import Array
from csi.data import as_survey, audit_table
from csi.declared import check_choice
from csi.display import Summary
from csi.errors import (
    DataError,
    RowsRequiredError,
    listing,
)
from csi.estimators.base import Convergence, Estimates, Estimator
from csi.estimators.pls import PLS
from csi.hundred import OnHundred, warn_of_negative
from csi.single_thread import on_one_thread
from csi.spec import Construct, Model


class Table:
    """A table of a fit: computed once, handed out as a copy that may be changed.

    Parameters
    ----------
    compute : callable
        Makes the table of a fit.
    """

    def __init__(self, compute: Callable[[Any], pd.DataFrame]) -> None:
        self.compute = on_one_thread(compute)
        self.__doc__ = compute.__doc__

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = f"_{name}_table"

    @overload
    def __get__(self, fit: None, owner: type) -> Table: ...
    @overload
    def __get__(self, fit: object, owner: type) -> pd.DataFrame: ...
    def __get__(self, fit: object | None, owner: type) -> Table | pd.DataFrame:
        """Return a copy of the table, or the descriptor itself on the class."""
        if fit is None:
            return self
        if self.name not in fit.__dict__:
            fit.__dict__[self.name] = self.compute(fit)
        table: pd.DataFrame = fit.__dict__[self.name]
        return table.copy()


@dataclass(frozen=True, eq=False, repr=False)
class Fit:
    """A model fitted to a survey or to printed moments.

    Every table is a tidy DataFrame at full precision, labelled by what its
    rows are about, so that ``fit.indices.loc["Satisfaction", "index"]`` works
    as well as the column ``construct``.

    Attributes
    ----------
    model : Model
        What was believed.
    moments : Moments
        What was observed, in the order of ``model.indicators``.
    estimator : Estimator
        How it was estimated.
    estimates : Estimates
        The arrays behind the tables.
    data : Answers or None
        The respondents, their audit and flags; None for printed moments.
    scale : (p, 2) array
        Ends of the items; NaN where none were declared.
    index_weights : {"unstandardized", "standardized", "equal"}
        How items are weighted into the 0-100 indices.
    handling : mapping of str to str
        How missing answers and survey weights were handled, in words.
    steps : tuple of (str, str, float, str)
        What was done to the answers; the rows of ``audit``.
    """

    model: Model
    moments: Moments
    estimator: Estimator
    estimates: Estimates
    data: Answers | None
    scale: Array
    index_weights: Convention = "unstandardized"
    handling: Mapping[str, str] = field(default_factory=dict)
    steps: tuple[tuple[str, str, float, str], ...] = ()

    @classmethod
    def of_answers(
        cls,
        model: Model,
        estimator: Estimator,
        estimates: Estimates,
        answers: Answers,
        moments: Moments,
        index_weights: Convention,
    ) -> Fit:
        """Put a fit together with everything the answers say of themselves."""
        weighting = "none"
        if moments.weights is not None:
            weighting = f"{answers.weight_type} weights, effective n {moments.effective_n:.1f}"
        handling = {
            "missing answers": answers.missing,
            "survey weights": weighting,
            "sampling design": answers.design,
        }
        return cls(
            model, moments.select(model.indicators), estimator, estimates, answers, answers.scale,
            index_weights, handling, answers.steps,
        )  # fmt: skip

    @property
    def n(self) -> float:
        """Respondents used."""
        return self.moments.n

    @property
    def convergence(self) -> Convergence:
        """How the iteration ended: converged, iterations, change, how."""
        return self.estimates.convergence

    @Table
    def paths(self) -> pd.DataFrame:
        """Direct effects: source, target, estimate, expected_sign, as_expected."""
        at = [self._ends(path.source, path.target) for path in self.model.paths]
        table = pd.DataFrame(
            {
                "source": [path.source for path in self.model.paths],
                "target": [path.target for path in self.model.paths],
                "estimate": [self.estimates.paths[i, j] for i, j in at],
                "expected_sign": [path.expected_sign for path in self.model.paths],
            }
        )
        table["as_expected"] = [
            None if sign == "?" else bool(estimate > 0 if sign == "+" else estimate < 0)
            for estimate, sign in zip(table["estimate"], table["expected_sign"], strict=True)
        ]
        return table

    @Table
    def weights(self) -> pd.DataFrame:
        """Outer weights of the standardised items: construct, indicator, weight."""
        return self._by_block("weight", self.estimates.weights)

    @Table
    def loadings(self) -> pd.DataFrame:
        """Loadings of the items on their own construct: construct, indicator, loading."""
        return self._by_block("loading", self.estimates.loadings)

    @Table
    def cross_loadings(self) -> pd.DataFrame:
        """Correlations of every item (rows) with every construct (columns)."""
        return pd.DataFrame(
            self.estimates.loadings, index=list(self.model.indicators), columns=self._names
        )

    @Table
    def construct_corr(self) -> pd.DataFrame:
        """Correlations of the constructs."""
        return pd.DataFrame(self.estimates.construct_corr, index=self._names, columns=self._names)

    @Table
    def r2(self) -> pd.DataFrame:
        """Explained variance of the endogenous constructs: construct, r2, r2_adjusted."""
        predictors = self.model.design.sum(axis=0)
        at = np.flatnonzero(predictors)
        r2 = self.estimates.r2[at]
        with np.errstate(divide="ignore", invalid="ignore"):
            adjusted = 1 - (1 - r2) * (self.n - 1) / (self.n - 1 - predictors[at])
        names = [self._names[i] for i in at]
        return _table(names, construct=names, r2=r2, r2_adjusted=adjusted)

    @Table
    def effects(self) -> pd.DataFrame:
        """Effects along all routes: source, target, direct, indirect, total."""
        total = total_effects(self.estimates.paths)
        direct = self.estimates.paths
        routes = [(i, j) for j, i in np.argwhere(self.model.reachable.T)]
        return pd.DataFrame(
            {
                "source": [self._names[i] for i, _ in routes],
                "target": [self._names[j] for _, j in routes],
                "direct": [direct[i, j] for i, j in routes],
                "indirect": [total[i, j] - direct[i, j] for i, j in routes],
                "total": [total[i, j] for i, j in routes],
            }
        )

    @Table
    def reliability(self) -> pd.DataFrame:
        """Reliability of the composites: construct, rho_a, basis, corrected.

        rho_A (Dijkstra and Henseler 2015) is defined for reflective constructs
        that PLS weighted in Mode A; all others are taken as measured without
        error, as ``basis`` says. ``corrected`` says whether paths and loadings
        were corrected with it (PLSc).
        """
        estimator, constructs = self.estimator, self.model.constructs
        defined = np.zeros(len(constructs), dtype=bool)
        if isinstance(estimator, PLS):
            defined = estimator.has_rho_a(self.model)
        W = self.estimates.weights
        basis = [
            "estimated" if able else f"{_without_rho_a(construct)}, taken as 1"
            for construct, able in zip(constructs, defined, strict=True)
        ]
        return _table(
            self._names,
            construct=self._names,
            rho_a=rho_a(self.moments.corr @ W, W, defined),
            basis=basis,
            corrected=defined & (self.estimates.reliability != 1),
        )

    @Table
    def indices(self) -> pd.DataFrame:
        """0-100 indices: construct, index, se (weights held fixed), n.

        Raises
        ------
        OptionError
            If the moments hold no means or standard deviations.
        DataError
            If an item has no declared scale ends.
        """
        V = self._index_weights
        return _table(
            self._names,
            construct=self._names,
            index=self._hundred.indices(V),
            se=self._hundred.errors(V),
            n=np.full(len(self._names), as_count(self.n)),
        )

    @Table
    def index_weight_table(self) -> pd.DataFrame:
        """Weights of the items in their index, summing to one: construct, indicator, weight."""
        return self._by_block("weight", self._index_weights)

    def index(self, construct: str) -> float:
        """Return the 0-100 index of a construct.

        Parameters
        ----------
        construct : str
            Its name.

        Returns
        -------
        float
        """
        self.model.construct(construct)
        return float(self.indices.loc[construct, "index"])  # type: ignore[arg-type]

    def with_index_weights(self, convention: Convention) -> Fit:
        """Return the same fit with another index convention.

        Parameters
        ----------
        convention : {"unstandardized", "standardized", "equal"}
            Outer weights divided by the standard deviations of the items (the
            default, as in the ACSI formula), outer weights of the standardised
            items, or equal weights.

        Returns
        -------
        Fit
        """
        check_convention(convention)
        return replace(self, index_weights=convention)

    @Table
    def impacts(self) -> pd.DataFrame:
        """Points the target moves per point of the source, on 0-100: source, target, impact.

        Unstandardised total effects between the constructs as the outer
        weights build them, whatever the index convention.
        """
        moved = self._hundred.impacts(self.estimates)
        routes = self.effects[["source", "target"]]
        impact = [moved[self._ends(s, t)] for s, t in routes.itertuples(index=False)]
        return routes.assign(impact=impact)

    @Table
    def scores(self) -> pd.DataFrame:
        """Standardised scores, one row per respondent used.

        Missing where an item of the construct is missing (pairwise policy).
        """
        answers = self._rows()
        mean = (
            np.zeros(len(self.moments.columns)) if self.moments.mean is None else self.moments.mean
        )
        Z = (answers.rows - mean) / self.moments.sd
        return self._scored(Z, self.estimates.weights, answers)

    @Table
    def index_scores(self) -> pd.DataFrame:
        """Scores on 0-100, one row per respondent used; their mean is the index."""
        answers = self._rows()
        return self._scored(self._hundred.items(answers.rows), self._index_weights, answers)

    def score(self, data: object) -> pd.DataFrame:
        """Score other respondents on 0-100 with the weights of this fit.

        Parameters
        ----------
        data : SurveyData or dataframe
            Answers to the same items, coded in the same way.

        Returns
        -------
        DataFrame
            One row per complete respondent, labelled by position.

        Raises
        ------
        DataError
            If items are missing or coded on another scale.

        Examples
        --------
        >>> import csi
        >>> survey = csi.demo_survey()
        >>> fit = csi.fit(csi.models.acsi(), survey)
        >>> fit.score(survey.take(range(50))).columns[0]
        'Expectations'
        """
        decoded = self._coded_alike(data)
        kept = decoded.take(np.flatnonzero(~np.isnan(decoded.rows).any(axis=1)))
        return self._scored(self._hundred.items(kept.rows), self._index_weights, kept)

    def _coded_alike(self, data: object) -> Answers:
        """Return other answers to the same items, refused if they are coded otherwise."""
        decoded = decode(as_survey(data), self.model)
        ends = np.where(np.isnan(decoded.scale), self.scale, decoded.scale)
        other = ~np.isclose(ends, self.scale, equal_nan=True).all(axis=1)
        if other.any():
            names = [decoded.columns[i] for i in np.flatnonzero(other)]
            raise DataError(
                f"{listing(names)} have other scale ends than in the fit. Recode the new answers "
                "to the scale the weights were estimated on."
            )
        off = (decoded.rows < self.scale[:, 0]) | (decoded.rows > self.scale[:, 1])
        if off.any():
            names = [decoded.columns[i] for i in np.flatnonzero(off.any(axis=0))]
            raise DataError(
                f"{int(off.sum())} of the new answers lie outside the scale of the fit, in "
                f"{listing(names)}. Declare missing codes, or recode them to that scale."
            )
        turned, now = _reversed(self.steps), _reversed(decoded.steps)
        if turned != now:
            raise DataError(
                f"{listing(sorted(turned ^ now))} was reversed in the fit or in the new answers, "
                "but not in both. Declare the same reverse=[...] for both."
            )
        return decoded

    @Table
    def settings(self) -> pd.DataFrame:
        """Everything needed to repeat the fit: setting, value."""
        known = self._settings
        return pd.DataFrame({"setting": list(known), "value": list(known.values())})

    @cached_property
    def _settings(self) -> dict[str, str]:
        return {
            **self.estimates.settings,
            "convergence": self.convergence.how,
            "respondents used": f"{self.n:g}",
            **{name: value for name, value in self.handling.items() if name not in KEPT},
            "index weights": _CONVENTIONS[self.index_weights],
            FINGERPRINT: self.fingerprint,
        }

    @Table
    def audit(self) -> pd.DataFrame:
        """What was done to the answers: step, column, count, remark."""
        return audit_table(self.steps)

    @cached_property
    def findings(self) -> tuple[Finding, ...]:
        """What about the fit is inadmissible or doubtful: kind of warning, sentence."""
        return tuple(findings(self.model, self.moments, self.estimates))

    @property
    def problems(self) -> tuple[str, ...]:
        """What about the fit is inadmissible or doubtful, in sentences."""
        return tuple(text for _, text in self.findings)

    @cached_property
    def fingerprint(self) -> str:
        """Short hash of the data behind the fit; nothing of respondents can be read off it."""
        stored = self.handling.get(FINGERPRINT)
        if stored is not None:
            return stored
        digest = hashlib.sha256("\x1f".join(self.moments.columns).encode())
        moments = self.moments
        whole = [moments.rows, moments.weights]
        for array in whole if moments.rows is not None else [moments.mean, moments.cov]:
            if array is not None:
                digest.update(np.ascontiguousarray(array).tobytes())
        digest.update(repr(self.n).encode())
        return digest.hexdigest()[:16]

    @property
    def has_indices(self) -> bool:
        """Whether there are indices."""
        return self.on_scale

    @property
    def on_scale(self) -> bool:
        """Whether means, standard deviations and scale ends are there for indices."""
        known = self.moments.mean is not None and self.moments.units == "raw"
        return known and bool(np.isfinite(self.scale).all())

    def summary(self) -> Summary:
        """Return the fit as a summary that prints as text and shows itself in Jupyter."""
        facts = tuple(self._settings.items())
        tables = [("Paths", self.paths), ("Explained variance", self.r2)]
        if self.has_indices:
            tables.insert(0, ("Indices (0-100)", self.indices))
        measured = self.weights.assign(loading=self.loadings["loading"])
        tables.append(("Measurement", measured))
        return Summary(
            f"Model: {self.model.title}" if self.model.title else "Satisfaction model",
            facts,
            tuple((title, table.reset_index(drop=True)) for title, table in tables if len(table)),
            self.problems,
        )

    def __repr__(self) -> str:
        state = "converged" if self.convergence.converged else "NOT converged"
        return (
            f"<{type(self).__name__} {self.model.title or 'model'}: n={self.n:g}, "
            f"{len(self._names)} constructs, "
            f"{len(self.model.paths)} paths, {state}>"
        )

    def __str__(self) -> str:
        return str(self.summary())

    def _repr_html_(self) -> str:
        return self.summary().to_html()

    @cached_property
    def _names(self) -> list[str]:
        return list(self.model.names)

    def _ends(self, source: str, target: str) -> tuple[int, int]:
        return self._names.index(source), self._names.index(target)

    def _by_block(self, what: str, values: Array) -> pd.DataFrame:
        at = [(i, j) for j, i in np.argwhere(self.model.blocks.T)]
        indicators = [self.model.indicators[i] for i, _ in at]
        owners = [self._names[j] for _, j in at]
        numbers = [float(values[i, j]) for i, j in at]
        for name, part, number in self._higher_order(what, values):
            indicators, owners, numbers = [*indicators, part], [*owners, name], [*numbers, number]
        return _table(indicators, construct=owners, indicator=indicators, **{what: numbers})

    def _higher_order(self, what: str, values: Array) -> list[tuple[str, str, float]]:
        """Weights and loadings of constructs on their higher-order construct."""
        rows = []
        for construct in self.model.constructs:
            if not construct.higher_order:
                continue
            parts = [self._names.index(name) for name in construct.indicators]
            at = self._names.index(construct.name)
            numbers = self.estimates.construct_corr[parts, at]
            if what == "weight":
                solved = np.linalg.lstsq(values[:, parts], values[:, at], rcond=None)[0]
                numbers = np.asarray(solved, dtype=np.float64)
            rows += [
                (construct.name, name, float(number))
                for name, number in zip(construct.indicators, numbers, strict=True)
            ]
        return rows

    def _rows(self) -> Answers:
        if self.data is None:
            raise RowsRequiredError(
                "This needs the respondents, but the fit holds none: it was made from moments or "
                "read from a file. Fit the survey."
            )
        return self.data

    def _scored(self, Z: Array, V: Array, answers: Answers) -> pd.DataFrame:
        scores = np.column_stack(
            [Z[:, rows] @ V[rows, j] for j, rows in enumerate(self.model.composition.T)]
        )
        return pd.DataFrame(scores, index=answers.positions, columns=self._names)

    @cached_property
    def _hundred(self) -> OnHundred:
        return OnHundred.of(self.model, self.moments, self.scale)

    @cached_property
    def _index_weights(self) -> Array:
        V = self._hundred.weights(self.estimates, self.index_weights)
        warn_of_negative(self.model, V)
        return V


FINGERPRINT = "data fingerprint"
VERSIONS = "versions"
KEPT = (FINGERPRINT, VERSIONS)
"""What the handling of a fit read from a file holds besides: it says nothing of the answers."""

_CONVENTIONS = {
    "unstandardized": "unstandardised (outer weight / standard deviation), summing to one",
    "standardized": "standardised outer weights, summing to one",
    "equal": "equal",
}


def check_convention(convention: object) -> None:
    """Refuse unknown index conventions."""
    check_choice("index_weights", convention, get_args(Convention))


def _without_rho_a(construct: Construct) -> str:
    if construct.higher_order:
        return "higher order"
    return {"single": "single item", "composite": "composite"}.get(construct.kind, "not Mode A")


def _reversed(steps: tuple[tuple[str, str, float, str], ...]) -> set[str]:
    return {column for step, column, *_ in steps if step == "reversed"}


def as_count(n: float) -> float:
    """Return a number of respondents as a whole number, if it is one."""
    return int(n) if float(n).is_integer() else n


def _table(labels: list[str], **columns: Any) -> pd.DataFrame:
    return pd.DataFrame(columns, index=labels)

"""Measurement invariance of constructs, step by step: csi.CBSEM in several groups."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from csi.core.sem.scaled_tests import upper_tail
from csi.declared import check_choice
from csi.display import Summary
from csi.errors import EstimationError, OptionError, listing, warn
from csi.estimators.base import Estimator
from csi.estimators.cbsem import CBSEM
from csi.estimators.sem.score_tests import releases, restricted_pairs
from csi.fitting import check_fit_options
from csi.group_fits import MultigroupFit
from csi.nested import likelihood_ratio
from csi.results import Table
from csi.several_groups import Respondents, as_texts, fitting_together
from csi.spec import Model

STEPS: dict[str, tuple[str, ...]] = {
    "configural": (),
    "metric": ("loadings",),
    "scalar": ("loadings", "intercepts"),
    "strict": ("loadings", "intercepts", "residuals"),
    "means": ("loadings", "intercepts", "means"),
    "structural": ("loadings", "regressions"),
}
"""What each step holds equal over groups, besides what steps before it did."""

MEANS = ("scalar", "strict", "means")
"""Steps that need a mean structure."""

LARGE_SAMPLE = 300
"""Respondents up to which Chen's (2007) stricter limits apply."""

CHEUNG_RENSVOLD = 0.01
"""Fall of CFI from which Cheung and Rensvold (2002) reject a step."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Changes from which Chen (2007) rejects a step: CFI with RMSEA or SRMR.

    Attributes
    ----------
    cfi, rmsea, srmr : float
        Fall of CFI; rise of RMSEA and of SRMR.
    """

    cfi: float
    rmsea: float
    srmr: float


def chen_limits(step: str, n: float) -> Limits:
    """Return the limits of Chen (2007) for a step and all respondents together.

    Examples
    --------
    >>> chen_limits("metric", 1000)
    Limits(cfi=0.01, rmsea=0.015, srmr=0.03)
    """
    loadings = step == "metric"
    if n > LARGE_SAMPLE:
        return Limits(0.010, 0.015, 0.030 if loadings else 0.010)
    return Limits(0.005, 0.010, 0.025 if loadings else 0.005)


@dataclass(frozen=True, eq=False, repr=False)
class InvarianceSteps(Mapping[str, MultigroupFit]):
    """A model fitted to groups with more and more of it held equal.

    A mapping of steps to fits: ``steps["scalar"].latent_means``.

    Attributes
    ----------
    fits : mapping of str to MultigroupFit
        The fit of every step.
    """

    fits: Mapping[str, MultigroupFit]

    def __getitem__(self, step: str) -> MultigroupFit:
        """Return the fit of a step."""
        check_choice("step", step, tuple(self.fits))
        return self.fits[step]

    def __iter__(self) -> Iterator[str]:
        return iter(self.fits)

    def __len__(self) -> int:
        return len(self.fits)

    @Table
    def table(self) -> pd.DataFrame:
        """Fit of each step, and change from the step before.

        step, chisq, df, p, cfi, rmsea, srmr, bic; chisq_difference, df_difference,
        p_difference (`csi.likelihood_ratio`), delta_cfi, delta_rmsea, delta_srmr, and
        by these ``cheung_rensvold`` and ``chen``: ``"holds"`` or ``"does not hold"``.

        Chi-square is the scaled one and CFI and RMSEA the robust ones where the test
        is scaled; of ordered items the scaled ones. Cheung and Rensvold (2002) reject a
        step when CFI falls by more than 0.010. Chen (2007) does when CFI falls by 0.010
        or more and RMSEA rises by 0.015 or SRMR by 0.030 (loadings; otherwise 0.010) or
        more; of at most 300 respondents by 0.005, 0.010 and 0.025 (otherwise 0.005).
        """
        table = pd.DataFrame([_measures(step, fit) for step, fit in self.fits.items()])
        names = ["chisq_difference", "df_difference", "p_difference"]
        table[names] = self._differences
        for name in ("cfi", "rmsea", "srmr"):
            table[f"delta_{name}"] = table[name].diff()
        table["cheung_rensvold"] = [""] + [
            _word(change < -CHEUNG_RENSVOLD) for change in table["delta_cfi"][1:]
        ]
        table["chen"] = [""] + [
            _word(_rejected(row, chen_limits(str(row["step"]), self._n)))
            for _, row in table.iloc[1:].iterrows()
        ]
        return table.set_index("step", drop=False)

    @Table
    def worst(self) -> pd.DataFrame:
        """Equalities by what giving them up in all groups would gain, largest first.

        step, parameter, chisq, df, p: score tests (with robust errors generalised ones)
        of what each step holds equal and the step before did not. Name the first in
        ``partial`` if a step does not hold and theory allows it.
        """
        parts = []
        before: tuple[str, ...] = ()
        for step, fit in self.fits.items():
            added = set(fit.equal) - set(before)
            before = fit.equal
            parts += [{"step": step, **row} for row in _equalities(fit, added)]
        table = pd.DataFrame(parts, columns=["step", "parameter", "chisq", "df", "p"])
        order = {step: place for place, step in enumerate(self.fits)}
        return table.sort_values(
            ["step", "chisq"],
            key=lambda column: column.map(order) if column.name == "step" else -column,
            ignore_index=True,
            kind="stable",
        )

    @property
    def verdict(self) -> str:
        """How far the groups may be compared, in one sentence."""
        table = self.table
        held: list[str] = []
        for step in list(self.fits)[1:]:
            row = table.loc[step]
            if "does not hold" in (row["cheung_rensvold"], row["chen"]):
                before = f"Up to {held[-1]!r} all steps hold. " if held else ""
                return (
                    f"{before}The step {step!r} does not: CFI changes by {row['delta_cfi']:+.3f}, "
                    f"RMSEA by {row['delta_rmsea']:+.3f}, SRMR by {row['delta_srmr']:+.3f} (Cheung "
                    f"and Rensvold 2002: {row['cheung_rensvold']}; Chen 2007: {row['chen']})."
                )
            held.append(step)
        return f"All steps hold: {', '.join(self.fits)}."

    @property
    def groups(self) -> tuple[Any, ...]:
        """The groups in order."""
        return self._first.groups

    def summary(self) -> Summary:
        """Return the steps as a summary that prints as text and shows itself in Jupyter."""
        table = self.table.drop(columns=["srmr", "delta_srmr"])
        fit = list(table.columns[:7])
        changes = ["step", *table.columns[7:]]
        worst = self.worst.groupby("step", sort=False).head(3)
        known = self._first.settings.set_index("setting")["value"]
        facts = ("estimator", "test", "groups", "free all the same", "data fingerprint")
        last = list(self.fits.values())[-1]
        texts = {**known, "free all the same": ", ".join(last.partial) or "nothing"}
        equal = tuple((step, ", ".join(fit.equal) or "nothing") for step, fit in self.fits.items())
        return Summary(
            "Measurement invariance of constructs",
            (*((name, str(texts[name])) for name in facts), *equal),
            (
                ("Fit of each step", table[fit].reset_index(drop=True)),
                ("Change from the step before", table[changes].iloc[1:].reset_index(drop=True)),
                ("Equalities that cost most", worst.reset_index(drop=True)),
            ),
            (self.verdict, _CONSEQUENCES),
        )

    @cached_property
    def _differences(self) -> list[tuple[float, float, float]]:
        blank = (np.nan, np.nan, np.nan)
        rows = [blank]
        fits = list(self.fits.values())
        for before, after in pairwise(fits):
            if before.solution.df == after.solution.df:
                rows.append((0.0, 0.0, np.nan))
                continue
            found = likelihood_ratio(before, after).iloc[1]
            rows.append((found["difference"], found["df_difference"], found["p"]))
        return rows

    @property
    def _first(self) -> MultigroupFit:
        return next(iter(self.fits.values()))

    @property
    def _n(self) -> float:
        return self._first.n

    def __repr__(self) -> str:
        return f"<InvarianceSteps of {len(self.groups)} groups: {', '.join(self.fits)}>"

    def __str__(self) -> str:
        return str(self.summary())

    def _repr_html_(self) -> str:
        return self.summary().to_html()


_CONSEQUENCES = (
    "With equal loadings paths can be compared between groups; with equal intercepts as well, "
    "means of constructs and indices; equal error variances make differences of the items those "
    "of the constructs alone."
)


def invariance(
    model: Model,
    data: object,
    by: str,
    estimator: Estimator | None = None,
    *,
    steps: Sequence[str] = ("configural", "metric", "scalar", "strict"),
    partial: Sequence[str] | str = (),
    groups: Sequence[Any] | None = None,
) -> InvarianceSteps:
    """Test whether constructs are measured alike in several groups, step by step.

    For covariance structures (`csi.CBSEM`). Composites that PLS estimates are tested
    by `csi.measurement_invariance` (MICOM), which asks whether their weights agree.

    Parameters
    ----------
    model : Model
        The model.
    data : SurveyData or dataframe
        The survey.
    by : str
        Column that names the group of each respondent.
    estimator : CBSEM, optional
        ``csi.CBSEM(means=True)`` by default.
    steps : sequence of str
        ``"configural"`` (nothing is equal), ``"metric"`` (loadings), ``"scalar"``
        (intercepts as well), ``"strict"`` (error variances as well), ``"means"`` (means
        of constructs besides loadings and intercepts), ``"structural"`` (paths besides
        loadings). A step holds equal what the steps before it do.
    partial : sequence of str
        Parameters that are free in every step, such as ``"x3 ~1"`` (partial
        invariance, Byrne et al. 1989).
    groups : sequence, optional
        Which groups, and in which order; all of them by name if not given.

    Returns
    -------
    InvarianceSteps
        A mapping of steps to `csi.MultigroupFit`, with the tables ``table`` and
        ``worst`` and a ``verdict``.

    Raises
    ------
    OptionError
        If a step is unknown or needs means that the estimator leaves out.
    DataError, ModelError, EstimationError
        As `csi.multigroup`.

    References
    ----------
    Chen, F. F. (2007). Sensitivity of goodness of fit indexes to lack of measurement
    invariance. Structural Equation Modeling 14(3), 464-504.
    doi:10.1080/10705510701301834

    Cheung, G. W. and Rensvold, R. B. (2002). Evaluating goodness-of-fit indexes for
    testing measurement invariance. Structural Equation Modeling 9(2), 233-255.
    doi:10.1207/S15328007SEM0902_5

    Byrne, B. M., Shavelson, R. J. and Muthen, B. (1989). Testing for the equivalence of
    factor covariance and mean structures: the issue of partial measurement invariance.
    Psychological Bulletin 105(3), 456-466. doi:10.1037/0033-2909.105.3.456

    Examples
    --------
    >>> import csi
    >>> steps = csi.invariance(csi.models.acsi(), csi.demo_survey(), by="firm")
    >>> list(steps)
    ['configural', 'metric', 'scalar', 'strict']
    """
    default = CBSEM(means=True) if estimator is None else estimator
    chosen = fitting_together(check_fit_options(model, default, "unstandardized"))
    _check_steps(steps, chosen)
    freed = as_texts("partial", partial)
    respondents = Respondents.read(model, data, by, chosen, groups)
    fits: dict[str, MultigroupFit] = {}
    equal: tuple[str, ...] = ()
    for step in steps:
        equal = tuple(dict.fromkeys((*equal, *_held_equal(step, chosen))))
        try:
            fits[step] = respondents.fitted(chosen, equal, freed)
        except EstimationError as problem:
            raise EstimationError(f"Step {step!r}: {problem}") from None
        for kind, text in fits[step].findings:
            warn(f"{text} (step {step!r})", kind)
    return InvarianceSteps(fits)


def _held_equal(step: str, estimator: CBSEM) -> Iterator[str]:
    """Yield what a step holds equal; of ordered items thresholds as well as intercepts."""
    for word in STEPS[step]:
        yield word
        if word == "intercepts" and estimator.ordered:
            yield "thresholds"


def _check_steps(steps: object, estimator: CBSEM) -> None:
    if isinstance(steps, str) or not isinstance(steps, Sequence) or len(steps) < 2:
        raise OptionError(f"steps is {steps!r}. Give two steps or more of {', '.join(STEPS)}.")
    for step in steps:
        check_choice("step", step, tuple(STEPS))
    if len(set(steps)) < len(steps):
        raise OptionError(f"steps names a step twice: {listing(steps, 10)}. Name each once.")
    needing = [step for step in steps if step in MEANS]
    if needing and not (estimator.means or estimator.ordered):
        raise OptionError(
            f"The step {needing[0]!r} is about means, which the estimator leaves out. Use "
            "csi.CBSEM(means=True)."
        )


def _measures(step: str, fit: MultigroupFit) -> dict[str, Any]:
    """Return the measures of a step: scaled and robust ones where there are any.

    Robust ones of ordered items are about correlations, so that thresholds and means do
    not move them.
    """
    found = fit.fit_measures["value"]
    kind = "scaled" if fit.solution.compiled.ordered else "robust"
    names = {
        "chisq": "chisq.scaled", "df": "df.scaled", "p": "pvalue.scaled",
        "cfi": f"cfi.{kind}", "rmsea": f"rmsea.{kind}",
    }  # fmt: skip
    plain = {"chisq": "chisq", "df": "df", "p": "pvalue", "cfi": "cfi", "rmsea": "rmsea"}
    shown = {name: found.get(names[name], found.get(plain[name])) for name in plain}
    return {"step": step, **shown, "srmr": found["srmr"], "bic": found.get("bic", np.nan)}


def _rejected(row: Mapping[str, Any] | pd.Series, limits: Limits) -> bool:
    """Whether CFI falls and RMSEA or SRMR rises beyond the limits."""
    worse = row["delta_rmsea"] >= limits.rmsea or row["delta_srmr"] >= limits.srmr
    return bool(row["delta_cfi"] <= -limits.cfi and worse)


def _word(rejected: bool) -> str:
    return "does not hold" if rejected else "holds"


def _equalities(fit: MultigroupFit, kinds: set[str]) -> Iterator[dict[str, Any]]:
    """Return the score test of every parameter of these kinds that is equal over groups."""
    whole = fit.solution.compiled
    by_parameter: dict[str, list[int]] = {}
    for place, (i, j) in enumerate(restricted_pairs(whole)):
        one, other = whole.rows[i], whole.rows[j]
        if one.key == other.key and one.kind in kinds:
            by_parameter.setdefault(str(one), []).append(place)
    for name, places in by_parameter.items():
        statistic, df, scaled = releases(fit.solution, places).together
        shown = statistic if scaled is None else scaled
        yield {"parameter": name, "chisq": shown, "df": df, "p": upper_tail(shown, df)}

"""Which settings reproduce a published table, and which of its digits none does."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import cache

import numpy as np

from csi.answers import complete, decode
from csi.core.moments import Moments
from csi.data import SurveyData, as_survey
from csi.declared import Missing, check_flags
from csi.errors import ArgumentTypeError, CsiError, DataError, EstimationError, listing
from csi.published.audits.audit import Audit
from csi.published.audits.input_rounding import printed_decimals, slack
from csi.published.audits.scoring import Bench, Scored, check_labels
from csi.published.audits.searching import Progress, Search, of_structures, ranked
from csi.published.audits.settings import RULES, Setting, composites, structures, with_missing
from csi.published.tables import PrintedTable
from csi.resampling.runs import progress_bar
from csi.spec import Model

NEAREST = 5
"""Settings for which it is computed what a printed matrix leaves open."""


def audit(
    table: object,
    data: object,
    model: Model,
    *,
    decimals: int | None = None,
    progress: bool | None = None,
) -> Audit:
    """Find the settings that reproduce a published table, and the digits that none does.

    Tried are modes of the blocks (all alike, as the model states them, then every
    combination) x weighting schemes x correction for attenuation x standardised items
    or items in their own units x rules for missing answers x survey weights heeded or
    ignored; equal weights; covariance structures. For each of them every quantity is
    read in every way that goes by its name in print: indices by three conventions and
    by declared ends or those found, weights with variances by n or n - 1, R2 adjusted
    or not, and so on. Numbers may be rounded or cut off, and constructs turned round.
    Where the correlations themselves were printed with few decimals, what that leaves
    open is allowed for.

    Parameters
    ----------
    table : mapping, DataFrame, path or PrintedTable
        What was printed: ``{"path": {"Image -> Loyalty": ".195"}, "r2": {...}}``, or
        columns quantity, label (or source and target) and printed. Give numbers as
        text, so that zeros at their end count. Quantities: path, total, indirect,
        weight, loading, r2, construct_corr, index, alpha, rho_a, rho_c, ave, htmt, f2,
        vif; of covariance structures estimate, se, z, std_all and measure.
    data : Moments, SurveyData or dataframe
        What was observed.
    model : Model
        What was believed.
    decimals : int, optional
        Printed decimals of numbers that are no text.
    progress : bool, optional
        Whether to show how far the search has come; only if it takes long by default.

    Returns
    -------
    Audit
        ``settings`` ranks what was tried, ``cells`` compares every number with the
        best of it, ``suspects`` are the numbers it does not reproduce.

    Raises
    ------
    DataError
        If a printed number cannot be read or belongs to nothing in the model.
    EstimationError
        If the model cannot be fitted in any way.

    Examples
    --------
    >>> import csi, csi.studies
    >>> moments = csi.studies.moments("ecsi-mobi")
    >>> printed = {
    ...     "path": {"Image -> Expectation": ".505", "Satisfaction -> Loyalty": ".483"},
    ...     "r2": {"Satisfaction": ".680", "Loyalty": ".457", "Value": ".345"},
    ... }
    >>> found = csi.audit(printed, moments, csi.models.ecsi_mobile())
    >>> found.choices["scheme"], found.verdict
    ('centroid', 'reproduced')
    """
    read = PrintedTable.read(table, decimals)
    if not isinstance(model, Model):
        raise ArgumentTypeError(f"The model is a {type(model).__name__}. Use csi.model().")
    if progress is not None:
        check_flags(progress=progress)
    bench, rules, own_units = _bench(read, data, model)
    first = _first_fit(bench, rules, own_units)
    check_labels(read, [bench.fit(one) for one in first])
    digits = printed_decimals(bench.moments(rules[0] if rules else None, True))
    if digits is not None:
        bench = replace(bench, slack=slack(bench, first[0], digits))
    weights = isinstance(data, SurveyData) and data.weights is not None
    search = Search(bench, rules, weights, own_units, _shown(progress))
    found = search.run()
    if found[0].failure:
        raise EstimationError(f"The model cannot be fitted in any way. {found[0].failure}")
    if digits is not None:
        found = _each_with_its_slack(bench, found, digits)
    return Audit(bench, tuple(found), digits)


def _each_with_its_slack(bench: Bench, found: list[Scored], decimals: int) -> list[Scored]:
    """Put the nearest settings to the test again, each with what it leaves open itself."""
    fitted = [scored for scored in found if not scored.failure]
    nearest = {*fitted[:NEAREST], *sorted(fitted, key=bench.off)[:NEAREST]}
    again = []
    for scored in fitted:
        if scored in nearest:
            own = replace(bench, slack=slack(bench, scored.setting, decimals))
            again.append(own.with_signs(own.score(scored.setting)))
    return ranked(bench, [*again, *(scored for scored in found if scored not in nearest)])


def _bench(
    table: PrintedTable, data: object, model: Model
) -> tuple[Bench, tuple[Missing, ...], bool]:
    """Return what to try settings on, the rules for missing answers, and if units are known."""
    nothing = np.zeros(len(table))
    if isinstance(data, Moments):
        lacking = [name for name in model.indicators if name not in data.columns]
        if lacking:
            raise DataError(f"The moments lack {listing(lacking)}. Give those of all items.")
        own = data.select(model.indicators)
        ends = [model.item(name).scale or (np.nan, np.nan) for name in own.columns]
        bench = Bench(table, model, lambda *_: own, np.array(ends, dtype=np.float64), nothing)
        return bench, (), own.units == "raw"
    survey = as_survey(data)
    answers = decode(survey, model)
    rules: tuple[Missing, ...] = RULES if np.isnan(answers.rows).any() else ()

    @cache
    def moments(rule: Missing | None, weighted: bool) -> Moments:
        own = survey if weighted else replace(survey, weights=None)
        return complete(decode(_by_rule(own, rule), model), quiet=True).moments()

    return Bench(table, model, moments, answers.scale, nothing), rules, True


def _by_rule(survey: SurveyData, rule: Missing | None) -> SurveyData:
    return replace(survey, recipe=replace(survey.recipe, missing=rule or "listwise"))


def _first_fit(bench: Bench, rules: tuple[Missing, ...], own_units: bool) -> list[Setting]:
    """Return a setting that can be fitted; of structures, if it may be, one with intercepts."""
    parameters = of_structures(bench.table)
    tried = [*composites(bench.model, own_units=own_units), *structures(parameters=parameters)]
    wanted = tried[::-1] if parameters else tried
    full = [one for one in with_missing(wanted, rules) if one.missing == "fiml"]
    problem = ""
    for one in [*(full if parameters else []), *with_missing(wanted, rules)] if rules else wanted:
        try:
            bench.fit(one)
        except CsiError as error:
            problem = problem or str(error)
            continue
        return [one]
    raise EstimationError(f"The model cannot be fitted in any way. {problem}")


def _shown(progress: bool | None) -> Progress:
    def shown(settings: Iterable[Setting], total: int) -> Iterable[Setting]:
        with progress_bar(total, "fits", progress) as bar:
            for setting in settings:
                yield setting
                bar.update(1)

    return shown

"""Blindfolding: Stone and Geisser's Q2, and the effect sizes that go with it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from csi.assessment.folds import check_rows
from csi.assessment.inputs import check_fit
from csi.assessment.rounds import Rounds
from csi.core.blindfolding import Blindfold
from csi.core.prediction import Targets, Technique, coefficients, item_loadings
from csi.core.structural import path_coefficients
from csi.core.types import Array, Mask
from csi.declared import check_choice, check_flags
from csi.errors import OptionError
from csi.resampling.bootstrapping import check_number
from csi.results import Fit

Q2_COLUMNS = ["source", "target", "q2_included", "q2_excluded", "effect", "why"]
LEFT_COLLINEAR = "the predictors that are left are collinear in some round"
EXOGENOUS, HIGHER = "nothing points to it", "higher order: see its parts"


def blindfold(
    fit: Fit, distance: int = 7, *, rows: bool = True, technique: Technique = "direct"
) -> pd.DataFrame:
    """Predict answers back that were omitted: Q2 of redundancy and of communality.

    Every d-th answer to the items of a construct is omitted, the model is estimated from
    the pairs of answers that are left, and the omitted ones are predicted: from the
    constructs before it (redundancy), or from the other items of the construct, omitted
    ones counting as their mean (communality) [1]_ [2]_. Q2 is one less the ratio of squared
    errors to squared deviations from the mean of the answers that were left, all of them
    in standard deviations of the item. It measures a fit more than a prediction; `predict`
    holds out whole respondents.

    semPLS omits in the same way but drops a respondent from every step that needs an
    omitted answer. With ``rows`` its Q2 differs in the third decimal; without, it loses most
    respondents.

    Parameters
    ----------
    fit : Fit
        A fit of respondents.
    distance : int
        The distance d between omitted answers, which must not divide the number of rows;
        5 to 12 is usual.
    rows : bool
        For redundancy, omit all items of a construct of the same respondents (``dlines`` of
        semPLS); otherwise every d-th answer, counted item by item. Communality always
        takes the latter.
    technique : {"direct", "earliest"}
        Predict from direct antecedents, or from exogenous constructs along all routes
        (``total`` of semPLS).

    Returns
    -------
    DataFrame
        construct, q2_redundancy, q2_communality, why; labelled by construct.

    Raises
    ------
    RowsRequiredError
        If the fit holds no respondents.
    OptionError
        If the distance divides the number of rows, or has no meaning.

    References
    ----------
    .. [1] Geisser, S. (1974). A predictive approach to the random effect model. Biometrika
       61(1), 101-107. doi:10.1093/biomet/61.1.101
    .. [2] Tenenhaus, M., Esposito Vinzi, V., Chatelin, Y.-M. and Lauro, C. (2005). PLS path
       modeling. Computational Statistics & Data Analysis 48(1), 159-205.
       doi:10.1016/j.csda.2004.03.005

    Examples
    --------
    >>> import csi
    >>> from csi.assessment.blindfolding import blindfold
    >>> fit = csi.fit(csi.models.acsi(), csi.demo_survey())
    >>> blindfold(fit).columns.tolist()
    ['construct', 'q2_redundancy', 'q2_communality', 'why']
    """
    check_fit("blindfold", fit)
    check_flags(rows=rows)
    check_choice("technique", technique, ("direct", "earliest"))
    _check_distance(fit, distance)
    model = fit.model
    targets = _targets(fit, model.design, technique)
    items = {int(j): np.flatnonzero(model.composition[:, j]) for j in targets.constructs}
    blocks = {j: np.flatnonzero(block) for j, block in enumerate(model.blocks.T) if block.any()}
    blind = _blindfold(fit)
    found = {}
    if items:
        rounds = _rounds(fit, blind, items, distance, rows)
        found = {j: rounds.q2(j, slopes, False) for j, slopes in _predicted(rounds, targets)}
    rounds = _rounds(fit, blind, blocks, distance, False)
    own = {
        j: rounds.q2(j, _own(rounds, j), True) if len(block) > 1 else (np.nan, "single item")
        for j, block in blocks.items()
    }
    pairs = [
        (found.get(j, (np.nan, EXOGENOUS)), own.get(j, (np.nan, HIGHER)))
        for j in range(len(model.names))
    ]
    return pd.DataFrame(
        {
            "construct": model.names,
            "q2_redundancy": [redundancy for (redundancy, _), _ in pairs],
            "q2_communality": [communality for _, (communality, _) in pairs],
            "why": [_together(one, other) for (_, one), (_, other) in pairs],
        },
        index=list(model.names),
    )


def q2_effects(fit: Fit, distance: int = 7, *, rows: bool = True) -> pd.DataFrame:
    """Return how much each predictor adds to the Q2 of redundancy of a construct.

    The effect size is ``(Q2 included - Q2 excluded) / (1 - Q2 included)`` [1]_. The
    predictor is left out of the regression, and the composites stay as they are (so does
    f2 in cSEM); without its only predictor a construct has a Q2 of zero.

    Parameters
    ----------
    fit : Fit
        A fit of respondents.
    distance, rows
        As for `blindfold`.

    Returns
    -------
    DataFrame
        source, target, q2_included, q2_excluded, effect, why.

    Raises
    ------
    RowsRequiredError
        If the fit holds no respondents.
    OptionError
        If the distance divides the number of rows.

    References
    ----------
    .. [1] Hair, J. F., Ringle, C. M. and Sarstedt, M. (2013). Partial least squares
       structural equation modeling: rigorous applications, better results and higher
       acceptance. Long Range Planning 46(1-2), 1-12. doi:10.1016/j.lrp.2013.01.001

    Examples
    --------
    >>> import csi
    >>> from csi.assessment.blindfolding import q2_effects
    >>> fit = csi.fit(csi.models.acsi(), csi.demo_survey())
    >>> q2_effects(fit)["target"].iloc[0]
    'Quality'
    """
    check_fit("q2_effects", fit)
    check_flags(rows=rows)
    _check_distance(fit, distance)
    model = fit.model
    targets = _targets(fit, model.design, "direct")
    items = {int(j): np.flatnonzero(model.composition[:, j]) for j in targets.constructs}
    if not items:
        return pd.DataFrame(columns=Q2_COLUMNS)
    rounds = _rounds(fit, _blindfold(fit), items, distance, rows)
    whole = {j: rounds.q2(j, slopes, False) for j, slopes in _predicted(rounds, targets)}
    table = []
    for path in model.paths:
        i, j = model.names.index(path.source), model.names.index(path.target)
        (included, why), (excluded, why_not) = whole[j], _without(fit, rounds, i, j)
        effect = (included - excluded) / (1 - included)
        table.append((path.source, path.target, included, excluded, effect, why or why_not))
    return pd.DataFrame(table, columns=Q2_COLUMNS)


def _blindfold(fit: Fit) -> Blindfold:
    answers = check_rows(fit, _WHAT)
    w = np.ones(len(answers.rows)) if answers.weights is None else answers.weights
    return Blindfold(answers.given, w)


def _rounds(
    fit: Fit, blind: Blindfold, items: Mapping[int, NDArray[np.intp]], distance: int, rows: bool
) -> Rounds:
    with np.errstate(all="ignore"):  # rounds in which an item loses its spread fail
        return Rounds.of(fit, blind, items, distance, rows)


def _targets(fit: Fit, design: Mask, technique: Technique) -> Targets:
    model = fit.model
    return Targets.of(model.blocks, model.composition, design, technique, "antecedents")


def _predicted(rounds: Rounds, targets: Targets) -> Iterator[tuple[int, Array]]:
    """Yield how the items of each endogenous construct follow from those of others."""
    with np.errstate(all="ignore"):  # rounds that failed hold anything
        paths, loadings = coefficients(rounds.found, targets), item_loadings(rounds.found, targets)
    for t, j in enumerate(targets.constructs):
        score = np.einsum("pk...,k...->p...", rounds.found.W, paths[:, t])
        yield int(j), score[:, None] * loadings[targets.owner == t]


def _own(rounds: Rounds, j: int) -> Array:
    """Return how items follow from the composite of their own construct."""
    columns = rounds.omitted[rounds.places[j].start].columns
    slopes: Array = rounds.found.W[:, j, None] * _correlations(rounds, j)[columns]
    return slopes


def _correlations(rounds: Rounds, j: int) -> Array:
    """(p, B) correlations of all items with the composite of a construct."""
    correlations: Array = np.einsum("pm...,m...->p...", rounds.samples.R, rounds.found.W[:, j])
    return correlations


def _without(fit: Fit, rounds: Rounds, i: int, j: int) -> tuple[float, str]:
    """Return Q2 of construct j without the path to it from construct i, or why it has none."""
    design = fit.model.design.copy()
    design[i, j] = False
    if not design[:, j].any():
        return 0.0, ""
    targets = _targets(fit, design, "direct")
    with np.errstate(all="ignore"):
        found = replace(rounds.found, B=path_coefficients(rounds.found.C, design))
    slopes = dict(_predicted(replace(rounds, found=found), targets))[j]
    q2, why = rounds.q2(j, slopes, False)
    return q2, why or ("" if np.isfinite(q2) else LEFT_COLLINEAR)


def _check_distance(fit: Fit, distance: int) -> None:
    n = len(check_rows(fit, _WHAT).rows)
    check_number("distance", distance, 2)
    if distance >= n:
        raise OptionError(f"distance is {distance}, but there are {n} rows. Give 5 to 12.")
    if n % distance == 0:
        fitting = next(d for d in range(distance + 1, n + 2) if n % d)
        raise OptionError(
            f"distance is {distance}, which divides the {n} rows, so that the same respondents "
            f"would lose their answers to every item. Give another one, such as {fitting}."
        )


_WHAT = "Blindfolding"


def _together(redundancy: str, communality: str) -> str:
    reasons = {"redundancy": redundancy, "communality": communality}
    return "; ".join(f"{what}: {why}" for what, why in reasons.items() if why)

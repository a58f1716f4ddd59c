"""Convergent validity of composites: whether a block says what another measure says."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from csi.answers import FEWEST_ROWS, Answers, decode
from csi.assessment.inputs import check_fit
from csi.core.moments import Moments
from csi.core.types import Array
from csi.data import as_survey
from csi.errors import (
    ArgumentTypeError,
    DataError,
    EstimationError,
    OptionError,
    RowsRequiredError,
)
from csi.estimators.pls import PLS
from csi.results import Fit
from csi.spec import Construct, Model, Path

COLUMNS = ["construct", "criterion", "other", "estimate", "r2", "why"]


def redundancy_analysis(
    fit: Fit,
    construct: str | None = None,
    global_item: str | None = None,
    data: object = None,
) -> pd.DataFrame:
    """Compare a composite with another measure of the same construct.

    With ``global_item`` this is Chin's redundancy analysis: the block of the
    construct, in the mode of the fit, explains one question about the whole, or another
    construct of the model that measures the same. The block is valid if the path is at
    least 0.708, so that it explains half of the variance. In Mode B the path is
    the multiple correlation of the question with the items.

    Without it, each construct in Mode B is compared with itself in Mode A: the
    correlation of both scores in the whole model, as cSEM's ``doRedundancyAnalysis`` prints it.
    Both are made of the same items, so it is high almost always and shows nothing but
    that weights matter little; ask a global question instead.

    Parameters
    ----------
    fit : Fit
        The fit.
    construct : str, optional
        One construct; by default all in Mode B.
    global_item : str, optional
        An item or construct of the model, or an item of ``data``.
    data : SurveyData or dataframe, optional
        The survey of the fit, if the global item is no part of the model.

    Returns
    -------
    DataFrame
        construct, criterion (``"global item"`` or ``"mode A"``), other, estimate, r2
        (its square), why.

    Raises
    ------
    OptionError
        If there is no such construct, or a global item comes without one.
    RowsRequiredError
        If the item has to be read from the survey, and the fit holds no respondents.
    DataError
        If the survey lacks the item, or is not that of the fit.

    References
    ----------
    Chin, W. W. (1998). The partial least squares approach to structural equation
    modeling. In G. A. Marcoulides (ed.), Modern methods for business research,
    295-336. Lawrence Erlbaum.

    Cheah, J.-H., Sarstedt, M., Ringle, C. M., Ramayah, T. and Ting, H. (2018).
    Convergent validity assessment of formatively measured constructs in PLS-SEM.
    International Journal of Contemporary Hospitality Management 30(11), 3192-3210.
    doi:10.1108/IJCHM-10-2017-0649

    Examples
    --------
    >>> import csi
    >>> from csi.assessment.redundancy import redundancy_analysis
    >>> items = ["OVERALLX", "CUSTOMX", "WRONGX"]
    >>> model = csi.model(
    ...     [csi.composite("Expectations", items), csi.single("Quality", "OVERALLQ")],
    ...     [csi.paths("Expectations", "Quality")],
    ... )
    >>> fit = csi.fit(model, csi.demo_survey())
    >>> redundancy_analysis(fit)["criterion"].to_list()
    ['mode A']
    """
    check_fit("redundancy_analysis", fit)
    if construct is not None:
        fit.model.construct(construct)
    if global_item is None:
        names = [construct] if construct is not None else in_mode_b(fit)
        rows = [_with_mode_a(fit, name) for name in names]
    elif construct is None:
        raise OptionError(
            f"A global item, {global_item!r}, measures one construct, and none was named. Give "
            "construct= as well."
        )
    else:
        rows = [_with_global(fit, construct, global_item, data)]
    return pd.DataFrame(rows, columns=COLUMNS)


def in_mode_b(fit: Fit) -> list[str]:
    """Return the constructs of several indicators that PLS weighted in Mode B."""
    if not isinstance(fit.estimator, PLS):
        return []
    modes = fit.estimator.modes_of(fit.model)
    return [
        construct.name
        for construct, mode in zip(fit.model.constructs, modes, strict=True)
        if mode == "B" and len(construct.indicators) > 1
    ]


Row = tuple[str, str, str, float, float, str]


def _with_mode_a(fit: Fit, name: str) -> Row:
    """Compare a construct in Mode B with itself in Mode A."""
    about = (name, "mode A", name)
    if not isinstance(fit.estimator, PLS) or name not in in_mode_b(fit):
        return *about, np.nan, np.nan, "not weighted in Mode B"
    modes = {**fit.estimator.modes, name: "A"}
    other = replace(fit.estimator, modes=modes, consistent=False, on_fail="raise")
    try:
        w = other.estimate(fit.model, fit.moments).weights[:, fit.model.names.index(name)]
    except EstimationError as problem:
        return *about, np.nan, np.nan, f"cannot be estimated in Mode A: {problem}"
    own = fit.estimates.weights[:, fit.model.names.index(name)]
    r = float(own @ fit.moments.corr @ w)
    return *about, r, r**2, ""


def _with_global(fit: Fit, name: str, item: str, data: object) -> Row:
    """Let the block of a construct explain another measure of the same."""
    block = fit.model.construct(name)
    about = (name, "global item", item)
    if block.higher_order:
        return *about, np.nan, np.nan, "higher order: compare its parts"
    other, moments = _global(fit, block, item, data)
    model = Model((block, other), (Path(name, other.name),))
    mode = _mode(fit, name)
    estimator = PLS(modes={name: mode})  # type: ignore[dict-item]
    estimates = estimator.estimate(model, moments.select(model.indicators))
    path = float(estimates.paths[0, 1])
    return *about, path, path**2, ""


def _mode(fit: Fit, name: str) -> str:
    """Return the mode a construct was weighted in; that of its kind outside PLS."""
    estimator = fit.estimator if isinstance(fit.estimator, PLS) else PLS()
    return estimator.modes_of(fit.model)[fit.model.names.index(name)]


def _global(fit: Fit, block: Construct, item: str, data: object) -> tuple[Construct, Moments]:
    """Return the other measure and moments that hold it."""
    if not isinstance(item, str):
        raise ArgumentTypeError(f"global_item is {item!r}. Name an item or a construct.")
    if item in fit.model.names:
        other = fit.model.construct(item)
        if other.higher_order or item == block.name:
            raise OptionError(
                f"{item!r} cannot stand for {block.name!r}: it is the same, or of higher order. "
                "Name an item or another construct."
            )
        return other, fit.moments
    if item in block.indicators:
        raise OptionError(
            f"{item!r} is an item of {block.name!r} itself. Name a question about the whole."
        )
    other = Construct(f"global {item}", (item,), "single")
    return other, fit.moments if item in fit.moments.columns else beside(fit, item, data)


def beside(fit: Fit, item: str, data: object) -> Moments:
    """Return the moments of the items of a fit and of one more item of its survey.

    Raises
    ------
    RowsRequiredError
        If the fit holds no respondents.
    OptionError
        If no survey was given.
    DataError
        If the survey lacks the item, few answered it, all alike, or it is not that of the
        fit.
    """
    if fit.data is None:
        raise RowsRequiredError(
            f"{item!r} is no item of the model, and the fit holds no respondents to read it from. "
            "Fit the survey."
        )
    if data is None:
        raise OptionError(
            f"{item!r} is no item of the model, so the fit does not hold it. Give the survey as "
            "data=, the one that was fitted."
        )
    answers = fit.data
    read = decode(as_survey(data), fit.model, (*answers.columns, item))
    extra = _same_respondents(read, answers)
    standing = slice(None) if answers.weights is None else answers.weights > 0
    _check_spread(item, extra[standing])
    rows = np.column_stack([answers.rows, extra])
    holes = None
    if answers.holes is not None:
        holes = np.column_stack([answers.holes, np.zeros(len(rows), dtype=bool)])
    return Moments.from_rows(
        rows,
        (*answers.columns, item),
        weights=answers.weights,
        frequency=answers.weight_type == "frequency",
        filled=holes,
        design=answers.sampling,
    )


def _same_respondents(read: Answers, answers: Answers) -> Array:
    """Return the last item of those who were fitted, or refuse another survey."""
    at = answers.positions
    if at.max() >= len(read.rows) or not np.array_equal(
        read.rows[at, :-1], answers.given, equal_nan=True
    ):
        raise DataError(
            f"The {len(read.rows)} rows of data= do not hold the answers that were fitted. Give "
            "the same survey, its rows in the same order."
        )
    item: Array = read.rows[at, -1]
    return item


def _check_spread(item: str, answers: Array) -> None:
    """Refuse an item that can correlate with nothing."""
    given = answers[np.isfinite(answers)]
    if len(given) < FEWEST_ROWS:
        raise DataError(
            f"{len(given)} of those who were fitted answered {item!r}; at least {FEWEST_ROWS} are "
            "needed. Ask another question."
        )
    if (given == given[0]).all():
        raise DataError(
            f"{item!r} is always {given[0]:g} among those who were fitted, so that it correlates "
            "with nothing. Ask another question."
        )

"""How `csi.CBSEM` deals with missing answers: which way, with which errors and tests."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, get_args

import numpy as np

from csi.core.moments import Moments
from csi.errors import ArgumentTypeError, OptionError, listing
from csi.estimators.sem.holes import Incomplete, TwoStage, sample_with_holes
from csi.estimators.sem.sampled import declared
from csi.estimators.sem.solution import Choices
from csi.spec import Model

Way = Literal["fiml", "two-stage", "robust-two-stage"]

METHODS = {"fiml": ("ML", "MLR", "MLF"), "two-stage": ("ML",), "robust-two-stage": ("ML",)}
"""Methods that can be had each way; a two-stage fit has robust errors and tests as it is."""

ERRORS = {
    "fiml": ("standard", "robust.huber", "first.order"),
    "two-stage": ("robust.sem",),
    "robust-two-stage": ("robust.sem",),
}
TESTS = {
    "fiml": ("standard", "yuan.bentler", "yuan.bentler.mplus"),
    "two-stage": ("satorra.bentler", "mean.var.adjusted", "scaled.shifted", "browne.residual.adf"),
}
TESTS["robust-two-stage"] = TESTS["two-stage"]


def holes_in(moments: Moments) -> bool:
    """Whether respondents left answers out."""
    return moments.rows is not None and bool(np.isnan(moments.rows).any())


def with_columns(moments: Moments, columns: Sequence[str]) -> Moments:
    """Return the moments of these columns.

    Raises
    ------
    OptionError
        If there are none of an auxiliary variable.
    """
    lost = [name for name in columns if name not in moments.columns]
    if lost:
        raise OptionError(
            f"The moments lack the auxiliary variables {listing(lost)}. Fit the survey itself, "
            "declared with missing='fiml', or leave auxiliary out."
        )
    return moments.select(columns)


def checked_auxiliary(given: object) -> tuple[str, ...]:
    """Return the names of auxiliary variables.

    Raises
    ------
    ArgumentTypeError
        If these are no names.
    OptionError
        If a name occurs twice.
    """
    names = (given,) if isinstance(given, str) else given
    if not isinstance(names, Sequence) or not all(isinstance(name, str) for name in names):
        raise ArgumentTypeError(
            f"auxiliary is {given!r}. Name columns of the survey, such as ('age', 'tenure')."
        )
    if len(set(names)) < len(names):
        raise OptionError(f"auxiliary names a column twice: {listing(names)}. Name each once.")
    return tuple(names)


def columns_beside(model: Model, auxiliary: Sequence[str]) -> tuple[str, ...]:
    """Return the auxiliary variables of a model.

    Raises
    ------
    OptionError
        If one of them belongs to the model.
    """
    known = (*model.indicators, *model.names)
    inside = [name for name in auxiliary if name in known]
    if inside:
        raise OptionError(
            f"{listing(inside)} belongs to the model, so it cannot be an auxiliary variable. Name "
            "columns outside the model."
        )
    return tuple(auxiliary)


def choices_with_holes(
    method: str, way: Way, errors: str | None, test: str | None, information: str | None
) -> Choices:
    """Return how errors and tests are computed from answers with holes.

    Raises
    ------
    OptionError
        If that is not possible for this method.
    """
    if method not in METHODS[way]:
        raise OptionError(
            f"{method} needs complete answers, but some are missing. With missing answers use "
            f"csi.CBSEM('ML') or ('MLR'), csi.CBSEM(missing='robust-two-stage'), or "
            "csi.survey(missing='listwise')."
        )
    robust = method == "MLR"
    usual = Choices(
        {"MLR": "robust.huber", "MLF": "first.order"}.get(method, ERRORS[way][0]),
        "yuan.bentler.mplus" if robust else TESTS[way][0],
        "observed",
    )
    _check_known("errors", errors, ERRORS[way], way)
    _check_known("test", test, TESTS[way], way)
    return Choices(errors or usual.errors, test or usual.test, information or usual.information)


def _check_known(what: str, given: str | None, known: Sequence[str], way: Way) -> None:
    if given is not None and given not in known:
        raise OptionError(
            f"{what}={given!r} needs complete answers, but some are missing. With "
            f"missing={way!r} there are: {', '.join(known)}."
        )


def evidence_with_holes(moments: Moments, way: Way, information: str) -> Incomplete | TwoStage:
    """Return what answers with holes say.

    Raises
    ------
    DataError
        If an item does not vary, or two items were never answered together.
    EstimationError
        If the saturated moments cannot be estimated.
    OptionError
        If errors would not heed how respondents were drawn.
    """
    _check_heeded(moments, way)
    frequency, rows = moments.frequency, moments.rows
    assert rows is not None
    start = None
    if moments.mean is not None:
        start = (moments.mean, moments.cov * ((moments.n - 1) / moments.n))
    sample = sample_with_holes(
        rows, moments.columns, weights=moments.weights, frequency=frequency, start=start,
        clusters=None if moments.design is None else moments.design.clusters,
    )  # fmt: skip
    if way == "fiml":
        return Incomplete((sample,), frequency=frequency)
    kind: Literal["observed", "expected"] = "expected" if information == "expected" else "observed"
    return TwoStage(
        (sample,), frequency=frequency, robust=way == "robust-two-stage", information=kind
    )


def _check_heeded(moments: Moments, way: Way) -> None:
    named = declared([moments])
    if "strata" in named:
        raise OptionError(
            "Errors do not heed strata where answers are missing. Use "
            "csi.survey(missing='listwise'), or leave strata= out."
        )
    if named and way == "two-stage":
        raise OptionError(
            f"missing='two-stage' rests on a simple random sample, but there are {named}. Use "
            "missing='robust-two-stage' or 'fiml'."
        )


def described(evidence: Incomplete | TwoStage, way: Way) -> dict[str, str]:
    """Return what a fit says of the answers that are missing."""
    patterns, lowest = 0, 1.0
    for group in evidence.patterns:
        patterns += len(group.n)
        lowest = min(lowest, float(group.coverage.min()))
    words = {
        "fiml": "full-information maximum likelihood",
        "two-stage": "two-stage, normal answers",
        "robust-two-stage": "two-stage, robust",
    }
    return {
        "missing answers in the likelihood": words[way],
        "patterns of answers": f"{patterns}; every two items answered by {lowest:.0%} at least",
    }


WAYS = get_args(Way)

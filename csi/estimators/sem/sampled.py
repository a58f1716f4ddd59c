"""How `csi.CBSEM` heeds weights, clusters and strata of respondents."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from csi.core.moments import Moments
from csi.errors import DataQualityWarning, warn
from csi.estimators.sem.evidence import Sample
from csi.estimators.sem.solution import Choices

EQUAL = 1e-9
"""Share by which Kish's effective sample size may miss the number of respondents."""


def declared(samples: Sequence[Moments]) -> str:
    """Name what about the drawing of respondents errors must heed; empty if nothing."""
    return drawn([Sample.of(moments) for moments in samples])


def drawn(samples: Sequence[Sample]) -> str:
    """Name what is known of how the respondents of samples were drawn; empty if nothing."""
    found = {
        "sampling weights": any(s.weights is not None and not s.frequency for s in samples),
        "clusters": any(s.clusters is not None for s in samples),
        "strata": any(s.strata is not None for s in samples),
    }
    return ", ".join(name for name, known in found.items() if known)


def choices_heeding(samples: Sequence[Moments], kind: str, usual: Choices) -> Choices:
    """Return the usual errors and tests, robust ones where respondents are no simple sample.

    As in lavaan, the sandwich of MLR and its test for maximum likelihood. Others
    get the sandwich of MLM, which lavaan does not switch to; WLS has it already.
    """
    simple = usual.errors in ("standard", "first.order")
    if not declared(samples) or not simple or kind == "wls":
        return usual
    found = Choices("robust.sem", "satorra.bentler", usual.information)
    if kind == "ml":
        found = Choices("robust.huber", "yuan.bentler.mplus", "observed")
    return found if usual.test == "standard" else replace(found, test=usual.test)


def warn_of_unheeded(samples: Sequence[Moments], kind: str, errors: str) -> None:
    """Warn of errors that take respondents for a simple sample although they are none."""
    named = declared(samples)
    if named and errors in ("standard", "first.order") and kind != "wls":
        warn(
            f"Errors of kind {errors!r} take the respondents for a simple random sample, but "
            f"there are {named}. Leave out errors=, or give 'robust.huber'.",
            DataQualityWarning,
        )
    for moments in samples:
        if moments.rows is None and moments.effective_n < moments.n * (1 - EQUAL):
            warn(
                f"The moments are of {moments.n:g} respondents whose weights differ: they carry "
                f"the information of {moments.effective_n:.1f} (Kish), which errors and tests do "
                "not heed without the respondents. Fit the survey.",
                DataQualityWarning,
            )

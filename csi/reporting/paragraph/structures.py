"""What a methods section says of the estimation of a covariance structure."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from csi.assessment.diagnostics import attempt
from csi.covariance_fit import CovarianceFit
from csi.estimators.cbsem import CBSEM, SearchEnd
from csi.estimators.sam import SAM
from csi.group_fits import MultigroupFit
from csi.reporting.paragraph.sentences import Sentence, Writer

_ERRORS: dict[str, tuple[str, ...]] = {
    "standard": ("Standard errors come from the {information} information.",),
    "robust.sem": (
        "Standard errors are robust to answers that are not normal (Satorra and Bentler 1994), with the {information} information.",  # noqa: E501 - a key
        "satorra1994",
    ),
    "robust.huber": (
        "Standard errors are robust to answers that are not normal (Huber-White sandwich, with the {information} information).",  # noqa: E501 - a key
    ),
    "first.order": ("Standard errors come from the cross products of the scores.",),
    "twostep": ("Standard errors of the paths heed that the measurement was estimated.",),
    "robust": (
        "Standard errors of the paths heed that the measurement was estimated, and are robust to answers that are not normal.",  # noqa: E501 - a key
    ),
    "naive": ("Standard errors of the paths take the measurement as known.",),
}
_TESTS: dict[str, tuple[str, ...]] = {
    "standard": ("The test of the model is the chi-square test of its discrepancy.",),
    "satorra.bentler": (
        "The test of the model is scaled (Satorra and Bentler 1994).", "satorra1994",
    ),
    "mean.var.adjusted": (
        "The test of the model is adjusted by mean and variance (Satorra and Bentler 1994).",
        "satorra1994",
    ),
    "scaled.shifted": (
        "The test of the model is scaled and shifted (Asparouhov and Muthen 2010).",
        "asparouhov2010",
    ),
    "yuan.bentler": ("The test of the model is scaled (Yuan and Bentler 2000).", "yuan2000"),
    "yuan.bentler.mplus": (
        "The test of the model is scaled (Yuan and Bentler 2000, as Mplus computes it).",
        "yuan2000",
    ),
    "browne.residual.adf": (
        "The test of the model is that of its residuals, free of distribution (Browne 1984).",
        "browne1984",
    ),
    "browne.residual.nt": (
        "The test of the model is that of its residuals, for normal answers (Browne 1984).",
        "browne1984",
    ),
}  # fmt: skip
_SCALES: dict[str, tuple[str, ...]] = {
    "first item of each construct": ("Each construct has the scale of its first item.",),
    "constructs of variance one": ("Each construct has a variance of one.",),
}
_HOLES: dict[str, tuple[str, ...]] = {
    "full-information maximum likelihood": (
        "Respondents who left answers out entered with those they gave (full-information maximum likelihood; {cited}).",  # noqa: E501 - a key
        "arbuckle1996",
    ),
    "two-stage, normal answers": (
        "Means and covariances were estimated from all answers given, and the model was fitted to them (two-stage; Savalei and Bentler 2009).",  # noqa: E501 - a key
        "savalei2009",
    ),
    "two-stage, robust": (
        "Means and covariances were estimated from all answers given, and the model was fitted to them (two-stage, robust; Savalei and Falk 2014).",  # noqa: E501 - a key
        "savalei2014",
    ),
}
_SOURCES = {
    "generalised least squares": "browne1974",
    "weighted least squares (distribution-free)": "browne1984",
}
"""Who a discrepancy is due to; all others are in Bollen's book."""


def structure(write: Writer, fit: CovarianceFit) -> list[Sentence]:
    """Return how a covariance structure was fitted."""
    known = {**fit.handling, **fit.estimates.settings}
    return [
        _fitted(write, known), *_of_size(write, known), *_errors(write, known),
        *_told(write, _TESTS, known.get("test", "")),
        *_told(write, _SCALES, known.get("scaling", "")),
        *_ordered(write, known), *_products(write, known),
        *_told(write, _HOLES, known.get("missing answers in the likelihood", "")),
        *_options(write, fit), *_steps(write, fit, known), search(write, fit),
        *_elsewhere(write, known), *measures(write, fit),
    ]  # fmt: skip


def _told(
    write: Writer, phrases: Mapping[str, tuple[str, ...]], which: str, **values: str
) -> list[Sentence]:
    return [write(*phrases[which], **values)] if which in phrases else []


def _fitted(write: Writer, known: Mapping[str, str]) -> Sentence:
    how = write.say.known(known.get("discrepancy", ""))
    if "measurement" in known:
        phrase = "The measurement of the constructs was fitted first, and the paths between them after it (Rosseel and Loh 2022), by {how}."  # noqa: E501 - a key
        return write(phrase, "rosseel2022", how=how)
    phrase = "The model was fitted as a structure of covariances by {how} ({cited})."
    if known.get("mean structure") == "yes":
        phrase = "The model was fitted as a structure of means and covariances by {how} ({cited})."
    return write(phrase, _SOURCES.get(known.get("discrepancy", ""), "bollen1989"), how=how)


def _of_size(write: Writer, known: Mapping[str, str]) -> list[Sentence]:
    """Return the number of parameters, the degrees of freedom, and the divisor."""
    numbers = known.get("parameters", "").replace(",", "").split()
    if len(numbers) < 2:
        return []
    phrase = "It has {parameters} free parameters and {df} degrees of freedom."
    if "measurement" in known:
        phrase = "It has {parameters} free parameters; the structure has {df} degrees of freedom."
    divisor = []
    if known.get("likelihood") == "wishart":
        divisor = [write("Covariances have the divisor n - 1 (Wishart likelihood).")]
    return [write(phrase, parameters=numbers[0], df=numbers[1]), *divisor]


def _errors(write: Writer, known: Mapping[str, str]) -> list[Sentence]:
    kind, _, heeded = known.get("standard errors", "").partition(", heeding ")
    information = write.say.known(known.get("information", ""))
    told = _told(write, _ERRORS, kind, information=information)
    if told and heeded:
        drawn = write.between(", ").join(map(write.say.known, heeded.split(", ")))
        told.append(write("They heed how respondents were drawn: {drawn}.", drawn=drawn))
    return told


def _ordered(write: Writer, known: Mapping[str, str]) -> list[Sentence]:
    if "ordered items" not in known:
        return []
    counts = known["ordered items"].split(":")[0].split(" of ")
    phrase = "{some} of {all} items are ordered categories: their thresholds and the polychoric correlations ({cited}) were fitted ({which} parametrization)."  # noqa: E501 - a key
    which = known.get("parametrization", "")
    return [write(phrase, "olsson1979", some=counts[0], all=counts[-1], which=which)]


def _products(write: Writer, known: Mapping[str, str]) -> list[Sentence]:
    """Return how products of constructs were measured."""
    names, _, how = known.get("products", "").partition(": ")
    if not names:
        return []
    if how == "moments of scores":
        phrase = "Products of constructs ({names}) rest on the moments of scores ({cited})."
        return [write(phrase, "wall2000", names=names)]
    pairs, _, centring = how.partition(", ")
    source = {"residual centring": "little2006", "double centring": "lin2010"}
    keys = ["marsh2004", *([source[centring]] if centring in source else [])]
    phrase = "Products of constructs ({names}) are measured by products of items, {pairs}, with {centring} ({cited})."  # noqa: E501 - a key
    values = {"names": names, "pairs": write.say(pairs), "centring": write.say(centring)}
    return [write(phrase, *keys, **values)]


def _options(write: Writer, fit: CovarianceFit) -> list[Sentence]:
    """Return what was asked for against the usual."""
    estimator = getattr(fit.estimator, "together", fit.estimator)
    if not isinstance(estimator, CBSEM | SAM):
        return []
    told = []
    if not estimator.correlated_outcomes:
        told.append(write("What is left of constructs that point to nothing does not correlate."))
    if estimator.orthogonal:
        told.append(write("Constructs nothing points to do not correlate."))
    if isinstance(estimator, CBSEM) and not estimator.fixed_x:
        told.append(write("Observed causes are random, not fixed."))
    if isinstance(estimator, CBSEM) and estimator.auxiliary:
        phrase = "Auxiliary variables ({names}) tell of missing answers ({cited})."
        told.append(write(phrase, "graham2003", names=write.row(estimator.auxiliary)))
    return [*told, *_single_items(write, estimator)]


def _single_items(write: Writer, estimator: CBSEM | SAM) -> list[Sentence]:
    stated = estimator.reliability
    if isinstance(stated, Mapping):
        given = write.row([f"{name} {value:g}" for name, value in stated.items()])
        return [write("Single items have a stated reliability: {given}.", given=given)]
    if stated == 1:
        return []
    return [write("Single items have a stated reliability of {value}.", value=f"{stated:g}")]


def _steps(write: Writer, fit: CovarianceFit, known: Mapping[str, str]) -> list[Sentence]:
    """Return how measurement and paths were taken apart, if they were."""
    if not isinstance(fit.estimator, SAM):
        return []
    blocks = {
        "apart": "Constructs were measured one by one, those that share items or errors together.",
        "joint": "All constructs were measured in one measurement model.",
    }
    approach = {
        "local": "Paths were fitted to the covariances of the constructs ({mapping} mapping).",
        "global": "Paths were fitted to the covariances of the items, the measurement held fixed.",
    }
    mapping = known.get("mapping of items to constructs", "")
    return [
        write(blocks[fit.estimator.blocks]),
        write(approach[fit.estimator.approach], mapping=mapping),
    ]


def search(write: Writer, fit: CovarianceFit) -> Sentence:
    """Return how the search for the parameters ended."""
    ended = fit.convergence
    if not isinstance(ended, SearchEnd):
        return write("The search {ended}.", ended=write.say.known(ended.how))
    values = {
        "count": ended.iterations, "gradient": f"{ended.gradient:.0e}",
        "decrement": f"{abs(ended.decrement):.0e}",
    }  # fmt: skip
    phrase = "The search ended after {count} iterations where the scaled gradient is {gradient}, the Newton decrement {decrement} and the Hessian positive definite."  # noqa: E501 - a key
    if not ended.converged:
        phrase = "The search has NOT settled after {count} iterations: the scaled gradient is {gradient}, the Newton decrement {decrement}."  # noqa: E501 - a key
    return write(phrase, **values)


def _elsewhere(write: Writer, known: Mapping[str, str]) -> list[Sentence]:
    """Return which other program searched, if one did."""
    if "version of semopy" not in known:
        return []
    phrase = "It was semopy {version} ({cited}) that searched, with {solver}; everything after the estimates is computed by csi."  # noqa: E501 - a key
    values = {"version": known["version of semopy"], "solver": known.get("solver", "")}
    return [write(phrase, "igolkina2020", **values)]


def measures(write: Writer, fit: CovarianceFit | MultigroupFit) -> list[Sentence]:
    """Return which measures of overall fit there are."""
    table = attempt(lambda: fit.fit_measures).value
    known = {} if table is None else dict(table[["measure", "value"]].to_numpy())
    if not np.isfinite(known.get("cfi", np.nan)):
        return []
    phrase = "Overall fit is told by chi-square, CFI, TLI, RMSEA with 90% limits, and SRMR, against uncorrelated items as the baseline ({cited})."  # noqa: E501 - a key
    told = [write(phrase, "bentler1990", "steiger1998")]
    if np.isfinite(known.get("cfi.robust", np.nan)):
        told.append(write(*_corrected(fit, scaled="chisq.scaled" in known)))
    return told


def _corrected(fit: CovarianceFit | MultigroupFit, *, scaled: bool) -> tuple[str, ...]:
    """Return what measures of overall fit are corrected for, and who did it first."""
    known = dict(fit.settings[["setting", "value"]].to_numpy().tolist())
    if "ordered items" in known:
        return "CFI, TLI and RMSEA are corrected for ordered answers ({cited}).", "savalei2021"
    incomplete = str(known.get("missing answers in the likelihood", "")).startswith("full")
    if incomplete and scaled:
        phrase = "CFI, TLI and RMSEA are corrected for missing answers and for answers that are not normal ({cited})."  # noqa: E501 - a key
        return phrase, "zhang2023"
    if incomplete:
        return "CFI, TLI and RMSEA are corrected for missing answers ({cited}).", "zhang2023"
    phrase = "CFI, TLI and RMSEA are corrected for answers that are not normal ({cited})."
    return phrase, "brosseauliard2014", "brosseauliard2012"

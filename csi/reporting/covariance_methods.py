"""The paragraph on how a covariance structure was estimated, to be copied into an article."""

from __future__ import annotations

from collections.abc import Mapping

from csi.covariance_fit import CovarianceFit
from csi.estimators.cbsem import SearchEnd
from csi.reporting.document import Block, Subject

_ERRORS = {
    "standard": "Standard errors come from the {information} information.",
    "robust.sem": "Standard errors are robust to answers that are not normal (Satorra and Bentler 1994), with the {information} information.",  # noqa: E501 - a key
    "robust.huber": "Standard errors are robust to answers that are not normal (Huber-White sandwich, with the {information} information).",  # noqa: E501 - a key
    "first.order": "Standard errors come from the cross products of the scores.",
    "twostep": "Standard errors of the paths heed that the measurement was estimated.",
    "robust": "Standard errors of the paths heed that the measurement was estimated, and are robust to answers that are not normal.",  # noqa: E501 - a key
    "naive": "Standard errors of the paths take the measurement as known.",
}
_TESTS = {
    "standard": "The test of the model is the chi-square test of its discrepancy.",
    "satorra.bentler": "The test of the model is scaled (Satorra and Bentler 1994).",
    "mean.var.adjusted": "The test of the model is adjusted by mean and variance (Satorra and Bentler 1994).",  # noqa: E501 - a key
    "scaled.shifted": "The test of the model is scaled and shifted (Asparouhov and Muthen 2010).",
    "yuan.bentler": "The test of the model is scaled (Yuan and Bentler 2000).",
    "yuan.bentler.mplus": "The test of the model is scaled (Yuan and Bentler 2000, as Mplus computes it).",  # noqa: E501 - a key
    "browne.residual.adf": "The test of the model is that of its residuals, free of distribution (Browne 1984).",  # noqa: E501 - a key
    "browne.residual.nt": "The test of the model is that of its residuals, for normal answers (Browne 1984).",  # noqa: E501 - a key
}
_SCALES = {
    "first item of each construct": "Each construct has the scale of its first item.",
    "constructs of variance one": "Each construct has a variance of one.",
}
_HOLES = {
    "full-information maximum likelihood": "Respondents who left answers out entered with those they gave (full-information maximum likelihood).",  # noqa: E501 - a key
    "two-stage, normal answers": "Means and covariances were estimated from all answers given, and the model was fitted to them (two-stage; Savalei and Bentler 2009).",  # noqa: E501 - a key
    "two-stage, robust": "Means and covariances were estimated from all answers given, and the model was fitted to them (two-stage, robust; Savalei and Falk 2014).",  # noqa: E501 - a key
}
_POLICIES = {
    "listwise": "Respondents with missing answers were left out.",
    "mean": "Missing answers were replaced by the mean of the item.",
}


def structure_methods(subject: Subject) -> list[Block]:
    """Return the paragraph; none for other fits."""
    fit, say = subject.fit, subject.say
    if not isinstance(fit, CovarianceFit):
        return []
    known = {**fit.handling, **fit.estimates.settings}
    sentences = [
        _model(subject, known), *_errors(subject, known),
        *_told(subject, _TESTS, known.get("test", "")),
        *_told(subject, _SCALES, known.get("scaling", "")),
        *_ordered(subject, known), *_missing(subject, known), _search(subject, fit),
        *_elsewhere(subject, known),
    ]  # fmt: skip
    return [Block("text", say.joined(sentences))]


def _told(subject: Subject, phrases: Mapping[str, str], which: str) -> list[str]:
    return [subject.say(phrases[which])] if which in phrases else []


def _model(subject: Subject, known: Mapping[str, str]) -> str:
    say, how = subject.say, subject.say.known(known.get("discrepancy", ""))
    if "measurement" in known:
        phrase = "The measurement of the constructs was fitted first, and the paths between them after it (Rosseel and Loh 2022), by {how}."  # noqa: E501 - a key
    elif known.get("mean structure") == "yes":
        phrase = "The model was fitted as a structure of means and covariances by {how}."
    else:
        phrase = "The model was fitted as a structure of covariances by {how}."
    return say(phrase, how=how)


def _errors(subject: Subject, known: Mapping[str, str]) -> list[str]:
    kind, _, heeded = known.get("standard errors", "").partition(", heeding ")
    say, information = subject.say, known.get("information", "")
    if kind not in _ERRORS:
        return []
    told = [say(_ERRORS[kind], information=say.known(information))]
    if heeded:
        drawn = (", " if say.language == "en" else "、").join(map(say.known, heeded.split(", ")))
        told.append(say("They heed how respondents were drawn: {drawn}.", drawn=drawn))
    return told


def _ordered(subject: Subject, known: Mapping[str, str]) -> list[str]:
    if "ordered items" not in known:
        return []
    counts = known["ordered items"].split(":")[0].split(" of ")
    phrase = "{some} of {all} items are ordered categories: their thresholds and the polychoric correlations were fitted ({which} parametrization)."  # noqa: E501 - a key
    which = known.get("parametrization", "")
    return [subject.say(phrase, some=counts[0], all=counts[-1], which=which)]


def _missing(subject: Subject, known: Mapping[str, str]) -> list[str]:
    way = known.get("missing answers in the likelihood", "")
    if way in _HOLES:
        return [subject.say(_HOLES[way])]
    return _told(subject, _POLICIES, known.get("missing answers", ""))


def _search(subject: Subject, fit: CovarianceFit) -> str:
    say, ended = subject.say, fit.convergence
    if not isinstance(ended, SearchEnd):
        return say("The search {ended}.", ended=say.known(ended.how))
    values = {
        "count": ended.iterations, "gradient": f"{ended.gradient:.0e}",
        "decrement": f"{abs(ended.decrement):.0e}",
    }  # fmt: skip
    phrase = "The search ended after {count} iterations where the scaled gradient is {gradient}, the Newton decrement {decrement} and the Hessian positive definite."  # noqa: E501 - a key
    if not ended.converged:
        phrase = "The search has NOT settled after {count} iterations: the scaled gradient is {gradient}, the Newton decrement {decrement}."  # noqa: E501 - a key
    return say(phrase, **values)


def _elsewhere(subject: Subject, known: Mapping[str, str]) -> list[str]:
    """Say which other program searched, if one did."""
    if "version of semopy" not in known:
        return []
    phrase = (
        "It was semopy {version} that searched; everything after the estimates is computed by csi."
    )
    return [subject.say(phrase, version=known["version of semopy"])]

"""What a methods section says of groups: fits by group, comparisons, invariance, ranks."""

from __future__ import annotations

from csi.comparing.differences import Comparison
from csi.comparing.invariance import Invariance
from csi.comparing.standings import Standing
from csi.group_fits import MultigroupFit
from csi.groups import Fits
from csi.invariance_steps import InvarianceSteps
from csi.reporting.paragraph.sentences import Sentence, Writer, count
from csi.reporting.paragraph.uncertainty import percent
from csi.results import Fit

ADJUSTED = {
    "none": "no adjustment",
    "bonferroni": "Bonferroni's adjustment",
    "holm": "Holm's adjustment",
    "hochberg": "Hochberg's adjustment",
    "bh": "Benjamini and Hochberg's adjustment",
    "by": "Benjamini and Yekutieli's adjustment",
}
"""What adjustments of p values are called."""

_EQUAL = {
    "loadings": "the loadings",
    "weights": "the weights of composites",
    "intercepts": "the intercepts of items",
    "thresholds": "the thresholds",
    "means": "the means of constructs",
    "regressions": "the paths",
    "residuals": "the error variances of items",
    "residual covariances": "the error covariances of items",
    "variances": "the variances of constructs",
    "covariances": "the covariances of constructs",
}
_STEPS = {
    "configural": "the same model in all groups (configural)",
    "metric": "equal loadings (metric)",
    "scalar": "equal loadings and intercepts (scalar)",
    "strict": "equal loadings, intercepts and error variances (strict)",
    "means": "equal loadings, intercepts and means",
    "structural": "equal loadings and paths (structural)",
}

MOST_NAMED = 10
"""Groups that are named with their number of respondents."""


def members(write: Writer, fits: Fits) -> list[Sentence]:
    """Return which groups a model was fitted to."""
    phrase = "The model was fitted separately to each of {groups} groups by {by}, {n} respondents in all ({sizes})."  # noqa: E501 - a key
    told = [write(phrase, by=fits.by, **_sizes(write, dict(fits)))]
    if len(fits.skipped):
        phrase = "{count} groups were too small or could not be estimated."
        told.append(write(phrase, count=len(fits.skipped)))
    return told


def together(write: Writer, fit: MultigroupFit) -> list[Sentence]:
    """Return what several groups that were fitted at once have in common."""
    phrase = (
        "{groups} groups by {by} ({sizes}) were fitted at once ({cited}), {n} respondents in all."
    )
    told = [write(phrase, "joreskog1971", by=fit.by, **_sizes(write, dict(fit.fits)))]
    if fit.equal:
        equal = write.row([write.say(_EQUAL[what]) for what in fit.equal])
        told.append(write("Equal over groups: {equal}.", equal=equal))
    else:
        told.append(write("Nothing was held equal over groups but what labels say."))
    if fit.partial:
        told.append(write("Free all the same: {names}.", names=write.row(fit.partial)))
    return told


def steps(write: Writer, found: InvarianceSteps) -> list[Sentence]:
    """Return which steps of invariance were tested."""
    names = write.row([write.say(_STEPS[name]) for name in found.fits])
    phrase = "Measurement invariance was tested in steps, judged by the chi-square difference and by changes of fit ({cited}): {names}."  # noqa: E501 - a key
    return [write(phrase, "cheung2002", "chen2007", names=names)]


def comparison(write: Writer, found: Comparison) -> list[Sentence]:
    """Return how groups were compared."""
    phrase = "Groups were compared by the differences of their bootstrap resamples ({level} intervals), with {adjust} of the p values."  # noqa: E501 - a key
    adjust = write.say(ADJUSTED[found.adjust])
    told = [write(phrase, level=percent(found.level), adjust=adjust)]
    if found.permutations:
        number = next(iter(found.permutations.values())).number
        phrase = "Permutation tests exchanged respondents between groups {number} times ({cited})."
        told.append(write(phrase, "chin2010", number=count(number)))
    return told


def invariance(write: Writer, found: Invariance) -> list[Sentence]:
    """Return how the invariance of composites was tested."""
    part = found.permutations
    number = 0 if part is None else len(part.why)
    phrase = "Measurement invariance of composites over {groups} was tested in three steps (MICOM; {cited}) with {number} permutations, each test at the {alpha} level."  # noqa: E501 - a key
    alpha = percent(round(1 - found.level, 12))
    values = {"groups": write.row(found.groups), "number": count(number), "alpha": alpha}
    return [write(phrase, "henseler2016", **values)]


def standing(write: Writer, found: Standing) -> list[Sentence]:
    """Return how groups were ranked."""
    jointly = "all groups together" if found.simultaneous else "each group by itself"
    values = {
        "groups": len(found.table), "by": found.by, "construct": found.construct,
        "level": percent(found.level), "jointly": write.say(jointly),
        "adjust": write.say(ADJUSTED[found.adjust]),
    }  # fmt: skip
    phrase = "{groups} groups by {by} were ranked by the index of {construct}; possible places are those that no test excludes at the {level} level, {jointly} ({cited})."  # noqa: E501 - a key
    letters = "Letters join groups that tests of all pairs do not tell apart, with {adjust} of their p values ({cited})."  # noqa: E501 - a key
    low = [write("Low indices come first.")] if found.ascending else []
    return [
        write(phrase, "klein2020", "mogstad2024", **values), *low,
        write(letters, "piepho2004", **values),
    ]  # fmt: skip


def _sizes(write: Writer, fits: dict[object, Fit]) -> dict[str, object]:
    """Return how many groups there are, with how many respondents."""
    sizes = {str(group): fit.n for group, fit in fits.items()}
    if len(sizes) <= MOST_NAMED:
        told = write.between("; ").join(f"{group} {count(n)}" for group, n in sizes.items())
    else:
        low, high = count(min(sizes.values())), count(max(sizes.values()))
        told = write.say("{low} to {high} each", low=low, high=high)
    return {"groups": len(fits), "n": count(sum(sizes.values())), "sizes": told}

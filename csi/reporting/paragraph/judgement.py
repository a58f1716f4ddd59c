"""What a methods section says of assessment, tests of fit and prediction."""

from __future__ import annotations

from csi.assessment.ability import Cvpat
from csi.assessment.overall import ExactFit
from csi.assessment.prediction import Prediction
from csi.reporting.judged import Judged
from csi.reporting.paragraph.references import named_in
from csi.reporting.paragraph.sentences import Sentence, Writer, count
from csi.reporting.paragraph.uncertainty import failed, percent
from csi.resampling.bollen_stine import BollenStine

_AREAS = {
    "Measurement": "Measurement was judged by {criteria} ({cited}).",
    "Discriminant validity": "Discriminant validity was judged by {criteria} ({cited}).",
    "Collinearity": "Collinearity was judged by {criteria} ({cited}).",
    "Structure": "The structure was judged by {criteria} ({cited}).",
    "Overall fit": "Overall fit was judged by {criteria} ({cited}).",
}
_NAMES = ("Cronbach", "Fornell")
_TOLD_APART = ("exact_srmr", "exact_d_uls", "exact_d_g")
_SOURCES = {"direct": "its direct antecedents", "earliest": "exogenous constructs along all routes"}
_READS = {"antecedents": "the items of these", "all": "the items of all other constructs"}


def assessment(write: Writer, judged: Judged, *, own: bool) -> list[Sentence]:
    """Return by which criteria a fit was judged; ``own`` resamples are told of here."""
    made = judged.made
    keys = {each.worst.rule.key for each in judged.by_rule if each.worst.word != "not computed"}
    told = [_area(write, judged, area, keys) for area in _AREAS]
    sentences = [each for each in told if each is not None]
    if keys & set(_TOLD_APART):
        phrase = "Exact fit was tested with {number} resamples of respondents among whom the model holds ({cited})."  # noqa: E501 - a key
        sentences.append(write(phrase, "beran1985", "bollen1992", number=count(made.n_boot)))
    if keys & {"q2", "power"}:
        sentences.append(_folds(write, made.folds, made.repeats))
    if keys & {"cvpat_mean", "cvpat_lm"}:
        sentences.append(_ability(write))
    if own and made.resamples:
        phrase = "Intervals of the criteria are those of {number} bootstrap resamples at the {level} level."  # noqa: E501 - a key
        sentences.append(write(phrase, number=count(made.resamples), level=made.percent))
    return [*sentences, write("The seed of the assessment was {seed}.", seed=made.seed)]


def _area(write: Writer, judged: Judged, area: str, keys: set[str]) -> Sentence | None:
    """Return the criteria of an area that were computed, and who set their limits."""
    rules = [each.worst.rule for each in judged.by_rule]
    used = [r for r in rules if r.area == area and r.key in keys - set(_TOLD_APART)]
    if not used:
        return None
    cited = dict.fromkeys(key for rule in used for key in named_in(rule.source))
    criteria = write.row([_in_a_sentence(write, rule.criterion) for rule in used])
    return write(_AREAS[area], *cited, criteria=criteria)


def _in_a_sentence(write: Writer, criterion: str) -> str:
    """Return what a criterion is called within a sentence: small, unless a name or letters."""
    if write.say.language != "en":
        return write.say.known(criterion)
    small = criterion[1:2].islower() and not criterion.startswith(_NAMES)
    return criterion[0].lower() + criterion[1:] if small else criterion


def prediction(write: Writer, found: Prediction) -> list[Sentence]:
    """Return how items were predicted out of sample."""
    reads = "Each construct was predicted from {source}; the linear model reads {items}."
    source, items = _SOURCES[found.targets.technique], _READS[found.benchmark]
    told = [
        _folds(write, found.folds.number, len(found.folds.labels)),
        write(reads, source=write.say(source), items=write.say(items)),
    ]
    lost = len(found.failures)
    if lost:
        phrase = "The model could not be estimated without {lost} of {number} folds."
        told.append(write(phrase, lost=count(lost), number=count(len(found.why))))
    return told


def predictive_ability(write: Writer, found: Cvpat) -> list[Sentence]:
    """Return how predictions were compared with others."""
    phrase = "Limits of the differences are at the {level} level."
    return [
        *prediction(write, found.prediction), _ability(write),
        write(phrase, level=percent(found.level)),
    ]  # fmt: skip


def exact_fit(write: Writer, found: ExactFit) -> list[Sentence]:
    """Return how exact fit was tested."""
    number = count(len(found.part.why))
    phrase = "Exact fit was tested by SRMR, d_ULS, d_G and d_ML with {number} resamples of respondents among whom the model holds ({cited}), at the {level} level."  # noqa: E501 - a key
    values = {"number": number, "level": percent(1 - found.level)}
    told = [write(phrase, "beran1985", "bollen1992", **values)]
    if found.saturated:
        told.append(write("The constructs were left free to correlate (saturated model)."))
    if found.double:
        told.append(write("Each resample was resampled once more (double bootstrap)."))
    return [*told, *_end(write, found)]


def bollen_stine(write: Writer, found: BollenStine) -> list[Sentence]:
    """Return how the chi-square test was bootstrapped."""
    phrase = "The chi-square test of exact fit was bootstrapped with {number} resamples of respondents among whom the model holds ({cited})."  # noqa: E501 - a key
    return [
        write(phrase, "bollen1992", number=count(len(found.part.why))), *_end(write, found),
    ]  # fmt: skip


def _end(write: Writer, found: ExactFit | BollenStine) -> list[Sentence]:
    part = found.part
    lost = failed(write, len(part.why), int(part.bad.sum()), part.reasons)
    return [write("The seed was {seed}.", seed=found.seed), lost]


def _folds(write: Writer, folds: int, repeats: int) -> Sentence:
    phrase = "Items were predicted out of sample in {folds} folds, dealt {times} (PLSpredict; {cited}), and the errors compared with those of item means and of a linear model."  # noqa: E501 - a key
    times = write.counted(repeats, "once", "{count} times")
    return write(phrase, "shmueli2016", "shmueli2019", folds=count(folds), times=times)


def _ability(write: Writer) -> Sentence:
    phrase = (
        "Mean losses were compared by the cross-validated predictive ability test (CVPAT; {cited})."
    )
    return write(phrase, "sharma2023")

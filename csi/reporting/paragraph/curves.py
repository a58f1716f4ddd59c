"""What a methods section says of loyalty curves."""

from __future__ import annotations

from csi.display import number
from csi.loyalty.groups import CurveComparison
from csi.loyalty.parts import Part
from csi.loyalty.pooling import PooledCurve
from csi.loyalty.zone import Zone
from csi.reporting.curve_results import StoredCurve
from csi.reporting.curve_words import UNITS, VERDICTS, p_equals
from csi.reporting.paragraph.groups import ADJUSTED
from csi.reporting.paragraph.sentences import Sentence, Writer, count
from csi.reporting.paragraph.uncertainty import percent

_TESTS: dict[str, tuple[str, ...]] = {
    "pwlr": (
        "That there is no insensitive zone was tested by whether two kinks explain the answers better than curves without a zone do, with {draws} draws for each null hypothesis, at the {alpha} level.",  # noqa: E501 - a key
    ),
    "shape": (
        "That there is no insensitive zone was tested by whether the best curve with a zone explains the answers better than the best without one ({cited}), with {draws} draws for each null hypothesis, at the {alpha} level.",  # noqa: E501 - a key
        "meyer2003",
    ),
    "msc": (
        "That there is no insensitive zone was tested by multiscale contrasts of slopes ({cited}), with {draws} draws for each null hypothesis, at the {alpha} level.",  # noqa: E501 - a key
        "dumbgen2001",
        "hall2000",
    ),
}


def curve(write: Writer, found: StoredCurve, cause: str, effect: str) -> list[Sentence]:
    """Return how a loyalty curve was made, and what was found."""
    asked = found.settings
    drawn = "{unit} as a function of {cause} is a penalised spline ({cited}) with pointwise and simultaneous {level} bands."  # noqa: E501 - a key
    sources = ("eilers1996", "marra2012", "krivobokova2010")
    unit = write.say(UNITS[found.unit], effect=effect)
    return [
        write(drawn, *sources, unit=unit, cause=cause, level=found.percent),
        _respondents(write, found),
        _calibrated(write, found),
        *_shape(write, found),
        _window(write, found),
        _tested(write, found),
        write("The seed of the curve was {seed}.", seed=asked.seed),
        *_verdict(write, found.zone),
    ]


def pooled(write: Writer, found: PooledCurve) -> list[Sentence]:
    """Return how the curve of many firms was made, and what was found."""
    phrase = "A curve was fitted to {n} respondents of {groups} firms, with bends in common and a level of each firm's own; slopes are {slopes}."  # noqa: E501 - a key
    slopes = {"common": "in common too", "own": "of each firm's own as well"}[found.slopes]
    values = {"n": count(found.n), "groups": len(found.parts), "slopes": write.say(slopes)}
    return [
        write(phrase, **values), _calibrations(write, found.parts),
        _margin(write, found.zone), *_verdict(write, found.zone),
    ]  # fmt: skip


def compared(write: Writer, found: CurveComparison) -> list[Sentence]:
    """Return how curves of groups were compared."""
    phrase = "Curves of {groups} groups ({n} respondents), straight between {knots}, were compared by Wald tests, with {adjust} of the p values of pairs and {level} intervals from bootstrap resamples that contain the error of the calibration."  # noqa: E501 - a key
    values = {
        "groups": len(found.parts), "n": count(sum(part.observed.n for part in found.parts)),
        "knots": write.row([number(float(knot), 0) for knot in found.knots]),
        "adjust": write.say(ADJUSTED[found.adjust]), "level": percent(found.level),
    }  # fmt: skip
    return [write(phrase, **values), _calibrations(write, found.parts)]


def _respondents(write: Writer, found: StoredCurve) -> Sentence:
    n, dropped = count(found.n), found.dropped
    if not dropped:
        return write("It rests on {n} respondents.", n=n)
    return write("It rests on {n} respondents; {lost} were left out.", n=n, lost=count(dropped))


def _calibrated(write: Writer, found: StoredCurve) -> Sentence:
    """Return how measurement error was taken off the scores."""
    source = write.say.known(found.reliability_source)
    if not found.corrected:
        phrase = "Measurement error of the score was not corrected (reliability {value}: {source})."
        return write(phrase, value=number(found.reliability), source=source)
    phrase = "Measurement error of the score was taken off by deconvolution and regression calibration ({cited}), with a reliability of {value} ({source})."  # noqa: E501 - a key
    return write(phrase, "lucy1974", "carroll2006", value=number(found.reliability), source=source)


def _shape(write: Writer, found: StoredCurve) -> list[Sentence]:
    asked, told = found.settings, []
    if asked.scale == "logit":
        told.append(write("Shares were analysed as log odds (logit)."))
    if asked.direction == "falling":
        told.append(write("The outcome falls as satisfaction rises."))
    if asked.monotone:
        phrase = "The curve drawn was held from turning round ({cited})."
        told.append(write(phrase, "chernozhukov2009"))
    return told


def _window(write: Writer, found: StoredCurve) -> Sentence:
    phrase = "Nothing is said outside {low} to {high} points, with {share} of the customers beyond each end."  # noqa: E501 - a key
    low, high = (number(end, 1) for end in found.window)
    return write(phrase, low=low, high=high, share=percent(found.settings.tail))


def _tested(write: Writer, found: StoredCurve) -> Sentence:
    asked, told = found.settings, _margin(write, found.zone)
    alpha = percent(round(1 - asked.level, 12))
    test = write(*_TESTS[asked.method], draws=count(asked.draws), alpha=alpha)
    return Sentence(write.say.joined([test.text, told.text]), test.cited)


def _margin(write: Writer, zone: Zone) -> Sentence:
    phrase = "A zone is certified if the upper {level} limit of its slope is below {margin}."
    margin = f"{zone.sign * zone.margin:.3g}".replace("nan", "–").replace("-", "−")
    return write(phrase, level=percent(zone.level), margin=margin)


def _verdict(write: Writer, zone: Zone) -> list[Sentence]:
    ends = {"low": number(zone.low, 0), "high": number(zone.high, 0)}
    verdict = write.say(VERDICTS[zone.verdict], **ends)
    if zone.p_value != zone.p_value:
        return [write("Verdict: {verdict}.", verdict=verdict)]
    return [write("Verdict: {verdict} ({p}).", verdict=verdict, p=p_equals(zone.p_value))]


def _calibrations(write: Writer, parts: tuple[Part, ...]) -> Sentence:
    """Return between which reliabilities the scores of groups were calibrated."""
    values = [part.reliability for part in parts]
    phrase = "Measurement error was taken off the scores of each group ({cited}), with reliabilities of {low} to {high}."  # noqa: E501 - a key
    ends = {"low": number(min(values)), "high": number(max(values))}
    return write(phrase, "lucy1974", "carroll2006", **ends)

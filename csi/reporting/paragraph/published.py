"""What a methods section says of audits of printed tables and of specification curves."""

from __future__ import annotations

from csi.published.audits.audit import Audit
from csi.published.specified.results import SpecificationCurve
from csi.reporting.document import Typesetter
from csi.reporting.paragraph.sentences import Sentence, Writer, count
from csi.reporting.published_beside import model_of
from csi.reporting.published_words import choice, dimension, number_in_words
from csi.reporting.specification_section import level_of, spread
from csi.spec import Model

_AUDITED = "A published table was audited with csi.audit: {total} of its numbers were compared with those of {tried} settings, of which the nearest ({settings}) reproduces {agreeing} to every printed digit."  # noqa: E501 - a key
_CROSSED = "{number} was computed under {count} specifications (specification curve; {cited}), crossing every choice of {choices} that can be combined."  # noqa: E501 - a key
_FOUND = "The median estimate is {median} and the range {low} to {high}; {share} of the estimates have the sign of the median."  # noqa: E501 - a key
_INDICES = "The median estimate is {median} and the range {low} to {high}."
_LIMITS = "Limits at the {level} level are percentiles of {number} resamples of each specification (seed {seed})."  # noqa: E501 - a key
_DELTA = "Limits of covariance structures ({count} of them) come from the delta method."


def audit(write: Writer, found: Audit) -> list[Sentence]:
    """Return how a printed table was audited, and what was found."""
    voice = _voice(write, found.bench.model)
    told = (
        write.say(
            "{name}: {value}",
            name=dimension(write.say, name),
            value=choice(voice, name, value),
        )
        for name, value in found.choices.items()
    )
    return [
        write(
            _AUDITED,
            total=count(len(found.bench.table)),
            tried=count(len(found.scored)),
            agreeing=count(found.best.agreeing),
            settings=write.between("; ").join(told),
        )
    ]


def specifications(write: Writer, found: SpecificationCurve) -> list[Sentence]:
    """Return under which specifications a number was computed, and how far they part."""
    voice = _voice(write, model_of(found))
    choices = write.row(dimension(write.say, name) for name in found.dimensions)
    values = {"number": number_in_words(voice, found.number), "count": len(found.computed)}
    return [
        write(_CROSSED, "simonsohn2020", choices=choices, **values),
        write(_INDICES if found.number.kind == "index" else _FOUND, **spread(found)),
        *_limits(write, found),
    ]


def _limits(write: Writer, found: SpecificationCurve) -> list[Sentence]:
    """Return where limits come from, if there are any."""
    told = []
    if any(each.limits.startswith("bootstrap") for each in found.computed):
        asked = {"level": level_of(found), "number": count(found.n_boot), "seed": found.seed}
        told.append(write(_LIMITS, **asked))
    delta = sum(each.limits.startswith("delta") for each in found.computed)
    return [*told, write(_DELTA, count=delta)] if delta else told


def _voice(write: Writer, model: Model) -> Typesetter:
    def label(name: str) -> str:
        return model.label(name, write.say.language) if name in model.names else name

    return Typesetter(write.say, label)

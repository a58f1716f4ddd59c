"""The methods paragraph of a result, ready to be pasted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from csi.admissibility import Finding
from csi.errors import InadmissibleWarning, OptionError
from csi.group_fits import MultigroupFit
from csi.groups import Fits
from csi.reporting.curve_results import told, told_beside
from csi.reporting.document import Subject
from csi.reporting.judged import judged
from csi.reporting.paragraph import (
    answers,
    curves,
    estimation,
    groups,
    judgement,
    published,
    uncertainty,
)
from csi.reporting.paragraph.known import Known, known_of
from csi.reporting.paragraph.sentences import MethodsParagraph, Sentence, Writer
from csi.reporting.paragraph.structures import measures
from csi.reporting.phrases import Phrases
from csi.reporting.resampled import resampled
from csi.resampling.bootstraps import Bootstraps
from csi.results import Fit

if TYPE_CHECKING:
    from csi.assessment.assessment import Assessment
    from csi.loyalty.curve import Curve
    from csi.reporting.curve_results import StoredCurve
    from csi.reporting.judged import StoredAssessment
    from csi.reporting.resampled import Resampled


def methods_paragraph(
    result: object,
    *,
    boot: Resampled | Bootstraps | None = None,
    assessment: Assessment | StoredAssessment | None = None,
    curve: Curve | StoredCurve | None = None,
    language: str = "en",
) -> MethodsParagraph:
    """Write what a methods section has to say of an analysis, ready to be pasted.

    It tells the model, the estimator and its settings, who was used and how missing
    answers and weights were treated, resamples, intervals and seeds, the criteria of
    an assessment, the test behind a loyalty curve, the settings behind a published
    table, the specifications of a specification curve, versions, and the fingerprint of
    the data. What a result does not know is left out.

    Parameters
    ----------
    result : Fit, Fits, MultigroupFit, Bootstrap, Assessment, Curve or another result
        What the paragraph is about. Results that know their fit tell of it as well.
    boot : Bootstrap, Jackknife, InfinitesimalJackknife, Replicated or Bootstraps, optional
        What resampled the fit.
    assessment : Assessment or StoredAssessment, optional
        What judged it.
    curve : Curve or StoredCurve, optional
        Its loyalty curve.
    language : {"en", "zh"}
        Language of the text; references stay as they were published.

    Returns
    -------
    MethodsParagraph
        ``str()`` is the text, ``.citations`` the references, ``.bibtex`` the same for
        LaTeX; ``.write(path)`` puts them into a file.

    Raises
    ------
    ArgumentTypeError
        If it is no result that knows how it was made.
    OptionError
        If the language is unknown, or a bootstrap, assessment or curve belongs to
        another fit, or to a result that knows of no fit.

    Examples
    --------
    >>> import csi
    >>> from csi.reporting import methods_paragraph
    >>> fit = csi.fit(csi.models.acsi(), csi.demo_survey())
    >>> boot = csi.bootstrap(fit, n_boot=200, rng=1)
    >>> paragraph = methods_paragraph(boot)
    >>> paragraph.paragraphs[1].split(". ")[-2]
    'The seed was 1'
    >>> [each.key for each in paragraph.references]
    ['fornell1996', 'tenenhaus2005', 'csi', 'davison1997']
    """
    write = Writer(Phrases(language))
    known = known_of(result).beside(boot, assessment, curve)
    return MethodsParagraph.of(write.say, _parts(write, known))


def paragraph_of(subject: Subject) -> MethodsParagraph:
    """Return the methods paragraph of a report."""
    return MethodsParagraph.of(subject.say, _of_subject(subject))


def _of_curve(write: Writer, found: StoredCurve) -> list[Sentence]:
    cause, effect = (found.label(end, write.say.language) for end in (found.cause, found.effect))
    return curves.curve(write, found, cause, effect)


def _parts(write: Writer, known: Known) -> list[list[Sentence]]:
    """Return the sentences of every paragraph."""
    more = [] if known.more is None else [known.more(write)]
    if isinstance(known.fit, Fit):
        return [*_of_subject(_subject(write, known.fit, known)), *more]
    if known.fit is None:
        found = None if known.curve is None else told(known.curve)
        alone = [] if found is None else [_of_curve(write, found)]
        return [*more, *alone, [estimation.software(write)]]
    _check_alone(known)
    several = isinstance(known.fit, MultigroupFit)
    parts = [_together(write, known.fit) if several else _each(write, known.fit)]  # type: ignore[arg-type]
    if isinstance(known.boot, Bootstraps):
        parts.append(uncertainty.resampling_of_groups(write, known.boot))
    return [*parts, *more]


def _subject(write: Writer, fit: Fit, known: Known) -> Subject:
    """Return a fit with what belongs to it, or refuse what belongs to another."""
    own, fits, boots = resampled(fit, None, known.boot, None)
    curve = told_beside(fit, known.curve, sensitivity=False)
    return Subject(fit, fits, write.say, own, boots, judged(fit, known.assessment), curve)


def _of_subject(subject: Subject) -> list[list[Sentence]]:
    """Return what is told of a fit and of what belongs to it, paragraph by paragraph."""
    write, boot, found = Writer(subject.say), subject.boot, subject.curve
    parts = [_of_fit(write, subject.fit)]
    if boot is not None:
        parts.append(uncertainty.resampling(write, boot))
    if subject.boots is not None:
        parts.append(uncertainty.resampling_of_groups(write, subject.boots))
    if subject.judged is not None:
        parts.append(judgement.assessment(write, subject.judged, own=boot is None))
    if found is not None:
        cause, effect = subject.label(found.cause), subject.label(found.effect)
        parts.append(curves.curve(write, found, cause, effect))
    if subject.audit is not None:
        parts.append(published.audit(write, subject.audit))
    parts += [published.specifications(write, each) for each in subject.specifications]
    return parts


def _of_fit(write: Writer, fit: Fit) -> list[Sentence]:
    return [
        *estimation.estimation(write, [fit]), *answers.respondents(write, fit),
        *answers.indices(write, fit), *_doubts(write, fit.findings),
        estimation.software(write, fit), answers.fingerprint(write, fit.fingerprint),
    ]  # fmt: skip


def _each(write: Writer, fits: Fits) -> list[Sentence]:
    """Return what is told of a model fitted to every group by itself."""
    every = list(fits.values())
    return [
        *estimation.estimation(write, every), *groups.members(write, fits),
        *answers.coding(write, every[0]), *answers.policy(write, every[0]),
        *answers.sampling(write, every), *answers.indices(write, every[0]),
        *_doubts(write, [finding for fit in every for finding in fit.findings]),
        estimation.software(write, every[0]),
    ]  # fmt: skip


def _together(write: Writer, fit: MultigroupFit) -> list[Sentence]:
    """Return what is told of a model fitted to several groups at once."""
    every = list(fit.fits.values())
    return [
        *estimation.estimation(write, every), *measures(write, fit), *groups.together(write, fit),
        *answers.coding(write, every[0]), *answers.policy(write, every[0]),
        *answers.sampling(write, every), *_doubts(write, fit.findings),
        estimation.software(write, every[0]), answers.fingerprint(write, fit.fingerprint),
    ]  # fmt: skip


def _doubts(write: Writer, found: Sequence[Finding]) -> list[Sentence]:
    """Return that estimates are inadmissible, if some are."""
    if not any(issubclass(kind, InadmissibleWarning) for kind, _ in found):
        return []
    return [write("Some estimates are inadmissible or doubtful; the results say which.")]


def _check_alone(known: Known) -> None:
    """Refuse what belongs to a fit beside fits of groups."""
    if known.assessment is not None or known.curve is not None or not _of_groups(known.boot):
        raise OptionError(
            "An assessment, a curve or a bootstrap belongs to one fit, and here are groups. Ask "
            "for each group by itself: csi.methods_paragraph(fits['A'], ...)."
        )


def _of_groups(boot: object) -> bool:
    return boot is None or isinstance(boot, Bootstraps)

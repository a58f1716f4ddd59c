"""The report of a fit as one HTML file that runs nothing and loads nothing."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from importlib.resources import files
from typing import TYPE_CHECKING

from csi.display import atomic_write, one_line
from csi.reporting.checks import check_fits, check_output, check_title
from csi.reporting.curve_results import told_beside
from csi.reporting.document import Section, Subject
from csi.reporting.findings import findings, key_figures
from csi.reporting.judged import judged
from csi.reporting.methods import methods
from csi.reporting.phrases import Phrases
from csi.reporting.published_beside import audited, specified
from csi.reporting.resampled import resampled
from csi.results import Fit

if TYPE_CHECKING:
    from csi.assessment.assessment import Assessment
    from csi.groups import Fits
    from csi.loyalty.curve import Curve
    from csi.published.audits.audit import Audit
    from csi.published.specified.results import SpecificationCurve
    from csi.reporting.curve_results import StoredCurve
    from csi.reporting.judged import StoredAssessment
    from csi.reporting.resampled import Resampled
    from csi.resampling.bootstraps import Bootstraps

GENERATOR = '<meta name="generator" content="csi">'
"""By this line a report is known for one."""

_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
"""Signs that HTML does not know, such as those that colour a terminal."""


class _Html(str):
    """HTML that does not flood a notebook whose cell ends with it."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"<Report: {len(self):,} characters of HTML>"


def report(
    fit: Fit,
    path: str | os.PathLike[str] | None = None,
    *,
    boot: Resampled | Bootstraps | None = None,
    boots: Bootstraps | None = None,
    fits: Fits | None = None,
    assessment: Assessment | StoredAssessment | None = None,
    curve: Curve | StoredCurve | None = None,
    sensitivity: bool = False,
    audit: Audit | None = None,
    specifications: SpecificationCurve | Sequence[SpecificationCurve] | None = None,
    title: str = "",
    language: str = "en",
    overwrite: bool = False,
) -> str:
    """Write a fit as a report: findings first, then everything to judge them by.

    The file holds its style and pictures, runs no script, loads nothing and shows
    no answers of single respondents; browsers print it as a PDF. The same fit
    gives the same file.

    Parameters
    ----------
    fit : Fit
        The fit.
    path : str or path, optional
        File to write; its name ends in ``.html`` or ``.htm``.
    boot : Bootstrap, Jackknife, InfinitesimalJackknife, Replicated or Bootstraps, optional
        What resampling the fit found, also read back from a file, for intervals
        and p values; or the bootstraps of its groups.
    boots : Bootstraps, optional
        Bootstraps of the groups, for intervals, possible places and letters, if
        there is one of the fit as well.
    fits : Fits, optional
        The same model by group, from `csi.fit_by`; those of ``boots`` by default.
    assessment : Assessment or StoredAssessment, optional
        What `csi.assess` found, also read back from a file; it gets a page of its
        own.
    curve : Curve or StoredCurve, optional
        A loyalty curve of the fit, from `csi.loyalty_curve`, also read back from a file.
    sensitivity : bool
        Whether to ask for the curve again under other settings, which takes about as
        long as some curves more.
    audit : Audit, optional
        What `csi.audit` found of a published table of the same model.
    specifications : SpecificationCurve or sequence of them, optional
        Numbers of the same model under every specification, from
        `csi.specification_curve`.
    title : str
        Heading of the report, such as whose customers were asked.
    language : {"en", "zh"}
        Language of the report.
    overwrite : bool
        Whether to replace an existing file.

    Returns
    -------
    str
        The HTML; a notebook shows its length only.

    Raises
    ------
    OptionError
        If the file exists and is not to be replaced, its name ends otherwise,
        the language is not known, or a bootstrap, the assessment or the curve
        belongs to another fit, or an audit or specification curve to another model.
    FileFormatError
        If the folder does not exist or the file cannot be written.

    Examples
    --------
    >>> import csi
    >>> fit = csi.fit(csi.models.acsi(), csi.demo_survey())
    >>> csi.report(fit, title="Demonstration")[:15]
    '<!doctype html>'
    >>> boot = csi.bootstrap(fit, n_boot=200, rng=1)
    >>> "95% low" in csi.report(fit, boot=boot)
    True
    """
    check_fits(fit, fits, "reported")
    check_title(title)
    own, fits, of_groups = resampled(fit, fits, boot, boots)
    if path is not None:
        check_output(path, "report", overwrite)
    found, drawn = judged(fit, assessment), told_beside(fit, curve, sensitivity)
    told, curves = audited(fit, audit), specified(fit, specifications)
    say = Phrases(language)
    subject = Subject(fit, fits, say, own, of_groups, found, drawn, told, curves)
    html = _Html(_of_fit(subject, title))
    if path is not None:
        atomic_write(path, html)
    return html


def rendered(
    say: Phrases,
    title: str,
    subtitle: str,
    figures: Sequence[tuple[str, str]],
    parts: Sequence[tuple[str, Sequence[Section]]],
    problems: Sequence[str] = (),
) -> str:
    """Return a page of parts, in which every text is escaped.

    Parameters
    ----------
    say : Phrases
        Its language.
    title, subtitle : str
        Its heading, and what stands below.
    figures : sequence of (str, str)
        The few numbers to remember: what they are and the numbers.
    parts : sequence of (str, sequence of Section)
        Headings and what stands below them.
    problems : sequence of str
        What a reader must be warned of.

    Returns
    -------
    str
    """
    import jinja2  # noqa: PLC0415 - slow to import

    environment = jinja2.Environment(
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    source = files("csi.reporting").joinpath("report.html.jinja").read_text(encoding="utf-8")
    page: str = environment.from_string(source).render(
        lang={"en": "en", "zh": "zh-CN"}[say.language],
        generator=GENERATOR,
        title=one_line(title),
        subtitle=one_line(subtitle),
        say=say,
        problems=problems,
        figures=figures,
        parts=parts,
    )
    return _CONTROL.sub(" ", page)


def _of_fit(subject: Subject, title: str) -> str:
    say, fit = subject.say, subject.fit
    return rendered(
        say,
        title or say("Customer satisfaction report"),
        say("Model: {title}", title=say.known(fit.model.title)) if fit.model.title else "",
        key_figures(subject),
        [
            (say("For the manager"), findings(subject)),
            (say("For the researcher"), methods(subject)),
        ],
        [say.known(problem) for problem in fit.problems],
    )

"""Every table of a fit as a workbook or as LaTeX."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd

from csi.covariance_fit import CovarianceFit
from csi.display import atomic_write, latex_table, write_excel
from csi.reporting.assessed import verdict_sheets
from csi.reporting.checks import check_fits, check_output
from csi.reporting.curve_results import told_beside
from csi.reporting.curve_section import at_some_scores, curve_sheets
from csi.reporting.document import CONSTRUCTS, Subject
from csi.reporting.judged import judged
from csi.reporting.methods import items_table, settings_table
from csi.reporting.overviews import index_overview, standing_of
from csi.reporting.phrases import Phrases
from csi.reporting.published_beside import audited, specified
from csi.reporting.published_sheets import published_in_latex, published_sheets
from csi.reporting.resampled import Resampled, Resampling, resampled
from csi.reporting.stored import inference_tables
from csi.reporting.structure_tables import IN_LATEX, structure_tables
from csi.reporting.uncertainty import resampling_facts
from csi.resampling.bootstraps import Bootstraps
from csi.results import Fit
from csi.target import target_of

if TYPE_CHECKING:
    from csi.assessment.assessment import Assessment
    from csi.groups import Fits
    from csi.loyalty.curve import Curve
    from csi.published.audits.audit import Audit
    from csi.published.specified.results import SpecificationCurve
    from csi.reporting.curve_results import StoredCurve
    from csi.reporting.judged import StoredAssessment

_CALLED = {
    "specific_effects": "indirect routes",
    "r2": "explained variance",
    "construct_corr": "correlations",
    "standardized": "standardised parameters",
    "htmt": "HTMT",
}
_IN_LATEX = ["criterion", "value", "lower", "upper", "verdict", "about"]
"""Columns of the verdicts that fit a printed page."""
_CURVE_IN_LATEX = ["satisfaction", "loyalty", "lower", "upper", "slope"]
_NOT_IN_LATEX = ("Curve on raw scores", "Means by score")
_SENTENCES = ("effect", "step", "remark", "problem", "reason", "quantity", "what", "verdict")


def to_excel(
    fit: Fit,
    path: str | os.PathLike[str],
    *,
    boot: Resampled | Bootstraps | None = None,
    boots: Bootstraps | None = None,
    fits: Fits | None = None,
    assessment: Assessment | StoredAssessment | None = None,
    curve: Curve | StoredCurve | None = None,
    sensitivity: bool = False,
    audit: Audit | None = None,
    specifications: SpecificationCurve | Sequence[SpecificationCurve] | None = None,
    language: str = "en",
    overwrite: bool = False,
) -> None:
    """Write every table of a fit to an Excel workbook, one sheet each.

    Cells hold every digit and show three decimals. Answers of single respondents
    are not written.

    Parameters
    ----------
    fit : Fit
        The fit.
    path : str or path
        The file; its name ends in ``.xlsx``.
    boot : Bootstrap, Jackknife, InfinitesimalJackknife, Replicated or Bootstraps, optional
        What resampling the fit found, or the bootstraps of its groups; the tables
        get sheets of their own.
    boots : Bootstraps, optional
        Bootstraps of the groups, if there is one of the fit as well.
    fits : Fits, optional
        Fits by group; their tables get sheets of their own.
    assessment : Assessment or StoredAssessment, optional
        What `csi.assess` found: a sheet of verdicts, one for each rule, and a sheet
        of checks, one for each number judged.
    curve : Curve or StoredCurve, optional
        A loyalty curve of the fit: sheets for the curve, its zone, the curve on raw
        scores, means by score, and settings.
    sensitivity : bool
        Whether to ask for the curve again under other settings, for a sheet more.
    audit : Audit, optional
        What `csi.audit` found of a published table of the same model: a sheet of its
        numbers beside ours, one of every setting tried, one of what it leaves open.
    specifications : SpecificationCurve or sequence of them, optional
        Numbers of the same model under every specification: two sheets for each.
    language : {"en", "zh"}
        Language of sheets, columns and settings. In Chinese constructs go by
        their label, in English by their name in the model.
    overwrite : bool
        Whether to replace an existing file.

    Raises
    ------
    OptionError
        If the file exists and is not to be replaced, its name ends otherwise, the
        language is not known, xlsxwriter is not installed, a bootstrap, the
        assessment or the curve belongs to another fit, or an audit or specification
        curve to another model.
    FileFormatError
        If the file cannot be written.

    Examples
    --------
    >>> import csi, pathlib, tempfile
    >>> fit = csi.fit(csi.models.acsi(), csi.demo_survey())
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "acsi.xlsx"
    >>> csi.to_excel(fit, path)
    >>> path.stat().st_size > 5000
    True
    """
    check_fits(fit, fits, "exported")
    own, fits, of_groups = resampled(fit, fits, boot, boots)
    say = Phrases(language)
    check_output(path, "excel", overwrite)
    found, drawn = judged(fit, assessment), told_beside(fit, curve, sensitivity)
    told, curves = audited(fit, audit), specified(fit, specifications)
    subject = Subject(fit, fits, say, own, of_groups, found, drawn, told, curves)
    tables = _tables(subject)
    tables |= {} if drawn is None else curve_sheets(subject, drawn)
    tables |= {} if found is None else verdict_sheets(subject, found)
    tables["Settings"] = settings_table(subject, resampling_facts(subject))
    tables["Items"] = items_table(subject)
    if language != "en":
        tables = {
            subject.say(caption): _translated(_named(table, caption), subject)
            for caption, table in tables.items()
        }
    write_excel({**tables, **published_sheets(subject)}, path)


def to_latex(
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
    overwrite: bool = False,
) -> str:
    r"""Return every table of a fit as LaTeX; it needs the package booktabs and no other.

    Parameters
    ----------
    fit : Fit
        The fit.
    path : str or path, optional
        File to write; its name ends in ``.tex``.
    boot : Bootstrap, Jackknife, InfinitesimalJackknife, Replicated or Bootstraps, optional
        What resampling the fit found, or the bootstraps of its groups; the tables
        follow.
    boots : Bootstraps, optional
        Bootstraps of the groups, if there is one of the fit as well.
    fits : Fits, optional
        Fits by group; their tables follow those of the fit.
    assessment : Assessment or StoredAssessment, optional
        What `csi.assess` found; its verdicts come last.
    curve : Curve or StoredCurve, optional
        A loyalty curve of the fit: its zone, and the curve at every tenth point.
    sensitivity : bool
        Whether to ask for the curve again under other settings, for a table more.
    audit : Audit, optional
        What `csi.audit` found of a published table of the same model.
    specifications : SpecificationCurve or sequence of them, optional
        Numbers of the same model under every specification, by choice.
    overwrite : bool
        Whether to replace an existing file.

    Returns
    -------
    str

    Raises
    ------
    OptionError
        If the file exists and is not to be replaced, its name ends otherwise, a
        bootstrap, the assessment or the curve belongs to another fit, or an audit or
        specification curve to another model.
    FileFormatError
        If the file cannot be written.

    Examples
    --------
    >>> import csi
    >>> fit = csi.fit(csi.models.acsi(), csi.demo_survey())
    >>> print(csi.to_latex(fit).splitlines()[2])
    \caption{Indices (0-100)}
    """
    check_fits(fit, fits, "exported")
    if path is not None:
        check_output(path, "latex", overwrite)
    own, fits, of_groups = resampled(fit, fits, boot, boots)
    found, drawn = judged(fit, assessment), told_beside(fit, curve, sensitivity)
    told, curves = audited(fit, audit), specified(fit, specifications)
    say = Phrases("en")
    subject = Subject(fit, fits, say, own, of_groups, audit=told, specifications=curves)
    tables = _tables(subject)
    if drawn is not None:
        tables |= curve_sheets(subject, drawn)
        tables["Loyalty curve"] = at_some_scores(drawn)[_CURVE_IN_LATEX]
        tables = {name: table for name, table in tables.items() if name not in _NOT_IN_LATEX}
    if found is not None:
        tables["Verdicts"] = found.table[_IN_LATEX]
    for caption in IN_LATEX.keys() & tables.keys():
        tables[caption] = tables[caption][IN_LATEX[caption]]
    tables |= published_in_latex(subject)
    latex = "\n".join(
        latex_table(table, caption=caption, label=f"tab:{caption.split(' (')[0].lower()}")
        for caption, table in tables.items()
    )
    if path is not None:
        atomic_write(path, latex)
    return latex


def _tables(subject: Subject) -> dict[str, pd.DataFrame]:
    """Return every table of a subject by caption."""
    tables = all_tables(subject.fit)
    if subject.boot is not None:
        tables |= _intervals(subject.boot)
    if subject.fits is not None:
        tables |= _group_tables(subject.fits)
    if subject.boots is not None:
        tables |= _intervals_of_groups(subject.boots)
    return tables


def _intervals(boot: Resampled) -> dict[str, pd.DataFrame]:
    """Return the tables of a bootstrap by caption, and what failed."""
    tables = {
        f"Intervals of {_CALLED.get(name, name)}": table
        for name, table in inference_tables(boot).items()
    }
    failures = Resampling.of(boot).failures
    if failures:
        rows = list(failures.items())
        tables["Failed resamples"] = pd.DataFrame(rows, columns=["reason", "count"])
    return tables


def _intervals_of_groups(boots: Bootstraps) -> dict[str, pd.DataFrame]:
    tables = {"Intervals of paths by group": boots.paths}
    members = [boot.fit for boot in boots.values()]
    if all(fit.has_indices for fit in members):
        tables["Intervals of indices by group"] = boots.indices
        standing = standing_of(boots, target_of(members[0].model))
        tables |= (
            {}
            if isinstance(standing, str)
            else {"Ranks by group": standing.table.dropna(axis=1, how="all")}
        )
    return tables


def all_tables(fit: Fit) -> dict[str, pd.DataFrame]:
    """Return the tables of a fit by caption, from results to settings."""
    tables: dict[str, pd.DataFrame] = {}
    if fit.has_indices:
        tables["Indices (0-100)"] = fit.indices
        tables["Impacts (points per point)"] = fit.impacts
    measured = fit.weights.assign(loading=fit.loadings["loading"])
    if fit.has_indices:
        measured["index_weight"] = fit.index_weight_table["weight"]
    tables |= {
        "Paths": fit.paths,
        "Effects": fit.effects,
        "Explained variance": fit.r2,
        "Items": measured,
    }
    if isinstance(fit, CovarianceFit):
        tables |= structure_tables(fit)
    plain = {caption: table.reset_index(drop=True) for caption, table in tables.items()}
    plain["Construct correlations"] = _named_rows(fit.construct_corr, "construct")
    plain["Cross-loadings"] = _named_rows(fit.cross_loadings, "indicator")
    plain["Settings"] = fit.settings
    if fit.data is not None:
        plain["Audit"] = fit.audit
    if fit.problems:
        plain["Problems"] = pd.DataFrame({"problem": list(fit.problems)})
    return plain


def _group_tables(fits: Fits) -> dict[str, pd.DataFrame]:
    named = {"Paths": fits.paths, "Explained variance": fits.r2, "Skipped": fits.skipped}
    if all(fit.has_indices for fit in fits.values()):
        named = {"Overview": index_overview(fits), "Indices": fits.indices, **named}
    return {f"{name} by group": table for name, table in named.items() if len(table)}


def _named(table: pd.DataFrame, caption: str) -> pd.DataFrame:
    """Return a table whose estimates are called coefficients only where they are those of paths."""
    return table if "paths" in caption.lower() else table.rename(columns={"estimate": "estimated"})


def _translated(table: pd.DataFrame, subject: Subject) -> pd.DataFrame:
    """Return a table with headers, constructs and sentences in the language of the subject."""
    words = dict.fromkeys(CONSTRUCTS, subject.label) | dict.fromkeys(_SENTENCES, subject.say.known)
    told = {
        column: [word(str(cell)) for cell in table[column]]
        for column, word in words.items()
        if column in table
    }
    return table.assign(**told).rename(
        columns=lambda column: subject.label(subject.say.header(column))
    )


def _named_rows(matrix: pd.DataFrame, name: str) -> pd.DataFrame:
    plain = matrix.reset_index(drop=True)
    plain.insert(0, name, matrix.index.to_list(), allow_duplicates=True)
    return plain

"""What the commands of the command line do; `csi.cli` says what can be asked."""

from __future__ import annotations

import difflib
import shutil
import sys
import warnings
from argparse import Namespace
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd

from csi import models as catalogue
from csi.admissibility import doubtful_data
from csi.answers import Answers, complete, decode
from csi.assessment.assessment import Assessment
from csi.assessment.assessment import assess as assess_fit
from csi.core.checks import check_level
from csi.curve_options import curve_asked, curves_of_groups, effect_of
from csi.data import SurveyData, read_survey
from csi.display import text_table
from csi.errors import (
    CsiWarning,
    DataError,
    DataQualityWarning,
    FileFormatError,
    InadmissibleWarning,
    Issue,
    OptionError,
    warn,
)
from csi.estimators.base import Estimator
from csi.estimators.cbsem import CBSEM, Method
from csi.estimators.pls import PLS
from csi.estimators.sam import SAM
from csi.fitting import fit as fit_model
from csi.groups import Fits, fit_by
from csi.loyalty.curve_fitting import loyalty_curve
from csi.plots import plot_loyalty_curve
from csi.plots.canvas import save
from csi.reporting import methods_paragraph, report, to_excel, to_json, to_latex
from csi.reporting.checks import check_output
from csi.reporting.curve_results import StoredCurve
from csi.reporting.document import Subject
from csi.reporting.html import GENERATOR
from csi.reporting.phrases import Phrases
from csi.reporting.printed import printed
from csi.resampling.bootstrapping import FEWEST, MOST, bootstrap, check_number
from csi.resampling.bootstraps import Bootstrap
from csi.resampling.runs import Running
from csi.results import Fit
from csi.simulation import demo_survey
from csi.spec import Model
from csi.syntax import parse
from csi.target import target_of

LARGEST_MODEL_FILE = 1_000_000
"""Bytes of a model text beyond which the file is taken to be something else."""

LONGEST_TITLE = 48
"""Letters of a title in the list of models, so that its rows stay below 100 columns."""

RESAMPLES_OF_DEMO = 1000
"""Resamples of the assessment in the report of the demo, so that it stays quick."""

_OUTPUTS: tuple[Literal["report", "json", "excel", "latex", "methods", "plot"], ...] = (
    "report", "json", "excel", "latex", "methods", "plot",
)  # fmt: skip
_BOOTSTRAP = {"interval": "interval", "level": "level", "seed": "rng", "jobs": "n_jobs"}
"""Options that need ``--bootstrap``, and what Python calls them."""

_OF_PLS = ("scheme", "mode", "consistent")
_OF_STRUCTURES = ("ordered", "parametrization", "reliability", "scaling", "means")
_OF_SAM = ("reliability",)
"""Options of the estimation that not all estimators have."""

_NEXT = """\
The report is in {report}; open it in a browser. To go on:
  csi models                       lists the models of the catalogue
  csi models acsi                  shows one of them, with its items
  csi check FILE --model acsi      reads your survey and lists every problem
  csi fit FILE --model acsi --bootstrap 5000 --report report.html
  csi curve FILE --model acsi      draws loyalty against satisfaction"""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a command has to say.

    Attributes
    ----------
    text : str
        The result, for standard output.
    code : int
        The exit code.
    notes : tuple of str
        Lines for standard error.
    python : bool
        Whether the text shows calls of Python, which are not to be said as options.
    """

    text: str = ""
    code: int = 0
    notes: tuple[str, ...] = ()
    python: bool = False


def demo(options: Namespace) -> Outcome:
    """Fit the bundled survey and write its report."""
    path = Path(options.report)
    check_output(path, "report", _is_own_report(path))
    survey, model = demo_survey(), catalogue.acsi()
    fit = fit_model(model, survey)
    report(
        fit,
        fits=fit_by(model, survey, by="firm"),
        assessment=assess_fit(fit, n_boot=RESAMPLES_OF_DEMO, rng=1),
        curve=loyalty_curve(fit, rng=1),
        path=path,
        title=Phrases(options.language)("Demonstration with simulated answers"),
        language=options.language,
        overwrite=True,
    )
    if options.quiet:
        return Outcome(code=_code(fit))
    tables = [
        text_table(fit.indices.reset_index(drop=True), title="Indices (0-100)"),
        text_table(fit.paths, title="Paths"),
        _NEXT.format(report=path) + _typed(),
    ]
    return Outcome("\n\n".join(tables), _code(fit))


def check(options: Namespace) -> Outcome:
    """Read a survey file and list every problem of it."""
    model = model_named(options.model) if options.model else None
    with _counted() as said:
        survey = survey_of(options, model)
        if model is None:
            columns = text_table(_columns(survey), title="Columns")
            note = "Name a model with --model to check the answers to its items."
            return Outcome("\n\n".join([_audit(survey.audit), columns, note]))
        try:
            decoded = decode(survey, model)
            answers = complete(decoded)
        except DataError as problem:
            return Outcome(_audit(survey.audit), 2, (f"error: {problem}",))
        for doubt in doubtful_data(model, answers.moments()):
            warn(doubt, DataQualityWarning)
    tables = [_audit(answers.audit), text_table(_answered(decoded), title="Items")]
    return Outcome("\n\n".join([*tables, _verdict(len(said))]))


def fit(options: Namespace) -> Outcome:
    """Fit a model to a survey file and write what was asked for."""
    check_outputs(options)
    _check_bootstrap(options)
    estimator = _estimator(options)
    model = model_named(options.model)
    survey = survey_of(options, model)
    ends = (target_of(model), effect_of(model)) if options.curve else None
    fitted, fits = fit_model(model, survey, estimator, index_weights=options.index_weights), None
    if options.by:
        fits = fit_by(
            model,
            survey,
            options.by,
            fitted.estimator,
            index_weights=options.index_weights,
            min_n=options.min_n,
            on_bad_group="skip",
        )
    _warn_of_omissions(options, fitted)
    boot, boots = _bootstrapped(options, fitted), _bootstrapped(options, fits)
    subject = Subject(fitted, fits, Phrases("en"), boot, boots)
    assessment = _assessed(options, fitted, boot) if options.assess else None
    found = None if ends is None else loyalty_curve(fitted, *ends, rng=options.seed)
    drawn = None if found is None else StoredCurve.of(found)
    notes = _write(options, subject, assessment, drawn)
    code = max(_code(each) for each in (fitted, *(fits or {}).values()))
    if options.quiet:
        return Outcome(code=code)
    parts = [printed(subject), *(str(each) for each in (assessment, found) if each is not None)]
    return Outcome("\n\n".join(parts), code, notes)


def assess(options: Namespace) -> Outcome:
    """Fit a model to a survey file and say whether it may be believed."""
    check_outputs(options)
    _check_resampling(options, FEWEST if options.bootstrap else 0)
    estimator = _estimator(options)
    model = model_named(options.model)
    survey = survey_of(options, model)
    fitted = fit_model(model, survey, estimator, index_weights=options.index_weights)
    assessment = _assessed(options, fitted, None)
    notes = _write(options, Subject(fitted, None, Phrases("en"), assessment.boot), assessment)
    table = assessment.table
    failed = ((table["area"] == "Admissibility") & (table["verdict"] == "failed")).any()
    return Outcome("" if options.quiet else str(assessment), int(failed), notes)


def curve(options: Namespace) -> Outcome:
    """Draw loyalty against satisfaction and look for an insensitive zone."""
    check_outputs(options)
    _check_seed_and_level(options)
    if options.outcome_scale and not options.outcome:
        raise OptionError("--outcome-scale is that of --outcome. Name its column.")
    model = model_named(options.model)
    survey = survey_of(options, model)
    estimator = PLS(
        options.scheme or "path", modes=dict(options.mode), consistent=options.consistent
    )
    fitted = fit_model(model, survey, estimator, index_weights=options.index_weights)
    asked = curve_asked(options, model, survey)
    found = loyalty_curve(fitted, **asked)
    drawn = StoredCurve.of(found, sensitivity=options.sensitivity)
    parts = [str(found)]
    if options.sensitivity:
        parts.append(text_table(drawn.sensitivity(), title="Other settings"))
    fits = None
    if options.by:
        fits = fit_by(
            model, survey, options.by, estimator, index_weights=options.index_weights,
            min_n=options.min_n, on_bad_group="skip",
        )  # fmt: skip
        table = curves_of_groups(fits, asked)
        parts.append(text_table(table, title=f"Curves by {options.by}"))
        if options.json:
            warn("--json holds the curve of all respondents together.", CsiWarning)
    notes = _write(options, Subject(fitted, fits, Phrases("en")), None, drawn)
    return Outcome("" if options.quiet else "\n\n".join(parts), _code(fitted), notes)


def _estimator(options: Namespace) -> Estimator:
    """Return the estimator that was asked for, or refuse options it has not."""
    name: str = options.estimator
    if name == "pls":
        _refuse(options, _OF_STRUCTURES, "of covariance structures; name one, as --estimator ml")
        return PLS(
            options.scheme or "path", modes=dict(options.mode), consistent=options.consistent
        )
    _refuse(options, _OF_PLS, f"of --estimator pls, not of {name}")
    own = _OF_SAM if name == "sam" else _OF_STRUCTURES
    others = [option for option in _OF_STRUCTURES if option not in own]
    _refuse(options, others, f"of covariance structures fitted at once, not of {name}")
    given = {option: getattr(options, option) for option in own if getattr(options, option)}
    return SAM(**given) if name == "sam" else CBSEM(_method(name), **given)


def _method(name: str) -> Method:
    method: Method = name.upper()  # type: ignore[assignment]
    return method


def _refuse(options: Namespace, names: Iterable[str], why: str) -> None:
    given = [f"--{name}" for name in names if getattr(options, name)]
    if given:
        are = "is an option" if len(given) == 1 else "are options"
        raise OptionError(f"{' and '.join(given)} {are} {why}.")


def _assessed(options: Namespace, fitted: Fit, boot: Bootstrap | None) -> Assessment:
    given = {"n_boot": options.bootstrap, "level": options.level, "rng": options.seed}
    named = {name: value for name, value in given.items() if value is not None}
    return assess_fit(fitted, boot, **named)


def models(options: Namespace) -> Outcome:
    """List the catalogue, or show one model."""
    if options.name is None:
        table = catalogue.catalogue()[["name", "title", "country", "year", "items"]]
        return Outcome(text_table(table.assign(title=table["title"].map(_shortened))))
    model = _from_catalogue(options.name)
    if model is None:
        raise OptionError(f"The catalogue has no model {options.name!r}.{_known_models(options)}")
    status = ", ".join(f"{part} {how}" for part, how in model.status.items())
    parts = [
        f"{model.title}\n{model.citation}\nStatus: {status}",
        str(model),
        text_table(_wording(model), title="Items"),
    ]
    return Outcome("\n\n".join(parts))


def _typed() -> str:
    """Say how csi is called where a shell does not find its bare name."""
    if shutil.which("csi"):
        return ""
    module = Path(sys.argv[0]).stem == "__main__"
    return f"\nHere csi is called {'python -m csi' if module else sys.argv[0]}."


@contextmanager
def _counted() -> Iterator[set[str]]:
    """Collect the warnings given inside, which are shown all the same."""
    said: set[str] = set()
    with warnings.catch_warnings():
        show = warnings.showwarning

        def noted(message: Warning | str, *rest: Any, **more: Any) -> None:
            said.add(str(message))
            show(message, *rest, **more)

        warnings.showwarning = noted
        yield said


def _verdict(number: int) -> str:
    if not number:
        return "No problem was found."
    return f"{number} warning{'s' if number > 1 else ''}, no error."


def _warn_of_omissions(options: Namespace, fitted: Fit) -> None:
    """Say which of the results that were asked for there are not."""
    if not fitted.has_indices:
        why = Subject(fitted, None, Phrases("en")).why_no_indices()
        warn(f"{why} Give --scale LOW,HIGH or a codebook.", DataQualityWarning)
    if options.by and options.json:
        warn(
            "--json holds the fit of all respondents together; the groups are in what --report, "
            "--excel and --latex write.",
            CsiWarning,
        )


def _code(fitted: Fit) -> int:
    impossible = any(issubclass(kind, InadmissibleWarning) for kind, _ in fitted.findings)
    return 0 if fitted.convergence.converged and not impossible else 1


def survey_of(options: Namespace, model: Model | None = None) -> SurveyData:
    """Read the survey file that was named, as it was declared.

    If that fails, the problems of the items of the model are told as well.
    """
    try:
        return _read(options)
    except DataError as problem:
        known = {issue.text for issue in problem.issues}
        more = () if model is None else _item_issues(options, model)
        fresh = [
            replace(issue, text=issue.text.removesuffix(" Nothing was estimated."))
            for issue in more
            if issue.text not in known
        ]
        raise DataError([*problem.issues, *fresh]) from None


_ROLES = ("weights", "clusters", "strata", "ids")


def _item_issues(options: Namespace, model: Model) -> tuple[Issue, ...]:
    """Read the file once more without weights and the like, for the problems of the items."""
    plain = Namespace(**{**vars(options), **dict.fromkeys(_ROLES)})
    try:
        with warnings.catch_warnings(action="ignore"):
            complete(decode(_read(plain), model))
    except DataError as problem:
        return problem.issues
    return ()


def _read(options: Namespace) -> SurveyData:
    declared: dict[str, Any] = {
        "scale": options.scale,
        "missing_codes": options.missing_codes,
        "missing": options.missing,
        "weights": options.weights,
        "weight_type": options.weight_type,
        "clusters": options.clusters,
        "strata": options.strata,
        "reverse": options.reverse,
        "labels": options.labels,
        "ids": options.ids,
        "parse": options.parse,
        "clean_names": options.clean_names,
        "allow_out_of_range": options.allow_out_of_range,
    }
    if options.codebook:
        declared["codebook"] = options.codebook
    return read_survey(
        options.file,
        sheet=options.sheet,
        sep=options.sep,
        decimal=options.decimal,
        encoding=options.encoding,
        header=options.header,
        **declared,
    )


def model_named(name: str) -> Model:
    """Return a model of the catalogue, or of a file of model text."""
    found = _from_catalogue(name)
    return found if found is not None else parse(_model_text(Path(name)))


def _from_catalogue(name: str) -> Model | None:
    if name not in _names():
        return None
    model: Model = getattr(catalogue, name)()
    return model


def _names() -> list[str]:
    return [name for name in catalogue.__all__ if name != "catalogue"]


def _model_text(path: Path) -> str:
    if not path.is_file():
        raise OptionError(
            f"Model {str(path)!r} is neither in the catalogue nor a file.{_close(str(path))} "
            "See: csi models"
        )
    if path.stat().st_size > LARGEST_MODEL_FILE:
        raise FileFormatError(f"{str(path)!r} is too large for a model text. Name another file.")
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return path.read_text(encoding=encoding)
        except UnicodeDecodeError:
            continue
    raise FileFormatError(
        f"{str(path)!r} is no text in UTF-8 or GB 18030. A model file holds lines such as "
        "Satisfaction =~ CUSA1 + CUSA2."
    )


def _known_models(options: Namespace) -> str:
    return f"{_close(options.name)} See: csi models"


def _close(name: str) -> str:
    close = difflib.get_close_matches(name.casefold(), _names(), n=1)
    return f" Did you mean {close[0]!r}?" if close else ""


def check_outputs(options: Namespace) -> None:
    """Refuse before anything is computed what could not be written afterwards."""
    kind = "the file of the matrix" if getattr(options, "matrix", False) else "the survey file"
    read = {kind: options.file, "the printed table": getattr(options, "printed", None)}
    taken = {Path(path).resolve(): what for what, path in read.items() if path}
    for option in _OUTPUTS:
        if getattr(options, option, None) is None:
            continue
        path = Path(getattr(options, option))
        if path.resolve() in taken:
            raise OptionError(
                f"--{option} names {str(path)!r}, which is also {taken[path.resolve()]}. Choose "
                "another name."
            )
        taken[path.resolve()] = f"that of --{option}"
        check_output(path, option, options.overwrite)


def _check_bootstrap(options: Namespace) -> None:
    """Refuse settings of a bootstrap that have no meaning, before anything is read."""
    if options.bootstrap is None:
        for name in _BOOTSTRAP:
            by_itself = (options.assess and name in ("level", "seed")) or (
                options.curve and name == "seed"
            )
            if getattr(options, name) is not None and not by_itself:
                raise OptionError(f"--{name} needs --bootstrap. Say how many resamples, as 5000.")
    _check_resampling(options, FEWEST)
    Running.of(1 if options.jobs is None else options.jobs, None, None)


def _check_resampling(options: Namespace, fewest: int) -> None:
    if options.bootstrap is not None:
        check_number("--bootstrap", options.bootstrap, fewest, MOST)
    _check_seed_and_level(options)


def _check_seed_and_level(options: Namespace) -> None:
    if options.seed is not None:
        check_number("--seed", options.seed, 0)
    if options.level is not None:
        check_level(options.level)


def _bootstrapped(options: Namespace, fits: Fit | Fits | None) -> Any:
    """Return the bootstrap of a fit or of groups, if one was asked for."""
    if options.bootstrap is None or fits is None:
        return None
    given = {name: getattr(options, name) for name in _BOOTSTRAP}
    named = {_BOOTSTRAP[name]: value for name, value in given.items() if value is not None}
    progress = False if options.quiet else None
    return bootstrap(fits, n_boot=options.bootstrap, progress=progress, **named)


def _write(
    options: Namespace,
    subject: Subject,
    assessment: Assessment | None,
    drawn: StoredCurve | None = None,
) -> tuple[str, ...]:
    written = []
    fit = subject.fit
    given: dict[str, Any] = {
        "boot": subject.boot,
        "boots": subject.boots,
        "fits": subject.fits,
        "assessment": assessment,
        "curve": drawn,
    }
    if options.report:
        told = {"title": options.title, "language": options.language}
        report(fit, options.report, **given, **told, overwrite=True)
        written.append(options.report)
    if options.json:
        if drawn is not None and options.command == "curve":
            to_json(drawn, options.json, overwrite=True)
        else:
            to_json(subject.boot or fit, options.json, assessment=assessment, overwrite=True)
        written.append(options.json)
    if options.excel:
        to_excel(fit, options.excel, **given, language=options.language, overwrite=True)
        written.append(options.excel)
    if options.latex:
        to_latex(fit, options.latex, **given, overwrite=True)
        written.append(options.latex)
    if options.methods:
        told = {"boot": subject.boot or subject.boots, "assessment": assessment, "curve": drawn}
        paragraph = methods_paragraph(fit, **told, language=options.language)
        paragraph.write(options.methods, overwrite=True)
        written.append(options.methods)
    if drawn is not None and getattr(options, "plot", None):
        save(plot_loyalty_curve(drawn, language=options.language), options.plot)
        written.append(options.plot)
    return tuple(f"written: {path}" for path in written)


def _shortened(title: str) -> str:
    return title if len(title) <= LONGEST_TITLE else f"{title[: LONGEST_TITLE - 1].rstrip(' (,')}…"


def _is_own_report(path: Path) -> bool:
    """Whether a file is an earlier report of csi, which the demo may replace."""
    try:
        with path.open("rb") as file:
            return GENERATOR.encode() in file.read(2000)
    except OSError:
        return False


def _audit(audit: pd.DataFrame) -> str:
    return text_table(audit, title="What was done on reading")


def _columns(survey: SurveyData) -> pd.DataFrame:
    columns = [survey.frame.get_column(name) for name in survey.columns]
    return pd.DataFrame(
        {
            "column": [name if name == name.strip() else repr(name) for name in survey.columns],
            "type": [str(column.dtype) for column in columns],
            "missing": [int(column.null_count()) for column in columns],
            "different": [int(column.drop_nulls().n_unique()) for column in columns],
        }
    )


def _answered(decoded: Answers) -> pd.DataFrame:
    rows = decoded.rows
    return pd.DataFrame(
        {
            "item": list(decoded.columns),
            "answers": (~np.isnan(rows)).sum(axis=0),
            "missing": np.isnan(rows).sum(axis=0),
            "lowest": np.nanmin(rows, axis=0),
            "mean": np.nanmean(rows, axis=0),
            "highest": np.nanmax(rows, axis=0),
        }
    )


def _wording(model: Model) -> pd.DataFrame:
    rows = []
    for construct in model.constructs:
        for name in construct.indicators:
            item = model.item(name)
            ends = "" if item.scale is None else f"{item.scale[0]:g}-{item.scale[1]:g}"
            rows.append((construct.name, name, ends, item.text.get("en", "")))
    return pd.DataFrame(rows, columns=["construct", "item", "scale", "wording"])

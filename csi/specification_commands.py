"""What ``csi specifications`` does; `csi.arguments` says what can be asked."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path
from typing import Any, Literal

from csi.commands import Outcome, model_named, survey_of
from csi.display import write_excel
from csi.errors import OptionError
from csi.plots.canvas import save
from csi.plots.specifications import plot_specifications
from csi.published.specified.results import SpecificationCurve
from csi.published.specified.specifying import specification_curve
from csi.reporting.checks import check_output

_WRITTEN: tuple[Literal["plot", "excel"], ...] = ("plot", "excel")
_ASKED = {"bootstrap": "n_boot", "level": "level", "seed": "rng"}
"""What the options are called in Python."""


def specifications_command(options: Namespace) -> Outcome:
    """Compute one number under every specification; exit code 1 if the usual one is no good."""
    _check_outputs(options)
    model, survey = model_named(options.model), survey_of(options)
    named: dict[str, Any] = {_ASKED[name]: getattr(options, name) for name in _ASKED}
    asked = {name: value for name, value in named.items() if value is not None}
    curve = specification_curve(model, survey, options.of, **asked, progress=not options.quiet)
    notes = _write(options, curve)
    return Outcome("" if options.quiet else str(curve), _code(curve), notes)


def _code(curve: SpecificationCurve) -> int:
    usual = [each for each in curve.computed if each.specification.default]
    return int(any(each.failed or not each.admissible for each in usual))


def _check_outputs(options: Namespace) -> None:
    """Refuse before anything is computed what could not be written afterwards."""
    taken = {Path(options.file).resolve(): "the survey file"}
    for option in _WRITTEN:
        given = getattr(options, option)
        if given is None:
            continue
        path = Path(given).resolve()
        if path in taken:
            raise OptionError(
                f"--{option} names {given!r}, which is also {taken[path]}. Choose another name."
            )
        taken[path] = f"that of --{option}"
        check_output(given, option, options.overwrite)


def _write(options: Namespace, curve: SpecificationCurve) -> tuple[str, ...]:
    if options.plot:
        save(plot_specifications(curve, language=options.language), options.plot)
    if options.excel:
        write_excel(curve.tables(), options.excel)
    return tuple(f"written: {path}" for path in (options.plot, options.excel) if path)

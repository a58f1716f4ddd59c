"""What ``csi specifications`` does; `csi.arguments` says what can be asked."""

from __future__ import annotations

from argparse import Namespace
from typing import Any

from csi.commands import Outcome, check_outputs, model_named, survey_of
from csi.display import write_excel
from csi.plots.canvas import save
from csi.plots.specifications import plot_specifications
from csi.published.specified.results import SpecificationCurve
from csi.published.specified.specifying import specification_curve

_ASKED = {"bootstrap": "n_boot", "level": "level", "seed": "rng"}
"""What the options are called in Python."""


def specifications_command(options: Namespace) -> Outcome:
    """Compute one number under every specification; exit code 1 if the usual one is no good."""
    check_outputs(options)
    model, survey = model_named(options.model), survey_of(options)
    named: dict[str, Any] = {_ASKED[name]: getattr(options, name) for name in _ASKED}
    asked = {name: value for name, value in named.items() if value is not None}
    curve = specification_curve(model, survey, options.of, **asked, progress=not options.quiet)
    notes = _write(options, curve)
    return Outcome("" if options.quiet else str(curve), _code(curve), notes)


def _code(curve: SpecificationCurve) -> int:
    usual = [each for each in curve.computed if each.specification.default]
    return int(any(each.failed or not each.admissible for each in usual))


def _write(options: Namespace, curve: SpecificationCurve) -> tuple[str, ...]:
    if options.plot:
        save(plot_specifications(curve, language=options.language), options.plot)
    if options.excel:
        write_excel(curve.tables(), options.excel)
    return tuple(f"written: {path}" for path in (options.plot, options.excel) if path)

"""The command line: what can be asked, and how it ends.

Results go to standard output, everything else to standard error. Exit codes: 0
done; 1 not converged or inadmissible; 2 wrong usage or unusable data; 130
interrupted. The work is done in `csi.commands`, which is imported only after the
arguments are understood, so that ``csi --help`` is quick.
"""

from __future__ import annotations

import argparse
import io
import os
import re
import sys
import warnings
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from csi.arguments import parser
from csi.errors import CsiError, CsiWarning, EstimationError

if TYPE_CHECKING:
    from csi.commands import Outcome

INTERRUPTED = 130

_SETTINGS = (
    "missing|parse|scheme|sheet|sep|decimal|encoding|header|ids|weights|weight_type|clusters|"
    "strata|codebook|index_weights|by"
)
_IN_OPTIONS: tuple[tuple[str, Callable[[re.Match[str]], str]], ...] = (
    (r"(?: or)? csi\.model\(\.\.\., scale=\([^)]*\)\)", lambda found: ""),
    (r"csi\.(?:survey|read_survey)\(\w+, (scale=\([^)]*\))\)", lambda found: found[1]),
    (r" Give missing_group='own group' to keep them together\.", lambda found: ""),
    (rf"\b({_SETTINGS})=(['\"])([^'\"]*)\2", lambda found: _option(found[1], found[3])),
    (r"(?<=--missing )(\w+)( or| and) '(\w+)'", lambda found: f"{found[1]}{found[2]} {found[3]}"),
    (r"\bscale=\(([-\d.]+), ([-\d.]+)\)", lambda found: _option("scale", *found.groups())),
    (
        r"\bmissing_codes=\[([-\d., ]+)\]",
        lambda found: _option("missing_codes", *found[1].split(", ")),
    ),
    (r"\breverse=\[\.\.\.\]", lambda found: "--reverse ITEMS"),
    (
        r"\breverse=\[('[^'\]]*'(?:, '[^'\]]*')*)\]",
        lambda found: _option("reverse", *re.findall("'([^']*)'", found[1])),
    ),
    (r"\blabels=\{label: number\}", lambda found: '--labels "text=number"'),
    (
        r"\b(clean_names|allow_out_of_range)=True(?: to csi\.survey)?",
        lambda found: _option(found[1]),
    ),
    (r"\bn_jobs is\b", lambda found: "--jobs is"),
    (r"\blevel is (?=nan|-?[\d.])", lambda found: "--level is "),
    (r"\baccept it with max_failed=1\b", lambda found: "accept it in Python with max_failed=1"),
    (r"\bcsi\.PLS\(consistent=True\)", lambda found: "--consistent"),
    (r"\bcsi\.CBSEM\(means=True\)", lambda found: "--means"),
    (
        r"csi\.CBSEM\(\.\.\., parametrization='theta'\)",
        lambda found: _option("parametrization", "theta"),
    ),
    (r"\bcsi\.CBSEM\(\)", lambda found: _option("estimator", "ml")),
    (r"\bcsi\.SAM\(\)", lambda found: _option("estimator", "sam")),
    (r"\bcsi\.PLS\(\)", lambda found: _option("estimator", "pls")),
    (
        r"\boutcome_scale, such as \(([-\d.]+), ([-\d.]+)\) for ratings or 'count'",
        lambda found: f"{_option('outcome_scale', *found.groups())} for ratings or count",
    ),
    (r"\boutcome_scale\b", lambda found: "--outcome-scale"),
    (r"\bscale='logit'", lambda found: "--logit"),
    (r"\bdirection='falling'", lambda found: "--falling"),
    (r"\breliability=(?=[\d.])", lambda found: "--reliability "),
    (r", or look at sensitivity\(\)\.", lambda found: ", or add --sensitivity."),
    (r"\bn_boot is\b", lambda found: "--bootstrap is"),
    (r"\bdraws is\b", lambda found: "--draws is"),
    (r"\btop (?=is \d|counts)", lambda found: "--top "),
    (r" on_fail='return' gives the point where it stopped\.", lambda found: ""),
    (r"\bmethod='(\w+)'", lambda found: _option("estimator", found[1].lower())),
    (r"\bordered=(?:True\b|(?=\.))", lambda found: "--ordered"),
    (r"\bconsistent=True", lambda found: "--consistent"),
    (r"\bmin_n=(\d+)", lambda found: _option("min_n", found[1])),
    (r"\ballow it with overwrite(?:=True)?\b", lambda found: "allow it with --overwrite"),
    (
        r"\b(sheet|sep|decimal|encoding|header|reverse|ids|weights|clusters|strata)=(?= )",
        lambda found: _option(found[1]),
    ),
    (r" \('fiml' with csi\.CBSEM\)", lambda found: " (fiml with --estimator mlr)"),
    (r"csi\.survey\(\.\.\., (--[^)]+)\)", lambda found: found[1]),
    (
        r"csi\.datasets\.fetch\('([\w-]+)', file='\.\.\.'\)",
        lambda found: f"csi fetch {found[1]} --file FILE",
    ),
)
"""How csi names a setting in Python, and how the same is said on the command line."""

_PLAIN = str.maketrans({"✓": "+", "✗": "x", "–": "-", "…": "..."})


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code.

    Parameters
    ----------
    argv : sequence of str, optional
        The arguments; those of the process by default.

    Returns
    -------
    int
        0 done; 1 not converged or inadmissible; 2 wrong usage or unusable
        data; 130 interrupted.

    Examples
    --------
    >>> from csi.cli import main
    >>> main(["models", "nonesuch"])
    2
    """
    asked = parser()
    options = asked.parse_args(argv)
    if options.version:
        return _print_version()
    if options.command is None:
        asked.print_help(sys.stderr)
        return 2
    try:
        with warnings.catch_warnings():
            _report_warnings()
            outcome = _run(options)
    except KeyboardInterrupt:
        return _failed("interrupted", INTERRUPTED)
    except EstimationError as problem:
        return _failed(problem, 1)
    except (CsiError, OSError) as problem:
        return _failed(problem, 2)
    _print(outcome)
    return outcome.code


def _run(options: argparse.Namespace) -> Outcome:
    from csi import (
        commands,
        data_commands,
        published_commands,
        questionnaire_commands,
        specification_commands,
    )

    command = {
        "demo": commands.demo,
        "check": commands.check,
        "fit": commands.fit,
        "assess": commands.assess,
        "curve": commands.curve,
        "models": commands.models,
        "reproduce": published_commands.reproduce_command,
        "audit": published_commands.audit_command,
        "fetch": data_commands.fetch_command,
        "specifications": specification_commands.specifications_command,
        "questionnaire": questionnaire_commands.questionnaire,
    }
    return command[options.command](options)


def _print_version() -> int:
    from importlib.metadata import version

    print(f"csi {version('csi')}")
    return 0


def _failed(problem: object, code: int) -> int:
    print(_harmless(f"error: {_in_options(str(problem))}"), file=sys.stderr)
    return code


def _in_options(text: str) -> str:
    """Say what a message tells Python users to write as options of the command line."""
    for pattern, said in _IN_OPTIONS:
        text = re.sub(pattern, said, text)
    return text


def _option(name: str, *values: str) -> str:
    """Return an option as it is typed; a value that begins with a hyphen needs the sign =."""
    option, value = f"--{name.replace('_', '-')}", ",".join(values)
    if not value:
        return option
    value = f'"{value}"' if re.search(r"\s", value) else value
    return f"{option}={value}" if value.startswith("-") else f"{option} {value}"


def _harmless(text: str) -> str:
    """Return text without control characters, by which a file could steer the terminal."""
    return "".join(" " if (ord(c) < 32 and c != "\n") or 127 <= ord(c) < 160 else c for c in text)


def _shown(text: str) -> str:
    """Return text with plain marks where standard output knows no others: "?" is itself one."""
    try:
        text.encode(sys.stdout.encoding or "utf-8")
    except UnicodeEncodeError:
        return text.translate(_PLAIN)
    return text


def _report_warnings() -> None:
    """Print each warning of csi once, on one line."""
    seen: set[str] = set()

    def show(message: Warning | str, *_: Any, **__: Any) -> None:
        if str(message) not in seen:
            seen.add(str(message))
            told = _in_options(" ".join(str(message).split()))
            print(_harmless(f"warning: {told}"), file=sys.stderr)

    warnings.simplefilter("ignore")
    warnings.simplefilter("always", CsiWarning)
    warnings.showwarning = show


def _print(outcome: Outcome) -> None:
    """Print a result; a reader who stops reading, such as ``head``, is no error."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")
    try:
        if outcome.text:
            text = outcome.text if outcome.python else _in_options(outcome.text)
            print(_shown(_harmless(text)), flush=True)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    for note in outcome.notes:
        print(_harmless(_in_options(note)), file=sys.stderr)

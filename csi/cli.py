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
import unicodedata
import warnings
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

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
    (r"\bdraws is\b", lambda found: "--draws is"),
    (r"\btop (?=is \d|counts)", lambda found: "--top "),
    (r" on_fail='return' gives the point where it stopped\.", lambda found: ""),
    (r"\bmethod='(\w+)'", lambda found: _option("estimator", found[1].lower())),
    (r"\bordered=(?:True\b|(?=\.))", lambda found: "--ordered"),
    (r"\bconsistent=True", lambda found: "--consistent"),
    (r"\bmin_n=(\d+)", lambda found: _option("min_n", found[1])),
    (r"\ballow it with overwrite(?:=True)?\b", lambda found: "allow it with --overwrite"),
    (r"\b(sheet|sep|decimal|encoding|header)=(?= )", lambda found: _option(found[1])),
    (r"csi\.survey\(\.\.\., (--[^)]+)\)", lambda found: found[1]),
)
"""How csi names a setting in Python, and how the same is said on the command line."""

STRUCTURES = (
    "ml", "mlr", "mlm", "mlmv", "mlmvs", "mlf", "gls", "uls", "ulsm", "ulsmv", "ulsmvs", "wls",
    "dwls", "wlsm", "wlsmv", "wlsmvs",
)  # fmt: skip
"""Methods of `csi.CBSEM`, as they are typed."""

_ENDING = """\
exit codes: 0 done; 1 not converged or inadmissible; 2 wrong usage or unusable data
start with: csi demo"""


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
    parser = _parser()
    options = parser.parse_args(argv)
    if options.version:
        return _print_version()
    if options.command is None:
        parser.print_help(sys.stderr)
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
    from csi import commands

    command = {
        "demo": commands.demo,
        "check": commands.check,
        "fit": commands.fit,
        "assess": commands.assess,
        "curve": commands.curve,
        "models": commands.models,
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
            print(_harmless(_in_options(outcome.text)), flush=True)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    for note in outcome.notes:
        print(_harmless(_in_options(note)), file=sys.stderr)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="csi",
        description="Customer satisfaction index models: fit, indices, reports.",
        epilog=_ENDING,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="store_true", help="print the version and exit")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    _add_demo(commands.add_parser("demo", help="fit a small bundled survey and write its report"))
    check = commands.add_parser("check", help="read a survey file and list every problem")
    _add_survey(check)
    check.add_argument("--model", help="catalogue name or model text file; checks its items")
    _add_fit(commands.add_parser("fit", help="fit a model to a survey file"))
    _add_assess(commands.add_parser("assess", help="say whether a fitted model may be believed"))
    _add_curve(
        commands.add_parser(
            "curve", help="draw loyalty against satisfaction and look for an insensitive zone"
        )
    )
    models = commands.add_parser("models", help="list the catalogue, or show one model")
    models.add_argument("name", nargs="?", metavar="NAME", help="name in the catalogue")
    return parser


def _add_demo(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--report", default="csi-demo.html", metavar="FILE", help="report (default: %(default)s)"
    )
    parser.add_argument("--quiet", action="store_true", help="print warnings and errors only")
    _add_language(parser)


def _add_survey(parser: argparse.ArgumentParser) -> None:
    """Options that say how to read a survey file."""
    parser.add_argument(
        "file", metavar="FILE", help="survey: .csv, .xlsx, .sav, .dta, .parquet ..."
    )
    group = parser.add_argument_group("the file")
    group.add_argument("--sheet", metavar="NAME", help="sheet of an Excel file")
    group.add_argument("--sep", metavar="SIGN", help="what separates the cells of a text file")
    group.add_argument("--decimal", choices=(".", ","), help="decimal mark of a text file")
    group.add_argument("--encoding", metavar="NAME", help="encoding of a text file")
    group.add_argument("--header", type=int, metavar="ROW", help="row of the column names, from 1")
    group = parser.add_argument_group("the answers")
    group.add_argument(
        "--scale", type=_ends, metavar="LOW,HIGH", help="lowest and highest answer, such as 1,10"
    )
    group.add_argument(
        "--missing-codes",
        type=_numbers,
        default=(),
        metavar="CODES",
        help='"don\'t know" codes, such as 98,99; negative ones as --missing-codes=-9,-8',
    )
    group.add_argument(
        "--missing",
        default="listwise",
        choices=("listwise", "pairwise", "mean", "fiml"),
        help="what to do about missing answers; fiml, which uses all of them, with --estimator ml "
        "or mlr (default: %(default)s)",
    )
    group.add_argument("--weights", metavar="COLUMN", help="survey weights")
    group.add_argument(
        "--weight-type",
        default="sampling",
        choices=("sampling", "frequency"),
        help="what the weights are (default: %(default)s)",
    )
    group.add_argument("--clusters", metavar="COLUMN", help="clusters that were drawn")
    group.add_argument("--strata", metavar="COLUMN", help="strata they were drawn in")
    group.add_argument("--ids", metavar="COLUMN", help="numbers of respondents, to find repeats")
    group.add_argument(
        "--reverse", type=_names, default=(), metavar="ITEMS", help="items scored the other way"
    )
    group.add_argument(
        "--labels",
        type=_labels,
        metavar="LABELS",
        help='numbers behind text answers, such as "bad=1;fair=2;good=3"',
    )
    group.add_argument("--codebook", metavar="FILE", help="codebook: .yml, .json or .csv")
    group.add_argument(
        "--parse", choices=("leading_number",), help='read "7 - very satisfied" as 7'
    )
    group.add_argument("--clean-names", action="store_true", help="strip blanks in column names")
    group.add_argument(
        "--allow-out-of-range", action="store_true", help="take codes such as 99 as answers"
    )


def _add_fit(parser: argparse.ArgumentParser) -> None:
    _add_survey(parser)
    _add_model(parser)
    _add_groups(parser)
    _add_estimation(parser)
    group = parser.add_argument_group("intervals")
    _add_bootstrap(group, "resamples for intervals, such as 5000")
    group.add_argument(
        "--interval",
        choices=("percentile", "basic", "normal", "bca", "studentized"),
        help="kind of interval (default: percentile)",
    )
    group.add_argument(
        "--jobs", type=int, metavar="N", help="workers; -1 for one per core (default: 1)"
    )
    group = _add_results(parser)
    group.add_argument(
        "--assess", action="store_true", help="assess the model; the report gets a page on it"
    )
    group.add_argument(
        "--curve",
        action="store_true",
        help="draw the loyalty curve in the report; its tables go into the workbook",
    )


def _add_assess(parser: argparse.ArgumentParser) -> None:
    _add_survey(parser)
    _add_model(parser)
    _add_estimation(parser)
    group = parser.add_argument_group("intervals and tests")
    _add_bootstrap(group, "resamples; 0 for none (default: 2000)")
    _add_results(parser)


def _add_curve(parser: argparse.ArgumentParser) -> None:
    _add_survey(parser)
    _add_model(parser)
    _add_groups(parser)
    group = parser.add_argument_group("the curve")
    group.add_argument(
        "--cause", metavar="NAME", help="construct it starts from (default: satisfaction)"
    )
    group.add_argument(
        "--effect", metavar="NAME", help="construct or item it leads to (default: Loyalty)"
    )
    group.add_argument(
        "--top", type=int, metavar="N", help="share of answers in the N highest boxes of the effect"
    )
    group.add_argument(
        "--outcome", metavar="COLUMN", help="column with what they did: 0/1, or 0 to 100"
    )
    group.add_argument(
        "--outcome-scale",
        type=_ends_or_count,
        metavar="LOW,HIGH",
        help="ends of the scale of that column, or the word count",
    )
    group.add_argument(
        "--reliability",
        type=_share,
        metavar="SHARE",
        help="reliability of the satisfaction score, such as 0.85 (default: what its items show)",
    )
    group.add_argument(
        "--falling", action="store_true", help="the effect is a loss, such as churn, and falls"
    )
    group.add_argument("--logit", action="store_true", help="log odds of a 0/1 effect")
    group.add_argument("--monotone", action="store_true", help="draw a curve that never turns")
    group.add_argument(
        "--method",
        choices=("pwlr", "shape", "msc"),
        default="pwlr",
        help="test of a zone (default: %(default)s)",
    )
    group.add_argument(
        "--draws", type=int, metavar="N", help="draws of the test for each null (default: 999)"
    )
    group.add_argument("--level", type=float, help="confidence level (default: 0.95)")
    group.add_argument("--seed", type=int, metavar="N", help="seed, to get the same again")
    group.add_argument(
        "--sensitivity", action="store_true", help="ask again with other settings, one at a time"
    )
    group = parser.add_argument_group("the estimation")
    _add_index_weights(group)
    _add_pls(group)
    group = _add_results(parser)
    group.add_argument("--plot", metavar="FILE", help="draw the curve (.png, .svg or .pdf)")


def _add_groups(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--by", metavar="COLUMN", help="fit every group of this column too")
    parser.add_argument(
        "--min-n",
        type=int,
        default=30,
        metavar="N",
        help="respondents below which a group is not fitted (default: %(default)s)",
    )


def _add_model(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--model", required=True, help="catalogue name or model text file")


def _add_estimation(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("the estimation")
    group.add_argument(
        "--estimator",
        type=str.lower,
        default="pls",
        choices=("pls", "sam", *STRUCTURES),
        metavar="NAME",
        help="pls; or a covariance structure by ml, mlr, mlm, mlmv, gls, uls, wls, dwls, wlsmv "
        "...; or sam, the structure after the measurement (default: %(default)s)",
    )
    _add_index_weights(group)
    _add_pls(parser.add_argument_group("with --estimator pls"))
    _add_structure(parser.add_argument_group("with covariance structures"))


def _add_index_weights(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--index-weights",
        default="unstandardized",
        choices=("unstandardized", "standardized", "equal"),
        help="how items are weighted into indices (default: %(default)s)",
    )


def _add_pls(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--scheme",
        choices=("path", "factorial", "centroid"),
        help="inner weighting scheme (default: path)",
    )
    group.add_argument(
        "--mode",
        type=_mode,
        action="append",
        default=[],
        metavar="CONSTRUCT=A|B|unit",
        help="mode of a construct; may be given several times",
    )
    group.add_argument("--consistent", action="store_true", help="correct for attenuation (PLSc)")


def _add_structure(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--ordered", action="store_true", help="take answers as ordered categories, with wlsmv ..."
    )
    group.add_argument(
        "--parametrization",
        choices=("delta", "theta"),
        help="scale of ordered items; theta where an outcome has one item (default: delta)",
    )
    group.add_argument(
        "--reliability",
        type=_share,
        metavar="SHARE",
        help="reliability of single items, such as 0.8 (default: 1)",
    )
    group.add_argument(
        "--scaling",
        choices=("marker", "variance"),
        help="constructs on the scale of their first item, or of variance one (default: marker)",
    )
    group.add_argument("--means", action="store_true", help="estimate intercepts and means")


def _add_bootstrap(group: argparse._ArgumentGroup, resamples: str) -> None:
    group.add_argument("--bootstrap", type=int, metavar="N", help=resamples)
    group.add_argument("--level", type=float, help="confidence level (default: 0.95)")
    group.add_argument("--seed", type=int, metavar="N", help="seed, to get the same again")


def _add_results(parser: argparse.ArgumentParser) -> argparse._ArgumentGroup:
    group = parser.add_argument_group("the results")
    group.add_argument("--report", metavar="FILE", help="write an HTML report (.html)")
    group.add_argument("--title", default="", metavar="TEXT", help="heading of the report")
    group.add_argument(
        "--json", metavar="FILE", help="write what was found, to be read by csi.from_json (.json)"
    )
    group.add_argument(
        "--excel", metavar="FILE", help="write all tables as an Excel workbook (.xlsx)"
    )
    group.add_argument("--latex", metavar="FILE", help="write all tables as LaTeX (.tex)")
    group.add_argument("--overwrite", action="store_true", help="replace existing files")
    group.add_argument("--quiet", action="store_true", help="print warnings and errors only")
    _add_language(group)
    return group


def _add_language(parser: argparse.ArgumentParser | argparse._ArgumentGroup) -> None:
    parser.add_argument(
        "--language",
        default="en",
        choices=("en", "zh"),
        help="language of the report and the workbook (default: %(default)s)",
    )


def _numbers(text: str) -> tuple[float, ...]:
    try:
        return tuple(map(_number, _parts(text)))
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"{text!r} is no list of numbers; write them like 98,99"
        ) from None


def _share(text: str) -> float:
    try:
        share = _number(text)
    except ValueError:
        share = -1.0
    if 0 < share <= 1:
        return share
    raise argparse.ArgumentTypeError(f"{text!r} is no reliability; give one up to 1, such as 0.8")


def _ends(text: str) -> tuple[float, float]:
    try:
        low, high = map(_number, _parts(text))
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not two numbers; write them like 1,10"
        ) from None
    return low, high


def _ends_or_count(text: str) -> tuple[float, float] | str:
    return text if text == "count" else _ends(text)


def _number(text: str) -> float:
    """Read a number, also in the full-width digits of Chinese keyboards."""
    return float(unicodedata.normalize("NFKC", text))


def _names(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in _parts(text) if part.strip())


def _parts(text: str) -> list[str]:
    return re.split("[,，、]", text)


def _labels(text: str) -> dict[str, float]:
    pairs = [re.split("[=＝]", part) for part in re.split("[;；]", text) if part.strip()]
    try:
        return {label.strip(): _number(number) for label, number in pairs}
    except ValueError:
        raise argparse.ArgumentTypeError(
            f'{text!r} names no numbers; write them like "bad=1;fair=2;good=3"'
        ) from None


def _mode(text: str) -> tuple[str, str]:
    name, sign, mode = text.rpartition("=")
    if not sign or not name:
        raise argparse.ArgumentTypeError(f"{text!r} names no mode; write it like Quality=B")
    return name, mode

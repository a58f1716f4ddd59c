"""What can be asked on the command line: commands, options, and what they accept.

`csi.cli` runs what was asked. Nothing else is imported here, so that ``csi --help``
is quick.
"""

from __future__ import annotations

import argparse
import re
import unicodedata
from typing import NoReturn

STRUCTURES = (
    "ml", "mlr", "mlm", "mlmv", "mlmvs", "mlf", "gls", "uls", "ulsm", "ulsmv", "ulsmvs", "wls",
    "dwls", "wlsm", "wlsmv", "wlsmvs",
)  # fmt: skip
"""Methods of `csi.CBSEM`, as they are typed."""

_ENDING = """\
exit codes: 0 done; 1 not converged or inadmissible; 2 wrong usage or unusable data
start with: csi demo"""

_HINTS = {
    r"unrecognized arguments: [^-]": ". Put a name with blanks in quotes.",
    "the following arguments are required: --model": ", such as --model acsi; csi models lists "
    "the catalogue",
}
"""What to do about refusals of argparse that match a pattern."""


class _Parser(argparse.ArgumentParser):
    """A parser that answers wrong usage in two lines, not with all its options."""

    def error(self, message: str) -> NoReturn:
        hint = next((said for pattern, said in _HINTS.items() if re.match(pattern, message)), "")
        self.exit(2, f"error: {message}{hint}\nSee: {self.prog} --help\n")


def parser() -> argparse.ArgumentParser:
    """Return the parser of all commands."""
    whole = _Parser(
        prog="csi",
        description="Customer satisfaction index models: fit, indices, reports.",
        epilog=_ENDING,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    whole.add_argument("--version", action="store_true", help="print the version and exit")
    commands = whole.add_subparsers(dest="command", metavar="COMMAND")
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
    _add_reproduce(
        commands.add_parser("reproduce", help="put printed tables of studies beside our numbers")
    )
    _add_audit(
        commands.add_parser("audit", help="find the settings behind a printed table, and its slips")
    )
    _add_specifications(
        commands.add_parser(
            "specifications",
            help="compute one number under every estimator, scheme and rule for missing answers",
        )
    )
    _add_fetch(commands.add_parser("fetch", help="fetch published survey data"))
    _add_questionnaire(
        commands.add_parser(
            "questionnaire", help="write a questionnaire, its codebook and a survey plan"
        )
    )
    models = commands.add_parser("models", help="list the catalogue, or show one model")
    models.add_argument("name", nargs="?", metavar="NAME", help="name in the catalogue")
    return whole


def _add_demo(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--report", default="csi-demo.html", metavar="FILE", help="report (default: %(default)s)"
    )
    parser.add_argument("--quiet", action="store_true", help="print warnings and errors only")
    _add_language(parser)


def _add_reproduce(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("study", nargs="*", metavar="STUDY", help="names; none lists them")
    parser.add_argument("--all", action="store_true", help="the agreement of every study")
    parser.add_argument("--markdown", action="store_true", help="the agreement as Markdown")
    parser.add_argument(
        "--report", metavar="FILE", help="write every table beside our numbers (.html)"
    )
    parser.add_argument("--overwrite", action="store_true", help="replace an existing file")
    _add_language(parser, "the report")


def _add_audit(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--printed",
        required=True,
        metavar="TABLE",
        help="the printed table: .csv with the columns quantity, label, printed",
    )
    parser.add_argument("--study", metavar="NAME", help="data and model of a study (csi reproduce)")
    parser.add_argument(
        "--matrix", action="store_true", help="FILE holds correlations or covariances, no survey"
    )
    parser.add_argument("--n", type=float, metavar="N", help="respondents behind that matrix")
    _add_model(parser, needed=False)
    _add_survey(parser, needed=False, every_rule=True)
    group = parser.add_argument_group("the results")
    group.add_argument(
        "--report", metavar="FILE", help="write the fit and the audit as an HTML report (.html)"
    )
    group.add_argument("--title", default="", metavar="TEXT", help="heading of the report")
    group.add_argument(
        "--excel", metavar="FILE", help="write all tables as an Excel workbook (.xlsx)"
    )
    group.add_argument("--overwrite", action="store_true", help="replace existing files")
    group.add_argument("--quiet", action="store_true", help="print warnings and errors only")
    _add_language(group)


def _add_fetch(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", nargs="?", metavar="NAME", help="data set; none lists them")
    parser.add_argument("--list", action="store_true", help="list the data sets")
    parser.add_argument("--file", metavar="FILE", help="read your own copy instead")
    parser.add_argument("--folder", metavar="DIR", help="where to keep it (default: a cache)")


def _add_specifications(parser: argparse.ArgumentParser) -> None:
    _add_survey(parser)
    _add_model(parser)
    parser.add_argument(
        "--of",
        required=True,
        metavar="NUMBER",
        help='such as "Satisfaction -> Loyalty", "index Satisfaction" or "r2 Loyalty"',
    )
    _add_bootstrap(parser.add_argument_group("limits"), "resamples; 0 for none (default: 1000)")
    group = parser.add_argument_group("the results")
    group.add_argument("--plot", metavar="FILE", help="draw the curve (.png, .svg or .pdf)")
    group.add_argument(
        "--excel", metavar="FILE", help="write the tables as an Excel workbook (.xlsx)"
    )
    group.add_argument("--overwrite", action="store_true", help="replace existing files")
    group.add_argument("--quiet", action="store_true", help="print warnings and errors only")
    _add_language(group, "the picture")


def _add_questionnaire(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("model", metavar="MODEL", help="name in the catalogue")
    parser.add_argument(
        "--subject",
        required=True,
        metavar="TEXT",
        help='what is asked about, "mobile phone service"',
    )
    parser.add_argument("--folder", required=True, metavar="DIR", help="where the files go")
    parser.add_argument("--overwrite", action="store_true", help="replace existing files")
    parser.add_argument("--firms", metavar="N", help="number of firms, or names between commas")
    parser.add_argument("--provider", metavar="TEXT", help="what to call the provider")
    parser.add_argument(
        "--months", type=int, metavar="N", help="how far back is asked (default: 12)"
    )
    parser.add_argument(
        "--half-width", type=float, metavar="POINTS", help="half width of an interval (default: 2)"
    )
    parser.add_argument("--level", type=float, help="confidence level (default: 0.95)")
    parser.add_argument(
        "--sd", type=float, metavar="POINTS", help="spread of the scores (default: 20)"
    )
    parser.add_argument("--population", type=float, metavar="N", help="customers of each firm")
    parser.add_argument(
        "--incidence", type=float, metavar="SHARE", help="share of contacts who used it"
    )
    parser.add_argument(
        "--response-rate", type=float, metavar="SHARE", help="share of those who answer"
    )
    parser.add_argument("--per-day", type=float, metavar="N", help="interviews completed in a day")
    parser.add_argument("--quiet", action="store_true", help="print warnings and errors only")
    _add_language(parser, "the questionnaire")


def _add_survey(
    parser: argparse.ArgumentParser, *, needed: bool = True, every_rule: bool = False
) -> None:
    """Options that say how to read a survey file; an audit tries every rule for missing answers."""
    parser.add_argument(
        "file",
        nargs=None if needed else "?",
        metavar="FILE",
        help="survey: .csv, .xlsx, .sav, .dta, .parquet ...",
    )
    group = parser.add_argument_group("the file")
    group.add_argument("--sheet", metavar="NAME", help="sheet of an Excel file")
    group.add_argument("--sep", metavar="SIGN", help="what separates the cells of a text file")
    group.add_argument(
        "--decimal", choices=(".", ","), metavar="SIGN", help="decimal mark of a text file: . or ,"
    )
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
    if every_rule:
        parser.set_defaults(missing="listwise")
    else:
        _add_missing(group)
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


def _add_missing(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--missing",
        default="listwise",
        choices=("listwise", "pairwise", "mean", "fiml"),
        help="what to do about missing answers; fiml, which uses all of them, with --estimator ml "
        "or mlr (default: %(default)s)",
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


def _add_model(parser: argparse.ArgumentParser, *, needed: bool = True) -> None:
    parser.add_argument("--model", required=needed, help="catalogue name or model text file")


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
    group.add_argument(
        "--methods",
        metavar="FILE",
        help="write the paragraph for a methods section (.txt, .md), or its references (.bib)",
    )
    group.add_argument("--overwrite", action="store_true", help="replace existing files")
    group.add_argument("--quiet", action="store_true", help="print warnings and errors only")
    _add_language(group)
    return group


def _add_language(
    parser: argparse.ArgumentParser | argparse._ArgumentGroup,
    of: str = "the report and the workbook",
) -> None:
    parser.add_argument(
        "--language",
        default="en",
        choices=("en", "zh"),
        help=f"language of {of} (default: %(default)s)",
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

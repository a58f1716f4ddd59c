"""From a survey to the answers a model needs: read, recoded, checked, completed.

Two steps, so that groups share the first: ``decode`` turns the columns of all
respondents into numbers and finds every problem at once; ``complete`` applies
the missing-data policy to all of them or to one group.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from csi.columns import read_column
from csi.core.careless import duplicated, longest_string, speeding, straight_lining
from csi.core.design import Design, lonely_strata
from csi.core.moments import Moments
from csi.core.types import Array, Mask
from csi.data import MOST_NAMES_COMPARED, USUAL_MISSING_CODES, SurveyData, audit_table
from csi.declared import Missing
from csi.errors import (
    Alike,
    DataError,
    DataQualityWarning,
    Issue,
    did_you_mean,
    listing,
    warn,
    with_suggestion,
)
from csi.frames import clean
from csi.rules import ItemRule, item_rule
from csi.single_thread import one_thread
from csi.spec import Model
from csi.weighting import WeightType, dominant_weight

if TYPE_CHECKING:
    import pandas as pd

FEWEST_ROWS = 10
"""Respondents, and pairs of answers, below which nothing is estimated."""

MANY_MISSING = 0.50
MANY_LOST = 0.05
MANY_STRAIGHT_LINERS = 0.20
ALMOST_CONSTANT = 0.99
LARGEST_ANSWER_WITHOUT_SCALE = 11

Step = tuple[str, str, float, str]


@dataclass(frozen=True, eq=False)
class Answers:
    """The answers of a model's items as numbers.

    Attributes
    ----------
    columns : tuple of str
        The p items.
    rows : (n, p) array
        Answers, NaN where missing, reversed items turned.
    positions : (n,) array of int
        Where each row stood in the data, counted from 0.
    weights : (n,) array or None
        Survey weights.
    weight_type : {"sampling", "frequency"}
        What they mean.
    scale : (p, 2) array
        Ends of the items; NaN where none were declared.
    missing : {"listwise", "pairwise", "mean", "fiml"}
        Policy for missing answers.
    flags : DataFrame
        Signs of careless answering, one row per respondent read.
    steps : tuple of (str, str, float, str)
        What was done: step, column, count, remark.
    holes : (n, p) mask or None
        Cells that were filled with the mean of their item.
    sampling : Design or None
        Clusters and strata.
    beside : tuple of str
        Columns outside the model that the estimator asks for.
    beside_rows : (n, a) array or None
        Their values, NaN where missing.
    """

    columns: tuple[str, ...]
    rows: Array
    positions: NDArray[np.intp]
    weights: Array | None
    weight_type: WeightType
    scale: Array
    missing: Missing
    flags: pd.DataFrame
    steps: tuple[Step, ...]
    holes: Mask | None = None
    sampling: Design | None = None
    beside: tuple[str, ...] = ()
    beside_rows: Array | None = None

    @property
    def audit(self) -> pd.DataFrame:
        """What was done: step, column, count, remark."""
        return audit_table(self.steps)

    @property
    def design(self) -> str:
        """The sampling design in words, such as ``20 clusters in 4 strata``."""
        return "none declared" if self.sampling is None else str(self.sampling)

    @property
    def copies(self) -> Array:
        """Respondents each row stands for."""
        if self.weights is None:
            return np.ones(len(self.rows))
        return self.weights if self.weight_type == "frequency" else np.sign(self.weights)

    @property
    def given(self) -> Array:
        """Answers without those that were filled in."""
        return self.rows if self.holes is None else np.where(self.holes, np.nan, self.rows)

    def take(self, rows: NDArray[np.intp]) -> Answers:
        """Return the answers of some respondents; flags stay those of everybody read."""
        return replace(
            self,
            rows=self.rows[rows],
            positions=self.positions[rows],
            weights=None if self.weights is None else self.weights[rows],
            holes=None if self.holes is None else self.holes[rows],
            sampling=None if self.sampling is None else self.sampling.take(rows),
            beside_rows=None if self.beside_rows is None else self.beside_rows[rows],
        )

    def moments(self) -> Moments:
        """Return the moments of the answers, and of columns beside them."""
        frequency = self.weight_type == "frequency"
        if self.missing == "fiml":
            from csi.core.sem.likelihood_moments import (  # noqa: PLC0415 - slow to import
                likelihood_moments,
            )

            extra = self.rows[:, :0] if self.beside_rows is None else self.beside_rows
            with one_thread(len(self.rows)):
                return likelihood_moments(
                    np.column_stack([self.rows, extra]), (*self.columns, *self.beside),
                    weights=self.weights, frequency=frequency, design=self.sampling,
                )  # fmt: skip
        return Moments.from_rows(
            self.rows,
            self.columns,
            weights=self.weights,
            frequency=frequency,
            filled=self.holes,
            design=self.sampling,
        )


def decode(
    data: SurveyData, model: Model, columns: Sequence[str] = (), beside: Sequence[str] = ()
) -> Answers:
    """Read the items of a model from a survey; missing answers stay missing.

    Parameters
    ----------
    data : SurveyData
        The survey.
    model : Model
        What is known of the items.
    columns : sequence of str
        Items to read; the indicators of the model by default.
    beside : sequence of str
        Columns outside the model to read as well; the scale of the survey is not
        theirs.

    Raises
    ------
    DataError
        Lists every problem of every item.
    """
    columns = tuple(columns) or model.indicators
    wanted = (*columns, *beside)
    issues = _missing_columns(data, wanted, model.indicators)
    rules = {name: item_rule(data, model, name) for name in columns}
    rules |= {name: _own_rule(data, model, name) for name in beside}
    given = np.full((data.n_rows, len(wanted)), np.nan)
    values = given.copy()
    steps = list(data.notes)
    for j, name in enumerate(wanted):
        if name not in data:
            continue
        read = read_column(data.column(name), name, rules[name].labels, data.recipe.parse)
        if isinstance(read, Issue):
            issues.append(read)
            continue
        lenient = data.recipe.allow_out_of_range
        given[:, j] = _recode(read, name, rules[name], lenient, issues, steps)
        values[:, j] = _turn(given[:, j], name, rules[name], issues, steps)
    if issues:
        raise DataError(_alone(issues))
    ends = [rules[name].scale or (np.nan, np.nan) for name in columns]
    scale = np.array(ends, dtype=np.float64)
    p = len(columns)
    flags = _flags(data, given[:, :p], scale, steps)
    return Answers(
        columns, values[:, :p], np.arange(data.n_rows), data.weights, data.recipe.weight_type,
        scale, data.recipe.missing, flags, tuple(steps), sampling=data.sampling,
        beside=tuple(beside), beside_rows=values[:, p:] if beside else None,
    )  # fmt: skip


def _own_rule(data: SurveyData, model: Model, name: str) -> ItemRule:
    """Return what holds for a column that is no item: its own scale or none."""
    noted = data.codebook.item(name) if data.codebook else None
    own = data.recipe.scales.get(name, noted.scale if noted else None)
    return replace(item_rule(data, model, name), scale=own)


def complete(answers: Answers, *, group: str = "", quiet: bool = False) -> Answers:
    """Apply the missing-data policy and check that what is left can be estimated.

    Parameters
    ----------
    answers : Answers
        From `decode`, of all respondents or of a group.
    group : str
        How to name the group in messages.
    quiet : bool
        Whether to leave out warnings.

    Raises
    ------
    DataError
        Lists every problem of every item.
    """
    where = f" in {group}" if group else ""
    steps = list(answers.steps)
    keep = np.ones(len(answers.rows), dtype=bool)
    if group:
        steps.append(("respondents of the group", "", len(keep), group))
    if answers.weights is not None:
        keep &= _weighing(answers.weights, keep, where, steps)
    _raise_if(_empty_items(answers, keep, where))
    empty = keep & np.isnan(answers.rows).all(axis=1)
    if empty.any():
        steps.append(("dropped: no answer at all", "", int(empty.sum()), ""))
        keep &= ~empty
    asked = keep
    if answers.missing == "listwise":
        keep = _listwise(answers, keep, where, steps, quiet)
    kept = answers.take(np.flatnonzero(keep))
    if answers.missing == "mean":
        kept = filled(kept, steps)
    if answers.missing == "fiml":
        lost = int(np.isnan(kept.rows).any(axis=1).sum())
        steps.extend([("kept: incomplete", "", lost, "")] if lost else [])
    steps.append(("respondents used", "", len(kept.rows), answers.missing))
    kept = replace(kept, steps=tuple(steps))
    _raise_if(_too_small(kept, where) or [*_unusable_items(kept, where), *_unfit(kept, where)])
    if not quiet:
        _warn_of_missing(answers.take(np.flatnonzero(asked)), where)
        _warn(kept, where)
    return kept


def _alone(issues: list[Issue]) -> list[Issue]:
    """Let a single answer off its scale say what several say in their heading."""
    if len(issues) > 1 or issues[0].code != "out-of-scale":
        return issues
    return [replace(issues[0], text=f"{issues[0].text} Nothing was estimated.")]


def _recode(
    raw: Array,
    name: str,
    rule: ItemRule,
    allow_out_of_range: bool,
    issues: list[Issue],
    steps: list[Step],
) -> Array:
    """Make declared codes missing and refuse what is left outside the scale."""
    values = raw.copy()
    for code in (*rule.codes, *rule.shared_codes):
        hit = raw == code
        if not hit.any():
            continue
        if code in rule.shared_codes and rule.scale and rule.scale[0] <= code <= rule.scale[1]:
            text = (
                f"{name} holds {code:g} ({_times(hit.sum())}), which is declared missing but lies "
                f"on its scale {_ends(rule)}. Declare its own codes: "
                f"missing_codes={{{name!r}: [...]}}."
            )
            found = (
                f"items hold {code:g}, which is declared missing but lies on their scale "
                f"{_ends(rule)}"
            )
            remedy = "Declare their own codes: missing_codes={item: [...]}."
            alike = Alike(f"{name} ({_times(hit.sum())})", found, remedy)
            issues.append(Issue("code-on-scale", name, _rows(hit), text, alike))
        values[hit] = np.nan
        steps.append(("recoded to missing", name, int(hit.sum()), f"code {code:g}"))
    if rule.scale is not None:
        issues.extend(_off_scale(values, name, rule))
    elif not allow_out_of_range:
        issues.extend(_suspicious(values, name))
    return values


def _off_scale(values: Array, name: str, rule: ItemRule) -> list[Issue]:
    low, high = rule.scale or (-np.inf, np.inf)
    off = (values < low) | (values > high)
    if not off.any():
        return []
    found, counts = np.unique(values[off], return_counts=True)
    counted = [f"{v:g} ({_times(n)})" for v, n in _most_frequent(found, counts)]
    codes = tuple(float(value) for value in found if value in USUAL_MISSING_CODES)
    answers, them = ("1 answer", "it") if off.sum() == 1 else (f"{off.sum()} answers", "them")
    text = f"{name} holds {answers} outside its scale {_ends(rule)}: {listing(counted)}. "
    hint = _off_scale_hint(bool(codes), them)
    alike = Alike(
        f"{name} {listing(counted, 3)}", f"items hold answers outside their scale {_ends(rule)}",
        _off_scale_hint(bool(codes), "them"), codes,
    )  # fmt: skip
    numbers = ", ".join(f"{code:g}" for code in codes)
    return [
        Issue("out-of-scale", name, _rows(off), text + hint.replace("{values}", numbers), alike)
    ]


def _off_scale_hint(coded: bool, them: str) -> str:
    """Say what to do about answers outside a scale."""
    if not coded:
        return f"Correct {them}, declare {them} missing, or declare the right scale."
    looks = "This looks like a" if them == "it" else "These look like"
    code = "code" if them == "it" else "codes"
    return f'{looks} "don\'t know" {code}; declare missing_codes=[{{values}}].'


def _times(number: int) -> str:
    return "once" if number == 1 else f"{number} times"


def _suspicious(values: Array, name: str) -> list[Issue]:
    usual = np.isin(values, list(USUAL_MISSING_CODES))
    others = values[~usual & ~np.isnan(values)]
    if not len(others) or others.max() > LARGEST_ANSWER_WITHOUT_SCALE:
        return []
    coded = usual & ((values < others.min()) | (values > others.max()))
    if not coded.any():
        return []
    codes = tuple(np.unique(values[coded]).tolist())
    numbers = ", ".join(f"{code:g}" for code in codes)
    remedy = "Declare missing_codes=[{values}], or the scale, or allow_out_of_range=True."
    text = (
        f"{name} holds {numbers} ({_times(coded.sum())}) among answers up to {others.max():g}: "
        f"looks like a missing code. {remedy.replace('{values}', numbers)}"
    )
    found = f"items hold what looks like a missing code among answers up to {others.max():g}"
    alike = Alike(f"{name} {numbers} ({_times(coded.sum())})", found, remedy, codes)
    return [Issue("missing-code", name, _rows(coded), text, alike)]


def _turn(
    values: Array, name: str, rule: ItemRule, issues: list[Issue], steps: list[Step]
) -> Array:
    if not rule.reverse:
        return values
    if rule.scale is None:
        remedy = "Declare scale, such as scale=(1, 10)."
        text = f"{name} is declared reversed, but its scale ends are not. {remedy}"
        alike = Alike(name, "items are declared reversed, but their scale ends are not", remedy)
        issues.append(Issue("reverse-without-scale", name, (), text, alike))
        return values
    steps.append(("reversed", name, int((~np.isnan(values)).sum()), f"scale {_ends(rule)}"))
    return rule.scale[0] + rule.scale[1] - values


def _missing_columns(
    data: SurveyData, columns: Sequence[str], indicators: Sequence[str]
) -> list[Issue]:
    issues = []
    absent = [name for name in columns if name not in data]
    own = 2 * len(set(absent) & set(indicators)) > len(indicators) > 1
    spelled = {_folded(name): name for name in data.columns} if absent else {}
    for name in columns:
        if name in data.ambiguous:
            text = f"Column {name!r} occurs 2 times or more. Rename or drop the others."
            issues.append(Issue("duplicate-column", name, (), text))
        elif name in data.reserved:
            text = (
                f"Column {name!r} holds the {data.reserved[name]} and is also an item. Choose one."
            )
            issues.append(Issue("column-with-two-roles", name, (), text))
        elif name in data:
            continue
        elif _folded(name) in spelled:
            found = spelled[_folded(name)]
            cleaned = clean(found) == clean(name)
            remedy = " or pass clean_names=True to csi.survey." if cleaned else "."
            held = f"found {found!r} ({_difference(found, name)})"
            text = f"Missing column {name!r}: {held}; rename it{remedy}"
            alike = Alike(
                f"{name!r}: {held}", "columns are spelt otherwise", f"Rename them{remedy}"
            )
            issues.append(Issue("column-spelling", name, (), text, alike))
        else:
            issues.append(_missing_column(data, name, name in indicators, own))
    return issues


def _missing_column(data: SurveyData, name: str, item: bool, own: bool) -> Issue:
    """Say that a column is missing; ``own``: most items are, so the survey has other names."""
    near = did_you_mean(name, data.columns[:MOST_NAMES_COMPARED])
    found = "columns are missing"
    if near:
        text = f"Missing column: {name}.{near}" + (" Rename it." if item else "")
        alike = Alike(with_suggestion(name, near), found, "Rename them.")
        return Issue("missing-column", name, (), text, alike)
    held = f"The data hold {listing(data.columns) or 'no column'}; rename"
    others = "them, or put your own names into the model" if own else "one"
    text = f"Missing column: {name}. {held} {others}."
    alike = Alike(name, found, f"{held} {others if own else 'them'}.")
    return Issue("missing-column", name, (), text, alike)


def _folded(name: str) -> str:
    return "".join(unicodedata.normalize("NFKC", name).split()).casefold()


def _difference(found: str, wanted: str) -> str:
    if found.strip() != found:
        return "trailing space" if found.rstrip() != found else "leading space"
    if unicodedata.normalize("NFC", found) == unicodedata.normalize("NFC", wanted):
        return "another Unicode form"
    if found.casefold() == wanted.casefold():
        return "other capitals"
    return "other blanks or full-width letters"


def _flags(data: SurveyData, given: Array, scale: Array, steps: list[Step]) -> pd.DataFrame:
    """Flag careless respondents by the answers as they were given."""
    import pandas as pd  # noqa: PLC0415 - tables only

    alike = _largest_scale(scale)
    flags = {"straight_lining": straight_lining(given[:, alike]), "duplicate": duplicated(given)}
    if data.seconds is not None:
        flags["speeding"] = speeding(data.seconds, given.shape[1])
    remarks = {
        "straight_lining": _compared(alike, scale),
        "duplicate": "kept; the first of each not counted",
    }
    for name, flagged in flags.items():
        if flagged.any():
            step = f"flagged: {name.replace('_', '-')}"
            steps.append((step, "", int(flagged.sum()), remarks.get(name, "kept")))
    return pd.DataFrame({**flags, "longest_string": longest_string(given)})


def _largest_scale(scale: Array) -> NDArray[np.intp]:
    """Items of the scale that most of them share; undeclared ends count as one scale."""
    _, kind, size = np.unique(
        np.nan_to_num(scale, nan=np.inf), axis=0, return_inverse=True, return_counts=True
    )
    return np.flatnonzero(kind.ravel() == size.argmax())


def _compared(alike: NDArray[np.intp], scale: Array) -> str:
    """Say which items were compared, unless it was all of them."""
    if len(alike) == len(scale):
        return "kept"
    low, high = scale[alike[0]]
    number = f"{len(alike)} of {len(scale)}"
    return number if np.isnan(low) else f"scale {low:g}-{high:g} ({number})"


def _weighing(weights: Array, keep: Mask, where: str, steps: list[Step]) -> Mask:
    """Respondents with a positive weight; the others stand for nobody."""
    zero: Mask = keep & (weights == 0)
    kept: Mask = ~zero
    if not zero.any():
        return kept
    if (zero == keep).all():
        raise DataError(
            f"All {int(keep.sum())} weights{where} are zero. Give those interviewed a positive "
            "weight, or leave them out."
        )
    steps.append(("dropped: weight zero", "", int(zero.sum()), ""))
    return kept


def _listwise(answers: Answers, keep: Mask, where: str, steps: list[Step], quiet: bool) -> Mask:
    incomplete = keep & np.isnan(answers.rows).any(axis=1)
    lost = int(incomplete.sum())
    if not lost:
        return keep
    missing = np.isnan(answers.rows[keep]).sum(axis=0)
    worst = [
        f"{answers.columns[j]} ({missing[j]})" for j in np.argsort(-missing, kind="stable")[:3]
        if missing[j]
    ]  # fmt: skip
    steps.append(("dropped: incomplete", "", lost, "most missing: " + ", ".join(worst)))
    total = int(keep.sum())
    if lost == total:
        raise DataError(
            f"0 of {total} respondents{where} are complete; most missing: {', '.join(worst)}. "
            "Try missing='pairwise' or 'mean' ('fiml' with csi.CBSEM), or leave these items out."
        )
    if lost > MANY_LOST * total and not quiet:
        warn(
            f"{lost} of {total} respondents{where} ({lost / total:.1%}) are dropped because an "
            f"answer is missing; most missing: {', '.join(worst)}. The alternatives are "
            "missing='pairwise' and 'mean' ('fiml' with csi.CBSEM).",
            DataQualityWarning,
        )
    return keep & ~incomplete


def filled(answers: Answers, steps: list[Step]) -> Answers:
    """Put the mean of its item in every missing cell, and note it in ``steps``."""
    holes = np.isnan(answers.rows)
    if not holes.any():
        return answers
    w = np.ones(len(holes)) if answers.weights is None else answers.weights
    seen = np.where(holes, 0.0, w[:, None])
    mean = (seen * np.nan_to_num(answers.rows)).sum(axis=0) / seen.sum(axis=0)
    for j in np.flatnonzero(holes.any(axis=0)):
        remark = f"mean {mean[j]:.4g}"
        number = int(holes[:, j].sum())
        steps.append(("filled with the mean", answers.columns[int(j)], number, remark))
    return replace(answers, rows=np.where(holes, mean, answers.rows), holes=holes)


def _empty_items(answers: Answers, keep: Mask, where: str) -> list[Issue]:
    if not keep.any():
        text = f"There are no rows{where}: 0 respondents are left. Check how they were selected."
        return [Issue("no-rows", None, (), text)]
    empty = np.flatnonzero(np.isnan(answers.rows[keep]).all(axis=0))
    found = f"items have no answer{where}, as all {int(keep.sum())} are missing"
    return [
        Issue(
            "all-missing",
            name,
            (),
            f"{name} has no answer{where}: all {int(keep.sum())} are missing. Leave it out of the "
            "model.",
            Alike(name, found, "Leave them out of the model."),
        )
        for name in (answers.columns[j] for j in empty)
    ]


def _too_small(answers: Answers, where: str) -> list[Issue]:
    n = int(answers.copies.sum())
    if n < FEWEST_ROWS:
        text = f"n={n}{where}; at least {FEWEST_ROWS} respondents are needed."
        return [Issue("too-few-rows", None, (), text)]
    if answers.missing not in ("pairwise", "fiml"):
        return []
    seen = (~np.isnan(answers.rows)).astype(np.float64)
    pairs = seen.T @ (seen * answers.copies[:, None])
    if answers.missing == "fiml":
        pairs = np.where(np.eye(len(pairs)) > 0, pairs, np.inf)
    i, j = divmod(int(pairs.argmin()), len(answers.columns))
    if pairs[i, j] >= FEWEST_ROWS:
        return []
    one, other = answers.columns[i], answers.columns[j]
    both = one if i == j else f"both {one} and {other}"
    text = (
        f"Only {pairs[i, j]:g} respondents{where} answered {both}; at least {FEWEST_ROWS} are "
        f"needed. Leave {other} out."
    )
    return [Issue("too-few-pairs", answers.columns[i], (), text)]


def _unusable_items(answers: Answers, where: str) -> list[Issue]:
    issues = []
    for name, column in zip(answers.columns, answers.given.T, strict=True):
        present = column[~np.isnan(column)]
        if len(present) and present.min() == present.max():
            text = (
                f"{name} is always {present[0]:g}{where}. A constant item explains nothing; leave "
                "it out."
            )
            found = f"items do not vary{where}"
            remedy = "A constant item explains nothing; leave them out."
            alike = Alike(f"{name} (always {present[0]:g})", found, remedy)
            issues.append(Issue("constant", name, (), text, alike))
    return issues


def _unfit(answers: Answers, where: str) -> list[Issue]:
    """Weights of one respondent, and strata of one unit, among the respondents used."""
    found = []
    if answers.weights is not None and answers.weight_type == "sampling":
        place = where or " of the respondents used"
        found.append(dominant_weight(answers.weights, answers.positions, place.strip()))
    if answers.sampling is not None:
        found.append(lonely_strata(answers.sampling, answers.copies, where))
    return [issue for issue in found if issue is not None]


def _warn_of_missing(answers: Answers, where: str) -> None:
    """Warn of items most respondents left out, however their answers are replaced."""
    missing = answers.copies @ np.isnan(answers.rows) / answers.copies.sum()
    for name, share in zip(answers.columns, missing, strict=True):
        if share > MANY_MISSING:
            warn(
                f"{name} is missing for {share:.0%} of the respondents{where}. Consider leaving it "
                "out.",
                DataQualityWarning,
            )


def _warn(answers: Answers, where: str) -> None:
    for name, column in zip(answers.columns, answers.given.T, strict=True):
        values, counts = np.unique(column[~np.isnan(column)], return_counts=True)
        if counts.max() >= ALMOST_CONSTANT * counts.sum():
            warn(
                f"{name} is almost constant: {values[counts.argmax()]:g} for "
                f"{counts.max() / counts.sum():.1%} of the respondents{where}. It explains little; "
                "consider leaving it out.",
                DataQualityWarning,
            )
    lined = answers.flags["straight_lining"].to_numpy()[answers.positions]
    if lined.mean() > MANY_STRAIGHT_LINERS:
        warn(
            f"{lined.mean():.0%} of the respondents{where} gave one and the same answer to all "
            "items (straight-lining). They are kept; fit.data.flags names them.",
            DataQualityWarning,
        )


def _raise_if(issues: Sequence[Issue]) -> None:
    if issues:
        raise DataError(issues)


def _ends(rule: ItemRule) -> str:
    low, high = rule.scale or (np.nan, np.nan)
    return f"{low:g}-{high:g}" if low >= 0 else f"{low:g} to {high:g}"


def _most_frequent(values: Array, counts: NDArray[np.intp]) -> list[tuple[float, int]]:
    order = np.argsort(-counts, kind="stable")
    return [(float(values[i]), int(counts[i])) for i in order]


def _rows(mask: Mask) -> tuple[int, ...]:
    return tuple(np.flatnonzero(mask)[:5].tolist())

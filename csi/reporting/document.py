"""The parts a report is made of, and the tables in it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from numbers import Real
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd
from markupsafe import Markup

from csi.covariance_fit import CovarianceFit
from csi.display import number, one_line
from csi.errors import listing
from csi.reporting.phrases import Phrases
from csi.results import Fit
from csi.target import target_of

if TYPE_CHECKING:
    from csi.groups import Fits
    from csi.published.audits.audit import Audit
    from csi.published.specified.results import SpecificationCurve
    from csi.reporting.curve_results import StoredCurve
    from csi.reporting.judged import Judged
    from csi.reporting.resampled import Resampled
    from csi.resampling.bootstraps import Bootstraps

SMALLEST_P = 0.001
"""P values below are shown as such."""

_DIGITS = {
    "z": 2,
    "mi": 2,
    "mi_scaled": 2,
    "index": 1,
    "se": 2,
    "mean": 2,
    "sd": 2,
    "impact": 2,
    "n": 0,
    "zone_low": 0,
    "zone_high": 0,
}
_NUMERIC = (
    "expected_sign", "p", "printed", "ours", "difference", "meant", "largest_difference",
)  # fmt: skip
_LIMITS = ("lower", "upper")
_PROSE = ("wording", "anchors", "remark", "problem", "reason", "value", "todo", "rule")
CONSTRUCTS = (
    "construct", "driver", "other", "source", "target", "one", "variable", "left", "right",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, a table or a figure with its caption.

    Attributes
    ----------
    kind : {"text", "note", "table", "figure"}
        What it is.
    text : str
        The paragraph or the caption; plain text.
    markup : Markup
        The table or figure, in which every text is escaped.
    """

    kind: Literal["text", "note", "table", "figure"]
    text: str = ""
    markup: Markup = field(default_factory=Markup)


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and what stands below it."""

    key: str
    heading: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Typesetter:
    """Sets tables in one language.

    Attributes
    ----------
    say : Phrases
        The language.
    label : callable
        Returns what a construct is called.
    """

    say: Phrases
    label: Callable[[str], str]

    def table(
        self, frame: pd.DataFrame, caption: str, digits: int = 3, *, level: str = ""
    ) -> Block:
        """Return a table; cells that are Markup are taken as they are.

        Where there is a level, the headers of confidence limits say it.
        """
        names = [str(name) for name in frame.columns]
        columns = [
            self._column(name, frame.iloc[:, j].tolist(), places, level)
            for j, (name, places) in enumerate(zip(names, _digits(names, digits), strict=True))
        ]
        head = Markup("").join(
            Markup('<th scope="col"{}>{}</th>').format(_class(kind), header)
            for header, kind, _ in columns
        )
        rows = zip(*(cells for _, _, cells in columns), strict=True)
        body = Markup("").join(_row(cells, [kind for _, kind, _ in columns]) for cells in rows)
        whole = Markup("<table><thead><tr>{}</tr></thead><tbody>{}</tbody></table>")
        return Block("table", caption, whole.format(head, body))

    def _column(
        self, name: str, values: Sequence[object], digits: int, level: str
    ) -> tuple[str, str, list[str]]:
        """Return the header of a column, its class, and its cells."""
        if name in CONSTRUCTS:
            values = [self.label(value) if isinstance(value, str) else value for value in values]
        numeric = any(_is_number(v) for v in values) or name in _NUMERIC
        values = [p_text(value) for value in values] if name == "p" else values
        cells = [self._shown(value, digits) for value in values]
        kind = "num" if numeric else "prose" if name in _PROSE else ""
        header = self.say.header(name)
        if name in _LIMITS and level:
            header = self.say({"lower": "{level} low", "upper": "{level} high"}[name], level=level)
        return one_line(header), kind, cells

    def _shown(self, value: object, digits: int) -> str:
        if isinstance(value, Markup):
            return value
        if isinstance(value, bool | np.bool_):
            return self.say("yes" if value else "no")
        if _is_number(value) or value is None or value is pd.NA:
            return number(None if value is pd.NA else value, digits).replace("-", "−")
        return one_line("−" if value == "-" else str(value))


@dataclass(frozen=True)
class Subject:
    """What a report is about, and in which words.

    Attributes
    ----------
    fit : Fit
        The fit.
    fits : Fits or None
        Fits of the same model by group.
    say : Phrases
        The language.
    boot : Bootstrap, Jackknife, Replicated, StoredInference or None
        What resampling the fit found.
    boots : Bootstraps or None
        Bootstraps of the groups.
    judged : Judged or None
        What an assessment of the fit found.
    curve : StoredCurve or None
        Its loyalty curve.
    audit : Audit or None
        Which settings reproduce a published table of the same model.
    specifications : tuple of SpecificationCurve
        Numbers of the same model under every specification.
    """

    fit: Fit
    fits: Fits | None
    say: Phrases
    boot: Resampled | None = None
    boots: Bootstraps | None = None
    judged: Judged | None = None
    curve: StoredCurve | None = None
    audit: Audit | None = None
    specifications: tuple[SpecificationCurve, ...] = ()

    @cached_property
    def target(self) -> str:
        """The construct the report is about."""
        return target_of(self.fit.model)

    @property
    def target_label(self) -> str:
        """What it is called."""
        return self.label(self.target)

    def label(self, name: str) -> str:
        """Return what a construct is called; items keep their name."""
        if name not in self.fit.model.names:
            return name
        return self.fit.model.label(name, self.say.language)

    def labels(self, names: Iterable[str]) -> str:
        """Return what constructs are called, in one line."""
        return (", " if self.say.language == "en" else "、").join(map(self.label, names))

    def drivers(self) -> pd.DataFrame:
        """Return what leads to the target: driver, index, impact, direct, total."""
        effects = self.fit.effects
        table = effects[effects["target"] == self.target].drop(columns=["target", "indirect"])
        table = table.rename(columns={"source": "driver"})
        if not self.fit.has_indices:
            return table.sort_values("total", key=abs, ascending=False, kind="stable")
        impacts = self.fit.impacts
        table.insert(1, "index", [self.fit.index(name) for name in table["driver"]])
        table.insert(2, "impact", impacts.loc[impacts["target"] == self.target, "impact"])
        return table.sort_values("impact", key=abs, ascending=False, kind="stable")

    def why_no_indices(self) -> str:
        """Return in a sentence what is not known of a fit without indices."""
        fit, say = self.fit, self.say
        if isinstance(fit, CovarianceFit) and fit.without_index:
            phrase = "There are no indices: a variance behind {constructs} is negative, so that the weights of its items mean nothing."  # noqa: E501 - a key
            return say(phrase, constructs=self.labels(fit.without_index))
        if fit.moments.mean is None:
            return say("There are no indices, because the means of the items are not known.")
        if fit.moments.units != "raw":
            return say(
                "There are no indices, because the standard deviations of the items are not known."
            )
        unknown = np.isnan(fit.scale).any(axis=1)
        phrase = "There are no indices, because the lowest and highest answers of {items} are not declared."  # noqa: E501 - a key
        return say(phrase, items=listing(np.array(fit.model.indicators)[unknown]))

    def table(
        self, frame: pd.DataFrame, caption: str, digits: int = 3, *, level: str = ""
    ) -> Block:
        """Return a table; cells that are Markup are taken as they are.

        Where there is a level, the headers of confidence limits say it.
        """
        return Typesetter(self.say, self.label).table(frame, caption, digits, level=level)


def _digits(names: Sequence[str], digits: int) -> list[int]:
    """Return decimals of columns; limits have those of the number they enclose."""
    found: list[int] = []
    enclosed = digits
    for name in names:
        if name == "se" and "index" not in names:
            found.append(digits)
            continue
        enclosed = enclosed if name in (*_LIMITS, "se") else _DIGITS.get(name, digits)
        found.append(_DIGITS.get(name, enclosed))
    return found


def p_text(value: object) -> str:
    """Return a p value as a report shows it."""
    if _is_number(value) and float(value) < SMALLEST_P:  # type: ignore[arg-type]
        return f"<{SMALLEST_P}"
    return number(value)


def _is_number(value: object) -> bool:
    return isinstance(value, Real | np.number) and not isinstance(value, bool | np.bool_)


def _class(kind: str) -> Markup:
    return Markup(' class="{}"').format(kind) if kind else Markup("")


def _row(cells: Sequence[str], kinds: Sequence[str]) -> Markup:
    first = Markup('<th scope="row"{}>{}</th>').format(_class(kinds[0]), cells[0])
    rest = Markup("").join(
        Markup("<td{}>{}</td>").format(_class(kind), cell)
        for cell, kind in zip(cells[1:], kinds[1:], strict=True)
    )
    return Markup("<tr>{}{}</tr>").format(first, rest)

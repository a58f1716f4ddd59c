"""An assessment in Jupyter: one table with quiet colours that also reads without them."""

from __future__ import annotations

import html
from collections.abc import Iterable

import numpy as np

from csi.assessment.verdicts import ARROW, MARKS, Summed, about
from csi.display import number, one_line

_STYLE = (
    "<style>.csi-verdicts td,.csi-verdicts th{text-align:left;vertical-align:top;"
    "padding:.25em .7em}"
    ".csi-verdicts caption{text-align:left;font-weight:bold;padding:.3em .7em}"
    ".csi-verdicts .num{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}"
    ".csi-verdicts .area td{font-weight:bold;border-top:1px solid #9aa5b1}"
    ".csi-verdicts .word{white-space:nowrap}"
    ".csi-verdicts .failed .word{background:#f6dcd6;color:#6e1f12}"
    ".csi-verdicts .doubtful .word{background:#f7ecd0;color:#5e4500}"
    ".csi-verdicts .passed .word{background:#dcecdf;color:#1d4a2a}"
    ".csi-verdicts .source{color:#5d6873;font-size:85%}</style>"
)

_HEADERS = ("Criterion", "Value", "Interval", "Rule", "Verdict", "About", "What to do")


def verdict_table(rules: Iterable[Summed], caption: str) -> str:
    """Return the verdicts as an HTML table with its own style; every text is escaped."""
    body, area = [], ""
    for summed in rules:
        if summed.worst.rule.area != area:
            area = summed.worst.rule.area
            body.append(f'<tr class="area"><td colspan="7">{html.escape(area)}</td></tr>')
        body.append(_row(summed))
    head = "".join(f'<th scope="col">{header}</th>' for header in _HEADERS)
    return (
        f'{_STYLE}<table class="csi-verdicts"><caption>{html.escape(caption)}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{''.join(body)}</tbody></table>"
    )


def _row(summed: Summed) -> str:
    v = summed.worst
    cells = [
        _cell(v.rule.criterion),
        _cell(number(v.value), "num"),
        _cell(interval(v.lower, v.upper), "num"),
        _cell(v.rule.rule, below=v.rule.source),
        _cell(f"{MARKS[v.word]} {v.word}", "word"),
        _cell(about(summed).replace(ARROW, " → ")),
        _cell(v.todo),
    ]
    return f'<tr class="{v.word.replace(" ", "-")}">{"".join(cells)}</tr>'


def _cell(text: str, kind: str = "", below: str = "") -> str:
    more = f'<br><span class="source">{html.escape(below)}</span>' if below else ""
    return f'<td class="{kind}">{html.escape(one_line(text))}{more}</td>'


def interval(lower: float, upper: float) -> str:
    """Return limits as a table shows them; empty where there are none."""
    if np.isnan(lower) and np.isnan(upper):
        return ""
    if np.isnan(lower):
        return f"up to {number(upper)}"
    return f"{number(lower)} to {number(upper)}"

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

WIDEST = {"criterion": 31, "needed": 22}
"""Letters of a line in these columns of the printed table, which so stays below 100."""

NEEDED = {
    "convergence": "settled", "loadings": "at most 1 in size", "reliability": "above 0, at most 1",
    "r2": "at most 1", "paths": "at most 1 in size", "construct_corr": "at least 0",
    "implied": "at least 0", "orientation": "above 0", "signs": "as expected",
    "standard_errors": "at most 10 times usual", "heywood": "none below 0",
    "condition": "at most 1,000,000", "respondents": "at least 5", "resamples": "below 0.01",
    "direction": "above 0", "indicator": "at least 0.708", "rho_c": "0.70 to 0.95",
    "rho_a": "at least 0.70", "alpha": "at least 0.70", "ave": "at least 0.50",
    "unidimensional": "below 1", "tetrads": "not rejected at 5%", "weight": "interval without 0",
    "item_vif": "at most 3.3", "path_vif": "at most 3", "full_vif": "at most 3.3 (PLSc 5)",
    "htmt": "below 0.85", "htmt2": "below 0.85", "fornell_larcker": "above 0",
    "cross_loadings": "above 0", "explained": "at least 0.10", "effect": "at least 0.02",
    "significance": "interval without 0", "curvature": "not significant",
    "endogeneity": "not significant", "srmr_saturated": "at most 0.08", "srmr": "at most 0.08",
    "chi2": "at least 0.05", "cfi": "at least 0.95", "tli": "at least 0.95",
    "rmsea": "at most 0.06", "residual_z": "at most 2.58 in size", "modification": "at most 10.83",
    "exact_srmr": "at most {limit}", "exact_d_uls": "at most {limit}",
    "exact_d_g": "at most {limit}", "nfi": "at least 0.90", "rms_theta": "at most 0.12",
    "q2": "above 0", "power": "at least half", "cvpat_mean": "significantly below 0",
    "cvpat_lm": "not clearly above 0",
}  # fmt: skip
"""When a rule is passed, in a word or two; the rule itself says more."""

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


def printed_row(summed: Summed) -> dict[str, object]:
    """Return a rule and the worst number under it as the printed table shows them."""
    v = summed.worst
    limit = v.upper if np.isnan(v.lower) else np.nan
    of = f": {v.about}" if v.about and v.word != "not computed" else ""
    return {
        "area": v.rule.area,
        "criterion": f"{v.rule.criterion}{of}",
        "value": v.value,
        "interval": "" if np.isnan(v.lower) else interval(v.lower, v.upper),
        "needed": NEEDED[v.rule.key].format(
            limit="critical value" if np.isnan(limit) else number(limit)
        ),
        "verdict": f"{MARKS[v.word]} {v.word}",
    }


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
